"""A tiny invented system of three actors and a rival, for the tests of the vocabulary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from rimland.engine import Futures, run
from rimland.notation.parse import parse
from rimland.notation.problems import Problems
from rimland.notation.yamlfile import Document, read_yaml
from rimland.program.build import ProgramBuilder
from rimland.program.model import Hold, Program, Switch, Variable
from rimland.vocab import WORDS
from rimland.vocab.lowering import Lowering

AS_OF = date(2024, 4, 15)
HORIZON = date(2034, 4, 15)

ACTORS = """
actors:
  AAA: {name: Aland, capability: {value: 0.2 share, computed: invented},
        capital: {latitude: 0, longitude: 0, source: x, seen: true}}
  BBB: {name: Beland, capability: {value: 0.05 to 0.1 share, judged: invented},
        capital: {latitude: 30, longitude: 100, source: x, seen: true}}
  DDD: {name: Deland, capability: {value: 0.02 share, computed: invented},
        capital: {latitude: 20, longitude: 110, source: x, seen: true}}
  CCC: {name: Celand, capability: {value: 0.2 share, computed: invented},
        capital: {latitude: 35, longitude: 110, source: x, seen: true}}
"""
TIES = """
ties:
  - {pair: [BBB, AAA], pact: defence, command: liaison, presence: permanent, exercises: integrated,
     industry: codevelopment, information: real_time, alignment: aligned,
     troops: {value: 53000 troops, source: x, seen: true}, source: x, recalled: true}
  - {pair: [AAA, DDD], pact: consultation, presence: access, source: x, seen: true}
  - {pair: [CCC, DDD], alignment: distant, judged: invented}
"""
POLITICS = """
governments:
  BBB:
    in_power: conservative
    source: x
    seen: true
    blocs:
      conservative:
        towards: {AAA: {value: 1.1 to 2.1 index, judged: j}}
        sets: {ties.BBB-AAA.exercises: integrated}
        wings:
          doubters:
            share: {value: 0.1 to 0.3 share, judged: j}
            shifts: {AAA: {value: -1 to 0.2 index, judged: j}}
      liberal:
        towards: {AAA: {value: -1 to 0.5 index, judged: j}}
        sets: {ties.AAA-BBB.exercises: occasional}
    elections:
      presidential:
        dates: [2027-05-10, 2032-05-10]
        change: {value: 0.35 to 0.75 share, judged: j}
    between_elections: {value: 0.01 to 0.05 per year, judged: j}
    leader_change: {value: 0.2 to 0.6 per year, judged: j}
hurdles:
  bb-legislature:
    actor: BBB
    kind: legislature
    says: the house has to agree
    takes: {median: {value: 117 to 280 days, judged: j}, spread: {value: 1.5 to 4 ratio, judged: j}}
    fails: {value: 0.02 to 0.15 share, judged: j}
    drivers:
      - {of: politics.BBB.bloc, at: liberal, effect: {value: -0.5 to 1 log, judged: j},
         says: liberals doubt it}
    savings: {value: -1 to 3 log, judged: j}
"""
PLEDGES = """
pledges:
  joint-staff:
    says: a joint staff
    costs: {value: 0.7 to 1.2 ratio, judged: j}
    by: [BBB]
    to: [AAA, BBB]
    domain: defence
    announced: 2022-12-16
    due: 2025-03-31
    stage: resourced
    source: x
    seen: true
    steps:
      authorised: {hurdles: [bb-legislature]}
      under_way:
        takes: {median: {value: 60 days, computed: c}, spread: {value: 2 ratio, computed: c}}
  joint-planning:
    says: plans made together
    by: [AAA, BBB]
    domain: defence
    announced: 2024-04-10
    stage: announced
    judged: invented
consequences:
  - {id: joint-command, once: [joint-staff, joint-planning],
     raise: {ties.BBB-AAA.command: coordinated}, says: staffs make command}
