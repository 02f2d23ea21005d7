//===- Passes.td - graph passes of segc ----------------------*- tablegen -*-===//
//
// One def for each pass. The implementation is in the .cpp file of the same name,
// its test in tests/transforms, and docs are generated from what is written here.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_TRANSFORMS_PASSES
#define SEGC_TRANSFORMS_PASSES

include "mlir/Pass/PassBase.td"

//===----------------------------------------------------------------------===//
// Folding
//===----------------------------------------------------------------------===//

def FoldConstants : Pass<"fold-constants", "::mlir::func::FuncOp"> {
  let summary = "evaluate what does not depend on the input";
  let description = [{
    Runs every op whose operands are all constants in the reference interpreter and
    puts the result in its place, unless that result would be larger than both
    `largest-result` bytes and the operands together: an expanded scalar stays an op.

    Ops that do nothing are replaced by their operand: a reshape, broadcast, resize
    or cast to the type that the operand has, a transpose that keeps the order, a
    slice of everything, a pad of nothing, a concat of one tensor, a reduction of
    axes of extent 1, the identity function, an addition of 0 and a multiplication
    by 1. Two reshapes in a row become one, and so do two transposes.

    ```mlir
    %0 = seg.unary %weights {fn = #seg.act<sqrt>}   // becomes a constant
    %1 = seg.transpose %x {permutation = array<i64: 0, 1, 2, 3>}   // becomes %x
    ```
  }];
  let options = [
    Option<"largestResult", "largest-result", "int64_t", "1 << 20",
           "Bytes that a result may have even if its operands have fewer.">
  ];
  let statistics = [
    Statistic<"evaluated", "evaluated", "Ops replaced by constants">,
    Statistic<"removed", "removed", "Ops that did nothing">
  ];
  let dependentDialects = ["::segc::seg::SegDialect"];
}

def FoldBatchNorm : Pass<"fold-batch-norm", "::mlir::func::FuncOp"> {
  let summary = "put normalisation and scaling of channels into the weights";
  let description = [{
    A `seg.batch_norm` with constant statistics is the function `x * s + t` with

        s = scale / sqrt(variance + epsilon)      t = shift - mean * s

    for each channel. Where x is a convolution with constant weights and bias, which
    has no other use, no residual and no activation, s multiplies the
    `weight_scale` of each output channel and the bias becomes `bias * s + t`.
    Everything is computed in double precision and rounded to float once. The weights
    themselves stay as they are: several convolutions may share them, and they may be
    stored in fewer bits.

    The same is done for a `seg.binary` add, sub, mul or div of a convolution and a
    constant with one value for each channel (or one in all). Several in a row, as
    in Caffe's BatchNorm and Scale layers, are folded one after the other.

    Any other `seg.batch_norm` becomes `seg.binary` mul and add with constants of
    shape [C, 1, 1], which `fuse-elementwise` then joins with its neighbours.
  }];
  let statistics = [
    Statistic<"folded", "folded", "Ops that went into weights">,
    Statistic<"expanded", "expanded", "Batch norms that became mul and add">
  ];
  let dependentDialects = ["::segc::seg::SegDialect"];
}

def FoldPad : Pass<"fold-pad", "::mlir::func::FuncOp"> {
  let summary = "put pads into the windows of the op behind them";
  let description = [{
    A `seg.pad` of constant, not negative extents along H and W alone goes into

    - a `seg.conv2d`, if it pads with zeros;
    - a `seg.avg_pool2d`, if it pads with zeros and every pad pixel counts: pads of the
      pool are none or are counted, and no window stands out at the end;
    - a `seg.max_pool2d`, if it pads with minus infinity (or the lowest float), or with
      zeros where the input comes from a relu and is not negative; not in ceil mode,
      where the pad decides how many windows there are.

    The pad itself is removed if nothing else uses it.
  }];
  let statistics = [Statistic<"folded", "folded", "Pads that went into windows">];
  let dependentDialects = ["::segc::seg::SegDialect"];
}

//===----------------------------------------------------------------------===//
// Order of axes
//===----------------------------------------------------------------------===//

def OrderAxes : Pass<"order-axes", "::mlir::func::FuncOp"> {
  let summary = "choose the order of axes, so that few transposes remain";
  let description = [{
    Functions of elements, joins, pads, slices and reductions compute the same in whatever
    order axes are. Values that such ops and transposes connect are ordered together: in the
    order, of those in which ops around make and read them, that leaves the fewest bytes to be
    transposed, if these are fewer than there were. Where they are as many, in the order of
    feature maps, if all the ops have kernels for those. So networks that were made with the
    channels last compute with [N, C, H, W] from their first convolution to the last one.

    A transpose that moves nothing, of [N, C, 1, 1] say, becomes a reshape.

    ```mlir
    // nhwc -> conv -> nhwc, + bias, relu, nhwc -> conv: no transpose is left between
    %1 = seg.transpose %conv {permutation = array<i64: 0, 2, 3, 1>}
    %2 = seg.binary %1, %bias {kind = #seg.binary_kind<add>}
    %3 = seg.transpose %2 {permutation = array<i64: 0, 3, 1, 2>}
    ```
  }];
  let statistics = [
    Statistic<"numOrdered", "ordered", "Groups of values that were ordered">,
    Statistic<"numTransposes", "transposes", "Transposes around them">
  ];
  let dependentDialects = ["::segc::seg::SegDialect"];
}

