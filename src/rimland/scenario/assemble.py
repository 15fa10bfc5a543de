"""One folder read whole: its words lowered once to a program, with all that goes with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from rimland.dates import day_number, quarters
from rimland.errors import ProgramError, nearest
from rimland.notation.parse import parse
from rimland.notation.problems import Problems
from rimland.notation.quantity import Quantity
from rimland.notation.sources import Source, read_sources
from rimland.notation.yamlfile import Document, read_yaml
from rimland.program.build import ProgramBuilder
from rimland.program.formula import Formula
from rimland.program.model import Program
from rimland.scenario.check import check_claims, check_numbers
from rimland.scenario.declaration import (
    AS_ASSESSED,
    Claim,
    ClaimFile,
    Facts,
    Heading,
    Section,
    Structure,
    VariantFile,
)
from rimland.scenario.locate import HEADING, find_folder
from rimland.scenario.variants import BASELINE, Resolved, combine, resolve
from rimland.vocab import WORDS
from rimland.vocab.lowering import Lowering
from rimland.vocab.measure import Measure

M = TypeVar("M", bound=BaseModel)
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
    if heading is None:
        return None
    variant_file = _one(VariantFile, documents, "variants.yaml", problems)
    claim_file = _one(ClaimFile, documents, "claims.yaml", problems)
    facts = parse(Facts, documents["facts.yaml"], problems) if "facts.yaml" in documents else {}
    sources = (
        read_sources(documents["sources.yaml"], problems) if "sources.yaml" in documents else {}
    )
    low = Lowering(
        ProgramBuilder(folder.resolve().name), heading.as_of, heading.horizon, problems, documents
    )
    words = _lower(low, documents, problems)
    program = _build(low, problems)
    read = (variant_file, claim_file, facts, sources, *words.values())
    if program is None or any(model is None for model in read):
        return None
    assert variant_file is not None
    assert claim_file is not None
    assert facts is not None
    assert sources is not None
    structures = {structure.id: structure for structure in heading.structures}
    variants = _variants(variant_file, documents, program, low, heading.as_of, problems)
    assembled = Assembled(
        id=folder.resolve().name,
        folder=folder,
        heading=heading,
        program=program,
        quantities=low.quantities,
        derived=low.derived,
        measures=low.measures,
        structures=structures,
        variants=variants,
        sections=tuple(claim_file.sections),
        claims={claim.id: claim for claim in claim_file.claims},
        facts=facts,
        sources=sources,
        words=words,  # type: ignore[arg-type]
        digest=_digest(folder, documents),
    )
    _check_heading(heading, documents[HEADING], low.quantities, variants, low.measures, problems)
    files = {"facts.yaml": facts, "variants.yaml": variant_file, "claims.yaml": claim_file}
    check_numbers(documents, words, files, sources, heading, problems)
    check_claims(claim_file, documents.get("claims.yaml"), assembled, problems)
    return assembled


def _read(folder: Path, problems: Problems) -> dict[str, Document]:
    known = [*OWN_FILES, *(word.FILE for word in WORDS)]
    documents = {}
    for name in known:
        if (folder / name).exists():
            document = read_yaml(folder / name, problems)
            if document is not None:
                documents[name] = document
    for path in sorted(folder.glob("*.y*ml")):
        if path.name not in known:
            problems.report(
                None,
                path.name,
                "no word of the vocabulary is written in a file of that name",
                expected="one of " + ", ".join(known),
                near=nearest(path.name, known),
            )
    return documents


def _one(
    model: type[M], documents: Mapping[str, Document], file: str, problems: Problems
) -> M | None:
    if file not in documents:
        # a word that is not used needs no file; a file that could not be read was reported
        return model() if file != HEADING and not _reported(problems, file) else None
    return parse(model, documents[file], problems)


def _reported(problems: Iterable[Any], file: str) -> bool:
    return any(p.place is not None and Path(p.place.file).name == file for p in problems)


def _lower(
    low: Lowering, documents: Mapping[str, Document], problems: Problems
) -> dict[str, BaseModel | None]:
    models: dict[str, BaseModel | None] = {
        word.FILE: _one(word.Model, documents, word.FILE, problems) for word in WORDS
    }
    for phase in ("declare", "lower"):
        for word in WORDS:
            model = models[word.FILE]
            if model is not None:
                getattr(word, phase)(model, low)
    return models


def _build(low: Lowering, problems: Problems) -> Program | None:
    try:
        return low.builder.build(low.central())
    except ProgramError as error:
        if not len(problems):  # otherwise it follows from what was reported already
            problems.report(None, "", str(error))
        return None


def _variants(
    file: VariantFile,
    documents: Mapping[str, Document],
    program: Program,
    low: Lowering,
    as_of: date,
    problems: Problems,
) -> dict[str, Resolved]:
    known = {AS_ASSESSED: BASELINE}
    for position, variant in enumerate(file.variants):
        document = documents["variants.yaml"]
        if variant.id in known:
            problems.report(
                document.place(("variants", position, "id")),
                f"variants.{variant.id}",
                "two variants have this id",
                expected="an id of its own",
            )
        at = ("variants", position)
        known[variant.id] = resolve(variant, at, document, program, low.quantities, as_of, problems)
    return known


def _check_heading(
    heading: Heading,
    document: Document,
    quantities: Mapping[str, Quantity],
    variants: Mapping[str, Resolved],
    measures: Mapping[str, Measure],
    problems: Problems,
) -> None:
    if heading.horizon <= heading.as_of:
        problems.report(
            document.place(("horizon",)),
            "horizon",
            f"the horizon {heading.horizon} does not lie after the as-of date {heading.as_of}",
            expected="a later date",
        )
    for i, structure in enumerate(heading.structures):
        for name, quantity in structure.set.items():
            place = document.place(("structures", i, "set", name), key=True)
            field = f"structures.{structure.id}.set"
            if name not in quantities:
                problems.report(
                    place,
                    field,
                    f"no number is called '{name}'",
                    expected="the dotted name of a number; `rimland cite` lists them",
                    near=nearest(name, quantities),
                )
            elif quantity.unit != quantities[name].unit:
                problems.report(
                    place,
                    f"{field}.{name}",
                    f"is in {quantity.unit} but the number it replaces in {quantities[name].unit}",
                    expected=quantities[name].unit,
                )
    for i, name in enumerate(heading.page.variants):
        for part in name.split("+"):
            if part not in variants:
                problems.report(
                    document.place(("page", "variants", i)),
                    "page.variants",
                    f"there is no variant '{part}'",
                    expected="an id of variants.yaml",
                    near=nearest(part, variants),
                )
    if heading.page.measure is not None and heading.page.measure not in measures:
        problems.report(
            document.place(("page", "measure")),
            "page.measure",
            f"there is no measure '{heading.page.measure}'",
            expected="a measure of the scenario",
            near=nearest(heading.page.measure, measures),
        )


def _digest(folder: Path, documents: Mapping[str, Document]) -> str:
    digest = blake2b(digest_size=16)
    for name in sorted(documents):
        digest.update(name.encode() + b"\0" + (folder / name).read_bytes())
    return digest.hexdigest()
