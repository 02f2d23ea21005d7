//===- Storage.cpp - which values share memory ------------------*- C++ -*-===//

#include "compiler/lowering/Storage.h"
#include "compiler/lowering/Names.h"

#include "llvm/ADT/StringSet.h"

using llvm::enumerate;
using namespace mlir;

namespace segc {

using mlir::Value;

Storage::Storage(func::FuncOp function) {
  Block &block = function.getBody().front();
  for (Operation &op : block) {
    if (auto concat = dyn_cast<seg::ConcatOp>(op)) {
      auto placed = op.getAttrOfType<DenseBoolArrayAttr>(seg::kPlacedAttr);
      int64_t channel = 0;
      for (auto [i, input] : enumerate(concat.getInputs())) {
        if (placed && placed[i])
          links[input] = {concat.getOutput(), channel / typeOf(concat).getLayout().getBlock()};
        if (concat.getAxis() == 1 && typeOf(input).getDim(1).isConstant())
          channel += typeOf(input).getDim(1).getValue();
      }
    } else if (auto reshape = dyn_cast<seg::ReshapeOp>(op)) {
      links[reshape.getOutput()] = {reshape.getInput(), 0};
    } else if (auto transpose = dyn_cast<seg::TransposeOp>(op)) {
      if (isChannelsLast(typeOf(transpose.getInput())))
        links[transpose.getOutput()] = {transpose.getInput(), 0};
    }
  }
  for (auto [i, argument] : enumerate(block.getArguments()))
    roots[argument] = InputPlace{static_cast<unsigned>(i)};
  for (auto [i, result] : enumerate(block.getTerminator()->getOperands())) {
    Value root = rootOf(result).first;
    if (constantOf(root) || roots.contains(root))
      copies.push_back({result, static_cast<unsigned>(i)});
    else
      roots[root] = OutputPlace{static_cast<unsigned>(i)};
  }

  // What is left goes into the workspace, alive from the first writer to the last reader.
  DenseMap<Value, int> bufferOf;
  llvm::StringSet<> names;
  int step = 0;
  for (Operation &op : block) {
    auto extend = [&](Value value) {
      auto found = bufferOf.find(rootOf(value).first);
      if (found != bufferOf.end())
        buffers[found->second].last = step;
    };
    if (!isa<seg::ConstantOp>(op)) {
      for (Value result : op.getResults()) {
        Value root = rootOf(result).first;
        if (!constantOf(root) && !roots.contains(root)) {
          std::string name = toBufferName(seg::nodeName(op.getLoc()), function.getName());
          std::string unique = name;
          for (int suffix = 2; !names.insert(unique).second; ++suffix)
            unique = name + "_" + std::to_string(suffix);
          bufferOf[root] = buffers.size();
          roots[root] = WorkspacePlace{static_cast<int>(buffers.size())};
          buffers.push_back({unique, typeOf(root), step, step});
        }
        extend(result);
      }
      for (Value operand : op.getOperands())
        extend(operand);
    }
    ++step;
  }
}

std::pair<Value, int64_t> Storage::rootOf(Value value) const {
  int64_t firstBlock = 0;
  for (auto found = links.find(value); found != links.end(); found = links.find(value)) {
    firstBlock += found->second.firstBlock;
    value = found->second.parent;
  }
  return {value, firstBlock};
}

std::optional<Place> Storage::placeOf(Value value) const {
  auto [root, firstBlock] = rootOf(value);
  if (constantOf(root))
    return std::nullopt;
  Place place = roots.find(root)->second; // every value of the function has one
  if (auto *workspace = std::get_if<WorkspacePlace>(&place))
    workspace->firstBlock = firstBlock;
  return place;
}

seg::ConstantOp Storage::constantOf(Value value) const {
  return rootOf(value).first.getDefiningOp<seg::ConstantOp>();
}

} // namespace segc
