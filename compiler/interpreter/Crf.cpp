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
      : op(op), labels(scores.shape[1]), width(scores.shape[3]),
        pixels(scores.shape[2] * scores.shape[3]), compatibility(compatibility),
        scores(scores.floats.data() + batch * labels * pixels),
        image(image.floats.data() + batch * 3 * pixels) {
    for (int which = 0; which < 2; ++which) {
      norms[which].assign(pixels, 0.0);
      for (int64_t i = 0; i < pixels; ++i)
        for (int64_t j = 0; j < pixels; ++j)
          norms[which][i] += kernel(which, i, j);
    }
  }

  Matrix run() {
    Matrix none(pixels * labels), beliefs = softmax(none);
    for (uint64_t i = 0; i < op.getIterations(); ++i)
      beliefs = softmax(credit(beliefs));
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
      for (int c = 0; c < 3; ++c) {
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

  Matrix softmax(const Matrix &added) const {
    Matrix result(pixels * labels);
    for (int64_t i = 0; i < pixels; ++i) {
      double largest = -std::numeric_limits<double>::infinity(), sum = 0;
      for (int64_t l = 0; l < labels; ++l) {
        result[i * labels + l] = scores[l * pixels + i] + added[i * labels + l];
        largest = std::max(largest, result[i * labels + l]);
      }
      for (int64_t l = 0; l < labels; ++l)
        sum += result[i * labels + l] = std::exp(result[i * labels + l] - largest);
      for (int64_t l = 0; l < labels; ++l)
        result[i * labels + l] /= sum;
    }
    return result;
  }

  seg::DenseCrfOp op;
  int64_t labels, width, pixels;
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
  for (int64_t n = 0; n < scores.shape[0]; ++n) {
    Matrix beliefs = MeanField(op, scores, image, in.optional(op.getCompatibility()), n).run();
    for (int64_t i = 0; i < pixels; ++i) {
      const double *belief = beliefs.data() + i * labels;
      if (op.getLabels())
        output.ints[n * pixels + i] = std::max_element(belief, belief + labels) - belief;
      for (int64_t l = 0; l < labels && !op.getLabels(); ++l)
        output.floats[(n * labels + l) * pixels + i] = static_cast<float>(belief[l]);
    }
  }
  return single(std::move(output));
}

} // namespace segc::interpreter
