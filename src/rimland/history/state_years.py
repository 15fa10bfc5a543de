"""State-years: a state in a year, with what is known of it and of its dealings with others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import polars as pl

from rimland.history import conflict, dyadic, exercises, monadic
from rimland.history.panel import Dyadic, Panel, Step, plan, state_frame
from rimland.history.spine import Spine, spine
from rimland.history.states import Members, System


def counted(make: Dyadic, the_members: Members) -> pl.DataFrame:
    """Count over partners: for each flag of a dyad-year, how many partners have it.

    Null where the flag is unknown for all partners.
    """
    pairs = spine(the_members, directed=True)
    made = {}
    for flag in make(pairs):
        ones = flag.fill_null(0).to_numpy()
        total = np.bincount(pairs.cell1, weights=ones, minlength=the_members.code.size)
        known = np.bincount(
            pairs.cell1, weights=flag.is_not_null().to_numpy(), minlength=the_members.code.size
        )
        count = pl.Series(total.astype(np.int32))
        made[f"n_{flag.name}"] = count.set(pl.Series(known == 0), None)
    return pl.DataFrame(made)


def _neighbours(pairs: Spine) -> list[pl.Series]:
    kind = dyadic.contiguity(pairs)[0]
    return [
        (kind == 1).cast(pl.Int8).alias("land"),
        kind.is_between(2, 5).cast(pl.Int8).alias("sea"),
    ]


def _nearest(the_members: Members, like: Literal["rimland", "peacesciencer"]) -> pl.DataFrame:
    pairs = spine(the_members, directed=True)
    far = dyadic.distance(pairs, like)[0]
    nearest = np.full(the_members.code.size, np.inf)
    np.minimum.at(nearest, pairs.cell1, far.fill_null(np.inf).to_numpy())
    nearest[~np.isfinite(nearest)] = np.nan
    return pl.DataFrame({"mincapdist": pl.Series(nearest, nan_to_null=True)})


@dataclass(frozen=True, repr=False)
class StateYears(Panel):
    """A plan for state-years; every `add_` returns a new plan, `collect` makes the table.

    What is known of pairs is counted over partners (columns n_...). A value past the last year of
    its source is null, never zero.
    """

    def _monadic(
        self, table: str, make: Callable[[Members], pl.DataFrame], *data: str
    ) -> StateYears:
        return self._add(Step((table,), data, make))

    def add_capabilities(self) -> StateYears:
        """National material capabilities and CINC (NMC 7.0), to 2022."""
        return self._monadic("capabilities", monadic.capabilities, "cow_nmc")

    def add_regime(self) -> StateYears:
        """Democracy: extended UDS, Polity5 (to 2018), V-Dem polyarchy."""
        return self._monadic("regime", monadic.regime, "cw_democracy")

    def add_majors(self) -> StateYears:
        """Whether the state is a major power (COW 2016)."""
        return self._monadic("majors", monadic.majors, "cow_majors")

    def add_economy(self) -> StateYears:
        """Latent GDP and population with their standard deviations, to 2019."""
        return self._monadic("economy", monadic.economy, "cw_gdppop")

    def add_trade(self) -> StateYears:
        """Total imports and exports (COW 4.0), 1870-2014."""
        return self._monadic("trade", monadic.trade, "cow_trade_sy")

    def add_igos(self) -> StateYears:
        """Memberships in intergovernmental organizations (COW IGO 3.0), to 2014."""
        return self._monadic("igos.states", monadic.igos, "cow_igo_sy")

    def add_leaders(self) -> StateYears:
        """Leaders in office and how they went (Archigos 4.1), 1840-2015."""
        return self._monadic("leaders", monadic.leaders, "archigos")

    def add_support(self) -> StateYears:
        """Change of leader and of the source of leader support (CHISOLS 4.0), 1919-2008."""
        return self._monadic("support", monadic.support, "chisols_state_year")

    def add_troops(self) -> StateYears:
        """Troops of the reporting power that the state hosts, 1950-2025."""
        return self._monadic("troops", monadic.troops, "us_troops")

    def add_exercises(self) -> StateYears:
        """Multinational exercises with other states (MME 7), 1980-2010."""
        return self._monadic("exercises.states", exercises.by_state, "mme_exercises")

    def add_territorial_threat(self) -> StateYears:
        """Latent external territorial threat, to 2010."""
        return self._monadic("threat", monadic.threat, "terrthreat")

    def add_codes(self) -> StateYears:
        """The code of the other system, the ISO code and the name."""
        return self._monadic(
            f"codes.{self.system}", monadic.codes, "cow_gw_crosswalk", "state_codes"
        )

    def add_alliances(self) -> StateYears:
        """How many states it is bound to, by obligation (ATOP 5.1), to 2018."""
        make = partial(counted, dyadic.alliances)
        return self._monadic("partners.alliances", make, "atop5_ddyad_year")

    def add_disputes(self, source: Literal["gml", "cow"] = "gml") -> StateYears:
        """How many states it is in a dispute with: GML to 2010, or COW to 2014."""
        source = conflict.checked_source(source)
        make = partial(counted, partial(conflict.disputes, source=source, details=False))
        return self._monadic(f"partners.disputes.{source}", make, f"{source}_mid_ddydisps")

    def add_wars(self) -> StateYears:
        """How many states it is at war with (COW 4.0), to 2007."""
        make = partial(counted, lambda pairs: conflict.wars(pairs)[:2])
        return self._monadic("partners.wars", make, "cow_war_inter")

    def add_contiguity(self) -> StateYears:
        """How many neighbours it has by land and by sea (COW 3.2), to 2016."""
        return self._monadic("partners.contiguity", partial(counted, _neighbours), "cow_contdir")

    def add_distance(self, like: Literal["rimland", "peacesciencer"] = "rimland") -> StateYears:
        """Distance to the nearest other capital, km."""
        return self._monadic("partners.distance", partial(_nearest, like=like), "cow_capitals")

    def add_rivalries(
        self, source: Literal["gml", "cow"] = "gml", disputes: int = 3, window_years: int = 10
    ) -> StateYears:
        """How many rivals it has, by repeated disputes (see DyadYears.add_rivalries)."""
        source = conflict.checked_source(source)
        make = partial(
            conflict.rivalries, source=source, disputes=disputes, window_years=window_years
        )
        data = "gml_dirdisp" if source == "gml" else "cow_mid_dirdisps"
        return self._monadic("partners.rivalries", partial(counted, make), data)

    def _made(self, wanted: set[str] | None) -> pl.DataFrame:
        the_members = self._members()
        made = list(state_frame(the_members, self.extend))
        for step in self.steps:
            if step.monadic is not None and self._needed(step, wanted):
                made += list(step.monadic(the_members))
        return pl.DataFrame(made)


def state_years(
    years: tuple[int, int] = (1816, 2014), system: System = "cow", extend: bool = False
) -> StateYears:
    """Plan state-years: every member of the system in every year, in order of code and year.

    `extend` carries the state list past its last edition and marks those rows. Raises DataError
    for years the list does not cover.
    """
    made: StateYears = plan(StateYears, system, years, extend)
    return made
