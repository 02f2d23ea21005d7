"""Grows a graph node by node, and knows the shape of every value at both sizes as it goes."""

import dataclasses
import random
from typing import Optional

from graph import DATA_SETS, Graph, Node


@dataclasses.dataclass(frozen=True)
class Extent:
    """An extent in every data set. `roots`: the free sizes that it follows from; none if fixed."""
    sizes: tuple
    roots: frozenset = frozenset()
    symbol: Optional[str] = dataclasses.field(default=None, compare=False)

    @property
    def free(self):
        return bool(self.roots)

    @property
    def fixed(self):
        return not self.roots

    @property
    def least(self):
        return min(self.sizes)

    @property
    def most(self):
        return max(self.sizes)

    def map(self, function, *others):
        """The extent that `function` computes of this one and others."""
        sizes = tuple(int(function(*s)) for s in zip(self.sizes, *(o.sizes for o in others)))
        roots = self.roots.union(*(o.roots for o in others))
        return self if sizes == self.sizes and not others else Extent(sizes, roots)


def fixed(size):
    return Extent((int(size),) * DATA_SETS)


def product(extents):
    result = fixed(1)
    for extent in extents:
        result = extent.map(lambda a, b: a * b, result) if extent.sizes != fixed(1).sizes or \
            extent.free else result
    return result


@dataclasses.dataclass
class Value:
    name: str
    shape: list
    kind: str = "float32"
    # Bits of inputs, moved about and chosen from, but nothing rounded: the same for everybody, so
    # that functions which jump (floor, arg max) may follow.
    exact: bool = False
    constant: bool = False
    # The axis on which channels lie, as far as it is known.
    channels: Optional[int] = None
    # Of a quantised value: the names of its scale and of its zero, one number each.
    scale: Optional[str] = None
    zero: Optional[str] = None
    # Nothing reads it.
    last: bool = False

    @property
    def rank(self):
        return len(self.shape)

    @property
    def fixed(self):
        return all(e.fixed for e in self.shape)

    def count(self, data_set):
        result = 1
        for extent in self.shape:
            result *= extent.sizes[data_set]
        return result

    @property
    def most(self):
        return max(self.count(s) for s in range(DATA_SETS))


# Kernels are made for feature maps of any size, but none needs more values to be wrong.
MOST_ELEMENTS = 30000


