// Where a size does not fit, the network says which axis of which layer, and what would fit.

#include "compiler/lowering/ShapeAdvice.h"
#include "compiler/dialect/Dim.h"

#include "mlir/IR/BuiltinTypes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace segc;
using testing::HasSubstr;
using testing::Not;
using Relation = Check::Relation;

class ShapeAdviceTest : public testing::Test {
protected:
  ShapeAdviceTest() {
    context.loadDialect<seg::SegDialect>();
    program.inputs.push_back(
        {"image", seg::TensorType::get(&context, {dim("1"), dim("3"), dim("h"), dim("w")},
                                       mlir::Float32Type::get(&context))});
  }
  seg::DimAttr dim(const std::string &text) {
    std::string error;
    return seg::parseDim(&context, text, error);
  }
  void require(const std::string &left, Relation relation, const std::string &right) {
    program.checks.push_back({dim(left), relation, dim(right),
                              seg::nodeLocation(&context, "up", "Add"), "axis 2 of its operands"});
  }
  std::string first() { return ShapeAdvice(program).describe(program.checks.front()); }

  mlir::MLIRContext context;
  Program program;
};

// Both skip connections count, whichever of them is the first to fail.
TEST_F(ShapeAdviceTest, FindsMultiples) {
  require("2 * (h / 2)", Relation::Equal, "h");
  require("2 * (((h - 1) / 2 + 1) / 4 * 2)", Relation::Equal, "2 * ((h / 2 - 1) / 2 + 1)");
  EXPECT_EQ(first(), "node \"up\" (Add): axis 2 of its operands would be 2 * (h / 2) and h, which "
                     "must be equal; axis 2 of input \"image\" (h) must be a multiple of 8");
}

TEST_F(ShapeAdviceTest, FindsRemainders) {
  require("8 * ((h - 1) / 8) + 1", Relation::Equal, "h");
  EXPECT_THAT(first(), HasSubstr("(h) must be 1 more than a multiple of 8"));
}

TEST_F(ShapeAdviceTest, FindsTheLeast) {
  require("1", Relation::AtMost, "(w - 30) / 4");
  EXPECT_THAT(first(),
              HasSubstr("axis 2 of its operands would be (w + 2) / 4 - 8, which must be at "
                        "least 1; axis 3 of input \"image\" (w) must be at least 34"));
}

TEST_F(ShapeAdviceTest, DoesNotGuess) {
  require("h", Relation::Equal, "w");
  EXPECT_THAT(first(), testing::EndsWith("would be h and w, which must be equal"));
  program.checks.clear();
  require("h", Relation::Equal, "224");
  EXPECT_THAT(first(), testing::EndsWith("would be h and 224, which must be equal"));
}

} // namespace
