// The figures of `segc inspect` on networks small enough to compute them by hand.

#include "compiler/commands/LayerTable.h"
#include "compiler/package/Compile.h"

#include "mlir/Parser/Parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace segc;
using testing::ElementsAre;

class LayerTables : public testing::Test {
protected:
  LayerTable tableOf(const char *network, llvm::StringMap<int64_t> symbols = {}) {
    context = makeContext();
    module = mlir::parseSourceString<mlir::ModuleOp>(network, context.get());
    if (!module) {
      ADD_FAILURE() << "the test's network does not parse";
      return {};
    }
    function = *module->getOps<mlir::func::FuncOp>().begin();
    return layerTable(function, symbols);
  }

  std::unique_ptr<mlir::MLIRContext> context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp function;
};

/// What a test says about a layer.
struct Figures {
  const char *node, *op, *shape;
  int64_t parameters, macs, outputBytes, bytes, fieldHeight, fieldWidth;
};

void expectLayers(const LayerTable &table, const std::vector<Figures> &expected) {
  ASSERT_EQ(table.layers.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    const Layer &layer = table.layers[i];
    const Figures &wanted = expected[i];
    SCOPED_TRACE(wanted.node);
    EXPECT_EQ(layer.node, wanted.node);
    EXPECT_EQ(layer.op, wanted.op);
    EXPECT_EQ(layer.shape, wanted.shape);
    EXPECT_EQ(layer.parameters, wanted.parameters);
    EXPECT_EQ(layer.macs, wanted.macs);
    EXPECT_EQ(layer.outputBytes, wanted.outputBytes);
    EXPECT_EQ(layer.bytes, wanted.bytes);
    EXPECT_EQ(layer.fieldHeight, wanted.fieldHeight);
    EXPECT_EQ(layer.fieldWidth, wanted.fieldWidth);
  }
}

