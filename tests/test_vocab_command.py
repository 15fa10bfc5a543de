"""Command: slowness, expected hours, drills, the force used in time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

from vocab_system import fixed, reading, system, within

RELATION, PLANNING = "ties.AAA-BBB.command", "pledges.joint-planning.stage"
CALM = {"politics": None, "flashpoints": None, "preparation": None, "perception": None}
# A chain that is eased as a whole, with nothing else going on.
WHOLE = f"""
contingencies:
  strait:
    relation: {RELATION}
    stated_at: liaison
    window: {fixed("10 days")}
    drills_per_year: 4
    chain:
      decide:
        takes: {{median: {fixed("6 days")}, spread: {fixed("2 ratio")}}}
        eased_by: [relation]
    relation_effect:
      separate: {fixed("1.5 ratio")}
      coordinated: {fixed("0.5 ratio")}
      combined: {fixed("0.25 ratio")}
"""
SIGMA = np.log(2) / norm.ppf(0.9)


def whole(folder: Path):
    return system(folder, command=WHOLE, pledges=None, **CALM)


def test_slowness_is_nil_at_the_as_of_date_in_every_draw(tmp_path: Path) -> None:
    made = system(tmp_path)
    theta = made.theta(200)
    slowness = reading(made.program(), theta, "command.strait.slowness")
    np.testing.assert_allclose(slowness, 0.0, atol=1e-12)


def test_slowness_of_a_chain_eased_as_a_whole_is_the_log_of_the_ratio(tmp_path: Path) -> None:
    made = whole(tmp_path)
    program, theta = made.program(), made.program().default_theta()
    for level, ratio in ((0, 1.5), (1, 1.0), (2, 0.5), (3, 0.25)):
        slowness = reading(program, theta, "command.strait.slowness", {RELATION: level})
        assert slowness[0] == pytest.approx(np.log(ratio), abs=1e-12)


def test_expected_hours_are_the_sum_of_the_means_times_the_ratios_that_hold(
    tmp_path: Path,
) -> None:
    made = system(tmp_path)
    values = made.draws(50)
    theta = made.program().theta(values, 50)

    def hours(link: str) -> np.ndarray:
        name = f"command.strait.chain.{link}"
        sigma = np.log(values[f"{name}.spread"]) / norm.ppf(0.9)
        return 24 * values[f"{name}.median"] * np.exp(sigma**2 / 2)

    planned = values["command.strait.planning_effect"]
    names = {0: "separate", 2: "coordinated", 3: "combined"}
    for level in range(4):
        relation = values[f"command.strait.relation_effect.{names[level]}"] if level != 1 else 1.0
        for stage in (1, 5):
            plan = planned if stage == 5 else 1.0
            expected = (
                hours("detect")
                + hours("consult") * relation
                + hours("legal_basis") * plan
                + hours("order") * relation * plan
            )
            state = {RELATION: level, PLANNING: stage}
            got = reading(made.program(), theta, "command.strait.expected_hours", state)
            np.testing.assert_allclose(got, expected, rtol=1e-12)
            start = reading(made.program(), theta, "command.strait.expected_hours")
            slow = reading(made.program(), theta, "command.strait.slowness", state)
            np.testing.assert_allclose(slow, np.log(expected / start), atol=1e-9)


def test_a_relation_that_starts_higher_is_the_measure_of_slowness(tmp_path: Path) -> None:
    ties = """
ties:
  - {pair: [AAA, BBB], pact: defence, command: coordinated, source: x, seen: true}
