"""Responses: ties that rise and fall by hazards, with one driver for all of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vocab_system import RESPONSES, fixed, reading, system, within

FUTURES = 2000
ALONE = {"politics": None, "pledges": None, "command": None, "flashpoints": None}
EXERCISES, ALIGNMENT = "ties.CCC-DDD.exercises", "ties.CCC-DDD.alignment"
OWNER = "responses.drawn-together"
PLAIN = f"""
responses:
  drawn-together:
    of: CCC
    ties:
      ties.CCC-DDD.exercises:
        up_to: occasional
        rises: {{rate: {fixed("0.3 per year")}}}
      ties.CCC-DDD.alignment: {{falls: {{rate: {fixed("0.1 per year")}}}}}
"""


def test_each_tie_moves_by_its_own_hazard_and_no_further_than_it_may(tmp_path: Path) -> None:
    made = system(tmp_path, responses=PLAIN, **ALONE)
    futures = made.run(FUTURES, days=(730.5, 20_000))
    up = futures.of(f"{EXERCISES}:level")[0]
    down = futures.of(f"{ALIGNMENT}:level")[0]
    assert within((up[:, 0] == 1).mean(), 1 - np.exp(-0.6), FUTURES)
    assert within((down[:, 0] == 0).mean(), 1 - np.exp(-0.2), FUTURES)
    assert up.max() == 1  # the top of the layer is 3
    assert down.min() == 0


def test_the_steps_closer_are_those_up_less_those_down(tmp_path: Path) -> None:
    made = system(tmp_path, responses=PLAIN, **ALONE)
    program, theta = made.program(), made.program().default_theta()
    assert reading(program, theta, f"{OWNER}.raised") == 0.0
    assert reading(program, theta, f"{OWNER}.raised", {EXERCISES: 1}) == 1.0
    assert reading(program, theta, f"{OWNER}.raised", {EXERCISES: 1, ALIGNMENT: 0}) == 0.0
    futures = made.run(50)
    moved = futures.of(f"{EXERCISES}:level") + futures.of(f"{ALIGNMENT}:level") - 1
    np.testing.assert_array_equal(futures.of(f"{OWNER}.raised:level"), moved)


def test_one_number_drives_every_rise_and_no_fall(tmp_path: Path) -> None:
    made = system(tmp_path, responses=RESPONSES)
    called = f"{OWNER}.drivers.perception.CCC.encirclement_change"
    assert called in made.low.quantities
    program = made.program()
    driven = [
        t.name
        for t in program.transitions
        if t.name.startswith(OWNER)
        and any(term.of == "perception.CCC.encirclement_change" for term in t.clock.terms)
    ]
    assert sorted(driven) == [f"{OWNER}.{ALIGNMENT}.rises", f"{OWNER}.{EXERCISES}.rises"]


def test_a_driver_multiplies_the_hazard_of_a_rise(tmp_path: Path) -> None:
    text = PLAIN.replace(
        "    ties:\n",
        f"    drivers: [{{of: ties.AAA-BBB.pact, effect: {fixed('0.4 log')}}}]\n    ties:\n",
        1,
    )
    made = system(tmp_path, responses=text, **ALONE)
    up = made.run(FUTURES, days=(365.25,)).of(f"{EXERCISES}:level")[0, :, 0]
    rate = 0.3 * np.exp(0.4 * 3)  # the pact stands at defence, which is 3
    assert within(up.mean(), 1 - np.exp(-rate), FUTURES)


def test_a_held_tie_does_not_answer(tmp_path: Path) -> None:
    made = system(tmp_path, responses=PLAIN, **ALONE)
    futures = made.run(50, switch=made.hold({EXERCISES: "none"}))
    assert futures.of(f"{EXERCISES}:level").max() == 0


CASES = [
    ("of: CCC", "of: CCX", "no actor is called 'CCX'"),
    ("ties.DDD-CCC.exercises:", "ties.DDD-CCC.exercise:", "no variable is called"),
    ("ties.DDD-CCC.exercises:", "preparation.CCC.level:", "is no layer of a tie"),
    ("ties.CCC-DDD.alignment:", "ties.CCC-DDD.exercises:", "moves in two responses"),
    ("{rises: {rate: {value: 0.05 to 0.2 per year, judged: j}}}", "{}", "neither rises nor falls"),
    ("up_to: regular", "up_to: daily", "'daily' is no level"),
    ("of: preparation.CCC.level", "of: preparation.CCC.levl", "nothing that can be read"),
    (
        "ties.CCC-DDD.alignment: {rises: {rate: {value: 0.05 to 0.2 per year, judged: j}}}",
        "ties.CCC-DDD.alignment: {rises: {rate: {value: 0.05 to 0.2 per year, judged: j}, drivers: "
        "[{of: perception.CCC.encirclement_change, effect: {value: 0 to 1 log, judged: j}}]}}",
        "drives this tie apart and with the others",
    ),
]


@pytest.mark.parametrize(("right", "wrong", "says"), CASES)
def test_a_mistake_in_a_response_is_told_once(
    tmp_path: Path, right: str, wrong: str, says: str
) -> None:
    assert right in RESPONSES
    texts = system(tmp_path, responses=RESPONSES.replace(right, wrong, 1)).texts()
    assert len(texts) == 1, texts
    assert says in texts[0]
    assert texts[0].startswith(str(tmp_path / "responses.yaml")) or "responses.yaml:" in texts[0]


def test_the_first_step_closer_of_a_pair_is_noted_for_good(tmp_path: Path) -> None:
    text = f"""
responses:
  drawn-together:
    of: CCC
    ties:
      ties.CCC-DDD.exercises:
        rises: {{rate: {fixed("0.3 per year")}}}
        falls: {{rate: {fixed("50 per year")}}}
      ties.AAA-DDD.exercises: {{rises: {{rate: {fixed("0.1 per year")}}}}}
"""
    made = system(tmp_path, responses=text, **ALONE)
    futures = made.run(FUTURES, days=(730.5,))
    one = futures.of(f"{OWNER}.deeper.CCC-DDD:first")[0, :, 0] <= 730.5
    other = futures.of(f"{OWNER}.deeper.AAA-DDD:first")[0, :, 0] <= 730.5
    both = futures.of(f"{OWNER}.deeper:first")[0, :, 0] <= 730.5
    assert within(one.mean(), 1 - np.exp(-0.6), FUTURES)  # though every step is soon taken back
    assert within(other.mean(), 1 - np.exp(-0.2), FUTURES)
    np.testing.assert_array_equal(both, one & other)
