"""The compiled kernel: one future after another, by the next-reaction method.

Each enabled transition holds work left, a speed, and the time at which the one will have been
spent at the other (random time change: Anderson 2007; Gibson & Bruck 2000). An event changes
variables; what reads them is marked; `_settle` looks at what is marked and at nothing else.
Arrays in capitals are the program's, those in small letters the future's; their layout is drawn
in `layout`. Nothing here allocates, slices or formats; index fields are uint32, so that no
wrap-around code is made.
"""

# mypy: disable-error-code="no-untyped-def, assignment"

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from rimland.engine.firing import (
    BAD_CLOCK,
    BAD_FEATURE,
    BAD_INDEX,
    BAD_RATE,
    CLOCK_LIST,
    CYCLE,
    FEATURES,
    INDICES,
    OBSERVER_LIST,
    TOO_MANY_RESTARTS,
    VARIABLES,
    can_serve,
    change,
    fire,
    linear,
    mark,
    write,
)  # fmt: skip
from rimland.engine.layout import BLOCK, CLOCKS, MOMENTS, NONE, OBSERVERS, TOP, TRANSFORMS
from rimland.engine.luck import (
    MOST_RESTARTS,
    inline,
    njit,
    threefry,
    uniform,
    work_quantile,
)

INCLUDED = "c996761cebc35a38"
"""The digest of luck.py and firing.py. numba's cache looks at the file of the outer function
only: an edit there has to change this file too, or the old code would go on running."""

_NONE = np.uint32(NONE)
_ONE, _ZERO = np.uint32(1), np.uint32(0)
_BLOCK, _TO_BLOCK = np.int64(BLOCK), np.uint32(BLOCK.bit_length() - 1)
_LOG1P, _SQRT, _LOG = (np.uint32(TRANSFORMS[kind]) for kind in ("log1p", "sqrt", "log"))
_CALENDAR, _QUEUE = np.uint32(CLOCKS["calendar"]), np.uint32(CLOCKS["queue"])
_HOLD = np.uint32(MOMENTS["hold"])
_LEVEL, _HAZARD = (np.uint32(OBSERVERS[kind]) for kind in ("level", "hazard"))
_FIRING, _BY_CLOCK = np.uint64(1), np.uint64(0)

DONE, CANCELLED = 0, 1
_POLL = 1023
"""The cancel flag is read at the start of a future and every so many events."""


