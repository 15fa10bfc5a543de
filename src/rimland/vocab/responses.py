"""Responses: ties that an actor draws closer, or lets go, as it reads what is around it.

A response is a set of ties that move by hazards, one step at a time, with drivers of their own.
Counter-ties of a rival are the plain case: what drives them is what it perceives.
"""

from __future__ import annotations

from pydantic import Field

from rimland.notation.base import Entry, Id
from rimland.notation.places import Path
from rimland.program.build import add, when
from rimland.program.formula import Formula
from rimland.program.model import Interval
from rimland.vocab.lowering import Change, Driver, Lowering
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
        start = sum(low.builder.variable_named(variable).start for variable in known)
        terms = [(1.0, variable) for variable in known]
        low.builder.index(f"{_owner(called)}.raised", terms, float(-start))


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
