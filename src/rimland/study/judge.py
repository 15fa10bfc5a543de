"""Judging: the plan of runs, and a Finding for each claim."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from shlex import quote
from typing import TYPE_CHECKING, Any

import numpy as np

from rimland.errors import RimlandError, did_you_mean
from rimland.findings.verdict import narrowing, overall
from rimland.scenario.declaration import Claim
from rimland.study import store
from rimland.study.builtin import Proofs
from rimland.study.cards import confidence, in_this_model
from rimland.study.finding import NOT_TESTED, UNTESTABLE, Finding
from rimland.study.numbers import causal_rank, count_kinds, declared, resting_on
from rimland.study.reads import (
    Judged,
    agenda_numbers_of,
    measures_of,
    measures_read,
    variants_of,
)
from rimland.study.run import Need, Plan
from rimland.study.watch import Watch
from rimland.study.weaken import again, by_account, weakened

if TYPE_CHECKING:
    from rimland.scenario.assemble import Assembled
    from rimland.study.run import Run


def plan_of(run: Run, claims: Iterable[Claim]) -> Plan:
    """Return the runs that the claims need, each once however many share it."""
    plan: dict[Need, set[str]] = {}
    for claim in claims:
        for account in run.scenario.accounts:
            for variant in variants_of(claim):
                names = measures_read(run, claim)
                plan.setdefault(Need(account, variant, run.setting), set()).update(names)
    return {need: frozenset(names) for need, names in plan.items()}


def describe_plan(run: Run, claims: Iterable[Claim]) -> list[dict[str, Any]]:
    """Return the plan as rows: variant, accounts, the claims that share it, and its futures."""
    rows: dict[str, dict[str, Any]] = {}
    for claim in claims:
        for variant in variants_of(claim):
            row = rows.setdefault(
                variant,
                {
                    "variant": variant,
                    "accounts": len(run.scenario.accounts),
                    "claims": [],
                    "futures": run.draws * run.futures * len(run.scenario.accounts),
                },
            )
            if claim.id not in row["claims"]:
                row["claims"].append(claim.id)
    return list(rows.values())


def claims_named(assembled: Assembled, names: Iterable[str] | None) -> list[Claim]:
    """Return the claims by id, in the assessment's order; all when none are named.

    Raises RimlandError with the nearest id.
    """
    order = [id_ for section in assembled.sections for id_ in section.claims]
    ordered = [assembled.claims[id_] for id_ in order or assembled.claims]
    if names is None:
        return ordered
    wanted = list(names)
    for name in wanted:
        if name not in assembled.claims:
            raise RimlandError(
                f"there is no claim '{name}'.{did_you_mean(name, assembled.claims)} "
                "`rimland judge SCENARIO` lists all."
            )
    return [claim for claim in ordered if claim.id in wanted]


def judge(run: Run, names: Iterable[str] | None, thorough: bool = True) -> tuple[Finding, ...]:
    """Return a Finding per claim: runs what the plan says, then judges account by account.

    Where a verdict is decided and a number was fitted, it is judged again with its prior. With
    `thorough`, so is every other, and with judged ranges doubled; and what needs reruns of its own
    comes with it: what flips the verdict, the rival explanation in figures, what to watch for.
    """
    claims = claims_named(run.scenario.assembled, names)
    kept = kept_findings(run, claims, thorough)
    tested = [claim for claim in claims if claim.test is not None and claim.id not in kept]
    plan = plan_of(run, tested)
    for view in again(run) if thorough else ():
        plan |= plan_of(view, tested)
    run.make(plan)
    proofs, watch = Proofs(run), Watch(run) if thorough else None
    made = {}
    for claim in claims:
        if claim.id not in kept:
            made[claim.id] = _finding(run, claim, proofs, watch)
            if run.keeps and claim.test is not None:
                store.keep(run, claim, thorough, made[claim.id])
    if run.keeps and made:
        store.tidy()
    return tuple(kept.get(claim.id) or made[claim.id] for claim in claims)


def kept_findings(run: Run, claims: Iterable[Claim], thorough: bool = True) -> dict[str, Finding]:
    """Return the findings that were kept of an earlier run like this one; see `study.store`."""
    if not run.keeps:
        return {}
    found = {c.id: store.read(run, c, thorough) for c in claims if c.test is not None}
    return {name: finding for name, finding in found.items() if finding is not None}


def _finding(run: Run, claim: Claim, proofs: Proofs, watch: Watch | None) -> Finding:
    if claim.test is None:
        label = UNTESTABLE if claim.kind == "untestable" else NOT_TESTED
        return Finding(claim.id, claim.at, claim.says, claim.kind, label, claim.needs)
    judged = by_account(run, claim)
    answers = {account: found for account, (found, _) in judged.items()}
    names = numbers_of(run, claim)
    explained = explained_by(run, names, judged)
    weakest = _weakest(run, explained)
    why = explained[weakest] if weakest else None
    kinds = count_kinds(declared(run.scenario.assembled), names)
    rests: dict[str, Any] = {**kinds, "weakest": weakest, "explains": why}
    label = overall(a.verdict for a in answers.values())
    return Finding(
        id=claim.id,
        at=claim.at,
        says=claim.says,
        kind=claim.kind,
        verdict=label,
        needs=claim.needs,
        answers=answers,
        rests_on=rests if claim.kind != "fact" else {**count_kinds({}, ()), "weakest": None},
        numbers=names,
        explained=explained,
        in_this_model=in_this_model(run, claim, label, answers, weakest),
        rival=claim.test.rival or None,
        confidence=confidence(run, claim, label, rests, answers),
        protocol=claim.test.model_dump(mode="json", by_alias=True, exclude_defaults=True),
        measure=next((run.measure(name).name for name in measures_of(claim)), None),
        command=command_of(run, claim),
        weakened=weakened(run, claim, label, judged, names, proofs, watch),
    )


def numbers_of(run: Run, claim: Claim) -> tuple[str, ...]:
    """Return the numbers that can reach what the claim's test reads, weights of agendas last."""
    measures = [run.measure(name) for name in measures_read(run, claim)]
    observers = [o for m in measures for o in (*m.observers, *m.over)]
    found = resting_on(run.scenario.assembled, observers) if observers else ()
    return (*found, *agenda_numbers_of(run, claim))


