"""The formalism: what a program is made of. Frozen values, no behaviour but small look-ups.

A program is a generalized semi-Markov process (Glynn 1989; Haas 2002): bounded integer
variables, and transitions with a guard, a clock and weighted outcomes. Time is in days. Every
number that is not a bound, a level or an integer coefficient is an entry of theta, named after
the quantity it comes from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rimland.program.formula import Formula

Transform = Literal["identity", "log1p", "sqrt", "log"]
ClockKind = Literal["exponential", "fixed", "lognormal", "weibull", "gamma", "calendar", "queue"]
"""`queue` is the clock of a queue's own event; no transition may have it."""
ObserverKind = Literal["level", "integral", "count", "first", "hazard"]

CLOCK_PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "exponential": (),
    "fixed": ("days",),
    "lognormal": ("log_median_days", "sigma"),
    "weibull": ("shape", "scale_days"),
    "gamma": ("shape", "scale_days"),
    "calendar": (),
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One entry of theta and how it follows from quantities."""

    name: str
    formula: Formula


@dataclass(frozen=True, slots=True)
class Variable:
    """A small integer with bounds; `levels`, if given, names its values from `lo` upwards."""

    name: str
    lo: int
    hi: int
    start: int
    levels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Covariate:
    """A step function of time: `values[i]` from `days[i]` on; `days[0]` is 0."""

    name: str
    days: tuple[float, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Atom:
    """A factor of a term: a variable's level, or 1 while that lies in [lo, hi] and 0 elsewhere."""

    variable: str
    lo: int | None = None
    hi: int | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """An integer coefficient times the product of at most two atoms."""

    coef: int
    atoms: tuple[Atom, ...]


@dataclass(frozen=True, slots=True)
class Tie:
    """An unordered pair of nodes, and the variable that says at which level they are tied."""

    a: str
    b: str
    variable: str


@dataclass(frozen=True, slots=True)
class Layer:
    """A symmetric relation over nodes: pairs that have no tie here can never be tied.

    One variable may stand for several pairs, as a treaty of many members does.
    """

    name: str
    nodes: tuple[str, ...]
    ties: tuple[Tie, ...]


@dataclass(frozen=True, slots=True)
class Shared:
    """How many nodes k have both ties, (a, k) and (b, k), at level `at_least` or above."""

    layer: str
    a: str
    b: str
    at_least: int = 1


@dataclass(frozen=True, slots=True)
class Feature:
    """transform(sum of terms + shared partners + covariate). The sum is kept as an exact integer.

    A `log` of 0 switches off whatever hazard reads it. A sum of `shared` alone is what the triples
    over all k would give as terms, at the cost of a list of partners.
    """

    name: str
    terms: tuple[Term, ...] = ()
    transform: Transform = "identity"
    covariate: str | None = None
    shared: Shared | None = None


@dataclass(frozen=True, slots=True)
class Weighted:
    """theta[parameter] times the value of a variable, a feature or an index called `of`."""

    parameter: str
    of: str


@dataclass(frozen=True, slots=True)
class Index:
    """transform(theta[constant] + sum of weighted features): a real number, never stored as state.

    It reads features and variables, not other indices; it is recomputed from them when dirty.
    """

    name: str
    terms: tuple[Weighted, ...]
    constant: str | None = None
    transform: Transform = "identity"


@dataclass(frozen=True, slots=True)
class Interval:
    """A condition: `variable` lies in [lo, hi]."""

    variable: str
    lo: int
    hi: int


