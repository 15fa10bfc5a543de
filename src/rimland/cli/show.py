"""What the terminal shows, written for a policy analyst: the answer first, then what weakens it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from rimland.cli.cards import brief, card, claim_line
from rimland.cli.lines import DIM, STYLES, hanging, items, labelled, sides, some
from rimland.findings.words import count
from rimland.study.finding import JUDGED, NOT_TESTED, VERDICTS, Finding
from rimland.study.judge import claims_named, describe_plan, kept_findings, plan_of
from rimland.study.page import counts, flag_counts, honest

if TYPE_CHECKING:
    from rimland.cli.work import Work
    from rimland.notation.problems import Problem
    from rimland.study import Run, Scenario

CARDS = 3
LEAST_DRAWS = 29
"""With fewer draws no share of nine in ten can be told from chance; see findings/verdict.py."""


def demo(out: Console, work: Work, payload: dict[str, Any], page: Path, scenario: str) -> None:
    """Print the first screen: what weakens the answers, the counts, the most telling cards.

    `scenario` is what the person called it, for the next command.
    """
    head(out, work, payload["run"]["seconds"], payload["run"]["variants"])
    for finding in telling(work.findings, CARDS):
        brief(out, finding)
    rows = [("Report", str(_short(page)))]
    first = telling(work.findings, 1)
    if first:
        rows.append(("Next", f"rimland judge {quote(scenario)} --claim {first[0].id}"))
    for label, text in rows:
        out.print(f"{label + ':':<8}{text}", soft_wrap=True, markup=False)


def _short(page: Path) -> Path:
    """Return the path as it is written from here, where that is possible."""
    here = Path.cwd()
    return page.relative_to(here) if page.is_relative_to(here) else page


def head(out: Console, work: Work, seconds: float, variants: int) -> None:
    """Print title, size of the run, what rests on judged numbers, verdicts, and the accounts."""
    run = work.run
    heading = run.scenario.assembled.heading
    out.print()
    sides(out, Text(heading.title, style="bold"), f"as of {heading.as_of:%-d %B %Y}")
    size = f"{some(run.draws, 'draw')} × {run.futures} futures"
    size += f" × {some(len(run.scenario.accounts), 'account')} · {some(variants, 'variant')}"
    if variants:
        out.print(f"{size} · {seconds:.1f} s", style=DIM)
    out.print()
    out.print(honest(work.findings)["text"])
    counted(out, work.findings)
    if run.draws < LEAST_DRAWS:
        out.print(f"With fewer than {LEAST_DRAWS} draws no claim can be decided.")
    out.print()
    if len(heading.structures) > 1 and any(f.answers and f.kind != "fact" for f in work.findings):
        out.print("Each claim is judged under each account of how the system works:")
        labelled(out, [(s.id, s.says) for s in heading.structures], 2)
        out.print()


def counted(out: Console, findings: Sequence[Finding]) -> None:
    """Print how many claims have each verdict."""
    found = counts(findings)
    parts = [Text(name, style=STYLES[name]).append(f" {found[name]}", "not bold default")
             for name in VERDICTS if found[name] or name in (*JUDGED, NOT_TESTED)]  # fmt: skip
    items(out, f"Of {some(len(findings), 'claim')}", parts)
    flags = [Text(f"{word} {n}") for word, n in flag_counts(findings).items() if n]
    if flags:
        decided = sum(found[name] for name in ("holds", "reversed", "negligible", "contested"))
        items(out, f"Of these {decided} decided, flagged", flags)


def judged(out: Console, work: Work, cards: bool) -> None:
    """Print the head, a card for each tested claim, and those not tested."""
    head(out, work, work.seconds, len(work.plan))
    for finding in work.findings:
        if finding.tested and cards:
            card(out, finding, work.run.scenario.assembled.named)
        elif finding.tested:
            claim_line(out, finding)
    unseen = [f.id for f in work.findings if f.weakened.watch_for == []]
    if unseen and cards:
        text = f"No sign to watch for was found for {some(len(unseen), 'claim')}: no event before "
        text += "the horizon moves the verdict."
        out.print(Text(text, style=DIM))
    rest = [f for f in work.findings if not f.tested]
    if rest:
        names = [Text(f.id + ("," if f is not rest[-1] else ""), style=DIM) for f in rest]
        out.print(Text(f"{NOT_TESTED.capitalize()} ({len(rest)}):", style=DIM))
        items(out, "", names, " ")


def telling(findings: Sequence[Finding], most: int) -> list[Finding]:
    """Return the claims worth showing first: one of each verdict, what surprises before what fits.

    Facts and claims not tested come last, since no run speaks through them.
    """
    order = ("reversed", "contested", "holds", "negligible", "undecided")
    tested = [f for f in findings if f.tested and f.kind != "fact"]
    chosen: list[Finding] = []
    while len(chosen) < min(most, len(tested)):
        for verdict in order:
            left = [f for f in tested if f.plain == verdict and f not in chosen]
            if left and len(chosen) < most:
                chosen.append(left[0])
    return chosen


def plan(out: Console, scenario: Scenario, claims: Iterable[str] | None, run: Run) -> None:
    """Print before a judgement which variants are run, shared by how many claims, at what cost."""
    chosen = claims_named(scenario.assembled, list(claims) if claims is not None else None)
    kept = kept_findings(run, chosen)
    tested = [claim for claim in chosen if claim.test is not None and claim.id not in kept]
    if kept:
        text = f"{some(len(kept), 'verdict')} kept from before (--no-cache judges again)."
        hanging(out, Text("Kept:", style=DIM), Text(text, style=DIM), 6)
    rows = describe_plan(run, tested)
    if not rows:
        return
    cost = run.cost(plan_of(run, tested))
    alone = sum(len(row["claims"]) * row["futures"] for row in rows)
    saved = f", where each claim by itself would need {count(alone)}" if alone > cost else ""
    text = (
        f"{some(len(tested), 'test')}, {some(len(rows), 'variant')}, "
        f"{some(len(scenario.accounts), 'account')}; {count(cost)} futures to run{saved}."
    )
    hanging(out, Text("Plan:", style=DIM), Text(text, style=DIM), 6)
    shared = [f"{row['variant']} by {len(row['claims'])}" for row in rows if len(row["claims"]) > 1]
    if shared:
        text = f"Shared by several claims: {', '.join(shared)}."
        hanging(out, Text(""), Text(text, style=DIM), 6)


def scaffolded(out: Console, path: Path) -> None:
    """Say what to do with a new scenario."""
    name = path.name
    out.print(f"{path} holds a small scenario that runs. Next:\n", markup=False, soft_wrap=True)
    rows = (
        (f"rimland check {name}", "finds every mistake at once"),
        (f"rimland judge {name}", "gives a verdict on each claim"),
        (f"rimland report {name} --open", "writes the page and opens it"),
    )
    width = max(len(command) for command, _ in rows)
    for command, says in rows:
        out.print(Text(f"  {command:<{width}}   ").append(says, style=DIM), soft_wrap=True)
    out.print(f"\nThen read {path / 'scenario.yaml'}, which says what each file is for.",
              markup=False, soft_wrap=True)  # fmt: skip


def mistakes(out: Console, problems: Sequence[Problem]) -> None:
    """Print every mistake, and how many there are."""
    for problem in problems:
        out.print(str(problem), markup=False, soft_wrap=True)
    out.print(f"\n{some(len(problems), 'mistake')}.")


def sound(out: Console, scenario: Scenario) -> None:
    """Say that a scenario is sound, and what it is made of."""
    made = scenario.describe()
    out.print(Text(f"{made['id']} is sound.", style="bold"))
    untested = made["claims"] - made["tested"]
    note = f", {count(untested)} of them without a test" if untested else ""
    out.print(
        f"{some(made['claims'], 'claim')}{note}; {some(made['numbers'], 'number')}; "
        f"{some(len(made['accounts']), 'account')}; {some(len(made['variants']), 'variant')}; "
        f"{some(made['variables'], 'variable')} and {some(made['transitions'], 'transition')}."
    )
