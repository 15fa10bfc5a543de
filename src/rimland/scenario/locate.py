"""Finding a scenario's folder by path or by the name of one that ships."""

from __future__ import annotations

from importlib.resources import files
from itertools import islice
from pathlib import Path

from rimland.errors import RimlandError, did_you_mean

HEADING = "scenario.yaml"


def shipped() -> dict[str, Path]:
    """Return the folders of the scenarios that come with the package, by name."""
    root = Path(str(files("rimland"))) / "scenarios"
    if not root.is_dir():
        return {}
    return {p.name: p for p in sorted(root.iterdir()) if (p / HEADING).is_file()}


def find_folder(name: str | Path) -> Path:
    """Return the folder called `name`: a path with a scenario.yaml, or a shipped scenario.

    Raises RimlandError that lists what there is.
    """
    path = Path(name)
    if path.is_file() and path.name == HEADING:
        return path.parent
    if (path / HEADING).is_file():
        return path
    known = shipped()
    if str(name) in known:
        return known[str(name)]
    if path.is_dir():
        raise RimlandError(
            f"'{path}' holds no {HEADING}. A scenario is a folder with that file; "
            "`rimland new NAME` makes one that runs."
        )
    raise RimlandError(
        f"there is no scenario '{name}': no such folder, and of those that ship there is "
        f"{', '.join(known) or 'none'}.{did_you_mean(str(name), (*known, *_beside(path)))}"
    )


MOST_BESIDE = 1000
"""Entries of a folder that are looked through for a scenario of a similar name."""


def _beside(path: Path) -> list[str]:
    """Return the scenarios in the folder in which `path` would stand, written as it is."""
    try:
        entries = list(islice(path.absolute().parent.iterdir(), MOST_BESIDE))
        found = sorted(p.name for p in entries if (p / HEADING).is_file())
        return [str(path.with_name(name)) for name in found]
    except (OSError, ValueError):
        return []
