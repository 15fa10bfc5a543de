"""Pacts as a challenger sees them, and the likeness of alliance portfolios.

A state is *covered* against a challenger when it belongs with a third state to a treaty that holds
the obligation in question, the challenger is no member of it, and the treaty names no threat or
names the challenger. A treaty is *young* to a state in the year it joined and the five years after,
*standing* later on (the windows of Kenwick, Vasquez and Powers 2015). Treaties are those of ATOP
4.01: the dyads of 5.1 name no treaty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rimland.hazards.links import Floats
from rimland.history import state_years, table, treaties

Obligation = Literal["defense", "offense", "neutral"]
YOUNG_YEARS = 5
_LEVELS = 3
"""Defence 3, neutrality or non-aggression 2, consultation 1, none 0."""


@dataclass(frozen=True)
class Membership:
    """One state's time in one treaty."""

    treaty: int
    state: int
    first: int
    last: int
    threats: tuple[int, ...]
    """States that the treaty names as a threat; empty when it names none."""


def memberships(obligation: Obligation) -> list[Membership]:
    """Return who was a member of the treaties with an obligation, from which year to which."""
    named = table("atop4_alliances", ["atopid", "statthr1", "statthr2"])
    threats = {
        int(row[0]): tuple(int(s) for s in row[1:] if s is not None and s > 0)
        for row in named.iter_rows()
    }
    rows = treaties(years=(1815, 2016)).members().filter(pl.col(obligation) == 1)
    return [
        Membership(
            int(row["atopid"]),
            int(row["member"]),
            row["start"].year,
            row["end"].year if row["end"] is not None else 2016,
            threats.get(int(row["atopid"]), ()),
        )
        for row in rows.iter_rows(named=True)
    ]


def covered(
    members: list[Membership], codes: NDArray[np.int64], year: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return who is covered against whom in a year, by a young and by a standing treaty.

    Both [n, n]: row the covered state, column the challenger, in the order of `codes` (sorted).
    """
    place = {int(code): k for k, code in enumerate(codes)}
    young = np.zeros((codes.size, codes.size), bool)
    standing = np.zeros_like(young)
    active: dict[int, list[Membership]] = {}
    for one in members:
        if one.first <= year <= one.last and one.state in place:
            active.setdefault(one.treaty, []).append(one)
    for allies in active.values():
        inside = [place[one.state] for one in allies]
        if len(inside) < 2:
            continue
        against = np.ones(codes.size, bool)
        if allies[0].threats:
            against[:] = False
            against[[place[s] for s in allies[0].threats if s in place]] = True
        against[inside] = False
        for one, row in zip(allies, inside, strict=True):
            (young if year - one.first <= YOUNG_YEARS else standing)[row] |= against
    return young, standing


def coverage(obligation: Obligation, rows: pl.DataFrame) -> pl.DataFrame:
    """Return young1, standing1, young2, standing2 (0 or 1) for each directed dyad-year.

    The first two say whether the first state is covered against the second, the others whether
    the second is covered against the first.
    """
    members = memberships(obligation)
    found = np.zeros((4, rows.height), np.int8)
    one, two, year = (rows[c].to_numpy() for c in ("ccode1", "ccode2", "year"))
    order = np.argsort(year, kind="stable")
    edges = np.flatnonzero(np.diff(year[order])) + 1
    for part in np.split(order, edges):
        codes = np.unique(np.concatenate([one[part], two[part]]))
        first, second = np.searchsorted(codes, one[part]), np.searchsorted(codes, two[part])
        for k, matrix in enumerate(covered(members, codes, int(year[part[0]]))):
            found[k, part] = matrix[first, second]
            found[2 + k, part] = matrix[second, first]
    names = ("young1", "standing1", "young2", "standing2")
    return pl.DataFrame({name: found[k] for k, name in enumerate(names)})


def likeness(years: tuple[int, int]) -> pl.DataFrame:
    """Return ccode1, ccode2, year, similarity: S of alliance portfolios, unweighted, -1 to 1.

    S = 1 - 2 sum |a_ik - a_jk| / (n * 3) over all n states k (Signorino and Ritter 1999), with a
    state its own full ally, from ATOP 5.1; either direction of a pledge counts.
    """
    pledged = (
        table("atop5_ddyad_year")
        .filter(pl.col("year").is_between(*years))
        .select(
            pl.col("ccode1", "ccode2", "year").cast(pl.Int64),
            level=pl.when(pl.col("atop_defense") == 1)
            .then(_LEVELS)
            .when((pl.col("atop_neutral") == 1) | (pl.col("atop_nonagg") == 1))
            .then(2)
            .when(pl.col("atop_consul") == 1)
            .then(1)
            .otherwise(0),
        )
        .partition_by("year", as_dict=True)
    )
    members = state_years(years=years).collect().cast({"ccode": pl.Int64, "year": pl.Int64})
    out = []
    for (year,), states in members.partition_by("year", as_dict=True, maintain_order=True).items():
        codes = np.sort(states["ccode"].to_numpy())
        levels = np.zeros((codes.size, codes.size))
        ties = pledged.get((year,))
        if ties is not None:
            known = ties.filter(
                pl.col("ccode1").is_in(codes.tolist()), pl.col("ccode2").is_in(codes.tolist())
            )
            at = [np.searchsorted(codes, known[c].to_numpy()) for c in ("ccode1", "ccode2")]
            levels[at[0], at[1]] = known["level"].to_numpy()
        size = codes.size
        out.append(
            pl.DataFrame(
                {
                    "ccode1": np.repeat(codes, size),
                    "ccode2": np.tile(codes, size),
                    "year": np.full(size * size, int(str(year)), np.int64),
                    "similarity": similarity(np.maximum(levels, levels.T)).ravel(),
                }
            )
        )
    return pl.concat(out)


def similarity(levels: Floats) -> Floats:
    """Return S [n, n] of portfolios [n, n] with levels 0 to 3."""
    full = levels.copy()
    np.fill_diagonal(full, _LEVELS)
    # Levels are whole, so that the distance is a sum over the thresholds 1, 2, 3.
    distance = np.zeros_like(full)
    for cut in range(1, _LEVELS + 1):
        above = (full >= cut).astype(float)
        distance += above @ (1.0 - above).T + (1.0 - above) @ above.T
    return np.asarray(1.0 - 2.0 * distance / (_LEVELS * len(full)))
