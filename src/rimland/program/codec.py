"""Program files: one JSON document, read back to exactly the program that was written.

    {"format": "rimland-program", "version": 1, "name": ...,
     "variables":   [{"name", "lo", "hi", "start", "levels"?}],
     "covariates":  [{"name", "days", "values"}],
     "layers":      [{"name", "nodes", "ties": [{"a", "b", "variable"}]}],
     "features":    [{"name", "terms"?: [{"coef", "atoms": [{"variable", "lo"?, "hi"?}]}],
                      "transform"?, "covariate"?, "shared"?: {"layer", "a", "b", "at_least"?}}],
     "indices":     [{"name", "terms": [{"parameter", "of"}], "constant"?, "transform"?}],
     "parameters":  [{"name", "formula"}],
     "transitions": [{"name", "clock": {"kind", "parameters"?, "base"?, "terms"?, "days"?,
                      "again"?}, "outcomes": [{"name", "effects": [{"variable", "op", "value"}],
                      "base"?, "terms"?}], "guard"?: [{"variable", "lo", "hi"}], "priority"?}],
     "observers":   [{"name", "kind", "of"?, "transition"?, "outcome"?, "lo"?, "hi"?}],
     "quantities":  {name: number},
     "queues":      [{"name", "units", "servers", "waiting"?, "serving"?, "priority"?}]}

The fields are those of `model`; one with a ? may be left out and then has the model's default. A
formula is a number, a quantity's name, or [operation, argument, ...]. Numbers keep every bit.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import types
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from rimland.errors import ProgramError, did_you_mean
from rimland.program.check import checked
from rimland.program.formula import BINARY, UNARY, Formula, formula_from_json
from rimland.program.model import Program

FORMAT, VERSION = "rimland-program", 1
_LARGEST_FILE_BYTES = 200_000_000


def program_to_json(program: Program) -> dict[str, Any]:
    """Return the program as JSON data; fields that have their default value are left out."""
    return {"format": FORMAT, "version": VERSION, **_encoded(program)}


def program_from_json(data: Any) -> Program:
    """Return the checked program of JSON data.

    Raises ProgramError that names the place in the data, such as `transitions[3].clock.kind`.
    """
    if not isinstance(data, dict):
        raise ProgramError(f"a program file holds one object, not {_kind(data)}")
    if data.get("format") != FORMAT:
        found = data.get("format")
        raise ProgramError(f"format: this is no program file; expected '{FORMAT}', found {found!r}")
    if data.get("version") != VERSION:
        found = data.get("version")
        raise ProgramError(f"version: expected {VERSION}, found {found!r}; another rimland made it")
    body = {key: value for key, value in data.items() if key not in ("format", "version")}
    program: Program = _decoded(Program, body, "")
    return checked(program)


def save_program(program: Program, path: Path | str) -> None:
    """Write the program to a file; an existing file is replaced as a whole or not at all."""
    target = Path(path)
    text = _pretty(program_to_json(program))
    partial = target.with_name(f".{target.name}.part")
    try:
        partial.write_text(text + "\n", encoding="utf-8")
        partial.replace(target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise ProgramError(f"{target}: could not be written: {error.strerror}") from error


def load_program(path: Path | str) -> Program:
    """Return the checked program of a file; raises ProgramError that names file and place."""
    source = Path(path)
    try:
        if source.stat().st_size > _LARGEST_FILE_BYTES:
            raise ProgramError(f"{source}: larger than {_LARGEST_FILE_BYTES // 10**6} MB")
        data = json.loads(source.read_text(encoding="utf-8"), parse_constant=_no_constant)
        return program_from_json(data)
    except OSError as error:
        raise ProgramError(f"{source}: could not be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ProgramError(f"{source}: is not UTF-8 text (byte {error.start})") from error
    except json.JSONDecodeError as error:
        raise ProgramError(
            f"{source}:{error.lineno}:{error.colno}: is not JSON: {error.msg}"
        ) from error
    except RecursionError as error:
        raise ProgramError(f"{source}: is nested too deeply") from error
    except ProgramError as error:
        text = str(error)
        raise ProgramError(text if text.startswith(str(source)) else f"{source}: {text}") from error


def _pretty(data: Mapping[str, Any]) -> str:
    """Return JSON with a line for every part of a list: short to read, quick for large programs."""

    def plain(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)

    lines = []
    for key, value in data.items():
        if not isinstance(value, list) or not value:
            text = plain(value)
        else:
            text = "[\n  " + ",\n  ".join(map(plain, value)) + "\n ]"
        lines.append(f" {plain(key)}: {text}")
    return "{\n" + ",\n".join(lines) + "\n}"


def _no_constant(text: str) -> float:
    raise ProgramError(f"{text} is not a number that a program can hold")


def _encoded(value: Any) -> Any:
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, Formula):
        return value.to_json()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = [(name, getattr(value, name), usual) for name, usual in _usual(type(value))]
        return {name: _encoded(x) for name, x, usual in fields if x != usual}
    if isinstance(value, Mapping):
        return {key: _encoded(item) for key, item in value.items()}
    return [_encoded(item) for item in value]


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


@cache
def _usual(cls: type) -> tuple[tuple[str, Any], ...]:
    """Return each field of a record with its default value."""
    return tuple((field.name, _default(field)) for field in dataclasses.fields(cls))


@cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls)


def _decoded(wanted: Any, data: Any, at: str) -> Any:
    """Return data as a value of the type `wanted`; `at` is the path to it."""
    if wanted is str and type(data) is str:  # most of a program is names
        return data
    if wanted is Formula:
        return _formula(data, at)
    if dataclasses.is_dataclass(wanted) and isinstance(wanted, type):
        return _record(wanted, data, at)
    origin = get_origin(wanted)
    if origin is Literal:
        if data in get_args(wanted) and isinstance(data, str):
            return data
        known = ", ".join(get_args(wanted))
        raise ProgramError(f"{at}: expected one of {known}; found {data!r}")
    if origin in (Union, types.UnionType):
        if data is None:
            return None
        return _decoded(next(t for t in get_args(wanted) if t is not types.NoneType), data, at)
    if origin is tuple:
        if not isinstance(data, list):
            raise ProgramError(f"{at}: expected a list, not {_kind(data)}")
        item = get_args(wanted)[0]
        return tuple(_decoded(item, x, f"{at}[{i}]") for i, x in enumerate(data))
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(data, dict):
            raise ProgramError(f"{at}: expected an object, not {_kind(data)}")
        item = get_args(wanted)[1]
        return {key: _decoded(item, x, f"{at}.{key}") for key, x in data.items()}
    return _plain(wanted, data, at)


def _plain(wanted: Any, data: Any, at: str) -> Any:
    if wanted is float and isinstance(data, int) and not isinstance(data, bool):
        try:
            return float(data)
        except OverflowError as error:
            raise ProgramError(f"{at}: the number is too large") from error
    if isinstance(data, wanted) and not (wanted is not bool and isinstance(data, bool)):
        return data
    names = {str: "a text", int: "a whole number", float: "a number"}
    raise ProgramError(f"{at}: expected {names.get(wanted, wanted)}, not {_kind(data)}")


def _record(wanted: type, data: Any, at: str) -> Any:
    where = at or "the program"
    if not isinstance(data, dict):
        raise ProgramError(f"{where}: expected an object, not {_kind(data)}")
    fields, hints = dict(_usual(wanted)), _hints(wanted)
    for key in data:
        if key not in fields:
            raise ProgramError(f"{where}: unknown field '{key}'.{did_you_mean(key, fields)}")
    values = {}
    for name, usual in fields.items():
        if name in data:
            inner = f"{at}.{name}" if at else name
            values[name] = _decoded(hints[name], data[name], inner)
        elif usual is dataclasses.MISSING:
            raise ProgramError(f"{where}: the field '{name}' is missing")
    return wanted(**values)


def _formula(data: Any, at: str) -> Formula:
    try:
        return formula_from_json(data)
    except ProgramError as error:
        raise ProgramError(f"{at}: {error}") from error


def _kind(data: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a text", type(None): "nothing"}
    return names.get(type(data), repr(data))


# --- the schema ----------------------------------------------------------------------------------


def program_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of program files, made from the model itself.

    It says what the shape is; what `check` asks beyond that (names that exist, bounds) it cannot.
    """
    definitions: dict[str, Any] = {
        "Formula": {
            "description": "A number, a quantity's name, or [operation, argument, ...].",
            "anyOf": [
                {"type": "number"},
                {"type": "string"},
                *(
                    {
                        "type": "array",
                        "prefixItems": [
                            {"enum": sorted(operations)},
                            *({"$ref": "#/$defs/Formula"},) * arguments,
                        ],
                        "items": False,
                        "minItems": arguments + 1,
                    }
                    for operations, arguments in ((BINARY, 2), (UNARY, 1))
                ),
            ],
        }
    }
    _shape(Program, definitions)
    whole = definitions.pop("Program")
    head = {"format": {"const": FORMAT}, "version": {"const": VERSION}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A rimland program",
        **whole,
        "properties": {**head, **whole["properties"]},
        "required": [*head, *whole["required"]],
        "$defs": definitions,
    }


