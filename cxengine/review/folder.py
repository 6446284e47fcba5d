"""The folder of a run: written beside its place, then renamed, so that it is whole or not there."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EEXIST, ENOTEMPTY
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
    beside = _neighbour(target, "partial")
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
