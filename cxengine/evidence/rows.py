"""Reads the rows of one batch: every value typed, every fault found; good rows become responses.

The rows wait in the table `staged`: the columns of the source as c0, c1 ..., for each reading its meaning
(m_0 ...) and its typed value (t_<role>), and `fault`, the index of what is wrong with the row, or NULL.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import attrs

from cxengine.evidence import sql
from cxengine.evidence.enrich import rewritten
from cxengine.evidence.privacy import pseudonyms, remembered, salt

if TYPE_CHECKING:
    import pyarrow as pa

    from cxengine.evidence.backend import DuckDB
    from cxengine.evidence.enrich import Enriching
    from cxengine.evidence.mapping import Reading, SourceMapping
    from cxengine.evidence.quarantine import Quarantine
    from cxengine.plugin.base import Batch

CHUNK = 1 << 14
"""Rows that a thread takes at a time."""


@attrs.frozen
class Fault:
    """What may be wrong with a row: where, what is shown of it (SQL), and why.

    `condition` is SQL over a row; it is None for a fault that only shows beside other rows.
    """

    condition: str | None
    column: str | None
    value: str
    reason: str


class Rows:
    """The rows of one source on their way to `responses`."""

    def __init__(
        self,
        backend: DuckDB,
        mapping: SourceMapping,
        key: bytes,
        rewriting: Sequence[Enriching] = (),
        *,
        forgotten: frozenset[str] = frozenset(),
    ) -> None:
        """`key` pseudonymises customers; `rewriting` enrichers see texts before they are stored.

        The rows of customers whose marks are `forgotten` are passed over.
        """
        self._backend = backend
        self._mapping = mapping
        self._key = key
        self._rewriting = rewriting
        self._forgotten = forgotten
        names = dict.fromkeys(column for column, _, _ in mapping.columns())
        self._read = {name: f"c{i}" for i, name in enumerate(names)}
        added = {name: f"x{i}" for i, (name, _) in enumerate(mapping.computed.places())}
        self.columns = self._read | added
        self._faults = tuple(self._find_faults())
        mapping.computed.load(backend)
        backend.run("CREATE OR REPLACE TEMP TABLE seen (key UHUGEINT)")
        backend.run("CREATE OR REPLACE TEMP TABLE named (customer VARCHAR)")

    def stage(self, batch: Batch, first_row: int) -> int:
        """Reads a batch into `staged`; its rows are numbered from `first_row`. How many were passed over."""
        read = {self.found(r) for r in self._mapping.readings if r.column is not None}
        found = "".join(f", {sql.stripped(c) if c in read else c} AS {c}" for c in self._read.values())
        faults = (f"WHEN {f.condition} THEN {i}" for i, f in enumerate(self._faults) if f.condition)
        lent = self._lend(batch, first_row)
        with self._backend.lent("lent_rows", lent):
            self._backend.run(
                "CREATE OR REPLACE TEMP TABLE staged AS"
                f" WITH found AS (SELECT row, position{found} FROM lent_rows), {self._steps()}"
                f" SELECT *, CASE {' '.join(faults)} WHEN false THEN -1 END AS fault FROM typed_late"
            )
            self._name_customers()
        if self._mapping.reading("response_id") is not None and self._mapping.repeats == "quarantine":
            self._find_duplicates()
        return int(batch.rows.num_rows - lent.num_rows)

    def _name_customers(self) -> None:
        """Notes who is named at all, also in rows that turn out not to be used."""
        customer = self._mapping.reading("customer")
        if customer is not None and customer.column is not None:
            column = self._read[customer.column]
            named = f"SELECT DISTINCT {column} FROM lent_rows WHERE {column} IS NOT NULL"
            self._backend.run(f"INSERT INTO named {named}")

    def _steps(self) -> str:
        """The way from the texts of the source to typed values; formulas read those that are typed early."""
        computed = self._mapping.computed
        late = {self.columns[f.name] for f in computed.formulas}
        measured = "".join(f", {text} AS {self.columns[n]}" for n, text in computed.measured(self.columns))
        formulas = "".join(f", {f.text(self.columns)} AS {self.columns[f.name]}" for f in computed.formulas)
        return (
            f"measured AS (SELECT *{measured} FROM found),"
            f" {self._reading('early', 'measured', late, of=False)},"
            f" formulated AS (SELECT *{formulas} FROM typed_early),"
            f" {self._reading('late', 'formulated', late, of=True)}"
        )

    def _reading(self, when: str, table: str, late: set[str], *, of: bool) -> str:
        """What the readings of (or not of) the columns `late` mean, and then their typed values."""
        readings = [(i, r) for i, r in enumerate(self._mapping.readings) if (self.found(r) in late) is of]
        meant = "".join(f", {sql.meaning(self.found(r), r.codes)} AS m_{i}" for i, r in readings)
        typed = "".join(
            f", {sql.typed(f'm_{i}', r.kind, r.form, r.zone)} AS {_typed(r.role)}" for i, r in readings
        )
        return (
            f"meant_{when} AS (SELECT *{meant} FROM {table}),"
            f" typed_{when} AS (SELECT *{typed} FROM meant_{when})"
        )

    def keep(self, quarantine: Quarantine) -> tuple[int, int, int]:
        """Good rows become responses, with their verbatims.

        Returns:
            How many rows were used and how many set aside, and how many attribute values could not be read.
        """
        attributes = [r for r in self._mapping.readings if r.is_attribute]
        targets = "".join(f", {sql.name(r.role)}" for r in attributes)
        values = "".join(f", {_typed(r.role)}" for r in attributes)
        used = self._backend.run(
            "INSERT INTO responses"
            f" (response, response_id, source, customer, occurred_at, occurred_on, channel, weight{targets})"
            f" SELECT row, {self._response_id(quarantine.origin)}, {sql.text(self._mapping.source)},"
            f" {self._typed('customer')}, {self._typed('occurred_at')}, {self._day()},"
            f" {self._typed('channel')}, {self._typed('weight', '1')}{values}"
            " FROM staged WHERE fault IS NULL ORDER BY row"
        )
        self._keep_verbatims(quarantine.origin)
        self._keep_strays(quarantine.origin)
        return used, self._set_rows_aside(quarantine), self._set_attributes_aside(quarantine)

    def found(self, reading: Reading) -> str:
        """SQL of the text that a reading finds."""
        return sql.text(reading.fixed or "") if reading.column is None else self.columns[reading.column]

    def _lend(self, batch: Batch, first_row: int) -> pa.Table:
        """The columns that are read, with customers as pseudonyms, in chunks for the threads."""
        import numpy as np
        import pyarrow as pa

        count = batch.rows.num_rows
        columns = {
            "row": pa.array(np.arange(first_row, first_row + count)),
            "position": batch.positions,
        }
        customer = self._mapping.reading("customer")
        there = None
        for name, alias in self._read.items():
            found = batch.rows.column(name)
            if customer is not None and customer.column == name:
                there = remembered(found, self._key, self._forgotten) if self._forgotten else None
                found = pseudonyms(found, self._key)
            columns[alias] = found
        table = pa.table(columns)
        if there is not None:
            table, count = table.filter(there), int(there.true_count)
        return pa.concat_tables([table.slice(start, CHUNK) for start in range(0, max(count, 1), CHUNK)])

    def _find_faults(self) -> Iterator[Fault]:
        for index, reading in enumerate(self._mapping.readings):
            if reading.is_attribute:
                continue
            meant, typed, found = f"m_{index}", _typed(reading.role), self.found(reading)
            if reading.required:
                what = reading.role.replace("_", " ")
                yield Fault(f"{meant} IS NULL", reading.column, found, f"no {what}")
            refused = f"{meant} IS NOT NULL AND {typed} IS NULL"
            if reading.known:
                refused = f"{typed} NOT IN ({sql.texts(reading.known)})"
            yield Fault(refused, reading.column, found, reading.complaint)
        moment, until = self._mapping.reading("occurred_at"), self._mapping.until
        if moment is not None and until is not None:
            reason = f"later than {until}, the last day of evidence"
            yield Fault(f"{self._day()} > DATE '{until}'", moment.column, self.found(moment), reason)
        for column, reading in self._mapping.censored.items():
            untold = f"{_typed(reading.role)} IS NULL AND {sql.stripped(self.columns[column])} <> ''"
            yield Fault(
                untold,
                reading.column,
                self.found(reading),
                "a value of which nobody says whether it had ended",
            )
        named = self._mapping.reading("response_id")
        if named is not None:
            wide = "a response id that an earlier row has"
            long = "a second answer of one response to the same signal and touchpoint"
            yield Fault(None, named.column, self.found(named), long if self._mapping.is_long else wide)

    def _find_duplicates(self) -> None:
        """Finds rows that repeat a response id; in a long file, that answer the same question once more."""
        roles = ("response_id", "touchpoint", "signal") if self._mapping.is_long else ("response_id",)
        secret = sql.text(salt(self._key))
        key = f"md5_number(concat_ws(chr(31), {secret}, {', '.join(_typed(r) for r in roles)}))"
        self._backend.run(
            "CREATE OR REPLACE TEMP TABLE keyed AS SELECT key, min(row) AS first, list(row) AS rows,"
            f" key IN (SELECT key FROM seen) AS known FROM (SELECT row, {key} AS key FROM staged"
            " WHERE fault IS NULL) GROUP BY key"
        )
        self._backend.run(
            f"UPDATE staged SET fault = {len(self._faults) - 1}"
            " FROM (SELECT unnest(rows) AS row, first, known FROM keyed"
            " WHERE known OR len(rows) > 1) AS later"
            " WHERE staged.row = later.row AND (later.known OR later.row > later.first)"
        )
        self._backend.run("INSERT INTO seen SELECT key FROM keyed WHERE NOT known")

    def _set_rows_aside(self, quarantine: Quarantine) -> int:
        if not self._faults:
            return 0
        shown = ((sql.optional_text(f.column), f.value, sql.text(f.reason)) for f in self._faults)
        column, value, reason = (
            f"CASE fault {' '.join(f'WHEN {i} THEN {v}' for i, v in enumerate(values))} END"
            for values in zip(*shown, strict=True)
        )
        return quarantine.add("row", column, value, reason, "FROM staged WHERE fault IS NOT NULL")

    def _set_attributes_aside(self, quarantine: Quarantine) -> int:
        return sum(
            quarantine.add(
                "attribute",
                sql.text(reading.column),
                self.found(reading),
                sql.text(reading.complaint),
                f"FROM staged WHERE fault IS NULL AND m_{index} IS NOT NULL"
                f" AND {_typed(reading.role)} IS NULL",
            )
            for index, reading in enumerate(self._mapping.readings)
            if reading.is_attribute and reading.column is not None and reading.kind != "text"
        )

    def _keep_verbatims(self, origin: str) -> None:
        for verbatim in self._mapping.verbatims:
            touchpoint = self._typed("touchpoint")
            if verbatim.touchpoint is not None:
                touchpoint = sql.text(verbatim.touchpoint)
            said = sql.meaning(sql.stripped(self.columns[verbatim.column]), verbatim.codes)
            self._store_texts(
                f"SELECT row, {self._response_id(origin)}, {sql.text(self._mapping.source)}, {touchpoint},"
                f" {self._typed('channel')}, {self._typed('occurred_at')}, {said} AS said"
                " FROM staged WHERE fault IS NULL AND said IS NOT NULL"
            )

    def _store_texts(self, found: str) -> None:
        """Stores what a query finds as verbatims; its last column, `said`, as it may be stored."""
        import pyarrow as pa

        if not self._rewriting:
            self._backend.run(f"INSERT INTO verbatims {found} ORDER BY row")
            return
        texts = self._backend.execute(f"SELECT DISTINCT said FROM ({found}) ORDER BY said").column("said")
        changed = rewritten(texts.to_pylist(), self._rewriting)
        table = pa.table({"said": texts, "stored": pa.array(changed, pa.string())})
        with self._backend.lent("lent_texts", table):
            self._backend.run(
                f"INSERT INTO verbatims SELECT * EXCLUDE (said) FROM ({found}) JOIN lent_texts USING (said)"
                " ORDER BY row"
            )

    def _day(self) -> str:
        """SQL of the day on which a row happened, by the clocks of the project."""
        for index, reading in enumerate(self._mapping.readings):
            if reading.role == "occurred_at":
                return sql.day(f"m_{index}", _typed(reading.role), reading.form, self._mapping.timezone)
        return "NULL"

    def _typed(self, role: str, otherwise: str = "NULL") -> str:
        return _typed(role) if self._mapping.reading(role) else otherwise

    def _keep_strays(self, origin: str) -> None:
        """Of cases that have many rows, notes when one was at no touchpoint: they leave the map there."""
        place = self._mapping.reading("touchpoint") if self._mapping.is_long else None
        if place is None or self._mapping.repeats != "all":
            return
        reasons = {place.complaint, "no touchpoint"}
        astray = [i for i, f in enumerate(self._faults) if f.column == place.column and f.reason in reasons]
        self._backend.run(
            f"INSERT INTO strays SELECT {self._response_id(origin)}, {sql.text(self._mapping.source)},"
            f" {self._typed('occurred_at')} FROM staged"
            f" WHERE fault IN ({', '.join(map(str, astray)) or 'NULL'})"
            f" AND {self._response_id(origin)} IS NOT NULL ORDER BY row"
        )

    def _response_id(self, origin: str) -> str:
        if self._mapping.reading("response_id") is not None:
            return f"{sql.text(self._mapping.source + ':')} || {_typed('response_id')}"
        return f"{sql.text(f'{self._mapping.source}:{origin}:')} || position"


def _typed(role: str) -> str:
    return sql.name(f"t_{role}")
