"""Measures of futures: one number per draw, its Monte-Carlo error, and how it spreads over time.

Every measure is read from two columns per future, a numerator and (for ratios) a denominator.
Everything that is said of a draw is a smooth function of the means of such columns over the
draw's futures, so one jackknife over futures gives every standard error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rimland.dates import DAYS_PER_YEAR
from rimland.errors import RimlandError

if TYPE_CHECKING:
    from rimland.engine import Futures
    from rimland.vocab.measure import Measure

Array = NDArray[np.float64]

QUANTILES = {"p05": 0.05, "p25": 0.25, "p50": 0.50, "p75": 0.75, "p95": 0.95}


@dataclass(frozen=True)
class PerDraw:
    """One number per draw and its Monte-Carlo standard error within the draw.

    `values[D]` may hold nan where the number is not defined in a draw. `se[D]` is nan where the
    noise cannot be known (one future a draw) and infinite where the futures hold no information.
    `note` says in words what a reader has to know about either. `tails` is the kurtosis of what
    single futures say about their draw, pooled over draws: 3 for normal noise, more where few
    futures carry the number; futures / tails or so carry it. `grain` is how much one future that
    carries the number adds to it: where few do, a number of u has a variance of about u x grain,
    as a count has that of its mean.
    """

    values: Array
    se: Array
    futures: int
    note: str = ""
    tails: float = 3.0
    grain: float = 0.0

    @property
    def draws(self) -> int:
        """Number of draws, defined or not."""
        return int(self.values.size)

    @property
    def undefined(self) -> float:
        """Share of draws in which the number is not defined."""
        return float(np.mean(~np.isfinite(self.values)))

    def __neg__(self) -> PerDraw:
        """Return the same with the sign turned, for a claim that says `less`."""
        return replace(self, values=-self.values)


@dataclass(frozen=True)
class Columns:
    """What a measure reads in each future: `top[D,F,...]`, and `bottom` of that shape or None."""

    top: Array
    bottom: Array | None = None

    @property
    def futures(self) -> int:
        """Futures per draw."""
        return int(self.top.shape[1])

    def value(self) -> Array:
        """Return the measure per draw: mean of top, or ratio of means (nan where it is 0/0)."""
        if self.bottom is None:
            return np.asarray(self.top.mean(axis=1))
        return _over(self.top.mean(axis=1), self.bottom.mean(axis=1))

    def without_each(self) -> Array:
        """Return the measure per draw with each future left out in turn, of the shape of `top`."""
        top = _leave_one_out(self.top)
        return top if self.bottom is None else _over(top, _leave_one_out(self.bottom))

    def linearised(self) -> Array:
        """Return per-future values whose mean has the measure's variance to first order.

        For a mean they are the values; for a ratio r of means, (top - r * bottom) / mean(bottom).
        """
        if self.bottom is None:
            return self.top
        ratio = self.value()[:, None]
        return _over(self.top - ratio * self.bottom, self.bottom.mean(axis=1, keepdims=True))


def _over(top: Array, bottom: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(bottom == 0, np.nan, top / bottom)


def _leave_one_out(column: Array) -> Array:
    n = column.shape[1]
    if n < 2:
        return np.full_like(column, np.nan)
    return np.asarray((column.sum(axis=1, keepdims=True) - column) / (n - 1))


def columns(measure: Measure, futures: Futures) -> Columns:
    """Return the columns of `measure` at every grid time, shape [D,F,G].

    Before any time has passed a mean and a rate are not defined: nan at day 0.
    """
    return _columns(measure, futures, slice(None))


def _columns(measure: Measure, futures: Futures, some: slice) -> Columns:
    """Return the columns at some of the grid times; what is not asked for is not touched."""
    days = np.asarray(futures.grid_days, dtype=np.float64)[some]
    elapsed = np.where(days > 0, days, np.nan)
    if measure.how == "probability":
        first = np.minimum.reduce([futures.of(name)[..., some] for name in measure.observers])
        return Columns(measure.scale * (first <= days))
    top = measure.scale * _summed(futures, measure.observers, some)
    if measure.how == "ratio":
        return Columns(top, _summed(futures, measure.over, some))
    if measure.how == "mean":
        return Columns(top / elapsed)
    if measure.how == "total" and measure.per_years is not None:
        return Columns(top / (elapsed / (DAYS_PER_YEAR * measure.per_years)))
    return Columns(top)


def _summed(futures: Futures, observers: tuple[str, ...], some: slice) -> Array:
    total = np.array(futures.of(observers[0])[..., some], dtype=np.float64)
    for name in observers[1:]:
        total += futures.of(name)[..., some]
    return total


def columns_at(measure: Measure, futures: Futures, day: float) -> Columns:
    """Return the columns of `measure` on `day`, shape [D,F].

    Raises RimlandError when the run did not record that day.
    """
    days = np.asarray(futures.grid_days, dtype=np.float64)
    hit = np.flatnonzero(np.isclose(days, day))
    if not hit.size:
        near = float(days[np.argmin(np.abs(days - day))])
        raise RimlandError(
            f"'{measure.name}' is asked for on day {day:g}, which the run did not record; "
            f"the nearest recorded day is {near:g}. Add the day to the run's grid."
        )
    g = int(hit[0])
    every = _columns(measure, futures, slice(g, g + 1))
    bottom = None if every.bottom is None else every.bottom[:, :, 0]
    return Columns(every.top[:, :, 0], bottom)


def jackknife(combine: Callable[..., Array], *parts: Columns) -> PerDraw:
    """Return combine(values of parts) per draw with its jackknife standard error over futures.

    Future f is left out of every part at once, so parts with the same luck stay paired.
    `combine` takes one array per part, of any common shape. Exact for means (s / sqrt(F)), first
    order for smooth functions and on average not too small (Efron & Stein 1981, Annals of
    Statistics 9, 586-596). With one future the error is nan; it is infinite in draws where
    leaving out one future makes the number undefined.
    """
    f = parts[0].futures
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.asarray(combine(*(part.value() for part in parts)), dtype=np.float64)
        values = np.where(np.isfinite(values), values, np.nan)
        if f < 2:
            note = "one future a draw: the noise within a draw is not known"
            return PerDraw(values, np.full_like(values, np.nan), f, note)
        left = np.asarray(combine(*(part.without_each() for part in parts)), dtype=np.float64)
        centred = left - left.mean(axis=1, keepdims=True)
        se = np.sqrt((f - 1) / f * np.sum(centred**2, axis=1))
    # a rounding residue of equal futures is no noise
    se = np.where(se <= 1e-12 * np.abs(values), 0.0, se)
    se = np.where(np.isfinite(values) & ~np.isfinite(se), np.inf, se)
    known = np.isfinite(values) & np.isfinite(se) & (se > 0)
    tails, grain = _lumps(values[known], -(f - 1) * centred[known])
    return PerDraw(values, se, f, tails=tails, grain=grain)


def _lumps(values: Array, single: Array) -> tuple[float, float]:
    """Return `tails` and `grain` of a PerDraw from what each future says beyond its draw's number.

    `single[D,F]` are the jackknife's pseudo-values less their mean (Tukey 1958).
    """
    if not values.size:
        return 3.0, 0.0
    f = single.shape[1]
    squares = np.mean(single**2, axis=1)
    fourth = float(np.mean(single**4))
    # Pooled, draws of unequal noise look like tails; draw by draw, a draw's own variance is
    # inflated by what inflates its fourth moment. Both err upwards; the smaller is taken.
    pooled = fourth / float(np.mean(squares)) ** 2
    within = fourth / float(np.mean(squares**2))
    if within < f:
        pooled = min(pooled, within * (1 - 1 / f) / (1 - within / f))
    size = float(np.mean(np.abs(values[:, None] + single)))
    return max(pooled, 1.5), float(np.mean(squares)) / size / f


def series(measure: Measure, futures: Futures) -> Array:
    """Return the measure per draw at every grid time, shape [D,G]."""
    return columns(measure, futures).value()


def at(measure: Measure, futures: Futures, day: float) -> PerDraw:
    """Return the measure per draw on `day` with its within-draw standard error.

    A share of futures has the binomial error of (k + 1/2) of (F + 1), so that none or all of F
    futures is not taken for certainty.
    """
    part = columns_at(measure, futures, day)
    found = jackknife(_itself, part)
    if measure.how == "probability" and part.futures > 1:
        f = part.futures
        share = (found.values / measure.scale * f + 0.5) / (f + 1)
        se = abs(measure.scale) * np.sqrt(share * (1 - share) / f)
        return PerDraw(found.values, se, f)
    return found


def _itself(value: Array) -> Array:
    return value


@dataclass(frozen=True)
class Fan:
    """Quantiles at every grid time: `quantiles["p05" | "p25" | "p50" | "p75" | "p95"][G]`.

    `line[G]` is what a chart draws as the line, and a card prints: the middle draw's number, which
    is a mean over its futures. The quantiles may be over single futures.
    """

    days: Array
    quantiles: dict[str, Array]
    line: Array

    def lists(self) -> dict[str, list[float | None]]:
        """Return quantiles and line as plain lists for JSON; what is not defined is None."""
        return {
            name: [float(v) if np.isfinite(v) else None for v in row]
            for name, row in {**self.quantiles, "line": self.line}.items()
        }


def fan(measure: Measure, futures: Futures) -> Fan:
    """Return the quantiles of the measure over draws x futures at every grid time, and its line.

    Ratios are taken future by future; futures without a denominator yet are left out. For a
    probability the fan is over draws, since one future has no probability.
    """
    every = columns(measure, futures)
    if measure.how == "probability":
        rows = every.value()
    else:
        single = every.top if every.bottom is None else _over(every.top, every.bottom)
        rows = single.reshape(-1, single.shape[-1])
    found = fan_of(rows, np.asarray(futures.grid_days, dtype=np.float64))
    return replace(found, line=fan_of(every.value(), found.days).quantiles["p50"])


def fan_of(rows: Array, days: Array) -> Fan:
    """Return the quantiles of `rows[N,G]` down the columns, leaving out what is not defined.

    The line is their median.
    """
    found = np.full((len(QUANTILES), rows.shape[1]), np.nan)
    some = np.isfinite(rows).any(axis=0)
    if some.any():
        # the fast path, when nothing is missing, is several times quicker than nanquantile
        held = rows[:, some]
        whole = bool(np.isfinite(held).all())
        quantile = np.quantile if whole else np.nanquantile
        held = held if whole else np.where(np.isfinite(held), held, np.nan)
        found[:, some] = quantile(held, list(QUANTILES.values()), axis=0)
    quantiles = dict(zip(QUANTILES, found, strict=True))
    return Fan(days, quantiles, quantiles["p50"])
