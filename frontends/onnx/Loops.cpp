//===- Loops.cpp - If, Loop and Scan --------------------------------------===//
//
// There is no control flow behind the importer: conditions and numbers of
// iterations must be known when it runs. The branch that is taken is imported,
// and the body of a loop once for each iteration. A detector's "if there are no
// boxes, then no boxes, else ..." is the other branch: it makes none of none. So
// is its loop over the masks of what it found: see PastedMasks.h.
//
//===----------------------------------------------------------------------===//

#include "frontends/onnx/Operators.h"
#include "frontends/onnx/PastedMasks.h"
#include "frontends/onnx/Pieces.h"

namespace segc::onnximport {

using llvm::SmallVector;
using seg::DimAttr;

namespace {

/// Adds the counts of an expression that is 0 if and only if all of them are: counts, or as many of
/// them as are wanted, times sizes, summed up. False if it is not such a one.
bool addCounts(DimAttr amount, SmallVector<DimAttr> &counts) {
  if (amount.getKind() == seg::DimKind::Count) {
    counts.push_back(amount);
    return true;
  }
  const bool isSum = amount.getKind() == seg::DimKind::Sum;
  const bool isProduct = amount.getKind() == seg::DimKind::Product && amount.getValue() > 0;
  if (!isSum && !isProduct && amount.getKind() != seg::DimKind::Minimum)
    return false;
  unsigned parts = 0;
  for (unsigned i = 0; i != amount.getOperands().size(); ++i) {
    const DimAttr part = amount.operand(i);
    const bool isPositive = !seg::hasCount(part) && seg::lowerBound(part).value_or(0) >= 1;
    if (!isSum && isPositive)
      continue;
    ++parts;
    if (!addCounts(part, counts))
      return false;
  }
  return isSum || parts == 1;
}

/// The counts that a condition says are all 0 (or, with `isNegated`, are not), see isNothing in
/// KnownArithmetic.cpp; none if it says something else.
SmallVector<DimAttr> emptyCounts(Node &node, bool &isNegated) {
  const Known *known = node.known(0);
  DimAttr condition = known && known->values.size() == 1 ? known->values[0].whole() : DimAttr();
  if (!condition)
    return {};
  isNegated = condition.getKind() == seg::DimKind::Minimum;
  DimAttr some = isNegated ? condition : node.dim(1) - condition;
  SmallVector<DimAttr> counts;
  if (!some || some.getKind() != seg::DimKind::Minimum || !some.operand(0).isConstant(1) ||
      !addCounts(some.operand(1), counts))
    return {};
  return counts;
}

/// Whether a tensor has no elements where counts are 0.
bool isEmptyWithout(Node &node, const BindingPtr &tensor, llvm::ArrayRef<DimAttr> counts) {
  llvm::StringMap<DimAttr> none;
  for (DimAttr count : counts)
    none[count.getSymbol()] = node.dim(0);
  return llvm::any_of(tensor->shape(node.context()), [&](DimAttr dim) {
    DimAttr bound = seg::boundOf(seg::substitute(dim, none));
    return bound && seg::upperBound(bound).value_or(1) <= 0;
  });
}

/// Imports the branch for what has been found if it, too, makes nothing of nothing, which is what
/// the branch for nothing gives; false if that is not known.
bool importFound(Node &node, const onnx::GraphProto &nothing, const onnx::GraphProto &found,
                 llvm::ArrayRef<DimAttr> counts) {
  std::vector<BindingPtr> outputs = node.importGraph(found), none = node.importGraph(nothing);
  if (outputs.empty() || none.empty()) {
    node.failSilently();
    return true;
  }
  if (static_cast<int>(std::min(outputs.size(), none.size())) < node.outputCount())
    return false;
  for (int i = 0; i != node.outputCount(); ++i)
    if (!outputs[i]->hasShape() || !isEmptyWithout(node, outputs[i], counts) ||
        !isEmptyWithout(node, none[i], counts) || outputs[i]->element != none[i]->element ||
        outputs[i]->shape(node.context()).size() != none[i]->shape(node.context()).size())
      return false;
  for (int i = 0; i != node.outputCount(); ++i)
    node.set(i, outputs[i]);
  return true;
}

void importIf(Node &node) {
  if (!node.checkInputs(1, 1))
    return;
  const onnx::GraphProto *branches[] = {node.graph("then_branch"), node.graph("else_branch")};
  bool isNegated = false;
  SmallVector<DimAttr> counts = emptyCounts(node, isNegated);
  if (!counts.empty() && branches[0] && branches[1])
    if (importFound(node, *branches[isNegated], *branches[!isNegated], counts))
      return;
  std::optional<SmallVector<int64_t>> condition = node.requireIntegers(0, "the condition");
  if (node.failed())
    return;
  if (condition->size() != 1 || !branches[0] || !branches[1])
    return node.error("it needs one condition and two branches");
  const onnx::GraphProto &taken = *branches[condition->front() ? 0 : 1];
  if (taken.output_size() < node.outputCount())
    return node.error("the branch taken has too few outputs");
  std::vector<BindingPtr> outputs = node.importGraph(taken);
  if (outputs.empty())
    return node.failSilently();
  for (int i = 0; i != node.outputCount(); ++i)
    node.set(i, outputs[i]);
}

BindingPtr integer(Node &node, Element element, int64_t value) {
  auto binding = std::make_shared<Binding>();
  binding->element = element;
  binding->known = Known::scalar(element, Number(node.context(), value));
  return binding;
}

/// What the iterations of a loop give to an output, one behind the other.
class Collected {
public:
  explicit Collected(size_t outputs) : pieces(outputs) {}

