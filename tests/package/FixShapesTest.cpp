// --shape on a network in the seg dialect.

#include "compiler/package/FixShapes.h"
#include "compiler/package/Compile.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace segc;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr char kNetwork[] = R"(
func.func @f(%x: !seg.tensor<[n, 3, h, w], f32> {seg.name = "image"}, %y: !seg.tensor<[n, 3, "2 * h", w], f32>)
    -> !seg.tensor<[n, 3, "2 * h", w], f32> {
  %0 = seg.resize %x {sizes = [#seg.dim<n>, #seg.dim<3>, #seg.dim<"2 * h">, #seg.dim<w>], mode = #seg.resize_mode<linear>, coordinates = #seg.coordinates<half_pixel>, nearest = #seg.nearest<floor>} : (!seg.tensor<[n, 3, h, w], f32>) -> !seg.tensor<[n, 3, "2 * h", w], f32>
  %1 = seg.binary %0, %y {kind = #seg.binary_kind<add>} : (!seg.tensor<[n, 3, "2 * h", w], f32>, !seg.tensor<[n, 3, "2 * h", w], f32>) -> !seg.tensor<[n, 3, "2 * h", w], f32>
  return %1 : !seg.tensor<[n, 3, "2 * h", w], f32>
})";

class FixShapes : public testing::Test {
protected:
  FixShapes()
      : context(makeContext()),
        module(mlir::parseSourceString<mlir::ModuleOp>(kNetwork, context.get())) {}

  std::vector<std::string> fix(const std::map<std::string, GivenShape> &shapes) {
    return fixShapes(*module, shapes);
  }

  std::unique_ptr<mlir::MLIRContext> context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

constexpr std::nullopt_t kFree = std::nullopt;

TEST_F(FixShapes, NumbersReplaceSymbolsEverywhere) {
  EXPECT_THAT(fix({{"image", {1, 3, 8, kFree}}}), IsEmpty());
  EXPECT_TRUE(mlir::succeeded(mlir::verify(*module)));
  const std::string text = moduleText(*module);
  EXPECT_THAT(text, AllOf(HasSubstr("!seg.tensor<[1, 3, 8, w], f32>"),
                          HasSubstr("-> !seg.tensor<[1, 3, 16, w], f32>"),
                          HasSubstr("sizes = [#seg.dim<1>, #seg.dim<3>, #seg.dim<16>"),
                          Not(HasSubstr("[n")), Not(HasSubstr("2 * h"))));
}

TEST_F(FixShapes, TwoInputsMayAgree) {
  EXPECT_THAT(fix({{"image", {2, 3, 8, 4}}, {"1", {2, 3, 16, 4}}}), IsEmpty());
  EXPECT_THAT(moduleText(*module), HasSubstr("!seg.tensor<[2, 3, 16, 4], f32>"));
}

TEST_F(FixShapes, SaysWhatCannotBe) {
  const std::string before = moduleText(*module);
  EXPECT_THAT(fix({{"picture", {1, 3, 8, 8}}}),
              ElementsAre(AllOf(HasSubstr("--shape picture"), HasSubstr("\"image\", \"1\""))));
  EXPECT_THAT(fix({{"image", {1, 3, 8}}}), ElementsAre(HasSubstr("rank 4, not 3")));
  EXPECT_THAT(fix({{"image", {1, 4, 8, 8}}}),
              ElementsAre(HasSubstr("extent 1 is 3 in the file, which cannot be 4")));
  EXPECT_THAT(fix({{"image", {1, kFree, 8, 8}}}),
              ElementsAre(HasSubstr("extent 1 is 3 in the file and cannot be free")));
  EXPECT_THAT(fix({{"1", {1, 3, 16, 8}}}), ElementsAre(HasSubstr("extent 2 is 2 * h")));
  EXPECT_THAT(fix({{"image", {1, 3, 8, 8}}, {"1", {1, 3, 15, 8}}}),
              ElementsAre(HasSubstr("extent 2 is 2 * h = 16 in the file, which cannot be 15")));
  EXPECT_THAT(fix({{"image", {1, 3, 8, 8}}, {"1", {2, 3, 16, 8}}}),
              ElementsAre(HasSubstr("\"n\" cannot be ")));
  EXPECT_EQ(moduleText(*module), before);
}

} // namespace
