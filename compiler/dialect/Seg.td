//===- Seg.td - operations of the seg dialect ----------------*- tablegen -*-===//
//
// Feature maps are [N, C, H, W]. Pads are [top, left, bottom, right]; kernels,
// strides and dilations are [vertical, horizontal].
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SEG_OPS
#define SEGC_SEG_OPS

include "SegDialect.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Seg_DimArrayAttr : TypedArrayAttrBase<Seg_DimAttr, "extents"> {}
def Seg_Scalar : AnyTypeOf<[F64, F32, F16, BF16, I64, I32, I16, I8, I1, UI64, UI32, UI16,
                             UI8]>;
def Seg_Value : AnyTypeOf<[Seg_Tensor, Seg_Scalar]>;
class Seg_EnumAttr<EnumAttrInfo choices, string mnemonic>
    : EnumAttr<Seg_Dialect, choices, mnemonic> {
  let assemblyFormat = "`<` $value `>`";
}
def Seg_UnaryKindAttr : Seg_EnumAttr<Seg_UnaryKind, "unary_kind">;
def Seg_BinaryKindAttr : Seg_EnumAttr<Seg_BinaryKind, "binary_kind">;
def Seg_ReduceKindAttr : Seg_EnumAttr<Seg_ReduceKind, "reduce_kind">;
def Seg_ResizeModeAttr : Seg_EnumAttr<Seg_ResizeMode, "resize_mode">;
def Seg_CoordinateModeAttr : Seg_EnumAttr<Seg_CoordinateMode, "coordinates">;
def Seg_NearestModeAttr : Seg_EnumAttr<Seg_NearestMode, "nearest">;
def Seg_PadModeAttr : Seg_EnumAttr<Seg_PadMode, "pad_mode">;

