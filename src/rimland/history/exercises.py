"""Multinational military exercises: who takes part with whom."""

from __future__ import annotations

import numpy as np
import polars as pl

from rimland.history import store
from rimland.history.building import aligned, filled
from rimland.history.dyadic import PAIR, known
from rimland.history.spine import Spine
from rimland.history.states import EDGE, Members, members

FIRST_YEAR, LAST_YEAR = 1980, 2010
KINDS = ("cpx", "air", "land", "sea", "amphibious", "warfighting")


def participants() -> pl.DataFrame:
    """Return one row for each exercise, year and participating state, in COW codes.

    The source's count of participants doubles exercises over two years and repeated names; it is
    not used: `states` counts distinct states here. Rows without a code (unknown participants, and
    organizations or territories) are left out.
    """
    taking = (
        store.table("mme_exercises", ["mmeid", "gwcode", "year", *KINDS])
        .filter(pl.col("gwcode").is_not_null())
        .cast({"gwcode": pl.Int64, "year": pl.Int64})
        .unique(["mmeid", "gwcode", "year"], maintain_order=True)
    )
    cow = members("cow", (FIRST_YEAR, EDGE["cow"]))
    codes = pl.DataFrame({"gwcode": cow.gwcode, "year": cow.year, "ccode": cow.ccode})
    codes = codes.filter(pl.col("gwcode") >= 0).unique(["gwcode", "year"], keep="first")
    return taking.join(codes, on=["gwcode", "year"]).with_columns(
        states=pl.col("ccode").n_unique().over("mmeid", "year")
    )


def by_state(members: Members) -> pl.DataFrame:
    """Exercises a state took part in, with other states, by year."""
    counts = (
        participants()
        .filter(pl.col("states") > 1)
        .group_by("ccode", "year")
        .agg(exercises=pl.col("mmeid").n_unique().cast(pl.Int32))
    )
    within = pl.Series((members.year >= FIRST_YEAR) & (members.year <= LAST_YEAR))
    made = aligned(members, counts, "ccode", "mme_exercises")
    return made.with_columns(
        exercises=pl.when(within & pl.Series(members.ccode >= 0)).then(
            pl.col("exercises").fill_null(0)
        )
    )


def by_pair(spine: Spine) -> list[pl.Series]:
    """Exercises of two states together, and the same with each divided among its other members.

    An exercise of n states counts 1 / (n - 1) for each of its pairs in `exercises_weighted`, so
    that one large exercise does not outweigh many small ones (a state's weights add up to the
    number of its exercises).
    """
    taking = participants().select("mmeid", "year", "ccode", "states")
    pairs = (
        taking.join(taking.drop("states"), on=["mmeid", "year"], suffix="2")
        .filter(pl.col("ccode") != pl.col("ccode2"))
        .group_by(pl.col("ccode").alias("ccode1"), "ccode2", "year")
        .agg(
            exercises=pl.len().cast(pl.Int32),
            exercises_weighted=(1.0 / (pl.col("states") - 1)).sum(),
        )
        .sort(PAIR)
    )
    rows, taken = spine.rows_of(pairs["ccode1"], pairs["ccode2"], pairs["year"])
    found = pairs[taken.astype(np.uint32)]
    within = known(spine, FIRST_YEAR, LAST_YEAR)
    return [
        filled(spine.size, rows, found[name], name, within)
        for name in ("exercises", "exercises_weighted")
    ]
