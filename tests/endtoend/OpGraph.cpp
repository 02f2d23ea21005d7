//===- OpGraph.cpp - a network of single ops, compiled and checked -*- C++ -*-===//

#include "tests/endtoend/OpGraph.h"

#include "compiler/dialect/Dim.h"
#include "compiler/interpreter/Interpreter.h"
#include "compiler/package/Compile.h"
#include "compiler/package/LoadedNetwork.h"
#include "tests/files/TestFolder.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>

using namespace mlir;

namespace segc {

OpGraph::OpGraph(std::string arch, unsigned seed)
    : arch(std::move(arch)), context(makeContext()), builder(context.get()), generator(seed) {
  Location loc = builder.getUnknownLoc();
  module = ModuleOp::create(loc);
  builder.setInsertionPointToEnd(module->getBody());
  function = builder.create<func::FuncOp>(loc, "network", builder.getFunctionType({}, {}));
  builder.setInsertionPointToEnd(function.addEntryBlock());
}

float OpGraph::random(float low, float high) {
  return low + (high - low) * static_cast<float>(generator() % 10007) / 10006.0f;
}

Value OpGraph::input(const std::string &shape) {
  Type type = parseType("!seg.tensor<[" + shape + "], f32>", context.get());
  return function.getBody().front().addArgument(type, builder.getUnknownLoc());
}

Value OpGraph::constant(ArrayRef<int64_t> shape, float low, float high) {
  std::vector<float> values(static_cast<size_t>(interpreter::elementCount(shape)));
  for (float &value : values)
    value = random(low, high);
  return seg::createFloatConstant(builder, builder.getUnknownLoc(), shape, std::move(values));
}

Value OpGraph::blocked(Value value) {
  return add<seg::MaxPool2dOp>({value}, "kernel = array<i64: 1, 2>, strides = array<i64: 1, 1>, "
                                        "dilations = array<i64: 1, 1>, "
                                        "pads = array<i64: 0, 1, 0, 0>, ceil_mode = false");
}

ArrayRef<NamedAttribute> OpGraph::parse(const std::string &attributes) {
  parsed = parseAttribute("{" + attributes + "}", context.get());
  if (!parsed)
    ADD_FAILURE() << "the test's text does not parse: " << attributes;
  return parsed ? llvm::cast<DictionaryAttr>(parsed).getValue() : ArrayRef<NamedAttribute>();
}

void OpGraph::output(Value value) {
  if (value)
    outputs.push_back(value);
}

/// Ends the function; its text.
std::string OpGraph::finish() {
  builder.create<func::ReturnOp>(builder.getUnknownLoc(), outputs);
  function.setType(builder.getFunctionType(function.getBody().getArgumentTypes(),
                                           TypeRange(ValueRange(outputs))));
  EXPECT_TRUE(succeeded(verify(*module)));
  std::string text;
  llvm::raw_string_ostream stream(text);
  module->print(stream, OpPrintingFlags().enableDebugInfo(true, false));
  return text;
}

interpreter::Tensor OpGraph::randomInput(seg::TensorType type, const Symbols &symbols) {
  llvm::StringMap<int64_t> values;
  for (const auto &[name, value] : symbols)
    values[name] = value;
  std::vector<int64_t> shape;
  for (seg::DimAttr dim : type.getShape())
    shape.push_back(seg::evaluate(dim, values).value_or(1));
  std::vector<float> numbers(static_cast<size_t>(interpreter::elementCount(shape)));
  for (float &number : numbers)
    number = random(-2, 2);
  return interpreter::Tensor::ofFloats(context.get(), shape, std::move(numbers));
}

/// "" if the tensors agree, else where they differ most.
static std::string difference(const HostTensor &actual, const interpreter::Tensor &expected,
                              double tolerance) {
  if (actual.dims() != std::vector<int64_t>(expected.shape.begin(), expected.shape.end()))
    return "the shape is " + actual.describe();
  int64_t worst = -1, bad = 0;
  double most = 0;
  auto expectedAt = [&](int64_t i) {
    return expected.isFloat() ? expected.floats[static_cast<size_t>(i)]
                              : static_cast<double>(expected.ints[static_cast<size_t>(i)]);
  };
  for (int64_t i = 0; i < actual.elementCount(); ++i) {
    const double a = actual.valueAt(i), b = expectedAt(i);
    if (a == b || (std::isnan(a) && std::isnan(b)))
      continue;
    const double allowed = expected.isFloat() ? tolerance + tolerance * std::fabs(b) : 0;
    const double excess = std::fabs(a - b) - allowed;
    if (excess <= 0)
      continue;
    ++bad;
    if (!(excess <= most)) {
      most = std::isnan(excess) ? INFINITY : excess;
      worst = i;
    }
  }
  if (bad == 0)
    return "";
  return std::to_string(bad) + " of " + std::to_string(actual.elementCount()) +
         " values differ, by the most number " + std::to_string(worst) + ": " +
         std::to_string(actual.valueAt(worst)) + " instead of " +
         std::to_string(expectedAt(worst)) + " in " + actual.describe();
}

void OpGraph::agree(const std::vector<Symbols> &sizes, double tolerance) {
  ASSERT_FALSE(outputs.empty());
  TestFolder folder;
  CompileOptions options;
  options.model = folder.put("network.mlir", finish());
  options.outputFolder = folder / "package";
  options.emit = {"source", "shared"};
  auto target = CpuTarget::fromArch(arch);
  ASSERT_TRUE(target);
  options.target = *target;
  options.asserts = true;
  // Many kernels for little data.
  options.compilerFlags = {"-O1"};
  options.jobs = 1;
  Progress progress(Progress::standardError(true, ColorMode::Never));
  if (auto failure = compileModel(options, progress))
    FAIL() << llvm::join(failure->messages, "\n");
  auto network = LoadedNetwork::open(folder / "package/libnetwork.so", "network", 2);
  if (!network)
    FAIL() << llvm::join(network.failure().messages, "\n");

  for (const Symbols &symbols : sizes) {
    std::string size;
    for (const auto &[name, value] : symbols)
      size += " " + name + " = " + std::to_string(value);
    std::vector<interpreter::Tensor> inputs;
    std::vector<HostTensor> given;
    for (BlockArgument argument : function.getArguments()) {
      inputs.push_back(randomInput(llvm::cast<seg::TensorType>(argument.getType()), symbols));
      const auto &shape = inputs.back().shape;
      given.push_back(HostTensor::of({shape.begin(), shape.end()}, inputs.back().floats));
    }
    auto expected = interpreter::interpret(function, inputs);
    if (!expected)
      FAIL() << size << ": " << llvm::toString(expected.takeError());
    auto actual = (*network)->run(given);
    if (!actual)
      FAIL() << size << ": " << llvm::join(actual.failure().messages, "\n");
    ASSERT_EQ(actual->size(), expected->size());
    for (size_t i = 0; i < expected->size(); ++i) {
      std::string text;
      llvm::raw_string_ostream stream(text);
      outputs[i].print(stream, OpPrintingFlags().elideLargeElementsAttrs());
      EXPECT_EQ(difference((*actual)[i], (*expected)[i], tolerance), "")
          << "for" << size << ", output " << i << ": " << text;
    }
  }
}

} // namespace segc
