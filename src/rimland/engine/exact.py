"""The exact answer of a small program: uniformization over its reachable states.

A program whose clocks are all exponential and whose numbers do not change with time is a
continuous-time Markov chain. With L at least every exit rate and P = I + Q/L (Jensen 1953;
Stewart 1994, section 8.3; Reibman & Trivedi 1989 for the integrals)

    p(t)             = sum over n of Poisson(n; L t) p(0) P^n
    integral of p(s) = sum over n of Pr(N > n) / L   p(0) P^n,     N ~ Poisson(L t)

The sums stop where what is left of the Poisson mass is below the tolerance; that remainder is
the stated error bound. This module reads the program itself and shares no code with the kernel,
so that each can be the other's test.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rimland.errors import RunError, did_you_mean
from rimland.program.layers import pairs_read, partners
from rimland.program.model import (
    NO_SWITCH,
    Feature,
    Observer,
    Program,
    Switch,
    Term,
    Transition,
    Weighted,
)

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_Levels = tuple[int, ...]
_Vector = NDArray[np.float64]
_OFF = -math.inf


@dataclass(frozen=True)
class Exact:
    """The distribution over states at each day, and each observer's expected value.

    states         levels of all variables, one row per reachable state, shape [S, V]
    probabilities  shape [days, S]
    expected       shape [observers, days]; for `first` it is the probability of having hit
    error          bounds the absolute error of each probability; `errors` that of `expected`,
                   shape [observers, days]; rounding (about 1e-16 per step) is not in it
    """

    variables: tuple[str, ...]
    observers: tuple[str, ...]
    days: _Vector
    states: NDArray[np.int64]
    probabilities: _Vector
    expected: _Vector
    errors: _Vector
    error: float

    def of(self, observer: str) -> _Vector:
        """Return an observer's expected value at each day; raises RunError if there is none."""
        if observer not in self.observers:
            known = did_you_mean(observer, self.observers)
            raise RunError(f"no observer is called '{observer}'.{known}")
        values: _Vector = self.expected[self.observers.index(observer)]
        return values


def solve(
    program: Program,
    theta_row: ArrayLike,
    days: ArrayLike,
    *,
    switch: Switch = NO_SWITCH,
    most_states: int = 20_000,
    tolerance: float = 1e-12,
) -> Exact:
    """Return the exact transient answer of a program at one row of theta.

    Raises RunError with the reason when the program is no Markov chain of at most `most_states`
    states: another clock, a covariate, a hold that begins later, too many states.
    """
    theta = np.asarray(theta_row, np.float64).reshape(-1)
    grid = np.asarray(days, np.float64).reshape(-1)
    if len(theta) != len(program.parameters):
        raise RunError(f"theta has {len(theta)} numbers; expected {len(program.parameters)}")
    if not len(grid) or grid[0] < 0 or not np.all(np.diff(grid) > 0) or not grid[-1] < np.inf:
        raise RunError("days must increase from 0 on and be finite")
    _refuse(program, switch)
    chain = _Chain(program, theta, switch, most_states)
    probabilities, integrals, bounds = _transient(chain.generator(), chain.first, grid, tolerance)
    expected = np.empty((len(program.observers), len(grid)))
    errors = np.empty_like(expected)
    for o, observer in enumerate(program.observers):
        if observer.kind == "level":
            values = chain.readings(observer.of or "")
            expected[o], size = probabilities @ values, np.abs(values).max()
            errors[o] = size * bounds
        elif observer.kind == "first":
            hit = chain.hits(observer)
            stopped, _, bound = _transient(chain.generator(hit), chain.first, grid, tolerance)
            expected[o], errors[o] = stopped @ hit, bound
        else:
            values = chain.flow(observer)
            expected[o], size = integrals @ values, np.abs(values).max()
            errors[o] = size * grid * bounds
    names = tuple(v.name for v in program.variables)
    states = np.array(chain.states, np.int64).reshape(len(chain.states), len(names))
    observers = tuple(o.name for o in program.observers)
    last = float(bounds[-1])
    return Exact(names, observers, grid, states, probabilities, expected, errors, last)


def _refuse(program: Program, switch: Switch) -> None:
    head = f"program '{program.name}' cannot be solved exactly: "
    for transition in program.transitions:
        if transition.clock.kind != "exponential":
            kind = transition.clock.kind
            raise RunError(f"{head}transition '{transition.name}' has a {kind} clock")
    for queue in program.queues:
        raise RunError(
            f"{head}queue '{queue.name}' remembers in which order its units wait, "
            "which is more than their levels"
        )
    if any(len(c.days) > 1 for c in program.covariates):
        raise RunError(f"{head}covariates change with time")
    for hold in switch.holds:
        if hold.from_day > 0:
            raise RunError(f"{head}'{hold.variable}' is held from day {hold.from_day:g} on only")


