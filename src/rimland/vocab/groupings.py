"""Groupings: three or more actors with a function; founded, joined by consent, recurring, deeper.

A grouping is one thing among its members and not a set of pairs. How central an actor is comes in
several definitions, since they can disagree: in how many groupings it sits, weighed by depth and
function or not, with how many others it sits together, and how deep its bilateral ties are.
"""

from __future__ import annotations

from datetime import date

from pydantic import Field

from rimland.dates import add_months
from rimland.notation.base import Entry, Id, Marked
from rimland.notation.places import Path
from rimland.notation.quantity import RatioQuantity, ShareQuantity
from rimland.program.build import add, set_to, when
from rimland.program.formula import Formula, log
from rimland.program.model import Atom, Effect, Term
from rimland.vocab import consent
from rimland.vocab.consent import Consent
from rimland.vocab.defaults import grouping_depths, layers
from rimland.vocab.lowering import Change, Driver, Lowering
from rimland.vocab.measure import Measure

FILE = "groupings.yaml"
NAMES = ("groupings.",)
"""How the names begin that this word declares."""
NOT_BILATERAL = ("pact", "alignment")
"""Layers that do not count among bilateral ties: old obligations, and what is only said."""


class Function(Entry):
    """What groupings are for."""

    says: str = ""
    """The function in plain words."""
    weight: RatioQuantity
    """What one step of depth in it counts for, against other functions."""
    apart: bool = False
    """An old obligation: counted in `all_weighted` alone, and in no other definition."""


class Founding(Entry):
    """How a grouping that does not exist yet may come about."""

    rate: Change
    """Hazard that the question is put to all who would be members."""
    consent: Consent
    """Who has to agree."""
    depth: str = "dialogue"
    """Depth at which it begins."""


class Joining(Entry):
    """How an outsider may become a member."""

    asks: Change
    """Hazard that the question is put to the founding members."""
    consent: Consent
    """Whose agreement it takes."""


class Activity(Entry):
    """Something that the grouping does again and again."""

    first: date
    """First day after the as-of date on which it is due."""
    every_months: int = Field(default=12, ge=1)
    """Months from one to the next."""
    held: ShareQuantity
    """Probability that it takes place when due."""
    drivers: list[Driver] = Field(default_factory=list)
    """What shifts the log-odds that it takes place."""
    least: str = "regular"
    """Depth from which it is due."""


class Grouping(Marked):
    """Three or more actors with a function."""

    name: str | None = None
    """What a reader calls it in tables and charts; its id in words where left out."""
    says: str = ""
    """The grouping in plain words."""
    function: str
    """What it is for, one of `functions`."""
    members: list[str] = Field(min_length=2)
    """Members at the as-of date, or those who would found it."""
    with_others: list[str] = Field(default_factory=list)
    """Members who are no actors of the scenario: shown, and counted nowhere."""
    since: date | None = None
    """Founded on this day; left out where it does not exist yet."""
    depth: str | None = None
    """Depth at the as-of date; left out where it does not exist yet."""
    founding: Founding | None = None
    """How it may be founded, where it does not exist yet."""
    joins: dict[str, Joining] = Field(default_factory=dict)
    """Outsiders who may join, by actor."""
    deepens: Change | None = None
    """Steps deeper."""
    shallows: Change | None = None
    """Steps back, never below dialogue."""
    ends: Change | None = None
    """Hazard that it ends."""
    recurs: dict[Id, Activity] = Field(default_factory=dict)
    """What it does again and again."""


class Model(Entry):
    """The file groupings.yaml."""

    functions: dict[Id, Function] = Field(default_factory=dict)
    """What groupings are for, by id."""
    groupings: dict[Id, Grouping] = Field(default_factory=dict)
    """Groupings by id."""


def _owner(called: str) -> str:
    return f"groupings.{called}"


def declare(model: Model, low: Lowering) -> None:
    """Declare depth and membership of each grouping, and how central each actor is."""
    for called, item in model.groupings.items():
        _declare_grouping(called, item, model, low)
    _declare_centrality(model, low)