"""
COMMAND = """
contingencies:
  strait:
    says: a crisis in the strait
    relation: ties.AAA-BBB.command
    stated_at: liaison
    window: {value: 7 to 21 days, judged: j}
    planning: pledges.joint-planning.operational
    drills_per_year: 2
    chain:
      detect:
        takes: &day {median: {value: 24 hours, computed: c}, spread: {value: 2 ratio, computed: c}}
      consult:
        takes:
          median: {value: 3 to 9 days, judged: j}
          spread: {value: 1.5 to 3 ratio, judged: j}
        eased_by: [relation]
      legal_basis: {takes: *day, eased_by: [planning]}
      order:
        takes: {median: {value: 2 days, computed: c}, spread: {value: 3 ratio, computed: c}}
        eased_by: [relation, planning]
    relation_effect:
      separate: {value: 1 to 2 ratio, judged: j, causal: assumed}
      coordinated: {value: 0.3 to 1.1 ratio, judged: j, causal: assumed}
      combined: {value: 0.2 to 1 ratio, judged: j, causal: assumed}
    planning_effect: {value: 0.3 to 0.99 ratio, judged: j}
    force:
      base: 100
      adds: {pledges.joint-staff.operational: {value: -1 to 6 index, judged: j}}
      rests_on: {ties.AAA-BBB.presence: {value: 0.3 to 0.6 share, judged: j}}
"""
PERCEPTION = """
encirclement:
  CCC:
    by: [AAA, BBB, DDD]
    layers:
      pact: {value: 0.5 to 2 ratio, judged: j}
      presence: {value: 0.5 to 2 ratio, judged: j}
      command: {value: 0.2 to 1 ratio, judged: j}
      troops: {value: 0.1 to 0.4 ratio, judged: j}
    reach: {value: 1000 to 4000 km, judged: j}
"""
PREPARATION = """
preparation:
  CCC:
    top: 10
    start: 5
    rises:
      rate: {value: 0.3 to 0.6 per year, judged: j}
      drivers: [{of: perception.CCC.encirclement_change, effect: {value: -0.5 to 2 log, judged: j}}]
    falls: {rate: {value: 0.05 to 0.2 per year, judged: j}}
    milestones: {ready: {level: 8, says: Celand is ready}}
"""
RESPONSES = """
responses:
  drawn-together:
    name: counter-ties
    of: CCC
    drivers: [{of: perception.CCC.encirclement_change, effect: {value: -1 to 3 log, judged: j}}]
    ties:
      ties.DDD-CCC.exercises:
        up_to: regular
        rises: {rate: {value: 0.05 to 0.2 per year, judged: j}}
        falls:
          rate: {value: 0.02 to 0.1 per year, judged: j}
          drivers: [{of: preparation.CCC.level, effect: {value: -0.2 to 0.1 log, judged: j}}]
      ties.CCC-DDD.alignment: {rises: {rate: {value: 0.05 to 0.2 per year, judged: j}}}
"""
FLASHPOINTS = """
flashpoints:
  strait:
    rival: CCC
    defenders: [AAA, BBB]
    dispute:
      rate: {value: 0.5 to 1 per year, judged: j}
      drivers: [{of: command.strait.slowness, effect: {value: -0.1 to 0.8 log, judged: j}}]
    tension:
      ends: {value: 60 to 200 days, judged: j}
      crisis: {value: 0.03 to 0.15 share, judged: j}
      drivers: [{of: preparation.CCC.level, effect: {value: 0 to 0.2 log, judged: j}}]
    crisis:
      ends: {value: 20 to 100 days, judged: j}
      war: {value: 0.01 to 0.1 share, judged: j}
    war: {ends: {value: 100 to 600 days, judged: j}}
