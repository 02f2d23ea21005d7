//===- NetworkBackend.cpp - where networks differ by target -----*- C++ -*-===//

#include "compiler/codegen/NetworkBackend.h"

namespace segc {

std::unique_ptr<NetworkBackend> NetworkBackend::of(const Target &target) {
  return target.cuda() ? cudaBackend() : cppBackend();
}

} // namespace segc
