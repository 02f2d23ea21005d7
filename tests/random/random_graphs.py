#!/usr/bin/env python3
"""Random networks, compiled many at a time and compared with oracles that share no code with them.

    random_graphs.py BUILD                    the fixed cases, then some seeds: what CI runs
    random_graphs.py BUILD --seeds A..B       these seeds
    random_graphs.py BUILD --minutes M        seeds from A on (default: by the clock) for so long
    random_graphs.py BUILD --cases            the fixed cases alone
    random_graphs.py BUILD --cuda             one of CI's packages on the emulation of CUDA, another
                                              each day; all of them with SEGC_TEST_ALL=1; with
                                              --seeds or --minutes these instead
    random_graphs.py BUILD --show SEED        prints a seed's graph

The oracles are the reference interpreter and, if --ort or $SEGC_ORT names a folder node_modules
with npm's onnxruntime-node, ONNX Runtime. Graphs that fail are reduced and, with --keep FOLDER,
written there as case files; those that segc refuses are counted by reason, and too many of them are
a failure. `python3` must be Debian's, with python3-onnx and python3-numpy.
"""

import argparse
import collections
import concurrent.futures
import os
import pathlib
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "endtoend"))

from results import Results, sample_day  # noqa: E402

# The packages that CI compares, half of them each day (5 and 11 have --argmax and --softmax), and for
# how long `./dev test --all` goes on with new ones.
CI_PACKAGES = (0, 1, 2, 3, 5, 11)
ALL_MINUTES = 30
# So many graphs of a hundred may be outside of what segc compiles.
MOST_REFUSED = 8


def parse():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--seeds", help="A..B")
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--cases", action="store_true")
    parser.add_argument("--cuda", action="store_true")
    parser.add_argument("--show", type=int)
    parser.add_argument("--focus", help="graphs of one of the generator's menus only")
    parser.add_argument("--segc", type=pathlib.Path, help="instead of BUILD's")
    parser.add_argument("--ort", default=os.environ.get("SEGC_ORT"))
    parser.add_argument("--ort-optimization", default="disabled", choices=["disabled", "all"])
    parser.add_argument("--keep", type=pathlib.Path, help="folder for reduced graphs that fail")
    parser.add_argument("-v", "--verbose", action="store_true", help="tell of every package")
    parser.add_argument("--no-reduce", action="store_true")
    parser.add_argument("--option", action="append", default=[], help="one more for segc run")
    arguments = parser.parse_args()
    if arguments.cuda:
        arguments.option += ["--target=cuda", "--arch=emulated"]
    return arguments


