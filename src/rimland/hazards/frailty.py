"""A unit's own record, shrunk toward its kind: a gamma factor on a fitted hazard.

A unit (a state under one kind of regime, a dyad) has hazards h_t of its kind and its own constant
factor z ~ Gamma(a, a), mean 1. With h_t small the posterior is Gamma(a + events, a + sum of h_t)
(Greenwood and Yule 1920; Clayton 1991). In years the likelihood of an event is 1 - exp(-z h_t), so
the posterior is integrated on a grid and the gamma with its mean and variance is kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar
from scipy.special import gammaln, logsumexp

from rimland.hazards.links import Floats, HazardError

# Wide enough for the flattest shape that is tried, fine enough for the most telling record.
_GRID = np.linspace(-14.0, 5.0, 400)
_SHAPES = (-2.5, 5.0)
"""Logs of the least and the greatest shape tried; e^5 is a spread of 8 %."""


@dataclass(frozen=True)
class Frailties:
    """What records leave: one gamma a unit, and the shape of the kind's gamma."""

    units: NDArray[np.int64]
    """Codes of the units, in order."""
    shape: Floats
    rate: Floats
    events: Floats
    expected: Floats
    """The sum of the kind's hazards over the unit's years."""
    prior: float
    """Shape (and rate) of the gamma of units that have no record."""

    def of(self, unit: int) -> tuple[float, float]:
        """Return shape and rate of a unit's factor; that of its kind when it has no record."""
        at = int(np.searchsorted(self.units, unit))
        if at == len(self.units) or self.units[at] != unit:
            return self.prior, self.prior
        return float(self.shape[at]), float(self.rate[at])


def frailties(
    hazard: ArrayLike, event: ArrayLike, unit: ArrayLike, *, shape: float | None = None
) -> Frailties:
    """Return the factor of every unit, and the shape that makes the records most likely.

    `hazard` [n] is the kind's cumulative hazard in the row (exp of a cloglog form), `event` [n] is
    0 or 1, `unit` [n] an integer code. `shape` fixes the shape instead of estimating it.
    """
    h, y = np.asarray(hazard, float), np.asarray(event, float)
    codes, dense = np.unique(np.asarray(unit), return_inverse=True)
    if not (h.shape == y.shape == dense.shape) or not np.all((y == 0.0) | (y == 1.0)):
        raise HazardError("Frailties need a hazard, an event (0 or 1) and a unit for every row.")
    if not np.all(np.isfinite(h) & (h >= 0.0)):
        raise HazardError("Frailties need hazards that are finite and not below 0.")
    calm = np.bincount(dense, h * (1.0 - y), minlength=len(codes))
    value: Floats = np.asarray(-calm[:, None] * np.exp(_GRID)[None, :], float)
    for row in np.nonzero(y)[0]:
        value[dense[row]] += np.log(-np.expm1(-h[row] * np.exp(_GRID)))
    chosen = _likeliest(value) if shape is None else float(shape)
    weight = value + _log_prior(chosen)
    weight = np.exp(weight - logsumexp(weight, axis=1, keepdims=True))
    first = weight @ np.exp(_GRID)
    spread = weight @ np.exp(2.0 * _GRID) - first**2
    return Frailties(
        codes.astype(np.int64),
        first**2 / spread,
        first / spread,
        np.bincount(dense, y, minlength=len(codes)).astype(float),
        np.bincount(dense, h, minlength=len(codes)).astype(float),
        chosen,
    )


def _log_prior(shape: float) -> Floats:
    """Log density of log z under Gamma(shape, shape), as weights on the even grid."""
    log_z = _GRID
    found: Floats = (
        shape * np.log(shape)
        - gammaln(shape)
        + shape * log_z
        - shape * np.exp(log_z)
        + np.log(log_z[1] - log_z[0])
    )
    return found


def _likeliest(value: Floats) -> float:
    """Return the shape of greatest marginal likelihood, units integrated out."""

    def loss(log_shape: float) -> float:
        return -float(np.sum(logsumexp(value + _log_prior(float(np.exp(log_shape))), axis=1)))

    found = minimize_scalar(loss, bounds=_SHAPES, method="bounded", options={"xatol": 1e-6})
    return float(np.exp(found.x))
