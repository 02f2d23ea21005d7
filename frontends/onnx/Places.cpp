//===- Places.cpp - values that depend on where they stand --------------===//
//
// Identity matrices, one-hot vectors, determinants, grids: what these operators compute
// follows from indices, and is written with constants, comparisons of indices,
// slices and pads.
//
//===----------------------------------------------------------------------===//

#include "frontends/onnx/ImageConvolution.h"
#include "frontends/onnx/Operators.h"
#include "frontends/onnx/SizeTensors.h"

#include <numeric>

namespace segc::onnximport {

using llvm::ArrayRef;
using llvm::SmallVector;
using mlir::Value;
using seg::BinaryKind;
using seg::DimAttr;
using seg::UnaryKind;

namespace {

/// The number of the row of each element of the last two axes, and that of its column, which
/// broadcast against each other.
std::pair<Value, Value> rowAndColumn(Node &node, DimAttr rows, DimAttr columns) {
  Value row = node.indices(rows, node.dim(0));
  return {node.reshape(row, {rows, node.dim(1)}), node.indices(columns, node.dim(0))};
}

void importEyeLike(Node &node) {
  if (!node.checkInputs(1, 1))
    return;
  int64_t diagonal = node.integer("k", 0);
  SmallVector<DimAttr> shape = node.shape(0);
  if (shape.size() != 2)
    return node.shapeError(fmt::format("an input of rank {} is no matrix", shape.size()));
  if (std::abs(diagonal) > INT32_MAX)
    return node.error("k is out of range");
  std::optional<Element> element = node.element(0);
  if (node.hasAttribute("dtype"))
    element = elementOf(static_cast<int32_t>(node.integer("dtype", 1)));
  if (!element)
    return node.error("matrices of this type are not supported");
  auto [row, column] = rowAndColumn(node, shape[0], shape[1]);
  Value offset = node.binary(BinaryKind::Sub, column, row);
  Value isOn = node.binary(BinaryKind::Equal, offset, node.number(static_cast<float>(diagonal)));
  if (isOn)
    node.set(0, node.converted(isOn, *element));
}

/// The triangle above or below a diagonal; zeros elsewhere.
void importTrilu(Node &node) {
  if (!node.checkInputs(1, 2))
    return;
  bool isUpper = node.integer("upper", 1) != 0;
  SmallVector<DimAttr> shape = node.shape(0);
  SmallVector<int64_t> diagonal{0};
  if (node.hasInput(1))
    diagonal = node.requireIntegers(1, "the diagonal").value_or(diagonal);
  if (!node.failed() && (shape.size() < 2 || diagonal.size() != 1))
    node.shapeError("the input is no matrix, or the diagonal not one number");
  if (node.failed())
    return;
  // Beyond all of them, diagonals differ in nothing.
  int64_t k = std::min<int64_t>(std::max<int64_t>(diagonal.front(), -(1 << 23)), 1 << 23);
  auto [row, column] = rowAndColumn(node, shape[shape.size() - 2], shape.back());
  Value offset = node.binary(BinaryKind::Sub, column, row);
  Value limit = node.number(static_cast<float>(k));
  Value isKept = isUpper ? node.binary(BinaryKind::LessOrEqual, limit, offset)
                         : node.binary(BinaryKind::LessOrEqual, offset, limit);
  Element element = node.element(0);
  Value zero = element == Element::Float ? node.number(0.0f) : node.integerNumber(element, 0);
  node.set(0, node.select(isKept, node.value(0), zero));
}

/// Along each named axis the middle is cut out, or zeros are put around.
void importCenterCropPad(Node &node) {
  if (!node.checkInputs(2, 2))
    return;
  SmallVector<DimAttr> shape = node.shape(0);
  const Known *wanted = node.requireKnown(1, "the extents");
  std::optional<SmallVector<DimAttr>> sizes = wanted ? wanted->dims() : std::nullopt;
  SmallVector<int64_t> axes(shape.size());
  std::iota(axes.begin(), axes.end(), 0);
  if (std::optional<SmallVector<int64_t>> given = node.integers("axes"))
    for (auto [i, axis] : llvm::enumerate(axes = *given))
      axes[i] = node.normalAxis(axis, node.rank(0));
  if (!node.failed() && (!sizes || sizes->size() != axes.size()))
    node.shapeError(fmt::format("the extents are not one for each of {} axes", axes.size()));
  if (node.failed())
    return;
  Value result = node.value(0);
  for (auto [axis, size] : llvm::zip(axes, *sizes)) {
    // What is odd stands at the end, of what is put around as of what is cut off.
    DimAttr zero = node.dim(0), more = size - shape[axis];
    DimAttr before = more ? seg::maximum(floorDiv(more, 2), zero) : more;
    DimAttr cut = more ? seg::maximum(floorDiv(zero - more, 2), zero) : more;
    result = node.pad(result, axis, before - cut, more - (before - cut), 0.0f);
  }
  node.set(0, result);
}

/// The adjoint of taking an image apart into blocks.
void importCol2Im(Node &node) {
  if (!node.checkInputs(3, 3))
    return;
  std::optional<SmallVector<int64_t>> image = node.requireIntegers(1, "the image's extents"),
                                      block = node.requireIntegers(2, "the block's extents");
  if (node.failed())
    return;
  size_t axes = image->size();
  if (axes < 1 || axes > 2 || block->size() != axes)
    return node.error(fmt::format("images of {} axes and blocks of {} are not supported; both must "
                                  "have 1 or 2",
                                  axes, block->size()));
  auto list = [&](const char *name, size_t count, int64_t least, int64_t byDefault) {
    SmallVector<int64_t> values =
        node.integers(name).value_or(SmallVector<int64_t>(count, byDefault));
    for (int64_t value : values)
      if (values.size() != count || value < least || value > (1 << 20)) {
        node.error(fmt::format("{} are unsound", name));
        return SmallVector<int64_t>(count, byDefault);
      }
    return values;
  };
  SmallVector<int64_t> strides = list("strides", axes, 1, 1);
  SmallVector<int64_t> dilations = list("dilations", axes, 1, 1);
  SmallVector<int64_t> pads = list("pads", 2 * axes, 0, 0);
  for (size_t i = 0; i != axes; ++i)
    if ((*image)[i] < 1 || (*image)[i] > (1 << 24) || (*block)[i] < 1 || (*block)[i] > (1 << 10))
      node.error("an extent of the image or the block is out of range");
  SmallVector<DimAttr> shape = node.shape(0);
  if (shape.size() != 3 || !shape[1].isConstant())
    node.shapeError("the input is not [N, channels and places in the block, blocks]");
  if (node.failed())
    return;
  if (axes == 1) {
    image->insert(image->begin(), 1);
    block->insert(block->begin(), 1);
    strides.insert(strides.begin(), 1);
    dilations.insert(dilations.begin(), 1);
    pads = {0, pads[0], 0, pads[1]};
  }
  int64_t places = (*block)[0] * (*block)[1], channels = shape[1].getValue() / places;
  SmallVector<int64_t> blocks, outputPadding;
  for (int i = 0; i != 2; ++i) {
    int64_t room = (*image)[i] + pads[i] + pads[2 + i] - dilations[i] * ((*block)[i] - 1) - 1;
    blocks.push_back(room < 0 ? 0 : room / strides[i] + 1);
    outputPadding.push_back(room < 0 ? 0 : room % strides[i]);
  }
  if (channels * places != shape[1].getValue() || channels < 1 ||
      shape[2] != node.dim(blocks[0] * blocks[1]))
    return node.shapeError("the input does not have the blocks of such an image");
  Value columns =
      node.reshape(node.value(0), {shape[0], shape[1], node.dim(blocks[0]), node.dim(blocks[1])});
  Value result = joinBlocks(node, columns, channels, *block, {strides, dilations, pads, channels},
                            outputPadding);
  if (axes == 1 && result)
    result = node.reshape(result, {shape[0], node.dim(channels), node.dim((*image)[1])});
  node.set(0, result);
}

/// By rows: the minors of the first rows for every choice of columns.
void importDet(Node &node) {
  if (!node.checkInputs(1, 1))
    return;
  SmallVector<DimAttr> shape = node.shape(0);
  constexpr int64_t kLargest = 5;
  if (shape.size() < 2 || shape.back() != shape[shape.size() - 2] || !shape.back().isConstant() ||
      shape.back().getValue() > kLargest)
    return node.shapeError(
        fmt::format("only square matrices of fixed size, {} at most, are supported", kLargest));
  int64_t size = shape.back().getValue();
  size_t rank = shape.size();
  Value input = node.value(0);
  SmallVector<DimAttr> lead(ArrayRef<DimAttr>(shape).drop_back(2)), sizes = shape;
  sizes[rank - 1] = sizes[rank - 2] = node.dim(1);
  auto element = [&](int64_t row, int64_t column) {
    SmallVector<DimAttr> starts(rank, node.dim(0));
    starts[rank - 2] = node.dim(row);
    starts[rank - 1] = node.dim(column);
    return node.reshape(node.slice(input, starts, sizes, SmallVector<int64_t>(rank, 1)), lead);
  };
  std::vector<Value> minors(size_t(1) << size);
  for (int64_t row = 0; row != size && !node.failed(); ++row) {
    std::vector<Value> next(minors.size());
    SmallVector<Value> elements;
    for (int64_t column = 0; column != size; ++column)
      elements.push_back(element(row, column));
    for (size_t chosen = 1; chosen != minors.size(); ++chosen) {
      if (llvm::popcount(chosen) != row + 1)
        continue;
      // Expanded along this row; the sign is that of the columns behind.
      int64_t behind = row;
      for (int64_t column = 0; column != size; ++column) {
        if (!(chosen >> column & 1))
          continue;
        Value minor = minors[chosen & ~(size_t(1) << column)];
        Value term =
            minor ? node.binary(BinaryKind::Mul, elements[column], minor) : elements[column];
        if (!next[chosen])
          next[chosen] = behind % 2 ? node.unary(UnaryKind::Neg, term) : term;
        else
          next[chosen] =
              node.binary(behind % 2 ? BinaryKind::Sub : BinaryKind::Add, next[chosen], term);
        --behind;
      }
    }
    minors = std::move(next);
  }
  node.set(0, minors.back());
}

/// A vector of `off` with `on` at an index; indices that are negative count from the end.
void importOneHot(Node &node) {
  if (!node.checkInputs(3, 3))
    return;
  std::optional<SmallVector<int64_t>> depth = node.requireIntegers(1, "the depth");
  SmallVector<DimAttr> shape = node.shape(0);
  int64_t axis = node.normalAxis(node.integer("axis", -1), node.rank(0) + 1);
  if (!node.failed() && (depth->size() != 1 || depth->front() < 1 || depth->front() > (1 << 24)))
    node.shapeError("the depth is not one positive number");
  if (!node.failed() && (node.rank(2) != 1 || node.shape(2)[0] != node.dim(2)))
    node.shapeError("the values are not two: off and on");
  if (node.failed())
    return;
  Value indices = node.floatValue(0), values = node.value(2);
  if (!indices || !values)
    return;
  shape.insert(shape.begin() + axis, node.dim(1));
  indices = node.reshape(indices, shape);
  Value isNegative = node.unary(UnaryKind::Clip, node.unary(UnaryKind::Neg, indices), 0.0f, 1.0f);
  float count = static_cast<float>(depth->front());
  indices = node.binary(BinaryKind::Add, indices,
                        node.binary(BinaryKind::Mul, isNegative, node.number(count)));
  SmallVector<DimAttr> along(shape.size() - axis, node.dim(1));
  along[0] = node.dim(depth->front());
  Value places = node.reshape(node.indices(node.dim(depth->front()), node.dim(0)), along);
  Value isOn = node.binary(BinaryKind::Equal, indices, places);
  auto value = [&](int64_t which) {
    return node.reshape(node.slice(values, {node.dim(which)}, {node.dim(1)}, {1}), {});
  };
  node.set(0, node.select(isOn, value(1), value(0)));
}

/// Positions from -1 to 1 along an axis: of its ends, or of the middles of its elements.
Value positions(Node &node, DimAttr extent, bool alignCorners) {
  if (!extent.isConstant()) {
    DimAttr one = node.dim(1), last = extent - 1;
    auto number = [&](DimAttr dim) { return sizeTensor(node, Number(dim), Element::Float); };
    Value doubled = node.binary(BinaryKind::Mul, node.indices(extent, node.dim(0)), node.number(2));
    return node.binary(BinaryKind::Div, node.binary(BinaryKind::Sub, doubled, number(last)),
                       number(alignCorners ? seg::maximum(last, one) : extent));
  }
  std::vector<float> values;
  const int64_t count = extent.getValue();
  for (int64_t i = 0; i != count; ++i) {
    double n = static_cast<double>(count), at = static_cast<double>(i);
    values.push_back(static_cast<float>(!alignCorners ? (2 * at + 1) / n - 1
                                        : count > 1   ? 2 * at / (n - 1) - 1
                                                      : 0));
  }
  return node.constant(floatTensor({count}, values), "positions");
}

/// For each pixel or voxel of the wanted size, where the affine map takes it from.
void importAffineGrid(Node &node) {
  if (!node.checkInputs(2, 2))
    return;
  bool alignCorners = node.integer("align_corners", 0) != 0;
  const Known *wanted = node.requireKnown(1, "the size");
  std::optional<SmallVector<DimAttr>> size = wanted ? wanted->dims() : std::nullopt;
  SmallVector<DimAttr> theta = node.shape(0);
  if (!node.failed() && !size)
    node.error("the size is not a list of whole numbers");
  if (node.failed())
    return;
  int64_t axes = static_cast<int64_t>(size->size()) - 2;
  if ((axes != 2 && axes != 3) || theta.size() != 3 || theta[1] != node.dim(axes) ||
      theta[2] != node.dim(axes + 1))
    return node.shapeError("the maps do not have the shape [N, 2, 3] of images or [N, 3, 4] of "
                           "volumes");
  for (DimAttr extent : ArrayRef<DimAttr>(*size).drop_front(2))
    if (extent.isConstant() && (extent.getValue() < 1 || extent.getValue() > (1 << 24)))
      return node.shapeError(fmt::format("an extent of {}", extent.getValue()));
  // Column c of the maps, [N, 1, .., 1, axes], times the position along axis c, counted from the
  // last; the last column as it is.
  Value maps = node.value(0), grid;
  SmallVector<DimAttr> whole(axes + 2, node.dim(1));
  whole.front() = theta[0];
  whole.back() = theta[1];
  for (int64_t column = 0; column <= axes; ++column) {
    Value term = node.slice(maps, {node.dim(0), node.dim(0), node.dim(column)},
                            {theta[0], theta[1], node.dim(1)}, {1, 1, 1});
    term = node.reshape(term, whole);
    if (column != axes) {
      DimAttr extent = (*size)[2 + axes - 1 - column];
      SmallVector<DimAttr> along(column + 2, node.dim(1));
      along.front() = extent;
      Value place = positions(node, extent, alignCorners);
      term = node.binary(BinaryKind::Mul, term, node.reshape(place, along));
    }
    grid = grid ? node.binary(BinaryKind::Add, grid, term) : term;
  }
  node.set(0, grid);
}

} // namespace

void registerPlaces(OperatorTable &table) {
  table.import["EyeLike"] = importEyeLike;
  for (const char *name : {"Trilu", "com.microsoft::Trilu"})
    table.import[name] = importTrilu;
  table.import["CenterCropPad"] = importCenterCropPad;
  table.import["Col2Im"] = importCol2Im;
  table.import["Det"] = importDet;
  table.import["OneHot"] = importOneHot;
  table.import["AffineGrid"] = importAffineGrid;
}

} // namespace segc::onnximport
