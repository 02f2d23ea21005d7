//===- CppPrinterTest.cpp - printed code against Halide's own -------------===//
//
// Small pipelines, one an expression or a kind of memory access, are printed,
// compiled and compared with what Halide computes for them; and what cannot be
// printed must be refused by name.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Scalar.h"
#include "schedules/cpu/Conv.h"
#include "schedules/cpu/Crf.h"
#include "tests/codegen/CompiledKernel.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

namespace segc {
namespace {

using namespace Halide;

constexpr int kSize = 83; // no multiple of a vector: there is a scalar tail

View dense(void *data, int extent) { return View{data, {0}, {extent}, {1}}; }

/// A pipeline over two inputs, x (float) and n (int32), and one output.
struct Expression {
  ImageParam x{Float(32), 1, "x"}, n{Int(32), 1, "n"};
  Var i{"i"};
  Func output{"output"};

  Kernel kernel(const std::string &name) {
    return Kernel{
        name,
        name,
        Pipeline(output),
        {KernelArg::view(x, "x"), KernelArg::view(n, "n"), KernelArg::output(output, "output")}};
  }
};

using Make = std::function<Expr(Expression &)>;

class PrintedExpressions : public testing::Test {
protected:
  void SetUp() override {
    for (int i = 0; i < kSize; ++i) {
      floats.push_back(static_cast<float>((i - kSize / 2) * 0.173));
      ints.push_back((i - kSize / 2) * 7 + (i % 3));
    }
  }

  /// Compares every expression, as a scalar and as vectors, with Halide's result.
  void compare(const std::vector<std::pair<std::string, Make>> &all, double tolerance) {
    const CpuTarget target = *CpuTarget::fromArch("native");
    KernelLibrary library(target);
    std::vector<std::unique_ptr<Expression>> expressions;
    for (const auto &[name, make] : all)
      for (int lanes : {1, 4, 8, 16}) {
        auto e = std::make_unique<Expression>();
        e->output(e->i) = make(*e);
        if (lanes > 1)
          e->output.vectorize(e->i, lanes, TailStrategy::GuardWithIf);
        library.add(e->kernel(name + std::to_string(lanes)));
        expressions.push_back(std::move(e));
      }
    library.build();
    Buffer<float> x(floats.data(), kSize);
    Buffer<int32_t> n(ints.data(), kSize);
    const View xView = dense(floats.data(), kSize), nView = dense(ints.data(), kSize);
    for (size_t k = 0; k < expressions.size(); ++k) {
      Expression &e = *expressions[k];
      SCOPED_TRACE(all[k / 4].first + " as " + std::to_string(k % 4));
      e.x.set(x);
      e.n.set(n);
      // Halide 14 takes a Zen 4 for a Sapphire Rapids, and uses AVX-VNNI, which it does not have.
      Buffer<> expected = e.output.realize(
          {kSize},
          get_jit_target_from_environment().without_feature(Halide::Target::AVX512_SapphireRapids));
      std::vector<char> memory(kSize * 8 + 64, 0x55);
      const View view = dense(memory.data(), kSize);
      library.call(static_cast<int>(k), {&xView, &nView, &view});
      const int bytes = expected.type().bytes();
      for (int i = 0; i < kSize; ++i) {
        const char *here = memory.data() + i * bytes;
        const char *there = reinterpret_cast<const char *>(expected.data()) + i * bytes;
        if (expected.type().is_float()) {
          float a, b;
          std::memcpy(&a, here, 4);
          std::memcpy(&b, there, 4);
          if (a != b && !(std::isnan(a) && std::isnan(b))) {
            ASSERT_NEAR(a, b, tolerance * (1 + std::fabs(b))) << "element " << i;
          }
        } else {
          ASSERT_EQ(std::memcmp(here, there, bytes), 0) << "element " << i;
        }
      }
      EXPECT_EQ(memory[kSize * bytes], 0x55) << "written past the end";
    }
  }

