"""Single futures told as dated events: which ones, by a stated rule, and what happens in them."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from rimland.dates import date_of_day
from rimland.findings.measures import columns_at
from rimland.findings.words import amount, count
from rimland.scenario.declaration import AS_ASSESSED
from rimland.study.phrases import filled

if TYPE_CHECKING:
    from rimland.engine.replay import Events
    from rimland.scenario.assemble import Assembled
    from rimland.study.run import Run
    from rimland.vocab.measure import Measure

RANKS = (
    (0.1, "one in ten is lower"),
    (0.25, "one in four is lower"),
    (0.5, "the middle one"),
    (0.75, "one in four is higher"),
    (0.9, "one in ten is higher"),
)
"""Which of the ranked futures are told, and what they are called."""
KINDS = ("crises", "pledges", "politics", "ties", "pressure")
"""Kinds of events, in the order in which a reader may choose among them."""


@dataclass(frozen=True)
class Chosen:
    """A future that is told: its key, what it is called, and its value of the ranking measure."""

    draw: int
    future: int
    label: str
    value: float | None = None


def futures_told(run: Run) -> dict[str, Any]:
    """Return five futures of the first account, as assessed, with the rule that chose them.

    Each is replayed by its key, so it is the very future that the run counted.
    """
    assembled = run.scenario.assembled
    account = run.account(None)
    named = assembled.heading.page.measure
    measure = run.measure(named) if named else None
    found = chosen(run, account, measure)
    again = replayer(run, account)
    return {
        "account": account,
        "kinds": list(KINDS),
        "rule": _rule(run, account, measure, ranked=found[0].value is not None),
        "told": [
            {
                "draw": one.draw + 1,
                "future": one.future + 1,
                "label": one.label,
                "value": None
                if one.value is None or measure is None
                else amount(one.value, measure.unit),
                "events": told(assembled, again(one)),
            }
            for one in found
        ],
    }


def chosen(run: Run, account: str, measure: Measure | None) -> list[Chosen]:
    """Return the futures at five ranks of a measure at the horizon; of equals the earliest.

    The first future of each of five draws where there is no measure that one future has: none is
    named, or it is a probability, or no future has a value.
    """
    if measure is not None and measure.how != "probability":
        futures = run.under(account, AS_ASSESSED, [measure.name])
        part = columns_at(measure, futures, run.day(None))
        with np.errstate(divide="ignore", invalid="ignore"):
            values = part.top if part.bottom is None else part.top / part.bottom
        flat = values.reshape(-1)
        known = np.flatnonzero(np.isfinite(flat))
        if known.size:
            ranked = known[np.argsort(flat[known], kind="stable")]
            out = []
            for share, label in RANKS:
                at = int(ranked[round(share * (ranked.size - 1))])
                draw, future = divmod(at, values.shape[1])
                out.append(Chosen(draw, future, label, float(flat[at])))
            return out
    return [Chosen(d, 0, f"draw {d + 1}") for d in range(min(run.draws, len(RANKS)))]


def _rule(run: Run, account: str, measure: Measure | None, ranked: bool) -> str:
    many = f"{count(run.draws * run.futures)} futures under {account}, as assessed"
    if not ranked or measure is None:
        return (
            f"Of {many}, the first future of each of the first draws: this scenario's page names "
            "no measure by which single futures could be ranked."
        )
    until = run.scenario.assembled.heading.horizon
    return (
        f"{many}, ranked by {measure.says} up to {until:%B %Y}; told are those at one tenth, one "
        "quarter, the middle, three quarters and nine tenths of the row."
    )


def replayer(run: Run, account: str) -> Callable[[Chosen], Events]:
    """Return what replays a chosen future whole; the program is compiled once for all."""
    from rimland.engine.arrays import compile_program
    from rimland.engine.replay import replay

    assembled = run.scenario.assembled
    program, theta, switch = run.asked(account, AS_ASSESSED, assembled.measures)
    compiled = compile_program(program)

    def again(one: Chosen) -> Events:
        return replay(
            compiled,
            theta[one.draw],
            draw=one.draw,
            future=one.future,
            seed=run.seed,
            horizon_days=float(assembled.horizon_day),
            switch=switch,
        )

    return again


def told(assembled: Assembled, events: Events) -> list[dict[str, Any]]:
    """Return the events that a reader would hear of, in order: date, words, kind, what it sets.

    `sets` says what changes on a map: a tie's layer, a passage, a flashpoint, with its level.
    """
    levels = {v.name: (v.lo, v.levels) for v in assembled.program.variables}
    out = []
    for day, variable, before, after in zip(
        events.day, events.variable, events.before, events.after, strict=True
    ):
        if not variable or before == after:
            continue
        lo, names = levels[variable]
        level = names[after - lo] if names else str(after)
        found = _phrase(variable, level)
        if found is None:
            continue
        pattern, kind, words = found
        spoken = assembled.named(level) if kind == "politics" else level
        said = filled(pattern, words, variable, assembled.named, spoken)
        entry: dict[str, Any] = {
            "on": date_of_day(float(day), assembled.heading.as_of).isoformat(),
            "text": said[0].upper() + said[1:],
            "kind": kind,
        }
        sets = _sets(variable, int(after))
        out.append({**entry, "sets": sets} if sets else entry)
    return out


@cache
def _table() -> tuple[tuple[str, str, str, str], ...]:
    text = files("rimland.study").joinpath("tables/told.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return tuple((row["variable"], row["level"], row["kind"], row["phrase"]) for row in rows)


def _phrase(variable: str, level: str) -> tuple[str, str, str] | None:
    """Return pattern, kind and words of the first row that fits; a row without words hides it."""
    for pattern, wanted, kind, words in _table():
        if fnmatchcase(variable, pattern) and fnmatchcase(level, wanted):
            return (pattern, kind, words) if words else None
    return None


def _sets(variable: str, level: int) -> list[Any] | None:
    parts = variable.split(".")
    if parts[0] == "ties":
        return ["tie", f"{parts[1]}.{parts[2]}", level]
    if parts[0] == "flashpoints":
        return ["flashpoint", parts[1], level]
    if parts[:2] == ["forces", "passages"]:
        return ["passage", parts[2], level]
    return None
