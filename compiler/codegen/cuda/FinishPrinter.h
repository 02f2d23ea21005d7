//===- FinishPrinter.h - what becomes of the runtime's sums -----*- C++ -*-===//
//
// Prints the loops of a pipeline that finishes sums (RuntimeSums.h) as a class whose function the
// runtime's template calls for each of them: loops become its parameters, the image that stands for
// the sums its last one.
//
//   struct conv3x3_64_64_relu_finish {
//     const float *SEGC_RESTRICT bias_data;
//     float *SEGC_RESTRICT output_data;
//     int32_t output_stride_2, output_stride_3;
//     __device__ void operator()(int32_t ci, int32_t x, int32_t y, int32_t cb, float sum) const {
//       output_data[...] = max(sum + bias_data[cb * 8 + ci], 0.0f);
//     }
//   };
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CODEGEN_CUDA_FINISHPRINTER_H
#define SEGC_CODEGEN_CUDA_FINISHPRINTER_H

#include "compiler/codegen/StmtPrinter.h"
#include "compiler/kernels/RuntimeSums.h"

namespace segc {

class FinishPrinter : public StmtPrinter {
public:
  FinishPrinter(std::string kernelName, const RuntimeSums &sums)
      : StmtPrinter(std::move(kernelName)), sums(sums) {}

  /// Prints the nest: the class, and, before it, structs of constants. `outside` is the text of a
  /// variable or pointer where the function is called.
  struct Printed {
    std::string definitions;
    std::vector<std::string> arguments; ///< of the class, outside
  };
  Printed print(const Halide::Internal::For *nest, const StmtPrinter &outside);

private:
  void printParallel(const Halide::Internal::For *op) override;
  void printHeap(const Halide::Internal::Allocate *op) override;

  const RuntimeSums &sums;
  /// Of the function, in the order of the dimensions; empty where the text has no use for one.
  std::vector<std::string> parameters;
};

} // namespace segc

#endif // SEGC_CODEGEN_CUDA_FINISHPRINTER_H
