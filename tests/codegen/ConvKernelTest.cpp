//===- ConvKernelTest.cpp - convolution kernels against a plain loop ------===//
//
// Every kernel is printed, compiled and compared with a loop in double precision:
// odd channel counts, images smaller than a tile or than the dilated kernel, uneven
// strides and pads, groups, residuals, activations, with Halide's assertions and
// without. Then a few kernels of every family with all bottom and right paddings, also
// such as are larger than the kernel.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Winograd.h"
#include "schedules/cpu/Conv.h"
#include "tests/codegen/CompiledKernel.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>
#include <random>

namespace segc {
namespace {

using seg::UnaryKind;

struct Case {
  ConvSpec spec;
  int height, width;
  int padBottom, padRight;
  std::optional<ConvKnobs> knobs = std::nullopt;

  int outputHeight() const {
    return (height + spec.padTop + padBottom - spec.dilationH * (spec.kernelH - 1) - 1) /
               spec.strideH +
           1;
  }
  int outputWidth() const {
    return (width + spec.padLeft + padRight - spec.dilationW * (spec.kernelW - 1) - 1) /
               spec.strideW +
           1;
  }
};

/// Reads as conv(in, out).kernel(3).pad(1)...
struct Build : Case {
  Build(int in, int out, int height, int width) : Case{} {
    spec.inputChannels = in;
    spec.outputChannels = out;
    spec.inputBlock = 0; // the target's lanes
    this->height = height;
    this->width = width;
    padBottom = padRight = 0;
  }
  Build &kernel(int h, int w) {
    spec.kernelH = h, spec.kernelW = w;
    return *this;
  }
  Build &stride(int h, int w) {
    spec.strideH = h, spec.strideW = w;
    return *this;
  }
  Build &dilation(int h, int w) {
    spec.dilationH = h, spec.dilationW = w;
    return *this;
  }
  Build &pad(int top, int left, int bottom, int right) {
    spec.padTop = top, spec.padLeft = left, padBottom = bottom, padRight = right;
    return *this;
  }
  Build &hintRight() {
    spec.padRight = padRight;
    return *this;
  }
  Build &groups(int count) {
    spec.groups = count;
    return *this;
  }
  Build &planar() {
    spec.inputBlock = 1;
    return *this;
  }
  Build &residual() {
    spec.hasResidual = true;
    return *this;
  }
  Build &noBias() {
    spec.hasBias = false;
    return *this;
  }
  Build &act(UnaryKind kind, float alpha = 0, float beta = 0) {
    spec.activation = kind, spec.alpha = alpha, spec.beta = beta;
    return *this;
  }
  Build &tile(int width, int vectors, int rows, int pass = 0) {
    knobs = ConvKnobs();
    knobs->tileWidth = width, knobs->tileVectors = vectors, knobs->rowsPerTask = rows;
    knobs->blocksPerPass = pass;
    return *this;
  }
  Build &winograd(int width, int vectors, int registerTiles, int channelTiles, int workers) {
    tile(width, vectors, registerTiles);
    knobs->family = ConvFamily::Winograd;
    knobs->channelTilesPerTask = channelTiles;
    knobs->workers = workers;
    return *this;
  }
};

double activate(const ConvSpec &spec, double x) {
  const double a = spec.alpha, b = spec.beta;
  switch (spec.activation) {
  case UnaryKind::Relu:
    return std::max(x, 0.0);
  case UnaryKind::Clip:
    return std::min(std::max(x, a), b);
  case UnaryKind::LeakyRelu:
    return x < 0 ? a * x : x;
  case UnaryKind::HardSigmoid:
    return std::max(0.0, std::min(1.0, a * x + b));
  case UnaryKind::HardSwish:
    return x * std::max(0.0, std::min(1.0, x / 6 + 0.5));
  case UnaryKind::Sigmoid:
    return 1 / (1 + std::exp(-x));
  case UnaryKind::Tanh:
    return std::tanh(x);
  case UnaryKind::Elu:
    return x < 0 ? a * std::expm1(x) : x;
  case UnaryKind::Selu:
    return b * (x < 0 ? a * std::expm1(x) : x);
  case UnaryKind::Softplus:
    return std::log1p(std::exp(x));
  default:
    return x;
  }
}

std::vector<Case> cases() {
  std::vector<Case> all{
      Build(16, 16, 5, 7),
      Build(32, 48, 9, 33).kernel(3, 3).pad(1, 1, 1, 1).act(UnaryKind::Relu),
      Build(7, 19, 6, 5).kernel(3, 3).pad(1, 1, 1, 1),
      Build(3, 21, 9, 11).planar().kernel(7, 7).stride(2, 2).pad(3, 3, 3, 3).act(UnaryKind::Relu),
      Build(3, 150, 4, 4).planar().kernel(1, 1),
      Build(150, 3, 3, 1).kernel(3, 3).pad(1, 1, 1, 1),
      Build(20, 20, 1, 1).kernel(3, 3).pad(1, 1, 1, 1).residual(),
      Build(8, 8, 5, 40).kernel(1, 7).pad(0, 3, 0, 3),
      Build(8, 40, 8, 8).kernel(4, 2).pad(2, 0, 1, 1).residual().act(UnaryKind::Clip, -0.5f, 0.5f),
      Build(4, 8, 17, 18).kernel(15, 15).pad(7, 7, 7, 7).noBias(),
      Build(16, 32, 6, 7).kernel(3, 3).dilation(12, 12).pad(12, 12, 12, 12).hintRight(),
      Build(16, 32, 20, 30).kernel(3, 3).dilation(6, 6).pad(6, 6, 6, 6).hintRight(),
      Build(16, 32, 20, 30).kernel(3, 3).dilation(6, 6).pad(6, 6, 6, 6),
      Build(16, 32, 9, 40).kernel(2, 3).dilation(2, 5).pad(1, 3, 0, 7).stride(1, 2).hintRight(),
      Build(24, 24, 11, 13).kernel(2, 2).stride(5, 4),
      Build(24, 24, 9, 9).kernel(1, 1).stride(3, 2),
      Build(24, 16, 7, 9).kernel(3, 2).stride(2, 1).pad(0, 1, 2, 0),
      Build(64, 64, 10, 14)
          .kernel(3, 3)
          .pad(1, 1, 1, 1)
          .tile(3, 2, 4, 1)
          .act(UnaryKind::Relu)
          .residual(),
      Build(72, 40, 5, 9).kernel(3, 3).pad(1, 1, 1, 1).tile(5, 2, 3, 2).noBias(),
      Build(16, 16 * 5, 5, 9).kernel(3, 3).pad(1, 1, 1, 1).tile(4, 2, 2),
      // Winograd: one tile, several register tiles, parts of the channels, odd sizes
      Build(16, 16, 4, 4).kernel(3, 3).pad(1, 1, 1, 1).winograd(2, 1, 1, 0, 1),
      Build(16, 16, 1, 1).kernel(3, 3).pad(1, 1, 1, 1).winograd(3, 1, 2, 0, 4),
      Build(7, 19, 6, 5).kernel(3, 3).pad(1, 1, 1, 1).winograd(2, 1, 2, 0, 2).noBias(),
      Build(64, 80, 9, 14)
          .kernel(3, 3)
          .pad(1, 1, 1, 1)
          .winograd(3, 2, 2, 2, 6)
          .act(UnaryKind::Relu)
          .residual(),
      Build(40, 40, 13, 18).kernel(3, 3).winograd(2, 3, 3, 0, 2).act(UnaryKind::Clip, 0, 6),
      Build(33, 16, 10, 7).kernel(3, 3).pad(0, 2, 3, 1).winograd(5, 1, 1, 0, 3),
      Build(16, 32, 20, 30)
          .kernel(3, 3)
          .dilation(2, 2)
          .pad(2, 2, 2, 2)
          .winograd(4, 2, 3, 0, 5)
          .residual(),
      Build(16, 32, 9, 31).kernel(3, 3).dilation(12, 3).pad(12, 3, 12, 3).winograd(3, 1, 2, 1, 4),
      // depthwise
      Build(32, 32, 7, 9).groups(32).kernel(3, 3).pad(1, 1, 1, 1).act(UnaryKind::Clip, 0, 6),
      Build(19, 19, 7, 20).groups(19).kernel(3, 3).stride(2, 2).pad(1, 1, 1, 1),
      Build(32, 32, 5, 4).groups(32).kernel(5, 5).dilation(3, 3).pad(6, 6, 6, 6).residual(),
      Build(16, 16, 9, 3).groups(16).kernel(1, 7).pad(0, 3, 0, 3).act(UnaryKind::HardSwish),
      // groups
      Build(12, 24, 6, 6).groups(12).kernel(3, 3).pad(1, 1, 1, 1),
      Build(64, 64, 6, 9).groups(8).kernel(3, 3).pad(1, 1, 1, 1).act(UnaryKind::Relu),
      Build(64, 64, 6, 9).groups(16).kernel(3, 3).stride(2, 2).pad(1, 1, 1, 1),
      Build(64, 32, 5, 6).groups(2).kernel(3, 3).pad(1, 1, 1, 1),
      Build(128, 64, 5, 6).groups(2).kernel(3, 3).pad(1, 1, 1, 1),
      Build(9, 15, 5, 6).groups(3).kernel(3, 3).pad(1, 1, 1, 1).residual(),
      Build(6, 6, 5, 6).groups(3).planar().kernel(3, 3).pad(1, 1, 1, 1),
      Build(4, 4, 5, 6).groups(4).planar().kernel(3, 3).pad(1, 1, 1, 1),
  };
  const std::pair<UnaryKind, std::pair<float, float>> activations[] = {
      {UnaryKind::Relu, {0, 0}},
      {UnaryKind::Clip, {-0.25f, 0.75f}},
      {UnaryKind::LeakyRelu, {0.1f, 0}},
      {UnaryKind::HardSigmoid, {0.2f, 0.5f}},
      {UnaryKind::HardSwish, {0, 0}},
      {UnaryKind::Sigmoid, {0, 0}},
      {UnaryKind::Tanh, {0, 0}},
      {UnaryKind::Elu, {1.5f, 0}},
      {UnaryKind::Selu, {1.67326f, 1.0507f}},
      {UnaryKind::Softplus, {0, 0}}};
  for (const auto &[kind, parameters] : activations)
    all.push_back(Build(16, 16, 3, 5).act(kind, parameters.first, parameters.second));
  return all;
}

/// Compares one kernel with the plain loop.
void check(const KernelLibrary &library, int handle, const Case &c, const ConvKnobs &knobs) {
  const ConvSpec &spec = c.spec;
  SCOPED_TRACE(spec.key() + " / " + knobs.key() + " / input " + std::to_string(c.height) + "x" +
               std::to_string(c.width));
  const int outHeight = c.outputHeight(), outWidth = c.outputWidth();
  const int reach = (outWidth - 1) * spec.strideW + spec.dilationW * (spec.kernelW - 1) -
                    spec.padLeft + 1 - c.width;
  TestMap input(spec.inputChannels, c.height, c.width, spec.inputBlock, spec.padLeft + 1,
                std::max(0, reach));
  TestMap output(spec.outputChannels, outHeight, outWidth, spec.outputBlock, 2, 1);
  TestMap residual(spec.outputChannels, outHeight, outWidth, spec.outputBlock, 1, 0);
  input.fillRandom(1);
  residual.fillRandom(2);
  std::mt19937 generator(3);
  auto random = [&] { return static_cast<float>(generator() / 2147483648.0 - 1.0); };
  const int perGroup = spec.channelsPerGroupIn();
  std::vector<float> oihw(size_t(spec.outputChannels) * perGroup * spec.kernelH * spec.kernelW);
  std::vector<float> bias(spec.outputChannels);
  for (float &w : oihw)
    w = random();
  for (float &b : bias)
    b = random();
  const std::vector<float> packed = packWeights(convPacking(spec, knobs), oihw.data());
  const std::vector<float> packedBias =
      packChannels(bias.data(), spec.outputChannels, spec.outputBlock);

  std::vector<const void *> args{input.arg(), packed.data()};
  if (spec.hasBias)
    args.push_back(packedBias.data());
  if (spec.hasResidual)
    args.push_back(residual.arg());
  // Each worker has its own part: what one leaves must not matter to another.
  const std::array<int, 4> integers = winogradIntegers(spec, knobs);
  std::vector<float> scratch;
  if (knobs.family == ConvFamily::Winograd) {
    for (const int &value : integers)
      args.push_back(&value);
    scratch.assign(winogradScratch(spec, knobs) * knobs.workers,
                   std::numeric_limits<float>::quiet_NaN());
    args.push_back(scratch.data());
  }
  args.push_back(output.outputArg());
  library.call(handle, args, reversedTasks());

  struct Expected {
    double value, magnitude;
  };
  std::vector<Expected> expected;
  for (int o = 0; o < spec.outputChannels; ++o)
    for (int y = 0; y < outHeight; ++y)
      for (int x = 0; x < outWidth; ++x) {
        double sum = spec.hasBias ? bias[o] : 0, magnitude = 1;
        const int firstChannel = o / spec.channelsPerGroupOut() * perGroup;
        for (int i = 0; i < perGroup; ++i)
          for (int ky = 0; ky < spec.kernelH; ++ky)
            for (int kx = 0; kx < spec.kernelW; ++kx) {
              const int iy = y * spec.strideH + ky * spec.dilationH - spec.padTop;
              const int ix = x * spec.strideW + kx * spec.dilationW - spec.padLeft;
              if (iy < 0 || ix < 0 || iy >= c.height || ix >= c.width)
                continue;
              const double product =
                  double(input.at(firstChannel + i, iy, ix)) *
                  oihw[((size_t(o) * perGroup + i) * spec.kernelH + ky) * spec.kernelW + kx];
              sum += product;
              magnitude += std::fabs(product);
            }
        if (spec.hasResidual)
          sum += residual.at(o, y, x);
        expected.push_back({activate(spec, sum), magnitude});
      }

  // Winograd's transforms round ten times as coarsely as a sum does, and mix the inputs of a tile:
  // each output has rounding errors of all of them. Every input of a tile that is not zero belongs
  // to one of its outputs, so the largest output's products say how large the inputs are. The
  // errors there are reach 1.3e-6 of the products, and 2.3e-7 in other families. A product left out
  // of an output in the padding is always seen, and a thousandth of the output nearly always.
  const bool isWinograd = knobs.family == ConvFamily::Winograd;
  const double relative = isWinograd ? 4e-6 : 5e-7;
  auto magnitudeAt = [&](int o, int y, int x) {
    double most = 0;
    auto first = [](int at, int dilation) {
      return at - at / dilation % winograd::kOutputs * dilation;
    };
    const int top = first(y, spec.dilationH), left = first(x, spec.dilationW);
    for (int i = 0; i < winograd::kOutputs; ++i)
      for (int j = 0; j < winograd::kOutputs; ++j)
        if (int row = top + i * spec.dilationH, column = left + j * spec.dilationW;
            row < outHeight && column < outWidth)
          most = std::max(most, expected[(o * outHeight + row) * outWidth + column].magnitude);
    return most;
  };
  int wrong = 0;
  for (int o = 0; o < spec.outputChannels; ++o)
    for (int y = 0; y < outHeight; ++y)
      for (int x = 0; x < outWidth; ++x) {
        const auto [value, own] = expected[(o * outHeight + y) * outWidth + x];
        const double allowed = relative * (isWinograd ? magnitudeAt(o, y, x) : own);
        if (!(std::fabs(output.at(o, y, x) - value) <= allowed) && wrong++ < 3)
          ADD_FAILURE() << "channel " << o << " row " << y << " column " << x << ": "
                        << output.at(o, y, x) << " instead of " << value;
      }
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(output.strayWrites(), 0);
}

class ConvKernels : public testing::TestWithParam<std::tuple<const char *, bool>> {};

TEST_P(ConvKernels, AgreeWithPlainLoop) {
  const auto [arch, asserts] = GetParam();
  const CpuTarget target = *CpuTarget::fromArch(arch);
  KernelLibrary library(target);
  std::vector<Case> all = cases();
  std::vector<ConvKnobs> knobs;
  for (Case &c : all) {
    c.spec.outputBlock = target.lanes;
    if (c.spec.inputBlock == 0)
      c.spec.inputBlock = target.lanes;
    knobs.push_back(c.knobs ? *c.knobs
                            : defaultConvKnobs(c.spec, target, c.outputHeight(), c.outputWidth()));
    library.add(buildConv(c.spec, knobs.back(), target), asserts);
  }
  library.build();
  for (size_t i = 0; i < all.size(); ++i)
    check(library, static_cast<int>(i), all[i], knobs[i]);
}

INSTANTIATE_TEST_SUITE_P(Targets, ConvKernels,
                         testing::Values(std::make_tuple("native", true),
                                         std::make_tuple("native", false),
                                         std::make_tuple("x86-64-v3", false)));

// One kernel must serve every image size.
TEST(ConvKernel, ServesEverySize) {
  const CpuTarget target = *CpuTarget::fromArch("native");
  KernelLibrary library(target);
  Build c = Build(32, 40, 0, 0).kernel(3, 3).pad(1, 1, 1, 1).residual().act(UnaryKind::Relu);
  c.spec.inputBlock = c.spec.outputBlock = target.lanes;
  const ConvKnobs knobs = defaultConvKnobs(c.spec, target, 65, 65);
  const int handle = library.add(buildConv(c.spec, knobs, target));
  library.build();
  for (int size : {1, 2, 3, 12, 13, 14, 27, 65}) {
    c.height = size;
    c.width = size + size / 3;
    check(library, handle, c, knobs);
  }
}

// Layers with the same register tile share a Winograd kernel.
TEST(ConvKernel, OneWinogradKernelServesEveryLayer) {
  const CpuTarget target = *CpuTarget::fromArch("native");
  const int lanes = target.lanes;
  KernelLibrary library(target);
  auto layer = [&](int in, int out) {
    Build c = Build(in, out, 9, 14).kernel(3, 3).pad(1, 1, 1, 1).residual().act(UnaryKind::Relu);
    c.spec.inputBlock = c.spec.outputBlock = lanes;
    return c;
  };
  const ConvKnobs built = *layer(40, 48).winograd(3, 2, 2, 0, 2).knobs;
  const int handle = library.add(buildConv(layer(40, 48).spec, built, target), /*asserts=*/true);
  library.build("-O1");
  const std::string key = convKernelKey(layer(40, 48).spec, built);
  for (int in : {1, lanes, lanes + 1, 3 * lanes})
    for (int out : {1, 2 * lanes, 2 * lanes + 3, 5 * lanes})
      for (int perTask : {0, 1, 2})
        for (int registerTiles : {1, 3}) {
          Build c = layer(in, out).winograd(3, 2, registerTiles, perTask, 1);
          c.knobs->workers = winogradParts(c.spec, *c.knobs) * (registerTiles == 1 ? 3 : 1);
          EXPECT_EQ(convKernelKey(c.spec, *c.knobs), key);
          check(library, handle, c, *c.knobs);
        }
}

/// Every family with kernels of one row, of one column and of several, and with pads on top and
/// left of none, one, and more than the kernel. With `all`, also every stride and dilation.
std::vector<Case> paddedKernels(bool all) {
  struct Family {
    int in, out, groups;
    bool planar, winograd;
    std::vector<std::pair<int, int>> kernels;
  };
  const Family families[] = {
      {17, 16, 1, false, false, {{1, 1}, {1, 5}, {5, 1}, {3, 2}}},
      {3, 16, 1, true, false, {{1, 3}, {3, 1}}},
      {16, 16, 16, false, false, {{1, 1}, {1, 4}, {3, 3}}},
      {12, 12, 3, false, false, {{1, 3}, {2, 1}}},
      {32, 32, 2, false, false, {{1, 1}, {2, 3}}},
      {16, 16, 1, false, true, {{3, 3}}},
  };
  const std::pair<int, int> steps[] = {{1, 1}, {2, 1}, {1, 2}, {3, 3}};
  std::vector<Case> result;
  int step = 0;
  for (const Family &family : families)
    for (auto [kh, kw] : family.kernels)
      for (int pads = 0; pads < (all ? 9 : 3); ++pads)
        for (int more = 0; more < (all ? 4 : 1); ++more, ++step) {
          const auto [strideH, dilationW] = steps[step % 4];
          const auto [dilationH, strideW] = steps[(step + more + 1) % 4];
          Build c(family.in, family.out, 0, 0);
          c.groups(family.groups).kernel(kh, kw).dilation(dilationH, dilationW);
          if (family.winograd)
            c.winograd(2, 1, 2, 0, 2);
          else
            c.stride(strideH, strideW);
          if (family.planar)
            c.planar();
          const int reachH = dilationH * (kh - 1), reachW = dilationW * (kw - 1);
          const int tops[] = {0, 1, reachH + 2}, lefts[] = {0, reachW + 2, 1};
          c.pad(tops[pads % 3], lefts[all ? pads / 3 : pads % 3], 0, 0);
          result.push_back(c);
          // The same kernel for those who know that nothing lies below.
          if (pads < 2 && more == 0) {
            c.spec.readsBelow = false;
            result.push_back(c);
          }
        }
  return result;
}

TEST(ConvKernel, ReadsNothingOutsideWhateverThePads) {
  const char *more = std::getenv("SEGC_TEST_ALL");
  const CpuTarget target = *CpuTarget::fromArch("native");
  KernelLibrary library(target);
  std::vector<Case> all = paddedKernels(more && std::string(more) == "1");
  std::vector<ConvKnobs> knobs;
  for (Case &c : all) {
    c.spec.outputBlock = target.lanes;
    if (c.spec.inputBlock == 0)
      c.spec.inputBlock = target.lanes;
    knobs.push_back(c.knobs ? *c.knobs : defaultConvKnobs(c.spec, target, 12, 12));
    library.add(buildConv(c.spec, knobs.back(), target), /*asserts=*/true);
  }
  library.build("-O1");
  for (size_t i = 0; i < all.size(); ++i) {
    Case &c = all[i];
    const int reachH = c.spec.dilationH * (c.spec.kernelH - 1);
    const int reachW = c.spec.dilationW * (c.spec.kernelW - 1);
    for (auto [height, width] : {std::pair(1, 1), {2, 5}, {7, 3}, {5, 12}})
      for (int below : {0, 1, reachH + 3})
        for (int right : {0, 1, reachW + 3}) {
          c.height = height, c.width = width, c.padBottom = below, c.padRight = right;
          if (!c.spec.readsBelow && below > 0)
            continue;
          if (height + c.spec.padTop + below > reachH && width + c.spec.padLeft + right > reachW)
            check(library, static_cast<int>(i), c, knobs[i]);
        }
  }
}

} // namespace
} // namespace segc
