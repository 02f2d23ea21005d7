// Reductions, softmax, argmax and matrix products.

#include "tests/interpreter/Interpret.h"

#include <cmath>
#include <limits>

using namespace segc::interpreter;

using Reduction = Interpret;

TEST_F(Reduction, EveryKind) {
  auto with = [&](std::string kind) {
    return run(
        R"(
func.func @f(%x: !seg.tensor<[1, 2, 1, w], f32>) -> !seg.tensor<[1, 2, 1, 1], f32> {
  %y = seg.reduce %x {kind = #seg.reduce_kind<)" +
            kind +
            R"(>, axes = array<i64: 2, 3>, keep_dims = true} : (!seg.tensor<[1, 2, 1, w], f32>) -> !seg.tensor<[1, 2, 1, 1], f32>
  return %y : !seg.tensor<[1, 2, 1, 1], f32>
})",
        {{{1, 2, 1, 2}, {3, -4, -6, -8}}});
  };
  EXPECT_THAT(with("sum"), ElementsAre(-1, -14));
  EXPECT_THAT(with("mean"), ElementsAre(-0.5, -7));
  EXPECT_THAT(with("max"), ElementsAre(3, -6));
  EXPECT_THAT(with("min"), ElementsAre(-4, -8));
  EXPECT_THAT(with("prod"), ElementsAre(-12, 48));
  EXPECT_THAT(with("l1"), ElementsAre(7, 14));
  EXPECT_THAT(with("l2"), ElementsAre(5, 10));
  EXPECT_THAT(with("sum_square"), ElementsAre(25, 100));
}

TEST_F(Reduction, OfNothing) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  auto with = [&](std::string kind, std::string type) {
    return runAll(R"(
func.func @f(%x: !seg.tensor<[1], f32>) -> !seg.tensor<[1], )" +
                      type + R"(> {
  %c = seg.constant {value = dense<> : tensor<0x)" +
                      type + R"(>} : () -> !seg.tensor<[0], )" + type + R"(>
  %y = seg.reduce %c {kind = #seg.reduce_kind<)" +
                      kind + R"(>, axes = array<i64: 0>, keep_dims = true} : (!seg.tensor<[0], )" +
                      type + R"(>) -> !seg.tensor<[1], )" + type + R"(>
  return %y : !seg.tensor<[1], )" +
                      type + R"(>
})",
                  {{{1}, {0}}})[0];
  };
  EXPECT_THAT(with("prod", "f32").floats, ElementsAre(1));
  EXPECT_THAT(with("sum", "f32").floats, ElementsAre(0));
  EXPECT_THAT(with("max", "f32").floats, ElementsAre(-kInfinity));
  EXPECT_THAT(with("min", "f32").floats, ElementsAre(kInfinity));
  EXPECT_THAT(with("prod", "i64").ints, ElementsAre(1));
}

TEST_F(Reduction, IntegersWrap) {
  auto with = [&](std::string kind) {
    return runAll(
               R"(
func.func @f(%x: !seg.tensor<[1], f32>) -> !seg.tensor<[1], i64> {
  %c = seg.constant {value = dense<[9223372036854775807, 3]> : tensor<2xi64>} : () -> !seg.tensor<[2], i64>
  %y = seg.reduce %c {kind = #seg.reduce_kind<)" +
                   kind +
                   R"(>, axes = array<i64: 0>, keep_dims = true} : (!seg.tensor<[2], i64>) -> !seg.tensor<[1], i64>
  return %y : !seg.tensor<[1], i64>
})",
               {{{1}, {0}}})[0]
        .ints;
  };
  EXPECT_THAT(with("sum"), ElementsAre(-9223372036854775806));
  EXPECT_THAT(with("prod"), ElementsAre(9223372036854775805));
  EXPECT_THAT(with("max"), ElementsAre(9223372036854775807));
}

