// Transposed convolution against a scatter loop in double, over strides, dilations, pads,
// groups and sizes smaller than a tile.

#include "schedules/cpu/ConvTranspose.h"
#include "tests/kernels/KernelRunner.h"

namespace segc {
namespace {

using test::KernelRunner;
using test::near;
using test::TestMap;

int transposedExtent(const ConvTransposeSpec &spec, int d, int extent) {
  return (extent - 1) * spec.stride[d] - spec.pads[d] - spec.pads[d + 2] +
         (spec.kernel[d] - 1) * spec.dilation[d] + spec.outputPadding[d] + 1;
}

void check(const ConvTransposeSpec &spec, int height, int width, int expectedWidth = 1000,
           const char *arch = "x86-64-v4") {
  SCOPED_TRACE(testing::Message() << height << "x" << width);
  CpuTarget target = *CpuTarget::fromArch(arch);
  const int ic = spec.inputChannels, oc = spec.outputChannels, g = spec.groups;
  const int kh = spec.kernel[0], kw = spec.kernel[1];
  auto knobs = defaultConvTransposeKnobs(spec, target, height, expectedWidth);
  KernelRunner run(buildConvTranspose(spec, knobs, target), target);

  TestMap<float> input(ic, height, width, spec.block, std::max(spec.haloLeft(), spec.haloRight()));
  input.randomize(2);
  std::mt19937 generator(5);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> weights(ic * (oc / g) * kh * kw), bias(oc);
  for (float &w : weights)
    w = uniform(generator);
  for (float &b : bias)
    b = uniform(generator);
  int outHeight = transposedExtent(spec, 0, height), outWidth = transposedExtent(spec, 1, width);
  TestMap<float> residual(oc, outHeight, outWidth, spec.block, 1);
  residual.randomize(3);
  auto output = TestMap<float>::makeOutput(oc, outHeight, outWidth, spec.block, 1);

  std::vector<double> expected(oc * outHeight * outWidth);
  auto at = [&](int c, int y, int x) -> double & {
    return expected[(c * outHeight + y) * outWidth + x];
  };
  for (int c = 0; c < ic; ++c)
    for (int o = 0; o < oc / g; ++o)
      for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
          for (int ky = 0; ky < kh; ++ky)
            for (int kx = 0; kx < kw; ++kx) {
              int oy = y * spec.stride[0] + ky * spec.dilation[0] - spec.pads[0];
              int ox = x * spec.stride[1] + kx * spec.dilation[1] - spec.pads[1];
              if (oy >= 0 && oy < outHeight && ox >= 0 && ox < outWidth)
                at(c / (ic / g) * (oc / g) + o, oy, ox) +=
                    double(weights[((c * (oc / g) + o) * kh + ky) * kw + kx]) * input.at(c, y, x);
            }

  std::vector<float> packed = packWeights(convTransposePacking(spec, knobs), weights.data());
  std::vector<float> packedBias = packChannels(bias.data(), spec.outputChannels, spec.block);
  std::vector<test::KernelValue> values{input.input(), width,
                                        static_cast<const void *>(packed.data())};
  if (spec.bias)
    values.push_back(static_cast<const void *>(packedBias.data()));
  if (spec.residual)
    values.push_back(residual.input());
  values.push_back(output.output());
  run(values);
  EXPECT_TRUE(output.onlyImageWritten());
  for (int c = 0; c < oc; ++c)
    for (int y = 0; y < outHeight; ++y)
      for (int x = 0; x < outWidth; ++x) {
        double value =
            at(c, y, x) + (spec.bias ? bias[c] : 0) + (spec.residual ? residual.at(c, y, x) : 0);
        if (spec.activation == seg::UnaryKind::Relu)
          value = std::max(value, 0.0);
        ASSERT_TRUE(near(output.at(c, y, x), value, 2e-5)) << c << "," << y << "," << x;
      }
}

ConvTransposeSpec spec(int ic, int oc, int kernel, int stride, int pad, int dilation = 1) {
  ConvTransposeSpec s;
  s.inputChannels = ic;
  s.outputChannels = oc;
  for (int d = 0; d < 2; ++d) {
    s.kernel[d] = kernel;
    s.stride[d] = stride;
    s.dilation[d] = dilation;
    s.pads[d] = s.pads[d + 2] = pad;
  }
  return s;
}

TEST(ConvTranspose, KernelIsAMultipleOfTheStride) {
  ConvTransposeSpec s = spec(32, 32, 4, 2, 1);
  s.bias = s.residual = true;
  s.activation = seg::UnaryKind::Relu;
  check(s, 5, 17);
  check(s, 1, 1);
  check(s, 3, 33, 33);
}

TEST(ConvTranspose, OddKernelAndOutputPadding) {
  ConvTransposeSpec s = spec(21, 21, 3, 2, 1);
  s.outputPadding[0] = s.outputPadding[1] = 1;
  s.bias = true;
  check(s, 4, 9);
  check(spec(16, 40, 3, 3, 0), 3, 7);
  check(spec(16, 16, 2, 3, 0), 3, 7); // phases without a tap
  check(spec(16, 16, 1, 1, 0), 2, 5);
}

TEST(ConvTranspose, LargeStride) {
  check(spec(21, 21, 16, 8, 4), 3, 4);
  check(spec(5, 21, 16, 8, 0), 2, 3);
}

TEST(ConvTranspose, Dilation) {
  check(spec(16, 16, 3, 1, 1, 2), 6, 7);
  check(spec(16, 16, 3, 2, 2, 2), 5, 6); // a common divisor: every other phase is empty
  check(spec(16, 16, 3, 2, 1, 3), 5, 20);
  check(spec(16, 16, 4, 6, 2, 4), 4, 5);
}

/// A tile that ends within a step of a tap: beyond it no tap of the tile has anything to read.
TEST(ConvTranspose, DilationBeyondTheLastTile) {
  for (auto [height, width] : {std::pair(1, 1), {2, 2}, {3, 4}, {4, 25}, {5, 26}}) {
    check(spec(16, 16, 3, 1, 0, 3), height, width);
    check(spec(16, 16, 4, 2, 1, 3), height, width);
  }
}

TEST(ConvTranspose, UnevenAttributes) {
  ConvTransposeSpec s = spec(16, 16, 3, 2, 0);
  s.kernel[1] = 5;
  s.stride[0] = 1;
  s.pads[1] = 2;
  s.pads[2] = 1;
  check(s, 4, 6);
  s.pads[1] = -3; // adds columns
  s.pads[0] = -2;
  check(s, 4, 6);
}

TEST(ConvTranspose, Groups) {
  ConvTransposeSpec s = spec(32, 64, 4, 2, 1);
  s.groups = 2;
  check(s, 3, 5);
  s = spec(12, 8, 3, 2, 1);
  s.groups = 4;
  check(s, 3, 5);
}

TEST(ConvTranspose, Depthwise) {
  ConvTransposeSpec s = spec(21, 21, 4, 2, 1);
  s.groups = 21;
  s.bias = true;
  check(s, 4, 9);
  check(s, 1, 1);
}

TEST(ConvTranspose, EightLanes) {
  ConvTransposeSpec s = spec(21, 21, 4, 2, 1);
  s.block = 8;
  check(s, 4, 9, 1000, "x86-64-v3");
}

} // namespace
} // namespace segc
