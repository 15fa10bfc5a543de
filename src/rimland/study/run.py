"""The noun Run: futures under every account and variant asked for, made once and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import blake2b
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from rimland.errors import Cancelled, RimlandError, RunError, did_you_mean
from rimland.program.model import NO_SWITCH
from rimland.program.slices import restricted, sliced
from rimland.scenario.declaration import AS_ASSESSED
from rimland.study.kept import Array, Kept, Runner, observers_of
from rimland.study.setting import DECLARED, Draws, Setting
from rimland.vocab.lowering import canonical

if TYPE_CHECKING:
    from rimland.engine import Futures
    from rimland.engine.arrays import Compiled
    from rimland.program.model import Observer, Program, Switch
    from rimland.study.compare import Comparison
    from rimland.study.finding import Finding
    from rimland.study.scenario import Scenario
    from rimland.vocab.measure import Measure


PINNED = 200
"""How many theta with pinned numbers are held at most."""


@dataclass(frozen=True)
class Need:
    """One run that something asks for: an account, a variant, and how the numbers are set."""

    account: str
    variant: str
    setting: Setting = DECLARED


Plan = dict[Need, frozenset[str]]
"""What is to be run, and which measures each run has to record."""


@dataclass
class Tally:
    """What was made so far, and what it took; shared by all views of one run."""

    seconds: float = 0.0
    events: int = 0
    made: tuple[Need, ...] = ()
    failed: dict[Need, str] = field(default_factory=dict)


class Run:
    """Draws x futures of a scenario. Structures and variants share the luck, future by future."""

    def __init__(
        self,
        scenario: Scenario,
        *,
        draws: int,
        futures: int,
        seed: int,
        threads: int | None = None,
        progress: Callable[[int, int], None] | None = None,
        keeps: bool = False,
    ) -> None:
        """Set the sizes; nothing is run yet. With `keeps`, findings are kept on disk."""
        if draws < 1 or futures < 2:
            raise RimlandError("a run needs at least 1 draw and 2 futures a draw")
        self.scenario = scenario
        self.draws, self.futures, self.seed = draws, futures, seed
        self.keeps = keeps
        self.setting = DECLARED
        self._tally = Tally()
        self._threads, self._progress = threads, progress
        self._kept = Kept(scenario.program)
        self._draws = Draws(scenario.assembled, draws, seed)
        self._thetas: dict[Need, Array] = {}
        self._switches: dict[str, Switch] = {}

    @property
    def seconds(self) -> float:
        """Seconds spent in making futures."""
        return self._tally.seconds

    @property
    def events(self) -> int:
        """Events in all futures made."""
        return self._tally.events

    @property
    def made(self) -> tuple[Need, ...]:
        """The runs that were asked for so far."""
        return self._tally.made

    def set_as(self, setting: Setting) -> Run:
        """Return this run with its numbers set otherwise; what either makes, both have.

        The luck of numbers and of futures is the same, so that the two can be paired.
        """
        other = copy(self)
        other.setting = setting
        return other

    def silent(self) -> Run:
        """Return this run without its progress."""
        other = copy(self)
        other._progress = None
        return other

    @contextmanager
    def passing(self) -> Iterator[Run]:
        """Give a silent view of this run whose own runs are forgotten when the block is left."""
        view = self.silent()
        view._thetas, view._tally = dict(self._thetas), replace(self._tally, failed={})
        view._tally.failed.update(self._tally.failed)
        with self._kept.passing():
            yield view
        self._tally.seconds, self._tally.events = view._tally.seconds, view._tally.events

    def under(
        self,
        account: str | None = None,
        variant: str = AS_ASSESSED,
        measures: Iterable[str] | None = None,
    ) -> Futures:
        """Return the futures under an account (the first by default) and a variant.

        `a+b` is two variants at once. With `measures` only what these read is sure to be there;
        without, everything is. Raises RimlandError with the nearest name when one is not known.
        """
        need = Need(self.account(account), variant, self.setting)
        wanted = self.scenario.assembled.measures if measures is None else measures
        names = frozenset(self.measure(name).name for name in wanted)
        if need not in self._tally.failed:
            self.make({need: names})
        if need in self._tally.failed:
            raise RunError(self._tally.failed[need])
        grid = self.scenario.assembled.grid()
        chosen = self._measures(names)
        return self._kept.futures(chosen, self._theta(need), self._switch(need), grid)

    def account(self, name: str | None) -> str:
        """Return the name of a known account; the first when none is given."""
        known = self.scenario.accounts
        if name is None:
            return known[0]
        if name not in known:
            raise RimlandError(
                f"there is no account '{name}'.{did_you_mean(name, known)} "
                f"Known: {', '.join(known)}."
            )
        return name

    def make(self, plan: Plan) -> None:
        """Run whatever of `plan` was not run yet, with progress over all of it."""
        todo = {
            need: names
            for need, names in plan.items()
            if need not in self._tally.failed
            and self._kept.missing(self._measures(names), self._theta(need), self._switch(need))
        }
        each, began = self.draws * self.futures, perf_counter()
        for position, (need, names) in enumerate(todo.items()):

            def step(done: int, _total: int, before: int = position) -> None:
                if self._progress is not None:
                    self._progress(before * each + done, len(todo) * each)

            try:
                self._tally.events += self._kept.make(
                    self._measures(names), self._theta(need), self._switch(need), self._runner(step)
                )
            except RunError as error:
                if isinstance(error, Cancelled) or need.setting == DECLARED:
                    raise
                # numbers set otherwise than declared may describe no possible world
                self._tally.failed[need] = str(error)
        self._tally.made = tuple(dict.fromkeys((*self.made, *plan)))
        self._tally.seconds += perf_counter() - began

    def cost(self, plan: Plan) -> int:
        """Return how many futures `plan` still asks for; runs that read the same are one."""
        seen: set[tuple[str, bytes]] = set()
        total = 0
        for need, names in plan.items():
            theta, switch = self._theta(need), self._switch(need)
            todo = self._kept.missing(self._measures(names), theta, switch)
            keys = {(m.name, self._kept.key(m, theta, switch)) for m in todo}
            total += self.draws * self.futures * bool(keys - seen)
            seen |= keys
        return total

    def watched(self, account: str, observers: Sequence[Observer]) -> Futures:
        """Return what other observers see at the horizon, under an account, as assessed.

        They are made once and not kept: they are no measures.
        """
        need = Need(self.account(account), AS_ASSESSED, self.setting)
        program = replace(self.scenario.program, observers=tuple(observers))
        part = sliced(program, {o.name for o in observers})
        grid = np.array([float(self.scenario.assembled.horizon_day)])
        return self.silent()._runner(lambda *_: None, grid)(part, self._theta(need), NO_SWITCH)

    def asked(
        self, account: str, variant: str, measures: Iterable[str]
    ) -> tuple[Program, Array, Switch]:
        """Return what the engine is asked for: the slice that measures see, theta, the switch."""
        need = Need(self.account(account), variant, self.setting)
        found = self._measures({self.measure(name).name for name in measures})
        program = sliced(self.scenario.program, {o for m in found for o in observers_of(m)})
        return program, self._theta(need), restricted(self._switch(need), program)

    def signature(self, account: str, variants: Iterable[str], measures: Iterable[str]) -> bytes:
        """Return a digest of all that the measures depend on under an account and the variants."""
        found = self._measures(self.measure(name).name for name in measures)
        digest = blake2b(digest_size=16)
        for variant in variants:
            need = Need(account, variant, self.setting)
            for measure in found:
                digest.update(self._kept.key(measure, self._theta(need), self._switch(need)))
        return digest.digest()

    def _runner(self, step: Callable[[int, int], None], grid: Array | None = None) -> Runner:
        from rimland.engine import run

        def once(program: Program | Compiled, theta: Array, switch: Switch) -> Futures:
            assembled = self.scenario.assembled
            return run(
                program,
                theta,
                futures=self.futures,
                seed=self.seed,
                horizon_days=float(assembled.horizon_day),
                grid_days=assembled.grid() if grid is None else grid,
                switch=switch,
                threads=self._threads,
                progress=step,
            )

        return once

    def _measures(self, names: Iterable[str]) -> list[Measure]:
        return [self.scenario.assembled.measures[name] for name in sorted(names)]

    def _switch(self, need: Need) -> Switch:
        if need.variant not in self._switches:
            self._switches[need.variant] = self.scenario.assembled.variant(need.variant).switch
        return self._switches[need.variant]

    def _theta(self, need: Need) -> Array:
        if need not in self._thetas:
            variant = self.scenario.assembled.variant(need.variant)
            theta = self._draws.theta(need.account, variant, need.setting)
            self._thetas[need] = theta
            self._drop_pinned()
            return theta
        return self._thetas[need]

    def _drop_pinned(self) -> None:
        """Let go of the oldest theta with pinned numbers: they are many, and seldom asked again."""
        pinned = [need for need in self._thetas if need.setting.pins]
        for need in pinned[:-PINNED]:
            del self._thetas[need]

    def values(self, account: str, variant: str = AS_ASSESSED) -> dict[str, Array]:
        """Return the draws of every number under an account and a variant."""
        found = self.scenario.assembled.variant(variant)
        return self._draws.values(self.account(account), found, self.setting)

    def measure(self, name: str) -> Measure:
        """Return a measure by name; raises RimlandError with the nearest one."""
        known = self.scenario.assembled.measures
        found = canonical(name)
        if found not in known:
            raise RimlandError(
                f"there is no measure '{name}'.{did_you_mean(found, known)} "
                f"`rimland run {self.scenario.id} --measures` lists all {len(known)}."
            )
        return known[found]

    def day(self, when: date | None) -> float:
        """Return the day of a date; the horizon when none is given."""
        assembled = self.scenario.assembled
        return float(assembled.horizon_day if when is None else assembled.day(when))

    def compare(self, variant: str, against: str = AS_ASSESSED) -> Comparison:
        """Return this run beside the same luck under `variant`."""
        from rimland.study.compare import Comparison

        self.scenario.assembled.variant(variant)
        self.scenario.assembled.variant(against)
        return Comparison(self, variant, against)

    def judge(
        self, claims: Iterable[str] | None = None, thorough: bool = True
    ) -> tuple[Finding, ...]:
        """Return a Finding per claim, in the assessment's order; all claims by default.

        Without `thorough`, what needs reruns of its own is left out: flips, rivals, signs.
        """
        from rimland.study.judge import judge

        return judge(self, claims, thorough)

    def __repr__(self) -> str:
        """Return one line."""
        return (
            f"Run({self.scenario.id!r}, {self.draws} draws x {self.futures} futures, "
            f"seed {self.seed}, {len(self.made)} made)"
        )
