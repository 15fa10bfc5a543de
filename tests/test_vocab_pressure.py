"""Pressure: provocations answered or not, by which instrument, for how long and at what cost."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from vocab_system import system

YEAR = 365.25
DAYS = 3653
PRESS = """
pressure:
  lean:
    name: C on B
    sender: CCC
    target: BBB
    provocations: {rate: {value: 2 per year, computed: invented}}
    answered: {value: 0.25 share, computed: invented}
    instruments:
      checks:
        weight: {value: 3 ratio, computed: invented}
        lasts: {median: {value: 30 days, computed: c}, spread: {value: 1.5 ratio, computed: c}}
        exposed: {value: 10 billion USD, computed: c}
        loss: {value: 0.1 share, computed: c}
      ban:
        weight: {value: 1 ratio, computed: invented}
        lasts: {median: {value: 60 days, computed: c}, spread: {value: 2 ratio, computed: c}}
        exposed: {value: 10 billion USD, computed: c}
        loss: {value: 0.4 share, computed: c}
"""
SANCTIONS = """
sanctions:
  second-hand:
    name: sanctions on C
    by: [AAA]
    on: CCC
    onset: {rate: {value: 0.2 per year, computed: invented}}
    lasts: {median: {value: 3 years, computed: c}, spread: {value: 1.5 ratio, computed: c}}
    exposed: {value: 5 billion USD, computed: c}
    loss: {value: 0.2 share, computed: c}
"""


def mean_days(median: float, spread: float) -> float:
    sigma = np.log(spread) / 1.2815515655446004
    return float(median * np.exp(sigma**2 / 2))


def test_answers_split_by_weight_and_last_as_long_as_stated(tmp_path: Path) -> None:
    futures = system(tmp_path, pressure=PRESS).run(2000, days=(DAYS,))
    checks = futures.of("pressure.lean:checks")[0, :, 0].sum()
    ban = futures.of("pressure.lean:ban")[0, :, 0].sum()
    provoked = futures.of("pressure.lean:provocations")[0, :, 0].sum()
    n = checks + ban
    # shares of independent choices; four standard errors
    assert n / provoked == pytest.approx(0.25, abs=4 * np.sqrt(0.25 * 0.75 / provoked))
    assert checks / n == pytest.approx(0.75, abs=4 * np.sqrt(0.75 * 0.25 / n))


def test_the_share_of_time_under_pressure_is_that_of_a_renewal_process(tmp_path: Path) -> None:
    world = system(tmp_path, pressure=PRESS)
    futures = world.run(2000, days=(40 * DAYS,))
    cost = futures.of("pressure.lean:cost")[0, :, 0] / (40 * DAYS)
    # alternating renewal (Ross 1996, theorem 3.4.4): calm 1 / (2 x 0.25) years, then a spell
    calm = YEAR / 0.5
    spells = np.array([mean_days(30, 1.5), mean_days(60, 2)])
    rates = np.array([1e9, 4e9])
    share = np.array([0.75, 0.25])
    exact = (share * spells * rates).sum() / (calm + (share * spells).sum())
    assert cost.mean() == pytest.approx(exact, rel=0.02)  # about eight standard errors
    name = world.low.measures["pressure.lean.cost_per_episode"]
    assert name.how == "ratio"


def test_an_answer_under_drivers_keeps_the_odds_of_a_logit(tmp_path: Path) -> None:
    driven = PRESS.replace(
        "    instruments:",
        "    drivers: [{of: ties.AAA-BBB.pact, effect: {value: 0.5 log, computed: c}}]\n"
        "    instruments:",
    )
    futures = system(tmp_path, pressure=driven).run(2000, days=(DAYS,))
    answered = sum(futures.of(f"pressure.lean:{i}")[0, :, 0].sum() for i in ("checks", "ban"))
    provoked = futures.of("pressure.lean:provocations")[0, :, 0].sum()
    odds = 0.25 / 0.75 * np.exp(0.5 * 3)  # the pact stands at its third level
    p = odds / (1 + odds)
    assert answered / provoked == pytest.approx(p, abs=4 * np.sqrt(p * (1 - p) / provoked))


def test_sanctions_are_in_force_by_the_theory_of_alternating_renewal(tmp_path: Path) -> None:
    futures = system(tmp_path, pressure=SANCTIONS).run(3000, days=(DAYS,))
    by = float(np.mean(futures.of("sanctions.second-hand.by:first")[0, :, 0] <= DAYS))
    assert by == pytest.approx(1 - np.exp(-0.2 * DAYS / YEAR), abs=0.037)
    long = system(tmp_path, pressure=SANCTIONS).run(400, days=(40 * DAYS,))
    cost = long.of("sanctions.second-hand:cost")[0, :, 0] / (40 * DAYS)
    on, off = mean_days(3 * YEAR, 1.5), YEAR / 0.2
    share = on / (on + off)  # Ross 1996, theorem 3.4.4
    # about fifty cycles a future: a standard error of 0.3 %, and 0.5 % for beginning with none
    assert cost.mean() == pytest.approx(1e9 * share, rel=0.02)
    expected = long.of("sanctions.second-hand:expected")[0, :, 0].mean()
    assert expected == pytest.approx(40 * DAYS / (on + off), rel=0.02)


BAD = {
    "presses itself": ("target: BBB", "target: CCC"),
    "unknown target": ("target: BBB", "target: BBX"),
    "always answered": ("answered: {value: 0.25 share", "answered: {value: 1 share"),
    "no instrument": (PRESS[PRESS.index("    instruments:") :], "    instruments: {}\n"),
    "called none": ("      ban:", "      none:"),
    "a rate without a year": ("value: 2 per year", "value: 2"),
    "a loss above one": ("loss: {value: 0.4 share", "loss: {value: 1.4 share"),
    "unknown driver": (
        "    instruments:",
        "    drivers: [{of: ties.AAA-BBB.pakt, effect: {value: 0.5 log, computed: c}}]\n"
        "    instruments:",
    ),
    "a driver twice": (
        "    instruments:",
        "    drivers: [{of: ties.AAA-BBB.pact, effect: {value: 0.5 log, computed: c}},"
        " {of: ties.AAA-BBB.pact, effect: {value: 0.2 log, computed: c}}]\n    instruments:",
    ),
    "money without a currency": ("10 billion USD", "10 billion"),
}
SNAPSHOTS = Path(__file__).parent / "snapshots" / "pressure"


@pytest.mark.parametrize("mistake", BAD)
def test_a_mistake_is_told_as_its_author_needs_it(mistake: str, tmp_path: Path) -> None:
    before, after = BAD[mistake]
    assert before in PRESS
    world = system(tmp_path, pressure=PRESS.replace(before, after, 1))
    told = "\n".join(world.texts()).replace(str(tmp_path), "") + "\n"
    file = SNAPSHOTS / f"{mistake.replace(' ', '-')}.txt"
    if os.environ.get("RIMLAND_UPDATE_SNAPSHOTS") == "1":
        file.parent.mkdir(exist_ok=True)
        file.write_text(told, encoding="utf-8")
    assert told == file.read_text(encoding="utf-8")
    assert world.texts()
