// What --u8-input, --bgr, --mean, --std, --softmax and --argmax add to a network, compared with
// the same steps as plain loops.

#include "compiler/transforms/AddProcessing.h"
#include "compiler/dialect/Seg.h"
#include "compiler/interpreter/Interpreter.h"
#include "compiler/transforms/Pipeline.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

using namespace mlir;
using testing::HasSubstr;

namespace segc {
namespace {

constexpr int kClasses = 4, kHeight = 3, kWidth = 5, kPixels = kHeight * kWidth;

/// Scores of class k at a pixel: sum over c of kWeights[k][c] * channel c. No two channels are
/// treated alike, so that their order matters.
constexpr double kWeights[kClasses][3] = {{1, -2, 0.5}, {-0.25, 3, 1}, {2, 0.75, -1}, {-1, 1, 2}};

constexpr char kNetwork[] = R"(
func.func @f(%x: !seg.tensor<[n, 3, h, w], f32> {seg.name = "image"}) -> (!seg.tensor<[n, 4, h, w], f32> {seg.name = "scores"}) {
  %k = seg.constant {value = dense<[[[[1.0]], [[-2.0]], [[0.5]]], [[[-0.25]], [[3.0]], [[1.0]]], [[[2.0]], [[0.75]], [[-1.0]]], [[[-1.0]], [[1.0]], [[2.0]]]]> : tensor<4x3x1x1xf32>} : () -> !seg.tensor<[4, 3, 1, 1], f32>
  %y = seg.conv2d %x, %k {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, groups = 1, operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (!seg.tensor<[n, 3, h, w], f32>, !seg.tensor<[4, 3, 1, 1], f32>) -> !seg.tensor<[n, 4, h, w], f32>
  return %y : !seg.tensor<[n, 4, h, w], f32>
})";

/// The same network with channels last outside.
constexpr char kChannelsLast[] = R"(
func.func @f(%l: !seg.tensor<[n, h, w, 3], f32> {seg.name = "image"}) -> (!seg.tensor<[n, h, w, 4], f32> {seg.name = "scores"}) {
  %x = seg.transpose %l {permutation = array<i64: 0, 3, 1, 2>} : (!seg.tensor<[n, h, w, 3], f32>) -> !seg.tensor<[n, 3, h, w], f32>
  %k = seg.constant {value = dense<[[[[1.0]], [[-2.0]], [[0.5]]], [[[-0.25]], [[3.0]], [[1.0]]], [[[2.0]], [[0.75]], [[-1.0]]], [[[-1.0]], [[1.0]], [[2.0]]]]> : tensor<4x3x1x1xf32>} : () -> !seg.tensor<[4, 3, 1, 1], f32>
  %y = seg.conv2d %x, %k {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, groups = 1, operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (!seg.tensor<[n, 3, h, w], f32>, !seg.tensor<[4, 3, 1, 1], f32>) -> !seg.tensor<[n, 4, h, w], f32>
  %z = seg.transpose %y {permutation = array<i64: 0, 2, 3, 1>} : (!seg.tensor<[n, 4, h, w], f32>) -> !seg.tensor<[n, h, w, 4], f32>
  return %z : !seg.tensor<[n, h, w, 4], f32>
})";

/// Pixel values 0 to 255, of all magnitudes, in planes R, G, B.
std::vector<int64_t> pixelBytes() {
  std::vector<int64_t> bytes;
  for (int i = 0; i < 3 * kPixels; ++i)
    bytes.push_back((i * 97 + 13) % 256);
  bytes[0] = 0;
  bytes[1] = 255;
  return bytes;
}

/// The scores that the network with `processing` must have before softmax and argmax.
std::vector<double> expectedScores(const Processing &processing) {
  const std::vector<int64_t> bytes = pixelBytes();
  std::vector<double> scores(kClasses * kPixels);
  for (int pixel = 0; pixel < kPixels; ++pixel)
    for (int channel = 0; channel < 3; ++channel) {
      const int plane = processing.bgr ? 2 - channel : channel;
      double value = static_cast<double>(bytes[plane * kPixels + pixel]) / 255;
      if (processing.mean)
        value -= (*processing.mean)[channel];
      if (processing.std)
        value /= (*processing.std)[channel];
      for (int k = 0; k < kClasses; ++k)
        scores[k * kPixels + pixel] += kWeights[k][channel] * value;
    }
  return scores;
}

class AddProcessing : public testing::Test {
protected:
  AddProcessing() : context(MLIRContext::Threading::DISABLED) {
    context.loadDialect<seg::SegDialect, func::FuncDialect>();
  }

