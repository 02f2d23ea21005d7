//===- ProgramBuilder.cpp - from laid-out ops to a program ------*- C++ -*-===//

#include "compiler/lowering/ProgramBuilder.h"
#include "compiler/dialect/DimText.h"
#include "runtime/segc_abi.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/TypeSwitch.h"

#include <fmt/format.h>

#include <stdexcept>

using llvm::enumerate;
using llvm::raw_string_ostream;
using llvm::StringMap;
using llvm::zip;
using namespace mlir;

namespace segc {

using mlir::Value;

using seg::DimAttr;
using seg::TensorType;

ProgramBuilder::ProgramBuilder(func::FuncOp function, const LoweringOptions &options,
                               raw_ostream &weights, KernelMaker &maker)
    : function(function), options(options), weights(weights, options.packWeights), maker(maker),
      storage(function) {}

/// No kernel computes, or reads, nothing.
static LogicalResult refuseEmpty(Operation &op) {
  for (Value result : op.getResults())
    for (DimAttr dim : typeOf(result).getShape())
      if (dim.isConstant() && dim.getValue() < 1)
        return op.emitError("a tensor without elements is not supported");
  return success();
}

FailureOr<Program> ProgramBuilder::run() {
  Block &block = function.getBody().front();
  auto nameOf = [](DictionaryAttr attributes, StringRef fallback) {
    auto name = attributes ? attributes.getAs<StringAttr>(seg::kNameAttr) : StringAttr();
    return name ? name.str() : fallback.str();
  };
  for (auto [i, argument] : enumerate(block.getArguments()))
    program.inputs.push_back(
        {nameOf(function.getArgAttrDict(i), "input" + std::to_string(i)), typeOf(argument)});
  for (auto [i, type] : enumerate(function.getResultTypes()))
    program.outputs.push_back({nameOf(function.getResultAttrDict(i), "output" + std::to_string(i)),
                               cast<TensorType>(type)});
  program.buffers = storage.getBuffers();
  bool failed = mlir::failed(refuseManyAxes());

  size_t total = std::distance(block.begin(), block.end()), done = 0;
  for (Operation &op : block) {
    if (options.progress)
      options.progress(done++, total, seg::nodeName(op.getLoc()));
    if (mlir::failed(refuseEmpty(op))) {
      failed = true;
    } else {
      requireSound(op);
      if (!isa<seg::ConstantOp, seg::ReshapeOp, func::ReturnOp>(op))
        failed |= mlir::failed(lower(op));
    }
    ++stepNumber;
  }
  for (auto [value, index] : storage.getCopies()) {
    current = block.getTerminator();
    program.steps.push_back(
        {value.getLoc(), "copied to output " + program.outputs[index].name, {}, {}, {}});
    step = &program.steps.back();
    failed |= mlir::failed(lowerOutputCopy(value, index, *this));
  }
  if (failed)
    return failure();
  storeMaps();
  if (!program.counts.empty()) {
    auto *context = function.getContext();
    DimAttr size = DimAttr::constant(context, static_cast<int64_t>(program.counts.size()));
    program.countsBuffer =
        newBuffer(TensorType::get(context, size, IntegerType::get(context, 64)), "counts").buffer;
    program.buffers[program.countsBuffer].first = 0;
  }
  program.prepared = weights.takePieces();
  program.weightBytes = weights.storedBytes();
  program.preparedBytes = weights.preparedBytes();
  return std::move(program);
}

LogicalResult ProgramBuilder::refuseManyAxes() {
  bool failed = false;
  auto check = [&](const char *what, const Port &tensor) {
    if (tensor.type.getRank() <= SEGC_MAX_RANK)
      return;
    function.emitError(what) << " \"" << tensor.name << "\": tensors of rank "
                             << tensor.type.getRank() << " are not supported";
    failed = true;
  };
  for (const Port &input : program.inputs)
    check("input", input);
  for (const Port &output : program.outputs)
    check("output", output);
  return failure(failed);
}

/// Whether the kernels of an op read float32 maps, whatever the type says.
static bool computesInFloats(Operation &op) {
  return isa<seg::Conv2dOp, seg::ConvTranspose2dOp, seg::MaxPool2dOp, seg::MaxPoolSwitchesOp,
             seg::AvgPool2dOp, seg::ResizeOp, seg::MatmulOp, seg::SoftmaxOp>(op);
}

LogicalResult ProgramBuilder::lower(Operation &op) {
  std::string comment;
  raw_string_ostream stream(comment);
  llvm::interleave(
      op.getResultTypes(), stream,
      [&](Type type) {
        llvm::interleave(
            cast<TensorType>(type).getShape(), stream,
            [&](DimAttr dim) { stream << seg::shortText(dim); }, " x ");
      },
      ", ");
  program.steps.push_back({op.getLoc(), stream.str(), {}, {}, {}});
  step = &program.steps.back();
  current = &op;
  requireCounted(op);
  for (auto [i, buffer] : enumerate(program.buffers))
    if (buffer.first == stepNumber && buffer.type.getLayout() &&
        buffer.type.getLayout().getLeft() + buffer.type.getLayout().getRight() > 0)
      step->clears.push_back(i);

  // Kernels on feature maps are made for a number of channels.
  for (ValueRange values : {ValueRange(op.getOperands()), ValueRange(op.getResults())})
    for (Value value : values)
      if (typeOf(value).getLayout()) {
        if (!typeOf(value).getDim(1).isConstant())
          return op.emitError("feature maps whose number of channels is free are not supported");
        if (llvm::any_of(typeOf(value).getShape().drop_front(2), seg::hasCount))
          return op.emitError("feature maps whose height or width depends on what is found are "
                              "not supported");
      }

  if (computesInFloats(op))
    for (Value operand : op.getOperands())
      if (!typeOf(operand).getElementType().isF32())
        return op.emitError("elements of type ")
               << typeOf(operand).getElementType() << " are not supported";

  return llvm::TypeSwitch<Operation *, LogicalResult>(&op)
      .Case([&](seg::Conv2dOp o) { return lowerConv2d(o, *this); })
      .Case([&](seg::ConvTranspose2dOp o) { return lowerConvTranspose2d(o, *this); })
      .Case([&](seg::MaxPool2dOp o) { return lowerMaxPool2d(o, *this); })
      .Case([&](seg::MaxPoolSwitchesOp o) { return lowerMaxPoolSwitches(o, *this); })
      .Case([&](seg::AvgPool2dOp o) { return lowerAvgPool2d(o, *this); })
      .Case([&](seg::MaxUnpool2dOp o) { return lowerMaxUnpool2d(o, *this); })
      .Case([&](seg::SwitchesToFlatOp o) { return lowerSwitchesToFlat(o, *this); })
      .Case([&](seg::SwitchesFromFlatOp o) { return lowerSwitchesFromFlat(o, *this); })
      .Case([&](seg::ResizeOp o) { return lowerResize(o, *this); })
      .Case([&](seg::ConvertLayoutOp o) { return lowerConvertLayout(o, *this); })
      .Case([&](seg::ConcatOp o) { return lowerConcat(o, *this); })
      .Case([&](seg::SliceOp o) { return lowerSlice(o, *this); })
      .Case([&](seg::PadOp o) { return lowerPad(o, *this); })
      .Case([&](seg::TransposeOp o) { return lowerTranspose(o, *this); })
      .Case([&](seg::ViewOp o) { return lowerView(o, *this); })
      .Case([&](seg::CastOp o) { return lowerCast(o, *this); })
      .Case([&](seg::BroadcastOp o) { return lowerBroadcast(o, *this); })
      .Case<seg::UnaryOp, seg::BinaryOp, seg::SelectOp, seg::MapOp>(
          [&](Operation *o) { return lowerElementwise(o, *this); })
      .Case([&](seg::MatmulOp o) { return lowerMatmul(o, *this); })
      .Case([&](seg::Conv2dIntegerOp o) { return lowerConv2dInteger(o, *this); })
      .Case([&](seg::MatmulIntegerOp o) { return lowerMatmulInteger(o, *this); })
      .Case([&](seg::ReduceOp o) { return lowerReduce(o, *this); })
      .Case([&](seg::SoftmaxOp o) { return lowerSoftmax(o, *this); })
      .Case([&](seg::ArgMaxOp o) { return lowerArgMax(o, *this); })
      .Case([&](seg::GatherOp o) { return lowerGather(o, *this); })
      .Case([&](seg::GatherElementsOp o) { return lowerGatherElements(o, *this); })
      .Case([&](seg::ScatterOp o) { return lowerScatter(o, *this); })
      .Case([&](seg::ScatterElementsOp o) { return lowerScatterElements(o, *this); })
      .Case([&](seg::TopKOp o) { return lowerTopK(o, *this); })
      .Case([&](seg::NonZeroOp o) { return lowerNonZero(o, *this); })
      .Case([&](seg::UniqueOp o) { return lowerUnique(o, *this); })
      .Case([&](seg::NmsOp o) { return lowerNms(o, *this); })
      .Case([&](seg::CumSumOp o) { return lowerCumSum(o, *this); })
      .Case([&](seg::DenseCrfOp o) { return lowerDenseCrf(o, *this); })
      .Case([&](seg::GridSampleOp o) { return lowerGridSample(o, *this); })
      .Case([&](seg::RoiAlignOp o) { return lowerRoiAlign(o, *this); })
      .Case([&](seg::RoiMaxPoolOp o) { return lowerRoiMaxPool(o, *this); })
      .Case([&](seg::DeformConv2dOp o) { return lowerDeformConv2d(o, *this); })
      .Case([&](seg::RecurrentOp o) { return lowerRecurrent(o, *this); })
      .Case([&](seg::ReverseSequenceOp o) { return lowerReverseSequence(o, *this); })
      .Default([&](Operation *o) { return o->emitError("no kernel computes this operator yet"); });
}

int64_t ProgramBuilder::nominal(DimAttr dim) const {
  StringMap<int64_t> symbols;
  dim = seg::boundOf(dim);
  seg::forEachSymbol(dim, [&](StringRef name) {
    // A free batch is mostly one image.
    symbols[name] = name == "n" || name == "batch" ? 1 : options.nominalExtent;
  });
  return std::max<int64_t>(1, seg::evaluate(dim, symbols).value_or(1));
}

int ProgramBuilder::numberOf(const std::string &key, llvm::function_ref<Kernel()> build) {
  auto [found, isNew] = kernelNumbers.insert({key, static_cast<int>(program.kernels.size())});
  if (isNew) {
    KernelSignature signature = maker.begin(key, build);
    if (int repeat = kernelNames[signature.name]++)
      signature.name += "_v" + std::to_string(repeat + 1);
    maker.make(signature.name);
    program.kernels.push_back(std::move(signature));
  }
  return found->second;
}

/// What a target keeps the feature maps of a network in; nothing if they stay float32.
static std::optional<Halide::Type> storedMaps(const Target &target) {
  return target.cuda() ? target.cuda()->storedType() : std::nullopt;
}

std::string ProgramBuilder::mapElement() const {
  const std::optional<Halide::Type> stored = storedMaps(target());
  return !stored ? "float" : stored->is_bfloat() ? "segc::BFloat16" : "segc::Half";
}

void ProgramBuilder::storeMaps(Kernel &kernel) const {
  const std::optional<Halide::Type> stored = storedMaps(target());
  if (!stored)
    return;
  for (KernelArg &arg : kernel.args)
    if (arg.isFloatMap(lanes()))
      arg.stored = stored;
  kernel.key += " | maps " + nameOf(target().cuda()->precision);
}

static bool isNarrowWeights(const Binding &binding, Type narrow) {
  auto *weights = std::get_if<WeightsBinding>(&binding);
  return weights && weights->elementType == narrow;
}

void ProgramBuilder::storeMaps() {
  const std::optional<Halide::Type> stored = storedMaps(target());
  if (!stored)
    return;
  auto *context = function.getContext();
  const Type narrow =
      stored->is_bfloat() ? Type(BFloat16Type::get(context)) : Type(Float16Type::get(context));
  auto isMap = [&](const Buffer &buffer) {
    return buffer.type.getLayout() && buffer.type.getLayout().getBlock() == lanes();
  };
  std::vector<bool> narrowed;
  for (Buffer &buffer : program.buffers) {
    narrowed.push_back(isMap(buffer) && buffer.type.getElementType().isF32());
    if (narrowed.back())
      buffer.type =
          TensorType::get(context, buffer.type.getShape(), narrow, buffer.type.getLayout());
  }
  for (Step &step : program.steps)
    for (KernelCall &call : step.calls)
      for (auto [i, argument] : enumerate(call.arguments)) {
        auto *map = std::get_if<MapBinding>(&argument);
        const bool isNarrow = map && narrowed[map->place.buffer];
        if (isNarrow)
          map->elementType = narrow;
        if (isNarrow && call.kernel < 0 && call.function.find(mapElement()) == std::string::npos)
          throw std::logic_error(call.function + ": is not told what its maps are");
        if (call.kernel >= 0 && program.kernels[call.kernel].args[i].stored.has_value() !=
                                    (isNarrow || isNarrowWeights(argument, narrow)))
          throw std::logic_error("kernel " + program.kernels[call.kernel].name +
                                 ": takes its maps for what they are not");
      }
}

/// A constant as generated code reads it: each element as wide as its type, booleans in bytes.
static SmallVector<char> elementBytes(ElementsAttr constant) {
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(constant))
    return SmallVector<char>(resource.getRawHandle().getBlob()->getData());
  const unsigned width = (constant.getElementType().getIntOrFloatBitWidth() + 7) / 8;
  SmallVector<char> bytes;
  auto add = [&](const APInt &element) {
    const uint64_t bits = element.getBitWidth() == 1 ? element.getZExtValue()
                                                     : element.sextOrTrunc(64).getRawData()[0];
    for (unsigned i = 0; i < width; ++i)
      bytes.push_back(static_cast<char>(bits >> (8 * i) & 0xff));
  };
  if (auto floats = dyn_cast<DenseFPElementsAttr>(constant))
    for (const APFloat &element : floats.getValues<APFloat>())
      add(element.bitcastToAPInt());
  else
    for (const APInt &element : cast<DenseIntElementsAttr>(constant).getValues<APInt>())
      add(element);
  return bytes;
}

