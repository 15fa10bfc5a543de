"""Building a program piece by piece; names are checked for collisions as they come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from rimland.errors import ProgramError
from rimland.program.formula import Formula, as_formula
from rimland.program.model import (
    Atom,
    Clock,
    Covariate,
    Effect,
    Feature,
    Index,
    Interval,
    Layer,
    Observer,
    ObserverKind,
    Outcome,
    Parameter,
    Program,
    Queue,
    Shared,
    Term,
    Tie,
    Transform,
    Transition,
    Variable,
    Weighted,
)

Weight = Formula | float | str
Terms = Iterable[tuple[Weight, str]]
"""Pairs of a weight and the name of what it weighs. A weight that is a text is the name of a

parameter declared with `parameter`, which many terms may then share.
"""


class ProgramBuilder:
    """Collects the parts of a program. Every method that makes a thing returns its name."""

    def __init__(self, name: str) -> None:
        """Start an empty program called `name`."""
        self.name = name
        self._readable: dict[str, str] = {}
        self._variables: dict[str, Variable] = {}
        self._features: dict[str, Feature] = {}
        self._indices: dict[str, Index] = {}
        self._covariates: dict[str, Covariate] = {}
        self._parameters: dict[str, Parameter] = {}
        self._transitions: dict[str, Transition] = {}
        self._observers: dict[str, Observer] = {}
        self._queues: dict[str, Queue] = {}
        self._layers: dict[str, Layer] = {}
        # One object for a term that many transitions have: there can be hundreds of thousands.
        self._terms: dict[tuple[str, str], Weighted] = {}

    # --- state -------------------------------------------------------------------------------

    def variable(self, name: str, lo: int, hi: int, start: int, levels: Sequence[str] = ()) -> str:
        """Declare a bounded integer."""
        if not lo <= start <= hi:
            raise ProgramError(f"variable '{name}' starts at {start}, outside {lo} to {hi}")
        if levels and len(levels) != hi - lo + 1:
            raise ProgramError(
                f"variable '{name}' has {hi - lo + 1} levels but {len(levels)} names"
            )
        self._claim(name, "variable")
        self._variables[name] = Variable(name, lo, hi, start, tuple(levels))
        return name

    def covariate(self, name: str, days: Sequence[float], values: Sequence[float]) -> str:
        """Declare a step function of time."""
        self._claim(name, "covariate")
        self._covariates[name] = Covariate(name, tuple(days), tuple(values))
        return name

    def layer(self, name: str, nodes: Sequence[str], ties: Mapping[tuple[str, str], str]) -> str:
        """Declare a symmetric relation: `ties` gives pairs of nodes the variable of their tie.

        Each pair stands there once, in either order; pairs left out can never be tied. Several
        layers may share nodes and variables. `shared` counts partners over a layer.
        """
        if name in self._layers:
            raise ProgramError(f"two layers are called '{name}'")
        made = tuple(Tie(a, b, variable) for (a, b), variable in ties.items())
        self._layers[name] = Layer(name, tuple(nodes), made)
        return name

    def has_variable(self, name: str) -> bool:
        """Return whether a variable of that name was declared."""
        return name in self._variables

    def variable_named(self, name: str) -> Variable:
        """Return a declared variable."""
        return self._variables[name]

    def feature_named(self, name: str) -> Feature:
        """Return a declared feature."""
        return self._features[name]

    @property
    def variables(self) -> Mapping[str, Variable]:
        """The variables declared so far, by name."""
        return self._variables

    # --- readings ----------------------------------------------------------------------------

    def feature(
        self,
        name: str,
        terms: Iterable[Term],
        transform: Transform = "identity",
        covariate: str | None = None,
    ) -> str:
        """Declare a feature from integer terms."""
        self._claim(name, "feature")
        self._features[name] = Feature(name, tuple(terms), transform, covariate)
        return name

    def indicator(self, variable: str, lo: int, hi: int) -> str:
        """Return the feature that is 1 while `variable` lies in [lo, hi]; made once."""
        name = f"{variable}[{lo}]" if lo == hi else f"{variable}[{lo}..{hi}]"
        if name not in self._features:
            self.feature(name, [Term(1, (Atom(variable, lo, hi),))])
        return name

    def shared(
        self,
        layer: str,
        a: str,
        b: str,
        at_least: int = 1,
        transform: Transform = "identity",
        name: str | None = None,
    ) -> str:
        """Return the feature that counts the nodes tied to both `a` and `b`; made once.

        A tie counts from level `at_least` on. The feature reads like any other, in weights and
        observers; left to itself it is called `shared(layer,a,b,at_least)`, `a` before `b` in the
        order of the alphabet, with the transform's name around it. The engine keeps lists of
        partners and exact counts, so that all pairs of hundreds of nodes can have one.
        """
        first, second = sorted((a, b))
        plain = f"shared({layer},{first},{second},{at_least})"
        called = name or (plain if transform == "identity" else f"{transform}({plain})")
        made = Feature(called, (), transform, None, Shared(layer, first, second, at_least))
        if self._features.get(called) != made:
            self._claim(called, "feature")
            self._features[called] = made
        return called

    def index(
        self,
        name: str,
        terms: Terms,
        constant: Formula | float | None = None,
        transform: Transform = "identity",
    ) -> str:
        """Declare an index; each term is (weight, name of what it weighs)."""
        self._claim(name, "index")
        base = None if constant is None else self.parameter(f"{name}:constant", constant)
        self._indices[name] = Index(name, self._weighted(name, terms), base, transform)
        return name

    def readable(self, name: str) -> bool:
        """Return whether a variable, feature or index has that name."""
        return name in self._readable and self._readable[name] != "covariate"

    @property
    def readables(self) -> tuple[str, ...]:
        """Names of all variables, features and indices declared so far."""
        return tuple(n for n, kind in self._readable.items() if kind != "covariate")

    # --- numbers -----------------------------------------------------------------------------

    def parameter(self, name: str, formula: Formula | float) -> str:
        """Declare an entry of theta and return its name, which may weigh many terms.

        The same name with the same formula is one entry.
        """
        made = as_formula(formula)
        known = self._parameters.get(name)
        if known is None:
            known = self._parameters[name] = Parameter(name, made)
        elif known.formula != made:
            raise ProgramError(f"two parameters are called '{name}' and differ")
        return known.name

    def _weighted(self, owner: str, terms: Terms) -> tuple[Weighted, ...]:
        out = []
        for weight, of in terms:
            parameter = (
                weight if isinstance(weight, str) else self.parameter(f"{owner}:{of}", weight)
            )
            term = self._terms.get((parameter, of))
            if term is None:
                term = self._terms[parameter, of] = Weighted(parameter, of)
            out.append(term)
        return tuple(out)

    # --- changes -----------------------------------------------------------------------------

    def exponential(
        self,
        owner: str,
        log_rate_per_day: Formula | float,
        terms: Terms = (),
        again: Literal["restart", "resume"] = "resume",
    ) -> Clock:
        """Return a hazard exp(log_rate_per_day + terms) for the transition called `owner`."""
        base = self.parameter(f"{owner}:log_rate", log_rate_per_day)
        return Clock("exponential", (), base, self._weighted(owner, terms), (), again)

    def lognormal(
        self,
        owner: str,
        log_median_days: Formula | float,
        sigma: Formula | float,
        speed: Terms = (),
        again: Literal["restart", "resume"] = "restart",
    ) -> Clock:
        """Return a lognormal duration; `speed` terms act on the log of the speed it is spent at."""
        parameters = (
            self.parameter(f"{owner}:log_median", log_median_days),
            self.parameter(f"{owner}:sigma", sigma),
        )
        return Clock("lognormal", parameters, None, self._weighted(owner, speed), (), again)

    def weibull(
        self,
        owner: str,
        shape: Formula | float,
        scale_days: Formula | float,
        speed: Terms = (),
        again: Literal["restart", "resume"] = "restart",
    ) -> Clock:
        """Return a Weibull duration; its hazard rises with age where `shape` exceeds 1."""
        parameters = (
            self.parameter(f"{owner}:shape", shape),
            self.parameter(f"{owner}:scale", scale_days),
        )
        return Clock("weibull", parameters, None, self._weighted(owner, speed), (), again)

    def gamma(
        self,
        owner: str,
        shape: Formula | float,
        scale_days: Formula | float,
        speed: Terms = (),
        again: Literal["restart", "resume"] = "restart",
    ) -> Clock:
        """Return a gamma duration of mean shape * scale; a whole shape is so many stages."""
        parameters = (
            self.parameter(f"{owner}:shape", shape),
            self.parameter(f"{owner}:scale", scale_days),
        )
        return Clock("gamma", parameters, None, self._weighted(owner, speed), (), again)

    def fixed(
        self,
        owner: str,
        days: Formula | float,
        speed: Terms = (),
        again: Literal["restart", "resume"] = "restart",
    ) -> Clock:
        """Return a duration of exactly `days`."""
        parameters = (self.parameter(f"{owner}:days", days),)
        return Clock("fixed", parameters, None, self._weighted(owner, speed), (), again)

    def calendar(self, days: Iterable[int]) -> Clock:
        """Return a clock that rings on the given whole days (those of day 0 or before are past)."""
        return Clock("calendar", days=tuple(sorted({d for d in days if d > 0})))

    def outcome(
        self,
        owner: str,
        name: str,
        effects: Iterable[Effect],
        log_weight: Formula | float | None = None,
        terms: Terms = (),
    ) -> Outcome:
        """Return an outcome of the transition `owner`, weighing exp(log_weight + terms)."""
        label = f"{owner}:{name}"
        base = None if log_weight is None else self.parameter(f"{label}:log_weight", log_weight)
        return Outcome(name, tuple(effects), base, self._weighted(label, terms))

    def transition(
        self,
        name: str,
        clock: Clock,
        outcomes: Iterable[Outcome] | Iterable[Effect],
        guard: Iterable[Interval] = (),
        priority: int = 0,
    ) -> str:
        """Declare a transition; a bare list of effects is its one outcome, called `done`."""
        if name in self._transitions:
            raise ProgramError(f"two transitions are called '{name}'")
        made: list[Outcome] = []
        effects: list[Effect] = []
        for item in outcomes:
            if isinstance(item, Outcome):
                made.append(item)
            else:
                effects.append(item)
        if effects or not made:
            made.append(Outcome("done", tuple(effects)))
        self._transitions[name] = Transition(name, clock, tuple(made), tuple(guard), priority)
        return name

    def queue(
        self,
        name: str,
        units: Iterable[str],
        servers: str,
        waiting: int = 1,
        serving: int = 2,
        priority: int = 0,
    ) -> str:
        """Declare a queue of units, each a variable, before `servers` servers, also a variable.

        What sets a unit to `waiting` and what ends its service are transitions; see `Queue`.
        """
        if name in self._queues:
            raise ProgramError(f"two queues are called '{name}'")
        self._queues[name] = Queue(name, tuple(units), servers, waiting, serving, priority)
        return name

    def observer(
        self,
        name: str,
        kind: ObserverKind,
        of: str | None = None,
        transition: str | None = None,
        outcome: str | None = None,
        lo: int | None = None,
        hi: int | None = None,
    ) -> str:
        """Declare a measure; see `Observer` for the kinds."""
        if name in self._observers:
            raise ProgramError(f"two observers are called '{name}'")
        self._observers[name] = Observer(name, kind, of, transition, outcome, lo, hi)
        return name

    @property
    def transitions(self) -> tuple[str, ...]:
        """Names of the transitions declared so far."""
        return tuple(self._transitions)

    @property
    def observers(self) -> tuple[str, ...]:
        """Names of the observers declared so far."""
        return tuple(self._observers)

    def build(self, quantities: Mapping[str, float]) -> Program:
        """Return the checked program; `quantities` gives each quantity its central value.

        Raises ProgramError naming the part at fault.
        """
        from rimland.program.check import checked

        return checked(
            Program(
                self.name,
                tuple(self._variables.values()),
                tuple(self._transitions.values()),
                tuple(self._parameters.values()),
                tuple(self._features.values()),
                tuple(self._indices.values()),
                tuple(self._covariates.values()),
                tuple(self._observers.values()),
                dict(quantities),
                tuple(self._queues.values()),
                tuple(self._layers.values()),
            )
        )

    def _claim(self, name: str, kind: str) -> None:
        if name in self._readable:
            raise ProgramError(f"'{name}' is declared twice, as {self._readable[name]} and {kind}")
        self._readable[name] = kind


def set_to(variable: str, level: int) -> Effect:
    """Return the effect that sets a variable."""
    return Effect(variable, "set", level)


def add(variable: str, step: int) -> Effect:
    """Return the effect that adds to a variable."""
    return Effect(variable, "add", step)


def when(variable: str, lo: int, hi: int | None = None) -> Interval:
    """Return the condition that a variable lies in [lo, hi], or at lo."""
    return Interval(variable, lo, lo if hi is None else hi)
