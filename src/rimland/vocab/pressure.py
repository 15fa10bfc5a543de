"""Pressure: economic coercion and sanctions; provoked, answered or not, by which instrument.

What happened alone is a numerator without a denominator. So a provocation comes first, at a hazard
of its own, and then an answer or none: whether it is answered, and by what, is one keyed choice.
Sanctions come at a hazard, since what brings them on is a state of things and no single act.
"""

from __future__ import annotations

from pydantic import Field

from rimland.dates import DAYS_PER_YEAR
from rimland.notation.base import Entry, Id
from rimland.notation.places import Path
from rimland.notation.quantity import Duration, MoneyQuantity, RatioQuantity, ShareQuantity
from rimland.program.build import set_to, when
from rimland.program.formula import Formula, log
from rimland.program.model import Outcome
from rimland.vocab.lowering import Change, Driver, Lowering
from rimland.vocab.measure import Measure

FILE = "pressure.yaml"
NAMES = ("pressure.", "sanctions.")
"""How the names begin that this word declares."""
NONE = "none"


class Instrument(Entry):
    """One way to press: how likely it is chosen, how long it lasts, what it costs."""

    says: str = ""
    """The instrument in plain words."""
    weight: RatioQuantity
    """How likely it is chosen, against the other instruments."""
    drivers: list[Driver] = Field(default_factory=list)
    """What shifts the log of that weight."""
    lasts: Duration
    """Time until it is lifted."""
    exposed: MoneyQuantity
    """Trade or income a year that it can reach."""
    loss: ShareQuantity
    """Share of what it can reach that is lost while it lasts."""


class Pressing(Entry):
    """A sender that may press a target."""

    name: str | None = None
    """What a reader calls it in tables and charts; its id in words where left out."""
    says: str = ""
    """The relation in plain words."""
    sender: str
    """Who presses."""
    target: str
    """Who is pressed."""
    provocations: Change
    """Hazard of an act that the sender could answer."""
    answered: ShareQuantity
    """Probability that one is answered at all."""
    drivers: list[Driver] = Field(default_factory=list)
    """What shifts the log-odds of an answer."""
    instruments: dict[Id, Instrument] = Field(min_length=1)
    """Instruments by id, the mildest first."""


class Sanction(Entry):
    """Measures of one actor, or of several together, against another."""

    name: str | None = None
    """What a reader calls it in tables and charts; its id in words where left out."""
    says: str = ""
    """What would be imposed."""
    by: list[str] = Field(min_length=1)
    """Who would impose them."""
    on: str
    """Against whom."""
    onset: Change
    """Hazard that they are imposed while they are not in force."""
    lasts: Duration
    """Time until they are lifted."""
    exposed: MoneyQuantity
    """Trade or income a year that they can reach."""
    loss: ShareQuantity
    """Share of it that is lost while they last."""


class Model(Entry):
    """The file pressure.yaml."""

    pressure: dict[Id, Pressing] = Field(default_factory=dict)
    """Who may press whom, by id."""
    sanctions: dict[Id, Sanction] = Field(default_factory=dict)
    """Sanctions by id."""


def declare(model: Model, low: Lowering) -> None:
    """Declare what presses now, and what that costs a year."""
    for called, item in model.pressure.items():
        at: Path = ("pressure", called)
        low.call(called, item.name)
        for key in ("sender", "target"):
            low.known(getattr(item, key), low.actors, "actor", FILE, (*at, key))
        if item.sender == item.target:
            low.report(
                FILE,
                (*at, "target"),
                f"{item.target} presses itself",
                expected="another actor than the sender",
                code="pair",
            )
        if NONE in item.instruments:
            low.report(
                FILE,
                (*at, "instruments", NONE),
                "'none' stands for no pressure",
                expected="another id",
                code="reserved",
            )
            low.unsure |= {f"pressure.{called}"}
            continue
        owner = f"pressure.{called}"
        levels = (NONE, *item.instruments)
        low.builder.variable(f"{owner}.in_force", 0, len(levels) - 1, 0, levels)
        costs = [
            (_cost(f"{owner}.{label}", tool.exposed, tool.loss, low), _stands(owner, i + 1, low))
            for i, (label, tool) in enumerate(item.instruments.items())
        ]
        low.builder.index(f"{owner}.cost_a_year", costs)
    for called, sanction in model.sanctions.items():
        at = ("sanctions", called)
        low.call(called, sanction.name)
        for position, code in enumerate(sanction.by):
            low.known(code, low.actors, "actor", FILE, (*at, "by", position))
        low.known(sanction.on, low.actors, "actor", FILE, (*at, "on"))
        owner = f"sanctions.{called}"
        low.builder.variable(f"{owner}.in_force", 0, 1, 0, ("no", "yes"))
        cost = _cost(owner, sanction.exposed, sanction.loss, low)
        low.builder.index(f"{owner}.cost_a_year", [(cost, _stands(owner, 1, low))])


def _stands(owner: str, level: int, low: Lowering) -> str:
    return low.builder.indicator(f"{owner}.in_force", level, level)


def _cost(owner: str, exposed: MoneyQuantity, loss: ShareQuantity, low: Lowering) -> Formula:
    reached = low.quantity(f"{owner}.exposed", exposed)
    return reached * low.quantity(f"{owner}.loss", loss)


