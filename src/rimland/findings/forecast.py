"""Forecasts: an event by a date against the probability that the wording stands for."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from rimland.errors import RimlandError, did_you_mean
from rimland.findings.measures import PerDraw, at

if TYPE_CHECKING:
    from rimland.engine import Futures
    from rimland.vocab.measure import Measure


@dataclass(frozen=True)
class Wording:
    """A word of estimative probability and the range it stands for."""

    word: str
    also: tuple[str, ...]
    low: float
    high: float
    source: str


@cache
def wordings() -> tuple[Wording, ...]:
    """Return the seven words of ICD 203 in order of their ranges (tables/icd203_words.csv)."""
    text = files("rimland.findings").joinpath("tables/icd203_words.csv").read_text("utf-8")
    return tuple(
        Wording(
            row["word"],
            tuple(row["also"].split(";")),
            float(row["low"]),
            float(row["high"]),
            row["source"],
        )
        for row in csv.DictReader(text.splitlines())
    )


def wording(word: str) -> Wording:
    """Return the wording called `word`, or its synonym; raises RimlandError with the nearest."""
    wanted = word.strip().lower()
    for entry in wordings():
        if wanted == entry.word or wanted in entry.also:
            return entry
    known = [name for entry in wordings() for name in (entry.word, *entry.also)]
    raise RimlandError(
        f"'{word}' is not a word of estimative probability; known: {', '.join(known)}."
        + did_you_mean(wanted, known)
    )


def word_for(probability: float) -> Wording:
    """Return the wording whose range `probability` falls in; the ends reach to 0 and to 1."""
    for entry in wordings():
        if probability < entry.high:
            return entry
    return wordings()[-1]


@dataclass(frozen=True)
class Forecast:
    """The probability of an event, and the number that is judged against the wording.

    `probability` is P per draw, `pooled` its mean over draws: what one would bet. `word` is the
    wording that `pooled` falls in. `g` and `smallest` go to the verdict: for a wording above even
    odds g = P - 0.5 and smallest = lower edge - 0.5, so that `likely` reads likely or more,
    `holds` means P above the lower edge, `reversed` P below one minus it, and `negligible` that P
    lies between, too near to even odds for the word. Below even odds the mirror image. For a
    roughly even chance g = 0.05 - |P - 0.5| and smallest = 0. Without a wording (the text only
    says `will`) g is P - 0.5 and smallest is None: a probability is printed, nothing is judged.
    """

    probability: PerDraw
    pooled: float
    word: str
    wording: Wording | None
    g: PerDraw
    smallest: float | None


def forecast(measure: Measure, futures: Futures, day: float, word: str | None) -> Forecast:
    """Return the forecast that the event of `measure` (a probability) happens by `day`.

    Raises RimlandError when the measure is no probability or the word is unknown.
    """
    if measure.how != "probability":
        raise RimlandError(
            f"'{measure.name}' is a {measure.how}; a forecast needs a measure of how probability"
        )
    p = at(measure, futures, day)
    share = PerDraw(p.values / measure.scale, p.se / abs(measure.scale), p.futures, p.note)
    pooled = float(np.nanmean(share.values))
    claimed = None if word is None else wording(word)
    centred = PerDraw(share.values - 0.5, share.se, share.futures, share.note)
    g, smallest = centred, None
    if claimed is not None:
        if claimed.low >= 0.5:
            smallest = round(claimed.low - 0.5, 9)
        elif claimed.high <= 0.5:
            g, smallest = -centred, round(0.5 - claimed.high, 9)
        else:
            half = (claimed.high - claimed.low) / 2
            values = half - np.abs(centred.values)
            g, smallest = PerDraw(values, share.se, share.futures, share.note), 0.0
    return Forecast(share, pooled, word_for(pooled).word, claimed, g, smallest)
