"""What the terminal shows, written for a policy analyst: the answer first, then what weakens it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from rimland.findings.words import count, times
from rimland.study.finding import NOT_COMPUTED, NOT_TESTED, VERDICTS, Finding, Shown
from rimland.study.judge import claims_named, describe_plan
from rimland.study.numbers import KINDS
from rimland.study.page import counts, honest
from rimland.study.phrases import phrase

if TYPE_CHECKING:
    from rimland.cli.work import Work
    from rimland.study import Run, Scenario
    from rimland.study.compare import Effect

STYLES = {
    "holds": "bold cyan",
    "reversed": "bold yellow",
    "negligible": "bold",
    "undecided": "bold bright_black",
    "contested": "bold magenta",
    NOT_TESTED: "bright_black",
}
"""Verdicts are told apart by their words; the styles only help."""
WIDTH = 11
CARDS = 3


def demo(out: Console, work: Work, payload: dict[str, Any], page: Path) -> None:
    """Print the first screen: what weakens the answers, the counts, the most telling cards."""
    head(out, work, payload["run"]["seconds"], payload["run"]["variants"])
    for finding in telling(work.findings, CARDS):
        brief(out, finding)
    first = telling(work.findings, 1)
    out.print(f"Report: {page}", soft_wrap=True)
    if first:
        scenario = work.run.scenario.id
        out.print(f"Next:   rimland judge {scenario} --claim {first[0].id}", soft_wrap=True)


def head(out: Console, work: Work, seconds: float, variants: int) -> None:
    """Print title, size of the run, what rests on judged numbers, and how many of each verdict."""
    run = work.run
    heading = run.scenario.assembled.heading
    out.print()
    _sides(out, Text(heading.title, style="bold"), f"as of {heading.as_of:%-d %B %Y}")
    out.print(
        f"{run.draws} draws × {run.futures} futures × "
        f"{_some(len(run.scenario.accounts), 'account')} · {_some(variants, 'variant')} · "
        f"{seconds:.1f} s",
        style="bright_black",
    )
    out.print()
    out.print(honest(work.findings)["text"])
    found = counts(work.findings)
    line = Text(f"Of {_some(len(work.findings), 'claim')}  ")
    for position, name in enumerate(VERDICTS):
        line.append(("   " if position else "") + name, style=STYLES[name])
        line.append(f" {found[name]}")
    out.print(line)
    out.print()


def judged(out: Console, work: Work, cards: bool) -> None:
    """Print the head, a card for each tested claim, and those not tested."""
    head(out, work, work.seconds, len(work.plan))
    for finding in work.findings:
        if finding.tested and cards:
            card(out, finding, work.run.scenario.assembled.named)
        elif finding.tested:
            _claim_line(out, finding)
    rest = [f for f in work.findings if not f.tested]
    if rest:
        out.print(Text(f"Not tested yet ({len(rest)}): ", style=STYLES[NOT_TESTED]), end="")
        out.print(", ".join(f.id for f in rest), style="bright_black")


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


def brief(out: Console, f: Finding) -> None:
    """Print a card in three lines: what the verdict leans on, the number, the accounts."""
    _claim_line(out, f)
    _indented(out, Text(f.in_this_model))
    if f.plain == "contested":
        _indented(out, Text(_by_account(f)))
    elif f.shown is not None:
        _indented(out, _number(f.shown))
    _indented(out, Text(f"Confidence: {f.confidence}", style="bright_black"))
    out.print()


def card(out: Console, f: Finding, named: Callable[[str], str]) -> None:
    """Print one card whole, in its fixed order."""
    _claim_line(out, f)
    _indented(out, Text(f.in_this_model))
    if f.shown is not None:
        _indented(out, _number(f.shown))
    lines: list[tuple[str, str]] = []
    if f.kind != "fact":
        lines.append(("Priors alone", NOT_COMPUTED))
        lines.append(("By account", _by_account(f)))
    first = next(iter(f.answers.values()), None)
    lines += list(first.lines) if first else []
    rests = f.rests_on or {}
    parts = [
        f"{rests[k.replace('-', '_')]} {k.replace('published-', '')}"
        for k in KINDS
        if rests.get(k.replace("-", "_"))
    ]
    if parts:
        weakest = f"; weakest: {phrase(rests['weakest'], named)}" if rests.get("weakest") else ""
        lines.append(("Rests on", ", ".join(parts) + weakest))
    lines.append(("Flips if", NOT_COMPUTED))
    lines.append(("Rival reason", f.rival or "none stated"))
    lines.append(("Watch for", NOT_COMPUTED))
    lines.append(("Confidence", f.confidence or ""))
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bright_black", width=16)
    grid.add_column()
    for label, text in lines:
        grid.add_row(Text(label), Text(text))
    out.print(Padding(grid, (0, 0, 1, WIDTH)))


def _number(shown: Shown) -> Text:
    text = Text(shown.text(), style="bold")
    text.append(f"  {shown.what}", style="not bold")
    if shown.smallest is not None:
        text.append(f"; the verdict would change at {shown.size()}", style="not bold bright_black")
    return text


def _by_account(f: Finding) -> str:
    """Return each account's verdict, with its number where they differ."""
    if len({a.verdict for a in f.answers.values()}) == 1:
        return f"{', '.join(f.answers)}: all {f.verdict}"
    return "; ".join(
        f"{account} {a.shown.text() + ', ' if a.shown else ''}{a.verdict}"
        for account, a in f.answers.items()
    )


