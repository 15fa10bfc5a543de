"""Groupings: founding, joining by consent, steps, recurrence, and who is central."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom, norm, poisson

from vocab_system import system

YEAR = 365.25
HEAD = """
functions:
  watch: {says: seeing what comes, weight: {value: 1 ratio, computed: invented}}
  trade: {says: buying and selling, weight: {value: 0.5 ratio, computed: invented}}
groupings:
"""
HOW = ("seats", "weighted", "together", "all_weighted")
FOUR = """
  four:
    name: the Four
    function: watch
    members: [AAA, BBB, DDD]
    with_others: [EEE]
    since: 2020-01-01
    depth: recurring
    judged: invented
"""


def groupings(text: str) -> str:
    return HEAD + text


def test_a_grouping_that_nothing_moves_stays_as_it_is(tmp_path: Path) -> None:
    world = system(tmp_path, groupings=groupings(FOUR))
    futures = world.run(5)
    assert np.all(futures.of("groupings.four.depth:level") == 3)
    # depth 3 of weight 1; two others are actors; the fourth member is no actor
    assert np.all(futures.of("groupings.hub.AAA.weighted:level") == 3)
    assert np.all(futures.of("groupings.hub.AAA.together:level") == 2)
    assert np.all(futures.of("groupings.hub.AAA.seats:level") == 1)


@pytest.mark.parametrize(("needs", "p"), [(3, 0.7), (2, 0.4), (1, 0.2)])
def test_rounds_of_consent_follow_the_binomial(tmp_path: Path, needs: int, p: float) -> None:
    text = f"""
  club:
    function: watch
    members: [AAA, BBB, DDD]
    since: 2020-01-01
    depth: regular
    judged: invented
    joins:
      CCC:
        asks: {{rate: {{value: 1 per year, computed: invented}}}}
        consent: {{each: {{value: {p} share, computed: invented}}, needs: {needs}}}
"""
    world = system(tmp_path, groupings=groupings(text))
    futures = world.run(4000, days=(3653,))
    joined = float(np.mean(futures.of("groupings.club.joins.CCC:first")[0, :, 0] <= 3653))
    # a round comes at rate 1 a year while CCC is out, and wins with probability q:
    # thinning of a Poisson process. Standard error below 0.008; four of them err once in 16,000.
    q = float(binom.sf(needs - 1, 3, p))
    assert joined == pytest.approx(1 - np.exp(-q * 3653 / YEAR), abs=0.032)


def test_who_agrees_is_counted_one_by_one(tmp_path: Path) -> None:
    text = """
  club:
    function: watch
    members: [AAA, BBB, DDD]
    judged: invented
    founding:
      rate: {rate: {value: 0.5 per year, computed: invented}}
      depth: regular
      consent:
        each: {value: 0.9 share, computed: invented}
        of: {BBB: {value: 0.2 share, computed: invented}}
"""
    world = system(tmp_path, groupings=groupings(text))
    futures = world.run(4000, days=(3653,))
    founded = float(np.mean(futures.of("groupings.club.founded:first")[0, :, 0] <= 3653))
    assert founded == pytest.approx(1 - np.exp(-0.5 * 0.9 * 0.9 * 0.2 * 3653 / YEAR), abs=0.032)
    # when founded, all are in at once and it stands at the depth stated
    level = futures.of("groupings.club.depth:level")[0, :, 0]
    seats = futures.of("groupings.hub.BBB.seats:level")[0, :, 0]
    assert set(np.unique(level)) == {0, 2}
    assert np.array_equal(level > 0, seats == 1)


def test_an_answer_that_takes_time_delays_what_follows(tmp_path: Path) -> None:
    text = """
  club:
    function: watch
    members: [AAA, BBB, DDD]
    since: 2020-01-01
    depth: regular
    judged: invented
    joins:
      CCC:
        asks: {rate: {value: 1000 per year, computed: invented}}
        consent:
          each: {value: 0.999999 share, computed: invented}
          takes: {median: {value: 100 days, computed: c}, spread: {value: 2 ratio, computed: c}}
