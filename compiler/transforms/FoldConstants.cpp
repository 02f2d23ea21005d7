//===- FoldConstants.cpp - evaluate what does not depend on the input -*- C++ -*-===//
//
// One walk over the block, in order, so that an op sees its operands already
// simplified:
//
//   1. an op that does nothing is replaced by its operand;
//   2. an op whose operands are known is evaluated. The value is kept aside; it
//      becomes a constant only when an op that stays needs it, so that a chain of
//      ops on weights leaves one new constant behind, not one a step;
//   3. all other ops stay.
//
// Ops without uses are erased at the end.
//
//===----------------------------------------------------------------------===//

#include "compiler/interpreter/Interpreter.h"
#include "compiler/transforms/ChannelConstant.h"
#include "compiler/transforms/Passes.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/TypeSwitch.h"

#include <limits>

namespace segc {
#define GEN_PASS_DEF_FOLDCONSTANTS
#include "compiler/transforms/Passes.h.inc"
} // namespace segc

using namespace llvm;
using namespace mlir;

namespace segc {
namespace {

bool allZero(ArrayAttr dims) {
  return all_of(seg::dims(dims), [](seg::DimAttr dim) { return dim.isConstant(0); });
}

bool allEqual(ArrayRef<int64_t> values, int64_t value) {
  return all_of(values, [=](int64_t each) { return each == value; });
}

template <typename OpTy> bool poolsSinglePixels(OpTy op) {
  return allEqual(op.getKernel(), 1) && allEqual(op.getStrides(), 1) && allEqual(op.getPads(), 0);
}

/// Whether a resize to the same extents samples every pixel where it is.
bool resizesNothing(seg::ResizeOp op) {
  if (op.getCoordinates() == seg::CoordinateMode::TfHalfPixelForNn ||
      op.getCoordinates() == seg::CoordinateMode::TfCropAndResize)
    return false;
  return !op.getScales() || all_of(*op.getScales(), [](float scale) { return scale == 1; });
}

/// Whether a function returns its operand. A clip to all floats is taken for one, though it makes
/// infinities finite.
bool isIdentityFunction(seg::ActAttr fn) {
  return fn.getKind() == seg::UnaryKind::Identity ||
         (fn.getKind() == seg::UnaryKind::Clip &&
          fn.getAlpha() <= std::numeric_limits<float>::lowest() &&
          fn.getBeta() >= std::numeric_limits<float>::max());
}

/// The operand that a sum with 0 or a product with 1 is equal to.
Value neutralOperand(seg::BinaryOp op) {
  auto is = [](Value operand, float value) {
    auto uniform = uniformValue(operand);
    return uniform && *uniform == value;
  };
  switch (op.getKind()) {
  case seg::BinaryKind::Add:
    if (is(op.getLhs(), 0))
      return op.getRhs();
    return is(op.getRhs(), 0) ? op.getLhs() : Value();
  case seg::BinaryKind::Sub:
    return is(op.getRhs(), 0) ? op.getLhs() : Value();
  case seg::BinaryKind::Mul:
    if (is(op.getLhs(), 1))
      return op.getRhs();
    return is(op.getRhs(), 1) ? op.getLhs() : Value();
  case seg::BinaryKind::Div:
    return is(op.getRhs(), 1) ? op.getLhs() : Value();
  default:
    return {};
  }
}

/// The operand that the op's result equals, if the types are the same.
Value unchangedOperand(Operation *op) {
  Value operand =
      llvm::TypeSwitch<Operation *, Value>(op)
          .Case<seg::ReshapeOp, seg::BroadcastOp, seg::CastOp>(
              [](auto shaped) { return shaped.getInput(); })
          .Case([](seg::UnaryOp unary) {
            return isIdentityFunction(unary.getFn()) ? unary.getInput() : Value();
          })
          .Case([](seg::BinaryOp binary) { return neutralOperand(binary); })
          .Case([](seg::TransposeOp transpose) {
            ArrayRef<int64_t> order = transpose.getPermutation();
            return is_sorted(order) ? transpose.getInput() : Value();
          })
          .Case([](seg::SliceOp slice) {
            return allZero(slice.getStarts()) && allEqual(slice.getSteps(), 1) ? slice.getInput()
                                                                               : Value();
          })
          .Case([](seg::PadOp pad) {
            return allZero(pad.getLow()) && allZero(pad.getHigh()) ? pad.getInput() : Value();
          })
          .Case([](seg::ConcatOp concat) {
            return concat.getInputs().size() == 1 ? concat.getInputs().front() : Value();
          })
          .Case([](seg::ResizeOp resize) {
            return resizesNothing(resize) ? resize.getInput() : Value();
          })
          .Case([](seg::ReduceOp reduce) {
            // L1, L2 and the sum of squares change even a single value. The axes have an extent
            // of 1, since the type did not change.
            return reduce.getKind() <= seg::ReduceKind::Prod ? reduce.getInput() : Value();
          })
          .Case<seg::MaxPool2dOp, seg::AvgPool2dOp>(
              [](auto pool) { return poolsSinglePixels(pool) ? pool.getInput() : Value(); })
          .Default([](Operation *) { return Value(); });
  return operand && operand.getType() == op->getResult(0).getType() ? operand : Value();
}

/// Lets a reshape or transpose of another one read the first one's input.
void skipPredecessor(Operation *op) {
  if (auto reshape = dyn_cast<seg::ReshapeOp>(op)) {
    if (auto first = reshape.getInput().getDefiningOp<seg::ReshapeOp>())
      reshape.getInputMutable().assign(first.getInput());
  } else if (auto transpose = dyn_cast<seg::TransposeOp>(op)) {
    auto first = transpose.getInput().getDefiningOp<seg::TransposeOp>();
    if (!first)
      return;
    SmallVector<int64_t> order;
    for (int64_t axis : transpose.getPermutation())
      order.push_back(first.getPermutation()[axis]);
    transpose.setPermutation(order);
    transpose.getInputMutable().assign(first.getInput());
  }
}

/// Lets a join leave out the operands that have nothing to add.
void skipEmpty(Operation *op) {
  auto concat = dyn_cast<seg::ConcatOp>(op);
  if (!concat)
    return;
  SmallVector<Value> inputs;
  for (Value input : concat.getInputs())
    if (!cast<seg::TensorType>(input.getType()).getDim(concat.getAxis()).isConstant(0))
      inputs.push_back(input);
  if (!inputs.empty() && inputs.size() < concat.getInputs().size())
    concat.getInputsMutable().assign(inputs);
}

class FoldConstants : public impl::FoldConstantsBase<FoldConstants> {
public:
  using FoldConstantsBase::FoldConstantsBase;

