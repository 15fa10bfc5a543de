"""Problems: what is wrong in a file, told to the person who wrote it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from rimland.errors import RimlandError
from rimland.notation.places import Path, Place

# A complaint that begins with a verb has its field as the subject: `dock.due is missing`.
_VERBS = ("is ", "has ", "does ", "names ", "stands ", "cannot ")


@dataclass(frozen=True)
class Problem:
    """One mistake: where, in which field, what is wrong, what was expected, how to mend it.

    `near` is the nearest known name where a name was not known. `code` is a short stable word for
    the kind of mistake, for programs that read `--json`.
    """

    place: Place | None
    field: str
    what: str
    expected: str = ""
    near: str | None = None
    mend: str = ""
    code: str = ""

    def __str__(self) -> str:
        """Return one line: `pledges.yaml:12:7  pledges.dock.due: '2025-13-01' is not a date.`."""
        head = f"{self.place}  " if self.place else ""
        if self.what.startswith(_VERBS):
            head += f"{self.field or 'the file'} "
        elif self.field:
            head += f"{self.field}: "
        text = self.what + (f"; expected {self.expected}" if self.expected else "")
        text = head + text.rstrip(".") + "."
        if self.near is not None:
            text += f" Did you mean '{self.near}'?"
        if self.mend:
            text += f" {self.mend[0].upper()}{self.mend[1:].rstrip('.')}."
        return text

    def as_dict(self) -> dict[str, Any]:
        """Return the problem for JSON; file, line and column are null when it has no place."""
        place = self.place
        return {
            "file": place.file if place else None,
            "line": place.line if place else None,
            "column": place.column if place else None,
            "field": self.field,
            "what": self.what,
            "expected": self.expected,
            "near": self.near,
            "mend": self.mend,
            "code": self.code,
            "text": str(self),
        }

    def _order(self) -> tuple[str, int, int, str, str]:
        place = self.place or Place("", 0, 0)
        return (place.file, place.line, place.column, self.field, self.what)


class ScenarioError(RimlandError):
    """What was read is not sound; `problems` holds every mistake found in the one pass."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep the problems, sorted by file and line."""
        self.problems: tuple[Problem, ...] = tuple(sorted(problems, key=Problem._order))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class Problems:
    """A growing list of problems; reading goes on, so that one pass finds them all."""

    def __init__(self) -> None:
        """Start without any."""
        self._found: dict[Problem, None] = {}

    def add(self, problem: Problem) -> None:
        """Add one; the same problem is not kept twice."""
        self._found[problem] = None

    def report(
        self,
        place: Place | None,
        field: str,
        what: str,
        *,
        expected: str = "",
        near: str | None = None,
        mend: str = "",
        code: str = "",
    ) -> None:
        """Add one from its parts."""
        self.add(Problem(place, field, what, expected, near, mend, code))

    def raise_if_any(self) -> None:
        """Raise ScenarioError with all of them, if there are any."""
        if self._found:
            raise ScenarioError(self._found)

    def __iter__(self) -> Iterator[Problem]:
        """Return the problems sorted by file and line."""
        return iter(sorted(self._found, key=Problem._order))

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._found)

    def __str__(self) -> str:
        """Return all of them, one a line."""
        return "\n".join(str(problem) for problem in self)


@dataclass(frozen=True)
class Slip:
    """A mistake inside one value; `at` is its path from there. A Problem without its place."""

    what: str
    expected: str = ""
    near: str | None = None
    mend: str = ""
    at: Path = ()
    code: str = ""
    key: bool = False


class Mistake(ValueError):  # noqa: N818 - named for what the author of a file made
    """Raised by validators of models: one or more slips, which `parse` turns into problems.

    `raise Mistake("ends before it begins", expected="a later date", at=("due",))` in a model's
    validator points at the field `due`; several slips go as `Mistake(slip, slip)`.
    """

    def __init__(
        self,
        what: str | Slip,
        *more: Slip,
        expected: str = "",
        near: str | None = None,
        mend: str = "",
        at: Path = (),
        code: str = "",
    ) -> None:
        """Keep the slips."""
        first = what if isinstance(what, Slip) else Slip(what, expected, near, mend, at, code)
        self.slips: tuple[Slip, ...] = (first, *more)
        super().__init__(first.what)
