//===- Comparison.cpp - a network's outputs against recorded ones -*- C++ -*-===//

#include "compiler/commands/Comparison.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace segc {

namespace {

bool isFloat(const HostTensor &tensor) { return isFloatingPoint(tensor.type()); }

std::vector<int64_t> placeOf(int64_t index, const std::vector<int64_t> &dims) {
  std::vector<int64_t> place(dims.size());
  for (size_t i = dims.size(); i-- > 0;) {
    place[i] = index % dims[i];
    index /= dims[i];
  }
  return place;
}

/// The error of one value: none for equal infinities and two NaNs.
double errorOf(double actual, double expected) {
  if (actual == expected || (std::isnan(actual) && std::isnan(expected)))
    return 0;
  const double error = std::fabs(actual - expected);
  return std::isnan(error) ? std::numeric_limits<double>::infinity() : error;
}

/// All errors of an output at once.
struct Errors {
  double largest = 0, sum = 0, squares = 0;
  double expectedSquares = 0, peak = 0;
  double low = std::numeric_limits<double>::infinity(), high = -low;
  int64_t at = -1;        ///< the largest error
  int64_t different = 0;  ///< values that are not equal
  int64_t outside = 0;    ///< values beyond atol and rtol
  double worstExcess = 0; ///< error over what atol and rtol allow
  int64_t worst = -1;     ///< where

  Errors(const HostTensor &actual, const HostTensor &expected, const Tolerance &tolerance) {
    for (int64_t i = 0, count = expected.elementCount(); i < count; ++i) {
      const double a = actual.valueAt(i), b = expected.valueAt(i), error = errorOf(a, b);
      if (std::isfinite(b)) {
        peak = std::max(peak, std::fabs(b));
        low = std::min(low, b);
        high = std::max(high, b);
        expectedSquares += b * b;
      }
      if (error == 0)
        continue;
      ++different;
      sum += error;
      squares += error * error;
      if (error > largest || at < 0) {
        largest = error;
        at = i;
      }
      const double allowed = tolerance.atol + tolerance.rtol * std::fabs(b);
      // Next to an expected infinity everything would be allowed.
      if (!(error <= allowed) || !std::isfinite(error)) {
        ++outside;
        if (worst < 0 || error / allowed > worstExcess) {
          worstExcess = error / allowed;
          worst = i;
        }
      }
    }
  }
};

/// Relative to the largest value, as errors are judged: next to a zero any error is infinite.
std::string describe(const Errors &errors, const HostTensor &actual, const HostTensor &expected) {
  if (errors.at < 0)
    return "equal";
  const std::string relative =
      errors.peak > 0
          ? fmt::format("{:.3g} of the peak {:.4g}", errors.largest / errors.peak, errors.peak)
          : std::string("all are 0");
  return fmt::format("max error {:.3g} ({}) at [{}]: {:.7g} instead of {:.7g}", errors.largest,
                     relative, fmt::join(placeOf(errors.at, expected.dims()), ", "),
                     actual.valueAt(errors.at), expected.valueAt(errors.at));
}

} // namespace

Tolerance wholeNetworkTolerance(double atol, double rtol) {
  Tolerance tolerance;
  tolerance.atol = atol;
  tolerance.rtol = rtol;
  tolerance.share = 0.9999;
  tolerance.maxOfRange = 1e-2;
  return tolerance;
}

bool holdsScores(const HostTensor &tensor) { return isFloat(tensor) && tensor.dims().size() >= 3; }

double labelAgreement(const HostTensor &actual, const HostTensor &expected, unsigned channelsAxis) {
  if (actual.dims() != expected.dims())
    return 0;
  const std::vector<int64_t> &dims = expected.dims();
  const int64_t classes = holdsScores(expected) ? dims.at(channelsAxis) : 1;
  int64_t inner = 1; // values between one class and the next
  for (size_t axis = channelsAxis + 1; axis < dims.size(); ++axis)
    inner *= dims[axis];
  const int64_t count = expected.elementCount();
  if (count == 0)
    return 1;
  const int64_t pixels = count / classes;
  int64_t same = 0;
  for (int64_t pixel = 0; pixel < pixels; ++pixel) {
    const int64_t first = classes > 1 ? pixel / inner * inner * classes + pixel % inner : pixel;
    int64_t label = 0, wanted = 0;
    bool alike = true; // NaN is no score
    for (int64_t c = 0; c < classes; ++c) {
      const int64_t here = first + c * inner;
      alike &= std::isnan(actual.valueAt(here)) == std::isnan(expected.valueAt(here));
      if (actual.valueAt(here) > actual.valueAt(first + label * inner))
        label = c;
      if (expected.valueAt(here) > expected.valueAt(first + wanted * inner))
        wanted = c;
    }
    same +=
        classes > 1 ? alike && label == wanted : actual.valueAt(first) == expected.valueAt(first);
  }
  return static_cast<double>(same) / static_cast<double>(pixels);
}

