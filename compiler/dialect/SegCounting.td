//===- SegCounting.td - ops that find out how many -----------*- tablegen -*-===//
//
// Included by Seg.td. An extent of the results is known when the network runs: the attribute
// `count`, an atom of DimAttr of which every op has one of its own.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SEG_COUNTING
#define SEGC_SEG_COUNTING

/// Not pure: extents may follow from a count although nobody reads what was counted, so the op
/// must stay.
class Seg_CountingOp<string mnemonic> : Op<Seg_Dialect, mnemonic, [Seg_InferTypes]> {
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def Seg_NonZeroOp : Seg_CountingOp<"nonzero"> {
  let summary = "where a tensor is not zero (ONNX NonZero)";
  let description = [{
    The indices of the elements that are not zero, in row-major order, a column each: [rank, count],
    i64. NaN is not zero. The bound of `count` is the number of elements.
  }];
  let arguments = (ins Seg_Tensor:$input, Seg_DimAttr:$count);
  let results = (outs Seg_Tensor:$output);
}

def Seg_UniqueOp : Seg_CountingOp<"unique"> {
  let summary = "which rows of a matrix differ (ONNX Unique)";
  let description = [{
    The first of every set of equal rows of `input` [n, m]: `first` [count] are their indices, in
    the order of the rows' values (element by element, the first decides; NaN is equal to itself and
    larger than all numbers) if `sorted`, else of the indices. `inverse` [n] says for each row where
    in `first` its set is, `counts` [count] how many rows each set has. All are i64, the bound of
    `count` is n.
  }];
  let arguments = (ins Seg_Tensor:$input, Seg_DimAttr:$count, BoolAttr:$sorted);
  let results = (outs Seg_Tensor:$first, Seg_Tensor:$inverse, Seg_Tensor:$counts);
}

def Seg_NmsOp : Seg_CountingOp<"nms"> {
  let summary = "boxes that no better one overlaps (ONNX NonMaxSuppression)";
  let description = [{
    `boxes` is [N, S, 4], two opposite corners (y, x, y, x), in either order, or with `center` the
    centre, width and height (x, y, w, h); `scores` [N, C, S]. For every image and class: of the boxes
    whose score is more than `score_threshold` [1] (absent: all), the best is taken, of equal ones that with the
    lower index; those are dropped whose intersection with it, divided by their union, is more
    than `iou_threshold` [1]; and so on, until there are none left or `limit` are taken. Result:
    [count, 3], i64: image, class and index of each, in the order of images, classes, and taking.

    Areas and quotients are computed in float32, product by product. A box without an area
    overlaps none. Scores that are NaN are not more than any threshold; where there is none,
    they come last.
  }];
  let arguments = (ins Seg_Tensor:$boxes, Seg_Tensor:$scores, Seg_Tensor:$iou_threshold,
    Optional<Seg_Tensor>:$score_threshold, Seg_DimAttr:$count, Seg_DimAttr:$limit, BoolAttr:$center);
  let results = (outs Seg_Tensor:$output);
}

#endif
