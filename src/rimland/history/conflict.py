"""Disputes, wars and rivalries of two states in a year."""

from __future__ import annotations

from typing import Literal

import numpy as np
import polars as pl

from rimland.history import store
from rimland.history.building import filled, scattered
from rimland.history.catalogue import DataError
from rimland.history.dyadic import PAIR, known, matched, mirrored, years_of
from rimland.history.peace import Gaps, peace_years
from rimland.history.spine import Index, Spine, spine
from rimland.history.states import FIRST_YEAR, members

Source = Literal["gml", "cow"]
LAST_YEAR = {"gml": 2010, "cow": 2014}
WAR_LAST_YEAR = 2007
WIDE = ("fatalpre1", "fatalpre2", "dispnum", "mindur", "maxdur")


def checked_source(source: str) -> Source:
    """Return the source, or raise DataError."""
    if source == "gml":
        return "gml"
    if source == "cow":
        return "cow"
    raise DataError(f"source='{source}': disputes come from 'gml' or 'cow'.")


def flags(source: Source) -> tuple[str, str]:
    """The names of the columns that say whether a dispute is going on, and whether it began."""
    return f"{source}midongoing", f"{source}midonset"


def disputes(
    spine: Spine, source: Source = "gml", details: bool = True, keep_codes: bool = False
) -> list[pl.Series]:
    """Militarized disputes, the gravest of each dyad-year; zero within the source's years.

    `keep_codes` leaves the source's -9 and month 13 as they are, to compare sums with others.
    """
    name = f"{source}_mid_ddydisps"
    data = store.raw(name) if keep_codes else store.table(name)
    rows, found = matched(spine, data, name)
    within = known(spine, FIRST_YEAR, LAST_YEAR[source])
    out = [filled(spine.size, rows, found[c].cast(pl.Int8), c, within) for c in flags(source)]
    if details:
        for column in found.columns:
            if column not in (*PAIR, *flags(source)):
                wide = pl.Int64 if column in WIDE else pl.Int8
                out.append(scattered(spine.size, rows, found[column].cast(wide), column))
    return out


def ongoing(spine: Spine, source: Source) -> Index:
    """The rows in which a dispute is going on between the two states, in order."""
    name = f"{source}_mid_ddydisps"
    rows, found = matched(spine, store.table(name, [*PAIR, flags(source)[0]]), name)
    return np.sort(rows[found[flags(source)[0]].to_numpy() == 1])


def peace(the_spine: Spine, source: Source = "gml", gaps: Gaps = "rows") -> list[pl.Series]:
    """Years since the last dispute, counted from 1816 whatever years are asked for.

    Null after the last year of the source: whether a later year was peaceful is not known.
    """
    if gaps not in ("rows", "calendar"):
        raise DataError(f"gaps='{gaps}': say 'rows' or 'calendar'.")
    low, high = the_spine.members.years
    whole = the_spine
    if low > FIRST_YEAR:
        system = the_spine.members.system
        longer = members(system, (FIRST_YEAR, high), extend=True)
        whole = spine(longer, the_spine.directed)
    counted = peace_years(ongoing(whole, source), whole.pair_begins, years_of(whole), gaps)
    if whole is not the_spine:
        counted = counted[years_of(whole) >= low]
    column = pl.Series(f"{source}midspell", counted)
    within = known(the_spine, FIRST_YEAR, LAST_YEAR[source])
    return [column if within is None else column.set(pl.Series(~within), None)]


def one_war_a_year() -> pl.DataFrame:
    """Interstate wars with one row a dyad-year: an onset first, then the deadliest, then by number.

    A war that stopped and resumed in one year fills two rows of the source; two wars may run in
    one dyad-year. Deaths are a state's total in that war: never to be summed over dyads or years.
    """
    deaths = pl.sum_horizontal("batdeath1", "batdeath2")
    return (
        store.table("cow_war_inter")
        .sort(
            *PAIR,
            "cowinteronset",
            deaths,
            "warnum",
            descending=[False, False, False, True, True, False],
        )
        .unique(PAIR, keep="first", maintain_order=True)
        .rename(
            {
                "sidea1": "war_side1",
                "sidea2": "war_side2",
                "initiator1": "war_initiator1",
                "initiator2": "war_initiator2",
                "outcome1": "war_outcome1",
                "outcome2": "war_outcome2",
                "batdeath1": "war_deaths1",
                "batdeath2": "war_deaths2",
                "resume": "war_resumed",
            }
        )
    )


