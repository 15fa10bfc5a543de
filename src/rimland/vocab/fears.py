"""Fears of allies: abandonment and entrapment, each a weighted sum of what an ally reads.

Snyder (1984, World Politics 36, 461-495): an ally fears to be left alone, and it fears to be drawn
into a quarrel that is not its own; what calms one fear may feed the other. Written in
perception.yaml beside encirclement.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from rimland.notation.base import Entry
from rimland.notation.places import Path
from rimland.notation.quantity import IndexQuantity
from rimland.program.formula import Formula
from rimland.vocab.lowering import Lowering

FILE = "perception.yaml"
UNIT = "index, 0 at the as-of date"


class Reading(Entry):
    """One thing that an ally reads, and how much it feeds the fear."""

    points: IndexQuantity
    """Points of fear for one level more."""
    at: str | None = None
    """Read 1 while the variable is at this level and 0 otherwise, in place of its number."""
    says: str = ""
    """The arrow in plain words."""


class Fear(Entry):
    """What one ally fears of another."""

    name: str | None = None
    """What a reader calls it in tables and charts; its id in words where left out."""
    kind: Literal["abandonment", "entrapment"]
    """To be left alone, or to be drawn in."""
    who: str
    """Who fears."""
    of: str
    """By whom."""
    reads: dict[str, Reading] = Field(min_length=1)
    """What it reads, by variable."""
    says: str = ""
    """The fear in plain words."""


def declare(fears: Mapping[str, Fear], low: Lowering) -> None:
    """Declare each fear as an index, `perception.fears.ID`: 0 at the as-of date in every draw."""
    for called, item in fears.items():
        at: Path = ("fears", called)
        low.call(called, item.name)
        for key in ("who", "of"):
            low.known(getattr(item, key), low.actors, "actor", FILE, (*at, key))
        if item.who == item.of:
            low.report(
                FILE,
                (*at, "of"),
                f"{item.who} fears itself",
                expected="another actor",
                code="pair",
            )
        owner = f"perception.fears.{called}"
        terms: list[tuple[Formula, str]] = []
        start: Formula | None = None
        for ref, reading in item.reads.items():
            path: Path = (*at, "reads", ref)
            variable = low.variable(ref, FILE, path)
            if variable is None:
                continue
            points = low.quantity(f"{owner}.reads.{variable}", reading.points)
            known = low.builder.variable_named(variable)
            read, stands = variable, float(known.start)
            if reading.at is not None:
                level = low.level_of(variable, reading.at, FILE, (*path, "at"))
                if level is None:
                    continue
                read = low.builder.indicator(variable, level, level)
                stands = float(known.start == level)
            terms.append((points, read))
            part = points * stands
            start = part if start is None else start + part
        low.builder.index(owner, terms, None if start is None else -start)


def lower(fears: Mapping[str, Fear], low: Lowering) -> None:
    """Offer each fear, averaged over time."""
    for called, item in fears.items():
        owner = f"perception.fears.{called}"
        says = f"fear of {item.kind}, {low.named(item.who)} of {low.named(item.of)}"
        low.offer_mean(owner, says, UNIT)
