"""One future again: what is written down is what the run measured."""

from __future__ import annotations

import time

import numpy as np
import pytest

from rimland.engine import replay as room
from rimland.engine import run
from rimland.engine.arrays import compile_program
from rimland.engine.replay import replay
from rimland.errors import RunError
from rimland.program.model import Hold, Switch
from test_engine_queues import random_yard
from test_engine_runs import GRID, counting, yard

WHOLE = {"seed": 3, "horizon_days": 360.0}


@pytest.mark.parametrize("builder", [yard, random_yard], ids=["every clock", "queue"])
@pytest.mark.parametrize("switch", [Switch(), Switch(holds=(Hold("open", 1, 50.0),))])
def test_a_replayed_future_is_the_one_that_was_run(builder, switch):
    b = builder()
    names = list(b.variables)
    for name in names:
        b.observer(f"level of {name}", "level", name)
    program = b.build({})
    switch = Switch(holds=tuple(h for h in switch.holds if h.variable in names))
    theta = np.repeat(program.default_theta(), 3, axis=0)
    theta[1] *= 1.1
    made = run(program, theta, futures=4, grid_days=GRID, switch=switch, **WHOLE)
    starts = {v.name: v.start for v in program.variables}
    for draw, future in [(0, 0), (1, 3), (2, 2)]:
        events = replay(program, theta[draw], draw=draw, future=future, switch=switch, **WHOLE)
        assert events.count == made.events[draw, future]
        assert np.all(np.diff(events.day) >= 0)
        for name in names:
            mine = events.variable == name
            days, after = events.day[mine], events.after[mine]
            levels = np.array([starts[name], *after])[np.searchsorted(days, GRID, side="right")]
            assert np.array_equal(levels, made.of(f"level of {name}")[draw, future])


def test_each_effect_stands_under_its_event_with_the_level_before_and_after():
    program = counting().build({})
    events = replay(program, program.default_theta()[0], draw=0, future=0, horizon_days=5.0)
    table = events.table()
    assert table.columns == [
        "day", "event", "transition", "outcome", "variable", "before", "after",
    ]  # fmt: skip
    assert table.rows() == [
        (2.0, 0, "step", "done", None, None, None),
        (2.0, 0, "step", "done", "n", 0, 1),
        (4.0, 1, "step", "done", None, None, None),
        (4.0, 1, "step", "done", "n", 1, 2),
    ]


def test_a_hold_that_begins_later_is_a_row_without_an_event():
    program = counting().build({})
    switch = Switch(holds=(Hold("n", 3, 3.0),))
    theta = program.default_theta()[0]
    events = replay(program, theta, draw=0, future=0, horizon_days=5.0, switch=switch)
    assert events.table().rows()[2] == (3.0, -1, None, None, "n", 1, 3)
    assert events.count == 2
    assert len(events) == 4  # the second step acts on a held variable


def test_a_future_that_fails_fails_again_and_one_that_is_too_long_is_refused(monkeypatch):
    program = counting().build({})
    theta = program.default_theta()[0]
    with pytest.raises(RunError, match=r"outside its bounds 0 to 3 \(draw 5, future 7, day 8\)"):
        replay(program, theta, draw=5, future=7, horizon_days=50.0)
    monkeypatch.setattr(room, "_MOST_ROWS", 3)
    with pytest.raises(RunError, match="has 2 events, which may take 5 rows; at most 3"):
        replay(program, theta, draw=0, future=0, horizon_days=5.0)


def test_a_replay_of_a_compiled_program_takes_no_time():
    program = yard().build({})
    compiled, theta = compile_program(program), program.default_theta()[0]
    took = []
    for future in range(5):
        began = time.perf_counter()
        replay(compiled, theta, draw=0, future=future, **WHOLE).table()
        took.append(time.perf_counter() - began)
    assert min(took) < 0.2
