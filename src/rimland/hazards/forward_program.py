"""From a fitted hazard to transitions: each unit at risk runs at exp(x . beta), in a program.

A kind of event has one equation and many units. What of a unit's statistics stands still is in the
base of its clock; what the calendar moves is a covariate; what the simulation itself moves is read
from its state. Every number of the program is a linear form of the equation's coefficients, so that
a draw of the coefficients is a row of theta.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv, ndtri

from rimland.engine.random import uniforms
from rimland.hazards.estimate import Estimate
from rimland.hazards.links import Floats
from rimland.program.build import ProgramBuilder
from rimland.program.formula import name as named
from rimland.program.model import Effect, Interval, Program

YEAR_DAYS = 365
"""Of a simulated year, whole, so that every year begins on a day; no leap days."""


def log_rate_per_day(log_hazard_per_year: float) -> float:
    """Return the log of the rate per day whose yearly hazard has this logarithm.

    The coefficients of a yearly complementary log-log regression are those of the hazard
    (Prentice and Gloeckler 1978): 1 - exp(-exp(x . beta)) is the chance of an event within a year
    that runs at exp(x . beta) a year. So nothing is converted but the unit of time.
    """
    return log_hazard_per_year - float(np.log(YEAR_DAYS))


class Rare(NamedTuple):
    """How an event is told that few futures have: by its hazard, summed until it comes.

    Its expected value is the chance of the event, without the noise of counting futures.
    """

    counter: str
    """Name of the variable that counts the events of all units."""
    before: tuple[str, ...]
    """[U], names of the features that are 1 until a unit's first event, and 0 from then on."""


@dataclass(frozen=True)
class Kind:
    """One kind of event: the equation fitted up to the origin, and who is at risk after it."""

    name: str
    made: Estimate
    units: NDArray[np.int64]
    """[U, 1] states or treaties, [U, 2] pairs; by COW code."""
    x: Floats
    """[U, K], statistics in the order of the equation's terms, as they stood at the origin."""
    moving: Mapping[str, Floats] = field(default_factory=dict)
    """Terms that the calendar alone moves: their values [U, Y] in the years after the origin."""
    live: tuple[str, ...] = ()
    """Terms that the simulation moves: read from its state, not from `x`."""
    factor: tuple[Floats, Floats] | None = None
    """Shape and rate [U] of the gamma factors that the units' own records leave."""
    told: NDArray[np.bool_] | None = None
    """[U], units of which the forecast tells; all when it is None."""
    rare: Rare | None = None
    equation: str = ""
    """What the coefficients are drawn under, if not the kind's name: kinds may share them."""

    @property
    def telling(self) -> NDArray[np.intp]:
        """Return the numbers of the units of which the forecast tells."""
        return np.arange(len(self.units)) if self.told is None else np.flatnonzero(self.told)

    @property
    def drawn_as(self) -> str:
        """Return what the coefficients are drawn under."""
        return self.equation or self.name

    def called(self, unit: int) -> str:
        """Return the name of a unit's transition."""
        return f"{self.name}.{'>'.join(str(c) for c in self.units[unit])}"


class _Form(NamedTuple):
    """log of a rate or a weight: constant + row . beta + log of a gamma factor."""

    kind: str
    row: Floats
    constant: float
    factor: tuple[float, float] | None


