"""Functions of values, element by element and over axes.

Arguments are kept where functions are tame: logarithms and quotients of numbers away from zero,
exponentials of small ones.
"""

from builder import MOST_ELEMENTS, fixed, product

# Continuous, and small for small arguments.
UNARY = ("Relu", "LeakyRelu", "Sigmoid", "Tanh", "HardSigmoid", "Elu", "Selu", "Celu", "Softplus",
         "Softsign", "Abs", "Neg", "Erf", "Sin", "Cos", "Atan", "Asinh")
# They jump, so that only exact values may be their arguments.
JUMPING = ("Floor", "Ceil", "Round", "Sign", "ThresholdedRelu", "Shrink")
# With what keeps their arguments where they are tame: halves of -1 to 1, or numbers above 1.5.
OF_HALVES = ("Acos", "Asin", "Atanh", "Tan", "Sinh", "Cosh")
REDUCTIONS = ("ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2",
              "ReduceSumSquare", "ReduceLogSumExp", "ReduceProd", "ReduceLogSum")


def same(b, op, x, exact=False, **attributes):
    return b.add(op, [x], x.shape, exact=exact, channels=x.channels, **attributes)


PARAMETERS = {"LeakyRelu": {"alpha": 0.3}, "Elu": {"alpha": 0.3}, "Celu": {"alpha": 0.3},
              "HardSigmoid": {"alpha": 0.3, "beta": 0.4}, "Selu": {"alpha": 1.5, "gamma": 0.9},
              "Shrink": {"lambd": 0.7, "bias": 0.2}, "ThresholdedRelu": {"alpha": 0.6},
              "Swish": {"alpha": 1.3}}


def parameters(b, op):
    return PARAMETERS[op] if op in PARAMETERS and b.chance(0.5) else {}


def unary(b):
    x = b.pick()
    if not x:
        return False
    r = b.r.random()
    if r < 0.15 and x.exact:
        op = b.r.choice(JUMPING)
        same(b, op, x, **parameters(b, op))
    elif r < 0.2:
        if b.chance(0.8):
            half = same(b, "Mul", same(b, "Tanh", x))
            b.graph.nodes[-1].inputs.append(b.floats([0.5], []))
            same(b, b.r.choice(OF_HALVES), half)
        else:
            above = b.add("Add", [same(b, "Abs", x), b.floats([1.5], [])], x.shape,
                          channels=x.channels)
            same(b, "Acosh", above)
    elif r < 0.25:
        bounds = [b.floats([v], []) for v in (-0.8, 0.9)]
        inputs = b.r.choice([[x, *bounds], [x, bounds[0]], [x, "", bounds[1]]])
        b.add("Clip", inputs, x.shape, channels=x.channels)
    elif r < 0.35:
        same(b, "Exp", same(b, "Tanh", x))
    elif r < 0.5:
        positive = b.add("Add", [same(b, "Abs", x), b.floats([0.5], [])], x.shape,
                         channels=x.channels)
        same(b, b.r.choice(["Sqrt", "Log", "Reciprocal"]), positive)
    else:
        newer = [op for least, op in ((14, "HardSwish"), (18, "Mish"), (24, "Swish"))
                 if b.graph.opset >= least]
        op = b.r.choice([*UNARY, *newer])
        same(b, op, x, **parameters(b, op))
    return True


def broadcast_shape(b, x):
    """A shape that broadcasts to that of x: all of it, one value a channel, a row, one number."""
    style = b.r.choice(["all", "all", "channels", "channels", "some", "number"])
    shape = [fixed(1)] * x.rank
    if style == "all":
        shape = list(x.shape)
    elif style == "channels" and x.channels is not None:
        shape[x.channels] = x.shape[x.channels]
    elif style == "some":
        shape = [e if b.chance(0.5) else fixed(1) for e in x.shape]
    shape = [e if e.fixed else fixed(1) for e in shape]
    while shape and shape[0].sizes == fixed(1).sizes and b.chance(0.4):
        shape = shape[1:]
    return shape


def binary(b):
    x = b.pick()
    if not x:
        return False
    op = b.r.choice(["Add", "Add", "Mul", "Mul", "Sub", "Max", "Min", "Div", "Pow", "PRelu"])
    if op == "PRelu":
        shape = broadcast_shape(b, x)
        b.add("PRelu", [x, b.constant_value(shape)], x.shape, channels=x.channels)
        return True
    if op == "Pow":
        positive = b.add("Add", [same(b, "Abs", x), b.floats([0.5], [])], x.shape,
                         channels=x.channels)
        b.add("Pow", [positive, b.floats([b.r.choice([0.5, 2.0, 3.0, -1.0, 1.7])], [])], x.shape,
              channels=x.channels)
        return True
    y = operand(b, x)
    shape = joined_shape(x, y)
    if not shape:
        return False
    if op == "Div":
        y = b.add("Add", [b.add("Abs", [y], y.shape), b.floats([0.5], [])], y.shape)
    operands = [x, y]
    if b.chance(0.5) and op != "Div":
        operands.reverse()
    chosen = op in ("Max", "Min")
    channels = x.channels if len(shape) == x.rank else None
    b.add(op, operands, shape, exact=chosen and x.exact and y.exact, channels=channels)
    return True


