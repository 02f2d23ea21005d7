//===- OpGraph.cpp - a network of single ops, compiled and checked -*- C++ -*-===//

#include "tests/endtoend/OpGraph.h"

#include "compiler/dialect/Dim.h"
#include "compiler/interpreter/Interpreter.h"
#include "compiler/package/Compile.h"
#include "compiler/package/LoadedNetwork.h"
#include "compiler/transforms/Passes.h"
#include "tests/files/TestFolder.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>
#include <fstream>

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

Value OpGraph::input(const interpreter::Tensor &given) {
  Type type = seg::tensorType(context.get(), given.shape, given.elementType);
  Value value = function.getBody().front().addArgument(type, builder.getUnknownLoc());
  fixedInputs[value] = given;
  return value;
}

Value OpGraph::constant(ArrayRef<int64_t> shape, float low, float high) {
  return constant(tensor(shape, low, high));
}

Value OpGraph::constant(const interpreter::Tensor &value) {
  if (value.isFloat())
    return seg::createFloatConstant(builder, builder.getUnknownLoc(), value.shape, value.floats);
  return builder.create<seg::ConstantOp>(builder.getUnknownLoc(), value.toAttribute());
}

interpreter::Tensor OpGraph::tensor(ArrayRef<int64_t> shape, float low, float high) {
  std::vector<float> values(static_cast<size_t>(interpreter::elementCount(shape)));
  for (float &value : values)
    value = random(low, high);
  return interpreter::Tensor::ofFloats(context.get(), shape, std::move(values));
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
  return tensor(shape, -2, 2);
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
           : expected.elementType.isUnsignedInteger(64)
               ? static_cast<double>(static_cast<uint64_t>(expected.ints[static_cast<size_t>(i)]))
               : static_cast<double>(expected.ints[static_cast<size_t>(i)]);
  };
  for (int64_t i = 0; i < actual.elementCount(); ++i) {
    const double a = actual.valueAt(i), b = expectedAt(i);
    const bool isWide = elementSize(actual.type()) == 8 && !expected.isFloat();
    const bool same = !isWide || actual.data<int64_t>()[i] == expected.ints[static_cast<size_t>(i)];
    if ((a == b && same) || (std::isnan(a) && std::isnan(b)))
      continue;
    const double allowed = expected.isFloat() ? tolerance + tolerance * std::fabs(b) : 0;
    const double excess = std::fabs(a - b) - allowed;
    if (excess <= 0 && same)
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

/// `tensor` as a caller holds it.
static HostTensor hostTensor(const interpreter::Tensor &tensor) {
  const std::vector<int64_t> shape(tensor.shape.begin(), tensor.shape.end());
  if (tensor.elementType.isF32())
    return HostTensor::of(shape, tensor.floats);
  if (tensor.elementType.isF64())
    return HostTensor::of(shape, std::vector<double>(tensor.floats.begin(), tensor.floats.end()));
  if (tensor.isFloat()) {
    const bool isHalf = tensor.elementType.isF16();
    HostTensor halves(isHalf ? ElementType::Float16 : ElementType::BFloat16, shape);
    for (size_t i = 0; i < tensor.floats.size(); ++i)
      halves.data<uint16_t>()[i] =
          isHalf ? floatToHalf(tensor.floats[i]) : floatToBfloat(tensor.floats[i]);
    return halves;
  }
  const unsigned bits = tensor.elementType.getIntOrFloatBitWidth();
  const bool isUnsigned = tensor.elementType.isUnsignedInteger();
  const ElementType type = bits == 1    ? ElementType::Bool
                           : bits == 8  ? isUnsigned ? ElementType::UInt8 : ElementType::Int8
                           : bits == 16 ? isUnsigned ? ElementType::UInt16 : ElementType::Int16
                           : bits == 32 ? isUnsigned ? ElementType::UInt32 : ElementType::Int32
                           : isUnsigned ? ElementType::UInt64
                                        : ElementType::Int64;
  HostTensor result(type, shape);
  const size_t size = elementSize(type);
  for (size_t i = 0; i < tensor.ints.size(); ++i) // little-endian
    std::memcpy(result.bytes().data() + i * size, &tensor.ints[i], size);
  return result;
}

/// Layouts as in optimize(), and nothing else.
static std::optional<Failure> assignOnlyLayouts(ModuleOp module, const CompileOptions &options) {
  PassManager passes(module.getContext());
  OpPassManager &nested = passes.nest<func::FuncOp>();
  AssignLayoutsOptions assign;
  assign.lanes = options.target->lanes;
  nested.addPass(createAssignLayouts(assign));
  nested.addPass(createPlaceConcats());
  nested.addPass(createAssignHalos());
  return failed(passes.run(module)) ? std::optional(Failure::bug("a pass failed")) : std::nullopt;
}

/// As in --arch; "cuda" is the emulation.
static std::optional<Target> targetOf(const std::string &arch) {
  if (arch == "cuda")
    return Target(*CudaTarget::fromArch("emulated"));
  if (auto cpu = CpuTarget::fromArch(arch))
    return Target(*cpu);
  return std::nullopt;
}

std::optional<Failure> OpGraph::compile(const std::string &folder, Passes passes) {
  CompileOptions options;
  options.model = folder + "/network.mlir";
  std::ofstream(options.model) << finish();
  options.outputFolder = folder + "/package";
  options.emit = {"source", "shared"};
  auto target = targetOf(arch);
  if (!target)
    return Failure::bug(arch + " is no instruction set");
  options.target = *target;
  options.asserts = true;
  // The libraries are in this process: finding their names takes longer than all other linking.
  options.compilerFlags = {optimization, "-nodefaultlibs"};
  options.jobs = 1;
  Progress progress(Progress::standardError(true, ColorMode::Never));
  if (passes == Passes::All)
    return compileModel(options, progress);
  auto parsedContext = makeContext();
  auto module = loadModel(*parsedContext, options);
  if (!module)
    return module.failure();
  if (auto failure = assignOnlyLayouts(**module, options))
    return failure;
  return emitPackage(**module, options, progress);
}

std::optional<Failure> OpGraph::refusal(Passes passes) {
  TestFolder folder;
  return compile(folder.path(), passes);
}

void OpGraph::agree(const std::vector<Symbols> &sizes, double tolerance, Passes passes) {
  ASSERT_FALSE(outputs.empty());
  TestFolder folder;
  if (auto failure = compile(folder.path(), passes))
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
      auto fixed = fixedInputs.find(argument);
      inputs.push_back(fixed != fixedInputs.end()
                           ? fixed->second
                           : randomInput(llvm::cast<seg::TensorType>(argument.getType()), symbols));
      given.push_back(hostTensor(inputs.back()));
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
