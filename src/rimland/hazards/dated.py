"""Events with dates: the partial likelihood of Cox (1972, 1975), ties after Efron (1977).

The other way for dated events is the full likelihood: `estimate(..., link="log", exposure=days)`
with one row for each stretch of time on which nothing of a unit changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rimland.hazards.clusters import grouping
from rimland.hazards.estimate import Estimate, Prior
from rimland.hazards.links import Floats, HazardError

ROUNDS = 50
STEP = 1e-10
RUN = 0.05


def cox(
    x: ArrayLike,
    stop: ArrayLike,
    event: ArrayLike,
    *,
    terms: tuple[str, ...],
    start: ArrayLike | None = None,
    strata: NDArray[np.integer] | None = None,
    penalty: Prior | None = None,
    clusters: Mapping[str, NDArray[np.integer]] | None = None,
) -> Estimate:
    """Fit relative hazards of dated events, whatever the hazard common to all.

    A row is at risk on (start, stop] (start 0 if not given) and `event` [n] says whether it ended
    with one. `x` [n, K] has no constant: it would fall out. `strata` [n] have baselines of their
    own. With `clusters` the errors are those of Lin and Wei (1989), each way with the correction
    G / (G - 1). Equal to lifelines' and statsmodels' fits (Efron).

    Raises HazardError that names the term or row.
    """
    data = _checked(x, start, stop, event, strata, terms)
    precision = np.zeros(len(terms)) if penalty is None else penalty.precision(terms)
    groups = grouping(clusters or {}, len(data.x))
    beta = np.zeros(len(terms))
    now = _risk(data, beta)
    rounds = 0
    for _ in range(ROUNDS):
        rounds += 1
        information = now.information + np.diag(precision)
        step = np.linalg.solve(information, now.score - precision * beta)
        shrink, before = 1.0, now.value - 0.5 * float(precision @ beta**2)
        while True:
            tried = beta + shrink * step
            after = _risk(data, tried)
            gained = after.value - 0.5 * float(precision @ tried**2) - before
            if gained >= -1e-10 * (1.0 + abs(before)) or shrink < 1e-6:
                break
            shrink /= 2.0
        moved = np.abs(tried - beta) * data.scale
        beta, now = tried, after
        if float(np.max(moved)) < STEP * (1.0 + float(np.max(np.abs(beta) * data.scale))):
            break
        if np.max(moved) > RUN and gained < 1e-6 and not precision.any():
            term = terms[int(np.argmax(moved))]
            raise HazardError(
                f"The term '{term}' orders the events without exception: its coefficient grows"
                " without end. Use penalty=Prior(), or leave it out."
            )
    else:
        term = terms[int(np.argmax(moved))]
        raise HazardError(f"The fit did not settle in {ROUNDS} rounds; '{term}' still moves.")
    model: Floats = np.asarray(np.linalg.inv(now.information + np.diag(precision)))
    covariance = model
    if groups:
        parts = _residuals(data, beta)
        made = np.zeros_like(model)
        for group in groups:
            made += group.sign * group.cells / (group.cells - 1.0) * _meat(group.codes, parts)
        covariance = np.asarray(model @ made @ model)
    return Estimate(
        terms,
        "log",
        beta,
        covariance,
        model,
        now.value,
        len(data.x),
        float(np.sum(data.event)),
        {g.name: g.cells for g in groups if g.named},
        True,
        rounds,
        "none" if penalty is None else f"normal prior, scale {penalty.scale}",
    )


@dataclass(frozen=True)
class _Rows:
    x: Floats
    start: Floats
    stop: Floats
    event: NDArray[np.bool_]
    stratum: NDArray[np.int64]
    scale: Floats


class _Risk(NamedTuple):
    value: float
    score: Floats
    information: Floats


class _Ties(NamedTuple):
    """Of one stratum: one entry [E] for each event, Efron's share of its tie taken off."""

    rows: NDArray[np.intp]
    """Rows of the stratum."""
    weight: Floats
    """exp(x . beta) of those rows, over a common factor."""
    times: Floats
    """[T], distinct times of events."""
    at: NDArray[np.int64]
    """[E], which time each event belongs to."""
    share: Floats
    """[E], l / d for the l-th of d tied events."""
    zeroth: Floats
    """[E], sum of weights at risk, less the share of the tied."""
    first: Floats
    """[E, K], the same of weight times x."""
    second: Floats
    """[E, K, K], the same of weight times x x'."""


def _risk(data: _Rows, beta: Floats) -> _Risk:
    count = len(beta)
    value, score, information = 0.0, np.zeros(count), np.zeros((count, count))
    for at in _strata(data, beta):
        x, event = data.x[at.rows], data.event[at.rows]
        mean = at.first / at.zeroth[:, None]
        value += float(np.sum(np.log(at.weight[event])) - np.sum(np.log(at.zeroth)))
        score += x[event].sum(axis=0) - mean.sum(axis=0)
        information += (at.second / at.zeroth[:, None, None]).sum(axis=0) - mean.T @ mean
    return _Risk(value, score, information)


