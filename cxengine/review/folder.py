"""The folder of a run: written beside its place, then renamed, so that it is whole or not there.

A run that is killed leaves beside what it had written. The next one to the same place removes it: a folder
that is being written is locked, and its lock ends with its process. Where folders cannot be locked
(Windows, some network drives) what a killed run left stays.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EEXIST, ENOTEMPTY
from pathlib import Path

from cxengine.diagnostics import Diagnostic, OutputError
from cxengine.evidence.lock import CannotLockError, lock

MANIFEST = "run.json"


@contextmanager
def written_whole(target: Path) -> Iterator[Path]:
    """A folder to write into, which becomes `target` when the block ends well and vanishes when it does not.

    An earlier run in `target` is replaced; anything else there is left alone.

    Raises:
        OutputError: `target` holds something that no run wrote, or cannot be written.
    """
    _refuse_foreign(target)
    try:
        beside, held = _make_beside(target)
    except OSError as error:
        raise _unwritable(target, error) from error
    try:
        _remove_what_is_left(target)
        yield beside
        _swap(beside, target)
    except OSError as error:
        raise _unwritable(target, error) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
        if held is not None:
            os.close(held)


def _make_beside(target: Path) -> tuple[Path, int | None]:
    """A new folder beside, and what holds its lock."""
    while True:
        beside = _neighbour(target, "partial")
        beside.mkdir(parents=True)
        held = _locked(beside, wait=True)
        if beside.exists():  # else a run beside took it for left, before it was locked
            return beside, held
        if held is not None:
            os.close(held)


def _remove_what_is_left(target: Path) -> None:
    """Removes what killed runs left beside: what they had written, and the run that theirs had replaced."""
    left = re.compile(rf"\.{re.escape(target.name)}\.[0-9a-f]{{8}}\.(partial|replaced)")
    for folder in list(target.parent.iterdir()):
        kind = left.fullmatch(folder.name)
        if kind is None or (kind[1] == "replaced" and not (target / MANIFEST).is_file()):
            continue
        held = _locked(folder)
        if held is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(held)


def _locked(folder: Path, *, wait: bool = False) -> int | None:
    """What holds the lock of a folder until it is closed; None where somebody else has it, or nobody can."""
    try:
        held = os.open(folder, os.O_RDONLY)
    except OSError:
        return None
    try:
        if lock(held, wait=wait):
            return held
    except (CannotLockError, OSError):
        pass
    os.close(held)
    return None


def _neighbour(target: Path, purpose: str) -> Path:
    """A name that nothing else has: process ids repeat, in containers even from run to run."""
    return target.with_name(f".{target.name}.{secrets.token_hex(4)}.{purpose}")


def _refuse_foreign(target: Path) -> None:
    if any(_free(target) for _ in range(3)):  # look again: a run beside may be swapping the folder just now
        return
    raise OutputError(
        Diagnostic(
            "CX601",
            f"{target} exists and is not the folder of a run.",
            hint="Name another folder with --out, or move this one away.",
        )
    )


def _free(target: Path) -> bool:
    """Whether nothing is lost when the folder is replaced."""
    if (target / MANIFEST).is_file():
        return True
    try:
        return next(target.iterdir(), None) is None
    except (FileNotFoundError, NotADirectoryError):
        return not target.exists()


def _swap(beside: Path, target: Path) -> None:
    """Puts `beside` in the place of `target`; of runs that end at the same time the last one stays."""
    while True:
        replaced = _neighbour(target, "replaced")
        with suppress(FileNotFoundError):
            target.rename(replaced)
        try:
            beside.rename(target)
        except OSError as error:
            if error.errno not in (EEXIST, ENOTEMPTY):
                if replaced.exists():
                    replaced.rename(target)
                raise
            shutil.rmtree(replaced, ignore_errors=True)  # another run was first: its folder goes next
        else:
            shutil.rmtree(replaced, ignore_errors=True)
            return


def _unwritable(target: Path, error: OSError) -> OutputError:
    reason = error.strerror or str(error)
    return OutputError(
        Diagnostic(
            "CX602",
            f"{target} cannot be written: {reason[:1].lower()}{reason[1:]}.",
            hint="Name another folder with --out, or make room in this one.",
        )
    )
