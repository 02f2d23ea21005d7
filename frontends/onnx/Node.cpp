//===- Node.cpp - one node, as its import function sees it ----------------===//

#include "frontends/onnx/Node.h"
#include "frontends/onnx/SizeTensors.h"

#include "llvm/ADT/SmallBitVector.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace segc::onnximport {

using llvm::ArrayRef;
using llvm::SmallVector;
using llvm::StringRef;
using mlir::Value;
using onnx::AttributeProto;
using seg::DimAttr;

Node::Node(Importer &importer, const onnx::NodeProto &proto)
    : importer(importer), proto(proto),
      loc(seg::nodeLocation(importer.context(), importer.nodeName(proto), proto.op_type())) {}

void Node::error(const std::string &message) {
  importer.reportNode(proto, message);
  hasFailed = true;
}

void Node::shapeError(const std::string &message) {
  if (!importer.readsStandIns())
    importer.reportNode(proto, message);
  hasFailed = true;
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

const AttributeProto *Node::find(StringRef name) const {
  for (const AttributeProto &attribute : proto.attribute())
    if (attribute.name() == name)
      return importer.frame().resolve(attribute);
  return nullptr;
}

const AttributeProto *Node::find(StringRef name, AttributeProto::AttributeType type) {
  const AttributeProto *attribute = find(name);
  if (!attribute || attribute->type() == type)
    return attribute;
  auto typeName = [](int number) {
    return AttributeProto::AttributeType_IsValid(number)
               ? StringRef(AttributeProto::AttributeType_Name(
                               static_cast<AttributeProto::AttributeType>(number)))
                     .lower()
               : fmt::format("number {}", number);
  };
  error(fmt::format("attribute {} is of type {} instead of {}", name.str(),
                    typeName(attribute->type()), typeName(type)));
  return nullptr;
}

int64_t Node::integer(StringRef name, int64_t byDefault) {
  const AttributeProto *attribute = find(name, AttributeProto::INT);
  return attribute ? attribute->i() : byDefault;
}

float Node::real(StringRef name, float byDefault) {
  const AttributeProto *attribute = find(name, AttributeProto::FLOAT);
  return attribute ? attribute->f() : byDefault;
}

std::string Node::text(StringRef name, StringRef byDefault) {
  const AttributeProto *attribute = find(name, AttributeProto::STRING);
  return attribute ? attribute->s() : byDefault.str();
}

std::optional<SmallVector<int64_t>> Node::integers(StringRef name) {
  const AttributeProto *attribute = find(name, AttributeProto::INTS);
  if (!attribute)
    return std::nullopt;
  return SmallVector<int64_t>(attribute->ints().begin(), attribute->ints().end());
}

std::optional<SmallVector<float>> Node::reals(StringRef name) {
  const AttributeProto *attribute = find(name, AttributeProto::FLOATS);
  if (!attribute)
    return std::nullopt;
  return SmallVector<float>(attribute->floats().begin(), attribute->floats().end());
}

std::optional<SmallVector<std::string>> Node::texts(StringRef name) {
  const AttributeProto *attribute = find(name, AttributeProto::STRINGS);
  if (!attribute)
    return std::nullopt;
  return SmallVector<std::string>(attribute->strings().begin(), attribute->strings().end());
}

const onnx::TensorProto *Node::tensor(StringRef name) {
  const AttributeProto *attribute = find(name, AttributeProto::TENSOR);
  return attribute ? &attribute->t() : nullptr;
}

const onnx::GraphProto *Node::graph(StringRef name) {
  const AttributeProto *attribute = find(name, AttributeProto::GRAPH);
  return attribute ? &attribute->g() : nullptr;
}

const onnx::SparseTensorProto *Node::sparseTensor(StringRef name) {
  const AttributeProto *attribute = find(name, AttributeProto::SPARSE_TENSOR);
  return attribute ? &attribute->sparse_tensor() : nullptr;
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

bool Node::hasInput(int i) const {
  if (i >= proto.input_size() || proto.input(i).empty())
    return false;
  BindingPtr bound = importer.lookup(proto.input(i));
  return bound && !bound->absent;
}

bool Node::checkInputs(int least, int most) {
  int present = 0;
  while (present < least && hasInput(present))
    ++present;
  if (present < least)
    error(fmt::format("input {} is missing", present));
  else if (proto.input_size() > most)
    error(fmt::format("has {} inputs, but {} at most are known", proto.input_size(), most));
  return !hasFailed;
}

Binding &Node::binding(int i) { return *importer.lookup(proto.input(i)); }
SmallVector<DimAttr> Node::shape(int i) { return binding(i).shape(context()); }
Element Node::element(int i) { return binding(i).element; }

Value Node::value(int i) {
  if (hasFailed)
    return {};
  if (!hasInput(i)) {
    error(fmt::format("input {} is missing", i));
    return {};
  }
  Binding &input = binding(i);
  Value value = importer.materialise(input, proto.input(i));
  if (!value && !input.failed && input.known)
    value = input.value = sizeTensor(*this, *input.known);
  if (value || input.failed) {
    hasFailed |= !value;
    return value;
  }
  if (input.sequence)
    shapeError(fmt::format("input {} (\"{}\") is a sequence", i, escaped(proto.input(i))));
  else if (llvm::any_of(input.shape(context()), [](DimAttr dim) { return dim.isConstant(0); }))
    shapeError(fmt::format("input {} (\"{}\") has no elements", i, escaped(proto.input(i))));
  else
    shapeError(
        fmt::format("input {} (\"{}\") is computed from the size of the network's input in a way "
                    "that cannot be followed while that is free; fix it with --shape",
                    i, escaped(proto.input(i))));
  return {};
}

Value Node::floatValue(int i) {
  if (!hasFailed && hasInput(i) && element(i) != Element::Float)
    if (std::optional<ConstantTensor> tensor = constant(i))
      return constant(tensor->toFloat(), proto.input(i));
  return converted(value(i), Element::Float);
}

const Known *Node::known(int i) {
  if (!hasInput(i))
    return nullptr;
  return importer.known(binding(i));
}

/// Whether something is computed from inputs of the network, not from their sizes alone.
static bool comesOfInputs(Value value) {
  llvm::SmallPtrSet<mlir::Operation *, 16> seen;
  SmallVector<Value> open{value};
  while (!open.empty()) {
    mlir::Operation *op = open.pop_back_val().getDefiningOp();
    if (!op)
      return true;
    if (seen.insert(op).second)
      open.append(op->operand_begin(), op->operand_end());
  }
  return false;
}

const Known *Node::requireKnown(int i, const std::string &what) {
  if (hasFailed)
    return nullptr;
  if (!hasInput(i)) {
    error(fmt::format("{} (input {}) are missing", what, i));
    return nullptr;
  }
  const Known *numbers = known(i);
  if (Value value = binding(i).value; !numbers && value && !comesOfInputs(value)) {
    shapeError(fmt::format("{} (input {}, \"{}\") must not depend on the size of the network's "
                           "input in this way; fix that with --shape",
                           what, i, escaped(proto.input(i))));
    return nullptr;
  }
  if (!numbers || !numbers->allKnown()) {
    shapeError(
        fmt::format("{} (input {}, \"{}\") depend on the input's pixels, or on arithmetic that "
                    "cannot be followed at compile time",
                    what, i, escaped(proto.input(i))));
    return nullptr;
  }
  return numbers;
}

std::optional<ConstantTensor> Node::constant(int i) {
  if (!hasInput(i))
    return std::nullopt;
  return importer.constant(binding(i));
}

std::optional<SmallVector<int64_t>> Node::requireIntegers(int i, const std::string &what) {
  const Known *numbers = requireKnown(i, what);
  if (!numbers)
    return std::nullopt;
  std::optional<SmallVector<int64_t>> values = numbers->integers();
  if (values)
    return values;
  std::optional<SmallVector<DimAttr>> dims = numbers->dims();
  if (!dims)
    shapeError(fmt::format("{} (input {}) must be whole numbers", what, i));
  else if (llvm::any_of(*dims, [](DimAttr dim) { return seg::hasCount(dim); }))
    shapeError(fmt::format("{} (input {}) must not depend on how many the network finds; "
                           "--outputs leaves out what is not needed of it",
                           what, i));
  else
    shapeError(fmt::format("{} (input {}) must not depend on the size of the network's input; fix "
                           "that with --shape",
                           what, i));
  return std::nullopt;
}

std::optional<SmallVector<float>> Node::requireFloats(int i, const std::string &what) {
  if (hasFailed)
    return std::nullopt;
  std::optional<ConstantTensor> tensor = constant(i);
  if (!tensor) {
    shapeError(fmt::format("{} (input {}) must be constant", what, i));
    return std::nullopt;
  }
  ConstantTensor floats = tensor->toFloat();
  ArrayRef<float> values = floats.as<float>();
  return SmallVector<float>(values.begin(), values.end());
}

//===----------------------------------------------------------------------===//
// Outputs
//===----------------------------------------------------------------------===//

bool Node::isUsed(int i) const {
  return i < proto.output_size() && !proto.output(i).empty() && importer.isUsed(proto.output(i));
}

void Node::set(int i, BindingPtr binding) {
  if (i < proto.output_size() && !proto.output(i).empty() && binding && !hasFailed)
    importer.bind(proto.output(i), std::move(binding));
}

void Node::set(int i, Value value) { set(i, bindingOf(value)); }

BindingPtr Node::bindingOf(Value value) {
  if (!value)
    return nullptr;
  auto binding = std::make_shared<Binding>();
  binding->element = elementOf(llvm::cast<seg::TensorType>(value.getType()).getElementType());
  binding->value = value;
  return binding;
}

void Node::set(int i, Known known) {
  auto binding = std::make_shared<Binding>();
  binding->element = known.element;
  binding->known = std::move(known);
  set(i, std::move(binding));
}

void Node::set(int i, ConstantTensor constant) {
  auto binding = std::make_shared<Binding>();
  binding->element = constant.element;
  binding->constant = std::move(constant);
  set(i, std::move(binding));
}

void Node::setEmpty(int i, Element element, ArrayRef<DimAttr> shape) {
  auto binding = std::make_shared<Binding>();
  binding->element = element;
  binding->empty = SmallVector<DimAttr>(shape);
  set(i, std::move(binding));
}

void Node::forward(int i, int j) {
  if (hasInput(j))
    set(i, importer.lookup(proto.input(j)));
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

ArrayRef<DimAttr> shapeOf(Value value) {
  return llvm::cast<seg::TensorType>(value.getType()).getShape();
}

bool Node::checkResults(mlir::Operation *op) {
  constexpr int64_t kLargestRank = 8;
  for (Value result : op->getResults()) {
    ArrayRef<DimAttr> shape = shapeOf(result);
    if (static_cast<int64_t>(shape.size()) > kLargestRank)
      shapeError(fmt::format("its result has rank {}, more than {}", shape.size(), kLargestRank));
    DimAttr count = product(context(), shape);
    if (!count || (count.isConstant() && count.getValue() > INT32_MAX))
      shapeError("its result has 2^31 elements or more");
  }
  return !hasFailed;
}

DimAttr Node::count(StringRef wish, DimAttr bound) {
  if (!bound || !seg::boundOf(bound))
    shapeError("as many as may be found have no bound, or overflow");
  DimAttr count = importer.symbols().count(wish, bound);
  return count ? count : dim(0);
}

mlir::NamedAttribute Node::attribute(StringRef name, mlir::Attribute value) {
  return builder().getNamedAttr(name, value);
}
mlir::NamedAttribute Node::attribute(StringRef name, ArrayRef<int64_t> values) {
  return attribute(name, builder().getDenseI64ArrayAttr(values));
}
mlir::NamedAttribute Node::attribute(StringRef name, ArrayRef<DimAttr> dims) {
  return attribute(name, seg::dimArray(context(), dims));
}
mlir::NamedAttribute Node::attribute(StringRef name, bool value) {
  return attribute(name, mlir::Attribute(builder().getBoolAttr(value)));
}
mlir::NamedAttribute Node::integerAttribute(StringRef name, int64_t value) {
  return attribute(name, builder().getI64IntegerAttr(value));
}
mlir::NamedAttribute Node::realAttribute(StringRef name, float value) {
  return attribute(name, builder().getF32FloatAttr(value));
}

Value Node::unary(seg::UnaryKind kind, Value input, float alpha, float beta) {
  return create<seg::UnaryOp>({input},
                              {attribute("fn", seg::ActAttr::get(context(), kind, alpha, beta))});
}

Value Node::binary(seg::BinaryKind kind, Value lhs, Value rhs) {
  return create<seg::BinaryOp>({lhs, rhs},
                               {attribute("kind", seg::BinaryKindAttr::get(context(), kind))});
}

Value Node::reduce(seg::ReduceKind kind, Value input, ArrayRef<int64_t> axes, bool keepDims) {
  return create<seg::ReduceOp>({input},
                               {attribute("kind", seg::ReduceKindAttr::get(context(), kind)),
                                attribute("axes", axes), attribute("keep_dims", keepDims)});
}

Value Node::converted(Value input, Element element) {
  mlir::Type type = mlirType(context(), element);
  if (!input || llvm::cast<seg::TensorType>(input.getType()).getElementType() == type)
    return input;
  return create<seg::CastOp>({input}, {attribute("to", mlir::TypeAttr::get(type))});
}

Value Node::select(Value condition, Value lhs, Value rhs) {
  return create<seg::SelectOp>({condition, lhs, rhs}, {});
}

/// Extents of an op must exist before its attribute does.
static bool allPresent(ArrayRef<DimAttr> dims) {
  return llvm::all_of(dims, [](DimAttr dim) { return static_cast<bool>(dim); });
}

Value Node::reshape(Value input, ArrayRef<DimAttr> shape) {
  if (!hasFailed && !allPresent(shape))
    shapeError("a computed extent overflows");
  if (hasFailed)
    return {};
  if (shapeOf(input) == shape)
    return input;
  return create<seg::ReshapeOp>({input}, {attribute("shape", shape)});
}

Value Node::transpose(Value input, ArrayRef<int64_t> permutation) {
  return create<seg::TransposeOp>({input}, {attribute("permutation", permutation)});
}

Value Node::slice(Value input, ArrayRef<DimAttr> starts, ArrayRef<DimAttr> sizes,
                  ArrayRef<int64_t> steps) {
  if (!hasFailed && !(allPresent(starts) && allPresent(sizes)))
    shapeError("a computed extent overflows");
  if (hasFailed)
    return {};
  return create<seg::SliceOp>(
      {input}, {attribute("starts", starts), attribute("sizes", sizes), attribute("steps", steps)});
}

Value Node::pad(Value input, size_t axis, DimAttr low, DimAttr high, float value) {
  if (!hasFailed && !(low && high))
    error("a computed extent overflows");
  if (hasFailed)
    return {};
  SmallVector<DimAttr> lows(shapeOf(input).size(), dim(0)), highs = lows;
  lows[axis] = low;
  highs[axis] = high;
  if (low.isConstant(0) && high.isConstant(0))
    return input;
  return create<seg::PadOp>(
      {input},
      {attribute("low", ArrayRef<DimAttr>(lows)), attribute("high", ArrayRef<DimAttr>(highs)),
       attribute("mode", seg::PadModeAttr::get(context(), seg::PadMode::Constant)),
       realAttribute("value", value)});
}

Value Node::view(Value input, ArrayRef<DimAttr> starts, ArrayRef<DimAttr> shape,
                 ArrayRef<int64_t> steps) {
  if (!hasFailed && !(allPresent(starts) && allPresent(shape)))
    error("a computed extent overflows");
  if (hasFailed)
    return {};
  return create<seg::ViewOp>(
      {input}, {attribute("starts", starts), attribute("shape", shape), attribute("steps", steps)});
}

Value Node::broadcast(Value input, ArrayRef<DimAttr> shape) {
  if (hasFailed || shapeOf(input) == shape)
    return input;
  return create<seg::BroadcastOp>({input}, {attribute("shape", shape)});
}

Value Node::matmul(Value lhs, Value rhs) {
  if (hasFailed)
    return {};
  ArrayRef<DimAttr> left = shapeOf(lhs), right = shapeOf(rhs);
  if (left.size() > 2 && right.size() > 2) {
    auto lead = seg::broadcastShapes(left.drop_back(2), right.drop_back(2));
    DimAttr all = lead ? product(context(), *lead) : DimAttr();
    // One matrix for all is no repetition.
    auto repeated = [&](Value matrices) {
      ArrayRef<DimAttr> shape = shapeOf(matrices);
      DimAttr own = product(context(), shape.drop_back(2));
      if (!all || own == all || (own && own.isConstant(1)))
        return matrices;
      SmallVector<DimAttr> whole = *lead;
      whole.append({shape[shape.size() - 2], shape.back()});
      return broadcast(matrices, whole);
    };
    lhs = repeated(lhs);
    rhs = repeated(rhs);
  }
  return create<seg::MatmulOp>({lhs, rhs}, {});
}

Value Node::indices(DimAttr count, DimAttr start) {
  if (!hasFailed && (!count || !start || (count.isConstant() && count.getValue() < 1)))
    shapeError("a tensor without elements, or an extent that overflows");
  if (hasFailed)
    return {};
  constexpr int64_t kMostConstants = 1 << 16;
  if (count.isConstant() && start.isConstant() && count.getValue() <= kMostConstants) {
    std::vector<float> values(static_cast<size_t>(count.getValue()));
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = static_cast<float>(start.getValue() + static_cast<int64_t>(i));
    return constant(floatTensor({count.getValue()}, values), importer.nodeName(proto));
  }
  // Ones, added up; those before the start are left out.
  Value ones =
      broadcast(constant(floatTensor({1}, {1.0f}), importer.nodeName(proto)), start + count);
  Value all =
      create<seg::CumSumOp>({ones}, {integerAttribute("axis", 0), attribute("exclusive", true)});
  return all ? slice(all, start, count, 1) : Value();
}

Value Node::concat(ArrayRef<Value> inputs, int64_t axis) {
  if (!hasFailed && inputs.size() == 1)
    return inputs.front();
  return create<seg::ConcatOp>(inputs, {integerAttribute("axis", axis)});
}

Value Node::constant(const ConstantTensor &tensor, StringRef name) {
  Binding binding;
  binding.element = tensor.element;
  binding.constant = tensor;
  return hasFailed ? Value() : importer.materialise(binding, name);
}

Value Node::integerNumber(Element element, int64_t value) {
  return constant(integerTensor(element, {}, {value}), importer.nodeName(proto));
}

Value Node::number(float value) {
  return constant(floatTensor({}, {value}), importer.nodeName(proto));
}

int64_t Node::normalAxis(int64_t axis, int64_t rank) {
  if (axis >= -rank && axis < rank)
    return axis < 0 ? axis + rank : axis;
  shapeError(fmt::format("axis {} is outside a tensor of rank {}", axis, rank));
  return 0;
}

SmallVector<int64_t> Node::normalAxes(ArrayRef<int64_t> axes, int64_t rank) {
  SmallVector<int64_t> result;
  for (int64_t axis : axes)
    result.push_back(normalAxis(axis, rank));
  llvm::sort(result);
  if (!hasFailed && std::adjacent_find(result.begin(), result.end()) != result.end())
    error("an axis is named twice");
  return result;
}

} // namespace segc::onnximport
