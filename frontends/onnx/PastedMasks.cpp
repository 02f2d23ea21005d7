//===- PastedMasks.cpp - the masks of found objects on the image ----------===//
//
// The body is imported once, for a box whose corners are symbols. That gives ops on
// extents that are expressions of the corners; walking from the result back to
// the mask shows which row and column of the resized mask an element is, and between
// which bounds it is not zero. Only if all of that is what pasting means, the loop is
// taken for it.
//
// Linear interpolation along an axis is a product with a matrix of weights. The
// weights of rows outside the box, or the image, are zero:
//
//   pasted [N, H, W] = rows [N, H, S] * masks [N, S, S] * columns [N, S, W]
//
//===----------------------------------------------------------------------===//

#include "frontends/onnx/PastedMasks.h"
#include "frontends/onnx/Pieces.h"

namespace segc::onnximport {

using llvm::ArrayRef;
using llvm::SmallVector;
using mlir::Value;
using seg::BinaryKind;
using seg::DimAttr;

namespace {

/// What iteration i takes of a tensor: its element i along axis 0.
struct Taken {
  std::string name;
  BindingPtr source;
};

bool isOperator(const onnx::NodeProto &node, llvm::StringRef op) {
  return isDefaultDomain(node.domain()) && node.op_type() == op && node.input_size() == 2 &&
         node.output_size() == 1;
}

/// The axis that a node names, as it stands in the file; nothing if it refers to one of a function.
std::optional<int64_t> axisOf(const onnx::NodeProto &node, int64_t byDefault) {
  for (const onnx::AttributeProto &attribute : node.attribute())
    if (attribute.name() == "axis")
      return attribute.ref_attr_name().empty() ? std::optional(attribute.i()) : std::nullopt;
  return byDefault;
}

/// What the body takes with the iteration's number; nothing if that is used in another way.
std::optional<std::vector<Taken>> takenByIteration(Node &loop, const onnx::GraphProto &body) {
  std::vector<Taken> all;
  const std::string &iteration = body.input(0).name();
  const llvm::StringSet<> within = namesWithin(body);
  for (const onnx::NodeProto &node : body.node()) {
    bool isReader = false;
    forEachRead(node, [&](llvm::StringRef name) { isReader |= name == iteration; });
    if (!isReader)
      continue;
    if (!isOperator(node, "Gather") || node.input(1) != iteration ||
        within.contains(node.input(0)) || axisOf(node, 0) != 0)
      return std::nullopt;
    BindingPtr source = loop.owner().lookup(node.input(0));
    if (!source || !source->value)
      return std::nullopt;
    all.push_back({node.output(0), source});
  }
  return all;
}

/// Whether all that the body does with what it carries is to put something behind it.
bool appends(const onnx::GraphProto &body) {
  const std::string &carried = body.input(2).name();
  int reads = 0;
  bool isAppended = false;
  for (const onnx::NodeProto &node : body.node()) {
    forEachRead(node, [&](llvm::StringRef name) { reads += name == carried; });
    const std::optional<int64_t> axis = axisOf(node, 1);
    isAppended |= isOperator(node, "Concat") && (axis == 0 || axis == -3) &&
                  node.input(0) == carried && node.output(0) == body.output(1).name();
  }
  return isAppended && reads == 1;
}

/// The corners of a box as integers of either sign: no extents, which are not negative.
SmallVector<DimAttr> corners(Node &loop) {
  constexpr int64_t kFar = 1 << 24;
  SmallVector<DimAttr> all;
  for (const char *name : {"left", "top", "right", "bottom"})
    all.push_back(loop.count(name, loop.dim(2 * kFar)) - kFar);
  return all;
}

/// One axis of a result: its element i is element i + shift of the resized mask if
/// low <= i < high, else zero.
struct PastedAxis {
  DimAttr shift, low, high;
  /// The mask is resized to it.
  DimAttr size;
};

bool isZero(Value value) {
  if (auto broadcast = value.getDefiningOp<seg::BroadcastOp>())
    value = broadcast.getInput();
  auto constant = value.getDefiningOp<seg::ConstantOp>();
  auto elements = constant ? llvm::dyn_cast<mlir::DenseFPElementsAttr>(constant.getValue())
                           : mlir::DenseFPElementsAttr();
  return elements && llvm::all_of(elements.getValues<llvm::APFloat>(),
                                  [](const llvm::APFloat &x) { return x.isPosZero(); });
}

/// From a result back to the mask it is made of.
class Walk {
public:
  /// `result` is [1, H, W].
  Walk(Node &loop, Value result) : value(result), axes{1, 2}, zero(loop.dim(0)) {
    for (PastedAxis &axis : pasted)
      axis = {zero, zero, {}, {}};
  }

