"""Command: for each contingency a chain of decisions, drilled on paper again and again.

How long a coordinated response takes depends on the command relation and on planning done
before; how much of the force is then of use follows. Drills measure it as the world stands.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from rimland.dates import DAYS_PER_YEAR
from rimland.notation.base import Entry, Id
from rimland.notation.places import Path
from rimland.notation.quantity import Duration, DurationQuantity, RatioQuantity
from rimland.program.build import set_to, when
from rimland.program.formula import Formula, log, name
from rimland.program.model import Atom, Term
from rimland.vocab import force
from rimland.vocab.force import Force
from rimland.vocab.lowering import Lowering
from rimland.vocab.measure import Measure

FILE = "command.yaml"
NAMES = ("command.",)
"""How the names begin that this word declares."""
HOURS = 24.0


class Link(Entry):
    """One decision of the chain."""

    takes: Duration
    """How long it takes at the level of the relation at which the chain is stated."""
    eased_by: list[Literal["relation", "planning"]] = Field(default_factory=list)
    """What changes its length."""


class Contingency(Entry):
    """A situation that allies would have to answer together."""

    name: str | None = None
    """What a reader calls it in tables and charts; its id in words where left out."""
    says: str = ""
    """What happens in it."""
    relation: str
    """The variable that is the command relation of those who answer."""
    stated_at: str
    """Level of the relation at which the durations of the chain are stated."""
    window: DurationQuantity
    """A response later than this is not in time."""
    planning: str | None = None
    """Yes-or-no reading: has planning been done before."""
    drills_per_year: int = Field(default=2, ge=1, le=12)
    """How often the chain is run through."""
    chain: dict[str, Link] = Field(min_length=1)
    """The decisions in their order."""
    relation_effect: dict[str, RatioQuantity] = Field(default_factory=dict)
    """Duration of eased decisions at each other level, relative to the stated one."""
    planning_effect: RatioQuantity | None = None
    """Duration of eased decisions once planning is done, relative to before."""
    force: Force = Field(default_factory=Force)
    """What a response in time would bring."""


class Model(Entry):
    """The file command.yaml."""

    contingencies: dict[Id, Contingency] = Field(default_factory=dict)
    """Contingencies by id."""


class _Parts:
    """A contingency with its references resolved."""

    def __init__(self, called: str, item: Contingency, low: Lowering) -> None:
        self.at: Path = ("contingencies", called)
        self.owner = f"command.{called}"
        self.item = item
        self.relation = low.variable(item.relation, FILE, (*self.at, "relation"))
        self.stated: int | None = None
        if self.relation is not None:
            path = (*self.at, "stated_at")
            self.stated = low.level_of(self.relation, item.stated_at, FILE, path)
        self.planning: Atom | None = None
        if item.planning is not None:
            self.planning = low.atom_of(item.planning, FILE, (*self.at, "planning"))

    def eased(self, link: Link) -> tuple[bool, bool]:
        return "relation" in link.eased_by, "planning" in link.eased_by

    def levels(self, low: Lowering) -> list[tuple[int, str]]:
        """Return (level, name) of the relation's levels other than the stated one."""
        assert self.relation is not None
        known = low.builder.variable_named(self.relation)
        named = known.levels or tuple(str(n) for n in range(known.lo, known.hi + 1))
        return [(known.lo + i, n) for i, n in enumerate(named) if known.lo + i != self.stated]


def declare(model: Model, low: Lowering) -> None:
    """Declare the drill's state, the expected hours, the slowness and the force."""
    for called, item in model.contingencies.items():
        low.call(called, item.name)
        parts = _Parts(called, item, low)
        owner, links = parts.owner, tuple(item.chain)
        low.builder.variable(f"{owner}.drill", 0, len(links), 0, ("idle", *links))
        low.builder.variable(f"{owner}.drill_late", 0, 1, 0, ("no", "yes"))
        low.builder.indicator(f"{owner}.drill", 1, len(links))
        low.quantity(f"{owner}.window", item.window)
        if _check(parts, low):
            _declare_hours(parts, low)
        else:
            low.unsure |= {f"{owner}.slowness", f"{owner}.expected_hours"}
        force.declare(owner, item.force, (*parts.at, "force"), low)


