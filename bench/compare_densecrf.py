#!/usr/bin/env python3
"""Times the dense CRF against pydensecrf, in turn, on the same machine.

    bench/compare_densecrf.py [--image PHOTO.png] [--size 500x375] [--classes 21]

Everything is included: lattices, all iterations, from the caller's arrays to the caller's
arrays. Both filter the same scores, coarse and noisy ones as a network of stride 8 gives. A
round measures both, one after the other; figures are medians over all runs. Then it compares
the beliefs: mean |dQ| and the pixels whose labels agree.

Needs numpy and Pillow. pydensecrf (github.com/lucasb-eyer/pydensecrf) is one thread of C++;
build it with CFLAGS="-O3 -march=native". Where it is not installed, the time is compared with
what the machine's memory allows, next to the ratios that were measured with it.
"""

import argparse
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
from PIL import Image

HERE = pathlib.Path(__file__).resolve().parent
# xy, rgb, bilateral weight; the spatial filter is 3 pixels with weight 3. DeepLab v1 and v2,
# CRF-RNN.
SETTINGS = [(80, 13, 10), (67, 3, 4), (160, 3, 5)]
# Ratios to pydensecrf at 500x375, 21 classes, 10 iterations, by settings and threads: on its
# example im1.png, on 2 shared cores with AVX-512.
RECORDED = {((80, 13), 1): 5.41, ((80, 13), 2): 8.91, ((67, 3), 1): 3.60, ((67, 3), 2): 6.07,
            ((160, 3), 1): 3.61, ((160, 3), 2): 6.70}


def picture(path, width, height):
    """An image of the wanted size: a part, or with mirrored repetitions. uint8[h][w][3]"""
    image = np.asarray(Image.open(path).convert("RGB"))
    for axis, length in ((0, height), (1, width)):
        while image.shape[axis] < length:
            image = np.concatenate([image, np.flip(image, axis)], axis)
    return np.ascontiguousarray(image[:height, :width])


