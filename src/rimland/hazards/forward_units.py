"""Who is at risk at an origin, and the equations fitted up to it: turnover and disputes.

Nothing after 31 December of the origin is read. Statistics are those that the origin leaves: kinds
of regime, capabilities, contiguity and pacts of that year, held; years since the last dispute and
handover days go on from there.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rimland.hazards import disputes, turnover
from rimland.hazards.estimate import estimate
from rimland.hazards.forward_program import YEAR_DAYS, Kind, Lowering
from rimland.hazards.frailty import frailties
from rimland.hazards.links import Floats, HazardError
from rimland.history.states import members, spells
from rimland.program.build import add, set_to, when
from rimland.program.model import Atom, Term

QUIET = 8
"""The highest level of quiet: 128 years and more."""
DISPUTE_TERMS = (*(t for t in disputes.TERMS if not t.startswith("peace")), "quiet")
"""As `disputes.initiation`, with the level of quiet in place of the cubic of peace years."""
COUNTING, STIRRED, AT_ORIGIN = 0, 1, 2
"""Phases of a pair: years of quiet go by, a dispute came within the year, nothing came yet."""
SUPPORT, ALONE, DISPUTE = "support", "leader alone", "dispute"


def standing_states(origin: int) -> NDArray[np.int64]:
    """Return the COW codes of the states that stand at the end of the origin, in order."""
    last = date(origin, 12, 31)
    here = spells("cow").filter(pl.col("start") <= last, pl.col("end") > last)
    return np.unique(here["code"].to_numpy())


def turnovers(origin: int, years: int) -> tuple[Kind, Kind]:
    """Return changes of the source of support, and of the leader alone, of all known states.

    A state's kind of regime is held at the origin's. Handover days that the record up to the origin
    shows go on through the years, as does their absence.
    """
    known = turnover.kinds(origin).filter(pl.col("year") == origin + 1)
    calendar = turnover.handovers(origin + 1).filter(pl.col("year") == origin + 1)
    system = members("cow", (origin, origin))
    codes = pl.DataFrame({"ccode": system.code, "gwcode": system.gwcode})
    rows = (
        known.filter(pl.col("ccode").is_in(standing_states(origin)))
        .drop_nulls("kind")
        .join(codes, on="ccode", how="left")
        .join(calendar.drop("year"), on="gwcode", how="left")
        .with_columns(pl.col("term").fill_null(0), pl.col("latest").fill_null(origin))
        .sort("ccode")
    )
    ahead = np.arange(origin + 1, origin + 1 + years)
    term = rows["term"].to_numpy()[:, None]
    due = (term > 0) & ((ahead - rows["latest"].to_numpy()[:, None]) % np.maximum(term, 1) == 0)
    return (
        _turnover(SUPPORT, "bloc_change", origin, rows, due),
        _turnover(ALONE, "leader_only", origin, rows, due),
    )


def _turnover(
    name: str, event: turnover.Event, origin: int, rows: pl.DataFrame, due: NDArray[np.bool_]
) -> Kind:
    past = turnover.risk(event).upto(origin)
    made, records = turnover.fitted(past)
    each = [turnover.statistics(rows.with_columns(due=pl.Series(d)), event) for d in due.T]
    moved = {
        t: np.column_stack([x[:, k] for x in each])
        for k, t in enumerate(made.terms)
        if not t.startswith("kind.")
    }
    states = rows["ccode"].to_numpy()
    cells = turnover.cell(states, rows["kind"].to_list())
    shape, rate = np.array([records.of(int(c)) for c in cells]).T
    return Kind(name, made, states[:, None], each[0], moved, (), (shape, rate))


def lower_turnover(to: Lowering, support: Kind, alone: Kind) -> None:
    """Add both changes of every state: they come and leave no trace in the state of the world."""
    for kind in (support, alone):
        for unit in range(len(kind.units)):
            to.hazard(kind, unit)


def quiet(peace: Floats) -> Floats:
    """Return the level of quiet: 0 for no year of it, 1 for one, then one more a doubling."""
    level = np.floor(np.log2(np.maximum(peace, 1.0))) + (peace >= 1.0)
    return np.asarray(np.minimum(level, float(QUIET)))


def years_of_quiet(rows: pl.DataFrame) -> NDArray[np.int64]:
    """Return years since either began a dispute with the other, before the year of the row, [n].

    0 in the year after one. Of a pair without one, years since both are in the system. Disputes
    that the two only joined are not counted, nor how long one lasted: what the simulation sets
    back is what was fitted.
    """
    low, high = pl.min_horizontal("ccode1", "ccode2"), pl.max_horizontal("ccode1", "ccode2")
    events = (
        disputes.begun()
        .select(low.alias("low"), high.alias("high"), "year", last=pl.col("year"))
        .unique()
        .sort("year")
    )
    begins = dict(
        spells("cow").group_by("code").agg(pl.col("start").min().dt.year()).sort("code").iter_rows()
    )
    found = (
        rows.select(low.alias("low"), high.alias("high"), year=pl.col("year") - 1)
        .with_row_index()
        .sort("year")
        .join_asof(events, on="year", by=["low", "high"], check_sortedness=False)
        .sort("index")
    )
    start = [max(begins[a], begins[c]) for a, c in rows.select("ccode1", "ccode2").iter_rows()]
    year, last = rows["year"].to_numpy(), found["last"].fill_null(-1).to_numpy()
    return np.asarray(np.where(last >= 0, year - last - 1, np.maximum(year - np.array(start), 0)))


def initiations(origin: int) -> tuple[Kind, dict[tuple[int, int], int]]:
    """Return initiation by relevant directed pairs, and the years of quiet of each pair.

    Those are the years on 1 January after the origin: 0 when either began a dispute in it.
    """
    past = disputes.initiation(years=(disputes.FIRST_YEAR, origin))
    x = np.column_stack(
        [
            disputes.statistics(past.rows, DISPUTE_TERMS[:-1]),
            quiet(years_of_quiet(past.rows).astype(np.float64)),
        ]
    )
    made = estimate(x, past.y, terms=DISPUTE_TERMS, link="cloglog", clusters=past.states)
    records = frailties(np.exp(x @ made.coefficients_), past.y, past.dyads)
    pairs = past.states["states"]
    last = (past.year == origin) & np.isin(pairs, standing_states(origin)).all(axis=1)
    if not last.any():
        raise HazardError(f"No pair is at risk of a dispute in {origin}; the record ends in 2010.")
    here = past.rows.filter(pl.Series(last)).with_columns(pl.col("year") + 1)
    peace = {
        (min(a, c), max(a, c)): int(years)
        for (a, c), years in zip(pairs[last].tolist(), years_of_quiet(here), strict=True)
    }
    shape, rate = np.array([records.of(int(d)) for d in past.dyads[last]]).T
    return Kind(DISPUTE, made, pairs[last], x[last], {}, ("quiet",), (shape, rate)), peace


def lower_disputes(to: Lowering, kind: Kind, peace: dict[tuple[int, int], int]) -> None:
    """Add initiation both ways, and the level of quiet that a dispute sets back.

    As in the data a year's disputes are seen on the next 1 January: a stirred pair waits for it. A
    level lasts as long as all before it, so that its steps too fall on new years.
    """
    b, longest = to.builder, YEAR_DAYS * to.years
    new_years = [YEAR_DAYS * year for year in range(1, to.years)]
    for (one, two), years in peace.items():
        pair = f"{one}-{two}"
        level, phase = f"quiet.{pair}", f"phase.{pair}"
        at = int(quiet(np.array([float(years)]))[0])
        b.variable(level, 0, QUIET, at)
        b.variable(phase, 0, 2, AT_ORIGIN, ["counting", "stirred", "as at the origin"])
        settle = [set_to(phase, COUNTING), set_to(level, 0)]
        b.transition(
            f"settle.{pair}", b.calendar(new_years), settle, [when(phase, STIRRED)], priority=1
        )
        doublings = [Term(1, (Atom(level, k, QUIET),)) for k in range(2, QUIET + 1)]
        over = b.feature(f"doublings.{pair}", doublings)
        clock = b.fixed(f"step.{pair}", YEAR_DAYS, [(-float(np.log(2.0)), over)])
        counting = [when(level, 0, QUIET - 1), when(phase, COUNTING)]
        b.transition(f"step.{pair}", clock, [add(level, 1)], counting)
        # The level of the origin is partly spent: it ends on a day of its own.
        rest = YEAR_DAYS * (2**at - years)
        if at < QUIET and rest <= longest:
            ends = [set_to(phase, COUNTING), add(level, 1)]
            b.transition(f"first.{pair}", b.calendar([rest]), ends, [when(phase, AT_ORIGIN)])
    for unit, (a, c) in enumerate(kind.units.tolist()):
        pair = f"{min(a, c)}-{max(a, c)}"
        to.hazard(
            kind,
            unit,
            [set_to(f"phase.{pair}", STIRRED)],
            (),
            [("quiet", f"quiet.{pair}")],
        )
