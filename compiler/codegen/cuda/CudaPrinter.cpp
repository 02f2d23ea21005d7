//===- CudaPrinter.cpp - a kernel as CUDA C++ -------------------*- C++ -*-===//

#include "compiler/codegen/cuda/CudaPrinter.h"

#include "compiler/codegen/cuda/CudaStmtPrinter.h"

namespace segc {

std::string printCudaDeclaration(const std::string &name, const std::vector<KernelArg> &args) {
  std::vector<std::string> parameters{"cudaStream_t stream"};
  for (const KernelArg &arg : args)
    parameters.push_back(parameterType(arg) + arg.name);
  return functionHead("int32_t", name, parameters) + ";\n";
}

PrintedKernel printCuda(const Kernel &kernel, const CudaTarget &target,
                        const PrintOptions &options) {
  LoweredKernel lowered = lowerKernel(kernel, target.halide, options.asserts);
  UsedNames used(/*extents=*/!kernel.sums);
  lowered.body.accept(&used);

  CudaHostPrinter printer(kernel.name, kernel.sums ? &*kernel.sums : nullptr);
  printer.reserve("stream");
  printer.reserve("finish");
  printer.reserve("status");
  for (const KernelArg &arg : kernel.args)
    printer.reserve(arg.name);
  printer.indent();
  std::vector<std::string> parameters{used.hasParallelLoop ? "cudaStream_t stream"
                                                           : "cudaStream_t /*stream*/"};
  for (std::string &parameter : declareArguments(kernel, lowered, used, printer))
    parameters.push_back(std::move(parameter));
  printer.printStmt(lowered.body);
  printer.emitLine("return SEGC_OK;");

  PrintedKernel printed;
  printed.name = kernel.name;
  printed.declaration = printCudaDeclaration(printed.name, kernel.args);
  printed.definition = printer.kernels() + functionHead("int32_t", printed.name, parameters) +
                       " {\n" + printer.text() + "}\n\n";
  return printed;
}

} // namespace segc
