"""Operators whose results have as many elements as they find. What they find is summed up, so that
all other values keep shapes that the generator knows."""

from builder import fixed, product
from graph import Node


def hidden(b, op, inputs, outputs=1, **attributes):
    """The names of a node's outputs, whose shapes nobody knows."""
    op, inputs, attributes = b.of_operator_set(op, inputs, attributes)
    names = [b.fresh("u") for _ in range(outputs)]
    b.graph.nodes.append(Node(op, [getattr(i, "name", i) for i in inputs], names, attributes))
    return names if outputs > 1 else names[0]


def threshold(b):
    """From all to none."""
    return b.floats([b.r.choice([-9.0, -0.5, 0.0, 0.25, 1.0, 9.0])])


def total(b, name, axis, shape, kind="float32"):
    """The sum along the axis whose extent is what was found."""
    if kind != "float32":
        name = hidden(b, "Cast", [name], to=1)
    return b.add("ReduceSum", [name, b.ints(axis)], shape, keepdims=1)


def nonzero(b):
    x = b.pick(lambda v: v.exact and 0 < v.rank < 6)
    if not x:
        return False
    chosen = hidden(b, "Greater", [x, threshold(b)])
    # Places may be read as numbers, or name what is at them.
    places = hidden(b, "NonZero", [chosen])
    if b.chance(0.5):
        total(b, places, 1, [fixed(x.rank), fixed(1)], "int64")
    else:
        rows = hidden(b, "Transpose", [places], perm=[1, 0])
        total(b, hidden(b, "GatherND", [x, rows]), 0, [fixed(1)])
    return True


def compress(b):
    x = b.pick(lambda v: v.exact and v.rank > 0)
    if not x:
        return False
    if b.chance(0.2):
        flat = hidden(b, "Reshape", [x, b.ints(-1)])
        chosen = hidden(b, "Greater", [flat, threshold(b)])
        total(b, hidden(b, "Compress", [x, chosen]), 0, [fixed(1)])
        return True
    axis = b.r.randrange(x.rank)
    others = [i for i in range(x.rank) if i != axis]
    line = hidden(b, "ReduceMax", [x], axes=others, keepdims=0) if others else x
    chosen = hidden(b, "Greater", [line, threshold(b)])
    found = hidden(b, "Compress", [x, chosen], axis=axis - (x.rank if b.chance(0.3) else 0))
    total(b, found, axis, [fixed(1) if i == axis else e for i, e in enumerate(x.shape)])
    return True


def unique(b):
    x = b.pick(lambda v: v.exact and v.rank > 0)
    if not x:
        return False
    few = hidden(b, "Round", [x])
    if b.chance(0.5):
        axis = b.r.randrange(x.rank)
        rows = x.shape[axis]
        shape = [fixed(1) if i == axis else e for i, e in enumerate(x.shape)]
        attributes = {"axis": axis}
    else:
        axis, rows, shape, attributes = 0, product(x.shape), [fixed(1)], {}
    values, first, inverse, counts = hidden(b, "Unique", [few], 4, sorted=b.r.randint(0, 1),
                                            **attributes)
    total(b, values, axis, shape)
    total(b, first, 0, [fixed(1)], "int64")
    b.add("Identity", [inverse], [rows], "int64")
    squares = hidden(b, "Mul", [counts, first])
    total(b, squares, 0, [fixed(1)], "int64")
    return True


def suppress(b):
    x = b.pick(lambda v: v.exact and v.fixed and 1 < v.most < 600)
    if not x:
        return False
    count = x.count(0)
    classes = b.r.choice([c for c in (1, 2, 3) if count % c == 0])
    boxes = count // classes
    scores = hidden(b, "Reshape", [x, b.ints(1, classes, boxes)])
    center = b.r.randint(0, 1)
    corners = b.numbers([1, boxes, 4], 0.0 if center else -1.0, 1.0)
    inputs = [corners, scores, b.ints(b.r.choice([1, 5, boxes, 2**62])),
              b.floats([b.r.choice([0.0, 0.1, 0.5, 0.9])])]
    if b.chance(0.7):
        inputs.append(threshold(b))
    found = hidden(b, "NonMaxSuppression", inputs, center_point_box=center)
    total(b, found, 0, [fixed(1), fixed(3)], "int64")
    return True