  std::vector<float> floats;
  std::vector<int32_t> ints;
};

#define SEGC_EXPRESSION(NAME, EXPR)                                                                \
  {NAME, [](Expression &e) -> Expr {                                                               \
     Expr x = e.x(e.i), n = e.n(e.i), i = e.i;                                                     \
     (void)x, (void)n, (void)i;                                                                    \
     return EXPR;                                                                                  \
   }}

TEST_F(PrintedExpressions, Integers) {
  compare({SEGC_EXPRESSION("divide", n / 5 + n / 8 * 1000 + n / -3),
           SEGC_EXPRESSION("modulo", n % 5 + n % 16 * 1000 + n % -7),
           SEGC_EXPRESSION("divideByVariable", n / (i - 20)),
           SEGC_EXPRESSION("moduloByVariable", n % (i - 20)),
           SEGC_EXPRESSION("minmax", min(n, 17) + max(n, i) - clamp(n, -4, 4)),
           SEGC_EXPRESSION("bits", ((n & 0xff) ^ (n << 3)) | (n >> 2)), SEGC_EXPRESSION("not", ~n),
           SEGC_EXPRESSION("absolute", cast<int32_t>(abs(n)) + cast<int32_t>(absd(n, 3))),
           SEGC_EXPRESSION("logic", select((n > 3 && x < 2.0f) || !(n % 2 == 0), n, -n)),
           SEGC_EXPRESSION("mux", mux(n % 4, {n, n + 1, n * 2, Expr(9)})),
           SEGC_EXPRESSION("min32", n + Int(32).min() + 400)},
          0);
}

TEST_F(PrintedExpressions, Types) {
  compare({SEGC_EXPRESSION("toByte", cast<uint8_t>(clamp(x * 100 + 100, 0.0f, 255.0f))),
           SEGC_EXPRESSION("byteSum", cast<uint8_t>(cast<uint8_t>(n) + cast<uint8_t>(200))),
           SEGC_EXPRESSION("toLong", cast<int64_t>(n) * Expr(int64_t{3000000000})),
           SEGC_EXPRESSION("longDivide", cast<int64_t>(n) / 3),
           SEGC_EXPRESSION("toShort", cast<int16_t>(n * 3)),
           SEGC_EXPRESSION("isPositive", x > 0.0f),
           SEGC_EXPRESSION("boolToFloat", cast<float>(x > 0.0f) + 2.0f),
           SEGC_EXPRESSION("floatToInt", cast<int32_t>(x)),
           SEGC_EXPRESSION("intToFloat", cast<float>(n) * 0.5f),
           SEGC_EXPRESSION("byteToFloat", cast<float>(cast<uint8_t>(n)) * 0.5f),
           SEGC_EXPRESSION("selectByte", select(x > 1.0f, cast<uint8_t>(3), cast<uint8_t>(n))),
           SEGC_EXPRESSION("selectLong", select(n > 1, cast<int64_t>(n), cast<int64_t>(i))),
           SEGC_EXPRESSION("reinterpreted", reinterpret<int32_t>(x) >> 23)},
          0);
}

TEST_F(PrintedExpressions, Floats) {
  compare(
      {SEGC_EXPRESSION("fma", x * x + 1.5f - x * 0.25f),
       SEGC_EXPRESSION("rounding", floor(x) + 10 * ceil(x) + 100 * round(x) + 1000 * trunc(x)),
       SEGC_EXPRESSION("roundHalf", round(cast<float>(i) * 0.5f)),
       SEGC_EXPRESSION("root", sqrt(abs(x))), SEGC_EXPRESSION("minmax", min(max(x, -1.0f), 1.5f)),
       SEGC_EXPRESSION("sine", sin(x) + cos(x)), SEGC_EXPRESSION("power", pow(abs(x) + 0.5f, x)),
       SEGC_EXPRESSION("lerped", lerp(x, 3.0f, 0.25f)),
       SEGC_EXPRESSION("infinite", select(x > 1.0f, Float(32).max() * 10.0f, x)),
       SEGC_EXPRESSION("lets", (x + 1.0f) * (x + 1.0f) / (1.0f + (x + 1.0f) * (x + 1.0f)))},
      2e-6);
}

// A product that is rounded by itself is rounded by g++, too; another is part of an fma.
TEST_F(PrintedExpressions, RoundsWhereAskedTo) {
  compare({SEGC_EXPRESSION("sum", strict_float(strict_float(x * 1.1f) + x)),
           SEGC_EXPRESSION("difference", strict_float(x - strict_float(x * 1.1f)))},
          0);
}

TEST_F(PrintedExpressions, Memory) {
  Expr last = kSize - 1;
  compare({SEGC_EXPRESSION("reversed", e.x(kSize - 1 - i)),
           SEGC_EXPRESSION("strided", e.x(clamp(2 * i, 0, 0) + i % 1) + e.x(min(i * 2, kSize - 1))),
           SEGC_EXPRESSION("gathered", e.x(clamp(n, 0, kSize - 1))),
           SEGC_EXPRESSION("twice", e.x(i / 2) + e.n(i / 3)),
           SEGC_EXPRESSION("constant", e.x(7) * x)},
          0);
}

/// Sums and extremes of groups of adjacent elements, vectorised over the groups and within them.
struct Reductions {
  int groups, length;
  std::vector<std::unique_ptr<Expression>> expressions;

