"""Operators that move values about: joined, cut, padded, permuted, repeated."""

from builder import MOST_ELEMENTS, fixed, product

FAR = 2**31 - 1


def concat(b):
    x = b.pick_moved(lambda v: v.rank > 1)
    if not x:
        return False
    axis = b.r.choice([1, 1, 1, *range(x.rank)])
    others = lambda v: [e for i, e in enumerate(v.shape) if i != axis]
    parts = [x]
    for _ in range(b.r.choice([1, 1, 2])):
        fitting = b.pick(lambda v: v.rank == x.rank and others(v) == others(x), x.kind)
        if x.kind == "float32" and all(e.fixed for e in others(x)) and b.chance(0.4):
            # A first state, or coordinates: a constant beside a map.
            shape = list(x.shape)
            shape[axis] = fixed(b.r.choice(b.style.channels) if axis == 1 else b.r.randint(1, 4))
            parts.append(b.constant_value(shape))
        elif fitting:
            parts.append(fitting)
    b.r.shuffle(parts)
    extent = parts[0].shape[axis]
    for part in parts[1:]:
        extent = extent.map(lambda s, t: s + t, part.shape[axis])
    shape = list(x.shape)
    shape[axis] = extent
    if sum(p.most for p in parts) > MOST_ELEMENTS:
        return False
    result = b.add_like(x, "Concat", parts, shape, channels=x.channels, axis=axis)
    result.exact = all(p.exact for p in parts)
    return True


