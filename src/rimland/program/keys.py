"""Names as 64-bit keys: what a transition's or a quantity's luck hangs on."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b


def name_key(name: str) -> int:
    """Return the 64-bit BLAKE2b of a name (UTF-8, little-endian, no key or salt)."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")


def collisions(names: Iterable[str]) -> list[tuple[str, str]]:
    """Return the pairs of different names that share a key."""
    seen: dict[int, str] = {}
    found = []
    for name in names:
        first = seen.setdefault(name_key(name), name)
        if first != name:
            found.append((first, name))
    return found
