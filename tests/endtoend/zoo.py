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

import numpy

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

# Of tensor cores' precisions, the largest part of itself that a number is rounded by.
ROUNDING = {"fp32": 2.0**-24, "tf32": 2.0**-11, "fp16": 2.0**-11, "bf16": 2.0**-8}
# Places of maxima and the choice of boxes jump with the least error.
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
        if name not in JUMPING:
            precision = list(ROUNDING)[1:][(number + sample_day()) % 3]
            judge_precision(build, pathlib.Path(folder), name, precision, results)
    results.finish()


def judge_precision(build, folder, name, precision, results):
    """An error must be one that rounding explains: as much larger than that of single precision as
    the rounding is, and twice that; or of a few roundings."""
    manifest = json.loads((folder / "manifest.json").read_text())
    case = f"{name} in {precision}"
    errors = {}
    for each in ("fp32", precision):
        errors[each], problem = errors_in(build, folder, manifest, each)
        if problem:
            return results.fail(case, problem)
    growth = ROUNDING[precision] / ROUNDING["fp32"]
    # CRFs approximate what their goldens are, in any precision: their means are judged, as always.
    allowed = [output.get("tolerance", {}).get("mean_absolute")
               or max(2 * growth * error, 4 * ROUNDING[precision])
               for output, error in zip(manifest["outputs"], errors["fp32"])]
    told = ", ".join(f"{error:.3g} of {most:.3g}" for error, most in zip(errors[precision], allowed))
    if all(error <= most for error, most in zip(errors[precision], allowed)):
        return results.ok(case, told)
    return results.fail(case, told)


def errors_in(build, folder, manifest, precision):
    """Root mean squares of errors and outputs, divided, of CRFs mean errors; or a problem."""
    files = [folder.with_name(f"{folder.name}.{i}.npy") for i in range(len(manifest["outputs"]))]
    outcome = run([build / "bin/segc", "run", folder / "model.onnx", "--target", "cuda", "--arch",
                   "emulated", "--precision", precision, "--compiler-flag=-O1",
                   *(f"--input={i['name']}={folder / i['file']}" for i in manifest["inputs"]),
                   *(f"--output={o['name']}={f}" for o, f in zip(manifest["outputs"], files))])
    if outcome.code:
        return None, outcome.text
    errors = []
    for output, file in zip(manifest["outputs"], files):
        golden = numpy.load(folder / output["file"]).astype(float)
        error = numpy.load(file).astype(float) - golden
        if "mean_absolute" in output.get("tolerance", {}):
            errors.append(float(numpy.abs(error).mean()))
        else:
            errors.append(float(numpy.sqrt((error**2).mean() / (golden**2).mean())))
        file.unlink()
    return errors, None


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
