"""Years at peace: how long ago the last dispute of a pair ended."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rimland.history.spine import Index

Gaps = Literal["rows", "calendar"]


def peace_years(
    ongoing: NDArray[np.bool_], pair_start: Index, year: NDArray[np.int64], gaps: Gaps = "rows"
) -> NDArray[np.int64]:
    """Return for every row the years since the pair's last dispute, before this year's own.

    Rows are sorted by pair and year. A pair's first row is 0, the year after a dispute is 0, and
    the year of a dispute itself still counts what had gathered (Beck, Katz and Tucker 1998).
    `rows` counts rows, so that years in which one state was gone don't count, as peacesciencer
    does unless told to pad; `calendar` counts years.
    """
    row = np.arange(ongoing.size)
    # The first row of the present spell: the pair's first, or the one after its last dispute.
    begins = np.where(np.concatenate(([False], ongoing[:-1])), row, 0)
    spell = np.maximum(np.maximum.accumulate(begins), pair_start)
    if gaps == "rows":
        return row - spell
    return year - year[spell]
