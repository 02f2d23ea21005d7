//===- Tensor.cpp - a tensor in memory --------------------------*- C++ -*-===//

#include "compiler/files/Tensor.h"

#include <cstring>
#include <limits>
#include <utility>

namespace segc {

size_t elementSize(ElementType type) {
  switch (type) {
  case ElementType::Float64:
  case ElementType::Int64:
    return 8;
  case ElementType::Float32:
  case ElementType::Int32:
    return 4;
  case ElementType::Float16:
    return 2;
  case ElementType::UInt8:
  case ElementType::Bool:
    return 1;
  }
  return 1;
}

const char *elementTypeName(ElementType type) {
  switch (type) {
  case ElementType::Float32:
    return "float32";
  case ElementType::Float64:
    return "float64";
  case ElementType::Float16:
    return "float16";
  case ElementType::Int64:
    return "int64";
  case ElementType::Int32:
    return "int32";
  case ElementType::UInt8:
    return "uint8";
  case ElementType::Bool:
    return "bool";
  }
  return "unknown";
}

float halfToFloat(uint16_t bits) {
  const uint32_t sign = static_cast<uint32_t>(bits & 0x8000u) << 16;
  const uint32_t exponent = (bits >> 10) & 0x1fu;
  const uint32_t fraction = bits & 0x3ffu;
  if (exponent == 0) {
    // Zero or subnormal: fraction * 2^-24, which is exact in float32.
    const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return sign ? -magnitude : magnitude;
  }
  const uint32_t wide = exponent == 0x1f ? 0xffu : exponent + (127 - 15);
  const uint32_t result = sign | (wide << 23) | (fraction << 13);
  float value;
  std::memcpy(&value, &result, sizeof(value));
  return value;
}

int64_t HostTensor::byteCount(ElementType type, const std::vector<int64_t> &dims) {
  int64_t bytes = static_cast<int64_t>(elementSize(type));
  for (int64_t dim : dims)
    if (dim < 0 || __builtin_mul_overflow(bytes, dim, &bytes))
      return -1;
  return bytes;
}

HostTensor::HostTensor(ElementType type, std::vector<int64_t> dims)
    : type_(type), dims_(std::move(dims)) {
  const int64_t bytes = byteCount(type_, dims_);
  assert(bytes >= 0 && "the reader must check extents first");
  bytes_.resize(static_cast<size_t>(bytes));
}

double HostTensor::valueAt(int64_t i) const {
  switch (type_) {
  case ElementType::Float32:
    return static_cast<double>(data<float>()[i]);
  case ElementType::Float64:
    return data<double>()[i];
  case ElementType::Float16:
    return static_cast<double>(halfToFloat(data<uint16_t>()[i]));
  case ElementType::Int64:
    return static_cast<double>(data<int64_t>()[i]);
  case ElementType::Int32:
    return static_cast<double>(data<int32_t>()[i]);
  case ElementType::UInt8:
  case ElementType::Bool:
    return static_cast<double>(data<uint8_t>()[i]);
  }
  return 0;
}

HostTensor HostTensor::toFloat32() const {
  HostTensor result(ElementType::Float32, dims_);
  if (type_ == ElementType::Float32) {
    result.bytes_ = bytes_;
    return result;
  }
  float *to = result.data<float>();
  for (int64_t i = 0, count = elementCount(); i < count; ++i)
    to[i] = static_cast<float>(valueAt(i));
  return result;
}

std::string HostTensor::describe() const {
  std::string text = elementTypeName(type_);
  if (dims_.empty())
    return text + " scalar";
  char separator = ' ';
  for (int64_t dim : dims_) {
    text += separator + std::to_string(dim);
    separator = 'x';
  }
  return text;
}

} // namespace segc