def _declare_grouping(called: str, item: Grouping, model: Model, low: Lowering) -> None:
    at: Path = ("groupings", called)
    low.call(called, item.name)
    low.known(item.function, model.functions, "function", FILE, (*at, "function"))
    _check(item, low, at)
    levels = grouping_depths()
    owner = _owner(called)
    start = 0
    if item.depth is not None:
        path = (*at, "depth")
        top = len(levels) - 1
        start = low.level_among(levels, 0, top, f"{owner}.depth", item.depth, FILE, path) or 0
    low.builder.variable(f"{owner}.depth", 0, len(levels) - 1, start, levels)
    low.marks[f"{owner}.depth"] = item.mark
    for code in _actors(item, low):
        inside = int(item.depth is not None and code in item.members)
        low.builder.variable(f"{owner}.member.{code}", 0, 1, inside, ("out", "in"))
    members = _members(item, low)
    if item.founding is not None:
        consent.declare(f"{owner}.founding", members, low)
    for code in item.joins:
        if code in low.actors and code not in item.members:
            consent.declare(f"{owner}.joins.{code}", members, low)


def _check(item: Grouping, low: Lowering, at: Path) -> None:
    for position, code in enumerate(item.members):
        low.known(code, low.actors, "actor", FILE, (*at, "members", position))
    size = len({*item.members, *item.with_others})
    if size < 3 or len(set(item.members)) < len(item.members):
        what = f"has {size} members" if size < 3 else "names a member twice"
        expected = "three or more, each once; a tie of two stands in ties.yaml"
        low.report(FILE, (*at, "members"), what, expected=expected, code="members")
    for code in item.joins:
        path = (*at, "joins", code)
        if low.known(code, low.actors, "actor", FILE, path) and code in item.members:
            what = f"{code} is a member already"
            low.report(FILE, path, what, expected="an outsider", code="members")
    exists = item.depth is not None
    if exists == (item.founding is not None):
        low.report(
            FILE,
            at,
            "exists and is still to be founded" if exists else "neither exists nor can be founded",
            expected="'depth' for one that exists, 'founding' for one that may come about",
            code="founding",
        )
    if exists != (item.since is not None):
        low.report(
            FILE,
            (*at, "since") if item.since else at,
            "has a depth and no day of founding"
            if exists
            else "has a day of founding and no depth",
            expected="'since' and 'depth' together",
            code="founding",
        )
    if item.since is not None and item.since > low.as_of:
        low.report(
            FILE,
            (*at, "since"),
            f"{item.since} lies after the as-of date {low.as_of}",
            expected="a day on or before the as-of date",
            code="date-order",
        )
    for label, activity in item.recurs.items():
        if activity.first <= low.as_of:
            low.report(
                FILE,
                (*at, "recurs", label, "first"),
                f"{activity.first} is not after the as-of date {low.as_of}",
                expected="a date still to come",
                code="date-order",
            )


def _members(item: Grouping, low: Lowering) -> list[str]:
    return [code for code in dict.fromkeys(item.members) if code in low.actors]


def _actors(item: Grouping, low: Lowering) -> list[str]:
    """Return who is, or may come to be, a member."""
    joining = [code for code in item.joins if code in low.actors and code not in item.members]
    return [*_members(item, low), *joining]


