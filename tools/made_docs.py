"""Writes the pages of docs/ that are made from the package's own tables and results.

python tools/made_docs.py            exit 1 and say which page is not up to date
python tools/made_docs.py --write    write them
python tools/made_docs.py --judge    judge the scenario that ships anew, then write them
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import arrows_page
import claims_page
import sweep_page

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"


def terms_page() -> str:
    """Return docs/terms.md: every word that `rimland explain` knows, by group."""
    from rimland.study.terms import groups

    parts = [
        "# The words of cards, pages and commands",
        "Made from the tables that `rimland explain` reads, by `make docs`; do not edit. Sources "
        "are cited from memory unless they say otherwise; *ours* is a choice made here.",
    ]
    for group, members in groups().items():
        parts.append(f"## {group}")
        for t in members:
            also = f" (also {', '.join(t.also)})" if t.also else ""
            parts.append(
                f"**{t.term}**{also}: {t.means}\n"
                f"- *Computed*: {t.how}\n- *Source*: {t.source}\n- *Example*: {t.example}"
            )
    return "\n\n".join(parts) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "terms.md": terms_page,
    "claims.md": claims_page.page,
    "arrows.md": arrows_page.page,
    "sweep.md": sweep_page.page,
}


def main(arguments: list[str]) -> int:
    """Compare or write the pages; return the exit code."""
    stale = []
    if "--judge" in arguments:
        claims_page.write()
    for name, made in PAGES.items():
        path, text = DOCS / name, made()
        if {"--write", "--judge"} & set(arguments):
            path.write_text(text, encoding="utf-8")
            print(f"wrote docs/{name}")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
    for name in stale:
        print(f"docs/{name} is not what it is made from; run 'make docs'.")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
