"""Values that are made of places and sizes: numbers along an axis, masks, grids, and tensors
filled, repeated or cut to sizes that follow from those of others."""

from builder import MOST_ELEMENTS, fixed, product


def size_of(b, x, axis):
    """The extent of an axis as a tensor of one element."""
    if b.graph.opset >= 15 and b.chance(0.5):
        # From the axis to the one behind it.
        return b.hidden("Shape", [x], [fixed(1)], "int64", start=axis if b.chance(0.5) else
                        axis - x.rank, **({} if axis == x.rank - 1 else {"end": axis + 1}))
    shape = b.hidden("Shape", [x], [fixed(x.rank)], "int64")
    return b.hidden("Gather", [shape, b.ints(axis)], [fixed(1)], "int64", axis=0)


def counted(b):
    """Numbers from 0 on beside each place along an axis, as positions are given."""
    x = b.pick(lambda v: v.rank > 0)
    if not x:
        return False
    axis = b.r.randrange(x.rank)
    count = b.hidden("Squeeze", [size_of(b, x, axis)], [], "int64")
    kind = b.r.choice(["int64", "float32", "int32"])
    if kind != "int64":
        count = b.hidden("Cast", [count], [], kind, to=1 if kind == "float32" else 6)
    start, step = b.r.choice([(0, 1), (0, 1), (2, 1), (0, 2)])
    if (start, step) != (0, 1):
        # As many numbers as there are places.
        far = b.hidden("Mul", [count, b.scalar(kind, step)], [], kind)
        count = b.hidden("Add", [far, b.scalar(kind, start)], [], kind)
    numbers = b.hidden("Range", [b.scalar(kind, start), count, b.scalar(kind, step)],
                       [x.shape[axis]], kind)
    if kind != "float32":
        numbers = b.hidden("Cast", [numbers], numbers.shape, to=1)
    numbers = b.hidden("Mul", [numbers, b.scalar("float32", 0.0625)], numbers.shape, exact=True)
    for behind in range(axis + 1, x.rank):
        numbers = b.hidden("Unsqueeze", [numbers, b.ints(behind - axis)],
                           [*numbers.shape, fixed(1)])
    b.add(b.r.choice(["Add", "Mul"]), [x, numbers], x.shape, channels=x.channels)
    return True


def filled(b):
    """One number everywhere, or a row for each place: as large as another value."""
    x = b.pick(lambda v: 0 < v.rank)
    if not x:
        return False
    shape = b.hidden("Shape", [x], [fixed(x.rank)], "int64")
    kind = b.r.choice(["fill", "fill", "expand", "tile"])
    if kind == "fill":
        value = b.fresh("k")
        b.graph.constants[value] = {"type": "float32", "shape": [1], "values": [0.75]}
        same = b.hidden("ConstantOfShape", [shape], x.shape, value={"tensor": value})
    else:
        last = x.shape[-1]
        if not last.fixed:
            return False
        row = b.numbers([1] * (x.rank - 1) + [last.least])
        if kind == "tile":
            ones = b.hidden("Slice", [shape, b.ints(0), b.ints(-1), b.ints(0)],
                            [fixed(x.rank - 1)], "int64")
            shape = b.hidden("Concat", [ones, b.ints(1)], [fixed(x.rank)], "int64", axis=0)
        same = b.hidden("Tile" if kind == "tile" else "Expand", [row, shape], x.shape)
    b.add(b.r.choice(["Mul", "Add", "Sub"]), [x, same], x.shape, channels=x.channels)
    return True


def mean_by_size(b):
    x = b.pick()
    if not x:
        return False
    size = b.hidden("Size", [x], [], "int64")
    real = b.hidden("Cast", [size], [], to=1)
    total = b.hidden("ReduceSum", [x], [], keepdims=0)
    b.add("Div", [total, real], [])
    return True


def one_hot(b):
    x = b.pick(lambda v: v.exact and 0 < v.rank < 5)
    if not x or x.most > 4000:
        return False
    axis = b.r.randrange(x.rank)
    shape = [e for i, e in enumerate(x.shape) if i != axis]
    where = b.hidden("ArgMax", [x], shape, "int64", axis=axis, keepdims=0)
    depth = b.r.randint(1, 9)
    at = b.r.randint(0, len(shape))
    b.add("OneHot", [where, b.ints(depth), b.floats([0.0, 1.0])],
          [*shape[:at], fixed(depth), *shape[at:]], exact=True,
          axis=at - len(shape) - 1 if b.chance(0.4) else at)
    return True


def identity_matrix(b):
    x = b.pick(lambda v: v.rank == 2)
    if not x:
        return False
    eye = b.hidden("EyeLike", [x], x.shape, exact=True, **b.r.choice([{}, {"k": 1}, {"k": -2}]))
    b.add("Add", [x, eye], x.shape)
    return True


