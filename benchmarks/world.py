"""The world: every dyad of up to 400 states, with shared partners and shared rivals, for 50 years.

    python benchmarks/run.py world              # 100, 190 and 400 states, targets, growth
    python benchmarks/world.py 190 100 1        # states, futures, threads: one world, as JSON

Each dyad can become allied and cease to be, become rivals and cease to be: four transitions. What
they read:

    allies form     + partners they share, + rivals they share, - sum of capabilities
    allies part     - partners they share, + regimes that are democracies
    rivals begin    - partners they share, + sum of capabilities
    rivals settle   - rivals they share, + regimes that are democracies

Capabilities change for every state every year, regimes once in about 30 years, as step functions.
The rates are nobody's estimate. They are chosen so that the numbers stay near what the world has:
an alliance lasts 33 years and one dyad in ten has one (ATOP 5.1: about 1,800 of 17,955 in 2010),
a rivalry lasts 20 years and 1.5 dyads in a hundred have one. A pair's shared partners and rivals
enter relative to what a random graph of that density would give, so that the density does not
hang on the number of states. The first allies are regions of 19 states, the first rivals random.
"""

from __future__ import annotations

import itertools
import json
import math
import subprocess
import sys
import time
from typing import Any

import numpy as np
from figures import machine, memory_mb, target

SIZES = (100, 190, 400)
YEARS, FUTURES, SEED, REPEATS = 50, 100, 1, 2
YEAR = 365
REGION = 19
ALLIED, ALLIANCE_YEARS = 0.10, 33.0
RIVAL, RIVALRY_YEARS = 0.015, 20.0
SECONDS = 5.0
WEIGHTS = {
    "partners form": 0.35,
    "rivals form": 0.30,
    "capability form": -0.05,
    "partners part": -0.25,
    "regime part": 0.10,
    "partners begin": -0.30,
    "capability begin": 0.25,
    "rivals settle": -0.20,
    "regime settle": 0.15,
}


