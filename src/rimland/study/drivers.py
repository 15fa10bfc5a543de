"""The rival explanation in figures: what the strongest other driver changes by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rimland.errors import RunError
from rimland.findings.effects import paired
from rimland.findings.measures import at
from rimland.findings.sensitivity import END, normal_scores, slope
from rimland.findings.words import amount, share, times
from rimland.program.layers import Reads
from rimland.study.flips import value_at
from rimland.study.numbers import declared
from rimland.study.phrases import phrase
from rimland.study.reads import variants_of
from rimland.study.tell import label_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rimland.findings.measures import Array
    from rimland.program.model import Program, Switch, Weighted
    from rimland.scenario.declaration import Claim
    from rimland.study.run import Run
    from rimland.vocab.measure import Measure

SWITCHED = ("effect", "tradeoff", "hinge", "size")
"""Forms whose claim is about a change of one measure, of which another can be a share."""
TRIED = 3
"""How many arrows, and how many other numbers, are moved over their range."""
FAINT = 0.01
"""Arrows that move less than this share of the claimed change leave the word to other numbers."""


def rival_share(
    run: Run, claim: Claim, account: str, names: Iterable[str]
) -> dict[str, Any] | None:
    """Return what the strongest other driver of the measure changes, beside what is claimed.

    Where the protocol names a `rival_variant`, that is switched. Else it is the number on an arrow
    into the measure that does not pass on what the claim switches; where no such arrow moves the
    measure, any number that is on none that does. The three with the steepest regression of the
    measure on their normal scores (`findings.sensitivity.slope`) are moved from p10 to p90 with
    the same luck, and the one that moves most is named. The share is of medians over draws. None
    where the claim is about no change of one measure.
    """
    test = claim.test
    assert test is not None
    if test.measure is None or claim.form not in SWITCHED:
        return None
    pair = _switch(claim)
    if pair is None:
        return None
    measure, day = run.measure(test.measure), run.day(test.horizon)
    claimed = _change(run, run, account, measure, day, pair)
    if test.rival_variant is not None:
        moved = _change(run, run, account, measure, day, (pair[0], test.rival_variant))
        named = f"{label_of(run, test.rival_variant)}, by itself,"
        return _said(test.rival_variant, named, moved, claimed, measure.unit)
    level = at(measure, run.under(account, pair[1], [measure.name]), day).values
    arrows, others = _steepest(run, claim, account, level, pair, tuple(names))
    best: tuple[float, str] | None = None
    for group in (arrows, others):
        moves = [(_over_range(run, account, n, measure, day, pair[1]), n) for n in group]
        best = max(moves, key=lambda m: abs(m[0]), default=best)
        if best is not None and abs(best[0]) > FAINT * abs(claimed):
            break
    if best is None or best[0] == 0:
        return None
    named = f"{phrase(best[1], run.scenario.assembled.named)}, over its whole range,"
    return _said(best[1], named, best[0], claimed, measure.unit)


def _switch(claim: Claim) -> tuple[str, str] | None:
    """Return the variants whose difference the claim is about, what is compared with last."""
    test = claim.test
    assert test is not None
    if test.treatment is not None:
        return test.treatment.with_, test.treatment.without
    if test.without is not None:
        return test.all, test.without
    return None


def _change(
    high: Run, low: Run, account: str, measure: Measure, day: float, pair: tuple[str, str]
) -> float:
    """Return the median over draws of m in the first minus m in the second, with the same luck."""
    a = high.silent().under(account, pair[0], [measure.name])
    b = low.silent().under(account, pair[1], [measure.name])
    g = paired(measure, a, b, day).values
    held = g[np.isfinite(g)]
    return float(np.median(held)) if held.size else float("nan")


def _over_range(
    run: Run, account: str, name: str, measure: Measure, day: float, variant: str
) -> float:
    quantity = declared(run.scenario.assembled, account)[name]
    low, high = (run.set_as(run.setting.pinned(name, value_at(quantity, z))) for z in (-END, END))
    try:
        return _change(high, low, account, measure, day, (variant, variant))
    except RunError:
        return 0.0  # an end of its range describes no possible world


def _said(driver: str, named: str, moved: float, claimed: float, unit: str) -> dict[str, Any]:
    part = abs(moved / claimed) if claimed and np.isfinite(claimed) else None
    text = f"In the model {named} changes it by {amount(abs(moved), unit)}"
    if part is not None and np.isfinite(part):
        many = times(part) if part <= 20 else "over twenty times"
        much = share(part) + " of" if part <= 1 else many
        text += f", {much} what the claim names does"
    return {"driver": driver, "change": moved, "claimed": claimed, "share": part, "text": text}


def _steepest(
    run: Run,
    claim: Claim,
    account: str,
    level: Array,
    pair: tuple[str, str],
    names: tuple[str, ...],
) -> tuple[list[str], list[str]]:
    """Return the arrows and the other numbers that seem to move the measure most."""
    assembled = run.scenario.assembled
    quantities = declared(assembled, account)
    set_by = {n for v in variants_of(claim) for n in assembled.variant(v).quantities}
    switches = [assembled.variant(v).switch for v in pair]
    every, carrying = arrow_numbers(assembled.program, switches)
    derived = {name: f.names() for name, f in assembled.derived.items()}
    every, carrying = _behind(every, derived), _behind(carrying, derived)
    draws = run.values(account)
    fine = np.isfinite(level)
    if fine.sum() < 8:
        return [], []
    steep = {
        n: abs(slope(level[fine], normal_scores(np.asarray(draws[n])[fine])))
        for n in names
        if n not in set_by | carrying and quantities[n].p10 != quantities[n].p90
    }
    ranked = sorted((n for n in steep if steep[n] > 0), key=lambda n: -steep[n])
    arrows = [n for n in ranked if n in every and quantities[n].causal]
    return arrows[:TRIED], [n for n in ranked if n not in arrows][:TRIED]


def arrow_numbers(program: Program, switches: Iterable[Switch]) -> tuple[set[str], set[str]]:
    """Return the numbers on all arrows, and on those that read what the switches can move.

    An arrow is a weighted term of a clock, an outcome or an index. What can move is followed
    forward: a transition that reads a moved variable, in its guard or by a term, moves whatever it
    has an effect on.
    """
    switches = tuple(switches)  # read twice
    moved = {v for s in switches for v in s.starts} | {
        h.variable for s in switches for h in s.holds
    }
    reads = _readings(program)
    grown = True
    while grown:
        grown = False
        for t in program.transitions:
            terms = [*t.clock.terms, *(term for o in t.outcomes for term in o.terms)]
            read = {i.variable for i in t.guard} | {v for x in terms for v in reads[x.of]}
            changed = {e.variable for o in t.outcomes for e in o.effects}
            if not moved.isdisjoint(read) and not changed <= moved:
                moved |= changed
                grown = True
    formulas = {p.name: p.formula.names() for p in program.parameters}
    arrows: list[Weighted] = [term for index in program.indices for term in index.terms]
    for t in program.transitions:
        arrows += t.clock.terms
        arrows += [term for o in t.outcomes for term in o.terms]
    every = {n for term in arrows for n in formulas[term.parameter]}
    carrying = {
        n
        for term in arrows
        if not moved.isdisjoint(reads[term.of])
        for n in formulas[term.parameter]
    }
    return every, carrying


def _readings(program: Program) -> dict[str, set[str]]:
    """Return the variables behind everything that a term can read."""
    found = {v.name: {v.name} for v in program.variables}
    read = Reads(program)
    for feature in program.features:
        found[feature.name] = read.variables(feature)
    for index in program.indices:
        found[index.name] = set().union(*(found[term.of] for term in index.terms))
    return found


def _behind(names: set[str], derived: dict[str, tuple[str, ...]]) -> set[str]:
    """Return the names, and those that derived ones among them follow from."""
    todo = list(names)
    found: set[str] = set()
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += derived.get(name, ())
    return found
