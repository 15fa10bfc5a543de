"""Multilateral defence pacts as events: their founding, who consents, and who accedes later."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rimland.hazards.estimate import Estimate
from rimland.hazards.links import Floats
from rimland.hazards.networks import EDGE, LAST, memberships, nearness, networks, standing
from rimland.hazards.rows import Rows, rows_of
from rimland.history.states import members

FOUNDING = {
    "constant": "log rate per year in 1980 without new states",
    "new_states": "log(1 + states that entered the system in the five years before)",
    "decades": "decades since 1980",
}
CONSENT = {
    "constant": "log odds of joining where all else is 0",
    "allied": "1 if a defence pact binds the state and the proposer",
    "shared_partner": "1 if both have a bilateral defence pact with one third state",
    "shared_rivals": "log(1 + third states that are rivals of both)",
    "rivals": "1 if the state and the proposer are rivals",
    "contiguous": "1 if they touch by land or across at most 400 miles of water",
    "distance": "log of the distance to the proposer's capital in thousands of km",
    "capability": "log of the state's share of the system's capability",
    "regime_gap": "difference of the two democracy scores (extended UDS)",
}
ACCESSION = {
    "constant": "log hazard per year where all else is 0",
    "partners": "log(1 + members with which a defence pact binds the state already)",
    "shared_rivals": "log(1 + rivals of the state that are rivals of a member)",
    "rival_member": "1 if a member is a rival of the state",
    "former": "1 if the state has been a member before",
    "contiguous": "1 if it touches a member by land or across at most 400 miles of water",
    "distance": "log of the distance to the nearest member's capital in thousands of km",
    "capability": "log of the state's share of the system's capability",
    "regime_gap": "difference of its democracy score and the members' mean (extended UDS)",
    "size": "log of the number of members",
    "age": "log of the years since the treaty began",
    "decades": "decades since 1980",
}


def founding(first: int, last: int = EDGE) -> Rows:
    """Return one row a year: how many multilateral defence pacts began."""
    treaties = memberships().filter(pl.col("bilat") == 0).unique("atopid")
    years = np.arange(first, last + 1)
    begun = np.bincount(
        treaties.filter(pl.col("begyr").is_between(first, last))["begyr"].to_numpy() - first,
        minlength=len(years),
    )
    states = members("cow", (max(first - 5, 1816), last))
    entered = np.array([states.year[states.code == c].min() for c in states.codes])
    entered = entered[entered > 1816]
    new = np.array([np.sum((entered >= y - 5) & (entered < y)) for y in years])
    return rows_of(
        tuple(FOUNDING),
        {"new_states": np.log1p(new), "decades": (years - 1980) / 10.0},
        begun,
        years,
        {"year": years},
    )


def consent(first: int, last: int = LAST) -> Rows:
    """Return founding x state: whether a state of the system was among the founders.

    The proposer, the strongest founder, is given, and every other state of the year is a
    candidate. Who was asked is not recorded: a refusal and not being asked look alike.
    """
    nets, (distance, touches) = networks(first, last), nearness(first, last)
    rows = memberships().filter((pl.col("bilat") == 0) & pl.col("begyr").is_between(first, last))
    found: list[dict[str, NDArray[np.generic]]] = []
    for (treaty,), part in rows.filter(pl.col("founder") == 1).group_by(
        "atopid", maintain_order=True
    ):
        at = int(part["begyr"][0]) - first
        here = np.flatnonzero(np.isfinite(nets.cinc[at]))
        who = np.intersect1d(nets.at(part["member"].to_numpy()), here)
        if len(who) < 2:
            continue
        proposer = who[np.argmax(nets.cinc[at, who])]
        others = here[here != proposer]
        pacts = nets.bilateral[at] > 0
        found.append(
            {
                "allied": nets.allies[at, proposer, others],
                "shared_partner": (pacts[others] & pacts[proposer]).any(axis=1),
                "shared_rivals": np.log1p(nets.rivals[at][others] @ nets.rivals[at][proposer]),
                "rivals": nets.rivals[at, proposer, others],
                "contiguous": touches[at, proposer, others],
                "distance": distance[at, proposer, others],
                "capability": np.log(nets.cinc[at, others]),
                "regime_gap": np.abs(nets.regime[at, others] - nets.regime[at, proposer]),
                "y": np.isin(others, who),
                "year": np.full(len(others), at + first),
                "treaty": np.full(len(others), int(str(treaty))),
                "state": nets.codes[others],
            }
        )
    return _stacked(tuple(CONSENT), found, ("treaty", "state"))


@dataclass(frozen=True)
class Club:
    """A multilateral pact in one year: who stands in it, who entered during the year."""

    treaty: int
    year: int
    age: int
    inside: NDArray[np.bool_]
    """[S], on 1 January."""
    before: NDArray[np.bool_]
    """[S], members of earlier years."""
    entering: NDArray[np.bool_]


def clubs(first: int, last: int = LAST) -> Iterator[Club]:
    """Yield each multilateral defence pact in each year in which two members or more stand."""
    nets = networks(first, last)
    rows = memberships().filter((pl.col("bilat") == 0) & (pl.col("begyr") < last))
    for treaty, who, stands in standing(rows, first, last, nets.codes):
        part = rows.filter(pl.col("atopid") == treaty)
        begun, ended = int(part["begyr"][0]), part["endyr"][0]
        late = part.filter((pl.col("founder") == 0) & pl.col("member").is_in(nets.codes))
        joins, joiner = late["enters"].to_numpy(), nets.at(late["member"].to_numpy())
        inside = np.zeros(len(nets.codes), bool)
        before = np.zeros(len(nets.codes), bool)
        for at, row in enumerate(stands):
            year = first + at
            before = before | inside
            inside = np.zeros(len(nets.codes), bool)
            inside[who[row]] = True
            if inside.sum() < 2 or (ended is not None and year > ended):
                continue
            entering = np.zeros(len(nets.codes), bool)
            entering[joiner[joins == year]] = True
            yield Club(treaty, year, year - begun, inside, before, entering & ~inside)


def accession(first: int, last: int = LAST) -> Rows:
    """Return treaty x state x year: whether a state outside a pact in force entered it."""
    nets = networks(first, last)
    found = []
    for club in clubs(first, last):
        at = club.year - first
        outside = np.flatnonzero(np.isfinite(nets.cinc[at]) & ~club.inside)
        columns = club_statistics(club, first, last, nets.allies[at])
        found.append(
            {
                **{k: v[outside] for k, v in columns.items()},
                "y": club.entering[outside],
                "year": np.full(len(outside), club.year),
                "treaty": np.full(len(outside), club.treaty),
                "state": nets.codes[outside],
            }
        )
    return _stacked(tuple(ACCESSION), found, ("treaty", "state"))


def club_statistics(
    club: Club, first: int, last: int, allies: NDArray[np.bool_]
) -> dict[str, Floats]:
    """Return the statistics of every state [S] towards a club; those of members mean nothing."""
    nets, (distance, touches) = networks(first, last), nearness(first, last)
    at, inside = club.year - first, club.inside
    rivals = nets.rivals[at].astype(bool)
    with np.errstate(invalid="ignore", divide="ignore"):
        near = distance[at][:, inside].min(axis=1).astype(float)
        centre = np.nanmean(nets.regime[at, inside]) if inside.any() else np.nan
        size, states = np.log(float(inside.sum())), len(inside)
        return {
            "partners": np.log1p(allies[:, inside].sum(axis=1)),
            "shared_rivals": np.log1p((rivals & rivals[inside].any(axis=0)).sum(axis=1)),
            "rival_member": rivals[:, inside].any(axis=1).astype(float),
            "former": club.before.astype(float),
            "contiguous": touches[at][:, inside].any(axis=1).astype(float),
            "distance": near,
            "capability": np.log(nets.cinc[at]),
            "regime_gap": np.abs(nets.regime[at] - centre),
            "size": np.full(states, size),
            "age": np.full(states, np.log(max(club.age, 1))),
            "decades": np.full(states, (club.year - 1980) / 10.0),
        }


def contagion(found: Estimate, first: int, year: int, last: int = LAST) -> dict[str, float]:
    """Return the branching ratio of accessions: on the clubs of a year, and on one half full.

    Of each club the next-generation matrix says how the hazards of all outside rise when one state
    enters (more members, nearer ones, common rivals), times the mean years of a membership; the
    ratio is its largest eigenvalue, and the club with the largest is reported. What an accession
    changes in other clubs, through `partners`, is left out.
    """
    nets = networks(first, last)
    allies = nets.allies[year - first]
    stood = memberships().filter((pl.col("bilat") == 0) & (pl.col("enters") >= first))
    spells = stood["leaves"].fill_null(EDGE) - stood["enters"]
    years = float(spells.sum() / max(stood["leaves"].count(), 1))
    observed, full = 0.0, 0.0
    for club in clubs(first, last):
        if club.year != year:
            continue
        observed = max(observed, _club_ratio(found, club, first, last, allies) * years)
        hazard = _club_hazard(found, club, first, last, allies)
        likely = np.argsort(-hazard, kind="stable")
        wanted = int(np.isfinite(nets.cinc[year - first]).sum()) // 2 - int(club.inside.sum())
        inside = club.inside.copy()
        inside[likely[: max(wanted, 0)]] = True
        filled = replace(club, inside=inside)
        full = max(full, _club_ratio(found, filled, first, last, allies) * years)
    return {
        f"branching ratio, clubs of {year}": observed,
        f"branching ratio, clubs of {year} half full": full,
        "mean years of a membership": years,
    }


def _club_hazard(
    found: Estimate, club: Club, first: int, last: int, allies: NDArray[np.bool_]
) -> Floats:
    """Hazard per year of every state [S]; 0 for members and for states that are not there."""
    columns = club_statistics(club, first, last, allies)
    x = np.column_stack(
        [np.ones(len(club.inside)) if t == "constant" else columns[t] for t in found.terms]
    )
    open_ = np.isfinite(x).all(axis=1) & ~club.inside
    made = np.zeros(len(x))
    made[open_] = np.exp(x[open_] @ found.coefficients_)
    return made


def _club_ratio(
    found: Estimate, club: Club, first: int, last: int, allies: NDArray[np.bool_]
) -> float:
    before = _club_hazard(found, club, first, last, allies)
    outside = np.flatnonzero(before > 0.0)
    if len(outside) < 2:
        return 0.0
    raised = np.zeros((len(outside), len(outside)))
    for column, state in enumerate(outside):
        inside = club.inside.copy()
        inside[state] = True
        after = _club_hazard(found, replace(club, inside=inside), first, last, allies)
        raised[:, column] = after[outside] - before[outside]
        raised[column, column] = 0.0
    return float(np.abs(np.linalg.eigvals(np.maximum(raised, 0.0))).max())


def _stacked(
    terms: tuple[str, ...], found: list[dict[str, NDArray[np.generic]]], keys: tuple[str, ...]
) -> Rows:
    columns = {k: np.concatenate([f[k] for f in found]) for k in found[0]}
    codes = {k: columns[k] for k in keys}
    return rows_of(terms, columns, columns["y"], columns["year"], codes)
