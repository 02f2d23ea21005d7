#!/usr/bin/env python3
"""Networks with the channels last become the same kernels as those with the channels first.

    channels_last.py BUILD                     compares a few networks with their twins
    channels_last.py MODEL.onnx TWIN.onnx      writes a twin

The twin of a network [N, C, H, W] is what converters from TensorFlow write: all maps are
[N, H, W, C], between transposes around what ONNX defines for the other order only. Compared are the
bundled network and those that zoo.py has left in BUILD/zoo. Needs /usr/bin/python3 with onnx and
numpy; elsewhere everything is skipped.
"""

import json
import pathlib
import re
import shutil
import sys

from results import Results, run

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
TO_LAST, TO_FIRST = [0, 2, 3, 1], [0, 3, 1, 2]
ELEMENTWISE = {
    "Add", "Sub", "Mul", "Div", "Relu", "Clip", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Elu",
    "LeakyRelu", "PRelu", "Exp", "Sqrt", "Pow", "Erf", "Neg", "Abs", "Identity", "Max", "Min", "Sum",
}
REDUCTIONS = {"ReduceMean", "ReduceMax", "ReduceSum", "ReduceL2"}


class Twin:
    def __init__(self, model):
        import onnx
        from onnx import numpy_helper

        self.onnx, self.numpy_helper = onnx, numpy_helper
        self.model = onnx.shape_inference.infer_shapes(model)
        graph = self.graph = self.model.graph
        self.constants = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
        for node in graph.node:
            if node.op_type == "Constant" and node.attribute[0].name == "value":
                self.constants[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)
        self.ranks = {v.name: len(v.type.tensor_type.shape.dim)
                      for v in [*graph.input, *graph.value_info, *graph.output]
                      if v.type.tensor_type.HasField("shape")}
        self.nodes, self.first = [], {}

    def is_map(self, name):
        return self.ranks.get(name) == 4 and name not in self.constants

    def make(self):
        for node in self.graph.node:
            copy = self.onnx.NodeProto()
            copy.CopyFrom(node)
            if not self.works_with_channels_last(copy):
                self.wrap(copy, node)
            self.nodes.append(copy)
            for name in node.output:
                if name + "/first" in copy.output:
                    self.transpose(name + "/first", name, TO_LAST)
        del self.graph.node[:]
        self.graph.node.extend(self.nodes)
        del self.graph.value_info[:]
        for value in [*self.graph.input, *self.graph.output]:
            if self.is_map(value.name):
                dims = list(value.type.tensor_type.shape.dim)
                del value.type.tensor_type.shape.dim[:]
                value.type.tensor_type.shape.dim.extend(dims[axis] for axis in TO_LAST)
        return self.model

    def transpose(self, name, result, permutation):
        self.nodes.append(self.onnx.helper.make_node(
            "Transpose", [name], [result], result + "/transpose", perm=permutation))

    def wrap(self, copy, node):
        """The op as it was, between transposes."""
        for i, name in enumerate(node.input):
            if self.is_map(name):
                copy.input[i] = name + "/nchw"
                if name not in self.first:
                    self.first[name] = copy.input[i]
                    self.transpose(name, copy.input[i], TO_FIRST)
        for i, name in enumerate(node.output):
            if self.is_map(name):
                copy.output[i] = name + "/first"

    def works_with_channels_last(self, node):
        """Makes the op one on maps [N, H, W, C], if it can be."""
        if not any(map(self.is_map, node.input)) or not all(map(self.is_map, node.output)):
            return False
        if node.op_type in ELEMENTWISE:
            if not all(self.is_map(n) or n in self.constants for n in node.input if n):
                return False
            for i, name in enumerate(node.input):
                value = self.constants.get(name)
                if value is not None and value.size > 1 and node.op_type != "Clip":
                    value = value.reshape((1,) * (4 - value.ndim) + value.shape)
                    node.input[i] = self.constant(name + "/last", value.transpose(TO_LAST))
            return True
        axis = self.attribute(node, "axis")
        if node.op_type in ("Concat", "Softmax", "LogSoftmax", "ArgMax"):
            axis.i = TO_LAST.index(axis.i % 4)
            return all(map(self.is_map, node.input))
        if node.op_type in REDUCTIONS:
            axes = self.attribute(node, "axes")
            keeps = self.attribute(node, "keepdims")
            if axes is None or (keeps is not None and keeps.i == 0):
                return False
            axes.ints[:] = sorted(TO_LAST.index(a % 4) for a in axes.ints)
            return True
        if node.op_type == "Pad" and len(node.input) > 1 and node.input[1] in self.constants:
            pads = self.constants[node.input[1]]
            order = [TO_LAST[i] + side for side in (0, 4) for i in range(4)]
            node.input[1] = self.constant(node.output[0] + "/pads", pads[order])
            return True
        if node.op_type == "Slice" and len(node.input) > 3 and node.input[3] in self.constants:
            axes = self.constants[node.input[3]]
            last = [TO_LAST.index(a % 4) for a in axes]
            node.input[3] = self.constant(node.output[0] + "/axes", axes * 0 + last)
            return True
        return False

    @staticmethod
    def attribute(node, name):
        return next((a for a in node.attribute if a.name == name), None)

    def constant(self, name, value):
        if name not in self.constants:
            self.constants[name] = value
            self.graph.initializer.append(self.numpy_helper.from_array(value.copy(), name))
        return name