  /// The network with the steps.
  OwningOpRef<ModuleOp> processed(const Processing &processing) {
    OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(kNetwork, &context);
    EXPECT_TRUE(module);
    EXPECT_TRUE(succeeded(addProcessing(*module, processing)));
    EXPECT_TRUE(succeeded(verify(*module)));
    return module;
  }

  /// What it computes on pixelBytes(), or on the same as floats in [0, 1].
  interpreter::Tensor run(ModuleOp module, bool bytes) {
    auto function = *module.getOps<func::FuncOp>().begin();
    const std::vector<int64_t> pixels = pixelBytes();
    const int64_t shape[] = {1, 3, kHeight, kWidth};
    interpreter::Tensor input;
    if (bytes) {
      input = interpreter::Tensor::ofInts(IntegerType::get(&context, 8, IntegerType::Unsigned),
                                          shape, pixels);
    } else {
      std::vector<float> values;
      for (int64_t pixel : pixels)
        values.push_back(static_cast<float>(pixel) / 255.0f);
      input = interpreter::Tensor::ofFloats(&context, shape, values);
    }
    auto results = interpreter::interpret(function, input);
    if (!results) {
      ADD_FAILURE() << llvm::toString(results.takeError());
      return {};
    }
    EXPECT_EQ(results->size(), 1u);
    return results->front();
  }

  std::string errorOf(llvm::StringRef network, const Processing &processing) {
    OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(network, &context);
    EXPECT_TRUE(module);
    std::string message;
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
      message += diagnostic.str();
      return success();
    });
    EXPECT_TRUE(failed(addProcessing(*module, processing)));
    return message;
  }

  MLIRContext context;
};

/// All combinations of the steps before the network.
std::vector<Processing> inputSteps() {
  std::vector<Processing> all;
  for (int bits = 0; bits < 16; ++bits) {
    Processing processing;
    processing.u8Input = bits & 1;
    processing.bgr = bits & 2;
    if (bits & 4)
      processing.mean = {0.5, 0.25, 0.125};
    if (bits & 8)
      processing.std = {0.25, 0.5, -2};
    all.push_back(processing);
  }
  return all;
}

std::string describe(const Processing &processing) {
  return std::string(processing.u8Input ? "u8 " : "") + (processing.bgr ? "bgr " : "") +
         (processing.mean ? "mean " : "") + (processing.std ? "std" : "");
}

TEST_F(AddProcessing, StepsBeforeTheNetwork) {
  for (const Processing &processing : inputSteps()) {
    SCOPED_TRACE(describe(processing));
    interpreter::Tensor actual = run(*processed(processing), processing.u8Input);
    const std::vector<double> expected = expectedScores(processing);
    ASSERT_EQ(actual.floats.size(), expected.size());
    for (size_t i = 0; i < expected.size(); ++i)
      ASSERT_NEAR(actual.floats[i], expected[i], 1e-4) << i;
  }
}

TEST_F(AddProcessing, PassesKeepTheSteps) {
  for (Processing processing : inputSteps()) {
    processing.softmax = true;
    SCOPED_TRACE(describe(processing));
    OwningOpRef<ModuleOp> module = processed(processing);
    const interpreter::Tensor before = run(*module, processing.u8Input);
    PassManager passes(&context);
    buildGraphPipeline(passes);
    ASSERT_TRUE(succeeded(passes.run(*module)));
    const interpreter::Tensor after = run(*module, processing.u8Input);
    ASSERT_EQ(after.floats.size(), before.floats.size());
    for (size_t i = 0; i < before.floats.size(); ++i)
      ASSERT_NEAR(after.floats[i], before.floats[i], 1e-5) << i;
  }
}

TEST_F(AddProcessing, SoftmaxIsOverTheClasses) {
  Processing processing;
  processing.softmax = true;
  const interpreter::Tensor actual = run(*processed(processing), false);
  const std::vector<double> scores = expectedScores(processing);
  ASSERT_EQ(actual.floats.size(), scores.size());
  for (int pixel = 0; pixel < kPixels; ++pixel) {
    double sum = 0;
    for (int k = 0; k < kClasses; ++k)
      sum += std::exp(scores[k * kPixels + pixel]);
    for (int k = 0; k < kClasses; ++k)
      ASSERT_NEAR(actual.floats[k * kPixels + pixel], std::exp(scores[k * kPixels + pixel]) / sum,
                  1e-5);
  }
}

