"""The noun Run: futures made once and kept, the same luck everywhere, effects as by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rimland
import rimland.engine as engine
from rimland.errors import RimlandError
from rimland.study import Run, Scenario
from strait import edited, template

HOURS = "command.strait.response_hours"
DISPUTES = "flashpoints.strait.disputes"
CHANGES = "politics.BBB.bloc_changes"
PREPARED = "preparation.CCC.mean"
SOME = (HOURS, DISPUTES, CHANGES, PREPARED)


@pytest.fixture(scope="module")
def strait(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return rimland.load(template(tmp_path_factory.mktemp("run")))


@pytest.fixture(scope="module")
def run(strait: Scenario) -> Run:
    return strait.run(draws=6, futures=4, seed=3)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The programs that the engine was asked to run."""
    asked: list[Any] = []
    made = engine.run

    def counted(program: Any, *args: Any, **kwargs: Any) -> Any:
        asked.append(program)
        return made(program, *args, **kwargs)

    monkeypatch.setattr(engine, "run", counted)
    return asked


def values(run: Run, measure: str, account: str, variant: str = "as-assessed") -> np.ndarray:
    futures = run.under(account, variant, [measure])
    found = run.measure(measure)
    return np.stack([futures.of(o) for o in (*found.observers, *found.over)])


# --- kept, and shared ------------------------------------------------------------------------


def test_nothing_runs_until_something_is_asked_and_nothing_runs_twice(
    strait: Scenario, calls: list[Any]
) -> None:
    run = strait.run(draws=4, futures=2)
    assert not calls
    first = run.under("unmoved", "no-dock", [DISPUTES])
    assert len(calls) == 1
    again = run.under("unmoved", "no-dock", [DISPUTES])
    assert len(calls) == 1
    assert np.array_equal(first.values, again.values)
    run.compare("no-dock").effect(DISPUTES, "unmoved")
    assert len(calls) == 2  # the baseline alone was lacking


def test_accounts_share_a_run_where_what_they_set_cannot_reach_the_measure(
    strait: Scenario, calls: list[Any]
) -> None:
    run = strait.run(draws=4, futures=2)
    found = [values(run, HOURS, account) for account in strait.accounts]
    assert len(calls) == 1
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[0], found[2])
    for account in strait.accounts:
        run.under(account, measures=[DISPUTES])
    assert len(calls) == 4


def test_a_run_of_one_measure_is_a_slice_and_gives_what_the_whole_gives(
    strait: Scenario, run: Run, calls: list[Any]
) -> None:
    alone = strait.run(draws=6, futures=4, seed=3)
    sliced = values(alone, CHANGES, "unmoved")
    assert set(calls[0].variables) == {"politics.BBB.bloc", "politics.BBB.in_office"}
    whole = alone.under("unmoved")
    assert set(alone.measure(CHANGES).observers) < set(whole.observers)
    for position, observer in enumerate(alone.measure(CHANGES).observers):
        assert np.array_equal(whole.of(observer), sliced[position])
    assert np.array_equal(sliced, values(run, CHANGES, "unmoved"))


def test_asking_for_one_more_measure_changes_none_that_was_there(strait: Scenario) -> None:
    run = strait.run(draws=4, futures=2)
    before = {name: values(run, name, "spiral-led").copy() for name in SOME}
    run.under("spiral-led")
    for name in SOME:
        assert np.array_equal(before[name], values(run, name, "spiral-led")), name


def test_progress_counts_up_to_all_futures_of_all_runs(strait: Scenario) -> None:
    seen: list[tuple[int, int]] = []
    run = strait.run(draws=5, futures=3, progress=lambda done, total: seen.append((done, total)))
    run.judge(["deter-or-provoke"])
    # two variants under each of three accounts, as declared and with judged ranges doubled
    assert seen[-1] == (5 * 3 * 12, 5 * 3 * 12)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


# --- the same luck ---------------------------------------------------------------------------


@pytest.mark.parametrize("account", ["deterrence-led", "spiral-led"])
def test_more_futures_and_more_draws_change_no_earlier_one(
    account: str, strait: Scenario, run: Run
) -> None:
    wider = strait.run(draws=6, futures=9, seed=3)
    longer = strait.run(draws=11, futures=4, seed=3)
    for name in SOME:
        before = values(run, name, account, "no-dock")
        assert np.array_equal(before, values(wider, name, account, "no-dock")[:, :, :4]), name
        assert np.array_equal(before, values(longer, name, account, "no-dock")[:, :6]), name


