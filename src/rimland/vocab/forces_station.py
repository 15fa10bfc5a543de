"""What is at a place in time: who is in service, how far it is, and what is called away.

Part of forces.yaml.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from pydantic import Field

from rimland.notation.base import Entry
from rimland.notation.places import Path
from rimland.notation.quantity import (
    DurationQuantity,
    Quantity,
    RateQuantity,
    ShareQuantity,
    SpreadQuantity,
)
from rimland.program.formula import Formula, log, num
from rimland.vocab.forces_lanes import passage_key
from rimland.vocab.forces_model import Class
from rimland.vocab.forces_ships import in_service, leg_sum
from rimland.vocab.forces_state import FILE, Conditions, While, titled
from rimland.vocab.lowering import Lowering
from rimland.vocab.routes import Chart, Detours, Way

OWN = ("classes", "commitments", "lanes", "legs", "munitions", "noted", "now", "passages", "yards")
"""What no place can be called."""
NINE = num(math.log(9.0))
"""A log-logistic time exceeds s times its median with chance 1/10 where s to its shape is 9."""


class Place(Entry):
    """Where forces may be needed, and how soon."""

    name: str | None = None
    """What a reader calls it; its id in words where left out."""
    at: str
    """The port or point at sea."""
    within: DurationQuantity
    """Who comes later does not count."""
    classes: list[str] = Field(default_factory=list)
    """Classes that count there; all that have a day's run where left out."""
    spread: SpreadQuantity | None = None
    """One ship in ten takes longer to arrive than this many times the median."""


class Commitment(Entry):
    """Something elsewhere that takes ships away while it lasts."""

    name: str | None = None
    """What a reader calls it; its id in words where left out."""
    during: While | None = None
    """It lasts while this holds; or it comes and goes by itself, as the next two say."""
    begins: RateQuantity | None = None
    """How often a year it begins."""
    lasts: DurationQuantity | None = None
    """How long it lasts, on average."""
    called: bool = False
    """Whether it lasts at the as-of date."""
    takes: dict[str, ShareQuantity] = Field(min_length=1)
    """Share of each class that it takes."""
    spares: list[str] = Field(default_factory=list)
    """Places that it takes nothing from, such as where it is."""


@lru_cache(maxsize=1)
def defaults() -> Mapping[str, Quantity]:
    """Return the numbers that are taken when a scenario is silent (tables/forces.csv)."""
    text = resources.files("rimland.vocab").joinpath("tables", "forces.csv").read_text("utf-8")
    return {
        row["number"]: Quantity.read(
            {"value": row["value"], row["kind"]: f"default: {row['because']} ({row['source']})"},
            "ratio",
            1.0,
        )
        for row in csv.DictReader(text.splitlines())
    }


def known_place(
    called: str, place: Place, classes: Mapping[str, Class], chart: Chart, low: Lowering
) -> bool:
    """Return whether all that a place names is declared; report what is not."""
    at: Path = ("places", called)
    fine = low.known(place.at, chart.ports, "port", FILE, (*at, "at"))
    for i, name in enumerate(place.classes):
        if not low.known(name, classes, "class", FILE, (*at, "classes", i)):
            fine = False
        elif classes[name].day_run is None:
            what = f"class '{name}' has no day's run and comes to no place"
            low.report(FILE, (*at, "classes", i), what, expected="a class that sails", code="class")
            fine = False
    if called in OWN:
        what = f"no place can be called '{called}', a part of this file"
        low.report(FILE, at, what, expected="another name", code="name")
        fine = False
    return fine


@dataclass(frozen=True)
class Reach:
    """What a class meets on its way under a set of conditions: the way, and what is taken."""

    way: Way | None
    taken: tuple[str, ...]


