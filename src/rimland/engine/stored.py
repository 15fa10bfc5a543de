"""A run in a folder, as it is read: lazily as a table, or observer by observer."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rimland.engine.manifest import (
    GROWN,
    JOURNAL,
    MANIFEST,
    PARTS,
    UNFINISHED,
    Kept,
    check_head,
    check_part,
    kept_of,
    object_of,
    share_of,
)
from rimland.engine.run import Futures
from rimland.engine.shards import Shard
from rimland.errors import RunError, did_you_mean

if TYPE_CHECKING:
    import polars

KEYS = ("draw", "future", "events")
_ESCAPE = "observer:"


@dataclass(frozen=True)
class StoredRun:
    """A run in a folder. `head` is its manifest without the parts; values are read when asked for.

    `finished` says that all of its shard is there, `complete` that this is the whole ensemble,
    `settling` that it has just taken the place of a smaller one, whose parts may still lie there.
    """

    folder: Path
    head: dict[str, Any]
    kept: tuple[Kept, ...]
    finished: bool
    settling: bool = field(default=False, compare=False)
    _sound: set[int] = field(default_factory=set, repr=False, compare=False)

    @property
    def observers(self) -> tuple[str, ...]:
        """The names of the observers, sorted."""
        return tuple(self.head["observers"])

    @property
    def grid_days(self) -> NDArray[np.float64]:
        """The days at which observers were read, shape [G]."""
        return np.array(self.head["grid_days"], np.float64)

    @property
    def shard(self) -> Shard:
        """Which share of how many this is."""
        which, of = self.head["shard"]
        return which, of

    @property
    def complete(self) -> bool:
        """Whether every future of the ensemble is here."""
        return self.finished and self.shard[1] == 1

    def scan(self) -> polars.LazyFrame:
        """Return the futures as a lazy table: draw, future, events and a column per observer.

        A column has an array over the grid. An observer called `draw`, `future` or `events` has
        the column `observer:draw` ... Raises RunError when the run, or its shard, is unfinished.
        """
        import polars as pl

        self.need(self.finished)
        return pl.scan_parquet([self.path_of(kept) for kept in self.kept])

    def of(self, observer: str) -> NDArray[np.float64]:
        """Return one observer's values, shape [D, F, G].

        Raises RunError for an unknown name, a run that is not complete, or a damaged part.
        """
        if observer not in self.observers:
            known = did_you_mean(observer, self.observers)
            raise RunError(f"no observer is called '{observer}'.{known}")
        grid = len(self.head["grid_days"])
        out = np.empty((self.head["draws"] * self.head["futures"], grid))
        return self._filled(column_of(observer), out).reshape(*self._shape, grid)

    def events(self) -> NDArray[np.int64]:
        """Return how many events each future had, shape [D, F]; raises as `of` does."""
        out = np.empty((self.head["draws"] * self.head["futures"], 1), np.int64)
        return self._filled("events", out).reshape(self._shape)

    def digest(self) -> str:
        """Return what `Futures.digest` returns for the same ensemble made by one `run`.

        Reads part after part; raises as `of` does.
        """
        made = hashlib.blake2b(digest_size=8)
        made.update(np.ascontiguousarray(self.grid_days, "<f8").tobytes())
        for rows in self._columns("events"):
            made.update(np.ascontiguousarray(rows, "<i8").tobytes())
        for name in sorted(self.observers):
            made.update(name.encode() + b"\0")
            for rows in self._columns(column_of(name)):
                made.update(np.ascontiguousarray(rows + 0.0, "<f8").tobytes())
        return made.hexdigest()

    @property
    def _shape(self) -> tuple[int, int]:
        return self.head["draws"], self.head["futures"]

    def path_of(self, kept: Kept) -> Path:
        """Return where a part lies."""
        name = PARTS if self.finished else UNFINISHED
        if self.settling and (self.folder / GROWN).exists():
            name = GROWN
        return self.folder / name / kept.part.file

    def need(self, there: bool) -> None:
        """Raise RunError that says what is missing, unless what is needed is there."""
        if there:
            return
        if not self.finished:
            whole = len(share_of(self.head))
            raise RunError(
                f"the run in '{self.folder}' is unfinished: {len(self.kept)} of {whole} parts are "
                "there; make the same run again and it goes on from them"
            )
        which, of = self.shard
        raise RunError(f"'{self.folder}' holds shard {which} of {of}; merge all of them first")

    def rows(self, kept: Kept, columns: list[str]) -> polars.DataFrame:
        """Return some columns of a part, which is compared with its digest when first touched."""
        import polars as pl

        path = self.path_of(kept)
        if kept.part.number not in self._sound:
            check_part(path, kept, thorough=True)
            self._sound.add(kept.part.number)
        rows = pl.read_parquet(path, columns=columns)
        if len(rows) != kept.part.count:
            raise RunError(f"{path}: has {len(rows)} futures; expected {kept.part.count}")
        return rows

    def _columns(self, column: str) -> Iterator[NDArray[Any]]:
        """Yield a column's values part after part."""
        self.need(self.complete)
        for kept in self.kept:
            yield self.rows(kept, [column])[column].to_numpy()

    def _filled(self, column: str, out: NDArray[Any]) -> NDArray[Any]:
        at = 0
        for rows in self._columns(column):
            out[at : at + len(rows)] = rows.reshape(len(rows), -1)
            at += len(rows)
        return out


