//===- Crf.cpp - ai.segc::DenseCRF ----------------------------------------===//
//
// Inputs: scores N x L x H x W, image N x C x H x W of 1 to 4 channels, and optionally a
// constant matrix of label compatibilities L x L. Output: the marginals N x L x H x W. Attributes,
// version 1: iterations, bilateral_sigma_xy, bilateral_sigma_rgb, bilateral_weight, spatial_sigma,
// spatial_weight; or, with a weight a label (CRF-RNN), bilateral_weights and
// spatial_weights. seg.dense_crf says what they mean.
//
//===----------------------------------------------------------------------===//

#include "frontends/onnx/Operators.h"

using namespace mlir;

namespace segc::onnximport {

static NamedAttribute weights(Node &node, StringRef name, const std::string &one,
                              const std::string &many, float byDefault) {
  llvm::SmallVector<float> values{node.real(one, byDefault)};
  if (node.hasAttribute(many)) {
    if (node.hasAttribute(one))
      node.error(one + " and " + many + " are both given");
    if (auto list = node.reals(many))
      values = *list;
  }
  return node.attribute(name, node.builder().getDenseF32ArrayAttr(values));
}

static void importDenseCrf(Node &node) {
  if (!node.checkInputs(2, 3))
    return;
  llvm::SmallVector<Value> operands{node.value(0), node.value(1)};
  if (node.hasInput(2))
    operands.push_back(node.floatValue(2));
  auto real = [&](StringRef name, float byDefault) {
    return node.attribute(name, node.builder().getF32FloatAttr(node.real(name, byDefault)));
  };
  node.set(0, node.create<seg::DenseCrfOp>(
                  operands,
                  {node.integerAttribute("iterations", node.integer("iterations", 5)),
                   real("bilateral_sigma_xy", 160), real("bilateral_sigma_rgb", 3),
                   weights(node, "bilateral_weights", "bilateral_weight", "bilateral_weights", 5),
                   real("spatial_sigma", 3),
                   weights(node, "spatial_weights", "spatial_weight", "spatial_weights", 3)}));
}

void registerCrf(OperatorTable &table) { table.import["ai.segc::DenseCRF"] = importDenseCrf; }

} // namespace segc::onnximport