TEST_F(LayerTables, ParametersOfEveryType) {
  LayerTable table = tableOf(R"(
    func.func @f(%x: !seg.tensor<[4], f32>) -> !seg.tensor<[4], f32> {
      %w = seg.constant {value = dense<1> : tensor<4xi8>} : () -> !seg.tensor<[4], i8>
      %c = seg.constant {value = dense<1.0> : tensor<4xf32>} : () -> !seg.tensor<[4], f32>
      %0 = seg.cast %w {to = f32} : (!seg.tensor<[4], i8>) -> !seg.tensor<[4], f32>
      %1 = seg.binary %0, %c {kind = #seg.binary_kind<mul>} : (!seg.tensor<[4], f32>, !seg.tensor<[4], f32>) -> !seg.tensor<[4], f32>
      %2 = seg.binary %x, %1 {kind = #seg.binary_kind<add>} : (!seg.tensor<[4], f32>, !seg.tensor<[4], f32>) -> !seg.tensor<[4], f32>
      return %2 : !seg.tensor<[4], f32>
    })");
  EXPECT_EQ(table.parameters, 8);
  EXPECT_EQ(table.parameterBytes, 4 + 16);
}

TEST_F(LayerTables, ConvolutionsAndPooling) {
  // 16 x 12 pixels; 8 x 6 behind the stem, 4 x 3 behind the pooling.
  LayerTable table = tableOf(R"(
    func.func @f(%x: !seg.tensor<[1, 3, 16, 12], f32>) -> !seg.tensor<[1, 5, 8, 6], f32> {
      %w1 = seg.constant {value = dense<1.0> : tensor<8x3x3x5xf32>} : () -> !seg.tensor<[8, 3, 3, 5], f32>
      %b1 = seg.constant {value = dense<1.0> : tensor<8xf32>} : () -> !seg.tensor<[8], f32>
      %w2 = seg.constant {value = dense<1.0> : tensor<8x1x3x3xf32>} : () -> !seg.tensor<[8, 1, 3, 3], f32>
      %w3 = seg.constant {value = dense<1.0> : tensor<5x8x1x1xf32>} : () -> !seg.tensor<[5, 8, 1, 1], f32>
      %w4 = seg.constant {value = dense<1.0> : tensor<5x5x4x4xf32>} : () -> !seg.tensor<[5, 5, 4, 4], f32>
      %0 = seg.conv2d %x, %w1, %b1 {strides = array<i64: 2, 2>, dilations = array<i64: 1, 1>, pads = array<i64: 1, 2, 1, 2>, groups = 1, operandSegmentSizes = array<i32: 1, 1, 1, 0>} : (!seg.tensor<[1, 3, 16, 12], f32>, !seg.tensor<[8, 3, 3, 5], f32>, !seg.tensor<[8], f32>) -> !seg.tensor<[1, 8, 8, 6], f32> loc("stem"("Conv"))
      %1 = seg.conv2d %0, %w2 {strides = array<i64: 1, 1>, dilations = array<i64: 2, 2>, pads = array<i64: 2, 2, 2, 2>, groups = 8, operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (!seg.tensor<[1, 8, 8, 6], f32>, !seg.tensor<[8, 1, 3, 3], f32>) -> !seg.tensor<[1, 8, 8, 6], f32> loc("depthwise")
      %2 = seg.max_pool2d %1 {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, ceil_mode = false} : (!seg.tensor<[1, 8, 8, 6], f32>) -> !seg.tensor<[1, 8, 4, 3], f32> loc("pool")
      %3 = seg.conv2d %2, %w3 {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, groups = 1, operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (!seg.tensor<[1, 8, 4, 3], f32>, !seg.tensor<[5, 8, 1, 1], f32>) -> !seg.tensor<[1, 5, 4, 3], f32> loc("scores")
      %4 = seg.conv_transpose2d %3, %w4 {strides = array<i64: 2, 2>, dilations = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, output_padding = array<i64: 0, 0>, groups = 1, operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (!seg.tensor<[1, 5, 4, 3], f32>, !seg.tensor<[5, 5, 4, 4], f32>) -> !seg.tensor<[1, 5, 8, 6], f32> loc("up")
      return %4 : !seg.tensor<[1, 5, 8, 6], f32>
    })");
  expectLayers(
      table,
      {// Weights 8 * 3 * 3 * 5 = 360; 384 values of 45 taps; 2304 + 1440 + 32 + 1536 bytes.
       {"stem", "Conv", "1 x 8 x 8 x 6", 368, 384 * 45, 1536, 5312, 3, 5},
       // 5 taps wide, two pixels apart: 2 * 2 * 2 more than the stem.
       {"depthwise", "conv2d", "1 x 8 x 8 x 6", 72, 384 * 9, 1536, 3360, 11, 13},
       {"pool", "max_pool2d", "1 x 8 x 4 x 3", 0, 0, 384, 1920, 13, 15},
       {"scores", "conv2d", "1 x 5 x 4 x 3", 40, 60 * 8, 240, 784, 13, 15},
       // Each of the 60 inputs meets 5 * 16 weights. An output sees two inputs, 4 pixels apart.
       {"up", "conv_transpose2d", "1 x 5 x 8 x 6", 400, 60 * 80, 960, 2800, 17, 19}});
  EXPECT_EQ(table.parameters, 368 + 72 + 40 + 400);
  EXPECT_EQ(table.macs, 384 * 45 + 384 * 9 + 60 * 8 + 60 * 80);
}

TEST_F(LayerTables, ResizingAndReductions) {
  LayerTable table = tableOf(R"(
    func.func @f(%x: !seg.tensor<[1, 4, 8, 8], f32>) -> !seg.tensor<[1, 1, 8, 8], i64> {
      %0 = seg.avg_pool2d %x {kernel = array<i64: 2, 4>, strides = array<i64: 2, 4>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, ceil_mode = false, count_include_pad = true} : (!seg.tensor<[1, 4, 8, 8], f32>) -> !seg.tensor<[1, 4, 4, 2], f32> loc("pool")
      %1 = seg.resize %0 {sizes = [#seg.dim<1>, #seg.dim<4>, #seg.dim<8>, #seg.dim<8>], mode = #seg.resize_mode<linear>, coordinates = #seg.coordinates<half_pixel>, nearest = #seg.nearest<floor>} : (!seg.tensor<[1, 4, 4, 2], f32>) -> !seg.tensor<[1, 4, 8, 8], f32> loc("linear")
      %2 = seg.resize %0 {sizes = [#seg.dim<1>, #seg.dim<4>, #seg.dim<8>, #seg.dim<8>], mode = #seg.resize_mode<nearest>, coordinates = #seg.coordinates<asymmetric>, nearest = #seg.nearest<floor>} : (!seg.tensor<[1, 4, 4, 2], f32>) -> !seg.tensor<[1, 4, 8, 8], f32> loc("nearest")
      %3 = seg.reduce %2 {kind = #seg.reduce_kind<mean>, axes = array<i64: 3>, keep_dims = true} : (!seg.tensor<[1, 4, 8, 8], f32>) -> !seg.tensor<[1, 4, 8, 1], f32> loc("rows")
      %4 = seg.binary %1, %3 {kind = #seg.binary_kind<add>} : (!seg.tensor<[1, 4, 8, 8], f32>, !seg.tensor<[1, 4, 8, 1], f32>) -> !seg.tensor<[1, 4, 8, 8], f32> loc("sum")
      %5 = seg.argmax %1 {axis = 1, keep_dims = true} : (!seg.tensor<[1, 4, 8, 8], f32>) -> !seg.tensor<[1, 1, 8, 8], i64> loc("labels")
      return %5 : !seg.tensor<[1, 1, 8, 8], i64>
    })");
  expectLayers(table, {{"pool", "avg_pool2d", "1 x 4 x 4 x 2", 0, 0, 128, 1152, 2, 4},
                       // Between two neighbours: their windows together.
                       {"linear", "resize", "1 x 4 x 8 x 8", 0, 0, 1024, 1152, 4, 8},
                       {"nearest", "resize", "1 x 4 x 8 x 8", 0, 0, 1024, 1152, 2, 4},
                       {"rows", "reduce", "1 x 4 x 8 x 1", 0, 0, 128, 1152, 2, -1},
                       {"sum", "binary", "1 x 4 x 8 x 8", 0, 0, 1024, 2176, 4, -1},
                       // 64-bit class numbers; the channels are no pixels.
                       {"labels", "argmax", "1 x 1 x 8 x 8", 0, 0, 512, 1536, 4, 8}});
}

TEST_F(LayerTables, FreeExtentsTakeTheGivenValues) {
  LayerTable table = tableOf(R"(
    func.func @f(%x: !seg.tensor<[n, 3, h, "2 * w"], ui8> {seg.name = "image"}, %y: !seg.tensor<[n, w], f32>) -> !seg.tensor<[n, 3, h, "2 * w"], f32> {
      %0 = seg.cast %x {to = f32} : (!seg.tensor<[n, 3, h, "2 * w"], ui8>) -> !seg.tensor<[n, 3, h, "2 * w"], f32> loc("cast")
      return %0 : !seg.tensor<[n, 3, h, "2 * w"], f32>
    })",
                             {{"n", 2}, {"h", 5}, {"w", 7}});
  // 2 * 3 * 5 * 14 = 420 elements; bytes in, floats out.
  expectLayers(table, {{"cast", "cast", "n x 3 x h x 2 * w", 0, 0, 1680, 2100, 1, 1}});
  EXPECT_THAT(freeExtents(function), ElementsAre("n", "h", "w"));
  EXPECT_EQ(argumentName(function, 0), "image");
  EXPECT_EQ(argumentName(function, 1), "1");
}

TEST_F(LayerTables, SharedConstantsCountOnceInTheSum) {
  LayerTable table = tableOf(R"(
    func.func @f(%x: !seg.tensor<[2, 3], f32>) -> !seg.tensor<[2, 3], f32> {
      %w = seg.constant {value = dense<1.0> : tensor<3x3xf32>} : () -> !seg.tensor<[3, 3], f32>
      %0 = seg.matmul %x, %w : (!seg.tensor<[2, 3], f32>, !seg.tensor<[3, 3], f32>) -> !seg.tensor<[2, 3], f32> loc("first")
      %1 = seg.matmul %0, %w : (!seg.tensor<[2, 3], f32>, !seg.tensor<[3, 3], f32>) -> !seg.tensor<[2, 3], f32> loc("second")
      return %1 : !seg.tensor<[2, 3], f32>
    })");
  expectLayers(table, {{"first", "matmul", "2 x 3", 9, 18, 24, 84, -1, -1},
                       {"second", "matmul", "2 x 3", 9, 18, 24, 84, -1, -1}});
  EXPECT_EQ(table.parameters, 9);
  EXPECT_EQ(table.macs, 36);
}

} // namespace
