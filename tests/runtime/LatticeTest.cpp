// The lattice of an image filters as the paper says, for all images and sigmas, with
// the same bits whatever the threads, and inside its memory.

#include "LatticeArrays.h"
#include "segc_threads.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>
#include <memory>
#include <random>

namespace {

using namespace segc;

double largestError(const std::vector<double> &a, const std::vector<double> &b) {
  double largest = a.size() == b.size() ? 0 : 1e9, scale = 1e-300;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    largest = std::max(largest, std::fabs(a[i] - b[i]));
    scale = std::max(scale, std::fabs(b[i]));
  }
  return largest / scale;
}

std::vector<double> randomValues(size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform(0.1, 1.0);
  std::vector<double> values(count);
  for (double &value : values)
    value = uniform(random);
  return values;
}

/// Points in a box of `spread` standard deviations, around centres `distance` apart.
/// They are floats, so that narrow lattices see the same numbers.
template <int D>
FeatureList<D> randomFeatures(size_t count, double spread, double distance, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform(0.0, spread);
  std::uniform_int_distribution<int> centre(-1, 1);
  FeatureList<D> features(count);
  for (auto &pixel : features)
    for (double &feature : pixel)
      feature =
          static_cast<double>(static_cast<float>(distance * centre(random) + uniform(random)));
  return features;
}

/// A colour image with some structure and noise: float[3][height][width], 0 to 255.
std::vector<float> picture(int32_t width, int32_t height, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> noise(-8.0f, 8.0f);
  std::vector<float> planes;
  for (int c = 0; c < 3; ++c)
    for (int32_t y = 0; y < height; ++y)
      for (int32_t x = 0; x < width; ++x)
        planes.push_back((x * 2 > width + y % 5 ? 180.0f - 40.0f * static_cast<float>(c) : 90.0f) +
                         2.0f * static_cast<float>(y) + noise(random));
  return planes;
}

FeatureList<5> pictureFeatures(const std::vector<float> &planes, int32_t width, int32_t height,
                               double sigmaPosition, double sigmaColour) {
  FeatureList<5> features;
  const size_t pixels = static_cast<size_t>(width) * static_cast<size_t>(height);
  for (size_t p = 0; p < pixels; ++p)
    features.push_back({static_cast<double>(p % static_cast<size_t>(width)) / sigmaPosition,
                        static_cast<double>(p / static_cast<size_t>(width)) / sigmaPosition,
                        static_cast<double>(planes[p]) / sigmaColour,
                        static_cast<double>(planes[pixels + p]) / sigmaColour,
                        static_cast<double>(planes[2 * pixels + p]) / sigmaColour});
  return features;
}

template <int D> void expectMatchesReference(double spread, double distance, bool wide) {
  for (unsigned seed = 0; seed < 6; ++seed) {
    const LatticeImage image = {23, 19, 48};
    const auto features = randomFeatures<D>(23 * 19, spread, distance, seed);
    const auto values = randomValues(23 * 19, seed);
    const auto arrays = build(image, ListedFeatures<D>{features});
    ASSERT_EQ(arrays.status, LatticeStatus::Ok);
    EXPECT_EQ(arrays.wide, wide);
    EXPECT_TRUE(arrays.intact);
    // Floats near the border of a narrow lattice's reach leave 1e-4 of a simplex.
    EXPECT_LT(largestError(filter(arrays, values), referenceFilter<D>(features, values)),
              distance > 100 && !wide ? 2e-3 : 2e-5);
  }
}

TEST(Lattice, MatchesTheReference) {
  for (double spread : {0.5, 3.0, 12.0}) {
    expectMatchesReference<2>(spread, 0, false);
    expectMatchesReference<3>(spread, 0, false);
    expectMatchesReference<5>(spread, 0, false);
    expectMatchesReference<6>(spread, 0, false);
  }
  expectMatchesReference<2>(3, 300, false);
  expectMatchesReference<5>(1.5, 300, false);
}

TEST(Lattice, WideKeysMatchTheReference) {
  expectMatchesReference<2>(3, 1e5, true);
  expectMatchesReference<5>(1.5, 1e5, true);
  expectMatchesReference<6>(1.5, 1e4, true);
  expectMatchesReference<2>(3, 1e6, true);
  expectMatchesReference<5>(3, 4e6, true);
}

