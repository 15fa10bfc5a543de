"""The command line: one function a verb, its options and its help with an example."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from rimland.cli.console import ANSWER_NO, FAILED, fail, out, print_json, progress
from rimland.cli.program import program_app
from rimland.errors import RimlandError

app = typer.Typer(
    name="rimland",
    help="Make a written security assessment runnable: declare the alliance system, run its "
    "futures, judge each claim.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(program_app, name="program")

ScenarioName = Annotated[
    str, typer.Argument(metavar="SCENARIO", help="A folder, or the name of one that ships.")
]
Draws = Annotated[
    int | None,
    typer.Option(min=1, help="Settings of all uncertain numbers; more never change earlier ones."),
]
Futures = Annotated[int | None, typer.Option(min=2, help="Random paths under each draw.")]
Seed = Annotated[int | None, typer.Option(min=0, help="Where the luck starts.")]
Threads = Annotated[
    int | None, typer.Option(min=1, help="Worker threads; results do not depend on it.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
Account = Annotated[
    str | None, typer.Option(metavar="ACCOUNT", help="One account of how the system works.")
]


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


@app.command()
def demo(
    scenario: Annotated[
        str | None, typer.Argument(metavar="[SCENARIO]", help="A scenario; the one that ships.")
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
    """Judge the scenario that ships, print the most telling cards, write and open a page.

    Example: rimland demo --no-open --out /tmp/demo
    """
    from rimland.cli import show
    from rimland.cli.work import judged, the_scenario, write_page

    with progress("running", json) as step:
        work = judged(the_scenario(scenario), draws, futures, seed, threads, step)
        path, payload = write_page(work, out_dir / "report.html")
    if json:
        print_json({**work.to_json(), "page": str(path)})
    else:
        show.demo(out, work, payload, path)
    if open_page:
        typer.launch(path.as_uri())


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A new folder of that name.")],
    json: Json = False,
) -> None:
    """Scaffold a small scenario that runs, to be changed into yours.

    Example: rimland new my-strait && rimland check my-strait
    """
    from rimland.scenario.new import make_scenario

    path = make_scenario(name, Path())
    if json:
        print_json({"folder": str(path), "files": sorted(p.name for p in path.iterdir())})
        return
    out.print(f"{path} holds a scenario that runs. Next:\n")
    out.print(f"  rimland check {name}\n  rimland judge {name}")


@app.command()
def check(scenario: ScenarioName, json: Json = False) -> None:
    """Find every mistake in a scenario's files in one pass; 1 when there are any.

    Example: rimland check my-strait
    """
    import rimland

    problems = rimland.check(scenario)
    if json:
        print_json({"sound": not problems, "problems": [p.as_dict() for p in problems]})
    elif problems:
        for problem in problems:
            out.print(str(problem), markup=False, highlight=False, soft_wrap=True)
        out.print(f"\n{len(problems)} {'mistake' if len(problems) == 1 else 'mistakes'}.")
    else:
        from rimland.cli import show

        show.sound(out, rimland.load(scenario))
    if problems:
        raise typer.Exit(ANSWER_NO)


@app.command()
def run(
    scenario: ScenarioName,
    variant: Annotated[
        str, typer.Argument(metavar="[VARIANT]", help="A variant; a+b is two at once.")
    ] = "as-assessed",
    measure: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only these measures; may be repeated.")
    ] = None,
    measures: Annotated[
        bool, typer.Option("--measures", help="List the measures and run nothing.")
    ] = False,
    account: Account = None,
    draws: Draws = None,
    futures: Futures = None,
    seed: Seed = None,
    threads: Threads = None,
    json: Json = False,
) -> None:
    """Run the futures of a scenario and print its measures at the horizon.

    Example: rimland run my-strait no-joint-staff --account deterrence-led
    """
    import rimland
    from rimland.cli import show, work

    loaded = rimland.load(scenario)
    if measures:
        rows = loaded.measures.to_dicts()
        return print_json(rows) if json else show.measures(out, rows)
    with progress("running", json) as step:
        made = loaded.run(draws, futures, seed, threads, step)
        rows = work.measure_rows(made, variant, account, measure)
    print_json(rows) if json else show.measured(out, made, variant, rows)


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
    measure: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only these measures; may be repeated.")
    ] = None,
    account: Account = None,
    draws: Draws = None,
    futures: Futures = None,
    seed: Seed = None,
    threads: Threads = None,
    json: Json = False,
) -> None:
    """Run two variants with the same luck; print the paired effects, and what pairing did.

    Example: rimland compare my-strait no-joint-staff --claim hinge-staff
    """
    import rimland
    from rimland.cli import show, work

    loaded = rimland.load(scenario)
    with progress("running", json) as step:
        made = loaded.run(draws, futures, seed, threads, step)
        effects = work.effects(made, variant, against, account, claim, measure)
    if json:
        print_json([effect.to_json() for effect in effects])
    else:
        show.compared(out, made, effects)


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
    cards: Annotated[bool, typer.Option(help="Print a card for each tested claim.")] = True,
    draws: Draws = None,
    futures: Futures = None,
    seed: Seed = None,
    threads: Threads = None,
    json: Json = False,
) -> None:
    """Give a verdict on each claim: does it hold, how strongly, under which account.

    Example: rimland judge my-strait --claim hinge-staff --claim upgrade
    """
    import rimland
    from rimland.cli import show
    from rimland.cli.work import judged, known_verdict

    wanted = [known_verdict(name) for name in fail_on or ()]
    loaded = rimland.load(scenario)
    if not json:
        show.plan(out, loaded, claim, draws, futures)
    with progress("running", json) as step:
        work = judged(loaded, draws, futures, seed, threads, step, claim)
    print_json(work.to_json()) if json else show.judged(out, work, cards)
    if any(f.verdict == name or f.plain == name for f in work.findings for name in wanted):
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
    json: Json = False,
) -> None:
    """Judge all claims and write the page: one file, nothing fetched.

    Example: rimland report my-strait --out report.html
    """
    import rimland
    from rimland.cli.work import judged, write_page

    with progress("running", json) as step:
        work = judged(rimland.load(scenario), draws, futures, seed, threads, step)
        path, payload = write_page(work, out_file)
    if json:
        print_json({"page": str(path), "bytes": path.stat().st_size, "counts": payload["counts"]})
    else:
        out.print(f"Report: {path}")
    if open_page:
        typer.launch(path.as_uri())


@app.command()
def cite(
    scenario: ScenarioName,
    kind: Annotated[
        str | None, typer.Option(metavar="KIND", help="Only numbers of this kind, such as judged.")
    ] = None,
    account: Account = None,
    json: Json = False,
) -> None:
    """List all numbers by kind, each with its range and its source or reason.

    Example: rimland cite my-strait --kind judged
    """
    import rimland
    from rimland.cli import show, work

    loaded = rimland.load(scenario)
    rows = work.cited(loaded, kind, account)
    print_json(rows) if json else show.cited(out, loaded, rows)


T = TypeVar("T")


def main() -> None:
    """Run the command line: 0 done, 1 the answer is no, 2 could not be done, 130 stopped."""
    sys.exit(_guarded(lambda: app(standalone_mode=False)))


def _guarded(call: Callable[[], Any]) -> int:
    try:
        done = call()
        return done if isinstance(done, int) else 0
    except typer.Exit as exit_:
        return exit_.exit_code
    except (KeyboardInterrupt, typer.Abort):
        fail("stopped; nothing half-made was kept")
        return 130
    except RimlandError as error:
        fail(str(error))
        return FAILED
    except BrokenPipeError:
        sys.stderr.close()
        return FAILED
    except OSError as error:
        fail(f"{error.filename or 'a file'}: {error.strerror or error}")
        return FAILED
    except Exception as error:
        show = getattr(error, "show", None)
        if show is None or not hasattr(error, "exit_code"):
            raise
        show()  # a mistake in the command itself; typer may bring its own copy of click
        return FAILED
