"""The fit `deterrence.pact`: what a defence pact does to disputes, under each of two designs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from rimland.hazards import replication
from rimland.hazards.calibrate import Progress, rolling
from rimland.hazards.estimate import Estimate
from rimland.hazards.filing import TENTH, answered, filed
from rimland.hazards.links import Floats
from rimland.history.fitfile import Answer, Fit

DATA = (
    "cow_mid_dirdisps",
    "cow_mid_ddydisps",
    "atop4_alliances",
    "atop4_members",
    "atop5_ddyad_year",
    "cow_states",
    "cow_nmc",
    "cow_contdir",
    "cow_capitals",
    "cow_majors",
    "cw_democracy",
)
SAYS = {
    "johnson_leeds": "a third state is pledged to defend the target: Johnson and Leeds (2011), all"
    " directed dyad-years 1816 to 2000",
    "johnson_leeds.since_1946": "the same, 1946 to 2000",
    "kenwick_vasquez_powers": "a state entered a defence pact in year five of ten: Kenwick, Vasquez"
    " and Powers (2015), 1816 to 2000",
    "kenwick_vasquez_powers.since_1946": "the same, 1946 to 2000",
    "young.to_1945": "the target's pact is at most five years old, 1816 to 1945",
    "standing.to_1945": "the target's pact is older, 1816 to 1945",
    "young.since_1946": "the target's pact is at most five years old, 1946 to 2000",
    "standing.since_1946": "the target's pact is older, 1946 to 2000",
    "design": "which of two designs is right: 0, with the spread of what nobody can say",
}
ORIGINS = (1900, 1930, 1960, 1980, 1990)


def pact(name: str, progress: Progress | None = None) -> Fit:
    """Make `deterrence.pact`; takes a minute or two and 2 GB."""
    rows = replication.dyads()
    fits: dict[str, Estimate] = {}
    for done, (suffix, era) in enumerate(
        {"": "1816-2000", ".to_1945": "1816-1945", ".since_1946": "1946-2000"}.items()
    ):
        part = replication.chosen(rows, era)
        fits[f"in force{suffix}"] = replication.hazard(part, "in force")
        if suffix:
            fits[f"split{suffix}"] = replication.hazard(part, "split")
        seen = replication.windows(replication.ERAS[era])
        fits[f"formed{suffix}"] = replication.formation(seen)
        if progress is not None:
            progress(done + 1, 4)
    made = joined(fits)
    terms = ("constant", *replication.DESIGNS["in force"], *replication.CONTROLS)
    relevant = replication.chosen(rows, which="relevant")
    scores = rolling(
        relevant.select(pl.lit(1.0).alias("constant"), *terms[1:]).to_numpy(),
        relevant["event"].to_numpy(),
        relevant["year"].to_numpy(),
        terms=terms,
        link="cloglog",
        origins=ORIGINS,
        units=relevant["ccode1"].to_numpy() * 1000 + relevant["ccode2"].to_numpy(),
    )
    if progress is not None:
        progress(4, 4)
    year = rows["year"]
    whole = filed(
        made,
        name=name,
        title="Defence pacts and the beginning of disputes, under two designs",
        says="The effect of a defence pact on the beginning of disputes, as each side of a"
        " published quarrel would estimate it on the same data, and the range that holds both.",
        unit="directed dyad-year (Johnson and Leeds); ten years of a state (Kenwick and others)",
        event="the first state begins a dispute with the second; disputes in the five years after",
        method="separate fits put side by side, so that terms of different fits have covariance 0:"
        " cloglog with errors robust to rows that share either state; counts by quasi-likelihood"
        " with errors clustered by state",
        years=(int(str(year.min())), int(str(year.max()))),
        meanings=SAYS,
        data=DATA,
        answers=mixtures(made),
        calibration=scores,
        cautions=(
            "Pacts are not given by lot: states that expect disputes seek them. Neither design"
            " mends that, so every number here is an association.",
            "A mixture is a normal whose p10 and p90 are the lower p10 and the higher p90 of the"
            " two designs: it says that either may be right, not how likely each is.",
            "To 1945 the disputes that follow a new pact are those of the two world wars: without"
            " these years the young pact's coefficient is near 0 (see the documents).",
            "The treaties are ATOP 4.01 and the disputes COW 5.0, newer than what the articles"
            " used; the likeness of portfolios is made anew from ATOP.",
            "The calibration is that of the first design on politically relevant dyads.",
        ),
    )
    # What nobody can say has no effect of its own to ask for.
    answers = {of: answer for of, answer in whole.answers.items() if of != "design"}
    return replace(whole, answers=answers)


def joined(fits: dict[str, Estimate]) -> Estimate:
    """Return the pact terms of separate fits as one estimate with a block covariance."""
    parts: list[tuple[str, str, str]] = [
        ("johnson_leeds", "in force", "target_defence"),
        ("johnson_leeds.since_1946", "in force.since_1946", "target_defence"),
        ("kenwick_vasquez_powers", "formed", "formed"),
        ("kenwick_vasquez_powers.since_1946", "formed.since_1946", "formed"),
        ("young.to_1945", "split.to_1945", "target_young"),
        ("standing.to_1945", "split.to_1945", "target_standing"),
        ("young.since_1946", "split.since_1946", "target_young"),
        ("standing.since_1946", "split.since_1946", "target_standing"),
    ]
    names = (*(term for term, _, _ in parts), "design")
    covariance: Floats = np.zeros((len(names), len(names)))
    values = np.zeros(len(names))
    for i, (_, fit, term) in enumerate(parts):
        values[i] = fits[fit].coefficient(term)
        for j, (_, other, second) in enumerate(parts):
            if fit == other:
                at = fits[fit].terms.index(term), fits[fit].terms.index(second)
                covariance[i, j] = fits[fit].covariance_[at]
    covariance[-1, -1] = 1.0
    return replace(fits["in force"], terms=names, coefficients_=values, covariance_=covariance)


def mixtures(made: Estimate) -> dict[str, Answer]:
    """Return the range that holds both designs, for the whole time and since 1946."""
    out = {}
    for suffix, says in {"": "1816 to 2000", ".since_1946": "1946 to 2000"}.items():
        pair = (f"johnson_leeds{suffix}", f"kenwick_vasquez_powers{suffix}")
        out[f"mixture{suffix}"] = spanning(
            made, pair, f"a defence pact, {says}: holds both designs"
        )
    out["mixture.age.since_1946"] = spanning(
        made,
        ("young.since_1946", "standing.since_1946"),
        "a defence pact of any age, 1946 to 2000: holds the young and the standing",
    )
    return out


def spanning(made: Estimate, pair: tuple[str, str], says: str) -> Answer:
    """Return a normal whose p10 is the lower of two terms' p10 and whose p90 the higher p90.

    Half of each term's own luck is in it; the term `design` brings what is missing of the spread.
    """
    at = [made.terms.index(term) for term in pair]
    centre, error = made.coefficients_[at], made.errors_[at]
    low = float(np.min(centre - TENTH * error))
    high = float(np.max(centre + TENTH * error))
    wanted = ((high - low) / (2.0 * TENTH)) ** 2
    half = np.zeros(len(made.terms))
    half[at] = 0.5
    rest = wanted - float(half @ made.covariance_ @ half)
    row = {pair[0]: 0.5, pair[1]: 0.5, "design": float(np.sqrt(max(rest, 0.0)))}
    shift = (low + high) / 2.0 - float(np.mean(centre))
    return answered(made, f"log effect of {says}", "log", row, "identity", shift)
