"""A made-up program of 300 variables and 700 transitions: about 4,400 events a future.

Every clock family, features of several variables, products, indices, an outcome in two of ten, a
covariate, calendars; guards of one to two conditions. What is connected to what is random, with a
seed. Then the same at a quarter to four times that size, each transition happening as often: how
the time of an event grows with the number of transitions, as the slope of its logarithm.
"""

from __future__ import annotations

import math
import random
import time
from typing import Any

import numpy as np
from figures import machine, memory_mb, target

TRANSITIONS, VARIABLES, DAYS = 700, 300, 365.0
FUTURES, SIS_FUTURES = 300, 2000
SIZES = (0.25, 0.5, 1.0, 2.0, 4.0)
EVERY_DAYS = 36.0
"""How long a clock runs, about: so that 700 transitions make 4,400 events in a year."""


def program(scale: float = 1.0, seed: int = 1) -> Any:
    """Return the program with `scale` times the usual number of variables and transitions."""
    from rimland.program.build import ProgramBuilder, add, set_to, when
    from rimland.program.model import Atom, Term

    luck = random.Random(seed)
    b = ProgramBuilder(f"synthetic x {scale:g}")
    variables = [f"v{i}" for i in range(int(VARIABLES * scale))]
    highest = {name: luck.choice([1, 1, 3, 5]) for name in variables}
    for name in variables:
        b.variable(name, 0, highest[name], luck.randint(0, highest[name]))
    b.covariate("season", [0, 90, 180, 270], [0.0, 0.2, 0.0, -0.2])
    b.feature("weather", [], covariate="season")
    features = [f"f{i}" for i in range(len(variables) // 2)]
    for i, name in enumerate(features):
        read = luck.sample(variables, luck.randint(3, 6))
        terms = [Term(1, (Atom(v),)) for v in read]
        if i % 5 == 0:
            terms.append(Term(1, (Atom(read[0]), Atom(read[1], 1, highest[read[1]]))))
        b.feature(name, terms, luck.choice(["log1p", "identity", "sqrt"]))
    indices = [f"i{i}" for i in range(len(variables) // 10)]
    for name in indices:
        some = [(luck.uniform(-0.1, 0.1), f) for f in luck.sample(features, 3)]
        b.index(name, [*some, (1.0, "weather")], 0.1)

    def clock(name: str, i: int) -> Any:
        reads = luck.sample(features, 2) + luck.sample(indices, 1)
        terms = [(luck.uniform(-0.15, 0.15), what) for what in reads]
        if i % 10 < 6:
            return b.exponential(name, -math.log(EVERY_DAYS), terms)
        if i % 10 == 6:
            return b.weibull(name, 1.6, EVERY_DAYS, terms)
        if i % 10 == 7:
            return b.gamma(name, 2.5, EVERY_DAYS / 2.5, terms)
        if i % 10 == 8:
            return b.lognormal(name, math.log(EVERY_DAYS) - 0.18, 0.6, terms)
        return b.fixed(name, EVERY_DAYS, terms, again="resume")

    count = int(TRANSITIONS * scale)
    for i in range(count):
        name, own = f"t{i}", variables[i % len(variables)]
        top = highest[own]
        up = (i // len(variables)) % 2 == 0
        if i >= 2 * len(variables):  # what remains comes by calendar or has two outcomes
            days = sorted(luck.sample(range(1, int(DAYS)), 8))
            made = b.calendar(days) if i % 2 else clock(name, i)
            effects = [set_to(own, luck.randint(0, top))]
            outcomes = [
                b.outcome(name, "yes", effects, 0.0, [(0.2, luck.choice(features))]),
                b.outcome(name, "no", [], 0.3),
            ]
            b.transition(name, made, outcomes, [])
            continue
        # A level that may go up or down, and now and then another variable that has to allow it.
        guard = [when(own, 0, top - 1) if up else when(own, 1, top)]
        other = luck.choice(variables)
        if i % 4 == 0 and other != own:
            guard.append(when(other, 0, max(0, highest[other] - 1)))
        b.transition(name, clock(name, i), [add(own, 1 if up else -1)], guard)
    for i in range(20):
        b.observer(f"level {i}", "level", features[i])
        b.observer(f"days {i}", "integral", features[i])
        b.observer(f"count {i}", "count", transition=f"t{i}")
    for i in range(5):
        b.observer(f"first {i}", "first", variables[i], lo=highest[variables[i]])
        b.observer(f"expected {i}", "hazard", transition=f"t{10 * i}")
    return b.build({})


def timed(made: Any, futures: int, repeats: int = 3) -> dict[str, float]:
    """Return events and processor seconds of the kernel, the best of several, one thread."""
    from flagship import timed as counted

    from rimland.engine import kernel, run

    theta, grid = made.default_theta(), np.linspace(0.0, DAYS, 21)
    best = math.inf
    for _ in range(repeats):
        with counted(kernel, "simulate", time.thread_time) as inside:
            found = run(made, theta, futures=futures, horizon_days=DAYS, grid_days=grid, threads=1)
        best = min(best, inside[0])
    events = float(found.events.sum())
    return {"events_per_future": events / futures, "seconds": best, "rate": events / best}


def measure(futures: int | None = None) -> dict[str, Any]:
    """Return events a second beside the epidemic's, and how time grows with transitions."""
    from flagship import epidemic_rate

    from rimland.engine import warm_up

    warm_up()
    futures = futures or FUTURES
    sis_rate = epidemic_rate()
    sizes = {}
    for scale in SIZES:
        made = program(scale)
        found = timed(made, max(20, int(futures / scale)))
        found["transitions"] = len(made.transitions)
        sizes[scale] = found
    usual = sizes[1.0]
    n = np.log([one["transitions"] for one in sizes.values()])
    each = np.log([1.0 / one["rate"] for one in sizes.values()])
    whole = np.log([one["events_per_future"] / one["rate"] for one in sizes.values()])
    of_event, of_future = (float(np.polyfit(n, y, 1)[0]) for y in (each, whole))
    says = [
        f"A synthetic program, {DAYS:g} days, one thread, 70 observers on 21 days; processor time",
        machine(),
    ]
    says += [
        f"  {one['transitions']:>5.0f} transitions  {one['events_per_future']:>8.0f} events a "
        f"future  {one['rate'] / 1e6:.2f} M events/s  "
        f"{1000 * one['events_per_future'] / one['rate']:.2f} ms a future"
        for one in sizes.values()
    ]
    says.append(f"  the epidemic {sis_rate / 1e6:.2f} M events/s; peak memory {memory_mb():.0f} MB")
    return {
        "benchmark": "synthetic",
        "says": says,
        "sizes": {str(scale): one for scale, one in sizes.items()},
        "sis_events_per_second": sis_rate,
        "growth": {"of an event": of_event, "of a future": of_future},
        "targets": [
            target("of the epidemic's events a second", usual["rate"] / sis_rate, 0.25),
            target("exponent, an event's time by size", of_event, 0.3, most=True),
            target("exponent, a future's time by size", of_future, 1.3, most=True),
        ],
    }
