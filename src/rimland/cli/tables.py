"""Measures, effects and numbers as tables that stay readable on a narrow terminal."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from rimland.cli.lines import DIM, hanging, indented, some
from rimland.findings.words import MINUS, amount, decimals_for, number, times
from rimland.study.finding import Shown
from rimland.study.numbers import KINDS

if TYPE_CHECKING:
    from rimland.cli.work import Row
    from rimland.study import Run, Scenario
    from rimland.study.compare import Effect
    from rimland.vocab.measure import Measure

KIND_SAYS = {
    "estimated": "fitted to data",
    "published-seen": "from a source that was read",
    "published-recalled": "from a source cited from memory",
    "computed": "worked out from sources",
    "judged": "a judgement, with the reason",
}


def measures(out: Console, rows: list[dict[str, Any]]) -> None:
    """Print the measures that a scenario offers: name, then what it is and its unit."""
    for row in rows:
        out.print(Text(row["name"], style="bold"), soft_wrap=True)
        indented(out, Text(f"{row['says']} ({row['unit']})"), 2)


def measured(out: Console, run: Run, variant: str, rows: Sequence[Row]) -> None:
    """Print measures at the horizon, once where all accounts agree."""
    heading = run.scenario.assembled.heading
    out.print(Text(heading.title, style="bold"))
    label = run.scenario.assembled.variant(variant).label
    out.print(
        f"{label}, by {heading.horizon:%-d %B %Y}: median and 5–95 % across {run.draws} draws of "
        f"{run.futures} futures"
    )
    accounts = list(dict.fromkeys(row.account for row in rows))
    names = list(dict.fromkeys(row.measure.name for row in rows))
    words = list(dict.fromkeys(name.split(".")[0] for name in names))
    word = ""
    for name in sorted(names, key=lambda name: words.index(name.split(".")[0])):
        same = [row for row in rows if row.measure.name == name]
        if name.split(".")[0] != word:
            word = name.split(".")[0]
            out.print(Text(f"\n{word}", style="bold"))
        measure = same[0].measure
        groups: dict[str, list[str]] = {}
        for row in same:
            groups.setdefault(_plain(row.shown), []).append(row.account)
        what = _named(measure)
        if len(groups) == 1:
            _value(out, next(iter(groups)), Text(what))
            continue
        _value(out, "", Text(what))
        for text, names in groups.items():
            _value(out, text, Text(_accounts(names, accounts), style=DIM))


def _named(measure: Measure) -> str:
    return f"{measure.says} ({measure.unit})"


def _value(out: Console, value: str, what: Text) -> None:
    """Print a number and what it is beside it, or below where the number takes more room."""
    column = 26 if out.width >= 72 else 22
    if len(value) + 4 > column:
        out.print(Text(f"  {value}"))
        value = ""
    hanging(out, Text(f"  {value}"), what, column)


def _plain(shown: Shown) -> str:
    """Return the number and its interval without the unit, one space between them."""
    text = Shown("", "", shown.median, shown.p05, shown.p95, shown.mc_error, None, shown.change)
    return text.text().replace("  ", " ")


def _accounts(names: Sequence[str], known: Sequence[str]) -> str:
    if len(names) == len(known):
        return "all accounts" if len(known) > 1 else known[0]
    return ", ".join(names)


def compared(out: Console, run: Run, effects: Sequence[Effect]) -> None:
    """Print paired effects, once where accounts agree, with the error of both kinds of luck."""
    first = effects[0]
    labels = run.scenario.assembled.variant
    title = f"{labels(first.variant).label}, against {labels(first.against).label}"
    out.print(Text(title, style="bold"))
    out.print(
        f"by {first.when:%-d %B %Y}: median and 5–95 % across {run.draws} draws of "
        f"{run.futures} futures, the same in both"
    )
    accounts = list(dict.fromkeys(e.account for e in effects))
    moved = [e for e in effects if not _unmoved(e)]
    names = list(dict.fromkeys(e.measure.name for e in moved))
    groups: dict[str, dict[tuple[str, ...], list[str]]] = {}
    for e in effects:
        if e.measure.name in names:
            groups.setdefault(e.measure.name, {}).setdefault(_cells(e), []).append(e.account)
    rows = {
        name: [("  " + _accounts(who, accounts), *cells) for cells, who in found.items()]
        for name, found in groups.items()
    }
    every = [*_HEADS, *(row for some_rows in rows.values() for row in some_rows)]
    widths = [max(len(row[i]) for row in every) for i in range(len(_HEADS[0]))]
    wide = sum(widths) + 2 * (len(widths) - 1) <= out.width
    if moved:
        out.print()
    if moved and wide:
        for heads in _HEADS:
            out.print(Text(_line(heads, widths), style=DIM))
    for name in names:
        measure = next(e.measure for e in moved if e.measure.name == name)
        out.print(Text(_named(measure)))
        for row in rows[name]:
            if wide:
                out.print(Text(_line(row, widths)))
            else:
                _stacked(out, row)
    if moved:
        out.print()
        out.print(Text(_LEGEND, style=DIM))
    for note in dict.fromkeys(e.note for e in moved if e.note):
        out.print(Text(note, style=DIM))
    still = [e.measure.says for e in effects if e.measure.name not in names]
    if still:
        out.print("\nThe same in every future, with and without:")
        for says in dict.fromkeys(still):
            indented(out, Text(says), 2)


_HEADS = (
    ("", "from", "to", "effect", "± same", "± own", "variance"),
    ("", "", "", "", "luck", "luck", "cut"),
)
_LEGEND = (
    "±: how far chance alone moves the effect in one draw, with the same luck in both variants, "
    "and if each had luck of its own; the variance cut is what the same luck saves in futures."
)


def _unmoved(e: Effect) -> bool:
    return e.effect.p05 == e.effect.p95 == e.effect.median == 0 and e.error_paired == 0


def _cells(e: Effect) -> tuple[str, ...]:
    ends = (e.baseline, e.switched)
    decimals = min(max(decimals_for(s.median, s.mc_error) for s in ends), 3)
    factor = e.variance_removed
    return (
        *(number(s.median, decimals) for s in ends),
        _plain(Shown.of("", "", e.effect)),
        amount(e.error_paired),
        amount(e.error_unpaired),
        "none" if math.isnan(factor) else times(factor).replace(" times", "×"),
    )


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = (
        f"{cell:<{width}}" if i in (0, 3) else f"{cell:>{width}}"
        for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join([first, *rest])


def _stacked(out: Console, row: Sequence[str]) -> None:
    """Print one effect on two lines, for terminals too narrow for a table."""
    account, before, after, effect, same, own, cut = row
    out.print(Text(f"{account}: {effect}, from {before} to {after}"))
    indented(out, Text(f"± {same} with the same luck, ± {own} without; variance cut {cut}"), 4)


def cited(
    out: Console, scenario: Scenario, rows: Sequence[dict[str, Any]], names: bool = False
) -> None:
    """Print how many numbers there are of each kind, then all, those of one reason together.

    With `names` each is called by its dotted name too.
    """
    out.print(Text(f"{some(len(rows), 'number')} of {scenario.title}", style="bold"))
    by_kind = {kind: [row for row in rows if row["kind"] == kind] for kind in KINDS}
    by_kind = {kind: held for kind, held in by_kind.items() if held}
    width = max((len(kind) for kind in by_kind), default=0)
    for kind, held in by_kind.items():
        out.print(Text(f"{len(held):>5} {kind:<{width}}  ").append(KIND_SAYS[kind], style=DIM))
    if any(row["causal"] for row in rows):
        out.print()
        out.print(Text(_CAUSAL, style=DIM))
    for kind, held in by_kind.items():
        out.print(Text(f"\n{kind} ({len(held)})", style="bold"))
        reasons: dict[str, list[dict[str, Any]]] = {}
        for row in held:
            parts = (row["source"], row["because"])
            reasons.setdefault("; ".join(p for p in parts if p) or "no reason", []).append(row)
        for reason, same in reasons.items():
            out.print(Text(reason, style=DIM))
            for row in same:
                what = Text(row["says"])
                if row["causal"]:
                    what.append(f" ({row['causal']})", style=DIM)
                if row["prior"]:
                    what.append(f" (before the data: {row['prior']})", style=DIM)
                if names:
                    out.print(Text(f"  {row['name']}", style="bold"), soft_wrap=True)
                _value(out, _range(row["value"]), what)


_CAUSAL = (
    "In brackets: how it is known that one thing moves another (experiment, adjusted, association "
    "or assumed)."
)


def _range(text: str) -> str:
    """Return a quantity's own words without its kind, and the unit once."""
    text = _NUMBER.sub(_readable, text.split(" (")[0]).replace("-", MINUS)
    spread, comma, middle = text.partition(", middle ")
    unit = spread.rpartition(" ")[2]
    return f"{spread}{comma}{middle.removesuffix(' ' + unit)}"


_NUMBER = re.compile(r"(?<![\w.])\d{4,}(?:\.\d+)?(?![\w.])")


def _readable(match: re.Match[str]) -> str:
    """Return a large number with thousands commas, without parts of one."""
    return f"{float(match[0]):,.0f}"


def observed(
    out: Console, rows: Sequence[dict[str, Any]], value: str, error: str, between: str
) -> None:
    """Print each observer of a program, its value and the error of that."""
    for row in rows:
        found, off = row[value], row[error]
        text = "never" if found is None else f"{found:.5g}"
        if off and found is not None:
            text += f" {between} {off:.2g}"
        seen = row.get("seen_in", 1)
        note = "" if seen in (0, 1) else f" (in the {100 * seen:.3g} % of futures that have it)"
        what = Text(row["observer"]).append(note, style=DIM)
        hanging(out, Text(f"  {text.replace('-', MINUS)}"), what, 28)
