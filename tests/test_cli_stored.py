"""Runs kept in folders from the command line, of scenarios and program files; programs checked."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cli_system import Said, said
from rimland.program.build import ProgramBuilder, add, set_to, when
from rimland.program.codec import program_schema, save_program
from strait import template

SIZE = ("--draws", "4", "--futures", "6")
RUN = ("run", "my-strait", *SIZE)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that holds the scenario `my-strait`, where the commands are called."""
    monkeypatch.chdir(tmp_path)
    template(tmp_path)
    return tmp_path


def fine(*words: str) -> Said:
    found = said(*words)
    assert found.code == 0, found.err
    return found


def refused(*words: str) -> str:
    found = said(*words)
    assert found.code == 2
    assert found.out == ""
    return found.err


def ferry(path: str = "ferry.json") -> str:
    b = ProgramBuilder("ferry")
    b.variable("queue", 0, 6, 0)
    b.transition("arrive", b.exponential("a", -2.3), [add("queue", 1)], [when("queue", 0, 5)])
    b.transition("leave", b.lognormal("l", 1.5, 0.6), [add("queue", -1)], [when("queue", 1, 6)])
    b.observer("waiting", "integral", "queue")
    save_program(b.build({}), path)
    return path


# --- scenarios -----------------------------------------------------------------------------------


def test_a_scenarios_run_that_is_kept_prints_what_the_run_prints() -> None:
    plain = fine(*RUN)
    assert fine(*RUN, "--out", "kept").out == plain.out
    assert fine(*RUN, "--out", "kept", "--json").data == fine(*RUN, "--json").data
    assert sorted(p.name for p in Path("kept").iterdir()) == [
        "deterrence-led",
        "scenario-run.json",
        "spiral-led",
        "unmoved",
    ]


def test_shards_of_a_scenario_are_merged_into_the_run_made_in_one_piece() -> None:
    plain = fine(*RUN, "--json").data
    for i in (1, 2, 3):
        found = fine(*RUN, "--out", f"shards/{i}", "--shard", f"{i}/3", "--json")
        assert found.data["shard"] == [i, 3]
    assert (
        "rimland merge shards --out whole" in fine(*RUN, "--out", "shards/3", "--shard", "3/3").out
    )
    merged = fine("merge", "shards/3", "shards/1", "shards/2", "--out", "whole", "--json").data
    again = fine("merge", "shards", "--out", "shards/whole", "--json").data
    fine(*RUN, "--out", "one")
    assert merged["digests"] == again["digests"] == digests_of("one")
    assert fine(*RUN, "--out", "whole", "--json").data == plain


def digests_of(folder: str) -> dict[str, str]:
    from rimland.study.ensembles import open_ensemble

    found = open_ensemble(Path(folder))
    assert found is not None
    return {account: run.digest() for account, run in found.runs.items()}


def test_more_draws_and_futures_of_a_kept_scenario_are_those_of_a_fresh_run() -> None:
    words = ("run", "my-strait", "--measure", "command.strait.response_hours")
    fine(*words, *SIZE, "--out", "kept")
    more = ("--draws", "6", "--futures", "9")
    fresh = fine(*words, *more, "--json").data
    assert fine(*words, *more, "--out", "kept", "--json").data == fresh
    fine(*words, *more, "--out", "fresh")
    assert digests_of("kept") == digests_of("fresh")


def test_a_folder_with_another_run_of_a_scenario_is_refused_with_what_differs() -> None:
    one = ("--account", "unmoved", "--measure", "command.strait.response_hours")
    fine(*RUN, *one, "--out", "kept")
    other = "'kept' holds another run than the one asked for: "
    for words, says in [
        (("run", "my-strait", "no-pledges", *SIZE, *one), f"{other}its variant is 'as-assessed'"),
        ((*RUN, *one, "--seed", "5"), f"{other}its seed is 1, not 5"),
        (RUN, f"{other}of its accounts 'deterrence-led' is in one and not in the other"),
        ((*RUN, *one[:2]), f"{other}of its measures "),
        ((*RUN[:2], *one, "--draws", "3", "--futures", "6"), "its draws is 4, not 3"),
    ]:
        assert says in refused(*words, "--out", "kept")
    assert "'my-strait' holds 'actors.yaml'" in refused(*RUN, "--out", "my-strait")


# --- shards that do not fit ----------------------------------------------------------------------


def shards(*words: str, of: int) -> None:
    for i in range(1, of + 1):
        fine(*words, "--out", f"shards/{i}", "--shard", f"{i}/{of}")


@pytest.mark.parametrize("what", ["scenario", "program"])
def test_shards_that_overlap_are_missing_or_of_other_runs_are_told_plainly(what: str) -> None:
    one = ("--account", "unmoved", "--measure", "command.strait.response_hours")
    run = (*RUN, *one) if what == "scenario" else ("program", "run", ferry(), "--futures", "24")
    shards(*run, of=3)
    fine(*run, "--out", "twice", "--shard", "2/3")
    fine(*run, "--out", "of-two", "--shard", "2/2")
    fine(*run, "--out", "other", "--shard", "3/3", "--seed", "9")
    three = [f"shards/{i}" for i in (1, 2, 3)]
    for folders, says in [
        (three[:2], "of 3 shards these are missing: 3"),
        ([*three, "twice"], "shard 2 of 3 is in "),
        ([three[0], "of-two"], "is one of 2, the others of 3"),
        ([*three[:2], "other"], "its seed is 9, not 1"),
        (["nowhere"], "'nowhere' is no folder; give the shards' folders"),
        (["my-strait"], "'my-strait' holds no run, and no folder in it does."),
    ]:
        assert says in refused("merge", *folders, "--out", "whole"), says
        assert not Path("whole").exists()
    fine("merge", "shards", *three, "--out", "whole")  # a shard that is named twice is one


