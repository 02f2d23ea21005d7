// Reductions against loops in double: global pooling, channels, any axes of dense tensors.

#include "schedules/cpu/Reduce.h"
#include "tests/kernels/KernelRunner.h"

namespace segc {
namespace {

using seg::ReduceKind;
using test::denseView;
using test::KernelRunner;
using test::near;
using test::TestMap;

CpuTarget cpu() { return *CpuTarget::fromArch("x86-64-v4"); }

constexpr ReduceKind kKinds[] = {ReduceKind::Sum, ReduceKind::Mean,     ReduceKind::Max,
                                 ReduceKind::Min, ReduceKind::Prod,     ReduceKind::L1,
                                 ReduceKind::L2,  ReduceKind::SumSquare};

class Reference {
public:
  explicit Reference(ReduceKind kind) : kind(kind) {}
  void add(double v) {
    ++count;
    sum += v;
    sumAbs += std::abs(v);
    sumSquare += v * v;
    product *= v;
    largest = std::max(largest, v);
    smallest = std::min(smallest, v);
  }
  double value() const {
    switch (kind) {
    case ReduceKind::Sum:
      return sum;
    case ReduceKind::Mean:
      return sum / count;
    case ReduceKind::Max:
      return largest;
    case ReduceKind::Min:
      return smallest;
    case ReduceKind::Prod:
      return product;
    case ReduceKind::L1:
      return sumAbs;
    case ReduceKind::L2:
      return std::sqrt(sumSquare);
    case ReduceKind::SumSquare:
      return sumSquare;
    }
    return 0;
  }

private:
  ReduceKind kind;
  int count = 0;
  double sum = 0, sumAbs = 0, sumSquare = 0, product = 1, largest = -1e30, smallest = 1e30;
};

TEST(Reduce, Spatial) {
  for (ReduceKind kind : kKinds)
    for (int block : {16, 1}) {
      FeatureMapReduceSpec spec;
      spec.kind = kind;
      spec.channels = 18;
      spec.block = block;
      KernelRunner run(buildSpatialReduce(spec, cpu()));
      for (auto [height, width] : {std::pair(1, 1), {5, 7}, {3, 37}}) {
        TestMap<float> input(18, height, width, block, 1);
        input.randomize(1, 0.5, 1.5);
        auto output = TestMap<float>::makeOutput(18, 1, 1, block, 1);
        run({input.input(), width, output.output()});
        EXPECT_TRUE(output.onlyImageWritten());
        for (int c = 0; c < 18; ++c) {
          Reference reference(kind);
          for (int y = 0; y < height; ++y)
            for (int x = 0; x < width; ++x)
              reference.add(input.at(c, y, x));
          ASSERT_TRUE(near(output.at(c, 0, 0), reference.value(), 1e-5)) << c;
        }
      }
    }
}

TEST(Reduce, Channels) {
  for (ReduceKind kind : {ReduceKind::Mean, ReduceKind::Max, ReduceKind::L2})
    for (int block : {16, 1}) {
      FeatureMapReduceSpec spec;
      spec.kind = kind;
      spec.channels = 18;
      spec.block = block;
      KernelRunner run(buildChannelReduce(spec, cpu()));
      TestMap<float> input(18, 3, 21, block, 0, block == 1 ? 0 : kSlackColumns);
      input.randomize();
      auto output = TestMap<float>::makeOutput(1, 3, 21, 1, 1);
      run({input.input(), 21, output.output()});
      EXPECT_TRUE(output.onlyImageWritten());
      for (int y = 0; y < 3; ++y)
        for (int x = 0; x < 21; ++x) {
          Reference reference(kind);
          for (int c = 0; c < 18; ++c)
            reference.add(input.at(c, y, x));
          ASSERT_TRUE(near(output.at(0, y, x), reference.value(), 1e-5)) << y << "," << x;
        }
    }
}

void checkDense(ReduceKind kind, const std::vector<int> &extents, unsigned reduced) {
  SCOPED_TRACE(testing::Message() << seg::stringifyReduceKind(kind).str() << " " << reduced);
  DenseReduceSpec spec;
  spec.kind = kind;
  spec.rank = int(extents.size());
  spec.reduced = reduced;
  size_t size = 1, resultSize = 1;
  std::vector<int> resultExtents = extents;
  for (size_t d = 0; d < extents.size(); ++d) {
    if (reduced >> d & 1)
      resultExtents[d] = 1;
    size *= extents[d];
    resultSize *= resultExtents[d];
  }
  std::vector<float> data(size), result(resultSize + 1, 77);
  std::mt19937 generator(6);
  for (float &v : data)
    v = std::uniform_real_distribution<float>(-1.2f, 1.2f)(generator);
  KernelRunner(buildDenseReduce(spec, cpu()))(
      {denseView(data.data(), extents), denseView(result.data(), resultExtents)});
  EXPECT_EQ(result.back(), 77);
  std::vector<Reference> references(resultSize, Reference(kind));
  for (size_t i = 0; i < size; ++i) {
    size_t rest = i, place = 0, stride = 1;
    for (size_t d = 0; d < extents.size(); ++d) {
      if (!(reduced >> d & 1)) {
        place += rest % extents[d] * stride;
        stride *= extents[d];
      }
      rest /= extents[d];
    }
    references[place].add(data[i]);
  }
  for (size_t i = 0; i < resultSize; ++i)
    ASSERT_TRUE(near(result[i], references[i].value(), 2e-5)) << i;
}

TEST(Reduce, DenseAxes) {
  for (unsigned reduced = 1; reduced < 8; ++reduced)
    checkDense(ReduceKind::Sum, {37, 3, 5}, reduced);
  checkDense(ReduceKind::Mean, {53}, 1);
  checkDense(ReduceKind::Max, {3}, 1);
  checkDense(ReduceKind::L2, {17, 3, 2, 2, 3}, 0b10110);
  checkDense(ReduceKind::Prod, {17, 3, 2, 2, 3, 2}, 0b101001);
}

} // namespace
} // namespace segc
