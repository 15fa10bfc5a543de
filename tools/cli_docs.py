"""Writes docs/cli.md from the help texts of the commands themselves.

python tools/cli_docs.py            exit 1 and say so when docs/cli.md is not up to date
python tools/cli_docs.py --write    write it
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parent.parent / "docs" / "cli.md"
HEAD = """\
# The commands

Made from the commands' own help by `make docs`; do not edit. Every command returns 0, or 1 when the
answer is no, or 2 when it could not be done.
"""


def commands(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the command and all below it, each with its words, in the order of the help."""
    if getattr(command, "hidden", False):
        return
    yield path, command
    children: dict[str, Any] = getattr(command, "commands", {})
    for name, child in children.items():
        yield from commands(child, (*path, name))


def help_text(command: Any, path: tuple[str, ...]) -> str:
    """Return the help of one command as plain text, 88 characters wide whatever the terminal."""
    # Plain text: the boxes that typer draws with rich depend on the terminal.
    command.rich_markup_mode = None
    for child in getattr(command, "commands", {}).values():
        child.rich_markup_mode = None
    context = command.context_class(
        command, info_name=" ".join(path), terminal_width=88, max_content_width=88
    )
    lines: list[str] = [line.rstrip() for line in command.get_help(context).splitlines()]
    return "\n".join(lines).strip()


def page(app: Any, name: str = "rimland") -> str:
    """Return the whole page for a typer app."""
    import typer.main

    parts = [HEAD]
    for path, command in commands(typer.main.get_command(app), (name,)):
        parts.append(f"## {' '.join(path)}\n\n```text\n{help_text(command, path)}\n```\n")
    return "\n".join(parts)


def main(arguments: list[str]) -> int:
    """Compare or write the page; return the exit code."""
    text = page(importlib.import_module("rimland.cli").app)
    if "--write" in arguments:
        PAGE.write_text(text, encoding="utf-8")
        print(f"wrote {PAGE.relative_to(PAGE.parent.parent)}")
        return 0
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == text:
        return 0
    print("docs/cli.md is not what the commands say of themselves; run 'make docs'.")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
