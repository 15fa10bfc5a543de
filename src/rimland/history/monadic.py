"""What is known of a state in a year: one function a set, aligned to the state-years."""

from __future__ import annotations

import numpy as np
import polars as pl

from rimland.history import store
from rimland.history.building import aligned
from rimland.history.states import EDGE, Members, names

CAPABILITIES = ("milex", "milper", "irst", "pec", "tpop", "upop", "cinc")
REGIME = ("euds", "aeuds", "polity2", "v2x_polyarchy")
ECONOMY = ("mrgdppc", "sd_mrgdppc", "pwtrgdp", "sd_pwtrgdp", "pwtpop", "sd_pwtpop")
IGOS = ("sum_igo_full", "sum_igo_associate", "sum_igo_observer", "sum_igo_anytype")
SUPPORT = ("leadertrans", "solschange", "solschdum", "solsch30dum", "solsminchdum", "dem")


def _plain(
    members: Members, name: str, columns: tuple[str, ...], dtype: pl.DataType | type[pl.DataType]
) -> pl.DataFrame:
    data = store.table(name, ["ccode", "year", *columns])
    return aligned(members, data, "ccode", name).cast(dict.fromkeys(columns, dtype))


def capabilities(members: Members) -> pl.DataFrame:
    """National material capabilities and their index, the CINC (Singer, Bremer, Stuckey 1972)."""
    return _plain(members, "cow_nmc", CAPABILITIES, pl.Float64)


def regime(members: Members) -> pl.DataFrame:
    """Measures of democracy; polity2 ends in 2018, whatever two stray rows say after it."""
    data = store.table("cw_democracy", ["ccode", "year", *REGIME]).with_columns(
        polity2=pl.when(pl.col("year") <= 2018).then("polity2")
    )
    return aligned(members, data, "ccode", "cw_democracy").cast(
        {"euds": pl.Float64, "aeuds": pl.Float64, "polity2": pl.Int8, "v2x_polyarchy": pl.Float64}
    )


def economy(members: Members) -> pl.DataFrame:
    """Latent GDP, GDP per head and population, each with its standard deviation."""
    return _plain(members, "cw_gdppop", ECONOMY, pl.Float64)


def trade(members: Members) -> pl.DataFrame:
    """Total imports and exports in million current dollars."""
    return _plain(members, "cow_trade_sy", ("imports", "exports"), pl.Float64)


def igos(members: Members) -> pl.DataFrame:
    """Memberships in intergovernmental organizations, by kind."""
    return _plain(members, "cow_igo_sy", IGOS, pl.Int32)


def threat(members: Members) -> pl.DataFrame:
    """Latent external territorial threat with its standard deviation."""
    made = _plain(members, "terrthreat", ("lterrthreat", "sd"), pl.Float64)
    return made.rename({"sd": "sd_lterrthreat"})


def support(members: Members) -> pl.DataFrame:
    """Change of leader and change in the source of leader support (CHISOLS)."""
    return _plain(members, "chisols_state_year", SUPPORT, pl.Int8)


def troops(members: Members) -> pl.DataFrame:
    """Active-duty troops of the one power whose reports are public, by host.

    Null: no report, withheld, or not listed that year; no row is not always zero.
    """
    data = store.table("us_troops", ["ccode", "year", "troops_total"]).select(
        "ccode", "year", us_troops=pl.col("troops_total").cast(pl.Int64)
    )
    return aligned(members, data, "ccode", "us_troops")


def majors(members: Members) -> pl.DataFrame:
    """Whether a state is a major power in the year; null past the list's edge."""
    spells = store.table("cow_majors", ["ccode", "styear", "endyear"]).cast(pl.Int64)
    flag = np.zeros(members.code.size, np.int8)
    for ccode, first, last in spells.iter_rows():
        flag[(members.ccode == ccode) & (members.year >= first) & (members.year <= last)] = 1
    return pl.DataFrame({"cowmaj": flag}).with_columns(
        cowmaj=pl.when(pl.Series(members.year <= EDGE["cow"])).then("cowmaj")
    )


def codes(members: Members) -> pl.DataFrame:
    """The code in the other system, present-day ISO code and name."""
    iso = store.table("state_codes", ["ccode", "iso3c"]).cast({"ccode": pl.Int64})
    other = "gwcode" if members.system == "cow" else "ccode"
    frame = pl.DataFrame({"code": members.code, "ccode": members.ccode, "other": members.other})
    return (
        frame.join(iso, on="ccode", how="left", maintain_order="left")
        .join(names(members.system), on="code", how="left", maintain_order="left")
        .select(
            pl.when(pl.col("other") >= 0).then("other").alias(other),
            "iso3c",
            "abb",
            pl.col("name").alias("state"),
        )
    )


def leaders(members: Members) -> pl.DataFrame:
    """Leaders in office (Archigos), by Gleditsch-Ward code: who, how many, how they went.

    A year's first and last leader are those of the first and last spell that touch it. Unlike an
    earlier peacesciencer, `irregular` counts an irregular exit in that very year only, not one
    that the year's last leader suffers later. Null before a state's first spell and after 2015.
    """
    spells = store.table("archigos").sort("gwcode", "startdate", "enddate")
    begin, end = pl.col("startdate").dt.year(), pl.col("enddate").dt.year()
    yearly = (
        spells.with_columns(year=pl.int_ranges(begin, end + 1))
        .explode("year")
        .with_columns(
            enters=begin == pl.col("year"),
            irregular_exit=(end == pl.col("year")) & (pl.col("exit") == "Irregular"),
        )
        .group_by("gwcode", "year", maintain_order=True)
        .agg(
            leadertransition=(pl.col("leadid").first() != pl.col("leadid").last()).cast(pl.Int8),
            irregular=pl.col("irregular_exit").any().cast(pl.Int8),
            n_leaders=pl.col("leadid").n_unique().cast(pl.Int16),
            jan1obsid=pl.col("obsid").first(),
            dec31obsid=pl.col("obsid").last(),
        )
    )
    return aligned(members, yearly, "gwcode", "archigos")