/// Misuse of the functions below: a lowering and the layouts do not agree.
[[noreturn]] static void disagree(Operation *op, const char *what) {
  throw std::logic_error(seg::nodeName(op->getLoc()) + " (" + op->getName().getStringRef().str() +
                         "): " + what);
}

Place ProgramBuilder::constantPlace(seg::ConstantOp constant) {
  auto [found, isNew] = constantPlaces.insert({constant.getResult(), Place()});
  if (isNew) {
    if (auto values = seg::floatConstant(constant.getResult()))
      found->second = weights.dense(values->values, current->getLoc());
    else
      found->second = weights.store(elementBytes(constant.getValue()));
  }
  return found->second;
}

MapBinding ProgramBuilder::map(Value value, bool written) {
  TensorType type = typeOf(value);
  if (!type.getLayout())
    disagree(current, "a dense tensor where a map is needed");
  std::optional<Place> place = storage.placeOf(value);
  auto *workspace = place ? std::get_if<WorkspacePlace>(&*place) : nullptr;
  if (!workspace)
    disagree(current, "a map that does not lie in the workspace");
  return {*workspace, written, type.getElementType(), type.getDim(1)};
}

Place ProgramBuilder::densePlace(Value value) {
  if (typeOf(value).getLayout() && !isChannelsLast(typeOf(value)))
    disagree(current, "a map where a dense tensor is needed");
  if (std::optional<Place> place = storage.placeOf(value))
    return *place;
  return constantPlace(storage.constantOf(value));
}

