// Every op of the dialect, with every operand as a constant, an input, a tensor or map that the
// network makes, dense, planar or in blocks; as one value in several places, and as an output of
// the network too. What is compiled must agree with the interpreter, and where only a constant
// will do, an error says so.
//
// SEGC_TEST_ALL=1 in the environment: each operand beside inputs and beside maps in blocks.

#include "tests/endtoend/OpExamples.h"
#include "tests/endtoend/Sample.h"

#include "llvm/ADT/SmallBitVector.h"
#include "llvm/ADT/StringExtras.h"

#include <map>
#include <set>

using namespace segc;
using mlir::Value;

namespace {

/// What an operand can be.
enum class Form { Input, Constant, Dense, Planar, Blocked };
constexpr Form kForms[] = {Form::Input, Form::Constant, Form::Dense, Form::Planar, Form::Blocked};

/// Two blocks and a part of a third, or of a second; and nothing but single elements.
constexpr MapExtents kSmall = {2, 19, 3, 5}, kSingle = {1, 1, 1, 1};

bool fits(Form form, const OperandExample &operand) {
  const bool isMap = operand.shape.size() == 4;
  if (form == Form::Dense)
    return !operand.shape.empty();
  if (form == Form::Planar)
    return isMap;
  return form != Form::Blocked || (isMap && operand.integerBits == 0);
}

/// All the graphs of a test, in one function.
class Graphs {
public:
  explicit Graphs(MapExtents extents) : examples(opExamples(extents)) {}

  OpGraph graph{"native"};
  std::vector<OpExample> examples;

  interpreter::Tensor tensor(const OperandExample &operand) {
    if (operand.integerBits == 0)
      return graph.tensor(operand.shape, operand.low, operand.high);
    std::vector<int64_t> values(static_cast<size_t>(interpreter::elementCount(operand.shape)));
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = operand.integer(static_cast<int64_t>(i));
    return interpreter::Tensor::ofInts(graph.opBuilder().getIntegerType(operand.integerBits),
                                       operand.shape, std::move(values));
  }

  /// A new value for the operand.
  Value make(const OperandExample &operand, Form form) {
    if (operand.mustBeConstant || form == Form::Constant)
      return graph.constant(tensor(operand));
    Value input = graph.input(tensor(operand));
    switch (form) {
    case Form::Dense:
      return reversed(reversed(input, operand.shape), operand.shape);
    case Form::Planar:
      return convertLayout(graph, input, 1);
    case Form::Blocked:
      return graph.blocked(input);
    default:
      return input;
    }
  }

  void add(const OpExample &example, llvm::ArrayRef<Value> operands) {
    output(example.add(graph, operands));
  }

  /// Callers see no layouts.
  void output(Value value) {
    const bool isLaidOut = value && llvm::cast<seg::TensorType>(value.getType()).getLayout();
    graph.output(isLaidOut ? convertLayout(graph, value, 0) : value);
  }

  /// One operand in each form, the others in each of these.
  void addForms(const OpExample &example, llvm::ArrayRef<Form> partners) {
    for (size_t i = 0; i < example.operands.size(); ++i)
      for (Form form : kForms)
        for (Form others : partners) {
          if (example.operands[i].mustBeConstant || !fits(form, example.operands[i]) ||
              (others != partners.front() && example.operands.size() == 1))
            continue;
          std::vector<Value> operands;
          for (size_t j = 0; j < example.operands.size(); ++j)
            operands.push_back(make(example.operands[j], j == i ? form
                                                         : fits(others, example.operands[j])
                                                             ? others
                                                             : Form::Input));
          add(example, operands);
        }
  }

  /// The same value wherever one of its shape is taken, and as an output of the network too.
  void addRepeats(const OpExample &example) {
    for (size_t i = 0; i < example.operands.size(); ++i)
      for (Form form : kForms) {
        const OperandExample &shared = example.operands[i];
        if (shared.mustBeConstant || !fits(form, shared))
          continue;
        Value value = make(shared, form);
        std::vector<Value> operands;
        for (const OperandExample &other : example.operands) {
          const bool same = other.shape == shared.shape && !other.mustBeConstant &&
                            other.integerBits == shared.integerBits;
          operands.push_back(same ? value : make(other, Form::Input));
        }
        add(example, operands);
        output(value);
      }
  }

private:
  /// The last axis backwards.
  Value reversed(Value value, const std::vector<int64_t> &shape) {
    std::string starts, sizes, steps;
    for (size_t i = 0; i < shape.size(); ++i) {
      const bool last = i + 1 == shape.size();
      starts += "#seg.dim<\"" + std::to_string(last ? shape[i] - 1 : 0) + (last ? "\">" : "\">, ");
      sizes += "#seg.dim<\"" + std::to_string(shape[i]) + (last ? "\">" : "\">, ");
      steps += last ? "-1" : "1, ";
    }
    return graph.add<seg::SliceOp>({value}, "starts = [" + starts + "], sizes = [" + sizes +
                                                "], steps = array<i64: " + steps + ">");
  }
};

class Operands : public ::testing::TestWithParam<OpGraph::Passes> {
protected:
  void agree(MapExtents extents, bool approximate) {
    // Compilers take more than twice as long for twice as large a network.
    constexpr size_t most = 20;
    for (size_t first = 0, count = 1; first < count; first += most) {
      Graphs graphs(extents);
      graphs.graph.optimization = "-O0";
      count = graphs.examples.size();
      size_t added = 0;
      for (size_t i = first; i < std::min(first + most, count); ++i)
        added += addTo(graphs, graphs.examples[i], approximate);
      if (added > 0)
        graphs.graph.agree({{}}, approximate ? 0.05 : 1e-4, GetParam());
    }
  }

