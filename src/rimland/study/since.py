"""Since: what an earlier judgement of a scenario said, and which claims changed, by what."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from rimland.errors import RimlandError
from rimland.notation.problems import ScenarioError
from rimland.scenario.locate import HEADING

if TYPE_CHECKING:
    from rimland.study.run import Run
    from rimland.study.scenario import Scenario

Plain = dict[str, Any]
MOST_NUMBERS = 5
"""Changed numbers that a text names; the rest are counted."""


@dataclass(frozen=True)
class Change:
    """One claim, then and now. `differences` are those of its protocol: field, before, after.

    `because` says what else changed where the verdict did and the protocol did not.
    """

    id: str
    says: str
    kind: str
    """protocol, verdict, new, gone, or same."""
    before: str | None
    after: str | None
    structures_before: Plain
    structures_after: Plain
    differences: tuple[tuple[str, Any, Any], ...] = ()
    because: tuple[str, ...] = ()

    @property
    def verdict_changed(self) -> bool:
        """Whether the overall verdict is another one."""
        return self.before != self.after

    def to_json(self) -> Plain:
        """Return plain values."""
        rows = [{"field": f, "before": b, "after": a} for f, b, a in self.differences]
        return {
            **asdict(self),
            "differences": rows,
            "because": list(self.because),
            "verdict_changed": self.verdict_changed,
        }


@dataclass(frozen=True)
class Since:
    """All claims, then and now; `than` says what they are compared with."""

    than: str
    changes: tuple[Change, ...]

    def of(self, kind: str) -> list[Change]:
        """Return the changes of a kind."""
        return [change for change in self.changes if change.kind == kind]

    def to_json(self) -> Plain:
        """Return plain values; claims that are the same are counted."""
        shown = [change.to_json() for change in self.changes if change.kind != "same"]
        return {"since": self.than, "same": len(self.of("same")), "changes": shown}


def earlier(scenario: Scenario, since: str, like: Run, claims: Iterable[str] | None) -> Plain:
    """Return an earlier judgement as `judge --json` gives it.

    `since` is a saved file of `judge --json`, another folder of the scenario, or a git revision of
    the scenario's own folder; what is not saved is judged now, with this package and the sizes of
    `like`. Raises RimlandError that says what was looked for and not found.
    """
    path = Path(since)
    if path.is_file() and path.name != HEADING:
        return _saved(path, scenario.id)
    if path.is_dir() or path.name == HEADING:
        return _judged(path, since, like, claims)
    with _at_revision(scenario, since) as folder:
        return _judged(folder, f"revision '{since}'", like, claims)


def compare(before: Mapping[str, Any], now: Mapping[str, Any], than: str) -> Since:
    """Return what changed between two judgements; claims in the order of the later one.

    Where only some claims were judged now, only these are compared.
    """
    then = {claim["id"]: claim for claim in before["claims"]}
    ids = {claim["id"] for claim in now["claims"]}
    changes = [_change(then.get(c["id"]), c, before, now) for c in now["claims"]]
    if not now.get("partial"):
        gone = [c for name, c in then.items() if name not in ids]
        changes += [_change(c, None, before, now) for c in gone]
    return Since(than, tuple(changes))


def _change(
    then: Plain | None, claim: Plain | None, before: Mapping[str, Any], now: Mapping[str, Any]
) -> Change:
    known = claim or then
    assert known is not None
    old, new = then or {}, claim or {}
    differences = _differences(old, new, before, now) if then and claim else ()
    moved = (old.get("verdict"), old.get("structures")) != (
        new.get("verdict"),
        new.get("structures"),
    )
    kind = "gone" if claim is None else "new" if then is None else "same"
    if kind == "same" and (differences or moved):
        kind = "protocol" if differences else "verdict"
    return Change(
        known["id"],
        known["says"],
        kind,
        old.get("verdict"),
        new.get("verdict"),
        old.get("structures") or {},
        new.get("structures") or {},
        differences,
        _because(old, new, before, now) if kind == "verdict" else (),
    )


def _differences(
    old: Plain, new: Plain, before: Mapping[str, Any], now: Mapping[str, Any]
) -> tuple[tuple[str, Any, Any], ...]:
    """Return what differs in two protocols, and in the variants that both name."""
    a, b = _flat(old.get("protocol") or {}), _flat(new.get("protocol") or {})
    for key in ("kind",):
        a[key], b[key] = old.get(key), new.get(key)
    rows = [(k, a.get(k), b.get(k)) for k in dict.fromkeys([*a, *b]) if a.get(k) != b.get(k)]
    variants, others = before.get("variants") or {}, now.get("variants") or {}
    used = set(map(str, a.values())) & set(map(str, b.values()))
    for name in sorted(used & set(variants) & set(others)):
        x, y = _flat(variants[name]), _flat(others[name])
        rows += [
            (f"variant {name}, {k}", x.get(k), y.get(k))
            for k in dict.fromkeys([*x, *y])
            if x.get(k) != y.get(k)
        ]
    return tuple(rows)


def _flat(data: Any, head: str = "") -> Plain:
    """Return nested mappings and lists as one, keys joined by dots."""
    if isinstance(data, Mapping):
        parts = [_flat(v, f"{head}.{k}" if head else str(k)) for k, v in data.items()]
    elif isinstance(data, (list, tuple)):
        parts = [_flat(v, f"{head}[{i}]") for i, v in enumerate(data)]
    else:
        return {head: data}
    return {k: v for part in parts for k, v in part.items()}


def _because(
    old: Plain, new: Plain, before: Mapping[str, Any], now: Mapping[str, Any]
) -> tuple[str, ...]:
    """Return what changed beside the protocol, in words."""
    said = []
    sizes = [key for key in ("draws", "futures", "seed") if before.get(key) != now.get(key)]
    if sizes:
        said.append("; ".join(f"{key} {before.get(key)} then, {now.get(key)} now" for key in sizes))
    numbers, others = before.get("numbers"), now.get("numbers") or {}
    if numbers is None:
        said.append("the earlier judgement does not say its numbers")
    else:
        reached = dict.fromkeys([*(old.get("numbers") or ()), *(new.get("numbers") or ())])
        keys = [k for k in dict.fromkeys([*numbers, *others]) if k.split(" under ")[0] in reached]
        changed = [k for k in keys if numbers.get(k) != others.get(k)]
        for k in changed[:MOST_NUMBERS]:
            said.append(f"{k}: {numbers.get(k, 'not there')} then, {others.get(k, 'gone')} now")
        if len(changed) > MOST_NUMBERS:
            said.append(f"and {len(changed) - MOST_NUMBERS} more numbers changed")
    if before.get("package") != now.get("package"):
        then, this = (x.get("version") or "unknown" for x in (before, now))
        said.append(f"the package changed (version {then} then, {this} now)")
    if not said:
        differ = before.get("content") != now.get("content")
        said.append(
            "the scenario's files changed elsewhere (levels, guards or dates)"
            if differ
            else "nothing that could change it was found"
        )
    return tuple(said)


def _saved(path: Path, scenario: str) -> Plain:
    wanted = "a file that `rimland judge SCENARIO --json > FILE` wrote"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RimlandError(f"'{path}' is not JSON ({error}); expected {wanted}.") from None
    claims = data.get("claims") if isinstance(data, dict) else None
    whole = isinstance(claims, list) and all(
        isinstance(c, dict) and {"id", "says", "verdict"} <= set(c) for c in claims
    )
    if not whole:
        raise RimlandError(f"'{path}' holds no judgement; expected {wanted}.")
    if data.get("scenario") != scenario:
        raise RimlandError(
            f"'{path}' is a judgement of '{data.get('scenario')}', and not of '{scenario}'."
        )
    return dict(data)


def _judged(folder: Path, called: str, like: Run, claims: Iterable[str] | None) -> Plain:
    from rimland.study.judge import claims_named, describe_plan
    from rimland.study.page import judge_json
    from rimland.study.scenario import load

    try:
        found = load(folder)
    except ScenarioError as error:
        first = str(error).splitlines()[0]
        raise RimlandError(
            f"the scenario of {called} is not sound for this version of rimland: {first} "
            "Compare with a file of `judge --json` from that time instead."
        ) from None
    run = found.run(like.draws, like.futures, like.seed, keeps=like.keeps)
    wanted = [c for c in claims or () if c in found.assembled.claims] if claims else None
    findings = run.judge(wanted, thorough=False)
    return judge_json(run, findings, describe_plan(run, claims_named(found.assembled, wanted)))


@contextmanager
def _at_revision(scenario: Scenario, revision: str) -> Iterator[Path]:
    """Yield the scenario's folder as it was at a git revision, in a place of its own."""
    folder = scenario.assembled.folder.resolve()
    looked = f"there is no file and no folder '{revision}' to compare with, and"
    if shutil.which("git") is None:
        raise RimlandError(f"{looked} no git to ask for a revision of that name.")
    inside = _git(folder, "rev-parse", "--show-prefix")
    if inside is None:
        raise RimlandError(f"{looked} '{folder}' is in no git repository.")
    commit = _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options",
                  f"{revision}^{{commit}}")  # fmt: skip
    if commit is None:
        raise RimlandError(f"{looked} git knows no revision of that name.")
    prefix = inside.decode().strip().rstrip("/")
    # from within a folder, git packs that folder alone
    packed = _git(folder, "archive", "--format=tar", commit.decode().strip())
    if packed is None:
        raise RimlandError(f"at revision '{revision}' there was no folder '{prefix}' yet.")
    with tempfile.TemporaryDirectory() as made:
        target = Path(made) / scenario.id
        target.mkdir()
        with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
            for member in tar.getmembers():
                parts = PurePosixPath(member.name).parts
                content = tar.extractfile(member) if member.isfile() else None
                if content is None or ".." in parts or PurePosixPath(member.name).is_absolute():
                    continue
                path = target.joinpath(*parts)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content.read())
        if not (target / HEADING).is_file():
            raise RimlandError(f"at revision '{revision}' '{prefix}' held no {HEADING}.")
        yield target


def _git(folder: Path, *words: str) -> bytes | None:
    """Return what git says about the folder, or None where it refuses."""
    done = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else None
