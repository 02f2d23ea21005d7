//===- Network.cpp - a compiled network that can be run ---------*- C++ -*-===//

#include "compiler/package/Network.h"

#include <fmt/format.h>

#include <limits>
#include <optional>

namespace segc {

namespace {

template <typename T> HostTensor castIntegers(const HostTensor &tensor, ElementType type) {
  HostTensor result(type, tensor.dims());
  T *to = result.data<T>();
  for (int64_t i = 0, count = tensor.elementCount(); i < count; ++i)
    to[i] = tensor.type() == ElementType::Int64 ? static_cast<T>(tensor.data<int64_t>()[i])
                                                : static_cast<T>(tensor.valueAt(i));
  return result;
}

/// The integers as another type; nothing where one is out of its range.
template <typename T>
std::optional<HostTensor> fitIntegers(const HostTensor &tensor, ElementType type) {
  const bool isBool = type == ElementType::Bool;
  const double low = isBool ? 0 : static_cast<double>(std::numeric_limits<T>::min());
  const double high = isBool ? 1 : static_cast<double>(std::numeric_limits<T>::max());
  for (int64_t i = 0, count = tensor.elementCount(); i < count; ++i) {
    const double value = tensor.valueAt(i);
    // The largest integers of 64 bits are rounded up to one that is none of them.
    if (value < low || value > high || (sizeof(T) == 8 && value == high))
      return std::nullopt;
  }
  return castIntegers<T>(tensor, type);
}

/// The floats rounded to halves.
HostTensor roundedTo(const HostTensor &tensor, ElementType type) {
  HostTensor result(type, tensor.dims());
  for (int64_t i = 0, count = tensor.elementCount(); i < count; ++i) {
    const float value = static_cast<float>(tensor.valueAt(i));
    result.data<uint16_t>()[i] =
        type == ElementType::Float16 ? floatToHalf(value) : floatToBfloat(value);
  }
  return result;
}

std::optional<HostTensor> convert(const HostTensor &tensor, ElementType type) {
  switch (type) {
  case ElementType::Float32:
    return tensor.toFloat32();
  case ElementType::Float64: {
    HostTensor result(type, tensor.dims());
    for (int64_t i = 0, count = tensor.elementCount(); i < count; ++i)
      result.data<double>()[i] = tensor.valueAt(i);
    return result;
  }
  case ElementType::Float16:
  case ElementType::BFloat16:
    return roundedTo(tensor, type);
  case ElementType::Int64:
    return fitIntegers<int64_t>(tensor, type);
  case ElementType::Int32:
    return fitIntegers<int32_t>(tensor, type);
  case ElementType::Int16:
    return fitIntegers<int16_t>(tensor, type);
  case ElementType::Int8:
    return fitIntegers<int8_t>(tensor, type);
  case ElementType::UInt64:
    return fitIntegers<uint64_t>(tensor, type);
  case ElementType::UInt32:
    return fitIntegers<uint32_t>(tensor, type);
  case ElementType::UInt16:
    return fitIntegers<uint16_t>(tensor, type);
  case ElementType::UInt8:
  case ElementType::Bool:
    return fitIntegers<uint8_t>(tensor, type);
  }
  return std::nullopt;
}

} // namespace

std::string PortInfo::describe() const {
  std::string text = elementTypeName(type);
  char separator = ' ';
  for (int64_t dim : dims) {
    text += separator + (dim < 0 ? std::string("?") : std::to_string(dim));
    separator = 'x';
  }
  return text;
}

Result<HostTensor> fitInput(HostTensor tensor, const PortInfo &input, const std::string &source) {
  auto misfit = [&] {
    return Failure::input(fmt::format("{}: {} does not fit input \"{}\", {}", source,
                                      tensor.describe(), input.name, input.describe()));
  };
  bool fits = tensor.dims().size() == input.dims.size();
  for (size_t i = 0; fits && i < input.dims.size(); ++i)
    fits = input.dims[i] < 0 || input.dims[i] == tensor.dims()[i];
  if (!fits)
    return misfit();
  if (tensor.type() == input.type)
    return tensor;
  if (isFloatingPoint(input.type) != isFloatingPoint(tensor.type()))
    return misfit();
  std::optional<HostTensor> converted = convert(tensor, input.type);
  if (!converted)
    return misfit();
  return std::move(*converted);
}

} // namespace segc
