"""Transitions as they act on pairs of states: when enabled, whose clock leads, what follows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rimland.findings.signs_forms import Item, Levels, Pair
from rimland.findings.signs_worlds import WITH, WITHOUT, WORLDS, after
from rimland.program.model import Effect, Transition

if TYPE_CHECKING:
    from rimland.findings.signs_pairs import Pairs

Truth = tuple[bool, bool]
"""Whether something holds with the switch, and without."""
BOTH: Truth = (True, True)
ONLY_WITH: Truth = (True, False)
ONLY_WITHOUT: Truth = (False, True)


class Rule:
    """A transition as it acts on blocks."""

    def __init__(self, pairs: Pairs, transition: Transition) -> None:
        """Find the blocks that a transition asks for, reads and moves."""
        worlds, place = pairs.worlds, pairs.place
        self.pairs = pairs
        self.transition = transition
        self.name = transition.name
        self.patient = worlds.continuous(transition)
        self.speed: list[Item] = worlds.forms.items(transition.clock.terms)
        self.guard: dict[int, list[tuple[int, int, int]]] = {}
        for v, (lo, hi) in worlds.guards[self.name].items():
            b, i = place[v]
            self.guard.setdefault(b, []).append((i, lo, hi))
        self.undisturbed = all(
            worlds.instant_movers[v] <= {self.name}
            for v in worlds.guards[self.name]
            if v in worlds.touched
        )
        fate = next(
            (g for g in pairs.ghosts.values() if (g.of, g.kind) == (self.name, "fate")), None
        )
        self.fate = None if fate is None else place[fate.name]
        self.effects = [self._by_block(o.effects) for o in transition.outcomes]
        for ghost in pairs.ghosts.values():
            if ghost.kind == "fired" and ghost.of == self.name:
                b, i = place[ghost.name]
                for outcome, rows in zip(transition.outcomes, self.effects, strict=True):
                    if ghost.outcome in (None, outcome.name):
                        rows.setdefault(b, []).append((i, [Effect(ghost.name, "set", 1)]))
        self.targets = sorted({b for rows in self.effects for b in rows})
        read = {place[v][0] for v in worlds.reads(transition)}
        self.read_blocks = frozenset(read)
        self._read: dict[int, tuple[int, ...]] = {}
        for item in self.speed:
            for v in worlds.forms.variables(item):
                b, i = place[v]
                self._read[b] = tuple(sorted({*self._read.get(b, ()), i}))
        self.known: tuple[tuple[int, ...], Truth] | None = None
        self._truths: dict[tuple[int, Pair], Truth] = {}
        self._elsewhere: dict[int, tuple[int, Truth]] = {}
        self.depends = sorted(read | set(self.targets) | set(self.guard))

    def _by_block(self, effects: Iterable[Effect]) -> dict[int, list[tuple[int, list[Effect]]]]:
        rows: dict[int, dict[int, list[Effect]]] = {}
        for effect in effects:
            b, i = self.pairs.place[effect.variable]
            rows.setdefault(b, {}).setdefault(i, []).append(effect)
        return {b: list(row.items()) for b, row in rows.items()}

    def truth(self, block: int, pair: Pair) -> Truth:
        """Return whether a block's part of the guard holds in each world."""
        key = block, pair
        known = self._truths.get(key)
        if known is None:
            u, w = pair
            here = there = True
            for i, lo, hi in self.guard.get(block, ()):
                here = here and lo <= u[i] <= hi
                there = there and lo <= w[i] <= hi
            known = self._truths[key] = here, there
        return known

    def read_of(self, block: int, pair: Pair) -> Pair:
        """Return a pair as far as the clock's speed reads it."""
        at = self._read.get(block, ())
        return tuple(pair[0][i] for i in at), tuple(pair[1][i] for i in at)

    def truths(self, phase: int) -> dict[int, set[Truth]]:
        """Return what each block can make of its part of the guard."""
        sets = self.pairs.sets[phase]
        return {
            b: {
                self.truth(b, p)
                for p in sets[b]
                if not (self.patient and self.pairs.passing(phase, b, p))
            }
            for b in self.guard
        }

    def leads(self, first: int) -> bool:
        """Return whether the clock has run in world `first` whenever it has run in the other.

        Or can never run there again: it has happened, or the state has passed it by.
        """
        worlds, second = self.pairs.worlds, 1 - first
        found: set[tuple[bool, bool, bool]] = {(True, True, False)}
        for b, rows in self.guard.items():
            names = [self.pairs.blocks[b][i] for i, _, _ in rows]
            mine = set()
            for p in {p for sets in self.pairs.sets for p in sets[b]}:
                truth = self.truth(b, p)
                over = any(
                    worlds.gone(v, first, p[first][i], lo, hi)
                    for v, (i, lo, hi) in zip(names, rows, strict=True)
                )
                mine.add((truth[second], truth[first], over))
            found = {(a and x, f and y, g or z) for a, f, g in found for x, y, z in mine}
        return all(here or over for there, here, over in found if there)

    def surely_enabled(self, block: int, pair: Pair) -> bool:
        """Return whether the guard holds in one of the worlds, as far as this block decides it."""
        truth = self.truth(block, pair)
        if not any(truth):
            return False
        rest = self._surely_elsewhere(block)
        return any(truth[w] and rest[w] for w in WORLDS)

    def _surely_elsewhere(self, block: int) -> Truth:
        """Return whether every pair found so far of the other blocks has the guard's part hold."""
        sets = self.pairs.sets
        rest = [b for b in self.guard if b != block]
        size = sum(len(row[b]) for row in sets for b in rest)
        known = self._elsewhere.get(block)
        if known is None or known[0] != size:  # sets only grow
            truths = {self.truth(b, p) for b in rest for row in sets for p in row[b]}
            sure = all(here for here, _ in truths), all(there for _, there in truths)
            known = self._elsewhere[block] = size, sure
        return known[1]

    def results(
        self, block: int, pair: Pair, mode: Truth, both: frozenset[tuple[int, int]], phase: int
    ) -> set[Pair]:
        """Return the pairs of a block after the transition happened where `mode` says."""
        n = range(len(self.effects))
        if self.fate is not None and self.fate[0] == block:
            i = self.fate[1]
            chosen = {(pair[0][i], pair[1][i])}
        else:
            chosen = set(both) if mode == BOTH else {(a, a) for a in n}
        out: set[Pair] = set()
        for a, b in chosen:
            u = self._after(block, pair[0], a, WITH, phase) if mode[0] else pair[0]
            w = self._after(block, pair[1], b, WITHOUT, phase) if mode[1] else pair[1]
            if u is not None and w is not None:
                out.add((u, w))
        return out

    def _after(
        self, block: int, levels: Levels, outcome: int, world: int, phase: int
    ) -> Levels | None:
        """Return the levels of a block after an outcome; None where the engine would stop."""
        worlds, names = self.pairs.worlds, self.pairs.blocks[block]
        out = list(levels)
        for i, effects in self.effects[outcome].get(block, ()):
            if names[i] in worlds.phases[phase].held[world]:
                continue
            out[i] = after(out[i], effects)
            known = worlds.variables.get(names[i])
            if known is not None and not known.lo <= out[i] <= known.hi:
                return None
        return tuple(out)


def all_of(parts: Iterable[set[Truth]]) -> set[Truth]:
    """Return what conditions that each can hold in these ways can make together."""
    out: set[Truth] = {BOTH}
    for part in parts:
        out = {(a and x, b and y) for a, b in out for x, y in part}
    return out
