"""Pledges: promises with stages, the hurdles in their way, and what becomes true at the end."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from rimland.dates import DAYS_PER_YEAR
from rimland.errors import nearest
from rimland.notation.base import Entry, Id, Marked
from rimland.notation.places import Path
from rimland.notation.quantity import Duration, RatioQuantity
from rimland.program.build import set_to, when
from rimland.program.formula import Formula, log
from rimland.program.model import Interval
from rimland.vocab.defaults import pledge_domains, pledge_steps
from rimland.vocab.judged import default_duration
from rimland.vocab.lowering import Lowering
from rimland.vocab.measure import Measure
from rimland.vocab.names import canonical
from rimland.vocab.ties import describe, offer

FILE = "pledges.yaml"
NAMES = ("pledges.", "consequences.")
"""How the names begin that this word declares."""
STAGES = ("lapsed", "announced", "resourced", "authorised", "under_way", "operational")
HURDLE = ("failed", "pending", "cleared")
OPERATIONAL = 5
ROADBLOCK = "pledges.roadblock"
StepName = Literal["resourced", "authorised", "under_way", "operational"]


class Step(Entry):
    """One step still ahead of a pledge, named after the stage it leads to."""

    takes: Duration | None = None
    """Time it takes once its hurdles are cleared; the domain's default when left out."""
    hurdles: list[str] = Field(default_factory=list)
    """Hurdles to be cleared first; they run side by side."""


class Pledge(Marked):
    """Who promised what to whom, and how far it has come."""

    name: str | None = None
    """What a reader calls it in tables and charts; its id in words where left out."""
    says: str
    """What was promised."""
    by: list[str] = Field(min_length=1)
    """Who promised."""
    to: list[str] = Field(default_factory=list)
    """To whom."""
    domain: str
    """Domain, for default durations."""
    announced: date
    """Day of the announcement."""
    due: date | None = None
    """Day by which it should be operational."""
    stage: Literal["lapsed", "announced", "resourced", "authorised", "under_way", "operational"]
    """Stage reached at the as-of date."""
    steps: dict[StepName, Step] = Field(default_factory=dict)
    """Steps still ahead."""
    costs: RatioQuantity | None = None
    """What it costs against doing the same without it: below 1 it saves. Hurdles may answer."""


class Consequence(Entry):
    """What becomes true once all its pledges are operational."""

    id: Id
    """Name of the consequence."""
    once: list[str] = Field(min_length=1)
    """Pledges that must all be operational."""
    raises: dict[str, str] = Field(alias="raise", min_length=1)
    """Levels that are reached if they were lower: variable -> level."""
    says: str = ""
    """The arrow in plain words."""


class Model(Entry):
    """The file pledges.yaml."""

    pledges: dict[Id, Pledge] = Field(default_factory=dict)
    """Pledges by id."""
    consequences: list[Consequence] = Field(default_factory=list)
    """What becomes true when pledges are operational."""


def declare(model: Model, low: Lowering) -> None:
    """Declare the stage of each pledge, the state of its hurdles, lateness, and roadblocks."""
    if not model.pledges:
        return
    low.builder.variable(ROADBLOCK, 0, 1, 0, ("no", "yes"))
    share: list[tuple[float, str]] = []
    for called, pledge in model.pledges.items():
        at: Path = ("pledges", called)
        low.call(called, pledge.name)
        _check(pledge, low, at)
        stage = f"pledges.{called}.stage"
        low.builder.variable(stage, 0, OPERATIONAL, STAGES.index(pledge.stage), STAGES)
        low.marks[stage] = pledge.mark
        low.builder.variable(f"pledges.{called}.late", 0, 1, 0, ("no", "yes"))
        done = low.flag(f"pledges.{called}.operational", stage, OPERATIONAL, OPERATIONAL)
        share.append((1.0 / len(model.pledges), done))
        seen: set[str] = set()
        for step, content in pledge.steps.items():
            for position, hurdle in enumerate(content.hurdles):
                path: Path = (*at, "steps", step, "hurdles", position)
                if not low.known(hurdle, low.hurdles, "hurdle", FILE, path):
                    continue
                if hurdle in seen:
                    low.report(
                        FILE,
                        path,
                        f"hurdle '{hurdle}' comes twice in this pledge",
                        expected="each hurdle once, at the step it stands before",
                        code="twice",
                    )
                    continue
                seen.add(hurdle)
                low.builder.variable(f"pledges.{called}.hurdles.{hurdle}", 0, 2, 1, HURDLE)
    low.builder.index("pledges.operational_share", share)
    for domain, members in _domains(model).items():
        parts = [(1.0 / len(members), f"pledges.{called}.operational") for called in members]
        low.builder.index(f"pledges.domains.{domain}.working_share", parts)
    for hurdle, waiting in _waiting(model, low).items():
        parts = [(1.0 / len(waiting), f"pledges.{called}.operational") for called in waiting]
        low.builder.index(f"hurdles.{hurdle}.working_share", parts)
    for position, consequence in enumerate(model.consequences):
        for ref in consequence.raises:
            latch = _latch(consequence, ref)
            if not low.builder.has_variable(latch):
                low.builder.variable(latch, 0, 1, 0, ("waiting", "done"))
                continue
            low.report(
                FILE,
                ("consequences", position, "raise", ref),
                f"'{consequence.id}' raises this twice",
                expected="each consequence with an id of its own, and each level once",
                code="twice",
            )


