"""The compiled kernel: one future after another, by the next-reaction method.

Each enabled transition holds work left, a speed, and the time at which the one will have been
spent at the other (random time change: Anderson 2007; Gibson & Bruck 2000). An event changes
variables; what reads them is marked; `settle` looks at what is marked and nothing else. The
layout of the arrays is drawn in `arrays`.

Kernel and helpers stay in this one file: numba's cache looks at the file of the outer function
only, and would run a helper's old code after an edit elsewhere. Nothing here allocates, slices
or formats; index fields are uint32, so that no wrap-around code is made.
"""

# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numba as nb
import numpy as np

from rimland.engine.arrays import BLOCK, CLOCKS, MOMENTS, NONE, OBSERVERS, TRANSFORMS

_NONE = np.uint32(NONE)
_ONE, _ZERO = np.uint32(1), np.uint32(0)
_BLOCK = np.int64(BLOCK)
_LOG1P, _SQRT, _LOG = (np.uint32(TRANSFORMS[k]) for k in ("log1p", "sqrt", "log"))
_EXPONENTIAL, _FIXED, _LOGNORMAL, _WEIBULL, _CALENDAR = (
    np.uint32(CLOCKS[k]) for k in ("exponential", "fixed", "lognormal", "weibull", "calendar")
)
_LEVEL, _INTEGRAL, _COUNT, _FIRST, _HAZARD = (
    np.uint32(OBSERVERS[k]) for k in ("level", "integral", "count", "first", "hazard")
)
_HOLD = np.uint32(MOMENTS["hold"])

DONE, CANCELLED = 0, 1
FAULTS = ("feature", "index", "rate", "clock", "weight", "bounds", "cycle", "restarts", "firings")
_F_FEATURE, _F_INDEX, _F_RATE, _F_CLOCK, _F_WEIGHT, _F_BOUNDS, _F_CYCLE, _F_RESTARTS, _F_FIRINGS = (
    np.int64(i + 2) for i in range(len(FAULTS))
)
_POLL = 1023
"""The cancel flag is read at the start of a future and every so many events."""


