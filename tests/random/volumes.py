"""Volumes: images stacked along a new axis, an operator over three axes, and back to images."""

from builder import fixed
from windows import dilations_of, fit, groups_of, pads_of, strides_of, window_extent


def stacked(b, x):
    """[N, C, H, W] as [N, C, D, H, W] of a few slices that differ."""
    axis = b.ints(2)
    n, c, h, w = x.shape
    slices = [b.add("Unsqueeze", [x, axis] if b.graph.opset >= 13 else [x], [n, c, fixed(1), h, w],
                    **({} if b.graph.opset >= 13 else {"axes": [2]}))]
    for op in b.r.sample(["Sigmoid", "Neg", "Abs", "Sin"], b.r.choice([1, 2, 3])):
        slices.append(b.add(op, [slices[0]], slices[0].shape))
    return b.add("Concat", slices, [n, c, fixed(len(slices)), h, w], axis=2)


def volume(b):
    x = b.pick_image(lambda v: v.most < 2500 and v.shape[1].least <= 16)
    if not x:
        return False
    x = stacked(b, x)
    result = b.r.choice([convolved, transposed, pooled, resized])(b, x)
    # One slice of it, or the mean of all.
    n, c, _, h, w = result.shape
    if b.chance(0.5):
        b.add("ReduceMean", [result], [n, c, h, w], axes=[2], keepdims=0, channels=1)
    elif b.chance(0.5):
        b.add("Softmax", [result], result.shape, axis=1)
    return True


def kernel_of(b):
    size = b.r.choice([1, 2, 3, 3])
    return [size] * 3 if b.chance(0.5) else [b.r.choice([1, 2, 3]) for _ in range(3)]


def window(b, x, kernel, most_pads=None):
    extents = x.shape[2:]
    strides, dilations = strides_of(b, 3), dilations_of(b, kernel)
    spans = [(k - 1) * d + 1 for k, d in zip(kernel, dilations)]
    pads = pads_of(b, spans, most_pads(spans) if most_pads else None)
    fit(extents, spans, pads)
    attributes = {"kernel_shape": kernel, "strides": strides, "pads": pads}
    if dilations != [1, 1, 1]:
        attributes["dilations"] = dilations
    return attributes, [window_extent(e, s, t, pads[i], pads[3 + i])
                        for i, (e, s, t) in enumerate(zip(extents, spans, strides))]


def weights_and_bias(b, shape, fan, out):
    inputs = [b.weights(shape, fan)]
    if b.chance(0.6):
        inputs.append(b.numbers([out]))
    return inputs


def convolved(b, x):
    channels, kernel = x.shape[1].least, kernel_of(b)
    groups = groups_of(b, channels)
    out = groups * b.r.choice([1, 2])
    attributes, extents = window(b, x, kernel)
    inputs = weights_and_bias(b, [out, channels // groups, *kernel],
                              channels // groups * kernel[0] * kernel[1] * kernel[2], out)
    return b.add("Conv", [x, *inputs], [x.shape[0], fixed(out), *extents], group=groups,
                 channels=1, **attributes)


def transposed(b, x):
    channels, kernel = x.shape[1].least, kernel_of(b)
    groups = groups_of(b, channels)
    out = groups * b.r.choice([1, 2])
    strides, dilations = strides_of(b, 3), dilations_of(b, kernel)
    output_padding = [b.r.randrange(s) if b.chance(0.3) else 0 for s in strides]
    # As many elements as there are without pads stay, at least one.
    pads = [0] * 6
    for i, e in enumerate(x.shape[2:]):
        whole = (e.least - 1) * strides[i] + (kernel[i] - 1) * dilations[i] + 1
        for side in (i, 3 + i):
            pads[side] = b.r.randint(0, min((whole - 1) // 2, kernel[i]))
    extents = [e.map(lambda s, i=i: (s - 1) * strides[i] + (kernel[i] - 1) * dilations[i] + 1 +
                     output_padding[i] - pads[i] - pads[3 + i])
               for i, e in enumerate(x.shape[2:])]
    inputs = weights_and_bias(b, [channels, out // groups, *kernel],
                              channels * kernel[0] * kernel[1] * kernel[2], out)
    return b.add("ConvTranspose", [x, *inputs], [x.shape[0], fixed(out), *extents], group=groups,
                 kernel_shape=kernel, strides=strides, dilations=dilations, pads=pads,
                 output_padding=output_padding, channels=1)


def pooled(b, x):
    # Pads are narrower than the window.
    kernel = kernel_of(b)
    strides = strides_of(b, 3)
    kernel = [min(k, e.least) for k, e in zip(kernel, x.shape[2:])]
    pads = [b.r.randint(0, k // 2) for k in kernel] * 2
    extents = [window_extent(e, k, t, pads[i], pads[3 + i])
               for i, (e, k, t) in enumerate(zip(x.shape[2:], kernel, strides))]
    op = b.r.choice(["MaxPool", "AveragePool"])
    attributes = {"count_include_pad": b.r.choice([0, 1])} if op == "AveragePool" else {}
    return b.add(op, [x], [*x.shape[:2], *extents], kernel_shape=kernel, strides=strides,
                 pads=pads, channels=1, exact=op == "MaxPool" and x.exact, **attributes)


def resized(b, x):
    """ONNX Runtime resizes volumes by whole scales; linear in all three axes, or in the last two."""
    scales = [b.r.choice([1, 2]), *b.r.choice([[2, 2], [1, 3], [2, 1]])]
    sizes = [e.map(lambda s, k=k: s * k) for e, k in zip(x.shape[2:], scales)]
    return b.add("Resize", [x, "", b.floats([1.0, 1.0, *map(float, scales)])],
                 [*x.shape[:2], *sizes], mode=b.r.choice(["linear", "nearest"]),
                 coordinate_transformation_mode=b.r.choice(["half_pixel", "asymmetric"]),
                 nearest_mode="floor", channels=1)
