"""What only the whole scenario can tell: sources, hindsight, and whether a claim can be tested."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from rimland.errors import nearest
from rimland.notation.problems import Problems
from rimland.notation.quantity import Quantity
from rimland.notation.sources import Source
from rimland.notation.yamlfile import Document
from rimland.scenario.declaration import (
    AS_ASSESSED,
    TESTED_KINDS,
    Claim,
    ClaimFile,
    Heading,
    Protocol,
)
from rimland.vocab.lowering import canonical

if TYPE_CHECKING:
    from rimland.scenario.assemble import Assembled

Path = tuple[str | int, ...]

NEEDED = {
    "fact": ("record", "expect"),
    "effect": ("measure", "treatment", "smallest"),
    "hinge": ("measure", "without", "none", "alternatives", "size", "smallest"),
    "order": ("first", "smallest"),
    "tradeoff": ("measure", "treatment", "smallest", "horizons"),
    "forecast": ("measure", "by", "wording"),
}
"""What a protocol has to say, by kind of claim, beside `whose` and `rival`."""


def check_numbers(
    documents: Mapping[str, Document],
    words: Mapping[str, BaseModel | None],
    files: Mapping[str, Any],
    sources: Mapping[str, Source],
    heading: Heading,
    problems: Problems,
) -> None:
    """Report sources that nothing is called, and those later than the as-of date (hindsight)."""
    for id_, source in sources.items():
        if source.dated is not None and source.dated > heading.as_of:
            problems.report(
                documents["sources.yaml"].place(("sources", id_), key=True),
                f"sources.{id_}",
                f"is dated {source.dated}, after the as-of date {heading.as_of} (hindsight)",
                expected="a work that could be read by then",
                mend="cite an earlier work, or move the as-of date",
            )
    parsed = {**words, **files, "scenario.yaml": heading}
    for file, model in parsed.items():
        if model is None or file not in documents:
            continue
        for path, id_ in _cited(model, ()):
            if id_ not in sources:
                problems.report(
                    documents[file].place(path),
                    ".".join(map(str, path)),
                    f"no source is called '{id_}'",
                    expected="an id of sources.yaml",
                    near=nearest(id_, sources),
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
        yield from _of_quantity(value, path)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if key == "source" and isinstance(inner, str):
                yield (*path, key), inner
            else:
                yield from _cited(inner, (*path, str(key)))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for i, inner in enumerate(value):
            yield from _cited(inner, (*path, i))


def _of_quantity(quantity: Quantity, path: Path) -> Iterator[tuple[Path, str]]:
    if quantity.source is not None:
        yield (*path, "source"), quantity.source


def check_claims(
    file: ClaimFile, document: Document | None, scenario: Assembled, problems: Problems
) -> None:
    """Report claims without a full protocol, and tests of what does not exist."""
    if document is None:
        return
    seen: set[str] = set()
    for i, claim in enumerate(file.claims):
        if claim.id in seen:
            problems.report(
                document.place(("claims", i, "id")),
                f"claims.{claim.id}",
                "two claims have this id",
                expected="an id of its own",
            )
        seen.add(claim.id)
        if claim.test is not None:
            _Tester(claim, claim.test, ("claims", i, "test"), document, scenario, problems).check()
    _check_sections(file, document, seen, problems)


def _check_sections(
    file: ClaimFile, document: Document, claims: Iterable[str], problems: Problems
) -> None:
    listed: dict[str, str] = {}
    claims = list(claims)
    for i, section in enumerate(file.sections):
        for j, id_ in enumerate(section.claims):
            place = document.place(("sections", i, "claims", j))
            if id_ not in claims:
                problems.report(
                    place,
                    f"sections.{i}.claims",
                    f"there is no claim '{id_}'",
                    expected="the id of a claim",
                    near=nearest(id_, claims),
                )
            elif id_ in listed:
                problems.report(
                    place,
                    f"sections.{i}.claims",
                    f"'{id_}' stands under two headings, the other is '{listed[id_]}'",
                    expected="each claim once",
                )
            listed[id_] = section.title
    if file.sections:
        for id_ in claims:
            if id_ not in listed:
                problems.report(
                    document.place(("sections",)),
                    "sections",
                    f"claim '{id_}' stands under no heading",
                    expected="each claim once",
                )


class _Tester:
    """Checks one protocol against what the scenario has."""

    def __init__(
        self,
        claim: Claim,
        test: Protocol,
        at: Path,
        document: Document,
        scenario: Assembled,
        problems: Problems,
    ) -> None:
        self._claim, self._test, self._at = claim, test, at
        self._document, self._scenario, self._problems = document, scenario, problems

    def check(self) -> None:
        kind = self._claim.kind
        if kind not in TESTED_KINDS:
            self._report(
                (),
                f"a claim of kind '{kind}' cannot be tested yet",
                expected="no `test`, or one of the kinds " + ", ".join(TESTED_KINDS),
            )
            return
        for name in (*NEEDED[kind], "whose", "rival"):
            if getattr(self._test, name) in (None, "", [], {}):
                self._report(
                    (),
                    f"a protocol of kind '{kind}' says nothing of `{name}`",
                    expected=", ".join((*NEEDED[kind], "whose", "rival")),
                    mend=f"write `{name}:` before the first run",
                )
        if kind == "order" and self._test.second is None and not self._test.others:
            self._report((), "an order needs `second` or `others`", expected="what it is above")
        self._names()
        self._dates()
        self._record()

    def _names(self) -> None:
        test, scenario = self._test, self._scenario
        singles = (("measure", test.measure), ("first", test.first), ("second", test.second))
        for field, name in singles:
            if name is not None:
                self._known(canonical(name), scenario.measures, "measure", (field,))
        for i, name in enumerate(test.others):
            self._known(canonical(name), scenario.measures, "measure", ("others", i))
        variants: list[tuple[Path, str | None]] = [
            (("all",), test.all),
            (("without",), test.without),
            (("none",), test.none),
            (("variant",), test.variant),
            *((("alternatives", key), name) for key, name in test.alternatives.items()),
        ]
        if test.treatment is not None:
            variants += [
                (("treatment", "with"), test.treatment.with_),
                (("treatment", "without"), test.treatment.without),
            ]
        for path, name in variants:
            for part in (name or AS_ASSESSED).split("+"):
                self._known(part, scenario.variants, "variant", path)
        if self._claim.kind == "forecast" and test.measure is not None:
            measure = scenario.measures.get(canonical(test.measure))
            if measure is not None and measure.how != "probability":
                self._report(
                    ("measure",),
                    f"'{test.measure}' is no probability",
                    expected="a measure that is the probability of an event by a date",
                )

    def _dates(self) -> None:
        heading = self._scenario.heading
        dates: list[tuple[Path, date | None]] = [
            (("horizon",), self._test.horizon),
            (("by",), self._test.by),
            *((("horizons", i), when) for i, when in enumerate(self._test.horizons)),
        ]
        for path, when in dates:
            if when is not None and not heading.as_of <= when <= heading.horizon:
                self._report(
                    path,
                    f"{when} lies outside what is run",
                    expected=f"a date from {heading.as_of} to {heading.horizon}",
                )

    def _record(self) -> None:
        if self._test.record is None:
            return
        facts = self._scenario.facts
        self._known(self._test.record, facts, "record", ("record",))
        record = facts.get(self._test.record, {})
        for i, expectation in enumerate(self._test.expect):
            if record:
                self._known(
                    expectation.field, record, "field of the record", ("expect", i, "field")
                )

    def _known(self, name: str, known: Iterable[str], kind: str, path: Path) -> None:
        if name not in known:
            self._report(
                path,
                f"there is no {kind} '{name}'",
                expected=f"a {kind} of the scenario",
                near=nearest(name, known),
            )

    def _report(
        self, path: Path, what: str, *, expected: str = "", near: str | None = None, mend: str = ""
    ) -> None:
        dotted = ".".join((f"claims.{self._claim.id}.test", *map(str, path)))
        place = self._document.place((*self._at, *path))
        self._problems.report(place, dotted, what, expected=expected, near=near, mend=mend)