"""
    world = system(tmp_path, groupings=groupings(text))
    futures = world.run(2000, days=(300,))
    first = futures.of("groupings.club.joins.CCC:first")[0, :, 0]
    # the last of three lognormal answers: median m solves F(m)^3 = 1/2
    sigma = np.log(2) / norm.ppf(0.9)
    median = 100 * np.exp(sigma * norm.ppf(0.5 ** (1 / 3)))
    share = float(np.mean(first <= median + 0.4))  # the question comes after 0.37 days on average
    assert share == pytest.approx(0.5, abs=0.045)  # four standard errors


def test_depth_goes_up_and_down_as_a_birth_and_death_chain(tmp_path: Path) -> None:
    text = """
  club:
    function: watch
    members: [AAA, BBB, DDD]
    since: 2020-01-01
    depth: dialogue
    judged: invented
    deepens: {rate: {value: 6 per year, computed: invented}}
    shallows: {rate: {value: 12 per year, computed: invented}}
"""
    world = system(tmp_path, groupings=groupings(text))
    level = world.run(3000, days=(7305,)).of("groupings.club.depth:level")[0, :, 0]
    # stationary: geometric with ratio 1/2 on 1 .. 5
    exact = 0.5 ** np.arange(5)
    exact /= exact.sum()
    found = np.bincount(level.astype(int), minlength=6)[1:] / level.size
    assert found == pytest.approx(exact, abs=0.037)


def test_what_ends_leaves_no_members_and_does_nothing_more(tmp_path: Path) -> None:
    text = """
  club:
    function: watch
    members: [AAA, BBB, DDD]
    since: 2020-01-01
    depth: recurring
    judged: invented
    ends: {rate: {value: 1000 per year, computed: invented}}
    recurs:
      drill: {first: 2025-06-01, held: {value: 0.999 share, computed: invented}}
"""
    world = system(tmp_path, groupings=groupings(text))
    futures = world.run(20)
    assert np.all(futures.of("groupings.hub.DDD.seats:level") == 0)
    assert np.all(futures.of("groupings.club.drill:held") == 0)


def test_an_activity_is_held_as_often_as_its_share_says(tmp_path: Path) -> None:
    text = """
  club:
    function: watch
    members: [AAA, BBB, DDD]
    since: 2020-01-01
    depth: recurring
    judged: invented
    recurs:
      drill: {first: 2025-01-31, every_months: 1, held: {value: 0.8 share, computed: invented}}
      parade: {first: 2025-01-01, least: integrated, held: {value: 0.8 share, computed: invented}}
"""
    world = system(tmp_path, groupings=groupings(text))
    futures = world.run(1000)
    held = futures.of("groupings.club.drill:held")[0, :, 0]
    due = 12 * (2034 - 2025) + 3  # the last of each month to March 2034, whatever its length
    se = np.sqrt(0.8 * 0.2 / (due * 1000))
    assert held.mean() / due == pytest.approx(0.8, abs=4 * se)
    assert np.all(futures.of("groupings.club.parade:held") == 0)
    assert held.max() <= due


def test_the_number_of_times_it_is_put_is_poisson(tmp_path: Path) -> None:
    # refused each time, so that the question comes again: rounds thin no further
    text = """
  club:
    function: watch
    members: [AAA, BBB, DDD]
    since: 2020-01-01
    depth: recurring
    judged: invented
    joins:
      CCC:
        asks: {rate: {value: 2 per year, computed: invented}}
        consent: {each: {value: 0.000001 share, computed: invented}}
"""
    world = system(tmp_path, groupings=groupings(text))
    world.low.builder.observer("rounds", "count", transition="groupings.club.joins.CCC.refused")
    rounds = world.run(2000, days=(1461,)).of("rounds")[0, :, 0]
    mean = 2 * 1461 / YEAR
    assert rounds.mean() == pytest.approx(mean, abs=4 * np.sqrt(mean / 2000))
    assert np.mean(rounds <= 8) == pytest.approx(poisson.cdf(8, mean), abs=0.045)


def test_old_obligations_stand_apart(tmp_path: Path) -> None:
    text = HEAD.replace(
        "groupings:",
        "  old: {says: a treaty, apart: true, weight: {value: 2 ratio, computed: c}}\ngroupings:",
    )
    old = FOUR.replace("  four:", "  pact:").replace("watch", "old")
    futures = system(tmp_path, groupings=text + FOUR + old).run(1)
    read = {h: float(futures.of(f"groupings.hub.AAA.{h}:level")[0, 0, 0]) for h in HOW}
    assert read == {"seats": 1, "weighted": 3, "together": 2, "all_weighted": 9}


def test_centrality_can_disagree_by_definition(tmp_path: Path) -> None:
    text = """
  deep: {function: watch, members: [AAA, BBB, DDD], since: 2020-01-01, depth: integrated, judged: j}
  one: {function: trade, members: [AAA, CCC, DDD], since: 2020-01-01, depth: dialogue, judged: j}
  two: {function: trade, members: [AAA, CCC, DDD], since: 2020-01-01, depth: dialogue, judged: j}
