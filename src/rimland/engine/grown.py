"""A finished run asked for more draws or futures: what is there is copied, the rest is run.

Every new part is a rectangle of draws and futures, and so is what the old run has of it, in its
corner of least draw and least future. What is left is at most two rectangles: further futures of
the draws that are there, and further draws.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from rimland.engine.run import Futures
from rimland.engine.shards import Part
from rimland.engine.stored import StoredRun, column_of
from rimland.errors import RunError

Maker = Callable[[Part, int, int], Futures]
"""What runs a rectangle of an ensemble, given how many futures were done before, of how many."""


def reusing(smaller: StoredRun, make: Maker) -> Maker:
    """Return a maker of the larger run's parts that runs only what `smaller` does not have.

    An old part that is torn is no obstacle: what it should have held is run again.
    """
    old = _Old(smaller)

    def made(part: Part, done: int, total: int) -> Futures:
        draws = min(max(smaller.head["draws"] - part.first_draw, 0), part.draws)
        futures = min(max(smaller.head["futures"] - part.first_future, 0), part.futures)
        there = Part(0, part.first_draw, draws, part.first_future, futures)
        pieces: list[Futures] = []
        if there.count:
            try:
                pieces.append(old.futures_of(there))
            except RunError:
                return make(part, done, total)
        beside = Part(
            0, part.first_draw, draws, part.first_future + futures, part.futures - futures
        )
        below = Part(
            0, part.first_draw + draws, part.draws - draws, part.first_future, part.futures
        )
        if not there.count:
            beside, below = Part(0, 0, 0, 0, 0), part
        done += there.count
        for piece in (beside, below):
            if piece.count:
                pieces.append(make(piece, done, total))
                done += piece.count
        return _together(part, pieces)

    return made


class _Old:
    """The old run's rows, of which the part that was read last is kept at hand."""

    def __init__(self, run: StoredRun) -> None:
        self.run = run
        self.number = -1
        self.events = np.empty((0, 0), np.int64)
        self.values: dict[str, np.ndarray[Any, Any]] = {}

    def futures_of(self, wanted: Part) -> Futures:
        """Return a rectangle that lies within the old run."""
        run = self.run
        shape = (wanted.draws, wanted.futures)
        events = np.empty(shape, np.int64)
        values = np.empty((*shape, len(run.observers), len(run.head["grid_days"])))
        for number, here, there in _overlaps(run, wanted):
            self._read(number)
            events[here] = self.events[there]
            for o, name in enumerate(run.observers):
                values[(*here, o)] = self.values[name][there]
        days = run.grid_days
        return Futures(run.observers, days, values, events, wanted.first_draw, wanted.first_future)

    def _read(self, number: int) -> None:
        if number == self.number:
            return
        kept = self.run.kept[number]
        shape = (kept.part.draws, kept.part.futures)
        columns = {name: column_of(name) for name in self.run.observers}
        rows = self.run.rows(kept, ["events", *columns.values()])
        self.number = -1  # should the next lines fail, nothing half-read is taken for a part
        self.events = rows["events"].to_numpy().reshape(shape)
        self.values = {
            name: rows[column].to_numpy().reshape(*shape, -1) for name, column in columns.items()
        }
        self.number = number


def _overlaps(
    run: StoredRun, wanted: Part
) -> Iterator[tuple[int, tuple[slice, slice], tuple[slice, slice]]]:
    """Yield the old parts that have some of a rectangle: which, and where it is in either."""
    for number, kept in enumerate(run.kept):
        one = kept.part
        spans = []
        for first, count, mine, held in (
            (wanted.first_draw, wanted.draws, one.first_draw, one.draws),
            (wanted.first_future, wanted.futures, one.first_future, one.futures),
        ):
            begin, end = max(first, mine), min(first + count, mine + held)
            spans.append((slice(begin - first, end - first), slice(begin - mine, end - mine)))
        (draws, futures) = spans
        if draws[0].stop > draws[0].start and futures[0].stop > futures[0].start:
            yield number, (draws[0], futures[0]), (draws[1], futures[1])


def _together(part: Part, pieces: list[Futures]) -> Futures:
    """Return the rectangle that the pieces make up."""
    first = pieces[0]
    if len(pieces) == 1:
        return first
    names = first.observers
    events = np.empty((part.draws, part.futures), np.int64)
    values = np.empty((*events.shape, len(names), len(first.grid_days)))
    for piece in pieces:
        draws, futures = piece.events.shape
        draw, future = piece.first_draw - part.first_draw, piece.first_future - part.first_future
        where = np.s_[draw : draw + draws, future : future + futures]
        events[where] = piece.events
        for o, name in enumerate(names):
            values[(*where, o)] = piece.of(name)
    return Futures(names, first.grid_days, values, events, part.first_draw, part.first_future)
