"""A folder for what does not fit into memory, which outlives no run: what a killed one left is removed."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path
from typing import BinaryIO

from cxengine.evidence.lock import CannotLockError, lock

_PREFIX = "cxengine-"
_LOCK = "in-use"


class Scratch:
    """A folder of temporary files, for its owner alone, that ends with `close` or with the process.

    A process that is killed leaves its folder behind, with evidence in it. Whoever makes the next one removes
    it: the folder's lock is free as soon as its process is gone. Where files cannot be locked (Windows), a
    folder of a killed process stays.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix=_PREFIX)
        self.path = Path(self._folder.name)
        self._lock = (self.path / _LOCK).open("xb")
        _try_to_lock(self._lock.fileno())
        self.close = weakref.finalize(self, _end, self._folder, self._lock)
        for left in self.path.parent.glob(f"{_PREFIX}*/{_LOCK}"):
            if left.parent != self.path:
                _remove_if_left(left)


def _end(folder: tempfile.TemporaryDirectory[str], lock: BinaryIO) -> None:
    folder.cleanup()
    lock.close()


def _remove_if_left(lock: Path) -> None:
    """Removes a folder whose process is gone; one of another user or in use stays."""
    try:
        with lock.open("rb") as file:
            if _try_to_lock(file.fileno()):
                shutil.rmtree(lock.parent, ignore_errors=True)
    except OSError:
        return


def _try_to_lock(file: int) -> bool:
    try:
        return lock(file)
    except (CannotLockError, OSError):
        return False
