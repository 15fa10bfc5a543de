"""The rules of the house: what no room may know, how large, how quick, and what a wheel holds."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "rimland"
SCENARIOS = PACKAGE / "scenarios"
PLACES = Path(__file__).with_name("house_places.txt")
LONGEST_MODULE = 400
LARGEST_WHEEL = 5_000_000
# In a process of its own, in processor seconds; numba and scipy alone take longer.
LONGEST_IMPORT_SECONDS = 0.3


def tracked_files() -> list[Path]:
    """Return what git knows, or skip where this is no checkout."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this is not a git checkout")
    paths = [ROOT / name for name in listed.split("\0") if name]
    return [path for path in paths if path.is_file()]


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


# ── what no room may know ────────────────────────────────────────────────────────────────────


def names_of_actors() -> tuple[set[str], set[str]]:
    """Return the codes and the names of the actors of every scenario that ships."""
    codes: set[str] = set()
    names: set[str] = set()
    for file in sorted(SCENARIOS.glob("*/actors.yaml")):
        actors = yaml.safe_load(file.read_text(encoding="utf-8"))["actors"]
        for code, actor in actors.items():
            codes.add(str(code))
            names.add(str(actor["name"]))
    return codes, names


def words_not_to_be_named() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the pattern of forbidden words, and that of the phrases in which they are allowed."""
    lines = [line.strip() for line in PLACES.read_text(encoding="utf-8").splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    places = {line for line in lines if not line.startswith("+")}
    allowed = [line.removeprefix("+").strip() for line in lines if line.startswith("+")]
    codes, names = names_of_actors()
    # Codes as they are written; names and places in any case, and within snake_case too.
    exact = "|".join(sorted(map(re.escape, codes | {"U.S.", "US", "USA", "UK", "ROK", "DPRK"})))
    loose = "|".join(sorted(map(re.escape, names | places), key=len, reverse=True))
    loose = loose.replace(r"\ ", r"[\s_-]+").replace(r"\-", r"[\s_-]?")
    forbidden = re.compile(rf"(?<![A-Za-z])(?:(?:{exact})|(?i:{loose}))(?![A-Za-z])")
    phrases = "|".join(map(re.escape, allowed)).replace(r"\ ", r"\s+")
    return forbidden, re.compile(phrases)


def names_in(text: str) -> list[tuple[int, str]]:
    """Return the lines of a text that name what they may not, each with the word."""
    forbidden, allowed = words_not_to_be_named()
    # A phrase may run over the end of a line; the lines keep their numbers.
    text = allowed.sub(lambda phrase: "\n" * phrase.group().count("\n"), text)
    return [
        (text.count("\n", 0, word.start()) + 1, word.group()) for word in forbidden.finditer(text)
    ]


def texts_that_know_no_scenario() -> Iterator[Path]:
    """Yield the package's own texts and the front end's sources.

    Left out: the scenarios; pages/dist, whose map of the world names every state (what we write
    ourselves into dist is in web/src); and the fits, which give a number for every state.
    """
    for file in sorted(PACKAGE.rglob("*")):
        inside = file.relative_to(PACKAGE).parts
        if inside[0] == "scenarios" or inside[:2] in (("pages", "dist"), ("history", "fits")):
            continue
        if "__pycache__" in inside:
            continue
        if file.suffix in {".py", ".csv", ".json", ".txt", ".yaml", ".md", ".typed", ".html"}:
            yield file
    for file in sorted((ROOT / "web" / "src").rglob("*")):
        if file.suffix in {".ts", ".js", ".svelte", ".css", ".html", ".json"}:
            yield file


def test_the_package_names_no_actor_or_place_of_a_scenario_that_ships() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{line} names '{word}'"
        for file in texts_that_know_no_scenario()
        for line, word in names_in(file.read_text(encoding="utf-8"))
    ]
    assert not found, "\n".join(found)


def test_the_search_for_names_finds_them_however_they_are_written() -> None:
    for text in ("Taiwan", "taiwan_strait", "South China Sea", "south-china-sea", "in the US, it"):
        assert names_in(text), text
    for text in ("", "AAA", "strait", "status", "thus", "indopacified", "machine", "chinaware"):
        assert not names_in(text), text
    assert not names_in("Journal of the American\n  Statistical Association 109")
    assert names_in("one\ntwo, the American\nway") == [(2, "American")]


def test_the_actors_of_every_scenario_that_ships_are_among_the_words_searched_for() -> None:
    codes, names = names_of_actors()
    if not codes:
        pytest.skip("no scenario ships yet")
    assert all(names_in(word) for word in codes | names)


# ── size, purpose, quickness ─────────────────────────────────────────────────────────────────


def test_every_module_can_be_read_in_one_sitting() -> None:
    lengths = {
        str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines())
        for file in modules()
    }
    assert {name: n for name, n in lengths.items() if n >= LONGEST_MODULE} == {}


def test_the_first_line_of_every_room_says_its_purpose() -> None:
    silent = []
    for folder in sorted({file.parent for file in modules()}):
        file = folder / "__init__.py"
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        says = (ast.get_docstring(ast.parse(text)) or "").split("\n")[0]
        if not (text.startswith('"""') and says.endswith(".") and 20 <= len(says) <= 120):
            silent.append(str(file.relative_to(ROOT)))
    assert silent == []


