#!/usr/bin/env bash
# What `./dev bench` runs: single layers, then whole networks against ONNX Runtime.
#   bench/run.sh BUILD [arguments of compare_onnxruntime.py]
# ONNX Runtime is npm's onnxruntime-node; $ORT_NODE_MODULES names the node_modules it lies in.
set -euo pipefail
bench=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$1
shift
if [ $# = 0 ]; then
  "$build/bin/conv_layers"
  set -- "$bench/../examples/shapes/shapes_deeplab.onnx" --shape image=1x3x480x640
fi
if [ -z "${ORT_NODE_MODULES:-}" ]; then
  echo "ONNX Runtime is not compared: set ORT_NODE_MODULES (see bench/compare_onnxruntime.py --help)"
  exit 0
fi
exec python3 "$bench/compare_onnxruntime.py" --segc "$build/bin/segc" "$@"
