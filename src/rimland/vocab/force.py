"""The force that a response would bring: today's, with what is added and what is lost.

Part of a contingency in command.yaml.
"""

from __future__ import annotations

from pydantic import Field

from rimland.errors import nearest
from rimland.notation.base import Entry
from rimland.notation.places import Path
from rimland.notation.quantity import IndexQuantity, ShareQuantity
from rimland.program.formula import Formula, num
from rimland.program.model import Atom, Term
from rimland.vocab.lowering import Lowering

FILE = "command.yaml"
Adds = list[tuple[Formula, str, tuple[Term, ...]]]
"""What is added to the force, the reading it is added for, and the same as a sum of products."""


class Force(Entry):
    """The force that a response in time would bring, in per cent of today's."""

    base: float = Field(default=100.0, gt=0)
    """Today's force."""
    adds: dict[str, IndexQuantity] = Field(default_factory=dict)
    """What each variable or yes-or-no reading adds, in per cent of today's force."""
    follows: dict[str, ShareQuantity] = Field(default_factory=dict)
    """How far the force follows what moves from 0 at the as-of date, such as
    forces.PLACE.expected_change: per cent of today's force for each per cent of it."""
    rests_on: dict[str, ShareQuantity] = Field(default_factory=dict)
    """Share of today's force that is lost if each variable alone falls to its lowest level; in
    between, in proportion to the levels lost since the as-of date."""


def declare(owner: str, force: Force, at: Path, low: Lowering) -> None:
    """Declare the force as the world stands, and the same counted only while a drill is in time.

    What `rests_on` a variable is counted by its levels below the one it starts at, so that the
    force at the as-of date is `base` in every draw.
    """
    in_time = Atom(f"{owner}.drill_late", 0, 0)
    adds = _added(owner, force, at, low)
    adds += [*_followed(owner, force, at, low), *_lost(owner, force, at, low)]
    counted: list[tuple[Formula | float, str]] = []
    counted.append((force.base, low.flag(f"{owner}.drill_in_time", in_time.variable, 0, 0)))
    for weight, read, parts in adds:
        both = f"{owner}.drill_in_time.{read}"
        low.builder.feature(both, [Term(part.coef, (in_time, *part.atoms)) for part in parts])
        counted.append((weight, both))
    plain = [(weight, read) for weight, read, _ in adds]
    low.builder.index(f"{owner}.force", plain, force.base)
    low.builder.index(f"{owner}.force_if_in_time", counted)
    relative = [(weight / num(force.base), read) for weight, read in plain]
    low.builder.index(f"{owner}.force_change", relative, 1.0, "log")


def _added(owner: str, force: Force, at: Path, low: Lowering) -> Adds:
    adds: Adds = []
    for ref, quantity in force.adds.items():
        path: Path = (*at, "adds", ref)
        atom = low.atom_of(ref, FILE, path)
        read = None if atom is None else low.reads(ref, FILE, path)
        if atom is None or read is None:
            continue
        if any(read == other for _, other, _ in adds):
            low.report(
                FILE, path, f"'{ref}' adds twice", expected="each reading once", code="twice"
            )
            continue
        adds.append((low.quantity(f"{owner}.force.adds.{read}", quantity), read, _one(atom)))
    return adds


def _one(atom: Atom) -> tuple[Term, ...]:
    return (Term(1, (atom,)),)


def _followed(owner: str, force: Force, at: Path, low: Lowering) -> Adds:
    """What the force follows is a sum: each of its terms enters, times how far it is followed."""
    followed: Adds = []
    for ref, quantity in force.follows.items():
        if ref not in low.sums:
            # Among what can be read, for a name that a mistake elsewhere hides is told there.
            if low.reads(ref, FILE, (*at, "follows", ref)) is not None:
                low.report(
                    FILE,
                    (*at, "follows", ref),
                    f"'{ref}' does not start from 0 at the as-of date, or cannot be taken apart",
                    expected="a sum that does, such as forces.PLACE.expected_change",
                    near=nearest(ref, low.sums),
                    code="not-a-sum",
                )
            continue
        share = low.quantity(f"{owner}.force.follows.{ref}", quantity)
        for weight, read in low.sums[ref]:
            terms = low.builder.feature_named(read).terms
            followed.append((share * weight * force.base, read, terms))
    return followed


def _lost(owner: str, force: Force, at: Path, low: Lowering) -> Adds:
    """Shares add up to what is lost with all of them, 1 - product of (1 - share), never the whole.

    So each counts in full where it stands alone, and a little less beside others.
    """
    shares: dict[str, Formula] = {}
    for ref, quantity in force.rests_on.items():
        path: Path = (*at, "rests_on", ref)
        variable = low.variable(ref, FILE, path)
        if variable is None:
            continue
        known = low.builder.variable_named(variable)
        if known.start == known.lo:
            low.report(
                FILE,
                path,
                f"'{ref}' is at its lowest level, so nothing rests on it",
                expected="a variable that can fall",
                code="bounds",
            )
        elif variable in shares:
            what = f"the force rests on '{ref}' twice"
            low.report(FILE, path, what, expected="each variable once", code="twice")
        else:
            shares[variable] = low.quantity(f"{owner}.force.rests_on.{variable}", quantity)
    if not shares:
        return []
    kept, total = num(1), num(0)
    for share in shares.values():
        kept, total = kept * (1.0 - share), total + share
    at_once = low.derive(f"{owner}.force.lost_at_once", (1.0 - kept) / total)
    lost: Adds = []
    for variable, share in shares.items():
        known = low.builder.variable_named(variable)
        for level in range(known.lo, known.start):
            gone = (known.start - level) / (known.start - known.lo)
            read = low.builder.indicator(variable, level, level)
            weight = share * at_once * (-gone * force.base)
            lost.append((weight, read, _one(Atom(variable, level, level))))
    return lost
