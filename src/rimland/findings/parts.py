"""Parts of a whole: what one adds to another, which costs more, whose move it is, how large.

Each function comes to one number per draw with its jackknife error; all runs share their luck.
V(x) is the measure in run x on the day. Nothing here turns a sign: the caller says `sign`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rimland.findings.effects import Rank, ranking, same_luck
from rimland.findings.measures import Array, Columns, PerDraw, columns_at, jackknife

if TYPE_CHECKING:
    from rimland.engine import Futures
    from rimland.vocab.measure import Measure


def interaction(
    measure: Measure,
    everything: Futures,
    without: Futures,
    only: Futures,
    nothing: Futures,
    day: float,
    *,
    relative: bool = False,
) -> PerDraw:
    """Return what x adds to the rest, more than what it is worth alone.

    [V(all) - V(without)] - [V(only) - V(none)], which is 0 where effects add up; `relative`: of
    logs, which is 0 where they multiply (nan where a value is not positive).
    """
    same_luck(everything, without, only, nothing)

    def added(all_: Array, rest: Array, alone: Array, none: Array) -> Array:
        if relative:
            return _log(all_) - _log(rest) - _log(alone) + _log(none)
        return all_ - rest - alone + none

    runs = (everything, without, only, nothing)
    return jackknife(added, *(columns_at(measure, run, day) for run in runs))


def _log(values: Array) -> Array:
    logs = np.log(np.where(values > 0, values, 1.0))
    return np.asarray(np.where(values > 0, logs, np.nan), dtype=np.float64)


def rivalry(
    measure: Measure,
    everything: Futures,
    without: Futures,
    alternatives: Mapping[str, Futures],
    day: float,
    *,
    sign: int = 1,
) -> tuple[PerDraw, dict[str, PerDraw]]:
    """Return by how much more is owed to the moves that `without` stops than to any others.

    s [V(all) - V(without)] - the largest s [V(all) - V(alternative)], and what is owed to each,
    under "" to the moves of the claim.
    """
    if not alternatives:
        raise ValueError("a rival claim needs at least one alternative")
    same_luck(everything, without, *alternatives.values())

    def owed(all_: Array, lacking: Array) -> Array:
        return np.asarray(sign * (all_ - lacking))

    def lead(all_: Array, lacking: Array, *rest: Array) -> Array:
        largest = np.maximum.reduce([owed(all_, other) for other in rest])
        return np.asarray(owed(all_, lacking) - largest)

    top = columns_at(measure, everything, day)
    parts = {"": without, **alternatives}
    read = {name: columns_at(measure, run, day) for name, run in parts.items()}
    shares = {name: jackknife(owed, top, column) for name, column in read.items()}
    return jackknife(lead, top, *read.values()), shares


def size(
    levels: Sequence[Measure],
    with_: Futures,
    without: Futures | None,
    day: float,
    *,
    limit: float | None,
    share: float | None,
    sign: int = 1,
) -> tuple[PerDraw, PerDraw]:
    """Return how far something exceeds what it is said to reach, and its size.

    `levels` is one measure, or two whose lead (the first minus the second) is meant. The size E is
    V(with), less V(without) where there is one. g = s [E - limit], or s [E - share V(with)], which
    is defined where V(with) > 0.
    """
    if (limit is None) == (share is None):
        raise ValueError("a size is held against either a limit or a share of the whole")
    runs = (with_,) if without is None else (with_, without)
    same_luck(*runs)
    parts = [columns_at(m, run, day) for run in runs for m in levels]

    def value(run: int, values: Sequence[Array]) -> Array:
        read = values[run * len(levels) : (run + 1) * len(levels)]
        return read[0] if len(levels) == 1 else np.asarray(read[0] - read[1])

    def extent(*values: Array) -> Array:
        whole = value(0, values)
        return whole if without is None else whole - value(1, values)

    def beyond(*values: Array) -> Array:
        if limit is not None:
            return sign * (extent(*values) - limit)
        whole = value(0, values)
        return np.where(whole > 0, sign * (extent(*values) - (share or 0.0) * whole), np.nan)

    return jackknife(beyond, *parts), jackknife(extent, *parts)


@dataclass(frozen=True)
class Weighing:
    """One agenda: measures, whether more of each is wanted, and weights per draw."""

    measures: tuple[Measure, ...]
    wants_more: tuple[bool, ...]
    weights: tuple[Array, ...]


@dataclass(frozen=True)
class Importance:
    """What removing each tie costs the agendas.

    `g` is cost(without) minus the largest cost among the alternatives, of several agendas the
    smallest; `cost` is what the claim's own costs the first agenda; `first` the share of draws, and
    so of weightings, in which it comes first for every agenda; `ranks` compares all in the agenda
    where the lead is smallest on average. Its own name among them is "".
    """

    g: PerDraw
    cost: PerDraw
    first: float
    ranks: list[Rank]


def importance(
    agendas: Sequence[Weighing],
    everything: Futures,
    without: Futures,
    alternatives: Mapping[str, Futures],
    day: float,
) -> Importance:
    """Return whether removing one tie costs its agendas more than removing any other.

    The cost of x is the weighted mean over measures of their losses in per cent of V(all): see
    `rimland.scenario.declaration.Agenda`. Not defined in a draw where a measure of it is 0.
    """
    if not alternatives or not agendas:
        raise ValueError("importance needs an agenda and at least one alternative")
    runs = {"": without, **alternatives}
    same_luck(everything, *runs.values())
    measures = {m for agenda in agendas for m in agenda.measures}
    read = [{m: columns_at(m, run, day) for m in measures} for run in (everything, *runs.values())]
    found: list[tuple[PerDraw, dict[str, PerDraw]]] = []
    for agenda in agendas:
        before, *after = ([at[m] for m in agenda.measures] for at in read)
        lead = _costs(agenda, before, after, _lead)
        each = {
            name: _costs(agenda, before, [parts], lambda costs: costs[0])
            for name, parts in zip(runs, after, strict=True)
        }
        found.append((lead, each))
    leads = np.stack([lead.values for lead, _ in found])
    with np.errstate(invalid="ignore"):
        least = np.where(np.isnan(leads).any(axis=0), 0, np.nan_to_num(leads).argmin(axis=0))
    rows = np.arange(leads.shape[1])
    values = np.where(np.isnan(leads).any(axis=0), np.nan, leads[least, rows])
    errors = np.stack([lead.se for lead, _ in found])[least, rows]
    means = [row[np.isfinite(row)].mean() if np.isfinite(row).any() else np.inf for row in leads]
    narrow = int(np.argmin(means))
    held = values[np.isfinite(values)]
    return Importance(
        g=PerDraw(values, errors, found[0][0].futures),
        cost=found[0][1][""],
        first=float(np.mean(held > 0)) if held.size else float("nan"),
        ranks=ranking({name: cost.values for name, cost in found[narrow][1].items()}),
    )


def _lead(costs: list[Array]) -> Array:
    return np.asarray(costs[0] - np.maximum.reduce(costs[1:]))


def _costs(
    agenda: Weighing,
    before: Sequence[Columns],
    after: Sequence[Sequence[Columns]],
    combine: Callable[[list[Array]], Array],
) -> PerDraw:
    """Return `combine` of the costs of what comes `after` in each run, with its error."""
    n = len(before)

    def judged(*values: Array) -> Array:
        held, costs = values[:n], []
        for i in range(len(after)):
            lost = values[(i + 1) * n : (i + 2) * n]
            total, weight = np.zeros_like(held[0]), np.zeros_like(held[0])
            for j, more in enumerate(agenda.wants_more):
                # weights are one a draw; values have the futures left out as a second axis
                w = agenda.weights[j].reshape(-1, *([1] * (held[j].ndim - 1)))
                loss = 100 * (held[j] - lost[j]) / np.abs(held[j])
                total = total + w * (loss if more else -loss)
                weight = weight + w
            costs.append(np.asarray(total / weight))
        return combine(costs)

    return jackknife(judged, *before, *(part for parts in after for part in parts))
