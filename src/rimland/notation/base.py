"""What every declared thing is: a closed, frozen entry whose fields carry their meaning."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from rimland.notation.marks import Mark, read_mark
from rimland.notation.problems import Mistake, Slip


class Entry(BaseModel):
    """A mapping with known fields; the text under each field is its meaning.

    Unknown fields are mistakes, values cannot be changed after reading, and infinities are not
    numbers.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        populate_by_name=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )


def _kebab(text: str) -> str:
    if re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text):
        return text
    guess = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    raise Mistake(
        f"'{text}' is not an id",
        expected="lower-case letters, digits and single hyphens, such as 'joint-staff'",
        near=guess or None,
        code="id",
    )


Id = Annotated[str, AfterValidator(_kebab)]
"""A name given in a scenario: lower-case letters and digits, parted by single hyphens."""


class Marked(Entry):
    """An entry that says where what it states comes from, as a quantity does."""

    source: str | None = Field(default=None)
    """Id of the source in sources.yaml."""
    page: str | None = None
    """Page, section or table in the source."""
    seen: bool = False
    """True when the statement was read in the source."""
    recalled: bool = False
    """True when the source is cited from memory."""
    computed: str | None = None
    """How it was computed, when it was."""
    judged: str | None = None
    """Why we judge it so, when no source says it."""

    @model_validator(mode="before")
    @classmethod
    def _one_mark(cls, data: Any) -> Any:
        if isinstance(data, Mapping):
            slips: list[Slip] = []
            read_mark(data, slips)
            if slips:
                raise Mistake(*slips)
        return data

    @property
    def mark(self) -> Mark:
        """Where the statement comes from: kind, source and reason."""
        kind = "published-seen" if self.seen else "published-recalled"
        if self.judged is not None or self.computed is not None:
            kind = "judged" if self.judged is not None else "computed"
        return Mark(kind, self.source, self.judged or self.computed or "", self.page)
