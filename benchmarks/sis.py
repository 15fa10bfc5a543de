"""SIS epidemic on a ring of 50 nodes, each tied to the 6 nearest: 350 reactions.

The generic kernel against GillesPy2's C++ SSA solver, and against a loop written by hand for
this one model (Gillespie's direct method over the list of SI edges), in the same run.
"""

from __future__ import annotations

import math
import os
import sys
import time
from typing import Any

import numpy as np
from figures import best, machine, target

NODES, DEGREE, INFECTED_FIRST = 50, 6, 5
RECOVERY, INFECTION, DAYS = 1.0, 0.5, 20
FUTURES = 4000


def neighbours(node: int) -> list[int]:
    """Return the nodes tied to one on the ring."""
    steps = range(1, DEGREE // 2 + 1)
    return [(node + s) % NODES for s in steps] + [(node - s) % NODES for s in steps]


def program() -> Any:
    """Return the epidemic as a rimland program: 50 recoveries and 300 infections."""
    from rimland.program.build import ProgramBuilder, set_to, when
    from rimland.program.formula import log, name
    from rimland.program.model import Atom, Term

    b = ProgramBuilder("sis")
    for i in range(NODES):
        b.variable(f"node{i}", 0, 1, int(i < INFECTED_FIRST))
    for i in range(NODES):
        clock = b.exponential("recovery", log(name("recovery")))
        b.transition(f"recovery{i}", clock, [set_to(f"node{i}", 0)], [when(f"node{i}", 1)])
        for j in neighbours(i):
            clock = b.exponential("infection", log(name("infection")))
            guard = [when(f"node{i}", 1), when(f"node{j}", 0)]
            b.transition(f"infection{i}-{j}", clock, [set_to(f"node{j}", 1)], guard)
    b.feature("sum", [Term(1, (Atom(f"node{i}"),)) for i in range(NODES)])
    b.observer("infected", "level", "sum")
    b.observer("infected days", "integral", "sum")
    return b.build({"recovery": RECOVERY, "infection": INFECTION})


def with_rimland(futures: int) -> dict[str, Any]:
    """Measure the generic kernel, recording two measures at 21 times."""
    from rimland.engine import run, warm_up

    warm_up()
    made = program()
    theta = made.default_theta()
    grid = np.arange(DAYS + 1.0)

    def once() -> Any:
        return run(made, theta, futures=futures, horizon_days=DAYS, grid_days=grid, threads=1)

    seconds, result = best(once)
    return {
        "seconds": seconds,
        "events": int(result.events.sum()),
        "infected": float(result.of("infected")[0, :, -1].mean()),
    }


def by_hand(futures: int) -> dict[str, Any]:
    """Measure the loop written for this model alone, recording the same two measures."""
    import numba

    @numba.njit(error_model="numpy", nogil=True)
    def loop(ties, futures, days, level, integral):  # type: ignore[no-untyped-def]
        nodes, degree = ties.shape
        state = np.zeros(nodes, np.int8)
        sick = np.zeros(nodes, np.int64)
        place = np.zeros(nodes, np.int64)
        edges = np.zeros((nodes * degree, 2), np.int64)
        where = np.full((nodes, degree), -1)
        slot = np.zeros((nodes, degree), np.int64)
        for i in range(nodes):
            for a in range(degree):
                for c in range(degree):
                    if ties[ties[i, a], c] == i:
                        slot[i, a] = c
        events = 0
        for f in range(futures):
            np.random.seed(f)
            state[:] = 0
            where[:] = -1
            ill, si = 0, 0
            for i in range(INFECTED_FIRST):
                state[i] = 1
                sick[ill] = i
                place[i] = ill
                ill += 1
            for i in range(INFECTED_FIRST):
                for a in range(degree):
                    if state[ties[i, a]] == 0:
                        edges[si, 0], edges[si, 1] = i, a
                        where[i, a] = si
                        si += 1
            now, area, g = 0.0, 0.0, 0
            while True:
                total = RECOVERY * ill + INFECTION * si
                later = now - math.log(1.0 - np.random.random()) / total if total > 0 else np.inf
                while g <= days and g < later:
                    level[f, g] = ill
                    integral[f, g] = area + ill * (g - now)
                    g += 1
                if later > days:
                    break
                area += ill * (later - now)
                now = later
                events += 1
                u = np.random.random() * total
                if u < RECOVERY * ill:
                    n = min(np.int64(u / RECOVERY), ill - 1)
                    i = sick[n]
                    state[i] = 0
                    ill -= 1
                    sick[n] = sick[ill]
                    place[sick[n]] = n
                else:
                    n = min(np.int64((u - RECOVERY * ill) / INFECTION), si - 1)
                    i = ties[edges[n, 0], edges[n, 1]]
                    state[i] = 1
                    sick[ill] = i
                    place[i] = ill
                    ill += 1
                for a in range(degree):  # edges that begin or end being one of S and I
                    j, c = ties[i, a], slot[i, a]
                    for x, y in ((i, a), (j, c)):
                        wanted = state[x] == 1 and state[ties[x, y]] == 0
                        n = where[x, y]
                        if wanted and n < 0:
                            edges[si, 0], edges[si, 1] = x, y
                            where[x, y] = si
                            si += 1
                        elif n >= 0 and not wanted:
                            si -= 1
                            where[edges[si, 0], edges[si, 1]] = n
                            edges[n, 0], edges[n, 1] = edges[si, 0], edges[si, 1]
                            where[x, y] = -1
        return events

    ties = np.array([neighbours(i) for i in range(NODES)])
    level = np.zeros((futures, DAYS + 1))
    integral = np.zeros((futures, DAYS + 1))
    loop(ties, 1, DAYS, level, integral)
    seconds, events = best(lambda: loop(ties, futures, DAYS, level, integral))
    return {"seconds": seconds, "events": int(events), "infected": float(level[:, -1].mean())}


def with_gillespy2(futures: int) -> dict[str, Any]:
    """Measure GillesPy2's C++ SSA solver, or say why it could not be measured."""
    try:
        import gillespy2
    except ImportError:
        return {"skipped": "gillespy2 is not installed (pip install gillespy2)"}
    model = gillespy2.Model(name="sis")
    infection = gillespy2.Parameter(name="b", expression=INFECTION)
    recovery = gillespy2.Parameter(name="g", expression=RECOVERY)
    model.add_parameter([infection, recovery])
    for i in range(NODES):
        for kind in "SI":
            first = int((kind == "I") == (i < INFECTED_FIRST))
            species = gillespy2.Species(name=f"{kind}{i}", initial_value=first, mode="discrete")
            model.add_species(species)
    for i in range(NODES):
        model.add_reaction(
            gillespy2.Reaction(
                name=f"r{i}", reactants={f"I{i}": 1}, products={f"S{i}": 1}, rate=recovery
            )
        )
        for j in neighbours(i):
            model.add_reaction(
                gillespy2.Reaction(
                    name=f"i{i}_{j}",
                    reactants={f"I{i}": 1, f"S{j}": 1},
                    products={f"I{i}": 1, f"I{j}": 1},
                    rate=infection,
                )
            )
    model.timespan(gillespy2.TimeSpan.linspace(t=DAYS, num_points=DAYS + 1))
    # It builds with the first `python` on the path, which need not be the one that runs this.
    own = os.path.dirname(sys.executable)
    os.environ["PATH"] = own + os.pathsep + os.environ.get("PATH", "")
    try:
        solver = gillespy2.SSACSolver(model=model)
        model.run(solver=solver, number_of_trajectories=1, seed=1)  # compiles
    except Exception as error:
        reason = str(error).strip().splitlines()[0]
        return {"skipped": f"GillesPy2's C++ solver could not be built: {reason}"}
    start = time.perf_counter()
    one = model.run(solver=solver, number_of_trajectories=1, seed=1)
    launch = time.perf_counter() - start
    start = time.perf_counter()
    result = model.run(solver=solver, number_of_trajectories=futures, seed=1)
    seconds = time.perf_counter() - start
    last = [sum(t[f"I{i}"][-1] for i in range(NODES)) for t in result]
    return {"seconds": seconds, "launch": launch, "infected": float(np.mean(last)), "one": len(one)}


def measure(futures: int | None = None) -> dict[str, Any]:
    """Return every figure, the ratios, and whether each target is met."""
    futures = futures or FUTURES
    ours = with_rimland(futures)
    hand = by_hand(futures)
    peer = with_gillespy2(min(futures, 400))
    again = with_rimland(futures)  # before and after, so that a busy machine shows
    ours["seconds"] = min(ours["seconds"], again["seconds"])
    per_future = ours["events"] / futures
    speed = {
        "rimland": ours["events"] / ours["seconds"],
        "by hand": hand["events"] / hand["seconds"],
    }
    infected = {"rimland": ours["infected"], "by hand": hand["infected"]}
    skipped = peer.get("skipped")
    if skipped is None:
        # its trajectories do not tell their events: the mean of the same process stands in
        speed["GillesPy2 C++"] = min(futures, 400) * per_future / peer["seconds"]
        infected["GillesPy2 C++"] = peer["infected"]
    ratio = None if skipped else speed["rimland"] / speed["GillesPy2 C++"]
    targets: list[dict[str, Any]] = [
        target("times GillesPy2's C++ SSA", ratio, 12.0, why=skipped or ""),
        target("of the loop by hand", speed["rimland"] / speed["by hand"], 0.2),
    ]
    says = [
        f"SIS, {NODES} nodes of degree {DEGREE}, 350 reactions; one thread, recording on",
        f"{machine()}; {futures} futures, {per_future:.0f} events each",
        *(
            f"  {name:<14} {each / 1e6:8.2f} M events/s   {infected[name]:.1f} infected at the end"
            for name, each in speed.items()
        ),
    ]
    return {
        "benchmark": "sis",
        "says": says,
        "futures": futures,
        "events_per_future": per_future,
        "events_per_second": speed,
        "mean_infected_at_the_end": infected,
        "skipped": skipped,
        "targets": targets,
    }
