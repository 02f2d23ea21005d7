//===- CrfScratchTest.cpp - how much memory a CRF asks for ----------------===//

#include "LatticeArrays.h"
#include "segc_crf.h"

#include <rapidcheck/gtest.h>

#include <cmath>

namespace segc {
namespace {

RC_GTEST_PROP(CrfScratch, BoundsTheSpatialLattice, ()) {
  const int32_t width = *rc::gen::inRange(1, 700);
  const int32_t height = *rc::gen::inRange(1, 60000 / width + 2);
  const auto thousandths = static_cast<int32_t>(std::pow(10.0, *rc::gen::inRange(10, 61) * 0.1));
  const LatticeImage image = latticeImage(width, height);
  const auto arrays = build(image, SpatialFeatures(thousandths * 1e-3));
  RC_ASSERT(arrays.status == LatticeStatus::Ok);
  const int64_t rows = arrays.vertices + static_cast<int64_t>(arrays.sideRow.size());
  RC_ASSERT(rows <= crf::mostSpatialRows(image, thousandths));
}

TEST(CrfScratch, IsTight) {
  const LatticeImage image = latticeImage(500, 375);
  const auto arrays = build(image, SpatialFeatures(3));
  const size_t rows = static_cast<size_t>(arrays.vertices) + arrays.sideRow.size();
  EXPECT_LT(static_cast<double>(crf::mostSpatialRows(image, 3000)),
            1.2 * static_cast<double>(rows));
}

TEST(CrfScratch, RefusesSizesThatOverflow) {
  EXPECT_EQ(crfScratchBytes<3>(0, 4, 24, 3000), -1);
  EXPECT_EQ(crfScratchBytes<3>(int64_t{1} << 33, 4, 24, 3000), -1);
  EXPECT_EQ(crfScratchBytes<3>(1 << 20, 1 << 20, 24, 3000), -1);
  EXPECT_EQ(crfScratchBytes<3>(30000, 30000, 24, 3000), -1); // nine taps a pixel
  EXPECT_GT(crfScratchBytes<3>(10000, 10000, 24, 3000), int64_t{1} << 32);
  EXPECT_LT(crfScratchBytes<3>(500, 375, 24, 3000), int64_t{300} << 20);
  EXPECT_GT(crfScratchBytes<3>(1, 1, 4, 0), 0);
}

} // namespace
} // namespace segc