/// An op whose result types follow from its operands and attributes. The verifier
/// compares; layouts are left to the passes that assign them.
def Seg_InferTypes : InferTypeOpAdaptorBase<[{
  static bool isCompatibleReturnTypes(::mlir::TypeRange inferred, ::mlir::TypeRange given) {
    return ::segc::seg::equalButForLayout(inferred, given);
  }
}]>;
class Seg_Op<string mnemonic, list<Trait> traits = []>
    : Op<Seg_Dialect, mnemonic, !listconcat(traits, [Pure, Seg_InferTypes])> {
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def Seg_ConstantOp : Seg_Op<"constant", [ConstantLike]> {
  let summary = "weights and other numbers of the model";
  let description = [{
    Large values are resource blobs that point into the mapped model file.
  }];
  let arguments = (ins ElementsAttr:$value);
  let results = (outs Seg_Tensor:$result);
  let hasFolder = 1;
}

//===----------------------------------------------------------------------===//
// Convolution
//===----------------------------------------------------------------------===//

def Seg_Conv2dOp : Seg_Op<"conv2d", [AttrSizedOperandSegments]> {
  let summary = "convolution, with bias, residual and activation";
  let description = [{
    `activation(conv(input, weight) + bias + residual)`. Weights are
    [OC, IC / groups, KH, KW]; the bias is [OC]; the residual has the result's
    shape. Pads are zeros and may be negative in no direction. With `weight_scale`,
    a factor for each output channel, weights are multiplied by it in double and
    rounded to float32: so folding leaves the model's weights as they are stored.
    The result's height is `(H + top + bottom - (KH - 1) * dilation - 1) / stride + 1`.
  }];
  let arguments = (ins Seg_Tensor:$input, Seg_Tensor:$weight, Optional<Seg_Tensor>:$bias,
    Optional<Seg_Tensor>:$residual,
    DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$dilations, DenseI64ArrayAttr:$pads,
    I64Attr:$groups, OptionalAttr<DenseF64ArrayAttr>:$weight_scale,
    OptionalAttr<Seg_ActAttr>:$activation);
  let results = (outs Seg_Tensor:$output);
}

def Seg_ConvTranspose2dOp : Seg_Op<"conv_transpose2d", [AttrSizedOperandSegments]> {
  let summary = "transposed convolution, with bias, residual and activation";
  let description = [{
    The adjoint of a convolution in its input. Weights are [IC, OC / groups, KH, KW].
    The result's height is
    `(H - 1) * stride - top - bottom + (KH - 1) * dilation + output_padding + 1`.
    Pads may be negative: they then add rows. `weight_scale` as in a convolution.
  }];
  let arguments = (ins Seg_Tensor:$input, Seg_Tensor:$weight, Optional<Seg_Tensor>:$bias,
    Optional<Seg_Tensor>:$residual,
    DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$dilations, DenseI64ArrayAttr:$pads,
    DenseI64ArrayAttr:$output_padding, I64Attr:$groups,
    OptionalAttr<DenseF64ArrayAttr>:$weight_scale, OptionalAttr<Seg_ActAttr>:$activation);
  let results = (outs Seg_Tensor:$output);
}

def Seg_Conv2dIntegerOp : Seg_Op<"conv2d_integer"> {
  let summary = "convolution of integers";
  let description = [{
    The exact sum over the window of `(input - input_zero) * (weight - weight_zero)` as i32,
    which wraps (ONNX ConvInteger). Elements are of 8 bits, or i16. Pads are zeros
    after the subtraction. `input_zero` is a single i32, which an element of the input
    could be, `weight_zero` one, or one for each output channel. Everything else is as in `seg.conv2d`.
  }];
  let arguments = (ins Seg_Tensor:$input, Seg_Tensor:$weight, Seg_Tensor:$input_zero,
    Seg_Tensor:$weight_zero, DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$dilations,
    DenseI64ArrayAttr:$pads, I64Attr:$groups);
  let results = (outs Seg_Tensor:$output);
}

def Seg_BatchNormOp : Seg_Op<"batch_norm"> {
  let summary = "normalisation by recorded statistics";
  let description = [{
    `(input - mean) / sqrt(variance + epsilon) * scale + shift`, per channel.
  }];
  let arguments = (ins Seg_Tensor:$input, Seg_Tensor:$scale, Seg_Tensor:$shift,
    Seg_Tensor:$mean, Seg_Tensor:$variance, F32Attr:$epsilon);
  let results = (outs Seg_Tensor:$output);
}

//===----------------------------------------------------------------------===//
// Pooling
//===----------------------------------------------------------------------===//

def Seg_MaxPool2dOp : Seg_Op<"max_pool2d"> {
  let summary = "largest value of each window";
  let description = [{
    Padding is never the largest. With `ceil_mode` the result's extents are rounded
    up, without windows that would start behind the image and its leading pad.
  }];
  let arguments = (ins Seg_Tensor:$input, DenseI64ArrayAttr:$kernel, DenseI64ArrayAttr:$strides,
    DenseI64ArrayAttr:$dilations, DenseI64ArrayAttr:$pads, BoolAttr:$ceil_mode);
  let results = (outs Seg_Tensor:$output);
}

def Seg_MaxPoolSwitchesOp : Seg_Op<"max_pool2d_switches"> {
  let summary = "largest value of each window, and where it was";
  let description = [{
    The second result counts elements in the whole tensor [N, C, H, W], row-major, or
    with `column_major` with H innermost. The first of equal values wins. With `plane`
    (set by `assign-layouts`) it is i32 and counts within the channel's plane: y * W + x.
  }];
  let arguments = (ins Seg_Tensor:$input, DenseI64ArrayAttr:$kernel, DenseI64ArrayAttr:$strides,
    DenseI64ArrayAttr:$dilations, DenseI64ArrayAttr:$pads, BoolAttr:$ceil_mode,
    BoolAttr:$column_major, UnitAttr:$plane);
  let results = (outs Seg_Tensor:$output, Seg_Tensor:$switches);
}

def Seg_MaxUnpool2dOp : Seg_Op<"max_unpool2d"> {
  let summary = "values put back where max pooling found them, zeros elsewhere";
  let description = [{
    `sizes` is the result's shape [N, C, H, W]. The switches count elements of a
    tensor whose shape is `indexed`: the result's shape without an `output_shape`
    (ONNX), else the shape inferred from kernel, strides and pads. Switches of type i32
    count within a plane of it. Where two values claim one place, the later one in row-major order stays.
  }];
  let arguments = (ins Seg_Tensor:$input, Seg_Tensor:$switches, DenseI64ArrayAttr:$kernel,
    DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads, Seg_DimArrayAttr:$sizes,
    Seg_DimArrayAttr:$indexed);
  let results = (outs Seg_Tensor:$output);
}

def Seg_SwitchesToFlatOp : Seg_Op<"switches_to_flat"> {
  let summary = "i32 switches within a plane, as i64 indices into the whole tensor";
  let description = [{
    `plane` is the pooled tensor's [H, W]. Inserted by `assign-layouts`.
  }];
  let arguments = (ins Seg_Tensor:$input, Seg_DimArrayAttr:$plane, BoolAttr:$column_major);
  let results = (outs Seg_Tensor:$output);
}

def Seg_SwitchesFromFlatOp : Seg_Op<"switches_from_flat"> {
  let summary = "i64 indices into the whole tensor, as i32 switches within a plane";
  let description = [{
    `plane` is the indexed tensor's [H, W]. Inserted by `assign-layouts`.
  }];
  let arguments = (ins Seg_Tensor:$input, Seg_DimArrayAttr:$plane);
  let results = (outs Seg_Tensor:$output);
}

def Seg_AvgPool2dOp : Seg_Op<"avg_pool2d"> {
  let summary = "mean of each window";
  let description = [{
    With `count_include_pad` the divisor counts pads (but nothing beyond them, where
    `ceil_mode` lets a window stand out), else only the image's pixels.
  }];
  let arguments = (ins Seg_Tensor:$input, DenseI64ArrayAttr:$kernel, DenseI64ArrayAttr:$strides,
    DenseI64ArrayAttr:$dilations, DenseI64ArrayAttr:$pads, BoolAttr:$ceil_mode,
    BoolAttr:$count_include_pad);
  let results = (outs Seg_Tensor:$output);
}

//===----------------------------------------------------------------------===//
// Resizing and moving
//===----------------------------------------------------------------------===//

def Seg_ResizeOp : Seg_Op<"resize"> {
  let summary = "interpolation to another height and width";
  let description = [{
    ONNX Resize over H and W. `sizes` is the result's shape [N, C, H, W].

    Coordinates are exact fractions. half_pixel, half_pixel_symmetric,
    pytorch_half_pixel, asymmetric and tf_half_pixel_for_nn divide by `scales` (vertical, horizontal) where given, else by
    the ratios of the extents. A given scale is the simplest fraction that rounds to its
    float: 0.6 is 3/5. The specification's `length_resized`, in align_corners,
    tf_crop_and_resize and pytorch_half_pixel, is the result's extent, also where a given
    scale times the input's extent is not whole. `roi` is [y0, x0, y1, x1] for
    tf_crop_and_resize.
  }];
  let arguments = (ins Seg_Tensor:$input, Seg_DimArrayAttr:$sizes,
    OptionalAttr<DenseF32ArrayAttr>:$scales,
    Seg_ResizeModeAttr:$mode, Seg_CoordinateModeAttr:$coordinates, Seg_NearestModeAttr:$nearest,
    DefaultValuedAttr<F32Attr, "-0.75f">:$cubic_coeff_a,
    DefaultValuedAttr<BoolAttr, "false">:$exclude_outside,
    DefaultValuedAttr<F32Attr, "0.0f">:$extrapolation,
    OptionalAttr<DenseF32ArrayAttr>:$roi);
  let results = (outs Seg_Tensor:$output);
}

def Seg_ConcatOp : Seg_Op<"concat"> {
  let summary = "tensors joined along one axis";
  let arguments = (ins Variadic<Seg_Tensor>:$inputs, I64Attr:$axis);
  let results = (outs Seg_Tensor:$output);
}

def Seg_SliceOp : Seg_Op<"slice"> {
  let summary = "a part of a tensor: crop";
  let description = [{
    Element i of the result along an axis is element `start + i * step` of the input.
    `starts` and `sizes` are expressions, one an axis; steps may be negative, not zero.
  }];
  let arguments = (ins Seg_Tensor:$input, Seg_DimArrayAttr:$starts, Seg_DimArrayAttr:$sizes,
    DenseI64ArrayAttr:$steps);
  let results = (outs Seg_Tensor:$output);
}

def Seg_PadOp : Seg_Op<"pad"> {
  let summary = "a tensor with a border";
  let description = [{
    `low` and `high` are expressions, one an axis; negative ones crop. `reflect` leaves out
    the edge itself; `edge` repeats it.
  }];
  let arguments = (ins Seg_Tensor:$input, Seg_DimArrayAttr:$low, Seg_DimArrayAttr:$high,
    Seg_PadModeAttr:$mode, DefaultValuedAttr<F32Attr, "0.0f">:$value);
  let results = (outs Seg_Tensor:$output);
}

def Seg_ReshapeOp : Seg_Op<"reshape"> {
  let summary = "the same elements in row-major order under another shape";
  let description = [{
    Flatten, Squeeze and Unsqueeze are this too. That both shapes have the same number of
    elements is checked here if it can be proved, else when the network runs.
  }];
  let arguments = (ins Seg_Tensor:$input, Seg_DimArrayAttr:$shape);
  let results = (outs Seg_Tensor:$output);
}

def Seg_TransposeOp : Seg_Op<"transpose"> {
  let summary = "axes in another order";
  let description = [{ Axis i of the result is axis `permutation[i]` of the input. }];
  let arguments = (ins Seg_Tensor:$input, DenseI64ArrayAttr:$permutation);
  let results = (outs Seg_Tensor:$output);
}

def Seg_ViewOp : Seg_Op<"view"> {
  let summary = "elements at places that are affine in the result's indices";
  let description = [{
    What slices, transposes and sliding windows have in common. With indices i of the result,
    the element comes from index `starts[a] + sum_r i[r] * steps[r * rank + a]` of the input's
    axis a, where rank is the input's: `steps` has a row for each axis of the result. An axis
    of the input that several axes of the result step along is seen through windows; an axis
    of the result that steps along several of the input is their diagonal.

    ```mlir
    // windows of 3 rows: result[i, k, x] = input[i + k, x]
    %y = seg.view %x {starts = [#seg.dim<0>, #seg.dim<0>], steps = array<i64: 1, 0, 1, 0, 0, 1>,
                      shape = [#seg.dim<"h - 2">, #seg.dim<3>, #seg.dim<w>]}
        : (!seg.tensor<[h, w], f32>) -> !seg.tensor<["h - 2", 3, w], f32>
    ```
  }];
  let arguments = (ins Seg_Tensor:$input, Seg_DimArrayAttr:$starts, DenseI64ArrayAttr:$steps,
    Seg_DimArrayAttr:$shape);
  let results = (outs Seg_Tensor:$output);
}

def Seg_BroadcastOp : Seg_Op<"broadcast"> {
  let summary = "a tensor repeated along axes of extent 1 (ONNX Expand)";
  let arguments = (ins Seg_Tensor:$input, Seg_DimArrayAttr:$shape);
  let results = (outs Seg_Tensor:$output);
}

//===----------------------------------------------------------------------===//
// Elementwise
//===----------------------------------------------------------------------===//

def Seg_UnaryOp : Seg_Op<"unary"> {
  let summary = "a function of each value";
  let description = [{
    On a tensor, or on a scalar inside `seg.map`. Of integers: identity, relu, abs, neg, sign,
    not, and what rounds, which leaves them alone. The result of is_nan and is_inf is i1.
  }];
  let arguments = (ins Seg_Value:$input, Seg_ActAttr:$fn);
  let results = (outs Seg_Value:$output);
}

def Seg_BinaryOp : Seg_Op<"binary"> {
  let summary = "a function of each pair of values";
  let description = [{
    Shapes broadcast as in ONNX (and numpy): aligned at the last axis, extents of 1
    are repeated. Two extents that are expressions and not the same are taken to
    be equal, which the generated code checks. On scalars inside `seg.map` too.

    Both operands have one element type, and so has the result, but for comparisons, whose
    result is i1. Integers wrap. Their quotients are rounded towards zero; x / 0 and the
    remainder of x by 0 are 0. An integer power with a negative exponent is 0 unless the base
    is 1 or -1, and an exponent above 63 counts as 63. Shifts by as many bits as there are, or
    more, give 0 (of a negative number to the right -1). Truth values are ordered:
    false is less than true.
  }];
  let arguments = (ins Seg_Value:$lhs, Seg_Value:$rhs, Seg_BinaryKindAttr:$kind);
  let results = (outs Seg_Value:$output);
}

def Seg_SelectOp : Seg_Op<"select"> {
  let summary = "one of two values, by a truth value";
  let description = [{
    `condition ? lhs : rhs` for each element (ONNX Where); shapes broadcast as for `seg.binary`.
    On scalars inside `seg.map` too.
  }];
  let arguments = (ins Seg_Value:$condition, Seg_Value:$lhs, Seg_Value:$rhs);
  let results = (outs Seg_Value:$output);
}

def Seg_MapOp : Op<Seg_Dialect, "map", [Pure, SingleBlock]> {
  let summary = "a fused group of elementwise ops";
  let description = [{
    The region computes one element of the result from one element of each operand
    (its block arguments), with `seg.unary`, `seg.binary`, `seg.select` and `seg.cast` on
    scalars, and ends in `seg.yield`. Operands broadcast as for `seg.binary`. The result type is given.
  }];
  let arguments = (ins Variadic<Seg_Tensor>:$inputs);
  let results = (outs Seg_Tensor:$output);
  let regions = (region SizedRegion<1>:$body);
  let hasVerifier = 1;
  let assemblyFormat = "$inputs attr-dict-with-keyword $body `:` functional-type(operands, results)";
}

def Seg_YieldOp : Op<Seg_Dialect, "yield", [Pure, Terminator, ParentOneOf<["MapOp"]>]> {
  let summary = "the value of a `seg.map` for one element";
  let arguments = (ins Seg_Scalar:$value);
  let assemblyFormat = "$value attr-dict `:` type($value)";
}

def Seg_CastOp : Seg_Op<"cast"> {
  let summary = "another element type";
  let description = [{
    Floats become integers by truncation towards zero; what is out of range becomes the nearest
    integer, NaN 0. Integers wrap. Every number but 0 is true. f16, bf16 and f64 are how callers
    hold tensors: all is computed in f32, and casts from and to f32 are the only ops on them.
  }];
  let arguments = (ins Seg_Value:$input, TypeAttr:$to);
  let results = (outs Seg_Value:$output);
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

def Seg_ReduceOp : Seg_Op<"reduce"> {
  let summary = "several values become one, along axes";
  let description = [{
    Global pooling is this over axes 2 and 3 with `keep_dims`. Axes are sorted, not negative.
  }];
  let arguments = (ins Seg_Tensor:$input, Seg_ReduceKindAttr:$kind, DenseI64ArrayAttr:$axes,
    BoolAttr:$keep_dims);
  let results = (outs Seg_Tensor:$output);
}

def Seg_SoftmaxOp : Seg_Op<"softmax"> {
  let summary = "exp(x) over its sum along an axis";
  let description = [{ With `log`, the logarithm of that. }];
  let arguments = (ins Seg_Tensor:$input, I64Attr:$axis, DefaultValuedAttr<BoolAttr, "false">:$log);
  let results = (outs Seg_Tensor:$output);
}

def Seg_ArgMaxOp : Seg_Op<"argmax"> {
  let summary = "where along an axis the largest value is";
  let description = [{
    Of equal values the first, or with `select_last` the last. The result is i64.
  }];
  let arguments = (ins Seg_Tensor:$input, I64Attr:$axis, BoolAttr:$keep_dims,
    DefaultValuedAttr<BoolAttr, "false">:$select_last);
  let results = (outs Seg_Tensor:$output);
}

def Seg_CumSumOp : Seg_Op<"cumsum"> {
  let summary = "running sums along an axis";
  let description = [{
    Element i along the axis is the sum of elements 0 to i of the input, with `exclusive` of
    those before i. With `reverse` it is the sum of elements i (or those behind i) to the last.
  }];
  let arguments = (ins Seg_Tensor:$input, I64Attr:$axis,
    DefaultValuedAttr<BoolAttr, "false">:$exclusive, DefaultValuedAttr<BoolAttr, "false">:$reverse);
  let results = (outs Seg_Tensor:$output);
}

def Seg_DenseCrfOp : Seg_Op<"dense_crf"> {
  let summary = "mean field of a fully connected conditional random field";
  let description = [{
    Krähenbühl and Koltun, "Efficient Inference in Fully Connected CRFs with Gaussian Edge
    Potentials" (NIPS 2011). `scores` [N, L, H, W] are the negative unary energies, `image`
    [N, C, H, W], of 1 to 4 channels (grey, depth, colour, colour and depth), is in the units
    of `bilateral_sigma_rgb`. With pixel positions p in pixels and colours I,

        k1(i, j) = exp(-|p_i - p_j|^2 / 2 bilateral_sigma_xy^2
                       -|I_i - I_j|^2 / 2 bilateral_sigma_rgb^2)
        k2(i, j) = exp(-|p_i - p_j|^2 / 2 spatial_sigma^2)

    and n_m(i) = sum_j k_m(i, j), each iteration computes from Q = softmax(scores)

        message_m(i) = sum_j k_m(i, j) / sqrt(n_m(i) n_m(j)) Q(j)
        M = bilateral_weight message_1 + spatial_weight message_2
        Q = softmax(scores - compatibility M)

    The weights have one element, or one a label (then the rows of M are weighted one by
    one). Without `compatibility` [L, L] the labels are those of the Potts model, which
    charges each label for the mass of the others; that equals crediting it for its own:
    Q = softmax(scores + M).

    With L = 2 this is the mean field of the binary energy of Boykov and Jolly (ICCV 2001):
    the scores are the negative costs of the two labels, and boundary costs fall with colour
    difference and distance.

    The result is Q after the last iteration, [N, L, H, W], or with `labels` the label of its
    largest element (the first of equal ones), i64 [N, 1, H, W]. The interpreter sums over all
    pairs of pixels; generated code filters on permutohedral lattices, which approximate
    the kernels.

    With `keep_history` there are two more results, f32 [N, iterations * L, H, W]: what softmax
    is applied to, and Q, after every iteration.
  }];
  let arguments = (ins Seg_Tensor:$scores, Seg_Tensor:$image,
    Optional<Seg_Tensor>:$compatibility, I64Attr:$iterations, F32Attr:$bilateral_sigma_xy,
    F32Attr:$bilateral_sigma_rgb, DenseF32ArrayAttr:$bilateral_weights, F32Attr:$spatial_sigma,
    DenseF32ArrayAttr:$spatial_weights, UnitAttr:$labels, UnitAttr:$keep_history);
  let results = (outs Seg_Tensor:$output, Variadic<Seg_Tensor>:$history);
}

def Seg_MatmulOp : Seg_Op<"matmul"> {
  let summary = "matrix product of the last two axes";
  let description = [{ Leading axes broadcast as in ONNX MatMul. }];
  let arguments = (ins Seg_Tensor:$lhs, Seg_Tensor:$rhs);
  let results = (outs Seg_Tensor:$output);
}

def Seg_MatmulIntegerOp : Seg_Op<"matmul_integer"> {
  let summary = "matrix product of integers";
  let description = [{
    The exact product of `lhs - lhs_zero` and `rhs - rhs_zero`, which wraps (ONNX MatMulInteger). Of
    elements of 8 and 16 bits the result is i32, of wider ones their type, and so are the
    zeros: a single one, or one for each row of `lhs` and each column of `rhs`. Leading axes
    broadcast as in `seg.matmul`.
  }];
  let arguments = (ins Seg_Tensor:$lhs, Seg_Tensor:$rhs, Seg_Tensor:$lhs_zero,
    Seg_Tensor:$rhs_zero);
  let results = (outs Seg_Tensor:$output);
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

def Seg_ConvertLayoutOp : Op<Seg_Dialect, "convert_layout", [Pure]> {
  let summary = "the same feature map, laid out another way";
  let description = [{ Inserted by `assign-layouts`. Operand and result differ in layout only. }];
  let arguments = (ins Seg_Tensor:$input);
  let results = (outs Seg_Tensor:$output);
  let hasVerifier = 1;
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

include "SegIndexing.td"
include "SegCounting.td"
include "SegSampling.td"
include "SegRecurrent.td"

#endif