def twin_folder(folder, out):
    """The twin of a folder of the zoo: the network, and its recorded data."""
    import numpy
    import onnx

    out.mkdir(parents=True, exist_ok=True)
    model = onnx.load(str(folder / "model.onnx"))
    onnx.save(Twin(model).make(), str(out / "model.onnx"))
    manifest = json.loads((folder / "manifest.json").read_text())
    for port in [*manifest["inputs"], *manifest["outputs"]]:
        if len(port["shape"]) == 4:
            port["shape"] = [port["shape"][axis] for axis in TO_LAST]
        if "file" in port:
            data = numpy.load(folder / port["file"])
            numpy.save(out / port["file"], data.transpose(TO_LAST) if data.ndim == 4 else data)
    (out / "manifest.json").write_text(json.dumps(manifest))
    for file in folder.glob("*.data"):
        shutil.copy(file, out)


def calls_of(package):
    """How often each kernel is called in a package of sources of a network called "net"."""
    files = pathlib.Path(package).glob("*_kernels_*.cpp")
    names = {name for f in files
             for name in re.findall(r"^void (\w+)\(", f.read_text(), re.MULTILINE)}
    text = (pathlib.Path(package) / "net.cpp").read_text()
    return {name: len(re.findall(rf"  k::{name}\(", text)) for name in names}


def difference(first, last, ports):
    """What is wrong about the calls of a twin with so many inputs and outputs."""
    def moves(kernel):
        return kernel.startswith(("layout_", "transpose")) or kernel.endswith("_to_nhwc")

    calls = sum(last.get(k, 0) for k in last if moves(k) and k not in first)
    if calls > ports:
        return f"{calls} conversions for {ports} inputs and outputs"
    others = {k for k in {*first, *last} if not moves(k) and first.get(k) != last.get(k)}
    # A resize whose result leaves writes it as it leaves.
    others = {k for k in others if k.replace("_to_planar", "_to_nhwc") not in last}
    if others:
        return ", ".join(f"{k}: {first.get(k, 0)} and {last.get(k, 0)} calls" for k in sorted(others))
    return ""


def compare(build, results):
    import onnx

    work = build / "channels_last"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    models = {"shapes": REPOSITORY / "examples/shapes/shapes_deeplab.onnx"}
    folders = {}
    for name in ("deeplabv3plus_mobilenetv2", "segnet"):
        for folder in (build / "zoo").glob(name + "_*"):
            if (folder / "manifest.json").exists():
                models[name] = folder / "model.onnx"
                if name == "segnet":  # what is pooled, transposed and unpooled
                    folders[name] = work / name
                    twin_folder(folder, folders[name])
    for name, model in models.items():
        twin = onnx.load(str(model))
        ports = len(twin.graph.input) + len(twin.graph.output)
        onnx.save(Twin(twin).make(), str(work / f"{name}.onnx"))
        calls = []
        for order, file in (("first", model), ("last", work / f"{name}.onnx")):
            package = work / f"{name}_{order}"
            outcome = run([build / "bin/segc", "compile", file, "--name", "net", "-o", package,
                           "--emit", "source", "--quiet", "--color", "never"])
            if outcome.code:
                results.fail(f"{name}: channels {order}", outcome.text)
                break
            calls.append(calls_of(package))
        else:
            wrong = difference(*calls, ports)
            results.check(not wrong, f"{name}: the same kernels with the channels last", wrong)
    if folders:
        outcome = run([build / "bin/segc", "check", "--quiet", "--color", "never",
                       "--compiler-flag=-O1", *folders.values()], timeout=1800)
        for name, folder in folders.items():
            line = next((l for l in outcome.out.splitlines() if str(folder) + ":" in l),
                        outcome.text)
            results.check(line.startswith("ok "), f"{name}: the same results", line)


def main():
    if len(sys.argv) == 3:
        import onnx

        onnx.save(Twin(onnx.load(sys.argv[1])).make(), sys.argv[2])
        return
    results = Results()
    try:
        import numpy  # noqa: F401
        import onnx  # noqa: F401
    except ImportError:
        results.skip("channels last", f"{sys.executable} cannot import numpy and onnx")
    else:
        compare(pathlib.Path(sys.argv[1]).resolve(), results)
    results.finish()


if __name__ == "__main__":
    main()
