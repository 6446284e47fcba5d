"""Columns for metrics that came later: from the kept answers of a batch, not from its source."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from cxengine.metrics import scan as scans
from cxengine.metrics.finest import Live
from cxengine.metrics.partials.kept import Answers
from cxengine.metrics.partials.questions import Column, digest, kept_columns
from cxengine.metrics.partials.reading import covered, named, save

if TYPE_CHECKING:
    import pyarrow as pa

    from cxengine.evidence.backend import DuckDB
    from cxengine.metrics.partials.batch import Batch
    from cxengine.metrics.scan import Scan


def backfill(folder: Path, key: str, batch: Batch, scan: Scan, open_backend: Callable[[], DuckDB]) -> Batch:
    """The batch with the columns of the scan that it lacks.

    Raises:
        EvidenceError: answers are too large to be added exactly.
    """
    wanted = {column.name: column for column in kept_columns(scan).values()}
    answers = Answers(folder, {key: batch}, open_backend)
    for signal in scan.aggregated:
        lacking = [column for name, column in wanted.items() if (signal, name) not in batch.covered]
        if not lacking:
            continue
        if signal in batch.sizes:
            scans.check_sizes([scans.Size(signal, *batch.sizes[signal])], batch.heaviest)
            table = _further(scan, signal, lacking, answers)
            title = f"{key}-{digest(signal, sorted(column.name for column in lacking))}-more"
            batch = attrs.evolve(batch, more=(*batch.more, save(folder, title, table)))
        names = {column.name: column for column in lacking}
        batch = attrs.evolve(batch, covered=batch.covered | covered([signal], names))
    return batch


def _further(scan: Scan, signal: str, columns: list[Column], answers: Answers) -> pa.Table:
    """The cells of a signal with nothing but some columns: they add up with the cells there are."""
    import pyarrow as pa

    binned = any(column.aggregate.kind == "log_histogram" for column in columns)
    discrete = tuple(name for name in scan.discrete if name == signal)
    asked = attrs.evolve(
        scan,
        discrete=discrete,
        aggregated=(signal,),
        aggregates={column.component: column.aggregate for column in columns},
        binned=(signal,) if binned and not discrete else (),
        counted=(),
    )
    table = named(Live(answers).cells(asked, weighted=True).table, kept_columns(asked), (signal,))
    for name in ("n", "w", "w2"):
        place = table.column_names.index(name)
        nothing = pa.array([0] * table.num_rows, pa.int64()).cast(table[name].type)
        table = table.set_column(place, name, nothing)
    return table