def _domains(model: Model) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for called, pledge in model.pledges.items():
        out.setdefault(pledge.domain, []).append(called)
    return out


def _waiting(model: Model, low: Lowering) -> dict[str, list[str]]:
    """Return the pledges that each hurdle still stands before."""
    out: dict[str, list[str]] = {}
    for called in model.pledges:
        for hurdle in low.hurdles:
            if low.builder.has_variable(f"pledges.{called}.hurdles.{hurdle}"):
                out.setdefault(hurdle, []).append(called)
    return out


def _latch(consequence: Consequence, ref: str) -> str:
    return f"consequences.{consequence.id}.{canonical(ref)}"


def _check(pledge: Pledge, low: Lowering, at: Path) -> None:
    for key in ("by", "to"):
        for position, code in enumerate(getattr(pledge, key)):
            low.known(code, low.actors, "actor", FILE, (*at, key, position))
    if pledge.domain not in pledge_domains():
        low.report(
            FILE,
            (*at, "domain"),
            f"no domain is called '{pledge.domain}'",
            expected=", ".join(pledge_domains()),
            near=nearest(pledge.domain, pledge_domains()),
            code="unknown-name",
        )
    if pledge.announced > low.as_of:
        low.report(
            FILE,
            (*at, "announced"),
            f"announced on {pledge.announced}, after the as-of date {low.as_of}",
            expected="a day on or before the as-of date",
            code="date-order",
        )
    reached = STAGES.index(pledge.stage)
    if pledge.due is not None and pledge.due < pledge.announced:
        low.report(
            FILE,
            (*at, "due"),
            f"due on {pledge.due}, before it was announced on {pledge.announced}",
            expected="a day after the announcement",
            code="date-order",
        )
    elif pledge.due is not None and pledge.due <= low.as_of and 0 < reached < OPERATIONAL:
        low.report(
            FILE,
            (*at, "due"),
            f"was due on {pledge.due} and is still '{pledge.stage}' on {low.as_of}: late already",
            expected="a due date after the as-of date",
            mend="take the due date out and say in 'note' that it was missed",
            code="date-order",
        )
    for step in pledge.steps:
        if STAGES.index(step) <= reached or reached == 0:
            low.report(
                FILE,
                (*at, "steps", step),
                f"step '{step}' is not ahead of a pledge that is already '{pledge.stage}'",
                expected=_ahead(reached),
                code="step-order",
            )


def _ahead(reached: int) -> str:
    steps = ", ".join(STAGES[reached + 1 :]) if 0 < reached < OPERATIONAL else ""
    if not steps:
        return "no steps"
    return f"one of {steps}" if ", " in steps else steps


def lower(model: Model, low: Lowering) -> None:
    """Lower the steps, hurdles and due dates of each pledge, and the consequences."""
    if not model.pledges:
        return
    for called, pledge in model.pledges.items():
        _lower_pledge(called, pledge, low)
        _offer_pledge(called, pledge, low)
    _offer(model, low)
    for position, consequence in enumerate(model.consequences):
        _lower_consequence(model, position, consequence, low)


def _offer_pledge(called: str, pledge: Pledge, low: Lowering) -> None:
    says = low.named(called)
    stage, late = f"pledges.{called}.stage", f"pledges.{called}.late"
    working = f"pledges.{called}.operational"
    low.offer_first(working, f"{says} is operational", stage, OPERATIONAL, OPERATIONAL)
    if pledge.due is not None:
        low.offer_first(late, f"{says} is not operational on its due date", late, 1, 1)
    for hurdle in low.hurdles:
        state = f"pledges.{called}.hurdles.{hurdle}"
        if low.builder.has_variable(state):
            stopped = f"pledges.{called}.stopped_by.{hurdle}"
            low.offer_first(stopped, f"{says} fails at {low.named(hurdle)}", state, 0, 0)


def _offer(model: Model, low: Lowering) -> None:
    says = "at least one hurdle has stopped a pledge or held it past its due date"
    low.offer_first(ROADBLOCK, says, ROADBLOCK, 1, 1)
    called = "pledges.operational_share"
    low.offer_level(called, "pledges that are operational", "% of pledges", scale=100.0)
    shares = {
        f"hurdles.{hurdle}": f"the pledges that wait for {low.named(hurdle)}"
        for hurdle in _waiting(model, low)
    }
    for domain in _domains(model):
        shares[f"pledges.domains.{domain}"] = f"the pledges of the domain {domain}"
    for owner, whose in shares.items():
        called = f"{owner}.years_working"
        observer = low.builder.observer(f"{called}:integral", "integral", f"{owner}.working_share")
        says, year = f"time at work of {whose}", 1.0 / DAYS_PER_YEAR
        low.measure(Measure(called, says, "years per pledge", "total", (observer,), scale=year))