  /// Whether the test is about the example at all.
  bool addTo(Graphs &graphs, const OpExample &example, bool approximate) {
    if (example.approximates != approximate || !isSampled(example.name, 3) ||
        (example.needsPasses && GetParam() == OpGraph::Passes::OnlyLayouts))
      return false;
    if (example.operands.empty())
      graphs.add(example, {});
    // Where passes may fold and fuse, the partners in blocks are what is worth its time. Elsewhere
    // every other example has these, if there is no time for both.
    const char *all = std::getenv("SEGC_TEST_ALL");
    if (GetParam() == OpGraph::Passes::All)
      graphs.addForms(example, {Form::Blocked});
    else if (all && all == llvm::StringRef("1"))
      graphs.addForms(example, {Form::Input, Form::Blocked});
    else
      graphs.addForms(example, {turn++ % 2 ? Form::Input : Form::Blocked});
    graphs.addRepeats(example);
    return true;
  }

private:
  size_t turn = 0;
};

TEST_P(Operands, OfMaps) { agree(kSmall, false); }
TEST_P(Operands, OfMapsForCrf) { agree(kSmall, true); }
class OperandsAsWritten : public Operands {};
TEST_P(OperandsAsWritten, OfSingleElements) { agree(kSingle, false); }

INSTANTIATE_TEST_SUITE_P(Passes, Operands,
                         ::testing::Values(OpGraph::Passes::All, OpGraph::Passes::OnlyLayouts),
                         [](const auto &info) {
                           return info.param == OpGraph::Passes::All ? std::string("All")
                                                                     : std::string("OnlyLayouts");
                         });
// Passes would fold most ops on one element away.
INSTANTIATE_TEST_SUITE_P(Passes, OperandsAsWritten, ::testing::Values(OpGraph::Passes::OnlyLayouts),
                         [](const auto &) { return "OnlyLayouts"; });

/// Which of an op's operands are there, by their place in its list.
llvm::SmallBitVector operandsOf(mlir::Operation *op) {
  llvm::SmallBitVector there(1, true);
  if (auto segments = op->getAttrOfType<mlir::DenseI32ArrayAttr>("operandSegmentSizes")) {
    there.resize(static_cast<unsigned>(segments.size()));
    for (auto [i, count] : llvm::enumerate(segments.asArrayRef()))
      there[static_cast<unsigned>(i)] = count > 0;
  }
  return there;
}

TEST(OpExamples, NameEveryOpOfTheDialect) {
  Graphs graphs(kSmall);
  for (const OpExample &example : graphs.examples) {
    std::vector<Value> operands;
    for (const OperandExample &operand : example.operands)
      operands.push_back(graphs.make(operand, Form::Input));
    ASSERT_TRUE(example.add(graphs.graph, operands)) << example.name;
  }
  // Not all optional operands need be there at once.
  std::map<std::string, llvm::SmallBitVector> found;
  std::set<std::string> registered;
  graphs.graph.func().walk([&](mlir::Operation *op) {
    llvm::SmallBitVector &there = found[op->getName().getStringRef().str()];
    there |= operandsOf(op);
  });
  for (mlir::RegisteredOperationName name :
       graphs.graph.opBuilder().getContext()->getRegisteredOperations())
    if (name.getDialectNamespace() == "seg")
      registered.insert(name.getStringRef().str());
  ASSERT_GT(registered.size(), 20u);
  for (const std::string &name : registered)
    EXPECT_TRUE(found.count(name) && found[name].all())
        << name << " has no entry in OpExamples.cpp, or none with some operand";
}

/// The nodes that a message is about: `nodes "a", "b", "c" and 2 more (Conv): ...`.
size_t nodesIn(llvm::StringRef message) {
  llvm::StringRef list = message.split("node").second.split(" (").first;
  unsigned more = 0;
  (void)list.split(" and ").second.consumeInteger(10, more);
  return list.count('"') / 2 + more;
}

TEST(OpExamples, WeightsThatAreNoConstantsAreRefused) {
  for (OpGraph::Passes passes : {OpGraph::Passes::All, OpGraph::Passes::OnlyLayouts}) {
    Graphs graphs(kSmall);
    size_t refused = 0;
    for (const OpExample &example : graphs.examples)
      for (size_t i = 0; i < example.operands.size(); ++i) {
        if (!example.operands[i].mustBeConstant || example.needsPasses)
          continue;
        for (Form form : {Form::Input, Form::Dense, Form::Planar, Form::Blocked}) {
          if (!fits(form, example.operands[i]))
            continue;
          std::vector<Value> operands;
          for (const OperandExample &operand : example.operands)
            operands.push_back(graphs.make(operand, Form::Input));
          OperandExample computed = example.operands[i];
          computed.mustBeConstant = false;
          operands[i] = graphs.make(computed, form);
          graphs.add(example, operands);
          ++refused;
        }
      }
    auto failure = graphs.graph.refusal(passes);
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->blame, Failure::Input) << llvm::join(failure->messages, "\n");
    size_t named = 0;
    for (const std::string &message : failure->messages)
      named += nodesIn(message);
    EXPECT_EQ(named, refused) << llvm::join(failure->messages, "\n");
    for (const std::string &message : failure->messages)
      EXPECT_NE(message.find("that the network computes"), std::string::npos) << message;
  }
}