  void add(size_t output, BindingPtr piece) { pieces[output].push_back(std::move(piece)); }

  void set(Node &node, size_t output, int index, int64_t axis, bool isReversed) {
    if (!node.isUsed(index) || node.failed())
      return;
    std::vector<BindingPtr> &parts = pieces[output];
    if (parts.empty())
      return node.error(fmt::format("its output {} has no elements", index));
    for (const BindingPtr &part : parts)
      if (part->failed && !part->hasShape())
        return node.failSilently();
    if (isReversed)
      std::reverse(parts.begin(), parts.end());
    const int64_t rank = static_cast<int64_t>(parts.front()->shape(node.context()).size());
    axis = node.normalAxis(axis, rank + 1);
    if (node.failed())
      return;
    BindingPtr whole = joined(node, parts, axis, true);
    if (!whole)
      return;
    whole->failed |= llvm::any_of(parts, [](const BindingPtr &part) { return part->failed; });
    node.set(index, whole);
  }

private:
  std::vector<std::vector<BindingPtr>> pieces;
};

void importLoop(Node &node) {
  const onnx::GraphProto *body = node.graph("body");
  if (!node.failed() && !body)
    node.error("its body is missing");
  if (node.failed() || importPastedMasks(node, *body))
    return;
  std::optional<int64_t> iterations;
  bool goesOn = true;
  if (node.hasInput(0))
    if (auto value = node.requireIntegers(0, "the number of iterations"); value && !value->empty())
      iterations = value->front();
  if (node.hasInput(1))
    if (auto value = node.requireIntegers(1, "the condition"); value && !value->empty())
      goesOn = value->front() != 0;
  if (node.failed())
    return;
  const int carriedCount = std::max(0, node.inputCount() - 2);
  const int collectedCount = body->output_size() - 1 - carriedCount;
  if (body->input_size() != 2 + carriedCount || collectedCount < 0 ||
      node.outputCount() > carriedCount + collectedCount)
    return node.error("the inputs and outputs of its body do not fit its own");
  std::vector<BindingPtr> carried;
  for (int i = 0; i != carriedCount; ++i) {
    if (!node.hasInput(2 + i))
      return node.error(fmt::format("input {} is missing", 2 + i));
    carried.push_back(node.input(2 + i));
  }

  Collected collected(static_cast<size_t>(collectedCount));
  for (int64_t i = 0; goesOn && (!iterations || i < *iterations); ++i) {
    if (i == kMostPieces)
      return node.error(fmt::format("it has more than {} iterations", kMostPieces));
    std::vector<BindingPtr> inputs{integer(node, Element::Int64, i),
                                   integer(node, Element::Bool, 1)};
    inputs.insert(inputs.end(), carried.begin(), carried.end());
    std::vector<BindingPtr> outputs = node.importGraph(*body, inputs);
    if (outputs.empty())
      return node.failSilently();
    std::optional<int64_t> condition = integerOf(node, outputs.front());
    if (!condition && outputs.front()->failed)
      return node.failSilently();
    if (!condition)
      return node.error("whether it goes on depends on the input's pixels, or on arithmetic that "
                        "cannot be followed at compile time");
    goesOn = *condition != 0;
    carried.assign(outputs.begin() + 1, outputs.begin() + 1 + carriedCount);
    for (int k = 0; k != collectedCount; ++k)
      collected.add(k, outputs[1 + carriedCount + k]);
  }
  for (int i = 0; i != node.outputCount(); ++i)
    if (i < carriedCount)
      node.set(i, carried[i]);
    else
      collected.set(node, static_cast<size_t>(i - carriedCount), i, 0, false);
}

/// A list attribute with one value for each of `count`; zeros if it is absent.
SmallVector<int64_t> listFor(Node &node, const char *name, int64_t count) {
  std::optional<SmallVector<int64_t>> values = node.integers(name);
  if (values && static_cast<int64_t>(values->size()) != count)
    node.error(fmt::format("{} has {} values instead of {}", name, values->size(), count));
  return values.value_or(SmallVector<int64_t>(static_cast<size_t>(count), 0));
}

void importScan(Node &node) {
  if (node.opset() < 9)
    return node.error("Scan of operator set 8 is not supported; 9 and later are");
  const onnx::GraphProto *body = node.graph("body");
  const int64_t scanned = node.integer("num_scan_inputs", 0);
  if (!node.checkInputs(node.inputCount(), node.inputCount()))
    return;
  const int64_t states = node.inputCount() - scanned;
  if (!body || scanned < 1 || states < 0 || body->input_size() != node.inputCount() ||
      body->output_size() < states || node.outputCount() > body->output_size())
    return node.error("the inputs and outputs of its body do not fit its own");
  const int64_t collectedCount = body->output_size() - states;
  SmallVector<int64_t> axes = listFor(node, "scan_input_axes", scanned);
  SmallVector<int64_t> directions = listFor(node, "scan_input_directions", scanned);
  SmallVector<int64_t> outputAxes = listFor(node, "scan_output_axes", collectedCount);
  SmallVector<int64_t> outputDirections = listFor(node, "scan_output_directions", collectedCount);
  std::optional<int64_t> length;
  for (int64_t i = 0; i != scanned && !node.failed(); ++i) {
    const int input = static_cast<int>(states + i);
    axes[i] = node.normalAxis(axes[i], node.rank(input));
    if (node.failed())
      return;
    seg::DimAttr extent = node.shape(input)[axes[i]];
    if (!extent.isConstant())
      return node.error(fmt::format("the length of input {} is free; fix it with --shape", input));
    if (length && *length != extent.getValue())
      return node.error("its inputs have different lengths");
    length = extent.getValue();
  }
  if (node.failed())
    return;
  if (*length > kMostPieces)
    return node.error(fmt::format("it has more than {} iterations", kMostPieces));

  std::vector<BindingPtr> carried;
  for (int i = 0; i != states; ++i)
    carried.push_back(node.input(i));
  Collected collected(static_cast<size_t>(collectedCount));
  for (int64_t i = 0; i < *length; ++i) {
    std::vector<BindingPtr> inputs = carried;
    for (int64_t k = 0; k != scanned; ++k) {
      const int64_t at = directions[k] == 1 ? *length - 1 - i : i;
      inputs.push_back(piece(node, node.input(static_cast<int>(states + k)), axes[k], at, 1, true));
      if (!inputs.back())
        return;
    }
    std::vector<BindingPtr> outputs = node.importGraph(*body, inputs);
    if (outputs.empty())
      return node.failSilently();
    carried.assign(outputs.begin(), outputs.begin() + states);
    for (int64_t k = 0; k != collectedCount; ++k)
      collected.add(static_cast<size_t>(k), outputs[states + k]);
  }
  for (int i = 0; i != node.outputCount(); ++i)
    if (i < states)
      node.set(i, carried[i]);
    else
      collected.set(node, static_cast<size_t>(i - states), i, outputAxes[i - states],
                    outputDirections[i - states] == 1);
}

} // namespace

void registerLoops(OperatorTable &table) {
  table.import["If"] = importIf;
  table.import["Loop"] = importLoop;
  table.import["Scan"] = importScan;
}

} // namespace segc::onnximport
