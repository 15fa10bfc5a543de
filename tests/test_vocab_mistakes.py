"""Mistakes in the files of the vocabulary: each is a problem with its place and a way out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from vocab_system import FILES, HORIZON, system

CASES = [
    ("ties", "pair: [BBB, AAA]", "pair: [BBX, AAA]", "no actor is called 'BBX'", "'BBB'"),
    ("ties", "pact: defence", "pact: defense", "'defense' is no level of pact", "'defence'"),
    ("ties", "pair: [AAA, DDD]", "pair: [AAA, BBB]", "AAA-BBB comes twice", None),
    ("ties", "pair: [AAA, DDD]", "pair: [DDD, DDD]", "tied to itself", None),
    ("ties", ", source: x, recalled: true}", "}", "does not say where it comes from", None),
    ("politics", "in_power: conservative", "in_power: conservativ", "no level", "'conservative'"),
    ("politics", "ties.BBB-AAA.exercises:", "ties.BBB-AAA.exercise:", "no variable", "exercises'"),
    ("politics", "{ties.AAA-BBB.exercises: occasional}", "{ties.AAA-BBB.exercises: ocasional}",
     "no level", "'occasional'"),
    ("politics", "2027-05-10", "2023-05-10", "not after the as-of date", None),
    ("politics", "actor: BBB", "actor: BBBB", "no actor is called 'BBBB'", "'BBB'"),
    ("politics", "0.35 to 0.75 share, judged: j", "1 share, computed: c", "no chance", None),
    ("politics", "of: politics.BBB.bloc,", "of: politics.BBB.block,", "nothing that can be read",
     "'politics.BBB.bloc'"),
    ("politics", "towards: {AAA: {value: -1 to 0.5 index, judged: j}}", "says: none",
     "has no stance towards AAA", None),
    ("pledges", "hurdles: [bb-legislature]", "hurdles: [bb-legislatur]", "no hurdle is called",
     "'bb-legislature'"),
    ("pledges", "stage: resourced", "stage: under_way", "'authorised' is not ahead", None),
    ("pledges", "due: 2025-03-31", "due: 2022-01-01", "before it was announced", None),
    ("pledges", "due: 2025-03-31", "due: 2024-01-31", "late already", None),
    ("pledges", "announced: 2024-04-10", "announced: 2024-05-10", "after the as-of date", None),
    ("pledges", "domain: defence", "domain: defense", "no domain is called", "'defence'"),
    ("pledges", "under_way:", "underway:", "underway", "'under_way'"),
    ("pledges", "once: [joint-staff,", "once: [joint-staf,", "no pledge is called",
     "'joint-staff'"),
    ("pledges", "command: coordinated", "command: combined2", "no level", "'combined'"),
    ("pledges", "by: [BBB]", "by: [BBC]", "no actor is called 'BBC'", "'BBB'"),
    ("command", "relation: ties.AAA-BBB.command", "relation: ties.AAA-BBB.comand",
     "no variable is called", "'ties.AAA-BBB.command'"),
    ("command", "stated_at: liaison", "stated_at: liason", "no level", "'liaison'"),
    ("command", "pledges.joint-planning.operational", "pledges.joint-plan.operational",
     "nothing that can be read", "'pledges.joint-planning.operational'"),
    ("command", "planning: pledges.joint-planning.operational", "planning: null",
     "eased by planning, but", None),
    ("command", "combined: {value: 0.2 to 1 ratio, judged: j, causal: assumed}", "",
     "says nothing of combined", None),
    ("command", "pledges.joint-staff.operational:", "politics.BBB.line_towards.AAA:",
     "sum of several things", None),
    ("perception", "presence:", "presense:", "no layer of ties is called", "'presence'"),
    ("perception", "by: [AAA, BBB, DDD]", "by: [AAA, BBB, CCC]", "cannot encircle itself", None),
    ("perception", "by: [AAA, BBB, DDD]", "by: [BBB, DDD]", "no tie joins", None),
    ("preparation", "start: 5", "start: 50", "above its top", None),
    ("preparation", "encirclement_change", "encirclement_chang", "nothing that can be read",
     "'perception.CCC.encirclement_change'"),
    ("flashpoints", "rival: CCC", "rival: CCCC", "no actor is called 'CCCC'", "'CCC'"),
    ("flashpoints", "command.strait.slowness", "command.strait.slownes",
     "nothing that can be read", "'command.strait.slowness'"),
    ("flashpoints", "-0.1 to 0.8 log, judged: j}}", "-0.1 to 0.8 log, judged: j}, per: "
     "{value: 0 log, computed: c}}", "nothing is the effect of nothing", None),
    ("flashpoints", "-0.1 to 0.8 log, judged: j}}", "-0.1 to 0.8 log, judged: j}, per: "
     "{value: 0.2 to 1 log, judged: j}}", "nothing is the effect of nothing", None),
]  # fmt: skip


@pytest.mark.parametrize(("word", "right", "wrong", "says", "near"), CASES)
def test_a_mistake_is_reported_at_its_place_with_the_nearest_name(
    tmp_path: Path, word: str, right: str, wrong: str, says: str, near: str | None
) -> None:
    text = FILES[f"{word}.yaml"]
    assert right in text
    made = system(tmp_path, **{word: text.replace(right, wrong, 1)})
    lines = made.texts()
    assert {line.split(":")[0] for line in lines} == {f"{word}.yaml"}, "one mistake breeds another"
    found = [line for line in lines if says in line]
    assert found, made.texts()
    assert found[0].startswith(f"{word}.yaml:")
    if near is not None:
        assert near in found[0]


def test_the_system_as_written_has_no_mistake(tmp_path: Path) -> None:
    assert system(tmp_path).texts() == []


def test_an_empty_scenario_lowers_to_an_empty_program(tmp_path: Path) -> None:
    made = system(tmp_path, **{name.removesuffix(".yaml"): None for name in FILES})
    program = made.program()
    assert program.transitions == ()
    assert made.low.measures == {}


def test_all_mistakes_of_all_files_are_found_in_one_pass(tmp_path: Path) -> None:
    made = system(
        tmp_path,
        ties=FILES["ties.yaml"].replace("pact: defence", "pact: defense"),
        pledges=FILES["pledges.yaml"].replace("due: 2025-03-31", "due: 2022-01-01"),
        flashpoints=FILES["flashpoints.yaml"].replace("rival: CCC", "rival: CDE"),
    )
    assert {line.split(":")[0] for line in made.texts()} == {
        "ties.yaml",
        "pledges.yaml",
        "flashpoints.yaml",
    }


def test_two_consequences_of_one_id_are_a_mistake(tmp_path: Path) -> None:
    text = FILES["pledges.yaml"]
    again = text + text[text.index("  - {id: joint-command") :]
    made = system(tmp_path, pledges=again)
    assert any("raises this twice" in line for line in made.texts())


def test_a_horizon_of_days_still_lowers(tmp_path: Path) -> None:
    made = system(tmp_path, horizon=date(2024, 5, 1))
    assert made.program().name == "tiny"
    assert made.low.horizon < HORIZON
