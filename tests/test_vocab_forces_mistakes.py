"""Mistakes in forces.yaml, ports.csv and legs.csv, each with all that is said of it.

The snapshots in tests/snapshots/mistakes_forces hold the edit and every message, so that a reviewer
reads them like copy; RIMLAND_UPDATE_SNAPSHOTS=1 rewrites them.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import rimland
from forces_system import FORCES, LEGS, PORTS, forces_system
from strait import edited, template

SNAPSHOTS = Path(__file__).with_name("snapshots") / "mistakes_forces"
TEXTS = {"forces.yaml": FORCES, "ports.csv": PORTS, "legs.csv": LEGS}
Edit = tuple[str, str, str]

MISTAKES: dict[str, Edit] = {
    # the graph
    "leg-unknown-port": ("legs.csv", "east,mid,600", "east,midd,600"),
    "leg-unknown-passage": ("legs.csv", ",narrows,", ",narows,"),
    "leg-negative": ("legs.csv", "mid,west,600", "mid,west,-600"),
    "leg-no-number": ("legs.csv", "mid,west,600", "mid,west,far"),
    "leg-without-length": ("legs.csv", "mid,west,600", "mid,west,"),
    "leg-shorter-than-the-great-circle": ("legs.csv", "mid,west,600", "mid,west,60"),
    "leg-twice": ("legs.csv", "east,cove,60", "mid,east,610"),
    "leg-to-itself": ("legs.csv", "south,mid,700", "south,south,700"),
    "leg-without-source": ("legs.csv", "east,mid,600,,seen,atlas,", "east,mid,600,,seen,,"),
    "leg-judged-without-range": (
        "legs.csv",
        "east,mid,600,,seen,atlas,",
        "east,mid,620,,judged,,a guess",
    ),
    "leg-kind-unknown": ("legs.csv", "east,mid,600,,seen,", "east,mid,600,,seem,"),
    "leg-column-missing": ("legs.csv", "from,to,nautical_miles", "from,to,nautical_mile"),
    "port-apart": ("ports.csv", "cove,Cove", "haven,Haven,5,5,seen,atlas,\ncove,Cove"),
    "port-twice": ("ports.csv", "cove,Cove", "mid,Cove,0,1,seen,atlas,\ncove,Cove"),
    "port-latitude": ("ports.csv", "mid,Midway Rock,0,10", "mid,Midway Rock,100,10"),
    "port-id": ("ports.csv", "mid,Midway Rock", "Mid Rock,Midway Rock"),
    # passages and lanes
    "passage-unused": ("forces.yaml", "  gate: {says: southern way}", "  gate: {}\n  gap: {}"),
    "passage-cause-unknown": ("forces.yaml", "of: flashpoints.strait.state, from: crisis}]",
                              "of: flashpoints.strait.stat, from: crisis}]"),
    "passage-cause-level-unknown": ("forces.yaml", "from: crisis}]", "from: crises}]"),
    "passage-cause-always": ("forces.yaml", "from: crisis}]", "from: calm}]"),
    "passage-cause-twice-said": ("forces.yaml", "from: crisis}]", "from: crisis, at: war}]"),
    "lane-unknown-port": ("forces.yaml", "    from: east\n", "    from: eats\n"),
    "lane-to-itself": ("forces.yaml", "    to: west\n    day", "    to: east\n    day"),
    "lane-without-a-way-round": ("legs.csv", "cove,west,3000,,", "cove,west,3000,narrows,"),
    # yards
    "yard-unknown-port": ("forces.yaml", "at: east, docks: 2", "at: eats, docks: 2"),
    "yard-without-dock": ("forces.yaml", "far: {at: west, docks: 1", "far: {at: west, docks: 0"),
    "yard-negative-docks": ("forces.yaml", "far: {at: west, docks: 1", "far: {at: west, docks: -1"),
    "yard-loses-more-than-it-has": ("forces.yaml", "docks: 1, says: promised", "docks: -3"),
    "yard-change-unknown": ("forces.yaml", "pledges.joint-planning.operational, docks",
                            "pledges.joint-plans.operational, docks"),
    "yard-cost-unit": ("forces.yaml", "{value: 3 million USD", "{value: 3 million ships"),
    # classes
    "class-unknown-actor": ("forces.yaml", "of: AAA\n    at: east", "of: AAB\n    at: east"),
    "class-unknown-port": ("forces.yaml", "of: AAA\n    at: east", "of: AAA\n    at: easst"),
    "class-unknown-yard": ("forces.yaml", "        home:\n", "        hom:\n"),
    "class-without-cycle": ("forces.yaml", "    cycle:\n      interval: {mean",
                            "    cycles:\n      interval: {mean"),
    "class-cycle-without-duration": ("forces.yaml", "takes: {mean: {value: 200 days, computed: c}}",
                                     "takes: {median: {value: 200 days, computed: c}}"),
    "class-counted-with-spread": ("forces.yaml", "takes: {mean: {value: 200 days, computed: c}}",
                                  "takes: {exactly: {value: 200 days, computed: c}}"),
    "class-gate-unknown": ("forces.yaml", "only: {of: pledges.joint-staff.operational}",
                           "only: {of: pledges.joint-staf.operational}"),
    "class-gate-is-a-sum": ("forces.yaml", "only: {of: pledges.joint-staff.operational}",
                            "only: {of: pledges.operational_share}"),
    "class-gate-with-level": ("forces.yaml", "only: {of: pledges.joint-staff.operational}",
                              "only: {of: pledges.joint-staff.operational, at: war}"),
    "class-every-yard-can-close": (
        "forces.yaml",
        "          eased_by: [{of: pledges.joint-staff.operational, ratio: {value: 0.8 ratio, "
        "computed: c}}]",
        "          only: {of: hurdles.bb-legislature}",
    ),
    "class-more-in-yard-than-there-are": ("forces.yaml", "{home: 1}", "{home: 7}"),
    "class-day-run-in-days": ("forces.yaml", "day_run: {value: 240 nautical miles",
                              "day_run: {value: 10 days"),
    "class-without-day-run-far-yard": (
        "forces.yaml",
        "    day_run: {value: 240 nautical miles, source: atlas, seen: true}\n    ready",
        "    ready",
    ),
    "class-with-yards-and-out": ("forces.yaml", "in_yard: {home: 1}", "out: 1"),
    "class-counted-that-avoids": ("forces.yaml", "takes: {mean: {value: 200 days, computed: c}}",
                                  "takes: {mean: {value: 200 days, computed: c}}\n"
                                  "      avoids: {value: -1 log, computed: c}"),
    # commitments, places, munitions
    "commitment-unknown-class": ("forces.yaml", "takes: {reserves:", "takes: {reserve:"),
    "commitment-never-begins": ("forces.yaml",
                                 "begins: {value: 1 per year, computed: c}", ""),
    "commitment-share-above-one": ("forces.yaml", "0.4 share, computed", "1.4 share, computed"),
    "place-unknown-port": ("forces.yaml", "{at: mid, within", "{at: mdi, within"),
    "place-unknown-class": ("forces.yaml", "classes: [frigates]", "classes: [frigate]"),
    "place-called-as-a-part": ("forces.yaml", "  the-rock:", "  lanes:"),
    "stock-above-its-room": ("forces.yaml", "    room: 2000", "    room: 200"),
    "line-gate-unknown": ("forces.yaml", "once: {of: pledges.joint-staff.operational}",
                          "once: {of: pledges.joint-staff.done}"),
    "use-without-rate": ("forces.yaml", ", rate: {value: 10 per day, computed: c}}]", "}]"),
}  # fmt: skip


def told(folder: Path, *edits: Edit) -> str:
    texts = dict(TEXTS)
    for file, old, new in edits:
        assert old in texts[file], f"{file} no longer holds {old!r}"
        texts[file] = texts[file].replace(old, new, 1)
    made = forces_system(folder, texts["forces.yaml"], texts["ports.csv"], texts["legs.csv"])
    return "".join(f"{line}\n" for line in sorted(made.texts()))


def compare(name: str, edit: Edit | None, said: str) -> None:
    shown = name
    if edit is not None:
        file, old, new = edit
        removed = [f"- {line}" for line in old.strip("\n").splitlines()]
        shown = "\n".join(
            [f"in {file}", *removed, *(f"+ {x}" for x in new.strip("\n").splitlines())]
        )
    text = f"{shown}\n{'-' * 40}\n{said}"
    path = SNAPSHOTS / f"{name}.txt"
    if os.environ.get("RIMLAND_UPDATE_SNAPSHOTS") == "1":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    assert path.exists(), f"no snapshot {path.name}; RIMLAND_UPDATE_SNAPSHOTS=1 writes it"
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_of_the_forces_is_told_with_its_place(name: str, tmp_path: Path) -> None:
    said = told(tmp_path, MISTAKES[name])
    assert said, "the mistake was not noticed"
    assert all(line.split(":")[0] in TEXTS for line in said.splitlines()), said
    # One mistake breeds no other; a class that cannot sail cannot be at a place either.
    assert len(said.splitlines()) == 1 + (name == "class-without-day-run-far-yard"), said
    compare(name, MISTAKES[name], said)


def test_the_forces_as_written_have_no_mistake(tmp_path: Path) -> None:
    assert told(tmp_path) == ""


def test_tables_that_are_missing_are_told_once(tmp_path: Path) -> None:
    made = forces_system(tmp_path, FORCES, None, None)
    said = "".join(f"{line}\n" for line in sorted(made.texts()))
    assert len(said.splitlines()) == 1, said
    compare("tables-missing", None, said)


def test_mistakes_of_all_three_files_are_found_in_one_pass(tmp_path: Path) -> None:
    names = ("leg-to-itself", "port-latitude", "yard-without-dock", "commitment-unknown-class")
    said = told(tmp_path, *(MISTAKES[name] for name in names))
    assert {line.split(":")[0] for line in said.splitlines()} == set(TEXTS)
    assert len(said.splitlines()) >= len(names)


IN_A_SCENARIO: dict[str, Edit] = {
    "scenario-leg-source-unknown": (
        "legs.csv",
        "beland,strait,700,narrows,computed,,invented for this example",
        "beland,strait,700,narrows,seen,yearbook-2032,",
    ),
    "scenario-passage-cause": ("forces.yaml", "flashpoints.strait.state, at: war}]\n\nyards",
                               "flashpoints.straits.state, at: war}]\n\nyards"),
    "scenario-class-that-cannot-be-read": ("forces.yaml", "    count: 4", "    count: four"),
    "scenario-yard-that-cannot-be-read": ("forces.yaml", "    docks: 1", "    docks: one"),
    "scenario-passage-that-cannot-be-read": ("forces.yaml", "  narrows:\n    says",
                                             "  narrows:\n    said"),
}  # fmt: skip


@pytest.mark.parametrize("name", IN_A_SCENARIO)
def test_check_reads_the_tables_beside_the_file(name: str, tmp_path: Path) -> None:
    found = rimland.check(edited(tmp_path, IN_A_SCENARIO[name]))
    assert len(found) == 1
    compare(name, IN_A_SCENARIO[name], f"{found[0]}\n")


def test_a_table_of_another_name_is_told_with_the_one_that_was_meant(tmp_path: Path) -> None:
    scenario = template(tmp_path)
    (scenario / "legs.csv").rename(scenario / "leg.csv")
    found = [str(problem) for problem in rimland.check(scenario)]
    assert any(p.startswith("leg.csv:1:1") and "'legs.csv'" in p for p in found)


def test_the_tables_are_part_of_what_a_scenario_is(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    changed = ("legs.csv", "strait-south,strait,500", "strait-south,strait,501")
    one, other = template(tmp_path / "a"), edited(tmp_path / "b", changed)
    assert rimland.load(one).assembled.digest != rimland.load(other).assembled.digest
