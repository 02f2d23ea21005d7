// Host tensors convert their elements exactly and refuse absurd extents.

#include "compiler/files/Tensor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>

namespace {

using namespace segc;

TEST(HostTensor, HalfPrecision) {
  EXPECT_EQ(halfToFloat(0x3c00), 1.0f);
  EXPECT_EQ(halfToFloat(0xc000), -2.0f);
  EXPECT_EQ(halfToFloat(0x7bff), 65504.0f);
  EXPECT_EQ(halfToFloat(0x0001), 0x1p-24f); // the smallest subnormal
  EXPECT_EQ(halfToFloat(0x03ff), 1023 * 0x1p-24f);
  EXPECT_EQ(halfToFloat(0x0400), 0x1p-14f); // the smallest normal
  EXPECT_TRUE(std::signbit(halfToFloat(0x8000)));
  EXPECT_EQ(halfToFloat(0x7c00), std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(halfToFloat(0x7e01)));
}

TEST(HostTensor, ByteCountFindsOverflow) {
  EXPECT_EQ(HostTensor::byteCount(ElementType::Float32, {2, 3}), 24);
  EXPECT_EQ(HostTensor::byteCount(ElementType::Float32, {}), 4);
  EXPECT_EQ(HostTensor::byteCount(ElementType::Int64, {5, 0}), 0);
  EXPECT_EQ(HostTensor::byteCount(ElementType::Float32, {-1}), -1);
  EXPECT_EQ(HostTensor::byteCount(ElementType::Float32, {INT64_MAX}), -1);
  EXPECT_EQ(HostTensor::byteCount(ElementType::UInt8, {int64_t{1} << 32, int64_t{1} << 32}), -1);
}

TEST(HostTensor, ConvertsToFloat) {
  const HostTensor from = HostTensor::of<int64_t>({2, 2}, {-3, 0, 7, 1 << 20});
  const HostTensor to = from.toFloat32();
  EXPECT_EQ(to.type(), ElementType::Float32);
  EXPECT_EQ(to.dims(), from.dims());
  EXPECT_EQ(to.data<float>()[0], -3.0f);
  EXPECT_EQ(to.data<float>()[3], 1048576.0f);
  EXPECT_EQ(from.describe(), "int64 2x2");
}

} // namespace
