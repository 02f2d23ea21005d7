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
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

# run NUMBER NAME COMMAND...: keeps what the command says for count, and shows it: as it comes if
# nothing runs beside, else when the command has ended.
run() {
  local log=$logs/$1 name=$2 start=$SECONDS code
  shift 2
  if [ "$alone" = yes ]; then
    printf '\n== %s\n' "$name"
    "$@" 2>&1 | tee "$log"
    code=${PIPESTATUS[0]}
  else
    "$@" >"$log" 2>&1
    code=$?
    {
      flock 9
      printf '\n== %s\n' "$name"
      cat "$log"
    } 9>"$logs/lock"
  fi
  printf '%s\n%s\n%s\n' "$code" "$((SECONDS - start))" "$name" >"$log.result"
}

# count NUMBER: adds up what the last line of a part says.
count() {
  local log=$logs/$1 code=none seconds=0 name="part $1" last
  [ ! -f "$log.result" ] || { read -r code && read -r seconds && read -r name; } <"$log.result"
  last=$(tail -n 1 "$log")
  if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)?$ ]]; then
    passed=$((passed + BASH_REMATCH[1]))
    failed=$((failed + BASH_REMATCH[2]))
    skipped=$((skipped + ${BASH_REMATCH[4]:-0}))
    [ "$code" = 0 ] || [ "${BASH_REMATCH[2]}" != 0 ] || failed=$((failed + 1))
  else
    last="ended without a result, exit code $code"
    failed=$((failed + 1))
  fi
  summary+=("$name: $last ($seconds s)")
}

alone=yes
run 1 "unit tests" python3 "$tests/endtoend/unit.py" "$build"
count 1
if [ $quick = no ]; then
  alone=no
  # Packages are tried one by one, with a processor idle now and then: the other parts run beside.
  {
    run 2 "generated packages" python3 "$tests/endtoend/packages.py" "$build"
    run 7 "random graphs" /usr/bin/python3 "$tests/random/random_graphs.py" "$build"
    run 9 "random graphs for CUDA" /usr/bin/python3 "$tests/random/random_graphs.py" "$build" --cuda
  } &
  run 3 "networks of the zoo" /usr/bin/python3 "$tests/endtoend/zoo.py" "$build"
  run 6 "ONNX conformance" python3 "$tests/endtoend/conformance.py" "$build"
  run 8 "ONNX conformance for CUDA" python3 "$tests/endtoend/conformance.py" "$build" --cuda
  run 11 "networks of the zoo for CUDA" /usr/bin/python3 "$tests/endtoend/zoo.py" "$build" --cuda
  run 10 "mistakes in the runtime for CUDA" python3 "$tests/endtoend/mutations.py"
  run 5 "options of the command line" python3 "$tests/endtoend/options.py" "$build"
  run 4 "channels last" /usr/bin/python3 "$tests/endtoend/channels_last.py" "$build"
  wait
  for number in 2 3 4 5 6 7 8 9 10 11; do count $number; done
fi

printf '\n== all\n'
printf '%s\n' "${summary[@]}"
line="$passed passed, $failed failed"
[ $skipped = 0 ] || line+=", $skipped skipped"
echo "$line"
[ $failed = 0 ] && [ $passed -gt 0 ]
