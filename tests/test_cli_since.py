"""Since: what changed between two judgements, protocols and verdicts, and by what."""

from __future__ import annotations

import json
import shutil
import subprocess
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from cli_system import FEW, said
from rimland.study.since import compare
from strait import edited, template

SOME = ("--claim", "staff-speeds-answer", "--claim", "beland-changes-more")
LOWER = ("claims.yaml", 'smallest: {size: 5, unit: "% of the hours"',
         'smallest: {size: 60, unit: "% of the hours"')  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return template(tmp_path_factory.mktemp("since"))


@pytest.fixture(scope="module")
def judged(folder: Path) -> dict[str, Any]:
    data: dict[str, Any] = said("judge", str(folder), *SOME, *FEW, "--json").data
    return data


def saved(tmp_path: Path, data: Any) -> str:
    path = tmp_path / "before.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return str(path)


def since(scenario: Path, ref: str, *more: str) -> Any:
    found = said("judge", str(scenario), *SOME, *FEW, "--since", ref, "--json", *more)
    assert found.code == 0, found.err
    return found.data


def test_against_itself_nothing_changed(folder: Path, judged: Any, tmp_path: Path) -> None:
    assert since(folder, saved(tmp_path, judged)) == {
        "since": str(tmp_path / "before.json"), "same": 2, "changes": [],
    }  # fmt: skip
    assert since(folder, str(folder))["same"] == 2


def test_a_changed_protocol_shows_its_difference_and_both_verdicts(
    judged: Any, tmp_path: Path
) -> None:
    other = edited(tmp_path, LOWER)
    data = since(other, saved(tmp_path, judged))
    (change,) = data["changes"]
    assert (change["id"], change["kind"]) == ("staff-speeds-answer", "protocol")
    assert change["differences"] == [{"field": "smallest.size", "before": 5.0, "after": 60.0}]
    assert change["before"] == judged["claims"][0]["verdict"]
    now = said("judge", str(other), *SOME, *FEW, "--json").data["claims"][0]["verdict"]
    assert change["after"] == now != change["before"]
    text = said("judge", str(other), *SOME, *FEW, "--since", saved(tmp_path, judged)).out
    assert "The protocol changed (1)" in text
    assert "5.0 → 60.0" in " ".join(text.split())
    assert f"{change['before']} → {now}" in " ".join(text.split())
    assert "1 claim the same" in text


def test_a_changed_variant_counts_as_a_changed_protocol(judged: Any, tmp_path: Path) -> None:
    held = ("variants.yaml", "hold: {pledges.joint-staff.stage: lapsed}",
            "hold: {pledges.joint-staff.stage: announced}")  # fmt: skip
    data = since(edited(tmp_path, held), saved(tmp_path, judged))
    (change,) = data["changes"]
    assert change["kind"] == "protocol"
    (row,) = change["differences"]
    assert row["field"] == "variant no-joint-staff, holds.pledges.joint-staff.stage.level"


def test_a_verdict_that_changed_by_numbers_alone_names_the_numbers(
    folder: Path, tmp_path: Path
) -> None:
    lines = (folder / "command.yaml").read_text(encoding="utf-8").splitlines()
    at = next(i for i, line in enumerate(lines) if line.strip().startswith("coordinated:"))
    old = "\n".join(lines[at : at + 1])
    value = next(line for line in lines[at:] if "value:" in line)
    assert "value:" in value
    other = edited(
        tmp_path,
        ("command.yaml", old, old),
        ("command.yaml", value, value.replace(value.split("value:")[1].split(",")[0].rstrip("}"),
                                              " 0.98 to 1.02 ratio")),
    )  # fmt: skip
    data = since(other, str(folder))
    (change,) = data["changes"]
    assert (change["id"], change["kind"]) == ("staff-speeds-answer", "verdict")
    assert change["differences"] == []
    assert any("0.98 to 1.02" in text for text in change["because"])
    text = said("judge", str(other), *SOME, *FEW, "--since", str(folder)).out
    assert "The verdict changed, its protocol did not (1)" in text


