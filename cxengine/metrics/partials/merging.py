"""Adds batches up beforehand, so that many small ones cost no more than few large ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cxengine.evidence.sql import text
from cxengine.metrics.heard import AMOUNTS
from cxengine.metrics.partials.batch import Covered, Merged
from cxengine.metrics.partials.damage import told
from cxengine.metrics.partials.kept import files
from cxengine.metrics.partials.questions import digest, is_column
from cxengine.metrics.partials.reading import save

if TYPE_CHECKING:
    import pyarrow as pa

    from cxengine.evidence.backend import DuckDB
    from cxengine.metrics.partials.batch import Batch

FEW_CELLS = 200_000
SHARE = 4
"""Batches are added up again when those that are not have more than a fourth of the cells."""


def usable(merged: Merged | None, batches: Mapping[str, Batch], wanted: Covered) -> Merged | None:
    """What was added up, if all of it still counts and it has the columns that are wanted now."""
    if merged is None or not set(merged.batches) <= set(batches):
        return None
    return merged if wanted <= frozenset(merged.covered) else None


def worthwhile(merged: Merged | None, batches: Mapping[str, Batch]) -> bool:
    """Whether so much is not added up that doing it pays."""
    done = set(merged.batches) if merged else set()
    loose = [batch for key, batch in batches.items() if key not in done]
    cells = sum(batch.cells for batch in loose)
    return len(loose) > 1 and cells > max(FEW_CELLS, merged.cells // SHARE if merged else 0)


def merge(folder: Path, batches: Mapping[str, Batch], merged: Merged | None, backend: DuckDB) -> Merged:
    """Adds all batches up; writes the files. Only columns that every batch has are added up."""
    done = set(merged.batches) if merged else set()
    known = [batch.covered for key, batch in batches.items() if key not in done]
    known += [frozenset(merged.covered)] if merged else []
    covered: Covered = frozenset.intersection(*known)
    columns = sorted({column for _, column in covered})
    title = f"merged-{digest(sorted(batches), columns)}"
    sources = {
        kind: files(kind, batches, merged, more=kind == "cells") for kind in ("cells", "voices", "masks")
    }
    with told(folder, [name for names in sources.values() for name in names]):
        tables = _added(folder, sources, columns, backend)
    found = {kind: save(folder, f"{title}-{kind}", table) for kind, table in tables.items()}
    return Merged(tuple(sorted(batches)), tuple(sorted(covered)), found, tables["cells"].num_rows)


def _added(
    folder: Path, sources: Mapping[str, list[str]], columns: list[str], backend: DuckDB
) -> dict[str, pa.Table]:
    """The rows of every kind, added up."""
    cells, voices, masks = (_read(folder, sources[kind]) for kind in ("cells", "voices", "masks"))
    amounts = ", ".join(
        f"CAST(SUM({a}) AS {'BIGINT' if a.endswith('_n') else 'DECIMAL(38, 9)'}) AS {a}" for a in AMOUNTS
    )
    return {
        "cells": backend.execute(_cells(cells, columns, _names(cells, backend))),
        "voices": backend.execute(
            f"SELECT * EXCLUDE ({', '.join(AMOUNTS)}), {amounts} FROM {voices} GROUP BY ALL"  # noqa: S608 - quoted
        ),
        "masks": backend.execute(f"SELECT DISTINCT * FROM {masks}"),  # noqa: S608 - quoted
    }


def _cells(source: str, columns: list[str], there: Sequence[str]) -> str:
    """The cells with the sums of some columns, as far as any file has them; without all other columns."""
    sums = ["CAST(SUM(n) AS BIGINT) AS n", "CAST(SUM(w) AS DECIMAL(38, 9)) AS w"]
    sums.append("CAST(SUM(w2) AS DECIMAL(38, 9)) AS w2")
    for column in [name for name in columns if name in there]:
        how = column.split("_")[0].upper()
        summed = f"CAST(SUM({column}) AS DECIMAL(38, 9))"
        sums.append(f"{summed if how == 'SUM' else f'{how}({column})'} AS {column}")
    amounts = ", ".join(["n", "w", "w2", *(name for name in there if is_column(name))])
    return f"SELECT * EXCLUDE ({amounts}), {', '.join(sums)} FROM {source} GROUP BY ALL"  # noqa: S608 - quoted


def _names(source: str, backend: DuckDB) -> list[str]:
    """The columns of some files together."""
    found = backend.execute(f"DESCRIBE SELECT * FROM {source}")["column_name"]  # noqa: S608 - quoted
    return [str(name) for name in found.to_pylist()]


def _read(folder: Path, names: list[str]) -> str:
    return f"read_parquet([{', '.join(text(str(folder / name)) for name in names)}], union_by_name = true)"