def test_the_number_of_threads_changes_nothing(strait: Scenario) -> None:
    one, two = (strait.run(draws=5, futures=3, threads=n) for n in (1, 2))
    for name in SOME:
        assert np.array_equal(values(one, name, "unmoved"), values(two, name, "unmoved"))


def test_the_same_account_and_variant_are_the_same_numbers_however_they_are_named(
    strait: Scenario, run: Run
) -> None:
    again = strait.run(draws=6, futures=4, seed=3)
    for name in SOME:
        first = values(run, name, strait.accounts[0], "no-dock")
        assert np.array_equal(first, values(again, name, strait.accounts[0], "no-dock"))
        assert np.array_equal(first, values(run, name, strait.accounts[0], "as-assessed+no-dock"))
    default = run.under(measures=[HOURS])
    assert np.array_equal(default.values, run.under(strait.accounts[0], measures=[HOURS]).values)


def test_another_seed_gives_other_futures(strait: Scenario, run: Run) -> None:
    other = strait.run(draws=6, futures=4, seed=4)
    assert not np.array_equal(values(run, HOURS, "unmoved"), values(other, HOURS, "unmoved"))


def test_what_a_variant_does_not_reach_stays_the_same_to_the_bit(run: Run) -> None:
    for variant in ("no-dock", "troops-leave", "parliament-refuses"):
        assert np.array_equal(
            values(run, CHANGES, "unmoved"), values(run, CHANGES, "unmoved", variant)
        )


def test_a_variant_from_a_date_changes_nothing_before_it(strait: Scenario, run: Run) -> None:
    grid = strait.assembled.grid()
    name = "perception.CCC.encirclement_now"
    before, after = (values(run, name, "unmoved", v) for v in ("as-assessed", "troops-leave"))
    day = strait.assembled.day(date(2028, 1, 1))
    assert np.array_equal(before[..., grid < day], after[..., grid < day])
    assert np.all(after[..., grid >= day] < before[..., grid >= day])


def test_every_record_has_the_shape_of_the_run(strait: Scenario, run: Run) -> None:
    futures = run.under("unmoved")
    days = strait.assembled.grid()
    assert futures.values.shape == (6, 4, len(futures.observers), len(days))
    assert np.array_equal(futures.grid_days, days)
    needed = {o for m in strait.assembled.measures.values() for o in (*m.observers, *m.over)}
    assert set(futures.observers) == needed


# --- effects ---------------------------------------------------------------------------------


def test_an_effect_is_the_median_over_draws_of_the_paired_difference(
    strait: Scenario, run: Run
) -> None:
    # expected counts per decade: the hazard's integral over 3652 days, scaled to ten years
    both = ("no-pledges", "as-assessed")
    with_, without = (values(run, DISPUTES, "spiral-led", v)[0, :, :, -1] for v in both)
    decade = 3652 / 3652.5
    per_draw = (with_ - without).mean(axis=1) / decade
    effect = run.compare("no-pledges").effect(DISPUTES, "spiral-led")
    assert effect.effect.median == pytest.approx(np.median(per_draw), rel=1e-9)
    assert effect.effect.p05 == pytest.approx(np.quantile(per_draw, 0.05), rel=1e-9)
    assert effect.effect.p95 == pytest.approx(np.quantile(per_draw, 0.95), rel=1e-9)
    assert effect.baseline.median == pytest.approx(np.median(without.mean(axis=1)) / decade)
    assert effect.when == date(2035, 1, 1)


def test_an_effect_on_a_ratio_is_the_difference_of_ratios_of_sums(run: Run) -> None:
    day = -1
    ratios = []
    for variant in ("no-joint-staff", "as-assessed"):
        spent, ended = values(run, HOURS, "unmoved", variant)[..., day]
        ratios.append(24 * spent.sum(axis=1) / ended.sum(axis=1))
    effect = run.compare("no-joint-staff").effect(HOURS, "unmoved")
    assert effect.effect.median == pytest.approx(np.median(ratios[0] - ratios[1]), rel=1e-9)
    assert effect.effect.median > 0  # without the staff an answer takes longer


def test_an_effect_can_be_read_at_an_earlier_date(strait: Scenario, run: Run) -> None:
    when = date(2028, 1, 1)
    column = int(np.flatnonzero(strait.assembled.grid() == strait.assembled.day(when))[0])
    years = strait.assembled.day(when) / 365.25
    both = ("no-pledges", "as-assessed")
    a, b = (values(run, DISPUTES, "unmoved", v)[0, :, :, column] for v in both)
    effect = run.compare("no-pledges").effect(DISPUTES, "unmoved", when)
    assert effect.effect.median == pytest.approx(np.median((a - b).mean(axis=1)) * 10 / years)


