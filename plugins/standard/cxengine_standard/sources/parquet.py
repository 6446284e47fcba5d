"""Reads Parquet files, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cxengine.diagnostics import Diagnostic, EvidenceError, Location
from cxengine.plugin import Batch
from cxengine_standard.sources.canonical import canonical_column
from cxengine_standard.sources.header import column_names

ROWS = 1 << 16


def read_parquet(path: Path, origin: str) -> Iterator[Batch]:
    """The rows of a Parquet file as text.

    Raises:
        EvidenceError: CX207, when it is none or is damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            names = column_names(file.schema_arrow.names)
            empty = pa.RecordBatch.from_pylist([], pa.schema([(n, pa.string()) for n in names]))
            yield Batch(origin, empty, pa.array([], pa.int64()))
            read = 0
            for batch in file.iter_batches(ROWS):
                rows = pa.RecordBatch.from_arrays([canonical_column(c) for c in batch.columns], names)
                yield Batch(origin, rows, pa.array(range(read + 1, read + 1 + rows.num_rows), pa.int64()))
                read += rows.num_rows
    except (pa.ArrowException, UnicodeDecodeError, OSError) as error:
        message, hint = f"{origin} is not a readable Parquet file.", "Is it cut off, or of another format?"
        raise EvidenceError(Diagnostic("CX207", message, Location(origin), hint)) from error
