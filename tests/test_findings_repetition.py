"""The verdict rule by repetition, on worlds solved exactly: benchmarks/repetition.py in small."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

import repetition as study
import worlds

RARE, EVEN = study.RARE[1.25], study.RARE[1.0]
COMMON = worlds.World("common, narrow", 1.0, 0.2, ratio=1.25, ratio_spread=0.05)

JUST_WRONG = [
    *((EVEN, m, how, "negligible", 20) for m in study.TOTALS for how in ("absolute", "relative")),
    (EVEN, "P(crisis)", "relative", "negligible", 20),
    (EVEN, "P(war)", "absolute", "negligible", 200),
    (RARE, "crises, expected", "absolute", "holds", 20),
    (RARE, "wars, expected", "relative", "holds", 200),
    (RARE, "wars, expected", "absolute", "negligible", 20),
    (RARE, "wars, counted", "absolute", "negligible", 200),
]


def test_wrong_verdicts_are_no_more_frequent_than_stated() -> None:
    # 0.895 of the settings lie on the side named, just too few: any verdict is wrong. Stated
    # rate: at most 5 %. Of 14 x 6 repetitions a rule with that rate has more than this in 0.3 %.
    bad = 0
    for world, measure, how, name, futures in JUST_WRONG:
        case = worlds.Case(world, measure, how, name, 0.9, futures=futures)
        assert worlds.share(world.true(measure, how), case.size, name) < 0.9
        bad += worlds.wrong(case, worlds.errors(case, 6))
    assert bad <= binom.ppf(0.997, 6 * len(JUST_WRONG), 0.05)


@pytest.mark.parametrize("futures", [3, 20, 200])
def test_a_small_real_effect_is_never_negligible_for_want_of_futures(futures: int) -> None:
    # nearly all settings lie beyond the smallest size, which most futures cannot see
    found: Counter[str] = Counter()
    for measure in ("wars, expected", "wars, counted", "P(war)"):
        for how in ("absolute", "relative"):
            case = worlds.Case(RARE, measure, how, "holds", 0.975, futures=futures)
            found += worlds.errors(case, 4)
    assert found["negligible"] == found["reversed"] == 0
    assert found["undecided (runs)"] > 0


def test_what_an_undecided_verdict_asks_for_settles_it() -> None:
    # stated: in at least nine of ten. With n asked for, a rule that keeps to it settles fewer
    # than the bound in 1 % of such tests.
    rows = [
        worlds.settling(worlds.Case(world, measure, how, "holds", truth, futures=futures), 6)
        for world, measure, how, truth, futures in (
            (COMMON, "wars, expected", "relative", 0.975, 20),
            (COMMON, "wars, expected", "absolute", 0.975, 20),
            (RARE, "crises, expected", "relative", 0.95, 20),
            (RARE, "crises, counted", "absolute", 0.975, 100),
        )
    ]
    run = sum(row.named - row.too_many for row in rows)
    assert run >= 5
    assert sum(row.settled for row in rows) >= binom.ppf(0.01, run, 0.9)


def test_events_seen_alike_in_both_runs_are_not_taken_for_no_effect() -> None:
    # a war in a hundred futures: in most repetitions hardly a pair differs
    rows = np.arange(100)
    g = RARE.seen("wars, counted", "absolute", rows, 3, seed=5)
    assert (g.se > 0).all()
    assert g.grain > 0


def test_a_ratio_with_nothing_seen_lacks_runs_not_a_definition() -> None:
    g = RARE.seen("wars, counted", "relative", np.arange(100), 20, seed=1)
    assert g.undefined == 0
    assert np.isinf(g.se).mean() > 0.5
    found = worlds.verdict(g, 0.1)
    assert found.label == "undecided (runs)"
    assert found.tells_futures is not None
