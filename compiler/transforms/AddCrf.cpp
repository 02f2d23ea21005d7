//===- AddCrf.cpp - a dense CRF behind a network's scores -------*- C++ -*-===//

#include "compiler/transforms/AddCrf.h"
#include "compiler/dialect/Dim.h"
#include "compiler/dialect/Seg.h"
#include "compiler/transforms/ChannelAxis.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

using namespace mlir;
using llvm::StringRef;

namespace segc {

namespace {

struct Preset {
  const char *name;
  const char *settings;
};
constexpr Preset kPresets[] = {
    // DeepLab v2's for PASCAL VOC.
    {"deeplab", "iterations=10,bilateral_xy=67,bilateral_rgb=3,bilateral_weight=4,spatial=3,"
                "spatial_weight=3"},
    // What CRF-RNN's training starts from.
    {"crfrnn", "iterations=10,bilateral_xy=160,bilateral_rgb=3,bilateral_weight=5,spatial=3,"
               "spatial_weight=3"},
    // pydensecrf's example.
    {"densecrf", "iterations=10,bilateral_xy=80,bilateral_rgb=13,bilateral_weight=10,spatial=3,"
                 "spatial_weight=3"},
};

/// Of an image, as seg.dense_crf takes it.
constexpr int kMostImageChannels = 4;

bool readNumber(StringRef text, double &number) {
  return !text.getAsDouble(number) && std::isfinite(number);
}

/// Nothing, or what is wrong with the value.
std::string readSetting(StringRef key, StringRef value, CrfOptions &options) {
  if (key == "output") {
    options.output = value.str();
    return value.empty() ? "output needs a name" : "";
  }
  if (key == "image") {
    options.image = value.str();
    return value.empty() ? "image needs a name" : "";
  }
  if (key == "image_channels") {
    if (value.getAsInteger(10, options.imageChannels) || options.imageChannels < 1 ||
        options.imageChannels > kMostImageChannels)
      return fmt::format("image_channels=\"{}\" is not a number from 1 to {}", value.str(),
                         kMostImageChannels);
    return "";
  }
  if (key == "history") {
    options.history = value == "1";
    return value == "0" || value == "1" ? "" : "history is 0 or 1";
  }
  if (key == "iterations") {
    if (value.getAsInteger(10, options.iterations) || options.iterations < 0 ||
        options.iterations > 10000)
      return fmt::format("iterations=\"{}\" is not a number from 0 to 10000", value.str());
    return "";
  }
  if (key == "image_scale") {
    llvm::SmallVector<StringRef> parts;
    value.split(parts, ':');
    options.imageScale.assign(parts.size(), 0);
    bool good = parts.size() <= kMostImageChannels;
    for (size_t i = 0; good && i < parts.size(); ++i)
      good = readNumber(parts[i], options.imageScale[i]);
    return good ? ""
                : fmt::format("image_scale=\"{}\" is neither a number nor one a channel, A:B:C",
                              value.str());
  }
  struct Number {
    const char *key;
    double &value;
    bool isSigma;
  } numbers[] = {{"bilateral_xy", options.bilateralXy, true},
                 {"bilateral_rgb", options.bilateralRgb, true},
                 {"bilateral_weight", options.bilateralWeight, false},
                 {"spatial", options.spatial, true},
                 {"spatial_weight", options.spatialWeight, false}};
  std::string known = "iterations, image, image_channels, image_scale, output, history";
  for (Number &number : numbers) {
    known += std::string(", ") + number.key;
    if (key != number.key)
      continue;
    if (!readNumber(value, number.value) || (number.isSigma && number.value <= 0))
      return fmt::format("{}=\"{}\" is not a {}number", number.key, value.str(),
                         number.isSigma ? "positive " : "");
    return "";
  }
  return fmt::format("there is no setting \"{}\", but {}", key.str(), known);
}

class Adder {
public:
  Adder(func::FuncOp function, const CrfOptions &options)
      : function(function), options(options), builder(function.getContext()) {}

