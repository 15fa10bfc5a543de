"""What weakens a verdict, as a card prints it: flags, priors, ranges, flips, rivals, signs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Plain = dict[str, Any]

BUILT_IN, FORM_DEPENDENT, ASSUMED = "built_in", "form_dependent", "assumed"
FLAGS = (BUILT_IN, FORM_DEPENDENT, ASSUMED)
"""Flags in the order in which they take the headline's place."""
FLAG_WORDS = {BUILT_IN: "built in", FORM_DEPENDENT: "by form", ASSUMED: "assumed"}


@dataclass(frozen=True)
class Weakened:
    """All that weakens one verdict, as plain values; None where it was not asked for.

    `prior_only` is the effect and the verdict before any fitted number; `data` says how many
    numbers were fitted; `doubled` is the verdict when the judged ranges are twice as wide;
    `flips_if`, `rival_share`, `watch_for`, `forms` and `shapley` are what their modules say.
    """

    flags: tuple[str, ...] = ()
    built_in: Plain | None = None
    prior_only: Plain | None = None
    data: Plain | None = None
    doubled: Plain | None = None
    flips_if: Plain | None = None
    rival_share: Plain | None = None
    watch_for: list[Plain] | None = None
    forms: Plain | None = None
    shapley: Plain | None = None

    @property
    def flag(self) -> str | None:
        """The flag that takes the headline's place, in words: `assumed`."""
        first = next((flag for flag in FLAGS if flag in self.flags), None)
        return FLAG_WORDS[first] if first else None

    def headline(self, verdict: str) -> str:
        """Return the verdict behind what weakens it most: `assumed: holds, by our ranges alone`."""
        if BUILT_IN in self.flags:
            return f"built in: {verdict} by its signs alone; only the size informs"
        if FORM_DEPENDENT in self.flags:
            return f"depends on the form: {verdict} as built, {(self.forms or {}).get('says', '')}"
        if ASSUMED in self.flags:
            return f"assumed: {verdict}, by our ranges alone"
        return verdict

    def rows(self) -> list[tuple[str, str]]:
        """Return the rows of the card that these make up, in its order; none that was not asked."""
        rows: list[tuple[str, str]] = []
        if self.built_in:
            rows.append(("Built in", self._proof()))
        if self.data is not None:
            rows.append(("With data", self._data()))
        if self.doubled is not None:
            rows.append(("Ranges doubled", str(self.doubled["text"])))
        if self.shapley is not None:
            rows.append(("Shapley shares", str(self.shapley["text"])))
        if self.forms is not None:
            rows.append(("Other forms", str(self.forms["text"])))
        if self.flips_if is not None:
            rows.append((str(self.flips_if["label"]), str(self.flips_if["text"])))
        return rows

    def signs(self) -> list[tuple[str, str]]:
        """Return what to watch for, a row a sign; nothing where none was found."""
        texts = [str(sign["text"]) for sign in self.watch_for or ()]
        return [("Watch for" if i == 0 else "", text) for i, text in enumerate(texts)]

    def _proof(self) -> str:
        proof = self.built_in or {}
        n = proof["ways"]
        return f"{proof['reason']}, by {n} {'path' if n == 1 else 'paths'}"

    def _data(self) -> str:
        said = str((self.data or {})["text"])
        prior = self.prior_only
        if prior is None or not (self.data or {}).get("fitted"):
            return said
        return f"{said}; by the priors alone {prior['text']}, {prior['verdict']}"
