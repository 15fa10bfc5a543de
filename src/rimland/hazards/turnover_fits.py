"""The fits of turnover: change of leader, change of the source of support, swing of the line."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from rimland.hazards import line
from rimland.hazards.calibrate import Progress, rolling
from rimland.hazards.estimate import Estimate
from rimland.hazards.filing import filed, rounded
from rimland.hazards.frailty import Frailties
from rimland.hazards.links import HazardError
from rimland.hazards.making import calibrated, share_of, with_spread
from rimland.hazards.turnover import (
    FIXED_TERMS,
    KINDS,
    LAST_YEAR,
    SAYS,
    TERMS,
    Event,
    Risk,
    cell,
    fitted,
    risk,
)
from rimland.history.fitfile import Answer, Fit, Origin

DATA = ("archigos", "chisols_state_year", "cow_states", "cow_gw_crosswalk", "cw_democracy")
ORIGINS: dict[str, tuple[int, ...]] = {
    "leader_change": (1970, 1980, 1990, 2000, 2010),
    "bloc_change": (1970, 1980, 1990, 2000, 2003),
    "leader_only": (1970, 1980, 1990, 2000, 2003),
}
TITLE = {
    "leader_change": "Change of leader",
    "bloc_change": "Change of the source of the leader's support",
    "leader_only": "Change of leader alone",
}
WHAT = {
    "leader_change": "the leader at the year's end is not the one of its beginning",
    "bloc_change": "the leader's main supporting groups changed (CHISOLS: solschdum)",
    "leader_only": "the leader changed and the main supporting groups did not (CHISOLS)",
}
CAUTIONS = (
    "No election calendar ships. Handover days are read from the record before each year, and only"
    " presidential and mixed democracies (and, for leaders, single parties) have them; in"
    " parliamentary democracies elections and the years between are one rate.",
    "A rate is per year of the kind of regime the state had in the last year of the data; a change"
    " of regime is itself no event here.",
    "A state's factor rests on its years under that one kind, and counts them alike however old.",
    "The chance at a handover carries the spread of the own record on the coefficients' luck: two"
    " states' chances move together more than they should.",
)
EDGES = {
    "leader_change": "Archigos 4.1 ends with 2015; kinds of regime after 2008 are carried forward.",
    "bloc_change": "CHISOLS 4.0 ends with 2008: no change since is in the record of any state.",
    "leader_only": "CHISOLS 4.0 ends with 2008: no change since is in the record of any state.",
}


def change(name: str, progress: Progress | None = None) -> Fit:
    """Make `turnover.leader_change`, `turnover.bloc_change` or `turnover.leader_only`."""
    event = _event(name)
    data = risk(event)
    made, records = fitted(data)
    year = data.rows["year"].to_numpy()
    terms = TERMS[event]
    scores, plain = calibrated(
        data.x, data.y, year, data.cells, terms=terms, origins=ORIGINS[event]
    )
    if progress is not None:
        progress(1, 1)
    return with_spread(
        filed(
            made,
            name=name,
            title=TITLE[event],
            says="How often it happens, by kind of regime, at and between handovers of fixed terms,"
            " and by state: a state's own record, shrunk toward its kind by a gamma factor.",
            unit="state-year",
            event=WHAT[event],
            method="maximum likelihood; errors clustered by state and by year; gamma frailty of a"
            " state under one kind of regime by marginal likelihood given the coefficients",
            years=(int(year.min()), int(year.max())),
            meanings={term: SAYS[term] for term in terms},
            data=DATA,
            calibration=scores,
            answers=_answers(event, data, made, records),
            cautions=(*CAUTIONS, EDGES[event]),
            checks={"shape of the gamma factor": records.prior, **plain},
        )
    )


def line_swing(name: str, progress: Progress | None = None) -> Fit:
    """Make `turnover.line_swing`: how far a state's line moves when its government changes."""
    rows = line.swings()
    found = line.fitted(rows)
    # Its events are swings, not counts: as many as rows.
    made = replace(found, events=float(found.rows))
    year = rows["year"].to_numpy()
    in_units = rolling(
        line.statistics(rows),
        np.abs(rows["swing"].to_numpy() * line.SCALE).round(),
        year,
        terms=line.TERMS,
        link="log",
        origins=(1970, 1980, 1990, 2000),
        units=rows["ccode"].to_numpy(),
    )
    scores = tuple(_in_spreads(one, rows) for one in in_units)
    if progress is not None:
        progress(1, 1)
    return with_spread(
        filed(
            made,
            name=name,
            title="Swing of the line in the General Assembly",
            says="How far a state's position in the General Assembly moves around a change of"
            " leader or of the source of support, and how far it moves without either.",
            unit="state-year",
            event="size of the move of the mean position from the two years before to the two"
            " after, in standard deviations among states",
            method="quasi-likelihood (the score of a Poisson count, swings in ten-thousandths);"
            " errors clustered by state and by year",
            years=(int(year.min()), int(year.max())),
            meanings=line.SAYS,
            data=(*DATA, "un_votes", "un_roll_calls"),
            calibration=scores,
            answers=_swing_answers(),
            cautions=(
                "Brier is here the mean squared error of the size of the swing, expected the sum of"
                " sizes, and the log score that of an exponential with the mean told.",
                "Votes in the General Assembly are one line among several: neither bases nor pacts"
                " nor exercises are in it.",
                "A change of government is not assigned by lot: what brought it may move the line.",
            ),
        )
    )


