"""Turnover: handover days, own records shrunk toward their kind, swings of the line, the fits."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from rimland.hazards import draws, line, recipes, turnover
from rimland.hazards.frailty import frailties
from rimland.hazards.links import HazardError
from rimland.hazards.making import share_of
from rimland.history import fitfile

FITS = (
    "turnover.bloc_change",
    "turnover.leader_change",
    "turnover.leader_only",
    "turnover.line_swing",
)


@pytest.fixture(scope="module")
def blocs() -> turnover.Risk:
    return turnover.risk("bloc_change")


def simulated(shape: float, units: int, seed: int) -> tuple[np.ndarray, ...]:
    """Units of 30 years with hazard 0.1 and their own gamma factor."""
    rng = np.random.default_rng(seed)
    factor = rng.gamma(shape, 1.0 / shape, units)
    hazard = np.full((units, 30), 0.1)
    event = rng.random(hazard.shape) < -np.expm1(-factor[:, None] * hazard)
    return factor, hazard.ravel(), event.ravel().astype(float), np.repeat(np.arange(units), 30)


def test_a_fixed_term_is_read_from_handovers_on_one_day() -> None:
    found = turnover.handovers(2015).filter(pl.col("gwcode") == 732, pl.col("year") >= 1994)
    assert found.filter("due")["year"].to_list() == [1998, 2003, 2008, 2013]
    assert found["term"].unique().to_list() == [5]


def test_a_handover_day_is_never_read_from_later_years() -> None:
    early = turnover.handovers(1990)
    late = turnover.handovers(2015).filter(pl.col("year") <= 1990)
    assert early.sort("gwcode", "year").equals(late.sort("gwcode", "year"))
    # The first handover on a new day cannot be foreseen: 1988 and 1993 make the term of five.
    found = turnover.handovers(2015).filter(pl.col("gwcode") == 732, pl.col("year") == 1993)
    assert found.filter("due").is_empty()


def test_a_day_that_is_not_kept_for_two_terms_is_forgotten() -> None:
    found = turnover.handovers(2015).filter(pl.col("gwcode") == 732, pl.col("year") < 1988)
    assert not found["due"].any()


def test_the_kind_of_a_year_is_that_of_the_year_before(blocs: turnover.Risk) -> None:
    change = blocs.rows.filter(pl.col("ccode") == 732, pl.col("year").is_between(1987, 1990))
    assert "presidential" not in change.filter(pl.col("year") <= 1988)["kind"].to_list()
    assert change.filter(pl.col("year") == 1990)["kind"].to_list() == ["presidential"]


def test_every_row_has_one_kind_and_no_row_both_a_handover_and_a_year_between() -> None:
    for event in ("bloc_change", "leader_change", "leader_only"):
        data = turnover.risk(event)  # type: ignore[arg-type]
        width = len(turnover.KINDS)
        assert np.all(data.x[:, :width].sum(axis=1) == 1.0)
        assert data.x[:, width:].sum(axis=1).max() == 1.0
        assert data.rows.select("ccode", "year").is_unique().all()
        assert data.rows["year"].max() == turnover.LAST_YEAR[event]


def test_a_change_of_leader_is_alone_or_with_the_source_of_support_and_never_both(
    blocs: turnover.Risk,
) -> None:
    alone = turnover.risk("leader_only").rows.select("ccode", "year", alone="event")
    whole = turnover.risk("leader_change").rows.select("ccode", "year", leader="event")
    both = blocs.rows.join(alone, on=["ccode", "year"]).join(whole, on=["ccode", "year"])
    assert both.filter((pl.col("event") == 1) & (pl.col("alone") == 1)).is_empty()
    assert both.filter((pl.col("alone") == 1) & (pl.col("leader") == 0)).is_empty()
    # 10 times the support changed under the same leader
    parts = both["alone"].sum() + both["event"].sum()
    assert 0 <= parts - both["leader"].sum() <= 11


def test_records_with_small_hazards_leave_the_gamma_of_poisson_counts() -> None:
    hazard, event = np.full(4000, 1e-4), np.zeros(4000)
    event[:3] = 1.0
    left = frailties(hazard, event, np.zeros(4000, int), shape=2.0)
    assert left.of(0) == pytest.approx((2.0 + 3.0, 2.0 + 0.4), rel=2e-3)
    assert left.of(7) == (2.0, 2.0)


def test_the_spread_of_a_kind_is_recovered_from_records() -> None:
    # The estimate of log shape has a spread of 0.09 over seeds: four of them fail 1 time in 15,000.
    _, hazard, event, unit = simulated(2.0, 600, seed=5)
    assert abs(np.log(frailties(hazard, event, unit).prior / 2.0)) < 4 * 0.09


def test_eight_in_ten_of_the_intervals_of_own_records_hold_the_truth() -> None:
    from scipy.special import gammaincinv

    factor, hazard, event, unit = simulated(2.0, 1500, seed=6)
    left = frailties(hazard, event, unit, shape=2.0)
    low = gammaincinv(left.shape, 0.1) / left.rate
    high = gammaincinv(left.shape, 0.9) / left.rate
    # Standard error 0.0103: four of them fail 1 time in 15,000.
    assert abs(np.mean((low < factor) & (factor < high)) - 0.8) < 4 * 0.0103


def test_frailties_refuse_counts_and_bad_hazards() -> None:
    with pytest.raises(HazardError, match="0 or 1"):
        frailties([0.1, 0.1], [0.0, 2.0], [1, 1])
    with pytest.raises(HazardError, match="finite"):
        frailties([0.1, np.nan], [0.0, 1.0], [1, 1])


def test_the_chance_at_a_handover_spreads_as_the_rate_times_the_record(
    blocs: turnover.Risk,
) -> None:
    made, _ = turnover.fitted(blocs)
    row = {"kind.presidential": 1.0, "handover.democracy": 1.0}
    answer = share_of(made, row, (7.0, 7.6), "")
    weight = np.array([answer.row.get(t, 0.0) for t in made.terms])
    rng = np.random.default_rng(3)
    beta = rng.multivariate_normal(made.coefficients_, made.covariance_, 40_000)
    plain = np.array([row.get(t, 0.0) for t in made.terms])
    right = -np.expm1(-np.exp(beta @ plain) * rng.gamma(7.0, 1 / 7.6, 40_000))
    ours = -np.expm1(-np.exp(answer.offset + beta @ weight))
    assert np.quantile(ours, (0.1, 0.5, 0.9)) == pytest.approx(
        np.quantile(right, (0.1, 0.5, 0.9)), abs=0.02
    )


def test_a_record_is_shrunk_toward_its_kind() -> None:
    _, hazard, event, unit = simulated(2.0, 300, seed=7)
    left = frailties(hazard, event, unit, shape=3.0)
    mean = left.shape / left.rate
    # What the record alone would say: z that solves 1 - exp(-0.1 z) = events / 30.
    alone = -np.log1p(-left.events / 30.0) / 0.1
    assert np.all(np.abs(mean - 1.0) < np.maximum(np.abs(alone - 1.0), 0.05))
    assert np.all(np.diff(mean[np.argsort(left.events, kind="stable")]) > -1e-9)


def test_two_camps_of_voters_stand_on_two_sides() -> None:
    rng = np.random.default_rng(4)
    camp = np.repeat([0, 1], 10)
    rows = [
        {"ccode": state, "rcid": call, "value": float(np.clip(side + rng.integers(-1, 2), -1, 1))}
        for call in range(40)
        for state, side in enumerate(np.where(camp == call % 2, 1, -1))
    ]
    _, place = line._coordinate(pl.DataFrame(rows))
    assert place.mean() == pytest.approx(0.0, abs=1e-12)
    assert place.std() == pytest.approx(1.0)
    assert np.all(place[camp == 0] * place[camp == 1] < 0.0)
    assert np.unique(np.sign(place[camp == 0])).size == 1


def test_a_scale_of_votes_keeps_its_sign_from_year_to_year() -> None:
    where = line.positions()
    after = where.select("ccode", pl.col("year") + 1, before="position")
    both = where.join(after, on=["ccode", "year"])
    yearly = both.group_by("year").agg(pl.corr("position", "before"))
    assert yearly["position"].min() > 0.5


@pytest.mark.parametrize("name", FITS)
def test_a_shipped_fit_is_what_its_recipe_makes(name: str) -> None:
    shipped, made = fitfile.fit(name), recipes.remake(name)
    assert (made.rows, made.events) == (shipped.rows, shipped.events)
    for one, other in zip(made.terms, shipped.terms, strict=True):
        assert one.coefficient == pytest.approx(other.coefficient, abs=1e-6)
        assert one.error == pytest.approx(other.error, rel=1e-5)
    assert set(made.answers) == set(shipped.answers)
    for of in list(made.answers)[::20]:
        assert made.answers[of].central == pytest.approx(shipped.answers[of].central, rel=1e-4)


@pytest.mark.parametrize("name", FITS)
def test_answers_draw_as_their_percentiles_say(name: str) -> None:
    fit = fitfile.fit(name)
    for of in [*list(fit.answers)[::40], *list(fit.answers)[-1:]]:
        answer = fit.answer(of)
        found = np.quantile(draws.draws(fit, of, seed=9, count=4000), (0.1, 0.5, 0.9))
        assert answer.p10 < answer.central < answer.p90
        assert found == pytest.approx([answer.p10, answer.central, answer.p90], rel=0.08, abs=0.03)


def test_every_origin_beats_the_base_rate_where_turnover_is_told() -> None:
    for name in FITS[:2]:
        for origin in fitfile.fit(name).calibration:
            assert origin.brier < origin.brier_base_rate
            assert origin.brier < origin.brier_persistence
            assert origin.log_score < origin.log_score_base_rate
