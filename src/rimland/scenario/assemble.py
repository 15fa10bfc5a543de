"""One folder read whole: its words lowered once to a program, with all that goes with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from rimland.dates import day_number, quarters
from rimland.errors import ProgramError, nearest
from rimland.notation.csvfile import read_csv
from rimland.notation.parse import parse
from rimland.notation.places import Place
from rimland.notation.problems import Problem, Problems
from rimland.notation.quantity import Quantity
from rimland.notation.sources import Source, read_sources
from rimland.notation.yamlfile import Document, read_yaml
from rimland.program.build import ProgramBuilder
from rimland.program.formula import Formula
from rimland.program.model import Program
from rimland.scenario.check import (
    check_accounts,
    check_citations,
    check_fitted,
    check_heading,
    check_page,
    check_records,
    check_sources,
)
from rimland.scenario.declaration import (
    AS_ASSESSED,
    Claim,
    ClaimFile,
    Facts,
    Heading,
    Section,
    Structure,
    VariantFile,
    agenda_numbers,
)
from rimland.scenario.doubt import Doubt
from rimland.scenario.locate import HEADING, find_folder
from rimland.scenario.protocols import Known, check_listing, check_protocols
from rimland.scenario.salvage import salvage
from rimland.scenario.variants import BASELINE, Resolved, combine, resolve
from rimland.vocab import WORDS
from rimland.vocab.lowering import Lowering
from rimland.vocab.measure import Measure

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")
TABLES = {t: columns for word in WORDS for t, columns in getattr(word, "TABLES", {}).items()}
OWN_FILES = (HEADING, "sources.yaml", "variants.yaml", "facts.yaml", "claims.yaml")


@dataclass(frozen=True)
class Assembled:
    """A scenario ready to run: the program, the numbers behind it, and what may be asked of it."""

    id: str
    folder: Path
    heading: Heading
    program: Program
    quantities: Mapping[str, Quantity]
    derived: Mapping[str, Formula]
    measures: Mapping[str, Measure]
    structures: Mapping[str, Structure]
    variants: Mapping[str, Resolved]
    sections: tuple[Section, ...]
    claims: Mapping[str, Claim]
    facts: Mapping[str, dict[str, Any]]
    sources: Mapping[str, Source]
    words: Mapping[str, BaseModel]
    documents: Mapping[str, Document]
    named: Callable[[str], str]
    digest: str

    def day(self, when: date) -> int:
        """Return whole days from the as-of date."""
        return day_number(when, self.heading.as_of)

    @property
    def horizon_day(self) -> int:
        """The last day that is run."""
        return self.day(self.heading.horizon)

    def grid(self) -> NDArray[np.float64]:
        """Return the days at which measures are read: quarters, and every date a claim asks for."""
        days = {self.day(d) for d in quarters(self.heading.as_of, self.heading.horizon)}
        for claim in self.claims.values():
            if claim.test is not None:
                dates = [claim.test.horizon, claim.test.by, *claim.test.horizons]
                days |= {self.day(d) for d in dates if d is not None}
        return np.array(sorted(d for d in days if 0 <= d <= self.horizon_day), dtype=np.float64)

    def variant(self, name: str) -> Resolved:
        """Return the variant called `name`; `a+b` is both."""
        return combine(name, self.variants)

    def numbers(self, structure: str, variant: Resolved = BASELINE) -> dict[str, Quantity]:
        """Return every quantity as this account and this variant set it."""
        return {**self.quantities, **self.structures[structure].set, **variant.quantities}

    def draw_values(
        self, structure: str, draws: int, seed: int, variant: Resolved = BASELINE
    ) -> dict[str, NDArray[np.float64]]:
        """Return the draws of every quantity and derived value, each keyed by its own name."""
        values = {
            name: quantity.draws(seed, draws, name)
            for name, quantity in self.numbers(structure, variant).items()
        }
        for called, formula in self.derived.items():
            values[called] = np.broadcast_to(formula.evaluate(values), (draws,))
        return values


def assemble(name: str | Path) -> Assembled:
    """Read, check and lower the scenario called `name`.

    Raises ScenarioError with every mistake found, RimlandError when there is no such scenario.
    """
    problems = Problems()
    found = assemble_with(find_folder(name), problems)
    problems.raise_if_any()
    assert found is not None  # no problems: everything was read
    return found


def assemble_with(folder: Path, problems: Problems) -> Assembled | None:
    """Read the scenario in `folder`, reporting every mistake; None where too little is left."""
    documents = _read(folder, problems)
    heading = _one(Heading, documents, HEADING, problems)
    variant_file = _one(VariantFile, documents, "variants.yaml", problems)
    claim_file = _one(ClaimFile, documents, "claims.yaml", problems)
    facts = _table(Facts, documents, "facts.yaml", problems)
    sources: dict[str, Source] | None = {}
    if "sources.yaml" in documents:
        sources = read_sources(documents["sources.yaml"], problems)
    elif _reported(problems, "sources.yaml"):
        sources = None
    words = {word.FILE: _one(word.Model, documents, word.FILE, problems) for word in WORDS}
    parsed = {
        **words,
        HEADING: heading,
        "facts.yaml": facts,
        "variants.yaml": variant_file,
        "claims.yaml": claim_file,
    }
    parsed |= {table: documents[table].data for table in TABLES if table in documents}
    if sources is not None:
        check_citations(documents, parsed, sources, problems)
    if facts is not None:
        check_records(documents.get("facts.yaml"), facts, problems)
    if claim_file is not None and "claims.yaml" in documents:
        check_listing(claim_file, documents["claims.yaml"], problems)
    if heading is None:
        return None
    check_heading(heading, documents[HEADING], problems)
    if sources is not None:
        check_sources(documents.get("sources.yaml"), sources, heading, problems)
    low = Lowering(
        ProgramBuilder(folder.resolve().name), heading.as_of, heading.horizon, problems, documents
    )
    program = _lower(low, words, documents, problems)
    if program is None:
        return None
    at_fault = any(_reported(problems, file) for file in words)
    doubt = Doubt(frozenset(low.unsure), at_fault)
    readable = variant_file or salvage(VariantFile, documents.get("variants.yaml"))
    variants = _variants(readable, documents, program, low, doubt, problems) if readable else None
    if variant_file is None:
        variants = None  # those that could be read are checked; nothing is missed among them
    given: list[Mapping[str, Quantity]] = [agenda_numbers(heading), low.quantities]
    given += [a.set for a in heading.structures]
    given += [v.quantities for v in (variants or {}).values()]
    check_fitted(chain.from_iterable(n.items() for n in given), heading.as_of, problems)
    check_accounts(heading, documents[HEADING], low.quantities, doubt, problems)
    check_page(heading.page, documents[HEADING], low.measures, variants, doubt, problems)
    tested = claim_file or salvage(ClaimFile, documents.get("claims.yaml"))
    if tested is not None and "claims.yaml" in documents:
        known = Known(heading, low.measures, variants, facts, doubt)
        check_protocols(tested, documents["claims.yaml"], known, problems)
    whole = {file: model for file, model in words.items() if model is not None}
    if variants is None or claim_file is None or facts is None or sources is None:
        return None
    if len(whole) < len(words):
        return None
    return Assembled(
        id=folder.resolve().name,
        folder=folder,
        heading=heading,
        program=program,
        quantities=low.quantities,
        derived=low.derived,
        measures=low.measures,
        structures={structure.id: structure for structure in heading.structures},
        variants=variants,
        sections=tuple(claim_file.sections),
        claims={claim.id: claim for claim in claim_file.claims},
        facts=facts,
        sources=sources,
        words=whole,
        documents=documents,
        named=low.named,
        digest=_digest(folder, documents),
    )


def _read(folder: Path, problems: Problems) -> dict[str, Document]:
    known = [*OWN_FILES, *(word.FILE for word in WORDS)]
    documents = {}
    for name in known:
        if (folder / name).exists():
            document = read_yaml(folder / name, problems)
            if document is not None:
                documents[name] = document
    for table, columns in TABLES.items():
        if (folder / table).exists():
            document = read_csv(folder / table, problems, columns=columns)
            if document is not None:
                documents[table] = document
    known += TABLES
    for path in sorted([*folder.glob("*.y*ml"), *folder.glob("*.csv")]):
        if path.name not in known:
            problems.report(
                Place(path.name, 1, 1),
                "",
                "no file of a scenario has that name",
                expected="one of " + ", ".join(known),
                near=nearest(path.name, known),
                code="file-name",
            )
    return documents


def _one(
    model: type[M], documents: Mapping[str, Document], file: str, problems: Problems
) -> M | None:
    if file not in documents:
        # a word that is not used needs no file; a file that could not be read was reported
        return model() if file != HEADING and not _reported(problems, file) else None
    return parse(model, documents[file], problems)


def _table(
    kind: type[T], documents: Mapping[str, Document], file: str, problems: Problems
) -> T | None:
    if file not in documents:
        return kind() if not _reported(problems, file) else None
    return parse(kind, documents[file], problems)


def _reported(problems: Iterable[Problem], file: str) -> bool:
    return any(p.place is not None and Path(p.place.file).name == file for p in problems)


def _lower(
    low: Lowering,
    words: Mapping[str, BaseModel | None],
    documents: Mapping[str, Document],
    problems: Problems,
) -> Program | None:
    """Lower what can be read of all words; what a mistake keeps from being read is in doubt."""
    readable = dict(words)
    for word in WORDS:
        if _reported(problems, word.FILE) or any(p.near == word.FILE for p in problems):
            low.unsure |= set(word.NAMES)
        if words[word.FILE] is None:
            readable[word.FILE] = salvage(word.Model, documents.get(word.FILE))
    for phase in ("declare", "lower"):
        for word in WORDS:
            model = readable[word.FILE]
            if model is not None:
                getattr(word, phase)(model, low)
    try:
        return low.builder.build(low.central())
    except ProgramError as error:
        if not any(_reported(problems, file) for file in words):  # else it follows from those
            problems.report(None, "", str(error))
        return None


def _variants(
    file: VariantFile,
    documents: Mapping[str, Document],
    program: Program,
    low: Lowering,
    doubt: Doubt,
    problems: Problems,
) -> dict[str, Resolved]:
    known = {AS_ASSESSED: BASELINE}
    for position, variant in enumerate(file.variants):
        document = documents["variants.yaml"]
        at = ("variants", position)
        if variant.id in known:
            twice = variant.id != AS_ASSESSED
            problems.report(
                document.place((*at, "id")),
                f"variants[{position}].id",
                f"two variants are called '{variant.id}'"
                if twice
                else f"'{AS_ASSESSED}' is always there and needs no entry",
                expected="an id of its own",
                code="twice",
            )
        dates = (low.as_of, low.horizon)
        known[variant.id] = resolve(
            variant, at, document, program, low.quantities, dates, doubt, problems
        )
    return known


def _digest(folder: Path, documents: Mapping[str, Document]) -> str:
    digest = blake2b(digest_size=16)
    for name in sorted(documents):
        digest.update(name.encode() + b"\0" + (folder / name).read_bytes())
    return digest.hexdigest()
