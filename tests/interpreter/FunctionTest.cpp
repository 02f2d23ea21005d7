// Functions as a whole: symbols, constants, messages.

#include "tests/interpreter/Interpret.h"

#include "llvm/ADT/StringExtras.h"

using namespace segc::interpreter;

using Function = Interpret;

namespace {
constexpr llvm::StringLiteral kSum = R"(
func.func @f(%a: !seg.tensor<[n, "2 * n", 3], f32>, %b: !seg.tensor<[n, m, 3], f32>) -> !seg.tensor<[n, m, 3], f32> {
  %y = seg.binary %a, %b {kind = #seg.binary_kind<add>} : (!seg.tensor<[n, "2 * n", 3], f32>, !seg.tensor<[n, m, 3], f32>) -> !seg.tensor<[n, m, 3], f32>
  return %y : !seg.tensor<[n, m, 3], f32>
})";

Floats ones(std::vector<int64_t> shape) {
  return {shape, std::vector<float>(elementCount(shape), 1.0f)};
}
} // namespace

TEST_F(Function, SymbolsTakeTheInputsExtents) {
  EXPECT_THAT(run(kSum, {ones({1, 2, 3}), ones({1, 2, 3})}), ElementsAre(2, 2, 2, 2, 2, 2));
}

TEST_F(Function, WrongInputsAreRefused) {
  EXPECT_THAT(errorOf(kSum, {ones({1, 2, 4}), ones({1, 2, 3})}), HasSubstr("extent 2 should be 3"));
  EXPECT_THAT(errorOf(kSum, {ones({1, 3, 3}), ones({1, 3, 3})}),
              HasSubstr("extent 1 should be 2 * n = 2"));
  EXPECT_THAT(errorOf(kSum, {ones({1, 2, 3}), ones({2, 2, 3})}), HasSubstr("input 1 is [2, 2, 3]"));
  EXPECT_THAT(errorOf(kSum, {ones({1, 2}), ones({1, 2, 3})}), HasSubstr("rank 2 instead of 3"));
  EXPECT_THAT(errorOf(kSum, {ones({0, 2, 3}), ones({1, 2, 3})}), HasSubstr("empty"));
  EXPECT_THAT(errorOf(kSum, {ones({1, 2, 3})}), HasSubstr("1 tensors for 2 inputs"));
}

TEST_F(Function, ExtentsTakenToBeEqualAreChecked) {
  // "2 * n" and m may differ only if one of them is 1 at run time.
  EXPECT_THAT(errorOf(kSum, {ones({2, 4, 3}), ones({2, 5, 3})}), HasSubstr("seg.binary"));
}

TEST_F(Function, ResourceConstantsAndRepeatedUses) {
  // A constant of 20 values in a blob, read twice, and returned.
  parse("func.func @f(%x: !seg.tensor<[20], f32>) -> !seg.tensor<[20], f32> {\n"
        "  return %x : !seg.tensor<[20], f32>\n}");
  auto function = *module->getOps<mlir::func::FuncOp>().begin();
  mlir::Operation *end = function.getBody().front().getTerminator();
  mlir::OpBuilder builder(end);
  std::vector<float> values(20);
  for (int i = 0; i < 20; ++i)
    values[i] = static_cast<float>(i);
  auto constant = segc::seg::createFloatConstant(builder, end->getLoc(), {20}, values);
  auto type = constant.getType();
  mlir::Value x = function.getArgument(0);
  mlir::Value sum = builder.create<segc::seg::BinaryOp>(end->getLoc(), type, x, constant,
                                                        segc::seg::BinaryKind::Add);
  mlir::Value twice = builder.create<segc::seg::BinaryOp>(end->getLoc(), type, sum, sum,
                                                          segc::seg::BinaryKind::Add);
  end->setOperands({twice});
  auto results = interpret(function, Tensor::ofFloats(&context, {20}, std::vector<float>(20, 1)));
  ASSERT_TRUE(static_cast<bool>(results)) << llvm::toString(results.takeError());
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ((*results)[0].floats[i], 2 * (i + 1));
}

TEST_F(Function, MessagesNameTheNode) {
  EXPECT_THAT(errorOf(R"(
func.func @f(%x: !seg.tensor<[h, w], f32>) -> !seg.tensor<[6], f32> {
  %y = seg.reshape %x {shape = [#seg.dim<6>]} : (!seg.tensor<[h, w], f32>) -> !seg.tensor<[6], f32> loc("head/flatten")
  return %y : !seg.tensor<[6], f32>
})",
                      {ones({2, 2})}),
              "node \"head/flatten\" (seg.reshape): 4 elements do not fit a shape of 6");
}
