"""Scaffolding: a small scenario of an invented system that runs, to be replaced piece by piece."""

from __future__ import annotations

import re
import shutil
from importlib.resources import as_file, files
from pathlib import Path

from rimland.errors import RimlandError

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def make_scenario(name: str, folder: Path) -> Path:
    """Copy the template to a new folder called `name` inside `folder`, and return it.

    The name is what commands call the scenario: lower-case letters, digits and single hyphens.
    Raises RimlandError for another name, where something of that name is there already, and where
    the folder cannot be written; nothing half-made is left then.
    """
    if not _NAME.fullmatch(name):
        guess = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        hint = f" Did you mean '{guess}'?" if guess else ""
        raise RimlandError(
            f"'{name}' cannot be the name of a scenario; expected lower-case letters, digits and "
            f"single hyphens, such as 'two-straits'.{hint}"
        )
    target = Path(folder) / name
    if target.exists() or target.is_symlink():
        raise RimlandError(
            f"'{target}' is there already, and nothing in it was touched; "
            "choose another name, or move it away first."
        )
    try:
        with as_file(files("rimland.scenario") / "template") as template:
            files_ = sorted([*template.glob("*.yaml"), *template.glob("*.csv")])
            texts = [(path.name, path.read_bytes()) for path in files_]
        target.mkdir(parents=True)
    except OSError as error:
        raise RimlandError(f"'{target}' cannot be made: {error.strerror}.") from None
    try:
        for file, text in texts:
            (target / file).write_bytes(text)
    except OSError as error:
        shutil.rmtree(target, ignore_errors=True)
        raise RimlandError(f"'{target}' cannot be written: {error.strerror}.") from None
    return target
