"""Lines: where a government stands towards others, by who has power and which wing leads it.

A bloc may have wings that stand apart from its main line. A change of leader within the bloc
draws the wing of the next one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic import Field

from rimland.notation.base import Entry, Id
from rimland.notation.places import Path
from rimland.notation.quantity import IndexQuantity, ShareQuantity
from rimland.program.build import set_to, when
from rimland.program.formula import Formula, log
from rimland.program.model import Atom, Outcome, Term
from rimland.vocab.lowering import Lowering
from rimland.vocab.measure import Measure

if TYPE_CHECKING:
    from rimland.vocab.politics import Government

FILE = "politics.yaml"
MAIN = "main"
"""The wing of a bloc that stands on its main line."""
PER_CENT = 100.0


class Wing(Entry):
    """Leaders of a bloc who stand apart from its main line."""

    says: str = ""
    """What they stand for."""
    share: ShareQuantity
    """Probability that the next leader is one of them."""
    shifts: dict[str, IndexQuantity] = Field(default_factory=dict)
    """How far from the bloc's stance they stand towards other actors, on its index."""


Wings = dict[Id, Wing]


def stance_of(code: str, bloc: str, other: str) -> str:
    """Return the name of the stance of a bloc towards another actor."""
    return f"politics.{code}.blocs.{bloc}.towards.{other}"


def _wing_of(code: str, bloc: str) -> str:
    return f"politics.{code}.wing.{bloc}"


def towards(government: Government) -> tuple[str, ...]:
    """Return the actors towards whom a government has a line."""
    return tuple(dict.fromkeys(t for b in government.blocs.values() for t in b.towards))


def declare(code: str, government: Government, low: Lowering) -> None:
    """Declare the wing that leads each bloc, the line towards others, and what it is worth."""
    for bloc, item in government.blocs.items():
        if item.wings:
            _declare_wings(code, bloc, item.wings, low)
    for other in towards(government):
        terms = _stances(code, government, other, low) + _shifts(code, government, other, low)
        low.builder.index(f"politics.{code}.line_towards.{other}", terms)
        facts = low.actors.get(code)
        if facts is not None and facts.capability is not None:
            weighed = [(PER_CENT * facts.capability * weight, read) for weight, read in terms]
            low.builder.index(f"politics.{code}.support_for.{other}", weighed)


def _declare_wings(code: str, bloc: str, wings: Mapping[str, Wing], low: Lowering) -> None:
    at: Path = ("governments", code, "blocs", bloc, "wings")
    if MAIN in wings:
        what = f"no wing can be called '{MAIN}': that is the bloc's own line"
        low.report(FILE, (*at, MAIN), what, expected="another name", code="name")
    if sum(wing.share.p90 for wing in wings.values()) >= 1:
        low.report(
            FILE,
            at,
            "the shares of the wings leave nothing for the main line",
            expected="shares whose upper ends add to less than 1",
            code="bounds",
        )
    levels = (MAIN, *(label for label in wings if label != MAIN))
    low.builder.variable(_wing_of(code, bloc), 0, len(levels) - 1, 0, levels)


def _stances(
    code: str, government: Government, other: str, low: Lowering
) -> list[tuple[Formula, str]]:
    terms: list[tuple[Formula, str]] = []
    for level, (label, bloc) in enumerate(government.blocs.items()):
        path: Path = ("governments", code, "blocs", label, "towards")
        if other not in bloc.towards:
            low.report(
                FILE,
                path,
                f"bloc '{label}' has no stance towards {other}, but another bloc has",
                expected="a stance of every bloc towards the same actors",
                code="missing",
            )
            continue
        low.known(other, low.actors, "actor", FILE, (*path, other))
        read = low.builder.indicator(f"politics.{code}.bloc", level, level)
        terms.append((low.quantity(stance_of(code, label, other), bloc.towards[other]), read))
    return terms


def _shifts(
    code: str, government: Government, other: str, low: Lowering
) -> list[tuple[Formula, str]]:
    """The shift of a wing counts while its bloc has power and it leads the bloc."""
    terms: list[tuple[Formula, str]] = []
    for level, (label, bloc) in enumerate(government.blocs.items()):
        wings = [wing for wing in bloc.wings if wing != MAIN]
        for rank, wing in enumerate(wings, start=1):
            path: Path = ("governments", code, "blocs", label, "wings", wing, "shifts")
            for named in bloc.wings[wing].shifts:
                if named not in towards(government):
                    low.known(named, towards(government), "stance", FILE, (*path, named))
            if other not in bloc.wings[wing].shifts:
                continue
            read = f"politics.{code}.led_by.{label}.{wing}"
            if not low.builder.readable(read):
                power = Atom(f"politics.{code}.bloc", level, level)
                leads = Atom(_wing_of(code, label), rank, rank)
                low.builder.feature(read, [Term(1, (power, leads))])
            called = f"politics.{code}.blocs.{label}.wings.{wing}.shifts.{other}"
            terms.append((low.quantity(called, bloc.wings[wing].shifts[other]), read))
    return terms


def lower(code: str, government: Government, low: Lowering) -> None:
    """Lower the changes of leader, and offer the lines."""
    _leaders(code, government, low)
    for other in towards(government):
        line = f"politics.{code}.line_towards.{other}"
        says = f"the line of {low.named(code)} towards {low.named(other)}"
        low.offer_level(line, says, "index points")
        low.offer_mean(f"politics.{code}.mean_line_towards.{other}", says, "index points", line)
        support = f"politics.{code}.support_for.{other}"
        if low.builder.readable(support):
            what = (
                f"support of {low.named(code)} for {low.named(other)}, capability in % times line"
            )
            low.offer_mean(support, what, "weighted points")


def _leaders(code: str, government: Government, low: Lowering) -> None:
    """A change of leader within the bloc; it draws the wing of the next, where there are any."""
    if government.leader_change is None:
        return
    owner = f"politics.{code}.leader_change"
    rate = low.log_rate(low.quantity(owner, government.leader_change))
    made: list[str] = []
    if not any(bloc.wings for bloc in government.blocs.values()):
        made.append(low.builder.transition(owner, low.builder.exponential(owner, rate), []))
    else:
        for level, (label, bloc) in enumerate(government.blocs.items()):
            called = f"{owner}.in.{label}"
            clock = low.builder.exponential(called, rate)
            outcomes = _successors(code, label, bloc.wings, called, low)
            guard = [when(f"politics.{code}.bloc", level)]
            made.append(low.builder.transition(called, clock, outcomes, guard))
    counted = tuple(low.builder.observer(f"{n}:count", "count", transition=n) for n in made)
    low.measure(
        Measure(
            f"politics.{code}.leader_changes",
            f"changes of leader within the governing bloc of {low.named(code)}",
            "per decade",
            "total",
            counted,
            per_years=10,
        )
    )


def _successors(
    code: str, bloc: str, wings: Mapping[str, Wing], called: str, low: Lowering
) -> list[Outcome]:
    variable = _wing_of(code, bloc)
    rest: Formula | None = None
    outcomes: list[Outcome] = []
    for rank, (label, wing) in enumerate(((n, w) for n, w in wings.items() if n != MAIN), start=1):
        share = low.quantity(f"politics.{code}.blocs.{bloc}.wings.{label}.share", wing.share)
        rest = 1.0 - share if rest is None else rest - share
        leads = [set_to(variable, rank)]
        outcomes.append(low.builder.outcome(called, label, leads, log(share)))
    if rest is None:
        return []
    return [low.builder.outcome(called, MAIN, [set_to(variable, 0)], log(rest)), *outcomes]
