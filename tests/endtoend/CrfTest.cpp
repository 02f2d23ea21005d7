// The dense CRF as users compile it, against the lattice's own mathematics in double precision
// and against the exact mean field. On this processor, and on the emulation of CUDA.

#include "compiler/package/Compile.h"
#include "compiler/package/LoadedNetwork.h"
#include "tests/endtoend/ReferenceMeanField.h"
#include "tests/endtoend/Sample.h"
#include "tests/files/TestFolder.h"

#include "llvm/ADT/StringExtras.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <random>

using namespace segc;

namespace {

/// On a GPU, a third of the tests each day.
class Crf : public ::testing::TestWithParam<const char *> {
protected:
  void SetUp() override {
    isOnGpu = std::string(GetParam()) == "cuda";
    const auto *test = ::testing::UnitTest::GetInstance()->current_test_info();
    if (isOnGpu && !isSampled(test->name(), 3))
      GTEST_SKIP() << "its turn is another day";
  }

public:
  static Target target() {
    return isOnGpu ? Target(*CudaTarget::fromArch("emulated"))
                   : Target(*CpuTarget::fromArch("native"));
  }

private:
  static bool isOnGpu;
};
bool Crf::isOnGpu = false;

INSTANTIATE_TEST_SUITE_P(Targets, Crf, ::testing::Values("native", "cuda"),
                         [](const auto &info) { return std::string(info.param); });

CrfOptions optionsOf(const CrfSettings &settings) {
  CrfOptions options;
  options.iterations = settings.iterations;
  options.bilateralXy = settings.bilateralXy;
  options.bilateralRgb = settings.bilateralRgb;
  options.bilateralWeight = settings.bilateralWeights[0];
  options.spatial = settings.spatial;
  options.spatialWeight = settings.spatialWeights[0];
  return options;
}

/// A network in a folder of its own.
class Compiled {
public:
  /// `configure` sets what is to be compiled.
  explicit Compiled(const std::function<void(CompileOptions &)> &configure) {
    options.outputFolder = folder / "package";
    options.emit = {"source", "shared"};
    options.target = Crf::target();
    options.asserts = true;
    options.name = "network";
    options.compilerFlags = {"-O1"};
    configure(options);
    Progress progress(Progress::standardError(true, ColorMode::Never));
    if (auto failure = compileModel(options, progress))
      ADD_FAILURE() << llvm::join(failure->messages, "\n");
  }
  explicit Compiled(const CrfSettings &settings, int64_t labels)
      : Compiled([&](CompileOptions &options) {
          options.model = "dense_crf";
          options.crfClasses = static_cast<int>(labels);
          options.crf = optionsOf(settings);
        }) {}

  /// The outputs, or what the network says instead.
  Result<std::vector<HostTensor>> runAll(const std::vector<HostTensor> &inputs, int threads = 2) {
    auto network = LoadedNetwork::open(folder / "package/libnetwork.so", "network", threads);
    if (!network)
      return network.failure();
    return (*network)->run(inputs);
  }
  /// The first output.
  Result<HostTensor> run(const std::vector<HostTensor> &inputs, int threads = 2) {
    auto outputs = runAll(inputs, threads);
    if (!outputs)
      return outputs.failure();
    return std::move(outputs->front());
  }

  TestFolder folder;

private:
  CompileOptions options;
};

std::vector<HostTensor> inputsOf(const CrfProblem &p) {
  return {HostTensor::of({1, p.labels, p.height, p.width}, p.scores),
          HostTensor::of({1, p.channels(), p.height, p.width}, p.image)};
}

/// Regions of colour with noise, and scores that know the regions a little.
CrfProblem problem(int64_t labels, int64_t height, int64_t width, unsigned seed = 1,
                   int64_t channels = 3) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  CrfProblem p{labels, height, width, {}, {}};
  p.scores.resize(labels * p.pixels());
  p.image.resize(channels * p.pixels());
  for (int64_t y = 0; y < height; ++y)
    for (int64_t x = 0; x < width; ++x) {
      const int64_t region = (x * 5 / width + 2 * (y * 3 / height)) % 7;
      for (int64_t c = 0; c < channels; ++c)
        p.image[(c * height + y) * width + x] =
            std::round(20 + 30.0f * static_cast<float>(region * (c + 2) % 7) + 6 * uniform(random));
      for (int64_t l = 0; l < labels; ++l)
        p.scores[(l * height + y) * width + x] =
            2 * uniform(random) + (region % labels == l ? 1.5f : 0.0f);
    }
  return p;
}

