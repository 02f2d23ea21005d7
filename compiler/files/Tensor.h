//===- Tensor.h - a tensor in memory ----------------------------*- C++ -*-===//
//
// What `segc run`, `check` and `eval` read from files, feed to a network and
// write back: an element type, extents and dense bytes, last dimension innermost.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_FILES_TENSOR_H
#define SEGC_FILES_TENSOR_H

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

namespace segc {

enum class ElementType {
  Float32,
  Float64,
  Float16,
  BFloat16,
  Int64,
  Int32,
  Int16,
  Int8,
  UInt64,
  UInt32,
  UInt16,
  UInt8,
  Bool
};

/// Whether elements are floating-point numbers.
bool isFloatingPoint(ElementType type);

/// Bytes of one element.
size_t elementSize(ElementType type);

/// "float32", "int64", ...
const char *elementTypeName(ElementType type);

/// The ElementType of a C++ type. Bool is stored as uint8_t 0 or 1, Float16 and BFloat16
/// as their bits, so none of them has a C++ type of its own.
template <typename T> constexpr ElementType elementTypeOf() {
  if constexpr (std::is_same_v<T, float>)
    return ElementType::Float32;
  else if constexpr (std::is_same_v<T, double>)
    return ElementType::Float64;
  else if constexpr (std::is_same_v<T, int64_t>)
    return ElementType::Int64;
  else if constexpr (std::is_same_v<T, int32_t>)
    return ElementType::Int32;
  else if constexpr (std::is_same_v<T, int16_t>)
    return ElementType::Int16;
  else if constexpr (std::is_same_v<T, int8_t>)
    return ElementType::Int8;
  else if constexpr (std::is_same_v<T, uint64_t>)
    return ElementType::UInt64;
  else if constexpr (std::is_same_v<T, uint32_t>)
    return ElementType::UInt32;
  else if constexpr (std::is_same_v<T, uint16_t>)
    return ElementType::UInt16;
  else {
    static_assert(std::is_same_v<T, uint8_t>, "no tensor has this element type");
    return ElementType::UInt8;
  }
}

/// The value of IEEE half precision bits, and of a bfloat16's; exact.
float halfToFloat(uint16_t bits);
float bfloatToFloat(uint16_t bits);
/// The nearest half; of two, the one whose last bit is 0.
uint16_t floatToHalf(float value);
uint16_t floatToBfloat(float value);

class HostTensor {
public:
  /// The most dimensions that any reader accepts.
  static constexpr size_t maxRank = 32;

  HostTensor() = default;

  /// A tensor of zeros. `dims` must have a product whose bytes fit into memory:
  /// use byteCount on extents that come from a file.
  HostTensor(ElementType type, std::vector<int64_t> dims);

  /// A tensor of the given values, as many as `dims` asks for.
  template <typename T>
  static HostTensor of(std::vector<int64_t> dims, const std::vector<T> &values) {
    HostTensor tensor(elementTypeOf<T>(), std::move(dims));
    assert(tensor.elementCount() == static_cast<int64_t>(values.size()));
    T *to = tensor.data<T>();
    for (size_t i = 0; i < values.size(); ++i)
      to[i] = values[i];
    return tensor;
  }

  /// Bytes that a tensor needs, or -1 if an extent is negative or the product
  /// does not fit into an int64_t.
  static int64_t byteCount(ElementType type, const std::vector<int64_t> &dims);

  ElementType type() const { return type_; }
  const std::vector<int64_t> &dims() const { return dims_; }
  int64_t rank() const { return static_cast<int64_t>(dims_.size()); }
  int64_t elementCount() const { return static_cast<int64_t>(bytes_.size() / elementSize(type_)); }

  std::vector<std::byte> &bytes() { return bytes_; }
  const std::vector<std::byte> &bytes() const { return bytes_; }

  /// The elements. T must have the size of the element type.
  template <typename T> T *data() {
    assert(sizeof(T) == elementSize(type_));
    return reinterpret_cast<T *>(bytes_.data());
  }
  template <typename T> const T *data() const {
    assert(sizeof(T) == elementSize(type_));
    return reinterpret_cast<const T *>(bytes_.data());
  }

  /// Element i, whatever the type. An integer beyond 2^53 is rounded.
  double valueAt(int64_t i) const;

  /// A copy with float32 elements; float64 and integers are rounded.
  HostTensor toFloat32() const;

  /// "float32 1x3x240x320".
  std::string describe() const;

private:
  ElementType type_ = ElementType::Float32;
  std::vector<int64_t> dims_ = {0};
  std::vector<std::byte> bytes_;
};

} // namespace segc

#endif // SEGC_FILES_TENSOR_H
