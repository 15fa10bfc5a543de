"""What weakens a verdict: flags, doubled ranges, flips, rivals in figures, signs to watch for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import rimland
from rimland.errors import RimlandError
from rimland.program.model import Hold, Switch
from rimland.study import Finding, Run, Scenario
from rimland.study.drivers import arrow_numbers
from rimland.study.page import honest
from rimland.study.setting import DECLARED, DOUBLED, PRIORS
from rimland.study.watch import sights
from rimland.study.weaken import _doubled
from strait import edited, template


@pytest.fixture(scope="module")
def strait(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return rimland.load(template(tmp_path_factory.mktemp("weaken")))


@pytest.fixture(scope="module")
def run(strait: Scenario) -> Run:
    return strait.run(draws=40, futures=6)


@pytest.fixture(scope="module")
def found(run: Run) -> dict[str, Finding]:
    return {f.id: f for f in run.judge()}


# --- how numbers are set ---------------------------------------------------------------------


def test_doubling_moves_judged_numbers_twice_as_far_and_no_other(run: Run) -> None:
    quantities = run.scenario.assembled.numbers("unmoved")
    before, after = run.values("unmoved"), run.set_as(DOUBLED).values("unmoved")
    for name, quantity in quantities.items():
        same = np.array_equal(before[name], after[name])
        assert same == (quantity.kind != "judged" or quantity.family == "fixed"), name
    straight = [n for n, q in quantities.items() if q.family == "normal" and q.kind == "judged"]
    assert straight
    for name in straight:
        middle = quantities[name].central
        assert after[name] - middle == pytest.approx(2 * (before[name] - middle)), name


def test_without_a_fitted_number_the_priors_are_what_is_declared(run: Run) -> None:
    before, after = run.values("unmoved"), run.set_as(PRIORS).values("unmoved")
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_a_pinned_number_has_one_value_and_all_others_keep_their_draws(run: Run) -> None:
    name = "command.strait.relation_effect.coordinated"
    before = run.values("unmoved")
    after = run.set_as(DECLARED.pinned(name, 0.5)).values("unmoved")
    assert (after[name] == 0.5).all()
    derived = run.scenario.assembled.derived
    for other in before:
        if other != name and other not in derived:
            assert np.array_equal(before[other], after[other]), other


def test_a_number_that_a_variant_sets_cannot_be_pinned(run: Run) -> None:
    name = "hurdles.beland-parliament.median"
    view = run.set_as(DECLARED.pinned(name, 1.0))
    assert (view.values("unmoved")[name] == 1.0).all()
    free = run.values("unmoved", "staff-works")[name]
    assert np.array_equal(view.values("unmoved", "staff-works")[name], free)


def test_theta_is_the_same_whether_made_anew_or_from_the_first_accounts(run: Run) -> None:
    assembled = run.scenario.assembled
    for account in run.scenario.accounts:
        view = run.set_as(DECLARED.pinned("command.strait.window", 9.0))
        whole = assembled.program.theta(view.values(account), run.draws)
        made = view._draws.theta(account, assembled.variant("as-assessed"), view.setting)
        assert np.array_equal(whole, made)


# --- flags and ranges ------------------------------------------------------------------------


def test_a_decided_verdict_without_fitted_numbers_is_assumed(found: dict[str, Finding]) -> None:
    for finding in found.values():
        decided = finding.verdict in ("holds", "reversed", "negligible") and finding.kind != "fact"
        assert ("assumed" in finding.weakened.flags) == decided, finding.id
        if decided and "built_in" not in finding.weakened.flags:
            assert finding.headline == f"assumed: {finding.verdict}, by our ranges alone"


def test_the_first_thing_said_counts_verdicts_that_change_when_ranges_double(
    found: dict[str, Finding],
) -> None:
    doubled = [f.weakened.doubled for f in found.values() if f.weakened.doubled]
    changed = sum(entry["changes"] for entry in doubled)
    said = honest(found.values())
    assert said["change_if_doubled"] == changed
    verb = "changes" if changed == 1 else "change"
    assert f"{changed or 'none'} {verb} if the judged ranges double" in said["text"]


# --- flips -----------------------------------------------------------------------------------


def test_a_flip_names_a_number_its_range_and_the_verdict_it_becomes(
    found: dict[str, Finding], strait: Scenario
) -> None:
    flips = [f.weakened.flips_if for f in found.values() if f.weakened.flips_if]
    assert flips
    assert any(flip["number"] for flip in flips)
    for flip in flips:
        assert 0 <= flip["runs"] <= 24
        if flip["number"] is None:
            assert flip["text"].startswith(("none found within", "no single number"))
            continue
        low, high = flip["range"]
        assert low * 0.999 <= flip["to"] <= high * 1.001
        assert flip["becomes"] in ("holds", "reversed", "negligible", "undecided")
        assert flip["number"] in strait.assembled.quantities


def test_a_flip_is_confirmed_by_running_with_the_number_at_its_flip_value(
    run: Run, found: dict[str, Finding]
) -> None:
    from rimland.study.answers import answer

    for finding in found.values():
        flip: dict[str, Any] | None = finding.weakened.flips_if
        if flip is None or flip["number"] is None:
            continue
        claim = run.scenario.assembled.claims[finding.id]
        view = run.set_as(DECLARED.pinned(flip["number"], flip["to"]))
        label = answer(view, claim, flip["account"])[0].verdict
        assert label.split(" (")[0] == flip["becomes"]


# --- built in and other forms ----------------------------------------------------------------

RINGED = """
  - id: ringed
    at: "5.1"
    kind: effect
    says: the package makes Celand feel ringed
    test:
      measure: perception.CCC.encirclement
      treatment: {with: as-assessed, without: no-pledges}
      smallest: {size: 0, unit: index, because: invented}
      whose: Celand
      rival: none
