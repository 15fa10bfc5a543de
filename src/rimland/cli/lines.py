"""How text stands on the screen: verdicts in a column, labels beside what they name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from rimland.findings.words import count
from rimland.study.finding import DECLARED, NOT_TESTED, UNTESTABLE

STYLES = {
    "holds": "bold cyan",
    "reversed": "bold yellow",
    "negligible": "bold",
    "undecided": "bold bright_black",
    "contested": "bold magenta",
    DECLARED: "bold",
    UNTESTABLE: "bright_black",
    NOT_TESTED: "bright_black",
}
"""Verdicts are told apart by their words; the styles only help."""
DIM = "bright_black"
INDENT = 11
"""Columns that the longest verdict takes, with a space."""
LABELS = 15


def some(n: int, noun: str) -> str:
    """Return `3 claims`, `1 claim`."""
    return f"{count(n)} {noun}{'' if n == 1 else 's'}"


def indented(out: Console, text: Text, columns: int = INDENT) -> None:
    """Print a paragraph that starts so many columns from the left."""
    out.print(Padding(text, (0, 0, 0, columns)))


def hanging(out: Console, head: Text, body: Text, columns: int = INDENT) -> None:
    """Print `body` beside `head`, which has a column of its own."""
    grid = Table.grid()
    grid.add_column(width=columns, no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(head, body)
    out.print(grid)


def sides(out: Console, left: Text, right: str) -> None:
    """Print two texts at the two ends of a line; below each other where they do not fit."""
    gap = min(out.width, 100) - left.cell_len - len(right)
    if gap < 2:
        out.print(left)
        out.print(right)
    else:
        out.print(left.append(" " * gap + right, style="not bold"))


def items(out: Console, head: str, parts: Iterable[Text], between: str = "   ") -> None:
    """Print parts after a head, as many to a line as fit; none is broken over two lines."""
    margin = len(head) + 2
    line = Text(f"{head}  ")
    for part in parts:
        if line.cell_len > margin and line.cell_len + len(between) + part.cell_len > out.width:
            out.print(line)
            line = Text(" " * margin)
        line.append(between if line.cell_len > margin else "").append_text(part)
    out.print(line)


def labelled(out: Console, rows: Sequence[tuple[str, str]], columns: int = INDENT) -> None:
    """Print labels and what they name; a label too long for its column stands before its text."""
    width = min(max((len(label) for label, _ in rows), default=0), LABELS)
    for label, text in rows:
        if len(label) > width:
            body = Text(f"{label}: ", style=DIM).append(text, style="not bright_black default")
            indented(out, body, columns)
            continue
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(width=width, style=DIM, no_wrap=True)
        grid.add_column(overflow="fold")
        grid.add_row(Text(label), Text(text))
        out.print(Padding(grid, (0, 0, 0, columns)))