TEST(Lattice, KeysBeyondTheReachAreNotTakenForOthers) {
  // Moved by (4096, -1) quotients, a vertex would have the same 12-bit fields.
  const double first = 3 * 4096, second = -3, third = -first - second;
  const double across = (first - second) / 2 / axisScale<2>(0);
  const double along = (first + second - 2 * third) / 6 / axisScale<2>(1);
  FeatureList<2> features = randomFeatures<2>(100, 2, 0, 1);
  for (size_t p = 0; p < 100; ++p) {
    features[p][0] -= across / 2;
    features[p][1] -= along / 2;
    features.push_back({features[p][0] + across, features[p][1] + along});
  }
  const auto arrays = build(LatticeImage{20, 10, 64}, ListedFeatures<2>{features});
  ASSERT_EQ(arrays.status, LatticeStatus::Ok);
  std::vector<double> values = randomValues(200, 1);
  std::fill(values.begin() + 100, values.end(), 0.0);
  EXPECT_LT(largestError(filter(arrays, values), referenceFilter<2>(features, values)), 1e-4);
}

TEST(Lattice, WeightsAreNotNegativeAtTies) {
  // With a first feature of zero two coordinates are equal: a face of the simplex.
  for (double spread : {1.0, 30.0, 1000.0}) {
    auto features = randomFeatures<5>(8000, spread, 0, 4);
    for (auto &pixel : features)
      pixel[0] = 0;
    const auto arrays = build(latticeImage(80, 100), ListedFeatures<5>{features});
    ASSERT_EQ(arrays.status, LatticeStatus::Ok);
    EXPECT_FALSE(arrays.wide);
    EXPECT_GE(*std::min_element(arrays.weight.begin(), arrays.weight.end()), 0.0f);
  }
}

TEST(Lattice, MatchesTheReferenceOnThinImages) {
  const int32_t sizes[][2] = {{1, 1}, {1, 200}, {200, 1}, {3, 70}, {2, 2}, {17, 16}};
  for (const auto &size : sizes) {
    const LatticeImage image = {size[0], size[1], 32};
    const auto planes = picture(size[0], size[1], 5);
    // Half a pixel less than a sigma avoids ties, which may fall either way.
    const auto features = pictureFeatures(planes, size[0], size[1], 7.53, 13.1);
    const auto arrays = build(image, BilateralFeatures(planes.data(), image.pixels(), 7.53, 13.1));
    ASSERT_EQ(arrays.status, LatticeStatus::Ok);
    EXPECT_TRUE(arrays.intact);
    const auto values = randomValues(features.size(), 3);
    EXPECT_LT(largestError(filter(arrays, values), referenceFilter<5>(features, values)), 1e-4)
        << size[0] << " x " << size[1];
  }
}

/// The mean error of normalised filtering against the exact Gaussian, values in 0.1..1.
template <int D>
double errorAgainstGaussian(const Arrays<D> &arrays, const FeatureList<D> &features) {
  const std::vector<double> ones(features.size(), 1.0);
  // A step in the image, so that there is something to keep.
  std::vector<double> values = randomValues(features.size(), 11);
  for (size_t p = 0; p < values.size(); ++p)
    values[p] = 0.2 * values[p] + (features[p][0] * 2 > features.back()[0] ? 0.8 : 0.0);
  const auto sums = filter(arrays, values), masses = filter(arrays, ones);
  const auto exactSums = gaussianFilter<D>(features, values);
  const auto exactMasses = gaussianFilter<D>(features, ones);
  double error = 0;
  for (size_t p = 0; p < values.size(); ++p)
    error += std::fabs(sums[p] / masses[p] - exactSums[p] / exactMasses[p]);
  return error / static_cast<double>(values.size());
}

TEST(Lattice, IsNearTheGaussianOnTheMean) {
  const int32_t width = 40, height = 30;
  const LatticeImage image = {width, height, 128};
  const auto planes = picture(width, height, 1);
  const auto bilateral = pictureFeatures(planes, width, height, 12, 20);
  FeatureList<2> spatial;
  for (const auto &f : bilateral)
    spatial.push_back({f[0] * 12 / 3, f[1] * 12 / 3});
  EXPECT_LT(errorAgainstGaussian<5>(
                build(image, BilateralFeatures(planes.data(), image.pixels(), 12, 20)), bilateral),
            0.02);
  EXPECT_LT(errorAgainstGaussian<2>(build(image, SpatialFeatures(3)), spatial), 0.02);
}

