"""Columns of a panel from small tables: by position, without hashing and without copies."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rimland.history.catalogue import DataError
from rimland.history.spine import Index
from rimland.history.states import Members


def aligned(members: Members, data: pl.DataFrame, on: str, name: str) -> pl.DataFrame:
    """Return the columns of a state-year table, one row for each row of `members`.

    `on` is the table's code column, ccode or gwcode; state-years that the table lacks are null.
    """
    codes = members.ccode if on == "ccode" else members.gwcode
    data = data.filter(pl.col(on).is_not_null()).cast({on: pl.Int64, "year": pl.Int64})
    repeated = data.select(on, "year").is_duplicated()
    if repeated.any():
        one = data.filter(repeated).row(0, named=True)
        raise DataError(
            f"'{name}' has several rows for {on} {one[on]} in {one['year']};"
            " a state-year can have one."
        )
    wanted = pl.DataFrame({on: codes, "year": members.year})
    joined = wanted.join(data, on=[on, "year"], how="left", maintain_order="left")
    return joined.drop(on, "year")


def gathered(values: pl.Series, cells: Index, name: str) -> pl.Series:
    """Return `values[cells]` under a new name; nulls stay null."""
    if values.null_count() == 0 and values.dtype.is_numeric():
        return pl.Series(name, values.to_numpy().take(cells))
    if values.dtype.is_float():
        return pl.Series(name, values.to_numpy().take(cells), nan_to_null=True)
    if values.dtype.is_integer():
        found = pl.Series(name, values.fill_null(0).to_numpy().take(cells))
        known = pl.Series("known", values.is_not_null().to_numpy().take(cells))
        return found.set(~known, None)
    return values.gather(pl.Series(cells.astype(np.uint32))).alias(name)


def scattered(size: int, rows: Index, values: pl.Series, name: str) -> pl.Series:
    """Return a column that is null but for `values` at `rows`."""
    empty = pl.repeat(None, size, dtype=values.dtype, eager=True).alias(name)
    return empty.scatter(rows, values)


def filled(
    size: int, rows: Index, values: pl.Series, name: str, known: NDArray[np.bool_] | None = None
) -> pl.Series:
    """Return a column that is 0 but for `values` at `rows`; null where `known` is false."""
    out = np.zeros(size, values.fill_null(0).to_numpy().dtype)
    out[rows] = values.fill_null(0).to_numpy()
    column = pl.Series(name, out)
    if values.null_count():
        column = column.scatter(rows[values.is_null().to_numpy()], None)
    return column if known is None else column.set(pl.Series(~known), None)


def known_between(years: NDArray[np.int64], first: int, last: int) -> NDArray[np.bool_] | None:
    """Return which rows lie within a dataset's years, or None when all do."""
    if years.size and years.min() >= first and years.max() <= last:
        return None
    return (years >= first) & (years <= last)
