"""Counting cases, and running programs: shared by the scripts of this folder.

Every script ends with the line "N passed, N failed, N skipped", which tests/run.sh adds up, and
with exit code 1 if anything failed.
"""

import os
import subprocess
import sys
import time


def sample_day():
    """Days since 1970, or SEGC_TEST_SEED."""
    return int(os.environ.get("SEGC_TEST_SEED") or time.time() // (24 * 60 * 60))


def is_turn(name, of):
    """Whether it is the turn of a case: of every `of` cases one has it each day, all have it with
    SEGC_TEST_ALL=1. Sample.h says the same."""
    if os.environ.get("SEGC_TEST_ALL") == "1":
        return True
    value = 14695981039346656037  # FNV-1a
    for byte in name.encode():
        value = (value ^ byte) * 1099511628211 % 2**64
    return (value // 7 + sample_day()) % of == 0


class Results:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def ok(self, name, note=""):
        self.passed += 1
        self._print("ok", name, note)

    def fail(self, name, note=""):
        self.failed += 1
        self._print("FAIL", name, note)

    def skip(self, name, note):
        self.skipped += 1
        self._print("skipped", name, note)

    def check(self, condition, name, note=""):
        """One case; the note is printed only where it failed."""
        if condition:
            self.ok(name)
        else:
            self.fail(name, note)
        return condition

    def finish(self):
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped")
        sys.exit(1 if self.failed or not (self.passed or self.skipped) else 0)

    @staticmethod
    def _print(status, name, note):
        print(f"{status} {name}" + (f": {note}" if note else ""), flush=True)


class Outcome:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def text(self):
        """What a person needs in order to see what went wrong."""
        return f"exit code {self.code}\n{(self.out + self.err)[-4000:]}"


def run(argv, timeout=900, **options):
    """Runs a program without a shell. A timeout is an outcome too."""
    start = time.monotonic()
    try:
        done = subprocess.run([str(a) for a in argv], capture_output=True, text=True,
                              errors="replace", timeout=timeout, **options)
        return Outcome(done.returncode, done.stdout, done.stderr)
    except subprocess.TimeoutExpired:
        return Outcome(-1, "", f"killed after {time.monotonic() - start:.0f} s")
    except FileNotFoundError as error:
        return Outcome(-1, "", str(error))
