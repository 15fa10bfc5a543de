"""Perception: contributions of ties add up, from the as-of date on and in every draw."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from rimland.vocab import perception
from rimland.vocab.names import great_circle_km
from vocab_system import reading, system

OWN = "perception.CCC.encirclement"
AFTER = {
    "ties.AAA-BBB.command": 3,
    "ties.AAA-BBB.presence": 1,
    "ties.AAA-DDD.pact": 3,
    "ties.AAA-DDD.presence": 3,
}


@pytest.mark.parametrize("changed", [{}, AFTER])
def test_contributions_add_up_to_encirclement(tmp_path: Path, changed: dict[str, int]) -> None:
    made = system(tmp_path)
    program, theta = made.program(), made.theta(200)
    named = perception.contributions(made.models[perception.FILE], made.low)["CCC"]
    assert list(named) == ["AAA-BBB", "AAA-DDD"]
    parts = sum(reading(program, theta, index, changed) for index in named.values())
    whole = reading(program, theta, OWN, changed)
    np.testing.assert_allclose(parts, whole, rtol=0, atol=1e-9)
    change = reading(program, theta, f"{OWN}_change", changed)
    np.testing.assert_allclose(change, whole / 100 - 1, atol=1e-12)


def test_encirclement_is_100_at_the_as_of_date_in_every_draw(tmp_path: Path) -> None:
    made = system(tmp_path)
    np.testing.assert_allclose(reading(made.program(), made.theta(200), OWN), 100, rtol=1e-12)


def test_a_tie_weighs_capability_times_nearness_times_its_levels(tmp_path: Path) -> None:
    made = system(tmp_path)
    v = made.draws(50)
    near = {
        code: np.exp(-v[f"actors.{code}.km_to.CCC"] / v["perception.CCC.reach"])
        for code in ("AAA", "BBB", "DDD")
    }
    weight = {
        layer: v[f"perception.CCC.layers.{layer}"] for layer in ("pact", "presence", "command")
    }
    troops = v["perception.CCC.layers.troops"] * 5.3

    def pull(i: str, j: str) -> np.ndarray:
        return v[f"actors.{i}.capability"] * near[j] + v[f"actors.{j}.capability"] * near[i]

    def ab(command: int, presence: int) -> np.ndarray:
        levels = (
            weight["pact"] + weight["presence"] * presence / 3 + weight["command"] * command / 3
        )
        return pull("AAA", "BBB") * (levels + troops * (presence >= 2))

    def ad(pact: int, presence: int) -> np.ndarray:
        return pull("AAA", "DDD") * (weight["pact"] * pact + weight["presence"] * presence) / 3

    start = ab(1, 3) + ad(1, 1)
    program = made.program()
    theta = program.theta(v, 50)
    for pair, expected in (("AAA-BBB", ab(3, 1)), ("AAA-DDD", ad(3, 3))):
        got = reading(program, theta, f"{OWN}.{pair}", AFTER)
        np.testing.assert_allclose(got, 100 * expected / start, rtol=1e-10)


def test_the_engine_reads_what_the_formula_says(tmp_path: Path) -> None:
    made = system(tmp_path)
    program = made.program()
    futures = made.run(3, days=(0, 1000))
    parts = [futures.of(f"{OWN}.{pair}:integral")[0, :, 1] for pair in ("AAA-BBB", "AAA-DDD")]
    np.testing.assert_allclose(sum(parts), futures.of(f"{OWN}:integral")[0, :, 1], rtol=1e-12)
    at_start = reading(program, program.default_theta(), OWN)[0]
    np.testing.assert_allclose(futures.of(f"{OWN}_now:level")[0, :, 0], at_start, rtol=1e-12)


def test_ties_with_the_rival_or_with_outsiders_do_not_count(tmp_path: Path) -> None:
    made = system(tmp_path)
    assert not made.low.builder.readable(f"{OWN}.CCC-DDD")
    assert not any("CCC-DDD" in name for name in made.low.derived)


def test_a_raised_tie_raises_encirclement_by_its_own_part_alone(tmp_path: Path) -> None:
    made = system(tmp_path)
    program, theta = made.program(), made.theta(20)
    raised = {"ties.AAA-BBB.command": 3}
    delta = reading(program, theta, OWN, raised) - reading(program, theta, OWN)
    mine = f"{OWN}.AAA-BBB"
    part = reading(program, theta, mine, raised) - reading(program, theta, mine)
    assert (delta > 0).all()
    np.testing.assert_allclose(delta, part, rtol=1e-9)


def test_distances_are_great_circles() -> None:
    assert great_circle_km((0, 0), (0, 0)) == 0
    quarter = math.pi / 2 * 6371.0088
    assert great_circle_km((0, 0), (90, 0)) == pytest.approx(quarter)
    assert great_circle_km((0, 10), (0, 100)) == pytest.approx(quarter)
    assert great_circle_km((10, 20), (-10, -160)) == pytest.approx(2 * quarter)


def test_capabilities_and_distances_are_quantities_that_can_be_traced(tmp_path: Path) -> None:
    made = system(tmp_path)
    index = next(i for i in made.program().indices if i.name == OWN)
    formulas = {p.name: p.formula for p in made.program().parameters}
    found: set[str] = set()
    queue = [name for term in index.terms for name in formulas[term.parameter].names()]
    while queue:
        name = queue.pop()
        if name in made.low.derived:
            queue += made.low.derived[name].names()
        else:
            found.add(name)
    assert found <= set(made.low.quantities)
    assert {"actors.AAA.capability", "actors.BBB.km_to.CCC", "ties.AAA-BBB.troops"} <= found
    assert made.low.quantities["actors.BBB.km_to.CCC"].kind == "computed"


WIDER = """
encirclement:
  CCC:
    by: [AAA, BBB, DDD]
    layers:
      pact: {value: 0.5 to 2 ratio, judged: j}
      industry: {value: 0.5 to 2 ratio, judged: j}
    reach: {value: 1000 to 4000 km, judged: j}
    economic: [industry]
    others:
      ties.CCC-DDD.alignment: {points: {value: 2 to 5 index, judged: j}}
      ties.AAA-BBB.information: {points: {value: 1 to 3 index, judged: j}, economic: true}
