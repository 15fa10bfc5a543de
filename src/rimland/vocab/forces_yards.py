"""Yards: docks, the line before them, what adds and takes docks, and what repairs cost.

Part of forces.yaml. A yard is a queue, first come first served, before as many servers as it has
docks; ships that are served stay served when docks go away.
"""

from __future__ import annotations

from collections.abc import Mapping

from rimland.program.build import add, set_to, when
from rimland.program.model import Atom, Term
from rimland.vocab.forces_model import Class, Yard
from rimland.vocab.forces_ships import IN_DOCK, WAITING, Timer, level, units
from rimland.vocab.forces_state import FILE, at_once, resolve, titled
from rimland.vocab.lowering import Lowering
from rimland.vocab.measure import Measure
from rimland.vocab.routes import Chart


def declare_yards(yards: Mapping[str, Yard], chart: Chart, low: Lowering) -> None:
    """Declare the docks of each yard."""
    for called, yard in yards.items():
        low.known(yard.at, chart.ports, "port", FILE, ("yards", called, "at"))
        more = sum(max(change.docks, 0) for change in yard.changes)
        fewer = sum(min(change.docks, 0) for change in yard.changes)
        if yard.docks + fewer < 0:
            low.report(
                FILE,
                ("yards", called, "changes"),
                f"{-fewer} docks can be lost of {yard.docks}",
                expected="no more losses than there are docks",
                code="bounds",
            )
        most = max(yard.docks + more, yard.at_most or 0)
        if most == 0:
            low.report(
                FILE,
                ("yards", called, "docks"),
                "has no dock and never gets one",
                expected="at least one dock, or a change that adds one",
                code="bounds",
            )
        docks = f"forces.yards.{called}.docks"
        low.builder.variable(docks, 0, max(most, 1), yard.docks)
        low.marks[docks] = yard.mark


def declare_lines(
    yards: Mapping[str, Yard], classes: Mapping[str, Class], low: Lowering
) -> dict[str, list[str]]:
    """Declare who waits and who is in a dock at each yard; return the units of each line."""
    lines: dict[str, list[str]] = {}
    for position, (called, yard) in enumerate(yards.items()):
        ships = [
            unit
            for name, item in classes.items()
            if called in item.cycle.yards
            for unit in units(name, item)
            if low.builder.has_variable(unit)
        ]
        others = [
            low.builder.variable(f"{_other(called, id_)}.{k}", 0, level(position, IN_DOCK), 0)
            for id_, work in yard.other_work.items()
            for k in range(1, work.at_most + 1)
        ]
        lines[called] = [*ships, *others]
        for label, step, who in (
            ("waiting", WAITING, ships),
            ("in_dock", IN_DOCK, ships),
            ("line", WAITING, lines[called]),
        ):
            at = level(position, step)
            terms = [Term(1, (Atom(unit, at, at),)) for unit in who]
            low.builder.feature(f"forces.yards.{called}.{label}", terms)
    return lines


def _other(yard: str, id_: str) -> str:
    return f"forces.yards.{yard}.other_work.{id_}"


def lower_yards(yards: Mapping[str, Yard], lines: Mapping[str, list[str]], low: Lowering) -> None:
    """Lower the line of each yard, what changes its docks, and its work for others."""
    for position, (called, yard) in enumerate(yards.items()):
        owner = f"forces.yards.{called}"
        _lower_changes(called, yard, low)
        if not lines[called]:
            continue
        at = level(position, WAITING), level(position, IN_DOCK)
        low.builder.queue(f"{owner}.next", lines[called], f"{owner}.docks", *at)
        _lower_others(called, position, yard, low)
        _offer(called, yard, low)