MapBinding ProgramBuilder::read(Value value) { return map(value, false); }
MapBinding ProgramBuilder::write(Value value) { return map(value, true); }

DenseMapBinding ProgramBuilder::denseMap(Value value) {
  TensorType type = typeOf(value);
  if (isChannelsLast(type))
    return {
        densePlace(value), type.getElementType(), {type.getDim(2), type.getDim(3), type.getDim(1)}};
  return denseMap(value, type.getShape().drop_front());
}

DenseMapBinding ProgramBuilder::denseMap(Value value, ArrayRef<DimAttr> extents) {
  return {densePlace(value), typeOf(value).getElementType(), SmallVector<DimAttr>(extents)};
}

Binding ProgramBuilder::readEither(Value value) {
  return typeOf(value).getLayout() ? Binding(read(value)) : denseMap(value);
}
Binding ProgramBuilder::writeEither(Value value) {
  return typeOf(value).getLayout() ? Binding(write(value)) : denseMap(value);
}

DenseBinding ProgramBuilder::dense(Value value) { return dense(value, typeOf(value).getShape()); }

DenseBinding ProgramBuilder::dense(Value value, ArrayRef<DimAttr> extents) {
  return {densePlace(value), typeOf(value).getElementType(), SmallVector<DimAttr>(extents)};
}

