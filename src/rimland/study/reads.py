"""What a claim's test reads: variants and measures, and the agendas of a claim of importance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rimland.findings.measures import PerDraw
from rimland.findings.parts import Weighing
from rimland.study.finding import Answer

if TYPE_CHECKING:
    from rimland.scenario.declaration import Claim, Protocol
    from rimland.study.run import Run

Judged = tuple[Answer, PerDraw | None]
"""An answer, and the number per draw that was judged, positive as claimed."""


def variants_of(claim: Claim) -> tuple[str, ...]:
    """Return the variants whose futures the claim's test reads, each once."""
    test = claim.test
    if test is None or claim.form == "fact":
        return ()
    rest = tuple(test.alternatives.values())
    found: tuple[str, ...]
    if claim.form in ("hinge", "interaction"):
        only = (test.only,) if claim.form == "interaction" and test.only else ()
        found = (test.all, test.without or "", *only, test.none or "", *rest)
    elif claim.form == "rival":
        found = (test.all, test.without or "", *rest)
    elif claim.form == "importance":
        found = (test.all, test.without or "", *rest)
        if test.frozen:
            found += tuple(joined(variant, test.frozen) for variant in found)
    elif claim.form == "declared":
        pair = (test.treatment.with_, test.treatment.without) if test.treatment else ()
        found = (test.variant, *pair)
    elif test.treatment is not None:
        found = (test.treatment.with_, test.treatment.without)
    else:
        found = (test.variant,)
    return tuple(dict.fromkeys(found))


def joined(variant: str, other: str) -> str:
    """Return the name of both variants at once."""
    return f"{variant}+{other}"


def measures_of(claim: Claim) -> tuple[str, ...]:
    """Return the measures that the claim's test names; see `measures_read` for agendas."""
    test = claim.test
    if test is None or claim.form == "fact":
        return ()
    if claim.form == "order" or (claim.form == "size" and test.measure is None):
        return tuple(name for name in (test.first, test.second, *test.others) if name)
    return (test.measure,) if test.measure else ()


def measures_read(run: Run, claim: Claim) -> tuple[str, ...]:
    """Return the full names of all measures that the claim's test reads."""
    named = measures_of(claim)
    if claim.form == "importance" and claim.test is not None:
        heading = run.scenario.assembled.heading
        named = tuple(
            name for agenda in claim.test.agendas for name in heading.agendas[agenda].weights
        )
    return tuple(dict.fromkeys(run.measure(name).name for name in named))


def weighings(run: Run, test: Protocol, account: str) -> list[Weighing]:
    """Return the agendas of a claim of importance with their weights per draw."""
    values = run.values(account)
    found = []
    for called in test.agendas:
        weights = run.scenario.assembled.heading.agendas[called].weights
        found.append(
            Weighing(
                tuple(run.measure(name) for name in weights),
                tuple(weighed.wants == "more" for weighed in weights.values()),
                tuple(np.asarray(values[f"agendas.{called}.{name}"]) for name in weights),
            )
        )
    return found


def agenda_numbers_of(run: Run, claim: Claim) -> tuple[str, ...]:
    """Return the names of the weights that a claim of importance rests on."""
    if claim.form != "importance" or claim.test is None:
        return ()
    agendas = run.scenario.assembled.heading.agendas
    return tuple(
        f"agendas.{called}.{name}"
        for called in claim.test.agendas
        for name in agendas[called].weights
    )
