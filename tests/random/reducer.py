"""Makes failing graphs small: whatever can be left out while a graph still fails, is.

Steps of many graphs are tried side by side, in one package: most of them share their kernels.
"""

from graph import Node

# Attributes without which a node is none.
REQUIRED = {"MaxPool": {"kernel_shape"}, "AveragePool": {"kernel_shape"}, "LRN": {"size"},
            "MaxUnpool": {"kernel_shape"}, "Concat": {"axis"}, "Cast": {"to"},
            "DepthToSpace": {"blocksize"}, "SpaceToDepth": {"blocksize"}, "Transpose": {"perm"},
            "com.microsoft::QLinearAveragePool": {"kernel_shape"},
            "com.microsoft::QLinearConcat": {"axis"}, "com.microsoft::QLinearSoftmax": {"opset"},
            "com.microsoft::Attention": {"num_heads"}, "RotaryEmbedding": {"num_heads"},
            "com.microsoft::MultiHeadAttention": {"num_heads"}, "BitShift": {"direction"},
            "Attention": {"q_num_heads", "kv_num_heads"}, "GroupNormalization": {"num_groups"},
            "LpPool": {"kernel_shape"}, "Einsum": {"equation"},
            "MaxRoiPool": {"pooled_shape"}, "If": {"then_branch", "else_branch"}, "Loop": {"body"},
            "Scan": {"body", "num_scan_inputs"}, "SequenceMap": {"body"}}
NEUTRAL = {"pads": 0, "strides": 1, "dilations": 1, "output_padding": 0}


def cost(graph):
    """Smaller graphs have a smaller one."""
    attributes = sum(len(n.attributes) for n in graph.nodes)
    odd = sum(v != NEUTRAL[k] for n in graph.nodes for k in NEUTRAL
              for v in n.attributes.get(k, ()))
    return (len(graph.nodes), len(graph.outputs), len(graph.inputs), len(graph.constants),
            len(graph.sizes), odd, attributes, graph.element_count())


def single_nodes(graph):
    """Each node alone, with inputs in place of what comes before."""
    for node in graph.nodes:
        small = graph.copy()
        small.nodes = [Node(node.op, node.inputs, node.outputs, node.attributes)]
        small.outputs = [o for o in node.outputs if o in graph.values]
        as_inputs(small, node.inputs)
        yield small.prune()


def as_inputs(graph, names):
    """Makes inputs of computed values."""
    for name in names:
        if name in graph.values and name not in graph.inputs and \
                not any(name in n.outputs for n in graph.nodes):
            kind, shape = graph.values[name]
            graph.inputs[name] = shape
            if kind != "float32":
                graph.kinds[name] = kind


def structural(graph):
    """Fewer outputs, nodes, inputs."""
    if len(graph.outputs) > 1:
        for output in graph.outputs:
            for kept in ([output], [o for o in graph.outputs if o != output]):
                small = graph.copy()
                small.outputs = kept
                yield small.prune()
    for i, node in enumerate(graph.nodes):
        # Without what comes before it.
        small = graph.copy()
        del small.nodes[i]
        if not set(node.outputs).intersection(graph.outputs):
            as_inputs(small, node.outputs)
            yield small.prune()
        # Without itself: an input takes the place of the output.
        shape = graph.values.get(node.outputs[0])
        for name in node.inputs:
            kind = graph.values.get(name) or (graph.kinds.get(name, "float32"),
                                              graph.inputs.get(name))
            if shape and list(kind) == list(shape):
                small = graph.copy()
                del small.nodes[i]
                replace(small, node.outputs[0], name)
                if small.nodes and not any(o in small.inputs for o in small.outputs):
                    yield small.prune()
        # Its own outputs as those of the graph.
        if not set(node.outputs) <= set(graph.outputs):
            small = graph.copy()
            small.outputs = [o for o in node.outputs if o in graph.values]
            yield small.prune()


def replace(graph, old, new):
    for node in graph.nodes:
        node.inputs = [new if n == old else n for n in node.inputs]
    graph.outputs = list(dict.fromkeys(new if o == old else o for o in graph.outputs))
    if old in graph.channels:
        graph.channels[new] = graph.channels.pop(old)


