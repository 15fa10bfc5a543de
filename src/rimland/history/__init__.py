"""Real data of two centuries: catalogue, state-years, dyad-years and treaties, with their terms."""

from __future__ import annotations

from rimland.history.catalogue import DataError, Dataset, catalogue, dataset
from rimland.history.cite import Citations, citations
from rimland.history.conflict import repeated_disputes
from rimland.history.dyad_years import DyadYears, dyad_years
from rimland.history.state_years import StateYears, state_years
from rimland.history.store import table
from rimland.history.treaties import Treaties, treaties

__all__ = [
    "Citations",
    "DataError",
    "Dataset",
    "DyadYears",
    "StateYears",
    "Treaties",
    "catalogue",
    "citations",
    "dataset",
    "dyad_years",
    "repeated_disputes",
    "state_years",
    "table",
    "treaties",
]
