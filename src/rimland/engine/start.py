"""Where a future begins under a switch, and the workspace it runs in."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rimland.engine.arrays import Compiled
from rimland.engine.layout import (
    AHEAD,
    BLOCK,
    BLOCK_STATE,
    FAULT,
    FIRED_STATE,
    FLAGS,
    MOMENT,
    MOMENTS,
    MOST_BLOCKS,
    NONE,
    OBSERVER_STATE,
    OBSERVERS,
    TOP,
    TRANSITION_STATE,
    VALUE_STATE,
    VARIABLE_STATE,
)
from rimland.engine.sharing import count_shared
from rimland.errors import RunError, did_you_mean
from rimland.program.model import Switch


class State(NamedTuple):
    """The workspace of one worker: views into `memory`, which is one block.

    A future begins by copying the block of another workspace that was made ready by `start`.
    """

    variable: NDArray[Any]
    value: NDArray[Any]
    transition: NDArray[Any]
    flag: NDArray[np.uint8]
    fired: NDArray[Any]
    observer: NDArray[Any]
    block: NDArray[Any]
    times: NDArray[np.float64]
    covariate: NDArray[np.float64]
    odds: NDArray[np.float64]
    partners: NDArray[np.uint32]
    degree: NDArray[np.uint32]
    dirty: NDArray[np.uint32]
    sizes: NDArray[np.int64]
    fault: NDArray[Any]
    memory: NDArray[np.uint64]


class Start(NamedTuple):
    """Where every future begins, and the timeline of its holds and covariates."""

    memory: NDArray[np.uint64]
    moment: NDArray[Any]


def workspace(compiled: Compiled) -> State:
    """Return a new workspace for one worker."""
    t = compiled.tables
    v, w, n, o = (len(a) - 1 for a in (t.variable, t.value, t.transition, t.observer))
    rows = block_rows(n)
    most_outcomes = int(np.diff(t.transition["outcomes"]).max(initial=1))
    most = max(v, w, n, o, 1)
    places = int(t.place["partners"][-1])
    shapes: tuple[tuple[int, np.dtype[Any]], ...] = (
        (v, VARIABLE_STATE),
        (w, VALUE_STATE),
        (n, TRANSITION_STATE),
        (n + -n % 8, np.dtype(np.uint8)),
        (n, FIRED_STATE),
        (o, OBSERVER_STATE),
        (sum(rows), BLOCK_STATE),
        (rows[0] * BLOCK, np.dtype(np.float64)),
        (len(t.covariate) - 1, np.dtype(np.float64)),
        (most_outcomes, np.dtype(np.float64)),
        (places + places % 2, np.dtype(np.uint32)),
        (len(t.place) + len(t.place) % 2, np.dtype(np.uint32)),
        (5 * (most + most % 2 + AHEAD), np.dtype(np.uint32)),
        (8, np.dtype(np.int64)),
        (1, FAULT),
    )
    sizes = [length * dtype.itemsize // 8 for length, dtype in shapes]
    memory = np.zeros(sum(sizes), np.uint64)
    parts = np.split(memory, np.cumsum(sizes[:-1]))
    views: list[NDArray[Any]] = [
        part.view(dtype) for part, (_, dtype) in zip(parts, shapes, strict=True)
    ]
    dirty = State._fields.index("dirty")
    views[dirty] = views[dirty].reshape(5, -1)
    return State._make([*views, memory])


def block_rows(transitions: int) -> list[int]:
    """Return how many blocks stand in each row, from those of transitions upwards.

    A row that has more than MOST_BLOCKS gets a row above it, and is filled up to whole blocks.
    """
    rows = [-(-transitions // BLOCK)]
    while rows[-1] > MOST_BLOCKS:
        above = -(-rows[-1] // BLOCK)
        rows[-1] = above * BLOCK
        rows.append(above)
    return rows


def start(compiled: Compiled, switch: Switch) -> Start:
    """Return the initial state under a switch, with everything marked as not yet looked at.

    Raises RunError when the switch names an unknown variable or leaves its bounds.
    """
    program, number = compiled.program, {name: i for i, name in enumerate(compiled.variables)}
    state = workspace(compiled)
    level, held = state.variable["level"], state.variable["held"]
    level[:] = [v.start for v in program.variables]
    moments: list[tuple[float, float, int, int]] = []
    changes: list[tuple[str, int, float | None]] = []
    changes += [(name, to, None) for name, to in switch.starts.items()]
    holds = sorted(switch.holds, key=lambda hold: hold.from_day)
    changes += [(hold.variable, hold.level, hold.from_day) for hold in holds]
    for name, to, day in changes:
        if name not in number:
            raise RunError(
                f"a switch changes '{name}', which is no variable of the program."
                + did_you_mean(name, number)
            )
        at = number[name]
        variable = program.variables[at]
        if not variable.lo <= to <= variable.hi:
            bounds = f"{variable.lo} to {variable.hi}"
            raise RunError(f"a switch puts '{name}' at {to}, outside its bounds {bounds}")
        if day is None or day <= 0:
            level[at] = to
            held[at] = day is not None
        else:
            moments.append((day, float(to), MOMENTS["hold"], at))
    for c, covariate in enumerate(program.covariates):
        steps = zip(covariate.days[1:], covariate.values[1:], strict=True)
        moments.extend((day, value, MOMENTS["covariate"], c) for day, value in steps)
    moments.sort(key=lambda m: m[0])
    raw = state.value["raw"]
    for row in compiled.tables.term[:-1]:
        raw[row["feature"]] += row["coef"] * _factor(row, "a", level) * _factor(row, "b", level)
    count_shared(
        compiled.shares, compiled.tables.value["also"], level, state.partners, state.degree, raw
    )
    state.covariate[:] = [c.values[0] for c in program.covariates]
    _mark_all(compiled, state)
    timeline = np.array([*moments, (np.inf, 0, 0, 0)], MOMENT)
    return Start(state.memory, timeline)


def _mark_all(compiled: Compiled, state: State) -> None:
    """Mark everything as to be looked at: at the start nobody has looked at anything."""
    kinds = compiled.tables.observer["kind"][:-1]
    state.value["x"] = np.nan
    state.times[:] = np.inf
    _make_blocks(len(state.transition), state)
    state.fault["transition"] = state.fault["which"] = NONE
    state.flag[:] = FLAGS["stale"] | FLAGS["guarded"] | FLAGS["marked"]
    state.observer["total"] = np.where(kinds == OBSERVERS["first"], np.inf, 0.0)
    rates = np.isin(kinds, (OBSERVERS["integral"], OBSERVERS["hazard"]))
    lists = (
        np.arange(len(state.variable)),
        np.arange(compiled.features),
        np.arange(compiled.features, len(state.value)),
        np.arange(len(state.transition)),
        np.flatnonzero(rates),
    )
    for which, numbers in enumerate(lists):
        state.dirty[which, : len(numbers)] = numbers
        state.sizes[which] = len(numbers)
    for records in (state.variable, state.value):
        records["marked"] = 1
    state.observer["marked"] = rates


def _make_blocks(transitions: int, state: State) -> None:
    """Lay out the rows of blocks; no transition has a time yet."""
    block = state.block
    rows = block_rows(transitions)
    block["time"] = np.inf
    block["parent"] = NONE
    below, begin, step = 0, 0, BLOCK
    for number, row in enumerate(rows):
        own = block[begin : begin + row]
        own["first"] = np.arange(row) * step
        own["child"] = below + np.arange(row) * BLOCK
        if number < len(rows) - 1:
            own["parent"] = begin + row + np.arange(row) // BLOCK
            below, begin, step = begin, begin + row, step * BLOCK
    state.sizes[TOP] = begin


def _factor(row: Any, which: str, level: NDArray[np.int64]) -> int:
    if row[which] == NONE:
        return 1
    at = int(level[row[which]])
    if row[f"flag_{which}"] == 0:
        return at
    return int(row[f"lo_{which}"] <= at <= row[f"hi_{which}"])
