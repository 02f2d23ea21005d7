"""Resize in all modes; and, since nearest jumps where floats round, its exact rule.

A coordinate is a rational number of sizes and scales. Where a model resizes to the nearest pixel,
ONNX Runtime computes it in float32 and is one row off for some sizes; so both oracles are given the
rows that exact arithmetic picks instead (`without_nearest`).
"""

import math
from fractions import Fraction

import numpy as np

from builder import fixed
from graph import DATA_SETS, Node, make_constant

COORDINATES = ("half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric",
               "tf_crop_and_resize")
ROUNDINGS = ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil")
# Products with sizes are exact in float32.
EXACT_SCALES = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0)
OTHER_SCALES = (0.3, 0.4, 0.6, 0.7, 0.9, 1.1, 1.3, 1.6, 2.2, 1 / 3, 2 / 3)


def coordinate(mode, x, before, after, scale, region=(0, 1)):
    """Where output pixel x lies in the input: the specification's rule in exact arithmetic."""
    half = Fraction(1, 2)
    if mode == "pytorch_half_pixel" and after == 1:
        return Fraction(0)
    if mode in ("half_pixel", "pytorch_half_pixel"):
        return (x + half) / scale - half
    if mode == "align_corners":
        return Fraction(x * (before - 1), after - 1) if after > 1 else Fraction(0)
    if mode == "asymmetric":
        return x / scale
    start, end = (Fraction(float(np.float32(r))) for r in region)
    if after > 1:
        return start * (before - 1) + x * (end - start) * (before - 1) / (after - 1)
    return half * (start + end) * (before - 1)


def rounded(place, rounding):
    half = Fraction(1, 2)
    if rounding == "round_prefer_floor":
        return math.ceil(place - half)
    if rounding == "round_prefer_ceil":
        return math.floor(place + half)
    return math.floor(place) if rounding == "floor" else math.ceil(place)


def is_ambiguous(mode, before, after, scale, region, nearest):
    """Whether a result jumps at a place that is not known exactly: a tie between two pixels of
    a given scale that float32 rounds, or the edge of a region. `scale`: None if sizes are given."""
    tied = nearest and (mode == "tf_crop_and_resize" or
                        (scale is not None and (scale * 64).denominator != 1))
    scale = scale or Fraction(after, before)
    near = lambda place, goal: abs(place - goal) < Fraction(1, 10000)
    for x in range(after):
        place = coordinate(mode, x, before, after, scale, region)
        if tied and near(place * 2, round(place * 2)) and place != 0:
            return True
        if mode == "tf_crop_and_resize" and place != 0 and \
                (near(place, 0) or near(place, before - 1)):
            return True
    return False


def is_delicate_size(mode, rounding, before, after):
    """Whether float32 picks another row than exact arithmetic for some output row."""
    f = np.float32
    scale = f(after) / f(before)
    for x in range(after):
        if mode == "asymmetric":
            place = f(x) / scale
        elif mode == "align_corners":
            place = f(x) * f(before - 1) / f(max(after - 1, 1))
        else:
            place = (f(x) + f(0.5)) / scale - f(0.5)
        exact = coordinate(mode, x, before, after, Fraction(after, before))
        if rounded(float(place), rounding) != rounded(exact, rounding):
            return True
    return False


def nearest_size(b, before, mode, rounding):
    """A size to which rows of `before` are resized: one for which float32 is not enough, or at which
    half pixels lie between two pixels."""
    sizes = range(1, 65)
    delicate = [n for n in sizes if is_delicate_size(mode, rounding, before, n)] \
        if mode != "tf_crop_and_resize" and b.chance(0.6) else []
    ties = [n for n in sizes if any((2 * x + 1) * before % (2 * n) == 0 for x in range(n))]
    return b.r.choice(delicate or ties or sizes)


