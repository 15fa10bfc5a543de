"""How well something is known: read in a source, recalled, computed, judged, estimated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rimland.errors import nearest
from rimland.notation.problems import Slip

KINDS = ("estimated", "published-seen", "published-recalled", "computed", "judged")
MARKS = ("seen", "recalled", "computed", "judged")
CAUSAL = ("experiment", "adjusted", "association", "assumed")
HOW_TO_MARK = (
    "one of 'source: id' with 'seen: true' or 'recalled: true', 'computed: how', or 'judged: why'"
)


@dataclass(frozen=True)
class Mark:
    """The kind, the id of the source (if any), the reason, and the page in the source."""

    kind: str
    source: str | None = None
    because: str = ""
    page: str | None = None

    def words(self) -> str:
        """Return `judged`, `published, seen` and so on."""
        return self.kind.replace("-", ", ")


def read_mark(data: Mapping[str, Any], slips: list[Slip]) -> Mark | None:
    """Read the mark of a mapping; None after adding what is wrong with it to `slips`."""
    before = len(slips)
    found = [key for key in MARKS if key in data]
    source = _text(data, "source", slips)
    page = _text(data, "page", slips)
    if len(found) > 1:
        slips.append(
            Slip(f"stands beside '{found[0]}'", "one mark", at=(found[1],), code="two-marks")
        )
        return None
    if not found:
        missing = (
            "names a source, but not whether it was read there"
            if source
            else "does not say where it comes from"
        )
        expected = "'seen: true' or 'recalled: true' beside the source" if source else HOW_TO_MARK
        slips.append(Slip(missing, expected, code="no-mark"))
        return None
    kind = found[0]
    if kind in {"seen", "recalled"}:
        _check_flag(data, kind, source, slips)
        because = ""
    else:
        because = _reason(data, kind, slips)
    if len(slips) > before:
        return None
    names = {"seen": "published-seen", "recalled": "published-recalled"}
    return Mark(names.get(kind, kind), source, because, page)


def read_causal(value: Any, slips: list[Slip]) -> str | None:
    """Read a causal status: `experiment`, `adjusted: by what`, `association` or `assumed`."""
    expected = "experiment, 'adjusted: by what', association or assumed"
    if isinstance(value, Mapping) and len(value) == 1:
        word, rest = next(iter(value.items()))
        value = f"{word}: {rest or ''}"
    if not isinstance(value, str) or not value.strip():
        slips.append(Slip("is not a causal status", expected, at=("causal",), code="causal"))
        return None
    word, _, rest = value.partition(":")
    word, rest = word.strip(), rest.strip()
    if word not in CAUSAL:
        near = nearest(word, CAUSAL)
        slips.append(
            Slip(f"'{word}' is not a causal status", expected, near, at=("causal",), code="causal")
        )
        return None
    if word == "adjusted" and not rest:
        slips.append(
            Slip(
                "'adjusted' does not say for what",
                expected,
                mend="write it as 'causal: \"adjusted: for what\"'",
                at=("causal",),
                code="causal",
            )
        )
        return None
    return f"{word}: {rest}" if rest else word


def _text(data: Mapping[str, Any], key: str, slips: list[Slip]) -> str | None:
    if key not in data:
        return None
    value = data[key]
    if isinstance(value, str) and value.strip():
        return value.strip()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    meant = "the id of a source in sources.yaml" if key == "source" else "text"
    what = "is empty" if value in (None, "") else "is not text"
    slips.append(Slip(what, meant, at=(key,), code="source"))
    return None


def _check_flag(data: Mapping[str, Any], kind: str, source: str | None, slips: list[Slip]) -> None:
    if str(data[kind]).strip().lower() != "true":
        shown = "" if data[kind] is None else data[kind]
        what = f"'{shown}' is no mark" if shown != "" else "is empty"
        slips.append(Slip(what, f"'{kind}: true', or the field left out", at=(kind,), code="mark"))
    elif source is None and "source" not in data:
        slips.append(
            Slip(
                "has no source beside it",
                "'source: id' of an entry in sources.yaml",
                at=(kind,),
                code="no-source",
            )
        )


def _reason(data: Mapping[str, Any], kind: str, slips: list[Slip]) -> str:
    value = data[kind]
    if isinstance(value, str) and value.strip().lower() not in {"", "true", "false", "yes", "no"}:
        return value.strip()
    asked = "why it is judged so" if kind == "judged" else "how it was computed"
    what = f"'{value}' is no reason" if isinstance(value, str) and value.strip() else "is empty"
    slips.append(Slip(what, f"{asked}, in words", at=(kind,), code="no-reason"))
    return ""


def without_echoes(slips: list[Slip], meant: set[str]) -> list[Slip]:
    """Return the slips without those that only say that a misspelt field (`meant`) is missing."""
    echoes = {"no-value"} if "value" in meant else set()
    if meant & set(MARKS):
        echoes |= {"no-mark"}
    if "source" in meant:
        echoes |= {"no-mark", "no-source"}
    return [slip for slip in slips if slip.code not in echoes]
