"""`rimland program`: show, save, run and solve programs, with or without a scenario."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import Annotated

import typer
from rich.text import Text

from rimland.cli.console import ANSWER_NO, out, print_json, progress
from rimland.cli.merge import Into, Shards, shard_asked, tell_run
from rimland.cli.merge import merge as merge_shards
from rimland.cli.options import Days, Futures, Json, ScenarioName, Seed, Threads, writable
from rimland.errors import ProgramError

program_app = typer.Typer(
    help="Programs as such: save, check, show, run or solve them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
ShardOf = Annotated[
    str | None,
    typer.Option("--shard", metavar="I/N", help="Run only the I-th of N shares; needs --out."),
]
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
def check(file: File, json: Json = False) -> None:
    """Find what is unsound in a program file, and what is hardly meant.

    Unsound: unknown names, names declared twice, bounds that can never hold. Hardly meant:
    transitions that can never happen, effects that can leave their bounds, cycles that may take no
    time, names that differ in case alone. Nothing is run. Returns 1 when there is anything.

    \b
    Example:
      rimland program save my-strait strait.json
      rimland program check strait.json
    """
    from rimland.cli.lines import some
    from rimland.program.codec import load_program
    from rimland.program.doubts import doubts

    faults: list[str] = []
    found: list[str] = []
    what = str(file)
    try:
        program = load_program(file)
        found = doubts(program)
        sizes = [
            some(len(program.variables), "variable"),
            some(len(program.transitions), "transition"),
            some(len(program.observers), "observer"),
        ]
        what = f"{program.name}: {', '.join(sizes)}"
    except ProgramError as error:
        if not file.is_file():
            raise
        first, *rest = str(error).splitlines()
        faults = [line.strip() for line in rest] or [first]
    if json:
        print_json({"sound": not faults, "faults": faults, "doubts": found})
    else:
        _tell_check(what, faults, found)
    if faults or found:
        raise typer.Exit(ANSWER_NO)


def _tell_check(what: str, faults: list[str], found: list[str]) -> None:
    from rimland.cli.lines import indented, some

    out.print(what, markup=False, soft_wrap=True)
    if not faults and not found:
        out.print("sound, and nothing in it looks unmeant", soft_wrap=True)
        return
    for text in [*faults, *found]:
        indented(out, Text(text), 2)
    unsound = f"{some(len(faults), 'fault')}: it cannot be run"
    out.print(unsound if faults else f"sound; {some(len(found), 'doubt')}", soft_wrap=True)


@program_app.command()
def schema(json: Json = False) -> None:
    """Print the JSON Schema of program files.

    Editors complete and check with it what is written by hand.

    \b
    Example:
      rimland program schema > program.schema.json
    """
    from rimland.program.codec import program_schema

    del json  # it is JSON either way
    print_json(program_schema())


@program_app.command()
def run(
    file: File,
    days: Days = 365.0,
    futures: Futures = 1000,
    seed: Seed = 1,
    threads: Threads = None,
    store: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "--store",
            metavar="FOLDER",
            help="Keep every future there; an interrupted run goes on, a whole one takes more.",
        ),
    ] = None,
    shard: ShardOf = None,
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
    from rimland.engine.store import run_stored
    from rimland.program.codec import load_program

    share = shard_asked(shard, store)
    program = load_program(file)
    if store is not None:
        with progress("running", json) as step:
            kept = run_stored(
                program,
                program.default_theta(),
                store,
                futures=futures or 1000,
                seed=seed or 0,
                horizon_days=days,
                grid_days=[days],
                threads=threads,
                shard=share,
                progress=step,
            )
        tell_run(kept, json)
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
def merge(folders: Shards, into: Into, json: Json = False) -> None:
    """Put the shards of a run together; the same as `rimland merge`.

    The digest is that of the same run made in one piece. The shards stay as they are.

    \b
    Example:
      rimland program save my-strait strait.json
      rimland program run strait.json --out shards/1 --shard 1/2
      rimland program run strait.json --out shards/2 --shard 2/2
      rimland program merge shards --out whole
    """
    merge_shards(folders, into, json)


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
