// Matrix products of all small shapes around a tile, and a repeated batch.

#include "schedules/cpu/MatMul.h"
#include "tests/kernels/KernelRunner.h"

namespace segc {
namespace {

using test::denseView;
using test::KernelRunner;
using test::near;

TEST(MatMul, ShapesAroundATile) {
  CpuTarget target = *CpuTarget::fromArch("x86-64-v4");
  KernelRunner run(buildMatMul(MatMulKnobs::choose(target), target), target);
  for (auto [m, n, k] : {std::tuple(1, 1, 1), {3, 5, 7}, {12, 32, 4}, {13, 33, 5}, {30, 70, 20}})
    for (bool repeated : {false, true}) {
      constexpr int kBatch = 3;
      std::vector<float> lhs(m * k * kBatch), rhs(k * n * kBatch), result(m * n * kBatch + 1, 77);
      std::mt19937 generator(m);
      std::uniform_real_distribution<float> uniform(-1, 1);
      for (float &v : lhs)
        v = uniform(generator);
      for (float &v : rhs)
        v = uniform(generator);
      View right = denseView(rhs.data(), {n, k, kBatch});
      if (repeated)
        right.stride[2] = 0;
      run({denseView(lhs.data(), {k, m, kBatch}), right, denseView(result.data(), {n, m, kBatch})});
      EXPECT_EQ(result.back(), 77);
      for (int b = 0; b < kBatch; ++b)
        for (int i = 0; i < m; ++i)
          for (int j = 0; j < n; ++j) {
            double sum = 0;
            for (int c = 0; c < k; ++c)
              sum += double(lhs[(b * m + i) * k + c]) * rhs[((repeated ? 0 : b) * k + c) * n + j];
            ASSERT_TRUE(near(result[(b * m + i) * n + j], sum)) << b << "," << i << "," << j;
          }
    }
}

} // namespace
} // namespace segc
