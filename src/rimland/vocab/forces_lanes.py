"""Passages that open and shut, and lanes through them: how far, how long, and what a detour costs.

Part of forces.yaml. The ways are those of `rimland.vocab.routes`; a lane's length is read from the
passages that are shut at the time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from rimland.notation.base import Entry
from rimland.notation.places import Path
from rimland.notation.quantity import DistanceQuantity, MoneyQuantity, ShareQuantity
from rimland.program.formula import Formula, num
from rimland.program.model import Clock
from rimland.vocab.forces_model import Work
from rimland.vocab.forces_ships import Timer, leg_sum
from rimland.vocab.forces_state import (
    FILE,
    Cause,
    Conditions,
    Holding,
    follow,
    rate_clock,
    resolve,
    titled,
)
from rimland.vocab.lowering import Lowering
from rimland.vocab.routes import KM_PER_NAUTICAL_MILE, LEGS, Chart, Way

STATES = ("open", "shut")


class Passage(Entry):
    """A strait or a channel that legs lead through."""

    name: str | None = None
    """What a reader calls it; its id in words where left out."""
    says: str = ""
    """What should be known of it."""
    state: Literal["open", "shut"] = "open"
    """State at the as-of date."""
    shut_by: list[Cause] = Field(default_factory=list)
    """What shuts it, at once or at a rate; variants may hold it either way."""
    clears: Work | None = None
    """Time until it is open again after the last cause has gone; at once where left out."""


class Lane(Entry):
    """A way by sea between two ports that trade or supplies depend on."""

    name: str | None = None
    """What a reader calls it; its id in words where left out."""
    says: str = ""
    """What goes over it."""
    from_: str = Field(alias="from")
    """Port where it begins."""
    to: str
    """Port where it ends."""
    day_run: DistanceQuantity
    """Distance made good in a day at sea."""
    share: ShareQuantity | None = None
    """Share that it carries of the whole that counts, such as a state's trade or its oil."""
    of: str = ""
    """Of what the share is, in plain words."""
    day_cost: MoneyQuantity | None = None
    """Cost of one day more at sea, for one ship; undeclared where no number exists."""


def passage_key(passage: str) -> str:
    """Return the condition that a passage is shut."""
    return f"passages.{passage}"


def declare_passages(
    passages: Mapping[str, Passage], conditions: Conditions, low: Lowering
) -> None:
    """Declare whether each passage is open; those that only legs name can be held as well."""
    named: set[str] = set()
    for number, leg in enumerate(_rows(low)):
        passage = leg["passage"]
        if passage:
            named.add(passage)
            low.known(passage, passages, "passage", LEGS, (number, "passage"))
    for called, item in passages.items():
        if named and named <= set(passages) and called not in named:
            low.report(
                FILE,
                ("passages", called),
                f"no leg leads through '{called}'",
                expected=f"a leg of {LEGS} that names it",
                code="unused",
            )
        variable = f"forces.passages.{called}"
        low.builder.variable(variable, 0, 1, STATES.index(item.state), STATES)
        conditions.known[passage_key(called)] = Holding(variable, 1, 1, 0, 1)


def _rows(low: Lowering) -> list[Mapping[str, str | None]]:
    return list(low.documents[LEGS].data) if LEGS in low.documents else []


def lower_passages(passages: Mapping[str, Passage], low: Lowering) -> None:
    """Lower what shuts each passage, and offer whether it is shut."""
    for called, item in passages.items():
        owner = f"forces.passages.{called}"
        at: Path = ("passages", called, "shut_by")
        causes: list[tuple[Holding, Clock | None]] = []
        for i, cause in enumerate(item.shut_by):
            holding = resolve(cause, low, (*at, i))
            if holding is not None:
                label = f"{owner}.cause.{i + 1}"
                causes.append((holding, rate_clock(low, label, cause.rate)))
        if causes:
            follow(low, owner, owner, causes, _clears(item, owner, low))
        shut = f"{owner}.shut"
        says = f"time with {titled(called, item.name)} shut"
        low.offer_mean(shut, says, "% of the time", of=owner, scale=100.0)


def _clears(item: Passage, owner: str, low: Lowering) -> Clock:
    called = f"{owner}.clears"
    return (
        low.builder.fixed(called, 0.0)
        if item.clears is None
        else (Timer(item.clears, called, low).clock(called))
    )


Terms = list[tuple[Formula, str]]


def declare_lanes(
    lanes: Mapping[str, Lane], chart: Chart, conditions: Conditions, low: Lowering
) -> None:
    """Declare the length of each lane as the passages stand, its days, its detour and burden.

    Declare also what each passage alone would cost: the sum over lanes of share times detour.
    """
    burden: Terms = []
    exposed: dict[str, Formula] = {}
    for called, item in lanes.items():
        at: Path = ("lanes", called)
        ends = [low.known(item.from_, chart.ports, "port", FILE, (*at, "from")),
                low.known(item.to, chart.ports, "port", FILE, (*at, "to"))]  # fmt: skip
        ways = _ways(called, item, chart, conditions, low) if all(ends) else None
        if ways is None:
            continue
        terms = _declare_lane(called, item, ways, low)
        if item.share is not None:
            share = low.quantity(f"forces.lanes.{called}.share", item.share)
            terms = [(share * detour, read) for detour, read in terms]
            low.builder.index(f"forces.lanes.{called}.burden", terms)
            burden += terms
            for passage, detour in ways.alone.items():
                more = share * detour
                exposed[passage] = exposed[passage] + more if passage in exposed else more
    if burden:
        low.builder.index("forces.lanes.burden", burden)
    for passage, formula in exposed.items():
        low.builder.index(f"forces.passages.{passage}.exposed", [], formula)


