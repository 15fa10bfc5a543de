"""From a protocol and its futures to an answer, one function a kind of claim."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from rimland.findings.effects import (
    Summary,
    coupling,
    log_size,
    order,
    paired,
    percent_change,
    ranking,
    summary,
)
from rimland.findings.facts import check_fact
from rimland.findings.forecast import forecast
from rimland.findings.hinge import hinge
from rimland.findings.measures import PerDraw, at
from rimland.findings.tradeoff import tradeoff
from rimland.findings.verdict import Verdict, verdict
from rimland.findings.words import needs, number, share, times
from rimland.scenario.declaration import AS_ASSESSED
from rimland.study.finding import Answer, Shown

if TYPE_CHECKING:
    from rimland.scenario.declaration import Claim, Protocol
    from rimland.study.run import Run

GAIN_FLOOR = 0.01
"""A hinge is undefined where the whole package gains less than this share of the measure."""

Lines = list[tuple[str, str]]
Judged = tuple[Answer, PerDraw | None]
"""An answer, and the number per draw that was judged, positive as claimed."""


def variants_of(claim: Claim) -> tuple[str, ...]:
    """Return the variants whose futures the claim's test reads."""
    test = claim.test
    if test is None or claim.kind == "fact":
        return ()
    if claim.kind == "hinge":
        return (test.all, test.without or "", test.none or "", *test.alternatives.values())
    if test.treatment is not None:
        return (test.treatment.with_, test.treatment.without)
    return (test.variant,)


def measures_of(claim: Claim) -> tuple[str, ...]:
    """Return the measures that the claim's test reads."""
    test = claim.test
    if test is None or claim.kind == "fact":
        return ()
    if claim.kind == "order":
        return tuple(name for name in (test.first, test.second, *test.others) if name)
    return (test.measure,) if test.measure else ()


def answer(run: Run, claim: Claim, account: str) -> Judged:
    """Return the answer of one account to a tested claim, and the number that was judged."""
    assert claim.test is not None
    return _KINDS[claim.kind](run, claim, claim.test, account)


def _fact(run: Run, claim: Claim, test: Protocol, account: str) -> Judged:
    record = run.scenario.assembled.facts[test.record or ""]
    expect = [item.model_dump(exclude_none=True) for item in test.expect]
    found = check_fact(record, expect)
    lines = [
        (check.field.replace("_", " "), f"{check.seen} ({check.expected}: {_right(check.right)})")
        for check in found.checks
    ]
    return Answer(found.name, None, tuple(lines), {"record": found.mark}), None


def _right(right: bool) -> str:
    return "right" if right else "wrong"


def _effect(run: Run, claim: Claim, test: Protocol, account: str) -> Judged:
    assert test.treatment is not None
    assert test.measure is not None
    measure, day = run.measure(test.measure), run.day(test.horizon)
    a = run.under(account, test.treatment.with_, [test.measure])
    b = run.under(account, test.treatment.without, [test.measure])
    g = paired(measure, a, b, day, test.relative)
    claimed = g if test.direction == "more" else -g
    found = verdict(claimed, _smallest(test))
    what = f"{measure.says}: {_against(run, test)}"
    shown = _shown(what, measure.unit, summary(g), test)
    before, after = summary(at(measure, b, day)), summary(at(measure, a, day))
    lines: Lines = [
        ("From and to", f"{before.median:.3g} to {after.median:.3g} {measure.unit}"),
        ("Same luck", _luck(coupling(measure, a, b, day))),
    ]
    return _answer(found, shown, lines), claimed


def _hinge(run: Run, claim: Claim, test: Protocol, account: str) -> Judged:
    assert test.measure is not None
    names = [test.measure]
    measure, day = run.measure(test.measure), run.day(test.horizon)
    everything = run.under(account, test.all, names)
    lacking = run.under(account, test.without or "", names)
    nothing = run.under(account, test.none or "", names)
    rest = {k: run.under(account, v, names) for k, v in test.alternatives.items()}
    whole = float(np.nanmedian(np.abs(at(measure, everything, day).values)))
    floor = GAIN_FLOOR * whole if whole > 0 else GAIN_FLOOR
    found = hinge(
        measure,
        everything,
        lacking,
        nothing,
        rest,
        day,
        size=test.size or 0.0,
        margin=_smallest(test),
        floor=floor,
    )
    judged = verdict(found.g, _smallest(test))
    change = paired(measure, lacking, everything, day, relative=True)
    without = _label(run, test.without or "")
    shown = Shown.of(f"{measure.says}: {without}", "%", summary(change).as_percent())
    own = summary(found.loss)
    ranked = [row for row in found.ranks if row.name]
    lines: Lines = [
        (
            "Share of the gain lost",
            f"{_shares(own.median, own.p05, own.p95)} of what the whole package brings; "
            f"a hinge needs {test.size:g}",
        ),
        ("Comes first", f"in {share(found.first)} of draws"),
        *(
            ("Against", f"{row.name}: {_shares(row.median, row.p05, row.p95)}")
            for row in ranked[:2]
        ),
        ("Same luck", _luck(coupling(measure, lacking, everything, day))),
    ]
    if found.undefined > 0:
        lines.append(
            (
                "Undefined",
                f"in {share(found.undefined)} of draws, where the whole package moves the measure "
                f"by less than {share(GAIN_FLOOR)}",
            )
        )
    return _answer(judged, shown, lines), found.g


