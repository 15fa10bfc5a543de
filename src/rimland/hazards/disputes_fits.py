"""The fits of disputes: initiation by directed dyad-year, escalation and war by dispute."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from rimland.hazards import disputes
from rimland.hazards.calibrate import Progress, rolling
from rimland.hazards.disputes import SAYS, TERMS, Risk
from rimland.hazards.estimate import Estimate, estimate
from rimland.hazards.filing import answered, filed, rounded
from rimland.hazards.frailty import Frailties, frailties
from rimland.hazards.links import Floats
from rimland.hazards.making import calibrated, with_spread
from rimland.history import table
from rimland.history.fitfile import Answer, Fit

DATA = (
    "gml_dirdisp",
    "gml_mid_ddydisps",
    "atop5_ddyad_year",
    "cow_states",
    "cow_nmc",
    "cow_contdir",
    "cow_capitals",
    "cow_majors",
    "cw_democracy",
)
ORIGINS = (1965, 1975, 1985, 1995, 2005)
LATELY = 2001
"""A pair's answers are for its mean statistics from this year to the end of the data."""
RECORD = 2
"""A pair has answers of its own when the two began at least so many disputes with each other."""
CHECKED = ("target_pact", "initiator_pact", "pact_between", "joint_democracy")

_NEAR = {"constant": 1.0, "capability_share": 0.5, "peace": 1.0, "peace2": 1.0, "peace3": 1.0}
PROFILES: dict[str, tuple[str, Mapping[str, float]]] = {
    "land_neighbours": (
        "neighbours by land of equal weight, capitals 500 km apart, ten years of peace",
        {**_NEAR, "land": 1.0, "log_distance": float(np.log(1.5))},
    ),
    "across_water": (
        "neighbours across water of equal weight, capitals 1,500 km apart, ten years of peace",
        {**_NEAR, "water": 1.0, "log_distance": float(np.log(2.5))},
    ),
    "major_on_minor_across_water": (
        "a major power of nine tenths of the weight against a minor one across water, capitals"
        " 1,500 km apart, ten years of peace",
        {
            **_NEAR,
            "water": 1.0,
            "log_distance": float(np.log(2.5)),
            "capability_share": 0.9,
            "initiator_major": 1.0,
            "major": 1.0,
        },
    ),
    "majors_far_apart": (
        "two major powers of equal weight, capitals 10,000 km apart, ten years of peace",
        {
            **_NEAR,
            "log_distance": float(np.log(11.0)),
            "initiator_major": 1.0,
            "target_major": 1.0,
            "major": 1.0,
        },
    ),
}
CAUTIONS = (
    "GML ends with 2010: no dispute since is in the record of any pair.",
    "A pact is not given by lot: states that are threatened seek one, and the coefficient of the"
    " target's pact holds that too. See `deterrence.pact`.",
    "Joiners are left out; the first state is the side of the first militarized act, which need not"
    " be the one that willed it.",
)


def initiation(name: str, progress: Progress | None = None) -> Fit:
    """Make `disputes.initiation`."""
    data = disputes.initiation()
    made = estimate(data.x, data.y, terms=TERMS, link="cloglog", clusters=data.states)
    records = frailties(np.exp(data.x @ made.coefficients_), data.y, data.dyads)
    scores, plain = calibrated(data.x, data.y, data.year, data.dyads, terms=TERMS, origins=ORIGINS)
    checks = {"shape of the gamma factor": records.prior, **plain, **_other_data(progress)}
    factor = (rounded(records.prior), rounded(records.prior))
    answers = {
        f"profile.{key}": Answer(f"rate of initiation: {says}", "per_year", row, "exp", 0.0, factor)
        for key, (says, row) in _profiles(TERMS).items()
    }
    return with_spread(
        filed(
            made,
            name=name,
            title="Initiation of a militarized dispute",
            says="How often the first state begins a militarized dispute with the second: by their"
            " situation, and by pair with its own record shrunk toward its situation's rate.",
            unit="politically relevant directed dyad-year",
            event="the first state begins a dispute with the second, both originators",
            method="maximum likelihood; errors robust to rows that share either state (Aronow,"
            " Samii and Assenova 2015); gamma frailty by directed dyad given the coefficients",
            years=(int(data.year.min()), int(data.year.max())),
            meanings=SAYS,
            data=DATA,
            answers={**answers, **_pairs(data, made, records)},
            calibration=scores,
            cautions=(
                *CAUTIONS,
                "A pair's rate is for the mean of its statistics from 2001 to 2010, peace years"
                " among them, times what its record since 1946 leaves.",
                "AAA-BBB.either is the sum of the two directions, its factor by mean and variance.",
            ),
            checks=checks,
        )
    )


