"""The arrows behind an answer: the ways in the influence graph from a cause to a measure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from rimland.program.layers import Reads
from rimland.program.model import start_of_service
from rimland.study.phrases import phrase, thing

if TYPE_CHECKING:
    from rimland.program.formula import Formula
    from rimland.program.model import (
        Observer,
        Outcome,
        Program,
        Switch,
        Transition,
        Variable,
        Weighted,
    )

Named = Callable[[str], str]

MEASURE = "the measure"
LONGER = 2
"""Ways are followed that have at most so many arrows more than the shortest."""
MOST = 60
"""Ways kept of one cause."""


@dataclass(frozen=True)
class Arrow:
    """One arrow: the variable `before` acts on `after` through a transition.

    how      guard: `before` has to stand between `levels` for the transition to go on;
             speed: it changes the pace of the transition; outcome: it changes how that comes out;
             read: the measure reads it
    after    a variable that the transition moves, or the measure
    via      the index between `before` and what reads it; None where it is read as it is
    weights  the parameters on the arrow; empty for a guard
    timing   the parameters of the transition's own clock and odds
    """

    before: str
    how: str
    through: str | None
    after: str
    levels: tuple[str, ...] = ()
    via: str | None = None
    weights: tuple[str, ...] = ()
    timing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Way:
    """Arrows from a cause (a variable, or a number) to the measure.

    `first` is the transition or the index that a number acts on by itself.
    """

    cause: str
    arrows: tuple[Arrow, ...]
    first: str | None = None

    @property
    def through(self) -> tuple[str | None, ...]:
        """The transitions in their order, each once where it comes twice in a row."""
        return tuple(name for name, _ in groupby(a.through for a in self.arrows))

    @property
    def weights(self) -> tuple[str, ...]:
        """The parameters on the arrows."""
        return tuple(dict.fromkeys(p for a in self.arrows for p in a.weights))

    @property
    def timing(self) -> tuple[str, ...]:
        """The parameters of the clocks and odds of the transitions on the way."""
        return tuple(dict.fromkeys(p for a in self.arrows for p in a.timing))

    @property
    def parameters(self) -> tuple[str, ...]:
        """All parameters on the way, those on the arrows first."""
        return tuple(dict.fromkeys((*self.weights, *self.timing)))


class Arrows:
    """The arrows of a program towards some observers."""

    def __init__(
        self,
        program: Program,
        observers: Iterable[Observer],
        blocked: frozenset[str] = frozenset(),
    ) -> None:
        """Collect the arrows; nothing passes through the variables in `blocked`."""
        self.program, self.observers, self.blocked = program, tuple(observers), blocked
        self._variables = {v.name: v for v in program.variables}
        self._features = {f.name: f for f in program.features}
        self._reads = Reads(program)
        self._indices = {i.name: i for i in program.indices}
        queues = tuple(start_of_service(q) for q in program.queues)
        self._transitions = {t.name: t for t in (*program.transitions, *queues)}
        self._leaving: dict[str, list[Arrow]] = {}
        for transition in self._transitions.values():
            for arrow in self._of(transition):
                self._leaving.setdefault(arrow.before, []).append(arrow)
        for observer in self.observers:
            if observer.of is not None:
                for name, via, weights in self._read(observer.of):
                    arrow = Arrow(name, "read", observer.transition, MEASURE, (), via, weights)
                    self._leaving.setdefault(name, []).append(arrow)
        self._far = self._distances()

    def shortest(self, cause: str) -> Way | None:
        """Return the way with the fewest arrows from a variable to the measure, or None."""
        return next(self.ways(cause), None)

    def ways(self, cause: str) -> Iterator[Way]:
        """Yield ways from a variable to the measure, the shortest first; see LONGER and MOST.

        Of ways through the same transitions in the same order only the shortest.
        """
        far = self._far
        if cause not in far:
            return
        most = far[cause] + LONGER
        todo: deque[tuple[Arrow, ...]] = deque([()])
        found: set[tuple[str | None, ...]] = set()
        while todo and len(found) < MOST:
            so_far = todo.popleft()
            at = so_far[-1].after if so_far else cause
            been = {cause, *(a.after for a in so_far)}
            for arrow in self._leaving.get(at, ()):
                if arrow.after == MEASURE:
                    way = Way(cause, (*so_far, arrow))
                    if way.through not in found:
                        found.add(way.through)
                        yield way
                elif (
                    arrow.after in far
                    and arrow.after not in been | self.blocked
                    and len(so_far) + 1 + far[arrow.after] <= most
                ):
                    todo.append((*so_far, arrow))

    def of_number(self, name: str, derived: Mapping[str, Formula]) -> Way | None:
        """Return the shortest way from where a number acts to the measure, or None."""
        mine = {p.name for p in self.program.parameters if name in behind(p.formula, derived)}
        best: Way | None = None
        for first, variables, final in self._acting(mine):
            if final:
                return Way(name, (), first)
            for variable in variables:
                if variable in self.blocked:
                    continue
                way = self.shortest(variable)
                if way and (best is None or len(way.arrows) < len(best.arrows)):
                    best = Way(name, way.arrows, first)
        return best

    def _acting(self, parameters: set[str]) -> Iterator[tuple[str, tuple[str, ...], bool]]:
        """Yield what reads any of the parameters, what that moves, and whether it is measured."""
        counted = {o.transition for o in self.observers} | {o.of for o in self.observers}
        indices = {
            i.name
            for i in self.program.indices
            if i.constant in parameters or any(t.parameter in parameters for t in i.terms)
        }
        for name in indices & counted:
            yield str(name), (), True
        for t in self._transitions.values():
            terms = [*t.clock.terms, *(x for o in t.outcomes for x in o.terms)]
            reads = {p for p in (t.clock.base, *(o.base for o in t.outcomes)) if p is not None}
            reads |= {*t.clock.parameters, *(term.parameter for term in terms)}
            if parameters & reads or indices & {term.of for term in terms}:
                yield t.name, _moved(t), t.name in counted

    def _distances(self) -> dict[str, int]:
        """Return how many arrows each variable is from the measure, by breadth-first search."""
        entering: dict[str, set[str]] = {}
        for before, arrows in self._leaving.items():
            for arrow in arrows:
                entering.setdefault(arrow.after, set()).add(before)
        found: dict[str, int] = {MEASURE: 0}
        todo = deque([MEASURE])
        while todo:
            at = todo.popleft()
            if at in self.blocked:
                continue
            for before in sorted(entering.get(at, ())):
                if before not in found:
                    found[before] = found[at] + 1
                    todo.append(before)
        return found

    def _of(self, t: Transition) -> Iterator[Arrow]:
        """Yield the arrows through a transition, and to the measure where it is counted."""
        moved = _moved(t)
        own = tuple(p for p in (*t.clock.parameters, t.clock.base) if p is not None)
        for to in (*moved, *self._counted(t)):
            bases = tuple(
                o.base
                for o in t.outcomes
                if o.base is not None and (to == MEASURE or _moves(o, to))
            )
            timing = (*own, *bases)
            for interval in t.guard:
                levels = _levels(self._variables[interval.variable], interval.lo, interval.hi)
                yield Arrow(interval.variable, "guard", t.name, to, levels, timing=timing)
            for terms, how in (
                (t.clock.terms, "speed"),
                (tuple(x for o in t.outcomes for x in o.terms), "outcome"),
            ):
                for name, via, weights in self._weighted(terms):
                    yield Arrow(name, how, t.name, to, (), via, weights, timing)

    def _counted(self, t: Transition) -> tuple[str, ...]:
        return (MEASURE,) if any(o.transition == t.name for o in self.observers) else ()

    def _weighted(
        self, terms: Iterable[Weighted], via: str | None = None
    ) -> Iterator[tuple[str, str | None, tuple[str, ...]]]:
        """Yield each variable that terms read, the index between, and the parameters on it."""
        found: dict[tuple[str, str | None], dict[str, None]] = {}
        for term in terms:
            for name, index, inner in self._read(term.of):
                key = name, index or via
                found.setdefault(key, {}).update(dict.fromkeys((*inner, term.parameter)))
        for (name, index), parameters in found.items():
            yield name, index, tuple(parameters)

    def _read(self, name: str) -> Iterator[tuple[str, str | None, tuple[str, ...]]]:
        if name in self._variables:
            yield name, None, ()
        elif name in self._features:
            for variable in dict.fromkeys(self._reads.variables(self._features[name])):
                yield variable, None, ()
        elif name in self._indices:
            yield from self._weighted(self._indices[name].terms, name)


def switched(a: Switch, b: Switch) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return what differs between two switches, and what both hold at one level from the start."""
    holds = [{h.variable: (h.level, h.from_day) for h in s.holds} for s in (a, b)]
    starts = [dict(s.starts) for s in (a, b)]
    names = dict.fromkeys([*holds[0], *holds[1], *starts[0], *starts[1]])
    differing = tuple(
        n
        for n in names
        if holds[0].get(n) != holds[1].get(n) or starts[0].get(n) != starts[1].get(n)
    )
    same = {n for n, held in holds[0].items() if holds[1].get(n) == held and held[1] == 0}
    return differing, frozenset(same)