def program(states: int) -> Any:
    """Return the world of so many states as a rimland program."""
    from rimland.program.build import ProgramBuilder, set_to, when
    from rimland.program.formula import name
    from rimland.program.model import Atom, Term

    rng = np.random.default_rng(20_24)
    b = ProgramBuilder(f"world of {states}")
    codes = [f"S{i:03d}" for i in range(states)]
    pairs = list(itertools.combinations(codes, 2))
    region = {code: i // REGION for i, code in enumerate(codes)}
    together = sum(region[a] == region[c] for a, c in pairs)
    within = min(0.9, 0.6 * ALLIED * len(pairs) / together)
    outside = max(0.0, (ALLIED * len(pairs) - within * together) / (len(pairs) - together))
    tied: dict[tuple[str, str], str] = {}
    hostile: dict[tuple[str, str], str] = {}
    for (a, c), u, v in zip(pairs, *rng.random((2, len(pairs))), strict=True):
        near = within if region[a] == region[c] else outside
        tied[a, c] = b.variable(f"ally.{a}-{c}", 0, 1, int(u < near))
        hostile[a, c] = b.variable(f"rival.{a}-{c}", 0, 1, int(v < RIVAL))
    b.layer("allies", codes, tied)
    b.layer("rivals", codes, hostile)
    for code in codes:
        steps = rng.normal(0.0, 0.1, YEARS + 1)
        size = rng.normal(0.0, 1.0) + np.cumsum(steps)
        days = [YEAR * year for year in range(YEARS + 1)]
        b.covariate(f"{code} capability by year", days, size.round(4).tolist())
        b.feature(f"{code} capability", [], covariate=f"{code} capability by year")
        changes = [0, *(y for y in range(1, YEARS) if rng.random() < 1 / 30)]
        first = int(rng.random() < 0.5)
        regimes = [float((first + n) % 2) for n in range(len(changes))]
        b.covariate(f"{code} regime by year", [YEAR * year for year in changes], regimes)
        b.feature(f"{code} regime", [], covariate=f"{code} regime by year")
    for key in WEIGHTS:
        b.parameter(key, name(key))
    partners, rivals = (math.log1p(states * density**2) for density in (ALLIED, RIVAL))
    day = -math.log(YEAR)
    part, settle = day - math.log(ALLIANCE_YEARS), day - math.log(RIVALRY_YEARS)
    w = WEIGHTS
    base = {
        "form": part + math.log(ALLIED / (1 - ALLIED))
        - w["partners form"] * partners - w["rivals form"] * rivals,
        "part": part - w["partners part"] * partners - w["regime part"],
        "begin": settle + math.log(RIVAL / (1 - RIVAL)) - w["partners begin"] * partners,
        "settle": settle - w["rivals settle"] * rivals - w["regime settle"],
    }  # fmt: skip
    for a, c in pairs:
        ally, rival = tied[a, c], hostile[a, c]
        shared = b.shared("allies", a, c, 1, "log1p")
        against = b.shared("rivals", a, c, 1, "log1p")
        size = [f"{a} capability", f"{c} capability"]
        rule = [f"{a} regime", f"{c} regime"]
        reads = {
            "form": [("partners form", shared), ("rivals form", against)]
            + [("capability form", of) for of in size],
            "part": [("partners part", shared)] + [("regime part", of) for of in rule],
            "begin": [("partners begin", shared)] + [("capability begin", of) for of in size],
            "settle": [("rivals settle", against)] + [("regime settle", of) for of in rule],
        }
        for kind, variable, level in (
            ("form", ally, 0),
            ("part", ally, 1),
            ("begin", rival, 0),
            ("settle", rival, 1),
        ):
            clock = b.exponential(kind, base[kind], reads[kind])
            effects = [set_to(variable, 1 - level)]
            b.transition(f"{kind} {a}-{c}", clock, effects, [when(variable, level)])
    for what, variables in (("alliances", tied), ("rivalries", hostile)):
        b.feature(what, [Term(1, (Atom(v),)) for v in variables.values()])
        b.observer(what, "level", what)
        b.observer(f"{what} years", "integral", what)
    return b.build(WEIGHTS)


def measure_one(states: int, futures: int, threads: int) -> dict[str, Any]:
    """Build, compile and run one world in this process; return times, events and memory."""
    from rimland.engine import run, warm_up
    from rimland.engine.arrays import compile_program

    warm_up()  # loads the compiled engine, which every program shares
    engine = memory_mb()
    start = time.perf_counter()
    made = program(states)
    built = time.perf_counter()
    compiled = compile_program(made)
    ready = time.perf_counter()
    grid = np.arange(YEARS + 1.0) * YEAR
    days = float(grid[-1])

    def timed(**options: Any) -> tuple[float, float, Any]:
        wall, processor = time.perf_counter(), time.process_time()
        result = run(compiled, made.default_theta(), seed=SEED, horizon_days=days, **options)
        return time.perf_counter() - wall, time.process_time() - processor, result

    best: tuple[float, float, Any] | None = None
    for _ in range(REPEATS):
        seen = timed(futures=futures, grid_days=grid, threads=threads)
        best = seen if best is None or seen[0] < best[0] else best
    assert best is not None
    seconds, processor, result = best
    pairs = states * (states - 1) / 2
    ties = result.of("alliances")[0].mean(axis=0) / pairs
    feuds = result.of("rivalries")[0].mean(axis=0) / pairs
    return {
        "states": states,
        "dyads": int(pairs),
        "transitions": len(made.transitions),
        "futures": futures,
        "threads": threads,
        "build_seconds": built - start,
        "compile_seconds": ready - built,
        "run_seconds": seconds,
        "processor_seconds": processor,
        "milliseconds_per_future": 1e3 * processor / futures,
        "events_per_future": float(result.events.mean()),
        "microseconds_per_event": 1e6 * processor / float(result.events.sum()),
        "allied": [float(ties[0]), float(ties.min()), float(ties.max()), float(ties[-1])],
        "rival": [float(feuds[0]), float(feuds.min()), float(feuds.max()), float(feuds[-1])],
        "engine_mb": engine,
        "peak_mb": memory_mb(),
        "own_mb": memory_mb() - engine,
        "digest": result.digest(),
    }


def profile(states: int, futures: int = 10) -> dict[str, float]:
    """Return where the time of a future goes, in milliseconds, by leaving parts of it out."""
    from dataclasses import replace

    from rimland.engine import run
    from rimland.engine.arrays import compile_program

    made = program(states)
    still = tuple(replace(c, days=c.days[:1], values=c.values[:1]) for c in made.covariates)
    calm = replace(made, covariates=still)

    def each(what: Any, days: float, futures: int = futures) -> float:
        compiled, times = compile_program(what), []
        for _ in range(REPEATS):
            start = time.process_time()
            run(
                compiled,
                what.default_theta(),
                futures=futures,
                horizon_days=days,
                grid_days=[0.0],
                threads=1,
            )
            times.append(time.process_time() - start)
        return 1e3 * min(times) / futures

    whole, events, begin = each(made, YEARS * YEAR), each(calm, YEARS * YEAR), each(calm, 0.0, 100)
    return {
        "to begin a future": begin,
        "events and the counts they change": events - begin,
        "yearly steps of all capabilities": whole - events,
    }


def alone(states: int, futures: int, threads: int) -> dict[str, Any]:
    """Measure one world in a process of its own, so that its memory is its own."""
    command = [sys.executable, __file__, str(states), str(futures), str(threads)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def measure(futures: int | None = None) -> dict[str, Any]:
    """Return every figure, growth exponents and targets; the profile where one is missed."""
    futures = futures or FUTURES
    # Memory and the time of an event do not hang on how many futures there are.
    few = -(-futures // 5)
    small, middle, large = (alone(n, futures if n == 190 else few, 1) for n in SIZES)
    worlds, both = [small, middle, large], alone(190, futures, 2)

    def growth(key: str) -> float:
        return math.log(large[key] / small[key]) / math.log(SIZES[-1] / SIZES[0])

    grows = {
        "events of a future": growth("events_per_future"),
        "time of an event": growth("microseconds_per_event"),
        "time of a future": growth("milliseconds_per_future"),
        "memory beyond the engine's own": growth("own_mb"),
    }
    parts = {} if middle["run_seconds"] <= SECONDS else profile(190)
    why = "; ".join(f"{spent:.1f} ms a future {part}" for part, spent in parts.items())
    why += f"; {middle['processor_seconds']:.1f} s of processor, {both['run_seconds']:.1f} s on two"
    return {
        "benchmark": "world",
        "says": _says(worlds, both, grows),
        "futures": futures,
        "years": YEARS,
        "worlds": worlds,
        "on_two_threads": both,
        "growth": grows,
        "milliseconds_of_a_future": parts,
        "targets": [
            target("seconds, 190 states, one thread", middle["run_seconds"], SECONDS, True, why),
            target("seconds, 190 states, two threads", both["run_seconds"], SECONDS, True, why),
            target("MB held, 190 states", middle["peak_mb"], 400.0, True),
            target("MB held, 400 states", large["peak_mb"], 1500.0, True),
        ],
    }


def _says(worlds: list[dict[str, Any]], both: dict[str, Any], grows: dict[str, float]) -> list[str]:
    columns = (
        ("states", "states", "d"),
        ("threads", "threads", "d"),
        ("transitions", "transitions", "d"),
        ("build s", "build_seconds", ".1f"),
        ("compile s", "compile_seconds", ".1f"),
        ("futures", "futures", "d"),
        ("run s", "run_seconds", ".1f"),
        ("ms/future", "milliseconds_per_future", ".1f"),
        ("events", "events_per_future", ".0f"),
        ("us/event", "microseconds_per_event", ".1f"),
        ("peak MB", "peak_mb", ".0f"),
    )
    rows = [[head for head, _, _ in columns]]
    rows += [[format(w[key], form) for _, key, form in columns] for w in (*worlds, both)]
    lines = [
        f"The world for {YEARS} years, recording on; milliseconds and microseconds of processor",
        machine(),
        *("  " + "  ".join(cell.rjust(11) for cell in row) for row in rows),
    ]
    for w in worlds:
        (a, low, high, z), (r, _, _, s) = w["allied"], w["rival"]
        lines.append(
            f"  {w['states']} states: {a:.1%} of dyads allied at first, {z:.1%} at last, {low:.1%} "
            f"to {high:.1%} between; rivals {r:.1%} and {s:.1%}"
        )
    lines += [f"  {what} grows as states^{power:.2f}" for what, power in grows.items()]
    return lines


if __name__ == "__main__":
    states, futures, threads = (int(x) for x in sys.argv[1:4])
    print(json.dumps(measure_one(states, futures, threads), indent=1))
