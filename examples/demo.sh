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
