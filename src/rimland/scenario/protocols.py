"""Claims and their tests: each listed once, each protocol whole, each thing it names there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from rimland.errors import nearest
from rimland.notation.places import Path, dotted
from rimland.notation.problems import Problems
from rimland.notation.yamlfile import Document
from rimland.scenario.declaration import (
    AS_ASSESSED,
    FORMS,
    Claim,
    ClaimFile,
    Heading,
    Protocol,
)
from rimland.scenario.doubt import Doubt
from rimland.vocab.lowering import canonical
from rimland.vocab.measure import Measure

NEEDED = {
    "fact": ("record", "expect"),
    "effect": ("measure", "treatment", "smallest"),
    "size": (),
    "hinge": ("measure", "without", "none", "alternatives", "size", "smallest"),
    "interaction": ("measure", "without", "only", "none", "smallest"),
    "order": ("first", "smallest"),
    "importance": ("without", "alternatives", "smallest"),
    "tradeoff": ("measure", "treatment", "smallest", "horizons"),
    "rival": ("measure", "without", "alternatives", "smallest"),
    "forecast": ("measure", "by", "wording"),
    "declared": ("measure", "by"),
}
"""What a protocol has to say, by form, beside `whose` and `rival`."""
DATED_ODDS = ("forecast", "declared")
"""Forms whose measure is the probability of an event by a date."""


@dataclass(frozen=True)
class Known:
    """What a protocol may name. None where a file could not be read: then nothing is missed."""

    heading: Heading
    measures: Mapping[str, Measure]
    variants: Collection[str] | None
    facts: Mapping[str, dict[str, Any]] | None
    doubt: Doubt


def check_listing(file: ClaimFile, document: Document, problems: Problems) -> None:
    """Report ids given twice, and claims that do not stand under exactly one heading."""
    seen: set[str] = set()
    for i, claim in enumerate(file.claims):
        if claim.id in seen:
            problems.report(
                document.place(("claims", i, "id")),
                f"claims[{i}].id",
                f"two claims are called '{claim.id}'",
                expected="an id of its own",
                code="twice",
            )
        seen.add(claim.id)
    listed: dict[str, str] = {}
    for i, section in enumerate(file.sections):
        for j, id_ in enumerate(section.claims):
            path: Path = ("sections", i, "claims", j)
            if id_ not in seen:
                problems.report(
                    document.place(path),
                    dotted(path[:3]),
                    f"there is no claim '{id_}'",
                    expected="the id of a claim below",
                    near=nearest(id_, seen),
                    code="unknown-name",
                )
            elif id_ in listed:
                problems.report(
                    document.place(path),
                    dotted(path[:3]),
                    f"'{id_}' stands under two headings, the other is '{listed[id_]}'",
                    expected="each claim once",
                    code="twice",
                )
            listed[id_] = section.title
    for i, claim in enumerate(file.claims if file.sections else ()):
        if claim.id not in listed:
            problems.report(
                document.place(("claims", i, "id")),
                f"claims.{claim.id}",
                "the claim stands under no heading",
                expected="its id in one of the 'sections'",
                code="missing",
            )


def check_protocols(file: ClaimFile, document: Document, known: Known, problems: Problems) -> None:
    """Report tests that say too little, and tests of what does not exist."""
    for i, claim in enumerate(file.claims):
        if claim.test is not None:
            _Tester(claim, claim.test, ("claims", i, "test"), document, known, problems).check()


class _Tester:
    """Checks one protocol against what the scenario has."""

    def __init__(
        self,
        claim: Claim,
        test: Protocol,
        at: Path,
        document: Document,
        known: Known,
        problems: Problems,
    ) -> None:
        self._claim, self._test, self._at = claim, test, at
        self._document, self._known, self._problems = document, known, problems

    def check(self) -> None:
        form = self._claim.form
        if form not in FORMS:
            self._report(
                (),
                f"a claim of kind '{form}' has nothing to test",
                expected="no 'test', or one of the kinds "
                + ", ".join(known for known in FORMS if known != "importance"),
            )
            return
        for name in (*NEEDED[form], "whose", "rival"):
            if getattr(self._test, name) in (None, "", [], {}):
                self._silent(form, name, (*NEEDED[form], "whose", "rival"))
        if form == "order" and self._test.second is None and not self._test.others:
            self._report(
                (),
                "says nothing of 'second' or 'others'",
                expected="the measure, or the measures, that 'first' is said to exceed",
            )
        if form == "size":
            self._size()
        self._measures()
        self._agendas()
        self._variants()
        self._dates()
        self._record()

    def _silent(self, form: str, name: str, needed: Iterable[str]) -> None:
        self._report(
            (),
            f"a test of kind '{form}' says nothing of '{name}'",
            expected=", ".join(needed),
            mend=f"write '{name}:' before the first run",
        )

    def _size(self) -> None:
        """A size is one measure or a lead, against one limit or one share of the whole."""
        test = self._test
        lead = test.first is not None and test.second is not None
        if lead == (test.measure is not None):
            self._report(
                (),
                "does not say what is large",
                expected="'measure', or 'first' and 'second' for a lead",
            )
        if (test.limit is None) == (test.share is None):
            self._report((), "does not say how large", expected="either 'limit' or 'share'")
        if test.share is not None and test.treatment is None:
            self._silent("size", "treatment", ("treatment", "share"))

    def _agendas(self) -> None:
        known = self._known.heading.agendas
        for i, name in enumerate(self._test.agendas):
            if name not in known:
                expected = "an id under 'agendas' in scenario.yaml"
                self._unknown(("agendas", i), "agenda", name, known, expected)
                continue
            for measure in known[name].weights:
                found = canonical(measure)
                if found not in self._known.measures and not self._known.doubt.covers(found):
                    self._report(
                        ("agendas", i),
                        f"the agenda '{name}' weighs '{measure}', and there is no such measure",
                        expected="a measure; `rimland run SCENARIO --measures` lists them",
                        near=nearest(found, self._known.measures),
                    )

    def _measures(self) -> None:
        test = self._test
        named: list[tuple[Path, str | None]] = [
            (("measure",), test.measure),
            (("first",), test.first),
            (("second",), test.second),
            *((("others", i), name) for i, name in enumerate(test.others)),
        ]
        units: dict[str, str] = {}
        for path, name in named:
            if name is None:
                continue
            found = self._known.measures.get(canonical(name))
            if found is not None:
                units[name] = found.unit
            elif not self._known.doubt.covers(canonical(name)):
                self._unknown(
                    path,
                    "measure",
                    canonical(name),
                    self._known.measures,
                    "a measure; `rimland run SCENARIO --measures` lists them",
                )
            odds = found is None or found.how == "probability"
            if self._claim.form in DATED_ODDS and not odds:
                self._report(
                    path,
                    f"'{name}' is no probability",
                    expected="a measure that is the probability of an event by a date",
                )
        if test.first is not None and len(set(units.values())) > 1:
            self._report(
                ("first",),
                "measures in different units cannot be ordered: "
                + ", ".join(f"'{name}' is in {unit}" for name, unit in units.items()),
                expected="measures in one unit",
            )

    def _variants(self) -> None:
        test, known = self._test, self._known.variants
        named: list[tuple[Path, str | None]] = [
            (("all",), test.all),
            (("without",), test.without),
            (("only",), test.only),
            (("none",), test.none),
            (("frozen",), test.frozen),
            (("variant",), test.variant),
            (("rival_variant",), test.rival_variant),
            *((("alternatives", key), name) for key, name in test.alternatives.items()),
        ]
        if test.treatment is not None:
            with_, without = test.treatment.with_, test.treatment.without
            named += [(("treatment", "with"), with_), (("treatment", "without"), without)]
            if with_ == without:
                self._report(
                    ("treatment",),
                    f"'with' and 'without' are both '{with_}', so nothing is switched",
                    expected="two variants",
                )
        for path, name in named if known is not None else ():
            for part in (name or AS_ASSESSED).split("+"):
                if part not in (known or ()):
                    expected = f"an id of variants.yaml, or {AS_ASSESSED}"
                    self._unknown(path, "variant", part, known or (), expected)

    def _dates(self) -> None:
        as_of, horizon = self._known.heading.as_of, self._known.heading.horizon
        dates: list[tuple[Path, date | None]] = [
            (("horizon",), self._test.horizon),
            (("by",), self._test.by),
            *((("horizons", i), when) for i, when in enumerate(self._test.horizons)),
        ]
        for path, when in dates if as_of < horizon else ():
            if when is not None and not as_of <= when <= horizon:
                self._report(
                    path,
                    f"{when} lies outside what is run",
                    expected=f"a date from {as_of} to {horizon}",
                )

    def _record(self) -> None:
        facts, name = self._known.facts, self._test.record
        if name is None or facts is None:
            return
        if name not in facts:
            self._unknown(("record",), "record", name, facts, "an id of facts.yaml")
            return
        record = facts[name]
        for i, expectation in enumerate(self._test.expect):
            if expectation.field.split(".")[0] not in record:
                self._report(
                    ("expect", i, "field"),
                    f"the record '{name}' has no field '{expectation.field}'",
                    expected=f"one of {', '.join(record)}",
                    near=nearest(expectation.field, record),
                )

    def _unknown(
        self, path: Path, kind: str, name: str, known: Iterable[str], expected: str
    ) -> None:
        self._report(
            path, f"there is no {kind} '{name}'", expected=expected, near=nearest(name, known)
        )

    def _report(
        self, path: Path, what: str, *, expected: str = "", near: str | None = None, mend: str = ""
    ) -> None:
        field = dotted(("claims", self._claim.id, "test", *path))
        place = self._document.place((*self._at, *path))
        self._problems.report(
            place, field, what, expected=expected, near=near, mend=mend, code="protocol"
        )
