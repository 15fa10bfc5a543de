"""Names and mistakes: what words may call each other by, and how a wrong name is reported.

The half of lowering that looks things up; `rimland.vocab.lowering` adds the half that makes them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from rimland.errors import nearest
from rimland.notation.places import Path, Place, dotted
from rimland.notation.problems import Problems
from rimland.notation.yamlfile import Document
from rimland.program.build import ProgramBuilder
from rimland.program.formula import Formula
from rimland.program.model import Atom


@dataclass(frozen=True)
class ActorFacts:
    """What other words need to know of an actor: capability as a formula, capital in degrees."""

    code: str
    capability: Formula | None
    capital: tuple[float, float] | None


@dataclass
class Names:
    """What is declared so far, by its names; a mistake becomes a Problem with its place.

    `names` are what a reader calls an actor, a place, a pledge or a hurdle, by its id. `flags` are
    yes-or-no readings, with what they read. `unsure` holds beginnings of names that a reported
    mistake keeps from being declared; a reference to one of them is not reported a second time.
    """

    builder: ProgramBuilder
    as_of: date
    horizon: date
    problems: Problems
    documents: Mapping[str, Document] = field(default_factory=dict)
    flags: dict[str, Atom] = field(default_factory=dict)
    actors: dict[str, ActorFacts] = field(default_factory=dict)
    unsure: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)

    # --- places and problems -----------------------------------------------------------------

    def place(self, file: str, path: Path) -> Place | None:
        """Return where the entry at `path` of `file` is written, or None if the file is unknown."""
        document = self.documents.get(file)
        return None if document is None else document.place(path)

    def report(
        self,
        file: str,
        path: Path,
        what: str,
        *,
        expected: str = "",
        near: str | None = None,
        mend: str = "",
        code: str = "",
    ) -> None:
        """Report a mistake at the entry `path` of `file`."""
        self.problems.report(
            self.place(file, path),
            dotted(path),
            what,
            expected=expected,
            near=near,
            mend=mend,
            code=code,
        )

    def known(self, ref: str, names: Iterable[str], kind: str, file: str, path: Path) -> bool:
        """Return whether `ref` is among `names`; if not, report it with the nearest."""
        names = list(names)
        if ref in names:
            return True
        if f"{kind}s." in self.unsure:
            return False
        article = "an" if kind[0] in "aeiou" else "a"
        expected = f"{article} {kind} of this scenario" if names else f"a declared {kind}"
        self.report(
            file,
            path,
            f"no {kind} is called '{ref}'",
            expected=expected,
            near=nearest(ref, names),
            code="unknown-name",
        )
        return False

    # --- names -------------------------------------------------------------------------------

    def call(self, id_: str, name: str | None) -> None:
        """Note what a reader calls the thing of that id, if its author gave it a name."""
        if name:
            self.names[id_] = name

    def named(self, id_: str) -> str:
        """Return what a reader calls the thing of that id; a pair of actors is joined by a dash."""
        if id_ in self.names:
            return self.names[id_]
        pair = id_.split("-")
        if len(pair) == 2 and all(code in self.actors for code in pair):
            return "–".join(self.named(code) for code in pair)
        return id_.replace("-", " ")

    def reads(self, ref: str, file: str, path: Path) -> str | None:
        """Return the readable that `ref` names (a tie's pair in either order), or report it."""
        found = canonical(ref)
        if self.builder.readable(found):
            return found
        if self._unsure(found):
            return None
        names = [n for n in self.builder.readables if "[" not in n and ":" not in n]
        self.report(
            file,
            path,
            f"'{ref}' is nothing that can be read",
            expected="a variable, feature or index of this scenario",
            near=nearest(found, names),
            code="unknown-name",
        )
        return None

    def variable(self, ref: str, file: str, path: Path) -> str | None:
        """Return the variable that `ref` names, or report it."""
        found = canonical(ref)
        if self.builder.has_variable(found):
            return found
        if self._unsure(found):
            return None
        self.report(
            file,
            path,
            f"no variable is called '{ref}'",
            expected="something whose level can be set",
            near=nearest(found, self.builder.variables),
            code="unknown-name",
        )
        return None

    def _unsure(self, name: str) -> bool:
        return any(name.startswith(beginning) for beginning in self.unsure)

    def level_of(self, variable: str, level: str | int, file: str, path: Path) -> int | None:
        """Return the number of a declared variable's level, given its name or number."""
        known = self.builder.variable_named(variable)
        return self.level_among(known.levels, known.lo, known.hi, variable, level, file, path)

    def level_among(
        self,
        levels: Sequence[str],
        lo: int,
        hi: int,
        of: str,
        level: str | int,
        file: str,
        path: Path,
    ) -> int | None:
        """Return the number of a level given by name or number, `levels` naming lo upwards."""
        text = str(level).strip()
        if text in levels:
            return lo + list(levels).index(text)
        if text.lstrip("-").isdigit() and lo <= int(text) <= hi:
            return int(text)
        self.report(
            file,
            path,
            f"'{text}' is no level of {of}",
            expected=", ".join(levels) or f"a whole number from {lo} to {hi}",
            near=nearest(text, levels),
            code="unknown-level",
        )
        return None

    def atom_of(self, ref: str, file: str, path: Path) -> Atom | None:
        """Return the atom that a flag or a variable reads, for use in a product of two."""
        found = self.reads(ref, file, path)
        if found is None:
            return None
        if found in self.flags:
            return self.flags[found]
        if self.builder.has_variable(found):
            return Atom(found)
        self.report(
            file,
            path,
            f"'{ref}' is a sum of several things and cannot be used here",
            expected="a variable, or a yes-or-no reading such as pledges.NAME.operational",
            code="not-an-atom",
        )
        return None


def canonical(ref: str) -> str:
    """Return the name as declared: the pair of a tie in alphabetical order."""
    parts = ref.strip().split(".")
    if len(parts) >= 2 and parts[0] in ("ties", "perception"):
        place = 1 if parts[0] == "ties" else len(parts) - 1
        pair = parts[place].split("-")
        if len(pair) == 2 and all(len(code) == 3 and code.isupper() for code in pair):
            parts[place] = "-".join(sorted(pair))
    return ".".join(parts)


def great_circle_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return the great-circle distance in km between two (latitude, longitude) in degrees.

    Haversine on a sphere of the Earth's mean radius, 6371.0088 km (Moritz 2000).
    """
    (lat_a, lon_a), (lat_b, lon_b) = (tuple(map(math.radians, point)) for point in (a, b))
    h = math.sin((lat_b - lat_a) / 2) ** 2
    h += math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    return 2 * 6371.0088 * math.asin(math.sqrt(h))
