"""Disputes: initiation, escalation to mutual use of force, war; three hazards and never one.

Rows of initiation are politically relevant directed dyad-years: neighbours by land or within 400
miles of water, and pairs with a major power (Maoz and Russett 1993). The first state may initiate,
the second is the target. Rows of escalation are the disputes that began between two originators,
rows of war those of them in which both used force. Disputes are those of GML (Gibler, Miller and
Little 2016), those of COW (Palmer and others 2022) serve as a check; pacts are those of ATOP.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rimland.hazards.links import Floats
from rimland.history import dyad_years, table

Source = Literal["gml", "cow"]

FIRST_YEAR = 1946
LAST_YEAR = {"gml": 2010, "cow": 2014}
FORCE, WAR = 4, 5
"""Levels of hostility: use of force, war (MID codebook)."""
TERMS = (
    "constant",
    "peace",
    "peace2",
    "peace3",
    "land",
    "water",
    "log_distance",
    "capability_share",
    "joint_democracy",
    "target_pact",
    "initiator_pact",
    "pact_between",
    "initiator_major",
    "target_major",
)
SAYS = {
    "constant": "log hazard of a pair with all other statistics at 0",
    "peace": "decades since the last dispute of the two (Carter and Signorino 2010)",
    "peace2": "the square of the decades since the last dispute",
    "peace3": "the cube of the decades since the last dispute",
    "land": "neighbours by land",
    "water": "neighbours across at most 400 miles of water",
    "log_distance": "logarithm of 1 + thousands of km between the capitals",
    "capability_share": "the initiator's share of the two states' capabilities (CINC)",
    "joint_democracy": "both are democracies (extended UDS above the average cut point)",
    "target_pact": "a third state is pledged to defend the target (ATOP)",
    "initiator_pact": "a third state is pledged to defend the initiator (ATOP)",
    "pact_between": "one of the two is pledged to defend the other (ATOP)",
    "initiator_major": "the initiator is a major power (COW)",
    "target_major": "the target is a major power (COW)",
    "major": "one of the two is a major power (COW)",
}
ESCALATION_TERMS = tuple(t for t in TERMS if t not in ("peace2", "peace3"))
WAR_TERMS = (
    "constant",
    "land",
    "capability_share",
    "joint_democracy",
    "target_pact",
    "initiator_pact",
    "pact_between",
    "major",
)
"""Fewer, for few wars."""


@dataclass(frozen=True)
class Risk:
    """Rows at risk of one stage, and the statistics of the hazard."""

    terms: tuple[str, ...]
    rows: pl.DataFrame
    """ccode1, ccode2, year, event and what the statistics are made of."""
    x: Floats
    y: Floats

    def where(self, keep: NDArray[np.bool_]) -> Risk:
        """Return some of the rows."""
        return Risk(self.terms, self.rows.filter(pl.Series(keep)), self.x[keep], self.y[keep])

    @property
    def year(self) -> NDArray[np.int64]:
        """The year of each row."""
        return self.rows["year"].to_numpy()

    @property
    def states(self) -> dict[str, NDArray[np.int64]]:
        """The two states of each row [n, 2]: rows that share either are dependent."""
        return {"states": self.rows.select("ccode1", "ccode2").to_numpy()}

    @property
    def dyads(self) -> NDArray[np.int64]:
        """A code for each directed pair."""
        return dyad(self.rows["ccode1"].to_numpy(), self.rows["ccode2"].to_numpy())


def begun(source: Source = "gml") -> pl.DataFrame:
    """Return the disputes that began between two originators, by initiator and target.

    ccode1 (the side of the first militarized act), ccode2, year, dispnum, hostlev1, hostlev2.
    Joiners are left out: they begin nothing. A dispute with several originators on a side is one
    row a pair.
    """
    name = "gml_dirdisp" if source == "gml" else "cow_mid_dirdisps"
    onset = "midonset" if source == "gml" else "disponset"
    return (
        table(name)
        .filter(
            pl.col(onset) == 1,
            pl.col("sidea1") == 1,
            pl.col("sidea2") == 0,
            pl.col("orig1") == 1,
            pl.col("orig2") == 1,
        )
        .select("ccode1", "ccode2", "year", "dispnum", "hostlev1", "hostlev2")
        .cast(pl.Int64)
        .sort("ccode1", "ccode2", "year", "dispnum")
    )


def dyads_at_risk(
    source: Source = "gml", years: tuple[int, int] | None = None, relevant: bool = True
) -> pl.DataFrame:
    """Return directed dyad-years with what the statistics need, relevant ones or all.

    Rows without a value (capabilities, regime) are left out.
    """
    first, last = years or (FIRST_YEAR, LAST_YEAR[source])
    spell = f"{source}midspell"
    panel = (
        dyad_years(directed=True, years=(first, last))
        .add_alliances()
        .add_capabilities()
        .add_contiguity()
        .add_distance()
        .add_regime()
        .add_majors()
        .add_peace_years(source)
        .lazy()
        .select(
            *("ccode1", "ccode2", "year", "atop_defense", "cinc1", "cinc2", "conttype", "capdist"),
            *("aeuds1", "aeuds2", "cowmaj1", "cowmaj2"),
            pl.col(spell).alias("peace"),
        )
        .collect()
    )
    near = pl.col("conttype").is_between(1, 5).fill_null(False)
    major = (pl.col("cowmaj1") == 1) | (pl.col("cowmaj2") == 1)
    pledged = _pledges(first, last)
    found = panel.filter(near | major) if relevant else panel
    return (
        found.join(
            pledged.rename({"ccode": "ccode1", "pledges": "pledges1"}),
            on=["ccode1", "year"],
            how="left",
            maintain_order="left",
        )
        .join(
            pledged.rename({"ccode": "ccode2", "pledges": "pledges2"}),
            on=["ccode2", "year"],
            how="left",
            maintain_order="left",
        )
        .join(
            panel.select(
                pl.col("ccode1").alias("ccode2"),
                pl.col("ccode2").alias("ccode1"),
                "year",
                back=pl.col("atop_defense"),
            ),
            on=["ccode1", "ccode2", "year"],
            how="left",
            maintain_order="left",
        )
        .with_columns(pl.col("pledges1", "pledges2").fill_null(0))
        .drop_nulls()
    )


def statistics(rows: pl.DataFrame, terms: tuple[str, ...] = TERMS) -> Floats:
    """Return the statistics [n, K] of directed dyad-years, in the order of `terms`."""
    decades = pl.col("peace") / 10.0
    of = {
        "constant": pl.lit(1.0),
        "peace": decades,
        "peace2": decades**2,
        "peace3": decades**3,
        "land": pl.col("conttype") == 1,
        "water": pl.col("conttype").is_between(2, 5),
        "log_distance": (1.0 + pl.col("capdist") / 1000.0).log(),
        "capability_share": pl.col("cinc1") / (pl.col("cinc1") + pl.col("cinc2")),
        "joint_democracy": (pl.col("aeuds1") > 0.0) & (pl.col("aeuds2") > 0.0),
        # A pledge between the two is no third state's.
        "target_pact": pl.col("pledges2") - pl.col("atop_defense") > 0,
        "initiator_pact": pl.col("pledges1") - pl.col("back") > 0,
        "pact_between": (pl.col("atop_defense") == 1) | (pl.col("back") == 1),
        "initiator_major": pl.col("cowmaj1") == 1,
        "target_major": pl.col("cowmaj2") == 1,
        "major": (pl.col("cowmaj1") == 1) | (pl.col("cowmaj2") == 1),
    }
    made = rows.select(of[t].cast(pl.Float64).alias(t) for t in terms)
    return np.ascontiguousarray(made.to_numpy())


def initiation(
    source: Source = "gml", years: tuple[int, int] | None = None, relevant: bool = True
) -> Risk:
    """Return the directed dyad-years at risk of a dispute that the first state begins."""
    rows = dyads_at_risk(source, years, relevant)
    first = begun(source).select("ccode1", "ccode2", "year").unique()
    rows = rows.join(
        first.with_columns(event=pl.lit(1.0)),
        on=["ccode1", "ccode2", "year"],
        how="left",
        maintain_order="left",
    ).with_columns(pl.col("event").fill_null(0.0))
    return Risk(TERMS, rows, statistics(rows), rows["event"].to_numpy())


def escalation(source: Source = "gml", years: tuple[int, int] | None = None) -> Risk:
    """Return the disputes at risk of mutual use of force; any pair, relevant or not."""
    return _stage(source, years, pl.lit(True), FORCE, ESCALATION_TERMS)


def war(source: Source = "gml", years: tuple[int, int] | None = None) -> Risk:
    """Return the disputes in which both used force, at risk of war."""
    mutual = (pl.col("hostlev1") >= FORCE) & (pl.col("hostlev2") >= FORCE)
    return _stage(source, years, mutual, WAR, WAR_TERMS)


def dyad(ccode1: NDArray[np.int64], ccode2: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the code of a directed pair."""
    return np.asarray(np.asarray(ccode1, np.int64) * 1000 + np.asarray(ccode2, np.int64))


def _stage(
    source: Source,
    years: tuple[int, int] | None,
    at_risk: pl.Expr,
    level: int,
    terms: tuple[str, ...],
) -> Risk:
    rows = dyads_at_risk(source, years, relevant=False)
    reached = (pl.col("hostlev1") >= level) & (pl.col("hostlev2") >= level)
    rows = (
        begun(source)
        .filter(at_risk)
        .with_columns(event=reached.cast(pl.Float64))
        .join(rows, on=["ccode1", "ccode2", "year"], how="inner")
        .drop_nulls("event")
    )
    return Risk(terms, rows, statistics(rows, terms), rows["event"].to_numpy())


def _pledges(first: int, last: int) -> pl.DataFrame:
    """Return ccode, year, pledges: how many states are pledged to defend each state."""
    return (
        table("atop5_ddyad_year", ["ccode1", "ccode2", "year", "atop_defense"])
        .filter(pl.col("atop_defense") == 1, pl.col("year").is_between(first, last))
        .group_by(pl.col("ccode2").cast(pl.Int64).alias("ccode"), pl.col("year").cast(pl.Int64))
        .agg(pledges=pl.len().cast(pl.Int64))
    )
