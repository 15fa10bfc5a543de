"""The numbers a future draws: Threefry2x64-20, and durations by inversion of one uniform.

This file is compiled into `kernel`, which names its digest.
"""

# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numba as nb
import numpy as np

from rimland.engine.layout import CLOCKS

_EXPONENTIAL, _FIXED, _LOGNORMAL, _WEIBULL = (
    np.uint32(CLOCKS[kind]) for kind in ("exponential", "fixed", "lognormal", "weibull")
)
SMALLEST_SHAPE, LARGEST_SHAPE = 1e-3, 1e5
"""Shapes of a gamma clock for which the quantile is tested; others are refused."""


njit: Any = nb.njit


def inline(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a helper that is compiled into its caller, once for its one set of types."""
    options = {"forceinline": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    made: Callable[..., Any] = njit(error_model="numpy", _nrt=False, **options)(function)
    return made


# --- randomness (Salmon et al. 2011; the constants of Random123) -----------------------------

_PARITY = np.uint64(0x1BD11BDAA9FC1A22)
_R16, _R42, _R12, _R31, _R32, _R24, _R21, _R64 = (
    np.uint64(r) for r in (16, 42, 12, 31, 32, 24, 21, 64)
)
_U1, _U2, _U3, _U4, _U5 = (np.uint64(i) for i in range(1, 6))
_U8, _U11 = np.uint64(8), np.uint64(11)
_TWO_53 = 1.0 / 9007199254740992.0
_BELOW_1 = 1.0 - _TWO_53
MOST_RESTARTS, MOST_FIRINGS = np.uint64(2**24), np.uint64(2**32)


@inline
def _round(x0, x1, r):
    x0 = x0 + x1
    return x0, ((x1 << r) | (x1 >> (_R64 - r))) ^ x0


@inline
def _four(x0, x1, r0, r1, r2, r3):
    x0, x1 = _round(x0, x1, r0)
    x0, x1 = _round(x0, x1, r1)
    x0, x1 = _round(x0, x1, r2)
    return _round(x0, x1, r3)


@inline
def threefry(k0, k1, c0, c1):
    """Return Threefry2x64-20 of a key and a counter, two words each, all uint64."""
    k2 = k0 ^ k1 ^ _PARITY
    x0, x1 = _four(c0 + k0, c1 + k1, _R16, _R42, _R12, _R31)
    x0, x1 = _four(x0 + k1, x1 + k2 + _U1, _R16, _R32, _R24, _R21)
    x0, x1 = _four(x0 + k2, x1 + k0 + _U2, _R16, _R42, _R12, _R31)
    x0, x1 = _four(x0 + k0, x1 + k1 + _U3, _R16, _R32, _R24, _R21)
    x0, x1 = _four(x0 + k1, x1 + k2 + _U4, _R16, _R42, _R12, _R31)
    return x0 + k2, x1 + k0 + _U5


@inline
def uniform(k0, k1, name, firings, restarts, purpose):
    """Return the number in (0, 1) of a transition's firing; purpose 0: clock, 1: outcome."""
    word, _ = threefry(k0, k1, name, (firings << _R32) | (restarts << _U8) | purpose)
    # The upper half of the grid cannot hold the half; its last point would round to 1.
    return min((np.float64(word >> _U11) + 0.5) * _TWO_53, _BELOW_1)


@inline
def normal_quantile(p):
    """Return the standard normal quantile (Wichura 1988, AS 241, PPND16)."""
    q = p - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        a = 2509.0809287301226727 * r + 33430.575583588128105
        a = (a * r + 67265.770927008700853) * r + 45921.953931549871457
        a = (a * r + 13731.693765509461125) * r + 1971.5909503065514427
        a = (a * r + 133.14166789178437745) * r + 3.387132872796366608
        b = 5226.495278852545925 * r + 28729.085735721942674
        b = (b * r + 39307.89580009271061) * r + 21213.794301586595867
        b = (b * r + 5394.1960214247511077) * r + 687.1870074920579083
        return q * a / ((b * r + 42.313330701600911252) * r + 1.0)
    r = math.sqrt(-math.log(p if q < 0.0 else 1.0 - p))
    if r <= 5.0:
        r = r - 1.6
        a = 7.7454501427834140764e-4 * r + 0.0227238449892691845833
        a = (a * r + 0.24178072517745061177) * r + 1.27045825245236838258
        a = (a * r + 3.64784832476320460504) * r + 5.7694972214606914055
        a = (a * r + 4.6303378461565452959) * r + 1.42343711074968357734
        b = 1.05075007164441684324e-9 * r + 5.475938084995344946e-4
        b = (b * r + 0.0151986665636164571966) * r + 0.14810397642748007459
        b = (b * r + 0.68976733498510000455) * r + 1.6763848301838038494
        b = (b * r + 2.05319162663775882187) * r + 1.0
    else:
        r = r - 5.0
        a = 2.01033439929228813265e-7 * r + 2.71155556874348757815e-5
        a = (a * r + 0.0012426609473880784386) * r + 0.026532189526576123093
        a = (a * r + 0.29656057182850489123) * r + 1.7848265399172913358
        a = (a * r + 5.4637849111641143699) * r + 6.6579046435011037772
        b = 2.04426310338993978564e-15 * r + 1.4215117583164458887e-7
        b = (b * r + 1.8463183175100546818e-5) * r + 7.868691311456132591e-4
        b = (b * r + 0.0148753612908506148525) * r + 0.13692988092273580531
        b = (b * r + 0.59983220655588793769) * r + 1.0
    return -a / b if q < 0.0 else a / b


@inline
def _gamma_tails(a, s, c):
    """Return P(a, x), Q(a, x) and the density of log x at x = a exp(s).

    Series below a + 1, continued fraction above (Press et al. 2007, section 6.2), with the factor
    x^a e^-x / Gamma(a + 1) written in s, so that large shapes cancel nothing.
    """
    x = a * math.exp(s)
    factor = math.exp(c - a * (math.expm1(s) - s))
    if x < a + 1.0:
        term, total, n = 1.0, 1.0, a
        while term > 1e-17 * total:
            n += 1.0
            term *= x / n
            total += term
        below = min(factor * total, 1.0)
        return below, 1.0 - below, a * factor
    b = x + 1.0 - a
    upper, lower = 1e300, 1.0 / b
    fraction, change, n = lower, 0.0, 0.0
    while abs(change - 1.0) > 1e-16 and n < 1e5:
        n += 1.0
        step = n * (a - n)
        b += 2.0
        lower = 1.0 / (step * lower + b)
        upper = b + step / upper
        change = lower * upper
        fraction *= change
    above = min(a * factor * fraction, 1.0)
    return 1.0 - above, above, a * factor


@inline
def gamma_quantile(u, z, a):
    """Return the quantile at u of a gamma variate of shape a and scale 1; z is the normal one's.

    Newton's method in log x on the logarithm of the smaller tail. Both tails are log-concave in
    log x, so that it converges from everywhere; a step is at most 1, so that no tail underflows.
    The start is Wilson & Hilferty's (1931), or the leading term of the series where that fails.
    """
    if not SMALLEST_SHAPE <= a <= LARGEST_SHAPE:
        return math.nan
    if a < 100.0:
        c = a * math.log(a) - a - math.lgamma(a + 1.0)
    else:
        c = (1.0 / 360.0 - 1.0 / (1260.0 * a * a)) / (a * a * a) - 1.0 / (12.0 * a)
        c -= 0.5 * math.log(2.0 * math.pi * a)
    root = 1.0 - 1.0 / (9.0 * a) + z / (3.0 * math.sqrt(a))
    s = 3.0 * math.log(root) if root > 0.3 else (math.log(u) - c) / a - 1.0
    aim = math.log(u) if u < 0.5 else math.log1p(-u)
    for _ in range(100):
        below, above, density = _gamma_tails(a, s, c)
        if u < 0.5:
            step = (aim - math.log(below)) * below / density
        else:
            step = (math.log(above) - aim) * above / density
        s += max(min(step, 1.0), -1.0)
        if abs(step) < 1e-9:
            break
    return a * math.exp(s)


@inline
def work_quantile(kind, u, p, q):
    """Return the work at quantile u: Exp(1), or days; NaN where the parameters make no sense."""
    if kind == _EXPONENTIAL:
        return -math.log1p(-u)
    if kind == _FIXED:
        return p if p >= 0.0 else math.nan
    if kind == _WEIBULL:
        return q * (-math.log1p(-u)) ** (1.0 / p) if p > 0.0 and q > 0.0 else math.nan
    z = normal_quantile(u)
    if kind == _LOGNORMAL:
        return math.exp(p + q * z) if q >= 0.0 else math.nan
    return q * gamma_quantile(u, z, p) if q > 0.0 else math.nan