struct Agreement {
  double meanError = 0, labels = 0;
};

Agreement compare(const HostTensor &actual, const std::vector<double> &expected,
                  const CrfProblem &p) {
  Agreement result;
  EXPECT_EQ(actual.dims(), (std::vector<int64_t>{1, p.labels, p.height, p.width}));
  const int64_t pixels = p.pixels();
  for (int64_t i = 0; i < pixels; ++i) {
    int64_t best = 0, expectedBest = 0;
    for (int64_t l = 0; l < p.labels; ++l) {
      const double belief = actual.valueAt(l * pixels + i);
      result.meanError += std::fabs(belief - expected[l * pixels + i]);
      if (belief > actual.valueAt(best * pixels + i))
        best = l;
      if (expected[l * pixels + i] > expected[expectedBest * pixels + i])
        expectedBest = l;
    }
    result.labels += best == expectedBest;
  }
  result.meanError /= double(pixels * p.labels);
  result.labels /= double(pixels);
  return result;
}

void expectMatchesTheLattice(Compiled &crf, const CrfSettings &settings, const CrfProblem &p,
                             double tolerance = 1e-6) {
  SCOPED_TRACE(testing::Message() << p.labels << " labels, " << p.width << " x " << p.height);
  auto actual = crf.run(inputsOf(p));
  if (!actual)
    FAIL() << llvm::join(actual.failure().messages, "\n");
  const Agreement agreement =
      compare(*actual, referenceMeanField(p, settings, CrfFilter::Lattice), p);
  EXPECT_LE(agreement.meanError, tolerance);
  EXPECT_GE(agreement.labels, 0.999);
}

TEST_P(Crf, MatchesTheLatticeForAnyNumberOfLabels) {
  CrfSettings settings;
  for (int64_t labels : {2, 3, 8, 21, 150}) {
    Compiled crf(settings, labels);
    expectMatchesTheLattice(crf, settings, problem(labels, 23, 37));
  }
}

TEST_P(Crf, MatchesTheLatticeForAnySize) {
  CrfSettings settings;
  Compiled crf(settings, 5);
  for (auto [height, width] : {std::pair(1, 1), {1, 70}, {70, 1}, {2, 3}, {64, 80}, {33, 16}})
    expectMatchesTheLattice(crf, settings, problem(5, height, width));
}

TEST_P(Crf, MatchesTheLatticeForAnySigma) {
  struct Sigmas {
    double xy, rgb, spatial, weight;
  };
  // Where every pixel hears every other alike, strong messages make rounding errors grow.
  for (auto [xy, rgb, spatial, weight] :
       {Sigmas{0.2, 0.1, 0.1, 4}, {5, 3, 1, 4}, {67, 3, 3, 4}, {1e4, 1e3, 1e4, 0.5}}) {
    SCOPED_TRACE(testing::Message() << "sigmas " << xy << ", " << rgb << ", " << spatial);
    CrfSettings settings;
    settings.bilateralXy = xy;
    settings.bilateralRgb = rgb;
    settings.spatial = spatial;
    settings.bilateralWeights = settings.spatialWeights = {weight};
    Compiled crf(settings, 3);
    // Narrow lattices reach 2,000 simplices; near that end positions are floats' to 1e-4.
    expectMatchesTheLattice(crf, settings, problem(3, 24, 31), xy < 1 ? 2e-4 : 1e-6);
  }
}

/// A scan, a depth image, colours with depth.
TEST_P(Crf, MatchesTheLatticeForAnyNumberOfChannels) {
  for (int channels : {1, 2, 4}) {
    CrfSettings settings;
    Compiled crf([&](CompileOptions &options) {
      options.model = "dense_crf";
      options.crfClasses = 5;
      options.crf = optionsOf(settings);
      options.crf->imageChannels = channels;
    });
    SCOPED_TRACE(testing::Message() << channels << " channels");
    expectMatchesTheLattice(crf, settings, problem(5, 23, 37, 1, channels));
    // Colours so far from zero that keys become wide: with six dimensions sooner.
    CrfProblem far = problem(5, 23, 37, 1, channels);
    for (float &value : far.image)
      value += 32768;
    expectMatchesTheLattice(crf, settings, far, 2e-6);
  }
}

