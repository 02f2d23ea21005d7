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
# measure KIND RUNS: every network of that kind, into raw/NAME.KIND.json. The files that `arguments`
# names lie beside it.
measure() {
  local folder name
  for folder in "$here/$1"/*/; do
    name=$(basename "$folder").$1
    echo "$name"
    # shellcheck disable=SC2046
    (cd "$folder" && exec timeout 60 ./measure "$2" $(cat arguments)) \
      >"$results/raw/$name.json" 2>"$results/raw/$name.err" ||
      echo "  exit code $?: $(head -c 300 "$results/raw/$name.err")"
  done
}

measure right 1
measure fast "${1:-20}"
for sanitized in dense_crf tv_lraspp_mobilenet_v3_large; do
  folder=$here/right/$sanitized
  if [ -x "$folder/measure" ] && command -v compute-sanitizer >/dev/null; then
    echo "compute-sanitizer: $sanitized"
    # shellcheck disable=SC2046
    (cd "$folder" && exec timeout 90 compute-sanitizer --error-exitcode 3 ./measure 1 \
      $(cat arguments)) >"$results/raw/$sanitized.sanitizer" 2>&1
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
