//===- Recurrent.cpp - RNN, GRU, LSTM and ReverseSequence -----------------===//
//
// A layer becomes, for each direction, a product of the inputs of all steps with their
// weights and a seg.recurrent that runs forwards over it. Backwards, what goes in and what comes
// out is reversed.
//
//===----------------------------------------------------------------------===//

#include "frontends/onnx/Operators.h"

#include <algorithm>

namespace segc::onnximport {

using llvm::ArrayRef;
using llvm::SmallVector;
using mlir::Value;
using seg::BinaryKind;
using seg::CellKind;
using seg::DimAttr;
using seg::UnaryKind;

namespace {

/// A function that ONNX allows between gates; negative: it has no such parameter.
struct Activation {
  const char *name;
  UnaryKind kind;
  bool hasAlpha = false, hasBeta = false;
  float alpha = 0, beta = 0;
};

const Activation kActivations[] = {
    {"relu", UnaryKind::Relu},
    {"tanh", UnaryKind::Tanh},
    {"sigmoid", UnaryKind::Sigmoid},
    {"softsign", UnaryKind::Softsign},
    {"softplus", UnaryKind::Softplus},
    {"leakyrelu", UnaryKind::LeakyRelu, true, false, 0.01f},
    {"thresholdedrelu", UnaryKind::ThresholdedRelu, true, false, 1.0f},
    {"elu", UnaryKind::Elu, true, false, 1.0f},
    {"affine", UnaryKind::Affine, true, true, 1.0f, 0.0f},
    {"scaledtanh", UnaryKind::ScaledTanh, true, true, 1.0f, 1.0f},
    {"hardsigmoid", UnaryKind::HardSigmoid, true, true, 0.2f, 0.5f},
};

/// Imports one node.
class RecurrentLayer {
public:
  RecurrentLayer(Node &node, CellKind cell) : node(node), cell(cell) {}

  void run() {
    if (!readShape() || !readActivations())
      return;
    hasClip = node.hasAttribute("clip");
    clip = node.real("clip", 0);
    // Before version 14 there was one layout.
    batchFirst = node.integer("layout", 0) != 0;
    input = node.value(0);
    if (batchFirst)
      input = node.transpose(input, {1, 0, 2});
    readLengths();
    SmallVector<Value> outputs, lastStates, lastMemories;
    for (int64_t d = 0; d != directions && !node.failed(); ++d)
      addDirection(d, outputs, lastStates, lastMemories);
    if (node.failed())
      return;
    // [T, D, N, H], or [N, T, D, H]; [D, N, H], or [N, D, H].
    Value whole = joined(outputs, 1);
    node.set(0, batchFirst ? node.transpose(whole, {2, 0, 1, 3}) : whole);
    for (auto [i, parts] : {std::pair(1, &lastStates), std::pair(2, &lastMemories)})
      if (!parts->empty() && node.isUsed(i)) {
        Value last = joined(*parts, 0);
        node.set(i, batchFirst ? node.transpose(last, {1, 0, 2}) : last);
      }
  }

private:
  int64_t gates() const { return cell == CellKind::Rnn ? 1 : cell == CellKind::Gru ? 3 : 4; }
  size_t functions() const { return cell == CellKind::Rnn ? 1 : cell == CellKind::Gru ? 2 : 3; }

  bool readShape() {
    const std::string direction = node.text("direction", "forward");
    isReverse = direction == "reverse";
    directions = direction == "bidirectional" ? 2 : 1;
    if (!isReverse && directions == 1 && direction != "forward")
      node.error(fmt::format("direction \"{}\" is not known", escaped(direction)));
    for (int i : {0, 1, 2})
      if (!node.failed() && node.rank(i) != 3)
        node.error(fmt::format("input {} has rank {}, not 3", i, node.rank(i)));
    if (node.failed())
      return false;
    SmallVector<DimAttr> recurrent = node.shape(2);
    for (int i : {1, 2})
      if (!node.failed() && !node.shape(i)[0].isConstant(directions))
        node.error(fmt::format("input {} has not the weights of {} direction{}", i, directions,
                               directions > 1 ? "s" : ""));
    constexpr int64_t kMostStates = 1 << 20;
    if (!recurrent[2].isConstant() || recurrent[2].getValue() > kMostStates)
      node.error("the number of states is not fixed, or out of range");
    if (node.failed())
      return false;
    states = recurrent[2].getValue();
    if (node.hasAttribute("hidden_size") && node.integer("hidden_size", 0) != states)
      node.error("hidden_size differs from the shape of the weights");
    if (!recurrent[1].isConstant(gates() * states))
      node.error(fmt::format("the weights of the states are not those of {} gates", gates()));
    if (node.hasInput(3) && (node.rank(3) != 2 || !node.shape(3)[0].isConstant(directions) ||
                             !node.shape(3)[1].isConstant(2 * gates() * states)))
      node.error("the biases (input 3) are not two for each gate of each direction");
    for (int i : {5, 6})
      if (node.hasInput(i) && node.rank(i) != 3)
        node.error(fmt::format("input {} has rank {}, not 3", i, node.rank(i)));
    if (node.hasInput(7) && (node.rank(7) != 2 || !node.shape(7)[0].isConstant(directions) ||
                             !node.shape(7)[1].isConstant(3 * states)))
      node.error("the peepholes (input 7) are not three for each state of each direction");
    return !node.failed();
  }