def test_shards_of_a_scenario_and_of_a_program_are_not_merged() -> None:
    fine(*RUN, "--out", "shards/1", "--shard", "1/2")
    fine("program", "run", ferry(), "--futures", "24", "--out", "shards/2", "--shard", "2/2")
    says = "'shards/2' holds a run of a program and 'shards/1' one of a scenario"
    assert says in refused("merge", "shards", "--out", "whole")


def test_a_shard_needs_a_folder_and_to_be_one() -> None:
    for run in (RUN, ("program", "run", ferry())):
        assert "--shard needs --out FOLDER" in refused(*run, "--shard", "1/2")
        says = refused(*run, "--shard", "3/2", "--out", "x")
        assert "'3/2' is no shard; write 2/4 for the second of four" in says


# --- program files -------------------------------------------------------------------------------


def test_a_kept_run_of_a_program_takes_more_futures() -> None:
    run = ("program", "run", ferry(), "--days", "50", "--json")
    fine(*run, "--futures", "20", "--out", "kept")
    more = fine(*run, "--futures", "50", "--out", "kept").data
    fresh = fine(*run, "--futures", "50").data
    assert (more["digest"], more["rows"]) == (fresh["digest"], fresh["rows"])


def test_two_processes_on_one_run_lose_nothing_and_one_says_why_it_stops() -> None:
    run = ("program", "run", ferry(), "--days", "20000", "--futures", "400", "--json")
    words = [sys.executable, "-m", "rimland", *run, "--out", "kept"]
    pair = [
        subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said_by = [(*process.communicate(timeout=60), process.returncode) for process in pair]
    codes = [code for _, _, code in said_by]
    assert set(codes) <= {0, 2}
    assert 0 in codes
    for out, err, code in said_by:
        if code:
            assert "another process" in err
            assert "is at work on 'kept'; wait for it, or give another folder" in err
            assert out == ""
    digest = fine(*run).data["digest"]
    assert fine(*run, "--out", "kept").data["digest"] == digest
    assert {json.loads(out)["digest"] for out, _, code in said_by if not code} == {digest}


def doubtful() -> str:
    b = ProgramBuilder("doubtful")
    b.variable("lamp", 0, 1, 0)
    b.variable("Lamp", 0, 3, 0)
    never = [set_to("lamp", 0)]
    b.transition("never", b.exponential("n", 0.0), never, [when("lamp", 1)])
    b.transition("brims", b.exponential("b", 0.0), [add("Lamp", 1)])
    save_program(b.build({}), "doubtful.json")
    return "doubtful.json"


def test_a_programs_check_returns_0_where_there_is_nothing_to_say_and_1_with_each_doubt() -> None:
    sound = fine("program", "check", ferry()).out
    assert sound == (
        "ferry: 1 variable, 2 transitions, 1 observer\nsound, and nothing in it looks unmeant\n"
    )
    found = said("program", "check", doubtful(), width=120)
    assert found.code == 1
    lines = [line.strip() for line in found.out.splitlines()]
    assert lines[1:] == [
        "transition 'never' can never happen: 'lamp' never comes to 1",
        "outcome 'done' of transition 'brims' can move 'Lamp' to 4, outside 0 to 3, unless its "
        "rate is 0 there; a guard makes",
        "sure",
        "variables 'lamp' and 'Lamp' differ in case or spaces alone",
        "sound; 3 doubts",
    ]
    data = said("program", "check", doubtful(), "--json").data
    assert (data["sound"], data["faults"], len(data["doubts"])) == (True, [], 3)


def test_a_programs_check_lists_every_fault_of_an_unsound_file() -> None:
    data: dict[str, Any] = json.loads(Path(ferry()).read_text())
    data["variables"][0]["start"] = 9
    data["observers"][0]["of"] = "queu"
    Path("bad.json").write_text(json.dumps(data))
    found = said("program", "check", "bad.json", "--json")
    assert found.code == 1
    assert found.data["sound"] is False
    assert len(found.data["faults"]) == 2
    assert any("Did you mean 'queue'" in text for text in found.data["faults"])
    assert said("program", "check", "bad.json").out.endswith("2 faults: it cannot be run\n")
    Path("bad.json").write_text("{")
    found = said("program", "check", "bad.json")
    assert found.code == 1
    assert "bad.json:1:2: is not JSON" in found.out
    assert "none.json: could not be read" in refused("program", "check", "none.json")


def test_the_schema_is_printed_as_it_is() -> None:
    assert fine("program", "schema").data == fine("program", "schema", "--json").data
    assert fine("program", "schema").data == json.loads(json.dumps(program_schema()))
