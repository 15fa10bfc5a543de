"""Perception: what an actor reads from the ties around it. Contributions are exact and add up.

Encirclement is a rival's perception of the ties and bases around it, in military and in economic
space. It is not entrapment, which is an ally's fear, as abandonment is (Snyder 1984, World Politics
36, 461-495): those stand under `fears`.
"""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field

from rimland.notation.base import Entry, Id
from rimland.notation.places import Path
from rimland.notation.quantity import DistanceQuantity, IndexQuantity, RatioQuantity
from rimland.program.formula import Formula, exp, num
from rimland.program.model import Variable
from rimland.vocab import fears
from rimland.vocab.defaults import layers
from rimland.vocab.fears import Fear
from rimland.vocab.judged import computed_km
from rimland.vocab.lowering import Lowering
from rimland.vocab.names import canonical, great_circle_km
from rimland.vocab.ties import describe

FILE = "perception.yaml"
NAMES = ("perception.",)
"""How the names begin that this word declares."""
TROOPS = "troops"
TROOPS_UNIT = 10_000.0
"""Troops weigh per ten thousand."""
UNIT = "index, 100 at the as-of date"
AT_START = 100.0
"""Encirclement at the as-of date, in every draw."""

Terms = list[tuple[Formula, str]]


class Other(Entry):
    """Something that is no tie and adds to encirclement as it moves from where it stands."""

    points: IndexQuantity
    """Points of encirclement, of 100 at the as-of date, for one level more."""
    economic: bool = False
    """Whether it counts in economic space."""
    says: str = ""
    """What is perceived, in plain words."""


class Encirclement(Entry):
    """Encirclement as one actor perceives it."""

    by: list[str] = Field(min_length=2)
    """Actors whose ties to each other count."""
    layers: dict[str, RatioQuantity] = Field(min_length=1)
    """Weight of each layer at its top level; `troops` weighs per ten thousand."""
    reach: DistanceQuantity
    """Distance over which a capital's nearness falls to 1/e."""
    economic: list[str] = Field(default_factory=list)
    """Layers that count in economic space; the others count in military space."""
    others: dict[str, Other] = Field(default_factory=dict)
    """What else adds, by the variable that is read: export controls, groupings."""


class Model(Entry):
    """The file perception.yaml."""

    encirclement: dict[str, Encirclement] = Field(default_factory=dict)
    """By the actor who perceives it."""
    fears: dict[Id, Fear] = Field(default_factory=dict)
    """Fears of allies, by id."""


@dataclass(frozen=True)
class _Part:
    """One layer of one tie: how much one unit of `read` weighs, and what it read at the start."""

    layer: str
    weight: Formula
    read: str
    start: float


def contributions(model: Model, low: Lowering) -> dict[str, dict[str, str]]:
    """Return, by perceiving actor and tie (`AAA-BBB`), the name of its index and measure."""
    out: dict[str, dict[str, str]] = {}
    for rival, item in model.encirclement.items():
        named = {pair: f"{_owner(rival)}.encirclement.{pair}" for pair in _pairs(item, low)}
        out[rival] = {pair: n for pair, n in named.items() if low.builder.readable(n)}
    return out


def _owner(rival: str) -> str:
    return f"perception.{rival}"


def _pairs(item: Encirclement, low: Lowering) -> list[str]:
    """Return the declared ties between two of those who encircle."""
    pairs = dict.fromkeys(n.split(".")[1] for n in low.builder.variables if n.startswith("ties."))
    return [p for p in pairs if all(code in item.by for code in p.split("-"))]


def declare(model: Model, low: Lowering) -> None:
    """Declare encirclement, its change, and each contribution to it; and fears."""
    fears.declare(model.fears, low)
    for rival, item in model.encirclement.items():
        if _check(rival, item, low):
            _declare(rival, item, low)
        if not low.builder.readable(f"{_owner(rival)}.encirclement"):
            low.unsure.add(f"{_owner(rival)}.")


def _check(rival: str, item: Encirclement, low: Lowering) -> bool:
    at: Path = ("encirclement", rival)
    fine = low.known(rival, low.actors, "actor", FILE, at)
    if fine and low.actors[rival].capital is None:
        low.report(
            FILE,
            at,
            f"{rival} has no capital to measure distances to",
            expected="a capital in actors.yaml",
            code="missing",
        )
        fine = False
    for position, code in enumerate(item.by):
        path: Path = (*at, "by", position)
        if code == rival:
            low.report(
                FILE, path, f"{rival} cannot encircle itself", expected="other actors", code="pair"
            )
            fine = False
        elif not low.known(code, low.actors, "actor", FILE, path):
            fine = False
        elif low.actors[code].capability is None or low.actors[code].capital is None:
            low.report(
                FILE,
                path,
                f"the ties of {code} cannot be weighed: it lacks capability or capital",
                expected="both in actors.yaml",
                code="missing",
            )
            fine = False
    choices = [*layers(), TROOPS]
    for position, layer in enumerate(item.economic):
        fine &= low.known(layer, item.layers, "weighed layer", FILE, (*at, "economic", position))
    for ref in item.others:
        fine &= low.variable(ref, FILE, (*at, "others", ref)) is not None
    for layer in item.layers:
        fine &= low.known(layer, choices, "layer of ties", FILE, (*at, "layers", layer))
    if fine and not _pairs(item, low):
        if "ties." in low.unsure:
            return False
        low.report(
            FILE,
            (*at, "by"),
            "no tie joins two of these actors",
            expected="at least one in ties.yaml",
            code="missing",
        )
        fine = False
    return fine


