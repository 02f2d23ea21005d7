//===- Unused.cpp - ops that nobody needs -----------------------*- C++ -*-===//

#include "compiler/dialect/Unused.h"
#include "compiler/dialect/Dim.h"

#include "mlir/IR/AttrTypeSubElements.h"
#include "llvm/ADT/StringSet.h"

using namespace llvm;
using namespace mlir;

namespace segc::seg {

void eraseUnused(func::FuncOp function) {
  llvm::StringSet<> needed; // counts
  AttrTypeWalker walker;
  walker.addWalk([&](DimAttr dim) {
    forEachCount(dim, [&](DimAttr count) { needed.insert(count.getSymbol()); });
  });
  for (Operation &op : make_early_inc_range(reverse(function.front()))) {
    auto count = op.getAttrOfType<DimAttr>("count");
    if (op.use_empty() && !op.hasTrait<OpTrait::IsTerminator>() &&
        !(count && needed.contains(count.getSymbol()))) {
      op.erase();
      continue;
    }
    walker.walk(op.getAttrDictionary());
    for (Type type : op.getResultTypes())
      walker.walk(type);
  }
}

} // namespace segc::seg
