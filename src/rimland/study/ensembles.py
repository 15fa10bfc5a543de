"""Runs of a scenario kept on the disk: one stored run an account, in shards or whole.

    scenario-run.json    scenario, variant, accounts, measures and seed, the same in every shard
    ACCOUNT/             a run as `rimland.engine.store` keeps it, one for each account

What was interrupted goes on, and a whole run takes more draws and futures: see docs/store.md.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rimland.errors import RunError

if TYPE_CHECKING:
    from rimland.engine import Futures
    from rimland.engine.shards import Shard
    from rimland.engine.store import StoredRun
    from rimland.study.run import Run
    from rimland.vocab.measure import Measure

RECORD = "scenario-run.json"
FORMAT, VERSION = "rimland-scenario-run", 1


@dataclass(frozen=True)
class Ensemble:
    """What a folder holds of a scenario's run: `runs` by account. `head` says which run it is."""

    folder: Path
    head: Mapping[str, Any]
    runs: Mapping[str, StoredRun]

    @property
    def shard(self) -> Shard:
        """Which share of how many this is."""
        return next(iter(self.runs.values())).shard

    @property
    def complete(self) -> bool:
        """Whether every future of every account is here."""
        return all(run.complete for run in self.runs.values())

    def futures(self, account: str, measure: Measure) -> Futures:
        """Return what one measure reads, under one account; read from the disk when asked for."""
        from rimland.engine import Futures
        from rimland.study.kept import observers_of

        run = self.runs[account]
        names = tuple(dict.fromkeys(observers_of(measure)))
        values = np.stack([run.of(name) for name in names], axis=2)
        return Futures(names, run.grid_days, values, run.events())


def keep(
    run: Run,
    folder: Path,
    variant: str,
    accounts: Sequence[str],
    measures: Sequence[str],
    shard: Shard,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Ensemble:
    """Run a variant under some accounts into a folder, with what some measures read.

    Luck and numbers are those of `run`. What is there already is not made again; see
    `rimland.engine.store.run_stored`. Raises RunError when the folder holds another run.
    """
    from rimland.engine.store import run_stored

    assembled = run.scenario.assembled
    head = {
        "format": FORMAT,
        "version": VERSION,
        "scenario": run.scenario.id,
        "variant": variant,
        "accounts": list(accounts),
        "measures": sorted(measures),
        "seed": run.seed,
    }
    asked = {account: run.asked(account, variant, measures) for account in accounts}
    _write_head(folder, head)
    made: dict[str, StoredRun] = {}
    for position, account in enumerate(accounts):
        program, theta, switch = asked[account]

        def step(done: int, total: int, before: int = position) -> None:
            if progress is not None:
                progress(before * total + done, len(accounts) * total)

        made[account] = run_stored(
            program,
            theta,
            folder / account,
            futures=run.futures,
            seed=run.seed,
            horizon_days=float(assembled.horizon_day),
            grid_days=assembled.grid(),
            switch=switch,
            threads=threads,
            shard=shard,
            progress=step,
        )
    return Ensemble(folder, head, made)


def open_ensemble(folder: Path) -> Ensemble | None:
    """Return the run of a scenario that a folder holds; None when there is none.

    Raises RunError when it is damaged, or an account is missing.
    """
    from rimland.engine.store import open_run

    head = _read_head(folder)
    if head is None:
        return None
    return Ensemble(folder, head, {name: open_run(folder / name) for name in head["accounts"]})


def merge(shards: Iterable[Ensemble], into: Path) -> Ensemble:
    """Put all shards of a scenario's run together; they stay as they are.

    Raises RunError that names what differs when they are of different runs, and what
    `rimland.engine.store.merge_runs` raises when some are missing or there twice.
    """
    from rimland.engine.store import merge_runs

    given = list(shards)
    first = given[0]
    for one in given:
        _check_same(one.head, first.head, one.folder, f"that in '{first.folder}'")
    _check_place(into, first.head)
    merged = {
        account: merge_runs([one.folder / account for one in given], into / account)
        for account in first.head["accounts"]
    }
    _write_head(into, dict(first.head))
    return Ensemble(into, first.head, merged)


def _read_head(folder: Path) -> dict[str, Any] | None:
    path = folder / RECORD
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(f"{path}: could not be read: {error}") from error
    try:
        head = json.loads(text)
    except ValueError:
        head = None
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise RunError(f"{path}: tells of no run; expected format '{FORMAT}'")
    if head.get("version") != VERSION:
        raise RunError(
            f"{path}: is in version {head.get('version')!r} of the format, this rimland reads "
            f"version {VERSION}; another rimland made it"
        )
    accounts = head.get("accounts")
    if not isinstance(accounts, list) or not accounts or not all(map(_is_name, accounts)):
        raise RunError(f"{path}: is damaged: 'accounts' is no list of names")
    return head


def _is_name(value: object) -> bool:
    return isinstance(value, str) and Path(value).name == value


def _write_head(folder: Path, head: dict[str, Any]) -> None:
    from rimland.engine.folder import told, write_whole

    _check_place(folder, head)
    if _read_head(folder) is None:
        text = json.dumps(head, indent=1, ensure_ascii=False)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_whole(folder / RECORD, text.encode() + b"\n")
        except OSError as error:
            raise told(error, folder) from error


def _check_place(folder: Path, head: Mapping[str, Any]) -> None:
    """Raise RunError unless the folder is free for this run or has begun to hold it."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise RunError(f"'{folder}' is a file; a run needs a folder")
    found = _read_head(folder)
    if found is not None:
        _check_same(found, head, folder, "the one asked for")
    known = {RECORD, f".{RECORD}.part", *head["accounts"]}
    strange = sorted({path.name for path in folder.iterdir()} - known)
    if strange:
        raise RunError(f"'{folder}' holds '{strange[0]}'; give a new or an empty folder")


def _check_same(ours: Mapping[str, Any], other: Mapping[str, Any], folder: Path, what: str) -> None:
    for key, value in ours.items():
        theirs = other.get(key)
        if value == theirs:
            continue
        if isinstance(value, list) and isinstance(theirs, list):
            apart = sorted({*value} ^ {*theirs})
            more = f"'{apart[0]}' is in one and not in the other" if apart else "the order differs"
            raise RunError(f"'{folder}' holds another run than {what}: of its {key} {more}")
        raise RunError(
            f"'{folder}' holds another run than {what}: its {key} is {value!r}, not {theirs!r}"
        )
