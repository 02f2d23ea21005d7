//===- SparseTensor.cpp - a SparseTensorProto, made dense -----------------===//

#include "frontends/onnx/SparseTensor.h"

#include <fmt/format.h>

#include <cstring>

namespace segc::onnximport {

std::optional<ConstantTensor>
readSparseTensor(ModelFile &file, const onnx::SparseTensorProto &tensor, std::string &error) {
  // A few bytes of a file may ask for any number of zeros.
  constexpr int64_t kMostElements = int64_t{1} << 26;
  constexpr int kLargestRank = 8;
  std::optional<ConstantTensor> values = readTensor(file, tensor.values(), error);
  std::optional<ConstantTensor> indices =
      values ? readTensor(file, tensor.indices(), error) : std::nullopt;
  if (!indices)
    return std::nullopt;
  llvm::SmallVector<int64_t> shape(tensor.dims().begin(), tensor.dims().end());
  const int64_t rank = static_cast<int64_t>(shape.size());
  int64_t count = 1;
  for (int64_t extent : shape) {
    if (extent < 0 || rank > kLargestRank || __builtin_mul_overflow(count, extent, &count) ||
        count > kMostElements) {
      error = "the shape of a sparse tensor is out of range";
      return std::nullopt;
    }
  }
  const int64_t given = values->count();
  const bool isLinear = indices->shape.size() == 1;
  if (values->shape.size() != 1 || indices->element != Element::Int64 || indices->shape.empty() ||
      indices->shape[0] != given ||
      !(isLinear || (indices->shape.size() == 2 && indices->shape[1] == rank))) {
    error = "the values and indices of a sparse tensor do not fit together";
    return std::nullopt;
  }
  const size_t size = elementSize(values->element);
  std::vector<char> bytes(static_cast<size_t>(count) * size);
  llvm::ArrayRef<int64_t> places = indices->as<int64_t>();
  for (int64_t i = 0; i != given; ++i) {
    int64_t place = isLinear ? places[i] : 0;
    for (int64_t axis = 0; !isLinear && axis != rank; ++axis) {
      const int64_t at = places[i * rank + axis];
      if (at < 0 || at >= shape[axis]) {
        place = -1;
        break;
      }
      place = place * shape[axis] + at;
    }
    if (place < 0 || place >= count) {
      error = fmt::format("value {} of a sparse tensor lies outside of it", i);
      return std::nullopt;
    }
    std::memcpy(bytes.data() + static_cast<size_t>(place) * size,
                values->data.bytes.data() + static_cast<size_t>(i) * size, size);
  }
  return makeConstant(values->element, shape, std::move(bytes));
}

} // namespace segc::onnximport
