"""The queue M/M/3 at load 0.7 against Ciw and SimPy, in the same run, with equal statistics.

Each records, over 1,000 days that begin empty, the mean wait, the mean time in the system and the
share of the servers' time that is busy, per future. rimland has the queue twice: as one variable
with a rate that depends on it, the usual way to write it, and as a declared queue of 40 units,
each served in its turn with a service of its own, which is what the other two do. A customer is
two events. All three have to agree within their errors, and with Erlang's formula. Seconds are
those of the processor, which others' work leaves alone.
"""

from __future__ import annotations

import math
import random
import time
from typing import Any

import numpy as np
from figures import best, machine, target

ARRIVALS, SERVICE, SERVERS, DAYS = 2.1, 1.0, 3, 1000.0
UNITS = 40
FUTURES, PEER_FUTURES = 400, 8
NAMES = ("wait", "stay", "busy")


def exact() -> dict[str, float]:
    """Return the three by Erlang's second formula (Erlang 1917; Kleinrock 1975), begun long ago."""
    a, c = ARRIVALS / SERVICE, SERVERS
    last = a**c / math.factorial(c) * c / (c - a)
    waits = last / (sum(a**j / math.factorial(j) for j in range(c)) + last)
    wait = waits / (c * SERVICE - ARRIVALS)
    return {"wait": wait, "stay": wait + 1.0 / SERVICE, "busy": a / c}


def as_one_variable() -> Any:
    """Return the queue as a number of customers."""
    from rimland.program.build import ProgramBuilder, add
    from rimland.program.model import Atom, Term

    b = ProgramBuilder("M/M/3")
    b.variable("n", 0, 1000, 0)
    served = [Term(1, (Atom("n", j, 1000),)) for j in range(1, SERVERS + 1)]
    b.feature("busy", served)
    b.feature("log busy", served, "log")
    b.feature("waiting", [Term(1, (Atom("n"),)), *(Term(-1, t.atoms) for t in served)])
    b.transition("arrive", b.exponential("arrive", math.log(ARRIVALS)), [add("n", 1)])
    leave = b.exponential("leave", math.log(SERVICE), [(1.0, "log busy")])
    b.transition("leave", leave, [add("n", -1)])
    return recorded(b)


def as_declared() -> Any:
    """Return the queue as units that wait in line for a server and are served each."""
    from rimland.program.build import ProgramBuilder, set_to, when
    from rimland.program.model import Atom, Term

    b = ProgramBuilder("M/M/3 by units")
    b.variable("servers", 0, SERVERS, SERVERS)
    units = [f"unit {i:02}" for i in range(UNITS)]
    outcomes = []
    for unit in units:
        b.variable(unit, 0, 2, 0)
        b.feature(f"{unit} free", [Term(1, (Atom(unit, 0, 0),))], "log")
        comes = [set_to(unit, 1)]
        outcomes.append(b.outcome("arrive", unit, comes, 0.0, [(1.0, f"{unit} free")]))
        leave = b.exponential(f"{unit} leaves", math.log(SERVICE))
        b.transition(f"{unit} leaves", leave, [set_to(unit, 0)], [when(unit, 2)])
    b.transition("arrive", b.exponential("arrive", math.log(ARRIVALS)), outcomes)
    b.queue("line", units, "servers")
    b.feature("busy", [Term(1, (Atom(unit, 2, 2),)) for unit in units])
    b.feature("waiting", [Term(1, (Atom(unit, 1, 1),)) for unit in units])
    return recorded(b)


def recorded(b: Any) -> Any:
    for name in ("busy", "waiting"):
        b.observer(name, "integral", name)
    b.observer("arrivals", "count", transition="arrive")
    return b.build({})


def with_rimland(program: Any, futures: int) -> dict[str, Any]:
    from rimland.engine import run

    theta = program.default_theta()

    def once() -> Any:
        return run(program, theta, futures=futures, horizon_days=DAYS, grid_days=[DAYS], threads=1)

    seconds, made = best(once, 3, time.process_time)
    busy, waiting, came = (made.of(name)[0, :, 0] for name in ("busy", "waiting", "arrivals"))
    found = {
        "wait": waiting / came,
        "stay": (waiting + busy) / came,
        "busy": busy / (SERVERS * DAYS),
    }
    return told(found, came.sum(), seconds)


def with_ciw(futures: int) -> dict[str, Any]:
    try:
        import ciw
    except ImportError:
        return {"skipped": "Ciw is not installed (pip install ciw)"}
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(rate=ARRIVALS)],
        service_distributions=[ciw.dists.Exponential(rate=SERVICE)],
        number_of_servers=[SERVERS],
    )

    def once() -> Any:
        found: dict[str, list[float]] = {name: [] for name in NAMES}
        customers = 0
        for seed in range(futures):
            ciw.seed(seed)
            simulation = ciw.Simulation(network)
            simulation.simulate_until_max_time(DAYS)
            records = simulation.get_all_records()
            wait = [r.waiting_time for r in records]
            service = [r.service_time for r in records]
            customers += len(records)
            found["wait"].append(float(np.mean(wait)))
            found["stay"].append(float(np.mean(wait) + np.mean(service)))
            found["busy"].append(sum(service) / (SERVERS * DAYS))
        return found, customers

    seconds, (found, customers) = best(once, 2, time.process_time)
    return told({name: np.array(x) for name, x in found.items()}, customers, seconds)


