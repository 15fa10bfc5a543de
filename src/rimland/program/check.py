"""In one place, what a sound program is. Every fault is found in one pass."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import pairwise

from rimland.errors import ProgramError, did_you_mean
from rimland.program.keys import collisions
from rimland.program.model import (
    CLOCK_PARAMETERS,
    Atom,
    Clock,
    Effect,
    Feature,
    Interval,
    Layer,
    Observer,
    Outcome,
    Program,
    Queue,
    Shared,
    Transition,
    Variable,
    Weighted,
    start_of_service,
)

_TRANSFORMS = ("identity", "log1p", "sqrt", "log")
_LARGEST_LEVEL = 2**31
_LARGEST_SUM = 2**53
"""Beyond this an integer is no longer exact as a float."""


def checked(program: Program) -> Program:
    """Return the program as it is, or raise ProgramError that lists everything unsound."""
    faults = list(dict.fromkeys(_faults(program)))
    if faults:
        head = f"program '{program.name}' is not sound:"
        raise ProgramError("\n  ".join([head, *faults]) if len(faults) > 1 else faults[0])
    return program


def _faults(program: Program) -> Iterator[str]:
    variables = {v.name: v for v in program.variables}
    covariates = {c.name for c in program.covariates}
    parameters = {p.name for p in program.parameters}
    plain = {*variables, *(f.name for f in program.features)}
    readables = {*plain, *(i.name for i in program.indices)}
    yield from _duplicates(program)
    for variable in program.variables:
        yield from _variable(variable)
    for covariate in program.covariates:
        yield from _steps(covariate.name, covariate.days, covariate.values)
    layers = {layer.name: layer for layer in program.layers}
    for layer in program.layers:
        yield from _layer(layer, variables)
    nodes = {name: frozenset(layer.nodes) for name, layer in layers.items()}
    levels = {name: _highest(layer, variables) for name, layer in layers.items()}
    for feature in program.features:
        yield from _feature(feature, variables, covariates)
        if feature.shared is not None:
            yield from _shared(feature.name, feature.shared, nodes, levels)
    for index in program.indices:
        where = f"index '{index.name}'"
        if index.transform not in _TRANSFORMS:
            yield f"{where} has the unknown transform '{index.transform}'"
        yield from _known(where, "parameter", [index.constant], parameters)
        yield from _weights(where, index.terms, parameters, plain, "variable or feature")
    for transition in program.transitions:
        yield from _transition(transition, variables, parameters, readables)
    yield from _queues(program.queues, variables)
    transitions = {t.name: t for t in program.transitions}
    transitions.update((q.name, start_of_service(q)) for q in program.queues)
    for observer in program.observers:
        yield from _observer(observer, variables, readables, transitions)
    for parameter in program.parameters:
        where = f"parameter '{parameter.name}'"
        yield from _known(where, "quantity", parameter.formula.names(), program.quantities)
    for one, other in collisions([t.name for t in program.transitions]):
        yield f"transitions '{one}' and '{other}' share a 64-bit key; rename one of them"
    for one, other in collisions(program.quantities):
        yield f"quantities '{one}' and '{other}' share a 64-bit key; rename one of them"


def _duplicates(program: Program) -> Iterator[str]:
    kinds = (program.variables, program.features, program.indices, program.covariates)
    queues = [q.name for q in program.queues]
    readable = [str(x.name) for kind in kinds for x in kind]
    groups: tuple[tuple[str, Iterable[str]], ...] = (
        ("variables, features, indices or covariates", readable),
        ("transitions", [*(t.name for t in program.transitions), *queues]),
        ("parameters", (p.name for p in program.parameters)),
        ("observers", (o.name for o in program.observers)),
        ("layers", (layer.name for layer in program.layers)),
    )
    for what, names in groups:
        seen: set[str] = set()
        for name in names:
            if name in seen:
                yield f"two {what} are called '{name}'"
            seen.add(name)


def _known(
    where: str, what: str, names: Iterable[str | None], known: Collection[str]
) -> Iterator[str]:
    for name in names:
        if name is not None and name not in known:
            yield f"{where} reads the {what} '{name}', which is not declared." + did_you_mean(
                name, known
            )


def _weights(
    where: str,
    terms: tuple[Weighted, ...],
    parameters: Collection[str],
    readables: Collection[str],
    what: str = "variable, feature or index",
) -> Iterator[str]:
    for term in terms:
        yield from _known(where, "parameter", [term.parameter], parameters)
        yield from _known(where, what, [term.of], readables)


def _queues(queues: Iterable[Queue], variables: dict[str, Variable]) -> Iterator[str]:
    places: dict[tuple[str, int], str] = {}
    for queue in queues:
        where = f"queue '{queue.name}'"
        yield from _known(where, "variable", [*queue.units, queue.servers], variables)
        if not queue.units:
            yield f"{where} has no units"
        if len(set(queue.units)) != len(queue.units) or queue.servers in queue.units:
            yield f"{where} names a variable twice"
        if queue.waiting == queue.serving:
            yield f"{where} has the same level for waiting and for being served"
        for unit in dict.fromkeys(queue.units):
            for level in (queue.waiting, queue.serving):
                variable = variables.get(unit)
                if variable is not None and not variable.lo <= level <= variable.hi:
                    bounds = f"{variable.lo} to {variable.hi}"
                    yield f"{where}: unit '{unit}' cannot be at {level}, outside {bounds}"
                other = places.setdefault((unit, level), queue.name)
                if other != queue.name:
                    yield f"{where} and queue '{other}' both use level {level} of '{unit}'"


def _layer(layer: Layer, variables: Collection[str]) -> Iterator[str]:
    where = f"layer '{layer.name}'"
    nodes = set(layer.nodes)
    if len(nodes) != len(layer.nodes):
        yield f"{where} names a node twice"
    seen: set[tuple[str, str]] = set()
    for tie in layer.ties:
        for node in (tie.a, tie.b):
            if node not in nodes:
                known = did_you_mean(node, nodes)
                yield f"{where} ties '{node}', which is none of its nodes.{known}"
        pair = (tie.a, tie.b) if tie.a < tie.b else (tie.b, tie.a)
        if tie.a == tie.b:
            yield f"{where} ties '{tie.a}' to itself"
        elif pair in seen:
            yield f"{where} ties '{pair[0]}' and '{pair[1]}' twice"
        seen.add(pair)
        if tie.variable not in variables:
            yield from _known(where, "variable", [tie.variable], variables)


def _highest(layer: Layer, variables: dict[str, Variable]) -> int:
    """Return the highest level that any tie of a layer can have."""
    known = (variables.get(tie.variable) for tie in layer.ties)
    return max((v.hi for v in known if v is not None), default=-_LARGEST_LEVEL)


def _shared(
    feature: str, shared: Shared, nodes: dict[str, frozenset[str]], highest: dict[str, int]
) -> Iterator[str]:
    where = f"feature '{feature}'"
    yield from _known(where, "layer", [shared.layer], nodes)
    if shared.layer not in nodes:
        return
    for node in (shared.a, shared.b):
        if node not in nodes[shared.layer]:
            known = did_you_mean(node, nodes[shared.layer])
            yield f"{where} asks for '{node}', no node of the layer '{shared.layer}'.{known}"
    if shared.a == shared.b:
        yield f"{where} asks what '{shared.a}' shares with itself"
    if shared.at_least > highest[shared.layer]:
        yield (
            f"{where} counts ties of '{shared.layer}' at level {shared.at_least} or above: "
            f"none comes above {highest[shared.layer]}"
        )


def _variable(variable: Variable) -> Iterator[str]:
    where = f"variable '{variable.name}'"
    if not variable.lo <= variable.start <= variable.hi:
        yield f"{where} starts at {variable.start}, outside {variable.lo} to {variable.hi}"
    if max(abs(variable.lo), abs(variable.hi)) > _LARGEST_LEVEL:
        yield f"{where} has a bound beyond {_LARGEST_LEVEL}"
    if variable.levels and len(variable.levels) != variable.hi - variable.lo + 1:
        count = variable.hi - variable.lo + 1
        yield f"{where} has {count} levels but {len(variable.levels)} names"
    if len(set(variable.levels)) != len(variable.levels):
        yield f"{where} has two levels of the same name"


def _steps(name: str, days: tuple[float, ...], values: tuple[float, ...]) -> Iterator[str]:
    where = f"covariate '{name}'"
    if not days or len(days) != len(values):
        yield f"{where} needs one value per day and at least one; has {len(days)}, {len(values)}"
    elif days[0] != 0:
        yield f"{where} begins on day {days[0]:g}; it must begin on day 0"
    if not all(math.isfinite(x) for x in (*days, *values)):
        yield f"{where} has a day or value that is no finite number"
    if any(b <= a for a, b in pairwise(days)):
        yield f"{where} has days that do not increase"


def _atom_range(atom: Atom, variable: Variable) -> tuple[int, int]:
    return (variable.lo, variable.hi) if atom.lo is None and atom.hi is None else (0, 1)


def _feature(
    feature: Feature, variables: dict[str, Variable], covariates: Collection[str]
) -> Iterator[str]:
    where = f"feature '{feature.name}'"
    if feature.transform not in _TRANSFORMS:
        yield f"{where} has the unknown transform '{feature.transform}'"
    yield from _known(where, "covariate", [feature.covariate], covariates)
    largest = 0
    for term in feature.terms:
        if len(term.atoms) > 2:
            yield f"{where} has a term of {len(term.atoms)} factors; at most two are possible"
        size = abs(term.coef)
        for atom in term.atoms:
            yield from _known(where, "variable", [atom.variable], variables)
            if atom.lo is not None and atom.hi is not None and atom.lo > atom.hi:
                yield f"{where} asks for '{atom.variable}' in {atom.lo} to {atom.hi}: never"
            if atom.variable in variables:
                size *= max(abs(x) for x in _atom_range(atom, variables[atom.variable]))
        largest += size
    if largest >= _LARGEST_SUM:
        yield f"{where} can reach {largest}; sums are exact only below 2^53"


def _transition(
    transition: Transition,
    variables: dict[str, Variable],
    parameters: Collection[str],
    readables: Collection[str],
) -> Iterator[str]:
    where = f"transition '{transition.name}'"
    within: dict[str, tuple[int, int]] = {}
    for part in transition.guard:
        yield from _known(where, "variable", [part.variable], variables)
        if part.variable in variables:
            yield from _interval(where, part, variables[part.variable], within)
    yield from _clock(where, transition.clock, parameters, readables)
    if not transition.outcomes:
        yield f"{where} has no outcome"
    names = [o.name for o in transition.outcomes]
    if len(set(names)) != len(names):
        yield f"{where} has two outcomes of the same name"
    for outcome in transition.outcomes:
        label = f"outcome '{outcome.name}' of {where}"
        yield from _known(label, "parameter", [outcome.base], parameters)
        yield from _weights(label, outcome.terms, parameters, readables)
        yield from _effects(label, outcome, variables, dict(within))


def _interval(
    where: str, part: Interval, variable: Variable, within: dict[str, tuple[int, int]]
) -> Iterator[str]:
    lo, hi = within.get(part.variable, (variable.lo, variable.hi))
    lo, hi = max(lo, part.lo), min(hi, part.hi)
    if lo > hi:
        yield (
            f"{where} can never happen: its guard wants '{part.variable}' in {part.lo} to "
            f"{part.hi}, which lies outside {variable.lo} to {variable.hi} or another condition"
        )
    within[part.variable] = (lo, hi)


def _effects(
    where: str,
    outcome: Outcome,
    variables: dict[str, Variable],
    within: dict[str, tuple[int, int]],
) -> Iterator[str]:
    for effect in outcome.effects:
        yield from _known(where, "variable", [effect.variable], variables)
        if effect.variable in variables:
            yield from _effect(where, effect, variables[effect.variable], within)


def _effect(
    where: str, effect: Effect, variable: Variable, within: dict[str, tuple[int, int]]
) -> Iterator[str]:
    lo, hi = within.get(variable.name, (variable.lo, variable.hi))
    if effect.op == "set":
        lo = hi = effect.value
    elif effect.op == "add":
        lo, hi = lo + effect.value, hi + effect.value
    else:
        yield f"{where} has the unknown effect '{effect.op}'; known: set, add"
        return
    bounds = f"{variable.lo} to {variable.hi}"
    if lo > variable.hi or hi < variable.lo:
        says = f"sets '{variable.name}' to" if effect.op == "set" else f"moves '{variable.name}' by"
        yield f"{where} {says} {effect.value}, always outside its bounds {bounds}"
    within[variable.name] = (max(lo, variable.lo), min(hi, variable.hi))


def _clock(
    where: str, clock: Clock, parameters: Collection[str], readables: Collection[str]
) -> Iterator[str]:
    if clock.kind == "queue":
        yield f"{where} has the clock of a queue; declare a queue instead"
        return
    if clock.kind not in CLOCK_PARAMETERS:
        yield f"{where} has the unknown clock '{clock.kind}'; known: {', '.join(CLOCK_PARAMETERS)}"
        return
    wanted = CLOCK_PARAMETERS[clock.kind]
    if len(clock.parameters) != len(wanted):
        wants = ", ".join(wanted) or "none"
        given = len(clock.parameters)
        yield f"{where}: a {clock.kind} clock takes the parameters {wants}; {given} given"
    if clock.again not in ("restart", "resume"):
        yield f"{where} has a clock that does '{clock.again}' again; known: restart, resume"
    yield from _known(where, "parameter", [*clock.parameters, clock.base], parameters)
    yield from _weights(where, clock.terms, parameters, readables)
    if clock.kind == "calendar":
        if clock.base is not None or clock.terms:
            yield f"{where}: a calendar has no speed; remove its base and terms"
        if any(day != int(day) or day < 1 for day in clock.days):
            yield f"{where}: a calendar rings on whole days from 1 on"
        if any(b <= a for a, b in pairwise(clock.days)):
            yield f"{where}: the days of its calendar do not increase"
    elif clock.days:
        yield f"{where}: only a calendar has days"


def _observer(
    observer: Observer,
    variables: dict[str, Variable],
    readables: Collection[str],
    transitions: dict[str, Transition],
) -> Iterator[str]:
    where = f"observer '{observer.name}'"
    needs: dict[str, Callable[[], Iterator[str]]] = {
        "level": lambda: _needs(where, observer, "of"),
        "integral": lambda: _needs(where, observer, "of"),
        "count": lambda: _needs(where, observer, "transition"),
        "first": lambda: _needs(where, observer, "of"),
        "hazard": lambda: _needs(where, observer, "transition"),
    }
    if observer.kind not in needs:
        yield f"{where} has the unknown kind '{observer.kind}'; known: {', '.join(needs)}"
        return
    yield from needs[observer.kind]()
    if observer.kind == "first":
        yield from _known(where, "variable", [observer.of], variables)
        if observer.of in variables:
            variable = variables[observer.of]
            lo = variable.lo if observer.lo is None else observer.lo
            hi = variable.hi if observer.hi is None else observer.hi
            if max(lo, variable.lo) > min(hi, variable.hi):
                yield f"{where} waits for '{variable.name}' in {lo} to {hi}: never"
    else:
        yield from _known(where, "variable, feature or index", [observer.of], readables)
    yield from _known(where, "transition", [observer.transition], transitions)
    transition = transitions.get(observer.transition or "")
    if transition is None:
        return
    if observer.kind == "hazard" and transition.clock.kind != "exponential":
        kind = transition.clock.kind
        yield f"{where} asks for the hazard of '{transition.name}', whose clock is {kind}"
    if observer.outcome is not None:
        yield from _known(
            where, "outcome", [observer.outcome], [o.name for o in transition.outcomes]
        )
        if observer.kind != "count":
            yield f"{where}: only a count can ask for an outcome"


def _needs(where: str, observer: Observer, field: str) -> Iterator[str]:
    if getattr(observer, field) is None:
        yield f"{where}: a {observer.kind} observer needs '{field}'"
