"""What happens when a transition fires: an outcome, its effects, and marks for who reads them.

Arrays in capitals are the program's, those in small letters the future's (see `layout`). Like
`luck`, this file is compiled into `kernel`, which names its digest.
"""

# mypy: disable-error-code="no-untyped-def"
# ruff: noqa: N803

from __future__ import annotations

import math

import numpy as np

from rimland.engine.layout import CLOCKS, FLAGS, NONE
from rimland.engine.luck import MOST_FIRINGS, inline, uniform

_NONE = np.uint32(NONE)
_ONE, _ZERO = np.uint32(1), np.uint32(0)
ENABLED, ARMED, STALE, GUARDED, MARKED = (np.uint8(bit) for bit in FLAGS.values())
_DISARMED = np.uint8(255 - FLAGS["armed"])
_CALENDAR, _QUEUE = np.uint32(CLOCKS["calendar"]), np.uint32(CLOCKS["queue"])
_FIRING, _BY_OUTCOME = np.uint64(1), np.uint64(1)
# What the lists of marked records hold; beside their lengths, how many moves there were and
# how many rows were recorded.
VARIABLES, FEATURES, INDICES, CLOCK_LIST, OBSERVER_LIST = range(5)
MOVES, RECORDED = 5, 6

FAULTS = ("feature", "index", "rate", "clock", "weight", "bounds", "cycle", "restarts", "firings")
(
    BAD_FEATURE, BAD_INDEX, BAD_RATE, BAD_CLOCK, BAD_WEIGHT, OUT_OF_BOUNDS, CYCLE,
    TOO_MANY_RESTARTS, TOO_MANY_FIRINGS,
) = (np.int64(i + 2) for i in range(len(FAULTS)))  # fmt: skip


@inline
def mark(records, dirty, sizes, which, i):
    """Put record i on a list of what has to be looked at again, once."""
    r = records[i]
    if r.marked == _ZERO:
        r.marked = _ONE
        dirty[which, sizes[which]] = i
        sizes[which] += 1


@inline
def wake(flag, dirty, sizes, k, why):
    """Put transition k on the list of clocks to look at again, once, and remember why."""
    was = flag[k]
    flag[k] = was | why | MARKED
    if was & MARKED == 0:
        dirty[CLOCK_LIST, sizes[CLOCK_LIST]] = k
        sizes[CLOCK_LIST] += 1


@inline
def _atom(var, variable, flag, lo, hi, moved, at):
    """Return an atom's value; of the variable `moved` it is the value at level `at`."""
    if variable == _NONE:
        return np.int64(1)
    level = at if variable == moved else var[variable].level
    return level if flag == _ZERO else np.int64(lo <= level <= hi)


@inline
def _product(var, r, v, at):
    return _atom(var, r.a, r.flag_a, r.lo_a, r.hi_a, v, at) * _atom(
        var, r.b, r.flag_b, r.lo_b, r.hi_b, v, at
    )


@inline
def _count(VAL, PAIRS, val, partners, dirty, sizes, row, first, last, step):
    """Add a step to what the node of a row shares with each partner in a part of a list."""
    for n in range(first, last):
        i = PAIRS[row + partners[n]]
        while i != _NONE:
            val[i].raw += step
            mark(val, dirty, sizes, FEATURES, i)
            i = VAL[i].also


@inline
def _retie(VAL, PLACE, PAIRS, val, partners, degree, dirty, sizes, a, b, tied):
    """Let a tie of two places come or go: each gains or loses the other's partners as shared.

    No feature counts what a node shares with itself, so that it may stand in the other's list.
    """
    step = np.int64(1) if tied else np.int64(-1)
    for _ in range(2):
        p, q = PLACE[a], PLACE[b]
        first, last = p.partners, p.partners + degree[a]
        _count(
            VAL, PAIRS, val, partners, dirty, sizes,
            p.pairs, q.partners, q.partners + degree[b], step,
        )  # fmt: skip
        if tied:
            partners[last] = q.node
            degree[a] += _ONE
        else:
            for n in range(first, last):
                if partners[n] == q.node:
                    partners[n] = partners[last - _ONE]
                    break
            degree[a] -= _ONE
        a, b = b, a


@inline
def change(
    VAR, TERM, VAL, LINKS, TIE, PLACE, PAIRS,
    var, val, partners, degree, dirty, sizes, v, new,
):  # fmt: skip
    """Move variable v to a level; the exact sums of the features that read it follow at once."""
    c = var[v]
    old = c.level
    if new == old:
        return
    c.level = new
    sizes[MOVES] += 1
    c.moved = sizes[MOVES]
    mark(var, dirty, sizes, VARIABLES, v)
    for j in range(VAR[v].terms, VAR[v + 1].terms):
        r = TERM[LINKS[j]]
        val[r.feature].raw += r.coef * (_product(var, r, v, new) - _product(var, r, v, old))
        mark(val, dirty, sizes, FEATURES, r.feature)
    for j in range(VAR[v].ties, VAR[v + 1].ties):
        t = TIE[j]
        tied = new >= t.at_least
        if tied != (old >= t.at_least):
            _retie(VAL, PLACE, PAIRS, val, partners, degree, dirty, sizes, t.a, t.b, tied)


