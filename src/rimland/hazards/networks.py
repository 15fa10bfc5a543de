"""The network of defence pacts, of rivals and of comrades, as it stood at the start of each year.

A cube is [Y, S, S]: years from the first, states in order of COW code. What stood on 1 January is
what the year's hazards may see; a treaty that begins in the year itself is the event.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rimland.history import dyad_years, repeated_disputes, store, treaties
from rimland.history.states import members

Cube = NDArray[np.int16]
DEPTH = ("milcon", "intcom", "organ1", "base")
WINDOW = 10
"""Years for which a dispute is remembered, as a rival or as a comrade."""
EDGE = 2016
"""Treaties are coded to its end; one in force then is censored, not ended."""
LAST = 2011
"""Disputes are known to 2010, and 2011 is the last year that sees a whole year before it."""


@dataclass(frozen=True)
class Networks:
    """Cubes of the years `first` to `last`, each as of 1 January."""

    first: int
    last: int
    codes: NDArray[np.int64]
    """[S], COW codes in order."""
    bilateral: Cube
    """How many bilateral defence pacts are in force between the two."""
    joint: Cube
    """How many multilateral ones both belong to."""
    ended: Cube
    """Whether a bilateral defence pact between them has ended."""
    rivals: Cube
    """Whether they are rivals: repeated disputes, known so far."""
    against: Cube
    """Disputes begun against each other in the ten years before."""
    beside: Cube
    """Disputes in which they entered one side in the ten years before."""
    begun: Cube
    """Bilateral defence pacts begun between the two within the year."""
    cinc: NDArray[np.float64]
    """[Y, S], share of the system's capability in the year; NaN where there is no state."""
    regime: NDArray[np.float64]
    """[Y, S], extended Unified Democracy Score."""

    @property
    def allies(self) -> NDArray[np.bool_]:
        """Return who is bound to whom by any defence pact, [Y, S, S]."""
        return np.asarray((self.bilateral > 0) | (self.joint > 0))

    def at(self, code: NDArray[np.integer]) -> NDArray[np.intp]:
        """Return the positions of COW codes."""
        return np.searchsorted(self.codes, code)

    def shared(self, ties: NDArray[np.integer] | NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return how many third states both are tied to, [Y, S, S]."""
        bound = (ties != 0).astype(np.float32)
        return np.asarray(np.matmul(bound, bound), np.float64)


@cache
def networks(first: int, last: int = LAST, carried: bool = False) -> Networks:
    """Return the networks of the years `first` to `last`.

    With `carried` nothing of the last year itself is read: states, capabilities and regimes are
    those of the year before. That is what its 1 January knew.
    """
    states = members("cow", (first, last - carried))
    codes, size = states.codes, (last - first + 1, len(states.codes), len(states.codes))
    empty = {
        name: np.zeros(size, np.int16)
        for name in ("bilateral", "joint", "ended", "rivals", "against", "beside", "begun")
    }
    made = Networks(
        first,
        last,
        codes,
        **empty,
        cinc=_monadic("cow_nmc", "cinc", first, last, codes),
        regime=_monadic("cw_democracy", "euds", first, last, codes),
    )
    if carried:
        for values in (made.cinc, made.regime):
            values[-1] = values[-2]
    _pacts(made)
    _rivals(made)
    _disputes(made)
    return made


@cache
def geography(first: int, last: int = LAST, carried: bool = False) -> pl.DataFrame:
    """Return undirected dyad-years with kind of contiguity and km between capitals.

    With `carried` the last year's are those of the year before, whether or not a state has gone.
    """
    years = (first, last - carried)
    panel = dyad_years(directed=False, years=years).add_contiguity().add_distance()
    found = panel.lazy().select("ccode1", "ccode2", "year", "conttype", "capdist").collect()
    if carried:
        late = found.filter(pl.col("year") == last - 1)
        found = pl.concat([found, late.with_columns(pl.col("year") + 1)])
    return found


@cache
def nearness(first: int, last: int = LAST) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return log of thousands of km (infinite where two states never met), and who touches whom."""
    nets, panel = networks(first, last), geography(first, last)
    distance = np.full(nets.bilateral.shape, np.inf, np.float32)
    touches = np.zeros(nets.bilateral.shape, bool)
    year = panel["year"].to_numpy() - first
    one, two = (nets.at(panel[c].to_numpy()) for c in ("ccode1", "ccode2"))
    for i, j in ((one, two), (two, one)):
        distance[year, i, j] = np.log(panel["capdist"].to_numpy() / 1000.0)
        touches[year, i, j] = panel["conttype"].to_numpy() > 0
    return distance, touches


def memberships() -> pl.DataFrame:
    """Return memberships in defence pacts of states of the system, with the treaty's kind."""
    defence = treaties(obligation="defense")
    kind = defence.add_depth().collect()
    return (
        defence.members()
        .filter(pl.col("in_system") == 1)
        .join(kind.select("atopid", "bilat", "begyr", "endyr", *DEPTH), on="atopid")
        .with_columns(enters=pl.col("start").dt.year(), leaves=pl.col("end").dt.year())
    )


def standing(
    rows: pl.DataFrame, first: int, last: int, codes: NDArray[np.int64]
) -> Iterator[tuple[int, NDArray[np.intp], NDArray[np.bool_]]]:
    """Yield of each treaty its number, its members' positions [M] and who stands when [Y, M].

    A member stands in a year if it entered before it and left in it or later.
    """
    years = np.arange(first, last + 1)
    for (treaty,), part in rows.group_by("atopid", maintain_order=True):
        known = part.filter(pl.col("member").is_in(codes))
        if not len(known):
            continue
        enters = known["enters"].to_numpy()
        leaves = known["leaves"].fill_null(9999).to_numpy()
        held = (enters < years[:, None]) & (years[:, None] <= leaves)
        who, column = np.unique(known["member"].to_numpy(), return_inverse=True)
        stands = np.zeros((len(years), len(who)), bool)
        for c in range(held.shape[1]):
            stands[:, column[c]] |= held[:, c]
        yield int(str(treaty)), np.searchsorted(codes, who), stands


def _pacts(made: Networks) -> None:
    rows = memberships()
    both = {t: b == 1 for t, b in rows.select("atopid", "bilat").unique().iter_rows()}
    for treaty, who, stands in standing(rows, made.first, made.last, made.codes):
        target = made.bilateral if both[treaty] else made.joint
        pairs = stands[:, :, None] & stands[:, None, :]
        target[:, who[:, None], who[None, :]] += pairs
    for cube in (made.bilateral, made.joint):
        cube[:, np.arange(len(made.codes)), np.arange(len(made.codes))] = 0
    for pact in bilateral_pacts().iter_rows(named=True):
        pair = made.at(np.array([pact["one"], pact["two"]]))
        if pact["one"] not in made.codes or pact["two"] not in made.codes:
            continue
        for i, j in (pair, pair[::-1]):
            if made.first <= pact["begins"] <= made.last:
                made.begun[pact["begins"] - made.first, i, j] += 1
            if pact["ends"] is not None and pact["ends"] < made.last:
                made.ended[max(pact["ends"] + 1 - made.first, 0) :, i, j] = 1


def bilateral_pacts() -> pl.DataFrame:
    """Return bilateral defence pacts of two states of the system: one < two, begins, ends."""
    rows = memberships().filter(pl.col("bilat") == 1)
    return (
        rows.filter(pl.col("founder") == 1)
        .group_by("atopid", maintain_order=True)
        .agg(
            one=pl.col("member").min(),
            two=pl.col("member").max(),
            begins=pl.col("enters").min(),
            ends=pl.when(pl.col("leaves").is_null().any()).then(None).otherwise(pl.max("leaves")),
        )
        .filter(pl.col("one") < pl.col("two"))
    )


def _rivals(made: Networks) -> None:
    for spell in repeated_disputes("gml").iter_rows(named=True):
        # Known by the end of the year before: a dispute of the year itself is not seen yet.
        low, high = spell["known_from"] + 1 - made.first, spell["end"] + 1 - made.first
        _mark(made, made.rivals, spell["ccode1"], spell["ccode2"], low, high, most=1)


def _disputes(made: Networks) -> None:
    onsets = store.table("gml_mid_ddydisps", ["ccode1", "ccode2", "year", "gmlmidonset"])
    chosen = onsets.filter((pl.col("gmlmidonset") == 1) & (pl.col("ccode1") < pl.col("ccode2")))
    for one, two, year in chosen.select("ccode1", "ccode2", "year").iter_rows():
        _mark(made, made.against, one, two, year + 1 - made.first, year + WINDOW - made.first)
    sides = (
        store.table("gml_part", ["dispnum", "ccode", "sidea", "styear"])
        .cast(pl.Int64)
        .group_by("dispnum", "ccode", "sidea")
        .agg(pl.col("styear").min())
    )
    pairs = (
        sides.join(sides, on=["dispnum", "sidea"], suffix="2")
        .filter(pl.col("ccode") < pl.col("ccode2"))
        .select("ccode", "ccode2", year=pl.max_horizontal("styear", "styear2"))
        .sort("ccode", "ccode2", "year")
    )
    for one, two, year in pairs.iter_rows():
        _mark(made, made.beside, one, two, year + 1 - made.first, year + WINDOW - made.first)


def _mark(
    made: Networks, cube: Cube, one: int, two: int, low: int, high: int, most: int | None = None
) -> None:
    i, j = made.at(np.array([one, two])).clip(max=len(made.codes) - 1)
    if high < 0 or low > made.last - made.first or made.codes[i] != one or made.codes[j] != two:
        return
    years = slice(max(low, 0), high + 1)
    for a, b in ((i, j), (j, i)):
        cube[years, a, b] += 1
        if most is not None:
            np.minimum(cube[years, a, b], most, out=cube[years, a, b])


def _monadic(
    name: str, column: str, first: int, last: int, codes: NDArray[np.int64]
) -> NDArray[np.float64]:
    table = store.table(name, ["ccode", "year", column]).filter(
        pl.col("year").is_between(first, last) & pl.col("ccode").is_in(codes)
    )
    made = np.full((last - first + 1, len(codes)), np.nan)
    state = np.searchsorted(codes, table["ccode"].to_numpy())
    made[table["year"].to_numpy() - first, state] = table[column].cast(pl.Float64).to_numpy()
    return made
