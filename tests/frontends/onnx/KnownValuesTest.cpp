// The arithmetic behind shape evaluation: fractions over symbols, exact division, and the proofs
// that let clamps be dropped.

#include "frontends/onnx/KnownValues.h"
#include "frontends/onnx/Bounds.h"

#include "mlir/IR/MLIRContext.h"

#include <gtest/gtest.h>

namespace segc::onnximport {
namespace {

using seg::DimAttr;

class KnownValuesTest : public testing::Test {
protected:
  KnownValuesTest() { context.loadDialect<seg::SegDialect>(); }

  DimAttr dim(const std::string &text) {
    std::string error;
    DimAttr parsed = seg::parseDim(&context, text, error);
    EXPECT_TRUE(parsed) << text << ": " << error;
    return parsed;
  }
  std::string text(const Number &number) {
    return number.whole()     ? seg::toString(number.whole())
           : number.isKnown() ? "fraction"
                              : "unknown";
  }
  Number number(float value) { return Number::fromFloat(&context, value); }

  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
};

TEST_F(KnownValuesTest, FloatsAreTheSimplestFractions) {
  EXPECT_EQ(text(number(0.7f) * Number(dim("10"))), "7");
  EXPECT_EQ(text((number(0.33333334f) * Number(dim("h"))).floor()), "h / 3");
  EXPECT_EQ(text((number(-2.5f)).floor()), "-3");
  EXPECT_EQ(text(number(-2.5f).ceil()), "-2");
  EXPECT_EQ(text(number(2.5f).round()), "2");
  EXPECT_FALSE(number(INFINITY).isKnown());
  EXPECT_FALSE(number(NAN).isKnown());
  EXPECT_FALSE(number(1e-30f).isKnown());
}

TEST_F(KnownValuesTest, EveryFloatSurvivesItsFraction) {
  for (float value : {0.1f, 1.1f, 3.14159274f, 1e-5f, 123456.789f, 0.229f, 16777216.0f})
    EXPECT_EQ(float(*number(value).constantDouble()), value);
}

TEST_F(KnownValuesTest, FractionsCancel) {
  Number h(dim("h")), w(dim("w"));
  EXPECT_EQ(text(h / w * w), "h");
  EXPECT_EQ(text(h * Number(dim("2 * w + 2")) / Number(dim("w + 1"))), "2 * h");
  EXPECT_EQ(text((h / w).floor()), "h / w");
  EXPECT_FALSE((h / Number(dim("0"))).isKnown());
  EXPECT_FALSE((h / Number(dim("-w"))).isKnown());
}

TEST_F(KnownValuesTest, ExactQuotients) {
  EXPECT_EQ(seg::toString(exactQuotient(dim("h * w + 2 * h"), dim("w + 2"))), "h");
  EXPECT_FALSE(exactQuotient(dim("h + 1"), dim("2")));
  EXPECT_FALSE(exactQuotient(dim("h"), dim("w")));
  EXPECT_FALSE(exactQuotient(dim("h"), dim("0")));
  EXPECT_FALSE(exactQuotient(DimAttr::constant(&context, INT64_MIN), dim("-1")));
}

TEST_F(KnownValuesTest, ComparisonsNeedProof) {
  EXPECT_EQ(Number(dim("h + 1")).sign(), 1);
  EXPECT_EQ(Number(dim("-h")).sign(), -1);
  EXPECT_EQ(Number(dim("h - 3")).sign(), std::nullopt);
}

TEST_F(KnownValuesTest, TheLesserOfTwoFractions) {
  Number h(dim("h")), w(dim("w")), scale = (Number(dim("160")) / h).minimum(Number(dim("192")) / w);
  EXPECT_EQ(text((h * scale).floor()), "h * min(160 * w, 192 * h) / (h * w)");
  EXPECT_EQ(text((Number(dim("5")) / h).maximum(Number(dim("3")) / h) * h), "5");
}

TEST_F(KnownValuesTest, OverflowIsUnknown) {
  Number large(&context, INT64_MAX);
  EXPECT_FALSE((large * large).isKnown());
  EXPECT_FALSE((large + large).isKnown());
}

TEST_F(KnownValuesTest, ProvesThatCropsFit) {
  // The last crop of FCN-8s, and those of a pyramid's bins.
  EXPECT_TRUE(provablyNotNegative(dim("32 * (((h + 1) / 4 + 1) / 8) + 88 - h - 31")));
  EXPECT_TRUE(provablyNotNegative(dim("h - (2 * h + 2) / 3")));
  EXPECT_TRUE(provablyNotNegative(dim("h - min(h, 7)")));
  EXPECT_TRUE(provablyNotNegative(dim("max(h, 7) - h")));
}

TEST_F(KnownValuesTest, ProvesNothingThatIsFalse) {
  EXPECT_FALSE(provablyNotNegative(dim("h - 2")));
  EXPECT_FALSE(provablyNotNegative(dim("2 * (h / 2) - h")));
  EXPECT_FALSE(provablyNotNegative(dim("min(h, 7) - h")));
  EXPECT_FALSE(provablyNotNegative(dim("h - w")));
  EXPECT_FALSE(provablyNotNegative(dim("h - (2 * h + 4) / 3")));
  EXPECT_FALSE(provablyNotNegative(DimAttr()));
}

} // namespace
} // namespace segc::onnximport
