//===- SegDialect.cpp - the dialect and helpers around it -------*- C++ -*-===//

#include "compiler/dialect/Dim.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"

#include "compiler/dialect/SegDialect.cpp.inc"

using namespace llvm;
using namespace mlir;

namespace segc::seg {

void SegDialect::initialize() {
  registerAttributesAndTypes();
  addOperations<
#define GET_OP_LIST
#include "compiler/dialect/Seg.cpp.inc"
      >();
}

bool equalButForLayout(TypeRange a, TypeRange b) {
  if (a.size() != b.size())
    return false;
  for (auto [x, y] : zip(a, b)) {
    auto s = dyn_cast<TensorType>(x), t = dyn_cast<TensorType>(y);
    if (s && t ? !s.sameShapeAndType(t) : x != y)
      return false;
  }
  return true;
}

TensorType tensorType(MLIRContext *context, ArrayRef<int64_t> shape, Type elementType) {
  SmallVector<DimAttr> extents;
  for (int64_t extent : shape)
    extents.push_back(DimAttr::constant(context, extent));
  return TensorType::get(context, extents, elementType);
}

ArrayAttr dimArray(MLIRContext *context, ArrayRef<DimAttr> dims) {
  return ArrayAttr::get(context, SmallVector<Attribute>(dims.begin(), dims.end()));
}

SmallVector<DimAttr> dims(ArrayAttr array) {
  return to_vector(map_range(array, [](Attribute dim) { return cast<DimAttr>(dim); }));
}

static size_t complexity(DimAttr dim) {
  size_t parts = 1;
  for (unsigned i = 0; i < dim.getOperands().size(); ++i)
    parts += complexity(dim.operand(i));
  return parts;
}

std::optional<SmallVector<DimAttr>> broadcastShapes(ArrayRef<DimAttr> a, ArrayRef<DimAttr> b) {
  if (a.size() < b.size())
    std::swap(a, b);
  SmallVector<DimAttr> result(a.begin(), a.end());
  for (size_t i = 0; i < b.size(); ++i) {
    DimAttr x = result[a.size() - b.size() + i], y = b[i];
    DimAttr &extent = result[a.size() - b.size() + i];
    if (x == y || y.isConstant(1))
      continue;
    if (x.isConstant() && y.isConstant() && !x.isConstant(1))
      return std::nullopt;
    // Of two unknown extents that must be equal, the simpler one is kept.
    if (x.isConstant(1) || (!x.isConstant() && (y.isConstant() || complexity(y) < complexity(x))))
      extent = y;
  }
  return result;
}

std::string nodeName(Location loc) {
  auto name = dyn_cast<NameLoc>(loc);
  return name ? name.getName().str() : "";
}

std::string nodeOperator(Location loc) {
  auto name = dyn_cast<NameLoc>(loc);
  return name ? nodeName(name.getChildLoc()) : "";
}

Location nodeLocation(MLIRContext *context, StringRef name, StringRef operatorName) {
  return NameLoc::get(StringAttr::get(context, name),
                      NameLoc::get(StringAttr::get(context, operatorName)));
}

std::optional<FloatConstant> floatConstant(Value value) {
  auto op = value ? value.getDefiningOp<ConstantOp>() : ConstantOp();
  if (!op || !cast<TensorType>(value.getType()).getElementType().isF32())
    return std::nullopt;
  FloatConstant result;
  result.shape.assign(op.getValue().getShapedType().getShape().begin(),
                      op.getValue().getShapedType().getShape().end());
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(op.getValue())) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob)
      return std::nullopt;
    ArrayRef<char> bytes = blob->getData();
    result.values = {reinterpret_cast<const float *>(bytes.data()), bytes.size() / sizeof(float)};
    if (static_cast<int64_t>(result.values.size()) != op.getValue().getNumElements())
      return std::nullopt;
    return result;
  }
  auto dense = dyn_cast<DenseFPElementsAttr>(op.getValue());
  if (!dense)
    return std::nullopt;
  if (dense.isSplat()) {
    result.owned.assign(dense.getNumElements(), dense.getSplatValue<float>());
    result.values = result.owned;
  } else {
    ArrayRef<char> bytes = dense.getRawData();
    result.values = {reinterpret_cast<const float *>(bytes.data()), bytes.size() / sizeof(float)};
  }
  return result;
}

ConstantOp createFloatConstant(OpBuilder &builder, Location loc, ArrayRef<int64_t> shape,
                               std::vector<float> values) {
  auto type = RankedTensorType::get(shape, builder.getF32Type());
  ElementsAttr attribute;
  if (values.size() <= 16) {
    attribute = DenseElementsAttr::get(type, ArrayRef<float>(values));
  } else {
    AsmResourceBlob blob = HeapAsmResourceBlob::allocateAndCopyInferAlign<float>(values);
    attribute = DenseResourceElementsAttr::get(type, "weights", std::move(blob));
  }
  return builder.create<ConstantOp>(loc, attribute);
}

} // namespace segc::seg