StridedBinding ProgramBuilder::strided(Value value, DimAttr offset, ArrayRef<DimAttr> extents,
                                       ArrayRef<DimAttr> strides) {
  return {densePlace(value), typeOf(value).getElementType(), offset, SmallVector<DimAttr>(extents),
          SmallVector<DimAttr>(strides)};
}

DenseBinding ProgramBuilder::output(unsigned index) {
  TensorType type = program.outputs[index].type;
  return {OutputPlace{index},
          type.getElementType(),
          {seg::product(type.getContext(), type.getShape())}};
}

WeightsBinding ProgramBuilder::floats(ArrayRef<float> values) {
  return {weights.floats(values, current->getLoc()), Float32Type::get(function.getContext())};
}

WeightsBinding ProgramBuilder::packed(const Packing &packing, const ModelWeights &values) {
  auto *context = function.getContext();
  Type element = Float32Type::get(context);
  if (packing.element == WeightType::Float16)
    element = Float16Type::get(context);
  if (packing.element == WeightType::BFloat16)
    element = BFloat16Type::get(context);
  return {weights.pack(packing, values, current->getLoc()), element};
}

Binding ProgramBuilder::integer(DimAttr value) { return IntegerBinding{value}; }
Binding ProgramBuilder::integer(int64_t value) {
  return integer(DimAttr::constant(function.getContext(), value));
}
Binding ProgramBuilder::real(double value) { return RealBinding{value}; }
Binding ProgramBuilder::count(DimAttr count) {
  step->count = count;
  program.counts.push_back(count);
  return CountBinding{count};
}
Binding ProgramBuilder::imageIndex() { return ImageIndexBinding{}; }
Binding ProgramBuilder::literal(std::string text) { return LiteralBinding{std::move(text)}; }