def _residuals(data: _Rows, beta: Floats) -> Floats:
    """Score residuals, [n, K]: what each row adds to the score (Therneau and Grambsch 2000)."""
    made = np.zeros_like(data.x)
    for at in _strata(data, beta):
        rows, size = at.rows, len(at.times)
        x, weight, event = data.x[rows], at.weight, data.event[rows]
        mean = at.first / at.zeroth[:, None]
        ties = np.bincount(at.at, minlength=size)
        over = _by_time(1.0 / at.zeroth, at.at, size)
        over_mean = _by_time(mean / at.zeroth[:, None], at.at, size)
        upto = np.concatenate([[0.0], np.cumsum(over)])
        upto_mean = np.vstack([np.zeros(x.shape[1]), np.cumsum(over_mean, axis=0)])
        first = np.searchsorted(at.times, data.start[rows], side="right")
        last = np.searchsorted(at.times, data.stop[rows], side="right")
        part = x * (upto[last] - upto[first])[:, None] - (upto_mean[last] - upto_mean[first])
        part *= -weight[:, None]
        own = np.searchsorted(at.times, data.stop[rows][event])
        off = _by_time(at.share / at.zeroth, at.at, size)[own]
        off_mean = _by_time(mean * (at.share / at.zeroth)[:, None], at.at, size)[own]
        part[event] += x[event] - (_by_time(mean, at.at, size) / ties[:, None])[own]
        part[event] += weight[event, None] * (x[event] * off[:, None] - off_mean)
        made[rows] = part
    return made


def _meat(codes: NDArray[np.int64], parts: Floats) -> Floats:
    sums = np.zeros((int(codes.max()) + 1, parts.shape[1]))
    for column in codes.reshape(len(codes), -1).T:
        np.add.at(sums, column, parts)
    return sums.T @ sums


def _strata(data: _Rows, beta: Floats) -> list[_Ties]:
    made = []
    for stratum in range(int(data.stratum.max()) + 1):
        rows = np.flatnonzero(data.stratum == stratum)
        if not np.any(data.event[rows]):
            continue
        x, start, stop = data.x[rows], data.start[rows], data.stop[rows]
        eta = x @ beta
        weight = np.exp(eta - eta.max())
        hit = np.flatnonzero(data.event[rows])
        hit = hit[np.argsort(stop[hit], kind="stable")]
        times, at, ties = np.unique(stop[hit], return_inverse=True, return_counts=True)
        share = (np.arange(len(hit)) - (np.cumsum(ties) - ties)[at]) / ties[at]
        moments = (
            weight,
            x * weight[:, None],
            np.einsum("n,ni,nj->nij", weight, x, x),
        )
        sums = []
        for moment in moments:
            there = _from(moment, stop, times) - _from(moment, start, times)
            tied = _by_time(moment[hit], at, len(times))
            fraction = share.reshape((-1,) + (1,) * (moment.ndim - 1))
            sums.append(there[at] - fraction * tied[at])
        made.append(_Ties(rows, weight, times, at, share, *sums))
    return made


def _from(moment: Floats, when: Floats, times: Floats) -> Floats:
    """Return for each time the sum over rows with `when` at or after it."""
    order = np.argsort(-when, kind="stable")
    upto = np.concatenate([np.zeros((1, *moment.shape[1:])), np.cumsum(moment[order], axis=0)])
    return np.asarray(upto[np.searchsorted(-when[order], -times, side="right")])


def _by_time(values: Floats, at: NDArray[np.int64], size: int) -> Floats:
    made = np.zeros((size, *values.shape[1:]))
    np.add.at(made, at, values)
    return made


def _checked(
    x: ArrayLike,
    start: ArrayLike | None,
    stop: ArrayLike,
    event: ArrayLike,
    strata: NDArray[np.integer] | None,
    terms: tuple[str, ...],
) -> _Rows:
    x, end = np.asarray(x, np.float64), np.asarray(stop, np.float64)
    if x.ndim != 2 or x.shape[1] != len(terms) or end.shape != x.shape[:1]:
        raise HazardError(
            f"x is {x.shape}, stop is {end.shape} and there are {len(terms)} terms; expected"
            " x [n, K], stop [n] and K terms."
        )
    begin = np.zeros(len(x)) if start is None else np.asarray(start, np.float64)
    happened = np.asarray(event, np.float64)
    for name, values in (("start", begin), ("stop", end), ("event", happened)):
        if values.shape != end.shape or not np.all(np.isfinite(values)):
            raise HazardError(f"{name} has to be a finite number in each of the {len(x)} rows.")
    if np.any(begin >= end):
        row = int(np.flatnonzero(begin >= end)[0])
        raise HazardError(f"Row {row} stops at {end[row]:g}, not after its start {begin[row]:g}.")
    if np.any((happened != 0.0) & (happened != 1.0)):
        raise HazardError("event has to be 0 or 1 in each row.")
    if not np.any(happened):
        raise HazardError(f"None of the {len(x)} rows ends with an event: there is nothing to fit.")
    for k, term in enumerate(terms):
        bad = np.flatnonzero(~np.isfinite(x[:, k]))
        if len(bad):
            raise HazardError(f"The term '{term}' is no finite number in row {bad[0]}.")
        if x[:, k].min() == x[:, k].max():
            raise HazardError(
                f"The term '{term}' is {x[0, k]:g} in every row: a constant falls out of a partial"
                " likelihood."
            )
    centred = x - x.mean(axis=0)
    scale = np.sqrt(np.mean(centred**2, axis=0))
    for k in range(1, len(terms)):
        rest, *_ = np.linalg.lstsq(centred[:, :k] / scale[:k], centred[:, k], rcond=None)
        left = centred[:, k] - centred[:, :k] / scale[:k] @ rest
        if float(left @ left) < 1e-14 * len(x) * scale[k] ** 2:
            raise HazardError(f"The term '{terms[k]}' is a sum of terms before it: leave one out.")
    codes = np.zeros(len(x), np.int64)
    if strata is not None:
        codes = np.unique(np.asarray(strata), return_inverse=True)[1].astype(np.int64)
    return _Rows(x, begin, end, happened == 1.0, codes, scale)
