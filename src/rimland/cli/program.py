"""`rimland program`: show, save, run and solve programs, with or without a scenario."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from rimland.cli.console import out, print_json, progress
from rimland.cli.options import Days, Futures, Json, ScenarioName, Seed, Threads, writable
from rimland.errors import RimlandError

if TYPE_CHECKING:
    from rimland.engine.store import StoredRun
    from rimland.program.model import Program

program_app = typer.Typer(
    help="Programs as such: save a scenario's, show, run or solve a file.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
File = Annotated[Path, typer.Argument(metavar="FILE", help="A program as JSON.")]


@program_app.command()
def save(
    scenario: ScenarioName,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it.")],
    measure: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only the part that this measure can see; repeatable."),
    ] = None,
    json: Json = False,
) -> None:
    """Write the program that a scenario is turned into.

    Every number has its central value in it.

    \b
    Example:
      rimland program save my-strait strait.json
    """
    import rimland
    from rimland.cli.work import part_of
    from rimland.program.codec import save_program

    program = part_of(rimland.load(scenario), measure)
    save_program(program, writable(file))
    if json:
        size = {"variables": len(program.variables), "transitions": len(program.transitions)}
        print_json({"file": str(file), **size, "observers": [o.name for o in program.observers]})
        return
    out.print(f"{file} holds the program. Next:\n", markup=False, soft_wrap=True)
    named = quote(str(file))
    out.print(f"  rimland program show {named}\n  rimland program run {named}", soft_wrap=True)


@program_app.command()
def show(file: File, json: Json = False) -> None:
    """Print a program so that it can be read.

    Variables, clocks, what each transition does, and what is observed.

    \b
    Example:
      rimland program save my-strait strait.json
      rimland program show strait.json
    """
    from rimland.program.codec import load_program, program_to_json
    from rimland.program.show import show_program

    program = load_program(file)
    if json:
        print_json(program_to_json(program))
    else:
        out.print(show_program(program), markup=False, soft_wrap=True, end="")


@program_app.command()
def run(
    file: File,
    days: Days = 365.0,
    futures: Futures = 1000,
    seed: Seed = 1,
    threads: Threads = None,
    store: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Keep every future there; an interrupted run goes on."),
    ] = None,
    shard: Annotated[
        str | None,
        typer.Option(metavar="I/N", help="Run only the I-th of N shares; needs --store."),
    ] = None,
    json: Json = False,
) -> None:
    """Run a program's futures; print what was observed.

    Each mean has its standard error beside it.

    \b
    Example:
      rimland program save my-strait strait.json
      rimland program run strait.json
    """
    from rimland.cli.tables import observed
    from rimland.cli.work import observer_rows
    from rimland.engine import run as run_program
    from rimland.program.codec import load_program

    if shard is not None and store is None:
        raise RimlandError("--shard needs --store FOLDER, a folder of its own for each shard")
    program = load_program(file)
    if store is not None:
        asked = _Asked(days, futures or 1000, seed or 0, threads, shard)
        _stored(program, store, asked, json)
        return
    with progress("running", json) as step:
        made = run_program(
            program,
            program.default_theta(),
            futures=futures or 1000,
            seed=seed or 0,
            horizon_days=days,
            grid_days=[days],
            threads=threads,
            progress=step,
        )
    rows = observer_rows(made)
    if json:
        head = {"program": program.name, "days": days, "futures": made.events.size}
        print_json({**head, "digest": made.digest(), "rows": rows})
        return
    head_line = f"{program.name}: {made.events.size:,} futures of {days:g} days"
    out.print(head_line, markup=False, soft_wrap=True)
    out.print(f"digest {made.digest()}\n", style="bright_black")
    observed(out, rows, "mean", "standard_error", "±")


@program_app.command()
def merge(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Where the folders of all shards lie.")
    ],
    into: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the whole run goes.")],
    json: Json = False,
) -> None:
    """Put the shards of a run together.

    The digest is that of the same run made in one piece. The shards stay as they are.

    \b
    Example:
      rimland program save my-strait strait.json
      rimland program run strait.json --store shards/1 --shard 1/2
      rimland program run strait.json --store shards/2 --shard 2/2
      rimland program merge shards --into whole
    """
    from rimland.engine.store import merge_runs

    if not folder.is_dir():
        raise RimlandError(f"'{folder}' is no folder; give the one where the shards' folders lie.")
    whole = into.absolute()
    inside = sorted(path for path in folder.iterdir() if path.is_dir() and path.name[0] != ".")
    shards = [path for path in inside if path.absolute() != whole]
    _tell(merge_runs(shards, into), json)


@dataclass(frozen=True)
class _Asked:
    days: float
    futures: int
    seed: int
    threads: int | None
    shard: str | None


def _stored(program: Program, folder: Path, asked: _Asked, json: bool) -> None:
    """Run into a folder and tell what was observed."""
    from rimland.engine.shards import WHOLE, read_shard
    from rimland.engine.store import run_stored

    shard = WHOLE if asked.shard is None else read_shard(asked.shard)
    with progress("running", json) as step:
        made = run_stored(
            program,
            program.default_theta(),
            folder,
            futures=asked.futures,
            seed=asked.seed,
            horizon_days=asked.days,
            grid_days=[asked.days],
            threads=asked.threads,
            shard=shard,
            progress=step,
        )
    _tell(made, json)


def _tell(made: StoredRun, json: bool) -> None:
    """Print what a stored run observed at its end, or which shard it is."""
    from rimland.cli.tables import observed
    from rimland.cli.work import observer_rows
    from rimland.engine import Futures as Made

    days, count = float(made.head["horizon_days"]), sum(one.part.count for one in made.kept)
    head = {"program": made.head["name"], "days": days, "futures": count}
    line = f"{made.head['name']}: {count:,} futures of {days:g} days, kept in {made.folder}"
    if not made.complete:
        which, of = made.shard
        if json:
            print_json({**head, "store": str(made.folder), "shard": [which, of]})
            return
        out.print(f"{line}, shard {which} of {of}", markup=False, soft_wrap=True)
        where = quote(str(made.folder.parent))
        out.print("When all are there, each in a folder beside it:\n", soft_wrap=True)
        out.print(f"  rimland program merge {where} --into whole", markup=False, soft_wrap=True)
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


@program_app.command()
def solve(file: File, days: Days = 365.0, json: Json = False) -> None:
    """Solve a small program exactly, or say why it cannot be.

    Only programs whose clocks are all exponential, with numbers that do not change with time and
    not too many states, have an exact answer; returns 2 for others.

    \b
    Example:
      rimland program save my-strait part.json --measure politics.BBB.leader_changes
      rimland program solve part.json --days 3653
    """
    from rimland.cli.tables import observed
    from rimland.engine.exact import solve as solve_program
    from rimland.program.codec import load_program

    program = load_program(file)
    found = solve_program(program, program.default_theta(), [days])
    rows = [
        {"observer": name, "expected": float(value), "error_bound": float(bound)}
        for name, value, bound in zip(
            found.observers, found.expected[:, -1], found.errors[:, -1], strict=True
        )
    ]
    if json:
        head = {"program": program.name, "days": days, "states": len(found.states)}
        print_json({**head, "error_bound": found.error, "rows": rows})
        return
    states = f"{len(found.states):,} reachable state{'' if len(found.states) == 1 else 's'}"
    out.print(f"{program.name}: {states}, {days:g} days", markup=False, soft_wrap=True)
    out.print("exact but for rounding and the bound beside each\n", style="bright_black")
    observed(out, rows, "expected", "error_bound", "within")
