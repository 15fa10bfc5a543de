"""The paths from a switch to a measure, step by step, and what fixes the sign of each step.

Paths explain a proof; they do not make it (that is done by following both worlds). The sign of a
step is that of a guard, of a coefficient by its range, or open (Wellman 1990).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rimland.findings.signs_forms import Item
from rimland.findings.signs_pairs import Pairs
from rimland.findings.signs_worlds import after, moved
from rimland.program.model import Effect, Feature, Index, Observer, Transition, Weighted

MOST_PATHS = 200
_LONGEST = 12
MEASURE = "the measure"


@dataclass(frozen=True)
class Step:
    """One arrow: `before` acts on `after_`, through a transition or by being read.

    sign     "+", "-", or "?" where it is open
    because  what fixes the sign, or leaves it open, in words
    by       the parameters of the arrow, outermost last; empty for a guard
    """

    before: str
    through: str
    after_: str
    sign: str
    because: str
    by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Path:
    """A chain of steps from something switched to the measure. `sign` is what it does to it."""

    start: str
    start_sign: str
    steps: tuple[Step, ...]

    @property
    def sign(self) -> str:
        """The product of all signs; "?" where one is open."""
        signs = [self.start_sign, *(s.sign for s in self.steps)]
        return "?" if "?" in signs else "-" if signs.count("-") % 2 else "+"

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters of all steps."""
        return tuple(p for s in self.steps for p in s.by)

    def text(self) -> str:
        """Return the path as a line: a (+) -> transition (+, why) -> b ..."""
        parts = [f"{self.start} ({self.start_sign})"]
        for s in self.steps:
            through = f"{s.through}, " if s.through and s.after_ != MEASURE else ""
            parts.append(f"{s.after_} ({s.sign}: {through}{s.because})")
        return " -> ".join(parts)


def difference(pairs: Pairs, variable: str) -> str:
    """Return "+" where a variable is never lower with the switch, "-", "0", or "?"."""
    signs = {(u > w) - (u < w) for u, w in pairs.view().pairs(variable)}
    if signs <= {0}:
        return "0"
    return "+" if -1 not in signs else "-" if 1 not in signs else "?"


def arrows(pairs: Pairs) -> list[Step]:
    """Return every arrow between variables that can differ."""
    graph = _Arrows(pairs)
    out: dict[Step, None] = {}
    for transition in pairs.worlds.program.transitions:
        out.update(dict.fromkeys(graph.of(transition)))
    return list(out)


def to_measure(pairs: Pairs, observer: Observer) -> list[Step]:
    """Return the arrows from what an observer reads, as if more of that were more."""
    return list(dict.fromkeys(_Arrows(pairs).to_measure(observer)))


def paths(pairs: Pairs, steps: Iterable[Step]) -> tuple[list[Path], bool]:
    """Return paths from what is switched to the measure, shortest first; and whether all of them.

    No path comes by a variable twice.
    """
    leaving: dict[str, list[Step]] = {}
    for step in steps:
        leaving.setdefault(step.before, []).append(step)
    found: list[Path] = []
    todo = [Path(v, difference(pairs, v), ()) for v in sorted(switched(pairs)) if v in leaving]
    whole = True
    while todo:
        longer: list[Path] = []
        for path in todo:
            at = path.steps[-1].after_ if path.steps else path.start
            been = {path.start, *(s.after_ for s in path.steps)}
            for step in leaving.get(at, ()):
                if step.after_ in been:
                    continue
                new = Path(path.start, path.start_sign, (*path.steps, step))
                (found if step.after_ == MEASURE else longer).append(new)
        if len(found) > MOST_PATHS or len(longer) > 20 * MOST_PATHS:
            return found[:MOST_PATHS], False
        todo = [p for p in longer if len(p.steps) < _LONGEST]
        whole &= len(todo) == len(longer)
    return found, whole


