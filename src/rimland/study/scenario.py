"""The noun Scenario: a declared system that an analyst can look at as tables, and run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from rimland.notation.problems import Problem, Problems
from rimland.scenario.assemble import Assembled, assemble_with
from rimland.scenario.locate import find_folder
from rimland.study.testable import check_testable

if TYPE_CHECKING:
    from rimland.program.model import Program
    from rimland.study.run import Run


class Scenario:
    """An alliance system as declared: tables out, runs out. Made by `rimland.load`."""

    def __init__(self, assembled: Assembled) -> None:
        """Wrap an assembled scenario."""
        self.assembled = assembled

    @property
    def id(self) -> str:
        """The scenario's name, that of its folder."""
        return self.assembled.id

    @property
    def title(self) -> str:
        """The title its author gave."""
        return self.assembled.heading.title

    @property
    def program(self) -> Program:
        """The program that all words were lowered to, once."""
        return self.assembled.program

    @property
    def accounts(self) -> tuple[str, ...]:
        """The structures: accounts of how the system works."""
        return tuple(self.assembled.structures)

    @property
    def variants(self) -> pl.DataFrame:
        """One row a variant: id, label, says, because, what it holds."""
        rows = [
            {
                "id": v.id,
                "label": v.label,
                "says": v.says,
                "because": v.because,
                "holds": len(v.switch.holds),
            }
            for v in self.assembled.variants.values()
        ]
        return pl.DataFrame(rows, infer_schema_length=None)

    @property
    def claims(self) -> pl.DataFrame:
        """One row a claim: id, at, kind, says, whether it is tested."""
        rows = [
            {"id": c.id, "at": c.at, "kind": c.kind, "says": c.says, "tested": c.test is not None}
            for c in self.assembled.claims.values()
        ]
        return pl.DataFrame(rows, infer_schema_length=None)

    @property
    def measures(self) -> pl.DataFrame:
        """One row a measure: name, says, unit."""
        rows = [
            {"name": m.name, "says": m.says, "unit": m.unit}
            for m in self.assembled.measures.values()
        ]
        return pl.DataFrame(rows, infer_schema_length=None)

    @property
    def numbers(self) -> pl.DataFrame:
        """One row a number: name, text, kind, causal status, source or reason; see `cite`."""
        from rimland.study.numbers import number_rows

        return pl.DataFrame(number_rows(self.assembled), infer_schema_length=None)

    def table(self, word: str) -> pl.DataFrame:
        """Return what one word declares as a table, one row an entry.

        `pledges` is the word's first section; others have its name too: `pledges.consequences`.
        Raises RimlandError with the known tables when there is none of that name.
        """
        from rimland.study.numbers import word_table

        return word_table(self.assembled, word)

    @property
    def ties(self) -> pl.DataFrame:
        """One row a pair of actors, one column a layer."""
        return self.table("ties")

    @property
    def pledges(self) -> pl.DataFrame:
        """One row a pledge."""
        return self.table("pledges")

    def run(
        self,
        draws: int | None = None,
        futures: int | None = None,
        seed: int | None = None,
        threads: int | None = None,
        progress: Callable[[int, int], None] | None = None,
        keeps: bool = False,
    ) -> Run:
        """Return a Run of this scenario: draws x futures per account; sizes default to its own.

        Nothing is run until something is asked of it; what was run is kept in memory, and with
        `keeps` what was judged is kept on disk (see `rimland.study.store`).
        """
        from rimland.study.run import Run

        defaults = self.assembled.heading.run
        return Run(
            self,
            draws=defaults.draws if draws is None else draws,
            futures=defaults.futures if futures is None else futures,
            seed=defaults.seed if seed is None else seed,
            threads=threads,
            progress=progress,
            keeps=keeps,
        )

    def __repr__(self) -> str:
        """Return one line."""
        a = self.assembled
        return (
            f"Scenario({a.id!r}: {len(a.claims)} claims, {len(a.program.variables)} variables, "
            f"{len(a.program.transitions)} transitions, {len(a.quantities)} numbers)"
        )

    def describe(self) -> dict[str, Any]:
        """Return what the scenario is made of, as plain values for JSON."""
        a = self.assembled
        return {
            "id": a.id,
            "title": a.heading.title,
            "as_of": a.heading.as_of.isoformat(),
            "horizon": a.heading.horizon.isoformat(),
            "accounts": list(a.structures),
            "variants": list(a.variants),
            "claims": len(a.claims),
            "tested": sum(c.test is not None for c in a.claims.values()),
            "variables": len(a.program.variables),
            "transitions": len(a.program.transitions),
            "numbers": len(a.quantities),
        }


def load(name: str | Path) -> Scenario:
    """Return the scenario in folder `name`, or the shipped one of that name.

    Raises ScenarioError with every mistake found; RimlandError when there is no such scenario.
    """
    problems = Problems()
    assembled = _read(name, problems)
    problems.raise_if_any()
    assert assembled is not None  # no problems: everything was read
    return Scenario(assembled)


def check(name: str | Path) -> tuple[Problem, ...]:
    """Return every mistake found in the scenario `name` in one pass; empty when it is sound.

    Raises RimlandError when there is no such scenario.
    """
    problems = Problems()
    _read(name, problems)
    return tuple(problems)


def _read(name: str | Path, problems: Problems) -> Assembled | None:
    assembled = assemble_with(find_folder(name), problems)
    if assembled is not None:
        check_testable(assembled, problems)
    return assembled
