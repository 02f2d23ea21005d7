// --outputs keeps some of the model's tensors as its outputs, in the order of the option, and
// nothing that only others need.

#include "tests/frontends/onnx/ModelBuilder.h"

namespace segc::test {
namespace {

class Outputs : public testing::Test {
protected:
  Outputs() {
    model.input("x", {int64_t(1), int64_t(4)});
    model.input("other", {int64_t(1), int64_t(4)});
    model.node("Relu", {"x"}, {"a"});
    model.node("Abs", {"a"}, {"b"});
    model.node("Exp", {"other"}, {"c"});
    model.node("Sharpen", {"a"}, {"d"}, "n");
    for (const char *name : {"b", "c", "d"})
      model.output(name);
  }
  std::string importOnly(const std::vector<std::string> &names) {
    ImportOptions options;
    options.outputs = names;
    return model.import(options);
  }
  ModelBuilder model;
};

TEST_F(Outputs, AreKeptInTheOrderGiven) {
  std::string text = importOnly({"c", "b"});
  EXPECT_THAT(text, HasSubstr("-> (!seg.tensor<[1, 4], f32> {seg.name = \"c\"}, "
                              "!seg.tensor<[1, 4], f32> {seg.name = \"b\"})"));
}

TEST_F(Outputs, DropWhatOnlyOthersNeed) {
  std::string text = importOnly({"b"});
  EXPECT_THAT(text, HasSubstr("(%arg0: !seg.tensor<[1, 4], f32> {seg.name = \"x\"}) ->"));
  EXPECT_THAT(text, Not(HasSubstr("exp")));
}

TEST_F(Outputs, MayBeInnerTensorsAndInputs) {
  EXPECT_THAT(importOnly({"a"}), HasSubstr("{seg.name = \"a\"})"));
  EXPECT_THAT(importOnly({"x"}), HasSubstr("return %arg0"));
}

TEST_F(Outputs, MustExistAndBeNamedOnce) {
  EXPECT_EQ(importOnly({"b", "mask", "b"}), "");
  EXPECT_THAT(model.errors,
              ElementsAre("model.onnx: --outputs names \"mask\", which nothing computes; the "
                          "outputs are \"b\", \"c\", \"d\"",
                          "model.onnx: output \"b\": is named twice by --outputs"));
}

// An input that is given a shape but not needed is no mistake.
TEST_F(Outputs, MayLeaveOutAnInputWithAShape) {
  ImportOptions options;
  options.outputs = {"b"};
  options.shapes["other"] = {2, 4};
  EXPECT_NE(model.import(options), "");
}

} // namespace
} // namespace segc::test
