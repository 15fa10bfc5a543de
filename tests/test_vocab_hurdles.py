"""Hurdles: savings that shift the odds, what is stopped where, and the time that waiting costs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from test_vocab_pledges import ONE
from test_vocab_politics import QUIET
from vocab_system import PLEDGES, fixed, system, within

FUTURES = 2000
COSTS = ONE.replace("    steps:", f"    costs: {fixed('0.5 ratio')}\n    steps:")
STOPPED = "pledges.dock.stopped_by.bb-legislature"


def answering(effect: str) -> str:
    return QUIET + f"    savings: {fixed(effect)}\n"


def alone(folder: Path, pledges: str, politics: str):
    return system(folder, politics=politics, pledges=pledges, command=None, flashpoints=None)


def stopped(made, **more) -> float:
    futures = made.run(FUTURES, days=(50_000,), **more)
    return float(np.isfinite(futures.of(f"{STOPPED}:first")).mean())


@pytest.mark.parametrize(("effect", "odds"), [("2 log", 0.25 * 0.5**2), ("-2 log", 0.25 * 4)])
def test_savings_shift_the_odds_of_failing_either_way(
    tmp_path: Path, effect: str, odds: float
) -> None:
    """The odds of 1 to 4 are multiplied by cost ** effect: half the cost, effect 2 or -2."""
    made = alone(tmp_path, COSTS, answering(effect))
    assert within(stopped(made), odds / (1 + odds), FUTURES)


def test_savings_count_for_nothing_where_a_variant_ignores_them(tmp_path: Path) -> None:
    made = alone(tmp_path, COSTS, answering("2 log"))
    ignored = made.hold({"hurdles.bb-legislature.savings": "ignored"})
    assert within(stopped(made, switch=ignored), 0.2, FUTURES)


@pytest.mark.parametrize(("pledges", "politics"), [(ONE, answering("2 log")), (COSTS, QUIET)])
def test_savings_need_a_cost_and_a_hurdle_that_answers(
    tmp_path: Path, pledges: str, politics: str
) -> None:
    assert within(stopped(alone(tmp_path, pledges, politics)), 0.2, FUTURES)


def test_time_at_work_is_the_mean_over_the_pledges_that_wait_for_a_hurdle(tmp_path: Path) -> None:
    two = ONE + ONE.replace("pledges:\n", "").replace("dock:", "pier:", 1)
    made = alone(tmp_path, two, QUIET)
    measure = made.low.measures["hurdles.bb-legislature.years_working"]
    holds = {"pledges.dock.stage": "operational", "pledges.pier.stage": "lapsed"}
    futures = made.run(3, days=(3652.5,), switch=made.hold(holds))
    years = futures.of(measure.observers[0]) * measure.scale
    assert years == pytest.approx(5.0)


def test_a_consequence_offers_the_odds_that_its_level_is_reached(tmp_path: Path) -> None:
    made = system(tmp_path, pledges=PLEDGES)
    called = "consequences.joint-command.ties.AAA-BBB.command"
    assert made.low.measures[called].how == "probability"
    futures = made.run(200)
    reached = np.isfinite(futures.of(f"{called}:first")[0, :, 0])
    level = futures.of("ties.AAA-BBB.command:level")[0, :, 0]
    np.testing.assert_array_equal(reached, level >= 2)
    held = made.run(50, switch=made.hold({"ties.AAA-BBB.command": "liaison"}))
    assert not np.isfinite(held.of(f"{called}:first")).any()