def test_a_variant_against_itself_changes_nothing(run: Run) -> None:
    effect = run.compare("no-dock", "no-dock").effect(DISPUTES, "unmoved")
    assert (effect.effect.median, effect.effect.p05, effect.effect.p95) == (0, 0, 0)
    assert effect.baseline == effect.switched


def test_fans_are_those_of_both_variants_and_of_their_difference(run: Run) -> None:
    base, other, difference = run.compare("no-pledges").fans(DISPUTES, "unmoved")
    for fan in (base, other, difference):
        rows = [fan.quantiles[q] for q in ("p05", "p25", "p50", "p75", "p95")]
        assert all(len(row) == len(base.days) for row in rows)
        assert np.all(np.diff(np.array(rows)[:, 1:], axis=0) >= 0)
    assert base.quantiles["p50"][-1] != other.quantiles["p50"][-1]


def test_an_effect_tells_itself_in_one_sentence_and_as_plain_values(run: Run) -> None:
    effect = run.compare("no-joint-staff").effect(HOURS)
    assert "no-joint-staff instead of as-assessed" in str(effect)
    found = effect.to_json()
    assert found["at"] == "2035-01-01"
    assert found["account"] == "deterrence-led"
    assert set(found["effect"]) == {"median", "p05", "p95", "mc_error"}


# --- what cannot be done ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda run: run.under("spiral-let"), "Did you mean 'spiral-led'"),
        (lambda run: run.under(variant="no-dok"), "Did you mean 'no-dock'"),
        (lambda run: run.under(measures=[HOURS[:-1]]), f"Did you mean '{HOURS}'"),
        (lambda run: run.compare("no-dok"), "Did you mean 'no-dock'"),
        (lambda run: run.compare("no-dock", "asassessed"), "Did you mean 'as-assessed'"),
        (lambda run: run.compare("no-dock").effect("disputes"), "there is no measure 'disputes'"),
        (lambda run: run.judge(["staff-hinges"]), "Did you mean 'staff-hinge'"),
        (lambda run: run.compare("no-dock").effect(HOURS, when=date(2029, 5, 5)), "did not record"),
    ],
)
def test_what_is_not_known_is_refused_with_the_nearest_name(ask: Any, says: str, run: Run) -> None:
    with pytest.raises(RimlandError) as raised:
        ask(run)
    assert says in str(raised.value)


@pytest.mark.parametrize("size", [{"draws": 0}, {"draws": -3}, {"futures": 1}, {"futures": 0}])
def test_a_run_too_small_to_say_anything_is_refused(size: dict[str, int], strait: Scenario) -> None:
    with pytest.raises(RimlandError, match="at least 1 draw and 2 futures"):
        strait.run(**size)


def test_sizes_default_to_those_of_the_scenario(strait: Scenario) -> None:
    run = strait.run()
    assert (run.draws, run.futures, run.seed) == (50, 10, 1)
    assert strait.run(seed=0).seed == 0


# --- tables ----------------------------------------------------------------------------------


def test_what_is_declared_comes_out_as_tables(strait: Scenario) -> None:
    assert strait.ties.height == 2
    assert strait.ties["pact"].to_list() == ["defence", None]
    assert strait.pledges["id"].to_list() == ["joint-staff", "shared-plans", "dock"]
    assert strait.variants["id"][0] == "as-assessed"
    assert strait.claims.height == 7
    assert strait.claims.filter(strait.claims["tested"]).height == 6
    assert set(SOME) <= set(strait.measures["name"])
    assert strait.numbers.height == len(strait.assembled.quantities)
    assert strait.table("pledges.consequences")["id"].to_list() == ["staffs-side-by-side"]
    assert strait.table("politics")["id"].to_list() == ["BBB", "AAA"]
    assert strait.table("politics.hurdles")["id"].to_list() == ["beland-parliament"]
    for word in strait.assembled.words:
        assert strait.table(word.removesuffix(".yaml")).height > 0
    with pytest.raises(RimlandError, match="Did you mean 'ties'"):
        strait.table("tie")


def test_every_number_in_the_table_is_marked_and_sourced(tmp_path: Path) -> None:
    old = "{value: 20 to 90 days, judged: invented for this example}"
    new = "{value: 20 to 90 days, source: yearbook-2023, recalled: true}"
    strait = rimland.load(edited(tmp_path, ("flashpoints.yaml", old, new)))
    rows = {row["name"]: row for row in strait.numbers.iter_rows(named=True)}
    row = rows["flashpoints.strait.crisis.ends"]
    assert row["kind"] == "published-recalled"
    assert "Yearbook of invented states" in row["source"]
    assert all(r["source"] or r["because"] for r in rows.values())