def _shape(wanted: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a type; records go into `definitions` and are referred to."""
    if wanted is Formula:
        return {"$ref": "#/$defs/Formula"}
    if dataclasses.is_dataclass(wanted) and isinstance(wanted, type):
        if wanted.__name__ not in definitions:
            fields = dataclasses.fields(wanted)
            made: dict[str, Any] = {"type": "object", "description": inspect.getdoc(wanted) or ""}
            definitions[wanted.__name__] = made
            made["properties"] = {
                f.name: _shape(_hints(wanted)[f.name], definitions) for f in fields
            }
            made["required"] = [f.name for f in fields if _default(f) is dataclasses.MISSING]
            made["additionalProperties"] = False
        return {"$ref": f"#/$defs/{wanted.__name__}"}
    origin = get_origin(wanted)
    if origin is Literal:
        return {"enum": list(get_args(wanted))}
    if origin in (Union, types.UnionType):
        inner = next(t for t in get_args(wanted) if t is not types.NoneType)
        return {"anyOf": [_shape(inner, definitions), {"type": "null"}]}
    if origin is tuple:
        return {"type": "array", "items": _shape(get_args(wanted)[0], definitions)}
    if origin is not None and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _shape(get_args(wanted)[1], definitions)}
    return {"type": {str: "string", int: "integer", float: "number"}[wanted]}
