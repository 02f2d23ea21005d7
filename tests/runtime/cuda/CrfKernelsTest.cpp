// The lattices of a dense CRF on a GPU filter as the paper says, and give the same bits whatever
// the order of threads. What becomes of whole networks, tests/endtoend/CrfTest.cpp says.

#include "../ReferenceLattice.h"
#include "DeviceArray.h"
#include "Seed.h"
#include "segc_cuda_crf.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace {

using segc::cuda::Lattice;
using segc::cuda::LatticeArrays;
using segc::cuda::PixelFeatures;
using segc::cuda::Taps;

/// Pixels, the columns of both lattices in the arrays over them, and lanes that are filtered.
constexpr int32_t kWidth = 17, kHeight = 13, kPixels = kWidth * kHeight;
constexpr int32_t kStride = 9, kLanes = 2;
constexpr float kUnset = -77;

/// An image with an edge and noise: float[3][height][width].
std::vector<float> picture() {
  std::mt19937 random(5);
  std::uniform_real_distribution<float> noise(-8, 8);
  std::vector<float> planes;
  for (int c = 0; c < 3; ++c)
    for (int32_t y = 0; y < kHeight; ++y)
      for (int32_t x = 0; x < kWidth; ++x)
        planes.push_back((x + y > kWidth ? 150.0f : 60.0f) + static_cast<float>(9 * c * y) +
                         noise(random));
  return planes;
}

std::vector<float> randomValues() {
  std::mt19937 random(2);
  std::uniform_real_distribution<float> uniform(0.1f, 1);
  std::vector<float> values(kPixels * kLanes);
  for (float &value : values)
    value = uniform(random);
  return values;
}

/// A lattice of the picture, in memory that has no byte to spare.
template <int Channels> class Built {
public:
  static constexpr int kTaps = 3 + Channels;
  /// As in packages, the spatial lattice has the last columns.
  static constexpr int32_t kColumn = Channels ? 0 : kStride - kTaps;

  explicit Built(const std::vector<float> &planes, int64_t most = int64_t{kTaps} * kPixels)
      : most(most), planes(planes), vertex(std::vector<int32_t>(kPixels * kStride, -77)),
        weight(std::vector<float>(kPixels * kStride, kUnset)),
        memory(std::vector<char>(static_cast<size_t>(Lattice<Channels>::bytes(kPixels, most)))),
        status(std::vector<int32_t>{SEGC_OK}), lattice(kPixels, most, memory.data()) {
    const PixelFeatures<Channels> features = {this->planes.data(), kWidth, kPixels, kSigma,
                                              kSigmaColour};
    EXPECT_EQ(lattice.build(nullptr, features, taps(), status.data()), SEGC_OK);
  }

  Taps taps() const { return {vertex.data() + kColumn, weight.data() + kColumn, kColumn, kStride}; }
  int32_t count() const {
    int32_t result = 0;
    cudaMemcpy(&result, lattice.arrays().count, sizeof result, cudaMemcpyDeviceToHost);
    return result;
  }
  std::vector<int32_t> numbers(const int32_t *from, int64_t length) const {
    std::vector<int32_t> result(static_cast<size_t>(length));
    cudaMemcpy(result.data(), from, result.size() * 4, cudaMemcpyDeviceToHost);
    return result;
  }

  /// Splats values[pixel][kLanes] and blurs, on so many threads: a table of rows.
  std::vector<float> blurred(const std::vector<float> &values, int64_t threads) const {
    const DeviceArray<float> rows(values);
    const std::vector<float> unset(static_cast<size_t>(count()) * kLanes, kUnset);
    const DeviceArray<float> tables[2] = {DeviceArray<float>(unset), DeviceArray<float>(unset)};
    const LatticeArrays arrays = lattice.arrays();
    EXPECT_EQ(segc::launchFor(threads, nullptr, &segc::cuda::splatKernel, arrays, weight.data(),
                              rows.data(), kLanes, kStride, tables[0].data()),
              SEGC_OK);
    for (int axis = 0; axis < kTaps; ++axis)
      EXPECT_EQ(segc::launchFor(threads, nullptr, &segc::cuda::blurKernel, arrays, axis, kLanes,
                                tables[axis % 2].data(), tables[1 - axis % 2].data()),
                SEGC_OK);
    return tables[kTaps % 2].contents();
  }

  /// The filtered values of one lane.
  std::vector<double> filtered(const std::vector<float> &table, int lane) const {
    const std::vector<int32_t> vertices = vertex.contents();
    const std::vector<float> weights = weight.contents();
    std::vector<double> result;
    for (int pixel = 0; pixel < kPixels; ++pixel) {
      double sum = 0;
      for (int k = 0; k < kTaps; ++k) {
        const int place = pixel * kStride + kColumn + k;
        sum += static_cast<double>(weights[place]) *
               static_cast<double>(table[vertices[place] * kLanes + lane]);
      }
      result.push_back(sum);
    }
    return result;
  }

  /// The features of all pixels, as the reference has them.
  static auto features(const std::vector<float> &planes) {
    segc::FeatureList<2 + Channels> result(kPixels);
    for (int pixel = 0; pixel < kPixels; ++pixel) {
      const int column = pixel % kWidth, row = pixel / kWidth;
      result[pixel][0] = column / kSigma;
      result[pixel][1] = row / kSigma;
      for (int c = 0; c < Channels; ++c)
        result[pixel][2 + c] = static_cast<double>(planes[c * kPixels + pixel]) / kSigmaColour;
    }
    return result;
  }

  // Half a pixel less than a sigma avoids ties, which may fall either way.
  static constexpr double kSigma = 3.53, kSigmaColour = 13.1;
  int64_t most;
  DeviceArray<float> planes;
  DeviceArray<int32_t> vertex;
  DeviceArray<float> weight;
  DeviceArray<char> memory;
  DeviceArray<int32_t> status;
  Lattice<Channels> lattice;
};