TEST_F(AddProcessing, ArgMaxGivesOneClassAPixel) {
  for (bool softmax : {false, true}) {
    Processing processing;
    processing.argmax = true;
    processing.softmax = softmax; // the likeliest class stays the same
    OwningOpRef<ModuleOp> module = processed(processing);
    const interpreter::Tensor actual = run(*module, false);
    ASSERT_EQ(actual.ints.size(), static_cast<size_t>(kPixels));
    EXPECT_TRUE(actual.elementType.isSignlessInteger(64));
    EXPECT_THAT(actual.shape, testing::ElementsAre(1, 1, kHeight, kWidth));
    const std::vector<double> scores = expectedScores(processing);
    std::set<int64_t> classes;
    for (int pixel = 0; pixel < kPixels; ++pixel) {
      int best = 0;
      for (int k = 1; k < kClasses; ++k)
        if (scores[k * kPixels + pixel] > scores[best * kPixels + pixel])
          best = k;
      ASSERT_EQ(actual.ints[pixel], best) << "pixel " << pixel;
      classes.insert(best);
    }
    EXPECT_GE(classes.size(), 3u) << "a test image of few classes proves little";
  }
}

/// Values of planes, pixel by pixel, or with `toPlanes` the other way round.
template <typename T> std::vector<T> interleaved(const std::vector<T> &values, bool toPlanes) {
  const size_t channels = values.size() / kPixels;
  std::vector<T> result(values.size());
  for (size_t pixel = 0; pixel < kPixels; ++pixel)
    for (size_t c = 0; c < channels; ++c)
      if (toPlanes)
        result[c * kPixels + pixel] = values[pixel * channels + c];
      else
        result[pixel * channels + c] = values[c * kPixels + pixel];
  return result;
}

TEST_F(AddProcessing, ChannelsLast) {
  for (Processing processing : inputSteps()) {
    for (bool argmax : {false, true}) {
      processing.softmax = !argmax;
      processing.argmax = argmax;
      SCOPED_TRACE(describe(processing) + (argmax ? "argmax" : "softmax"));
      OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(kChannelsLast, &context);
      ASSERT_TRUE(module);
      ASSERT_TRUE(succeeded(addProcessing(*module, processing)));
      ASSERT_TRUE(succeeded(verify(*module)));
      const std::vector<int64_t> bytes = interleaved(pixelBytes(), false);
      const int64_t shape[] = {1, kHeight, kWidth, 3};
      interpreter::Tensor input;
      if (processing.u8Input) {
        input = interpreter::Tensor::ofInts(IntegerType::get(&context, 8, IntegerType::Unsigned),
                                            shape, bytes);
      } else {
        std::vector<float> values;
        for (int64_t byte : bytes)
          values.push_back(static_cast<float>(byte) / 255.0f);
        input = interpreter::Tensor::ofFloats(&context, shape, values);
      }
      auto results = interpreter::interpret(*module->getOps<func::FuncOp>().begin(), input);
      ASSERT_TRUE(static_cast<bool>(results)) << llvm::toString(results.takeError());
      const std::vector<double> scores = expectedScores(processing);
      const interpreter::Tensor &actual = results->front();
      if (argmax)
        EXPECT_THAT(actual.shape, testing::ElementsAre(1, 1, kHeight, kWidth));
      const std::vector<float> probabilities =
          argmax ? std::vector<float>() : interleaved(actual.floats, true);
      for (int pixel = 0; pixel < kPixels; ++pixel) {
        double sum = 0;
        int best = 0;
        for (int k = 0; k < kClasses; ++k) {
          sum += std::exp(scores[k * kPixels + pixel]);
          if (scores[k * kPixels + pixel] > scores[best * kPixels + pixel])
            best = k;
        }
        if (argmax) {
          ASSERT_EQ(actual.ints[pixel], best) << pixel;
          continue;
        }
        for (int k = 0; k < kClasses; ++k)
          ASSERT_NEAR(probabilities[k * kPixels + pixel],
                      std::exp(scores[k * kPixels + pixel]) / sum, 1e-5);
      }
    }
  }
}

