"""Finding and reading datasets: a user's registered copy first, then the one that ships."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from rimland.history.catalogue import DataError, Dataset, dataset
from rimland.history.faults import mended


@dataclass(frozen=True)
class Copy:
    """A user's own copy of a dataset, as it was when it was registered."""

    name: str
    file: str
    """The name of the stored Parquet file in the data folder."""
    original: str
    """The name of the file that the user gave."""
    rows: int
    sha256: str
    """Of the file that the user gave."""
    as_catalogued: bool
    """Whether that checksum is the catalogue's."""
    stored_sha256: str


def data_folder() -> Path:
    """Return the folder of registered copies: $RIMLAND_DATA, or the platform's data folder."""
    if named := os.environ.get("RIMLAND_DATA"):
        return Path(named).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "rimland" / "data"


def registered(name: str) -> Copy | None:
    """Return the user's own copy of a dataset, or None."""
    note = data_folder() / f"{name}.json"
    try:
        return Copy(**json.loads(note.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise DataError(
            f"{note} is not what `rimland data add` wrote ({error}). Register the file again."
        ) from None


def write_note(copy: Copy, folder: Path) -> Path:
    """Write what is known of a copy to a temporary file in `folder`; return its path."""
    path = folder / f".{copy.name}.json.{os.getpid()}"
    path.write_text(json.dumps(asdict(copy), indent=1) + "\n", encoding="utf-8")
    return path


def status(data: Dataset) -> str:
    """Return where a dataset is read from: yours, ships, stand-in, or missing."""
    if registered(data.name) is not None:
        return "yours"
    if data.ships:
        return "ships"
    return "stand-in" if data.stand_in else "missing"


def path_of(name: str) -> Path:
    """Return the file of a dataset; raise DataError that says how to get it if there is none."""
    data = dataset(name)
    copy = registered(name)
    if copy is not None:
        path = data_folder() / copy.file
        if path.exists():
            return path
        raise DataError(
            f"Your copy of '{name}' is gone: {path} is not there."
            f" Register it again: rimland data add {name} FILE"
        )
    if data.ships:
        if data.shipped_path.exists():
            return data.shipped_path
        raise DataError(f"The shipped file {data.shipped_path} is missing; reinstall rimland.")
    instead = f" In its place: {data.stand_in}." if data.stand_in else ""
    raise DataError(
        f"'{name}' ({data.title}) does not ship: {data.why}.{instead}\n"
        f"Get a copy ({data.home}) and register it: rimland data add {name} FILE"
    )


def raw(name: str, columns: list[str] | None = None) -> pl.DataFrame:
    """Return a dataset as its source has it, faults and codes for missing values included."""
    return pl.read_parquet(path_of(name), columns=columns)


def table(name: str, columns: list[str] | None = None) -> pl.DataFrame:
    """Return a dataset with its known faults mended (see `rimland data show NAME`).

    Codes for missing values are null; nothing else is changed. Raises DataError when the dataset
    neither ships nor was registered.
    """
    return mended(name, raw(name, columns))
