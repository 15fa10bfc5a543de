"""Ties: the layers between two actors, each an ordered level that other words raise or lower."""

from __future__ import annotations

from pydantic import Field

from rimland.notation.base import Entry, Marked
from rimland.notation.quantity import CountQuantity
from rimland.vocab.defaults import layers
from rimland.vocab.lowering import Lowering

FILE = "ties.yaml"
NAMES = ("ties.",)
"""How the names begin that this word declares."""


class Tie(Marked):
    """All layers between two actors; a layer left out stands at its unstated level."""

    pair: tuple[str, str]
    """Codes of the two actors, in either order."""
    pact: str | None = None
    """Written obligation."""
    command: str | None = None
    """How forces of the two would be commanded."""
    presence: str | None = None
    """Forces of one on the other's soil."""
    exercises: str | None = None
    """Joint exercises."""
    industry: str | None = None
    """Defence-industrial cooperation."""
    information: str | None = None
    """Sharing of secret information."""
    alignment: str | None = None
    """Agreement of their positions."""
    troops: CountQuantity | None = None
    """Number of troops of either stationed with the other."""

    @property
    def key(self) -> str:
        """The pair as it is named everywhere: in alphabetical order, with a hyphen."""
        return "-".join(sorted(self.pair))


class Model(Entry):
    """The file ties.yaml."""

    ties: list[Tie] = Field(default_factory=list)
    """One row a pair."""


def declare(model: Model, low: Lowering) -> None:
    """Declare one variable per pair and layer, `ties.AAA-BBB.LAYER`, and the troop numbers."""
    seen: set[str] = set()
    for row, tie in enumerate(model.ties):
        at: tuple[str | int, ...] = ("ties", row)
        ok = [
            low.known(code, low.actors, "actor", FILE, (*at, "pair", i))
            for i, code in enumerate(tie.pair)
        ]
        if not all(ok):
            low.unsure.add("ties.")
            continue
        if tie.pair[0] == tie.pair[1] or tie.key in seen:
            what = "an actor is tied to itself" if tie.key not in seen else f"{tie.key} comes twice"
            low.report(
                FILE,
                (*at, "pair"),
                what,
                expected="two different actors, each pair once",
                code="pair",
            )
            low.unsure.add("ties.")  # the pair that was meant is missing
            continue
        seen.add(tie.key)
        for layer in layers().values():
            called = f"ties.{tie.key}.{layer.name}"
            stated = getattr(tie, layer.name)
            start: int | None = layer.unstated
            if stated is not None:
                path = (*at, layer.name)
                start = low.level_among(layer.levels, 0, layer.top, layer.name, stated, FILE, path)
            if start is None:
                start = layer.unstated
            low.builder.variable(called, 0, layer.top, start, layer.levels)
            low.marks[called] = tie.mark
        if tie.troops is not None:
            low.quantity(f"ties.{tie.key}.troops", tie.troops)


def lower(model: Model, low: Lowering) -> None:
    """Ties change by what other words do to them, and those offer the levels they change."""


def describe(called: str, low: Lowering) -> str:
    """Return a variable in plain words, if it is a layer of a tie; else its name."""
    if not called.startswith("ties."):
        return called
    _, pair, layer = called.split(".")
    return f"{layer}, {low.named(pair)}"


def offer(called: str, low: Lowering) -> None:
    """Offer the level of something that a word is about to change, in plain words."""
    known = low.builder.variable_named(called)
    unit = "level"
    if known.levels:
        unit += f", {known.lo} = {known.levels[0]} to {known.hi} = {known.levels[-1]}"
    low.offer_level(called, describe(called, low), unit)
