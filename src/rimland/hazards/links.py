"""The three links of a yearly or dated hazard: log-likelihood of a row and its derivatives."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, gammaln

from rimland.errors import RimlandError

Link = Literal["cloglog", "logit", "log"]
LINKS: tuple[Link, ...] = ("cloglog", "logit", "log")
# exp(50) is a certain event within the year; beyond it only the arithmetic would suffer.
TOP = 50.0

Floats = NDArray[np.float64]


class HazardError(RimlandError):
    """A hazard could not be fitted or used; the message names the term or the row."""


class Pieces(NamedTuple):
    """Of each row, [n]: log-likelihood, its derivative in eta, information, Firth's adjustment."""

    value: Floats
    score: Floats
    """Derivative of the log-likelihood by the linear form."""
    expected: Floats
    """Fisher information of the linear form, w = (dmu/deta)^2 / V."""
    observed: Floats
    """Minus the second derivative of the log-likelihood by the linear form."""
    curve: Floats
    """(d2mu/deta2) / (dmu/deta) / 2: a leverage's weight in the score (Kosmidis and Firth 2009)."""


def pieces(link: Link, eta: Floats, y: Floats) -> Pieces:
    """Return value, score and information of rows with linear form `eta` and outcome `y`."""
    eta = np.minimum(eta, TOP)
    if link == "logit":
        mean = expit(eta)
        variance = mean * (1.0 - mean)
        value = y * eta - np.logaddexp(0.0, eta)
        return Pieces(value, y - mean, variance, variance, 0.5 - mean)
    rate = np.exp(eta)
    if link == "log":
        value = y * eta - rate - gammaln(y + 1.0)
        return Pieces(value, y - rate, rate, rate, np.full_like(rate, 0.5))
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        grown = np.expm1(rate)
        # rate / (exp(rate) - 1): the score of a row with an event; 1 as the rate goes to 0.
        fallen = np.where(rate > 0.0, rate / grown, 1.0)
        risen = np.where(rate > 0.0, rate / -np.expm1(-rate), 1.0)
        value = np.where(y > 0.0, np.log(-np.expm1(-rate)), -rate)
    score = np.where(y > 0.0, fallen, -rate)
    observed = np.where(y > 0.0, fallen * (risen - 1.0), rate)
    return Pieces(value, score, rate * fallen, observed, (1.0 - rate) / 2.0)


def mean(link: Link, eta: Floats) -> Floats:
    """Return the expected outcome: a probability (cloglog, logit) or an expected count (log)."""
    eta = np.minimum(eta, TOP)
    if link == "logit":
        return np.asarray(expit(eta))
    rate = np.exp(eta)
    return rate if link == "log" else -np.expm1(-rate)
