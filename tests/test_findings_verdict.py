"""The verdict rule: exact cases, and its error rates by repetition where the truth is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom, norm

from rimland.findings.measures import PerDraw
from rimland.findings.mixing import estimate, exact_lower, moderated, solve
from rimland.findings.verdict import Verdict, narrowing, overall, verdict

F = 20


def seen(true: np.ndarray, sd: float, futures: int, rng: np.random.Generator) -> PerDraw:
    """Return what `futures` futures of standard deviation `sd` show of the true numbers."""
    noise = sd * rng.standard_normal((true.size, futures))
    x = true[:, None] + noise
    return PerDraw(x.mean(axis=1), x.std(axis=1, ddof=1) / np.sqrt(futures), futures)


def exact(values: np.ndarray) -> PerDraw:
    """Return numbers without noise."""
    return PerDraw(np.asarray(values, dtype=np.float64), np.zeros(len(values)), F)


@pytest.mark.parametrize(
    ("value", "name"), [(2.0, "holds"), (-2.0, "reversed"), (0.5, "negligible")]
)
def test_draws_without_noise_that_agree_decide(value: float, name: str) -> None:
    found = verdict(exact(np.full(50, value)), smallest=1.0)
    assert (found.name, found.why) == (name, None)


def test_without_noise_the_bound_is_the_exact_binomial_one() -> None:
    found = verdict(exact(np.r_[np.full(96, 2.0), np.full(4, 0.0)]), smallest=1.0)
    assert found.bounds[0] == pytest.approx(exact_lower(96, 100))
    # Clopper and Pearson: at the bound, 96 or more of 100 have a probability of 5 %
    assert binom.sf(95, 100, found.bounds[0]) == pytest.approx(0.05)
    assert found.name == "holds"


def test_ninety_five_of_a_hundred_do_not_decide_and_more_draws_are_asked_for() -> None:
    found = verdict(exact(np.r_[np.full(95, 2.0), np.full(5, 0.0)]), smallest=1.0)
    assert found.label == "undecided (runs)"
    assert found.needs_draws is not None
    assert found.needs_draws > 100
    assert found.needs_futures is None


def test_fewer_than_twenty_nine_draws_never_decide() -> None:
    assert verdict(exact(np.full(28, 2.0)), 1.0).name == "undecided"
    assert verdict(exact(np.full(29, 2.0)), 1.0).name == "holds"


def test_draws_that_disagree_lack_knowledge_not_runs() -> None:
    found = verdict(exact(np.r_[np.full(60, 2.0), np.full(40, 0.0)]), 1.0)
    assert found.label == "undecided (knowledge)"
    assert found.share_beyond == pytest.approx(0.6)


def test_a_smallest_size_of_zero_asks_for_the_sign_alone() -> None:
    assert verdict(exact(np.full(50, 1e-6)), 0.0).name == "holds"
    assert verdict(exact(np.zeros(50)), 0.0).name == "negligible"


def test_a_negative_smallest_size_is_refused() -> None:
    with pytest.raises(ValueError, match="expected 0 or more"):
        verdict(exact(np.zeros(50)), -1.0)


def test_one_future_a_draw_decides_nothing() -> None:
    g = PerDraw(np.full(50, 2.0), np.full(50, np.nan), 1)
    found = verdict(g, 1.0)
    assert found.label == "undecided (runs)"
    assert (found.needs_futures, found.tells_futures) == (None, 20)


def test_an_event_never_seen_is_undecided_for_want_of_runs() -> None:
    g = PerDraw(np.zeros(50), np.full(50, np.inf), F, "not seen once in 1,000 pairs of futures")
    found = verdict(g, 1.0)
    assert found.label == "undecided (runs)"
    assert "not seen once" in found.note


def test_draws_without_a_number_count_against_every_verdict() -> None:
    found = verdict(exact(np.r_[np.full(85, 2.0), np.full(15, np.nan)]), 1.0)
    assert found.name == "undecided"
    assert found.undefined == pytest.approx(0.15)
    assert found.share_beyond == pytest.approx(0.85)
    assert found.bounds[1] == pytest.approx(1.0)
    nothing = verdict(exact(np.full(50, np.nan)), 1.0)
    assert nothing.label == "undecided (knowledge)"


def test_noise_is_taken_out_of_the_share() -> None:
    # true g ~ N(1, 0.5), smallest 0.5: p = 0.841. With noise of 0.5 the plain share is 0.760.
    # Averaged over 40 repetitions the estimate has a standard error of about 0.013.
    rng = np.random.default_rng(1)
    shares = []
    for _ in range(40):
        g = seen(rng.normal(1, 0.5, 100), 0.5 * np.sqrt(F), F, rng)
        shares.append(estimate(replace(g, se=moderated(g)), 0.5).share(1))
    assert np.mean(shares) == pytest.approx(norm.cdf(1), abs=0.04)


@pytest.mark.parametrize(("spread", "noise"), [(0.5, 0.02), (0.5, 0.3), (0.2, 0.3)])
def test_where_the_true_share_is_only_nine_tenths_verdicts_are_rare(
    spread: float, noise: float
) -> None:
    # The worst case of a wrong `holds`: exactly 0.9 of the true numbers lie beyond the smallest
    # size. Stated rate: at most 5 %. Of 60 repetitions at most 8 may decide; a rule with a rate
    # of 5 % exceeds that in 0.3 % of such tests.
    rng = np.random.default_rng(2)
    decided = 0
    for _ in range(60):
        true = 1 + spread * norm.ppf(0.9) + spread * rng.standard_normal(60)
        decided += verdict(seen(true, noise * np.sqrt(F), F, rng), 1.0).name == "holds"
    assert decided <= binom.ppf(0.997, 60, 0.05)


@pytest.mark.parametrize(("spread", "noise"), [(0.2, 0.02), (0.2, 0.2)])
def test_where_nearly_all_true_numbers_agree_the_verdict_is_found(
    spread: float, noise: float
) -> None:
    # 0.999 of the true numbers lie beyond the smallest size: at least 25 of 30 are to hold.
    rng = np.random.default_rng(3)
    found = []
    for _ in range(30):
        true = 1 + 3.09 * spread + spread * rng.standard_normal(100)
        found.append(verdict(seen(true, noise * np.sqrt(F), F, rng), 1.0).name)
    assert found.count("holds") >= 25
    assert "reversed" not in found
    assert "negligible" not in found


@pytest.mark.parametrize("futures", [3, 20])
def test_a_small_real_effect_is_not_negligible_for_want_of_futures(futures: int) -> None:
    # every draw: +0.15 against a smallest size of 0.1, drowned in noise of 1 a future; 30
    # repetitions, none may call it negligible
    rng = np.random.default_rng(4)
    names = [verdict(seen(np.full(60, 0.15), 1.0, futures, rng), 0.1).label for _ in range(30)]
    assert "negligible" not in names
    assert "undecided (runs)" in names


def test_a_draw_whose_futures_happen_to_agree_borrows_noise_from_the_others() -> None:
    rng = np.random.default_rng(6)
    se = np.r_[np.sqrt(rng.chisquare(4, 60) / 4), 0.0]
    found = moderated(PerDraw(np.zeros(61), se, 5))
    assert found[-1] > 0.2
    assert np.ptp(found[:-1]) < np.ptp(se[:-1])
    assert (moderated(PerDraw(np.zeros(10), np.zeros(10), 5)) == 0).all()


def test_one_draw_with_noise_is_enough_to_doubt_the_others() -> None:
    # one draw of 50 saw its futures differ: the others, which did not, are not exact for that
    found = moderated(PerDraw(np.zeros(50), np.r_[0.05, np.zeros(49)], F, tails=20.0))
    assert found.min() > 0.005


def test_the_estimated_distribution_meets_the_condition_of_a_maximum() -> None:
    # Lindsay (1983): the gradient of the log-likelihood towards any single point is at most 0
    rng = np.random.default_rng(7)
    g = PerDraw(rng.normal(0, 1.5, 80), np.full(80, 0.7), F)
    found = estimate(g, 0.5)
    gradient = (1 / (found.likelihood @ found.weights)) @ found.likelihood / 80 - 1
    assert found.weights.sum() == pytest.approx(1)
    assert gradient.max() < 0.02 / 80 + 1e-6


def test_turning_the_sign_turns_the_verdict() -> None:
    g = seen(np.random.default_rng(8).normal(2, 0.2, 80), 1.0, F, np.random.default_rng(9))
    there, back = verdict(g, 1.0), verdict(-g, 1.0)
    assert (there.name, back.name) == ("holds", "reversed")
    assert back.share_against == pytest.approx(there.share_beyond, abs=0.01)


def test_the_same_numbers_give_the_same_verdict_every_time() -> None:
    g = seen(np.random.default_rng(1).normal(1.2, 0.3, 60), 2.0, F, np.random.default_rng(2))
    assert verdict(g, 1.0) == verdict(g, 1.0)


def named(name: str, why: str | None = None) -> Verdict:
    """Return a verdict of that name."""
    return Verdict(name, why, 1, 0, 0, (0.9, 1), 0.9, 1, 100, 20)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("verdicts", "label"),
    [
        ([named("holds"), named("holds")], "holds"),
        ([named("holds"), named("reversed")], "contested"),
        ([named("holds"), named("negligible")], "contested"),
        ([named("holds"), named("reversed"), named("undecided", "runs")], "contested"),
        ([named("holds"), named("undecided", "runs")], "undecided (runs)"),
        ([named("holds"), named("undecided", "knowledge")], "undecided (knowledge)"),
        (
            [named("undecided", "runs"), named("undecided", "knowledge")],
            "undecided (knowledge)",
        ),
    ],
)
def test_accounts_make_one_verdict_only_where_they_agree(
    verdicts: list[Verdict], label: str
) -> None:
    assert overall(v.label for v in verdicts) == label


def test_narrowing_names_the_number_that_drives_the_effect_and_its_share() -> None:
    # g = 2 a + b with equal variances: a explains 0.8, b 0.2, c nothing
    rng = np.random.default_rng(10)
    a, b, c = rng.normal(size=(3, 2000))
    found = narrowing(exact(2 * a + b), {"a": a, "b": b, "c": c, "fixed": np.ones(2000)})
    assert [row.name for row in found] == ["a", "b"]
    assert [row.share for row in found] == pytest.approx([0.8, 0.2], abs=0.05)


def test_narrowing_sees_an_effect_that_is_not_monotone() -> None:
    rng = np.random.default_rng(11)
    a, b = rng.normal(size=(2, 500))
    assert narrowing(exact(a**2), {"a": a, "b": b})[0].name == "a"


def test_narrowing_names_nothing_where_nothing_explains_it() -> None:
    # 20 repetitions of 30 quantities that have nothing to do with g; by its own rule one in
    # twenty names something: more than 4 of 20 in 0.3 % of such tests
    rng = np.random.default_rng(12)
    named_any = 0
    for _ in range(20):
        quantities = {f"q{i}": rng.normal(size=100) for i in range(30)}
        named_any += bool(narrowing(exact(rng.normal(size=100)), quantities))
    assert named_any <= 4


def test_the_search_for_the_distribution_comes_as_near_as_it_promises() -> None:
    rng = np.random.default_rng(13)
    for _ in range(60):
        draws = int(rng.choice([30, 100]))
        se = 10 ** rng.uniform(-4, 0.5) * np.exp(rng.choice([0, 1.5]) * rng.normal(size=draws))
        se[rng.random(draws) < rng.choice([0, 0.3])] = 0.0
        values = rng.normal(1, 1) + rng.choice([0, 0.5, 2]) * rng.normal(size=draws)
        found = estimate(PerDraw(values, se, F), float(rng.choice([0, 0.1, 1.0])))
        beyond = found.side == 1
        for groups, totals in (([beyond | ~beyond], [1.0]), ([beyond, ~beyond], [0.9, 0.1])):
            weights, _, gap = solve(found.likelihood, groups, totals)
            assert gap < 0.02
            assert weights.min() >= 0
            assert [weights[g].sum() for g in groups] == pytest.approx(totals)
