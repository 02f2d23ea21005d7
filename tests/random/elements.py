"""Values of other element types between floats: comparisons and choices, integers.

What jumps (a comparison, a rounding) is made of exact values only, and of functions that are rounded
once, so that everybody's integers are the same.
"""

from builder import fixed
from graph import TYPES

BFLOAT16 = 16


def cast(b, x, kind, **about):
    return b.add("Cast", [x], x.shape, kind, to=TYPES[kind], **about)


def condition(b, x):
    """A truth value for each element of an exact value."""
    op = b.r.choice(["Greater", "Less", "Equal"] +
                    (["GreaterOrEqual", "LessOrEqual"] if b.style.opset >= 12 else []))
    if b.chance(0.2):
        # Some of the first are not numbers, some of the second infinite.
        odd = b.hidden("Log", [x], x.shape)
        if b.chance(0.5):
            odd = b.hidden("Div", [x, b.hidden("Floor", [x], x.shape)], x.shape)
            return b.add("IsInf", [odd], x.shape, "bool",
                         **b.r.choice([{}, {"detect_negative": 0}, {"detect_positive": 0}]))
        return b.add("IsNaN", [odd], x.shape, "bool")
    return b.add(op, [x, b.scalar("float32", round(b.r.uniform(-1, 1), 3))], x.shape, "bool")


def where(b):
    x = b.pick(lambda v: v.exact)
    if not x:
        return False
    truth = condition(b, x)
    if b.chance(0.4):
        truth = b.add(b.r.choice(["And", "Or", "Xor"]), [truth, condition(b, x)], x.shape, "bool")
    if b.chance(0.3):
        truth = b.add("Not", [truth], x.shape, "bool")
    if b.chance(0.25):
        cast(b, truth, "float32", exact=True, channels=x.channels)
        return True
    alike = [v for v in b.values if v.kind == "float32" and v.shape == x.shape] + [x]
    other = b.r.choice(alike)
    otherwise = b.scalar("float32", 0.25) if b.chance(0.5) else b.r.choice(alike)
    exact = other.exact and (isinstance(otherwise, str) or otherwise.exact)
    b.add("Where", [truth, other, otherwise], x.shape, exact=exact, channels=x.channels)
    return True


def integers(b):
    x = b.pick(lambda v: v.exact)
    if not x:
        return False
    kind = b.r.choice(["int32", "int32", "int64"])
    scaled = b.add("Mul", [x, b.scalar("float32", b.r.choice([7.0, 100.0, 1e4]))], x.shape)
    q = cast(b, scaled, kind)
    for _ in range(b.r.randint(1, 3)):
        op = b.r.choice(["Add", "Sub", "Mul", "Div", "Mod", "Max", "Min", "Abs", "Neg", "Sign",
                         "fmod"])
        if op in ("Abs", "Neg", "Sign"):
            q = b.add(op, [q], x.shape, kind)
            continue
        constant = b.scalar(kind, b.r.choice([-7, -3, 2, 3, 5, 11]))
        attributes = {"fmod": 1} if op == "fmod" else {}
        q = b.add("Mod" if op == "fmod" else op, [q, constant], x.shape, kind, **attributes)
    if x.rank > 1 and b.chance(0.3):
        axis = b.r.randrange(x.rank)
        shape = [fixed(1) if i == axis else e for i, e in enumerate(x.shape)]
        q = b.add(b.r.choice(["ReduceMax", "ReduceMin"]), [q], shape, kind, axes=[axis], keepdims=1)
    result = cast(b, q, "float32")
    # Small again, for what comes behind.
    b.add("Mul", [result, b.scalar("float32", 1e-4)], q.shape, exact=True, channels=x.channels)
    return True


BITS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")


def bits(b):
    """Small integers of every type: compared, limited, their bits joined and shifted."""
    x = b.pick(lambda v: v.exact)
    if not x:
        return False
    kind = b.r.choice(BITS)
    unsigned = kind.startswith("u")
    scaled = b.hidden("Mul", [x, b.scalar("float32", 40.0)], x.shape)
    bounds = [b.scalar("float32", v) for v in ((0.0, 200.0) if unsigned else (-100.0, 100.0))]
    limited = b.hidden("Clip", [scaled, *bounds], x.shape)
    if b.graph.opset >= 15 and b.chance(0.3):
        q = b.add("CastLike", [limited, b.scalar(kind, 1)], x.shape, kind, exact=True)
    else:
        q = cast(b, limited, kind, exact=True)
    ops = ["Mod"]
    if kind[-2:] in ("32", "64"):
        # ONNX Runtime has no arithmetic of shorter integers.
        ops += ["Min", "Max"]
    if kind in ("uint8", "uint32", "uint64"):
        ops += ["BitShift"] * 2
    if b.graph.opset >= 18:
        ops += ["BitwiseAnd", "BitwiseOr", "BitwiseXor", "BitwiseNot"]
    for _ in range(b.r.randint(1, 3)):
        op = b.r.choice(ops)
        if op == "BitwiseNot":
            q = b.add(op, [q], x.shape, kind, exact=True)
            continue
        number = b.r.randint(0, 7) if op == "BitShift" else b.r.randint(1, 60)
        attributes = {"direction": b.r.choice(["LEFT", "RIGHT"])} if op == "BitShift" else {}
        if op == "Mod" and b.chance(0.3):
            attributes["fmod"] = 1
        if not unsigned and op != "Mod" and b.chance(0.3):
            number = -number
        q = b.add(op, [q, b.scalar(kind, number)], x.shape, kind, exact=True, **attributes)
    if kind in ("uint64", "int64", "uint32") or b.chance(0.5):
        return True
    result = b.hidden("Cast", [q], x.shape, to=1)
    b.add("Mul", [result, b.scalar("float32", 2.0 ** -16)], x.shape, exact=True,
          channels=x.channels)
    return True


def short_floats(b):
    """Kept as a double, or, where that changes nothing, as a half or the upper half of a float: in
    these segc computes with the digits of a float."""
    x = b.pick(lambda v: v.exact)
    if not x:
        return False
    kind = b.r.choice(["float16", "float64", "bfloat16"])
    if kind != "float64":
        x = b.hidden("Round", [x], x.shape)
    small = b.hidden("Cast", [x], x.shape, kind, to=TYPES.get(kind, BFLOAT16))
    b.add("Cast", [small], x.shape, exact=True, channels=x.channels, to=1)
    return True


def half_weights(b):
    """A constant of halves or doubles beside floats, as files keep weights."""
    x = b.pick(lambda v: v.rank > 1 and v.shape[1].fixed)
    if not x:
        return False
    shape = [x.shape[1].least] + [1] * (x.rank - 2)
    name = b.numbers(shape)
    b.graph.constants[name]["type"] = b.r.choice(["float16", "float64"])
    weights = b.hidden("Cast", [name], [fixed(e) for e in shape], to=1)
    b.add(b.r.choice(["Mul", "Add"]), [x, weights], x.shape, channels=x.channels)
    return True
