"""What is printed of runs, findings and numbers: short in a notebook, said once on the screen."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import rimland
from cli_system import FEW, said
from rimland.findings.effects import summary
from rimland.findings.measures import PerDraw, at, fan
from rimland.findings.verdict import verdict
from rimland.findings.words import needs
from rimland.study import Finding, Run
from rimland.study.cards import _runs
from rimland.study.finding import Shown
from rimland.study.page import flag_counts
from rimland.study.tell import answered
from strait import edited, template


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return template(tmp_path_factory.mktemp("shown"))


@pytest.fixture(scope="module")
def run(folder: Path) -> Run:
    return rimland.load(folder).run(30, 4, 1, keeps=True)


@pytest.fixture(scope="module")
def findings(run: Run) -> tuple[Finding, ...]:
    return run.judge()


def test_what_a_notebook_prints_of_each_noun_is_one_short_line(
    run: Run, findings: tuple[Finding, ...]
) -> None:
    effect = run.compare("no-joint-staff").effect("command.strait.response_hours")
    for thing in (run.scenario, run, effect, *findings):
        text = repr(thing)
        assert len(text) < 160, text
        assert "\n" not in text
    assert str(run) == repr(run)
    assert repr(findings[2]).startswith(f"Finding('{findings[2].id}', {findings[2].verdict}, ")


def test_published_is_both_kinds_of_published_numbers(folder: Path) -> None:
    kinds = {r["kind"] for r in said("cite", "indo-pacific-2024", "--json").data}
    both = said("cite", "indo-pacific-2024", "--kind", "published", "--json")
    assert both.code == 0
    assert {r["kind"] for r in both.data} == {k for k in kinds if k.startswith("published")}
    assert (
        said("cite", str(folder), "--kind", "publishd").err.count("Did you mean 'published'") == 1
    )


@pytest.mark.parametrize("wrong", ["my-strat", "my-straits", "mystrait"])
def test_a_misspelt_folder_is_answered_with_the_scenario_beside(wrong: str, folder: Path) -> None:
    found = said("check", str(folder.with_name(wrong)))
    assert found.code == 2
    assert f"Did you mean '{folder}'?" in found.err


def test_a_misspelt_folder_without_a_path_is_too(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    assert "Did you mean 'my-strait'?" in said("check", "my-strat").err
    assert "Did you mean" not in said("check", "unlike-any").err


def test_a_mistake_in_a_claim_names_it_by_its_id(tmp_path: Path) -> None:
    other = edited(tmp_path, ("claims.yaml", "direction: less", "direction: fewer"))
    (problem,) = rimland.check(other)
    assert problem.field == "claims.staff-speeds-answer.test.direction"


def test_a_claim_whose_id_is_at_fault_keeps_its_place(tmp_path: Path) -> None:
    other = edited(tmp_path, ("claims.yaml", "id: staff-hinge", "id: Staff Hinge"))
    fields = [p.field for p in rimland.check(other)]
    assert any(re.fullmatch(r"claims\[\d\]\.id", field) for field in fields)


def test_a_bad_code_of_an_actor_breeds_no_other_problem(tmp_path: Path) -> None:
    other = edited(tmp_path, ("actors.yaml", "  CCC:\n", "  CC:\n"))
    (problem,) = rimland.check(other)
    assert problem.code == "actor-code"


def test_the_line_of_a_chart_is_the_number_of_the_card(run: Run) -> None:
    # crises are few: the median future has none, the mean over futures has some
    for name in ("flashpoints.strait.crises_counted", "command.strait.response_hours"):
        measure, futures = run.measure(name), run.under(None, "as-assessed", [name])
        drawn = fan(measure, futures)
        card = summary(at(measure, futures, run.day(None)))
        assert drawn.line[-1] == pytest.approx(card.median)
        assert drawn.lists()["line"][-1] == pytest.approx(card.median)
    counted = run.measure("flashpoints.strait.crises_counted")
    rare = fan(counted, run.under(None, "as-assessed", [counted.name]))
    assert rare.line[-1] != rare.quantiles["p50"][-1]


# --- cards -----------------------------------------------------------------------------------


def test_an_open_verdict_without_a_promise_says_how_many_futures_would_tell_more() -> None:
    # true numbers around 3 with spread 1, seen with an error of 1: an eighth lies near the edge
    rng = np.random.default_rng(3)
    g = PerDraw(3 + 1.4 * rng.standard_normal(100), np.full(100, 1.0), 20)
    found = verdict(g, 1.0)
    assert (found.label, found.needs_futures) == ("undecided (runs)", None)
    assert found.tells_futures
    answer = answered(found, Shown("x", "", 1, 0, 2, 0.1), [])
    rows = dict(answer.lines)
    assert f"{found.tells_futures:,} futures a draw" in rows["Would tell more"]
    assert str(found.tells_futures) not in rows.get("Note", "").replace(",", "")
    assert f"about {found.tells_futures:,} futures a draw would show" in _runs({"a": answer})


def test_an_open_verdict_with_a_promise_opens_with_it() -> None:
    rng = np.random.default_rng(3)
    g = PerDraw(2.5 + 0.7 * rng.standard_normal(100), np.full(100, 0.5), 20)
    found = verdict(g, 1.0)
    assert (found.label, found.tells_futures) == ("undecided (runs)", None)
    said_first = _runs({"a": answered(found, Shown("x", "", 1, 0, 2, 0.1), [])})
    assert said_first == f"{needs(found.needs_futures, found.needs_draws)} would probably settle it"


def test_what_is_found_nowhere_is_said_once_for_all_cards(folder: Path) -> None:
    text = said("judge", str(folder), *FEW).out
    assert "none found\n" not in text
    assert text.count("No sign to watch for") <= 1


def test_cards_with_signs_to_watch_for_show_them(findings: tuple[Finding, ...]) -> None:
    sign = {"text": "money is found by June 2026"}
    own = replace(findings[2].weakened, watch_for=[sign])
    assert own.signs() == [("Watch for", "money is found by June 2026")]
    assert replace(findings[2].weakened, watch_for=[]).signs() == []


def test_the_counts_at_the_head_hold_the_flags_that_the_cards_show(
    folder: Path, findings: tuple[Finding, ...]
) -> None:
    counts = flag_counts(findings)
    text = said("judge", str(folder), *FEW, "--no-cards").out
    lines = text.splitlines()
    for word, n in counts.items():
        heads = [line for line in lines if line.startswith(f"{word}  ")]
        assert len(heads) == n
        assert n == 0 or f"{word} {n}" in " ".join(lines)
    payload = said("judge", str(folder), *FEW, "--json").data
    shown = [c for c in payload["claims"] if c["flags"]]
    assert sum(counts.values()) == len(shown)