def operand(b, x):
    """A value or a constant of a shape that fits x."""
    other = b.pick(lambda v: joined_shape(x, v) is not None)
    if other and b.chance(0.55):
        return other
    return b.constant_value(broadcast_shape(b, x))


def joined_shape(x, y):
    """The broadcast shape; None if there is none for every size."""
    rank = max(x.rank, y.rank)
    one = fixed(1)
    left = [one] * (rank - x.rank) + list(x.shape)
    right = [one] * (rank - y.rank) + list(y.shape)
    shape, count = [], 1
    for a, c in zip(left, right):
        if a != c and a != one and c != one:
            return None
        shape.append(c if a == one else a)
        count *= shape[-1].most
    return shape if count <= MOST_ELEMENTS else None


def variadic(b):
    x = b.pick()
    if not x:
        return False
    operands = [x] + [operand(b, x) for _ in range(b.r.choice([1, 2]))]
    shape = x.shape
    for y in operands[1:]:
        whole = type(x)("", shape)
        shape = joined_shape(whole, y)
        if not shape:
            return False
    b.r.shuffle(operands)
    b.add(b.r.choice(["Sum", "Mean", "Max", "Min"]), operands, shape,
          channels=x.channels if len(shape) == x.rank else None)
    return True


def axes_of(b, x, op):
    """Axes as the operator takes them, and those that are reduced."""
    axes = b.r.choice([[2, 3], [1], b.r.sample(range(x.rank), b.r.randint(1, x.rank))])
    axes = [a for a in axes if a < x.rank] or [x.rank - 1]
    told = [a - x.rank if b.chance(0.3) else a for a in axes]
    return axes, told


def reduce(b):
    x = b.pick(lambda v: v.rank > 0)
    if not x:
        return False
    op = b.r.choice(REDUCTIONS)
    axes, told = axes_of(b, x, op)
    everything = b.chance(0.08)
    if everything:
        axes = list(range(x.rank))
    count = 1
    for axis in axes:
        count *= x.shape[axis].most
    if op == "ReduceProd" and count > 12:
        return False
    keep = b.chance(0.6)
    shape = [fixed(1) if i in axes else e for i, e in enumerate(x.shape) if keep or i not in axes]
    if op == "ReduceLogSum":
        x = b.add("Add", [same(b, "Abs", x), b.floats([0.5], [])], x.shape)
    attributes = {} if keep and b.chance(0.5) else {"keepdims": int(keep)}
    inputs = [x]
    if everything:
        if b.graph.opset >= (13 if op == "ReduceSum" else 18) and b.chance(0.3):
            # Axes that are absent stay.
            attributes["noop_with_empty_axes"] = 1
            shape, count = x.shape, 1
            keep = True
    elif op == "ReduceSum":
        inputs.append(b.ints(*told))
    else:
        attributes["axes"] = told
    # Sums over many pixels are large; what follows is not made for that.
    result = b.add(op, inputs, shape, exact=x.exact and op in ("ReduceMax", "ReduceMin"),
                   channels=x.channels if keep else None, **attributes)
    if op in ("ReduceSum", "ReduceL1", "ReduceSumSquare") and count > 8:
        b.add("Mul", [result, b.floats([1.0 / count], [])], result.shape, channels=result.channels)
    return True


def softmax(b):
    x = b.pick(lambda v: v.rank > 0)
    if not x:
        return False
    axis = b.r.randrange(x.rank)
    ops = ["Softmax", "Softmax", "LogSoftmax"] + (["Hardmax"] if x.exact else [])
    same(b, b.r.choice(ops), x,
         axis=axis - x.rank if b.chance(0.3) else axis)
    return True


def arg_extreme(b):
    x = b.pick(lambda v: v.rank > 0 and v.exact)
    if not x:
        return False
    axis, keep = b.r.randrange(x.rank), b.chance(0.6)
    shape = [fixed(1) if i == axis else e for i, e in enumerate(x.shape) if keep or i != axis]
    result = b.add(b.r.choice(["ArgMax", "ArgMin"]), [x], shape, "int64", axis=axis,
                   keepdims=int(keep), **({"select_last_index": 1} if b.chance(0.3) else {}))
    if b.chance(0.3):
        b.add("Cast", [result], shape, exact=True, to=1)
    return True


