"""The few things that are done to the files of a state: each is whole or did not happen."""

from __future__ import annotations

import os
import secrets
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from cxengine.diagnostics import Diagnostic, EvidenceError
from cxengine.evidence.lock import CannotLockError, lock

TEMPORARY = ".tmp"
LOCK = "lock"
"""Shared by runs that may write, had alone by those who remove files."""
READING = "reading"
"""Shared by all whose results still read files."""


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
    """As long as the block lasts, nobody removes files: any number of runs may write here."""
    with _lock(folder, exclusive=False, wait=True):
        yield


@contextmanager
def alone(folder: Path) -> Iterator[bool]:
    """The block has the folder for itself, where it yields True; False where a run is using it."""
    with _lock(folder, exclusive=True, wait=False) as locked:
        yield locked


class Hold:
    """Somebody reads the files of a folder: while one is held, no other run removes any.

    It is let go with the object. Only those who are `alone` may ask whether it is the `only` one.
    """

    def __init__(self, folder: Path) -> None:
        """Nobody is waited for."""
        self.needs: frozenset[str] = frozenset()
        """The names of the files that are read."""
        self._handle = os.open(folder / READING, os.O_RDWR | os.O_CREAT, 0o666)
        self._let_go = weakref.finalize(self, os.close, self._handle)
        _flock(self._handle, shared=True)

    @contextmanager
    def only(self) -> Iterator[bool]:
        """Whether nobody else holds the folder; nobody else begins to before the block ends."""
        try:
            yield _flock(self._handle, shared=False)
        finally:
            _flock(self._handle, shared=True)  # an attempt may have let go of it


@contextmanager
def _lock(folder: Path, *, exclusive: bool, wait: bool) -> Iterator[bool]:
    with (folder / LOCK).open("ab") as file:
        yield _flock(file.fileno(), shared=not exclusive, wait=wait)


def _flock(handle: int, *, shared: bool, wait: bool = False) -> bool:
    """Locks an open file, if it can be had."""
    try:
        return lock(handle, shared=shared, wait=wait)
    except CannotLockError:
        message = "Files cannot be locked here, so that nothing is kept between runs."
        hint = "Leave `state` out, or name a folder on another disk."
        raise EvidenceError(Diagnostic("CX250", message, hint=hint)) from None
