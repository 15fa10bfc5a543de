"""What the verbs call: judging, pages, rows of measures and of numbers."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from rimland.cli.console import Step
from rimland.errors import RimlandError, did_you_mean
from rimland.findings.effects import summary
from rimland.findings.measures import at
from rimland.pages import write
from rimland.scenario.locate import shipped
from rimland.study import Finding, Run, Scenario, load
from rimland.study.answers import measures_of, when_of
from rimland.study.compare import Effect
from rimland.study.finding import VERDICTS, Shown
from rimland.study.judge import claims_named, describe_plan
from rimland.study.numbers import KINDS, number_rows
from rimland.study.page import judge_json, payload
from rimland.study.phrases import phrase
from rimland.study.run import Need

if TYPE_CHECKING:
    from rimland.engine import Futures
    from rimland.program.model import Program
    from rimland.study.ensembles import Ensemble
    from rimland.vocab.measure import Measure


KINDS_IN_SHORT = {
    "seen": ("published-seen",),
    "recalled": ("published-recalled",),
    "published": ("published-seen", "published-recalled"),
}
"""The kinds of numbers as cards call them."""


@dataclass(frozen=True)
class Work:
    """A run that was judged."""

    run: Run
    findings: tuple[Finding, ...]
    plan: list[dict[str, Any]]
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Return the whole of `judge --json`."""
        return judge_json(self.run, self.findings, self.plan)


@dataclass(frozen=True)
class Row:
    """A measure at the horizon, under one account."""

    measure: Measure
    account: str
    variant: str
    shown: Shown

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        head = {"measure": self.measure.name, "account": self.account, "variant": self.variant}
        return {**head, **self.shown.to_json()}


def the_scenario(name: str | None) -> Scenario:
    """Return the scenario called `name`, or the one that ships."""
    if name is not None:
        return load(name)
    known = shipped()
    if not known:
        raise RimlandError("no scenario ships with this installation; reinstall the package")
    return load(next(iter(known)))


def judged(
    scenario: Scenario,
    draws: int | None,
    futures: int | None,
    seed: int | None,
    threads: int | None,
    step: Step | None,
    claims: Iterable[str] | None = None,
    keeps: bool = True,
    thorough: bool = True,
) -> Work:
    """Judge the claims of a scenario, with progress over all runs.

    With `keeps`, what was judged before is read from disk; without `thorough`, what takes reruns
    of its own is left out.
    """
    began = perf_counter()
    run = scenario.run(draws, futures, seed, threads, step, keeps)
    plan = describe_plan(run, claims_named(scenario.assembled, claims))
    findings = run.judge(claims, thorough)
    return Work(run, findings, plan, perf_counter() - began)


def write_page(work: Work, path: Path) -> tuple[Path, dict[str, Any]]:
    """Write the page of a judged run; return where it is and what it shows."""
    began = perf_counter()
    shown = payload(work.run, work.findings, work.seconds)
    shown["run"]["seconds"] = round(work.seconds + perf_counter() - began, 1)
    return write(shown, path), shown


def open_in_browser(path: Path) -> None:
    """Open a page where there is a screen to open it on."""
    import typer

    screen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if screen or not sys.platform.startswith("linux"):
        typer.launch(path.as_uri())


def measure_rows(
    run: Run, variant: str, account: str | None, names: Iterable[str] | None
) -> list[Row]:
    """Return measures at the horizon, one row a measure and account."""
    wanted = [run.measure(name) for name in names or run.scenario.assembled.measures]
    accounts = [run.account(account)] if account else run.scenario.accounts
    all_names = frozenset(measure.name for measure in wanted)
    run.make(dict.fromkeys(_needs(accounts, variant), all_names))
    rows = []
    for measure in wanted:
        for each in accounts:
            found = at(measure, run.under(each, variant, [measure.name]), run.day(None))
            shown = Shown.of(measure.says, measure.unit, summary(found), change=False)
            rows.append(Row(measure, each, variant, shown))
    return rows


def stored(
    run: Run,
    folder: Path,
    variant: str,
    account: str | None,
    names: Iterable[str] | None,
    shard: tuple[int, int],
    threads: int | None,
    step: Step | None,
) -> Ensemble:
    """Keep a variant's futures in a folder, under one account or all, for some measures or all."""
    from rimland.study.ensembles import keep

    accounts = [run.account(account)] if account else run.scenario.accounts
    wanted = [run.measure(name).name for name in names or run.scenario.assembled.measures]
    return keep(run, folder, variant, accounts, wanted, shard, threads, step)