class Station:
    """A place on its way into indices: who is there in time, by the conditions that hold."""

    def __init__(
        self,
        called: str,
        place: Place,
        classes: Mapping[str, Class],
        commitments: Mapping[str, Commitment],
        chart: Chart,
        conditions: Conditions,
        low: Lowering,
    ) -> None:
        """Register how soon is soon enough there."""
        self.called, self.owner, self.place = called, f"forces.{called}", place
        self.classes, self.commitments = classes, commitments
        self.chart, self.conditions, self.low = chart, conditions, low
        self.within = low.quantity(f"{self.owner}.within", place.within)
        self.spread = low.quantity(
            f"{self.owner}.spread", place.spread or defaults()["arrival_spread"]
        )
        self.known: dict[tuple[str, Way], Formula] = {}
        self.detours: dict[str, Detours] = {}

    def declare(self) -> None:
        """Declare what is on station, its change since the as-of date, and whence it comes."""
        builder = self.low.builder
        by_port: dict[str, list[tuple[Formula | float, str]]] = {}
        start: Formula | None = None
        for name in self.sailing:
            terms, now = self._class(name)
            by_port.setdefault(self.classes[name].at, []).extend(terms)
            if now is not None:
                start = now if start is None else start + now
        terms = [term for part in by_port.values() for term in part]
        builder.index(f"{self.owner}.on_station", terms)
        for port, part in by_port.items():
            builder.index(f"{self.owner}.from.{port}", part)
        if start is not None:
            base = self.low.derive(f"{self.owner}.on_station_at_start", start)
            change = [
                (weight / base, read) for weight, read in terms if isinstance(weight, Formula)
            ]
            builder.index(f"{self.owner}.on_station_change", change, -1.0)

    @property
    def sailing(self) -> list[str]:
        """The classes that count there."""
        sailing = [name for name, item in self.classes.items() if item.day_run is not None]
        return self.place.classes or sailing

    def keys(self, name: str) -> list[str]:
        """Return the conditions that a class meets on its way from its home port."""
        passages = {passage_key(p) for p in self._ways(name).passages}
        return [*sorted(passages & set(self.conditions.known)), *self._takes(name)]

    def reach(self, name: str, held: frozenset[str]) -> Reach:
        """Return what a class meets on its way from its home port while these conditions hold."""
        way = self._ways(name).given(_shut(held))
        return Reach(way, tuple(t for t in self._takes(name) if t in held))

    def _ways(self, name: str) -> Detours:
        if name not in self.detours:
            self.detours[name] = self.chart.detours(self.classes[name].at, self.place.at)
        return self.detours[name]

    def _takes(self, name: str) -> list[str]:
        return [
            f"commitments.{label}"
            for label, commitment in self.commitments.items()
            if name in commitment.takes and self.called not in commitment.spares
        ]

    def _class(self, name: str) -> tuple[list[tuple[Formula | float, str]], Formula | None]:
        """Return the terms of one class, and what it brings as things stand at the as-of date.

        Each ship in service counts ready * arrives * product of (1 - taken): see `_arrives`.
        """
        item = self.classes[name]
        fallback = f"falls_back.{name}"
        back = None
        if item.falls_back is not None and item.falls_back.to is not None:
            back = self.chart.detours(item.falls_back.to, self.place.at)
        lands = [] if back is None else [passage_key(p) for p in back.passages]
        keys = [*self.keys(name), *(p for p in lands if p in self.conditions.known)]
        keys = sorted({*keys, *({fallback} & set(self.conditions.known))})
        lost = f"forces.classes.{name}"

        def reach(held: frozenset[str]) -> Reach:
            if fallback not in held:
                return self.reach(name, held)
            way = None if back is None else back.given(_shut(held))
            return Reach(way, tuple(t for t in self._takes(name) if t in held))

        runs = self.conditions.split(keys, reach)
        now = reach(frozenset(k for k in keys if self.conditions.holds_at_start(k)))
        terms: list[tuple[Formula | float, str]] = []
        start = None
        for number, (found, where) in enumerate(runs.items()):
            assert isinstance(found, Reach)
            if found.way is None:
                continue  # nothing arrives: there is no way
            weight = self.weight(name, found)
            called = f"{lost}.bound_for.{self.called}.{number}"
            terms.append((weight, self.conditions.times(called, keys, where, in_service(name))))
            here = self.low.builder.variable_named(in_service(name)).start
            if found == now and here:
                start = weight * float(here)
        return terms, start

    def weight(self, name: str, reach: Reach) -> Formula:
        """Return the share of the units in service that are there in time."""
        item, owner, low = self.classes[name], f"forces.classes.{name}", self.low
        assert reach.way is not None
        weight = self._arrives(name, reach.way)
        if item.ready is not None:
            weight = weight * low.quantity(f"{owner}.ready", item.ready)
        for taken in reach.taken:
            label = taken.removeprefix("commitments.")
            share = low.quantity(f"forces.{taken}.takes.{name}",
                                 self.commitments[label].takes[name])  # fmt: skip
            weight = weight * (1.0 - share)
        return weight

    def _arrives(self, name: str, way: Way) -> Formula:
        """Return the share that is there in time: 1 / (1 + (t / within)^k).

        The time to arrive is log-logistic with median t = notice + distance / day's run, and shape
        k = log 9 / log spread, so that one in ten takes longer than spread times t.
        """
        key = name, way
        if key in self.known:
            return self.known[key]
        number = len([k for k in self.known if k[0] == name])
        owner, item, low = f"forces.classes.{name}", self.classes[name], self.low
        km = leg_sum(way.legs, low)
        assert item.day_run is not None  # no other class is at a place
        days = km / low.quantity(f"{owner}.day_run", item.day_run)
        if item.notice is not None:
            days = days + low.quantity(f"{owner}.notice", item.notice)
        share = 1.0 / (1.0 + (days / self.within) ** (NINE / log(self.spread)))
        self.known[key] = low.derive(f"{self.owner}.arrives.{name}.{number}", share)
        return self.known[key]


def _shut(held: frozenset[str]) -> frozenset[str]:
    return frozenset(c.removeprefix("passages.") for c in held)


def offer_place(called: str, place: Place, chart: Chart, low: Lowering) -> None:
    """Offer what is on station at a place, how it has changed, and whence it comes."""
    owner, where = f"forces.{called}", titled(called, place.name)
    if not low.builder.readable(f"{owner}.on_station"):
        return
    says = f"ships on station in time, {where}"
    low.offer_level(f"{owner}.on_station", says, "ships")
    low.offer_mean(f"{owner}.mean_on_station", says, "ships", of=f"{owner}.on_station")
    if low.builder.readable(f"{owner}.on_station_change"):
        says = f"change of what is on station since the as-of date, {where}"
        low.offer_level(f"{owner}.on_station_change", says, "%", scale=100.0)
    if low.builder.readable(f"{owner}.expected_change"):
        says = f"change of what should be on station since the as-of date, {where}"
        low.offer_level(f"{owner}.expected_change", says, "%", scale=100.0)
    beginning = f"{owner}.from."
    for read in [r for r in low.builder.readables if r.startswith(beginning)]:
        port = read.removeprefix(beginning)
        says = f"ships on station in time, {where}, from {chart.ports[port].name}"
        low.offer_level(read, says, "ships")