@dataclass(frozen=True, slots=True)
class Effect:
    """What happens to a variable: `set` to a level, or `add` a step."""

    variable: str
    op: Literal["set", "add"]
    value: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way a transition can come out; chosen with weight exp(theta[base] + terms)."""

    name: str
    effects: tuple[Effect, ...]
    base: str | None = None
    terms: tuple[Weighted, ...] = ()


@dataclass(frozen=True, slots=True)
class Clock:
    """Work W drawn from `kind`, spent at speed exp(theta[base] + terms).

    Exponential: W is Exp(1), so the speed is the hazard per day. The other families draw W in
    days and usually run at speed 1 (no base, no terms). `calendar` fires on the given days and
    has no speed. `again` says what an enabled-again clock does: `restart` draws anew, `resume`
    goes on with the work that was left.
    """

    kind: ClockKind
    parameters: tuple[str, ...] = ()
    base: str | None = None
    terms: tuple[Weighted, ...] = ()
    days: tuple[int, ...] = ()
    again: Literal["restart", "resume"] = "restart"


@dataclass(frozen=True, slots=True)
class Transition:
    """A change that can happen: while `guard` holds its clock runs; when it rings, an outcome.

    Of simultaneous events the lower `priority` goes first, then the name.
    """

    name: str
    clock: Clock
    outcomes: tuple[Outcome, ...]
    guard: tuple[Interval, ...] = ()
    priority: int = 0


@dataclass(frozen=True)
class Queue:
    """Units that wait for a server, first come first served, however many servers there are.

    Each unit is a variable. Whatever sets it to `waiting` puts it at the end of the line; while
    fewer units are `serving` than the variable `servers` says, the one that has waited longest is
    set to `serving`, at that instant. Who is served stays served when servers go away. What ends a
    service is a transition of the unit's own, so that its luck is keyed by unit and visit.

    The start of service is an event named after the queue, with one outcome a unit, named after
    it; observers can count it. Of units that wait since the start the first listed goes first.
    """

    name: str
    units: tuple[str, ...]
    servers: str
    waiting: int = 1
    serving: int = 2
    priority: int = 0


def start_of_service(queue: Queue) -> Transition:
    """Return the start of service as the transition that the engine runs."""
    guard = (
        Interval(queue.servers, 0, 2**62),
        *(Interval(unit, queue.waiting, queue.serving) for unit in queue.units),
    )
    outcomes = tuple(Outcome(u, (Effect(u, "set", queue.serving),)) for u in queue.units)
    return Transition(queue.name, Clock("queue"), outcomes, guard, queue.priority)


@dataclass(frozen=True)
class Observer:
    """A measure accumulated along each future and read at each grid time.

    level     value of `of` at the grid time, after all events of that instant
    integral  integral of `of` over [0, grid time], in value-days
    count     sum of `of` (1 if None) over the firings of `transition` up to the grid time; `of` is
              read just before the firing; with `outcome`, only firings that came out so
    first     first day on which variable `of` lies in [lo, hi]; infinity until then
    hazard    integral of the transition's hazard, times `of` if given: its expected count
    """

    name: str
    kind: ObserverKind
    of: str | None = None
    transition: str | None = None
    outcome: str | None = None
    lo: int | None = None
    hi: int | None = None


@dataclass(frozen=True)
class Hold:
    """Pin a variable at a level from a day on; effects on it are dropped while it is held."""

    variable: str
    level: int
    from_day: float = 0.0


@dataclass(frozen=True)
class Switch:
    """What a variant changes in a program: where variables start, and which are held."""

    starts: Mapping[str, int] = field(default_factory=dict)
    holds: tuple[Hold, ...] = ()

    def joined(self, other: Switch) -> Switch:
        """Return both switches as one; where they touch the same variable, `other` wins."""
        starts = {**self.starts, **other.starts}
        theirs = {hold.variable for hold in other.holds}
        holds = (*(h for h in self.holds if h.variable not in theirs), *other.holds)
        return Switch(starts, holds)


NO_SWITCH = Switch()


@dataclass(frozen=True)
class Program:
    """A whole program. `quantities` gives a default value to each name that formulas read, so

    that a program file runs without any scenario.
    """

    name: str
    variables: tuple[Variable, ...]
    transitions: tuple[Transition, ...]
    parameters: tuple[Parameter, ...] = ()
    features: tuple[Feature, ...] = ()
    indices: tuple[Index, ...] = ()
    covariates: tuple[Covariate, ...] = ()
    observers: tuple[Observer, ...] = ()
    quantities: Mapping[str, float] = field(default_factory=dict)
    queues: tuple[Queue, ...] = ()
    layers: tuple[Layer, ...] = ()

    def theta(self, values: Mapping[str, NDArray[np.float64]], draws: int) -> NDArray[np.float64]:
        """Return theta[draws, P] from each quantity's draws (shape [draws]).

        Raises ProgramError when a formula reads a name that `values` lacks.
        """
        out = np.empty((draws, len(self.parameters)))
        for column, parameter in enumerate(self.parameters):
            out[:, column] = parameter.formula.evaluate(values)
        return out

    def default_theta(self) -> NDArray[np.float64]:
        """Return theta[1, P] at the default values of the program's own quantities."""
        values = {name: np.array([value]) for name, value in self.quantities.items()}
        return self.theta(values, 1)
