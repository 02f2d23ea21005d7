// Ops that move elements: every result is the input's numbers in another place.

#include "tests/interpreter/Interpret.h"

using namespace segc::interpreter;

using Movement = Interpret;

TEST_F(Movement, ConcatAlongChannels) {
  EXPECT_THAT(run(R"(
func.func @f(%a: !seg.tensor<[1, 1, 1, w], f32>, %b: !seg.tensor<[1, 2, 1, w], f32>) -> !seg.tensor<[1, 3, 1, w], f32> {
  %y = seg.concat %a, %b {axis = 1} : (!seg.tensor<[1, 1, 1, w], f32>, !seg.tensor<[1, 2, 1, w], f32>) -> !seg.tensor<[1, 3, 1, w], f32>
  return %y : !seg.tensor<[1, 3, 1, w], f32>
})",
                  {{{1, 1, 1, 2}, {1, 2}}, {{1, 2, 1, 2}, {3, 4, 5, 6}}}),
              ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST_F(Movement, ConcatInnermost) {
  EXPECT_THAT(run(R"(
func.func @f(%a: !seg.tensor<[2, 1], f32>, %b: !seg.tensor<[2, 2], f32>) -> !seg.tensor<[2, 3], f32> {
  %y = seg.concat %a, %b {axis = 1} : (!seg.tensor<[2, 1], f32>, !seg.tensor<[2, 2], f32>) -> !seg.tensor<[2, 3], f32>
  return %y : !seg.tensor<[2, 3], f32>
})",
                  {{{2, 1}, {1, 2}}, {{2, 2}, {3, 4, 5, 6}}}),
              ElementsAre(1, 3, 4, 2, 5, 6));
}

TEST_F(Movement, SliceWithExpressionsAndNegativeStep) {
  EXPECT_THAT(run(R"(
func.func @f(%x: !seg.tensor<[h, w], f32>) -> !seg.tensor<["h - 1", 2], f32> {
  %y = seg.slice %x {starts = [#seg.dim<1>, #seg.dim<"w - 1">], sizes = [#seg.dim<"h - 1">, #seg.dim<2>], steps = array<i64: 1, -2>}
    : (!seg.tensor<[h, w], f32>) -> !seg.tensor<["h - 1", 2], f32>
  return %y : !seg.tensor<["h - 1", 2], f32>
})",
                  {{{3, 4}, {0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23}}}),
              ElementsAre(13, 11, 23, 21));
}

TEST_F(Movement, PadModes) {
  auto with = [&](std::string mode) {
    return run(R"(
func.func @f(%x: !seg.tensor<[1, 4], f32>) -> !seg.tensor<[1, 6], f32> {
  %y = seg.pad %x {low = [#seg.dim<0>, #seg.dim<3>], high = [#seg.dim<0>, #seg.dim<-1>], mode = #seg.pad_mode<)" +
                   mode +
                   R"(>, value = 9.0 : f32} : (!seg.tensor<[1, 4], f32>) -> !seg.tensor<[1, 6], f32>
  return %y : !seg.tensor<[1, 6], f32>
})",
               {{{1, 4}, {0, 1, 2, 3}}});
  };
  EXPECT_THAT(with("constant"), ElementsAre(9, 9, 9, 0, 1, 2));
  EXPECT_THAT(with("reflect"), ElementsAre(3, 2, 1, 0, 1, 2));
  EXPECT_THAT(with("edge"), ElementsAre(0, 0, 0, 0, 1, 2));
}

TEST_F(Movement, ReshapeTransposeBroadcast) {
  EXPECT_THAT(run(R"(
func.func @f(%x: !seg.tensor<[6], f32>) -> !seg.tensor<[2, 3, 2], f32> {
  %0 = seg.reshape %x {shape = [#seg.dim<2>, #seg.dim<3>, #seg.dim<1>]} : (!seg.tensor<[6], f32>) -> !seg.tensor<[2, 3, 1], f32>
  %1 = seg.broadcast %0 {shape = [#seg.dim<2>, #seg.dim<3>, #seg.dim<2>]} : (!seg.tensor<[2, 3, 1], f32>) -> !seg.tensor<[2, 3, 2], f32>
  return %1 : !seg.tensor<[2, 3, 2], f32>
})",
                  {{{6}, {1, 2, 3, 4, 5, 6}}}),
              ElementsAre(1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6));
  EXPECT_THAT(run(R"(
func.func @f(%x: !seg.tensor<[1, 2, 3], f32>) -> !seg.tensor<[3, 1, 2], f32> {
  %y = seg.transpose %x {permutation = array<i64: 2, 0, 1>} : (!seg.tensor<[1, 2, 3], f32>) -> !seg.tensor<[3, 1, 2], f32>
  return %y : !seg.tensor<[3, 1, 2], f32>
})",
                  {{{1, 2, 3}, {1, 2, 3, 4, 5, 6}}}),
              ElementsAre(1, 4, 2, 5, 3, 6));
}

TEST_F(Movement, ViewOfWindowsAndDiagonals) {
  // Windows of 2 rows, two apart, back to front, from columns right to left.
  EXPECT_THAT(run(R"(
func.func @f(%x: !seg.tensor<[h, 2], f32>) -> !seg.tensor<["h / 2", 2, 2], f32> {
  %y = seg.view %x {starts = [#seg.dim<1>, #seg.dim<1>], steps = array<i64: 2, 0, -1, 0, 0, -1>, shape = [#seg.dim<"h / 2">, #seg.dim<2>, #seg.dim<2>]}
    : (!seg.tensor<[h, 2], f32>) -> !seg.tensor<["h / 2", 2, 2], f32>
  return %y : !seg.tensor<["h / 2", 2, 2], f32>
})",
                  {{{5, 2}, {0, 1, 10, 11, 20, 21, 30, 31, 40, 41}}}),
              ElementsAre(11, 10, 1, 0, 31, 30, 21, 20));
  EXPECT_THAT(run(R"(
func.func @f(%x: !seg.tensor<[3, 3], f32>) -> !seg.tensor<[2], f32> {
  %y = seg.view %x {starts = [#seg.dim<0>, #seg.dim<1>], steps = array<i64: 1, 1>, shape = [#seg.dim<2>]}
    : (!seg.tensor<[3, 3], f32>) -> !seg.tensor<[2], f32>
  return %y : !seg.tensor<[2], f32>
})",
                  {{{3, 3}, {0, 1, 2, 3, 4, 5, 6, 7, 8}}}),
              ElementsAre(1, 5));
}

TEST_F(Movement, ConvertLayoutChangesNoElement) {
  EXPECT_THAT(run(R"(
func.func @f(%x: !seg.tensor<[1, 1, 1, 2], f32>) -> !seg.tensor<[1, 1, 1, 2], f32> {
  %0 = seg.convert_layout %x : (!seg.tensor<[1, 1, 1, 2], f32>) -> !seg.tensor<[1, 1, 1, 2], f32, <block = 16, left = 1, right = 1>>
  %1 = seg.convert_layout %0 : (!seg.tensor<[1, 1, 1, 2], f32, <block = 16, left = 1, right = 1>>) -> !seg.tensor<[1, 1, 1, 2], f32>
  return %1 : !seg.tensor<[1, 1, 1, 2], f32>
})",
                  {{{1, 1, 1, 2}, {3, 4}}}),
              ElementsAre(3, 4));
}
