"""What a run promises: clocks, ties, holds, prefix stability, errors."""

from __future__ import annotations

import math
import signal
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pytest
from scipy import stats

from rimland.engine import Futures, run
from rimland.errors import Cancelled, RunError
from rimland.program.build import ProgramBuilder, add, set_to, when
from rimland.program.model import Atom, Hold, Switch, Term

LOG_2 = math.log(2.0)


def only(made: Futures, observer: str) -> np.ndarray:
    """Return an observer's values of the first draw at the last grid time."""
    return made.of(observer)[0, :, -1]


def ring(kind, *numbers, speed=(), futures=2000, again="restart", extra=None, horizon=1000.0):
    """Return the first day on which one clock rings, per future."""
    b = ProgramBuilder("one clock")
    b.variable("done", 0, 1, 0)
    if extra:
        extra(b)
    clock = getattr(b, kind)("ring", *numbers, speed, again=again)
    b.transition("ring", clock, [set_to("done", 1)], [when("done", 0)])
    b.observer("rings", "first", "done", lo=1)
    program = b.build({})
    made = run(
        program, program.default_theta(), futures=futures, horizon_days=horizon, grid_days=[horizon]
    )
    return only(made, "rings")


# --- clocks ------------------------------------------------------------------------------------


def test_a_fixed_clock_rings_exactly_on_its_day():
    assert np.all(ring("fixed", 2.5, futures=3) == 2.5)


def test_a_lognormal_clock_has_the_distribution_of_scipy():
    # Kolmogorov-Smirnov, false alarm rate 0.001; the seed is fixed.
    days = ring("lognormal", math.log(30.0), 0.6, horizon=1e6)
    assert stats.kstest(days, stats.lognorm(0.6, scale=30.0).cdf).pvalue > 0.001


def test_a_weibull_clock_has_the_distribution_of_scipy():
    # Kolmogorov-Smirnov, false alarm rate 0.001; the seed is fixed.
    days = ring("weibull", 1.7, 30.0, horizon=1e6)
    assert stats.kstest(days, stats.weibull_min(1.7, scale=30.0).cdf).pvalue > 0.001


def test_a_changed_parameter_keeps_the_luck_of_a_lognormal_clock():
    short = ring("lognormal", math.log(30.0), 0.6, horizon=1e6)
    long = ring("lognormal", math.log(60.0), 0.6, horizon=1e6)
    np.testing.assert_allclose(long, 2 * short, rtol=1e-12)


def test_an_exponential_clock_has_its_rate():
    # The mean of 2,000 Exp(0.2): within 4 standard errors, false alarm rate 6e-5.
    days = ring("exponential", math.log(0.2), again="resume", horizon=1e6)
    assert abs(days.mean() - 5.0) < 4 * 5.0 / math.sqrt(2000)


def drifting(b):
    """Declare a lamp that goes on on day 2 and off on day 5."""
    b.variable("lamp", 0, 1, 0)
    b.transition("on", b.calendar([2]), [set_to("lamp", 1)])
    b.transition("off", b.calendar([5]), [set_to("lamp", 0)])
    b.feature("lit", [Term(1, (Atom("lamp"),))])
    b.feature("log dark", [Term(1, ()), Term(-1, (Atom("lamp"),))], "log")


def test_work_is_spent_at_the_speed_of_the_moment():
    # 10 days of work: 2 at speed 1, 3 at speed 2 (6 days), then 2 more.
    days = ring("fixed", 10.0, speed=[(LOG_2, "lit")], extra=drifting, futures=1)
    assert days[0] == pytest.approx(7.0, abs=1e-12)


@pytest.mark.parametrize("coefficient", [1.0, -1.0, 0.0])
def test_the_log_of_0_switches_a_clock_off_whatever_the_sign(coefficient):
    # Frozen from day 2 to day 5: 10 days of work end on day 13.
    days = ring("fixed", 10.0, speed=[(coefficient, "log dark")], extra=drifting, futures=1)
    assert days[0] == 13.0