def test_other_sizes_and_another_package_are_reasons(judged: Any) -> None:
    before = deepcopy(judged)
    before.update(draws=100, package="another", version="0.0.1")
    before["claims"][0]["verdict"] = "contested"
    (change, same) = compare(before, judged, "x").changes
    assert change.kind == "verdict"
    assert same.kind == "same"
    assert "draws 100 then, 30 now" in change.because
    assert any(
        text.startswith("the package changed (version 0.0.1 then") for text in change.because
    )


def test_an_old_file_without_numbers_says_that_it_cannot_tell(judged: Any) -> None:
    before = deepcopy(judged)
    before["claims"][0]["verdict"] = "contested"
    for key in ("numbers", "variants", "content", "package", "version"):
        del before[key]
    change = compare(before, judged, "x").changes[0]
    assert "the earlier judgement does not say its numbers" in change.because


def test_claims_new_and_gone_are_named_but_not_where_only_some_were_judged(judged: Any) -> None:
    whole = {**judged, "partial": False}
    less = {**whole, "claims": whole["claims"][:1]}
    assert [c.kind for c in compare(less, whole, "x").changes] == ["same", "new"]
    assert [c.kind for c in compare(whole, less, "x").changes] == ["same", "gone"]
    assert [c.kind for c in compare(whole, {**less, "partial": True}, "x").changes] == ["same"]


def test_a_git_revision_is_judged_with_the_package_of_today(tmp_path: Path) -> None:
    if shutil.which("git") is None:
        pytest.skip("no git on this machine (package git)")
    scenario = template(tmp_path)

    def git(*words: str) -> None:
        who = ("-c", "user.name=T", "-c", "user.email=t@example.org")
        subprocess.run(["git", "-C", str(tmp_path), *who, *words], check=True, capture_output=True)

    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "first")
    path = scenario / "claims.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(LOWER[1], LOWER[2], 1), encoding="utf-8")
    (change,) = since(scenario, "HEAD")["changes"]
    assert (change["id"], change["kind"]) == ("staff-speeds-answer", "protocol")
    missing = said("judge", str(scenario), *SOME, *FEW, "--since", "v0.0")
    assert missing.code == 2
    assert "git knows no revision of that name" in missing.err
    assert sorted(p.name for p in tmp_path.iterdir()) == [".git", "my-strait"]
    git("mv", "my-strait", "renamed")
    git("commit", "-q", "-m", "moved")
    moved = said("judge", str(tmp_path / "renamed"), *SOME, *FEW, "--since", "HEAD~1")
    assert moved.code == 2
    assert "there was no folder 'renamed' yet" in moved.err


MISTAKES = {
    "what is nowhere": ("nowhere.json", "there is no file and no folder 'nowhere.json'"),
    "an option in disguise": ("--output=x", "there is no file and no folder"),
    "what is not JSON": ("{folder}/ties.yaml", "is not JSON"),
    "JSON that is no judgement": ("{tmp}/list.json", "holds no judgement"),
    "another scenario's": ("{tmp}/other.json", "is a judgement of 'other', and not of 'my-strait'"),
    "a folder that is no scenario": ("{tmp}", "holds no scenario.yaml"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_what_cannot_be_compared_with_is_said_before_anything_runs(
    mistake: str, folder: Path, judged: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import rimland.engine as engine

    monkeypatch.setattr(engine, "run", lambda *_a, **_k: pytest.fail("the engine was asked to run"))
    (tmp_path / "list.json").write_text("[1, 2]", encoding="utf-8")
    other = json.dumps({**judged, "scenario": "other"})
    (tmp_path / "other.json").write_text(other, encoding="utf-8")
    ref, words = MISTAKES[mistake]
    ref = ref.format(folder=folder, tmp=tmp_path)
    found = said("judge", str(folder), *SOME, *FEW, f"--since={ref}")
    assert found.code == 2
    assert words in found.err


def test_an_earlier_scenario_that_cannot_be_read_says_so(folder: Path, tmp_path: Path) -> None:
    broken = edited(tmp_path, ("variants.yaml", "pledges.dock.stage", "pledges.dok.stage"))
    found = said("judge", str(folder), *SOME, *FEW, "--since", str(broken))
    assert found.code == 2
    assert "is not sound for this version of rimland" in found.err
