"""Runs kept as a folder: Parquet parts and a manifest; what was interrupted goes on.

`keeping` says what lies in the folder and in which order it is written.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from rimland.engine.arrays import Compiled, compile_program
from rimland.engine.folder import digest_of
from rimland.engine.grown import reusing
from rimland.engine.keeping import Asked, keep
from rimland.engine.manifest import (
    FORMAT,
    VERSION,
    check_same,
    package_version,
    program_digest,
    share_of,
    switch_to_json,
    theta_digest,
    torn,
)
from rimland.engine.request import check_request, rows_of
from rimland.engine.run import Futures, run
from rimland.engine.shards import WHOLE, Part, Shard, check_together, part_size
from rimland.engine.stored import KEYS, StoredRun, encoded, open_run
from rimland.errors import RunError
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
    begun with; one that is there already is not made again; a part found torn is. A whole run of
    fewer draws (the first rows of theta) or futures is extended: its futures are copied and not
    run again, and it stays what it was until the larger one is there.

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

    def make(part: Part, done: int, total: int) -> Futures:
        return run(
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

    def written(smaller: StoredRun | None) -> Callable[[Part, int, int], bytes]:
        maker = make if smaller is None else reusing(smaller, make)
        return lambda part, done, total: encoded(maker(part, done, total), observers)

    def theta_of(draws: int) -> str:
        return theta_digest(compiled.program, rows[:draws])

    share_of(head)  # a shard or a size of parts that makes no sense is told before a folder is
    return keep(Path(folder), Asked(head, written, theta_of), cancel)


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

    return keep(Path(into), Asked({**shards[0].head, "shard": list(WHOLE)}, lambda _: make), None)