def with_simpy(futures: int) -> dict[str, Any]:
    try:
        import simpy
    except ImportError:
        return {"skipped": "SimPy is not installed (pip install simpy)"}

    def once() -> Any:
        found: dict[str, list[float]] = {name: [] for name in NAMES}
        customers = 0
        for seed in range(futures):
            luck = random.Random(seed)
            world = simpy.Environment()
            servers = simpy.Resource(world, SERVERS)
            waits: list[float] = []
            services: list[float] = []

            def customer(
                world: Any, servers: Any, luck: Any, waits: list[float], services: list[float]
            ) -> Any:
                came = world.now
                with servers.request() as mine:
                    yield mine
                    waits.append(world.now - came)
                    service = luck.expovariate(SERVICE)
                    yield world.timeout(service)
                    services.append(service)

            def door(
                world: Any, servers: Any, luck: Any, waits: list[float], services: list[float]
            ) -> Any:
                while True:
                    yield world.timeout(luck.expovariate(ARRIVALS))
                    world.process(customer(world, servers, luck, waits, services))

            world.process(door(world, servers, luck, waits, services))
            world.run(DAYS)
            customers += len(services)
            found["wait"].append(float(np.mean(waits)))
            found["stay"].append(float(np.mean(waits) + np.mean(services)))
            found["busy"].append(sum(services) / (SERVERS * DAYS))
        return found, customers

    seconds, (found, customers) = best(once, 2, time.process_time)
    return told({name: np.array(x) for name, x in found.items()}, customers, seconds)


def told(found: dict[str, Any], customers: float, seconds: float) -> dict[str, Any]:
    """Return customers a second, and each statistic with its standard error over futures."""
    means = {name: float(x.mean()) for name, x in found.items()}
    errors = {name: float(x.std(ddof=1) / math.sqrt(len(x))) for name, x in found.items()}
    return {
        "customers": int(customers),
        "seconds": seconds,
        "customers_per_second": float(customers) / seconds,
        "mean": means,
        "standard_error": errors,
    }


def measure(futures: int | None = None) -> dict[str, Any]:
    """Return customers a second of each, the ratios, and how far the statistics agree."""
    from rimland.engine import warm_up

    warm_up()
    count = futures or FUTURES
    programs = {"rimland": as_one_variable(), "rimland, by units": as_declared()}
    found = {name: with_rimland(program, count) for name, program in programs.items()}
    found["Ciw"] = with_ciw(PEER_FUTURES)
    found["SimPy"] = with_simpy(PEER_FUTURES)
    for name, program in programs.items():  # before and after, so that a busy machine shows
        again = with_rimland(program, count)
        if again["seconds"] < found[name]["seconds"]:
            found[name] = again
    skipped = {name: one["skipped"] for name, one in found.items() if "skipped" in one}
    there = {name: one for name, one in found.items() if "skipped" not in one}
    known = exact()
    apart = max(  # in standard errors, with room for what a beginning with nobody there is worth
        (abs(one["mean"][name] - known[name]) - 3.0 / DAYS) / one["standard_error"][name]
        for one in there.values()
        for name in NAMES
    )

    def times(ours: str, theirs: str) -> float | None:
        speed = "customers_per_second"
        return None if theirs in skipped else there[ours][speed] / there[theirs][speed]

    says = [
        f"M/M/3 at load 0.7, {DAYS:g} days, one thread, wait, stay and busy share recorded",
        machine(),
        f"  {'Erlang':<18}{'':>22}   wait {known['wait']:.4f}   stay {known['stay']:.4f}   "
        f"busy {known['busy']:.4f}",
    ]
    for name, one in there.items():
        mean, error = one["mean"], one["standard_error"]
        numbers = "   ".join(f"{n} {mean[n]:.4f} ± {error[n]:.4f}" for n in NAMES)
        says.append(f"  {name:<18}{one['customers_per_second']:>12,.0f} customers/s   {numbers}")
    ciw, simpy = skipped.get("Ciw", ""), skipped.get("SimPy", "")
    return {
        "benchmark": "mm3",
        "says": says,
        "measured": there,
        "exact": known,
        "skipped": skipped,
        "targets": [
            target("times Ciw", times("rimland", "Ciw"), 20.0, why=ciw),
            target(
                "times Ciw, by units",
                times("rimland, by units", "Ciw"),
                20.0,
                why=ciw or f"an arrival weighs each of {UNITS} units by an outcome of its own",
            ),
            target("times SimPy", times("rimland", "SimPy"), 20.0, why=simpy),
            target("most standard errors from Erlang", apart, 4.5, most=True),
        ],
    }
