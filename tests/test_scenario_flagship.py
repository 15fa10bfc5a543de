"""The scenario that ships: accounts lie within defaults, and what is taken from fits is theirs."""

from __future__ import annotations

import math

import pytest

import rimland
from rimland.history import fitfile
from rimland.notation.quantity import Quantity
from rimland.scenario.assemble import Assembled

ROUNDING = 0.006
"""Ends that are written by hand have two decimals."""
STEPS = ("dispute", "tension", "crisis")


@pytest.fixture(scope="module")
def flagship() -> Assembled:
    return rimland.load("indo-pacific-2024").assembled


def arrows(flagship: Assembled, step: str) -> dict[str, Quantity]:
    """Return the effects of a pact at one step, by name: at each of five places."""
    reads = (".slowness", ".force_change", ".pact.none")
    return {
        name: quantity
        for name, quantity in flagship.quantities.items()
        if name.startswith("flashpoints.") and f".{step}.drivers." in name and name.endswith(reads)
    }


def ends(fit: str, of: str) -> tuple[float, float]:
    answer = fitfile.fit(fit).answer(of)
    return answer.p10, answer.p90


def test_what_an_arrow_is_set_to_by_default_covers_every_account(flagship: Assembled) -> None:
    for account in flagship.structures.values():
        assert account.set
        for name, quantity in account.set.items():
            default = flagship.quantities[name]
            assert default.p10 - ROUNDING <= quantity.p10, (account.id, name)
            assert quantity.p90 <= default.p90 + ROUNDING, (account.id, name)


def test_the_default_of_every_arrow_that_an_account_sets_holds_both_signs(
    flagship: Assembled,
) -> None:
    names = {name for account in flagship.structures.values() for name in account.set}
    assert all(flagship.quantities[n].p10 < 0 < flagship.quantities[n].p90 for n in names)


def test_every_account_sets_the_same_arrows_and_one_number_a_step_for_all_places(
    flagship: Assembled,
) -> None:
    sets = [account.set for account in flagship.structures.values()]
    assert all(set(s) == set(sets[0]) for s in sets)
    for step in STEPS:
        names = arrows(flagship, step)
        assert len(names) == 9, sorted(names)
        for values in (flagship.quantities, *sets):
            assert len({(values[n].p10, values[n].p90, values[n].kind) for n in names}) == 1, step


def test_deterrence_at_the_start_of_disputes_is_the_fit_of_both_designs(
    flagship: Assembled,
) -> None:
    designs = {None: "mixture", "deterrence-led": "johnson_leeds"}
    designs["spiral-led"] = "kenwick_vasquez_powers"
    for account, design in designs.items():
        values = flagship.quantities if account is None else flagship.structures[account].set
        for name in arrows(flagship, "dispute"):
            fitted = values[name].fitted
            assert fitted is not None, name
            assert (fitted.fit, fitted.of) == ("deterrence.pact", f"{design}.since_1946")


@pytest.mark.parametrize(
    ("step", "fit"), [("tension", "disputes.escalation"), ("crisis", "disputes.war")]
)
def test_ends_that_are_written_by_hand_are_those_of_the_fits(
    flagship: Assembled, step: str, fit: str
) -> None:
    least, most = ends(fit, "target_pact")
    _, provokes = ends("deterrence.pact", "kenwick_vasquez_powers.since_1946")
    for name in arrows(flagship, step):
        default = flagship.quantities[name]
        assert (default.p10, default.p90) == pytest.approx((least, provokes), abs=ROUNDING)
        spiral = flagship.structures["spiral-led"].set[name]
        assert (spiral.p10, spiral.p90) == pytest.approx((most, provokes), abs=ROUNDING)
        deters = flagship.structures["deterrence-led"].set[name]
        assert (deters.p10, deters.p90) == pytest.approx((least, most))


def test_what_counts_as_a_pact_follows_from_the_chains_and_the_bases(flagship: Assembled) -> None:
    numbers = flagship.quantities

    def hours(place: str) -> float:
        medians = [
            n for n in numbers if n.startswith(f"command.{place}.chain.") and n.endswith(".median")
        ]
        assert len(medians) == 6
        return sum(numbers[n].central for n in medians)

    bases = numbers["command.taiwan.force.rests_on.ties.JPN-USA.presence"]
    whole = {
        ".slowness.per": (3, (math.log(hours("korea") / hours("taiwan")), math.log(1 / 2))),
        ".force_change.per": (5, (math.log(5 / 4), -math.log(1 - (bases.p10 + bases.p90) / 2))),
    }
    for ending, (places, wanted) in whole.items():
        rules = [q for n, q in numbers.items() if n.endswith(ending)]
        assert len(rules) == 3 * places
        for rule in rules:
            assert (rule.p10, rule.p90) == pytest.approx(wanted, abs=ROUNDING)


def test_more_force_and_less_time_pull_the_same_way(flagship: Assembled) -> None:
    column = {p.name: i for i, p in enumerate(flagship.program.parameters)}
    theta = flagship.program.default_theta()[0]
    for place in ("taiwan", "korea", "east-china-sea"):
        for step in ("dispute", "tension.crisis", "crisis.war"):
            reads = "korea" if place == "korea" else "taiwan"
            slow = theta[column[f"flashpoints.{place}.{step}:command.{reads}.slowness"]]
            force = theta[column[f"flashpoints.{place}.{step}:command.{reads}.force_change"]]
            assert slow * force < 0
