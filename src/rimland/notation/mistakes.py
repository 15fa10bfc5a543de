"""What a validator says, told in plain words to the person who wrote the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from rimland.errors import nearest
from rimland.notation.marks import without_echoes
from rimland.notation.places import Path
from rimland.notation.problems import Mistake, Slip
from rimland.notation.typewords import field_words, fields, models_at, types_at, words

Detail = dict[str, Any]

_ID_TRAILS = {"[key]"}
_SCALAR_TYPES = {"int", "float", "bool", "string", "date", "literal", "enum"}
_CONTAINER_TYPES = ("model", "dict", "list", "tuple", "set", "frozen_set", "mapping")


def slips(errors: Iterable[Any], data: Any, model: Any) -> Iterator[tuple[Path, Slip]]:
    """Yield each error as a slip with the path of the value it is about.

    Where a value may be one of several things, the validator complains about each of them; the
    complaints of those that the value does not even look like are dropped, and what is left of one
    value becomes one slip.
    """
    groups: dict[tuple[Path, Any], list[tuple[Path, Slip, Detail]]] = {}
    for number, error in enumerate(errors):
        path, union_at = _data_path(error, data)
        group = (union_at, "union") if union_at is not None else (path, number)
        groups.setdefault(group, []).extend(
            (path, slip, error) for slip in _translate(error, path, data, model)
        )
    meant: dict[Path, set[str]] = {}
    for found in groups.values():
        for path, slip, _ in found:
            if slip.code == "unknown-field" and slip.near:
                meant.setdefault(path[:-1], set()).add(slip.near)
    for (at, kind), every in groups.items():
        found = [f for f in every if not _is_echo(f[0], f[1], meant)]
        if kind == "union" and found:
            yield from _one_of_many(at, found, data, model)
        else:
            yield from ((path, slip) for path, slip, _ in found)


def _is_echo(path: Path, slip: Slip, meant: dict[Path, set[str]]) -> bool:
    """Return whether the slip only says that a field is missing that another was meant to be."""
    if slip.code == "missing":
        return path[-1] in meant.get(path[:-1], set())
    return not without_echoes([slip], meant.get(path, set()))


def _data_path(error: Detail, data: Any) -> tuple[Path, Path | None]:
    """Return the path of an error in the data, and where a union's alternatives parted, if so."""
    path: list[str | int] = []
    union_at: Path | None = None
    here = data
    loc = error["loc"]
    for i, step in enumerate(loc):
        if _holds(here, step):
            here = here[step]
        elif i == len(loc) - 1 and error["type"] == "missing" and isinstance(here, (dict, list)):
            here = None
        else:
            if step not in _ID_TRAILS and union_at is None:
                union_at = tuple(path)
            continue
        path.append(step)
    return tuple(path), union_at


def _holds(here: Any, step: Any) -> bool:
    if isinstance(here, dict):
        return isinstance(step, str) and step in here
    return isinstance(here, (list, tuple)) and isinstance(step, int) and step < len(here)


def _one_of_many(
    at: Path, found: list[tuple[Path, Slip, Detail]], data: Any, model: Any
) -> Iterator[tuple[Path, Slip]]:
    value = _value_at(data, at)
    scalar = not isinstance(value, (dict, list))
    fitting = [f for f in found if _fits(f[2]["type"], f[1], scalar)] or found
    deepest = max(len(path) + len(slip.at) for path, slip, _ in fitting)
    if deepest > len(at):
        branch = next(f for f in fitting if len(f[0]) + len(f[1].at) == deepest)[2]["loc"]
        tag = branch[len(at)] if len(branch) > len(at) else None
        same = [f for f in fitting if len(f[2]["loc"]) > len(at) and f[2]["loc"][len(at)] == tag]
        yield from ((path, slip) for path, slip, _ in same)
        return
    if len(fitting) == 1:
        yield fitting[0][0], fitting[0][1]
        return
    nears = [slip.near for _, slip, _ in fitting if slip.near]
    custom = [slip for _, slip, _ in fitting if slip.code not in {"type", "choice", "bare"}]
    if custom:
        yield at, custom[0]
        return
    kinds = types_at(model, at)
    expected = " or ".join(dict.fromkeys(words(kind) for kind in kinds))
    yield (
        at,
        Slip(_shown(value, "does not fit"), expected, nears[0] if nears else None, code="type"),
    )


