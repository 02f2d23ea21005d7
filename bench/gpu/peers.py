#!/usr/bin/env python3
"""PyTorch's modes on the networks that prepare.sh has built.

    peers.py FOLDER RESULTS [--device cpu]

Writes RESULTS/NAME.torch.json, medians in milliseconds by precision (fp32, TF32, fp16) and mode, all
channels last: eager, then as a CUDA graph, then torch.compile, which takes long. With --device cpu it
only shows that it can be called.
"""

import argparse
import copy
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


def runner(mode, module, image):
    """What runs the module once in that mode."""
    if mode == "graph":
        return as_graph(module, image)
    if mode == "compile":
        module = torch.compile(module, mode="max-autotune")
    return lambda: module(image)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("results", type=pathlib.Path)
    parser.add_argument("--device", default="cuda")
    arguments = parser.parse_args()
    sys.path.insert(0, str(arguments.folder / "zoo"))
    from segzoo import export
    networks, found = {}, {}
    for folder in sorted((arguments.folder / "fast").iterdir()):
        manifest = json.loads((folder / "manifest.json").read_text())
        if len(manifest["inputs"]) != 1:
            continue  # the dense CRF by itself is no network of PyTorch's
        try:
            networks[folder.name] = export.build(folder.name, tuple(manifest["size"]))
        except Exception as error:  # torchvision may be missing
            print(f"{folder.name}: {error}", flush=True)
    on_gpu = arguments.device == "cuda"
    torch.backends.cudnn.benchmark = True
    # The slow ones last: what was measured stays if time runs out.
    for mode in ("eager", "graph", "compile") if on_gpu else ("eager",):
        for precision in ("fp32", "tf32", "fp16") if on_gpu else ("fp32",):
            torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
            torch.backends.cudnn.allow_tf32 = precision == "tf32"
            kind = torch.float16 if precision == "fp16" else torch.float32
            for name, built in networks.items():
                module = copy.deepcopy(built.model).to(arguments.device, kind)
                module = module.eval().to(memory_format=torch.channels_last)
                image = built.inputs[0].to(arguments.device, kind)
                image = image.to(memory_format=torch.channels_last)
                try:
                    with torch.no_grad():
                        run = runner(mode, module, image)
                        ms = median_ms(run, arguments.device)
                except Exception as error:
                    print(f"{name} {precision} {mode}: {error}", flush=True)
                    continue
                found.setdefault(name, {})[f"{precision} {mode}"] = ms
                (arguments.results / f"{name}.torch.json").write_text(json.dumps(found[name]))
                print(f"{name} {precision} {mode}: {ms:.3f} ms", flush=True)


if __name__ == "__main__":
    main()
