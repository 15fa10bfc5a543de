"""Hinges on algebra that can be done by hand."""

from __future__ import annotations

import numpy as np
import pytest

from rimland.findings.hinge import Hinge, hinge
from rimland.findings.verdict import verdict
from test_findings_measures import futures_of, measure

LEVEL = measure("level", "v")
DRAWS, FUTURES = 40, 10


def runs_of(x: float, y: float, z: float, form: str, luck: np.ndarray) -> dict[str, object]:
    """Return runs with all parts, without each, and with none; V by the form, plus the luck."""

    def value(x_on: float, y_on: float, z_on: float) -> float:
        if form == "additive":
            return 10 + x * x_on + y * y_on + z * z_on
        if form == "multiplicative":
            return 10 * (1 + x * x_on) * (1 + y * y_on) * (1 + z * z_on)
        return 10 + min(x * x_on, y * y_on, z * z_on)  # the weakest link

    def run(*on: float) -> object:
        return futures_of([9], v=luck + value(*on))

    return {
        "everything": run(1, 1, 1),
        "without": run(0, 1, 1),
        "nothing": run(0, 0, 0),
        "alternatives": {"y": run(1, 0, 1), "z": run(1, 1, 0)},
    }


def found_for(form: str, size: float = 0.3, margin: float = 0.05) -> Hinge:
    """Return the hinge of parts 3, 2 and 1 in the given form."""
    luck = np.random.default_rng(1).normal(size=(DRAWS, FUTURES, 1))
    runs = runs_of(3, 2, 1, form, luck)
    return hinge(LEVEL, day=9, size=size, margin=margin, floor=0.1, **runs)  # type: ignore[arg-type]


def test_in_a_sum_each_part_loses_its_own_share() -> None:
    found = found_for("additive")
    assert found.loss.values == pytest.approx(np.full(DRAWS, 3 / 6))
    assert found.others["y"].values == pytest.approx(np.full(DRAWS, 2 / 6))
    assert found.lead.values == pytest.approx(np.full(DRAWS, 1 / 6))


def test_in_a_product_the_losses_add_up_to_more_than_one() -> None:
    # V(all) = 10 * 4 * 3 * 2 = 240, V(none) = 10; without x 60, without y 80, without z 120
    found = found_for("multiplicative")
    assert found.loss.values == pytest.approx(np.full(DRAWS, 180 / 230))
    assert found.others["y"].values == pytest.approx(np.full(DRAWS, 160 / 230))
    assert found.others["z"].values == pytest.approx(np.full(DRAWS, 120 / 230))


def test_with_a_weakest_link_every_part_loses_everything_and_none_leads() -> None:
    found = found_for("weakest link")
    assert found.loss.values == pytest.approx(np.ones(DRAWS))
    assert found.lead.values == pytest.approx(np.zeros(DRAWS), abs=1e-9)
    assert found.first == pytest.approx(1 / 3)
    assert verdict(found.g, found.margin).name == "negligible"


def test_common_luck_cancels_out_of_every_loss() -> None:
    assert found_for("additive").loss.se == pytest.approx(np.zeros(DRAWS), abs=1e-9)


def test_a_hinge_holds_when_it_is_first_by_the_margin_and_as_large_as_stated() -> None:
    assert verdict(found_for("additive").g, 0.05).name == "holds"


def test_a_hinge_that_is_first_but_smaller_than_stated_does_not_hold() -> None:
    found = found_for("additive", size=0.6)
    assert verdict(found.g, 0.05).name == "negligible"
    assert found.first == 1.0


def test_a_hinge_is_reversed_when_an_alternative_leads_by_the_margin() -> None:
    luck = np.random.default_rng(1).normal(size=(DRAWS, FUTURES, 1))
    runs = runs_of(1, 3, 2, "additive", luck)
    found = hinge(LEVEL, day=9, size=0.3, margin=0.05, floor=0.1, **runs)  # type: ignore[arg-type]
    assert verdict(found.g, 0.05).name == "reversed"


def test_where_everything_gains_next_to_nothing_no_loss_is_defined() -> None:
    luck = np.random.default_rng(1).normal(size=(DRAWS, FUTURES, 1))
    runs = runs_of(0.03, 0.02, 0.01, "additive", luck)
    found = hinge(LEVEL, day=9, size=0.3, margin=0.05, floor=0.1, **runs)  # type: ignore[arg-type]
    assert found.undefined == 1.0
    assert verdict(found.g, 0.05).name == "undecided"


def test_a_hinge_without_an_alternative_or_a_floor_is_refused() -> None:
    run = futures_of([9], v=np.ones((2, 3, 1)))
    with pytest.raises(ValueError, match="at least one alternative"):
        hinge(LEVEL, run, run, run, {}, 9, size=0.3, margin=0.1, floor=0.1)
    with pytest.raises(ValueError, match="expected more than 0"):
        hinge(LEVEL, run, run, run, {"y": run}, 9, size=0.3, margin=0.1, floor=0)


def test_the_error_of_a_loss_covers_the_truth_as_often_as_it_says() -> None:
    # L = 1/2 with own noise in every run; 2,000 draws, 90 % intervals by t with 49 degrees of
    # freedom; the share covered has a standard error of 0.7 %, the ratio a bias of second order
    rng = np.random.default_rng(2)
    shape = (2000, 50, 1)

    def run(level: float) -> object:
        return futures_of([9], v=level + rng.normal(size=shape))

    found = hinge(
        LEVEL,
        run(10),  # type: ignore[arg-type]
        run(5),  # type: ignore[arg-type]
        run(0),  # type: ignore[arg-type]
        {"y": run(8)},  # type: ignore[dict-item]
        9,
        size=0.3,
        margin=0.1,
        floor=0.1,
    )
    covered = np.abs(found.loss.values - 0.5) < 1.677 * found.loss.se
    assert covered.mean() == pytest.approx(0.90, abs=0.03)
