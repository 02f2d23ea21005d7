"""Branches, loops and sequences, whose conditions and lengths follow from shapes."""

from builder import fixed
from counting import hidden

STEPS = ("Sigmoid", "Neg", "Abs", "Sin", "Tanh")


def body(nodes, inputs, outputs):
    """A graph as an attribute: nodes as in a case file, and names with types."""
    return {"nodes": nodes, "inputs": inputs, "outputs": outputs}


def branch(b):
    """One of two functions of a value, by its size; or by what is known at once."""
    x = b.pick()
    if not x:
        return False
    fitting = [i for i, e in enumerate(x.shape) if e.fixed]
    if fitting and b.chance(0.6):
        shape = b.hidden("Shape", [x], [fixed(x.rank)], "int64")
        size = b.hidden("Gather", [shape, b.scalar("int64", b.r.choice(fitting))], [], "int64",
                        axis=0)
        truth = b.hidden("Greater", [size, b.scalar("int64", b.r.choice([2, 8]))], [], "bool")
    else:
        truth = b.scalar("bool", b.r.randint(0, 1))
    one, other = b.r.sample(STEPS, 2)
    names = [b.fresh("t"), b.fresh("t")]
    b.add("If", [truth], x.shape, channels=x.channels,
          then_branch=body([[one, [x.name], [names[0]], {}]], [], [[names[0], "float32"]]),
          else_branch=body([[other, [x.name], [names[1]], {}]], [], [[names[1], "float32"]]))
    return True


def loop(b):
    """A state that is carried along, and what it was at each step, stacked."""
    x = b.pick(lambda v: v.rank < 5 and v.most < 2000)
    if not x:
        return False
    trips = b.r.randint(1, 4)
    i, was, state, new, kept, seen = (b.fresh("t") for _ in range(6))
    on = b.scalar("bool", 1)
    nodes = [[b.r.choice(STEPS), [state], [new + "a"], {}], ["Add", [new + "a", x.name], [new], {}],
             ["Identity", [was], [kept], {}], [b.r.choice(STEPS), [new], [seen], {}]]
    inside = body(nodes, [[i, "int64", []], [was, "bool", []], [state, "float32", None]],
                  [[kept, "bool"], [new, "float32"], [seen, "float32"]])
    start = x if b.chance(0.5) else b.hidden("Neg", [x], x.shape)
    b.add_many("Loop", [b.scalar("int64", trips), on if b.chance(0.5) else "", start],
               [x.shape, [fixed(trips), *x.shape]], body=inside)
    return True


def scan(b):
    """A running state over the slices of an axis."""
    x = b.pick(lambda v: v.rank > 1 and v.most < 2000)
    if not x:
        return False
    fitting = [i for i, e in enumerate(x.shape) if e.fixed and e.least <= 8]
    if not fitting:
        return False
    axis = b.r.choice(fitting)
    rest = [e for i, e in enumerate(x.shape) if i != axis]
    first = b.hidden("Gather", [x, b.scalar("int64", 0)], rest, axis=axis)
    state, piece, new, seen = (b.fresh("t") for _ in range(4))
    nodes = [[b.r.choice(STEPS), [state], [new + "a"], {}], ["Add", [new + "a", piece], [new], {}],
             ["Identity", [new], [seen], {}]]
    # ONNX Runtime wants to know how many axes there are.
    ranked = lambda name: [name, "float32", [None] * len(rest)]
    inside = body(nodes, [ranked(state), ranked(piece)], [ranked(new), ranked(seen)])
    at = b.r.randint(0, len(rest))
    attributes = {"num_scan_inputs": 1}
    if axis or b.chance(0.3):
        attributes["scan_input_axes"] = [axis]
    if at:
        attributes["scan_output_axes"] = [at]
    if b.chance(0.4):
        attributes["scan_input_directions"] = [1]
    if b.chance(0.4):
        attributes["scan_output_directions"] = [1]
    b.add_many("Scan", [first, x], [rest, [*rest[:at], x.shape[axis], *rest[at:]]], body=inside,
               **attributes)
    return True


def sequence(b):
    """Values put into a list, the list changed, and one of it or all of it taken."""
    x = b.pick(lambda v: 0 < v.rank < 5 and v.most < 4000)
    if not x:
        return False
    shapes = [x.shape] * 3
    parts = [x, *(b.hidden(b.r.choice(STEPS), [x], x.shape) for _ in range(2))]
    if b.chance(0.3):
        axis = b.r.randrange(x.rank)
        if not x.shape[axis].fixed or x.shape[axis].least > 8:
            return False
        keep = b.r.randint(0, 1)
        single = [fixed(1) if i == axis else e for i, e in enumerate(x.shape)
                  if keep or i != axis]
        shapes = [single] * x.shape[axis].least
        listed = hidden(b, "SplitToSequence", [x], axis=axis, keepdims=keep)
    elif b.chance(0.5):
        listed = hidden(b, "SequenceConstruct", parts)
    else:
        listed = hidden(b, "SequenceEmpty", [])
        for part in parts:
            listed = hidden(b, "SequenceInsert", [listed, part])
    if b.chance(0.4):
        at = b.r.randint(-len(shapes), len(shapes))
        if shapes[0] == x.shape:
            more = hidden(b, "Neg", [x])
            listed = hidden(b, "SequenceInsert", [listed, more, b.scalar("int64", at)])
            shapes = shapes + [x.shape]
    if b.graph.opset >= 17 and b.chance(0.3):
        # A function of each.
        one, made = b.fresh("t"), b.fresh("t")
        listed = hidden(b, "SequenceMap", [listed], body=body(
            [[b.r.choice(STEPS), [one], [made], {}]], [[one, "float32", None]],
            [[made, "float32"]]))
    if len(shapes) > 1 and b.chance(0.4):
        where = [b.scalar("int64", b.r.randint(-len(shapes), len(shapes) - 1))] \
            if b.chance(0.6) else []
        listed = hidden(b, "SequenceErase", [listed, *where])
        shapes = shapes[1:]
    if b.chance(0.25):
        length = b.hidden("SequenceLength", [listed], [], "int64")
        b.add("Cast", [length], [], exact=True, to=1)
    if b.chance(0.4):
        b.add("SequenceAt", [listed, b.scalar("int64", b.r.randint(-len(shapes), len(shapes) - 1))],
              shapes[0])
        return True
    if b.chance(0.5):
        at = b.r.randint(0, len(shapes[0]))
        shape = [*shapes[0][:at], fixed(len(shapes)), *shapes[0][at:]]
        b.add("ConcatFromSequence", [listed], shape, axis=at, new_axis=1)
        return True
    if not shapes[0]:
        return False
    at = b.r.randrange(len(shapes[0]))
    count = len(shapes)
    shape = [e.map(lambda s: s * count) if i == at else e for i, e in enumerate(shapes[0])]
    b.add("ConcatFromSequence", [listed], shape, axis=at)
    return True


def optional(b):
    """A value that is there, asked whether it is."""
    x = b.pick()
    if not x or b.graph.opset < 15:
        return False
    wrapped = hidden(b, "Optional", [x])
    if b.chance(0.5):
        truth = b.hidden("OptionalHasElement", [wrapped], [], "bool")
        b.add("Cast", [truth], [], exact=True, to=1)
    b.add_like(x, "OptionalGetElement", [wrapped], x.shape, channels=x.channels)
    return True
