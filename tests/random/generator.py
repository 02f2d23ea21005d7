"""Random valid networks: the same seed gives the same network.

Graphs of one package share a style (operator set, producer, a few channel counts), so that they
share kernels and compile quickly.
"""

import dataclasses
import random

import arithmetic
import counting
import elements
import indexing
import layouts
import moving
import resizing
import sampling
import volumes
import windows
from builder import Builder, Extent, fixed
from graph import TYPES

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
        (1, elements.quantised), (2, volumes.volume), (1, arithmetic.einsum),
        (1, arithmetic.running_sum), (1, arithmetic.attention)],
    "volumes": [
        (5, volumes.volume), (2, arithmetic.einsum), (2, arithmetic.running_sum),
        (2, arithmetic.attention), (1, windows.conv), (1, moving.transpose)],
    "elements": [
        (3, elements.where), (4, elements.integers), (3, elements.quantised),
        (3, elements.integer_conv), (3, elements.quantised_conv), (2, elements.integer_matmul),
        (1, windows.pool), (1, moving.transpose), (1, moving.slice_), (1, arithmetic.unary)],
    "sampling": [
        (4, sampling.grid_sample), (4, sampling.regions), (5, sampling.recurrent),
        (2, sampling.reverse_sequence), (1, windows.conv), (1, arithmetic.unary)],
    "windows": [
        (8, windows.conv), (3, windows.conv_transpose), (4, windows.pool),
        (1, windows.pool_and_unpool), (1, moving.pad), (1, arithmetic.unary),
        (2, volumes.volume)],
    "resizes": [(6, resizing.resize), (1, windows.conv), (1, windows.pool), (1, moving.slice_),
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
    ["layouts"] * 3 + ["sampling"] * 3 + ["indices"] * 3 + ["elements"] * 4 + ["volumes"] * 3 + ["counts"] * 3


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
    return Style(opset=r.choice([13, 13, 14, 15, 16, 17]), producer=r.choice(["", "pytorch"]),
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
        x = b.input([batch, fixed(channels), height, width], channels=1)
    elif kind < 0.88:
        x = b.input([batch, height, width, fixed(channels)], channels=3)
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
        b.input(others, channels=x.channels)


def choose_outputs(b):
    """What nobody reads, some values that are read too, now and then one twice."""
    graph = b.graph
    read = {name for node in graph.nodes for name in node.inputs}
    # Oracles hand floats and int64 back.
    outputs = [v for v in b.values if v.name not in graph.inputs and v.kind in TYPES and
               (v.name not in read or b.chance(0.15))]
    if b.chance(0.08):
        v = b.r.choice([v for v in outputs])
        outputs.append(b.add("Identity", [v], v.shape, v.kind))
    if b.chance(0.02):
        v = b.r.choice([v for v in b.values if v.name in graph.inputs])
        outputs.append(b.add("Identity", [v], v.shape))
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
        return b.graph.prune()
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
