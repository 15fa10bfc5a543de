"""The scenario that ships: reading, lowering, running it whole, and one future again.

Its kernel's events a second are compared with those of the epidemic of `sis` in the same run. A
whole run is 100 draws of 20 futures of ten years under one account with every measure recorded,
from a scenario that was read to arrays of values: numbers drawn, program sliced and laid out,
futures run, values kept under their keys. Kernel time is that inside the compiled loop. Both, and
the epidemic's, are processor time of one thread, which others' work leaves alone; the seconds of
two threads are those of a clock. Memory is that of this process before the epidemic.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import Any

import numpy as np
from figures import best, machine, memory_mb, target

DRAWS, FUTURES = 100, 20
SIS_FUTURES = 4000


@contextmanager
def timed(module: Any, name: str, clock: Any = time.perf_counter) -> Any:
    """Count the seconds spent in a function of a module while the block runs."""
    inner, spent = getattr(module, name), [0.0]

    def outer(*arguments: Any, **options: Any) -> Any:
        start = clock()
        try:
            return inner(*arguments, **options)
        finally:
            spent[0] += clock() - start

    setattr(module, name, outer)
    try:
        yield spent
    finally:
        setattr(module, name, inner)


def reading(name: str) -> dict[str, float]:
    """Return the shortest seconds of reading and checking, and of lowering, in three rounds."""
    import rimland
    from rimland.scenario import assemble

    first, rest = [], []
    for _ in range(3):
        start = time.perf_counter()
        with timed(assemble, "_lower") as lowering:
            found = rimland.check(name)
        if found:
            raise SystemExit(f"the scenario is not sound: {found[0]}")
        rest.append(time.perf_counter() - start - lowering[0])
        first.append(lowering[0])
    return {"read": min(rest), "lower": min(first)}


def running(scenario: Any, threads: int) -> dict[str, float]:
    """Run all measures under the first account; return seconds, processor seconds, events."""
    from rimland.engine import kernel
    from rimland.study.run import Need

    with timed(kernel, "simulate", time.thread_time) as inside:
        start, worked = time.perf_counter(), time.process_time()
        run = scenario.run(draws=DRAWS, futures=FUTURES, seed=1, threads=threads)
        need = Need(scenario.accounts[0], "as-assessed")
        run.make({need: frozenset(scenario.assembled.measures)})
        whole = time.process_time() - worked
        seconds = time.perf_counter() - start
    return {"seconds": seconds, "whole": whole, "kernel": inside[0], "events": run.events}


def epidemic_rate() -> float:
    """Return the events that the kernel makes of the epidemic in a second of processor time."""
    import sis

    from rimland.engine import kernel, run

    made = sis.program()
    grid, theta = np.arange(sis.DAYS + 1.0), made.default_theta()
    rates = []
    for _ in range(5):
        with timed(kernel, "simulate", time.thread_time) as inside:
            found = run(
                made, theta, futures=SIS_FUTURES, horizon_days=sis.DAYS, grid_days=grid, threads=1
            )
        rates.append(float(found.events.sum()) / inside[0])
    return max(rates)


def measure() -> dict[str, Any]:
    """Return every figure, and whether each target of DESIGN §8 is met."""
    import rimland
    from rimland.engine import warm_up
    from rimland.engine.arrays import compile_program
    from rimland.engine.replay import replay
    from rimland.scenario.locate import shipped

    warm_up()
    name = next(iter(shipped()))
    seconds = reading(name)
    scenario = rimland.load(name)
    program = scenario.program
    ones = [running(scenario, 1) for _ in range(3)]
    both = min(running(scenario, 2)["seconds"] for _ in range(3))
    peak = memory_mb()
    sis_rate = epidemic_rate()
    ones += [running(scenario, 1) for _ in range(2)]
    whole, inside = (min(one[what] for one in ones) for what in ("whole", "kernel"))
    ratio = float(np.median([one["whole"] / one["kernel"] for one in ones]))
    events = int(ones[0]["events"])
    rate = events / inside
    run = scenario.run(draws=DRAWS, futures=FUTURES, seed=1)
    every = list(scenario.assembled.measures)
    part, theta, switch = run.asked(scenario.accounts[0], "as-assessed", every)
    compiled = compile_program(part)
    horizon = float(scenario.assembled.horizon_day)
    again, found = best(
        lambda: replay(
            compiled, theta[3], draw=3, future=7, seed=1, horizon_days=horizon, switch=switch
        )
    )
    fresh, _ = best(
        lambda: replay(
            part, theta[3], draw=3, future=7, seed=1, horizon_days=horizon, switch=switch
        )
    )
    peak = memory_mb()
    size = f"{len(program.variables)} variables, {len(program.transitions)} transitions"
    return {
        "benchmark": "flagship",
        "says": [
            f"The scenario that ships: {size}, {len(program.observers)} observers on "
            f"{len(scenario.assembled.grid())} days; {DRAWS} draws x {FUTURES} futures of "
            f"{horizon / 365.25:.0f} years",
            machine(),
            f"  read and checked {seconds['read']:.2f} s, lowered {seconds['lower']:.2f} s",
            f"  {events:,} events: kernel {inside:.2f} s of processor time ({rate / 1e6:.2f} M "
            f"events/s), whole run {whole:.2f} s; two threads {both:.2f} s by the clock",
            f"  the epidemic {sis_rate / 1e6:.2f} M events/s; peak memory {peak:.0f} MB",
            f"  one future again, {found.count:,} events: {again:.4f} s, {fresh:.3f} s with its "
            "compilation",
        ],
        "seconds": {**seconds, "whole": whole, "kernel": inside, "two_threads": both},
        "events": events,
        "events_per_second": rate,
        "sis_events_per_second": sis_rate,
        "peak_mb": peak,
        "replay_seconds": {"compiled": again, "fresh": fresh},
        "targets": [
            target("of the epidemic's events a second", rate / sis_rate, 0.25),
            target("whole run, times the kernel's", ratio, 1.3, most=True),
            target(
                "seconds of 2,000 futures, 2 threads",
                both,
                5.0,
                True,
                f"{whole:.1f} s of processor time on a machine shared with other work",
            ),
            target("MB of memory", peak, 1000.0, most=True),
            target("seconds to load and check", seconds["read"], 0.5, most=True),
            target("seconds to lower", seconds["lower"], 0.3, most=True),
            target("seconds to replay one future", fresh, 0.2, most=True),
        ],
    }