IMPORT = """
import json, sys, time
began = time.process_time()
import rimland
seconds = time.process_time() - began
loaded = sorted({name.split(".")[0] for name in sys.modules})
print(json.dumps({"seconds": seconds, "modules": loaded}))
"""


def imported() -> tuple[float, set[str]]:
    """Import the package in a new process; return processor seconds and top-level modules."""
    answer = subprocess.run(
        [sys.executable, "-c", IMPORT], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    found = json.loads(answer)
    return float(found["seconds"]), set(found["modules"])


def test_importing_the_package_loads_neither_numba_nor_scipy() -> None:
    _, loaded = imported()
    assert loaded & {"numba", "llvmlite", "scipy", "matplotlib"} == set()


def test_importing_the_package_is_quick() -> None:
    # The best of five: a busy machine makes single runs slower, never faster.
    assert min(imported()[0] for _ in range(5)) < LONGEST_IMPORT_SECONDS


# ── what is kept, and what is shipped ────────────────────────────────────────────────────────

# Hosts are written in halves, so that this file passes its own test.
REGISTRY_HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs"),
        ("npmjs", "org"),
        ("yarnpkg", "com"),
        ("deb", "debian", "org"),
        ("archive", "ubuntu", "com"),
        ("crates", "io"),
    )
]
MACHINE_PATH = re.compile(r"(?<![\w.}/:*-])/(?:work|root|home|Users|opt|mnt)/\w")
TEXT_SUFFIXES = {
    *{".py", ".sh", ".md", ".txt", ".toml", ".cfg", ".yaml", ".yml", ".json", ".csv", ".ts"},
    *{".js", ".mjs", ".svelte", ".css", ".html", ".svg", ".npmrc", ""},
}


def test_no_tracked_file_names_a_package_registry_or_a_path_of_one_machine() -> None:
    found = []
    for file in tracked_files():
        if file.suffix not in TEXT_SUFFIXES:
            continue
        name = file.relative_to(ROOT)
        built = name.parts[:4] == ("src", "rimland", "pages", "dist")
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            found += [f"{name}:{number} names {host}" for host in REGISTRY_HOSTS if host in line]
            # A minified bundle has regular expressions that look like paths.
            if not built and MACHINE_PATH.search(line):
                found.append(f"{name}:{number} names a path of one machine")
    assert not found, "\n".join(found)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built from this checkout without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", ".", "--no-deps", "--no-build-isolation"]
    built = subprocess.run(
        [*command, "--no-index", "--quiet", "--wheel-dir", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )
    assert built.returncode == 0, built.stderr
    return zipfile.ZipFile(next(folder.glob("rimland-*.whl")))


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(
    wheel: zipfile.ZipFile,
) -> None:
    inside = {name for name in wheel.namelist() if ".dist-info/" not in name}
    kept = {
        str(path.relative_to(ROOT / "src")) for path in tracked_files() if PACKAGE in path.parents
    }
    assert kept - inside == set()
    # Files not yet committed may be there too, but nothing that was made by running.
    assert {name for name in inside if "__pycache__" in name or "node_modules" in name} == set()


HELD = {
    "scenarios": r"rimland/scenarios/[\w-]+/scenario\.yaml",
    "claims": r"rimland/scenarios/[\w-]+/claims\.yaml",
    "tables of defaults": r"rimland/vocab/tables/\w+\.csv",
    "the built front end": r"rimland/pages/dist/.+",
    "the licence": r"rimland-[\d.]+\.dist-info/licenses/LICENSE",
    "the licences of the front end": r"rimland/pages/dist/licences\.txt",
}


@pytest.mark.parametrize("what", HELD)
def test_the_wheel_holds(wheel: zipfile.ZipFile, what: str) -> None:
    assert any(re.fullmatch(HELD[what], name) for name in wheel.namelist())


def test_the_wheel_is_small(wheel: zipfile.ZipFile) -> None:
    assert sum(entry.compress_size for entry in wheel.infolist()) < LARGEST_WHEEL


# ── the documents ────────────────────────────────────────────────────────────────────────────


def documents() -> list[Path]:
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def test_every_link_within_the_documents_leads_somewhere() -> None:
    dead = []
    for file in documents():
        text = re.sub(r"<!--.*?-->", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            path = target.split("#")[0]
            if path and "://" not in path and not (file.parent / path).exists():
                dead.append(f"{file.relative_to(ROOT)} links to {target}")
    assert dead == []


def test_no_document_has_a_gap_left_to_fill() -> None:
    open_ends = [
        f"{file.relative_to(ROOT)}:{number} {line.strip()}"
        for file in documents()
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        if "TODO" in line
    ]
    assert open_ends == []


def test_the_readme_gives_the_commands_that_ci_runs() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "pip install . && rimland demo" in readme
    assert "make test" in readme


def test_the_page_of_commands_is_what_the_commands_say_of_themselves() -> None:
    command = [sys.executable, "-c", "from rimland.cli import app"]
    if subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("there is no command line yet")
    tool = [sys.executable, str(ROOT / "tools" / "cli_docs.py")]
    checked = subprocess.run(tool, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr
