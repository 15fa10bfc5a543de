"""Dyad-years: two states in a year, with what is known of both and of the pair."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Literal

import polars as pl

from rimland.history import assembly, conflict, dyadic, exercises, monadic
from rimland.history.panel import Panel, Step, both_sides, dyad_frame, make_spine, plan
from rimland.history.peace import Gaps
from rimland.history.states import System


@dataclass(frozen=True, repr=False)
class DyadYears(Panel):
    """A plan for dyad-years; every `add_` returns a new plan, `collect` makes the table.

    What is known of one state has 1 or 2 behind its name. A value past the last year of its
    source is null, never zero.
    """

    directed: bool = True

    _sides = True
    _keys = "dyads"

    def add_alliances(self, undirected: Literal["either", "both"] = "either") -> DyadYears:
        """Obligations under alliance treaties (ATOP 5.1), to 2018.

        In undirected dyad-years a pledge counts when `either` state made it, or only when `both`.
        """
        make = partial(dyadic.alliances, undirected=undirected)
        return self._add(Step(("alliances",), ("atop5_ddyad_year",), dyadic=make))

    def add_capabilities(self) -> DyadYears:
        """National material capabilities and CINC (NMC 7.0), to 2022."""
        return self._add(Step(("capabilities",), ("cow_nmc",), monadic.capabilities))

    def add_disputes(
        self,
        source: Literal["gml", "cow"] = "gml",
        details: bool = True,
        keep_codes: bool = False,
    ) -> DyadYears:
        """Militarized disputes: GML to 2010, or COW to 2014; the gravest of a dyad-year.

        `details=False` gives the two flags alone. `keep_codes` leaves -9 and month 13 as in the
        source.
        """
        source = conflict.checked_source(source)
        tables = (f"disputes.{source}", *([f"disputes.{source}.details"] if details else []))
        make = partial(conflict.disputes, source=source, details=details, keep_codes=keep_codes)
        return self._add(Step(tables, (f"{source}_mid_ddydisps",), dyadic=make))

    def add_wars(self) -> DyadYears:
        """Interstate wars (COW 4.0), to 2007; one a dyad-year."""
        return self._add(Step(("wars",), ("cow_war_inter",), dyadic=conflict.wars))

    def add_contiguity(self) -> DyadYears:
        """Direct contiguity (COW 3.2), to 2016."""
        return self._add(Step(("contiguity",), ("cow_contdir",), dyadic=dyadic.contiguity))

    def add_distance(self, like: Literal["rimland", "peacesciencer"] = "rimland") -> DyadYears:
        """Great-circle distance between capitals in km, computed from their coordinates.

        `like="peacesciencer"` takes its coordinates and its sphere.
        """
        make = partial(dyadic.distance, like=like)
        return self._add(Step(("distance",), ("cow_capitals",), dyadic=make))

    def add_regime(self) -> DyadYears:
        """Democracy: extended UDS, Polity5 (to 2018), V-Dem polyarchy."""
        return self._add(Step(("regime",), ("cw_democracy",), monadic.regime))

    def add_majors(self) -> DyadYears:
        """Whether each state is a major power (COW 2016)."""
        return self._add(Step(("majors",), ("cow_majors",), monadic.majors))

    def add_economy(self) -> DyadYears:
        """Latent GDP and population with their standard deviations, to 2019."""
        return self._add(Step(("economy",), ("cw_gdppop",), monadic.economy))

    def add_trade(self) -> DyadYears:
        """Each state's total imports and exports (COW 4.0), 1870-2014; no dyadic flows."""
        return self._add(Step(("trade",), ("cow_trade_sy",), monadic.trade))

    def add_igos(self) -> DyadYears:
        """Organizations of which both are full members (COW IGO 3.0), to 2014."""
        return self._add(Step(("igos",), ("cow_igo_ndy",), dyadic=dyadic.shared_igos))

    def add_rivalries(
        self,
        source: Literal["gml", "cow", "tss", "td"] = "gml",
        disputes: int = 3,
        window_years: int = 10,
    ) -> DyadYears:
        """Rivalry as repeated disputes, or by a list of experts that you have registered.

        The rule: a run of at least `disputes` disputes, each begun at most `window_years` after
        the one before, lasting until as long after the last (after Diehl and Goertz 2000; Klein,
        Goertz and Diehl 2006). `tss` and `td` read the lists of Thompson and others.
        """
        make = partial(
            conflict.rivalries, source=source, disputes=disputes, window_years=window_years
        )
        data = {
            "gml": "gml_dirdisp",
            "cow": "cow_mid_dirdisps",
            "tss": "tss_rivalries",
            "td": "td_rivalries",
        }.get(source)
        return self._add(Step(("rivalries",), (data,) if data else (), dyadic=make))

    def add_leaders(self) -> DyadYears:
        """Leaders in office and how they went (Archigos 4.1), 1840-2015."""
        return self._add(Step(("leaders",), ("archigos",), monadic.leaders))

    def add_support(self) -> DyadYears:
        """Change of leader and of the source of leader support (CHISOLS 4.0), 1919-2008."""
        return self._add(Step(("support",), ("chisols_state_year",), monadic.support))

    def add_troops(self) -> DyadYears:
        """Troops of the reporting power that each state hosts, 1950-2025."""
        return self._add(Step(("troops",), ("us_troops",), monadic.troops))

    def add_exercises(self) -> DyadYears:
        """Multinational exercises of the two together (MME 7), 1980-2010."""
        return self._add(Step(("exercises",), ("mme_exercises",), dyadic=exercises.by_pair))

    def add_un_votes(self) -> DyadYears:
        """Agreement in the General Assembly, plain and beyond chance, 1946-2019."""
        sets = ("un_votes", "un_roll_calls")
        return self._add(Step(("votes",), sets, dyadic=assembly.un_votes))

    def add_territorial_threat(self) -> DyadYears:
        """Latent external territorial threat of each state, to 2010."""
        return self._add(Step(("threat",), ("terrthreat",), monadic.threat))

    def add_codes(self) -> DyadYears:
        """Codes of the other system, ISO codes and names."""
        sets = ("cow_gw_crosswalk", "state_codes")
        return self._add(Step((f"codes.{self.system}",), sets, monadic.codes))

    def add_peace_years(
        self, source: Literal["gml", "cow"] | None = None, gaps: Gaps = "rows"
    ) -> DyadYears:
        """Years since the last dispute, of every source of disputes added (GML if none was).

        Counted from 1816 whatever years the panel has; null past the source's last year.
        """
        added = [s for s in ("gml", "cow") if f"disputes.{s}" in self._tables()]
        wanted = [conflict.checked_source(source)] if source else added or ["gml"]
        made = self
        for one in map(conflict.checked_source, wanted):
            make = partial(conflict.peace, source=one, gaps=gaps)
            made = made._add(Step((f"peace.{one}",), (f"{one}_mid_ddydisps",), dyadic=make))
        return made

    def _made(self, wanted: set[str] | None) -> pl.DataFrame:
        the_spine = make_spine(self._members(), self.directed)
        made = list(dyad_frame(the_spine, self.extend))
        for step in self.steps:
            if not self._needed(step, wanted):
                continue
            if step.monadic is not None:
                made += both_sides(the_spine, step.monadic(the_spine.members), wanted)
            if step.dyadic is not None:
                made += step.dyadic(the_spine)
        return pl.DataFrame(made)


def dyad_years(
    directed: bool = True,
    years: tuple[int, int] = (1816, 2014),
    system: System = "cow",
    extend: bool = False,
) -> DyadYears:
    """Plan dyad-years: every pair of states that are members on one common day of the year.

    `directed` gives both (a, b) and (b, a); else only pairs in order of code. `system` is `cow` or
    `gw`; COW sets are then matched by year. `extend` carries the state list past its last edition
    and marks those rows. Raises DataError for years the list does not cover.
    """
    made: DyadYears = plan(DyadYears, system, years, extend, directed=directed)
    return made
