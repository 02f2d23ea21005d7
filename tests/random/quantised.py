"""Quantised numbers: integers that stand for others, by a scale and a zero.

A quantised value keeps its scale and zero, so that layers follow each other without floats between,
as converters write them. Sums of products are exact, and what is scaled is rounded by one formula,
so that everybody's integers are the same.
"""

from builder import MOST_ELEMENTS, fixed, product

BYTES = ("uint8", "int8")
RANGES = {"uint8": (0, 255), "int8": (-127, 127)}


def a_scale(b, low=0.01, high=0.05):
    return b.scalar("float32", round(b.r.uniform(low, high), 4))


def a_zero(b, kind):
    return b.scalar(kind, b.r.randint(100, 150) if kind == "uint8" else b.r.randint(-20, 20))


def quantise(b, x, kind=None, per_channel=False, wide=False):
    """x as a quantised value. Per channel, its scale and zero are lists, that `per_channel` says
    along which axis."""
    kind = kind or b.r.choice(BYTES + (("uint16", "int16") if wide else ()))
    attributes = {}
    if per_channel:
        axis = b.r.choice([i for i, e in enumerate(x.shape) if e.fixed])
        extent = x.shape[axis].least
        scale = b.floats([round(b.r.uniform(0.005, 0.05), 4) for _ in range(extent)])
        zero = b.typed(kind, [extent], 0, 20)
        if axis != 1 or b.chance(0.3):
            attributes = {"axis": axis - x.rank if b.chance(0.3) else axis}
    else:
        scale, zero = a_scale(b), a_zero(b, kind if kind in BYTES else "uint8")
        if kind not in BYTES:
            zero = b.scalar(kind, 1000)
    inputs = [x, scale, zero]
    if kind == "uint8" and not per_channel and b.chance(0.2):
        inputs.pop()
        zero = b.scalar("uint8", 0)
    op = "QuantizeLinear"
    if kind not in BYTES and b.graph.opset < 21:
        op = "com.microsoft::QuantizeLinear"
    q = b.add(op, inputs, x.shape, kind, exact=True, channels=x.channels, **attributes)
    if not per_channel:
        q.scale, q.zero = scale, zero
    return q, scale, zero, attributes


def quantised_value(b, condition=lambda v: True, kinds=BYTES):
    """A quantised value that is there, or one of floats, quantised; nothing if none fits."""
    fits = lambda v: v.scale is not None and v.kind in kinds and not v.last and condition(v)
    fitting = [v for v in b.values if fits(v)]
    if fitting and b.chance(0.7):
        return fitting[-1] if b.chance(0.6) else b.r.choice(fitting)
    x = b.pick(lambda v: v.exact and v.rank > 0 and condition(v))
    return quantise(b, x, b.r.choice(kinds))[0] if x else None


def operands(x):
    """A value with its scale and zero, as quantised operators take them."""
    return [x, x.scale, x.zero]


def result(b, op, inputs, shape, kind, scale, zero, channels=None, **attributes):
    """A quantised value that a node gives."""
    y = b.add(op, inputs, shape, kind, exact=True, channels=channels, **attributes)
    y.scale, y.zero = scale, zero
    return y


def quantised(b):
    x = b.pick(lambda v: v.exact and v.rank > 0)
    if not x:
        return False
    per_channel = any(e.fixed for e in x.shape) and x.rank > 1 and b.chance(0.4)
    q, scale, zero, attributes = quantise(b, x, per_channel=per_channel, wide=True)
    op = "com.microsoft::DequantizeLinear" if q.kind not in BYTES and b.graph.opset < 21 else \
        "DequantizeLinear"
    b.add(op, [q, scale, zero], x.shape, exact=True, channels=x.channels, **attributes)
    return True


def dequantised(b):
    """What quantised layers before it leave."""
    x = b.pick(lambda v: v.scale is not None, b.r.choice(BYTES))
    if not x:
        return False
    b.add("DequantizeLinear", operands(x), x.shape, exact=True,
          channels=x.channels)
    return True


