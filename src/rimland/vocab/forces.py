"""Forces: ships and yards, passages and lanes, munitions; and what is on station, and when.

What can be at a place within so many days follows from who is in service, from the way there with
passages open or shut, and from what is called away elsewhere.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from pydantic import Field

from rimland.notation.base import Entry, Id
from rimland.notation.places import Path
from rimland.notation.quantity import (
    DurationQuantity,
    Quantity,
    RateQuantity,
    ShareQuantity,
    SpreadQuantity,
)
from rimland.program.build import set_to, when
from rimland.program.formula import Formula, log, num
from rimland.vocab.forces_lanes import (
    Lane,
    Passage,
    declare_lanes,
    declare_passages,
    lower_lanes,
    lower_passages,
    passage_key,
)
from rimland.vocab.forces_model import Class, Yard
from rimland.vocab.forces_ships import (
    Fleet,
    declare_classes,
    in_service,
    leg_sum,
    lower_counted,
    units,
)
from rimland.vocab.forces_state import FILE, Conditions, Holding, While, follow, resolve
from rimland.vocab.forces_stocks import Munition, declare_stocks, lower_stocks
from rimland.vocab.forces_yards import declare_lines, declare_yards, lower_yards
from rimland.vocab.lowering import Lowering
from rimland.vocab.routes import TABLES, Chart, Way, read_chart

NAMES = ("forces.",)
"""How the names begin that this word declares."""
OWN = ("classes", "commitments", "lanes", "legs", "munitions", "noted", "now", "passages", "yards")
"""What no place can be called."""
CALLED = ("free", "called")
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


class Model(Entry):
    """The file forces.yaml."""

    passages: dict[Id, Passage] = Field(default_factory=dict)
    """Passages by id, as legs.csv names them."""
    yards: dict[Id, Yard] = Field(default_factory=dict)
    """Yards by id."""
    classes: dict[Id, Class] = Field(default_factory=dict)
    """Classes of units by id."""
    commitments: dict[Id, Commitment] = Field(default_factory=dict)
    """What takes forces away, by id."""
    places: dict[Id, Place] = Field(default_factory=dict)
    """Places where forces may be needed, by id."""
    lanes: dict[Id, Lane] = Field(default_factory=dict)
    """Lanes by id."""
    munitions: dict[Id, Munition] = Field(default_factory=dict)
    """Stocks of munitions by id."""


@dataclass(frozen=True)
class _Made:
    """What declaring made and lowering needs: the graph, the conditions, who stands in line."""

    chart: Chart
    conditions: Conditions
    lines: Mapping[str, list[str]]


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


def declare(model: Model, low: Lowering) -> None:
    """Declare who is in service, what is open, how far it is, and what is on station."""
    if model == Model():
        return
    before = len(low.problems)
    told = any(p.place is not None and p.place.file in TABLES for p in low.problems)
    missing = [table for table in TABLES if table not in low.documents]
    if (model.yards or model.classes or model.lanes) and not told and missing:
        low.report(
            FILE,
            (),
            f"there is no {' and no '.join(missing)} beside it",
            expected=" and ".join(f"{table} ({', '.join(TABLES[table])})" for table in missing),
            code="missing",
        )
    if missing:
        low.unsure |= {*NAMES, "ports.", "passages."}
    chart, conditions = read_chart(low.documents, low), Conditions(low)
    declare_passages(model.passages, conditions, low)
    declare_yards(model.yards, chart, low)
    declare_classes(model.classes, model.yards, chart, low)
    lines = declare_lines(model.yards, model.classes, low)
    declare_stocks(model.munitions, low)
    _declare_commitments(model, conditions, low)
    if len(low.problems) == before and not missing:
        for called, place in model.places.items():
            if _known_place(called, place, model, chart, low):
                _Station(called, place, model, chart, conditions, low).declare()
        declare_lanes(model.lanes, chart, conditions, low)
    if len(low.problems) > before:
        low.unsure |= set(NAMES)
    low.kept[FILE] = _Made(chart, conditions, lines)


def _declare_commitments(model: Model, conditions: Conditions, low: Lowering) -> None:
    for called, item in model.commitments.items():
        low.call(called, item.name)
        at: Path = ("commitments", called)
        for name in item.takes:
            low.known(name, model.classes, "class", FILE, (*at, "takes", name))
        for i, place in enumerate(item.spares):
            low.known(place, model.places, "place", FILE, (*at, "spares", i))
        alone = item.begins is not None and item.lasts is not None
        if (item.during is None) != alone or (item.begins is None) != (item.lasts is None):
            low.report(
                FILE,
                at,
                "does not say when it lasts",
                expected="'during', or both 'begins' and 'lasts'",
                code="one-of",
            )
        variable = f"forces.commitments.{called}"
        low.builder.variable(variable, 0, 1, int(item.called), CALLED)
        conditions.known[f"commitments.{called}"] = Holding(variable, 1, 1, 0, 1)
    for called, force in model.classes.items():
        if force.falls_back is not None:
            path = ("classes", called, "falls_back", "during")
            holding = resolve(force.falls_back.during, low, path)
            if holding is not None:
                conditions.known[f"falls_back.{called}"] = holding


def _known_place(called: str, place: Place, model: Model, chart: Chart, low: Lowering) -> bool:
    low.call(called, place.name)
    at: Path = ("places", called)
    fine = low.known(place.at, chart.ports, "port", FILE, (*at, "at"))
    for i, name in enumerate(place.classes):
        if not low.known(name, model.classes, "class", FILE, (*at, "classes", i)):
            fine = False
        elif model.classes[name].day_run is None:
            what = f"class '{name}' has no day's run and comes to no place"
            low.report(FILE, (*at, "classes", i), what, expected="a class that sails", code="class")
            fine = False
    if called in OWN:
        what = f"no place can be called '{called}', a part of this file"
        low.report(FILE, at, what, expected="another name", code="name")
        fine = False
    return fine


@dataclass(frozen=True)
class _Reach:
    """What a class meets on its way under a set of conditions: the way, and what is taken."""

    way: Way | None
    taken: tuple[str, ...]


class _Station:
    """A place on its way into indices: who is there in time, by the conditions that hold."""

    def __init__(
        self,
        called: str,
        place: Place,
        model: Model,
        chart: Chart,
        conditions: Conditions,
        low: Lowering,
    ) -> None:
        self.called, self.owner, self.place = called, f"forces.{called}", place
        self.model, self.chart, self.conditions, self.low = model, chart, conditions, low
        self.within = low.quantity(f"{self.owner}.within", place.within)
        self.spread = low.quantity(
            f"{self.owner}.spread", place.spread or defaults()["arrival_spread"]
        )
        self.known: dict[tuple[str, int], Formula] = {}

    def declare(self) -> None:
        """Declare what is on station, its change since the as-of date, and whence it comes."""
        builder = self.low.builder
        by_port: dict[str, list[tuple[Formula | float, str]]] = {}
        start: Formula | None = None
        sailing = [name for name, item in self.model.classes.items() if item.day_run is not None]
        for name in self.place.classes or sailing:
            terms, now = self._class(name)
            by_port.setdefault(self.model.classes[name].at, []).extend(terms)
            start = now if start is None or now is None else start + now
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

    def _class(self, name: str) -> tuple[list[tuple[Formula | float, str]], Formula | None]:
        """Return the terms of one class, and what it brings as things stand at the as-of date.

        Each ship in service counts ready * arrives * product of (1 - taken): see `_arrives`.
        """
        item = self.model.classes[name]
        ways = {"": self.chart.detours(item.at, self.place.at)}
        fallback = f"falls_back.{name}"
        if item.falls_back is not None:
            ways[fallback] = self.chart.detours(item.falls_back.to, self.place.at)
        takes = [
            f"commitments.{label}"
            for label, commitment in self.model.commitments.items()
            if name in commitment.takes and self.called not in commitment.spares
        ]
        passages = {passage_key(p) for detours in ways.values() for p in detours.passages}
        keys = [*sorted(passages & set(self.conditions.known)), *takes]
        keys += [fallback] if fallback in self.conditions.known else []
        lost = f"forces.classes.{name}"

        def reach(held: frozenset[str]) -> _Reach:
            shut = frozenset(c.removeprefix("passages.") for c in held)
            way = ways[fallback if fallback in held else ""].given(shut)
            return _Reach(way, tuple(t for t in takes if t in held))

        runs = self.conditions.split(keys, reach)
        now = reach(frozenset(k for k in keys if self.conditions.holds_at_start(k)))
        terms: list[tuple[Formula | float, str]] = []
        start = None
        for number, (found, where) in enumerate(runs.items()):
            assert isinstance(found, _Reach)
            if found.way is None:
                continue  # nothing arrives: there is no way
            weight = self._weight(name, found)
            called = f"{lost}.bound_for.{self.called}.{number}"
            terms.append((weight, self.conditions.times(called, keys, where, in_service(name))))
            if found == now:
                start = weight * float(self.low.builder.variable_named(in_service(name)).start)
        return terms, start

    def _weight(self, name: str, reach: _Reach) -> Formula:
        item, owner, low = self.model.classes[name], f"forces.classes.{name}", self.low
        assert reach.way is not None
        weight = self._arrives(name, reach.way)
        if item.ready is not None:
            weight = weight * low.quantity(f"{owner}.ready", item.ready)
        for taken in reach.taken:
            label = taken.removeprefix("commitments.")
            share = low.quantity(f"forces.{taken}.takes.{name}",
                                 self.model.commitments[label].takes[name])  # fmt: skip
            weight = weight * (1.0 - share)
        return weight

    def _arrives(self, name: str, way: Way) -> Formula:
        """Return the share that is there in time: 1 / (1 + (t / within)^k).

        The time to arrive is log-logistic with median t = notice + distance / day's run, and shape
        k = log 9 / log spread, so that one in ten takes longer than spread times t.
        """
        key = name, len([k for k in self.known if k[0] == name])
        owner, item, low = f"forces.classes.{name}", self.model.classes[name], self.low
        km = leg_sum(way.legs, low)
        assert item.day_run is not None  # no other class is at a place
        days = km / low.quantity(f"{owner}.day_run", item.day_run)
        if item.notice is not None:
            days = days + low.quantity(f"{owner}.notice", item.notice)
        share = 1.0 / (1.0 + (days / self.within) ** (NINE / log(self.spread)))
        self.known[key] = low.derive(f"{self.owner}.arrives.{name}.{key[1]}", share)
        return self.known[key]


def lower(model: Model, low: Lowering) -> None:
    """Lower repairs, closures, commitments, production and use, and offer what they measure."""
    made = low.kept.get(FILE)
    if not isinstance(made, _Made):
        return
    for called, item in model.classes.items():
        if not item.cycle.yards:
            lower_counted(called, item, low)
        elif all(low.builder.has_variable(unit) for unit in units(called, item)):
            Fleet(called, item, model.yards, made.chart, low).lower()
        says = f"in service, {low.named(called)}"
        owner = f"forces.classes.{called}"
        scale = 100.0 / item.count
        low.offer_mean(f"{owner}.available", says, "%", of=in_service(called), scale=scale)
    lower_yards(model.yards, made.lines, low)
    lower_passages(model.passages, low)
    _lower_commitments(model, low)
    lower_stocks(model.munitions, low)
    lower_lanes(model.lanes, low)
    made.conditions.lower()
    for called in model.places:
        _offer_place(called, low)


def _lower_commitments(model: Model, low: Lowering) -> None:
    builder = low.builder
    for called, item in model.commitments.items():
        owner = f"forces.commitments.{called}"
        if item.during is not None:
            holding = resolve(item.during, low, ("commitments", called, "during"))
            if holding is not None:
                over = builder.fixed(f"{owner}.over", 0.0)
                follow(low, owner, owner, [(holding, None)], over)
        elif item.begins is not None and item.lasts is not None:
            rate = low.log_rate(low.quantity(f"{owner}.begins", item.begins))
            clock = builder.exponential(f"{owner}.begins", rate)
            builder.transition(f"{owner}.begins", clock, [set_to(owner, 1)], [when(owner, 0)])
            lasts = low.quantity(f"{owner}.lasts", item.lasts)
            clock = builder.exponential(f"{owner}.ends", -log(lasts))
            builder.transition(f"{owner}.ends", clock, [set_to(owner, 0)], [when(owner, 1)])
        says = f"time called away, {low.named(called)}"
        low.offer_mean(f"{owner}.lasting", says, "% of the time", of=owner, scale=100.0)


def _offer_place(called: str, low: Lowering) -> None:
    owner, where = f"forces.{called}", low.named(called)
    if not low.builder.readable(f"{owner}.on_station"):
        return
    says = f"ships on station in time, {where}"
    low.offer_level(f"{owner}.on_station", says, "ships")
    low.offer_mean(f"{owner}.mean_on_station", says, "ships", of=f"{owner}.on_station")
    if low.builder.readable(f"{owner}.on_station_change"):
        says = f"change of what is on station since the as-of date, {where}"
        low.offer_level(f"{owner}.on_station_change", says, "%", scale=100.0)
    beginning = f"{owner}.from."
    for read in [r for r in low.builder.readables if r.startswith(beginning)]:
        says = f"ships on station in time, {where}, from {low.named(read.removeprefix(beginning))}"
        low.offer_level(read, says, "ships")