def resize(b):
    nearest_only = b.style.focus == "nearest"
    x = b.pick_image(lambda v: v.most < 8000)
    if not x:
        return False
    mode = "nearest" if nearest_only else b.r.choice(["nearest", "nearest", "linear", "linear",
                                                      "cubic"])
    coordinates = b.r.choice(COORDINATES[:4] * 3 + COORDINATES[4:])
    attributes = {"mode": mode, "coordinate_transformation_mode": coordinates}
    if mode == "nearest":
        attributes["nearest_mode"] = b.r.choice(ROUNDINGS)
    if mode == "cubic":
        if b.chance(0.3):
            attributes["cubic_coeff_a"] = -0.5
        if b.chance(0.3):
            attributes["exclude_outside"] = 1
    regions, roi = [(0, 1), (0, 1)], ""
    if coordinates == "tf_crop_and_resize":
        regions = [(b.r.choice([0.0, round(b.r.uniform(-0.2, 0.4), 3)]),
                    round(b.r.uniform(0.55, 1.2), 3)) for _ in range(2)]
        roi = b.floats([0.0, 0.0, regions[0][0], regions[1][0], 1.0, 1.0, regions[0][1],
                        regions[1][1]])
        attributes["extrapolation_value"] = 0.5
    by_scales = b.chance(0.5)
    choose = sizes_by_scales if by_scales else sizes_by_sizes
    chosen = choose(b, x, attributes)
    if not chosen or x.count(0) > 8000:
        return False
    extents, scales, arguments = chosen
    if max(e.most for e in extents) > 64:
        # No Gather takes more rows (see without_nearest).
        return False
    kept = [[a.sizes[k] == e.sizes[k] for a, e in zip(extents, x.shape[2:])]
            for k in range(DATA_SETS)]
    if roi and any(any(k) for k in kept) or by_scales and scales != [1, 1] and \
            any(all(k) for k in kept):
        # ONNX Runtime crops no axis whose size stays, and copies an image whose size stays,
        # whatever the scales.
        return False
    for before, after, scale, region in zip(x.shape[2:], extents, scales, regions):
        for old, new in zip(before.sizes, after.sizes):
            if is_ambiguous(coordinates, old, new, scale, region, mode == "nearest"):
                return False
    inputs = [x, roi, *([arguments()] if by_scales else ["", arguments()])]
    b.add("Resize", inputs, [*x.shape[:2], *extents], channels=1,
          exact=x.exact and mode == "nearest" and coordinates != "tf_crop_and_resize", **attributes)
    return True


def sizes_by_scales(b, x, attributes):
    choices = EXACT_SCALES if b.chance(0.7) else OTHER_SCALES
    scales = [b.r.choice(choices) for _ in range(2)]
    if b.chance(0.5):
        scales[1] = scales[0]
    exact = [Fraction(float(np.float32(s))) for s in scales]
    extents = [e.map(lambda n, s=s: math.floor(n * s)) for e, s in zip(x.shape[2:], exact)]
    for extent, before, scale in zip(extents, x.shape[2:], exact):
        if extent.least < 1 or extent.most > 64:
            return None
        for n in before.sizes:
            distance = abs(n * scale - round(n * scale))
            if 0 < distance < Fraction(1, 1000):
                return None
    return extents, exact, lambda: b.floats([1.0, 1.0, *scales])


def sizes_by_sizes(b, x, attributes):
    """Fixed sizes, or those of another value, as decoders have them."""
    other = b.pick(lambda v: v.rank == 4 and not v.constant and v.most < 8000)
    if other and b.chance(0.3) and x.most < 3000 and not x.constant and \
            max(e.most for e in other.shape[2:]) <= 64:
        extents = other.shape[2:]

        def arguments():
            hidden = [b.add("Shape", [v], [fixed(4)], "int64") for v in (x, other)]
            parts = [b.add("Slice", [hidden[0], b.ints(0), b.ints(2), b.ints(0)], [fixed(2)],
                           "int64"),
                     b.add("Slice", [hidden[1], b.ints(2), b.ints(4), b.ints(0)], [fixed(2)],
                           "int64")]
            sizes = b.add("Concat", parts, [fixed(4)], "int64", axis=0)
            for value in hidden + parts + [sizes]:
                b.values.remove(value)
            return sizes.name
        return extents, [None, None], arguments
    if any(e.free for e in x.shape[:2]):
        return None
    sizes = []
    for extent in x.shape[2:]:
        before = extent.least
        if attributes["mode"] == "nearest" and b.chance(0.7):
            sizes.append(nearest_size(b, before, attributes["coordinate_transformation_mode"],
                                      attributes["nearest_mode"]))
        else:
            sizes.append(b.r.choice([before, 1, 2, 3, before * 2, before * 2 - 1,
                                     b.r.randint(1, 40)]))
    if x.shape[1].least * x.shape[0].most * sizes[0] * sizes[1] > 30000:
        return None
    return [fixed(s) for s in sizes], [None, None], \
        lambda: b.ints(*[e.least for e in x.shape[:2]], *sizes)


