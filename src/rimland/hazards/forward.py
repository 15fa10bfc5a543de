"""Forward: fit up to an origin, run the years after it in the engine, say what was told of whom.

    told = forward(1990)            # 500 futures of the twenty years after
    told.of("dispute").chance       # of each pair, by how many years ahead

The forecast is unconditional: no covariate after the origin is read. Kinds of regime, capabilities,
contiguity, pacts with third states are held as the origin leaves them; what is counted from the
calendar or from the simulated events themselves goes on. `forward_scores` compares it with what
happened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rimland.engine import run
from rimland.engine.arrays import compile_program
from rimland.errors import did_you_mean
from rimland.hazards.estimate import Estimate
from rimland.hazards.forward_program import YEAR_DAYS, Kind, Lowering
from rimland.hazards.forward_treaties import lower_pacts, pacts
from rimland.hazards.forward_units import (
    ALONE,
    SUPPORT,
    initiations,
    lower_disputes,
    lower_turnover,
    turnovers,
)
from rimland.hazards.links import Floats, HazardError

PARTS = ("turnover", "disputes", "treaties")
YEARS, DRAWS, FUTURES = 20, 100, 5
LEADER = "leader"
"""Either change: of the source of support, which is one of the leader too, or of the leader."""
LEAST = 1e-9
"""No chance is told below it, nor above 1 less it."""
_AT_ONCE = 25_000_000
"""Numbers of a run held at a time."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Told:
    """What the futures say of one kind of event."""

    kind: str
    units: NDArray[np.int64]
    """[U, 1] or [U, 2], COW codes."""
    chance: Floats
    """[U, Y], of at least one event in the first 1 to Y years. Never quite 0 or 1: of n futures
    k had one, and the chance is (k + 1/2) / (n + 1); of pacts, the hazard summed to the first."""
    counts: NDArray[np.int64]
    """[draws, futures, Y], units with an event in each year (of pacts, events)."""


@dataclass(frozen=True)
class Forecast:
    """The years after an origin, as they were told from it."""

    origin: int
    years: int
    draws: int
    futures: int
    """Of each draw."""
    seed: int
    told: tuple[Told, ...]
    equations: tuple[Estimate, ...]
    """Fitted on the years up to the origin, in order of their first use."""
    events: float
    """Of all kinds, a future, in the mean."""
    checks: Mapping[str, float]
    """The branching ratios of what feeds back, and the scale of the prior that kept them down."""

    def of(self, kind: str) -> Told:
        """Return what was told of one kind of event; raises HazardError with the nearest name."""
        for one in self.told:
            if one.kind == kind:
                return one
        near = did_you_mean(kind, [one.kind for one in self.told])
        raise HazardError(f"The forecast tells of no kind of event called '{kind}'.{near}")


