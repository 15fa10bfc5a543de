"""What has to be true of the rows before a hazard is fitted to them; messages name the term."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
from numpy.typing import ArrayLike

from rimland.errors import did_you_mean
from rimland.hazards.links import LINKS, Floats, HazardError

# A column whose part outside the columns before it has less than this share of its length squared.
SAME = 1e-11
BLOCK = 65_536


@dataclass(frozen=True)
class Data:
    """Rows that passed the checks."""

    x: Floats
    y: Floats
    offset: Floats | None
    weights: Floats | None
    terms: tuple[str, ...]
    scale: Floats
    """[K], root mean square of each column."""
    constant: tuple[int, float] | None
    """Column and value of the first constant column."""
    exposed: float

    @property
    def rows(self) -> int:
        """Return how many rows there are."""
        return len(self.y)

    def blocks(self, size: int) -> Iterator[tuple[Floats, Floats, Floats, Floats]]:
        """Yield x, y, offset and weight of `size` rows at a time."""
        for begin in range(0, self.rows, size):
            rows = slice(begin, begin + size)
            y = self.y[rows]
            offset = np.zeros(len(y)) if self.offset is None else self.offset[rows]
            weight = np.ones(len(y)) if self.weights is None else self.weights[rows]
            yield self.x[rows], y, offset, weight


def checked(
    x: ArrayLike,
    y: ArrayLike,
    terms: tuple[str, ...],
    link: str,
    exposure: ArrayLike | None,
    weights: ArrayLike | None,
    penalised: bool,
) -> Data:
    """Return the rows as arrays; raises HazardError that says which term or row is wrong."""
    if link not in LINKS:
        raise HazardError(f"link='{link}': say cloglog, logit or log.{did_you_mean(link, LINKS)}")
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if x.ndim != 2 or y.shape != x.shape[:1] or x.shape[1] != len(terms):
        raise HazardError(
            f"x is {x.shape}, y is {y.shape} and there are {len(terms)} terms; expected x [n, K],"
            " y [n] and K terms."
        )
    if len(set(terms)) < len(terms) or not terms:
        raise HazardError(f"Each term needs a name of its own; got {', '.join(terms) or 'none'}.")
    if len(y) <= len(terms):
        raise HazardError(f"{len(y)} rows cannot carry {len(terms)} terms.")
    finite = np.isfinite(x.sum(axis=0))
    for k in np.flatnonzero(~finite):
        bad = np.flatnonzero(~np.isfinite(x[:, k]))
        if len(bad):
            raise HazardError(
                f"The term '{terms[k]}' is no finite number in {len(bad)} of {len(y)} rows, first"
                f" in row {bad[0]} ({x[bad[0], k]}). Fill or drop them before the fit."
            )
    _outcome(y, link)
    offset = None if exposure is None else np.log(_positive(exposure, "exposure", len(y)))
    weight = None if weights is None else _positive(weights, "weights", len(y))
    gram = np.zeros((len(terms), len(terms)))
    for begin in range(0, len(y), BLOCK):
        block = x[begin : begin + BLOCK]
        gram += block.T @ block
    scale = np.sqrt(np.diag(gram) / len(y))
    _collinear(gram, terms)
    flat = np.flatnonzero(x.min(axis=0) == x.max(axis=0))
    constant = (int(flat[0]), float(x[0, flat[0]])) if len(flat) else None
    if not penalised:
        _separation(x, y, terms, link)
    exposed = float(len(y)) if offset is None else float(np.sum(np.exp(offset)))
    return Data(x, y, offset, weight, terms, scale, constant, exposed)


def separated(terms: tuple[str, ...], moved: Floats) -> NoReturn:
    """Say that a likelihood has no maximum: these coefficients run away."""
    gone = [terms[k] for k in np.flatnonzero(moved > 0.1 * np.max(moved))]
    raise HazardError(
        f"Together the terms {', '.join(gone)} separate events from the rest: their coefficients"
        " grow without end. Use penalty='firth' or a Prior, or leave one out."
    )


def _outcome(y: Floats, link: str) -> None:
    if not np.all(np.isfinite(y)):
        raise HazardError(f"y is no finite number in row {np.flatnonzero(~np.isfinite(y))[0]}.")
    wrong = (y < 0.0) | (y != np.floor(y)) if link == "log" else (y != 0.0) & (y != 1.0)
    if np.any(wrong):
        row = int(np.flatnonzero(wrong)[0])
        wanted = "a count" if link == "log" else "0 or 1"
        raise HazardError(f"y is {y[row]:g} in row {row}; with link {link} it has to be {wanted}.")
    if not np.any(y):
        raise HazardError(f"None of the {len(y)} rows has an event: there is nothing to fit.")
    if link != "log" and np.all(y):
        raise HazardError(f"Each of the {len(y)} rows has an event: there is nothing to fit.")


def _positive(values: ArrayLike, name: str, rows: int) -> Floats:
    given = np.asarray(values, np.float64)
    if given.shape != (rows,):
        raise HazardError(f"{name} has shape {given.shape}; expected ({rows},).")
    wrong = ~(np.isfinite(given) & (given > 0.0))
    if np.any(wrong):
        row = int(np.flatnonzero(wrong)[0])
        raise HazardError(f"{name} is {given[row]} in row {row}; it has to be above 0.")
    return given


def _collinear(gram: Floats, terms: tuple[str, ...]) -> None:
    """Cholesky by columns: what of each is not in the ones before it."""
    size = np.sqrt(np.diag(gram))
    if np.any(size == 0.0):
        raise HazardError(f"The term '{terms[int(np.argmin(size))]}' is 0 in every row.")
    scaled = gram / np.outer(size, size)
    for k in range(1, len(terms)):
        weights, *_ = np.linalg.lstsq(scaled[:k, :k], scaled[:k, k], rcond=None)
        if 1.0 - float(weights @ scaled[:k, k]) < SAME:
            of = [t for t, w in zip(terms, weights, strict=False) if abs(w) > 1e-6]
            raise HazardError(
                f"The term '{terms[k]}' is a sum of {', '.join(of)}: leave one of them out."
            )


def _separation(x: Floats, y: Floats, terms: tuple[str, ...], link: str) -> None:
    """Say which single column already tells events from the rest."""
    hit = y > 0.0
    among = x[hit]
    low, high = among.min(axis=0), among.max(axis=0)
    for k, term in enumerate(terms):
        column = x[:, k]
        lowest, highest = float(column.min()), float(column.max())
        if lowest == highest:
            continue
        if low[k] == high[k] and low[k] in (lowest, highest):
            others = int(np.sum(column != low[k]))
            raise HazardError(
                f"The term '{term}' is {low[k]:g} in every row with an event; none of the {others}"
                " rows with another value has one. Use penalty='firth' or a Prior, or leave it out."
            )
        if link == "log":
            continue
        rest_low = float(np.min(column, where=~hit, initial=np.inf))
        rest_high = float(np.max(column, where=~hit, initial=-np.inf))
        if low[k] >= rest_high or high[k] <= rest_low:
            raise HazardError(
                f"The term '{term}' alone tells events from the rest ({low[k]:g} to {high[k]:g}"
                f" with an event, {rest_low:g} to {rest_high:g} without). Use penalty='firth' or a"
                " Prior, or leave it out."
            )
