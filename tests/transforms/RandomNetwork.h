//===- RandomNetwork.h - small networks for tests of passes -----*- C++ -*-===//
//
// A function of one input [1, 4, h, w] that chains the ops that the graph passes
// look for, with random attributes and weights. The same seed gives the same
// network.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_TESTS_TRANSFORMS_RANDOMNETWORK_H
#define SEGC_TESTS_TRANSFORMS_RANDOMNETWORK_H

#include "compiler/interpreter/Tensor.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace segc {

/// Extents of the input that every network is made for.
constexpr int64_t kTestHeight = 9, kTestWidth = 7;

/// A module with one function of about `length` ops.
mlir::OwningOpRef<mlir::ModuleOp> randomNetwork(mlir::MLIRContext &context, unsigned seed,
                                                int length);

/// An input for it.
interpreter::Tensor randomInput(mlir::MLIRContext &context, unsigned seed);

} // namespace segc

#endif // SEGC_TESTS_TRANSFORMS_RANDOMNETWORK_H
