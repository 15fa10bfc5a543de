"""What is read from futures, against sums done by hand."""

from __future__ import annotations

import numpy as np
import pytest

from rimland.engine import Futures
from rimland.errors import RimlandError
from rimland.findings.measures import Columns, at, fan, jackknife, series
from rimland.vocab.measure import Measure

YEAR = 365.25


def futures_of(days: list[float], **columns: np.ndarray) -> Futures:
    """Return futures with the observers given, each [D,F,G] or broadcast to it."""
    arrays = np.broadcast_arrays(*columns.values())
    values = np.stack([np.asarray(a, dtype=np.float64) for a in arrays], axis=2)
    events = np.zeros(values.shape[:2], dtype=np.int64)
    return Futures(tuple(columns), np.asarray(days, dtype=np.float64), values, events)


def measure(how: str, *observers: str, **more: object) -> Measure:
    """Return a measure called m."""
    return Measure("m", "what is measured", "", how, observers, **more)  # type: ignore[arg-type]


def test_a_level_is_the_sum_of_its_observers_times_its_scale() -> None:
    run = futures_of([0, 10], x=np.array([[[1, 2], [3, 4]]]), y=np.array([[[10, 20], [30, 40]]]))
    assert series(measure("level", "x", "y", scale=0.5), run).tolist() == [[11.0, 16.5]]


def test_a_mean_divides_by_the_days_passed_and_is_not_defined_at_day_zero() -> None:
    run = futures_of([0, 10, 20], x=np.array([[[0, 30, 80], [0, 50, 120]]]))
    found = series(measure("mean", "x"), run)[0]
    assert np.isnan(found[0])
    assert found[1:].tolist() == [4.0, 5.0]


def test_a_total_per_decade_counts_elapsed_decades() -> None:
    run = futures_of([0, 5 * YEAR], x=np.array([[[0, 3], [0, 5]]]))
    assert series(measure("total", "x"), run)[0, 1] == 4
    assert series(measure("total", "x", per_years=10.0), run)[0, 1] == pytest.approx(8)


def test_a_ratio_is_that_of_the_means_over_futures_not_the_mean_of_ratios() -> None:
    run = futures_of([10], hours=np.array([[[10.0], [90.0]]]), ended=np.array([[[1.0], [3.0]]]))
    assert series(measure("ratio", "hours", over=("ended",)), run)[0, 0] == 25


def test_a_ratio_without_any_denominator_is_not_defined() -> None:
    run = futures_of([10], hours=np.zeros((1, 2, 1)), ended=np.zeros((1, 2, 1)))
    assert np.isnan(series(measure("ratio", "hours", over=("ended",)), run)[0, 0])


def test_a_probability_counts_the_futures_that_have_seen_it_by_the_day() -> None:
    first = np.array([[[5.0, 5.0], [12.0, 12.0], [np.inf, np.inf], [10.0, 10.0]]])
    assert series(measure("probability", "t"), futures_of([10, 20], t=first))[0].tolist() == [
        0.5,
        0.75,
    ]


def test_the_error_of_a_mean_is_the_textbook_one() -> None:
    x = np.random.default_rng(1).normal(size=(3, 12, 1))
    found = at(measure("level", "x"), futures_of([7], x=x), 7)
    assert found.se == pytest.approx(x[:, :, 0].std(axis=1, ddof=1) / np.sqrt(12))


def test_the_error_of_a_ratio_agrees_with_the_delta_method() -> None:
    rng = np.random.default_rng(2)
    bottom = rng.uniform(1, 3, size=(4, 400))
    part = Columns(bottom * 2 + rng.normal(size=(4, 400)), bottom)
    delta = part.linearised().std(axis=1, ddof=1) / np.sqrt(400)
    assert jackknife(lambda r: r, part).se == pytest.approx(delta, rel=0.01)


def test_none_of_twenty_is_not_taken_for_certainty() -> None:
    never = np.full((1, 20, 1), np.inf)
    found = at(measure("probability", "t"), futures_of([7], t=never), 7)
    assert found.values[0] == 0
    assert 0.02 < found.se[0] < 0.05


def test_one_future_a_draw_has_no_known_error_and_says_so() -> None:
    found = at(measure("level", "x"), futures_of([7], x=np.ones((3, 1, 1))), 7)
    assert np.isnan(found.se).all()
    assert "one future" in found.note


def test_equal_futures_have_an_error_of_exactly_zero() -> None:
    found = at(measure("level", "x"), futures_of([7], x=np.full((3, 7, 1), 0.1)), 7)
    assert (found.se == 0).all()


def test_a_day_that_was_not_recorded_is_named_with_the_nearest_one() -> None:
    run = futures_of([0, 100], x=np.zeros((1, 2, 2)))
    with pytest.raises(RimlandError, match=r"day 90, which the run did not record; .* is 100"):
        at(measure("level", "x"), run, 90)


def test_a_fan_has_the_quantiles_of_all_futures_of_all_draws() -> None:
    x = np.arange(101.0).reshape(1, 101, 1)
    found = fan(measure("level", "x"), futures_of([7], x=x)).quantiles
    assert [float(found[q][0]) for q in ("p05", "p25", "p50", "p75", "p95")] == [5, 25, 50, 75, 95]


def test_a_fan_of_a_ratio_leaves_out_futures_without_a_denominator() -> None:
    run = futures_of([1], top=np.array([[[0.0], [6.0]]]), n=np.array([[[0.0], [2.0]]]))
    assert fan(measure("ratio", "top", over=("n",)), run).lists()["p50"] == [3.0]


def test_a_fan_of_a_probability_is_over_draws() -> None:
    first = np.array([[[1.0], [9.0]], [[1.0], [1.0]]])
    found = fan(measure("probability", "t"), futures_of([5], t=first))
    assert found.quantiles["p50"][0] == pytest.approx(0.75)


def test_what_is_not_defined_anywhere_is_none_in_lists() -> None:
    run = futures_of([0, 10], x=np.array([[[0, 30], [0, 50]]]))
    assert fan(measure("mean", "x"), run).lists()["p50"] == [None, 4.0]
