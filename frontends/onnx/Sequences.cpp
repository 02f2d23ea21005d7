//===- Sequences.cpp - lists of tensors, and optional ones ----------------===//
//
// A sequence whose length is known is a list that only the importer knows of; an
// optional tensor is one, or is absent.
//
//===----------------------------------------------------------------------===//

#include "frontends/onnx/Operators.h"
#include "frontends/onnx/Pieces.h"
#include "frontends/onnx/Reshaping.h"

namespace segc::onnximport {

using llvm::SmallVector;
using seg::DimAttr;
using Sequence = std::vector<BindingPtr>;

namespace {

/// The sequence that input i is; null, and reported, if it is none.
const Sequence *sequence(Node &node, int i) {
  if (node.failed())
    return nullptr;
  BindingPtr input = node.hasInput(i) ? node.input(i) : nullptr;
  if (input && input->sequence)
    return &*input->sequence;
  node.shapeError(fmt::format("input {} is no sequence", i));
  return nullptr;
}

void setSequence(Node &node, Sequence elements) {
  // Each sequence is a copy: hostile files could make many long ones.
  if (node.failed() || !node.owner().charge(elements.size()))
    return node.failSilently();
  auto binding = std::make_shared<Binding>();
  binding->sequence = std::move(elements);
  node.set(0, binding);
}

/// The place that input i names in a sequence of `count`; the last one if it is left out.
std::optional<size_t> place(Node &node, int i, int64_t count) {
  int64_t index = count - 1;
  if (node.hasInput(i)) {
    std::optional<SmallVector<int64_t>> given = node.requireIntegers(i, "the position");
    if (!given)
      return std::nullopt;
    index = given->size() == 1 ? given->front() : INT64_MIN;
    index += index < 0 ? count : 0;
  }
  if (index >= 0 && index < count)
    return static_cast<size_t>(index);
  node.error(fmt::format("the position is outside of a sequence of {}", count));
  return std::nullopt;
}

void importSequenceEmpty(Node &node) { setSequence(node, {}); }

void importSequenceConstruct(Node &node) {
  if (!node.checkInputs(node.inputCount(), node.inputCount()))
    return;
  Sequence elements;
  for (int i = 0; i != node.inputCount(); ++i)
    elements.push_back(node.input(i));
  setSequence(node, std::move(elements));
}

void importSequenceInsert(Node &node) {
  if (!node.checkInputs(2, 3))
    return;
  const Sequence *elements = sequence(node, 0);
  if (!elements)
    return;
  Sequence longer = *elements;
  // The place behind the last element is one, too, and the usual one.
  std::optional<size_t> at = longer.size();
  if (node.hasInput(2))
    at = place(node, 2, static_cast<int64_t>(longer.size()) + 1);
  if (!at)
    return;
  // Counted from the end, -1 is before the last element.
  if (std::optional<int64_t> given =
          node.hasInput(2) ? integerOf(node, node.input(2)) : std::nullopt;
      given && *given < 0)
    at = *at == 0 ? 0 : *at - 1;
  longer.insert(longer.begin() + static_cast<int64_t>(*at), node.input(1));
  setSequence(node, std::move(longer));
}

void importSequenceErase(Node &node) {
  if (!node.checkInputs(1, 2))
    return;
  const Sequence *elements = sequence(node, 0);
  if (!elements)
    return;
  Sequence shorter = *elements;
  if (auto at = place(node, 1, static_cast<int64_t>(shorter.size()))) {
    shorter.erase(shorter.begin() + static_cast<int64_t>(*at));
    setSequence(node, std::move(shorter));
  }
}

void importSequenceAt(Node &node) {
  if (!node.checkInputs(2, 2))
    return;
  if (const Sequence *elements = sequence(node, 0))
    if (auto at = place(node, 1, static_cast<int64_t>(elements->size())))
      node.set(0, (*elements)[*at]);
}

void importSequenceLength(Node &node) {
  if (!node.checkInputs(1, 1))
    return;
  if (const Sequence *elements = sequence(node, 0))
    node.set(0, Known::scalar(Element::Int64,
                              Number(node.context(), static_cast<int64_t>(elements->size()))));
}

void importSplitToSequence(Node &node) {
  if (!node.checkInputs(1, 2))
    return;
  const int64_t axis = node.normalAxis(node.integer("axis", 0), node.rank(0));
  const bool dropsAxis = node.integer("keepdims", 1) == 0 && !node.hasInput(1);
  std::optional<SmallVector<int64_t>> given;
  bool isScalar = false;
  if (node.hasInput(1)) {
    given = node.requireIntegers(1, "the lengths");
    isScalar = !node.failed() && node.rank(1) == 0;
  }
  if (node.failed())
    return;
  DimAttr extent = node.shape(0)[axis];
  SmallVector<int64_t> sizes;
  if (given && !isScalar) {
    sizes = *given;
  } else {
    if (!extent.isConstant())
      return node.error("the length of the sequence depends on the size of the network's input; "
                        "fix it with --shape");
    const int64_t each = given && !given->empty() ? given->front() : 1;
    if (each < 1 || extent.getValue() / each >= kMostPieces)
      return node.error(fmt::format("it makes no list of at most {} parts", kMostPieces));
    for (int64_t left = extent.getValue(); left > 0; left -= each)
      sizes.push_back(std::min(left, each));
  }
  int64_t start = 0;
  Sequence parts;
  for (int64_t size : sizes) {
    if (size < 1 || size > INT32_MAX || static_cast<int64_t>(parts.size()) >= kMostPieces)
      return node.error(fmt::format("part {} has the length {}", parts.size(), size));
    parts.push_back(piece(node, node.input(0), axis, start, size, dropsAxis));
    if (!parts.back())
      return;
    start += size;
  }
  if (extent.isConstant() && extent.getValue() != start)
    return node.error(
        fmt::format("its parts have {} elements of {} along the axis", start, extent.getValue()));
  setSequence(node, std::move(parts));
}

void importConcatFromSequence(Node &node) {
  if (!node.checkInputs(1, 1))
    return;
  const Sequence *elements = sequence(node, 0);
  if (!elements)
    return;
  if (elements->empty())
    return node.error("its sequence is empty");
  const bool isNewAxis = node.integer("new_axis", 0) != 0;
  const int64_t rank = static_cast<int64_t>(elements->front()->shape(node.context()).size());
  const int64_t axis = node.normalAxis(node.integer("axis", 0), rank + (isNewAxis ? 1 : 0));
  if (node.failed())
    return;
  if (BindingPtr whole = joined(node, *elements, axis, isNewAxis))
    node.set(0, whole);
}

/// The body is imported once for each element. Other inputs are sequences of the same length, or
/// tensors that each element gets.
void importSequenceMap(Node &node) {
  const onnx::GraphProto *body = node.graph("body");
  const Sequence *first = sequence(node, 0);
  if (!first)
    return;
  if (!body || body->output_size() < node.outputCount() || body->input_size() != node.inputCount())
    return node.error("the inputs and outputs of its body do not fit its own");
  std::vector<Sequence> results(static_cast<size_t>(node.outputCount()));
  for (size_t i = 0; i != first->size(); ++i) {
    std::vector<BindingPtr> inputs;
    for (int k = 0; k != node.inputCount(); ++k) {
      BindingPtr input = node.hasInput(k) ? node.input(k) : nullptr;
      if (!input || (input->sequence && input->sequence->size() != first->size()))
        return node.error("its sequences have different lengths");
      inputs.push_back(input->sequence ? (*input->sequence)[i] : input);
    }
    std::vector<BindingPtr> outputs = node.importGraph(*body, inputs);
    if (outputs.empty())
      return node.failSilently();
    for (size_t k = 0; k != results.size(); ++k)
      results[k].push_back(outputs[k]);
  }
  for (size_t k = 0; k != results.size(); ++k) {
    auto binding = std::make_shared<Binding>();
    binding->sequence = std::move(results[k]);
    node.set(static_cast<int>(k), binding);
  }
}

void importOptional(Node &node) {
  if (node.hasInput(0))
    return node.forward(0, 0);
  auto binding = std::make_shared<Binding>();
  binding->absent = true;
  node.set(0, binding);
}

void importOptionalHasElement(Node &node) {
  node.set(0, Known::scalar(Element::Bool, Number(node.context(), node.hasInput(0) ? 1 : 0)));
}

void importOptionalGetElement(Node &node) {
  if (!node.hasInput(0))
    return node.error("its input has no element");
  node.forward(0, 0);
}

} // namespace

void registerSequences(OperatorTable &table) {
  table.import["SequenceEmpty"] = importSequenceEmpty;
  table.import["SequenceConstruct"] = importSequenceConstruct;
  table.import["SequenceInsert"] = importSequenceInsert;
  table.import["SequenceErase"] = importSequenceErase;
  table.import["SequenceAt"] = importSequenceAt;
  table.import["SequenceLength"] = importSequenceLength;
  table.import["SplitToSequence"] = importSplitToSequence;
  table.import["ConcatFromSequence"] = importConcatFromSequence;
  table.import["SequenceMap"] = importSequenceMap;
  table.import["Optional"] = importOptional;
  table.import["OptionalHasElement"] = importOptionalHasElement;
  table.import["OptionalGetElement"] = importOptionalGetElement;
}

} // namespace segc::onnximport
