"""The command line: one function a verb, its options and its help with an example."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from rimland.cli.console import ANSWER_NO, out, print_json, progress
from rimland.cli.data import data_app
from rimland.cli.explain import explain
from rimland.cli.export import export_app
from rimland.cli.fit import fit
from rimland.cli.guard import guarded
from rimland.cli.merge import merge, shard_asked, tell_ensemble
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
from rimland.cli.program import ShardOf, program_app
from rimland.cli.since import Earlier, earlier, tell_since
from rimland.cli.sweep import sweep
from rimland.cli.why import why

app = typer.Typer(
    name="rimland",
    help="Make a written security assessment runnable: declare the alliance system, run its "
    "futures, judge each claim.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        from rimland import __version__

        typer.echo(f"rimland {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Make a written security assessment runnable."""


FIRST_LOOK = 40
"""Draws of the demo: few enough for a first look, and more than the 29 that can decide a claim."""


@app.command()
def demo(
    scenario: Annotated[
        str | None, typer.Argument(metavar="SCENARIO", help="A scenario; the one that ships.")
    ] = None,
    out_dir: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Where the page is written.")
    ] = Path("rimland-demo"),
    open_page: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the page in a browser.")
    ] = True,
    draws: Draws = None,
    futures: Futures = None,
    seed: Seed = None,
    threads: Threads = None,
    json: Json = False,
) -> None:
    """Judge the scenario that ships and open its page.

    Prints how far the verdicts can be trusted, how many there are of each, and the most telling
    cards; writes report.html, one file that works offline. It is a first look: 40 draws where
    nothing else is asked for, and what takes reruns of its own (doubled ranges, what flips a
    verdict, rivals in figures, signs to watch for) is left to judge and report.

    \b
    Example:
      rimland demo --no-open --out first-look
    """
    from rimland.cli import show, work

    page = writable(out_dir / "report.html")
    with progress("running", json, "judging") as step:
        made = work.judged(
            work.the_scenario(scenario),
            draws or FIRST_LOOK,
            futures,
            seed,
            threads,
            step,
            thorough=False,
        )
        path, payload = work.write_page(made, page)
    if json:
        print_json({**made.to_json(), "page": str(path)})
    else:
        show.demo(out, made, payload, path, scenario or made.run.scenario.id)
    if open_page and not json:
        work.open_in_browser(path)


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A new folder of that name.")],
    json: Json = False,
) -> None:
    """Make a folder with a small scenario that runs.

    Actors and numbers are invented; replace them piece by piece, and check after each piece.

    \b
    Example:
      rimland new my-strait
      rimland check my-strait
    """
    from rimland.cli import show
    from rimland.scenario.new import make_scenario

    path = make_scenario(name, Path())
    if json:
        print_json({"folder": str(path), "files": sorted(p.name for p in path.iterdir())})
    else:
        show.scaffolded(out, path)


@app.command()
def check(scenario: ScenarioName, json: Json = False) -> None:
    """Find every mistake in a scenario's files in one pass.

    Each with its file, line and column, what was expected and how to mend it. Returns 1 when
    there is any.

    \b
    Example:
      rimland check my-strait
    """
    import rimland
    from rimland.cli import show

    problems = rimland.check(scenario)
    if json:
        print_json({"sound": not problems, "problems": [p.as_dict() for p in problems]})
    elif problems:
        show.mistakes(out, problems)
    else:
        show.sound(out, rimland.load(scenario))
    if problems:
        raise typer.Exit(ANSWER_NO)


@app.command()
def run(
    scenario: ScenarioName,
    variant: Annotated[
        str, typer.Argument(metavar="VARIANT", help="A variant; a+b is two at once.")
    ] = "as-assessed",
    measure: Measures = None,
    measures: Annotated[
        bool, typer.Option("--measures", help="List the measures and run nothing.")
    ] = False,
    account: Account = None,
    draws: Draws = None,
    futures: Futures = None,
    seed: Seed = None,
    threads: Threads = None,
    store: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FOLDER",
            help="Keep every future there; an interrupted run goes on, a whole one takes more.",
        ),
    ] = None,
    shard: ShardOf = None,
    json: Json = False,
) -> None:
    """Run the futures and print each measure at the horizon.

    With --out they are kept, a folder an account; with --shard as well, machines share the work,
    and `rimland merge` puts it together.

    \b
    Example:
      rimland run my-strait no-joint-staff --measure command.strait.response_hours
    """
    import rimland
    from rimland.cli import tables, work

    share = shard_asked(shard, store)
    loaded = rimland.load(scenario)
    if measures:
        listed = loaded.measures.to_dicts()
        return print_json(listed) if json else tables.measures(out, listed)
    if store is not None:
        with progress("running", json, "measuring") as step:
            made = loaded.run(draws, futures, seed, threads)
            kept = work.stored(made, store, variant, account, measure, share, threads, step)
            rows = work.stored_rows(made, kept) if kept.complete else []
        if not kept.complete:
            return tell_ensemble(kept, json)
        if json:
            return print_json([row.to_json() for row in rows])
        return tables.measured(out, made, variant, rows)
    with progress("running", json, "measuring") as step:
        made = loaded.run(draws, futures, seed, threads, step)
        rows = work.measure_rows(made, variant, account, measure)
    if json:
        print_json([row.to_json() for row in rows])
    else:
        tables.measured(out, made, variant, rows)


