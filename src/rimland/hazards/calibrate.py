"""Out-of-time calibration: fit on the years up to an origin, predict the years after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rimland.hazards.estimate import Penalty, estimate
from rimland.hazards.links import Floats, HazardError, Link
from rimland.history.fitfile import Origin

# No probability is scored as impossible: one in a million rows stands for never.
FLOOR = 1e-6

Progress = Callable[[int, int], None]


def rolling(
    x: ArrayLike,
    y: ArrayLike,
    year: ArrayLike,
    *,
    terms: tuple[str, ...],
    link: Link,
    origins: Sequence[int],
    years: int = 5,
    units: ArrayLike | None = None,
    exposure: ArrayLike | None = None,
    penalty: Penalty = "none",
    progress: Progress | None = None,
) -> tuple[Origin, ...]:
    """Fit on rows up to each origin and score the rows of the next `years` years.

    The covariates of a predicted year are those of its own row: what is tested is the equation and
    its stability, not a forecast of the covariates. Scores are losses, smaller is better: Brier is
    the mean squared difference, the log score the mean of -log(probability of what happened) in
    nats. The base rate is the share of events in the rows up to the origin. Persistence says of a
    unit (`units` [n]) what it did in the last `years` years up to the origin, as a share; a unit
    that was not there gets the base rate. Without `units` it is the base rate of those last years.
    With link `log` a row is a count, and the scores are those of a Poisson count.

    Raises HazardError for an origin with no rows, or no event, on one of its sides.
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    when = np.asarray(year)
    time = np.ones(len(y)) if exposure is None else np.asarray(exposure, float)
    unit = None if units is None else np.unique(np.asarray(units), return_inverse=True)[1]
    made = []
    for done, origin in enumerate(origins):
        past, next_ = when <= origin, (when > origin) & (when <= origin + years)
        if not np.any(next_) or not np.any(y[past]):
            raise HazardError(
                f"The origin {origin} has {int(np.sum(y[past]))} events up to it and"
                f" {int(np.sum(next_))} rows in the {years} years after it; it needs both."
            )
        fit = estimate(
            x[past],
            y[past],
            terms=terms,
            link=link,
            exposure=None if exposure is None else time[past],
            penalty=penalty,
        )
        told = fit.predict(x[next_], time[next_])
        rate = float(np.sum(y[past]) / np.sum(time[past]))
        base = rate * time[next_]
        lately = past & (when > origin - years)
        last = _persistence(y, time, unit, lately, next_, rate)
        happened = y[next_]
        made.append(
            Origin(
                origin=int(origin),
                years=years,
                rows=int(np.sum(next_)),
                events=int(np.sum(happened)),
                expected=float(np.sum(told)),
                brier=brier(told, happened),
                brier_base_rate=brier(base, happened),
                brier_persistence=brier(last, happened),
                log_score=log_score(told, happened, link),
                log_score_base_rate=log_score(base, happened, link),
            )
        )
        if progress is not None:
            progress(done + 1, len(origins))
    return tuple(made)


def brier(told: Floats, happened: Floats) -> float:
    """Return the mean squared difference of probability (or expected count) and outcome."""
    return float(np.mean((told - happened) ** 2))


def log_score(told: Floats, happened: Floats, link: Link) -> float:
    """Return the mean of -log(probability of what happened), in nats."""
    if link == "log":
        from scipy.special import gammaln

        rate = np.maximum(told, FLOOR)
        return float(np.mean(rate - happened * np.log(rate) + gammaln(happened + 1.0)))
    share = np.clip(told, FLOOR, 1.0 - FLOOR)
    return float(-np.mean(np.log(np.where(happened > 0.0, share, 1.0 - share))))


def _persistence(
    y: Floats,
    time: Floats,
    unit: NDArray[np.int64] | None,
    lately: NDArray[np.bool_],
    next_: NDArray[np.bool_],
    rate: float,
) -> Floats:
    if not np.any(lately):
        return rate * time[next_]
    if unit is None:
        return float(np.sum(y[lately]) / np.sum(time[lately])) * time[next_]
    size = int(unit.max()) + 1
    events = np.bincount(unit[lately], y[lately], minlength=size)
    at_risk = np.bincount(unit[lately], time[lately], minlength=size)
    own = np.where(at_risk > 0.0, events / np.maximum(at_risk, 1e-300), rate)
    return np.asarray(own[unit[next_]] * time[next_])
