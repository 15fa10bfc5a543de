"""How an ensemble is cut into parts and shards: rectangles of draws and futures, in index order."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from rimland.errors import RunError

Shard = tuple[int, int]
"""Which share of how many, from 1 on: (2, 4) is the second of four."""

WHOLE: Shard = (1, 1)
_PART_BYTES = 32_000_000
_MOST_FUTURES = 20_000
_MOST_PARTS = 1_000_000
_PARTS_PER_SHARD = 4


@dataclass(frozen=True)
class Part:
    """Some draws times some futures of an ensemble, kept as one file."""

    number: int
    first_draw: int
    draws: int
    first_future: int
    futures: int

    @property
    def file(self) -> str:
        """The file's name; in the order of names the parts are in index order."""
        return f"part-{self.number:06d}.parquet"

    @property
    def count(self) -> int:
        """How many futures the part has over all its draws."""
        return self.draws * self.futures


def part_size(draws: int, futures: int, numbers: int, shards: int) -> int:
    """Return how many futures a part has if nobody says.

    Few enough for 32 MB in memory and not too much lost at an interruption; and enough parts for
    each of `shards` machines to have some. `numbers` is how many a future's row holds.
    """
    most = min(_MOST_FUTURES, _PART_BYTES // (8 * numbers))
    if shards > 1:
        most = min(most, draws * futures // (_PARTS_PER_SHARD * shards))
    return max(1, most)


def cut(draws: int, futures: int, part_futures: int) -> tuple[Part, ...]:
    """Return the parts of an ensemble, none of more than `part_futures` futures.

    A part has several whole draws or a piece of one, so that the parts one after another are the
    ensemble in index order, and each is one call of `run`. Raises RunError when there would be
    more than a million.
    """
    if part_futures < 1:
        raise RunError(f"part_futures is {part_futures}; a part needs at least 1 future")
    group = min(draws, max(1, part_futures // futures))
    pieces = max(1, -(-futures // part_futures))
    number = -(-draws // group) * pieces
    if number > _MOST_PARTS:
        raise RunError(f"parts of {part_futures:,} would be {number:,} files; make them larger")
    ends = [piece * futures // pieces for piece in range(pieces + 1)]
    rectangles = [
        (draw, min(group, draws - draw), first, last - first)
        for draw in range(0, draws, group)
        for first, last in pairwise(ends)
    ]
    return tuple(Part(i, *rectangle) for i, rectangle in enumerate(rectangles))


def share(parts: tuple[Part, ...], shard: Shard) -> tuple[Part, ...]:
    """Return the parts that a shard has to run: neighbours, as many as the others give or take 1.

    Raises RunError when there is no such shard or some shard would have nothing to do.
    """
    which, of = shard
    if not 1 <= which <= of:
        raise RunError(f"there is no shard {which} of {of}; shards are counted from 1")
    if of > len(parts):
        raise RunError(
            f"{of} shards are too many: the run has {len(parts)} parts; "
            "take fewer shards, or smaller parts"
        )
    return parts[(which - 1) * len(parts) // of : which * len(parts) // of]


def read_shard(text: str) -> Shard:
    """Return the shard that `2/4` means; raises RunError when it means none."""
    found = re.fullmatch(r"\s*([0-9]{1,9})\s*/\s*([0-9]{1,9})\s*", text)
    if not found or not 1 <= int(found[1]) <= int(found[2]):
        raise RunError(f"'{text}' is no shard; write 2/4 for the second of four")
    return int(found[1]), int(found[2])


def check_together(shards: Iterable[tuple[str, Shard]]) -> None:
    """Raise RunError unless the shards, each with its folder, are one whole ensemble."""
    seen: dict[int, str] = {}
    of = 1
    for folder, (which, count) in shards:
        if seen and count != of:
            raise RunError(
                f"the shards do not fit: '{folder}' is one of {count}, the others of {of}"
            )
        if which in seen:
            raise RunError(f"shard {which} of {count} is in '{seen[which]}' and in '{folder}'")
        seen[which], of = folder, count
    missing = [str(which) for which in range(1, of + 1) if which not in seen]
    if missing or not seen:
        some = ", ".join(missing[:8]) + (" ..." if len(missing) > 8 else "")
        raise RunError(f"of {of} shards these are missing: {some}")
