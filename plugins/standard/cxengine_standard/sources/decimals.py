"""Numbers whose decimals stand behind a comma, as spreadsheets of half the world write them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from cxengine.plugin import Batch

_NUMBER = r"^\s*[+-]?([0-9]{1,3}([.][0-9]{3})+|[0-9]+)(,[0-9]+)?\s*$"
"""Digits, in groups of three between points or in none, and what comes behind a comma."""


def with_points(batches: Iterable[Batch]) -> Iterator[Batch]:
    """The batches, in which cells such as `1.234,5` say `1234.5`; all other cells stay as they are."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for batch in batches:
        columns = []
        for column in batch.rows.columns:
            numbers = pc.match_substring_regex(column, _NUMBER)
            plain = pc.replace_substring(pc.replace_substring(column, ".", ""), ",", ".")
            columns.append(pc.if_else(numbers, plain, column))
        rows = pa.RecordBatch.from_arrays(columns, batch.rows.schema.names)
        yield attrs.evolve(batch, rows=rows)
