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
from graph import DATA_SETS, FLOATS, to_onnx

HERE = pathlib.Path(__file__).resolve().parent


class Answer:
    """The outputs of a graph by data set and name, or why there are none."""

    def __init__(self, outputs, refused="", problem=""):
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


def read_outputs(folder, graph, data_set):
    outputs = {}
    kinds = {n: k for n, (k, _) in graph.values.items()}
    for j, name in enumerate(graph.outputs):
        tensor = TensorProto()
        tensor.ParseFromString((folder / f"test_data_set_{data_set}/output_{j}.pb").read_bytes())
        outputs[name] = numpy_helper.to_array(tensor)
        kind = kinds.get(name, "float32")
        # The interpreter computes all floats in float32.
        if kind in FLOATS and outputs[name].dtype == np.float32:
            outputs[name] = outputs[name].astype(kind)
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


class Oracle:
    """A program that runs folders."""

    def __init__(self, name, command, always_fixed):
        self.name, self.command, self.always_fixed = name, command, always_fixed

    def models(self, graph):
        """Models, each with the data sets that it is for. The rows of nearest resizing are exact in
        all of them, and depend on the sizes."""
        if self.always_fixed or resizing.has_nearest(graph):
            for k in range(DATA_SETS):
                exact = resizing.without_nearest(graph, k, known_shapes(graph, k))
                yield to_onnx([exact], data_set=k), [k]
        else:
            yield to_onnx([graph]), list(range(DATA_SETS))

    def answers(self, graphs, scratch):
        folders, broken = {}, {}
        for i, graph in enumerate(graphs):
            try:
                for model, data_sets in self.models(graph):
                    folder = scratch / f"{self.name.replace(' ', '_')}_{i}_{data_sets[0]}"
                    write_case(folder, model, [graph.data(k) for k in data_sets])
                    folders[folder] = (i, data_sets)
            except Exception as error:  # a reduced graph may be no graph any more
                broken[i] = str(error)
        told = ask(self.command, folders, 600)
        answers = [Answer({}, problem=broken.get(i, "")) for i in range(len(graphs))]
        for folder, (i, data_sets) in folders.items():
            status, text = told[str(folder)]
            if status == "ok":
                for place, k in enumerate(data_sets):
                    answers[i].outputs[k] = read_outputs(folder, graphs[i], place)
            elif status == "refused":
                answers[i].refused = text
            else:
                answers[i].problem = answers[i].problem or text
            shutil.rmtree(folder)
        return answers


def interpreter(build):
    return Oracle("the interpreter", [str(build / "tests/interpret_onnx")], False)


def onnx_runtime(modules, optimization="disabled"):
    return Oracle("ONNX Runtime", ["node", str(HERE / "onnxruntime.js"), str(modules),
                                   optimization], True)


def of_known_set(graph):
    """The graph in an operator set that Debian's onnx can infer shapes of."""
    if graph.opset <= 17:
        return graph
    result = graph.copy()
    result.opset = 17
    for node in result.nodes:
        if node.op.startswith("Reduce") and node.op != "ReduceSum" and len(node.inputs) == 2:
            node.attributes["axes"] = graph.constants[node.inputs.pop()]["values"]
    return result


def inferred_shapes(graph, data_set):
    """Extents of computed values at the sizes of a data set, as far as they follow."""
    model = to_onnx([of_known_set(graph)], data_set=data_set)
    shapes = shapes_of(onnx.shape_inference.infer_shapes(model))
    known = {value.name for value in model.graph.input} | \
        {value.name for value in model.graph.initializer}
    # Sizes are propagated up to the first Shape of what has no known shape: onnx 1.12 crashes there.
    nodes = list(model.graph.node)
    del model.graph.output[:]
    for end in [i for i, n in enumerate(nodes) if n.op_type == "Shape"] + [len(nodes)]:
        del model.graph.node[:]
        model.graph.node.extend(nodes[:end])
        shapes.update(shapes_of(onnx.shape_inference.infer_shapes(model, data_prop=True)))
        if end < len(nodes) and nodes[end].input[0] not in known | shapes.keys():
            break
    return shapes


def shapes_of(model):
    """The shapes of the values of which a model tells every extent."""
    shapes = {}
    for value in [*model.graph.value_info, *model.graph.output]:
        dims = value.type.tensor_type.shape.dim
        if value.type.tensor_type.HasField("shape") and all(d.HasField("dim_value") for d in dims):
            shapes[value.name] = [d.dim_value for d in dims]
    return shapes


def known_shapes(graph, data_set):
    """Extents of every value at the sizes of a data set: inferred, else as they were generated."""
    shapes = {n: graph.shape_in(s, data_set) for n, (_, s) in graph.values.items()}
    shapes.update({n: graph.shape_in(s, data_set) for n, s in graph.inputs.items()})
    shapes.update({n: c["shape"] for n, c in graph.constants.items()})
    if any(node.op == "Resize" for node in graph.nodes):
        shapes.update(inferred_shapes(graph, data_set))
    return shapes


def with_shapes(graph):
    """The graph with the shapes of its values as they are now, after a reduction."""
    result = graph.copy()
    at = [inferred_shapes(graph, k) for k in range(DATA_SETS)]
    for name, (kind, _) in graph.values.items():
        if all(name in shapes for shapes in at):
            extents = list(zip(*(shapes[name] for shapes in at)))
            for sizes in extents:
                if len(set(sizes)) > 1:
                    result.sizes["s" + "_".join(map(str, sizes))] = list(sizes)
            result.values[name] = [kind, [s[0] if len(set(s)) == 1 else "s" + "_".join(map(str, s))
                                          for s in extents]]
    return result.prune()


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