TEST_P(Crf, NoiseFits) {
  // Every pixel has nine vertices for itself.
  CrfSettings settings;
  settings.bilateralXy = 0.3;
  settings.bilateralRgb = 1;
  settings.spatial = 0.3;
  settings.iterations = 1;
  CrfProblem p = problem(2, 300, 400);
  std::mt19937 random(5);
  std::uniform_real_distribution<float> colour(0, 255);
  for (float &value : p.image)
    value = colour(random);
  auto beliefs = Compiled(settings, 2).run(inputsOf(p));
  if (!beliefs)
    FAIL() << llvm::join(beliefs.failure().messages, "\n");
  for (int64_t i = 0; i < p.pixels(); ++i)
    ASSERT_NEAR(beliefs->valueAt(i) + beliefs->valueAt(p.pixels() + i), 1, 1e-5);
}

TEST_P(Crf, IterationsAreCounted) {
  for (int iterations : {0, 1, 2}) {
    CrfSettings settings;
    settings.iterations = iterations;
    Compiled crf(settings, 4);
    expectMatchesTheLattice(crf, settings, problem(4, 12, 19));
  }
}

TEST_P(Crf, IsNearTheExactMeanField) {
  CrfSettings settings;
  settings.bilateralXy = 30;
  settings.bilateralWeights = {4};
  Compiled crf(settings, 5);
  const CrfProblem p = problem(5, 24, 28);
  auto actual = crf.run(inputsOf(p));
  ASSERT_TRUE(actual);
  const Agreement agreement =
      compare(*actual, referenceMeanField(p, settings, CrfFilter::Exact), p);
  EXPECT_LE(agreement.meanError, 6e-3);
  EXPECT_GE(agreement.labels, 0.93);
}

/// The text of a network with learned compatibilities and weights of labels.
std::string learnedNetwork(const CrfSettings &settings, int64_t labels) {
  auto list = [](const std::vector<double> &values) {
    std::string text;
    for (double value : values)
      text += (text.empty() ? "" : ", ") + std::to_string(value);
    return text;
  };
  const std::string l = std::to_string(labels), map = "!seg.tensor<[1, " + l + ", h, w], f32>";
  const std::string image = "!seg.tensor<[1, 3, h, w], f32>";
  const std::string matrix = "!seg.tensor<[" + l + ", " + l + "], f32>";
  std::string rows;
  for (int64_t i = 0; i < labels; ++i)
    rows += (i ? ", [" : "[") +
            list({settings.compatibility.begin() + i * labels,
                  settings.compatibility.begin() + (i + 1) * labels}) +
            "]";
  return "func.func @network(%scores: " + map + ", %image: " + image + ") -> " + map +
         " {\n  %m = seg.constant {value = dense<[" + rows + "]> : tensor<" + l + "x" + l +
         "xf32>} : () -> " + matrix + "\n  %q = seg.dense_crf %scores, %image, %m {iterations = " +
         std::to_string(settings.iterations) + ", bilateral_sigma_xy = 30.0 : f32, " +
         "bilateral_sigma_rgb = 13.0 : f32, bilateral_weights = array<f32: " +
         list(settings.bilateralWeights) + ">, spatial_sigma = 3.0 : f32, spatial_weights = " +
         "array<f32: " + list(settings.spatialWeights) + ">} : (" + map + ", " + image + ", " +
         matrix + ") -> " + map + "\n  return %q : " + map + "\n}\n";
}

TEST_P(Crf, LearnedCompatibilitiesAndWeights) {
  const int64_t labels = 11;
  CrfSettings settings;
  settings.bilateralXy = 30;
  settings.bilateralWeights.clear();
  settings.spatialWeights.clear();
  for (int64_t i = 0; i < labels; ++i) {
    settings.bilateralWeights.push_back(2 + 0.25 * double(i));
    settings.spatialWeights.push_back(3 - 0.125 * double(i));
    for (int64_t j = 0; j < labels; ++j)
      settings.compatibility.push_back(i == j ? -1 : 0.0625 * double((i * 3 + j) % 5));
  }
  Compiled crf([&](CompileOptions &options) {
    static TestFolder models;
    options.model = models.put("learned.mlir", learnedNetwork(settings, labels));
  });
  expectMatchesTheLattice(crf, settings, problem(labels, 26, 29));
}

