//===- Convolution.cpp - Conv and ConvTranspose ---------------------------===//

#include "frontends/onnx/ImageConvolution.h"
#include "frontends/onnx/Operators.h"
#include "frontends/onnx/Quantization.h"
#include "frontends/onnx/Volumes.h"

namespace segc::onnximport {

using llvm::ArrayRef;
using llvm::SmallVector;
using mlir::Value;
using seg::DimAttr;

/// The spatial extents of the weights (input `w`), compared with kernel_shape; empty, and reported,
/// if unsound.
static SmallVector<int64_t> kernelOf(Node &node, int w = 1) {
  SmallVector<int64_t> kernel;
  SmallVector<DimAttr> weight = node.shape(w);
  if (weight.size() < 3 || weight.size() > 5)
    node.error(fmt::format("weights of rank {} are not supported; 3 to 5 are", weight.size()));
  else if (node.rank(0) != node.rank(w))
    node.error(fmt::format("an input of rank {} does not fit weights of rank {}", node.rank(0),
                           node.rank(w)));
  if (node.failed())
    return {};
  for (DimAttr extent : llvm::drop_begin(weight, 2)) {
    if (!extent.isConstant()) {
      node.error("the shape of the weights is not fixed");
      return {};
    }
    kernel.push_back(extent.getValue());
  }
  std::optional<SmallVector<int64_t>> declared = node.integers("kernel_shape");
  if (declared && *declared != kernel)
    node.error("kernel_shape differs from the shape of the weights");
  return kernel;
}

/// The weights as [.., .., KH, KW]. A constant is given its other shape here, so that it stays one.
static Value weightsOf(Node &node, int w = 1) {
  std::optional<ConstantTensor> tensor = node.constant(w);
  if (!tensor || tensor->shape.size() != 3)
    return toImage(node, node.value(w));
  tensor->shape.insert(tensor->shape.begin() + 2, 1);
  return node.constant(*tensor, node.inputName(w));
}

/// The convolution of the node's first three inputs; null, and reported, if it is unsound.
static Value convolution(Node &node) {
  SmallVector<int64_t> kernel = kernelOf(node);
  std::optional<Window> window = node.failed() ? std::nullopt : readWindow(node, kernel);
  int64_t groups = node.integer("group", 1);
  if (!window)
    return {};
  if (window->isVolume()) {
    Value input = node.value(0), weight = node.value(1);
    Value bias = node.hasInput(2) ? node.value(2) : Value();
    input = applyAutoPad(node, input, *window, 0.0f);
    return convolveVolume(node, input, weight, bias, *window, groups);
  }
  Value input = toImage(node, node.value(0));
  Value weight = weightsOf(node);
  Value bias = node.hasInput(2) ? node.value(2) : Value();
  input = applyAutoPad(node, input, *window, 0.0f);
  Value output = convolveImage(node, input, weight, bias,
                               {window->strides, window->dilations, window->pads, groups});
  return fromImage(node, output, window->axes);
}

static void importConv(Node &node) {
  if (node.checkInputs(2, 3))
    node.set(0, convolution(node));
}

/// ONNX Runtime's convolution with a sum and an activation behind it.
static void importFusedConv(Node &node) {
  if (!node.checkInputs(2, 4))
    return;
  Value result = convolution(node);
  if (node.hasInput(3))
    result = node.binary(seg::BinaryKind::Add, result, node.value(3));
  node.set(0, withActivation(node, result));
}

Value integerConvolution(Node &node, int x, int w, int xZero, int wZero) {
  SmallVector<int64_t> kernel = kernelOf(node, w);
  std::optional<Window> window = node.failed() ? std::nullopt : readWindow(node, kernel);
  if (window && window->isVolume())
    node.error("convolutions of integers over three axes are not supported");
  if (!window || node.failed())
    return {};
  Value input = toImage(node, node.value(x)), weight = weightsOf(node, w);
  // A pad is the number that stands for zero, which no PadOp can write.
  input = applyAutoPad(node, input, *window, std::nullopt);
  Value output = node.create<seg::Conv2dIntegerOp>(
      {input, weight, zeroOfSums(node, xZero), zeroOfSums(node, wZero)},
      {node.attribute("strides", window->strides), node.attribute("dilations", window->dilations),
       node.attribute("pads", window->pads),
       node.integerAttribute("groups", node.integer("group", 1))});
  return fromImage(node, output, window->axes);
}

/// The pads of a transposed convolution: given, or such that the output has the size that
/// `output_shape` or auto_pad asks for.
static void findTransposedPads(Node &node, ArrayRef<DimAttr> image, Window &window,
                               ArrayRef<int64_t> outputPadding) {
  std::optional<SmallVector<int64_t>> outputShape = node.integers("output_shape");
  if (outputShape && outputShape->size() == image.size())
    outputShape->erase(outputShape->begin(), outputShape->begin() + 2);
  if (outputShape && static_cast<int64_t>(outputShape->size()) != window.axes) {
    node.error(
        fmt::format("output_shape has {} values instead of {}", outputShape->size(), window.axes));
    return;
  }
  bool isSame = window.autoPad == "SAME_UPPER" || window.autoPad == "SAME_LOWER";
  if (!outputShape && !isSame)
    return;
  if (outputShape && window.axes == 1)
    outputShape->insert(outputShape->begin(), 1);
  const int axes = static_cast<int>(window.kernel.size());
  for (int axis = 0; axis != axes; ++axis) {
    if (window.axes == 1 && axis == 0)
      continue;
    int64_t stride = window.strides[axis];
    // Without output_shape the output is the input times the stride.
    DimAttr wanted = outputShape ? node.dim((*outputShape)[axis]) : image[2 + axis] * stride;
    DimAttr full = (image[2 + axis] - 1) * stride + outputPadding[axis] + window.span(axis);
    DimAttr total = full - wanted;
    if (!total || !total.isConstant()) {
      node.error(
          "output_shape needs a fixed height and width of the input; give them with --shape");
      return;
    }
    int64_t pads = total.getValue();
    int64_t less = pads / 2, more = pads - less;
    // Rows that are missing are added at the end.
    if (pads < 0)
      std::tie(less, more) = std::pair<int64_t, int64_t>(0, pads);
    bool moreAtEnd = window.autoPad == "SAME_UPPER" || pads < 0;
    window.pads[axis] = moreAtEnd ? less : more;
    window.pads[axes + axis] = moreAtEnd ? more : less;
  }
}

static void importConvTranspose(Node &node) {
  if (!node.checkInputs(2, 3))
    return;
  SmallVector<int64_t> kernel = kernelOf(node);
  std::optional<Window> window = node.failed() ? std::nullopt : readWindow(node, kernel);
  int64_t groups = node.integer("group", 1);
  SmallVector<int64_t> outputPadding =
      node.integers("output_padding").value_or(SmallVector<int64_t>(kernel.size(), 0));
  if (!window)
    return;
  if (static_cast<int64_t>(outputPadding.size()) != window->axes)
    node.error(fmt::format("output_padding has {} values instead of {}", outputPadding.size(),
                           window->axes));
  for (int64_t rows : outputPadding)
    if (rows < 0 || rows > (1 << 20))
      node.error(
          fmt::format("output padding {} is {}", rows, rows < 0 ? "negative" : "out of range"));
  if (outputPadding.size() == 1)
    outputPadding.insert(outputPadding.begin(), 0);
  bool isVolume = window->isVolume();
  Value input = isVolume ? node.value(0) : toImage(node, node.value(0));
  Value weight = isVolume ? node.value(1) : weightsOf(node);
  Value bias = node.hasInput(2) ? node.value(2) : Value();
  if (node.failed())
    return;
  findTransposedPads(node, shapeOf(input), *window, outputPadding);
  if (isVolume)
    return node.set(
        0, convolveVolumeTransposed(node, input, weight, bias, *window, outputPadding, groups));
  Value output = convolveImageTransposed(node, input, weight, bias,
                                         {window->strides, window->dilations, window->pads, groups},
                                         outputPadding);
  node.set(0, fromImage(node, output, window->axes));
}

void registerConvolution(OperatorTable &table) {
  table.import["Conv"] = importConv;
  table.import["com.microsoft::FusedConv"] = importFusedConv;
  table.import["ConvTranspose"] = importConvTranspose;
}

} // namespace segc::onnximport