def _declare_centrality(model: Model, low: Lowering) -> None:
    """Declare how central an actor is, by each definition, and the strength of all groupings."""
    weights: dict[str, Formula] = {
        called: low.quantity(f"groupings.functions.{called}.weight", function.weight)
        for called, function in model.functions.items()
    }
    seats: dict[str, list[str]] = {}
    for called, item in model.groupings.items():
        for code in _actors(item, low):
            seats.setdefault(code, []).append(called)
    apart = {called for called, function in model.functions.items() if function.apart}
    for code, groups in seats.items():
        hub = f"groupings.hub.{code}"
        terms: dict[str, tuple[Formula, str]] = {}
        together: list[Term] = []
        counted: list[str] = []
        for g in groups:
            function, flag = model.groupings[g].function, f"{_owner(g)}.member.{code}"
            if function in weights:
                atoms = (Atom(flag), Atom(f"{_owner(g)}.depth"))
                low.builder.feature(f"{hub}.depth.{g}", [Term(1, atoms)])
                terms[g] = (weights[function], f"{hub}.depth.{g}")
            if function in apart:
                continue
            counted.append(g)
            others = (o for o in _actors(model.groupings[g], low) if o != code)
            together += [
                Term(1, (Atom(flag), Atom(f"{_owner(g)}.member.{other}"))) for other in others
            ]
        seated = [Term(1, (Atom(f"{_owner(g)}.member.{code}", 1, 1),)) for g in counted]
        low.builder.feature(f"{hub}.seats", seated)
        low.builder.feature(f"{hub}.together", together)
        low.builder.index(f"{hub}.weighted", [terms[g] for g in counted if g in terms])
        low.builder.index(f"{hub}.all_weighted", list(terms.values()))
        low.builder.index(f"{hub}.bilateral", _bilateral(code, low))
    strength = [
        (weights[item.function], f"{_owner(called)}.depth")
        for called, item in model.groupings.items()
        if item.function in weights
    ]
    if model.groupings:
        low.builder.index("groupings.strength", strength)


def _bilateral(code: str, low: Lowering) -> list[tuple[float, str]]:
    """Return every layer of every tie of an actor but old pacts, each from 0 to 1."""
    terms: list[tuple[float, str]] = []
    for called, variable in low.builder.variables.items():
        parts = called.split(".")
        if parts[0] != "ties" or len(parts) != 3 or code not in parts[1].split("-"):
            continue
        if parts[2] in layers() and parts[2] not in NOT_BILATERAL:
            terms.append((1.0 / (variable.hi - variable.lo), called))
    return terms


def lower(model: Model, low: Lowering) -> None:
    """Lower founding, joining, steps and activities; offer depth, membership and centrality."""
    for called, item in model.groupings.items():
        at: Path = ("groupings", called)
        _found(called, item, low, at)
        _join(called, item, low, at)
        _steps(called, item, low, at)
        for label, activity in item.recurs.items():
            _recur(called, label, activity, low, (*at, "recurs", label))
    _offer(model, low)


def _ask(
    owner: str, change: Change, guard: list[tuple[str, int, int]], low: Lowering, path: Path
) -> None:
    clock = low.hazard(f"{owner}.asks", change, FILE, path)
    intervals = [when(f"{owner}.round", 0), *(when(v, lo, hi) for v, lo, hi in guard)]
    low.builder.transition(f"{owner}.asks", clock, [set_to(f"{owner}.round", 1)], intervals)


def _found(called: str, item: Grouping, low: Lowering, at: Path) -> None:
    if item.founding is None:
        return
    owner, depth = f"{_owner(called)}.founding", f"{_owner(called)}.depth"
    members = _members(item, low)
    path: Path = (*at, "founding")
    _ask(owner, item.founding.rate, [(depth, 0, 0)], low, (*path, "rate"))
    level = low.level_of(depth, item.founding.depth, FILE, (*path, "depth")) or 1
    won: list[Effect] = [set_to(depth, level)]
    won += [set_to(f"{_owner(called)}.member.{code}", 1) for code in members]
    consent.lower(owner, item.founding.consent, members, won, [], low, FILE, (*path, "consent"))
    says = f"{low.named(called)} is founded"
    low.offer_first(f"{_owner(called)}.founded", says, depth, 1, len(grouping_depths()) - 1)


