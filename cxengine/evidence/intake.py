"""Takes the batches of one source in: text becomes responses, answers and verbatims, all of it accounted for.

Everything is done by set-wise SQL over one Arrow batch at a time, in four steps: *stage* (read every value
of a row and find the row's fault, if any), *keep* (responses, verbatims, quarantined rows), *judge* (each
distinct text of a column is judged once) and *answer* (join the judgements back).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import attrs

from cxengine.evidence import sql
from cxengine.evidence.privacy import pseudonyms

if TYPE_CHECKING:
    import pyarrow as pa

    from cxengine.evidence.backend import DuckDB
    from cxengine.evidence.mapping import Reading, Slot, SourceMapping
    from cxengine.plugin.base import Batch, Reject

LONGEST_VALUE = 200


@attrs.define
class Tally:
    """Counts of one source, as the statements report them."""

    rows_read: int = 0
    rows_used: int = 0
    rows_quarantined: int = 0
    values_read: int = 0
    values_used: int = 0
    values_blank: int = 0
    values_quarantined: int = 0
    attributes_quarantined: int = 0


@attrs.frozen
class Fault:
    """What may be wrong with a row: an SQL condition, the column and value to show, the reason."""

    condition: str
    column: str | None
    value: str
    reason: str


class Intake:
    """The way of one source's rows into the tables; batches may be appended as they come."""

    def __init__(self, backend: DuckDB, mapping: SourceMapping, key: bytes, first_row: int) -> None:
        """Rows of the source are numbered from `first_row`."""
        self._backend = backend
        self._mapping = mapping
        self._key = key
        self._columns = {
            c: f"c{i}" for i, c in enumerate(dict.fromkeys(column for column, _, _ in mapping.columns()))
        }
        self._faults = tuple(self._find_faults())
        self._files: dict[str, int] = {}
        self.next_row = first_row
        self.tally = Tally()
        self.unseen = {
            path: set(codes.listed())
            for path, codes in (
                *((r.path, r.codes) for r in mapping.readings),
                *((b.path, b.codes) for b in mapping.blocks),
                *((v.path, v.codes) for v in mapping.verbatims),
            )
        }
        backend.run("CREATE OR REPLACE TEMP TABLE seen (key UHUGEINT)")
        if mapping.slots:
            backend.run(f"CREATE OR REPLACE TEMP TABLE slots AS {_slots(mapping.slots)}")

    def append(self, batch: Batch) -> None:
        """Takes one batch in."""
        self._origin = batch.origin
        self._file = self._files.setdefault(batch.origin, len(self._files))
        self._keep_rejects(batch.rejects)
        self.tally.rows_read += batch.rows.num_rows + len(batch.rejects)
        if batch.rows.num_rows:
            with self._backend.lent("lent_rows", self._lend(batch)):
                self._stage()
            self._keep_rows()
            if self._mapping.slots:
                self._judge()
                self._answer()
            self._note_codes()
        self.next_row += batch.rows.num_rows

    # --- stage ---

    def _lend(self, batch: Batch) -> pa.Table:
        import pyarrow as pa

        rows = pa.array(range(self.next_row, self.next_row + batch.rows.num_rows), pa.int64())
        customer = self._mapping.reading("customer")
        columns = {"row": rows, "position": batch.positions}
        for column, alias in self._columns.items():
            found = batch.rows.column(column)
            hide = customer is not None and customer.column == column
            columns[alias] = pseudonyms(found, self._key) if hide else found
        return pa.table(columns)

    def _stage(self) -> None:
        readings = self._mapping.readings
        found = "".join(f", {sql.stripped(c)} AS {c}" for c in self._columns.values())
        meant = "".join(f", {sql.meaning(self._found(r), r.codes)} AS m_{i}" for i, r in enumerate(readings))
        typed = "".join(
            f", {sql.typed(f'm_{i}', r.kind, r.form, r.zone)} AS {sql.name('t_' + r.role)}"
            for i, r in enumerate(readings)
        )
        faults = " ".join(f"WHEN {f.condition} THEN {i}" for i, f in enumerate(self._faults))
        self._backend.run(
            "CREATE OR REPLACE TEMP TABLE staged AS"
            f" WITH found AS (SELECT row, position{found} FROM lent_rows),"
            f" meant AS (SELECT *{meant} FROM found),"
            f" typed AS (SELECT *{typed} FROM meant)"
            f" SELECT *, CASE {faults} WHEN false THEN -1 END AS fault FROM typed"
        )
        if self._mapping.reading("response_id") is not None:
            self._find_duplicates()

    def _find_duplicates(self) -> None:
        roles = ("response_id", "touchpoint", "signal") if self._mapping.is_long else ("response_id",)
        key = f"md5_number(concat_ws(chr(31), {', '.join(sql.name('t_' + r) for r in roles)}))"
        repeated = "nth > 1 OR key IN (SELECT key FROM seen)"
        self._backend.run(
            "CREATE OR REPLACE TEMP TABLE staged AS"
            f" WITH keyed AS (SELECT *, {key} AS key FROM staged),"
            " counted AS (SELECT *, row_number() OVER (PARTITION BY key, fault IS NULL ORDER BY row) AS nth"
            " FROM keyed)"
            " SELECT * EXCLUDE (key, nth, fault), key,"
            f" CASE WHEN fault IS NULL AND ({repeated}) THEN {len(self._faults)} ELSE fault END AS fault"
            " FROM counted"
        )
        self._backend.run("INSERT INTO seen SELECT key FROM staged WHERE fault IS NULL")

    def _find_faults(self) -> Iterator[Fault]:
        for index, reading in enumerate(self._mapping.readings):
            if reading.is_attribute:
                continue
            meant, typed, found = f"m_{index}", sql.name("t_" + reading.role), self._found(reading)
            if reading.required:
                reason = f"no {reading.role.replace('_', ' ')}"
                yield Fault(f"{meant} IS NULL", reading.column, found, reason)
            refused = f"{meant} IS NOT NULL AND {typed} IS NULL"
            if reading.known:
                refused = f"{typed} NOT IN ({sql.texts(reading.known)})"
            yield Fault(refused, reading.column, found, reading.complaint)

    def _duplicate(self) -> Fault | None:
        reading = self._mapping.reading("response_id")
        if reading is None:
            return None
        what = (
            "a second answer of the same response to the same signal"
            if self._mapping.is_long
            else ("the response id of an earlier row")
        )
        return Fault("", reading.column, self._found(reading), what)

    def _found(self, reading: Reading) -> str:
        return sql.text(reading.fixed or "") if reading.column is None else self._columns[reading.column]

    # --- keep ---

    def _keep_rejects(self, rejects: Sequence[Reject]) -> None:
        import pyarrow as pa

        if not rejects:
            return
        private = self._mapping.reading("customer") is not None
        lent = pa.table(
            {
                "position": pa.array([r.position for r in rejects], pa.int64()),
                "value": pa.array([None if private else r.text for r in rejects], pa.string()),
                "reason": pa.array([r.reason for r in rejects], pa.string()),
            }
        )
        with self._backend.lent("lent_rejects", lent):
            self.tally.rows_quarantined += self._quarantine(
                "row", "NULL", "value", "reason", "FROM lent_rejects"
            )

    def _keep_rows(self) -> None:
        roles = {r.role for r in self._mapping.readings}
        has = {
            r: sql.name("t_" + r) if r in roles else "NULL" for r in ("customer", "occurred_at", "channel")
        }
        weight = '"t_weight"' if "weight" in roles else "1"
        attributes = [r.role for r in self._mapping.readings if r.is_attribute]
        targets = "".join(f", {sql.name(a)}" for a in attributes)
        values = "".join(f", {sql.name('t_' + a)}" for a in attributes)
        self.tally.rows_used += self._backend.run(
            f"INSERT INTO responses (response, response_id, source, customer, occurred_at, channel, weight{targets})"
            f" SELECT row, {self._response_id()}, {sql.text(self._mapping.source)}, {has['customer']},"
            f" {has['occurred_at']}, {has['channel']}, {weight}{values} FROM staged WHERE fault IS NULL ORDER BY row"
        )
        faults = [*self._faults, *([duplicate] if (duplicate := self._duplicate()) else [])]
        column, value, reason = (
            f"CASE fault {' '.join(f'WHEN {i} THEN {v}' for i, v in enumerate(shown))} ELSE NULL END"
            for shown in (
                [sql.optional_text(f.column) for f in faults] or ["NULL"],
                [f.value for f in faults] or ["NULL"],
                [sql.text(f.reason) for f in faults] or ["NULL"],
            )
        )
        self.tally.rows_quarantined += self._quarantine(
            "row", column, value, reason, "FROM staged WHERE fault IS NOT NULL"
        )
        self._keep_attributes()
        self._keep_verbatims()

    def _keep_attributes(self) -> None:
        for index, reading in enumerate(self._mapping.readings):
            if reading.is_attribute and reading.column is not None and reading.kind != "text":
                unread = f"m_{index} IS NOT NULL AND {sql.name('t_' + reading.role)} IS NULL"
                self.tally.attributes_quarantined += self._quarantine(
                    "attribute",
                    sql.text(reading.column),
                    self._found(reading),
                    sql.text(reading.complaint),
                    f"FROM staged WHERE fault IS NULL AND {unread}",
                )

    def _keep_verbatims(self) -> None:
        roles = {r.role for r in self._mapping.readings}
        channel, when = (
            ('"t_channel"' if "channel" in roles else "NULL"),
            ('"t_occurred_at"' if "occurred_at" in roles else "NULL"),
        )
        for verbatim in self._mapping.verbatims:
            where = '"t_touchpoint"' if self._mapping.is_long else "NULL"
            if verbatim.touchpoint is not None:
                where = sql.text(verbatim.touchpoint)
            said = sql.meaning(self._columns[verbatim.column], verbatim.codes)
            self._backend.run(
                f"INSERT INTO verbatims SELECT {self._response_id()}, {sql.text(self._mapping.source)}, {where},"
                f" {channel}, {when}, {said} AS said FROM staged WHERE fault IS NULL AND said IS NOT NULL ORDER BY row"
            )

    def _response_id(self) -> str:
        named = self._mapping.reading("response_id") is not None
        prefix = self._mapping.source if named else f"{self._mapping.source}:{self._origin}"
        return f"{sql.text(prefix + ':')} || {'t_response_id' if named else 'position'}"

    # --- judge ---

    def _judge(self) -> None:
        if self._mapping.is_long:
            value = self._columns[self._mapping.slots[0].column]
            found = (
                f"SELECT row, position, slot, t_touchpoint AS place, {value} AS raw FROM staged"
                " JOIN slots ON t_signal = signal WHERE fault IS NULL"
            )
        else:
            slots = list(enumerate(self._mapping.slots))
            wide = "".join(f", {self._columns[s.column]} AS s{i}" for i, s in slots)
            numbers = ", ".join(f"s{i} AS '{i}'" for i, _ in slots)
            found = (
                "SELECT row, position, CAST(slot AS INTEGER) AS slot, NULL AS place, raw"
                f" FROM (SELECT row, position{wide} FROM staged WHERE fault IS NULL)"
                f" UNPIVOT INCLUDE NULLS (raw FOR slot IN ({numbers}))"
            )
        self._backend.run(f"CREATE OR REPLACE TEMP TABLE found AS {found}")
        arms = " ".join(
            f"WHEN {i} THEN {sql.meaning('raw', block.codes)}" for i, block in enumerate(self._mapping.blocks)
        )
        step = "(value - low) / step"
        self._backend.run(
            "CREATE OR REPLACE TEMP TABLE judged AS"
            " WITH texts AS (SELECT DISTINCT slot, raw FROM found),"
            f" meant AS (SELECT *, CASE block {arms} END AS meant FROM texts JOIN slots USING (slot)),"
            f" numbers AS (SELECT *, {sql.number('meant')} AS value FROM meant)"
            " SELECT slot, raw, value, meant IS NULL AS blank, CASE WHEN meant IS NULL THEN NULL"
            " WHEN value IS NULL AND regexp_full_match(meant, '[+-]?[0-9]+,[0-9]+')"
            " THEN 'not a number: decimals are written with a point'"
            " WHEN value IS NULL THEN 'not a number'"
            " WHEN value < low OR value > high THEN outside"
            f" WHEN abs({step} - round({step})) > 1e-9 THEN between END AS reason FROM numbers"
        )

    # --- answer ---

    def _answer(self) -> None:
        joined = "FROM found JOIN judged USING (slot, raw) JOIN slots USING (slot)"
        self.tally.values_read += self._count("FROM found")
        self.tally.values_blank += self._count(f"{joined} WHERE blank")
        self.tally.values_used += self._backend.run(
            "INSERT INTO answers SELECT row, coalesce(place, touchpoint), signal, value, false"
            f" {joined} WHERE NOT blank AND reason IS NULL"
        )
        self.tally.values_quarantined += self._quarantine(
            "answer", '"column"', "raw", "reason", f"{joined} WHERE reason IS NOT NULL"
        )

    def _note_codes(self) -> None:
        """Strikes the codes that occur off `unseen`, so that a misspelt one shows at the end."""
        mapping = self._mapping
        looked = [(r.path, self._found(r), "staged") for r in mapping.readings if r.column is not None]
        looked += [(v.path, self._columns[v.column], "staged") for v in mapping.verbatims]
        if mapping.slots:
            looked += [
                (b.path, "raw", f"judged JOIN slots USING (slot) WHERE block = {i}")
                for i, b in enumerate(mapping.blocks)
            ]
        for path, column, where in looked:
            if missing := self.unseen[path]:
                found = self._backend.execute(
                    f"SELECT DISTINCT code FROM (SELECT {sql.code(column)} AS code FROM {where})"
                    f" WHERE code IN ({sql.texts(missing)})"
                )
                missing.difference_update(found.column("code").to_pylist())

    def _quarantine(self, kind: str, column: str, value: str, reason: str, rest: str) -> int:
        return self._backend.run(
            f"INSERT INTO quarantine SELECT {self._file}, {sql.text(self._mapping.source)},"
            f" {sql.text(self._origin)}, position, {column}, left({value}, {LONGEST_VALUE}), {reason},"
            f" {sql.text(kind)} {rest}"
        )

    def _count(self, rest: str) -> int:
        count: int = self._backend.execute(f"SELECT count(*) AS n {rest}").column("n")[0].as_py()
        return count


def _slots(slots: Sequence[Slot]) -> str:
    rows = []
    for index, slot in enumerate(slots):
        scale = slot.signal.scale
        low, high, step = (scale.min, scale.max, scale.step) if scale else (None, None, None)
        numbers = ", ".join("NULL::DOUBLE" if v is None else f"{v!r}::DOUBLE" for v in (low, high, step))
        outside = f"outside the scale {low:g} to {high:g} of {slot.signal.id}" if scale else None
        between = f"between the steps of {step:g} from {low:g} of {slot.signal.id}" if step else None
        shown = ", ".join(
            sql.optional_text(v) for v in (slot.column, slot.signal.id, slot.touchpoint, outside, between)
        )
        rows.append(f"({index}, {slot.block}, {shown}, {numbers})")
    return (
        f"SELECT * FROM (VALUES {', '.join(rows)})"
        ' AS t(slot, block, "column", signal, touchpoint, outside, between, low, high, step)'
    )
