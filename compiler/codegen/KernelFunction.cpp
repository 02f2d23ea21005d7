//===- KernelFunction.cpp - the function around a kernel's loops -*- C++ -*-===//

#include "compiler/codegen/KernelFunction.h"

#include <fmt/format.h>

#include <algorithm>

using namespace Halide;
using namespace Halide::Internal;

namespace segc {

void UsedNames::visit(const Variable *op) { names.insert(op->name); }

void UsedNames::visit(const Load *op) {
  names.insert(op->name);
  IRVisitor::visit(op);
}

void UsedNames::visit(const Store *op) {
  names.insert(op->name);
  IRVisitor::visit(op);
}

void UsedNames::visit(const For *op) {
  const bool isParallel = op->for_type != ForType::Serial;
  hasParallelLoop |= isParallel;
  if (isParallel && !extents)
    return op->body.accept(this);
  IRVisitor::visit(op);
}

std::string parameterType(const KernelArg &arg) {
  switch (arg.kind) {
  case KernelArg::Kind::View:
    return "const segc::View &";
  case KernelArg::Kind::Constant:
    return "const " + (arg.stored ? "uint16_t" : ExprPrinter::storageName(arg.type)) + " *";
  case KernelArg::Kind::Int:
    return "int32_t ";
  case KernelArg::Kind::Float:
    return "float ";
  case KernelArg::Kind::Scratch:
    return "float *";
  }
  return "";
}

std::string functionHead(const std::string &result, const std::string &name,
                         const std::vector<std::string> &parameters) {
  std::string text = result + " " + name + "(";
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

std::vector<std::string> declareArguments(const Kernel &kernel, const LoweredKernel &lowered,
                                          const UsedNames &used, StmtPrinter &printer) {
  std::vector<std::string> defined;
  const std::vector<std::string> ofSums =
      kernel.sums ? kernel.sums->arguments : std::vector<std::string>();
  for (size_t i = 0; i < kernel.args.size(); ++i) {
    const KernelArg &arg = kernel.args[i];
    const std::string type = parameterType(arg);
    const bool isScratch = arg.kind == KernelArg::Kind::Scratch;
    const bool isLoaded = used.names.count(arg.halideName);
    bool isUsed =
        isScratch || isLoaded || std::find(ofSums.begin(), ofSums.end(), arg.name) != ofSums.end();
    if (isLoaded && arg.kind == KernelArg::Kind::View) {
      const std::string stored = !arg.stored               ? ""
                                 : arg.stored->is_bfloat() ? "segc::BFloat16"
                                                           : "segc::Half";
      const std::string pointer =
          printer.declarePointer(arg.halideName, arg.name + "_data", stored);
      const std::string element = printer.elementOf(arg.halideName, arg.type);
      const char *constness = arg.isOutput ? "" : "const ";
      printer.emitLine(
          fmt::format("{0}{1} *SEGC_RESTRICT const {2} = static_cast<{0}{1} *>({3}.data);",
                      constness, element, pointer, arg.name));
    } else if (isLoaded && arg.kind == KernelArg::Kind::Constant) {
      const std::string pointer = printer.declarePointer(arg.halideName, arg.name + "_data");
      printer.emitLine(fmt::format("{}*SEGC_RESTRICT const {} = {};",
                                   type.substr(0, type.size() - 1), pointer, arg.name));
    } else if (isLoaded && !isScratch) {
      // The parameter's own name was reserved: only this variable has it.
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
  return defined;
}

} // namespace segc
