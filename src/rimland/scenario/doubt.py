"""What a mistake leaves in doubt, so that one mistake is told once and not at every reference."""

from __future__ import annotations

from dataclasses import dataclass

DRIVERS = ".drivers."


@dataclass(frozen=True)
class Doubt:
    """Names that may be missing only because of a mistake that was reported already.

    `unsure` holds beginnings of names that words could not declare; `words_at_fault` says that
    some word has a mistake of its own, so that a driver of it may have been left out.
    """

    unsure: frozenset[str] = frozenset()
    words_at_fault: bool = False

    def covers(self, name: str) -> bool:
        """Return whether a reference to `name` should not be reported now."""
        if self.words_at_fault and DRIVERS in name:
            return True
        owner = ".".join(name.split(".")[:2]) + "."
        return any(name.startswith(start) or start.startswith(owner) for start in self.unsure)