TEST_P(Crf, LabelsAreThoseOfTheLargestBelief) {
  CrfSettings settings;
  Compiled beliefs(settings, 21);
  Compiled labels([&](CompileOptions &options) {
    options.model = "dense_crf";
    options.crfClasses = 21;
    options.crf = optionsOf(settings);
    options.processing.argmax = true;
  });
  const CrfProblem p = problem(21, 31, 45);
  auto q = beliefs.run(inputsOf(p)), l = labels.run(inputsOf(p));
  ASSERT_TRUE(q);
  ASSERT_TRUE(l);
  ASSERT_EQ(l->dims(), (std::vector<int64_t>{1, 1, p.height, p.width}));
  for (int64_t i = 0; i < p.pixels(); ++i)
    for (int64_t other = 0; other < 21; ++other)
      ASSERT_LE(q->valueAt(other * p.pixels() + i),
                q->valueAt(static_cast<int64_t>(l->valueAt(i)) * p.pixels() + i));
}

TEST_P(Crf, KeepsEveryIteration) {
  CrfSettings settings;
  settings.iterations = 3;
  Compiled crf([&](CompileOptions &options) {
    options.model = "dense_crf";
    options.crfClasses = 5;
    options.crf = optionsOf(settings);
    options.crf->history = true;
  });
  const CrfProblem p = problem(5, 19, 26);
  auto outputs = crf.runAll(inputsOf(p));
  ASSERT_TRUE(outputs);
  ASSERT_EQ(outputs->size(), 3u);
  const int64_t values = p.labels * p.pixels();
  for (int i = 1; i <= 2; ++i)
    ASSERT_EQ((*outputs)[i].dims(), (std::vector<int64_t>{1, 15, p.height, p.width}));
  const HostTensor &scores = (*outputs)[1], &beliefs = (*outputs)[2];
  for (int iteration = 0; iteration < 3; ++iteration) {
    settings.iterations = iteration + 1;
    const std::vector<double> expected = referenceMeanField(p, settings, CrfFilter::Lattice);
    for (int64_t i = 0; i < values; ++i) {
      ASSERT_NEAR(beliefs.valueAt(iteration * values + i), expected[i], 1e-4);
      // Differences of scores are differences of the beliefs' logarithms.
      const int64_t first = i % p.pixels();
      const double difference =
          scores.valueAt(iteration * values + i) - scores.valueAt(iteration * values + first);
      ASSERT_NEAR(std::exp(difference) * beliefs.valueAt(iteration * values + first),
                  beliefs.valueAt(iteration * values + i), 1e-4);
    }
  }
  for (int64_t i = 0; i < values; ++i)
    ASSERT_EQ((*outputs)[0].valueAt(i), beliefs.valueAt(2 * values + i));
}

/// On a GPU: on the order in which they run.
TEST_P(Crf, BitsDoNotDependOnThreads) {
  CrfSettings settings;
  Compiled crf(settings, 21);
  const CrfProblem p = problem(21, 120, 90);
  auto one = crf.run(inputsOf(p), 1);
  setenv("SEGC_CUDA_SEED", "11", 1);
  auto three = crf.run(inputsOf(p), 3);
  unsetenv("SEGC_CUDA_SEED");
  ASSERT_TRUE(one);
  ASSERT_TRUE(three);
  EXPECT_TRUE(llvm::equal(one->bytes(), three->bytes()));
}

TEST_P(Crf, ImagesOfABatchDoNotMeet) {
  CrfSettings settings;
  Compiled crf(settings, 3);
  const CrfProblem a = problem(3, 20, 21, 1), b = problem(3, 20, 21, 2);
  auto joined = [](std::vector<float> first, const std::vector<float> &second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
  };
  auto both = crf.run({HostTensor::of({2, 3, 20, 21}, joined(a.scores, b.scores)),
                       HostTensor::of({2, 3, 20, 21}, joined(a.image, b.image))});
  auto first = crf.run(inputsOf(a)), second = crf.run(inputsOf(b));
  ASSERT_TRUE(both);
  ASSERT_TRUE(first);
  ASSERT_TRUE(second);
  const size_t bytes = first->bytes().size();
  EXPECT_EQ(std::memcmp(both->bytes().data(), first->bytes().data(), bytes), 0);
  EXPECT_EQ(std::memcmp(both->bytes().data() + bytes, second->bytes().data(), bytes), 0);
}

