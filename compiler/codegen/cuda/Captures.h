//===- Captures.h - what a nest of loops uses from outside ------*- C++ -*-===//
//
// A nest that becomes a function of its own takes these, and no more.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CODEGEN_CUDA_CAPTURES_H
#define SEGC_CODEGEN_CUDA_CAPTURES_H

#include <Halide.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace segc {

/// Which index of CUDA's a loop stands for: 0 to 2 are x, y and z.
std::optional<int> blockAxis(const std::string &loop);
std::optional<int> threadAxis(const std::string &loop);

/// In the order in which they are met.
class Captures : public Halide::Internal::IRVisitor {
public:
  struct Buffer {
    std::string name;
    Halide::Type type;
    bool isWritten;
  };
  std::vector<Buffer> buffers;
  std::vector<std::pair<std::string, Halide::Type>> variables;

private:
  using IRVisitor::visit;
  void visit(const Halide::Internal::LetStmt *op) override;
  void visit(const Halide::Internal::Let *op) override;
  void visit(const Halide::Internal::For *op) override;
  void visit(const Halide::Internal::Allocate *op) override;
  void visit(const Halide::Internal::Variable *op) override;
  void visit(const Halide::Internal::Load *op) override;
  void visit(const Halide::Internal::Store *op) override;
  void touch(const std::string &name, Halide::Type type, bool isWritten);

  std::map<std::string, int> defined;
};

} // namespace segc

#endif // SEGC_CODEGEN_CUDA_CAPTURES_H
