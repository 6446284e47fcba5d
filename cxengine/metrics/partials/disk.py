"""The few things that are done to the files of a state: each is whole or did not happen."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from cxengine.diagnostics import Diagnostic, EvidenceError

TEMPORARY = ".tmp"


def about_to(what: str) -> None:
    """Called before every change of a file; tests stop the process here."""
    del what


def write(path: Path, fill: Callable[[BinaryIO], object]) -> None:
    """Makes or replaces a file; whoever reads it sees all of the old one or all of the new one."""
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}{TEMPORARY}")
    about_to(f"write {path.name}")
    with beside.open("xb") as file:
        fill(file)
        file.flush()
        about_to(f"sync {path.name}")
        os.fsync(file.fileno())
    about_to(f"rename {path.name}")
    beside.replace(path)


def settle(folder: Path) -> None:
    """Sees to it that names of files in a folder survive a loss of power."""
    about_to(f"settle {folder.name}")
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove(path: Path) -> None:
    """Removes a file, which may be gone already."""
    about_to(f"remove {path.name}")
    path.unlink(missing_ok=True)


@contextmanager
def shared(folder: Path) -> Iterator[None]:
    """As long as the block lasts, nobody removes files: any number of runs may be here."""
    with _lock(folder, exclusive=False, wait=True):
        yield


@contextmanager
def alone(folder: Path) -> Iterator[bool]:
    """The block has the folder for itself, where it yields True; False where a run is using it."""
    with _lock(folder, exclusive=True, wait=False) as locked:
        yield locked


@contextmanager
def _lock(folder: Path, *, exclusive: bool, wait: bool) -> Iterator[bool]:
    try:
        import fcntl
    except ImportError:
        message = "Files cannot be locked on this system, so that nothing is kept between runs."
        raise EvidenceError(Diagnostic("CX250", message, hint="Leave `state` out.")) from None
    mode = fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH
    with (folder / "lock").open("ab") as file:
        try:
            fcntl.flock(file, mode if wait else mode | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
