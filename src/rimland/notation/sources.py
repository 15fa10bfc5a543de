"""Sources: what a number or a statement rests on, and from when it is."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from rimland.notation.base import Entry
from rimland.notation.parse import parse
from rimland.notation.problems import Mistake, Problems
from rimland.notation.yamlfile import Document


class Source(Entry):
    """One entry of sources.yaml."""

    id: str = ""
    """Its id; taken from its name in the file."""
    title: str
    """Title of the work."""
    author: str
    """Author, editor or institution."""
    year: int | Literal["n.d."] = Field(union_mode="left_to_right")
    """Year of publication, or n.d. where there is none."""
    where: str
    """Where it can be found: journal, publisher, address, or 'recalled'."""
    published: date | None = None
    """Day of publication, where it is known; the check for hindsight uses it."""

    @model_validator(mode="after")
    def _same_year(self) -> Source:
        if self.published and isinstance(self.year, int) and self.published.year != self.year:
            raise Mistake(
                f"'{self.published}' is not in the year {self.year}",
                expected="year and published to agree",
                at=("published",),
            )
        return self

    @property
    def dated(self) -> date | None:
        """The day it was published, else 1 January of its year; None where neither is known."""
        if self.published is not None:
            return self.published
        return date(self.year, 1, 1) if isinstance(self.year, int) else None

    def reference(self) -> str:
        """Return the full reference in one line."""
        return f"{self.author} ({self.year}). {self.title.rstrip('.')}. {self.where.rstrip('.')}."


def read_sources(document: Document, problems: Problems) -> dict[str, Source] | None:
    """Return the sources of a file by id, each carrying its id; None after reporting mistakes."""
    found = parse(dict[str, Source], document, problems)
    if found is None:
        return None
    return {name: source.model_copy(update={"id": name}) for name, source in found.items()}
