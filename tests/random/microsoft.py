"""ONNX Runtime's own quantised operators (com.microsoft); types, scales and zeros as in
quantised.py."""

from arithmetic import joined_shape
from builder import MOST_ELEMENTS, fixed, product
from quantised import (BYTES, RANGES, a_scale, a_zero, has_few_columns, image, operands,
                       quantised_value, result, weights_for)
from windows import ceil_extents, kernel_of, legal_pads, windows


def ms(name):
    return "com.microsoft::" + name


def second(b, x):
    """An operand beside x of its type: another value, or a constant; and the shape of both."""
    y = b.pick(lambda v: v.scale is not None and joined_shape(x, v) is not None, x.kind)
    if not y or b.chance(0.4):
        shape = [e if e.fixed and b.chance(0.6) else fixed(1) for e in x.shape]
        if product(shape).most > 3000:
            shape = [fixed(1)] * x.rank
        while shape and shape[0].sizes == (1, 1) and b.chance(0.3):
            shape = shape[1:]
        name = b.typed(x.kind, [e.least for e in shape], *RANGES[x.kind])
        y = type(x)(name, shape, x.kind, exact=True, constant=True, scale=a_scale(b),
                    zero=a_zero(b, x.kind))
    return y, joined_shape(x, y)


def add_and_mul(b):
    x = quantised_value(b)
    if not x:
        return False
    y, shape = second(b, x)
    if not shape:
        return False
    pair = [x, y]
    b.r.shuffle(pair)
    scale, zero = a_scale(b, 0.02, 0.08), a_zero(b, x.kind)
    op = b.r.choice(["QLinearAdd", "QLinearMul"])
    y = result(b, ms(op), [*operands(pair[0]), *operands(pair[1]), scale, zero], shape, x.kind,
               scale, zero, x.channels if len(shape) == x.rank else None)
    if op == "QLinearAdd":
        # Its kernels for AVX2 round a product and a sum once, others twice: what lies halfway between
        # two integers, as scales of few digits often make it, comes out on either side.
        b.near(y, "ONNX Runtime", "fused multiply-add")
    return True


def concat(b):
    x = quantised_value(b, lambda v: v.rank > 1)
    if not x:
        return False
    axis = b.r.choice([1, *range(x.rank)])
    others = lambda v: [e for i, e in enumerate(v.shape) if i != axis]
    parts = [x]
    for _ in range(b.r.choice([1, 1, 2])):
        y = b.pick(lambda v: v.scale is not None and v.rank == x.rank and others(v) == others(x),
                   x.kind)
        if y:
            parts.append(y)
    b.r.shuffle(parts)
    extent = parts[0].shape[axis]
    for part in parts[1:]:
        extent = extent.map(lambda s, t: s + t, part.shape[axis])
    if sum(p.most for p in parts) > MOST_ELEMENTS:
        return False
    # Parts of the result's scale and zero stay as they are.
    scale, zero = (x.scale, x.zero) if b.chance(0.4) else (a_scale(b), a_zero(b, x.kind))
    shape = [extent if i == axis else e for i, e in enumerate(x.shape)]
    result(b, ms("QLinearConcat"), [scale, zero, *(o for p in parts for o in operands(p))], shape,
           x.kind, scale, zero, x.channels, axis=axis)
    return True


def where(b):
    x = quantised_value(b)
    if not x:
        return False
    wide = b.hidden("Cast", [x], x.shape, "int32", to=6)
    truth = b.hidden("Less", [wide, b.scalar("int32", b.r.randint(-20, 150))], x.shape, "bool")
    y, shape = second(b, x)
    if shape != x.shape:
        return False
    scale, zero = a_scale(b), a_zero(b, x.kind)
    result(b, ms("QLinearWhere"), [truth, *operands(x), *operands(y), scale, zero], shape, x.kind,
           scale, zero, x.channels)
    return True


def unit_scale(b, kind):
    """Of values from 0 to 1."""
    return b.scalar("float32", 1 / 256), b.scalar(kind, 0 if kind == "uint8" else -128)


def activation(b):
    x = quantised_value(b)
    if not x:
        return False
    if b.chance(0.5):
        scale, zero = a_scale(b), a_zero(b, x.kind)
        result(b, ms("QLinearLeakyRelu"), [*operands(x), scale, zero], x.shape, x.kind, scale, zero,
               x.channels, alpha=b.r.choice([0.0, 0.01, 0.1, 0.3]))
        return True
    scale, zero = unit_scale(b, x.kind)
    result(b, ms("QLinearSigmoid"), [*operands(x), scale, zero], x.shape, x.kind, scale, zero,
           x.channels)
    return True


