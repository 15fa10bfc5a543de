"""Names of numbers and of parts of a program in plain words, from the tables beside this one."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from functools import cache
from importlib.resources import files

NUMBERS, PARTS = "phrases", "parts"
"""The tables: of numbers, and of what a program is made of."""


@cache
def _patterns(table: str = NUMBERS) -> tuple[tuple[re.Pattern[str], str], ...]:
    text = files("rimland.study").joinpath(f"tables/{table}.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return tuple((_pattern(row["pattern"]), row["phrase"]) for row in rows)


def _pattern(glob: str) -> re.Pattern[str]:
    head, _, last = glob.rpartition("*")
    # the last star may hold dots: what a driver reads has a dotted name of its own
    parts = re.escape(head).replace(re.escape("*"), "([^.]+)")
    tail = re.escape(last)
    return re.compile(f"^{parts}(.+){tail}$" if "*" in glob else f"^{re.escape(glob)}$")


def phrase(name: str, named: Callable[[str], str]) -> str:
    """Return the name of a number in plain words; its dotted name where no pattern fits.

    `named` gives what a reader calls the thing of an id.
    """
    return _fitting(name, named) or name


def thing(name: str, named: Callable[[str], str]) -> str:
    """Return a variable, a transition or an index in plain words; its name where none fit."""
    return _fitting(name, named, PARTS) or phrase(name, named)


def filled(pattern: str, words: str, name: str, named: Callable[[str], str], level: str) -> str:
    """Return `words` with what stands for the stars of `pattern` in `name`, and the level."""
    match = _pattern(pattern).match(name)
    parts = (_part(part, named) for part in match.groups()) if match else ()
    return words.format(*parts, level=level.replace("_", " "))


def _fitting(name: str, named: Callable[[str], str], table: str = NUMBERS) -> str | None:
    for pattern, words in _patterns(table):
        match = pattern.match(name)
        if match:
            parts = (_part(part, named) for part in match.groups())
            return words.format(*parts)
    return None


def _part(part: str, named: Callable[[str], str]) -> str:
    # what a driver reads has a dotted name of its own
    fitting = _fitting(part, named) if "." in part else None
    return fitting or named(part).replace("_", " ").replace(".", " ")
