//===- ReferenceMeanField.h - what a dense CRF should give -------*- C++ -*-===//
//
// The mean field of Kraehenbuehl and Koltun (2011) in double precision, with either of the
// filters of ReferenceLattice.h. One image.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_TESTS_ENDTOEND_REFERENCEMEANFIELD_H
#define SEGC_TESTS_ENDTOEND_REFERENCEMEANFIELD_H

#include "tests/runtime/ReferenceLattice.h"

#include <cstdint>
#include <functional>

namespace segc {

struct CrfSettings {
  int iterations = 5;
  double bilateralXy = 80, bilateralRgb = 13, spatial = 3;
  /// One for all labels, or one a label.
  std::vector<double> bilateralWeights = {10}, spatialWeights = {3};
  /// [charged][label]; empty: Potts.
  std::vector<double> compatibility;
};

/// Scores [labels][pixels] of an image [channels][pixels].
struct CrfProblem {
  int64_t labels, height, width;
  std::vector<float> scores, image;

  int64_t pixels() const { return height * width; }
  int64_t channels() const { return static_cast<int64_t>(image.size()) / pixels(); }
};

enum class CrfFilter { Lattice, Exact };

/// Beliefs [labels][pixels] for an image of so many channels.
template <int Channels>
std::vector<double> referenceMeanFieldOf(const CrfProblem &problem, const CrfSettings &settings,
                                         CrfFilter filter) {
  constexpr int kDimensions = 2 + Channels;
  const int64_t pixels = problem.pixels(), labels = problem.labels;
  FeatureList<kDimensions> bilateral(pixels);
  FeatureList<2> spatial(pixels);
  for (int64_t p = 0; p < pixels; ++p) {
    const double x = double(p % problem.width), y = double(p / problem.width);
    spatial[p] = {x / settings.spatial, y / settings.spatial};
    bilateral[p] = {x / settings.bilateralXy, y / settings.bilateralXy};
    for (int c = 0; c < Channels; ++c)
      bilateral[p][2 + c] = problem.image[c * pixels + p] / settings.bilateralRgb;
  }
  using Values = std::vector<double>;
  const auto filtered = [&](int which, const Values &values) -> Values {
    if (filter == CrfFilter::Exact)
      return which == 0 ? gaussianFilter<kDimensions>(bilateral, values)
                        : gaussianFilter<2>(spatial, values);
    return which == 0 ? referenceFilter<kDimensions>(bilateral, values)
                      : referenceFilter<2>(spatial, values);
  };
  Values scale[2];
  for (int which = 0; which < 2; ++which) {
    scale[which] = filtered(which, Values(pixels, 1.0));
    for (double &s : scale[which])
      s = 1 / std::sqrt(s);
  }

  Values messages(labels * pixels, 0.0), beliefs(labels * pixels);
  for (int iteration = 0;; ++iteration) {
    for (int64_t p = 0; p < pixels; ++p) {
      std::vector<double> energy(labels);
      for (int64_t l = 0; l < labels; ++l) {
        energy[l] = problem.scores[l * pixels + p];
        if (settings.compatibility.empty())
          energy[l] += messages[l * pixels + p];
        else
          for (int64_t other = 0; other < labels; ++other)
            energy[l] -= settings.compatibility[l * labels + other] * messages[other * pixels + p];
      }
      const double largest = *std::max_element(energy.begin(), energy.end());
      double sum = 0;
      for (double &e : energy)
        sum += e = std::exp(e - largest);
      for (int64_t l = 0; l < labels; ++l)
        beliefs[l * pixels + p] = energy[l] / sum;
    }
    if (iteration == settings.iterations)
      return beliefs;
    std::fill(messages.begin(), messages.end(), 0.0);
    for (int which = 0; which < 2; ++which) {
      const Values &weights = which == 0 ? settings.bilateralWeights : settings.spatialWeights;
      for (int64_t l = 0; l < labels; ++l) {
        Values values(beliefs.begin() + l * pixels, beliefs.begin() + (l + 1) * pixels);
        for (int64_t p = 0; p < pixels; ++p)
          values[p] *= scale[which][p];
        values = filtered(which, values);
        for (int64_t p = 0; p < pixels; ++p)
          messages[l * pixels + p] +=
              weights[weights.size() == 1 ? 0 : l] * scale[which][p] * values[p];
      }
    }
  }
}

/// Beliefs [labels][pixels].
inline std::vector<double> referenceMeanField(const CrfProblem &problem,
                                              const CrfSettings &settings, CrfFilter filter) {
  switch (problem.channels()) {
  case 1:
    return referenceMeanFieldOf<1>(problem, settings, filter);
  case 2:
    return referenceMeanFieldOf<2>(problem, settings, filter);
  case 3:
    return referenceMeanFieldOf<3>(problem, settings, filter);
  default:
    return referenceMeanFieldOf<4>(problem, settings, filter);
  }
}

} // namespace segc

#endif // SEGC_TESTS_ENDTOEND_REFERENCEMEANFIELD_H