"""
FILES = {
    "actors.yaml": ACTORS,
    "ties.yaml": TIES,
    "politics.yaml": POLITICS,
    "pledges.yaml": PLEDGES,
    "command.yaml": COMMAND,
    "perception.yaml": PERCEPTION,
    "preparation.yaml": PREPARATION,
    "flashpoints.yaml": FLASHPOINTS,
}


@dataclass
class System:
    """What came of reading and lowering files."""

    low: Lowering
    models: dict[str, Any]
    problems: Problems

    def program(self) -> Program:
        """Return the built program; fails the test with the problems if there are any."""
        self.problems.raise_if_any()
        return self.low.builder.build(self.low.central())

    def theta(self, draws: int, seed: int = 1) -> np.ndarray:
        """Return theta with every quantity drawn independently, by inversion."""
        return self.program().theta(self.draws(draws, seed), draws)

    def draws(self, draws: int, seed: int = 1) -> dict[str, np.ndarray]:
        """Return every quantity's and derived value's draws."""
        rng = np.random.default_rng(seed)
        values = {n: q.quantile(rng.uniform(size=draws)) for n, q in self.low.quantities.items()}
        return self.low.with_derived(values)

    def run(self, futures: int, seed: int = 1, days: Any = (3652,), **more: Any) -> Futures:
        """Return futures at the central value of every quantity."""
        program = self.program()
        horizon = float(max(days))
        return run(
            program,
            program.default_theta(),
            futures=futures,
            seed=seed,
            horizon_days=horizon,
            grid_days=np.array(days, float),
            **more,
        )

    def hold(self, levels: dict[str, str]) -> Switch:
        """Return the switch that holds variables at named levels from the start."""
        number = {v.name: v.levels.index(levels[v.name]) for v in self._named(levels)}
        return Switch(holds=tuple(Hold(n, level) for n, level in number.items()))

    def start(self, levels: dict[str, str]) -> Switch:
        """Return the switch that starts variables at named levels."""
        return Switch({v.name: v.levels.index(levels[v.name]) for v in self._named(levels)})

    def _named(self, names: Iterable[str]) -> list[Variable]:
        return [self.low.builder.variable_named(name) for name in names]

    def texts(self) -> list[str]:
        """Return the problems as lines."""
        return [str(problem) for problem in self.problems]


def system(folder: Path, horizon: date = HORIZON, **changed: str | None) -> System:
    """Lower the system with some files replaced (by word) or left out (None).

    RESPONSES is left out unless it is given: it needs perception and preparation.
    """
    texts = {**FILES, **{f"{word}.yaml": text for word, text in changed.items()}}
    return lowered(folder, texts, Problems(), {}, horizon)


def lowered(
    folder: Path,
    texts: Mapping[str, str | None],
    problems: Problems,
    documents: dict[str, Document],
    horizon: date = HORIZON,
) -> System:
    """Write, read and lower the files of all words; `documents` are the tables read before."""
    models: dict[str, Any] = {}
    unsure: set[str] = set()
    for word in WORDS:
        text = texts.get(word.FILE)
        models[word.FILE] = word.Model()
        if text is None:
            continue
        (folder / word.FILE).write_text(text, encoding="utf-8")
        document = read_yaml(folder / word.FILE, problems)
        if document is None:
            continue
        documents[word.FILE] = document
        found = parse(word.Model, document, problems)
        if found is not None:
            models[word.FILE] = found
        else:
            unsure.update(word.NAMES)
    low = Lowering(ProgramBuilder("tiny"), AS_OF, horizon, problems, documents)
    low.unsure.update(unsure)
    for word in WORDS:
        word.declare(models[word.FILE], low)
    for word in WORDS:
        word.lower(models[word.FILE], low)
    return System(low, models, problems)


def reading(
    program: Program, theta: np.ndarray, name: str, changed: Mapping[str, int] | None = None
) -> np.ndarray:
    """Return what is read under `name` in each draw, with some variables off their starts.

    An evaluation of features and indices independent of the engine's.
    """
    state = {v.name: v.start for v in program.variables} | dict(changed or {})
    column = {p.name: i for i, p in enumerate(program.parameters)}
    transforms = {"identity": lambda x: x, "log": np.log, "log1p": np.log1p, "sqrt": np.sqrt}

    def plain(of: str) -> float:
        if of in state:
            return float(state[of])
        feature = next(f for f in program.features if f.name == of)
        total = 0.0
        for term in feature.terms:
            value = float(term.coef)
            for atom in term.atoms:
                level = state[atom.variable]
                inside = atom.lo is None or atom.lo <= level <= atom.hi
                value *= level if atom.lo is None else float(inside)
            total += value
        return float(transforms[feature.transform](total))

    index = next((i for i in program.indices if i.name == name), None)
    if index is None:
        return np.full(len(theta), plain(name))
    out = np.zeros(len(theta)) if index.constant is None else theta[:, column[index.constant]]
    for term in index.terms:
        out = out + theta[:, column[term.parameter]] * plain(term.of)
    return transforms[index.transform](out)


def fixed(value: str) -> str:
    """Return a quantity that is one number."""
    return f"{{value: {value}, computed: invented}}"


def within(share: float, expected: float, n: int) -> bool:
    """Return whether a share of n lies within four standard errors (wrong 6 times in 100,000)."""
    return abs(share - expected) <= 4 * np.sqrt(expected * (1 - expected) / n)
