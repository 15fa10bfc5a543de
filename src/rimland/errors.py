"""The errors a person can meet; each says where, what was expected and how to mend it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class RimlandError(Exception):
    """Something could not be done; the message is written for the person who asked.

    The command line prints the message alone and returns 2.
    """


class ProgramError(RimlandError):
    """A program is not sound: an unknown name, a bound left, a rate that is no number."""


class RunError(RimlandError):
    """A run could not be made or finished."""


class Cancelled(RunError):  # noqa: N818 - a cancelled run is no fault
    """The run was stopped on request; nothing half-made is kept."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name closest to `name`, or None when none is close."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ` Did you mean 'x'?` or an empty string."""
    close = nearest(name, known)
    return f" Did you mean '{close}'?" if close else ""
