"""The words of alliance systems, one module a word: declaration, lowering, observers."""

from rimland.vocab import (
    actors,
    command,
    flashpoints,
    forces,
    groupings,
    perception,
    pledges,
    politics,
    preparation,
    pressure,
    responses,
    ties,
)

WORDS = (
    actors,
    ties,
    politics,
    pledges,
    groupings,
    command,
    perception,
    preparation,
    responses,
    flashpoints,
    forces,
    pressure,
)
"""Every word, in the order in which all are declared, and then all are lowered."""

__all__ = ["WORDS"]
