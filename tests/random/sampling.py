"""Operators that read between pixels, regions of interest, and recurrent layers."""

from builder import MOST_ELEMENTS, fixed


def grid_sample(b):
    """An image at random places, up to half its size outside."""
    # The same operator under another name, and of a newer set with other names of modes.
    op = "com.microsoft::GridSample" if b.graph.opset < 16 or b.chance(0.2) else "GridSample"
    x = b.pick_image(lambda v: v.shape[0].fixed)
    if not x:
        return False
    height, width = b.r.choice([1, 2, 5, 9]), b.r.choice([1, 3, 8, 17, 20])
    if x.shape[0].least * x.shape[1].least * height * width > MOST_ELEMENTS:
        return False
    grid = b.numbers([x.shape[0].least, height, width, 2], -1.5, 1.5)
    modes = ["linear", "nearest", "cubic"] if op == "GridSample" and b.graph.opset >= 20 else \
        ["bilinear", "nearest", "bicubic"]
    b.add(op, [x, grid], [x.shape[0], x.shape[1], fixed(height), fixed(width)],
          channels=1, mode=b.r.choice(modes),
          padding_mode=b.r.choice(["zeros", "border", "reflection"]),
          align_corners=b.r.randint(0, 1))
    return True


def region(b, x, scale):
    """Corners of a region, mostly in the image: quarters of pixels, so that nobody's rounding
    decides what is inside."""
    corners = []
    for axis in (3, 2):
        extent = x.shape[axis].least
        low = b.r.randint(-6, 4 * extent) / 4 + 0.0625
        corners.append((low, low + b.r.randint(1, 4 * extent + 4) / 4 + 0.03125))
    return [round(c / scale, 6) for c in
            (corners[0][0], corners[1][0], corners[0][1], corners[1][1])]


def regions(b):
    # Of operator set 22 on, ONNX Runtime has neither operator.
    if b.graph.opset >= 22:
        return False
    x = b.pick_image(lambda v: v.shape[0].fixed)
    if not x:
        return False
    count, scale = b.r.choice([1, 2, 5]), b.r.choice([1.0, 0.25])
    height, width = b.r.choice([1, 2, 3, 7]), b.r.choice([1, 2, 7, 18])
    if count * x.shape[1].least * height * width > MOST_ELEMENTS:
        return False
    shape = [fixed(count), x.shape[1], fixed(height), fixed(width)]
    images = [b.r.randrange(x.shape[0].least) for _ in range(count)]
    boxes = [region(b, x, scale) for _ in range(count)]
    if b.chance(0.4):
        rois = b.floats([v for i, box in zip(images, boxes) for v in [float(i), *box]], [count, 5])
        b.add("MaxRoiPool", [x, rois], shape, channels=1, pooled_shape=[height, width],
              spatial_scale=scale)
        return True
    attributes = {"mode": b.r.choice(["avg", "avg", "max"]), "output_height": height,
                  "output_width": width, "sampling_ratio": b.r.choice([0, 0, 1, 2, 3]),
                  "spatial_scale": scale}
    if b.graph.opset >= 16:
        attributes["coordinate_transformation_mode"] = \
            b.r.choice(["half_pixel", "output_half_pixel"])
    rois = b.floats([v for box in boxes for v in box], [count, 4])
    b.add("RoiAlign", [x, rois, b.ints(*images)], shape, channels=1, **attributes)
    return True


GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
FUNCTIONS = {"RNN": 1, "GRU": 2, "LSTM": 3}
# With the values that their alpha and beta get.
ACTIVATIONS = {"Tanh": [], "Sigmoid": [], "Relu": [], "Softsign": [], "LeakyRelu": [0.1],
               "HardSigmoid": [0.25, 0.5], "ScaledTanh": [0.9, 1.1]}


