"""The cells of answers that cannot be counted as they stream by, grouped by queries of DuckDB."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    import pyarrow as pa

    from cxengine.evidence.backend import DuckDB
    from cxengine.metrics.scan import Scan

RESPONSES = 500_000
"""How many responses are joined at a time."""


def queried(scan: Scan, backend: DuckDB, *, weighted: bool) -> Iterator[pa.Table]:
    """The cells piece by piece, and cube by cube where there are many of them.

    Cube by cube takes no longer than all at once (1.27 CPU seconds against 1.33 on 2 million answers) and
    less memory, as only one cube has its cells at a time. Of a piece, fewer responses are joined at a time.
    """
    import pyarrow.compute as pc

    every = {f"s{i}": (cube,) for i, cube in enumerate(scan.cubes)}
    for name, cubes in every.items() if scan.discrete or scan.binned else [("s0", scan.cubes)]:
        one = attrs.evolve(scan, cubes=cubes)
        queries = (one.sql("duckdb", weighted=weighted, piece=piece) for piece in _pieces(backend))
        found = [backend.execute(query) for query in queries]
        table = _added_up(one, found, weighted=weighted)
        for text in ("signal", "touchpoint"):
            place = table.column_names.index(text)
            table = table.set_column(place, text, pc.dictionary_encode(table[text]))
        yield table.rename_columns([name if column == "s0" else column for column in table.column_names])


def _pieces(backend: DuckDB) -> list[str]:
    """Conditions that share out the responses."""
    query = "SELECT COALESCE(MIN(response), 0) AS first, COALESCE(MAX(response), 0) AS last FROM responses"
    row = backend.execute(query).to_pylist()[0]
    firsts = range(row["first"], row["last"] + 1, RESPONSES)
    return [f"response BETWEEN {first} AND {first + RESPONSES - 1}" for first in firsts]


def _added_up(scan: Scan, tables: Sequence[pa.Table], *, weighted: bool) -> pa.Table:
    """The rows of some pieces, without repetitions where there are several."""
    import pyarrow as pa

    together = pa.concat_tables(tables)
    if len(tables) == 1:
        return together
    names, columns = scan.columns("duckdb", weighted=weighted)
    hows = dict.fromkeys(("n", "w", "w2", *columns), "sum")
    hows |= {names[c]: a.kind for c, a in scan.aggregates.items() if a.kind in {"min", "max"}}
    hows = {name: how for name, how in hows.items() if name in together.column_names}
    keys = [name for name in together.column_names if name not in hows]
    found = together.group_by(keys, use_threads=False).aggregate(list(hows.items()))
    return found.select([*keys, *(f"{n}_{how}" for n, how in hows.items())]).rename_columns(
        together.column_names
    )
