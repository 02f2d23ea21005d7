//===- Bounds.cpp - proofs that a part lies inside a tensor ---------------===//
//
// 1. Write the expression as a linear form over symbols, quotients and extrema.
// 2. Replace the outermost quotient or extremum by a linear bound in the
//    direction that its coefficient asks for. Forms over the same inner
//    expression meet there and cancel.
// 3. A count is at least 0 and at most its bound.
// 4. When only symbols are left, each at least 1 with a coefficient that is not
//    negative, the rest is the least value. Expressions are whole numbers, so
//    anything above -1 will do.
//
//===----------------------------------------------------------------------===//

#include "frontends/onnx/Bounds.h"

#include <algorithm>
#include <utility>

namespace segc::onnximport {

using seg::DimAttr;
using seg::DimKind;

namespace {

int depthOf(DimAttr dim) {
  int depth = 0;
  for (unsigned i = 0; i != dim.getOperands().size(); ++i)
    depth = std::max(depth, 1 + depthOf(dim.operand(i)));
  return depth;
}

class LinearForm {
public:
  /// Adds factor * dim; false for products of several atoms.
  bool add(DimAttr dim, double factor) {
    switch (dim.getKind()) {
    case DimKind::Constant:
      constant += factor * double(dim.getValue());
      return true;
    case DimKind::Sum:
      for (unsigned i = 0; i != dim.getOperands().size(); ++i)
        if (!add(dim.operand(i), factor))
          return false;
      return true;
    case DimKind::Product:
      return dim.getOperands().size() == 1 && add(dim.operand(0), factor * double(dim.getValue()));
    default:
      break;
    }
    for (auto &[atom, coefficient] : atoms)
      if (atom == dim) {
        coefficient += factor;
        return true;
      }
    atoms.emplace_back(dim, factor);
    return true;
  }

  bool isNotNegative(int budget) const {
    constexpr double kTolerance = 1e-9;
    int deepest = 0, place = -1;
    for (int i = 0; i != int(atoms.size()); ++i) {
      bool cancelled = std::abs(atoms[i].second) < kTolerance;
      if (!cancelled && depthOf(atoms[i].first) > deepest) {
        deepest = depthOf(atoms[i].first);
        place = i;
      }
    }
    if (place < 0) {
      double least = constant;
      for (const auto &[symbol, coefficient] : atoms) {
        if (coefficient < -kTolerance)
          return false;
        least += coefficient;
      }
      return least > -1 + 1e-6;
    }
    if (budget == 0)
      return false;

    LinearForm rest = *this;
    auto [atom, coefficient] = atoms[place];
    rest.atoms.erase(rest.atoms.begin() + place);
    if (atom.getKind() == DimKind::Count) // between 0 and its bound
      return (coefficient > 0 || rest.add(atom.operand(0), coefficient)) &&
             rest.isNotNegative(budget - 1);
    DimAttr first = atom.operand(0), second = atom.operand(1);
    if (atom.getKind() == DimKind::Quotient) {
      if (!second.isConstant() || second.getValue() < 1)
        return false;
      double divisor = double(second.getValue());
      if (coefficient > 0)
        rest.constant -= coefficient * (divisor - 1) / divisor;
      return rest.add(first, coefficient / divisor) && rest.isNotNegative(budget - 1);
    }
    // A minimum is at most, a maximum at least, either operand.
    bool isMinimum = atom.getKind() == DimKind::Minimum;
    if (isMinimum != (coefficient < 0))
      return false;
    for (DimAttr operand : {first, second}) {
      LinearForm form = rest;
      if (form.add(operand, coefficient) && form.isNotNegative(budget / 2))
        return true;
    }
    return false;
  }

private:
  std::vector<std::pair<DimAttr, double>> atoms;
  double constant = 0;
};

} // namespace

bool provablyNotNegative(DimAttr dim) {
  if (!dim)
    return false;
  if (seg::lowerBound(dim).value_or(-1) >= 0)
    return true;
  constexpr int kMostSteps = 64;
  LinearForm form;
  return form.add(dim, 1) && form.isNotNegative(kMostSteps);
}

} // namespace segc::onnximport