class Builder:
    def __init__(self, seed, style):
        self.r = random.Random(seed)
        self.style = style
        self.graph = Graph(style.opset, style.producer)
        self.values = []
        self.seeds = seed * 1000
        self.counts = {}

    # Names and constants

    def fresh(self, wish):
        self.counts[wish] = self.counts.get(wish, 0) + 1
        return f"{wish}{self.counts[wish]}"

    def ints(self, *values):
        name = self.fresh("i")
        self.graph.constants[name] = {"type": "int64", "shape": [len(values)],
                                      "values": [int(v) for v in values]}
        return name

    def floats(self, values, shape=None):
        name = self.fresh("f")
        self.graph.constants[name] = {"shape": [len(values)] if shape is None else shape,
                                      "values": values}
        return name

    def scalar(self, kind, value):
        """The name of a constant of one element."""
        name = self.fresh("k")
        self.graph.constants[name] = {"type": kind, "shape": [], "values": [value]}
        return name

    def typed(self, kind, shape, low, high):
        """The name of a constant of random integers."""
        name = self.fresh("k")
        count = 1
        for extent in shape:
            count *= extent
        self.graph.constants[name] = {"type": kind, "shape": list(shape),
                                      "values": [self.r.randint(low, high) for _ in range(count)]}
        return name

    def numbers(self, shape, low=-1.0, high=1.0):
        """The name of a constant of random numbers."""
        name = self.fresh("c")
        self.seeds += 1
        constant = {"shape": [int(s) for s in shape], "seed": self.seeds % 2**31,
                    "low": round(low, 4), "high": round(high, 4)}
        if self.r.random() < 0.2:
            constant["node"] = True
        self.graph.constants[name] = constant
        return name

    def weights(self, shape, fan):
        """Such that the result is about as large as the input."""
        bound = (3.0 / max(fan, 1)) ** 0.5
        return self.numbers(shape, -bound, bound)

    # Values

    def input(self, shape, channels=None, kind="float32"):
        name = self.fresh("x")
        self.graph.inputs[name] = [self.record(e) for e in shape]
        if kind != "float32":
            self.graph.kinds[name] = kind
        value = Value(name, list(shape), kind, exact=True, channels=channels)
        self.values.append(value)
        return value

    def constant_value(self, shape, low=-1.0, high=1.0):
        """A constant that is read like any other value; its extents must be fixed."""
        return Value(self.numbers([e.least for e in shape], low, high), list(shape), exact=True,
                     constant=True)

    def record(self, extent):
        """An extent as the graph holds it."""
        if extent.fixed:
            return extent.least
        symbol = extent.symbol or "s" + "_".join(map(str, extent.sizes)) + \
            "".join(sorted(extent.roots))
        self.graph.sizes[symbol] = list(extent.sizes)
        return symbol

    def add(self, op, inputs, shape, kind="float32", exact=False, channels=None, **attributes):
        """A node with one output, which becomes a value."""
        return self.add_many(op, inputs, [shape], [kind], exact, channels, **attributes)[0]

    def add_like(self, x, op, inputs, shape, channels=None, **attributes):
        """A node that moves elements of x about: of the same type, and exact if x is."""
        result = self.add(op, inputs, shape, x.kind, x.exact, channels, **attributes)
        result.scale, result.zero = x.scale, x.zero
        return result

    def add_many(self, op, inputs, shapes, kinds=None, exact=False, channels=None, **attributes):
        """A node with several outputs; those whose shape is None are left out."""
        op, inputs, attributes = self.of_operator_set(op, list(inputs), attributes)
        names = [i.name if isinstance(i, Value) else i for i in inputs]
        kinds = kinds or ["float32"] * len(shapes)
        told = [None if shape is None else
                Value(self.fresh("v"), list(shape), kind, exact, channels=channels)
                for shape, kind in zip(shapes, kinds)]
        self.graph.nodes.append(Node(op, names, [t.name if t else "" for t in told], attributes))
        results = [t for t in told if t]
        for result in results:
            self.graph.values[result.name] = [result.kind, [self.record(e) for e in result.shape]]
            self.values.append(result)
        return results

    def of_operator_set(self, op, inputs, attributes):
        """A node of operator set 13 as the graph's set has it."""
        if self.graph.opset >= 18 and op.startswith("Reduce") and "axes" in attributes:
            attributes = dict(attributes)
            inputs = [*inputs, self.ints(*attributes.pop("axes"))]
        return op, inputs, attributes

    def hidden(self, op, inputs, shape, kind="float32", exact=False, channels=None, **attributes):
        """A node whose result nothing but its caller may read."""
        result = self.add(op, inputs, shape, kind, exact, channels, **attributes)
        self.values.remove(result)
        return result

    def told(self, x):
        """The axis of the channels behind an operator whose second axis they are; None where what is
        before it says another."""
        return 1 if x.channels in (None, 1) else None

    def near(self, value, oracle, why):
        """Its integers may be off by one from an oracle's, so that no more is computed of them."""
        value.last = True
        self.graph.near[value.name] = [oracle, why]

    def pick_moved(self, condition=lambda value: True):
        """Like pick, of any type: for operators that move elements about."""
        fitting = [v for v in self.values if v.kind != "float32" and not v.last and condition(v)]
        if fitting and self.chance(0.7):
            return fitting[-1] if self.chance(0.5) else self.r.choice(fitting)
        return self.pick(condition)

    def pick(self, condition=lambda value: True, kind="float32"):
        """A value that fulfils the condition, mostly a late one; None if there is none."""
        fitting = [v for v in self.values if v.kind == kind and not v.last and condition(v)]
        if not fitting:
            return None
        if self.r.random() < 0.65:
            return fitting[-1]
        return self.r.choice(fitting)

    def pick_image(self, condition=lambda value: True):
        """A feature map [N, C, H, W] with as many channels whatever the sizes; now and then it is a
        constant of the same shape."""
        value = self.pick(lambda v: v.rank == 4 and v.shape[1].fixed and condition(v))
        if value and value.fixed and value.most < 2000 and self.chance(0.05):
            return self.constant_value(value.shape)
        return value

    def chance(self, probability):
        return self.r.random() < probability
