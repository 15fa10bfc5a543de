"""Which way a measure can differ between two worlds, from all pairs that they can be in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from rimland.findings.signs_pairs import Pairs, TooMany
from rimland.findings.signs_ranges import Range
from rimland.findings.signs_rules import BOTH, ONLY_WITH, ONLY_WITHOUT, all_of
from rimland.findings.signs_worlds import WITH, WITHOUT, Ghost, Worlds, guard_of, moved
from rimland.program.model import Observer, Program, Switch

if TYPE_CHECKING:
    from rimland.vocab.measure import Measure

Sign = Literal["+", "-", "0", "unknown"]

MOST_SPLIT = 150
"""Of a program with more transitions than this no block is split: the sign stays unknown."""


@dataclass(frozen=True)
class Ways:
    """Whether a difference can be above 0, and whether it can be below."""

    up: bool = False
    down: bool = False

    @property
    def sign(self) -> Sign:
        """The sign in one character, or unknown."""
        if self.up and self.down:
            return "unknown"
        return "+" if self.up else "-" if self.down else "0"

    def __or__(self, other: Ways) -> Ways:
        """Return the ways of a sum."""
        return Ways(self.up or other.up, self.down or other.down)

    def turned(self) -> Ways:
        """Return the ways of the negative."""
        return Ways(self.down, self.up)


EITHER = Ways(True, True)


def ways(change: Range) -> Ways:
    """Return the ways of a difference whose range is known."""
    low, high = change
    return Ways(not high <= 0, not low >= 0)  # what is no number goes either way


@dataclass(frozen=True)
class Found:
    """What came of following both worlds."""

    ways: Ways
    pairs: Pairs | None
    trouble: str = ""


def follow(
    program: Program,
    ranges: Mapping[str, Range],
    switches: tuple[Switch, Switch],
    measure: Measure,
) -> Found:
    """Return which way the measure can differ, and the pairs that it was read from.

    A ratio differs upwards when what is above the line can only rise and what is below can only
    fall; for what is above must not be negative.
    """
    worlds = Worlds(program, ranges, switches)
    observers = {o.name: o for o in program.observers}
    top = [observers[name] for name in measure.observers]
    try:
        pairs = _pairs(worlds, _ghosts(worlds, program.observers))
        if measure.how == "probability":
            if len(top) > 1:
                return Found(EITHER, pairs, "several first days are asked for at once")
            found, pairs = _first(worlds, pairs, top[0])
        else:
            found = _summed(pairs, top)
        if measure.how == "ratio":
            bottom = [observers[name] for name in measure.over]
            found = found | _summed(pairs, bottom).turned()
            if found.sign != "unknown" and not all(
                _not_negative(pairs, o) for o in (*top, *bottom)
            ):
                return Found(EITHER, pairs, "the ratio can be one of negative numbers")
    except TooMany:
        return Found(
            EITHER, None, "a variable has too many levels to be followed in two worlds at once"
        )
    return Found(found if measure.scale >= 0 else found.turned(), pairs)


def _pairs(worlds: Worlds, ghosts: Sequence[Ghost], stop: tuple[str, int] | None = None) -> Pairs:
    """Return all pairs; a block that grows too large loses its busiest variables, until it fits.

    One is taken out at first and twice as many each time after, since every try begins anew.
    """
    apart: set[str] = set()
    out = 1
    while True:
        try:
            return Pairs(worlds, ghosts, stop, apart)
        except TooMany as error:
            if len(worlds.program.transitions) > MOST_SPLIT:
                raise  # split, so many changes leave no sign, after minutes of work
            blocks = worlds.blocks(ghosts, apart)
            members = [v for v in blocks[error.block] if v in worlds.variables]
            if len(members) < 2:
                raise
            busy = {
                v: sum(
                    v in moved(t) or v in guard_of(t) for t in worlds.program.transitions
                )
                for v in members
            }  # fmt: skip
            apart.update(sorted(members, key=lambda v: -busy[v])[:out])
            out *= 2


def _ghosts(worlds: Worlds, observers: Sequence[Observer]) -> list[Ghost]:
    out = [Ghost(f"?fate:{name}", "fate", name) for name in worlds.fates]
    for observer in observers:
        counted = observer.transition
        if observer.kind == "count" and counted is not None and worlds.once[counted]:
            out.append(Ghost(f"?fired:{observer.name}", "fired", counted, observer.outcome))
        if observer.kind == "first" and observer.of is not None:
            known = worlds.variables[observer.of]
            lo = known.lo if observer.lo is None else observer.lo
            hi = known.hi if observer.hi is None else observer.hi
            out.append(Ghost(f"?hit:{observer.name}", "hit", observer.of, None, lo, hi))
    return out


def _first(worlds: Worlds, pairs: Pairs, observer: Observer) -> tuple[Ways, Pairs]:
    """Return the ways of the probability to have been there.

    Once one world has been there nothing that follows matters to the question whether it is
    always the first: the pairs are followed up to that moment.
    """
    ghosts = list(pairs.ghosts.values())
    name = f"?hit:{observer.name}"
    late: list[bool] = []
    for world in (WITH, WITHOUT):
        stopped = _pairs(worlds, ghosts, (name, world))
        other = 1 - world
        at = stopped.place[name]
        late.append(any(p[other][at[1]] for sets in stopped.sets for p in sets[at[0]]))
    # late[WITH]: without the switch it can be there before
    return Ways(late[WITHOUT], late[WITH]), pairs


def _summed(pairs: Pairs, observers: Sequence[Observer]) -> Ways:
    """Return the ways of a sum; levels and integrals are one form, so that parts can outweigh."""
    found = Ways()
    for kind in ("level", "integral"):
        read = [o.of for o in observers if o.kind == kind and o.of is not None]
        items = [item for of in read for item in pairs.worlds.forms.reading(of)]
        found |= ways(pairs.worlds.forms.change(items, pairs.view()))
    for observer in observers:
        if observer.kind == "hazard":
            found |= _hazard(pairs, observer)
        elif observer.kind == "count":
            found |= _count(pairs, observer)
        elif observer.kind == "first":
            found |= EITHER
    return found


def _reading(pairs: Pairs, observer: Observer, *, settled: bool = True) -> tuple[Ways, bool]:
    """Return the ways of what an observer reads, and whether that is never negative."""
    if observer.of is None:
        return Ways(), True
    forms, view = pairs.worlds.forms, pairs.view(settled=settled)
    low, _ = forms.value(observer.of, view)
    return ways(forms.change(forms.reading(observer.of), view)), low >= 0


def _hazard(pairs: Pairs, observer: Observer) -> Ways:
    """Return the ways of an integrated hazard: of guard times hazard times what it is read with."""
    rule = pairs.rule(observer.transition or "")
    read, positive = _reading(pairs, observer)
    if not positive:
        return EITHER
    found = Ways()
    for phase in range(len(pairs.sets)):
        truths = all_of(rule.truths(phase).values())
        found |= Ways(ONLY_WITH in truths, ONLY_WITHOUT in truths)
        if BOTH in truths:
            found |= ways(pairs.speed(rule, phase)) | read
    return found


def _count(pairs: Pairs, observer: Observer) -> Ways:
    """Return the ways of a count: by who can have been counted, or by each event that can be.

    Of a memoryless clock the expected count is its integrated hazard.
    """
    name = observer.transition or ""
    worlds = pairs.worlds
    if observer.of is None and worlds.once[name]:
        block, at = pairs.place[f"?fired:{observer.name}"]
        both = {(p[0][at], p[1][at]) for sets in pairs.sets for p in sets[block]}
        return Ways((1, 0) in both, (0, 1) in both)
    if observer.outcome is None and worlds.kinds[name] == "memoryless":
        return _hazard(pairs, observer)
    read, positive = _reading(pairs, observer, settled=False)  # just before the event
    if not positive:
        return EITHER
    rule = pairs.rule(name)
    modes = pairs.modes(name)
    found = Ways(ONLY_WITH in modes, ONLY_WITHOUT in modes)
    if BOTH in modes:
        found |= read
        if observer.outcome is not None:
            names = [o.name for o in rule.transition.outcomes]
            mine = names.index(observer.outcome)
            for phase in range(len(pairs.sets)):
                for a, b in pairs.outcomes(rule, phase):
                    found |= Ways(a == mine != b, b == mine != a)
    return found


def _not_negative(pairs: Pairs, observer: Observer) -> bool:
    return _reading(pairs, observer, settled=observer.kind != "count")[1]