  LogicalResult run(std::optional<unsigned> channelsAxis) {
    PortChannels channels(function, channelsAxis);
    OpOperand *output = findOutput(channels);
    if (!output)
      return failure();
    const unsigned axis = *channels.axisOf(output->get());
    auto image = channels.findImage(
        {"--crf (--crf=image=NAME picks one)", true, 1, kMostImageChannels, options.image});
    if (failed(image))
      return failure();
    builder.setInsertionPoint(output->getOwner());
    FailureOr<Value> planes = channelsTo(1, image->argument, image->axis);
    if (failed(planes))
      return failure();
    FailureOr<Value> colours = coloursOf(*planes);
    if (failed(colours))
      return failure();
    FailureOr<Value> scores = scoresFor(output->get(), axis, *colours);
    if (failed(scores))
      return failure();
    FailureOr<seg::DenseCrfOp> op = crf(*scores, *colours);
    if (failed(op))
      return failure();
    FailureOr<Value> beliefs = channelsTo(axis, op->getOutput(), 1);
    if (failed(beliefs))
      return failure();
    output->set(*beliefs);
    returnHistory(*op, *output->getOwner());
    return success();
  }

  /// Adds the history to what the function returns, and sets its type.
  void returnHistory(seg::DenseCrfOp op, Operation &terminator) {
    const unsigned first = terminator.getNumOperands();
    terminator.insertOperands(first, op.getHistory());
    llvm::SmallVector<DictionaryAttr> attributes;
    function.getAllResultAttrs(attributes);
    attributes.resize(first, builder.getDictionaryAttr({}));
    const char *names[] = {"crf_scores", "crf_beliefs"};
    for (size_t i = 0; i < op.getHistory().size(); ++i)
      attributes.push_back(builder.getDictionaryAttr(
          {builder.getNamedAttr(seg::kNameAttr, builder.getStringAttr(names[i]))}));
    function.setType(FunctionType::get(function.getContext(), function.getArgumentTypes(),
                                       terminator.getOperandTypes()));
    function.setAllResultAttrs(attributes);
  }

  FailureOr<seg::DenseCrfOp> crf(Value scores, Value image) {
    auto real = [&](double value) { return builder.getF32FloatAttr(static_cast<float>(value)); };
    auto weights = [&](double value) {
      return builder.getDenseF32ArrayAttr({static_cast<float>(value)});
    };
    llvm::SmallVector<NamedAttribute> attributes{
        named("iterations", builder.getI64IntegerAttr(options.iterations)),
        named("bilateral_sigma_xy", real(options.bilateralXy)),
        named("bilateral_sigma_rgb", real(options.bilateralRgb)),
        named("bilateral_weights", weights(options.bilateralWeight)),
        named("spatial_sigma", real(options.spatial)),
        named("spatial_weights", weights(options.spatialWeight))};
    if (options.history)
      attributes.push_back(named("keep_history", builder.getUnitAttr()));
    return seg::tryCreate<seg::DenseCrfOp>(builder, location("crf"), {scores, image}, attributes);
  }

  /// The image in the units of bilateral_sigma_rgb. Only differences of colours matter, so a mean
  /// that callers subtract does no harm.
  FailureOr<Value> coloursOf(Value image) {
    std::vector<double> scale = options.imageScale;
    MLIRContext *context = function.getContext();
    if (!cast<seg::TensorType>(image.getType()).getElementType().isF32()) {
      auto floats = seg::tryCreate<seg::CastOp>(builder, location("crf image"), {image},
                                                {named("to", TypeAttr::get(builder.getF32Type()))});
      if (failed(floats))
        return failure();
      image = floats->getResult();
    } else if (scale.empty()) {
      scale = {255};
    }
    if (scale.empty() || scale == std::vector<double>{1})
      return image;
    const seg::DimAttr channels = cast<seg::TensorType>(image.getType()).getDim(1);
    if (scale.size() > 1 && !channels.isConstant(static_cast<int64_t>(scale.size())))
      return function.emitError("--crf: image_scale has ")
             << scale.size() << " numbers for an image of " << seg::toString(channels)
             << " channels";
    auto factor = seg::createFloatConstant(builder, location("crf image"),
                                           {1, static_cast<int64_t>(scale.size()), 1, 1},
                                           std::vector<float>(scale.begin(), scale.end()));
    auto scaled = seg::tryCreate<seg::BinaryOp>(
        builder, location("crf image"), {image, factor.getResult()},
        {named("kind", seg::BinaryKindAttr::get(context, seg::BinaryKind::Mul))});
    if (failed(scaled))
      return failure();
    return Value(scaled->getResult());
  }