def _order(run: Run, claim: Claim, test: Protocol, account: str) -> Judged:
    names = measures_of(claim)
    first, *rest = (run.measure(name) for name in names)
    futures, day = run.under(account, test.variant, names), run.day(test.horizon)
    g = order(first, rest, futures, day, test.relative)
    g = g if test.direction == "more" else -g
    found = verdict(g, _smallest(test))
    means = {m.name: at(m, futures, day).values for m in (first, *rest)}
    ranked = ranking(means)
    if len(rest) == 1:
        what = f"{first.says}, against {rest[0].says}"
        lines: Lines = [
            (m.says, f"{summary(at(m, futures, day)).median:.3g} {m.unit}") for m in (first, *rest)
        ]
    else:
        what = f"{first.says}, against the largest other"
        says = {m.name: m.says for m in (first, *rest)}
        lines = [
            (
                f"{position}.",
                f"{says[row.name]}: {row.median:.3g} [{row.p05:.3g}, {row.p95:.3g}] {first.unit}, "
                f"first in {share(row.first)} of draws",
            )
            for position, row in enumerate(sorted(ranked, key=lambda r: -r.median)[:4], 1)
        ]
    return _answer(found, _shown(what, first.unit, summary(g), test), lines), g


def _forecast(run: Run, claim: Claim, test: Protocol, account: str) -> Judged:
    assert test.measure is not None
    measure, day = run.measure(test.measure), run.day(test.by)
    futures = run.under(account, test.variant, [test.measure])
    found = forecast(measure, futures, day, test.wording)
    p = found.probability
    size = None if found.smallest is None else 100 * (0.5 + found.smallest)
    by = f"{test.by:%-d %B %Y}" if test.by else ""
    shown = Shown.of(f"{measure.says}, by {by}", "%", summary(p).scaled(100), size, change=False)
    lines: Lines = [("In the words of ICD 203", found.word)]
    if found.smallest is None:
        return Answer("undecided (knowledge)", shown, tuple(lines)), found.g
    lines.append(("The text's word", f"{found.wording.word if found.wording else ''}, or more"))
    return _answer(verdict(found.g, found.smallest), shown, lines), found.g


def _tradeoff(run: Run, claim: Claim, test: Protocol, account: str) -> Judged:
    assert test.treatment is not None
    assert test.measure is not None
    measure = run.measure(test.measure)
    a = run.under(account, test.treatment.with_, [test.measure])
    b = run.under(account, test.treatment.without, [test.measure])
    days = [run.day(when) for when in test.horizons]
    found = tradeoff(
        measure,
        a,
        b,
        days,
        _smallest(test),
        relative=test.relative,
        direction=1 if test.direction == "more" else -1,
    )
    last = found[-1]
    what = f"{measure.says}: {_against(run, test)}"
    lines: Lines = [
        (f"By {when.year}", f"{_shown('', measure.unit, h.effect, test).text()}: {h.verdict.label}")
        for when, h in zip(test.horizons, found, strict=True)
    ]
    lines.append(("Same luck", _luck(coupling(measure, a, b, days[-1]))))
    return _answer(last.verdict, _shown(what, measure.unit, last.effect, test), lines), last.g


_KINDS: Mapping[str, Callable[[Run, Claim, Protocol, str], Judged]] = {
    "fact": _fact,
    "effect": _effect,
    "hinge": _hinge,
    "order": _order,
    "forecast": _forecast,
    "tradeoff": _tradeoff,
}


def _smallest(test: Protocol) -> float:
    """Return the smallest size on the scale that is judged; relative sizes are per cent."""
    if test.smallest is None:
        return 0.0
    return log_size(test.smallest.size / 100) if test.relative else test.smallest.size


def _shown(what: str, unit: str, s: Summary, test: Protocol) -> Shown:
    """Return the number shown; relative effects are log ratios inside and per cent outside."""
    size = _smallest(test)
    if test.relative:
        sign = 1 if test.direction == "more" else -1
        return Shown.of(what, "%", s.as_percent(), abs(percent_change(sign * size)))
    return Shown.of(what, unit, s, size)


def _answer(found: Verdict, shown: Shown, lines: Lines) -> Answer:
    more = needs(found.needs_futures, found.needs_draws)
    if more:
        lines = [*lines, ("Would be settled by", more)]
    if found.note:
        lines = [*lines, ("Note", found.note)]
    return Answer(found.label, shown, tuple(lines), found.to_json())


def _shares(median: float, low: float, high: float) -> str:
    return f"{number(median, 2)} [{number(low, 2)}, {number(high, 2)}]"


def _luck(factor: float) -> str:
    if math.isnan(factor):
        return "nothing varies between futures"
    if math.isinf(factor):
        return "every pair of futures differs by the same amount"
    return f"pairing cut the variance of the difference {times(factor)}"


def _label(run: Run, variant: str) -> str:
    return run.scenario.assembled.variant(variant).label if variant else AS_ASSESSED


def _against(run: Run, test: Protocol) -> str:
    assert test.treatment is not None
    return f"{_label(run, test.treatment.with_)} against {_label(run, test.treatment.without)}"


def when_of(run: Run, test: Protocol) -> date:
    """Return the date at which a protocol is read."""
    return test.by or test.horizon or run.scenario.assembled.heading.horizon
