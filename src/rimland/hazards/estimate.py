"""Fitting a hazard: maximum likelihood in blocks, Firth or a prior, errors clustered several ways.

Rows are units at risk for a time (mostly a year), `y` says whether (or how often) the event came.
`cloglog` is the link of a hazard seen once a year: the coefficients are those of exp(b + beta.x),
the equation that the engine runs (Prentice and Gloeckler 1978). `log` is the full likelihood of
dated events with exposure. Everything is made in blocks of rows, so that the memory beyond `x` and
the cluster codes stays small.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from rimland.hazards.checks import Data, checked, separated
from rimland.hazards.clusters import grouping, sandwich
from rimland.hazards.links import Floats, HazardError, Link, mean, pieces

# Small enough to stay in a core's cache: three times as fast as blocks of 65,536 rows.
BLOCK = 4096
ROUNDS = 60
# Scaled steps below this are the noise of double precision over millions of rows.
STEP = 1e-9
# One step of Firth's scoring moves no scaled coefficient further (as logistf does).
LEAP = 5.0
# A likelihood that no longer gains while a scaled coefficient still moves by this has no maximum.
RUN = 0.05


@dataclass(frozen=True)
class Prior:
    """A weak normal prior with mean 0 and this scale, on all terms or on those named.

    A scale of 2.5 on a statistic of unit spread says that a twelvefold hazard is ordinary and a
    hundredfold rare (after Gelman and others 2008, who use a Cauchy). Terms that are not named,
    and one called `constant`, are left free.
    """

    scale: float | Mapping[str, float] = 2.5

    def precision(self, terms: tuple[str, ...]) -> Floats:
        """Return 1 / scale^2 for each term, [K]; 0 where it is free."""
        if isinstance(self.scale, Mapping):
            unknown = sorted(set(self.scale) - set(terms))
            if unknown:
                raise HazardError(f"The prior names '{unknown[0]}', which is no term of the fit.")
            scales = np.array([self.scale.get(t, np.inf) for t in terms], float)
        else:
            scales = np.array([np.inf if t == "constant" else self.scale for t in terms], float)
        if not np.all(scales > 0.0):
            raise HazardError(f"A prior's scale has to be above 0; got {self.scale}.")
        return 1.0 / scales**2


Penalty = Literal["none", "firth"] | Prior


@dataclass(frozen=True)
class Estimate:
    """A fitted hazard; a trailing underscore marks what was learned."""

    terms: tuple[str, ...]
    link: Link
    coefficients_: Floats
    """[K], log hazard (or odds) ratio per unit of each term."""
    covariance_: Floats
    """[K, K], clustered where clusters were given, else that of the model."""
    covariance_model_: Floats
    """[K, K], inverse of the expected information (and the prior's precision)."""
    log_likelihood_: float
    """Without the penalty."""
    rows: int
    events: float
    clusters: Mapping[str, int]
    """How many clusters of each key."""
    converged_: bool
    iterations_: int
    penalty: str

    @property
    def errors_(self) -> Floats:
        """Return the standard errors, [K], clustered where clusters were given."""
        return np.sqrt(np.diag(self.covariance_))

    def coefficient(self, term: str) -> float:
        """Return the coefficient of one term; raises HazardError if there is none."""
        if term not in self.terms:
            raise HazardError(f"The fit has no term '{term}'; it has {', '.join(self.terms)}.")
        return float(self.coefficients_[self.terms.index(term)])

    def predict(self, x: ArrayLike, exposure: ArrayLike | None = None) -> Floats:
        """Return the probability of an event in each row [n] (log: its expected count)."""
        eta = np.asarray(x, float) @ self.coefficients_
        if exposure is not None:
            eta = eta + np.log(np.asarray(exposure, float))
        return mean(self.link, eta)

    def table(self, level: float = 0.95) -> pl.DataFrame:
        """Return term, coefficient, standard error, ratio with its interval, z and p."""
        error, reach = self.errors_, float(ndtri(0.5 + level / 2.0))
        b = self.coefficients_
        with np.errstate(over="ignore"):
            return pl.DataFrame(
                {
                    "term": list(self.terms),
                    "coefficient": b,
                    "error": error,
                    "hazard_ratio": np.exp(b),
                    "low": np.exp(b - reach * error),
                    "high": np.exp(b + reach * error),
                    "z": b / error,
                    "p": 2.0 * ndtr(-np.abs(b / error)),
                }
            )


def estimate(
    x: ArrayLike,
    y: ArrayLike,
    *,
    terms: tuple[str, ...],
    link: Link,
    exposure: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    penalty: Penalty = "none",
    clusters: Mapping[str, NDArray[np.integer]] | None = None,
) -> Estimate:
    """Fit a hazard by Fisher scoring.

    `x` is [n, K] with a constant among its columns if one is wanted, `y` [n] is 0 or 1 (`log`: a
    count), `exposure` [n] the time at risk, `weights` [n] how often a row counts. `penalty` is
    `none`, `firth` (the mean-bias reducing score of Firth 1993, for any link by Kosmidis and Firth
    2009) or a `Prior`.

    `clusters` maps a name to codes [n]. One key: the one-way sandwich with the correction
    G / (G - 1) * (n - 1) / (n - K); several: Cameron, Gelbach and Miller (2011), each part with
    its own correction. Codes [n, 2] are the two states of a dyad: rows that share either are
    dependent (Aronow, Samii and Assenova 2015).

    Raises HazardError that names the term or row: values that are no number, no events, collinear
    columns, separation without a penalty.
    """
    data = checked(x, y, terms, link, exposure, weights, penalised=penalty != "none")
    groups = grouping(clusters or {}, data.rows)
    precision = penalty.precision(terms) if isinstance(penalty, Prior) else np.zeros(len(terms))
    found = _maximum(data, link, penalty == "firth", precision)
    beta = found.beta
    model = _inverse(found.information + np.diag(precision), terms)
    covariance = model
    if groups:
        observed, score = _last_pass(data, link, beta, penalty == "firth", model)
        bread = _inverse(observed + np.diag(precision), terms)
        covariance = sandwich(bread, data.x, score, groups)
    return Estimate(
        tuple(terms),
        link,
        beta,
        covariance,
        model,
        found.value,
        data.rows,
        float(np.sum(data.y if data.weights is None else data.y * data.weights)),
        {g.name: g.cells for g in groups if g.named},
        found.converged,
        found.rounds,
        penalty if isinstance(penalty, str) else f"normal prior, scale {penalty.scale}",
    )


@dataclass(frozen=True)
class _State:
    beta: Floats
    value: float
    """Log-likelihood."""
    score: Floats
    information: Floats
    rounds: int = 0
    converged: bool = False


def _maximum(data: Data, link: Link, firth: bool, precision: Floats) -> _State:
    """Fisher scoring with halved steps; see `_gain` for when a step is taken."""
    scale = data.scale
    now = _at(data, link, _start(data, link), firth)
    for round_ in range(1, ROUNDS + 1):
        gradient = now.score - precision * now.beta
        step = _inverse(now.information + np.diag(precision), data.terms) @ gradient
        if firth:
            step *= min(1.0, LEAP / max(float(np.max(np.abs(step) * scale)), 1e-300))
        shrink = 1.0
        while True:
            after, gained = _gain(data, link, now, now.beta + shrink * step, firth, precision)
            # Rounding over many rows: a fall within it is none.
            if gained >= -1e-10 * (1.0 + abs(now.value)) or shrink < 1e-6:
                break
            shrink /= 2.0
        moved = np.abs(after.beta - now.beta) * scale
        now = after
        if float(np.max(moved)) < STEP * (1.0 + float(np.max(np.abs(now.beta) * scale))):
            return _State(now.beta, now.value, now.score, now.information, round_, True)
        if np.max(moved) > RUN and gained < 1e-6 and not firth and not precision.any():
            separated(data.terms, moved)
    raise HazardError(
        f"The fit did not settle in {ROUNDS} rounds; the term '{data.terms[int(np.argmax(moved))]}'"
        " still moves. A weak prior (penalty=Prior()) usually settles it."
    )


def _gain(
    data: Data, link: Link, now: _State, beta: Floats, firth: bool, precision: Floats
) -> tuple[_State, float]:
    """Return the state at `beta` and what the penalised likelihood gained on the way there.

    Firth's score is the slope of the likelihood with the Jeffreys prior, but for cloglog only
    nearly so: there a step also counts as a gain if the score, in its own errors, became smaller.
    """
    if not firth:
        after = _at(data, link, beta, False)
        return after, _penalised(after, precision) - _penalised(now, precision)
    try:
        after = _at(data, link, beta, True)
    except HazardError:
        # So far out that a term has lost all information.
        return now, -np.inf
    gained = after.value - now.value
    gained += 0.5 * float(np.linalg.slogdet(after.information)[1])
    gained -= 0.5 * float(np.linalg.slogdet(now.information)[1])
    left, before = (
        float(s.score @ _inverse(s.information, data.terms) @ s.score) for s in (after, now)
    )
    return after, max(gained, before - left) if np.isfinite(gained) else -np.inf


def _start(data: Data, link: Link) -> Floats:
    """Start at the overall rate where a column is constant, else at 0."""
    beta = np.zeros(len(data.terms))
    if data.constant is not None:
        column, level = data.constant
        share = float(np.sum(data.y) / data.exposed)
        if link == "logit":
            share = share / max(1.0 - share, 1e-9)
        elif link == "cloglog":
            share = -np.log1p(-min(share, 1.0 - 1e-9))
        beta[column] = np.log(share) / level
    return beta


def _penalised(state: _State, precision: Floats) -> float:
    return state.value - 0.5 * float(precision @ state.beta**2)


def _at(data: Data, link: Link, beta: Floats, firth: bool) -> _State:
    """Value, score and expected information at `beta`, in one pass (two for Firth)."""
    count = len(beta)
    value, score, information = 0.0, np.zeros(count), np.zeros((count, count))
    for x, y, offset, weight in data.blocks(BLOCK):
        at = pieces(link, x @ beta + offset, y)
        value += float(np.sum(at.value * weight))
        score += x.T @ (at.score * weight)
        information += x.T @ (x * (at.expected * weight)[:, None])
    if firth:
        inverse = _inverse(information, data.terms)
        for x, y, offset, weight in data.blocks(BLOCK):
            at = pieces(link, x @ beta + offset, y)
            score += x.T @ (_leverage(x, at.expected * weight, inverse) * at.curve)
    return _State(beta, value, score, information)


def _last_pass(
    data: Data, link: Link, beta: Floats, firth: bool, inverse: Floats
) -> tuple[Floats, Floats]:
    """Observed information [K, K], and each row's score by its linear form [n]."""
    observed = np.zeros((len(beta), len(beta)))
    scores = []
    for x, y, offset, weight in data.blocks(BLOCK):
        at = pieces(link, x @ beta + offset, y)
        observed += x.T @ (x * (at.observed * weight)[:, None])
        score = at.score * weight
        if firth:
            score = score + _leverage(x, at.expected * weight, inverse) * at.curve
        scores.append(score)
    return observed, np.concatenate(scores)


def _leverage(x: Floats, weight: Floats, inverse: Floats) -> Floats:
    return np.asarray(weight * np.einsum("ij,ij->i", x @ inverse, x))


def _inverse(matrix: Floats, terms: tuple[str, ...]) -> Floats:
    """Invert an information matrix; name the term about which there is none."""
    size = np.sqrt(np.clip(np.diag(matrix), 0.0, None))
    if not np.all(np.isfinite(matrix)) or np.any(size == 0.0):
        term = terms[int(np.argmin(np.where(np.isfinite(size), size, -1.0)))]
        raise HazardError(f"The data say nothing about the term '{term}'.")
    try:
        inverse: Floats = np.linalg.inv(matrix / np.outer(size, size)) / np.outer(size, size)
    except np.linalg.LinAlgError:
        raise HazardError(
            f"The information about {', '.join(terms)} is singular: two terms say the same."
        ) from None
    return (inverse + inverse.T) / 2.0