class Sweep:
    def __init__(self, arguments, scratch):
        from judge import Judge
        from oracles import interpreter, onnx_runtime
        self.arguments, self.results = arguments, Results()
        self.oracles = [interpreter(arguments.build)]
        if arguments.ort:
            self.oracles.append(onnx_runtime(arguments.ort, arguments.ort_optimization))
        segc = arguments.segc or arguments.build / "bin/segc"
        options = ["--compiler-flag=-O0", *arguments.option]
        self.judge = Judge(segc, self.oracles, scratch / "cache", options)
        self.judge.verbose = arguments.verbose
        self.counts = collections.Counter()
        self.reasons = collections.Counter()
        self.faults = collections.Counter()

    def cases(self):
        """The fixed cases, in as few packages as there are styles."""
        from graph import Graph
        files = sorted((HERE / "cases").glob("*.json"))
        graphs = [Graph.from_json(f.read_text()) for f in files]
        for file, verdict in zip(files, self.judge.judge(graphs, kernel_asserts=True)):
            self.results.check(verdict.status == "ok", f"case {file.stem}", str(verdict))

    def packages(self, numbers):
        """Judges the graphs of some packages, on all processors; reduces what fails."""
        from generator import PACKAGE, generate

        def judged(number):
            seeds = range(PACKAGE * number, PACKAGE * (number + 1))
            graphs = [generate(seed) for seed in seeds]
            return seeds, graphs, self.judge.judge(graphs, asserts_kernels(seeds[0]))
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for result in pool.map(judged, numbers):
                self.report(*result)

    def package(self, seeds):
        """The graphs of some seeds of one style."""
        from generator import generate
        graphs = [generate(seed) for seed in seeds]
        self.report(seeds, graphs, self.judge.judge(graphs, asserts_kernels(seeds[0])))

    def report(self, seeds, graphs, verdicts):
        """Counts what became of graphs, and reduces those that fail."""
        import reducer
        from oracles import with_shapes
        kernel_asserts = asserts_kernels(seeds[0])
        failing = []
        for seed, graph, verdict in zip(seeds, graphs, verdicts):
            self.counts[verdict.status] += 1
            if verdict.failed:
                failing.append((seed, graph, verdict))
            elif verdict.status in ("refused", "invalid"):
                self.reasons[f"{verdict.status}: {verdict.detail[:200]}"] += 1
            else:
                self.results.passed += 1
        reduced = [(graph, verdict) for _, graph, verdict in failing]
        if failing and not self.arguments.no_reduce:
            reduced = [(with_shapes(graph), verdict) for graph, verdict in
                       reducer.reduce(reduced, self.judge, kernel_asserts, print)]
        for (seed, _, verdict), (graph, last) in zip(failing, reduced):
            fault = reducer.fault_of(graph)
            self.faults[fault] += 1
            self.results.fail(f"seed {seed}", f"{verdict}\n  {fault}; reduced: {last}\n" +
                              graph.to_json())
            if self.arguments.keep:
                self.arguments.keep.mkdir(parents=True, exist_ok=True)
                name = f"{fault.replace(' ', '-')}_{seed}.json"
                (self.arguments.keep / name).write_text(graph.to_json(found=str(last)))

    def seeds(self, seeds, until=None):
        from generator import PACKAGE
        part = []
        for seed in seeds:
            part.append(seed)
            if (seed + 1) % PACKAGE == 0:
                self.package(part)
                part = []
                print(f"{time.strftime('%H:%M:%S')} up to seed {seed}: {dict(self.counts)} "
                      f"{dict(self.faults)}", flush=True)
                if until and time.time() > until:
                    break
        if part:
            self.package(part)

    def finish(self):
        total = sum(self.counts.values())
        if total:
            print(f"{total} graphs, against {' and '.join(o.name for o in self.oracles)}: " +
                  ", ".join(f"{n} {s}" for s, n in self.counts.most_common()))
        for reason, count in self.reasons.most_common():
            print(f"  {count} {reason}")
        for fault, count in self.faults.most_common():
            print(f"  {count} failures: {fault}")
        unjudged = self.counts["refused"] + self.counts["invalid"]
        if total:
            self.results.check(unjudged * 100 <= MOST_REFUSED * total, "most graphs are compared",
                               f"{unjudged} of {total} are not")
        self.results.finish()


def asserts_kernels(seed):
    """Whether the kernels of this seed's package check their own reads and writes."""
    from generator import PACKAGE
    return seed // PACKAGE % 3 == 2


def fresh_seed():
    """Seeds by the clock: nobody has had them before."""
    from generator import PACKAGE
    return int(time.time()) // 60 * PACKAGE


def packages_of_day(count):
    """So many of CI's packages, others each day; all of them with SEGC_TEST_ALL=1."""
    if os.environ.get("SEGC_TEST_ALL") == "1":
        return CI_PACKAGES
    return [CI_PACKAGES[(sample_day() + i * len(CI_PACKAGES) // count) % len(CI_PACKAGES)]
            for i in range(count)]


def main():
    arguments = parse()
    arguments.build = arguments.build.resolve()
    try:
        import numpy  # noqa: F401
        import onnx  # noqa: F401
    except ImportError as error:
        results = Results()
        results.fail("random graphs", f"{sys.executable}: {error}")
        results.finish()
    sys.path.insert(0, str(HERE))
    if arguments.focus:
        import generator
        generator.FOCUS[:] = [arguments.focus]
    if arguments.show is not None:
        from generator import generate
        print(generate(arguments.show).to_json(), end="")
        return
    with tempfile.TemporaryDirectory(prefix="segc-random") as scratch:
        sweep = Sweep(arguments, pathlib.Path(scratch))
        if arguments.cases:
            sweep.cases()
        elif arguments.seeds or arguments.minutes:
            first, last = fresh_seed(), 10**12
            if arguments.seeds:
                first, last = map(int, (arguments.seeds + ".." + arguments.seeds).split("..")[:2])
            until = time.time() + arguments.minutes * 60 if arguments.minutes else None
            sweep.seeds(range(first, last + 1), until)
        elif arguments.cuda:
            sweep.packages(packages_of_day(1))
        else:
            sweep.cases()
            sweep.packages(packages_of_day(len(CI_PACKAGES) // 2))
            if os.environ.get("SEGC_TEST_ALL") == "1":
                sweep.seeds(range(fresh_seed(), 10**12), time.time() + 60 * ALL_MINUTES)
        sweep.finish()


if __name__ == "__main__":
    main()
