//===- LabelMap.h - a class for every pixel ----------------------*- C++ -*-===//
//
// The result of a segmentation, or its ground truth.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_FILES_LABELMAP_H
#define SEGC_FILES_LABELMAP_H

#include "compiler/files/Tensor.h"

#include <llvm/ADT/StringRef.h>
#include <llvm/Support/Error.h>

#include <cstdint>
#include <vector>

namespace segc {

/// Label of pixels that belong to no class.
constexpr uint8_t kIgnoreLabel = 255;

/// Rows from the top, one byte a pixel.
struct LabelMap {
  int64_t width = 0;
  int64_t height = 0;
  std::vector<uint8_t> labels; ///< height * width
};

/// Makes a label map of a network's output, `name` in messages:
///   - scores 1xCxHxW or CxHxW, float, C from 2 to 256: the class of the largest
///     score, the first of equals (as ONNX ArgMax does); NaN never wins. Of four
///     dimensions, the classes may be on another axis;
///   - labels HxW, or with leading dimensions of 1, of any type whose values are
///     whole numbers from 0 to 255. Of four dimensions, the one label a pixel may be
///     on another axis: 1xHxWx1.
/// A float tensor of three or more dimensions is taken for scores unless C is 1.
llvm::Expected<LabelMap> labelMapOf(const HostTensor &tensor, llvm::StringRef name,
                                    unsigned channelsAxis = 1);

/// Whether labelMapOf must know which axis the classes are on. Labels mostly show it: the axis of
/// extent 1.
bool needsChannelsAxis(const HostTensor &tensor);

/// How many classes a float tensor of such scores has; 1 for labels.
int64_t classesOf(const HostTensor &tensor, unsigned channelsAxis = 1);

} // namespace segc

#endif // SEGC_FILES_LABELMAP_H
