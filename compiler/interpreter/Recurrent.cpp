//===- Recurrent.cpp - meaning of ops over sequences ------------*- C++ -*-===//

#include "compiler/interpreter/Evaluate.h"
#include "compiler/interpreter/Scalar.h"

#include <algorithm>

using namespace llvm;
using namespace mlir;

namespace segc::interpreter {
namespace {

/// One step of one sequence. States are held in double from step to step.
class Cell {
public:
  Cell(seg::RecurrentOp op, const Arguments &in)
      : op(op), weight(in[op.getWeight()]), bias(in.optional(op.getBias())),
        peepholes(in.optional(op.getPeepholes())), states(weight.shape[0]) {}

  /// `projected` holds the gates' inputs.
  void step(const float *projected, std::vector<double> &h, std::vector<double> &s) {
    switch (op.getCell()) {
    case seg::CellKind::Rnn:
      return rnn(projected, h);
    case seg::CellKind::Gru:
      return gru(projected, h);
    case seg::CellKind::Lstm:
      return lstm(projected, h, s);
    }
  }

private:
  /// Element j of a gate's product with the states.
  double product(const std::vector<double> &h, int64_t gate, int64_t j) {
    double sum = 0;
    for (int64_t k = 0; k < states; ++k)
      sum += h[k] * weight.floats[k * weight.shape[1] + gate * states + j];
    return sum;
  }

  double activate(int which, double x) {
    // The last one sees memories, which have no limit.
    if (op.getClip() && which < 2) {
      const double limit = op.getClip()->convertToFloat();
      x = std::clamp(x, -limit, limit);
    }
    auto act = cast<seg::ActAttr>(op.getActivations()[which]);
    return evalUnary(act.getKind(), act.getAlpha(), act.getBeta(), x);
  }

  void rnn(const float *projected, std::vector<double> &h) {
    std::vector<double> next(h.size());
    for (int64_t j = 0; j < states; ++j)
      next[j] = activate(0, projected[j] + product(h, 0, j));
    h = next;
  }

  void gru(const float *projected, std::vector<double> &h) {
    std::vector<double> next(h.size()), reset(h.size()), kept(h.size());
    for (int64_t j = 0; j < states; ++j) {
      reset[j] = activate(0, projected[states + j] + product(h, 1, j));
      kept[j] = reset[j] * h[j];
    }
    for (int64_t j = 0; j < states; ++j) {
      const double z = activate(0, projected[j] + product(h, 0, j));
      const double recurrent = op.getLinearBeforeReset()
                                   ? reset[j] * (product(h, 2, j) + (bias ? bias->floats[j] : 0))
                                   : product(kept, 2, j);
      const double candidate = activate(1, projected[2 * states + j] + recurrent);
      next[j] = (1 - z) * candidate + z * h[j];
    }
    h = next;
  }

  void lstm(const float *projected, std::vector<double> &h, std::vector<double> &s) {
    std::vector<double> next(h.size());
    auto peep = [&](int64_t which, int64_t j, double memory) {
      return peepholes ? peepholes->floats[which * states + j] * memory : 0;
    };
    for (int64_t j = 0; j < states; ++j) {
      auto gate = [&](int64_t g) { return projected[g * states + j] + product(h, g, j); };
      const double i = activate(0, gate(0) + peep(0, j, s[j]));
      const double f = op.getCoupled() ? 1 - i : activate(0, gate(2) + peep(2, j, s[j]));
      s[j] = f * s[j] + i * activate(1, gate(3));
      next[j] = activate(0, gate(1) + peep(1, j, s[j])) * activate(2, s[j]);
    }
    h = next;
  }

  seg::RecurrentOp op;
  const Tensor &weight;
  const Tensor *bias, *peepholes;
  int64_t states;
};

} // namespace

Results evaluate(seg::RecurrentOp op, const Arguments &in) {
  const Tensor &projected = in[op.getProjected()];
  const Tensor *lengths = in.optional(op.getLengths());
  const int64_t steps = projected.shape[0], batch = projected.shape[1],
                states = in[op.getWeight()].shape[0];
  for (Value first : {op.getHidden(), op.getMemory()})
    if (const Tensor *given = in.optional(first);
        given && given->shape[0] != 1 && given->shape[0] != batch)
      return in.error("the first states are not those of the batch");
  if (lengths && lengths->shape[0] != batch)
    return in.error("there is not one length a sequence");
  std::vector<Tensor> results(op->getNumResults(),
                              Tensor::zeros(projected.elementType, {steps, batch, states}));
  Cell cell(op, in);
  for (int64_t n = 0; n < batch; ++n) {
    std::vector<double> h(states), s(states);
    for (auto [given, state] :
         {std::pair(in.optional(op.getHidden()), &h), std::pair(in.optional(op.getMemory()), &s)})
      for (int64_t j = 0; given && j < states; ++j)
        (*state)[j] = given->floats[(given->shape[0] == 1 ? 0 : n) * states + j];
    const int64_t length = lengths ? std::min(lengths->ints[n], steps) : steps;
    for (int64_t t = 0; t < length; ++t) {
      const int64_t row = t * batch + n;
      cell.step(&projected.floats[row * projected.shape[2]], h, s);
      for (int64_t j = 0; j < states; ++j) {
        results[0].floats[row * states + j] = static_cast<float>(h[j]);
        if (results.size() > 1)
          results[1].floats[row * states + j] = static_cast<float>(s[j]);
      }
    }
  }
  return results;
}

Results evaluate(seg::ReverseSequenceOp op, const Arguments &in) {
  const Tensor &input = in[op.getInput()], &lengths = in[op.getLengths()];
  const int64_t steps = input.shape[0], batch = input.shape[1];
  if (lengths.shape[0] != batch)
    return in.error("there is not one length a sequence");
  Tensor output = Tensor::zeros(input.elementType, input.shape);
  SmallVector<int64_t> strides = rowMajorStrides(input.shape);
  int64_t to = 0;
  forEachIndex(input.shape, [&](ArrayRef<int64_t> at) {
    const int64_t length = std::min(lengths.ints[at[1]], steps);
    const int64_t from = at[0] < length ? length - 1 - at[0] : at[0];
    output.copyElement(to, input, to + (from - at[0]) * strides[0]);
    ++to;
  });
  return single(std::move(output));
}

} // namespace segc::interpreter