def split(b):
    x = b.pick_moved(lambda v: any(e.least > 1 for e in v.shape))
    if not x:
        return False
    axis = b.r.choice([i for i, e in enumerate(x.shape) if e.least > 1])
    extent = x.shape[axis]
    if extent.free:
        if any(s % 2 for s in extent.sizes):
            return False
        parts, inputs = [extent.map(lambda s: s // 2)] * 2, [x]
    elif b.chance(0.4) and extent.least % 2 == 0:
        parts, inputs = [fixed(extent.least // 2)] * 2, [x]
    else:
        first = b.r.randint(1, extent.least - 1)
        sizes = [first, extent.least - first]
        if sizes[1] > 1 and b.chance(0.4):
            second = b.r.randint(1, sizes[1] - 1)
            sizes[1:] = [second, sizes[1] - second]
        parts, inputs = [fixed(s) for s in sizes], [x, b.ints(*sizes)]
    shapes = [[p if i == axis else e for i, e in enumerate(x.shape)] for p in parts]
    attributes = {"num_outputs": len(parts)} if b.graph.opset >= 18 and len(inputs) == 1 else {}
    for part in b.add_many("Split", inputs, shapes, [x.kind] * len(parts), exact=x.exact,
                           channels=x.channels, axis=axis, **attributes):
        part.scale, part.zero = x.scale, x.zero
    return True


def slice_(b):
    x = b.pick_moved(lambda v: v.rank > 0)
    if not x:
        return False
    axes = b.r.sample(range(x.rank), b.r.randint(1, min(2, x.rank)))
    shape, starts, ends, steps = list(x.shape), [], [], []
    for axis in axes:
        least = x.shape[axis].least
        step = b.r.choice([1, 1, 1, 2, 3, -1, -2])
        start = b.r.randint(0, least - 1)
        kind = b.r.choice(["far", "from end", "fixed"])
        if step < 0:
            # From the last, or from a place near it, down to the front.
            back = b.r.choice([1, 1, b.r.randint(1, least)])
            starts.append(b.r.choice([FAR, -1]) if back == 1 else -back)
            ends.append(-FAR)
            shape[axis] = x.shape[axis].map(lambda s: -(-(s - back + 1) // -step))
        else:
            if kind == "fixed" and x.shape[axis].fixed:
                end = b.r.randint(start + 1, least)
                size = lambda s: -(-(end - start) // step)
            elif kind == "from end" and start + 1 < least:
                cut = b.r.randint(1, least - start - 1)
                end = -cut
                size = lambda s: -(-(s - cut - start) // step)
            else:
                end = FAR
                size = lambda s: -(-(s - start) // step)
            starts.append(start if b.chance(0.7) or x.shape[axis].free else start - least)
            ends.append(end)
            shape[axis] = x.shape[axis].map(size)
        steps.append(step)
    inputs = [x, b.ints(*starts), b.ints(*ends), b.ints(*axes)]
    if any(s != 1 for s in steps):
        inputs.append(b.ints(*steps))
    b.add_like(x, "Slice", inputs, shape, channels=x.channels)
    return True


def pad(b):
    # ONNX Runtime pads no short integers.
    x = b.pick_moved(lambda v: v.rank > 1 and "16" not in v.kind)
    if not x:
        return False
    mode = b.r.choice(["constant", "constant", "reflect", "edge"] +
                      ["wrap"] * (b.graph.opset >= 19))
    low, high, shape = [0] * x.rank, [0] * x.rank, list(x.shape)
    for axis in range(x.rank):
        if not b.chance(0.7 if axis > 1 else 0.15):
            continue
        least = x.shape[axis].least
        if mode in ("reflect", "wrap"):
            low[axis], high[axis] = b.r.randint(0, min(least - 1, 4)), \
                b.r.randint(0, min(least - 1, 4))
        else:
            low[axis], high[axis] = b.r.randint(0, 4), b.r.randint(0, 4)
        if least > 1 and mode != "wrap" and b.chance(0.25):
            # Cut off on one side, or on both; something is left, and what is reflected is there.
            sides = [low, high]
            b.r.shuffle(sides)
            cut = b.r.randint(1, least - 1)
            sides[0][axis] = -cut
            if mode == "reflect":
                sides[1][axis] = min(sides[1][axis], least - cut - 1)
            if cut + 1 < least and b.chance(0.2):
                sides[1][axis] = -b.r.randint(1, least - cut - 1)
        shape[axis] = x.shape[axis].map(lambda s: s + low[axis] + high[axis])
    if max(e.most for e in shape) > 200 or x.most > 10000:
        return False
    inputs, axes = [x, b.ints(*low, *high)], None
    if b.graph.opset >= 18 and b.chance(0.4):
        # Only those that change, in any order.
        axes = [i for i in range(x.rank) if low[i] or high[i]] or [0]
        b.r.shuffle(axes)
        inputs[1] = b.ints(*(low[i] for i in axes), *(high[i] for i in axes))
        axes = b.ints(*(i - x.rank if b.chance(0.3) else i for i in axes))
    if mode == "constant" and b.chance(0.4):
        inputs.append(b.floats([0.75], []) if x.kind == "float32" else
                      b.scalar(x.kind, int(x.kind == "bool") or 7))
    if axes:
        inputs += [""] * (3 - len(inputs)) + [axes]
    b.add_like(x, "Pad", inputs, shape, channels=x.channels, mode=mode)
    return True


def gather(b):
    x = b.pick_moved(lambda v: v.rank > 1)
    if not x:
        return False
    axis = b.r.randrange(x.rank)
    least = x.shape[axis].least
    indices = [b.r.randrange(-least if x.shape[axis].fixed else 0, least)
               for _ in range(b.r.randint(1, 5))]
    shape = list(x.shape)
    if b.chance(0.3):
        name = b.fresh("i")
        b.graph.constants[name] = {"type": "int64", "shape": [], "values": indices[0]}
        del shape[axis]
    else:
        name, shape[axis] = b.ints(*indices), fixed(len(indices))
    b.add_like(x, "Gather", [x, name], shape,
               channels=x.channels if len(shape) == x.rank else None, axis=axis)
    return True


def transpose(b):
    x = b.pick_moved(lambda v: v.rank > 1)
    if not x:
        return False
    if x.rank == 4 and b.chance(0.6):
        permutation = b.r.choice([[0, 2, 3, 1], [0, 3, 1, 2], [0, 1, 3, 2]])
    else:
        permutation = b.r.sample(range(x.rank), x.rank)
    permuted(b, x, permutation)
    return True


def permuted(b, x, permutation):
    channels = permutation.index(x.channels) if x.channels is not None else None
    return b.add_like(x, "Transpose", [x], [x.shape[i] for i in permutation], channels=channels,
                      perm=permutation)


def reshape(b):
    """Neighbouring axes joined, an axis split, or an extent of 1 put in or taken away."""
    x = b.pick_moved(lambda v: v.rank > 0)
    if not x:
        return False
    kind = b.r.choice(["join", "split", "flatten", "squeeze", "unsqueeze"])
    if kind == "join" and x.rank > 1:
        axis = b.r.randrange(x.rank - 1)
        joined = product(x.shape[axis:axis + 2])
        shape = [*x.shape[:axis], joined, *x.shape[axis + 2:]]
        wanted = [0] * axis + [-1] + [e.least if e.fixed else None for e in x.shape[axis + 2:]]
        if None in wanted:
            return False
        b.add_like(x, "Reshape", [x, b.ints(*wanted)], shape)
    elif kind == "split":
        axis = b.r.randrange(x.rank)
        extent = x.shape[axis]
        divisors = [d for d in range(2, 9) if all(s % d == 0 for s in extent.sizes)]
        if x.rank > 5 or extent.free or not divisors or \
                any(e.free for e in x.shape[axis + 1:]):
            return False
        divisor = b.r.choice(divisors)
        shape = [*x.shape[:axis], fixed(divisor), fixed(extent.least // divisor),
                 *x.shape[axis + 1:]]
        wanted = [0] * axis + [divisor, -1] + [e.least for e in x.shape[axis + 1:]]
        b.add_like(x, "Reshape", [x, b.ints(*wanted)], shape)
    elif kind == "flatten" and x.rank > 1:
        axis = b.r.randint(0, x.rank)
        shape = [product(x.shape[:axis]), product(x.shape[axis:])]
        b.add_like(x, "Flatten", [x], shape, axis=axis)
    elif kind == "squeeze":
        axes = [i for i, e in enumerate(x.shape) if e.fixed and e.least == 1]
        if not axes or x.rank < 2:
            return False
        axis = b.r.choice(axes)
        b.add_like(x, "Squeeze", [x, b.ints(axis)], [e for i, e in enumerate(x.shape) if i != axis])
    elif x.rank < 5:
        axis = b.r.randint(0, x.rank)
        b.add_like(x, "Unsqueeze", [x, b.ints(axis)], [*x.shape[:axis], fixed(1), *x.shape[axis:]])
    else:
        return False
    return True


def repeat(b):
    """Expand and Tile."""
    x = b.pick_moved(lambda v: v.rank > 0 and v.most < 4000)
    if not x:
        return False
    if b.chance(0.5):
        axis, count = b.r.randrange(x.rank), b.r.randint(2, 3)
        repeats = [count if i == axis else 1 for i in range(x.rank)]
        shape = list(x.shape)
        shape[axis] = shape[axis].map(lambda s: s * count)
        b.add_like(x, "Tile", [x, b.ints(*repeats)], shape, channels=x.channels)
        return True
    ones = [i for i, e in enumerate(x.shape) if e.fixed and e.least == 1]
    if not ones or any(e.free for e in x.shape):
        return False
    shape = list(x.shape)
    for axis in ones:
        shape[axis] = fixed(b.r.randint(1, 5))
    if b.chance(0.3):
        shape = [fixed(2), *shape]
    b.add_like(x, "Expand", [x, b.ints(*[e.least for e in shape])], shape)
    return True


def depth_and_space(b):
    x = b.pick(lambda v: v.rank == 4 and v.shape[1].fixed)
    if not x:
        return False
    block = b.r.choice([2, 2, 3])
    n, c, h, w = x.shape
    spread = not any(s % block for e in (h, w) for s in e.sizes) and h.fixed and w.fixed
    if c.least % (block * block) == 0 and not (spread and b.chance(0.4)):
        shape = [n, c.map(lambda s: s // (block * block)), h.map(lambda s: s * block),
                 w.map(lambda s: s * block)]
        b.add("DepthToSpace", [x], shape, exact=x.exact, channels=b.told(x), blocksize=block,
              mode=b.r.choice(["DCR", "CRD"]))
        return True
    if not spread:
        return False
    shape = [n, c.map(lambda s: s * block * block), h.map(lambda s: s // block),
             w.map(lambda s: s // block)]
    b.add("SpaceToDepth", [x], shape, exact=x.exact, channels=b.told(x), blocksize=block)
    return True


def identity(b):
    x = b.pick_moved()
    if not x:
        return False
    op = b.r.choice(["Identity", "Dropout"]) if x.kind == "float32" else "Identity"
    b.add_like(x, op, [x], x.shape, channels=x.channels)
    return True
