"""`rimland export`: tables of scenarios, runs, verdicts, history and fits as files to take away."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rimland.cli.console import out, print_json, progress
from rimland.cli.options import (
    Account,
    Cache,
    Draws,
    Futures,
    Json,
    Measures,
    ScenarioName,
    Seed,
    Threads,
    writable,
)
from rimland.errors import RimlandError, did_you_mean

if TYPE_CHECKING:
    from rimland.study.exports import Table
    from rimland.study.tablefile import Written

export_app = typer.Typer(
    help="Write tables as CSV, Parquet or Stata.\n\nBeside each stands a data dictionary: "
    "column, type, unit, meaning, source.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
OutFile = Annotated[
    Path, typer.Option("--out", metavar="FILE", help="The file: .csv, .parquet or .dta.")
]
Force = Annotated[bool, typer.Option("--force", help="Write over files that are there already.")]
Years = Annotated[
    str | None, typer.Option(metavar="FIRST-LAST", help="The years; all that are covered.")
]
System = Annotated[str, typer.Option(metavar="NAME", help="The list of states: cow or gw.")]
Add = Annotated[
    list[str] | None,
    typer.Option("--add", metavar="SET", help="A set to add, such as alliances; may be repeated."),
]


@export_app.command()
def scenario(
    scenario: ScenarioName,
    table: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only this table; may be repeated."),
    ] = None,
    out_dir: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="The folder the tables are written to.")
    ] = Path("tables"),
    form: Annotated[
        str, typer.Option("--format", metavar="NAME", help="csv, parquet or stata.")
    ] = "csv",
    force: Force = False,
    json: Json = False,
) -> None:
    """Write what a scenario declares.

    A table for each section of its files, and numbers, measures, variants, claims.

    \b
    Example:
      rimland export scenario my-strait --table ties --table numbers --out strait-tables
    """
    import rimland
    from rimland.study.exports import scenario_tables

    endings = {"csv": ".csv", "parquet": ".parquet", "stata": ".dta"}
    if form not in endings:
        near = did_you_mean(form, endings)
        raise RimlandError(f"'{form}' is not a format.{near} Known: {', '.join(endings)}.")
    tables = scenario_tables(rimland.load(scenario), table)
    _written([(each, out_dir / f"{each.name}{endings[form]}") for each in tables], force, json)


@export_app.command()
def run(
    scenario: ScenarioName,
    out_file: OutFile,
    variant: Annotated[
        str, typer.Option(metavar="VARIANT", help="A variant; a+b is two at once.")
    ] = "as-assessed",
    measure: Measures = None,
    account: Account = None,
    draws: Draws = None,
    futures: Futures = None,
    seed: Seed = None,
    threads: Threads = None,
    force: Force = False,
    json: Json = False,
) -> None:
    """Run the futures and write each measure, a row a draw.

    Values are means over the futures of a draw, at the horizon.

    \b
    Example:
      rimland export run my-strait --variant no-pledges --out futures.parquet
    """
    import rimland
    from rimland.study.exports import run_table

    _free(out_file, force)
    with progress("running", json, "measuring") as step:
        made = rimland.load(scenario).run(draws, futures, seed, threads, step)
        table = run_table(made, variant, account, measure)
    _written([(table, out_file)], force, json)


@export_app.command()
def verdicts(
    scenario: ScenarioName,
    out_file: OutFile,
    draws: Draws = None,
    futures: Futures = None,
    seed: Seed = None,
    threads: Threads = None,
    cache: Cache = True,
    force: Force = False,
    json: Json = False,
) -> None:
    """Judge all claims and write the verdicts.

    A row a claim and account: verdict, effect, what it rests on, what the priors alone would say.

    \b
    Example:
      rimland export verdicts my-strait --out verdicts.csv
    """
    import rimland
    from rimland.cli import work
    from rimland.study.exports import verdict_table

    _free(out_file, force)
    with progress("running", json, "judging") as step:
        loaded = rimland.load(scenario)
        made = work.judged(loaded, draws, futures, seed, threads, step, keeps=cache)
    _written([(verdict_table(made.run, made.findings), out_file)], force, json)


@export_app.command("state-years")
def state_years(
    out_file: OutFile,
    add: Add = None,
    years: Years = None,
    system: System = "cow",
    force: Force = False,
    json: Json = False,
) -> None:
    """Write a panel with one row a state and year.

    \b
    Example:
      rimland export state-years --add capabilities --years 1946-1950 --out states.csv
    """
    _panel("state-years", out_file, add, years, system, None, force, json)


@export_app.command("dyad-years")
def dyad_years(
    out_file: OutFile,
    add: Add = None,
    years: Years = None,
    system: System = "cow",
    directed: Annotated[
        bool, typer.Option("--directed/--undirected", help="Both orders of a pair, or one.")
    ] = True,
    force: Force = False,
    json: Json = False,
) -> None:
    """Write a panel with one row a pair of states and year.

    \b
    Example:
      rimland export dyad-years --add alliances --add disputes --years 1990-1991 --out dyads.parquet
    """
    _panel("dyad-years", out_file, add, years, system, directed, force, json)


@export_app.command()
def treaties(
    out_file: OutFile,
    add: Add = None,
    years: Years = None,
    force: Force = False,
    json: Json = False,
) -> None:
    """Write the alliance treaties, one row a treaty.

    Members, depth and terms can be added.

    \b
    Example:
      rimland export treaties --add members --years 1946-2016 --out treaties.csv
    """
    _panel("treaties", out_file, add, years, None, None, force, json)


@export_app.command()
def fit(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A fit, as `rimland fit` lists it.")],
    out_file: OutFile,
    part: Annotated[
        str,
        typer.Option(metavar="NAME", help="terms, covariance, calibration or answers."),
    ] = "terms",
    force: Force = False,
    json: Json = False,
) -> None:
    """Write a table of a shipped fit.

    \b
    Example:
      rimland export fit turnover.leader_change --part answers --out rates.csv
    """
    from rimland.history import fitfile
    from rimland.study.exports import fit_table

    _written([(fit_table(fitfile.fit(name), part), out_file)], force, json)


def _panel(
    kind: str,
    path: Path,
    add: list[str] | None,
    years: str | None,
    system: str | None,
    directed: bool | None,
    force: bool,
    json: bool,
) -> None:
    from rimland import history
    from rimland.study.exports import panel_table

    _free(path, force)
    make = {
        "state-years": history.state_years,
        "dyad-years": history.dyad_years,
        "treaties": history.treaties,
    }[kind]
    more = {"years": _years(years), "system": system, "directed": directed}
    panel = make(**{key: value for key, value in more.items() if value is not None})  # type: ignore[operator]
    sets = [name.removeprefix("add_") for name in dir(type(panel)) if name.startswith("add_")]
    for name in add or ():
        if name.replace("-", "_") not in sets:
            raise RimlandError(
                f"'{name}' is no set of {kind}.{did_you_mean(name, sets)} Known: {', '.join(sets)}."
            )
        panel = getattr(panel, f"add_{name.replace('-', '_')}")()
    with progress("reading", json):
        table = panel_table(kind, panel)
    _written([(table, path)], force, json)


def _years(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    first, dash, last = text.replace("–", "-").partition("-")
    if not (first.strip().isdigit() and (last.strip().isdigit() or not dash)):
        raise RimlandError(f"'{text}' is no span of years; write it as 1946-2010.")
    return int(first), int(last or first)


def _free(path: Path, force: bool) -> None:
    from rimland.study.tablefile import free

    writable(free(path, force))


def _written(tables: list[tuple[Table, Path]], force: bool, json: bool) -> None:
    from rimland.study.tablefile import write_table

    for _, path in tables:  # all or none
        _free(path, force)
    made: list[tuple[Table, Written]] = [
        (table, write_table(table, path, force)) for table, path in tables
    ]
    if json:
        return print_json(
            [{"table": t.name, **done.to_json(), "cite": list(t.cites)} for t, done in made]
        )
    from rimland.cli.lines import some

    for table, done in made:
        size = f"{some(done.rows, 'row')}, {some(done.columns, 'column')}"
        out.print(f"{done.path}: {size}; {done.dictionary.name}", markup=False, soft_wrap=True)
        for note in done.notes:
            out.print(f"  {note}", markup=False, soft_wrap=True)
        for line in table.cites:
            out.print(f"  cite: {line}", markup=False, soft_wrap=True)
