"""Where something stands in a file, and how a path into a file is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Path = tuple[str | int, ...]


@dataclass(frozen=True, order=True)
class Place:
    """A point in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        """Return `pledges.yaml:12:7`, which editors turn into a link."""
        return f"{self.file}:{self.line}:{self.column}"


def dotted(path: Path) -> str:
    """Return a path as people write it: ("ties", 0, "pair") is `ties[0].pair`."""
    out = ""
    for step in path:
        if isinstance(step, int):
            out += f"[{step}]"
        else:
            out += f".{step}" if out else step
    return out


class PlacedDict(dict[str, Any]):
    """A mapping read from a file that remembers where its values stand.

    It is a plain dict to everybody else; a quantity keeps its places from it, so that what is
    checked later (does the source exist?) can still point into the file.
    """

    __slots__ = ("place", "places")

    def __init__(self, place: Place) -> None:
        """Start empty at `place`; `places` maps each key to the place of its value."""
        super().__init__()
        self.place = place
        self.places: dict[str, Place] = {}


@dataclass
class Places:
    """The places of all values and keys of one file, by path."""

    start: Place
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)

    def find(self, path: Path, key: bool = False) -> Place:
        """Return the place of the value (or of its key) at `path`.

        Where the exact path is not in the file, the nearest ancestor answers: with the place of
        its key, since that is where a missing field would have to be added.
        """
        if not key and path in self.values:
            return self.values[path]
        for length in range(len(path), 0, -1):
            near = path[:length]
            if near in self.keys:
                return self.keys[near]
            if near in self.values:
                return self.values[near]
        return self.start
