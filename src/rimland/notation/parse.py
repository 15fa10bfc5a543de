"""From a document to a model: every mistake of a file in one pass, each with its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from rimland.notation import mistakes
from rimland.notation.places import Path, dotted
from rimland.notation.problems import Problem, Problems, Slip
from rimland.notation.quantity import Quantity
from rimland.notation.typewords import file_name
from rimland.notation.yamlfile import Document

M = TypeVar("M")


def parse(model: type[M], document: Document, problems: Problems, at: Path = ()) -> M | None:
    """Read what stands at `at` in the document as `model`; None after reporting every mistake.

    `model` is a pydantic model or any type that pydantic reads, such as `dict[str, Source]`.
    """
    data = document.data
    for step in at:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            problems.report(
                document.place(at), dotted(at[:-1]), f"'{step}' is missing", code="missing"
            )
            return None
    try:
        return TypeAdapter(model).validate_python(data)
    except ValidationError as error:
        for path, slip in mistakes.slips(error.errors(include_url=False), data, model):
            _report(document, (*at, *path), slip, problems)
        return None


def _report(document: Document, base: Path, slip: Slip, problems: Problems) -> None:
    path = (*base, *slip.at)
    problems.add(
        Problem(
            document.place(path, key=slip.key),
            document.called(path),
            slip.what,
            slip.expected,
            slip.near,
            slip.mend,
            slip.code,
        )
    )


def walk(model: Any, at: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield every entry and every quantity below `model` with its path in the file.

    What is checked after reading (do the sources exist?) walks this way:

        for path, found in walk(file):
            if isinstance(found, Quantity) and found.source not in sources:
                problems.report(document.place((*path, "source")), ...)
    """
    if isinstance(model, Quantity):
        yield at, model
    elif isinstance(model, BaseModel):
        yield at, model
        for name, info in type(model).model_fields.items():
            inner = at if name == "root" else (*at, file_name(name, info))
            yield from walk(getattr(model, name), inner)
    elif isinstance(model, dict):
        for key, value in model.items():
            yield from walk(value, (*at, str(key)))
    elif isinstance(model, (list, tuple)):
        for i, value in enumerate(model):
            yield from walk(value, (*at, i))