def escalation(name: str, progress: Progress | None = None) -> Fit:
    """Make `disputes.escalation`."""
    return _stage(
        name,
        disputes.escalation(),
        disputes.escalation("cow"),
        title="Escalation of a dispute to mutual use of force",
        says="The chance that a dispute between two originators becomes a crisis in which both use"
        " force.",
        event="the highest level of hostility of both sides is use of force or war (MID 4 or 5)",
        unit="dispute between two originators",
        stage="chance of escalation",
        progress=progress,
    )


def war(name: str, progress: Progress | None = None) -> Fit:
    """Make `disputes.war`."""
    return _stage(
        name,
        disputes.war(),
        disputes.war("cow"),
        title="War, given mutual use of force",
        says="The chance that a crisis in which both sides use force becomes a war of the two.",
        event="the highest level of hostility of both sides is war (MID 5)",
        unit="dispute in which both originators used force",
        stage="chance of war",
        progress=progress,
    )


def _stage(
    name: str,
    data: Risk,
    cow: Risk,
    *,
    title: str,
    says: str,
    event: str,
    unit: str,
    stage: str,
    progress: Progress | None,
) -> Fit:
    made = estimate(
        data.x, data.y, terms=data.terms, link="logit", penalty="firth", clusters=data.states
    )
    scores = rolling(
        data.x,
        data.y,
        data.year,
        terms=data.terms,
        link="logit",
        penalty="firth",
        origins=ORIGINS,
        units=data.dyads,
    )
    other = estimate(cow.x, cow.y, terms=cow.terms, link="logit", penalty="firth")
    if progress is not None:
        progress(1, 1)
    odds = {
        t: answered(made, f"log odds ratio of: {SAYS[t]}", "log", {t: 1.0}, "identity")
        for t in data.terms
        if t != "constant"
    }
    profiles = {
        f"profile.{key}": Answer(f"{stage}: {what}", "share", row, "expit")
        for key, (what, row) in _profiles(data.terms).items()
    }
    mean = dict(zip(data.terms, map(rounded, data.x.mean(axis=0)), strict=True))
    return with_spread(
        filed(
            made,
            name=name,
            title=title,
            says=says,
            unit=unit,
            event=event,
            method="maximum likelihood with Firth's penalty; errors robust to rows that share"
            " either state (Aronow, Samii and Assenova 2015)",
            years=(int(data.year.min()), int(data.year.max())),
            meanings={t: SAYS[t] for t in data.terms},
            data=DATA,
            answers={
                **odds,
                "profile.mean": Answer(
                    f"{stage}: mean statistics of the rows", "share", mean, "expit"
                ),
                **profiles,
                **_shares(data.terms, stage),
            },
            calibration=scores,
            cautions=(
                *CAUTIONS,
                "Disputes that were begun are no lot of all quarrels: what keeps a dispute from"
                " being begun changes the mix of those that are.",
                "A pair's chance comes from its situation from 2001 to 2010, not from how its own"
                " disputes went: too few to say.",
            ),
            checks={
                "share of rows with the event": float(data.y.mean()),
                **{f"{t}, COW disputes": other.coefficient(t) for t in CHECKED if t in data.terms},
            },
        )
    )


def _other_data(progress: Progress | None) -> dict[str, float]:
    """Return the coefficients in question on other data: COW, all dyads, two centuries."""
    out: dict[str, float] = {}
    versions: dict[str, Callable[[], Risk]] = {
        "COW disputes": lambda: disputes.initiation("cow"),
        "1816 on": lambda: disputes.initiation(years=(1816, 2010)),
        "all dyads": lambda: disputes.initiation(relevant=False),
    }
    relevant = float(disputes.initiation().y.sum())
    for done, (label, make) in enumerate(versions.items()):
        data = make()
        found = estimate(data.x, data.y, terms=data.terms, link="cloglog")
        out |= {f"{term}, {label}": found.coefficient(term) for term in CHECKED}
        if label == "all dyads":
            out["share of initiations in relevant dyads"] = relevant / float(data.y.sum())
        if progress is not None:
            progress(done + 1, len(versions))
    return out


def _profiles(terms: tuple[str, ...]) -> dict[str, tuple[str, dict[str, float]]]:
    """Profiles cut to the terms of a fit, each without and with a pact of the target."""
    out = {}
    for key, (says, row) in PROFILES.items():
        cut = {t: rounded(w) for t, w in row.items() if t in terms}
        out[key] = (f"{says}, no pacts", cut)
        out[f"{key}.target_pact"] = (f"{says}, the target has a pact", {**cut, "target_pact": 1.0})
    return out


