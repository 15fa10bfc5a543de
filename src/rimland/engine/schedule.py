"""Which transition is next: a blocked minimum, or a tournament of sixteen, by size.

The next times stand in blocks of 16, each with its least. Where there are more than `MOST_BLOCKS`
blocks, 16 of them stand in a block of the row above, and so on. Whatever the rows, the least is the
same, and of equals the first: the answer does not hang on them. Like `luck`, this file is compiled
into `kernel`, which names its digest.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, assignment"

from __future__ import annotations

import math
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

from rimland.engine.layout import BLOCK, NONE, TOP
from rimland.engine.luck import inline

_NONE, _ZERO = np.uint32(NONE), np.uint32(0)
_BLOCK, _TO_BLOCK = np.int64(BLOCK), np.uint32(BLOCK.bit_length() - 1)


@inline
def set_time(block, times, k, time):
    """Write transition k's next time; keep the first of the least of its block of 16.

    Where blocks stand in blocks of 16 themselves, what has changed goes up until it meets a block
    whose least it is not and was not.
    """
    times[k] = time
    at = k >> _TO_BLOCK
    own = block[at]
    was = own.first
    if time < own.time or (time == own.time and k < was):
        own.time = time
        own.first = k
    elif k == was and time > own.time:
        first = np.int64(at) * _BLOCK
        least, best = times[first], first
        for i in range(first + 1, first + _BLOCK):
            if times[i] < least:
                least, best = times[i], i
        own.time = least
        own.first = np.uint32(best)
    else:
        return
    while own.parent != _NONE:
        up = block[own.parent]
        if own.time < up.time or (own.time == up.time and own.first <= up.first):
            up.time = own.time
            was, up.first = up.first, own.first
        elif was == up.first:
            best = np.int64(up.child)
            for i in range(best + 1, best + _BLOCK):
                if block[i].time < block[best].time:
                    best = i
            up.time = block[best].time
            up.first = block[best].first
        else:
            return
        own = up


@inline
def earliest(block, sizes):
    """Return the least of all next times and whose it is; infinity and 0 when nothing comes."""
    time, k = math.inf, _ZERO
    for j in range(sizes[TOP], block.size):
        if block[j].time < time:
            time, k = block[j].time, block[j].first
    return time, k


@intrinsic
def _prefetch(typing, records, i):
    """Ask for record i of an array to be brought near; it is not read, and i need not exist."""

    def generate(context, builder, signature, values):
        array = make_array(signature.args[0])(context, builder, values[0])
        near = builder.bitcast(builder.gep(array.data, [values[1]]), ir.IntType(8).as_pointer())
        wants = (ir.IntType(32),) * 3
        kind = ir.FunctionType(ir.VoidType(), (near.type, *wants))
        hint = builder.module.declare_intrinsic("llvm.prefetch", (near.type,), kind)
        builder.call(hint, [near, *(word(x) for word, x in zip(wants, (0, 3, 1), strict=True))])
        return context.get_dummy_value()

    return types.void(records, i), generate


prefetch: Any = _prefetch
