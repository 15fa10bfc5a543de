"""Claims of every form judged whole: what each says and what it reads."""

from __future__ import annotations

from io import StringIO

import pytest

import rimland
from rimland.study import Finding, Run
from rimland.study.finding import DECLARED, UNTESTABLE
from rimland.study.judge import plan_of
from strait import edited

CLAIMS = """
  - {id: never, at: "4.1", kind: untestable, says: it was always so, needs: letters of the time}
  - id: multiplies
    at: "4.2"
    kind: interaction
    says: the staff makes the dock worth more
    test:
      measure: command.strait.force_in_time
      all: as-assessed
      without: no-joint-staff
      only: no-shared-plans+no-dock
      none: no-pledges
      smallest: {size: 1, unit: "%", because: invented}
      whose: both
      rival: none
  - id: large
    at: "4.3"
    kind: size
    says: a joint staff adds at least a tenth
    test:
      measure: command.strait.force_in_time
      treatment: {with: as-assessed, without: no-joint-staff}
      share: 0.1
      whose: both
      rival: none
  - id: whose-move
    at: "4.4"
    kind: rival
    says: disputes are owed to the package and not to the troops
    test:
      measure: flashpoints.strait.disputes
      without: no-pledges
      alternatives: {the troops: troops-leave}
      smallest: {size: 0.1, unit: a decade, because: invented}
      whose: all
      rival: none
  - id: matters-most
    at: "4.5"
    kind: order
    says: losing the staff costs more than losing the dock
    test:
      agendas: [answer]
      without: no-joint-staff
      alternatives: {the dock: no-dock, the plans: no-shared-plans}
      frozen: parliament-refuses
      smallest: {size: 1, unit: "%", because: invented}
      whose: Aland
      rival: none
  - id: promised
    at: "4.6"
    kind: declared
    says: a joint staff is promised
    test:
      measure: pledges.joint-staff.operational
      by: 2028-01-01
      treatment: {with: as-assessed, without: parliament-refuses}
      whose: both
      rival: none
"""
AGENDA = """agendas:
  answer:
    says: a strong and quick answer
    of: [AAA]
    weights:
      command.strait.force_in_time: {wants: more, weight: {value: 1 to 3 ratio, judged: invented}}
      command.strait.response_hours: {wants: less, weight: {value: 1 to 3 ratio, judged: invented}}
structures:
"""
NEW = "never, multiplies, large, whose-move, matters-most, promised"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = edited(
        tmp_path_factory.mktemp("forms"),
        ("scenario.yaml", "structures:\n", AGENDA),
        ("claims.yaml", "celand-divided]", f"celand-divided, {NEW}]"),
    )
    claims = folder / "claims.yaml"
    claims.write_text(claims.read_text(encoding="utf-8") + CLAIMS, encoding="utf-8")
    return rimland.load(folder).run(draws=30, futures=4)


@pytest.fixture(scope="module")
def found(run: Run) -> dict[str, Finding]:
    return {f.id: f for f in run.judge(NEW.split(", "))}


def lines(finding: Finding) -> dict[str, str]:
    return dict(next(iter(finding.answers.values())).lines)


def test_every_form_of_test_is_judged_and_says_its_number(found: dict[str, Finding]) -> None:
    for name in ("multiplies", "large", "whose-move", "matters-most"):
        finding = found[name]
        assert finding.judged, name
        assert finding.shown is not None
        assert finding.shown.what
        assert finding.numbers
        assert finding.weakened.doubled is not None
        assert all(label and text for label, text in lines(finding).items())


def test_what_no_model_could_test_is_an_answer_that_names_its_evidence(
    found: dict[str, Finding],
) -> None:
    finding = found["never"]
    assert (finding.verdict, finding.tested, finding.judged) == (UNTESTABLE, False, False)
    assert finding.needs == "letters of the time"


def test_what_is_declared_shows_a_probability_and_judges_nothing(
    found: dict[str, Finding],
) -> None:
    finding = found["promised"]
    assert (finding.verdict, finding.tested, finding.judged) == (DECLARED, True, False)
    assert finding.shown is not None
    assert 0 <= finding.shown.p05 <= finding.shown.p95 <= 100
    assert "parliament" in lines(finding)["Hangs on"]
    assert finding.weakened.flips_if is None
    assert finding.weakened.flags == ()


def test_importance_is_given_as_a_share_of_weightings_and_rests_on_the_weights(
    found: dict[str, Finding],
) -> None:
    finding = found["matters-most"]
    assert "weightings" in lines(finding)["Comes first"]
    assert "first under" in lines(finding)["If nothing answers"]
    assert "agendas.answer.command.strait.response_hours" in finding.numbers


def test_a_plan_names_every_run_that_a_form_reads(run: Run, found: dict[str, Finding]) -> None:
    claims = run.scenario.assembled.claims
    by_claim = {name: {need.variant for need in plan_of(run, [claims[name]])} for name in found}
    assert by_claim["multiplies"] == {
        "as-assessed", "no-joint-staff", "no-shared-plans+no-dock", "no-pledges"
    }  # fmt: skip
    assert by_claim["whose-move"] == {"as-assessed", "no-pledges", "troops-leave"}
    assert by_claim["large"] == {"as-assessed", "no-joint-staff"}
    assert "no-dock+parliament-refuses" in by_claim["matters-most"]
    assert by_claim["promised"] == {"as-assessed", "parliament-refuses"}
    assert by_claim["never"] == set()


def test_a_card_of_each_form_can_be_printed(run: Run, found: dict[str, Finding]) -> None:
    from rich.console import Console

    from rimland.cli.cards import card

    out = Console(record=True, width=90, file=StringIO())
    for finding in found.values():
        if finding.tested:
            card(out, finding, run.scenario.assembled.named)
    text = out.export_text()
    assert "nan" not in text.split()
    assert "declared" in text
