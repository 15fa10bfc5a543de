"""What is known of two states in a year: alliances, contiguity, distance, shared organizations."""

from __future__ import annotations

from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rimland.history import store
from rimland.history.building import filled, gathered, known_between
from rimland.history.catalogue import DataError
from rimland.history.spine import Index, Spine
from rimland.history.states import Members

PLEDGES = ("atop_defense", "atop_offense", "atop_neutral", "atop_nonagg", "atop_consul")
PAIR = ("ccode1", "ccode2", "year")
# Mean Earth radius, and the equatorial one that geosphere takes by default; km.
MEAN_RADIUS_KM = 6371.0088
EQUATORIAL_RADIUS_KM = 6378.137


def matched(spine: Spine, data: pl.DataFrame, name: str) -> tuple[Index, pl.DataFrame]:
    """Return rows of the spine and, row by row, the matching rows of a dyad-year table."""
    rows, taken = spine.rows_of(data["ccode1"], data["ccode2"], data["year"])
    # Rows that rise cannot repeat; only if they don't is it worth looking.
    if not (np.diff(rows) > 0).all():
        repeated = data.select(PAIR).is_duplicated()
        if repeated.any():
            one = data.filter(repeated).row(0, named=True)
            raise DataError(
                f"'{name}' has several rows for {one['ccode1']} and {one['ccode2']} in"
                f" {one['year']}; a dyad-year can have one."
            )
    return rows, data[taken.astype(np.uint32)]


def years_of(spine: Spine) -> NDArray[np.int64]:
    """The calendar year of every row."""
    return spine.year_index + spine.members.years[0]


def known(spine: Spine, first: int, last: int) -> NDArray[np.bool_] | None:
    """Where an absent row means zero: within a dataset's years, and where both states have a code.

    None when that is everywhere.
    """
    low, high = spine.members.years
    if first <= low and high <= last:
        return spine.coded
    within = known_between(years_of(spine), first, last)
    return within if spine.coded is None or within is None else within & spine.coded


def mirrored(data: pl.DataFrame) -> pl.DataFrame:
    """Return an undirected table in both directions."""
    other = data.rename({"ccode1": "ccode2", "ccode2": "ccode1"}).select(data.columns)
    return pl.concat([data, other])


def alliances(spine: Spine, undirected: Literal["either", "both"] = "either") -> list[pl.Series]:
    """Obligations of the first state toward the second (ATOP); zero to 2018, null after.

    In undirected dyad-years a pledge counts when either state has made it, or only when both have.
    """
    if undirected not in ("either", "both"):
        raise DataError(f"undirected='{undirected}': say 'either' or 'both'.")
    data = store.table("atop5_ddyad_year", [*PAIR, *PLEDGES])
    data = data.with_columns(pl.col(PLEDGES).cast(pl.Int8))
    if not spine.directed:
        pledges = pl.col(PLEDGES)
        data = (
            data.with_columns(
                ccode1=pl.min_horizontal("ccode1", "ccode2"),
                ccode2=pl.max_horizontal("ccode1", "ccode2"),
            )
            .group_by(PAIR)
            .agg(pledges.max() if undirected == "either" else pledges.min())
        )
    rows, found = matched(spine, data, "atop5_ddyad_year")
    within = known(spine, 1815, 2018)
    found = found.with_columns(atop_alliance=pl.lit(1, pl.Int8))
    return [filled(spine.size, rows, found[c], c, within) for c in (*PLEDGES, "atop_alliance")]


def contiguity(spine: Spine) -> list[pl.Series]:
    """Direct contiguity by kind, at the beginning of the year; 0 where there is none.

    Where the kind changes within a year the earlier spell holds, as in peacesciencer. Spells
    outside the membership of either state fall away with the spine.
    """
    first, last = pl.col("stdate").dt.year(), pl.col("enddate").dt.year()
    data = (
        store.table("cow_contdir")
        .sort("stdate", maintain_order=True)
        .with_columns(year=pl.int_ranges(first, last + 1))
        .explode("year")
        .unique(PAIR, keep="first", maintain_order=True)
        .select(*PAIR, pl.col("conttype").cast(pl.Int8))
    )
    rows, found = matched(spine, data, "cow_contdir")
    return [filled(spine.size, rows, found["conttype"], "conttype", known(spine, 1816, 2016))]


