// ai.segc::DenseCRF.

#include "tests/frontends/onnx/ModelBuilder.h"

namespace segc::test {
namespace {

onnx::NodeProto &addCrf(ModelBuilder &model, std::vector<std::string> inputs = {"s", "i"}) {
  onnx::OperatorSetIdProto &opset = *model.model.add_opset_import();
  opset.set_domain("ai.segc");
  opset.set_version(1);
  model.input("s", {int64_t(1), int64_t(3), "h", "w"});
  model.input("i", {int64_t(1), int64_t(3), "h", "w"});
  model.output("q");
  onnx::NodeProto &node = model.node("DenseCRF", inputs, {"q"}, "crf");
  node.set_domain("ai.segc");
  return node;
}

TEST(DenseCrf, KeepsItsAttributes) {
  ModelBuilder model;
  onnx::NodeProto &crf = addCrf(model);
  setInt(crf, "iterations", 7);
  setFloat(crf, "bilateral_sigma_xy", 30);
  setFloat(crf, "bilateral_weight", 4);
  const std::string text = model.import();
  for (const char *attribute :
       {"iterations = 7 : i64", "bilateral_sigma_xy = 3.000000e+01", "spatial_sigma = 3.000000e+00",
        "bilateral_weights = array<f32: 4.000000e+00>"})
    EXPECT_THAT(text, HasSubstr(attribute));
}

TEST(DenseCrf, TakesACompatibility) {
  ModelBuilder model;
  addCrf(model, {"s", "i", "m"});
  model.weights("m", {3, 3});
  EXPECT_THAT(model.import(), HasSubstr("seg.dense_crf %arg0, %arg1, %"));
}

TEST(DenseCrf, OtherDomainsHaveNoSuchOperator) {
  ModelBuilder model;
  addCrf(model).set_domain("org.example");
  EXPECT_THAT(model.importError(), HasSubstr("DenseCRF"));
}

TEST(DenseCrf, RefusesUnsoundAttributes) {
  ModelBuilder model;
  setFloat(addCrf(model), "spatial_sigma", -1);
  const std::string error = model.importError();
  EXPECT_THAT(error, HasSubstr("spatial_sigma is not a positive number"));
  EXPECT_THAT(error, HasSubstr("\"crf\""));
}

} // namespace
} // namespace segc::test
