//===- Symbols.cpp - names for free extents -------------------------------===//

#include "frontends/onnx/Symbols.h"

#include "llvm/ADT/StringExtras.h"

#include <fmt/format.h>

namespace segc::onnximport {

using seg::DimAttr;

DimAttr Symbols::forParameter(llvm::StringRef text) {
  auto [entry, isNew] = byParameter.try_emplace(text);
  if (isNew)
    entry->second = fresh(text);
  return entry->second;
}

DimAttr Symbols::fresh(llvm::StringRef wish) {
  std::string base;
  for (char c : wish)
    base += llvm::isAlnum(c) ? c : '_';
  if (base.empty() || llvm::isDigit(base.front()))
    base.insert(base.begin(), '_');
  std::string name = base;
  // These words have a meaning of their own in expressions.
  for (int i = 2; name == "min" || name == "max" || name == "count" || !taken.insert(name).second;
       ++i)
    name = fmt::format("{}_{}", base, i);
  return DimAttr::symbol(context, name);
}

DimAttr Symbols::count(llvm::StringRef wish, DimAttr bound) {
  return DimAttr::count(context, fresh(wish).getSymbol(), bound);
}

} // namespace segc::onnximport
