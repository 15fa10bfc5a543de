"""Changes of who governs: of the leader, and of the source of the leader's support, apart.

Rows are state-years. Leaders come from Archigos (Goemans, Gleditsch and Chiozza 2009), sources of
support and kinds of regime from CHISOLS (Mattes, Leeds and Matsumura 2016). No election calendar
ships; what stands in for one is the *handover day* of states with fixed terms, recovered from the
record before each year and never from what came after it (see `handovers`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rimland.hazards.estimate import Estimate, estimate
from rimland.hazards.frailty import Frailties, frailties
from rimland.hazards.links import Floats
from rimland.history import state_years, table

Event = Literal["leader_change", "bloc_change", "leader_only"]

FIRST_YEAR = 1946
LAST_YEAR: dict[str, int] = {"leader_change": 2015, "bloc_change": 2008, "leader_only": 2008}
"""The last whole year of Archigos 4.1 and of CHISOLS 4.0."""
KINDS = {
    "parliamentary": "parliamentary democracies",
    "presidential": "presidential democracies",
    "mixed": "democracies with a president and a cabinet that parliament can dismiss",
    "one_party": "regimes of a single ruling party",
    "military": "military regimes",
    "monarchy": "monarchies",
    "personal": "personal regimes",
    "other": "other regimes and years of transition",
}
FIXED_TERMS = ("presidential", "mixed")
"""Kinds of democracy whose chief executive may have a handover day."""
DEMOCRACIES = ("parliamentary", *FIXED_TERMS)
_PRESIDENTS = (
    *(f"kind.{kind}" for kind in KINDS),
    "handover.democracy",
    "between.democracy",
)
_PARTIES_TOO = (*_PRESIDENTS, "handover.one_party", "between.one_party")
TERMS: dict[str, tuple[str, ...]] = {
    "bloc_change": _PRESIDENTS,
    "leader_change": _PARTIES_TOO,
    "leader_only": _PARTIES_TOO,
}
"""A ruling party with fixed terms (23 handover years) never lost its place in one of them."""
SAYS = {
    **{f"kind.{kind}": f"log hazard a year in {says}" for kind, says in KINDS.items()},
    "handover.democracy": "a democracy with a president whose handover day falls in the year",
    "between.democracy": "the same in a year between two handover days",
    "handover.one_party": "a single party whose handover day falls in the year",
    "between.one_party": "the same in a year between two handover days",
}
_DAYS_APART = 10
_SHORTEST_TERM, _LONGEST_TERM = 3, 7
_MEMORY = 45


@dataclass(frozen=True)
class Risk:
    """State-years at risk of an event, and the statistics of the hazard."""

    event: Event
    rows: pl.DataFrame
    """ccode, iso3c, year, kind, term (years; 0 for none known), due, event."""
    x: Floats
    y: Floats

    def upto(self, year: int) -> Risk:
        """Return the rows up to and including a year."""
        return self.where((self.rows["year"] <= year).to_numpy())

    def where(self, keep: NDArray[np.bool_]) -> Risk:
        """Return some of the rows."""
        return Risk(self.event, self.rows.filter(pl.Series(keep)), self.x[keep], self.y[keep])

    @property
    def clusters(self) -> dict[str, NDArray[np.int64]]:
        """State and year, for errors clustered both ways."""
        return {"state": self.rows["ccode"].to_numpy(), "year": self.rows["year"].to_numpy()}

    @property
    def cells(self) -> NDArray[np.int64]:
        """A code for each state under one kind of regime: what a frailty belongs to."""
        return cell(self.rows["ccode"].to_numpy(), self.rows["kind"].to_list())


def risk(event: Event) -> Risk:
    """Return the state-years at risk from 1946 on, with what can be known before the year.

    A state's kind is that of the year before. After 2008, where CHISOLS 4.0 ends, a state keeps
    its last kind as long as it stays on the same side of polity2 = 6; else its rows end.
    """
    last = LAST_YEAR[event]
    panel = (
        state_years(years=(FIRST_YEAR, last))
        .add_support()
        .add_leaders()
        .add_codes()
        .lazy()
        .select("ccode", "iso3c", "gwcode", "year", "leadertransition", "solschdum")
        .collect()
        .cast({"ccode": pl.Int64, "gwcode": pl.Int64, "year": pl.Int64})
    )
    happened = {
        "leader_change": pl.col("leadertransition"),
        "bloc_change": pl.col("solschdum"),
        "leader_only": (pl.col("leadertransition") == 1) & (pl.col("solschdum") == 0),
    }[event]
    rows = (
        panel.join(kinds(last), on=["ccode", "year"], how="inner")
        .join(handovers(last), on=["gwcode", "year"], how="left")
        .with_columns(pl.col("term").fill_null(0), pl.col("due").fill_null(False))
        .with_columns(event=happened.cast(pl.Float64))
        .drop_nulls(["kind", "event"])
        .select("ccode", "iso3c", "year", "kind", "term", "due", "event")
        .sort("ccode", "year")
    )
    return Risk(event, rows, statistics(rows, event), rows["event"].to_numpy())


def statistics(rows: pl.DataFrame, event: Event) -> Floats:
    """Return the statistics [n, K] of rows with kind, term and due, in the order of TERMS."""
    kind = rows["kind"].to_numpy()
    dated, due = (rows["term"] > 0).to_numpy(), rows["due"].to_numpy()
    president, party = np.isin(kind, FIXED_TERMS), kind == "one_party"
    columns = [kind == one for one in KINDS]
    for group in (president, party) if event != "bloc_change" else (president,):
        columns += [group & dated & due, group & dated & ~due]
    return np.column_stack(columns).astype(float)


def fitted(data: Risk) -> tuple[Estimate, Frailties]:
    """Fit the hazard, errors clustered by state and by year, and the states' own factors."""
    terms = TERMS[data.event]
    made = estimate(data.x, data.y, terms=terms, link="cloglog", clusters=data.clusters)
    return made, frailties(np.exp(data.x @ made.coefficients_), data.y, data.cells)