def stored_rows(run: Run, kept: Ensemble) -> list[Row]:
    """Return what `measure_rows` would, of a run that is kept in a folder."""
    variant = kept.head["variant"]
    rows = []
    for name in run.scenario.assembled.measures:
        if name in kept.head["measures"]:
            measure = run.measure(name)
            for account in kept.runs:
                found = at(measure, kept.futures(account, measure), run.day(None))
                shown = Shown.of(measure.says, measure.unit, summary(found), change=False)
                rows.append(Row(measure, account, variant, shown))
    return rows


def _needs(accounts: Iterable[str], *variants: str) -> list[Need]:
    return [Need(account, variant) for account in accounts for variant in variants]


def effects(
    run: Run,
    variant: str,
    against: str,
    account: str | None,
    claim: str | None,
    names: Iterable[str] | None,
) -> list[Effect]:
    """Return paired effects on the measures of a claim, those named, or those of all claims."""
    assembled = run.scenario.assembled
    when = None
    wanted = list(names or ())
    if claim is not None:
        chosen = claims_named(assembled, [claim])[0]
        if chosen.test is None or not measures_of(chosen):
            raise RimlandError(f"claim '{claim}' has no measure that a run could change")
        wanted += measures_of(chosen)
        when = when_of(run, chosen.test)
    if not wanted:
        tested = [c for c in assembled.claims.values() if c.test is not None]
        wanted = [name for c in tested for name in measures_of(c)[:1]]
    if not wanted:
        raise RimlandError(
            "no claim of this scenario has a measure; name one with --measure. "
            f"`rimland run {run.scenario.id} --measures` lists them."
        )
    wanted = list(dict.fromkeys(run.measure(name).name for name in wanted))
    accounts = [run.account(account)] if account else list(run.scenario.accounts)
    for name in (variant, against):
        assembled.variant(name)
    run.make({need: frozenset(wanted) for need in _needs(accounts, variant, against)})
    made = run.compare(variant, against)
    return [made.effect(name, each, when) for name in wanted for each in accounts]


def cited(scenario: Scenario, kind: str | None, account: str | None) -> list[dict[str, Any]]:
    """Return numbers by kind, the best founded first, each with its name in plain words."""
    wanted = KINDS_IN_SHORT.get(kind or "", (kind,) if kind else KINDS)
    if not set(wanted) <= set(KINDS):
        known = [*KINDS, *KINDS_IN_SHORT]
        raise RimlandError(
            f"'{kind}' is not a kind of number.{did_you_mean(str(kind), known)} "
            f"Known: {', '.join(KINDS)}; published is both of its kinds."
        )
    if account is not None and account not in scenario.accounts:
        raise RimlandError(
            f"there is no account '{account}'.{did_you_mean(account, scenario.accounts)} "
            f"Known: {', '.join(scenario.accounts)}."
        )
    rows = number_rows(scenario.assembled, account)
    rows = [
        {"says": phrase(row["name"], scenario.assembled.named), **row}
        for row in rows
        if row["kind"] in wanted
    ]
    return sorted(rows, key=lambda row: KINDS.index(row["kind"]))


def known_verdict(name: str) -> str:
    """Return a verdict's name, or raise RimlandError with the nearest."""
    known = [*VERDICTS, "undecided (runs)", "undecided (knowledge)"]
    if name not in known:
        raise RimlandError(
            f"'{name}' is not a verdict.{did_you_mean(name, known)} Known: {', '.join(known)}."
        )
    return name


def part_of(scenario: Scenario, measures: Iterable[str] | None) -> Program:
    """Return the scenario's program, or the part of it that some measures can see."""
    if not measures:
        return scenario.program
    from rimland.program.slices import sliced
    from rimland.study.kept import observers_of

    run = scenario.run()
    seen = {o for name in measures for o in observers_of(run.measure(name))}
    return sliced(scenario.program, seen)


def observer_rows(made: Futures) -> list[dict[str, Any]]:
    """Return mean and standard error of each observer at the end of its futures.

    What never happened in a future has no value there: `seen_in` is the share that has one.
    """
    import numpy as np

    rows: list[dict[str, Any]] = []
    for name in made.observers:
        values = made.of(name)[..., -1].ravel()
        held = values[np.isfinite(values)]
        error = float(held.std(ddof=1) / np.sqrt(held.size)) if held.size > 1 else None
        mean = float(held.mean()) if held.size else None
        seen = held.size / values.size
        rows.append({"observer": name, "mean": mean, "standard_error": error, "seen_in": seen})
    return rows