  /// Whether the result is `mask`, resized once, moved and cut; see `axis` then.
  bool reaches(Value mask) {
    while (value != mask)
      if (!stepBack())
        return false;
    return pasted[0].size && pasted[0].high && pasted[1].high;
  }

  const PastedAxis &axis(int i) const { return pasted[i]; }

private:
  bool stepBack() {
    mlir::Operation *op = value.getDefiningOp();
    if (auto slice = llvm::dyn_cast_or_null<seg::SliceOp>(op))
      return throughSlice(slice);
    if (auto concat = llvm::dyn_cast_or_null<seg::ConcatOp>(op))
      return throughConcat(concat);
    if (auto resize = llvm::dyn_cast_or_null<seg::ResizeOp>(op))
      return throughResize(resize);
    // What drops and adds axes of extent 1.
    return llvm::isa_and_nonnull<seg::ReshapeOp, seg::BroadcastOp>(op) &&
           throughReshape(op->getOperand(0));
  }

  bool throughReshape(Value input) {
    auto longAxes = [](Value of) {
      SmallVector<size_t> found;
      for (auto [i, extent] : llvm::enumerate(shapeOf(of)))
        if (!extent.isConstant(1))
          found.push_back(i);
      return found;
    };
    SmallVector<size_t> before = longAxes(input), behind = longAxes(value);
    if (before.size() != 2 || behind.size() != 2)
      return false;
    for (int i = 0; i != 2; ++i) {
      if (behind[i] != axes[i] || shapeOf(input)[before[i]] != shapeOf(value)[behind[i]])
        return false;
      axes[i] = before[i];
    }
    value = input;
    return true;
  }

  bool throughSlice(seg::SliceOp slice) {
    ArrayRef<DimAttr> input = shapeOf(slice.getInput());
    SmallVector<DimAttr> starts = seg::dims(slice.getStarts());
    for (size_t i = 0; i != input.size(); ++i) {
      const bool isOther = i != axes[0] && i != axes[1];
      if (slice.getSteps()[i] != 1 || (isOther && !input[i].isConstant(1)))
        return false;
    }
    for (int i = 0; i != 2; ++i)
      pasted[i].shift = pasted[i].shift + starts[axes[i]];
    value = slice.getInput();
    return true;
  }

  /// A picture between zeros.
  bool throughConcat(seg::ConcatOp concat) {
    const int i = concat.getAxis() == axes[1];
    Value picture;
    DimAttr before = zero;
    for (Value input : concat.getInputs()) {
      const bool isPicture = !isZero(input);
      if (isPicture && picture)
        return false;
      if (isPicture)
        picture = input;
      else if (!picture)
        before = before + shapeOf(input)[axes[i]];
    }
    if (concat.getAxis() != axes[i] || !picture || pasted[i].high || pasted[i].size)
      return false;
    PastedAxis &axis = pasted[i];
    axis.low = seg::maximum(axis.low, before - axis.shift);
    axis.high = before + shapeOf(picture)[axes[i]] - axis.shift;
    axis.shift = axis.shift - before;
    value = picture;
    return true;
  }

