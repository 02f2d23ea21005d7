//===- Network.cpp - a compiled network that can be run ---------*- C++ -*-===//

#include "compiler/package/Network.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

namespace segc {

namespace {

bool isFloat(ElementType type) {
  return type == ElementType::Float32 || type == ElementType::Float64 ||
         type == ElementType::Float16;
}

template <typename T> HostTensor castIntegers(const HostTensor &tensor, ElementType type) {
  HostTensor result(type, tensor.dims());
  T *to = result.data<T>();
  for (int64_t i = 0, count = tensor.elementCount(); i < count; ++i)
    to[i] = tensor.type() == ElementType::Int64 ? static_cast<T>(tensor.data<int64_t>()[i])
                                                : static_cast<T>(tensor.valueAt(i));
  return result;
}

/// Whether every element of a tensor of integers lies in [low, high].
bool inRange(const HostTensor &tensor, double low, double high) {
  for (int64_t i = 0, count = tensor.elementCount(); i < count; ++i)
    if (tensor.valueAt(i) < low || tensor.valueAt(i) > high)
      return false;
  return true;
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
  if (isFloat(input.type) != isFloat(tensor.type()))
    return misfit();
  switch (input.type) {
  case ElementType::Float32:
    return tensor.toFloat32();
  case ElementType::Int64:
    return castIntegers<int64_t>(tensor, input.type);
  case ElementType::Int32:
    if (inRange(tensor, std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max()))
      return castIntegers<int32_t>(tensor, input.type);
    return misfit();
  case ElementType::UInt8:
  case ElementType::Bool:
    if (inRange(tensor, 0, input.type == ElementType::Bool ? 1 : 255))
      return castIntegers<uint8_t>(tensor, input.type);
    return misfit();
  default:
    return misfit();
  }
}

} // namespace segc
