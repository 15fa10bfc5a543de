"""What a stored run says of itself: its head, its parts, and whether they are what they were."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rimland.engine.folder import digest_of, digest_of_file
from rimland.engine.shards import Part, cut, share
from rimland.errors import RunError
from rimland.program.codec import program_to_json
from rimland.program.model import Program, Switch

FORMAT, VERSION = "rimland-run", 1
MANIFEST, JOURNAL = "manifest.json", "journal.jsonl"
PARTS, UNFINISHED, GROWN = "parts", "unfinished", "grown"
_HEAD: dict[str, tuple[type, ...]] = {
    "rimland": (str,),
    "name": (str,),
    "program": (str,),
    "theta": (str,),
    "seed": (int,),
    "branch": (int,),
    "draws": (int,),
    "futures": (int,),
    "horizon_days": (int, float),
    "grid_days": (list,),
    "switch": (dict,),
    "observers": (list,),
    "part_futures": (int,),
    "shard": (list,),
}
_SAYS = {
    "rimland": "rimland version",
    "program": "program (digest)",
    "theta": "theta (digest)",
    "horizon_days": "horizon in days",
    "grid_days": "grid of days",
}


@dataclass(frozen=True)
class Kept:
    """A part that is on the disk: the size and the digest of its file."""

    part: Part
    bytes: int
    digest: str


def program_digest(program: Program) -> str:
    """Return 32 hex digits of a program; the order in which things are declared is not in them."""
    data = program_to_json(program)
    for key, value in data.items():
        if isinstance(value, list):
            data[key] = sorted(value, key=lambda entry: str(entry["name"]))
    return digest_of(json.dumps(data, sort_keys=True, allow_nan=False).encode())


def theta_digest(program: Program, rows: NDArray[np.float64]) -> str:
    """Return 32 hex digits of theta's columns in the order of the parameters' names."""
    columns = sorted((p.name, column) for column, p in enumerate(program.parameters))
    data = [str(len(rows)).encode()]
    for name, column in columns:
        data += [name.encode() + b"\0", np.ascontiguousarray(rows[:, column], "<f8").tobytes()]
    return digest_of(b"".join(data))


def switch_to_json(switch: Switch) -> dict[str, Any]:
    """Return a switch as JSON data, whatever the order in which it was put together."""
    starts = {name: int(switch.starts[name]) for name in sorted(switch.starts)}
    holds = sorted(switch.holds, key=lambda hold: hold.variable)
    return {"starts": starts, "holds": [dataclasses.asdict(hold) for hold in holds]}


def package_version() -> str:
    """Return the version of this package."""
    try:
        return metadata.version("rimland")
    except metadata.PackageNotFoundError:  # run from its sources without being installed
        return "unknown"


def check_same(
    ours: dict[str, Any], other: dict[str, Any], folder: Path, what: str, but: tuple[str, ...]
) -> None:
    """Raise RunError that names the first thing in which two heads differ, but for some."""
    for key, value in ours.items():
        if key not in but and value != other.get(key):
            says = _SAYS.get(key, key)
            raise RunError(
                f"'{folder}' holds another run than {what}: its {says} is {_short(value)}, "
                f"not {_short(other.get(key))}"
            )


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."


def entry_of(kept: Kept) -> dict[str, Any]:
    """Return a kept part as manifest and journal tell of it."""
    part = dataclasses.asdict(kept.part)
    return {"file": kept.part.file, **part, "bytes": kept.bytes, "digest": kept.digest}


def line_of(data: dict[str, Any]) -> bytes:
    """Return a line of the journal, without its end."""
    return json.dumps(data, ensure_ascii=False, allow_nan=False).encode()


def share_of(head: dict[str, Any]) -> tuple[Part, ...]:
    """Return the parts that the folder of this head has once it is finished."""
    parts = cut(head["draws"], head["futures"], head["part_futures"])
    return share(parts, tuple(head["shard"]))


def kept_of(head: dict[str, Any], entries: Any, path: Path) -> tuple[Kept, ...]:
    """Return the parts that a manifest or journal tells of; they have to be those of its head."""
    mine = {part.number: part for part in share_of(head)}
    kept: dict[int, Kept] = {}
    if not isinstance(entries, list):
        raise damaged(path, "it has no list of parts")
    for entry in entries:
        try:
            one = Kept(mine[entry["number"]], entry["bytes"], entry["digest"])
        except (KeyError, TypeError):
            raise damaged(path, "it tells of a part that is not of this run") from None
        if entry != entry_of(one):
            raise damaged(path, f"it tells another part {one.part.number} than the run has")
        kept[one.part.number] = one  # a part that was made anew is told of twice; the last counts
    if path.name == MANIFEST and len(kept) != len(mine):
        raise damaged(path, f"it tells of {len(kept)} parts; the run has {len(mine)}")
    return tuple(kept[number] for number in sorted(kept))


def check_head(data: dict[str, Any], path: Path) -> None:
    """Raise RunError when this is not the head of a run, or one in another format."""
    if data.get("format") != FORMAT:
        raise RunError(f"{path}: tells of no run; expected format '{FORMAT}'")
    if data.get("version") != VERSION:
        raise RunError(
            f"{path}: is in version {data.get('version')!r} of the format, this rimland reads "
            f"version {VERSION}; another rimland made it"
        )
    for key, types in _HEAD.items():
        if not isinstance(data.get(key), types) or isinstance(data[key], bool):
            raise damaged(path, f"'{key}' is missing or no {types[0].__name__}")
    shard = data["shard"]
    if len(shard) != 2 or not all(type(number) is int for number in shard):
        raise damaged(path, "'shard' is no pair of whole numbers")
    for key, item in (("grid_days", (int, float)), ("observers", str)):
        if not all(isinstance(x, item) and not isinstance(x, bool) for x in data[key]):
            raise damaged(path, f"'{key}' holds something else than it should")
    if data["draws"] < 1 or data["futures"] < 1:
        raise damaged(path, "it has no futures")


def object_of(text: bytes, path: Path) -> dict[str, Any]:
    """Return the JSON object of a text; raises RunError when it is none."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise damaged(path, "it is no JSON object")
    return data


def check_part(path: Path, kept: Kept, thorough: bool) -> None:
    """Raise RunError when a part is missing or torn; its digest is looked at if thorough."""
    try:
        size = path.stat().st_size
        if size != kept.bytes:
            raise torn(path, f"{size:,} bytes are there of {kept.bytes:,}")
        if thorough and digest_of_file(path) != kept.digest:
            raise torn(path, "its content is not what was written")
    except FileNotFoundError:
        raise torn(path, "it is missing") from None
    except OSError as error:
        raise RunError(f"{path}: could not be read: {error.strerror}") from error


def torn(path: Path, why: str) -> RunError:
    """Return what to say of a part that is not what was written."""
    return RunError(f"{path}: {why}; make the same run again and this part is made anew")


def damaged(path: Path, why: str) -> RunError:
    """Return what to say of a manifest or journal that makes no sense."""
    return RunError(f"{path}: is damaged: {why}")
