"""How a program lies in memory: the records that the kernel reads and writes.

Every list is ended by the next record's start, so each table has one record more than it has
entries (CSR inside the record). `links` holds the lists of plain numbers. u4 = uint32,
i8 = int64, f8 = float64; NONE = 2^32 - 1.

    variable   | lo hi | guards ─▶ links: transitions whose guard reads it
                       | terms  ─▶ links: terms that read it
                       | hits   ─▶ links: `first` observers that wait for it
                       | ties   ─▶ tie
    tie        | at_least | a b (places)
    place      | node | partners: where its list begins | pairs: where its row begins
    pairs      | for each place and node, the first value that counts what the two share, or NONE
    term       | feature | a b (variables or NONE) | flags: a, b are indicators | lo hi each | coef
    value      | transform | source | weights ─▶ weight          features first, then indices;
                       | indices ─▶ links  | clocks ─▶ links     source: covariate of a feature,
                       | observers ─▶ links                              constant of an index
                       | also: another value that counts the same, or NONE
    covariate  | features ─▶ links
    weight     | parameter | value
    transition | key | kind | again | base | p q | guards ─▶ guard | weights ─▶ weight
                       | outcomes ─▶ outcome | days ─▶ day | counts ─▶ links | hazards ─▶ links
    guard      | variable | lo hi
    outcome    | base | weights ─▶ weight | effects ─▶ effect
    effect     | variable | add? | value
    observer   | kind | value | outcome | transition | lo hi | variable
    moment     | day | kind (covariate, hold) | which | value    in order of day: the timeline

Transitions are numbered by (priority, name): the lower number goes first of simultaneous
events, and nothing hangs on the order of declaration. A queue is one more of them, of the clock
`queue`: its first guard is the variable of its servers, the others are its units with
lo = waiting and hi = serving, and its outcomes are the units in the same order. What the state
adds to the levels is `moved`, the count at which a variable last moved: who waits longest is who
moved first. Where programs grow to tens of thousands of transitions, `block` (the minimum over 16
next times) becomes the lowest row of a tournament tree. Neither touches the other tables.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

NONE = 0xFFFFFFFF
BLOCK = 16
_LINE = 64
AHEAD = 16
"""How far beyond its end the kernel may look into a list of marked records, to fetch early."""
TOP = 7
"""Where the state's sizes say at which block the uppermost row begins."""
MOST_BLOCKS = 32
"""With more blocks than this in a row, they are put into blocks themselves; see docs/engine.md."""

TRANSFORMS = {"identity": 0, "log1p": 1, "sqrt": 2, "log": 3}
CLOCKS = {
    "exponential": 0,
    "fixed": 1,
    "lognormal": 2,
    "weibull": 3,
    "calendar": 4,
    "gamma": 5,
    "queue": 6,
}
OBSERVERS = {"level": 0, "integral": 1, "count": 2, "first": 3, "hazard": 4}
MOMENTS = {"covariate": 0, "hold": 1}
FLAGS = {"enabled": 1, "armed": 2, "stale": 4, "guarded": 8, "marked": 16}
"""What a byte a transition says: its clock runs, its work is drawn, its speed has to be computed

anew, its guard has to be looked at, it is on the list of what to look at.
"""


def _dtype(**fields: str) -> np.dtype[Any]:
    """Return a record of the fields, in groups of a name list each, 8-byte ones first."""
    pairs = [(name, kind) for kind, names in fields.items() for name in names.split()]
    if sum(kind == "u4" for _, kind in pairs) % 2:
        pairs.append(("spare", "u4"))
    return np.dtype(pairs)


def aligned(table: NDArray[Any]) -> NDArray[Any]:
    """Return a copy that begins where a line of the cache does; 64 bytes are one line."""
    room = np.empty(table.nbytes + _LINE, np.uint8)
    begin = -room.ctypes.data % _LINE
    out = room[begin : begin + table.nbytes].view(table.dtype)
    out[:] = table
    return out


VARIABLE = _dtype(i8="lo hi", u4="guards terms hits ties")
TIE = _dtype(i8="at_least", u4="a b")
PLACE = _dtype(u4="node partners pairs")
TERM = _dtype(i8="coef lo_a hi_a lo_b hi_b", u4="feature a b flag_a flag_b")
VALUE = _dtype(u4="transform source weights also indices clocks observers")
COVARIATE = _dtype(u4="features")
WEIGHT = _dtype(u4="parameter value")
TRANSITION = _dtype(
    u8="key",
    u4="kind again base p q guards guards_end weights weights_end outcomes days counts"
    " hazards hazards_end",
)
GUARD = _dtype(i8="lo hi", u4="variable")
OUTCOME = _dtype(u4="base weights effects")
EFFECT = _dtype(i8="value", u4="variable add")
OBSERVER = _dtype(i8="lo hi", u4="kind value outcome transition variable")
MOMENT = _dtype(f8="day value", u4="kind which")

# What one future in progress consists of; one set per worker.
VARIABLE_STATE = _dtype(i8="level moved", u4="held marked")
VALUE_STATE = _dtype(i8="raw", f8="x", u4="marked")
TRANSITION_STATE = _dtype(f8="work speed since")
FIRED_STATE = _dtype(u8="firings restarts", u4="day")
OBSERVER_STATE = _dtype(f8="total rate since", u4="marked")
BLOCK_STATE = _dtype(f8="time", u4="first parent child")
RECORD = _dtype(f8="day", i8="before after", u4="transition outcome variable")
FAULT = _dtype(i8="code number", u8="draw future", f8="day value", u4="transition which")


class Tables(NamedTuple):
    """The static arrays, in the order in which the kernel takes them."""

    variable: NDArray[Any]
    term: NDArray[Any]
    value: NDArray[Any]
    covariate: NDArray[Any]
    weight: NDArray[Any]
    transition: NDArray[Any]
    guard: NDArray[Any]
    outcome: NDArray[Any]
    effect: NDArray[Any]
    observer: NDArray[Any]
    links: NDArray[np.uint32]
    days: NDArray[np.float64]
    tie: NDArray[Any]
    place: NDArray[Any]
    pairs: NDArray[np.uint32]
