"""The shapes an uncertain number can have, each fixed by its p10, middle and p90.

A shape is a two-piece quantile function on a scale T (none for normal and uniform, the logarithm
for lognormal, the log-odds for logit-normal):

    Q(u) = T^-1( T(mid) + s(u) * (T(mid) - T(p10)) )   for u < 1/2
    Q(u) = T^-1( T(mid) + s(u) * (T(p90) - T(mid)) )   for u >= 1/2

where s(u) = z(u) / z(0.9) with z the standard normal quantile, and (u - 1/2) / 0.4 for uniform.
Q is continuous, increasing in u, and passes exactly through p10, mid and p90; with the middle at
T's centre it is the ordinary distribution. Two halves joined at the median keep the three numbers
that a person wrote, which a skewed three-parameter family does not.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

FAMILIES = ("lognormal", "normal", "logit-normal", "uniform", "fixed")
Z90 = 1.2815515655446004

# dimension -> the families it can have, its default first. What cannot be negative has no
# normal, and a share has nothing that reaches beyond 1.
BY_DIMENSION: dict[str, tuple[str, ...]] = {
    "duration": ("lognormal", "uniform", "fixed"),
    "rate": ("lognormal", "uniform", "fixed"),
    "ratio": ("lognormal", "uniform", "fixed"),
    "distance": ("lognormal", "uniform", "fixed"),
    "count": ("lognormal", "uniform", "fixed"),
    "money": ("lognormal", "uniform", "fixed"),
    "share": ("logit-normal", "uniform", "fixed"),
    "log": ("normal", "uniform", "fixed"),
    "index": ("normal", "lognormal", "uniform", "fixed"),
}


def support(dimension: str, above: float = 0.0) -> tuple[float, float]:
    """Return the least and the largest value that the dimension allows (open ends)."""
    if dimension == "share":
        return 0.0, 1.0
    if dimension in {"log", "index"}:
        return -math.inf, math.inf
    return above, math.inf


def to_scale(family: str, value: float, above: float = 0.0) -> float:
    """Return T(value)."""
    if family == "lognormal":
        return math.log(value - above)
    if family == "logit-normal":
        return math.log(value) - math.log1p(-value)
    return value


def from_scale(family: str, value: float, above: float = 0.0) -> float:
    """Return T^-1(value)."""
    if family == "lognormal":
        return above + math.exp(value)
    if family == "logit-normal":
        return 1.0 / (1.0 + math.exp(-value))
    return value


def middle(family: str, p10: float, p90: float, above: float = 0.0) -> float:
    """Return the centre of a range where no middle is written: the centre on the scale."""
    low, high = to_scale(family, p10, above), to_scale(family, p90, above)
    return from_scale(family, 0.5 * (low + high), above)


def uniform_ends(p10: float, mid: float, p90: float) -> tuple[float, float]:
    """Return the least and the largest value of the two-piece uniform shape."""
    return mid - (mid - p10) / 0.8, mid + (p90 - mid) / 0.8


def quantile(
    family: str, p10: float, mid: float, p90: float, u: Array, above: float = 0.0
) -> Array:
    """Return Q(u) for every u in (0, 1), in the unit of p10, mid and p90."""
    if family == "fixed":
        return np.full(np.shape(u), mid, dtype=np.float64)
    if family == "uniform":
        steps = (u - 0.5) / 0.4
    else:
        from scipy.special import ndtri  # slow to load, and not needed to read a scenario

        steps = ndtri(u) / Z90
    low, centre, high = (to_scale(family, value, above) for value in (p10, mid, p90))
    scaled = centre + steps * np.where(steps < 0, centre - low, high - centre)
    if family == "lognormal":
        return np.asarray(above + np.exp(scaled), dtype=np.float64)
    if family == "logit-normal":
        return np.asarray(1.0 / (1.0 + np.exp(-scaled)), dtype=np.float64)
    return np.asarray(scaled, dtype=np.float64)
