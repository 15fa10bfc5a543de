"""Scaffolding: what `rimland new` makes runs, and it never touches what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import rimland
from rimland.errors import RimlandError
from rimland.scenario.new import make_scenario
from rimland.vocab import WORDS
from strait import template


def test_a_new_scenario_is_sound_and_called_after_its_folder(tmp_path: Path) -> None:
    folder = make_scenario("two-straits", tmp_path)
    assert folder == tmp_path / "two-straits"
    assert rimland.check(folder) == ()
    assert rimland.load(folder).id == "two-straits"


def test_the_folder_in_which_it_is_made_need_not_exist(tmp_path: Path) -> None:
    assert (make_scenario("strait", tmp_path / "new" / "er") / "scenario.yaml").is_file()


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("My Strait", "my-strait"),
        ("strait_2", "strait-2"),
        ("../strait", "strait"),
        ("a/b", "a-b"),
        ("-strait", "strait"),
        ("strait--two", "strait-two"),
        ("", None),
        ("...", None),
        ("strait+two", "strait-two"),
    ],
)
def test_a_name_that_commands_could_not_use_is_refused(
    name: str, hint: str | None, tmp_path: Path
) -> None:
    with pytest.raises(RimlandError, match="cannot be the name of a scenario") as raised:
        make_scenario(name, tmp_path)
    found = re.search(r"Did you mean '(.*)'\?", str(raised.value))
    assert (found.group(1) if found else None) == hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("there", ["folder", "file", "broken link"])
def test_what_is_there_already_is_not_touched(there: str, tmp_path: Path) -> None:
    target = tmp_path / "strait"
    if there == "folder":
        target.mkdir()
        (target / "notes.txt").write_text("mine", encoding="utf-8")
    elif there == "file":
        target.write_text("mine", encoding="utf-8")
    else:
        target.symlink_to(tmp_path / "nowhere")
    with pytest.raises(RimlandError, match="is there already, and nothing in it was touched"):
        make_scenario("strait", tmp_path)
    if there == "folder":
        assert [p.name for p in target.iterdir()] == ["notes.txt"]


def test_a_place_that_cannot_be_written_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(RimlandError, match="cannot be made"):
        make_scenario("strait", tmp_path / "file")


def test_the_template_uses_every_word_and_tests_the_commonest_kinds_of_claim_once(
    tmp_path: Path,
) -> None:
    scenario = rimland.load(template(tmp_path))
    words = scenario.assembled.words
    assert set(words) == {word.FILE for word in WORDS}
    for file, model in words.items():
        assert all(getattr(model, name) for name in type(model).model_fields), file
    tested = [c.kind for c in scenario.assembled.claims.values() if c.test is not None]
    assert sorted(tested) == ["effect", "fact", "forecast", "hinge", "order", "tradeoff"]
    assert sum(c.test is None for c in scenario.assembled.claims.values()) == 1
    assert len(scenario.accounts) == 3


def test_every_judgement_of_the_template_says_that_it_is_invented(tmp_path: Path) -> None:
    for path in template(tmp_path).iterdir():
        for line in path.read_text(encoding="utf-8").splitlines():
            if not line.lstrip().startswith("#"):
                for reason in re.findall(r"judged: ([^,}]*)", line):
                    assert reason.strip() == "invented for this example", f"{path.name}: {line}"


def test_the_template_explains_each_file_in_its_first_line(tmp_path: Path) -> None:
    for path in template(tmp_path).iterdir():
        first = path.read_text(encoding="utf-8").splitlines()[0]
        assert re.fullmatch(r"# [A-Z].*[.:,a-z]", first), path.name
