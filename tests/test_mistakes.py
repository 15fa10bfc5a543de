"""Mistakes that a person makes in a scenario's files, each with all that `rimland check` says.

Each is a small edit of the template. The snapshots in tests/snapshots/mistakes hold the edit and
every message, so that a reviewer reads them like copy; RIMLAND_UPDATE_SNAPSHOTS=1 rewrites them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rimland
from rimland.errors import RimlandError
from rimland.notation.problems import ScenarioError
from strait import Edit, edited, template

SNAPSHOTS = Path(__file__).with_name("snapshots") / "mistakes"
SAYS = "-" * 40
JUDGED = "judged: invented for this example"

ONE: dict[str, Edit] = {
    # actors and ties
    "actor-unknown-in-pair": ("ties.yaml", "pair: [BBB, CCC]", "pair: [BBB, CCD]"),
    "actor-code-lower-case": ("actors.yaml", "  CCC:\n", "  ccc:\n"),
    "actor-code-no": ("actors.yaml", "  CCC:\n", "  NO:\n"),
    "actor-latitude": ("actors.yaml", "latitude: 35", "latitude: 135"),
    "tie-pair-twice": ("ties.yaml", "pair: [BBB, CCC]", "pair: [BBB, AAA]"),
    "tie-with-itself": ("ties.yaml", "pair: [BBB, CCC]", "pair: [BBB, BBB]"),
    "tie-pair-of-one": ("ties.yaml", "pair: [BBB, CCC]", "pair: [BBB]"),
    "tie-level-unknown": ("ties.yaml", "pact: defence", "pact: defense"),
    "tie-layer-unknown": ("ties.yaml", "pact: defence", "pacts: defence"),
    "tie-level-yes": ("ties.yaml", "pact: defence", "pact: yes"),
    "tie-without-mark": ("ties.yaml", "    recalled: true\n", ""),
    # politics
    "bloc-unknown-in-power": ("politics.yaml", "in_power: harbour", "in_power: harbor"),
    "election-in-the-past": ("politics.yaml", "[2026-06-01,", "[2022-06-01,"),
    "election-on-no-day": ("politics.yaml", "[2026-06-01,", "[2026-06-31,"),
    "bloc-sets-unknown": (
        "politics.yaml",
        "sets: {ties.AAA-BBB.exercises: regular}",
        "sets: {ties.AAA-BBB.exercise: regular}",
    ),
    "bloc-sets-level-unknown": (
        "politics.yaml",
        "sets: {ties.AAA-BBB.exercises: regular}",
        "sets: {ties.AAA-BBB.exercises: often}",
    ),
    "hurdle-driver-unknown": ("politics.yaml", "of: politics.BBB.bloc", "of: politics.BBB.blok"),
    "hurdle-driver-level-unknown": ("politics.yaml", "at: inland", "at: island"),
    # pledges
    "pledge-due-before-announced": ("pledges.yaml", "due: 2028-01-01", "due: 2023-01-01"),
    "pledge-announced-later": (
        "pledges.yaml",
        "announced: 2024-06-20\n    due",
        "announced: 2025-06-20\n    due",
    ),
    "pledge-hurdle-unknown": ("pledges.yaml", "[beland-parliament]", "[beland-parlament]"),
    "pledge-step-behind": ("pledges.yaml", "stage: resourced", "stage: under_way"),
    "pledge-stage-unknown": ("pledges.yaml", "stage: authorised", "stage: authorized"),
    "pledge-domain-unknown": ("pledges.yaml", "domain: diplomacy", "domain: diplomatic"),
    "pledge-id": ("pledges.yaml", "  shared-plans:\n", "  Shared_Plans:\n"),
    "consequence-pledge-unknown": ("pledges.yaml", "once: [joint-staff,", "once: [joint-staf,"),
    "consequence-level-unknown": (
        "pledges.yaml",
        "command: coordinated}",
        "command: coordinate}",
    ),
    # command, perception, preparation, flashpoints
    "relation-unknown": (
        "command.yaml",
        "relation: ties.AAA-BBB.command",
        "relation: ties.AAA-CCC.command",
    ),
    "planning-unknown": (
        "command.yaml",
        "pledges.shared-plans.operational",
        "pledges.shared-plan.operational",
    ),
    "relation-effect-missing": (
        "command.yaml",
        f"      separate: {{value: 1 to 2 ratio, {JUDGED}, causal: assumed}}\n",
        "",
    ),
    "layer-unknown": ("perception.yaml", "      presence:", "      presense:"),
    "preparation-above-top": ("preparation.yaml", "start: 4", "start: 40"),
    "driver-unknown": (
        "preparation.yaml",
        "of: perception.CCC.encirclement_change",
        "of: perception.CCC.encirclement_changes",
    ),
    "rival-unknown": ("flashpoints.yaml", "rival: CCC", "rival: CCX"),
    # quantities
    "quantity-bare": ("flashpoints.yaml", f"{{value: 60 to 180 days, {JUDGED}}}", "60 to 180 days"),
    "quantity-without-mark": (
        "flashpoints.yaml",
        f"{{value: 60 to 180 days, {JUDGED}}}",
        "{value: 60 to 180 days}",
    ),
    "quantity-source-without-mark": (
        "flashpoints.yaml",
        f"{{value: 60 to 180 days, {JUDGED}}}",
        "{value: 60 to 180 days, source: yearbook-2023}",
    ),
    "quantity-judged-without-range": (
        "flashpoints.yaml",
        "value: 60 to 180 days",
        "value: 90 days",
    ),
    "quantity-wrong-unit": ("flashpoints.yaml", "value: 60 to 180 days", "value: 60 to 180 km"),
    "quantity-unit-misspelt": (
        "flashpoints.yaml",
        "value: 60 to 180 days",
        "value: 60 to 180 dyas",
    ),
    "quantity-reversed": ("flashpoints.yaml", "value: 60 to 180 days", "value: 180 to 60 days"),
    "quantity-share-above-one": (
        "flashpoints.yaml",
        "value: 0.02 to 0.1 share",
        "value: 0.02 to 1.1 share",
    ),
    "quantity-causal": (
        "flashpoints.yaml",
        f"-2 to 1 log, {JUDGED}, causal: assumed",
        f"-2 to 1 log, {JUDGED}, causal: asumed",
    ),
    # sources
    "source-unknown-in-tie": ("ties.yaml", "source: yearbook-2023", "source: yearbook-2032"),
    "source-unknown-in-quantity": (
        "flashpoints.yaml",
        f"{{value: 60 to 180 days, {JUDGED}}}",
        "{value: 60 to 180 days, source: yearbok-2023, seen: true}",
    ),
    "source-unknown-in-fact": (
        "facts.yaml",
        "source: joint-statement-2024",
        "source: joint-statment-2024",
    ),
    "source-hindsight": ("sources.yaml", "year: 2024", "year: 2025"),
    "source-hindsight-day": (
        "sources.yaml",
        "year: 2024\n  where: invented for this example\n  published: 2024-06-20",
        "year: 2025\n  where: invented for this example\n  published: 2025-02-11",
    ),
    # variants
    "variant-holds-unknown": (
        "variants.yaml",
        "pledges.dock.stage: lapsed",
        "pledges.docks.stage: lapsed",
    ),
    "variant-pattern-fits-nothing": (
        "variants.yaml",
        'hold: {"pledges.*.stage"',
        'hold: {"pledge.*.stage"',
    ),
    "variant-level-unknown": ("variants.yaml", "presence: none", "presence: nothing"),
    "variant-number-unknown": (
        "variants.yaml",
        "hurdles.beland-parliament.median:",
        "hurdles.beland-parliament.medain:",
    ),
    "variant-number-other-unit": ("variants.yaml", "value: 60 to 90 days", "value: 60 to 90 ratio"),
    "variant-from-before": ("variants.yaml", "from: 2028-01-01", "from: 2018-01-01"),
    "variant-from-after": ("variants.yaml", "from: 2028-01-01", "from: 2048-01-01"),
    "variant-twice": ("variants.yaml", "id: no-dock", "id: no-shared-plans"),
    "variant-called-as-assessed": ("variants.yaml", "id: troops-leave", "id: as-assessed"),
    "variant-with-plus": ("variants.yaml", "id: troops-leave", "id: troops+leave"),
    # scenario.yaml
    "horizon-before-as-of": ("scenario.yaml", "horizon: 2035-01-01", "horizon: 2015-01-01"),
    "structure-number-unknown": (
        "scenario.yaml",
        "flashpoints.strait.dispute.drivers.command.strait.slowness: {value: 0.2",
        "flashpoints.strait.dispute.driver.command.strait.slowness: {value: 0.2",
    ),
    "structure-number-other-unit": (
        "scenario.yaml",
        "value: 0.2 to 0.8 log",
        "value: 0.2 to 0.8 ratio",
    ),
    "structure-twice": ("scenario.yaml", "id: unmoved", "id: spiral-led"),
    "structures-none": ("scenario.yaml", "structures:\n", "structures: []\nstructure:\n"),
    "page-variant-unknown": (
        "scenario.yaml",
        "variants: [no-joint-staff,",
        "variants: [no-joint-staf,",
    ),
    "page-measure-unknown": (
        "scenario.yaml",
        "measure: command.strait.force_in_time",
        "measure: command.strait.force",
    ),
    "page-label-unknown": ("scenario.yaml", "labels: {no-joint-staff+", "labels: {no-joint-staf+"),
    "field-unknown": (
        "scenario.yaml",
        "horizon: 2035-01-01",
        "horizon: 2035-01-01\nauthor: somebody",
    ),
    "field-misspelt": ("scenario.yaml", "horizon:", "horizont:"),
    "date-in-other-form": ("scenario.yaml", "as_of: 2025-01-01", "as_of: 1.1.2025"),
    # claims
    "claim-kind-unknown": ("claims.yaml", "kind: hinge", "kind: hinges"),
    "claim-kind-not-testable": ("claims.yaml", "kind: hinge", "kind: untestable"),
    "claim-twice": ("claims.yaml", "id: staff-hinge", "id: staff-speeds-answer"),
    "claim-in-no-section": (
        "claims.yaml",
        "beland-changes-more, celand-divided]",
        "beland-changes-more]",
    ),
    "claim-in-two-sections": (
        "claims.yaml",
        "[beland-changes-more,",
        "[staff-hinge, beland-changes-more,",
    ),
    "claim-unknown-in-section": ("claims.yaml", "[beland-changes-more,", "[beland-change-more,"),
    "claim-measure-unknown": (
        "claims.yaml",
        "measure: command.strait.response_hours",
        "measure: command.strait.response_days",
    ),
    "claim-order-measure-unknown": (
        "claims.yaml",
        "first: politics.BBB.bloc_changes",
        "first: politics.BBB.changes",
    ),
    "claim-variant-unknown": ("claims.yaml", "none: no-pledges", "none: no-pledge"),
    "claim-alternative-unknown": ("claims.yaml", "the dock: no-dock", "the dock: no-docks"),
    "claim-without-smallest": (
        "claims.yaml",
        "      smallest: {size: 0.1, unit: share of the gain, "
        "because: a lead smaller than a tenth is no hinge}\n",
        "",
    ),
    "claim-smallest-without-reason": (
        "claims.yaml",
        ", because: a lead smaller than a tenth is no hinge}",
        "}",
    ),
    "claim-without-rival": (
        "claims.yaml",
        "      rival: shared plans alone would save the time\n",
        "",
    ),
    "claim-treatment-same": ("claims.yaml", "without: no-joint-staff}", "without: as-assessed}"),
    "claim-order-without-second": ("claims.yaml", "      second: politics.AAA.bloc_changes\n", ""),
    "claim-forecast-no-probability": (
        "claims.yaml",
        "measure: pledges.joint-staff.operational",
        "measure: pledges.operational_share",
    ),
    "claim-forecast-wording": ("claims.yaml", "wording: probably", "wording: perhaps"),
    "claim-horizon-before-as-of": (
        "claims.yaml",
        "      horizon: 2035-01-01",
        "      horizon: 2015-01-01",
    ),
    "claim-by-after-horizon": ("claims.yaml", "by: 2028-01-01", "by: 2038-01-01"),
    "claim-record-unknown": ("claims.yaml", "record: strait-talks", "record: straight-talks"),
    "claim-record-field-unknown": ("claims.yaml", "field: duration_days", "field: days"),
    "claim-expects-nothing": (
        "claims.yaml",
        "{field: duration_days, at_least: 90}",
        "{field: duration_days}",
    ),
    "claim-between-one-value": (
        "claims.yaml",
        "between: [2024-06-01, 2024-06-30]",
        "between: [2024-06-01]",
    ),
    "claim-compares-date-with-number": (
        "claims.yaml",
        "{field: signed, between: [2024-06-01, 2024-06-30]}",
        "{field: signed, at_least: 90}",
    ),
    "claim-share-in-words": ("claims.yaml", "size: 0.3", "size: a third"),
    "record-without-mark": ("facts.yaml", "  source: joint-statement-2024\n  seen: true\n", ""),
    # files
    "yaml-malformed": ("pledges.yaml", "by: [AAA, BBB]", "by: [AAA, BBB"),
    "yaml-duplicate-key": ("pledges.yaml", "  dock:\n", "  joint-staff:\n"),
    "yaml-tab": ("pledges.yaml", "    stage: resourced", "\tstage: resourced"),
    "yaml-indent": ("politics.yaml", "    kind: legislature", "   kind: legislature"),
    "yaml-colon-in-text": (
        "variants.yaml",
        "says: the dock is never built",
        "says: the dock: never built",
    ),
    "yaml-text-for-mapping": (
        "pledges.yaml",
        "consequences:\n  - id: staffs-side-by-side\n",
        "consequences: none\nmore:\n  - id: staffs-side-by-side\n",
    ),
}


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


SEVERAL: list[Edit] = [
    ("scenario.yaml", "measure: command.strait.force_in_time", "measure: command.strait.force"),
    ("actors.yaml", "longitude: 110", "longitude: 1100"),
    ("ties.yaml", "pact: defence", "pact: defense"),
    ("politics.yaml", "at: inland", "at: island"),
    ("pledges.yaml", "due: 2028-01-01", "due: 2023-01-01"),
    ("pledges.yaml", "once: [joint-staff,", "once: [joint-staf,"),
    ("command.yaml", "value: 7 to 20 days", "value: 20 to 7 days"),
    ("flashpoints.yaml", "rival: CCC", "rivals: CCC"),
    ("variants.yaml", "presence: none", "presence: nothing"),
    ("facts.yaml", "source: joint-statement-2024", "source: joint-statment-2024"),
    ("sources.yaml", "  title: Yearbook of invented states\n", ""),
    ("claims.yaml", "by: 2028-01-01", "by: 2038-01-01"),
    ("claims.yaml", "none: no-pledges", "none: no-pledge"),
]


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
