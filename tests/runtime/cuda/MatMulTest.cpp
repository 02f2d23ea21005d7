// Matrix products on a GPU are right whatever their extents, strides and batch, and tensor cores
// multiply what they have rounded.

#include "Multiply.h"

namespace {

/// On CUDA cores, and on tensor cores of either size of numbers.
void multiplyOnAll(const Product &product) {
  multiplyOn<segc::CoreSums, float>(FewCoreTiles(), product);
  multiplyOn<segc::Tf32Sums, segc::Tf32Numbers>(FewTensorTiles(), product);
  multiplyOn<segc::HalfSums, segc::HalfNumbers>(FewTensorTiles(), product);
}

/// Parts of tiles in every direction, and of a step.
TEST(MatMul, Usual) { multiplyOnAll({70, 45, 37}); }
TEST(MatMul, ManySteps) { multiplyOnAll({33, 31, 333}); }
TEST(MatMul, WholeTiles) { multiplyOnAll({128, 64, 64}); }

TEST(MatMul, OneRow) { multiplyOnAll({1, 100, 5}); }
TEST(MatMul, OneColumn) { multiplyOnAll({100, 1, 5}); }
TEST(MatMul, OneProductEach) { multiplyOnAll({33, 17, 1}); }
TEST(MatMul, OneNumber) {
  multiplyOnAll({1, 1, 1});
  multiplyOnAll({1, 1, 200});
}

TEST(MatMul, Batches) { multiplyOnAll({40, 35, 19, 3}); }
TEST(MatMul, BatchesShareTheLeftMatrix) { multiplyOnAll({5, 67, 9, 3, true, false}); }
TEST(MatMul, BatchesShareTheRightMatrix) { multiplyOnAll({67, 5, 9, 3, false, true}); }

TEST(MatMul, NaNAndInfinityGoWhereTheyAreSummed) {
  multiplyOnAll({20, 18, 40, 2, false, false, 15, 15, true});
  multiplyOn<segc::BFloat16Sums, segc::BFloat16Numbers>(
      FewTensorTiles(), {20, 18, 40, 2, false, false, 15, 15, true});
}

/// Integers of 13 bits: what is cut off is a quarter, a half and three quarters of the last bit
/// that is kept. On one side at a time, as the products would not be exact.
TEST(MatMul, NumbersAreRounded) {
  for (const bool isLeft : {true, false}) {
    Product product = {40, 24, 40};
    (isLeft ? product.largestLeft : product.largestRight) = 8191;
    multiplyOnAll(product);
    multiplyOn<segc::BFloat16Sums, segc::BFloat16Numbers>(FewTensorTiles(), product);
  }
}

/// Every tile of tensor cores. What lies where does not depend on the kind of numbers.
TEST(MatMul, OnAllTilesOfTensorCores) {
  multiplyOn<segc::HalfSums, segc::HalfNumbers>(TensorTiles(), {140, 133, 70}, 1);
}

TEST(MatMul, TooManyBlocks) {
  const segc::View large = {nullptr, {}, {1 << 20, 1 << 20, 1 << 20, 1, 1, 1}, {1, 1, 1}};
  const auto finish = [](int, int, int, float) {};
  EXPECT_EQ((segc::matmul<Tile<64, 32, 4, 4, 4, 3, 1>, segc::CoreSums>(nullptr, large, large, large,
                                                                       finish)),
            SEGC_ERROR_TOO_LARGE);
}

} // namespace
