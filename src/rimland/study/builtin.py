"""Built in: whether a claim's sign follows from the model's signs alone, under every account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rimland.errors import RimlandError
from rimland.study.numbers import declared
from rimland.study.reads import Judged, measures_read, variants_of

if TYPE_CHECKING:
    from rimland.findings.signs import Proof
    from rimland.scenario.declaration import Claim
    from rimland.study.run import Run

FORMS = ("effect", "tradeoff")
"""Forms whose number is what one switch does to one measure."""


class Proofs:
    """Proofs by signs for the claims of a run; what numbers admit is worked out once an account."""

    def __init__(self, run: Run) -> None:
        """Work out nothing yet."""
        self.run = run
        self._ranges: dict[tuple[str, bool], dict[str, tuple[float, float]]] = {}

    def ranges(self, account: str, support: bool = False) -> dict[str, tuple[float, float]]:
        """Return the lowest and the highest value of each entry of theta under an account.

        Of numbers within their stated ranges, or with `support` of every possible value.
        """
        from rimland.findings.signs import parameter_ranges, quantity_ranges

        key = account, support
        if key not in self._ranges:
            assembled = self.run.scenario.assembled
            given = quantity_ranges(declared(assembled, account), support=support)
            self._ranges[key] = parameter_ranges(assembled.program, assembled.derived, given)
        return self._ranges[key]


def built_in(proofs: Proofs, claim: Claim, judged: dict[str, Judged]) -> dict[str, Any] | None:
    """Return the proof that the claim's sign is built in, as plain values; None without one.

    See `rimland.findings.signs`. The proof has to hold under every account, for all numbers within
    their ranges. `agrees` says whether the sign is the one claimed. Where the switch sets numbers
    nothing is shown. Raises RimlandError where a paired effect contradicts a proof beyond error:
    then the proof or the engine is wrong, and no verdict can be trusted.
    """
    test = claim.test
    if test is None or claim.form not in FORMS or test.treatment is None or test.measure is None:
        return None
    run = proofs.run
    assembled = run.scenario.assembled
    if any(assembled.variant(v).quantities for v in variants_of(claim)):
        return None
    found: dict[str, Proof] = {}
    made: dict[bytes, Proof] = {}
    for account, (_, g) in judged.items():
        key = run.signature(account, variants_of(claim), measures_read(run, claim))
        if key not in made:
            made[key] = _proof(proofs, claim, account)
        proof = found[account] = made[key]
        if not proof.known or not _borne_out(proofs, claim, account, proof, g):
            return None
    signs = {proof.sign for proof in found.values()}
    if len(signs) != 1:
        return None
    first = next(iter(found.values()))
    said = first.to_json()
    return {
        "sign": first.sign,
        "agrees": first.agrees(test.direction),
        "ways": len(first.supporting),
        "paths": said["supporting"],
        "opposing": said["opposing"],
        "left_out": said["left_out"],
        "reason": first.lines()[0],
    }


def _proof(proofs: Proofs, claim: Claim, account: str, support: bool = False) -> Proof:
    from rimland.findings.signs import proof

    assert claim.test is not None
    assert claim.test.treatment is not None
    assembled = proofs.run.scenario.assembled
    quantities = declared(assembled, account)

    def sourced(name: str) -> bool:
        quantity = quantities.get(name)
        return quantity is not None and (quantity.source is not None or quantity.kind != "judged")

    return proof(
        assembled.program,
        proofs.ranges(account, support),
        assembled.variant(claim.test.treatment.with_).switch,
        assembled.variant(claim.test.treatment.without).switch,
        proofs.run.measure(claim.test.measure or ""),
        counts=sourced,
        derived=assembled.derived,
    )


def _borne_out(proofs: Proofs, claim: Claim, account: str, proof: Proof, g: Any) -> bool:
    """Return whether the runs agree with a proof, as far as it reaches.

    A proof is for numbers within their stated ranges, and one draw in five lies beyond an end of
    each: where the runs disagree, only a proof for every possible value makes it an error.
    """
    from rimland.findings.signs import contradicted

    assert claim.test is not None
    if g is None:
        return True
    effect = g if claim.test.direction == "more" else -g
    if not contradicted(proof, effect):
        return True
    wide = _proof(proofs, claim, account, support=True)
    if wide.known and contradicted(wide, effect):
        raise RimlandError(
            f"internal error: by its signs the effect in claim '{claim.id}' is '{wide.sign}' "
            f"whatever the numbers, but under '{account}' the runs say otherwise beyond their "
            "error. Either the proof or the engine is wrong; please report it with the scenario."
        )
    return False
