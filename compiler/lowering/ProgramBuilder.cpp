//===- ProgramBuilder.cpp - from laid-out ops to a program ------*- C++ -*-===//

#include "compiler/lowering/ProgramBuilder.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/TypeSwitch.h"

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
                               raw_ostream &weights)
    : function(function), options(options), weights(weights), storage(function) {}

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

  size_t total = std::distance(block.begin(), block.end()), done = 0;
  bool failed = false;
  for (Operation &op : block) {
    if (options.progress)
      options.progress(done++, total, seg::nodeName(op.getLoc()));
    requireSound(op);
    if (!isa<seg::ConstantOp, seg::ReshapeOp, func::ReturnOp>(op))
      failed |= mlir::failed(lower(op));
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
  return std::move(program);
}

/// Whether the kernels of an op read float32 maps, whatever the type says.
static bool computesInFloats(Operation &op) {
  return isa<seg::Conv2dOp, seg::ConvTranspose2dOp, seg::MaxPool2dOp, seg::MaxPoolSwitchesOp,
             seg::AvgPool2dOp, seg::ResizeOp, seg::MatmulOp, seg::SoftmaxOp, seg::ArgMaxOp>(op);
}

LogicalResult ProgramBuilder::lower(Operation &op) {
  std::string comment;
  raw_string_ostream stream(comment);
  llvm::interleave(
      op.getResultTypes(), stream,
      [&](Type type) {
        llvm::interleave(
            cast<TensorType>(type).getShape(), stream,
            [&](DimAttr dim) { stream << seg::toString(dim); }, " x ");
      },
      ", ");
  program.steps.push_back({op.getLoc(), stream.str(), {}, {}, {}});
  step = &program.steps.back();
  current = &op;
  for (auto [i, buffer] : enumerate(program.buffers))
    if (buffer.first == stepNumber && buffer.type.getLayout() &&
        buffer.type.getLayout().getLeft() + buffer.type.getLayout().getRight() > 0)
      step->clears.push_back(i);

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
      .Case([&](seg::CastOp o) { return lowerCast(o, *this); })
      .Case([&](seg::BroadcastOp o) { return lowerBroadcast(o, *this); })
      .Case<seg::UnaryOp, seg::BinaryOp, seg::MapOp>(
          [&](Operation *o) { return lowerElementwise(o, *this); })
      .Case([&](seg::MatmulOp o) { return lowerMatmul(o, *this); })
      .Case([&](seg::ReduceOp o) { return lowerReduce(o, *this); })
      .Case([&](seg::SoftmaxOp o) { return lowerSoftmax(o, *this); })
      .Case([&](seg::ArgMaxOp o) { return lowerArgMax(o, *this); })
      .Case([&](seg::DenseCrfOp o) { return lowerDenseCrf(o, *this); })
      .Default([&](Operation *o) { return o->emitError("no kernel computes this operator yet"); });
}

int64_t ProgramBuilder::nominal(DimAttr dim) const {
  StringMap<int64_t> symbols;
  seg::forEachSymbol(dim, [&](StringRef name) {
    // A free batch is mostly one image.
    symbols[name] = name == "n" || name == "batch" ? 1 : options.nominalExtent;
  });
  return std::max<int64_t>(1, seg::evaluate(dim, symbols).value_or(1));
}

int ProgramBuilder::kernel(const std::string &key, llvm::function_ref<Kernel()> build) {
  auto [found, isNew] = kernelNumbers.insert({key, static_cast<int>(program.kernels.size())});
  if (isNew) {
    Kernel kernel = build();
    if (int repeat = kernelNames[kernel.name]++)
      kernel.name += "_v" + std::to_string(repeat + 1);
    program.kernels.push_back(std::move(kernel));
  }
  return found->second;
}

int64_t ProgramBuilder::writeWeights(const void *data, size_t bytes) {
  int64_t offset = (program.weightBytes + 63) / 64 * 64;
  weights.write_zeros(offset - program.weightBytes);
  weights.write(static_cast<const char *>(data), bytes);
  program.weightBytes = offset + bytes;
  return offset;
}

/// A constant of integers as generated code reads it: as wide as its type, booleans in bytes.
static SmallVector<char> integerBytes(ElementsAttr constant) {
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(constant))
    return SmallVector<char>(resource.getRawHandle().getBlob()->getData());
  const unsigned width = (constant.getElementType().getIntOrFloatBitWidth() + 7) / 8;
  SmallVector<char> bytes;
  for (const llvm::APInt &element : cast<DenseIntElementsAttr>(constant).getValues<llvm::APInt>())
    for (unsigned i = 0; i < width; ++i)
      bytes.push_back(static_cast<char>(element.sextOrTrunc(64).getRawData()[0] >> (8 * i) &
                                        (element.getBitWidth() == 1 ? 1 : 0xff)));
  return bytes;
}

