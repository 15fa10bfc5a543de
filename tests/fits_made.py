"""Fits made by hand for the tests, and a way to have the package ship them for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from rimland.hazards.draws import quantile
from rimland.history import fitfile
from rimland.history.fitfile import Answer, Fit, Origin, Term

TERMS = (
    Term("baseline", "log of the yearly rate where all else is zero", -3.0, 0.20),
    Term("regime", "a democracy", 0.5, 0.15),
    Term("election_year", "a year with an election", 0.9, 0.25),
)
# correlations of -0.6 between the first two, 0.3 between the last two
COVARIANCE = ((0.04, -0.018, 0.0), (-0.018, 0.0225, 0.01125), (0.0, 0.01125, 0.0625))


def turnover(last: int = 2015) -> Fit:
    """Return a small fit in the form of those that ship."""
    answers = {
        "AAA": Answer("state AAA", "per_year", {"baseline": 1, "regime": 1}, "exp"),
        "BBB": Answer("state BBB", "per_year", {"baseline": 1}, "exp", frailty=(6.0, 5.0)),
        "CCC": Answer("state CCC", "per_year", {"baseline": 1, "regime": -1}, "exp", 0.1, (0.8, 1)),
        "regime": Answer("effect of democracy", "log", {"regime": 1}, "identity"),
        "odds": Answer("a change at an election", "share", {"election_year": 1}, "expit", -1.0),
        "yearly": Answer("a change within a year", "share", {"baseline": 1}, "cloglog"),
        "never": Answer("what does not hang on the fit", "ratio", {}, "exp"),
    }
    fit = Fit(
        name="turnover.bloc_change",
        title="Change of the governing bloc",
        says="how often the bloc that governs a state changes between elections",
        unit="state-year",
        event="the governing bloc changes",
        link="cloglog",
        method="maximum likelihood, errors clustered by state",
        years=(1946, last),
        rows=9120,
        events=413,
        clusters={"state": 186},
        terms=TERMS,
        covariance=COVARIANCE,
        log_likelihood=-1601.25,
        data=({"name": "archigos", "version": "4.1", "sha256": "0" * 64},),
        calibration=(
            Origin(1990, 10, 1820, 81, 77.4, 0.0412, 0.0424, 0.0551, 0.1702, 0.1791),
            Origin(2000, 10, 1911, 70, 79.9, 0.0351, 0.0353, 0.0497, 0.1533, 0.1536),
        ),
        answers=answers,
        cautions=("What counts as a bloc is coded by country experts.",),
        checks={"branching_ratio": 0.21},
    )
    levels = np.array([0.1, 0.5, 0.9])
    spread = {of: quantile(fit, of, levels) for of in answers}
    filled = {
        of: replace(a, p10=float(q[0]), central=float(q[1]), p90=float(q[2]))
        for (of, a), q in zip(answers.items(), spread.values(), strict=True)
    }
    return replace(fit, answers=filled)


@contextmanager
def shipping(folder: Path, *fits: Fit) -> Iterator[None]:
    """Have the package ship these fits and no others."""
    folder.mkdir(parents=True, exist_ok=True)
    for fit in fits:
        fitfile.write(fit, folder / f"{fit.name}.json")
    before, fitfile.FOLDER = fitfile.FOLDER, folder
    fitfile.names.cache_clear()
    fitfile.fit.cache_clear()
    try:
        yield
    finally:
        fitfile.FOLDER = before
        fitfile.names.cache_clear()
        fitfile.fit.cache_clear()
