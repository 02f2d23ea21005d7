//===- KernelFunction.h - the function around a kernel's loops --*- C++ -*-===//
//
// What the printers of all targets have in common: a kernel is a function of the host
// whose parameters are views, constants and numbers, behind one that says where it runs.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CODEGEN_KERNELFUNCTION_H
#define SEGC_CODEGEN_KERNELFUNCTION_H

#include "compiler/codegen/StmtPrinter.h"

#include <set>
#include <string>
#include <vector>

namespace segc {

struct PrintedKernel {
  std::string name;
  /// The function's head with a semicolon.
  std::string declaration;
  std::string definition;
};

struct PrintOptions {
  /// Prints Halide's assertions about the arguments, and checks of what the kernel claims of
  /// coordinates, as calls of
  /// `void segc::kernelAssertionFailed(const char *kernel, const char *what)`, which
  /// the including file declares. For tests.
  bool asserts = false;
};

/// `const segc::View &`, `const float *`, `int32_t `: the name follows.
std::string parameterType(const KernelArg &arg);

/// `RESULT NAME(PARAMETERS)`, one parameter a line where they do not fit into one.
std::string functionHead(const std::string &result, const std::string &name,
                         const std::vector<std::string> &parameters);

/// The Halide names of variables and buffers that a body mentions, and whether its loops run side
/// by side.
class UsedNames : public Halide::Internal::IRVisitor {
public:
  /// `extents`: whether those of loops side by side are mentioned, too.
  explicit UsedNames(bool extents = true) : extents(extents) {}

  std::set<std::string> names;
  bool hasParallelLoop = false;

private:
  using IRVisitor::visit;
  void visit(const Halide::Internal::Variable *op) override;
  void visit(const Halide::Internal::Load *op) override;
  void visit(const Halide::Internal::Store *op) override;
  void visit(const Halide::Internal::For *op) override;

  bool extents;
};

/// Prints variables for the parameters that the body uses, and for the parts of views that it
/// reads. Returns the parameters as a definition has them, the names of unused ones in comments.
std::vector<std::string> declareArguments(const Kernel &kernel, const LoweredKernel &lowered,
                                          const UsedNames &used, StmtPrinter &printer);

} // namespace segc

#endif // SEGC_CODEGEN_KERNELFUNCTION_H