def switched(pairs: Pairs) -> set[str]:
    """Return the variables whose start or hold the switches set differently."""
    worlds = pairs.worlds
    out = {v for v in worlds.variables if worlds.starts[0][v] != worlds.starts[1][v]}
    for phase in worlds.phases:
        out |= phase.held[0] ^ phase.held[1]
        out |= {
            v
            for v in {*phase.jumps[0], *phase.jumps[1]}
            if phase.jumps[0].get(v) != phase.jumps[1].get(v)
        }
    return out


class _Arrows:
    def __init__(self, pairs: Pairs) -> None:
        self.pairs = pairs
        self.worlds = pairs.worlds
        view = pairs.view(settled=False)
        self.levels: Mapping[str, set[int]] = {
            v: {x for pair in view.pairs(v) for x in pair} for v in self.worlds.variables
        }
        self.differ = {v for v in self.worlds.variables if difference(pairs, v) != "0"}

    def of(self, transition: Transition) -> list[Step]:
        """Return the arrows through a transition, by each of its outcomes."""
        out = []
        several = len(transition.outcomes) > 1
        for target in sorted(moved(transition) & self.differ):
            lo, hi = self.worlds.guards[transition.name].get(target, (-(2**62), 2**62))
            for n, outcome in enumerate(transition.outcomes):
                through = f"{transition.name} ({outcome.name})" if several else transition.name
                signs = self._moves([e for e in outcome.effects if e.variable == target], lo, hi)
                signs -= {0}
                if not signs:
                    continue
                push = "?" if len(signs) > 1 else "+" if 1 in signs else "-"
                out += self._asks(transition, through, target, push)
                if several:
                    push = self._towards(transition, n, target)
                    for item in self._items(outcome.terms):
                        out += self._from_item(item, through, target, push)
        return out

    def _asks(self, transition: Transition, through: str, target: str, push: str) -> list[Step]:
        """Return the arrows from a transition's guard and clock."""
        out = []
        for v, (lo, hi) in self.worlds.guards[transition.name].items():
            if v in self.differ and v != target:
                sign, why = self._interval(v, lo, hi)
                if sign == "0":
                    continue
                why += "" if push != "?" or sign == "?" else ", and moves it either way"
                out.append(Step(v, through, target, _product(sign, push), why))
        for item in self._items(transition.clock.terms):
            out += self._from_item(item, through, target, push)
        return out

    def to_measure(self, observer: Observer) -> list[Step]:
        """Return the arrows from what an observer reads."""
        out: list[Step] = []
        if observer.kind == "first" and observer.of in self.differ:
            known = self.worlds.variables[observer.of]
            lo = known.lo if observer.lo is None else observer.lo
            hi = known.hi if observer.hi is None else observer.hi
            sign, why = self._interval(observer.of, lo, hi)
            return [] if sign == "0" else [Step(observer.of, "", MEASURE, sign, why)]
        if observer.of is not None:
            for item in self.worlds.forms.reading(observer.of):
                out += self._from_item(item, "", MEASURE, "+")
        if observer.transition is not None:
            transition = self.worlds.transitions[observer.transition]
            for v, (lo, hi) in self.worlds.guards[transition.name].items():
                if v in self.differ:
                    sign, why = self._interval(v, lo, hi)
                    if sign == "0":
                        continue
                    out.append(Step(v, transition.name, MEASURE, sign, why))
            for item in self._items(transition.clock.terms):
                out += self._from_item(item, transition.name, MEASURE, "+")
        return out

    def _items(self, terms: Iterable[Weighted]) -> list[Item]:
        return self.worlds.forms.items(terms)

    def _from_item(self, item: Item, through: str, target: str, push: str) -> list[Step]:
        out = []
        for v in self.worlds.forms.variables(item):
            if v in self.differ and v != target:
                for sign, keys in self._slope(item, v):
                    if sign == "0":
                        continue
                    why = self._reason(keys)
                    why += ", and moves it either way" if push == "?" and sign != "?" else ""
                    out.append(Step(v, through, target, _product(sign, push), why, keys))
        return out

    def _slope(self, item: Item, variable: str) -> list[tuple[str, tuple[str, ...]]]:
        """Return the sign of an item in one variable, and the parameters that fix it."""
        forms = self.worlds.forms
        low, high = forms.weight(item.key)
        weight = "+" if low >= 0 else "-" if high <= 0 else "?"
        if item.coef < 0:
            weight = _product(weight, "-")
        if isinstance(item.odd, Index):
            rows = []
            for inner in forms.items(item.odd.terms):
                if variable in forms.variables(inner):
                    rows += [
                        (_product(weight, sign), (*item.key, *keys))
                        for sign, keys in self._slope(inner, variable)
                    ]
            return rows
        terms = (
            [(t.coef, t.atoms) for t in item.odd.terms]
            if isinstance(item.odd, Feature)
            else [(1, item.atoms)]
        )
        signs = set()
        for coef, atoms in terms:
            for position, atom in enumerate(atoms):
                if atom.variable != variable:
                    continue
                known = self.worlds.variables[variable]
                sign = "+"
                if atom.lo is not None or atom.hi is not None:
                    lo = known.lo if atom.lo is None else atom.lo
                    sign = self._interval(variable, lo, known.hi if atom.hi is None else atom.hi)[0]
                for other in (*atoms[:position], *atoms[position + 1 :]):
                    whole = other.lo is None and other.hi is None
                    if whole and min(self.levels[other.variable], default=0) < 0:
                        sign = "?"
                signs.add(_product(sign, "+" if coef >= 0 else "-"))
        signs -= {"0"} if len(signs) > 1 else set()
        sign = signs.pop() if len(signs) == 1 else "?"
        return [(_product(weight, sign), item.key)]

    def _interval(self, variable: str, lo: int, hi: int) -> tuple[str, str]:
        """Return which way a variable moves into [lo, hi]; "0" where that never matters."""
        known = self.worlds.variables[variable]
        named = known.levels or tuple(str(n) for n in range(known.lo, known.hi + 1))
        low, high = (named[min(max(x, known.lo), known.hi) - known.lo] for x in (lo, hi))
        levels = self.levels[variable]
        inside = {x for x in levels if lo <= x <= hi}
        if not inside or inside == levels:
            return "0", "always alike"
        if hi >= max(levels):
            return "+", f"from {low} on"
        if lo <= min(levels):
            return "-", f"up to {high} only"
        return "?", f"only at {low}" if lo == hi else f"only from {low} to {high}"

    def _moves(self, effects: list[Effect], lo: int, hi: int) -> set[int]:
        known = self.worlds.variables[effects[0].variable] if effects else None
        if known is None:
            return set()
        at = range(max(lo, known.lo), min(hi, known.hi) + 1)
        out = [(x, after(x, effects)) for x in at]
        return {(b > a) - (b < a) for a, b in out if known.lo <= b <= known.hi}

    def _towards(self, transition: Transition, number: int, target: str) -> str:
        """Return which way a variable goes when one outcome gets likelier at others' expense."""
        lo, hi = self.worlds.guards[transition.name].get(target, (-(2**62), 2**62))
        known = self.worlds.variables[target]
        signs = set()
        for x in range(max(lo, known.lo), min(hi, known.hi) + 1):
            ends = [
                after(x, [e for e in o.effects if e.variable == target])
                for o in transition.outcomes
            ]
            signs |= {(ends[number] > e) - (ends[number] < e) for e in ends}
        signs -= {0}
        return "?" if len(signs) != 1 else "+" if 1 in signs else "-"

    def _reason(self, keys: tuple[str, ...]) -> str:
        ranges = self.worlds.ranges
        program = self.worlds.program
        formulas = {p.name: p.formula for p in program.parameters}
        if not keys:
            return "read as it is"
        parts = []
        for key in keys:
            low, high = ranges[key]
            names = formulas[key].names()
            text = str(formulas[key])
            shown = text if names and len(text) < 60 else key
            parts.append(
                f"{shown} = {low:.3g}" if low == high else f"{shown} in {low:.3g} to {high:.3g}"
            )
        return " times ".join(parts)


def _product(a: str, b: str) -> str:
    if "0" in (a, b):
        return "0"
    if "?" in (a, b):
        return "?"
    return "+" if a == b else "-"