  bool readActivations() {
    SmallVector<std::string> names = node.texts("activations").value_or(SmallVector<std::string>());
    if (names.empty())
      for (int64_t d = 0; d != directions; ++d) {
        if (cell != CellKind::Rnn)
          names.emplace_back("Sigmoid");
        names.append(cell == CellKind::Lstm ? 2 : 1, "Tanh");
      }
    if (names.size() != functions() * static_cast<size_t>(directions)) {
      node.error(fmt::format("there are {} activations instead of {}", names.size(),
                             functions() * static_cast<size_t>(directions)));
      return false;
    }
    SmallVector<float> alphas = node.reals("activation_alpha").value_or(SmallVector<float>());
    SmallVector<float> betas = node.reals("activation_beta").value_or(SmallVector<float>());
    // Functions with such a parameter take the values in turn.
    size_t alpha = 0, beta = 0;
    for (const std::string &name : names) {
      const auto *known = llvm::find_if(kActivations, [&](const Activation &candidate) {
        return llvm::StringRef(name).equals_insensitive(candidate.name);
      });
      if (known == std::end(kActivations)) {
        node.error(fmt::format("the activation \"{}\" is not known", escaped(name)));
        return false;
      }
      float a = known->alpha, b = known->beta;
      if (known->hasAlpha && alpha < alphas.size())
        a = alphas[alpha++];
      if (known->hasBeta && beta < betas.size())
        b = betas[beta++];
      activations.push_back(seg::ActAttr::get(node.context(), known->kind, a, b));
    }
    return !node.failed();
  }

  void readLengths() {
    if (!node.hasInput(4))
      return;
    std::optional<ConstantTensor> known = node.constant(4);
    DimAttr steps = input ? shapeOf(input)[0] : DimAttr();
    const bool allWhole =
        known && known->element == Element::Int32 && steps && steps.isConstant() &&
        llvm::all_of(known->as<int32_t>(), [&](int32_t n) { return n >= steps.getValue(); });
    if (!allWhole)
      lengths = node.value(4);
  }

  /// Part `d` of the first axis, without that axis.
  Value part(Value whole, int64_t d) {
    if (!whole)
      return {};
    SmallVector<DimAttr> shape(shapeOf(whole));
    SmallVector<DimAttr> starts(shape.size(), node.dim(0)), sizes = shape;
    starts[0] = node.dim(d);
    sizes[0] = node.dim(1);
    Value one = node.slice(whole, starts, sizes, SmallVector<int64_t>(shape.size(), 1));
    return node.reshape(one, ArrayRef<DimAttr>(shape).drop_front());
  }

  /// `count` values of a vector from `start` on.
  Value range(Value vector, int64_t start, int64_t count) {
    return node.slice(vector, {node.dim(start)}, {node.dim(count)}, {1});
  }

  Value reversed(Value sequence) {
    if (lengths)
      return node.create<seg::ReverseSequenceOp>({sequence, lengths}, {});
    if (!sequence)
      return {};
    SmallVector<DimAttr> sizes(shapeOf(sequence));
    SmallVector<DimAttr> starts(sizes.size(), node.dim(0));
    SmallVector<int64_t> steps(sizes.size(), 1);
    starts[0] = sizes[0] - 1;
    steps[0] = -1;
    return node.slice(sequence, starts, sizes, steps);
  }

  /// Of a sequence that ran forwards: [N, H].
  Value last(Value sequence) {
    if (!sequence)
      return {};
    SmallVector<DimAttr> sizes(shapeOf(sequence));
    SmallVector<DimAttr> starts(sizes.size(), node.dim(0));
    if (lengths) // the last element of each comes first
      sequence = reversed(sequence);
    else
      starts[0] = sizes[0] - 1;
    sizes[0] = node.dim(1);
    Value one = node.slice(sequence, starts, sizes, SmallVector<int64_t>(sizes.size(), 1));
    return node.reshape(one, ArrayRef<DimAttr>(sizes).drop_front());
  }

  /// Values of one direction each, joined along a new axis.
  Value joined(ArrayRef<Value> parts, int64_t axis) {
    SmallVector<Value> wide;
    for (Value each : parts) {
      if (!each)
        return {};
      SmallVector<DimAttr> shape(shapeOf(each));
      shape.insert(shape.begin() + axis, node.dim(1));
      wide.push_back(node.reshape(each, shape));
    }
    return wide.size() == 1 ? wide[0] : node.concat(wide, axis);
  }