def _declare(rival: str, item: Encirclement, low: Lowering) -> None:
    """Encirclement is 100 times the sum over ties now over the same sum at the as-of date.

    A tie of i and j weighs (c_i n_j + c_j n_i) times the sum over layers of weight * level / top,
    where c is capability and n = exp(-distance to the rival's capital / reach).
    """
    owner = _owner(rival)
    weights = {
        layer: low.quantity(f"{owner}.layers.{layer}", weight)
        for layer, weight in item.layers.items()
    }
    pulls = _pulls(rival, item, low)
    parts = {pair: _parts(pair, weights, low) for pair in pulls}
    start: Formula | None = None
    for pair, pull in pulls.items():
        for part in parts[pair]:
            if part.start != 0:
                term = pull * part.weight * part.start
                start = term if start is None else start + term
    if start is None:
        low.report(
            FILE,
            ("encirclement", rival),
            "no tie weighs anything at the as-of date",
            expected="at least one of the weighed layers above its lowest level",
            code="missing",
        )
        return
    at_start = low.derive(f"{owner}.at_start", start)
    total: Terms = []
    economic: Terms = []
    for pair, pull in pulls.items():
        unit = low.derive(f"{owner}.unit.{pair}", AT_START * pull / at_start)
        terms = [(unit * part.weight, part.read) for part in parts[pair]]
        low.builder.index(f"{owner}.encirclement.{pair}", terms)
        total += terms
        economic += [
            (unit * part.weight, part.read) for part in parts[pair] if part.layer in item.economic
        ]
    held: dict[bool, Formula] = {}
    for ref, other in item.others.items():
        moved, at_first = _other(f"{owner}.encirclement.others", owner, ref, other, low)
        total.append(moved)
        if other.economic:
            economic.append(moved)
        for counts in {False, other.economic}:
            held[counts] = held[counts] + at_first if counts in held else at_first
    low.builder.index(f"{owner}.encirclement", total, -held[False] if held else None)
    change = [(weight / AT_START, read) for weight, read in total]
    shift = num(-1.0) - held[False] / AT_START if held else num(-1.0)
    low.builder.index(f"{owner}.encirclement_change", change, shift)
    if economic:
        low.builder.index(
            f"{owner}.encirclement.economic", economic, -held[True] if True in held else None
        )


def _other(
    called: str, owner: str, ref: str, other: Other, low: Lowering
) -> tuple[tuple[Formula, str], Formula]:
    """Declare what is no tie: its points times how far it has moved since the as-of date.

    Returns its term, and what that term holds at the as-of date.
    """
    variable = canonical(ref)
    points = low.quantity(f"{owner}.others.{variable}", other.points)
    at_first = points * float(low.builder.variable_named(variable).start)
    low.builder.index(f"{called}.{variable}", [(points, variable)], -at_first)
    return (points, variable), at_first


def _pulls(rival: str, item: Encirclement, low: Lowering) -> dict[str, Formula]:
    owner = _owner(rival)
    reach = low.quantity(f"{owner}.reach", item.reach)
    there = low.actors[rival].capital
    near: dict[str, Formula] = {}
    for code in item.by:
        here = low.actors[code].capital
        assert here is not None
        assert there is not None
        km = computed_km(great_circle_km(here, there))
        distance = low.quantity(f"actors.{code}.km_to.{rival}", km)
        near[code] = low.derive(f"{owner}.near.{code}", exp(-distance / reach))
    pulls: dict[str, Formula] = {}
    for pair in _pairs(item, low):
        i, j = pair.split("-")
        c_i, c_j = low.actors[i].capability, low.actors[j].capability
        assert c_i is not None
        assert c_j is not None
        pulls[pair] = low.derive(f"{owner}.pull.{pair}", c_i * near[j] + c_j * near[i])
    return pulls


def _parts(pair: str, weights: dict[str, Formula], low: Lowering) -> list[_Part]:
    builder = low.builder
    out: list[_Part] = []
    for layer, weight in weights.items():
        if layer == TROOPS:
            number = f"ties.{pair}.troops"
            if number in low.quantities:
                presence = builder.variable_named(f"ties.{pair}.presence")
                rank = presence.levels.index("rotational")
                read = builder.indicator(presence.name, rank, presence.hi)
                troops = low.quantity(number, low.quantities[number])
                out.append(
                    _Part(layer, weight * troops / TROOPS_UNIT, read, float(presence.start >= rank))
                )
            continue
        variable: Variable = builder.variable_named(f"ties.{pair}.{layer}")
        out.append(_Part(layer, weight / num(variable.hi), variable.name, float(variable.start)))
    return out


def lower(model: Model, low: Lowering) -> None:
    """Offer encirclement and every part in it, averaged over time; and fears."""
    fears.lower(model.fears, low)
    for rival, ties in contributions(model, low).items():
        called = f"{_owner(rival)}.encirclement"
        _offer(called, f"encirclement as {low.named(rival)} perceives it", low)
        if low.builder.readable(called):
            says = f"encirclement as {low.named(rival)} perceives it, at the time"
            low.offer_level(f"{called}_now", says, UNIT, of=called)
        says = f"the economic part of the encirclement of {low.named(rival)}"
        _offer(f"{called}.economic", says, low)
        for ref in model.encirclement[rival].others:
            what = describe(canonical(ref), low)
            says = f"what {what} adds to the encirclement of {low.named(rival)}"
            _offer(f"{called}.others.{canonical(ref)}", says, low)
        for pair, index in ties.items():
            says = f"the {low.named(pair)} tie's part in the encirclement of {low.named(rival)}"
            _offer(index, says, low)


def _offer(called: str, says: str, low: Lowering) -> None:
    if low.builder.readable(called):
        low.offer_mean(called, says, UNIT)
