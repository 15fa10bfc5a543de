"""Bringing a folder to hold a run: what was there is looked at, the rest is made, then shown.

    run.lock         held by the one process that writes
    journal.jsonl    while unfinished: the manifest's head, then a line for each part that is kept
    unfinished/      while unfinished: the parts so far; becomes parts/ in one step
    parts/           part-000000.parquet ...: one row a future, in index order
    manifest.json    written last; a folder without it is no whole run

Every file is written under another name, flushed to the disk and renamed. A run that takes the
place of a smaller one is complete before anybody sees it: unfinished/ becomes grown/, and in one
step the manifest is replaced by one that says `settling`: its parts lie in grown/, or in parts/
once there is no grown/. Then the old parts are deleted, grown/ becomes parts/, and `settling` goes.
"""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    GROWN,
    JOURNAL,
    MANIFEST,
    PARTS,
    UNFINISHED,
    Kept,
    check_part,
    check_same,
    entry_of,
    line_of,
    share_of,
)
from rimland.engine.shards import WHOLE, Part
from rimland.engine.stored import StoredRun, open_run, read_folder, read_record
from rimland.errors import Cancelled, RunError


@dataclass(frozen=True)
class Asked:
    """A run that a folder is to hold.

    head        its manifest without the parts
    maker       given the smaller run that is there, or None, returns what makes a part's bytes
                from (part, futures done, futures in all)
    theta_of    the digest of theta's first so many draws; None where a run cannot be extended
    """

    head: dict[str, Any]
    maker: Callable[[StoredRun | None], Callable[[Part, int, int], bytes]]
    theta_of: Callable[[int], str] | None = None


def keep(folder: Path, asked: Asked, cancel: threading.Event | None) -> StoredRun:
    """Bring the folder to hold every part of the head's share, and then the manifest."""
    kept: dict[int, Kept] = {}

    def safe() -> str:
        return f"; {len(kept)} parts are safe there, and the same call goes on from them"

    try:
        found = _matching(folder, asked)
        if found and found.finished and not _smaller(found, asked) and _is_whole(found):
            with suppress(OSError, RunError):
                if found.settling or _is_left_over(folder, found):
                    with locked(folder):
                        _settle(folder)
            return open_run(folder)
        _make_ready(folder)
        with locked(folder):
            _settle(folder)
            found, head = _matching(folder, asked), asked.head
            smaller = found if found and _smaller(found, asked) else None
            begun = found if smaller is None else _growing(folder, asked)
            if found is not None:
                size = (begun or found).head["part_futures"]
                head = {**head, "part_futures": size}
            if begun is not None:
                kept.update(_whole(begun))
            mending = begun is not None and begun.finished
            _write_parts(folder, head, kept, asked.maker(smaller), mending, cancel)
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
    growing = not mending and (folder / MANIFEST).exists()
    done_in = folder / GROWN if growing else parts
    if mending:
        work = parts
    elif done_in.exists():  # stopped between the renaming of the folder and the manifest
        done_in.rename(work)
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
        work.rename(done_in)
        sync_folder(folder)
    _write_manifest(folder, {**manifest, "settling": True} if growing else manifest)
    _settle(folder)


def _write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    text = json.dumps(manifest, indent=1, ensure_ascii=False, allow_nan=False)
    write_whole(folder / MANIFEST, text.encode() + b"\n")


def _settle(folder: Path) -> None:
    """Clear away what is of no use once the manifest is there; only under the lock."""
    found = read_record(folder / MANIFEST)
    if found is None:
        return
    if found.settling:
        if (folder / GROWN).exists():
            if (folder / PARTS).exists():
                shutil.rmtree(folder / PARTS)
            (folder / GROWN).rename(folder / PARTS)
            sync_folder(folder)
        entries = [entry_of(one) for one in found.kept]
        _write_manifest(folder, {**found.head, "parts": entries})
    if _is_left_over(folder, found):
        (folder / JOURNAL).unlink()


