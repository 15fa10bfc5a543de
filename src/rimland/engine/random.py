"""Keyed random numbers outside the kernel: one stream per quantity, by name.

Threefry2x64-20 (Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1, 2, 3",
SC11) on whole arrays. The event stream's first key is (seed, branch) with branch < 2^32; the
quantities' key is (seed, QUANTITIES), so that the two never meet.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rimland.errors import RunError
from rimland.program.keys import name_key

QUANTITIES = 2**64 - 1
"""The second word of the key of all quantities; no branch can have this number."""

_Words = NDArray[np.uint64]
_PARITY = np.uint64(0x1BD11BDAA9FC1A22)
_ROTATIONS = (16, 42, 12, 31, 16, 32, 24, 21)


def threefry(key: tuple[int, int], first: ArrayLike, second: ArrayLike) -> tuple[_Words, _Words]:
    """Return Threefry2x64-20 of one key and counters (first, second), as two arrays of uint64."""
    k = [np.uint64(key[0]), np.uint64(key[1])]
    k.append(k[0] ^ k[1] ^ _PARITY)
    with np.errstate(over="ignore"):
        x0 = np.asarray(first, np.uint64) + k[0]
        x1 = np.asarray(second, np.uint64) + k[1]
        for turn in range(20):
            r = _ROTATIONS[turn % 8]
            x0 = x0 + x1
            x1 = ((x1 << np.uint64(r)) | (x1 >> np.uint64(64 - r))) ^ x0
            if turn % 4 == 3:
                i = turn // 4 + 1
                x0 = x0 + k[i % 3]
                x1 = x1 + k[(i + 1) % 3] + np.uint64(i)
    return x0, x1


def to_uniform(words: _Words) -> NDArray[np.float64]:
    """Return ((word >> 11) + 0.5) * 2^-53, kept below 1: the last point would round to it."""
    grid = (words >> np.uint64(11)).astype(np.float64) + 0.5
    return np.minimum(grid * 2.0**-53, 1.0 - 2.0**-53)


def uniforms(seed: int, draws: int, name: str, first_draw: int = 0) -> NDArray[np.float64]:
    """Return the numbers in (0, 1) of the quantity `name`, shape [draws].

    Number d depends on (seed, first_draw + d, name) alone: more draws never change earlier ones.
    Raises RunError when seed or draws are out of range.
    """
    if not 0 <= seed < 2**63 or first_draw < 0 or draws < 0:
        raise RunError(
            f"seed {seed}, {draws} draws from {first_draw} on: expected numbers from 0 to 2^63 - 1"
        )
    counters = np.arange(first_draw, first_draw + draws, dtype=np.uint64)
    second = np.full(draws, name_key(name), np.uint64)
    return to_uniform(threefry((seed, QUANTITIES), counters, second)[0])