Binding ProgramBuilder::memory(Binding::Kind kind, Value value) {
  Binding binding = {};
  binding.kind = kind;
  binding.elementType = typeOf(value).getElementType();
  if (auto constant = value.getDefiningOp<seg::ConstantOp>()) {
    auto [found, isNew] = constantOffsets.insert({value, 0});
    if (isNew) {
      if (auto values = seg::floatConstant(value)) {
        found->second = writeWeights(values->values.data(), values->values.size() * sizeof(float));
      } else {
        SmallVector<char> bytes = integerBytes(constant.getValue());
        found->second = writeWeights(bytes.data(), bytes.size());
      }
    }
    binding.place = {Place::Kind::Weights, found->second, 0};
  } else {
    binding.place = storage.placeOf(value);
  }
  return binding;
}

Binding ProgramBuilder::read(Value map) {
  Binding binding = memory(Binding::Kind::ReadMap, map);
  binding.extents = {typeOf(map).getDim(1)};
  return binding;
}

Binding ProgramBuilder::write(Value map) {
  Binding binding = memory(Binding::Kind::WriteMap, map);
  binding.extents = {typeOf(map).getDim(1)};
  return binding;
}

Binding ProgramBuilder::denseMap(Value value) {
  Binding binding = memory(Binding::Kind::DenseMap, value);
  binding.extents.assign(typeOf(value).getShape().begin() + 1, typeOf(value).getShape().end());
  return binding;
}

Binding ProgramBuilder::dense(Value value) { return dense(value, typeOf(value).getShape()); }

Binding ProgramBuilder::dense(Value value, ArrayRef<DimAttr> extents) {
  Binding binding = memory(Binding::Kind::Dense, value);
  binding.extents.assign(extents.begin(), extents.end());
  return binding;
}

Binding ProgramBuilder::strided(Value value, DimAttr offset, ArrayRef<DimAttr> extents,
                                ArrayRef<DimAttr> strides) {
  Binding binding = memory(Binding::Kind::Strided, value);
  binding.extents.assign(extents.begin(), extents.end());
  binding.strides.assign(strides.begin(), strides.end());
  binding.integer = offset;
  return binding;
}

Binding ProgramBuilder::output(unsigned index) {
  TensorType type = program.outputs[index].type;
  Binding binding = {};
  binding.kind = Binding::Kind::Dense;
  binding.place = {Place::Kind::Output, index, 0};
  binding.elementType = type.getElementType();
  binding.extents = {seg::product(type.getContext(), type.getShape())};
  return binding;
}

Binding ProgramBuilder::floats(ArrayRef<float> values) {
  Binding binding = {};
  binding.kind = Binding::Kind::Weights;
  binding.elementType = Float32Type::get(function.getContext());
  binding.place = {Place::Kind::Weights, writeWeights(values.data(), values.size() * 4), 0};
  return binding;
}

Binding ProgramBuilder::integer(DimAttr value) {
  Binding binding = {};
  binding.kind = Binding::Kind::Integer;
  binding.integer = value;
  return binding;
}
Binding ProgramBuilder::integer(int64_t value) {
  return integer(DimAttr::constant(function.getContext(), value));
}
Binding ProgramBuilder::real(double value) {
  Binding binding = {};
  binding.kind = Binding::Kind::Real;
  binding.real = value;
  return binding;
}
Binding ProgramBuilder::imageIndex() {
  Binding binding = {};
  binding.kind = Binding::Kind::ImageIndex;
  return binding;
}
Binding ProgramBuilder::literal(std::string text) {
  Binding binding = {};
  binding.kind = Binding::Kind::Literal;
  binding.text = std::move(text);
  return binding;
}
Binding ProgramBuilder::ratio(DimAttr numerator, DimAttr denominator) {
  Binding binding = {};
  binding.kind = Binding::Kind::Ratio;
  binding.extents = {numerator, denominator};
  return binding;
}

Binding ProgramBuilder::scratch(TensorType type, StringRef purpose) {
  Binding binding = {};
  binding.kind = Binding::Kind::Dense;
  binding.elementType = type.getElementType();
  binding.place = {Place::Kind::Workspace, static_cast<int64_t>(program.buffers.size()), 0};
  binding.extents.assign(type.getShape().begin(), type.getShape().end());
  program.buffers.push_back(
      {"scratch" + std::to_string(program.buffers.size()) + "_" + purpose.str(), type, stepNumber,
       stepNumber});
  return binding;
}

Binding ProgramBuilder::scratch(StringRef sizeFunction, ArrayRef<DimAttr> extents,
                                StringRef purpose) {
  auto *context = function.getContext();
  Binding binding = scratch(TensorType::get(context, {DimAttr::constant(context, 1)},
                                            IntegerType::get(context, 8, IntegerType::Unsigned)),
                            purpose);
  binding.kind = Binding::Kind::Scratch;
  program.buffers.back().sizeFunction = sizeFunction.str();
  program.buffers.back().sizeExtents.assign(extents.begin(), extents.end());
  return binding;
}

