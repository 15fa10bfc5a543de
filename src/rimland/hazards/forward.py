"""Forward: fit up to an origin, run the years after it in the engine, say what was told of whom.

    told = forward(1990)            # 500 futures of the twenty years after
    told.of("dispute").chance       # of each pair, by how many years ahead

The forecast is unconditional: no covariate after the origin is read. Kinds of regime, capabilities,
contiguity, pacts with third states are held as the origin leaves them; what is counted from the
calendar or from the simulated events themselves goes on. `forward_scores` compares it with what
happened.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rimland.engine import run
from rimland.engine.arrays import compile_program
from rimland.errors import did_you_mean
from rimland.hazards.estimate import Estimate
from rimland.hazards.forward_program import YEAR_DAYS, Kind, Lowering
from rimland.hazards.forward_units import (
    ALONE,
    SUPPORT,
    initiations,
    lower_disputes,
    lower_turnover,
    turnovers,
)
from rimland.hazards.links import Floats, HazardError

PARTS = ("turnover", "disputes")
YEARS, DRAWS, FUTURES = 20, 100, 5
LEADER = "leader"
"""Either change: of the source of support, which is one of the leader too, or of the leader."""
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
    k had one, and the chance is (k + 1/2) / (n + 1)."""
    counts: NDArray[np.int64]
    """[draws, futures, Y], units with an event in each year."""


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

    `parts` are among `turnover` (kinds `support`, `leader alone`, `leader`) and `disputes`
    (`dispute`). A draw is one setting of coefficients and own factors, a future one path under it;
    both are keyed, so that more of either never change earlier ones. The same call gives the same
    numbers, bit for bit. Raises HazardError for an unknown part, an origin without a record, and a
    fit that explodes.
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
    told, events = simulate(to, kinds, draws, futures, seed, threads, progress)
    return Forecast(origin, years, draws, futures, seed, told, tuple(k.made for k in kinds), events)


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
        for unit in range(len(kind.units)):
            called = kind.called(unit)
            to.builder.observer(called, "count", transition=called)
    program = to.program()
    compiled = compile_program(program)
    grid = YEAR_DAYS * np.arange(to.years + 1.0)
    groups = _groups(kinds)
    reached = {name: np.zeros((len(units), to.years)) for name, units, _ in groups}
    counts = {name: np.zeros((draws, futures, to.years), np.int64) for name, _, _ in groups}
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
        for name, _, columns in groups:
            happened = np.zeros((some, futures, len(columns[0]), to.years), bool)
            for column in columns:
                happened |= np.diff(result.values[:, :, column], axis=3) > 0.0
            counts[name][first : first + some] = happened.sum(axis=2)
            reached[name] += np.logical_or.accumulate(happened, axis=3).sum(axis=(0, 1))
        if progress is not None:
            progress(first + some, draws)
    total = draws * futures
    told = tuple(
        Told(name, units, (reached[name] + 0.5) / (total + 1.0), counts[name])
        for name, units, _ in groups
    )
    return told, events / total


def _groups(
    kinds: Sequence[Kind],
) -> list[tuple[str, NDArray[np.int64], list[NDArray[np.intp]]]]:
    """Return of each kind its name, units and columns; that of leaders is either of two columns."""
    out, at, columns = [], 0, {}
    for kind in kinds:
        columns[kind.name] = np.arange(at, at + len(kind.units))
        at += len(kind.units)
        out.append((kind.name, kind.units, [columns[kind.name]]))
    if SUPPORT in columns and ALONE in columns:
        out.append((LEADER, kinds[0].units, [columns[SUPPORT], columns[ALONE]]))
    return out
