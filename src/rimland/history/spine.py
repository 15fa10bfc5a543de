"""Dyad-years: every pair of states that shares a day of the year, as flat arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rimland.history.states import Members

Index = NDArray[np.intp]


@dataclass(frozen=True)
class Spine:
    """Pairs of state-years, sorted by first code, second code and year.

    With S codes and Y years, row r is the cell (i, j, y) of a cube S x S x Y, and
    `key[r] = (i * S + j) * Y + y`. Everything that hangs on a dyad-year is found by its key, and
    everything that hangs on a state-year by `cell1` and `cell2`, rows of the members' table; so
    no table is ever hashed, and none is joined twice.
    """

    members: Members
    directed: bool
    key: NDArray[np.int64]
    counts: NDArray[np.int64]
    """Years of each pair i * S + j; shape (S * S,)."""

    @property
    def size(self) -> int:
        """How many dyad-years there are."""
        return int(self.key.size)

    @property
    def _states(self) -> int:
        return int(self.members.codes.size)

    @property
    def _years(self) -> int:
        return self.members.years[1] - self.members.years[0] + 1

    @cached_property
    def pair(self) -> NDArray[np.int64]:
        """i * S + j of every row."""
        return np.repeat(np.arange(self.counts.size), self.counts)

    @cached_property
    def pair_begins(self) -> Index:
        """The first row of every pair that has any."""
        return (np.cumsum(self.counts) - self.counts)[self.counts > 0]

    @cached_property
    def year_index(self) -> NDArray[np.int64]:
        """Years since the first."""
        return self.key - self.pair * self._years

    @cached_property
    def cell1(self) -> Index:
        """Row of the first state's state-year."""
        by_first = self.counts.reshape(self._states, -1).sum(axis=1)
        offset = np.repeat(np.arange(self._states) * self._years, by_first)
        return self._cells.take(offset + self.year_index)

    @cached_property
    def cell2(self) -> Index:
        """Row of the second state's state-year."""
        offset = np.tile(np.arange(self._states) * self._years, self._states)
        return self._cells.take(np.repeat(offset, self.counts) + self.year_index)

    @cached_property
    def coded(self) -> NDArray[np.bool_] | None:
        """Whether both states have a COW code in the year; None where all do."""
        has = self.members.ccode >= 0
        return None if has.all() else has[self.cell1] & has[self.cell2]

    @cached_property
    def _cells(self) -> Index:
        """Row of the members' table for each (state, year); shape (S * Y,)."""
        cells = np.full(self._states * self._years, -1, np.intp)
        state = np.searchsorted(self.members.codes, self.members.code)
        cells[state * self._years + self.members.year - self.members.years[0]] = np.arange(
            self.members.code.size
        )
        return cells

    @cached_property
    def _cow_key(self) -> tuple[NDArray[np.int64], Index | None]:
        """The key in COW codes, sorted, and the rows it stands for (None: in order)."""
        if self.members.system == "cow":
            return self.key, None
        codes = self._cow_codes
        state = np.where(self.members.ccode < 0, -1, np.searchsorted(codes, self.members.ccode))
        first, second = state[self.cell1], state[self.cell2]
        rows = np.flatnonzero((first >= 0) & (second >= 0))
        keys = (first[rows] * codes.size + second[rows]) * self._years + self.year_index[rows]
        order = np.argsort(keys, kind="stable")
        return keys[order], rows[order]

    @cached_property
    def _cow_codes(self) -> NDArray[np.int64]:
        codes = np.unique(self.members.ccode)
        return codes[codes >= 0]

    def rows_of(self, first: pl.Series, second: pl.Series, year: pl.Series) -> tuple[Index, Index]:
        """Match dyad-years in COW codes, unique in the table, to the rows of the spine.

        Returns two arrays of one length: rows of the spine, and for each the row of the table. A
        row of the table outside the spine is in neither; on a Gleditsch-Ward spine one row of the
        table can serve two rows of the spine.
        """
        codes, years = self._cow_codes, self.members.years
        one, two = first.to_numpy().astype(np.int64), second.to_numpy().astype(np.int64)
        when = year.to_numpy().astype(np.int64)
        at1 = np.searchsorted(codes, one).clip(max=codes.size - 1)
        at2 = np.searchsorted(codes, two).clip(max=codes.size - 1)
        known = (codes[at1] == one) & (codes[at2] == two)
        known &= (when >= years[0]) & (when <= years[1])
        taken = np.flatnonzero(known)
        wanted = (at1[taken] * codes.size + at2[taken]) * self._years + when[taken] - years[0]
        keys, rows = self._cow_key
        if not keys.size:
            return np.empty(0, np.intp), np.empty(0, np.intp)
        low = np.searchsorted(keys, wanted, side="left")
        if rows is None:
            hit = keys.take(low, mode="clip") == wanted
            return low[hit], taken[hit]
        count = np.searchsorted(keys, wanted, side="right") - low
        starts = np.repeat(low - np.concatenate(([0], np.cumsum(count)[:-1])), count)
        return rows[starts + np.arange(count.sum())], np.repeat(taken, count)


def spine(members: Members, directed: bool) -> Spine:
    """Return all pairs of states that are members on one day of the year at least.

    Two states may belong to the same year and never to the same day; such pairs are left out.
    """
    first, last = members.years
    years, states = last - first + 1, members.codes.size
    state = np.searchsorted(members.codes, members.code)
    # Absent: begins after every day and ends before every day, so that nothing overlaps.
    start = np.full((states, years), 999, np.int16)
    end = np.full((states, years), -1, np.int16)
    start[state, members.year - first] = members.first_day
    end[state, members.year - first] = members.last_day
    together = start[:, None, :] <= end[None, :, :]
    together &= together.transpose(1, 0, 2).copy()
    if directed:
        together[np.arange(states), np.arange(states)] = False
    else:
        together &= np.triu(np.ones((states, states), bool), k=1)[:, :, None]
    counts = np.count_nonzero(together, axis=2).ravel().astype(np.int64, copy=False)
    return Spine(members, directed, np.flatnonzero(together).astype(np.int64, copy=False), counts)
