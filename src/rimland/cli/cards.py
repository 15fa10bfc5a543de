"""A claim's card in the terminal: three lines of it, or the whole in its fixed order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from rich.console import Console
from rich.text import Text

from rimland.cli.lines import DIM, INDENT, STYLES, hanging, indented, labelled
from rimland.study.finding import Finding, Shown
from rimland.study.numbers import KINDS
from rimland.study.phrases import phrase

LONGEST_UNIT = 4


def brief(out: Console, f: Finding) -> None:
    """Print what the verdict leans on, its number, and how far to trust it."""
    claim_line(out, f, whole=False)
    indented(out, _opening(f))
    _number(out, f)
    if f.confidence:
        indented(out, Text(f"Confidence: {_lower(f.confidence)}", style=DIM))
    out.print()


def card(out: Console, f: Finding, named: Callable[[str], str]) -> None:
    """Print one card whole, in its fixed order."""
    claim_line(out, f, reason=False)
    indented(out, _opening(f))
    _number(out, f)
    first = next(iter(f.answers), "")
    rows: list[tuple[str, str]] = []
    if f.kind != "fact" and _agree(f):
        rows.append(("By account", _all(f.answers)))
    lines = f.answers[first].lines if first else ()
    if lines and not _agree(f):
        rows.append(("In detail", f"under {first}:"))
    rows += lines
    rests = f.rests_on or {}
    kinds = ((kind, rests.get(kind.replace("-", "_"))) for kind in KINDS)
    parts = [f"{n} {kind.replace('published-', '')}" for kind, n in kinds if n]
    if parts:
        weakest = f"; weakest: {phrase(rests['weakest'], named)}" if rests.get("weakest") else ""
        rows.append(("Rests on", ", ".join(parts) + " numbers" + weakest))
    rows += f.weakened.rows()
    share = f.weakened.rival_share
    rows.append(("Rival reason", f.rival or "none stated"))
    rows += [("", share["text"])] if share else []
    rows += f.weakened.signs()
    if f.confidence:
        rows.append(("Confidence", _lower(f.confidence)))
    labelled(out, rows)
    out.print()


def claim_line(out: Console, f: Finding, whole: bool = True, reason: bool = True) -> None:
    """Print verdict, id and claim; its place in the text, and why it is undecided, if asked for."""
    line = Text(f.id, style="bold").append(f" · {f.says}", style="not bold")
    why = f.verdict[len(f.plain) :].strip(" ()")
    if why and whole and reason:
        meant = {"runs": "more futures would settle it", "knowledge": "a better number would"}
        line.append(f" ({meant.get(why, why)})", style=f"not bold {DIM}")
    if whole and f.at:
        line.append(f" · {f.at}", style=f"not bold {DIM}")
    hanging(out, Text(f.weakened.flag or f.plain, style=STYLES[f.plain]), line)


def _opening(f: Finding) -> Text:
    """Return the first sentence, behind what takes the verdict's place where something does."""
    if f.headline == f.verdict:
        return Text(f.in_this_model)
    said = f.headline[:1].upper() + f.headline[1:]
    return Text(f"{said}. ", style="bold").append(f.in_this_model, style="not bold")


def _number(out: Console, f: Finding) -> None:
    """Print the number large; where accounts differ, that of each with its verdict."""
    shown = f.shown
    if shown is None:
        return
    if _agree(f):
        text = Text(shown.text(), style="bold")
        indented(out, text.append(f"  {_what(shown)}", style="not bold"))
        return
    # a long unit is said once and not on every line
    bare = len(shown.unit) > LONGEST_UNIT
    indented(out, Text(_what(shown, shown.unit if bare else "")))
    texts = {
        name: (replace(a.shown, unit="") if bare else a.shown).text() if a.shown else ""
        for name, a in f.answers.items()
    }
    width = max(map(len, texts.values()))
    labels = max(map(len, texts))
    for name, answer in f.answers.items():
        line = Text(f"{name:<{labels}}  ")
        line.append(f"{texts[name]:<{width}}", style="bold").append(f"  {answer.verdict}")
        indented(out, line, INDENT + 2)


def _what(shown: Shown, unit: str = "") -> str:
    size = f"; the verdict would change at {shown.size()}" if shown.smallest is not None else ""
    said = f" ({unit})" if unit else ""
    return f"{shown.what}{said}{size}"


def _agree(f: Finding) -> bool:
    """Return whether all accounts give the same verdict and the same number."""
    return len({(a.verdict, a.shown.text() if a.shown else "") for a in f.answers.values()}) <= 1


def _all(accounts: Iterable[str]) -> str:
    names = list(accounts)
    return names[0] if len(names) == 1 else f"the same under all {len(names)}"


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
