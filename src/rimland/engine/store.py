"""Runs kept as a folder: Parquet parts and a manifest; what was interrupted goes on.

    run.lock         held by the one process that writes
    journal.jsonl    while unfinished: the manifest's head, then a line for each part that is kept
    unfinished/      while unfinished: the parts so far; becomes parts/ in one step
    parts/           part-000000.parquet ...: one row a future, in index order
    manifest.json    written last; a folder without it is no whole run

Every file is written under another name, flushed to the disk and renamed.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from rimland.engine.arrays import Compiled, compile_program
from rimland.engine.folder import (
    LOCK,
    append_line,
    digest_of,
    locked,
    sweep,
    sync_folder,
    told,
    write_whole,
)
from rimland.engine.manifest import (
    FORMAT,
    JOURNAL,
    MANIFEST,
    PARTS,
    UNFINISHED,
    VERSION,
    Kept,
    check_part,
    check_same,
    entry_of,
    line_of,
    package_version,
    program_digest,
    share_of,
    switch_to_json,
    theta_digest,
    torn,
)
from rimland.engine.request import check_request, rows_of
from rimland.engine.run import run
from rimland.engine.shards import WHOLE, Part, Shard, check_together, part_size
from rimland.engine.stored import KEYS, StoredRun, encoded, open_run, read_folder
from rimland.errors import Cancelled, RunError
from rimland.program.model import NO_SWITCH, Program, Switch

__all__ = ["StoredRun", "merge_runs", "open_run", "run_stored"]


def run_stored(
    program: Program | Compiled,
    theta: ArrayLike,
    folder: Path | str,
    *,
    futures: int,
    seed: int = 1,
    horizon_days: float,
    grid_days: ArrayLike,
    switch: Switch = NO_SWITCH,
    branch: int = 0,
    threads: int | None = None,
    part_futures: int | None = None,
    shard: Shard = WHOLE,
    progress: Callable[[int, int], None] | None = None,
    cancel: threading.Event | None = None,
) -> StoredRun:
    """Run as `run` does, keep the futures in a folder, and return the run that is then there.

    A run that was interrupted goes on from its last whole part, with the size of parts it was
    begun with; one that is there already is not made again; a part found torn is.

    part_futures    most futures in a part, which bounds the memory; by default about 32 MB
    shard           (i, n): only the i-th of n shares, from 1 on; all n take the same numbers
    progress        called with (futures kept or done, futures in all of this shard)
    cancel          when set, Cancelled is raised; whole parts are kept

    Raises RunError when the folder cannot be written, is in use, or holds another run; and for
    what `run` raises it. Whole parts are kept whatever happens.
    """
    compiled = program if isinstance(program, Compiled) else compile_program(program)
    rows = rows_of(theta, compiled)
    grid = np.ascontiguousarray(grid_days, np.float64).reshape(-1)
    check_request(grid, horizon_days, futures, seed, branch, 0, 0)
    observers = sorted(compiled.observers)
    if part_futures is None:
        numbers = len(KEYS) + len(observers) * len(grid)
        part_futures = part_size(len(rows), futures, numbers, max(1, shard[1]))
    head = {
        "format": FORMAT,
        "version": VERSION,
        "rimland": package_version(),
        "name": compiled.program.name,
        "program": program_digest(compiled.program),
        "theta": theta_digest(compiled.program, rows),
        "seed": int(seed),
        "branch": int(branch),
        "draws": len(rows),
        "futures": int(futures),
        "horizon_days": float(horizon_days),
        "grid_days": grid.tolist(),
        "switch": switch_to_json(switch),
        "observers": observers,
        "part_futures": part_futures,
        "shard": list(shard),
    }

    def make(part: Part, done: int, total: int) -> bytes:
        made = run(
            compiled,
            rows[part.first_draw : part.first_draw + part.draws],
            futures=part.futures,
            seed=seed,
            horizon_days=horizon_days,
            grid_days=grid,
            switch=switch,
            branch=branch,
            first_draw=part.first_draw,
            first_future=part.first_future,
            threads=threads,
            progress=None if progress is None else lambda now, _: progress(done + now, total),
            cancel=cancel,
        )
        return encoded(made, observers)

    share_of(head)  # a shard or a size of parts that makes no sense is told before a folder is
    return _keep(Path(folder), head, make, cancel)


def merge_runs(folders: Iterable[Path | str], into: Path | str) -> StoredRun:
    """Put all shards of a run together in a folder of its own and return the whole run.

    The shards stay as they are. Raises RunError when they are of different runs, unfinished, too
    many or too few, or a part is damaged; a merge that was interrupted goes on.
    """
    shards = [open_run(folder) for folder in folders]
    if not shards:
        raise RunError("there is nothing to merge; give the folders of all shards")
    for one in shards:
        one.need(one.finished)
        first, beside = shards[0], f"that in '{shards[0].folder}'"
        check_same(one.head, first.head, one.folder, beside, ("name", "part_futures", "shard"))
    check_together((str(one.folder), one.shard) for one in shards)
    for one in shards:
        check_same(one.head, first.head, one.folder, beside, ("name", "shard"))
    source = {kept.part: (one.path_of(kept), kept) for one in shards for kept in one.kept}

    def make(part: Part, _done: int, _total: int) -> bytes:
        if part not in source:
            raise RunError(f"'{into}' was begun with parts of another size; give another folder")
        path, kept = source[part]
        try:
            data = path.read_bytes()
        except OSError as error:
            raise RunError(f"{path}: could not be read: {error.strerror}") from error
        if digest_of(data) != kept.digest:
            raise torn(path, "its content is not what was written")
        return data

    return _keep(Path(into), {**shards[0].head, "shard": list(WHOLE)}, make, None)


def _keep(
    folder: Path,
    head: dict[str, Any],
    make: Callable[[Part, int, int], bytes],
    cancel: threading.Event | None,
) -> StoredRun:
    """Bring the folder to hold every part of the head's share, and then the manifest."""
    kept: dict[int, Kept] = {}

    def safe() -> str:
        return f"; {len(kept)} parts are safe there, and the same call goes on from them"

    try:
        found = _matching(folder, head)
        if found and found.finished and len(_whole(found)) == len(found.kept):
            with suppress(OSError):  # left when the process died right after the manifest
                (folder / JOURNAL).unlink(missing_ok=True)
            return found
        _make_ready(folder)
        with locked(folder):
            found = _matching(folder, head)
            if found is not None:
                head = {**head, "part_futures": found.head["part_futures"]}
                kept.update(_whole(found))
            _write_parts(folder, head, kept, make, bool(found and found.finished), cancel)
    except OSError as error:
        raise told(error, folder, safe() if kept else "") from error
    except Cancelled as error:
        raise Cancelled(f"the run was stopped{safe()}") from error
    return open_run(folder)