TEST(Lattice, AConstantImageIsASpatialOne) {
  const LatticeImage image = latticeImage(60, 50);
  const std::vector<float> planes(3 * 60 * 50, 127.0f);
  const auto features = pictureFeatures(planes, 60, 50, 8.3, 13);
  const auto arrays = build(image, BilateralFeatures(planes.data(), image.pixels(), 8.3, 13));
  ASSERT_EQ(arrays.status, LatticeStatus::Ok);
  EXPECT_LT(errorAgainstGaussian<5>(arrays, features), 0.02);
  // All pixels in one place, far from and near zero.
  for (float colour : {0.0f, 255.0f}) {
    const std::vector<float> flat(3 * 60 * 50, colour);
    const auto one = build(image, BilateralFeatures(flat.data(), image.pixels(), 1e6, 13));
    ASSERT_EQ(one.status, LatticeStatus::Ok);
    EXPECT_LE(one.vertices, 24); // features near zero surround it
    const auto values = randomValues(3000, 2);
    const auto sums = filter(one, values);
    EXPECT_NEAR(*std::max_element(sums.begin(), sums.end()) /
                    *std::min_element(sums.begin(), sums.end()),
                1, 1e-3);
  }
}

RC_GTEST_PROP(Lattice, HoldsForAllImagesAndSigmas, ()) {
  const int32_t width = *rc::gen::inRange(1, 70), height = *rc::gen::inRange(1, 30);
  const int32_t least = (width * height + kLatticeStrips - 1) / kLatticeStrips;
  const LatticeImage image = {width, height, *rc::gen::inRange(least, least + 300)};
  const double sigmaPosition = std::pow(10.0, *rc::gen::inRange(-3, 7));
  const double sigmaColour = std::pow(10.0, *rc::gen::inRange(-3, 7));
  const auto planes = picture(width, height, *rc::gen::inRange(0u, 1000u));
  const auto arrays =
      build(image, BilateralFeatures(planes.data(), image.pixels(), sigmaPosition, sigmaColour));
  RC_ASSERT(arrays.status == LatticeStatus::Ok);
  RC_ASSERT(arrays.intact);
  if (sigmaColour < 0.01)
    RC_ASSERT(arrays.wide);
  for (size_t p = 0; p < planes.size() / 3; ++p) {
    double sum = 0;
    for (size_t k = 0; k < 6; ++k) {
      RC_ASSERT(arrays.weight[p * 6 + k] >= 0.0f);
      sum += static_cast<double>(arrays.weight[p * 6 + k]);
      RC_ASSERT(arrays.slice[p * 6 + k] >= 0 && arrays.slice[p * 6 + k] < arrays.vertices);
    }
    RC_ASSERT(std::fabs(sum - 1) < 1e-5);
  }
  // A vertex is on one chain of an axis, in front of the one it names.
  for (const auto &list : arrays.chains) {
    const auto count = static_cast<int32_t>(list.size());
    std::vector<bool> seen(static_cast<size_t>(arrays.vertices), false);
    for (int32_t i = 0; i < count; ++i) {
      const LatticeLink link =
          latticeLink(list.data(), count, i, arrays.rows.zero, arrays.rows.spare);
      RC_ASSERT(link.own >= 0 && link.own < arrays.vertices);
      RC_ASSERT(!seen[static_cast<size_t>(link.own)]);
      seen[static_cast<size_t>(link.own)] = true;
      RC_ASSERT(link.save >= arrays.rows.spare && link.save < arrays.rowCount);
      RC_ASSERT(link.previous != link.save && link.next != link.save);
      RC_ASSERT(link.previous != arrays.rows.zero || link.next != arrays.rows.zero);
    }
  }
  // Everything that is splatted arrives: the filter keeps a column of mass.
  const std::vector<double> ones(planes.size() / 3, 1.0);
  for (double mass : filter(arrays, ones))
    RC_ASSERT(mass > 0.0);
}

