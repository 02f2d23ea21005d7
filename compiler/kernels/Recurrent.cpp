//===- Recurrent.cpp - one step of a recurrent layer ------------*- C++ -*-===//

#include "compiler/kernels/Recurrent.h"

#include "compiler/kernels/Dense.h"
#include "compiler/kernels/Scalar.h"

#include <fmt/format.h>

using namespace Halide;

namespace segc {
namespace {

/// What the step before left.
Expr before(ImageParam sequence, ImageParam first, Expr step, Expr state, Expr n) {
  return select(step > 0, sequence(state, n, max(step - 1, 0)), first(state, n));
}

Expr activate(const RecurrentCellSpec &spec, size_t which, Expr x) {
  if (spec.clip && which < 2)
    x = clamp(x, -*spec.clip, *spec.clip);
  const CellActivation &function = spec.activations[which];
  return lowerUnary(function.kind, function.alpha, function.beta, x);
}

std::string keyOf(const RecurrentCellSpec &spec) {
  std::string key = fmt::format("{},{},{},{},{}", int(spec.cell), spec.linearBeforeReset,
                                spec.coupled, spec.hasPeepholes, spec.hasLengths);
  for (const CellActivation &function : spec.activations)
    key += fmt::format(",{}:{:a}:{:a}", int(function.kind), function.alpha, function.beta);
  return spec.clip ? key + fmt::format(",clip{:a}", *spec.clip) : key;
}

} // namespace

RecurrentProductAlgorithm recurrentProductAlgorithm(const RecurrentProductSpec &spec) {
  RecurrentProductAlgorithm algorithm;
  ImageParam addend = denseInput(Float(32), 3, "addend"),
             weights = denseInput(Float(32), 2, "weights"),
             first = denseInput(Float(32), 2, "first");
  ImageParam states = denseInput(Float(32), spec.ofStepBefore ? 3 : 2, "states");
  Param<int> step("step");
  Var j("j"), n("n");
  RDom k = algorithm.k = RDom(0, weights.dim(1).extent(), "k");
  Expr at = min(likely(j), weights.dim(0).extent() - 1); // whole vectors are computed
  Expr state = spec.ofStepBefore ? before(states, first, step, k, n) : states(k, n);
  Func sum = algorithm.sum, out("output");
  sum(j, n) = spec.adds ? addend(at, n, step) : Expr(0.0f);
  sum(j, n) += weights(at, k) * state;
  out(j, n) = sum(j, n);
  constrainDense(out);
  std::vector<KernelArg> args;
  if (spec.adds)
    args.push_back(KernelArg::view(addend, "addend"));
  args.push_back(KernelArg::view(states, "states"));
  if (spec.ofStepBefore)
    args.push_back(KernelArg::view(first, "first"));
  args.insert(args.end(), {KernelArg::view(weights, "weights"), KernelArg::integer(step, "step"),
                           KernelArg::output(out, "output")});
  algorithm.define(fmt::format("recurrent_product{}{}", spec.adds ? "" : "_alone",
                               spec.ofStepBefore ? "" : "_of_given"),
                   out, std::move(args));
  return algorithm;
}

Algorithm recurrentResetAlgorithm(const RecurrentCellSpec &spec) {
  Algorithm algorithm;
  ImageParam gates = denseInput(Float(32), 3, "gates"), states = denseInput(Float(32), 3, "states"),
             first = denseInput(Float(32), 2, "first");
  Param<int> step("step");
  Var j("j"), n("n");
  Func out("output");
  out(j, n) = activate(spec, 0, gates(j, 1, n)) * before(states, first, step, j, n);
  constrainDense(out);
  algorithm.define("gru_reset", out,
                   {KernelArg::view(gates, "gates"), KernelArg::view(states, "states"),
                    KernelArg::view(first, "first"), KernelArg::integer(step, "step"),
                    KernelArg::output(out, "output")});
  algorithm.key = "gru_reset " + keyOf(spec);
  return algorithm;
}

Algorithm recurrentCellAlgorithm(const RecurrentCellSpec &spec) {
  Algorithm algorithm;
  ImageParam gates = denseInput(Float(32), 3, "gates"),
             candidate = denseInput(Float(32), 2, "candidate");
  ImageParam projected = denseInput(Float(32), 3, "projected"),
             states = denseInput(Float(32), 3, "states");
  ImageParam first = denseInput(Float(32), 2, "first"),
             peepholes = denseInput(Float(32), 2, "peepholes");
  ImageParam lengths = denseInput(Int(32), 1, "lengths");
  Param<int> step("step");
  Var ci("ci"), j("j"), n("n"), c("c");
  std::vector<KernelArg> args{KernelArg::view(gates, "gates")};
  auto gate = [&](int which) { return gates(j, which, n); };
  Expr next, memory;
  switch (spec.cell) {
  case seg::CellKind::Rnn:
    next = activate(spec, 0, gate(0));
    break;
  case seg::CellKind::Gru: {
    args.push_back(KernelArg::view(candidate, "candidate"));
    Expr update = activate(spec, 0, gate(0)), entering = candidate(j, n);
    if (spec.linearBeforeReset) {
      args.push_back(KernelArg::view(projected, "projected"));
      entering = projected(j, n, step) + activate(spec, 0, gate(1)) * entering;
    }
    args.insert(args.end(), {KernelArg::view(states, "states"), KernelArg::view(first, "first")});
    next =
        (1.0f - update) * activate(spec, 1, entering) + update * before(states, first, step, j, n);
    break;
  }
  case seg::CellKind::Lstm: {
    args.insert(args.end(), {KernelArg::view(states, "memories"), KernelArg::view(first, "first")});
    if (spec.hasPeepholes)
      args.push_back(KernelArg::view(peepholes, "peepholes"));
    Expr old = before(states, first, step, j, n);
    auto peeping = [&](Expr x, int which, Expr at) {
      return spec.hasPeepholes ? x + peepholes(j, which) * at : x;
    };
    Expr input = activate(spec, 0, peeping(gate(0), 0, old));
    Expr forget = spec.coupled ? 1.0f - input : activate(spec, 0, peeping(gate(2), 2, old));
    memory = forget * old + input * activate(spec, 1, gate(3));
    next = activate(spec, 0, peeping(gate(1), 1, memory)) * activate(spec, 2, memory);
    break;
  }
  }
  if (spec.hasLengths) {
    args.push_back(KernelArg::view(lengths, "lengths"));
    Expr runs = step < lengths(n);
    next = select(runs, next, 0.0f);
    if (memory.defined())
      memory = select(runs, memory, 0.0f);
  }
  args.push_back(KernelArg::integer(step, "step"));
  Func out("output");
  if (memory.defined()) {
    out(ci, j, n, c) = Tuple(next, memory);
    args.push_back(KernelArg::outputOfTuple(out, 0, "output"));
    args.push_back(KernelArg::outputOfTuple(out, 1, "memory"));
  } else {
    out(ci, j, n, c) = next;
    args.push_back(KernelArg::output(out, "output"));
  }
  // A second output has the extents of the first.
  std::vector<OutputImageParam> buffers = out.output_buffers();
  buffers[0].dim(0).set_bounds(0, 1);
  buffers[0].dim(1).set_min(0);
  buffers[0].dim(2).set_min(0);
  buffers[0].dim(3).set_bounds(0, 1);
  for (OutputImageParam buffer : buffers)
    for (int d : {0, 1})
      buffer.dim(d).set_stride(1);
  algorithm.define(seg::stringifyCellKind(spec.cell).str() + "_cell", out, std::move(args));
  algorithm.key = algorithm.name + " " + keyOf(spec);
  return algorithm;
}

Algorithm reverseSequenceAlgorithm(const ReverseSequenceSpec &spec) {
  Algorithm algorithm;
  ImageParam input = denseInput(spec.type, 3, "input");
  ImageParam lengths = denseInput(Int(spec.lengthBits), 1, "lengths");
  Var x("x"), n("n"), t("t");
  Expr steps = input.dim(2).extent();
  Expr least = cast(Int(spec.lengthBits), 0), most = cast(Int(spec.lengthBits), steps);
  Expr length = cast<int>(clamp(lengths(n), least, most));
  Func out("output");
  out(x, n, t) = input(x, n, clamp(select(t < length, length - 1 - t, t), 0, steps - 1));
  constrainDense(out);
  algorithm.define(
      fmt::format("reverse_sequence_{}_by_i{}", elementName(spec.type), spec.lengthBits), out,
      {KernelArg::view(input, "input"), KernelArg::view(lengths, "lengths"),
       KernelArg::output(out, "output")});
  return algorithm;
}

} // namespace segc
