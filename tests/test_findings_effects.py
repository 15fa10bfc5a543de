"""Paired effects, coupling, order and ranking."""

from __future__ import annotations

import numpy as np
import pytest

from rimland.errors import RimlandError
from rimland.findings.effects import (
    coupling,
    difference_fan,
    log_size,
    order,
    paired,
    ranking,
    summary,
)
from rimland.findings.measures import PerDraw
from test_findings_measures import futures_of, measure

LEVEL = measure("level", "x")


def test_a_paired_effect_keeps_the_draws_apart_and_pairs_the_futures() -> None:
    rng = np.random.default_rng(1)
    luck = 10 * rng.normal(size=(5, 30, 1))
    effect = np.arange(5.0).reshape(5, 1, 1)
    found = paired(LEVEL, futures_of([9], x=luck + effect), futures_of([9], x=luck), 9)
    assert found.values == pytest.approx(np.arange(5.0))
    assert found.se == pytest.approx(np.zeros(5), abs=1e-12)


def test_a_relative_effect_is_the_log_ratio_of_the_means() -> None:
    a = futures_of([9], x=np.array([[[2.0], [4.0]]]))
    b = futures_of([9], x=np.array([[[1.0], [1.0]]]))
    found = paired(LEVEL, a, b, 9, relative=True)
    assert found.values[0] == pytest.approx(np.log(3))
    assert summary(found).as_percent().median == pytest.approx(200)


def test_a_log_ratio_with_zero_is_not_defined_and_is_counted() -> None:
    a = futures_of([9], x=np.array([[[2.0], [4.0]], [[0.0], [0.0]]]))
    b = futures_of([9], x=np.ones((2, 2, 1)))
    assert paired(LEVEL, a, b, 9, relative=True).undefined == 0.5


def test_the_error_of_a_paired_effect_covers_the_truth_as_often_as_it_says() -> None:
    # 2,000 draws with a true effect of 1; 90 % intervals by t with 19 degrees of freedom. The
    # share covered has a standard error of 0.7 %: asked for within four of them.
    rng = np.random.default_rng(3)
    luck = rng.normal(size=(2000, 20, 1))
    a = futures_of([9], x=luck + 1 + 0.5 * rng.normal(size=(2000, 20, 1)))
    found = paired(LEVEL, a, futures_of([9], x=luck), 9)
    covered = np.abs(found.values - 1) < 1.729 * found.se
    assert covered.mean() == pytest.approx(0.90, abs=0.028)


def test_an_event_never_seen_in_either_run_is_no_evidence_of_no_effect() -> None:
    none = futures_of([9], x=np.zeros((4, 5, 1)))
    found = paired(measure("total", "x"), none, none, 9)
    assert np.isinf(found.se).all()
    assert found.note == "not seen once in 20 pairs of futures"


def test_a_switch_that_changes_no_future_says_so() -> None:
    run = futures_of([9], x=np.random.default_rng(1).normal(size=(4, 5, 1)))
    assert "changes nothing" in paired(LEVEL, run, run, 9).note


def test_runs_of_different_luck_are_refused() -> None:
    with pytest.raises(RimlandError, match=r"2 x 3 and 2 x 4 draws x futures"):
        paired(
            LEVEL, futures_of([9], x=np.ones((2, 3, 1))), futures_of([9], x=np.ones((2, 4, 1))), 9
        )
    with pytest.raises(RimlandError, match="different days"):
        paired(
            LEVEL, futures_of([9], x=np.ones((2, 3, 1))), futures_of([8], x=np.ones((2, 3, 1))), 9
        )


def test_coupling_is_the_variance_of_independent_runs_over_that_of_paired_ones() -> None:
    # Var a = Var b = 1 + 1/4, Var(a - b) = 2/4: a factor of 5
    rng = np.random.default_rng(4)
    luck = rng.normal(size=(40, 500, 1))
    a = futures_of([9], x=luck + 0.5 * rng.normal(size=luck.shape))
    b = futures_of([9], x=luck + 0.5 * rng.normal(size=luck.shape))
    assert coupling(LEVEL, a, b, 9) == pytest.approx(5, rel=0.05)


def test_coupling_of_independent_runs_is_one_and_of_equal_ones_infinite() -> None:
    rng = np.random.default_rng(5)
    a, b = (futures_of([9], x=rng.normal(size=(40, 500, 1))) for _ in range(2))
    assert coupling(LEVEL, a, b, 9) == pytest.approx(1, rel=0.05)
    assert coupling(LEVEL, a, a, 9) == np.inf
    still = futures_of([9], x=np.ones((2, 3, 1)))
    assert np.isnan(coupling(LEVEL, still, still, 9))


def test_the_error_of_the_median_is_that_of_a_normal_sample() -> None:
    # the median of n normal numbers has standard error 1.2533 / sqrt(n)
    values = np.random.default_rng(6).normal(size=400)
    found = summary(PerDraw(values, np.zeros(400), 20))
    assert found.mc_error == pytest.approx(1.2533 / 20, rel=0.25)
    assert found.p05 < found.median < found.p95


def test_a_summary_says_how_much_of_the_spread_is_noise() -> None:
    rng = np.random.default_rng(7)
    values = rng.normal(size=4000) + rng.normal(size=4000)
    assert summary(PerDraw(values, np.ones(4000), 20)).noise == pytest.approx(0.5, abs=0.05)


def test_a_summary_turned_around_keeps_its_ends_in_order() -> None:
    found = summary(PerDraw(np.linspace(0, 1, 101), np.zeros(101), 20)).scaled(-2)
    assert (found.p05, found.median, found.p95) == pytest.approx((-1.9, -1, -0.1))


def test_the_size_of_a_relative_effect_is_a_log_ratio() -> None:
    assert log_size(0.1) == pytest.approx(np.log(1.1))


def test_order_is_the_lead_over_the_largest_of_the_others() -> None:
    run = futures_of(
        [9], x=np.full((1, 2, 1), 5.0), y=np.full((1, 2, 1), 2.0), z=np.full((1, 2, 1), 3.0)
    )
    x, y, z = (measure("level", name) for name in "xyz")
    assert order(x, [y, z], run, 9).values[0] == 2
    assert order(y, [x, z], run, 9, relative=True).values[0] == pytest.approx(np.log(2 / 5))


def test_the_difference_fan_is_over_draws_and_may_be_in_per_cent() -> None:
    a = futures_of([9], x=np.array([[[2.0], [4.0]]]))
    b = futures_of([9], x=np.array([[[1.0], [1.0]]]))
    assert difference_fan(LEVEL, a, b).quantiles["p50"][0] == 2
    assert difference_fan(LEVEL, a, b, relative=True).quantiles["p50"][0] == pytest.approx(200)


def test_a_ranking_counts_the_draws_in_which_each_comes_first() -> None:
    table = ranking(
        {
            "AAA-BBB": np.array([1.0, 2.0, 3.0, np.nan]),
            "AAA-DDD": np.array([2.0, 2.0, 1.0, 1.0]),
            "BBB-DDD": np.array([0.0, 0.0, 0.0, 9.0]),
        }
    )
    assert [(row.name, row.first) for row in table] == [
        ("AAA-BBB", 0.5),
        ("AAA-DDD", 0.5),
        ("BBB-DDD", 0.0),
    ]
    assert [row.mean_rank for row in table] == [1.5, 1.5, 3.0]
