"""Protocols of every form: what each has to say, and what it may name."""

from __future__ import annotations

from pathlib import Path

import pytest

import rimland
from rimland.notation.problems import ScenarioError
from rimland.scenario.assemble import assemble
from rimland.scenario.declaration import agenda_numbers
from strait import edited
from test_study_forms import AGENDA, CLAIMS, NEW


def forms(folder: Path, right: str = "", wrong: str = "") -> Path:
    """Return the template with a claim of each newer form, one line of it changed."""
    text = AGENDA + CLAIMS
    assert right in text, right
    return edited(
        folder,
        ("scenario.yaml", "structures:\n", AGENDA.replace(right, wrong, 1) if right else AGENDA),
        ("claims.yaml", "celand-divided]", f"celand-divided, {NEW}]"),
        ("claims.yaml", "\nclaims:\n", "\nclaims:" + (CLAIMS.replace(right, wrong, 1) if right
                                                      else CLAIMS)),
    )  # fmt: skip


def test_protocols_of_every_form_are_sound_as_written(tmp_path: Path) -> None:
    assert rimland.check(forms(tmp_path)) == ()


def test_weights_of_agendas_are_numbers_with_names_of_their_own(tmp_path: Path) -> None:
    heading = assemble(forms(tmp_path)).heading
    assert sorted(agenda_numbers(heading)) == [
        "agendas.answer.command.strait.force_in_time",
        "agendas.answer.command.strait.response_hours",
    ]


CASES = [
    ("      only: no-shared-plans+no-dock\n", "", "a test of kind 'interaction' says nothing"),
    ("only: no-shared-plans+no-dock", "only: no-shared-plan", "there is no variant"),
    ("      share: 0.1\n", "", "does not say how large"),
    ("share: 0.1\n", "share: 0.1\n      limit: 3\n", "does not say how large"),
    ("share: 0.1", "share: 1.5", "share"),
    ("agendas: [answer]", "agendas: [answers]", "there is no agenda 'answers'"),
    ("frozen: parliament-refuses", "frozen: parliament-refused", "there is no variant"),
    ("      command.strait.response_hours: {wants", "      command.strait.hours: {wants",
     "weighs 'command.strait.hours', and there is no such measure"),
    ("wants: less", "wants: fewer", "wants"),
    ("      alternatives: {the troops: troops-leave}\n", "", "says nothing of 'alternatives'"),
    ("      by: 2028-01-01\n", "", "a test of kind 'declared' says nothing of 'by'"),
    ("measure: pledges.joint-staff.operational", "measure: pledges.joint-staff.stage",
     "there is no measure"),
    ("needs: letters of the time}", "needs: letters, test: {whose: us, rival: none}}",
     "a claim of kind 'untestable' has nothing to test"),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "says"), CASES)
def test_a_mistake_in_a_protocol_is_told_once(
    tmp_path: Path, right: str, wrong: str, says: str
) -> None:
    with pytest.raises(ScenarioError) as error:
        assemble(forms(tmp_path, right, wrong))
    problems = list(error.value.problems)
    assert len(problems) == 1, str(error.value)
    assert says in str(problems[0])


def test_a_size_with_a_share_says_what_is_switched(tmp_path: Path) -> None:
    switched = "      treatment: {with: as-assessed, without: no-joint-staff}\n      share"
    with pytest.raises(ScenarioError, match="a test of kind 'size' says nothing of 'treatment'"):
        assemble(forms(tmp_path, switched, "      share"))


def test_a_size_is_of_a_measure_or_of_a_lead_in_one_unit(tmp_path: Path) -> None:
    one = "    test:\n      measure: command.strait.force_in_time\n      treatment"
    lead = (
        "    test:\n      first: politics.BBB.bloc_changes\n      second: {second}\n      treatment"
    )
    fine = lead.format(second="politics.AAA.bloc_changes")
    assert rimland.check(forms(tmp_path / "a", one, fine)) == ()
    for folder, second, says in (
        ("b", "command.strait.force_in_time", "different units"),
        ("c", "null", "does not say what is large"),
    ):
        with pytest.raises(ScenarioError, match=says):
            assemble(forms(tmp_path / folder, one, lead.format(second=second)))
