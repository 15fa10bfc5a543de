"""What recipes with own records need: the spread of their answers, and their calibration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import polygamma

from rimland.hazards.calibrate import brier, log_score, rolling
from rimland.hazards.draws import quantile
from rimland.hazards.estimate import Estimate, estimate
from rimland.hazards.filing import rounded
from rimland.hazards.frailty import frailties
from rimland.hazards.links import Floats
from rimland.history.fitfile import Answer, Fit, Origin


def with_spread(fit: Fit) -> Fit:
    """Return the fit with p10, median and p90 of each answer, as it is drawn."""
    at = np.array([0.1, 0.5, 0.9])
    answers = {}
    for of, answer in fit.answers.items():
        low, centre, high = (rounded(float(v)) for v in quantile(fit, of, at))
        answers[of] = replace(answer, p10=low, central=centre, p90=high)
    return replace(fit, answers=answers)


def share_of(
    made: Estimate, row: Mapping[str, float], frailty: tuple[float, float], says: str
) -> Answer:
    """Return the chance of the event within the year, the unit's own factor folded into the form.

    A chance cannot be multiplied by a gamma factor. The factor's mean and variance in the logarithm
    go into the offset and into a stretch of the row, so that the answer's own spread is right;
    answers made so move together more than they should.
    """
    shape, rate = frailty
    weight = np.array([row.get(t, 0.0) for t in made.terms])
    middle = float(weight @ made.coefficients_)
    variance = float(weight @ made.covariance_ @ weight)
    stretch = float(np.sqrt(1.0 + polygamma(1, shape) / variance))
    centre = middle + float(polygamma(0, shape)) - float(np.log(rate))
    stretched = {t: rounded(w * stretch) for t, w in row.items() if w}
    return Answer(says, "share", stretched, "cloglog", rounded(centre - stretch * middle))


def calibrated(
    x: Floats,
    y: Floats,
    year: NDArray[np.int64],
    unit: NDArray[np.int64],
    *,
    terms: tuple[str, ...],
    origins: Sequence[int],
    years: int = 5,
) -> tuple[tuple[Origin, ...], dict[str, float]]:
    """Return scores at rolling origins with each unit's own record, and those without it.

    What is scored is what is shipped: the hazard of the kind times the mean of the factor that the
    unit's record up to the origin leaves. The second part gives, by `brier without the own record
    after ORIGIN`, how the equation does alone.
    """
    alone = rolling(
        x, y, year, terms=terms, link="cloglog", origins=origins, years=years, units=unit
    )
    out, plain = [], {}
    for origin, score in zip(origins, alone, strict=True):
        past, ahead = year <= origin, (year > origin) & (year <= origin + years)
        made = estimate(x[past], y[past], terms=terms, link="cloglog")
        records = frailties(np.exp(x[past] @ made.coefficients_), y[past], unit[past])
        factor = {int(u): records.of(int(u)) for u in np.unique(unit[ahead])}
        mean = np.array([factor[int(u)][0] / factor[int(u)][1] for u in unit[ahead]])
        told = -np.expm1(-np.exp(x[ahead] @ made.coefficients_) * mean)
        out.append(
            replace(
                score,
                expected=rounded(float(told.sum())),
                brier=brier(told, y[ahead]),
                log_score=log_score(told, y[ahead], "cloglog"),
            )
        )
        plain[f"brier without the own record after {origin}"] = score.brier
    return tuple(out), plain
