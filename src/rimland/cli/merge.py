"""`rimland merge`: shards of a run, of a scenario or of a program file, put together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rimland.cli.console import out, print_json
from rimland.cli.options import Json
from rimland.errors import RimlandError

if TYPE_CHECKING:
    from rimland.engine.store import StoredRun
    from rimland.study.ensembles import Ensemble

Shards = Annotated[
    list[Path],
    typer.Argument(metavar="FOLDER", help="Shards, or folders in which they lie; one or more."),
]
Into = Annotated[
    Path, typer.Option("--out", "--into", metavar="FOLDER", help="Where the whole run goes.")
]


def merge(folders: Shards, into: Into, json: Json = False) -> None:
    """Put the shards of a run together.

    Of a scenario's run or a program's. The digest is that of the same run made in one piece. All
    shards have to be there, each once, and of the same run; they stay as they are.

    \b
    Example:
      rimland run my-strait --out shards/1 --shard 1/2
      rimland run my-strait --out shards/2 --shard 2/2
      rimland merge shards --out whole
    """
    from rimland.engine.store import StoredRun, merge_runs
    from rimland.study import ensembles

    found = _found(folders, into)
    programs = [one for one in found if isinstance(one, StoredRun)]
    scenarios = [one for one in found if isinstance(one, ensembles.Ensemble)]
    if programs and scenarios:
        raise RimlandError(
            f"'{programs[0].folder}' holds a run of a program and '{scenarios[0].folder}' one of "
            "a scenario; they cannot be merged"
        )
    if scenarios:
        tell_ensemble(ensembles.merge(scenarios, into), json)
    else:
        tell_run(merge_runs([one.folder for one in programs], into), json)


def _found(folders: Sequence[Path], into: Path) -> list[StoredRun | Ensemble]:
    """Return the runs that lie in the folders, each once, or one level below."""
    found: dict[Path, StoredRun | Ensemble] = {}
    for folder in folders:
        if not folder.is_dir():
            raise RimlandError(
                f"'{folder}' is no folder; give the shards' folders, or the one where they lie."
            )
        run = _run_in(folder)
        if run is not None:
            found[folder.resolve()] = run
            continue
        inside = sorted(p for p in folder.iterdir() if p.is_dir() and p.name[0] != ".")
        below = {p: _run_in(p) for p in inside if p.resolve() != into.resolve()}
        runs = {p.resolve(): run for p, run in below.items() if run is not None}
        if not runs:
            raise RimlandError(f"'{folder}' holds no run, and no folder in it does.")
        found.update(runs)
    return list(found.values())


def _run_in(folder: Path) -> StoredRun | Ensemble | None:
    from rimland.engine.store import open_run
    from rimland.engine.stored import read_folder
    from rimland.study.ensembles import open_ensemble

    return open_ensemble(folder) or (None if read_folder(folder) is None else open_run(folder))


def shard_asked(text: str | None, folder: Path | None) -> tuple[int, int]:
    """Return the shard that `--shard` means; raises RimlandError when there is no `--out`."""
    from rimland.engine.shards import WHOLE, read_shard

    if text is None:
        return WHOLE
    if folder is None:
        raise RimlandError("--shard needs --out FOLDER, a folder of its own for each shard")
    return read_shard(text)


def tell_run(made: StoredRun, json: bool) -> None:
    """Print what a stored run of a program observed at its end, or which shard it is."""
    from rimland.cli.tables import observed
    from rimland.cli.work import observer_rows
    from rimland.engine import Futures as Made

    days, count = float(made.head["horizon_days"]), sum(one.part.count for one in made.kept)
    head = {"program": made.head["name"], "days": days, "futures": count}
    line = f"{made.head['name']}: {count:,} futures of {days:g} days, kept in {made.folder}"
    if not made.complete:
        _tell_shard({**head, "store": str(made.folder)}, line, made.folder, made.shard, json)
        return
    rows, events = [], made.events()
    for name in made.observers:  # one at a time, as together they may not fit into memory
        values = made.of(name)[:, :, None, :]
        rows += observer_rows(Made((name,), made.grid_days, values, events))
    if json:
        print_json({**head, "digest": made.digest(), "store": str(made.folder), "rows": rows})
        return
    out.print(line, markup=False, soft_wrap=True)
    out.print(f"digest {made.digest()}\n", style="bright_black")
    observed(out, rows, "mean", "standard_error", "±")


def tell_ensemble(made: Ensemble, json: bool) -> None:
    """Print which run of a scenario a folder holds, with the digest of each account's futures."""
    head: dict[str, Any] = {
        "scenario": made.head["scenario"],
        "variant": made.head["variant"],
        "store": str(made.folder),
    }
    sizes = next(iter(made.runs.values())).head
    line = (
        f"{head['scenario']}, {head['variant']}: {sizes['draws']:,} draws of "
        f"{sizes['futures']:,} futures under {len(made.runs)} accounts, kept in {made.folder}"
    )
    if not made.complete:
        _tell_shard(head, line, made.folder, made.shard, json)
        return
    digests = {account: run.digest() for account, run in made.runs.items()}
    if json:
        size = {"draws": sizes["draws"], "futures": sizes["futures"]}
        print_json({**head, **size, "digests": digests})
        return
    out.print(line, markup=False, soft_wrap=True)
    for account, digest in digests.items():
        out.print(f"digest {digest} {account}", style="bright_black", soft_wrap=True)
    out.print(
        "\nThe command that made the shards, with this folder and without --shard, prints what "
        "was measured."
    )


def _tell_shard(
    head: dict[str, Any], line: str, folder: Path, shard: tuple[int, int], json: bool
) -> None:
    which, of = shard
    if json:
        print_json({**head, "shard": [which, of]})
        return
    out.print(f"{line}, shard {which} of {of}", markup=False, soft_wrap=True)
    where = quote(str(folder.parent))
    out.print("When all are there, each in a folder beside it:\n", soft_wrap=True)
    out.print(f"  rimland merge {where} --out whole", markup=False, soft_wrap=True)
