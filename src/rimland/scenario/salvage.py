"""What can be read of a file with mistakes, so that one pass finds those of the other files too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from rimland.notation.yamlfile import Document

M = TypeVar("M", bound=BaseModel)


def salvage(model: type[M], document: Document | None) -> M | None:
    """Return the file with only those entries that can be read by themselves; None if it has none.

    Entries of a mapping are kept one by one; of a list those before the first that cannot be
    read, so that every entry keeps its number. What is left out was reported by `parse`.
    """
    if document is None or not isinstance(document.data, Mapping):
        return None
    kept: dict[str, Any] = {}
    for section, entries in document.data.items():
        if isinstance(entries, Mapping):
            kept[section] = {
                key: entry for key, entry in entries.items() if _reads(model, section, {key: entry})
            }
        elif isinstance(entries, list):
            good = [_reads(model, section, [entry]) for entry in entries]
            kept[section] = entries[: good.index(False) if False in good else len(good)]
        elif _reads(model, section, entries):
            kept[section] = entries
    return _read(model, kept)


def _reads(model: type[BaseModel], section: str, entries: Any) -> bool:
    return _read(model, {section: entries}) is not None


def _read(model: type[M], data: dict[str, Any]) -> M | None:
    try:
        return model.model_validate(data)
    except ValidationError:
        return None