def _is_left_over(folder: Path, found: StoredRun) -> bool:
    """Return whether the journal is that of the run which the manifest already shows."""
    with suppress(RunError):
        journal = read_record(folder / JOURNAL)
        return journal is not None and journal.head == found.head
    return False


def _make_ready(folder: Path) -> None:
    """Make the folder if need be; refuse one in which something else lies."""
    if folder.exists() and not folder.is_dir():
        raise RunError(f"'{folder}' is a file; a run needs a folder")
    folder.mkdir(parents=True, exist_ok=True)
    known = {LOCK, MANIFEST, JOURNAL, PARTS, UNFINISHED, GROWN}
    names = {path.name for path in folder.iterdir()}
    strange = sorted(n for n in names - known if not (n.startswith(".") and n.endswith(".part")))
    untold = names & {PARTS, UNFINISHED, GROWN} and not names & {JOURNAL, MANIFEST}
    if strange or untold:
        what = f"'{strange[0]}'" if strange else "parts that no journal or manifest tells of"
        raise RunError(f"'{folder}' holds {what}; give a new or an empty folder")


_BUT = ("name", "part_futures")


def _matching(folder: Path, asked: Asked) -> StoredRun | None:
    """Return the run in the folder; None when there is none.

    It has to be the one asked for, or a whole one with fewer draws or futures of it.
    """
    found = read_folder(folder)
    if found is None:
        return None
    head = asked.head
    if _smaller(found, asked) and asked.theta_of is not None:
        of_both = {key: found.head[key] for key in ("draws", "futures")}
        theta = asked.theta_of(found.head["draws"])
        head = {**head, **of_both, "theta": theta}
        if found.shard != WHOLE and tuple(head["shard"]) == found.shard:
            raise RunError(
                f"'{folder}' holds {_size(found.head)} a draw in shards, and a shard cannot be "
                "extended; merge all of them and extend the whole"
            )
        if not found.finished:
            raise RunError(
                f"'{folder}' holds an unfinished run of {_size(found.head)} a draw, not of "
                f"{_size(asked.head)}; finish it first and then ask for more"
            )
    for but in ((*_BUT, "theta"), _BUT):  # another theta may just be another number of draws
        check_same(found.head, head, folder, "the one asked for", but)
    return found


def _smaller(found: StoredRun, asked: Asked) -> bool:
    """Return whether the run that is there has fewer draws or futures, and not more of either."""
    sizes = [(found.head[key], asked.head[key]) for key in ("draws", "futures")]
    return all(a <= b for a, b in sizes) and any(a < b for a, b in sizes)


def _growing(folder: Path, asked: Asked) -> StoredRun | None:
    """Return what is there already of the larger run; None when it was not begun."""
    journal = read_record(folder / JOURNAL)
    if journal is not None and _size(journal.head) != _size(asked.head):
        raise RunError(
            f"the run in '{folder}' is being extended to {_size(journal.head)} a draw, not to "
            f"{_size(asked.head)}; let that be finished first, or delete '{JOURNAL}' and "
            f"'{UNFINISHED}' there: the run as it was stays"
        )
    if journal is not None:
        check_same(journal.head, asked.head, folder, "the one asked for", _BUT)
    return journal


def _size(head: dict[str, Any]) -> str:
    return f"{head['draws']:,} draws and {head['futures']:,} futures"


def _is_whole(found: StoredRun) -> bool:
    return len(_whole(found)) == len(found.kept)


def _whole(found: StoredRun) -> dict[int, Kept]:
    """Return the parts whose files are what was written; the others have to be made again."""
    whole = {}
    if found.finished:
        folders: tuple[Path, ...] = (found.path_of(found.kept[0]).parent,)
    else:  # beside a manifest, what lies in parts/ is the smaller run's
        done_in = GROWN if (found.folder / MANIFEST).exists() else PARTS
        folders = (found.folder / UNFINISHED, found.folder / done_in)
    for kept in found.kept:
        for place in folders:
            with suppress(RunError):
                check_part(place / kept.part.file, kept, thorough=True)
                whole[kept.part.number] = kept
    return whole
