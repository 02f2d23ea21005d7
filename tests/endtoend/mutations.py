#!/usr/bin/env python3
"""Shows that the tests of the runtime for CUDA would fail, if the runtime were wrong.

    mutations.py

One mistake at a time is made in a copy of runtime/: a barrier less, a guard less, an index that is
off. The tests of tests/runtime/cuda, compiled against the copy, must fail, by whatever means; where
they pass, a test is missing. Without a mistake they must pass, and compile without a warning. A
mistake that does not compile shows nothing, and is a failure.

A part of the mistakes has its turn each day, all have it with SEGC_TEST_ALL=1. $CXX is the
compiler, else c++.
"""

import concurrent.futures
import os
import pathlib
import re
import shutil
import sys
import tempfile
from typing import NamedTuple

import mutations_conv
import mutations_crf
import mutations_emulation
import mutations_matmul
from results import Results, is_turn, run

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
RUNTIME, TESTS = ROOT / "runtime", ROOT / "tests/runtime/cuda"
# Compiling takes longer than running, and a failure ends the run.
FLAGS = ["-std=c++17", "-Og", "-march=native", "-ffp-contract=off", "-DSEGC_CUDA_EMULATION"]
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
TURNS = 30


class Mutation(NamedTuple):
    breaks: str  # what is wrong then
    file: str  # of runtime/
    text: str  # occurs there once
    becomes: str
    test: str  # of tests/runtime/cuda: a program of its own


MUTATIONS = [Mutation(*row) for table in
             (mutations_conv, mutations_matmul, mutations_emulation, mutations_crf)
             for row in table.MUTATIONS]


def compiler():
    return os.environ.get("CXX", "c++")


def compiled(test, runtime, program, extra=()):
    """What the compiler says of a test beside such a runtime."""
    return run([compiler(), *FLAGS, *extra, f"-I{runtime}", TESTS / f"{test}.cpp", "-o", program,
                "-lgtest", "-lgtest_main", "-lpthread"])


def ran(program):
    return run([program, "--gtest_fail_fast"], timeout=120)


def unchanged(test, folder):
    """Whether a test of the runtime as it is passes, and what it says otherwise."""
    program = folder / test
    outcome = compiled(test, RUNTIME, program, WARNINGS)
    if outcome.code == 0:
        outcome = ran(program)
    return outcome.code == 0, outcome.text if outcome.code else ""


def mistaken(text, mutation, folder):
    """Whether the test of a mutation fails, and where; `text` is that of the file."""
    folder.mkdir()
    runtime = shutil.copytree(RUNTIME, folder / "runtime")
    (runtime / mutation.file).write_text(text.replace(mutation.text, mutation.becomes))
    outcome = compiled(mutation.test, runtime, folder / "test")
    if outcome.code:
        return False, f"does not compile, which shows nothing\n{outcome.text}"
    outcome = ran(folder / "test")
    shutil.rmtree(folder)
    failed = re.search(r"^\[  FAILED  \] (\S+) \(", outcome.out, re.MULTILINE)
    begun = re.findall(r"^\[ RUN      \] (\S+)", outcome.out, re.MULTILINE)
    if outcome.code and failed:
        return True, f"seen by {failed[1]}"
    if outcome.code and begun:
        return True, f"seen by {begun[-1]}, which does not end as it should"
    return False, f"not seen by {mutation.test}\n{outcome.text}"


def main():
    if len(sys.argv) > 1:
        sys.exit(__doc__)
    results, mutations = Results(), []
    for mutation in MUTATIONS:
        text = (RUNTIME / mutation.file).read_text()
        times = text.count(mutation.text)
        # The tables must keep up with the runtime every day.
        if times != 1:
            results.fail(mutation.breaks, f"{mutation.file} has the text {times} times")
        elif is_turn(mutation.breaks, TURNS):
            mutations.append((text, mutation))
        else:
            results.skip(mutation.breaks, "its turn is another day")
    with tempfile.TemporaryDirectory() as temporary, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        folder = pathlib.Path(temporary)
        waiting = {}
        for test in sorted({mutation.test for _, mutation in mutations}):
            waiting[pool.submit(unchanged, test, folder)] = f"{test} of the runtime as it is"
        for i, (text, mutation) in enumerate(mutations):
            waiting[pool.submit(mistaken, text, mutation, folder / str(i))] = mutation.breaks
        for done in concurrent.futures.as_completed(waiting):
            is_right, note = done.result()
            (results.ok if is_right else results.fail)(waiting[done], note)
    results.finish()


if __name__ == "__main__":
    main()
