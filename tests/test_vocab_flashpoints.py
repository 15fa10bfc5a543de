"""Flashpoints and preparation: rates, shares, expected and counted crises."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vocab_system import fixed, system, within

BARE = {"politics": None, "pledges": None, "command": None, "perception": None}
PLACE = f"""
flashpoints:
  strait:
    rival: CCC
    defenders: [AAA]
    dispute: {{rate: {fixed("2 per year")}}}
    tension: {{ends: {fixed("60 days")}, crisis: {fixed("0.2 share")}}}
    crisis: {{ends: {fixed("30 days")}, war: {fixed("0.3 share")}}}
    war: {{ends: {fixed("100 days")}}}
"""
FUTURES = 1000


def place(folder: Path, text: str = PLACE, **more: str):
    return system(folder, flashpoints=text, **({"preparation": None} | BARE | more))


def test_the_stated_shares_of_tensions_and_crises_go_on(tmp_path: Path) -> None:
    made = place(tmp_path)
    builder = made.low.builder
    for step in ("tension.ends", "crisis.ends", "crisis.war"):
        builder.observer(step, "count", transition=f"flashpoints.strait.{step}")
    futures = made.run(FUTURES)
    total = {o: futures.of(o).sum() for o in ("tension.ends", "crisis.ends", "crisis.war")}
    crises = futures.of("flashpoints.strait.crises:count").sum()
    assert within(crises / (crises + total["tension.ends"]), 0.2, crises + total["tension.ends"])
    ended = total["crisis.war"] + total["crisis.ends"]
    assert within(total["crisis.war"] / ended, 0.3, ended)


def test_tensions_and_crises_last_as_long_as_stated(tmp_path: Path) -> None:
    made = place(tmp_path)
    builder = made.low.builder
    for level, label in ((1, "tension"), (2, "crisis")):
        builder.observer(
            label, "integral", made.low.flag(label, "flashpoints.strait.state", level, level)
        )
    builder.observer("tensions", "count", transition="flashpoints.strait.dispute")
    futures = made.run(FUTURES)
    for label, entered, mean in (
        ("tension", "tensions", 60),
        ("crisis", "flashpoints.strait.crises:count", 30),
    ):
        n = futures.of(entered).sum()
        # Exponential stays: four standard errors, and half a stay cut off by the horizon.
        slack = 4 * mean / np.sqrt(n) + mean * FUTURES / n
        assert abs(futures.of(label).sum() / n - mean) <= slack


def test_crises_are_expected_as_often_as_they_are_counted(tmp_path: Path) -> None:
    futures = place(tmp_path).run(FUTURES)
    expected = futures.of("flashpoints.strait.crises:hazard")[0, :, 0]
    counted = futures.of("flashpoints.strait.crises:count")[0, :, 0]
    gap = counted - expected
    # A martingale: mean nil; four standard errors.
    assert abs(gap.mean()) <= 4 * gap.std() / np.sqrt(FUTURES)
    assert expected.std() < counted.std()


def test_a_driver_multiplies_the_hazard_by_the_exponential_of_its_effect(tmp_path: Path) -> None:
    driven = PLACE.replace(
        "crisis: {value: 0.2 share, computed: invented}}",
        "crisis: {value: 0.2 share, computed: invented}, drivers: "
        f"[{{of: ties.AAA-BBB.command, effect: {fixed('0.7 log')}}}]}}",
    )
    program = place(tmp_path, driven).program()
    theta = program.default_theta()[0]
    column = {p.name: i for i, p in enumerate(program.parameters)}
    owner = "flashpoints.strait.tension.crisis"
    assert theta[column[f"{owner}:ties.AAA-BBB.command"]] == 0.7
    np.testing.assert_allclose(np.exp(theta[column[f"{owner}:log_rate"]]), 0.2 / 60, rtol=1e-12)


def test_an_effect_for_an_amount_of_what_is_read_counts_in_proportion(tmp_path: Path) -> None:
    driven = PLACE.replace(
        "crisis: {value: 0.2 share, computed: invented}}",
        "crisis: {value: 0.2 share, computed: invented}, drivers: "
        f"[{{of: ties.AAA-BBB.command, effect: {fixed('0.7 log')}, per: {fixed('-2 index')}}}]}}",
    )
    made = place(tmp_path, driven)
    program = made.program()
    column = {p.name: i for i, p in enumerate(program.parameters)}
    name = "flashpoints.strait.tension.crisis:ties.AAA-BBB.command"
    assert program.default_theta()[0][column[name]] == -0.35
    # the effect keeps its name, so that an account sets it in the unit in which it was found
    effect = "flashpoints.strait.tension.drivers.ties.AAA-BBB.command"
    assert made.low.quantities[effect].central == 0.7
    assert made.low.quantities[f"{effect}.per"].central == -2
    bounded = "{value: 0.2 to 1 log, family: uniform, judged: invented}"
    assert place(tmp_path, driven.replace(fixed("-2 index"), bounded)).texts() == []


def test_disputes_come_at_their_rate_while_calm(tmp_path: Path) -> None:
    made = place(tmp_path)
    calm = made.low.flag("calm", "flashpoints.strait.state", 0, 0)
    made.low.builder.observer("calm:integral", "integral", calm)
    futures = made.run(50)
    years = futures.of("calm:integral") / 365.25
    np.testing.assert_allclose(futures.of("flashpoints.strait.disputes:hazard"), 2 * years)


def test_a_share_of_nil_never_goes_on(tmp_path: Path) -> None:
    futures = place(tmp_path, PLACE.replace("0.3 share", "0 share")).run(100)
    assert futures.of("flashpoints.strait.wars:hazard").max() == 0
    assert np.isinf(futures.of("flashpoints.strait.war_by:first")).all()


def test_a_flashpoint_may_start_in_crisis(tmp_path: Path) -> None:
    text = PLACE.replace("    rival: CCC", "    rival: CCC\n    state: crisis")
    futures = place(tmp_path, text).run(10)
    assert (futures.of("flashpoints.strait.crisis_by:first") == 0).all()


def test_preparation_rises_at_its_rate_and_stops_at_its_top(tmp_path: Path) -> None:
    text = f"""
preparation:
  CCC: {{top: 100, start: 0, rises: {{rate: {fixed("2 per year")}}}}}
"""
    futures = place(tmp_path, preparation=text).run(FUTURES, days=(3652.5,))
    level = futures.of("preparation.CCC.level:level")
    # Poisson with mean 20: four standard errors.
    assert abs(level.mean() - 20) <= 4 * np.sqrt(20 / FUTURES)
    low = text.replace("top: 100", "top: 3")
    capped = place(tmp_path, preparation=low).run(50)
    assert capped.of("preparation.CCC.level:level").max() == 3


def test_preparation_falls_no_lower_than_nil(tmp_path: Path) -> None:
    text = f"""
preparation:
  CCC:
    top: 4
    start: 4
    rises: {{rate: {fixed("0 per year")}}}
    falls: {{rate: {fixed("5 per year")}}}
"""
    futures = place(tmp_path, preparation=text).run(50)
    assert (futures.of("preparation.CCC.level:level") == 0).all()
