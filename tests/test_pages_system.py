"""The system view in a real Chromium: layers of ties, timelines, bars that add up, one future."""

# a fixture of another module is named by its argument
# ruff: noqa: F811

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("selenium", reason="selenium is not installed")

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from rimland.pages import write
from rimland.study import load
from rimland.study.page import payload
from strait import edited
from test_pages_browser import Reader, driver, pytestmark, reader  # noqa: F401
from test_study_system import EDITS


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    run = load(edited(tmp_path_factory.mktemp("s"), *EDITS)).run(30, 4, 1)
    return payload(run, run.judge(thorough=False))


@pytest.fixture(scope="module")
def page(shown: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(shown, tmp_path_factory.mktemp("page") / "report.html")


def goes_there(reader: Reader, fragment: str = "", **size: int) -> None:
    reader.opens(fragment, **size)
    reader.runs("document.getElementById('system').scrollIntoView()")
    reader.sees("[data-testid=map] svg path.land")


def picks(reader: Reader, name: str, value: str) -> None:
    reader.sees(f"label:has(input[name='{name}'][value='{value}'])").click()


def bars(reader: Reader, shows: str) -> None:
    reader.runs("document.querySelector('.parts').scrollIntoView({block: 'center'})")
    reader.waits_for(f"document.querySelector('.parts').dataset.parts === '{shows}'")


def test_the_answers_come_first_and_the_system_second(reader):
    reader.opens()
    assert reader.runs(
        "return !!(document.querySelector('main').compareDocumentPosition("
        "document.getElementById('system')) & Node.DOCUMENT_POSITION_FOLLOWING)"
    )
    reader.sees(".down").click()
    reader.waits_for("document.getElementById('system').getBoundingClientRect().top < 200")


def test_another_layer_draws_other_ties_and_the_table_says_the_same(reader, shown):
    goes_there(reader)
    layers = {layer["id"]: layer for layer in shown["system"]["map"]["layers"]}
    for name in ("pact", "alignment", "command"):
        picks(reader, "layer", name)
        unstated = layers[name]["unstated"]
        wanted = {
            "-".join(tie["pair"]): tie["levels"][name]
            for tie in shown["system"]["map"]["ties"]
            if tie["levels"][name] != unstated
        }
        drawn = reader.runs(
            "return Object.fromEntries([...document.querySelectorAll('[data-tie]')]"
            ".map(e => [e.dataset.tie, Number(e.dataset.level)]))"
        )
        assert drawn == wanted
        table = reader.runs("return document.querySelector('[data-testid=map] table').textContent")
        for tie in shown["system"]["map"]["ties"]:
            if "-".join(tie["pair"]) in wanted:
                assert tie["name"] + layers[name]["levels"][tie["levels"][name]] in table
    assert "ties of the layer command" in reader.sees("[data-testid=map] svg").get_attribute(
        "aria-label"
    ).replace("1 tie ", "1 ties ")


def test_a_higher_level_is_wider_and_one_below_the_unstated_level_is_dashed(reader):
    goes_there(reader)
    width = (
        "return Number(document.querySelector('[data-tie=\"{}\"]').getAttribute('stroke-width'))"
    )
    assert reader.runs(width.format("AAA-BBB")) > reader.runs(width.format("AAA-DDD"))
    picks(reader, "layer", "alignment")
    dashes = "return getComputedStyle(document.querySelector('[data-tie=\"{}\"]')).strokeDasharray"
    assert reader.runs(dashes.format("BBB-CCC")) != "none"
    assert reader.runs(dashes.format("AAA-BBB")) == "none"


def test_points_on_both_sides_of_the_antimeridian_stand_side_by_side(reader):
    goes_there(reader)
    x = reader.runs(
        "const x = s => document.querySelector(s).getBoundingClientRect().x;"
        "return [x('[data-base=beland]'), x('[data-base=aland]'), x('[data-actor=AAA]'),"
        " document.querySelector('[data-testid=map] svg').getBoundingClientRect().width]"
    )
    assert 0 < x[1] - x[0] < 0.3 * x[3], "170 east and 150 west are 40 degrees apart, not 320"
    assert x[2] < x[0]


def test_near_the_flashpoints_the_map_is_seen_from_nearer(reader):
    goes_there(reader)
    length = (
        "return document.querySelector('[data-passage=narrows] path').getBoundingClientRect().width"
    )
    before = reader.runs(length)
    picks(reader, "seen", "near")
    assert reader.runs(length) > 1.5 * before


def test_the_bars_end_where_the_next_begins_and_the_last_is_their_sum(reader, shown):
    goes_there(reader)
    bars(reader, "as-assessed/deterrence-led")
    spans = reader.runs(
        "return [...document.querySelectorAll('.parts .mark-rect path')].map(p => "
        "{ const r = p.getBBox(); return [r.x, r.x + r.width]; })"
    )
    *parts, whole, economic = spans
    assert len(parts) == 2
    assert parts[0][0] == pytest.approx(whole[0], abs=0.6)
    assert parts[0][1] == pytest.approx(parts[1][0], abs=0.6)
    assert parts[1][1] == pytest.approx(whole[1], abs=0.6)
    assert whole[0] < economic[1] < whole[1]
    split = shown["system"]["encirclement"][0]["in"]["deterrence-led"]["as-assessed"]
    numbers = reader.runs(
        "return [...document.querySelectorAll('[data-testid=encirclement] td')]"
        ".map(c => Number(c.textContent))"
    )
    assert sum(numbers[:2]) == pytest.approx(numbers[2], abs=1e-6)
    assert numbers == pytest.approx([*split["parts"], split["whole"], split["economic"]])


def test_the_run_chosen_above_changes_bars_pledges_and_force(reader):
    goes_there(reader)
    before = reader.text("[data-pledge=joint-staff]")
    reader.runs("document.querySelector('[name=run][value=no-joint-staff]').click()")
    after = reader.text("[data-pledge=joint-staff]")
    assert before != after
    assert "0\u202f%" in after
    bars(reader, "no-joint-staff/deterrence-led")
    reader.runs("document.querySelector('.plot').scrollIntoView()")
    reader.waits_for("document.querySelector('.plot').dataset.shows.startsWith('no-joint-staff/')")
    assert "no joint staff" in reader.text("[data-testid=station-ends]").lower()


def test_a_timeline_has_its_line_its_dot_its_due_date_and_says_them_in_words(reader, shown):
    goes_there(reader)
    pledge = next(p for p in shown["system"]["pledges"] if p["id"] == "joint-staff")
    row = reader.sees("[data-pledge=joint-staff]")
    assert len(row.find_elements(By.CSS_SELECTOR, "line.a")) == 1
    assert len(row.find_elements(By.CSS_SELECTOR, "circle.a")) == 1
    assert len(row.find_elements(By.CSS_SELECTOR, "line.due")) == 1
    text = row.get_property("textContent")
    late = pledge["in"]["deterrence-led"]["as-assessed"][4]
    assert "resourced" in text
    assert "due Jan 2028" in text
    assert f"{round(100 * late)}\u202f%" in text


def test_a_step_of_the_told_future_sets_the_map_to_that_day_and_back(reader, shown):
    goes_there(reader)
    events = shown["system"]["replay"]["told"][2]["events"]
    at = next(i for i, e in enumerate(events) if (e.get("sets") or [""])[0] == "flashpoint")
    level = events[at]["sets"][2]
    states = ["calm", "tension", "crisis", "war"]
    state = "return document.querySelector('[data-flashpoint=strait]').dataset.state"
    assert reader.runs(state) == "calm"
    reader.runs(f"document.querySelector('[data-event=\"{at}\"] button').click()")
    assert reader.runs(state) == states[level]
    assert "in the told future" in reader.text(".system h3 .soft")
    inside = reader.runs(
        "const list = document.querySelector('.replay ol').getBoundingClientRect();"
        "const item = document.querySelector('[aria-current=step]').getBoundingClientRect();"
        "return item.top >= list.top && item.bottom <= list.bottom"
    )
    assert inside, "the list has scrolled to what the map shows"
    reader.runs("document.querySelector('input[type=range]').focus()")
    reader.presses(Keys.HOME)
    assert reader.runs(state) == "calm"
    reader.presses(Keys.ARROW_RIGHT)
    assert reader.runs("return document.querySelector('[aria-current=step]').dataset.event") == "0"


def test_another_future_tells_other_events_and_a_kind_can_be_left_out(reader, shown):
    goes_there(reader)
    count = "return document.querySelectorAll('[data-event]').length"
    told = shown["system"]["replay"]["told"]
    assert reader.runs(count) == len(told[2]["events"])
    picks(reader, "future", "0")
    assert reader.runs(count) == len(told[0]["events"])
    reader.runs("document.querySelector('.kinds input').click()")
    left = [e for e in told[0]["events"] if e["kind"] != "crises"]
    assert reader.runs(count) == len(left)


def test_at_360_pixels_nothing_scrolls_sideways_and_everything_is_there(reader):
    goes_there(reader, width=360, height=780)
    bars(reader, "as-assessed/deterrence-led")
    assert reader.runs("return document.documentElement.scrollWidth") == 360
    for selector in ("[data-testid=map] svg", ".replay ol", "[data-pledge]", ".plot", ".parts svg"):
        box = reader.runs(
            f"const r = document.querySelector('{selector}').getBoundingClientRect();"
            "return [r.left, r.right, r.height]"
        )
        assert box[0] >= 0, selector
        assert box[1] <= 360, selector
        assert box[2] > 20, selector


def test_in_the_dark_the_map_is_dark_too(reader):
    goes_there(reader)
    colours = (
        "const c = (s, p) => getComputedStyle(document.querySelector(s))[p];"
        "return [c('.land', 'fill'), c('[data-tie]', 'stroke'), c('.capital', 'fill')]"
    )
    light = reader.runs(colours)
    reader.driver.execute_cdp_cmd(
        "Emulation.setEmulatedMedia",
        {"features": [{"name": "prefers-color-scheme", "value": "dark"}]},
    )
    dark = reader.runs(colours)
    assert all(one != other for one, other in zip(light, dark, strict=True))


def test_a_system_without_forces_or_coordinates_shows_what_it_has(reader, shown, tmp_path):
    bare = dict(shown)
    system = shown["system"]
    empty = {"bases": [], "sea": [], "passages": []}
    actors = [{**actor, "at": None} for actor in system["map"]["actors"]]
    flash = [{**one, "at": None} for one in system["map"]["flashpoints"]]
    bare["system"] = {
        **system,
        "map": {**system["map"], **empty, "actors": actors, "flashpoints": flash,
                "unplaced": ["Aland (no capital)"]},
        "stations": [],
        "encirclement": [],
        "replay": None,
    }  # fmt: skip
    whole, reader.url = reader.url, write(bare, tmp_path / "bare.html").as_uri()
    goes_there(reader)
    assert "Not on the map: Aland (no capital)." in reader.text("[data-testid=map]")
    assert reader.sees("[data-pledge=joint-staff]")
    assert not reader.driver.find_elements(By.CSS_SELECTOR, ".parts, .plot, .replay, [data-tie]")
    reader.url = whole
