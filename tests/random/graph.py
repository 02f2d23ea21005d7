"""A small network as plain data: the generator makes it, the reducer shrinks it, a case file holds
it.

Extents are numbers, or names of free sizes; `sizes` has the value of every name in each of the data
sets. All numbers are drawn from seeds that stand in the data, so that a case file is a page of
text.
"""

import copy
import json
import zlib

import numpy as np
from onnx import TensorProto, helper, numpy_helper

TYPES = {"float32": TensorProto.FLOAT, "float16": TensorProto.FLOAT16,
         "float64": TensorProto.DOUBLE, "int64": TensorProto.INT64, "int32": TensorProto.INT32,
         "int16": TensorProto.INT16, "int8": TensorProto.INT8, "uint64": TensorProto.UINT64,
         "uint32": TensorProto.UINT32, "uint16": TensorProto.UINT16, "uint8": TensorProto.UINT8,
         "bool": TensorProto.BOOL}
FLOATS = ("float32", "float16", "float64")

# Every graph runs at two sizes (the same twice where nothing is free).
DATA_SETS = 2


class Node:
    """`op` has its domain before it where that is not ONNX's own: com.microsoft::QGemm."""

    def __init__(self, op, inputs, outputs, attributes):
        self.op, self.inputs, self.outputs = op, list(inputs), list(outputs)
        self.attributes = dict(attributes)

    def bodies(self):
        """The graphs among its attributes (see control.py), each as nodes."""
        for value in self.attributes.values():
            if isinstance(value, dict) and "nodes" in value:
                yield [Node(*node) for node in value["nodes"]]

    def reads(self):
        """Its inputs, those of its graphs' nodes, and constants that are attributes."""
        names = list(self.inputs)
        for nodes in self.bodies():
            names += [name for node in nodes for name in node.reads()]
        return names + [v["tensor"] for v in self.attributes.values()
                        if isinstance(v, dict) and "tensor" in v]


class Graph:
    def __init__(self, opset=13, producer=""):
        self.opset, self.producer = opset, producer
        # Options of the command line that change the outputs, and where scores have their channels.
        self.options, self.channels = [], {}
        self.sizes = {}      # name of a free size -> its value in every data set
        self.inputs = {}     # name -> shape
        self.kinds = {}      # name of an input -> its type, where that is not float32
        self.constants = {}  # name -> what makeConstant reads
        self.nodes = []
        self.outputs = []
        # name -> ONNX Runtime's values of an output in every data set, where a case records them.
        self.expected = {}
        # Outputs of integers that an oracle may round to the next one: name -> [oracle, why].
        self.near = {}
        # name -> [type, shape] of every computed value, as the generator knows them: what a value
        # looks like that becomes an input when the nodes before it are cut off.
        self.values = {}

    def copy(self):
        return copy.deepcopy(self)

    def prune(self):
        """Drops what no output needs."""
        needed, nodes = set(self.outputs), []
        for node in reversed(self.nodes):
            if needed.intersection(node.outputs):
                nodes.append(node)
                needed.update(node.reads())
        self.nodes = nodes[::-1]
        self.inputs = {n: s for n, s in self.inputs.items() if n in needed}
        self.kinds = {n: k for n, k in self.kinds.items() if n in self.inputs}
        self.near = {n: w for n, w in self.near.items() if n in self.outputs}
        self.constants = {n: c for n, c in self.constants.items() if n in needed}
        computed = {name for node in self.nodes for name in node.outputs}
        self.values = {n: v for n, v in self.values.items() if n in computed}
        used = {d for s in self.inputs.values() for d in s if isinstance(d, str)}
        used.update(d for _, s in self.values.values() for d in s if isinstance(d, str))
        self.sizes = {n: v for n, v in self.sizes.items() if n in used}
        self.channels = {n: a for n, a in self.channels.items() if n in self.outputs}
        return self

    def every_node(self):
        return [*self.nodes, *(inner for node in self.nodes for nodes in node.bodies()
                               for inner in nodes)]

    def shape_in(self, shape, data_set):
        return [self.sizes[d][data_set] if isinstance(d, str) else d for d in shape]

    def element_count(self):
        """Of all inputs and constants: what a reducer makes smaller."""
        count = 0
        for data_set in range(DATA_SETS):
            for shape in self.inputs.values():
                count += int(np.prod(self.shape_in(shape, data_set)))
        return count + sum(int(np.prod(c["shape"])) for c in self.constants.values())

    def data(self, data_set):
        """Values of the inputs, by name."""
        result = {}
        for name, shape in self.inputs.items():
            random = np.random.RandomState(zlib.crc32(f"{name}/{data_set}".encode()))
            kind, extents = self.kinds.get(name, "float32"), self.shape_in(shape, data_set)
            if kind in FLOATS:
                result[name] = random.standard_normal(extents).astype(kind)
            else:
                low, high = {"bool": (0, 1), "uint8": (0, 255), "int8": (-128, 127)}.get(
                    kind, (0 if kind.startswith("u") else -100, 100))
                result[name] = random.randint(low, high + 1, extents).astype(kind)
        return result

    def to_json(self, **notes):
        """The text of a case file; `notes` say what it is about."""
        lines = [f'  {json.dumps(k)}: {json.dumps(v)}' for k, v in notes.items()]
        for key in ("opset", "producer", "options", "channels", "sizes", "inputs", "kinds",
                    "outputs", "near"):
            if getattr(self, key):
                lines.append(f'  "{key}": {json.dumps(getattr(self, key))}')
        for key in ("constants", "values", "expected"):
            if key == "expected" and not self.expected:
                continue
            table = getattr(self, key)
            rows = ",\n".join(f"    {json.dumps(n)}: {json.dumps(table[n])}" for n in table)
            lines.append(f'  "{key}": {{\n{rows}\n  }}' if rows else f'  "{key}": {{}}')
        rows = ",\n".join("    " + json.dumps([n.op, n.inputs, n.outputs, n.attributes])
                          for n in self.nodes)
        lines.append(f'  "nodes": [\n{rows}\n  ]')
        return "{\n" + ",\n".join(lines) + "\n}\n"

    @staticmethod
    def from_json(text):
        data = json.loads(text)
        graph = Graph(data["opset"], data.get("producer", ""))
        for key in ("options", "channels", "sizes", "inputs", "kinds", "outputs", "near",
                    "constants", "values", "expected"):
            setattr(graph, key, data.get(key, getattr(graph, key)))
        graph.nodes = [Node(*node) for node in data["nodes"]]
        return graph


