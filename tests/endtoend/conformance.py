#!/usr/bin/env python3
"""segc against ONNX's own test cases, as Debian's libonnx-testdata carries them.

    conformance.py BUILD             compare with the record, conformance.txt
    conformance.py BUILD --update    write the record anew (it never holds a FAIL)
    conformance.py BUILD --only TEXT only cases whose name contains TEXT

The record has a line for each case: `ok NAME`, or `unsupported NAME` where segc says that the
model is outside what it compiles. A case that turns out otherwise, a new case and a missing one
all fail. Weights, sizes and axes that a case passes as inputs become constants where segc needs
them at compile time (segc check --constant-inputs).

Hundreds of tiny networks are compiled, so the host compiler optimises nothing here, and ccache
keeps its results if it is installed.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys

from results import Results

RECORD = pathlib.Path(__file__).with_name("conformance.txt")

# Cases whose expected outputs cannot be compared.
LEFT_OUT = {
    "bernoulli": "random numbers",
    "training_dropout": "random numbers",
    "BFLOAT16": "the file holds the bits of bfloat16 as integers",
    # Models in double precision are compiled in single precision.
    "test_operator_add_broadcast": "values beyond single precision",
    "test_operator_add_size1_right_broadcast": "values beyond single precision",
    "test_operator_add_size1_singleton_broadcast": "values beyond single precision",
    "test_operator_addconstant": "values beyond single precision",
}
CCACHE = "/usr/lib/ccache/c++"


def find_cases():
    """Folders of all cases by name, `node/test_relu`; empty without the package."""
    listing = subprocess.run(["dpkg", "-L", "libonnx-testdata"], capture_output=True, text=True)
    cases = {}
    for line in listing.stdout.splitlines():
        path = pathlib.Path(line)
        if path.name == "model.onnx" and path.exists():
            name = f"{path.parent.parent.name}/{path.parent.name}"
            if not any(part in name for part in LEFT_OUT):
                cases[name] = path.parent
    return cases


def check(segc, cases, jobs):
    """Runs segc check; status and detail of every case."""
    command = [str(segc), "check", "-j", str(jobs), "--quiet", "--timeout", "120",
               "--constant-inputs", "--compiler-flag=-O0", "--color", "never"]
    if os.path.exists(CCACHE):
        command += ["--compiler", CCACHE]
    folders = {str(folder): name for name, folder in cases.items()}
    statuses = {}
    process = subprocess.Popen(command + sorted(folders), stdout=subprocess.PIPE, text=True,
                               errors="replace")
    for line in process.stdout:
        found = re.match(r"(ok|FAIL|unsupported) (\S+?)( test_data_set_\d+)?(?:: (.*))?$",
                         line.rstrip("\n"))
        if not found or found[2] not in folders:
            continue
        name = folders[found[2]]
        # A folder with several sets of data is as bad as the worst.
        if statuses.get(name, ("ok",))[0] != "FAIL":
            statuses[name] = (found[1], found[4] or "")
    process.wait()
    return statuses


def read_record():
    record = {}
    for line in RECORD.read_text().splitlines():
        if line and not line.startswith("#"):
            status, name = line.split(" ", 1)
            record[name] = status
    return record


def write_record(statuses):
    lines = [f"{status} {name}" for name, (status, _) in statuses.items() if status != "FAIL"]
    RECORD.write_text("# What segc makes of ONNX's test cases; conformance.py --update writes it.\n"
                      + "".join(line + "\n" for line in sorted(lines)))
    print(f"{RECORD.name}: {len(lines)} cases")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    results = Results()
    cases = {n: f for n, f in find_cases().items() if arguments.only in n}
    if not cases:
        results.skip("ONNX conformance", "the package libonnx-testdata is not installed")
        results.finish()

    statuses = check(arguments.build / "bin" / "segc", cases, arguments.jobs)
    for name in cases:
        statuses.setdefault(name, ("FAIL", "segc check tells nothing of it"))
    record = {n: s for n, s in read_record().items() if arguments.only in n} \
        if RECORD.exists() else {}
    for name, (status, detail) in sorted(statuses.items()):
        expected = record.get(name, "nothing")
        if status == "FAIL":
            results.fail(name, detail[:400])
        elif status == expected or arguments.update:
            results.passed += 1
        else:
            results.fail(name, f"{status} instead of {expected} ({detail[:400]})")
    if arguments.update:
        write_record(statuses)
    else:
        for name in sorted(record.keys() - statuses.keys()):
            results.fail(name, "recorded, but missing")
    count = lambda wanted: sum(status == wanted for status, _ in statuses.values())
    print(f"{count('ok')} cases ok, {count('unsupported')} unsupported, {count('FAIL')} failed")
    results.finish()


if __name__ == "__main__":
    main()
