"""Scenarios whose numbers come from fits: drawn jointly, judged with and without the data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rimland
from cli_system import said
from fits_made import shipping, turnover
from rimland.errors import RimlandError
from rimland.findings.sensitivity import END
from rimland.findings.signs_ranges import quantity_ranges
from rimland.hazards import draws as fits
from rimland.history import fitfile
from rimland.study import Finding, Run, Scenario, store
from rimland.study.flips import value_at
from rimland.study.setting import DECLARED, DOUBLED, PRIORS
from strait import edited

FIT = turnover()
BBB, LEADER = "politics.BBB.between_elections", "politics.BBB.leader_change"
AAA = "politics.AAA.between_elections"
JUDGED, ASKED = "judged: invented for this example", "estimated: turnover.bloc_change"
EDITS = (
    (
        "politics.yaml",
        f"between_elections: {{value: 0.02 to 0.1 per year, {JUDGED}}}",
        f"between_elections: {{{ASKED}, of: BBB, prior: 0.02 to 0.1 per year}}",
    ),
    (
        "politics.yaml",
        f"leader_change: {{value: 0.2 to 0.5 per year, {JUDGED}}}",
        f"leader_change: {{{ASKED}, of: AAA, prior: {{value: 0.2 to 0.5 per year,"
        " mid: 0.4 per year, judged: an older count}}",
    ),
    ("politics.yaml", "change: {value: 0.3 to 0.6 share", "change: {value: 0.7 to 0.8 share"),
    # Aland too can change between elections: by the prior more often than Beland ever does
    (
        "politics.yaml",
        f"        change: {{value: 0.05 to 0.2 share, {JUDGED}}}\n",
        f"        change: {{value: 0.05 to 0.2 share, {JUDGED}}}\n"
        f"    between_elections: {{{ASKED}, of: CCC, prior: 1 to 3 per year}}\n",
    ),
)
FEW = ("--draws", "40", "--futures", "10")
CLAIM = "beland-changes-more"


@pytest.fixture(autouse=True, scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with shipping(tmp_path_factory.mktemp("fits"), FIT):
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, shipped: None) -> Path:
    return edited(tmp_path_factory.mktemp("fitted"), *EDITS)


@pytest.fixture(scope="module")
def strait(folder: Path) -> Scenario:
    return rimland.load(folder)


@pytest.fixture(scope="module")
def run(strait: Scenario) -> Run:
    return strait.run(draws=40, futures=10)


@pytest.fixture(scope="module")
def found(run: Run) -> Finding:
    (finding,) = run.judge([CLAIM])
    return finding


# --- how they are drawn ----------------------------------------------------------------------


def test_a_run_draws_the_numbers_of_a_fit_jointly(run: Run) -> None:
    values = run.values("unmoved")
    for name, of in ((BBB, "BBB"), (LEADER, "AAA"), (AAA, "CCC")):
        assert np.array_equal(values[name], fits.draws(FIT, of, run.seed, run.draws)), name


def test_more_draws_of_a_run_never_change_earlier_ones(strait: Scenario, run: Run) -> None:
    few = strait.run(draws=17, futures=6).values("unmoved")
    for name, values in run.values("unmoved").items():
        assert np.array_equal(few[name], values[:17]), name


def test_by_the_priors_each_number_is_drawn_from_what_was_believed_before(run: Run) -> None:
    declared = run.scenario.assembled.quantities
    before, after = run.values("unmoved"), run.set_as(PRIORS).values("unmoved")
    changed = {n for n in declared if not np.array_equal(before[n], after[n])}
    assert changed == {BBB, LEADER, AAA}
    for name in changed:
        prior = declared[name].prior
        assert prior is not None
        assert np.array_equal(after[name], prior.draws(run.seed, run.draws, name))
    assert np.median(after[AAA]) == pytest.approx(np.sqrt(3), rel=0.3)


def test_doubling_judged_ranges_leaves_fitted_numbers_alone(run: Run) -> None:
    before, after = run.values("unmoved"), run.set_as(DOUBLED).values("unmoved")
    for name in (BBB, LEADER, AAA):
        assert np.array_equal(before[name], after[name])


def test_pinning_one_number_of_a_fit_leaves_the_others_as_they_were(run: Run) -> None:
    before = run.values("unmoved")
    after = run.set_as(DECLARED.pinned(BBB, 0.3)).values("unmoved")
    assert (after[BBB] == 0.3).all()
    assert np.array_equal(after[AAA], before[AAA])


def test_a_fitted_number_moves_over_its_own_range(run: Run) -> None:
    quantity = run.scenario.assembled.quantities[BBB]
    at = [value_at(quantity, score) for score in (-END, 0.0, END)]
    assert at == pytest.approx([quantity.p10, quantity.central, quantity.p90], rel=1e-9)
    ranges = quantity_ranges({BBB: quantity})
    assert ranges[BBB] == (quantity.p10, quantity.p90)
    assert quantity_ranges({BBB: quantity}, support=True)[BBB] == (0.0, np.inf)


# --- what is said of them --------------------------------------------------------------------


def test_check_finds_nothing_wrong_with_them(folder: Path) -> None:
    found = said("check", str(folder))
    assert (found.code, found.err) == (0, "")


def test_cite_counts_them_and_says_what_was_fitted_and_believed_before(folder: Path) -> None:
    rows = said("cite", str(folder), "--kind", "estimated", "--json").data
    assert {row["name"] for row in rows} == {BBB, LEADER, AAA}
    row = next(row for row in rows if row["name"] == LEADER)
    expected = {"fit": FIT.name, "of": "AAA", "years": "1946-2015", "n": 9120, "events": 413}
    assert {key: row[key] for key in expected} == expected
    assert row["prior"] == "0.2 to 0.5 per year, middle 0.4 per year"
    text = said("cite", str(folder), width=100).out
    assert "    3 estimated" in text
    assert FIT.data[0]["name"] in text
    assert "(before the data: 1 to 3 per year)" in " ".join(text.split())


def test_tables_show_them_as_they_are_written(strait: Scenario) -> None:
    (shown,) = strait.table("politics").filter(id="AAA")["between_elections"]
    assert shown == "0.0017 to 0.0686 per year, middle 0.0165 (estimated)"
    numbers = strait.numbers.filter(kind="estimated")
    assert numbers["fit"].to_list() == [FIT.name] * 3


# --- what is judged with and without them ----------------------------------------------------


def test_a_verdict_counts_what_is_estimated_and_shows_the_priors_beside_the_data(
    found: Finding,
) -> None:
    assert found.rests_on is not None
    assert found.rests_on["estimated"] == 2  # a change of leader is no change of bloc
    total = len(found.numbers)
    assert found.weakened.data == {
        "fitted": 2,
        "text": f"2 of {total} numbers are fitted to data",
    }
    prior = found.weakened.prior_only
    assert prior is not None
    assert found.shown is not None
    assert found.verdict == "holds"
    assert prior["verdict"] == "reversed"
    assert prior["median"] < 0 < found.shown.median


def test_a_verdict_that_the_data_changed_is_not_called_assumed(found: Finding) -> None:
    assert "assumed" not in found.weakened.flags


def test_judging_on_the_command_line_says_the_same(folder: Path) -> None:
    claim = said("judge", str(folder), "--claim", CLAIM, "--json", *FEW).data["claims"][0]
    assert claim["rests_on"]["estimated"] == 2
    assert claim["data"]["fitted"] == 2
    assert claim["prior_only"]["verdict"] == "reversed"
    card = " ".join(said("judge", str(folder), "--claim", CLAIM, *FEW, width=100).out.split())
    assert "numbers are fitted to data; by the priors alone" in card
    assert ", reversed" in card


def test_the_exported_verdicts_have_the_priors_beside_them(folder: Path, tmp_path: Path) -> None:
    import polars as pl

    path = tmp_path / "v.csv"
    assert said("export", "verdicts", str(folder), "--out", str(path), *FEW).code == 0
    rows = pl.read_csv(path).filter(pl.col("claim") == CLAIM)
    assert rows["prior_verdict"].unique().to_list() == ["reversed"]
    assert rows["estimated"].unique().to_list() == [2]


def test_without_a_fitted_number_the_column_says_no_data(tmp_path: Path) -> None:
    made = rimland.load(edited(tmp_path)).run(draws=30, futures=4)
    (finding,) = made.judge([CLAIM], thorough=False)
    assert finding.weakened.data is not None
    assert finding.weakened.data["fitted"] == 0
    assert finding.weakened.data["text"].startswith("no data")


def test_a_changed_fit_makes_findings_that_were_kept_worthless(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def digest() -> str:
        store.package_digest.cache_clear()
        return store.package_digest()

    try:
        monkeypatch.setattr(rimland, "__file__", str(tmp_path / "__init__.py"))
        fitfile.write(FIT, tmp_path / "fit.json")
        before = digest()
        assert digest() == before
        fitfile.write(turnover(last=2014), tmp_path / "fit.json")
        assert digest() != before
    finally:
        monkeypatch.undo()
        store.package_digest.cache_clear()


# --- in Python -------------------------------------------------------------------------------


def test_python_lists_the_fits_and_gives_one() -> None:
    assert rimland.fits().to_dicts() == [
        {
            "name": FIT.name,
            "title": FIT.title,
            "unit": "state-year",
            "event": FIT.event,
            "first_year": 1946,
            "last_year": 2015,
            "rows": 9120,
            "events": 413,
            "answers": len(FIT.answers),
        }
    ]
    assert rimland.fit(FIT.name) == FIT
    with pytest.raises(RimlandError, match=r"Did you mean .turnover[.]bloc_change"):
        rimland.fit("turnover.bloc_chance")


def test_every_answer_of_every_fit_that_ships_has_the_quantiles_that_it_says() -> None:
    levels = np.array([0.1, 0.5, 0.9])
    wrong: dict[str, Any] = {}
    for path in sorted((Path(str(rimland.__file__)).parent / "history" / "fits").glob("*.json")):
        fit = fitfile.read(path)
        own = [of for of, a in fit.answers.items() if a.frailty is not None]
        skipped = {of for i, of in enumerate(own) if i % 6}  # one state's gamma is like another's
        for of, answer in fit.answers.items():
            if of in skipped:
                continue
            found = fits.quantile(fit, of, levels)
            said_of_it = [answer.p10, answer.central, answer.p90]
            if not np.allclose(found, said_of_it, rtol=1e-6, atol=1e-9):
                wrong[f"{fit.name}: {of}"] = (found.tolist(), said_of_it)
    assert wrong == {}
