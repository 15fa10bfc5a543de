"""Ships: who is in service, who is bound for a yard, waits for a dock, or is in one.

Part of forces.yaml. Each ship of a class with a yard is a unit of its own, from service to a yard
and back. A class without a yard is counted: its ships leave service and come back independently
of each other. Aircraft, wagons or batteries are written in the same way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rimland.notation.families import Z90
from rimland.notation.places import Path
from rimland.program.build import add, set_to, when
from rimland.program.formula import Formula, log, num
from rimland.program.model import Atom, Clock, Effect, Interval, Outcome
from rimland.vocab.forces_model import Class, Damage, Eased, Work, Yard
from rimland.vocab.forces_state import FILE, Holding, log_of, resolve
from rimland.vocab.lowering import Lowering
from rimland.vocab.routes import Chart, Leg

FIRST_TOUR, IN_SERVICE = 0, 1
BOUND, WAITING, IN_DOCK, RETURNING = range(4)
STEPS = ("bound_for", "waiting_at", "in", "returning_from")


@dataclass(frozen=True)
class Timer:
    """A duration as formulas, shared by all units of a class."""

    work: Work
    called: str
    low: Lowering

    def clock(
        self, owner: str, part: float = 1.0, speed: Sequence[tuple[Formula, str]] = ()
    ) -> Clock:
        """Return its clock; `part` of it where a cycle is entered midway."""
        builder, low, work = self.low.builder, self.low, self.work
        if work.mean is not None:
            mean = low.quantity(f"{self.called}.mean", work.mean)
            return builder.exponential(owner, -log(mean), speed, "restart")
        if work.exactly is not None:
            days = low.quantity(f"{self.called}.exactly", work.exactly)
            return builder.fixed(owner, days * part if part != 1 else days, speed)
        assert work.median is not None and work.spread is not None  # noqa: PT018
        median = low.quantity(f"{self.called}.median", work.median)
        spread = low.quantity(f"{self.called}.spread", work.spread)
        return builder.lognormal(owner, log(median * part), log(spread) / num(Z90), speed)


def in_service(called: str) -> str:
    """Return the variable that counts the units of a class in service."""
    return f"forces.classes.{called}.in_service"


def declare_classes(
    classes: Mapping[str, Class], yards: Mapping[str, Yard], chart: Chart, low: Lowering
) -> None:
    """Declare how many units of each class are in service, and where each unit is."""
    for called, item in classes.items():
        at: Path = ("classes", called)
        low.known(item.of, low.actors, "actor", FILE, (*at, "of"))
        low.known(item.at, chart.ports, "port", FILE, (*at, "at"))
        if item.falls_back is not None and item.falls_back.to is not None:
            low.known(item.falls_back.to, chart.ports, "port", FILE, (*at, "falls_back", "to"))
        for yard in {**item.cycle.yards, **item.in_yard}:
            key = ("cycle", "yards") if yard in item.cycle.yards else ("in_yard",)
            low.known(yard, yards, "yard", FILE, (*at, *key, yard))
        away = item.out + sum(item.in_yard.values())
        if away > item.count or any(n < 0 for n in item.in_yard.values()):
            what = f"{away} of {item.count} are out of service"
            low.report(FILE, (*at, "count"), what, expected="no more than there are", code="bounds")
            away = 0
        if not _of_one_kind(called, item, low):
            away = 0
        variable = low.builder.variable(in_service(called), 0, item.count, item.count - away)
        low.marks[variable] = item.mark
        if not item.cycle.yards:
            low.builder.variable(f"forces.classes.{called}.out", 0, item.count, away)
        elif not _fits(called, item, all(yard in yards for yard in item.cycle.yards), low):
            continue
        else:
            _declare_units(called, item, list(yards), low)


def _of_one_kind(called: str, item: Class, low: Lowering) -> bool:
    """Return whether all that is said suits a class with yards, or one that is only counted."""
    cycle, damage = item.cycle, item.cycle.damage
    counted = not cycle.yards
    misplaced: list[tuple[Path, bool]] = [
        (("out",), not counted and item.out > 0),
        (("cycle", "takes"), not counted and cycle.takes is not None),
        (("cycle", "eased_by"), not counted and bool(cycle.eased_by)),
        (("in_yard",), counted and bool(item.in_yard)),
        (("cycle", "avoids"), counted and cycle.avoids is not None),
        (("cycle", "damage", "takes"), counted and damage is not None and damage.takes is not None),
    ]
    for path, wrong in misplaced:
        if wrong:
            low.report(
                FILE,
                ("classes", called, *path),
                "is for a class with yards, and this one is only counted"
                if counted
                else "is for a class that is only counted, and this one has yards",
                expected="yards for the class" if counted else "the same said of its yards",
                code="kind",
            )
    return not any(wrong for _, wrong in misplaced)


def _fits(called: str, item: Class, known: bool, low: Lowering) -> bool:
    at: Path = ("classes", called, "cycle", "yards")
    if all(berth.only is not None for berth in item.cycle.yards.values()):
        low.report(
            FILE,
            at,
            "every yard of the class can be closed to it",
            expected="one yard without 'only', where a ship may always go",
            code="gate",
        )
        return False
    for yard in item.in_yard:
        if yard not in item.cycle.yards and known:
            what = f"units are in '{yard}', which does not repair the class"
            path = ("classes", called, "in_yard", yard)
            low.report(FILE, path, what, expected="a yard of its cycle", code="yard")
            return False
    return known


def units(called: str, item: Class) -> list[str]:
    """Return the variables of the units of a class that goes to yards."""
    return [f"forces.classes.{called}.{k}" for k in range(1, item.count + 1)]


def level(position: int, step: int) -> int:
    """Return the level of a unit at the yard of that position, at one of its four steps."""
    return 2 + 4 * position + step


def _declare_units(called: str, item: Class, yards: list[str], low: Lowering) -> None:
    names = ("first_tour", "in_service", *(f"{s}_{y}" for y in yards for s in STEPS))
    away = [yard for yard, n in item.in_yard.items() for _ in range(n)]
    fresh = FIRST_TOUR if item.cycle.interval.mean is None else IN_SERVICE
    for k, unit in enumerate(units(called, item)):
        start = fresh
        if k >= item.count - len(away):
            start = level(yards.index(away[k - item.count + len(away)]), WAITING)
        low.builder.variable(unit, 0, len(names) - 1, start, names)
        if item.cycle.damage is not None:
            low.builder.variable(f"{unit}.damaged", 0, 1, 0, ("no", "yes"))


def lower_counted(called: str, item: Class, low: Lowering) -> None:
    """Lower a class that is only counted: exponential times in service and out of it."""
    builder, owner = low.builder, f"forces.classes.{called}"
    takes, interval = item.cycle.takes, item.cycle.interval
    if takes is None or takes.mean is None or interval.mean is None:
        missing = "takes" if takes is None or takes.mean is None else "interval"
        low.report(
            FILE,
            ("classes", called, "cycle", missing),
            "a class without yards is only counted and needs means",
            expected="'interval' and 'takes', each as a 'mean'",
            mend="or name the yards that repair it",
            code="cycle",
        )
        return
    here, out = in_service(called), f"{owner}.out"
    leave, back = [add(here, -1), add(out, 1)], [add(here, 1), add(out, -1)]
    some = [when(here, 1, item.count), when(out, 0, item.count - 1)]
    gone = [when(out, 1, item.count), when(here, 0, item.count - 1)]
    many = low.quantity(f"{owner}.interval.mean", interval.mean)
    terms: list[tuple[Formula | float, str]] = [(1.0, log_of(low, f"{here}:log", Atom(here)))]
    clock = builder.exponential(f"{owner}.due", -log(many), terms)
    builder.transition(f"{owner}.due", clock, leave, some)
    mean = low.quantity(f"{owner}.takes.mean", takes.mean)
    waiting: list[tuple[Formula | float, str]] = [(1.0, log_of(low, f"{out}:log", Atom(out)))]
    waiting += _eased(f"{owner}.takes", item.cycle.eased_by, ("classes", called, "cycle"), low)
    clock = builder.exponential(f"{owner}.back", -log(mean), waiting)
    builder.transition(f"{owner}.back", clock, back, gone)
    damage = item.cycle.damage
    if damage is None:
        return
    during = resolve(damage.during, low, ("classes", called, "cycle", "damage", "during"))
    if during is not None:
        rate = low.log_rate(low.quantity(f"{owner}.damage.rate", damage.rate))
        clock = builder.exponential(f"{owner}.damaged", rate, terms)
        builder.transition(f"{owner}.damaged", clock, leave, [*some, during.on])


def _eased(
    owner: str, eased_by: Sequence[Eased], path: Path, low: Lowering
) -> list[tuple[Formula, str]]:
    """Return the terms of a speed: a ratio of one half lets work pass twice as fast."""
    speed: list[tuple[Formula, str]] = []
    for i, eased in enumerate(eased_by):
        holding = resolve(eased, low, (*path, "eased_by", i))
        if holding is not None:
            read = low.builder.indicator(holding.variable, holding.lo, holding.hi)
            speed.append((-log(low.quantity(f"{owner}.eased_by.{read}", eased.ratio)), read))
    return speed


class Fleet:
    """A class with yards on its way into transitions."""

    def __init__(
        self, called: str, item: Class, yards: Mapping[str, Yard], chart: Chart, low: Lowering
    ) -> None:
        """Resolve the law, the odds and the times of each yard."""
        self.low, self.item, self.owner = low, item, f"forces.classes.{called}"
        self.here, self.units = in_service(called), units(called, item)
        self.yards = [yard for yard in item.cycle.yards if yard in yards]
        self.position = {yard: list(yards).index(yard) for yard in self.yards}
        self.path: Path = ("classes", called, "cycle")
        self.voyages = {y: self._voyage(y, yards[y].at, chart) for y in self.yards}
        self.odds = {yard: self._odds(yard) for yard in self.yards}

    def _voyage(self, yard: str, port: str, chart: Chart) -> Formula | None:
        """Return the days from the home port to the yard with all passages open, None if none."""
        if port == self.item.at or port not in chart.ports or self.item.at not in chart.ports:
            return None
        way = chart.shortest(self.item.at, port)
        if way is None:
            return None
        if self.item.day_run is None:
            self.low.report(
                FILE,
                (*self.path[:2], "day_run"),
                f"has no day's run, but its yard '{yard}' is in another port",
                expected="'day_run', such as {value: 384 nautical miles, ...}",
                code="missing",
            )
            return None
        run = self.low.quantity(f"{self.owner}.day_run", self.item.day_run)
        km = leg_sum(way.legs, self.low)
        return self.low.derive(f"{self.owner}.days_to.{yard}", km / run)

    def _odds(self, yard: str) -> tuple[Formula, list[tuple[Formula | float, str]]]:
        low, berth = self.low, self.item.cycle.yards[yard]
        base = num(0)
        if berth.share is not None:
            base = log(low.quantity(f"{self.owner}.yards.{yard}.share", berth.share))
        terms: list[tuple[Formula | float, str]] = []
        if berth.only is not None:
            gate = resolve(berth.only, low, (*self.path, "yards", yard, "only"))
            if gate is not None:
                label = f"{self.owner}.yards.{yard}.open"
                terms.append((1.0, log_of(low, f"{label}:log", gate.atom)))
        if self.item.cycle.avoids is not None and len(self.yards) > 1:
            effect = low.quantity(f"{self.owner}.avoids", self.item.cycle.avoids)
            terms.append((effect, f"forces.yards.{yard}.waiting"))
        return base, terms

    @property
    def _some(self) -> Interval:
        return when(self.here, 1, self.item.count)

    @property
    def _room(self) -> Interval:
        return when(self.here, 0, self.item.count - 1)

    def outcomes(self, unit: str, more: Sequence[Effect] = ()) -> list[Outcome]:
        """Return where a unit that is due can go."""
        made: list[Outcome] = []
        for yard in self.yards:
            step = WAITING if self.voyages[yard] is None else BOUND
            effects = [set_to(unit, level(self.position[yard], step)), add(self.here, -1), *more]
            base, terms = self.odds[yard]
            alone = len(self.yards) == 1
            made.append(
                self.low.builder.outcome(
                    self.owner, yard, effects, None if alone else base, () if alone else terms
                )
            )
        return made

    def lower(self) -> None:
        """Lower each unit's way from service to a yard and back."""
        low, builder, cycle = self.low, self.low.builder, self.item.cycle
        interval = Timer(cycle.interval, f"{self.owner}.interval", low)
        due = interval.clock(f"{self.owner}.due")
        afloat = [u for u in self.units if builder.variable_named(u).start <= IN_SERVICE]
        for unit in self.units:
            guard = [when(unit, IN_SERVICE), self._some]
            builder.transition(f"{unit}.due", due, self.outcomes(unit), guard)
            if unit in afloat and cycle.interval.mean is None:
                # Spread evenly over the cycle, as whoever plans repairs sees to it.
                clock = interval.clock(f"{unit}.first", (afloat.index(unit) + 0.5) / len(afloat))
                guard = [when(unit, FIRST_TOUR), self._some]
                builder.transition(f"{unit}.first", clock, self.outcomes(unit), guard)
        for yard in self.yards:
            self._lower_yard(yard)
        if cycle.damage is not None:
            during = resolve(cycle.damage.during, low, (*self.path, "damage", "during"))
            if during is not None:
                self._lower_damage(cycle.damage, during)

    def _lower_yard(self, yard: str) -> None:
        low, builder, berth = self.low, self.low.builder, self.item.cycle.yards[yard]
        owner = f"{self.owner}.yards.{yard}"
        speed = _eased(owner, berth.eased_by, (*self.path, "yards", yard), low)
        timer = Timer(berth.takes, f"{owner}.takes", low)
        damage = self.item.cycle.damage
        shared = timer.clock(owner, speed=speed) if damage is None else None
        days = self.voyages[yard]
        sails = None if days is None else builder.fixed(f"{owner}.voyage", days)
        for unit in self.units:
            at = {step: level(self.position[yard], step) for step in range(4)}
            home = [set_to(unit, IN_SERVICE), add(self.here, 1)]
            clock = shared
            mended: list[Effect] = []
            if damage is not None:
                terms = [*speed]
                if damage.takes is not None:
                    longer = low.quantity(f"{self.owner}.damage.takes", damage.takes)
                    terms.append((-log(longer), f"{unit}.damaged"))
                clock = timer.clock(f"{unit}.mended.{yard}", speed=terms)
                mended = [set_to(f"{unit}.damaged", 0)]
            assert clock is not None
            after = home if sails is None else [set_to(unit, at[RETURNING])]
            name = f"{unit}.mended.{yard}"
            room = [self._room] if sails is None else []
            guard = [when(unit, at[IN_DOCK]), *room]
            builder.transition(name, clock, [*after, *mended], guard)
            if sails is not None:
                there = [set_to(unit, at[WAITING])]
                builder.transition(f"{unit}.sails.{yard}", sails, there, [when(unit, at[BOUND])])
                guard = [when(unit, at[RETURNING]), self._room]
                builder.transition(f"{unit}.returns.{yard}", sails, home, guard)

    def _lower_damage(self, damage: Damage, during: Holding) -> None:
        low, builder = self.low, self.low.builder
        rate = low.log_rate(low.quantity(f"{self.owner}.damage.rate", damage.rate))
        clock = builder.exponential(f"{self.owner}.damaged", rate)
        for unit in self.units:
            guard = [when(unit, FIRST_TOUR, IN_SERVICE), self._some, during.on]
            out = self.outcomes(unit, [set_to(f"{unit}.damaged", 1)])
            builder.transition(f"{unit}.damaged", clock, out, guard)


def leg_sum(legs: Sequence[Leg], low: Lowering) -> Formula:
    """Return the length of legs as a formula over their distances; km."""
    total: Formula = num(0)
    for leg in legs:
        total = total + low.quantity(f"forces.legs.{leg.name}", leg.distance)
    return total