def explained_by(
    run: Run, names: tuple[str, ...], judged: Mapping[str, Judged]
) -> dict[str, float]:
    """Return the share of the spread between draws that each number explains, largest first.

    Only numbers that explain more than chance would, under any account; the largest share counts.
    """
    share: dict[str, float] = {}
    quantities = declared(run.scenario.assembled)
    causal = tuple(name for name in names if quantities[name].causal)
    done: set[int] = set()
    for account, (_, g) in judged.items():
        if g is None or id(g) in done:
            continue
        done.add(id(g))
        draws = run.values(account)
        # among few numbers less stands out by chance: arrows are looked at again by themselves
        for some in (names, causal):
            for row in narrowing(g, {name: np.asarray(draws[name]) for name in some}):
                share[row.name] = max(share.get(row.name, 0.0), row.share)
    return {name: round(share[name], 3) for name in sorted(share, key=lambda n: -share[n])}


def _weakest(run: Run, share: Mapping[str, float]) -> str | None:
    """Return the worst founded number among those that the answer turns on.

    The kind decides first, then the causal status, then how much it explains.
    """
    quantities = declared(run.scenario.assembled)

    def weakness(name: str) -> tuple[int, int, float]:
        quantity = quantities[name]
        kinds = ("estimated", "published-seen", "computed", "published-recalled", "judged")
        return (kinds.index(quantity.kind), causal_rank(quantity), share[name])

    most = max(share.values(), default=0.0)
    return max((n for n, part in share.items() if part >= 0.25 * most), key=weakness, default=None)


def command_of(run: Run, claim: Claim) -> str | None:
    """Return the command line that redoes the claim's test."""
    if claim.test is None:
        return None
    sizes = f"--draws {run.draws} --futures {run.futures} --seed {run.seed}"
    return f"rimland judge {quote(run.scenario.id)} --claim {claim.id} {sizes}"
