"""Panels: state-years and dyad-years to which one set after another is added."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
import polars as pl
from polars.io.plugins import register_io_source

from rimland.history import columns as documents
from rimland.history.building import gathered
from rimland.history.catalogue import DataError
from rimland.history.cite import Citations, citations
from rimland.history.spine import Spine, spine
from rimland.history.states import CODE, EDGE, NAME, Members, System, checked_years, members, names

Monadic = Callable[[Members], pl.DataFrame]
Dyadic = Callable[[Spine], list[pl.Series]]


@dataclass(frozen=True)
class Step:
    """One set added to a panel: what it is called in columns.csv, and how it is made."""

    tables: tuple[str, ...]
    datasets: tuple[str, ...]
    monadic: Monadic | None = None
    dyadic: Dyadic | None = None


@dataclass(frozen=True)
class Panel:
    """What state-years and dyad-years have in common: a plan, made when it is collected."""

    system: System
    years: tuple[int, int]
    extend: bool = False
    steps: tuple[Step, ...] = field(default=(), repr=False)

    # Whether what is known of a state appears twice.
    _sides = False
    _keys = "states"

    def _add(self, step: Step) -> Self:
        there = self.schema()
        for table in step.tables:
            for column in documents.schema_of(table, self._sides):
                if column in there:
                    raise DataError(
                        f"The panel has a column '{column}' already; each set can be added once,"
                        " and of two sources of disputes one with details=False."
                    )
        return replace(self, steps=(*self.steps, step))

    def _tables(self) -> list[str]:
        first = [f"{self._keys}.{self.system}", *(["carried"] if self.extend else [])]
        return first + [table for step in self.steps for table in step.tables]

    def schema(self) -> dict[str, pl.DataType]:
        """Return the columns that `collect` gives, with their types; nothing is read."""
        found: dict[str, pl.DataType] = {}
        for table in self._tables():
            found.update(documents.schema_of(table, self._sides))
        return found

    @property
    def columns(self) -> pl.DataFrame:
        """Document the columns: name, type, unit, meaning and source of each."""
        return documents.documented(self._tables(), self._sides)

    def cite(self) -> Citations:
        """Return what to cite for this panel; it prints as a list."""
        lists = ["cow_states"] if self.system == "cow" else ["gw_states", "cow_gw_crosswalk"]
        return citations(lists + [name for step in self.steps for name in step.datasets])

    def collect(self) -> pl.DataFrame:
        """Make the panel: rows in order of code (both codes) and year."""
        return self._made(None)

    def lazy(self) -> pl.LazyFrame:
        """Return the panel as a polars LazyFrame that makes only the columns a query needs."""

        def source(
            with_columns: list[str] | None,
            predicate: pl.Expr | None,
            n_rows: int | None,
            batch_size: int | None,
        ) -> Iterator[pl.DataFrame]:
            made = self._made(set(with_columns) if with_columns is not None else None)
            if with_columns is not None:
                made = made.select(with_columns)
            if predicate is not None:
                made = made.filter(predicate)
            yield made if n_rows is None else made.head(n_rows)

        return register_io_source(source, schema=self.schema())

    def _made(self, wanted: set[str] | None) -> pl.DataFrame:
        raise NotImplementedError

    def _members(self) -> Members:
        return members(self.system, self.years, self.extend)

    def _needed(self, step: Step, wanted: set[str] | None) -> bool:
        if wanted is None:
            return True
        return any(wanted & set(documents.schema_of(t, self._sides)) for t in step.tables)

    def __repr__(self) -> str:
        """Return what the plan holds."""
        first, last = self.years
        what = ", ".join(step.tables[0] for step in self.steps) or "nothing added yet"
        return f"{type(self).__name__}({self.system}, {first}-{last}: {what})"


def plan(kind: type[Any], system: System, years: tuple[int, int], extend: bool, **more: Any) -> Any:
    """Return an empty panel after checking what was asked for."""
    return kind(system=system, years=checked_years(system, years, extend), extend=extend, **more)


def state_frame(the_members: Members, extend: bool) -> pl.DataFrame:
    """Return the key columns of state-years."""
    system = the_members.system
    known = names(system).select(pl.col("code").alias(CODE[system]), pl.col("name"))
    made = (
        pl.DataFrame({CODE[system]: the_members.code, "year": the_members.year})
        .join(known, on=CODE[system], how="left", maintain_order="left")
        .select(CODE[system], pl.col("name").alias(NAME[system]), "year")
    )
    return made.with_columns(carried_forward=pl.col("year") > EDGE[system]) if extend else made


def dyad_frame(the_spine: Spine, extend: bool) -> pl.DataFrame:
    """Return the key columns of dyad-years."""
    the_members, system = the_spine.members, the_spine.members.system
    states = the_members.codes.size
    by_first = the_spine.counts.reshape(states, states)
    first = np.repeat(the_members.codes, by_first.sum(axis=1))
    second = np.repeat(np.tile(the_members.codes, states), the_spine.counts)
    year = the_spine.year_index + the_members.years[0]
    made = pl.DataFrame({f"{CODE[system]}1": first, f"{CODE[system]}2": second, "year": year})
    return made.with_columns(carried_forward=pl.col("year") > EDGE[system]) if extend else made


def both_sides(the_spine: Spine, data: pl.DataFrame, wanted: set[str] | None) -> list[pl.Series]:
    """Return what is known of a state for the first and the second state of every row."""
    work = [
        (values, cells, f"{values.name}{side}")
        for side, cells in (("1", the_spine.cell1), ("2", the_spine.cell2))
        for values in data
        if wanted is None or f"{values.name}{side}" in wanted
    ]
    # numpy gathers without the interpreter's lock, so two cores do twice as much.
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        return list(pool.map(lambda task: gathered(*task), work))


def make_spine(the_members: Members, directed: bool) -> Spine:
    """Return the dyad-years of a state system."""
    return spine(the_members, directed)
