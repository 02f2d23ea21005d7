//===- LabelMap.cpp - a class for every pixel -----------------------------===//

#include "compiler/files/LabelMap.h"

#include "compiler/files/FileError.h"

#include <cmath>
#include <limits>

using llvm::Twine;

namespace segc {
namespace {

/// Labels 1x1xNx1 may be a column or a row.
bool areRowOrColumn(const std::vector<int64_t> &dims) {
  return dims[1] == 1 && dims[3] == 1 && dims[2] != 1;
}

/// The axis of a tensor's classes. Labels show which axis has one of them a pixel.
size_t axisOfClasses(const HostTensor &tensor, unsigned channelsAxis) {
  const std::vector<int64_t> &dims = tensor.dims();
  if (needsChannelsAxis(tensor))
    return channelsAxis;
  if (dims.size() == 4 && dims[1] != 1)
    return dims[3] == 1 ? 3 : dims[2] == 1 ? 2 : 1;
  return dims.size() - 3;
}

/// The axes before the classes' and behind it hold the pixels.
LabelMap argmax(const HostTensor &scores, size_t axis, int64_t height, int64_t width) {
  LabelMap map{width, height, {}};
  map.labels.assign(static_cast<size_t>(height * width), 0);
  const int64_t classes = scores.dims()[axis];
  int64_t inner = 1;
  for (size_t d = axis + 1; d < scores.dims().size(); ++d)
    inner *= scores.dims()[d];
  for (int64_t pixel = 0; pixel < height * width; ++pixel) {
    const int64_t first = pixel / inner * classes * inner + pixel % inner;
    double best = -std::numeric_limits<double>::infinity();
    for (int64_t c = 0; c < classes; ++c) {
      const double score = scores.valueAt(first + c * inner);
      if (score > best) {
        best = score;
        map.labels[static_cast<size_t>(pixel)] = static_cast<uint8_t>(c);
      }
    }
  }
  return map;
}

} // namespace

bool needsChannelsAxis(const HostTensor &tensor) {
  return tensor.rank() == 4 && (isFloatingPoint(tensor.type()) || areRowOrColumn(tensor.dims()));
}

int64_t classesOf(const HostTensor &tensor, unsigned channelsAxis) {
  return tensor.rank() >= 3 && isFloatingPoint(tensor.type())
             ? tensor.dims()[axisOfClasses(tensor, channelsAxis)]
             : 1;
}

llvm::Expected<LabelMap> labelMapOf(const HostTensor &tensor, llvm::StringRef name,
                                    unsigned channelsAxis) {
  const std::vector<int64_t> &dims = tensor.dims();
  const size_t rank = dims.size();
  if (rank < 2 || tensor.elementCount() == 0)
    return fileError(name, tensor.describe() + " is not a label map");
  for (size_t d = 0; d + 3 < rank; ++d)
    if (dims[d] != 1)
      return fileError(name, tensor.describe() + " holds several images; a label map is one");
  int64_t height = dims[rank - 2];
  int64_t width = dims[rank - 1];
  if (rank >= 3) {
    const size_t axis = axisOfClasses(tensor, channelsAxis);
    if (axis == rank - 1)
      width = dims[rank - 2];
    if (axis >= rank - 2)
      height = dims[rank - 3];
    const int64_t classes = dims[axis];
    if (classes != 1) {
      if (!isFloatingPoint(tensor.type()) || classes > 256)
        return fileError(name, tensor.describe() + " is neither one label map nor the scores of at "
                                                   "most 256 classes");
      return argmax(tensor, axis, height, width);
    }
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
