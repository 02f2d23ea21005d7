//===- LowerCounting.cpp - ops that find out how many -----------*- C++ -*-===//
//
// Functions of the runtime count, and store where there is room for as many as there may be.
//
//===----------------------------------------------------------------------===//

#include "compiler/lowering/ProgramBuilder.h"

#include <fmt/format.h>

using namespace mlir;

namespace segc {

using llvm::ArrayRef;
using mlir::Value;
using seg::DimAttr;
using seg::TensorType;

static Binding flag(bool value, const char *name, ProgramBuilder &builder) {
  return builder.literal(fmt::format("/*{}=*/{}", name, value));
}

/// Memory for as many as there may be.
static DenseBinding boundOf(Value value, ProgramBuilder &builder) {
  SmallVector<DimAttr> shape;
  for (DimAttr dim : typeOf(value).getShape())
    shape.push_back(seg::boundOf(dim));
  return builder.dense(value, shape);
}

LogicalResult lowerNonZero(seg::NonZeroOp op, ProgramBuilder &builder) {
  TensorType input = typeOf(op.getInput());
  if (input.getRank() > kMaxViewRank)
    return op.emitError("tensors of rank ") << input.getRank() << " are not supported";
  builder.callRuntime("segc_select.h",
                      fmt::format("segc::nonZero<{}>", cppElement(input.getElementType())), {},
                      {builder.dense(op.getInput()),
                       builder.dense(op.getOutput(), typeOf(op.getOutput()).getDim(0)),
                       builder.count(op.getCount())},
                      /*perImage=*/false);
  return success();
}

LogicalResult lowerUnique(seg::UniqueOp op, ProgramBuilder &builder) {
  TensorType input = typeOf(op.getInput());
  Type index = IntegerType::get(op.getContext(), 64);
  builder.callRuntime(
      "segc_select.h", fmt::format("segc::unique<{}>", cppElement(input.getElementType())), {},
      {builder.dense(op.getInput()),
       builder.scratch(TensorType::get(op.getContext(), input.getDim(0), index), "order"),
       boundOf(op.getFirst(), builder), builder.dense(op.getInverse()),
       boundOf(op.getCounts(), builder), flag(op.getSorted(), "sorted", builder),
       builder.count(op.getCount())},
      /*perImage=*/false);
  return success();
}

LogicalResult lowerNms(seg::NmsOp op, ProgramBuilder &builder) {
  auto *context = op.getContext();
  TensorType boxes = typeOf(op.getBoxes()), scores = typeOf(op.getScores());
  builder.require(boxes.getDim(0), Check::Relation::Equal, scores.getDim(0),
                  "the number of images of its boxes and scores");
  builder.require(boxes.getDim(1), Check::Relation::Equal, scores.getDim(2),
                  "the number of its boxes and scores");
  constexpr int64_t kFloatsOfBox = 5;
  DenseBinding order = builder.scratch(
      TensorType::get(context, boxes.getDim(1), IntegerType::get(context, 32)), "order");
  DenseBinding taken = builder.scratch(
      TensorType::get(context, {boxes.getDim(1), DimAttr::constant(context, kFloatsOfBox)},
                      Float32Type::get(context)),
      "taken");
  builder.callRuntime("segc_boxes.h", "segc::nonMaxSuppression", {},
                      {builder.dense(op.getBoxes()), builder.dense(op.getScores()),
                       builder.dense(op.getIouThreshold()),
                       op.getScoreThreshold() ? Binding(builder.dense(op.getScoreThreshold()))
                                              : builder.literal("segc::View{}"),
                       order, taken, boundOf(op.getOutput(), builder),
                       builder.integer(op.getLimit()), flag(op.getCenter(), "center", builder),
                       builder.count(op.getCount())},
                      /*perImage=*/false);
  return success();
}

} // namespace segc