def _outer(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the kernel; without a cache, and with a warning, if no folder can hold one."""
    options = {
        "nogil": True,
        "error_model": "numpy",
        "_nrt": False,
        "no_cfunc_wrapper": True,
    }
    made: Callable[..., Any]
    try:
        made = njit(**options, cache=True)(function)
    except RuntimeError:
        warnings.warn(
            "the compiled engine cannot be kept, for no cache folder is writable, so that each "
            "new process compiles it again; set NUMBA_CACHE_DIR to a folder that is writable",
            stacklevel=2,
        )
        made = njit(**options)(function)
    return made


# --- looking again -----------------------------------------------------------------------------


@inline
def _transformed(kind, x):
    """Return a transform; -inf (log of 0) is what the readers take as `off`."""
    if kind == _LOG1P:
        return math.log1p(x)
    if kind == _SQRT:
        return math.sqrt(x)
    if kind == _LOG:
        return math.log(x)
    return x


@inline
def _publish(VAL, LINKS, val, tr, obs, dirty, sizes, i, x):
    """Give value i a new number and mark its readers; an unchanged number disturbs nobody."""
    c = val[i]
    if x != c.x:
        c.x = x
        r, end = VAL[i], VAL[i + 1]
        for j in range(r.indices, end.indices):
            mark(val, dirty, sizes, INDICES, LINKS[j])
        for j in range(r.clocks, end.clocks):
            k = LINKS[j]
            tr[k].stale = _ONE
            if tr[k].enabled == _ONE:
                mark(tr, dirty, sizes, CLOCK_LIST, k)
        for j in range(r.observers, end.observers):
            mark(obs, dirty, sizes, OBSERVER_LIST, LINKS[j])


@inline
def _enabled(TR, GUARD, var, k):
    for j in range(TR[k].guards, TR[k + 1].guards):
        r = GUARD[j]
        level = var[r.variable].level
        if level < r.lo or level > r.hi:
            return False
    return True


@inline
def _set_time(block, times, k, time):
    """Write transition k's next time; keep the first of the least of its block of 16.

    Where blocks stand in blocks of 16 themselves, what has changed goes up until it meets a block
    whose least it is not and was not.
    """
    times[k] = time
    at = k >> _TO_BLOCK
    own = block[at]
    was = own.first
    if time < own.time or (time == own.time and k < was):
        own.time = time
        own.first = k
    elif k == was and time > own.time:
        first = np.int64(at) * _BLOCK
        least, best = times[first], first
        for i in range(first + 1, first + _BLOCK):
            if times[i] < least:
                least, best = times[i], i
        own.time = least
        own.first = np.uint32(best)
    else:
        return
    while own.parent != _NONE:
        up = block[own.parent]
        if own.time < up.time or (own.time == up.time and own.first <= up.first):
            up.time = own.time
            was, up.first = up.first, own.first
        elif was == up.first:
            best = np.int64(up.child)
            for i in range(best + 1, best + _BLOCK):
                if block[i].time < block[best].time:
                    best = i
            up.time = block[best].time
            up.first = block[best].first
        else:
            return
        own = up


@inline
def _clock(WT, TR, GUARD, DAYS, var, val, tr, block, times, theta, d, k, now, k0, k1):
    """Bring transition k up to date with the state; return 0 or a fault.

    `enabled` says what the clock did until now, `armed` that the work of this firing is drawn.
    """
    r = TR[k]
    c = tr[k]
    time = math.inf
    on = can_serve(TR, GUARD, var, k) if r.kind == _QUEUE else _enabled(TR, GUARD, var, k)
    if r.kind == _QUEUE:
        time = now if on else math.inf
    elif r.kind == _CALENDAR:
        if on:
            last = TR[k + 1].days
            while r.days + c.day < last and DAYS[r.days + c.day] < now:
                c.day += _ONE
            if r.days + c.day < last:
                time = DAYS[r.days + c.day]
    elif on:
        speed = c.speed
        if c.stale == _ONE:
            speed = math.exp(linear(WT, val, theta, d, r.base, r.weights, TR[k + 1].weights))
            if not speed < math.inf:
                return BAD_RATE
            c.stale = _ZERO
        if c.armed == _ONE and c.enabled == _ONE:
            if speed == c.speed:
                return np.int64(0)
            if times[k] <= now:
                c.work = 0.0
            elif c.speed > 0.0:
                c.work = max(c.work - c.speed * (now - c.since), 0.0)
        elif c.armed == _ZERO or r.again == _ZERO:
            if c.armed == _ONE:
                c.restarts += _FIRING
                if c.restarts >= MOST_RESTARTS:
                    return TOO_MANY_RESTARTS
            c.armed = _ONE
            u = uniform(k0, k1, r.key, c.firings, c.restarts, _BY_CLOCK)
            p = 0.0 if r.p == _NONE else theta[d, r.p]
            q = 0.0 if r.q == _NONE else theta[d, r.q]
            c.work = work_quantile(r.kind, u, p, q)
            if not c.work >= 0.0:
                return BAD_CLOCK
        c.enabled = _ONE
        c.speed = speed
        c.since = now
        if speed > 0.0:
            time = now + c.work / speed
    else:
        if c.enabled == _ZERO:
            return np.int64(0)
        c.enabled = _ZERO
        if c.speed > 0.0:
            c.work = max(c.work - c.speed * (now - c.since), 0.0)
    _set_time(block, times, k, time)
    return np.int64(0)


# --- a future ----------------------------------------------------------------------------------


@inline
def _record(OBS, val, obs, day, out, i, g):
    """Write every observer's value at a grid time; nothing of the future changes by it."""
    for o in range(obs.size):
        m, w = obs[o], OBS[o]
        x = m.total
        if w.kind == _LEVEL:
            x = val[w.value].x
        elif day > m.since and m.rate != 0.0:
            x += m.rate * (day - m.since)
        out[i, o, g] = x


@_outer
def simulate(
    VAR, TERM, VAL, COV, WT, TR, GUARD, OUT, EFF, OBS, LINKS, DAYS, TIE, PLACE, PAIRS,
    var, val, tr, obs, block, times, cov, odds, partners, degree, dirty, sizes, fault, memory,
    memory0, MOMENT,
    theta, grid, horizon, key, ask, out, events, flags, log,
):  # fmt: skip
    """Run futures ask[0] up to ask[1] of a run; return DONE, CANCELLED or a fault's number.

    The first three lines of arguments are Tables, State and Start.

    theta       float64[D, P]; grid: float64[G]; horizon: float64
    key         uint64[4]: seed, branch, first draw, first future
    ask         int64[4]: first, last + 1, futures per draw, most events at one instant
    out         float64[D * F, O, G]; events: int64[D * F]
    flags       int64[2]: not 0 asks to stop; futures beyond the second need not run
    log         RECORD[]: room for all that happens, or of size 0 to write nothing
    """
    for i in range(ask[0], ask[1]):
        if flags[0] != 0 or i > flags[1]:
            return np.int64(CANCELLED)
        d = i // ask[2]
        f = i - d * ask[2]
        k0, k1 = threefry(key[0], key[1], key[2] + np.uint64(d), key[3] + np.uint64(f))
        for n in range(memory.size):
            memory[n] = memory0[n]
        now = 0.0
        events[i] = 0
        crowd = np.int64(0)
        g = np.int64(0)
        moment = np.int64(0)
        last = _NONE
        bad = np.int64(0)
        while True:
            for n in range(sizes[VARIABLES]):
                v = dirty[VARIABLES, n]
                var[v].marked = _ZERO
                level = var[v].level
                for j in range(VAR[v].guards, VAR[v + 1].guards):
                    mark(tr, dirty, sizes, CLOCK_LIST, LINKS[j])
                for j in range(VAR[v].hits, VAR[v + 1].hits):
                    m, w = obs[LINKS[j]], OBS[LINKS[j]]
                    if m.total == math.inf and w.lo <= level <= w.hi:
                        m.total = now
            sizes[VARIABLES] = 0
            for which in range(FEATURES, INDICES + 1):
                for n in range(sizes[which]):
                    a = dirty[which, n]
                    val[a].marked = _ZERO
                    if which == INDICES:
                        base = VAL[a].source
                        x = linear(WT, val, theta, d, base, VAL[a].weights, VAL[a + 1].weights)
                    else:
                        x = np.float64(val[a].raw)
                        if VAL[a].source != _NONE:
                            x += cov[VAL[a].source]
                    y = x if x == -math.inf else _transformed(VAL[a].transform, x)
                    if math.isnan(y):
                        fault[0].which = a
                        fault[0].value = x
                        bad = BAD_INDEX if which == INDICES else BAD_FEATURE
                        break
                    _publish(VAL, LINKS, val, tr, obs, dirty, sizes, a, y)
                if bad != 0:
                    break
                sizes[which] = 0
            if bad != 0:
                break
            for n in range(sizes[CLOCK_LIST]):
                k = dirty[CLOCK_LIST, n]
                tr[k].marked = _ZERO
                bad = _clock(
                    WT, TR, GUARD, DAYS, var, val, tr, block, times, theta, d, k, now, k0, k1
                )
                if bad != 0:
                    fault[0].transition = k
                    break
                for j in range(TR[k].hazards, TR[k + 1].hazards):
                    mark(obs, dirty, sizes, OBSERVER_LIST, LINKS[j])
            if bad != 0:
                break
            sizes[CLOCK_LIST] = 0
            for n in range(sizes[OBSERVER_LIST]):
                m, w = obs[dirty[OBSERVER_LIST, n]], OBS[dirty[OBSERVER_LIST, n]]
                m.marked = _ZERO
                rate = 1.0
                if w.kind == _HAZARD:
                    rate = tr[w.transition].speed if tr[w.transition].enabled == _ONE else 0.0
                if w.value != _NONE and rate > 0.0:
                    rate *= val[w.value].x
                if rate != m.rate:
                    if now > m.since:
                        m.total += m.rate * (now - m.since)
                    m.since = now
                    m.rate = rate
            sizes[OBSERVER_LIST] = 0
            time, k = math.inf, _ZERO
            for j in range(sizes[TOP], block.size):
                if block[j].time < time:
                    time, k = block[j].time, block[j].first
            planned = MOMENT[moment].day <= time
            time = min(time, MOMENT[moment].day)
            while g < grid.size and grid[g] < time:
                _record(OBS, val, obs, grid[g], out, i, g)
                g += 1
            if time > horizon:
                break
            crowd = crowd + 1 if time == now else np.int64(0)
            now = time
            while planned and MOMENT[moment].day == now:
                r = MOMENT[moment]
                if r.kind == _HOLD:
                    var[r.which].held = _ONE
                    level = np.int64(r.value)
                    if log.size > 0:
                        write(log, sizes, now, _NONE, _NONE, r.which, var[r.which].level, level)
                    change(
                        VAR, TERM, VAL, LINKS, TIE, PLACE, PAIRS,
                        var, val, partners, degree, dirty, sizes, r.which, level,
                    )  # fmt: skip
                else:
                    cov[r.which] = r.value
                    for j in range(COV[r.which].features, COV[r.which + 1].features):
                        mark(val, dirty, sizes, FEATURES, LINKS[j])
                moment += 1
            if planned:
                continue
            last = k
            events[i] += 1
            bad = CYCLE if crowd > ask[3] else fire(
                VAR, TERM, VAL, WT, TR, GUARD, OUT, EFF, OBS, LINKS, TIE, PLACE, PAIRS,
                var, val, tr, obs, partners, degree, odds, dirty, sizes, fault, theta, log,
                now, d, k, k0, k1,
            )  # fmt: skip
            if bad != 0:
                fault[0].transition = k
                break
            if (events[i] & _POLL) == 0 and flags[0] != 0:
                return np.int64(CANCELLED)
        if bad != 0:
            r = fault[0]
            if r.transition == _NONE:
                r.transition = last
            r.code = bad
            r.draw = np.uint64(d)
            r.future = np.uint64(f)
            r.day = now
            return bad
    return np.int64(DONE)
