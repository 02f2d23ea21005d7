"""What ONNX Runtime's optimiser makes of neighbouring operators (com.microsoft), and its copies of
ONNX's own."""

from arithmetic import gemm_operands
from builder import MOST_ELEMENTS, fixed
from microsoft import ms
from windows import convolution

ACTIVATIONS = {"Relu": [], "Tanh": [], "Sigmoid": [], "LeakyRelu": [0.1], "HardSigmoid": [0.3, 0.4],
               "Clip": [-0.5, 0.75]}


def conv(b):
    parts = convolution(b)
    if not parts:
        return False
    inputs, attributes, shape = parts
    if b.chance(0.7):
        activation = b.r.choice(list(ACTIVATIONS))
        attributes["activation"] = activation
        if ACTIVATIONS[activation]:
            attributes["activation_params"] = ACTIVATIONS[activation]
    if b.chance(0.4):
        added = b.pick(lambda v: v.shape == shape)
        if added:
            inputs += [""] * (3 - len(inputs)) + [added]
    b.add(ms("FusedConv"), inputs, shape, channels=1, **attributes)
    return True


def gemm(b):
    parts = gemm_operands(b)
    if not parts:
        return False
    inputs, shape, attributes = parts
    activation = b.r.choice(["Relu", "Tanh", "Sigmoid", "LeakyRelu"])
    attributes["activation"] = activation
    if activation == "LeakyRelu":
        attributes["activation_alpha"] = 0.1
    b.add(ms("FusedGemm"), inputs, shape, **attributes)
    return True


def matmul(b):
    x = b.pick(lambda v: 1 < v.rank < 5 and v.most < 6000)
    if not x:
        return False
    left, right = b.chance(0.5), b.chance(0.5)
    rows, depth = x.shape[-2:][::-1] if left else x.shape[-2:]
    attributes = {"transA": int(left), "transB": int(right), "alpha": b.r.choice([1.0, 0.5])}
    if b.chance(0.4):
        # With itself: each row with each.
        attributes["transB"] = 1 - int(left)
        if rows.most * rows.most * x.most // max(1, depth.most) > MOST_ELEMENTS:
            return False
        b.add(ms("FusedMatMul"), [x, x], [*x.shape[:-2], rows, rows], **attributes)
        return True
    if not depth.fixed:
        return False
    columns = b.r.choice(b.style.channels)
    shape = [columns, depth.least] if right else [depth.least, columns]
    if b.chance(0.3) and x.rank > 2:
        shape = [1] * (x.rank - 2) + shape
    b.add(ms("FusedMatMul"), [x, b.weights(shape, depth.least)],
          [*x.shape[:-2], rows, fixed(columns)], **attributes)
    return True


def triangle(b):
    # ONNX Runtime takes floats, doubles, int64 and truth values.
    x = b.pick_moved(lambda v: v.rank > 1 and v.kind in ("float32", "float64", "int64", "bool"))
    if not x:
        return False
    op = "Trilu" if b.graph.opset >= 14 and b.chance(0.5) else ms("Trilu")
    inputs = [x]
    if b.chance(0.6):
        inputs.append(b.scalar("int64", b.r.randint(-3, 3)))
    b.add_like(x, op, inputs, x.shape, channels=x.channels, upper=b.r.choice([0, 1]))
    return True