TEST_F(Reduction, WithoutKeptAxes) {
  EXPECT_THAT(run(R"(
func.func @f(%x: !seg.tensor<[2, 2, 2], f32>) -> !seg.tensor<[2], f32> {
  %y = seg.reduce %x {kind = #seg.reduce_kind<sum>, axes = array<i64: 0, 2>, keep_dims = false} : (!seg.tensor<[2, 2, 2], f32>) -> !seg.tensor<[2], f32>
  return %y : !seg.tensor<[2], f32>
})",
                  {{{2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}}}),
              ElementsAre(14, 22));
}

TEST_F(Reduction, SoftmaxOfLargeValues) {
  // Along channels: (1000, 1000) and (0, ln 3).
  auto with = [&](std::string log) {
    return run(R"(
func.func @f(%x: !seg.tensor<[1, 2, 1, 2], f32>) -> !seg.tensor<[1, 2, 1, 2], f32> {
  %y = seg.softmax %x {axis = 1, log = )" +
                   log + R"(} : (!seg.tensor<[1, 2, 1, 2], f32>) -> !seg.tensor<[1, 2, 1, 2], f32>
  return %y : !seg.tensor<[1, 2, 1, 2], f32>
})",
               {{{1, 2, 1, 2}, {1000, 0, 1000, std::log(3.0f)}}});
  };
  EXPECT_THAT(with("false"), Pointwise(FloatNear(1e-6f), {0.5f, 0.25f, 0.5f, 0.75f}));
  EXPECT_THAT(with("true"), Pointwise(FloatNear(1e-6f), {std::log(0.5f), std::log(0.25f),
                                                         std::log(0.5f), std::log(0.75f)}));
}

TEST_F(Reduction, ArgMaxOfEqualValues) {
  auto with = [&](std::string last) {
    return runAll(R"(
func.func @f(%x: !seg.tensor<[1, 3, 1, 2], f32>) -> !seg.tensor<[1, 1, 2], i64> {
  %y = seg.argmax %x {axis = 1, keep_dims = false, select_last = )" +
                      last + R"(} : (!seg.tensor<[1, 3, 1, 2], f32>) -> !seg.tensor<[1, 1, 2], i64>
  return %y : !seg.tensor<[1, 1, 2], i64>
})",
                  {{{1, 3, 1, 2}, {1, 5, 7, 5, 7, 4}}})[0]
        .ints;
  };
  EXPECT_THAT(with("false"), ElementsAre(1, 0));
  EXPECT_THAT(with("true"), ElementsAre(2, 1));
}

TEST_F(Reduction, MatmulBroadcastsLeadingAxes) {
  // Two left matrices [1 2], [3 4] times one right matrix of 2 columns.
  EXPECT_THAT(run(R"(
func.func @f(%a: !seg.tensor<[2, 1, 2], f32>, %b: !seg.tensor<[2, 2], f32>) -> !seg.tensor<[2, 1, 2], f32> {
  %y = seg.matmul %a, %b : (!seg.tensor<[2, 1, 2], f32>, !seg.tensor<[2, 2], f32>) -> !seg.tensor<[2, 1, 2], f32>
  return %y : !seg.tensor<[2, 1, 2], f32>
})",
                  {{{2, 1, 2}, {1, 2, 3, 4}}, {{2, 2}, {1, 10, 100, 1000}}}),
              ElementsAre(201, 2010, 403, 4030));
  // 2x3 times 3x1, and two right matrices.
  EXPECT_THAT(run(R"(
func.func @f(%a: !seg.tensor<[2, 3], f32>, %b: !seg.tensor<[2, 3, 1], f32>) -> !seg.tensor<[2, 2, 1], f32> {
  %y = seg.matmul %a, %b : (!seg.tensor<[2, 3], f32>, !seg.tensor<[2, 3, 1], f32>) -> !seg.tensor<[2, 2, 1], f32>
  return %y : !seg.tensor<[2, 2, 1], f32>
})",
                  {{{2, 3}, {1, 2, 3, 4, 5, 6}}, {{2, 3, 1}, {1, 1, 1, 1, 0, -1}}}),
              ElementsAre(6, 15, -2, -2));
}
