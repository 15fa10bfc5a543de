"""What should be on station as things stand: the expectation of each cycle, ship by ship left out.

Part of forces.yaml. Who is on station follows every ship through its yard, which is dear to carry
along wherever force is read. In the long run a ship is in service for I / (I + W) of its time, with
I its mean time in service and W its mean time away, whatever the two distributions are (the
renewal-reward theorem: Ross 1996, Stochastic Processes, 3.6). The law of repairs, what eases the
work, what is called away and which passages are shut then move a handful of numbers, and no ship.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from rimland.notation.families import Z90
from rimland.notation.places import Path
from rimland.program.formula import Formula, exp, log, num
from rimland.vocab.forces_model import Class, Eased, Work, Yard
from rimland.vocab.forces_ships import leg_sum
from rimland.vocab.forces_state import Conditions, Holding, While, resolve
from rimland.vocab.forces_station import Reach, Station
from rimland.vocab.lowering import Lowering
from rimland.vocab.routes import Chart

Terms = list[tuple[Formula, str]]


@dataclass(frozen=True)
class _Away:
    """What takes a unit out of service: work that may be eased, the voyage, the odds, the law."""

    work: Formula
    voyage: Formula
    share: Formula
    gate: str | None
    eased: tuple[tuple[str, Formula], ...]


class Expected:
    """A class: the share of its time in which a unit should be in service, by what holds.

    Left out: the wait for a dock, the avoidance of a full yard, and damage. These move what is on
    station and not what is expected.
    """

    def __init__(
        self,
        called: str,
        item: Class,
        yards: Mapping[str, Yard],
        chart: Chart,
        conditions: Conditions,
        low: Lowering,
    ) -> None:
        """Resolve what eases the work and which yards the law may open."""
        self.owner, self.item, self.low = f"forces.classes.{called}", item, low
        self.path: Path = ("classes", called, "cycle")
        self.conditions = conditions
        self.keys: set[str] = set()
        self.interval = self._mean(item.cycle.interval, "interval")
        cycle = item.cycle
        self.away: list[_Away] = []
        if cycle.takes is not None and not cycle.yards:
            eased = self._eased(f"{self.owner}.takes", cycle.eased_by, self.path)
            work = self._mean(cycle.takes, "takes")
            self.away.append(_Away(work, num(0), num(1), None, eased))
        for yard, berth in cycle.yards.items():
            path = (*self.path, "yards", yard)
            owner = f"{self.owner}.yards.{yard}"
            work = self._mean(berth.takes, f"yards.{yard}.takes")
            voyage = self._voyage(yards[yard].at, chart) * 2.0
            share = num(1)
            if berth.share is not None:
                share = low.quantity(f"{owner}.share", berth.share)
            gate = None if berth.only is None else self._key(berth.only, (*path, "only"))
            eased = self._eased(owner, berth.eased_by, path)
            self.away.append(_Away(work, voyage, share, gate, eased))

    def _mean(self, work: Work, label: str) -> Formula:
        low, called = self.low, f"{self.owner}.{label}"
        if work.mean is not None:
            return low.quantity(f"{called}.mean", work.mean)
        if work.exactly is not None:
            return low.quantity(f"{called}.exactly", work.exactly)
        assert work.median is not None and work.spread is not None  # noqa: PT018
        sigma = log(low.quantity(f"{called}.spread", work.spread)) / num(Z90)
        return low.quantity(f"{called}.median", work.median) * exp(sigma**2 / 2.0)

    def _voyage(self, port: str, chart: Chart) -> Formula:
        way = None if port == self.item.at else chart.shortest(self.item.at, port)
        if way is None or self.item.day_run is None:
            return num(0)
        run = self.low.quantity(f"{self.owner}.day_run", self.item.day_run)
        return leg_sum(way.legs, self.low) / run

    def _key(self, item: While, path: Path) -> str | None:
        """Return the condition's name among all conditions; two that read the same are one."""
        holding = resolve(item, self.low, path)
        if holding is None:
            return None
        key = _called(holding)
        self.conditions.known[key] = holding
        self.keys.add(key)
        return key

    def _eased(
        self, owner: str, eased_by: Sequence[Eased], path: Path
    ) -> tuple[tuple[str, Formula], ...]:
        out: list[tuple[str, Formula]] = []
        for i, eased in enumerate(eased_by):
            key = self._key(eased, (*path, "eased_by", i))
            if key is not None:
                held = self.conditions.known[key]
                read = self.low.builder.indicator(held.variable, held.lo, held.hi)
                ratio = self.low.quantity(f"{owner}.eased_by.{read}", eased.ratio)
                out.append((key, ratio))
        return tuple(out)

    @property
    def at_start(self) -> frozenset[str]:
        """The conditions on its yards that hold at the as-of date."""
        return frozenset(k for k in self.keys if self.conditions.holds_at_start(k))

    def share(self, held: frozenset[str]) -> Formula:
        """Return I / (I + W) while exactly these conditions hold."""
        total, weights = num(0), num(0)
        for away in self.away:
            if away.gate is not None and away.gate not in held:
                continue
            work = away.work
            for key, ratio in away.eased:
                work = work * ratio if key in held else work
            total = total + away.share * (work + away.voyage)
            weights = weights + away.share
        return self.interval / (self.interval + total / weights)

    def declare_change(self) -> None:
        """Declare how far the share of its time in service has moved since the as-of date."""
        start = self.low.derive(f"{self.owner}.expected_at_start", self.share(self.at_start))
        runs = self.conditions.split(self.keys, lambda held: held & self.keys)
        terms: Terms = []
        for number, (held, where) in enumerate(runs.items()):
            assert isinstance(held, frozenset)
            if held == self.at_start:
                continue
            called = f"{self.owner}.expected_if.{number}"
            read = self.conditions.times(called, self.keys, where, None)
            terms.append((self.share(held) / start - 1.0, read))
        if terms:
            _sum(f"{self.owner}.expected_change", terms, self.low)


