#!/usr/bin/env python3
"""PyTorch's modes on the networks that prepare.sh has built.

    peers.py FOLDER RESULTS [--device cpu]

Writes RESULTS/NAME.torch.json, medians in milliseconds by mode and precision, a mode at a time, so
that what was measured stays if time runs out: eager and as a CUDA graph, channels last, in fp32, TF32
and fp16; then torch.compile. With --device cpu it only shows that everything can be called.
"""

import argparse
import json
import pathlib
import statistics
import sys
import time

import torch


def median_ms(run, device, runs=30):
    def wait():
        if device == "cuda":
            torch.cuda.synchronize()
    times = []
    for i in range(runs + 5):
        wait()
        start = time.perf_counter()
        run()
        wait()
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times[5:])


def as_graph(module, image):
    """A function that replays a CUDA graph of module(image)."""
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        for _ in range(3):
            module(image)
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        module(image)
    return graph.replay


def modes(module, image, device):
    yield "eager", lambda: module(image)
    if device == "cuda":
        yield "graph", as_graph(module, image)
        compiled = torch.compile(module, mode="max-autotune")
        yield "compile", lambda: compiled(image)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("results", type=pathlib.Path)
    parser.add_argument("--device", default="cuda")
    arguments = parser.parse_args()
    sys.path.insert(0, str(arguments.folder / "zoo"))
    from segzoo import export
    for folder in sorted((arguments.folder / "fast").iterdir()):
        manifest = json.loads((folder / "manifest.json").read_text())
        if len(manifest["inputs"]) != 1:
            continue  # the dense CRF by itself is no network of PyTorch's
        try:
            built = export.build(folder.name, tuple(manifest["size"]))
        except Exception as error:  # torchvision may be missing
            print(f"{folder.name}: {error}", flush=True)
            continue
        found = {}
        for precision in ("fp32", "tf32", "fp16"):
            torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
            torch.backends.cudnn.allow_tf32 = precision == "tf32"
            torch.backends.cudnn.benchmark = True
            kind = torch.float16 if precision == "fp16" else torch.float32
            if arguments.device == "cpu" and precision != "fp32":
                continue
            module = built.model.to(arguments.device, kind).eval().to(memory_format=torch.channels_last)
            image = built.inputs[0].to(arguments.device, kind)
            image = image.to(memory_format=torch.channels_last)
            with torch.no_grad():
                try:
                    for mode, run in modes(module, image, arguments.device):
                        found[f"{precision} {mode}"] = median_ms(run, arguments.device)
                        (arguments.results / f"{folder.name}.torch.json").write_text(
                            json.dumps(found))
                except Exception as error:
                    print(f"{folder.name} {precision}: {error}", flush=True)
        print(folder.name, {k: round(v, 3) for k, v in found.items()}, flush=True)


if __name__ == "__main__":
    main()
