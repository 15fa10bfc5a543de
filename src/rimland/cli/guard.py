"""One call of the command line: what it returns, and no traceback for what a person can meet."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from rimland.cli.console import FAILED, STOPPED, UNREAD, Unread, fail, out
from rimland.errors import RimlandError


def guarded(app: Callable[..., Any], arguments: Sequence[str]) -> int:
    """Call `app` with `arguments` and return the exit code.

    0 done, 1 the answer is no, 2 could not be done, 130 stopped, 141 nobody read on.
    """
    import typer

    try:
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
        fail(f"{error.filename or 'a file'}: {error.strerror or error}")
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