@pytest.mark.parametrize(("again", "day"), [("resume", 9.0), ("restart", 11.0)])
def test_a_clock_that_is_enabled_again_resumes_or_restarts(again, day):
    b = ProgramBuilder("again")
    b.variable("done", 0, 1, 0)
    drifting(b)
    b.transition("ring", b.fixed("ring", 6.0, again=again), [set_to("done", 1)], [when("lamp", 0)])
    b.observer("rings", "first", "done", lo=1)
    program = b.build({})
    made = run(program, program.default_theta(), futures=1, horizon_days=20, grid_days=[20])
    assert only(made, "rings")[0] == day


def test_a_calendar_rings_on_its_days_and_passes_to_the_next_when_its_guard_does_not_hold():
    b = ProgramBuilder("calendar")
    drifting(b)
    b.variable("n", 0, 9, 0)
    b.transition("vote", b.calendar([3, 4, 6, 9]), [add("n", 1)], [when("lamp", 0)])
    b.observer("n", "level", "n")
    program = b.build({})
    made = run(program, program.default_theta(), futures=1, horizon_days=10, grid_days=range(11))
    assert made.of("n")[0, 0].tolist() == [0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2]


def test_a_calendar_whose_guard_comes_true_on_the_very_day_rings_on_that_day_once():
    b = ProgramBuilder("same day")
    b.variable("open", 0, 1, 0)
    b.variable("n", 0, 9, 0)
    b.transition("opening", b.calendar([4]), [set_to("open", 1)], priority=5)
    b.transition("vote", b.calendar([4, 8]), [add("n", 1)], [when("open", 1)])
    b.observer("n", "level", "n")
    program = b.build({})
    made = run(program, program.default_theta(), futures=1, horizon_days=8, grid_days=[3, 4, 8])
    assert made.of("n")[0, 0].tolist() == [0, 1, 2]


def test_an_empty_calendar_never_rings():
    b = ProgramBuilder("empty")
    b.variable("n", 0, 1, 0)
    b.transition("never", b.calendar([]), [set_to("n", 1)])
    program = b.build({})
    made = run(program, program.default_theta(), futures=2, horizon_days=9, grid_days=[9])
    assert made.events.sum() == 0
    assert made.values.shape == (1, 2, 0, 1)


def test_simultaneous_events_go_by_priority_then_name():
    for priorities, expected in [((0, 0), 3), ((1, 0), 7), ((0, 1), 3)]:
        b = ProgramBuilder("ties")
        b.variable("n", 0, 9, 0)
        b.variable("first", 0, 9, 0)
        never = [when("first", 0)]
        one = [set_to("first", 3)]
        b.transition("b", b.fixed("b", 5.0), [set_to("first", 7)], never, priorities[1])
        b.transition("a", b.calendar([5]), one, never, priorities[0])
        b.observer("first", "level", "first")
        program = b.build({})
        made = run(program, program.default_theta(), futures=1, horizon_days=6, grid_days=[6])
        assert only(made, "first")[0] == expected


def test_outcomes_come_out_with_their_odds():
    b = ProgramBuilder("odds")
    weights = {"passes": 3.0, "fails": 1.0, "waits": 1.0}
    outcomes = [b.outcome("vote", name, [], math.log(w)) for name, w in weights.items()]
    b.variable("unused", 0, 1, 0)
    b.transition("vote", b.calendar(range(1, 11)), outcomes)
    for name in weights:
        b.observer(name, "count", transition="vote", outcome=name)
    program = b.build({})
    made = run(program, program.default_theta(), futures=1000, horizon_days=10, grid_days=[10])
    counts = [only(made, name).sum() for name in weights]
    assert sum(counts) == 10_000
    assert stats.chisquare(counts, [6000, 2000, 2000]).pvalue > 0.001  # false alarm rate


# --- observers ---------------------------------------------------------------------------------


