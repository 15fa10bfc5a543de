"""A state's line: where it stands in the General Assembly, and how far it swings.

A position is the first principal coordinate of a year's roll calls (as in Voeten 2000, with
principal components in place of NOMINATE), scaled to mean 0 and spread 1 over the states of the
year. A swing is how far the mean position of the two years after a year lies from that of the two
years before it. Swings without any change of leader are what the measure moves by anyway.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl
from scipy.linalg import eigh

from rimland.hazards.estimate import Estimate, estimate
from rimland.hazards.links import Floats
from rimland.hazards.turnover import DEMOCRACIES, risk
from rimland.history.assembly import seats

TERMS = ("constant", "leader_only", "bloc", "democracy", "leader_only.democracy", "bloc.democracy")
SAYS = {
    "constant": "log swing of a regime that is no democracy, no leader having changed",
    "leader_only": "the leader changed, the source of support did not",
    "bloc": "the source of leader support changed",
    "democracy": "a democracy, no leader having changed",
    "leader_only.democracy": "the leader alone changed, in a democracy: beyond the two",
    "bloc.democracy": "the source of support changed, in a democracy: beyond the two",
}
SCALE = 10_000.0
"""Swings are fitted in whole ten-thousandths: the link takes counts."""
_LEAST_VOTES = 10


@cache
def positions() -> pl.DataFrame:
    """Return ccode, year, position: one number a state and year, 1946 to 2019.

    Yes is 1, abstention 0, no -1, a missing vote the mean of its call. The sign follows the year
    before. States with fewer than ten votes in a year, and years with too few calls, are left out.
    """
    votes = seats().with_columns(value=1.0 - pl.col("vote").cast(pl.Float64))
    out: list[pl.DataFrame] = []
    before: dict[int, float] = {}
    for _, rows in sorted(votes.group_by("year"), key=lambda part: int(str(part[0][0]))):
        enough = rows.filter(pl.len().over("ccode") >= _LEAST_VOTES)
        calls = enough["rcid"].unique().len()
        if calls < _LEAST_VOTES or enough["ccode"].unique().len() < 10:
            continue
        codes, place = _coordinate(enough)
        shared = [(place[i], before[c]) for i, c in enumerate(codes.tolist()) if c in before]
        if shared and float(np.corrcoef(np.array(shared).T)[0, 1]) < 0.0:
            place = -place
        before = dict(zip(codes.tolist(), place.tolist(), strict=True))
        year = rows["year"][0]
        out.append(
            pl.DataFrame({"ccode": codes, "position": place}).with_columns(year=pl.lit(year))
        )
    return pl.concat(out).select("ccode", "year", "position").cast({"year": pl.Int64})


def swings() -> pl.DataFrame:
    """Return ccode, iso3c, year, kind, position, swing (signed) and change for 1948 to 2008.

    `change` is bloc, leader (the leader alone, with no change of support in the year before, the
    year or the year after) or none (no change of either in those three years); other rows are left
    out, as they would mix the kinds.
    """
    bloc = risk("bloc_change").rows.select("ccode", "iso3c", "year", "kind", bloc="event")
    lead = risk("leader_change").rows.select("ccode", "year", leader="event")
    where = positions()
    rows = bloc.join(lead, on=["ccode", "year"])
    for name in ("bloc", "leader"):
        near = [
            rows.select("ccode", pl.col("year") - step, pl.col(name).alias(f"{name}_{step}"))
            for step in (-1, 1)
        ]
        for one in near:
            rows = rows.join(one, on=["ccode", "year"], how="left")
        around = [pl.col(name), pl.col(f"{name}_-1"), pl.col(f"{name}_1")]
        rows = rows.with_columns(pl.max_horizontal(around).alias(f"any_{name}"))
    for step in (-2, -1, 0, 1, 2):
        moved = where.select("ccode", pl.col("year") - step, pl.col("position").alias(f"p{step}"))
        rows = rows.join(moved, on=["ccode", "year"], how="left")
    change = (
        pl.when(pl.col("bloc") == 1)
        .then(pl.lit("bloc"))
        .when((pl.col("leader") == 1) & (pl.col("any_bloc") == 0))
        .then(pl.lit("leader"))
        .when((pl.col("any_leader") == 0) & (pl.col("any_bloc") == 0))
        .then(pl.lit("none"))
    )
    return (
        rows.with_columns(
            change=change,
            position=pl.col("p0"),
            swing=(pl.col("p1") + pl.col("p2") - pl.col("p-1") - pl.col("p-2")) / 2.0,
        )
        .drop_nulls(["change", "swing"])
        .select("ccode", "iso3c", "year", "kind", "position", "swing", "change")
        .sort("ccode", "year")
    )


def statistics(rows: pl.DataFrame) -> Floats:
    """Return the statistics [n, 6] of rows with kind and change, in the order of TERMS."""
    lone = (rows["change"] == "leader").to_numpy().astype(float)
    bloc = (rows["change"] == "bloc").to_numpy().astype(float)
    free = np.isin(rows["kind"].to_numpy(), DEMOCRACIES).astype(float)
    return np.column_stack([np.ones_like(lone), lone, bloc, free, lone * free, bloc * free])


def sizes(rows: pl.DataFrame) -> Floats:
    """Return the sizes of the swings in whole ten-thousandths, [n]."""
    return np.asarray(np.round(np.abs(rows["swing"].to_numpy()) * SCALE))


def fitted(rows: pl.DataFrame) -> Estimate:
    """Fit the size of the swing (times SCALE) as exp of a linear form, by quasi-likelihood.

    The score of a Poisson count serves for any size that is not negative (Gourieroux, Monfort and
    Trognon 1984); errors are clustered by state and by year and rest on no Poisson variance.
    """
    clusters = {"state": rows["ccode"].to_numpy(), "year": rows["year"].to_numpy()}
    return estimate(statistics(rows), sizes(rows), terms=TERMS, link="log", clusters=clusters)


def _coordinate(votes: pl.DataFrame) -> tuple[Floats, Floats]:
    """Return the codes, and each state's first principal coordinate with mean 0 and spread 1."""
    codes, state = np.unique(votes["ccode"].to_numpy(), return_inverse=True)
    _, call = np.unique(votes["rcid"].to_numpy(), return_inverse=True)
    cast = np.full((codes.size, int(call.max()) + 1), np.nan)
    cast[state, call] = votes["value"].to_numpy()
    centred = np.nan_to_num(cast - np.nanmean(cast, axis=0), nan=0.0)
    # A state that voted half the time would look half as extreme.
    present = np.isfinite(cast).mean(axis=1)
    # The leading direction alone: the products of states are far fewer than the votes.
    last = codes.size - 1
    _, leading = eigh(centred @ centred.T, subset_by_index=[last, last])
    place = leading[:, 0] / present
    return codes, (place - place.mean()) / place.std()
