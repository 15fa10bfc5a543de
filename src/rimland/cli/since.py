"""`rimland judge --since`: which claims changed since an earlier judgement, and by what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rimland.cli.console import out, print_json

if TYPE_CHECKING:
    from rich.console import Console

    from rimland.cli.work import Work
    from rimland.study import Run, Scenario
    from rimland.study.since import Change, Since

Earlier = Annotated[
    str | None,
    typer.Option(
        metavar="REF_OR_FILE",
        help="Say what changed since a saved judge --json, another folder, or a git revision.",
    ),
]


def earlier(
    scenario: Scenario, since: str, like: Run, claims: Sequence[str] | None
) -> dict[str, Any]:
    """Return the earlier judgement that is meant; see `rimland.study.since.earlier`."""
    from rimland.study import since as study

    return study.earlier(scenario, since, like, claims)


def tell_since(made: Work, before: dict[str, Any], since: str, json: bool) -> None:
    """Compare a judgement with an earlier one and print what changed."""
    from rimland.study.since import compare

    found = compare(before, made.to_json(), since)
    print_json(found.to_json()) if json else shown(out, found)


def shown(out: Console, found: Since) -> None:
    """Print changed protocols, changed verdicts, claims new and gone, and the count of the rest."""
    from rich.text import Text

    from rimland.cli.lines import some

    out.print(Text(f"Since {found.than}", style="bold"))
    _changed(out, "The protocol changed", found.of("protocol"))
    _changed(out, "The verdict changed, its protocol did not", found.of("verdict"))
    for kind, title in (("new", "New claims"), ("gone", "Claims that are gone")):
        changes = found.of(kind)
        if changes:
            out.print(Text(f"\n{title} ({len(changes)})", style="bold"))
            for change in changes:
                _line(out, change)
    same = len(found.of("same"))
    some_changed = len(found.changes) > same
    said = f"{some(same, 'claim')} the same, protocol and verdict."
    out.print(f"\n{said}" if some_changed else said)


def _changed(out: Console, title: str, changes: Sequence[Change]) -> None:
    from rich.text import Text

    from rimland.cli.lines import labelled

    if not changes:
        return
    out.print(Text(f"\n{title} ({len(changes)})", style="bold"))
    for change in changes:
        _line(out, change)
        rows = [(field, f"{_text(b)} → {_text(a)}") for field, b, a in change.differences]
        rows.append(("Verdict", _verdicts(change.before, change.after)))
        rows += [
            (f"Under {account}", _verdicts(change.structures_before.get(account), after))
            for account, after in change.structures_after.items()
            if change.structures_before.get(account) != after
        ]
        rows += [("Because" if i == 0 else "", text) for i, text in enumerate(change.because)]
        labelled(out, rows, 2)


def _line(out: Console, change: Change) -> None:
    from rich.text import Text

    verdict = change.after if change.kind == "new" else change.before
    tail = f" ({verdict})" if change.kind in ("new", "gone") else ""
    out.print(Text(change.id, style="bold").append(f" · {change.says}{tail}", style="not bold"))


def _verdicts(before: Any, after: Any) -> str:
    return f"still {after}" if before == after else f"{_text(before)} → {_text(after)}"


def _text(value: Any) -> str:
    return "nothing" if value is None else str(value)
