// Which axis holds the channels, followed through every kind of op, and where it is not known.

#include "compiler/transforms/ChannelAxis.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace mlir;
using testing::HasSubstr;

namespace segc {
namespace {

/// `RESULT = OP OPERANDS {ATTRIBUTES} : (TYPES) -> TYPE`, shorter to write.
std::string op(const std::string &result, const std::string &name, const std::string &operands,
               const std::string &attributes, const std::string &types, const std::string &type) {
  std::string text =
      "  %" + result + " = seg." + name + " " + operands + " {" + attributes + "} : (";
  llvm::SmallVector<llvm::StringRef> shapes;
  llvm::StringRef(types).split(shapes, ';');
  for (llvm::StringRef shape : shapes)
    text +=
        (shape.data() == types.data() ? "" : ", ") + ("!seg.tensor<[" + shape.str() + "], f32>");
  return text + ") -> !seg.tensor<[" + type + "], f32>\n";
}

std::string transpose(const std::string &result, const std::string &operand,
                      const std::string &order, const std::string &from, const std::string &to) {
  return op(result, "transpose", operand, "permutation = array<i64: " + order + ">", from, to);
}
std::string pool(const std::string &result, const std::string &operand, const std::string &type) {
  return op(result, "max_pool2d", operand,
            "kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, "
            "pads = array<i64: 1, 1, 1, 1>, ceil_mode = false",
            type, type);
}
std::string relu(const std::string &result, const std::string &operand, const std::string &type) {
  return op(result, "unary", operand, "fn = #seg.act<relu>", type, type);
}
std::string add(const std::string &result, const std::string &operands, const std::string &types,
                const std::string &type) {
  return op(result, "binary", operands, "kind = #seg.binary_kind<add>", types, type);
}
std::string reshape(const std::string &result, const std::string &operand, const std::string &from,
                    const std::string &to) {
  std::string dims;
  llvm::SmallVector<llvm::StringRef> parts;
  llvm::StringRef(to).split(parts, ", ");
  for (llvm::StringRef part : parts)
    dims += (dims.empty() ? "" : ", ") + ("#seg.dim<\"" + part.trim('"').str() + "\">");
  return op(result, "reshape", operand, "shape = [" + dims + "]", from, to);
}
std::string weights(const std::string &name, const std::string &shape, const std::string &tensor) {
  return "  %" + name + " = seg.constant {value = dense<0.5> : tensor<" + tensor +
         "xf32>} : () -> !seg.tensor<[" + shape + "], f32>\n";
}

class ChannelAxis : public testing::Test {
protected:
  ChannelAxis() : context(MLIRContext::Threading::DISABLED) {
    context.loadDialect<seg::SegDialect, func::FuncDialect>();
  }

  /// The axis of what a function with the input %x returns (%y); -1 where it is not known.
  int axisOf(const std::string &input, const std::string &body, const std::string &output) {
    module = parseSourceString<ModuleOp>(
        "func.func @f(%x: !seg.tensor<[" + input + "], f32>) -> !seg.tensor<[" + output +
            "], f32> {\n" + body + "  return %y : !seg.tensor<[" + output + "], f32>\n}",
        &context);
    if (!module) {
      ADD_FAILURE() << body;
      return -2;
    }
    auto function = *module->getOps<func::FuncOp>().begin();
    const AxisRoles roles(function);
    Value result = function.getBody().front().getTerminator()->getOperand(0);
    inputAxis = axis(roles, function.getArgument(0));
    why = roles.whyUnknown(result);
    return axis(roles, result);
  }