def recurrent(b):
    op = b.r.choice(list(GATES))
    # Which ONNX Runtime does not take.
    batch_first = b.graph.opset >= 14 and b.chance(0.05)
    x = b.pick(lambda v: v.rank == 3 and v.shape[2].fixed and v.shape[2].least < 40)
    if not x:
        return False
    time, batch = (x.shape[1], x.shape[0]) if batch_first else (x.shape[0], x.shape[1])
    states, values = b.r.choice([1, 3, 16, 19]), x.shape[2].least
    if time.most > 40 or time.most * batch.most * states > MOST_ELEMENTS:
        return False
    direction = b.r.choice(["forward", "reverse", "bidirectional"])
    count = 2 if direction == "bidirectional" else 1
    gates = GATES[op] * states
    inputs = [x, b.weights([count, gates, values], values), b.weights([count, gates, states], states),
              b.numbers([count, 2 * gates], -0.3, 0.3) if b.chance(0.7) else "", ""]
    attributes = {"direction": direction, "hidden_size": states}
    if batch_first:
        attributes["layout"] = 1
    if batch.fixed and time.fixed and b.chance(0.4):
        name = b.fresh("i")
        b.graph.constants[name] = {"type": "int32", "shape": [batch.least], "values":
                                   [b.r.randint(1, time.least) for _ in range(batch.least)]}
        inputs[4] = name
    first = [batch.least, count, states] if batch_first else [count, batch.least, states]
    for _ in range(2 if op == "LSTM" else 1):
        inputs.append(b.numbers(first) if batch.fixed and b.chance(0.5) else "")
    if op == "LSTM" and b.chance(0.4):
        inputs.append(b.numbers([count, 3 * states]))
    while inputs[-1] == "":
        inputs.pop()
    if b.chance(0.4):
        names = [b.r.choice(list(ACTIVATIONS)) for _ in range(count * FUNCTIONS[op])]
        alphas = [ACTIVATIONS[n][0] for n in names if ACTIVATIONS[n]]
        betas = [ACTIVATIONS[n][1] for n in names if len(ACTIVATIONS[n]) > 1]
        attributes["activations"] = names
        if alphas:
            attributes["activation_alpha"] = alphas
        if betas:
            attributes["activation_beta"] = betas
    if b.chance(0.3):
        attributes["clip"] = b.r.choice([0.3, 1.5])
    if op == "GRU" and b.chance(0.5):
        attributes["linear_before_reset"] = 1
    if op == "LSTM" and b.chance(0.2):
        attributes["input_forget"] = 1
    one, width = fixed(count), fixed(states)
    whole = [batch, time, one, width] if batch_first else [time, one, batch, width]
    last = [batch, one, width] if batch_first else [one, batch, width]
    b.add_many(op, inputs, [whole] + [last] * b.r.randint(0, 2 if op == "LSTM" else 1),
               **attributes)
    return True


def reverse_sequence(b):
    x = b.pick(lambda v: v.rank > 1 and v.shape[0].fixed and v.shape[1].fixed)
    if not x:
        return False
    time = b.r.randint(0, 1)
    lengths = [b.r.randint(1, x.shape[time].least) for _ in range(x.shape[1 - time].least)]
    b.add("ReverseSequence", [x, b.ints(*lengths)], x.shape, exact=x.exact, channels=x.channels,
          time_axis=time, batch_axis=1 - time)
    return True


def deformed(b):
    """A convolution that reads where offsets say, up to two pixels away."""
    x = b.pick_image(lambda v: v.fixed and v.most < 3000 and v.shape[1].least <= 16)
    if not x or b.graph.opset < 19:
        return False
    n, channels, *extents = [e.least for e in x.shape]
    kernel = [b.r.choice([1, 2, 3]), b.r.choice([1, 3])]
    groups = channels if b.chance(0.2) else 1
    parts = b.r.choice([d for d in (1, 2, 3) if channels % d == 0])
    out = groups * b.r.choice([1, 2, 3])
    strides, dilations = [b.r.choice([1, 2]) for _ in "hw"], [b.r.choice([1, 2]) for _ in "hw"]
    pads = [b.r.randint(0, 1) for _ in range(4)]
    size = [(e + pads[i] + pads[2 + i] - (kernel[i] - 1) * dilations[i] - 1) // strides[i] + 1
            for i, e in enumerate(extents)]
    if min(size) < 1:
        return False
    places = kernel[0] * kernel[1]
    fan = channels // groups * places
    inputs = [x, b.weights([out, channels // groups, *kernel], fan),
              b.numbers([n, parts * 2 * places, *size], -2.0, 2.0)]
    inputs.append(b.numbers([out]) if b.chance(0.5) else "")
    if b.chance(0.5):
        inputs.append(b.numbers([n, parts * places, *size], 0.0, 1.0))
    while inputs[-1] == "":
        inputs.pop()
    b.add("DeformConv", inputs, [x.shape[0], fixed(out), *map(fixed, size)], channels=1,
          group=groups, offset_group=parts, strides=strides, dilations=dilations, pads=pads,
          kernel_shape=kernel)
    return True