def _fits(kind: str, slip: Slip, scalar: bool) -> bool:
    """Return whether the complaint comes from an alternative that the value looks like."""
    if kind == "value_error":
        return not scalar or slip.code != "bare"
    if scalar:
        return not kind.startswith(_CONTAINER_TYPES)
    return kind.split("_")[0] not in _SCALAR_TYPES


def _value_at(data: Any, path: Path) -> Any:
    for step in path:
        data = data[step]
    return data


def _translate(error: Detail, path: Path, data: Any, model: Any) -> list[Slip]:
    kind, value, ctx = error["type"], error.get("input"), error.get("ctx") or {}
    if kind in {"value_error", "assertion_error"}:
        raised = ctx.get("error")
        if isinstance(raised, Mistake):
            named = "[key]" in error["loc"]
            return [replace(slip, key=True) if named else slip for slip in raised.slips]
        text = str(raised) or error["msg"]
        return [Slip(text, code="value")]
    if kind == "missing":
        return [_missing(path, model)]
    if kind in {"extra_forbidden", "unexpected_keyword_argument"}:
        return [_unknown_field(path, data, model)]
    if kind in {"literal_error", "enum"}:
        return [replace(_unknown_word(value, ctx), key="[key]" in error["loc"])]
    if "[key]" in error["loc"]:
        return [Slip("the name does not fit", _expected(kind, ctx), code="key", key=True)]
    bound = _bound(kind, value, ctx)
    if bound is not None:
        return [bound]
    return [_wrong_type(kind, value, ctx, path, model)]


def _missing(path: Path, model: Any) -> Slip:
    name = str(path[-1])
    for owner in models_at(model, path[:-1]):
        for known, info in fields(owner):
            if known == name:
                meaning = (info.description or "").split("\n")[0].rstrip(".")
                expected = field_words(info)
                expected += f": {meaning[0].lower()}{meaning[1:]}" if meaning else ""
                return Slip("is missing", expected, code="missing")
    if isinstance(path[-1], int):
        expected = " or ".join(words(kind) for kind in types_at(model, path[:-1]))
        return Slip("is missing", expected, code="missing")
    return Slip("is missing", code="missing")


def _unknown_field(path: Path, data: Any, model: Any) -> Slip:
    known = dict.fromkeys(name for m in models_at(model, path[:-1]) for name, _ in fields(m))
    owner = _value_at(data, path[:-1])
    used = set(owner) if isinstance(owner, dict) else set()
    name = str(path[-1])
    near = nearest(name, [k for k in known if k not in used]) or nearest(name, known)
    expected = "" if near or not known else f"one of {', '.join(known)}"
    return Slip("is not a field here", expected, near, code="unknown-field", key=True)


def _unknown_word(value: Any, ctx: Detail) -> Slip:
    allowed = re.findall(r"'((?:[^'\\]|\\.)*)'", str(ctx.get("expected", "")))
    if not allowed:
        allowed = [
            w.strip() for w in re.split(r",| or ", str(ctx.get("expected", ""))) if w.strip()
        ]
    near = nearest(str(value), allowed) if value is not None else None
    listed = (
        ", ".join(allowed[:-1]) + f" or {allowed[-1]}" if len(allowed) > 1 else "".join(allowed)
    )
    return Slip(_shown(value, "is not known here"), listed, near, code="choice")


_BOUNDS: dict[str, tuple[str, str]] = {
    "greater_than": ("gt", "more than {}"),
    "greater_than_equal": ("ge", "{} or more"),
    "less_than": ("lt", "less than {}"),
    "less_than_equal": ("le", "{} or less"),
    "multiple_of": ("multiple_of", "a multiple of {}"),
}


