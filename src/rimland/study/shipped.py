"""The shipped fits in Python: `fit` gives one, `fits` lists them as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from rimland.history.fitfile import Fit


def fit(name: str) -> Fit:
    """Return a shipped fit: terms, covariance, answers, calibration, cautions.

    `rimland.hazards.recipes.remake` makes one anew. Raises DataError with the nearest name.
    """
    from rimland.history import fitfile  # with it come polars and numpy

    return fitfile.fit(name)


def fits() -> pl.DataFrame:
    """Return one row a shipped fit: name, title, unit, event, years, rows, events, answers."""
    import polars as pl

    from rimland.history import fitfile

    rows = [
        {
            "name": each.name,
            "title": each.title,
            "unit": each.unit,
            "event": each.event,
            "first_year": each.years[0],
            "last_year": each.years[1],
            "rows": each.rows,
            "events": each.events,
            "answers": len(each.answers),
        }
        for each in map(fitfile.fit, fitfile.names())
    ]
    return pl.DataFrame(rows, infer_schema_length=None)
