// Where --crf puts the dense CRF, and what it refuses.

#include "compiler/transforms/AddCrf.h"
#include "compiler/dialect/Seg.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace mlir;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace segc {
namespace {

class AddCrf : public testing::Test {
protected:
  AddCrf() : context(MLIRContext::Threading::DISABLED) {
    context.loadDialect<seg::SegDialect, func::FuncDialect>();
  }

  /// The network with the CRF as text, or the error.
  std::string add(const std::string &network, const CrfOptions &options = {},
                  std::optional<unsigned> channelsAxis = 1) {
    std::string text;
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
      text += diagnostic.str();
      return success();
    });
    OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(network, &context);
    EXPECT_TRUE(module);
    if (!module || failed(addCrf(*module, options, channelsAxis)))
      return "error: " + text;
    EXPECT_TRUE(succeeded(verify(*module)));
    llvm::raw_string_ostream stream(text);
    module->print(stream);
    return text;
  }

  MLIRContext context;
};

/// A network whose scores are `scores` (%y), computed from an image of type `image`.
std::string network(const std::string &image, const std::string &scores, const std::string &body) {
  return "func.func @f(%x: !seg.tensor<" + image + "> {seg.name = \"image\"}) -> (!seg.tensor<" +
         scores + "> {seg.name = \"scores\"}) {\n" + body + "\n  return %y : !seg.tensor<" +
         scores + ">\n}";
}
const char kSameSize[] =
    "  %y = seg.unary %x {fn = #seg.act<relu>} : (!seg.tensor<[1, 3, h, w], f32>) -> "
    "!seg.tensor<[1, 3, h, w], f32>";

TEST_F(AddCrf, ReadsTheImageInUnitsOf255) {
  const std::string text = add(network("[1, 3, h, w], f32", "[1, 3, h, w], f32", kSameSize));
  EXPECT_THAT(text, HasSubstr("dense<2.550000e+02> : tensor<1x1x1x1xf32>"));
  EXPECT_THAT(text, HasSubstr("bilateral_sigma_xy = 8.000000e+01 : f32"));
  EXPECT_THAT(text, HasSubstr("iterations = 10 : i64"));
  EXPECT_THAT(text, Not(HasSubstr("seg.resize")));
}

TEST_F(AddCrf, ScalesChannels) {
  CrfOptions options;
  options.imageScale = {58, 57, 56};
  EXPECT_THAT(add(network("[1, 3, h, w], f32", "[1, 3, h, w], f32", kSameSize), options),
              HasSubstr("tensor<1x3x1x1xf32>"));
  options.imageScale = {1};
  EXPECT_THAT(add(network("[1, 3, h, w], f32", "[1, 3, h, w], f32", kSameSize), options),
              HasSubstr("seg.dense_crf %0, %arg0"));
}

TEST_F(AddCrf, EnlargesSmallScores) {
  const std::string small = "[1, 3, \"(h - 2) / 2 + 1\", \"(w - 2) / 2 + 1\"], f32";
  const std::string text = add(network(
      "[1, 3, h, w], f32", small,
      "  %y = seg.max_pool2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, dilations "
      "= array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, ceil_mode = false} : "
      "(!seg.tensor<[1, 3, h, w], f32>) -> !seg.tensor<" +
          small + ">"));
  EXPECT_THAT(text, HasSubstr("seg.resize"));
  EXPECT_THAT(text, HasSubstr("half_pixel"));
  // The result has the image's size.
  EXPECT_THAT(text, HasSubstr("-> (!seg.tensor<[1, 3, h, w], f32>"));
}

TEST_F(AddCrf, TakesScoresInPlaceOfProbabilities) {
  const std::string map = "!seg.tensor<[1, 3, h, w], f32>";
  EXPECT_THAT(add(network("[1, 3, h, w], f32", "[1, 3, h, w], f32",
                          "  %z = seg.unary %x {fn = #seg.act<relu>} : (" + map + ") -> " + map +
                              "\n  %y = seg.softmax %z {axis = 1} : (" + map + ") -> " + map)),
              HasSubstr("seg.dense_crf %0,"));
}

/// Grey images, and those with a depth, are found; of two, the one in colour is, or the one named.
TEST_F(AddCrf, TakesImagesOfOneToFourChannels) {
  auto inputs = [](const std::string &a, const std::string &b) {
    return "func.func @f(%x: !seg.tensor<[1, " + a +
           ", h, w], f32> {seg.name = \"image\"}, %s: !seg.tensor<[1, 5, h, w], f32> {seg.name = "
           "\"s\"}, %d: !seg.tensor<[1, " +
           b +
           ", h, w], f32> {seg.name = \"depth\"}) -> (!seg.tensor<[1, 5, h, w], f32> {seg.name = "
           "\"scores\"}) {\n  %y = seg.unary %s {fn = #seg.act<relu>} : (!seg.tensor<[1, 5, h, w], "
           "f32>) -> !seg.tensor<[1, 5, h, w], f32>\n  return %y : !seg.tensor<[1, 5, h, w], "
           "f32>\n}";
  };
  CrfOptions options;
  options.imageScale = {1};
  EXPECT_THAT(add(inputs("1", "6"), options), HasSubstr("seg.dense_crf %0, %arg0"));
  EXPECT_THAT(add(inputs("6", "4"), options), HasSubstr("seg.dense_crf %0, %arg2"));
  EXPECT_THAT(add(inputs("3", "1"), options), HasSubstr("seg.dense_crf %0, %arg0"));
  EXPECT_THAT(add(inputs("1", "2"), options), HasSubstr("it is not clear which one is meant"));
  EXPECT_THAT(add(inputs("5", "6"), options),
              HasSubstr("no input is an image (of rank 4, with 1 to 4 channels)"));
  options.image = "depth";
  EXPECT_THAT(add(inputs("3", "1"), options), HasSubstr("seg.dense_crf %0, %arg2"));
  options.image = "nothing";
  EXPECT_THAT(add(inputs("3", "1"), options), HasSubstr("there is no input \"nothing\""));
  // One number a channel, of this image and of no other.
  options.image = "";
  options.imageScale = {1, 2, 3};
  EXPECT_THAT(add(inputs("1", "6"), options),
              HasSubstr("image_scale has 3 numbers for an image of 1 channels"));
}

