"""State systems: who is a member in which year, and how the two systems of codes meet."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rimland.history import store
from rimland.history.catalogue import DataError

System = Literal["cow", "gw"]
FIRST_YEAR = 1816
EDGE = {"cow": 2016, "gw": 2017}
CODE = {"cow": "ccode", "gw": "gwcode"}
NAME = {"cow": "statenme", "gw": "statename"}


@dataclass(frozen=True)
class Members:
    """State-years of one system, in order of code and year; all arrays have one row each.

    `first_day` and `last_day` are days of the year (1 to 366) on which membership begins and ends
    within it; `other` is the code in the other system, or -1 where there is none.
    """

    system: System
    years: tuple[int, int]
    codes: NDArray[np.int64]
    """The distinct codes, in order; shape (S,)."""
    code: NDArray[np.int64]
    year: NDArray[np.int64]
    first_day: NDArray[np.int16]
    last_day: NDArray[np.int16]
    other: NDArray[np.int64]

    @property
    def ccode(self) -> NDArray[np.int64]:
        """The COW code of each state-year, or -1."""
        return self.code if self.system == "cow" else self.other

    @property
    def gwcode(self) -> NDArray[np.int64]:
        """The Gleditsch-Ward code of each state-year, or -1."""
        return self.code if self.system == "gw" else self.other


def spells(system: System) -> pl.DataFrame:
    """Return membership spells: code, abb, name, start, end (dates)."""
    if system == "cow":
        states = store.table("cow_states")
        return states.select(
            code=pl.col("ccode").cast(pl.Int64),
            abb=pl.col("stateabb"),
            name=pl.col("statenme"),
            start=pl.date("styear", "stmonth", "stday"),
            end=pl.date("endyear", "endmonth", "endday"),
        )
    return store.table("gw_states").select(
        code=pl.col("gwcode").cast(pl.Int64),
        abb=pl.col("stateabb"),
        name=pl.col("statename"),
        start=pl.col("startdate"),
        end=pl.col("enddate"),
    )


def checked_years(system: System, years: tuple[int, int], extend: bool) -> tuple[int, int]:
    """Return the years as asked for, or raise DataError that says what the lists cover."""
    if system not in CODE:
        raise DataError(f"There is no state system '{system}'; say 'cow' or 'gw'.")
    try:
        first, last = (int(year) for year in years)
    except (TypeError, ValueError):
        raise DataError(f"years={years!r} is not a pair such as (1946, 2010).") from None
    if first > last:
        raise DataError(f"years=({first}, {last}) ends before it begins.")
    if first < FIRST_YEAR:
        raise DataError(f"The state lists begin in {FIRST_YEAR}; years=({first}, {last}).")
    edge = EDGE[system]
    if last > edge and not extend:
        raise DataError(
            f"The {system.upper()} state list ends in {edge}; years=({first}, {last})."
            " extend=True carries its last members forward and marks those rows."
        )
    return first, last


def members(system: System, years: tuple[int, int], extend: bool = False) -> Members:
    """Return the state-years of a system; with `extend`, its last members stay past the edge."""
    return _members(system, checked_years(system, years, extend), extend)


@cache
def _members(system: System, years: tuple[int, int], extend: bool) -> Members:
    rows = _yearly(system, years, extend)
    code, year = rows["code"].to_numpy(), rows["year"].to_numpy()
    other = _to_gw(code, year) if system == "cow" else _to_cow(code, year, years)
    return Members(
        system,
        years,
        np.unique(code),
        code,
        year,
        rows["first_day"].to_numpy(),
        rows["last_day"].to_numpy(),
        other,
    )


def _yearly(system: System, years: tuple[int, int], extend: bool) -> pl.DataFrame:
    """One row a state-year: code, year, first_day, last_day."""
    edge = pl.date(EDGE[system], 12, 31)
    held = spells(system).with_columns(
        end=pl.when(extend & (pl.col("end") >= edge))
        .then(pl.date(max(years[1], EDGE[system]), 12, 31))
        .otherwise("end")
    )
    first, last = pl.col("start").dt.year(), pl.col("end").dt.year()
    return (
        held.with_columns(year=pl.int_ranges(first, last + 1))
        .explode("year")
        .filter(pl.col("year").is_between(*years))
        .with_columns(
            first_day=pl.when(pl.col("year") == first)
            .then(pl.col("start").dt.ordinal_day())
            .otherwise(1),
            last_day=pl.when(pl.col("year") == last)
            .then(pl.col("end").dt.ordinal_day())
            .otherwise(366),
        )
        # A state that leaves and comes back within a year counts from its first to its last day;
        # the pairs that never shared a day are the same as by exact days (see the tests).
        .group_by("code", "year")
        .agg(pl.col("first_day").min(), pl.col("last_day").max())
        .sort("code", "year")
        .cast({"year": pl.Int64, "first_day": pl.Int16, "last_day": pl.Int16})
    )


def _crosswalk() -> pl.DataFrame:
    return store.table("cow_gw_crosswalk").cast(pl.Int64, strict=False)


def _to_gw(code: NDArray[np.int64], year: NDArray[np.int64]) -> NDArray[np.int64]:
    """Gleditsch-Ward codes of COW state-years: the table's, else the same code where it lives."""
    out = np.full(code.size, -1, np.int64)
    lives = spells("gw")
    for gw, start, end in lives.select("code", "start", "end").iter_rows():
        # The last edition is carried forward as far as anybody asks.
        last = 9999 if end.year >= EDGE["gw"] else end.year
        out[(code == gw) & (year >= start.year) & (year <= last)] = gw
    for cow, gw, first, last in (
        _crosswalk().select("ccode", "gwcode", "first_year", "last_year").iter_rows()
    ):
        out[(code == cow) & (year >= first) & (year <= last)] = gw
    return out


def _to_cow(
    code: NDArray[np.int64], year: NDArray[np.int64], years: tuple[int, int]
) -> NDArray[np.int64]:
    """COW codes of Gleditsch-Ward state-years; where two fit, the one held on 1 January."""
    # Codes outlive the lists: the COW list, a year shorter, is carried forward for this alone.
    cow = _members("cow", years, True)
    pairs = (
        pl.DataFrame({"gw": cow.other, "year": cow.year, "cow": cow.code, "day": cow.first_day})
        .filter(pl.col("gw") >= 0)
        .sort("gw", "year", "day", "cow")
        .unique(["gw", "year"], keep="first")
    )
    rows = pl.DataFrame({"gw": code, "year": year}).join(
        pairs, on=["gw", "year"], how="left", maintain_order="left"
    )
    return rows["cow"].fill_null(-1).to_numpy()


def names(system: System) -> pl.DataFrame:
    """Return the last name of every code: code, abb, name."""
    return (
        spells(system)
        .sort("code", "start")
        .group_by("code", maintain_order=True)
        .agg(pl.col("abb").last(), pl.col("name").last())
    )
