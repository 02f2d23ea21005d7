//===- Tensor.cpp - a tensor in memory --------------------------*- C++ -*-===//

#include "compiler/files/Tensor.h"

#include <llvm/ADT/APFloat.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <limits>
#include <utility>

namespace segc {

namespace {

struct TypeFacts {
  ElementType type;
  size_t size;
  const char *name;
};

constexpr TypeFacts kTypes[] = {
    {ElementType::Float32, 4, "float32"}, {ElementType::Float64, 8, "float64"},
    {ElementType::Float16, 2, "float16"}, {ElementType::BFloat16, 2, "bfloat16"},
    {ElementType::Int64, 8, "int64"},     {ElementType::Int32, 4, "int32"},
    {ElementType::Int16, 2, "int16"},     {ElementType::Int8, 1, "int8"},
    {ElementType::UInt64, 8, "uint64"},   {ElementType::UInt32, 4, "uint32"},
    {ElementType::UInt16, 2, "uint16"},   {ElementType::UInt8, 1, "uint8"},
    {ElementType::Bool, 1, "bool"},
};

const TypeFacts &factsOf(ElementType type) {
  const auto *found = std::find_if(std::begin(kTypes), std::end(kTypes),
                                   [=](const TypeFacts &facts) { return facts.type == type; });
  assert(found != std::end(kTypes));
  return *found;
}

} // namespace

size_t elementSize(ElementType type) { return factsOf(type).size; }

const char *elementTypeName(ElementType type) { return factsOf(type).name; }

bool isFloatingPoint(ElementType type) {
  return type == ElementType::Float32 || type == ElementType::Float64 ||
         type == ElementType::Float16 || type == ElementType::BFloat16;
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

float bfloatToFloat(uint16_t bits) {
  const uint32_t wide = static_cast<uint32_t>(bits) << 16;
  float value;
  std::memcpy(&value, &wide, sizeof(value));
  return value;
}

static uint16_t bitsAs(float value, const llvm::fltSemantics &semantics) {
  llvm::APFloat number(value);
  bool inexact;
  number.convert(semantics, llvm::APFloat::rmNearestTiesToEven, &inexact);
  return static_cast<uint16_t>(number.bitcastToAPInt().getZExtValue());
}
uint16_t floatToHalf(float value) { return bitsAs(value, llvm::APFloat::IEEEhalf()); }
uint16_t floatToBfloat(float value) { return bitsAs(value, llvm::APFloat::BFloat()); }

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
  case ElementType::BFloat16:
    return static_cast<double>(bfloatToFloat(data<uint16_t>()[i]));
  case ElementType::Int16:
    return static_cast<double>(data<int16_t>()[i]);
  case ElementType::Int8:
    return static_cast<double>(data<int8_t>()[i]);
  case ElementType::UInt64:
    return static_cast<double>(data<uint64_t>()[i]);
  case ElementType::UInt32:
    return static_cast<double>(data<uint32_t>()[i]);
  case ElementType::UInt16:
    return static_cast<double>(data<uint16_t>()[i]);
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
