"""Numbers from fits: read, drawn jointly, shown; and what is believed of them without the data."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fits_made import COVARIANCE, shipping, turnover
from rimland.hazards import draws as fits
from rimland.history import fitfile
from rimland.history.catalogue import DataError
from rimland.notation.quantity import Quantity, json_schema

FIT = turnover()
COUNT = 20_000


@pytest.fixture(autouse=True, scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with shipping(tmp_path_factory.mktemp("fits"), FIT):
        yield


def number(of: str = "AAA", **more: Any) -> Quantity:
    prior = more.pop("prior", "0.02 to 0.3 per year")
    return Quantity.read({"estimated": FIT.name, "of": of, "prior": prior, **more})


# --- reading ---------------------------------------------------------------------------------


def test_a_number_from_a_fit_has_the_answers_range_its_unit_and_its_kind() -> None:
    read, answer = number(causal="association"), FIT.answers["AAA"]
    assert (read.p10, read.central, read.p90) == (answer.p10, answer.central, answer.p90)
    assert (read.kind, read.unit, read.dimension) == ("estimated", "per_year", "rate")
    assert read.causal == "association"
    assert read.text() == "0.0666 to 0.101 per year, middle 0.0821 (estimated)"


def test_its_reason_is_the_fit_with_its_data_and_size() -> None:
    said = "fit turnover.bloc_change of archigos 4.1, 1946 to 2015: 413 events in 9,120 state-years"
    assert number().because == said


def test_as_plain_data_it_names_fit_answer_prior_years_rows_and_events() -> None:
    assert number(prior="0.1 to 0.4 per year").as_dict()["fitted"] == {
        "fit": "turnover.bloc_change",
        "of": "AAA",
        "prior": {"p10": 0.1, "central": pytest.approx(0.2), "p90": 0.4},
        "years": [1946, 2015],
        "n": 9120,
        "events": 413,
        "data": ["archigos 4.1"],
    }
    judged = Quantity.read({"value": "1 to 2 days", "judged": "a guess"})
    assert judged.as_dict()["fitted"] is None


def test_the_schema_asks_for_answer_and_prior_beside_the_fit() -> None:
    schema = json_schema(None)
    assert {"required": ["estimated", "of", "prior"]} in schema["anyOf"]
    assert "object" in schema["properties"]["prior"]["type"]  # a quantity with a mark of its own


def test_a_prior_may_carry_its_own_middle_and_reason() -> None:
    inner = {"value": "0.1 to 0.4 per year", "mid": "0.3 per year", "judged": "an older count"}
    before = number(prior=inner).prior
    assert before is not None
    assert (before.p10, before.central, before.p90) == (0.1, 0.3, 0.4)
    assert (before.kind, before.because) == ("judged", "an older count")


def test_the_prior_keeps_causal_status_and_place_and_no_fit() -> None:
    before = number(causal="assumed").prior
    assert before is not None
    assert (before.causal, before.fitted, before.prior) == ("assumed", None, None)
    assert before.because == "what was believed before the data"


def test_doubling_leaves_what_was_fitted_alone() -> None:
    read = number()
    assert read.widened(2.0) is read


def test_reading_a_scenario_loads_no_model_code() -> None:
    import subprocess

    code = (
        "import sys; from rimland.notation.quantity import Quantity;"
        "Quantity.read({'value': '1 to 2 days', 'judged': 'why'});"
        "sys.exit('scipy' in sys.modules or 'rimland.hazards.draws' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- drawing ---------------------------------------------------------------------------------


def test_coefficients_are_drawn_with_the_covariance_of_the_fit() -> None:
    # Entries of a sample covariance of n normals have standard error
    # sqrt((s_ij^2 + s_ii s_jj) / n); six entries within 4 of these fail by chance once in 2,600.
    drawn = fits.coefficients(FIT, seed=11, count=COUNT)
    true, found = np.array(COVARIANCE), np.cov(drawn.T)
    error = np.sqrt((true**2 + np.outer(np.diag(true), np.diag(true))) / COUNT)
    assert (np.abs(found - true) < 4 * error).all()
    middle = [t.coefficient for t in FIT.terms]
    off = np.abs(drawn.mean(axis=0) - middle)
    assert (off < 4 * np.sqrt(np.diag(true) / COUNT)).all()


def test_two_numbers_of_one_fit_are_correlated_as_its_covariance_says() -> None:
    # log AAA = baseline + regime, and 'regime' itself: cov = -0.018 + 0.0225. The correlation's
    # standard error is (1 - r^2) / sqrt(n); 4 of them fail by chance once in 16,000.
    log_rate = np.log(number("AAA").draws(5, COUNT, "one"))
    regime = number("regime", prior="-1 to 1 log").draws(5, COUNT, "another")
    r = 0.0045 / np.sqrt((0.04 + 0.0225 - 2 * 0.018) * 0.0225)
    assert np.corrcoef(log_rate, regime)[0, 1] == pytest.approx(
        r, abs=4 * (1 - r * r) / np.sqrt(COUNT)
    )


def test_answers_are_the_transform_of_the_same_coefficients() -> None:
    beta = fits.coefficients(FIT, seed=3, count=50)
    expected = {
        "AAA": np.exp(beta[:, 0] + beta[:, 1]),
        "regime": beta[:, 1],
        "odds": 1 / (1 + np.exp(1.0 - beta[:, 2])),
        "yearly": 1 - np.exp(-np.exp(beta[:, 0])),
        "never": np.ones(50),
    }
    for of, values in expected.items():
        assert fits.draws(FIT, of, 3, 50) == pytest.approx(values, rel=1e-12), of


@pytest.mark.parametrize("of", ["AAA", "CCC"])
def test_more_draws_never_change_earlier_ones(of: str) -> None:
    whole = number(of).draws(7, 500, "x")
    assert np.array_equal(number(of).draws(7, 123, "x"), whole[:123])
    assert np.array_equal(number(of).draws(7, 77, "x", first_draw=423), whole[423:])
    assert not np.array_equal(number(of).draws(8, 500, "x"), whole)


def test_the_name_of_the_number_is_not_in_the_key_of_its_luck() -> None:
    assert np.array_equal(number().draws(1, 20, "here"), number().draws(1, 20, "there"))


def test_a_states_own_record_is_nobody_elses_luck() -> None:
    # BBB and CCC share the baseline; their gamma factors are independent. With the factors'
    # logarithms taken out of the variance, what is left of the covariance is that of the rows:
    # cov(baseline, baseline - regime) = 0.04 + 0.018.
    log_b, log_c = (np.log(fits.draws(FIT, of, 2, COUNT)) for of in ("BBB", "CCC"))
    error = np.sqrt(log_b.var() * log_c.var() / COUNT)
    assert np.cov(log_b, log_c)[0, 1] == pytest.approx(0.058, abs=4 * error)


@pytest.mark.parametrize("of", list(FIT.answers))
def test_quantiles_are_those_of_the_draws(of: str) -> None:
    # The share of draws below each of nine quantiles, within 4 standard errors of a share; draws
    # of one answer share their luck over the quantiles, so that one in about 3,000 fails by chance.
    levels = np.linspace(0.1, 0.9, 9)
    drawn = fits.draws(FIT, of, 21, COUNT)
    found = fits.quantile(FIT, of, levels)
    if of == "never":
        assert (found == 1).all()
        assert (drawn == 1).all()
        return
    below = (drawn[:, None] < found).mean(axis=0)
    assert (np.abs(below - levels) < 4 * np.sqrt(levels * (1 - levels) / COUNT)).all()


@pytest.mark.parametrize("frailty", [(0.05, 0.1), (0.8, 1.0), (6.0, 5.0), (4000.0, 4000.0)])
@pytest.mark.parametrize("transform", ["exp", "expit", "cloglog"])
def test_twice_as_many_nodes_change_no_quantile(
    transform: str, frailty: tuple[float, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = replace(FIT.answers["CCC"], transform=transform, frailty=frailty)
    fit = replace(FIT, answers={"X": answer})
    levels = np.array([1e-3, 0.1, 0.5, 0.9, 0.999])
    few = fits.quantile(fit, "X", levels)
    assert (np.diff(few) > 0).all()
    monkeypatch.setattr(fits, "NODES", 2 * fits.NODES + 1)
    assert fits.quantile(fit, "X", levels) == pytest.approx(few, rel=1e-9)


def test_a_covariance_that_is_none_is_refused() -> None:
    turned = replace(FIT, covariance=((1.0, 0.2, 0.0), (0.3, 1.0, 0.0), (0.0, 0.0, 1.0)))
    with pytest.raises(DataError, match="not symmetric"):
        fits.draws(turned, "AAA", 1, 5)
    negative = replace(FIT, covariance=((1.0, 2.0, 0.0), (2.0, 1.0, 0.0), (0.0, 0.0, 1.0)))
    with pytest.raises(DataError, match="negative variance"):
        fits.draws(negative, "AAA", 1, 5)


def test_a_singular_covariance_is_drawn_from_all_the_same() -> None:
    flat = replace(FIT, covariance=((0.04, 0.02, 0.0), (0.02, 0.01, 0.0), (0.0, 0.0, 0.0)))
    drawn = fits.coefficients(flat, 1, 40) - [t.coefficient for t in FIT.terms]
    assert drawn[:, 0] == pytest.approx(2 * drawn[:, 1], rel=1e-6)
    assert drawn[:, 2] == pytest.approx(0, abs=1e-12)


def test_an_answer_by_a_term_that_is_none_is_refused() -> None:
    odd = replace(FIT, answers={"X": replace(FIT.answers["AAA"], row={"regim": 1.0})})
    with pytest.raises(DataError, match="'regim'"):
        fits.draws(odd, "X", 1, 5)


def test_a_fit_comes_back_from_its_file_as_it_was() -> None:
    assert fitfile.fit(FIT.name) == FIT
