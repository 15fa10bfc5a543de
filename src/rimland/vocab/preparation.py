"""Preparation: how far an actor has made ready for war, one step up or down at a time."""

from __future__ import annotations

from pydantic import Field

from rimland.notation.base import Entry
from rimland.notation.places import Path
from rimland.program.build import add, when
from rimland.vocab.lowering import Change, Lowering
from rimland.vocab.measure import Measure

FILE = "preparation.yaml"
NAMES = ("preparation.",)
"""How the names begin that this word declares."""


class Preparation(Entry):
    """One actor's preparation, on a scale of its own."""

    says: str = ""
    """What is prepared."""
    top: int = Field(default=10, ge=1, le=1000)
    """Highest level."""
    start: int = Field(default=5, ge=0)
    """Level at the as-of date."""
    rises: Change
    """Steps up."""
    falls: Change | None = None
    """Steps down."""


class Model(Entry):
    """The file preparation.yaml."""

    preparation: dict[str, Preparation] = Field(default_factory=dict)
    """By actor."""


def declare(model: Model, low: Lowering) -> None:
    """Declare the level of each preparation."""
    for code, item in model.preparation.items():
        at: Path = ("preparation", code)
        low.known(code, low.actors, "actor", FILE, at)
        if item.start > item.top:
            low.report(
                FILE,
                (*at, "start"),
                f"starts at {item.start}, above its top of {item.top}",
                expected=f"a level from 0 to {item.top}",
                code="bounds",
            )
        start = min(item.start, item.top)
        low.builder.variable(f"preparation.{code}.level", 0, item.top, start)


def lower(model: Model, low: Lowering) -> None:
    """Lower the steps up and down, and offer the level, now and on average."""
    for code, item in model.preparation.items():
        level = f"preparation.{code}.level"
        directions = [("rises", item.rises, 1, when(level, 0, item.top - 1))]
        if item.falls is not None:
            directions.append(("falls", item.falls, -1, when(level, 1, item.top)))
        for label, change, step, guard in directions:
            owner = f"preparation.{code}.{label}"
            clock = low.hazard(owner, change, FILE, ("preparation", code, label))
            low.builder.transition(owner, clock, [add(level, step)], [guard])
        unit = f"level, 0 to {item.top}"
        low.offer_level(level, f"how far {low.named(code)} has prepared", unit)
        observer = low.builder.observer(f"{level}:integral", "integral", level)
        says = f"how far {low.named(code)} has prepared, on average"
        low.measure(Measure(f"preparation.{code}.mean", says, unit, "mean", (observer,)))