def determinant(b):
    x = b.pick(lambda v: v.rank > 1 and all(e.fixed for e in v.shape[-2:]))
    if not x:
        return False
    size = b.r.randint(1, min(3, x.shape[-1].least, x.shape[-2].least))
    corner = b.hidden("Slice", [x, b.ints(0, 0), b.ints(size, size), b.ints(-2, -1)],
                      [*x.shape[:-2], fixed(size), fixed(size)])
    b.add("Det", [corner], x.shape[:-2])
    return True


def center(b):
    x = b.pick_moved(lambda v: v.rank > 0 and
                     v.kind in ("float32", "uint8", "int8", "int32", "int64"))
    if not x or b.graph.opset < 18:
        return False
    axes = sorted(b.r.sample(range(x.rank), b.r.randint(1, min(2, x.rank))))
    sizes = [b.r.randint(1, 2 * x.shape[a].most + 1) for a in axes]
    shape = list(x.shape)
    for axis, size in zip(axes, sizes):
        shape[axis] = fixed(size)
    if product(shape).most > MOST_ELEMENTS:
        return False
    attributes = {} if len(axes) == x.rank and b.chance(0.5) else {"axes": axes}
    b.add_like(x, "CenterCropPad", [x, b.ints(*sizes)], shape, channels=x.channels, **attributes)
    return True


def blocks_joined(b):
    """Col2Im of an image's pixels as blocks."""
    if b.graph.opset < 18:
        return False
    kernel = [b.r.choice([1, 2]), b.r.choice([1, 2])]
    places = kernel[0] * kernel[1]
    x = b.pick_image(lambda v: all(e.fixed for e in v.shape[1:]) and v.shape[1].least % places == 0)
    if not x:
        return False
    strides, dilations = [b.r.choice([1, 2]) for _ in range(2)], [b.r.choice([1, 2])
                                                                   for _ in range(2)]
    pads = [0] * 4
    extents = []
    for i in range(2):
        extent = (x.shape[2 + i].least - 1) * strides[i] + dilations[i] * (kernel[i] - 1) + 1
        if extent > 3 and b.chance(0.3):
            pads[i] = 1
        extents.append(extent - pads[i])
    flat = b.hidden("Reshape", [x, b.ints(0, x.shape[1].least, -1)],
                    [*x.shape[:2], product(x.shape[2:])])
    b.add("Col2Im", [flat, b.ints(*extents), b.ints(*kernel)],
          [x.shape[0], fixed(x.shape[1].least // places), *map(fixed, extents)], channels=b.told(x),
          strides=strides, dilations=dilations, pads=pads)
    return True


def warped(b):
    """An image sampled where an affine map says."""
    if b.graph.opset < 20:
        return False
    x = b.pick_image(lambda v: v.shape[0].fixed)
    if not x:
        return False
    n = x.shape[0].least
    theta = b.floats([round(t + b.r.uniform(-0.3, 0.3), 3) for _ in range(n)
                      for t in (1, 0, 0, 0, 1, 0)], [n, 2, 3])
    corners = b.r.randint(0, 1)
    if b.chance(0.5):
        size, extents = b.hidden("Shape", [x], [fixed(4)], "int64"), x.shape[2:]
    else:
        sizes = [b.r.randint(1, 20), b.r.randint(1, 20)]
        size, extents = b.ints(n, x.shape[1].least, *sizes), list(map(fixed, sizes))
    if product([*x.shape[:2], *extents]).most > MOST_ELEMENTS:
        return False
    if min(e.least for e in extents) < 2:
        # Where the corners of a single pixel lie is told in different ways.
        corners = 0
    grid = b.hidden("AffineGrid", [theta, size], [x.shape[0], *extents, fixed(2)],
                    align_corners=corners)
    b.add("GridSample", [x, grid], [*x.shape[:2], *extents], channels=1, mode="linear",
          padding_mode=b.r.choice(["zeros", "border"]), align_corners=corners)
    return True


def empty_parts(b):
    """Nothing of a value, joined with all of it."""
    x = b.pick_moved(lambda v: v.rank > 0)
    if not x:
        return False
    axis = b.r.randrange(x.rank)
    none = [fixed(0) if i == axis else e for i, e in enumerate(x.shape)]
    if b.chance(0.5) or not x.shape[axis].fixed:
        empty = b.hidden("Slice", [x, b.ints(0), b.ints(0), b.ints(axis)], none, x.kind)
        parts = [empty, x]
    else:
        extent = x.shape[axis].least
        empty, rest = b.add_many("Split", [x, b.ints(0, extent)], [none, x.shape], [x.kind] * 2,
                                 axis=axis)
        b.values.remove(empty)
        b.values.remove(rest)
        parts = [empty, rest]
    b.r.shuffle(parts)
    b.add_like(x, "Concat", parts, x.shape, channels=x.channels, axis=axis)
    return True