  static int axis(const AxisRoles &roles, Value value) {
    std::optional<unsigned> known = roles.channelAxis(value);
    return known ? static_cast<int>(*known) : -1;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  int inputAxis = -1;
  std::string why;
};

const char kFirst[] = "n, 3, h, w", kLast[] = "n, h, w, 3";

TEST_F(ChannelAxis, OpsOnMapsSayIt) {
  EXPECT_EQ(axisOf(kFirst, pool("y", "%x", kFirst), kFirst), 1);
  EXPECT_EQ(inputAxis, 1);
  EXPECT_EQ(axisOf(kFirst,
                   weights("k", "3, 3, 1, 1", "3x3x1x1") +
                       op("y", "conv2d", "%x, %k",
                          "strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = "
                          "array<i64: 0, 0, 0, 0>, groups = 1, operandSegmentSizes = array<i32: 1, "
                          "1, 0, 0>",
                          std::string(kFirst) + ";3, 3, 1, 1", kFirst),
                   kFirst),
            1);
  EXPECT_EQ(inputAxis, 1);
}

TEST_F(ChannelAxis, NothingSaysIt) {
  EXPECT_EQ(axisOf(kFirst, relu("y", "%x", kFirst), kFirst), -1);
  EXPECT_EQ(inputAxis, -1);
  EXPECT_THAT(why, HasSubstr("no operator"));
  // A softmax may be over anything.
  EXPECT_EQ(axisOf(kLast, op("y", "softmax", "%x", "axis = 3", kLast, kLast), kLast), -1);
}

TEST_F(ChannelAxis, TransposesPermuteIt) {
  // Channels last outside, first inside; then elementwise ops, and back.
  const std::string inside = transpose("a", "%x", "0, 3, 1, 2", kLast, kFirst) +
                             pool("b", "%a", kFirst) + relu("c", "%b", kFirst);
  EXPECT_EQ(axisOf(kLast, inside + transpose("y", "%c", "0, 2, 3, 1", kFirst, kLast), kLast), 3);
  EXPECT_EQ(inputAxis, 3);
  EXPECT_EQ(axisOf(kLast, inside + relu("y", "%c", kFirst), kFirst), 1);
  EXPECT_EQ(axisOf(kLast, inside + transpose("y", "%c", "2, 0, 1, 3", kFirst, "h, n, 3, w"),
                   "h, n, 3, w"),
            2);
}

TEST_F(ChannelAxis, FollowsOtherUsersOfAValue) {
  // What is returned is only read by a pool.
  EXPECT_EQ(axisOf(kFirst, relu("y", "%x", kFirst) + pool("z", "%y", kFirst), kFirst), 1);
}

TEST_F(ChannelAxis, JoinsSlicesAndPadsKeepIt) {
  const std::string four = "n, 6, h, w", cut = "n, 2, h, w", padded = "n, 2, \"h + 2\", w";
  EXPECT_EQ(
      axisOf(kFirst,
             pool("a", "%x", kFirst) +
                 op("b", "concat", "%a, %a", "axis = 1", std::string(kFirst) + ";" + kFirst, four) +
                 op("c", "slice", "%b",
                    "starts = [#seg.dim<0>, #seg.dim<3>, #seg.dim<0>, #seg.dim<0>], sizes = "
                    "[#seg.dim<\"n\">, #seg.dim<2>, #seg.dim<\"h\">, #seg.dim<\"w\">], steps = "
                    "array<i64: 1, 1, 1, 1>",
                    four, cut) +
                 op("y", "pad", "%c",
                    "low = [#seg.dim<0>, #seg.dim<0>, #seg.dim<1>, #seg.dim<0>], high = "
                    "[#seg.dim<0>, #seg.dim<0>, #seg.dim<1>, #seg.dim<0>], mode = "
                    "#seg.pad_mode<constant>",
                    cut, padded),
             padded),
      1);
}

TEST_F(ChannelAxis, BroadcastsKeepIt) {
  // A weight for each pixel of a map of its own says what rows and columns are; channels are left.
  const std::string one = "n, 1, h, w", vector = "3, 1, 1";
  EXPECT_EQ(axisOf(kFirst,
                   weights("k", vector, "3x1x1") + pool("a", "%x", kFirst) +
                       add("y", "%a, %k", std::string(kFirst) + ";" + vector, kFirst),
                   kFirst),
            1);
  EXPECT_EQ(axisOf(one,
                   weights("k", "1, 3, 1, 1", "1x3x1x1") + pool("a", "%x", one) +
                       add("y", "%a, %k", one + ";1, 3, 1, 1", kFirst),
                   kFirst),
            1);
}

/// What pixel shuffling becomes: channels are split, and two parts merged into rows and columns.
TEST_F(ChannelAxis, PixelShuffle) {
  const std::string in = "n, 12, h, w", split = "n, 3, 2, 2, h, w", turned = "n, 3, h, 2, w, 2",
                    out = "n, 3, \"2 * h\", \"2 * w\"";
  const std::string body = pool("a", "%x", in) + reshape("b", "%a", in, split) +
                           transpose("c", "%b", "0, 1, 4, 2, 5, 3", split, turned);
  EXPECT_EQ(axisOf(in, body + reshape("y", "%c", turned, out), out), 1);
  const std::string lastTurned = "n, h, 2, w, 2, 3", lastOut = "n, \"2 * h\", \"2 * w\", 3";
  EXPECT_EQ(axisOf(in,
                   pool("a", "%x", in) + reshape("b", "%a", in, split) +
                       transpose("c", "%b", "0, 4, 2, 5, 3, 1", split, lastTurned) +
                       reshape("y", "%c", lastTurned, lastOut),
                   lastOut),
            3);
}

/// Pixels as tokens, a product with weights, and a map again: a transformer's decoder.
TEST_F(ChannelAxis, Tokens) {
  const std::string map = "n, 8, 4, 5", flat = "n, 8, 20", tokens = "n, 20, 8", scores = "n, 20, 6",
                    planes = "n, 6, 20", out = "n, 6, 4, 5", lastOut = "n, 4, 5, 6";
  const std::string body = pool("a", "%x", map) + reshape("b", "%a", map, flat) +
                           transpose("c", "%b", "0, 2, 1", flat, tokens) +
                           weights("k", "8, 6", "8x6") +
                           op("d", "matmul", "%c, %k", "", tokens + ";8, 6", scores);
  EXPECT_EQ(axisOf(map,
                   body + transpose("e", "%d", "0, 2, 1", scores, planes) +
                       reshape("y", "%e", planes, out),
                   out),
            1);
  EXPECT_EQ(axisOf(map, body + reshape("y", "%d", scores, lastOut), lastOut), 3);
}

TEST_F(ChannelAxis, Contradiction) {
  // The same axes are channels first of one pool, and channels last of another.
  const std::string map = "1, 4, 4, 4";
  EXPECT_EQ(axisOf(map,
                   pool("a", "%x", map) + transpose("b", "%x", "0, 3, 1, 2", map, map) +
                       relu("c", "%b", map) + pool("d", "%c", map) +
                       transpose("e", "%d", "0, 2, 3, 1", map, map) +
                       transpose("f", "%a", "0, 3, 1, 2", map, map) +
                       add("y", "%e, %f", map + ";" + map, map),
                   map),
            -1);
  EXPECT_THAT(why, HasSubstr("different things"));
}

TEST_F(ChannelAxis, AReshapeThatMixesAxesHidesIt) {
  const std::string map = "1, 8, 4, 4", mixed = "1, 2, 8, 8";
  EXPECT_EQ(axisOf(map, pool("a", "%x", map) + reshape("y", "%a", map, mixed), mixed), -1);
}

} // namespace
} // namespace segc