void ProgramBuilder::requireCounted(Operation &op) {
  auto isMissing = [&](Type type) {
    bool missing = false;
    for (DimAttr dim : cast<TensorType>(type).getShape())
      seg::forEachCount(
          dim, [&](DimAttr count) { missing |= !llvm::is_contained(program.counts, count); });
    return missing;
  };
  const bool counts = isa<seg::NonZeroOp, seg::UniqueOp, seg::NmsOp>(op);
  if (llvm::any_of(op.getOperandTypes(), isMissing) ||
      (!counts && llvm::any_of(op.getResultTypes(), isMissing)))
    disagree(&op, "an extent that is not computed yet");
}

WorkspacePlace ProgramBuilder::newBuffer(TensorType type, StringRef purpose) {
  const int number = static_cast<int>(program.buffers.size());
  program.buffers.push_back(
      {"scratch" + std::to_string(number) + "_" + purpose.str(), type, stepNumber, stepNumber});
  return {number};
}

DenseBinding ProgramBuilder::scratch(TensorType type, StringRef purpose) {
  return {newBuffer(type, purpose), type.getElementType(), SmallVector<DimAttr>(type.getShape())};
}

ScratchBinding ProgramBuilder::scratch(StringRef sizeFunction, ArrayRef<DimAttr> extents,
                                       StringRef purpose) {
  auto *context = function.getContext();
  Type byte = IntegerType::get(context, 8, IntegerType::Unsigned);
  WorkspacePlace place =
      newBuffer(TensorType::get(context, {DimAttr::constant(context, 1)}, byte), purpose);
  program.buffers.back().sizeFunction = sizeFunction.str();
  program.buffers.back().sizeExtents.assign(extents.begin(), extents.end());
  return {place, byte};
}

ScratchBinding ProgramBuilder::scratch(int64_t floats, int kernel) {
  auto *context = function.getContext();
  auto type =
      TensorType::get(context, {DimAttr::constant(context, floats)}, Float32Type::get(context));
  return ScratchBinding{newBuffer(type, program.kernels[kernel].name), type.getElementType()};
}

void ProgramBuilder::repeat(DimAttr times) { step->batch = times; }

void ProgramBuilder::call(int kernel, std::vector<Binding> arguments, bool perImage) {
  assert(arguments.size() == program.kernels[kernel].args.size() && "one binding an argument");
  if (perImage && !step->batch)
    step->batch = typeOf(current->getResult(0)).getDim(0);
  step->calls.push_back({kernel, std::move(arguments), "", {}});
}

void ProgramBuilder::callRuntime(StringRef header, StringRef name, std::vector<int> kernels,
                                 std::vector<Binding> arguments, bool perImage) {
  // The forms for a GPU: segc_cuda_topk.h for segc_topk.h.
  program.headers.insert(target().cuda() ? "segc_cuda_" + header.drop_front(5).str()
                                         : header.str());
  if (perImage && !step->batch)
    step->batch = typeOf(current->getResult(0)).getDim(0);
  step->calls.push_back({-1, std::move(arguments), name.str(), std::move(kernels)});
}

