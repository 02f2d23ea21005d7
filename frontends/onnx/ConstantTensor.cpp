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
  case TensorProto::UINT8:
  case TensorProto::INT8:
  case TensorProto::UINT16:
  case TensorProto::INT16:
  case TensorProto::UINT32:
  case TensorProto::UINT64:
    return Element::Int64;
  case TensorProto::INT32:
    return Element::Int32;
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

mlir::Type mlirType(mlir::MLIRContext *context, Element element) {
  switch (element) {
  case Element::Float:
    return mlir::Float32Type::get(context);
  case Element::Int64:
    return mlir::IntegerType::get(context, 64);
  case Element::Int32:
    return mlir::IntegerType::get(context, 32);
  case Element::Bool:
    break;
  }
  return mlir::IntegerType::get(context, 1);
}

size_t elementSize(Element element) {
  switch (element) {
  case Element::Int64:
    return 8;
  case Element::Float:
  case Element::Int32:
    return 4;
  case Element::Bool:
    break;
  }
  return 1;
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

ConstantTensor ConstantTensor::toFloat() const {
  auto toFloat = [](auto number) { return static_cast<float>(number); };
  size_t elements = static_cast<size_t>(count());
  switch (element) {
  case Element::Float:
    return *this;
  case Element::Int64:
    return makeConstant(Element::Float, shape,
                        convertAll<int64_t, float>(data.bytes.data(), elements, toFloat));
  case Element::Int32:
    return makeConstant(Element::Float, shape,
                        convertAll<int32_t, float>(data.bytes.data(), elements, toFloat));
  case Element::Bool:
    break;
  }
  return makeConstant(Element::Float, shape,
                      convertAll<char, float>(data.bytes.data(), elements, toFloat));
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
  auto widen = [](auto x) { return static_cast<int64_t>(x); };
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
    return fromRaw<int64_t, int64_t>(std::move(tensor), same);
  case TensorProto::UINT64:
    return fromRaw<uint64_t, int64_t>(std::move(tensor), widen);
  case TensorProto::INT32:
    return fromRaw<int32_t, int32_t>(std::move(tensor), same);
  case TensorProto::UINT32:
    return fromRaw<uint32_t, int64_t>(std::move(tensor), widen);
  case TensorProto::INT16:
    return fromRaw<int16_t, int64_t>(std::move(tensor), widen);
  case TensorProto::UINT16:
    return fromRaw<uint16_t, int64_t>(std::move(tensor), widen);
  case TensorProto::INT8:
    return fromRaw<int8_t, int64_t>(std::move(tensor), widen);
  case TensorProto::UINT8:
    return fromRaw<uint8_t, int64_t>(std::move(tensor), widen);
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
      tensor.data.bytes, tensor.element == Element::Int64 ? 8 : 4,
      [owner = tensor.data.owner](void *, size_t, size_t) mutable { owner.reset(); },
      /*dataIsMutable=*/false);
  return mlir::DenseResourceElementsAttr::get(type, name, std::move(blob));
}

} // namespace segc::onnximport