def softmax(b):
    x = quantised_value(b, lambda v: v.rank > 1)
    if not x:
        return False
    # ONNX Runtime lets 256 overflow to 0, which 1 is by a scale of 1/256.
    scale, zero = b.scalar("float32", 1 / 128), unit_scale(b, x.kind)[1]
    axis = b.r.randrange(x.rank)
    told = axis - x.rank if b.chance(0.3) else axis
    result(b, ms("QLinearSoftmax"), [*operands(x), scale, zero], x.shape, x.kind, scale, zero,
           x.channels, axis=told, opset=b.r.choice([11, 13]))
    return True


def average_pool(b):
    x = quantised_value(b, image)
    if not x:
        return False
    scale, zero = a_scale(b), a_zero(b, x.kind)
    inputs = [*operands(x), scale, zero]
    last = b.chance(0.3)
    if last:
        n, c, h, w = x.shape
        inputs[0] = b.hidden("Transpose", [x], [n, h, w, c], x.kind, True, perm=[0, 2, 3, 1])
    if b.chance(0.4):
        shape, attributes, op = [*x.shape[:2], fixed(1), fixed(1)], {}, "QLinearGlobalAveragePool"
    else:
        kernel = [min(k, 5) for k in kernel_of(b, 2)]
        attributes, extents = windows(b, x, kernel, [k - 1 for k in kernel])
        if "dilations" in attributes or not legal_pads(attributes, kernel, x.shape[2:]):
            return False
        shape = [*x.shape[:2], *ceil_extents(b, x, attributes, extents)]
        if b.chance(0.5):
            attributes["count_include_pad"] = 1
        op = "QLinearAveragePool"
    if last:
        attributes["channels_last"] = 1
        shape = [shape[i] for i in (0, 2, 3, 1)]
    y = result(b, ms(op), inputs, shape, x.kind, scale, zero, 3 if last else 1, **attributes)
    if op == "QLinearAveragePool":
        # Of floats, as in ONNX Runtime; in the interpreter they are added up in double precision, and
        # means that lie halfway between two integers, as they often do, come out on either side.
        b.near(y, "the interpreter", "a sum in double precision")
    return True


def gemm(b):
    x = quantised_value(b, lambda v: v.rank == 2 and v.shape[1].fixed and v.shape[1].least < 300)
    if not x:
        flat = quantised_value(b, lambda v: v.rank > 1 and v.fixed and v.most < 4000)
        if not flat:
            return False
        x = b.add_like(flat, "Flatten", [flat], [flat.shape[0], product(flat.shape[1:])], axis=1)
    inner, columns = x.shape[1].least, b.r.choice([1, 3, 8, 17])
    kind = "int8" if x.kind == "int8" else b.r.choice(BYTES)
    turned = b.chance(0.5)
    weights = b.typed(kind, [columns, inner] if turned else [inner, columns], *RANGES[kind])
    scale, zero = b.scalar("float32", 0.003), b.scalar(kind, b.r.randint(0, 20))
    if b.chance(0.4):
        scale = b.floats([round(b.r.uniform(0.001, 0.01), 5) for _ in range(columns)])
        zero = b.typed(kind, [columns], 0, 20)
    bias = b.typed("int32", [columns], -2000, 2000) if b.chance(0.6) else ""
    attributes = {"transB": 1} if turned else {}
    if b.chance(0.3):
        attributes["alpha"] = 0.5
    inputs = [*operands(x), weights, scale, zero, bias]
    if x.fixed and b.chance(0.3):
        inputs[0] = b.hidden("Transpose", [x], x.shape[::-1], x.kind, True, perm=[1, 0])
        attributes["transA"] = 1
    shape = [x.shape[0], fixed(columns)]
    if b.chance(0.4):
        # As floats.
        b.add(ms("QGemm"), inputs if bias else inputs[:-1], shape, **attributes)
        return True
    scale, zero = a_scale(b, 0.04, 0.06), a_zero(b, x.kind)
    result(b, ms("QGemm"), [*inputs, scale, zero], shape, x.kind, scale, zero, **attributes)
    return True


def matmul_to_float(b):
    """Integers times integers, as floats: of a quantised value, or of floats that the operator
    quantises itself."""
    dynamic = b.chance(0.5)
    x = b.pick(lambda v: v.exact and has_few_columns(v)) if dynamic else \
        quantised_value(b, has_few_columns)
    factor = weights_for(b, x) if x else None
    if not factor:
        return False
    weights, kind, columns, shape = factor
    scale, zero = b.scalar("float32", 0.003), b.scalar(kind, b.r.randint(0, 20))
    if b.chance(0.4):
        scale = b.floats([round(b.r.uniform(0.001, 0.01), 5) for _ in range(columns)])
        zero = b.typed(kind, [columns], 0, 20)
    if b.chance(0.3):
        zero = ""
    bias = b.numbers([columns]) if b.chance(0.5) else ""
    inputs = [x, weights, scale, zero, bias] if dynamic else \
        [x, weights, x.scale, scale, x.zero, zero, bias]
    while inputs[-1] == "":
        inputs.pop()
    b.add(ms("DynamicQuantizeMatMul" if dynamic else "MatMulIntegerToFloat"), inputs, shape)
    return True
