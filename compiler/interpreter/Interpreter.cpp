//===- Interpreter.cpp - runs a function, op by op --------------*- C++ -*-===//

#include "compiler/interpreter/Interpreter.h"
#include "compiler/interpreter/Evaluate.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace llvm;
using namespace mlir;
using segc::seg::DimAttr;

namespace segc::interpreter {

const Tensor &Arguments::operator[](Value operand) const {
  const Tensor *tensor = optional(operand);
  assert(tensor && "not an operand of this op");
  return *tensor;
}

const Tensor *Arguments::optional(Value operand) const {
  for (unsigned i = 0; i < operands.size(); ++i)
    if (op->getOperand(i) == operand)
      return operands[i];
  return nullptr;
}

Error Arguments::error(const Twine &message) const {
  std::string node = seg::nodeName(op->getLoc());
  std::string name = op->getName().getStringRef().str();
  return createStringError((node.empty() ? name : "node \"" + node + "\" (" + name + ")") + ": " +
                           message.str());
}

Expected<SmallVector<int64_t>> Arguments::evaluate(ArrayRef<DimAttr> dims) const {
  SmallVector<int64_t> values;
  for (DimAttr dim : dims) {
    std::optional<int64_t> value = seg::evaluate(dim, symbols);
    if (!value)
      return error("the expression " + seg::toString(dim) + " has no value");
    values.push_back(*value);
  }
  return values;
}

Expected<SmallVector<int64_t>> Arguments::evaluate(ArrayAttr array) const {
  return evaluate(seg::dims(array));
}

Expected<SmallVector<int64_t>> Arguments::resultShape() const {
  auto type = cast<seg::TensorType>(op->getResult(0).getType());
  auto shape = evaluate(type.getShape());
  if (shape)
    for (auto [dim, extent] : zip(type.getShape(), *shape))
      if (extent < (seg::hasCount(dim) ? 0 : 1))
        return error("the result would have an extent of " + Twine(extent));
  return shape;
}

static std::string shapeText(ArrayRef<int64_t> shape) {
  return "[" + join(map_range(shape, [](int64_t extent) { return std::to_string(extent); }), ", ") +
         "]";
}

Expected<StringMap<int64_t>> bindSymbols(TypeRange types, ArrayRef<const Tensor *> tensors) {
  StringMap<int64_t> symbols;
  if (types.size() != tensors.size())
    return createStringError(Twine(tensors.size()) + " tensors for " + Twine(types.size()) +
                             " inputs");
  for (size_t i = 0; i < tensors.size(); ++i) {
    auto type = cast<seg::TensorType>(types[i]);
    const Tensor &tensor = *tensors[i];
    std::string which = "input " + std::to_string(i);
    if (tensor.elementType != type.getElementType())
      return createStringError(which + " has another element type");
    if (tensor.rank() != type.getRank())
      return createStringError(which + " has rank " + Twine(tensor.rank()) + " instead of " +
                               Twine(type.getRank()));
    for (int64_t axis = 0; axis < type.getRank(); ++axis) {
      int64_t extent = tensor.shape[axis];
      if (extent < 1)
        return createStringError(which + " is empty: " + shapeText(tensor.shape));
      DimAttr dim = type.getDim(axis);
      if (dim.getKind() == seg::DimKind::Symbol)
        symbols.try_emplace(dim.getSymbol(), extent);
    }
  }
  // All symbols are known now, so that expressions and repeated symbols can be compared.
  for (size_t i = 0; i < tensors.size(); ++i) {
    auto type = cast<seg::TensorType>(types[i]);
    for (int64_t axis = 0; axis < type.getRank(); ++axis) {
      auto value = seg::evaluate(type.getDim(axis), symbols);
      if (!value || *value != tensors[i]->shape[axis])
        return createStringError("input " + Twine(i) + " is " + shapeText(tensors[i]->shape) +
                                 "; extent " + Twine(axis) + " should be " +
                                 seg::toString(type.getDim(axis)) +
                                 (value ? " = " + std::to_string(*value) : std::string()));
    }
  }
  return symbols;
}

static Results dispatch(Operation *op, const Arguments &in) {
  return llvm::TypeSwitch<Operation *, Results>(op)
      .Case([](seg::ConstantOp constant) -> Results {
        auto tensor = Tensor::of(constant.getValue());
        if (!tensor)
          return tensor.takeError();
        return single(std::move(*tensor));
      })
      .Case<seg::Conv2dOp, seg::ConvTranspose2dOp, seg::BatchNormOp, seg::MaxPool2dOp,
            seg::MaxPoolSwitchesOp, seg::MaxUnpool2dOp, seg::SwitchesToFlatOp,
            seg::SwitchesFromFlatOp, seg::AvgPool2dOp, seg::ResizeOp, seg::ConcatOp, seg::SliceOp,
            seg::PadOp, seg::ReshapeOp, seg::TransposeOp, seg::ViewOp, seg::BroadcastOp,
            seg::ConvertLayoutOp, seg::UnaryOp, seg::BinaryOp, seg::SelectOp, seg::CastOp,
            seg::MapOp, seg::ReduceOp, seg::SoftmaxOp, seg::ArgMaxOp, seg::CumSumOp, seg::MatmulOp,
            seg::Conv2dIntegerOp, seg::MatmulIntegerOp, seg::GatherOp, seg::GatherElementsOp,
            seg::ScatterOp, seg::ScatterElementsOp, seg::TopKOp, seg::NonZeroOp, seg::UniqueOp,
            seg::NmsOp, seg::DenseCrfOp, seg::GridSampleOp, seg::RoiAlignOp, seg::RoiMaxPoolOp,
            seg::DeformConv2dOp, seg::RecurrentOp, seg::ReverseSequenceOp>(
          [&](auto known) { return evaluate(known, in); })
      .Default([&](Operation *) -> Results { return in.error("this op cannot be interpreted"); });
}

/// The counts that an op computes are the extents of its results that have no value yet.
static Error bindCounts(seg::TensorType type, const Tensor &tensor, const Arguments &in,
                        StringMap<int64_t> &symbols) {
  for (auto [dim, extent] : zip(type.getShape(), tensor.shape)) {
    if (dim.getKind() != seg::DimKind::Count || symbols.count(dim.getSymbol()))
      continue;
    auto bound = in.evaluate(dim.operand(0));
    if (!bound)
      return bound.takeError();
    if (extent > bound->front())
      return in.error("there are " + Twine(extent) + ", more than " + seg::toString(dim) + " = " +
                      Twine(bound->front()));
    symbols[dim.getSymbol()] = extent;
  }
  return Error::success();
}

Results interpretOp(Operation *op, ArrayRef<const Tensor *> operands, StringMap<int64_t> &symbols) {
  Arguments in(op, operands, symbols);
  Results results = dispatch(op, in);
  if (!results)
    return results;
  for (auto [value, tensor] : zip(op->getResults(), *results)) {
    auto type = cast<seg::TensorType>(value.getType());
    if (Error error = bindCounts(type, tensor, in, symbols))
      return error;
    auto promised = in.evaluate(type.getShape());
    if (!promised)
      return promised.takeError();
    if (*promised != tensor.shape)
      return in.error("the result is " + shapeText(tensor.shape) + ", its type promises " +
                      shapeText(*promised));
    if (tensor.elementType != type.getElementType())
      return in.error("the result has another element type than its type promises");
  }
  return results;
}

namespace {

/// The values that later ops still need. Constants are read where they are used, so that only
/// those of one op are copied at a time.
class Frame {
public:
  explicit Frame(StringMap<int64_t> symbols) : symbols(std::move(symbols)) {}

