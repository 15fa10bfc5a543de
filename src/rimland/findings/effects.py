"""Effects: what changes when one thing is switched and the luck stays the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from rimland.errors import RimlandError
from rimland.findings.measures import (
    Array,
    Columns,
    Fan,
    PerDraw,
    columns,
    columns_at,
    fan_of,
    jackknife,
)

if TYPE_CHECKING:
    from rimland.engine import Futures
    from rimland.vocab.measure import Measure

BOOTSTRAPS = 400


@dataclass(frozen=True)
class Summary:
    """Median and 5-95 % of one number across draws.

    `mc_error` is the standard error of the median for the draws and futures that were run;
    `noise` is the share of the spread across draws that is noise of too few futures.
    """

    median: float
    p05: float
    p95: float
    mc_error: float
    draws: int
    futures: int
    undefined: float = 0.0
    noise: float = 0.0

    def as_percent(self) -> Summary:
        """Return a summary of log ratios as changes in per cent."""
        return replace(
            self,
            median=percent_change(self.median),
            p05=percent_change(self.p05),
            p95=percent_change(self.p95),
            mc_error=100 * float(np.exp(self.median)) * self.mc_error,
        )

    def scaled(self, factor: float) -> Summary:
        """Return the summary in another unit, or with the sign turned (factor -1)."""
        low, high = sorted((self.p05 * factor, self.p95 * factor))
        error = abs(factor) * self.mc_error
        return replace(self, median=self.median * factor, p05=low, p95=high, mc_error=error)


def percent_change(log_ratio: float) -> float:
    """Return the change in per cent that a log ratio means."""
    return 100 * float(np.expm1(log_ratio))


def log_size(share: float) -> float:
    """Return the log ratio of a rise by `share` (0.1 is 10 %): a smallest size for relative g."""
    return float(np.log1p(share))


def summary(g: PerDraw, seed: int = 1) -> Summary:
    """Return median and 5-95 % of `g` across the draws in which it is defined.

    `mc_error` is the standard deviation of the median over 400 seeded bootstrap samples of draws
    (Efron 1979), which carry their within-draw noise with them. All nan when no draw is defined.
    """
    held = g.values[np.isfinite(g.values)]
    if not held.size:
        nan = float("nan")
        return Summary(nan, nan, nan, nan, g.draws, g.futures, 1.0, nan)
    p05, median, p95 = np.quantile(held, [0.05, 0.5, 0.95])
    picks = np.random.default_rng(seed).integers(0, held.size, (BOOTSTRAPS, held.size))
    error = (
        float(np.asarray(np.median(held[picks], axis=1)).std(ddof=1))
        if held.size > 1
        else float("nan")
    )
    spread = float(held.var(ddof=1)) if held.size > 1 else 0.0
    se = g.se[np.isfinite(g.values)]
    noise = min(1.0, float(np.mean(se**2)) / spread) if spread > 0 else 0.0
    return Summary(
        float(median), float(p05), float(p95), error, g.draws, g.futures, g.undefined, noise
    )


def _minus(a: Array, b: Array) -> Array:
    return a - b


def _log_ratio(a: Array, b: Array) -> Array:
    return np.where((a > 0) & (b > 0), np.log(a / b), np.nan)


def same_luck(first: Futures, *others: Futures) -> None:
    """Raise RimlandError unless all runs are the same draws and futures on the same grid."""
    for other in others:
        if first.values.shape[:2] != other.values.shape[:2]:
            raise RimlandError(
                "runs of {} x {} and {} x {} draws x futures cannot be paired".format(
                    *first.values.shape[:2], *other.values.shape[:2]
                )
            )
        if (first.first_draw, first.first_future) != (other.first_draw, other.first_future):
            raise RimlandError("the runs start at different draws or futures: no common luck")
        if not np.array_equal(first.grid_days, other.grid_days):
            raise RimlandError("the runs are recorded on different days and cannot be paired")


def paired(measure: Measure, a: Futures, b: Futures, day: float, relative: bool = False) -> PerDraw:
    """Return m(a) - m(b) per draw on `day`, paired by future; with `relative`, log(m(a) / m(b)).

    Both runs must have the same draws, futures and seed. Where nothing was seen of a counted
    event, the error is infinite: nothing seen is not the same as no effect. So it is with
    `relative` in a draw in which one of the runs did not see it.
    """
    same_luck(a, b)
    part_a, part_b = columns_at(measure, a, day), columns_at(measure, b, day)
    found = jackknife(_log_ratio if relative else _minus, part_a, part_b)
    counted = measure.how in ("total", "probability")
    if counted and not part_a.top.any() and not part_b.top.any():
        note = f"not seen once in {part_a.top.size:,} pairs of futures"
        values = np.zeros_like(found.values)
        return replace(found, values=values, se=np.full_like(values, np.inf), note=note)
    if np.array_equal(part_a.top, part_b.top) and _same(part_a, part_b):
        found = replace(found, note="every pair of futures is the same: the switch changes nothing")
    if counted and part_a.futures > 1:
        found = _with_one_more(found, part_a.top, part_b.top, relative)
    if counted and relative:
        unseen = ~(np.isfinite(found.values) & np.isfinite(found.se))
        values = np.where(unseen, 0.0, found.values)
        return replace(found, values=values, se=np.where(unseen, np.inf, found.se))
    return found


def _with_one_more(found: PerDraw, a: Array, b: Array, relative: bool) -> PerDraw:
    """Return `found` with the noise that one more differing pair of futures would have made.

    Among N pairs of which k differ, k + 1 may well be expected to: so that events seen in both
    runs alike, or hardly ever apart, are not taken for certainly alike. With many it is nothing.
    """
    differing = int(np.count_nonzero(a != b))
    seen = np.abs(np.concatenate([a[a != 0], b[b != 0]]))
    if differing > a.shape[0] or not seen.size:  # more than one a draw: the noise shows itself
        return found
    apart = np.abs(a - b)[a != b]
    one = float(np.sqrt(np.mean((apart if apart.size else seen) ** 2)))
    extra = np.full(found.draws, one / np.sqrt(a.size) / np.sqrt(a.shape[1]))
    if relative:
        with np.errstate(divide="ignore", invalid="ignore"):
            extra = extra / np.maximum(a.mean(axis=1), b.mean(axis=1))
    grain = found.grain or one / a.shape[1]
    return replace(found, se=np.sqrt(found.se**2 + extra**2), grain=grain)


def _same(a: Columns, b: Columns) -> bool:
    if a.bottom is None or b.bottom is None:
        return a.bottom is b.bottom
    return bool(np.array_equal(a.bottom, b.bottom))


def difference_fan(measure: Measure, a: Futures, b: Futures, relative: bool = False) -> Fan:
    """Return quantiles over draws of the paired difference at every grid time.

    With `relative` the difference is the change in per cent.
    """
    same_luck(a, b)
    with np.errstate(divide="ignore", invalid="ignore"):
        va, vb = columns(measure, a).value(), columns(measure, b).value()
        rows = 100 * np.expm1(_log_ratio(va, vb)) if relative else va - vb
    return fan_of(rows, np.asarray(a.grid_days, dtype=np.float64))


def coupling(measure: Measure, a: Futures, b: Futures, day: float) -> float:
    """Return by what factor the same luck cut the variance of the difference.

    The variance that independent runs would have, Var(a) + Var(b) within draws, over that of the
    paired differences; ratio measures through linearised per-future values. 1 says that pairing
    did nothing, infinity that every pair of futures is the same, nan that nothing varies.
    """
    same_luck(a, b)
    la = columns_at(measure, a, day).linearised()
    lb = columns_at(measure, b, day).linearised()
    if la.shape[1] < 2:
        return float("nan")
    unpaired = float(np.nansum(la.var(axis=1, ddof=1) + lb.var(axis=1, ddof=1)))
    together = float(np.nansum((la - lb).var(axis=1, ddof=1)))
    if unpaired == 0:
        return float("nan")
    return unpaired / together if together > 1e-12 * unpaired else float("inf")


def order(
    first: Measure, others: Sequence[Measure], futures: Futures, day: float, relative: bool = False
) -> PerDraw:
    """Return how far `first` leads the largest of `others`, per draw; relative: the log ratio.

    All are read in the same futures, so the lead is paired by future.
    """

    def lead(a: Array, *rest: Array) -> Array:
        largest = np.maximum.reduce(rest)
        return _log_ratio(a, largest) if relative else a - largest

    parts = [columns_at(measure, futures, day) for measure in (first, *others)]
    return jackknife(lead, *parts)


@dataclass(frozen=True)
class Rank:
    """One thing among several: its size across draws, and the share of draws in which it leads."""

    name: str
    median: float
    p05: float
    p95: float
    mean_rank: float
    first: float


def ranking(contributions: Mapping[str, Array]) -> list[Rank]:
    """Return the table of `contributions[name][D]`, the one that most often comes first on top.

    Ranks count from 1, the largest first; those that tie share their ranks and their firsts.
    Draws in which any contribution is not defined are left out.
    """
    names = list(contributions)
    held = np.stack([np.asarray(contributions[name], dtype=np.float64) for name in names])
    held = held[:, np.isfinite(held).all(axis=0)]
    if not held.shape[1]:
        return []
    above = (held[None, :, :] > held[:, None, :]).sum(axis=1)
    level = (held[None, :, :] == held[:, None, :]).sum(axis=1)
    ranks = above + (level + 1) / 2
    leads = np.where(above == 0, 1 / level, 0.0)
    rows = [
        Rank(
            name,
            median=float(np.quantile(held[i], 0.5)),
            p05=float(np.quantile(held[i], 0.05)),
            p95=float(np.quantile(held[i], 0.95)),
            mean_rank=float(ranks[i].mean()),
            first=float(leads[i].mean()),
        )
        for i, name in enumerate(names)
    ]
    return sorted(rows, key=lambda row: (-row.first, row.mean_rank, row.name))
