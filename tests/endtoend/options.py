#!/usr/bin/env python3
"""What options of the command line do to a network, tried with `segc run` and `segc eval`.

    options.py BUILD [--only TEXT]

Steps before and behind the network (--u8-input, --bgr, --mean, --std, --softmax, --argmax) are
compared with the same steps done here, with channels first and last; --shape, --save-temps, --print-ir-after-all and the cache
with what they promise. Nothing but Python's library is used.
"""

import argparse
import array
import ast
import json
import math
import os
import pathlib
import random
import shutil

from results import Results, run

HERE = pathlib.Path(__file__).resolve().parent
SHAPES = HERE.parent.parent / "examples" / "shapes"
SMALL = HERE / "small.mlir"
HEIGHT, WIDTH, CLASSES = 19, 23, 7
MEAN, STD = (0.5, 0.25, 0.125), (0.25, 0.5, -2.0)
# Without pooling, where a rounding error decides between equal pixels of a photograph.
TINY = """
func.func @tiny(%x: !seg.tensor<[n, 3, h, w], f32> {seg.name = "image"})
    -> (!seg.tensor<[n, 2, h, w], f32> {seg.name = "scores"}) {
  %k = seg.constant {value = dense<[[[[1.0]], [[-2.0]], [[0.5]]], [[[-0.25]], [[3.0]], [[1.0]]]]>
    : tensor<2x3x1x1xf32>} : () -> !seg.tensor<[2, 3, 1, 1], f32>
  %y = seg.conv2d %x, %k {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>,
    pads = array<i64: 0, 0, 0, 0>, groups = 1, operandSegmentSizes = array<i32: 1, 1, 0, 0>}
    : (!seg.tensor<[n, 3, h, w], f32>, !seg.tensor<[2, 3, 1, 1], f32>)
    -> !seg.tensor<[n, 2, h, w], f32>
  return %y : !seg.tensor<[n, 2, h, w], f32>
}
"""
# The same with the channels last outside, as TensorFlow's converters leave networks.
LAST = """
func.func @last(%l: !seg.tensor<[n, h, w, 3], f32> {seg.name = "image"})
    -> (!seg.tensor<[n, h, w, 2], f32> {seg.name = "scores"}) {
  %x = seg.transpose %l {permutation = array<i64: 0, 3, 1, 2>}
    : (!seg.tensor<[n, h, w, 3], f32>) -> !seg.tensor<[n, 3, h, w], f32>
""" + TINY[TINY.index("  %k ="):TINY.index("  return")] + """
  %z = seg.transpose %y {permutation = array<i64: 0, 2, 3, 1>}
    : (!seg.tensor<[n, 2, h, w], f32>) -> !seg.tensor<[n, h, w, 2], f32>
  return %z : !seg.tensor<[n, h, w, 2], f32>
}
"""
# Nothing here says which axis is which.
BARE = """
func.func @bare(%x: !seg.tensor<[n, h, w, 3], f32> {seg.name = "image"})
    -> (!seg.tensor<[n, h, w, 3], f32> {seg.name = "scores"}) {
  %y = seg.unary %x {fn = #seg.act<relu>}
    : (!seg.tensor<[n, h, w, 3], f32>) -> !seg.tensor<[n, h, w, 3], f32>
  return %y : !seg.tensor<[n, h, w, 3], f32>
}
"""
DTYPES = {"<f4": "f", "<i8": "q", "|u1": "B"}


def write_npy(path, code, shape, values):
    dtype = {v: k for k, v in DTYPES.items()}[code]
    header = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {tuple(shape)}, }}"
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\0" + len(header).to_bytes(2, "little") + header.encode()
                     + array.array(code, values).tobytes())


def read_npy(path):
    data = path.read_bytes()
    end = 10 + int.from_bytes(data[8:10], "little")
    header = ast.literal_eval(data[10:end].decode())
    return header["shape"], array.array(DTYPES[header["descr"]], data[end:])


def furthest(a, b):
    if len(a) != len(b):
        return math.inf
    return max(abs(x - y) for x, y in zip(a, b))


