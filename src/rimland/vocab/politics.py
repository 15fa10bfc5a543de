"""Politics: who governs, when that can change, what it changes; and the hurdles of each state."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from rimland.notation.base import Entry, Id, Marked
from rimland.notation.places import Path
from rimland.notation.quantity import (
    IndexQuantity,
    RateQuantity,
    RatioQuantity,
    ShareQuantity,
)
from rimland.program.build import set_to, when
from rimland.program.formula import Formula, log, name, num, sqrt
from rimland.program.model import Outcome
from rimland.vocab import hurdles, lines
from rimland.vocab.hurdles import Hurdle
from rimland.vocab.lines import Wing
from rimland.vocab.lowering import Lowering
from rimland.vocab.measure import Measure
from rimland.vocab.ties import offer

FILE = "politics.yaml"
NAMES = ("politics.", "hurdles.")
"""How the names begin that this word declares."""
ELECTION_FIRST = -10
"""An election's result counts before anything else of that day."""
HANDOVER_FIRST = -9
"""Then the new bloc's policies."""


class Bloc(Entry):
    """A party or camp that can govern."""

    says: str = ""
    """What it stands for."""
    towards: dict[str, IndexQuantity] = Field(default_factory=dict)
    """Its stance towards other actors, on an index."""
    sets: dict[str, str] = Field(default_factory=dict)
    """Levels that it brings about on taking over."""
    wings: dict[Id, Wing] = Field(default_factory=dict)
    """Leaders of it who stand apart; the others stand on its main line."""


class Election(Entry):
    """Dates on which a result takes office."""

    dates: list[date] = Field(min_length=1)
    """Days on which the result takes office."""
    change: ShareQuantity
    """Probability that another bloc takes over."""
    to: dict[str, RatioQuantity] = Field(default_factory=dict)
    """Relative chances of the others to be the one that takes over; equal when left out."""


class Government(Marked):
    """Who governs an actor and how that changes."""

    in_power: str
    """The bloc that governs at the as-of date."""
    blocs: dict[Id, Bloc] = Field(min_length=1)
    """Blocs by id, in the order of their levels."""
    elections: dict[Id, Election] = Field(default_factory=dict)
    """Election calendars by id."""
    between_elections: RateQuantity | None = None
    """Hazard of a change of bloc between elections."""
    leader_change: RateQuantity | None = None
    """Hazard of a change of leader within the bloc."""
    says: str = ""
    """Anything a reader should know."""


class Model(Entry):
    """The file politics.yaml."""

    governments: dict[str, Government] = Field(default_factory=dict)
    """Governments by actor code."""
    hurdles: dict[Id, Hurdle] = Field(default_factory=dict)
    """Hurdles by id."""


def declare(model: Model, low: Lowering) -> None:
    """Declare who governs, the stances that follow, and the gate of each hurdle."""
    for code, government in model.governments.items():
        at: Path = ("governments", code)
        low.known(code, low.actors, "actor", FILE, at)
        _declare_government(code, government, low, at)
    hurdles.declare(model.hurdles, low)


def _declare_government(code: str, government: Government, low: Lowering, at: Path) -> None:
    blocs = tuple(government.blocs)
    power = low.level_among(
        blocs,
        0,
        len(blocs) - 1,
        f"politics.{code}.bloc",
        government.in_power,
        FILE,
        (*at, "in_power"),
    )
    bloc = f"politics.{code}.bloc"
    for called in (bloc, f"politics.{code}.in_office"):
        low.builder.variable(called, 0, len(blocs) - 1, power or 0, blocs)
        low.marks[called] = government.mark
    lines.declare(code, government, low)


def lower(model: Model, low: Lowering) -> None:
    """Lower elections, changes between them, handovers, and the odds of each hurdle."""
    hurdles.lower(model.hurdles, low)
    for code, government in model.governments.items():
        _elections(code, government, low)
        _between(code, government, low)
        lines.lower(code, government, low)
        _handovers(code, government, low)


def _elections(code: str, government: Government, low: Lowering) -> None:
    """One transition an election; its outcomes are the blocs, weighed by who is in power."""
    blocs = tuple(government.blocs)
    bloc = f"politics.{code}.bloc"
    for label, election in government.elections.items():
        at: Path = ("governments", code, "elections", label)
        owner = f"politics.{code}.elections.{label}"
        if len(blocs) < 2:
            low.report(
                FILE,
                at,
                "an election needs another bloc to win it",
                expected="two blocs or more",
                code="missing",
            )
            continue
        for row, day in enumerate(election.dates):
            if day <= low.as_of:
                low.report(
                    FILE,
                    (*at, "dates", row),
                    f"{day} is not after the as-of date {low.as_of}",
                    expected="a date still to come",
                    code="date-order",
                )
        if election.change.p10 <= 0 or election.change.p90 >= 1:
            low.report(
                FILE,
                (*at, "change"),
                "a change that never or always comes is no chance",
                expected="a share between 0 and 1",
                mend=f"hold politics.{code}.bloc in a variant instead",
                code="bounds",
            )
        change = low.quantity(f"{owner}.change", election.change)
        chances = _chances(owner, blocs, election, low, at)
        outcomes: list[Outcome] = []
        for level, winner in enumerate(blocs):
            # Log weight of `winner`: change * chance among the others, unless it is in power
            # already; then it is what is left. The indicator of who governs switches between.
            takes = [
                log(change * chances[winner] / _others(blocs, chances, loser))
                if loser != winner
                else log(1.0 - change)
                for loser in blocs
            ]
            terms = [(takes[k], low.builder.indicator(bloc, k, k)) for k in range(len(blocs))]
            outcomes.append(low.builder.outcome(owner, winner, [set_to(bloc, level)], 0.0, terms))
        days = [low.day(day) for day in election.dates]
        low.builder.transition(owner, low.builder.calendar(days), outcomes, priority=ELECTION_FIRST)