/// What a change of the problem that the mean field cannot feel does to the beliefs.
double change(Compiled &crf, const CrfProblem &p,
              const std::function<int64_t(int64_t label, int64_t y, int64_t x)> &sourceOf) {
  CrfProblem changed = p;
  auto moved = [&](const std::vector<float> &from, std::vector<float> &to, int64_t planes,
                   bool areLabels) {
    for (int64_t l = 0; l < planes; ++l)
      for (int64_t y = 0; y < p.height; ++y)
        for (int64_t x = 0; x < p.width; ++x) {
          const int64_t source = sourceOf(areLabels ? l : 0, y, x);
          to[(l * p.height + y) * p.width + x] =
              from[areLabels ? source : l * p.pixels() + source % p.pixels()];
        }
  };
  moved(p.scores, changed.scores, p.labels, true);
  // The image's planes stay in order; source pixels are those of label 0.
  moved(p.image, changed.image, 3, false);
  auto before = crf.run(inputsOf(p)), after = crf.run(inputsOf(changed));
  if (!before || !after)
    return 1;
  double largest = 0;
  for (int64_t l = 0; l < p.labels; ++l)
    for (int64_t y = 0; y < p.height; ++y)
      for (int64_t x = 0; x < p.width; ++x)
        largest = std::max(largest, std::fabs(after->valueAt((l * p.height + y) * p.width + x) -
                                              before->valueAt(sourceOf(l, y, x))));
  return largest;
}

TEST_P(Crf, TheOrderOfLabelsDoesNotMatter) {
  CrfSettings settings;
  Compiled crf(settings, 7);
  const CrfProblem p = problem(7, 25, 30);
  EXPECT_LE(change(crf, p,
                   [&](int64_t l, int64_t y, int64_t x) {
                     return ((l * 3 + 2) % 7 * p.height + y) * p.width + x;
                   }),
            2e-5);
}

/// The lattice is not symmetric, so a mirrored image has slightly other beliefs.
TEST_P(Crf, MirroredImagesHaveNearlyMirroredBeliefs) {
  CrfSettings settings;
  settings.bilateralWeights = {4};
  Compiled crf(settings, 5);
  const CrfProblem p = problem(5, 36, 43);
  auto mirrored = [&](const std::vector<float> &planes) {
    std::vector<float> result(planes.size());
    for (size_t i = 0; i < planes.size(); ++i)
      result[i] = planes[i - i % p.width + p.width - 1 - i % p.width];
    return result;
  };
  auto there = crf.run(inputsOf(p));
  auto back = crf.run(inputsOf({5, p.height, p.width, mirrored(p.scores), mirrored(p.image)}));
  ASSERT_TRUE(there);
  ASSERT_TRUE(back);
  std::vector<float> values(there->elementCount());
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(back->valueAt(static_cast<int64_t>(i)));
  values = mirrored(values);
  const Agreement agreement = compare(*there, {values.begin(), values.end()}, p);
  EXPECT_LE(agreement.meanError, 5e-3);
  EXPECT_GE(agreement.labels, 0.97);
}

TEST_P(Crf, ConstantImages) {
  CrfSettings settings;
  Compiled crf(settings, 4);
  CrfProblem p = problem(4, 21, 34);
  std::fill(p.image.begin(), p.image.end(), 77.0f);
  expectMatchesTheLattice(crf, settings, p);
}

TEST_P(Crf, NumbersThatAreNotFiniteAreRefused) {
  Compiled crf(CrfSettings(), 3);
  for (float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                    -std::numeric_limits<float>::infinity(), 3e38f}) {
    CrfProblem p = problem(3, 14, 15);
    if (bad < 1e38f || !std::isfinite(bad)) {
      p.scores[3 * 14 * 15 - 1] = bad;
      EXPECT_FALSE(crf.run(inputsOf(p))) << bad << " as a score";
    }
    p = problem(3, 14, 15);
    p.image[100] = bad;
    auto result = crf.run(inputsOf(p));
    ASSERT_FALSE(result) << bad << " as a colour";
    EXPECT_NE(result.failure().messages[0].find("not finite"), std::string::npos)
        << result.failure().messages[0];
  }
}

TEST_P(Crf, ImageAndScoresMustBeOfOneSize) {
  Compiled crf(CrfSettings(), 3);
  const CrfProblem p = problem(3, 14, 15), q = problem(3, 15, 14);
  EXPECT_FALSE(crf.run({inputsOf(p)[0], inputsOf(q)[1]}));
}

} // namespace
