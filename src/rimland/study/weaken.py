"""Judging a claim again, so that its verdict may not flatter the text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rimland.errors import RunError
from rimland.findings.verdict import overall
from rimland.study.answers import answer
from rimland.study.builtin import Proofs, built_in
from rimland.study.drivers import rival_share
from rimland.study.finding import Answer
from rimland.study.flips import flip
from rimland.study.numbers import declared
from rimland.study.otherforms import other_forms, shapley_shares
from rimland.study.reads import Judged, measures_read, variants_of
from rimland.study.setting import DOUBLED, PRIORS
from rimland.study.watch import Watch
from rimland.study.weakened import ASSUMED, BUILT_IN, FORM_DEPENDENT, Weakened

if TYPE_CHECKING:
    from rimland.scenario.declaration import Claim
    from rimland.study.run import Run


def again(run: Run) -> list[Run]:
    """Return the run as it is made again for every claim: judged ranges doubled, priors alone."""
    views = [run.set_as(DOUBLED)]
    if any(q.kind == "estimated" for q in declared(run.scenario.assembled).values()):
        views.append(run.set_as(PRIORS))
    return views


def by_account(run: Run, claim: Claim) -> dict[str, Judged]:
    """Return each account's answer, and the number per draw that was judged.

    Accounts that give the same futures of all that is read give the same answer, made once.
    """
    judged: dict[str, Judged] = {}
    made: dict[bytes, Judged] = {}
    for account in run.scenario.accounts:
        signature = run.signature(account, variants_of(claim), measures_read(run, claim))
        if signature not in made:
            made[signature] = answer(run, claim, account)
        judged[account] = made[signature]
    return judged


def weakened(
    run: Run,
    claim: Claim,
    verdict: str,
    judged: dict[str, Judged],
    names: tuple[str, ...],
    proofs: Proofs,
    watch: Watch | None,
) -> Weakened:
    """Return all that weakens the verdict; with a `watch` also what needs reruns of its own."""
    if claim.form in ("fact", "declared"):
        return Weakened()
    quantities = declared(run.scenario.assembled)
    fitted = sum(quantities[name].kind == "estimated" for name in names)
    doubted = sum(quantities[name].kind == "judged" for name in names)
    asked = watch is not None or _decided(verdict)  # else what the priors say changes nothing
    prior = _again(run.set_as(PRIORS), claim) if fitted and asked else (verdict, judged)
    flags = []
    proof = None
    if watch is not None or _may_be_built_in(verdict, judged):
        proof = built_in(proofs, claim, judged)
    if proof is not None and verdict == _verdict_of(proof):
        flags.append(BUILT_IN)
    account = _first_decided(judged)
    found, g = judged[account]
    forms = other_forms(run, claim, account, found.verdict)
    if forms is not None and forms["changes"] and _decided(verdict):
        flags.append(FORM_DEPENDENT)
    if _decided(verdict) and prior[0] == verdict:
        flags.append(ASSUMED)
    flips = share = signs = parts = None
    if watch is not None and g is not None:
        flips = flip(run, claim, account, found, g, names).to_json()
        share = rival_share(run, claim, account, names)
        signs = watch.signs(claim, account, found, g)
        parts = shapley_shares(run, claim, account)
        if len({answer.verdict for answer, _ in judged.values()}) > 1:
            flips["text"] += f" ({account})"
    return Weakened(
        flags=tuple(flags),
        built_in=proof,
        prior_only=_shown(*prior) if asked or not fitted else None,
        data=_data(fitted, len(names)),
        doubled=_doubled(run, claim, verdict) if doubted and watch is not None else None,
        flips_if=flips,
        rival_share=share,
        watch_for=signs,
        forms=forms,
        shapley=parts,
    )


def _may_be_built_in(verdict: str, judged: dict[str, Judged]) -> bool:
    """Return whether a proof could take this verdict's headline: what else it tells can wait."""
    if verdict in ("holds", "reversed"):
        return True
    return verdict == "negligible" and all(
        g is not None and not np.any(g.values) for _, g in judged.values()
    )


def _verdict_of(proof: dict[str, Any]) -> str:
    """Return the verdict that a sign alone gives, if its size matters."""
    if proof["sign"] == "0":
        return "negligible"
    return "holds" if proof["agrees"] else "reversed"


def _again(view: Run, claim: Claim) -> tuple[str, dict[str, Judged]]:
    judged = by_account(view, claim)
    return overall(found.verdict for found, _ in judged.values()), judged


def _doubled(run: Run, claim: Claim, verdict: str) -> dict[str, Any]:
    try:
        label, _ = _again(run.set_as(DOUBLED), claim)
    except RunError as error:
        what = str(error).split(" after ")[0].split(" (draw")[0]
        text = f"cannot be run, for some draws describe no possible world: {what}"
        return {"verdict": None, "changes": None, "text": text}
    plain, before = label.split(" (")[0], verdict.split(" (")[0]
    changes = plain != before
    text = f"{plain}, no longer {before}" if changes else f"still {plain}"
    return {"verdict": label, "changes": changes, "text": text}


def _decided(verdict: str) -> bool:
    return verdict in ("holds", "reversed", "negligible")


def _first_decided(judged: dict[str, Judged]) -> str:
    """Return the first account whose answer is decided, or the first of all."""
    decided = (account for account, (found, _) in judged.items() if _decided(found.verdict))
    return next(decided, next(iter(judged)))


def _shown(verdict: str, judged: dict[str, Judged]) -> dict[str, Any] | None:
    found: Answer = next(iter(judged.values()))[0]
    if found.shown is None:
        return None
    return {**found.shown.to_json(), "verdict": verdict}


def _data(fitted: int, total: int) -> dict[str, Any]:
    if not fitted:
        return {"fitted": 0, "text": "no data: none of its numbers is fitted to any"}
    return {"fitted": fitted, "text": f"{fitted} of {total} numbers are fitted to data"}
