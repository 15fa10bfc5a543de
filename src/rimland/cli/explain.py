"""`rimland explain`: what a word of a card, a page or the command line means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from rimland.cli.console import out, print_json
from rimland.cli.options import Json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from rimland.study.terms import Term


def explain(
    term: Annotated[
        str | None,
        typer.Argument(metavar="TERM", help="A word, or several in quotes; without it, all."),
    ] = None,
    json: Json = False,
) -> None:
    """Say what a word means and how it is computed.

    Every word that a card, a page or the command line uses: verdicts, flags, kinds of claims and
    of numbers, words of probability, layers, stages. Each with its source and an example.

    \b
    Example:
      rimland explain hinge
      rimland explain "undecided (runs)"
      rimland explain
    """
    from rimland.study import terms

    if not term:
        found = terms.terms()
        print_json([t.to_json() for t in found]) if json else listed(out)
        return
    named = terms.explained(term)
    print_json([t.to_json() for t in named]) if json else shown(out, named)


def listed(out: Console) -> None:
    """Print the words in their groups."""
    from rich.text import Text

    from rimland.cli.lines import items
    from rimland.study.terms import groups

    for group, members in groups().items():
        out.print(Text(group, style="bold"))
        names = [Text(t.term + ("," if t is not members[-1] else "")) for t in members]
        items(out, "", names, " ")
    out.print("\nrimland explain TERM says what one means.")


def shown(out: Console, found: Sequence[Term]) -> None:
    """Print each term with its rows."""
    from rich.text import Text

    from rimland.cli.lines import DIM, labelled

    for i, term in enumerate(found):
        if i:
            out.print()
        head = Text(term.term, style="bold").append(f"  {term.group}", style=f"not bold {DIM}")
        out.print(head)
        rows = [
            ("Means", term.means),
            ("Computed", term.how),
            ("Source", term.source),
            ("Example", term.example),
        ]
        if term.also:
            rows.append(("Also", ", ".join(term.also)))
        labelled(out, rows, 2)
