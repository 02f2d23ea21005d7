// Passes must not change what a network computes: random networks are run by the
// interpreter before and after each pass.

#include "compiler/interpreter/Interpreter.h"
#include "compiler/transforms/Passes.h"
#include "compiler/transforms/Pipeline.h"
#include "tests/transforms/RandomNetwork.h"

#include "mlir/IR/OperationSupport.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace mlir;

namespace segc {
namespace {

constexpr int kNetworks = 200, kLength = 14;

struct Case {
  const char *name;
  void (*add)(OpPassManager &);
};

/// How GoogleTest shows a case: by default it would print addresses.
void PrintTo(const Case &tested, std::ostream *stream) { *stream << tested.name; }

class Meaning : public ::testing::TestWithParam<Case> {};

std::vector<interpreter::Tensor> run(ModuleOp module, const interpreter::Tensor &input) {
  auto function = *module.getOps<func::FuncOp>().begin();
  auto results = interpreter::interpret(function, input);
  if (!results) {
    ADD_FAILURE() << llvm::toString(results.takeError());
    return {};
  }
  return *results;
}

std::string textOf(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module.print(stream);
  return text;
}

/// The largest difference, in units of the largest magnitude (at least 1).
double difference(const interpreter::Tensor &a, const interpreter::Tensor &b) {
  EXPECT_EQ(a.shape, b.shape);
  double largest = 1, error = 0;
  for (size_t i = 0; i < a.floats.size(); ++i) {
    largest = std::max<double>(largest, std::fabs(a.floats[i]));
    double distance = a.floats[i] == b.floats[i] ? 0 : std::fabs(a.floats[i] - b.floats[i]);
    error = std::max(error, std::isnan(distance) ? INFINITY : distance);
  }
  return error / largest;
}

TEST_P(Meaning, IsKept) {
  int changed = 0;
  for (unsigned seed = 0; seed < kNetworks; ++seed) {
    // A context of its own: constants live as long as their context does.
    MLIRContext context(MLIRContext::Threading::DISABLED);
    context.loadDialect<seg::SegDialect, func::FuncDialect>();
    OwningOpRef<ModuleOp> module = randomNetwork(context, seed, kLength);
    ASSERT_TRUE(succeeded(verify(*module))) << "seed " << seed;
    interpreter::Tensor input = randomInput(context, seed);
    std::string before = textOf(*module);
    auto expected = run(*module, input);

    PassManager passes(&context);
    GetParam().add(passes);
    ASSERT_TRUE(succeeded(passes.run(*module))) << "seed " << seed << "\n" << before;
    std::string after = textOf(*module);
    changed += before != after;
    auto actual = run(*module, input);
    ASSERT_EQ(actual.size(), expected.size()) << "seed " << seed;
    for (size_t i = 0; i < actual.size(); ++i)
      ASSERT_LE(difference(expected[i], actual[i]), 1e-5)
          << "seed " << seed << ", result " << i << "\n"
          << before << "\nbecame\n"
          << after;
  }
  // A pass that finds nothing to do proves nothing.
  EXPECT_GT(changed, kNetworks / 10);
}

template <std::unique_ptr<Pass> (*create)()> void addToFunctions(OpPassManager &passes) {
  passes.addNestedPass<func::FuncOp>(create());
}

INSTANTIATE_TEST_SUITE_P(
    Passes, Meaning,
    ::testing::Values(Case{"FoldConstants", addToFunctions<createFoldConstants>},
                      Case{"FoldBatchNorm", addToFunctions<createFoldBatchNorm>},
                      Case{"FoldPad", addToFunctions<createFoldPad>},
                      Case{"OrderAxes", addToFunctions<createOrderAxes>},
                      Case{"FuseEpilogue", addToFunctions<createFuseEpilogue>},
                      Case{"FuseElementwise", addToFunctions<createFuseElementwise>},
                      Case{"Pipeline", buildGraphPipeline},
                      Case{"PipelineTwice",
                           [](OpPassManager &passes) {
                             buildGraphPipeline(passes);
                             buildGraphPipeline(passes);
                           }}),
    [](const auto &info) { return info.param.name; });

} // namespace
} // namespace segc
