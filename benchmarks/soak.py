"""A hundred million events without drift: `python benchmarks/soak.py [--minutes 15]`.

One future after another, in turn of a program that has every kind of clock, a queue and a
quadratic feature, and of one whose pairs count shared partners in two layers. At the end of each,
everything that the kernel kept by increments is computed from the levels alone and compared: sums
of features to the last bit, lists of partners, values and speeds to rounding, an integral of 1 with
the time. Memory has to stay flat. Returns 1 when something drifted or grew.
"""

from __future__ import annotations

import argparse
import itertools
import math
import resource
import sys
import time

import numpy as np

from rimland.engine.arrays import Compiled, compile_program
from rimland.engine.job import Job, work
from rimland.engine.layout import FLAGS
from rimland.engine.start import State, workspace
from rimland.program.build import ProgramBuilder, add, set_to, when
from rimland.program.model import NO_SWITCH, Atom, Program, Shared, Term

SHIPS, COURTS = 8, 12
MOST_GROWTH_MB = 4.0


def harbour() -> Program:
    """Return ships that break, wait for a dock and are mended, in all weathers."""
    b = ProgramBuilder("harbour")
    ships = [b.variable(f"ship {i}", 0, 2, 0) for i in range(SHIPS)]
    b.variable("docks", 0, 3, 2)
    b.variable("gate", 0, 1, 1)
    b.variable("stock", 0, 40, 10)
    broken = [Term(1, (Atom(ship, 1, 2),)) for ship in ships]
    b.feature("broken", broken, "log1p")
    pairs = [Term(1, (Atom(a), Atom(c, 1, 2))) for a in ships for c in ships if a != c]
    b.feature("crowd", [*pairs, Term(3, (Atom("stock"), Atom("gate")))], "sqrt")
    b.feature("open", [Term(1, (Atom("gate"),))], "log")
    b.index("strain", [(0.3, "broken"), (0.02, "crowd")], -0.1)
    b.index("one", [], 1.0)
    families = [("lognormal", 0.0, 0.8), ("gamma", 0.6, 2.0), ("weibull", 1.7, 1.2)]
    for i, ship in enumerate(ships):
        fails = b.exponential(f"{ship} breaks", -1.0, [(0.5, "strain")])
        b.transition(f"{ship} breaks", fails, [set_to(ship, 1)], [when(ship, 0)])
        kind, *numbers = families[i % 3]
        clock = getattr(b, kind)(f"{ship} back", *numbers, [(-0.2, "strain"), (1.0, "open")])
        b.transition(f"{ship} back", clock, [set_to(ship, 0)], [when(ship, 2)])
    b.transition("closes", b.exponential("closes", -1.5), [set_to("gate", 0)], [when("gate", 1)])
    b.transition("opens", b.fixed("opens", 0.7), [set_to("gate", 1)], [when("gate", 0)])
    b.transition("docks less", b.exponential("x", -2.0), [add("docks", -1)], [when("docks", 2, 3)])
    b.transition("docks more", b.gamma("y", 3.0, 2.0), [add("docks", 1)], [when("docks", 1, 2)])
    sells = [
        b.outcome("sells", "one", [add("stock", -1)], 0.0, [(0.2, "strain")]),
        b.outcome("sells", "three", [add("stock", -3)], 0.0),
    ]
    guard = [when("stock", 3, 40), when("gate", 1)]
    b.transition("sells", b.exponential("sells", 0.5, [], "restart"), sells, guard)
    b.transition("buys", b.exponential("buys", 1.0), [add("stock", 1)], [when("stock", 0, 39)])
    b.queue("line", ships, "docks")
    b.observer("days", "integral", "one")
    b.observer("strain", "integral", "strain")
    return b.build({})


