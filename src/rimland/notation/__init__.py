"""How anything is written: YAML with its places, quantities with sources, problems with places."""

from rimland.notation.base import Entry, Id, Marked
from rimland.notation.csvfile import read_csv
from rimland.notation.describe import describe_model, schema_of
from rimland.notation.marks import Mark
from rimland.notation.parse import parse, walk
from rimland.notation.places import Place, dotted
from rimland.notation.problems import Mistake, Problem, Problems, ScenarioError, Slip
from rimland.notation.quantity import Duration, Quantity, dimension
from rimland.notation.sources import Source, read_sources
from rimland.notation.yamlfile import Document, read_yaml

__all__ = [
    "Document",
    "Duration",
    "Entry",
    "Id",
    "Mark",
    "Marked",
    "Mistake",
    "Place",
    "Problem",
    "Problems",
    "Quantity",
    "ScenarioError",
    "Slip",
    "Source",
    "describe_model",
    "dimension",
    "dotted",
    "parse",
    "read_csv",
    "read_sources",
    "read_yaml",
    "schema_of",
    "walk",
]
