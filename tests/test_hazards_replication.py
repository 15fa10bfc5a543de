"""The quarrel over pacts: coverage, likeness, the probit, the designs, and the range of both."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.special import ndtri

from rimland.hazards import deterrence, pledges, replication
from rimland.hazards.links import HazardError
from rimland.history import fitfile

CODES = np.array([1, 2, 3, 4])


@pytest.fixture(scope="module")
def to_1945() -> pl.DataFrame:
    return replication.dyads(years=(1816, 1945))


def member(treaty: int, state: int, first: int, *threats: int) -> pledges.Membership:
    return pledges.Membership(treaty, state, first, 1960, threats)


def test_a_pact_covers_against_all_who_are_no_members() -> None:
    young, standing = pledges.covered([member(7, 1, 1950), member(7, 2, 1950)], CODES, 1952)
    assert young[0].tolist() == [False, False, True, True]
    assert young[1].tolist() == [False, False, True, True]
    assert not young[2:].any()
    assert not standing.any()


def test_a_pact_that_names_a_threat_covers_against_nobody_else() -> None:
    pact = [member(7, 1, 1950, 4), member(7, 2, 1950, 4)]
    young, _ = pledges.covered(pact, CODES, 1952)
    assert young[0].tolist() == [False, False, False, True]


def test_a_pact_grows_old_for_each_member_by_itself() -> None:
    pact = [member(7, 1, 1946), member(7, 2, 1950)]
    young, standing = pledges.covered(pact, CODES, 1952)
    assert (young[0].any(), standing[0].any()) == (False, True)
    assert (young[1].any(), standing[1].any()) == (True, False)


def test_a_treaty_with_one_member_left_covers_nobody() -> None:
    young, standing = pledges.covered([member(7, 1, 1950)], CODES, 1952)
    assert not (young | standing).any()
    over = [member(7, 1, 1950), member(7, 2, 1950)]
    assert not np.any(pledges.covered(over, CODES, 1961))


def test_likeness_is_that_of_signorino_and_ritter() -> None:
    rng = np.random.default_rng(2)
    levels = np.triu(rng.integers(0, 4, (9, 9)), 1).astype(float)
    levels += levels.T
    found = pledges.similarity(levels)
    full = levels + np.diag(np.full(9, 3.0))
    plain = np.array([[1.0 - 2.0 * np.abs(a - b).sum() / (3.0 * 9) for b in full] for a in full])
    assert found == pytest.approx(plain, abs=1e-12)
    assert np.diag(found) == pytest.approx(np.ones(9))


def test_a_probit_on_two_groups_is_the_normal_quantile_of_their_shares() -> None:
    x = np.column_stack([np.ones(1000), np.repeat([0.0, 1.0], 500)])
    y = np.concatenate([np.arange(500) < 50, np.arange(500) < 150]).astype(float)
    made = replication.probit(x, y, ("constant", "group"), np.arange(1000))
    assert made.coefficients_ == pytest.approx([ndtri(0.1), ndtri(0.3) - ndtri(0.1)], abs=1e-8)
    # Known variance of a share through the normal quantile: p (1 - p) / n / phi^2.
    phi = np.exp(-0.5 * ndtri(0.1) ** 2) / np.sqrt(2.0 * np.pi)
    assert made.errors_[0] == pytest.approx(np.sqrt(0.1 * 0.9 / 500) / phi, rel=2e-3)
    with pytest.raises(HazardError, match="settle"):
        replication.probit(x, y, ("constant", "group"), np.arange(1000), rounds=1)


def test_young_and_standing_pacts_are_the_pact_in_force(to_1945: pl.DataFrame) -> None:
    both = to_1945["target_young"] + to_1945["target_standing"]
    assert (both == to_1945["target_defence"]).all()


def test_the_sign_turns_with_the_age_of_the_pact_before_1945(to_1945: pl.DataFrame) -> None:
    made = replication.hazard(to_1945, "split")
    shipped = {t.name: t.coefficient for t in fitfile.fit("deterrence.pact").terms}
    for age, sign in (("young", 1.0), ("standing", -1.0)):
        found = made.coefficient(f"target_{age}")
        error = made.errors_[made.terms.index(f"target_{age}")]
        assert sign * found > 1.96 * error
        assert found == pytest.approx(shipped[f"{age}.to_1945"], abs=1e-6)
    together = replication.hazard(to_1945, "in force")
    at = together.terms.index("target_defence")
    assert abs(together.coefficients_[at]) < 1.96 * together.errors_[at]


def test_without_the_world_wars_a_young_pact_says_nothing_before_1945(
    to_1945: pl.DataFrame,
) -> None:
    calm = replication.without_world_wars(replication.chosen(to_1945, "1816-1945", "relevant"))
    assert not calm["year"].is_between(1914, 1918).any()
    made = replication.hazard(calm, "split")
    at = made.terms.index("target_young")
    assert abs(made.coefficients_[at]) < 1.96 * made.errors_[at]
    assert made.coefficient("target_standing") < -0.5


def test_a_window_counts_five_years_on_either_side() -> None:
    rows = replication.windows((1890, 1945))
    assert rows["year"].min() == 1895
    assert rows["year"].max() == 1940
    pairs = replication.begun("cow")
    for code, year in ((200, 1900), (255, 1933)):
        one = rows.filter(pl.col("ccode") == code, pl.col("year") == year).row(0, named=True)
        own = pairs.filter((pl.col("ccode1") == code) | (pl.col("ccode2") == code))
        for side, low, high in (("before", year - 5, year - 1), ("after", year + 1, year + 5)):
            counted = own.filter(pl.col("year").is_between(low, high))
            assert one[side] == counted.select("dispnum", "year").unique().height
    # The entente of 1902 was a defence pact of its two members.
    formed = rows.filter(pl.col("year") == 1902, pl.col("formed") == 1.0)["ccode"].to_list()
    assert {200, 740} <= set(formed)


def test_more_disputes_follow_a_pact_than_went_before_it() -> None:
    to_1945 = replication.formation(replication.windows((1816, 1945)))
    at = to_1945.terms.index("formed")
    assert to_1945.coefficients_[at] > 1.96 * to_1945.errors_[at]


def test_a_mixture_spans_both_designs() -> None:
    fit = fitfile.fit("deterrence.pact")
    for suffix in ("", ".since_1946"):
        pair = [fit.answer(f"{d}{suffix}") for d in ("johnson_leeds", "kenwick_vasquez_powers")]
        whole = fit.answer(f"mixture{suffix}")
        assert whole.p10 == pytest.approx(min(a.p10 for a in pair), abs=1e-6)
        assert whole.p90 == pytest.approx(max(a.p90 for a in pair), abs=1e-6)


def test_terms_of_separate_fits_have_no_covariance(to_1945: pl.DataFrame) -> None:
    made = replication.hazard(replication.chosen(to_1945, "1816-1945", "relevant"), "split")
    force = replication.hazard(replication.chosen(to_1945, "1816-1945", "relevant"), "in force")
    formed = replication.formation(replication.windows((1890, 1945)))
    fits = {
        **{f"in force{s}": force for s in ("", ".to_1945", ".since_1946")},
        **{f"split{s}": made for s in (".to_1945", ".since_1946")},
        **{f"formed{s}": formed for s in ("", ".to_1945", ".since_1946")},
    }
    whole = deterrence.joined(fits)
    young, standing = (whole.terms.index(f"{a}.to_1945") for a in ("young", "standing"))
    first = whole.terms.index("johnson_leeds")
    assert whole.covariance_[first, young] == 0.0
    at = made.terms.index("target_young"), made.terms.index("target_standing")
    assert whole.covariance_[young, standing] == made.covariance_[at]
    assert whole.covariance_[-1, -1] == 1.0
    assert np.linalg.eigvalsh(whole.covariance_)[0] > -1e-12
