"""Years at peace: how long ago the last dispute of a pair ended."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rimland.history.spine import Index

Gaps = Literal["rows", "calendar"]


def peace_years(
    ongoing: Index, pair_begins: Index, year: NDArray[np.int64], gaps: Gaps = "rows"
) -> NDArray[np.int64]:
    """Return for every row the years since the pair's last dispute, before this year's own.

    `ongoing` are the rows with a dispute, `pair_begins` the first row of every pair; rows are
    sorted by pair and year. A pair's first row is 0, the year after a dispute is 0, and the year
    of a dispute itself still counts what had gathered (Beck, Katz and Tucker 1998). `rows` counts
    rows, so that years in which one state was gone don't count, as peacesciencer does unless told
    to pad; `calendar` counts years.
    """
    size = year.size
    # A spell begins with a pair, and with the row after a dispute.
    begins = np.union1d(pair_begins, ongoing + 1)
    begins = begins[begins < size]
    lengths = np.diff(begins, append=size)
    if gaps == "rows":
        return np.arange(size) - np.repeat(begins, lengths)
    # In years, a spell that follows a dispute begins the year after it, present or not.
    since = year[begins].copy()
    after = ~np.isin(begins, pair_begins)
    since[after] = year[begins[after] - 1] + 1
    return year - np.repeat(since, lengths)
