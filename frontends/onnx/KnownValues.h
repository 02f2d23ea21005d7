//===- KnownValues.h - numbers known at import time -------------*- C++ -*-===//
//
// Exporters write shape arithmetic as graph nodes: Shape, Gather, Mul, Floor,
// Concat, and then Resize. None of it is compiled. The importer evaluates it on
// Known tensors, whose elements are fractions over the input's extents:
// floor(h * 2.25) is floorDiv(9 * h, 4).
//
// A float constant stands for the simplest fraction that rounds to it (0.7f is
// 7/10), which is what its author meant.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_FRONTENDS_ONNX_KNOWNVALUES_H
#define SEGC_FRONTENDS_ONNX_KNOWNVALUES_H

#include "compiler/dialect/Dim.h"
#include "frontends/onnx/ConstantTensor.h"

#include <optional>
#include <vector>

namespace segc::onnximport {

/// a / b if that is a polynomial without remainder; else null.
seg::DimAttr exactQuotient(seg::DimAttr a, seg::DimAttr b);
/// The quotient of two products of extents, equal factors cancelled first; rounded down.
seg::DimAttr quotientOfProducts(mlir::MLIRContext *context, llvm::ArrayRef<seg::DimAttr> numerator,
                                llvm::ArrayRef<seg::DimAttr> denominator);

/// A fraction of two expressions, or unknown. The denominator is positive, or it is an extent and
/// taken to be so.
class Number {
public:
  Number() = default;
  Number(seg::DimAttr dim);
  Number(mlir::MLIRContext *context, int64_t value);
  /// Reduced; unknown if the denominator cannot be positive.
  static Number fraction(seg::DimAttr numerator, seg::DimAttr denominator);
  /// The extent of a tensor: not negative, or the network refuses its input.
  static Number extent(seg::DimAttr dim);
  /// The simplest fraction that rounds to `value`; unknown for what no short fraction rounds to.
  static Number fromFloat(mlir::MLIRContext *context, float value);

  bool isKnown() const { return static_cast<bool>(top); }
  bool isConstant() const { return top && top.isConstant() && bottom.isConstant(); }
  /// Whether this is an extent as a tensor has it, nothing computed from it.
  bool isExtent() const { return extentOfTensor; }
  /// The number as an expression, if it is a whole one.
  seg::DimAttr whole() const;
  std::optional<int64_t> constantInteger() const;
  std::optional<double> constantDouble() const;
  seg::DimAttr numerator() const { return top; }
  seg::DimAttr denominator() const { return bottom; }

  Number operator+(const Number &other) const;
  Number operator-(const Number &other) const;
  Number operator*(const Number &other) const;
  Number operator/(const Number &other) const;
  Number operator-() const;
  Number floor() const;
  Number ceil() const;
  /// To the nearest whole number, ties to even; unknown for fractions over symbols.
  Number round() const;
  Number minimum(const Number &other) const;
  Number maximum(const Number &other) const;
  /// Sign of the number (-1, 0, 1), where bounds prove it.
  std::optional<int> sign() const;
  bool operator==(const Number &other) const { return top == other.top && bottom == other.bottom; }

private:
  Number(seg::DimAttr top, seg::DimAttr bottom) : top(top), bottom(bottom) {
    if (!top || !bottom)
      this->top = this->bottom = {};
  }
  seg::DimAttr top, bottom;
  bool extentOfTensor = false;
};

/// A small tensor of numbers. Elements may be unknown; what needs one of those fails.
struct Known {
  Element element = Element::Int64;
  llvm::SmallVector<int64_t> shape;
  std::vector<Number> values;

  /// Tensors with more elements are no shape arithmetic.
  static constexpr int64_t kMostElements = 1 << 16;
  /// Floats in larger constants are weights.
  static constexpr int64_t kMostFloats = 64;

  bool isFloat() const { return element == Element::Float; }
  static Known scalar(Element element, Number number) { return {element, {}, {number}}; }
  static Known vector(Element element, std::vector<Number> numbers);
  /// The extents of a tensor.
  static Known ofDims(llvm::ArrayRef<seg::DimAttr> dims);
  /// Nothing if the tensor has too many elements.
  static std::optional<Known> of(mlir::MLIRContext *context, const ConstantTensor &tensor);

  bool allKnown() const;
  /// All elements as expressions; nothing if one is unknown or not whole.
  std::optional<llvm::SmallVector<seg::DimAttr>> dims() const;
  /// All elements as constants; nothing if one is symbolic, unknown or not whole.
  std::optional<llvm::SmallVector<int64_t>> integers() const;
  std::optional<llvm::SmallVector<float>> floats() const;
  /// As a tensor of plain numbers, if all are.
  std::optional<ConstantTensor> toConstant() const;
};

} // namespace segc::onnximport

#endif // SEGC_FRONTENDS_ONNX_KNOWNVALUES_H
