//===- CppStmtPrinter.cpp - loops on the threads of a processor -*- C++ -*-===//

#include "compiler/codegen/cpp/CppStmtPrinter.h"

#include <fmt/format.h>

using namespace Halide;
using namespace Halide::Internal;

namespace segc {

void CppStmtPrinter::printParallel(const For *op) {
  if (op->for_type != ForType::Parallel)
    fail(fmt::format("loop '{}' is neither serial nor parallel", op->name));
  const std::string min = print(op->min), extent = print(op->extent);
  const std::string name = names.declare(op->name), outerIteration = iteration;
  iteration = is_const_zero(op->min) ? name : fmt::format("({} - {})", name, min);
  std::string captures = "=";
  for (const std::string &array : localArrays)
    captures += ", &" + array;
  emitLine(fmt::format("segc::parallelFor(parallel, {}, {}, [{}](int32_t{}) SEGC_INLINED {{", min,
                       extent, captures,
                       scratch || stmt_uses_var(op->body, op->name) ? " " + name : ""));
  indent();
  const int64_t outside = stackBytes;
  op->body.accept(this);
  stackBytes = outside;
  iteration = outerIteration;
  unindent();
  emitLine("});");
  names.forget(op->name);
}

void CppStmtPrinter::printHeap(const Allocate *op) {
  if (!scratch || op->type.element_of() != Float(32))
    fail(fmt::format("allocation '{}' is not of a kind that scratch memory takes", op->name));
  Expr size = op->type.lanes();
  for (const Expr &extent : op->extents)
    size = size * extent;
  size = simplify((size + 15) / 16 * 16);
  const Expr before = scratchFloats;
  scratchFloats = simplify(scratchFloats + size);
  if (checksScratch)
    assertThat(scratchFloats <= scratch->floatsPerIteration,
               Identifiers::stem(op->name) + " does not fit the scratch memory");
  const std::string name = names.reserve(Identifiers::stem(op->name));
  std::string place = scratch->name;
  if (!iteration.empty()) // outside of parallel loops there is only one
    place += fmt::format(" + static_cast<ptrdiff_t>({}) * {}", iteration,
                         print(scratch->floatsPerIteration, Product));
  if (!is_const_zero(before))
    place += " + " + print(before, Sum);
  emitLine(fmt::format("float *const {} = {};", name, place));
  pointers[op->name] = name;
  op->body.accept(this);
  scratchFloats = before;
  pointers.erase(op->name);
}

} // namespace segc
