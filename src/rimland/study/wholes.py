"""Answers about parts of a whole: hinge, interaction, importance of ties, whose move it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rimland.findings.effects import coupling, paired, summary
from rimland.findings.hinge import hinge
from rimland.findings.measures import at
from rimland.findings.parts import Importance, importance, interaction, rivalry
from rimland.findings.verdict import verdict
from rimland.findings.words import amount, share
from rimland.study.finding import Shown
from rimland.study.reads import Judged, joined, measures_read, weighings
from rimland.study.tell import Lines, answered, label_of, luck, shown_as, smallest_of, three

if TYPE_CHECKING:
    from rimland.engine import Futures
    from rimland.scenario.declaration import Claim, Protocol
    from rimland.study.run import Run
    from rimland.vocab.measure import Measure

GAIN_FLOOR = 0.01
"""A hinge is undefined where the whole package gains less than this share of the measure."""


def floor_of(measure: Measure, everything: Futures, day: float) -> float:
    """Return how much the whole package has to bring for a share of it to mean anything."""
    whole = float(np.nanmedian(np.abs(at(measure, everything, day).values)))
    return GAIN_FLOOR * whole if whole > 0 else GAIN_FLOOR


def answer_hinge(run: Run, claim: Claim, test: Protocol, account: str) -> Judged:
    """Answer how far the measure hinges on what the claim speaks of."""
    assert test.measure is not None
    names = [test.measure]
    measure, day = run.measure(test.measure), run.day(test.horizon)
    everything = run.under(account, test.all, names)
    lacking = run.under(account, test.without or "", names)
    nothing = run.under(account, test.none or "", names)
    rest = {k: run.under(account, v, names) for k, v in test.alternatives.items()}
    floor = floor_of(measure, everything, day)
    found = hinge(
        measure,
        everything,
        lacking,
        nothing,
        rest,
        day,
        size=test.size or 0.0,
        margin=smallest_of(test),
        floor=floor,
    )
    judged = verdict(found.g, smallest_of(test))
    change = paired(measure, lacking, everything, day, relative=True)
    without = label_of(run, test.without or "")
    shown = Shown.of(f"{measure.says}: {without}", "%", summary(change).as_percent())
    own = summary(found.loss)
    ranked = [row for row in found.ranks if row.name]
    lines: Lines = [
        (
            "Share of the gain lost",
            f"{three(own.median, own.p05, own.p95)} of what the whole package brings; "
            f"a hinge needs {test.size:g}",
        ),
        ("Comes first", f"in {share(found.first)} of draws"),
        *(("Against", f"{row.name}: {three(row.median, row.p05, row.p95)}") for row in ranked[:2]),
        ("Same luck", luck(coupling(measure, lacking, everything, day))),
    ]
    if found.undefined > 0:
        lines.append(
            (
                "Undefined",
                f"in {share(found.undefined)} of draws, where the whole package moves the measure "
                f"by less than {share(GAIN_FLOOR)}",
            )
        )
    return answered(judged, shown, lines), found.g


def answer_interaction(run: Run, claim: Claim, test: Protocol, account: str) -> Judged:
    """Answer what one thing adds to the rest, more than what it is worth alone."""
    assert test.measure is not None
    measure, day = run.measure(test.measure), run.day(test.horizon)
    names = (test.all, test.without or "", test.only or "", test.none or "")
    whole, rest, only, none = (run.under(account, v, [test.measure]) for v in names)
    g = interaction(measure, whole, rest, only, none, day, relative=test.relative)
    claimed = g if test.direction == "more" else -g
    together = summary(paired(measure, whole, rest, day, test.relative))
    alone = summary(paired(measure, only, none, day, test.relative))
    lines: Lines = [
        ("With the rest", shown_as("", measure.unit, together, test).text()),
        ("By itself", shown_as("", measure.unit, alone, test).text()),
    ]
    what = f"{measure.says}: what {label_of(run, names[1])} costs more with the rest than alone"
    shown = shown_as(what, measure.unit, summary(g), test)
    return answered(verdict(claimed, smallest_of(test)), shown, lines), claimed


def answer_rival(run: Run, claim: Claim, test: Protocol, account: str) -> Judged:
    """Answer whose move it is: to which moves more of the measure is owed."""
    assert test.measure is not None
    measure, day = run.measure(test.measure), run.day(test.horizon)
    everything = run.under(account, test.all, [test.measure])
    without = run.under(account, test.without or "", [test.measure])
    rest = {k: run.under(account, v, [test.measure]) for k, v in test.alternatives.items()}
    sign = 1 if test.direction == "more" else -1
    g, owed = rivalry(measure, everything, without, rest, day, sign=sign)
    own = summary(owed[""])
    lines: Lines = [("Owed to them", Shown.of("", measure.unit, own).text())]
    lines += [
        (f"Owed to {name}", Shown.of("", measure.unit, summary(owed[name])).text())
        for name in test.alternatives
    ]
    what = f"{measure.says}: owed to what the claim names, more than to any other"
    shown = shown_as(what, measure.unit, summary(g), test)
    return answered(verdict(g, smallest_of(test)), shown, lines), g


def answer_importance(run: Run, claim: Claim, test: Protocol, account: str) -> Judged:
    """Answer whether removing one tie costs its agendas more than removing any other."""
    names, day = measures_read(run, claim), run.day(test.horizon)
    agendas = weighings(run, test, account)

    def compared(frozen: str | None) -> Importance:
        every = (test.all, test.without or "", *test.alternatives.values())
        variants = [joined(v, frozen) if frozen else v for v in every]
        everything, without, *rest = (run.under(account, v, names) for v in variants)
        others = dict(zip(test.alternatives, rest, strict=True))
        return importance(agendas, everything, without, others, day)

    made = compared(None)
    own = label_of(run, test.without or "")
    lines: Lines = [("Comes first", f"under {share(made.first)} of weightings")]
    lines += [
        (f"{position}.", f"{row.name or own}: {three(row.median, row.p05, row.p95)} %")
        for position, row in enumerate(sorted(made.ranks, key=lambda r: -r.median)[:3], 1)
    ]
    cost = summary(made.cost)
    lines.append(("Cost of losing it", amount(cost.median, "%", cost.mc_error)))
    if test.frozen:
        still = compared(test.frozen)
        judged = verdict(still.g, smallest_of(test))
        lines.append(("If nothing answers", f"first under {share(still.first)}: {judged.label}"))
    what = f"cost of losing it, more than of losing any other: {own}"
    shown = Shown.of(what, "% of what the agenda wants", summary(made.g), smallest_of(test))
    return answered(verdict(made.g, smallest_of(test)), shown, lines), made.g