  OpBuilder &opBuilder() { return builder; }

private:
  Location location(StringRef step) {
    return seg::nodeLocation(function.getContext(), step, "processing");
  }
  NamedAttribute named(StringRef name, Attribute value) {
    return builder.getNamedAttr(name, value);
  }

  /// Whether a value may be scores, whose classes are on `axis` if that is known.
  static bool isScores(Type type, std::optional<unsigned> axis) {
    auto tensor = dyn_cast<seg::TensorType>(type);
    return tensor && tensor.getRank() == 4 && tensor.getElementType().isF32() &&
           (!axis || (tensor.getDim(*axis).isConstant() && tensor.getDim(*axis).getValue() >= 2));
  }

  /// A map [N, C, H, W] from one whose channels are on another axis, or the other way round.
  FailureOr<Value> channelsTo(unsigned to, Value value, unsigned from) {
    if (from == to)
      return value;
    llvm::SmallVector<int64_t> order{0, 1, 2, 3};
    order.erase(order.begin() + from);
    order.insert(order.begin() + to, from);
    auto transposed = seg::tryCreate<seg::TransposeOp>(
        builder, location("crf layout"), {value},
        {named("permutation", builder.getDenseI64ArrayAttr(order))});
    if (failed(transposed))
      return failure();
    return Value(transposed->getResult());
  }

  OpOperand *findOutput(PortChannels &channels) {
    OpOperand *found = nullptr;
    std::string names;
    for (OpOperand &operand : function.getBody().front().getTerminator()->getOpOperands()) {
      if (!isScores(operand.get().getType(), channels.axisOf(operand.get())))
        continue;
      auto name = function.getResultAttrOfType<StringAttr>(operand.getOperandNumber(), "seg.name");
      const std::string text = name ? name.str() : std::to_string(operand.getOperandNumber());
      names += (names.empty() ? "\"" : ", \"") + text + "\"";
      if (!options.output.empty() && text != options.output)
        continue;
      if (found) {
        function.emitError("several outputs hold scores: " + names +
                           "; --crf=output=NAME picks one");
        return nullptr;
      }
      found = &operand;
    }
    if (!found)
      function.emitError(names.empty()
                             ? "no output holds scores (float, of rank 4), as --crf needs"
                             : "there is no output \"" + options.output + "\", but " + names);
    if (found && !channels.axisOf(found->get())) {
      (void)channels.emitUnknown(channels.outputName(found->getOperandNumber()), found->get());
      return nullptr;
    }
    return found;
  }

  /// Scores as large as the image: log-probabilities but for a constant of each pixel.
  FailureOr<Value> scoresFor(Value given, unsigned axis, Value image) {
    if (auto softmax = given.getDefiningOp<seg::SoftmaxOp>(); softmax && softmax.getAxis() == axis)
      given = softmax.getInput();
    FailureOr<Value> planes = channelsTo(1, given, axis);
    if (failed(planes))
      return failure();
    Value scores = *planes;
    auto small = cast<seg::TensorType>(scores.getType());
    auto large = cast<seg::TensorType>(image.getType());
    if (small.getDim(2) == large.getDim(2) && small.getDim(3) == large.getDim(3))
      return scores;
    MLIRContext *context = function.getContext();
    llvm::SmallVector<seg::DimAttr> sizes(small.getShape());
    sizes[2] = large.getDim(2);
    sizes[3] = large.getDim(3);
    auto resized = seg::tryCreate<seg::ResizeOp>(
        builder, location("crf resize"), {scores},
        {named("sizes", seg::dimArray(context, sizes)),
         named("mode", seg::ResizeModeAttr::get(context, seg::ResizeMode::Linear)),
         named("coordinates",
               seg::CoordinateModeAttr::get(context, seg::CoordinateMode::HalfPixel)),
         named("nearest", seg::NearestModeAttr::get(context, seg::NearestMode::Floor))});
    if (failed(resized))
      return failure();
    return Value(resized->getResult());
  }

