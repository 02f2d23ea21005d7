"""Values of other element types between floats: comparisons and choices, integers, quantised numbers.

What jumps (a comparison, a rounding) is made of exact values only, and of functions that are rounded
once, so that everybody's integers are the same.
"""

from onnx import TensorProto

from builder import fixed

FEW = 6000


def scalar(b, kind, value):
    """A constant of one element."""
    name = b.fresh("k")
    b.graph.constants[name] = {"type": kind, "shape": [], "values": [value]}
    return name


def typed(b, kind, shape, low, high):
    """A constant of random integers."""
    name = b.fresh("k")
    count = 1
    for extent in shape:
        count *= extent
    b.graph.constants[name] = {"type": kind, "shape": list(shape),
                               "values": [b.r.randint(low, high) for _ in range(count)]}
    return name


def number(kind):
    return {"float32": TensorProto.FLOAT, "int64": TensorProto.INT64, "int32": TensorProto.INT32,
            "uint8": TensorProto.UINT8, "int8": TensorProto.INT8, "uint32": TensorProto.UINT32,
            "bool": TensorProto.BOOL, "float16": TensorProto.FLOAT16}[kind]


def cast(b, x, kind, **about):
    return b.add("Cast", [x], x.shape, kind, to=number(kind), **about)


def condition(b, x):
    """A truth value for each element of an exact value."""
    op = b.r.choice(["Greater", "Less", "Equal"] +
                    (["GreaterOrEqual", "LessOrEqual"] if b.style.opset >= 12 else []))
    if b.chance(0.2):
        return b.add("IsNaN", [x], x.shape, "bool")
    return b.add(op, [x, scalar(b, "float32", round(b.r.uniform(-1, 1), 3))], x.shape, "bool")


def where(b):
    x = b.pick(lambda v: v.exact)
    if not x:
        return False
    truth = condition(b, x)
    if b.chance(0.4):
        truth = b.add(b.r.choice(["And", "Or", "Xor"]), [truth, condition(b, x)], x.shape, "bool")
    if b.chance(0.3):
        truth = b.add("Not", [truth], x.shape, "bool")
    if b.chance(0.25):
        cast(b, truth, "float32", exact=True, channels=x.channels)
        return True
    alike = [v for v in b.values if v.kind == "float32" and v.shape == x.shape] + [x]
    other = b.r.choice(alike)
    otherwise = scalar(b, "float32", 0.25) if b.chance(0.5) else b.r.choice(alike)
    exact = other.exact and (isinstance(otherwise, str) or otherwise.exact)
    b.add("Where", [truth, other, otherwise], x.shape, exact=exact, channels=x.channels)
    return True


def integers(b):
    x = b.pick(lambda v: v.exact)
    if not x:
        return False
    kind = b.r.choice(["int32", "int32", "int64"])
    scaled = b.add("Mul", [x, scalar(b, "float32", b.r.choice([7.0, 100.0, 1e4]))], x.shape)
    q = cast(b, scaled, kind)
    for _ in range(b.r.randint(1, 3)):
        op = b.r.choice(["Add", "Sub", "Mul", "Div", "Mod", "Max", "Min", "Abs", "Neg", "Sign",
                         "fmod"])
        if op in ("Abs", "Neg", "Sign"):
            q = b.add(op, [q], x.shape, kind)
            continue
        constant = scalar(b, kind, b.r.choice([-7, -3, 2, 3, 5, 11]))
        attributes = {"fmod": 1} if op == "fmod" else {}
        q = b.add("Mod" if op == "fmod" else op, [q, constant], x.shape, kind, **attributes)
    if x.rank > 1 and b.chance(0.3):
        axis = b.r.randrange(x.rank)
        shape = [fixed(1) if i == axis else e for i, e in enumerate(x.shape)]
        q = b.add(b.r.choice(["ReduceMax", "ReduceMin"]), [q], shape, kind, axes=[axis], keepdims=1)
    result = cast(b, q, "float32")
    # Small again, for what comes behind.
    b.add("Mul", [result, scalar(b, "float32", 1e-4)], q.shape, exact=True, channels=x.channels)
    return True


def quantise(b, x, kind=None, per_channel=False):
    """x as a quantised value, and its scale and zero."""
    kind = kind or b.r.choice(["uint8", "int8"])
    if per_channel:
        channels = x.shape[1].least
        scale = b.floats([round(b.r.uniform(0.005, 0.05), 4) for _ in range(channels)])
        zero = typed(b, kind, [channels], 0, 20)
    else:
        scale = scalar(b, "float32", round(b.r.uniform(0.01, 0.05), 4))
        zero = scalar(b, kind, b.r.randint(100, 150) if kind == "uint8" else b.r.randint(-20, 20))
    attributes = {"axis": 1} if per_channel else {}
    q = b.add("QuantizeLinear", [x, scale, zero], x.shape, kind, **attributes)
    return q, scale, zero, attributes


