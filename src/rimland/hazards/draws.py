"""Draws from a fit: its coefficients jointly, and the numbers that scenarios ask it for.

An answer is transform(offset + row . beta) * G with beta ~ Normal(coefficients, covariance) and G a
gamma factor, or 1. Draw d takes one vector of independent standard normals z, each keyed by
(seed, d, the fit's name, the term), and

    beta = coefficients + S z,    S S' = covariance

with S the symmetric root, so that each coefficient follows mostly its own luck. All answers of a
fit read the same z: two of them are correlated as the covariance says. G is the quantile of one
uniform keyed by (seed, d, the fit's name, the answer), since a state's own record is nobody else's.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

from rimland.engine.random import uniforms
from rimland.history.catalogue import DataError
from rimland.history.fitfile import Answer, Fit

Array = NDArray[np.float64]

NODES = 61
"""Points of Gauss-Hermite quadrature; twice as many change quantiles by less than 1e-9."""
HALVINGS = 64


def draws(fit: Fit, of: str, seed: int, count: int, first_draw: int = 0) -> Array:
    """Return one value a draw of the answer `of`, in its unit, shape [count].

    Value d depends on (seed, first_draw + d, the fit) alone: more draws never change earlier ones,
    bit for bit. Raises DataError with the nearest name when the fit gives no such answer.
    """
    answer = fit.answer(of)
    middle, weights = _linear(fit, answer)
    x = np.full(count, middle)
    # summed term by term: a product of matrices may add in another order for another count
    for term, weight in zip(fit.terms, weights, strict=True):
        if weight:
            u = uniforms(seed, count, f"fit {fit.name}: {term.name}", first_draw)
            x += weight * special.ndtri(u)
    values = _value(answer.transform, x)
    if answer.frailty is not None:
        shape, rate = answer.frailty
        u = uniforms(seed, count, f"fit {fit.name}: frailty of {of}", first_draw)
        values = values * special.gammaincinv(shape, u) / rate
    return values


def coefficients(fit: Fit, seed: int, count: int, first_draw: int = 0) -> Array:
    """Return the coefficients behind `draws`, shape [count, K] in the order of the fit's terms."""
    root = covariance_root(fit)
    out = np.tile([term.coefficient for term in fit.terms], (count, 1)).astype(np.float64)
    for k, term in enumerate(fit.terms):
        u = uniforms(seed, count, f"fit {fit.name}: {term.name}", first_draw)
        out += special.ndtri(u)[:, None] * root[k]
    return out


def quantile(fit: Fit, of: str, u: Array) -> Array:
    """Return the quantiles of the answer's own distribution at `u`, all in (0, 1).

    Without frailty it is the transform of a normal's quantile. With it, the distribution is that of
    a product: of the two factors the narrower is integrated out by Gauss-Hermite quadrature, and
    the result inverted by halving in the logarithm.
    """
    answer = fit.answer(of)
    middle, weights = _linear(fit, answer)
    spread = float(np.sqrt(np.sum(weights**2)))
    if answer.frailty is None:
        return _value(answer.transform, middle + spread * special.ndtri(np.asarray(u, np.float64)))
    return _product(answer, middle, spread, np.asarray(u, np.float64))


def covariance_root(fit: Fit) -> Array:
    """Return the symmetric square root of the fit's covariance, [K, K].

    Raises DataError when the covariance is not one: not symmetric, or with a negative variance in
    some direction beyond rounding.
    """
    whole = np.asarray(fit.covariance, dtype=np.float64).reshape(len(fit.terms), -1)
    if whole.shape != (len(fit.terms), len(fit.terms)) or not np.allclose(whole, whole.T):
        raise DataError(f"The covariance of the fit '{fit.name}' is not symmetric in its terms.")
    values, vectors = np.linalg.eigh(whole)
    if values.size and values[0] < -1e-9 * max(values[-1], 1e-300):
        raise DataError(f"The covariance of the fit '{fit.name}' has a negative variance.")
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)


def _linear(fit: Fit, answer: Answer) -> tuple[float, Array]:
    """Return the middle of the linear form, and its weight on each standard normal."""
    known = {term.name for term in fit.terms}
    strange = [name for name in answer.row if name not in known]
    if strange:
        raise DataError(
            f"The fit '{fit.name}' answers by '{strange[0]}', which is none of its terms."
        )
    row = np.array([answer.row.get(term.name, 0.0) for term in fit.terms], dtype=np.float64)
    beta = np.array([term.coefficient for term in fit.terms], dtype=np.float64)
    return float(answer.offset + row @ beta), np.asarray(covariance_root(fit) @ row)


def _value(transform: str, x: Array) -> Array:
    if transform == "exp":
        return np.exp(x)
    if transform == "expit":
        return np.asarray(special.expit(x), dtype=np.float64)
    if transform == "cloglog":
        return np.asarray(-np.expm1(-np.exp(x)), dtype=np.float64)
    return np.asarray(x, dtype=np.float64)


def _form(transform: str, value: Array) -> Array:
    """Return the linear form that has this value; infinite where no form reaches it."""
    with np.errstate(divide="ignore", invalid="ignore"):
        if transform == "exp":
            return np.log(value)
        inside = np.minimum(value, 1.0)
        if transform == "expit":
            return np.asarray(special.logit(inside), dtype=np.float64)
        return np.log(-np.log1p(-inside))


def _product(answer: Answer, middle: float, spread: float, u: Array) -> Array:
    """Return quantiles of transform(Normal(middle, spread)) * Gamma, `u` of any shape."""
    assert answer.frailty is not None
    if answer.transform == "identity":
        raise DataError("a frailty multiplies what is positive; a plain linear form may not be")
    shape, rate = answer.frailty
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    weights = weights / weights.sum()
    gamma_spread = float(np.sqrt(special.polygamma(1, shape)))  # of the factor's logarithm

    if spread <= gamma_spread:
        base = _value(answer.transform, middle + spread * nodes)

        def below(value: Array) -> Array:
            ratio = np.exp(value[..., None] - np.log(base))
            return np.asarray(special.gammainc(shape, rate * ratio) @ weights)
    else:
        factor = np.log(special.gammaincinv(shape, special.ndtr(nodes)) / rate)

        def below(value: Array) -> Array:
            form = _form(answer.transform, np.exp(value[..., None] - factor))
            return np.asarray(special.ndtr((form - middle) / spread) @ weights)

    tail = 1e-13
    ends = special.gammaincinv(shape, tail), special.gammainccinv(shape, tail)
    reach = _value(answer.transform, middle + spread * np.array([-9.0, 9.0]))
    low = np.full(u.shape, np.log(max(float(reach[0] * ends[0] / rate), 1e-300)))
    high = np.full(u.shape, np.log(float(reach[1] * ends[1] / rate)))
    for _ in range(HALVINGS):
        half = 0.5 * (low + high)
        under = below(half) < u
        low, high = np.where(under, half, low), np.where(under, high, half)
    return np.asarray(np.exp(0.5 * (low + high)), dtype=np.float64)


__all__ = ["coefficients", "covariance_root", "draws", "quantile"]
