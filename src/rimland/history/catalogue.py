"""The catalogue: every dataset with its version, unit, years, terms and checksum."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rimland.errors import RimlandError, did_you_mean

DATA = Path(__file__).parent / "data"


class DataError(RimlandError):
    """A dataset is unknown, missing, or not what the catalogue says it is."""


@dataclass(frozen=True)
class Dataset:
    """One dataset as the catalogue describes it."""

    name: str
    title: str
    unit: str
    """What one row is, such as state-year."""
    rows: int | None
    first_year: int | None
    last_year: int | None
    codes: str
    """The system of state codes: COW, GW, ISO."""
    version: str
    key: tuple[str, ...]
    """Columns on which a row is unique; empty where the source repeats itself."""
    edge: str
    """What the last year means: an edge of the data is not an ending."""
    citation: str
    licence: str
    """Terms as the source states them."""
    redistribute: str
    """yes, ask or no: what could be read of the right to pass a copy on."""
    reason: str
    ships: bool
    why: str
    """Why it ships, or why it does not."""
    stand_in: str
    """The dataset or function that serves where this one does not ship."""
    home: str
    """Where a copy of one's own can be had."""
    dropped: tuple[str, ...]
    """Columns of the source that the shipped copy leaves out."""
    sha256: str
    """Of the file that was inspected for the catalogue."""
    shipped_bytes: int | None
    shipped_sha256: str

    @property
    def shipped_path(self) -> Path:
        """Where the shipped copy lies, if it ships."""
        return DATA / f"{self.name}.parquet"

    @property
    def years(self) -> str:
        """The years in words: 1816-2014, to 2018, or nothing."""
        if self.last_year is None:
            return ""
        return f"{self.first_year}-{self.last_year}" if self.first_year else f"to {self.last_year}"


def _number(text: str) -> int | None:
    return int(text) if text else None


@cache
def catalogue() -> dict[str, Dataset]:
    """Return all datasets by name, in alphabetical order."""
    with (DATA / "catalogue.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        row["name"]: Dataset(
            name=row["name"],
            title=row["title"],
            unit=row["unit"],
            rows=_number(row["rows"]),
            first_year=_number(row["first_year"]),
            last_year=_number(row["last_year"]),
            codes=row["codes"],
            version=row["version"],
            key=tuple(row["key"].split()),
            edge=row["edge"],
            citation=row["citation"],
            licence=row["licence"],
            redistribute=row["redistribute"],
            reason=row["reason"],
            ships=row["ships"] == "yes",
            why=row["why"],
            stand_in=row["stand_in"],
            home=row["home"],
            dropped=tuple(row["dropped"].split()),
            sha256=row["sha256"],
            shipped_bytes=_number(row["shipped_bytes"]),
            shipped_sha256=row["shipped_sha256"],
        )
        for row in rows
    }


def dataset(name: str) -> Dataset:
    """Return one dataset, or raise DataError with the nearest known name."""
    known = catalogue()
    if name not in known:
        raise DataError(
            f"There is no dataset '{name}'.{did_you_mean(name, known)}"
            " `rimland data` lists all of them."
        )
    return known[name]
