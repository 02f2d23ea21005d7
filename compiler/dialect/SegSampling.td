//===- SegSampling.td - ops that read between pixels ---------*- tablegen -*-===//
//
// Included by Seg.td. The result's places in the input follow from values: a grid,
// regions of interest, offsets. Coordinates are computed in float32, product by
// product, as the frameworks do: so that what lies on a border lies there for all.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SEG_SAMPLING
#define SEGC_SEG_SAMPLING

def Seg_SamplePaddingAttr : Seg_EnumAttr<Seg_SamplePadding, "sample_padding">;

def Seg_GridSampleOp : Seg_Op<"grid_sample"> {
  let summary = "the input at places that a grid names";
  let description = [{
    ONNX GridSample (version 20). `input` is [N, C, H, W] or [N, C, D, H, W], `grid`
    [N, ..., 2] or [N, ..., 3] with x first; the result has the grid's extents between
    N and that last axis: [N, C, ...]. A coordinate of -1 is the image's first pixel and 1
    its last with `align_corners`, else their outer edges.

    In this order: the coordinate in pixels; with nearest it is rounded, halves to the even
    neighbour; with nearest and linear, outside of the image (half a pixel further without
    `align_corners`), border moves it to the nearest pixel and reflection back into the image.
    Linear then reads two pixels an axis, cubic four (Keys' kernel, a = -0.75). Of those
    outside, zeros reads 0, border the nearest, reflection the mirrored one. What is not a number counts as far outside on the
    side of the origin.
  }];
  let arguments = (ins Seg_Tensor:$input, Seg_Tensor:$grid, Seg_ResizeModeAttr:$mode,
    Seg_SamplePaddingAttr:$padding, BoolAttr:$align_corners);
  let results = (outs Seg_Tensor:$output);
}

def Seg_RoiAlignOp : Seg_Op<"roi_align"> {
  let summary = "regions of an image, sampled to one size";
  let description = [{
    He et al., "Mask R-CNN" (ICCV 2017); ONNX RoiAlign. `rois` is [R, 4]: x0, y0, x1, y1, which
    `spatial_scale` takes to pixels of `input` [N, C, H, W]; `images` [R], i64, says which image
    each is of. Result: [R, C, output_height, output_width]. With `half_pixel` 0.5 is subtracted
    from the scaled corners; without, a region is at least one pixel wide and high.

    Each bin is sampled at the centres of `sampling_ratio` x `sampling_ratio` cells (0: as
    many as the bin is pixels high and wide, rounded up) between four pixels. A sample
    more than one pixel outside is 0; nearer ones are moved to the edge. The result is the mean
    of the samples, or with `maximum` the largest of the samples' four products of weight
    and pixel (so ONNX defines it). Regions of images that do not exist are 0.
  }];
  let arguments = (ins Seg_Tensor:$input, Seg_Tensor:$rois, Seg_Tensor:$images,
    I64Attr:$output_height, I64Attr:$output_width, I64Attr:$sampling_ratio, F32Attr:$spatial_scale,
    BoolAttr:$half_pixel, BoolAttr:$maximum);
  let results = (outs Seg_Tensor:$output);
}

def Seg_RoiMaxPoolOp : Seg_Op<"roi_max_pool"> {
  let summary = "the largest value of each bin of regions of an image";
  let description = [{
    Girshick, "Fast R-CNN" (ICCV 2015); ONNX MaxRoiPool, torchvision's RoIPool. `rois` is
    [R, 5]: the image's number, x0, y0, x1, y1. Scaled corners are rounded (halves away
    from zero) and belong to the region; bins are rounded outwards and clipped
    to the image. Bins without a pixel are 0, and so are regions of images that do not exist.
  }];
  let arguments = (ins Seg_Tensor:$input, Seg_Tensor:$rois, I64Attr:$output_height,
    I64Attr:$output_width, F32Attr:$spatial_scale);
  let results = (outs Seg_Tensor:$output);
}

def Seg_DeformConv2dOp : Seg_Op<"deform_conv2d", [AttrSizedOperandSegments]> {
  let summary = "convolution whose taps are moved by offsets, and weighted by a mask";
  let description = [{
    Dai et al., "Deformable Convolutional Networks" (ICCV 2017), and with `mask` Zhu et al.,
    "Deformable ConvNets v2" (CVPR 2019); ONNX DeformConv. `weight` is
    [OC, IC / groups, KH, KW], `offset` [N, offset_groups * KH * KW * 2, OH, OW] (per tap: down,
    right), `mask` [N, offset_groups * KH * KW, OH, OW]. A tap reads between four
    pixels; those outside the image are 0.
  }];
  let arguments = (ins Seg_Tensor:$input, Seg_Tensor:$weight, Seg_Tensor:$offset,
    Optional<Seg_Tensor>:$bias, Optional<Seg_Tensor>:$mask,
    DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$dilations, DenseI64ArrayAttr:$pads,
    I64Attr:$groups, I64Attr:$offset_groups);
  let results = (outs Seg_Tensor:$output);
}

#endif
