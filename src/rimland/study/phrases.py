"""Names of numbers in plain words, from the table of patterns beside this module."""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib.resources import files


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    text = files("rimland.study").joinpath("tables/phrases.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return tuple((_pattern(row["pattern"]), row["phrase"]) for row in rows)


def _pattern(glob: str) -> re.Pattern[str]:
    head, _, last = glob.rpartition("*")
    # the last star may hold dots: what a driver reads has a dotted name of its own
    parts = re.escape(head).replace(re.escape("*"), "([^.]+)")
    tail = re.escape(last)
    return re.compile(f"^{parts}(.+){tail}$" if "*" in glob else f"^{re.escape(glob)}$")


def phrase(name: str) -> str:
    """Return the name of a number in plain words; its dotted name where no pattern fits."""
    for pattern, words in _patterns():
        match = pattern.match(name)
        if match:
            return words.format(*(plain(part) for part in match.groups()))
    return name


def plain(part: str) -> str:
    """Return one part of a dotted name as words: hyphens, underscores and dots become spaces."""
    return re.sub(r"(?<![A-Z])-|_|\.", " ", part).replace("  ", " ").strip()
