"""A quarrel over pacts re-estimated: do they deter, or does forming them bring disputes?

Johnson and Leeds (2011) compare directed dyad-years in which the target has a defence pact with
those in which it has none. Kenwick, Vasquez and Powers (2015) compare ten years of a state around
the forming of a pact; Kenwick and Vasquez (2017) split the pact of the first design into its first
years and later ones. All are made here from the data that ship, so that only the design differs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import log_ndtr

from rimland.hazards.disputes import Source, begun
from rimland.hazards.estimate import Estimate, estimate
from rimland.hazards.links import Floats, HazardError
from rimland.hazards.pledges import coverage, likeness, memberships
from rimland.history import dyad_years, state_years

YEARS = (1816, 2000)
"""Those of Johnson and Leeds (2011)."""
ERAS: dict[str, tuple[int, int]] = {
    "1816-2000": YEARS,
    "1816-1945": (1816, 1945),
    "1946-2000": (1946, 2000),
}
CONTROLS = (
    "challenger_defence",
    "challenger_offence",
    "challenger_neutrality",
    "log_distance",
    "capability_share",
    "joint_democracy",
    "similarity",
    "peace",
    "peace2",
    "peace3",
)
DESIGNS: dict[str, tuple[str, ...]] = {
    "in force": ("target_defence",),
    "split": ("target_young", "target_standing"),
}
Dyads = Literal["all", "relevant"]
NEAR = ("land", "water", "challenger_major", "target_major")
WINDOWS = "ten-year windows of states"
WORLD_WARS = ((1914, 1918), (1939, 1945))
_NEIGHBOURS = 5
_WINDOW = 5


@dataclass(frozen=True)
class Probit:
    """A probit with errors clustered one way."""

    terms: tuple[str, ...]
    coefficients_: Floats
    errors_: Floats
    log_likelihood_: float


def dyads(source: Source = "cow", years: tuple[int, int] = YEARS) -> pl.DataFrame:
    """Return directed dyad-years with what the designs need; the first state may challenge.

    Distance is that of capitals, 0 for contiguous states; a state is a democracy from polity2 = 6.
    """
    panel = (
        dyad_years(directed=True, years=years)
        .add_capabilities()
        .add_contiguity()
        .add_distance()
        .add_regime()
        .add_majors()
        .add_peace_years(source)
        .lazy()
        .select(
            *("ccode1", "ccode2", "year", "cinc1", "cinc2", "conttype", "capdist"),
            *("polity21", "polity22", "cowmaj1", "cowmaj2"),
            pl.col(f"{source}midspell").alias("peace"),
        )
        .collect()
    )
    began = begun(source).select("ccode1", "ccode2", "year").unique()
    rows = panel.join(
        began.with_columns(event=pl.lit(1.0)),
        on=["ccode1", "ccode2", "year"],
        how="left",
        maintain_order="left",
    ).join(likeness(years), on=["ccode1", "ccode2", "year"], how="left", maintain_order="left")
    defence, offence, neutral = (coverage(o, rows) for o in ("defense", "offense", "neutral"))
    near = pl.col("conttype").is_between(1, _NEIGHBOURS).fill_null(False)
    decades = pl.col("peace") / 10.0

    def either(data: pl.DataFrame, side: int) -> pl.Series:
        return (data[f"young{side}"] | data[f"standing{side}"]).cast(pl.Float64)

    young = defence["young2"].cast(pl.Float64)
    return rows.select(
        "ccode1",
        "ccode2",
        "year",
        pl.col("event").fill_null(0.0),
        (near | (pl.col("cowmaj1") == 1) | (pl.col("cowmaj2") == 1)).alias("relevant"),
        pl.Series("target_defence", either(defence, 2)),
        pl.Series("target_young", young),
        # A state that has both an old and a new pact is in the years of forming one.
        pl.Series("target_standing", either(defence, 2) * (1.0 - young)),
        pl.Series("challenger_defence", either(defence, 1)),
        pl.Series("challenger_offence", either(offence, 1)),
        pl.Series("challenger_neutrality", either(neutral, 1)),
        pl.when(near).then(0.0).otherwise(pl.col("capdist").log1p()).alias("log_distance"),
        (pl.col("cinc1") / (pl.col("cinc1") + pl.col("cinc2"))).alias("capability_share"),
        ((pl.col("polity21") >= 6) & (pl.col("polity22") >= 6))
        .fill_null(False)
        .cast(pl.Float64)
        .alias("joint_democracy"),
        "similarity",
        decades.alias("peace"),
        (decades**2).alias("peace2"),
        (decades**3).alias("peace3"),
        (pl.col("conttype") == 1).fill_null(False).cast(pl.Float64).alias("land"),
        (near & (pl.col("conttype") > 1)).cast(pl.Float64).alias("water"),
        (pl.col("cowmaj1") == 1).cast(pl.Float64).alias("challenger_major"),
        (pl.col("cowmaj2") == 1).cast(pl.Float64).alias("target_major"),
    ).drop_nulls()


def chosen(rows: pl.DataFrame, era: str = "1816-2000", which: Dyads = "all") -> pl.DataFrame:
    """Return the rows of an era, all dyads or the politically relevant ones."""
    low, high = ERAS[era]
    return rows.filter(
        pl.col("year").is_between(low, high),
        pl.lit(True) if which == "all" else pl.col("relevant"),
    )


def without_world_wars(rows: pl.DataFrame, reach: int = 0) -> pl.DataFrame:
    """Return the rows whose year lies, by `reach` years, outside the two world wars."""
    year = pl.col("year")
    at_war = [year.is_between(low - reach, high + reach) for low, high in WORLD_WARS]
    return rows.filter(~pl.any_horizontal(at_war))


def hazard(rows: pl.DataFrame, design: str, extra: tuple[str, ...] = ()) -> Estimate:
    """Fit a design as a yearly hazard; rows that share either state are dependent."""
    terms = ("constant", *DESIGNS[design], *CONTROLS, *extra)
    states = rows.select("ccode1", "ccode2").to_numpy()
    return estimate(
        _matrix(rows, terms),
        rows["event"].to_numpy(),
        terms=terms,
        link="cloglog",
        clusters={"states": states},
    )


def as_published(rows: pl.DataFrame, design: str) -> Probit:
    """Fit a design as a probit with errors clustered by directed dyad."""
    terms = ("constant", *DESIGNS[design], *CONTROLS)
    pair = rows["ccode1"].to_numpy() * 1000 + rows["ccode2"].to_numpy()
    return probit(_matrix(rows, terms), rows["event"].to_numpy(), terms, pair)


def probit(
    x: Floats, y: Floats, terms: tuple[str, ...], cluster: NDArray[np.int64], rounds: int = 40
) -> Probit:
    """Fit a probit [n, K] by Fisher scoring; errors by the one-way sandwich with G / (G - 1).

    Raises HazardError when it does not settle.
    """
    beta = np.zeros(len(terms))
    side = 2.0 * y - 1.0
    for _ in range(rounds):
        eta = x @ beta
        score, weight = _probit_pieces(eta, side)
        information = x.T @ (x * weight[:, None])
        step = np.linalg.solve(information, x.T @ score)
        beta = beta + step * min(1.0, 2.0 / max(float(np.max(np.abs(x @ step))), 1e-12))
        if float(np.max(np.abs(step))) < 1e-10 * (1.0 + float(np.max(np.abs(beta)))):
            break
    else:
        raise HazardError(f"The probit did not settle in {rounds} rounds.")
    eta = x @ beta
    score, weight = _probit_pieces(eta, side)
    bread = np.linalg.inv(x.T @ (x * weight[:, None]))
    _, group = np.unique(cluster, return_inverse=True)
    count = int(group.max()) + 1
    sums = np.column_stack(
        [np.bincount(group, x[:, k] * score, minlength=count) for k in range(len(terms))]
    )
    covariance = bread @ (sums.T @ sums) @ bread * count / (count - 1.0)
    value = float(np.sum(log_ndtr(side * eta)))
    return Probit(terms, beta, np.sqrt(np.diag(covariance)), value)


def windows(
    years: tuple[int, int], source: Source = "cow", side: Literal["any", "target"] = "any"
) -> pl.DataFrame:
    """Return ten-year observations of states: disputes before and after year five, and its pacts.

    ccode, year (year five), formed (whether it entered a treaty of defence), before and after
    (disputes begun in the five years before and after, the state an originator, or their target),
    major, cinc. States that were members throughout.
    """
    first, last = years
    states = state_years(years=(first, last)).add_capabilities().add_majors().collect()
    panel = states.select(
        pl.col("ccode", "year").cast(pl.Int64),
        "cinc",
        major=(pl.col("cowmaj") == 1).cast(pl.Float64),
    )
    pairs = begun(source)
    targets = pairs.select("dispnum", "year", ccode="ccode2")
    both = (
        [targets]
        if side == "target"
        else [targets, pairs.select("dispnum", "year", ccode="ccode1")]
    )
    yearly = (
        pl.concat(both).unique().group_by("ccode", "year").agg(disputes=pl.len().cast(pl.Float64))
    )
    panel = panel.join(yearly, on=["ccode", "year"], how="left").with_columns(
        pl.col("disputes").fill_null(0.0)
    )
    entered = {(one.state, one.first) for one in memberships("defense")}
    rows = panel
    for step in (*range(-5, 0), *range(1, 6)):
        moved = panel.select("ccode", pl.col("year") - step, pl.col("disputes").alias(f"d{step}"))
        rows = rows.join(moved, on=["ccode", "year"], how="inner")
    return rows.select(
        "ccode",
        "year",
        pl.Series(
            "formed",
            [
                float((int(c), int(y)) in entered)
                for c, y in rows.select("ccode", "year").iter_rows()
            ],
        ),
        before=pl.sum_horizontal(f"d{step}" for step in range(-5, 0)),
        after=pl.sum_horizontal(f"d{step}" for step in range(1, 6)),
        major="major",
        cinc="cinc",
    ).drop_nulls()


def formation(rows: pl.DataFrame) -> Estimate:
    """Fit the count of disputes after year five on the count before it and the forming of a pact.

    By quasi-likelihood; windows of one state overlap, so that errors are clustered by state.
    """
    terms = ("constant", "formed", "log_before", "major", "log_cinc")
    x = np.column_stack(
        [
            np.ones(rows.height),
            rows["formed"].to_numpy(),
            np.log1p(rows["before"].to_numpy()),
            rows["major"].to_numpy(),
            np.log(rows["cinc"].to_numpy() + 1e-4),
        ]
    )
    states = {"state": rows["ccode"].to_numpy()}
    return estimate(x, rows["after"].to_numpy(), terms=terms, link="log", clusters=states)


def table(source: Source = "cow", rows: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return the designs side by side, each pact term in a row of its own.

    design, dyads, era, term, link, coefficient, error, ratio (of hazards, or of counts; null for a
    probit), rows, events. COW's disputes are those that both sides of the quarrel used. Takes a
    minute or two and 2 GB; `rows` saves making the dyads again.
    """
    rows = dyads(source) if rows is None else rows
    out: list[dict[str, object]] = []
    for which in ("all", "relevant"):
        for era in ERAS:
            part = chosen(rows, era, "all" if which == "all" else "relevant")
            for design in DESIGNS:
                out += _noted(hazard(part, design), design, which, era)
    part = chosen(rows)
    for design in DESIGNS:
        out += _noted(as_published(part, design), design, "all", "1816-2000", part)
    for era in ERAS:
        part = chosen(rows, era, "relevant")
        made = hazard(part, "split", NEAR)
        out += _noted(made, "split, with contiguity and major powers", "relevant", era)
    part = without_world_wars(chosen(rows, "1816-1945", "relevant"))
    for design in DESIGNS:
        made = hazard(part, design)
        out += _noted(made, f"{design}, without the world wars", "relevant", "1816-1945")
    for era in ERAS:
        seen = windows(ERAS[era], source)
        out += _noted(formation(seen), WINDOWS, "states", era)
        if era == "1816-1945":
            calm = formation(without_world_wars(seen, _WINDOW))
            out += _noted(calm, f"{WINDOWS}, without the world wars", "states", era)
        seen = windows(ERAS[era], source, "target")
        out += _noted(formation(seen), f"{WINDOWS}, as target", "states", era)
    return pl.DataFrame(out)