class Options:
    def __init__(self, build, only):
        self.segc = build.resolve() / "bin" / "segc"
        self.folder = build.resolve() / "options"
        self.only = only
        self.results = Results()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.environment = {**os.environ, "SEGC_CACHE_DIR": str(self.folder / "cache")}
        generator = random.Random(1)
        self.pixels = [generator.randrange(256) for _ in range(3 * HEIGHT * WIDTH)]
        self.bytes = self.folder / "bytes.npy"
        write_npy(self.bytes, "B", (1, 3, HEIGHT, WIDTH), self.pixels)
        self.floats = self.folder / "floats.npy"
        write_npy(self.floats, "f", (1, 3, HEIGHT, WIDTH), [p / 255 for p in self.pixels])

    def all(self):
        self.case("--bgr --mean --std", lambda: self.steps_before(False))
        self.case("--u8-input --bgr --mean --std", lambda: self.steps_before(True))
        self.case("--u8-input alone takes an image as it is", self.image)
        self.case("--u8-input refuses floats", self.floats_refused)
        self.case("--softmax", self.softmax)
        self.case("--argmax", self.argmax)
        self.case("channels last: --argmax, --softmax, steps before, label maps",
                  self.channels_last)
        self.case("channels on an unknown axis: refused, --channels-axis", self.unknown_axis)
        self.case("--shape fixes a network in the seg dialect", self.shape)
        self.case("the cache, --print-ir-after-all, --save-temps", self.cache)
        self.case("shapes: as accurate as PyTorch with --u8-input --mean --std --argmax",
                  self.accuracy)
        self.results.finish()

    def case(self, name, function):
        """One case: function returns nothing, or what is wrong."""
        if self.only not in name:
            return
        try:
            problem = function()
        except (OSError, ValueError) as error:
            problem = f"{type(error).__name__}: {error}"
        self.results.check(not problem, name, problem)

    def segc_run(self, model, image, output, *options):
        """The shape and values of an output; an error is a ValueError."""
        file = self.folder / "output.npy"
        file.unlink(missing_ok=True)
        outcome = run([self.segc, "run", model, "--input", f"image={image}", "--output",
                       f"{output}={file}", "--quiet", *options], env=self.environment)
        if outcome.code:
            raise ValueError(outcome.text)
        return read_npy(file)

    def steps_before(self, as_bytes):
        """small.mlir with the steps, and without on numbers that had them here."""
        plane = HEIGHT * WIDTH
        prepared = [(self.pixels[(2 - c) * plane + i] / 255 - MEAN[c]) / STD[c]
                    for c in range(3) for i in range(plane)]
        file = self.folder / "prepared.npy"
        write_npy(file, "f", (1, 3, HEIGHT, WIDTH), prepared)
        wanted = self.segc_run(SMALL, file, "probabilities")
        options = ["--bgr", "--mean", ",".join(map(str, MEAN)), "--std", ",".join(map(str, STD))]
        if as_bytes:
            actual = self.segc_run(SMALL, self.bytes, "probabilities", "--u8-input", *options)
        else:
            actual = self.segc_run(SMALL, self.floats, "probabilities", *options)
        error = furthest(actual[1], wanted[1])
        if actual[0] != wanted[0] or not error < 1e-5:
            return f"probabilities differ by {error}"
        untouched = self.segc_run(SMALL, self.floats, "probabilities")
        if furthest(untouched[1], wanted[1]) < 1e-3:
            return "the steps change so little that this proves nothing"
        return None

    def image(self):
        """A .png is fed as bytes with --u8-input, and in [0, 1] without."""
        model = self.folder / "tiny.mlir"
        model.write_text(TINY)
        picture = SHAPES / "test" / "000.png"
        first = self.segc_run(model, picture, "scores", "--u8-input")
        second = self.segc_run(model, picture, "scores")
        error = furthest(first[1], second[1])
        if not error < 1e-5:
            return f"scores differ by {error}"
        return None if max(second[1]) > 0.5 else "a dark image proves nothing"

    def floats_refused(self):
        outcome = run([self.segc, "run", SMALL, "--u8-input", "--input", f"image={self.floats}"],
                      env=self.environment)
        if outcome.code == 1 and "does not fit input \"image\", uint8 ?x3x?x?" in outcome.err:
            return None
        return outcome.text

    def scores(self, *options):
        """Seven scores a pixel: the network's probabilities, whatever they mean."""
        return self.segc_run(SMALL, self.floats, "probabilities", *options)[1]

    def softmax(self):
        before, after = self.scores(), self.scores("--softmax")
        plane = HEIGHT * WIDTH
        wanted = [0.0] * len(before)
        for i in range(plane):
            powers = [math.exp(before[k * plane + i]) for k in range(CLASSES)]
            for k in range(CLASSES):
                wanted[k * plane + i] = powers[k] / sum(powers)
        error = furthest(after, wanted)
        return None if error < 1e-5 else f"probabilities differ by {error}"

    def argmax(self):
        before = self.scores()
        shape, labels = self.segc_run(SMALL, self.floats, "probabilities", "--argmax")
        plane = HEIGHT * WIDTH
        wanted = [max(range(CLASSES), key=lambda k: before[k * plane + i]) for i in range(plane)]
        if shape != (1, 1, HEIGHT, WIDTH) or labels.typecode != "q":
            return f"{shape} of {labels.typecode}"
        if len(set(wanted)) < 2:
            return "a single class proves nothing"
        differing = sum(a != b for a, b in zip(labels, wanted))
        return f"{differing} labels differ" if differing else None

    def interleaved(self):
        """The image, pixel by pixel."""
        plane = HEIGHT * WIDTH
        file = self.folder / "last.npy"
        write_npy(file, "f", (1, HEIGHT, WIDTH, 3),
                  [self.pixels[c * plane + i] / 255 for i in range(plane) for c in range(3)])
        return file

    def channels_last(self):
        first, last = self.folder / "tiny.mlir", self.folder / "last.mlir"
        first.write_text(TINY)
        last.write_text(LAST)
        image, plane = self.interleaved(), HEIGHT * WIDTH
        steps = ["--bgr", "--mean", ",".join(map(str, MEAN)), "--std", ",".join(map(str, STD))]
        labels = [self.segc_run(model, given, "scores", "--argmax", *steps)
                  for model, given in ((first, self.floats), (last, image))]
        if labels[0] != labels[1]:
            return f"labels differ: {labels[0][0]} and {labels[1][0]}"
        if len(set(labels[0][1])) < 2:
            return "a single class proves nothing"
        wanted = self.segc_run(first, self.floats, "scores", "--softmax", *steps)[1]
        shape, actual = self.segc_run(last, image, "scores", "--softmax", *steps)
        error = furthest([actual[2 * i + k] for k in range(2) for i in range(plane)], wanted)
        if shape != (1, HEIGHT, WIDTH, 2) or not error < 1e-5:
            return f"probabilities of {shape} differ by {error}"
        pictures = []
        for model, given in ((first, self.floats), (last, image)):
            file = self.folder / f"{model.stem}.png"
            outcome = run([self.segc, "run", model, "--input", f"image={given}", "--output",
                           f"scores={file}", "--quiet", *steps], env=self.environment)
            if outcome.code:
                return outcome.text
            pictures.append(file.read_bytes())
        if pictures[0] != pictures[1]:
            return "the label maps differ"
        return self.pictures_last(first, last)

    def pictures_last(self, first, last):
        """Pictures go into a network as it has its channels, and labels come out."""
        photo = SHAPES / "test" / "000.png"
        for options in ([], ["--u8-input", "--argmax"], ["--overlay"]):
            files = []
            for model in (first, last):
                files.append(self.folder / f"{model.stem}_photo.png")
                outcome = run([self.segc, "run", model, "--input", f"image={photo}", "--output",
                               f"scores={files[-1]}", "--quiet", *options], env=self.environment)
                if outcome.code:
                    return outcome.text
            if files[0].read_bytes() != files[1].read_bytes():
                return f"{options}: the pictures differ"
        figures = []
        for model in (first, last):
            outcome = run([self.segc, "eval", model, SHAPES / "test", SHAPES / "test", "--argmax",
                           "--json", "-", "--quiet"], env=self.environment)
            if outcome.code:
                return outcome.text
            figures.append({**json.loads(outcome.out), "model": ""})
        return None if figures[0] == figures[1] else f"eval: {figures}"

    def unknown_axis(self):
        model, image = self.folder / "bare.mlir", self.interleaved()
        model.write_text(BARE)
        for options in (["--argmax"], ["--softmax"], ["--bgr"],
                        ["--output", f"scores={self.folder / 'labels.png'}"],
                        ["--input", f"image={SHAPES / 'test' / '000.png'}"]):
            given = [] if "--input" in options else ["--input", f"image={image}"]
            outcome = run([self.segc, "run", model, *given, *options], env=self.environment)
            if outcome.code != 1 or "--channels-axis" not in outcome.err:
                return f"{options}: {outcome.text}"
        pixels = read_npy(image)[1]
        shape, labels = self.segc_run(model, image, "scores", "--argmax", "--channels-axis", "3")
        wanted = [max(range(3), key=lambda c: pixels[3 * i + c]) for i in range(HEIGHT * WIDTH)]
        if shape != (1, 1, HEIGHT, WIDTH) or list(labels) != wanted:
            return "--channels-axis 3 gives other labels"
        return None

    def shape(self):
        fixed = f"image=1x3x{HEIGHT}x{WIDTH}"
        error = furthest(self.scores(), self.scores("--shape", fixed))
        if not error < 1e-5:
            return f"probabilities differ by {error}"
        outcome = run([self.segc, "run", SMALL, "--input", f"image={self.floats}", "--shape",
                       f"image=1x3x{HEIGHT + 1}x{WIDTH}"], env=self.environment)
        good = outcome.code == 1 and f"float32 1x3x{HEIGHT + 1}x{WIDTH}" in outcome.err
        return None if good else outcome.text

    def cache(self):
        def again(*options):
            return run([self.segc, "run", SMALL, "--input", f"image={self.floats}", *options],
                       env=self.environment)
        again()
        cached = again("-v")
        if "compiled before, in" not in cached.err:
            return f"the cache is not used: {cached.text}"
        printed = again("--print-ir-after-all", "--quiet").err
        if "IR Dump After FuseEpilogue" not in printed or "seg.conv2d" not in printed:
            return f"no network is printed where the cache has it: {printed[:1000]}"
        kept = again("--save-temps", "-v").err
        folder = next((line.split(" compiled into ")[1] for line in kept.splitlines()
                       if " compiled into " in line), None)
        if not folder:
            return f"the folder is not told: {kept}"
        for file in ("small.imported.mlir", "small.passes.mlir", "small.o",
                     "small_kernels_layout_planar_to_planar_c3_f32.o"):
            if not (pathlib.Path(folder) / file).exists():
                return f"{file} is not kept"
        # What was kept compiles as the model does.
        folder = pathlib.Path(folder)
        first = self.scores()
        kept = self.segc_run(folder / "small.imported.mlir", self.floats, "probabilities",
                             "--name", "small")
        if first != kept[1]:
            return "the imported network computes something else"
        return None

    def accuracy(self):
        outcome = run([self.segc, "eval", SHAPES / "shapes_deeplab.onnx", SHAPES / "test",
                       SHAPES / "test", "--u8-input", "--argmax", "--mean", "0.485,0.456,0.406",
                       "--std", "0.229,0.224,0.225", "--json", "-", "--quiet"],
                      env=self.environment)
        if outcome.code:
            return outcome.text
        actual = json.loads(outcome.out)
        metrics = json.loads((SHAPES / "metrics.json").read_text())
        wanted = metrics["networks"]["deeplab"]["bundled_24_scenes"]
        for figure in ("pixel_accuracy", "mean_iou"):
            if abs(actual[figure] - wanted[figure]) > 1e-4:
                return f"{figure} is {actual[figure]}, not {wanted[figure]}"
        return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, add_help=True)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--only", default="", help="cases whose name contains this")
    arguments = parser.parse_args()
    Options(arguments.build, arguments.only).all()


if __name__ == "__main__":
    main()