class _Chain:
    """The reachable states, and what happens in each."""

    def __init__(self, program: Program, theta: _Vector, switch: Switch, most_states: int) -> None:
        self.program = program
        self.number = {v.name: i for i, v in enumerate(program.variables)}
        self.theta = {p.name: float(x) for p, x in zip(program.parameters, theta, strict=True)}
        self.covariate = {c.name: c.values[0] for c in program.covariates}
        self.feature = {f.name: f for f in program.features}
        self.index = {i.name: i for i in program.indices}
        tied = {layer.name: partners(layer) for layer in program.layers}
        self.shares = {
            f.name: [
                (self.number[one], self.number[other], f.shared.at_least)
                for one, other in pairs_read(f.shared, tied[f.shared.layer])
            ]
            for f in program.features
            if f.shared is not None
        }
        self.held = {hold.variable for hold in switch.holds}
        for name in (*switch.starts, *self.held):
            if name not in self.number:
                known = did_you_mean(name, self.number)
                raise RunError(f"a switch changes '{name}', which is no variable.{known}")
        starts = {**switch.starts, **{hold.variable: hold.level for hold in switch.holds}}
        first = tuple(starts.get(v.name, v.start) for v in program.variables)
        self.states: list[_Levels] = [first]
        self.at: dict[_Levels, int] = {first: 0}
        # (from, to, transition, outcome, rate); also those that lead back to the same state
        self.moves: list[tuple[int, int, str, str, float]] = []
        for s, levels in enumerate(self.states):  # grows while it is walked
            self._explore(s, levels)
            if len(self.states) > most_states:
                raise RunError(
                    f"program '{program.name}' cannot be solved exactly: it has more than "
                    f"{most_states} reachable states"
                )

    @property
    def first(self) -> _Vector:
        """The initial distribution."""
        out = np.zeros(len(self.states))
        out[0] = 1.0
        return out

    def _explore(self, s: int, levels: _Levels) -> None:
        values: dict[str, float] = {}
        for transition in self.program.transitions:
            if not all(
                part.lo <= levels[self.number[part.variable]] <= part.hi
                for part in transition.guard
            ):
                continue
            form = self._form(transition.clock.base, transition.clock.terms, levels, values)
            rate = _exp(form, transition.name)
            if rate == 0.0:
                continue
            for outcome, share in self._shares(transition, levels, values).items():
                if share > 0.0:
                    to = self._after(transition, outcome, levels)
                    if to not in self.at:
                        self.at[to] = len(self.states)
                        self.states.append(to)
                    self.moves.append((s, self.at[to], transition.name, outcome, rate * share))

    def _shares(
        self, transition: Transition, levels: _Levels, values: dict[str, float]
    ) -> dict[str, float]:
        if len(transition.outcomes) == 1:
            return {transition.outcomes[0].name: 1.0}
        forms = [self._form(o.base, o.terms, levels, values) for o in transition.outcomes]
        most = max(forms)
        if not -math.inf < most < math.inf:
            raise RunError(f"transition '{transition.name}' has outcome weights that make no sense")
        weights = [math.exp(form - most) for form in forms]
        total = sum(weights)
        names = (o.name for o in transition.outcomes)
        return {name: weight / total for name, weight in zip(names, weights, strict=True)}

    def _after(self, transition: Transition, outcome: str, levels: _Levels) -> _Levels:
        out = list(levels)
        chosen = next(o for o in transition.outcomes if o.name == outcome)
        for effect in chosen.effects:
            if effect.variable in self.held:
                continue
            v = self.number[effect.variable]
            variable = self.program.variables[v]
            out[v] = effect.value if effect.op == "set" else out[v] + effect.value
            if not variable.lo <= out[v] <= variable.hi:
                raise RunError(
                    f"transition '{transition.name}' would move '{variable.name}' to {out[v]}, "
                    f"outside its bounds {variable.lo} to {variable.hi}"
                )
        return tuple(out)

    def read(self, name: str, levels: _Levels, values: dict[str, float]) -> float:
        """Return a variable, feature or index in a state."""
        if name in self.number:
            return float(levels[self.number[name]])
        if name not in values:
            if name in self.feature:
                values[name] = self._feature(self.feature[name], levels)
            else:
                index = self.index[name]
                x = self._form(index.constant, index.terms, levels, values)
                values[name] = _transformed(index.transform, x, name)
        return values[name]

    def _feature(self, feature: Feature, levels: _Levels) -> float:
        total = float(sum(self._term(term, levels) for term in feature.terms))
        for one, other, least in self.shares.get(feature.name, ()):
            total += levels[one] >= least and levels[other] >= least
        if feature.covariate is not None:
            total += self.covariate[feature.covariate]
        return _transformed(feature.transform, total, feature.name)

    def _term(self, term: Term, levels: _Levels) -> int:
        product = term.coef
        for atom in term.atoms:
            level = levels[self.number[atom.variable]]
            if atom.lo is not None or atom.hi is not None:
                above = atom.lo is None or level >= atom.lo
                level = int(above and (atom.hi is None or level <= atom.hi))
            product *= level
        return product

    def _form(
        self,
        base: str | None,
        terms: tuple[Weighted, ...],
        levels: _Levels,
        values: dict[str, float],
    ) -> float:
        total = 0.0 if base is None else self.theta[base]
        for term in terms:
            x = self.read(term.of, levels, values)
            if x == _OFF:
                return _OFF
            total += self.theta[term.parameter] * x
        return total

    def readings(self, name: str) -> _Vector:
        """Return what a variable, feature or index is in each state."""
        return np.array([self.read(name, levels, {}) for levels in self.states])

    def hits(self, observer: Observer) -> _Vector:
        """Return 1 for the states in which a `first` observer has what it waits for."""
        v = self.number[observer.of or ""]
        lo = -math.inf if observer.lo is None else observer.lo
        hi = math.inf if observer.hi is None else observer.hi
        return np.array([float(lo <= levels[v] <= hi) for levels in self.states])

    def flow(self, observer: Observer) -> _Vector:
        """Return the expected gain per day of an integral, count or hazard in each state."""
        ones = np.ones(len(self.states))
        values = ones if observer.of is None else self.readings(observer.of)
        if observer.kind == "integral":
            return values
        rates = np.zeros(len(self.states))
        for s, _, transition, outcome, rate in self.moves:
            if transition == observer.transition and observer.outcome in (None, outcome):
                rates[s] += rate
        return np.where(rates > 0.0, rates * np.where(rates > 0.0, values, 0.0), 0.0)

    def generator(self, absorbing: _Vector | None = None) -> csr_array:
        """Return Q as a sparse matrix; states marked as absorbing have no way out."""
        from scipy.sparse import coo_array

        kept = [m for m in self.moves if absorbing is None or not absorbing[m[0]]]
        rows = np.array([m[0] for m in kept], np.int64)
        columns = np.array([m[1] for m in kept], np.int64)
        rates = np.array([m[4] for m in kept], np.float64)
        both = np.concatenate
        size = len(self.states)
        entries = (both([rates, -rates]), (both([rows, rows]), both([columns, rows])))
        return coo_array(entries, shape=(size, size)).tocsr()