template <int Channels> void expectReferenceFilter() {
  const std::vector<float> planes = picture(), values = randomValues();
  std::vector<float> first;
  for (int seed = 0; seed < 4; ++seed) {
    SCOPED_TRACE(testing::Message() << Channels << " channels, seed " << seed);
    const Seed order(seed);
    const Built<Channels> built(planes);
    EXPECT_EQ(built.status.contents()[0], SEGC_OK);
    // Fewer threads than numbers take several each.
    const std::vector<float> table = built.blurred(values, seed % 2 ? 1 << 14 : 256);
    if (!seed)
      first = table;
    ASSERT_EQ(table, first) << "bits depend on the order of threads";
    for (int lane = 0; lane < kLanes; ++lane) {
      std::vector<double> ofLane(kPixels);
      for (int pixel = 0; pixel < kPixels; ++pixel)
        ofLane[pixel] = static_cast<double>(values[pixel * kLanes + lane]);
      const std::vector<double> found = built.filtered(table, lane);
      const std::vector<double> expected =
          segc::referenceFilter<2 + Channels>(Built<Channels>::features(planes), ofLane);
      for (int pixel = 0; pixel < kPixels; ++pixel)
        ASSERT_NEAR(found[pixel], expected[pixel], 1e-5 * expected[pixel]) << "pixel " << pixel;
    }
  }
}

TEST(CrfKernels, LatticesFilterAsTheReference) {
  expectReferenceFilter<0>();
  expectReferenceFilter<1>();
  expectReferenceFilter<3>();
}

template <int Channels> void expectNumberedByFirstTaps() {
  for (int seed = 0; seed < 4; ++seed) {
    const Seed order(seed);
    const Built<Channels> built(picture());
    const std::vector<int32_t> vertices = built.vertex.contents();
    const LatticeArrays arrays = built.lattice.arrays();
    const int32_t count = built.count();
    constexpr int kTaps = Built<Channels>::kTaps;
    // A vertex that a tap is the first of has the next number; taps are listed in order.
    int32_t next = 0;
    std::vector<std::vector<int32_t>> tapsOf(static_cast<size_t>(count));
    for (int32_t place = 0; place < kPixels * kStride; ++place) {
      const int32_t column = place % kStride - Built<Channels>::kColumn;
      if (column < 0 || column >= kTaps) {
        ASSERT_EQ(vertices[place], -77) << "of the other lattice";
        continue;
      }
      ASSERT_TRUE(vertices[place] >= 0 && vertices[place] <= next) << "tap " << place;
      next += vertices[place] == next;
      ASSERT_LE(next, count);
      tapsOf[static_cast<size_t>(vertices[place])].push_back(place);
    }
    ASSERT_EQ(next, count);
    const std::vector<int32_t> begin = built.numbers(arrays.begin, count + 1);
    const std::vector<int32_t> entries = built.numbers(arrays.entries, int64_t{kTaps} * kPixels);
    for (int32_t v = 0; v < count; ++v)
      ASSERT_EQ(std::vector<int32_t>(entries.begin() + begin[v], entries.begin() + begin[v + 1]),
                tapsOf[static_cast<size_t>(v)])
          << "vertex " << v;
  }
}

TEST(CrfKernels, VerticesAreNumberedByTheirFirstTaps) {
  expectNumberedByFirstTaps<0>();
  expectNumberedByFirstTaps<3>();
}

