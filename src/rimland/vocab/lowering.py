"""What every word lowers into: one program under construction, with the numbers it reads.

Words run in two phases. `declare` makes what can be read (variables, features, indices);
`lower` makes what changes it and what is measured. So a driver may name anything that any word
declares. A mistake becomes a Problem with its place, and lowering goes on.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from rimland.dates import DAYS_PER_YEAR, day_number
from rimland.errors import nearest
from rimland.notation.base import Entry
from rimland.notation.families import Z90
from rimland.notation.marks import Mark
from rimland.notation.places import Path, Place, dotted
from rimland.notation.problems import Problems
from rimland.notation.quantity import Duration, LogQuantity, Quantity
from rimland.notation.yamlfile import Document
from rimland.program.build import ProgramBuilder
from rimland.program.formula import Formula, exp, log, name, num
from rimland.program.model import Atom, Clock, Term
from rimland.vocab.measure import Measure


class Driver(Entry):
    """Something that speeds up or slows down a change: one arrow of the system, one number."""

    of: str
    """The variable, feature or index that is read."""
    at: str | None = None
    """Read 1 while the variable `of` is at this level and 0 otherwise, in place of its number."""
    effect: LogQuantity
    """Change of the log hazard (or log-odds) for one unit more of what is read."""
    says: str = Field(default="")
    """The arrow in plain words."""


@dataclass(frozen=True)
class ActorFacts:
    """What other words need to know of an actor: capability as a formula, capital in degrees."""

    code: str
    capability: Formula | None
    capital: tuple[float, float] | None


@dataclass(frozen=True)
class Lognormal:
    """A duration as formulas: median in days, and standard deviation of the log."""

    median: Formula
    sigma: Formula

    @property
    def mean(self) -> Formula:
        """The mean in days: median * exp(sigma^2 / 2)."""
        return self.median * exp(self.sigma**2 / 2.0)


@dataclass(frozen=True)
class HurdleTerms:
    """A hurdle ready for use by a pledge; `terms` act on the log-odds of failing."""

    gate: str
    takes: Lognormal
    fails: Formula
    terms: tuple[tuple[Formula, str], ...] = ()


@dataclass
class Lowering:
    """The program being made from one scenario, and everything its numbers came from.

    `quantities` are drawn; `derived` are formulas over quantities and earlier derived ones, to be
    evaluated in order (`with_derived`) before theta. `marks` says where a variable's start comes
    from. `names` are what a reader calls an actor, a place, a pledge or a hurdle, by its id.
    `unsure` holds beginnings of names that a reported mistake keeps from being declared; a
    reference to one of them is not reported a second time.
    """

    builder: ProgramBuilder
    as_of: date
    horizon: date
    problems: Problems
    documents: Mapping[str, Document] = field(default_factory=dict)
    quantities: dict[str, Quantity] = field(default_factory=dict)
    derived: dict[str, Formula] = field(default_factory=dict)
    measures: dict[str, Measure] = field(default_factory=dict)
    marks: dict[str, Mark] = field(default_factory=dict)
    flags: dict[str, Atom] = field(default_factory=dict)
    actors: dict[str, ActorFacts] = field(default_factory=dict)
    hurdles: dict[str, HurdleTerms] = field(default_factory=dict)
    unsure: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)

    # --- places and problems -----------------------------------------------------------------

    def place(self, file: str, path: Path) -> Place | None:
        """Return where the entry at `path` of `file` is written, or None if the file is unknown."""
        document = self.documents.get(file)
        return None if document is None else document.place(path)

    def report(
        self,
        file: str,
        path: Path,
        what: str,
        *,
        expected: str = "",
        near: str | None = None,
        mend: str = "",
        code: str = "",
    ) -> None:
        """Report a mistake at the entry `path` of `file`."""
        self.problems.report(
            self.place(file, path),
            dotted(path),
            what,
            expected=expected,
            near=near,
            mend=mend,
            code=code,
        )

    def known(self, ref: str, names: Iterable[str], kind: str, file: str, path: Path) -> bool:
        """Return whether `ref` is among `names`; if not, report it with the nearest."""
        names = list(names)
        if ref in names:
            return True
        if f"{kind}s." in self.unsure:
            return False
        article = "an" if kind[0] in "aeiou" else "a"
        expected = f"{article} {kind} of this scenario" if names else f"a declared {kind}"
        self.report(
            file,
            path,
            f"no {kind} is called '{ref}'",
            expected=expected,
            near=nearest(ref, names),
            code="unknown-name",
        )
        return False

    # --- names -------------------------------------------------------------------------------

    def call(self, id_: str, name: str | None) -> None:
        """Note what a reader calls the thing of that id, if its author gave it a name."""
        if name:
            self.names[id_] = name

    def named(self, id_: str) -> str:
        """Return what a reader calls the thing of that id; a pair of actors is joined by a dash."""
        if id_ in self.names:
            return self.names[id_]
        pair = id_.split("-")
        if len(pair) == 2 and all(code in self.actors for code in pair):
            return "–".join(self.named(code) for code in pair)
        return id_.replace("-", " ")

    def reads(self, ref: str, file: str, path: Path) -> str | None:
        """Return the readable that `ref` names (a tie's pair in either order), or report it."""
        found = canonical(ref)
        if self.builder.readable(found):
            return found
        if self._unsure(found):
            return None
        names = [n for n in self.builder.readables if "[" not in n and ":" not in n]
        self.report(
            file,
            path,
            f"'{ref}' is nothing that can be read",
            expected="a variable, feature or index of this scenario",
            near=nearest(found, names),
            code="unknown-name",
        )
        return None

    def variable(self, ref: str, file: str, path: Path) -> str | None:
        """Return the variable that `ref` names, or report it."""
        found = canonical(ref)
        if self.builder.has_variable(found):
            return found
        if self._unsure(found):
            return None
        self.report(
            file,
            path,
            f"no variable is called '{ref}'",
            expected="something whose level can be set",
            near=nearest(found, self.builder.variables),
            code="unknown-name",
        )
        return None

    def _unsure(self, name: str) -> bool:
        return any(name.startswith(beginning) for beginning in self.unsure)

    def level_of(self, variable: str, level: str | int, file: str, path: Path) -> int | None:
        """Return the number of a declared variable's level, given its name or number."""
        known = self.builder.variable_named(variable)
        return self.level_among(known.levels, known.lo, known.hi, variable, level, file, path)

    def level_among(
        self,
        levels: Sequence[str],
        lo: int,
        hi: int,
        of: str,
        level: str | int,
        file: str,
        path: Path,
    ) -> int | None:
        """Return the number of a level given by name or number, `levels` naming lo upwards."""
        text = str(level).strip()
        if text in levels:
            return lo + list(levels).index(text)
        if text.lstrip("-").isdigit() and lo <= int(text) <= hi:
            return int(text)
        self.report(
            file,
            path,
            f"'{text}' is no level of {of}",
            expected=", ".join(levels) or f"a whole number from {lo} to {hi}",
            near=nearest(text, levels),
            code="unknown-level",
        )
        return None

    def atom_of(self, ref: str, file: str, path: Path) -> Atom | None:
        """Return the atom that a flag or a variable reads, for use in a product of two."""
        found = self.reads(ref, file, path)
        if found is None:
            return None
        if found in self.flags:
            return self.flags[found]
        if self.builder.has_variable(found):
            return Atom(found)
        self.report(
            file,
            path,
            f"'{ref}' is a sum of several things and cannot be used here",
            expected="a variable, or a yes-or-no reading such as pledges.NAME.operational",
            code="not-an-atom",
        )
        return None

    # --- making ------------------------------------------------------------------------------

    def flag(self, called: str, variable: str, lo: int, hi: int) -> str:
        """Declare the yes-or-no reading `called`: 1 while the variable lies in [lo, hi]."""
        atom = Atom(variable, lo, hi)
        self.flags[called] = atom
        return self.builder.feature(called, [Term(1, (atom,))])

    def quantity(self, called: str, quantity: Quantity) -> Formula:
        """Register a number under its dotted name and return a reference to it."""
        if self.quantities.setdefault(called, quantity) != quantity:
            raise ValueError(f"two quantities are called '{called}'")
        return name(called)

    def derive(self, called: str, formula: Formula) -> Formula:
        """Register an intermediate formula under a name and return a reference to it."""
        if called in self.derived or called in self.quantities:
            raise ValueError(f"'{called}' is derived twice")
        self.derived[called] = formula
        return name(called)

    def duration(self, called: str, duration: Duration) -> Lognormal:
        """Register a duration's two numbers as `called.median` and `called.spread`."""
        median = self.quantity(f"{called}.median", duration.median)
        spread = self.quantity(f"{called}.spread", duration.spread)
        return Lognormal(median, log(spread) / num(Z90))

    def lognormal(
        self,
        called: str,
        takes: Lognormal,
        speed: Sequence[tuple[Formula, str]] = (),
        again: Literal["restart", "resume"] = "restart",
    ) -> Clock:
        """Return the clock of a duration for the transition `called`."""
        return self.builder.lognormal(called, log(takes.median), takes.sigma, speed, again)

    def driver_terms(
        self, owner: str, drivers: Sequence[Driver], file: str, path: Path
    ) -> list[tuple[Formula, str]]:
        """Return the terms of a log hazard; each effect is named `owner.drivers.READABLE`."""
        terms: list[tuple[Formula, str]] = []
        for position, driver in enumerate(drivers):
            at = (*path, position)
            read = self.reads(driver.of, file, (*at, "of"))
            if read is None:
                continue
            if driver.at is not None:
                variable = self.variable(driver.of, file, (*at, "of"))
                if variable is None:
                    continue
                level = self.level_of(variable, driver.at, file, (*at, "at"))
                if level is None:
                    continue
                label, read = f"{read}.{driver.at}", self.builder.indicator(read, level, level)
            else:
                label = read
            if any(read == other for _, other in terms):
                self.report(
                    file,
                    (*at, "of"),
                    f"'{driver.of}' drives this twice",
                    expected="each driver once",
                    mend="merge the two effects into one",
                    code="twice",
                )
                continue
            terms.append((self.quantity(f"{owner}.drivers.{label}", driver.effect), read))
        return terms

    def log_rate(self, per_year: Formula) -> Formula:
        """Return the log of a hazard per day, given it per year."""
        return log(per_year / num(DAYS_PER_YEAR))

    def measure(self, measure: Measure) -> None:
        """Offer a measure."""
        if measure.name in self.measures:
            raise ValueError(f"two measures are called '{measure.name}'")
        self.measures[measure.name] = measure

    def offer_level(
        self, called: str, says: str, unit: str, of: str | None = None, scale: float = 1.0
    ) -> None:
        """Offer the level of a readable (`called` itself by default) at any time; once."""
        if called in self.measures:
            return
        observer = self.builder.observer(f"{called}:level", "level", of or called)
        self.measure(Measure(called, says, unit, "level", (observer,), scale=scale))

    def offer_first(self, called: str, says: str, variable: str, lo: int, hi: int) -> None:
        """Offer the probability that a variable has come to lie in [lo, hi] by a given time."""
        observer = self.builder.observer(f"{called}:first", "first", variable, lo=lo, hi=hi)
        self.measure(Measure(called, says, "probability", "probability", (observer,)))

    def day(self, when: date) -> int:
        """Return whole days from the as-of date."""
        return day_number(when, self.as_of)

    # --- values ------------------------------------------------------------------------------

    def with_derived(
        self, values: Mapping[str, NDArray[np.float64]]
    ) -> dict[str, NDArray[np.float64]]:
        """Return `values` (quantity name -> draws) with every derived value added, in order."""
        out = dict(values)
        for called, formula in self.derived.items():
            out[called] = formula.evaluate(out)
        return out

    def central(self) -> dict[str, float]:
        """Return the central value of every quantity and derived value, for the program's file."""
        values = {n: np.array([q.central]) for n, q in self.quantities.items()}
        return {
            n: float(np.asarray(v).reshape(-1)[0]) for n, v in self.with_derived(values).items()
        }


def canonical(ref: str) -> str:
    """Return the name as declared: the pair of a tie in alphabetical order."""
    parts = ref.strip().split(".")
    if len(parts) >= 2 and parts[0] in ("ties", "perception"):
        place = 1 if parts[0] == "ties" else len(parts) - 1
        pair = parts[place].split("-")
        if len(pair) == 2 and all(len(code) == 3 and code.isupper() for code in pair):
            parts[place] = "-".join(sorted(pair))
    return ".".join(parts)


def great_circle_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return the great-circle distance in km between two (latitude, longitude) in degrees.

    Haversine on a sphere of the Earth's mean radius, 6371.0088 km (Moritz 2000).
    """
    (lat_a, lon_a), (lat_b, lon_b) = (tuple(map(math.radians, point)) for point in (a, b))
    h = math.sin((lat_b - lat_a) / 2) ** 2
    h += math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    return 2 * 6371.0088 * math.asin(math.sqrt(h))
