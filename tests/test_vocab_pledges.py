"""Pledges: stages, hurdles with odds, due dates, consequences."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rimland.vocab.defaults import pledge_domains, pledge_steps
from rimland.vocab.pledges import STAGES
from test_vocab_politics import QUIET
from vocab_system import fixed, system, within

FUTURES = 2000
ONE = f"""
pledges:
  dock:
    says: a dock
    by: [BBB]
    domain: defence
    announced: 2024-01-01
    due: 2025-03-31
    stage: under_way
    judged: invented
    steps:
      operational:
        takes: {{median: {fixed("200 days")}, spread: {fixed("3 ratio")}}}
        hurdles: [bb-legislature]
"""


def alone(folder: Path, pledges: str = ONE, politics: str = QUIET):
    return system(folder, politics=politics, pledges=pledges, command=None, flashpoints=None)


def test_a_hurdle_fails_with_its_odds_and_the_pledge_lapses(tmp_path: Path) -> None:
    made = alone(tmp_path)
    made.low.builder.observer("lapsed", "first", "pledges.dock.stage", lo=0, hi=0)
    futures = made.run(FUTURES, days=(50_000,))
    lapsed = np.isfinite(futures.of("lapsed")[0, :, 0])
    done = np.isfinite(futures.of("pledges.dock.operational:first")[0, :, 0])
    assert within(lapsed.mean(), 0.2, FUTURES)
    assert (lapsed != done).all()
    assert np.isfinite(futures.of("pledges.roadblock:first")[0, lapsed, 0]).all()


def test_a_driver_shifts_the_log_odds_of_failing(tmp_path: Path) -> None:
    hurdle = (
        QUIET
        + f"""    drivers:
      - {{of: politics.BBB.bloc, at: conservative, effect: {fixed("1 log")}}}
"""
    )
    made = alone(tmp_path, politics=hurdle)
    futures = made.run(
        FUTURES, days=(50_000,), switch=made.hold({"politics.BBB.bloc": "conservative"})
    )
    done = np.isfinite(futures.of("pledges.dock.operational:first")).mean()
    odds = 0.25 * np.e
    assert within(1 - done, odds / (1 + odds), FUTURES)


def test_a_step_takes_its_lognormal_time_once_its_hurdles_are_cleared(tmp_path: Path) -> None:
    made = alone(tmp_path)
    made.low.builder.observer("cleared", "first", "pledges.dock.hurdles.bb-legislature", lo=2, hi=2)
    futures = made.run(FUTURES, days=(20_000,))
    cleared = futures.of("cleared")[0, :, 0]
    passed = np.isfinite(cleared)
    took = futures.of("pledges.dock.operational:first")[0, passed, 0] - cleared[passed]
    assert within((took > 200).mean(), 0.5, int(passed.sum()))
    assert within((took > 600).mean(), 0.1, int(passed.sum()))


def test_a_pledge_is_late_on_its_due_date_and_at_no_other_time(tmp_path: Path) -> None:
    futures = alone(tmp_path).run(500)
    late = futures.of("pledges.dock.late:first")[0, :, 0]
    done = futures.of("pledges.dock.operational:first")[0, :, 0]
    assert set(late[np.isfinite(late)]) == {350.0}
    # Late are those that still run on that day: neither operational by then nor lapsed before.
    after = np.isfinite(done) & (done > 350)
    assert np.isfinite(late[after]).all()
    assert np.isinf(late[done < 350]).all()


def test_a_blocked_gate_lets_nothing_pass_and_is_a_roadblock_on_the_due_date(
    tmp_path: Path,
) -> None:
    made = alone(tmp_path)
    futures = made.run(50, switch=made.hold({"hurdles.bb-legislature": "blocked"}))
    assert np.isinf(futures.of("pledges.dock.operational:first")).all()
    assert (futures.of("pledges.dock.late:first") == 350).all()
    assert (futures.of("pledges.roadblock:first") == 350).all()


def test_a_stage_held_at_lapsed_stays_there(tmp_path: Path) -> None:
    made = alone(tmp_path)
    futures = made.run(50, switch=made.hold({"pledges.dock.stage": "lapsed"}))
    assert np.isinf(futures.of("pledges.dock.operational:first")).all()
    assert np.isinf(futures.of("pledges.roadblock:first")).all()
    assert (futures.of("pledges.operational_share:level") == 0).all()


def test_a_consequence_comes_at_the_moment_the_last_pledge_is_operational(tmp_path: Path) -> None:
    made = system(tmp_path)
    made.low.builder.observer("raised", "first", "ties.AAA-BBB.command", lo=2, hi=3)
    futures = made.run(200)
    raised = futures.of("raised")[0, :, 0]
    both = [
        futures.of(f"pledges.joint-{x}.operational:first")[0, :, 0] for x in ("staff", "planning")
    ]
    np.testing.assert_array_equal(raised, np.maximum(*both))
    assert np.isfinite(raised).any()


@pytest.mark.parametrize("held", ["joint-staff", "joint-planning"])
def test_a_consequence_needs_all_its_pledges(tmp_path: Path, held: str) -> None:
    made = system(tmp_path)
    futures = made.run(50, switch=made.hold({f"pledges.{held}.stage": "announced"}))
    assert (futures.of("ties.AAA-BBB.command:level") == 1).all()


def test_a_consequence_neither_rings_for_ever_nor_lowers_what_stands_higher(
    tmp_path: Path,
) -> None:
    made = system(tmp_path)
    held = made.run(50, switch=made.hold({"ties.AAA-BBB.command": "liaison"}))
    assert (held.of("ties.AAA-BBB.command:level") == 1).all()
    assert held.events.max() < 1000
    higher = made.run(50, switch=made.start({"ties.AAA-BBB.command": "combined"}))
    assert (higher.of("ties.AAA-BBB.command:level") == 3).all()


def test_the_share_of_operational_pledges_counts_them(tmp_path: Path) -> None:
    made = system(tmp_path)
    futures = made.run(100)
    done = [
        np.isfinite(futures.of(f"pledges.joint-{x}.operational:first")[0, :, 0])
        for x in ("staff", "planning")
    ]
    share = futures.of("pledges.operational_share:level")[0, :, 0]
    np.testing.assert_allclose(share, np.mean(done, axis=0))


def test_steps_without_durations_take_the_judged_default_of_their_domain(tmp_path: Path) -> None:
    made = system(tmp_path)
    taken = made.low.quantities["pledges.joint-planning.steps.resourced.median"]
    default = pledge_steps()["defence", "resourced"]
    assert (taken.p10, taken.p90) == default.median
    assert taken.kind == "judged"
    assert default.because in taken.because
    stated = made.low.quantities["pledges.joint-staff.steps.under_way.median"]
    assert stated.central == 60


def test_every_domain_has_a_wide_judged_default_with_reason_and_source_for_every_step() -> None:
    for domain in pledge_domains():
        for step in STAGES[2:]:
            default = pledge_steps()[domain, step]
            assert default.because
            assert default.source
            assert default.median[1] >= 3 * default.median[0]
            assert 1 < default.spread[0] < default.spread[1]