  Value firstState(int i, int64_t d) {
    if (!node.hasInput(i))
      return {};
    Value given = node.value(i);
    return part(batchFirst ? node.transpose(given, {1, 0, 2}) : given, d);
  }

  void addDirection(int64_t d, SmallVector<Value> &outputs, SmallVector<Value> &lastStates,
                    SmallVector<Value> &lastMemories) {
    const bool runsBack = isReverse || d == 1;
    const int64_t all = gates() * states;
    const bool linear = cell == CellKind::Gru && node.integer("linear_before_reset", 0) != 0;
    Value sequence = runsBack ? reversed(input) : input;
    Value weight = node.transpose(part(node.value(1), d), {1, 0});
    Value recurrent = node.transpose(part(node.value(2), d), {1, 0});
    Value projected = node.create<seg::MatmulOp>({sequence, weight}, {});
    Value ownBias;
    if (node.hasInput(3)) {
      Value both = part(node.value(3), d);
      Value ofInputs = range(both, 0, all), ofStates = range(both, all, all), sum;
      if (linear) {
        // The candidate's second bias is added before the reset.
        sum = node.binary(BinaryKind::Add, range(ofInputs, 0, 2 * states),
                          range(ofStates, 0, 2 * states));
        sum = node.concat({sum, range(ofInputs, 2 * states, states)}, 0);
        ownBias = range(ofStates, 2 * states, states);
      } else {
        sum = node.binary(BinaryKind::Add, ofInputs, ofStates);
      }
      projected = node.binary(BinaryKind::Add, projected, sum);
    }
    const bool isLstm = cell == CellKind::Lstm;
    Value peepholes;
    if (isLstm && node.hasInput(7))
      peepholes = node.reshape(part(node.value(7), d), {node.dim(3), node.dim(states)});
    ArrayRef<mlir::Attribute> functions =
        ArrayRef<mlir::Attribute>(activations)
            .slice(static_cast<size_t>(d) * this->functions(), this->functions());
    SmallVector<mlir::NamedAttribute> attributes{
        node.attribute("cell", seg::CellKindAttr::get(node.context(), cell)),
        node.attribute("activations", mlir::ArrayAttr::get(node.context(), functions))};
    if (linear)
      attributes.push_back(node.attribute("linear_before_reset", node.builder().getUnitAttr()));
    if (isLstm && node.integer("input_forget", 0) != 0)
      attributes.push_back(node.attribute("coupled", node.builder().getUnitAttr()));
    if (hasClip)
      attributes.push_back(node.realAttribute("clip", clip));
    auto op =
        node.createOp<seg::RecurrentOp>({projected, recurrent, ownBias, firstState(5, d),
                                         isLstm ? firstState(6, d) : Value(), peepholes, lengths},
                                        attributes);
    if (!op)
      return;
    outputs.push_back(runsBack ? reversed(op.getOutput()) : op.getOutput());
    lastStates.push_back(node.isUsed(1) ? last(op.getOutput()) : Value());
    if (isLstm)
      lastMemories.push_back(node.isUsed(2) ? last(op.getMemories()[0]) : Value());
  }

  Node &node;
  CellKind cell;
  Value input, lengths;
  bool isReverse = false, batchFirst = false, hasClip = false;
  int64_t directions = 1, states = 0;
  float clip = 0;
  SmallVector<mlir::Attribute> activations;
};

void importRnn(Node &node) {
  if (node.checkInputs(3, 6))
    RecurrentLayer(node, CellKind::Rnn).run();
}

void importGru(Node &node) {
  if (node.checkInputs(3, 6))
    RecurrentLayer(node, CellKind::Gru).run();
}

void importLstm(Node &node) {
  if (node.checkInputs(3, 8))
    RecurrentLayer(node, CellKind::Lstm).run();
}

void importReverseSequence(Node &node) {
  if (!node.checkInputs(2, 2))
    return;
  const int64_t time = node.integer("time_axis", 0), batch = node.integer("batch_axis", 1);
  const int64_t rank = node.rank(0);
  if (!((time == 0 && batch == 1) || (time == 1 && batch == 0)))
    node.error(fmt::format("time_axis {} and batch_axis {} are not 0 and 1", time, batch));
  if (rank < 2)
    node.error(fmt::format("an input of rank {} is no batch of sequences", rank));
  if (node.failed())
    return;
  SmallVector<int64_t> swapped(static_cast<size_t>(rank));
  for (int64_t i = 0; i != rank; ++i)
    swapped[i] = i < 2 ? 1 - i : i;
  Value input = node.value(0);
  if (time == 1)
    input = node.transpose(input, swapped);
  Value result = node.create<seg::ReverseSequenceOp>({input, node.value(1)}, {});
  node.set(0, time == 1 ? node.transpose(result, swapped) : result);
}

} // namespace

void registerRecurrent(OperatorTable &table) {
  table.import["RNN"] = importRnn;
  table.import["GRU"] = importGru;
  table.import["LSTM"] = importLstm;
  table.import["ReverseSequence"] = importReverseSequence;
}

} // namespace segc::onnximport
