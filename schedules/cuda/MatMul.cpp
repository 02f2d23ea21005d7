//===- MatMul.cpp - the matrix product on a GPU -----------------*- C++ -*-===//

#include "schedules/cuda/MatMul.h"

#include "schedules/cuda/Gemm.h"

namespace segc {

std::string matMulKey(const GemmSize &size, const CudaTarget &target) {
  return "matmul " + chooseGemmTile(size, target).key();
}

Kernel buildMatMul(const GemmSize &size, const CudaTarget &target) {
  const GemmTile tile = chooseGemmTile(size, target);
  MatMulFinish product = matMulFinish();
  RuntimeSums sums = runtimeSums("segc::matmul", tile, product.sum, product.output, target);
  sums.arguments = {"lhs", "rhs", "output"};
  Kernel kernel = product.scheduled("cuda " + sums.sums + " " + tile.key());
  kernel.sums = std::move(sums);
  return kernel;
}

} // namespace segc
