// The graph of `--emit dot`: its boxes and edges, and names from a model that would end a string.

#include "compiler/codegen/DotPrinter.h"
#include "compiler/dialect/Seg.h"
#include "compiler/package/Compile.h"

#include "mlir/Parser/Parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace segc;
using testing::HasSubstr;
using testing::Not;

std::string dotOf(const char *network) {
  auto context = makeContext();
  auto module = mlir::parseSourceString<mlir::ModuleOp>(network, context.get());
  EXPECT_TRUE(module);
  return module ? printDot(*module) : "";
}

int count(const std::string &text, const std::string &part) {
  int found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

TEST(DotPrinter, BoxesAndEdges) {
  const std::string dot = dotOf(R"(
    func.func @f(%x: !seg.tensor<[n, 4, h, w], f32> {seg.name = "image"}, %m: !seg.tensor<[n, 1, h, w], f32> {seg.name = "mask"})
        -> (!seg.tensor<[n, 4, "h / 2", "w / 2"], f32> {seg.name = "low"}, !seg.tensor<[n, 4, h, w], f32>) {
      %c = seg.constant {value = dense<2.0> : tensor<1xf32>} : () -> !seg.tensor<[1], f32>
      %0 = seg.max_pool2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, ceil_mode = false} : (!seg.tensor<[n, 4, h, w], f32>) -> !seg.tensor<[n, 4, "h / 2", "w / 2"], f32> loc("pool1"("MaxPool"))
      %1 = seg.binary %x, %m {kind = #seg.binary_kind<mul>} : (!seg.tensor<[n, 4, h, w], f32>, !seg.tensor<[n, 1, h, w], f32>) -> !seg.tensor<[n, 4, h, w], f32> loc("product")
      %2 = seg.binary %1, %c {kind = #seg.binary_kind<add>} : (!seg.tensor<[n, 4, h, w], f32>, !seg.tensor<[1], f32>) -> !seg.tensor<[n, 4, h, w], f32> loc("sum")
      return %0, %2 : !seg.tensor<[n, 4, "h / 2", "w / 2"], f32>, !seg.tensor<[n, 4, h, w], f32>
    })");
  EXPECT_THAT(dot, testing::StartsWith("digraph network {\n"));
  EXPECT_THAT(dot, testing::EndsWith("}\n"));
  EXPECT_THAT(dot, HasSubstr("  n0 [label=\"image\", fillcolor=\"#f4cccc\", shape=ellipse];\n"));
  EXPECT_THAT(dot, HasSubstr("  n1 [label=\"mask\","));
  EXPECT_THAT(dot, HasSubstr("  n2 [label=\"max_pool2d (MaxPool)\\npool1\", "
                             "fillcolor=\"#d9ead3\", shape=box];\n"));
  EXPECT_THAT(dot, HasSubstr("  n3 [label=\"binary\\nproduct\","));
  EXPECT_THAT(dot, HasSubstr("  n4 [label=\"binary\\nsum\","));
  EXPECT_THAT(dot, HasSubstr("  n5 [label=\"low\","));
  EXPECT_THAT(dot, HasSubstr("  n6 [label=\"output\","));
  for (const char *edge :
       {"  n0 -> n2 [label=\"n x 4 x h x w\"];\n", "  n0 -> n3 [label=\"n x 4 x h x w\"];\n",
        "  n1 -> n3 [label=\"n x 1 x h x w\"];\n", "  n3 -> n4 [label=\"n x 4 x h x w\"];\n",
        "  n2 -> n5 [label=\"n x 4 x h / 2 x w / 2\"];\n",
        "  n4 -> n6 [label=\"n x 4 x h x w\"];\n"})
    EXPECT_THAT(dot, HasSubstr(edge));
  // The constant has neither a box nor an edge.
  EXPECT_EQ(count(dot, " -> "), 6);
  EXPECT_EQ(count(dot, "  n7"), 0);
}

TEST(DotPrinter, NamesOfAModelStayInTheirStrings) {
  const std::string dot = dotOf(R"(
    func.func @f(%x: !seg.tensor<[1], f32> {seg.name = "a\"]; b [x=\\"}) -> !seg.tensor<[1], f32> {
      %0 = seg.unary %x {fn = #seg.act<relu>} : (!seg.tensor<[1], f32>) -> !seg.tensor<[1], f32> loc("line\0Abreak\09\1B[31m\"")
      return %0 : !seg.tensor<[1], f32>
    })");
  EXPECT_THAT(dot, HasSubstr(R"(n0 [label="a\"]; b [x=\\", )"));
  EXPECT_THAT(dot, HasSubstr(R"(n1 [label="unary\nline\nbreak__[31m\"", )"));
  EXPECT_THAT(dot, Not(HasSubstr("\x1b")));
  // Outside of strings, a line is a box or an edge.
  EXPECT_EQ(count(dot, ";\n"), count(dot, "\n") - 2);
}

} // namespace
