"""What benchmarks/ measures is what it says: sizes, statistics, verdicts of the table."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from rimland.program.doubts import doubts

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))
figures, history, mm3, synthetic = map(import_module, ("figures", "history", "mm3", "synthetic"))


def test_the_synthetic_program_has_the_size_that_it_is_measured_for() -> None:
    made = synthetic.program()
    assert (len(made.variables), len(made.transitions)) == (300, 700)
    assert {t.clock.kind for t in made.transitions} >= {"exponential", "weibull", "gamma"}
    found = synthetic.timed(made, 20, repeats=1)
    assert 4000 < found["events_per_future"] < 4800
    assert not [text for text in doubts(made) if "outside" in text]


@pytest.mark.parametrize("program", [mm3.as_one_variable, mm3.as_declared])
def test_both_ways_to_write_the_queue_wait_as_erlang_says(program) -> None:
    # 4.5 standard errors of 40 futures, and 3 days in 1,000 for the empty beginning: a false alarm
    # below 1e-4 for each by Student's t; the seed is fixed.
    found, known = mm3.with_rimland(program(), 40), mm3.exact()
    for name in mm3.NAMES:
        apart = abs(found["mean"][name] - known[name])
        assert apart < 4.5 * found["standard_error"][name] + 3.0 / mm3.DAYS


def test_the_table_says_what_was_met_what_was_missed_and_why() -> None:
    targets = [
        figures.target("times a peer", 30.0, 20.0),
        figures.target("seconds", 7.0, 5.0, most=True, why="a busy machine"),
        figures.target("times another", None, 20.0, why="it is not installed"),
    ]
    lines = figures.table([{"benchmark": "queue", "targets": targets}]).splitlines()
    assert [line.split("  ")[-1].strip() for line in lines[2:5]] == [
        "met",
        "MISSED",
        "not measured",
    ]
    assert lines[6:] == [
        "queue, seconds: a busy machine",
        "queue, times another: it is not installed",
    ]


def test_every_benchmark_that_is_named_can_be_measured_or_says_what_it_lacks() -> None:
    asked = [sys.executable, str(BENCHMARKS / "run.py"), "--help"]
    said = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    for name in ("sis", "mm3", "synthetic", "flagship", "cold", "history", "world"):
        assert name in said
        assert (BENCHMARKS / f"{name}.py").exists()
    without_data = history.measure()
    assert {one["met"] for one in without_data["targets"]} == {None}
    assert "--data FOLDER" in without_data["targets"][0]["why"]
