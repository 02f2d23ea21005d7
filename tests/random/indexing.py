"""Operators whose indices are data: parts taken and replaced, and the largest values."""

from builder import MOST_ELEMENTS, fixed

FEW = 2000


def table(b, shape, values):
    name = b.fresh("i")
    b.graph.constants[name] = {"type": "int64", "shape": list(shape),
                               "values": [int(v) for v in values]}
    return name


def some_indices(b, extent, count):
    """Valid at both sizes, some counted from the end."""
    return [b.r.randrange(-extent.least if extent.fixed else 0, extent.least)
            for _ in range(count)]


def extreme(b, x, axis):
    """Where the extremes of an exact value lie: indices that are data."""
    shape = [fixed(1) if i == axis else e for i, e in enumerate(x.shape)]
    return b.add(b.r.choice(["ArgMax", "ArgMin"]), [x], shape, "int64", axis=axis, keepdims=1)


def top_k(b):
    x = b.pick(lambda v: v.rank > 0 and v.exact)
    if not x:
        return False
    axis = b.r.randrange(x.rank)
    k = b.r.randint(1, min(x.shape[axis].least, 9))
    shape = [fixed(k) if i == axis else e for i, e in enumerate(x.shape)]
    b.add_many("TopK", [x, b.ints(k)], [shape, shape], ["float32", "int64"], exact=True,
               channels=x.channels, axis=axis, largest=b.r.randint(0, 1))
    return True


def gather_table(b):
    x = b.pick(lambda v: v.rank > 0)
    if not x:
        return False
    axis = b.r.randrange(x.rank)
    if b.chance(0.3):
        extents = [b.r.randint(9, 20)]
    else:
        extents = [b.r.randint(1, 3), b.r.randint(1, 4)]
    count = extents[0] * extents[-1] if len(extents) > 1 else extents[0]
    shape = [*x.shape[:axis], *map(fixed, extents), *x.shape[axis + 1:]]
    if x.most * count > MOST_ELEMENTS or len(shape) > 6:
        return False
    indices = table(b, extents, some_indices(b, x.shape[axis], count))
    b.add("Gather", [x, indices], shape, exact=x.exact, axis=axis)
    return True


def gather_nd(b):
    x = b.pick(lambda v: v.rank > 1)
    if not x:
        return False
    batch = 1 if x.shape[0].fixed and b.chance(0.4) else 0
    named, rows = b.r.randint(1, x.rank - batch), b.r.randint(1, 6)
    lead = x.shape[:batch]
    tuples = rows * (lead[0].least if batch else 1)
    columns = [some_indices(b, x.shape[batch + i], tuples) for i in range(named)]
    indices = table(b, [*(e.least for e in lead), rows, named],
                    [columns[j][i] for i in range(tuples) for j in range(named)])
    shape = [*lead, fixed(rows), *x.shape[batch + named:]]
    b.add("GatherND", [x, indices], shape, exact=x.exact, batch_dims=batch)
    return True


def gather_elements(b):
    x = b.pick(lambda v: v.rank > 0 and (v.exact or (v.fixed and v.most < FEW)))
    if not x:
        return False
    axis = b.r.randrange(x.rank)
    if x.exact and b.chance(0.6):
        indices = extreme(b, x, axis)
        shape = indices.shape
    elif x.fixed and x.most < FEW:
        shape = [fixed(b.r.randint(1, 6)) if i == axis else
                 e if b.chance(0.7) else fixed(b.r.randint(1, e.least))
                 for i, e in enumerate(x.shape)]
        count = 1
        for e in shape:
            count *= e.least
        indices = table(b, [e.least for e in shape], some_indices(b, x.shape[axis], count))
    else:
        return False
    b.add("GatherElements", [x, indices], shape, exact=x.exact, axis=axis)
    return True


def scatter_elements(b):
    x = b.pick(lambda v: v.rank > 0 and v.exact)
    if not x:
        return False
    axis = b.r.randrange(x.rank)
    updates = b.add("ReduceMean", [x], [fixed(1) if i == axis else e
                                        for i, e in enumerate(x.shape)], axes=[axis], keepdims=1)
    reduction = {"reduction": b.r.choice(["add", "mul"] + ["max", "min"] *
                                         (b.style.opset >= 18))} \
        if b.style.opset >= 16 and b.chance(0.4) else {}
    b.add("ScatterElements", [x, extreme(b, x, axis), updates], x.shape, channels=x.channels,
          axis=axis, **reduction)
    return True


def scatter_nd(b):
    """Whole parts, each once, as ONNX leaves open which of several updates stays."""
    x = b.pick(lambda v: v.rank > 1 and all(e.fixed for e in v.shape[1:]))
    if not x:
        return False
    places = b.r.sample(range(x.shape[0].least), b.r.randint(1, min(4, x.shape[0].least)))
    indices = table(b, [len(places), 1], places)
    updates = b.constant_value([fixed(len(places)), *x.shape[1:]])
    if b.style.opset >= 16 and b.chance(0.3):
        b.add("ScatterND", [x, indices, updates], x.shape, channels=x.channels,
              reduction=b.r.choice(["add", "mul"] + ["max", "min"] * (b.style.opset >= 18)))
        return True
    b.add("ScatterND", [x, indices, updates], x.shape, exact=x.exact, channels=x.channels)
    return True
