"""Quantiles of durations: of a whole one, and of one that has already lasted a while.

The kernel draws whole durations, by `luck`. What an age leaves of one is needed by splitting, by
whoever starts a scenario in the middle of things, and by tests. Accurate to about 1e-12 in both
tails: the smaller tail is always the one that is inverted.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rimland.errors import RunError, did_you_mean

Array = NDArray[np.float64]

FAMILIES = ("exponential", "fixed", "lognormal", "weibull", "gamma")


def conditional_quantile(
    kind: str, u: ArrayLike, age: ArrayLike, p: float = 0.0, q: float = 0.0
) -> Array:
    """Return the w with P(W > w) = (1 - u) P(W > age): the quantile of W given that W > age.

    What is left is w - age. `p` and `q` are the clock's parameters in the order of the model's
    `CLOCK_PARAMETERS`. NaN where u is outside (0, 1), the age negative, a parameter senseless, a
    fixed duration already over, or the chance of reaching the age below 1e-300.

    Raises RunError for a family that is not known.
    """
    if kind not in FAMILIES:
        raise RunError(f"no duration is called '{kind}'." + did_you_mean(kind, FAMILIES))
    share, old = np.broadcast_arrays(np.asarray(u, np.float64), np.asarray(age, np.float64))
    sound = (share > 0.0) & (share < 1.0) & (old >= 0.0)
    spent = -np.log1p(-np.where(sound, share, 0.5))
    with np.errstate(all="ignore"):
        if kind == "exponential":
            whole = old + spent
        elif kind == "fixed":
            whole = np.where(old <= p, p, np.nan)
            sound = sound & (p >= 0.0)
        elif kind == "weibull":
            whole = q * ((old / q) ** p + spent) ** (1.0 / p)
            sound = sound & (p > 0.0) & (q > 0.0)
        elif kind == "lognormal":
            whole = _lognormal(share, spent, old, p, q)
            sound = sound & (q >= 0.0)
        else:
            whole = _gamma(share, old, p, q)
            sound = sound & (p > 0.0) & (q > 0.0)
    made: Array = np.where(sound, np.maximum(whole, old), np.nan)
    return made


def quantile(kind: str, u: ArrayLike, p: float = 0.0, q: float = 0.0) -> Array:
    """Return the duration at quantile u, as `conditional_quantile` at age 0."""
    return conditional_quantile(kind, u, 0.0, p, q)


def _lognormal(share: Array, spent: Array, age: Array, mu: float, sigma: float) -> Array:
    from scipy.special import log_ndtr, ndtr, ndtri, ndtri_exp

    if sigma == 0.0:
        return np.where(age <= np.exp(mu), np.exp(mu), np.nan)
    z = (np.log(age) - mu) / sigma
    below = ndtr(z) + share * ndtr(-z)
    above = log_ndtr(-z) - spent
    made: Array = np.exp(mu + sigma * np.where(below < 0.5, ndtri(below), -ndtri_exp(above)))
    return np.where(above < np.log(1e-300), np.nan, made)


def _gamma(share: Array, age: Array, shape: float, scale: float) -> Array:
    from scipy.special import gammainc, gammaincc, gammainccinv, gammaincinv

    below = gammainc(shape, age / scale) + share * gammaincc(shape, age / scale)
    above = (1.0 - share) * gammaincc(shape, age / scale)
    made: Array = scale * np.where(
        below < 0.5, gammaincinv(shape, below), gammainccinv(shape, above)
    )
    return np.where(above < 1e-300, np.nan, made)
