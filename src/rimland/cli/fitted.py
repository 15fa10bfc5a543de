"""Fits on the screen: the list, the summary that a statistician wants to see, a forest plot."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from rimland.cli.lines import DIM, hanging, indented, labelled, some
from rimland.findings.fits import ratio_words, skill_rows, term_rows
from rimland.findings.words import MINUS
from rimland.units import number_text

if TYPE_CHECKING:
    from rimland.history.fitfile import Fit

WIDEST = 1000.0
"""The forest plot ends at this ratio and at one over it; what lies beyond is marked at the edge."""


def listed(out: Console, fits: Sequence[Fit]) -> None:
    """Print each shipped fit: name, size, event and what it is about."""
    for fit in fits:
        out.print(Text(fit.name, style="bold"), soft_wrap=True)
        first, last = fit.years
        rows = f"{fit.size}, {first}–{last}, {some(fit.events, 'event')}"
        indented(out, Text(f"{fit.title}. {fit.says}"), 2)
        indented(out, Text(f"{rows}: {fit.event}", style=DIM), 2)
    out.print(
        f"\n{some(len(fits), 'fit')} ship." if len(fits) != 1 else "\n1 fit ships.", markup=False
    )
    out.print(
        "rimland fit NAME --shipped shows one, rimland fit NAME makes it anew; in a scenario:\n"
        "{estimated: NAME, of: ANSWER, prior: 0.02 to 0.3 per year}",
        markup=False,
        soft_wrap=True,
    )


def summary(out: Console, fit: Fit, apart: list[str] | None) -> None:
    """Print a fit: terms, forest plot, calibration, cautions; `apart` None where it was not remade.

    What was remade and equals the shipped fit has an empty list.
    """
    out.print(Text(fit.title, style="bold"))
    indented(out, Text(fit.says), 0)
    out.print()
    clusters = ", ".join(f"{n:,} by {key}" for key, n in fit.clusters.items()) or "none"
    rows = [
        ("Event", fit.event),
        ("Rows", f"{fit.size}, {fit.years[0]} to {fit.years[1]}"),
        ("Events", f"{fit.events:,}"),
        ("Clusters", clusters),
        ("Method", f"{fit.link}; {fit.method}"),
        ("Log-likelihood", _signed(f"{fit.log_likelihood:,.2f}")),
        ("Data", ", ".join(f"{row['name']} {row['version']}".strip() for row in fit.data)),
    ]
    labelled(out, rows, 0)
    _terms(out, fit)
    _forest(out, fit)
    _calibration(out, fit)
    _checks(out, fit)
    _offers(out, fit)
    if fit.cautions:
        out.print(Text("\nCautions", style="bold"))
        for caution in fit.cautions:
            hanging(out, Text("  ·"), Text(caution), 4)
    if apart is not None:
        out.print()
        if not apart:
            out.print("Made anew from the data; it equals the fit that ships.")
        else:
            out.print("Made anew from the data; it is not the fit that ships:")
            for each in apart:
                indented(out, Text(each), 2)


def answers(out: Console, fit: Fit) -> None:
    """Print every number that a scenario may ask the fit for: range, name and meaning."""
    out.print(Text(f"{fit.title}: {some(len(fit.answers), 'number')}", style="bold"))
    for of, answer in fit.answers.items():
        low, mid, high = (_short(x) for x in (answer.p10, answer.central, answer.p90))
        unit = answer.unit.replace("per_year", "per year")
        out.print(Text(f"  {of}", style="bold"), soft_wrap=True)
        indented(out, Text(f"{mid} [{low} to {high}] {unit}: {answer.says}"), 4)


def _checks(out: Console, fit: Fit) -> None:
    if not fit.checks:
        return
    out.print(Text("\nChecks", style="bold"))
    for name, value in fit.checks.items():
        hanging(out, Text(f"  {_short(value)}"), Text(name.replace("_", " ")), 11)


def _offers(out: Console, fit: Fit) -> None:
    some_names = list(fit.answers)[:8]
    if not some_names:
        return
    more = len(fit.answers) - len(some_names)
    text = ", ".join(some_names) + (f" and {more} more" if more else "")
    out.print(Text("\nGives a scenario", style="bold"))
    indented(out, Text(text), 2)
    indented(out, Text(f"rimland fit {fit.name} --answers lists them with their ranges", DIM), 2)


def _terms(out: Console, fit: Fit) -> None:
    heads = ("", ratio_words(fit), "95 %", "error", "z", "p")
    rows = term_rows(fit)
    cells = {row["term"]: _cells(row) for row in rows}
    widths = [max(len(row[i]) for row in (heads, *cells.values())) for i in range(len(heads))]
    wide = sum(widths) + 2 * (len(widths) - 1) <= out.width
    out.print(Text("\nTerms", style="bold"))
    for what, level in (("level", True), (heads[1], False)):
        group = [row for row in rows if row["level"] == level]
        if wide and group:
            shown = ("", what, *heads[2:4], *(("", "") if level else heads[4:]))
            out.print(Text(_line(shown, widths).rstrip(), style=DIM))
        for row in group:
            _term(out, row, cells[row["term"]], widths if wide else None, what)
    on = " and ".join(fit.clusters) or "no key"
    note = f"error: of the coefficient, the logarithm of what is shown; clustered by {on}."
    out.print(Text(note, style=DIM))


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        row["term"],
        _short(row["ratio"]),
        f"{_short(row['low'])} to {_short(row['high'])}",
        _short(row["error"]),
        "" if row["z"] is None else _signed(f"{row['z']:.2f}"),
        "" if row["p"] is None else _p(row["p"]),
    )


def _term(
    out: Console,
    row: dict[str, Any],
    cells: Sequence[str],
    widths: Sequence[int] | None,
    what: str,
) -> None:
    """Print one term and its meaning; without widths, its numbers in a sentence."""
    if widths is not None:
        out.print(Text(_line(cells, widths).rstrip()))
    else:
        out.print(Text(cells[0], style="bold"), soft_wrap=True)
        line = f"{what} {cells[1]} [{cells[2]}], error {cells[3]}"
        tested = f", z {cells[4]}, p {cells[5]}" if cells[4] else ""
        indented(out, Text(line + tested), 2)
    indented(out, Text(row["says"], style=DIM), 2)


def _forest(out: Console, fit: Fit) -> None:
    """Print ratios and their intervals on a log axis, a mark at 1."""
    rows = [row for row in term_rows(fit) if not row["level"]]
    if not rows:
        return
    label = min(max(len(row["term"]) for row in rows), max(out.width // 3, 12))
    width = min(out.width, 100) - label - 3
    ends = [x for row in rows for x in (row["low"], row["high"], 1.0)]
    low = max(min(ends), 1 / WIDEST)
    high = min(max(ends), WIDEST)
    if width < 16 or not low < high:
        return
    span = math.log(high) - math.log(low)

    def column(ratio: float) -> int:
        held = min(max(ratio, low), high)
        return round((math.log(held) - math.log(low)) / span * (width - 1))

    out.print(Text(f"\n{ratio_words(fit).capitalize()}s, 95 % intervals, log scale", style="bold"))
    one = column(1.0)
    for row in rows:
        cells = [" "] * width
        cells[one] = "¦"
        for i in range(column(row["low"]), column(row["high"]) + 1):
            cells[i] = "─"
        for end, sign in ((row["low"], "<"), (row["high"], ">")):
            if not low <= end <= high:
                cells[column(end)] = sign
        cells[column(row["ratio"])] = "●"
        name = row["term"] if len(row["term"]) <= label else row["term"][: label - 1] + "…"
        out.print(Text(f"{name:<{label}}  {''.join(cells).rstrip()}"))
    axis = [" "] * width
    for value in (low, 1.0, high):
        text = f"{value:.2g}"
        at = min(max(column(value) - len(text) // 2, 0), width - len(text))
        if all(cell == " " for cell in axis[max(at - 1, 0) : at + len(text) + 1]):
            axis[at : at + len(text)] = list(text)
    out.print(Text(" " * (label + 2) + "".join(axis).rstrip(), style=DIM))


def _calibration(out: Console, fit: Fit) -> None:
    rows = skill_rows(fit)
    if not rows:
        return
    heads = ("fitted to", "then", "events", "expected", "Brier", "base rate", "persistence")
    cells = [
        (
            str(row["origin"]),
            f"{row['origin'] + 1}–{row['origin'] + row['years']}",
            f"{row['events']:,}",
            f"{row['expected']:,.1f}",
            f"{row['brier']:.3g}",
            _gain(row["skill_base_rate"]),
            _gain(row["skill_persistence"]),
        )
        for row in rows
    ]
    widths = [max(len(row[i]) for row in (heads, *cells)) for i in range(len(heads))]
    out.print(Text("\nOut of time", style="bold"))
    if sum(widths) + 2 * (len(widths) - 1) <= out.width:
        out.print(Text(_line(heads, widths), style=DIM))
        for row in cells:
            out.print(Text(_line(row, widths)))
    else:
        for row in cells:
            line = f"to {row[0]}, then {row[1]}: {row[2]} events, {row[3]} expected; Brier {row[4]}"
            indented(out, Text(f"{line}; {row[5]} on the base rate, {row[6]} on persistence"), 2)
    gains = [row["log_skill_base_rate"] for row in rows if row["log_skill_base_rate"] is not None]
    text = "Skill in per cent against base rate and persistence; below 0 the fit did worse."
    if gains:
        text += f" In log score against the base rate: {', '.join(_gain(g) for g in gains)}."
    out.print(Text(text, style=DIM))


def _gain(skill: float | None) -> str:
    return "none" if skill is None else _signed(f"{100 * skill:+.1f} %")


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = (
        f"{cell:<{width}}" if i == 0 else f"{cell:>{width}}"
        for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join([first, *rest])


def _short(value: Any) -> str:
    if not math.isfinite(value):
        return "no limit"
    return _signed(number_text(float(f"{value:.3g}")))


def _signed(text: str) -> str:
    return text.replace("-", MINUS)


def _p(value: float) -> str:
    return "<0.001" if value < 0.001 else f"{value:.3f}"
