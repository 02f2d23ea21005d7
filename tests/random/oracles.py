"""What the outputs of graphs should be: the reference interpreter, and ONNX Runtime where it is.

Both get the same folders (model.onnx, test_data_set_K/input_J.pb) and write output_J.pb.
"""

import pathlib
import shutil
import subprocess

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper

import resizing
from graph import DATA_SETS, to_onnx

HERE = pathlib.Path(__file__).resolve().parent


class Answer:
    """The outputs of a graph by data set and name, or why there are none."""

    def __init__(self, outputs=None, refused="", problem=""):
        self.outputs, self.refused, self.problem = outputs, refused, problem


def write_case(folder, model, data_sets):
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    for k, data in enumerate(data_sets):
        inside = folder / f"test_data_set_{k}"
        inside.mkdir()
        for j, value in enumerate(model.graph.input):
            tensor = numpy_helper.from_array(data[value.name], value.name)
            (inside / f"input_{j}.pb").write_bytes(tensor.SerializeToString())


def read_outputs(folder, names, data_set):
    outputs = {}
    for j, name in enumerate(names):
        tensor = TensorProto()
        tensor.ParseFromString((folder / f"test_data_set_{data_set}/output_{j}.pb").read_bytes())
        outputs[name] = numpy_helper.to_array(tensor)
    return outputs


def ask(command, folders, timeout):
    """Runs a program on folders, again behind one that brings it down; what it says of each: a
    status and a text."""
    told, left, tries = {}, list(folders), 0
    while left:
        try:
            done = subprocess.run([*command, *map(str, left)], capture_output=True, text=True,
                                  errors="replace", timeout=timeout)
            out, reason = done.stdout, f"exit code {done.returncode} {done.stderr[-300:].strip()}"
        except subprocess.TimeoutExpired as expired:
            out, reason = (expired.stdout or b"").decode(errors="replace"), "takes too long"
        for line in out.splitlines():
            status, _, rest = line.partition(" ")
            folder, _, text = rest.partition(": ")
            if status in ("ok", "refused", "FAIL"):
                told[folder] = (status, text)
        lost = [f for f in left if str(f) not in told]
        tries = tries + 1 if lost and lost[0] == left[0] else 0
        if tries == 3:
            # It fails with nothing before it, and not by chance.
            told[str(lost[0])] = ("FAIL", reason)
            lost, tries = lost[1:], 0
        left = lost
    return told


class Interpreter:
    name = "the interpreter"

    def __init__(self, build):
        self.program = build / "tests/interpret_onnx"

    def answers(self, graphs, scratch):
        folders = []
        for i, graph in enumerate(graphs):
            folders.append(scratch / f"interpreter_{i}")
            write_case(folders[-1], to_onnx([graph]), [graph.data(k) for k in range(DATA_SETS)])
        told = ask([str(self.program)], folders, 600)
        answers = []
        for graph, folder in zip(graphs, folders):
            status, text = told[str(folder)]
            if status == "ok":
                answers.append(Answer([read_outputs(folder, graph.outputs, k)
                                       for k in range(DATA_SETS)]))
            else:
                answers.append(Answer(refused=text if status == "refused" else "",
                                      problem=text if status != "refused" else ""))
            shutil.rmtree(folder)
        return answers


class OnnxRuntime:
    name = "ONNX Runtime"

    def __init__(self, modules, optimization="disabled"):
        self.command = ["node", str(HERE / "onnxruntime.js"), str(modules), optimization]

    def answers(self, graphs, scratch):
        """A model for each size, since the exact rows of nearest resizing depend on it."""
        folders, problems = {}, {}
        for i, graph in enumerate(graphs):
            for k in range(DATA_SETS):
                try:
                    exact = resizing.without_nearest(graph, k, known_shapes(graph, k))
                    model = to_onnx([exact], data_set=k)
                    folder = scratch / f"onnxruntime_{i}_{k}"
                    write_case(folder, model, [graph.data(k)])
                    folders[i, k] = folder
                except Exception as error:  # a reduced graph may be no graph any more
                    problems[i] = str(error)
        told = ask(self.command, folders.values(), 600)
        answers = []
        for i, graph in enumerate(graphs):
            outputs, problem = [], problems.get(i, "")
            for k in range(DATA_SETS):
                status, text = told.get(str(folders.get((i, k))), ("FAIL", problem))
                if status == "ok":
                    outputs.append(read_outputs(folders[i, k], graph.outputs, 0))
                else:
                    problem = problem or text
            answers.append(Answer(problem=problem) if problem else Answer(outputs))
        for folder in folders.values():
            shutil.rmtree(folder)
        return answers


def known_shapes(graph, data_set):
    """Extents of every value at the sizes of a data set: inferred, else as they were generated."""
    shapes = {n: graph.shape_in(s, data_set) for n, (_, s) in graph.values.items()}
    shapes.update({n: graph.shape_in(s, data_set) for n, s in graph.inputs.items()})
    shapes.update({n: c["shape"] for n, c in graph.constants.items()})
    if not any(node.op == "Resize" for node in graph.nodes):
        return shapes
    model = onnx.shape_inference.infer_shapes(to_onnx([graph], data_set=data_set), data_prop=True)
    for value in [*model.graph.value_info, *model.graph.output]:
        dims = value.type.tensor_type.shape.dim
        if value.type.tensor_type.HasField("shape") and all(d.HasField("dim_value") for d in dims):
            shapes[value.name] = [d.dim_value for d in dims]
    return shapes


def processed(graph, outputs):
    """What --softmax makes of outputs; those of --argmax are judged by the scores themselves."""
    if "--softmax" not in graph.options:
        return outputs
    result = dict(outputs)
    for name, axis in graph.channels.items():
        scores = outputs[name].astype(np.float64)
        powers = np.exp(scores - scores.max(axis, keepdims=True))
        result[name] = (powers / powers.sum(axis, keepdims=True)).astype(np.float32)
    return result
