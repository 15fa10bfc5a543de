"""The sweep: each judged number at either end of its range, and which verdicts that changes.

A claim is judged anew with one number known to be its p10, and again its p90, all else drawn as
before and with the same luck. What counts is a rerun; where not all can be afforded, the draws in
hand say which are worth one (`screening`), and the rest are counted as not tried. What was judged
is kept on disk line by line, so that a sweep which was stopped goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import numpy as np

from rimland.errors import Cancelled, RunError
from rimland.findings.sensitivity import END, screen
from rimland.findings.verdict import names_only, overall
from rimland.study.answers import answer
from rimland.study.flips import amount_of, value_at
from rimland.study.judge import claims_named, explained_by, numbers_of, plan_of
from rimland.study.numbers import declared
from rimland.study.phrases import phrase
from rimland.study.reads import agenda_numbers_of, measures_read, variants_of
from rimland.study.run import Need
from rimland.study.swept import Book, Claimed, Found, Pair
from rimland.study.weaken import by_account

if TYPE_CHECKING:
    from rimland.notation.quantity import Quantity
    from rimland.scenario.declaration import Claim
    from rimland.study.reads import Judged
    from rimland.study.run import Plan, Run

ENDS = {"p10": -END, "p90": END}
"""The ends of a range, by the normal score that a number is pinned at."""
TEN = 10
"""How many numbers are named as mattering most."""
UNJUDGED = ("fact", "declared")
"""Forms that give no verdict which a number could change."""


@dataclass(frozen=True)
class Sweep:
    """What came of a sweep.

    `claims` are those whose verdict a number could change, in the assessment's order; `found` what
    each pair of claim and pinned number came to. `screening` is how many numbers a claim were
    tried at most, None for all of them.
    """

    run: Run
    claims: tuple[Claim, ...]
    as_declared: Mapping[str, Claimed]
    found: Mapping[Pair, Found]
    screening: int | None
    _named: dict[str, str] = field(default_factory=dict)

    def changes(self, claim: str) -> list[tuple[Pair, Found]]:
        """Return the pairs that change a claim's verdict, what explains most of it first."""
        before = self.as_declared[claim]
        changed = [
            (pair, found)
            for pair, found in self.found.items()
            if pair.claim == claim and found.verdict not in (None, before.verdict)
        ]
        return sorted(
            changed, key=lambda c: (-before.explained.get(c[0].number, 0.0), c[0].number, c[0].end)
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain values: the share of claims, each claim, the ten numbers."""
        run, assembled = self.run, self.run.scenario.assembled
        quantities = declared(assembled)
        claims = [self._claim(claim, quantities) for claim in self.claims]
        change = [row for row in claims if row["changes"]]
        return {
            "scenario": run.scenario.id,
            "as_of": assembled.heading.as_of.isoformat(),
            "seed": run.seed,
            "draws": run.draws,
            "futures": run.futures,
            "screening": self.screening,
            "says": self._says(len(change), len(claims)),
            "share": {
                "claims": len(claims),
                "change": len(change),
                "share": round(len(change) / len(claims), 3) if claims else None,
            },
            "pairs": {
                "reach": sum(len(self.as_declared[c.id].reach) for c in self.claims),
                "tried": len({(p.claim, p.number) for p in self.found}),
                "reruns": len(self.found),
                "no_world": sum(f.verdict is None for f in self.found.values()),
            },
            "ten": self._ten(quantities),
            "claims": claims,
        }

    def _says(self, change: int, claims: int) -> str:
        tried = (
            "one judged number that can reach them"
            if self.screening is None
            else f"one of the {self.screening} judged numbers that a screening named for each"
        )
        return (
            f"The verdicts of {change} of {claims} claims change when {tried} is known to lie at "
            "its p10 or its p90"
        )

    def _claim(self, claim: Claim, quantities: Mapping[str, Quantity]) -> dict[str, Any]:
        before = self.as_declared[claim.id]
        tried = {pair.number for pair in self.found if pair.claim == claim.id}
        return {
            "id": claim.id,
            "at": claim.at,
            "says": claim.says,
            "verdict": before.verdict,
            "reach": len(before.reach),
            "tried": len(tried),
            "changes": [
                {
                    "number": pair.number,
                    "says": self._name(pair.number),
                    "end": pair.end,
                    "value": amount_of(quantities[pair.number], found.value),
                    "becomes": found.verdict,
                    "accounts": dict(found.accounts),
                    "explains": before.explained.get(pair.number),
                }
                for pair, found in self.changes(claim.id)
            ],
        }

    def _ten(self, quantities: Mapping[str, Quantity]) -> list[dict[str, Any]]:
        """Return the numbers that change most verdicts; of those, what explains most of any."""
        explains: dict[str, float] = {}
        flips: dict[str, list[str]] = {}
        for claim in self.claims:
            for name, share in self.as_declared[claim.id].explained.items():
                if name in self.as_declared[claim.id].reach:
                    explains[name] = max(explains.get(name, 0.0), share)
            for pair, _ in self.changes(claim.id):
                if claim.id not in flips.setdefault(pair.number, []):
                    flips[pair.number].append(claim.id)
        ranked = sorted(
            {*explains, *flips},
            key=lambda n: (-len(flips.get(n, ())), -explains.get(n, 0.0), n),
        )
        return [
            {
                "number": name,
                "says": self._name(name),
                "range": quantities[name].amount(),
                "because": quantities[name].because,
                "claims": flips.get(name, []),
                "explains": explains.get(name),
            }
            for name in ranked[:TEN]
        ]

    def _name(self, number: str) -> str:
        if number not in self._named:
            self._named[number] = phrase(number, self.run.scenario.assembled.named)
        return self._named[number]


def sweep(
    run: Run,
    names: Iterable[str] | None = None,
    screening: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Sweep:
    """Judge claims (all by default) anew with each judged number that reaches them pinned.

    Pinned is at p10 and at p90 of the range that each account gives the number. A number that a
    variant of the claim sets is left out: pinning it would undo the switch. With `screening` only
    that many numbers a claim are rerun: those with the steepest regression towards another
    verdict in the draws in hand (`findings.sensitivity.screen`). `progress` is called with (pairs
    judged, pairs in all). Where the run keeps, each pair is on disk once it was judged. Raises
    what `Run.make` raises; pinned numbers that describe no possible world are booked as such.
    """
    assembled = run.scenario.assembled
    claims = [
        c for c in claims_named(assembled, names) if c.test is not None and c.form not in UNJUDGED
    ]
    book = Book.open(run)
    as_declared = _as_declared(run, claims, book)
    todo: dict[tuple[str, str], list[Claim]] = {}
    wanted: list[Pair] = []
    for name in _in_order(as_declared):
        for end in ENDS:
            for claim in claims:
                before = as_declared[claim.id]
                likeliest = before.reach if screening is None else before.screened[:screening]
                if name in likeliest:
                    pair = Pair(claim.id, name, end)
                    wanted.append(pair)
                    if pair not in book.found:
                        todo.setdefault((name, end), []).append(claim)
    done = len(wanted) - sum(map(len, todo.values()))
    for (name, end), some in todo.items():
        if progress is not None:
            progress(done, len(wanted))
        for claim_id, one in _pinned(run, some, name, end).items():
            book.enter(Pair(claim_id, name, end), one)
        done += len(some)
    if progress is not None:
        progress(done, len(wanted))
    found = {pair: book.found[pair] for pair in wanted}
    return Sweep(run, tuple(claims), as_declared, found, screening)


def _in_order(claimed: Mapping[str, Claimed]) -> list[str]:
    """Return the numbers that reach any claim, those that explain most of one first."""
    share: dict[str, float] = {}
    for one in claimed.values():
        for name in one.reach:
            share[name] = max(share.get(name, 0.0), one.explained.get(name, 0.0))
    return sorted(share, key=lambda name: (-share[name], name))


def _as_declared(run: Run, claims: list[Claim], book: Book) -> dict[str, Claimed]:
    """Return what each claim comes to as declared, judged where the book does not say."""
    lacking = [claim for claim in claims if claim.id not in book.claimed]
    run.make(plan_of(run, lacking))
    for claim in lacking:
        with names_only():
            judged = by_account(run, claim)
        reach = _reach(run, claim)
        explained = explained_by(run, numbers_of(run, claim), judged)
        book.claim(
            claim.id,
            Claimed(
                _plain(overall(found.verdict for found, _ in judged.values())),
                reach,
                tuple(_screened(run, judged, reach, explained)),
                explained,
            ),
        )
    return {claim.id: book.claimed[claim.id] for claim in claims}


def _reach(run: Run, claim: Claim) -> tuple[str, ...]:
    """Return the judged numbers that can reach a claim and have a range, but those it switches."""
    assembled = run.scenario.assembled
    switched = {n for v in variants_of(claim) for n in assembled.variant(v).quantities}
    accounts = [declared(assembled, account) for account in run.scenario.accounts]
    return tuple(
        name
        for name in numbers_of(run, claim)
        if name not in switched
        and any(q[name].kind == "judged" and q[name].p10 != q[name].p90 for q in accounts)
    )


def _screened(
    run: Run, judged: Mapping[str, Judged], reach: tuple[str, ...], explained: Mapping[str, float]
) -> list[str]:
    """Return the numbers that the draws in hand say could change a verdict, the likeliest first.

    In turn with those that explain most of the spread: what changes one account's verdict and what
    changes the one over all accounts need not be the same.
    """
    past: dict[str, float] = {}
    for account, (found, g) in judged.items():
        if g is not None:
            draws = run.values(account)
            smallest = float(found.details.get("smallest") or 0.0)
            moving = {name: np.asarray(draws[name]) for name in reach}
            for row in screen(g, smallest, _plain(found.verdict), moving, len(moving)):
                past[row.name] = max(past.get(row.name, -np.inf), row.past)
    nearest = sorted(past, key=lambda name: (-past[name], name))
    most = [name for name in explained if name in past]
    in_turn = [name for pair in zip_longest(nearest, most) for name in pair if name is not None]
    return list(dict.fromkeys(in_turn))


def _pinned(run: Run, claims: list[Claim], name: str, end: str) -> dict[str, Found]:
    """Return what some claims come to with one number pinned; what was run for it is forgotten."""
    assembled = run.scenario.assembled
    values = {
        account: value_at(declared(assembled, account)[name], ENDS[end])
        for account in run.scenario.accounts
    }
    with run.passing() as passing, names_only():
        views = {
            account: passing.set_as(run.setting.pinned(name, value))
            for account, value in values.items()
        }
        plan: Plan = {}
        for claim in claims:
            measures = frozenset(measures_read(run, claim))
            for account, view in views.items():
                for variant in variants_of(claim):
                    need = Need(account, variant, view.setting)
                    plan[need] = plan.get(need, frozenset()) | measures
        passing.make(plan)
        return {claim.id: _one(views, claim, values) for claim in claims}


def _one(views: Mapping[str, Run], claim: Claim, values: Mapping[str, float]) -> Found:
    """Return a claim's verdicts; accounts with the same futures and weights are judged once."""
    made: dict[Any, str] = {}
    accounts: dict[str, str] = {}
    value = next(iter(values.values()))
    for account, view in views.items():
        signature = view.signature(account, variants_of(claim), measures_read(view, claim))
        # weights of agendas are no part of the futures
        key = signature, values[account] if agenda_numbers_of(view, claim) else None
        if key not in made:
            try:
                made[key] = _plain(answer(view, claim, account)[0].verdict)
            except Cancelled:
                raise
            except RunError:
                return Found(value, None, {})  # no possible world
        accounts[account] = made[key]
    return Found(value, overall(accounts.values()), accounts)


def _plain(verdict: str) -> str:
    return verdict.split(" (")[0]
