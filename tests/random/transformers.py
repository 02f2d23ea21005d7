"""Layers of transformers: attention, its normalisations and activations, as ONNX and ONNX Runtime
(com.microsoft) have them."""

import math

from arithmetic import same
from builder import fixed, product
from microsoft import ms
from moving import permuted


def tokens(b, most=24):
    """[N, places, features]: what is there, or the pixels of an image."""
    fits = lambda v: v.rank == 3 and v.shape[2].fixed and 1 < v.shape[2].least <= most and \
        v.most < 3000
    x = b.pick(fits)
    if x and b.chance(0.7):
        return x
    image = b.pick(lambda v: v.rank == 4 and v.shape[1].fixed and 1 < v.shape[1].least <= most and
                   v.most < 3000)
    if not image:
        return x
    n, c, h, w = image.shape
    flat = b.add("Reshape", [image, b.ints(0, c.least, -1)], [n, c, product([h, w])],
                 exact=image.exact)
    return permuted(b, flat, [0, 2, 1])


def projected(b, x, width):
    """Features mixed to `width` others."""
    depth = x.shape[2].least
    return b.add("MatMul", [x, b.weights([depth, width], depth)], [*x.shape[:2], fixed(width)])


def heads_and_size(b):
    return b.r.choice([1, 2, 3]), b.r.choice([2, 4, 8])


def gelu(b):
    x = b.pick(lambda v: v.rank > 0)
    if not x:
        return False
    op = b.r.choice(["BiasGelu", "FastGelu", "Gelu", "QuickGelu", "onnx"])
    width = x.shape[-1].least if x.shape[-1].fixed else None
    if op == "BiasGelu" or (op == "FastGelu" and b.chance(0.5)):
        if not width:
            return False
        b.add(ms(op), [x, b.numbers([width])], x.shape, channels=x.channels)
    elif op == "onnx":
        if b.graph.opset < 20:
            return False
        same(b, "Gelu", x, **b.r.choice([{}, {"approximate": "tanh"}, {"approximate": "none"}]))
    elif op == "QuickGelu":
        same(b, ms(op), x, alpha=b.r.choice([1.702, 1.0, 0.5]))
    else:
        same(b, ms(op), x)
    return True


def skip_normalization(b):
    x = tokens(b)
    if not x:
        return False
    y = b.pick(lambda v: v.shape == x.shape) or x
    width = x.shape[-1].least
    simplified = b.chance(0.4)
    inputs = [x, y, b.numbers([width], 0.5, 1.5)]
    if not simplified:
        inputs.append(b.numbers([width]) if b.chance(0.7) else "")
    if b.chance(0.5):
        inputs.append(b.numbers([width]))
    while inputs[-1] == "":
        inputs.pop()
    shapes = [x.shape] if b.chance(0.6) else [x.shape, None, None, x.shape]
    b.add_many(ms("SkipSimplifiedLayerNormalization" if simplified else "SkipLayerNormalization"),
               inputs, shapes, epsilon=b.r.choice([1e-5, 0.01]))
    return True


