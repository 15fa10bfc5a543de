"""From an estimate to a fit file: terms, answers and the data they rest on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.special import expit, ndtri

from rimland.errors import did_you_mean
from rimland.hazards.estimate import Estimate
from rimland.hazards.links import HazardError
from rimland.history import dataset
from rimland.history.fitfile import TRANSFORMS, Answer, Fit, Origin, Term
from rimland.history.store import registered

# Digits that every platform agrees on after a fit; more would make files differ for nothing.
DIGITS = 9
TENTH = float(ndtri(0.9))


def filed(
    found: Estimate,
    *,
    name: str,
    title: str,
    says: str,
    unit: str,
    event: str,
    method: str,
    years: tuple[int, int],
    meanings: Mapping[str, str],
    data: Sequence[str],
    answers: Mapping[str, Answer],
    calibration: Sequence[Origin] = (),
    cautions: Sequence[str] = (),
    checks: Mapping[str, float] | None = None,
) -> Fit:
    """Return the fit file of an estimate; numbers are rounded to nine significant digits.

    `meanings` says what each term is, `data` names the datasets read. Every coefficient but the
    constant is also an answer in `log` under its own name, unless `answers` has that name. Raises
    HazardError for a term without a meaning.
    """
    dumb = [t for t in found.terms if t not in meanings]
    if dumb:
        raise HazardError(f"The term '{dumb[0]}' of the fit {name} has no meaning written down.")
    terms = tuple(
        Term(t, meanings[t], rounded(b), rounded(e))
        for t, b, e in zip(found.terms, found.coefficients_, found.errors_, strict=True)
    )
    logs = {
        t: answered(found, f"log hazard ratio of: {meanings[t]}", "log", {t: 1.0}, "identity")
        for t in found.terms
        if t != "constant"
    }
    covariance = tuple(tuple(rounded(v) for v in row) for row in found.covariance_)
    return Fit(
        name=name,
        title=title,
        says=says,
        unit=unit,
        event=event,
        link=found.link,
        method=method,
        years=years,
        rows=found.rows,
        events=round(found.events),
        clusters=dict(found.clusters),
        terms=terms,
        covariance=covariance,
        log_likelihood=rounded(found.log_likelihood_),
        data=tuple(_noted(d) for d in data),
        calibration=tuple(_rounded_origin(o) for o in calibration),
        answers={**logs, **answers},
        cautions=tuple(cautions),
        checks={k: rounded(v) for k, v in (checks or {}).items()},
    )


def answered(
    found: Estimate,
    says: str,
    unit: str,
    row: Mapping[str, float],
    transform: str,
    offset: float = 0.0,
) -> Answer:
    """Return transform(offset + row . beta) as an answer, with its p10, centre and p90.

    The linear form is normal and each transform rises, so that the quantiles are exact. `row`
    weighs terms by name; the constant too has to be named. Raises HazardError for an unknown term.
    """
    weights = np.zeros(len(found.terms))
    for term, weight in row.items():
        if term not in found.terms:
            near = did_you_mean(term, found.terms)
            raise HazardError(f"An answer weighs '{term}', which is no term of the fit.{near}")
        weights[found.terms.index(term)] = weight
    centre = offset + float(weights @ found.coefficients_)
    reach = TENTH * max(float(weights @ found.covariance_ @ weights), 0.0) ** 0.5
    low, middle, high = (
        rounded(transformed(transform, float(v))) for v in (centre - reach, centre, centre + reach)
    )
    kept = {t: rounded(w) for t, w in row.items()}
    return Answer(says, unit, kept, transform, rounded(offset), None, low, middle, high)


def transformed(transform: str, value: float) -> float:
    """Return the value of one of the transforms of a fit file."""
    if transform == "identity":
        return value
    if transform == "exp":
        return float(np.exp(value))
    if transform == "expit":
        return float(expit(np.float64(value)))
    if transform == "cloglog":
        return float(-np.expm1(-np.exp(value)))
    raise HazardError(f"'{transform}' is no transform; say {', '.join(TRANSFORMS)}.")


def rounded(value: float) -> float:
    """Return a number with nine significant digits."""
    return float(f"{float(value):.{DIGITS}g}")


def _noted(name: str) -> dict[str, str]:
    """Name, version and checksum of a dataset as it was read: a registered copy comes first."""
    known, copy = dataset(name), registered(name)
    if copy is not None and not copy.as_catalogued:
        return {"name": name, "version": f"own copy: {copy.original}", "sha256": copy.sha256}
    return {"name": name, "version": known.version, "sha256": known.sha256}


def _rounded_origin(origin: Origin) -> Origin:
    given: dict[str, Any] = {
        key: rounded(value) if isinstance(value, float) else value
        for key, value in vars(origin).items()
    }
    return Origin(**given)