def open_run(folder: Path | str) -> StoredRun:
    """Return the run that a folder holds, unfinished or not.

    Raises RunError when there is none, when it was written in another format, or when a part is
    missing or has another size than the manifest says; digests are checked on reading.
    """
    source = Path(folder)
    found = read_folder(source)
    if found is None:
        raise RunError(f"'{source}' holds no run")
    if found.finished:
        for kept in found.kept:
            check_part(found.path_of(kept), kept, thorough=False)
    return found


def read_folder(folder: Path) -> StoredRun | None:
    """Return what a folder holds, its files not yet looked at; None when it holds no run."""
    for name in (MANIFEST, JOURNAL):
        found = read_record(folder / name)
        if found is not None:
            return found
    return None


def read_record(path: Path) -> StoredRun | None:
    """Return the run that a manifest or a journal tells of; None when there is no such file."""
    try:
        text = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise RunError(f"{path}: could not be read: {error.strerror}") from error
    whole, settling = path.name == MANIFEST, False
    if whole:
        data = object_of(text, path)
        entries = data.pop("parts", None)
        settling = data.pop("settling", False) is True
    else:
        # A last line without its end was being written when the process died.
        first, *lines = text.split(b"\n")[:-1] or [text]
        data = object_of(first, path)
        entries = [object_of(line, path) for line in lines]
    check_head(data, path)
    return StoredRun(path.parent, data, kept_of(data, entries, path), whole, settling)


def column_of(observer: str) -> str:
    """Return the name of an observer's column."""
    taken = observer in KEYS or observer.startswith(_ESCAPE)
    return _ESCAPE + observer if taken else observer


def encoded(made: Futures, observers: list[str]) -> bytes:
    """Return the part as a Parquet file: the rows in index order, the columns sorted by name."""
    import polars as pl

    draws, futures = made.events.shape
    grid = len(made.grid_days)
    first, last = made.first_future, made.first_future + futures
    of_draw = np.arange(made.first_draw, made.first_draw + draws, dtype=np.int64)
    columns = [
        pl.Series("draw", np.repeat(of_draw, futures)),
        pl.Series("future", np.tile(np.arange(first, last, dtype=np.int64), draws)),
        pl.Series("events", made.events.reshape(-1)),
    ]
    for name in observers:
        values = np.ascontiguousarray(made.of(name)).reshape(-1, grid)
        columns.append(pl.Series(column_of(name), values, dtype=pl.Array(pl.Float64, grid)))
    file = io.BytesIO()
    pl.DataFrame(columns).write_parquet(file, compression="zstd")
    return file.getvalue()
