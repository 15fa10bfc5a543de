"""Responses: ties that an actor draws closer, or lets go, as it reads what is around it.

A response is a set of ties that move by hazards, one step at a time, with drivers of their own.
Counter-ties of a rival are the plain case: what drives them is what it perceives.
"""

from __future__ import annotations

from pydantic import Field

from rimland.notation.base import Entry, Id
from rimland.notation.places import Path
from rimland.program.build import add, set_to, when
from rimland.program.formula import Formula
from rimland.program.model import Interval
from rimland.vocab.lowering import Change, Driver, Lowering, canonical
from rimland.vocab.ties import offer

FILE = "responses.yaml"
NAMES = ("responses.",)
"""How the names begin that this word declares."""

Terms = list[tuple[Formula, str]]


class Moving(Entry):
    """One layer of one tie, and how it moves."""

    rises: Change | None = None
    """Steps up."""
    falls: Change | None = None
    """Steps down."""
    up_to: str | None = None
    """Level that it does not pass on the way up; the highest when left out."""


class Response(Entry):
    """Ties that rise and fall together, in answer to the same things."""

    name: str | None = None
    """What a reader calls it in tables and charts; its id in words where left out."""
    of: str
    """Whose response it is."""
    says: str = ""
    """The response in plain words."""
    drivers: list[Driver] = Field(default_factory=list)
    """What speeds up or slows down every rise: one number for all of these ties."""
    ties: dict[str, Moving] = Field(min_length=1)
    """The ties that move: variable -> how."""


class Model(Entry):
    """The file responses.yaml."""

    responses: dict[Id, Response] = Field(default_factory=dict)
    """Responses by id."""


def _owner(called: str) -> str:
    return f"responses.{called}"


def declare(model: Model, low: Lowering) -> None:
    """Declare how far each response has gone: steps up less steps down since the as-of date."""
    moved: set[str] = set()
    for called, item in model.responses.items():
        at: Path = ("responses", called)
        low.call(called, item.name)
        low.known(item.of, low.actors, "actor", FILE, (*at, "of"))
        known: list[str] = []
        for ref, moving in item.ties.items():
            path: Path = (*at, "ties", ref)
            variable = low.variable(ref, FILE, path)
            if variable is None:
                low.unsure.add(f"{_owner(called)}.raised")
                continue
            if not _sound(variable, moving, moved, low, path):
                continue
            moved.add(variable)
            known.append(variable)
        for latch in (*_pairs(known), ""):
            low.builder.variable(_latch(called, latch), 0, 1, 0, ("no", "yes"))
        start = sum(low.builder.variable_named(variable).start for variable in known)
        terms = [(1.0, variable) for variable in known]
        low.builder.index(f"{_owner(called)}.raised", terms, float(-start))


def _pairs(ties: list[str]) -> list[str]:
    """Return the pairs whose ties move, each once."""
    return list(dict.fromkeys(tie.split(".")[1] for tie in ties))


def _latch(called: str, pair: str) -> str:
    """Return the variable that notes that a pair, or with none given every pair, came closer."""
    return f"{_owner(called)}.deeper{f'.{pair}' if pair else ''}"


def _sound(variable: str, moving: Moving, moved: set[str], low: Lowering, path: Path) -> bool:
    """Report what is no tie, what moves twice, and what does not move."""
    what = ""
    if not variable.startswith("ties."):
        what, expected = f"'{variable}' is no layer of a tie", "such as ties.AAA-BBB.exercises"
    elif variable in moved:
        what, expected = f"'{variable}' moves in two responses", "each tie in one response"
    elif moving.rises is None and moving.falls is None:
        what, expected = "neither rises nor falls", "'rises', 'falls' or both"
    if what:
        low.report(FILE, path, what, expected=expected, code="response")
    return not what


def lower(model: Model, low: Lowering) -> None:
    """Lower the steps up and down, and offer each tie and how far the response has gone."""
    for called, item in model.responses.items():
        owner = _owner(called)
        at: Path = ("responses", called)
        shared = low.driver_terms(owner, item.drivers, FILE, (*at, "drivers"))
        for ref, moving in item.ties.items():
            variable = low.variable(ref, FILE, (*at, "ties", ref))
            if variable is not None and variable.startswith("ties."):
                _lower_tie(f"{owner}.{variable}", variable, moving, shared, low, (*at, "ties", ref))
        says = f"steps closer since the as-of date, {low.named(called)}"
        low.offer_level(f"{owner}.raised", says, "steps")
        _deeper(called, item, low)


def _deeper(called: str, item: Response, low: Lowering) -> None:
    """Note at once, and for good, that a pair is closer than at the as-of date in some layer."""
    ties = [canonical(ref) for ref in item.ties if low.builder.has_variable(canonical(ref))]
    pairs = [pair for pair in _pairs(ties) if low.builder.has_variable(_latch(called, pair))]
    for tie in ties:
        known, latch = low.builder.variable_named(tie), _latch(called, tie.split(".")[1])
        owner = f"{latch}:{tie}"
        if known.start == known.hi or owner in low.builder.transitions or not pairs:
            continue
        guard = [when(latch, 0), when(tie, known.start + 1, known.hi)]
        clock = low.builder.fixed(owner, 0.0)
        low.builder.transition(owner, clock, [set_to(latch, 1)], guard)
    every = _latch(called, "")
    if pairs:
        guard = [when(every, 0), *(when(_latch(called, pair), 1) for pair in pairs)]
        low.builder.transition(every, low.builder.fixed(every, 0.0), [set_to(every, 1)], guard)
    for pair in pairs:
        says = f"{low.named(pair)} closer than at the as-of date in some layer"
        low.offer_first(_latch(called, pair), says, _latch(called, pair), 1, 1)
    says = f"every pair closer than at the as-of date in some layer, {low.named(called)}"
    low.offer_first(every, says, every, 1, 1)


def _lower_tie(
    owner: str, variable: str, moving: Moving, shared: Terms, low: Lowering, path: Path
) -> None:
    if f"{owner}.rises" in low.builder.transitions or f"{owner}.falls" in low.builder.transitions:
        return  # moves twice, which was reported
    bounds = low.builder.variable_named(variable)
    top = bounds.hi
    if moving.up_to is not None:
        found = low.level_of(variable, moving.up_to, FILE, (*path, "up_to"))
        top = bounds.hi if found is None else found
    offer(variable, low)
    if moving.rises is not None and top > bounds.lo:
        own = [low.reads(driver.of, FILE, path) for driver in moving.rises.drivers]
        if any(read == other for read in own for _, other in shared):
            low.report(
                FILE,
                (*path, "rises", "drivers"),
                "drives this tie apart and with the others",
                expected="each driver once, here or under the response",
                code="twice",
            )
            return
        guard = when(variable, bounds.lo, top - 1)
        _step(f"{owner}.rises", variable, 1, moving.rises, guard, shared, low, (*path, "rises"))
    if moving.falls is not None:
        guard = when(variable, bounds.lo + 1, bounds.hi)
        _step(f"{owner}.falls", variable, -1, moving.falls, guard, [], low, (*path, "falls"))


def _step(
    owner: str,
    variable: str,
    step: int,
    change: Change,
    guard: Interval,
    shared: Terms,
    low: Lowering,
    path: Path,
) -> None:
    clock = low.hazard(owner, change, FILE, path, shared)
    low.builder.transition(owner, clock, [add(variable, step)], [guard])
