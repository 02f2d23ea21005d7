// Elementwise kernels: programs, repeated operands, element types, ranks.

#include "schedules/cpu/Map.h"
#include "tests/kernels/KernelRunner.h"

namespace segc {
namespace {

using seg::BinaryKind;
using seg::UnaryKind;
using test::denseView;
using test::KernelRunner;
using test::near;
using test::TestMap;

CpuTarget cpu() { return *CpuTarget::fromArch("x86-64-v4"); }

TEST(Map, FeatureMapsWithEveryKindOfOperand) {
  constexpr int kHeight = 3, kWidth = 21;
  for (int block : {16, 1})
    for (int channels : {20, 16}) {
      MapSpec spec;
      spec.channels = channels;
      spec.block = block;
      spec.operands.resize(4);
      spec.operands[0].block = block;
      spec.operands[1].kind = MapOperand::Kind::ChannelVector;
      spec.operands[2].block = 1; // one channel, repeated in all of them
      spec.operands[2].repeated = 1u << 3;
      spec.operands[3].block = block; // one pixel a channel: squeeze and excite
      spec.operands[3].repeated = 1u << 1 | 1u << 2;
      // relu(in0 * in1 + in2) / in3 - 0.5
      spec.nodes = {MapNode::apply(BinaryKind::Mul, 0, 1),
                    MapNode::apply(BinaryKind::Add, 4, 2),
                    MapNode::apply(UnaryKind::Relu, 5),
                    MapNode::apply(BinaryKind::Div, 6, 3),
                    MapNode::constant(0.5f),
                    MapNode::apply(BinaryKind::Sub, 7, 8)};
      KernelRunner run(buildMap(spec, cpu()));
      TestMap<float> in0(channels, kHeight, kWidth, block, 1), in2(1, kHeight, kWidth, 1, 2),
          in3(channels, 1, 1, block);
      in0.randomize(1);
      in2.randomize(2);
      in3.randomize(3, 1, 2);
      for (int c = channels; c % block; ++c)
        in3.at(c, 0, 0) = 0; // must not become an infinity
      std::vector<float> in1(channelBlocks(channels, block) * block);
      for (size_t c = 0; c < in1.size(); ++c)
        in1[c] = 0.1f * c - 1;
      auto output = TestMap<float>::makeOutput(channels, kHeight, kWidth, block, 1);
      run({in0.input(), static_cast<const void *>(in1.data()), in2.input(), in3.input(),
           output.output()});
      EXPECT_TRUE(output.onlyImageWritten());
      for (int c = 0; c < channelBlocks(channels, block) * block; ++c)
        for (int y = 0; y < kHeight; ++y)
          for (int x = 0; x < kWidth; ++x) {
            double value = in0.at(c, y, x) * in1[c] + in2.at(0, y, x);
            value = std::max(value, 0.0) / in3.at(c, 0, 0) - 0.5;
            if (c < channels)
              ASSERT_TRUE(near(output.at(c, y, x), value)) << c << "," << y << "," << x;
            else
              ASSERT_TRUE(std::isfinite(output.at(c, y, x)));
          }
    }
}

TEST(Map, DenseRanks) {
  // [2, 3, 1, 35] - [3, 4, 1]: innermost first, the first operand repeats along dimension
  // 1, the second along 0 and 3.
  MapSpec spec;
  spec.featureMap = false;
  spec.rank = 4;
  spec.operands.resize(2);
  spec.operands[0].repeated = 1u << 1;
  spec.operands[1].repeated = 1u << 0 | 1u << 3;
  spec.nodes = {MapNode::apply(BinaryKind::Sub, 0, 1)};
  std::vector<float> a(35 * 3 * 2), b(4 * 3), result(35 * 4 * 3 * 2);
  for (size_t i = 0; i < a.size(); ++i)
    a[i] = float(i);
  for (size_t i = 0; i < b.size(); ++i)
    b[i] = 1000.0f * i;
  KernelRunner(buildMap(spec, cpu()))({denseView(a.data(), {35, 1, 3, 2}),
                                       denseView(b.data(), {1, 4, 3, 1}),
                                       denseView(result.data(), {35, 4, 3, 2})});
  for (int n = 0; n < 2; ++n)
    for (int c = 0; c < 3; ++c)
      for (int y = 0; y < 4; ++y)
        for (int x = 0; x < 35; ++x)
          ASSERT_EQ(result[((n * 3 + c) * 4 + y) * 35 + x], a[(n * 3 + c) * 35 + x] - b[c * 4 + y]);
}

TEST(Map, OneDimensionInChunks) {
  MapSpec spec;
  spec.featureMap = false;
  spec.rank = 1;
  spec.operands.resize(1);
  spec.nodes = {MapNode::apply(UnaryKind::LeakyRelu, 0, 0.25f)};
  KernelRunner run(buildMap(spec, cpu()));
  for (int count : {1, 15, 4096, 9001}) {
    std::vector<float> a(count), result(count + 1, 77.0f);
    for (int i = 0; i < count; ++i)
      a[i] = float(i % 7 - 3);
    run({denseView(a.data(), {count}), denseView(result.data(), {count})});
    for (int i = 0; i < count; ++i)
      ASSERT_EQ(result[i], a[i] < 0 ? a[i] * 0.25f : a[i]);
    EXPECT_EQ(result[count], 77.0f);
  }
}

TEST(Map, ElementTypes) {
  MapSpec spec;
  spec.featureMap = false;
  spec.rank = 1;
  spec.operands.resize(1);
  spec.operands[0].type = Halide::UInt(8);
  spec.nodes = {MapNode::constant(-1.5f), MapNode::cast(Halide::Float(32), 0),
                MapNode::apply(BinaryKind::Mul, 2, 1), MapNode::cast(Halide::Int(64), 3)};
  spec.type = Halide::Int(64);
  std::vector<uint8_t> a(37);
  std::vector<int64_t> result(37);
  for (size_t i = 0; i < a.size(); ++i)
    a[i] = uint8_t(i * 7);
  KernelRunner(buildMap(spec, cpu()))({denseView(a.data(), {37}), denseView(result.data(), {37})});
  for (size_t i = 0; i < a.size(); ++i)
    ASSERT_EQ(result[i], int64_t(a[i] * -1.5f));
}

TEST(Map, KeysTellProgramsApart) {
  MapSpec spec;
  spec.operands.resize(2);
  spec.nodes = {MapNode::apply(BinaryKind::Sub, 0, 1)};
  MapSpec other = spec;
  other.nodes = {MapNode::apply(BinaryKind::Sub, 1, 0)};
  EXPECT_NE(buildMap(spec, cpu()).key, buildMap(other, cpu()).key);
  EXPECT_EQ(buildMap(spec, cpu()).key, buildMap(spec, cpu()).key);
}

} // namespace
} // namespace segc
