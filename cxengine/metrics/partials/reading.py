"""Reads one batch from its source and keeps what the questions make of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from cxengine.diagnostics import Diagnostic, EvidenceError
from cxengine.evidence.checks import attribute_types
from cxengine.evidence.collect import take
from cxengine.evidence.derive import derive
from cxengine.evidence.engines import open_embedded
from cxengine.evidence.exclude import exclude
from cxengine.evidence.privacy import mark_sql, salt
from cxengine.evidence.sql import name, text
from cxengine.metrics import scan as scans
from cxengine.metrics.finest import Live
from cxengine.metrics.heard import AMOUNTS
from cxengine.metrics.partials import disk
from cxengine.metrics.partials.batch import Batch, Covered
from cxengine.metrics.partials.inputs import going_on
from cxengine.metrics.partials.questions import Column, kept_columns

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from cxengine.evidence.backend import DuckDB
    from cxengine.evidence.derive import DerivedAttribute
    from cxengine.evidence.enrich import Enriching
    from cxengine.evidence.exclude import Exclusion
    from cxengine.evidence.taken import Taken
    from cxengine.metrics.partials.inputs import Part
    from cxengine.metrics.partials.questions import Questions
    from cxengine.project import Loaded


_ANSWERS = "SELECT response, touchpoint, signal, value, censored FROM answers"
_VERBATIMS = "SELECT response, touchpoint FROM verbatims"
_LABELS = "SELECT response, touchpoint, enricher, label FROM labels"
_CUSTOMERS = f"SELECT DISTINCT {mark_sql('customer')} AS mark FROM named"  # noqa: S608 - no input
_MAY_LACK = frozenset({"strays", "verbatims", "labels", "customers", "quarantine"})
_IDS = f"SELECT CAST(key % {2**62} AS BIGINT) AS id FROM seen"  # noqa: S608 - a number


@attrs.frozen(eq=False)
class Reader:
    """Reads batches of a project into a state folder."""

    loaded: Loaded
    questions: Questions
    derived: Sequence[Sequence[DerivedAttribute]]
    excluded: Sequence[Exclusion]
    enrichers: Sequence[Enriching]
    key: bytes
    forgotten: frozenset[str]
    folder: Path

    def read(self, part: Part) -> Batch:
        """Reads a batch and writes its files.

        Raises:
            EvidenceError: with every finding.
        """
        backend = open_embedded(self.loaded.project.engine)
        try:
            taken = self._taken(part, backend)
            return self._kept(part, taken, backend)
        finally:
            backend.close()

    def _taken(self, part: Part, backend: DuckDB) -> Taken:
        project = self.loaded.project
        (taken,) = take(
            project,
            [(part.table, part.source)],
            backend=backend,
            origins=self.loaded.origins,
            key=self.key,
            enrichers=self.enrichers,
            forgotten=self.forgotten,
            times=self.loaded.times,
        )
        if dict(taken.account.inputs) != dict(part.inputs):
            message = f"{', '.join(part.inputs)} changed while it was read."
            raise EvidenceError(Diagnostic("CX252", message, hint=self._way_out(part)))
        derive(backend, attribute_types(project), self.derived, project.params)
        (account,) = exclude(backend, (taken.account,), self.excluded, project.params)
        return attrs.evolve(taken, account=account)

    def _way_out(self, part: Part) -> str:
        """What to do where an input changed: of a plugin it may be the hash alone that did."""
        again = "Run again when it is complete."
        offer = self.loaded.uses["source", str(part.table.id)].offer
        if offer is None or offer.own:
            return again
        return (
            f"{again} If it is, the rows are the same and their hash is not. {offer.title} makes it: tell its"
            " author, and leave out `state` until it is mended."
        )

    def _kept(self, part: Part, taken: Taken, backend: DuckDB) -> Batch:
        project = self.loaded.project
        live, scan = Live(backend), self.questions.kept_scan(project)
        bounds = live.weights()
        sizes = live.sizes([str(signal.id) for signal in project.signals])
        scans.check_sizes([size for size in sizes if size.signal in scan.aggregated], bounds[1])
        columns = kept_columns(scan)
        cells = named(live.cells(scan, weighted=True).table, columns, scan.aggregated)
        voices = self._voices(backend)
        tables = {
            "cells": cells,
            "voices": voices.slice(0, 0) if part.is_open else voices,
            "masks": live.masks(scan.cubes),
            "responses": backend.execute(self._responses(marked=going_on(part.table))),
            "answers": backend.execute(_ANSWERS),
            "strays": backend.execute(f"SELECT {self._mark()} AS mark, occurred_at FROM strays"),  # noqa: S608 - a hash
            "verbatims": backend.execute(_VERBATIMS),
            "labels": backend.execute(_LABELS),
            "customers": backend.execute(_CUSTOMERS),
            "quarantine": backend.execute("SELECT * FROM quarantine"),
        }
        if part.unique:
            tables["ids"] = backend.execute(_IDS)
        return Batch(
            source=str(part.table.id),
            stamps=part.stamps,
            taken=taken,
            rows=taken.account.rows_read,
            lightest=bounds[0],
            heaviest=bounds[1],
            sizes={size.signal: (size.n, size.largest) for size in sizes},
            covered=covered(scan.aggregated, columns),
            pieces={
                kind: save(self.folder, f"{part.id}-{kind}", table)
                for kind, table in tables.items()
                if table.num_rows or kind not in _MAY_LACK
            },
            cells=cells.num_rows,
            is_open=part.is_open,
        )

    def _responses(self, *, marked: bool) -> str:
        """What is kept of responses: marks of customers; of ids, marks or the number of a first row."""
        columns = "".join(f", {name(f'a_{attribute}')}" for attribute in self.questions.types)
        mark = f", {self._mark()} AS mark" if marked else ""
        return (
            "SELECT response, MIN(response) OVER (PARTITION BY response_id) AS first,"  # noqa: S608 - quoted
            f" {mark_sql('customer')} AS customer, occurred_at, occurred_on, channel,"
            f" weight{columns}{mark} FROM responses"
        )

    def _mark(self) -> str:
        """By what a response is known again in another batch."""
        return f"md5(concat_ws(chr(31), {text(salt(self.key))}, 'response', response_id))"

    def _voices(self, backend: DuckDB) -> pa.Table:
        asked = self.questions.asked
        return counted(backend.execute(asked.sql(backend.dialect, by_period=self.questions.by_period)))


def counted(voices: pa.Table) -> pa.Table:
    """Voices with amounts of the types that are kept, whatever adding up made of them."""
    import pyarrow as pa

    for amount in AMOUNTS:
        type_ = pa.int64() if amount.endswith("_n") else pa.decimal128(38, 9)
        place = voices.column_names.index(amount)
        voices = voices.set_column(place, amount, voices[amount].cast(type_))
    return voices


def named(cells: pa.Table, columns: Mapping[str, Column], aggregated: Sequence[str]) -> pa.Table:
    """The cells with columns by their kept names, empty for signals of which they tell nothing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    told = pc.is_in(cells["signal"], pa.array(aggregated, pa.string()))
    for old, column in columns.items():
        place = cells.column_names.index(old)
        type_ = pa.float64() if column.aggregate.kind in {"min", "max"} else pa.decimal128(38, 9)
        values = pc.if_else(told, cells[old].cast(type_), pa.scalar(None, type_))
        cells = cells.set_column(place, column.name, values)
    for weight in ("w", "w2"):
        if weight in cells.column_names:
            place = cells.column_names.index(weight)
            cells = cells.set_column(place, weight, cells[weight].cast(pa.decimal128(38, 9)))
    return cells


def covered(signals: Sequence[str], columns: Mapping[str, Column]) -> Covered:
    """Signals and columns, each with each."""
    return frozenset((signal, column.name) for signal in signals for column in columns.values())


def save(folder: Path, title: str, table: pa.Table) -> str:
    """Writes a file of a batch; its name."""
    from pyarrow import parquet

    file = f"{title}.parquet"
    try:
        disk.write(
            folder / file,
            lambda out: parquet.write_table(table, out, compression="zstd", write_page_checksum=True),
        )
    except OSError as error:
        message = f"The state cannot be kept in {folder}: {error.strerror}."
        raise EvidenceError(Diagnostic("CX250", message, hint="Name another folder in `state`.")) from error
    return file
