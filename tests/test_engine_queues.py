"""Queues: who is served when, whatever happens to the servers; and where they are refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rimland.engine import run
from rimland.engine.exact import solve
from rimland.engine.replay import replay
from rimland.errors import ProgramError, RunError
from rimland.program.build import ProgramBuilder, add, set_to, when
from rimland.program.codec import load_program, save_program
from rimland.program.influence import ancestors
from rimland.program.model import Atom, Hold, Switch, Term
from rimland.program.show import show_program
from rimland.program.slices import sliced

AWAY, WAITING, SERVED, MENDED = range(4)
LEVELS = ["away", "waiting", "in the dock", "mended"]


def yard(arrivals, servers=1, days=4.0, closed=(), name="dock") -> ProgramBuilder:
    """Return ships that arrive at a dock on given days; `closed` are (day, servers from then)."""
    b = ProgramBuilder("yard")
    b.variable("docks", 0, 3, servers)
    ships = []
    for ship, day in arrivals.items():
        ships.append(b.variable(ship, 0, 3, AWAY, LEVELS))
        b.transition(f"{ship} arrives", b.calendar([day]), [set_to(ship, WAITING)])
        clock = b.fixed(f"{ship} mended", days)
        b.transition(f"{ship} mended", clock, [set_to(ship, MENDED)], [when(ship, SERVED)])
        b.observer(f"{ship} in", "first", ship, lo=SERVED)
        b.observer(f"{ship} out", "first", ship, lo=MENDED)
    for day, count in closed:
        b.transition(f"docks on day {day}", b.calendar([day]), [set_to("docks", count)])
    b.queue(name, ships, "docks", WAITING, SERVED)
    b.observer("served", "count", transition=name)
    b.observer("served b", "count", transition=name, outcome="b")
    return b


def days_of(builder: ProgramBuilder, observers, **options) -> list[float]:
    program = builder.build({})
    options = {"horizon_days": 100.0, "grid_days": [100.0], **options}
    made = run(program, program.default_theta(), futures=1, **options)
    return [float(made.of(name)[0, 0, 0]) for name in observers]


IN, OUT = ["c in", "b in", "a in"], ["c out", "b out", "a out"]


def test_who_comes_first_is_served_first_whatever_the_order_of_declaration():
    arrivals = {"a": 3, "b": 2, "c": 1}
    assert days_of(yard(arrivals), IN) == [1.0, 5.0, 9.0]
    assert days_of(yard(dict(reversed(arrivals.items()))), IN) == [1.0, 5.0, 9.0]
    assert days_of(yard(arrivals), ["served", "served b"]) == [3.0, 1.0]


def test_of_ships_that_arrive_at_one_instant_the_first_event_goes_first():
    assert days_of(yard({"c": 2, "b": 2, "a": 2}), ["a in", "b in", "c in"]) == [2.0, 6.0, 10.0]


def test_two_servers_serve_two():
    assert days_of(yard({"a": 3, "b": 2, "c": 1}, servers=2), IN) == [1.0, 2.0, 5.0]


def test_a_server_that_goes_away_lets_its_unit_finish_and_one_that_comes_serves_at_once():
    arrivals = {"a": 3, "b": 2, "c": 1}
    assert days_of(yard(arrivals, servers=2, closed=[(4, 0), (20, 1)]), IN) == [1.0, 2.0, 20.0]
    assert days_of(yard(arrivals, closed=[(4, 3)]), IN) == [1.0, 4.0, 4.0]
    assert days_of(yard(arrivals, servers=0), IN) == [math.inf] * 3


def test_a_unit_that_leaves_the_line_and_comes_back_stands_at_its_end():
    b = yard({"a": 3, "b": 2, "c": 1})
    b.transition("b goes", b.calendar([4]), [set_to("b", AWAY)])
    b.transition("b is back", b.calendar([4]), [set_to("b", WAITING)])
    assert days_of(b, IN) == [1.0, 9.0, 5.0]


def test_units_that_wait_from_the_start_are_served_in_the_order_in_which_they_are_listed():
    switch = Switch({"a": WAITING, "b": WAITING})
    b = yard({"a": 90, "b": 91, "c": 1})
    assert days_of(b, ["a in", "b in", "c in"], switch=switch) == [0.0, 4.0, 8.0]


def test_a_unit_that_is_held_waiting_blocks_nobody():
    switch = Switch(holds=(Hold("c", WAITING),))
    assert days_of(yard({"a": 3, "b": 2, "c": 1}), IN, switch=switch) == [math.inf, 2.0, 6.0]


def random_yard(order=1, ships=6) -> ProgramBuilder:
    b = ProgramBuilder("random yard")
    b.variable("docks", 0, 3, 2)
    names = [f"ship {i}" for i in range(ships)]
    for ship in names[::order]:
        b.variable(ship, 0, 2, AWAY)
        rate = b.exponential(f"{ship} breaks", math.log(0.05))
        b.transition(f"{ship} breaks", rate, [set_to(ship, 1)], [when(ship, 0)])
        clock = b.lognormal(f"{ship} back", math.log(10.0), 0.7)
        b.transition(f"{ship} back", clock, [set_to(ship, 0)], [when(ship, 2)])
        b.observer(ship, "count", transition=f"{ship} back")
    close = b.exponential("close", math.log(0.02))
    b.transition("close", close, [add("docks", -1)], [when("docks", 1, 3)])
    b.transition(
        "open", b.exponential("open", math.log(0.02)), [add("docks", 1)], [when("docks", 0, 2)]
    )
    b.queue("line", names, "docks")
    b.feature("in line", [Term(1, (Atom(ship, 1, 1),)) for ship in names])
    b.observer("in line", "integral", "in line")
    return b


def measured(builder: ProgramBuilder, **options):
    program = builder.build({})
    grid = np.arange(0.0, 501.0, 100.0)
    return run(
        program, program.default_theta(), futures=60, horizon_days=500, grid_days=grid, **options
    )


def test_no_order_of_declaration_and_no_number_of_threads_changes_a_queue():
    digests = {
        measured(random_yard(order), threads=n).digest() for order in (1, -1) for n in (1, 2)
    }
    assert len(digests) == 1


def test_service_is_keyed_by_unit_and_visit_so_that_another_order_of_service_keeps_its_lengths():
    # One dock more changes who waits; each ship's n-th stay in the dock lasts as long as before.
    def stays(docks: int) -> dict[tuple[str, int], float]:
        program = random_yard().build({})
        switch = Switch(starts={"docks": docks}, holds=(Hold("docks", docks),))
        events = replay(
            program, program.default_theta()[0], draw=0, future=3, horizon_days=500, switch=switch
        )
        began: dict[str, float] = {}
        out: dict[tuple[str, int], float] = {}
        visits: dict[str, int] = {}
        for day, name, after in zip(events.day, events.variable, events.after, strict=True):
            if after == 2:
                began[name] = day
            elif after == 0 and name in began:
                visits[name] = visits.get(name, 0) + 1
                out[name, visits[name]] = day - began[name]
        return out

    one, two = stays(1), stays(2)
    both = sorted(set(one) & set(two))
    assert len(both) > 10
    np.testing.assert_allclose([one[k] for k in both], [two[k] for k in both], rtol=1e-9)


def test_a_program_with_a_queue_is_saved_read_back_and_shown(tmp_path):
    program = yard({"a": 3, "b": 2}).build({})
    save_program(program, tmp_path / "yard.json")
    assert load_program(tmp_path / "yard.json") == program
    line = (
        "dock: of a, b, who has been waiting longest becomes in the dock while fewer are than docks"
    )
    assert line in show_program(program)


def test_a_slice_keeps_the_queue_and_answers_as_the_whole_does():
    whole = random_yard().build({})
    part = sliced(whole, ["ship 2"])
    assert part.queues == whole.queues
    assert "line" in ancestors(whole, ["ship 2"]).transitions
    grid = {"futures": 40, "horizon_days": 500, "grid_days": [100, 500]}
    theta = whole.default_theta()
    one, two = run(whole, theta, **grid), run(part, theta, **grid)
    assert np.array_equal(one.of("ship 2"), two.of("ship 2"))


def test_the_exact_solver_refuses_a_queue_with_the_reason():
    program = random_yard().build({})
    with pytest.raises(RunError, match="has a lognormal clock"):
        solve(program, program.default_theta()[0], [1.0])
    b = ProgramBuilder("line")
    b.variable("a", 0, 2, 1)
    b.variable("docks", 0, 1, 1)
    b.queue("line", ["a"], "docks")
    with pytest.raises(RunError, match="remembers in which order its units wait"):
        solve(b.build({}), np.zeros(0), [1.0])


def test_a_queue_that_is_not_sound_is_refused():
    b = yard({"a": 3, "b": 2})
    b.queue("other", ["a", "bb"], "docks", WAITING, 7)
    b.queue("third", [], "docks", 2, 2)
    b.queue("docks twice", ["docks", "docks"], "docks", 1, 3)
    b.queue("a arrives", ["b"], "docks", AWAY, MENDED)
    with pytest.raises(ProgramError) as caught:
        b.build({})
    for text in (
        "queue 'other' reads the variable 'bb'",
        "queue 'other': unit 'a' cannot be at 7, outside 0 to 3",
        "queue 'other' and queue 'dock' both use level 1 of 'a'",
        "queue 'third' has no units",
        "queue 'third' has the same level for waiting and for being served",
        "queue 'docks twice' names a variable twice",
        "two transitions are called 'a arrives'",
    ):
        assert text in str(caught.value)
