// Equations, carried out by transposes and products, against loops over all of their letters.

#include "tests/frontends/onnx/InterpretModel.h"

#include <map>

namespace segc::test {
namespace {

/// Loops over every letter of the equation, the summed ones innermost. Letters only: an ellipsis
/// is written out in `letters`, which has the operands and the result by letters.
std::vector<double> reference(const std::vector<std::string> &terms, const std::string &result,
                              const std::vector<Floats> &operands) {
  std::map<char, int64_t> extents;
  for (size_t i = 0; i < terms.size(); ++i)
    for (size_t axis = 0; axis < terms[i].size(); ++axis)
      extents[terms[i][axis]] = std::max(extents[terms[i][axis]], operands[i].shape[axis]);
  std::string letters = result;
  for (const auto &[letter, extent] : extents)
    if (letters.find(letter) == std::string::npos)
      letters.push_back(letter);
  int64_t kept = 1, all = 1;
  for (size_t i = 0; i < letters.size(); ++i) {
    all *= extents[letters[i]];
    kept *= i < result.size() ? extents[letters[i]] : 1;
  }
  std::vector<double> sums(static_cast<size_t>(kept), 0.0);
  for (int64_t number = 0; number < all; ++number) {
    std::map<char, int64_t> at;
    int64_t rest = number;
    for (size_t i = letters.size(); i-- > 0; rest /= extents[letters[i]])
      at[letters[i]] = rest % extents[letters[i]];
    double product = 1;
    for (size_t i = 0; i < terms.size(); ++i) {
      int64_t flat = 0;
      for (size_t axis = 0; axis < terms[i].size(); ++axis) {
        int64_t extent = operands[i].shape[axis];
        flat = flat * extent + (extent == 1 ? 0 : at[terms[i][axis]]);
      }
      product *= operands[i].values[flat];
    }
    sums[number / (all / kept)] += product;
  }
  return sums;
}

struct Equation {
  std::string text;
  std::vector<std::string> terms;
  std::string result;
  std::vector<std::vector<int64_t>> shapes;
};

class Einsum : public ::testing::TestWithParam<Equation> {};

TEST_P(Einsum, SumsProducts) {
  const Equation &equation = GetParam();
  for (bool isFree : {false, true}) {
    ModelBuilder model;
    std::vector<Floats> operands;
    std::vector<std::string> names;
    std::vector<std::vector<std::string>> symbols;
    std::map<char, int64_t> extents;
    for (size_t i = 0; i < equation.terms.size(); ++i) {
      operands.push_back(Floats::of(equation.shapes[i], unsigned(i + 1)));
      names.push_back("x" + std::to_string(i));
      symbols.emplace_back();
      std::vector<Extent> shape;
      for (size_t axis = 0; axis < equation.shapes[i].size(); ++axis)
        symbols.back().push_back(std::string(1, equation.terms[i][axis]) + "s");
      for (size_t axis = 0; axis < equation.shapes[i].size(); ++axis) {
        int64_t extent = equation.shapes[i][axis];
        extents[equation.terms[i][axis]] = std::max(extents[equation.terms[i][axis]], extent);
        if (isFree && extent != 1)
          shape.emplace_back(symbols.back()[axis].c_str());
        else
          shape.emplace_back(extent);
      }
      model.input(names.back(), shape);
    }
    setText(model.node("Einsum", names, {"y"}), "equation", equation.text);
    model.output("y");
    std::vector<int64_t> shape;
    for (char letter : equation.result)
      shape.push_back(extents[letter]);
    auto results = interpretModel(model, operands);
    ASSERT_EQ(results.size(), 1u);
    expectNear(results[0], shape, reference(equation.terms, equation.result, operands));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Equations, Einsum,
    ::testing::Values(
        Equation{"bqc,bchw->bqhw", {"bqc", "bchw"}, "bqhw", {{2, 3, 4}, {2, 4, 2, 5}}},
        Equation{"bhid,bhjd->bhij", {"bhid", "bhjd"}, "bhij", {{2, 2, 3, 4}, {2, 2, 5, 4}}},
        Equation{"bij, bjk -> kb i", {"bij", "bjk"}, "kbi", {{2, 3, 4}, {2, 4, 5}}},
        Equation{"bij,bjk", {"bij", "bjk"}, "ik", {{2, 3, 4}, {2, 4, 5}}},
        Equation{"ij->ji", {"ij"}, "ji", {{3, 4}}}, Equation{"ij->", {"ij"}, "", {{3, 4}}},
        Equation{"iij->ij", {"iij"}, "ij", {{3, 3, 4}}}, Equation{"ii", {"ii"}, "", {{4, 4}}},
        Equation{"ij,ij->i", {"ij", "ij"}, "i", {{3, 4}, {3, 4}}},
        Equation{"i,j->ji", {"i", "j"}, "ji", {{3}, {4}}},
        Equation{"...ij,...jk->...ik", {"abij", "bjk"}, "abik", {{2, 3, 2, 4}, {3, 4, 5}}},
        Equation{"...ij,jk", {"aij", "jk"}, "aik", {{2, 3, 4}, {4, 5}}},
        Equation{"bij,bjk->bik", {"bij", "bjk"}, "bik", {{2, 3, 4}, {1, 4, 5}}},
        Equation{"ai,bj,ij,b->a", {"ai", "bj", "ij", "b"}, "a", {{2, 3}, {4, 5}, {3, 5}, {4}}},
        Equation{"ij,k->k", {"ij", "k"}, "k", {{3, 4}, {5}}}),
    [](const auto &info) { return "N" + std::to_string(info.index); });

TEST(Einsum, RefusesUnsoundEquations) {
  auto error = [](const std::string &equation) {
    ModelBuilder model;
    model.input("a", {int64_t(2), int64_t(3)});
    model.input("b", {int64_t(3), int64_t(4)});
    setText(model.node("Einsum", {"a", "b"}, {"y"}, "sum"), "equation", equation);
    model.output("y");
    return model.importError();
  };
  EXPECT_THAT(error("ij->ij"), HasSubstr("node \"sum\" (Einsum): the equation has 1 operands"));
  EXPECT_THAT(error("ijk,jk->i"), HasSubstr("names 3 axes of an operand of rank 2"));
  EXPECT_THAT(error("ij,jk->iq"), HasSubstr("an axis that no operand has"));
  EXPECT_THAT(error("ij,jk->ii"), HasSubstr("has an axis twice"));
  EXPECT_THAT(error("ij,ik->jk"), HasSubstr("has the extents 2 and 3"));
  EXPECT_THAT(error("i1,jk->k"), HasSubstr("unexpected \"1\""));
  EXPECT_THAT(error("......,jk->k"), HasSubstr("unexpected"));
}

} // namespace
} // namespace segc::test
