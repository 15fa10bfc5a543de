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
    preparation,
    flashpoints,
    pressure,
    forces,
    command,
    responses,
    perception,
)
"""Every word, in the order in which all are declared, and then all are lowered.

What sums up others (the force, perception) comes after what it sums; drivers may point anywhere."""

__all__ = ["WORDS"]
