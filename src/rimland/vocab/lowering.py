"""What every word lowers into: one program under construction, with the numbers it reads.

Words run in two phases. `declare` makes what can be read (variables, features, indices);
`lower` makes what changes it and what is measured. So a driver may name anything that any word
declares. A mistake becomes a Problem with its place, and lowering goes on.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from rimland.dates import DAYS_PER_YEAR, day_number
from rimland.notation.base import Entry
from rimland.notation.families import Z90, uniform_ends
from rimland.notation.marks import Mark
from rimland.notation.places import Path
from rimland.notation.quantity import (
    AnyQuantity,
    Duration,
    LogQuantity,
    Quantity,
    RateQuantity,
)
from rimland.program.formula import Formula, exp, log, name, num
from rimland.program.model import Atom, Clock, Term
from rimland.vocab.measure import Measure
from rimland.vocab.names import ActorFacts, Names, canonical

__all__ = ["ActorFacts", "Change", "Driver", "HurdleTerms", "Lognormal", "Lowering", "canonical"]


class Driver(Entry):
    """Something that speeds up or slows down a change: one arrow of the system, one number."""

    of: str
    """The variable, feature or index that is read."""
    at: str | None = None
    """Read 1 while the variable `of` is at this level and 0 otherwise, in place of its number."""
    effect: LogQuantity
    """Change of the log hazard (or log-odds) for one unit more of what is read, or for `per`."""
    per: AnyQuantity | None = None
    """How much of what is read has that effect, where it is not one unit; less than 0 for less."""
    says: str = Field(default="")
    """The arrow in plain words."""


class Change(Entry):
    """A hazard of one step up or down, and what drives it."""

    rate: RateQuantity
    """Steps per year when every driver reads 0."""
    drivers: list[Driver] = Field(default_factory=list)
    """What speeds it up or slows it down."""


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
    """A hurdle ready for use by a pledge; `terms` act on the log-odds of failing.

    `savings`, where the hurdle answers to money, is the effect on the log-odds of one unit of the
    log of a pledge's cost, and the variable that says whether savings count.
    """

    gate: str
    takes: Lognormal
    fails: Formula
    terms: tuple[tuple[Formula, str], ...] = ()
    savings: tuple[Formula, str] | None = None


@dataclass
class Lowering(Names):
    """The program being made from one scenario, and everything its numbers came from.

    `quantities` are drawn; `derived` are formulas over quantities and earlier derived ones, to be
    evaluated in order (`with_derived`) before theta. `marks` says where a variable's start comes
    from. `names` are what a reader calls an actor, a place, a pledge or a hurdle, by its id.
    `unsure` holds beginnings of names that a reported mistake keeps from being declared; a
    reference to one of them is not reported a second time. `kept` is what a word made in declaring
    and needs in lowering, by its file. `sums` are indices of features alone, without constant and
    transform, that others may take in: their terms.
    """

    quantities: dict[str, Quantity] = field(default_factory=dict)
    derived: dict[str, Formula] = field(default_factory=dict)
    measures: dict[str, Measure] = field(default_factory=dict)
    marks: dict[str, Mark] = field(default_factory=dict)
    hurdles: dict[str, HurdleTerms] = field(default_factory=dict)
    kept: dict[str, object] = field(default_factory=dict)
    sums: dict[str, list[tuple[Formula, str]]] = field(default_factory=dict)

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

    def chance(self, called: str, share: Quantity, file: str, path: Path) -> Formula:
        """Register a share that both sides of a choice need: report one that is 0 or 1."""
        if share.p10 <= 0 or share.p90 >= 1:
            self.report(
                file,
                path,
                "what never or always happens is no chance",
                expected="a share between 0 and 1",
                code="bounds",
            )
        return self.quantity(called, share)

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
            called = f"{owner}.drivers.{label}"
            effect = self.quantity(called, driver.effect)
            if driver.per is not None:
                least, most = _reach(driver.per)
                if least < 0 < most or not (least or most):
                    what = "may be 0, and nothing is the effect of nothing"
                    wanted = "an amount that cannot be 0: one number, or a range of family uniform"
                    self.report(file, (*at, "per"), what, expected=wanted, code="bounds")
                    continue
                effect = effect / self.quantity(f"{called}.per", driver.per)
            terms.append((effect, read))
        return terms

    def hazard(
        self,
        owner: str,
        change: Change,
        file: str,
        path: Path,
        shared: Sequence[tuple[Formula, str]] = (),
    ) -> Clock:
        """Return the clock of a change: its rate, its drivers and `shared` terms of others."""
        rate = self.log_rate(self.quantity(f"{owner}.rate", change.rate))
        terms = self.driver_terms(owner, change.drivers, file, (*path, "drivers"))
        return self.builder.exponential(owner, rate, [*shared, *terms])

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

    def offer_mean(
        self, called: str, says: str, unit: str, of: str | None = None, scale: float = 1.0
    ) -> None:
        """Offer the average over time of a readable (`called` itself by default)."""
        observer = self.builder.observer(f"{called}:integral", "integral", of or called)
        measure = Measure(called, f"{says}, on average", unit, "mean", (observer,), scale=scale)
        self.measure(measure)

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


def _reach(quantity: Quantity) -> tuple[float, float]:
    """Return the least and the largest value that a number can take."""
    if quantity.family == "normal":
        return -math.inf, math.inf
    if quantity.family == "uniform":
        return uniform_ends(quantity.p10, quantity.central, quantity.p90)
    if quantity.family == "fixed":
        return quantity.central, quantity.central
    return quantity.shape.above, math.inf
