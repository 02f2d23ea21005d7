//===- Reduction.cpp - meaning of ops that shrink axes ----------*- C++ -*-===//

#include "compiler/interpreter/Evaluate.h"

#include <cmath>
#include <limits>

using namespace llvm;
using namespace mlir;

namespace segc::interpreter {

/// The shape without `axes`, or with 1 in their place.
static SmallVector<int64_t> reducedShape(ArrayRef<int64_t> shape, ArrayRef<int64_t> axes,
                                         bool keep) {
  SmallVector<int64_t> result;
  for (auto [axis, extent] : enumerate(shape)) {
    if (!is_contained(axes, static_cast<int64_t>(axis)))
      result.push_back(extent);
    else if (keep)
      result.push_back(1);
  }
  return result;
}

/// What no values at all become. Integers have no infinity.
template <typename Number> static Number initial(seg::ReduceKind kind) {
  using Limits = std::numeric_limits<Number>;
  switch (kind) {
  case seg::ReduceKind::Max:
    return Limits::has_infinity ? -Limits::infinity() : Limits::min();
  case seg::ReduceKind::Min:
    return Limits::has_infinity ? Limits::infinity() : Limits::max();
  case seg::ReduceKind::Prod:
    return 1;
  default:
    return 0;
  }
}

/// Adds one more value to what several have become so far.
static double combine(seg::ReduceKind kind, double sum, double x) {
  switch (kind) {
  case seg::ReduceKind::Sum:
  case seg::ReduceKind::Mean:
    return sum + x;
  case seg::ReduceKind::Max:
    return x > sum || std::isnan(x) ? x : sum;
  case seg::ReduceKind::Min:
    return x < sum || std::isnan(x) ? x : sum;
  case seg::ReduceKind::Prod:
    return sum * x;
  case seg::ReduceKind::L1:
    return sum + std::fabs(x);
  case seg::ReduceKind::L2:
  case seg::ReduceKind::SumSquare:
    return sum + x * x;
  }
  llvm_unreachable("unknown reduce kind");
}

/// The same of integers. They are added and multiplied without sign, where overflow is defined to
/// wrap.
static int64_t combine(seg::ReduceKind kind, int64_t sum, int64_t x, bool isLarge) {
  // Unsigned numbers of 64 bits are in order once their highest bit is turned.
  const int64_t turned = isLarge ? std::numeric_limits<int64_t>::min() : 0;
  auto a = static_cast<uint64_t>(sum), b = static_cast<uint64_t>(x);
  switch (kind) {
  case seg::ReduceKind::Sum:
  case seg::ReduceKind::Mean:
    return static_cast<int64_t>(a + b);
  case seg::ReduceKind::Max:
    return std::max(sum ^ turned, x ^ turned) ^ turned;
  case seg::ReduceKind::Min:
    return std::min(sum ^ turned, x ^ turned) ^ turned;
  case seg::ReduceKind::Prod:
    return static_cast<int64_t>(a * b);
  case seg::ReduceKind::L1:
    return static_cast<int64_t>(x < 0 && !isLarge ? a - b : a + b);
  case seg::ReduceKind::L2:
  case seg::ReduceKind::SumSquare:
    return static_cast<int64_t>(a + b * b);
  }
  llvm_unreachable("unknown reduce kind");
}

Results evaluate(seg::ReduceOp op, const Arguments &in) {
  const Tensor &input = in[op.getInput()];
  auto axes = op.getAxes();
  seg::ReduceKind kind = op.getKind();
  Tensor output =
      Tensor::zeros(input.elementType, reducedShape(input.shape, axes, op.getKeepDims()));
  // Elements that differ only along `axes` have the same place in the result.
  SmallVector<int64_t> strides =
      broadcastStrides(reducedShape(input.shape, axes, true), input.shape);
  std::vector<double> reals(output.size(), initial<double>(kind));
  bool isLarge = input.elementType.isUnsignedInteger(64);
  int64_t none = isLarge ? static_cast<int64_t>(initial<uint64_t>(kind)) : initial<int64_t>(kind);
  std::vector<int64_t> integers(output.size(), none), counts(output.size(), 0);
  int64_t i = 0;
  forEachIndex(input.shape, [&](ArrayRef<int64_t> at) {
    int64_t place = offsetOf(at, strides);
    ++counts[place];
    if (input.isFloat())
      reals[place] = combine(kind, reals[place], static_cast<double>(input.floats[i]));
    else
      integers[place] = combine(kind, integers[place], input.ints[i], isLarge);
    ++i;
  });
  for (int64_t place = 0; place < output.size(); ++place) {
    if (kind == seg::ReduceKind::Mean) {
      if (!input.isFloat() && counts[place] == 0)
        return in.error("a mean of no integers");
      reals[place] /= static_cast<double>(counts[place]);
      integers[place] /= std::max<int64_t>(counts[place], 1);
    } else if (kind == seg::ReduceKind::L2) {
      reals[place] = std::sqrt(reals[place]);
      integers[place] = static_cast<int64_t>(std::sqrt(static_cast<double>(integers[place])));
    }
    if (input.isFloat())
      output.floats[place] = static_cast<float>(reals[place]);
    else
      output.ints[place] = wrapTo(input.elementType, integers[place]);
  }
  return single(std::move(output));
}

/// Calls `visit` with the first element and the distance of elements of every line along `axis`.
static void forEachLine(ArrayRef<int64_t> shape, int64_t axis,
                        llvm::function_ref<void(int64_t first, int64_t stride)> visit) {
  SmallVector<int64_t> strides = rowMajorStrides(shape);
  SmallVector<int64_t> lines(shape);
  lines[axis] = 1;
  forEachIndex(lines, [&](ArrayRef<int64_t> at) { visit(offsetOf(at, strides), strides[axis]); });
}

Results evaluate(seg::SoftmaxOp op, const Arguments &in) {
  const Tensor &input = in[op.getInput()];
  int64_t axis = op.getAxis(), extent = input.shape[axis];
  Tensor output = input;
  forEachLine(input.shape, axis, [&](int64_t first, int64_t stride) {
    // The largest value is subtracted, so that no exponential overflows.
    double largest = -std::numeric_limits<double>::infinity(), sum = 0;
    for (int64_t i = 0; i < extent; ++i)
      largest = std::max<double>(largest, input.floats[first + i * stride]);
    for (int64_t i = 0; i < extent; ++i)
      sum += std::exp(input.floats[first + i * stride] - largest);
    for (int64_t i = 0; i < extent; ++i) {
      double x = input.floats[first + i * stride] - largest;
      output.floats[first + i * stride] =
          static_cast<float>(op.getLog() ? x - std::log(sum) : std::exp(x) / sum);
    }
  });
  return single(std::move(output));
}

Results evaluate(seg::ArgMaxOp op, const Arguments &in) {
  const Tensor &input = in[op.getInput()];
  int64_t axis = op.getAxis(), extent = input.shape[axis];
  Tensor output = Tensor::zeros(IntegerType::get(op.getContext(), 64),
                                reducedShape(input.shape, axis, op.getKeepDims()));
  auto larger = [&](int64_t a, int64_t b) {
    if (input.elementType.isUnsignedInteger(64))
      return static_cast<uint64_t>(input.ints[a]) > static_cast<uint64_t>(input.ints[b]);
    return input.isFloat() ? input.floats[a] > input.floats[b] : input.ints[a] > input.ints[b];
  };
  int64_t to = 0;
  forEachLine(input.shape, axis, [&](int64_t first, int64_t stride) {
    int64_t best = 0;
    for (int64_t i = 1; i < extent; ++i) {
      int64_t here = first + i * stride, there = first + best * stride;
      if (op.getSelectLast() ? !larger(there, here) : larger(here, there))
        best = i;
    }
    output.ints[to++] = best;
  });
  return single(std::move(output));
}

Results evaluate(seg::CumSumOp op, const Arguments &in) {
  const Tensor &input = in[op.getInput()];
  int64_t axis = op.getAxis(), extent = input.shape[axis];
  Tensor output = Tensor::zeros(input.elementType, input.shape);
  forEachLine(input.shape, axis, [&](int64_t first, int64_t stride) {
    double sum = 0;
    uint64_t wrapped = 0;
    for (int64_t i = 0; i < extent; ++i) {
      int64_t at = first + (op.getReverse() ? extent - 1 - i : i) * stride;
      auto store = [&] {
        if (input.isFloat())
          output.floats[at] = static_cast<float>(sum);
        else
          output.ints[at] = wrapTo(input.elementType, static_cast<int64_t>(wrapped));
      };
      if (op.getExclusive())
        store();
      if (input.isFloat())
        sum += input.floats[at];
      else
        wrapped += static_cast<uint64_t>(input.ints[at]);
      if (!op.getExclusive())
        store();
    }
  });
  return single(std::move(output));
}

Results evaluate(seg::MatmulOp op, const Arguments &in) {
  const Tensor &lhs = in[op.getLhs()], &rhs = in[op.getRhs()];
  int64_t inner = lhs.shape.back();
  if (rhs.shape[rhs.rank() - 2] != inner)
    return in.error("a matrix of " + Twine(inner) + " columns does not fit one of " +
                    Twine(rhs.shape[rhs.rank() - 2]) + " rows");
  auto shape = in.resultShape();
  if (!shape)
    return shape.takeError();
  Tensor output = Tensor::zeros(lhs.elementType, *shape);
  // Along the result's columns the left matrix stays, along its rows the right one does.
  SmallVector<int64_t> lhsShape(lhs.shape), rhsShape(rhs.shape);
  lhsShape.back() = 1;
  rhsShape[rhs.rank() - 2] = 1;
  SmallVector<int64_t> lhsStrides = broadcastStrides(lhsShape, *shape);
  SmallVector<int64_t> rhsStrides = broadcastStrides(rhsShape, *shape);
  // What was computed for one column holds for the whole matrices: rescale to their true strides.
  size_t rank = shape->size();
  for (size_t axis = 0; axis + 1 < rank; ++axis)
    lhsStrides[axis] *= inner;
  for (size_t axis = 0; axis + 2 < rank; ++axis)
    rhsStrides[axis] *= inner;
  int64_t columns = rhs.shape.back(), i = 0;
  forEachIndex(*shape, [&](ArrayRef<int64_t> at) {
    int64_t left = offsetOf(at, lhsStrides), right = offsetOf(at, rhsStrides);
    double sum = 0;
    uint64_t integerSum = 0; // wraps
    for (int64_t k = 0; k < inner; ++k) {
      if (lhs.isFloat())
        sum += static_cast<double>(lhs.floats[left + k]) * rhs.floats[right + k * columns];
      else
        integerSum += static_cast<uint64_t>(lhs.ints[left + k]) *
                      static_cast<uint64_t>(rhs.ints[right + k * columns]);
    }
    if (lhs.isFloat())
      output.floats[i++] = static_cast<float>(sum);
    else
      output.ints[i++] = wrapTo(lhs.elementType, static_cast<int64_t>(integerSum));
  });
  return single(std::move(output));
}

} // namespace segc::interpreter
