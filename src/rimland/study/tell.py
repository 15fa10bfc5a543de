"""How an answer is put: the number shown, its lines, and what would settle it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rimland.findings.effects import Summary, log_size, percent_change
from rimland.findings.verdict import Verdict
from rimland.findings.words import count, needs, number, share, times
from rimland.scenario.declaration import AS_ASSESSED
from rimland.study.finding import Answer, Shown

if TYPE_CHECKING:
    from rimland.scenario.declaration import Protocol
    from rimland.study.run import Run

Lines = list[tuple[str, str]]


def smallest_of(test: Protocol) -> float:
    """Return the smallest size on the scale that is judged; relative sizes are per cent."""
    if test.smallest is None:
        return 0.0
    return log_size(test.smallest.size / 100) if test.relative else test.smallest.size


def shown_as(what: str, unit: str, s: Summary, test: Protocol) -> Shown:
    """Return the number shown; relative effects are log ratios inside and per cent outside."""
    size = smallest_of(test)
    if test.relative:
        sign = 1 if test.direction == "more" else -1
        return Shown.of(what, "%", s.as_percent(), abs(percent_change(sign * size)))
    return Shown.of(what, unit, s, size)


def answered(found: Verdict, shown: Shown, lines: Lines) -> Answer:
    """Return the answer that a verdict gives, with what would settle an open one."""
    if found.name == "undecided" and math.isfinite(found.share_beyond):
        lines = [*lines, ("Draws that agree", _agreeing(found))]
    more = needs(found.needs_futures, found.needs_draws)
    if more:
        lines = [*lines, ("Would be settled by", more)]
    if found.tells_futures:
        tells = f"about {count(found.tells_futures)} futures a draw would show whether runs are "
        tells += "all that is lacking; no number can be promised to settle it"
        lines = [*lines, ("Would tell more", tells)]
    if found.note:
        lines = [*lines, ("Note", found.note)]
    return Answer(found.label, shown, tuple(lines), found.to_json())


def _agreeing(found: Verdict) -> str:
    """Return how the draws divide, with the noise of too few futures taken out."""
    parts = [
        f"{share(found.share_beyond)} as claimed",
        f"{share(found.share_within)} too small to matter",
        f"{share(found.share_against)} the other way",
    ]
    if found.undefined > 0:
        parts.append(f"{share(found.undefined)} not defined")
    return f"{', '.join(parts)}; a verdict needs nine in ten of one kind, at 95 % confidence"


def three(median: float, low: float, high: float) -> str:
    """Return a share's median and its 5-95 % in brackets."""
    return f"{number(median, 2)} [{number(low, 2)}, {number(high, 2)}]"


def luck(factor: float) -> str:
    """Return in words what pairing did to the variance of a difference."""
    if math.isnan(factor):
        return "nothing varies between futures"
    if math.isinf(factor):
        return "every pair of futures differs by the same amount"
    return f"pairing cut the variance of the difference {times(factor)}"


def label_of(run: Run, variant: str) -> str:
    """Return what a variant is called in switches and charts."""
    return run.scenario.assembled.variant(variant).label if variant else AS_ASSESSED


def against(run: Run, test: Protocol) -> str:
    """Return what is switched: `no dock against as assessed`."""
    assert test.treatment is not None
    return f"{label_of(run, test.treatment.with_)} against {label_of(run, test.treatment.without)}"
