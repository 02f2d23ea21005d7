#!/usr/bin/env python3
"""Whole networks against what PyTorch computed, with random weights and an eighth of the channels.

    zoo.py BUILD [NAME ...]
    zoo.py BUILD --cuda [NAME ...]    on the emulation of CUDA: in fp32, and one of the precisions of
                                      tensor cores; a part of the networks each day

Needs /usr/bin/python3 with torch, and a folder with the zoo's reference_models.py: $SEGC_ZOO, else
shared/zoo beside the repository. Without them everything is skipped. What is exported stays in
BUILD/zoo for the next time. Networks that take any size are compiled once for all sizes and
compared at another size than the one they were traced at.
"""

import json
import os
import pathlib
import shutil
import sys

from results import Results, is_turn, run, sample_day

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
PYTHON = "/usr/bin/python3"

# Traced size, size of the goldens (none: the network has one size), width.
NETWORKS = {
    "fcn8s": ("97x81", "64x75", 0.125),
    "unet": ("204x220", "188x236", 0.125),
    "segnet": ("97x81", "70x103", 0.125),
    "deeplabv1_largefov": ("97x81", "65x114", 0.125),
    "deeplabv3_resnet50": ("97x81", "65x114", 0.125),
    "deeplabv3plus_mobilenetv2": ("97x81", "65x114", 0.125),
    "tv_deeplabv3_resnet101": ("97x81", "65x114", 0.125),
    "tv_maskrcnn_resnet50_fpn": ("160x160", "160x192", 0.125),
    "pspnet_resnet50": ("97x81", None, 0.125),
    "dilated_context_basic": ("97x81", "65x114", 0.125),
    "deconvnet": ("96x96", None, 0.125),
    "dense_crf": ("32x40", "37x29", 1),
    "crfrnn_fcn8s_5": ("57x66", None, 0.125),
    "crfrnn_fcn8s_10": ("57x66", None, 0.125),
    "op_conv": ("19x23", "22x17", 1),
    "op_conv_transpose": ("19x23", "22x17", 1),
    "op_pool": ("19x23", "22x17", 1),
    "op_resize_nearest": ("19x23", "22x17", 1),
    "op_resize_bilinear": ("19x23", "22x17", 1),
    "op_resize_bilinear_align": ("19x23", "22x17", 1),
    "op_resize_bicubic": ("19x23", "22x17", 1),
    "op_grid_sample": ("19x23", None, 1),
}

# What tensor cores' precisions may be off: root mean squares of errors and outputs, divided. Numbers
# are rounded to 11, 11 and 8 bits in every layer, and random networks of fifty and more layers make
# thirty times as much of an error. Places of maxima and the choice of boxes jump: left out.
PRECISIONS = {"tf32": 5e-2, "fp16": 5e-2, "bf16": 0.25}
JUMPING = {"segnet", "deconvnet", "tv_maskrcnn_resnet50_fpn"}


def find_zoo():
    for folder in (os.environ.get("SEGC_ZOO"), REPOSITORY.parent / "shared/zoo",
                   REPOSITORY / "shared/zoo"):
        if folder and (pathlib.Path(folder) / "reference_models.py").exists():
            return pathlib.Path(folder)
    return None


def export(zoo, name, cache):
    """The folder with a network and its goldens, and what went wrong."""
    size, golden, width = NETWORKS[name]
    options = ["--size", size, "--width", str(width)]
    if golden:
        options += ["--dynamic", "--golden-size", golden]
    folder = cache / "_".join([name, *(o.lstrip("-") for o in options)])
    if (folder / "manifest.json").exists():
        return folder, None
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    outcome = run([PYTHON, zoo / "reference_models.py", "export", name, "--out", partial, *options],
                  timeout=600)
    if outcome.code:
        return folder, outcome.text
    partial.rename(folder)
    return folder, None


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    cuda = "--cuda" in sys.argv
    names = [name for name in sys.argv[2:] if name != "--cuda"]
    if not names:
        names = [name for name in NETWORKS if not cuda or is_turn(name, 4)]
    results = Results()
    zoo = find_zoo()
    reason = "" if zoo else "no zoo here: set SEGC_ZOO to a folder with reference_models.py"
    if not reason and run([PYTHON, "-c", "import torch, torchvision, onnx"]).code:
        reason = f"{PYTHON} cannot import torch, torchvision and onnx"
    if reason:
        for name in names:
            results.skip(name, reason)
        results.finish()

    cache = build / "zoo"
    cache.mkdir(exist_ok=True)
    folders = {}
    for name in names:
        folder, problem = export(zoo, name, cache)
        if problem:
            results.fail(name, f"the export failed: {problem}")
        else:
            folders[str(folder)] = name
    if not cuda:
        judge(build, folders, [], results)
        results.finish()
    emulated = ["--target", "cuda", "--arch", "emulated"]
    judge(build, folders, emulated, results)
    for number, (folder, name) in enumerate(folders.items()):
        if name in JUMPING:
            continue
        precision = list(PRECISIONS)[(number + sample_day()) % len(PRECISIONS)]
        loosened = allowing(pathlib.Path(folder), precision)
        judge(build, {str(loosened): f"{name} in {precision}"},
              [*emulated, "--precision", precision], results)
    results.finish()


def allowing(folder, precision):
    """The same case, with outputs that may be as far from the goldens as the precision lets them."""
    case = folder.with_name(f"{folder.name}.{precision}")
    shutil.rmtree(case, ignore_errors=True)
    shutil.copytree(folder, case, copy_function=os.link)
    manifest = json.loads((case / "manifest.json").read_text())
    allowed = {"rms_relative": PRECISIONS[precision]}
    for entry in [manifest, *manifest["outputs"]]:
        # Of CRFs, which approximate what the goldens are, the mean error is judged: as always.
        if "mean_absolute" not in entry.get("tolerance", {}):
            entry["tolerance"] = allowed
    (case / "manifest.json").unlink()
    (case / "manifest.json").write_text(json.dumps(manifest))
    return case


def judge(build, folders, options, results):
    """As everybody compiles, but for the host compiler's effort."""
    outcome = run([build / "bin/segc", "check", "--quiet", "--color", "never", "--timeout", "600",
                   "--compiler-flag=-O1", *options, *folders], timeout=1800)
    told = {}
    for line in outcome.out.splitlines():
        status, _, rest = line.partition(" ")
        folder, _, detail = rest.partition(": ")
        if folder in folders:
            told[folder] = (status, detail)
    for folder, name in folders.items():
        status, detail = told.get(folder, ("FAIL", outcome.text))
        results.check(status == "ok", name, f"{status}: {detail}")


if __name__ == "__main__":
    main()