  func::FuncOp function;
  const CrfOptions &options;
  OpBuilder builder;
};

} // namespace

std::string CrfOptions::key() const {
  return fmt::format("{} {} {:a} {:a} {:a} {:a} {:a} {:a} {} {} {}", history, iterations,
                     bilateralXy, bilateralRgb, bilateralWeight, spatial, spatialWeight,
                     fmt::join(imageScale, ":"), imageChannels, image.size(), image + output);
}

std::string crfPresetsHelp() {
  std::string text;
  for (const Preset &preset : kPresets)
    text += fmt::format("  {:<10}{}\n", preset.name, preset.settings);
  return text;
}

std::optional<CrfOptions> parseCrfOptions(StringRef text, std::string &error) {
  CrfOptions options;
  llvm::SmallVector<StringRef> settings;
  text.split(settings, ',', -1, false);
  for (size_t i = 0; i < settings.size() && error.empty(); ++i) {
    auto [key, value] = settings[i].split('=');
    if (settings[i].contains('=')) {
      error = readSetting(key, value, options);
      continue;
    }
    const Preset *preset =
        llvm::find_if(kPresets, [key = key](const Preset &p) { return key == p.name; });
    if (preset == std::end(kPresets))
      error = fmt::format("\"{}\" is neither KEY=VALUE nor a preset: deeplab, crfrnn, densecrf",
                          key.str());
    else if (i != 0)
      error = fmt::format("the preset {} must come first", preset->name);
    else
      options = *parseCrfOptions(preset->settings, error);
  }
  if (!error.empty())
    return std::nullopt;
  return options;
}

LogicalResult addCrf(ModuleOp module, const CrfOptions &options,
                     std::optional<unsigned> channelsAxis) {
  for (func::FuncOp function : module.getOps<func::FuncOp>())
    if (failed(Adder(function, options).run(channelsAxis)))
      return failure();
  return success();
}

OwningOpRef<ModuleOp> crfNetwork(MLIRContext &context, const CrfOptions &options, int classes,
                                 bool takesBytes, StringRef name) {
  OpBuilder builder(&context);
  Location here = builder.getUnknownLoc();
  OwningOpRef<ModuleOp> module(ModuleOp::create(here));
  builder.setInsertionPointToStart(module->getBody());
  auto map = [&](int64_t channels, bool bytes = false) -> Type {
    auto dim = [&](StringRef symbol) { return seg::DimAttr::symbol(&context, symbol); };
    return seg::TensorType::get(
        &context, {dim("n"), seg::DimAttr::constant(&context, channels), dim("h"), dim("w")},
        bytes ? Type(builder.getIntegerType(8, false)) : Type(builder.getF32Type()));
  };
  auto function = builder.create<func::FuncOp>(
      here, name,
      builder.getFunctionType({map(classes), map(options.imageChannels, takesBytes)},
                              {map(classes)}));
  function.setArgAttr(0, "seg.name", builder.getStringAttr("scores"));
  function.setArgAttr(1, "seg.name", builder.getStringAttr("image"));
  function.setResultAttr(0, "seg.name", builder.getStringAttr("beliefs"));
  Block *body = function.addEntryBlock();
  CrfOptions scaled = options;
  if (scaled.imageScale.empty())
    scaled.imageScale = {1};
  Adder adder(function, scaled);
  adder.opBuilder().setInsertionPointToStart(body);
  FailureOr<Value> colours = adder.coloursOf(body->getArgument(1));
  if (failed(colours))
    return {};
  FailureOr<seg::DenseCrfOp> op = adder.crf(body->getArgument(0), *colours);
  if (failed(op))
    return {};
  auto end = adder.opBuilder().create<func::ReturnOp>(here, op->getOutput());
  adder.returnHistory(*op, *end);
  return module;
}

} // namespace segc