"""
    made = system(tmp_path, ties=ties, command=WHOLE, pledges=None, **CALM)
    program, theta = made.program(), made.program().default_theta()
    assert reading(program, theta, "command.strait.slowness")[0] == pytest.approx(0, abs=1e-12)
    back = reading(program, theta, "command.strait.slowness", {RELATION: 1})
    assert back[0] == pytest.approx(np.log(2))


def test_drills_are_counted_and_take_the_expected_hours(tmp_path: Path) -> None:
    made = whole(tmp_path)
    futures = made.run(400)
    started = futures.of("command.strait.drills_started:count")[0, :, 0]
    ended = futures.of("command.strait.drills_ended:count")[0, :, 0]
    assert (started == 40).all()
    assert (ended == 40).all()
    days = futures.of("command.strait.drill:integral")[0, :, 0] / ended
    mean = 6 * np.exp(SIGMA**2 / 2)
    sd = mean * np.sqrt(np.expm1(SIGMA**2))
    # Four standard errors of the mean of 400 futures times 40 drills.
    assert abs(days.mean() - mean) <= 4 * sd / np.sqrt(16_000)


@pytest.mark.parametrize(("level", "ratio"), [("liaison", 1.0), ("coordinated", 0.5)])
def test_a_response_is_in_time_when_its_chain_beats_the_window(
    tmp_path: Path, level: str, ratio: float
) -> None:
    made = whole(tmp_path)
    futures = made.run(400, switch=made.hold({RELATION: level}))
    in_time = futures.of("command.strait.in_time:count").sum()
    expected = norm.cdf(np.log(10 / (6 * ratio)) / SIGMA)
    assert within(in_time / 16_000, expected, 16_000)


def test_the_same_luck_makes_the_faster_relation_faster_in_every_future(tmp_path: Path) -> None:
    made = whole(tmp_path)
    busy = "command.strait.drill:integral"
    slow = made.run(50, switch=made.hold({RELATION: "liaison"})).of(busy)
    fast = made.run(50, switch=made.hold({RELATION: "coordinated"})).of(busy)
    np.testing.assert_allclose(fast, slow / 2, rtol=1e-9)


def test_the_force_in_time_is_the_force_of_the_drills_that_were_in_time(tmp_path: Path) -> None:
    made = system(tmp_path)
    held = made.hold({"pledges.joint-staff.stage": "operational"})
    futures = made.run(50, switch=held)
    in_time = futures.of("command.strait.in_time:count")
    force = futures.of("command.strait.force_in_time:count")
    adds = made.low.quantities["command.strait.force.adds.pledges.joint-staff.operational"]
    np.testing.assert_allclose(force, in_time * (100 + adds.central), rtol=1e-12)
    state = {"pledges.joint-staff.stage": 5}
    change = reading(
        made.program(), made.program().default_theta(), "command.strait.force_change", state
    )
    assert change[0] == pytest.approx(np.log1p(adds.central / 100))
    measure = made.low.measures["command.strait.force_in_time"]
    assert measure.over == ("command.strait.drills_started:count",)
    assert measure.scale == 1.0


def test_a_drill_under_way_at_the_next_date_is_not_started_again(tmp_path: Path) -> None:
    slow = WHOLE.replace("6 days", "120 days")
    made = system(tmp_path, command=slow, pledges=None, **CALM)
    futures = made.run(100)
    assert futures.of("command.strait.drills_started:count").max() < 40


def test_what_rests_on_a_tie_is_lost_in_proportion_to_the_levels_lost(tmp_path: Path) -> None:
    text = WHOLE + f"    force: {{rests_on: {{ties.AAA-BBB.presence: {fixed('0.6 share')}}}}}\n"
    made = system(tmp_path, command=text, pledges=None, **CALM)
    program, theta = made.program(), made.program().default_theta()
    presence = "ties.AAA-BBB.presence"
    for level, force in ((3, 100), (2, 80), (1, 60), (0, 40)):
        assert reading(program, theta, "command.strait.force", {presence: level}) == pytest.approx(
            force
        )
    change = reading(program, theta, "command.strait.force_change", {presence: 0})
    assert change == pytest.approx(np.log(0.4))
    futures = made.run(40, switch=made.hold({presence: "none"}))
    force = futures.of("command.strait.force_in_time:count")
    in_time = futures.of("command.strait.in_time:count")
    np.testing.assert_allclose(force, 40 * in_time)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{ties.AAA-BBB.presence: {value: 0.5 to 1.2 share, judged: j}}", "share"),
        (
            "{ties.AAA-BBB.presence: {value: 0.2 to 0.6 share, judged: j}, "
            "ties.BBB-AAA.presence: {value: 0.2 to 0.6 share, judged: j}}",
            "rests on 'ties.BBB-AAA.presence' twice",
        ),
        ("{ties.AAA-DDD.command: {value: 0.2 to 0.6 share, judged: j}}", "is at its lowest level"),
        ("{ties.AAA-BBB.presense: {value: 0.2 to 0.6 share, judged: j}}", "no variable is called"),
    ],
)
def test_a_mistake_in_what_a_force_rests_on_is_told_once(
    tmp_path: Path, line: str, says: str
) -> None:
    made = system(tmp_path, command=WHOLE + f"    force: {{rests_on: {line}}}\n", pledges=None,
                  **CALM)  # fmt: skip
    assert len(made.texts()) == 1, made.texts()
    assert says in made.texts()[0]


def test_what_rests_on_several_ties_is_never_more_than_the_force(tmp_path: Path) -> None:
    shares = {"ties.AAA-BBB.presence": 0.9, "ties.AAA-BBB.pact": 0.8}
    rows = ", ".join(f"{name}: {fixed(f'{share} share')}" for name, share in shares.items())
    made = system(tmp_path, command=WHOLE + f"    force: {{rests_on: {{{rows}}}}}\n", pledges=None,
                  **CALM)  # fmt: skip
    program = made.program()
    theta = program.theta(made.draws(1), 1)
    force = [
        reading(program, theta, "command.strait.force", changed)[0]
        for changed in ({}, dict.fromkeys(shares, 0), {"ties.AAA-BBB.pact": 0})
    ]
    assert force == pytest.approx([100.0, 100 * 0.1 * 0.2, 100 * (1 - 0.8 * 0.98 / 1.7)])
