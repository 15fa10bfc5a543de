"""Flashpoints: places where a crisis can begin; calm, tension, crisis, war."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from rimland.notation.base import Entry, Id
from rimland.notation.places import Path
from rimland.notation.quantity import DurationQuantity, RateQuantity, ShareQuantity
from rimland.program.build import set_to, when
from rimland.program.formula import Formula, log
from rimland.vocab.lowering import Driver, Lowering
from rimland.vocab.measure import Measure

FILE = "flashpoints.yaml"
NAMES = ("flashpoints.",)
"""How the names begin that this word declares."""
STATES = ("calm", "tension", "crisis", "war")
CALM, TENSION, CRISIS, WAR = range(4)


class Dispute(Entry):
    """The step from calm to tension."""

    rate: RateQuantity
    """Disputes per year of calm when every driver reads 0."""
    drivers: list[Driver] = Field(default_factory=list)
    """What makes a dispute more or less likely."""


class Tension(Entry):
    """A dispute: it ends, or becomes a crisis."""

    ends: DurationQuantity
    """Mean duration when every driver reads 0."""
    crisis: ShareQuantity
    """Share that become a crisis when every driver reads 0."""
    drivers: list[Driver] = Field(default_factory=list)
    """What makes a crisis more or less likely."""


class Crisis(Entry):
    """A crisis: it ends, or becomes a war."""

    ends: DurationQuantity
    """Mean duration when every driver reads 0."""
    war: ShareQuantity
    """Share that become a war when every driver reads 0."""
    drivers: list[Driver] = Field(default_factory=list)
    """What makes a war more or less likely."""


class War(Entry):
    """A war, which ends in calm."""

    ends: DurationQuantity
    """Mean duration."""


class Flashpoint(Entry):
    """A place where a crisis can begin."""

    name: str | None = None
    """What a reader calls it in tables and charts; its id in words where left out."""
    says: str = ""
    """What is at stake."""
    rival: str
    """Who would start it."""
    defenders: list[str] = Field(min_length=1)
    """Who would answer."""
    state: Literal["calm", "tension", "crisis", "war"] = "calm"
    """State at the as-of date."""
    dispute: Dispute
    """From calm to tension."""
    tension: Tension
    """From tension back to calm, or to crisis."""
    crisis: Crisis
    """From crisis back to calm, or to war."""
    war: War
    """From war back to calm."""


class Model(Entry):
    """The file flashpoints.yaml."""

    flashpoints: dict[Id, Flashpoint] = Field(default_factory=dict)
    """Flashpoints by id."""


def declare(model: Model, low: Lowering) -> None:
    """Declare the state of each flashpoint."""
    for called, item in model.flashpoints.items():
        at: Path = ("flashpoints", called)
        low.call(called, item.name)
        low.known(item.rival, low.actors, "actor", FILE, (*at, "rival"))
        for position, code in enumerate(item.defenders):
            low.known(code, low.actors, "actor", FILE, (*at, "defenders", position))
        low.builder.variable(
            f"flashpoints.{called}.state", CALM, WAR, STATES.index(item.state), STATES
        )


def lower(model: Model, low: Lowering) -> None:
    """Lower the hazards of each step and offer expected counts.

    Two ways out with hazards (1 - p) / mean and p / mean: without drivers the stay lasts `mean`
    on average, and a share p take the second.
    """
    for called, item in model.flashpoints.items():
        owner = f"flashpoints.{called}"
        at: Path = ("flashpoints", called)
        rate = low.log_rate(low.quantity(f"{owner}.dispute.rate", item.dispute.rate))
        path = (*at, "dispute", "drivers")
        terms = low.driver_terms(f"{owner}.dispute", item.dispute.drivers, FILE, path)
        _step(low, owner, "dispute", CALM, TENSION, rate, terms)

        ends = low.quantity(f"{owner}.tension.ends", item.tension.ends)
        share = low.quantity(f"{owner}.tension.crisis", item.tension.crisis)
        path = (*at, "tension", "drivers")
        terms = low.driver_terms(f"{owner}.tension", item.tension.drivers, FILE, path)
        _step(low, owner, "tension.ends", TENSION, CALM, log(1.0 - share) - log(ends), [])
        _step(low, owner, "tension.crisis", TENSION, CRISIS, log(share) - log(ends), terms)

        ends = low.quantity(f"{owner}.crisis.ends", item.crisis.ends)
        share = low.quantity(f"{owner}.crisis.war", item.crisis.war)
        path = (*at, "crisis", "drivers")
        terms = low.driver_terms(f"{owner}.crisis", item.crisis.drivers, FILE, path)
        _step(low, owner, "crisis.ends", CRISIS, CALM, log(1.0 - share) - log(ends), [])
        _step(low, owner, "crisis.war", CRISIS, WAR, log(share) - log(ends), terms)

        ends = low.quantity(f"{owner}.war.ends", item.war.ends)
        _step(low, owner, "war.ends", WAR, CALM, -log(ends), [])
        _offer(called, low)


def _step(
    low: Lowering,
    owner: str,
    label: str,
    before: int,
    after: int,
    log_rate: Formula,
    terms: list[tuple[Formula, str]],
) -> None:
    state = f"{owner}.state"
    clock = low.builder.exponential(f"{owner}.{label}", log_rate, terms)
    low.builder.transition(f"{owner}.{label}", clock, [set_to(state, after)], [when(state, before)])


def _offer(called: str, low: Lowering) -> None:
    """Offer expected counts (integrated hazards, which vary less than counts) and dated odds."""
    owner = f"flashpoints.{called}"
    for plural, step, noun in (
        ("disputes", "dispute", "disputes"),
        ("crises", "tension.crisis", "crises"),
        ("wars", "crisis.war", "wars"),
    ):
        observer = low.builder.observer(
            f"{owner}.{plural}:hazard", "hazard", transition=f"{owner}.{step}"
        )
        low.measure(
            Measure(
                f"{owner}.{plural}",
                f"{noun} to be expected, {low.named(called)}",
                f"{noun} per decade",
                "total",
                (observer,),
                per_years=10,
            )
        )
    counted = low.builder.observer(
        f"{owner}.crises:count", "count", transition=f"{owner}.tension.crisis"
    )
    low.measure(
        Measure(
            f"{owner}.crises_counted",
            f"crises that happened, {low.named(called)}",
            "crises per decade",
            "total",
            (counted,),
            per_years=10,
        )
    )
    state = f"{owner}.state"
    where = low.named(called)
    low.offer_first(f"{owner}.crisis_by", f"a crisis has happened, {where}", state, CRISIS, WAR)
    low.offer_first(f"{owner}.war_by", f"a war has happened, {where}", state, WAR, WAR)
