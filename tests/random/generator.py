"""Random valid networks: the same seed gives the same network.

Graphs of one package share a style (operator set, producer, a few channel counts), so that they
share kernels and compile quickly.
"""

import dataclasses
import random

import arithmetic
import control
import counting
import elements
import fused
import halves
import indexing
import layouts
import microsoft
import moving
import places
import quantised
import resizing
import sampling
import signals
import transformers
import volumes
import windows
from builder import Builder, Extent, fixed
from graph import FLOATS, TYPES
from quantised import BYTES

# Graphs in a package.
PACKAGE = 24

MENU = {
    "any": [
        (8, windows.conv), (2, windows.conv_transpose), (4, windows.pool),
        (1, windows.pool_and_unpool), (1, windows.global_pool), (5, resizing.resize),
        (4, moving.concat), (2, moving.split), (3, moving.slice_), (3, moving.pad),
        (1, moving.gather), (3, moving.transpose), (3, moving.reshape), (2, moving.repeat),
        (1, moving.depth_and_space), (1, moving.identity), (3, arithmetic.unary),
        (5, arithmetic.binary), (1, arithmetic.variadic), (3, arithmetic.reduce),
        (1, arithmetic.softmax), (1, arithmetic.arg_extreme), (2, arithmetic.matmul),
        (1, arithmetic.gemm), (1, arithmetic.normalization), (3, layouts.channels_last),
        (1, sampling.grid_sample), (1, sampling.regions), (1, sampling.recurrent),
        (1, indexing.gather_table), (1, counting.nonzero), (1, counting.compress),
        (1, elements.where), (1, elements.integers),
        (1, quantised.quantised), (2, volumes.volume), (1, arithmetic.einsum),
        (1, arithmetic.running_sum), (1, arithmetic.attention), (1, places.counted),
        (1, places.filled), (1, places.empty_parts), (1, control.sequence)],
    "places": [
        (3, places.counted), (3, places.filled), (1, places.mean_by_size), (2, places.one_hot),
        (1, places.identity_matrix), (1, places.determinant), (2, places.center),
        (3, places.blocks_joined), (3, places.warped), (2, places.empty_parts),
        (2, moving.depth_and_space), (1, moving.transpose), (1, windows.pool),
        (1, arithmetic.softmax)],
    "signals": [
        (4, signals.row_transform), (3, signals.frame_transform), (2, signals.windowed),
        (1, signals.mel_filters), (1, moving.transpose), (1, arithmetic.loss),
        (1, arithmetic.normalization)],
    "control": [
        (3, control.branch), (3, control.loop), (3, control.scan), (5, control.sequence),
        (1, control.optional),
        (1, windows.conv), (1, moving.transpose), (1, arithmetic.binary)],
    "volumes": [
        (5, volumes.volume), (2, arithmetic.einsum), (2, arithmetic.running_sum),
        (2, arithmetic.attention), (1, windows.conv), (1, moving.transpose)],
    "elements": [
        (3, elements.where), (3, elements.integers), (4, elements.bits), (1, quantised.quantised),
        (2, elements.short_floats), (2, elements.half_weights),
        (1, windows.pool), (1, moving.transpose), (1, moving.slice_), (1, arithmetic.unary)],
    "halves": [
        (4, windows.conv), (1, windows.conv_transpose), (2, windows.pool), (1, moving.concat),
        (1, moving.slice_), (1, moving.pad), (1, moving.transpose), (1, arithmetic.binary),
        (1, arithmetic.matmul), (1, arithmetic.softmax)],
    "doubles": [
        (3, arithmetic.binary), (2, arithmetic.matmul), (1, arithmetic.softmax),
        (1, arithmetic.reduce), (1, moving.concat), (1, moving.slice_), (1, moving.pad),
        (1, moving.transpose), (1, moving.repeat)],
    "quantised": [
        (2, quantised.quantised), (2, quantised.dequantised), (2, quantised.dequantised_constant),
        (2, quantised.integer_conv), (4, quantised.quantised_conv), (3, quantised.integer_matmul),
        (2, quantised.integer_pool), (1, quantised.integer_resize), (1, quantised.integer_where),
        (1, moving.transpose), (1, moving.slice_), (1, moving.pad), (1, moving.concat),
        (1, moving.split), (1, moving.reshape)],
    "microsoft": [
        (4, microsoft.add_and_mul), (2, microsoft.concat), (2, microsoft.where),
        (2, microsoft.activation), (1, microsoft.softmax), (4, microsoft.average_pool),
        (2, microsoft.gemm), (3, microsoft.matmul_to_float), (1, quantised.quantised_conv),
        (1, quantised.dequantised), (1, moving.transpose), (1, moving.pad)],
    "fused": [
        (4, fused.conv), (2, fused.gemm), (3, fused.matmul), (1, fused.triangle),
        (2, transformers.gelu), (1, sampling.grid_sample), (1, windows.pool),
        (1, moving.transpose), (1, moving.reshape)],
    "transformers": [
        (2, transformers.gelu), (3, transformers.skip_normalization),
        (2, transformers.normalization), (3, transformers.packed_attention),
        (3, transformers.multi_head_attention), (3, transformers.attention),
        (2, transformers.rotary_embedding), (1, arithmetic.binary), (1, moving.transpose)],
    "sampling": [
        (4, sampling.grid_sample), (4, sampling.regions), (5, sampling.recurrent),
        (2, sampling.reverse_sequence), (4, sampling.deformed), (1, windows.conv), (1, arithmetic.unary)],
    "windows": [
        (8, windows.conv), (3, windows.conv_transpose), (4, windows.pool),
        (1, windows.pool_and_unpool), (1, moving.pad), (1, arithmetic.unary),
        (2, volumes.volume)],
    "resizes": [(6, resizing.resize), (3, resizing.resize_smoothly), (1, windows.conv), (1, windows.pool), (1, moving.slice_),
                (1, moving.pad), (1, arithmetic.unary)],
    "nearest": [(5, resizing.resize), (1, moving.slice_), (1, windows.pool), (1, moving.pad)],
    "layouts": [(5, layouts.channels_last), (2, windows.conv), (1, windows.pool),
                (1, resizing.resize), (1, windows.global_pool), (1, moving.transpose),
                (1, arithmetic.normalization)],
    "indices": [
        (2, indexing.top_k), (2, indexing.gather_table), (2, indexing.gather_nd),
        (2, indexing.gather_elements), (2, indexing.scatter_elements), (2, indexing.scatter_nd),
        (1, windows.conv), (1, windows.pool), (1, moving.slice_), (1, moving.transpose)],
    "counts": [
        (3, counting.nonzero), (3, counting.compress), (3, counting.unique),
        (3, counting.suppress), (1, indexing.top_k), (1, windows.pool), (1, moving.slice_),
        (1, moving.transpose)],
    "operands": [
        (4, windows.conv), (2, windows.pool), (6, moving.concat), (5, arithmetic.binary),
        (2, arithmetic.variadic), (2, arithmetic.matmul), (1, moving.identity), (1, moving.split)],
}
FOCUS = ["any"] * 9 + ["windows"] * 3 + ["resizes"] * 2 + ["nearest"] * 2 + ["operands"] * 4 + \
    ["layouts"] * 3 + ["sampling"] * 3 + ["indices"] * 3 + ["elements"] * 4 + ["volumes"] * 3 + \
    ["counts"] * 3 + ["quantised"] * 3 + ["microsoft"] * 3 + ["fused"] * 2 + \
    ["transformers"] * 2 + ["places"] * 2 + ["signals"] + ["control"] * 2 + ["halves", "doubles"]


