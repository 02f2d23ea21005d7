"""Compiles many graphs as one package, runs it, and compares every output with every oracle."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

import numpy as np

from graph import DATA_SETS, to_onnx
from oracles import processed

# How an error names a node, an input or an output of graph 7.
BLAMED = r'(?:node|input|output) "g(\d+)_'
# Beyond this a network is not tame, and says nothing.
LARGEST = 1e5


class Verdict:
    """ok; wrong, crash, error (segc says that it has a bug), refused; or invalid, where the oracles
    do not take the graph or its values are no use."""

    def __init__(self, status, detail="", oracle=""):
        self.status, self.detail, self.oracle = status, detail, oracle

    @property
    def failed(self):
        return self.status in ("wrong", "crash", "error")

    def __str__(self):
        return self.status + (f" ({self.detail})" if self.detail else "")


# Numbers that their type rounds agree to a few of its last digits.
TOLERANCES = {"float16": 4e-3}
# How many integers may be off by one where an oracle rounds some of them in another way.
MOST_NEAR = 0.1


def difference(have, want, tolerance, near=False):
    """"" if two arrays agree. Errors are measured by the largest value of the output; `near`:
    whether some integers may be off by one."""
    if have.shape != want.shape:
        return f"shape {list(have.shape)} instead of {list(want.shape)}"
    if have.dtype != want.dtype:
        return f"{have.dtype} instead of {want.dtype}"
    if want.dtype.kind != "f":
        wrong = have != want
        if near and wrong.sum() <= max(1, MOST_NEAR * wrong.size):
            wrong = np.abs(have.astype(np.int64) - want.astype(np.int64)) > 1
    else:
        tolerance = TOLERANCES.get(want.dtype.name, tolerance)
        a, b = have.astype(np.float64), want.astype(np.float64)
        peak = np.abs(b[np.isfinite(b)]).max(initial=0.0)
        with np.errstate(invalid="ignore"):
            wrong = ~(np.abs(a - b) <= tolerance * max(peak, 0.05) + tolerance * np.abs(b))
        wrong &= ~((a == b) | (np.isnan(a) & np.isnan(b)))
    if not wrong.any():
        return ""
    place = tuple(int(i[0]) for i in np.nonzero(wrong))
    return f"{int(wrong.sum())} of {wrong.size} values differ, at {list(place)}: " \
           f"{float(have[place]):.7g} instead of {float(want[place]):.7g}"


def label_difference(labels, scores, axis, tolerance):
    """Whether labels are where the scores are largest, or as good as that."""
    if labels.size * scores.shape[axis] != scores.size or labels.dtype != np.int64:
        return f"labels {labels.dtype} {list(labels.shape)} for scores {list(scores.shape)}"
    last = np.moveaxis(scores, axis, -1)
    labels = labels.reshape(last.shape[:-1])
    if labels.min() < 0 or labels.max() >= last.shape[-1]:
        return f"labels from {labels.min()} to {labels.max()}"
    taken = np.take_along_axis(last, labels[..., None], -1)[..., 0]
    wrong = taken < last.max(-1) - tolerance * max(1.0, np.abs(scores).max())
    return f"{int(wrong.sum())} of {wrong.size} labels are wrong" if wrong.any() else ""


class Judge:
    """`cache` is segc's for all packages, which share kernels."""

    def __init__(self, segc, oracles, cache, options=(), tolerance=1e-4, timeout=1200):
        self.segc, self.oracles, self.cache = pathlib.Path(segc), oracles, pathlib.Path(cache)
        self.options, self.tolerance, self.timeout = list(options), tolerance, timeout
        self.verbose = False

    def judge(self, graphs, kernel_asserts=False):
        """A verdict for each graph. All have one style (see generator.py)."""
        with tempfile.TemporaryDirectory(prefix="segc-random") as scratch:
            return self._judge(graphs, pathlib.Path(scratch), kernel_asserts)

    def _judge(self, graphs, scratch, kernel_asserts):
        answers = [oracle.answers(graphs, scratch) for oracle in self.oracles]
        verdicts = {}
        for i, graph in enumerate(graphs):
            mine = [a[i] for a in answers]
            refused = next((a.refused for a in mine if a.refused), "")
            problem = next((f"{o.name}: {a.problem}" for o, a in zip(self.oracles, mine)
                            if a.problem), "")
            if refused:
                verdicts[i] = Verdict("refused", without_names(refused))
            elif problem:
                verdicts[i] = Verdict("invalid", problem)
            elif not all(of_all(is_tame, a) for a in mine) and \
                    len({of_all(is_finite, a) for a in mine}) == 1:
                # Where one oracle alone has NaN or infinity, one of them is wrong.
                verdicts[i] = Verdict("invalid", "values are too large, or not numbers")
        groups = {}
        for i, graph in enumerate(graphs):
            if i not in verdicts:
                groups.setdefault((graph.opset, graph.producer, *graph.options), []).append(i)
        for members in groups.values():
            self.compile_and_compare(graphs, members, answers, verdicts, scratch, kernel_asserts)
        return [verdicts[i] for i in range(len(graphs))]

    def compile_and_compare(self, graphs, members, answers, verdicts, scratch, kernel_asserts):
        """Fills in the verdicts of `members`. A package that fails is parted until the graphs to
        blame stand alone."""
        outcome, outputs = self.run_package([graphs[i] for i in members], members, scratch,
                                            kernel_asserts)
        if self.verbose:
            print(f"  {time.strftime('%H:%M:%S')} a package of {len(members)} graphs: exit code "
                  f"{outcome.code} after {outcome.seconds:.0f} s {outcome.err.strip()[:300]}",
                  flush=True)
        if outcome.code == 0:
            for i in members:
                mine = [o.get(i) for o in outputs]
                verdicts[i] = self.compare(graphs[i], mine, [a[i] for a in answers])
            return
        named = {int(n) for n in re.findall(BLAMED, outcome.err)} & set(members)
        if outcome.code == 1 and named:
            for i in named:
                line = next(l for l in outcome.err.splitlines() if f'"g{i}_' in l)
                verdicts[i] = Verdict("refused", without_names(line))
            left = [i for i in members if i not in named]
            if left:
                self.compile_and_compare(graphs, left, answers, verdicts, scratch, kernel_asserts)
            return
        if len(members) == 1:
            # What is refused has a node to blame; other errors are a network's that runs.
            status = "error" if outcome.code == 2 else \
                "refused" if outcome.code == 1 and re.search(BLAMED, outcome.err) else "crash"
            verdicts[members[0]] = Verdict(status, without_names(outcome.err.strip()[-600:]))
            return
        half = len(members) // 2
        for part in (members[:half], members[half:]):
            self.compile_and_compare(graphs, part, answers, verdicts, scratch, kernel_asserts)

    def run_package(self, graphs, numbers, scratch, kernel_asserts):
        """The outcome, and for every data set the outputs by graph and name."""
        folder = pathlib.Path(tempfile.mkdtemp(dir=scratch))
        prefixes = [f"g{i}_" for i in numbers]
        model = folder / "graphs.onnx"
        model.write_bytes(to_onnx(graphs, prefixes).SerializeToString())
        common = [self.segc, "run", model, "--quiet", "--color", "never", "--threads", "2",
                  *graphs[0].options, *self.options]
        if kernel_asserts:
            common.append("--kernel-asserts")
        environment = {**os.environ, "SEGC_CACHE_DIR": str(self.cache)}
        results = []
        outcome = None
        for k in range(DATA_SETS):
            command, files = list(common), []
            for graph, prefix in zip(graphs, prefixes):
                for name, value in graph.data(k).items():
                    file = folder / f"{prefix}{name}.npy"
                    np.save(file, value)
                    command += ["--input", f"{prefix}{name}={file}"]
                for name in graph.outputs:
                    file = folder / f"{prefix}{name}_out.npy"
                    command += ["--output", f"{prefix}{name}={file}"]
                    files.append((prefix, name, file))
            outcome = run(command, self.timeout, environment)
            if outcome.code:
                break
            outputs = {}
            for prefix, name, file in files:
                outputs.setdefault(int(prefix[1:-1]), {})[name] = np.load(file)
            results.append(outputs)
        shutil.rmtree(folder)
        return outcome, results

    def compare(self, graph, outputs, answers):
        for k in range(DATA_SETS):
            for oracle, answer in zip(self.oracles, answers):
                wanted = processed(graph, answer.outputs[k])
                for name in graph.outputs:
                    have, want = outputs[k][name], wanted[name]
                    if "--argmax" in graph.options:
                        text = label_difference(have, want, graph.channels[name], self.tolerance)
                    else:
                        near = graph.near.get(name, [""])[0] == oracle.name
                        text = difference(have, want, self.tolerance, near)
                    if text:
                        return Verdict("wrong", f"{name} in data set {k}, against {oracle.name}: "
                                       f"{text}", oracle.name)
            for name, values in graph.expected.items():
                have = outputs[k][name]
                want = np.array(values[k], have.dtype)
                text = difference(have.reshape(-1), want, self.tolerance)
                if text:
                    return Verdict("wrong", f"{name} in data set {k}, against the record: {text}")
        return Verdict("ok")


class Outcome:
    def __init__(self, code, err, seconds):
        self.code, self.err, self.seconds = code, err, seconds


def run(command, timeout, environment):
    start = time.monotonic()
    try:
        done = subprocess.run([str(c) for c in command], capture_output=True, text=True,
                              errors="replace", timeout=timeout, env=environment)
        return Outcome(done.returncode, done.stderr, time.monotonic() - start)
    except subprocess.TimeoutExpired:
        return Outcome(-1, f"segc takes more than {timeout} s", timeout)


def is_finite(array):
    return array.dtype.kind != "f" or bool(np.isfinite(array).all())


def is_tame(array):
    return is_finite(array) and (array.dtype.kind != "f" or bool((np.abs(array) < LARGEST).all()))


def of_all(condition, answer):
    """Whether all outputs of an oracle's answer fulfil a condition."""
    return all(condition(o) for outputs in answer.outputs.values() for o in outputs.values())


def without_names(text):
    """A reason without the names of files, graphs and nodes, so that reasons can be counted."""
    text = re.sub(r"\S*\.onnx: ", "", text)
    return re.sub(r'"(g\d+_)?\d*_?(\w+)"', r'"\2"', text)
