"""A verdict redone in other forms, and the Shapley shares of a hinge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rimland.findings.forms import Redone, hinge_forms, interaction_forms, order_forms
from rimland.findings.measures import at
from rimland.findings.shapley import sets_needed, shapley
from rimland.findings.verdict import names_only, verdict
from rimland.findings.words import number, share
from rimland.scenario.declaration import AS_ASSESSED
from rimland.study.reads import measures_of
from rimland.study.run import Need
from rimland.study.tell import label_of, smallest_of, three
from rimland.study.wholes import floor_of

if TYPE_CHECKING:
    from rimland.scenario.declaration import Claim, Protocol
    from rimland.study.run import Run


def other_forms(run: Run, claim: Claim, account: str, verdict_now: str) -> dict[str, Any] | None:
    """Return the verdict in each form (see `findings.forms`), and those in which it changes.

    None for a claim whose number is put together in no form.
    """
    test = claim.test
    assert test is not None
    redone = _redone(run, claim, test, account)
    if redone is None:
        return None
    with names_only():
        by_form = {form: verdict(g, smallest).name for form, (g, smallest) in redone.items()}
    now = verdict_now.split(" (")[0]
    changed = {form: name for form, name in by_form.items() if name != now}
    said = "; ".join(f"{name} as a {form}" for form, name in changed.items())
    same = ", ".join(form for form in by_form if form not in changed)
    text = said or f"the same as a {same.replace(', ', ', as a ')}"
    return {"by_form": by_form, "changes": list(changed), "says": said, "text": text}


def _redone(run: Run, claim: Claim, test: Protocol, account: str) -> Redone | None:
    day, smallest = run.day(test.horizon), smallest_of(test)
    sign = 1 if test.direction == "more" else -1
    if claim.form == "order":
        names = measures_of(claim)
        futures = run.under(account, test.variant, names)
        return order_forms(
            [run.measure(n) for n in names],
            futures,
            day,
            smallest=smallest,
            relative=test.relative,
            sign=sign,
            events=_events(run, names[0]),
        )
    if claim.form not in ("hinge", "interaction") or test.measure is None:
        return None
    measure = run.measure(test.measure)

    def under(variant: str | None) -> Any:
        return run.under(account, variant or AS_ASSESSED, [measure.name])

    if claim.form == "interaction":
        runs = {
            "all": under(test.all),
            "without": under(test.without),
            "only": under(test.only),
            "none": under(test.none),
        }
        return interaction_forms(
            measure,
            runs,
            day,
            smallest=smallest,
            relative=test.relative,
            sign=sign,
            events=_events(run, test.measure),
        )
    everything = under(test.all)
    return hinge_forms(
        measure,
        everything,
        under(test.without),
        [under(v) for v in test.alternatives.values()],
        day,
        size=test.size or 0.0,
        margin=smallest,
        floor=floor_of(measure, everything, day),
        events=_events(run, test.measure),
    )


def _events(run: Run, name: str) -> bool:
    """Return whether a measure counts events, or expects so many, and not what they change."""
    read = set(run.measure(name).observers)
    kinds = [o for o in run.scenario.program.observers if o.name in read]
    return all(o.kind in ("count", "hazard") and o.of is None for o in kinds)


def shapley_shares(run: Run, claim: Claim, account: str) -> dict[str, Any] | None:
    """Return the Shapley shares of a hinge's parts: of what it speaks of and its alternatives.

    A set of parts is run as the variants without each of the others, joined. What is not named is
    there in every set.
    """
    test = claim.test
    assert test is not None
    if claim.form != "hinge" or test.measure is None:
        return None
    measure, day = run.measure(test.measure), run.day(test.horizon)
    own = label_of(run, test.without or "")
    lacking = {own: test.without or "", **test.alternatives}
    view = run.silent()

    def variant(held: frozenset[str]) -> str:
        gone = [v for name, v in lacking.items() if name not in held]
        kept = [test.all] if test.all != AS_ASSESSED else []
        return "+".join((*kept, *gone)) or test.all

    sets = sets_needed(list(lacking))
    view.make({Need(account, variant(s), run.setting): frozenset([measure.name]) for s in sets})

    def value(held: frozenset[str]) -> Any:
        return at(measure, view.under(account, variant(held), [measure.name]), day).values

    found = shapley(list(lacking), value)
    floor = floor_of(measure, view.under(account, test.all, [measure.name]), day)
    parts, texts = {}, []
    for name in lacking:
        held = found.shares(name, floor)
        held = held[np.isfinite(held)]
        if not held.size:
            continue
        low, middle, high = np.quantile(held, [0.05, 0.5, 0.95])
        parts[name] = {"median": float(middle), "p05": float(low), "p95": float(high)}
        texts.append((float(middle), f"{name} {three(middle, low, high)}"))
    if not parts:
        return None
    texts.sort(reverse=True)
    text = "; ".join(said for _, said in texts[:3])
    left = None
    if not found.exact:
        with np.errstate(divide="ignore", invalid="ignore"):
            over = np.abs(found.left_over / found.gain)
        over = over[np.isfinite(over) & (np.abs(found.gain) >= floor)]
        left = float(np.median(over)) if over.size else None
        text += f"; parts taken in pairs, which leaves {share(left or 0.0)} of the gain unshared"
    return {
        "parts": parts,
        "exact": found.exact,
        "left_over": left,
        "own": own,
        "text": f"{text} (of {number(len(lacking))} parts)",
    }
