"""Two worlds of one program, with a switch and without: what is fixed about them before running.

Where each begins and what is held in it from when on; which levels a variable can still come to;
which clocks can ring once only; and which variables have to be looked at together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rimland.findings.signs_forms import Forms, View
from rimland.findings.signs_ranges import Range
from rimland.program.model import Effect, Interval, Program, Switch, Transition

WITH, WITHOUT = 0, 1
WORLDS = (WITH, WITHOUT)
Kind = Literal["instant", "calendar", "memoryless", "duration"]


@dataclass(frozen=True)
class Phase:
    """A stretch of time: what is held in each world, and what jumps when it begins."""

    held: tuple[frozenset[str], frozenset[str]]
    jumps: tuple[Mapping[str, int], Mapping[str, int]]


@dataclass(frozen=True)
class Ghost:
    """A variable that only the proof knows.

    fate    which outcome a transition that happens at most once will have: drawn at the start
    fired   whether such a transition has happened (and come out as `outcome`, if given)
    hit     whether `variable` has been in [lo, hi]
    """

    name: str
    kind: Literal["fate", "fired", "hit"]
    of: str
    outcome: str | None = None
    lo: int = 0
    hi: int = 0


class Worlds:
    """A program under two switches."""

    def __init__(
        self,
        program: Program,
        ranges: Mapping[str, Range],
        switches: tuple[Switch, Switch],
    ) -> None:
        """Work out what is fixed about `program` under (with, without)."""
        self.program = program
        self.ranges = ranges
        self.forms = Forms(program, ranges)
        self.variables = {v.name: v for v in program.variables}
        self.transitions = {t.name: t for t in program.transitions}
        self.phases = _phases(switches)
        self.starts = tuple(self._start(switch) for switch in switches)
        self.ever_held = tuple(frozenset(h.variable for h in s.holds) for s in switches)
        self.guards = {t.name: guard_of(t) for t in program.transitions}
        movers: dict[str, list[Transition]] = {v: [] for v in self.variables}
        for t in program.transitions:
            for v in moved(t):
                movers[v].append(t)
        self._moves = {
            (v, w): self._moves_of(v, w, movers[v]) for v in self.variables for w in WORLDS
        }
        self._reach: dict[tuple[str, int, int], frozenset[int]] = {}
        self.kinds = {t.name: self._kind(t) for t in program.transitions}
        self.touched = self._touched()
        instant = [t for t in program.transitions if not self.continuous(t)]
        self.instant_movers = {
            v: {t.name for t in instant if v in moved(t)} for v in self.variables
        }
        self.once = {t.name: all(self._once(t, w) for w in WORLDS) for t in program.transitions}
        self.fates = self._fates()

    def _start(self, switch: Switch) -> dict[str, int]:
        levels = {v.name: v.start for v in self.program.variables} | dict(switch.starts)
        held = sorted(switch.holds, key=lambda hold: hold.from_day)
        return levels | {h.variable: h.level for h in held if h.from_day <= 0}

    def _kind(self, transition: Transition) -> Kind:
        clock = transition.clock
        if clock.kind == "calendar":
            return "calendar"
        if clock.kind == "exponential":
            return "memoryless"
        if clock.kind == "fixed" and self.ranges[clock.parameters[0]] == (0.0, 0.0):
            items = self.forms.items(clock.terms)
            if not any(item.odd for item in items):  # else its speed might be 0
                return "instant"
        return "duration"

    def continuous(self, transition: Transition) -> bool:
        """Return whether a transition never happens at the very moment of another."""
        clock = transition.clock
        if clock.kind == "lognormal":
            return self.ranges[clock.parameters[1]][0] > 0
        return clock.kind in ("exponential", "weibull", "gamma")

    # --- levels to come --------------------------------------------------------------------

    def _moves_of(
        self, variable: str, world: int, movers: Iterable[Transition]
    ) -> Mapping[int, frozenset[int]]:
        """Return the levels that follow each level in one step; `movers` have an effect on it."""
        bounds = self.variables[variable]
        out: dict[int, set[int]] = {a: set() for a in range(bounds.lo, bounds.hi + 1)}
        if variable not in self.phases[0].held[world]:
            for transition in movers:
                lo, hi = self.guards[transition.name].get(variable, (bounds.lo, bounds.hi))
                for outcome in transition.outcomes:
                    effects = [e for e in outcome.effects if e.variable == variable]
                    for a in range(max(lo, bounds.lo), min(hi, bounds.hi) + 1):
                        b = after(a, effects)
                        if effects and bounds.lo <= b <= bounds.hi:
                            out[a].add(b)
        for phase in self.phases[1:]:
            if variable in phase.jumps[world]:
                for follows in out.values():
                    follows.add(phase.jumps[world][variable])
        return {a: frozenset(b) for a, b in out.items()}

    def still(self, variable: str, world: int) -> bool:
        """Return whether a variable stays where it starts."""
        at = self.starts[world][variable]
        return self._moves[variable, world][at] <= {at}

    def reachable(self, variable: str, world: int, level: int) -> frozenset[int]:
        """Return the levels that a variable can come to from `level`, itself included."""
        key = (variable, world, level)
        if key not in self._reach:
            found, todo = {level}, [level]
            while todo:
                new = self._moves[variable, world][todo.pop()] - found
                found |= new
                todo += new
            self._reach[key] = frozenset(found)
        return self._reach[key]

    def gone(self, variable: str, world: int, level: int, lo: int, hi: int) -> bool:
        """Return whether a variable at `level` is outside [lo, hi] for good."""
        return not any(lo <= x <= hi for x in self.reachable(variable, world, level))

    def _once(self, transition: Transition, world: int) -> bool:
        """Return whether a transition happens at most once: what it does ends its own guard."""
        guard = self.guards[transition.name]
        for variable, (lo, hi) in guard.items():
            if self.gone(variable, world, self.starts[world][variable], lo, hi):
                return True
        return all(
            any(self._ends(variable, bounds, outcome.effects, world)
                for variable, bounds in guard.items())
            for outcome in transition.outcomes
        )  # fmt: skip

    def _ends(
        self, variable: str, bounds: tuple[int, int], effects: Iterable[Effect], world: int
    ) -> bool:
        mine = [e for e in effects if e.variable == variable]
        if not mine or variable in self.ever_held[world]:
            return False
        known = self.variables[variable]
        levels = range(max(bounds[0], known.lo), min(bounds[1], known.hi) + 1)
        ends = [after(a, mine) for a in levels]
        return all(
            self.gone(variable, world, b, *bounds) for b in ends if known.lo <= b <= known.hi
        )

    def unbroken(self, transition: Transition, world: int) -> bool:
        """Return whether a clock that was stopped never runs again."""
        for variable, (lo, hi) in self.guards[transition.name].items():
            start = self.starts[world][variable]
            for a in self.reachable(variable, world, start):
                if lo <= a <= hi and any(
                    not lo <= b <= hi and not self.gone(variable, world, b, lo, hi)
                    for b in self._moves[variable, world][a]
                ):
                    return False
        return True

    # --- what differs ----------------------------------------------------------------------

    def _touched(self) -> frozenset[str]:
        """Return the variables that the difference of the switches can reach."""
        differ = {v for v in self.variables if self.starts[0][v] != self.starts[1][v]}
        for phase in self.phases:
            differ |= phase.held[0] ^ phase.held[1]
            for name in {*phase.jumps[0], *phase.jumps[1]}:
                if phase.jumps[0].get(name) != phase.jumps[1].get(name):
                    differ.add(name)
        reads = {t.name: self.reads(t) for t in self.program.transitions}
        while True:
            new = {
                v
                for t in self.program.transitions
                if reads[t.name] & differ
                for v in moved(t)
                if v not in differ
            }
            if not new:
                return frozenset(differ)
            differ |= new

    def reads(self, transition: Transition) -> frozenset[str]:
        """Return the variables that decide when a transition happens and how it comes out."""
        terms = [*transition.clock.terms, *(t for o in transition.outcomes for t in o.terms)]
        found = {v for item in self.forms.items(terms) for v in self.forms.variables(item)}
        return frozenset(found | set(self.guards[transition.name]))

    # --- fates -----------------------------------------------------------------------------

    def _fates(self) -> dict[str, frozenset[tuple[int, int]]]:
        """Return, for transitions whose outcome can be drawn at the start, which pairs can be.

        Those that happen at most once and whose odds never change. Odds that differ between the
        worlds are coupled so that what can only get likelier is never given up: mass moves only
        from an outcome to one whose relative weight is larger with the switch.
        """
        out: dict[str, frozenset[tuple[int, int]]] = {}
        for t in self.program.transitions:
            if len(t.outcomes) < 2 or not self.once[t.name] or not self.reads(t) & self.touched:
                continue
            items = self.forms.items(term for o in t.outcomes for term in o.terms)
            read = {v for item in items for v in self.forms.variables(item)}
            if any(self.forms.covariates(item) for item in items):
                continue
            if not all(self.still(v, w) for v in read for w in WORLDS):
                continue
            levels = [tuple(s[v] for v in sorted(read)) for s in self.starts]
            place = {v: (0, i) for i, v in enumerate(sorted(read))}
            out[t.name] = self.outcome_pairs(t, View(place, [{(levels[0], levels[1])}]))
        return out

    def outcome_pairs(self, transition: Transition, view: View) -> frozenset[tuple[int, int]]:
        """Return the outcomes (with, without) that a coupled choice can have.

        Both the same; or one that gained relative weight for one that did not. With odds
        p'(a) proportional to p(a) exp(d(a)), mass has to move only from smaller d to larger.
        """
        outcomes = transition.outcomes
        out = {(i, i) for i in range(len(outcomes))}
        if len(outcomes) == 1:
            return frozenset(out)
        items = [self.forms.items(o.terms) for o in outcomes]
        if all(self.forms.change(i, view) == (0.0, 0.0) for i in items):
            return frozenset(out)
        for a in range(len(outcomes)):
            for b in range(a):
                less = [replace(item, coef=-item.coef) for item in items[b]]
                low, high = self.forms.change([*items[a], *less], view)
                if high > 0:
                    out.add((a, b))
                if low < 0:
                    out.add((b, a))
        return frozenset(out)

    # --- blocks ----------------------------------------------------------------------------

    def blocks(self, ghosts: Sequence[Ghost], apart: Collection[str]) -> list[tuple[str, ...]]:
        """Return the variables in blocks that are followed together; those in `apart` alone.

        Together are the variables that one transition asks for and moves, as far as the switches
        can make them differ: a stage and its hurdles, a government and its office.
        """
        leader = {v: v for v in [*self.variables, *(g.name for g in ghosts)]}

        def find(v: str) -> str:
            while leader[v] != v:
                leader[v] = leader[leader[v]]
                v = leader[v]
            return v

        loose = {
            v
            for v in self.variables
            if v in self.touched and v not in apart and not all(self.still(v, w) for w in WORLDS)
        }
        of = {g.of: [x.name for x in ghosts if x.of == g.of] for g in ghosts}
        for t in self.program.transitions:
            joint = [v for v in (*self.guards[t.name], *sorted(moved(t))) if v in loose]
            joint += [] if not joint else of.get(t.name, [])
            for v in joint[1:]:
                leader[find(v)] = find(joint[0])
        for ghost in ghosts:
            if ghost.kind == "hit":
                leader[find(ghost.name)] = find(ghost.of)
        groups: dict[str, list[str]] = {}
        for v in leader:
            groups.setdefault(find(v), []).append(v)
        return [tuple(group) for group in groups.values()]


def _phases(switches: tuple[Switch, Switch]) -> tuple[Phase, ...]:
    days = sorted({0.0, *(max(h.from_day, 0.0) for s in switches for h in s.holds)})
    out = []
    for day in days:
        held = tuple(
            frozenset(h.variable for h in s.holds if max(h.from_day, 0.0) <= day) for s in switches
        )
        jumps = tuple(
            {h.variable: h.level for h in s.holds if h.from_day == day and day > 0}
            for s in switches
        )
        out.append(Phase((held[0], held[1]), (jumps[0], jumps[1])))
    return tuple(out)


def guard_of(transition: Transition) -> dict[str, tuple[int, int]]:
    """Return a guard as one interval a variable."""
    out: dict[str, tuple[int, int]] = {}
    part: Interval
    for part in transition.guard:
        lo, hi = out.get(part.variable, (part.lo, part.hi))
        out[part.variable] = (max(lo, part.lo), min(hi, part.hi))
    return out


def moved(transition: Transition) -> frozenset[str]:
    """Return the variables that a transition can move."""
    return frozenset(e.variable for o in transition.outcomes for e in o.effects)


def after(level: int, effects: Iterable[Effect]) -> int:
    """Return the level after effects on one variable, in their order."""
    for effect in effects:
        level = effect.value if effect.op == "set" else level + effect.value
    return level
