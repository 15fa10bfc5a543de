"""What only the whole scenario can tell: sources, hindsight, records, accounts, the page."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import BaseModel

from rimland.errors import nearest
from rimland.notation.marks import read_mark
from rimland.notation.places import Path, dotted
from rimland.notation.problems import Problems, Slip
from rimland.notation.quantity import Quantity
from rimland.notation.sources import Source
from rimland.notation.yamlfile import Document
from rimland.scenario.declaration import AS_ASSESSED, Facts, Heading, Page
from rimland.scenario.doubt import Doubt
from rimland.vocab.lowering import canonical


def check_sources(
    document: Document | None, sources: Mapping[str, Source], heading: Heading, problems: Problems
) -> None:
    """Report sources later than the as-of date: what they say could not be known then."""
    if document is None:
        return
    for id_, source in sources.items():
        dated = _dated(source)
        if dated is not None and dated > heading.as_of:
            problems.report(
                document.place((id_, "year" if source.published is None else "published")),
                id_,
                f"is dated {dated}, after the as-of date {heading.as_of} (hindsight)",
                expected="a work that could be read by then",
                mend="cite an earlier work, or move the as-of date",
                code="hindsight",
            )


def _dated(source: Source) -> date | None:
    """Return the source's day; years that the calendar of dates cannot hold are brought inside."""
    if source.published is None and isinstance(source.year, int):
        return date(min(max(source.year, date.min.year), date.max.year), 1, 1)
    return source.dated


def check_citations(
    documents: Mapping[str, Document],
    parsed: Mapping[str, Any],
    sources: Collection[str],
    problems: Problems,
) -> None:
    """Report every `source:` that names no entry of sources.yaml."""
    for file, model in parsed.items():
        if model is None or file not in documents:
            continue
        for path, id_ in _cited(model, ()):
            if id_ not in sources:
                problems.report(
                    documents[file].place(path),
                    documents[file].called(path),
                    f"no source is called '{id_}'",
                    expected="an id of sources.yaml",
                    near=nearest(id_, sources),
                    code="unknown-name",
                )


def _cited(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            inner = getattr(value, name)
            key = field.alias or name
            if name == "source" and isinstance(inner, str):
                yield (*path, key), inner
            elif inner is not None:
                yield from _cited(inner, (*path, key))
    elif isinstance(value, Quantity):
        if value.source is not None:
            yield (*path, "source"), value.source
        if value.prior is not None and value.prior.source is not None:
            yield (*path, "prior", "source"), value.prior.source
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if key == "source" and isinstance(inner, str):
                yield (*path, key), inner
            else:
                yield from _cited(inner, (*path, str(key)))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for i, inner in enumerate(value):
            yield from _cited(inner, (*path, i))


def check_fitted(numbers: Iterable[tuple[str, Quantity]], as_of: date, problems: Problems) -> None:
    """Report numbers fitted on years that were not over at the as-of date."""
    for name, quantity in numbers:
        if quantity.fitted is None:
            continue
        last = quantity.fitted.source.years[1]
        if last >= as_of.year:
            problems.report(
                quantity.place,
                name,
                f"is fitted on the years up to {last}, not over on {as_of} (hindsight)",
                expected="a fit of earlier years",
                mend="judge the number from what was known, or move the as-of date",
                code="hindsight",
            )


def check_records(document: Document | None, facts: Facts, problems: Problems) -> None:
    """Report records that do not say where they come from, as every number has to."""
    if document is None:
        return
    for id_, record in facts.items():
        slips: list[Slip] = []
        read_mark(record, slips)
        for slip in slips:
            path = (id_, *slip.at)
            problems.report(
                document.place(path),
                dotted(path),
                slip.what,
                expected=slip.expected,
                near=slip.near,
                mend=slip.mend,
                code=slip.code,
            )


def check_heading(heading: Heading, document: Document, problems: Problems) -> None:
    """Report a horizon that is none, and two accounts of one name."""
    if heading.horizon <= heading.as_of:
        problems.report(
            document.place(("horizon",)),
            "horizon",
            f"the horizon {heading.horizon} does not lie after the as-of date {heading.as_of}",
            expected="a later date",
            code="date-order",
        )
    seen: set[str] = set()
    for i, structure in enumerate(heading.structures):
        if structure.id in seen:
            problems.report(
                document.place(("structures", i, "id")),
                f"structures[{i}].id",
                f"two accounts are called '{structure.id}'",
                expected="an id of its own",
                code="twice",
            )
        seen.add(structure.id)


def check_accounts(
    heading: Heading,
    document: Document,
    quantities: Mapping[str, Quantity],
    doubt: Doubt,
    problems: Problems,
) -> None:
    """Report numbers that an account sets and that do not exist, or in another unit."""
    for i, structure in enumerate(heading.structures):
        for name, quantity in structure.set.items():
            check_number(
                name,
                quantity,
                quantities,
                doubt,
                document,
                ("structures", i, "set", name),
                f"structures.{structure.id}.set",
                problems,
            )


def check_number(
    name: str,
    given: Quantity | None,
    known: Mapping[str, Quantity],
    doubt: Doubt,
    document: Document,
    path: Path,
    field: str,
    problems: Problems,
) -> bool:
    """Return whether a number set elsewhere exists and keeps its unit; report it if not."""
    if name not in known:
        if not doubt.covers(name):
            problems.report(
                document.place(path, key=True),
                field,
                f"no number is called '{name}'",
                expected="the dotted name of a number; `rimland cite` lists them",
                near=nearest(name, known),
                code="unknown-name",
            )
        return False
    if given is not None and given.unit != known[name].unit:
        problems.report(
            document.place((*path, "value")),
            f"{field}.{name}",
            f"'{given.amount()}' is in {given.unit}, but the number that it replaces is in "
            f"{known[name].unit}",
            expected=f"the same unit, as in '{known[name].amount()}'",
            code="unit",
        )
        return False
    return given is not None


def check_page(
    page: Page,
    document: Document,
    measures: Collection[str],
    variants: Collection[str] | None,
    doubt: Doubt,
    problems: Problems,
) -> None:
    """Report what the page offers and the scenario lacks; `variants` None are not checked."""
    named: list[tuple[Path, str, bool]] = [
        *((("page", "variants", i), name, False) for i, name in enumerate(page.variants)),
        *((("page", "labels", name), name, True) for name in page.labels),
    ]
    for path, name, key in named if variants is not None else ():
        for part in name.split("+"):
            if part not in (variants or ()):
                problems.report(
                    document.place(path, key=key),
                    dotted(path[:2]),
                    f"there is no variant '{part}'",
                    expected=f"an id of variants.yaml, or {AS_ASSESSED}",
                    near=nearest(part, variants or ()),
                    code="unknown-name",
                )
    known = [m.split(".")[1] for m in measures if re.fullmatch(r"flashpoints\.[^.]+\.crises", m)]
    for name in page.positions:
        if name not in known and not doubt.covers(f"flashpoints.{name}.crises"):
            problems.report(
                document.place(("page", "positions", name), key=True),
                f"page.positions.{name}",
                f"there is no flashpoint '{name}'",
                expected="a flashpoint of this scenario",
                near=nearest(name, known),
                code="unknown-name",
            )
    if page.measure is None:
        return
    measure = canonical(page.measure)
    if measure not in measures and not doubt.covers(measure):
        problems.report(
            document.place(("page", "measure")),
            "page.measure",
            f"there is no measure '{page.measure}'",
            expected="a measure; `rimland run SCENARIO --measures` lists them",
            near=nearest(measure, measures),
            code="unknown-name",
        )
