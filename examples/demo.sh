#!/usr/bin/env bash
# From a model file to a segmented photo: what `./dev demo` runs after building segc.
#   examples/demo.sh BUILD_FOLDER
set -euo pipefail
examples=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(cd "$1" && pwd)
out="$build/demo"
mkdir -p "$out"

step() { printf '\n== %s\n' "$*"; }

step "compile the network: examples/shapes/shapes_deeplab.onnx becomes C++ and a static library"
"$build/bin/segc" compile "$examples/shapes/shapes_deeplab.onnx" -o "$out/shapes_deeplab"

step "compare it with the outputs that PyTorch recorded"
"$build/bin/segc" check "$examples/shapes"

step "link an application with it, with the host compiler alone"
c++ -std=c++17 -O2 "$examples/segment_image/segment.cpp" -I "$out/shapes_deeplab" \
  "$out/shapes_deeplab/libshapes_deeplab.a" -lpng -lpthread -o "$out/segment"
ls -l "$out/segment" | awk '{print "segment:", $5, "bytes"}'

step "segment one photo"
"$out/segment" "$examples/shapes/test/002.png" --labels "$examples/shapes/test/002_label.png" \
  --out-map "$out/map.png" --out-overlay "$out/overlay.png"
echo "label map: $out/map.png"
echo "overlay:   $out/overlay.png"

step "segment all bundled scenes (expected: mean IoU 0.8272, pixel accuracy 0.9842)"
"$out/segment" "$examples/shapes/test"

step "link a dense CRF alone, and move coarse, noisy labels to the edges of a photo"
"$build/bin/segc" compile --crf-only --classes 8 -o "$out/dense_crf" \
  --crf=bilateral_xy=20,bilateral_rgb=20,spatial=1,spatial_weight=1
c++ -std=c++17 -O2 "$examples/crf/refine.cpp" -I "$out/dense_crf" \
  "$out/dense_crf/libdense_crf.a" -lpng -lpthread -o "$out/refine"
"$out/refine" "$examples/shapes/test/006.png" "$examples/shapes/test/006_label.png" \
  --out "$out/refined.png"
echo "photo, labels before, labels after: $out/refined.png"
