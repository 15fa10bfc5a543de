"""What happened, by kind of event, unit and year: what forecasts are scored against."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rimland.hazards import disputes, turnover
from rimland.hazards.ending import ending
from rimland.hazards.formation import at_risk
from rimland.hazards.forward_treaties import END, FIRST, PACT
from rimland.hazards.forward_units import ALONE, DISPUTE, SUPPORT
from rimland.hazards.links import Floats
from rimland.hazards.networks import EDGE, LAST, bilateral_pacts
from rimland.history.states import members

LEADER = "leader"
_EVENTS: dict[str, turnover.Event] = {
    SUPPORT: "bloc_change",
    ALONE: "leader_only",
    LEADER: "leader_change",
}


@dataclass(frozen=True)
class Record:
    """Of one kind of event, units by years; years count from `first`."""

    kind: str
    first: int
    units: NDArray[np.int64]
    """[U, 1] or [U, 2], in order."""
    event: Floats
    """[U, T], 1 or 0; NaN where it is not known, or the unit was not there."""
    at_risk: NDArray[np.bool_]
    """[U, T], whether a forecast made at the end of the year would tell of the unit."""
    world: NDArray[np.int64]
    """[T], events of the year in the whole world, of units told of or not."""

    def rows(self, units: NDArray[np.int64]) -> NDArray[np.intp]:
        """Return where the units stand; a unit without a record is at -1."""
        known = {tuple(u): i for i, u in enumerate(self.units.tolist())}
        return np.array([known.get(tuple(u), -1) for u in units.tolist()], np.intp)

    def ahead(self, units: NDArray[np.int64], origin: int, years: int) -> Floats:
        """Return what happened to the units in the years after the origin, [U, years]."""
        out = np.full((len(units), years), np.nan)
        where, begin = self.rows(units), origin + 1 - self.first
        end = min(begin + years, self.event.shape[1])
        found = where >= 0
        out[found, : end - begin] = self.event[where[found], begin:end]
        return out


@cache
def record(kind: str) -> Record:
    """Return the record of a kind of event since 1946, or as far as the data go."""
    if kind in _EVENTS:
        return _turnover(kind)
    if kind == DISPUTE:
        return _disputes()
    if kind == PACT:
        return _pacts()
    if kind == END:
        return _endings()
    raise ValueError(f"'{kind}' is no kind of event with a record")


def _turnover(kind: str) -> Record:
    rows = turnover.risk(_EVENTS[kind]).rows
    first, last = turnover.FIRST_YEAR, int(rows["year"].to_numpy().max())
    codes = np.unique(rows["ccode"].to_numpy())
    event = np.full((len(codes), last - first + 1), np.nan)
    at = np.searchsorted(codes, rows["ccode"].to_numpy()), rows["year"].to_numpy() - first
    event[at] = rows["event"].to_numpy()
    world = np.nansum(event, axis=0).astype(np.int64)
    return Record(kind, first, codes[:, None], event, np.isfinite(event), world)


def _disputes() -> Record:
    first, last = disputes.FIRST_YEAR, disputes.LAST_YEAR["gml"]
    risk = disputes.initiation(years=(first, last))
    pairs, dense = np.unique(risk.states["states"], axis=0, return_inverse=True)
    at_risk = np.zeros((len(pairs), last - first + 1), bool)
    at_risk[dense.reshape(-1), risk.year - first] = True
    event = np.where(_both_there(pairs, first, last), 0.0, np.nan)
    begun = disputes.begun().filter(pl.col("year").is_between(first, last))
    each = begun.select("ccode1", "ccode2", "year").unique(maintain_order=True)
    world = np.bincount(each["year"].to_numpy() - first, minlength=last - first + 1)
    made = Record(DISPUTE, first, pairs, event, at_risk, world.astype(np.int64))
    where = made.rows(each.select("ccode1", "ccode2").to_numpy())
    found = where >= 0
    event[where[found], each["year"].to_numpy()[found] - first] = 1.0
    return made


def _pacts() -> Record:
    last = EDGE
    risk = at_risk(FIRST, LAST)
    pairs, dense = np.unique(risk.states, axis=0, return_inverse=True)
    # Who is free on 1 January is at risk for a forecast of the evening before.
    free = np.zeros((len(pairs), last - FIRST + 1), bool)
    later = risk.year > FIRST
    free[dense.reshape(-1)[later], risk.year[later] - 1 - FIRST] = True
    event = np.where(_both_there(pairs, FIRST, last), 0.0, np.nan)
    begun = bilateral_pacts().filter(pl.col("begins").is_between(FIRST, last))
    each = begun.select("one", "two", "begins").unique(maintain_order=True)
    year = each["begins"].to_numpy() - FIRST
    world = np.bincount(year, minlength=last - FIRST + 1).astype(np.int64)
    made = Record(PACT, FIRST, pairs, event, free, world)
    where = made.rows(each.select("one", "two").to_numpy())
    event[where[where >= 0], year[where >= 0]] = 1.0
    return made


def _endings() -> Record:
    rows = ending(FIRST, LAST)
    rows = rows.only(rows.of("multilateral") == 0.0)
    treaties, dense = np.unique(rows.codes["treaty"], return_inverse=True)
    event = np.full((len(treaties), LAST - FIRST + 1), np.nan)
    event[dense, rows.year - FIRST] = rows.y
    standing = np.isfinite(event)
    # A pact that has ended stays so: it is known of every later year that it does not end.
    over = np.nancumsum(event, axis=1) > 0.0
    event[~standing & over] = 0.0
    ahead = np.zeros_like(standing)
    ahead[:, :-1] = standing[:, 1:]
    world = np.nansum(event, axis=0).astype(np.int64)
    return Record(END, FIRST, treaties[:, None], event, ahead, world)


def _both_there(pairs: NDArray[np.int64], first: int, last: int) -> NDArray[np.bool_]:
    """Return whether both states of a pair are in the system in a year, [U, T]."""
    system = members("cow", (first, last))
    there = np.zeros((len(system.codes), last - first + 1), bool)
    there[np.searchsorted(system.codes, system.code), system.year - first] = True
    one, two = np.searchsorted(system.codes, pairs).T
    return np.asarray(there[one] & there[two])
