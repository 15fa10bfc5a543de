"""How a forecast did: who, against base rate and persistence, and how many, against what happened.

Scores are losses: Brier, and the mean of -log(probability of what happened) in nats. A skill is
1 - loss / loss of the other forecast: above 0 is better than it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from rimland.hazards.calibrate import brier, log_score
from rimland.hazards.forward import Forecast, Told
from rimland.hazards.forward_record import Record
from rimland.hazards.links import Floats

MEMORY = 20
"""Years before an origin in which an event counts for persistence."""
RESAMPLES, SEED = 400, 1
BINS = 10
_BAND = np.array([0.05, 0.5, 0.95])


@dataclass(frozen=True)
class Bin:
    """Units whose forecasts are alike; the share's interval is Jeffreys', 95 %."""

    units: int
    told: float
    """Mean of the chances told."""
    events: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """The share of the units with an event."""
        return self.events / self.units


@dataclass(frozen=True)
class Score:
    """How the chances of at least one event within a window did, over all units seen in it."""

    kind: str
    origin: int
    years: int
    units: int
    events: int
    """Units with an event."""
    expected: float
    brier: float
    brier_base_rate: float
    brier_persistence: float
    log_score: float
    log_score_base_rate: float
    log_score_persistence: float
    brier_same_again: float
    """Of bare persistence: 1 where it happened before, 0 elsewhere."""
    skill_low: float
    skill_high: float
    """90 % interval of the Brier skill against persistence; units resampled by first state."""
    bins: tuple[Bin, ...]

    def skill(self, against: str = "persistence", score: str = "brier") -> float:
        """Return 1 - loss / loss of `base_rate` or `persistence`, for `brier` or `log_score`."""
        return 1.0 - float(getattr(self, score)) / float(getattr(self, f"{score}_{against}"))


@dataclass(frozen=True)
class Tally:
    """How many units had an event in each year, told and seen; NaN where it is not known."""

    kind: str
    origin: int
    low: Floats
    middle: Floats
    high: Floats
    """[Y], 5 %, median and 95 % of the futures."""
    seen: Floats
    """[Y], among the units told of."""
    world: Floats
    """[Y], in the whole world, with units that the origin did not know."""
    total: tuple[float, float, float]
    """5 %, median and 95 % of the sum over the years known."""
    of_draws: float
    """Share of the variance of that sum that is due to not knowing the numbers."""

    @property
    def known(self) -> NDArray[np.bool_]:
        """The years of which it is known what happened, [Y]."""
        return np.isfinite(self.seen)

    @property
    def within(self) -> tuple[int, int]:
        """How many years lie in the band from 5 to 95 %, and of how many."""
        held = (self.seen >= self.low) & (self.seen <= self.high)
        return int(held[self.known].sum()), int(self.known.sum())


def tally(forecast: Forecast, kind: str, record: Record) -> Tally:
    """Return the yearly numbers of a kind of event, told and seen."""
    told = forecast.of(kind)
    ahead = record.ahead(told.units, forecast.origin, forecast.years)
    seen = np.where(np.isfinite(ahead).any(axis=0), np.nansum(ahead, axis=0), np.nan)
    world = np.full(forecast.years, np.nan)
    later = record.world[forecast.origin + 1 - record.first :][: forecast.years]
    world[: len(later)] = later
    yearly = np.asarray(np.quantile(told.counts.reshape(-1, forecast.years), _BAND, axis=0))
    low, middle, high = yearly
    sums = told.counts[:, :, np.isfinite(seen)].sum(axis=2)
    least, median, most = (float(np.quantile(sums, share)) for share in _BAND)
    within = float(sums.var(axis=1, ddof=1).mean()) if forecast.futures > 1 else np.nan
    whole = float(sums.var())
    between = max(float(sums.mean(axis=1).var()) - within / forecast.futures, 0.0)
    share = between / whole if whole > 0.0 else 0.0
    return Tally(
        kind,
        forecast.origin,
        low,
        middle,
        high,
        seen,
        world,
        (least, median, most),
        share,
    )


def score(told: Told, record: Record, origin: int, years: int) -> Score:
    """Score the chances of at least one event in the first `years` years after the origin.

    A unit is scored on the years up to its last, and left out when it was not there in the first.
    The base rate and persistence are learned from windows of the same length that end by the
    origin: the share of units at risk that had an event, of all, and apart for those that had one
    in the twenty years before the window (or as many as the record has) and those that had none.
    """
    ahead = record.ahead(told.units, origin, years)
    length = np.isfinite(ahead).cumprod(axis=1).sum(axis=1)
    scored = length > 0
    units, ahead, length = told.units[scored], ahead[scored], length[scored]
    in_time = np.arange(years) < length[:, None]
    happened = ((ahead == 1.0) & in_time).any(axis=1).astype(float)
    chance = told.chance[scored, length - 1]
    before = _before(record, record.rows(units), origin)
    base, again = np.empty(len(units)), np.empty(len(units))
    for n in np.unique(length):
        rate, rate_again, rate_first = _learned(record, origin, int(n))
        here = length == n
        base[here] = rate
        again[here] = np.where(before[here], rate_again, rate_first)
    losses = (chance - happened) ** 2, (again - happened) ** 2
    low, high = _interval(*losses, units[:, 0])
    return Score(
        told.kind,
        origin,
        years,
        len(units),
        int(happened.sum()),
        float(chance.sum()),
        brier(chance, happened),
        brier(base, happened),
        brier(again, happened),
        log_score(chance, happened, "cloglog"),
        log_score(base, happened, "cloglog"),
        log_score(again, happened, "cloglog"),
        brier(before.astype(float), happened),
        low,
        high,
        reliability(chance, happened),
    )


def reliability(chance: Floats, happened: Floats, bins: int = BINS) -> tuple[Bin, ...]:
    """Return units in bins of like number by their chance, what was told and how often it came."""
    order = np.argsort(chance, kind="stable")
    out = []
    for part in np.array_split(order, min(bins, len(order))):
        k, n = int(happened[part].sum()), len(part)
        low, high = (float(beta.ppf(q, k + 0.5, n - k + 0.5)) for q in (0.025, 0.975))
        out.append(Bin(n, float(chance[part].mean()), k, low, high))
    return tuple(out)


def _before(record: Record, where: NDArray[np.intp], year: int) -> NDArray[np.bool_]:
    """Return whether each unit had an event in the twenty years up to and with the year."""
    begin, end = max(year - MEMORY + 1 - record.first, 0), year + 1 - record.first
    past = np.asarray(np.nan_to_num(record.event[:, begin:end]) > 0.0).any(axis=1)
    return np.asarray((where >= 0) & np.asarray(past)[where])


def _learned(record: Record, origin: int, years: int) -> tuple[float, float, float]:
    """Return the share with an event in a window: of all, of those with one before, of the rest."""
    every = np.arange(len(record.units))
    kept: list[NDArray[np.bool_]] = []
    flags: list[NDArray[np.bool_]] = []
    for year in range(record.first, origin - years + 1):
        window = record.ahead(record.units, year, years)
        used = record.at_risk[:, year - record.first] & np.isfinite(window).all(axis=1)
        kept.append((window[used] == 1.0).any(axis=1))
        flags.append(_before(record, every, year)[used])
    came, flag = np.concatenate(kept), np.concatenate(flags)
    rate = _share(came)
    parts = (_share(came[flag], rate), _share(came[~flag], rate))
    return rate, *parts


def _share(came: NDArray[np.bool_], instead: float = 0.5) -> float:
    """Return the share with half an event and half a unit added, so that it is never 0 or 1."""
    return (float(came.sum()) + 0.5) / (len(came) + 1.0) if len(came) else instead


def _interval(loss: Floats, other: Floats, first: NDArray[np.int64]) -> tuple[float, float]:
    states, dense = np.unique(first, return_inverse=True)
    mine, theirs = np.bincount(dense, loss), np.bincount(dense, other)
    rng = np.random.default_rng(SEED)
    chosen = rng.integers(0, len(states), (RESAMPLES, len(states)))
    skills = 1.0 - mine[chosen].sum(axis=1) / theirs[chosen].sum(axis=1)
    low, high = np.quantile(skills, [0.05, 0.95])
    return float(low), float(high)
