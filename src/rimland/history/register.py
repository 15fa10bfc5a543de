"""Registering a user's own copy: checked whole, then put in place in one step, or not at all."""

from __future__ import annotations

import csv
import datetime
import hashlib
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl

from rimland.errors import did_you_mean
from rimland.history import store
from rimland.history.catalogue import DATA, DataError, Dataset, dataset
from rimland.history.faults import faults_of

SHOWN = 5


@dataclass(frozen=True)
class Column:
    """What one column of a dataset has to hold."""

    name: str
    kind: str
    """integer, number, text, date or flag."""
    role: str
    """cow or gw for state codes, year, or nothing."""
    other_codes: frozenset[int]
    """Codes of the source that no state list knows."""


@cache
def _schemas() -> dict[str, tuple[Column, ...]]:
    found: dict[str, list[Column]] = {}
    with (DATA / "schemas.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            codes = frozenset(map(int, row["other_codes"].split()))
            column = Column(row["column"], row["kind"], row["role"], codes)
            found.setdefault(row["dataset"], []).append(column)
    return {name: tuple(columns) for name, columns in found.items()}


def columns_wanted(data: Dataset) -> tuple[Column, ...]:
    """Return the columns that a copy has to have; those the shipped copy drops may be missing."""
    return tuple(c for c in _schemas()[data.name] if c.name not in data.dropped)


def register(name: str, file: Path) -> store.Copy:
    """Check a user's file and keep it as the copy of a dataset; return what was noted of it.

    Parquet or CSV. Raises DataError that names every mistake: columns that are missing or hold
    something else, keys that repeat, state codes that nobody knows, years out of range. A file
    whose checksum is not the catalogue's is kept, and its note says so. Nothing is changed unless
    everything is right: the data file is written first, and the note that makes it count replaces
    the old one in a single step.
    """
    data = dataset(name)
    content = _bytes_of(file)
    rows = _read(file, content, columns_wanted(data))
    mistakes = _mistakes(data, rows)
    if mistakes:
        raise DataError(f"{file.name} is no copy of '{name}':\n  " + "\n  ".join(mistakes))
    checksum = hashlib.sha256(content).hexdigest()
    folder = store.data_folder()
    folder.mkdir(parents=True, exist_ok=True)
    before = _noted(name)
    stored = f"{name}-{checksum[:12]}.parquet"
    waiting = folder / f".{stored}.{os.getpid()}"
    note = None
    try:
        rows.write_parquet(waiting, compression="zstd")
        copy = store.Copy(
            name=name,
            file=stored,
            original=file.name,
            rows=rows.height,
            sha256=checksum,
            as_catalogued=checksum == data.sha256,
            stored_sha256=hashlib.sha256(waiting.read_bytes()).hexdigest(),
        )
        note = store.write_note(copy, folder)
        os.replace(waiting, folder / stored)
        os.replace(note, folder / f"{name}.json")
    finally:
        waiting.unlink(missing_ok=True)
        if note is not None:
            note.unlink(missing_ok=True)
    if before is not None and before.file != stored:
        (folder / before.file).unlink(missing_ok=True)
    return copy


def forget(name: str) -> store.Copy:
    """Drop a registered copy; return what was noted of it, or raise DataError if there is none."""
    data = dataset(name)
    copy = store.registered(data.name)
    if copy is None:
        raise DataError(f"No copy of '{name}' is registered.")
    folder = store.data_folder()
    (folder / f"{name}.json").unlink()
    (folder / copy.file).unlink(missing_ok=True)
    return copy


def sound(copy: store.Copy) -> bool:
    """Return whether the stored file of a copy is still what was registered."""
    path = store.data_folder() / copy.file
    return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == copy.stored_sha256


def _noted(name: str) -> store.Copy | None:
    try:
        return store.registered(name)
    except DataError:
        return None  # a spoilt note is replaced


def _bytes_of(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise DataError(f"There is no file {file}.") from None
    except IsADirectoryError:
        raise DataError(f"{file} is a folder; name the file in it.") from None


def _read(file: Path, content: bytes, wanted: tuple[Column, ...]) -> pl.DataFrame:
    """Return the wanted columns of a Parquet or CSV file, each of its kind."""
    try:
        if content[:4] == b"PAR1":
            rows = pl.read_parquet(file)
        else:
            rows = pl.read_csv(file, infer_schema=False)
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise DataError(
            f"{file.name} is neither Parquet nor CSV that can be read: {reason}"
        ) from None
    missing = [c.name for c in wanted if c.name not in rows.columns]
    if missing:
        lines = [f"column '{m}' is missing.{did_you_mean(m, rows.columns)}" for m in missing]
        raise DataError(f"{file.name} lacks columns:\n  " + "\n  ".join(lines))
    made, wrong = [], []
    for column in wanted:
        values = rows[column.name]
        cast = _cast(values, column.kind)
        if cast is None:
            bad = _first_bad(values, column.kind)
            wrong.append(f"column '{column.name}' is not {_a(column.kind)} throughout: {bad}")
        else:
            made.append(cast)
    if wrong:
        raise DataError(f"{file.name} has columns of another kind:\n  " + "\n  ".join(wrong))
    return pl.DataFrame(made)


DTYPE: dict[str, pl.DataType] = {
    "integer": pl.Int64(),
    "number": pl.Float64(),
    "text": pl.String(),
    "date": pl.Date(),
    "flag": pl.Boolean(),
}


def _a(kind: str) -> str:
    return {"integer": "whole numbers", "number": "numbers", "text": "text"}.get(kind, f"{kind}s")


def _plain(values: pl.Series, kind: str) -> pl.Series:
    """Text from a CSV with its marks for nothing taken out; NA is a country's code in text."""
    if values.dtype == pl.String and kind != "text":
        trimmed = values.str.strip_chars()
        values = trimmed.set(trimmed.is_in(["", "NA", "NaN", "."]), None)
        if kind == "flag":
            values = values.str.to_lowercase().replace({"1": "true", "0": "false"})
    return values


def _cast(values: pl.Series, kind: str) -> pl.Series | None:
    plain = _plain(values, kind)
    if kind == "flag" and plain.dtype == pl.String:
        known = plain.is_in(["true", "false"]) | plain.is_null()
        return (plain == "true").alias(values.name) if known.all() else None
    if kind == "integer" and plain.dtype.is_float():
        whole = plain.drop_nulls()
        if not (whole == whole.round()).all():
            return None
    if kind == "date" and plain.dtype.is_numeric():
        return None
    if kind in ("integer", "number") and plain.dtype.is_temporal():
        return None
    try:
        return plain.cast(DTYPE[kind])
    except pl.exceptions.PolarsError:
        return None


def _first_bad(values: pl.Series, kind: str) -> str:
    plain = _plain(values, kind).drop_nulls()
    try:
        bad = plain.filter(plain.cast(DTYPE[kind], strict=False).is_null())
    except pl.exceptions.PolarsError:
        bad = plain
    bad = bad if bad.len() else plain
    return f"'{bad[0]}' for example" if bad.len() else "it is empty"


def _mistakes(data: Dataset, rows: pl.DataFrame) -> list[str]:
    found = []
    if not rows.height:
        return ["it has no rows"]
    if data.key:
        repeated = rows.filter(rows.select(data.key).is_duplicated()).select(data.key).unique()
        if repeated.height:
            shown = [
                " ".join(f"{k}={v}" for k, v in row.items())
                for row in repeated.sort(data.key).head(SHOWN).to_dicts()
            ]
            which = _listed(shown, repeated.height)
            many = "1 key repeats" if repeated.height == 1 else f"{repeated.height} keys repeat"
            found.append(f"{many} ({', '.join(data.key)}): {which}")
    for column in columns_wanted(data):
        if column.role in ("cow", "gw"):
            found += _codes(column, rows[column.name])
        elif column.role == "year":
            found += _years(data, column, rows[column.name])
    return found


def _codes(column: Column, values: pl.Series) -> list[str]:
    if column.role == "cow":
        known = set(store.raw("state_codes")["ccode"].to_list())
    else:
        known = set(store.raw("gw_states")["gwcode"].to_list())
        known |= set(store.raw("cow_gw_crosswalk")["gwcode"].to_list())
    strange = sorted(set(values.drop_nulls().to_list()) - known - column.other_codes)
    system = {"cow": "COW", "gw": "Gleditsch-Ward"}[column.role]
    if not strange:
        return []
    shown = _listed([str(code) for code in strange[:SHOWN]], len(strange))
    return [f"column '{column.name}' has codes that are not {system}: {shown}"]


def _years(data: Dataset, column: Column, values: pl.Series) -> list[str]:
    # Marks for missing years are known faults of the source, not mistakes of the user.
    marks = {
        int(fault.values)
        for fault in faults_of(data.name)
        if fault.rule == "null if" and column.name in fault.columns
    }
    first = data.first_year or 1
    open_end = column.name == "last_year"
    last = 9999 if open_end else datetime.date.today().year
    years = set(values.drop_nulls().to_list()) - marks
    strange = sorted(year for year in years if not first <= year <= last)
    if not strange:
        return []
    shown = _listed([str(year) for year in strange[:SHOWN]], len(strange))
    return [f"column '{column.name}' has years outside {first} to {last}: {shown}"]


def _listed(shown: list[str], total: int) -> str:
    more = total - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")
