"""Defence pacts as events: risk sets, statistics, explosion, and the shipped fits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from rimland.hazards import HazardError, recipes
from rimland.hazards.branching import Endogenous, ratio, refuse_explosive, saturated
from rimland.hazards.ending import ending
from rimland.hazards.formation import TERMS, any_of, at_risk, branching, up_to_two
from rimland.hazards.multilateral import accession, consent, founding
from rimland.hazards.networks import Networks, networks
from rimland.history import fitfile, treaties

FIRST, LAST = 1946, 1960


@pytest.fixture(scope="module")
def nets() -> Networks:
    return networks(FIRST, LAST)


def bilateral(first: int, last: int) -> list[tuple[int, int, int]]:
    """(one, two, year) of bilateral defence pacts of states of the system, by the source."""
    plan = treaties(obligation="defense", bilateral=True, years=(first, last))
    founders = plan.members().filter((pl.col("founder") == 1) & (pl.col("in_system") == 1))
    made = founders.group_by("atopid").agg(
        pl.col("member").min().alias("one"),
        pl.col("member").max().alias("two"),
        pl.col("start").dt.year().min().alias("year"),
    )
    return list(made.filter(pl.col("one") < pl.col("two")).select("one", "two", "year").iter_rows())


def test_every_bilateral_pact_is_an_event_a_renewal_or_lost_for_a_statistic() -> None:
    risk = at_risk(FIRST, LAST)
    source = bilateral(FIRST, LAST)
    assert len(source) > 40
    assert risk.y.sum() + risk.renewals + risk.lost == len(set(source))
    events = {
        (int(a), int(b), int(y))
        for (a, b), y in zip(risk.states[risk.y == 1], risk.year[risk.y == 1], strict=True)
    }
    assert events <= set(source)


def test_a_year_sees_the_network_of_its_first_day_and_not_its_own_pacts(nets: Networks) -> None:
    new = next((a, b, y) for a, b, y in sorted(bilateral(FIRST, LAST)) if y < LAST)
    i, j = nets.at(np.array(new[:2]))
    at = new[2] - FIRST
    assert nets.begun[at, i, j] == nets.begun[at, j, i] == 1
    assert nets.bilateral[at, i, j] == 0
    assert nets.bilateral[at + 1, i, j] == 1


def test_the_statistics_of_a_pair_are_what_counting_by_hand_gives(nets: Networks) -> None:
    risk = at_risk(FIRST, LAST)
    rng = np.random.default_rng(4)
    rows = [*np.flatnonzero(risk.x[:, 1] == 1.0)[:40], *rng.integers(0, len(risk.y), 40)]
    seen = np.zeros(len(TERMS))
    for row in rows:
        at = risk.year[row] - FIRST
        i, j = nets.at(risk.states[row])
        pacts = [{k for k in range(len(nets.codes)) if nets.bilateral[at, s, k]} for s in (i, j)]
        rivals = [{k for k in range(len(nets.codes)) if nets.rivals[at, s, k]} for s in (i, j)]
        by_hand = {
            "shared_partner": float(bool(pacts[0] & pacts[1])),
            "shared_rivals": np.log1p(len(rivals[0] & rivals[1])),
            "degree": float(min(len(pacts[0]), 2) + min(len(pacts[1]), 2)),
            "multilateral": float(nets.joint[at, i, j] > 0),
        }
        for term, value in by_hand.items():
            assert risk.x[row, TERMS.index(term)] == pytest.approx(value)
        seen += risk.x[row] != 0.0
    assert all(seen[TERMS.index(t)] for t in ("shared_partner", "shared_rivals", "degree"))


def test_a_dispute_is_remembered_for_ten_years_and_seen_only_afterwards(nets: Networks) -> None:
    assert not np.any(np.diagonal(nets.against, axis1=1, axis2=2))
    assert np.array_equal(nets.against, nets.against.transpose(0, 2, 1))
    # Dispute 51: 731 against 732 begins in 1950 and was preceded by others from 1949.
    i, j = nets.at(np.array([731, 732]))
    begun = nets.against[:, i, j]
    assert begun[1949 - FIRST] == 0
    assert begun[1950 - FIRST] >= 1
    # Both fought the war of 1950 on one side.
    one, two = nets.at(np.array([2, 200]))
    assert nets.beside[1951 - FIRST, one, two] > nets.beside[1950 - FIRST, one, two]


def test_who_enters_a_pact_later_is_an_accession_and_a_founder_is_none() -> None:
    rows = accession(FIRST, LAST)
    entered = {
        (int(t), int(s), int(y))
        for t, s, y in zip(
            rows.codes["treaty"][rows.y == 1],
            rows.codes["state"][rows.y == 1],
            rows.year[rows.y == 1],
            strict=True,
        )
    }
    # The treaty of 1949 with twelve founders: two signed in 1951; one that signed in 1954 was not
    # yet in the state system.
    atlantic = {e for e in entered if e[0] == 3180}
    assert atlantic == {(3180, 350, 1951), (3180, 640, 1951)}
    members = treaties(obligation="defense", bilateral=False).members()
    late = members.filter(pl.col("founder") == 0).with_columns(y=pl.col("start").dt.year())
    assert entered <= set(late.select("atopid", "member", "y").iter_rows())
    inside = (rows.codes["treaty"] == 3180) & (rows.codes["state"] == 2)
    assert not np.any(inside)


def test_founders_other_than_the_strongest_are_those_who_consent() -> None:
    rows = consent(FIRST, LAST)
    joined = rows.codes["state"][(rows.codes["treaty"] == 3180) & (rows.y == 1)]
    assert len(joined) == 11
    assert 2 not in rows.codes["state"][rows.codes["treaty"] == 3180]


def test_foundings_are_counted_in_their_year() -> None:
    rows = founding(FIRST, LAST)
    table = treaties(obligation="defense", bilateral=False, years=(FIRST, LAST)).collect()
    counted = table["begyr"].value_counts().sort("begyr")
    wanted = dict(counted.iter_rows())
    assert {int(y): int(n) for y, n in zip(rows.year, rows.y, strict=True) if n} == wanted


def test_a_pact_in_force_at_the_edge_has_no_ending() -> None:
    rows = ending(FIRST, LAST)
    table = treaties(obligation="defense").collect()
    ended = dict(table.select("atopid", "endyr").iter_rows())
    for treaty, year in zip(rows.codes["treaty"][rows.y == 1], rows.year[rows.y == 1], strict=True):
        assert ended[int(treaty)] == year
    last = {int(t): int(rows.year[rows.codes["treaty"] == t].max()) for t in rows.codes["treaty"]}
    assert all(ended[t] is None or y <= ended[t] for t, y in last.items())
    assert 3180 in last
    assert ended[3180] is None


# --- explosion ---------------------------------------------------------------------------------


def by_definition(base: np.ndarray, ties: np.ndarray, effect: Endogenous) -> float:
    """Add each possible pact in turn, recompute all hazards, take the largest eigenvalue."""
    size = len(base)
    pairs = [(i, j) for i in range(size) for j in range(i) if not ties[i, j]]

    def hazards(bound: np.ndarray) -> np.ndarray:
        partners, shared = bound.sum(axis=1), bound @ bound
        form = effect.degree_form(partners.astype(float))
        log = effect.shared * effect.shared_form(shared.astype(float))
        return base * np.exp(log + effect.degree * (form[:, None] + form[None, :]))

    before = hazards(ties.astype(float))
    made = np.zeros((len(pairs), len(pairs)))
    for column, (i, j) in enumerate(pairs):
        after = ties.astype(float)
        after[i, j] = after[j, i] = 1.0
        risen = hazards(after) - before
        made[:, column] = [0.0 if (k, m) == (i, j) else risen[k, m] for k, m in pairs]
    return float(np.abs(np.linalg.eigvals(made * effect.years)).max())


@pytest.mark.parametrize("seed", range(5))
def test_the_branching_ratio_is_the_largest_eigenvalue_of_its_definition(seed: int) -> None:
    rng = np.random.default_rng(seed)
    base = rng.exponential(0.01, (8, 8))
    base = np.triu(base, 1) + np.triu(base, 1).T
    ties = np.triu(rng.random((8, 8)) < 0.3, 1)
    ties = ties | ties.T
    forms = ((np.log1p, np.log1p), (any_of, up_to_two))[seed % 2]
    effect = Endogenous(0.9, 0.4, 20.0, *forms)
    assert ratio(base, ties, effect) == pytest.approx(by_definition(base, ties, effect), rel=1e-3)


def test_on_an_empty_network_of_equals_the_ratio_has_a_closed_form() -> None:
    # A pact lifts the degree of two states, each in 8 other pairs, by log 2.
    base = np.full((10, 10), 0.002)
    wanted = 25.0 * 2 * 8 * 0.002 * (2.0**0.7 - 1.0)
    found = ratio(base, np.zeros((10, 10), bool), Endogenous(1.5, 0.7, 25.0))
    assert found == pytest.approx(wanted, rel=1e-4)


def test_without_endogenous_effects_nothing_is_triggered() -> None:
    base = np.full((6, 6), 0.1)
    assert ratio(base, np.zeros((6, 6), bool), Endogenous(0.0, 0.0, 30.0)) == 0.0


def test_a_bounded_statistic_is_calm_when_saturated_and_a_logarithm_is_not() -> None:
    base = np.full((40, 40), 0.0005)
    np.fill_diagonal(base, 0.0)
    ties = np.triu(np.random.default_rng(3).random((40, 40)) < 0.7, 1)
    ties = ties | ties.T
    bounded = Endogenous(1.5, 0.5, 20.0, any_of, up_to_two)
    assert ratio(base, ties, bounded) == pytest.approx(0.0, abs=1e-12)
    assert ratio(base, ties, Endogenous(1.5, 0.5, 20.0)) > 1.0
    assert saturated(base, Endogenous(1.5, 0.5, 20.0))[0] > 1.0


def test_a_fit_that_explodes_is_refused_with_the_reason() -> None:
    sound = fitfile.fit("treaties.formation")
    refuse_explosive(sound)
    exploding = replace(sound, checks={"branching ratio, network of 2011": 1.2})
    with pytest.raises(HazardError, match=r"treaties.formation explodes .*network of 2011.* 1.2 "):
        refuse_explosive(exploding)
    with pytest.raises(HazardError, match="explodes"):
        refuse_explosive(replace(sound, checks={"branching ratio": float("nan")}))


@pytest.mark.parametrize(
    "name", ["treaties.formation.all", "treaties.accession", "treaties.accession.all"]
)
def test_shipped_fits_that_explode_say_so_and_are_refused(name: str) -> None:
    fit = fitfile.fit(name)
    assert any("Not to be simulated" in caution for caution in fit.cautions)
    with pytest.raises(HazardError, match="explodes"):
        refuse_explosive(fit)


def test_a_fit_on_the_early_years_explodes_on_their_network() -> None:
    from rimland.hazards import Prior, estimate

    risk = at_risk(FIRST, LAST)
    found = estimate(risk.x, risk.y, terms=TERMS, link="cloglog", penalty=Prior(2.5))
    ratios = branching(found, FIRST, LAST, LAST)
    fit = replace(fitfile.fit("treaties.formation"), name="early", checks=ratios)
    with pytest.raises(HazardError, match="The fit early explodes"):
        refuse_explosive(fit)


# --- what ships --------------------------------------------------------------------------------

TREATIES = sorted(name for name in recipes.RECIPES if name.startswith("treaties."))
QUICK = [name for name in TREATIES if not recipes.RECIPES[name].slow]


def assert_same(made: fitfile.Fit, shipped: fitfile.Fit) -> None:
    assert (made.rows, made.events, made.clusters) == (
        shipped.rows,
        shipped.events,
        shipped.clusters,
    )
    for one, other in zip(made.terms, shipped.terms, strict=True):
        assert (one.name, one.says) == (other.name, other.says)
        assert one.coefficient == pytest.approx(other.coefficient, abs=1e-6)
        assert one.error == pytest.approx(other.error, rel=1e-5)
    np.testing.assert_allclose(made.covariance, shipped.covariance, rtol=1e-4, atol=1e-9)
    assert made.data == shipped.data
    assert set(made.answers) == set(shipped.answers)
    for of, answer in made.answers.items():
        assert answer.central == pytest.approx(shipped.answers[of].central, rel=1e-5, abs=1e-6)
    for one, other in zip(made.calibration, shipped.calibration, strict=True):
        assert one.brier == pytest.approx(other.brier, rel=1e-5)


@pytest.mark.parametrize("name", QUICK)
def test_a_shipped_fit_is_what_its_recipe_makes(name: str) -> None:
    assert_same(recipes.remake(name), fitfile.fit(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(TREATIES) - set(QUICK)))
def test_a_long_shipped_fit_is_what_its_recipe_makes(name: str) -> None:
    assert_same(recipes.remake(name), fitfile.fit(name))


def test_a_long_fit_ships_as_it_is_estimated() -> None:
    # Formation without its calibration and ratios, which are the long part.
    from rimland.hazards.estimate import estimate
    from rimland.hazards.treaties import PRIOR

    risk, shipped = at_risk(1946), fitfile.fit("treaties.formation")
    made = estimate(
        risk.x,
        risk.y,
        terms=TERMS,
        link="cloglog",
        penalty=PRIOR,
        clusters={"state": risk.states},
    )
    for b, error, term in zip(made.coefficients_, made.errors_, shipped.terms, strict=True):
        assert term.coefficient == pytest.approx(b, abs=1e-6)
        assert term.error == pytest.approx(error, rel=1e-5)


@pytest.mark.parametrize("name", TREATIES)
def test_each_coefficient_is_an_answer_in_logs_and_each_rate_has_a_range(name: str) -> None:
    fit = fitfile.fit(name)
    for term in fit.terms:
        if term.name != "constant":
            assert fit.answer(term.name).unit == "log"
            assert fit.answer(term.name).central == pytest.approx(term.coefficient)
    rates = [a for a in fit.answers.values() if a.unit != "log"]
    assert rates
    assert all(0.0 < a.p10 < a.central < a.p90 for a in rates)
    assert all(a.p90 < 1.0 for a in rates if a.unit == "share")
    assert {o.origin for o in fit.calibration} == {1970, 1980, 1990, 2000}


def test_an_unknown_fit_is_named_with_the_nearest() -> None:
    with pytest.raises(HazardError, match=r"Did you mean 'treaties\.formation'"):
        recipes.remake("treaties.formations")