def court() -> Program:
    """Return twelve courts with two layers of ties that grow and fall by what pairs share."""
    b = ProgramBuilder("court")
    courts = [f"court {i:02d}" for i in range(COURTS)]
    pairs = list(itertools.combinations(courts, 2))
    allies = {(a, c): b.variable(f"allies {a} {c}", 0, 3, n % 4) for n, (a, c) in enumerate(pairs)}
    rivals = {(c, a): b.variable(f"rivals {a} {c}", 0, 1, 0) for a, c in pairs[::2]}
    b.layer("allies", courts, allies)
    b.layer("rivals", courts, rivals)
    for n, (a, c) in enumerate(pairs):
        warm = b.shared("allies", a, c, 1 + n % 3, "log1p")
        close = b.shared("allies", c, a, 2)
        cold = b.shared("rivals", a, c, 1, "sqrt")
        tie = allies[a, c]
        nearer = b.exponential(f"nearer {n}", -1.0, [(0.2, warm), (0.3, cold)])
        farther = b.gamma(f"farther {n}", 1.5, 0.9, [(-0.1, close)])
        b.transition(f"nearer {n}", nearer, [add(tie, 1)], [when(tie, 0, 2)])
        b.transition(f"farther {n}", farther, [add(tie, -1)], [when(tie, 1, 3)])
        breach = b.exponential(f"breach {n}", -3.0, [(0.1, warm)])
        b.transition(f"breach {n}", breach, [set_to(tie, 0)], [when(tie, 2, 3)])
        if (c, a) in rivals:
            feud = rivals[c, a]
            begins = b.exponential(f"begins {n}", -2.0, [(-0.3, warm)])
            ends = b.exponential(f"ends {n}", -1.0, [(-0.2, cold)])
            b.transition(f"begins {n}", begins, [set_to(feud, 1)], [when(feud, 0)])
            b.transition(f"ends {n}", ends, [set_to(feud, 0)], [when(feud, 1)])
    b.index("one", [], 1.0)
    b.observer("days", "integral", "one")
    return b.build({})


def long_future(compiled: Compiled, horizon: float, seed: int) -> tuple[int, float, State]:
    """Run one future; return its events, what the integral of 1 came to, and its last state."""
    theta = compiled.program.default_theta()
    job = Job(compiled, NO_SWITCH, theta, np.array([horizon]), horizon, 1)
    job.key[0] = seed
    state = workspace(compiled)
    work(job, state, 1)
    if job.fault is not None:
        raise SystemExit(f"the run failed: {job.fault}")
    return int(job.events[0]), float(job.out[0, 0, 0]), state