TEST(Lattice, ReportsFeaturesOutOfReach) {
  const LatticeImage image = {13, 11, 32};
  const float inf = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  ThreadPool pool(3);
  for (size_t at : {0u, 5u, 31u, 32u, 77u, 142u})
    for (float value : {nan, inf, -inf, 1e30f, std::numeric_limits<float>::max()})
      for (size_t plane : {0u, 2u}) {
        auto planes = picture(13, 11, 4);
        planes[plane * 143 + at] = value;
        const auto arrays =
            build(image, BilateralFeatures(planes.data(), 143, 80, 13), pool.parallel());
        EXPECT_EQ(arrays.status, LatticeStatus::Features) << value << " at " << at;
        EXPECT_TRUE(arrays.intact);
      }
  EXPECT_EQ(build(image, SpatialFeatures(0)).status, LatticeStatus::Features);
  EXPECT_EQ(build(image, SpatialFeatures(std::nan(""))).status, LatticeStatus::Features);
  EXPECT_EQ(build(image, SpatialFeatures(1e-3)).status, LatticeStatus::Ok);
}

TEST(Lattice, OrderAndSignOfPixelsDoNotMatter) {
  for (unsigned seed = 0; seed < 4; ++seed) {
    const LatticeImage image = {31, 21, 64};
    const size_t pixels = 31 * 21;
    const auto features = randomFeatures<5>(pixels, 4, 0, seed);
    const auto values = randomValues(pixels, seed);
    const auto expected = filter(build(image, ListedFeatures<5>{features}), values);

    FeatureList<5> flipped(features.rbegin(), features.rend());
    auto result = filter(build(image, ListedFeatures<5>{flipped}),
                         std::vector<double>(values.rbegin(), values.rend()));
    std::reverse(result.begin(), result.end());
    EXPECT_LT(largestError(result, expected), 1e-6);

    FeatureList<5> negated = features;
    for (auto &pixel : negated)
      for (double &feature : pixel)
        feature = -feature;
    EXPECT_LT(largestError(filter(build(image, ListedFeatures<5>{negated}), values), expected),
              1e-6);
  }
}

/// Runs loops backwards.
const segc_parallel kBackwards = {
    nullptr, [](void *, int32_t count, void (*body)(void *, int32_t), void *closure) {
      for (int32_t i = count; i-- > 0;)
        body(closure, i);
    }};

TEST(Lattice, ThreadsDoNotChangeABit) {
  const int32_t width = 131, height = 97;
  const LatticeImage image = {width, height, width * 9};
  ASSERT_GE(image.strips(), 8);
  const auto planes = picture(width, height, 9);
  for (double sigmaColour : {3.0, 0.01}) { // narrow and wide
    const BilateralFeatures features(planes.data(), image.pixels(), 10, sigmaColour);
    const auto expected = build(image, features);
    EXPECT_EQ(expected.wide, sigmaColour < 1);
    EXPECT_GT(expected.vertices, 4096 * 2) << "one piece holds all neighbours";
    for (int threads : {1, 2, 5}) {
      ThreadPool pool(threads);
      for (int round = 0; round < 3; ++round)
        EXPECT_TRUE(build(image, features, pool.parallel()) == expected) << threads;
    }
    EXPECT_TRUE(build(image, features, &kBackwards) == expected);
  }
}

TEST(Lattice, StripsDoNotChangeTheFilter) {
  const auto planes = picture(37, 29, 6);
  const BilateralFeatures features(planes.data(), 37 * 29, 11.3, 17.9);
  const auto values = randomValues(37 * 29, 8);
  const auto whole = build(LatticeImage{37, 29, 37 * 29}, features);
  EXPECT_TRUE(whole.sideRow.empty());
  for (int32_t strip : {68, 71, 111, 500, 5000}) {
    const auto parts = build(LatticeImage{37, 29, strip}, features);
    EXPECT_EQ(parts.slice, whole.slice) << "vertices are numbered as pixels touch them";
    EXPECT_LT(largestError(filter(parts, values), filter(whole, values)), 1e-12);
  }
}