def _lower_pledge(called: str, pledge: Pledge, low: Lowering) -> None:
    builder = low.builder
    stage = f"pledges.{called}.stage"
    reached = STAGES.index(pledge.stage)
    hurdles: list[str] = []
    ahead = range(reached + 1, OPERATIONAL + 1) if reached else ()
    for level in ahead:
        step = STAGES[level]
        content = _step(pledge, step)
        cleared: list[Interval] = []
        for hurdle in content.hurdles:
            state = f"pledges.{called}.hurdles.{hurdle}"
            if builder.has_variable(state) and state not in hurdles:
                hurdles.append(state)
                cleared.append(when(state, 2))
                _lower_hurdle(state, hurdle, stage, level - 1, _savings(called, pledge, low), low)
        owner = f"pledges.{called}.steps.{step}"
        default = pledge_steps().get((pledge.domain, step))
        takes = content.takes
        if takes is None and default is not None:
            takes = default_duration(default)
        if takes is None:
            continue
        clock = low.lognormal(owner, low.duration(owner, takes), again="resume")
        builder.transition(owner, clock, [set_to(stage, level)], [when(stage, level - 1), *cleared])
    if pledge.due is not None and low.day(pledge.due) > 0 and ahead:
        _lower_due(called, low.day(pledge.due), hurdles, low)


def _step(pledge: Pledge, step: str) -> Step:
    for known, content in pledge.steps.items():
        if known == step:
            return content
    return Step()


def _savings(called: str, pledge: Pledge, low: Lowering) -> Formula | None:
    """Return the log of the pledge's cost, if it states one."""
    if pledge.costs is None:
        return None
    return log(low.quantity(f"pledges.{called}.costs", pledge.costs))


def _lower_hurdle(
    state: str, hurdle: str, stage: str, before: int, log_cost: Formula | None, low: Lowering
) -> None:
    """The decision: a lognormal procedure that ends in a yes or a no.

    Where the hurdle answers to money, what a pledge saves or costs shifts the log-odds of a no.
    """
    known = low.hurdles[hurdle]
    builder = low.builder
    terms = list(known.terms)
    if known.savings is not None and log_cost is not None:
        effect, counted = known.savings
        terms.append((effect * log_cost, counted))
    no = [set_to(state, 0), set_to(stage, 0), set_to(ROADBLOCK, 1)]
    outcomes = [
        builder.outcome(state, "cleared", [set_to(state, 2)], log(1.0 - known.fails)),
        builder.outcome(state, "failed", no, log(known.fails), terms),
    ]
    clock = low.lognormal(state, known.takes, again="resume")
    guard = [when(stage, before), when(state, 1), when(known.gate, 1)]
    builder.transition(state, clock, outcomes, guard)


def _lower_due(called: str, day: int, hurdles: list[str], low: Lowering) -> None:
    stage = f"pledges.{called}.stage"
    running = when(stage, 1, OPERATIONAL - 1)
    owner = f"pledges.{called}.due"
    low.builder.transition(
        owner, low.builder.calendar([day]), [set_to(f"pledges.{called}.late", 1)], [running]
    )
    for state in hurdles:
        low.builder.transition(
            f"{owner}.{state.rsplit('.', 1)[1]}",
            low.builder.calendar([day]),
            [set_to(ROADBLOCK, 1)],
            [running, when(state, 0, 1)],
        )


def _lower_consequence(
    model: Model, position: int, consequence: Consequence, low: Lowering
) -> None:
    """Once all pledges are operational, each level is reached at once if it was lower.

    It happens a single time, noted in a variable of its own: what a later government undoes
    stays undone, and a level that a variant holds does not ring for ever.
    """
    at: Path = ("consequences", position)
    known = [
        low.known(pledge, model.pledges, "pledge", FILE, (*at, "once", i))
        for i, pledge in enumerate(consequence.once)
    ]
    ready = [when(f"pledges.{pledge}.stage", OPERATIONAL) for pledge in consequence.once]
    for ref, level in consequence.raises.items():
        path: Path = (*at, "raise", ref)
        variable = low.variable(ref, FILE, path)
        to = None if variable is None else low.level_of(variable, level, FILE, path)
        if variable is None or to is None or not all(known):
            continue
        latch = _latch(consequence, ref)
        if f"{latch}.already" in low.builder.transitions:
            continue
        bounds = low.builder.variable_named(variable)
        offer(variable, low)
        text = f"{describe(variable, low)}: {level.replace('_', ' ')} or more"
        low.offer_first(latch, text, variable, to, bounds.hi)
        for label, lo, hi in (("raised", bounds.lo, to - 1), ("already", to, bounds.hi)):
            if lo > hi:
                continue
            owner = f"{latch}.{label}"
            effects = [set_to(latch, 1)]
            if label == "raised":
                effects.append(set_to(variable, to))
            guard = [*ready, when(latch, 0), when(variable, lo, hi)]
            low.builder.transition(owner, low.builder.fixed(owner, 0.0), effects, guard)