TEST(CrfKernels, TooManyVerticesAreReported) {
  const int32_t all = Built<3>(picture()).count();
  const Built<3> enough(picture(), all);
  EXPECT_EQ(enough.status.contents()[0], SEGC_OK);
  const Built<3> few(picture(), all - 1);
  EXPECT_EQ(few.status.contents()[0], SEGC_ERROR_CAPACITY);
  // What comes next stays inside its memory.
  EXPECT_EQ(few.count(), all - 1);
  EXPECT_EQ(few.blurred(randomValues(), 512).size(), static_cast<size_t>(all - 1) * kLanes);
}

TEST(CrfKernels, ColoursThatAreNoNumbersAreReported) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const float value : {std::nanf(""), infinity, -infinity, 1e30f})
    for (const int place : {0, kPixels - 1, 2 * kPixels + 40}) {
      std::vector<float> planes = picture();
      planes[place] = value;
      EXPECT_EQ(Built<3>(planes).status.contents()[0], SEGC_ERROR_VALUE) << value;
    }
}

template <typename Element> class Scores : public ::testing::Test {};
using ScoreElements = ::testing::Types<float, segc::Half, segc::BFloat16>;
TYPED_TEST_SUITE(Scores, ScoreElements);

TYPED_TEST(Scores, ThatAreNoNumbersAreReported) {
  // NaN beside the image, which is not looked at, as are channels that fill the last block up.
  constexpr int kChannels = 11;
  const segc::MapGeometry map = {kChannels, 3, 5, 8, 2, 1};
  const std::vector<TypeParam> unset(static_cast<size_t>(segc::imageStride(map)),
                                     TypeParam(std::nanf("")));
  for (int wrong = -1; wrong < 2 * 3 * 5 * 8; ++wrong) {
    std::vector<TypeParam> scores = unset;
    int number = 0;
    for (int cb = 0; cb < 2; ++cb)
      for (int y = 0; y < 3; ++y)
        for (int x = 0; x < 5; ++x)
          for (int ci = 0; ci < 8; ++ci)
            scores[static_cast<size_t>(cb * segc::planeStride(map) + y * segc::rowPitch(map) +
                                       (2 + x) * 8 + ci)] =
                TypeParam(number++ == wrong ? std::numeric_limits<float>::infinity() : 1.0f);
    const DeviceArray<TypeParam> memory(scores);
    const DeviceArray<int32_t> status({SEGC_OK});
    const segc::View view = segc::mapView(memory.data(), map, -2, 8, 2);
    ASSERT_EQ(segc::launchFor(2 * 3 * 5 * 8, nullptr, &segc::cuda::checkFiniteKernel<TypeParam>,
                              view, 5, kChannels, status.data()),
              SEGC_OK);
    const bool isChannel = wrong >= 0 && wrong / (3 * 5 * 8) * 8 + wrong % 8 < kChannels;
    ASSERT_EQ(status.contents()[0], isChannel ? SEGC_ERROR_VALUE : SEGC_OK) << "element " << wrong;
  }
}

TEST(CrfKernels, TapsAreNormalised) {
  const Built<0> built(picture());
  constexpr int kTaps = Built<0>::kTaps, kColumn = Built<0>::kColumn;
  std::vector<float> ones(static_cast<size_t>(built.count()));
  for (size_t i = 0; i < ones.size(); ++i)
    ones[i] = 1 + static_cast<float>(i % 5);
  const std::vector<int32_t> vertices = built.vertex.contents();
  const std::vector<float> weights = built.weight.contents();
  const DeviceArray<float> table(ones);
  ASSERT_EQ(segc::launchFor(kPixels, nullptr, &segc::cuda::normaliseKernel<kTaps>, built.taps(),
                            table.data(), kPixels, 2.5f, 24, 1000),
            SEGC_OK);
  const std::vector<int32_t> offsets = built.vertex.contents();
  const std::vector<float> scaled = built.weight.contents();
  for (int pixel = 0; pixel < kPixels; ++pixel) {
    const int first = pixel * kStride + kColumn;
    double sum = 0;
    for (int i = first; i < first + kTaps; ++i)
      sum += static_cast<double>(weights[i]) * static_cast<double>(ones[vertices[i]]);
    for (int i = first; i < first + kTaps; ++i) {
      ASSERT_NEAR(scaled[i], static_cast<double>(weights[i]) * std::sqrt(2.5 / sum), 1e-5);
      ASSERT_EQ(offsets[i], 1000 + 24 * vertices[i]);
    }
    // Columns of the other lattice are not ours.
    for (int i = pixel * kStride; i < first; ++i)
      ASSERT_TRUE(scaled[i] == kUnset && offsets[i] == -77);
  }
}

} // namespace
