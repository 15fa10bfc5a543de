"""What every declared thing is: a closed, frozen entry whose fields carry their meaning."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

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


def _again(detail: Any) -> dict[str, Any]:
    """Return an error in the form in which it can be raised once more."""
    kind: Any = detail["type"]
    if "error" in detail.get("ctx", {}):
        kind = PydanticCustomError(kind, "mistake", detail["ctx"])
    again = {"type": kind, "loc": detail["loc"], "input": detail["input"]}
    return again | ({"ctx": detail["ctx"]} if "ctx" in detail else {})


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
    note: str = ""
    """Anything else that a reader should know of it."""

    @model_validator(mode="wrap")
    @classmethod
    def _one_mark(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        slips: list[Slip] = []
        if isinstance(data, Mapping):
            read_mark(data, slips)
        if not slips:
            return handler(data)
        # The fields are read all the same, so that one pass finds every mistake.
        found: list[Any] = [
            {
                "type": PydanticCustomError("value_error", "mark", {"error": Mistake(*slips)}),
                "loc": (),
                "input": data,
            }
        ]
        try:
            handler(data)
        except ValidationError as error:
            told = {slip.at for slip in slips}
            details = error.errors(include_url=False)
            found += [_again(detail) for detail in details if detail["loc"] not in told]
        raise ValidationError.from_exception_data(cls.__name__, found)

    @property
    def mark(self) -> Mark:
        """Where the statement comes from: kind, source and reason."""
        kind = "published-seen" if self.seen else "published-recalled"
        if self.judged is not None or self.computed is not None:
            kind = "judged" if self.judged is not None else "computed"
        return Mark(kind, self.source, self.judged or self.computed or "", self.page)