def _noted(
    made: Estimate | Probit, design: str, which: str, era: str, rows: pl.DataFrame | None = None
) -> list[dict[str, object]]:
    """Return the rows of the table for the pact terms of one fit."""
    out: list[dict[str, object]] = []
    link = made.link if isinstance(made, Estimate) else "probit"
    count = made.rows if isinstance(made, Estimate) else 0 if rows is None else rows.height
    events = made.events if isinstance(made, Estimate) else 0.0
    if rows is not None:
        events = float(rows["event"].sum())
    for term in ("target_defence", "target_young", "target_standing", "formed"):
        if term in made.terms:
            at = made.terms.index(term)
            value = float(made.coefficients_[at])
            out.append(
                {
                    "design": design,
                    "dyads": which,
                    "era": era,
                    "term": term,
                    "link": link,
                    "coefficient": value,
                    "error": float(made.errors_[at]),
                    "ratio": None if link == "probit" else float(np.exp(value)),
                    "rows": count,
                    "events": int(events),
                }
            )
    return out


def _matrix(rows: pl.DataFrame, terms: tuple[str, ...]) -> Floats:
    given = rows.with_columns(constant=pl.lit(1.0)).select(terms)
    return np.ascontiguousarray(given.to_numpy(), dtype=float)


def _probit_pieces(eta: Floats, side: Floats) -> tuple[Floats, Floats]:
    """Return the score and the expected information of each row's linear form."""
    log_density = -0.5 * eta**2 - 0.5 * np.log(2.0 * np.pi)
    score = side * np.exp(log_density - log_ndtr(side * eta))
    weight = np.exp(2.0 * log_density - log_ndtr(eta) - log_ndtr(-eta))
    return score, weight
