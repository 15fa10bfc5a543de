"""The words of alliance systems, one module a word: declaration, lowering, observers."""

from rimland.vocab import (
    actors,
    command,
    flashpoints,
    groupings,
    perception,
    pledges,
    politics,
    preparation,
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
)
"""Every word, in the order in which all are declared, and then all are lowered."""

__all__ = ["WORDS"]