def test_observers_are_read_after_all_events_of_the_instant_and_the_count_just_before_each():
    b = ProgramBuilder("readings")
    b.variable("n", 0, 9, 1)
    b.feature("square", [Term(1, (Atom("n"), Atom("n")))])
    b.index("half", [(0.5, "square")], 1.0)
    b.transition("step", b.calendar([2, 4]), [add("n", 1)])
    b.observer("n", "level", "n")
    b.observer("half", "level", "half")
    b.observer("days", "integral", "square")
    b.observer("weighed", "count", "square", "step")
    b.observer("steps", "count", transition="step")
    b.observer("hit", "first", "n", lo=2, hi=2)
    program = b.build({})
    made = run(program, program.default_theta(), futures=1, horizon_days=5, grid_days=[1, 2, 5])
    values = {name: made.of(name)[0, 0].tolist() for name in made.observers}
    assert values == {
        "n": [1, 2, 3],
        "half": [1.5, 3.0, 5.5],
        "days": [1, 2, 2 + 8 + 9],
        "weighed": [0, 1, 5],
        "steps": [0, 1, 2],
        "hit": [math.inf, 2, 2],
    }


def test_a_covariate_is_applied_before_any_event_of_that_instant():
    b = ProgramBuilder("covariate")
    b.variable("n", 0, 9, 0)
    b.covariate("price", [0, 3], [1.0, 10.0])
    b.feature("priced", [], covariate="price")
    b.transition("step", b.calendar([3]), [add("n", 1)])
    b.observer("weighed", "count", "priced", "step")
    b.observer("cost", "integral", "priced")
    program = b.build({})
    made = run(program, program.default_theta(), futures=1, horizon_days=5, grid_days=[5])
    assert only(made, "weighed")[0] == 10
    assert only(made, "cost")[0] == 3 * 1 + 2 * 10


def test_a_hold_drops_effects_from_its_day_on_and_is_applied_before_the_events_of_that_day():
    b = ProgramBuilder("hold")
    b.variable("n", 0, 2, 0)
    b.transition("step", b.calendar([1, 3, 5]), [add("n", 1)])
    b.observer("n", "level", "n")
    program, grid = b.build({}), [0, 1, 2, 3, 6]
    for hold, expected in [
        (Hold("n", 2), [2, 2, 2, 2, 2]),  # an effect that would leave the bounds is dropped too
        (Hold("n", 0, 3.0), [0, 1, 1, 0, 0]),
    ]:
        switch = Switch(holds=(hold,))
        theta = program.default_theta()
        made = run(program, theta, futures=1, horizon_days=6, grid_days=grid, switch=switch)
        assert made.of("n")[0, 0].tolist() == expected


# --- the same luck -----------------------------------------------------------------------------


