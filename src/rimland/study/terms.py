"""Every word that a card, a page or the command line uses, explained; from tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from rimland.errors import RimlandError, nearest
from rimland.findings.forecast import wordings
from rimland.vocab.defaults import grouping_depths, layers

TABLE = "tables/terms.yaml"
PROBABILITY = "Words of probability"
LAYERS = "Layers of ties"


@dataclass(frozen=True)
class Term:
    """One word: what it means, how it is computed, where that comes from, an example."""

    term: str
    group: str
    means: str
    how: str
    source: str
    example: str
    also: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {**asdict(self), "also": list(self.also)}


@cache
def terms() -> tuple[Term, ...]:
    """Return all terms, in the order of their groups."""
    import yaml

    text = files("rimland.study").joinpath(TABLE).read_text("utf-8")
    found = [
        Term(group=group["group"], also=tuple(item.pop("also", ())), **item)
        for group in yaml.safe_load(text)
        for item in group["terms"]
    ]
    return (*found, *_probability(), *_layers())


def groups(of: Iterable[Term] | None = None) -> dict[str, list[Term]]:
    """Return the terms by group."""
    found: dict[str, list[Term]] = {}
    for term in terms() if of is None else of:
        found.setdefault(term.group, []).append(term)
    return found


def explained(word: str) -> tuple[Term, ...]:
    """Return the terms that a word stands for, by its own name first.

    Case, the signs between words and the s of a plural do not matter. Raises RimlandError with the
    nearest word.
    """
    wanted = _plain(word)
    for form in dict.fromkeys((wanted, wanted.removesuffix("s"))):
        by_name = [t for t in terms() if _plain(t.term) == form]
        by_other = [t for t in terms() if t not in by_name and form in map(_plain, t.also)]
        if by_name or by_other:
            return (*by_name, *by_other)
    known = {_plain(name): name for t in terms() for name in (t.term, *t.also)}
    # a word within one of several words is near as well: `share` in `Shapley share`
    inside = [t.term for t in terms() if wanted and wanted in _plain(t.term).split()]
    close = nearest(wanted, known)
    near = known[close] if close else (inside[0] if inside else None)
    said = f" Did you mean '{near}'?" if near else ""
    raise RimlandError(f"no term is called '{word}'.{said} `rimland explain` lists all.")


def _plain(word: str) -> str:
    return " ".join(word.lower().replace("_", " ").replace("-", " ").split())


def _probability() -> list[Term]:
    return [
        Term(
            term=w.word,
            group=PROBABILITY,
            means=f"A probability of {100 * w.low:.0f} to {100 * w.high:.0f} %.",
            how="A forecast with this word is held against the end of the range that is nearer to "
            "even odds.",
            source=w.source,
            example=f"it is {w.word} that the staff works by 2027",
            also=tuple(name for name in w.also if name),
        )
        for w in wordings()
    ]


def _layers() -> list[Term]:
    found = [
        Term(
            term=layer.name,
            group=LAYERS,
            means=f"A layer of ties, from {_said(layer.levels[0])} to {_said(layer.levels[-1])}.",
            how=f"Levels from the lowest up: {', '.join(map(_said, layer.levels))}. Where nothing "
            f"is stated it is {_said(layer.levels[layer.unstated])}.",
            source="the table of levels, vocab/tables/layers.csv, names the source of each",
            example=f"ties.AAA-BBB.{layer.name} is {_said(layer.levels[-1])}",
            also=tuple(map(_said, layer.levels)),
        )
        for layer in layers().values()
    ]
    depths = grouping_depths()
    return [
        *found,
        Term(
            term="depth of a grouping",
            group=LAYERS,
            means="How far the members of a grouping bind themselves.",
            how=f"From the lowest up: {', '.join(map(_said, depths))}.",
            source="ordered after the depth of alliance treaties (Leeds & Anac 2005)",
            example="exercises that recur make it recurring",
            also=tuple(map(_said, depths)),
        ),
    ]


def _said(level: str) -> str:
    return level.replace("_", " ")
