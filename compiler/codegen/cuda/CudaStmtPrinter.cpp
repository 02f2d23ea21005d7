//===- CudaStmtPrinter.cpp - loops on the threads of a GPU ------*- C++ -*-===//

#include "compiler/codegen/cuda/CudaStmtPrinter.h"

#include "compiler/codegen/KernelFunction.h"
#include "compiler/codegen/cuda/Captures.h"
#include "compiler/codegen/cuda/FinishPrinter.h"

#include <fmt/format.h>

#include <algorithm>

using namespace Halide;
using namespace Halide::Internal;

namespace segc {
namespace {

/// The extents of a nest's loops over blocks and threads.
class Extents : public IRVisitor {
public:
  Expr blocks[3] = {1, 1, 1}, threads[3] = {1, 1, 1};

private:
  using IRVisitor::visit;
  void visit(const For *op) override {
    if (std::optional<int> axis = blockAxis(op->name))
      blocks[*axis] = op->extent;
    else if (std::optional<int> axis = threadAxis(op->name))
      threads[*axis] = op->extent;
    IRVisitor::visit(op);
  }
};

} // namespace

void CudaHostPrinter::printSums(const For *op) {
  const FinishPrinter::Printed finish = FinishPrinter(kernelName, *sums).print(op, *this);
  functions += finish.definitions;
  emitLine(
      fmt::format("const {}_finish finish{{{}}};", kernelName, fmt::join(finish.arguments, ", ")));
  emitLine("if (const int32_t status =");
  indent();
  indent();
  const std::string shape = sums->shape.empty() ? "" : kernelName + "_shape, ";
  emitLine(fmt::format("{}<{}{}_tile, {}>(stream, {}, finish))", sums->function, shape, kernelName,
                       sums->sums, fmt::join(sums->arguments, ", ")));
  unindent();
  unindent();
  emitLine("  return status;");
}

void CudaHostPrinter::printParallel(const For *op) {
  if (sums)
    return printSums(op);
  if (!blockAxis(op->name))
    fail(fmt::format("loop '{}' is neither serial nor over blocks", op->name));
  Extents extents;
  op->accept(&extents);
  int64_t threads = 1;
  std::array<int64_t, 3> threadsOf;
  for (int axis = 0; axis < 3; ++axis) {
    const int64_t *count = as_const_int(extents.threads[axis]);
    if (!count)
      fail(fmt::format("loop '{}' has a number of threads that is not known", op->name));
    threads *= threadsOf[axis] = *count;
  }

  Captures captures;
  op->accept(&captures);
  CudaKernelPrinter kernel(kernelName, threadsOf);
  std::vector<std::string> parameters, arguments;
  for (const Captures::Buffer &buffer : captures.buffers) {
    const std::string name =
        kernel.declarePointer(buffer.name, pointerTo(buffer.name), storedAs(buffer.name));
    parameters.push_back(fmt::format("{}{} *SEGC_RESTRICT {}", buffer.isWritten ? "" : "const ",
                                     elementOf(buffer.name, buffer.type), name));
    arguments.push_back(pointerTo(buffer.name));
  }
  for (const auto &[variable, type] : captures.variables) {
    const std::string outside = print(Variable::make(type, variable));
    parameters.push_back(
        fmt::format("{} {}", typeName(type), kernel.declareVariable(variable, outside)));
    arguments.push_back(outside);
  }
  kernel.indent();
  kernel.printStmt(op);

  const std::string name =
      kernelName + "_kernel" + (launches ? fmt::format("_{}", launches + 1) : "");
  ++launches;
  functions += functionHead(fmt::format("static __global__ void __launch_bounds__({})", threads),
                            name, parameters) +
               " {\n" + kernel.text() + "}\n\n";
  std::string text = fmt::format("if (const int32_t status = segc::launch{}(&{}, {{{}",
                                 kernel.waits() ? "Together" : "", name, print(extents.blocks[0]));
  for (int axis = 1; axis < 3; ++axis)
    if (!is_const_one(extents.blocks[1]) || !is_const_one(extents.blocks[2]))
      text += ", " + print(extents.blocks[axis]);
  if (kernel.sharedBytes() && !kernel.waits())
    fail("threads share memory and never wait for each other");
  const std::string memory = kernel.waits() ? fmt::format("{}, ", kernel.sharedBytes()) : "";
  emitLine(text +
           fmt::format("}}, {}, {}stream, {}))", threads, memory, fmt::join(arguments, ", ")));
  emitLine("  return status;");
}

void CudaHostPrinter::printHeap(const Allocate *op) {
  fail(fmt::format("allocation '{}' outside of loops over blocks cannot be printed", op->name));
}

void CudaKernelPrinter::printParallel(const For *op) {
  const std::optional<int> block = blockAxis(op->name), thread = threadAxis(op->name);
  if (!block && !thread)
    fail(fmt::format("loop '{}' is neither serial nor over blocks or threads", op->name));
  if (!is_const_zero(op->min))
    fail(fmt::format("loop '{}' does not begin at zero", op->name));
  const std::string name = names.declareAs(op->name, block ? "block" : "thread");
  if (UsedNames used; op->body.accept(&used), used.names.count(op->name))
    emitLine(fmt::format("const int32_t {} = {};", name,
                         block ? fmt::format("static_cast<int32_t>(blockIdx.{})", "xyz"[*block])
                               : threadNumber(*thread)));
  op->body.accept(this);
  names.forget(op->name);
  names.reserve(name);
}

std::string CudaKernelPrinter::threadNumber(int axis) const {
  std::string number = "static_cast<int32_t>(threadIdx.x)";
  for (int inner = 0; inner < axis; ++inner)
    if (threads[inner] > 1)
      number += fmt::format(" / {}", threads[inner]);
  int64_t outer = 1;
  for (int next = axis + 1; next < 3; ++next)
    outer *= threads[next];
  return outer > 1 ? number + fmt::format(" % {}", threads[axis]) : number;
}

void CudaKernelPrinter::printShared(const Allocate *op) {
  const int32_t size = op->constant_allocation_size();
  if (size <= 0)
    fail(fmt::format("the size of allocation '{}' is not known when it is compiled", op->name));
  if (!shared) {
    names.reserve("shared");
    emitLine("SEGC_SHARED_MEMORY(shared);");
  }
  const std::string name = declarePointer(op->name, "parts");
  const std::string type = storageName(op->type);
  const std::string place = shared ? fmt::format("shared + {}", shared) : "shared";
  emitLine(fmt::format("{0} *const {1} = reinterpret_cast<{0} *>({2});", type, name, place));
  shared += (int64_t{size} * op->type.bytes() + 15) / 16 * 16;
  op->body.accept(this);
  pointers.erase(op->name);
}

void CudaKernelPrinter::printBarrier() {
  hasBarrier = true;
  emitLine("__syncthreads();");
}

void CudaKernelPrinter::printHeap(const Allocate *op) {
  fail(fmt::format("allocation '{}' in the memory of a GPU cannot be printed", op->name));
}

} // namespace segc