# Operators whose second axis is the channels.
TELLING = {"Conv", "ConvTranspose", "MaxPool", "AveragePool", "Resize", "BatchNormalization",
           "GlobalAveragePool", "GlobalMaxPool", "DepthToSpace", "SpaceToDepth"}


@dataclasses.dataclass
class Style:
    opset: int
    producer: str
    channels: list
    # Options of the command line that change the outputs of the whole package.
    options: list
    focus: str = "any"


def package_style(number):
    """The style of package `number`: graphs PACKAGE * number and the following. Every sixth one is
    compiled with --argmax or --softmax."""
    r = random.Random(f"package {number}")
    options = [["--argmax"], ["--softmax"]][number // 6 % 2] if number % 6 == 5 else []
    return Style(opset=r.choice([13, 14, 15, 16, 17, 17, 18, 19, 20, 21, 22, 23, 23, 24]),
                 producer=r.choice(["", "pytorch"]),
                 channels=sorted(r.sample([1, 2, 3, 4, 5, 7, 8], 2) +
                                 r.sample([8, 12, 16, 17, 20, 24, 32, 33], 2)),
                 options=options)


def some_size(r, most, large=False):
    pool = "large" if large else r.choice(["tiny", "small", "small", "small", "large"])
    sizes = {"tiny": (1, 3), "small": (4, 14), "large": (15, most)}[pool]
    return r.randint(*sizes)


def make_extents(b, most):
    """Height and width: fixed, free, or one free size for both."""
    size = lambda: some_size(b.r, most, large=b.style.focus == "nearest" and b.chance(0.7))
    fresh = lambda name: Extent((size(), size()), frozenset([name]), name)
    styles = ["fixed", "fixed", "fixed", "free", "free", "height", "square"]
    if b.style.focus == "operands":
        # Where constants are as large as maps.
        styles = ["fixed"] * 4 + ["free"]
    style = b.r.choice(styles)
    if style == "fixed":
        return [fixed(size()), fixed(size())]
    if style == "square":
        return [fresh("S")] * 2
    height = fresh("H")
    return [height, fresh("W") if style == "free" else fixed(size())]


def typed_input(b, shape, channels):
    """An input of another type than float32 now and then, made floats at once: photos of bytes,
    halves and doubles."""
    kinds = ["float16", "float64", "uint8", "uint8", "int8", "int32", "int64", "bool"]
    if b.style.options or b.chance(0.88) or b.style.focus in ("halves", "doubles"):
        return b.input(shape, channels)
    x = b.input(shape, channels, b.r.choice(kinds))
    real = b.add("Cast", [x], shape, exact=True, channels=channels, to=TYPES["float32"])
    if x.kind not in FLOATS:
        b.values.remove(real)
        real = b.add("Mul", [real, b.scalar("float32", 1 if x.kind == "bool" else 0.015625)], shape,
                     exact=True, channels=channels)
    return real


def make_inputs(b):
    channels = b.r.choice([1, 3, *b.style.channels])
    height, width = make_extents(b, 48 if channels < 9 or b.style.focus == "nearest" else 20)
    batch = fixed(b.r.choice([1, 1, 1, 2, 3]))
    if b.chance(0.15):
        batch = Extent((b.r.randint(1, 3), b.r.randint(1, 3)), frozenset(["N"]), "N")
    if b.style.focus == "sampling" and b.chance(0.5):
        # A batch of sequences.
        b.input(b.r.choice([[height, batch, fixed(channels)], [batch, height, fixed(channels)]]))
        return
    kind = b.r.random()
    if kind < 0.72 or b.style.focus in ("windows", "nearest"):
        x = typed_input(b, [batch, fixed(channels), height, width], 1)
    elif kind < 0.88:
        x = typed_input(b, [batch, height, width, fixed(channels)], 3)
        if b.chance(0.8):
            moving.permuted(b, x, [0, 3, 1, 2])
    else:
        b.input(b.r.choice([[batch, fixed(channels), width], [batch, fixed(channels)],
                            [height, width], [batch, fixed(channels), width]]))
        return
    if b.chance(0.2):
        # A second one of the same size; they meet in additions and concatenations.
        others = [fixed(b.r.choice(b.style.channels)) if i == x.channels and b.chance(0.4) else e
                  for i, e in enumerate(x.shape)]
        typed_input(b, others, x.channels)


def choose_outputs(b):
    """What nobody reads, some values that are read too, now and then one twice."""
    graph = b.graph
    read = {name for node in graph.nodes for name in node.reads()}
    outputs = [v for v in b.values if v.name not in graph.inputs and v.kind in TYPES and
               (v.name not in read or b.chance(0.15))]
    again = [v for v in outputs if not v.last]
    if again and b.chance(0.08):
        v = b.r.choice(again)
        outputs.append(b.add("Identity", [v], v.shape, v.kind))
    if b.chance(0.02):
        v = b.r.choice([v for v in b.values if v.name in graph.inputs])
        outputs.append(b.add("Identity", [v], v.shape, v.kind))
    if b.chance(0.06) and b.style.focus not in ("halves", "doubles"):
        # Of another type at the interface.
        v = outputs.pop()
        kind = b.r.choice(["float16", "float64"]) if v.kind == "float32" else "int32"
        if v.last or v.kind not in ("float32", *BYTES):
            outputs.append(v)
        else:
            outputs.append(b.add("Cast", [v], v.shape, kind, to=TYPES[kind]))
    graph.outputs = [v.name for v in outputs]


def choose_scores(b):
    """One map of scores, channels first or last, for --argmax and --softmax."""
    if not any(n.op in TELLING for n in b.graph.nodes) and b.chance(0.9):
        windows.conv(b)
    fitting = lambda v: v.rank == 4 and v.channels is not None and not v.exact and \
        v.shape[v.channels].fixed and v.shape[v.channels].least > 1
    x = b.pick(fitting)
    if not x:
        x = b.pick(lambda v: v.rank == 4 and v.channels is not None)
        if not x or x.channels != 1 or not windows.conv(b):
            return False
        x = b.values[-1]
        if not fitting(x):
            return False
    if x.channels == 1 and b.chance(0.5):
        x = moving.permuted(b, x, [0, 2, 3, 1])
    b.graph.outputs, b.graph.channels = [x.name], {x.name: x.channels}
    return True


def attempt(seed, style):
    b = Builder(seed, style)
    style = dataclasses.replace(style, focus=b.r.choice(FOCUS))
    b.style = style
    make_inputs(b)
    weights, steps = zip(*MENU[style.focus])
    if style.options:
        b.graph.options = style.options
    wanted, made = b.r.choice([1, 2, 2, 3, 3, 4, 5, 6]), 0
    for _ in range(5 * wanted):
        if made < wanted:
            made += b.r.choices(steps, weights)[0](b)
    if not b.graph.nodes:
        return None
    if not style.options:
        choose_outputs(b)
        graph = b.graph.prune()
        kind = {"halves": "float16", "doubles": "float64"}.get(style.focus)
        return halves.retyped(graph, kind) if kind else graph
    if not choose_scores(b):
        return None
    graph = b.graph.prune()
    # Few graphs in which nothing says where the channels are: they are refused.
    tells = any(node.op in TELLING for node in graph.nodes)
    return graph if tells or b.chance(0.05) else None


def generate(seed):
    """The graph of a seed."""
    style = package_style(seed // PACKAGE)
    for again in range(100):
        graph = attempt(seed + 1000003 * again, style)
        if graph and graph.nodes and graph.outputs:
            return graph
    raise RuntimeError(f"seed {seed} gives no graph")
