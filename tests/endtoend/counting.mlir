// Where an image is not zero: a network whose output has as many columns as it finds.

func.func @counting(%image: !seg.tensor<[h, w], f32> {seg.name = "image"})
    -> (!seg.tensor<[2, "count(found, h * w)"], i64> {seg.name = "places"}) {
  %places = seg.nonzero %image {count = #seg.dim<"count(found, h * w)">}
    : (!seg.tensor<[h, w], f32>) -> !seg.tensor<[2, "count(found, h * w)"], i64> loc("places")
  return %places : !seg.tensor<[2, "count(found, h * w)"], i64>
}
