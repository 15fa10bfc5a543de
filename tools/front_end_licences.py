"""Writes licences/front-end.txt: the terms of what the built front end contains.

    python tools/front_end_licences.py            exit 1 and say so when it is not up to date
    python tools/front_end_licences.py --write    write it

Reads web/package.json and what `npm ci` installed. What only builds or checks is left out; of the
rest, everything that it depends on is named, whether or not the bundler kept it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
PAGE = ROOT / "licences" / "front-end.txt"
HEAD = """\
The page that rimland writes contains a built front end (src/rimland/pages/dist), and that contains
parts of the packages below, each under its own terms.
"""
# Parts of names of packages that build or check and leave nothing in the bundle.
BUILDERS = ("vite", "svelte-check", "typescript", "eslint", "prettier", "playwright", "@types/")
# Of svelte only its runtime is bundled; what it depends on belongs to its compiler.
COMPILED_AWAY = {"svelte"}


def manifest(folder: Path) -> dict[str, Any]:
    """Return a package.json."""
    found: dict[str, Any] = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    return found


def bundled() -> dict[str, Path]:
    """Return every package that can be in the bundle, with its folder, sorted by name."""
    own = manifest(WEB)
    wanted = [*own.get("dependencies", {}), *own.get("devDependencies", {})]
    waiting = [(name, WEB) for name in wanted if not any(part in name for part in BUILDERS)]
    found: dict[str, Path] = {}
    while waiting:
        name, asker = waiting.pop()
        # As Node resolves: beside the asker first, then further up.
        homes = (folder / "node_modules" / name for folder in (asker, *asker.parents))
        folder = next((home for home in homes if (home / "package.json").exists()), None)
        if folder is None or name in found or name.startswith("@types/"):
            continue
        found[name] = folder
        if name not in COMPILED_AWAY:
            waiting += [(child, folder) for child in manifest(folder).get("dependencies", {})]
    return dict(sorted(found.items()))


def terms(name: str, folder: Path) -> tuple[str, str]:
    """Return one package's line (name, version, licence, author), and its text if it ships one."""
    about = manifest(folder)
    author = about.get("author", "")
    author = author.get("name", "") if isinstance(author, dict) else str(author)
    author = author.split("<")[0].split("(")[0].strip()
    line = f"{name} {about['version']} · {about.get('license', 'no licence named')}"
    texts = sorted(file for file in folder.iterdir() if file.name.upper().startswith("LICEN"))
    body = texts[0].read_text(encoding="utf-8").strip() if texts else ""
    return f"{line} · {author}" if author else line, body


def page() -> str:
    """Return the whole file: packages with the same text stand together above it."""
    together: dict[str, list[str]] = {}
    for name, folder in bundled().items():
        line, body = terms(name, folder)
        together.setdefault(body, []).append(line)
    entries = ["\n".join(lines) + f"\n\n{body}".rstrip() for body, lines in together.items()]
    return f"\n\n{'─' * 80}\n".join([HEAD.rstrip(), *entries]) + "\n"


def main(arguments: list[str]) -> int:
    """Compare or write the file; return the exit code."""
    text = page()
    if "--write" in arguments:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(text, encoding="utf-8")
        return 0
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == text:
        return 0
    print("licences/front-end.txt is not what web/ installs; run 'make web' and commit it.")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
