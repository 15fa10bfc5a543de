"""Hurdles: decisions that a pledge has to wait for, and what shifts the odds that they are a no.

Written in politics.yaml beside the governments; lowered when a pledge meets them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pydantic import Field

from rimland.notation.base import Entry
from rimland.notation.places import Path
from rimland.notation.quantity import Duration, LogQuantity, ShareQuantity
from rimland.vocab.lowering import Driver, HurdleTerms, Lowering

FILE = "politics.yaml"


class Hurdle(Entry):
    """Something at home that a pledge has to clear."""

    name: str | None = None
    """What a reader calls it in tables and charts; its id in words where left out."""
    actor: str
    """Whose hurdle it is."""
    kind: str
    """Legislature, budget, coalition partner, local consent and so on."""
    domestic: bool = True
    """Whether it lies within the actor."""
    says: str = ""
    """What has to be decided."""
    takes: Duration
    """Time from the start of the procedure to the decision."""
    fails: ShareQuantity
    """Probability that the decision is a no."""
    drivers: list[Driver] = Field(default_factory=list)
    """What shifts the log-odds of failing."""
    savings: LogQuantity | None = None
    """Change of the log-odds of failing for one unit more of the log of what a pledge `costs`."""


def declare(hurdles: Mapping[str, Hurdle], low: Lowering) -> None:
    """Declare each hurdle's gate, `hurdles.H`, and whether savings count, `hurdles.H.savings`."""
    for called, hurdle in hurdles.items():
        at: Path = ("hurdles", called)
        low.call(called, hurdle.name)
        low.known(hurdle.actor, low.actors, "actor", FILE, (*at, "actor"))
        gate = low.builder.variable(f"hurdles.{called}", 0, 1, 1, ("blocked", "open"))
        savings = None
        if hurdle.savings is not None:
            counted = low.builder.variable(f"{gate}.savings", 0, 1, 1, ("ignored", "counted"))
            savings = (low.quantity(f"{gate}.savings_effect", hurdle.savings), counted)
        fails = low.quantity(f"{gate}.fails", hurdle.fails)
        takes = low.duration(gate, hurdle.takes)
        low.hurdles[called] = HurdleTerms(gate, takes, fails, savings=savings)


def lower(hurdles: Mapping[str, Hurdle], low: Lowering) -> None:
    """Add what shifts the odds, now that everything that can be read is declared."""
    for called, hurdle in hurdles.items():
        known = low.hurdles[called]
        path: Path = ("hurdles", called, "drivers")
        terms = tuple(low.driver_terms(known.gate, hurdle.drivers, FILE, path))
        low.hurdles[called] = replace(known, terms=terms)
