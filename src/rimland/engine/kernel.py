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
    ARMED,
    BAD_CLOCK,
    BAD_FEATURE,
    BAD_INDEX,
    BAD_RATE,
    CLOCK_LIST,
    CYCLE,
    ENABLED,
    FEATURES,
    GUARDED,
    INDICES,
    OBSERVER_LIST,
    STALE,
    TOO_MANY_RESTARTS,
    VARIABLES,
    can_serve,
    change,
    fire,
    linear,
    mark,
    wake,
    write,
)  # fmt: skip
from rimland.engine.layout import AHEAD, CLOCKS, MOMENTS, NONE, OBSERVERS, TRANSFORMS
from rimland.engine.luck import (
    MOST_RESTARTS,
    inline,
    njit,
    threefry,
    uniform,
    work_quantile,
)
from rimland.engine.schedule import earliest, prefetch, set_time

INCLUDED = "7b57b26ab3e7fb5b"
"""The digest of luck.py, firing.py and schedule.py. numba's cache looks at the file of the outer
function only: an edit there has to change this file too, or the old code would go on running."""

_NONE = np.uint32(NONE)
_ONE, _ZERO = np.uint32(1), np.uint32(0)
_LOG1P, _SQRT, _LOG = (np.uint32(TRANSFORMS[kind]) for kind in ("log1p", "sqrt", "log"))
_CALENDAR, _QUEUE = np.uint32(CLOCKS["calendar"]), np.uint32(CLOCKS["queue"])
_HOLD = np.uint32(MOMENTS["hold"])
_LEVEL, _HAZARD = (np.uint32(OBSERVERS[kind]) for kind in ("level", "hazard"))
_FIRING, _BY_CLOCK = np.uint64(1), np.uint64(0)
_RUNNING = ENABLED | ARMED
_KEPT = ENABLED | ARMED | STALE
"""What a clock that was looked at still has to remember."""
_IDLE = ARMED | STALE

DONE, CANCELLED = 0, 1
_VAST = 4096
_FAR, _NEAR = AHEAD, AHEAD // 2
"""With more transitions than VAST the state outgrows the nearest caches, so that what the lists of
marked records name is fetched so many places ahead: records FAR, what they point to NEAR."""
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
def _publish(VAL, LINKS, val, flag, obs, dirty, sizes, i, x):
    """Give value i a new number and mark its readers; an unchanged number disturbs nobody.

    A clock that does not run looks at its readings when its guard comes true, not before.
    """
    c = val[i]
    if x != c.x:
        c.x = x
        r, end = VAL[i], VAL[i + 1]
        for j in range(r.indices, end.indices):
            mark(val, dirty, sizes, INDICES, LINKS[j])
        for j in range(r.clocks, end.clocks):
            k = LINKS[j]
            if flag[k] & ENABLED == 0:
                flag[k] |= STALE
            else:
                wake(flag, dirty, sizes, k, STALE)
        for j in range(r.observers, end.observers):
            mark(obs, dirty, sizes, OBSERVER_LIST, LINKS[j])


@inline
def _enabled(TR, GUARD, var, k):
    for j in range(TR[k].guards, TR[k].guards_end):
        r = GUARD[j]
        level = var[r.variable].level
        if level < r.lo or level > r.hi:
            return False
    return True


