"""Kept files that cannot be read: which one it is, and what to do."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cxengine.diagnostics import Diagnostic, EvidenceError

if TYPE_CHECKING:
    import pyarrow as pa


@contextmanager
def told(folder: Path, names: Iterable[str]) -> Iterator[None]:
    """What fails in the block because one of these files is damaged says so, and how to go on.

    Raises:
        EvidenceError: CX259, with the name of the file.
    """
    import duckdb
    from pyarrow import ArrowException

    try:
        yield
    except (ArrowException, OSError, duckdb.Error) as error:
        for name in names:
            if not (folder / name).exists():
                message = f"{folder / name} was removed while it was needed."
                hint = "Run again: what it was made from is read anew, or not at all if it was forgotten."
                raise EvidenceError(Diagnostic("CX259", message, hint=hint)) from error
            if reason := _damage(folder / name):
                message = f"{folder / name} was damaged since it was kept: {reason}"
                hint = "Remove this file: the next run reads the input that it was made from again."
                raise EvidenceError(Diagnostic("CX259", message, hint=hint)) from error
        raise


def load(
    folder: Path,
    name: str,
    *,
    texts: Iterable[str] = (),
    columns: list[str] | None = None,
    without: Collection[str] = (),
) -> pa.Table:
    """A kept file; `texts` are columns of text that come as dictionaries, `without` those that are not read.

    Raises:
        EvidenceError: CX259, it is damaged.
    """
    from pyarrow import parquet

    with told(folder, [name]):
        if without:
            columns = [column for column in parquet.read_schema(folder / name).names if column not in without]
        return parquet.read_table(
            folder / name, columns=columns, read_dictionary=list(texts), page_checksum_verification=True
        )


def _damage(path: Path) -> str:
    """Why a file cannot be read; nothing where it can."""
    from pyarrow import ArrowException, parquet

    try:
        parquet.read_table(path, page_checksum_verification=True)
    except (ArrowException, OSError) as error:
        return " ".join(str(error).split())
    return ""