def wars(spine: Spine) -> list[pl.Series]:
    """Interstate wars; zero to 2007, null after."""
    rows, found = matched(spine, one_war_a_year(), "cow_war_inter")
    within = known(spine, FIRST_YEAR, WAR_LAST_YEAR)
    out = []
    for column in ("cowinterongoing", "cowinteronset"):
        out.append(filled(spine.size, rows, found[column].cast(pl.Int8), column, within))
    for column in found.columns:
        if column not in (*PAIR, "cowinterongoing", "cowinteronset"):
            wide = pl.Int64 if column in ("warnum", "war_deaths1", "war_deaths2") else pl.Int8
            out.append(scattered(spine.size, rows, found[column].cast(wide), column))
    return out


def repeated_disputes(
    source: Source = "gml", disputes: int = 3, window_years: int = 10
) -> pl.DataFrame:
    """Rivalries as runs of disputes: ccode1 < ccode2, start, known_from, end, disputes.

    The rule, ours, in the manner of Diehl and Goertz (2000) and Klein, Goertz and Diehl (2006),
    who read the cases as well: a run of at least `disputes` disputes of one pair, each begun at
    most `window_years` years after the last year of the one before. It lasts from the first
    dispute's first year to `window_years` after the last one's last year, or to the source's edge.
    From `known_from` on, the year in which the dispute that makes the count begins, one could know
    it without looking ahead.
    """
    if disputes < 2 or window_years < 1:
        raise DataError("a rivalry needs two disputes or more, and a window of a year or more.")
    name = "gml_dirdisp" if source == "gml" else "cow_mid_dirdisps"
    each = (
        store.table(name, ["dispnum", *PAIR])
        .cast(pl.Int64)
        .filter(pl.col("ccode1") < pl.col("ccode2"))
        .group_by("ccode1", "ccode2", "dispnum")
        .agg(first=pl.col("year").min(), last=pl.col("year").max())
        .sort("ccode1", "ccode2", "first", "dispnum")
    )
    pair = ["ccode1", "ccode2"]
    # Disputes overlap: what counts is the latest year that any earlier one has reached.
    reached = pl.col("last").cum_max().shift(1).over(pair)
    runs = each.with_columns(
        run=(pl.col("first") > reached + window_years).fill_null(True).cum_sum().over(pair)
    )
    return (
        runs.group_by(*pair, "run", maintain_order=True)
        .agg(
            start=pl.col("first").min(),
            known_from=pl.col("first").sort().get(disputes - 1, null_on_oob=True),
            end=(pl.col("last").max() + window_years).clip(upper_bound=LAST_YEAR[source]),
            disputes=pl.len(),
        )
        .filter(pl.col("disputes") >= disputes)
        .drop("run")
        .sort(*pair, "start")
    )


def rivalries(
    spine: Spine,
    source: Literal["gml", "cow", "tss", "td"] = "gml",
    disputes: int = 3,
    window_years: int = 10,
) -> list[pl.Series]:
    """Whether two states are rivals: by repeated disputes, or by a registered list of experts."""
    if source in ("gml", "cow"):
        spells = repeated_disputes(checked_source(source), disputes, window_years)
        last_year = LAST_YEAR[source]
    elif source in ("tss", "td"):
        spells = _expert_spells(source)
        last_year = 2020 if source == "tss" else 2010
    else:
        raise DataError(f"source='{source}': rivalries come from 'gml', 'cow', 'tss' or 'td'.")
    within = known(spine, FIRST_YEAR, last_year)
    out = []
    for column, begins in (("rivalry", "start"), ("rivalry_so_far", "known_from")):
        yearly = (
            spells.with_columns(year=pl.int_ranges(begins, pl.col("end") + 1))
            .explode("year")
            .select(PAIR)
            .unique(maintain_order=True)
        )
        yearly = mirrored(yearly) if spine.directed else yearly
        rows, found = matched(spine, yearly, "rivalries")
        ones = pl.repeat(1, found.height, dtype=pl.Int8, eager=True)
        out.append(filled(spine.size, rows, ones, column, within))
    return out


def _expert_spells(source: str) -> pl.DataFrame:
    """Spells of a registered rivalry list; an expert's start is taken as known when it came."""
    start, end = ("start", "end") if source == "tss" else ("styear", "endyear")
    return (
        store.table(f"{source}_rivalries")
        .select(
            ccode1=pl.min_horizontal("ccode1", "ccode2").cast(pl.Int64),
            ccode2=pl.max_horizontal("ccode1", "ccode2").cast(pl.Int64),
            start=pl.col(start).cast(pl.Int64),
            end=pl.col(end).cast(pl.Int64),
        )
        .with_columns(known_from="start")
    )