@inline
def _clock(
    WT, TR, GUARD, DAYS, var, val, tr, flag, fired, block, times, theta, d, k, now, k0, k1
):  # fmt: skip
    """Bring transition k up to date with the state; return 0 or a fault.

    `enabled` says what the clock did until now, `armed` that the work of this firing is drawn.
    """
    r = TR[k]
    c = tr[k]
    time = math.inf
    was = flag[k]
    flag[k] = was & _KEPT
    if r.kind == _QUEUE:
        time = now if can_serve(TR, GUARD, var, k) else math.inf
    elif r.kind == _CALENDAR:
        if _enabled(TR, GUARD, var, k):
            last = TR[k + 1].days
            f = fired[k]
            while r.days + f.day < last and DAYS[r.days + f.day] < now:
                f.day += _ONE
            if r.days + f.day < last:
                time = DAYS[r.days + f.day]
    elif _enabled(TR, GUARD, var, k) if was & GUARDED != 0 else was & ENABLED != 0:
        speed = c.speed
        if was & STALE != 0:
            speed = math.exp(linear(WT, val, theta, d, r.base, r.weights, r.weights_end))
            if not speed < math.inf:
                return BAD_RATE
        flag[k] = ENABLED | ARMED
        if was & _RUNNING == _RUNNING:
            if speed == c.speed:
                return np.int64(0)
            if times[k] <= now:
                c.work = 0.0
            elif c.speed > 0.0:
                c.work = max(c.work - c.speed * (now - c.since), 0.0)
        elif was & ARMED == 0 or r.again == _ZERO:
            f = fired[k]
            if was & ARMED != 0:
                f.restarts += _FIRING
                if f.restarts >= MOST_RESTARTS:
                    return TOO_MANY_RESTARTS
            u = uniform(k0, k1, r.key, f.firings, f.restarts, _BY_CLOCK)
            p = 0.0 if r.p == _NONE else theta[d, r.p]
            q = 0.0 if r.q == _NONE else theta[d, r.q]
            c.work = work_quantile(r.kind, u, p, q)
            if not c.work >= 0.0:
                return BAD_CLOCK
        c.speed = speed
        c.since = now
        if speed > 0.0:
            time = now + c.work / speed
    else:
        if was & ENABLED == 0:
            return np.int64(0)
        flag[k] = was & _IDLE
        if c.speed > 0.0:
            c.work = max(c.work - c.speed * (now - c.since), 0.0)
    set_time(block, times, k, time)
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
    var, val, tr, flag, fired, obs, block, times, cov, odds, partners, degree,
    dirty, sizes, fault, memory,
    memory0, MOMENT,
    theta, grid, horizon, key, ask, out, events, flags, log,
):  # fmt: skip
    """Run futures ask[0] up to ask[1] of a run; return DONE, CANCELLED or a fault's number.

    The first four lines of arguments are Tables, State and Start.

    theta       float64[D, P]; grid: float64[G]; horizon: float64
    key         uint64[4]: seed, branch, first draw, first future
    ask         int64[4]: first, last + 1, futures per draw, most events at one instant
    out         float64[D * F, O, G]; events: int64[D * F]
    flags       int64[2]: not 0 asks to stop; futures beyond the second need not run
    log         RECORD[]: room for all that happens, or of size 0 to write nothing
    """
    vast = tr.size > _VAST
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
                    wake(flag, dirty, sizes, LINKS[j], GUARDED)
                for j in range(VAR[v].hits, VAR[v + 1].hits):
                    m, w = obs[LINKS[j]], OBS[LINKS[j]]
                    if m.total == math.inf and w.lo <= level <= w.hi:
                        m.total = now
            sizes[VARIABLES] = 0
            for which in range(FEATURES, INDICES + 1):
                for n in range(sizes[which]):
                    a = dirty[which, n]
                    if vast:
                        prefetch(VAL, dirty[which, n + _FAR])
                        prefetch(val, dirty[which, n + _FAR])
                        prefetch(LINKS, VAL[dirty[which, n + _NEAR]].clocks)
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
                    _publish(VAL, LINKS, val, flag, obs, dirty, sizes, a, y)
                if bad != 0:
                    break
                sizes[which] = 0
            if bad != 0:
                break
            for n in range(sizes[CLOCK_LIST]):
                k = dirty[CLOCK_LIST, n]
                if vast:
                    far = dirty[CLOCK_LIST, n + _FAR]
                    prefetch(TR, far)
                    prefetch(tr, far)
                    prefetch(times, far)
                    prefetch(WT, TR[dirty[CLOCK_LIST, n + _NEAR]].weights)
                bad = _clock(
                    WT, TR, GUARD, DAYS, var, val, tr, flag, fired, block, times, theta,
                    d, k, now, k0, k1,
                )  # fmt: skip
                if bad != 0:
                    fault[0].transition = k
                    break
                for j in range(TR[k].hazards, TR[k].hazards_end):
                    mark(obs, dirty, sizes, OBSERVER_LIST, LINKS[j])
            if bad != 0:
                break
            sizes[CLOCK_LIST] = 0
            for n in range(sizes[OBSERVER_LIST]):
                m, w = obs[dirty[OBSERVER_LIST, n]], OBS[dirty[OBSERVER_LIST, n]]
                m.marked = _ZERO
                rate = 1.0
                if w.kind == _HAZARD:
                    on = flag[w.transition] & ENABLED != 0
                    rate = tr[w.transition].speed if on else 0.0
                if w.value != _NONE and rate > 0.0:
                    rate *= val[w.value].x
                if rate != m.rate:
                    if now > m.since:
                        m.total += m.rate * (now - m.since)
                    m.since = now
                    m.rate = rate
            sizes[OBSERVER_LIST] = 0
            time, k = earliest(block, sizes)
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
                var, val, flag, fired, obs, partners, degree, odds, dirty, sizes, fault, theta, log,
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
