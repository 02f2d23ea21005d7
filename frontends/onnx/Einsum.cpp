//===- Einsum.cpp - sums of products by letters ---------------------------===//
//
// An equation like "bqc,bchw->bqhw" names the axes of each operand and of the result
// by labels. It is carried out operand by operand:
//
//   1. a label that an operand has twice is its diagonal;
//   2. a label that neither the result nor another operand has is summed at once;
//   3. the product so far and the next operand become two matrices for each value of the
//      labels that both have and that are still needed: rows are the labels of the one
//      alone, columns those of the other, and what is summed lies between. Where
//      nothing is summed between them, or there are neither rows nor columns, they are
//      multiplied element by element;
//   4. the last product is brought into the order of the result.
//
//===----------------------------------------------------------------------===//

#include "frontends/onnx/Operators.h"

#include "llvm/ADT/MapVector.h"

namespace segc::onnximport {

using llvm::ArrayRef;
using llvm::SmallVector;
using llvm::StringRef;
using mlir::Value;
using seg::DimAttr;

namespace {

/// A letter, or kEllipsis + i for axis i of an ellipsis, counted from its end.
using Label = int;
using Labels = SmallVector<Label>;
constexpr Label kEllipsis = 256;

bool has(ArrayRef<Label> labels, Label label) { return llvm::is_contained(labels, label); }

/// The labels of `first`, then those of the others.
Labels joined(Labels first, ArrayRef<Label> second, ArrayRef<Label> third = {}) {
  first.append(second.begin(), second.end());
  first.append(third.begin(), third.end());
  return first;
}

/// A tensor whose axes are called by labels, each different.
struct Labelled {
  Value value;
  Labels labels;
};

class Equation {
public:
  explicit Equation(Node &node) : node(node) {}

  /// Reads the text; reports what is wrong with it.
  void parse(const std::string &equation);
  Value multiply();

private:
  /// The labels of one operand of this rank, or of the result (rank -1: as many as there are).
  Labels parseTerm(StringRef term, int64_t rank);
  void nameAxes(int operand, Labels labels);
  /// Axes of the tensor in this order; it has these and no other.
  Value ordered(const Labelled &tensor, ArrayRef<Label> order);
  SmallVector<DimAttr> extentsOf(ArrayRef<Label> labels);
  DimAttr productOf(ArrayRef<Label> labels);
  Labelled summed(Labelled tensor, ArrayRef<Label> kept);
  Labelled contracted(const Labelled &lhs, const Labelled &rhs, ArrayRef<Label> kept);

