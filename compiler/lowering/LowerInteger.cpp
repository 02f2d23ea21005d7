//===- LowerInteger.cpp - seg.conv2d_integer, seg.matmul_integer -*- C++ -*-===//

#include "compiler/lowering/ProgramBuilder.h"

#include "compiler/kernels/Scalar.h"
#include "schedules/cpu/Integer.h"
#include "schedules/cuda/Plain.h"

#include <fmt/format.h>

using namespace mlir;

namespace segc {

using mlir::Value;
using seg::DimAttr;
using seg::TensorType;

/// `count` values from a tensor that has as many, or one.
static StridedBinding repeated(ProgramBuilder &builder, Value value, DimAttr count) {
  auto *context = count.getContext();
  bool isSingle = typeOf(value).getRank() == 0 || typeOf(value).getDim(0).isConstant(1);
  return builder.strided(value, DimAttr::constant(context, 0), {count},
                         {DimAttr::constant(context, isSingle ? 0 : 1)});
}

LogicalResult lowerConv2dInteger(seg::Conv2dIntegerOp op, ProgramBuilder &builder) {
  TensorType input = typeOf(op.getInput()), weight = typeOf(op.getWeight()), result = typeOf(op);
  auto *context = op.getContext();
  DimAttr one = DimAttr::constant(context, 1);
  auto strides = op.getStrides(), dilations = op.getDilations(), pads = op.getPads();
  const bool isGrouped = op.getGroups() > 1;
  ConvIntegerSpec spec;
  WidenSpec widen{halideType(input.getElementType())};
  spec.weightType = halideType(weight.getElementType());
  spec.imageType = widened(widen.type);
  spec.strideY = static_cast<int>(strides[0]);
  spec.strideX = static_cast<int>(strides[1]);

  // As many columns as whole tiles read.
  int64_t columns =
      builder.target().visit([](const auto &target) { return convIntegerColumns(target); });
  SmallVector<DimAttr> extents{input.getDim(0), input.getDim(1)};
  for (int i = 0; i < 2; ++i) {
    int64_t slack = i == 0 ? 0 : (columns - 1) * strides[1];
    int64_t span = (weight.getDim(2 + i).getValue() - 1) * dilations[i] + 1;
    extents.push_back((result.getDim(2 + i) - 1) * strides[i] + (span + slack));
  }
  auto wide = IntegerType::get(context, static_cast<unsigned>(spec.imageType.bits()));
  DenseBinding image = builder.scratch(TensorType::get(context, extents, wide), "image");
  int widenKernel = builder.kernel("widen" + elementName(widen.type),
                                   [&](const auto &target) { return buildWiden(widen, target); });
  builder.call(widenKernel,
               {builder.dense(op.getInput()), builder.dense(op.getInputZero(), one),
                builder.integer(pads[0]), builder.integer(pads[1]), image},
               /*perImage=*/false);
  int kernel = builder.kernel(
      fmt::format("conv_integer{},{},{},{},{}", elementName(spec.imageType),
                  elementName(spec.weightType), spec.strideY, spec.strideX, isGrouped),
      [&](const auto &target) { return buildConvInteger(spec, isGrouped, target); });
  builder.call(kernel,
               {image, builder.dense(op.getWeight()),
                repeated(builder, op.getWeightZero(), weight.getDim(0)),
                builder.integer(dilations[0]), builder.integer(dilations[1]),
                builder.integer(weight.getDim(0).getValue() / static_cast<int64_t>(op.getGroups())),
                builder.dense(op.getOutput())},
               /*perImage=*/false);
  return success();
}

LogicalResult lowerMatmulInteger(seg::MatmulIntegerOp op, ProgramBuilder &builder) {
  auto factors = matrixFactors(op, op.getLhs(), op.getRhs(), builder);
  if (failed(factors))
    return failure();
  MatMulIntegerSpec spec{halideType(typeOf(op.getLhs()).getElementType()),
                         halideType(typeOf(op.getRhs()).getElementType()),
                         halideType(typeOf(op).getElementType())};
  // Zeros of the rows go with the rows of one matrix.
  TensorType lhs = typeOf(op.getLhs());
  bool hasRowZeros =
      typeOf(op.getLhsZero()).getRank() == 1 && !typeOf(op.getLhsZero()).getDim(0).isConstant(1);
  if (hasRowZeros && factors->rows != lhs.getDim(lhs.getRank() - 2))
    return op.emitError("a zero for each row of several matrices is not supported");
  int kernel = builder.kernel(fmt::format("matmul_integer{},{},{}", elementName(spec.lhsType),
                                          elementName(spec.rhsType), elementName(spec.type)),
                              [&](const auto &target) { return buildMatMulInteger(spec, target); });
  builder.call(kernel,
               {factors->lhs, factors->rhs, repeated(builder, op.getLhsZero(), factors->rows),
                repeated(builder, op.getRhsZero(), typeOf(op.getRhs()).getShape().back()),
                factors->output},
               /*perImage=*/false);
  return success();
}

} // namespace segc