def _exp(form: float, name: str) -> float:
    rate = math.nan if math.isnan(form) else math.exp(min(form, 710.0))
    if not rate < math.inf:
        raise RunError(f"transition '{name}' has a rate that is infinite or no number")
    return rate


def _transformed(kind: str, x: float, name: str) -> float:
    if x == _OFF:
        return x
    functions: Mapping[str, Callable[[float], float]] = {
        "identity": float,
        "log1p": lambda y: math.log1p(y) if y > -1.0 else (_OFF if y == -1.0 else math.nan),
        "sqrt": lambda y: math.sqrt(y) if y >= 0.0 else math.nan,
        "log": lambda y: math.log(y) if y > 0.0 else (_OFF if y == 0.0 else math.nan),
    }
    made = functions[kind](x)
    if math.isnan(made):
        raise RunError(f"'{name}' is no number: {kind} of {x:g}")
    return made


def _transient(
    generator: Any, first: _Vector, grid: _Vector, tolerance: float
) -> tuple[_Vector, _Vector, _Vector]:
    """Return p(t), its integral over [0, t] and the bound on what was left out, at each t."""
    size = len(first)
    # a state whose only move leads back to itself may leave a rounding residue of either sign
    fastest = max(0.0, float(-generator.diagonal().min())) if size else 0.0
    probabilities, integrals = np.empty((len(grid), size)), np.empty((len(grid), size))
    bounds = np.empty(len(grid))
    now, total, left = first, np.zeros(size), 0.0
    step_tolerance = tolerance / len(grid)
    before = 0.0
    for g, day in enumerate(grid):
        span = day - before
        if fastest == 0.0:
            total = total + now * span
        elif span > 0.0:
            now, gained, lost = _step(generator, now, span, fastest, step_tolerance)
            total = total + gained
            left += lost
        probabilities[g], integrals[g], bounds[g] = now, total, left
        before = day
    return probabilities, integrals, bounds


def _step(
    generator: Any, now: _Vector, span: float, fastest: float, tolerance: float
) -> tuple[_Vector, _Vector, float]:
    from scipy.stats import poisson

    mean = fastest * span
    last = int(poisson.isf(tolerance, mean)) + 1
    counts = np.arange(last + 1)
    mass = poisson.pmf(counts, mean)
    beyond = poisson.sf(counts, mean)
    moved = generator.T.tocsr() / fastest
    vector, after, gained = now, np.zeros_like(now), np.zeros_like(now)
    for n in range(last + 1):
        after += mass[n] * vector
        gained += beyond[n] / fastest * vector
        vector = vector + moved @ vector
    # Pr(N >= last) bounds what the sums left out: of p as it is, of the integral times the span.
    return after, gained, float(beyond[last - 1])