def kinds(last: int) -> pl.DataFrame:
    """Return ccode, year and the kind of regime in the year before, carried past 2008."""
    flags = {
        "mixed": ("mixed",),
        "one_party": ("sp",),
        "monarchy": ("mon",),
        "military": ("mil", "indmil"),
        "personal": ("per",),
        "other": ("warlord", "olig", "other"),
    }
    democracy = pl.col("dem") == 1
    # A hybrid counts as what stands first: a party before an army before a person.
    chosen = pl.coalesce(
        pl.when(democracy & (pl.col("parl") == 1)).then(pl.lit("parliamentary")),
        pl.when(democracy & (pl.col("pres") == 1)).then(pl.lit("presidential")),
        *(
            pl.when(pl.any_horizontal([pl.col(c) == 1 for c in columns])).then(pl.lit(kind))
            for kind, columns in flags.items()
        ),
    )
    wanted = ["ccode", "year", "dem", "parl", "pres", *(c for cs in flags.values() for c in cs)]
    coded = (
        table("chisols_state_year", wanted)
        .select(pl.col("ccode").cast(pl.Int64), pl.col("year").cast(pl.Int64), kind=chosen)
        .filter(pl.col("kind").is_not_null())
    )
    edge = LAST_YEAR["bloc_change"]
    side = table("cw_democracy", ["ccode", "year", "polity2"]).select(
        pl.col("ccode").cast(pl.Int64),
        pl.col("year").cast(pl.Int64),
        free=(pl.col("polity2") >= 6),
    )
    at_edge = coded.filter(pl.col("year") == edge).join(side, on=["ccode", "year"])
    later = (
        side.filter(pl.col("year").is_between(edge + 1, last))
        .join(at_edge.select("ccode", "kind", was="free"), on="ccode")
        .sort("ccode", "year")
        .filter((pl.col("free") == pl.col("was")).cum_min().over("ccode"))
        .select("ccode", "year", "kind")
    )
    # What is known before a year is the kind of the year before it.
    return pl.concat([coded, later]).with_columns(pl.col("year") + 1)


def handovers(last: int) -> pl.DataFrame:
    """Return gwcode, year, term, due, latest: the fixed terms that the record before a year shows.

    A handover day is a day of the year, give or take ten, on which two leaders came in regularly at
    least three years apart; the term is the least such distance (three to seven years) among the
    starts on that day in the 45 years before; due is a year a whole number of terms after the
    latest start on the day. A day that has not been kept for two terms is forgotten.
    """
    spells = table("archigos", ["gwcode", "startdate", "entry"]).filter(
        pl.col("entry") == "Regular"
    )
    out: list[tuple[int, int, int, bool, int]] = []
    for (code,), rows in spells.group_by("gwcode", maintain_order=True):
        starts = sorted(rows["startdate"].to_list())
        for year in range(FIRST_YEAR, last + 1):
            before = [s for s in starts if year - _MEMORY <= s.year < year]
            term, latest = _term(before)
            if term and year - latest <= 2 * term:
                due = (year - latest) % term == 0
                out.append((int(str(code)), year, term, due, latest))
    schema = {"gwcode": pl.Int64, "year": pl.Int64, "term": pl.Int64, "due": pl.Boolean}
    schema["latest"] = pl.Int64
    return pl.DataFrame(out, schema=schema, orient="row")


def cell(ccode: NDArray[np.int64], kind: list[str]) -> NDArray[np.int64]:
    """Return the code of a state under a kind of regime."""
    order = {one: number for number, one in enumerate(KINDS)}
    kinds_of = np.array([order[one] for one in kind], np.int64)
    return np.asarray(np.asarray(ccode, np.int64) * len(KINDS) + kinds_of)


def _term(starts: list[date]) -> tuple[int, int]:
    """Return the length of the term and the year of the latest start on the handover day."""
    for one in reversed(starts):
        same = [s for s in starts if _days_apart(s, one) <= _DAYS_APART]
        gaps = [b.year - a.year for a in same for b in same if b.year - a.year >= _SHORTEST_TERM]
        if any(one.year - s.year >= _SHORTEST_TERM for s in same):
            term = min(gaps)
            return (term, one.year) if term <= _LONGEST_TERM else (0, 0)
    return 0, 0


def _days_apart(one: date, other: date) -> int:
    apart = abs(31 * (one.month - other.month) + one.day - other.day)
    return min(apart, 366 - apart)
