"""Judging: a finding per claim in the shape that was agreed, and what it rests on."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest

import rimland
import rimland.engine as engine
from rimland.findings.verdict import overall
from rimland.study import Finding, Run, Scenario
from rimland.study.finding import DECLARED, NOT_TESTED, UNTESTABLE, VERDICTS
from rimland.study.judge import describe_plan, plan_of
from rimland.study.numbers import KINDS, resting_on
from rimland.study.page import judge_json
from strait import edited, template

KEYS = {
    "id", "at", "says", "kind", "verdict", "flags", "built_in", "effect", "prior_only",
    "structures", "rests_on", "flips_if", "rival", "watch_for", "confidence",
}  # fmt: skip
EXTRA = {
    "in_this_model", "by_account", "protocol", "needs", "numbers", "chart", "command",
    "headline", "data", "doubled", "rival_share", "forms", "shapley", "explained",
}  # fmt: skip
LABELS = {
    "holds", "reversed", "negligible", "undecided (runs)", "undecided (knowledge)", "contested",
    NOT_TESTED, DECLARED, UNTESTABLE,
}  # fmt: skip


@pytest.fixture(scope="module")
def strait(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return rimland.load(template(tmp_path_factory.mktemp("judge")))


@pytest.fixture(scope="module")
def run(strait: Scenario) -> Run:
    return strait.run(draws=30, futures=4, seed=2)


@pytest.fixture(scope="module")
def findings(run: Run) -> tuple[Finding, ...]:
    return run.judge()


@pytest.fixture(scope="module")
def entries(findings: tuple[Finding, ...]) -> list[dict[str, Any]]:
    return [finding.to_json() for finding in findings]


# --- the agreed shape ------------------------------------------------------------------------


def test_judge_json_has_the_agreed_keys_at_the_top(run: Run, findings: tuple[Finding, ...]) -> None:
    found = judge_json(run, findings, describe_plan(run, run.scenario.assembled.claims.values()))
    agreed = {"scenario", "as_of", "seed", "draws", "futures", "plan", "claims"}
    # by these a later judgement is compared with this one
    assert set(found) == agreed | {
        "version", "content", "package", "partial", "numbers", "variants"
    }  # fmt: skip
    assert (found["scenario"], found["as_of"]) == ("my-strait", "2025-01-01")
    assert (found["seed"], found["draws"], found["futures"]) == (2, 30, 4)
    # what is not a number would not survive: json writes NaN only when allowed to
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_every_claim_has_the_agreed_keys_and_null_where_nothing_weakens_it(
    entries: list[dict[str, Any]],
) -> None:
    for entry in entries:
        assert set(entry) == KEYS | EXTRA
        if entry["verdict"] == NOT_TESTED or entry["kind"] == "fact":
            assert entry["flags"] == []
            for later in ("built_in", "prior_only", "doubled", "flips_if", "watch_for"):
                assert entry[later] is None


def test_the_effect_of_a_tested_claim_is_a_number_with_its_interval_and_smallest_size(
    entries: list[dict[str, Any]],
) -> None:
    for entry in entries:
        if entry["kind"] == "fact" or entry["verdict"] == NOT_TESTED:
            assert entry["effect"] is None
            continue
        effect = entry["effect"]
        assert {"median", "p05", "p95", "unit", "mc_error", "smallest", "what"} <= set(effect)
        if effect["median"] is not None:
            assert effect["p05"] <= effect["median"] <= effect["p95"]
        assert effect["unit"]
        assert effect["what"]


def test_every_account_has_its_verdict_and_its_own_number(
    strait: Scenario, entries: list[dict[str, Any]]
) -> None:
    for entry in entries:
        tested = entry["verdict"] != NOT_TESTED
        assert list(entry["structures"]) == (list(strait.accounts) if tested else [])
        assert list(entry["by_account"]) == list(entry["structures"])
        for account, verdict in entry["structures"].items():
            assert entry["by_account"][account]["verdict"] == verdict


def test_verdicts_are_those_of_the_design_and_no_others(entries: list[dict[str, Any]]) -> None:
    for entry in entries:
        assert entry["verdict"] in LABELS
        assert set(entry["structures"].values()) <= LABELS - {NOT_TESTED, "contested"}
    assert {label.split(" (")[0] for label in LABELS} == set(VERDICTS)


def test_claims_come_in_the_order_of_the_headings(
    strait: Scenario, findings: tuple[Finding, ...]
) -> None:
    order = [id_ for section in strait.assembled.sections for id_ in section.claims]
    assert [finding.id for finding in findings] == order


def test_a_claim_without_a_test_is_not_tested_yet_and_never_guessed(
    strait: Scenario, findings: tuple[Finding, ...]
) -> None:
    for finding in findings:
        if strait.assembled.claims[finding.id].test is not None:
            assert finding.tested
            continue
        assert finding.verdict == "not tested yet"
        entry = finding.to_json()
        assert all(entry[key] is None for key in ("effect", "rests_on", "confidence", "command"))
        assert entry["structures"] == {}
        assert entry["needs"]


def test_every_claim_of_a_scenario_without_tests_is_not_tested_yet(tmp_path: Path) -> None:
    scenario = template(tmp_path)
    path = scenario / "claims.yaml"
    kept, skipping = [], False
    for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
        if line.startswith("    test:"):
            skipping = True
        elif not line.startswith("      "):
            skipping = False
        if not skipping:
            kept.append(line)
    path.write_text("".join(kept), encoding="utf-8")
    run = rimland.load(scenario).run(draws=2, futures=2)
    assert {finding.verdict for finding in run.judge()} == {"not tested yet"}
    assert run.events == 0


# --- the sentences ---------------------------------------------------------------------------


def test_no_sentence_of_a_card_is_empty(findings: tuple[Finding, ...]) -> None:
    for finding in findings:
        assert finding.says
        assert str(finding).strip()
        assert finding._repr_html_().startswith("<p>")
        if not finding.tested:
            continue
        for sentence in (finding.in_this_model, finding.confidence):
            assert sentence
            assert sentence[0].isupper()
            assert sentence.rstrip().endswith((".", ")"))
            assert "nan" not in sentence.split()
            assert "None" not in sentence
        assert finding.rival
        for answer in finding.answers.values():
            assert answer.lines
            assert all(label.strip() and text.strip() for label, text in answer.lines)


def test_a_finding_says_how_to_redo_it(findings: tuple[Finding, ...]) -> None:
    for finding in findings:
        if finding.tested:
            command = (
                f"rimland judge my-strait --claim {finding.id} --draws 30 --futures 4 --seed 2"
            )
            assert finding.command == command


def test_the_same_claim_judged_alone_is_judged_the_same(
    strait: Scenario, findings: tuple[Finding, ...]
) -> None:
    alone = strait.run(draws=30, futures=4, seed=2)
    for whole in findings:
        (found,) = alone.judge([whole.id])
        assert found.to_json() == whole.to_json()


# --- one kind at a time ----------------------------------------------------------------------


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_args: Any, **_kwargs: Any) -> None:
        raise AssertionError("the engine was asked to run")

    monkeypatch.setattr(engine, "run", refused)


def test_a_fact_needs_no_run(strait: Scenario, no_engine: None) -> None:
    run = strait.run(draws=30, futures=4)
    (finding,) = run.judge(["talks-took-months"])
    assert finding.verdict == "holds"
    assert run.made == ()
    assert finding.in_this_model == "The record is as the claim says; no run is needed."
    assert finding.confidence == "High: the source was read."


def test_a_fact_that_the_record_contradicts_is_reversed(tmp_path: Path, no_engine: None) -> None:
    scenario = edited(tmp_path, ("facts.yaml", "duration_days: 140", "duration_days: 14"))
    (finding,) = rimland.load(scenario).run(draws=2, futures=2).judge(["talks-took-months"])
    assert finding.verdict == "reversed"
    assert "not as the claim says" in finding.in_this_model
    lines = dict(next(iter(finding.answers.values())).lines)
    assert "wrong" in lines["duration days"]
    assert "right" in lines["signed"]


def test_a_claim_that_must_hold_holds_and_its_opposite_is_reversed(tmp_path: Path) -> None:
    # An order that the numbers settle in every draw: Beland changes hands, Aland cannot at all.
    # 40 draws, all beyond the smallest size: the bound on their share is 0.928, above 0.9.
    settled = (
        "politics.yaml",
        "change: {value: 0.05 to 0.2 share",
        "change: {value: 0.0001 to 0.0002 share",
    )
    more = ("politics.yaml", "value: 0.02 to 0.1 per year", "value: 4 to 6 per year")
    for i, (direction, verdict) in enumerate((("more", "holds"), ("less", "reversed"))):
        line = "      second: politics"
        told = ("claims.yaml", line, f"      direction: {direction}\n{line}")
        scenario = edited(tmp_path / str(i), settled, more, told)
        run = rimland.load(scenario).run(draws=40, futures=10)
        (finding,) = run.judge(["beland-changes-more"])
        assert finding.verdict == verdict
        assert set(finding.to_json()["structures"].values()) == {verdict}


def test_an_effect_of_nothing_is_negligible(tmp_path: Path) -> None:
    # What the dock changes is force, not time: to the bit, the hours are the same without it.
    scenario = edited(tmp_path, ("claims.yaml", "without: no-joint-staff}", "without: no-dock}"))
    (finding,) = rimland.load(scenario).run(draws=40, futures=4).judge(["staff-speeds-answer"])
    assert finding.verdict == "negligible"
    assert finding.shown is not None
    assert finding.shown.median == 0
    assert "no difference that matters" in finding.in_this_model


def test_a_forecast_prints_its_probability_beside_the_word_of_the_text(
    findings: tuple[Finding, ...],
) -> None:
    finding = next(f for f in findings if f.kind == "forecast")
    assert finding.shown is not None
    assert 0 <= finding.shown.p05 <= finding.shown.median <= finding.shown.p95 <= 100
    assert finding.shown.smallest == pytest.approx(55)  # likely begins at 55 % (ICD 203)
    lines = dict(next(iter(finding.answers.values())).lines)
    assert lines["The text's word"].startswith("likely")


def test_a_tradeoff_says_its_sign_at_each_date(findings: tuple[Finding, ...]) -> None:
    finding = next(f for f in findings if f.kind == "tradeoff")
    for answer in finding.answers.values():
        labels = [label for label, _ in answer.lines]
        assert {"By 2028", "By 2035"} <= set(labels)
        last = dict(answer.lines)["By 2035"]
        assert last.endswith(answer.verdict)


def test_a_hinge_is_ranked_against_its_alternatives(findings: tuple[Finding, ...]) -> None:
    finding = next(f for f in findings if f.kind == "hinge")
    labels = [label for label, _ in next(iter(finding.answers.values())).lines]
    assert {"Share of the gain lost", "Comes first", "Against"} <= set(labels)


# --- over all accounts -----------------------------------------------------------------------

DECIDED = ("holds", "reversed", "negligible")
OPEN = ("undecided (runs)", "undecided (knowledge)")


@pytest.mark.parametrize("labels", list(product(DECIDED + OPEN, repeat=3)))
def test_the_verdict_over_all_accounts_follows_from_theirs(labels: tuple[str, ...]) -> None:
    # One decided verdict for all stands; two different decided ones are contested, whatever a
    # third says; else what is lacking is named: knowledge where any account lacks it.
    found = overall(labels)
    decided = set(labels) & set(DECIDED)
    lacking = set(labels) & set(OPEN)
    if len(decided) > 1:
        assert found == "contested"
    elif not lacking:
        assert found == labels[0]
    elif "undecided (knowledge)" in lacking:
        assert found == "undecided (knowledge)"
    else:
        assert found == "undecided (runs)"


# --- what it rests on ------------------------------------------------------------------------


def test_the_kinds_of_numbers_add_up_to_the_numbers_a_claim_rests_on(
    strait: Scenario, findings: tuple[Finding, ...]
) -> None:
    for finding in findings:
        if not finding.tested:
            continue
        rests = finding.rests_on
        assert rests is not None
        counted = {kind.replace("-", "_"): rests[kind.replace("-", "_")] for kind in KINDS}
        assert sum(counted.values()) == len(finding.numbers)
        assert len(set(finding.numbers)) == len(finding.numbers)
        for kind, count in counted.items():
            quantities = (strait.assembled.quantities[name] for name in finding.numbers)
            assert count == sum(q.kind.replace("-", "_") == kind for q in quantities)
        assert rests["weakest"] is None or rests["weakest"] in finding.numbers


def test_a_claim_rests_on_numbers_behind_derived_values_and_on_no_stranger(
    strait: Scenario,
) -> None:
    # Encirclement's weights are formulas over derived values over capabilities and distances.
    assembled = strait.assembled
    found = set(resting_on(assembled, assembled.measures["perception.CCC.encirclement"].observers))
    assert {
        "actors.AAA.capability",
        "actors.BBB.km_to.CCC",
        "perception.CCC.reach",
        "perception.CCC.layers.troops",
        "ties.AAA-BBB.troops",
    } <= found
    assert not any(name.startswith(("flashpoints.", "preparation.", "command.")) for name in found)
    hours = assembled.measures["command.strait.response_hours"]
    found = set(resting_on(assembled, (*hours.observers, *hours.over)))
    assert "command.strait.chain.consult.spread" in found
    assert "command.strait.relation_effect.coordinated" in found
    assert not any(name.startswith(("actors.", "perception.")) for name in found)


def test_only_numbers_a_claim_rests_on_can_move_its_futures(tmp_path: Path) -> None:
    # Every number that the claim does not rest on is drawn anew (another range): same futures.
    scenario = rimland.load(template(tmp_path))
    run = scenario.run(draws=3, futures=3)
    measure = run.measure("politics.BBB.bloc_changes")
    before = run.under("unmoved", measures=[measure.name]).values
    old = "rate: {value: 0.4 to 1 per year"
    other = rimland.load(
        edited(tmp_path / "other", ("flashpoints.yaml", old, "rate: {value: 4 to 9 per year"))
    )
    after = other.run(draws=3, futures=3).under("unmoved", measures=[measure.name]).values
    assert (before == after).all()


# --- the plan --------------------------------------------------------------------------------


def test_the_plan_names_each_run_once_with_the_claims_that_share_it(
    strait: Scenario, run: Run
) -> None:
    claims = list(strait.assembled.claims.values())
    rows = {row["variant"]: row for row in describe_plan(run, claims)}
    assert len(rows) == len(describe_plan(run, claims))
    assert set(rows["no-joint-staff"]["claims"]) == {"staff-speeds-answer", "staff-hinge"}
    assert set(rows["no-pledges"]["claims"]) == {"staff-hinge", "deter-or-provoke"}
    assert "talks-took-months" not in {c for row in rows.values() for c in row["claims"]}
    assert all(row["futures"] == 30 * 4 * 3 for row in rows.values())
    plan = plan_of(run, claims)
    assert {need.variant for need in plan} == set(rows)
    assert {need.account for need in plan} == set(strait.accounts)
