"""The folder of a run: written beside its place, then renamed, so that it is whole or not there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cxengine.diagnostics import Diagnostic, OutputError

MANIFEST = "run.json"


@contextmanager
def written_whole(target: Path) -> Iterator[Path]:
    """A folder to write into, which becomes `target` when the block ends well and vanishes when it does not.

    An earlier run in `target` is replaced; anything else there is left alone.

    Raises:
        OutputError: `target` holds something that no run wrote, or cannot be written.
    """
    _refuse_foreign(target)
    beside = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        beside.mkdir(parents=True)
    except OSError as error:
        raise _unwritable(target, error) from error
    try:
        yield beside
        _swap(beside, target)
    except OSError as error:
        raise _unwritable(target, error) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _refuse_foreign(target: Path) -> None:
    if not target.exists() or (target / MANIFEST).is_file():
        return
    if target.is_dir() and not any(target.iterdir()):
        return
    raise OutputError(
        Diagnostic(
            "CX601",
            f"{target} exists and is not the folder of a run",
            hint="name another folder with --out, or move this one away",
        )
    )


def _swap(beside: Path, target: Path) -> None:
    if not target.exists():
        beside.rename(target)
        return
    replaced = target.with_name(f".{target.name}.{os.getpid()}.replaced")
    target.rename(replaced)
    try:
        beside.rename(target)
    except OSError:
        replaced.rename(target)
        raise
    shutil.rmtree(replaced)


def _unwritable(target: Path, error: OSError) -> OutputError:
    reason = error.strerror or str(error)
    return OutputError(
        Diagnostic(
            "CX602",
            f"{target} cannot be written: {reason[:1].lower()}{reason[1:]}",
            hint="name another folder with --out",
        )
    )