  void runOnOperation() override {
    for (Block &block : getOperation().getBody())
      for (Operation &op : make_early_inc_range(block))
        visit(&op);
    known.clear();
    IRRewriter rewriter(&getContext());
    (void)runRegionDCE(rewriter, getOperation()->getRegions());
  }

private:
  void visit(Operation *op) {
    if (isa<seg::ConstantOp>(op))
      return;
    skipPredecessor(op);
    skipEmpty(op);
    if (op->getNumResults() == 1)
      if (Value operand = unchangedOperand(op)) {
        op->getResult(0).replaceAllUsesWith(operand);
        op->erase();
        ++removed;
        return;
      }
    if (reshapeConstant(op) || evaluate(op))
      return;
    for (OpOperand &operand : op->getOpOperands())
      if (known.count(operand.get()))
        operand.set(materialize(operand.get()));
  }

  /// A reshaped constant shares the first one's memory.
  bool reshapeConstant(Operation *op) {
    auto reshape = dyn_cast<seg::ReshapeOp>(op);
    auto constant = reshape ? reshape.getInput().getDefiningOp<seg::ConstantOp>() : nullptr;
    auto type = reshape ? cast<seg::TensorType>(reshape.getType()) : nullptr;
    if (!constant || !type.hasStaticShape())
      return false;
    auto shape = RankedTensorType::get(type.getStaticShape(), type.getElementType());
    ElementsAttr value;
    if (auto resource = dyn_cast<DenseResourceElementsAttr>(constant.getValue()))
      value = DenseResourceElementsAttr::get(shape, resource.getRawHandle());
    else if (auto dense = dyn_cast<DenseElementsAttr>(constant.getValue()))
      value = dense.reshape(shape);
    else
      return false;
    OpBuilder builder(op);
    reshape.replaceAllUsesWith(builder.create<seg::ConstantOp>(op->getLoc(), value).getResult());
    ++evaluated;
    return true;
  }

  bool evaluate(Operation *op) {
    if (op->getNumOperands() == 0 || !isa<seg::SegDialect>(op->getDialect()))
      return false;
    auto isKnown = [&](Value operand) {
      return known.count(operand) || operand.getDefiningOp<seg::ConstantOp>();
    };
    if (!all_of(op->getOperands(), isKnown) || isTooLarge(op))
      return false;
    std::vector<interpreter::Tensor> constants;
    constants.reserve(op->getNumOperands());
    SmallVector<const interpreter::Tensor *> operands;
    for (Value operand : op->getOperands()) {
      auto found = known.find(operand);
      if (found != known.end()) {
        operands.push_back(&found->second);
        continue;
      }
      auto tensor = interpreter::Tensor::of(operand.getDefiningOp<seg::ConstantOp>().getValue());
      if (!tensor) {
        consumeError(tensor.takeError());
        return false;
      }
      constants.push_back(std::move(*tensor));
      operands.push_back(&constants.back());
    }
    StringMap<int64_t> symbols;
    auto results = interpreter::interpretOp(op, operands, symbols);
    if (!results) { // an integer division by zero, say: it fails when the network runs, too
      consumeError(results.takeError());
      return false;
    }
    for (auto [value, tensor] : zip(op->getResults(), *results))
      known.try_emplace(value, std::move(tensor));
    ++evaluated;
    return true;
  }

  /// Bytes of a tensor, or nothing if its extents are not all known.
  static std::optional<int64_t> byteSize(Type type) {
    auto tensor = cast<seg::TensorType>(type);
    int64_t bytes = (tensor.getElementType().getIntOrFloatBitWidth() + 7) / 8;
    for (int64_t extent : tensor.getStaticShape())
      if (extent < 0 || __builtin_mul_overflow(bytes, extent, &bytes))
        return std::nullopt;
    return bytes;
  }

  bool isTooLarge(Operation *op) {
    int64_t before = 0, after = 0;
    for (Type type : op->getOperandTypes())
      before += byteSize(type).value_or(0);
    for (Type type : op->getResultTypes()) {
      auto bytes = byteSize(type);
      if (!bytes)
        return true;
      after += *bytes;
    }
    return after > std::max<int64_t>(before, largestResult);
  }

  Value materialize(Value value) {
    OpBuilder builder(value.getDefiningOp());
    Value constant =
        builder.create<seg::ConstantOp>(value.getLoc(), known.find(value)->second.toAttribute());
    known.erase(value);
    value.replaceAllUsesWith(constant);
    return constant;
  }

  /// Results of ops that were evaluated and are not constants yet.
  llvm::DenseMap<Value, interpreter::Tensor> known;
};

} // namespace
} // namespace segc
