"""Fourier transforms, of rows and of frames, and the windows and filters beside them."""

from builder import fixed


def scaled(b, x, count):
    """Sums of `count` numbers, small again."""
    b.add("Mul", [x, b.floats([1.0 / max(1, count)], [])], x.shape)
    return True


def row_transform(b):
    if b.graph.opset < 17:
        return False
    x = b.pick(lambda v: 1 < v.rank < 5 and v.most < 3000)
    if not x:
        return False
    fitting = [i for i in range(x.rank) if x.shape[i].fixed and (i > 0 or b.graph.opset >= 20)]
    if not fitting:
        return False
    axis = b.r.choice(fitting)
    samples = x.shape[axis].least
    length = b.r.choice([samples, samples, b.r.randint(1, samples + 4)])
    signal = b.hidden("Unsqueeze", [x, b.ints(x.rank)], [*x.shape, fixed(1)])
    if b.chance(0.4):
        # Complex numbers.
        signal = b.hidden("Concat", [signal, signal], [*x.shape, fixed(2)], axis=x.rank)
    attributes = {}
    if signal.shape[-1].least == 2 and b.chance(0.5):
        attributes["inverse"] = 1
    elif signal.shape[-1].least == 1 and b.chance(0.5):
        attributes["onesided"] = 1
    bins = length // 2 + 1 if attributes.get("onesided") else length
    inputs = [signal, b.scalar("int64", length) if length != samples or b.chance(0.3) else ""]
    if b.graph.opset >= 20:
        inputs.append(b.scalar("int64", axis))
    else:
        attributes["axis"] = axis
    while inputs[-1] == "":
        inputs.pop()
    shape = [fixed(bins) if i == axis else e for i, e in enumerate(x.shape)] + [fixed(2)]
    return scaled(b, b.hidden("DFT", inputs, shape, **attributes), length)


def window(b, size):
    op = b.r.choice(["HannWindow", "HammingWindow", "BlackmanWindow"])
    return b.hidden(op, [b.scalar("int64", size)], [fixed(size)], periodic=b.r.randint(0, 1))


def windowed(b):
    x = b.pick(lambda v: v.rank > 0 and v.shape[-1].fixed and v.shape[-1].least > 1)
    if not x or b.graph.opset < 17:
        return False
    # A window that is nothing at its ends would leave what no normalisation can divide.
    factors = b.hidden("Add", [window(b, x.shape[-1].least), b.floats([0.1], [])], [x.shape[-1]])
    b.add("Mul", [x, factors], x.shape, channels=x.channels)
    return True


def frame_transform(b):
    if b.graph.opset < 17:
        return False
    x = b.pick(lambda v: v.rank in (2, 3) and v.most < 3000)
    if not x:
        return False
    signal = x
    if x.rank == 3:
        # Rows one after the other.
        signal = b.hidden("Flatten", [x], [x.shape[0], x.shape[1].map(lambda s, t: s * t,
                                                                      x.shape[2])], axis=1)
    length = b.r.randint(1, min(16, signal.shape[1].least))
    step = b.r.randint(1, 5)
    frames = signal.shape[1].map(lambda s: (s - length) // step + 1)
    onesided = b.r.randint(0, 1)
    bins = length // 2 + 1 if onesided else length
    if frames.most * bins * x.shape[0].most > 8000:
        return False
    signal = b.hidden("Unsqueeze", [signal, b.ints(2)], [*signal.shape, fixed(1)])
    style = b.r.choice(["constant", "operator", "none"])
    inputs = [signal, b.scalar("int64", step)]
    if style == "none":
        inputs += ["", b.scalar("int64", length)]
    else:
        inputs.append(b.numbers([length], 0.1, 1.0) if style == "constant" or length < 2 else
                      window(b, length))
        if b.chance(0.5):
            inputs.append(b.scalar("int64", length))
    return scaled(b, b.hidden("STFT", inputs, [x.shape[0], frames, fixed(bins), fixed(2)],
                              onesided=onesided), length)


def mel_filters(b):
    x = b.pick(lambda v: v.rank > 1 and v.shape[-1].fixed and v.shape[-1].least > 4)
    if not x or b.graph.opset < 17:
        return False
    bins, filters = x.shape[-1].least, b.r.randint(1, 6)
    matrix = b.hidden("MelWeightMatrix", [
        b.scalar("int64", filters), b.scalar("int64", 2 * (bins - 1)), b.scalar("int64", 8000),
        b.scalar("float32", 10.0), b.scalar("float32", 3900.0)], [fixed(bins), fixed(filters)])
    b.add("MatMul", [x, matrix], [*x.shape[:-1], fixed(filters)])
    return True
