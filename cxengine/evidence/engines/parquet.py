"""Tables as Parquet files, for engines that read files better than streams."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_PER_FILE = 4_000_000


def write(rows: pa.RecordBatchReader, folder: Path) -> None:
    """Writes the rows into a new folder, a few million to a file, holding one batch at a time."""
    from pyarrow import parquet

    folder.mkdir()
    batches = iter(rows)
    for number in count():
        batch = next(batches, None)
        if batch is None and number:
            return
        with parquet.ParquetWriter(folder / f"{number:05}.parquet", rows.schema) as file:
            written = 0
            while batch is not None:
                file.write_batch(batch)
                written += batch.num_rows
                batch = next(batches, None) if written < ROWS_PER_FILE else None
