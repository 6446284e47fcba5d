"""Judges the values of one batch: blank, used or quarantined; the used ones become answers.

Each distinct text of a column is judged once, however many rows hold it: surveys have few.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from cxengine.evidence import sql

if TYPE_CHECKING:
    from cxengine.evidence.backend import DuckDB
    from cxengine.evidence.mapping import Slot, SourceMapping
    from cxengine.evidence.quarantine import Quarantine

DECIMAL_COMMA = "[+-]?[0-9]+,[0-9]+"
LARGEST = 1e12
"""Of values without a scale: of thousands that are larger, squares do not add up exactly."""
TOO_LARGE = f"larger than {LARGEST:,.0f}, whatever its sign"
OFF_STEP = "abs((value - low) / step - round((value - low) / step)) > 1e-9"


@attrs.frozen
class ValueCounts:
    """What became of the values of a batch, and how many were answers, by column and signal."""

    read: int
    used: int
    blank: int
    quarantined: int
    answered: Mapping[tuple[str, str], int]


class Answers:
    """The values of one source's rows on their way to `answers`."""

    def __init__(
        self, backend: DuckDB, mapping: SourceMapping, columns: Mapping[str, str], times: Mapping[str, str]
    ) -> None:
        """`columns` says what each column of the source is called in `staged`.

        `times` are the signals whose answers are never below 0, with the name of a metric that reads times.
        """
        self._backend = backend
        self._mapping = mapping
        self._columns = columns
        self._censored = {
            name: f"coalesce({sql.name(f't_{r.role}')}, false)" for name, r in mapping.censored.items()
        }
        for duration in mapping.computed.durations:
            if duration.until is not None:
                self._censored[duration.name] = duration.is_open(
                    columns[duration.start], columns[duration.end]
                )
        backend.run(f"CREATE OR REPLACE TEMP TABLE slots AS {_slots(mapping.slots, times)}")

    def keep(self, quarantine: Quarantine) -> ValueCounts:
        """Takes the values of the good rows in `staged`."""
        self._backend.run(
            f"CREATE OR REPLACE TEMP TABLE found AS {self._long() if self._mapping.is_long else self._wide()}"
        )
        self._judge()
        judged = "FROM found JOIN judged USING (slot, raw)"
        joined = f"{judged} JOIN slots USING (slot)"
        used = self._backend.run(
            "INSERT INTO answers SELECT row, coalesce(place, touchpoint), signal, value, open"
            f" {joined} WHERE NOT blank AND reason IS NULL"
        )
        wrong = quarantine.add("answer", '"column"', "raw", "reason", f"{joined} WHERE reason IS NOT NULL")
        counts = self._backend.execute(
            f"SELECT slot, count(*) AS read, count(*) FILTER (WHERE blank) AS blank {judged} GROUP BY slot"
        ).to_pylist()
        answered: dict[tuple[str, str], int] = {}
        for count in counts:
            slot = self._mapping.slots[count["slot"]]
            asked = (slot.column, str(slot.signal.id))
            answered[asked] = answered.get(asked, 0) + count["read"] - count["blank"]
        read, blank = (sum(count[name] for count in counts) for name in ("read", "blank"))
        return ValueCounts(read, used, blank, wrong, answered)

    def _wide(self) -> str:
        slots = list(enumerate(self._mapping.slots))
        columns = "".join(f", coalesce({self._columns[s.column]}, '') AS s{i}" for i, s in slots)
        opened = f", {self._opened()} AS opened" if self._censored else ""
        turned = ", ".join(f"s{i} AS '{i}'" for i, _ in slots)
        return (
            "SELECT row, position, CAST(slot AS INTEGER) AS slot, CAST(NULL AS VARCHAR) AS place, raw,"
            f" {'list_contains(opened, CAST(slot AS INTEGER))' if self._censored else 'false'} AS open"
            f" FROM (SELECT row, position{opened}{columns} FROM staged WHERE fault IS NULL)"
            f" UNPIVOT (raw FOR slot IN ({turned}))"
        )

    def _long(self) -> str:
        column = self._mapping.slots[0].column
        value = self._columns[column]
        return (
            f"SELECT row, position, slot, t_touchpoint AS place, coalesce({value}, '') AS raw,"
            f" {self._censored.get(column, 'false')} AS open"
            " FROM staged JOIN slots ON t_signal = signal WHERE fault IS NULL"
        )

    def _opened(self) -> str:
        """SQL of the list of a row's slots whose values had not ended."""
        slots = [
            (i, self._censored[s.column])
            for i, s in enumerate(self._mapping.slots)
            if s.column in self._censored
        ]
        arms = (f"CASE WHEN {is_open} THEN {i} END" for i, is_open in slots)
        return f"CAST([{', '.join(arms)}] AS INTEGER[])"

    def _judge(self) -> None:
        arms = " ".join(
            f"WHEN {i} THEN {sql.meaning('text', block.codes)}"
            for i, block in enumerate(self._mapping.blocks)
        )
        self._backend.run(
            "CREATE OR REPLACE TEMP TABLE judged AS"
            " WITH raws AS (SELECT DISTINCT slot, raw FROM found),"
            f" texts AS (SELECT *, {sql.stripped('raw')} AS text FROM raws),"
            f" meant AS (SELECT *, CASE block {arms} END AS meant FROM texts JOIN slots USING (slot)),"
            f" numbers AS (SELECT *, {sql.number('meant')} AS value FROM meant)"
            " SELECT slot, raw, text, value, meant IS NULL AS blank, CASE WHEN meant IS NULL THEN NULL"
            f" WHEN value IS NULL AND regexp_full_match(meant, {sql.text(DECIMAL_COMMA)})"
            " THEN 'not a number: decimals are written with a point'"
            " WHEN value IS NULL THEN complaint"
            " WHEN value < low OR value > high THEN outside"
            f" WHEN high IS NULL AND abs(value) > {LARGEST!r} THEN {sql.text(TOO_LARGE)}"
            f" WHEN {OFF_STEP} THEN between END AS reason FROM numbers"
        )


def _slots(slots: Sequence[Slot], times: Mapping[str, str]) -> str:
    """A query for what judging needs to know of every slot, and the reasons it may give."""
    rows = []
    for index, slot in enumerate(slots):
        scale, signal = slot.signal.scale, slot.signal.id
        low, high, step = (scale.min, scale.max, scale.step) if scale else (None, None, None)
        outside = slot.outside
        if scale is None and signal in times:
            low, outside = 0.0, f"below 0, and {times[signal]} measures times"
        between = f"between the steps of {step:g} from {low:g} of {signal}" if step else None
        texts = (slot.column, signal, slot.touchpoint, slot.complaint, outside, between)
        numbers = ("NULL" if v is None else repr(float(v)) for v in (low, high, step))
        values = [f"CAST({sql.optional_text(t)} AS VARCHAR)" for t in texts]
        values += [f"CAST({n} AS DOUBLE)" for n in numbers]
        rows.append(f"({index}, {slot.block}, {', '.join(values)})")
    return (
        f"SELECT * FROM (VALUES {', '.join(rows)})"
        ' AS t(slot, block, "column", signal, touchpoint, complaint, outside, between, low, high, step)'
    )
