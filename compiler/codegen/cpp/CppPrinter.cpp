//===- CppPrinter.cpp - a kernel as a C++ function --------------*- C++ -*-===//

#include "compiler/codegen/cpp/CppPrinter.h"

#include "compiler/codegen/cpp/CppStmtPrinter.h"

namespace segc {

std::string printDeclaration(const std::string &name, const std::vector<KernelArg> &args) {
  std::vector<std::string> parameters{"const segc_parallel *parallel"};
  for (const KernelArg &arg : args)
    parameters.push_back(parameterType(arg) + arg.name);
  return functionHead("void", name, parameters) + ";\n";
}

PrintedKernel printCpp(const Kernel &kernel, const CpuTarget &target,
                       const std::string &symbolPrefix, const PrintOptions &options) {
  LoweredKernel lowered = lowerKernel(kernel, target.halide, options.asserts);
  UsedNames used;
  lowered.body.accept(&used);

  CppStmtPrinter printer(kernel.name);
  printer.reserve("parallel");
  for (const KernelArg &arg : kernel.args) {
    printer.reserve(arg.name);
    if (arg.kind == KernelArg::Kind::Scratch)
      printer.provideScratch(arg, options.asserts);
  }
  printer.indent();
  printer.emitLine("using namespace segc::simd;");
  std::vector<std::string> parameters{used.hasParallelLoop ? "const segc_parallel *parallel"
                                                           : "const segc_parallel * /*parallel*/"};
  for (std::string &parameter : declareArguments(kernel, lowered, used, printer))
    parameters.push_back(std::move(parameter));
  printer.printStmt(lowered.body);

  PrintedKernel printed;
  printed.name = symbolPrefix + kernel.name;
  printed.declaration = printDeclaration(printed.name, kernel.args);
  printed.definition =
      functionHead("void", printed.name, parameters) + " {\n" + printer.text() + "}\n";
  return printed;
}

std::string cppKernelPrelude() {
  return "#include \"segc_parallel.h\"\n#include \"segc_vector.h\"\n#include \"segc_view.h\"\n";
}

} // namespace segc
