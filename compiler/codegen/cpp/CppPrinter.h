//===- CppPrinter.h - a kernel as a C++ function ----------------*- C++ -*-===//
//
//   void conv3x3_64_64_relu(const segc_parallel *parallel, const segc::View &input,
//                           const float *weights, const float *bias,
//                           const segc::View &output);
//
// The text needs segc_vector.h, segc_view.h and segc_parallel.h, compiles as C++17
// with g++ 12 and clang 14 or later, and depends on the kernel and the target only.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CODEGEN_CPP_CPPPRINTER_H
#define SEGC_CODEGEN_CPP_CPPPRINTER_H

#include "compiler/codegen/KernelFunction.h"
#include "compiler/kernels/CpuTarget.h"

#include <string>

namespace segc {

/// The head of the function `name` that takes these arguments, with a semicolon.
std::string printDeclaration(const std::string &name, const std::vector<KernelArg> &args);

/// Prints one kernel as the function symbolPrefix + kernel.name. Throws PrintError,
/// or Halide::Error if Halide rejects the schedule.
PrintedKernel printCpp(const Kernel &kernel, const CpuTarget &target,
                       const std::string &symbolPrefix = "", const PrintOptions &options = {});

/// The lines that a file of printed kernels starts with.
std::string cppKernelPrelude();

} // namespace segc

#endif // SEGC_CODEGEN_CPP_CPPPRINTER_H
