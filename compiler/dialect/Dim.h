//===- Dim.h - arithmetic on extents ----------------------------*- C++ -*-===//
//
// A DimAttr is a polynomial with integer coefficients over atoms: symbols (the
// extents that callers choose, at least 1), counts (extents that the network
// computes, from 0 to a bound), quotients rounded down, minima and maxima. Every function here
// returns the canonical form, so that equal polynomials are the same attribute:
//
//   Constant                      value
//   Symbol                        name
//   Count                         name and bound
//   Sum      a + b + ...          terms in a fixed order, the constant last
//   Product  c * a * b ...        the coefficient first
//   Quotient a / b                rounded down; b is not zero
//   Minimum, Maximum              two operands, not comparable by their bounds
//
// Model files are untrusted: where a coefficient overflows 64 bits, a divisor is
// zero or has a count in it (which may be zero), the result is a null attribute,
// and so is every result made from it.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_DIALECT_DIM_H
#define SEGC_DIALECT_DIM_H

#include "compiler/dialect/Seg.h"

#include "llvm/ADT/StringMap.h"

#include <optional>
#include <string>

namespace segc::seg {

DimAttr operator+(DimAttr a, DimAttr b);
DimAttr operator-(DimAttr a, DimAttr b);
DimAttr operator*(DimAttr a, DimAttr b);
DimAttr operator+(DimAttr a, int64_t b);
DimAttr operator-(DimAttr a, int64_t b);
DimAttr operator*(DimAttr a, int64_t b);
/// a / b rounded down.
DimAttr floorDiv(DimAttr a, DimAttr b);
DimAttr floorDiv(DimAttr a, int64_t b);
/// a / b rounded up.
DimAttr ceilDiv(DimAttr a, int64_t b);
/// a - b * floorDiv(a, b).
DimAttr mod(DimAttr a, DimAttr b);
DimAttr minimum(DimAttr a, DimAttr b);
DimAttr maximum(DimAttr a, DimAttr b);

/// The least value that the expression can take, as far as simple bounds tell.
std::optional<int64_t> lowerBound(DimAttr dim);
/// The largest value that the expression can take, as far as simple bounds tell.
std::optional<int64_t> upperBound(DimAttr dim);
/// Whether a >= b for all values of the symbols and counts, as far as simple bounds tell.
bool provablyAtLeast(DimAttr a, DimAttr b);

/// Whether the extent depends on a count, so that it is not known before the run.
bool hasCount(DimAttr dim);
/// Calls `visit` with every count in `dim`, repeats included; not those in the bounds of others.
void forEachCount(DimAttr dim, llvm::function_ref<void(DimAttr count)> visit);
/// An expression without counts that is at least `dim`, whatever they are; null if there is none.
DimAttr boundOf(DimAttr dim);

/// The value under given values of the symbols and counts; nothing on overflow, division by
/// zero, or for a symbol without a value.
std::optional<int64_t> evaluate(DimAttr dim, const llvm::StringMap<int64_t> &symbols);
/// `dim` with expressions in place of symbols, also in the bounds of counts; what is not named
/// stays.
DimAttr substitute(DimAttr dim, const llvm::StringMap<DimAttr> &symbols);
/// Calls `visit` with the name of every symbol in `dim`, repeats and bounds of counts included.
void forEachSymbol(DimAttr dim, llvm::function_ref<void(llvm::StringRef)> visit);

/// "(h - 1) / 2 + 1". Also valid C if "/" is made to round down and min, max exist.
std::string toString(DimAttr dim);
/// Reads what toString writes (and mod, as "%"). Null, with a reason in `error`, if the text is
/// no expression.
DimAttr parseDim(mlir::MLIRContext *context, llvm::StringRef text, std::string &error);

/// Least and largest index of axis `axis` of an input of rank `rank` that a `seg.view` reads; null
/// where arithmetic overflows.
std::pair<DimAttr, DimAttr> viewedIndices(DimAttr start, llvm::ArrayRef<int64_t> steps,
                                          llvm::ArrayRef<DimAttr> shape, size_t rank, size_t axis);

/// Product of the extents.
DimAttr product(mlir::MLIRContext *context, llvm::ArrayRef<DimAttr> dims);

} // namespace segc::seg

#endif // SEGC_DIALECT_DIM_H