def yard(extra=False, prefix="", reverse=False) -> ProgramBuilder:
    """Return a program with every kind of clock; options that must not matter."""
    b = ProgramBuilder("yard")
    names = ["ships", "dock", "open"]
    bounds = {"ships": (0, 6, 2), "dock": (0, 2, 0), "open": (0, 1, 1)}
    for name in reversed(names) if reverse else names:
        b.variable(prefix + name, *bounds[name])
    ships, dock, gate = (prefix + name for name in names)
    if extra:
        b.variable("aside", 0, 1, 0)
        flip = b.exponential("aside", 1.0)
        b.transition("aside", flip, [set_to("aside", 1)], [when("aside", 0)])
        b.transition("aside back", b.fixed("x", 0.3), [set_to("aside", 0)], [when("aside", 1)])
    b.covariate("season", [0, 100, 200], [0.0, 0.5, -0.25])
    b.feature("crowd", [Term(1, (Atom(ships),)), Term(2, (Atom(ships), Atom(dock, 1, 2)))], "log1p")
    b.feature("weather", [], covariate="season")
    b.index("strain", [(0.4, "crowd"), (1.0, "weather")], -0.2)

    def arrive():
        clock = b.exponential("arrive", math.log(0.05), [(-0.3, "strain")])
        b.transition("arrive", clock, [add(ships, 1)], [when(ships, 0, 5)])

    def enter():
        clock = b.lognormal("enter", math.log(6.0), 0.8, [(0.2, "weather")])
        guard = [when(ships, 1, 6), when(dock, 0, 1), when(gate, 1)]
        b.transition("enter", clock, [add(dock, 1), add(ships, -1)], guard)

    def repair():
        clock = b.fixed("repair", 20.0, [(-0.1, "strain")], again="resume")
        outcomes = [
            b.outcome("repair", "good", [add(dock, -1), add(ships, 1)], 1.0),
            b.outcome("repair", "lost", [add(dock, -1)], 0.0, [(0.5, "strain")]),
        ]
        b.transition("repair", clock, outcomes, [when(dock, 1, 2), when(ships, 0, 5)])

    def strike():
        clock = b.calendar(range(30, 400, 30))
        outcomes = [
            b.outcome("strike", "begins", [set_to(gate, 0)], 0.0),
            b.outcome("strike", "ends", [set_to(gate, 1)], 0.5),
        ]
        b.transition("strike", clock, outcomes)

    for declare in (
        reversed([arrive, enter, repair, strike])
        if reverse
        else (
            arrive,
            enter,
            repair,
            strike,
        )
    ):
        declare()
    measures = [
        ("ships", {"kind": "level", "of": ships}),
        ("strain", {"kind": "integral", "of": "strain"}),
        ("arrivals", {"kind": "hazard", "of": dock, "transition": "arrive"}),
        ("lost", {"kind": "count", "transition": "repair", "outcome": "lost"}),
        ("empty", {"kind": "first", "of": ships, "lo": 0, "hi": 0}),
    ]
    for name, fields in reversed(measures) if reverse else measures:
        b.observer(name, **fields)
    return b


GRID = np.arange(0.0, 361.0, 30.0)


def futures_of(builder: ProgramBuilder, *, draws=2, futures=24, **options) -> Futures:
    program = builder.build({})
    theta = np.repeat(program.default_theta(), draws, axis=0)
    options = {"horizon_days": 360.0, "grid_days": GRID, "seed": 3, **options}
    return run(program, theta, futures=futures, **options)


def test_the_digest_of_a_program_with_every_clock_is_the_golden_one():
    # Rounded, so that the last bits of exp and log of a platform do not matter.
    made = futures_of(yard())
    values = np.round(made.values, 6) + 0.0
    rounded = Futures(made.observers, made.grid_days, values, made.events)
    assert made.events.sum() == GOLDEN_EVENTS
    assert rounded.digest() == GOLDEN


GOLDEN_EVENTS, GOLDEN = 1738, "aaee2a8b47cabb2e"


def test_one_thread_and_two_give_the_same_digest():
    digests = {futures_of(yard(), threads=n, futures=100).digest() for n in (1, 2, 3)}
    assert len(digests) == 1


def test_any_split_of_draws_and_futures_gives_the_same_values():
    whole = futures_of(yard(), draws=4, futures=10)
    for first_draw, draws in [(0, 1), (1, 3)]:
        for first_future, futures in [(0, 7), (7, 3)]:
            part = futures_of(
                yard(),
                draws=draws,
                futures=futures,
                first_draw=first_draw,
                first_future=first_future,
            )
            mine = np.s_[first_draw : first_draw + draws, first_future : first_future + futures]
            assert np.array_equal(part.values, whole.values[mine])
            assert np.array_equal(part.events, whole.events[mine])


def test_more_draws_and_futures_change_no_earlier_one():
    few, many = futures_of(yard(), draws=2, futures=5), futures_of(yard(), draws=3, futures=9)
    assert np.array_equal(few.values, many.values[:2, :5])


