"""Mistakes that a person makes in a scenario's files, each with all that `rimland check` says.

Each is a small edit of the template. The snapshots in tests/snapshots/mistakes hold the edit and
every message, so that a reviewer reads them like copy; RIMLAND_UPDATE_SNAPSHOTS=1 rewrites them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rimland
from fits_made import shipping, turnover
from mistakes_made import ONE, SEVERAL
from rimland.errors import RimlandError
from rimland.notation.problems import ScenarioError
from strait import Edit, edited, template


@pytest.fixture(autouse=True, scope="module")
def fits(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Messages name the nearest fit; what ships may grow."""
    later = replace(turnover(last=2026), name="turnover.later")
    with shipping(tmp_path_factory.mktemp("fits"), turnover(), later):
        yield


SNAPSHOTS = Path(__file__).with_name("snapshots") / "mistakes"
SAYS = "-" * 40


def told(scenario: Path) -> str:
    """Return all messages, and see to it that `load` refuses with the very same."""
    problems = rimland.check(scenario)
    if problems:
        with pytest.raises(ScenarioError) as raised:
            rimland.load(scenario)
        assert raised.value.problems == problems
    return "".join(f"{problem}\n" for problem in problems)


def compare(name: str, written: str, said: str) -> None:
    text = f"{written.rstrip()}\n{SAYS}\n{said}"
    path = SNAPSHOTS / f"{name}.txt"
    if os.environ.get("RIMLAND_UPDATE_SNAPSHOTS") == "1":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    assert path.exists(), f"no snapshot {path.name}; RIMLAND_UPDATE_SNAPSHOTS=1 writes it"
    assert text == path.read_text(encoding="utf-8")


def shown(edits: Sequence[Edit]) -> str:
    blocks = []
    for file, old, new in edits:
        lines = [f"in {file}"]
        lines += [f"- {line}" for line in old.strip("\n").splitlines()]
        lines += [f"+ {line}" for line in new.strip("\n").splitlines()]
        blocks.append("\n".join(lines))
    return "\n".join(blocks)


@pytest.mark.parametrize("name", ONE)
def test_a_mistake_is_told_with_its_place(name: str, tmp_path: Path) -> None:
    said = told(edited(tmp_path, ONE[name]))
    assert said, "the mistake was not noticed"
    compare(name, shown([ONE[name]]), said)


def test_mistakes_in_many_files_are_all_found_in_one_pass(tmp_path: Path) -> None:
    said = told(edited(tmp_path, *SEVERAL))
    compare("several-in-many-files", shown(SEVERAL), said)
    # What hangs on a part that could not be read comes to light once that can be: the measure
    # on a window of command.yaml, the source of the record on sources.yaml.
    assert len(said.splitlines()) == len(SEVERAL) - 2


def test_what_hung_on_another_mistake_is_found_once_that_is_mended(tmp_path: Path) -> None:
    hidden = [edit for edit in SEVERAL if edit[0] in ("scenario.yaml", "facts.yaml")]
    assert len(told(edited(tmp_path, *hidden)).splitlines()) == 2


def test_a_heading_that_cannot_be_read_hides_no_mistake_in_the_other_files(tmp_path: Path) -> None:
    edits = [
        ("scenario.yaml", "as_of: 2025-01-01", "as_of: 2025-13-01"),
        ("ties.yaml", "source: yearbook-2023", "source: yearbook-2032"),
        ("claims.yaml", "id: staff-hinge", "id: staff-in-time"),
        ("command.yaml", "drills_per_year: 2", "drills_per_year: 200"),
    ]
    said = told(edited(tmp_path, *edits))
    compare("heading-and-other-files", shown(edits), said)


def test_an_empty_file_is_a_mistake(tmp_path: Path) -> None:
    scenario = template(tmp_path)
    (scenario / "pledges.yaml").write_text("", encoding="utf-8")
    compare("file-empty", "pledges.yaml is empty", told(scenario))


def test_a_file_of_comments_alone_is_empty(tmp_path: Path) -> None:
    scenario = template(tmp_path)
    (scenario / "scenario.yaml").write_text("# to be written\n", encoding="utf-8")
    compare("file-of-comments", "scenario.yaml holds a comment and nothing else", told(scenario))


def test_a_misspelt_file_name_is_a_mistake(tmp_path: Path) -> None:
    scenario = template(tmp_path)
    (scenario / "flashpoints.yaml").rename(scenario / "flashpoint.yaml")
    compare("file-misspelt", "flashpoints.yaml is called flashpoint.yaml", told(scenario))


def test_a_file_with_the_other_ending_is_a_mistake(tmp_path: Path) -> None:
    scenario = template(tmp_path)
    (scenario / "claims.yaml").rename(scenario / "claims.yml")
    compare("file-ending", "claims.yaml is called claims.yml", told(scenario))


def test_a_folder_where_a_file_should_be_is_a_mistake(tmp_path: Path) -> None:
    scenario = template(tmp_path)
    (scenario / "facts.yaml").unlink()
    (scenario / "facts.yaml").mkdir()
    compare("file-is-a-folder", "facts.yaml is a folder", told(scenario))