def _join(called: str, item: Grouping, low: Lowering, at: Path) -> None:
    members = _members(item, low)
    top = len(grouping_depths()) - 1
    for code, joining in item.joins.items():
        if code not in low.actors or code in item.members:
            continue
        owner, member = f"{_owner(called)}.joins.{code}", f"{_owner(called)}.member.{code}"
        path: Path = (*at, "joins", code)
        guard = [(member, 0, 0), (f"{_owner(called)}.depth", 1, top)]
        _ask(owner, joining.asks, guard, low, (*path, "asks"))
        won = [set_to(member, 1)]
        consent.lower(owner, joining.consent, members, won, [], low, FILE, (*path, "consent"))
        low.offer_first(owner, f"{low.named(code)} joins {low.named(called)}", member, 1, 1)


def _steps(called: str, item: Grouping, low: Lowering, at: Path) -> None:
    owner, top = _owner(called), len(grouping_depths()) - 1
    depth = f"{owner}.depth"
    out: list[Effect] = [set_to(depth, 0)]
    out += [set_to(f"{owner}.member.{code}", 0) for code in _actors(item, low)]
    deeper, back = [add(depth, 1)], [add(depth, -1)]
    for label, change, effects, guard in (
        ("deepens", item.deepens, deeper, when(depth, 1, top - 1)),
        ("shallows", item.shallows, back, when(depth, 2, top)),
        ("ends", item.ends, out, when(depth, 1, top)),
    ):
        if change is not None:
            clock = low.hazard(f"{owner}.{label}", change, FILE, (*at, label))
            low.builder.transition(f"{owner}.{label}", clock, effects, [guard])
    if item.depth is not None and item.deepens is not None:
        start = low.builder.variable_named(depth).start
        if start < top:
            says = f"{low.named(called)} is deeper than at the as-of date"
            low.offer_first(f"{owner}.deeper", says, depth, start + 1, top)


def _recur(called: str, label: str, activity: Activity, low: Lowering, at: Path) -> None:
    """One transition on the calendar; whether it takes place is an outcome."""
    owner, depth = f"{_owner(called)}.{label}", f"{_owner(called)}.depth"
    least = low.level_of(depth, activity.least, FILE, (*at, "least"))
    days: list[int] = []
    when_due = activity.first
    while when_due <= low.horizon:
        days.append(low.day(when_due))
        when_due = add_months(activity.first, activity.every_months * len(days))
    days = [day for day in days if day > 0]
    if least is None or not days:
        return
    held = low.chance(f"{owner}.held", activity.held, FILE, (*at, "held"))
    terms = low.driver_terms(owner, activity.drivers, FILE, (*at, "drivers"))
    outcomes = [
        low.builder.outcome(owner, "held", [], log(held), terms),
        low.builder.outcome(owner, "missed", [], log(1.0 - held)),
    ]
    guard = [when(depth, least, len(grouping_depths()) - 1)]
    low.builder.transition(owner, low.builder.calendar(days), outcomes, guard)
    counts = low.builder.observer(f"{owner}:held", "count", transition=owner, outcome="held")
    says = f"{low.named(called)}: {label.replace('-', ' ')} held"
    low.measure(Measure(owner, says, "times", "total", (counts,)))


def _offer(model: Model, low: Lowering) -> None:
    for called in model.groupings:
        says = f"depth of {low.named(called)}"
        low.offer_level(f"{_owner(called)}.depth", says, "level, 0 = none to 5 = integrated")
    hubs = dict.fromkeys(code for item in model.groupings.values() for code in _actors(item, low))
    for code in hubs:
        hub, who = f"groupings.hub.{code}", low.named(code)
        for label, says, unit in (
            ("seats", f"groupings in which {who} sits", "groupings"),
            ("weighted", f"groupings of {who}, weighed by depth and function", "weighted steps"),
            ("all_weighted", f"the same with old obligations, {who}", "weighted steps"),
            ("together", f"seats of others beside {who}, over all groupings", "seats"),
            ("bilateral", f"depth of the bilateral ties of {who}, pacts apart", "whole layers"),
        ):
            low.offer_level(f"{hub}.{label}", says, unit)
    if model.groupings:
        low.offer_level("groupings.strength", "all groupings, weighed", "weighted steps")
