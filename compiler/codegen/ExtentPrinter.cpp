//===- ExtentPrinter.cpp - extents as C++ -----------------------*- C++ -*-===//

#include "compiler/codegen/ExtentPrinter.h"
#include "compiler/dialect/DimText.h"
#include "compiler/lowering/Names.h"

#include "llvm/ADT/StringExtras.h"

#include <algorithm>

using namespace llvm;

namespace segc {

using seg::DimAttr;
using seg::DimKind;

namespace {

/// The extents that an argument is printed with; null where it has none.
struct BindingExtents {
  using Extents = SmallVector<DimAttr>;
  Extents operator()(const MapBinding &map) { return {map.channels, map.cropTop, map.cropLeft}; }
  Extents operator()(const DenseMapBinding &map) { return map.extents; }
  Extents operator()(const DenseBinding &tensor) { return tensor.extents; }
  Extents operator()(const StridedBinding &part) {
    Extents all = part.extents;
    all.append(part.strides.begin(), part.strides.end());
    all.append({part.offset, part.perImage});
    return all;
  }
  Extents operator()(const IntegerBinding &number) { return {number.value}; }
  template <typename Other> Extents operator()(const Other &) { return {}; }
};

} // namespace

ExtentPrinter::ExtentPrinter(const Program &program) : program(program) {
  for (auto *ports : {&program.inputs, &program.outputs})
    for (const Port &port : *ports)
      for (DimAttr dim : port.type.getShape())
        addWithBound(dim);
  for (const Buffer &buffer : program.buffers)
    for (ArrayRef<DimAttr> dims : {buffer.type.getShape(), ArrayRef<DimAttr>(buffer.sizeExtents)})
      for (DimAttr dim : dims)
        addWithBound(dim);
  for (DimAttr count : program.counts)
    addWithBound(count);
  for (const Step &step : program.steps) {
    if (step.batch)
      add(step.batch);
    for (const KernelCall &call : step.calls)
      for (const Binding &binding : call.arguments)
        for (DimAttr dim : std::visit(BindingExtents(), binding))
          if (dim)
            add(dim);
  }
  for (const Check &check : program.checks) {
    add(check.left);
    add(check.right);
  }
}

std::string ExtentPrinter::memberName(StringRef symbol) {
  // d0, d1, ... are ours. A name that ends in '_' gets another one, so that all stay different.
  bool isOurs = symbol.size() > 1 && symbol.front() == 'd' && all_of(symbol.drop_front(), isDigit);
  return isOurs || symbol.ends_with("_") || isReservedName(symbol) ? (symbol + "_").str()
                                                                   : symbol.str();
}

void ExtentPrinter::addWithBound(DimAttr dim) {
  add(dim);
  if (seg::hasCount(dim))
    add(seg::boundOf(dim));
}

void ExtentPrinter::add(DimAttr dim) {
  if (dim.isConstant() || names.count(dim))
    return;
  seg::forEachSymbol(dim, [&](StringRef name) {
    if (std::find(symbolNames.begin(), symbolNames.end(), name) == symbolNames.end()) {
      symbolNames.push_back(name.str());
      names.insert({DimAttr::symbol(dim.getContext(), name), memberName(name)});
    }
  });
  if (dim.getKind() == DimKind::Count)
    names.insert({dim, memberName(dim.getSymbol())});
  else if (dim.getKind() != DimKind::Symbol)
    names.insert({dim, "d" + std::to_string(names.size())});
}

std::string ExtentPrinter::use(DimAttr dim) const {
  if (dim.isConstant())
    return std::to_string(dim.getValue());
  return "e." + names.lookup(dim);
}

std::string ExtentPrinter::members() const {
  std::string text;
  for (auto &[dim, name] : names)
    text +=
        "  int64_t " + name + "; // " + seg::shortText(dim) +
        (dim.getKind() == DimKind::Count ? ", at most " + seg::toString(seg::boundOf(dim)) : "") +
        "\n";
  return text;
}

int ExtentPrinter::lastCount(DimAttr dim) const {
  int last = -1;
  seg::forEachCount(dim, [&](DimAttr count) {
    auto found = std::find(program.counts.begin(), program.counts.end(), count);
    last = std::max(last, static_cast<int>(found - program.counts.begin()));
  });
  return last;
}

std::string ExtentPrinter::definitionsBehind(int number) const {
  std::string text;
  for (auto &[dim, name] : names)
    if (dim.getKind() != DimKind::Symbol && dim.getKind() != DimKind::Count &&
        lastCount(dim) == number)
      text += "  e." + name + " = " + expression(dim) + ";\n";
  return text;
}

std::string ExtentPrinter::expression(DimAttr dim) {
  auto join = [&](const char *separator) {
    std::string text;
    for (unsigned i = 0; i < dim.getOperands().size(); ++i) {
      std::string part = expression(dim.operand(i));
      text += (i ? separator : "") + part;
    }
    return text;
  };
  switch (dim.getKind()) {
  case DimKind::Constant:
    return "int64_t{" + std::to_string(dim.getValue()) + "}";
  case DimKind::Symbol:
  case DimKind::Count:
    return "e." + memberName(dim.getSymbol());
  case DimKind::Sum:
    return "(" + join(" + ") + ")";
  case DimKind::Product:
    return (dim.getValue() == 1 ? "" : std::to_string(dim.getValue()) + " * ") + join(" * ");
  case DimKind::Quotient:
    return "segc::floorDiv(" + join(", ") + ")";
  case DimKind::Minimum:
    return "std::min(" + join(", ") + ")";
  case DimKind::Maximum:
    return "std::max(" + join(", ") + ")";
  }
  llvm_unreachable("a kind of extent without text");
}

} // namespace segc
