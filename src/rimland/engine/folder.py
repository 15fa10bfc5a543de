"""Files that are there as a whole or not at all, and a lock that one process holds at a time."""

from __future__ import annotations

import errno
import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rimland.errors import RunError

LOCK = "run.lock"
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_CHUNK_BYTES = 1 << 20


def digest_of(data: bytes) -> str:
    """Return 32 hex digits of some bytes."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def digest_of_file(path: Path) -> str:
    """Return `digest_of` the file's bytes without holding them all in memory."""
    made = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            made.update(chunk)
    return made.hexdigest()


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that survives a power cut as a whole, or leave what was there."""
    partial = path.with_name(f".{path.name}.part")
    try:
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def append_line(path: Path, line: bytes) -> None:
    """Add a line to a file and wait until it is on the disk."""
    with path.open("ab") as file:
        file.write(line + b"\n")
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, where a system can do that."""
    if sys.platform == "win32":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def sweep(folder: Path) -> None:
    """Remove what writers that were killed have left unfinished; only under the lock."""
    for partial in folder.glob(".*.part"):
        partial.unlink(missing_ok=True)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; the system gives it back however the process ends.

    Raises RunError when another process (or thread) has it.
    """
    number = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        if not _taken(number):
            who = os.pread(number, 40, 0).decode(errors="replace").strip() if _POSIX else ""
            by = f" (process {who})" if who.isdigit() else ""
            raise RunError(
                f"another process{by} is at work on '{folder}'; wait for it, or give another folder"
            )
        if _POSIX:
            os.ftruncate(number, 0)
            os.pwrite(number, b"%d\n" % os.getpid(), 0)
        yield
    finally:
        os.close(number)


_POSIX = sys.platform != "win32"

if sys.platform == "win32":
    import msvcrt

    def _taken(number: int) -> bool:
        try:
            msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _taken(number: int) -> bool:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def told(error: OSError, folder: Path, kept: str = "") -> RunError:
    """Return why a folder could not be written, as a sentence; `kept` says what is safe."""
    if error.errno in _FULL:
        why = f"the disk, or what may be written to it, is full ({error.strerror})"
    elif error.errno in _FORBIDDEN:
        why = f"it may not be written to ({error.strerror})"
    else:
        why = str(error.strerror or error)
    return RunError(f"the run could not be kept in '{folder}': {why}{kept}")