def forward(
    origin: int,
    years: int = YEARS,
    *,
    draws: int = DRAWS,
    futures: int = FUTURES,
    seed: int = 1,
    parts: Sequence[str] = PARTS,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Forecast:
    """Fit each hazard on the years up to `origin` and run draws x futures of the `years` after it.

    `parts` are among `turnover` (kinds `support`, `leader alone`, `leader`), `disputes` (`dispute`)
    and `treaties` (`pact`, `pact's end`: bilateral defence pacts). A draw is one setting of
    coefficients and own factors, a future one path under it; both are keyed, so that more of either
    never change earlier ones. The same call gives the same numbers, bit for bit. Raises HazardError
    for an unknown part, an origin without a record, and a fit that explodes.
    """
    for part in parts:
        if part not in PARTS:
            raise HazardError(f"'{part}' is no part of a forecast.{did_you_mean(part, PARTS)}")
    if years < 1 or draws < 1 or futures < 1:
        raise HazardError(f"years={years}, draws={draws}, futures={futures}: each is at least 1.")
    to = Lowering(f"forward from {origin}", years)
    kinds: list[Kind] = []
    if "turnover" in parts:
        support, alone = turnovers(origin, years)
        lower_turnover(to, support, alone)
        kinds += [support, alone]
    if "disputes" in parts:
        initiation, peace = initiations(origin)
        lower_disputes(to, initiation, peace)
        kinds.append(initiation)
    checks: dict[str, float] = {}
    if "treaties" in parts:
        world = pacts(origin, years)
        lower_pacts(to, world)
        kinds += [world.forming, world.parting]
        checks = {**world.ratios, "scale of the prior on what feeds back": world.scale}
    told, events = simulate(to, kinds, draws, futures, seed, threads, progress)
    return Forecast(
        origin, years, draws, futures, seed, told, tuple(k.made for k in kinds), events, checks
    )


def simulate(
    to: Lowering,
    kinds: Sequence[Kind],
    draws: int,
    futures: int,
    seed: int = 1,
    threads: int | None = None,
    progress: Progress | None = None,
) -> tuple[tuple[Told, ...], float]:
    """Run a lowered program and return what its futures say of each kind, and events a future.

    The run goes by slices of the draws, so that what is held of it stays small.
    """
    for kind in kinds:
        _observed(to, kind)
    program = to.program()
    compiled = compile_program(program)
    grid = YEAR_DAYS * np.arange(to.years + 1.0)
    groups = _groups(kinds, compiled.observers)
    reached = {g.name: np.zeros((len(g.units), to.years)) for g in groups}
    counts = {g.name: np.zeros((draws, futures, to.years), np.int64) for g in groups}
    each = max(1, _AT_ONCE // (futures * len(grid) * max(1, len(compiled.observers))))
    events = 0.0
    for first in range(0, draws, each):
        some = min(each, draws - first)
        result = run(
            compiled,
            to.theta(program, seed, some, first),
            futures=futures,
            seed=seed,
            horizon_days=grid[-1],
            grid_days=grid,
            first_draw=first,
            threads=threads,
        )
        events += float(result.events.sum())
        for group in groups:
            came, number = group.read(result.values)
            reached[group.name] += came
            counts[group.name][first : first + some] = number
        if progress is not None:
            progress(first + some, draws)
    total = draws * futures
    told = tuple(
        Told(g.name, g.units, g.chance(reached[g.name], total), counts[g.name]) for g in groups
    )
    return told, events / total


def _observed(to: Lowering, kind: Kind) -> None:
    """Add the observers of a kind, in the order of its units."""
    b = to.builder
    for unit in kind.telling:
        called = kind.called(unit)
        if kind.rare is None:
            b.observer(called, "count", transition=called)
        else:
            b.observer(called, "hazard", kind.rare.before[unit], called)
    if kind.rare is not None:
        b.observer(kind.rare.counter, "level", kind.rare.counter)


@dataclass(frozen=True)
class _Group:
    """Where a kind stands in the numbers of a run: columns of its units, or of two kinds' units."""

    name: str
    units: NDArray[np.int64]
    columns: tuple[NDArray[np.intp], ...]
    counter: int | None = None

    def read(self, values: Floats) -> tuple[Floats, NDArray[np.int64]]:
        """Return futures with an event so far (or hazard) [U, Y], and events [D, F, Y]."""
        if self.counter is not None:
            number = np.diff(values[:, :, self.counter], axis=2).astype(np.int64)
            return values[:, :, self.columns[0], 1:].sum(axis=(0, 1)), number
        came = np.zeros((*values.shape[:2], len(self.units), values.shape[3] - 1), bool)
        for column in self.columns:
            came |= np.diff(values[:, :, column], axis=3) > 0.0
        so_far = np.logical_or.accumulate(came, axis=3).sum(axis=(0, 1)).astype(np.float64)
        return so_far, came.sum(axis=2)

    def chance(self, reached: Floats, total: int) -> Floats:
        """Return the chance of an event so far from the sum over all futures, [U, Y]."""
        if self.counter is not None:
            return np.clip(reached / total, LEAST, 1.0 - LEAST)
        return (reached + 0.5) / (total + 1.0)


def _groups(kinds: Sequence[Kind], observers: Sequence[str]) -> list[_Group]:
    """Return of each kind its units and columns; that of leaders is either of two columns."""
    at = {name: i for i, name in enumerate(observers)}
    out: dict[str, _Group] = {}
    for kind in kinds:
        columns = np.array([at[kind.called(unit)] for unit in kind.telling], np.intp)
        counter = None if kind.rare is None else at[kind.rare.counter]
        out[kind.name] = _Group(kind.name, kind.units[kind.telling], (columns,), counter)
    if SUPPORT in out and ALONE in out:
        columns_of_both = (*out[SUPPORT].columns, *out[ALONE].columns)
        out[LEADER] = _Group(LEADER, out[SUPPORT].units, columns_of_both)
    return list(out.values())