TEST_F(AddProcessing, AxesThatNothingSaysMustBeGiven) {
  const char *bare = R"(
    func.func @f(%x: !seg.tensor<[1, h, w, 3], f32> {seg.name = "image"}) -> (!seg.tensor<[1, h, w, 3], f32> {seg.name = "scores"}) {
      %y = seg.unary %x {fn = #seg.act<relu>} : (!seg.tensor<[1, h, w, 3], f32>) -> !seg.tensor<[1, h, w, 3], f32>
      return %y : !seg.tensor<[1, h, w, 3], f32>
    })";
  Processing argmax, bgr;
  argmax.argmax = true;
  bgr.bgr = true;
  EXPECT_THAT(errorOf(bare, argmax),
              testing::AllOf(HasSubstr("output \"scores\""), HasSubstr("--channels-axis")));
  EXPECT_THAT(errorOf(bare, bgr),
              testing::AllOf(HasSubstr("input \"image\""), HasSubstr("--channels-axis")));
  argmax.bgr = true;
  argmax.channelsAxis = 3;
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(bare, &context);
  ASSERT_TRUE(succeeded(addProcessing(*module, argmax)));
  auto image = interpreter::Tensor::ofFloats(&context, {1, 1, 2, 3}, {0, 1, 2, 5, 4, 3});
  auto labels = interpreter::interpret(*module->getOps<func::FuncOp>().begin(), image);
  ASSERT_TRUE(static_cast<bool>(labels)) << llvm::toString(labels.takeError());
  EXPECT_THAT(labels->front().shape, testing::ElementsAre(1, 1, 1, 2));
  EXPECT_THAT(labels->front().ints, testing::ElementsAre(0, 2));
}

// One channel, and four, of which --bgr leaves the last where it is.
TEST_F(AddProcessing, ImagesOfOneAndOfFourChannels) {
  auto run = [&](int64_t channels, const Processing &processing) -> std::vector<float> {
    const std::string type = "!seg.tensor<[1, " + std::to_string(channels) + ", 1, 1], f32>";
    OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(
        "func.func @f(%x: " + type + ") -> " + type + " { return %x : " + type + " }", &context);
    if (!module || failed(addProcessing(*module, processing)))
      return {};
    std::vector<float> values{1, 2, 3, 4};
    values.resize(static_cast<size_t>(channels));
    auto image = interpreter::Tensor::ofFloats(&context, {1, channels, 1, 1}, values);
    auto result = interpreter::interpret(*module->getOps<func::FuncOp>().begin(), image);
    if (!result) {
      llvm::consumeError(result.takeError());
      return {};
    }
    return {result->front().floats.begin(), result->front().floats.end()};
  };
  Processing processing;
  processing.channelsAxis = 1;
  processing.mean = {0.5};
  processing.std = {2};
  EXPECT_THAT(run(1, processing), testing::ElementsAre(0.25f));
  EXPECT_THAT(run(3, processing), testing::IsEmpty());
  processing.mean = {0, 1, 2, 3};
  processing.std = {1, 1, 1, 2};
  processing.bgr = true;
  EXPECT_THAT(run(4, processing), testing::ElementsAre(3, 1, -1, 0.5f));
}

TEST_F(AddProcessing, RefusesNumbersThatDoNotFitTheChannels) {
  const char *grey = R"(
    func.func @f(%x: !seg.tensor<[1, 1, h, w], f32>) -> !seg.tensor<[1, 1, h, w], f32> {
      return %x : !seg.tensor<[1, 1, h, w], f32>
    })";
  Processing processing;
  processing.channelsAxis = 1;
  processing.mean = {0.5, 0.5, 0.5};
  EXPECT_THAT(errorOf(grey, processing), HasSubstr("no input is an image (of rank 4, with 3"));
  processing.std = {1.0};
  EXPECT_THAT(errorOf(grey, processing), HasSubstr("one for each channel is needed"));
  processing.mean = {0.5};
  processing.bgr = true;
  EXPECT_THAT(errorOf(grey, processing), HasSubstr("--bgr needs 3 or 4 channels"));
}

TEST_F(AddProcessing, OfEqualScoresTheFirstClassWins) {
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(R"(
    func.func @f(%x: !seg.tensor<[1, 4, 1, 3], f32>) -> !seg.tensor<[1, 4, 1, 3], f32> {
      return %x : !seg.tensor<[1, 4, 1, 3], f32>
    })",
                                                             &context);
  Processing processing;
  processing.argmax = true;
  processing.channelsAxis = 1;
  ASSERT_TRUE(succeeded(addProcessing(*module, processing)));
  auto scores =
      interpreter::Tensor::ofFloats(&context, {1, 4, 1, 3}, {0, 1, 0, 0, 2, 1, 0, 2, 0, 0, 0, 1});
  auto labels = interpreter::interpret(*module->getOps<func::FuncOp>().begin(), scores);
  ASSERT_TRUE(static_cast<bool>(labels)) << llvm::toString(labels.takeError());
  EXPECT_THAT(labels->front().ints, testing::ElementsAre(0, 1, 1));
}

