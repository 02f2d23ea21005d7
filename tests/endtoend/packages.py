#!/usr/bin/env python3
"""What a generated package promises, tried on three networks.

    packages.py BUILD [--only TEXT]

`shapes` is the trained network of examples/shapes, `small` the one of small.mlir, which takes
batches and has two outputs, `crf` that of crf.mlir. Byte-identical output, silent compilers, the
same bits whatever the threads, sanitizers, other processors, weights in a file or packed, each
stored once, CMake, C99 and the example application.
"""

import argparse
import array
import concurrent.futures
import filecmp
import json
import os
import pathlib
import random
import re
import shutil
import struct
import threading
import time

from results import Results, is_turn, run

HERE = pathlib.Path(__file__).resolve().parent
EXAMPLES = HERE.parent.parent / "examples"
MODELS = {"small": HERE / "small.mlir", "crf": HERE / "crf.mlir",
          "shapes_deeplab": EXAMPLES / "shapes/shapes_deeplab.onnx"}
WARNINGS = ["-std=c++17", "-Wall", "-Wextra", "-Wpedantic"]
ON_X86 = os.uname().machine == "x86_64"
CPU_FLAGS = set(pathlib.Path("/proc/cpuinfo").read_text().split()) if ON_X86 else set()
# Written out: clang 19 warns of features that its -march=native finds on some processors.
NATIVE = "-mcpu=native"
if ON_X86:
    NATIVE = "-march=x86-64-v4" if {"avx512bw", "avx512vl", "avx512dq"} <= CPU_FLAGS \
        else "-march=x86-64-v3"


