// Extents are printed in canonical form, whatever way they are written.
// RUN: segc-opt %s | FileCheck %s

// CHECK: @sums(!seg.tensor<["h + w", "2 * h - 3", "h * w + h"], f32>)
func.func private @sums(!seg.tensor<["w + h", "h - 3 + h", "h * (w + 1)"], f32>)

// CHECK: @constants(!seg.tensor<[6, h, 0], f32>)
func.func private @constants(!seg.tensor<["2 * 3", "h + 1 - 1", "h - h"], f32>)

// Two halvings are a quarter, also those of two convolutions with stride 2; whole multiples leave the division.
// CHECK: @quotients(!seg.tensor<["h / 4", "(h + 3) / 4", "h + 2", "(h + 1) / 2"], f32>)
func.func private @quotients(!seg.tensor<["h / 2 / 2", "((h - 1) / 2 + 1 - 1) / 2 + 1", "(3 * h + 6) / 3", "(2 * h + 2) / 4"], f32>)

// Symbols are at least 1.
// CHECK: @extrema(!seg.tensor<[h, h, "min(h, w)", "h + 1"], f32>)
func.func private @extrema(!seg.tensor<["max(h, 1)", "min(h, h + 2)", "min(w, h)", "max(h + 1, h)"], f32>)

// Counts: at least 0, at most their bound.
// CHECK: @counts(!seg.tensor<["count(a, h * w)", "2 * count(b, count(a, h * w)) + 1"], f32>)
func.func private @counts(!seg.tensor<["min(count(a, w * h), h * w)", "2 * count(b, count(a, h * w)) + 1"], f32>)

// CHECK: @remainder(!seg.tensor<["h - 32 * (h / 32)", 2], f32>)
func.func private @remainder(!seg.tensor<["h % 32", "17 % 5"], f32>)