def _sum(called: str, terms: Terms, low: Lowering) -> None:
    low.builder.index(called, terms)
    low.sums[called] = terms


def _called(holding: Holding) -> str:
    return f"while.{holding.variable}.{holding.lo}-{holding.hi}"


def declare_expected(stations: Sequence[Station], expected: Mapping[str, Expected]) -> None:
    """Declare how far what is expected of each class, and at each place, has moved since then."""
    for item in expected.values():
        item.declare_change()
    for station in stations:
        if all(name in expected for name in station.sailing):
            _Place(station, expected).declare()


@dataclass(frozen=True)
class _Met:
    """What a class meets under a set of conditions: on its way, and in its yards.

    While a home port is lost that any class of the place falls back from, each counts as at the
    as-of date: what is lost with a base is said where a force rests on it, and is not told twice.
    """

    reach: Reach
    yards: frozenset[str]


@dataclass(frozen=True)
class _Place:
    """What should be at a place: the sum over classes of what each brings under what it meets."""

    station: Station
    expected: Mapping[str, Expected]

    def declare(self) -> None:
        """Declare the sum over the same at the as-of date, less 1: 0 at that date in every draw."""
        low, owner = self.station.low, self.station.owner
        usual = {name: self._brings(name, self._now(name)) for name in self.station.sailing}
        start = num(0)
        for brought in usual.values():
            start = start + brought
        base = low.derive(f"{owner}.expected_at_start", start)
        terms: Terms = []
        for name in self.station.sailing:
            met = self.station.conditions.split(self._keys(name), partial(self._met, name))
            for number, (found, where) in enumerate(met.items()):
                if found == self._now(name):
                    continue
                assert isinstance(found, _Met)
                called = f"{owner}.expected_if.{name}.{number}"
                read = self.station.conditions.times(called, self._keys(name), where, None)
                terms.append(((self._brings(name, found) - usual[name]) / base, read))
        _sum(f"{owner}.expected_change", terms, low)

    def _keys(self, name: str) -> list[str]:
        return sorted({*self.station.keys(name), *self.expected[name].keys, *self._bases()})

    def _bases(self) -> set[str]:
        """Return the conditions under which a class of the place cannot use its home port."""
        known = self.station.conditions.known
        lost = [known[k] for n in self.station.sailing if (k := f"falls_back.{n}") in known]
        for holding in lost:
            known.setdefault(_called(holding), holding)
        return {_called(holding) for holding in lost}

    def _met(self, name: str, held: frozenset[str]) -> _Met:
        if held & self._bases() and held != self._held(name):
            return self._now(name)
        reach = self.station.reach(name, held)
        return _Met(reach, held & self.expected[name].keys)

    def _now(self, name: str) -> _Met:
        return self._met(name, self._held(name))

    def _held(self, name: str) -> frozenset[str]:
        conditions = self.station.conditions
        return frozenset(k for k in self._keys(name) if conditions.holds_at_start(k))

    def _brings(self, name: str, met: _Met) -> Formula:
        """Return units times the share in service times the share of those that come in time."""
        if met.reach.way is None:
            return num(0)
        item = self.expected[name]
        return self.station.weight(name, met.reach) * item.share(met.yards) * item.item.count
