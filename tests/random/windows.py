"""Convolutions, transposed convolutions, pools and unpooling, with every window there is."""

from builder import fixed

AUTO_PADS = ("SAME_UPPER", "SAME_LOWER", "VALID")


def kernel_of(b, axes):
    family = b.r.choice(["one", "square", "square", "row", "column", "any"])
    size = b.r.choice([2, 3, 3, 4, 5, 7])
    if axes == 1:
        return [1 if family == "one" else size]
    return {"one": [1, 1], "square": [size, size], "row": [1, size], "column": [size, 1],
            "any": [b.r.choice([1, 2, 3, 5]), b.r.choice([1, 2, 3, 5])]}[family]


def strides_of(b, axes, most=3):
    if b.chance(0.5):
        return [1] * axes
    if b.chance(0.6):
        return [2] * axes
    return [b.r.randint(1, most) for _ in range(axes)]


def dilations_of(b, kernel):
    if b.chance(0.7):
        return [1] * len(kernel)
    if b.chance(0.5):
        return [b.r.choice([2, 3])] * len(kernel)
    return [b.r.randint(1, 3) for _ in kernel]


def pads_of(b, spans, most=None):
    """Pads [starts, ends]: none, such that the size is kept, uneven, on one side only, or wider
    than the kernel; at most `most` on each axis."""
    axes = len(spans)
    style = b.r.choice(["none", "same", "same", "uneven", "uneven", "one side", "one side", "wide"])
    if style == "none":
        pads = [0] * (2 * axes)
    elif style == "same":
        pads = [(s - 1) // 2 for s in spans] + [s // 2 for s in spans]
    elif style == "uneven":
        pads = [b.r.randint(0, s) for s in spans] + [b.r.randint(0, s) for s in spans]
    elif style == "one side":
        pads = [0] * (2 * axes)
        side = b.r.randrange(2 * axes)
        pads[side] = b.r.randint(1, spans[side % axes] + 1)
    else:
        pads = [b.r.randint(0, s + 3) for s in spans] + [b.r.randint(0, s + 3) for s in spans]
    if most:
        pads = [min(p, most[i % axes]) for i, p in enumerate(pads)]
    return pads


def fit(extents, spans, pads):
    """Widens the pads at the end until a window fits everywhere."""
    axes = len(spans)
    for i, (extent, span) in enumerate(zip(extents, spans)):
        lacking = span - (extent.least + pads[i] + pads[axes + i])
        if lacking > 0:
            pads[axes + i] += lacking


def window_extent(extent, span, stride, low, high):
    return extent.map(lambda s: (s + low + high - span) // stride + 1)


def windows(b, x, kernel, most_pads=None, free_auto=True):
    """Attributes of a window over the spatial axes of x, and the extents that it leaves."""
    axes, extents = len(kernel), x.shape[2:]
    strides, dilations = strides_of(b, axes), dilations_of(b, kernel)
    spans = [(k - 1) * d + 1 for k, d in zip(kernel, dilations)]
    attributes = {"kernel_shape": kernel}
    if strides != [1] * axes or b.chance(0.3):
        attributes["strides"] = strides
    if dilations != [1] * axes or b.chance(0.2):
        attributes["dilations"] = dilations
    fits = all(e.least >= s for e, s in zip(extents, spans))
    auto = b.r.choice(AUTO_PADS) if b.chance(0.12) else None
    if auto == "VALID" and not fits:
        auto = None
    # ONNX Runtime has no padding for windows with gaps, or between windows.
    if auto and auto != "VALID" and (dilations != [1] * axes or
                                     any(k < s for k, s in zip(kernel, strides))):
        auto = None
    if auto and auto != "VALID" and not free_auto and any(e.free for e in extents):
        auto = None
    if auto:
        attributes["auto_pad"] = auto
        if auto == "VALID":
            return attributes, [window_extent(e, s, t, 0, 0)
                                for e, s, t in zip(extents, spans, strides)]
        return attributes, [e.map(lambda s, t=t: -(-s // t)) for e, t in zip(extents, strides)]
    pads = pads_of(b, spans, most_pads)
    fit(extents, spans, pads)
    if any(pads) or b.chance(0.2):
        attributes["pads"] = pads
    return attributes, [window_extent(e, s, t, pads[i], pads[axes + i])
                        for i, (e, s, t) in enumerate(zip(extents, spans, strides))]


def groups_of(b, channels):
    divisors = [g for g in range(2, channels) if channels % g == 0]
    style = b.r.choice(["one", "one", "one", "depthwise", "grouped"])
    if style == "depthwise":
        return channels
    return b.r.choice(divisors) if style == "grouped" and divisors else 1


def convolution(b):
    """Inputs, attributes and shape of a convolution; None if nothing fits."""
    x = b.pick(lambda v: v.rank == 3 and v.shape[1].fixed) if b.chance(0.06) else b.pick_image()
    if not x or x.shape[1].least > 64:
        return None
    channels, axes = x.shape[1].least, x.rank - 2
    kernel = kernel_of(b, axes)
    groups = groups_of(b, channels)
    out = b.r.choice(b.style.channels)
    out = groups * (b.r.choice([1, 1, 2]) if groups == channels else -(-out // groups))
    attributes, extents = windows(b, x, kernel)
    if groups > 1:
        attributes["group"] = groups
    if not attributes.get("auto_pad") and b.chance(0.2):
        del attributes["kernel_shape"]
    fan = channels // groups
    for k in kernel:
        fan *= k
    inputs = [x, b.weights([out, channels // groups, *kernel], fan)]
    if b.chance(0.6):
        inputs.append(b.numbers([out]))
    return inputs, attributes, [x.shape[0], fixed(out), *extents]


def conv(b):
    parts = convolution(b)
    if not parts:
        return False
    inputs, attributes, shape = parts
    result = b.add("Conv", inputs, shape, channels=1, **attributes)
    if b.chance(0.3):
        activation(b, result)
    return True


def activation(b, value):
    """What networks put behind a convolution."""
    r = b.r.random()
    shape, channels = value.shape, value.channels
    if r < 0.4:
        b.add("Relu", [value], shape, channels=channels)
    elif r < 0.6:
        b.add("LeakyRelu", [value], shape, channels=channels, alpha=0.1)
    elif r < 0.8:
        low, high = b.floats([0.0], []), b.floats([6.0], [])
        b.add("Clip", [value, low, high], shape, channels=channels)
    else:
        names = [b.numbers([value.shape[1].least], *bounds)
                 for bounds in ((0.5, 1.5), (-1, 1), (-1, 1), (0.5, 2.0))]
        b.add("BatchNormalization", [value, *names], shape, channels=channels)


def conv_transpose(b):
    x = b.pick_image(lambda v: v.most < 4000)
    if not x or x.shape[1].least > 64:
        return False
    channels = x.shape[1].least
    kernel = kernel_of(b, 2)
    strides, dilations = strides_of(b, 2), dilations_of(b, kernel)
    spans = [(k - 1) * d + 1 for k, d in zip(kernel, dilations)]
    groups = groups_of(b, channels)
    out = b.r.choice(b.style.channels)
    out = groups * (1 if groups == channels else -(-out // groups))
    attributes = {"kernel_shape": kernel, "strides": strides, "dilations": dilations}
    if groups > 1:
        attributes["group"] = groups
    extents = x.shape[2:]
    output_padding = [0, 0]
    if b.chance(0.3):
        output_padding = [b.r.randrange(s) for s in strides]
        attributes["output_padding"] = output_padding
    full = [e.map(lambda s, i=i: (s - 1) * strides[i] + spans[i] + output_padding[i])
            for i, e in enumerate(extents)]
    same = all(s >= t for s, t in zip(spans, strides)) and not any(output_padding)
    if same and all(e.fixed for e in extents) and b.chance(0.15):
        sizes = [e.least - b.r.randrange(min(s, e.least)) for e, s in zip(full, spans)]
        attributes["output_shape"] = sizes
        if b.chance(0.5):
            attributes["auto_pad"] = b.r.choice(["SAME_UPPER", "SAME_LOWER"])
        shape = list(map(fixed, sizes))
    elif same and b.chance(0.1):
        attributes["auto_pad"] = b.r.choice(["SAME_UPPER", "SAME_LOWER"])
        shape = [e.map(lambda s, t=t: s * t) for e, t in zip(extents, strides)]
    else:
        pads = [p if b.chance(0.7) else 0 for p in pads_of(b, spans, spans)]
        for i in range(2):
            # Something must be left.
            pads[i] = min(pads[i], full[i].least - 1)
            pads[2 + i] = min(pads[2 + i], full[i].least - 1 - pads[i])
        attributes["pads"] = pads
        shape = [e.map(lambda s, i=i: s - pads[i] - pads[2 + i]) for i, e in enumerate(full)]
    fan = channels // groups
    for k, s in zip(kernel, strides):
        fan *= max(1, k // s)
    inputs = [x, b.weights([channels, out // groups, *kernel], fan)]
    if b.chance(0.6):
        inputs.append(b.numbers([out]))
    b.add("ConvTranspose", inputs, [x.shape[0], fixed(out), *shape], channels=1, **attributes)
    return True


def ceil_extents(b, x, attributes, extents):
    """Asks for ceil_mode, unless a window would begin behind the image: what that means is told in
    different ways."""
    if attributes.get("auto_pad") or not b.chance(0.3):
        return extents
    kernel, axes = attributes["kernel_shape"], len(attributes["kernel_shape"])
    strides = attributes.get("strides", [1] * axes)
    dilations = attributes.get("dilations", [1] * axes)
    pads = attributes.get("pads", [0] * (2 * axes))
    result = []
    for i, e in enumerate(x.shape[2:]):
        span = (kernel[i] - 1) * dilations[i] + 1
        up = e.map(lambda s: -(-(s + pads[i] + pads[axes + i] - span) // strides[i]) + 1)
        if any((u - 1) * strides[i] >= s + pads[i] for u, s in zip(up.sizes, e.sizes)):
            return extents
        result.append(up)
    attributes["ceil_mode"] = 1
    return result


def pool(b):
    x = b.pick(lambda v: v.rank == 3) if b.chance(0.06) else b.pick_image()
    if not x:
        return False
    kernel = [min(k, 5) for k in kernel_of(b, x.rank - 2)]
    if b.chance(0.5):
        attributes, extents = windows(b, x, kernel, [k - 1 for k in kernel])
        if not legal_pads(attributes, kernel, x.shape[2:]):
            return False
        shape = [*x.shape[:2], *ceil_extents(b, x, attributes, extents)]
        b.add("MaxPool", [x], shape, exact=x.exact, channels=1, **attributes)
        return True
    attributes, extents = windows(b, x, kernel, [k - 1 for k in kernel])
    if not legal_pads(attributes, kernel, x.shape[2:]):
        return False
    if b.chance(0.2):
        if "dilations" in attributes and b.graph.opset < 18:
            return False
        b.add("LpPool", [x], [*x.shape[:2], *extents], channels=1, p=b.r.choice([1, 2, 3]),
              **attributes)
        return True
    if "dilations" in attributes and b.graph.opset < 19:
        return False
    shape = [*x.shape[:2], *ceil_extents(b, x, attributes, extents)]
    if b.chance(0.5):
        attributes["count_include_pad"] = 1
    b.add("AveragePool", [x], shape, channels=1, **attributes)
    return True


def legal_pads(attributes, kernel, extents):
    """No window may lie in the padding as a whole: it would have no largest value. Nor may one step
    over the image from the padding before it to that behind it."""
    pads = attributes.get("pads", [])
    dilations = attributes.get("dilations", [1] * len(kernel))
    return (all(p < kernel[i % len(kernel)] for i, p in enumerate(pads)) and
            all(d <= e.least for d, e in zip(dilations, extents)))


def pool_and_unpool(b):
    """SegNet's: a pool whose switches say where the values go back to."""
    x = b.pick(lambda v: v.rank == 4 and v.shape[1].fixed and v.shape[2].least > 1 and
               v.shape[3].least > 1)
    if not x:
        return False
    size = b.r.choice([2, 2, 3])
    kernel = [min(size, e.least) for e in x.shape[2:]]
    attributes = {"kernel_shape": kernel, "strides": list(kernel)}
    small = [e.map(lambda s, k=k: (s - k) // k + 1) for e, k in zip(x.shape[2:], kernel)]
    shape = [*x.shape[:2], *small]
    values, switches = b.add_many("MaxPool", [x], [shape, shape], ["float32", "int64"],
                                  channels=1, **attributes)
    values.exact = x.exact
    if b.chance(0.3):
        values = b.add("Tanh", [values], shape, channels=1)
    if b.chance(0.2):
        # The switches alone, counted by columns or by rows.
        return bool(b.add_many("MaxPool", [x], [shape, shape], ["float32", "int64"], exact=x.exact,
                               channels=1, storage_order=b.r.randint(0, 1), **attributes))
    back = [e.map(lambda s, k=k: s * k) for e, k in zip(small, kernel)]
    inputs = [values, switches]
    if any(r.sizes != e.sizes for r, e in zip(back, x.shape[2:])) or b.chance(0.2):
        # The pool left rows away: only the size of the image tells the switches' places.
        if any(e.free for e in x.shape):
            whole = b.add("Shape", [x], [fixed(4)], "int64")
            inputs.append(whole.name)
            b.values.remove(whole)
        else:
            inputs.append(b.ints(*[e.least for e in x.shape]))
        back = list(x.shape[2:])
    b.add("MaxUnpool", inputs, [*x.shape[:2], *back], channels=1, **attributes)
    return True


def global_pool(b):
    x = b.pick(lambda v: v.rank in (3, 4))
    if not x:
        return False
    op = b.r.choice(["GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"])
    shape = [*x.shape[:2], *[fixed(1)] * (x.rank - 2)]
    if op == "GlobalLpPool":
        # A sum over all pixels; what follows is not made for large numbers.
        norm = b.add(op, [x], shape, channels=b.told(x), **b.r.choice([{}, {"p": 1}, {"p": 2}]))
        b.add("Mul", [norm, b.floats([0.05], [])], shape, channels=b.told(x))
        return True
    b.add(op, [x], shape, exact=x.exact and op == "GlobalMaxPool", channels=b.told(x))
    return True
