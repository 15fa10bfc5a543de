"""The sentences of a card: what the verdict assumes, and how far to trust it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rimland.findings.words import count, needs, share
from rimland.study.numbers import declared
from rimland.study.phrases import phrase

if TYPE_CHECKING:
    from rimland.scenario.declaration import Claim
    from rimland.study.finding import Answer
    from rimland.study.run import Run

_HEADS = {
    "holds": "In this model it holds",
    "reversed": "In this model it comes out the other way",
    "negligible": "In this model it makes no difference that matters",
}


def in_this_model(
    run: Run, claim: Claim, verdict: str, answers: dict[str, Answer], weakest: str | None
) -> str:
    """Return the first sentence of the card: the verdict, and the assumption it leans on most."""
    if claim.kind == "fact":
        right = verdict == "holds"
        return f"The record is {'as' if right else 'not as'} the claim says; no run is needed."
    if claim.form == "declared":
        return "The text declares it; the model says how likely it is by then, and judges nothing."
    if verdict == "contested":
        parts = "; ".join(f"{account}: {a.verdict}" for account, a in answers.items())
        return f"In this model it depends on which account you accept ({parts})."
    if verdict == "undecided (runs)":
        return f"In this model it is open for want of runs; {_runs(answers)}."
    head = _HEADS.get(verdict, "In this model it is open")
    if verdict in _HEADS and _unanimous(answers):
        return (
            f"{head}, wherever the numbers lie within their ranges; what is left to doubt is how "
            "the model is built."
        )
    if weakest is None:
        return f"{head}; no single number decides it."
    assembled = run.scenario.assembled
    quantity = declared(assembled)[weakest]
    name = phrase(weakest, assembled.named)
    number = f"{name} ({quantity.amount()}, {_mark(quantity.kind)})"
    if verdict.startswith("undecided"):
        return f"In this model it is open, and turns most on {number}."
    return f"{_HEADS[verdict]} if one accepts the range for {number}."


def _runs(answers: dict[str, Answer]) -> str:
    """Return how many runs would settle an open verdict, or would tell what is lacking."""
    lacking = [a.details for a in answers.values() if a.verdict == "undecided (runs)"]
    futures = max((d.get("needs_futures") or 0 for d in lacking), default=0)
    draws = max((d.get("needs_draws") or 0 for d in lacking), default=0)
    if all(d.get("needs_futures") or d.get("needs_draws") for d in lacking):
        return f"{needs(futures or None, draws or None)} would probably settle it"
    tells = max((d.get("tells_futures") or 0 for d in lacking), default=0)
    if not tells:
        return "how many would settle it cannot be said yet"
    return f"about {count(tells)} futures a draw would show whether runs are all that is lacking"


def _unanimous(answers: dict[str, Answer]) -> bool:
    """Return whether all but one draw in a hundred give the verdict, under every account."""
    sides = ("share_beyond", "share_within", "share_against")
    return all(max(a.details.get(side) or 0.0 for side in sides) >= 0.99 for a in answers.values())


def confidence(
    run: Run, claim: Claim, verdict: str, rests: dict[str, Any], answers: dict[str, Answer]
) -> str:
    """Return how far to trust the verdict, in a sentence of its own.

    The grade is capped by the weakest number that the answer turns on: judged or assumed means
    low, recalled or an association moderate. It speaks of the model, never of the text.
    """
    assembled = run.scenario.assembled
    if claim.kind == "fact":
        record = answers[next(iter(answers))].details.get("record", "")
        words = {"published-seen": "High: the source was read.", "computed": "High: computed."}
        return words.get(str(record), "Moderate: the source is cited from memory.")
    total = sum(v for k, v in rests.items() if isinstance(v, int))
    judged = rests.get("judged", 0)
    weakest = rests.get("weakest")
    some = f"{judged} of the {total}" if judged < total else f"All {total}"
    text = f"{some} numbers behind it are judged"
    if weakest is None:
        return f"Low. {text}, and no single one stands out."
    quantity = declared(assembled)[weakest]
    name = phrase(weakest, assembled.named)
    part = f"the one that matters most, {name}, explains {share(rests['explains'])}"
    grade = "Moderate"
    if quantity.kind == "judged" or (quantity.causal or "").startswith("assumed"):
        grade = "Low"
    if verdict.startswith("undecided") or verdict == "contested":
        grade = "Low"
    causal = f"; its causal status is {quantity.causal}" if quantity.causal else ""
    return f"{grade}. {text}; {part} of the spread between draws{causal}."


def _mark(kind: str) -> str:
    return kind.replace("published-", "")
