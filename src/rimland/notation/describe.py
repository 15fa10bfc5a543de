"""Models as documentation: what each field is called, means and defaults to; JSON Schema."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic_core import PydanticUndefined

from rimland.notation.typewords import field_words, fields


@dataclass(frozen=True)
class FieldWords:
    """One row of a reference: `default` is None where the field has to be written."""

    field: str
    type: str
    meaning: str
    default: str | None


def describe_model(model: type[BaseModel]) -> list[FieldWords]:
    """Return the fields of a model in their order, each in plain words."""
    return [
        FieldWords(
            name,
            field_words(info),
            " ".join((info.description or "").split()),
            None if info.is_required() else _default(info.get_default(call_default_factory=True)),
        )
        for name, info in fields(model)
    ]


def undocumented(model: type[BaseModel]) -> list[str]:
    """Return the fields of a model whose meaning is not written under them."""
    return [f"{model.__name__}.{row.field}" for row in describe_model(model) if not row.meaning]


def schema_of(model: Any) -> dict[str, Any]:
    """Return the JSON Schema of a model or type, so that editors complete and check its files."""
    schema = TypeAdapter(model).json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _default(value: Any) -> str:
    if value is None or value is PydanticUndefined:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list, tuple)) and not value:
        return "empty"
    return str(value)