HostTensor thinned(const HostTensor &tensor, int64_t step) {
  std::vector<int64_t> dims = tensor.dims();
  if (step <= 1 || dims.size() < 2)
    return tensor;
  const int64_t height = dims[dims.size() - 2], width = dims.back();
  dims[dims.size() - 2] = (height + step - 1) / step;
  dims.back() = (width + step - 1) / step;
  HostTensor result(tensor.type(), dims);
  const size_t bytes = elementSize(tensor.type());
  std::byte *to = result.bytes().data();
  const int64_t planes = height * width == 0 ? 0 : tensor.elementCount() / (height * width);
  for (int64_t plane = 0; plane < planes; ++plane)
    for (int64_t y = 0; y < height; y += step)
      for (int64_t x = 0; x < width; x += step, to += bytes)
        std::memcpy(to,
                    tensor.bytes().data() +
                        static_cast<size_t>((plane * height + y) * width + x) * bytes,
                    bytes);
  return result;
}

Comparison compare(const HostTensor &actual, const HostTensor &expected, const Tolerance &limits,
                   std::optional<unsigned> channelsAxis) {
  if (actual.dims() != expected.dims() || isFloat(actual) != isFloat(expected))
    return {false, fmt::format("{} instead of {}", actual.describe(), expected.describe())};
  Tolerance tolerance = limits;
  const Errors errors(actual, expected, tolerance);
  std::string text = describe(errors, actual, expected);
  if (tolerance.labelAgreement && holdsScores(expected) && !channelsAxis) {
    tolerance.labelAgreement = std::nullopt;
    text += "; labels are not compared, since the graph does not tell the axis of the classes; "
            "--channels-axis does";
  }

  if (tolerance.isManifest()) {
    bool ok = true;
    auto judge = [&](const char *what, std::optional<double> limit, double value, bool atLeast) {
      if (!limit || (atLeast ? value >= *limit : value <= *limit))
        return;
      ok = false;
      text += fmt::format("; {} {:.6g}, allowed {} {:.6g}", what, value,
                          atLeast ? "at least" : "at most", *limit);
    };
    const double count = std::max<double>(1, static_cast<double>(expected.elementCount()));
    judge("max_relative", tolerance.maxRelative,
          errors.largest / (errors.peak > 0 ? errors.peak : 1), false);
    judge("rms_relative", tolerance.rmsRelative,
          std::sqrt(errors.squares / (errors.expectedSquares > 0 ? errors.expectedSquares : 1)),
          false);
    judge("mean_absolute", tolerance.meanAbsolute, errors.sum / count, false);
    if (tolerance.labelAgreement)
      judge("label_agreement", tolerance.labelAgreement,
            labelAgreement(actual, expected, channelsAxis.value_or(0)), true);
    return {ok, text};
  }

  if (!isFloat(expected))
    return {errors.different == 0, errors.different == 0
                                       ? text
                                       : fmt::format("{}; {} of {} values differ", text,
                                                     errors.different, expected.elementCount())};
  // 1 - 0.9999 is a little less than 1e-4.
  const double allowedOutside =
      (1 - tolerance.share) * static_cast<double>(expected.elementCount()) * (1 + 1e-9);
  const bool ok =
      errors.outside == 0 || (static_cast<double>(errors.outside) <= allowedOutside &&
                              errors.largest <= tolerance.maxOfRange * (errors.high - errors.low));
  if (ok)
    return {true, text};
  return {false,
          fmt::format("{}; {} of {} values beyond {:g} + {:g} |expected|, by the most at "
                      "[{}]: {:.7g} instead of {:.7g}",
                      text, errors.outside, expected.elementCount(), tolerance.atol, tolerance.rtol,
                      fmt::join(placeOf(errors.worst, expected.dims()), ", "),
                      actual.valueAt(errors.worst), expected.valueAt(errors.worst))};
}

} // namespace segc
