"""What should be on station: the expectation of each cycle, and the force that follows it."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from forces_system import FORCES, forces_system
from rimland.engine import run
from rimland.program.model import Hold, Switch
from rimland.program.slices import sliced
from vocab_system import FILES, System, reading

Z90 = 1.2815515655446004
INTERVAL = 400 * math.exp((math.log(1.5) / Z90) ** 2 / 2)
HOME = 100 * math.exp((math.log(2) / Z90) ** 2 / 2)
FAR = 90 + 2 * 1200 / 240
RESERVES = 800 / (800 + 200)
STAFF = Hold("pledges.joint-staff.stage", 5)
NARROWS = Hold("forces.passages.narrows", 1)
ELSEWHERE = Hold("forces.commitments.elsewhere", 1)
BASE_LOST = Hold("ties.AAA-BBB.presence", 1)
CHANGE = "forces.the-west.expected_change"
FOLLOWS = """      follows:
        forces.the-west.expected_change: {value: 0.4 share, computed: c, causal: assumed}
"""
COMMAND = FILES["command.yaml"].replace("      adds: {", FOLLOWS + "      adds: {", 1)


def arrives(miles: float, notice: float) -> float:
    days = notice + miles / 240
    return 1 / (1 + (days / 10) ** (math.log(9) / math.log(1.4)))


def share(away: float) -> float:
    """Return I / (I + W): the renewal-reward theorem."""
    return INTERVAL / (INTERVAL + away)


def brought(away: float, frigates: float, reserves: float, taken: float) -> float:
    west = 6 * 0.5 * (1 - taken) * arrives(frigates, 2) * share(away)
    return west + 10 * arrives(reserves, 0) * RESERVES


AT_START = brought(HOME, 1200, 1260, 0.0)


def settled(made: System, readable: str, *holds: Hold) -> float:
    """Return a reading once what follows at once has followed."""
    name = f"{readable}:settled"
    made.low.builder.observer(name, "level", readable)
    program = made.program()
    found = run(program, program.default_theta(), futures=1, seed=1, horizon_days=0.001,
                grid_days=[0.001], switch=Switch({}, holds))  # fmt: skip
    return float(found.of(name)[0, 0, 0])


def test_what_is_expected_has_not_moved_at_the_as_of_date_in_any_draw(tmp_path: Path) -> None:
    made = forces_system(tmp_path)
    theta = made.theta(50)
    for name in (
        CHANGE,
        "forces.the-rock.expected_change",
        "forces.classes.frigates.expected_change",
    ):
        np.testing.assert_array_equal(reading(made.program(), theta, name), 0.0)


@pytest.mark.parametrize(
    ("holds", "expected"),
    [
        ((NARROWS,), brought(HOME, 1900, 1960, 0.0)),
        ((ELSEWHERE,), brought(HOME, 1200, 1260, 0.4)),
        ((STAFF,), brought((0.8 * HOME + 0.5 * FAR) / 1.5, 1200, 1260, 0.0)),
        ((STAFF, NARROWS, ELSEWHERE), brought((0.8 * HOME + 0.5 * FAR) / 1.5, 1900, 1960, 0.4)),
    ],
)
def test_closures_commitments_the_law_and_eased_work_move_it_as_worked_out_by_hand(
    tmp_path: Path, holds: tuple[Hold, ...], expected: float
) -> None:
    made = forces_system(tmp_path)
    assert settled(made, CHANGE, *holds) == pytest.approx(expected / AT_START - 1, rel=1e-9)


def test_the_share_of_a_class_in_service_moves_with_its_yards_alone(tmp_path: Path) -> None:
    called = "forces.classes.frigates.expected_change"
    eased = share((0.8 * HOME + 0.5 * FAR) / 1.5) / share(HOME) - 1
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert settled(forces_system(tmp_path / "a"), called, STAFF) == pytest.approx(eased, rel=1e-9)
    assert settled(forces_system(tmp_path / "b"), called, ELSEWHERE, NARROWS) == 0.0


def test_a_lost_base_is_left_to_the_force_that_rests_on_it(tmp_path: Path) -> None:
    made = forces_system(tmp_path)
    frigates_and_reserves = settled(made, CHANGE, BASE_LOST, NARROWS, ELSEWHERE, STAFF)
    assert frigates_and_reserves == 0.0


def test_no_ship_is_carried_along_where_what_is_expected_is_read(tmp_path: Path) -> None:
    made = forces_system(tmp_path)
    for name in (CHANGE, "forces.the-west.on_station_change"):
        made.low.builder.observer(f"{name}:seen", "level", name)
    program = made.program()
    few = [t.name for t in sliced(program, [f"{CHANGE}:seen"]).transitions]
    many = [t.name for t in sliced(program, ["forces.the-west.on_station_change:seen"]).transitions]
    assert not [name for name in few if name.startswith("forces.classes.")]
    assert [name for name in many if name.startswith("forces.classes.")]


def test_a_cycle_without_waiting_is_in_service_for_the_expected_share(tmp_path: Path) -> None:
    """A yard with a dock for each ship; wrong once in 15,000 by chance, at four standard errors."""
    text = FORCES.replace("docks: 2, source", "docks: 6, source").replace(
        "in_yard: {home: 1}", "in_yard: {}"
    )
    damaged = text.index("      damage:\n        during")
    text = text[:damaged] + text[text.index("    falls_back: {to: south") :]
    made = forces_system(tmp_path, text)
    measure = made.low.measures["forces.classes.frigates.available"]
    program = sliced(made.program(), measure.observers)
    held = Switch({}, (Hold("pledges.joint-staff.stage", 0),))
    days = 20 * 3652.0
    found = run(program, program.default_theta(), futures=40, seed=5, horizon_days=days,
                grid_days=[days], switch=held)  # fmt: skip
    seen = found.of(measure.observers[0])[0, :, 0] / days / 6
    error = seen.std(ddof=1) / math.sqrt(len(seen))
    # The first tours are spread over a cycle: their bias is below one cycle in 73,000 days.
    assert abs(seen.mean() - share(HOME)) < 4 * error + 400 / days
    assert error < 0.01


def test_the_force_follows_as_far_as_it_is_said_to(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    made = forces_system(tmp_path / "a", command=COMMAND)
    assert not made.texts()
    moved = brought(HOME, 1900, 1960, 0.4) / AT_START - 1
    force = settled(made, "command.strait.force", NARROWS, ELSEWHERE)
    plain = settled(forces_system(tmp_path / "b"), "command.strait.force", NARROWS, ELSEWHERE)
    assert force - plain == pytest.approx(100 * 0.4 * moved, rel=1e-9)


def test_the_force_of_a_drill_in_time_follows_as_well_and_a_late_one_brings_nothing(
    tmp_path: Path,
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    made = forces_system(tmp_path / "a", command=COMMAND)
    name, both = "command.strait.force_if_in_time", (NARROWS, ELSEWHERE)
    lost = settled(made, name, *both)
    assert lost == pytest.approx(settled(made, "command.strait.force", *both), rel=1e-12)
    late = Hold("command.strait.drill_late", 1)
    assert settled(forces_system(tmp_path / "b", command=COMMAND), name, late, *both) == 0.0


@pytest.mark.parametrize(
    ("wrong", "says", "near"),
    [
        ("forces.the-wst.expected_change", "is nothing that can be read", "the-west"),
        ("forces.the-west.on_station_change", "does not start from 0", "expected_change"),
        ("flashpoints.strait.state", "does not start from 0", None),
    ],
)
def test_what_the_force_cannot_follow_is_a_mistake_with_its_place(
    tmp_path: Path, wrong: str, says: str, near: str | None
) -> None:
    text = COMMAND.replace("forces.the-west.expected_change", wrong)
    (found,) = forces_system(tmp_path, command=text).texts()
    assert found.startswith("command.yaml:")
    assert says in found
    if near is not None:
        assert near in found