//===----------------------------------------------------------------------===//
// Fusion
//===----------------------------------------------------------------------===//

def FuseEpilogue : Pass<"fuse-epilogue", "::mlir::func::FuncOp"> {
  let summary = "make bias, residual and activation part of the convolution";
  let description = [{
    A convolution computes `activation(conv + bias + residual)`. Ops behind it are
    taken in, in this order, while the value in between has one use:

    1. an addition of a constant with one value for each channel: the bias;
    2. an addition of a tensor of the result's shape: the residual. It must be
       computed before the convolution, which is moved down to the addition if
       necessary. Of two convolutions that are added, the later one takes the sum;
    3. any `seg.unary`: the activation.
  }];
  let statistics = [
    Statistic<"biases", "biases", "Additions that became a bias">,
    Statistic<"residuals", "residuals", "Additions that became a residual">,
    Statistic<"activations", "activations", "Functions that became an activation">
  ];
  let dependentDialects = ["::segc::seg::SegDialect"];
}

def FuseCrfLabels : Pass<"fuse-crf-labels", "::mlir::func::FuncOp"> {
  let summary = "let a dense CRF write labels";
  let description = [{
    A `seg.argmax` over the classes that alone reads the beliefs of a `seg.dense_crf` becomes
    its `labels` attribute: the last iteration then compares energies, and no belief is
    stored.

    ```mlir
    %0 = seg.dense_crf %scores, %image {...}
    %1 = seg.argmax %0 {axis = 1, keep_dims = true}   // becomes a seg.dense_crf {..., labels}
    ```
  }];
  let statistics = [Statistic<"numFused", "fused", "Searches that became part of a CRF">];
  let dependentDialects = ["::segc::seg::SegDialect"];
}

def FuseElementwise : Pass<"fuse-elementwise", "::mlir::func::FuncOp"> {
  let summary = "join elementwise ops into one loop over the result";
  let description = [{
    `seg.unary`, `seg.binary` and `seg.map` that feed one another become one `seg.map`,
    if the value in between has no other use, so that memory is read and written once.

    An op whose result is smaller than its consumer's stays outside: inside it would be
    computed again for every element that it is repeated for. Casts stay outside too,
    as do ops on integers. An op that has no such neighbour stays as it is.

    ```mlir
    // hard_sigmoid of a gate, times x: one pass over memory
    %y = seg.map %x {
    ^bb0(%a: f32):
      %0 = seg.unary %a {fn = #seg.act<hard_sigmoid, 0.166667, 0.5>} : (f32) -> f32
      %1 = seg.binary %a, %0 {kind = 2 : i32} : (f32, f32) -> f32
      seg.yield %1 : f32
    } : (!seg.tensor<[1, 16, h, w], f32>) -> !seg.tensor<[1, 16, h, w], f32>
    ```
  }];
  let statistics = [
    Statistic<"fused", "fused", "Ops that moved into a seg.map">,
    Statistic<"groups", "groups", "Groups formed">
  ];
  let dependentDialects = ["::segc::seg::SegDialect"];
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

def AssignLayouts : Pass<"assign-layouts", "::mlir::func::FuncOp"> {
  let summary = "decide how channels lie in memory";
  let description = [{
    Feature maps of convolutions, pooling and whatever follows them are stored in blocks of
    as many channels as a vector register has lanes; the image itself, with its few channels,
    in planes; everything else dense, as callers hold it. `seg.convert_layout` ops go where
    two ops disagree. Max pooling's switches become i32 counts within a plane.
  }];
  let options = [Option<"lanes", "lanes", "int64_t", "16", "floats in a vector register">,
                 Option<"fewChannels", "few-channels", "int64_t", "8",
                        "images with fewer channels are convolved from planes, where in blocks "
                        "most lanes would be empty">];
  let statistics = [Statistic<"numConversions", "conversions", "Layout conversions inserted">];
  let dependentDialects = ["::segc::seg::SegDialect"];
}

def PlaceConcats : Pass<"place-concats", "::mlir::func::FuncOp"> {
  let summary = "let the makers of a concatenation's operands store into its result";
  let description = [{
    Marks the operands (`seg.placed`) that start at a whole channel block and are made by an
    op that can store anywhere. Only the others are copied.
  }];
  let statistics = [Statistic<"numPlaced", "placed", "Operands that need no copy">];
}

def AssignHalos : Pass<"assign-halos", "::mlir::func::FuncOp"> {
  let summary = "put columns of zeros beside the rows that convolutions read";
  let description = [{
    Every laid-out map gets the halo of its most demanding reader; maps that share memory
    share it.
  }];
}

#endif
