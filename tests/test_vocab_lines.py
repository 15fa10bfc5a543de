"""Lines and wings: a change of leader draws the wing that leads a bloc, and so moves its line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vocab_system import fixed, reading, system, within

FUTURES = 2000
WINGED = f"""
governments:
  BBB:
    in_power: a
    judged: invented
    blocs:
      a:
        towards: {{AAA: {fixed("2 index")}}}
        wings:
          doubters: {{share: {fixed("0.3 share")}, shifts: {{AAA: {fixed("-1.5 index")}}}}}
      b:
        towards: {{AAA: {fixed("-1 index")}}}
    leader_change: {fixed("0.5 per year")}
"""
ALONE = {"pledges": None, "command": None, "flashpoints": None}
LINE = "politics.BBB.line_towards.AAA"
WING = "politics.BBB.wing.a"


def winged(folder: Path, text: str = WINGED):
    return system(folder, politics=text, **ALONE)


def test_a_wing_shifts_the_line_only_while_its_bloc_has_power(tmp_path: Path) -> None:
    made = winged(tmp_path)
    program, theta = made.program(), made.program().default_theta()
    assert reading(program, theta, LINE) == 2.0
    assert reading(program, theta, LINE, {WING: 1}) == 0.5
    assert reading(program, theta, LINE, {WING: 1, "politics.BBB.bloc": 1}) == -1.0


def test_the_next_leader_is_of_a_wing_with_its_share(tmp_path: Path) -> None:
    futures = winged(tmp_path).run(FUTURES, days=(365.25, 30_000))
    line = futures.of(f"{LINE}:level")[0]
    assert set(np.unique(line)) == {0.5, 2.0}
    changed = 1 - np.exp(-0.5)
    assert within((line[:, 0] == 0.5).mean(), 0.3 * changed, FUTURES)
    assert within((line[:, 1] == 0.5).mean(), 0.3, FUTURES)  # all have changed by then


def test_leaders_of_every_bloc_are_counted(tmp_path: Path) -> None:
    made = winged(tmp_path)
    measure = made.low.measures["politics.BBB.leader_changes"]
    for bloc in ("a", "b"):
        futures = made.run(FUTURES, days=(3652.5,), switch=made.hold({"politics.BBB.bloc": bloc}))
        counted = sum(futures.of(name) for name in measure.observers)
        # Poisson with mean 5: four standard errors.
        assert abs(counted.mean() - 5.0) <= 4 * np.sqrt(5.0 / FUTURES)


def test_a_held_wing_leads_whoever_follows(tmp_path: Path) -> None:
    made = winged(tmp_path)
    futures = made.run(100, switch=made.hold({WING: "main"}))
    assert (futures.of(f"{LINE}:level") == 2.0).all()


def test_the_mean_line_is_the_line_averaged_over_time(tmp_path: Path) -> None:
    made = winged(tmp_path)
    measure = made.low.measures["politics.BBB.mean_line_towards.AAA"]
    futures = made.run(5, switch=made.hold({WING: "doubters"}))
    assert measure.how == "mean"
    assert futures.of(measure.observers[0]) == pytest.approx(0.5 * 3652)


def test_support_is_capability_times_line_in_per_cent(tmp_path: Path) -> None:
    made = winged(tmp_path)
    program = made.program()
    theta = program.theta(made.draws(20), 20)
    capability = made.draws(20)["actors.BBB.capability"]
    line = reading(program, theta, LINE)
    support = reading(program, theta, "politics.BBB.support_for.AAA")
    np.testing.assert_allclose(support, 100 * capability * line)


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ("doubters:", "main:", "no wing can be called 'main'"),
        ("0.3 share", "1 share", "leave nothing for the main line"),
        ("shifts: {AAA:", "shifts: {AAB:", "no stance is called 'AAB'"),
    ],
)
def test_a_mistake_in_a_wing_is_told_once(
    tmp_path: Path, right: str, wrong: str, says: str
) -> None:
    texts = winged(tmp_path, WINGED.replace(right, wrong, 1)).texts()
    assert len(texts) == 1, texts
    assert says in texts[0]
