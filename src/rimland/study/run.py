"""The noun Run: futures under every account and variant asked for, made once and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from rimland.errors import RimlandError, did_you_mean
from rimland.scenario.declaration import AS_ASSESSED
from rimland.vocab.lowering import canonical

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rimland.engine import Futures
    from rimland.study.compare import Comparison
    from rimland.study.finding import Finding
    from rimland.study.scenario import Scenario
    from rimland.vocab.measure import Measure


@dataclass(frozen=True)
class Need:
    """One run that something asks for: an account and a variant."""

    account: str
    variant: str


Plan = dict[Need, frozenset[str]]
"""What is to be run, and which measures each run has to record."""


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
    ) -> None:
        """Set the sizes; nothing is run yet."""
        if draws < 1 or futures < 2:
            raise RimlandError("a run needs at least 1 draw and 2 futures a draw")
        self.scenario = scenario
        self.draws, self.futures, self.seed = draws, futures, seed
        self.seconds = 0.0
        self.events = 0
        self._threads, self._progress = threads, progress
        self._kept: dict[Need, Futures] = {}
        self._values: dict[Need, dict[str, NDArray[np.float64]]] = {}

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
        need = Need(self.account(account), variant)
        wanted = self.scenario.assembled.measures if measures is None else measures
        self.make({need: frozenset(self.measure(name).name for name in wanted)})
        return self._kept[need]

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
            need: observers
            for need, measures in plan.items()
            if not (observers := self._observers(measures)) <= self._recorded(need)
        }
        each, began = self.draws * self.futures, perf_counter()
        for position, (need, observers) in enumerate(todo.items()):

            def step(done: int, _total: int, before: int = position) -> None:
                if self._progress is not None:
                    self._progress(before * each + done, len(todo) * each)

            self._kept[need] = self._once(need, observers | self._recorded(need), step)
            self.events += int(self._kept[need].events.sum())
        self.seconds += perf_counter() - began

    def _once(
        self, need: Need, observers: frozenset[str], step: Callable[[int, int], None]
    ) -> Futures:
        from rimland.engine import run

        assembled = self.scenario.assembled
        kept = tuple(o for o in assembled.program.observers if o.name in observers)
        program = replace(assembled.program, observers=kept)
        return run(
            program,
            program.theta(self.values(need.account, need.variant), self.draws),
            futures=self.futures,
            seed=self.seed,
            horizon_days=float(assembled.horizon_day),
            grid_days=assembled.grid(),
            switch=assembled.variant(need.variant).switch,
            threads=self._threads,
            progress=step,
        )

    def _observers(self, measures: Iterable[str]) -> frozenset[str]:
        known = self.scenario.assembled.measures
        found = (known[name] for name in measures)
        return frozenset(o for measure in found for o in (*measure.observers, *measure.over))

    def _recorded(self, need: Need) -> frozenset[str]:
        return frozenset(self._kept[need].observers) if need in self._kept else frozenset()

    @property
    def made(self) -> tuple[Need, ...]:
        """What has been run so far."""
        return tuple(self._kept)

    def values(self, account: str, variant: str = AS_ASSESSED) -> dict[str, NDArray[np.float64]]:
        """Return the draws of every number under an account and a variant."""
        need = Need(self.account(account), variant)
        if need not in self._values:
            assembled = self.scenario.assembled
            self._values[need] = assembled.draw_values(
                need.account, self.draws, self.seed, assembled.variant(variant)
            )
        return self._values[need]

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

    def judge(self, claims: Iterable[str] | None = None) -> tuple[Finding, ...]:
        """Return a Finding per claim, in the assessment's order; all claims by default."""
        from rimland.study.judge import judge

        return judge(self, claims)

    def __repr__(self) -> str:
        """Return one line."""
        return (
            f"Run({self.scenario.id!r}, {self.draws} draws x {self.futures} futures, "
            f"seed {self.seed}, {len(self._kept)} made)"
        )