class Packages:
    def __init__(self, build, only):
        self.segc = build.resolve() / "bin" / "segc"
        self.folder = build.resolve() / "packages"
        self.only = only
        self.results = Results()
        self.chains = []
        self.locks = {name: threading.Lock() for name in MODELS}
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)

    def all(self):
        for name in MODELS:
            self.case(f"{name} compiles", lambda name=name: self.compile(name, name))
        self.run_cases()
        # The longest first, so that no processor is idle at the end.
        self.case("CMake builds the example application, which is as accurate as PyTorch",
                  self.example)
        self.then("CUDA: the example application sees what it sees on a processor",
                  self.cuda_example)
        self.case("shapes: sanitizers, kernel asserts", lambda: self.sanitized("shapes_deeplab"),
                  turns=2)
        for name in ("small", "crf"):
            self.case(f"{name}: sanitizers, kernel asserts", lambda name=name: self.sanitized(name))
            self.case(f"{name}: thread sanitizer", lambda name=name: self.thread_sanitized(name))
        self.case("the same bytes twice, and without the cache", self.same_bytes)
        self.case("the same bytes from a cold, warm, damaged and shared cache", self.cache)
        self.case("a changed network: what changed is compiled", self.changed)
        for name in MODELS:
            self.case(f"{name}: same bits on any threads", lambda name=name: self.threads(name))
        self.case("small: too small sizes, misuse", self.misuse)
        self.case("weights in a file", self.weights_file)
        self.then("packed weights need no preparation", self.packed)
        self.case("a package holds its weights once", self.weights_once, turns=2)
        self.case("shared weights and halves are stored as they are", self.shared)
        for compiler in ("g++", "clang++-19"):
            self.case(f"{compiler} has nothing to say",
                      lambda compiler=compiler: self.silent(compiler))
        self.case("headers stand alone", self.headers, turns=2)
        self.case("the interface is C99", self.c99)
        self.case("shapes: golden outputs", lambda: self.goldens("native"))
        if not ON_X86 or not {"avx2", "fma"} <= CPU_FLAGS:
            self.results.skip("shapes: golden outputs on x86-64-v3", "not this processor")
        else:
            self.case("shapes: golden outputs on x86-64-v3", lambda: self.goldens("x86-64-v3"))
        self.aarch64()
        self.case("CUDA: compilers have nothing to say", self.cuda_silent)
        self.case("CUDA: contexts of several networks, shapes and threads", self.cuda_contexts)
        self.then("CUDA: whatever call fails is told, and nothing leaks",
                  lambda: self.try_app(self.folder / "cuda_context", "failures"))
        self.case("examples: cutting the subject out of a photo", self.matting)
        self.case("examples: a CRF sharpens coarse scores", self.sharpen)
        self.run_cases()
        self.results.finish()

    def case(self, name, function, turns=1):
        """One case: function returns nothing, or what is wrong. Each day has one in `turns`."""
        if is_turn(name, turns) or self.only:
            self.chains.append([(name, function)])
        else:
            self.results.skip(name, "its turn is another day")

    def then(self, name, function):
        """A case that needs what the case before it has made."""
        self.chains[-1].append((name, function))

    def run_cases(self):
        """The cases so far, some at a time."""
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            runs = [pool.submit(self.run_chain, chain) for chain in self.chains]
            for done in concurrent.futures.as_completed(runs):
                for name, seconds, problem in done.result():
                    self.results.check(not problem, f"{name} ({seconds:.0f} s)", problem)
        self.chains = []

    def run_chain(self, chain):
        told = []
        wanted = any(self.only in name for name, _ in chain)
        for name, function in chain:
            if not wanted and not name.endswith(" compiles"):
                continue
            start = time.monotonic()
            try:
                problem = function()
            except OSError as error:
                problem = str(error)
            told.append((name, time.monotonic() - start, problem))
        return told

    def compile(self, model, to, *options, environment=None):
        """Compiles a model into a folder; returns what went wrong."""
        outcome = run([self.segc, "compile", MODELS.get(model, HERE / f"{model}.mlir"), "-o", self.folder / to, "--quiet",
                       "--name", model, *options], env={**os.environ, **(environment or {})})
        return None if outcome.code == 0 and not outcome.err else outcome.text

    def app(self, model, package, name, *options, compiler="c++", sources=()):
        """Builds package_app.cpp around a package, its library or the given sources; the program
        and what went wrong."""
        program = self.folder / name
        flags = [compiler, *WARNINGS, f"-DSEGC_HEADER=\"{model}.h\"", f"-DSEGC_NETWORK={model}",
                 f"-I{self.folder / package}", *options]
        objects = [self.folder / f"{name}_{i}.o" for i in range(1 + len(sources))]
        problem = self.all_silent([flags + ["-c", source, "-o", target] for source, target
                                   in zip([HERE / "package_app.cpp", *sources], objects)])
        # Behind sources of the network, the library gives no more than the weights.
        library = [f for f in [self.folder / package / f"lib{model}.a"] if f.exists()]
        return program, problem or self.all_silent(
            [[*flags, *objects, *library, "-pthread", "-o", program]])

    def all_silent(self, commands):
        """Runs commands side by side; what the first said that failed or said anything."""
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for outcome in pool.map(run, commands):
                if outcome.code or outcome.err:
                    return outcome.text
        return None

    def try_app(self, program, *arguments, environment=None, start=()):
        outcome = run([*start, program, *arguments], env={**os.environ, **(environment or {})})
        if outcome.code == 0:
            return None
        return f"{program.name} {' '.join(arguments)}: {outcome.text}"

    def same_bytes(self):
        for name in MODELS:
            second = f"again_{name}"
            problem = self.compile(name, second, "--jobs", "1", "--no-cache") or \
                self.differences(name, second)
            if problem:
                return f"{name}: {problem}"
        return None

    def differences(self, name, second):
        """In what a package differs from the first one of its network; it is removed if in
        nothing."""
        first, second = self.folder / name, self.folder / second
        files = sorted(p.name for p in first.iterdir())
        if files != sorted(p.name for p in second.iterdir()):
            return "other files"
        if not any(f.endswith(".a") for f in files):
            return "there is no library"
        differing = [f for f in files if not filecmp.cmp(first / f, second / f, shallow=False)]
        if differing:
            return f"{' '.join(differing)} differ"
        shutil.rmtree(second)
        return None

    def cache(self):
        cache = self.folder / "cache"
        environment = {"SEGC_CACHE_DIR": str(cache)}
        several = ["cached_0", "cached_1"]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            problems = pool.map(lambda to: self.compile("small", to, environment=environment),
                                several)
        for problem in [*problems, *(self.differences("small", to) for to in several)]:
            if problem:
                return f"cold, two at once: {problem}"
        entries = sorted(cache.glob("parts/llvmcache-*"))
        # The texts of 13 kernels, the objects of their files and of the network.
        if len(entries) < 16:
            return f"{len(entries)} entries in the cache"
        before = [(e.name, e.stat().st_mtime_ns) for e in entries]
        problem = self.compile("small", "warm", environment=environment) or \
            self.differences("small", "warm")
        if problem:
            return f"warm: {problem}"
        if before != [(e.name, e.stat().st_mtime_ns) for e in sorted(cache.glob("parts/llvmcache-*"))]:
            return "a warm cache is written to"
        for i, entry in enumerate(entries):
            content = bytearray(entry.read_bytes())
            content[len(content) * 2 // 3] ^= 1
            entry.write_bytes(content[:-1] if i % 3 == 0 else content)
        problem = self.compile("small", "damaged", environment=environment) or \
            self.differences("small", "damaged")
        if problem:
            return f"damaged: {problem}"
        # A cache that is too small is no more than slow, and one that is not wanted is not made.
        problem = self.compile("crf", "tight", environment={**environment, "SEGC_CACHE_SIZE": "60K"}) \
            or self.differences("crf", "tight")
        size = sum(e.stat().st_size for e in cache.glob("parts/llvmcache-*"))
        if problem or size > 60 << 10:
            return f"tight: {problem}, {size} bytes"
        shutil.rmtree(cache)
        problem = self.compile("small", "off", "--emit", "source", "--no-cache", environment=environment)
        return problem or ("--no-cache makes a cache" if cache.exists() else None)

    def changed(self):
        """With a flag that says nothing of objects: the cache must still have them."""
        cache = self.folder / "changed_cache"
        model = self.folder / "small.mlir"
        text = MODELS["small"].read_text()
        compiled = []
        for activation in ("<clip, 0.0, 6.0>", "<clip, 0.0, 5.0>"):
            model.write_text(text.replace("<clip, 0.0, 6.0>", activation))
            outcome = run([self.segc, "compile", model, "-o", self.folder / "changed", "-v",
                           "--name", "small", "--compiler-flag=-nodefaultlibs"], env={**os.environ, "SEGC_CACHE_DIR": str(cache)})
            if outcome.code:
                return outcome.text
            compiled.append(re.findall(r" -c (\S+\.cpp) ", outcome.err))
        if len(compiled[0]) < 3 or len(compiled[1]) != 1 or "_kernels_" not in compiled[1][0]:
            return f"compiled {compiled}"
        return None

    def plain_app(self, name):
        """The program around the plain package."""
        program = self.folder / f"{name}_app"
        with self.locks[name]:
            return (program, None) if program.exists() else self.app(name, name, program.name, "-O1")

    def threads(self, name):
        program, problem = self.plain_app(name)
        sizes = ["1 16 16", "1 61 93", "1 37 24"] + \
            ([] if name == "shapes_deeplab" else ["3 17 31"])
        for size in sizes:
            problem = problem or self.try_app(program, "same", *size.split())
        return problem

    def misuse(self):
        program, problem = self.plain_app("small")
        return problem or self.try_app(program, "small", "14") or self.try_app(program, "errors")

    def weights_file(self):
        problem = self.compile("small", "from_file", "--weights", "file")
        if problem:
            return problem
        weights = self.folder / "from_file/small.weights.bin"
        program, problem = self.app("small", "from_file", "from_file_app", "-O1",
                                    f"-DSEGC_WEIGHTS=\"{weights}\"")
        if problem:
            return problem
        outputs = []
        plain, problem = self.plain_app("small")
        if problem:
            return problem
        for app in (plain, program):
            out = self.folder / f"{app.name}.out"
            problem = self.try_app(app, "run", str(out), "1", "19", "23")
            if problem:
                return problem
            outputs.append(out.read_bytes())
        if outputs[0] != outputs[1] or len(outputs[0]) != 19 * 23 * (7 * 4 + 8):
            return "another result than with embedded weights"
        # A flipped bit of the header, another network's weights, and the right ones.
        good = weights.read_bytes()
        broken = self.folder / "broken.weights.bin"
        other = self.folder / "other.weights.bin"
        broken.write_bytes(good[:20] + bytes([good[20] ^ 1]) + good[21:])
        problem = self.compile("crf", "other", "--weights", "file", "--emit", "source")
        if problem:
            return problem
        (self.folder / "other/crf.weights.bin").rename(other)
        for file, status in ((weights, 0), (broken, 7), (other, 7)):
            outcome = run([program, "weights", file])
            if outcome.out.strip() != f"status {status}":
                return f"{file.name}: status {status} expected; {outcome.text}"
        # Files that are not there, too short or too long.
        problem = self.try_app(program, "same", "1", "19", "23")
        for contents in (None, good[:-1], good + b"x", b""):
            if problem:
                break
            weights.unlink()
            if contents is not None:
                weights.write_bytes(contents)
            outcome = run([program, "class"])
            if outcome.code != 1 or str(weights) not in outcome.text:
                problem = f"a weights file of {contents and len(contents)} bytes: {outcome.text}"
            weights.write_bytes(good)
        return problem

    def packed(self):
        problem = self.compile("small", "packed", "--weights", "packed")
        if problem:
            return problem
        header = (self.folder / "packed/small.cpp").read_text()
        if "kPieces" in header:
            return "there is something to prepare"
        program, problem = self.app("small", "packed", "packed_app", "-O1")
        plain, also = self.plain_app("small")
        outputs = [self.folder / f"{app.name}.out" for app in (plain, program)]
        problem = problem or also or self.try_app(program, "errors") or \
            self.try_app(program, "same", "1", "19", "23") or \
            self.try_app(plain, "run", str(outputs[0]), "1", "19", "23") or \
            self.try_app(program, "run", str(outputs[1]), "1", "19", "23")
        if problem:
            return problem
        return None if filecmp.cmp(*outputs, shallow=False) else "another result"

    def weights_once(self):
        """Looks for the first of the stored weights in all files."""
        first = None
        for package, emit, holder in (("once_source", "source", "small.weights.bin"),
                                      ("once_library", "source,library", "libsmall.a"),
                                      ("once_object", "source,object", "small_weights.o"),
                                      ("once_shared", "shared", "libsmall.so"),
                                      ("once_both", "source,shared", "libsmall.so")):
            problem = self.compile("small", package, "--emit", emit)
            if problem:
                return problem
            folder = self.folder / package
            first = first or (folder / holder).read_bytes()[:256]
            holders = [file.name for file in folder.iterdir()
                       for _ in range(file.read_bytes().count(first))]
            if holders != [holder]:
                return f"{emit}: weights in {holders}"
            if emit == "shared":
                continue
            # A program of the package's target, from each of these places.
            build, app = folder / "build", folder / "app.cpp"
            app.write_text('#include "small.h"\nint main() { small::Network network(1); }\n')
            (folder / "outer").mkdir()
            (folder / "outer/CMakeLists.txt").write_text(
                "cmake_minimum_required(VERSION 3.13)\nproject(outer CXX)\n"
                "add_subdirectory(.. package)\nadd_executable(app ../app.cpp)\n"
                "target_link_libraries(app small)\n")
            for command in (["cmake", "-G", "Ninja", "-S", folder / "outer", "-B", build],
                            ["cmake", "--build", build, "-j", os.cpu_count()], [build / "app"]):
                outcome = run(command)
                if outcome.code or "warning" in outcome.text:
                    return f"{emit}: {outcome.text}"
        return None

    def shared(self):
        """Four convolutions, each with a batch norm of its own, read one array of 147 kB. Numbers
        that are halves, as those of half-precision models, take half of that."""
        image, bits = "!seg.tensor<[1, 64, h, w], f32>", random.Random(1)
        weights, vector = "!seg.tensor<[64, 64, 3, 3], f32>", "!seg.tensor<[64], f32>"
        for kind, size in (("f", 147456), ("e", 73728)):
            values = [bits.uniform(-0.1, 0.1) for _ in range(64 * 64 * 9)]
            values = struct.unpack(f"{len(values)}{kind}", struct.pack(f"{len(values)}{kind}", *values))
            text = f"""func.func @shared(%x: {image} {{seg.name = "x"}}) -> {image} {{
  %w = seg.constant {{value = dense<"0x{array.array("f", values).tobytes().hex()}">
    : tensor<64x64x3x3xf32>}} : () -> {weights}
  %y0 = seg.unary %x {{fn = #seg.act<relu>}} : ({image}) -> {image}
"""
            for i in range(4):
                for name in ("s", "t", "m", "v"):
                    numbers = ", ".join(f"{bits.uniform(1, 2):.6f}" for _ in range(64))
                    text += f"  %{name}{i} = seg.constant {{value = dense<[{numbers}]> : " \
                            f"tensor<64xf32>}} : () -> {vector}\n"
                text += f"""  %c{i} = seg.conv2d %y{i}, %w {{strides = array<i64: 1, 1>,
    dilations = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, groups = 1,
    operandSegmentSizes = array<i32: 1, 1, 0, 0>}} : ({image}, {weights}) -> {image}
  %y{i + 1} = seg.batch_norm %c{i}, %s{i}, %t{i}, %m{i}, %v{i} {{epsilon = 1.0 : f32}} :
    ({image}, {vector}, {vector}, {vector}, {vector}) -> {image}
"""
            model = self.folder / f"shared_{kind}.mlir"
            model.write_text(text + f"  return %y4 : {image}\n}}\n")
            package = self.folder / f"shared_{kind}"
            outcome = run([self.segc, "compile", model, "-o", package, "--quiet", "--name", "shared",
                           "--weights", "file", "--emit", "source"])
            if outcome.code:
                return outcome.text
            stored = (package / "shared.weights.bin").stat().st_size
            if not size < stored < 1.1 * size:
                return f"{kind}: {stored} bytes are stored"
        return None

    def silent(self, compiler):
        if not shutil.which(compiler):
            return f"{compiler} is not installed"
        # Some warnings need the optimizer; one network is enough for that.
        commands = []
        for name, options in (("small", ["-O2", "-S", "-o", "/dev/null"]),
                              ("crf", ["-O2", "-S", "-o", "/dev/null"]),
                              ("shapes_deeplab", ["-fsyntax-only"])):
            package = self.folder / name
            flags = re.search(r"fvisibility=hidden;(.*)>\)",
                              (package / "CMakeLists.txt").read_text())[1]
            flags = flags.replace("-march=native", NATIVE).split(";")
            commands += [[compiler, *WARNINGS, *flags, *options, source]
                         for source in sorted(package.glob("*.cpp"))]
        return self.all_silent(commands)

    def headers(self):
        headers = sorted((self.folder / "crf").glob("*.h"))
        if len(headers) < 10:
            return "the runtime is missing"
        commands = []
        for header in headers:
            source = self.folder / f"alone_{header.stem}.cpp"
            # Twice, for the guard.
            source.write_text(f"#include \"{header.name}\"\n" * 2)
            commands += [[compiler, *WARNINGS, NATIVE, "-Wno-psabi", "-fsyntax-only",
                          f"-I{header.parent}", source] for compiler in ("g++", "clang++-19")]
        return self.all_silent(commands)

    def c99(self):
        package, program = self.folder / "small", self.folder / "c_interface"
        outcome = run(["gcc", "-std=c99", "-Wall", "-Wextra", "-Wpedantic", f"-I{package}",
                       "-DSEGC_HEADER=\"small.h\"", "-DSEGC_NETWORK=small", "-c",
                       HERE / "c_interface.c", "-o", f"{program}.o"])
        if outcome.code or outcome.err:
            return outcome.text
        outcome = run(["c++", f"{program}.o", package / "libsmall.a", "-pthread", "-o", program])
        return outcome.text if outcome.code else self.try_app(program)

    def sanitized(self, name):
        """Source with asserts in its kernels, built with sanitizers, at odd sizes."""
        package = f"{name}_asserts"
        problem = self.compile(name, package, "--kernel-asserts", "--emit", "source")
        if problem:
            return problem
        folder = self.folder / package
        program, problem = self.app(
            name, package, f"{package}_app", "-O1", NATIVE,
            "-Wno-psabi", "-fno-tree-vectorize", "-fsanitize=address,undefined",
            "-fno-sanitize-recover=all", f"-Wa,-I{folder}",
            sources=[*sorted(folder.glob("*.cpp")), folder / f"{name}_weights.S"])
        if problem:
            return problem
        sizes = ["1 8 8", "1 17 40", "1 61 35"] if name == "shapes_deeplab" \
            else ["1 1 1", "2 5 5", "2 16 17", "1 33 18", "3 31 64"]
        for size in sizes:
            if size != "1 1 1":
                problem = problem or self.try_app(program, "same", *size.split())
        if name == "small":
            problem = problem or self.try_app(program, "errors")
        return problem or self.try_app(program, "small",
                                       "9" if name == "shapes_deeplab" else "18")

    def thread_sanitized(self, name):
        folder = self.folder / name
        program, problem = self.app(
            name, name, f"{name}_tsan_app", "-O1", NATIVE,
            "-Wno-psabi", "-fsanitize=thread", f"-Wa,-I{folder}",
            sources=sorted(folder.glob("*.cpp")))
        return problem or self.try_app(program, "same", "2", "33", "47",
                                       environment={"TSAN_OPTIONS": "halt_on_error=1"})

    def goldens(self, arch):
        outcome = run([self.segc, "check", EXAMPLES / "shapes", "--arch", arch, "--quiet"])
        if outcome.code == 0 and outcome.out.count("ok ") >= 5:
            return None
        return outcome.text

    def aarch64(self):
        missing = [tool for tool in ("aarch64-linux-gnu-g++", "qemu-aarch64-static")
                   if not shutil.which(tool)]
        if missing and ON_X86:
            self.results.skip("aarch64", f"{' and '.join(missing)} not installed")
        elif ON_X86:
            self.case("small: aarch64 agrees", lambda: self.on_aarch64("small", 7))
            self.case("crf: aarch64 agrees", lambda: self.on_aarch64("crf", 5), turns=2)
            self.case("shapes: golden outputs on aarch64", lambda: self.goldens("aarch64"), turns=2)

    def on_aarch64(self, name, classes):
        """Probabilities and labels of a package here and there."""
        there = f"{name}_aarch64"
        problem = self.compile(name, there, "--arch", "aarch64")
        if problem:
            return problem
        program, problem = self.app(name, there, f"{there}_app", "-O1", "-static",
                                    compiler="aarch64-linux-gnu-g++")
        if problem:
            return problem
        files = [self.folder / f"{name}_{where}.out" for where in ("here", "there")]
        size = ["2", "19", "23"]
        plain, problem = self.plain_app(name)
        problem = problem or self.try_app(plain, "run", str(files[0]), *size) or \
            self.try_app(program, "run", str(files[1]), *size, start=["qemu-aarch64-static"])
        if problem:
            return problem
        probabilities = 2 * classes * 19 * 23
        floats = [array.array("f", f.read_bytes()[:4 * probabilities]) for f in files]
        error = max(abs(a - b) for a, b in zip(*floats))
        if len(floats[0]) != probabilities or not error < 1e-5:
            return f"probabilities differ by {error}"
        labels = [array.array("q", f.read_bytes()[4 * probabilities:]) for f in files]
        differing = sum(a != b for a, b in zip(*labels))
        return f"{differing} labels differ" if differing > 1 else None

    def example(self):
        package, build = self.folder / "shapes_deeplab", self.folder / "segment"
        for command in (["cmake", "-G", "Ninja", "-S", EXAMPLES / "segment_image", "-B", build,
                         f"-DSEGMENT_PACKAGE={package}"],
                        ["cmake", "--build", build, "-j", os.cpu_count()],
                        [build / "segment", EXAMPLES / "shapes/test"]):
            outcome = run(command)
            if outcome.code or "warning" in outcome.text:
                return outcome.text
        expected = json.loads((EXAMPLES / "shapes/metrics.json").read_text())
        expected = expected["networks"]["deeplab"]["bundled_24_scenes"]
        for words, key in (("pixel accuracy", "pixel_accuracy"), ("mean IoU", "mean_iou")):
            found = re.search(words + r"\D*(\d\.\d+)", outcome.out)
            if not found:
                return f"no {words} in: {outcome.text}"
            if abs(float(found[1]) - expected[key]) > 1e-3:
                return f"{words} {found[1]} instead of {expected[key]}"
        return None if "24 images" in outcome.out else outcome.text

    def cuda_silent(self):
        """The sources for a GPU: on the emulation, and by nvcc where there is one."""
        commands = []
        for model, arch in (("small", "emulated"), ("small", "sm_75"), ("crf", "sm_90"),
                            ("counting", "sm_90")):
            folder = f"cuda_{model}_{arch}"
            problem = self.compile(model, folder, "--target", "cuda", "--arch", arch, "--emit",
                                   "source")
            if problem:
                return problem
            package = self.folder / folder
            sources = sorted([*package.glob("*.cu"), *package.glob("*.cpp")])
            if len(sources) < 2:
                return f"{package}: only {sources}"
            if arch == "emulated":
                commands += [[compiler, *WARNINGS, "-Wno-psabi", "-DSEGC_CUDA_EMULATION", "-x", "c++",
                              "-fsyntax-only", source]
                             for compiler in ("g++", "clang++-19") for source in sources]
            elif shutil.which("nvcc"):
                commands += [["nvcc", "-std=c++17", f"-arch={arch}", "-Xcompiler", "-Wall,-Wextra",
                              "-c", source, "-o", source.with_suffix(".o")]
                             for source in sources if source.suffix == ".cu"]
        return self.all_silent(commands)

    def cuda_contexts(self):
        """Three networks in one program: cuda_context.cpp says what must hold of them."""
        models, program = ("small", "crf", "counting"), self.folder / "cuda_context"
        folders = [self.folder / f"context_{model}" for model in models]
        for model, folder in zip(models, folders):
            problem = self.compile(model, folder.name, "--target", "cuda", "--arch", "emulated")
            if problem:
                return problem
        outcome = run(["c++", *WARNINGS, "-Wno-psabi", "-O1", "-DSEGC_CUDA_EMULATION",
                       *(f"-I{folder}" for folder in folders), HERE / "cuda_context.cpp",
                       *(folder / f"lib{model}.a" for model, folder in zip(models, folders)),
                       "-pthread", "-o", program])
        if outcome.code or outcome.err:
            return outcome.text
        # The header is C99 where it says so.
        for model, folder in zip(models, folders):
            outcome = run(["gcc", "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-fsyntax-only",
                           "-x", "c", folder / f"{model}.h"])
            if outcome.code or outcome.err:
                return outcome.text
        for mode in ("replay", "addresses", "crf", "counts", "class", "threads"):
            problem = self.try_app(program, mode)
            if problem:
                return problem
        return None

    def cuda_example(self):
        """One picture on the emulation of CUDA: as on a processor, but for ties."""
        package, build = self.folder / "example_cuda", self.folder / "segment_cuda"
        picture, label = (EXAMPLES / f"shapes/test/000{end}.png" for end in ("", "_label"))
        problem = self.compile("shapes_deeplab", "example_cuda", "--target", "cuda", "--arch",
                               "emulated")
        if problem:
            return problem
        found = []
        for command in (["cmake", "-G", "Ninja", "-S", EXAMPLES / "segment_image", "-B", build,
                         f"-DSEGMENT_PACKAGE={package}"],
                        ["cmake", "--build", build, "-j", os.cpu_count()],
                        [build / "segment", picture, "--labels", label],
                        [self.folder / "segment/segment", picture, "--labels", label]):
            outcome = run(command)
            if outcome.code or "warning" in outcome.text:
                return outcome.text
            found += re.findall(r"pixel accuracy\D*(\d\.\d+)", outcome.out)
        if len(found) != 2:
            return outcome.text
        gpu, cpu = map(float, found)
        return None if abs(gpu - cpu) < 1e-3 else f"pixel accuracy {gpu} instead of {cpu}"

    def matting(self):
        """A network with IS-Net's inputs and outputs, which npm has, and a quarter of every pixel."""
        package, build = self.folder / "isnet", self.folder / "matting"
        photo, cutout = EXAMPLES / "shapes/test/000.png", self.folder / "cutout.png"
        for command in ([self.segc, "compile", HERE / "matting.mlir", "--name", "isnet", "-o", package,
                         "--outputs", "output", "--u8-input", "--mean", "0.50196,0.50196,0.50196",
                         "--std", "1.00392,1.00392,1.00392", "--quiet"],
                        ["cmake", "-G", "Ninja", "-S", EXAMPLES / "matting", "-B", build,
                         f"-DMATTING_PACKAGE={package}"],
                        ["cmake", "--build", build, "-j", os.cpu_count()],
                        [build / "cutout", photo, cutout, "--mask", self.folder / "mask.png"]):
            outcome = run(command)
            if outcome.code or "warning" in outcome.text:
                return outcome.text
        # Width, height, bits and kind (6: colors and alpha) of the picture.
        expected = photo.read_bytes()[16:24] + bytes([8, 6])
        if cutout.read_bytes()[16:26] != expected:
            return f"the cutout begins with {cutout.read_bytes()[:26]}"
        return None if "covers 25.0 %" in outcome.out else outcome.text

    def sharpen(self):
        """Mean IoU of the scenes whose figures did not choose the settings."""
        outcome = run([EXAMPLES / "crf/sharpen.sh", self.segc.parent.parent])
        found = {where: float(value) for where, value in
                 re.findall(r"odd scenes +(at stride 8|behind the CRF).*mean IoU (\S+)",
                            outcome.out)}
        if outcome.code or len(found) != 2:
            return outcome.text
        gain = found["behind the CRF"] - found["at stride 8"]
        return None if gain > 0.04 else f"mean IoU rises by {gain:.4f} only"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    Packages(arguments.build, arguments.only).all()


if __name__ == "__main__":
    main()
