"""Operators with the channels last, between transposes, as converters from TensorFlow write them."""

import arithmetic
import moving
import windows

TO_LAST, TO_FIRST = [0, 2, 3, 1], [0, 3, 1, 2]
STEPS = [arithmetic.unary, arithmetic.binary, arithmetic.binary, arithmetic.reduce,
         arithmetic.softmax, moving.pad, moving.slice_, moving.concat, moving.split, moving.repeat,
         moving.identity]


def channels_last(b):
    """From a map to a map, with a few steps between."""
    x = b.pick(lambda v: v.rank == 4 and v.channels == 1)
    if not x:
        return False
    moving.permuted(b, x, TO_LAST)
    for _ in range(b.r.randint(1, 4)):
        b.r.choice(STEPS)(b)
    last = b.pick(lambda v: v.rank == 4 and v.channels == 3)
    if last:
        moving.permuted(b, last, TO_FIRST)
        if b.chance(0.5):
            windows.conv(b)
    return True
