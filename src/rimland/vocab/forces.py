"""Forces: ships and yards, passages and lanes, munitions; and what is on station, and when.

What can be at a place within so many days follows from who is in service, from the way there with
passages open or shut, and from what is called away elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import Field

from rimland.notation.base import Entry, Id
from rimland.notation.places import Path
from rimland.program.build import set_to, when
from rimland.program.formula import log
from rimland.vocab.forces_expected import Expected, declare_expected
from rimland.vocab.forces_lanes import (
    Lane,
    Passage,
    declare_lanes,
    declare_passages,
    lower_lanes,
    lower_passages,
)
from rimland.vocab.forces_model import Class, Yard
from rimland.vocab.forces_ships import (
    Fleet,
    declare_classes,
    in_service,
    lower_counted,
    units,
)
from rimland.vocab.forces_state import FILE, Conditions, Holding, follow, resolve, titled
from rimland.vocab.forces_station import Commitment, Place, Station, known_place, offer_place
from rimland.vocab.forces_stocks import Munition, declare_stocks, lower_stocks
from rimland.vocab.forces_yards import declare_lines, declare_yards, lower_yards, offer_bill
from rimland.vocab.lowering import Lowering
from rimland.vocab.routes import TABLES, Chart, read_chart

NAMES = ("forces.",)
"""How the names begin that this word declares."""
CALLED = ("free", "called")


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
    if any(p.place is not None and p.place.file == FILE for p in low.problems):
        # What could not be read of this file was told; whoever names it is not told again.
        low.unsure |= {"passages.", "yards.", "classs.", "places."}
    chart, conditions = read_chart(low.documents, low), Conditions(low)
    _name(model, low)
    declare_passages(model.passages, conditions, low)
    declare_yards(model.yards, chart, low)
    declare_classes(model.classes, model.yards, chart, low)
    lines = declare_lines(model.yards, model.classes, low)
    declare_stocks(model.munitions, low)
    _declare_commitments(model, conditions, low)
    if len(low.problems) == before and not missing:
        stations: list[Station] = []
        for called, place in model.places.items():
            if known_place(called, place, model.classes, chart, low):
                parts = model.classes, model.commitments, chart, conditions, low
                stations.append(Station(called, place, *parts))
                stations[-1].declare()
        expected = {
            called: Expected(called, item, model.yards, chart, conditions, low)
            for called, item in model.classes.items()
            if (item.cycle.yards or item.cycle.takes) and set(item.cycle.yards) <= set(model.yards)
        }
        declare_expected(stations, expected)
        declare_lanes(model.lanes, chart, conditions, low)
    if len(low.problems) > before:
        low.unsure |= set(NAMES)
    low.kept[FILE] = _Made(chart, conditions, lines)


def _name(model: Model, low: Lowering) -> None:
    """Note what a reader calls each thing, where no other word has given its id a name."""
    things = (model.passages, model.yards, model.classes, model.lanes, model.munitions)
    for group in (*things, model.places, model.commitments):
        for called, item in group.items():
            if item.name:
                low.names.setdefault(called, item.name)


def _declare_commitments(model: Model, conditions: Conditions, low: Lowering) -> None:
    for called, item in model.commitments.items():
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
        says = f"in service, {titled(called, item.name)}"
        owner = f"forces.classes.{called}"
        scale = 100.0 / item.count
        low.offer_mean(f"{owner}.available", says, "%", of=in_service(called), scale=scale)
    lower_yards(model.yards, made.lines, low)
    offer_bill(model.yards, low)
    lower_passages(model.passages, low)
    _lower_commitments(model, low)
    lower_stocks(model.munitions, low)
    lower_lanes(model.lanes, model.passages, low)
    made.conditions.lower()
    for called, place in model.places.items():
        offer_place(called, place, made.chart, low)


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
        says = f"time called away, {titled(called, item.name)}"
        low.offer_mean(f"{owner}.lasting", says, "% of the time", of=owner, scale=100.0)
