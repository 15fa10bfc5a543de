"""The command line as a function: what it says, what it returns; and its help, taken apart."""

from __future__ import annotations

import contextlib
import io
import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rimland.cli import app, call, console

FEW = ("--draws", "30", "--futures", "4")


@dataclass(frozen=True)
class Said:
    """What one call returned and printed."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """What was printed, as JSON."""
        return json.loads(self.out)


def said(*words: str, width: int = 80) -> Said:
    """Call the command line in this process, as on a terminal of that width that nobody reads."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), wide(width):
        code = call(words)
    return Said(code, out.getvalue(), err.getvalue())


@contextlib.contextmanager
def wide(columns: int) -> Iterator[None]:
    before = console.out._width
    console.out.width = columns
    try:
        yield
    finally:
        console.out._width = before


def commands() -> dict[str, Any]:
    """Return every command that can be called, by its words."""
    import typer.main

    found: dict[str, Any] = {}

    def walk(command: Any, words: tuple[str, ...]) -> None:
        children = getattr(command, "commands", {})
        for name, child in children.items():
            walk(child, (*words, name))
        if not children:
            found[" ".join(words)] = command

    walk(typer.main.get_command(app), ())
    return found


def options_of(command: Any) -> set[str]:
    return {option for parameter in command.params for option in parameter.opts}


def examples_of(command: Any) -> list[list[str]]:
    """Return the words of each line of a help's example, without `rimland` itself."""
    _, found, example = (command.help or "").partition("Example:\n")
    assert found, f"the help of {command.name} has no example"
    lines = [line.strip() for line in example.splitlines() if line.strip()]
    assert all(line.startswith("rimland ") for line in lines), lines
    # what stands behind '>' is for the shell
    return [shlex.split(line.split(" > ")[0])[1:] for line in lines]


def quick(words: list[str]) -> list[str]:
    """Return a command that asks for few futures, where it runs any."""
    known = commands()
    name = words[0] if words[0] in known else " ".join(words[:2])
    takes = options_of(known[name])
    if name == "demo" and words[1].startswith("-"):
        words = ["demo", "my-strait", *words[1:]]  # the one that ships takes long
    if "--draws" in takes and "--draws" not in words:
        return [*words, *FEW]
    if "--futures" in takes and "--futures" not in words:
        return [*words, "--futures", "40"]
    return words