TEST_F(AddCrf, RefusesWhatIsNotClear) {
  const std::string grey = "[1, 1, h, w], f32";
  EXPECT_THAT(add(network(grey, grey,
                          "  %y = seg.unary %x {fn = #seg.act<relu>} : (!seg.tensor<" + grey +
                              ">) -> !seg.tensor<" + grey + ">")),
              HasSubstr("no output holds scores"));
  CrfOptions options;
  options.output = "aux";
  EXPECT_THAT(add(network("[1, 3, h, w], f32", "[1, 3, h, w], f32", kSameSize), options),
              HasSubstr("there is no output \"aux\", but \"scores\""));
  const std::string two =
      "func.func @f(%x: !seg.tensor<[1, 3, h, w], f32>) -> (!seg.tensor<[1, 3, h, w], f32> "
      "{seg.name = \"out\"}, !seg.tensor<[1, 3, h, w], f32> {seg.name = \"aux\"}) {\n" +
      std::string(kSameSize) +
      "\n  return %y, %y : !seg.tensor<[1, 3, h, w], f32>, !seg.tensor<[1, 3, h, w], f32>\n}";
  EXPECT_THAT(add(two), HasSubstr("\"out\", \"aux\"; --crf=output=NAME picks one"));
  EXPECT_THAT(add(two, options), HasSubstr("return %0, %"));
}

/// A channels-last network: image and scores turn round for the CRF, and the beliefs back.
TEST_F(AddCrf, FindsTheChannels) {
  const std::string last = "!seg.tensor<[1, h, w, 3], f32>",
                    first = "!seg.tensor<[1, 3, h, w], f32>";
  const std::string body =
      "  %a = seg.transpose %x {permutation = array<i64: 0, 3, 1, 2>} : (" + last + ") -> " +
      first +
      "\n  %b = seg.max_pool2d %a {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, "
      "dilations "
      "= array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, ceil_mode = false} : (" +
      first + ") -> " + first +
      "\n  %y = seg.transpose %b {permutation = array<i64: 0, 2, 3, 1>} : (" + first + ") -> " +
      last;
  const std::string text =
      add(network("[1, h, w, 3], f32", "[1, h, w, 3], f32", body), {}, std::nullopt);
  EXPECT_THAT(text,
              testing::ContainsRegex("seg.dense_crf .*-> !seg.tensor<\\[1, 3, h, w\\], f32>"));
  EXPECT_THAT(text, testing::ContainsRegex("return .* : !seg.tensor<\\[1, h, w, 3\\], f32>"));
  EXPECT_THAT(add(network("[1, 3, h, w], f32", "[1, 3, h, w], f32", kSameSize), {}, std::nullopt),
              AllOf(HasSubstr("output \"scores\": which axis"), HasSubstr("--channels-axis")));
}

TEST_F(AddCrf, ReturnsTheHistory) {
  CrfOptions options;
  options.history = true;
  options.iterations = 4;
  const std::string text =
      add(network("[1, 3, h, w], f32", "[1, 3, h, w], f32", kSameSize), options);
  EXPECT_THAT(text, HasSubstr("{seg.name = \"scores\"}, !seg.tensor<[1, 12, h, w], f32> {seg.name "
                              "= \"crf_scores\"}, !seg.tensor<[1, 12, h, w], f32> {seg.name = "
                              "\"crf_beliefs\"}"));
}

TEST_F(AddCrf, ANetworkOfItsOwn) {
  auto text = [&](const CrfOptions &options, bool bytes) {
    OwningOpRef<ModuleOp> module = crfNetwork(context, options, 21, bytes, "crf");
    EXPECT_TRUE(module && succeeded(verify(*module)));
    std::string result;
    llvm::raw_string_ostream stream(result);
    module->print(stream);
    return result;
  };
  CrfOptions scaled;
  scaled.imageScale = {255};
  EXPECT_THAT(text({}, false), HasSubstr("seg.dense_crf %arg0, %arg1"));
  EXPECT_THAT(text(scaled, false), HasSubstr("dense<2.550000e+02>"));
  EXPECT_THAT(text({}, true), HasSubstr("seg.cast %arg1"));
  EXPECT_THAT(text({}, true), HasSubstr("seg.dense_crf %arg0, %0"));
  ScopedDiagnosticHandler handler(&context, [](Diagnostic &) { return success(); });
  EXPECT_FALSE(crfNetwork(context, CrfOptions(), 257, false, "crf"));
}

} // namespace
} // namespace segc