def normalization(b):
    """Over the last axes, by the root of the mean square; or over groups of channels."""
    if b.chance(0.5) and b.graph.opset >= 18:
        x = b.pick(lambda v: v.rank in (3, 4) and v.shape[1].fixed)
        if not x:
            return False
        channels = x.shape[1].least
        groups = b.r.choice([g for g in range(1, channels + 1) if channels % g == 0])
        if min(x.count(k) // max(1, x.shape[0].sizes[k] * groups) for k in (0, 1)) < 4:
            return False
        # Scales and biases were those of groups at first.
        count = channels if b.graph.opset >= 21 else groups
        b.add("GroupNormalization", [x, b.numbers([count], 0.5, 1.5), b.numbers([count])],
              x.shape, channels=b.told(x), num_groups=groups, epsilon=0.01)
        return True
    x = b.pick(lambda v: v.rank > 1 and v.shape[-1].fixed)
    if not x:
        return False
    axis = x.rank - 1
    if x.shape[-2].fixed and x.shape[-2].least * x.shape[-1].least < 2000 and b.chance(0.3):
        axis -= 1
    scale = b.numbers([e.least for e in x.shape[axis:]], 0.5, 1.5)
    op = "RMSNormalization" if b.graph.opset >= 23 else "SimplifiedLayerNormalization"
    b.add(op, [x, scale], x.shape, channels=x.channels, epsilon=0.01,
          axis=axis - x.rank if b.chance(0.5) else axis)
    return True


def packed_attention(b):
    x = tokens(b)
    if not x:
        return False
    heads, size = heads_and_size(b)
    width, depth = heads * size, x.shape[2].least
    sizes = [width] * 3
    attributes = {"num_heads": heads}
    if b.chance(0.3):
        sizes[2] = heads * b.r.choice([2, 4, 8])
        attributes["qkv_hidden_sizes"] = sizes
    inputs = [x, b.weights([depth, sum(sizes)], depth), b.numbers([sum(sizes)])]
    if b.chance(0.4):
        attributes["unidirectional"] = 1
    if b.chance(0.3):
        attributes["scale"] = 0.4
    if x.shape[1].fixed and b.chance(0.4):
        places = x.shape[1].least
        if heads * places * places < 4000:
            lead = x.shape[0].least if x.shape[0].fixed and b.chance(0.5) else 1
            inputs += ["", "", b.numbers([lead, heads, places, places])]
    b.add(ms("Attention"), inputs, [*x.shape[:2], fixed(sizes[2])], **attributes)
    return True


def multi_head_attention(b):
    x = tokens(b)
    if not x:
        return False
    other = tokens(b) if b.chance(0.4) else x
    if not other or other.shape[0] != x.shape[0]:
        other = x
    heads, size = heads_and_size(b)
    width = heads * size
    deep = heads * b.r.choice([size, size, 4])
    q, k, v = projected(b, x, width), projected(b, other, width), projected(b, other, deep)
    inputs = [q, k, v]
    attributes = {"num_heads": heads}
    if b.chance(0.5):
        inputs.append(b.numbers([2 * width + deep]))
    if b.chance(0.3):
        attributes["scale"] = 0.4
    if other is x and b.chance(0.4):
        attributes["unidirectional"] = 1
    if x.shape[1].fixed and other.shape[1].fixed and b.chance(0.4):
        places = [x.shape[1].least, other.shape[1].least]
        if heads * places[0] * places[1] < 4000:
            inputs += [""] * (5 - len(inputs)) + [b.numbers([1, heads, *places])]
    b.add(ms("MultiHeadAttention"), inputs, [*x.shape[:2], fixed(deep)], **attributes)
    return True


def attention(b):
    """ONNX's own, of operator set 23."""
    x = tokens(b) if b.graph.opset >= 23 else None
    if not x:
        return False
    shared = b.r.choice([1, 1, 2, 3])
    key_heads, size = heads_and_size(b)
    heads, deep = key_heads * shared, b.r.choice([size, size, 4])
    n, places = x.shape[:2]
    q, k, v = projected(b, x, heads * size), projected(b, x, key_heads * size), \
        projected(b, x, key_heads * deep)
    attributes, inputs = {}, [q, k, v]
    if b.chance(0.5):
        inputs = []
        for value, count, own in ((q, heads, size), (k, key_heads, size), (v, key_heads, deep)):
            parted = b.hidden("Reshape", [value, b.ints(0, -1, count, own)],
                              [n, places, fixed(count), fixed(own)])
            inputs.append(b.hidden("Transpose", [parted], [n, fixed(count), places, fixed(own)],
                                   perm=[0, 2, 1, 3]))
        shape = [n, fixed(heads), places, fixed(deep)]
    else:
        attributes.update(q_num_heads=heads, kv_num_heads=key_heads)
        shape = [n, places, fixed(heads * deep)]
    if b.chance(0.4):
        attributes["is_causal"] = 1
    if b.chance(0.3):
        attributes["scale"] = 0.4
    if b.chance(0.3):
        attributes["softcap"] = 1.5
    if places.fixed and b.chance(0.4) and places.least ** 2 < 4000:
        mask = [places.least] * 2
        if b.chance(0.5):
            # Each place sees itself.
            values = [int(i == j or b.chance(0.6)) for i in range(mask[0]) for j in range(mask[1])]
            name = b.fresh("k")
            b.graph.constants[name] = {"type": "bool", "shape": mask, "values": values}
            inputs.append(name)
        else:
            inputs.append(b.numbers(b.r.choice([mask, [1, 1, *mask]])))
    b.add("Attention", inputs, shape, **attributes)
    return True


def rotary_embedding(b):
    x = tokens(b) if b.graph.opset >= 23 else None
    if not x or not x.shape[1].fixed or not x.shape[0].fixed:
        return False
    heads, size = b.r.choice([1, 2, 3]), b.r.choice([4, 8])
    x = projected(b, x, heads * size)
    turned = b.r.choice([size, size, size // 2])
    n, places = x.shape[0].least, x.shape[1].least
    positions = b.chance(0.5)
    rows = [places + 3] if positions else [n, places]
    angles = [b.r.uniform(-math.pi, math.pi) for _ in range(product(map(fixed, rows)).least *
                                                             (turned // 2))]
    caches = [b.floats([round(f(a), 5) for a in angles], [*rows, turned // 2])
              for f in (math.cos, math.sin)]
    inputs = [x, *caches]
    if positions:
        inputs.append(b.typed("int64", [n, places], 0, places + 2))
    attributes = {"num_heads": heads, "interleaved": b.r.choice([0, 1])}
    if turned != size:
        attributes["rotary_embedding_dim"] = turned
    b.add("RotaryEmbedding", inputs, x.shape, **attributes)
    return True