void ProgramBuilder::require(DimAttr left, Check::Relation relation, DimAttr right,
                             const std::string &about) {
  if (left == right || (relation == Check::Relation::AtMost && seg::provablyAtLeast(right, left)))
    return;
  for (const Check &check : program.checks)
    if (check.left == left && check.relation == relation && check.right == right)
      return;
  program.checks.push_back({left, relation, right, current->getLoc(), about});
}

/// What type inference took for granted about extents that are expressions.
void ProgramBuilder::requireSound(Operation &op) {
  current = &op;
  auto *context = op.getContext();
  for (Value result : op.getResults())
    for (auto [i, dim] : enumerate(typeOf(result).getShape()))
      require(DimAttr::constant(context, seg::hasCount(dim) ? 0 : 1), Check::Relation::AtMost, dim,
              fmt::format("axis {} of its result", i));

  auto broadcasts = [&](Value operand) {
    ArrayRef<DimAttr> whole = typeOf(op.getResult(0)).getShape(), part = typeOf(operand).getShape();
    for (size_t i = 0; i < part.size(); ++i)
      if (!part[i].isConstant(1))
        require(part[i], Check::Relation::Equal, whole[whole.size() - part.size() + i],
                fmt::format("axis {} of its operands", whole.size() - part.size() + i));
  };
  if (isa<seg::BinaryOp, seg::SelectOp, seg::MapOp, seg::BroadcastOp>(op))
    for (Value operand : op.getOperands())
      broadcasts(operand);
  if (auto concat = dyn_cast<seg::ConcatOp>(op))
    for (Value operand : concat.getInputs())
      for (auto [i, dim] : enumerate(typeOf(operand).getShape()))
        if (i != concat.getAxis())
          require(dim, Check::Relation::Equal, typeOf(concat).getDim(i),
                  fmt::format("axis {} of its operands", i));
  if (auto crf = dyn_cast<seg::DenseCrfOp>(op))
    for (int axis : {0, 2, 3})
      require(typeOf(crf.getImage()).getDim(axis), Check::Relation::Equal,
              typeOf(crf.getScores()).getDim(axis),
              fmt::format("axis {} of the image and of the scores", axis));
  if (auto unpool = dyn_cast<seg::MaxUnpool2dOp>(op))
    for (int axis = 0; axis != 4; ++axis)
      require(typeOf(unpool.getSwitches()).getDim(axis), Check::Relation::Equal,
              typeOf(unpool.getInput()).getDim(axis),
              fmt::format("axis {} of its places and values", axis));
  if (auto reshape = dyn_cast<seg::ReshapeOp>(op))
    require(seg::product(context, typeOf(reshape.getInput()).getShape()), Check::Relation::Equal,
            seg::product(context, typeOf(reshape).getShape()),
            "the numbers of elements before and behind it");
  if (auto slice = dyn_cast<seg::SliceOp>(op)) {
    SmallVector<DimAttr> starts = seg::dims(slice.getStarts());
    for (auto [i, start] : enumerate(starts)) {
      DimAttr last = start + (typeOf(slice).getDim(i) - 1) * slice.getSteps()[i];
      bool forward = slice.getSteps()[i] > 0;
      require(DimAttr::constant(context, 0), Check::Relation::AtMost, forward ? start : last,
              fmt::format("the start along axis {}", i));
      require((forward ? last : start) + 1, Check::Relation::AtMost,
              typeOf(slice.getInput()).getDim(i), fmt::format("the end along axis {}", i));
    }
  }
  if (auto view = dyn_cast<seg::ViewOp>(op)) {
    TensorType input = typeOf(view.getInput());
    for (auto [axis, start] : enumerate(seg::dims(view.getStarts()))) {
      auto [low, high] = seg::viewedIndices(start, view.getSteps(), typeOf(view).getShape(),
                                            input.getRank(), axis);
      require(DimAttr::constant(context, 0), Check::Relation::AtMost, low,
              fmt::format("the start along axis {}", axis));
      require(high + 1, Check::Relation::AtMost, input.getDim(axis),
              fmt::format("the end along axis {}", axis));
    }
  }
  if (auto pad = dyn_cast<seg::PadOp>(op); pad && pad.getMode() == seg::PadMode::Reflect)
    for (auto [i, dim] : enumerate(typeOf(pad.getInput()).getShape()))
      for (ArrayAttr pads : {pad.getLow(), pad.getHigh()})
        require(cast<DimAttr>(pads[i]) + 1, Check::Relation::AtMost, dim,
                fmt::format("what is reflected along axis {}, and its edge,", i));
}

} // namespace segc
