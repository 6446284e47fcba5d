"""Batches added up: answers what measuring asks without any source.

The cells of all batches are read from files, and rows of the same cell add up where they are tallied. What
does not follow from cells (customers who come again, drivers) is asked of the kept answers, as an engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from cxengine.evidence.backend import DuckDB
from cxengine.evidence.sql import text
from cxengine.metrics.finest import Cells, Live
from cxengine.metrics.heard import AMOUNTS
from cxengine.metrics.partials.damage import load, told
from cxengine.metrics.partials.questions import kept_columns
from cxengine.metrics.partials.reading import counted
from cxengine.metrics.scan import Size
from cxengine.plugin.component import CENSORED

if TYPE_CHECKING:
    import pyarrow as pa

    from cxengine.metrics.heard import Asked
    from cxengine.metrics.partials.batch import Batch, Merged
    from cxengine.metrics.partials.disk import Hold
    from cxengine.metrics.scan import Scan
    from cxengine.metrics.segment import Cube


@attrs.frozen(eq=False)
class Kept:
    """A `cxengine.metrics.finest.Finest` over batches, of which some may be added up already."""

    folder: Path
    batches: Mapping[str, Batch]
    """In the order in which the sources are read."""
    merged: Merged | None
    backend: Answers

    def weights(self) -> tuple[float, float]:
        """The least and the largest weight of a response."""
        used = [batch for batch in self.batches.values() if batch.taken.account.rows_used]
        if not used:
            return 1.0, 1.0
        return min(b.lightest for b in used), max(b.heaviest for b in used)

    def sizes(self, signals: Sequence[str]) -> Sequence[Size]:
        """How large the answers to the signals are."""
        found = []
        for signal in signals:
            parts = [batch.sizes[signal] for batch in self.batches.values() if signal in batch.sizes]
            if parts:
                found.append(Size(signal, sum(n for n, _ in parts), max(largest for _, largest in parts)))
        return found

    def cells(self, scan: Scan, *, weighted: bool) -> Cells:
        """The rows of all batches; from the answers themselves where histories of customers are asked for."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if scan.followed:
            return Live(self.backend).cells(scan, weighted=weighted)
        columns = kept_columns(scan)
        wanted = pa.array(sorted({*scan.discrete, *scan.aggregated}), pa.string())
        table = self._tables("cells", more=True, without=() if weighted else ("w", "w2"))
        observed = pa.array(scan.observed, pa.string())
        seen = pc.or_(pc.invert(table[CENSORED]), pc.is_in(table["signal"], observed))
        counting = pc.and_(pc.is_in(table["signal"], wanted), seen)
        if not pc.all(counting).as_py():  # mostly all do, and a copy takes as long as all the rest
            table = table.filter(counting)
        if not scan.observed:
            table = table.drop_columns([CENSORED])
        for column in {column.name: column for column in columns.values()}.values():
            if column.name not in table.column_names:
                table = table.append_column(column.name, pa.nulls(table.num_rows, pa.decimal128(38, 9)))
        names = {component: columns[name].name for component, name in _names(scan).items()}
        return Cells(table, names)

    def masks(self, cubes: Sequence[Cube]) -> pa.Table:
        """The combinations of segments that occur in any batch."""
        del cubes  # every batch was asked for those of the project
        table = self._tables("masks")
        return table.group_by(table.column_names).aggregate([])

    def voices(self, asked: Asked, present: int | None) -> pa.Table:
        """Distinct responses: they add up, but for those that may be in two batches."""
        import pyarrow as pa
        import pyarrow.compute as pc

        table = self._tables("voices")
        if "period" in table.column_names:
            if present is not None:
                table = table.filter(pc.equal(table["period"], present))
            table = table.drop_columns(["period"])
        going_on = self.backend.going_on()
        if going_on is not None:
            more = counted(Live(going_on).voices(asked, present))
            table = pa.concat_tables([table, more.cast(table.select(more.column_names).schema)])
        keys = ["touchpoint", *(f"s{i}" for i in range(len(asked.cubes)))]
        found = table.group_by(keys).aggregate([(amount, "sum") for amount in AMOUNTS])
        return found.select([*keys, *(f"{amount}_sum" for amount in AMOUNTS)]).rename_columns(
            [*keys, *AMOUNTS]
        )

    def _tables(self, kind: str, *, more: bool = False, without: Sequence[str] = ()) -> pa.Table:
        """The rows of a kind of file, of all batches together."""
        import pyarrow as pa

        names = files(kind, self.batches, self.merged, more=more)
        texts = ["signal", "touchpoint"] if kind == "cells" else []
        tables = [load(self.folder, name, texts=texts, without=without) for name in names]
        return pa.concat_tables(tables, promote_options="default")


def _names(scan: Scan) -> Mapping[tuple[str, str], str]:
    return scan.columns("duckdb", weighted=True)[0]


def files(kind: str, batches: Mapping[str, Batch], merged: Merged | None, *, more: bool = False) -> list[str]:
    """The files that hold a kind of rows of all batches: what was added up, then the others."""
    done = set(merged.batches) if merged else set()
    found = [merged.files[kind]] if merged and kind in merged.files else []
    for key, batch in batches.items():
        if key not in done:
            found += [batch.pieces[kind]] if kind in batch.pieces else []
            found += batch.more if more else ()
    return found


