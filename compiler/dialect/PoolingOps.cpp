//===- PoolingOps.cpp - inference of pooling and unpooling ------*- C++ -*-===//

#include "compiler/dialect/Inference.h"

using namespace llvm;
using namespace mlir;

namespace segc::seg {

template <typename Adaptor>
static FailureOr<TensorType> inferPool(const Reporter &report, Adaptor &op) {
  auto input = cast<TensorType>(op.getInput().getType());
  if (failed(checkFeatureMap(report, "the input", input)) ||
      failed(checkList(report, "kernel", op.getKernel(), 2, 1)) ||
      failed(checkList(report, "stride", op.getStrides(), 2, 1)) ||
      failed(checkList(report, "dilation", op.getDilations(), 2, 1)) ||
      failed(checkList(report, "pad", op.getPads(), 4, 0)))
    return failure();
  SmallVector<DimAttr> shape{input.getDim(0), input.getDim(1)};
  for (int i = 0; i < 2; ++i) {
    int64_t kernel = op.getKernel()[i], dilation = op.getDilations()[i];
    int64_t before = op.getPads()[i], after = op.getPads()[2 + i];
    // A window of nothing but padding would have no largest value.
    int64_t span = (kernel - 1) * dilation + 1;
    if (before >= span || after >= span) {
      (void)report("a pad of " + Twine(std::max(before, after)) +
                   " is not smaller than the window of " + Twine(span));
      return failure();
    }
    shape.push_back(poolCount(input.getDim(2 + i), kernel, op.getStrides()[i], dilation, before,
                              after, op.getCeilMode()));
  }
  if (failed(checkShape(report, shape)))
    return failure();
  return TensorType::get(input.getContext(), shape, input.getElementType());
}

LogicalResult MaxPool2dOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                            Adaptor op, SmallVectorImpl<Type> &types) {
  auto type = inferPool(Reporter(location), op);
  if (succeeded(type))
    types.push_back(*type);
  return type;
}

LogicalResult AvgPool2dOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                            Adaptor op, SmallVectorImpl<Type> &types) {
  auto type = inferPool(Reporter(location), op);
  if (succeeded(type))
    types.push_back(*type);
  return type;
}

LogicalResult MaxPoolSwitchesOp::inferReturnTypes(MLIRContext *context,
                                                  std::optional<Location> location, Adaptor op,
                                                  SmallVectorImpl<Type> &types) {
  auto type = inferPool(Reporter(location), op);
  if (failed(type))
    return failure();
  types.push_back(*type);
  types.push_back(TensorType::get(context, type->getShape(),
                                  IntegerType::get(context, op.getPlane() ? 32 : 64)));
  return success();
}

/// The input's shape with integers of another width.
template <typename Adaptor>
static LogicalResult inferSwitches(Reporter report, Adaptor &op, unsigned from, unsigned to,
                                   SmallVectorImpl<Type> &types) {
  auto input = cast<TensorType>(op.getInput().getType());
  if (input.getRank() != 4 || !input.getElementType().isInteger(from))
    return report("the switches are not i" + Twine(from) + " of rank 4");
  if (op.getPlane().size() != 2)
    return report("the plane is not [H, W]");
  types.push_back(TensorType::get(input.getContext(), input.getShape(),
                                  IntegerType::get(input.getContext(), to)));
  return success();
}

LogicalResult SwitchesToFlatOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                                 Adaptor op, SmallVectorImpl<Type> &types) {
  return inferSwitches(Reporter(location), op, 32, 64, types);
}

LogicalResult SwitchesFromFlatOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                                   Adaptor op, SmallVectorImpl<Type> &types) {
  return inferSwitches(Reporter(location), op, 64, 32, types);
}

LogicalResult MaxUnpool2dOp::inferReturnTypes(MLIRContext *context,
                                              std::optional<Location> location, Adaptor op,
                                              SmallVectorImpl<Type> &types) {
  Reporter report(location);
  auto input = cast<TensorType>(op.getInput().getType());
  auto switches = cast<TensorType>(op.getSwitches().getType());
  if (failed(checkFeatureMap(report, "the input", input)))
    return failure();
  if (switches.getRank() != 4 ||
      !(switches.getElementType().isInteger(64) || switches.getElementType().isInteger(32)))
    return report("the switches are not i64 or i32 of rank 4");
  if (!broadcastShapes(input.getShape(), switches.getShape()))
    return report("values and switches differ in shape");
  if (failed(checkList(report, "kernel", op.getKernel(), 2, 1)) ||
      failed(checkList(report, "stride", op.getStrides(), 2, 1)) ||
      failed(checkList(report, "pad", op.getPads(), 4, 0)))
    return failure();
  SmallVector<DimAttr> sizes = dims(op.getSizes());
  if (sizes.size() != 4 || op.getIndexed().size() != 4)
    return report("the sizes are not of rank 4");
  if (sizes[0] != input.getDim(0) || sizes[1] != input.getDim(1))
    return report("the result's batch and channels differ from the input's");
  if (failed(checkShape(report, sizes)))
    return failure();
  types.push_back(TensorType::get(context, sizes, input.getElementType()));
  return success();
}

} // namespace segc::seg
