"""The sweep: which judged numbers change which verdicts, where that is known exactly.

A fear is a sum of points times levels. With every tie that it reads held, a claim about it is a
linear function of the points, without noise: so each verdict with a number pinned follows from the
draws by arithmetic.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import rimland
import rimland.engine as engine
from rimland.cli import app
from rimland.findings.measures import PerDraw
from rimland.findings.sensitivity import END
from rimland.findings.verdict import names_only, verdict
from rimland.study import Scenario
from rimland.study.flips import value_at
from rimland.study.numbers import declared
from rimland.study.sweep import Sweep, sweep
from rimland.study.swept import Pair
from strait import edited

DRAWS = 60
READ = "perception.fears.beland-left-alone.reads.ties.AAA-BBB."
FALLS = {"presence": 3, "exercises": 2, "information": 2}
"""Levels that each tie loses where Aland goes."""
STOPPED = {"politics.BBB.between_elections", "politics.BBB.elections.general.change"}
"""What moves one of the ties in the influence graph, and comes to nothing where all are held."""
SIZES = {"feels": 5.0, "feels-much": 7.5, "feels-any": 0.5}

FEARS = """fears:
  beland-left-alone:
    kind: abandonment
    who: BBB
    of: AAA
    reads:
      ties.AAA-BBB.presence: {points: {value: -2.5 to -1 index, judged: made up}}
      ties.AAA-BBB.exercises: {points: {value: -0.6 to -0.4 index, judged: made up}}
      ties.AAA-BBB.information: {points: {value: -0.02 to -0.01 index, judged: made up}}
"""
VARIANTS = """variants:
  - id: stays
    says: all as today, for good
    hold: {ties.AAA-BBB.presence: permanent, ties.AAA-BBB.exercises: regular,
      ties.AAA-BBB.information: agreement}
  - id: goes
    says: nothing is left
    hold: {ties.AAA-BBB.presence: none, ties.AAA-BBB.exercises: none,
      ties.AAA-BBB.information: none}
"""
CLAIM = """  - id: {id}
    at: "{at}"
    kind: effect
    says: Beland feels it by {size}
    needs: made up
    test:
      measure: perception.fears.beland-left-alone
      treatment: {{with: goes, without: stays}}
      direction: more
      horizon: 2035-01-01
      smallest: {{size: {size}, unit: index, because: made up}}
      whose: Beland's
      rival: made up
"""
CLAIMS = "sections:\n  - {title: All, claims: [feels, feels-much, feels-any]}\nclaims:\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = edited(tmp_path_factory.mktemp("sweep"))
    text = (made / "perception.yaml").read_text(encoding="utf-8")
    (made / "perception.yaml").write_text(text[: text.index("# What an ally fears")] + FEARS)
    (made / "variants.yaml").write_text(VARIANTS)
    claims = "".join(
        CLAIM.format(id=id_, at=f"1.{n}", size=size) for n, (id_, size) in enumerate(SIZES.items())
    )
    (made / "claims.yaml").write_text(CLAIMS + claims)
    heading = (made / "scenario.yaml").read_text(encoding="utf-8")
    page = heading[heading.index("page:") : heading.index("# Accounts of how")]
    (made / "scenario.yaml").write_text(heading.replace(page, ""), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def linear(folder: Path) -> Scenario:
    return rimland.load(folder)


@pytest.fixture(scope="module")
def swept(linear: Scenario) -> Sweep:
    return sweep(linear.run(draws=DRAWS, futures=2, seed=5))


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the engine was asked to run."""
    asked: list[Any] = []
    made = engine.run

    def counted(program: Any, *args: Any, **kwargs: Any) -> Any:
        asked.append(program)
        return made(program, *args, **kwargs)

    monkeypatch.setattr(engine, "run", counted)
    return asked


def by_arithmetic(scenario: Scenario, claim: str, pinned: str | None, score: float) -> str:
    """Return the verdict that follows from the draws of the three points."""
    run = scenario.run(draws=DRAWS, futures=2, seed=5)
    quantities, values = declared(scenario.assembled), run.values("unmoved")
    g = np.zeros(DRAWS)
    for tie, levels in FALLS.items():
        name = READ + tie
        points = np.asarray(values[name])
        if name == pinned:
            points = np.full(DRAWS, value_at(quantities[name], score))
        g -= levels * points
    return verdict(PerDraw(g, np.zeros(DRAWS), 2), SIZES[claim]).name


def test_each_verdict_with_a_number_pinned_is_what_arithmetic_gives(
    linear: Scenario, swept: Sweep
) -> None:
    reached = {READ + tie for tie in FALLS} | STOPPED
    for claim in SIZES:
        before = swept.as_declared[claim]
        assert set(before.reach) == reached
        assert before.verdict == by_arithmetic(linear, claim, None, 0.0)
        for name in reached:
            for end, score in (("p10", -END), ("p90", END)):
                found = swept.found[Pair(claim, name, end)]
                assert found.verdict == by_arithmetic(linear, claim, name, score), (claim, name)
                assert found.value == value_at(declared(linear.assembled)[name], score)


def test_the_wide_number_changes_the_verdicts_it_can_and_the_narrow_ones_none(
    swept: Sweep,
) -> None:
    # 3 x (1 to 2.5) + 2 x (0.4 to 0.6) + 2 x 0.015: with the presence at an end, 4 or 8.5
    verdicts = {claim: swept.as_declared[claim].verdict for claim in SIZES}
    assert verdicts == {"feels": "undecided", "feels-much": "undecided", "feels-any": "holds"}
    wide = {
        claim: {pair.end: found.verdict for pair, found in swept.changes(claim)} for claim in SIZES
    }
    assert wide["feels"] == {"p10": "holds", "p90": "negligible"}
    assert wide["feels-much"] == {"p10": "holds", "p90": "negligible"}
    assert wide["feels-any"] == {}
    assert {pair.number for claim in SIZES for pair, _ in swept.changes(claim)} == {
        READ + "presence"
    }


