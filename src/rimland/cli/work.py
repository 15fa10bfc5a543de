"""What the verbs call: judging, pages, rows of measures and of numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

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
from rimland.study.judge import claims_named, describe_plan, plan_of
from rimland.study.numbers import KINDS, number_rows
from rimland.study.page import judge_json, payload
from rimland.study.phrases import phrase


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
) -> Work:
    """Judge the claims of a scenario, with progress over all runs."""
    began = perf_counter()
    run = scenario.run(draws, futures, seed, threads, step)
    chosen = claims_named(scenario.assembled, claims)
    plan = describe_plan(run, chosen)
    findings = run.judge(claims)
    return Work(run, findings, plan, perf_counter() - began)


def write_page(work: Work, path: Path) -> tuple[Path, dict[str, Any]]:
    """Write the page of a judged run; return where it is and what it shows."""
    began = perf_counter()
    shown = payload(work.run, work.findings, work.seconds)
    shown["run"]["seconds"] = round(work.seconds + perf_counter() - began, 1)
    return write(shown, path), shown


def measure_rows(
    run: Run, variant: str, account: str | None, names: Iterable[str] | None
) -> list[dict[str, Any]]:
    """Return measures at the horizon, one row a measure and account."""
    wanted = [run.measure(name).name for name in names or run.scenario.assembled.measures]
    accounts = [run.account(account)] if account else run.scenario.accounts
    run.make({need: frozenset(wanted) for need in plan_needs(accounts, variant)})
    rows = []
    for name in wanted:
        measure = run.measure(name)
        for each in accounts:
            found = at(measure, run.under(each, variant, [name]), run.day(None))
            shown = Shown.of(measure.says, measure.unit, summary(found), change=False)
            rows.append({"measure": name, "account": each, "variant": variant, **shown.to_json()})
    return rows


def plan_needs(accounts: Iterable[str], *variants: str) -> list[Any]:
    """Return the runs of some variants under some accounts."""
    from rimland.study.run import Need

    return [Need(account, variant) for account in accounts for variant in variants]


def effects(
    run: Run,
    variant: str,
    against: str,
    account: str | None,
    claim: str | None,
    names: Iterable[str] | None,
) -> list[Effect]:
    """Return paired effects on the measures of a claim, those named, or all on the page."""
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
        wanted = list(dict.fromkeys(name for c in tested for name in measures_of(c)[:1]))
    wanted = [run.measure(name).name for name in wanted]
    accounts = [run.account(account)] if account else list(run.scenario.accounts)
    for name in (variant, against):
        assembled.variant(name)
    run.make({need: frozenset(wanted) for need in plan_needs(accounts, variant, against)})
    made = run.compare(variant, against)
    return [made.effect(name, each, when) for name in wanted for each in accounts]


def cited(scenario: Scenario, kind: str | None, account: str | None) -> list[dict[str, Any]]:
    """Return numbers by kind, the best founded first, each with its name in plain words."""
    if kind is not None and kind not in KINDS:
        raise RimlandError(
            f"'{kind}' is not a kind of number.{did_you_mean(kind, KINDS)} "
            f"Known: {', '.join(KINDS)}."
        )
    if account is not None and account not in scenario.accounts:
        raise RimlandError(
            f"there is no account '{account}'.{did_you_mean(account, scenario.accounts)}"
        )
    rows = number_rows(scenario.assembled, account)
    rows = [
        {"says": phrase(row["name"], scenario.assembled.named), **row}
        for row in rows
        if kind in (None, row["kind"])
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


__all__ = ["Work", "cited", "effects", "judged", "known_verdict", "measure_rows", "plan_of"]
