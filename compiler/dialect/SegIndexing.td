//===- SegIndexing.td - ops whose indices are data -----------*- tablegen -*-===//
//
// Included by Seg.td. Indices are i32 or i64. Negative ones count from the end of their
// axis; what still lies outside it is clamped to it, so that no index reads or writes
// elsewhere.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SEG_INDEXING
#define SEGC_SEG_INDEXING

def Seg_GatherOp : Seg_Op<"gather"> {
  let summary = "parts of a tensor, by their indices (ONNX Gather and GatherND)";
  let description = [{
    The last extent of the indices, a constant k, says how many axes a tuple of indices names:
    those of the input from `axis` on. The first `batch_dims` axes of both operands are the same,
    and `axis` is not one of them. With an input [B..., O..., A1, ..., Ak, I...] and indices
    [B..., M..., k] the result is [B..., O..., M..., I...]:

        result[b, o, m, i] = input[b, o, indices[b, m, 0], ..., indices[b, m, k - 1], i]

    Negative indices count from the end; those outside their axis are clamped to it.
  }];
  let arguments = (ins Seg_Tensor:$input, Seg_Tensor:$indices, I64Attr:$axis,
    I64Attr:$batch_dims);
  let results = (outs Seg_Tensor:$output);
}

def Seg_GatherElementsOp : Seg_Op<"gather_elements"> {
  let summary = "one element for each index (ONNX GatherElements)";
  let description = [{
    Each index stands for an element at its own place in the input but for `axis`, where it is at
    the index. The result has the shape of the indices, whose extents do not exceed those of the
    input along the other axes. Negative indices count from the end; those outside are clamped.
  }];
  let arguments = (ins Seg_Tensor:$input, Seg_Tensor:$indices, I64Attr:$axis);
  let results = (outs Seg_Tensor:$output);
}

def Seg_ScatterOp : Seg_Op<"scatter"> {
  let summary = "a tensor with some of its parts replaced (ONNX ScatterND)";
  let description = [{
    With an input [A1, ..., Ak, I...], indices [M..., k] and updates [M..., I...], the part
    `input[indices[m]]` becomes `updates[m]`, or with a `reduction` (add, mul, max, min) that
    function of what it was and the update. Updates are taken in row-major order: of several of
    one place the last one stays. Negative indices count from the end; those outside their axis
    are clamped to it.
  }];
  let arguments = (ins Seg_Tensor:$input, Seg_Tensor:$indices, Seg_Tensor:$updates,
    OptionalAttr<Seg_BinaryKindAttr>:$reduction);
  let results = (outs Seg_Tensor:$output);
}

def Seg_ScatterElementsOp : Seg_Op<"scatter_elements"> {
  let summary = "a tensor with some of its elements replaced (ONNX ScatterElements)";
  let description = [{
    Indices and updates have one shape, whose extents do not exceed those of the input but along
    `axis`. Each update goes to its own place but for `axis`, where it goes to its index.
    `reduction`, order and indices are as for `seg.scatter`.
  }];
  let arguments = (ins Seg_Tensor:$input, Seg_Tensor:$indices, Seg_Tensor:$updates, I64Attr:$axis,
    OptionalAttr<Seg_BinaryKindAttr>:$reduction);
  let results = (outs Seg_Tensor:$output);
}

def Seg_TopKOp : Seg_Op<"top_k"> {
  let summary = "the k largest, or smallest, values along an axis, and where they are";
  let description = [{
    In order, the largest (or without `largest` the smallest) first; of equal values the one with
    the lower index. NaN is larger than all numbers. The second result are the indices, i64.
  }];
  let arguments = (ins Seg_Tensor:$input, Seg_DimAttr:$k, I64Attr:$axis, BoolAttr:$largest);
  let results = (outs Seg_Tensor:$values, Seg_Tensor:$indices);
}

#endif
