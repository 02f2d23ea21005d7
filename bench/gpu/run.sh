#!/usr/bin/env bash
# Compares the networks that prepare.sh has built with their goldens, and times them beside PyTorch.
#
#   run.sh [RUNS]       in the folder that prepare.sh has made; RUNS: 20
#
# Needs a GPU, and for the comparison /usr/bin/python3 or python3 with a PyTorch for CUDA. All
# figures go to results.json ($OUT, if that is set, else here); the table comes last. Exit code 1
# if a network misses its golden. $SECONDS_FOR_PEERS (default 240) bounds what PyTorch's modes take.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
results=${OUT:-$here}
mkdir -p "$results/raw"
nvidia-smi --query-gpu=name,driver_version,clocks.max.sm --format=csv,noheader \
  >"$results/raw/gpu.txt" 2>/dev/null || echo "no GPU" >"$results/raw/gpu.txt"
# measure FOLDER NAME ARGUMENTS...: into raw/NAME.json
measure() {
  local folder=$1 name=$2
  shift 2
  timeout 60 "$folder/measure" "$@" >"$results/raw/$name.json" 2>"$results/raw/$name.err" ||
    echo "  exit code $?: $(head -c 300 "$results/raw/$name.err")"
}
# The manifest says of CRFs, whose goldens are exact, how far the mean may be off.
goldensOf() {
  python3 -c "import json, sys
limits = [o['tolerance']['mean_absolute'] for o in json.load(open(sys.argv[1]))['outputs']
          if 'mean_absolute' in o.get('tolerance', {})]
print(*(['--mean', max(limits)] if limits else []))" "$1/manifest.json"
  echo "$1"/input_*.npy -- "$1"/output_*.npy
}

for folder in "$here"/right/*/; do
  echo "$(basename "$folder"): right?"
  # shellcheck disable=SC2046
  measure "$folder" "$(basename "$folder").right" 1 $(goldensOf "$folder")
done
for folder in "$here"/fast/*/; do
  echo "$(basename "$folder"): fast?"
  # shellcheck disable=SC2046
  measure "$folder" "$(basename "$folder").fast" "${1:-20}" --weights "$folder/header.bin" \
    "$(cat "$folder/bytes")" $(python3 -c "import json, sys
for tensor in json.load(open(sys.argv[1]))['inputs']: print('x'.join(map(str, tensor['shape'])))" \
    "$folder/manifest.json")
done
for sanitized in dense_crf tv_lraspp_mobilenet_v3_large; do
  folder=$here/right/$sanitized
  if [ -x "$folder/measure" ] && command -v compute-sanitizer >/dev/null; then
    echo "compute-sanitizer: $sanitized"
    # shellcheck disable=SC2046
    timeout 90 compute-sanitizer --error-exitcode 3 "$folder/measure" 1 $(goldensOf "$folder") \
      >"$results/raw/$sanitized.sanitizer" 2>&1
    echo "  exit code $?"
  fi
done
for python in /usr/bin/python3 python3; do
  if "$python" -c "import torch, sys; sys.exit(not torch.cuda.is_available())" 2>/dev/null; then
    timeout "${SECONDS_FOR_PEERS:-240}" "$python" "$here/peers.py" "$here" "$results/raw"
    break
  fi
done
python3 "$here/table.py" "$here" "$results"