def lower(model: Model, low: Lowering) -> None:
    """Lower provocations with what answers them, sanctions, and the end of each; offer measures."""
    for called, item in model.pressure.items():
        if NONE not in item.instruments:
            _press(called, item, low, ("pressure", called))
    for called, sanction in model.sanctions.items():
        _sanction(called, sanction, low, ("sanctions", called))


def _press(called: str, item: Pressing, low: Lowering, at: Path) -> None:
    owner = f"pressure.{called}"
    force = f"{owner}.in_force"
    answered = low.chance(f"{owner}.answered", item.answered, FILE, (*at, "answered"))
    shared = low.driver_terms(owner, item.drivers, FILE, (*at, "drivers"))
    weights = {
        label: low.quantity(f"{owner}.{label}.weight", tool.weight)
        for label, tool in item.instruments.items()
    }
    whole: Formula | None = None
    for weight in weights.values():
        whole = weight if whole is None else whole + weight
    assert whole is not None
    # Weights of the outcomes: 1 - p for none, p w_i / sum w for instrument i; drivers of an answer
    # act on each instrument alike, so that they shift the log-odds of any answer by as much.
    outcomes: list[Outcome] = [
        low.builder.outcome(owner, "unanswered", [], log(1.0 - answered)),
    ]
    for i, (label, tool) in enumerate(item.instruments.items()):
        path = (*at, "instruments", label, "drivers")
        own = low.driver_terms(f"{owner}.{label}", tool.drivers, FILE, path)
        # one reading may act on the answer and on the choice: the two effects add up
        terms = {read: effect for effect, read in shared}
        for effect, read in own:
            terms[read] = terms[read] + effect if read in terms else effect
        effects = [set_to(force, i + 1)]
        base = log(answered * weights[label] / whole)
        both = [(effect, read) for read, effect in terms.items()]
        outcomes.append(low.builder.outcome(owner, label, effects, base, both))
    clock = low.hazard(f"{owner}.provocations", item.provocations, FILE, (*at, "provocations"))
    low.builder.transition(owner, clock, outcomes, [when(force, 0)])
    for i, (label, tool) in enumerate(item.instruments.items()):
        ends = f"{owner}.{label}.lasts"
        lifted = low.lognormal(ends, low.duration(ends, tool.lasts))
        low.builder.transition(ends, lifted, [set_to(force, 0)], [when(force, i + 1)])
    _offer(called, item, [o.name for o in outcomes[1:]], low)


def _offer(called: str, item: Pressing, answers: list[str], low: Lowering) -> None:
    owner, says = f"pressure.{called}", low.named(called)
    counts = [
        low.builder.observer(f"{owner}:{label}", "count", transition=owner, outcome=label)
        for label in answers
    ]
    provoked = low.builder.observer(f"{owner}:provocations", "count", transition=owner)
    hazard = low.builder.observer(f"{owner}:expected", "hazard", transition=owner)
    for name, text, unit, how, of, over, per in (
        ("provocations", "acts that could be answered", "per decade", "total", [hazard], [], 10),
        ("episodes", "acts that are answered", "per decade", "total", counts, [], 10),
        ("answered_share", "share of acts answered", "share", "ratio", counts, [provoked], None),
    ):
        low.measure(
            Measure(
                f"{owner}.{name}",
                f"{text}, {says}",
                unit,
                how,  # type: ignore[arg-type]
                tuple(of),
                tuple(over),
                per_years=per,
            )
        )
    for label, count in zip(answers, counts, strict=True):
        text = f"{label.replace('-', ' ')}, {says}"
        low.measure(
            Measure(f"{owner}.{label}", text, "per decade", "total", (count,), per_years=10)
        )
    low.offer_first(f"{owner}.by", f"at least one act is answered, {says}", f"{owner}.in_force",
                    1, len(item.instruments))  # fmt: skip
    cost = low.builder.observer(f"{owner}:cost", "integral", f"{owner}.cost_a_year")
    year, unit = 1 / DAYS_PER_YEAR, next(iter(item.instruments.values())).exposed.unit
    low.measure(Measure(f"{owner}.cost", f"lost, {says}", unit, "total", (cost,), scale=year))
    low.measure(
        Measure(
            f"{owner}.cost_per_episode",
            f"lost for each act that is answered, {says}",
            unit,
            "ratio",
            (cost,),
            tuple(counts),
            scale=year,
        )
    )


def _sanction(called: str, item: Sanction, low: Lowering, at: Path) -> None:
    owner, says = f"sanctions.{called}", low.named(called)
    force = f"{owner}.in_force"
    clock = low.hazard(f"{owner}.onset", item.onset, FILE, (*at, "onset"))
    onset = low.builder.transition(f"{owner}.onset", clock, [set_to(force, 1)], [when(force, 0)])
    lifted = low.lognormal(f"{owner}.lasts", low.duration(f"{owner}.lasts", item.lasts))
    low.builder.transition(f"{owner}.lasts", lifted, [set_to(force, 0)], [when(force, 1)])
    expected = low.builder.observer(f"{owner}:expected", "hazard", transition=onset)
    low.measure(
        Measure(
            f"{owner}.expected", f"{says}, expected", "per decade", "total", (expected,),
            per_years=10,
        )
    )  # fmt: skip
    low.offer_first(f"{owner}.by", f"{says} at least once", force, 1, 1)
    cost = low.builder.observer(f"{owner}:cost", "integral", f"{owner}.cost_a_year")
    year, unit = 1 / DAYS_PER_YEAR, item.exposed.unit
    low.measure(Measure(f"{owner}.cost", f"lost, {says}", unit, "total", (cost,), scale=year))
