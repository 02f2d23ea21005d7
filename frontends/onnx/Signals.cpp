//===- Signals.cpp - Fourier transforms and what goes with them -----------===//
//
// Discrete Fourier transforms are products with a matrix of cosines and sines; frames of a
// signal are a view of it. Windows and mel filters are constants.
//
//===----------------------------------------------------------------------===//

#include "frontends/onnx/Operators.h"

#include <cmath>

namespace segc::onnximport {

using llvm::SmallVector;
using mlir::Value;
using seg::DimAttr;

namespace {

/// Elements of the largest matrix or window that is written out.
constexpr int64_t kMostElements = 1 << 24;

/// One whole number, constant; reported if it is not from `least` to `most`.
std::optional<int64_t> requireNumber(Node &node, int input, const char *what, int64_t least,
                                     int64_t most) {
  std::optional<SmallVector<int64_t>> values = node.requireIntegers(input, what);
  if (!values)
    return std::nullopt;
  if (values->size() != 1 || values->front() < least || values->front() > most) {
    node.shapeError(
        fmt::format("{} (input {}) must be one number from {} to {}", what, input, least, most));
    return std::nullopt;
  }
  return values->front();
}

/// Rows (n, re or im) of the signal, columns (k, re and im) of its spectrum: e^(-2 pi i n k / N),
/// each row times its factor of `window`, if there is one. `parts` is 2 for complex signals.
ConstantTensor fourierMatrix(int64_t samples, int64_t parts, int64_t length, int64_t bins,
                             bool isInverse, llvm::ArrayRef<float> window) {
  std::vector<float> values;
  values.reserve(static_cast<size_t>(samples * parts * bins * 2));
  for (int64_t n = 0; n != samples; ++n)
    for (int64_t part = 0; part != parts; ++part)
      for (int64_t k = 0; k != bins; ++k) {
        double angle = 2 * M_PI * static_cast<double>(n * k % length) / static_cast<double>(length);
        double factor = isInverse ? 1.0 / static_cast<double>(length) : 1.0;
        if (!window.empty())
          factor *= static_cast<double>(window[n]);
        double cosine = std::cos(angle) * factor;
        double sine = (isInverse ? std::sin(angle) : -std::sin(angle)) * factor;
        // (cos + i sin) * 1, or * i.
        values.push_back(static_cast<float>(part == 0 ? cosine : -sine));
        values.push_back(static_cast<float>(part == 0 ? sine : cosine));
      }
  return floatTensor({samples * parts, bins * 2}, values);
}

/// Whether the matrix may be written out; reports if it may not.
bool checkMatrix(Node &node, int64_t samples, int64_t bins) {
  if (samples <= kMostElements / (4 * bins))
    return true;
  node.error(fmt::format("a transform from {} samples to {} values is too large to be written as a "
                         "matrix",
                         samples, bins));
  return false;
}

void importDft(Node &node) {
  if (!node.checkInputs(1, 3))
    return;
  int64_t rank = node.rank(0);
  if (rank < 2)
    return node.shapeError(fmt::format("an input of rank {} is no signal of numbers", rank));
  SmallVector<DimAttr> shape = node.shape(0);
  // The last axis holds real and imaginary parts.
  int64_t axis = node.integer("axis", 1);
  if (node.opset() >= 20) {
    axis = -2;
    if (node.hasInput(2)) {
      std::optional<int64_t> given = requireNumber(node, 2, "the axis", -rank, rank - 1);
      if (!given)
        return;
      axis = *given;
    }
  }
  axis = node.normalAxis(axis, rank);
  bool isInverse = node.integer("inverse", 0) != 0, isOneSided = node.integer("onesided", 0) != 0;
  if (isInverse && isOneSided)
    node.error("an inverse transform from half a spectrum is not supported");
  if (node.failed())
    return;
  if (axis == rank - 1)
    return node.error("the last axis, of real and imaginary parts, cannot be transformed");
  if (!shape[axis].isConstant() || !shape.back().isConstant() || shape.back().getValue() > 2)
    return node.shapeError("the length of the signal must be fixed, and its last axis hold one or "
                           "two parts");
  int64_t samples = shape[axis].getValue(), parts = shape.back().getValue(), length = samples;
  if (node.hasInput(1)) {
    std::optional<int64_t> given =
        requireNumber(node, 1, "the length of the transform", 1, kMostElements);
    if (!given)
      return;
    length = *given;
  }
  int64_t bins = isOneSided ? length / 2 + 1 : length;
  samples = std::min(samples, length);
  if (!checkMatrix(node, samples, bins))
    return;
  Value signal = node.value(0);
  if (samples != shape[axis].getValue()) {
    SmallVector<DimAttr> sizes = shape;
    sizes[axis] = node.dim(samples);
    signal = node.slice(signal, SmallVector<DimAttr>(rank, node.dim(0)), sizes,
                        SmallVector<int64_t>(rank, 1));
  }
  // The axis goes before the parts, both are rows of the matrix, and back.
  SmallVector<int64_t> order, back;
  for (int64_t i = 0; i != rank; ++i)
    if (i != axis && i != rank - 1)
      order.push_back(i);
  order.append({axis, rank - 1});
  back.resize(rank);
  for (auto [to, from] : llvm::enumerate(order))
    back[from] = static_cast<int64_t>(to);
  SmallVector<DimAttr> lead;
  for (int64_t i : llvm::ArrayRef<int64_t>(order).drop_back(2))
    lead.push_back(shape[i]);
  SmallVector<DimAttr> spectrum = lead;
  DimAttr rows = product(node.context(), lead);
  Value matrix = node.reshape(node.transpose(signal, order), {rows, node.dim(samples * parts)});
  Value result = node.matmul(
      matrix, node.constant(fourierMatrix(samples, parts, length, bins, isInverse, {}), "fourier"));
  spectrum.append({node.dim(bins), node.dim(2)});
  node.set(0, node.transpose(node.reshape(result, spectrum), back));
}

void importStft(Node &node) {
  if (!node.checkInputs(2, 4))
    return;
  SmallVector<DimAttr> shape = node.shape(0);
  if (shape.size() == 2)
    shape.push_back(node.dim(1));
  if (shape.size() != 3 || !shape[2].isConstant() || shape[2].getValue() > 2)
    return node.shapeError("the signal must be [batch, length, parts], of one or two parts");
  int64_t parts = shape[2].getValue();
  bool isOneSided = node.integer("onesided", 1) != 0;
  std::optional<int64_t> step = requireNumber(node, 1, "the frames' step", 1, INT32_MAX);
  std::optional<int64_t> length;
  if (node.hasInput(3))
    length = requireNumber(node, 3, "the frames' length", 1, kMostElements);
  else if (node.hasInput(2) && node.rank(2) == 1 && node.shape(2)[0].isConstant())
    length = node.shape(2)[0].getValue();
  else
    node.shapeError("neither a window of fixed length nor the length of the frames is given");
  if (!step || !length || node.failed())
    return;
  int64_t bins = isOneSided ? *length / 2 + 1 : *length;
  if (isOneSided && parts == 2)
    return node.error("half the spectrum of a complex signal is not supported");
  if (!checkMatrix(node, *length, bins))
    return;
  SmallVector<float> window;
  Value factors;
  if (node.hasInput(2)) {
    if (node.rank(2) != 1 || node.shape(2)[0] != node.dim(*length))
      return node.shapeError("the window does not have the length of the frames");
    if (std::optional<ConstantTensor> constant = node.constant(2)) {
      ConstantTensor floats = constant->toFloat();
      window.assign(floats.as<float>().begin(), floats.as<float>().end());
    } else {
      factors = node.reshape(node.value(2), {node.dim(*length), node.dim(1)});
    }
  }
  Value signal = node.reshape(node.value(0), shape);
  DimAttr zero = node.dim(0), count = floorDiv(shape[1] - *length, *step) + 1;
  Value frames =
      node.view(signal, {zero, zero, zero}, {shape[0], count, node.dim(*length), shape[2]},
                {1, 0, 0, /**/ 0, *step, 0, /**/ 0, 1, 0, /**/ 0, 0, 1});
  if (factors)
    frames = node.binary(seg::BinaryKind::Mul, frames, factors);
  frames = node.reshape(frames, {shape[0] * count, node.dim(*length * parts)});
  Value spectra =
      node.matmul(frames, node.constant(fourierMatrix(*length, parts, *length, bins, false, window),
                                        "fourier"));
  node.set(0, node.reshape(spectra, {shape[0], count, node.dim(bins), node.dim(2)}));
}

/// a0 - a1 cos(2 pi n / N) + a2 cos(4 pi n / N).
void importWindow(Node &node) {
  if (!node.checkInputs(1, 1))
    return;
  if (node.integer("output_datatype", 1) != onnx::TensorProto::FLOAT)
    return node.error("only windows of floats are supported");
  bool isPeriodic = node.integer("periodic", 1) != 0;
  std::optional<int64_t> size = requireNumber(node, 0, "the size", 1, kMostElements);
  if (!size)
    return;
  double a0 = 0.5, a1 = 0.5, a2 = 0;
  if (node.op() == "HammingWindow") {
    a0 = 25.0 / 46.0;
    a1 = 21.0 / 46.0;
  } else if (node.op() == "BlackmanWindow") {
    a0 = 0.42;
    a2 = 0.08;
  }
  double period = static_cast<double>(std::max<int64_t>(1, isPeriodic ? *size : *size - 1));
  std::vector<float> values;
  for (int64_t n = 0; n != *size; ++n) {
    double angle = 2 * M_PI * static_cast<double>(n) / period;
    values.push_back(static_cast<float>(a0 - a1 * std::cos(angle) + a2 * std::cos(2 * angle)));
  }
  node.set(0, floatTensor({*size}, values));
}

/// Triangular filters at equal distances on the mel scale, in columns.
void importMelWeightMatrix(Node &node) {
  if (!node.checkInputs(5, 5))
    return;
  if (node.integer("output_datatype", 1) != onnx::TensorProto::FLOAT)
    return node.error("only matrices of floats are supported");
  std::optional<int64_t> filters = requireNumber(node, 0, "the number of filters", 1, 1 << 16);
  std::optional<int64_t> length = requireNumber(node, 1, "the transform's length", 1, 1 << 24);
  std::optional<int64_t> rate = requireNumber(node, 2, "the sample rate", 1, INT32_MAX);
  std::optional<SmallVector<float>> low = node.requireFloats(3, "the lower edge"),
                                    high = node.requireFloats(4, "the upper edge");
  if (node.failed())
    return;
  int64_t bins = *length / 2 + 1;
  if (low->size() != 1 || high->size() != 1 || bins > kMostElements / *filters)
    return node.error("the edges are not one number each, or the matrix is too large");
  auto toMel = [](double hertz) { return 2595 * std::log10(1 + hertz / 700); };
  auto toHertz = [](double mel) { return 700 * (std::pow(10.0, mel / 2595) - 1); };
  double lowMel = toMel(low->front());
  double step = (toMel(high->front()) - lowMel) / static_cast<double>(*filters + 2);
  std::vector<int64_t> edges;
  for (int64_t i = 0; i != *filters + 2; ++i) {
    double hertz = toHertz(lowMel + static_cast<double>(i) * step);
    double edge = std::floor(static_cast<double>(*length + 1) * hertz / static_cast<double>(*rate));
    if (!(edge >= 0 && edge < static_cast<double>(bins)))
      return node.error("the edges lie outside the spectrum");
    edges.push_back(static_cast<int64_t>(edge));
  }
  std::vector<float> values(static_cast<size_t>(bins * *filters), 0.0f);
  for (int64_t i = 0; i != *filters; ++i) {
    int64_t left = edges[i], centre = edges[i + 1], right = edges[i + 2];
    auto at = [&](int64_t bin) -> float & { return values[bin * *filters + i]; };
    for (int64_t bin = left; bin <= centre; ++bin)
      at(bin) = left == centre ? 1.0f
                               : static_cast<float>(static_cast<double>(bin - left) /
                                                    static_cast<double>(centre - left));
    for (int64_t bin = centre; bin < right; ++bin)
      at(bin) = static_cast<float>(static_cast<double>(right - bin) /
                                   static_cast<double>(right - centre));
  }
  node.set(0, floatTensor({bins, *filters}, values));
}

} // namespace

void registerSignals(OperatorTable &table) {
  table.import["DFT"] = importDft;
  table.import["STFT"] = importStft;
  for (const char *name : {"HannWindow", "HammingWindow", "BlackmanWindow"})
    table.import[name] = importWindow;
  table.import["MelWeightMatrix"] = importMelWeightMatrix;
}

} // namespace segc::onnximport
