"""What each column of a table is: its type, its unit, its meaning, its source."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from functools import cache

import polars as pl

from rimland.history.catalogue import DATA

SCHEMA = {"column": pl.String, "type": pl.String, "unit": pl.String, "says": pl.String}
DTYPES: dict[str, pl.DataType] = {
    "Int8": pl.Int8(),
    "Int16": pl.Int16(),
    "Int32": pl.Int32(),
    "Int64": pl.Int64(),
    "Float64": pl.Float64(),
    "String": pl.String(),
    "Boolean": pl.Boolean(),
    "codes": pl.List(pl.Int64),
}


@cache
def _rows() -> tuple[dict[str, str], ...]:
    with (DATA / "columns.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def columns_of(table: str, sides: bool) -> list[dict[str, str]]:
    """Return the documented columns of one part of a table, in order.

    With `sides`, what is known of a state appears twice, with 1 and 2 behind its name.
    """
    rows = [row for row in _rows() if row["table"] == table]
    if not sides or not rows or rows[0]["sides"] != "yes":
        return rows
    return [
        {**row, "column": row["column"] + side, "says": f"{row['says']} (state {side})"}
        for side in "12"
        for row in rows
    ]


def schema_of(table: str, sides: bool) -> dict[str, pl.DataType]:
    """Return the names and types that a part of a table has to have."""
    return {row["column"]: DTYPES[row["type"]] for row in columns_of(table, sides)}


def documented(tables: Iterable[str], sides: bool) -> pl.DataFrame:
    """Return column, type, unit, says and source of all columns of these parts."""
    rows = [row for table in tables for row in columns_of(table, sides)]
    wanted = ["column", "type", "unit", "says", "source"]
    return pl.DataFrame(
        {name: [row[name] for row in rows] for name in wanted},
        schema=dict.fromkeys(wanted, pl.String),
    )
