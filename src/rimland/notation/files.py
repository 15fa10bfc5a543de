"""Bytes on disk to text: not there, too large, wrongly encoded; each a problem, never a crash."""

from __future__ import annotations

from pathlib import Path

from rimland.notation.places import Place
from rimland.notation.problems import Problems

MAX_BYTES = 5_000_000


def read_text(path: Path, problems: Problems, name: str | None = None) -> str | None:
    """Return the file's text, or None after reporting why there is none.

    A UTF-8 byte order mark is dropped and line ends become single newlines.
    """
    label = name or path.name
    start = Place(label, 1, 1)
    try:
        if path.is_dir():
            problems.report(start, "", "a folder stands here", expected="a file", code="not-a-file")
            return None
        size = path.stat().st_size
        if size > MAX_BYTES:
            problems.report(
                start,
                "",
                f"is {size / 1e6:.1f} MB",
                expected=f"at most {MAX_BYTES / 1e6:.0f} MB",
                mend="split the file, or keep long tables outside the scenario",
                code="too-large",
            )
            return None
        raw = path.read_bytes()
    except FileNotFoundError:
        problems.report(start, "", "there is no such file", code="missing-file")
        return None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is not a file's name"
        problems.report(start, "", f"cannot be read: {reason.lower()}", code="unreadable")
        return None
    text = _decode(raw, label, problems)
    return None if text is None else text.replace("\r\n", "\n").replace("\r", "\n")


def _decode(raw: bytes, label: str, problems: Problems) -> str | None:
    start = Place(label, 1, 1)
    if raw[:2] in {b"\xff\xfe", b"\xfe\xff"} or (len(raw) > 3 and raw[:4].count(0) in {2, 3}):
        width = "UTF-32" if raw[:4].count(0) == 3 or raw[:4] == b"\xff\xfe\0\0" else "UTF-16"
        problems.report(
            start,
            "",
            f"is written in {width} (its first bytes are {raw[:4].hex(' ')})",
            expected="UTF-8",
            mend="save the file again as UTF-8",
            code="encoding",
        )
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = error.start + (3 if raw.startswith(b"\xef\xbb\xbf") else 0)
        line_start = raw.rfind(b"\n", 0, at) + 1
        line = raw.count(b"\n", 0, at) + 1
        column = len(raw[line_start:at].decode("utf-8", "replace")) + 1
        guess = raw[at : at + 1].decode("latin-1")
        hint = f" (in Latin-1 it would be '{guess}')" if guess.isprintable() else ""
        problems.report(
            Place(label, line, column),
            "",
            f"byte 0x{raw[at]:02X}, byte {at + 1} of the file, is not UTF-8{hint}",
            expected="UTF-8",
            mend="save the file again as UTF-8",
            code="encoding",
        )
        return None