@app.command()
def compare(
    scenario: ScenarioName,
    variant: Annotated[str, typer.Argument(metavar="VARIANT", help="What would be different.")],
    against: Annotated[
        str, typer.Option(metavar="VARIANT", help="What it is compared with.")
    ] = "as-assessed",
    claim: Annotated[
        str | None, typer.Option(metavar="ID", help="The measures and the date of this claim.")
    ] = None,
    measure: Measures = None,
    account: Account = None,
    draws: Draws = None,
    futures: Futures = None,
    seed: Seed = None,
    threads: Threads = None,
    json: Json = False,
) -> None:
    """Run two variants with the same luck; print the effects.

    Both have the same futures, event by event, so that a difference is the effect and not chance.
    Printed beside it is the error that runs with luck of their own would have had.

    \b
    Example:
      rimland compare my-strait no-joint-staff --claim staff-hinge
    """
    import rimland
    from rimland.cli import tables, work

    loaded = rimland.load(scenario)
    with progress("running", json, "comparing") as step:
        made = loaded.run(draws, futures, seed, threads, step)
        effects = work.effects(made, variant, against, account, claim, measure)
    if json:
        print_json([effect.to_json() for effect in effects])
    else:
        tables.compared(out, made, effects)


@app.command()
def judge(
    scenario: ScenarioName,
    claim: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Only these claims; may be repeated.")
    ] = None,
    fail_on: Annotated[
        list[str] | None,
        typer.Option(metavar="VERDICT", help="Return 1 if any claim has this verdict."),
    ] = None,
    since: Earlier = None,
    cards: Annotated[
        bool, typer.Option("--cards/--no-cards", help="A card for each tested claim, or a line.")
    ] = True,
    draws: Draws = None,
    futures: Futures = None,
    seed: Seed = None,
    threads: Threads = None,
    cache: Cache = True,
    json: Json = False,
) -> None:
    """Give a verdict on each claim, and what weakens it.

    Says first what will be run. A verdict says what the model answers, never that a text is true.
    With --since it says what changed since a judgement kept by --json > FILE, or since a git
    revision of the scenario: protocols with both verdicts, and verdicts whose protocol stayed.

    \b
    Example:
      rimland judge my-strait --claim staff-hinge --claim deter-or-provoke
    """
    import rimland
    from rimland.cli import show, work

    wanted = [work.known_verdict(name) for name in fail_on or ()]
    loaded = rimland.load(scenario)
    planned = loaded.run(draws, futures, seed, keeps=cache)
    before = None if since is None else earlier(loaded, since, planned, claim)
    if not json and before is None:
        show.plan(out, loaded, claim, planned)
    with progress("running", json, "judging") as step:
        made = work.judged(loaded, draws, futures, seed, threads, step, claim, cache)
    if before is not None:
        tell_since(made, before, since or "", json)
    elif json:
        print_json(made.to_json())
    else:
        show.judged(out, made, cards)
    if any(f.verdict == name or f.plain == name for f in made.findings for name in wanted):
        raise typer.Exit(ANSWER_NO)


@app.command()
def report(
    scenario: ScenarioName,
    out_file: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="The page to write.")
    ] = Path("report.html"),
    open_page: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the page in a browser.")
    ] = False,
    draws: Draws = None,
    futures: Futures = None,
    seed: Seed = None,
    threads: Threads = None,
    cache: Cache = True,
    json: Json = False,
) -> None:
    """Judge all claims and write the page, one file.

    \b
    Example:
      rimland report my-strait --out strait.html
    """
    import rimland
    from rimland.cli import show, work

    page = writable(out_file)
    loaded = rimland.load(scenario)
    with progress("running", json, "judging") as step:
        made = work.judged(loaded, draws, futures, seed, threads, step, keeps=cache)
        path, payload = work.write_page(made, page)
    if json:
        print_json({"page": str(path), "bytes": path.stat().st_size, "counts": payload["counts"]})
    else:
        show.counted(out, made.findings)
        out.print(f"Report: {path}", markup=False, soft_wrap=True)
    if open_page and not json:
        work.open_in_browser(path)


@app.command()
def cite(
    scenario: ScenarioName,
    kind: Annotated[
        str | None, typer.Option(metavar="KIND", help="Only numbers of this kind, such as judged.")
    ] = None,
    account: Account = None,
    names: Annotated[
        bool, typer.Option("--names", help="Call each by the dotted name that variants use.")
    ] = False,
    json: Json = False,
) -> None:
    """List all numbers by kind, with source or reason.

    \b
    Example:
      rimland cite my-strait --kind judged --names
    """
    import rimland
    from rimland.cli import tables, work

    loaded = rimland.load(scenario)
    rows = work.cited(loaded, kind, account)
    print_json(rows) if json else tables.cited(out, loaded, rows, names)


app.command()(why)
app.command()(fit)
app.command()(merge)
app.command()(explain)
app.command()(sweep)
app.add_typer(program_app, name="program")
app.add_typer(data_app, name="data")
app.add_typer(export_app, name="export")


def call(arguments: Sequence[str]) -> int:
    """Do what the words after `rimland` ask, and return the exit code."""
    return guarded(app, arguments)