std::optional<Binding> ProgramBuilder::scratchOf(int kernel) {
  const KernelArg &arg = program.kernels[kernel].args.end()[-2];
  if (arg.kind != KernelArg::Kind::Scratch)
    return std::nullopt;
  auto *context = function.getContext();
  Binding binding = scratch(TensorType::get(context,
                                            {DimAttr::constant(context, arg.iterations),
                                             DimAttr::constant(context, arg.floatsPerIteration)},
                                            Float32Type::get(context)),
                            program.kernels[kernel].name);
  binding.kind = Binding::Kind::Scratch;
  return binding;
}

void ProgramBuilder::call(int kernel, std::vector<Binding> arguments, bool perImage) {
  assert(arguments.size() == program.kernels[kernel].args.size() && "one binding an argument");
  if (perImage && !step->batch)
    step->batch = typeOf(current->getResult(0)).getDim(0);
  step->calls.push_back({kernel, std::move(arguments), "", {}});
}

void ProgramBuilder::callRuntime(StringRef header, StringRef name, std::vector<int> kernels,
                                 std::vector<Binding> arguments) {
  program.headers.insert(header.str());
  if (!step->batch)
    step->batch = typeOf(current->getResult(0)).getDim(0);
  step->calls.push_back({-1, std::move(arguments), name.str(), std::move(kernels)});
}

void ProgramBuilder::require(DimAttr left, Check::Relation relation, DimAttr right) {
  if (left == right || (relation == Check::Relation::AtMost && seg::provablyAtLeast(right, left)))
    return;
  for (const Check &check : program.checks)
    if (check.left == left && check.relation == relation && check.right == right)
      return;
  program.checks.push_back({left, relation, right, current->getLoc()});
}

/// What type inference took for granted about extents that are expressions.
void ProgramBuilder::requireSound(Operation &op) {
  current = &op;
  auto *context = op.getContext();
  for (Value result : op.getResults())
    for (DimAttr dim : typeOf(result).getShape())
      require(DimAttr::constant(context, 1), Check::Relation::AtMost, dim);

  auto broadcasts = [&](Value operand) {
    ArrayRef<DimAttr> whole = typeOf(op.getResult(0)).getShape(), part = typeOf(operand).getShape();
    for (size_t i = 0; i < part.size(); ++i)
      if (!part[i].isConstant(1))
        require(part[i], Check::Relation::Equal, whole[whole.size() - part.size() + i]);
  };
  if (isa<seg::BinaryOp, seg::MapOp, seg::BroadcastOp>(op))
    for (Value operand : op.getOperands())
      broadcasts(operand);
  if (auto concat = dyn_cast<seg::ConcatOp>(op))
    for (Value operand : concat.getInputs())
      for (auto [i, dim] : enumerate(typeOf(operand).getShape()))
        if (i != concat.getAxis())
          require(dim, Check::Relation::Equal, typeOf(concat).getDim(i));
  if (auto crf = dyn_cast<seg::DenseCrfOp>(op))
    for (int axis : {0, 2, 3})
      require(typeOf(crf.getImage()).getDim(axis), Check::Relation::Equal,
              typeOf(crf.getScores()).getDim(axis));
  if (auto unpool = dyn_cast<seg::MaxUnpool2dOp>(op))
    for (auto [value, place] :
         zip(typeOf(unpool.getInput()).getShape(), typeOf(unpool.getSwitches()).getShape()))
      require(place, Check::Relation::Equal, value);
  if (auto reshape = dyn_cast<seg::ReshapeOp>(op))
    require(seg::product(context, typeOf(reshape.getInput()).getShape()), Check::Relation::Equal,
            seg::product(context, typeOf(reshape).getShape()));
  if (auto slice = dyn_cast<seg::SliceOp>(op)) {
    SmallVector<DimAttr> starts = seg::dims(slice.getStarts());
    for (auto [i, start] : enumerate(starts)) {
      DimAttr last = start + (typeOf(slice).getDim(i) - 1) * slice.getSteps()[i];
      bool forward = slice.getSteps()[i] > 0;
      require(DimAttr::constant(context, 0), Check::Relation::AtMost, forward ? start : last);
      require((forward ? last : start) + 1, Check::Relation::AtMost,
              typeOf(slice.getInput()).getDim(i));
    }
  }
  if (auto pad = dyn_cast<seg::PadOp>(op); pad && pad.getMode() == seg::PadMode::Reflect)
    for (auto [i, dim] : enumerate(typeOf(pad.getInput()).getShape()))
      for (ArrayAttr pads : {pad.getLow(), pad.getHigh()})
        require(cast<DimAttr>(pads[i]) + 1, Check::Relation::AtMost, dim);
}

} // namespace segc
