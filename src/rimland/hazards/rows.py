"""Rows of a risk set, from columns by name; rows with an unknown statistic are left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rimland.hazards.links import Floats


@dataclass(frozen=True)
class Rows:
    """`x` [n, K] in the order of `terms`, `y` [n], `year` [n] and codes [n] for the clusters."""

    terms: tuple[str, ...]
    x: Floats
    y: Floats
    year: NDArray[np.int64]
    codes: Mapping[str, NDArray[np.int64]]
    dropped: int
    """Rows left out because a statistic is unknown."""
    lost: int
    """Events among them."""

    def of(self, term: str) -> Floats:
        """Return one statistic, [n]."""
        return self.x[:, self.terms.index(term)]

    def only(self, rows: NDArray[np.bool_]) -> Rows:
        """Return some of the rows."""
        codes = {k: v[rows] for k, v in self.codes.items()}
        return replace(self, x=self.x[rows], y=self.y[rows], year=self.year[rows], codes=codes)


def rows_of(
    terms: tuple[str, ...],
    columns: Mapping[str, NDArray[np.generic]],
    y: NDArray[np.generic],
    year: NDArray[np.generic],
    codes: Mapping[str, NDArray[np.generic]],
) -> Rows:
    """Return the rows in which every statistic is a number."""
    x = np.empty((len(y), len(terms)))
    for k, term in enumerate(terms):
        x[:, k] = 1.0 if term == "constant" else columns[term]
    happened = np.asarray(y, np.float64)
    kept = np.isfinite(x).all(axis=1)
    return Rows(
        terms,
        x[kept],
        happened[kept],
        np.asarray(year, np.int64)[kept],
        {k: np.asarray(v, np.int64)[kept] for k, v in codes.items()},
        int(np.sum(~kept)),
        int(np.sum(happened[~kept])),
    )
