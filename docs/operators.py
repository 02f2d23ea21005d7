#!/usr/bin/python3
"""Writes docs/operators.md: the operators that model files may use, and what ONNX's cases say of them.

    operators.py BUILD docs/operators.md

`python3` must be Debian's, with python3-onnx; the cases are those of libonnx-testdata, their outcomes
those of tests/endtoend/conformance.txt, the reasons of what is refused segc's own. A case that is
refused for a reason that is not in the list below is an error.
"""

import collections
import contextlib
import io
import pathlib
import re
import subprocess
import sys

import onnx

REPOSITORY = pathlib.Path(__file__).resolve().parents[1]
CASES = pathlib.Path("/usr/share/libonnx-testdata/data")

# Why cases are refused, by what segc says of them.
REASONS = [
    (r"string|StringNormalizer|TfIdf", "strings"),
    (r"ai\.onnx\.preview\.training", "training: optimisers and gradients"),
    (r"is 0; leave it free|has no elements|would be 0|shape_zero|extent that is 0", "tensors without elements"),
    (r"depends? on the input's pixels|depend on the input", "sizes that are values of tensors"),
    (r"Scan of operator set 8", "Scan of operator set 8"),
    (r"is not a tensor|is a sequence|input \"opt|seq_empty|optional_input",
     "inputs and outputs that are sequences or optional values"),
    (r"tensors of rank 8", "eight axes"),
    (r"random|Random|Bernoulli|Multinomial", "random numbers"),
]

KINDS = {"FLOAT": "f32", "FLOAT16": "f16", "BFLOAT16": "bf16", "DOUBLE": "f64", "BOOL": "bool",
         "INT8": "i8", "INT16": "i16", "INT32": "i32", "INT64": "i64", "UINT8": "u8",
         "UINT16": "u16", "UINT32": "u32", "UINT64": "u64"}
ORDER = list(KINDS.values())


def operators(build):
    """Supported names by domain."""
    told = subprocess.run([build / "tests/list_operators"], check=True, capture_output=True, text=True)
    result = collections.defaultdict(list)
    for name in told.stdout.split():
        domain, _, operator = name.rpartition("::")
        result[domain].append(operator)
    return result


def versions(operator):
    """The operator sets that changed an operator, as far as the installed ONNX knows them."""
    found = [s.since_version for s in onnx.defs.get_all_schemas_with_history()
             if s.name == operator and s.domain == ""]
    return ", ".join(map(str, sorted(found))) or f"after {onnx.defs.onnx_opset_version()}"


def outcomes():
    lines = (REPOSITORY / "tests/endtoend/conformance.txt").read_text().splitlines()
    return dict(reversed(line.split()[:2]) for line in lines if line and not line.startswith("#"))


def element_types(folder, model):
    """The types of what a case's graph reads and writes."""
    types = set()
    for value in [*model.graph.input, *model.graph.output]:
        kind = value.type.tensor_type.elem_type
        name = KINDS.get(onnx.TensorProto.DataType.Name(kind)) if kind else None
        if name:
            types.add(name)
    return types


def reason_of(build, folder):
    told = subprocess.run([build / "bin/segc", "check", "--quiet", "--constant-inputs", "--color",
                           "never", folder], capture_output=True, text=True)
    text = told.stdout + told.stderr
    for pattern, reason in REASONS:
        if re.search(pattern, text):
            return reason
    sys.exit(f"{folder} is refused for a reason that has no name: {text}")


def main():
    page = io.StringIO()
    with contextlib.redirect_stdout(page):
        write(pathlib.Path(sys.argv[1]).resolve())
    pathlib.Path(sys.argv[2]).write_text(page.getvalue())


def write(build):
    supported, told = operators(build), outcomes()
    passed, seen, types = collections.Counter(), collections.Counter(), collections.defaultdict(set)
    refused = collections.defaultdict(list)
    for name, outcome in sorted(told.items()):
        folder = CASES / name
        model = onnx.load(folder / "model.onnx")
        for operator in {node.op_type for node in model.graph.node}:
            seen[operator] += 1
            if outcome == "ok":
                passed[operator] += 1
                types[operator] |= element_types(folder, model)
        if outcome == "unsupported":
            refused[reason_of(build, folder)].append(name.partition("/")[2])

    counts = collections.Counter(told.values())
    print(f"""# Operators

Written by `docs/operators.py`. segc reads operator sets 7 to 26 of ONNX, each operator by the version
that the file's set means. A file with a newer set gets a warning, and is read as far as its operators
are known.

Of ONNX {onnx.__version__}'s test cases {counts["ok"]} pass, {counts["unsupported"]} are refused (see
below) and {counts["deviates"]} deviate on purpose (`tests/endtoend/conformance.py` says why). The table
counts for each operator the cases whose graph has it and that pass, compiled and compared, and the
element types of their inputs and outputs. Others may work too: elementwise operators take every type,
halves and doubles are computed in single precision.

| operator | changed by operator sets | cases that pass | element types |
| --- | --- | --- | --- |""")
    for operator in supported.pop(""):
        kinds = " ".join(sorted(types[operator], key=ORDER.index))
        count = f"{passed[operator]} of {seen[operator]}" if seen[operator] else ""
        print(f"| {operator} | {versions(operator)} | {count} | {kinds} |")
    print("\n## Other domains\n")
    for domain, names in sorted(supported.items()):
        print(f"- `{domain}`: {', '.join(names)}")
    print("\n## Cases that are refused\n")
    for reason, names in sorted(refused.items()):
        print(f"- **{reason}** ({len(names)}): {', '.join(names)}")


if __name__ == "__main__":
    main()