@inline
def write(log, sizes, now, k, chosen, v, before, after):
    """Write one row of what happened; `log` is sized for a future whose events were counted."""
    r = log[sizes[RECORDED]]
    r.day = now
    r.transition = k
    r.outcome = chosen
    r.variable = v
    r.before = before
    r.after = after
    sizes[RECORDED] += 1


@inline
def linear(WT, val, theta, d, base, first, last):
    """Return theta[base] + sum of weights times values in declared order; -inf if one is off."""
    total = 0.0 if base == _NONE else theta[d, base]
    for j in range(first, last):
        r = WT[j]
        x = val[r.value].x
        if x == -math.inf:
            return x
        total += theta[d, r.parameter] * x
    return total


@inline
def can_serve(TR, GUARD, var, k):
    """Return whether a unit of queue k waits, is free to move, and finds a server."""
    first = TR[k].guards
    free = var[GUARD[first].variable].level
    waits = False
    for j in range(first + _ONE, TR[k + 1].guards):
        r = GUARD[j]
        c = var[r.variable]
        if c.level == r.hi:
            free -= 1
        elif c.level == r.lo and c.held == _ZERO:
            waits = True
    return waits and free > 0


@inline
def _next_in_line(TR, GUARD, var, k):
    """Return the outcome of queue k that serves who has waited longest; of equals the first."""
    chosen, earliest = _NONE, np.int64(2**62)
    first = TR[k].guards + _ONE
    for j in range(first, TR[k + 1].guards):
        r = GUARD[j]
        c = var[r.variable]
        if c.level == r.lo and c.held == _ZERO and c.moved < earliest:
            earliest = c.moved
            chosen = TR[k].outcomes + np.uint32(j - first)
    return chosen


@inline
def _choose(WT, TR, GUARD, OUT, var, val, fired, odds, theta, d, k, k0, k1):
    """Return the outcome of transition k, in declared order; NONE when a weight is bad."""
    if TR[k].kind == _QUEUE:
        return _next_in_line(TR, GUARD, var, k)
    first, last = TR[k].outcomes, TR[k + 1].outcomes
    if last - first == 1:
        return first
    most = -math.inf
    for o in range(first, last):
        r = OUT[o]
        w = linear(WT, val, theta, d, r.base, r.weights, OUT[o + 1].weights)
        odds[o - first] = w
        if not w < math.inf:
            return _NONE
        most = max(most, w)
    total = 0.0
    for j in range(last - first):  # relative to the largest, so that none overflows
        odds[j] = math.exp(odds[j] - most)
        total += odds[j]
    # The choice belongs to the firing, not to how often its clock began anew: restarts = 0.
    left = total * uniform(k0, k1, TR[k].key, fired[k].firings, np.uint64(0), _BY_OUTCOME)
    chosen = _NONE
    for o in range(first, last):
        if odds[o - first] > 0.0:
            chosen = np.uint32(o)
            left -= odds[o - first]
            if left <= 0.0:
                break
    return chosen


@inline
def fire(
    VAR, TERM, VAL, WT, TR, GUARD, OUT, EFF, OBS, LINKS, TIE, PLACE, PAIRS,
    var, val, flag, fired, obs, partners, degree, odds, dirty, sizes, fault, theta, log,
    now, d, k, k0, k1,
):  # fmt: skip
    """Let transition k happen; return 0 or a fault."""
    chosen = _choose(WT, TR, GUARD, OUT, var, val, fired, odds, theta, d, k, k0, k1)
    if chosen == _NONE:
        return BAD_WEIGHT
    if log.size > 0:
        write(log, sizes, now, k, chosen, _NONE, np.int64(0), np.int64(0))
    for j in range(TR[k].counts, TR[k + 1].counts):
        o = LINKS[j]
        r = OBS[o]
        if r.outcome == _NONE or r.outcome == chosen:
            obs[o].total += 1.0 if r.value == _NONE else val[r.value].x
    for j in range(OUT[chosen].effects, OUT[chosen + 1].effects):
        e = EFF[j]
        v = e.variable
        if var[v].held == _ZERO:
            level = e.value
            if e.add == _ONE:
                level += var[v].level
            if level < VAR[v].lo or level > VAR[v].hi:
                fault[0].which = v
                fault[0].number = level
                return OUT_OF_BOUNDS
            if log.size > 0:
                write(log, sizes, now, k, chosen, v, var[v].level, level)
            change(
                VAR, TERM, VAL, LINKS, TIE, PLACE, PAIRS,
                var, val, partners, degree, dirty, sizes, v, level,
            )  # fmt: skip
    c = fired[k]
    c.firings += _FIRING
    c.restarts = np.uint64(0)
    flag[k] &= _DISARMED
    if TR[k].kind == _CALENDAR:
        c.day += _ONE
    wake(flag, dirty, sizes, k, GUARDED)
    return np.int64(0) if c.firings < MOST_FIRINGS else TOO_MANY_FIRINGS
