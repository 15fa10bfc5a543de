"""`rimland sweep`: which verdicts change when a judged number lies at an end of its range."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from rimland.cli.console import STOPPED, fail, out, print_json, progress
from rimland.cli.options import Cache, Draws, Futures, Json, ScenarioName, Seed, Threads

if TYPE_CHECKING:
    from rich.console import Console

MOST_CHANGES = 3
"""Numbers that are named for a claim; --json has all."""


def sweep(
    scenario: ScenarioName,
    claims: Annotated[
        list[str] | None,
        typer.Option(
            "--claims", "--claim", metavar="ID", help="Only these claims; may be repeated."
        ),
    ] = None,
    screen: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="Rerun only the N likeliest numbers a claim, by screening the draws in hand.",
        ),
    ] = None,
    draws: Draws = None,
    futures: Futures = None,
    seed: Seed = None,
    threads: Threads = None,
    cache: Cache = True,
    json: Json = False,
) -> None:
    """Say which verdicts hang on one judged number.

    Judges each claim anew with each judged number that can reach it known to be its p10, and
    again its p90; all else is drawn as before, with the same luck. Prints the share of claims
    whose verdict changes, which numbers change it, and the ten that matter most. It takes as many
    reruns as there are numbers: fewer draws and futures make it quicker and more verdicts
    undecided, and --screen N tries the likeliest numbers alone. Stopped with Ctrl-C it loses
    nothing, and the same command goes on.

    \b
    Example:
      rimland sweep my-strait --screen 3 --claims staff-hinge
    """
    import rimland
    from rimland.study.sweep import sweep as swept

    loaded = rimland.load(scenario)
    run = loaded.run(draws, futures, seed, threads, keeps=cache)
    try:
        with progress("sweeping", json) as step:
            made = swept(run, claims, screen, step).to_json()
    except KeyboardInterrupt:
        if not cache:
            raise
        fail("stopped; what was judged so far is kept, and the same command goes on from there")
        raise typer.Exit(STOPPED) from None
    if json:
        print_json(made)
    else:
        _tell(out, made)


def _tell(console: Console, made: dict[str, Any]) -> None:
    pairs, share = made["pairs"], made["share"]

    def say(text: str = "") -> None:
        console.print(text, markup=False)

    if not share["claims"]:
        return say("No claim here has a verdict that a number could change.")
    say(f"{made['says']} (all else drawn as before, with the same luck).")
    some = (
        "all" if pairs["tried"] == pairs["reach"] else f"{pairs['tried']:,} of {pairs['reach']:,}"
    )
    say(
        f"{some} pairs of a claim and a judged number that can reach it were rerun at both ends, "
        f"with {made['draws']} draws x {made['futures']} futures."
    )
    if made["screening"] is not None:
        say(
            "A screening chose them: a straight line through the draws in hand. What is bent or "
            "hangs on two numbers at once may be missed; without --screen all are tried."
        )
    if pairs["no_world"]:
        say(f"{pairs['no_world']:,} reruns describe no possible world, and are counted as such.")
    say()
    for row in made["claims"]:
        changes = row["changes"]
        numbers = len({c["number"] for c in changes})
        rest = f"changed by {numbers} of {row['tried']}" if changes else f"kept by {row['tried']}"
        say(f"{row['id']}: {row['verdict']}, {rest} numbers tried of {row['reach']}")
        for change in changes[:MOST_CHANGES]:
            say(f"    {change['becomes']} if {change['says']} is {change['value']}")
        if len(changes) > MOST_CHANGES:
            say(f"    and at {len(changes) - MOST_CHANGES} more ends")
    say()
    say("The numbers that matter most, by verdicts that change and by the spread they explain:")
    for place, row in enumerate(made["ten"], 1):
        explains = "" if row["explains"] is None else f", explains {100 * row['explains']:.0f} %"
        n = len(row["claims"])
        say(f"{place:>3}. {row['says']} ({row['range']}): {n} {'claim' if n == 1 else 'claims'}"
            f"{explains}")  # fmt: skip
