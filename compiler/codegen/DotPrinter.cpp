//===- DotPrinter.cpp - a network as a graph for Graphviz -------*- C++ -*-===//

#include "compiler/codegen/DotPrinter.h"
#include "compiler/dialect/Dim.h"
#include "compiler/dialect/DimText.h"
#include "compiler/dialect/Seg.h"

#include "llvm/ADT/DenseMap.h"

#include <fmt/format.h>

using namespace mlir;

namespace segc {

namespace {

/// A string of Graphviz' language.
std::string quotedDot(llvm::StringRef text) {
  std::string result = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\')
      result += '\\';
    if (c == '\n')
      result += "\\n";
    else
      result += static_cast<unsigned char>(c) < 32 ? '_' : c;
  }
  return result + "\"";
}

std::string shapeOf(Value value) {
  std::string text;
  auto type = cast<seg::TensorType>(value.getType());
  for (seg::DimAttr dim : type.getShape())
    text += (text.empty() ? "" : " x ") + seg::shortText(dim);
  return text;
}

/// Related operators look alike.
const char *colorOf(Operation *op) {
  if (isa<seg::Conv2dOp, seg::ConvTranspose2dOp, seg::MatmulOp>(op))
    return "#cfe2f3";
  if (isa<seg::MaxPool2dOp, seg::AvgPool2dOp, seg::MaxPoolSwitchesOp, seg::MaxUnpool2dOp,
          seg::ReduceOp>(op))
    return "#d9ead3";
  if (isa<seg::ResizeOp>(op))
    return "#fff2cc";
  if (isa<seg::ConvertLayoutOp>(op))
    return "#eeeeee";
  return "#ffffff";
}

class Printer {
public:
  std::string print(ModuleOp module) {
    out = "digraph network {\n  node [shape=box, style=filled, fontname=\"sans-serif\"];\n"
          "  edge [fontname=\"sans-serif\", fontsize=10];\n";
    for (func::FuncOp function : module.getOps<func::FuncOp>())
      print(function);
    return out + "}\n";
  }

private:
  void print(func::FuncOp function) {
    for (unsigned i = 0; i < function.getNumArguments(); ++i) {
      auto name = function.getArgAttrOfType<StringAttr>(i, seg::kNameAttr);
      node(name ? name.getValue() : "input", "#f4cccc", "ellipse");
      makers[function.getArgument(i)] = nodes - 1;
    }
    for (Operation &op : function.getBody().front()) {
      if (isa<seg::ConstantOp>(op))
        continue;
      if (isa<func::ReturnOp>(op)) {
        printOutputs(function, op);
        continue;
      }
      std::string kind = op.getName().stripDialect().str(), name = seg::nodeName(op.getLoc());
      std::string operatorName = seg::nodeOperator(op.getLoc());
      node(fmt::format("{}{}\n{}", kind, operatorName.empty() ? "" : " (" + operatorName + ")",
                       name),
           colorOf(&op), "box");
      unsigned self = nodes - 1;
      for (Value operand : op.getOperands())
        edge(operand, self);
      for (Value result : op.getResults())
        makers[result] = self;
    }
  }

  void printOutputs(func::FuncOp function, Operation &terminator) {
    for (unsigned i = 0; i < terminator.getNumOperands(); ++i) {
      auto name = function.getResultAttrOfType<StringAttr>(i, seg::kNameAttr);
      node(name ? name.getValue() : "output", "#f4cccc", "ellipse");
      edge(terminator.getOperand(i), nodes - 1);
    }
  }

  void node(llvm::StringRef label, const char *color, const char *shape) {
    out += fmt::format("  n{} [label={}, fillcolor=\"{}\", shape={}];\n", nodes++, quotedDot(label),
                       color, shape);
  }

  void edge(Value from, unsigned to) {
    if (auto maker = makers.find(from); maker != makers.end())
      out += fmt::format("  n{} -> n{} [label={}];\n", maker->second, to, quotedDot(shapeOf(from)));
  }

  std::string out;
  unsigned nodes = 0;
  DenseMap<Value, unsigned> makers;
};

} // namespace

std::string printDot(ModuleOp module) { return Printer().print(module); }

} // namespace segc
