//===- ConstantTensor.cpp - a checked TensorProto -------------------------===//

#include "frontends/onnx/ConstantTensor.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/StringExtras.h"

#include <fmt/format.h>

#include <cstring>

namespace segc::onnximport {

using onnx::TensorProto;

std::optional<Element> elementOf(int32_t dataType) {
  switch (dataType) {
  case TensorProto::FLOAT:
  case TensorProto::FLOAT16:
  case TensorProto::BFLOAT16:
  case TensorProto::DOUBLE:
    return Element::Float;
  case TensorProto::INT64:
    return Element::Int64;
  case TensorProto::INT32:
    return Element::Int32;
  case TensorProto::INT16:
    return Element::Int16;
  case TensorProto::INT8:
    return Element::Int8;
  case TensorProto::UINT64:
    return Element::UInt64;
  case TensorProto::UINT32:
    return Element::UInt32;
  case TensorProto::UINT16:
    return Element::UInt16;
  case TensorProto::UINT8:
    return Element::UInt8;
  case TensorProto::BOOL:
    return Element::Bool;
  default:
    return std::nullopt;
  }
}

std::string dataTypeName(int32_t dataType) {
  if (!TensorProto::DataType_IsValid(dataType))
    return fmt::format("number {}", dataType);
  return llvm::StringRef(TensorProto::DataType_Name(static_cast<TensorProto::DataType>(dataType)))
      .lower();
}

namespace {

struct IntegerFacts {
  Element element;
  unsigned bits;
  bool isUnsigned;
};

constexpr IntegerFacts kIntegers[] = {
    {Element::Int64, 64, false}, {Element::Int32, 32, false}, {Element::Int16, 16, false},
    {Element::Int8, 8, false},   {Element::UInt64, 64, true}, {Element::UInt32, 32, true},
    {Element::UInt16, 16, true}, {Element::UInt8, 8, true},   {Element::Bool, 1, false},
};

const IntegerFacts &factsOf(Element element) {
  return *llvm::find_if(kIntegers, [=](auto &facts) { return facts.element == element; });
}

} // namespace

mlir::Type mlirType(mlir::MLIRContext *context, Element element) {
  if (element == Element::Float)
    return mlir::Float32Type::get(context);
  const IntegerFacts &facts = factsOf(element);
  return mlir::IntegerType::get(context, facts.bits,
                                facts.isUnsigned ? mlir::IntegerType::Unsigned
                                                 : mlir::IntegerType::Signless);
}

mlir::Type interfaceType(mlir::MLIRContext *context, int32_t dataType) {
  switch (dataType) {
  case TensorProto::FLOAT16:
    return mlir::Float16Type::get(context);
  case TensorProto::BFLOAT16:
    return mlir::BFloat16Type::get(context);
  case TensorProto::DOUBLE:
    return mlir::Float64Type::get(context);
  default:
    return mlirType(context, elementOf(dataType).value_or(Element::Float));
  }
}

Element elementOf(mlir::Type type) {
  if (llvm::isa<mlir::FloatType>(type))
    return Element::Float;
  return llvm::find_if(kIntegers,
                       [=](auto &facts) {
                         return facts.bits == type.getIntOrFloatBitWidth() &&
                                facts.isUnsigned == type.isUnsignedInteger();
                       })
      ->element;
}

size_t elementSize(Element element) {
  return element == Element::Float ? sizeof(float) : (factsOf(element).bits + 7) / 8;
}

int64_t ConstantTensor::count() const {
  int64_t product = 1;
  for (int64_t extent : shape)
    product *= extent;
  return product;
}

ConstantTensor makeConstant(Element element, llvm::ArrayRef<int64_t> shape,
                            std::vector<char> bytes) {
  auto owner = std::make_shared<std::vector<char>>(std::move(bytes));
  ConstantTensor tensor;
  tensor.element = element;
  tensor.shape.assign(shape.begin(), shape.end());
  tensor.data = {llvm::ArrayRef<char>(owner->data(), owner->size()), owner};
  return tensor;
}

ConstantTensor floatTensor(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<float> values) {
  const char *begin = reinterpret_cast<const char *>(values.data());
  return makeConstant(Element::Float, shape,
                      std::vector<char>(begin, begin + values.size() * sizeof(float)));
}

template <typename From, typename To, typename Convert>
static std::vector<char> convertAll(const char *bytes, size_t count, Convert convert) {
  std::vector<char> result(count * sizeof(To));
  for (size_t i = 0; i != count; ++i) {
    From from;
    std::memcpy(&from, bytes + i * sizeof(From), sizeof(From));
    To to = convert(from);
    std::memcpy(result.data() + i * sizeof(To), &to, sizeof(To));
  }
  return result;
}

int64_t ConstantTensor::integerAt(size_t i) const {
  switch (element) {
  case Element::Int64:
    return as<int64_t>()[i];
  case Element::Int32:
    return as<int32_t>()[i];
  case Element::Int16:
    return as<int16_t>()[i];
  case Element::Int8:
    return as<int8_t>()[i];
  case Element::UInt64:
    return static_cast<int64_t>(as<uint64_t>()[i]);
  case Element::UInt32:
    return as<uint32_t>()[i];
  case Element::UInt16:
    return as<uint16_t>()[i];
  case Element::UInt8:
  case Element::Bool:
    return as<uint8_t>()[i];
  case Element::Float:
    break;
  }
  return 0;
}

ConstantTensor integerTensor(Element element, llvm::ArrayRef<int64_t> shape,
                             llvm::ArrayRef<int64_t> values) {
  size_t size = elementSize(element);
  std::vector<char> bytes(values.size() * size);
  for (auto [i, value] : llvm::enumerate(values)) {
    // The machine is little-endian: the low bytes come first.
    int64_t stored = element == Element::Bool ? value != 0 : value;
    std::memcpy(bytes.data() + i * size, &stored, size);
  }
  return makeConstant(element, shape, std::move(bytes));
}

ConstantTensor ConstantTensor::toFloat() const {
  if (element == Element::Float)
    return *this;
  std::vector<float> values;
  for (size_t i = 0, elements = static_cast<size_t>(count()); i != elements; ++i)
    values.push_back(element == Element::UInt64 ? static_cast<float>(as<uint64_t>()[i])
                                                : static_cast<float>(integerAt(i)));
  return floatTensor(shape, values);
}

static float floatFromBits(uint16_t bits, const llvm::fltSemantics &semantics) {
  llvm::APFloat number(semantics, llvm::APInt(16, bits));
  bool losesInfo = false;
  number.convert(llvm::APFloat::IEEEsingle(), llvm::APFloat::rmNearestTiesToEven, &losesInfo);
  return number.convertToFloat();
}

/// Elements stored as `Stored` (in raw_data or an external file) or as `Field` (in a typed field)
/// become `To`. Where neither conversion nor alignment asks for a copy, there is none.
template <typename Stored, typename To, typename Convert>
static ConstantTensor fromRaw(ConstantTensor tensor, Convert convert) {
  const char *bytes = tensor.data.bytes.data();
  bool aligned = reinterpret_cast<uintptr_t>(bytes) % alignof(To) == 0;
  if (std::is_same_v<Stored, To> && aligned)
    return tensor;
  return makeConstant(tensor.element, tensor.shape,
                      convertAll<Stored, To>(bytes, static_cast<size_t>(tensor.count()), convert));
}

/// Size of one element as raw_data stores it; 0 for types that are refused.
static size_t storedSize(int32_t dataType) {
  switch (dataType) {
  case TensorProto::BOOL:
  case TensorProto::INT8:
  case TensorProto::UINT8:
    return 1;
  case TensorProto::FLOAT16:
  case TensorProto::BFLOAT16:
  case TensorProto::INT16:
  case TensorProto::UINT16:
    return 2;
  case TensorProto::FLOAT:
  case TensorProto::INT32:
  case TensorProto::UINT32:
    return 4;
  case TensorProto::DOUBLE:
  case TensorProto::INT64:
  case TensorProto::UINT64:
    return 8;
  default:
    return 0;
  }
}

static ConstantTensor convertRaw(ConstantTensor tensor, int32_t dataType) {
  auto same = [](auto x) { return x; };
  switch (dataType) {
  case TensorProto::FLOAT16:
    return fromRaw<uint16_t, float>(std::move(tensor), [](uint16_t bits) {
      return floatFromBits(bits, llvm::APFloat::IEEEhalf());
    });
  case TensorProto::BFLOAT16:
    return fromRaw<uint16_t, float>(std::move(tensor), [](uint16_t bits) {
      return floatFromBits(bits, llvm::APFloat::BFloat());
    });
  case TensorProto::DOUBLE:
    return fromRaw<double, float>(std::move(tensor), [](double x) { return float(x); });
  case TensorProto::INT64:
  case TensorProto::UINT64:
    return fromRaw<uint64_t, uint64_t>(std::move(tensor), same);
  case TensorProto::INT32:
  case TensorProto::UINT32:
    return fromRaw<uint32_t, uint32_t>(std::move(tensor), same);
  case TensorProto::INT16:
  case TensorProto::UINT16:
    return fromRaw<uint16_t, uint16_t>(std::move(tensor), same);
  case TensorProto::INT8:
  case TensorProto::UINT8:
    return fromRaw<uint8_t, uint8_t>(std::move(tensor), same);
  case TensorProto::BOOL:
    // Any non-zero byte is true; later code relies on 0 and 1.
    return makeConstant(tensor.element, tensor.shape,
                        convertAll<char, char>(tensor.data.bytes.data(),
                                               static_cast<size_t>(tensor.count()),
                                               [](char x) { return char(x != 0); }));
  default:
    return fromRaw<float, float>(std::move(tensor), same);
  }
}

/// The bytes of a typed field, laid out as raw_data would be. Nothing if the field is empty.
static std::optional<OwnedBytes> typedField(ModelFile &file, const TensorProto &tensor) {
  auto view = [&](const auto &field) -> std::optional<OwnedBytes> {
    if (field.empty())
      return std::nullopt;
    return OwnedBytes{llvm::ArrayRef<char>(reinterpret_cast<const char *>(field.data()),
                                           field.size() * sizeof(*field.data())),
                      file.share()};
  };
  // Small integers and half floats sit in wider fields; their low bytes are what raw_data holds.
  auto narrowed = [&](const auto &field) -> std::optional<OwnedBytes> {
    size_t size = storedSize(tensor.data_type());
    if (field.empty())
      return std::nullopt;
    auto bytes = std::make_shared<std::vector<char>>(field.size() * size);
    for (int i = 0; i != field.size(); ++i)
      std::memcpy(bytes->data() + i * size, field.data() + i, size);
    return OwnedBytes{llvm::ArrayRef<char>(bytes->data(), bytes->size()), bytes};
  };
  switch (tensor.data_type()) {
  case TensorProto::FLOAT:
    return view(tensor.float_data());
  case TensorProto::DOUBLE:
    return view(tensor.double_data());
  case TensorProto::INT64:
    return view(tensor.int64_data());
  case TensorProto::INT32:
    return view(tensor.int32_data());
  case TensorProto::UINT64:
    return view(tensor.uint64_data());
  case TensorProto::UINT32:
    return narrowed(tensor.uint64_data());
  default:
    return narrowed(tensor.int32_data());
  }
}

std::optional<ConstantTensor> readTensor(ModelFile &file, const TensorProto &tensor,
                                         std::string &error) {
  ConstantTensor result;
  std::optional<Element> element = elementOf(tensor.data_type());
  if (!element) {
    error = fmt::format("element type {} is not supported", dataTypeName(tensor.data_type()));
    return std::nullopt;
  }
  result.element = *element;
  if (tensor.has_segment()) {
    error = "tensors in segments are not supported";
    return std::nullopt;
  }
  constexpr int kLargestRank = 8;
  if (tensor.dims_size() > kLargestRank) {
    error = fmt::format("rank {} is larger than {}", tensor.dims_size(), kLargestRank);
    return std::nullopt;
  }
  uint64_t count = 1;
  for (int64_t extent : tensor.dims()) {
    if (extent < 0) {
      error = fmt::format("extent {} is negative", extent);
      return std::nullopt;
    }
    // Both factors are below 2^31, so the product fits.
    count = extent < INT32_MAX ? count * static_cast<uint64_t>(extent) : INT32_MAX;
    if (count >= INT32_MAX) {
      error = "2^31 elements or more";
      return std::nullopt;
    }
    result.shape.push_back(extent);
  }

  bool raw = true;
  if (tensor.data_location() == TensorProto::EXTERNAL) {
    std::optional<OwnedBytes> bytes =
        file.externalData(tensor, count * storedSize(tensor.data_type()), error);
    if (!bytes)
      return std::nullopt;
    result.data = *bytes;
  } else if (tensor.has_raw_data()) {
    result.data = {llvm::ArrayRef<char>(tensor.raw_data().data(), tensor.raw_data().size()),
                   file.share()};
  } else if (std::optional<OwnedBytes> bytes = typedField(file, tensor)) {
    result.data = *bytes;
    raw = false;
  } else if (count != 0) {
    error = fmt::format("no data for its {} elements", count);
    return std::nullopt;
  }
  size_t size = storedSize(tensor.data_type());
  if (result.data.bytes.size() != count * size) {
    error =
        raw ? fmt::format("{} bytes of data instead of {}", result.data.bytes.size(), count * size)
            : fmt::format("{} elements of data instead of {}", result.data.bytes.size() / size,
                          count);
    return std::nullopt;
  }
  return convertRaw(std::move(result), tensor.data_type());
}

mlir::ElementsAttr toAttribute(mlir::MLIRContext *context, const ConstantTensor &tensor,
                               llvm::StringRef name) {
  constexpr int64_t kSmall = 16;
  auto type = mlir::RankedTensorType::get(tensor.shape, mlirType(context, tensor.element));
  if (tensor.element == Element::Bool) {
    llvm::SmallVector<bool> bits;
    for (char byte : tensor.as<char>())
      bits.push_back(byte != 0);
    return mlir::DenseElementsAttr::get(type, llvm::ArrayRef<bool>(bits));
  }
  if (tensor.count() <= kSmall)
    return mlir::DenseElementsAttr::getFromRawBuffer(type, tensor.data.bytes);
  // The deleter's copy of the owner is what keeps the bytes alive.
  mlir::AsmResourceBlob blob(
      tensor.data.bytes, elementSize(tensor.element),
      [owner = tensor.data.owner](void *, size_t, size_t) mutable { owner.reset(); },
      /*dataIsMutable=*/false);
  return mlir::DenseResourceElementsAttr::get(type, name, std::move(blob));
}

} // namespace segc::onnximport