def _check(parts: _Parts, low: Lowering) -> bool:
    item = parts.item
    if "idle" in item.chain:
        low.report(
            FILE,
            (*parts.at, "chain", "idle"),
            "no decision can be called 'idle': that is the state between drills",
            expected="another name",
            code="name",
        )
    uses = [word for link in item.chain.values() for word in link.eased_by]
    fine = parts.relation is not None and parts.stated is not None
    if "planning" in uses and (item.planning is None or item.planning_effect is None):
        low.report(
            FILE,
            (*parts.at, "planning"),
            "the chain is eased by planning, but what planning is or does is not stated",
            expected="both 'planning' and 'planning_effect'",
            code="missing",
        )
        fine = False
    if fine:
        others = [label for _, label in parts.levels(low)]
        missing = [label for label in others if label not in item.relation_effect]
        for label in item.relation_effect:
            path: Path = (*parts.at, "relation_effect", label)
            fine &= low.known(label, others, "other level of the relation", FILE, path)
        if "relation" in uses and missing:
            low.report(
                FILE,
                (*parts.at, "relation_effect"),
                f"says nothing of {', '.join(missing)}",
                expected=f"a ratio for every level but {item.stated_at}",
                code="missing",
            )
            fine = False
    return fine and (item.planning is None or parts.planning is not None)


def _ratios(parts: _Parts, low: Lowering) -> list[tuple[int, Formula]]:
    out: list[tuple[int, Formula]] = []
    for level, label in parts.levels(low):
        if label in parts.item.relation_effect:
            called = f"{parts.owner}.relation_effect.{label}"
            out.append((level, low.quantity(called, parts.item.relation_effect[label])))
    return out


def _declare_hours(parts: _Parts, low: Lowering) -> None:
    """Expected hours: each decision's mean, times the ratios that hold as the world stands.

    With a mean m, relation ratios r and planning ratio p, a decision eased by both takes
    m (1 + sum (r - 1) [relation]) (1 + (p - 1) [planning]), so the sum is a quadratic form.
    """
    owner, item = parts.owner, parts.item
    assert parts.relation is not None
    sums: dict[tuple[bool, bool], Formula] = {}
    for label, link in item.chain.items():
        called = f"{owner}.chain.{label}"
        hours = low.derive(f"{called}.hours", low.duration(called, link.takes).mean * HOURS)
        key = parts.eased(link)
        sums[key] = sums[key] + hours if key in sums else hours
    labels = {(False, False): "fixed", (True, False): "by_relation"}
    labels |= {(False, True): "by_planning", (True, True): "by_both"}
    named = {k: low.derive(f"{owner}.hours.{labels[k]}", f) for k, f in sums.items()}
    start_relation = low.builder.variable_named(parts.relation).start
    terms: list[tuple[Formula, str, bool]] = []
    planned = _start_of(parts.planning, low)
    ratio = None
    if item.planning_effect is not None:
        ratio = low.quantity(f"{owner}.planning_effect", item.planning_effect)
    relation = _sum([named[k] for k in named if k[0]])
    planning = _sum([named[k] for k in named if k[1]])
    both = named.get((True, True))
    for level, r in _ratios(parts, low):
        now = level == start_relation
        if relation is not None:
            flag = low.builder.indicator(parts.relation, level, level)
            terms.append((relation * (r - 1.0), flag, now))
        if both is not None and ratio is not None and parts.planning is not None:
            flag = f"{owner}.planned_at.{level}"
            here = Atom(parts.relation, level, level)
            low.builder.feature(flag, [Term(1, (here, parts.planning))])
            terms.append((both * (r - 1.0) * (ratio - 1.0), flag, now and planned))
    if planning is not None and ratio is not None and item.planning is not None:
        read = low.reads(item.planning, FILE, (*parts.at, "planning"))
        assert read is not None
        terms.append((planning * (ratio - 1.0), read, planned))
    total = _sum(list(named.values()))
    assert total is not None
    at_start = _sum([total, *(weight for weight, _, now in terms if now)])
    assert at_start is not None
    start = low.derive(f"{owner}.hours.at_start", at_start)
    low.builder.index(f"{owner}.expected_hours", [(w, read) for w, read, _ in terms], total)
    relative = [(w / start, read) for w, read, _ in terms]
    low.builder.index(f"{owner}.slowness", relative, total / start, "log")


