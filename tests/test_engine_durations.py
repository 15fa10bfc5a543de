"""Durations given an age: against SciPy's distributions, and against what they must satisfy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from rimland.engine.durations import FAMILIES, conditional_quantile, quantile
from rimland.errors import RunError

TAIL = np.logspace(-15.0, -0.31, 200)
U = np.concatenate([TAIL, np.linspace(0.05, 0.95, 200), 1.0 - TAIL])
CASES = [
    ("exponential", 0.0, 0.0, stats.expon()),
    ("lognormal", 3.0, 0.6, stats.lognorm(0.6, scale=np.exp(3.0))),
    ("lognormal", -1.0, 1.8, stats.lognorm(1.8, scale=np.exp(-1.0))),
    ("weibull", 0.6, 40.0, stats.weibull_min(0.6, scale=40.0)),
    ("weibull", 3.5, 2.0, stats.weibull_min(3.5, scale=2.0)),
    ("gamma", 0.3, 9.0, stats.gamma(0.3, scale=9.0)),
    ("gamma", 4.0, 2.5, stats.gamma(4.0, scale=2.5)),
    ("gamma", 200.0, 1.0, stats.gamma(200.0, scale=1.0)),
]


@pytest.mark.parametrize(("kind", "p", "q", "peer"), CASES)
def test_quantiles_agree_with_scipy_to_1e_12(kind, p, q, peer):
    np.testing.assert_allclose(quantile(kind, U, p, q), peer.ppf(U), rtol=1e-12)


@pytest.mark.parametrize(("kind", "p", "q", "peer"), CASES)
@pytest.mark.parametrize("lived", [1e-6, 0.1, 0.5, 0.9, 0.999, 1 - 1e-9])
def test_quantiles_given_an_age_agree_with_scipy_to_1e_12(kind, p, q, peer, lived):
    age = float(peer.ppf(lived))
    got = conditional_quantile(kind, U, age, p, q)
    # The smaller tail of the whole, which is the one that SciPy can invert without loss.
    below = peer.cdf(age) + U * peer.sf(age)
    above = (1.0 - U) * peer.sf(age)
    wanted = np.where(below < 0.5, peer.ppf(below), peer.isf(above))
    np.testing.assert_allclose(got, wanted, rtol=1e-12)
    assert np.all(got >= age)
    assert np.all(np.diff(got[np.argsort(U)]) >= -1e-12 * got.max())


def test_a_rising_hazard_leaves_less_the_older_and_a_falling_one_more():
    for shape, sign in [(2.5, -1.0), (0.4, 1.0)]:
        ages = np.linspace(0.0, 50.0, 21)
        left = conditional_quantile("weibull", 0.5, ages, shape, 10.0) - ages
        assert np.all(sign * np.diff(left) > 0)


def test_an_exponential_has_no_memory_and_a_fixed_time_only_its_end():
    left = conditional_quantile("exponential", U, 7.0) - 7.0
    np.testing.assert_allclose(left, quantile("exponential", U), atol=1e-14)
    assert conditional_quantile("fixed", 0.3, 2.0, 5.0) == 5.0
    assert np.isnan(conditional_quantile("fixed", 0.3, 6.0, 5.0))


def test_what_makes_no_sense_is_no_number_and_an_unknown_family_is_told():
    for kind in FAMILIES:
        assert np.all(np.isnan(conditional_quantile(kind, [0.0, 1.0, np.nan], 1.0, 2.0, 2.0)))
        assert np.isnan(conditional_quantile(kind, 0.5, -1.0, 2.0, 2.0))
    assert np.isnan(conditional_quantile("gamma", 0.5, 1e6, 2.0, 1.0))
    with pytest.raises(RunError, match="Did you mean 'gamma'"):
        quantile("gama", 0.5)