def make_constant(constant):
    """The array that an entry of `constants` describes: values, or a range and a seed."""
    shape = constant["shape"]
    if "values" in constant:
        return np.array(constant["values"], constant.get("type", "float32")).reshape(shape)
    random = np.random.RandomState(constant["seed"])
    return random.uniform(constant["low"], constant["high"], shape) \
        .astype(constant.get("type", "float32"))


def attribute_of(value, graph, renamed):
    """An attribute as onnx takes it: numbers and texts as they are, graphs and tensors made."""
    if not isinstance(value, dict):
        return value
    if "tensor" in value:
        return numpy_helper.from_array(make_constant(graph.constants[value["tensor"]]))
    nodes = [helper.make_node(op, [renamed(n) for n in inputs], [renamed(n) for n in outputs],
                              **attributes) for op, inputs, outputs, attributes in value["nodes"]]
    typed = lambda name, kind, shape=None: helper.make_tensor_value_info(renamed(name), TYPES[kind],
                                                                         shape)
    return helper.make_graph(nodes, "body", [typed(*i) for i in value["inputs"]],
                             [typed(*o) for o in value["outputs"]])


def to_onnx(graphs, prefixes=None, data_set=None):
    """One model of one graph or of several side by side, each name with its graph's prefix; with a
    data set, its sizes are fixed. The graphs have one operator set and one producer."""
    prefixes = prefixes or [""] * len(graphs)
    nodes, inputs, outputs, initializers, domains = [], [], [], [], set()
    for graph, prefix in zip(graphs, prefixes):
        renamed = lambda name: prefix + name if name else ""
        for name, shape in graph.inputs.items():
            extents = [prefix + d if isinstance(d, str) else d for d in shape]
            if data_set is not None:
                extents = graph.shape_in(shape, data_set)
            kind = TYPES[graph.kinds.get(name, "float32")]
            inputs.append(helper.make_tensor_value_info(prefix + name, kind, extents))
        for name, constant in graph.constants.items():
            tensor = numpy_helper.from_array(make_constant(constant), prefix + name)
            if constant.get("node"):
                nodes.append(helper.make_node("Constant", [], [prefix + name], value=tensor))
            else:
                initializers.append(tensor)
        for i, node in enumerate(graph.nodes):
            domain, op = node.op.rpartition("::")[::2]
            domains.add(domain)
            nodes.append(helper.make_node(
                op, [renamed(n) for n in node.inputs], [renamed(n) for n in node.outputs],
                name=f"{prefix}{i}_{op}", domain=domain or None,
                **{k: attribute_of(v, graph, renamed) for k, v in node.attributes.items()}))
        for name in graph.outputs:
            kind, shape = graph.values.get(name) or [graph.kinds.get(name, "float32"),
                                                     graph.inputs[name]]
            # The extents are for whoever reads the model to find.
            outputs.append(helper.make_tensor_value_info(prefix + name, TYPES[kind],
                                                         [None] * len(shape)))
    model = helper.make_model(helper.make_graph(nodes, "random", inputs, outputs, initializers),
                              opset_imports=[helper.make_opsetid("", graphs[0].opset)] +
                              [helper.make_opsetid(d, 1) for d in sorted(domains) if d],
                              producer_name=graphs[0].producer)
    model.ir_version = 8
    return model
