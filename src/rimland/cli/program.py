"""`rimland program`: show, save, run and solve programs, with or without a scenario."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rimland.cli.console import out, print_json, progress

program_app = typer.Typer(
    help="Programs as such: show, run, solve a file; save a scenario's.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
File = Annotated[Path, typer.Argument(metavar="FILE", help="A program as JSON.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]


@program_app.command()
def show(file: File, json: Json = False) -> None:
    """Print a program readably: variables, transitions, clocks, effects, observers.

    Example: rimland program show ward.json
    """
    from rimland.program.codec import load_program, program_to_json
    from rimland.program.show import show_program

    program = load_program(file)
    if json:
        print_json(program_to_json(program))
    else:
        out.print(show_program(program), markup=False, soft_wrap=True)


@program_app.command()
def save(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="A folder or a name.")],
    file: File,
) -> None:
    """Write the program that a scenario is lowered to, at the central value of each number.

    Example: rimland program save my-strait strait.json
    """
    import rimland
    from rimland.program.codec import save_program

    save_program(rimland.load(scenario).program, file)
    out.print(f"{file}", soft_wrap=True)


@program_app.command()
def run(
    file: File,
    days: Annotated[float, typer.Option(min=0, help="How long each future is.")] = 365.0,
    futures: Annotated[int, typer.Option(min=1, help="How many futures.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Where the luck starts.")] = 1,
    threads: Annotated[int | None, typer.Option(min=1, help="Worker threads.")] = None,
    json: Json = False,
) -> None:
    """Run the futures of a program file and print mean and error of each observer.

    Example: rimland program run ward.json --days 365 --futures 10000
    """
    import numpy as np

    from rimland.engine import run as run_program
    from rimland.program.codec import load_program

    program = load_program(file)
    with progress("running", json) as step:
        made = run_program(
            program,
            program.default_theta(),
            futures=futures,
            seed=seed,
            horizon_days=days,
            grid_days=np.array([days]),
            threads=threads,
            progress=step,
        )
    rows = []
    for name in made.observers:
        values = made.of(name)[0, :, -1]
        finite = values[np.isfinite(values)]
        spread = float(finite.std(ddof=1)) if finite.size > 1 else float("nan")
        rows.append(
            {
                "observer": name,
                "mean": float(finite.mean()) if finite.size else None,
                "standard_error": spread / float(np.sqrt(max(finite.size, 1))),
                "seen_in": float(finite.size / values.size),
            }
        )
    if json:
        print_json(
            {"program": program.name, "futures": futures, "digest": made.digest(), "rows": rows}
        )
        return
    out.print(f"{program.name}: {futures:,} futures of {days:g} days, digest {made.digest()}")
    for row in rows:
        mean = (
            "never" if row["mean"] is None else f"{row['mean']:.5g} ± {row['standard_error']:.2g}"
        )
        seen = "" if row["seen_in"] == 1 else f"  in {row['seen_in']:.1%} of futures"
        out.print(f"  {row['observer']}: {mean}{seen}", markup=False, soft_wrap=True)