def _write_parts(
    folder: Path,
    head: dict[str, Any],
    kept: dict[int, Kept],
    make: Callable[[Part, int, int], bytes],
    mending: bool,
    cancel: threading.Event | None,
) -> None:
    parts, work = folder / PARTS, folder / UNFINISHED
    if mending:
        work = parts
    elif parts.exists():  # stopped between the renaming of the folder and the manifest
        parts.rename(work)
    if not mending:  # anew, because its last line may be torn, or tell of a part that is
        lines = [line_of(head), *(line_of(entry_of(one)) for one in kept.values())]
        write_whole(folder / JOURNAL, b"".join(line + b"\n" for line in lines))
    work.mkdir(exist_ok=True)
    sweep(folder)
    sweep(work)
    mine = share_of(head)
    total = sum(part.count for part in mine)
    done = sum(one.part.count for one in kept.values())
    for part in mine:
        if part.number in kept:
            continue
        if cancel is not None and cancel.is_set():
            raise Cancelled("the run was stopped")
        data = make(part, done, total)
        write_whole(work / part.file, data)
        one = Kept(part, len(data), digest_of(data))
        if not mending:
            append_line(folder / JOURNAL, line_of(entry_of(one)))
        kept[part.number] = one
        done += part.count
    manifest = {**head, "parts": [entry_of(kept[part.number]) for part in mine]}
    if not mending:
        for stray in {path.name for path in work.iterdir()} - {part.file for part in mine}:
            (work / stray).unlink()
        work.rename(parts)
        sync_folder(folder)
    text = json.dumps(manifest, indent=1, ensure_ascii=False, allow_nan=False)
    write_whole(folder / MANIFEST, text.encode() + b"\n")
    (folder / JOURNAL).unlink(missing_ok=True)


def _make_ready(folder: Path) -> None:
    """Make the folder if need be; refuse one in which something else lies."""
    if folder.exists() and not folder.is_dir():
        raise RunError(f"'{folder}' is a file; a run needs a folder")
    folder.mkdir(parents=True, exist_ok=True)
    known = {LOCK, MANIFEST, JOURNAL, PARTS, UNFINISHED}
    names = {path.name for path in folder.iterdir()}
    strange = sorted(n for n in names - known if not (n.startswith(".") and n.endswith(".part")))
    if strange or (names & {PARTS, UNFINISHED} and not names & {JOURNAL, MANIFEST}):
        what = f"'{strange[0]}'" if strange else "parts that no journal or manifest tells of"
        raise RunError(f"'{folder}' holds {what}; give a new or an empty folder")


def _matching(folder: Path, head: dict[str, Any]) -> StoredRun | None:
    """Return the run in the folder, which has to be that of the head; None when there is none."""
    found = read_folder(folder)
    if found is not None:
        check_same(found.head, head, folder, "the one asked for", ("name", "part_futures"))
    return found


def _whole(found: StoredRun) -> dict[int, Kept]:
    """Return the parts whose files are what was written; the others have to be made again."""
    whole = {}
    folders = (PARTS,) if found.finished else (UNFINISHED, PARTS)
    for kept in found.kept:
        for name in folders:
            with suppress(RunError):
                check_part(found.folder / name / kept.part.file, kept, thorough=True)
                whole[kept.part.number] = kept
    return whole
