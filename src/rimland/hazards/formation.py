"""Bilateral defence pacts as events: dyad-years at risk, statistics, and whether they explode."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rimland.hazards.branching import Endogenous, ratio, saturated
from rimland.hazards.estimate import Estimate
from rimland.hazards.filing import answered
from rimland.hazards.links import Floats
from rimland.hazards.networks import EDGE, LAST, bilateral_pacts, geography, networks
from rimland.history.fitfile import Answer

STATISTICS = {
    "constant": "log hazard per year where all else is 0",
    "shared_partner": "1 if there is a third state with which each has a bilateral defence pact",
    "shared_rivals": "log(1 + third states that are rivals of both by repeated disputes)",
    "degree": "bilateral partners of the one, two at most, plus those of the other, two at most",
    "previous_pact": "1 if a bilateral defence pact between the two has ended before",
    "multilateral": "1 if a multilateral defence pact already binds the two",
    "contiguous": "1 if they touch by land or across at most 400 miles of water",
    "distance": "log of the distance between capitals in thousands of km",
    "capability": "log of the stronger state's share of the system's capability",
    "disparity": "log of the stronger state's capability over the weaker one's",
    "regime_gap": "difference of the two democracy scores (extended UDS, spread about 1)",
    "fought_beside": "log(1 + disputes in which both joined one side, last ten years)",
    "fought_against": "log(1 + disputes begun against each other, last ten years)",
    "decades": "decades since 1980",
}
TERMS = tuple(STATISTICS)
ENDOGENOUS = ("shared_partner", "degree")
"""Statistics that a new pact changes for other pairs."""
START = {"": 1946, ".all": 1816}


@dataclass(frozen=True)
class Risk:
    """Undirected dyad-years: `x` [n, K] in the order of TERMS, `y` [n], and who they are."""

    x: Floats
    y: Floats
    year: NDArray[np.int64]
    states: NDArray[np.int64]
    """[n, 2], COW codes."""
    free: NDArray[np.bool_]
    """[n], whether no bilateral pact bound the two on 1 January: those are at risk."""
    dropped: int
    """Rows at risk left out because a democracy score or a capability is unknown."""
    lost: int
    """Events among them."""
    renewals: int
    """Pacts between states already bound by a bilateral one: not at risk, not events."""


def any_of(count: Floats) -> Floats:
    """Return 1 where there is one at least: the form of `shared_partner`."""
    return np.minimum(count, 1.0)


def up_to_two(count: Floats) -> Floats:
    """Return the count, two at most: the form of `degree`."""
    return np.minimum(count, 2.0)


@cache
def dyads(first: int, last: int = LAST, carried: bool = False) -> Risk:
    """Return all undirected dyad-years, at risk or bound; `carried` as in `networks`."""
    nets = networks(first, last, carried)
    panel = geography(first, last, carried)
    one, two = (nets.at(panel[c].to_numpy()) for c in ("ccode1", "ccode2"))
    year = panel["year"].to_numpy()
    at = year - first
    free = nets.bilateral[at, one, two] == 0
    degree = up_to_two((nets.bilateral > 0).sum(axis=2).astype(float))
    capability = np.log(nets.cinc)
    strong = np.fmax(capability[at, one], capability[at, two])
    weak = np.fmin(capability[at, one], capability[at, two])
    columns = {
        "constant": np.ones(len(at)),
        "shared_partner": any_of(nets.shared(nets.bilateral)[at, one, two]),
        "shared_rivals": np.log1p(nets.shared(nets.rivals)[at, one, two]),
        "degree": degree[at, one] + degree[at, two],
        "previous_pact": nets.ended[at, one, two],
        "multilateral": nets.joint[at, one, two] > 0,
        "contiguous": panel["conttype"].to_numpy() > 0,
        "distance": np.log(panel["capdist"].to_numpy() / 1000.0),
        "capability": strong,
        "disparity": strong - weak,
        "regime_gap": np.abs(nets.regime[at, one] - nets.regime[at, two]),
        "fought_beside": np.log1p(nets.beside[at, one, two]),
        "fought_against": np.log1p(nets.against[at, one, two]),
        "decades": (year - 1980) / 10.0,
    }
    x = np.empty((len(at), len(TERMS)))
    for k, term in enumerate(TERMS):
        x[:, k] = columns[term]
    y = (nets.begun[at, one, two] > 0).astype(np.float64)
    kept = np.isfinite(x).all(axis=1)
    states = panel.select("ccode1", "ccode2").to_numpy().astype(np.int64)
    return Risk(
        x[kept],
        y[kept],
        year[kept],
        states[kept],
        free[kept],
        int(np.sum(~kept & free)),
        int(np.sum(y[~kept & free])),
        int(np.sum(y[~free])),
    )


def at_risk(first: int, last: int = LAST) -> Risk:
    """Return the dyad-years without a bilateral defence pact on 1 January."""
    every = dyads(first, last)
    free = every.free
    return replace(
        every,
        x=every.x[free],
        y=every.y[free],
        year=every.year[free],
        states=every.states[free],
        free=free[free],
    )


def branching(found: Estimate, first: int, year: int, last: int = LAST) -> dict[str, float]:
    """Return the branching ratios of a fit on the network of a year and on saturated ones.

    A pact stands for the mean time that pacts begun since `first` stood, years over endings.
    """
    every, nets = dyads(first, last), networks(first, last)
    here = every.year == year
    beta = np.where([t in ENDOGENOUS for t in TERMS], 0.0, found.coefficients_)
    one, two = (nets.at(every.states[here, side]) for side in (0, 1))
    base = np.zeros((len(nets.codes), len(nets.codes)))
    base[one, two] = base[two, one] = np.exp(every.x[here] @ beta)
    effect = Endogenous(
        found.coefficient("shared_partner"),
        found.coefficient("degree"),
        mean_years(first),
        any_of,
        up_to_two,
    )
    ties = nets.bilateral[year - first] > 0
    most, density = saturated(base, effect)
    return {
        f"branching ratio, network of {year}": ratio(base, ties, effect),
        f"branching ratio, saturated from {year}": most,
        f"density of the network saturated from {year}": density,
    }


def profiles(found: Estimate, risk: Risk, year: int) -> dict[str, Answer]:
    """Return rates per year of plain pairs in a year; what is not said of one is the median's."""
    now = risk.year == year
    names = {t: k for k, t in enumerate(TERMS)}
    x = risk.x[now]
    touching = x[:, names["contiguous"]] == 1.0

    def middle(rows: np.ndarray) -> dict[str, float]:
        kept = ("distance", "capability", "disparity", "regime_gap", "decades")
        return {"constant": 1.0, **{t: float(np.median(rows[:, names[t]])) for t in kept}}

    near, far = {**middle(x[touching]), "contiguous": 1.0}, middle(x[~touching])
    rival, comrade = {"shared_rivals": float(np.log(2.0))}, {"fought_beside": float(np.log(2.0))}
    partner = {"shared_partner": 1.0, "degree": 2.0}
    said = {
        "contiguous.plain": ("two neighbours with nothing else in common", near),
        "contiguous.shared-rival": ("two neighbours with one shared rival", {**near, **rival}),
        "contiguous.shared-partner": ("two neighbours with one partner in common", near | partner),
        "contiguous.shared-rival.shared-partner": (
            "two neighbours with one shared rival and one partner in common",
            near | rival | partner,
        ),
        "contiguous.fought-beside": (
            "two neighbours that joined one side of a dispute in ten years",
            near | comrade,
        ),
        "distant.plain": ("two states that do not touch, with nothing else in common", far),
        "distant.shared-rival": ("two such states with one shared rival", far | rival),
        "distant.shared-partner": ("two such states with one partner in common", far | partner),
        "distant.shared-rival.shared-partner": (
            "two such states with one shared rival and one partner in common",
            far | rival | partner,
        ),
    }
    return {
        of: answered(found, f"bilateral defence pacts per year of {says}", "per_year", row, "exp")
        for of, (says, row) in said.items()
    }


def mean_years(first: int, last: int = EDGE) -> float:
    """Return years that bilateral pacts stood over their endings, for those begun since `first`.

    What is known is what `last` knew: a pact that stands at its end is censored.
    """
    pacts = bilateral_pacts().filter(pl.col("begins").is_between(first, last))
    over = (pacts["ends"] <= last).fill_null(False)
    stood = pacts["ends"].fill_null(last).clip(upper_bound=last) - pacts["begins"]
    return float(stood.sum() / max(int(over.sum()), 1))
