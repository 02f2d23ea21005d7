//===- LabelMap.cpp - a class for every pixel -----------------------------===//

#include "compiler/files/LabelMap.h"

#include "compiler/files/FileError.h"

#include <cmath>
#include <limits>

using llvm::Twine;

namespace segc {
namespace {

bool isFloat(ElementType type) {
  return type == ElementType::Float32 || type == ElementType::Float64 ||
         type == ElementType::Float16;
}

LabelMap argmax(const HostTensor &scores, int64_t classes, int64_t height, int64_t width) {
  LabelMap map{width, height, {}};
  const int64_t plane = height * width;
  map.labels.assign(static_cast<size_t>(plane), 0);
  std::vector<double> best(static_cast<size_t>(plane), -std::numeric_limits<double>::infinity());
  for (int64_t c = 0; c < classes; ++c)
    for (int64_t i = 0; i < plane; ++i) {
      const double score = scores.valueAt(c * plane + i);
      if (score > best[static_cast<size_t>(i)]) {
        best[static_cast<size_t>(i)] = score;
        map.labels[static_cast<size_t>(i)] = static_cast<uint8_t>(c);
      }
    }
  return map;
}

} // namespace

llvm::Expected<LabelMap> labelMapOf(const HostTensor &tensor, llvm::StringRef name) {
  const std::vector<int64_t> &dims = tensor.dims();
  const size_t rank = dims.size();
  if (rank < 2 || tensor.elementCount() == 0)
    return fileError(name, tensor.describe() + " is not a label map");
  const int64_t height = dims[rank - 2];
  const int64_t width = dims[rank - 1];
  const int64_t classes = rank >= 3 ? dims[rank - 3] : 1;
  for (size_t d = 0; d + 3 < rank; ++d)
    if (dims[d] != 1)
      return fileError(name, tensor.describe() + " holds several images; a label map is one");
  if (classes != 1) {
    if (!isFloat(tensor.type()) || classes > 256)
      return fileError(name, tensor.describe() + " is neither one label map nor the scores of at "
                                                 "most 256 classes");
    return argmax(tensor, classes, height, width);
  }

  LabelMap map{width, height, std::vector<uint8_t>(static_cast<size_t>(tensor.elementCount()))};
  for (int64_t i = 0; i < tensor.elementCount(); ++i) {
    const double value = tensor.valueAt(i);
    if (!(value >= 0 && value <= 255) || value != std::floor(value))
      return fileError(name, "element " + Twine(i) + " is " + Twine(std::to_string(value)) +
                                 ", not a label from 0 to 255");
    map.labels[static_cast<size_t>(i)] = static_cast<uint8_t>(value);
  }
  return map;
}

} // namespace segc
