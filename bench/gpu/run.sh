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
[ ! -f "$here/networks.tar.gz" ] || tar -C "$here" -xzf "$here/networks.tar.gz"
# measure KIND RUNS: every network of that kind in every precision, into raw/NAME.PRECISION.KIND.json.
# The files that `arguments` names lie beside it.
measure() {
  local program name precision limit
  for program in "$here/$1"/*/measure.*; do
    precision=${program##*.}
    name=$(basename "$(dirname "$program")").$precision.$1
    # In tensor cores' precisions errors of networks with random weights grow.
    limit=()
    [ "$precision" = fp32 ] || limit=(--rms 0.05)
    echo "$name"
    # shellcheck disable=SC2046
    (cd "$(dirname "$program")" && exec timeout 60 "$program" "$2" "${limit[@]}" $(cat arguments)) \
      >"$results/raw/$name.json" 2>"$results/raw/$name.err" ||
      echo "  exit code $?: $(head -c 300 "$results/raw/$name.err")"
  done
}

measure right 1
measure fast "${1:-20}"
for sanitized in dense_crf/measure.fp32 tv_lraspp_mobilenet_v3_large/measure.fp16; do
  program=$here/right/$sanitized
  if [ -x "$program" ] && command -v compute-sanitizer >/dev/null; then
    echo "compute-sanitizer: $sanitized"
    # shellcheck disable=SC2046
    (cd "$(dirname "$program")" && exec timeout 90 compute-sanitizer --error-exitcode 3 "$program" \
      1 --rms 0.05 $(cat arguments)) >"$results/raw/${sanitized%%/*}.sanitizer" 2>&1
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