  bool throughResize(seg::ResizeOp resize) {
    if (pasted[0].size || resize.getMode() != seg::ResizeMode::Linear || resize.getScales() ||
        resize.getCoordinates() != seg::CoordinateMode::HalfPixel)
      return false;
    for (int i = 0; i != 2; ++i) {
      if (axes[i] != static_cast<size_t>(2 + i))
        return false;
      pasted[i].size = shapeOf(value)[axes[i]];
    }
    value = resize.getInput();
    // What follows only adds axes.
    return throughReshapes();
  }

  bool throughReshapes() {
    while (mlir::Operation *op = value.getDefiningOp()) {
      if (!llvm::isa<seg::ReshapeOp, seg::BroadcastOp>(op))
        break;
      if (!throughReshape(op->getOperand(0)))
        return false;
    }
    return true;
  }

  Value value;
  /// Where the rows and the columns are in `value`.
  std::array<size_t, 2> axes;
  DimAttr zero;
  PastedAxis pasted[2];
};

/// Whether an axis of the result is that of a mask pasted from `low` to `high`, both inside.
bool isPasted(const PastedAxis &axis, DimAttr low, DimAttr high, DimAttr extent) {
  DimAttr zero = low - low;
  return axis.shift == zero - low && axis.low == seg::maximum(low, zero) &&
         axis.high == seg::minimum(high + 1, extent) &&
         axis.size == seg::maximum(high - low + 1, zero + 1);
}

/// The weights of a mask's pixels in an axis of the image, 0 outside the box: [N, extent, S], or
/// [N, S, extent] if the mask's axis is to be first. `low` and `high` are [N, 1, 1].
Value weights(Node &node, Value low, Value high, DimAttr extent, DimAttr maskExtent,
              bool maskFirst) {
  DimAttr one = node.dim(1);
  auto along = [&](DimAttr count, bool isFirst) {
    Value all = node.indices(count, node.dim(0));
    return all ? node.reshape(all, isFirst ? SmallVector<DimAttr>{one, count, one}
                                           : SmallVector<DimAttr>{one, one, count})
               : Value();
  };
  const auto maskSize = static_cast<float>(maskExtent.getValue());
  Value at = along(extent, !maskFirst), pixel = along(maskExtent, maskFirst);
  Value size = node.binary(
      BinaryKind::Max,
      node.binary(BinaryKind::Add, node.binary(BinaryKind::Sub, high, low), node.number(1.0f)),
      node.number(1.0f));
  Value scale = node.binary(BinaryKind::Div, size, node.number(maskSize));
  // Half pixels, as in a Resize: (i + 0.5) / scale - 0.5, and pixels at the edges go on outside.
  Value fromLow = node.binary(BinaryKind::Sub, at, low);
  Value centre = node.binary(
      BinaryKind::Sub,
      node.binary(BinaryKind::Div, node.binary(BinaryKind::Add, fromLow, node.number(0.5f)), scale),
      node.number(0.5f));
  Value inMask = node.unary(seg::UnaryKind::Clip, centre, 0.0f, maskSize - 1.0f);
  Value distance = node.unary(seg::UnaryKind::Abs, node.binary(BinaryKind::Sub, inMask, pixel));
  Value weight =
      node.binary(BinaryKind::Max, node.binary(BinaryKind::Sub, node.number(1.0f), distance),
                  node.number(0.0f));
  Value isInside = node.binary(BinaryKind::And, node.binary(BinaryKind::LessOrEqual, low, at),
                               node.binary(BinaryKind::LessOrEqual, at, high));
  return node.select(isInside, weight, node.number(0.0f));
}

Value pasted(Node &node, Value masks, Value boxes, DimAttr height, DimAttr width) {
  DimAttr count = shapeOf(masks)[0], size = shapeOf(masks)[2], one = node.dim(1);
  boxes = node.converted(boxes, Element::Float);
  auto corner = [&](int64_t i) {
    Value column = node.slice(boxes, {node.dim(0), node.dim(i)}, {count, one}, {1, 1});
    return column ? node.reshape(column, {count, one, one}) : Value();
  };
  Value rows = weights(node, corner(1), corner(3), height, size, /*maskFirst=*/false);
  Value columns = weights(node, corner(0), corner(2), width, size, /*maskFirst=*/true);
  Value images = node.matmul(rows, node.reshape(masks, {count, size, size}));
  return node.failed() ? Value() : node.matmul(images, columns);
}

} // namespace

bool importPastedMasks(Node &loop, const onnx::GraphProto &body) {
  const Known *iterations = loop.known(0);
  std::optional<SmallVector<DimAttr>> count = iterations ? iterations->dims() : std::nullopt;
  if (loop.inputCount() != 3 || body.input_size() != 3 || body.output_size() != 2 || !count ||
      count->size() != 1 || !loop.hasInput(2) || !appends(body))
    return false;
  if (loop.hasInput(1) && integerOf(loop, loop.input(1)) != 1)
    return false;
  SmallVector<DimAttr> image = loop.shape(2);
  std::optional<std::vector<Taken>> taken = takenByIteration(loop, body);
  if (image.size() != 3 || !image[0].isConstant(0) || loop.element(2) != Element::Float || !taken ||
      taken->size() != 2)
    return false;
  if ((*taken)[0].source->element == Element::Int64)
    std::swap((*taken)[0], (*taken)[1]);
  Value masks = (*taken)[0].source->value, boxes = (*taken)[1].source->value;
  ArrayRef<DimAttr> maskShape = shapeOf(masks), boxShape = shapeOf(boxes);
  if ((*taken)[0].source->element != Element::Float ||
      (*taken)[1].source->element != Element::Int64 || maskShape.size() != 4 ||
      boxShape.size() != 2 || maskShape[0] != count->front() || boxShape[0] != count->front() ||
      !maskShape[1].isConstant(1) || !maskShape[2].isConstant() || maskShape[2].isConstant(1) ||
      maskShape[2] != maskShape[3] || !boxShape[1].isConstant(4))
    return false;

  SmallVector<DimAttr> box = corners(loop);
  Value mask =
      loop.reshape(loop.slice(masks, SmallVector<DimAttr>(4, loop.dim(0)),
                              {loop.dim(1), loop.dim(1), maskShape[2], maskShape[3]}, {1, 1, 1, 1}),
                   {loop.dim(1), maskShape[2], maskShape[3]});
  auto known = [](Known numbers) {
    auto binding = std::make_shared<Binding>();
    binding->element = numbers.element;
    binding->known = std::move(numbers);
    return binding;
  };
  llvm::StringMap<BindingPtr> given;
  given[(*taken)[0].name] = Node::bindingOf(mask);
  given[(*taken)[1].name] = known(Known::vector(Element::Int64, {box.begin(), box.end()}));
  std::vector<BindingPtr> inputs{Binding::failure(),
                                 known(Known::scalar(Element::Bool, Number(loop.context(), 1))),
                                 loop.input(2)};
  const bool isPaste = loop.tryOut([&] {
    std::vector<BindingPtr> outputs = loop.importGraph(body, inputs, given);
    if (outputs.size() != 2 || integerOf(loop, outputs[0]) != 1 || outputs[1]->failed ||
        !outputs[1]->value || shapeOf(outputs[1]->value).size() != 3)
      return false;
    Walk walk(loop, outputs[1]->value);
    return walk.reaches(mask) && isPasted(walk.axis(0), box[1], box[3], image[1]) &&
           isPasted(walk.axis(1), box[0], box[2], image[2]);
  });
  if (isPaste)
    loop.set(0, pasted(loop, masks, boxes, image[1], image[2]));
  return isPaste;
}

} // namespace segc::onnximport
