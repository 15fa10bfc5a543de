"""Preparation: how far an actor has made ready for war, one step up or down at a time."""

from __future__ import annotations

from pydantic import Field

from rimland.notation.base import Entry, Id
from rimland.notation.places import Path
from rimland.program.build import add, when
from rimland.vocab.lowering import Change, Lowering

FILE = "preparation.yaml"
NAMES = ("preparation.",)
"""How the names begin that this word declares."""


class Milestone(Entry):
    """A level that means something."""

    level: int = Field(ge=0)
    """Reached at this level or above."""
    says: str
    """What has come about then."""


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
    milestones: dict[Id, Milestone] = Field(default_factory=dict)
    """Levels to ask for by name: by when are they first reached."""


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
        for label, milestone in item.milestones.items():
            if milestone.level > item.top:
                low.report(
                    FILE,
                    (*at, "milestones", label, "level"),
                    f"lies at {milestone.level}, above the top of {item.top}",
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
        says = f"how far {low.named(code)} has prepared"
        low.offer_mean(f"preparation.{code}.mean", says, unit, level)
        for called, milestone in item.milestones.items():
            reached = f"preparation.{code}.reached.{called}"
            if milestone.level <= item.top:
                low.offer_first(reached, milestone.says, level, milestone.level, item.top)
