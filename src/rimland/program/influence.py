"""What can move a measure: the ancestors of observers in the influence graph of a program."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from weakref import ref

from rimland.program.layers import Reads
from rimland.program.model import Observer, Program, Transition, Weighted, start_of_service


@dataclass(frozen=True)
class Influence:
    """All that can reach a set of observers: names of variables, transitions and parameters.

    The names of queues are among those of transitions.
    """

    variables: frozenset[str]
    transitions: frozenset[str]
    parameters: frozenset[str]


def ancestors(program: Program, observers: Iterable[str]) -> Influence:
    """Return what can move any of `observers`, walking effects backwards to their causes.

    A variable is moved by every transition with an effect on it; a transition by its guard, by
    what its clock and its outcomes read, and by the parameters of both. The graph is made once for
    each program; a walk visits each variable and each transition once.
    """
    graph = _graph(program)
    wanted = set(observers)
    return graph.behind([o for o in program.observers if o.name in wanted])


_GRAPHS: dict[int, tuple[ref[Program], _Graph]] = {}
"""Graphs by the id of their program, each as long as that lives: a program is too large to hash."""


def _graph(program: Program) -> _Graph:
    key = id(program)
    known = _GRAPHS.get(key)
    if known is not None and known[0]() is program:
        return known[1]
    made = _Graph(program)
    _GRAPHS[key] = ref(program, lambda _: _GRAPHS.pop(key, None)), made
    return made


@dataclass(frozen=True)
class _Causes:
    """What a transition or an index hangs on directly; `read` may be anything that a term reads."""

    variables: tuple[str, ...]
    read: tuple[str, ...]
    parameters: tuple[str, ...]


class _Graph:
    """Who moves and who reads what, in one program."""

    def __init__(self, program: Program) -> None:
        self.layers = Reads(program)
        self.variables = {v.name for v in program.variables}
        self.features = {f.name: f for f in program.features}
        self.indices = {i.name: _causes((i.constant,), i.terms) for i in program.indices}
        transitions = [*program.transitions, *(start_of_service(q) for q in program.queues)]
        self.transitions = {t.name: _causes_of(t) for t in transitions}
        self.movers: dict[str, list[str]] = {}
        for transition in transitions:
            moved = {e.variable: None for o in transition.outcomes for e in o.effects}
            for variable in moved:
                self.movers.setdefault(variable, []).append(transition.name)

    def behind(self, observers: Sequence[Observer]) -> Influence:
        """Return what can move any of the observers."""
        read = {o.of: None for o in observers if o.of is not None}
        transitions = {o.transition: None for o in observers if o.transition is not None}
        walk = _Walk(self, list(read), list(transitions))
        walk.go()
        return Influence(
            frozenset(walk.variables), frozenset(walk.transitions), frozenset(walk.parameters)
        )


class _Walk:
    """Collects names; each is followed once. Lists, for causes can lie deeper than the stack."""

    def __init__(self, graph: _Graph, readings: list[str], pending: list[str]) -> None:
        self._graph, self._readings, self._pending = graph, readings, pending
        self._read: set[str] = set()
        self.variables: set[str] = set()
        self.parameters: set[str] = set()
        self.transitions: set[str] = set()

    def go(self) -> None:
        graph = self._graph
        while self._readings or self._pending:
            while self._readings:
                self._reading(self._readings.pop())
            while self._pending:
                name = self._pending.pop()
                if name not in self.transitions:
                    self.transitions.add(name)
                    self._hangs_on(graph.transitions[name])

    def _hangs_on(self, causes: _Causes) -> None:
        self.parameters.update(causes.parameters)
        self._readings.extend(causes.read)
        self._note(causes.variables)

    def _reading(self, name: str) -> None:
        if name in self._read:
            return
        self._read.add(name)
        graph = self._graph
        if name in graph.variables:
            self._note((name,))
        elif name in graph.features:
            self._note(graph.layers.variables(graph.features[name]))
        else:
            self._hangs_on(graph.indices[name])

    def _note(self, names: Iterable[str]) -> None:
        for name in names:
            if name not in self.variables:
                self.variables.add(name)
                self._pending.extend(self._graph.movers.get(name, ()))


def _causes(bases: Iterable[str | None], terms: Iterable[Weighted]) -> _Causes:
    terms = tuple(terms)
    known = (base for base in bases if base is not None)
    parameters = dict.fromkeys((*known, *(term.parameter for term in terms)))
    return _Causes((), tuple(dict.fromkeys(term.of for term in terms)), tuple(parameters))


def _causes_of(transition: Transition) -> _Causes:
    clock = transition.clock
    bases = (clock.base, *clock.parameters, *(o.base for o in transition.outcomes))
    terms = (*clock.terms, *(term for o in transition.outcomes for term in o.terms))
    found = _causes(bases, terms)
    return _Causes(tuple(i.variable for i in transition.guard), found.read, found.parameters)
