//===- CrfOps.cpp - inference of the dense CRF ------------------*- C++ -*-===//

#include "compiler/dialect/Inference.h"

#include <cmath>

using namespace llvm;
using namespace mlir;

namespace segc::seg {

/// More iterations than anybody needs, and few enough to end.
static constexpr uint64_t kMostIterations = 10000;

static LogicalResult checkWeights(const Reporter &report, StringRef what, ArrayRef<float> weights,
                                  DimAttr labels) {
  if (weights.size() != 1 && !labels.isConstant(static_cast<int64_t>(weights.size())))
    return report("there are " + Twine(weights.size()) + " " + what + " weights for " +
                  toString(labels) + " labels");
  for (float weight : weights)
    if (!std::isfinite(weight))
      return report("a " + what + " weight is not a finite number");
  return success();
}

LogicalResult DenseCrfOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                           Adaptor op, SmallVectorImpl<Type> &types) {
  Reporter report(location);
  auto scores = cast<TensorType>(op.getScores().getType());
  auto image = cast<TensorType>(op.getImage().getType());
  if (failed(checkFeatureMap(report, "the scores", scores)) ||
      failed(checkFeatureMap(report, "the image", image)))
    return failure();
  if (!scores.getElementType().isF32() || !image.getElementType().isF32())
    return report("scores and image must be f32");
  DimAttr labels = scores.getDim(1);
  if (!labels.isConstant() || labels.getValue() < 2 || labels.getValue() > 256)
    return report("a CRF has 2 to 256 labels, not " + toString(labels));
  if (DimAttr channels = image.getDim(1); channels.getValue() < 1 || channels.getValue() > 4)
    return report("the image of a CRF has 1 to 4 channels, not " + toString(channels));
  for (int64_t axis : {0, 2, 3}) {
    DimAttr a = scores.getDim(axis), b = image.getDim(axis);
    if (a.isConstant() && b.isConstant() && a != b)
      return report("scores and image differ in size: " + toString(a) + " and " + toString(b));
  }
  if (op.getIterations() > kMostIterations) // as are negative numbers
    return report(Twine(static_cast<int64_t>(op.getIterations())) +
                  " iterations are not between 0 and " + Twine(kMostIterations));
  for (auto [what, sigma] :
       {std::pair("bilateral_sigma_xy", op.getBilateralSigmaXy().convertToFloat()),
        std::pair("bilateral_sigma_rgb", op.getBilateralSigmaRgb().convertToFloat()),
        std::pair("spatial_sigma", op.getSpatialSigma().convertToFloat())})
    if (!(sigma > 0) || !std::isfinite(sigma))
      return report(Twine(what) + " is not a positive number");
  if (failed(checkWeights(report, "bilateral", op.getBilateralWeights(), labels)) ||
      failed(checkWeights(report, "spatial", op.getSpatialWeights(), labels)))
    return failure();
  if (op.getCompatibility()) {
    auto matrix = cast<TensorType>(op.getCompatibility().getType());
    if (matrix.getRank() != 2 || matrix.getDim(0) != labels || matrix.getDim(1) != labels)
      return report("the compatibility is not a matrix of " + toString(labels) + " x " +
                    toString(labels));
  }
  SmallVector<DimAttr> shape(scores.getShape());
  if (op.getLabels()) {
    shape[1] = DimAttr::constant(context, 1);
    types.push_back(TensorType::get(context, shape, IntegerType::get(context, 64)));
  } else {
    types.push_back(scores.withLayout({}));
  }
  if (op.getKeepHistory()) {
    if (op.getIterations() == 0)
      return report("there is no history without iterations");
    shape[1] =
        DimAttr::constant(context, static_cast<int64_t>(op.getIterations()) * labels.getValue());
    types.append(2, TensorType::get(context, shape, scores.getElementType()));
  }
  return success();
}

} // namespace segc::seg