def _bound(kind: str, value: Any, ctx: Detail) -> Slip | None:
    if kind in _BOUNDS:
        name, text = _BOUNDS[kind]
        limit = ctx.get(name)
        shown = f"{limit:g}" if isinstance(limit, float) else str(limit)
        return Slip(f"is {value}", text.format(shown), code="bound")
    lengths: dict[str, Callable[[], Slip]] = {
        "too_short": lambda: Slip(
            f"has {_count(ctx.get('actual_length'))}",
            f"at least {ctx.get('min_length')}",
            code="length",
        ),
        "too_long": lambda: Slip(
            f"has {_count(ctx.get('actual_length'))}",
            f"at most {ctx.get('max_length')}",
            code="length",
        ),
        "string_too_short": lambda: Slip(
            "is too short" if value else "is empty",
            f"at least {ctx.get('min_length')} letters" if ctx.get("min_length") != 1 else "text",
            code="length",
        ),
        "string_too_long": lambda: Slip(
            "is too long", f"at most {ctx.get('max_length')} letters", code="length"
        ),
        "string_pattern_mismatch": lambda: Slip(
            f"'{value}' is not written as it should be",
            f"the form {ctx.get('pattern')}",
            code="pattern",
        ),
    }
    return lengths[kind]() if kind in lengths else None


def _count(number: Any) -> str:
    return {0: "no items", 1: "one item"}.get(number, f"{number} items")


_WRONG: tuple[tuple[str, str, str], ...] = (
    ("int_from_float", "is not a whole number", "a whole number"),
    ("int_parsing_size", "is too large a number", "a smaller whole number"),
    ("int", "is not a whole number", "a whole number"),
    ("float", "is not a number", "a number"),
    ("finite_number", "is not a finite number", ""),
    ("decimal", "is not a number", "a number"),
    ("bool", "is neither true nor false", ""),
    ("datetime", "is not a moment", "YYYY-MM-DDThh:mm"),
    ("date", "is not a date", "YYYY-MM-DD"),
    ("string", "is not text", "text"),
    ("none_required", "has to stay empty", "nothing"),
)


def _wrong_type(kind: str, value: Any, ctx: Detail, path: Path, model: Any) -> Slip:
    kinds = types_at(model, path)
    wanted = " or ".join(dict.fromkeys(words(k) for k in kinds)) or _expected(kind, ctx)
    if value is None:
        return Slip("is empty", wanted, code="type")
    for start, what, expected in _WRONG:
        if kind.startswith(start):
            plain = what.removeprefix("is not ")
            # "is not a number; expected a number" says nothing twice; its bounds would.
            if expected == plain and not isinstance(value, (dict, list)):
                expected = wanted if wanted.startswith(plain) and wanted != plain else ""
            return Slip(_shown(value, what), expected, code="type")
    mend = f"write it as [{value}]" if kind == "list_type" and isinstance(value, str) else ""
    return Slip(_shown(value, "is a single value"), wanted, mend=mend, code="type")


def _expected(kind: str, ctx: Detail) -> str:
    """Return what a container error expected, where the model does not say."""
    if kind.startswith(("model", "dict", "mapping")):
        return "fields, each as 'name: value'"
    if kind.startswith(("list", "tuple", "set", "frozen")):
        return "a list"
    for start, _, expected in _WRONG:
        if kind.startswith(start):
            return expected
    return ""


def _shown(value: Any, what: str) -> str:
    """Return the value and what is wrong; lists and mappings are named, not written out."""
    if isinstance(value, dict):
        return "is a mapping of fields"
    if isinstance(value, (list, tuple)):
        return "is a list"
    if value is None:
        return "is empty"
    text = str(value)
    text = text if len(text) <= 60 else text[:57] + "..."
    return f"'{text}' {what}"