def dequantised_constant(b):
    """Weights as converters store them: of bytes, or sums (of int32, whose zero is 0), by one scale
    or by one for each channel."""
    x = b.pick(lambda v: v.rank > 1 and v.shape[1].fixed)
    if not x:
        return False
    kind, channels = b.r.choice([*BYTES, "int32"]), x.shape[1].least
    shape = [channels] + [1] * (x.rank - 2)
    values = b.typed(kind, shape, *RANGES.get(kind, (-20000, 20000)))
    small = 1e-4 if kind == "int32" else 0.01
    inputs = [values, b.floats([small], [])]
    if b.chance(0.5):
        inputs[1] = b.floats([round(b.r.uniform(small / 2, small * 2), 6)
                              for _ in range(channels)])
        if kind != "int32" and b.chance(0.5):
            inputs.append(b.typed(kind, [channels], 0, 20))
    # The channels are the first of the constant's axes.
    lists = b.graph.constants[inputs[1]]["shape"] != []
    weights = b.hidden("DequantizeLinear", inputs, [fixed(e) for e in shape],
                       **({"axis": 0} if lists else {}))
    b.add(b.r.choice(["Mul", "Add"]), [x, weights], x.shape, channels=x.channels)
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
    kind = "int8" if x.kind == "int8" else b.r.choice(BYTES)
    weights = b.typed(kind, [outputs, channels // group, *kernel], *RANGES[kind])
    attributes = {"strides": [stride] * 2, "dilations": [dilation] * 2, "pads": pads,
                  "group": group}
    if b.chance(0.5):
        attributes["kernel_shape"] = kernel
    sized = stride == 1 or all(e.fixed for e in x.shape[2:])
    if sized and dilation == 1 and min(kernel) >= stride and b.chance(0.2):
        attributes["auto_pad"] = b.r.choice(["SAME_UPPER", "SAME_LOWER"])
        del attributes["pads"]
        extents = [e.map(lambda s: -(-s // stride)) for e in x.shape[2:]]
    return weights, kind, outputs, attributes, [x.shape[0], fixed(outputs), *extents]


def image(v):
    return v.rank == 4 and v.shape[1].fixed and v.shape[1].least <= 20 and v.most < 8000


def integer_conv(b):
    x = b.pick_image(lambda v: v.exact and image(v))
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
        inputs.append(b.scalar(kind, b.r.randint(1, 100)))
    total = b.hidden("ConvInteger", inputs, shape, "int32", **attributes)
    real = b.hidden("Cast", [total], shape, to=1)
    scaled = b.hidden("Mul", [real, scale], shape)
    b.add("Mul", [scaled, b.scalar("float32", 0.001)], shape, channels=1)
    return True


def quantised_conv(b):
    x = quantised_value(b, image)
    parts = convolution(b, x) if x else None
    if not parts:
        return False
    weights, kind, outputs, attributes, shape = parts
    weight_scale = b.scalar("float32", round(b.r.uniform(0.001, 0.01), 5))
    weight_zero = b.scalar(kind, 0 if kind == "int8" else 128)
    if kind == "int8" and b.chance(0.4):
        weight_scale = b.floats([round(b.r.uniform(0.001, 0.01), 5) for _ in range(outputs)])
        if b.chance(0.5):
            weight_zero = b.typed(kind, [outputs], 0, 0)
    scale, zero = a_scale(b, 0.02, 0.1), a_zero(b, x.kind)
    inputs = [*operands(x), weights, weight_scale, weight_zero, scale, zero]
    if b.chance(0.5):
        inputs.append(b.typed("int32", [outputs], -2000, 2000))
    result(b, "QLinearConv", inputs, shape, x.kind, scale, zero, 1, **attributes)
    return True


def has_few_columns(x):
    return x.rank >= 2 and x.shape[-1].fixed and x.shape[-1].least < 300


def weights_for(b, x):
    """Bytes to multiply x with: their name, type and columns, and the shape of the product; None if
    that would be too large."""
    inner, columns = x.shape[-1].least, b.r.choice([1, 3, 8, 17])
    shape = [*x.shape[:-1], fixed(columns)]
    if product(shape).most > MOST_ELEMENTS:
        return None
    # ONNX Runtime multiplies bytes with a sign by such.
    kind = "int8" if x.kind == "int8" else b.r.choice(BYTES)
    return b.typed(kind, [inner, columns], *RANGES[kind]), kind, columns, shape


def integer_matmul(b):
    x = quantised_value(b, has_few_columns)
    factor = weights_for(b, x) if x else None
    if not factor:
        return False
    weights, kind, columns, shape = factor
    if b.chance(0.5):
        inputs = [x, weights, x.zero]
        if b.chance(0.7):
            inputs.append(b.scalar(kind, b.r.randint(0, 60)) if b.chance(0.6) else
                          b.typed(kind, [columns], 0, 60))
        total = b.hidden("MatMulInteger", inputs, shape, "int32")
        real = b.hidden("Cast", [total], shape, to=1)
        b.add("Mul", [real, b.scalar("float32", 1e-5)], shape, exact=True)
        return True
    weight_scale, weight_zero = b.scalar("float32", 0.003), \
        b.scalar(kind, 0 if kind == "int8" else 128)
    if kind == "int8" and b.chance(0.4):
        weight_scale = b.floats([round(b.r.uniform(0.001, 0.01), 5) for _ in range(columns)])
        weight_zero = b.typed(kind, [columns], 0, 0)
    scale, zero = a_scale(b, 0.04, 0.06), a_zero(b, x.kind)
    result(b, "QLinearMatMul", [*operands(x), weights, weight_scale, weight_zero, scale, zero],
           shape, x.kind, scale, zero)
    return True


def integer_pool(b):
    """The largest of bytes."""
    x = quantised_value(b, image)
    if not x:
        return False
    kernel = [min(b.r.choice([1, 2, 3]), e.least) for e in x.shape[2:]]
    stride = b.r.choice([1, 2])
    pads = [b.r.randint(0, k - 1) for k in kernel] * 2
    extents = [e.map(lambda s, k=k, p=p: (s + 2 * p - k) // stride + 1)
               for e, k, p in zip(x.shape[2:], kernel, pads)]
    if any(2 * p > k for p, k in zip(pads, kernel)) or min(e.least for e in extents) < 1:
        return False
    b.add_like(x, "MaxPool", [x], [*x.shape[:2], *extents], channels=1, kernel_shape=kernel,
               strides=[stride] * 2, pads=pads)
    return True


def integer_resize(b):
    """Whole factors, so that nobody's rounding picks rows."""
    x = quantised_value(b, image)
    if not x or x.most > 3000:
        return False
    factors = [b.r.choice([1, 2, 3]), b.r.choice([1, 2])]
    if factors == [1, 1]:
        factors[0] = 2
    extents = [e.map(lambda s, f=f: s * f) for e, f in zip(x.shape[2:], factors)]
    b.add_like(x, "Resize", [x, "", b.floats([1.0, 1.0, *map(float, factors)])],
               [*x.shape[:2], *extents], channels=1, mode="nearest", nearest_mode="floor",
               coordinate_transformation_mode="asymmetric")
    return True


def integer_where(b):
    """A quantised value where it is large, its zero elsewhere. ONNX Runtime chooses
    no bytes with a sign."""
    x = quantised_value(b, kinds=("uint8",))
    if not x:
        return False
    wide = b.hidden("Cast", [x], x.shape, "int32", to=6)
    truth = b.hidden("Greater", [wide, b.scalar("int32", b.r.randint(-20, 150))], x.shape, "bool")
    b.add_like(x, "Where", [truth, x, x.zero], x.shape, channels=x.channels)
    return True