  void add(KernelLibrary &library, const char *name, float start,
           const std::function<Expr(Expr, Expr)> &combine) {
    auto e = std::make_unique<Expression>();
    RDom r(0, length);
    e->output(e->i) = start + 0.0f * cast<float>(e->n(0));
    e->output(e->i) = combine(e->output(e->i), e->x(e->i * length + r));
    e->output.bound(e->i, 0, groups).update().atomic().vectorize(r.x).vectorize(e->i);
    library.add(e->kernel(fmt::format("{}{}x{}", name, groups, length)));
    expressions.push_back(std::move(e));
  }
};

/// The order in which vectors are summed: halves onto each other.
float sumOfHalves(const float *first, int count) {
  if (count == 1)
    return *first;
  std::vector<float> halves;
  for (int i = 0; i < count / 2; ++i)
    halves.push_back(first[i] + first[i + count / 2]);
  return sumOfHalves(halves.data(), count / 2);
}

TEST_F(PrintedExpressions, ReductionsOfGroups) {
  KernelLibrary library(*CpuTarget::fromArch("native"));
  std::vector<Reductions> all;
  for (auto [groups, length] :
       {std::pair(1, 8), {2, 2}, {4, 4}, {8, 8}, {4, 8}, {8, 4}, {2, 16}, {16, 2}}) {
    Reductions &r = all.emplace_back(Reductions{groups, length, {}});
    r.add(library, "sum", 0, [](Expr a, Expr b) { return a + b; });
    r.add(library, "largest", -1e30f, [](Expr a, Expr b) { return max(a, b); });
    r.add(library, "smallest", 1e30f, [](Expr a, Expr b) { return min(a, b); });
  }
  library.build();
  for (size_t i = 0; i < floats.size(); ++i) // the extremes anywhere
    floats[i] = std::sin(static_cast<float>(i * i)) * 3;
  int kernel = 0;
  for (const Reductions &r : all) {
    SCOPED_TRACE(fmt::format("{} groups of {}", r.groups, r.length));
    std::vector<float> sums(r.groups), largest(r.groups), smallest(r.groups);
    const View x = dense(floats.data(), kSize), n = dense(ints.data(), kSize);
    for (std::vector<float> *result : {&sums, &largest, &smallest}) {
      const View output = dense(result->data(), r.groups);
      library.call(kernel++, {&x, &n, &output});
    }
    for (int group = 0; group < r.groups; ++group) {
      const float *first = floats.data() + group * r.length, *last = first + r.length;
      EXPECT_NEAR(sums[group], std::accumulate(first, last, 0.0f), 1e-5f);
      if (r.groups == 1 || r.groups % r.length == 0) {
        EXPECT_EQ(sums[group], sumOfHalves(first, r.length));
      }
      EXPECT_EQ(largest[group], *std::max_element(first, last));
      EXPECT_EQ(smallest[group], *std::min_element(first, last));
    }
  }
}

// The functions of the dialect against the C library.
TEST(ScalarFunctions, AreAccurate) {
  using seg::UnaryKind;
  const CpuTarget target = *CpuTarget::fromArch("native");
  KernelLibrary library(target);
  struct Function {
    UnaryKind kind;
    double (*exact)(double);
    bool positiveOnly = false;
  };
  const std::vector<Function> functions{
      {UnaryKind::Exp, [](double x) { return std::exp(x); }},
      {UnaryKind::Log, [](double x) { return std::log(x); }, true},
      {UnaryKind::Tanh, [](double x) { return std::tanh(x); }},
      {UnaryKind::Sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }},
      {UnaryKind::Erf, [](double x) { return std::erf(x); }},
      {UnaryKind::Softplus, [](double x) { return x > 30 ? x : std::log1p(std::exp(x)); }},
      {UnaryKind::Softsign, [](double x) { return x / (1 + std::fabs(x)); }},
      {UnaryKind::Elu, [](double x) { return x < 0 ? std::expm1(x) : x; }},
      {UnaryKind::Celu, [](double x) { return x < 0 ? std::expm1(x) : x; }},
      {UnaryKind::Sqrt, [](double x) { return std::sqrt(x); }, true},
      {UnaryKind::Reciprocal, [](double x) { return 1 / x; }},
      {UnaryKind::Sign, [](double x) { return x > 0   ? 1.0
                                              : x < 0 ? -1.0
                                                      : 0.0; }},
      {UnaryKind::Round, [](double x) { return std::nearbyint(x); }}};
  std::vector<std::unique_ptr<Expression>> expressions;
  for (const Function &f : functions) {
    auto e = std::make_unique<Expression>();
    e->output(e->i) = lowerUnary(f.kind, 1.0f, 1.0f, e->x(e->i)) + 0.0f * cast<float>(e->n(0));
    e->output.vectorize(e->i, target.lanes, TailStrategy::GuardWithIf);
    library.add(e->kernel("f" + std::to_string(static_cast<int>(f.kind))));
    expressions.push_back(std::move(e));
  }
  library.build();
  std::vector<float> inputs{0.0f, 1e-30f, 1e-4f, 0.01f, 0.3f,  0.499f, 0.5f,  0.62f,  0.63f, 0.9f,
                            1.1f, 1.5f,   2.5f,  7.0f,  20.0f, 60.0f,  87.0f, 100.0f, 1e10f};
  const size_t half = inputs.size();
  for (size_t i = 0; i < half; ++i)
    inputs.push_back(-inputs[i]);
  std::vector<int32_t> zeros(4);
  std::vector<float> outputs(inputs.size());
  const int count = static_cast<int>(inputs.size());
  const View x = dense(inputs.data(), count), n = dense(zeros.data(), 4),
             output = dense(outputs.data(), count);
  for (size_t k = 0; k < functions.size(); ++k) {
    library.call(static_cast<int>(k), {&x, &n, &output});
    for (size_t i = 0; i < inputs.size(); ++i) {
      if ((functions[k].positiveOnly && inputs[i] < 0) || inputs[i] == 0)
        continue;
      const float exact = static_cast<float>(functions[k].exact(inputs[i]));
      if (outputs[i] == exact || std::fabs(exact) < 1.2e-38f)
        continue;
      EXPECT_NEAR(outputs[i], exact, 2e-6 * std::fabs(exact))
          << seg::stringifyUnaryKind(functions[k].kind).str() << "(" << inputs[i] << ")";
    }
  }
}

ConvSpec smallConv() {
  ConvSpec spec;
  spec.inputBlock = spec.outputBlock = 8;
  spec.inputChannels = spec.outputChannels = 16;
  spec.kernelH = spec.kernelW = 3;
  spec.padTop = spec.padLeft = 1;
  return spec;
}

// The same kernel must print the same text, whatever was printed before.
TEST(CppPrinter, IsDeterministic) {
  const CpuTarget target = *CpuTarget::fromArch("x86-64-v3");
  auto print = [&](ConvSpec spec) {
    return printCpp(buildConv(spec, defaultConvKnobs(spec, target, 9, 9), target), target)
        .definition;
  };
  ConvSpec other = smallConv();
  other.hasResidual = true;
  other.groups = 16;
  const std::string first = print(smallConv()), firstOther = print(other);
  // Halide's counters pass from three to four digits on the way.
  for (int i = 0; i < 12; ++i) {
    EXPECT_EQ(print(smallConv()), first);
    EXPECT_EQ(print(other), firstOther);
  }
}

TEST(CppPrinter, NamesPartsOfViewsReadably) {
  const CpuTarget target = *CpuTarget::fromArch("x86-64-v3");
  const ConvSpec spec = smallConv();
  const PrintedKernel printed =
      printCpp(buildConv(spec, defaultConvKnobs(spec, target, 9, 9), target), target, "net_");
  EXPECT_EQ(printed.name, "net_conv3x3_16_16");
  EXPECT_EQ(printed.declaration,
            "void net_conv3x3_16_16(const segc_parallel *parallel, const segc::View &input,\n"
            "                       const float *weights, const float *bias, const segc::View "
            "&output);\n");
  EXPECT_NE(printed.definition.find("const int32_t input_stride_2 = input.stride[2];"),
            std::string::npos);
  EXPECT_NE(printed.definition.find("sum0 = fma(weights_0, "), std::string::npos);
  EXPECT_EQ(printed.definition.find('$'), std::string::npos);
}

// The host compiler makes no fma of its own.
TEST(CppPrinter, PrintsDifferencesOfProductsAsFma) {
  const CpuTarget target = *CpuTarget::fromArch("x86-64-v3");
  Expression e;
  Expr factor = cast<float>(e.n(e.i));
  e.output(e.i) = (e.x(0) - e.x(e.i) * factor) / (e.x(e.i + 1) * factor - e.x(1));
  e.output.vectorize(e.i, 8);
  const std::string printed = printCpp(e.kernel("differences"), target).definition;
  EXPECT_NE(printed.find("fma(-"), std::string::npos) << printed;
  EXPECT_NE(printed.find("-broadcast<f32x8>("), std::string::npos) << printed;
}

TEST(CppPrinter, AsksForMemoryAhead) {
  const CpuTarget target = *CpuTarget::fromArch("x86-64-v3");
  CrfSpec spec;
  spec.classes = 21;
  const std::string blur = printCpp(buildCrfBlur(spec, target), target).definition;
  EXPECT_NE(blur.find(" = prefetching(prefetching("), std::string::npos) << blur;
  EXPECT_NE(blur.find("table_data + "), std::string::npos);
}

// A slack too small is what Halide's assertions are for.
TEST(CppPrinter, AssertionsSeeShortRows) {
  const CpuTarget target = *CpuTarget::fromArch("native");
  ConvSpec spec = smallConv();
  spec.inputBlock = spec.outputBlock = target.lanes;
  KernelLibrary library(target);
  const ConvKnobs knobs = defaultConvKnobs(spec, target, 9, 9);
  const int conv = library.add(buildConv(spec, knobs, target), /*asserts=*/true);
  library.build();
  TestMap input(16, 9, 9, target.lanes, 1, 1), output(16, 9, 9, target.lanes);
  const std::vector<float> weights(1 << 16), bias(64);
  View narrow = *static_cast<const View *>(input.arg());
  narrow.extent[1] = 8;
  EXPECT_NO_THROW(
      library.call(conv, {input.arg(), weights.data(), bias.data(), output.outputArg()}));
  EXPECT_THROW(library.call(conv, {&narrow, weights.data(), bias.data(), output.outputArg()}),
               std::runtime_error);
}

std::string errorOf(const Kernel &kernel) {
  try {
    printCpp(kernel, *CpuTarget::fromArch("x86-64-v3"));
  } catch (const PrintError &error) {
    return error.what();
  }
  return "";
}

TEST(CppPrinter, RefusesWhatItDoesNotKnow) {
  Expression unknown;
  unknown.output(unknown.i) =
      unknown.x(unknown.i) + cast<float>(unknown.n(0)) +
      Internal::Call::make(Float(32), "mystery", {unknown.x(0)}, Internal::Call::PureExtern);
  EXPECT_EQ(errorOf(unknown.kernel("strange")),
            "kernel strange: a call of 'mystery' cannot be printed");

  Expression heap;
  Func whole("whole");
  whole(heap.i) = heap.x(heap.i) * 2.0f;
  whole.compute_root();
  heap.output(heap.i) = whole(heap.i) + whole(heap.i + 1) + cast<float>(heap.n(0));
  // Halide may put a number behind the name.
  const std::string error = errorOf(heap.kernel("greedy"));
  EXPECT_EQ(error.rfind("kernel greedy: the size of allocation 'whole", 0), 0u) << error;
  EXPECT_NE(error.find("is not known when it is compiled"), std::string::npos) << error;
}

} // namespace
} // namespace segc
