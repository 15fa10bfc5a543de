"""What only the rules of judging can tell of a test: words of probability, records and limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rimland.errors import RimlandError
from rimland.findings.facts import check_fact
from rimland.findings.forecast import wording
from rimland.notation.places import Path, dotted
from rimland.notation.problems import Problems

if TYPE_CHECKING:
    from rimland.scenario.assemble import Assembled


def check_testable(scenario: Assembled, problems: Problems) -> None:
    """Report wordings that have no range, and expectations that cannot be compared."""
    document = scenario.documents.get("claims.yaml")
    if document is None:
        return
    for i, claim in enumerate(scenario.claims.values()):
        test = claim.test
        if test is None:
            continue
        wrong: list[tuple[Path, str]] = []
        if claim.kind == "forecast" and test.wording:
            try:
                wording(test.wording)
            except RimlandError as error:
                wrong.append((("wording",), str(error)))
        record = scenario.facts.get(test.record or "")
        for j, item in enumerate(test.expect if claim.kind == "fact" and record else ()):
            if item.field.split(".")[0] not in (record or {}):
                continue  # reported already, with the place of the field
            try:
                check_fact(record or {}, [item.model_dump(exclude_none=True)])
            except RimlandError as error:
                wrong.append((("expect", j), str(error)))
        for path, what in wrong:
            problems.report(
                document.place(("claims", i, "test", *path)),
                dotted(("claims", claim.id, "test", *path)),
                what,
                code="protocol",
            )