  void define(Value value, Tensor tensor) {
    if (!value.use_empty())
      live[value] = {std::move(tensor), std::distance(value.use_begin(), value.use_end())};
  }

  Results run(Operation *op) {
    std::vector<Tensor> constants;
    constants.reserve(op->getNumOperands());
    SmallVector<const Tensor *> operands;
    for (Value operand : op->getOperands()) {
      auto constant = operand.getDefiningOp<seg::ConstantOp>();
      if (!constant) {
        operands.push_back(&live.find(operand)->second.tensor);
        continue;
      }
      auto tensor = Tensor::of(constant.getValue());
      if (!tensor)
        return tensor.takeError();
      constants.push_back(std::move(*tensor));
      operands.push_back(&constants.back());
    }
    Results results = interpretOp(op, operands, symbols);
    release(op);
    return results;
  }

  Expected<std::vector<Tensor>> read(func::ReturnOp op) {
    std::vector<Tensor> results;
    for (Value operand : op.getOperands()) {
      if (auto constant = operand.getDefiningOp<seg::ConstantOp>()) {
        auto tensor = Tensor::of(constant.getValue());
        if (!tensor)
          return tensor.takeError();
        results.push_back(std::move(*tensor));
      } else {
        results.push_back(live.find(operand)->second.tensor);
      }
    }
    return results;
  }

private:
  struct Entry {
    Tensor tensor;
    std::ptrdiff_t usesLeft = 0;
  };

  void release(Operation *op) {
    for (Value operand : op->getOperands()) {
      auto entry = live.find(operand);
      if (entry != live.end() && --entry->second.usesLeft == 0)
        live.erase(entry);
    }
  }

  StringMap<int64_t> symbols;
  llvm::DenseMap<Value, Entry> live;
};

} // namespace

Expected<std::vector<Tensor>> interpret(func::FuncOp function, ArrayRef<Tensor> inputs) {
  if (!function.getBody().hasOneBlock())
    return createStringError("a function of one block is needed");
  SmallVector<const Tensor *> pointers;
  for (const Tensor &input : inputs)
    pointers.push_back(&input);
  auto symbols = bindSymbols(function.getArgumentTypes(), pointers);
  if (!symbols)
    return symbols.takeError();

  Frame frame(std::move(*symbols));
  Block &body = function.getBody().front();
  for (auto [argument, input] : zip(body.getArguments(), inputs))
    frame.define(argument, input);
  for (Operation &op : body) {
    if (isa<seg::ConstantOp>(op))
      continue;
    if (auto end = dyn_cast<func::ReturnOp>(op))
      return frame.read(end);
    Results results = frame.run(&op);
    if (!results)
      return results.takeError();
    for (auto [value, tensor] : zip(op.getResults(), *results))
      frame.define(value, std::move(tensor));
  }
  return createStringError("the function does not return");
}

} // namespace segc::interpreter
