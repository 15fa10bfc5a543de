"""From a protocol and its futures to an answer, one function a form of test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from rimland.findings.effects import Summary, coupling, order, paired, ranking, summary
from rimland.findings.facts import check_fact
from rimland.findings.forecast import forecast
from rimland.findings.measures import at
from rimland.findings.parts import size
from rimland.findings.tradeoff import tradeoff
from rimland.findings.verdict import verdict
from rimland.findings.words import share
from rimland.study.finding import DECLARED, Answer, Shown
from rimland.study.reads import Judged, measures_of, variants_of
from rimland.study.tell import (
    Lines,
    against,
    answered,
    luck,
    shown_as,
    smallest_of,
)
from rimland.study.wholes import answer_hinge, answer_importance, answer_interaction, answer_rival

if TYPE_CHECKING:
    from rimland.scenario.declaration import Claim, Protocol
    from rimland.study.run import Run
    from rimland.vocab.measure import Measure

__all__ = ["Judged", "answer", "measures_of", "variants_of", "when_of"]


def answer(run: Run, claim: Claim, account: str) -> Judged:
    """Return the answer of one account to a tested claim, and the number that was judged."""
    assert claim.test is not None
    return _FORMS[claim.form](run, claim, claim.test, account)


def _fact(run: Run, claim: Claim, test: Protocol, account: str) -> Judged:
    record = run.scenario.assembled.facts[test.record or ""]
    expect = [item.model_dump(exclude_none=True) for item in test.expect]
    found = check_fact(record, expect)
    lines = [
        (check.field.replace("_", " "), f"{check.seen} ({check.expected}: {_right(check.right)})")
        for check in found.checks
    ]
    return Answer(found.name, None, tuple(lines), {"record": found.mark}), None


def _right(right: bool | None) -> str:
    return "open" if right is None else "right" if right else "wrong"


def _effect(run: Run, claim: Claim, test: Protocol, account: str) -> Judged:
    assert test.treatment is not None
    assert test.measure is not None
    measure, day = run.measure(test.measure), run.day(test.horizon)
    a = run.under(account, test.treatment.with_, [test.measure])
    b = run.under(account, test.treatment.without, [test.measure])
    g = paired(measure, a, b, day, test.relative)
    claimed = g if test.direction == "more" else -g
    found = verdict(claimed, smallest_of(test))
    what = f"{measure.says}: {against(run, test)}"
    shown = shown_as(what, measure.unit, summary(g), test)
    before, after = summary(at(measure, b, day)), summary(at(measure, a, day))
    lines: Lines = [
        ("From and to", f"{before.median:.3g} to {after.median:.3g} {measure.unit}"),
        ("Same luck", luck(coupling(measure, a, b, day))),
    ]
    return answered(found, shown, lines), claimed


def _order(run: Run, claim: Claim, test: Protocol, account: str) -> Judged:
    names = measures_of(claim)
    first, *rest = (run.measure(name) for name in names)
    futures, day = run.under(account, test.variant, names), run.day(test.horizon)
    g = order(first, rest, futures, day, test.relative)
    g = g if test.direction == "more" else -g
    found = verdict(g, smallest_of(test))
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
    return answered(found, shown_as(what, first.unit, summary(g), test), lines), g


def _size(run: Run, claim: Claim, test: Protocol, account: str) -> Judged:
    names, day = measures_of(claim), run.day(test.horizon)
    levels = [run.measure(name) for name in names]
    a = run.under(account, test.treatment.with_ if test.treatment else test.variant, names)
    b = run.under(account, test.treatment.without, names) if test.treatment else None
    sign = 1 if test.direction == "more" else -1
    g, extent = size(levels, a, b, day, limit=test.limit, share=test.share, sign=sign)
    found = verdict(g, smallest_of(test))
    what = " less ".join(m.says for m in levels)
    if test.treatment is not None:
        what = f"{what}: {against(run, test)}"
    shown = Shown.of(what, levels[0].unit, summary(extent), test.limit, test.treatment is not None)
    said = "at least" if sign > 0 else "at most"
    if test.share is not None:
        part, _ = size(levels, a, b, day, limit=None, share=test.share, sign=1)
        # E - share V is known in every draw where V is positive, so E and it give V
        whole = (extent.values - part.values) / test.share
        held = (whole > 0) & np.isfinite(whole)
        lines: Lines = [("Claimed", f"{said} {share(test.share)} of the whole")]
        if held.any():
            own = share(float(np.median(extent.values[held] / whole[held])))
            lines.append(("Share of the whole", f"{own} in the middle draw"))
    else:
        lines = [("Claimed", f"{said} {test.limit:g} {levels[0].unit}")]
    return answered(found, shown, lines), g


def _declared(run: Run, claim: Claim, test: Protocol, account: str) -> Judged:
    assert test.measure is not None
    measure, day = run.measure(test.measure), run.day(test.by)
    futures = run.under(account, test.variant, [test.measure])
    p = summary(at(measure, futures, day)).scaled(100 / measure.scale)
    by = f"{test.by:%-d %B %Y}" if test.by else ""
    shown = Shown.of(f"{measure.says}, by {by}", "%", p, None, change=False)
    lines: Lines = [("Nothing is judged", "the text declares an aim or a pledge")]
    if test.treatment is not None:
        a = run.under(account, test.treatment.with_, [test.measure])
        b = run.under(account, test.treatment.without, [test.measure])
        change = summary(paired(measure, a, b, day)).scaled(100 / measure.scale)
        hangs = Shown.of("", "percentage points", change).text()
        lines.append(("Hangs on", f"{against(run, test)}: {hangs}"))
    return Answer(DECLARED, shown, tuple(lines)), None


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
    return answered(verdict(found.g, found.smallest), shown, lines), found.g


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
        smallest_of(test),
        relative=test.relative,
        direction=1 if test.direction == "more" else -1,
    )
    last = found[-1]
    what = f"{measure.says}: {against(run, test)}"
    lines: Lines = [
        (f"By {when.year}", f"{_text(measure, h.effect, test)}: {h.verdict.label}")
        for when, h in zip(test.horizons, found, strict=True)
    ]
    lines.append(("Same luck", luck(coupling(measure, a, b, days[-1]))))
    return answered(last.verdict, shown_as(what, measure.unit, last.effect, test), lines), last.g


def _text(measure: Measure, effect: Summary, test: Protocol) -> str:
    return shown_as("", measure.unit, effect, test).text()


_FORMS: Mapping[str, Callable[[Run, Claim, Protocol, str], Judged]] = {
    "fact": _fact,
    "effect": _effect,
    "size": _size,
    "hinge": answer_hinge,
    "interaction": answer_interaction,
    "order": _order,
    "importance": answer_importance,
    "tradeoff": _tradeoff,
    "rival": answer_rival,
    "forecast": _forecast,
    "declared": _declared,
}


def when_of(run: Run, test: Protocol) -> date:
    """Return the date at which a protocol is read."""
    return test.by or test.horizon or run.scenario.assembled.heading.horizon
