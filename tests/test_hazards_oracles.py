"""Estimates against other programs and published tables, on data of two centuries.

Real rows: undirected dyad-years 1946-1960, onset of disputes by contiguity, capability, peace.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from rimland.hazards import HazardError, Prior, cox, estimate
from rimland.history import dyad_years, treaties

TERMS = ("constant", "contiguous", "capability", "peace")


@pytest.fixture(scope="module")
def disputes() -> pl.DataFrame:
    panel = (
        dyad_years(directed=False, years=(1946, 1960))
        .add_disputes(details=False)
        .add_contiguity()
        .add_capabilities()
        .add_peace_years()
    )
    return (
        panel.lazy()
        .select(
            "ccode1",
            "ccode2",
            constant=pl.lit(1.0),
            contiguous=(pl.col("conttype") > 0).cast(pl.Float64),
            capability=(pl.col("cinc1") + pl.col("cinc2")).log(),
            peace=pl.col("gmlmidspell").cast(pl.Float64) / 10.0,
            y=pl.col("gmlmidonset").cast(pl.Float64),
        )
        .collect()
        .drop_nulls()
    )


@pytest.mark.parametrize("link", ["cloglog", "logit", "log"])
def test_coefficients_and_clustered_errors_are_those_of_statsmodels(
    disputes: pl.DataFrame, link: str
) -> None:
    sm = pytest.importorskip("statsmodels.api")
    family = {
        "cloglog": lambda: sm.families.Binomial(sm.families.links.CLogLog()),
        "logit": sm.families.Binomial,
        "log": sm.families.Poisson,
    }[link]()
    x, y = disputes.select(TERMS).to_numpy(), disputes["y"].to_numpy()
    one, two = disputes["ccode1"].to_numpy(), disputes["ccode2"].to_numpy()
    pair = one * 1000 + two
    model = sm.GLM(y, x, family=family)
    strict = {"tol": 1e-13, "maxiter": 100}
    plain = model.fit(**strict)
    clustered = model.fit(cov_type="cluster", cov_kwds={"groups": pair}, **strict)
    both = model.fit(cov_type="cluster", cov_kwds={"groups": np.column_stack([one, two])}, **strict)
    ours = estimate(x, y, terms=TERMS, link=link, clusters={"pair": pair})
    ways = estimate(x, y, terms=TERMS, link=link, clusters={"first": one, "second": two})
    np.testing.assert_allclose(ours.coefficients_, plain.params, rtol=1e-6)
    np.testing.assert_allclose(np.sqrt(np.diag(ours.covariance_model_)), plain.bse, rtol=1e-6)
    np.testing.assert_allclose(ours.covariance_, clustered.cov_params(), rtol=1e-6)
    np.testing.assert_allclose(ways.covariance_, both.cov_params(), rtol=1e-6)
    assert ours.log_likelihood_ == pytest.approx(plain.llf, rel=1e-9)
    assert ours.clusters == {"pair": len(np.unique(pair))}


def test_exposure_and_weights_are_offset_and_frequency_of_statsmodels(
    disputes: pl.DataFrame,
) -> None:
    sm = pytest.importorskip("statsmodels.api")
    few = disputes.sample(20_000, seed=3)
    x, y = few.select(TERMS).to_numpy(), few["y"].to_numpy()
    rng = np.random.default_rng(3)
    time, often = rng.uniform(0.1, 3.0, len(y)), rng.integers(1, 4, len(y)).astype(float)
    model = sm.GLM(y, x, family=sm.families.Poisson(), exposure=time, freq_weights=often)
    theirs = model.fit(tol=1e-13)
    ours = estimate(x, y, terms=TERMS, link="log", exposure=time, weights=often)
    np.testing.assert_allclose(ours.coefficients_, theirs.params, rtol=1e-6)
    np.testing.assert_allclose(ours.errors_, theirs.bse, rtol=1e-6)
    repeated = estimate(
        np.repeat(x, often.astype(int), axis=0),
        np.repeat(y, often.astype(int)),
        terms=TERMS,
        link="log",
        exposure=np.repeat(time, often.astype(int)),
    )
    np.testing.assert_allclose(ours.covariance_, repeated.covariance_, rtol=1e-8)


def test_the_partial_likelihood_is_that_of_lifelines_and_statsmodels() -> None:
    # How long alliances last, in days to the month: hundreds of ties.
    table = (
        treaties()
        .add_members()
        .add_depth()
        .collect()
        .with_columns(
            stop=(
                (pl.col("endyr").fill_null(2016) - pl.col("begyr")) * 12.0
                + pl.col("endmo").fill_null(12)
                - pl.col("begmo")
                + 1.0
            ),
            event=pl.col("endyr").is_not_null().cast(pl.Float64),
            size=pl.col("n_members").log(),
        )
        .drop_nulls(["stop", "defense", "organ1"])
    )
    terms = ("size", "defense", "nonagg", "organ1")
    x = table.select(terms).cast(pl.Float64).to_numpy()
    stop, event = table["stop"].to_numpy(), table["event"].to_numpy()
    assert len(np.unique(stop)) < 0.6 * len(stop)
    ours = cox(x, stop, event, terms=terms)

    hazard = pytest.importorskip("statsmodels.duration.hazard_regression")
    theirs = hazard.PHReg(stop, x, event, ties="efron").fit(tol=1e-12)
    np.testing.assert_allclose(ours.coefficients_, theirs.params, rtol=1e-6)
    np.testing.assert_allclose(ours.errors_, theirs.bse, rtol=1e-6)

    lifelines = pytest.importorskip("lifelines")
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(x, columns=list(terms)).assign(stop=stop, event=event)
    fitted = lifelines.CoxPHFitter().fit(frame, "stop", "event", fit_options={"precision": 1e-12})
    np.testing.assert_allclose(ours.coefficients_, fitted.params_.to_numpy(), rtol=1e-6)
    np.testing.assert_allclose(ours.covariance_, fitted.variance_matrix_.to_numpy(), rtol=1e-6)
    assert ours.log_likelihood_ == pytest.approx(fitted.log_likelihood_, rel=1e-9)


def test_late_entry_strata_and_clusters_of_dated_events_are_those_of_lifelines() -> None:
    lifelines = pytest.importorskip("lifelines")
    pd = pytest.importorskip("pandas")
    rng = np.random.default_rng(11)
    x = rng.normal(size=(400, 2))
    start = rng.uniform(0.0, 1.0, 400)
    stop = start + rng.exponential(1.0 / np.exp(x @ np.array([0.5, -0.3]))) + 1e-3
    event = (rng.random(400) < 0.8).astype(float)
    kind, group = rng.integers(0, 3, 400), rng.integers(0, 40, 400)
    frame = pd.DataFrame(x, columns=["a", "b"]).assign(
        start=start, stop=stop, event=event, kind=kind, group=group
    )
    fitter = lifelines.CoxPHFitter()
    how = {"duration_col": "stop", "event_col": "event", "entry_col": "start", "strata": ["kind"]}
    columns = ["a", "b", "start", "stop", "event", "kind"]
    precise = {"fit_options": {"precision": 1e-12}}
    plain = fitter.fit(frame[columns], **how, **precise)
    given = {"terms": ("a", "b"), "start": start, "strata": kind}
    ours = cox(x, stop, event, **given)
    np.testing.assert_allclose(ours.coefficients_, plain.params_.to_numpy(), rtol=1e-6)
    np.testing.assert_allclose(ours.covariance_, plain.variance_matrix_.to_numpy(), rtol=1e-6)
    # Without late entry, which its clustered errors do not take; G / (G - 1) is ours.
    fitter = lifelines.CoxPHFitter()
    clustered = fitter.fit(
        frame[["a", "b", "stop", "event", "group"]],
        "stop",
        "event",
        cluster_col="group",
        **precise,
    )
    ours = cox(x, stop, event, terms=("a", "b"), clusters={"group": group})
    theirs = clustered.standard_errors_.to_numpy() * np.sqrt(40 / 39)
    np.testing.assert_allclose(ours.errors_, theirs, rtol=1e-6)


# Urinary infections of 239 students (`sex2`, the documented example of the R package logistf):
# case, age, oc, vic, vicl, vis, dia as digits, and how many had that pattern. No woman with a
# diaphragm (dia) was healthy, so that the plain likelihood has no maximum.
SEX2 = (
    "0000010:1 0001000:2 0001010:1 0001100:8 0001110:18 0010000:42 0010010:1 0011000:1 "
    "0011100:5 0011110:6 0101100:2 0101110:4 0110000:14 0110010:1 0111000:1 0111110:2 "
    "1000010:1 1001000:14 1001010:3 1001100:10 1001110:12 1001111:1 1010000:44 1010001:3 "
    "1011000:15 1011001:1 1011010:2 1011100:7 1011110:3 1101000:2 1101010:1 1101011:1 "
    "1101100:1 1101111:1 1110000:5 1111000:3 "
)
SEX2_TERMS = ("constant", "age", "oc", "vic", "vicl", "vis", "dia")


def test_firth_gives_the_documented_coefficients_of_logistf() -> None:
    cells = [cell.split(":") for cell in SEX2.split()]
    data = np.array([[*map(float, pattern)] for pattern, n in cells for _ in range(int(n))])
    x, y = np.column_stack([np.ones(len(data)), data[:, 1:]]), data[:, 0]
    assert x.shape == (239, 7)
    with pytest.raises(HazardError, match="'dia'"):
        estimate(x, y, terms=SEX2_TERMS, link="logit")
    made = estimate(x, y, terms=SEX2_TERMS, link="logit", penalty="firth")
    # logistf(case ~ age + oc + vic + vicl + vis + dia, data = sex2), to the digits it prints.
    wanted = [
        0.12025405,
        -1.10598131,
        -0.06881673,
        2.26887464,
        -2.11140817,
        -0.78831694,
        3.09601166,
    ]
    np.testing.assert_allclose(made.coefficients_, wanted, rtol=1e-6)
    counted = estimate(
        np.column_stack([np.ones(len(cells)), [[*map(float, p[1:])] for p, _ in cells]]),
        np.array([float(p[0]) for p, _ in cells]),
        terms=SEX2_TERMS,
        link="logit",
        penalty="firth",
        weights=np.array([float(n) for _, n in cells]),
    )
    np.testing.assert_allclose(counted.coefficients_, made.coefficients_, rtol=1e-8)
    np.testing.assert_allclose(counted.covariance_, made.covariance_, rtol=1e-8)


def test_firth_of_two_by_two_tables_is_a_half_added_to_each_cell() -> None:
    # Firth (1993): for a saturated logit the Jeffreys prior adds 1/2 to every cell.
    cells = {(0, 0): 7, (0, 1): 3, (1, 0): 5, (1, 1): 0}
    rows = [(1.0, float(a), float(b)) for (a, b), n in cells.items() for _ in range(n)]
    data = np.array(rows)
    made = estimate(data[:, :2], data[:, 2], terms=("constant", "x"), link="logit", penalty="firth")
    base = np.log(3.5 / 7.5)
    np.testing.assert_allclose(made.coefficients_, [base, np.log(0.5 / 5.5) - base], rtol=1e-8)
    error = np.sqrt(1 / 7.5 + 1 / 3.5 + 1 / 5.5 + 1 / 0.5)
    # The error is that of the Fisher information at the estimate, from the counts themselves.
    share = [3.5 / 11, 0.5 / 6]
    information = [10 * share[0] * (1 - share[0]), 5 * share[1] * (1 - share[1])]
    assert made.errors_[1] == pytest.approx(np.sqrt(sum(1 / i for i in information)), rel=1e-8)
    assert made.errors_[1] > error


def test_firth_of_a_saturated_rate_adds_a_half_to_the_count() -> None:
    # Poisson, log link: the Jeffreys prior gives log((events + 1/2) / exposure).
    x = np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]])
    y, time = np.array([2.0, 1, 0, 0, 0, 0]), np.array([3.0, 4, 5, 6, 7, 8])
    made = estimate(
        x, y, terms=("constant", "x"), link="log", exposure=time, penalty="firth"
    ).coefficients_
    np.testing.assert_allclose(made, [np.log(3.5 / 12), np.log(0.5 / 21) - np.log(3.5 / 12)])


def test_firth_with_cloglog_solves_kosmidis_and_firths_equation() -> None:
    # One rate: y-bar (n) + h (1 - L) / 2 summed over rows = n mu, with h = 1 / n; solved here.
    from scipy.optimize import brentq

    n, events = 40, 2
    made = estimate(
        np.ones((n, 1)),
        np.r_[np.ones(events), np.zeros(n - events)],
        terms=("constant",),
        link="cloglog",
        penalty="firth",
    ).coefficients_[0]

    def adjusted(b: float) -> float:
        rate = np.exp(b)
        score = events * rate / np.expm1(rate) - (n - events) * rate
        return float(score + (1.0 - rate) / 2.0)

    assert made == pytest.approx(brentq(adjusted, -8.0, 0.0, xtol=1e-13), rel=1e-9)


def test_a_normal_prior_is_the_penalty_that_scipy_minimises() -> None:
    from scipy.optimize import minimize

    rng = np.random.default_rng(5)
    x = np.column_stack([np.ones(200), rng.normal(size=200)])
    y = (rng.random(200) < -np.expm1(-np.exp(-2.0 + 2.0 * x[:, 1]))).astype(float)

    def loss(b: np.ndarray) -> float:
        rate = np.exp(x @ b)
        told = np.where(y == 1.0, np.log(-np.expm1(-rate)), -rate)
        return float(-told.sum() + b[1] ** 2 / (2 * 0.5**2))

    wanted = minimize(loss, [-2.0, 0.0], method="BFGS", options={"gtol": 1e-10}).x
    made = estimate(x, y, terms=("constant", "x"), link="cloglog", penalty=Prior(0.5))
    np.testing.assert_allclose(made.coefficients_, wanted, rtol=1e-5)


def test_dyadic_clusters_are_the_sum_over_rows_that_share_a_state() -> None:
    rng = np.random.default_rng(8)
    states = np.array([rng.choice(40, 2, replace=False) for _ in range(150)])
    x = np.column_stack([np.ones(150), rng.normal(size=150)])
    y = (rng.random(150) < 0.3).astype(float)
    made = estimate(x, y, terms=("constant", "x"), link="logit", clusters={"state": states})
    mean = made.predict(x)
    score = x * (y - mean)[:, None]
    shares = np.array([[bool(set(a) & set(b)) for b in states] for a in states])
    meat = score.T @ shares.astype(float) @ score
    bread = np.linalg.inv(x.T @ (x * (mean * (1 - mean))[:, None]))
    wanted = bread @ meat @ bread * 40 / 39 * 149 / 148
    assert np.linalg.eigvalsh(meat)[0] > 0.0
    np.testing.assert_allclose(made.covariance_, wanted, rtol=1e-8)
