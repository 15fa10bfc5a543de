"""The terminal: where text goes, how failure is said, and a bar for what takes time."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

ANSWER_NO = 1
FAILED = 2
STOPPED = 130
"""What a shell returns for what was stopped with Ctrl-C."""
UNREAD = 141
"""What a shell returns for what wrote to a reader that had gone."""

Step = Callable[[int, int], None]

_PLAIN = str.maketrans(
    {"−": "-", "–": "-", "—": "-", "×": "x", "·": "|", "→": "->", "±": "+/-", "…": "..."}
    | {"─": "-", "●": "o", "¦": "|"}
    | {"\u202f": " ", "\u00a0": " ", "‘": "'", "’": "'", "“": '"', "”": '"'}
)


class Unread(Exception):  # noqa: N818 - the reader had enough; nothing went wrong
    """Whoever read the output closed it."""


class Stream:
    """Standard output or error at the time of writing, in signs that it can show.

    Leaves no spaces at the ends of lines, which tables would. Raises Unread when the other end
    of a pipe is closed.
    """

    def __init__(self, name: str) -> None:
        """Remember which of `sys.stdout` and `sys.stderr` is meant."""
        self.name = name

    @property
    def _file(self) -> IO[str]:
        file: IO[str] = getattr(sys, self.name)
        return file

    @property
    def encoding(self) -> str:
        """The encoding of the stream behind."""
        return getattr(self._file, "encoding", None) or "utf-8"

    def write(self, text: str) -> int:
        """Write `text`; what the encoding lacks is written in plainer signs."""
        if self.name == "stdout":  # a moving bar needs its spaces
            text = _trimmed(text)
        try:
            text.encode(self.encoding)
        except UnicodeEncodeError:
            text = text.translate(_PLAIN).encode(self.encoding, "replace").decode(self.encoding)
        try:
            return self._file.write(text)
        except BrokenPipeError:
            raise Unread from None

    def flush(self) -> None:
        """Send on what was written."""
        try:
            self._file.flush()
        except BrokenPipeError:
            raise Unread from None

    def isatty(self) -> bool:
        """Whether a person reads along."""
        return self._file.isatty()

    def fileno(self) -> int:
        """The descriptor of the stream behind."""
        return self._file.fileno()


def _trimmed(text: str) -> str:
    """Return `text` without spaces before line ends, those before a change of colour included."""
    if " " not in text:
        return text
    *whole, rest = text.split("\n")
    lines = []
    for line in whole:
        end = len(line)
        codes = ""
        while True:
            stripped = line[:end].rstrip(" ")
            start = stripped.rfind("\x1b[")
            code = stripped[start:] if start >= 0 else ""
            if code.endswith("m") and code[2:-1].replace(";", "").isdigit():
                codes, end = code + codes, start
            else:
                break
        lines.append(stripped + codes)
    return "\n".join([*lines, rest])


_out, _err = Stream("stdout"), Stream("stderr")
out = Console(file=_out, highlight=False, soft_wrap=False)  # type: ignore[arg-type]
err = Console(file=_err, highlight=False, soft_wrap=True)  # type: ignore[arg-type]


def fail(message: str) -> None:
    """Say on the error stream why something could not be done."""
    err.print(message, markup=False)


def print_json(data: Any) -> None:
    """Print plain JSON; what is not a finite number is null."""
    plain = "utf" not in _out.encoding.lower()
    _out.write(json.dumps(_finite(data), ensure_ascii=plain, indent=1) + "\n")
    _out.flush()


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(inner) for inner in value]
    return value


@contextmanager
def progress(what: str, quiet: bool, then: str = "") -> Iterator[Step | None]:
    """Show a bar on the error stream while the block runs; nothing when quiet or not a terminal.

    `then` says what is done once all futures are there.
    """
    if quiet or not err.is_terminal:
        yield None
        return
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=32),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    with bar:
        task = bar.add_task("getting ready", total=None)

        def step(done: int, total: int) -> None:
            said = then if then and done >= total else what
            bar.update(task, completed=done, total=total, description=said)

        yield step
