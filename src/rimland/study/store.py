"""Findings kept on disk, each under the content of all that it follows from.

A finding is read again only if the scenario's files, the package's own sources and tables, the
arithmetic beneath, the sizes of the run and the claim are the very same. A file that was half
written, or is damaged, is taken for none.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rimland.study.finding import Answer, Finding, Shown
from rimland.study.weakened import Weakened

if TYPE_CHECKING:
    from rimland.scenario.declaration import Claim
    from rimland.study.run import Run

FOLDER = "RIMLAND_CACHE"
"""Names the folder of kept findings where the user's own cache folder will not do."""
MOST = 2000
"""Findings kept at most; the oldest go first."""


def folder() -> Path:
    """Return where findings are kept: the user's cache folder for this package."""
    own = os.environ.get(FOLDER)
    if own:
        return Path(own)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "rimland" / "findings"


def read(run: Run, claim: Claim, thorough: bool) -> Finding | None:
    """Return the kept finding, or None. One that says more than was asked for will do."""
    for more in (True, False) if not thorough else (True,):
        try:
            text = (folder() / _name(run, claim, more)).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        seal, _, body = text.partition("\n")
        if seal != _digest(body.encode()):
            continue
        try:
            return _restored(json.loads(body))
        except (ValueError, TypeError, KeyError):
            continue
    return None


def keep(run: Run, claim: Claim, thorough: bool, finding: Finding) -> None:
    """Keep a finding; where that is not possible, nothing happens."""
    body = json.dumps(asdict(finding), default=_plain)
    path = folder() / _name(run, claim, thorough)
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(f"{_digest(body.encode())}\n{body}", encoding="utf-8")
        part.replace(path)  # whole or not at all
    except OSError:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def tidy() -> None:
    """Drop the oldest findings beyond the most that are kept."""
    try:
        files = sorted(folder().glob("*.json"), key=lambda path: path.stat().st_mtime)
        for path in files[:-MOST]:
            path.unlink(missing_ok=True)
    except OSError:
        return


def _name(run: Run, claim: Claim, thorough: bool) -> str:
    return f"{_digest(f'{identity(run)}|{thorough}|{claim.id}'.encode())}.json"


def identity(run: Run) -> str:
    """Return a digest of all that the findings of a run follow from, but for which claim."""
    import numpy

    assembled = run.scenario.assembled
    parts = (
        package_digest(),
        numpy.__version__,
        sys.version,
        assembled.id,
        assembled.digest,
        f"{run.seed} {run.draws} {run.futures}",
    )
    return _digest("|".join(parts).encode())


@cache
def package_digest() -> str:
    """Return a digest of the package's sources and tables: changed code has other answers."""
    import rimland

    root = Path(rimland.__file__).parent
    made = blake2b(digest_size=16)
    made.update(rimland.__version__.encode())
    for path in sorted(p for p in root.rglob("*") if p.suffix in (".py", ".csv", ".json")):
        made.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return made.hexdigest()


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()


def _plain(value: Any) -> Any:
    if hasattr(value, "item"):
        return value.item()  # a number of numpy
    raise TypeError(f"{type(value)} cannot be kept")


def _restored(data: dict[str, Any]) -> Finding:
    answers = {account: _answer(found) for account, found in data.pop("answers").items()}
    weakened = data.pop("weakened")
    weakened["flags"] = tuple(weakened["flags"])
    data["numbers"] = tuple(data["numbers"])
    return Finding(**data, answers=answers, weakened=Weakened(**weakened))


def _answer(data: dict[str, Any]) -> Answer:
    shown = data["shown"]
    return Answer(
        data["verdict"],
        Shown(**shown) if shown is not None else None,
        tuple((label, text) for label, text in data["lines"]),
        data["details"],
    )
