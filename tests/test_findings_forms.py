"""Parts of a whole on numbers done by hand: interaction, rivalry, size, importance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rimland.findings.parts import Weighing, importance, interaction, rivalry, size
from test_findings_measures import futures_of, measure

LEVEL = measure("level", "v")
SECOND = measure("level", "w")
D, F = 12, 8
LUCK = np.random.default_rng(4).normal(size=(D, F, 1))


def run(v: float, w: float = 0.0) -> Any:
    return futures_of([9], v=LUCK + v, w=0 * LUCK + w)


def test_what_adds_up_does_not_interact_and_what_multiplies_does() -> None:
    found = interaction(LEVEL, run(15), run(13), run(12), run(10), 9)
    assert found.values == pytest.approx(np.zeros(D), abs=1e-12)
    assert found.se == pytest.approx(np.zeros(D), abs=1e-12)
    found = interaction(LEVEL, run(24), run(12), run(20), run(10), 9)
    assert found.values == pytest.approx(np.full(D, 2.0))


def test_what_multiplies_does_not_interact_in_logs() -> None:
    runs = [futures_of([9], v=0 * LUCK + v) for v in (24, 12, 20, 10)]
    found = interaction(LEVEL, *runs, 9, relative=True)
    assert found.values == pytest.approx(np.zeros(D), abs=1e-12)
    runs[3] = futures_of([9], v=0 * LUCK)
    assert np.isnan(interaction(LEVEL, *runs, 9, relative=True).values).all()


def test_more_is_owed_to_the_moves_whose_loss_takes_most() -> None:
    # V(all) 20; without ours 12, so 8 is owed to them; without the others 17 and 15: 3 and 5
    g, owed = rivalry(LEVEL, run(20), run(12), {"trend": run(17), "past": run(15)}, 9)
    assert g.values == pytest.approx(np.full(D, 8 - 5))
    assert owed["trend"].values == pytest.approx(np.full(D, 3.0))
    g, _ = rivalry(LEVEL, run(20), run(12), {"trend": run(17), "past": run(35)}, 9, sign=-1)
    assert g.values == pytest.approx(np.full(D, -8 - 15))


def test_a_size_is_held_against_its_limit_or_its_share_of_the_whole() -> None:
    g, extent = size([LEVEL], run(20), run(14), 9, limit=4, share=None)
    assert g.values == pytest.approx(np.full(D, 2.0))
    assert extent.values == pytest.approx(np.full(D, 6.0))
    whole = futures_of([9], v=0 * LUCK + 20)
    rest = futures_of([9], v=0 * LUCK + 14)
    g, _ = size([LEVEL], whole, rest, 9, limit=None, share=0.25)
    assert g.values == pytest.approx(np.full(D, 6 - 5.0))
    g, _ = size([LEVEL], whole, rest, 9, limit=None, share=0.25, sign=-1)
    assert g.values == pytest.approx(np.full(D, 5.0 - 6))
    none = futures_of([9], v=0 * LUCK - 1)
    assert np.isnan(size([LEVEL], none, rest, 9, limit=None, share=0.25)[0].values).all()


def test_a_lead_of_one_measure_over_another_has_a_size() -> None:
    one = futures_of([9], v=0 * LUCK + 20, w=0 * LUCK + 5)
    g, extent = size([LEVEL, SECOND], one, None, 9, limit=10, share=None)
    assert extent.values == pytest.approx(np.full(D, 15.0))
    assert g.values == pytest.approx(np.full(D, 5.0))


def test_a_size_without_limit_and_share_or_with_both_is_refused() -> None:
    for limit, share in ((None, None), (1.0, 0.5)):
        with pytest.raises(ValueError, match="either a limit or a share"):
            size([LEVEL], run(1), None, 9, limit=limit, share=share)


def both(v: float, w: float) -> Any:
    return futures_of([9], v=0 * LUCK + v, w=0 * LUCK + w)


def test_a_cost_is_the_weighted_mean_of_losses_in_per_cent() -> None:
    # v falls from 10 to 8 (wanted: a loss of 20 %), w from 4 to 5 (unwanted: a loss of 25 %)
    three, one = np.full(D, 3.0), np.full(D, 1.0)
    agenda = Weighing((LEVEL, SECOND), (True, False), (three, one))
    made = importance([agenda], both(10, 4), both(8, 5), {"other": both(9, 4)}, 9)
    assert made.cost.values == pytest.approx(np.full(D, (3 * 20 + 25) / 4))
    assert made.g.values == pytest.approx(np.full(D, (3 * 20 + 25) / 4 - 3 * 10 / 4))
    assert made.first == 1
    assert made.ranks[0].name == ""


def test_importance_gives_the_share_of_weightings_in_which_a_tie_comes_first() -> None:
    # removing ours costs v 20 %, the other costs w 20 %: first where v weighs more than w
    weights = (np.linspace(0.1, 2.3, D), np.ones(D))
    agenda = Weighing((LEVEL, SECOND), (True, True), weights)
    made = importance([agenda], both(10, 10), both(8, 10), {"other": both(10, 8)}, 9)
    assert made.first == pytest.approx(np.mean(weights[0] > 1))


def test_of_several_agendas_the_one_with_the_smallest_lead_decides() -> None:
    one = Weighing((LEVEL,), (True,), (np.ones(D),))
    two = Weighing((SECOND,), (True,), (np.ones(D),))
    made = importance([one, two], both(10, 10), both(5, 9), {"other": both(9, 8)}, 9)
    assert made.g.values == pytest.approx(np.full(D, 10.0 - 20.0))  # the second agenda's lead
    assert made.first == 0
    alone = importance([one], both(10, 10), both(5, 9), {"other": both(9, 8)}, 9)
    assert alone.g.values == pytest.approx(np.full(D, 50.0 - 10.0))


def test_importance_is_not_defined_where_a_measure_of_the_agenda_is_nothing() -> None:
    agenda = Weighing((LEVEL,), (True,), (np.ones(D),))
    made = importance([agenda], both(0, 1), both(1, 1), {"other": both(1, 1)}, 9)
    assert np.isnan(made.g.values).all()
    with pytest.raises(ValueError, match="at least one alternative"):
        importance([agenda], both(1, 1), both(1, 1), {}, 9)
