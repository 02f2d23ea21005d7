//===- RuntimeSums.h - sums that the runtime computes -----------*- C++ -*-===//
//
// Matrix products on a GPU are not expressed in Halide: a function template of the runtime computes
// their sums (runtime/segc_cuda_sums.h, segc_cuda_conv.h, ...). A kernel of that sort has a
// pipeline all the same, for what becomes of each sum: bias, residual, activation, where it is
// stored. Its loops run side by side over the dimensions of the output; in it, an image of the
// output's dimensions stands for the sums.
//
//   template + Shape + Tile + what is printed from the pipeline --codegen/cuda--> one kernel
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_KERNELS_RUNTIMESUMS_H
#define SEGC_KERNELS_RUNTIMESUMS_H

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace segc {

/// How the threads of a block share a tile of sums; runtime/segc_cuda_sums.h says what is what.
struct GemmTile {
  int rows = 64, columns = 64;
  int threadRows = 8, threadColumns = 4;
  int chunks = 4, stages = 3, slices = 1;

  std::string key() const;
};

/// A product of `batch` pairs of matrices: rows x summed and summed x columns.
struct GemmSize {
  int64_t rows, columns, summed, batch = 1;
};

struct RuntimeSums {
  /// The template: "segc::conv".
  std::string function;
  /// The class that adds products up, a template of the tile: "segc::CoreSums".
  std::string sums;
  /// Constants of the struct that describes the problem, by their names; it is left out if there
  /// are none.
  std::vector<std::pair<std::string, int>> shape;
  GemmTile tile;
  /// Arguments of the kernel that the function takes, by their names.
  std::vector<std::string> arguments;
  /// The image that stands for the sums in the pipeline, and the variable that it becomes.
  std::string image;
  std::string current() const { return image + ".current"; }
  /// The output's dimensions, innermost first, as the pipeline and C++ call them.
  std::vector<std::string> dimensions;
};

} // namespace segc

#endif // SEGC_KERNELS_RUNTIMESUMS_H
