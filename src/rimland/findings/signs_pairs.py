"""All that two coupled worlds can be at the same moment: a least fixed point over pairs of states.

Both worlds run side by side under one coupling that gives each its own law (Thorisson 2000):

memoryless   events happen in both worlds at the smaller of the two hazards; the rest happens in
             the world of the larger one alone (thinning; Massey 1987, Mueller & Stoyan 2002)
calendar     the same days in both
instant      clocks of 0 days; of all that is due at one moment the same goes first in both
duration     where guard and speed are always equal: the same time in both. Where it happens at
             most once: the same work W in both, so that the world whose clock began no later and
             ran no slower rings first (Glasserman & Yao 1992). Else anything can happen

A variable that the switch does not reach is equal in both. Starting from the initial pair, every
firing that the coupling allows adds pairs, until there is nothing to add. Blocks of variables are
followed jointly, different blocks as if independent: too many pairs, never too few.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import product

from rimland.findings.signs_forms import Levels, Pair, View
from rimland.findings.signs_ranges import Range
from rimland.findings.signs_rules import (
    BOTH,
    ONLY_WITH,
    ONLY_WITHOUT,
    Rule,
    Truth,
    all_of,
)
from rimland.findings.signs_worlds import WITH, WITHOUT, WORLDS, Ghost, Worlds

MOST_PAIRS = 2_500
"""A block that reaches more pairs than this is split."""


class TooMany(Exception):  # noqa: N818 - it is no error of anybody
    """A block has more pairs than can be followed."""

    def __init__(self, block: int) -> None:
        """Remember which."""
        super().__init__(block)
        self.block = block


@dataclass(frozen=True)
class Cause:
    """What first brought a variable to a pair of a kind: a transition, or the switch itself."""

    transition: str | None
    mode: Truth | None = None


class Pairs:
    """The reachable pairs of a program under two switches."""

    def __init__(
        self,
        worlds: Worlds,
        ghosts: Sequence[Ghost],
        stop: tuple[str, int] | None = None,
        apart: Collection[str] = (),
    ) -> None:
        """Find them all.

        stop   (hit ghost, world): nothing is followed once that ghost is 1 in that world
        apart  variables that are followed alone, to keep blocks small

        Raises TooMany when a block grows beyond MOST_PAIRS.
        """
        self.worlds = worlds
        self.ghosts = {g.name: g for g in ghosts}
        self.blocks = worlds.blocks(ghosts, apart)
        self.place = {v: (b, i) for b, block in enumerate(self.blocks) for i, v in enumerate(block)}
        self.sets: list[list[set[Pair]]] = [[set() for _ in self.blocks] for _ in worlds.phases]
        self.causes: dict[tuple[str, int], Cause] = {}
        self._stop = stop
        self._hits: dict[int, list[tuple[int, int, Ghost]]] = {}
        for ghost in ghosts:
            if ghost.kind == "hit":
                block, at = self.place[ghost.name]
                row = (at, self.place[ghost.of][1], ghost)
                self._hits.setdefault(block, []).append(row)
        self._rules = [Rule(self, t) for t in worlds.program.transitions]
        self._instants = [r for r in self._rules if worlds.kinds[r.name] == "instant"]
        self._asking = {
            b: [r for r in self._instants if b in r.guard] for b in range(len(self.blocks))
        }
        self._views: dict[bool, View] = {}
        for rule in self._rules:
            if rule.patient:  # whether it has to wait hangs on what instants ask for
                rule.depends = sorted(
                    {*rule.depends, *(b for i in self._instants for b in i.guard)}
                )
        self._begin()
        self._run()

    def view(self, *, settled: bool = True) -> View:
        """Return all pairs of all phases; `settled` leaves out those that last no time."""
        if settled not in self._views:
            phases = range(len(self.sets))
            self._views[settled] = View(
                self.place,
                [
                    {
                        p
                        for phase in phases
                        for p in self.sets[phase][b]
                        if not (settled and self.passing(phase, b, p))
                    }
                    for b in range(len(self.blocks))
                ],
            )
        return self._views[settled]

    def passing(self, phase: int, block: int, pair: Pair) -> bool:
        """Return whether an instant transition is surely enabled in either world."""
        return any(r.surely_enabled(block, pair) for r in self._asking.get(block, ()))

    def rule(self, transition: str) -> Rule:
        """Return a transition as it acts on blocks."""
        return next(r for r in self._rules if r.name == transition)

    def speed(self, rule: Rule, phase: int) -> Range:
        """Return the difference of the log speeds while the clock runs in both worlds."""
        return self._speed(rule, phase, None, None)

    def outcomes(self, rule: Rule, phase: int) -> frozenset[tuple[int, int]]:
        """Return the outcomes that a transition can have when it happens in both worlds."""
        return self.worlds.outcome_pairs(rule.transition, self._where_both(rule, phase, None, None))

    def modes(self, transition: str) -> set[Truth]:
        """Return in which worlds a transition can happen at one moment."""
        rule = self.rule(transition)
        out: set[Truth] = set()
        for phase in range(len(self.sets)):
            found = all_of(rule.truths(phase).values())
            out |= found & {ONLY_WITH, ONLY_WITHOUT}
            out |= self._together(rule, phase) if BOTH in found else set()
        return out

    # --- the fixed point -------------------------------------------------------------------

    def _begin(self) -> None:
        starts = self.worlds.starts
        for b, block in enumerate(self.blocks):
            choices: list[list[tuple[int, int]]] = []
            for v in block:
                ghost = self.ghosts.get(v)
                if ghost is None:
                    choices.append([(starts[WITH][v], starts[WITHOUT][v])])
                elif ghost.kind == "fate":
                    choices.append(sorted(self.worlds.fates[ghost.of]))
                else:
                    choices.append([(0, 0)])
            for combo in product(*choices):
                pair = (tuple(u for u, _ in combo), tuple(w for _, w in combo))
                self._add(0, b, pair, Cause(None))

    def _run(self) -> None:
        seen: dict[tuple[str, int], tuple[int, ...]] = {}
        busy = True
        while busy:
            busy = False
            for phase in range(len(self.sets)):
                busy |= phase > 0 and self._enter(phase)
                for rule in self._rules:
                    sizes = tuple(
                        len(self.sets[p][b]) for b in rule.depends for p in range(len(self.sets))
                    )
                    if seen.get((rule.name, phase)) != sizes:
                        seen[rule.name, phase] = sizes
                        busy |= self._fire(rule, phase)

    def _enter(self, phase: int) -> bool:
        """Bring over what there was before the phase began; held variables jump."""
        jumps = self.worlds.phases[phase].jumps
        new = False
        for b, block in enumerate(self.blocks):
            for pair in list(self.sets[phase - 1][b]):
                u, w = (
                    tuple(jumps[world].get(v, x) for v, x in zip(block, pair[world], strict=True))
                    for world in WORLDS
                )
                new |= self._add(phase, b, (u, w), Cause(None))
        return new

    def _add(self, phase: int, block: int, pair: Pair, cause: Cause) -> bool:
        for at, of, ghost in self._hits.get(block, ()):
            pair = (_hit(pair[0], at, of, ghost), _hit(pair[1], at, of, ghost))
            if self._stop is not None and self._stop[0] == ghost.name and pair[self._stop[1]][at]:
                return False
        if pair in self.sets[phase][block]:
            return False
        self.sets[phase][block].add(pair)
        if len(self.sets[phase][block]) > MOST_PAIRS:
            raise TooMany(block)
        for v, u, w in zip(self.blocks[block], *pair, strict=True):
            if u != w:
                self.causes.setdefault((v, 1 if u > w else -1), cause)
        return True

    def _fire(self, rule: Rule, phase: int) -> bool:
        """Add what follows from one transition; what it asks for is looked at once."""
        truths = rule.truths(phase)
        memo: dict[tuple[int, Pair], set[Truth]] = {}
        outcomes: frozenset[tuple[int, int]] | None = None
        new = False
        for b in rule.targets:
            others = all_of(t for block, t in truths.items() if block != b)
            for pair in list(self.sets[phase][b]):
                mine = rule.truth(b, pair)
                enabled = {(mine[0] and o[0], mine[1] and o[1]) for o in others}
                if enabled <= {(False, False)} or (rule.patient and self.passing(phase, b, pair)):
                    continue
                modes = enabled & {ONLY_WITH, ONLY_WITHOUT}
                if BOTH in enabled:
                    key = (b, rule.read_of(b, pair))
                    if key not in memo:
                        memo[key] = self._together(rule, phase, b, pair)
                    modes |= memo[key]
                for mode in modes:
                    if mode == BOTH and outcomes is None:
                        outcomes = self.outcomes(rule, phase)
                    for after_ in rule.results(b, pair, mode, outcomes or frozenset(), phase):
                        new |= self._add(phase, b, after_, Cause(rule.name, mode))
        return new

    def _together(
        self, rule: Rule, phase: int, block: int | None = None, pair: Pair | None = None
    ) -> set[Truth]:
        """Return in which worlds a transition can happen next that is enabled in both."""
        kind = self.worlds.kinds[rule.name]
        alone, other = False, False
        if kind == "calendar":
            alone = other = not rule.undisturbed
        elif kind == "memoryless":
            low, high = self._speed(rule, phase, block, pair)
            alone, other = high > 0, low < 0
        elif kind == "duration":
            other, alone = self.duration(rule)
        return {BOTH, *([ONLY_WITH] if alone else []), *([ONLY_WITHOUT] if other else [])}

    def duration(self, rule: Rule) -> Truth:
        """Return whether a duration, enabled in both, can end (without, with) the switch alone."""
        key = tuple(len(self.sets[p][b]) for b in rule.depends for p in range(len(self.sets)))
        if rule.known is None or rule.known[0] != key:
            rule.known = (key, self._duration(rule))
        return rule.known[1]

    def _duration(self, rule: Rule) -> Truth:
        every = [rule.truths(phase) for phase in range(len(self.sets))]
        equal = all(t in (BOTH, (False, False)) for row in every for t in all_of(row.values()))
        low, high = self._speed(rule, None, None, None)
        if equal and low == high == 0:
            return False, False
        if not self.worlds.once[rule.name]:
            return True, True
        if rule.transition.clock.again == "restart" and not all(
            self.worlds.unbroken(rule.transition, w) for w in WORLDS
        ):
            return True, True
        return (
            not (low >= 0 and rule.leads(WITH)),
            not (high <= 0 and rule.leads(WITHOUT)),
        )

    def _speed(self, rule: Rule, phase: int | None, block: int | None, pair: Pair | None) -> Range:
        """Return the difference of the log speeds while the clock runs in both worlds."""
        if not rule.speed:
            return 0.0, 0.0
        if block not in rule.read_blocks:
            block, pair = None, None
        return self.worlds.forms.change(rule.speed, self._where_both(rule, phase, block, pair))

    def _where_both(
        self, rule: Rule, phase: int | None, block: int | None, pair: Pair | None
    ) -> View:
        phases = range(len(self.sets)) if phase is None else (phase,)
        sets: list[Collection[Pair]] = []
        for b in range(len(self.blocks)):
            if b == block and pair is not None:
                sets.append((pair,))
            elif b in rule.read_blocks:
                sets.append(
                    {
                        p
                        for at in phases
                        for p in self.sets[at][b]
                        if rule.truth(b, p) == BOTH
                        and not (rule.patient and self.passing(at, b, p))
                    }
                )
            else:
                sets.append(())
        return View(self.place, sets)


def _hit(levels: Levels, at: int, of: int, ghost: Ghost) -> Levels:
    if levels[at] or not ghost.lo <= levels[of] <= ghost.hi:
        return levels
    return (*levels[:at], 1, *levels[at + 1 :])
