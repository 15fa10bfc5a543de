"""One call of the command line: what it returns, and no traceback for what a person can meet."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rimland.cli.console import FAILED, STOPPED, UNREAD, Unread, err, fail, out
from rimland.errors import RimlandError

PATIENCE_SECONDS = 0.7


def guarded(app: Callable[..., Any], arguments: Sequence[str]) -> int:
    """Call `app` with `arguments` and return the exit code.

    0 done, 1 the answer is no, 2 could not be done, 130 stopped, 141 nobody read on.
    """
    import typer

    try:
        with _stoppable():
            done = app(args=list(arguments), prog_name="rimland", standalone_mode=False)
        out.file.flush()
        if done == STOPPED:
            return _stopped()
        return done if isinstance(done, int) else 0
    except typer.Exit as exit_:
        return exit_.exit_code
    except SystemExit as exit_:  # what typer makes of a closed pipe while it prints a help text
        return exit_.code if isinstance(exit_.code, int) else FAILED
    except (KeyboardInterrupt, typer.Abort):
        return _stopped()
    except RimlandError as error:
        fail(str(error))
        return FAILED
    except Unread:
        # what is still buffered would be written, and fail again, when the process ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNREAD
    except OSError as error:
        fail(f"{error.filename or 'the output'}: {error.strerror or error}")
        return FAILED
    except MemoryError:
        fail("there is not enough memory; fewer draws or futures need less.")
        return FAILED
    except Exception as error:
        show = getattr(error, "show", None)
        if show is None or not hasattr(error, "exit_code"):
            raise
        show()  # a mistake in the command itself; typer may bring its own copy of click
        return FAILED


def _stopped() -> int:
    fail("stopped; nothing half-made was kept")
    return STOPPED


@contextmanager
def _stoppable() -> Iterator[None]:
    """End the process on Ctrl-C also where nobody listens: the compiler takes seconds at a time.

    Python answers a signal between two of its own steps. The number of the signal is written to a
    socket at once, though; whoever reads it waits a little, and then ends the process. Files are
    written under another name and renamed, so none is left half-made.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    before = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    done = threading.Event()

    def watch() -> None:
        with reader:
            while number := reader.recv(1):
                if number[0] == signal.SIGINT and not done.wait(PATIENCE_SECONDS):
                    err.show_cursor(True)
                    os._exit(_stopped())

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        done.set()
        signal.set_wakeup_fd(before)
        writer.close()
