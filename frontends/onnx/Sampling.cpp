//===- Sampling.cpp - operators that read between pixels ------------------===//

#include "frontends/onnx/Operators.h"

#include "llvm/ADT/StringSwitch.h"

namespace segc::onnximport {

using llvm::SmallVector;
using mlir::Value;

static void importGridSample(Node &node) {
  if (!node.checkInputs(2, 2))
    return;
  const std::string mode = node.text("mode", "linear");
  const std::string padding = node.text("padding_mode", "zeros");
  auto isMode = [&](const char *name, const char *oldName) {
    return mode == name || mode == oldName; // names before version 20
  };
  seg::ResizeMode interpolation = seg::ResizeMode::Linear;
  if (isMode("nearest", "nearest"))
    interpolation = seg::ResizeMode::Nearest;
  else if (isMode("cubic", "bicubic"))
    interpolation = seg::ResizeMode::Cubic;
  else if (!isMode("linear", "bilinear"))
    node.error(fmt::format("mode \"{}\" is not known", escaped(mode)));
  std::optional<seg::SamplePadding> outside = seg::symbolizeSamplePadding(padding);
  if (!outside)
    return node.error(fmt::format("padding_mode \"{}\" is not known", escaped(padding)));
  node.set(0, node.create<seg::GridSampleOp>(
                  {node.value(0), node.value(1)},
                  {node.attribute("mode", seg::ResizeModeAttr::get(node.context(), interpolation)),
                   node.attribute("padding", seg::SamplePaddingAttr::get(node.context(), *outside)),
                   node.attribute("align_corners", node.integer("align_corners", 0) != 0)}));
}

static void importRoiAlign(Node &node) {
  if (!node.checkInputs(3, 3))
    return;
  // Before version 16 there was one way.
  const std::string coordinates = node.text("coordinate_transformation_mode",
                                            node.opset() < 16 ? "output_half_pixel" : "half_pixel");
  const std::string mode = node.text("mode", "avg");
  if (coordinates != "half_pixel" && coordinates != "output_half_pixel")
    node.error(
        fmt::format("coordinate_transformation_mode \"{}\" is not known", escaped(coordinates)));
  if (mode != "avg" && mode != "max")
    node.error(fmt::format("mode \"{}\" is not known", escaped(mode)));
  node.set(0, node.create<seg::RoiAlignOp>(
                  {node.value(0), node.value(1), node.value(2)},
                  {node.integerAttribute("output_height", node.integer("output_height", 1)),
                   node.integerAttribute("output_width", node.integer("output_width", 1)),
                   node.integerAttribute("sampling_ratio", node.integer("sampling_ratio", 0)),
                   node.realAttribute("spatial_scale", node.real("spatial_scale", 1.0f)),
                   node.attribute("half_pixel", coordinates == "half_pixel"),
                   node.attribute("maximum", mode == "max")}));
}

/// Also what torchvision makes of roi_pool.
static void importMaxRoiPool(Node &node) {
  if (!node.checkInputs(2, 2))
    return;
  std::optional<SmallVector<int64_t>> pooled = node.integers("pooled_shape");
  if (!node.failed() && (!pooled || pooled->size() != 2))
    node.error("pooled_shape is not a height and a width");
  if (node.failed())
    return;
  node.set(0, node.create<seg::RoiMaxPoolOp>(
                  {node.value(0), node.value(1)},
                  {node.integerAttribute("output_height", (*pooled)[0]),
                   node.integerAttribute("output_width", (*pooled)[1]),
                   node.realAttribute("spatial_scale", node.real("spatial_scale", 1.0f))}));
}

static void importDeformConv(Node &node) {
  if (!node.checkInputs(3, 5))
    return;
  SmallVector<seg::DimAttr> weight = node.shape(1);
  if (node.rank(0) != 4 || weight.size() != 4)
    return node.error(fmt::format("an input of rank {} and weights of rank {} are not supported; "
                                  "both must be 4",
                                  node.rank(0), weight.size()));
  SmallVector<int64_t> ones(2, 1), zeros(4, 0);
  if (std::optional<SmallVector<int64_t>> kernel = node.integers("kernel_shape"))
    if (kernel->size() != 2 || !weight[2].isConstant((*kernel)[0]) ||
        !weight[3].isConstant((*kernel)[1]))
      node.error("kernel_shape differs from the shape of the weights");
  Value bias = node.hasInput(3) ? node.value(3) : Value();
  Value mask = node.hasInput(4) ? node.value(4) : Value();
  node.set(0, node.create<seg::DeformConv2dOp>(
                  {node.value(0), node.value(1), node.value(2), bias, mask},
                  {node.attribute("strides", node.integers("strides").value_or(ones)),
                   node.attribute("dilations", node.integers("dilations").value_or(ones)),
                   node.attribute("pads", node.integers("pads").value_or(zeros)),
                   node.integerAttribute("groups", node.integer("group", 1)),
                   node.integerAttribute("offset_groups", node.integer("offset_group", 1))}));
}

void registerSampling(OperatorTable &table) {
  for (const char *name : {"GridSample", "com.microsoft::GridSample"})
    table.import[name] = importGridSample;
  table.import["RoiAlign"] = importRoiAlign;
  table.import["MaxRoiPool"] = importMaxRoiPool;
  table.import["DeformConv"] = importDeformConv;
}

} // namespace segc::onnximport
