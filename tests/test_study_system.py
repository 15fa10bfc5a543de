"""The system as the page's payload has it: what adds up, what is where, what a future tells."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from rimland.notation.problems import ScenarioError
from rimland.scenario.declaration import AS_ASSESSED
from rimland.study import Run, load
from rimland.study.page import _stations, switch_of
from rimland.study.run import Need
from rimland.study.system import STATION_FUTURES, add_up, station_run, system
from rimland.study.system_future import RANKS, chosen, replayer, told
from strait import edited, template

JUDGED = "judged: invented for this example"
EDITS = (
    (
        "actors.yaml",
        "actors:\n",
        f"actors:\n  DDD:\n    name: Deland\n"
        f"    capability: {{value: 0.01 to 0.02 share, {JUDGED}}}\n"
        f"    capital: {{latitude: -20, longitude: -170, {JUDGED}}}\n",
    ),
    (
        "ties.yaml",
        "ties:\n",
        f"ties:\n  - pair: [DDD, AAA]\n    pact: consultation\n    industry: coproduction\n"
        f"    {JUDGED}\n",
    ),
    ("perception.yaml", "by: [AAA, BBB]", "by: [AAA, BBB, DDD]\n    economic: [industry]"),
    (
        "perception.yaml",
        "    layers:\n",
        f"    layers:\n      industry: {{value: 0.2 to 0.8 ratio, {JUDGED}}}\n",
    ),
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return load(edited(tmp_path_factory.mktemp("s"), *EDITS)).run(30, 4, 1)


@pytest.fixture(scope="module")
def shown(run: Run) -> dict[str, Any]:
    return system(run, switch_of(run))


def seen(run: Run, name: str) -> np.ndarray:
    """Return what a measure of one observer reads at the horizon, under the first account."""
    futures = run.under(None, AS_ASSESSED, [name])
    return futures.of(run.measure(name).observers[0])[:, :, -1].ravel()


def test_the_parts_of_encirclement_add_up_to_the_whole_under_every_account_and_variant(run, shown):
    (found,) = shown["encirclement"]
    assert found["labels"][0] in ("Aland–Beland", "Aland–Deland")
    assert len(found["labels"]) == 2
    for account in run.scenario.accounts:
        for variant in switch_of(run):
            split = found["in"][account][variant]
            assert sum(split["parts"]) == pytest.approx(split["whole"], abs=1e-9)
            assert split["p05"] <= split["whole"] <= split["p95"]
            assert 0 < split["economic"] < split["whole"]


def test_rounding_keeps_the_sum_and_moves_no_part_by_a_whole_step():
    values = [33.34, 33.33, 33.33]
    parts = add_up(values, 100.0)
    assert sum(parts) == pytest.approx(100.0, abs=1e-9)
    assert np.all(np.abs(np.array(parts) - values) < 0.1)
    with pytest.raises(ValueError, match="add up"):
        add_up([1.0, 2.0], 4.0)


def test_a_pledge_has_its_stage_its_due_date_and_the_times_of_the_very_run(run, shown):
    pledge = next(p for p in shown["pledges"] if p["id"] == "joint-staff")
    assert (pledge["stage"], pledge["due"]) == ("resourced", "2028-01-01")
    account = run.scenario.accounts[0]
    low, middle, high, ever, late = pledge["in"][account][AS_ASSESSED]
    first = seen(run, "pledges.joint-staff.operational")
    horizon = run.scenario.assembled.horizon_day
    assert ever == pytest.approx(np.mean(first <= horizon), abs=1e-4)
    # days are shown whole
    assert np.mean(first <= middle + 1) >= 0.5 >= np.mean(first < middle - 1)
    assert low <= middle
    assert high is None or high >= middle
    gone = seen(run, "pledges.joint-staff.late")
    assert late == pytest.approx(np.mean(gone <= horizon), abs=1e-4)
    due = run.scenario.assembled.day(date(2028, 1, 1))
    assert np.all(first[gone <= horizon] > due)


def test_a_pledge_that_a_variant_holds_back_is_operational_in_no_future(shown):
    pledge = next(p for p in shown["pledges"] if p["id"] == "joint-staff")
    for by_variant in pledge["in"].values():
        assert by_variant["no-joint-staff"][:4] == [None, None, None, 0.0]


def test_the_map_has_capitals_ties_at_their_levels_ports_passages_and_flashpoints(shown):
    chart = shown["map"]
    places = {a["id"]: a["at"] for a in chart["actors"]}
    assert places["AAA"] == (20.0, 10.0)
    tie = next(t for t in chart["ties"] if t["pair"] == ["AAA", "BBB"])
    layers = {layer["id"]: layer["levels"] for layer in chart["layers"]}
    assert layers["pact"][tie["levels"]["pact"]] == "defence"
    assert layers["alignment"][tie["levels"]["alignment"]] == "aligned"
    assert {b["id"] for b in chart["bases"]} == {"aland", "beland"}
    assert next(b for b in chart["bases"] if b["id"] == "beland")["says"][0] == "4 frigates"
    (narrows,) = chart["passages"]
    assert narrows["open"]
    assert narrows["legs"] == [[(170.0, 20.0), (160.0, 15.0)]]
    (strait,) = chart["flashpoints"]
    assert (strait["at"], strait["state"], strait["note"]) == ((160.0, 15.0), "calm", "")
    assert chart["unplaced"] == []


def test_a_flashpoint_lies_where_the_page_says_or_else_at_its_first_defenders_capital(tmp_path):
    said = "positions: {strait: {latitude: -5, longitude: 179.5}}"
    given = load(edited(tmp_path / "a", ("scenario.yaml", "page:\n", f"page:\n  {said}\n")))
    run = given.run(1, 2, 1)
    assert system(run, [AS_ASSESSED])["map"]["flashpoints"][0]["at"] == (179.5, -5.0)
    scenario = template(tmp_path / "b")
    for name in ("forces.yaml", "ports.csv", "legs.csv"):
        (scenario / name).unlink()
    for name in ("claims.yaml", "variants.yaml"):
        (scenario / name).unlink()
    text = (scenario / "scenario.yaml").read_text()
    text = text.replace("variants: [no-joint-staff, parliament-refuses, "
                        "no-joint-staff+parliament-refuses]", "variants: []")  # fmt: skip
    text = text.replace("labels: {no-joint-staff+parliament-refuses: both}", "labels: {}")
    (scenario / "scenario.yaml").write_text(text)
    bare = load(scenario)
    found = system(bare.run(2, 2, 1), [AS_ASSESSED])
    (strait,) = found["map"]["flashpoints"]
    first = bare.assembled.words["flashpoints.yaml"].flashpoints["strait"].defenders[0]
    capital = bare.assembled.words["actors.yaml"].actors[first].capital
    assert strait["at"] == (capital.longitude, capital.latitude)
    assert "capital" in strait["note"]
    assert found["stations"] == found["map"]["bases"] == found["map"]["passages"] == []


def test_a_position_of_no_flashpoint_is_reported_with_the_nearest_name(tmp_path):
    said = "positions: {strat: {latitude: 0, longitude: 0}}"
    with pytest.raises(ScenarioError, match=r"no flashpoint 'strat'.*Did you mean 'strait'"):
        load(edited(tmp_path, ("scenario.yaml", "page:\n", f"page:\n  {said}\n")))


def test_the_futures_told_stand_at_the_stated_ranks_and_are_those_of_the_run(run, shown):
    account = run.scenario.accounts[0]
    measure = run.measure("command.strait.force_in_time")
    found = chosen(run, account, measure)
    futures = run.under(account, AS_ASSESSED, [measure.name])
    values = futures.of(measure.observers[0])[:, :, -1] / futures.of(measure.over[0])[:, :, -1]
    known = np.sort(values[np.isfinite(values)]) * measure.scale
    for (share, label), one in zip(RANKS, found, strict=True):
        assert one.label == label
        assert one.value == pytest.approx(known[round(share * (known.size - 1))])
        assert one.value == pytest.approx(values[one.draw, one.future] * measure.scale)
    assert [t["label"] for t in shown["replay"]["told"]] == [label for _, label in RANKS]


def test_what_is_told_of_a_future_agrees_with_what_the_run_counted_in_it(run):
    account = run.scenario.accounts[0]
    name = "pledges.joint-staff.operational"
    futures = seen(run, name).reshape(run.draws, run.futures)
    as_of = run.scenario.assembled.heading.as_of
    again = replayer(run, account)
    for one in chosen(run, account, None):
        events = told(run.scenario.assembled, again(one))
        days = [e["on"] for e in events]
        assert days == sorted(days)
        works = [e["on"] for e in events if e["text"] == "Joint staff: operational"]
        first = futures[one.draw, one.future]
        if np.isfinite(first) and first <= run.scenario.assembled.horizon_day:
            assert run.scenario.assembled.day(type(as_of).fromisoformat(works[0])) == int(first)
        else:
            assert works == []


def test_force_on_station_is_the_run_itself_with_fewer_futures(run):
    few = station_run(run)
    assert few.futures == min(run.futures, STATION_FUTURES)
    name = "forces.off-the-strait.on_station"
    account = run.scenario.accounts[0]
    run.make({Need(account, AS_ASSESSED): frozenset([name])})
    (observer,) = run.measure(name).observers
    whole = run.under(account, AS_ASSESSED, [name]).of(observer)
    assert np.array_equal(
        few.under(account, AS_ASSESSED, [name]).of(observer), whole[:, : few.futures]
    )
    assert set(_stations(run)) == {name}
    assert set(_stations(run)[name]["fans"][account]) == set(switch_of(run))


def test_without_a_measure_the_first_future_of_each_draw_is_told_and_the_rule_says_so(tmp_path):
    path = edited(tmp_path, ("scenario.yaml", "  measure: command.strait.force_in_time\n", ""))
    found = system(load(path).run(6, 2, 1), [AS_ASSESSED])["replay"]
    assert [(t["draw"], t["future"]) for t in found["told"]] == [(d, 1) for d in range(1, 6)]
    assert "first future" in found["rule"]
