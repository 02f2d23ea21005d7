// Attention and rotary embeddings, written in products and softmax, against loops.

#include "tests/frontends/onnx/InterpretModel.h"

#include <cmath>
#include <limits>

namespace segc::test {
namespace {

constexpr int64_t kBatch = 2, kQueryHeads = 4, kKeyHeads = 2, kQueries = 3, kKeys = 5, kPast = 2,
                  kFeatures = 4, kValues = 3;

/// What one query sees of the keys.
struct Settings {
  bool isCausal = false;
  bool hasPast = false;
  float softcap = 0;
  std::vector<float> bias; ///< [kQueries, keys], or empty
};

/// Keys of the past first.
float at(const Floats &past, const Floats &now, bool hasPast, int64_t batch, int64_t head,
         int64_t place, int64_t feature) {
  if (hasPast && place < kPast)
    return past.values[((batch * kKeyHeads + head) * kPast + place) * past.shape[3] + feature];
  place -= hasPast ? kPast : 0;
  return now.values[((batch * kKeyHeads + head) * kKeys + place) * now.shape[3] + feature];
}

void check(const Settings &settings, bool isFree) {
  const int64_t past = settings.hasPast ? kPast : 0, keys = kKeys + past;
  const Floats q = Floats::of({kBatch, kQueryHeads, kQueries, kFeatures}, 1),
               k = Floats::of({kBatch, kKeyHeads, kKeys, kFeatures}, 2),
               v = Floats::of({kBatch, kKeyHeads, kKeys, kValues}, 3),
               pastKeys = Floats::of({kBatch, kKeyHeads, kPast, kFeatures}, 4),
               pastValues = Floats::of({kBatch, kKeyHeads, kPast, kValues}, 5);
  ModelBuilder model(23);
  auto extent = [&](int64_t number, const char *name) {
    return isFree ? Extent(name) : Extent(number);
  };
  std::vector<std::string> names{"q", "k", "v"};
  std::vector<Floats> inputs{q, k, v};
  model.input("q", {extent(kBatch, "n"), kQueryHeads, extent(kQueries, "s"), kFeatures});
  model.input("k", {extent(kBatch, "n"), kKeyHeads, extent(kKeys, "t"), kFeatures});
  model.input("v", {extent(kBatch, "n"), kKeyHeads, extent(kKeys, "t"), kValues});
  if (!settings.bias.empty())
    model.floats("bias", {kQueries, keys}, settings.bias);
  names.push_back(settings.bias.empty() ? "" : "bias");
  if (settings.hasPast) {
    model.input("pk", {extent(kBatch, "n"), kKeyHeads, extent(kPast, "p"), kFeatures});
    model.input("pv", {extent(kBatch, "n"), kKeyHeads, extent(kPast, "p"), kValues});
    names.insert(names.end(), {"pk", "pv"});
    inputs.insert(inputs.end(), {pastKeys, pastValues});
  }
  onnx::NodeProto &node = model.node("Attention", names, {"y"});
  setInt(node, "is_causal", settings.isCausal);
  setFloat(node, "softcap", settings.softcap);
  model.output("y");

  std::vector<double> expected;
  for (int64_t n = 0; n < kBatch; ++n)
    for (int64_t head = 0; head < kQueryHeads; ++head)
      for (int64_t i = 0; i < kQueries; ++i) {
        const int64_t keyHead = head / (kQueryHeads / kKeyHeads);
        std::vector<double> shares;
        double sum = 0;
        for (int64_t j = 0; j < keys; ++j) {
          double score = 0;
          for (int64_t f = 0; f < kFeatures; ++f)
            score += double(q.values[((n * kQueryHeads + head) * kQueries + i) * kFeatures + f]) *
                     at(pastKeys, k, settings.hasPast, n, keyHead, j, f);
          score /= std::sqrt(double(kFeatures));
          if (settings.softcap > 0)
            score = settings.softcap * std::tanh(score / settings.softcap);
          if (!settings.bias.empty())
            score += settings.bias[i * keys + j];
          bool isSeen = !settings.isCausal || j <= i + past;
          shares.push_back(isSeen ? std::exp(score) : 0);
          sum += shares.back();
        }
        for (int64_t f = 0; f < kValues; ++f) {
          double value = 0;
          for (int64_t j = 0; j < keys; ++j)
            value += shares[j] / sum * at(pastValues, v, settings.hasPast, n, keyHead, j, f);
          expected.push_back(value);
        }
      }
  auto results = interpretModel(model, inputs);
  ASSERT_EQ(results.size(), 1u);
  expectNear(results[0], {kBatch, kQueryHeads, kQueries, kValues}, expected);
}

TEST(Attention, OfGroupedQueries) {
  for (bool isFree : {false, true}) {
    check({}, isFree);
    check({true, false, 0, {}}, isFree);
    check({true, true, 0, {}}, isFree);
    check({false, true, 0.25f, {}}, isFree);
  }
}

TEST(Attention, WithAMask) {
  std::vector<float> bias = Floats::of({kQueries, kKeys}, 9).values;
  bias[3] = -std::numeric_limits<float>::infinity();
  check({false, false, 0, bias}, false);
  check({true, false, 2.0f, bias}, false);
}

/// ONNX Runtime's operator, whose weights stand side by side, is ONNX's of three products.
TEST(Attention, OfPackedWeights) {
  constexpr int64_t kSteps = 5, kIn = 6, kHeads = 2, kSizes[] = {4, 4, 6};
  const Floats x = Floats::of({2, kSteps, kIn}, 1), weights = Floats::of({kIn, 14}, 2),
               bias = Floats::of({14}, 3);
  ModelBuilder model(23);
  onnx::OperatorSetIdProto &domain = *model.model.add_opset_import();
  domain.set_domain("com.microsoft");
  domain.set_version(1);
  model.input("x", {"n", "s", kIn});
  model.floats("w", weights.shape, weights.values);
  model.floats("b", bias.shape, bias.values);
  onnx::NodeProto &packed = model.node("Attention", {"x", "w", "b"}, {"packed"});
  packed.set_domain("com.microsoft");
  setInt(packed, "num_heads", kHeads);
  setInts(packed, "qkv_hidden_sizes", {kSizes[0], kSizes[1], kSizes[2]});
  model.output("packed");
  int64_t start = 0;
  for (int part = 0; part != 3; ++part) {
    const std::string name = std::to_string(part);
    Floats own{{kIn, kSizes[part]}, {}}, ownBias{{kSizes[part]}, {}};
    for (int64_t row = 0; row != kIn; ++row)
      for (int64_t column = 0; column != kSizes[part]; ++column)
        own.values.push_back(weights.values[row * 14 + start + column]);
    for (int64_t column = 0; column != kSizes[part]; ++column)
      ownBias.values.push_back(bias.values[start + column]);
    start += kSizes[part];
    model.floats("w" + name, own.shape, own.values);
    model.floats("b" + name, ownBias.shape, ownBias.values);
    model.node("MatMul", {"x", "w" + name}, {"p" + name});
    model.node("Add", {"p" + name, "b" + name}, {"q" + name});
  }
  onnx::NodeProto &plain = model.node("Attention", {"q0", "q1", "q2"}, {"plain"});
  setInt(plain, "q_num_heads", kHeads);
  setInt(plain, "kv_num_heads", kHeads);
  model.output("plain");
  auto results = interpretModel(model, {x});
  ASSERT_EQ(results.size(), 2u);
  expectNear(results[0], {2, kSteps, kSizes[2]},
             {results[1].floats.begin(), results[1].floats.end()});
}

TEST(Attention, RefusesWhatItCannot) {
  ModelBuilder model(23);
  for (const char *name : {"q", "k", "v"})
    model.input(name, {int64_t(1), int64_t(2), int64_t(6)});
  model.node("Attention", {"q", "k", "v"}, {"y"}, "heads");
  model.output("y");
  EXPECT_THAT(model.importError(), HasSubstr("node \"heads\" (Attention): the numbers of heads"));
}

TEST(RotaryEmbedding, TurnsPairs) {
  const int64_t heads = 2, length = 3, features = 6, turned = 4;
  const Floats x = Floats::of({2, heads, length, features}),
               cosine = Floats::of({2, length, turned / 2}, 2),
               sine = Floats::of({2, length, turned / 2}, 3);
  for (bool isInterleaved : {false, true}) {
    ModelBuilder model(23);
    model.input("x", {"n", heads, "s", features});
    model.input("cos", {"n", "s", turned / 2});
    model.input("sin", {"n", "s", turned / 2});
    onnx::NodeProto &node = model.node("RotaryEmbedding", {"x", "cos", "sin"}, {"y"});
    setInt(node, "interleaved", isInterleaved);
    setInt(node, "rotary_embedding_dim", turned);
    model.output("y");
    std::vector<double> expected(x.values.begin(), x.values.end());
    for (int64_t row = 0; row < 2 * heads * length; ++row)
      for (int64_t pair = 0; pair < turned / 2; ++pair) {
        int64_t a = isInterleaved ? 2 * pair : pair, b = isInterleaved ? a + 1 : a + turned / 2;
        int64_t angle = (row / (heads * length) * length + row % length) * (turned / 2) + pair;
        double c = cosine.values[angle], s = sine.values[angle];
        double first = x.values[row * features + a], second = x.values[row * features + b];
        expected[row * features + a] = c * first - s * second;
        expected[row * features + b] = s * first + c * second;
      }
    auto results = interpretModel(model, {x, cosine, sine});
    ASSERT_EQ(results.size(), 1u);
    expectNear(results[0], x.shape, expected);
  }
}

} // namespace
} // namespace segc::test
