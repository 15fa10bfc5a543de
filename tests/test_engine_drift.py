"""Nothing drifts: the soak of benchmarks/soak.py, for as many events as a test has time."""

from __future__ import annotations

import sys
from pathlib import Path

from rimland.engine.arrays import compile_program

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "benchmarks"))

from soak import drift, harbour, long_future


def test_what_is_kept_by_increments_is_what_the_levels_give_from_scratch():
    compiled = compile_program(harbour())
    for seed in (1, 2):
        events, days, state = long_future(compiled, 20_000.0, seed)
        assert events > 100_000
        assert drift(compiled, state) == []
        assert abs(days - 20_000.0) < 1e-6


def test_a_soak_would_see_a_sum_that_is_off_by_one_and_a_speed_that_is_off_by_little():
    compiled = compile_program(harbour())
    _, _, state = long_future(compiled, 100.0, 1)
    state.value["raw"][compiled.values.index("crowd")] += 1
    state.transition["speed"] *= 1.0 + 1e-12
    found = drift(compiled, state)
    assert any("sum of 'crowd'" in text for text in found)
    assert any("speed of" in text for text in found)