class Lowering:
    """A program in the making, and the linear forms behind its numbers."""

    def __init__(self, name: str, years: int) -> None:
        """Begin an empty program over so many years after the origin."""
        self.builder = ProgramBuilder(name)
        self.years = years
        self._name = name
        self._forms: dict[str, _Form] = {}
        self._kinds: dict[str, Estimate] = {}
        self._steps: dict[tuple[float, ...], str] = {}

    def weight(self, kind: Kind, term: str) -> str:
        """Return the parameter that is the coefficient of a term, declared once."""
        called = f"{kind.drawn_as}:{term}"
        if called not in self._forms:
            row = np.array([float(t == term) for t in kind.made.terms])
            self._declare(called, kind, row, 0.0, None)
        return called

    def hazard(
        self,
        kind: Kind,
        unit: int,
        effects: Sequence[Effect] = (),
        guard: Sequence[Interval] = (),
        reads: Sequence[tuple[str, str]] = (),
    ) -> str:
        """Add the transition of one unit; `reads` pairs live terms with what they are read from."""
        called, terms = kind.called(unit), kind.made.terms
        row = kind.x[unit].copy()
        row[[terms.index(t) for t in (*kind.moving, *kind.live)]] = 0.0
        weighs = [(self.weight(kind, term), of) for term, of in reads]
        for term, values in kind.moving.items():
            steps = values[unit]
            if np.ptp(steps) == 0.0:
                row[terms.index(term)] = steps[0]
            else:
                weighs.append((self.weight(kind, term), self._moved(steps)))
        factor = None
        if kind.factor is not None:
            factor = (float(kind.factor[0][unit]), float(kind.factor[1][unit]))
        rate = f"{called}:log_rate"
        self._declare(rate, kind, row, log_rate_per_day(0.0), factor)
        clock = self.builder.exponential(called, named(rate), weighs)
        self.builder.transition(called, clock, list(effects), guard)
        return called

    def program(self) -> Program:
        """Return the checked program, each number at its centre."""
        middle = {kind: made.coefficients_[None, :] for kind, made in self._kinds.items()}
        centres = {q: float(self._value(f, middle, None)[0]) for q, f in self._forms.items()}
        return self.builder.build(centres)

    def theta(self, program: Program, seed: int, draws: int, first_draw: int = 0) -> Floats:
        """Return theta [draws, P]: coefficients normal about the estimate, factors as recorded.

        Each number is keyed by (seed, draw, its name): more draws never change earlier ones.
        """
        drawn = {
            kind: _coefficients(made, f"{self._name}, {kind}", seed, draws, first_draw)
            for kind, made in self._kinds.items()
        }
        values = {}
        for quantity, form in self._forms.items():
            luck = None
            if form.factor is not None:
                luck = uniforms(seed, draws, f"{self._name}, factor of {quantity}", first_draw)
            values[quantity] = self._value(form, drawn, luck)
        return program.theta(values, draws)

    def _declare(
        self,
        called: str,
        kind: Kind,
        row: Floats,
        constant: float,
        factor: tuple[float, float] | None,
    ) -> None:
        self._kinds[kind.drawn_as] = kind.made
        self._forms[called] = _Form(kind.drawn_as, row, constant, factor)
        self.builder.parameter(called, named(called))

    def _moved(self, steps: Floats) -> str:
        """Return the feature of a step function by year, made once for all that share it."""
        values = tuple(float(v) for v in steps)
        if values not in self._steps:
            number = len(self._steps)
            days = [float(YEAR_DAYS * year) for year in range(len(values))]
            covariate = self.builder.covariate(f"steps {number} by year", days, values)
            self._steps[values] = self.builder.feature(f"steps {number}", (), covariate=covariate)
        return self._steps[values]

    @staticmethod
    def _value(form: _Form, drawn: Mapping[str, Floats], luck: Floats | None) -> Floats:
        # Summed term by term: a product of matrices may add in another order for another count.
        out = np.full(len(drawn[form.kind]), form.constant)
        for k in np.flatnonzero(form.row):
            out = out + form.row[k] * drawn[form.kind][:, k]
        if form.factor is not None:
            shape, rate = form.factor
            own = shape / rate if luck is None else gammaincinv(shape, luck) / rate
            # A factor so small that it has no logarithm is as good as never.
            out = out + np.log(np.maximum(own, 1e-12))
        return np.asarray(out, np.float64)


def _coefficients(made: Estimate, named_by: str, seed: int, draws: int, first_draw: int) -> Floats:
    """Return coefficients [draws, K], normal with the estimate's covariance.

    Errors clustered several ways may give a direction a negative variance; it counts as none
    (Cameron, Gelbach and Miller 2011).
    """
    values, vectors = np.linalg.eigh(made.covariance_)
    root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    out = np.tile(made.coefficients_, (draws, 1))
    for k, term in enumerate(made.terms):
        luck = ndtri(uniforms(seed, draws, f"{named_by}: {term}", first_draw))
        out += luck[:, None] * root[k]
    return out
