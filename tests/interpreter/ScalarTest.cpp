// The elementwise functions at values that can be checked by hand.

#include "compiler/interpreter/Scalar.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace segc::interpreter;
using segc::seg::BinaryKind;
using segc::seg::UnaryKind;

namespace {

double at(UnaryKind kind, double x, float alpha = 0, float beta = 0) {
  return evalUnary(kind, alpha, beta, x);
}

} // namespace

TEST(Scalar, PiecewiseLinear) {
  EXPECT_EQ(at(UnaryKind::Identity, -3), -3);
  EXPECT_EQ(at(UnaryKind::Relu, -3), 0);
  EXPECT_EQ(at(UnaryKind::Relu, 3), 3);
  EXPECT_EQ(at(UnaryKind::Clip, 7, -1, 6), 6);
  EXPECT_EQ(at(UnaryKind::Clip, -7, -1, 6), -1);
  EXPECT_EQ(at(UnaryKind::LeakyRelu, -4, 0.25f), -1);
  EXPECT_EQ(at(UnaryKind::LeakyRelu, 4, 0.25f), 4);
  EXPECT_EQ(at(UnaryKind::HardSigmoid, 1, 0.25f, 0.5f), 0.75);
  EXPECT_EQ(at(UnaryKind::HardSigmoid, 9, 0.25f, 0.5f), 1);
  EXPECT_EQ(at(UnaryKind::HardSwish, -3), 0);
  EXPECT_EQ(at(UnaryKind::HardSwish, 3), 3);
  EXPECT_DOUBLE_EQ(at(UnaryKind::HardSwish, 1), 2.0 / 3);
  EXPECT_EQ(at(UnaryKind::Abs, -2), 2);
  EXPECT_EQ(at(UnaryKind::Neg, -2), 2);
  EXPECT_EQ(at(UnaryKind::Sign, -2), -1);
  EXPECT_EQ(at(UnaryKind::Sign, 0), 0);
  EXPECT_EQ(at(UnaryKind::ThresholdedRelu, 1, 1), 0);
  EXPECT_EQ(at(UnaryKind::ThresholdedRelu, 1.5, 1), 1.5);
}

TEST(Scalar, Rounding) {
  EXPECT_EQ(at(UnaryKind::Floor, -1.5), -2);
  EXPECT_EQ(at(UnaryKind::Ceil, -1.5), -1);
  EXPECT_EQ(at(UnaryKind::Round, 0.5), 0); // halves go to the even neighbour
  EXPECT_EQ(at(UnaryKind::Round, 1.5), 2);
  EXPECT_EQ(at(UnaryKind::Round, -2.5), -2);
}

TEST(Scalar, Smooth) {
  const double e = std::exp(1.0);
  EXPECT_EQ(at(UnaryKind::Sigmoid, 0), 0.5);
  EXPECT_EQ(at(UnaryKind::Sigmoid, -1000), 0);
  EXPECT_DOUBLE_EQ(at(UnaryKind::Sigmoid, 1), 1 / (1 + 1 / e));
  EXPECT_DOUBLE_EQ(at(UnaryKind::Tanh, 1), (e - 1 / e) / (e + 1 / e));
  EXPECT_DOUBLE_EQ(at(UnaryKind::Exp, 1), e);
  EXPECT_DOUBLE_EQ(at(UnaryKind::Log, e), 1);
  EXPECT_EQ(at(UnaryKind::Sqrt, 9), 3);
  EXPECT_EQ(at(UnaryKind::Reciprocal, 4), 0.25);
  EXPECT_NEAR(at(UnaryKind::Erf, 0.5), 0.5204998778130465, 1e-15);
  EXPECT_DOUBLE_EQ(at(UnaryKind::Elu, -1, 2), 2 * (1 / e - 1));
  EXPECT_EQ(at(UnaryKind::Elu, 3, 2), 3);
  EXPECT_DOUBLE_EQ(at(UnaryKind::Selu, -1, 2, 3), 3 * 2 * (1 / e - 1));
  EXPECT_EQ(at(UnaryKind::Selu, 2, 2, 3), 6);
  EXPECT_DOUBLE_EQ(at(UnaryKind::Celu, -2, 2), 2 * (1 / e - 1));
  EXPECT_DOUBLE_EQ(at(UnaryKind::Softplus, 0), std::log(2.0));
  EXPECT_EQ(at(UnaryKind::Softplus, 1000), 1000);
  EXPECT_EQ(at(UnaryKind::Softsign, -1), -0.5);
  EXPECT_EQ(at(UnaryKind::Sin, 0), 0);
  EXPECT_EQ(at(UnaryKind::Cos, 0), 1);
}

