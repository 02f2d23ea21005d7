// Softmax and arg max over channels and over any axis, against loops in double.

#include "schedules/cpu/Softmax.h"
#include "tests/kernels/KernelRunner.h"

namespace segc {
namespace {

using test::denseView;
using test::KernelRunner;
using test::near;
using test::TestMap;

CpuTarget cpu(int lanes = 16) {
  return *CpuTarget::fromArch(lanes == 16 ? "x86-64-v4" : "x86-64-v3");
}

void checkSoftmax(int channels, int height, int width, int from, int to, bool log) {
  SCOPED_TRACE(testing::Message() << channels << "x" << height << "x" << width << " " << from << ">"
                                  << to << (log ? " log" : ""));
  SoftmaxSpec spec;
  spec.channels = channels;
  spec.inputBlock = from;
  spec.outputBlock = to;
  spec.log = log;
  CpuTarget target = cpu(from == 8 ? 8 : 16);
  KernelRunner run(buildSoftmax(spec, target), target);
  TestMap<float> input(channels, height, width, from, 0, from == 1 ? 0 : kSlackColumns);
  input.randomize(4, -60, 60);
  auto output = TestMap<float>::makeOutput(channels, height, width, to, 1);
  run({input.input(), width, output.output()});
  EXPECT_TRUE(output.onlyImageWritten());
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      double largest = -1e30, sum = 0;
      for (int c = 0; c < channels; ++c)
        largest = std::max<double>(largest, input.at(c, y, x));
      for (int c = 0; c < channels; ++c)
        sum += std::exp(input.at(c, y, x) - largest);
      for (int c = 0; c < channels; ++c) {
        double value = input.at(c, y, x) - largest;
        value = log ? value - std::log(sum) : std::exp(value) / sum;
        ASSERT_TRUE(near(output.at(c, y, x), value, log ? 5e-6 : 2e-6))
            << c << "," << y << "," << x;
      }
      for (int c = channels; c % to; ++c)
        ASSERT_TRUE(std::isfinite(output.at(c, y, x)));
    }
}

TEST(Softmax, Channels) {
  for (bool log : {false, true}) {
    checkSoftmax(21, 3, 37, 16, 16, log);
    checkSoftmax(21, 2, 5, 16, 1, log);
    checkSoftmax(5, 2, 33, 1, 1, log);
  }
  checkSoftmax(1, 1, 1, 16, 16, false);
  checkSoftmax(10, 2, 9, 8, 8, false);
}

TEST(Softmax, DenseAxes) {
  for (bool innermost : {true, false})
    for (bool log : {true, false}) {
      DenseSoftmaxSpec spec;
      spec.innermost = innermost;
      spec.log = log;
      KernelRunner run(buildDenseSoftmax(spec, cpu()));
      for (int axis : {1, 7, 16, 53})
        for (int inner : {1, 19, 70}) {
          if (innermost && inner > 1)
            continue;
          constexpr int kOuter = 3;
          std::vector<float> in(inner * axis * kOuter), out(in.size() + 1, 77);
          std::mt19937 generator(axis);
          for (float &v : in)
            v = std::uniform_real_distribution<float>(-80, 80)(generator);
          std::vector<int> extents{inner, axis, kOuter};
          if (innermost)
            extents.erase(extents.begin());
          run({denseView(in.data(), extents), denseView(out.data(), extents)});
          EXPECT_EQ(out.back(), 77);
          for (int o = 0; o < kOuter; ++o)
            for (int i = 0; i < inner; ++i) {
              auto at = [&](int a) { return (o * axis + a) * inner + i; };
              double largest = -1e30, sum = 0;
              for (int a = 0; a < axis; ++a)
                largest = std::max<double>(largest, in[at(a)]);
              for (int a = 0; a < axis; ++a)
                sum += std::exp(in[at(a)] - largest);
              for (int a = 0; a < axis; ++a) {
                double value = in[at(a)] - largest;
                value = log ? value - std::log(sum) : std::exp(value) / sum;
                ASSERT_TRUE(near(out[at(a)], value, log ? 5e-6 : 2e-6))
                    << o << "," << a << "," << i;
              }
            }
        }
    }
}

TEST(ArgMax, Channels) {
  for (bool last : {false, true})
    for (int block : {16, 1})
      for (int channels : {21, 1}) {
        ArgMaxSpec spec;
        spec.channels = channels;
        spec.inputBlock = block;
        spec.selectLast = last;
        constexpr int kHeight = 2, kWidth = 35;
        TestMap<float> input(channels, kHeight, kWidth, block, 1);
        input.randomize(9, 0, 6);
        for (int c = 0; c < channels; ++c)
          for (int y = 0; y < kHeight; ++y)
            for (int x = 0; x < kWidth; ++x) // ties
              input.at(c, y, x) = std::floor(input.at(c, y, x));
        auto output = TestMap<int64_t>::makeOutput(1, kHeight, kWidth, 1);
        KernelRunner(buildArgMax(spec, cpu()))({input.input(), kWidth, output.output()});
        EXPECT_TRUE(output.onlyImageWritten());
        for (int y = 0; y < kHeight; ++y)
          for (int x = 0; x < kWidth; ++x) {
            int best = 0;
            for (int c = 1; c < channels; ++c) {
              float value = input.at(c, y, x), top = input.at(best, y, x);
              if (last ? value >= top : value > top)
                best = c;
            }
            ASSERT_EQ(output.at(0, y, x), best) << y << "," << x;
          }
      }
}

TEST(ArgMax, DenseAxes) {
  for (bool innermost : {true, false})
    for (bool last : {false, true}) {
      DenseArgMaxSpec spec;
      spec.innermost = innermost;
      spec.selectLast = last;
      KernelRunner run(buildDenseArgMax(spec, cpu()));
      for (int axis : {1, 6}) {
        const int inner = innermost ? 1 : 39, outer = 4;
        std::vector<float> in(inner * axis * outer);
        std::mt19937 generator(5);
        for (float &v : in)
          v = float(generator() % 3);
        std::vector<int64_t> out(inner * outer + 1, 77);
        if (innermost)
          run({denseView(in.data(), {axis, outer}), denseView(out.data(), {outer})});
        else
          run({denseView(in.data(), {inner, axis, outer}), denseView(out.data(), {inner, outer})});
        EXPECT_EQ(out.back(), 77);
        for (int o = 0; o < outer; ++o)
          for (int i = 0; i < inner; ++i) {
            auto at = [&](int a) { return in[(o * axis + a) * inner + i]; };
            int best = 0;
            for (int a = 1; a < axis; ++a)
              if (last ? at(a) >= at(best) : at(a) > at(best))
                best = a;
            ASSERT_EQ(out[o * inner + i], best);
          }
      }
    }
}

} // namespace
} // namespace segc
