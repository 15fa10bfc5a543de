"""What several verbs take, each with its limits said in words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from rimland.errors import RimlandError


def _at_least(least: int, why: str) -> Callable[[int | None], int | None]:
    def checked(value: int | None) -> int | None:
        if value is not None and value < least:
            raise typer.BadParameter(f"{value} is too few; {why}.")
        return value

    return checked


def _not_negative(value: int | None) -> int | None:
    if value is not None and value < 0:
        raise typer.BadParameter(f"{value} is below 0; any whole number from 0 on will do.")
    return value


def _length(value: float) -> float:
    if not 0 < value < 10_000_000:
        raise typer.BadParameter(f"{value:g} is no length of time; give the days, more than 0.")
    return value


ScenarioName = Annotated[
    str, typer.Argument(metavar="SCENARIO", help="A folder, or the name of one that ships.")
]
Draws = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        callback=_at_least(1, "a run needs 1 draw, and a verdict at least 29"),
        help="Settings of all uncertain numbers; more never change earlier ones.",
    ),
]
Futures = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        callback=_at_least(2, "with fewer than 2 futures a draw, chance cannot be told apart"),
        help="Random paths under each draw.",
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(metavar="N", callback=_not_negative, help="Where the luck starts."),
]
Threads = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        callback=_at_least(1, "one thread is the least that can work"),
        help="Worker threads; results do not depend on it.",
    ),
]
Days = Annotated[
    float, typer.Option(metavar="N", callback=_length, help="How many days each future has.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
Cache = Annotated[
    bool,
    typer.Option(
        "--cache/--no-cache", help="Read what was judged before, where nothing has changed since."
    ),
]
Account = Annotated[
    str | None, typer.Option(metavar="ACCOUNT", help="One account of how the system works.")
]
Measures = Annotated[
    list[str] | None,
    typer.Option("--measure", metavar="NAME", help="Only these measures; may be repeated."),
]


def writable(path: Path) -> Path:
    """Return `path` if a file can be written there; said before a run and not after it.

    Raises RimlandError that names what stands in the way.
    """
    import os

    if path.is_dir():
        raise RimlandError(f"'{path}' is a folder; give the name of a file in it.")
    folder = path.absolute().parent
    while not folder.exists():
        folder = folder.parent
    if not folder.is_dir():
        raise RimlandError(f"'{path}' cannot be written: '{folder}' is a file and no folder.")
    if not os.access(folder, os.W_OK):
        raise RimlandError(f"'{path}' cannot be written: no permission in '{folder}'.")
    return path
