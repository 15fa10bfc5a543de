"""What can move a measure: the ancestors of observers in the influence graph of a program."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rimland.program.layers import Reads
from rimland.program.model import Index, Observer, Program, Transition, Weighted, start_of_service


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
    what its clock and its outcomes read, and by the parameters of both.
    """
    walk = _Walk(program)
    wanted = set(observers)
    for observer in program.observers:
        if observer.name in wanted:
            walk.observer(observer)
    return Influence(frozenset(walk.variables), frozenset(walk.done), frozenset(walk.parameters))


class _Walk:
    """Collects names; each variable and each transition is followed once."""

    def __init__(self, program: Program) -> None:
        self._variables = {v.name for v in program.variables}
        self._features = {f.name: f for f in program.features}
        self._indices = {i.name: i for i in program.indices}
        self._reads = Reads(program)
        self._read: set[str] = set()
        self._pending: list[str] = []
        self._transitions = {t.name: t for t in program.transitions}
        self._transitions.update((q.name, start_of_service(q)) for q in program.queues)
        self._movers: dict[str, list[str]] = {}
        for transition in self._transitions.values():
            for outcome in transition.outcomes:
                for effect in outcome.effects:
                    self._movers.setdefault(effect.variable, []).append(transition.name)
        self.variables: set[str] = set()
        self.parameters: set[str] = set()
        self.done: set[str] = set()

    def observer(self, observer: Observer) -> None:
        if observer.of is not None:
            self._reading(observer.of)
        if observer.transition is not None:
            self._pending.append(observer.transition)
        while self._pending:  # a list, for chains of causes can be longer than the stack is deep
            self._transition(self._pending.pop())

    def _reading(self, name: str) -> None:
        if name in self._read:
            return
        self._read.add(name)
        if name in self._variables:
            self._variable(name)
        elif name in self._features:
            for variable in self._reads.variables(self._features[name]):
                self._variable(variable)
        else:
            index: Index = self._indices[name]
            if index.constant is not None:
                self.parameters.add(index.constant)
            self._weighted(index.terms)

    def _weighted(self, terms: Iterable[Weighted]) -> None:
        for term in terms:
            self.parameters.add(term.parameter)
            self._reading(term.of)

    def _variable(self, name: str) -> None:
        if name not in self.variables:
            self.variables.add(name)
            self._pending.extend(self._movers.get(name, ()))

    def _transition(self, name: str) -> None:
        if name in self.done:
            return
        self.done.add(name)
        transition: Transition = self._transitions[name]
        clock = transition.clock
        self.parameters.update(clock.parameters)
        if clock.base is not None:
            self.parameters.add(clock.base)
        for interval in transition.guard:
            self._variable(interval.variable)
        self._weighted(clock.terms)
        for outcome in transition.outcomes:
            if outcome.base is not None:
                self.parameters.add(outcome.base)
            self._weighted(outcome.terms)