def test_an_unconnected_transition_changes_no_other_event():
    without, with_it = futures_of(yard()), futures_of(yard(extra=True))
    assert np.array_equal(without.values, with_it.values)
    assert with_it.events.sum() > without.events.sum()


def test_renamed_variables_and_another_order_of_declaration_change_nothing():
    plain = futures_of(yard())
    assert futures_of(yard(prefix="zz.")).digest() == plain.digest()
    assert futures_of(yard(reverse=True)).digest() == plain.digest()


def test_a_branch_and_a_seed_are_other_luck():
    digests = {futures_of(yard(), **o).digest() for o in ({}, {"branch": 1}, {"seed": 4})}
    assert len(digests) == 3


def test_a_finer_grid_changes_no_value():
    coarse, fine = futures_of(yard()), futures_of(yard(), grid_days=np.arange(0.0, 360.5, 0.5))
    assert np.array_equal(coarse.values, fine.values[:, :, :, ::60])


def test_a_guard_that_flickers_does_not_shift_later_luck():
    def ships(flicker: bool) -> np.ndarray:
        b = ProgramBuilder("flicker")
        b.variable("on", 0, 1, 1)
        b.variable("n", 0, 9, 0)
        days = [1, 2, 3] if flicker else []
        b.transition("off", b.calendar(days), [set_to("on", 0)], [when("on", 1)])
        b.transition("on", b.fixed("on", 0.0), [set_to("on", 1)], [when("on", 0)])
        clock = b.lognormal("ship", math.log(40.0), 0.3)
        outcomes = [b.outcome("ship", n, [add("n", 1)], 0.0) for n in ("red", "blue")]
        b.transition("ship", clock, outcomes, [when("on", 1), when("n", 0, 8)])
        for n in range(1, 4):
            b.observer(f"{n}", "first", "n", lo=n)
        b.observer("red", "count", transition="ship", outcome="red")
        program = b.build({})
        made = run(program, program.default_theta(), futures=50, horizon_days=999, grid_days=[999])
        return made.values[0, :, :, 0]

    steady, flickering = ships(False), ships(True)
    assert np.all(flickering[:, 0] != steady[:, 0])  # restarted, so the first firing differs
    later = np.diff(steady[:, :3]), np.diff(flickering[:, :3])
    np.testing.assert_allclose(later[0], later[1], rtol=1e-9)
    assert np.array_equal(steady[:, 3], flickering[:, 3])  # and every outcome is the same


# --- what goes wrong -----------------------------------------------------------------------------


def refuse(builder: ProgramBuilder, match: str, **options) -> None:
    program = builder.build({})
    theta = np.repeat(program.default_theta(), 2, axis=0)
    with pytest.raises(RunError, match=match):
        run(program, theta, futures=3, horizon_days=50, grid_days=[50], **options)


def counting(clock_of=None, **options) -> ProgramBuilder:
    b = ProgramBuilder("counting")
    b.variable("n", 0, 3, 0)
    b.transition("step", (clock_of or (lambda b: b.fixed("step", 2.0)))(b), [add("n", 1)])
    return b


def test_an_effect_out_of_bounds_names_transition_variable_draw_future_and_day():
    text = (
        r"transition 'step' would move 'n' to 4, outside its bounds 0 to 3 "
        r"\(draw 5, future 7, day 8\); guard it, or widen the bounds"
    )
    refuse(counting(), text, first_draw=5, first_future=7)


def test_of_several_faults_the_first_futures_is_told_whatever_the_threads():
    for threads in (1, 2):
        refuse(counting(), r"draw 0, future 0, day 8\)", threads=threads)


def test_a_rate_that_is_infinite_or_no_number_names_its_transition():
    for base in (math.inf, math.nan, 1e6):
        builder = counting(lambda b, base=base: b.exponential("step", base))
        refuse(
            builder, r"'step' has a rate that is infinite or no number \(draw 0, future 0, day 0"
        )


