//===- NetworkBackend.cpp - where networks differ by target -----*- C++ -*-===//

#include "compiler/codegen/NetworkBackend.h"

#include "compiler/codegen/cpp/CppBackend.h"
#include "compiler/codegen/cuda/CudaBackend.h"

namespace segc {

std::unique_ptr<NetworkBackend> NetworkBackend::of(const Target &target) {
  if (target.cuda())
    return std::make_unique<CudaBackend>();
  return std::make_unique<CppBackend>();
}

} // namespace segc
