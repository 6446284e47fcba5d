"""How dates are written in a column: found by trying what people write."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import attrs

from cxengine_standard.proposal.scales import NONE

if TYPE_CHECKING:
    from cxengine.plugin import Batch
    from cxengine_standard.proposal.columns import Column

ISO = re.compile(
    r"(19|20|21)\d\d-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.]\d+)?)?( ?(Z|[+-]\d\d(:?\d\d)?))?)?", re.ASCII
)
DAYS = (
    *(
        "%m/%d/%Y",
        "%d/%m/%Y",
        "%d.%m.%Y",
        "%Y/%m/%d",
        "%d-%m-%Y",
        "%m-%d-%Y",
        "%m/%d/%y",
        "%d/%m/%y",
        "%d.%m.%y",
    ),
    *("%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%Y", "%d/%b/%y", "%d-%b-%y", "%Y%m%d"),
)
CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", "T%H:%M:%S")
LEAST = 0.98
"""The share of texts that must be dates."""
TRIED = 500


@attrs.frozen
class Written:
    """How the dates of a column are written; `form` is None for ISO 8601."""

    form: str | None
    other: str | None = None
    """Another way that all of them could be read in as well."""
    clock: bool = False
    """Whether they name a time."""
    offset: bool = False
    """Whether all times name their zone."""


def written(column: Column) -> Written | None:
    """How, or None of a column that holds no dates."""
    texts = [text for text in column.texts if not NONE.fullmatch(text)][:TRIED]
    if not texts or not all(sum(c.isdigit() for c in text) >= 3 for text in texts[:5]):
        return None
    found = [match for match in map(ISO.fullmatch, texts) if match]
    if len(found) >= LEAST * len(texts):
        return Written(None, clock=any(m[2] for m in found), offset=all(m[5] for m in found))
    if column.says("phone|tel|zip|post|id$") or (
        all(text.isdigit() for text in texts[:5]) and not _eight(texts)
    ):
        return None
    forms = [day + clock for day in DAYS for clock in CLOCKS]
    reads = [form for form, n in zip(forms, _read(texts, forms), strict=True) if n >= LEAST * len(texts)]
    if not reads:
        return None
    form = reads[0]
    return Written(form, reads[1] if len(reads) > 1 else None, clock="%H" in form or "%I" in form)


def latest(batches: Iterable[Batch], columns: Sequence[str], how: Written) -> str | None:
    """The last moment that columns hold, as TOML writes it: a date where none of them names a time."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    read = "TRY_CAST(trim(t) AS TIMESTAMPTZ)" if how.form is None else f"try_strptime(trim(t), '{how.form}')"
    found: list[dt.datetime] = []
    for batch in batches:
        for name in columns:
            connection.register("texts", batch.rows.select([name]).rename_columns(["t"]))
            moment = f"CAST({read} AS TIMESTAMP)"
            query = f"SELECT max({moment}) FROM texts WHERE year({moment}) BETWEEN 1900 AND 2199"  # noqa: S608 - a form
            found += [value for (value,) in connection.execute(query).fetchall() if value is not None]
    if not found:
        return None
    last = max(found)
    if not how.clock:
        return last.date().isoformat()
    return last.isoformat() + ("Z" if how.offset else "")


def _eight(texts: list[str]) -> bool:
    return all(re.fullmatch(r"(19|20)\d{6}", text) for text in texts[:5])


def _read(texts: list[str], forms: list[str]) -> list[int]:
    """How many of the texts each form reads."""
    import duckdb

    counts = ", ".join(
        f"count(*) FILTER (year(try_strptime(t, '{form}')) BETWEEN 1900 AND 2199)" for form in forms
    )
    found = duckdb.connect().execute(f"SELECT {counts} FROM (SELECT unnest(?) AS t)", [texts]).fetchone()  # noqa: S608 - constants
    assert found is not None
    return [int(n) for n in found]
