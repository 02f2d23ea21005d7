"""Whole networks of halves or doubles, as converters make them of networks of floats. segc computes
them in float32, ONNX Runtime rounds each value."""

# Operators of which ONNX Runtime computes doubles.
OF_DOUBLES = {"Add", "Sub", "Mul", "Div", "MatMul", "Gemm", "Relu", "Sigmoid", "Tanh", "Abs", "Neg",
              "Concat", "Reshape", "Transpose", "Slice", "Split", "Pad", "Identity", "Gather",
              "Flatten", "Squeeze", "Unsqueeze", "Expand", "Tile", "Softmax", "Clip", "ReduceMax",
              "ReduceMin", "ReduceMean", "ReduceSum", "MaxPool", "Max", "Min", "Sqrt", "Exp", "Shape",
              "BatchNormalization", "Sum"}
OF_HALVES = OF_DOUBLES | {"Conv", "ConvTranspose", "AveragePool", "LeakyRelu", "HardSwish",
                          "GlobalAveragePool", "Resize", "Softplus", "Erf", "InstanceNormalization",
                          "LayerNormalization", "DepthToSpace"}
# Places of inputs that stay floats.
FLOATS = {"Resize": (1, 2)}


def retyped(graph, kind):
    """The graph with values of another type in place of float32; None if its operators are not all
    among those that are."""
    allowed = OF_HALVES if kind == "float16" else OF_DOUBLES
    if graph.kinds or any(node.op not in allowed for node in graph.nodes):
        return None
    result = graph.copy()
    kept = {node.inputs[i] for node in graph.nodes for i in FLOATS.get(node.op, ())
            if i < len(node.inputs)}
    result.kinds = {name: kind for name in graph.inputs}
    for name, constant in result.constants.items():
        if constant.get("type", "float32") == "float32" and name not in kept:
            constant["type"] = kind
    for name, (old, shape) in result.values.items():
        if old == "float32":
            result.values[name] = [kind, shape]
    return result