def test_a_rate_of_0_never_rings():
    program = counting(lambda b: b.exponential("step", -math.inf)).build({})
    made = run(program, program.default_theta(), futures=2, horizon_days=9, grid_days=[9])
    assert made.events.sum() == 0


def test_the_root_of_a_negative_sum_names_the_feature_and_what_caused_it():
    b = counting()
    b.feature("left", [Term(1, ()), Term(-1, (Atom("n"),))], "sqrt")
    refuse(
        b, r"feature 'left' is no number after transition 'step' happened: its sum is -1 .*day 4"
    )


def test_clock_parameters_that_make_no_duration_are_told():
    refuse(
        counting(lambda b: b.fixed("step", -1.0)),
        "'step' has clock parameters from which no duration can be drawn",
    )


def test_outcome_weights_that_are_all_0_are_told():
    b = ProgramBuilder("weights")
    b.variable("n", 0, 1, 0)
    outcomes = [b.outcome("vote", name, [], -math.inf) for name in ("yes", "no")]
    b.transition("vote", b.calendar([3]), outcomes)
    refuse(b, "'vote' has outcome weights that are infinite, no number, or all 0")


def test_a_cycle_of_zero_duration_names_its_transition():
    b = ProgramBuilder("cycle")
    b.variable("n", 0, 1, 0)
    b.transition("there", b.fixed("there", 0.0), [set_to("n", 1)], [when("n", 0)])
    b.transition("back", b.fixed("back", 0.0), [set_to("n", 0)], [when("n", 1)])
    refuse(b, r"transition '(there|back)' happens again and again without time going on")


def test_a_switch_that_is_not_sound_is_refused():
    refuse(counting(), "no variable of the program. Did you mean 'n'", switch=Switch({"nn": 1}))
    refuse(counting(), "puts 'n' at 9, outside its bounds 0 to 3", switch=Switch({"n": 9}))


def test_a_request_that_makes_no_sense_is_refused():
    program = two_clocks()
    theta = program.default_theta()
    fine = {"futures": 1, "horizon_days": 9.0, "grid_days": [1.0]}
    for options, match in [
        ({"futures": 0}, "at least 1"),
        ({"grid_days": [2.0, 1.0]}, "must increase"),
        ({"grid_days": [10.0]}, "within 0 and the horizon"),
        ({"horizon_days": math.inf}, "finite"),
        ({"seed": -1}, "seed is -1"),
    ]:
        with pytest.raises(RunError, match=match):
            run(program, theta, **{**fine, **options})
    with pytest.raises(RunError, match=r"theta has shape \(1, 9\)"):
        run(program, np.zeros((1, 9)), **fine)


# --- stopping ----------------------------------------------------------------------------------


def two_clocks():
    b = ProgramBuilder("busy")
    b.variable("n", 0, 1, 0)
    b.transition("on", b.exponential("on", 8.0), [set_to("n", 1)], [when("n", 0)])
    b.transition("off", b.exponential("off", 8.0), [set_to("n", 0)], [when("n", 1)])
    return b.build({})


