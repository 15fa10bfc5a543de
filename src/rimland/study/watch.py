"""Watch for: events before the horizon that would move a verdict, in words and with their dates."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from rimland.dates import date_of_day
from rimland.findings.measures import PerDraw
from rimland.findings.sensitivity import SIDES
from rimland.findings.signposts import Event, Signpost, signposts
from rimland.findings.verdict import REQUIRED
from rimland.findings.words import share
from rimland.program.influence import ancestors
from rimland.program.model import Observer, Variable
from rimland.study.phrases import filled
from rimland.study.reads import measures_read

if TYPE_CHECKING:
    from rimland.findings.measures import Array
    from rimland.scenario.assemble import Assembled
    from rimland.scenario.declaration import Claim
    from rimland.study.finding import Answer
    from rimland.study.run import Run

DATES = 8
"""At how many dates before the claim's own an event is looked for."""


@dataclass(frozen=True)
class Sight:
    """A level of a variable that somebody could see reached, in words."""

    variable: str
    level: str
    says: str
    observer: Observer


@cache
def _table() -> tuple[tuple[str, str, str], ...]:
    text = files("rimland.study").joinpath("tables/events.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return tuple((row["variable"], row["level"], row["phrase"]) for row in rows)


def sights(assembled: Assembled) -> list[Sight]:
    """Return what could be seen: levels that the table of events knows, but those of today."""
    found = []
    for variable in assembled.program.variables:
        for level, name in _levels(variable):
            words = _phrase(variable.name, name)
            if words is not None and level != variable.start:
                said = filled(words[0], words[1], variable.name, assembled.named, name)
                observer = Observer(
                    f"watch:{variable.name}:{level}", "first", variable.name, lo=level, hi=level
                )
                found.append(Sight(variable.name, name, said, observer))
    return found


def _levels(variable: Variable) -> list[tuple[int, str]]:
    names = variable.levels or tuple(str(v) for v in range(variable.lo, variable.hi + 1))
    return [(variable.lo + i, name) for i, name in enumerate(names)]


def _phrase(variable: str, level: str) -> tuple[str, str] | None:
    for pattern, wanted, words in _table():
        if fnmatchcase(variable, pattern) and fnmatchcase(level, wanted):
            return pattern, words
    return None


class Watch:
    """What is seen when, under each account; run once for all claims."""

    def __init__(self, run: Run) -> None:
        """Run nothing yet."""
        self._run = run
        self._sights = sights(run.scenario.assembled)
        self._first: dict[str, Array] = {}

    def signs(self, claim: Claim, account: str, found: Answer, g: PerDraw) -> list[dict[str, Any]]:
        """Return the one or two strongest signs for a claim, as plain values with their words."""
        plain = found.verdict.split(" (")[0]
        side = SIDES.get(plain, SIDES["holds"])
        smallest = float(found.details.get("smallest") or 0.0)
        chosen = signposts(g, smallest, side, self._events(claim, account))
        return [self._said(sign, plain) for sign in chosen]

    def _events(self, claim: Claim, account: str) -> list[Event]:
        program = self._run.scenario.program
        measures = [self._run.measure(name) for name in measures_read(self._run, claim)]
        observers = [o for m in measures for o in (*m.observers, *m.over)]
        reached = ancestors(program, observers).variables
        days, events = self._days(claim), []
        first = self._seen(account)
        for i, sight in enumerate(self._sights):
            if sight.variable in reached:
                for day in days:
                    p = (first[:, :, i] <= day).mean(axis=1)
                    events.append(Event(sight.variable, sight.says, day, p))
        return events

    def _seen(self, account: str) -> Array:
        """Return the first day of each sight in each future, [draws, futures, sights]."""
        if account not in self._first:
            made = self._run.watched(account, [s.observer for s in self._sights])
            order = [made.observers.index(s.observer.name) for s in self._sights]
            self._first[account] = made.values[:, :, order, -1]
        return self._first[account]

    def _days(self, claim: Claim) -> list[float]:
        assembled = self._run.scenario.assembled
        assert claim.test is not None
        last = self._run.day(claim.test.by or claim.test.horizon)
        # a sign of the last months would come too late to be of use
        grid = [float(d) for d in assembled.grid() if 0 < d < 0.8 * last]
        step = max(1, len(grid) // DATES)
        return grid[step - 1 :: step]

    def _said(self, sign: Signpost, plain: str) -> dict[str, Any]:
        when = date_of_day(sign.event.day, self._run.scenario.assembled.heading.as_of)
        return {
            "event": sign.event.to,
            "variable": sign.event.thing,
            "by": when.isoformat(),
            "likely": round(sign.likely, 3),
            "now": round(sign.now, 3),
            "seen": round(sign.seen, 3),
            "unseen": round(sign.unseen, 3),
            "text": _words(sign, when, plain),
        }


def _words(sign: Signpost, when: date, plain: str) -> str:
    what = {"reversed": "the other way", "negligible": "within what matters"}
    side = what.get(plain, "as claimed")
    text = (
        f"{sign.event.to} by {when:%B %Y} ({share(sign.likely)} likely): then {side} in "
        f"{share(sign.seen)} of draws, else in {share(sign.unseen)}; now {share(sign.now)}"
    )
    if (sign.seen >= REQUIRED) != (sign.now >= REQUIRED):
        text += "; seeing it would change the verdict"
    elif (sign.unseen >= REQUIRED) != (sign.now >= REQUIRED):
        text += "; not seeing it would change the verdict"
    return text
