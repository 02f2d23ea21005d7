#!/usr/bin/env python3
"""segc against ONNX's own test cases, as Debian's libonnx-testdata carries them.

    conformance.py BUILD             compare with the record, conformance.txt
    conformance.py BUILD --update    write the record anew (it never holds a FAIL)
    conformance.py BUILD --only TEXT only cases whose name contains TEXT
    conformance.py BUILD --cuda      on the emulation of CUDA

The record has a line for each case: `ok NAME`, `unsupported NAME` where segc says that the
model is outside what it compiles, or `deviates NAME` where segc decides otherwise than the case,
for the reason given below. A case that turns out otherwise, a new case and a missing one all fail.
Both targets are held to one record. Weights, sizes and axes that a case passes as inputs become
constants where segc needs them at compile time (segc check --constant-inputs).

Hundreds of tiny networks are compiled, so the host compiler optimises nothing here.
"""

import argparse
import os
import pathlib
import re
import subprocess

from results import Results, is_turn

RECORD = pathlib.Path(__file__).with_name("conformance.txt")

# Cases whose expected outputs cannot be compared, by parts of their names.
LEFT_OUT = {
    "bernoulli": "random numbers",
    "training_dropout(?!_zero_ratio)": "random numbers",
    "BFLOAT16": "the file holds the bits of bfloat16 as integers",
    # Models in double precision are compiled in single precision.
    "test_operator_add_broadcast": "values beyond single precision",
    "test_operator_add_size1_right_broadcast": "values beyond single precision",
    "test_operator_add_size1_singleton_broadcast": "values beyond single precision",
    "test_operator_addconstant": "values beyond single precision",
}

# Cases whose recorded outputs are not what segc computes, on purpose.
INTEGER_EXTENT = ("corners are those of the result's whole extent, as the specification's text, ONNX "
                  "Runtime and PyTorch have it; the case takes scale times extent, not rounded")
DEVIATING = {
    "node/test_resize_downsample_scales_linear_align_corners": INTEGER_EXTENT,
    "node/test_resize_downsample_scales_cubic_align_corners": INTEGER_EXTENT,
}

def find_cases():
    """Folders of all cases by name, `node/test_relu`; empty without the package."""
    listing = subprocess.run(["dpkg", "-L", "libonnx-testdata"], capture_output=True, text=True)
    cases = {}
    for line in listing.stdout.splitlines():
        path = pathlib.Path(line)
        if path.name == "model.onnx" and path.exists():
            name = f"{path.parent.parent.name}/{path.parent.name}"
            if not any(re.search(part, name) for part in LEFT_OUT):
                cases[name] = path.parent
    return cases


def check(segc, cases, jobs, target):
    """Runs segc check; status and detail of every case."""
    command = [str(segc), "check", *target, "-j", str(jobs), "--quiet", "--timeout", "120",
               "--constant-inputs", "--color", "never", "--compiler-flag=-O0"]
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
    parser.add_argument("--cuda", action="store_true")
    arguments = parser.parse_args()
    results = Results()
    # Compiling all takes half an hour. Each day has one in sixteen, and those that deviate, and for
    # CUDA one in 32; the interpreter goes through all of them each time (OnnxConformanceTest).
    everything = arguments.only or arguments.update
    turns = 32 if arguments.cuda else 16
    found = find_cases()
    cases = {n: f for n, f in found.items() if arguments.only in n and
             (everything or is_turn(n, turns) or n in DEVIATING and not arguments.cuda)}
    print(f"{len(cases)} of {len(found)} cases; ./dev test --all takes all")
    if not cases:
        results.skip("ONNX conformance", "the package libonnx-testdata is not installed")
        results.finish()

    target = ["--target", "cuda", "--arch", "emulated"] if arguments.cuda else []
    statuses = check(arguments.build.resolve() / "bin/segc", cases, arguments.jobs, target)
    for name in cases:
        status, detail = statuses.setdefault(name, ("FAIL", "segc check tells nothing of it"))
        # The values differ; an error or a crash is no deviation.
        if name in DEVIATING and status == "FAIL" and "max error" in detail:
            statuses[name] = ("deviates", detail)
            print(f"deviates {name}: {DEVIATING[name]} ({detail[:100]})")
    record = {n: s for n, s in read_record().items()
              if n in cases or (n not in found and arguments.only in n)} \
        if RECORD.exists() else {}
    for name, (status, detail) in sorted(statuses.items()):
        expected = record.get(name, "nothing")
        if status == "FAIL":
            results.fail(name, detail[:400])
        elif status == expected or arguments.update:
            results.passed += 1
        else:
            results.fail(name, f"{status} instead of {expected} ({detail[:400]})")
    if arguments.update and not arguments.cuda:
        write_record(statuses)
    else:
        for name in sorted(record.keys() - statuses.keys()):
            results.fail(name, "recorded, but missing")
    count = lambda wanted: sum(status == wanted for status, _ in statuses.values())
    print(f"{count('ok')} cases ok, {count('deviates')} deviate, {count('unsupported')} unsupported, "
          f"{count('FAIL')} failed")
    results.finish()


if __name__ == "__main__":
    main()
