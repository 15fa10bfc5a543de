"""Measures: what a word offers to look at, and how it is read from observers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

How = Literal["level", "mean", "total", "ratio", "probability"]


@dataclass(frozen=True)
class Measure:
    """One thing a claim can ask for.

    `says` is plain words, `unit` what the number counts in. `how` says what is done with the
    observers, per draw and grid time t (days):

    level        their sum at t
    mean         their sum (integrals) over t
    total        their sum (counts or expected counts); with `per_years`, times per_years / t
    ratio        their sum over the sum of `over`, each first averaged over the futures
    probability  the share of futures in which the (one) `first` observer is at most t

    The result is multiplied by `scale`.
    """

    name: str
    says: str
    unit: str
    how: How
    observers: tuple[str, ...]
    over: tuple[str, ...] = ()
    scale: float = 1.0
    per_years: float | None = None
