"""What is not unsound but hardly meant: found without running, told as sentences.

Levels are followed variable by variable: a level counts as reached when some transition that can
happen moves the variable there, whatever the others are at that time. So a transition called dead
is dead; one that is not called so may still be. Starts are the program's own, not a switch's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rimland.program.model import (
    Effect,
    Interval,
    Outcome,
    Program,
    Transition,
    Variable,
    start_of_service,
)

_WIDE = 4096
"""Variables with more levels than this are taken to reach all once something adds to them."""

Levels = dict[str, set[int]]


def doubts(program: Program) -> list[str]:
    """Return what looks wrong in a sound program, each as one sentence; often nothing.

    Transitions that can never happen, effects that can leave their bounds, cycles that may take no
    time, names that differ in their case alone.
    """
    variables = {v.name: v for v in program.variables}
    everything = (*program.transitions, *map(start_of_service, program.queues))
    reached = _reached(everything, variables)
    alive = [t for t in everything if _dead(t, reached) is None]
    found = [text for t in everything if (text := _dead(t, reached)) is not None]
    for transition in alive:
        found.extend(_leaving(transition, reached, variables))
    found.extend(_timeless(alive, _instant(program), reached, variables))
    found.extend(_alike(program))
    return found


def _reached(transitions: Iterable[Transition], variables: dict[str, Variable]) -> Levels:
    """Return the levels that each variable can come to, as a least fixed point."""
    reached = {v.name: {v.start} for v in variables.values()}
    waiting = list(transitions)
    grown = True
    while grown:
        grown = False
        for transition in waiting:
            if _dead(transition, reached) is not None:
                continue
            for outcome in transition.outcomes:
                for name, after in _after(transition, outcome, reached, variables).items():
                    variable = variables[name]
                    sound = {x for x in after if variable.lo <= x <= variable.hi}
                    if not sound <= reached[name]:
                        if variable.hi - variable.lo > _WIDE and len(reached[name]) > 1:
                            reached[name] = set(range(variable.lo, variable.hi + 1))
                        reached[name] |= sound
                        grown = True
    return reached


def _dead(transition: Transition, reached: Levels) -> str | None:
    """Return why a transition can never happen, or None."""
    where = f"transition '{transition.name}' can never happen"
    clock = transition.clock
    if clock.kind == "calendar" and not clock.days:
        return f"{where}: its calendar has no day"
    parts = transition.guard
    if clock.kind == "queue":
        where = f"queue '{transition.name}' can never serve"
        servers, units = parts[0], parts[1:]
        if max(reached[servers.variable]) < 1:
            return f"{where}: '{servers.variable}' is never above 0"
        if not any(part.lo in reached[part.variable] for part in units):
            return f"{where}: no unit ever waits"
        return None
    for part in parts:
        if not any(part.lo <= level <= part.hi for level in reached[part.variable]):
            span = f"{part.lo}" if part.lo == part.hi else f"{part.lo} to {part.hi}"
            return f"{where}: '{part.variable}' never comes to {span}"
    return None


def _before(transition: Transition, name: str, reached: Levels) -> set[int]:
    """Return the levels that a variable can have when the transition happens."""
    levels = reached[name]
    if transition.clock.kind == "queue":
        return levels
    for part in transition.guard:
        if part.variable == name:
            levels = {x for x in levels if part.lo <= x <= part.hi}
    return levels


def _after(
    transition: Transition, outcome: Outcome, reached: Levels, variables: dict[str, Variable]
) -> Levels:
    """Return the levels that each variable an outcome acts on can have after it."""
    out: Levels = {}
    for effect in outcome.effects:
        name = effect.variable
        if transition.clock.kind == "queue" and not _waits(transition, effect, reached):
            continue
        if effect.op == "set":
            out[name] = {effect.value}
        else:
            variable = variables[name]
            levels = out.get(name, _before(transition, name, reached))
            kept = {x for x in levels if variable.lo <= x <= variable.hi}
            out[name] = {x + effect.value for x in kept}
    return out


def _waits(queue: Transition, effect: Effect, reached: Levels) -> bool:
    return any(
        part.variable == effect.variable and part.lo in reached[part.variable]
        for part in queue.guard[1:]
    )


def _leaving(
    transition: Transition, reached: Levels, variables: dict[str, Variable]
) -> Iterator[str]:
    for outcome in transition.outcomes:
        for name, after in _after(transition, outcome, reached, variables).items():
            lo, hi = variables[name].lo, variables[name].hi
            beyond = sorted(x for x in after if not lo <= x <= hi)
            if beyond:
                yield (
                    f"outcome '{outcome.name}' of transition '{transition.name}' can move '{name}' "
                    f"to {beyond[-1] if beyond[-1] > hi else beyond[0]}, outside {lo} to {hi}, "
                    "unless its rate is 0 there; a guard makes sure"
                )


def _instant(program: Program) -> set[str]:
    """Return the transitions that take no time: fixed clocks of 0 days, and queues."""
    zero = set()
    formulas = {p.name: p.formula for p in program.parameters}
    for transition in program.transitions:
        if transition.clock.kind == "fixed":
            formula = formulas[transition.clock.parameters[0]]
            if not formula.names() and float(formula.evaluate({})) == 0.0:
                zero.add(transition.name)
    return zero | {queue.name for queue in program.queues}


def _timeless(
    alive: list[Transition], instant: set[str], reached: Levels, variables: dict[str, Variable]
) -> Iterator[str]:
    """Yield the cycles of transitions without duration, each of which can enable the next."""
    quick = {t.name: t for t in alive if t.name in instant}
    follows = {
        name: [other for other, t in quick.items() if _enables(one, t, reached, variables)]
        for name, one in quick.items()
    }
    _drop_spent(quick, follows)
    told: set[str] = set()
    for name in quick:
        path = _way_back(name, follows)
        if path and not told & set(path):
            told.update(path)
            chain = " -> ".join(f"'{step}'" for step in (*path, path[0]))
            yield f"{chain} may go round without time passing; give one of them a duration"


def _drop_spent(quick: dict[str, Transition], follows: dict[str, list[str]]) -> None:
    """Take out, again and again, what can happen but once while no time passes.

    A transition on a way round happens again, so whatever it sets against its own guard has to be
    undone by another on that way; and what none on the way moves must suit the guards of all.
    """
    while True:
        reach = {name: _reach(name, follows) for name in quick}
        spent = []
        for name, one in quick.items():
            round_ = [quick[other] for other in reach[name] if name in reach[other]]
            moved = {effect.variable for t in round_ for effect in _effects(t)}
            others = [t for t in round_ if t.name != name and _agree(one, t, moved)]
            undone = {effect.variable for t in others for effect in _effects(t)}
            if round_ and any(_shuts(one, part) and part.variable not in undone
                              for part in one.guard):  # fmt: skip
                spent.append(name)
        if not spent:
            return
        for name in spent:
            del quick[name], follows[name]
        for name in follows:
            follows[name] = [other for other in follows[name] if other in quick]


def _effects(transition: Transition) -> Iterator[Effect]:
    return (effect for outcome in transition.outcomes for effect in outcome.effects)


def _agree(one: Transition, other: Transition, moved: set[str]) -> bool:
    """Return whether two guards can hold at one instant, given what can move within it."""
    if "queue" in (one.clock.kind, other.clock.kind):
        return True
    return all(
        max(a.lo, b.lo) <= min(a.hi, b.hi)
        for a in one.guard
        for b in other.guard
        if a.variable == b.variable and a.variable not in moved
    )


def _shuts(one: Transition, part: Interval) -> bool:
    """Return whether the transition, however it comes out, sets a variable against its guard."""
    return one.clock.kind != "queue" and all(
        any(
            e.variable == part.variable and e.op == "set" and not part.lo <= e.value <= part.hi
            for e in outcome.effects
        )
        for outcome in one.outcomes
    )


def _reach(name: str, follows: dict[str, list[str]]) -> set[str]:
    """Return what can follow a transition, at once or by way of others."""
    found: set[str] = set()
    ahead = [name]
    while ahead:
        for step in follows[ahead.pop()]:
            if step not in found:
                found.add(step)
                ahead.append(step)
    return found


def _enables(
    one: Transition, other: Transition, reached: Levels, variables: dict[str, Variable]
) -> bool:
    """Return whether some outcome of `one` can leave `other` enabled and has a part in it."""
    for outcome in one.outcomes:
        after = _after(one, outcome, reached, variables)
        has_part = one.name == other.name and one.clock.kind != "queue"
        possible = True
        for part in other.guard:
            levels = after.get(part.variable)
            if levels is None:
                # Untouched: what one's guard demanded still holds.
                levels = _before(one, part.variable, reached)
            elif other.clock.kind == "queue":
                has_part = has_part or part.lo in levels
                continue
            elif one.name != other.name:
                has_part = True
            if other.clock.kind != "queue":
                possible = possible and any(part.lo <= x <= part.hi for x in levels)
        if possible and has_part:
            return True
    return False


def _way_back(name: str, follows: dict[str, list[str]]) -> list[str]:
    """Return the shortest cycle through a transition, or an empty list."""
    paths = [[name]]
    seen: set[str] = set()
    for path in paths:  # grows while it is walked
        for step in follows[path[-1]]:
            if step == name:
                return path
            if step not in seen:
                seen.add(step)
                paths.append([*path, step])
    return []


def _alike(program: Program) -> Iterator[str]:
    groups: tuple[tuple[str, list[str]], ...] = (
        ("variables", [v.name for v in program.variables]),
        ("transitions", [t.name for t in program.transitions]),
        ("observers", [o.name for o in program.observers]),
        ("quantities", list(program.quantities)),
    )
    for what, names in groups:
        seen: dict[str, str] = {}
        for name in names:
            other = seen.setdefault(" ".join(name.casefold().split()), name)
            if other != name:
                yield f"{what} '{other}' and '{name}' differ in case or spaces alone"
