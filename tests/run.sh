#!/usr/bin/env bash
# Runs every test of segc against a finished build, and adds up.
#   tests/run.sh BUILD [--quick|--all]      --quick: unit tests only; --all: the long sweeps too
# The long sweeps are what tests do where SEGC_TEST_ALL is 1: many more seeds, sizes and networks than
# each submission is worth.
# The last line is "N passed, N failed", with ", N skipped" if there are any. Exit code 1 if
# anything failed or nothing ran.
set -uo pipefail
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(cd "$1" && pwd)
quick=no
case "${2:-}" in
"") ;;
--quick) quick=yes ;;
--all) export SEGC_TEST_ALL=1 ;;
*)
  echo "tests/run.sh: \"$2\" is neither --quick nor --all" >&2
  exit 1
  ;;
esac

passed=0 failed=0 skipped=0
summary=()

# part NAME COMMAND...: the command's last line is what it counts.
part() {
  local name=$1 log code last start=$SECONDS
  shift
  log=$(mktemp)
  printf '\n== %s\n' "$name"
  "$@" 2>&1 | tee "$log"
  code=${PIPESTATUS[0]}
  last=$(tail -n 1 "$log")
  rm -f "$log"
  if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)?$ ]]; then
    passed=$((passed + BASH_REMATCH[1]))
    failed=$((failed + BASH_REMATCH[2]))
    skipped=$((skipped + ${BASH_REMATCH[4]:-0}))
    [ "$code" = 0 ] || [ "${BASH_REMATCH[2]}" != 0 ] || failed=$((failed + 1))
  else
    last="ended without a result, exit code $code"
    failed=$((failed + 1))
  fi
  summary+=("$name: $last ($((SECONDS - start)) s)")
}

part "unit tests" python3 "$tests/endtoend/unit.py" "$build"
if [ $quick = no ]; then
  part "generated packages" python3 "$tests/endtoend/packages.py" "$build"
  part "options of the command line" python3 "$tests/endtoend/options.py" "$build"
  part "ONNX conformance" python3 "$tests/endtoend/conformance.py" "$build"
  part "networks of the zoo" python3 "$tests/endtoend/zoo.py" "$build"
  part "channels last" /usr/bin/python3 "$tests/endtoend/channels_last.py" "$build"
  part "random graphs" /usr/bin/python3 "$tests/random/random_graphs.py" "$build"
fi

printf '\n== all\n'
printf '%s\n' "${summary[@]}"
line="$passed passed, $failed failed"
[ $skipped = 0 ] || line+=", $skipped skipped"
echo "$line"
[ $failed = 0 ] && [ $passed -gt 0 ]
