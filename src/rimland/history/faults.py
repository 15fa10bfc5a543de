"""The sources' known faults, from one visible table, mended whenever a dataset is read."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache

import polars as pl

from rimland.history.catalogue import DATA


@dataclass(frozen=True)
class Fault:
    """One rule: in these columns, these values become null, or another value in one row."""

    dataset: str
    columns: tuple[str, ...]
    rule: str
    values: str
    says: str


@cache
def faults() -> tuple[Fault, ...]:
    """Return the whole table, in its own order."""
    with (DATA / "faults.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Fault(
                row["dataset"],
                tuple(row["columns"].split()),
                row["rule"],
                row["values"],
                row["says"],
            )
            for row in csv.DictReader(file)
        )


def faults_of(name: str) -> list[Fault]:
    """Return the rules that apply to one dataset."""
    return [fault for fault in faults() if fault.dataset == name]


def mended(name: str, data: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of a dataset with its rules applied to the columns that are there."""
    changed: dict[str, pl.Expr] = {}
    for fault in faults_of(name):
        for column in fault.columns:
            if column in data.columns:
                before = changed.get(column, pl.col(column))
                changed[column] = _apply(fault, before).alias(column)
    return data.with_columns(changed.values()) if changed else data


def _apply(fault: Fault, value: pl.Expr) -> pl.Expr:
    if fault.rule == "null if":
        return pl.when(value != int(fault.values)).then(value)
    if fault.rule == "null unless":
        low, high = map(int, fault.values.split())
        return pl.when(value.is_between(low, high)).then(value)
    if fault.rule == "set where":
        key, row, right = fault.values.split()
        return pl.when(pl.col(key) == int(row)).then(int(right)).otherwise(value)
    if fault.rule == "null if text":
        return pl.when(value != fault.values).then(value)
    if fault.rule == "number from text":
        text = value.cast(pl.String)
        return pl.when(~text.is_in(fault.values.split(";"))).then(text).cast(pl.Int8)
    raise ValueError(f"faults.csv has a rule '{fault.rule}' that is not known")