def _event(name: str) -> Event:
    event = name.rpartition(".")[2]
    known: dict[str, Event] = {
        "leader_change": "leader_change",
        "bloc_change": "bloc_change",
        "leader_only": "leader_only",
    }
    if event not in known:
        raise HazardError(f"'{name}' is no fit of turnover: {', '.join(known)}.")
    return known[event]


def _answers(event: Event, data: Risk, made: Estimate, records: Frailties) -> dict[str, Answer]:
    out: dict[str, Answer] = {}
    kind_factor = (rounded(records.prior), rounded(records.prior))
    for kind, says in KINDS.items():
        out[f"kind.{kind}"] = Answer(
            f"rate in {says}, of a state without a record",
            "per_year",
            {f"kind.{kind}": 1.0},
            "exp",
            frailty=kind_factor,
        )
    latest = data.rows.filter(
        pl.col("year") == pl.col("year").max().over("ccode"), pl.col("iso3c").is_not_null()
    ).filter(pl.col("year") >= LAST_YEAR[event] - 1)
    for row in latest.sort("iso3c").iter_rows(named=True):
        code = int(cell(np.array([row["ccode"]]), [row["kind"]])[0])
        shape, rate = records.of(code)
        out |= _state(event, row, made, (rounded(shape), rounded(rate)))
    return out


def _state(
    event: Event, row: dict[str, object], made: Estimate, factor: tuple[float, float]
) -> dict[str, Answer]:
    """Answers of one state: its rate, and at and between handovers when it has a calendar."""
    iso, kind, term = str(row["iso3c"]), str(row["kind"]), int(str(row["term"]))
    group = "democracy" if kind in FIXED_TERMS else kind
    base = {f"kind.{kind}": 1.0}
    says = f"rate in {iso}, of {KINDS[kind]}: its own record among them"
    if not term or f"handover.{group}" not in TERMS[event]:
        return {iso: Answer(says, "per_year", base, "exp", frailty=factor)}
    at, between = {**base, f"handover.{group}": 1.0}, {**base, f"between.{group}": 1.0}
    up = made.coefficient(f"handover.{group}")
    down = made.coefficient(f"between.{group}")
    # The mean rate over a term is no linear form; its logarithm is taken to first order.
    mean = (np.exp(up) + (term - 1) * np.exp(down)) / term
    weight = float(np.exp(up) / term / mean)
    over = {**base, f"handover.{group}": rounded(weight), f"between.{group}": rounded(1 - weight)}
    offset = float(np.log(mean)) - weight * up - (1 - weight) * down
    return {
        iso: Answer(
            f"{says}; mean over a term of {term} years",
            "per_year",
            over,
            "exp",
            rounded(offset),
            factor,
        ),
        f"{iso}.at_handover": share_of(
            made, at, factor, f"chance in {iso} at a handover day (every {term} years)"
        ),
        f"{iso}.between": Answer(
            f"rate in {iso} in years without a handover day",
            "per_year",
            between,
            "exp",
            0.0,
            factor,
        ),
    }


def _in_spreads(one: Origin, rows: pl.DataFrame) -> Origin:
    """Return the scores of swings in their own unit, with the log score of an exponential."""
    year, size = rows["year"].to_numpy(), np.abs(rows["swing"].to_numpy())
    past, ahead = year <= one.origin, (year > one.origin) & (year <= one.origin + one.years)
    told = line.fitted(rows.filter(pl.Series(past))).predict(line.statistics(rows)[ahead])
    told, base = told / line.SCALE, float(size[past].mean())
    return replace(
        one,
        expected=rounded(float(told.sum())),
        events=one.rows,
        brier=one.brier / line.SCALE**2,
        brier_base_rate=one.brier_base_rate / line.SCALE**2,
        brier_persistence=one.brier_persistence / line.SCALE**2,
        log_score=float(np.mean(np.log(told) + size[ahead] / told)),
        log_score_base_rate=float(np.mean(np.log(base) + size[ahead] / base)),
    )


def _swing_answers() -> dict[str, Answer]:
    unit = -float(np.log(line.SCALE))
    base = {"constant": 1.0}
    free = {**base, "democracy": 1.0}
    lone = {"leader_only": 1.0}
    bloc = {"bloc": 1.0}
    lone_free = {**lone, "leader_only.democracy": 1.0}
    bloc_free = {**bloc, "bloc.democracy": 1.0}
    swing = {
        "democracy.none": ("a democracy, no change of leader", free),
        "democracy.leader_only": ("a democracy, the leader alone changed", {**free, **lone_free}),
        "democracy.bloc": ("a democracy, the source of support changed", {**free, **bloc_free}),
        "autocracy.none": ("no democracy, no change of leader", base),
        "autocracy.leader_only": ("no democracy, the leader alone changed", {**base, **lone}),
        "autocracy.bloc": ("no democracy, the source of support changed", {**base, **bloc}),
    }
    ratio = {
        "democracy.leader_only.ratio": ("a leader's change alone, in a democracy", lone_free),
        "democracy.bloc.ratio": ("a change of support, in a democracy", bloc_free),
        "autocracy.leader_only.ratio": ("a leader's change alone, in no democracy", lone),
        "autocracy.bloc.ratio": ("a change of support, in no democracy", bloc),
    }
    return {
        **{
            of: Answer(f"swing of the line: {says}", "index", row, "exp", rounded(unit))
            for of, (says, row) in swing.items()
        },
        **{
            of: Answer(f"swing beside that without a change: {says}", "ratio", row, "exp")
            for of, (says, row) in ratio.items()
        },
    }