def _inline(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a helper that is compiled into its caller, once for its one set of types."""
    options = {"forceinline": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    made: Callable[..., Any] = nb.njit(error_model="numpy", **options)(function)
    return made


def _outer(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the kernel; without a cache, and with a warning, if no folder can hold one."""
    options = {"nogil": True, "error_model": "numpy", "_nrt": False}
    made: Callable[..., Any]
    try:
        made = nb.njit(cache=True, **options)(function)
    except RuntimeError:
        warnings.warn(
            "the compiled engine cannot be kept, for no cache folder is writable, so that each "
            "new process compiles it again; set NUMBA_CACHE_DIR to a folder that is writable",
            stacklevel=2,
        )
        made = nb.njit(**options)(function)
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
_MOST_RESTARTS, _MOST_FIRINGS = np.uint64(2**24), np.uint64(2**32)


@_inline
def _round(x0, x1, r):
    x0 = x0 + x1
    return x0, ((x1 << r) | (x1 >> (_R64 - r))) ^ x0


@_inline
def _four(x0, x1, r0, r1, r2, r3):
    x0, x1 = _round(x0, x1, r0)
    x0, x1 = _round(x0, x1, r1)
    x0, x1 = _round(x0, x1, r2)
    return _round(x0, x1, r3)


@_inline
def threefry(k0, k1, c0, c1):
    """Return Threefry2x64-20 of a key and a counter, two words each, all uint64."""
    k2 = k0 ^ k1 ^ _PARITY
    x0, x1 = _four(c0 + k0, c1 + k1, _R16, _R42, _R12, _R31)
    x0, x1 = _four(x0 + k1, x1 + k2 + _U1, _R16, _R32, _R24, _R21)
    x0, x1 = _four(x0 + k2, x1 + k0 + _U2, _R16, _R42, _R12, _R31)
    x0, x1 = _four(x0 + k0, x1 + k1 + _U3, _R16, _R32, _R24, _R21)
    x0, x1 = _four(x0 + k1, x1 + k2 + _U4, _R16, _R42, _R12, _R31)
    return x0 + k2, x1 + k0 + _U5


@_inline
def uniform(k0, k1, name, firings, restarts, purpose):
    """Return the number in (0, 1) of a transition's firing; purpose 0: clock, 1: outcome."""
    word, _ = threefry(k0, k1, name, (firings << _R32) | (restarts << _U8) | purpose)
    # The upper half of the grid cannot hold the half; its last point would round to 1.
    return min((np.float64(word >> _U11) + 0.5) * _TWO_53, _BELOW_1)


@_inline
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


@_inline
def work_quantile(kind, u, p, q):
    """Return the work at quantile u: Exp(1), or days; NaN where the parameters make no sense."""
    if kind == _EXPONENTIAL:
        return -math.log1p(-u)
    if kind == _FIXED:
        return p if p >= 0.0 else math.nan
    if kind == _LOGNORMAL:
        return math.exp(p + q * normal_quantile(u)) if q >= 0.0 else math.nan
    return q * (-math.log1p(-u)) ** (1.0 / p) if p > 0.0 and q > 0.0 else math.nan


# --- marking what has to be looked at again ----------------------------------------------------


@_inline
def _mark(records, dirty, sizes, which, i):
    """Put record i on the list `dirty`, once."""
    if records[i].marked == _ZERO:
        records[i].marked = _ONE
        dirty[which, sizes[which]] = i
        sizes[which] += 1


@_inline
def _atom(var, variable, flag, lo, hi, moved, at):
    """Return an atom's value; of the variable `moved` it is the value at level `at`."""
    if variable == _NONE:
        return np.int64(1)
    level = at if variable == moved else var[variable].level
    return level if flag == _ZERO else np.int64(lo <= level <= hi)


@_inline
def _product(var, r, v, at):
    return _atom(var, r.a, r.flag_a, r.lo_a, r.hi_a, v, at) * _atom(
        var, r.b, r.flag_b, r.lo_b, r.hi_b, v, at
    )


@_inline
def _change(VAR, TERM, LINKS, var, val, dirty, sizes, v, new):
    """Move variable v to a level; the exact sums of the features that read it follow at once."""
    old = var[v].level
    if new == old:
        return
    var[v].level = new
    _mark(var, dirty, sizes, 0, v)
    for j in range(VAR[v].terms, VAR[v + 1].terms):
        r = TERM[LINKS[j]]
        val[r.feature].raw += r.coef * (_product(var, r, v, new) - _product(var, r, v, old))
        _mark(val, dirty, sizes, 1, r.feature)


@_inline
def _set_time(block, times, k, time):
    """Write transition k's next time; keep the first of the least of its block of 16."""
    times[k] = time
    own = block[k // _BLOCK]
    if time < own.time or (time == own.time and k < own.first):
        own.time = time
        own.first = k
    elif k == own.first and time > own.time:
        first = np.int64(k) // _BLOCK * _BLOCK
        least, at = times[first], first
        for i in range(first + 1, first + _BLOCK):
            if times[i] < least:
                least, at = times[i], i
        own.time = least
        own.first = np.uint32(at)


# --- looking again -----------------------------------------------------------------------------


@_inline
def _transformed(kind, x):
    """Return a transform; -inf (log of 0) is what the readers take as `off`."""
    if kind == _LOG1P:
        return math.log1p(x)
    if kind == _SQRT:
        return math.sqrt(x)
    if kind == _LOG:
        return math.log(x)
    return x


@_inline
def _linear(WT, val, theta, d, base, first, last):
    """Return theta[base] + sum of weights times values in declared order; -inf if one is off."""
    total = 0.0 if base == _NONE else theta[d, base]
    for j in range(first, last):
        x = val[WT[j].value].x
        if x == -math.inf:
            return -math.inf
        total += theta[d, WT[j].parameter] * x
    return total


@_inline
def _publish(VAL, LINKS, val, tr, obs, dirty, sizes, i, x):
    """Give value i a new number and mark its readers; an unchanged number disturbs nobody."""
    if x != val[i].x:
        val[i].x = x
        for j in range(VAL[i].indices, VAL[i + 1].indices):
            at = LINKS[j]
            _mark(val, dirty, sizes, 2, at)
        for j in range(VAL[i].clocks, VAL[i + 1].clocks):
            at = LINKS[j]
            tr[at].stale = _ONE
            _mark(tr, dirty, sizes, 3, at)
        for j in range(VAL[i].observers, VAL[i + 1].observers):
            at = LINKS[j]
            _mark(obs, dirty, sizes, 4, at)


@_inline
def _enabled(TR, GUARD, var, k):
    for j in range(TR[k].guards, TR[k + 1].guards):
        guard = GUARD[j]
        level = var[guard.variable].level
        if level < guard.lo or level > guard.hi:
            return False
    return True


@_inline
def _draw(TR, tr, theta, d, k, k0, k1):
    """Return fresh work for transition k; NaN where its clock's parameters make no sense."""
    r = TR[k]
    u = uniform(k0, k1, r.key, tr[k].firings, tr[k].restarts, np.uint64(0))
    p = 0.0 if r.p == _NONE else theta[d, r.p]
    q = 0.0 if r.q == _NONE else theta[d, r.q]
    return work_quantile(r.kind, u, p, q)


@_inline
def _clock(WT, TR, GUARD, DAYS, var, val, tr, block, times, theta, d, k, now, k0, k1):
    """Bring transition k up to date with the state; return 0 or a fault."""
    r = TR[k]
    c = tr[k]
    on = _enabled(TR, GUARD, var, k)
    if r.kind == _CALENDAR:
        time = math.inf
        if on:
            last = TR[k + 1].days
            while r.days + c.day < last and DAYS[r.days + c.day] < now:
                c.day = np.uint32(c.day + _ONE)
            if r.days + c.day < last:
                time = DAYS[r.days + c.day]
        _set_time(block, times, k, time)
        return np.int64(0)
    if not on:
        if c.enabled == _ZERO:
            return np.int64(0)
        c.enabled = _ZERO
        if c.speed > 0.0:
            c.work = max(c.work - c.speed * (now - c.since), 0.0)
        _set_time(block, times, k, math.inf)
        return np.int64(0)
    speed = c.speed
    if c.stale == _ONE:
        c.stale = _ZERO
        speed = math.exp(_linear(WT, val, theta, d, r.base, r.weights, TR[k + 1].weights))
        if not speed < math.inf:
            return _F_RATE
    if c.enabled == _ONE:
        if speed == c.speed:
            return np.int64(0)
        if times[k] <= now:
            c.work = 0.0
        elif c.speed > 0.0:
            c.work = max(c.work - c.speed * (now - c.since), 0.0)
    elif c.armed == _ZERO or r.again == _ZERO:
        if c.armed == _ONE:
            c.restarts += _U1
            if c.restarts >= _MOST_RESTARTS:
                return _F_RESTARTS
        c.armed = _ONE
        c.work = _draw(TR, tr, theta, d, k, k0, k1)
        if not c.work >= 0.0:
            return _F_CLOCK
    c.enabled = _ONE
    c.speed = speed
    c.since = now
    _set_time(block, times, k, now + c.work / speed if speed > 0.0 else math.inf)
    return np.int64(0)


@_inline
def _settle(
    VAR,
    VAL,
    WT,
    TR,
    GUARD,
    OBS,
    LINKS,
    DAYS,
    var,
    val,
    tr,
    obs,
    block,
    times,
    cov,
    dirty,
    sizes,
    fault_at,
    theta,
    d,
    now,
    k0,
    k1,
):
    """Look at everything that is marked: variables, features, indices, clocks, observers.

    Returns 0, or a fault whose place is in `fault_at`.
    """
    for n in range(sizes[0]):
        v = dirty[0, n]
        var[v].marked = _ZERO
        for j in range(VAR[v].guards, VAR[v + 1].guards):
            at = LINKS[j]
            _mark(tr, dirty, sizes, 3, at)
        for j in range(VAR[v].hits, VAR[v + 1].hits):
            o = LINKS[j]
            level = var[v].level
            if obs[o].total == math.inf and OBS[o].lo <= level <= OBS[o].hi:
                obs[o].total = now
    sizes[0] = 0
    for n in range(sizes[1]):
        i = dirty[1, n]
        val[i].marked = _ZERO
        x = np.float64(val[i].raw)
        if VAL[i].source != _NONE:
            x += cov[VAL[i].source]
        y = _transformed(VAL[i].transform, x)
        if math.isnan(y):
            fault_at[0].which = i
            fault_at[0].value = x
            return _F_FEATURE
        _publish(VAL, LINKS, val, tr, obs, dirty, sizes, i, y)
    sizes[1] = 0
    for n in range(sizes[2]):
        i = dirty[2, n]
        val[i].marked = _ZERO
        r = VAL[i]
        x = _linear(WT, val, theta, d, r.source, r.weights, VAL[i + 1].weights)
        y = x if x == -math.inf else _transformed(r.transform, x)
        if math.isnan(y):
            fault_at[0].which = i
            fault_at[0].value = x
            return _F_INDEX
        _publish(VAL, LINKS, val, tr, obs, dirty, sizes, i, y)
    sizes[2] = 0
    for n in range(sizes[3]):
        k = dirty[3, n]
        tr[k].marked = _ZERO
        fault = _clock(WT, TR, GUARD, DAYS, var, val, tr, block, times, theta, d, k, now, k0, k1)
        if fault != 0:
            fault_at[0].transition = k
            return fault
        for j in range(TR[k].hazards, TR[k + 1].hazards):
            at = LINKS[j]
            _mark(obs, dirty, sizes, 4, at)
    sizes[3] = 0
    for n in range(sizes[4]):
        o = dirty[4, n]
        obs[o].marked = _ZERO
        r = OBS[o]
        rate = 1.0
        if r.kind == _HAZARD:
            rate = tr[r.transition].speed
            if tr[r.transition].enabled == _ZERO:
                rate = 0.0
        if r.value != _NONE and rate > 0.0:
            rate *= val[r.value].x
        if rate != obs[o].rate:
            if now > obs[o].since:
                obs[o].total += obs[o].rate * (now - obs[o].since)
            obs[o].since = now
            obs[o].rate = rate
    sizes[4] = 0
    return np.int64(0)


# --- one event ---------------------------------------------------------------------------------


@_inline
def _choose(WT, TR, OUT, val, tr, theta, d, k, k0, k1):
    """Return the outcome of transition k in declared order of weight, or NONE on a bad weight."""
    first, last = TR[k].outcomes, TR[k + 1].outcomes
    if last - first == _ONE:
        return first
    # Weights relative to the largest, so that only their differences matter.
    most = -math.inf
    for o in range(first, last):
        form = OUT[o]
        w = _linear(WT, val, theta, d, form.base, form.weights, OUT[o + 1].weights)
        if not w < math.inf:
            return _NONE
        most = max(most, w)
    total = 0.0
    for o in range(first, last):
        form = OUT[o]
        total += math.exp(
            _linear(WT, val, theta, d, form.base, form.weights, OUT[o + 1].weights) - most
        )
    # The choice belongs to the firing, not to how often its clock began again: restarts = 0.
    left = total * uniform(k0, k1, TR[k].key, tr[k].firings, np.uint64(0), np.uint64(1))
    chosen = _NONE
    for o in range(first, last):
        form = OUT[o]
        w = math.exp(_linear(WT, val, theta, d, form.base, form.weights, OUT[o + 1].weights) - most)
        if w > 0.0:
            chosen = np.uint32(o)
            left -= w
            if left <= 0.0:
                break
    return chosen


@_inline
def _fire(
    VAR,
    TERM,
    WT,
    TR,
    OUT,
    EFF,
    OBS,
    LINKS,
    var,
    val,
    tr,
    obs,
    block,
    times,
    dirty,
    sizes,
    fault_at,
    theta,
    d,
    k,
    k0,
    k1,
):
    """Let transition k happen; return 0 or a fault."""
    chosen = _choose(WT, TR, OUT, val, tr, theta, d, k, k0, k1)
    if chosen == _NONE:
        return _F_WEIGHT
    for j in range(TR[k].counts, TR[k + 1].counts):
        o = LINKS[j]
        if OBS[o].outcome == _NONE or OBS[o].outcome == chosen:
            value = OBS[o].value
            obs[o].total += 1.0 if value == _NONE else val[value].x
    for j in range(OUT[chosen].effects, OUT[chosen + 1].effects):
        effect = EFF[j]
        v = effect.variable
        if var[v].held == _ZERO:
            level = effect.value
            if effect.add == _ONE:
                level += var[v].level
            if level < VAR[v].lo or level > VAR[v].hi:
                fault_at[0].which = v
                fault_at[0].number = level
                return _F_BOUNDS
            _change(VAR, TERM, LINKS, var, val, dirty, sizes, v, level)
    c = tr[k]
    c.firings += _U1
    if c.firings >= _MOST_FIRINGS:
        return _F_FIRINGS
    c.restarts = np.uint64(0)
    c.armed = _ZERO
    c.enabled = _ZERO
    if TR[k].kind == _CALENDAR:
        c.day = np.uint32(c.day + _ONE)
    _set_time(block, times, k, math.inf)
    _mark(tr, dirty, sizes, 3, k)
    return np.int64(0)


@_inline
def _reset(
    OBS,
    var,
    val,
    tr,
    obs,
    block,
    times,
    cov,
    dirty,
    sizes,
    var0,
    val0,
    cov0):
    """Put everything where a future begins, and mark all of it."""
    for v in range(var.size):
        var[v].level = var0[v].level
        var[v].held = var0[v].held
        var[v].marked = _ONE
        dirty[0, v] = np.uint32(v)
    features = sizes[5]
    for i in range(val.size):
        val[i].x = math.nan
        val[i].marked = _ONE
        if i < features:
            val[i].raw = val0[i].raw
            dirty[1, i] = np.uint32(i)
        else:
            dirty[2, i - features] = np.uint32(i)
    for c in range(cov.size):
        cov[c] = cov0[c]
    for k in range(tr.size):
        c = tr[k]
        c.speed = -1.0
        c.firings = np.uint64(0)
        c.restarts = np.uint64(0)
        c.day = _ZERO
        c.armed = _ZERO
        c.enabled = _ZERO
        c.stale = _ONE
        c.marked = _ONE
        dirty[3, k] = np.uint32(k)
        times[k] = math.inf
    for i in range(block.size):
        block[i].time = math.inf
        block[i].first = np.uint32(i * _BLOCK)
    for o in range(obs.size):
        obs[o].total = math.inf if OBS[o].kind == _FIRST else 0.0
        obs[o].rate = 0.0
        obs[o].since = 0.0
        obs[o].marked = _ZERO
        if OBS[o].kind == _INTEGRAL or OBS[o].kind == _HAZARD:
            obs[o].marked = _ONE
            dirty[4, sizes[4]] = np.uint32(o)
            sizes[4] += 1
    sizes[0] = var.size
    sizes[1] = features
    sizes[2] = val.size - features
    sizes[3] = tr.size


@_inline
def _record(OBS, val, obs, day, out, i, g):
    """Write every observer's value at a grid time; nothing of the future changes by it."""
    for o in range(obs.size):
        kind = OBS[o].kind
        if kind == _LEVEL:
            out[i, o, g] = val[OBS[o].value].x
        elif kind in (_COUNT, _FIRST):
            out[i, o, g] = obs[o].total
        else:
            total = obs[o].total
            if day > obs[o].since:
                total += obs[o].rate * (day - obs[o].since)
            out[i, o, g] = total


@_outer
def simulate(
    VAR,
    TERM,
    VAL,
    COV,
    WT,
    TR,
    GUARD,
    OUT,
    EFF,
    OBS,
    LINKS,
    DAYS,
    var,
    val,
    tr,
    obs,
    block,
    times,
    cov,
    dirty,
    sizes,
    fault_at,
    var0,
    val0,
    cov0,
    MOMENT,
    theta,
    grid,
    horizon,
    key,
    ask,
    out,
    events,
    flags,
):
    """Run futures `ask[0]` to `ask[1]` of a run; return DONE, CANCELLED or a fault's number.

    t, b, s     Tables, Start and State of `arrays`
    theta       float64[D, P]; grid: float64[G]; horizon: float64
    key         uint64[4]: seed, branch, first draw, first future
    ask         int64[4]: first, last + 1, futures per draw, most events at one instant
    out         float64[D * F, O, G]; events: int64[D * F]
    flags       int64[2]: not 0 asks to stop; futures beyond the second need not run
    """
    futures = ask[2]
    for i in range(ask[0], ask[1]):
        if flags[0] != 0 or i > flags[1]:
            return np.int64(CANCELLED)
        d = i // futures
        k0, k1 = threefry(
            key[0], key[1], key[2] + np.uint64(d), key[3] + np.uint64(i - d * futures)
        )
        for j in range(5):
            sizes[j] = 0
        _reset(
            OBS,
            var,
            val,
            tr,
            obs,
            block,
            times,
            cov,
            dirty,
            sizes,
            var0,
            val0,
            cov0,
        )
        now = 0.0
        count = np.int64(0)
        crowd = np.int64(0)
        g = 0
        moment = 0
        last = _NONE
        fault = np.int64(0)
        while True:
            fault = _settle(
                VAR,
                VAL,
                WT,
                TR,
                GUARD,
                OBS,
                LINKS,
                DAYS,
                var,
                val,
                tr,
                obs,
                block,
                times,
                cov,
                dirty,
                sizes,
                fault_at,
                theta,
                d,
                now,
                k0,
                k1,
            )
            if fault != 0:
                if fault_at[0].transition == _NONE:
                    fault_at[0].transition = last
                break
            time, k = math.inf, _ZERO
            for j in range(block.size):
                if block[j].time < time:
                    time, k = block[j].time, block[j].first
            planned = MOMENT[moment].day <= time
            if planned:
                time = MOMENT[moment].day
            while g < grid.size and grid[g] < time:
                _record(OBS, val, obs, grid[g], out, i, g)
                g += 1
            if time > horizon:
                break
            if planned:
                now = time
                while MOMENT[moment].day == now:
                    r = MOMENT[moment]
                    moment += 1
                    if r.kind == _HOLD:
                        var[r.which].held = _ONE
                        _change(
                            VAR, TERM, LINKS, var, val, dirty, sizes, r.which, np.int64(r.value)
                        )
                    else:
                        cov[r.which] = r.value
                        for j in range(COV[r.which].features, COV[r.which + 1].features):
                            at = LINKS[j]
                            _mark(val, dirty, sizes, 1, at)
                continue
            crowd = crowd + 1 if time == now else np.int64(0)
            now = time
            last = k
            count += 1
            if crowd > ask[3]:
                fault = _F_CYCLE
                fault_at[0].transition = k
                break
            fault = _fire(
                VAR,
                TERM,
                WT,
                TR,
                OUT,
                EFF,
                OBS,
                LINKS,
                var,
                val,
                tr,
                obs,
                block,
                times,
                dirty,
                sizes,
                fault_at,
                theta,
                d,
                k,
                k0,
                k1,
            )
            if fault != 0:
                fault_at[0].transition = k
                break
            if (count & _POLL) == 0 and flags[0] != 0:
                return np.int64(CANCELLED)
        events[i] = count
        if fault != 0:
            fault_at[0].code = fault
            fault_at[0].number = np.int64(fault_at[0].number)
            fault_at[0].draw = np.uint64(d)
            fault_at[0].future = np.uint64(i - d * futures)
            fault_at[0].day = now
            return fault
    return np.int64(DONE)