TEST(Lattice, TwoLatticesShareATable) {
  const LatticeImage image = {50, 40, 160};
  const auto planes = picture(50, 40, 3);
  const BilateralFeatures colours(planes.data(), image.pixels(), 20, 15);
  const SpatialFeatures positions(3);
  const auto one = build(image, colours);
  const auto two = build(image, positions);

  std::vector<int32_t> slice(2000 * 9), splat(2000 * 9);
  std::vector<float> weight(2000 * 9);
  std::vector<uint64_t> memory5(static_cast<size_t>(Lattice<5>::bytes(image)) / 8 + 8);
  std::vector<uint64_t> memory2(static_cast<size_t>(Lattice<2>::bytes(image)) / 8 + 8);
  const auto aligned = [](std::vector<uint64_t> &memory) {
    return reinterpret_cast<void *>((reinterpret_cast<uintptr_t>(memory.data()) + 63) / 64 * 64);
  };
  Lattice<5> bilateral(image, aligned(memory5), nullptr);
  Lattice<2> spatial(image, aligned(memory2), nullptr);
  const LatticeTaps taps5 = {slice.data(), splat.data(), weight.data(), 9};
  const LatticeTaps taps2 = {slice.data() + 6, splat.data() + 6, weight.data() + 6, 9};
  ASSERT_EQ(bilateral.number(colours, taps5), LatticeStatus::Ok);
  ASSERT_EQ(spatial.number(positions, taps2), LatticeStatus::Ok);

  const int32_t mb = bilateral.vertices(), ms = spatial.vertices();
  const int32_t zero = mb + ms, side5 = zero + 1, side2 = side5 + bilateral.sideRows();
  const int32_t spare = side2 + spatial.sideRows();
  std::vector<int32_t> rows(static_cast<size_t>(bilateral.sideRows() + spatial.sideRows()));
  LatticeSides sides5 = {rows.data(), {}}, sides2 = {rows.data() + bilateral.sideRows(), {}};
  std::vector<int32_t> lists(static_cast<size_t>(mb) * 6 + static_cast<size_t>(ms) * 3);
  LatticeChains<5> chains5 = {lists.data(), {}};
  LatticeChains<2> chains2 = {lists.data() + static_cast<size_t>(mb) * 6, {}};
  bilateral.connect({0, side5, zero, spare}, taps5, chains5, sides5);
  spatial.connect({mb, side2, zero, spare}, taps2, chains2, sides2);

  for (size_t p = 0; p < 2000; ++p) {
    for (size_t k = 0; k < 6; ++k) {
      EXPECT_EQ(slice[p * 9 + k], one.slice[p * 6 + k]);
      const int32_t alone = one.splat[p * 6 + k];
      EXPECT_EQ(splat[p * 9 + k], alone < mb ? alone : alone - one.rows.side + side5);
    }
    for (size_t k = 0; k < 3; ++k) {
      EXPECT_EQ(slice[p * 9 + 6 + k], two.slice[p * 3 + k] + mb);
      const int32_t alone = two.splat[p * 3 + k];
      EXPECT_EQ(splat[p * 9 + 6 + k],
                alone < two.rows.side ? alone + mb : alone - two.rows.side + side2);
    }
  }
  // Side rows belong to vertices of their own lattice.
  EXPECT_EQ(sides5.begin[image.strips()], bilateral.sideRows());
  EXPECT_EQ(sides2.begin[image.strips()], spatial.sideRows());
  for (size_t i = 0; i < rows.size(); ++i)
    EXPECT_EQ(rows[i] >= mb, i >= static_cast<size_t>(bilateral.sideRows()));
  for (int axis = 0; axis < 3; ++axis)
    for (int32_t i = 0; i < chains2.count[axis]; ++i) {
      const int32_t entry = chains2.list[int64_t{axis} * ms + i];
      const int32_t row = entry < 0 ? ~entry : entry;
      EXPECT_TRUE(row >= mb && row < mb + ms);
    }
}

TEST(Lattice, BoundsItsMemory) {
  EXPECT_EQ(Lattice<5>::bytes({0, 4, 16}), -1);
  EXPECT_EQ(Lattice<5>::bytes({4, -1, 16}), -1);
  EXPECT_EQ(Lattice<5>::bytes({4, 4, 0}), -1);
  EXPECT_EQ(Lattice<5>::bytes({40000, 40000, 1 << 20}), -1);
  EXPECT_EQ(Lattice<5>::bytes(latticeImage(2147483647, 2147483647)), -1);
  EXPECT_GT(Lattice<5>::bytes(latticeImage(4096, 4096)), 4096 * 4096);
  EXPECT_EQ(Lattice<5>::bytes(latticeImage(500, 375)) % 64, 0);
  EXPECT_EQ(Lattice<5>::bytes({100, kLatticeStrips + 1, 100}), -1);
  EXPECT_EQ(latticeImage(1, 1).strips(), 1);
  EXPECT_EQ(latticeImage(500, 375).strips(), 8);
  EXPECT_EQ(latticeImage(1, 50000000).strips(), kLatticeStrips);
  EXPECT_EQ(latticeImage(50000000, 1).strips(), 1);
}

} // namespace
