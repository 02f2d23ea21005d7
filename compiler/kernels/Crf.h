//===- Crf.h - kernels of the dense CRF's mean field ------------*- C++ -*-===//
//
// The mean field of Kraehenbuehl and Koltun, "Efficient Inference in Fully Connected CRFs
// with Gaussian Edge Potentials" (NIPS 2011), with the Gaussian filters of Adams, Baek and
// Davis, "Fast High-Dimensional Filtering Using the Permutohedral Lattice" (Eurographics
// 2010). The lattices are built by the runtime (segc_lattice.h), which also runs the
// iterations (segc_crf.h); the kernels here do the arithmetic:
//
//   pixels   for every pixel: slice its lattice rows (6 of the bilateral lattice if the image
//            has three channels, 3 of the spatial one) to messages, add the scores, softmax, and
//            splat the belief into the rows of the next iteration. Beliefs are not stored.
//   first    the same without messages, for the first iteration
//   result   the same without the splat: beliefs or labels are stored.
//   blur     one axis of a lattice, in place: half of a vertex's neighbours onto it.
//
// On a GPU the runtime splats and blurs (segc_cuda_crf.h), and pixels are taken in steps that
// pass rows of classes on: energies, then their softmax or what is stored.
//
// A table is [rows][padded classes], float32; rows are vertices. Classes are padded to
// whole vectors; what fills them up gets no belief.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_KERNELS_CRF_H
#define SEGC_KERNELS_CRF_H

#include "compiler/kernels/CpuTarget.h"
#include "compiler/kernels/CudaTarget.h"
#include "compiler/kernels/Kernel.h"

#include <vector>

namespace segc {

struct CrfSpec {
  int classes = 2;
  /// Of the image, 1 to 4.
  int imageChannels = 3;
  /// Channels in a block of the scores.
  int block = 16;
  /// A matrix of label compatibilities in place of Potts's.
  bool compatibility = false;
  /// A weight of each filter for each label, in place of the factor of its last blur.
  bool weightPerLabel = false;

  /// Rows of a pixel: the corners of its simplex in the bilateral lattice, then in the spatial one.
  constexpr int bilateralRows() const { return 3 + imageChannels; }
  constexpr int rows() const { return bilateralRows() + 3; }
};

/// How many pixels after the image's last slice, splat and weight must have, with any rows of the
/// table: they are read, and what comes of them is not used.
constexpr int kCrfTail = 16;
/// Vector length of the class dimension: short ones pad less.
int crfLanes(const CrfSpec &spec, const CpuTarget &target);
/// Classes with padding.
int crfPaddedClasses(const CrfSpec &spec, const CpuTarget &target);
int crfPaddedClasses(const CrfSpec &spec, const CudaTarget &target);

/// The sum over some of a pixel's rows: sum(c, x, y) is updated for each k, with the row's place
/// and weight in tap(k, x, y).
struct CrfSlice {
  Halide::Func sum, tap;
  Halide::RDom k;
};

/// One pixel's mean field step; variables are (c, x, y) or (x, y), in that order.
struct CrfPixelFuncs {
  int lanes = 8, paddedClasses = 8;
  std::vector<CrfSlice> slices;
  /// Per class. There may be no message.
  Halide::Func message, energy{"energy"}, weight{"weight"}, belief{"belief"};
  /// Of all classes: lane by lane, then one number.
  Halide::Func largestOfLane{"largest_of_lane"}, largest{"largest"};
  Halide::Func sumOfLane{"sum_of_lane"}, sum{"sum"}, scale{"scale"};
};

struct CrfPixelsAlgorithm : Algorithm {
  CrfPixelFuncs pixel;
  /// The output's update over (class, row of the pixel, x, y in the strip, strip), with the
  /// pixel's taps in `place`.
  Halide::RDom splat;
  Halide::Func place{"place"};
};

/// Args: table, flat, slice [rows, pixels + kCrfTail], weight likewise, scores, width, constants,
/// splat likewise, strip rows, output: the next table. Slice and splat are offsets of rows.
/// Constants, as the spec has them: compatibility [classes][padded classes that are charged], label
/// weights [2][padded classes]. Strips of so many image rows run in parallel, each adding to rows
/// of its own. The kernel of the first iteration does not read table and slice.
CrfPixelsAlgorithm crfPixelsAlgorithm(const CrfSpec &spec, bool isFirst, const CpuTarget &target);

/// What a map holds: softmax's argument or its result.
enum class CrfMap { Scores, Beliefs };

struct CrfMapAlgorithm : Algorithm {
  CrfPixelFuncs pixel;
  /// Labels: (label, its energy) so far, of pixel (x, y).
  Halide::Func best{"best"};
};

/// Args: table, slice, weight, scores, width, constants, output: a planar map.
CrfMapAlgorithm crfMapAlgorithm(const CrfSpec &spec, CrfMap what, const CpuTarget &target);

/// The same arguments, but the label of the largest belief: output is int64, a planar map.
CrfMapAlgorithm crfLabelsAlgorithm(const CrfSpec &spec, const CpuTarget &target);

/// For a GPU. Args: table, slice, weight, scores, width, constants as above, output: rows of
/// energies, [padded classes, width, height]. Those of the first iteration have no messages.
Algorithm crfEnergiesAlgorithm(const CrfSpec &spec, bool isFirst, const CudaTarget &target);
/// Args: rows of energies, output: rows of beliefs.
Algorithm crfBeliefsAlgorithm(const CrfSpec &spec, const CudaTarget &target);
/// Args: rows of energies, output: a planar map.
Algorithm crfStoreAlgorithm(const CrfSpec &spec, CrfMap what, const CudaTarget &target);
/// Args: rows of energies, output: the label of the largest, int64, a planar map.
Algorithm crfStoreLabelsAlgorithm(const CrfSpec &spec, const CudaTarget &target);

struct CrfBlurAlgorithm : Algorithm {
  /// The output's update over (step, place in the piece, piece), with the rows of that entry in
  /// `link(place, piece)`.
  Halide::RDom loops;
  Halide::Func link{"link"};
};

/// Args: chains [count], zero row, first spare row, output: a table, as rows. Blurs along the
/// chains of an axis: segc_lattice.h says what an entry of the list means (LatticeLink) and why
/// pieces of kCrfPiece entries, with kCrfSpares spare rows each, may run in parallel.
constexpr int kCrfPiece = 1024, kCrfSpares = 4;
CrfBlurAlgorithm crfBlurAlgorithm(const CrfSpec &spec, const CpuTarget &target);

} // namespace segc

#endif // SEGC_KERNELS_CRF_H