/// A constant among maps: what was once read as a buffer's number.
TEST(ConstantsAmongMaps, AgreeWithTheInterpreter) {
  OpGraph graph("native");
  const std::string window = "strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = "
                             "array<i64: 1, 1, 1, 1>";
  auto pool = [&](Value map) {
    return graph.add<seg::MaxPool2dOp>({map}, "kernel = array<i64: 3, 3>, " + window +
                                                  ", ceil_mode = false");
  };
  auto conv = [&](Value map, int64_t from, int64_t to) {
    return graph.add<seg::Conv2dOp>({map, graph.constant({to, from, 3, 3}), {}, {}},
                                    window + ", groups = 1 : i64");
  };
  auto concat = [&](llvm::ArrayRef<Value> maps) {
    return graph.add<seg::ConcatOp>(maps, "axis = 1 : i64");
  };
  Value image = graph.input("1, 3, 6, 8");
  graph.output(pool(concat({pool(image), graph.constant({1, 8, 6, 8})})));
  // The first state of a ConvLSTM, before and behind the features.
  Value features = conv(image, 3, 20);
  graph.output(conv(concat({graph.constant({1, 16, 6, 8}), features}), 36, 16));
  graph.output(conv(concat({features, graph.constant({1, 16, 6, 8})}), 36, 16));
  // CoordConv behind a first layer, with one constant for two layers.
  Value coordinates = graph.constant({1, 2, 6, 8});
  Value first = conv(concat({features, coordinates}), 22, 5);
  graph.output(conv(concat({first, coordinates}), 7, 4));
  // A constant of every size that a map can be broadcast from.
  for (const std::vector<int64_t> &shape :
       std::vector<std::vector<int64_t>>{{1, 20, 6, 8}, {1, 1, 6, 8}, {1, 20, 1, 1}, {1, 20, 6, 1}})
    graph.output(graph.binary("mul", features, graph.constant(shape)));
  graph.agree({{}});
}

TEST(EmptyConstants, AddNothingToAJoinAndAreRefusedElsewhere) {
  auto nothing = [](OpGraph &graph, llvm::ArrayRef<int64_t> shape) {
    return graph.constant(graph.tensor(shape));
  };
  OpGraph joined("native");
  Value map = joined.blocked(joined.input("1, 3, 6, 8"));
  Value result =
      joined.add<seg::ConcatOp>({map, nothing(joined, {1, 0, 6, 8}), map}, "axis = 1 : i64");
  joined.output(joined.blocked(result));
  joined.agree({{}});

  OpGraph refused("native");
  map = refused.input("1, 3, 6, 8");
  refused.output(
      refused.add<seg::ConcatOp>({map, nothing(refused, {1, 0, 6, 8})}, "axis = 1 : i64"));
  auto failure = refused.refusal(OpGraph::Passes::OnlyLayouts);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->blame, Failure::Input);
  EXPECT_NE(llvm::join(failure->messages, "\n").find("without elements"), std::string::npos);
}

} // namespace
