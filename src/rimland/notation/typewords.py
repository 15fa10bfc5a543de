"""What a model expects, in plain words: types, fields and the words that a field allows."""

from __future__ import annotations

import enum
import types
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as AbcMapping
from datetime import date
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, RootModel
from pydantic.fields import FieldInfo

from rimland.notation.places import Path
from rimland.notation.quantity import Demand, Duration, Quantity

_LISTS = (list, tuple, set, frozenset, Iterable)
_SIMPLE: dict[Any, tuple[str, str]] = {
    int: ("a whole number", "whole numbers"),
    float: ("a number", "numbers"),
    bool: ("true or false", "true or false"),
    str: ("text", "texts"),
    date: ("a date as YYYY-MM-DD", "dates as YYYY-MM-DD"),
    type(None): ("nothing", "nothing"),
}


def unwrap(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    """Return a type without Annotated, and the metadata that stood on it."""
    metadata: tuple[Any, ...] = ()
    while get_origin(annotation) is Annotated:
        annotation, *rest = get_args(annotation)
        metadata += tuple(rest)
    return getattr(annotation, "__value__", annotation), metadata


def members(annotation: Any) -> list[Any]:
    """Return the alternatives of a union without None; the type itself when it is no union."""
    bare, metadata = unwrap(annotation)
    if get_origin(bare) in {Union, types.UnionType}:
        return [m for arg in get_args(bare) if arg is not type(None) for m in members(arg)]
    return [Annotated[bare, *metadata]] if metadata else [bare]


def words(annotation: Any, metadata: Iterable[Any] = (), many: bool = False) -> str:
    """Return `a whole number`, `a list of dates as YYYY-MM-DD`, `one of calm, tense`."""
    bare, own = unwrap(annotation)
    marks = (*own, *metadata)
    for mark in marks:
        if isinstance(mark, Demand):
            return mark.words()
        if (
            type(mark).__name__ == "AfterValidator"
            and getattr(mark.func, "__name__", "") == "_kebab"
        ):
            return "ids" if many else "an id"
    if get_origin(bare) in {Union, types.UnionType}:
        parts = [words(arg) for arg in get_args(bare) if arg is not type(None)]
        return " or ".join(dict.fromkeys(parts))
    if get_origin(bare) is Literal:
        allowed = [str(word) for word in get_args(bare)]
        return f"one of {', '.join(allowed)}" if len(allowed) > 1 else f"'{allowed[0]}'"
    if isinstance(bare, type) and issubclass(bare, enum.Enum):
        return f"one of {', '.join(str(m.value) for m in bare)}"
    if bare in _SIMPLE:
        return _SIMPLE[bare][1 if many else 0] + _bounds(marks)
    if bare is Quantity:
        return "quantities" if many else "a quantity, such as {value: 60 to 180 days, judged: why}"
    if bare is Duration:
        return "durations" if many else "a duration, written {median: ..., spread: ...}"
    if isinstance(bare, type) and issubclass(bare, RootModel):
        return words(bare.model_fields["root"].annotation)
    if isinstance(bare, type) and issubclass(bare, BaseModel):
        return "entries" if many else f"an entry with the fields {_field_list(bare)}"
    return _container(bare, many)


def _container(bare: Any, many: bool) -> str:
    origin, args = get_origin(bare) or bare, get_args(bare)
    if origin in {dict, AbcMapping}:
        if many:
            return "mappings"
        inner = words(args[1], many=True) if len(args) == 2 else "values"
        return f"a mapping from names to {inner}"
    if origin in _LISTS:
        if many:
            return "lists"
        if not args:
            return "a list"
        if origin is tuple and args[-1] is not Ellipsis:
            return f"a list of {len(args)} {words(args[0], many=True)}"
        return f"a list of {words(args[0], many=True)}"
    return "values" if many else "a value"


def _bounds(marks: Iterable[Any]) -> str:
    """Return the bounds that stand on a type, each in its own mark, as words."""
    found = {
        name: bound
        for mark in marks
        for name in ("ge", "gt", "le", "lt")
        if (bound := getattr(mark, name, None)) is not None
    }
    if "ge" in found and "le" in found:
        return f" from {found['ge']:g} to {found['le']:g}"
    phrases = {"ge": "of at least", "gt": "above", "le": "of at most", "lt": "below"}
    parts = [f"{phrase} {found[name]:g}" for name, phrase in phrases.items() if name in found]
    return f" {' and '.join(parts)}" if parts else ""


def _field_list(model: type[BaseModel]) -> str:
    required = [name for name, info in fields(model) if info.is_required()]
    names = required or [name for name, _ in fields(model)]
    shown = names[:6]
    return ", ".join(shown) + (" ..." if len(names) > len(shown) else "")


def fields(model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    """Return each field under the name that a file uses for it."""
    for name, info in model.model_fields.items():
        yield file_name(name, info), info


def file_name(name: str, info: FieldInfo) -> str:
    """Return a field's name in files: its alias where it has one."""
    alias = info.validation_alias or info.alias
    return alias if isinstance(alias, str) else name


def field_words(info: FieldInfo) -> str:
    """Return the type words of a field, its constraints included."""
    return words(info.annotation, info.metadata)


def types_at(root: Any, path: Path) -> list[Any]:
    """Return the types that may stand at `path` below `root`; empty where nothing may."""
    found = members(root)
    for step in path:
        found = [inner for kind in found for inner in _below(kind, step)]
    return found


def models_at(root: Any, path: Path) -> list[type[BaseModel]]:
    """Return the models that may stand at `path`."""
    bare = [unwrap(kind)[0] for kind in types_at(root, path)]
    return [m for m in bare if isinstance(m, type) and issubclass(m, BaseModel)]


def _below(kind: Any, step: str | int) -> list[Any]:
    bare, _ = unwrap(kind)
    if isinstance(bare, type) and issubclass(bare, RootModel):
        return [t for m in members(bare.model_fields["root"].annotation) for t in _below(m, step)]
    if isinstance(bare, type) and issubclass(bare, BaseModel):
        for name, info in fields(bare):
            if step in {name}:
                annotation = info.annotation
                marks = tuple(info.metadata)
                return members(Annotated[annotation, *marks] if marks else annotation)
        return []
    origin, args = get_origin(bare) or bare, get_args(bare)
    if origin in {dict, AbcMapping} and len(args) == 2:
        return members(args[1])
    if origin in _LISTS and args:
        if origin is tuple and args[-1] is not Ellipsis and isinstance(step, int):
            return members(args[step]) if step < len(args) else []
        return members(args[0])
    return []
