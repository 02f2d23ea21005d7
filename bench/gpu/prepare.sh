#!/usr/bin/env bash
# Builds here whatever can be built without a GPU, so that its minutes go to measuring.
#
#   bench/gpu/prepare.sh OUT [NETWORK...]
#
# OUT gets, and fits into a few dozen MB, since it must travel:
#   right/NETWORK    with an eighth of the channels (WIDTH), goldens of PyTorch on the processor, and
#                    the program that compares the package for CUDA with them
#   fast/NETWORK     with all channels, at SIZE, without weights: the program that times it
# and what run.sh needs.
#
#   SEGC_BUILD   the build (default: build)           SEGC_ZOO   folder of reference_models.py
#   ARCH         sm_90; emulated: to try it here      SIZE       513x513      WIDTH   0.125
#   SMALL        size of what is compared (97x129)
#
# Needs /usr/bin/python3 with torch, torchvision and onnx, and nvcc but for ARCH=emulated.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
[ $# -ge 1 ] || { sed -n '2,18s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 2; }
mkdir -p "$1"
out=$(cd "$1" && pwd)
shift
[ $# -gt 0 ] || set -- fcn8s unet segnet deeplabv3_resnet50 tv_deeplabv3_resnet101 \
  deeplabv3plus_mobilenetv2 deeplabv3plus_xception65 pspnet_resnet50 tv_lraspp_mobilenet_v3_large \
  segformer_b0 dense_crf
segc=${SEGC_BUILD:-$root/build}/bin/segc
zoo=${SEGC_ZOO:-$root/../shared/zoo}
arch=${ARCH:-sm_90} size=${SIZE:-513x513} width=${WIDTH:-0.125}

cp "$here/run.sh" "$here/table.py" "$here/peers.py" "$out"
mkdir -p "$out/zoo"
cp -r "$zoo/reference_models.py" "$zoo/segzoo" "$out/zoo"
printf '{"arch": "%s", "size": "%s", "width": %s, "commit": "%s"}\n' "$arch" "$size" "$width" \
  "$(git -C "$root" rev-parse --short HEAD)" >"$out/prepared.json"

# build FOLDER OPTION...: FOLDER/model.onnx to FOLDER/measure, which is all that must travel of it.
build() {
  local folder=$1 package=$work/package
  shift
  rm -rf "$package"
  "$segc" compile "$folder/model.onnx" --target cuda --arch "$arch" --name network -o "$package" \
    --quiet "$@"
  local flags=(-std=c++17 -O2 "-DSEGC_HEADER=\"network.h\"" -DSEGC_NETWORK=network "-I$package")
  if [ "$arch" = emulated ]; then
    c++ "${flags[@]}" -DSEGC_CUDA_EMULATION -x c++ "$here/measure.cu" -x none \
      "$package/libnetwork.a" -o "$folder/measure"
  else
    nvcc "${flags[@]}" "-arch=$arch" "$here/measure.cu" "$package/libnetwork.a" -o "$folder/measure"
  fi
  strip "$folder/measure"
  if [ -f "$package/network.weights.bin" ]; then
    head -c 256 "$package/network.weights.bin" >"$folder/header.bin"
    stat -c %s "$package/network.weights.bin" >"$folder/header.bytes"
  fi
  /usr/bin/python3 "$here/arguments.py" "$folder"
  rm -f "$folder/model.onnx" "$folder"/*.npy
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
number=0
for name in "$@"; do
  number=$((number + 1))
  echo "$name ($number of $#)"
  for kind in right fast; do
    folder=$out/$kind/$name
    rm -rf "$folder"
    mkdir -p "$folder"
    options=(--width "$width" --size "${SMALL:-97x129}")
    [ $kind = right ] || options=(--size "$size")
    /usr/bin/python3 "$zoo/reference_models.py" export "$name" --out "$folder" "${options[@]}" \
      >/dev/null
    if [ $kind = right ]; then
      build "$folder"
    else
      build "$folder" --weights file
    fi
  done
done
du -sh "$out" | cut -f 1
echo "Now, where the GPU is: $out/run.sh"