@pytest.mark.parametrize("what", ["no scenario.yaml", "no such folder", "another shipped name"])
def test_a_folder_that_is_no_scenario_is_refused_with_a_way_on(what: str, tmp_path: Path) -> None:
    scenario: Path | str = template(tmp_path)
    if what == "no scenario.yaml":
        (tmp_path / "my-strait" / "scenario.yaml").unlink()
    else:
        scenario = tmp_path / "my-strat" if what == "no such folder" else "indo-pacific-2042"
    with pytest.raises(RimlandError) as raised:
        rimland.check(scenario)
    said = str(raised.value).replace(str(tmp_path), "FOLDER")
    compare(f"scenario-{what.replace(' ', '-').replace('.', '-')}", what, f"{said}\n")


@pytest.mark.parametrize(("year", "late"), [("-400", False), ("0", False), ("99999", True)])
def test_a_year_beyond_the_calendar_is_before_or_after_all_others(
    year: str, late: bool, tmp_path: Path
) -> None:
    said = told(edited(tmp_path, ("sources.yaml", "year: 2023", f"year: {year}")))
    assert ("(hindsight)" in said) == late
    assert len(said.splitlines()) == late


def test_a_code_that_reads_as_no_elsewhere_is_text_here(tmp_path: Path) -> None:
    scenario = template(tmp_path)
    for file in scenario.iterdir():
        text = file.read_text(encoding="utf-8")
        text = text.replace("BBB", "NOO").replace("inland", "no").replace("harbour", "yes")
        file.write_text(text, encoding="utf-8")
    assert rimland.check(scenario) == ()
    program = rimland.load(scenario).program
    blocs = next(v.levels for v in program.variables if v.name == "politics.NOO.bloc")
    assert blocs == ("yes", "no")


def test_no_message_speaks_the_language_of_the_machinery() -> None:
    jargon = ("pydantic", "validator", "NoneType", "dict", "str ", "int ", "schema", "Traceback")
    jargon += ("KeyError", "None", "tuple", "BaseModel", "object at")
    for path in SNAPSHOTS.glob("*.txt"):
        said = path.read_text(encoding="utf-8").split(SAYS)[-1]
        assert not [word for word in jargon if word in said], path.name


def test_no_snapshot_is_left_over() -> None:
    kept = {path.stem for path in SNAPSHOTS.glob("*.txt")}
    others = {name for name in kept - set(ONE) if not name.startswith(("file-", "scenario-"))}
    assert others == {"several-in-many-files", "heading-and-other-files"}
    assert set(ONE) <= kept


def test_the_template_has_no_mistake(tmp_path: Path) -> None:
    assert rimland.check(template(tmp_path)) == ()


FILES = sorted(p.name for p in Path(str(files("rimland.scenario") / "template")).glob("*.yaml"))
BITS = [": ", "{", "}", "[", "]", "\n", "  ", "\t", "- ", "#", "'", '"', "&a ", "*a", "!", "|", "~"]
BITS += [
    "no",
    "0",
    "-1",
    "1e400",
    "2025-02-30",
    "AAA",
    "as-assessed",
    "null",
    ".",
    "\x00",
    "\ud800",
]


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return template(tmp_path_factory.mktemp("spoilt"))


@settings(max_examples=120)
@given(file=st.sampled_from(FILES), data=st.data())
def test_no_damage_to_a_file_raises_anything_but_a_scenario_error(
    file: str, data: st.DataObject, spoilt: Path
) -> None:
    # One cut, and up to three bits put in place of what stands there.
    path = spoilt / file
    sound = path.read_bytes()
    text = sound.decode("utf-8")
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 30))
        text = text[:at] + data.draw(st.sampled_from(BITS)) + text[at + length :]
    text = text[: data.draw(st.one_of(st.just(len(text)), st.integers(0, len(text))))]
    try:
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        problems = rimland.check(spoilt)
        assert all(str(problem) for problem in problems)
        if problems:
            with pytest.raises(ScenarioError) as raised:
                rimland.load(spoilt)
            assert raised.value.problems == problems
        else:
            rimland.load(spoilt)
    finally:
        path.write_bytes(sound)


def test_swapping_values_between_fields_raises_nothing_but_a_scenario_error(spoilt: Path) -> None:
    # Every scalar of every file in turn is replaced by each of a few values of another kind; lines
    # are the unit, so that the file stays YAML and the damage reaches the words. Every seventh is
    # tried, which is enough to reach each field of the template.
    tried = 0
    for file in FILES:
        path = spoilt / file
        sound = path.read_text(encoding="utf-8")
        lines = sound.splitlines(keepends=True)
        for i, line in enumerate(lines):
            head, colon, _ = line.partition(": ")
            if not colon or head.lstrip().startswith("#") or (i + len(file)) % 7:
                continue
            for value in ("[]", "{}", "nothing", "-3", "2040-01-01", "{value: 3 to 5 days}"):
                changed = [*lines[:i], f"{head}: {value}\n", *lines[i + 1 :]]
                path.write_text("".join(changed), encoding="utf-8")
                rimland.check(spoilt)
                tried += 1
        path.write_text(sound, encoding="utf-8")
    assert tried > 200