def test_the_share_and_the_ten_numbers_count_these_changes(swept: Sweep) -> None:
    made = swept.to_json()
    assert made["share"] == {"claims": 3, "change": 2, "share": 0.667}
    assert made["pairs"] == {"reach": 15, "tried": 15, "reruns": 30, "no_world": 0}
    first, *rest = made["ten"]
    assert first["number"] == READ + "presence"
    assert first["claims"] == ["feels", "feels-much"]
    assert first["explains"] > 0.9
    assert all(row["claims"] == [] for row in rest)
    assert made["says"].startswith("The verdicts of 2 of 3 claims change when one judged number")


def test_a_screening_finds_the_number_and_says_that_others_were_not_tried(
    linear: Scenario, swept: Sweep
) -> None:
    made = sweep(linear.run(draws=DRAWS, futures=2, seed=5), screening=1)
    changed = {pair.number for pair in made.found if pair.claim != "feels-any"}
    assert changed == {READ + "presence"}
    assert {c: made.changes(c) for c in SIZES} == {c: swept.changes(c) for c in SIZES}
    told = made.to_json()
    assert told["screening"] == 1
    assert told["pairs"]["tried"] == 3 < told["pairs"]["reach"]
    assert "that a screening named" in told["says"]


def test_claims_share_the_runs_that_they_both_need(linear: Scenario, calls: list[Any]) -> None:
    sweep(linear.run(draws=DRAWS, futures=2, seed=5))
    # three claims and three accounts read the same two variants: as declared, and at both ends of
    # five numbers
    assert len(calls) == 2 * (1 + 2 * 5)


def test_what_was_run_for_a_pinned_number_is_not_held_in_memory(linear: Scenario) -> None:
    run = linear.run(draws=DRAWS, futures=2, seed=5)
    sweep(run)
    assert len(run._kept._values) == 2
    assert {need.setting.pins for need in run._thetas} == {()}


def test_a_sweep_that_was_stopped_goes_on_where_it_was(
    linear: Scenario, swept: Sweep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RIMLAND_CACHE", str(tmp_path))
    made, left = engine.run, [7]

    def stopped(*args: Any, **kwargs: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return made(*args, **kwargs)

    monkeypatch.setattr(engine, "run", stopped)
    with pytest.raises(KeyboardInterrupt):
        sweep(linear.run(draws=DRAWS, futures=2, seed=5, keeps=True))
    (file,) = (tmp_path / "sweeps").glob("*.jsonl")
    with file.open("a", encoding="utf-8") as torn:
        torn.write('{"claim": "feels", "num')
    left[0] = 100
    again = sweep(linear.run(draws=DRAWS, futures=2, seed=5, keeps=True))
    assert 100 - left[0] == 22 - 6  # two as declared and two ends were there
    assert again.to_json() == swept.to_json()
    left[0] = 0  # all is there: nothing runs
    assert sweep(linear.run(draws=DRAWS, futures=2, seed=5, keeps=True)).to_json() == (
        swept.to_json()
    )


def test_another_size_of_run_starts_a_book_of_its_own(
    linear: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RIMLAND_CACHE", str(tmp_path))
    for draws in (30, 31):
        sweep(linear.run(draws=draws, futures=2, keeps=True), ["feels"], screening=1)
    assert len(list((tmp_path / "sweeps").glob("*.jsonl"))) == 2


def test_progress_counts_the_pairs_that_were_judged(linear: Scenario) -> None:
    seen: list[tuple[int, int]] = []
    run = linear.run(draws=30, futures=2)
    sweep(run, ["feels"], progress=lambda done, total: seen.append((done, total)))
    assert seen == [(n, 10) for n in range(11)]


def test_in_names_only_a_verdict_has_the_same_name() -> None:
    rng = np.random.default_rng(3)
    names = set()
    for middle in np.linspace(-2, 2, 21):
        for noise in (0.0, 0.1, 0.4):
            values = middle + 0.3 * rng.standard_normal(60) + noise * rng.standard_normal(60)
            g = PerDraw(values, np.full(60, noise), 20)
            with names_only():
                brief = verdict(g, 0.8)
            assert brief.name == verdict(g, 0.8).name
            assert brief.why is None
            names.add(brief.name)
    assert names == {"holds", "reversed", "negligible", "undecided"}


# --- the command -----------------------------------------------------------------------------


def asked(folder: Path, *words: str) -> str:
    sizes = ["--draws", str(DRAWS), "--futures", "2", "--seed", "5", "--no-cache"]
    result = CliRunner().invoke(app, ["sweep", str(folder), *sizes, *words])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_command_says_the_share_the_claims_and_the_numbers(folder: Path) -> None:
    text = " ".join(asked(folder).split())
    assert text.startswith("The verdicts of 2 of 3 claims change")
    assert "all pairs of a claim and a judged number" in text
    assert "feels: undecided, changed by 1 of 5 numbers tried of 5" in text
    assert "feels-any: holds, kept by 5 numbers tried of 5" in text
    assert "60 draws x 2 futures" in text
    assert "screening" not in text.lower()


def test_the_command_labels_a_screening_and_takes_claims(folder: Path) -> None:
    text = " ".join(asked(folder, "--screen", "1", "--claims", "feels").split())
    assert "The verdicts of 1 of 1 claims" in text
    assert "1 of 5 pairs" in text
    assert "A screening chose them" in text


def test_the_command_gives_json(folder: Path, swept: Sweep) -> None:
    assert json.loads(asked(folder, "--json")) == json.loads(json.dumps(swept.to_json()))
