"""What was run and kept: arrays of observers under the slice, the numbers and the luck they need.

Two accounts, or two variants, that differ only in numbers which cannot reach a measure give the
same futures of that measure, bit for bit. So they share one run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING
from weakref import ref

import numpy as np
from numpy.typing import NDArray

from rimland.program.influence import Influence, ancestors
from rimland.program.slices import restricted, sliced

if TYPE_CHECKING:
    from rimland.engine import Futures
    from rimland.engine.arrays import Compiled
    from rimland.program.model import Program, Switch
    from rimland.vocab.measure import Measure

Array = NDArray[np.float64]
Runner = Callable[["Program | Compiled", Array, "Switch"], "Futures"]
Root = tuple["str | None", "str | None"]
"""What an observer reads and which transition it waits for: all that its ancestors hang on."""


PARTS = 48
"""Slices that are kept ready to run, those used last."""


@dataclass
class Kept:
    """Measures that were run, each under the key of all that can reach it."""

    program: Program
    _values: dict[tuple[str, bytes], Futures] = field(default_factory=dict)
    _reach: dict[frozenset[Root], tuple[Influence, list[int]]] = field(default_factory=dict)
    # arrays and switches are looked at beside their keys, for others may have got their ids since
    _keys: dict[tuple[str, int, int], tuple[ref[Array], Switch, bytes]] = field(
        default_factory=dict
    )
    _parts: dict[frozenset[str], Compiled] = field(default_factory=dict)

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Forget, once the block is left, all that was run within it."""
        values, keys = dict(self._values), dict(self._keys)
        try:
            yield
        finally:
            self._values, self._keys = values, keys

    def missing(self, measures: Iterable[Measure], theta: Array, switch: Switch) -> list[Measure]:
        """Return the measures that were not run under these numbers and this switch."""
        return [m for m in measures if (m.name, self.key(m, theta, switch)) not in self._values]

    def make(
        self, measures: Iterable[Measure], theta: Array, switch: Switch, runner: Runner
    ) -> int:
        """Run what is missing of `measures`, in one slice; return how many events that took."""
        todo = self.missing(measures, theta, switch)
        if not todo:
            return 0
        part = self._part(frozenset(o for m in todo for o in observers_of(m)))
        made = runner(part, theta, restricted(switch, part.program))
        for measure in todo:
            self._values[measure.name, self.key(measure, theta, switch)] = made
        return int(made.events.sum())

    def futures(
        self, measures: Iterable[Measure], theta: Array, switch: Switch, grid: Array
    ) -> Futures:
        """Return what was measured of `measures` as one set of futures, others perhaps with it."""
        from rimland.engine import Futures

        made = {m: self._values[m.name, self.key(m, theta, switch)] for m in measures}
        first = next(iter(made.values()))
        if all(one is first for one in made.values()):
            return first
        found = {o: one.of(o) for m, one in made.items() for o in observers_of(m)}
        return Futures(tuple(found), grid, np.stack(list(found.values()), axis=2), first.events)

    def _part(self, observers: frozenset[str]) -> Compiled:
        """Return the slice that some observers see, ready to run."""
        from rimland.engine.arrays import compile_program

        part = self._parts.pop(observers, None)
        if part is None:
            part = compile_program(sliced(self.program, observers))
        self._parts[observers] = part  # the last used stands last
        if len(self._parts) > PARTS:
            del self._parts[next(iter(self._parts))]
        return part

    def key(self, measure: Measure, theta: Array, switch: Switch) -> bytes:
        """Return a digest of the numbers and the part of the switch that can reach a measure."""
        asked = (measure.name, id(theta), id(switch))
        known = self._keys.get(asked)
        if known is None or known[0]() is not theta:
            known = self._keys[asked] = ref(theta), switch, self._key(measure, theta, switch)
        return known[2]

    def _key(self, measure: Measure, theta: Array, switch: Switch) -> bytes:
        reach, columns = self._reached(measure)
        digest = blake2b(digest_size=16)
        digest.update(np.ascontiguousarray(theta[:, columns]).tobytes())
        for name, level in sorted(switch.starts.items()):
            if name in reach.variables:
                digest.update(f"{name}={level};".encode())
        for hold in sorted(switch.holds, key=lambda h: h.variable):
            if hold.variable in reach.variables:
                digest.update(f"{hold.variable}:{hold.level}@{hold.from_day};".encode())
        return digest.digest()

    def _reached(self, measure: Measure) -> tuple[Influence, list[int]]:
        """Return what can move a measure, and the columns of theta among it."""
        roots = frozenset(self._roots[name] for name in observers_of(measure))
        if roots not in self._reach:
            reach = ancestors(self.program, observers_of(measure))
            self._reach[roots] = reach, sorted(self._columns[name] for name in reach.parameters)
        return self._reach[roots]

    @cached_property
    def _roots(self) -> dict[str, Root]:
        return {o.name: (o.of, o.transition) for o in self.program.observers}

    @cached_property
    def _columns(self) -> dict[str, int]:
        return {p.name: column for column, p in enumerate(self.program.parameters)}


def observers_of(measure: Measure) -> tuple[str, ...]:
    """Return the observers that a measure reads."""
    return (*measure.observers, *measure.over)
