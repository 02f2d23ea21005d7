//===- ShapeAdvice.cpp - which sizes a network takes, in words ------------===//

#include "compiler/lowering/ShapeAdvice.h"
#include "compiler/dialect/Dim.h"

#include "llvm/ADT/StringSet.h"

#include <fmt/format.h>

using namespace llvm;
using segc::seg::DimAttr;

namespace segc {

namespace {

/// Sizes that are tried, and the largest step between those that fit.
constexpr int64_t kTried = 4096, kLargestStep = 512;
/// What other extents are while one is tried: divisible by what networks divide by.
constexpr int64_t kOther = 6720;

bool mentions(const Check &check, StringRef symbol) {
  bool found = false;
  for (DimAttr dim : {check.left, check.right})
    seg::forEachSymbol(dim, [&](StringRef name) { found |= name == symbol; });
  return found;
}

bool holds(const Check &check, StringRef symbol, int64_t value, int64_t others) {
  StringMap<int64_t> symbols;
  for (DimAttr dim : {check.left, check.right})
    seg::forEachSymbol(dim,
                       [&](StringRef name) { symbols[name] = name == symbol ? value : others; });
  std::optional<int64_t> left = seg::evaluate(check.left, symbols),
                         right = seg::evaluate(check.right, symbols);
  if (!left || !right)
    return false;
  return check.relation == Check::Relation::Equal ? *left == *right : *left <= *right;
}

} // namespace

std::string ShapeAdvice::place(StringRef symbol) const {
  for (const Port &port : program.inputs)
    for (auto [axis, dim] : enumerate(port.type.getShape()))
      if (dim.getKind() == seg::DimKind::Symbol && dim.getSymbol() == symbol)
        return fmt::format("axis {} of input \"{}\" ({})", axis, port.name, symbol.str());
  return symbol.str();
}

std::string ShapeAdvice::adviceFor(StringRef symbol) {
  auto [entry, isNew] = advice.try_emplace(symbol);
  if (!isNew)
    return entry->second;
  std::vector<bool> fits(kTried + 1, true);
  for (const Check &check : program.checks) {
    if (!mentions(check, symbol))
      continue;
    // Two extents that must be equal say nothing about either alone.
    for (int64_t value = 1; value <= kTried; ++value)
      if (fits[value])
        fits[value] = holds(check, symbol, value, kOther) || holds(check, symbol, value, value);
  }
  for (int64_t step = 1; step <= kLargestStep; ++step)
    for (int64_t rest = 0; rest != step; ++rest) {
      int64_t least = kTried + 1;
      for (int64_t value = kTried - (kTried - rest) % step; value >= 1 && fits[value];
           value -= step)
        least = value;
      if (least > kTried / 2)
        continue;
      std::string text;
      if (step > 1)
        text = rest == 0 ? fmt::format("a multiple of {}", step)
                         : fmt::format("{} more than a multiple of {}", rest, step);
      if (least > step)
        text += fmt::format("{}at least {}", text.empty() ? "" : ", and ", least);
      if (!text.empty())
        entry->second = fmt::format("{} must be {}", place(symbol), text);
      return entry->second;
    }
  return "";
}

std::string ShapeAdvice::describe(const Check &check) {
  const std::string left = seg::toString(check.left), right = seg::toString(check.right);
  const std::string node = seg::nodeName(check.location);
  std::string text = node.empty() ? "" : fmt::format("node \"{}\"", node);
  if (std::string op = seg::nodeOperator(check.location); !op.empty())
    text += fmt::format(" ({})", op);
  text += text.empty() ? "" : ": ";
  if (check.relation == Check::Relation::Equal)
    text += fmt::format("{} would be {} and {}, which must be equal", check.about, left, right);
  else if (check.left.isConstant())
    text += fmt::format("{} would be {}, which must be at least {}", check.about, right, left);
  else
    text += fmt::format("{} would be {}, which must be at most {}", check.about, left, right);
  StringSet<> told;
  for (DimAttr dim : {check.left, check.right})
    seg::forEachSymbol(dim, [&](StringRef symbol) {
      if (!told.insert(symbol).second)
        return;
      if (std::string fit = adviceFor(symbol); !fit.empty())
        text += "; " + fit;
    });
  return text;
}

} // namespace segc
