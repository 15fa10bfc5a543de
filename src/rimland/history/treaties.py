"""Alliance treaties as events: one row a treaty, its members by date, its provisions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import polars as pl

from rimland.history import store
from rimland.history.catalogue import DataError
from rimland.history.cite import Citations, citations
from rimland.history.columns import documented

OBLIGATIONS = ("defense", "offense", "neutral", "nonagg", "consul")
DEPTH = ("milcon", "milaid", "intcom", "subord", "organ1", "base", "contrib", "hinst", "minst")
# Members stand without dates in columns mem1 to mem59 of the treaty file: the member file is read.
PARTS: dict[str, list[pl.Expr]] = {
    "members": [pl.col("founders", "members", "n_founders", "n_members")],
    "depth": [pl.col(DEPTH).cast(pl.Int8)],
    "terms": [
        pl.col("pubsecr", "secrart", "conditio", "asymm").cast(pl.Int8),
        pl.col("length", "specthrt", "statthr1", "statthr2").cast(pl.Int32),
    ],
}


@dataclass(frozen=True)
class Treaties:
    """A plan for a table of treaties; nothing is read before `collect`."""

    years: tuple[int, int] = (1815, 2016)
    obligation: str | None = None
    bilateral: bool | None = None
    parts: tuple[str, ...] = ()

    def add_members(self) -> Treaties:
        """Add founders and all members as lists of COW codes, and how many there are of each."""
        return self._with("members")

    def add_depth(self) -> Treaties:
        """Add provisions of depth: military contacts, aid, command, organization, bases."""
        return self._with("depth")

    def add_terms(self) -> Treaties:
        """Add secrecy, conditions, asymmetry, length and the threat named."""
        return self._with("terms")

    def _with(self, part: str) -> Treaties:
        return replace(self, parts=(*(p for p in self.parts if p != part), part))

    def lazy(self) -> pl.LazyFrame:
        """Return the table as a polars LazyFrame."""
        source = store.table("atop4_alliances").lazy()
        source = source.cast({"atopid": pl.Int64})
        begins = pl.col("begyr").cast(pl.Int64)
        chosen = source.filter(begins.is_between(*self.years))
        if self.obligation is not None:
            chosen = chosen.filter(pl.col(self.obligation) == 1)
        if self.bilateral is not None:
            chosen = chosen.filter(pl.col("bilat") == int(self.bilateral))
        columns: list[pl.Expr] = [
            pl.col("atopid"),
            begins,
            pl.col("begmo", "begday").cast(pl.Int8),
            pl.col("endyr").cast(pl.Int64),
            pl.col("endmo", "endday").cast(pl.Int8),
            pl.col("endyr").is_null().cast(pl.Int8).alias("in_force"),
            pl.col("bilat", *OBLIGATIONS).cast(pl.Int8),
        ]
        if "members" in self.parts:
            chosen = chosen.join(_member_lists().lazy(), on="atopid", how="left")
        for part in self.parts:
            columns += PARTS[part]
        return chosen.select(columns).sort("atopid")

    def collect(self) -> pl.DataFrame:
        """Return one row a treaty, in order of `atopid`."""
        return self.lazy().collect()

    def members(self) -> pl.DataFrame:
        """Return one row for each membership of these treaties: a state, from when to when.

        Phases of one membership (the obligations were revised) are joined end to end; a state that
        leaves and comes back has two rows. `founder` says that the state was there on the first
        day; a null end means still a member at the end of coding, 2016.
        """
        return _memberships().filter(pl.col("atopid").is_in(self.collect()["atopid"].implode()))

    @property
    def columns(self) -> pl.DataFrame:
        """Document the columns: name, type, unit, meaning and source."""
        tables = ["treaties", *(f"treaties.{part}" for part in self.parts)]
        return documented(tables, sides=False)

    def cite(self) -> Citations:
        """Return what to cite; it prints as a list."""
        return citations(["atop4_alliances", "atop4_members"])


def treaties(
    years: tuple[int, int] = (1815, 2016),
    obligation: Literal["defense", "offense", "neutral", "nonagg", "consul"] | None = None,
    bilateral: bool | None = None,
) -> Treaties:
    """Plan a table of alliance treaties (ATOP 4.01) begun in `years`, one row each.

    Raises DataError for years out of order and for an obligation that is not one of defense,
    offense, neutral, nonagg, consul.
    """
    if obligation is not None and obligation not in OBLIGATIONS:
        raise DataError(f"obligation='{obligation}': say one of {', '.join(OBLIGATIONS)}.")
    first, last = years
    if first > last:
        raise DataError(f"years=({first}, {last}) ends before it begins.")
    return Treaties((int(first), int(last)), obligation, bilateral)


def _dated(prefix: str, last: bool = False) -> pl.Expr:
    """A date from year, month and day; an unknown day is the first of the month, or its last."""
    year, month, day = {
        "ent": ("yrent", "moent", "dayent"),
        "exit": ("yrexit", "moexit", "dayexit"),
    }[prefix]
    start = pl.date(pl.col(year), pl.col(month), pl.col(day).fill_null(1))
    return (
        pl.when(pl.col(day).is_null()).then(start.dt.month_end()).otherwise(start)
        if last
        else start
    )


def _memberships() -> pl.DataFrame:
    phases = (
        store.table("atop4_members")
        .select(
            pl.col("atopid", "member").cast(pl.Int64),
            start=_dated("ent"),
            end=_dated("exit", last=True),
            in_system=pl.col("cowsys").cast(pl.Int8),
            **{name: pl.col(name).cast(pl.Int8) for name in OBLIGATIONS},
        )
        .sort("atopid", "member", "start")
    )
    who = ["atopid", "member"]
    # A phase that begins within a month of the end of the one before carries it on.
    gap = pl.col("start") > pl.col("end").shift(1).over(who) + pl.duration(days=31)
    joined = (
        phases.with_columns(spell=gap.fill_null(False).cum_sum().over(who))
        .group_by(*who, "spell", maintain_order=True)
        .agg(
            pl.col("start").min(),
            pl.when(pl.col("end").is_null().any())
            .then(None)
            .otherwise(pl.col("end").max())
            .alias("end"),
            phases=pl.len(),
            in_system=pl.col("in_system").max(),
            **{name: pl.col(name).max() for name in OBLIGATIONS},
        )
        .drop("spell")
    )
    founded = pl.col("start").min().over("atopid")
    return joined.with_columns(founder=(pl.col("start") == founded).cast(pl.Int8)).sort(
        "atopid", "start", "member"
    )


def _member_lists() -> pl.DataFrame:
    every = _memberships()
    return every.group_by("atopid").agg(
        founders=pl.col("member").filter(pl.col("founder") == 1).unique().sort(),
        members=pl.col("member").unique().sort(),
        n_founders=pl.col("member").filter(pl.col("founder") == 1).n_unique().cast(pl.Int32),
        n_members=pl.col("member").n_unique().cast(pl.Int32),
    )
