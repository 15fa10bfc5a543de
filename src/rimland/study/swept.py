"""What a sweep found, kept on disk: a line for each claim, and for each pinned number of it.

One file for each scenario, package and size of run, named by the content of all that its lines
follow from. Lines are added as they are found; one that was torn is taken for none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rimland.study import store

if TYPE_CHECKING:
    from rimland.study.run import Run


@dataclass(frozen=True)
class Pair:
    """A claim, and a number at one end of its range: `p10` or `p90`."""

    claim: str
    number: str
    end: str


@dataclass(frozen=True)
class Found:
    """What a claim comes to with a number pinned.

    `value` is where the first account has it, in the number's own unit; `verdict` that over all
    accounts, None where the numbers describe no possible world; `accounts` each account's.
    """

    value: float
    verdict: str | None
    accounts: Mapping[str, str]


@dataclass(frozen=True)
class Claimed:
    """What a claim comes to as declared.

    `reach` are the judged numbers that can reach it; `screened` those of them that the draws in
    hand say could change the verdict, the likeliest first; `explained` the share of the spread
    that each number explains, of any kind.
    """

    verdict: str
    reach: tuple[str, ...]
    screened: tuple[str, ...]
    explained: Mapping[str, float]


@dataclass
class Book:
    """The lines of one sweep: in memory, and in a file where there is one."""

    path: Path | None = None
    claimed: dict[str, Claimed] = field(default_factory=dict)
    found: dict[Pair, Found] = field(default_factory=dict)

    @classmethod
    def open(cls, run: Run) -> Book:
        """Return what was found earlier in a sweep like this; an empty book if the run keeps none.

        Where no file can be written, the book stays in memory.
        """
        if not run.keeps:
            return cls()
        book = cls(store.folder() / "sweeps" / f"{store.identity(run)}.jsonl")
        assert book.path is not None
        with suppress(OSError, UnicodeDecodeError):
            for line in book.path.read_text(encoding="utf-8").splitlines():
                with suppress(ValueError, TypeError, KeyError):
                    book._read(json.loads(line))
        return book

    def claim(self, name: str, claimed: Claimed) -> None:
        """Enter a claim as declared."""
        self.claimed[name] = claimed
        self._write({"claim": name, "as_declared": asdict(claimed)})

    def enter(self, pair: Pair, found: Found) -> None:
        """Enter a claim with a number pinned."""
        self.found[pair] = found
        self._write({**asdict(pair), "found": asdict(found)})

    def _read(self, line: dict[str, Any]) -> None:
        if "as_declared" in line:
            given = line["as_declared"]
            lists = {name: tuple(given[name]) for name in ("reach", "screened")}
            self.claimed[line["claim"]] = Claimed(**{**given, **lists})
        else:
            pair = Pair(line["claim"], line["number"], line["end"])
            self.found[pair] = Found(**line["found"])

    def _write(self, line: dict[str, Any]) -> None:
        if self.path is None:
            return
        with suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                # begun on a line of its own, whatever an interrupted sweep left behind
                file.write(f"\n{json.dumps(line)}\n")