def _named(data: Risk) -> pl.DataFrame:
    """Return the extant pairs with a record: their code, and AAA-BBB."""
    began = pl.col("event").sum()
    pair = pl.min_horizontal("ccode1", "ccode2") * 1000 + pl.max_horizontal("ccode1", "ccode2")
    iso = (
        table("state_codes", ["ccode", "iso3c"])
        .drop_nulls()
        .select(pl.col("ccode").cast(pl.Int64), "iso3c")
        .unique("ccode", keep="first", maintain_order=True)
    )
    last = int(data.year.max())
    return (
        data.rows.with_columns(began=began.over(pair))
        .filter(pl.col("began") >= RECORD, pl.col("year") == last)
        .select("ccode1", "ccode2")
        .join(iso.rename({"ccode": "ccode1", "iso3c": "one"}), on="ccode1")
        .join(iso.rename({"ccode": "ccode2", "iso3c": "two"}), on="ccode2")
        .with_columns(key=pl.col("one") + "-" + pl.col("two"))
        .sort("key")
    )


def _lately(data: Risk, ccode1: int, ccode2: int) -> Floats:
    """Return the statistics of a pair from 2001 on, [n, K]."""
    rows = data.rows
    keep = (rows["ccode1"] == ccode1) & (rows["ccode2"] == ccode2) & (rows["year"] >= LATELY)
    return np.asarray(data.x[keep.to_numpy()])


@dataclass(frozen=True)
class _Rate:
    """The rate of one directed pair: statistics, the log of what their mean lacks, its factor."""

    mean: Floats
    gap: float
    factor: tuple[float, float]

    def centre(self, made: Estimate) -> float:
        """The rate at the estimate, times the mean of the factor."""
        told = float(np.exp(self.gap + self.mean @ made.coefficients_))
        return told * self.factor[0] / self.factor[1]


def _pairs(data: Risk, made: Estimate, records: Frailties) -> dict[str, Answer]:
    """Rates of pairs: their mean statistics of late, times what their record leaves."""
    rates: dict[tuple[str, str], _Rate] = {}
    for row in _named(data).iter_rows(named=True):
        x = _lately(data, row["ccode1"], row["ccode2"])
        mean = x.mean(axis=0)
        # The mean hazard of the years is above the hazard of their mean statistics.
        gap = np.log(np.mean(np.exp(x @ made.coefficients_))) - mean @ made.coefficients_
        code = int(disputes.dyad(np.array(row["ccode1"]), np.array(row["ccode2"])))
        rates[row["one"], row["two"]] = _Rate(mean, float(gap), records.of(code))
    out = {}
    for (one, two), rate in rates.items():
        says = f"rate at which {one} begins disputes with {two}"
        out[f"{one}-{two}"] = _rate_answer(made, rate, says)
        if one < two and (two, one) in rates:
            both = _sum(made, rate, rates[two, one])
            says = f"rate at which {one} or {two} begins disputes with the other"
            out[f"{one}-{two}.either"] = _rate_answer(made, both, says)
    return out


def _sum(made: Estimate, one: _Rate, two: _Rate) -> _Rate:
    """Return the sum of two rates: to first order in the coefficients, its factor by moments."""
    parts = np.array([one.centre(made), two.centre(made)])
    share = parts / parts.sum()
    mean = share[0] * one.mean + share[1] * two.mean
    # Each factor has relative variance 1 / shape; the two are independent.
    shape = float(1.0 / (share[0] ** 2 / one.factor[0] + share[1] ** 2 / two.factor[0]))
    gap = float(np.log(parts.sum()) - mean @ made.coefficients_)
    return _Rate(mean, gap, (shape, shape))


def _rate_answer(made: Estimate, rate: _Rate, says: str) -> Answer:
    weights = {t: round(float(w), 4) for t, w in zip(made.terms, rate.mean, strict=True) if w}
    factor = (rounded(rate.factor[0]), rounded(rate.factor[1]))
    return Answer(says, "per_year", weights, "exp", rounded(rate.gap), factor)


def _shares(terms: tuple[str, ...], stage: str) -> dict[str, Answer]:
    """Chances of the pairs that initiation names, by their mean statistics of late."""
    data = disputes.initiation()
    x = disputes.statistics(data.rows, terms)
    data = Risk(terms, data.rows, x, data.y)
    out = {}
    for row in _named(data).iter_rows(named=True):
        mean = _lately(data, row["ccode1"], row["ccode2"]).mean(axis=0)
        weights = {t: round(float(w), 4) for t, w in zip(terms, mean, strict=True) if w}
        says = f"{stage}: a dispute that {row['one']} begins with {row['two']}"
        out[row["key"]] = Answer(says, "share", weights, "expit")
    return out


__all__ = ["escalation", "initiation", "war"]
