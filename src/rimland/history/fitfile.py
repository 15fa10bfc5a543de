"""Fit files: what a fitted hazard learned, as plain data; read here without any model code.

A fit file is JSON in `history/fits/`: coefficients with their covariance, what they were fitted on,
how they did out of time, and *answers*: the numbers that a scenario may ask for by name. An answer
is a linear form of the coefficients through an inverse link, times an optional gamma frailty:

    value = transform(offset + row . beta) * frailty,    beta ~ Normal(coefficients, covariance)

`rimland.hazards` makes the files and draws from them; everything above reads them through `fit`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any

from rimland.errors import did_you_mean
from rimland.history.catalogue import DataError

FOLDER = Path(__file__).parent / "fits"
FORMAT = 1
TRANSFORMS = ("identity", "exp", "expit", "cloglog")
"""Of the linear form x: x, exp(x), 1 / (1 + exp(-x)), 1 - exp(-exp(x))."""


@dataclass(frozen=True)
class Term:
    """One coefficient of a fit: log of the hazard (or odds) ratio per unit of a statistic."""

    name: str
    says: str
    coefficient: float
    error: float
    """Standard error, clustered as the fit says."""


@dataclass(frozen=True)
class Answer:
    """A number that a scenario may ask a fit for."""

    says: str
    unit: str
    """Canonical: per_year, share, ratio, log, days, index."""
    row: Mapping[str, float]
    """Weight of each term in the linear form; terms that are not named weigh nothing."""
    transform: str
    offset: float = 0.0
    frailty: tuple[float, float] | None = None
    """Shape and rate of the gamma factor that a state's own record leaves; None for none."""
    p10: float = 0.0
    central: float = 0.0
    p90: float = 0.0


@dataclass(frozen=True)
class Origin:
    """How a fit made on the years up to `origin` did on the `years` after it."""

    origin: int
    years: int
    rows: int
    events: int
    expected: float
    brier: float
    brier_base_rate: float
    brier_persistence: float
    log_score: float
    log_score_base_rate: float


@dataclass(frozen=True)
class Fit:
    """A fitted hazard; `covariance` is [K, K] in the order of `terms`."""

    name: str
    title: str
    says: str
    unit: str
    """What one row is: state-year, directed dyad-year, treaty-year."""
    event: str
    link: str
    """cloglog, logit or log."""
    method: str
    years: tuple[int, int]
    rows: int
    events: int
    clusters: Mapping[str, int]
    terms: tuple[Term, ...]
    covariance: tuple[tuple[float, ...], ...]
    log_likelihood: float
    data: tuple[Mapping[str, str], ...]
    """name, version and sha256 of each dataset it was fitted on."""
    calibration: tuple[Origin, ...]
    answers: Mapping[str, Answer]
    cautions: tuple[str, ...] = ()
    checks: Mapping[str, float] = field(default_factory=dict)
    """Named diagnostics, such as the branching ratio of the endogenous statistics."""

    @property
    def size(self) -> str:
        """How many rows of which unit: `8,984 state-years`."""
        plain = all(sign.isalnum() or sign in " -" for sign in self.unit)
        return f"{self.rows:,} {self.unit}s" if plain else f"{self.rows:,} rows ({self.unit})"

    def answer(self, of: str) -> Answer:
        """Return one answer; raises DataError with the nearest name."""
        if of not in self.answers:
            near = did_you_mean(of, self.answers)
            raise DataError(f"The fit '{self.name}' gives no '{of}'.{near}")
        return self.answers[of]


@cache
def names() -> tuple[str, ...]:
    """Return the names of the fits that ship, in order."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.json")))


@cache
def fit(name: str) -> Fit:
    """Return a shipped fit; raises DataError with the nearest name."""
    if name not in names():
        raise DataError(f"No shipped fit is called '{name}'.{did_you_mean(name, names())}")
    return read(FOLDER / f"{name}.json")


def read(path: Path) -> Fit:
    """Read a fit file; raises DataError when it is none, or of another format."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data.pop("format") != FORMAT:
            raise DataError(f"{path} was written by another version of rimland.")
        data["years"] = tuple(data["years"])
        data["terms"] = tuple(Term(**t) for t in data["terms"])
        data["covariance"] = tuple(tuple(row) for row in data["covariance"])
        data["data"] = tuple(data["data"])
        data["calibration"] = tuple(Origin(**o) for o in data["calibration"])
        data["cautions"] = tuple(data["cautions"])
        data["answers"] = {of: _answer(a) for of, a in data["answers"].items()}
        return Fit(**data)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{path} is not a fit file ({error}).") from None


def _answer(data: dict[str, Any]) -> Answer:
    frailty = data.pop("frailty", None)
    answer = Answer(**data, frailty=tuple(frailty) if frailty else None)
    if answer.transform not in TRANSFORMS:
        raise ValueError(f"'{answer.transform}' is not a transform")
    return answer


def write(fit: Fit, path: Path) -> None:
    """Write a fit file: the same bytes for the same fit."""
    data = {"format": FORMAT, **{f.name: getattr(fit, f.name) for f in fields(fit)}}
    data["terms"] = [asdict(t) for t in fit.terms]
    data["calibration"] = [asdict(o) for o in fit.calibration]
    data["answers"] = {of: asdict(a) for of, a in fit.answers.items()}
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
