//===- FixShapes.cpp - --shape for networks in the seg dialect --*- C++ -*-===//

#include "compiler/package/FixShapes.h"
#include "compiler/dialect/Dim.h"
#include "compiler/dialect/Seg.h"

#include "mlir/IR/AttrTypeSubElements.h"

#include <fmt/format.h>

using namespace mlir;

namespace segc {

namespace {

class Fixer {
public:
  Fixer(func::FuncOp function, const std::map<std::string, GivenShape> &shapes)
      : function(function), shapes(shapes) {}

  std::vector<std::string> run() {
    for (const auto &[name, shape] : shapes) {
      std::optional<unsigned> input = inputNamed(name);
      if (!input)
        problems.push_back(fmt::format("--shape {}: the network has no such input; there are {}",
                                       name, inputNames()));
      else
        takeSymbols(name, typeOf(*input), shape);
    }
    // An extent such as 2 * h follows from others.
    for (const auto &[name, shape] : shapes)
      if (std::optional<unsigned> input = inputNamed(name); input && problems.empty())
        checkExtents(name, typeOf(*input), shape);
    if (problems.empty())
      replace();
    return problems;
  }

private:
  seg::TensorType typeOf(unsigned input) {
    return cast<seg::TensorType>(function.getArgumentTypes()[input]);
  }

  std::string nameOf(unsigned input) {
    auto name = function.getArgAttrOfType<StringAttr>(input, seg::kNameAttr);
    return name ? name.str() : std::to_string(input);
  }

  std::optional<unsigned> inputNamed(const std::string &name) {
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      if (nameOf(i) == name && isa<seg::TensorType>(function.getArgumentTypes()[i]))
        return i;
    return std::nullopt;
  }

  std::string inputNames() {
    std::string names;
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", nameOf(i));
    return names;
  }

  void takeSymbols(const std::string &name, seg::TensorType type, const GivenShape &shape) {
    if (shape.size() != static_cast<size_t>(type.getRank())) {
      problems.push_back(fmt::format("--shape {}: the input has rank {}, not {}", name,
                                     type.getRank(), shape.size()));
      return;
    }
    for (auto [axis, given] : llvm::enumerate(shape)) {
      seg::DimAttr dim = type.getDim(static_cast<unsigned>(axis));
      if (!given && dim.isConstant())
        problems.push_back(fmt::format("--shape {}: extent {} is {} in the file and cannot be free",
                                       name, axis, dim.getValue()));
      if (!given || dim.getKind() != seg::DimKind::Symbol)
        continue;
      seg::DimAttr value = seg::DimAttr::constant(function.getContext(), *given);
      auto [known, isNew] = values.try_emplace(dim.getSymbol(), value);
      if (!isNew && known->second != value)
        problems.push_back(fmt::format("--shape {}: \"{}\" cannot be {} and {}", name,
                                       dim.getSymbol().str(), known->second.getValue(), *given));
    }
  }

  void checkExtents(const std::string &name, seg::TensorType type, const GivenShape &shape) {
    for (auto [axis, given] : llvm::enumerate(shape)) {
      if (!given)
        continue;
      seg::DimAttr dim = type.getDim(static_cast<unsigned>(axis));
      seg::DimAttr fixed = seg::substitute(dim, values);
      if (fixed && fixed.isConstant(*given))
        continue;
      std::string is = seg::toString(dim);
      if (fixed && fixed.isConstant() && !dim.isConstant())
        is += fmt::format(" = {}", fixed.getValue());
      problems.push_back(fmt::format("--shape {}: extent {} is {} in the file, which cannot be {}",
                                     name, axis, is, *given));
    }
  }

  void replace() {
    AttrTypeReplacer replacer;
    replacer.addReplacement([&](seg::DimAttr dim) -> std::pair<Attribute, WalkResult> {
      seg::DimAttr fixed = seg::substitute(dim, values);
      return {fixed ? fixed : dim, WalkResult::skip()};
    });
    replacer.recursivelyReplaceElementsIn(function, /*replaceAttrs=*/true, /*replaceLocs=*/false,
                                          /*replaceTypes=*/true);
  }

  func::FuncOp function;
  const std::map<std::string, GivenShape> &shapes;
  llvm::StringMap<seg::DimAttr> values;
  std::vector<std::string> problems;
};

} // namespace

std::vector<std::string> fixShapes(ModuleOp module,
                                   const std::map<std::string, GivenShape> &shapes) {
  if (shapes.empty())
    return {};
  return Fixer(*module.getOps<func::FuncOp>().begin(), shapes).run();
}

} // namespace segc