@dataclass(frozen=True)
class _Ways:
    """The ways of one lane in km: the open one; each other with the feature that reads 1 while it
    is the shortest; and by passage the detour if that alone is shut.
    """

    shortest: Formula
    others: Terms
    alone: Mapping[str, Formula]


def _ways(
    called: str, item: Lane, chart: Chart, conditions: Conditions, low: Lowering
) -> _Ways | None:
    """Return the ways by what is shut, each a sum of legs; None after reporting what is wrong."""
    owner = f"forces.lanes.{called}"
    detours = chart.detours(item.from_, item.to)
    keys = [passage_key(p) for p in detours.passages if passage_key(p) in conditions.known]
    runs = conditions.split(keys, lambda shut: detours.given(_shut(shut)))
    if item.from_ == item.to:
        what = f"leads from '{item.from_}' to itself"
        low.report(FILE, ("lanes", called, "to"), what, expected="another port", code="pair")
        return None
    if None in runs:
        low.report(
            FILE,
            ("lanes", called),
            f"no way is left from '{item.from_}' to '{item.to}' "
            f"once {', '.join(detours.passages)} are shut",
            expected="a way round, however long",
            mend=f"add the legs that lead round to {LEGS}",
            code="apart",
        )
        return None
    names: dict[object, Formula] = {}
    reads: dict[object, str] = {}
    for number, (way, where) in enumerate(runs.items()):
        assert isinstance(way, Way)
        label = "+".join(way.passages) or "open-water"
        if any(n.of == f"{owner}.over.{label}" for n in names.values()):
            label = f"{label}.{number}"  # another way through the same passages
        names[way] = low.derive(f"{owner}.over.{label}", leg_sum(way.legs, low))
        reads[way] = f"{owner}.while.{label}"
        if way != detours.given(frozenset()):
            conditions.times(reads[way], keys, where, None)
    shortest = names[detours.given(frozenset())]
    others = [(km, reads[way]) for way, km in names.items() if km != shortest]
    alone = {
        passage: names[detours.given(frozenset({passage}))] / shortest - 1.0
        for passage in detours.passages
        if passage_key(passage) in keys
        and detours.given(frozenset({passage})) != detours.given(frozenset())
    }
    return _Ways(shortest, others, alone)


def _declare_lane(called: str, item: Lane, ways: _Ways, low: Lowering) -> Terms:
    """Return the terms of the detour, d / d0 - 1, with d0 the way with all passages open.

    Days are d over the day's run; the extra cost of a voyage is that of the days more.
    """
    owner, builder, start = f"forces.lanes.{called}", low.builder, ways.shortest
    run = low.quantity(f"{owner}.day_run", item.day_run)
    mile = num(KM_PER_NAUTICAL_MILE)
    more = [(km - start, read) for km, read in ways.others]
    builder.index(f"{owner}.distance", [(km / mile, read) for km, read in more], start / mile)
    builder.index(f"{owner}.days", [(km / run, read) for km, read in more], start / run)
    if item.day_cost is not None:
        cost = low.quantity(f"{owner}.day_cost", item.day_cost)
        builder.index(f"{owner}.extra_cost", [(km / run * cost, read) for km, read in more])
    detour = [(km / start, read) for km, read in more]
    builder.index(f"{owner}.detour", detour)
    return detour


def _shut(conditions: frozenset[str]) -> frozenset[str]:
    return frozenset(c.removeprefix("passages.") for c in conditions)


def lower_lanes(lanes: Mapping[str, Lane], passages: Mapping[str, Passage], low: Lowering) -> None:
    """Offer the length of each lane, its days, and what its detours cost."""
    names = {called: item.name for called, item in passages.items()}
    for called, item in lanes.items():
        owner, what, readable = (
            f"forces.lanes.{called}",
            titled(called, item.name),
            low.builder.readable,
        )
        if not readable(f"{owner}.distance"):
            continue
        low.offer_level(f"{owner}.distance", f"way by sea, {what}", "nautical miles")
        low.offer_level(f"{owner}.days", f"days at sea, {what}", "days")
        low.offer_mean(f"{owner}.mean_days", f"days at sea, {what}", "days", of=f"{owner}.days")
        says = f"detour against the open way, {what}"
        low.offer_mean(f"{owner}.detour", says, "%", scale=100.0)
        if readable(f"{owner}.burden"):
            whole = item.of or "the whole"
            says = f"share of {whole} on the lane times its detour, {what}"
            low.offer_mean(f"{owner}.burden", says, "% points", scale=100.0)
        if readable(f"{owner}.extra_cost") and item.day_cost is not None:
            says = f"cost of the detour for one voyage, {what}"
            low.offer_mean(f"{owner}.extra_cost", says, item.day_cost.unit)
    for read in [
        r
        for r in low.builder.readables
        if r.endswith(".exposed") and r.startswith("forces.passages.")
    ]:
        passage = read.split(".")[2]
        says = f"share times detour that {titled(passage, names.get(passage))} alone would cost"
        low.offer_level(read, says, "% points", scale=100.0)
    if low.builder.readable("forces.lanes.burden"):
        says = "share times detour, all lanes together"
        low.offer_mean("forces.lanes.burden", says, "% points", scale=100.0)
