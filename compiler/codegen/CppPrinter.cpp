//===- CppPrinter.cpp - a kernel as a C++ function --------------*- C++ -*-===//

#include "compiler/codegen/CppPrinter.h"

#include "compiler/codegen/CppStmtPrinter.h"

#include <fmt/format.h>

#include <set>

using namespace Halide;
using namespace Halide::Internal;

namespace segc {
namespace {

/// The Halide names of variables and buffers that a body mentions.
class UsedNames : public IRVisitor {
public:
  std::set<std::string> names;
  bool hasParallelLoop = false;

private:
  using IRVisitor::visit;
  void visit(const Variable *op) override { names.insert(op->name); }
  void visit(const Load *op) override {
    names.insert(op->name);
    IRVisitor::visit(op);
  }
  void visit(const Store *op) override {
    names.insert(op->name);
    IRVisitor::visit(op);
  }
  void visit(const For *op) override {
    hasParallelLoop |= op->for_type == ForType::Parallel;
    IRVisitor::visit(op);
  }
};

std::string parameterType(const KernelArg &arg) {
  switch (arg.kind) {
  case KernelArg::Kind::View:
    return "const segc::View &";
  case KernelArg::Kind::Constant:
    return "const " + CppExprPrinter::storageName(arg.type) + " *";
  case KernelArg::Kind::Int:
    return "int32_t ";
  case KernelArg::Kind::Float:
    return "float ";
  case KernelArg::Kind::Scratch:
    return "float *";
  }
  return "";
}

/// One parameter a line where they do not fit into one.
std::string head(const std::string &name, const std::vector<std::string> &parameters) {
  std::string text = "void " + name + "(";
  const std::string alignment(text.size(), ' ');
  size_t column = text.size();
  for (size_t i = 0; i < parameters.size(); ++i) {
    const bool last = i + 1 == parameters.size();
    if (i && column + parameters[i].size() + 4 > 100) {
      text += "\n" + alignment;
      column = alignment.size();
    } else if (i) {
      text += " ";
      ++column;
    }
    text += parameters[i] + (last ? "" : ",");
    column += parameters[i].size() + 1;
  }
  return text + ")";
}

} // namespace

std::string printDeclaration(const std::string &name, const std::vector<KernelArg> &args) {
  std::vector<std::string> parameters{"const segc_parallel *parallel"};
  for (const KernelArg &arg : args)
    parameters.push_back(parameterType(arg) + arg.name);
  return head(name, parameters) + ";\n";
}

PrintedKernel printCpp(const Kernel &kernel, const CpuTarget &target,
                       const std::string &symbolPrefix, const CppPrintOptions &options) {
  LoweredKernel lowered = lowerKernel(kernel, target.halide, options.asserts);
  UsedNames used;
  lowered.body.accept(&used);

  CppStmtPrinter printer(kernel.name);
  printer.reserve("parallel");
  for (const KernelArg &arg : kernel.args)
    printer.reserve(arg.name);
  printer.indent();
  printer.emitLine("using namespace segc::simd;");

  // Parameters, then the parts of them that the body uses.
  std::vector<std::string> defined{used.hasParallelLoop ? "const segc_parallel *parallel"
                                                        : "const segc_parallel * /*parallel*/"};
  for (size_t i = 0; i < kernel.args.size(); ++i) {
    const KernelArg &arg = kernel.args[i];
    const std::string type = parameterType(arg);
    bool isUsed = used.names.count(arg.halideName);
    if (arg.kind == KernelArg::Kind::Scratch) {
      printer.provideScratch(arg, options.asserts);
      isUsed = true;
    }
    if (isUsed && arg.kind == KernelArg::Kind::View) {
      const std::string element = CppExprPrinter::storageName(arg.type);
      const std::string pointer = printer.declarePointer(arg.halideName, arg.name + "_data");
      const char *constness = arg.isOutput ? "" : "const ";
      printer.emitLine(
          fmt::format("{0}{1} *SEGC_RESTRICT const {2} = static_cast<{0}{1} *>({3}.data);",
                      constness, element, pointer, arg.name));
    } else if (isUsed && arg.kind == KernelArg::Kind::Constant) {
      const std::string pointer = printer.declarePointer(arg.halideName, arg.name + "_data");
      printer.emitLine(fmt::format("{}*SEGC_RESTRICT const {} = {};",
                                   type.substr(0, type.size() - 1), pointer, arg.name));
    } else if (isUsed && arg.kind != KernelArg::Kind::Scratch) {
      // The parameter's own name was reserved above: only this variable has it.
      printer.declareVariable(arg.halideName, arg.name + "_value");
      printer.emitLine(fmt::format("const {}{}_value = {};", type, arg.name, arg.name));
    }
    for (const auto &[variable, field] : lowered.fields) {
      if (field.arg != static_cast<int>(i) || !used.names.count(variable))
        continue;
      isUsed = true;
      const std::string name = printer.declareVariable(
          variable, fmt::format("{}_{}_{}", arg.name, field.field, field.dimension));
      printer.emitLine(fmt::format("const int32_t {} = {}.{}[{}];", name, arg.name, field.field,
                                   field.dimension));
    }
    defined.push_back(isUsed ? type + arg.name : type + "/*" + arg.name + "*/");
  }

  printer.printStmt(lowered.body);

  PrintedKernel printed;
  printed.name = symbolPrefix + kernel.name;
  printed.declaration = printDeclaration(printed.name, kernel.args);
  printed.definition = head(printed.name, defined) + " {\n" + printer.text() + "}\n";
  return printed;
}

std::string cppKernelPrelude() {
  return "#include \"segc_parallel.h\"\n#include \"segc_vector.h\"\n#include \"segc_view.h\"\n";
}

} // namespace segc
