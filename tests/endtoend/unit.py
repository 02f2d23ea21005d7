#!/usr/bin/env python3
"""Runs the tests that ctest knows in BUILD, and counts them.

    unit.py BUILD

ctest starts a program for every single test, and that loads MLIR, LLVM and Halide: a quarter of a
second, in which many tests would be done. Here one run makes a whole suite of a program, but for
programs of long tests. What ctest lists and no run tells of has failed.
"""

import collections
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import time

from results import Results, is_turn

# Programs whose tests take seconds each, the longest first: they begin first, so that no processor
# is idle at the end, and each test by itself.
LONG = ["operands-tests", "crf-tests", "CodegenTest", "kernels-tests", "KernelTest",
        "package-tests", "exit-code-tests"]
# Programs of whose tests each day has one in so many: ops on the processor's own instruction set are
# tried every day by kernels-tests, too.
TURNS = {"KernelTest": 2}
TIMEOUT = 600


def known_tests(build):
    """Of every test: its name, command and folder."""
    listed = subprocess.run(["ctest", "--test-dir", str(build), "--show-only=json-v1"],
                            capture_output=True, text=True, check=True).stdout
    for test in json.loads(listed)["tests"]:
        properties = {p["name"]: p["value"] for p in test.get("properties", [])}
        if "command" not in test:
            raise RuntimeError(f"{test['name']}: not built")
        yield test["name"], test["command"], properties["WORKING_DIRECTORY"]


def grouped(tests):
    """Runs: of a program, the tests that it runs at once and its folder, or another command."""
    runs = collections.defaultdict(list)
    for name, command, folder in tests:
        filters = [a for a in command if a.startswith("--gtest_filter=")]
        if not filters:
            runs[name, tuple(command), folder].append(None)
            continue
        test = filters[0].split("=", 1)[1]
        long = pathlib.Path(command[0]).name in LONG
        runs[test if long else test.rsplit(".", 1)[0], command[0], folder].append(test)

    def urgency(item):
        program = pathlib.Path(item[0][1]).name if isinstance(item[0][1], str) else ""
        return LONG.index(program) if program in LONG else len(LONG) if program else -1
    return sorted(runs.items(), key=urgency)


def run(title, command, folder, tests):
    """What became of each of the tests, and what the run said."""
    if isinstance(command, str):
        command = [command, "--gtest_filter=" + ":".join(tests)]
    start = time.monotonic()
    try:
        done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.STDOUT, errors="replace", timeout=TIMEOUT)
        said, code = done.stdout, f"exit code {done.returncode}"
    except subprocess.TimeoutExpired as expired:
        said, code = (expired.stdout or b"").decode(errors="replace"), f"over {TIMEOUT} s"
    seconds = time.monotonic() - start
    if tests == [None]:
        return title, {title: "OK" if code == "exit code 0" else "FAILED"}, said, code, seconds
    told = {}
    for status, name in re.findall(r"^\[ +(OK|FAILED|SKIPPED) +\] (\S+?)(?:,| \(|$)", said, re.M):
        told.setdefault(name, status)
    fates = {test: told.get(test, "not run") for test in tests}
    return title, fates, said, code, seconds


def main():
    results, tests = Results(), []
    for test in known_tests(pathlib.Path(sys.argv[1])):
        if is_turn(test[0], TURNS.get(pathlib.Path(test[1][0]).name, 1)):
            tests.append(test)
        else:
            results.skip(test[0], "its turn is another day")
    runs = grouped(tests)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        waiting = [pool.submit(run, *key, tests) for key, tests in runs]
        for done in concurrent.futures.as_completed(waiting):
            title, fates, said, code, seconds = done.result()
            passed = [test for test, fate in fates.items() if fate == "OK"]
            results.passed += len(passed)
            print(f"{title}: {len(passed)} of {len(fates)} passed ({seconds:.1f} s)", flush=True)
            bad = [test for test, fate in fates.items() if fate in ("FAILED", "not run")]
            for test in fates:
                if fates[test] == "SKIPPED":
                    why = re.search(rf"RUN +\] {re.escape(test)}\n.*: Skipped\n(.*)", said)
                    results.skip(test, why[1] if why else "no reason given")
            if bad or code != "exit code 0":
                print(said, flush=True)
                for test in bad:
                    results.fail(test, f"{fates[test]}, {code}")
                if not bad:
                    results.fail(title, code)
    results.finish()


if __name__ == "__main__":
    main()