def behind(formula: Formula, derived: Mapping[str, Formula]) -> set[str]:
    """Return the numbers that a formula follows from, derived values taken apart."""
    todo, found = list(formula.names()), set()
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            if name in derived:
                todo += derived[name].names()
    return found


def told(way: Way, measure: str, named: Named) -> list[str]:
    """Return the way as a chain of lines, from the cause down to what `measure` says of itself."""
    lines = []
    if way.first is not None:
        lines += [phrase(way.cause, named), f"which is a number of: {thing(way.first, named)}"]
        if not way.arrows:
            return [*lines, f"which is measured: {measure}"]
        lines.append(f"which moves {thing(way.arrows[0].before, named)}")
    else:
        lines.append(thing(way.cause, named))
    for arrow in way.arrows:
        said = _acts(arrow, named)
        lines += [said] if said else []
        end = arrow.after == MEASURE
        lines.append(
            f"which counts: {measure}" if end else f"which moves {thing(arrow.after, named)}"
        )
    return lines


def _acts(arrow: Arrow, named: Named) -> str:
    through = thing(arrow.through, named) if arrow.through else ""
    part = f"which is part of {thing(arrow.via, named)} and" if arrow.via else "which"
    if arrow.how == "guard":
        must = " or ".join(level.replace("_", " ") for level in arrow.levels)
        return f"which has to be {must} for: {through}"
    if arrow.how == "speed":
        return f"{part} changes the pace of: {through}"
    if arrow.how == "outcome":
        return f"{part} changes the odds of: {through}"
    at = f" at: {through}" if through else ""
    return f"{part} is read{at}" if at or arrow.via else ""


def arrow_json(arrow: Arrow) -> dict[str, Any]:
    """Return an arrow as plain values; `to` is null where it ends in the measure."""
    return {
        "from": arrow.before,
        "how": arrow.how,
        "levels": list(arrow.levels),
        "through": arrow.through,
        "by_way_of": arrow.via,
        "to": None if arrow.after == MEASURE else arrow.after,
    }


def _moved(t: Transition) -> tuple[str, ...]:
    return tuple(dict.fromkeys(e.variable for o in t.outcomes for e in o.effects))


def _moves(outcome: Outcome, variable: str) -> bool:
    return any(e.variable == variable for e in outcome.effects)


def _levels(variable: Variable, lo: int, hi: int) -> tuple[str, ...]:
    lo, hi = max(lo, variable.lo), min(hi, variable.hi)
    if variable.levels:
        return variable.levels[lo - variable.lo : hi - variable.lo + 1]
    return (str(lo),) if lo == hi else (f"{lo} to {hi}",)
