"""Politics: elections on their day, swings, handovers, hurdles' gates."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vocab_system import POLITICS, fixed, reading, system, within

FUTURES = 2000
QUIET = f"""
governments:
  BBB:
    in_power: conservative
    judged: invented
    blocs:
      conservative:
        towards: {{AAA: {fixed("2 index")}}}
        sets: {{ties.AAA-BBB.exercises: integrated}}
      liberal:
        towards: {{AAA: {fixed("-1 index")}}}
        sets: {{ties.AAA-BBB.exercises: occasional}}
    elections:
      presidential: {{dates: [2027-05-10, 2032-05-10], change: {fixed("0.3 share")}}}
hurdles:
  bb-legislature:
    actor: BBB
    kind: legislature
    takes: {{median: {fixed("100 days")}, spread: {fixed("2 ratio")}}}
    fails: {fixed("0.2 share")}
"""
CHANGES = (
    "politics.BBB.handover.conservative.liberal:count",
    "politics.BBB.handover.liberal.conservative:count",
)


def changes(futures) -> np.ndarray:
    return sum(futures.of(name)[0] for name in CHANGES)


def test_a_result_takes_office_on_its_day_and_with_its_odds(tmp_path: Path) -> None:
    futures = system(tmp_path, politics=QUIET).run(FUTURES, days=(1119.999, 1120, 2946.999, 2947))
    counted = changes(futures)
    assert counted[:, 0].max() == 0
    assert within(counted[:, 1].mean(), 0.3, FUTURES)
    assert (counted[:, 1] == counted[:, 2]).all()
    assert within((counted[:, 3] - counted[:, 2]).mean(), 0.3, FUTURES)


def test_the_swing_is_the_gap_between_stances_times_the_changes(tmp_path: Path) -> None:
    made = system(tmp_path, politics=QUIET)
    futures = made.run(200)
    measure = made.low.measures["politics.BBB.swing_towards.AAA"]
    swing = sum(futures.of(name)[0] for name in measure.observers)
    assert swing == pytest.approx(3.0 * changes(futures))
    assert measure.per_years == 10


def test_the_line_is_the_stance_of_who_governs(tmp_path: Path) -> None:
    made = system(tmp_path, politics=QUIET)
    program, theta = made.program(), made.program().default_theta()
    line = "politics.BBB.line_towards.AAA"
    assert reading(program, theta, line) == 2.0
    assert reading(program, theta, line, {"politics.BBB.bloc": 1}) == -1.0


def test_a_bloc_that_takes_over_sets_its_levels(tmp_path: Path) -> None:
    futures = system(tmp_path, politics=QUIET).run(300, days=(1119, 1121))
    level = futures.of("ties.AAA-BBB.exercises:level")[0]
    changed = changes(futures)[:, 1] == 1
    assert (level[:, 0] == 3).all()
    assert (level[changed, 1] == 1).all()
    assert (level[~changed, 1] == 3).all()


def test_a_government_held_in_power_is_never_counted_as_changing(tmp_path: Path) -> None:
    made = system(tmp_path, politics=QUIET)
    futures = made.run(100, switch=made.hold({"politics.BBB.bloc": "conservative"}))
    assert changes(futures).max() == 0
    assert (futures.of("ties.AAA-BBB.exercises:level") == 3).all()


def test_a_bloc_put_in_power_by_a_variant_sets_its_levels_at_once(tmp_path: Path) -> None:
    made = system(tmp_path, politics=QUIET)
    futures = made.run(20, days=(0, 3000), switch=made.hold({"politics.BBB.bloc": "liberal"}))
    assert (futures.of("ties.AAA-BBB.exercises:level") == 1).all()
    assert (changes(futures) == 1).all()


def test_chances_share_a_change_among_the_other_blocs(tmp_path: Path) -> None:
    text = f"""
governments:
  BBB:
    in_power: a
    judged: invented
    blocs: {{a: {{}}, b: {{}}, c: {{}}}}
    elections:
      general:
        dates: [2025-01-01]
        change: {fixed("0.6 share")}
        to: {{a: {fixed("1 ratio")}, b: {fixed("1 ratio")}, c: {fixed("3 ratio")}}}
"""
    made = system(tmp_path, politics=text, pledges=None, command=None, flashpoints=None)
    futures = made.run(FUTURES)
    gone = {to: futures.of(f"politics.BBB.handover.a.{to}:count")[0].mean() for to in "bc"}
    assert within(gone["b"], 0.6 * 0.25, FUTURES)
    assert within(gone["c"], 0.6 * 0.75, FUTURES)


def test_equal_chances_are_taken_when_none_are_given(tmp_path: Path) -> None:
    text = f"""
governments:
  BBB:
    in_power: a
    judged: invented
    blocs: {{a: {{}}, b: {{}}, c: {{}}}}
    elections: {{general: {{dates: [2025-01-01, 2026-01-01], change: {fixed("0.5 share")}}}}}
"""
    made = system(tmp_path, politics=text, pledges=None, command=None, flashpoints=None)
    futures = made.run(FUTURES, days=(300, 3652))
    first = [futures.of(f"politics.BBB.handover.a.{to}:count")[0, :, 0].mean() for to in "bc"]
    assert all(within(share, 0.25, FUTURES) for share in first)
    changed = sum(futures.of(o)[0] for o in futures.observers if ".handover." in o)
    assert within((changed[:, 1] - changed[:, 0]).mean(), 0.5, FUTURES)


def test_leaders_change_without_their_bloc(tmp_path: Path) -> None:
    text = f"""
governments:
  BBB:
    in_power: a
    judged: invented
    blocs: {{a: {{}}}}
    leader_change: {fixed("0.4 per year")}
"""
    made = system(tmp_path, politics=text, pledges=None, command=None, flashpoints=None)
    counted = made.run(FUTURES, days=(3652.5,)).of("politics.BBB.leader_change:count")
    # Poisson with mean 4: four standard errors.
    assert abs(counted.mean() - 4.0) <= 4 * np.sqrt(4.0 / FUTURES)


def test_the_system_as_written_has_both_kinds_of_change(tmp_path: Path) -> None:
    made = system(tmp_path, politics=POLITICS)
    for name in ("bloc_changes", "leader_changes", "swing_towards.AAA", "line_towards.AAA"):
        assert f"politics.BBB.{name}" in made.low.measures
