"""Write shipped fits anew, those named or all: `python -m rimland.hazards [NAME ...]`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rimland.hazards.recipes import RECIPES, remake
from rimland.history.fitfile import FOLDER, write


def main(names: Sequence[str]) -> None:
    """Make and write the fits named, or all of them."""
    for name in names or sorted(RECIPES):
        made = remake(name)
        write(made, FOLDER / f"{name}.json")
        print(f"{name}: {made.rows:,} rows, {made.events:,} events, {len(made.terms)} terms")


if __name__ == "__main__":
    main(sys.argv[1:])
