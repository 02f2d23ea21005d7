//===- Crf.cpp - the exact mean field of a dense CRF ------------*- C++ -*-===//
//
// Every pixel hears every other: quadratic in the number of pixels.
//
//===----------------------------------------------------------------------===//

#include "compiler/interpreter/Evaluate.h"

#include <algorithm>
#include <cmath>

using namespace llvm;
using namespace mlir;

namespace segc::interpreter {
namespace {

using Matrix = std::vector<double>; // [pixels][labels]

class MeanField {
public:
  MeanField(seg::DenseCrfOp op, const Tensor &scores, const Tensor &image,
            const Tensor *compatibility, int64_t batch)
      : op(op), labels(scores.shape[1]), channels(image.shape[1]), width(scores.shape[3]),
        pixels(scores.shape[2] * scores.shape[3]), compatibility(compatibility),
        scores(scores.floats.data() + batch * labels * pixels),
        image(image.floats.data() + batch * channels * pixels) {
    for (int which = 0; which < 2; ++which) {
      norms[which].assign(pixels, 0.0);
      for (int64_t i = 0; i < pixels; ++i)
        for (int64_t j = 0; j < pixels; ++j)
          norms[which][i] += kernel(which, i, j);
    }
  }

  /// The beliefs. `keep(iteration, scores, beliefs)` sees those of every iteration.
  template <typename Keep> Matrix run(const Keep &keep) {
    Matrix beliefs = softmax(energies(Matrix(pixels * labels)));
    for (int64_t i = 0; i < static_cast<int64_t>(op.getIterations()); ++i) {
      const Matrix energy = energies(credit(beliefs));
      beliefs = softmax(energy);
      keep(i, energy, beliefs);
    }
    return beliefs;
  }

private:
  double kernel(int which, int64_t i, int64_t j) {
    const int64_t dx = i % width - j % width, dy = i / width - j / width;
    const double sigma = which == 0 ? op.getBilateralSigmaXy().convertToFloat()
                                    : op.getSpatialSigma().convertToFloat();
    double distance = double(dx * dx + dy * dy) / (sigma * sigma);
    if (which == 0) {
      const double rgb = op.getBilateralSigmaRgb().convertToFloat();
      for (int64_t c = 0; c < channels; ++c) {
        const double d = (double(image[c * pixels + i]) - image[c * pixels + j]) / rgb;
        distance += d * d;
      }
    }
    return std::exp(-distance / 2);
  }

  static double weightOf(ArrayRef<float> weights, int64_t label) {
    return weights.size() == 1 ? weights[0] : weights[label];
  }

  /// What is added to the scores.
  Matrix credit(const Matrix &beliefs) {
    Matrix result(pixels * labels);
    std::vector<double> messages(labels);
    for (int64_t i = 0; i < pixels; ++i) {
      std::fill(messages.begin(), messages.end(), 0.0);
      for (int64_t j = 0; j < pixels; ++j)
        for (int which = 0; which < 2; ++which) {
          const double k = kernel(which, i, j) / std::sqrt(norms[which][i] * norms[which][j]);
          const ArrayRef<float> weights =
              which == 0 ? op.getBilateralWeights() : op.getSpatialWeights();
          for (int64_t l = 0; l < labels; ++l)
            messages[l] += weightOf(weights, l) * k * beliefs[j * labels + l];
        }
      for (int64_t l = 0; l < labels; ++l) {
        double &to = result[i * labels + l];
        if (!compatibility) {
          to = messages[l];
          continue;
        }
        for (int64_t other = 0; other < labels; ++other)
          to -= double(compatibility->floats[l * labels + other]) * messages[other];
      }
    }
    return result;
  }

  Matrix energies(Matrix added) const {
    for (int64_t i = 0; i < pixels; ++i)
      for (int64_t l = 0; l < labels; ++l)
        added[i * labels + l] += scores[l * pixels + i];
    return added;
  }

  Matrix softmax(Matrix energy) const {
    for (int64_t i = 0; i < pixels; ++i) {
      double *first = energy.data() + i * labels, *end = first + labels;
      const double largest = *std::max_element(first, end);
      double sum = 0;
      for (double *e = first; e != end; ++e)
        sum += *e = std::exp(*e - largest);
      for (double *e = first; e != end; ++e)
        *e /= sum;
    }
    return energy;
  }

  seg::DenseCrfOp op;
  int64_t labels, channels, width, pixels;
  const Tensor *compatibility;
  const float *scores, *image;
  std::vector<double> norms[2];
};

} // namespace

Results evaluate(seg::DenseCrfOp op, const Arguments &in) {
  const Tensor &scores = in[op.getScores()], &image = in[op.getImage()];
  for (int axis : {0, 2, 3})
    if (scores.shape[axis] != image.shape[axis])
      return in.error("scores and image differ in size");
  Tensor output = scores;
  if (op.getLabels())
    output = Tensor::zeros(IntegerType::get(op.getContext(), 64),
                           {scores.shape[0], 1, scores.shape[2], scores.shape[3]});
  const int64_t labels = scores.shape[1], pixels = scores.shape[2] * scores.shape[3];
  const int64_t iterations = static_cast<int64_t>(op.getIterations());
  std::vector<Tensor> results{std::move(output)};
  for (size_t i = 0; i < op.getHistory().size(); ++i)
    results.push_back(Tensor::zeros(scores.elementType, {scores.shape[0], iterations * labels,
                                                         scores.shape[2], scores.shape[3]}));
  for (int64_t n = 0; n < scores.shape[0]; ++n) {
    auto store = [&](Tensor &to, int64_t map, const Matrix &from) {
      for (int64_t i = 0; i < pixels; ++i)
        for (int64_t l = 0; l < labels; ++l)
          to.floats[(map + l) * pixels + i] = static_cast<float>(from[i * labels + l]);
    };
    MeanField field(op, scores, image, in.optional(op.getCompatibility()), n);
    const Matrix beliefs =
        field.run([&](int64_t iteration, const Matrix &energy, const Matrix &belief) {
          for (size_t i = 1; i < results.size(); ++i)
            store(results[i], (n * iterations + iteration) * labels, i == 1 ? energy : belief);
        });
    if (!op.getLabels()) {
      store(results[0], n * labels, beliefs);
      continue;
    }
    for (int64_t i = 0; i < pixels; ++i) {
      const double *belief = beliefs.data() + i * labels;
      results[0].ints[n * pixels + i] = std::max_element(belief, belief + labels) - belief;
    }
  }
  return results;
}

} // namespace segc::interpreter