def capitals(members: Members, latitude: str, longitude: str) -> tuple[Index, pl.DataFrame]:
    """Return for every state-year a row of the table of capitals (-1: none), and that table.

    The capital is that of 1 January, or of the first day of membership in the year.
    """
    table = store.table("cow_capitals").select(
        pl.col("ccode").cast(pl.Int64), "stdate", "enddate", lat=latitude, lon=longitude
    )
    days = (
        pl.DataFrame(
            {"year": members.year, "day": members.first_day, "ccode": members.ccode},
            schema={"year": pl.Int64, "day": pl.Int64, "ccode": pl.Int64},
        )
        .with_row_index("cell")
        .with_columns(on=pl.date("year", 1, 1) + pl.duration(days=pl.col("day") - 1))
    )
    # Past the table's last day the last capital stays.
    edge = table["enddate"].max()
    spells = table.with_row_index("spell").with_columns(
        until=pl.when(pl.col("enddate") < edge).then("enddate").otherwise(pl.date(9999, 12, 31))
    )
    held = days.join(spells, on="ccode").filter(pl.col("on").is_between("stdate", "until"))
    held = held.unique("cell", keep="first", maintain_order=True)
    out = np.full(members.code.size, -1, np.intp)
    out[held["cell"].to_numpy()] = held["spell"].to_numpy()
    return out, table


def haversine_km(
    lat1: NDArray[np.float64],
    lon1: NDArray[np.float64],
    lat2: NDArray[np.float64],
    lon2: NDArray[np.float64],
    radius_km: float = MEAN_RADIUS_KM,
) -> NDArray[np.float64]:
    """Return great-circle distances between points in degrees, on a sphere."""
    phi1, phi2 = np.radians(lat1), np.radians(lat2)
    half = np.sin((phi2 - phi1) / 2) ** 2
    half = half + np.cos(phi1) * np.cos(phi2) * np.sin(np.radians(lon2 - lon1) / 2) ** 2
    return np.asarray(2 * radius_km * np.arcsin(np.sqrt(half)))


def distance(
    spine: Spine, like: Literal["rimland", "peacesciencer"] = "rimland"
) -> list[pl.Series]:
    """Distance between capitals in km, computed once for each pair of capitals.

    `peacesciencer` takes the source's coordinates and the equatorial radius: 0.11 % longer, and
    for four capitals from the middle of the country or region.
    """
    if like not in ("rimland", "peacesciencer"):
        raise DataError(f"like='{like}': say 'rimland' or 'peacesciencer'.")
    ours = like == "rimland"
    columns = ("lat_fixed", "lon_fixed") if ours else ("lat", "lng")
    capital, table = capitals(spine.members, *columns)
    lat, lon = table["lat"].to_numpy(), table["lon"].to_numpy()
    between = np.full((lat.size + 1, lat.size + 1), np.nan)
    between[:-1, :-1] = haversine_km(
        lat[:, None],
        lon[:, None],
        lat[None, :],
        lon[None, :],
        MEAN_RADIUS_KM if ours else EQUATORIAL_RADIUS_KM,
    )
    # The last row and column stand for "no capital known".
    at = np.where(capital < 0, lat.size, capital)
    cells = at[spine.cell1] * (lat.size + 1)
    cells += at[spine.cell2]
    found = between.ravel().take(cells)
    return [pl.Series("capdist", found, nan_to_null=bool((capital < 0).any()))]


def shared_igos(spine: Spine) -> list[pl.Series]:
    """Organizations of which both states are full members; null where the source is silent."""
    data = store.table("cow_igo_ndy", [*PAIR, "dyadigos"]).cast(
        {"ccode1": pl.Int64, "ccode2": pl.Int64, "year": pl.Int64, "dyadigos": pl.Int32}
    )
    low, high = spine.members.years
    data = data.filter(pl.col("year").is_between(low, high))
    data = mirrored(data) if spine.directed else data
    rows, taken = spine.rows_of(data["ccode1"], data["ccode2"], data["year"])
    cells = np.full(spine.size, data.height, np.intp)
    cells[rows] = taken
    values = data["dyadigos"].extend_constant(None, 1)
    return [gathered(values, cells, "dyadigos")]