def details(graph):
    """Attributes, optional inputs and sizes; behind these the shapes of values are not known."""
    for i, node in enumerate(graph.nodes):
        for name, value in node.attributes.items():
            if name not in REQUIRED.get(node.op, ()):
                small = graph.copy()
                del small.nodes[i].attributes[name]
                yield small
            for j in range(len(value) if name in NEUTRAL else 0):
                if value[j] != NEUTRAL[name]:
                    small = graph.copy()
                    small.nodes[i].attributes[name] = [NEUTRAL[name] if k == j else v
                                                       for k, v in enumerate(value)]
                    yield small
        if node.op in ("Conv", "ConvTranspose") and len(node.inputs) == 3:
            small = graph.copy()
            small.nodes[i].inputs.pop()
            yield small.prune()
    if graph.sizes:
        for k in (0, 1):
            small = graph.copy()
            fix = lambda shape: small.shape_in(shape, k)
            small.inputs = {n: fix(s) for n, s in graph.inputs.items()}
            small.values = {n: [t, fix(s)] for n, (t, s) in graph.values.items()}
            small.sizes = {}
            yield small
    for name, sizes in graph.sizes.items():
        for smaller in ([1, 1], [s // 2 for s in sizes], [s - 1 for s in sizes]):
            if min(smaller) >= 1 and smaller != sizes:
                small = graph.copy()
                small.sizes[name] = smaller
                yield small
    for name, shape in graph.inputs.items():
        for axis, extent in enumerate(shape):
            for smaller in (1, extent // 2, extent - 1) if isinstance(extent, int) else ():
                if 1 <= smaller < extent:
                    small = graph.copy()
                    small.inputs[name] = [smaller if i == axis else e for i, e in enumerate(shape)]
                    yield small


def reduce(graphs, judge, kernel_asserts=False, log=lambda text: None,
           phases=(single_nodes, structural, details), most_rounds=12):
    """The smallest graphs found that fail as `graphs` do; pairs of graph and verdict, as these."""
    states = [list(pair) for pair in graphs]
    for phase in phases:
        tried, active = set(), set(range(len(states)))
        for _ in range(most_rounds):
            work = []
            for i in sorted(active):
                for candidate in phase(states[i][0]):
                    key = (i, candidate.to_json())
                    # What --argmax makes of a value is known where its channels are.
                    if candidate.options and set(candidate.outputs) - set(candidate.channels):
                        continue
                    if candidate.nodes and key not in tried and \
                            cost(candidate) < cost(states[i][0]):
                        tried.add(key)
                        work.append((i, candidate))
            if not work:
                break
            log(f"  {len(work)} smaller graphs of {len(active)}")
            active = set()
            best = {}
            for (i, candidate), verdict in zip(work, judge_all(work, states, judge,
                                                               kernel_asserts)):
                if verdict.status == states[i][1].status and \
                        (i not in best or cost(candidate) < cost(best[i][0])):
                    best[i] = [candidate, verdict]
            for i, state in best.items():
                states[i] = state
                active.add(i)
    return [tuple(s) for s in states]


def judge_all(work, states, judge, kernel_asserts):
    """Verdicts of all candidates. Those that bring a package down are kept in small ones."""
    verdicts = [None] * len(work)
    for status, most in (("wrong", 60), ("crash", 6), ("error", 6)):
        of_status = [n for n, (i, _) in enumerate(work) if states[i][1].status == status]
        for start in range(0, len(of_status), most):
            part = of_status[start:start + most]
            for n, verdict in zip(part, judge.judge([work[n][1] for n in part], kernel_asserts)):
                verdicts[n] = verdict
    return verdicts


FAULTS = ("rows behind the image", "corners of scaled images", "constants as maps",
          "nearest in float32", "axis of the channels", "others")


def fault_of(graph):
    """Which of the known kinds of faults a reduced graph shows, by its nodes."""
    if graph.options:
        return "axis of the channels"
    for node in graph.nodes:
        attributes = node.attributes
        if node.op == "Resize":
            scaled = len(node.inputs) == 3
            if attributes.get("coordinate_transformation_mode") == "align_corners" and scaled:
                return "corners of scaled images"
            if attributes.get("mode", "nearest") == "nearest":
                return "nearest in float32"
        if node.op == "Conv" and len(attributes.get("pads", ())) == 4:
            weights = graph.constants.get(node.inputs[1])
            top, _, bottom, _ = attributes["pads"]
            if weights and weights["shape"][2] == 1 and top == 0 and bottom > 0:
                return "rows behind the image"
    for node in graph.nodes:
        data = [graph.constants[n] for n in node.inputs if n in graph.constants]
        if node.op in ("Concat", "Add", "Mul", "Sub", "Max", "Min", "Sum", "Mean", "MatMul",
                       "PRelu", "Div") and any("seed" in c for c in data):
            return "constants as maps"
    return "others"
