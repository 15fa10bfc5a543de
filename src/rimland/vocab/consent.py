"""Consent: a round in which each of several actors says yes or no to one thing.

Used where members have to agree. With n who are asked, each agreeing with probability p, the
number of yeses is binomial(n, p); a round that asks for all of them succeeds with p^n.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from rimland.notation.base import Entry
from rimland.notation.places import Path
from rimland.notation.quantity import Duration, ShareQuantity
from rimland.program.build import add, set_to, when
from rimland.program.formula import log
from rimland.program.model import Effect
from rimland.vocab.lowering import Driver, Lowering

DECIDE_FIRST = -5
"""A round is decided before anything else that happens at the instant of its last answer."""


class Consent(Entry):
    """Who has to agree, how likely each does, and what shifts the odds."""

    each: ShareQuantity
    """Probability that one who is asked says yes; `of` gives others."""
    of: dict[str, ShareQuantity] = Field(default_factory=dict)
    """The same for some by name, where they differ."""
    drivers: dict[str, list[Driver]] = Field(default_factory=dict)
    """What shifts the log-odds of a yes, by who is asked."""
    needs: int | None = Field(default=None, ge=1)
    """How many have to say yes; all when left out."""
    takes: Duration | None = None
    """Time from the question to an answer; at once when left out."""


def declare(owner: str, asked: Sequence[str], low: Lowering) -> None:
    """Declare a round `owner.round` (idle, open), the answers, and how many there are."""
    low.builder.variable(f"{owner}.round", 0, 1, 0, ("idle", "open"))
    for code in asked:
        low.builder.variable(f"{owner}.answer.{code}", 0, 2, 0, ("silent", "no", "yes"))
    for said in ("no", "yes"):
        low.builder.variable(f"{owner}.said_{said}", 0, len(asked), 0)


def lower(
    owner: str,
    consent: Consent,
    asked: Sequence[str],
    won: Sequence[Effect],
    lost: Sequence[Effect],
    low: Lowering,
    file: str,
    path: Path,
) -> None:
    """Lower the answers, and what follows when enough have agreed or too many have not.

    Every one of `asked` answers in every round; the round ends with the answer that decides it.
    """
    n = len(asked)
    needs = consent.needs if consent.needs is not None else n
    if needs > n:
        low.report(
            file,
            (*path, "needs"),
            f"asks for {needs} of {n} who are asked",
            expected=f"a number from 1 to {n}",
            code="bounds",
        )
        needs = n
    for key, table in (("of", consent.of), ("drivers", consent.drivers)):
        for code in table:
            low.known(code, asked, "member", file, (*path, key, code))
    round_, yes, no = f"{owner}.round", f"{owner}.said_yes", f"{owner}.said_no"
    each = low.chance(f"{owner}.each", consent.each, file, (*path, "each"))
    takes = None if consent.takes is None else low.duration(f"{owner}.takes", consent.takes)
    for code in asked:
        own = consent.of.get(code)
        where = (*path, "of", code)
        p = each if own is None else low.chance(f"{owner}.of.{code}", own, file, where)
        called = f"{owner}.answer.{code}"
        terms = low.driver_terms(
            called, consent.drivers.get(code, []), file, (*path, "drivers", code)
        )
        outcomes = [
            low.builder.outcome(called, "yes", [set_to(called, 2), add(yes, 1)], log(p), terms),
            low.builder.outcome(called, "no", [set_to(called, 1), add(no, 1)], log(1.0 - p)),
        ]
        clock = low.builder.fixed(called, 0.0) if takes is None else low.lognormal(called, takes)
        # the counts are below n while somebody has not answered; said so that a check can see it
        room = [when(yes, 0, n - 1), when(no, 0, n - 1)]
        low.builder.transition(called, clock, outcomes, [when(round_, 1), when(called, 0), *room])
    over = [set_to(round_, 0), set_to(yes, 0), set_to(no, 0)]
    over += [set_to(f"{owner}.answer.{code}", 0) for code in asked]
    for label, effects, guard in (
        ("agreed", won, when(yes, needs, n)),
        ("refused", lost, when(no, n - needs + 1, n)),
    ):
        called = f"{owner}.{label}"
        low.builder.transition(
            called,
            low.builder.fixed(called, 0.0),
            [*over, *effects],
            [when(round_, 1), guard],
            DECIDE_FIRST,
        )