TEST_F(AddProcessing, ChangesTheInterfaceAsItSays) {
  Processing processing;
  processing.u8Input = processing.argmax = true;
  OwningOpRef<ModuleOp> module = processed(processing);
  auto function = *module->getOps<func::FuncOp>().begin();
  auto input = cast<seg::TensorType>(function.getArgumentTypes()[0]);
  EXPECT_TRUE(input.getElementType().isUnsignedInteger(8));
  EXPECT_EQ(function.getArgument(0).getType(), input);
  EXPECT_TRUE(function.getArgAttr(0, seg::kNameAttr)) << "the name is lost";
  auto output = cast<seg::TensorType>(function.getResultTypes()[0]);
  EXPECT_TRUE(output.getElementType().isSignlessInteger(64));
  EXPECT_TRUE(output.getDim(1).isConstant(1));
}

TEST_F(AddProcessing, OtherInputsAndOutputsStayAsTheyAre) {
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(R"(
    func.func @f(%x: !seg.tensor<[1, 3, h, w], f32>, %v: !seg.tensor<[1, 3], f32>, %m: !seg.tensor<[1, 1, h, w], f32>)
        -> (!seg.tensor<[1, 3], f32>, !seg.tensor<[1, 3, h, w], f32>) {
      %y = seg.binary %x, %m {kind = #seg.binary_kind<mul>} : (!seg.tensor<[1, 3, h, w], f32>, !seg.tensor<[1, 1, h, w], f32>) -> !seg.tensor<[1, 3, h, w], f32>
      return %v, %y : !seg.tensor<[1, 3], f32>, !seg.tensor<[1, 3, h, w], f32>
    })",
                                                             &context);
  Processing processing;
  processing.u8Input = processing.softmax = true;
  processing.channelsAxis = 1;
  ASSERT_TRUE(succeeded(addProcessing(*module, processing)));
  ASSERT_TRUE(succeeded(verify(*module)));
  auto function = *module->getOps<func::FuncOp>().begin();
  for (unsigned i : {1u, 2u})
    EXPECT_TRUE(cast<seg::TensorType>(function.getArgumentTypes()[i]).getElementType().isF32());
  Operation *terminator = function.getBody().front().getTerminator();
  EXPECT_EQ(terminator->getOperand(0), function.getArgument(1));
  EXPECT_TRUE(terminator->getOperand(1).getDefiningOp<seg::SoftmaxOp>());
}

TEST_F(AddProcessing, SaysWhyItCannot) {
  Processing mean, bytes, softmax;
  mean.mean = {0, 0, 0};
  bytes.u8Input = true;
  softmax.softmax = true;
  const char *grey = R"(
    func.func @f(%x: !seg.tensor<[1, 1, h, w], f32>) -> !seg.tensor<[1, 1, h, w], f32> {
      return %x : !seg.tensor<[1, 1, h, w], f32>
    })";
  EXPECT_THAT(errorOf(grey, mean), HasSubstr("no input is an image"));
  EXPECT_THAT(errorOf(R"(
    func.func @f(%x: !seg.tensor<[1, 5, h, 7], f32>) -> !seg.tensor<[1, 5, h, 7], f32> {
      return %x : !seg.tensor<[1, 5, h, 7], f32>
    })",
                      bytes),
              HasSubstr("with 1 to 4 channels), as needed by --mean, --std, --bgr and --u8-input"));
  EXPECT_THAT(errorOf(R"(
    func.func @f(%x: !seg.tensor<[1, 3, h, w], f32>, %y: !seg.tensor<[1, 3, h, w], f32>) -> !seg.tensor<[1, 3, h, w], f32> {
      return %x : !seg.tensor<[1, 3, h, w], f32>
    })",
                      mean),
              HasSubstr("several inputs look like an image"));
  EXPECT_THAT(errorOf(R"(
    func.func @f(%x: !seg.tensor<[1, 3], f32>) -> !seg.tensor<[1, 3], f32> {
      return %x : !seg.tensor<[1, 3], f32>
    })",
                      softmax),
              HasSubstr("no output holds scores"));
}

} // namespace
} // namespace segc