def _lower_changes(called: str, yard: Yard, low: Lowering) -> None:
    docks = f"forces.yards.{called}.docks"
    for i, change in enumerate(yard.changes, start=1):
        holding = resolve(change, low, ("yards", called, "changes", i - 1))
        if holding is None:
            continue
        note = low.builder.variable(f"forces.yards.{called}.change.{i}", 0, 1, 0)
        most = low.builder.variable_named(docks).hi
        for label, on, by in (("begins", 1, change.docks), ("ends", 0, -change.docks)):
            fits = when(docks, max(-by, 0), min(most - by, most))
            effects = [set_to(note, on), add(docks, by)]
            for side, guard in enumerate([holding.on] if on else holding.off):
                owner = f"{note}.{label}.{side}"
                at_once(low, owner, effects, [guard, when(note, 1 - on), fits])


def _lower_others(called: str, position: int, yard: Yard, low: Lowering) -> None:
    """A Poisson stream: the next place in a ring is taken, so that one clock runs at a time.

    An arrival that finds its place of the ring still taken waits outside, which is as rare as
    `at_most` at the yard at once.
    """
    builder = low.builder
    for id_, work in yard.other_work.items():
        owner = _other(called, id_)
        turn = builder.variable(f"{owner}.turn", 1, work.at_most, 1)
        rate = low.log_rate(low.quantity(f"{owner}.arrives", work.arrives))
        arrives = builder.exponential(f"{owner}.arrives", rate)
        takes = Timer(work.takes, f"{owner}.takes", low).clock(owner)
        for k in range(1, work.at_most + 1):
            unit = f"{owner}.{k}"
            effects = [set_to(unit, level(position, WAITING)), set_to(turn, k % work.at_most + 1)]
            builder.transition(f"{unit}.arrives", arrives, effects, [when(turn, k), when(unit, 0)])
            guard = [when(unit, level(position, IN_DOCK))]
            builder.transition(f"{unit}.mended", takes, [set_to(unit, 0)], guard)


def _offer(called: str, yard: Yard, low: Lowering) -> None:
    owner, where, builder = f"forces.yards.{called}", titled(called, yard.name), low.builder
    line = builder.observer(f"{owner}.line:integral", "integral", f"{owner}.line")
    served = builder.observer(f"{owner}.next:count", "count", transition=f"{owner}.next")
    says = f"wait for a dock, work for others as well, {where}"
    low.measure(Measure(f"{owner}.wait", says, "days", "ratio", (line,), (served,)))
    low.offer_mean(f"{owner}.queue", f"ships that wait for a dock, {where}", "ships",
                   of=f"{owner}.waiting")  # fmt: skip
    low.offer_mean(f"{owner}.busy", f"ships in dock, {where}", "ships", of=f"{owner}.in_dock")
    low.offer_level(f"{owner}.docks", f"docks, {where}", "docks")
    says = f"repairs begun, work for others as well, {where}"
    low.measure(
        Measure(f"{owner}.repairs", says, "repairs per year", "total", (served,), per_years=1)
    )
    if yard.cost is None:
        return
    price = builder.index(f"{owner}.price", [], low.quantity(f"{owner}.cost", yard.cost))
    bill = builder.observer(f"{owner}.bill:count", "count", price, transition=f"{owner}.next")
    says, unit = f"cost of repairs, {where}", f"{yard.cost.unit} per year"
    low.measure(Measure(f"{owner}.bill", says, unit, "total", (bill,), per_years=1))


def offer_bill(yards: Mapping[str, Yard], low: Lowering) -> None:
    """Offer the cost of all repairs, where every yard states a price in one currency."""
    bills = [low.measures.get(f"forces.yards.{called}.bill") for called in yards]
    lines = [called for called in yards if f"forces.yards.{called}.wait" in low.measures]
    units = {bill.unit for bill in bills if bill is not None}
    if len(lines) < 2 or len(units) != 1 or len([b for b in bills if b]) < len(lines):
        return
    parts = tuple(o for bill in bills if bill is not None for o in bill.observers)
    low.measure(
        Measure(
            "forces.repair_bill",
            "cost of repairs, all yards",
            units.pop(),
            "total",
            parts,
            per_years=1,
        )
    )