def _indented(out: Console, text: Text) -> None:
    out.print(Padding(text, (0, 0, 0, WIDTH)))


def _claim_line(out: Console, f: Finding) -> None:
    line = Text(f"{f.plain:<{WIDTH}}", style=STYLES[f.plain])
    line.append(f.id, style="bold")
    line.append(f" · {f.says}")
    reason = f.verdict[len(f.plain) :].strip(" ()")
    if reason:
        line.append(f" ({reason})", style="bright_black")
    out.print(_hanging(line))


def _hanging(line: Text) -> Table:
    grid = Table.grid()
    grid.add_column(width=WIDTH)
    grid.add_column()
    grid.add_row(line[:WIDTH], line[WIDTH:])
    return grid


def _sides(out: Console, left: Text, right: str) -> None:
    gap = out.width - left.cell_len - len(right)
    out.print(left if gap < 2 else left.append(" " * min(gap, 40) + right, style="not bold"))
    if gap < 2:
        out.print(right)


def _some(n: int, noun: str) -> str:
    return f"{count(n)} {noun}{'' if n == 1 else 's'}"


def plan(
    out: Console,
    scenario: Scenario,
    claims: Iterable[str] | None,
    draws: int | None,
    futures: int | None,
) -> None:
    """Print the plan of a judgement before it is run: which runs, shared by which claims."""
    run = scenario.run(draws, futures)
    rows = describe_plan(run, claims_named(scenario.assembled, claims))
    if not rows:
        return
    total = sum(row["futures"] for row in rows)
    out.print(
        f"Plan: {_some(len(rows), 'variant')} × {_some(len(scenario.accounts), 'account')}, "
        f"{count(total)} futures",
        style="bright_black",
    )
    for row in rows:
        out.print(f"  {row['variant']}: {', '.join(row['claims'])}", style="bright_black")


def sound(out: Console, scenario: Scenario) -> None:
    """Say that a scenario is sound, and what it is made of."""
    made = scenario.describe()
    out.print(
        f"{made['id']} is sound: {_some(made['claims'], 'claim')} ({made['tested']} tested), "
        f"{_some(made['numbers'], 'number')}, {_some(made['variables'], 'variable')}, "
        f"{_some(made['transitions'], 'transition')}, "
        f"{_some(len(made['accounts']), 'account')}, {_some(len(made['variants']), 'variant')}."
    )


def measures(out: Console, rows: list[dict[str, Any]]) -> None:
    """Print the measures that a scenario offers."""
    table = _table("measure", "what it is", "unit")
    for row in rows:
        table.add_row(row["name"], row["says"], row["unit"])
    out.print(table)


def measured(out: Console, run: Run, variant: str, rows: list[dict[str, Any]]) -> None:
    """Print measures at the horizon: median and 5-95 % across draws, a column an account."""
    accounts = list(dict.fromkeys(row["account"] for row in rows))
    out.print(
        f"{run.scenario.title}: {variant}, by {run.scenario.assembled.heading.horizon}; median "
        f"and 5–95 % across {run.draws} draws of {run.futures} futures, {run.seconds:.1f} s"
    )
    table = _table("measure", *accounts)
    by_name: dict[str, list[str]] = {}
    for row in rows:
        by_name.setdefault(f"{row['what']}", []).append(row["text"])
    for name, texts in by_name.items():
        table.add_row(name, *texts)
    out.print(table)


def compared(out: Console, run: Run, effects: Sequence[Effect]) -> None:
    """Print paired effects, and how much of the variance pairing took away."""
    first = effects[0]
    labels = run.scenario.assembled.variant
    out.print(
        f"{labels(first.variant).label} against {labels(first.against).label}, the same luck in "
        f"both; {run.draws} draws × {run.futures} futures, by {first.when:%-d %B %Y}"
    )
    table = _table(
        "measure", "account", "from", "to", "effect", "5–95 %", "variance cut by pairing"
    )
    for e in effects:
        factor = e.variance_removed
        cut = "nothing varies" if factor != factor else times(factor)
        table.add_row(
            f"{e.measure.says}, {e.measure.unit}",
            e.account,
            f"{e.baseline.median:.3g}",
            f"{e.switched.median:.3g}",
            f"{e.effect.median:+.3g}".replace("-", "−"),
            f"{e.effect.p05:.3g} to {e.effect.p95:.3g}".replace("-", "−"),
            cut,
        )
    out.print(table)
    for note in dict.fromkeys(e.note for e in effects if e.note):
        out.print(note, style="bright_black")


def cited(out: Console, scenario: Scenario, rows: list[dict[str, Any]]) -> None:
    """Print all numbers by kind, each with its source or the reason it is judged so."""
    total = len(rows)
    out.print(f"{_some(total, 'number')} of {scenario.title}")
    for kind in KINDS:
        some = [row for row in rows if row["kind"] == kind]
        if not some:
            continue
        out.print(f"\n{kind} ({len(some)})", style="bold")
        table = _table("number", "range", "causal", "source or reason")
        for row in some:
            reason = row["source"] or row["because"] or ""
            if row["source"] and row["because"]:
                reason = f"{row['source']}; {row['because']}"
            table.add_row(row["says"], row["value"].split(" (")[0], row["causal"] or "", reason)
        out.print(table)


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bright_black")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