def matmul(b):
    x = b.pick(lambda v: v.rank > 1)
    if not x or x.most > 6000:
        return False
    depth, columns = x.shape[-1], b.r.choice(b.style.channels)
    y = b.pick(lambda v: v.rank == x.rank and v.rank > 1 and v.shape[-2] == depth and
               v.shape[:-2] == x.shape[:-2])
    if y and b.chance(0.5):
        b.add("MatMul", [x, y], [*x.shape[:-1], y.shape[-1]])
    elif depth.fixed and b.chance(0.6):
        leading = [1] * b.r.choice([0, 0, x.rank - 2])
        weights = b.weights([*leading, depth.least, columns], depth.least)
        b.add("MatMul", [x, weights], [*x.shape[:-1], fixed(columns)])
    elif x.shape[-2].fixed:
        # The constant on the left.
        rows = x.shape[-2].least
        leading = [e.least for e in x.shape[:-2]] if b.chance(0.3) and x.fixed else []
        weights = b.weights([*leading, columns, rows], rows)
        b.add("MatMul", [weights, x], [*x.shape[:-2], fixed(columns), x.shape[-1]])
    else:
        return False
    return True


def einsum(b):
    x = b.pick(lambda v: 1 < v.rank < 5)
    if not x or x.most > 6000 or b.graph.opset < 12:
        return False
    letters = "abcd"[:x.rank]
    kind = b.r.choice(["order", "sum", "product", "outer", "weights"])
    if kind == "order":
        order = b.r.sample(range(x.rank), x.rank)
        b.add("Einsum", [x], [x.shape[i] for i in order],
              equation=f"{letters}->{''.join(letters[i] for i in order)}")
    elif kind == "sum":
        count = x.shape[-1].most
        result = b.add("Einsum", [x], x.shape[:-1], equation=f"{letters}->{letters[:-1]}")
        b.add("Mul", [result, b.floats([1.0 / count], [])], result.shape)
    elif kind == "product":
        # Row by row with itself.
        result = b.add("Einsum", [x, x], x.shape[:-1],
                       equation=f"{letters},{letters}->{letters[:-1]}")
        b.add("Mul", [result, b.floats([1.0 / x.shape[-1].most], [])], result.shape)
    elif kind == "outer":
        vector = b.numbers([3])
        b.add("Einsum", [x, vector], [fixed(3), *x.shape], equation=f"{letters},z->z{letters}")
    else:
        axis = b.r.randrange(x.rank)
        if not x.shape[axis].fixed:
            return False
        depth, columns = x.shape[axis].least, b.r.choice(b.style.channels)
        weights = b.weights([columns, depth], depth)
        shape = [fixed(columns) if i == axis else e for i, e in enumerate(x.shape)]
        b.add("Einsum", [x, weights], shape,
              equation=f"{letters},z{letters[axis]}->{letters.replace(letters[axis], 'z')}")
    return True


def running_sum(b):
    x = b.pick(lambda v: v.rank > 0)
    if not x:
        return False
    axis = b.r.randrange(x.rank)
    result = b.add("CumSum", [x, b.ints(axis)], x.shape,
                   exclusive=b.r.choice([0, 1]), reverse=b.r.choice([0, 1]))
    b.add("Mul", [result, b.floats([1.0 / x.shape[axis].most], [])], x.shape, channels=x.channels)
    return True


def attention(b):
    """Each place of a sequence of features asks all others."""
    x = b.pick(lambda v: v.rank == 3 and v.shape[2].fixed and v.most < 3000)
    if not x or b.graph.opset < 12:
        return False
    turned = b.add("Transpose", [x], [x.shape[0], x.shape[2], x.shape[1]], perm=[0, 2, 1])
    scores = b.add("MatMul", [x, turned], [x.shape[0], x.shape[1], x.shape[1]])
    shares = b.add("Softmax", [scores], scores.shape, axis=2)
    b.add("Einsum", [shares, x], x.shape, equation="nij,njc->nic")
    return True


def gemm_operands(b):
    """A matrix and what Gemm does with it: inputs, the shape of the result, attributes; None if there
    is no matrix."""
    x = b.pick(lambda v: v.rank == 2 and v.shape[1].fixed and v.most < 6000)
    if not x:
        return None
    depth, columns, turned = x.shape[1].least, b.r.choice(b.style.channels), b.chance(0.5)
    inputs = [x, b.weights([columns, depth] if turned else [depth, columns], depth)]
    if b.chance(0.6):
        inputs.append(b.numbers(b.r.choice([[columns], [1, columns], [1]])))
    attributes = {"transB": 1} if turned else {}
    if b.chance(0.3):
        attributes.update(alpha=0.5, beta=1.5)
    return inputs, [x.shape[0], fixed(columns)], attributes