def test_progress_is_told_up_to_the_end():
    seen = []
    program = two_clocks()
    run(
        program,
        program.default_theta(),
        futures=64,
        horizon_days=0.1,
        grid_days=[0.1],
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen[-1] == (64, 64)
    assert seen == sorted(seen)


def test_a_run_is_cancelled_within_50_milliseconds_even_inside_one_long_future():
    program = two_clocks()
    took = []
    for _ in range(3):
        event = threading.Event()
        set_at = []
        timer = threading.Timer(0.1, lambda e=event, s=set_at: (s.append(time.time()), e.set()))
        timer.start()
        with pytest.raises(Cancelled):
            run(
                program,
                program.default_theta(),
                futures=2,
                horizon_days=1e9,
                grid_days=[1.0],
                cancel=event,
            )
        took.append(time.time() - set_at[0])
    assert min(took) < 0.05


@pytest.mark.skipif(sys.platform == "win32", reason="sends a POSIX signal")
def test_ctrl_c_stops_a_run_within_50_milliseconds():
    code = textwrap.dedent(
        """
        import time
        from test_engine_runs import two_clocks
        from rimland.engine import run, warm_up
        warm_up()
        program = two_clocks()
        print("ready", flush=True)
        try:
            run(program, program.default_theta(), futures=2, horizon_days=1e9, grid_days=[1.0])
        except KeyboardInterrupt:
            print(time.time())
        """
    )
    took = []
    for _ in range(3):
        child = subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=__file__.rpartition("/")[0],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(0.2)
        sent = time.time()
        child.send_signal(signal.SIGINT)
        out, _ = child.communicate(timeout=20)
        took.append(float(out) - sent)
        if took[-1] < 0.05:
            break
    assert min(took) < 0.05


def test_the_kernel_touches_nothing_outside_its_arrays(tmp_path):
    # A bounds-checked kernel needs a cache folder of its own: a warm one would be used as it is.
    code = (
        "from test_engine_queues import measured, random_yard, replay\n"
        "from test_engine_runs import futures_of, yard\n"
        "print(futures_of(yard()).digest(), measured(random_yard()).digest())\n"
        "program = random_yard().build({}); theta = program.default_theta()[0]\n"
        "print(replay(program, theta, draw=0, future=1, horizon_days=99).count > 0)\n"
        "import test_engine_shared as shared\n"
        "print(shared.measured(shared.court()).digest(), shared.many_lamps().digest())"
    )
    import os

    import test_engine_shared as shared
    from test_engine_queues import measured, random_yard

    env = {**os.environ, "NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(tmp_path)}
    made = subprocess.run(
        [sys.executable, "-c", code],
        cwd=__file__.rpartition("/")[0],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    expected = f"{futures_of(yard()).digest()} {measured(random_yard()).digest()}\nTrue\n"
    expected += f"{shared.measured(shared.court()).digest()} {shared.many_lamps().digest()}"
    assert made.stdout.strip() == expected


def test_without_a_cache_folder_the_engine_warns_and_runs(monkeypatch):
    from rimland.engine import kernel, luck

    def njit(cache=False, **options):
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return luck.njit(**options)

    monkeypatch.setattr(kernel, "njit", njit)
    with pytest.warns(UserWarning, match="set NUMBA_CACHE_DIR to a folder that is writable"):
        made = kernel._outer(lambda x: x + 1)
    assert made(2) == 3


# --- the schedule --------------------------------------------------------------------------------


@pytest.mark.parametrize("most", [1, 2, 16])
def test_one_row_of_blocks_and_many_give_the_same_futures(most, monkeypatch):
    from rimland.engine import start

    def many() -> ProgramBuilder:
        b = yard()
        for i in range(150):
            b.variable(f"lamp {i}", 0, 1, i % 2)
            on = b.exponential(f"on {i}", -4.0, [(0.3, "strain")])
            b.transition(f"on {i}", on, [set_to(f"lamp {i}", 1)], [when(f"lamp {i}", 0)])
            off = b.fixed(f"off {i}", 20.0 + i % 5)
            b.transition(f"off {i}", off, [set_to(f"lamp {i}", 0)], [when(f"lamp {i}", 1)])
        b.feature("lit", [Term(1, (Atom(f"lamp {i}"),)) for i in range(150)])
        b.observer("lit", "integral", "lit")
        return b

    flat = futures_of(many(), futures=8)
    monkeypatch.setattr(start, "MOST_BLOCKS", most)
    assert len(start.block_rows(304)) > 1
    tree = futures_of(many(), futures=8)
    assert tree.digest() == flat.digest()
    assert tree.events.sum() > 10_000


def test_rows_of_blocks_cover_every_transition_and_are_whole():
    from rimland.engine.start import block_rows

    assert block_rows(1) == [1]
    assert block_rows(350) == [22]
    assert block_rows(18_000) == [1136, 80, 5]
    assert block_rows(0) == [0]
