"""Votes of the General Assembly: how often two states agree, with and without chance."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rimland.history import store
from rimland.history.building import gathered
from rimland.history.spine import Spine

VOTES = ("yes", "abstain", "no")
COLUMNS = ("votes_shared", "vote_agreement", "vote_kappa")


def seats() -> pl.DataFrame:
    """Return ccode, year, rcid and vote (0 yes, 1 abstain, 2 no) of every vote with a COW code.

    Years are those of the roll call, which are sound where the days are not. Absences are not
    in the source: an absent row is neither no nor abstain.
    """
    calls = store.table("un_roll_calls", ["rcid", "year"])
    iso = store.table("state_codes", ["ccode", "iso2c"]).cast({"ccode": pl.Int64})
    special = store.table("assembly_seats").cast(
        {"ccode": pl.Int64, "first_year": pl.Int64, "last_year": pl.Int64}
    )
    names = special["country"].unique()
    votes = (
        store.table("un_votes")
        .join(calls, on="rcid")
        .with_columns(
            pl.col("year").cast(pl.Int64),
            vote=pl.col("vote").replace_strict(list(VOTES), [0, 1, 2], return_dtype=pl.Int8),
        )
    )
    ordinary = votes.filter(~pl.col("country").is_in(names.implode())).join(
        iso, left_on="country_code", right_on="iso2c"
    )
    others = votes.join(
        special.select("country", "ccode", "first_year", "last_year"), on="country"
    ).filter(pl.col("year").is_between("first_year", "last_year"))
    wanted = ["ccode", "year", "rcid", "vote"]
    return pl.concat([ordinary.select(wanted), others.select(wanted)])


def agreement(votes: pl.DataFrame) -> pl.DataFrame:
    """Return votes_shared, vote_agreement and vote_kappa for all directed pairs of one year.

    Agreement is the share of shared votes on which both did the same. Kappa corrects it for what
    two states with the same leanings would agree on by chance (Cohen 1960; Häge 2011): from each
    state's own frequencies among the shared votes. Null where nothing is left to correct.
    """
    codes, state = np.unique(votes["ccode"].to_numpy(), return_inverse=True)
    _, call = np.unique(votes["rcid"].to_numpy(), return_inverse=True)
    cast: NDArray[np.float64] = np.zeros((len(VOTES), codes.size, int(call.max()) + 1))
    cast[votes["vote"].to_numpy(), state, call] = 1.0
    present = cast.sum(axis=0)
    shared = present @ present.T
    same = sum(one @ one.T for one in cast)
    # How often state i voted so among the calls on which j voted too.
    by_chance = sum((one @ present.T) * (one @ present.T).T for one in cast)
    with np.errstate(invalid="ignore", divide="ignore"):
        agreed = same / shared
        chance = by_chance / shared**2
        kappa = (agreed - chance) / (1 - chance)
    kappa[~np.isfinite(kappa)] = np.nan
    one, two = np.nonzero((shared > 0) & ~np.eye(codes.size, dtype=bool))
    return pl.DataFrame(
        {
            "ccode1": codes[one],
            "ccode2": codes[two],
            "votes_shared": shared[one, two].astype(np.int32),
            "vote_agreement": agreed[one, two],
            "vote_kappa": kappa[one, two],
        },
    ).with_columns(pl.col("vote_kappa").fill_nan(None))


def un_votes(spine: Spine) -> list[pl.Series]:
    """Agreement in the General Assembly; null where two states shared no vote in the year."""
    low, high = spine.members.years
    votes = seats().filter(pl.col("year").is_between(low, high))
    years = [
        agreement(rows).with_columns(year=pl.lit(key[0], pl.Int64))
        for key, rows in votes.group_by("year", maintain_order=True)
    ]
    if not years:
        dtypes = (pl.Int32, pl.Float64, pl.Float64)
        return [
            pl.repeat(None, spine.size, dtype=dtype, eager=True).alias(name)
            for name, dtype in zip(COLUMNS, dtypes, strict=True)
        ]
    data = pl.concat(years)
    rows, taken = spine.rows_of(data["ccode1"], data["ccode2"], data["year"])
    cells = np.full(spine.size, data.height, np.intp)
    cells[rows] = taken
    return [gathered(data[name].extend_constant(None, 1), cells, name) for name in COLUMNS]
