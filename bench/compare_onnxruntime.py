#!/usr/bin/env python3
"""Times whole networks under segc and under ONNX Runtime, in turn, on the same machine.

    bench/compare_onnxruntime.py MODEL --shape INPUT=1x3x513x513 ...
    bench/compare_onnxruntime.py FOLDER ...               model.onnx and manifest.json
    bench/compare_onnxruntime.py --exporter reference_models.py --export fcn32s unet

Every round measures both, one after the other, each in a process of its own; the figures are
medians over the rounds, so that a machine that slows down for a while slows both. Memory is
the largest resident size of the process: segc's holds the network alone, ONNX Runtime's also
node.js, whose own size is told apart.

ONNX Runtime is the npm package onnxruntime-node, in the folder --ort (or $ORT_NODE_MODULES):

    npm install --prefix DIR onnxruntime-node --ignore-scripts      then --ort DIR/node_modules
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", nargs="*", help=".onnx files, or folders with a manifest.json")
    parser.add_argument("--shape", action="append", default=[], help="INPUT=1x3x513x513")
    parser.add_argument("--exporter", help="a script that exports networks (reference_models.py)")
    parser.add_argument("--export", nargs="+", default=[], metavar="NAME", help="which of them")
    parser.add_argument("--size", help="HxW of exported networks")
    parser.add_argument("--width", type=float, help="scale of their channel counts")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--runs", type=int, default=10, help="runs a round")
    parser.add_argument("--warmup", type=int, default=2)
    parser.add_argument("--segc", default=str(HERE.parent / "build" / "bin" / "segc"))
    parser.add_argument("--ort", default=os.environ.get("ORT_NODE_MODULES"))
    parser.add_argument("--python", default=sys.executable, help="runs the exporter")
    parser.add_argument("--json", help="write the figures to this file as well")
    arguments = parser.parse_args()
    if arguments.export and not arguments.exporter:
        parser.error("--export needs --exporter")
    if not arguments.models and not arguments.export:
        parser.error("no network given")
    return arguments


def export(arguments, name, folder):
    command = [arguments.python, arguments.exporter, "export", name, "--out", str(folder)]
    for option in ("size", "width"):
        if getattr(arguments, option):
            command += [f"--{option}", str(getattr(arguments, option))]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def model_and_shapes(path, shapes):
    """The model file of an argument, and --shape options for all of its inputs."""
    path = Path(path)
    if not path.is_dir():
        return path, shapes
    manifest = json.loads((path / "manifest.json").read_text())
    return path / "model.onnx", [
        f"{entry['name']}={'x'.join(map(str, entry['shape']))}" for entry in manifest["inputs"]
    ]


def measure(command, environment=None):
    result = subprocess.run(command, capture_output=True, text=True, env=environment)
    if result.returncode != 0:
        raise RuntimeError(f"{command[0]}: {result.stderr.strip()}")
    return json.loads(result.stdout)


def compare(arguments, model, shapes, threads):
    options = ["--threads", str(threads), "--runs", str(arguments.runs)]
    options += ["--warmup", str(arguments.warmup)]
    for shape in shapes:
        options += ["--shape", shape]
    environment = dict(os.environ)
    if arguments.ort:
        environment["ORT_NODE_MODULES"] = str(Path(arguments.ort).resolve())
    ours = [arguments.segc, "bench", str(model), "--quiet", "--json", "-", *options]
    theirs = ["node", str(HERE / "onnxruntime_bench.js"), str(model), *options]
    measure(ours)  # compiles the network
    rounds = []
    for _ in range(arguments.rounds):
        rounds.append((measure(ours), measure(theirs, environment)))

    def median(which, key):
        return statistics.median(one[which][key] for one in rounds)

    return {
        "model": str(model),
        "threads": threads,
        "segc_ms": median(0, "median_ms"),
        "onnxruntime_ms": median(1, "median_ms"),
        "speedup": median(1, "median_ms") / median(0, "median_ms"),
        "gmacs": rounds[0][0]["macs"] / 1e9,
        "segc_peak_bytes": median(0, "peak_rss_bytes"),
        "onnxruntime_peak_bytes": median(1, "peak_rss_bytes"),
        "node_bytes": median(1, "baseline_rss_bytes"),
    }


def main():
    arguments = parse_arguments()
    figures = []
    failed = False
    with tempfile.TemporaryDirectory() as scratch:
        networks = [(path, path) for path in arguments.models]
        for name in arguments.export:
            networks.append((name, Path(scratch) / name))
        print(f"{'network':<28}{'threads':>8}{'segc ms':>10}{'ORT ms':>10}{'speedup':>9}"
              f"{'GMAC':>8}{'segc MB':>9}{'ORT MB':>9}{'(node)':>8}")
        for title, path in networks:
            try:
                if title != path:
                    export(arguments, title, path)
                model, shapes = model_and_shapes(path, arguments.shape)
                for threads in arguments.threads:
                    row = compare(arguments, model, shapes, threads)
                    row["network"] = str(title)
                    figures.append(row)
                    print(f"{str(title)[-27:]:<28}{threads:>8}{row['segc_ms']:>10.2f}"
                          f"{row['onnxruntime_ms']:>10.2f}{row['speedup']:>9.2f}"
                          f"{row['gmacs']:>8.2f}{row['segc_peak_bytes'] / 1e6:>9.1f}"
                          f"{row['onnxruntime_peak_bytes'] / 1e6:>9.1f}"
                          f"{row['node_bytes'] / 1e6:>8.1f}", flush=True)
            except (RuntimeError, OSError, subprocess.CalledProcessError, ValueError) as error:
                print(f"{title}: {error}", file=sys.stderr)
                failed = True
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(figures, indent=1) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
