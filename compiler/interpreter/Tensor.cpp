//===- Tensor.cpp - a tensor that the interpreter computes with -*- C++ -*-===//

#include "compiler/interpreter/Tensor.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectResourceBlobManager.h"

#include <cassert>

using namespace llvm;
using namespace mlir;

namespace segc::interpreter {

int64_t elementCount(ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  return count;
}

int64_t wrapTo(Type type, int64_t value) {
  unsigned bits = type.getIntOrFloatBitWidth();
  if (bits == 64)
    return value;
  auto low = static_cast<uint64_t>(value) & ((uint64_t{1} << bits) - 1);
  bool isNegative = bits > 1 && !type.isUnsignedInteger() && low >> (bits - 1) & 1;
  return static_cast<int64_t>(isNegative ? low - (uint64_t{1} << bits) : low);
}

Tensor Tensor::zeros(Type elementType, ArrayRef<int64_t> shape) {
  Tensor tensor{elementType, SmallVector<int64_t>(shape), {}, {}};
  if (tensor.isFloat())
    tensor.floats.resize(elementCount(shape));
  else
    tensor.ints.resize(elementCount(shape));
  return tensor;
}

Tensor Tensor::ofFloats(MLIRContext *context, ArrayRef<int64_t> shape, std::vector<float> values) {
  assert(static_cast<int64_t>(values.size()) == elementCount(shape));
  return {Float32Type::get(context), SmallVector<int64_t>(shape), std::move(values), {}};
}

Tensor Tensor::ofInts(Type elementType, ArrayRef<int64_t> shape, std::vector<int64_t> values) {
  assert(static_cast<int64_t>(values.size()) == elementCount(shape));
  for (int64_t &value : values)
    value = wrapTo(elementType, value);
  return {elementType, SmallVector<int64_t>(shape), {}, std::move(values)};
}

int64_t Tensor::size() const { return elementCount(shape); }

void Tensor::copyElement(int64_t to, const Tensor &source, int64_t from) {
  if (isFloat())
    floats[to] = source.floats[from];
  else
    ints[to] = source.ints[from];
}

/// Elements of a blob, which are as wide as in memory of C.
template <typename T, typename To>
static bool readBlob(ArrayRef<char> bytes, std::vector<To> &values) {
  if (bytes.size() != values.size() * sizeof(T))
    return false;
  ArrayRef<T> elements(reinterpret_cast<const T *>(bytes.data()), values.size());
  llvm::copy(elements, values.begin());
  return true;
}

static bool readResource(DenseResourceElementsAttr resource, Tensor &tensor) {
  AsmResourceBlob *blob = resource.getRawHandle().getBlob();
  if (!blob)
    return false;
  ArrayRef<char> bytes = blob->getData();
  if (tensor.elementType.isF32())
    return readBlob<float>(bytes, tensor.floats);
  if (tensor.elementType.isF64())
    return readBlob<double>(bytes, tensor.floats);
  if (!isa<IntegerType>(tensor.elementType))
    return false;
  bool isUnsigned = tensor.elementType.isUnsignedInteger();
  switch (tensor.elementType.getIntOrFloatBitWidth()) {
  case 1:
    return readBlob<uint8_t>(bytes, tensor.ints);
  case 8:
    return isUnsigned ? readBlob<uint8_t>(bytes, tensor.ints)
                      : readBlob<int8_t>(bytes, tensor.ints);
  case 16:
    return isUnsigned ? readBlob<uint16_t>(bytes, tensor.ints)
                      : readBlob<int16_t>(bytes, tensor.ints);
  case 32:
    return isUnsigned ? readBlob<uint32_t>(bytes, tensor.ints)
                      : readBlob<int32_t>(bytes, tensor.ints);
  case 64:
    return isUnsigned ? readBlob<uint64_t>(bytes, tensor.ints)
                      : readBlob<int64_t>(bytes, tensor.ints);
  default:
    return false;
  }
}

Expected<Tensor> Tensor::of(ElementsAttr attribute) {
  ShapedType type = attribute.getShapedType();
  if (!isa<FloatType, IntegerType>(type.getElementType()))
    return createStringError("a constant whose elements are no numbers");
  Tensor tensor = zeros(type.getElementType(), type.getShape());
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attribute)) {
    if (!readResource(resource, tensor))
      return createStringError("a constant whose blob is missing or of the wrong size");
    return tensor;
  }
  auto dense = dyn_cast<DenseElementsAttr>(attribute);
  if (!dense)
    return createStringError("a constant of a kind that cannot be read");
  if (tensor.isFloat()) {
    for (auto [to, value] : zip(tensor.floats, dense.getValues<APFloat>())) {
      APFloat single = value;
      bool inexact;
      single.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven, &inexact);
      to = single.convertToFloat();
    }
  } else {
    bool isSigned = !tensor.elementType.isUnsignedInteger() && !tensor.elementType.isInteger(1);
    for (auto [to, value] : zip(tensor.ints, dense.getValues<APInt>()))
      to = isSigned ? value.getSExtValue() : static_cast<int64_t>(value.getZExtValue());
  }
  return tensor;
}

ElementsAttr Tensor::toAttribute() const {
  auto type = RankedTensorType::get(shape, elementType);
  if (elementType.isF32()) {
    // Few values are readable in the text of a module; many would drown it.
    if (floats.size() <= 16)
      return DenseElementsAttr::get(type, ArrayRef<float>(floats));
    return DenseResourceElementsAttr::get(
        type, "weights", HeapAsmResourceBlob::allocateAndCopyInferAlign<float>(floats));
  }
  if (isFloat()) {
    SmallVector<APFloat> values;
    for (float value : floats) {
      APFloat converted(value);
      bool inexact;
      converted.convert(cast<FloatType>(elementType).getFloatSemantics(),
                        APFloat::rmNearestTiesToEven, &inexact);
      values.push_back(converted);
    }
    return DenseElementsAttr::get(type, values);
  }
  SmallVector<APInt> values;
  unsigned width = elementType.getIntOrFloatBitWidth();
  for (int64_t value : ints)
    values.push_back(APInt(64, static_cast<uint64_t>(value)).trunc(width));
  return DenseElementsAttr::get(type, values);
}

SmallVector<int64_t> rowMajorStrides(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (int64_t axis = static_cast<int64_t>(shape.size()) - 2; axis >= 0; --axis)
    strides[axis] = strides[axis + 1] * shape[axis + 1];
  return strides;
}

SmallVector<int64_t> broadcastStrides(ArrayRef<int64_t> shape, ArrayRef<int64_t> target) {
  SmallVector<int64_t> own = rowMajorStrides(shape), strides(target.size(), 0);
  size_t lead = target.size() - shape.size();
  for (size_t axis = 0; axis < shape.size(); ++axis)
    strides[lead + axis] = shape[axis] == 1 ? 0 : own[axis];
  return strides;
}

void forEachIndex(ArrayRef<int64_t> shape, llvm::function_ref<void(ArrayRef<int64_t>)> visit) {
  if (is_contained(shape, 0))
    return;
  SmallVector<int64_t> index(shape.size(), 0);
  while (true) {
    visit(index);
    int64_t axis = static_cast<int64_t>(shape.size()) - 1;
    for (; axis >= 0 && ++index[axis] == shape[axis]; --axis)
      index[axis] = 0;
    if (axis < 0)
      return;
  }
}

int64_t offsetOf(ArrayRef<int64_t> index, ArrayRef<int64_t> strides) {
  int64_t offset = 0;
  for (size_t axis = 0; axis < index.size(); ++axis)
    offset += index[axis] * strides[axis];
  return offset;
}

} // namespace segc::interpreter
