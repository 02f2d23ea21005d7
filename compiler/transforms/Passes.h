//===- Passes.h - graph passes of segc --------------------------*- C++ -*-===//
//
// Rewrites of a function of seg ops that keep its meaning, which is what the
// reference interpreter computes. Passes.td describes each.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_TRANSFORMS_PASSES_H
#define SEGC_TRANSFORMS_PASSES_H

#include "compiler/dialect/Seg.h"

#include "mlir/Pass/Pass.h"

#include <memory>

namespace segc {

#define GEN_PASS_DECL
#include "compiler/transforms/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "compiler/transforms/Passes.h.inc"

} // namespace segc

#endif // SEGC_TRANSFORMS_PASSES_H