def gemm(b):
    parts = gemm_operands(b)
    if not parts:
        return False
    inputs, shape, attributes = parts
    if b.chance(0.3):
        x = inputs[0]
        inputs[0] = b.hidden("Transpose", [x], x.shape[::-1], perm=[1, 0])
        attributes["transA"] = 1
    b.add("Gemm", inputs, shape, **attributes)
    return True


def normalization(b):
    kind = b.r.choice(["batch", "instance", "layer", "lrn", "lp", "mean and variance"])
    if kind == "lp":
        x = b.pick(lambda v: v.rank > 0)
        if not x:
            return False
        if b.chance(0.3):
            # Vectors of zeros become zeros.
            x = same(b, "Relu", x)
        axis = b.r.randrange(x.rank)
        if any(s == 1 for s in x.shape[axis].sizes):
            # Of one number only the sign is left, which jumps.
            return False
        same(b, "LpNormalization", x, axis=axis - x.rank if b.chance(0.3) else axis,
             **b.r.choice([{}, {"p": 1}]))
        return True
    if kind == "layer":
        x = b.pick(lambda v: v.rank > 1 and v.shape[-1].fixed and v.shape[-1].least > 1)
        if not x or b.graph.opset < 17:
            return False
        axis = x.rank - 1
        if x.shape[-2].fixed and x.shape[-2].least * x.shape[-1].least < 2000 and b.chance(0.3):
            axis -= 1
        extents = [e.least for e in x.shape[axis:]]
        inputs = [x, b.numbers(extents)]
        if b.chance(0.7):
            inputs.append(b.numbers(extents))
        # The mean and the inverse of the deviation may be results, too.
        small = [*x.shape[:axis], *[fixed(1)] * len(extents)]
        b.add_many("LayerNormalization", inputs, [x.shape, small, small][:b.r.choice([1, 1, 3])],
                   axis=axis - x.rank if b.chance(0.5) else axis, epsilon=0.01)
        return True
    if kind == "mean and variance":
        x = b.pick(lambda v: v.rank == 4)
        axes = b.r.choice([[0, 2, 3], [0, 2, 3], [2, 3], [1, 2, 3]])
        # Of few numbers that are alike, the deviation is next to nothing.
        if not x or min(product([x.shape[a] for a in axes]).sizes) < 4:
            return False
        noise = b.numbers([1, 1, 1, 1], 0.9, 1.0)
        same(b, "MeanVarianceNormalization", b.add("Mul", [x, noise], x.shape, channels=x.channels),
             **({} if axes == [0, 2, 3] else {"axes": axes}))
        return True
    x = b.pick(lambda v: v.rank in (3, 4) and v.shape[1].fixed)
    if not x:
        return False
    channels = x.shape[1].least
    if kind == "batch":
        names = [b.numbers([channels], *bounds)
                 for bounds in ((0.5, 1.5), (-1, 1), (-1, 1), (0.5, 2.0))]
        b.add("BatchNormalization", [x, *names], x.shape, channels=1,
              **b.r.choice([{}, {"epsilon": 0.01}]))
    elif kind == "instance":
        if any(x.shape[2].sizes[i] * x.shape[-1].sizes[i] < 4 for i in range(2)):
            return False
        names = [b.numbers([channels], 0.5, 1.5), b.numbers([channels])]
        b.add("InstanceNormalization", [x, *names], x.shape, channels=b.told(x), epsilon=0.01)
    elif x.rank == 3:
        return False
    else:
        b.add("LRN", [x], x.shape, channels=b.told(x), size=b.r.choice([1, 3, 5]), alpha=0.1,
              **b.r.choice([{}, {"beta": 0.5, "bias": 2.0}]))
    return True


def loss(b):
    """How badly labels are predicted, of each place or on the whole."""
    x = b.pick(lambda v: v.rank in (2, 3, 4) and v.fixed and v.shape[1].least > 1 and v.most < 3000)
    if not x:
        return False
    classes = x.shape[1].least
    shape = [e for i, e in enumerate(x.shape) if i != 1]
    labels = b.typed("int64", [e.least for e in shape], 0, classes - 1)
    reduction = b.r.choice(["none", "mean", "sum"])
    inputs, attributes = [x, labels], {"reduction": reduction}
    if b.chance(0.5):
        inputs.append(b.numbers([classes], 0.5, 1.5))
    if b.chance(0.3):
        # Not all places, of which there would be no mean.
        values = b.graph.constants[labels]["values"]
        values[0] = 0
        if any(values):
            attributes["ignore_index"] = 0
    result = shape if reduction == "none" else []
    if b.chance(0.5):
        b.add_many("SoftmaxCrossEntropyLoss", inputs, [result, x.shape][:b.r.randint(1, 2)],
                   **attributes)
    else:
        inputs[0] = b.add("LogSoftmax", [x], x.shape, axis=1, channels=x.channels)
        b.add("NegativeLogLikelihoodLoss", inputs, result, **attributes)
    return True