"""
    world = system(tmp_path, groupings=groupings(text))
    futures = world.run(1)

    def level(who: str, how: str) -> float:
        return float(futures.of(f"groupings.hub.{who}.{how}:level")[0, 0, 0])

    assert level("BBB", "weighted") == 5
    assert level("CCC", "weighted") == 1
    assert level("BBB", "seats") == 1
    assert level("CCC", "seats") == 2
    assert level("CCC", "together") == 4
    # five layers but pact and alignment: presence 3/3, exercises 3/3, industry 4/4, command 1/3 ...
    assert level("BBB", "bilateral") > level("CCC", "bilateral") == 0


BAD = {
    "two members": ("members: [AAA, BBB, DDD]", "members: [AAA, BBB]"),
    "unknown member": ("members: [AAA, BBB, DDD]", "members: [AAA, BBB, DDE]"),
    "unknown function": ("function: watch", "function: wacht"),
    "unknown depth": ("depth: recurring", "depth: recuring"),
    "after the as-of date": ("since: 2020-01-01", "since: 2025-01-01"),
    "no day": ("since: 2020-01-01", "note: no day"),
    "a member joins": (
        "judged: invented",
        "judged: invented\n    joins: {AAA: {asks: {rate: {value: 1 per year, computed: c}},"
        " consent: {each: {value: 0.5 share, computed: c}}}}",
    ),
    "too many needed": (
        "judged: invented",
        "judged: invented\n    joins: {CCC: {asks: {rate: {value: 1 per year, computed: c}},"
        " consent: {needs: 4, each: {value: 0.5 share, computed: c}}}}",
    ),
    "asks a stranger": (
        "judged: invented",
        "judged: invented\n    joins: {CCC: {asks: {rate: {value: 1 per year, computed: c}},"
        " consent: {each: {value: 0.5 share, computed: c},"
        " of: {CCC: {value: 0.5 share, computed: c}}}}}",
    ),
    "activity in the past": (
        "judged: invented",
        "judged: invented\n    recurs:"
        " {drill: {first: 2020-06-01, held: {value: 0.5 share, computed: c}}}",
    ),
    "activity at no depth": (
        "judged: invented",
        "judged: invented\n    recurs:"
        " {drill: {first: 2025-06-01, least: deep, held: {value: 0.5 share, computed: c}}}",
    ),
    "both there and to be founded": (
        "judged: invented",
        "judged: invented\n    founding: {rate: {rate: {value: 1 per year, computed: c}},"
        " consent: {each: {value: 0.5 share, computed: c}}}",
    ),
}
SNAPSHOTS = Path(__file__).parent / "snapshots" / "groupings"


@pytest.mark.parametrize("mistake", BAD)
def test_a_mistake_is_told_as_its_author_needs_it(mistake: str, tmp_path: Path) -> None:
    before, after = BAD[mistake]
    text = groupings(FOUR)
    assert before in text
    if mistake == "two members":
        text = text.replace("    with_others: [EEE]\n", "")
    world = system(tmp_path, groupings=text.replace(before, after))
    told = "\n".join(world.texts()).replace(str(tmp_path), "") + "\n"
    file = SNAPSHOTS / f"{mistake.replace(' ', '-')}.txt"
    if os.environ.get("RIMLAND_UPDATE_SNAPSHOTS") == "1":
        file.parent.mkdir(exist_ok=True)
        file.write_text(told, encoding="utf-8")
    assert told == file.read_text(encoding="utf-8")
    assert world.texts()