def coarse_scores(image, classes, seed=7, stride=8):
    """Scores float32[classes][h][w]: regions of similar colour are a class; their share of every
    cell, with noise, is enlarged."""
    height, width, _ = image.shape
    random = np.random.default_rng(seed)
    centres = image.reshape(-1, 3)[random.integers(0, height * width, classes)].astype(float)
    blurred = np.asarray(Image.fromarray(image).resize((width // 4, height // 4), Image.BOX)
                         .resize((width, height), Image.BILINEAR)).astype(float)
    distance = ((blurred[:, :, None, :] - centres) ** 2).sum(3)
    labels = distance.argmin(2)
    small = ((width + stride - 1) // stride, (height + stride - 1) // stride)
    planes = []
    for label in range(classes):
        share = Image.fromarray((labels == label).astype(np.float32)).resize(small, Image.BOX)
        coarse = 6 * np.asarray(share) + 2 * random.standard_normal(small[::-1])
        planes.append(np.asarray(Image.fromarray(coarse.astype(np.float32))
                                 .resize((width, height), Image.BILINEAR)))
    return np.stack(planes).astype(np.float32)


class Segc:
    """A package of the CRF for one setting, and the program around it."""

    def __init__(self, segc, folder, setting, classes, iterations):
        xy, rgb, weight = setting
        package = folder / f"crf_{xy}_{rgb}"
        subprocess.check_call(
            [segc, "compile", "--crf-only", "--classes", str(classes), "-o", package, "--quiet",
             f"--crf=iterations={iterations},bilateral_xy={xy},bilateral_rgb={rgb},"
             f"bilateral_weight={weight},spatial=3,spatial_weight=3"])
        self.program = package / "time_crf"
        subprocess.check_call(["c++", "-std=c++17", "-O2", HERE / "time_crf.cpp", "-I", package,
                               package / "libdense_crf.a", "-lpthread", "-o", self.program])
        self.folder = folder

    def run(self, scores, image, threads, runs):
        """Milliseconds of the runs; self.beliefs, self.workspace and self.peak."""
        scores.tofile(self.folder / "scores")
        image.transpose(2, 0, 1).astype(np.float32).tofile(self.folder / "image")
        out = subprocess.check_output(
            [self.program, *map(str, scores.shape), self.folder / "scores", self.folder / "image",
             self.folder / "beliefs", str(threads), str(runs)], text=True)
        lines = [line.split() for line in out.splitlines()]
        self.workspace, self.peak = int(lines[-2][1]), int(lines[-1][1])
        self.beliefs = np.fromfile(self.folder / "beliefs", np.float32).reshape(scores.shape)
        return [float(value) for key, value in lines if key == "time"]


def run_densecrf(dcrf, scores, image, setting, iterations):
    """Milliseconds, and the beliefs."""
    xy, rgb, weight = setting
    classes, height, width = scores.shape
    energy = np.ascontiguousarray(-scores.reshape(classes, -1))
    start = time.perf_counter()
    crf = dcrf.DenseCRF2D(width, height, classes)
    crf.setUnaryEnergy(energy)
    crf.addPairwiseGaussian(sxy=3, compat=3)
    crf.addPairwiseBilateral(sxy=xy, srgb=rgb, rgbim=image, compat=weight)
    beliefs = np.array(crf.inference(iterations))
    return 1e3 * (time.perf_counter() - start), beliefs.reshape(scores.shape)


def bandwidth():
    """Bytes a second that one thread of this machine copies, counted once read, once written."""
    source = np.ones(1 << 25, np.float32)
    target = np.empty_like(source)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        np.copyto(target, source)
        times.append(time.perf_counter() - start)
    return 2 * source.nbytes / min(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--image", type=pathlib.Path,
                        default=HERE.parent / "examples/shapes/test/000.png")
    parser.add_argument("--size", default="500x375", help="WIDTHxHEIGHT")
    parser.add_argument("--classes", type=int, default=21)
    parser.add_argument("--iterations", type=int, default=10)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--segc", default=str(HERE.parent / "build/bin/segc"))
    options = parser.parse_args()
    try:
        import pydensecrf.densecrf as dcrf
    except ImportError:
        dcrf = None

    width, height = map(int, options.size.split("x"))
    image = picture(options.image, width, height)
    scores = coarse_scores(image, options.classes)
    print(f"{options.image.name}, {width}x{height}, {options.classes} classes, "
          f"{options.iterations} iterations")
    print(f"{'xy/rgb':>8} {'threads':>8} {'segc ms':>9} "
          + (f"{'densecrf ms':>12} {'speedup':>8} {'mean |dQ|':>10} {'agree %':>9}" if dcrf else
             f"{'memory bound':>13} {'recorded speedup':>17}") + f" {'peak MB':>8} {'space MB':>9}")
    speed = None if dcrf else bandwidth()
    with tempfile.TemporaryDirectory() as folder:
        for setting in SETTINGS:
            crf = Segc(options.segc, pathlib.Path(folder), setting, options.classes,
                       options.iterations)
            ours = {threads: [] for threads in options.threads}
            theirs = []
            for _ in range(options.rounds):
                for threads in options.threads:
                    ours[threads] += crf.run(scores, image, threads, 4)[1:]
                if dcrf:
                    ms, expected = run_densecrf(dcrf, scores, image, setting, options.iterations)
                    theirs.append(ms)
            for threads in options.threads:
                ms = statistics.median(ours[threads])
                text = f"{setting[0]:>4}/{setting[1]:<3} {threads:>8} {ms:>9.1f} "
                if dcrf:
                    error = np.abs(crf.beliefs - expected).mean()
                    agree = (crf.beliefs.argmax(0) == expected.argmax(0)).mean()
                    other = statistics.median(theirs)
                    text += f"{other:>12.1f} {other / ms:>8.2f} {error:>10.1e} {100 * agree:>9.4f}"
                else:
                    # Nine rows read and nine written a pixel and iteration, were nothing cached.
                    rows = (options.classes + 7) // 8 * 8 * 4 * 18
                    bound = 1e3 * options.iterations * rows * width * height / speed / threads
                    recorded = RECORDED.get((setting[:2], threads))
                    text += f"{bound / ms:>12.2f}x {recorded or 'none':>17}"
                print(text + f" {crf.peak / 1e6:>8.0f} {crf.workspace / 1e6:>9.0f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