def quantised(b):
    x = b.pick(lambda v: v.exact and v.rank > 0)
    if not x:
        return False
    per_channel = x.rank > 1 and x.shape[1].fixed and b.chance(0.4)
    q, scale, zero, attributes = quantise(b, x, per_channel=per_channel)
    b.add("DequantizeLinear", [q, scale, zero], x.shape, exact=True, channels=x.channels,
          **attributes)
    return True


def convolution(b, x):
    """Weights, attributes and the shape of a convolution of integers."""
    channels = x.shape[1].least
    kernel = [b.r.choice([1, 2, 3]), b.r.choice([1, 3])]
    group = channels if b.chance(0.2) else 1
    outputs = b.r.choice([1, 3, 5, 8]) * group
    stride, dilation = b.r.choice([1, 1, 2]), b.r.choice([1, 1, 2])
    pads = [b.r.randint(0, 1) for _ in range(4)]
    extents = []
    for i in range(2):
        span = (kernel[i] - 1) * dilation + 1
        if x.shape[2 + i].least + pads[i] + pads[2 + i] < span:
            return None
        extents.append(x.shape[2 + i].map(
            lambda s, i=i, span=span: (s + pads[i] + pads[2 + i] - span) // stride + 1))
    kind = b.r.choice(["uint8", "int8"])
    low, high = (0, 255) if kind == "uint8" else (-127, 127)
    weights = typed(b, kind, [outputs, channels // group, *kernel], low, high)
    attributes = {"strides": [stride] * 2, "dilations": [dilation] * 2, "pads": pads,
                  "group": group}
    return weights, kind, outputs, attributes, [x.shape[0], fixed(outputs), *extents]


def integer_conv(b):
    x = b.pick_image(lambda v: v.exact and v.shape[1].least <= 20)
    parts = convolution(b, x) if x else None
    if not parts:
        return False
    weights, kind, outputs, attributes, shape = parts
    if b.chance(0.5):
        q, scale, zero = b.add_many("DynamicQuantizeLinear", [x], [x.shape, [], []],
                                    ["uint8", "float32", "uint8"])
        b.values.remove(scale)
    else:
        q, scale, zero, _ = quantise(b, x, "uint8")
    inputs = [q, weights, zero]
    if b.chance(0.5):
        inputs.append(scalar(b, kind, b.r.randint(1, 100)))
    total = b.add("ConvInteger", inputs, shape, "int32", **attributes)
    real = cast(b, total, "float32", channels=1)
    b.values.remove(real)
    scaled = b.add("Mul", [real, scale], shape)
    b.values.remove(scaled)
    b.add("Mul", [scaled, scalar(b, "float32", 0.001)], shape, channels=1)
    return True


def quantised_conv(b):
    x = b.pick_image(lambda v: v.exact and v.shape[1].least <= 20)
    parts = convolution(b, x) if x else None
    if not parts:
        return False
    weights, kind, outputs, attributes, shape = parts
    q, scale, zero, _ = quantise(b, x, "uint8")
    weight_scale = scalar(b, "float32", round(b.r.uniform(0.001, 0.01), 5))
    weight_zero = scalar(b, kind, 0 if kind == "int8" else 128)
    y_scale, y_zero = scalar(b, "float32", round(b.r.uniform(0.02, 0.1), 4)), \
        scalar(b, "uint8", b.r.randint(90, 160))
    inputs = [q, scale, zero, weights, weight_scale, weight_zero, y_scale, y_zero]
    if b.chance(0.5):
        inputs.append(typed(b, "int32", [outputs], -2000, 2000))
    y = b.add("QLinearConv", inputs, shape, "uint8", **attributes)
    b.add("DequantizeLinear", [y, y_scale, y_zero], shape, exact=True, channels=1)
    return True


def integer_matmul(b):
    x = b.pick(lambda v: v.exact and v.rank >= 2 and v.shape[-1].fixed)
    if not x:
        return False
    inner, columns = x.shape[-1].least, b.r.choice([1, 3, 8, 17])
    shape = [*x.shape[:-1], fixed(columns)]
    kind = b.r.choice(["uint8", "int8"])
    low, high = (0, 255) if kind == "uint8" else (-127, 127)
    weights = typed(b, kind, [inner, columns], low, high)
    q, scale, zero, _ = quantise(b, x, "uint8")
    if b.chance(0.5):
        total = b.add("MatMulInteger", [q, weights, zero, scalar(b, kind, b.r.randint(0, 60))],
                      shape, "int32")
        real = cast(b, total, "float32")
        b.values.remove(real)
        b.add("Mul", [real, scalar(b, "float32", 1e-5)], shape, exact=True)
        return True
    y_scale, y_zero = scalar(b, "float32", 0.05), scalar(b, "uint8", 128)
    y = b.add("QLinearMatMul", [q, scale, zero, weights, scalar(b, "float32", 0.003),
                                scalar(b, kind, 0 if kind == "int8" else 128), y_scale, y_zero],
              shape, "uint8")
    b.add("DequantizeLinear", [y, y_scale, y_zero], shape, exact=True)
    return True
