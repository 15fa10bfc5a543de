"""A table as files: CSV, Parquet or Stata, with a data dictionary beside it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from rimland.errors import RimlandError
from rimland.study.exports import Table

ENDINGS = (".csv", ".parquet", ".dta")
LONGEST_TEXT = 2045
"""Bytes of text that a Stata column holds."""
LONGEST_NAME, LONGEST_LABEL = 32, 80


@dataclass(frozen=True)
class Written:
    """What was written: the table, its dictionary, and what had to be changed for the format."""

    path: Path
    dictionary: Path
    rows: int
    columns: int
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "file": str(self.path),
            "dictionary": str(self.dictionary),
            "rows": self.rows,
            "columns": self.columns,
            "notes": list(self.notes),
        }


def dictionary_of(path: Path) -> Path:
    """Return where the data dictionary of a table goes: `ties.columns.csv` beside `ties.csv`."""
    return path.with_name(f"{path.stem}.columns.csv")


def free(path: Path, force: bool) -> Path:
    """Return `path` if a table can be written there, before anything is made.

    Raises RimlandError for an unknown ending, a file that is there already (unless `force`), and
    where the format needs a package that is missing.
    """
    if path.suffix.lower() not in ENDINGS:
        raise RimlandError(
            f"'{path}' has no ending of a table; expected one of {', '.join(ENDINGS)}."
        )
    if path.suffix.lower() == ".dta":
        _stata()
    there = [each for each in (path, dictionary_of(path)) if each.exists()]
    if there and not force:
        raise RimlandError(f"'{there[0]}' is there already; --force writes over it.")
    return path


def write_table(table: Table, path: Path, force: bool = False) -> Written:
    """Write a table and its dictionary; each file whole or not at all.

    Lists become text joined by semicolons, except in Parquet. In Stata, names are cut to what it
    allows (the dictionary keeps the original), texts to 2,045 bytes; labels are the meanings.
    """
    free(path, force)
    path.parent.mkdir(parents=True, exist_ok=True)
    frame, columns = table.frame, table.columns
    notes: list[str] = []
    ending = path.suffix.lower()
    if ending == ".parquet":
        _whole(path, frame.write_parquet)
    elif ending == ".csv":
        _whole(path, _flat(frame).write_csv)
    else:
        frame, names, notes = _for_stata(_flat(frame))
        columns = columns.with_columns(pl.col("column").replace(names).alias("stata_name"))
        labels = dict(zip(columns["stata_name"], columns["says"], strict=True))
        shown = [str(labels.get(name) or "")[:LONGEST_LABEL] for name in frame.columns]
        _whole(path, lambda part: _stata().write_dta(frame, part, column_labels=shown, version=15))
    dictionary = dictionary_of(path)
    _whole(dictionary, columns.write_csv)
    return Written(path, dictionary, frame.height, frame.width, tuple(notes))


def _whole(path: Path, write: Callable[[str], Any]) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        write(str(part))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _flat(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the table with lists as text, a semicolon between their items."""
    lists = [name for name, kind in frame.schema.items() if isinstance(kind, pl.List)]
    return frame.with_columns(pl.col(lists).cast(pl.List(pl.String)).list.join(";"))


def _for_stata(frame: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, str], list[str]]:
    notes = []
    names: dict[str, str] = {}
    for name in frame.columns:
        plain = re.sub(r"\W", "_", name, flags=re.ASCII)
        plain = (f"_{plain}" if plain[0].isdigit() else plain)[:LONGEST_NAME]
        short, n = plain, 1
        while short in names.values():
            n += 1
            short = f"{plain[: LONGEST_NAME - len(str(n)) - 1]}_{n}"
        names[name] = short
    if any(old != new for old, new in names.items()):
        notes.append("some names are shortened for Stata; the dictionary has both")
    frame = frame.rename(names)
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    long = [n for n in texts if (frame[n].str.len_bytes() > LONGEST_TEXT).any()]
    if long:
        notes.append(f"texts of {', '.join(long)} are cut to {LONGEST_TEXT} bytes for Stata")
        cut = [
            pl.col(name).map_elements(_cut, return_dtype=pl.String, skip_nulls=True)
            for name in long
        ]
        frame = frame.with_columns(cut)
    return frame, names, notes


def _cut(text: str) -> str:
    return text.encode()[:LONGEST_TEXT].decode(errors="ignore")


def _stata() -> Any:
    try:
        import pyreadstat
    except ImportError:
        raise RimlandError(
            "Stata files need pyreadstat, which is not installed: pip install 'rimland[stata]'. "
            "CSV and Parquet need nothing, and Stata reads CSV (import delimited)."
        ) from None
    return pyreadstat
