"""Disputes: who begins them, who is pledged to whom, and the three fits."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from rimland.hazards import disputes, draws, recipes
from rimland.hazards.estimate import estimate
from rimland.history import fitfile, table

FITS = ("disputes.escalation", "disputes.initiation", "disputes.war")


@pytest.fixture(scope="module")
def initiation() -> disputes.Risk:
    return disputes.initiation()


def test_the_side_of_the_first_militarized_act_is_the_initiator() -> None:
    began = disputes.begun()
    korea = began.filter(pl.col("year") == 1950, pl.col("hostlev1") == 5)
    assert (731, 732) in list(korea.select("ccode1", "ccode2").iter_rows())
    assert (732, 731) not in list(korea.select("ccode1", "ccode2").iter_rows())


def test_joiners_begin_nothing() -> None:
    dispute = table("gml_dirdisp").filter(pl.col("dispnum") == 51)
    joined = set(dispute.filter(pl.col("orig1") == 0)["ccode1"].to_list())
    began = disputes.begun().filter(pl.col("dispnum") == 51)
    assert len(joined) > 10
    assert not joined & {*began["ccode1"].to_list(), *began["ccode2"].to_list()}


def test_a_pledge_of_the_initiator_itself_is_no_third_states_pact() -> None:
    row = {
        **{"ccode1": 1, "ccode2": 2, "year": 1950, "atop_defense": 1, "back": 1, "peace": 20},
        **{"cinc1": 0.3, "cinc2": 0.1, "conttype": 1, "capdist": 500.0, "aeuds1": 1.0},
        **{"aeuds2": -1.0, "cowmaj1": 1, "cowmaj2": 0, "pledges1": 1, "pledges2": 1},
    }
    rows = pl.DataFrame([row, {**row, "pledges2": 2}, {**row, "atop_defense": 0, "back": 0}])
    made = pl.DataFrame(disputes.statistics(rows), schema=list(disputes.TERMS))
    assert made["target_pact"].to_list() == [0.0, 1.0, 1.0]
    assert made["initiator_pact"].to_list() == [0.0, 0.0, 1.0]
    assert made["pact_between"].to_list() == [1.0, 1.0, 0.0]
    assert made["capability_share"][0] == pytest.approx(0.75)
    assert made["joint_democracy"][0] == 0.0
    assert made.select("peace", "peace2", "peace3").row(0) == (2.0, 4.0, 8.0)


def test_every_relevant_pair_is_near_or_has_a_major_power(initiation: disputes.Risk) -> None:
    near = initiation.rows["conttype"].is_between(1, 5).fill_null(False)
    major = (initiation.rows["cowmaj1"] == 1) | (initiation.rows["cowmaj2"] == 1)
    assert (near | major).all()
    assert initiation.rows.select("ccode1", "ccode2", "year").is_unique().all()


def test_a_war_is_an_escalated_dispute() -> None:
    escalation, war = disputes.escalation(), disputes.war()
    assert war.rows.height == int(escalation.y.sum())
    key = ["dispnum", "ccode1", "ccode2"]
    escalated = escalation.rows.filter(pl.col("event") == 1).select(key)
    assert war.rows.join(escalated, on=key, how="anti").is_empty()


@pytest.mark.parametrize("name", ["disputes.escalation", "disputes.war"])
def test_a_shipped_fit_is_what_its_recipe_makes(name: str) -> None:
    shipped, made = fitfile.fit(name), recipes.remake(name)
    assert (made.rows, made.events) == (shipped.rows, shipped.events)
    for one, other in zip(made.terms, shipped.terms, strict=True):
        assert one.coefficient == pytest.approx(other.coefficient, abs=1e-6)
        assert one.error == pytest.approx(other.error, rel=1e-5)
    assert set(made.answers) == set(shipped.answers)


def test_initiation_ships_as_it_is_estimated(initiation: disputes.Risk) -> None:
    shipped = fitfile.fit("disputes.initiation")
    made = estimate(
        initiation.x,
        initiation.y,
        terms=initiation.terms,
        link="cloglog",
        clusters=initiation.states,
    )
    assert (made.rows, int(made.events)) == (shipped.rows, shipped.events)
    for term, b, e in zip(shipped.terms, made.coefficients_, made.errors_, strict=True):
        assert term.coefficient == pytest.approx(b, abs=1e-6)
        assert term.error == pytest.approx(e, rel=1e-5)


def test_a_pairs_rate_is_its_situations_rate_times_its_record(initiation: disputes.Risk) -> None:
    fit = fitfile.fit("disputes.initiation")
    beta = {t.name: t.coefficient for t in fit.terms}
    rows = initiation.rows
    for one, two, key in ((731, 732, "PRK-KOR"), (750, 770, "IND-PAK")):
        answer = fit.answer(key)
        keep = (rows["ccode1"] == one) & (rows["ccode2"] == two) & (rows["year"] >= 2001)
        situation = np.mean(np.exp(initiation.x[keep.to_numpy()] @ np.array(list(beta.values()))))
        told = np.exp(answer.offset + sum(beta[t] * w for t, w in answer.row.items()))
        assert told == pytest.approx(situation, rel=1e-3)
        assert answer.frailty is not None
        assert answer.frailty[0] / answer.frailty[1] > 1.0


def test_either_direction_is_the_sum_of_both() -> None:
    fit = fitfile.fit("disputes.initiation")
    one, two, both = (
        draws.draws(fit, of, seed=3, count=20_000)
        for of in ("PRK-KOR", "KOR-PRK", "KOR-PRK.either")
    )
    # The errors of the two means are below 1 % of them; the sum is of first order.
    assert both.mean() == pytest.approx((one + two).mean(), rel=0.04)
    assert both.std() == pytest.approx((one + two).std(), rel=0.1)


def test_initiation_and_escalation_are_told_better_than_by_the_base_rate() -> None:
    for name in FITS[:2]:
        for origin in fitfile.fit(name).calibration:
            assert origin.brier < min(origin.brier_base_rate, origin.brier_persistence)
            assert origin.log_score < origin.log_score_base_rate
            assert 0.5 < origin.expected / origin.events < 2.5


@pytest.mark.parametrize("name", FITS)
def test_every_answer_has_its_unit_and_its_percentiles_in_order(name: str) -> None:
    fit = fitfile.fit(name)
    for of, answer in fit.answers.items():
        assert answer.unit in ("per_year", "share", "log")
        assert answer.p10 < answer.central < answer.p90, of
        if answer.unit == "share":
            assert 0.0 < answer.p10 < answer.p90 < 1.0
