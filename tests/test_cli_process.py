"""The command as a process: signals, pipes, terminals, and how soon it answers."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rimland.scenario.locate import shipped
from strait import template

RIMLAND = [sys.executable, "-m", "rimland"]
LONGEST_HELP_SECONDS = 0.5
# A second is what is promised; the machine that tests may be busy.
LONGEST_STOP_SECONDS = 2.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("process")
    template(folder)
    return folder


def started(*words: str, folder: Path, **more: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*RIMLAND, *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **more},
    )


@pytest.mark.parametrize("after_seconds", [1.0, 2.5])
def test_ctrl_c_stops_within_a_second_and_leaves_nothing_half_written(
    after_seconds: float, folder: Path
) -> None:
    large = ("--draws", "3000", "--futures", "500")
    process = started("report", next(iter(shipped())), "--out", "p.html", *large, folder=folder)
    time.sleep(after_seconds)
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    out, err = process.communicate(timeout=30)
    assert time.monotonic() - began < LONGEST_STOP_SECONDS
    # a shell says 130 of both: of what returned that, and of what the signal ended
    assert process.returncode in (130, -signal.SIGINT)
    assert out == b""
    assert b"Traceback" not in err
    assert err in (b"", b"stopped; nothing half-made was kept\n")
    assert [path.name for path in folder.iterdir()] == ["my-strait"]


def test_ctrl_c_is_answered_where_the_work_does_not_listen(folder: Path) -> None:
    # as while the compiler works, which takes no notice of what Python raises
    code = (
        "import sys, time\n"
        "from rimland.cli.guard import guarded\n"
        "def work(**_):\n"
        "    print('deaf', flush=True)\n"
        "    for _ in range(20):\n"
        "        try: time.sleep(0.5)\n"
        "        except KeyboardInterrupt: pass\n"
        "sys.exit(guarded(work, []))\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"deaf\n"
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    _, err = process.communicate(timeout=30)
    assert time.monotonic() - began < LONGEST_STOP_SECONDS
    assert process.returncode == 130
    assert err == b"stopped; nothing half-made was kept\n"


@pytest.mark.parametrize("words", [("cite", "{s}"), ("cite", "{s}", "--json")])
def test_a_reader_that_had_enough_is_no_error(words: tuple[str, ...], folder: Path) -> None:
    scenario = next(iter(shipped()))
    process = started(*(w.format(s=scenario) for w in words), folder=folder)
    assert process.stdout is not None
    assert process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    # some systems take a write whole that was under way when the reader left
    assert process.wait(timeout=30) in ((141, 0) if "--json" in words else (141,))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_is_said_plainly(folder: Path) -> None:
    with open("/dev/full", "wb") as full:
        found = subprocess.run(
            [*RIMLAND, "cite", "my-strait"], cwd=folder, stdout=full, stderr=subprocess.PIPE
        )
    assert found.returncode == 2
    assert found.stderr == b"the output: No space left on device\n"


def test_a_terminal_of_plain_signs_alone_gets_plain_signs(folder: Path) -> None:
    plain = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    words = ("compare", "my-strait", "no-dock", "--draws", "5", "--futures", "2")
    process = started(*words, folder=folder, **plain)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")
    assert b"5-95 %" in out.decode("ascii").encode()


def on_a_terminal(words: list[str], folder: Path, stdout: int | None, **more: str) -> str:
    """Run with the error stream, and standard output unless given, on a terminal; return both."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*RIMLAND, *words],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=theirs if stdout is None else stdout,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", **more},
    )
    os.close(theirs)
    text = b""
    with contextlib.suppress(OSError):  # a terminal that is closed gives an error and no end
        while part := os.read(ours, 4096):
            text += part
    os.close(ours)
    assert process.wait(timeout=60) == 0, text.decode()
    return text.decode()


COLOUR = re.compile(r"\x1b\[(?:\d+;)*[39][0-7]m")
SMALL = ["judge", "my-strait", "--draws", "29", "--futures", "4"]


@pytest.mark.parametrize("no_colour", [False, True])
def test_colours_are_for_terminals_that_want_them(no_colour: bool, folder: Path) -> None:
    more = {"NO_COLOR": "1"} if no_colour else {}
    words = [*SMALL, "--claim", "talks-took-months"]
    shown = on_a_terminal(words, folder, None, **more)
    assert bool(COLOUR.search(shown)) is not no_colour
    assert "holds" in shown


def test_a_bar_is_for_who_waits_at_a_terminal_and_stays_out_of_the_output(folder: Path) -> None:
    words = [*SMALL, "--claim", "staff-speeds-answer"]
    with open(folder / "judged.txt", "wb") as file:
        bar = on_a_terminal(words, folder, file.fileno())
    assert re.search(r"running|judging", bar)
    text = (folder / "judged.txt").read_text(encoding="utf-8")
    assert "\x1b" not in text
    assert text.startswith("Plan: ")
    with open(folder / "judged.txt", "wb") as file:
        assert on_a_terminal([*words, "--json"], folder, file.fileno()) == ""
    assert json.loads((folder / "judged.txt").read_text(encoding="utf-8"))["draws"] == 29
    (folder / "judged.txt").unlink()


def test_help_comes_at_once_without_loading_what_computes() -> None:
    code = (
        "import sys, time\n"
        "from rimland.cli import call\n"
        "call(['--help'])\n"
        "slow = {'numba', 'scipy', 'polars', 'numpy'} & set(sys.modules)\n"
        "print(time.process_time(), *slow, file=sys.stderr)\n"
    )
    took = []
    for _ in range(3):
        found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        seconds, *slow = found.stderr.split()
        assert slow == []
        took.append(float(seconds))
    assert min(took) < LONGEST_HELP_SECONDS


def test_python_with_the_package_is_the_same_command(folder: Path) -> None:
    process = started("--version", folder=folder)
    out, err = process.communicate(timeout=30)
    assert re.fullmatch(rb"rimland \d+\.\d+\.\d+\n", out)
    assert (process.returncode, err) == (0, b"")
