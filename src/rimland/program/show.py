"""A program as a page of text that a person can read from top to bottom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from rimland.program.formula import Formula
from rimland.program.model import (
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
    Term,
    Transition,
    Variable,
    Weighted,
)


def show_program(program: Program) -> str:
    """Return the whole program as text: state, readings, numbers, changes, measures."""
    return "\n".join(_lines(program)) + "\n"


def _lines(program: Program) -> Iterator[str]:
    variables = {v.name: v for v in program.variables}
    formulas = {p.name: p.formula for p in program.parameters}
    counts = (
        f"{len(program.variables)} variables, {len(program.transitions)} transitions, "
        f"{len(program.parameters)} numbers from {len(program.quantities)} quantities, "
        f"{len(program.observers)} observers"
    )
    yield from (f"program {program.name}", counts)
    yield from _section("variables", (_variable(v) for v in program.variables))
    yield from _section(
        "covariates",
        (
            f"{c.name}: {len(c.days)} steps, {c.values[0]:g} on day 0 "
            f"to {c.values[-1]:g} from day {c.days[-1]:g}"
            for c in program.covariates
        ),
    )
    yield from _section("layers", (_layer(layer) for layer in program.layers))
    yield from _section("features", (_feature(f, variables) for f in program.features))
    yield from _section(
        "indices",
        (
            f"{i.name} = {_wrapped(i.transform, _form(formulas, i.constant, i.terms))}"
            for i in program.indices
        ),
    )
    changes = (line for t in program.transitions for line in _transition(t, variables, formulas))
    yield from _section("transitions", changes)
    yield from _section("queues", (_queue(q, variables) for q in program.queues))
    yield from _section("observers", (_observer(o, variables) for o in program.observers))
    yield from _section(
        "quantities", (f"{name} = {value:g}" for name, value in program.quantities.items())
    )


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    body = list(lines)
    if body:
        yield from ("", title)
        yield from (f"  {line}" for line in body)


def _level(variable: Variable | None, level: int) -> str:
    if variable is None or not variable.levels or not variable.lo <= level <= variable.hi:
        return str(level)
    return variable.levels[level - variable.lo]


def _variable(variable: Variable) -> str:
    span = ", ".join(variable.levels) or f"{variable.lo} to {variable.hi}"
    return f"{variable.name}: {span}; starts at {_level(variable, variable.start)}"


def _range(name: str, lo: int, hi: int, variables: Mapping[str, Variable]) -> str:
    variable = variables.get(name)
    if lo == hi:
        return f"{name} is {_level(variable, lo)}"
    if variable is not None and hi >= variable.hi:
        return f"{name} is {_level(variable, lo)} or more"
    if variable is not None and lo <= variable.lo:
        return f"{name} is {_level(variable, hi)} or less"
    return f"{name} is {_level(variable, lo)} to {_level(variable, hi)}"


def _interval(part: Interval, variables: Mapping[str, Variable]) -> str:
    return _range(part.variable, part.lo, part.hi, variables)


def _atom(atom: Atom, variables: Mapping[str, Variable]) -> str:
    if atom.lo is None and atom.hi is None:
        return atom.variable
    variable = variables.get(atom.variable)
    lo = atom.lo if atom.lo is not None else (variable.lo if variable else 0)
    hi = atom.hi if atom.hi is not None else (variable.hi if variable else lo)
    return f"[{_range(atom.variable, lo, hi, variables)}]"


def _term(term: Term, variables: Mapping[str, Variable]) -> str:
    factors = [_atom(atom, variables) for atom in term.atoms]
    if term.coef != 1 or not factors:
        factors.insert(0, str(term.coef))
    return " * ".join(factors)


def _wrapped(transform: str, text: str) -> str:
    return text if transform == "identity" else f"{transform}({text})"


def _feature(feature: Feature, variables: Mapping[str, Variable]) -> str:
    parts = [_term(term, variables) for term in feature.terms]
    if feature.shared is not None:
        parts.append(_shared(feature.shared))
    if feature.covariate is not None:
        parts.append(feature.covariate)
    return f"{feature.name} = {_wrapped(feature.transform, ' + '.join(parts) or '0')}"


def _shared(shared: Shared) -> str:
    return (
        f"partners in {shared.layer} that {shared.a} and {shared.b} share, "
        f"each at {shared.at_least} or more"
    )


def _layer(layer: Layer) -> str:
    ties = [f"{tie.a}-{tie.b} is {tie.variable}" for tie in layer.ties[:8]]
    more = ", ..." if len(layer.ties) > 8 else ""
    head = f"{layer.name}: {len(layer.nodes)} nodes, {len(layer.ties)} pairs"
    return f"{head}: {', '.join(ties)}{more}" if ties else head


def _number(formulas: Mapping[str, Formula], name: str) -> str:
    formula = formulas.get(name)
    if formula is None:
        return name
    text = str(formula)
    return text if formula.op in ("num", "name") or not formula.args[1:] else f"({text})"


def _form(formulas: Mapping[str, Formula], base: str | None, terms: tuple[Weighted, ...]) -> str:
    parts = [] if base is None else [_number(formulas, base)]
    parts += [f"{_number(formulas, w.parameter)} * {w.of}" for w in terms]
    return " + ".join(parts) or "0"


def _exp(formulas: Mapping[str, Formula], base: str | None, terms: tuple[Weighted, ...]) -> str:
    """Return exp(form); of the log of a quantity alone it is the quantity itself."""
    formula = formulas.get(base or "")
    if formula is not None and formula.op == "log" and not terms:
        return str(formula.args[0])
    return f"exp({_form(formulas, base, terms)})"


def _clock(clock: Clock, formulas: Mapping[str, Formula]) -> str:
    given = [_number(formulas, name) for name in clock.parameters]
    speed = _exp(formulas, clock.base, clock.terms)
    moving = clock.base is not None or bool(clock.terms)
    if clock.kind == "calendar":
        days = ", ".join(str(day) for day in clock.days[:8])
        more = ", ..." if len(clock.days) > 8 else ""
        return f"on days {days}{more}" if clock.days else "on no day"
    if clock.kind == "exponential":
        text = f"at rate {speed} per day"
    elif clock.kind == "fixed":
        text = f"after {given[0]} (days)"
    elif clock.kind == "lognormal":
        median = _exp(formulas, clock.parameters[0], ())
        text = f"after a lognormal time of median {median} (days) and sigma {given[1]}"
    else:
        text = f"after a {clock.kind} time of shape {given[0]} and scale {given[1]} (days)"
    if moving and clock.kind != "exponential":
        text += f", at speed {speed}"
    usual = "resume" if clock.kind == "exponential" else "restart"
    return text if clock.again == usual else f"{text}; when enabled again: {clock.again}"


def _effect(effect: Effect, variables: Mapping[str, Variable]) -> str:
    if effect.op == "set":
        return f"{effect.variable} := {_level(variables.get(effect.variable), effect.value)}"
    return f"{effect.variable} {'+' if effect.value >= 0 else '-'}= {abs(effect.value)}"


def _outcome(
    outcome: Outcome, only: bool, variables: Mapping[str, Variable], formulas: Mapping[str, Formula]
) -> str:
    effects = ", ".join(_effect(effect, variables) for effect in outcome.effects) or "nothing"
    if only:
        return effects
    weight = _exp(formulas, outcome.base, outcome.terms)
    return f"{outcome.name}, weight {weight}: {effects}"


def _transition(
    transition: Transition, variables: Mapping[str, Variable], formulas: Mapping[str, Formula]
) -> Iterator[str]:
    rank = f" (priority {transition.priority})" if transition.priority else ""
    yield f"{transition.name}{rank}"
    if transition.guard:
        yield "  while " + " and ".join(_interval(part, variables) for part in transition.guard)
    yield f"  {_clock(transition.clock, formulas)}"
    only = len(transition.outcomes) == 1
    for outcome in transition.outcomes:
        yield f"  -> {_outcome(outcome, only, variables, formulas)}"


def _queue(queue: Queue, variables: Mapping[str, Variable]) -> str:
    first = variables.get(queue.units[0]) if queue.units else None
    waiting, serving = (_level(first, level) for level in (queue.waiting, queue.serving))
    units = ", ".join(queue.units[:8]) + (", ..." if len(queue.units) > 8 else "")
    return (
        f"{queue.name}: of {units}, who has been {waiting} longest becomes {serving} "
        f"while fewer are than {queue.servers}"
    )


def _observer(observer: Observer, variables: Mapping[str, Variable]) -> str:
    of = observer.of or ""
    times = f", each counted with {of}" if of else ""
    if observer.kind == "first":
        variable = variables.get(of)
        lo = observer.lo if observer.lo is not None else (variable.lo if variable else 0)
        hi = observer.hi if observer.hi is not None else (variable.hi if variable else 0)
        text = f"first day on which {_range(of, lo, hi, variables)}"
    elif observer.kind == "count":
        out = f" that come out '{observer.outcome}'" if observer.outcome else ""
        text = f"number of {observer.transition}{out}{times}"
    elif observer.kind == "hazard":
        text = f"expected number of {observer.transition}{times}"
    else:
        text = f"{observer.kind} of {of}"
    return f"{observer.name}: {text}"
