"""Actors: who takes part, with weight and place. Declares numbers that other words read."""

from __future__ import annotations

from pydantic import Field

from rimland.notation.base import Entry, Marked
from rimland.notation.quantity import ShareQuantity
from rimland.vocab.lowering import ActorFacts, Lowering

FILE = "actors.yaml"
NAMES = ("actors.",)
"""How the names begin that this word declares."""


class Capital(Marked):
    """Where an actor's capital lies."""

    latitude: float = Field(ge=-90, le=90)
    """Degrees north."""
    longitude: float = Field(ge=-180, le=180)
    """Degrees east."""


class Actor(Entry):
    """A state, or a territory that acts as one."""

    name: str
    """Name as printed."""
    cow: int | None = None
    """Correlates of War state number."""
    gw: int | None = None
    """Gleditsch and Ward state number."""
    capability: ShareQuantity | None = None
    """Share of the world's material capabilities (such as CINC)."""
    capital: Capital | None = None
    """Position of the capital; distances are measured from here."""
    says: str = ""
    """Anything a reader should know."""


class Model(Entry):
    """The file actors.yaml."""

    actors: dict[str, Actor] = Field(default_factory=dict)
    """Actors by ISO 3166 alpha-3 code."""


def declare(model: Model, low: Lowering) -> None:
    """Register every actor's capability and capital for the other words."""
    for code, actor in model.actors.items():
        if not (len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()):
            low.report(
                FILE,
                ("actors", code),
                f"'{code}' is not a code of an actor",
                expected="three capital letters, as in ISO 3166 alpha-3",
                code="actor-code",
            )
            low.unsure |= set(NAMES)  # which code is meant elsewhere nobody can say
        low.names[code] = actor.name
        weight = actor.capability
        at = actor.capital
        low.actors[code] = ActorFacts(
            code,
            None if weight is None else low.quantity(f"actors.{code}.capability", weight),
            None if at is None else (at.latitude, at.longitude),
        )


def lower(model: Model, low: Lowering) -> None:
    """Actors change nothing by themselves."""
