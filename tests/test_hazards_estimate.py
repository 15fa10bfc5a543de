"""What an estimate refuses and says, calibration by hand, and the public names."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from rimland.hazards import HazardError, Prior, calibrate, cox, estimate, filing, rolling

X = np.column_stack([np.ones(40), np.tile([0.0, 1.0], 20), np.linspace(-1.0, 1.0, 40)])
Y = np.tile([0.0, 0.0, 0.0, 1.0, 1.0], 8)
TERMS = ("constant", "pact", "trade")


def fit(x=X, y=Y, link="cloglog", terms=TERMS, **more):
    return estimate(x, y, terms=terms, link=link, **more)


def changed(row: int, column: int, value: float) -> np.ndarray:
    made = X.copy()
    made[row, column] = value
    return made


BAD = {
    "not a number": (
        {"x": changed(3, 2, np.nan)},
        "The term 'trade' is no finite number in 1 of 40 rows, first in row 3",
    ),
    "infinite": ({"x": changed(0, 1, np.inf)}, "The term 'pact' is no finite number"),
    "no events": ({"y": np.zeros(40)}, "None of the 40 rows has an event"),
    "only events": ({"y": np.ones(40)}, "Each of the 40 rows has an event"),
    "a count with cloglog": (
        {"y": Y * 2.0},
        "y is 2 in row 3; with link cloglog it has to",
    ),
    "half an event": ({"y": Y / 2.0, "link": "log"}, "it has to be a count"),
    "collinear": (
        {"x": np.column_stack([X, X[:, 1] * 2.0 - X[:, 0]]), "terms": (*TERMS, "again")},
        "The term 'again' is a sum of constant, pact: leave one of them out",
    ),
    "nothing": (
        {"x": np.column_stack([X, np.zeros(40)]), "terms": (*TERMS, "war")},
        "The term 'war' is 0 in every row",
    ),
    "no event where it is 1": (
        {"x": np.column_stack([X, (Y == 0.0) & (np.arange(40) < 9)]), "terms": (*TERMS, "war")},
        "The term 'war' is 0 in every row with an event; none of the 6 rows with another value",
    ),
    "separated": (
        {"x": np.column_stack([X, Y + 0.1 * X[:, 2]]), "terms": (*TERMS, "leak")},
        "The term 'leak' alone tells events from the rest",
    ),
    "shape": ({"x": X[:30]}, r"x is \(30, 3\), y is \(40,\) and there are 3 terms"),
    "names": ({"terms": ("a", "a", "b")}, "Each term needs a name of its own"),
    "link": ({"link": "cloglg"}, "Did you mean 'cloglog'"),
    "exposure": ({"exposure": np.zeros(40)}, "exposure is 0.0 in row 0; it has to be above 0"),
    "clusters": ({"clusters": {"state": np.zeros(40, int)}}, "'state' are a single one"),
    "cluster shape": ({"clusters": {"state": np.zeros(9, int)}}, r"have shape \(9,\)"),
    "prior": ({"penalty": Prior({"tread": 1.0})}, "The prior names 'tread'"),
    "prior scale": ({"penalty": Prior(-1.0)}, "scale has to be above 0"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_fitted_is_refused_by_name(case: str) -> None:
    given, says = BAD[case]
    with pytest.raises(HazardError, match=says):
        fit(**given)


def test_terms_that_separate_only_together_are_named() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=200), rng.normal(size=200)
    x = np.column_stack([np.ones(200), a, b])
    y = (a + b > 1.0).astype(float)
    with pytest.raises(HazardError, match=r"Together the terms .*a, b separate events"):
        fit(x, y, terms=("constant", "a", "b"), link="logit")
    assert np.all(np.isfinite(fit(x, y, terms=("constant", "a", "b"), penalty="firth").errors_))
    assert np.all(np.isfinite(fit(x, y, terms=("constant", "a", "b"), penalty=Prior()).errors_))


def test_firth_settles_where_a_rare_statistic_meets_rare_events() -> None:
    # One row in five hundred has the statistic: a full first step would leave all information.
    rng = np.random.default_rng(9)
    x = np.column_stack([np.ones(60_000), rng.random(60_000) < 0.002, rng.normal(size=60_000)])
    y = (rng.random(60_000) < -np.expm1(-np.exp(-8.0 + 5.0 * x[:, 1]))).astype(float)
    made = fit(x, y, penalty="firth")
    assert made.converged_
    np.testing.assert_allclose(made.coefficients_[1], 5.0, atol=4.0 * made.errors_[1])
    # Far from the edge the correction is small against the error.
    plain = fit(x, y)
    assert np.all(np.abs(made.coefficients_ - plain.coefficients_) < 0.5 * plain.errors_)


def test_blocks_and_the_order_of_rows_change_nothing() -> None:
    rng = np.random.default_rng(6)
    x = np.column_stack([np.ones(10_000), rng.normal(size=(10_000, 2))])
    y = (rng.random(10_000) < 0.05).astype(float)
    group = rng.integers(0, 50, 10_000)
    one = fit(x, y, clusters={"state": group})
    order = rng.permutation(10_000)
    other = fit(x[order], y[order], clusters={"state": group[order] * 7 - 3})
    np.testing.assert_allclose(one.coefficients_, other.coefficients_, rtol=1e-9)
    np.testing.assert_allclose(one.covariance_, other.covariance_, rtol=1e-8)


def test_clusters_of_single_rows_are_the_robust_errors() -> None:
    plain = fit(link="log", y=Y)
    robust = fit(link="log", y=Y, clusters={"row": np.arange(40)})
    score = X * (Y - plain.predict(X))[:, None]
    bread = plain.covariance_model_
    wanted = bread @ score.T @ score @ bread * 40 / 39 * 39 / 37
    np.testing.assert_allclose(robust.covariance_, wanted, rtol=1e-8)


def test_the_table_says_ratio_interval_z_and_p() -> None:
    made = fit()
    table = made.table()
    assert table.columns == [
        "term",
        "coefficient",
        "error",
        "hazard_ratio",
        "low",
        "high",
        "z",
        "p",
    ]
    row = table.row(1, named=True)
    assert row["low"] < row["hazard_ratio"] < row["high"]
    assert row["hazard_ratio"] == pytest.approx(np.exp(made.coefficient("pact")))
    assert (row["high"] / row["low"]) == pytest.approx(np.exp(2 * 1.959964 * row["error"]))
    with pytest.raises(HazardError, match="no term 'pacts'"):
        made.coefficient("pacts")


def test_calibration_scores_are_those_worked_out_by_hand() -> None:
    # One unit in four has the event each year; the fit of a constant is the share so far.
    year = np.repeat([1, 2, 3], 4)
    unit = np.tile([1, 2, 3, 4], 3)
    y = np.array([1.0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0])
    (origin,) = rolling(
        np.ones((12, 1)),
        y,
        year,
        terms=("constant",),
        link="cloglog",
        origins=(2,),
        years=1,
        units=unit,
    )
    assert (origin.rows, origin.events) == (4, 2)
    assert origin.expected == pytest.approx(1.0)
    assert origin.brier == pytest.approx((2 * 0.75**2 + 2 * 0.25**2) / 4)
    assert origin.brier_base_rate == pytest.approx(origin.brier)
    # Persistence: unit 1 had the event in the year before, the others had not.
    assert origin.brier_persistence == pytest.approx(0.25)
    assert origin.log_score == pytest.approx(-np.log(0.25) / 2 - np.log(0.75) / 2)
    with pytest.raises(HazardError, match="The origin 3 has 4 events up to it and 0 rows"):
        rolling(np.ones((12, 1)), y, year, terms=("constant",), link="logit", origins=(3,))


def test_impossible_is_never_scored_as_infinitely_bad() -> None:
    score = calibrate.log_score(np.array([0.0]), np.array([1.0]), "cloglog")
    assert score == pytest.approx(-np.log(1e-6))


def test_an_answer_is_the_transform_of_a_normal_linear_form() -> None:
    made = fit()
    answer = filing.answered(
        made, "rate", "per_year", {"constant": 1.0, "pact": 2.0}, "exp", offset=0.5
    )
    weights = np.array([1.0, 2.0, 0.0])
    centre = 0.5 + weights @ made.coefficients_
    spread = np.sqrt(weights @ made.covariance_ @ weights)
    drawn = np.exp(np.random.default_rng(4).normal(centre, spread, 400_000))
    # Three quantiles of 400,000 draws: within 1 % with error rate below 1e-4.
    np.testing.assert_allclose(
        np.quantile(drawn, (0.1, 0.5, 0.9)), [answer.p10, answer.central, answer.p90], rtol=0.01
    )
    with pytest.raises(HazardError, match="Did you mean 'pact'"):
        filing.answered(made, "rate", "per_year", {"pacts": 1.0}, "exp")


def test_dated_events_are_refused_by_name_too() -> None:
    x, stop = X[:, 1:], np.arange(1.0, 41.0)
    with pytest.raises(HazardError, match="The term 'constant' is 1 in every row"):
        cox(X, stop, Y, terms=TERMS)
    with pytest.raises(HazardError, match="Row 0 stops at 1, not after its start 1"):
        cox(x, stop, Y, terms=TERMS[1:], start=stop)
    with pytest.raises(HazardError, match="None of the 40 rows ends with an event"):
        cox(x, stop, np.zeros(40), terms=TERMS[1:])
    with pytest.raises(HazardError, match="'again' is a sum of terms before it"):
        cox(np.column_stack([x, x[:, 0]]), stop, Y, terms=("pact", "trade", "again"))
    with pytest.raises(HazardError, match="'leak' orders the events without exception"):
        cox(-stop[:, None], stop, np.ones(40), terms=("leak",))
    held = cox(-stop[:, None], stop, np.ones(40), terms=("leak",), penalty=Prior(0.5))
    assert np.isfinite(held.errors_[0])


def test_asking_for_rimland_alone_loads_no_fitting() -> None:
    code = "import sys, rimland; print('rimland.hazards' in sys.modules, 'scipy' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.split() == ["False", "False"]