def resize_smoothly(b):
    """What operator set 18 added: windows that grow with what is left out, sizes that keep their
    proportion, and named axes."""
    x = b.pick_image(lambda v: v.most < 8000 and all(e.fixed for e in v.shape[2:]))
    if not x or b.graph.opset < 18:
        return False
    before = [e.least for e in x.shape[2:]]
    wanted = [b.r.choice([1, 2, 3, 5, 8, 13, 2 * s, max(1, s // 2), max(1, s // 3)])
              for s in before]
    attributes = {"mode": b.r.choice(["linear", "cubic"]), "axes": [2, 3],
                  "coordinate_transformation_mode": b.r.choice(["half_pixel", "align_corners",
                                                                "asymmetric"])}
    after = wanted
    policy = b.r.choice(["stretch", "not_larger", "not_smaller", None])
    if policy:
        attributes["keep_aspect_ratio_policy"] = policy
    if policy in ("not_larger", "not_smaller"):
        choose = min if policy == "not_larger" else max
        scale = choose(Fraction(w, s) for w, s in zip(wanted, before))
        after = [math.floor(scale * s + Fraction(1, 2)) for s in before]
        # Halves are rounded up or to even.
        if any((scale * s * 2).denominator == 1 and (scale * s).denominator == 2 for s in before):
            return False
    if min(after) < 1 or max(after) > 64 or x.most // (before[0] * before[1]) * after[0] * after[1] \
            > 30000:
        return False
    if b.chance(0.6):
        attributes["antialias"] = 1
    if attributes["mode"] == "cubic" and b.chance(0.5):
        attributes["exclude_outside"] = 1
    b.add("Resize", [x, "", "", b.ints(*wanted)], [*x.shape[:2], *map(fixed, after)], channels=1,
          **attributes)
    return True


def is_nearest(node):
    """Whether a node picks rows; what tf_crop_and_resize finds outside of its region is no row."""
    mode = node.attributes.get("coordinate_transformation_mode", "half_pixel")
    return node.op == "Resize" and node.attributes.get("mode", "nearest") == "nearest" and \
        mode != "tf_crop_and_resize"


def has_nearest(graph):
    return any(is_nearest(node) for node in graph.nodes)


def without_nearest(graph, data_set, shapes):
    """The graph with each nearest Resize as a choice along each axis behind the channels, for
    the sizes of one data set. `shapes`: extents of every value."""
    result = graph.copy()
    nodes = []
    for number, node in enumerate(result.nodes):
        if not is_nearest(node):
            nodes.append(node)
            continue
        mode = node.attributes.get("coordinate_transformation_mode", "half_pixel")
        before, after = shapes[node.inputs[0]], shapes[node.outputs[0]]
        scales = graph.constants.get(node.inputs[2]) if len(node.inputs) == 3 else None
        value, current = node.inputs[0], None
        axes = range(2, len(after))
        for axis in axes:
            scale = Fraction(after[axis], before[axis])
            if scales:
                scale = Fraction(float(make_constant(scales).astype(np.float32)[axis]))
            rounding = node.attributes.get("nearest_mode", "round_prefer_floor")
            rows = [min(max(rounded(coordinate(mode, x, before[axis], after[axis], scale),
                                    rounding), 0), before[axis] - 1) for x in range(after[axis])]
            indices = f"rows_{number}_{axis}"
            result.constants[indices] = {"type": "int64", "shape": [len(rows)], "values": rows}
            current = node.outputs[0] if axis == axes[-1] else f"resized_{number}_{axis}"
            nodes.append(Node("Gather", [value, indices], [current], {"axis": axis}))
            value = current
    result.nodes = nodes
    return result