  Node &node;
  std::vector<Labels> terms;
  Labels result;
  /// The most axes that an operand's ellipsis stands for.
  int64_t ellipsisAxes = 0;
  llvm::MapVector<Label, DimAttr> extents;
};

Labels Equation::parseTerm(StringRef term, int64_t rank) {
  Labels labels;
  int64_t letters = 0;
  for (char c : term)
    letters += c != '.';
  bool sawEllipsis = false;
  for (size_t i = 0; i < term.size() && !node.failed(); ++i) {
    char c = term[i];
    if (term.substr(i).starts_with("...") && !sawEllipsis) {
      int64_t count = rank < 0 ? ellipsisAxes : rank - letters;
      for (int64_t axis = count - 1; axis >= 0; --axis)
        labels.push_back(kEllipsis + static_cast<Label>(axis));
      ellipsisAxes = std::max(ellipsisAxes, count);
      sawEllipsis = true;
      i += 2;
    } else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
      labels.push_back(c);
    } else {
      node.error(fmt::format("the equation has an unexpected \"{}\"", escaped(std::string(1, c))));
    }
  }
  if (!node.failed() && rank >= 0 && static_cast<int64_t>(labels.size()) != rank)
    node.error(fmt::format("the equation names {} axes of an operand of rank {}", letters, rank));
  return labels;
}

void Equation::parse(const std::string &equation) {
  std::string text;
  for (char c : equation)
    if (c != ' ')
      text.push_back(c);
  auto [left, right] = StringRef(text).split("->");
  bool isExplicit = StringRef(text).contains("->");
  SmallVector<StringRef> operands;
  left.split(operands, ',');
  if (static_cast<int>(operands.size()) != node.inputCount())
    return node.error(fmt::format("the equation has {} operands, the node {}", operands.size(),
                                  node.inputCount()));
  for (auto [i, operand] : llvm::enumerate(operands)) {
    terms.push_back(parseTerm(operand, node.rank(static_cast<int>(i))));
    if (node.failed())
      return;
    nameAxes(static_cast<int>(i), terms.back());
  }
  if (isExplicit) {
    result = parseTerm(right, -1);
  } else {
    // What stands there once, in order, behind the ellipsis.
    std::map<Label, int> uses;
    for (const Labels &term : terms)
      for (Label label : term)
        ++uses[label];
    for (int64_t axis = ellipsisAxes - 1; axis >= 0; --axis)
      result.push_back(kEllipsis + static_cast<Label>(axis));
    for (auto [label, count] : uses)
      if (label < kEllipsis && count == 1)
        result.push_back(label);
  }
  for (size_t i = 0; i != result.size() && !node.failed(); ++i)
    if (!extents.contains(result[i]))
      node.error("the equation's result has an axis that no operand has");
    else if (has(ArrayRef<Label>(result).drop_front(i + 1), result[i]))
      node.error("the equation's result has an axis twice");
}

/// Records the extents; those of 1 are repeated.
void Equation::nameAxes(int operand, Labels labels) {
  for (auto [label, extent] : llvm::zip(labels, node.shape(operand))) {
    auto [known, isNew] = extents.insert({label, extent});
    if (isNew || known->second == extent || extent.isConstant(1))
      continue;
    if (known->second.isConstant(1) || (extent.isConstant() && !known->second.isConstant()))
      known->second = extent;
    else if (extent.isConstant() && known->second.isConstant())
      node.error(fmt::format("an axis of the equation has the extents {} and {}",
                             known->second.getValue(), extent.getValue()));
  }
}

SmallVector<DimAttr> Equation::extentsOf(ArrayRef<Label> labels) {
  SmallVector<DimAttr> dims;
  for (Label label : labels)
    dims.push_back(extents.find(label)->second);
  return dims;
}

DimAttr Equation::productOf(ArrayRef<Label> labels) {
  return product(node.context(), extentsOf(labels));
}

Value Equation::ordered(const Labelled &tensor, ArrayRef<Label> order) {
  SmallVector<int64_t> permutation;
  for (Label label : order)
    permutation.push_back(llvm::find(tensor.labels, label) - tensor.labels.begin());
  if (llvm::is_sorted(permutation))
    return tensor.value;
  return node.transpose(tensor.value, permutation);
}

/// The tensor without the labels that are not in `kept`.
Labelled Equation::summed(Labelled tensor, ArrayRef<Label> kept) {
  SmallVector<int64_t> axes;
  Labels left;
  for (auto [axis, label] : llvm::enumerate(tensor.labels))
    if (has(kept, label))
      left.push_back(label);
    else
      axes.push_back(static_cast<int64_t>(axis));
  if (axes.empty())
    return tensor;
  return {node.reduce(seg::ReduceKind::Sum, tensor.value, axes, /*keepDims=*/false), left};
}

Labelled Equation::contracted(const Labelled &lhs, const Labelled &rhs, ArrayRef<Label> kept) {
  Labels batch, rows, columns, inner;
  for (Label label : lhs.labels)
    if (!has(rhs.labels, label))
      rows.push_back(label);
    else
      (has(kept, label) ? batch : inner).push_back(label);
  for (Label label : rhs.labels)
    if (!has(lhs.labels, label))
      columns.push_back(label);
  Value left = ordered(lhs, joined(batch, rows, inner));
  if (inner.empty() || (rows.empty() && columns.empty())) {
    // Element by element: axes that only one of them has are repeated by the other.
    Value right = ordered(rhs, joined(batch, inner, columns));
    SmallVector<DimAttr> shape = extentsOf(batch);
    shape.append(extentsOf(rows));
    shape.resize(shape.size() + columns.size(), node.dim(1));
    if (inner.empty())
      left = node.reshape(left, shape);
    SmallVector<DimAttr> other = extentsOf(batch);
    other.resize(other.size() + rows.size(), node.dim(1));
    other.append(extentsOf(columns));
    if (inner.empty())
      right = node.reshape(right, other);
    Labelled all{node.binary(seg::BinaryKind::Mul, left, right),
                 inner.empty() ? joined(batch, rows, columns) : joined(batch, inner)};
    return summed(all, kept);
  }
  Value right = ordered(rhs, joined(batch, inner, columns));
  SmallVector<DimAttr> lead;
  if (!batch.empty())
    lead.push_back(productOf(batch));
  SmallVector<DimAttr> leftShape = lead, rightShape = lead, shape = extentsOf(batch);
  leftShape.append({productOf(rows), productOf(inner)});
  rightShape.append({productOf(inner), productOf(columns)});
  shape.append(extentsOf(rows));
  shape.append(extentsOf(columns));
  Value matrices = node.matmul(node.reshape(left, leftShape), node.reshape(right, rightShape));
  return {node.reshape(matrices, shape), joined(batch, rows, columns)};
}

Value Equation::multiply() {
  // Operands without repeated labels and without axes of extent 1 that others repeat.
  std::vector<Labelled> operands;
  for (auto [i, term] : llvm::enumerate(terms)) {
    Value value = node.value(static_cast<int>(i));
    if (!value)
      return {};
    Labels labels;
    SmallVector<DimAttr> own(shapeOf(value));
    SmallVector<int64_t> axesOf;
    for (size_t axis = 0; axis != term.size(); ++axis) {
      bool isRepeated = own[axis].isConstant(1) && !extents[term[axis]].isConstant(1);
      if (!isRepeated && !has(labels, term[axis]))
        labels.push_back(term[axis]);
    }
    // Element [i, j, ...] of the result has index i along all axes that are called like its first.
    const size_t rank = term.size();
    SmallVector<int64_t> steps(labels.size() * rank, 0);
    for (size_t row = 0; row != labels.size(); ++row)
      for (size_t axis = 0; axis != rank; ++axis)
        steps[row * rank + axis] = term[axis] == labels[row] && !own[axis].isConstant(1);
    if (labels.size() != rank) {
      bool isDiagonal = false;
      for (size_t axis = 0; axis != rank; ++axis)
        isDiagonal |= !own[axis].isConstant(1) && llvm::count(term, term[axis]) > 1;
      value = isDiagonal ? node.view(value, SmallVector<DimAttr>(rank, node.dim(0)),
                                     extentsOf(labels), steps)
                         : node.reshape(value, extentsOf(labels));
    }
    operands.push_back({value, labels});
  }
  auto keptBehind = [&](size_t next) {
    Labels kept = result;
    for (size_t i = next; i < operands.size(); ++i)
      kept.append(operands[i].labels);
    return kept;
  };
  for (size_t i = 0; i != operands.size(); ++i) {
    Labels others = result;
    for (size_t j = 0; j != operands.size(); ++j)
      if (j != i)
        others.append(operands[j].labels);
    operands[i] = summed(operands[i], others);
  }
  Labelled product = operands.front();
  for (size_t i = 1; i < operands.size() && !node.failed(); ++i)
    product = contracted(product, operands[i], keptBehind(i + 1));
  if (node.failed())
    return {};
  product = summed(product, result);
  // A label that only operands of extent 1 had is gone with them.
  return ordered(product, result);
}

void importEinsum(Node &node) {
  if (!node.checkInputs(1, INT32_MAX))
    return;
  if (!node.hasAttribute("equation"))
    return node.error("the equation is missing");
  Equation equation(node);
  equation.parse(node.text("equation", ""));
  if (!node.failed())
    node.set(0, equation.multiply());
}

} // namespace

void registerEinsum(OperatorTable &table) { table.import["Einsum"] = importEinsum; }

} // namespace segc::onnximport
