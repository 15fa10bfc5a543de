"""Defence pacts that end: one row for each pact and year in which it stands."""

from __future__ import annotations

import numpy as np
import polars as pl

from rimland.hazards.networks import DEPTH, LAST, memberships, networks, standing
from rimland.hazards.rows import Rows, rows_of

ENDING = {
    "constant": "log hazard per year where all else is 0",
    "age": "log of the years since the pact began",
    "multilateral": "1 if it is multilateral",
    "size": "log of half the number of members: 0 for two",
    "depth": "provisions of depth: military contacts, command, organization, bases (0 to 4)",
    "rivals": "1 if two members are rivals by repeated disputes",
    "shared_rivals": "1 if a third state is a rival of two members or more",
    "fought_beside": "log(1 + disputes in which two members joined one side, last ten years)",
    "regime_change": "largest change of a member's democracy score within a year, last five years",
    "disparity": "log of the strongest member's capability over the weakest one's",
    "decades": "decades since 1980",
}


def ending(first: int, last: int = LAST, carried: bool = False) -> Rows:
    """Return treaty-years of pacts with two members or more in the system on 1 January.

    An ending is the treaty's own, whatever its cause: lapse, replacement, breach or the loss of a
    member. Clusters are the treaty and its strongest member. `carried` as in `networks`.
    """
    nets = networks(first, last, carried)
    rows = memberships().filter(pl.col("begyr") < last)
    turn = np.abs(np.diff(nets.regime, axis=0, prepend=nets.regime[:1]))
    known = {
        treaty: (bilateral, begun, ended, sum(d is not None and d > 0 for d in depth))
        for treaty, bilateral, begun, ended, *depth in rows.select(
            "atopid", "bilat", "begyr", "endyr", *DEPTH
        )
        .unique("atopid")
        .iter_rows()
    }
    found: list[list[float]] = []
    for treaty, who, stands in standing(rows, first, last, nets.codes):
        bilateral, begun, ended, depth = known[treaty]
        for at in np.flatnonzero(stands.sum(axis=1) >= 2):
            year = first + int(at)
            if ended is not None and year > ended:
                continue
            inside = who[stands[at]]
            pair = np.ix_(inside, inside)
            capability = nets.cinc[at, inside]
            lately = turn[max(at - 5, 0) : at + 1, inside][:-1]
            found.append(
                [
                    np.log(max(year - begun, 1)),
                    float(bilateral == 0),
                    np.log(len(inside) / 2.0),
                    depth,
                    float(nets.rivals[at][pair].any()),
                    float((nets.rivals[at][inside].sum(axis=0) >= 2).any()),
                    np.log1p(nets.beside[at][pair].max()),
                    float(np.nanmax(lately)) if np.isfinite(lately).any() else 0.0,
                    np.log(np.nanmax(capability) / np.nanmin(capability)),
                    (year - 1980) / 10.0,
                    float(ended == year),
                    year,
                    treaty,
                    nets.codes[inside[np.nanargmax(capability)]],
                ]
            )
    table = np.array(found, float)
    names = [t for t in ENDING if t != "constant"]
    columns = {name: table[:, k] for k, name in enumerate(names)}
    y, year, treaty_, state = table[:, len(names) :].T
    return rows_of(tuple(ENDING), columns, y, year, {"treaty": treaty_, "state": state})