fears:
  left-alone:
    kind: abandonment
    who: DDD
    of: AAA
    reads:
      ties.AAA-DDD.presence: {points: {value: -3 to -1 index, judged: j}}
      politics.BBB.bloc: {at: liberal, points: {value: 1 to 4 index, judged: j}}
"""


def test_parts_that_are_no_ties_add_up_too_and_by_space(tmp_path: Path) -> None:
    made = system(tmp_path, perception=WIDER)
    program, theta = made.program(), made.theta(100)
    v = made.draws(100)
    moved = {"ties.CCC-DDD.alignment": 3, "ties.AAA-BBB.information": 1, "ties.AAA-DDD.pact": 3}
    assert reading(program, theta, OWN) == pytest.approx(100, rel=1e-12)
    parts = [
        n.name
        for n in program.indices
        if n.name.startswith(f"{OWN}.") and not n.name.endswith("economic")
    ]
    assert len(parts) == 4
    total = sum(reading(program, theta, name, moved) for name in parts)
    np.testing.assert_allclose(total, reading(program, theta, OWN, moved), rtol=1e-12)
    change = reading(program, theta, f"{OWN}_change", moved)
    np.testing.assert_allclose(change, total / 100 - 1, rtol=0, atol=1e-12)
    # information falls from real time, 3, to 1; alignment rises from distant, 1, to 3
    points = v["perception.CCC.others.ties.AAA-BBB.information"]
    economic = f"{OWN}.economic"
    gap = reading(program, theta, economic, moved) - reading(program, theta, economic)
    np.testing.assert_allclose(gap, -2 * points, rtol=1e-9)


def test_a_fear_is_nought_at_the_as_of_date_and_moves_by_its_points(tmp_path: Path) -> None:
    made = system(tmp_path, perception=WIDER)
    program, theta = made.program(), made.theta(100)
    fear = "perception.fears.left-alone"
    assert reading(program, theta, fear) == pytest.approx(0, abs=1e-12)
    v = made.draws(100)
    moved = {"ties.AAA-DDD.presence": 3, "politics.BBB.bloc": 1}
    expected = 2 * v[f"{fear}.reads.ties.AAA-DDD.presence"] + v[f"{fear}.reads.politics.BBB.bloc"]
    np.testing.assert_allclose(reading(program, theta, fear, moved), expected, rtol=1e-9)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("economic: [industry]", "economic: [exercises]", "no weighed layer is called 'exercises'"),
        ("ties.CCC-DDD.alignment:", "ties.CCC-DDD.alinement:", "no variable is called"),
        ("of: AAA", "of: DDD", "DDD fears itself"),
        ("who: DDD", "who: EEE", "no actor is called 'EEE'"),
        ("at: liberal", "at: liberals", "no level of politics.BBB.bloc"),
        ("kind: abandonment", "kind: abandon", "abandonment"),
    ],
)
def test_mistakes_in_what_is_perceived(tmp_path: Path, before: str, after: str, told: str) -> None:
    assert before in WIDER
    texts = system(tmp_path, perception=WIDER.replace(before, after)).texts()
    assert any(told in text for text in texts), texts
