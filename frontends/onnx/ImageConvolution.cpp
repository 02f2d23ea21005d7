//===- ImageConvolution.cpp - convolutions by any weights -----------------===//

#include "frontends/onnx/ImageConvolution.h"

#include "compiler/dialect/Inference.h"

#include "llvm/ADT/DenseSet.h"

namespace segc::onnximport {

using llvm::ArrayRef;
using llvm::SmallVector;
using mlir::Value;
using seg::DimAttr;

bool dependsOnInputs(Value value) {
  llvm::DenseSet<mlir::Operation *> seen;
  SmallVector<Value> pending{value};
  while (!pending.empty()) {
    Value next = pending.pop_back_val();
    mlir::Operation *op = next ? next.getDefiningOp() : nullptr;
    if (next && !op)
      return true;
    if (op && seen.insert(op).second)
      pending.append(op->operand_begin(), op->operand_end());
  }
  return false;
}

static SmallVector<mlir::NamedAttribute> attributesOf(Node &node, const ImageWindow &window) {
  return {node.attribute("strides", window.strides), node.attribute("dilations", window.dilations),
          node.attribute("pads", window.pads), node.integerAttribute("groups", window.groups)};
}

/// The result with one value of the bias added to each channel.
static Value withBias(Node &node, Value result, Value bias) {
  if (!bias || !result)
    return result;
  ArrayRef<DimAttr> shape = shapeOf(bias);
  if (shape.size() != 1 || shape[0] != shapeOf(result)[1]) {
    node.shapeError("the bias does not have one value for each channel");
    return {};
  }
  return node.binary(seg::BinaryKind::Add, result,
                     node.reshape(bias, {shape[0], node.dim(1), node.dim(1)}));
}

/// What both kinds of weights must be, to be matrices.
static bool checkWeights(Node &node, ArrayRef<DimAttr> image, ArrayRef<DimAttr> weight,
                         int64_t groups, int channelsAxis) {
  bool isSound = image.size() == 4 && weight.size() == 4 && groups >= 1 && weight[2].isConstant() &&
                 weight[3].isConstant() && weight[0].isConstant() && image[1].isConstant() &&
                 weight[1].isConstant();
  int64_t channels = isSound ? image[1].getValue() : 0;
  if (isSound)
    isSound = channelsAxis == 1
                  ? weight[1].getValue() * groups == channels && weight[0].getValue() % groups == 0
                  : weight[0].getValue() == channels && channels % groups == 0;
  if (!isSound)
    node.shapeError("the weights do not fit the input and the groups, or their shape is not fixed");
  return isSound;
}

Value convolveImage(Node &node, Value input, Value weight, Value bias, const ImageWindow &window) {
  if (node.failed())
    return {};
  bool isComputed = dependsOnInputs(weight);
  if (!isComputed && !(bias && dependsOnInputs(bias)))
    return node.create<seg::Conv2dOp>({input, weight, bias, Value()}, attributesOf(node, window));
  if (!isComputed)
    return withBias(
        node,
        node.create<seg::Conv2dOp>({input, weight, Value(), Value()}, attributesOf(node, window)),
        bias);
  SmallVector<DimAttr> s(shapeOf(input)), w(shapeOf(weight));
  if (!checkWeights(node, s, w, window.groups, 1))
    return {};
  // Each place of the kernel sees an image: rows of one matrix are the channels and places, its
  // columns the pixels of the result.
  DimAttr zero = node.dim(0);
  SmallVector<DimAttr> extents;
  for (int i = 0; i != 2; ++i) {
    extents.push_back(seg::windowCount(s[2 + i], w[2 + i].getValue(), window.strides[i],
                                       window.dilations[i], window.pads[i], window.pads[2 + i]));
    input = node.pad(input, 2 + i, node.dim(window.pads[i]), node.dim(window.pads[2 + i]), 0.0f);
  }
  // [N, C, KH, KW, OH, OW] of [N, C, H, W].
  Value windows =
      node.view(input, {zero, zero, zero, zero}, {s[0], s[1], w[2], w[3], extents[0], extents[1]},
                {1,
                 0,
                 0,
                 0,
                 /**/ 0,
                 1,
                 0,
                 0,
                 /**/ 0,
                 0,
                 window.dilations[0],
                 0,
                 /**/ 0,
                 0,
                 0,
                 window.dilations[1],
                 /**/ 0,
                 0,
                 window.strides[0],
                 0,
                 /**/ 0,
                 0,
                 0,
                 window.strides[1]});
  DimAttr groups = node.dim(window.groups), inner = w[1] * w[2] * w[3];
  DimAttr perGroup = floorDiv(w[0], window.groups);
  Value columns = node.reshape(windows, {s[0], groups, inner, extents[0] * extents[1]});
  Value rows = node.reshape(weight, {node.dim(1), groups, perGroup, inner});
  Value result = node.matmul(rows, columns);
  result = node.reshape(result, {s[0], w[0], extents[0], extents[1]});
  return withBias(node, result, bias);
}

Value joinBlocks(Node &node, Value blocks, int64_t channels, ArrayRef<int64_t> kernel,
                 const ImageWindow &window, ArrayRef<int64_t> outputPadding) {
  // Weights put each channel at its place.
  int64_t places = kernel[0] * kernel[1];
  constexpr int64_t kMostWeights = 1 << 24;
  if (places > kMostWeights / places / channels) {
    node.error("blocks of this size are not supported");
    return {};
  }
  std::vector<float> ones(static_cast<size_t>(channels * places * places), 0.0f);
  for (int64_t i = 0; i != channels * places; ++i)
    ones[i * places + i % places] = 1.0f;
  Value weights =
      node.constant(floatTensor({channels * places, 1, kernel[0], kernel[1]}, ones), "places");
  ImageWindow own = window;
  own.groups = channels;
  SmallVector<mlir::NamedAttribute> attributes = attributesOf(node, own);
  attributes.push_back(node.attribute("output_padding", outputPadding));
  return node.create<seg::ConvTranspose2dOp>({blocks, weights, Value(), Value()}, attributes);
}

Value convolveImageTransposed(Node &node, Value input, Value weight, Value bias,
                              const ImageWindow &window, ArrayRef<int64_t> outputPadding) {
  if (node.failed())
    return {};
  SmallVector<mlir::NamedAttribute> attributes = attributesOf(node, window);
  attributes.push_back(node.attribute("output_padding", outputPadding));
  bool isComputed = dependsOnInputs(weight);
  if (!isComputed && !(bias && dependsOnInputs(bias)))
    return node.create<seg::ConvTranspose2dOp>({input, weight, bias, Value()}, attributes);
  if (!isComputed)
    return withBias(
        node, node.create<seg::ConvTranspose2dOp>({input, weight, Value(), Value()}, attributes),
        bias);
  SmallVector<DimAttr> s(shapeOf(input)), w(shapeOf(weight));
  if (!checkWeights(node, s, w, window.groups, 0))
    return {};
  // Every pixel becomes a block of the result.
  DimAttr groups = node.dim(window.groups), inner = floorDiv(w[0], window.groups);
  DimAttr places = w[1] * w[2] * w[3];
  Value rows =
      node.transpose(node.reshape(weight, {node.dim(1), groups, inner, places}), {0, 1, 3, 2});
  Value pixels = node.reshape(input, {s[0], groups, inner, s[2] * s[3]});
  Value blocks = node.matmul(rows, pixels);
  int64_t channels = w[1].getValue() * window.groups;
  blocks = node.reshape(blocks, {s[0], groups * places, s[2], s[3]});
  return withBias(
      node,
      joinBlocks(node, blocks, channels, {w[2].getValue(), w[3].getValue()}, window, outputPadding),
      bias);
}

} // namespace segc::onnximport
