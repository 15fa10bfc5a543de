"""The terminal: where text goes, how failure is said, and a bar for what takes time."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

ANSWER_NO = 1
FAILED = 2

out = Console(highlight=False, soft_wrap=False)
err = Console(stderr=True, highlight=False, soft_wrap=True)

Step = Callable[[int, int], None]


def fail(message: str) -> None:
    """Say on the error stream why something could not be done."""
    err.print(message, markup=False)


def print_json(data: Any) -> None:
    """Print plain JSON; what is not a finite number is null."""
    sys.stdout.write(json.dumps(_finite(data), ensure_ascii=False, indent=1) + "\n")


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(inner) for inner in value]
    return value


@contextmanager
def progress(what: str, quiet: bool) -> Iterator[Step | None]:
    """Show a bar on the error stream while the block runs; nothing when quiet or not a terminal."""
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
    )
    with bar:
        task = bar.add_task(f"{what}: compiling the kernel", total=None)

        def step(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, description=what)

        yield step