class Answers(DuckDB):
    """The kept answers of all batches as an engine: the tables of evidence, read when asked, but for texts.

    Rows are numbered in the order in which sources are read; ids of responses are numbers or marks, and
    customers marks, that tell no more than who is the same.
    """

    def __init__(
        self,
        folder: Path,
        batches: Mapping[str, Batch],
        open_backend: Callable[[], DuckDB],
        hold: Hold | None = None,
    ) -> None:
        """Nothing is opened yet; the files are not removed as long as `hold` is there.

        `open_backend` makes a database with the types of the project (`evidence.tables`) and no tables.
        """
        self._folder = folder
        self._batches = batches
        self._open = open_backend
        self._hold = hold
        self._backend: DuckDB | None = None

    @property
    def asked(self) -> bool:
        """Whether anything was."""
        return self._backend is not None

    def going_on(self) -> Answers | None:
        """The answers of those batches whose responses may go on in another; None where there are none."""
        found = {key: batch for key, batch in self._batches.items() if batch.is_open}
        return Answers(self._folder, found, self._open) if found else None

    def execute(self, sql: str) -> pa.Table:
        """The result of a query."""
        with self._told() as backend:
            return backend.execute(sql)

    def run(self, sql: str) -> int:
        """Runs a statement."""
        with self._told() as backend:
            return backend.run(sql)

    def stream(self, sql: str) -> pa.RecordBatchReader:
        """The result of a query, batch by batch."""
        import pyarrow as pa

        with self._told() as backend:
            found = backend.stream(sql)

        def batches() -> Iterator[pa.RecordBatch]:
            with self._told():
                yield from found

        return pa.RecordBatchReader.from_batches(found.schema, batches())

    @contextmanager
    def lent(self, name: str, table: pa.Table) -> Iterator[None]:
        """Lets queries read an Arrow table in place."""
        with self._told() as backend:
            pass
        with backend.lent(name, table):
            yield

    def close(self) -> None:
        """Frees the database, if there is one."""
        if self._backend is not None:
            self._backend.close()
            self._backend = None

    @contextmanager
    def _told(self) -> Iterator[DuckDB]:
        """The database, which is made at the first question; names a file that is damaged."""
        pieces = [name for batch in self._batches.values() for _, name in _pieces(batch)]
        with told(self._folder, pieces):
            if self._backend is None:
                self._backend = self._opened()
            yield self._backend

    def _opened(self) -> DuckDB:
        import pyarrow as pa

        backend = self._open()
        first, rows = 0, list[tuple[str, str, str, int]]()
        for batch in self._batches.values():
            for kind, name in _pieces(batch):
                rows.append((kind, str(self._folder / name), batch.source, first))
            first += batch.rows
        kinds, names, sources, firsts = zip(*rows, strict=True)
        lent = pa.table({"filename": names, "source": sources, "first_row": firsts})
        with backend.lent("lent_files", lent):
            backend.run(
                "CREATE TABLE files AS SELECT * REPLACE (source::cx_source AS source) FROM lent_files"
            )
        for kind, view in _VIEWS.items():
            paths = ", ".join(text(name) for one, name in zip(kinds, names, strict=True) if one == kind)
            read = (
                f"read_parquet([{paths}], filename = true, union_by_name = true) JOIN files USING (filename)"
                if paths
                else _NONE[kind]
            )
            backend.run(f"CREATE VIEW {kind} AS {view.format(read=read)}")
        backend.run("CREATE VIEW signals AS SELECT * FROM answers JOIN responses USING (response)")
        return backend


_VIEWS = {
    "responses": "SELECT first_row + response AS response,"
    " COALESCE(mark, CAST(first_row + first AS VARCHAR)) AS response_id, source,"
    " * EXCLUDE (response, first, mark, source, filename, first_row)"
    " FROM (SELECT * FROM {read} UNION ALL BY NAME SELECT NULL::VARCHAR AS mark WHERE false)",
    "answers": "SELECT first_row + response AS response, touchpoint::cx_touchpoint AS touchpoint,"
    " signal::cx_signal AS signal, value, censored FROM {read}",
    "strays": "SELECT mark AS response_id, source, occurred_at FROM {read}",
    "verbatims": "SELECT response, response_id, source, touchpoint::cx_touchpoint AS touchpoint FROM"
    " (SELECT first_row + response AS response, touchpoint FROM {read}) JOIN responses USING (response)",
    "labels": "SELECT response, response_id, source, touchpoint::cx_touchpoint AS touchpoint, enricher,"
    " label FROM (SELECT first_row + response AS response, touchpoint, enricher, label FROM {read})"
    " JOIN responses USING (response)",
}
"""By kind of file: the table of evidence that it is."""
_TEXTS = "NULL::VARCHAR AS source, NULL::BIGINT AS first_row, NULL::BIGINT AS response"
_NONE = {
    "strays": "(SELECT NULL::VARCHAR AS mark, NULL::TIMESTAMP AS occurred_at, NULL::VARCHAR AS source"
    " WHERE false)",
    "verbatims": f"(SELECT {_TEXTS}, NULL::VARCHAR AS touchpoint WHERE false)",
    "labels": f"(SELECT {_TEXTS}, NULL::VARCHAR AS touchpoint, NULL::VARCHAR AS enricher,"
    " NULL::VARCHAR AS label WHERE false)",
}
"""What stands for the kinds of which no batch has a file."""


def _pieces(batch: Batch) -> list[tuple[str, str]]:
    """The files of a batch that hold a table of evidence, by kind."""
    return [(kind, batch.pieces[kind]) for kind in _VIEWS if kind in batch.pieces]
