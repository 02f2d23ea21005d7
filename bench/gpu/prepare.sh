#!/usr/bin/env bash
# Builds here whatever can be built without a GPU, so that its minutes go to measuring.
#
#   bench/gpu/prepare.sh OUT [NETWORK...]
#
# OUT gets, and fits into a few dozen MB, since it must travel, in networks.tar.gz:
#   right/NETWORK    with an eighth of the channels (WIDTH), goldens of PyTorch on the processor, and
#                    the programs that compare packages for CUDA with them, one a precision
#   fast/NETWORK     with all channels, at SIZE, without weights: the programs that time it
# and what run.sh needs.
#
#   SEGC_BUILD   the build (default: build)           SEGC_ZOO   folder of reference_models.py
#   ARCH         sm_90; emulated: to try it here      SIZE       513x513      WIDTH   0.125
#   SMALL        size of what is compared (97x129)    PRECISIONS "fp32 tf32 fp16"; there is bf16
#
# Needs /usr/bin/python3 with torch, torchvision and onnx, and nvcc but for ARCH=emulated.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
[ $# -ge 1 ] || { sed -n '2,19s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 2; }
mkdir -p "$1"
out=$(cd "$1" && pwd)
shift
[ $# -gt 0 ] || set -- fcn8s unet segnet deeplabv3_resnet50 tv_deeplabv3_resnet101 \
  deeplabv3plus_mobilenetv2 deeplabv3plus_xception65 pspnet_resnet50 tv_lraspp_mobilenet_v3_large \
  segformer_b0 dense_crf
segc=${SEGC_BUILD:-$root/build}/bin/segc
zoo=${SEGC_ZOO:-$root/../shared/zoo}
arch=${ARCH:-sm_90} size=${SIZE:-513x513} width=${WIDTH:-0.125}
precisions=${PRECISIONS:-fp32 tf32 fp16}

cp "$here/run.sh" "$here/table.py" "$here/peers.py" "$out"
mkdir -p "$out/zoo"
cp -r "$zoo/reference_models.py" "$zoo/segzoo" "$out/zoo"
printf '{"arch": "%s", "size": "%s", "width": %s, "commit": "%s"}\n' "$arch" "$size" "$width" \
  "$(git -C "$root" rev-parse --short HEAD)" >"$out/prepared.json"

# build FOLDER PRECISION OPTION...: FOLDER/model.onnx to FOLDER/measure.PRECISION.
build() {
  local folder=$1 precision=$2 package=$work/package
  local program=$folder/measure.$precision
  shift 2
  rm -rf "$package"
  "$segc" compile "$folder/model.onnx" --target cuda --arch "$arch" --precision "$precision" \
    --name network -o "$package" --quiet "$@"
  local flags=(-std=c++17 -O2 "-DSEGC_HEADER=\"network.h\"" -DSEGC_NETWORK=network "-I$package")
  if [ "$arch" = emulated ]; then
    c++ "${flags[@]}" -DSEGC_CUDA_EMULATION -x c++ "$here/measure.cu" -x none \
      "$package/libnetwork.a" -o "$program"
  else
    nvcc "${flags[@]}" "-arch=$arch" "$here/measure.cu" "$package/libnetwork.a" -o "$program"
  fi
  strip "$program"
  if [ -f "$package/network.weights.bin" ]; then
    head -c 256 "$package/network.weights.bin" >"$folder/header.bin"
    stat -c %s "$package/network.weights.bin" >"$folder/header.bytes"
  fi
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
    options=()
    [ $kind = right ] || options=(--weights file)
    for precision in $precisions; do
      # A CRF has no products of matrices.
      [ "$name" != dense_crf ] || [ "$precision" = fp32 ] || continue
      build "$folder" "$precision" "${options[@]}"
    done
    # The program and what it is told are all that must travel.
    /usr/bin/python3 "$here/arguments.py" "$folder"
    rm -f "$folder/model.onnx" "$folder"/*.npy
  done
done
tar -C "$out" -czf "$out/networks.tar.gz" right fast
rm -r "$out/right" "$out/fast"
du -sh "$out"
du -sh "$out" | cut -f 1
echo "Now, where the GPU is: $out/run.sh"
