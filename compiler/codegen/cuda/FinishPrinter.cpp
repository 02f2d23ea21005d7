//===- FinishPrinter.cpp - what becomes of the runtime's sums ---*- C++ -*-===//

#include "compiler/codegen/cuda/FinishPrinter.h"

#include "compiler/codegen/KernelFunction.h"
#include "compiler/codegen/cuda/Captures.h"

#include <fmt/format.h>

using namespace Halide;
using namespace Halide::Internal;

namespace segc {

static std::string printConstants(const std::string &name,
                                  const std::vector<std::pair<std::string, int>> &constants) {
  std::string text = fmt::format("struct {} {{\n", name), line = "  static constexpr int ";
  for (size_t i = 0; i < constants.size(); ++i) {
    const std::string next = fmt::format("{} = {}{}", constants[i].first, constants[i].second,
                                         i + 1 == constants.size() ? ";" : ", ");
    if (line.size() + next.size() > 100) {
      text += line.substr(0, line.size() - 1) + "\n";
      line = "      ";
    }
    line += next;
  }
  return text + line + "\n};\n";
}

static std::string printTile(const std::string &name, const GemmTile &tile) {
  return printConstants(name, {{"rows", tile.rows},
                               {"columns", tile.columns},
                               {"threadRows", tile.threadRows},
                               {"threadColumns", tile.threadColumns},
                               {"chunks", tile.chunks},
                               {"stages", tile.stages},
                               {"slices", tile.slices}});
}

FinishPrinter::Printed FinishPrinter::print(const For *nest, const StmtPrinter &outside) {
  Captures captures;
  nest->accept(&captures);
  Printed printed;
  std::string members;
  for (const Captures::Buffer &buffer : captures.buffers) {
    const std::string argument = outside.pointer(buffer.name);
    const std::string member = declarePointer(buffer.name, argument, outside.storedAs(buffer.name));
    members += fmt::format("  {}{} *SEGC_RESTRICT {};\n", buffer.isWritten ? "" : "const ",
                           elementOf(buffer.name, buffer.type), member);
    printed.arguments.push_back(argument);
  }
  declareVariable(sums.current(), "sum");
  for (const auto &[variable, type] : captures.variables) {
    if (variable == sums.current())
      continue;
    const std::string argument = outside.variable(variable);
    members += fmt::format("  {} {};\n", typeName(type), declareVariable(variable, argument));
    printed.arguments.push_back(argument);
  }

  parameters.assign(sums.dimensions.size(), "");
  indent();
  indent();
  printStmt(nest);
  std::vector<std::string> list;
  list.reserve(parameters.size() + 1);
  for (size_t i = 0; i < parameters.size(); ++i)
    list.push_back(parameters[i].empty() ? fmt::format("int32_t /*{}*/", sums.dimensions[i])
                                         : "int32_t " + parameters[i]);
  list.push_back("float sum");
  printed.definitions =
      (sums.shape.empty() ? "" : printConstants(kernelName + "_shape", sums.shape)) +
      printTile(kernelName + "_tile", sums.tile) +
      fmt::format("struct {}_finish {{\n{}\n{} const {{\n{}  }}\n}};\n\n", kernelName, members,
                  functionHead("  __device__ void", "operator()", list), text());
  return printed;
}

void FinishPrinter::printParallel(const For *op) {
  for (size_t i = 0; i < sums.dimensions.size(); ++i) {
    const std::string &dimension = sums.dimensions[i];
    const std::string suffix = "." + dimension;
    if (op->name.size() < suffix.size() ||
        op->name.compare(op->name.size() - suffix.size(), suffix.size(), suffix) != 0)
      continue;
    if (!is_const_zero(op->min))
      fail(fmt::format("loop '{}' does not begin at zero", op->name));
    const std::string name = names.declareAs(op->name, dimension);
    UsedNames used;
    op->body.accept(&used);
    if (used.names.count(op->name))
      parameters[i] = name;
    op->body.accept(this);
    names.forget(op->name);
    names.reserve(name);
    return;
  }
  fail(fmt::format("loop '{}' is over no dimension of the sums", op->name));
}

void FinishPrinter::printHeap(const Allocate *op) {
  fail(fmt::format("allocation '{}' of what becomes of a sum cannot be printed", op->name));
}

} // namespace segc