"""


@pytest.fixture(scope="module")
def ringed(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = edited(
        tmp_path_factory.mktemp("ringed"),
        ("claims.yaml", "celand-divided]", "celand-divided, ringed]"),
    )
    claims = folder / "claims.yaml"
    claims.write_text(claims.read_text(encoding="utf-8") + RINGED, encoding="utf-8")
    return rimland.load(folder).run(draws=40, futures=6)


def test_a_verdict_that_follows_from_signs_is_built_in_and_says_so_first(ringed: Run) -> None:
    # ties add to the index with weights above 0, and what is pledged only raises ties
    (finding,) = ringed.judge(["ringed"], thorough=False)
    proof = finding.weakened.built_in
    assert proof is not None
    assert (proof["sign"], proof["agrees"]) == ("+", True)
    assert proof["ways"] >= 1
    if finding.verdict == "holds":
        assert finding.weakened.flags[0] == "built_in"
        assert finding.headline.startswith("built in: holds")
    assert ("Built in", f"{proof['reason']}, by {proof['ways']} ") == (
        "Built in",
        dict(finding.weakened.rows())["Built in"].rsplit(" ", 1)[0] + " ",
    )


def test_a_proof_that_the_runs_contradict_is_an_internal_error(
    ringed: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rimland.findings import signs

    monkeypatch.setattr(signs, "proof", lambda *_args, **_kind: signs.Proof("-"))
    with pytest.raises(RimlandError, match="internal error: by its signs"):
        ringed.judge(["ringed"], thorough=False)


def test_a_hinge_has_shapley_shares_that_share_out_the_whole_gain(
    found: dict[str, Finding],
) -> None:
    shares = found["staff-hinge"].weakened.shapley
    assert shares is not None
    assert shares["exact"]
    assert set(shares["parts"]) == {"no joint staff", "shared plans", "the dock"}
    assert sum(part["median"] for part in shares["parts"].values()) == pytest.approx(1, abs=0.3)


def test_hinge_and_order_are_redone_in_other_forms_and_a_change_takes_the_headline(
    found: dict[str, Finding],
) -> None:
    for finding in found.values():
        forms = finding.weakened.forms
        assert (forms is not None) == (finding.kind in ("hinge", "order"))
        if forms is None:
            continue
        assert {"sum", "product"} <= set(forms["by_form"])
        decided = finding.verdict in ("holds", "reversed", "negligible")
        assert ("form_dependent" in finding.weakened.flags) == bool(forms["changes"] and decided)


def test_ranges_that_describe_no_world_when_doubled_are_said_to(
    strait: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    import rimland.engine as engine
    from rimland.errors import RunError

    run = strait.run(draws=30, futures=4)
    made, whole = [], engine.run

    def sometimes(program: Any, theta: Any, **kind: Any) -> Any:
        made.append(theta)
        if len(made) > 1 and not np.array_equal(theta, made[0]):
            raise RunError("index 'x' is no number after 'y' happened (draw 1, future 2)")
        return whole(program, theta, **kind)

    monkeypatch.setattr(engine, "run", sometimes)
    (finding,) = run.judge(["beland-changes-more"], thorough=False)
    doubled = _doubled(run, run.scenario.assembled.claims[finding.id], finding.verdict)
    assert doubled["verdict"] is None
    assert doubled["text"].endswith("describe no possible world: index 'x' is no number")
    finding = replace(finding, weakened=replace(finding.weakened, doubled=doubled))
    assert "double" not in honest([finding])["text"]


# --- rivals and signs ------------------------------------------------------------------------


def test_arrows_that_pass_on_a_switch_are_told_from_those_that_do_not(strait: Scenario) -> None:
    # the dock adds force, and force moves disputes: both arrows carry the switch of the dock
    switch = Switch({}, (Hold("pledges.dock.stage", 0),))
    every, carrying = arrow_numbers(strait.program, [switch])
    assert carrying <= every
    assert any("command.strait.force_change" in name for name in carrying)
    assert not any(name.startswith("politics.") for name in carrying)


def test_a_rival_in_figures_stands_beside_claims_about_a_change(
    found: dict[str, Finding],
) -> None:
    for finding in found.values():
        share = finding.weakened.rival_share
        if finding.kind in ("fact", "order", "forecast"):
            assert share is None
        elif share is not None:
            assert share["share"] is None or share["share"] >= 0
            assert share["text"]


def test_what_can_be_seen_is_told_in_words_and_never_what_is_so_already(
    strait: Scenario,
) -> None:
    seen = sights(strait.assembled)
    assert seen
    starts = {v.name: v.start for v in strait.program.variables}
    for sight in seen:
        assert sight.observer.lo != starts[sight.variable]
        assert "{" not in sight.says
    assert any(sight.variable == "pledges.dock.stage" for sight in seen)


def test_signs_come_before_the_claims_own_date(run: Run, found: dict[str, Finding]) -> None:
    for finding in found.values():
        for sign in finding.weakened.watch_for or ():
            test = run.scenario.assembled.claims[finding.id].test
            assert test is not None
            last = test.by or test.horizon or run.scenario.assembled.heading.horizon
            assert sign["by"] < last.isoformat()
            assert 0 < sign["likely"] < 1


def test_without_being_thorough_no_reruns_of_their_own_are_made(strait: Scenario) -> None:
    run = strait.run(draws=30, futures=4)
    found = run.judge(["staff-speeds-answer"], thorough=False)
    assert found[0].weakened.flips_if is None
    assert found[0].weakened.watch_for is None
    assert found[0].weakened.doubled is None
