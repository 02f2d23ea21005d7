//===- Fold.h - combining a vector's lanes ----------------------*- C++ -*-===//

#ifndef SEGC_KERNELS_FOLD_H
#define SEGC_KERNELS_FOLD_H

#include <Halide.h>

#include <vector>

namespace segc {

/// Combines `values` pairwise in a balanced tree: short chains of dependent operations,
/// and an order that never changes.
template <typename Combine>
Halide::Expr foldTree(std::vector<Halide::Expr> values, Combine combine) {
  while (values.size() > 1) {
    std::vector<Halide::Expr> half;
    for (size_t i = 0; i + 1 < values.size(); i += 2)
      half.push_back(combine(values[i], values[i + 1]));
    if (values.size() % 2)
      half.push_back(values.back());
    values = half;
  }
  return values.front();
}

} // namespace segc

#endif // SEGC_KERNELS_FOLD_H