def drift(compiled: Compiled, state: State) -> list[str]:
    """Return what differs from its value computed from the levels alone."""
    program, found = compiled.program, []
    level = {
        name: int(x) for name, x in zip(compiled.variables, state.variable["level"], strict=True)
    }
    theta = dict(zip((p.name for p in program.parameters), program.default_theta()[0], strict=True))
    value: dict[str, float] = {name: float(x) for name, x in level.items()}
    functions = {"identity": float, "log1p": math.log1p, "sqrt": math.sqrt}
    number = {name: i for i, name in enumerate(compiled.values)}

    def transformed(kind: str, x: float) -> float:
        if kind == "log":
            return math.log(x) if x > 0 else -math.inf
        return functions[kind](x)

    def form(base: str | None, terms) -> float:
        total = 0.0 if base is None else theta[base]
        for term in terms:
            if value[term.of] == -math.inf:
                return -math.inf
            total += theta[term.parameter] * value[term.of]
        return total

    def compare(what: str, kept: float, fresh: float, near: float) -> None:
        if kept != fresh and not abs(kept - fresh) <= near * abs(fresh):
            found.append(f"{what}: kept {kept!r}, from scratch {fresh!r}")

    ties = {
        (f.shared.layer, f.shared.at_least): tied_at(program, level, f.shared)
        for f in program.features
        if f.shared is not None
    }
    place, first = compiled.tables.place, 0
    for (layer_name, _), tied in ties.items():
        nodes = next(layer.nodes for layer in program.layers if layer.name == layer_name)
        for at, node in enumerate(nodes, first):
            begin = int(place["partners"][at])
            listed = state.partners[begin : begin + int(state.degree[at])].tolist()
            if sorted(nodes[i] for i in listed) != sorted(tied[node]):
                found.append(f"partners of place {at}, '{node}' of '{layer_name}'")
        first += len(nodes)
    for feature in program.features:
        total = 0
        for term in feature.terms:
            product = term.coef
            for atom in term.atoms:
                at = level[atom.variable]
                inside = (atom.lo is None or at >= atom.lo) and (atom.hi is None or at <= atom.hi)
                product *= at if atom.lo is None and atom.hi is None else int(inside)
            total += product
        if feature.shared is not None:
            s = feature.shared
            tied = ties[s.layer, s.at_least]
            total += len(tied[s.a] & tied[s.b])
        kept = state.value[number[feature.name]]
        compare(f"sum of '{feature.name}'", int(kept["raw"]), total, 0.0)
        value[feature.name] = transformed(feature.transform, float(total))
        compare(f"'{feature.name}'", float(kept["x"]), value[feature.name], 1e-15)
    for index in program.indices:
        value[index.name] = transformed(index.transform, form(index.constant, index.terms))
        kept_x = float(state.value[number[index.name]]["x"])
        compare(f"'{index.name}'", kept_x, value[index.name], 1e-14)
    for transition in program.transitions:
        k = compiled.transitions.index(transition.name)
        if state.flag[k] & (FLAGS["enabled"] | FLAGS["stale"]) == FLAGS["enabled"]:
            speed = math.exp(form(transition.clock.base, transition.clock.terms))
            kept_x = float(state.transition["speed"][k])
            compare(f"speed of '{transition.name}'", kept_x, speed, 1e-14)
    return found


def tied_at(program: Program, level: dict[str, int], shared: Shared) -> dict[str, set[str]]:
    """Return whom each node of a layer is tied to, at a level or above."""
    layer = next(layer for layer in program.layers if layer.name == shared.layer)
    tied: dict[str, set[str]] = {node: set() for node in layer.nodes}
    for tie in layer.ties:
        if level[tie.variable] >= shared.at_least:
            tied[tie.a].add(tie.b)
            tied[tie.b].add(tie.a)
    return tied


def memory_mb() -> float:
    """Return the largest memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Soak, telling what came of each future; 1 when anything drifted or memory grew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=float, default=1e8, help="events in each future")
    parser.add_argument("--minutes", type=float, default=0.0, help="go on for so long")
    options = parser.parse_args()
    programs = []
    for made in (harbour(), court()):
        compiled = compile_program(made)
        trial, _, _ = long_future(compiled, 1_000.0, 0)
        programs.append((compiled, options.events / trial * 1_000.0))
    began, before, faults, seed, total = time.time(), memory_mb(), 0, 1, 0
    while seed <= len(programs) or time.time() - began < 60 * options.minutes:
        compiled, horizon = programs[seed % len(programs)]
        events, days, state = long_future(compiled, horizon, seed)
        found = drift(compiled, state)
        if abs(days - horizon) > 1e-9 * horizon:
            found.append(f"the integral of 1 is {days!r} after {horizon!r} days")
        total += events
        says = "no drift" if not found else "; ".join(found)
        name = compiled.program.name
        print(f"{name}, seed {seed}: {events:,} events, {memory_mb():.0f} MB, {says}", flush=True)
        faults += len(found)
        seed += 1
    grown, seconds = memory_mb() - before, time.time() - began
    print(f"{total:,} events in {seconds:.0f} s; memory grew by {grown:.1f} MB")
    return int(faults > 0 or grown > MOST_GROWTH_MB)


if __name__ == "__main__":
    sys.exit(main())
