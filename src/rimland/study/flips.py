"""Flips if: the smallest move of one number, within its range, that changes a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rimland.errors import RunError
from rimland.findings.measures import PerDraw
from rimland.findings.sensitivity import END, Candidate, Move, screen, smallest_move
from rimland.findings.verdict import names_only
from rimland.study.answers import answer
from rimland.study.numbers import declared
from rimland.study.phrases import phrase
from rimland.study.reads import measures_read, variants_of
from rimland.study.run import Need
from rimland.units import number_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rimland.notation.quantity import Quantity
    from rimland.scenario.declaration import Claim
    from rimland.study.finding import Answer
    from rimland.study.run import Run

NUMBERS, RERUNS = 3, 8
"""How many numbers are confirmed at most, and in how many reruns each."""


@dataclass(frozen=True)
class Flip:
    """One number's smallest move that changes the verdict; `number` is None where none was found.

    `from_` is the number's middle now, `to` where the verdict changes, both in its own unit;
    `range` its p10 and p90. `becomes` is the verdict there. `runs` is how many reruns were spent.
    """

    account: str
    decided: bool
    runs: int
    text: str
    number: str | None = None
    from_: float | None = None
    to: float | None = None
    range: tuple[float, float] | None = None
    unit: str = ""
    becomes: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "number": self.number,
            "from": self.from_,
            "to": self.to,
            "range": list(self.range) if self.range else None,
            "unit": self.unit,
            "becomes": self.becomes,
            "runs": self.runs,
            "account": self.account,
            "label": "Flips if" if self.decided else "Settled if",
            "text": self.text,
        }


def flip(
    run: Run, claim: Claim, account: str, found: Answer, g: PerDraw, names: Iterable[str]
) -> Flip:
    """Return what would change the account's verdict with the smallest move of one number.

    Moves are compared in normal scores, that is as parts of each number's own range. `names` are
    the numbers that reach the claim's measures; those that a variant of the claim sets are left
    out, since pinning them would undo the switch.
    """
    assembled = run.scenario.assembled
    switched = {n for v in variants_of(claim) for n in assembled.variant(v).quantities}
    quantities = declared(assembled, account)
    draws = run.values(account)
    moving = {n: np.asarray(draws[n]) for n in names if n not in switched}
    now = found.verdict.split(" (")[0]
    smallest = float(found.details.get("smallest") or 0.0)
    decided = now != "undecided"
    best: tuple[Candidate, Move] | None = None
    spent = 0
    for candidate in screen(g, smallest, now, moving, NUMBERS):
        quantity = quantities[candidate.name]
        verdict_at = _rerun(run, claim, account, candidate.name, quantity, now)
        reach = END if best is None else abs(best[1].at or 0.0)
        move = smallest_move(verdict_at, now, float(np.copysign(reach, candidate.end)), RERUNS)
        spent += move.runs
        if move.at is not None:
            best = candidate, move
        if move.at == 0.0:
            break
    if best is None:
        some = "no single number stands out" if not spent else f"none found within {spent} runs"
        return Flip(account, decided, spent, some)
    candidate, move = best
    assert move.at is not None
    quantity = quantities[candidate.name]
    to = value_at(quantity, move.at)
    name = phrase(candidate.name, assembled.named)
    return Flip(
        account,
        decided,
        spent,
        _said(name, quantity, move, to, candidate.end),
        candidate.name,
        quantity.central,
        to,
        (quantity.p10, quantity.p90),
        quantity.unit,
        move.becomes,
    )


def _rerun(
    run: Run, claim: Claim, account: str, name: str, quantity: Quantity, now: str
) -> Callable[[float], str]:
    measures = frozenset(measures_read(run, claim))

    def verdict_at(score: float) -> str:
        setting = run.setting.pinned(name, value_at(quantity, score))
        view = run.set_as(setting).silent()
        view.make({Need(account, v, setting): measures for v in variants_of(claim)})
        try:
            with names_only():
                return answer(view, claim, account)[0].verdict.split(" (")[0]
        except RunError:
            return now  # no possible world: the verdict cannot change there

    return verdict_at


def value_at(quantity: Quantity, score: float) -> float:
    """Return the number's value at a normal score: its middle at 0, p10 and p90 at the ends."""
    from scipy.special import ndtr

    return float(quantity.quantile(np.array([ndtr(score)]))[0])


def amount_of(quantity: Quantity, value: float) -> str:
    """Return a value of the number in the unit in which it is written."""
    unit = quantity.shape.unit
    return f"{number_text(float(f'{value / unit.factor:.3g}'))} {_unit(quantity)}".strip()


def _unit(quantity: Quantity) -> str:
    written = quantity.shape.unit.written or quantity.unit
    # what has no unit in the world is said without one
    return "" if written in {"ratio", "log", "index", "share"} else written


def _said(name: str, quantity: Quantity, move: Move, to: float, end: float) -> str:
    low = number_text(float(f"{quantity.p10 / quantity.shape.unit.factor:.3g}"))
    now, high = (amount_of(quantity, v) for v in (quantity.central, quantity.p90))
    if move.at == 0.0:
        return f"{name} is known to be {now} (range {low} to {high}); then {move.becomes}"
    beyond = f"{'above' if end > 0 else 'below'} {amount_of(quantity, to)}"
    return f"{name} is {beyond} (now {now}, range {low} to {high}); then {move.becomes}"