def _start_of(atom: Atom | None, low: Lowering) -> bool:
    if atom is None:
        return False
    start = low.builder.variable_named(atom.variable).start
    if atom.lo is None or atom.hi is None:
        return start == 1
    return atom.lo <= start <= atom.hi


def _sum(parts: list[Formula]) -> Formula | None:
    total: Formula | None = None
    for part in parts:
        total = part if total is None else total + part
    return total


def lower(model: Model, low: Lowering) -> None:
    """Lower the drills and offer what they measure."""
    for called, item in model.contingencies.items():
        parts = _Parts(called, item, low)
        if low.builder.readable(f"{parts.owner}.slowness"):
            _lower_drill(parts, low)
            _offer(called, parts, low)


def _lower_drill(parts: _Parts, low: Lowering) -> None:
    """A drill starts by the calendar if none is under way, halfway through each interval."""
    owner, item, builder = parts.owner, parts.item, low.builder
    stage, late = f"{owner}.drill", f"{owner}.drill_late"
    gap = DAYS_PER_YEAR / item.drills_per_year
    # Ten years are 3652 or 3653 days, a hair less than ten times 365.25.
    drills = int(low.day(low.horizon) / gap + 0.01)
    days = [round((k + 0.5) * gap) for k in range(drills)]
    start = [set_to(stage, 1), set_to(late, 0)]
    builder.transition(f"{owner}.drill_starts", builder.calendar(days), start, [when(stage, 0)])
    for position, (label, link) in enumerate(item.chain.items(), start=1):
        called = f"{owner}.chain.{label}"
        takes = low.duration(called, link.takes)
        by_relation, by_planning = parts.eased(link)
        speed: list[tuple[Formula, str]] = []
        if by_relation and parts.relation is not None:
            for level, ratio in _ratios(parts, low):
                speed.append((-log(ratio), builder.indicator(parts.relation, level, level)))
        if by_planning and item.planning is not None:
            read = low.reads(item.planning, FILE, (*parts.at, "planning"))
            assert read is not None
            speed.append((-log(name(f"{owner}.planning_effect")), read))
        clock = low.lognormal(called, takes, speed)
        after = position + 1 if position < len(item.chain) else 0
        builder.transition(called, clock, [set_to(stage, after)], [when(stage, position)])
    window = f"{owner}.window"
    guard = [when(stage, 1, len(item.chain)), when(late, 0)]
    clock = builder.fixed(window, name(window))
    builder.transition(window, clock, [set_to(late, 1)], guard)


def _offer(called: str, parts: _Parts, low: Lowering) -> None:
    owner, builder = parts.owner, low.builder
    links = tuple(parts.item.chain)
    last = f"{owner}.chain.{links[-1]}"
    busy = builder.indicator(f"{owner}.drill", 1, len(links))
    started = builder.observer(
        f"{owner}.drills_started:count", "count", transition=f"{owner}.drill_starts"
    )
    ended = builder.observer(f"{owner}.drills_ended:count", "count", transition=last)
    spent = builder.observer(f"{owner}.drill:integral", "integral", busy)
    in_time = builder.observer(
        f"{owner}.in_time:count", "count", f"{owner}.drill_in_time", transition=last
    )
    used = builder.observer(
        f"{owner}.force_in_time:count", "count", f"{owner}.force_if_in_time", transition=last
    )
    low.measure(
        Measure(
            f"{owner}.response_hours",
            f"time from first sign to a coordinated order, {low.named(called)}",
            "hours",
            "ratio",
            (spent,),
            (ended,),
            HOURS,
        )
    )
    low.measure(
        Measure(
            f"{owner}.in_time",
            f"responses that come in time, {low.named(called)}",
            "% of drills",
            "ratio",
            (in_time,),
            (started,),
            100.0,
        )
    )
    low.measure(
        Measure(
            f"{owner}.force_in_time",
            f"force used in time, {low.named(called)}",
            "% of today's force",
            "ratio",
            (used,),
            (started,),
            100.0 / parts.item.force.base,
        )
    )
    low.offer_level(
        f"{owner}.expected_hours",
        f"hours that a coordinated response should take as things stand, {low.named(called)}",
        "hours",
    )