def _chances(
    owner: str, blocs: tuple[str, ...], election: Election, low: Lowering, at: Path
) -> dict[str, Formula]:
    for label in election.to:
        low.known(label, blocs, "bloc", FILE, (*at, "to", label))
    if election.to and set(blocs) - set(election.to):
        missing = ", ".join(b for b in blocs if b not in election.to)
        low.report(
            FILE,
            (*at, "to"),
            f"gives no chance for {missing}",
            expected="the relative chance of every bloc, or nothing for equal chances",
            code="missing",
        )
    return {
        b: low.quantity(f"{owner}.to.{b}", election.to[b]) if b in election.to else num(1)
        for b in blocs
    }


def _others(blocs: tuple[str, ...], chances: dict[str, Formula], loser: str) -> Formula:
    total: Formula | None = None
    for b in blocs:
        if b != loser:
            total = chances[b] if total is None else total + chances[b]
    assert total is not None
    return total


def _between(code: str, government: Government, low: Lowering) -> None:
    bloc = f"politics.{code}.bloc"
    owner = f"politics.{code}.between_elections"
    blocs = tuple(government.blocs)
    if government.between_elections is not None and len(blocs) > 1:
        rate = low.log_rate(low.quantity(owner, government.between_elections))
        for level, label in enumerate(blocs):
            called = f"{owner}.from.{label}"
            outcomes = [
                low.builder.outcome(called, other, [set_to(bloc, to)], 0.0)
                for to, other in enumerate(blocs)
                if other != label
            ]
            clock = low.builder.exponential(called, rate)
            low.builder.transition(called, clock, outcomes, [when(bloc, level)])


def _handovers(code: str, government: Government, low: Lowering) -> None:
    """When the bloc in power is another than the one in office, office follows at once.

    So what a bloc sets takes effect however it came to power, and a government that a variant
    holds in power is not counted as changing.
    """
    bloc, office = f"politics.{code}.bloc", f"politics.{code}.in_office"
    blocs = tuple(government.blocs)
    counts: dict[tuple[str, str], str] = {}
    for new, label in enumerate(blocs):
        effects = [set_to(office, new)]
        for ref, level in government.blocs[label].sets.items():
            path: Path = ("governments", code, "blocs", label, "sets", ref)
            variable = low.variable(ref, FILE, path)
            to = None if variable is None else low.level_of(variable, level, FILE, path)
            if variable is not None and to is not None:
                effects.append(set_to(variable, to))
                offer(variable, low)
        for old, before in enumerate(blocs):
            if old == new:
                continue
            called = f"politics.{code}.handover.{before}.{label}"
            clock = low.builder.fixed(called, 0.0)
            guard = [when(bloc, new), when(office, old)]
            low.builder.transition(called, clock, effects, guard, HANDOVER_FIRST)
            counts[before, label] = low.builder.observer(
                f"{called}:count", "count", transition=called
            )
    if not counts:
        return
    low.measure(
        Measure(
            f"politics.{code}.bloc_changes",
            f"changes of the governing bloc of {low.named(code)}",
            "per decade",
            "total",
            tuple(counts.values()),
            per_years=10,
        )
    )
    for other in next(iter(government.blocs.values())).towards:
        _swing(code, other, counts, low)


def _swing(code: str, other: str, counts: dict[tuple[str, str], str], low: Lowering) -> None:
    """Offer the sum of |change of stance| over handovers, counted through constant indices."""
    swings: list[str] = []
    for a, b in counts:
        stances = [lines.stance_of(code, bloc, other) for bloc in (a, b)]
        if not all(stance in low.quantities for stance in stances):
            return
        called = f"politics.{code}.swing_towards.{other}.{'.'.join(sorted((a, b)))}"
        if not low.builder.readable(called):
            gap = sqrt((name(stances[0]) - name(stances[1])) ** 2)
            low.builder.index(called, [], gap)
        handover = f"politics.{code}.handover.{a}.{b}"
        swings.append(low.builder.observer(f"{handover}:swing.{other}", "count", called, handover))
    low.measure(
        Measure(
            f"politics.{code}.swing_towards.{other}",
            f"how far the line of {low.named(code)} towards {low.named(other)} moves, both ways",
            "index points per decade",
            "total",
            tuple(swings),
            per_years=10,
        )
    )