TEST(Scalar, Binary) {
  EXPECT_EQ(evalBinary(BinaryKind::Add, 2.0, 3.0), 5);
  EXPECT_EQ(evalBinary(BinaryKind::Sub, 2.0, 3.0), -1);
  EXPECT_EQ(evalBinary(BinaryKind::Mul, 2.0, 3.0), 6);
  EXPECT_EQ(evalBinary(BinaryKind::Div, 3.0, 2.0), 1.5);
  EXPECT_EQ(evalBinary(BinaryKind::Max, 2.0, 3.0), 3);
  EXPECT_EQ(evalBinary(BinaryKind::Min, 2.0, 3.0), 2);
  EXPECT_EQ(evalBinary(BinaryKind::Pow, 2.0, 3.0), 8);
  EXPECT_EQ(evalBinary(BinaryKind::PRelu, -2.0, 0.25), -0.5);
  EXPECT_EQ(evalBinary(BinaryKind::PRelu, 2.0, 0.25), 2);
}

TEST(Scalar, Integers) {
  constexpr int64_t least = std::numeric_limits<int64_t>::min();
  constexpr IntegerKind i64{64, true}, i8{8, true}, u8{8, false}, u64{64, false};
  EXPECT_EQ(evalBinary(BinaryKind::Div, -7, 2, i64), -3);
  EXPECT_EQ(evalBinary(BinaryKind::Div, 7, 0, i64), 0);
  EXPECT_EQ(evalBinary(BinaryKind::Div, least, -1, i64), least);
  EXPECT_EQ(evalBinary(BinaryKind::Div, -1, 2, u64), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(evalBinary(BinaryKind::Pow, 3, 4, i64), 81);
  EXPECT_EQ(evalBinary(BinaryKind::Pow, 2, -1, i64), 0);
  EXPECT_EQ(evalBinary(BinaryKind::Pow, -1, -3, i64), -1);
  // The signs of Python's % and of C's.
  EXPECT_EQ(evalBinary(BinaryKind::Mod, -7, 3, i64), 2);
  EXPECT_EQ(evalBinary(BinaryKind::Mod, 7, -3, i64), -2);
  EXPECT_EQ(evalBinary(BinaryKind::Mod, -6, 3, i64), 0);
  EXPECT_EQ(evalBinary(BinaryKind::Fmod, -7, 3, i64), -1);
  EXPECT_EQ(evalBinary(BinaryKind::Mod, 7, 0, i64), 0);
  EXPECT_EQ(evalBinary(BinaryKind::ShiftLeft, 3, 2, u8), 12);
  EXPECT_EQ(evalBinary(BinaryKind::ShiftLeft, 3, 8, u8), 0);
  EXPECT_EQ(evalBinary(BinaryKind::ShiftRight, -16, 2, i8), -4);
  EXPECT_EQ(evalBinary(BinaryKind::ShiftRight, -16, 9, i8), -1);
  EXPECT_EQ(evalBinary(BinaryKind::ShiftRight, -1, 63, u64), 1);
  EXPECT_EQ(evalBinary(BinaryKind::Less, -1, 1, u64), 0);
  EXPECT_EQ(evalBinary(BinaryKind::Less, -1, 1, i64), 1);
  EXPECT_EQ(evalBinary(BinaryKind::LessOrEqual, 1, 1, u8), 1);
  EXPECT_EQ(evalBinary(BinaryKind::Equal, 1, 2, u8), 0);
  EXPECT_EQ(evalBinary(BinaryKind::Xor, 6, 3, u8), 5);
  EXPECT_EQ(evalUnary(UnaryKind::Not, 0, u8), -1); // wrapped to 255 by the caller
  EXPECT_EQ(evalUnary(UnaryKind::Sign, -3, i8), -1);
  EXPECT_EQ(evalUnary(UnaryKind::Sigmoid, 1, i64), std::nullopt);
}

TEST(Scalar, TestsAndRemaindersOfFloats) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(evalUnary(UnaryKind::IsInf, 0, 0, -infinity), 1);
  EXPECT_EQ(evalUnary(UnaryKind::IsInf, 1, 0, -infinity), 0);
  EXPECT_EQ(evalUnary(UnaryKind::IsInf, 0, 1, infinity), 0);
  EXPECT_EQ(evalUnary(UnaryKind::IsNaN, 0, 0, infinity - infinity), 1);
  EXPECT_EQ(evalBinary(BinaryKind::Fmod, -4.25, 2.0), -0.25);
  EXPECT_EQ(evalBinary(BinaryKind::Less, 1.0, 2.0), 1);
}
