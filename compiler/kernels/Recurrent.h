//===- Recurrent.h - one step of a recurrent layer --------------*- C++ -*-===//
//
// The generated code calls these for every step of a sequence. What gates see is a product
// with the states of the step before (recurrentProduct), one more where a GRU
// resets states first (recurrentReset); the rest goes element by element (recurrentCell).
// The states of all steps are the layer's result: a step reads them from there, the first one from
// `first`. Results [T, N, H] are views (state, n, t).
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_KERNELS_RECURRENT_H
#define SEGC_KERNELS_RECURRENT_H

#include "compiler/dialect/SegEnums.h"
#include "compiler/kernels/Kernel.h"

#include <optional>
#include <vector>

namespace segc {

struct RecurrentProductSpec {
  /// Whether something is added to the product.
  bool adds = true;
  /// The states of the step before, else those that the kernel is given.
  bool ofStepBefore = true;
};

struct RecurrentProductAlgorithm : Algorithm {
  /// (value, n).
  Halide::Func sum{"sum"};
  Halide::RDom k;
};

/// output[n, j] = addend[step, n, j] + sum over k of states[n, k] * weights[k, j]. Views: addend
/// (j, n, t), states (k, n, t) and first (k, n), or states (k, n); weights (j, k), output (j, n).
/// Args: [addend,] states, [first,] weights, step, output.
RecurrentProductAlgorithm recurrentProductAlgorithm(const RecurrentProductSpec &spec);

struct CellActivation {
  seg::UnaryKind kind = seg::UnaryKind::Tanh;
  float alpha = 0, beta = 0;
};

struct RecurrentCellSpec {
  seg::CellKind cell = seg::CellKind::Lstm;
  std::vector<CellActivation> activations;
  /// What the first two functions are applied to is limited to [-clip, clip].
  std::optional<float> clip;
  bool linearBeforeReset = false;
  bool coupled = false;
  bool hasPeepholes = false;
  /// States are zero from the end of a sequence on.
  bool hasLengths = false;
};

/// A GRU's states after the reset. Views: gates (state, gate, n), states (state, n, t), first
/// (state, n), output (state, n). Args: gates, states, first, step, output.
Algorithm recurrentResetAlgorithm(const RecurrentCellSpec &spec);

/// The next states. Views: gates (state, gate, n), candidate (state, n), projected (state, n, t),
/// states and memories (state, n, t), firsts (state, n), peepholes (state, gate), lengths (n);
/// outputs are planar maps of step's [1, N, H].
/// Args: gates, [gru: candidate, [linear: projected,] states, firstStates,] [lstm: memories,
/// firstMemories, [peepholes,]] [lengths,] step, output, [lstm: memory].
Algorithm recurrentCellAlgorithm(const RecurrentCellSpec &spec);

struct ReverseSequenceSpec {
  Halide::Type type = Halide::Float(32);
  /// Of the integers that lengths are.
  int lengthBits = 64;
};

/// The first elements of each sequence backwards. Views: input and output (element, n, t), lengths
/// (n). Args: input, lengths, output.
Algorithm reverseSequenceAlgorithm(const ReverseSequenceSpec &spec);

} // namespace segc

#endif // SEGC_KERNELS_RECURRENT_H
