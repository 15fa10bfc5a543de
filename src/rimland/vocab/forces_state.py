"""Conditions that forces depend on: what holds while, what follows, and the sets of conditions.

Part of forces.yaml. A feature multiplies two things at most, so everything that a class of ships
meets on its way (passages shut, commitments called, a base lost) is kept as one number, a set of
conditions in binary, which transitions of zero duration keep up to date.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from pydantic import Field, model_validator

from rimland.notation.base import Entry
from rimland.notation.places import Path
from rimland.notation.problems import Mistake
from rimland.notation.quantity import RateQuantity
from rimland.program.build import add, set_to, when
from rimland.program.model import Atom, Clock, Effect, Interval, Term
from rimland.vocab.lowering import Lowering

FILE = "forces.yaml"


def titled(called: str, name: str | None) -> str:
    """Return what a reader calls a thing: its name, or its id in words."""
    return name or called.replace("-", " ")


class While(Entry):
    """Something that holds while a variable is at a level; without one, while it is not lowest."""

    of: str
    """The variable, or a yes-or-no reading such as pledges.NAME.operational."""
    at: str | None = None
    """While it is at this level."""
    from_: str | None = Field(default=None, alias="from")
    """While it is at this level or a higher one."""
    below: str | None = None
    """While it is below this level."""

    @model_validator(mode="after")
    def _one(self) -> While:
        if sum(x is not None for x in (self.at, self.from_, self.below)) > 1:
            raise Mistake(
                "says more than one of 'at', 'from' and 'below'",
                expected="one of them, or none",
                code="one-of",
            )
        return self


class Cause(While):
    """Something that brings about what it is listed under, at once or at a rate."""

    rate: RateQuantity | None = None
    """How often a year it does so while it holds; at once where left out."""


@dataclass(frozen=True)
class Holding:
    """A condition resolved: a variable in [lo, hi], and its own bounds."""

    variable: str
    lo: int
    hi: int
    least: int
    most: int

    @property
    def atom(self) -> Atom:
        """The condition as a factor of a feature."""
        return Atom(self.variable, self.lo, self.hi)

    @property
    def on(self) -> Interval:
        """The condition as a guard."""
        return when(self.variable, self.lo, self.hi)

    @property
    def off(self) -> list[Interval]:
        """The guards that together say that it does not hold."""
        sides = ((self.least, self.lo - 1), (self.hi + 1, self.most))
        return [when(self.variable, lo, hi) for lo, hi in sides if lo <= hi]


def resolve(item: While, low: Lowering, path: Path) -> Holding | None:
    """Return the condition, or report what is wrong with it."""
    atom = low.atom_of(item.of, FILE, (*path, "of"))
    if atom is None:
        return None
    known = low.builder.variable_named(atom.variable)
    given = next((n for n in ("at", "from_", "below") if getattr(item, n) is not None), None)
    if given is None:
        lo, hi = (known.lo + 1, known.hi) if atom.lo is None else (atom.lo, atom.hi or 0)
    else:
        if atom.lo is not None:
            low.report(
                FILE,
                (*path, given.rstrip("_")),
                f"'{item.of}' is yes or no and has no levels",
                expected="no level here, or a variable with levels",
                code="unknown-level",
            )
            return None
        at = (*path, given.rstrip("_"))
        level = low.level_of(known.name, getattr(item, given), FILE, at)
        if level is None:
            return None
        lo = known.lo if given == "below" else level
        hi = {"at": level, "from_": known.hi, "below": level - 1}[given]
    if lo > hi or (lo, hi) == (known.lo, known.hi):
        never = "never" if lo > hi else "always"
        low.report(
            FILE,
            (*path, "of" if given is None else given.rstrip("_")),
            f"'{item.of}' is {never} so",
            expected="a condition that can begin and end",
            code="bounds",
        )
        return None
    return Holding(known.name, lo, hi, known.lo, known.hi)


def at_once(
    low: Lowering, owner: str, effects: Iterable[Effect], guard: Iterable[Interval]
) -> None:
    """Declare what happens at the very instant that its guard holds."""
    low.builder.transition(owner, low.builder.fixed(owner, 0.0), list(effects), list(guard))


def follow(
    low: Lowering,
    owner: str,
    variable: str,
    causes: Sequence[tuple[Holding, Clock | None]],
    ends: Clock,
) -> None:
    """Set a 0-1 variable while any cause holds; unset it when `ends` has run since the last.

    Each cause is noted in a variable of its own, so that nothing rings for ever where a variant
    holds what it would change, and only what a cause has set is unset.
    """
    builder = low.builder
    mine = builder.variable(f"{owner}.caused", 0, 1, 0)
    notes = [builder.variable(f"{owner}.cause.{i}", 0, 1, 0) for i in range(1, len(causes) + 1)]
    for note, (cause, clock) in zip(notes, causes, strict=True):
        begins, over = f"{note}.begins", f"{note}.over"
        effects = [set_to(note, 1), set_to(mine, 1), set_to(variable, 1)]
        clock = builder.fixed(begins, 0.0) if clock is None else clock
        builder.transition(begins, clock, effects, [cause.on, when(note, 0)])
        for side, off in enumerate(cause.off):
            at_once(low, f"{over}.{side}", [set_to(note, 0)], [off, when(note, 1)])
    guard = [when(mine, 1), *(when(note, 0) for note in notes)]
    builder.transition(f"{owner}.clears", ends, [set_to(mine, 0), set_to(variable, 0)], guard)


def rate_clock(low: Lowering, called: str, rate: RateQuantity | None) -> Clock | None:
    """Return the clock of a cause that works at a rate; None for one that works at once."""
    if rate is None:
        return None
    return low.builder.exponential(called, low.log_rate(low.quantity(f"{called}.rate", rate)))


@dataclass
class Conditions:
    """All conditions by name, and the sets of them that are kept as one number."""

    low: Lowering
    known: dict[str, Holding] = field(default_factory=dict)
    sets: dict[tuple[str, ...], str] = field(default_factory=dict)

    def holds_at_start(self, name: str) -> bool:
        """Return whether a condition holds at the as-of date."""
        found = self.known[name]
        return found.lo <= self.low.builder.variable_named(found.variable).start <= found.hi

    def variable(self, names: Iterable[str]) -> str | None:
        """Return the variable that keeps these conditions; bit i is the i-th name, sorted."""
        key = tuple(sorted(names))
        if not key:
            return None
        if key not in self.sets:
            start = sum(1 << i for i, name in enumerate(key) if self.holds_at_start(name))
            called = f"forces.now.{'+'.join(key)}"
            self.sets[key] = self.low.builder.variable(called, 0, (1 << len(key)) - 1, start)
        return self.sets[key]

    def split(
        self, names: Iterable[str], of: Callable[[frozenset[str]], object]
    ) -> Mapping[object, list[tuple[int, int]]]:
        """Return, by what `of` says of a set of conditions, the runs of the sets' numbers."""
        key = tuple(sorted(names))
        out: dict[object, list[tuple[int, int]]] = {}
        for value, run in groupby(range(1 << len(key)), lambda code: of(_members(key, code))):
            codes = list(run)
            out.setdefault(value, []).append((codes[0], codes[-1]))
        return out

    def times(
        self, called: str, names: Iterable[str], runs: Sequence[tuple[int, int]], by: str | None
    ) -> str:
        """Declare the feature that is `by` (or 1) while the set's number lies in one of `runs`."""
        variable = self.variable(names)
        level = () if by is None else (Atom(by),)
        if variable is None:
            return by or called
        terms = [Term(1, (*level, Atom(variable, lo, hi))) for lo, hi in runs]
        return self.low.builder.feature(called, terms)

    def lower(self) -> None:
        """Lower what keeps the sets up to date, once all of them are declared."""
        for name, cause in self.known.items():
            bits = [(v, 1 << key.index(name)) for key, v in self.sets.items() if name in key]
            if not bits:
                continue
            start = int(self.holds_at_start(name))
            note = self.low.builder.variable(f"forces.noted.{name}", 0, 1, start)
            for label, on in (("begins", 1), ("ends", 0)):
                effects = [add(v, bit if on else -bit) for v, bit in bits]
                # Always so; said for the reader of the program, who cannot know what bits are.
                fits = [self._fits(v, bit, on) for v, bit in bits]
                for side, guard in enumerate([cause.on] if on else cause.off):
                    guards = [guard, when(note, 1 - on), *fits]
                    at_once(
                        self.low, f"{note}.{label}.{side}", [set_to(note, on), *effects], guards
                    )

    def _fits(self, variable: str, bit: int, on: int) -> Interval:
        most = self.low.builder.variable_named(variable).hi
        return when(variable, 0, most - bit) if on else when(variable, bit, most)


def _members(key: tuple[str, ...], code: int) -> frozenset[str]:
    return frozenset(name for i, name in enumerate(key) if code >> i & 1)


def log_of(low: Lowering, called: str, atom: Atom) -> str:
    """Return the feature log(atom), which switches off what reads it while the atom is 0."""
    if not low.builder.readable(called):
        low.builder.feature(called, [Term(1, (atom,))], "log")
    return called
