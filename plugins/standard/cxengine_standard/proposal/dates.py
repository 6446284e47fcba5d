"""How dates are written in a column: found by trying what people write."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import TYPE_CHECKING

import attrs

from cxengine_standard.proposal.headings import plain
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
FORMS: tuple[str | None, ...] = (None, *(day + clock for day in DAYS for clock in CLOCKS))
"""What people write, the likeliest of two that read the same first; None is ISO 8601."""
EIGHT = re.compile(r"(19|20)\d{6}", re.ASCII)
LEAST = 0.98
"""The share of texts that must be dates."""
TRIED = 500
WAYS = 3
"""In how many ways the dates of a column are written at most."""


@attrs.frozen
class Way:
    """One of several ways in which dates are written: how many rows are, and one of them."""

    form: str | None
    rows: int
    example: str


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
    ways: tuple[Way, ...] = ()
    """All ways in which they are written, where these are several, the commonest, which is `form`, first."""


def written(column: Column) -> Written | None:
    """How, or None of a column that holds no dates."""
    texts = {text: n for text, n in column.texts.items() if not NONE.fullmatch(text)}
    first = list(texts)[:5]
    if not texts or not all(sum(c.isdigit() for c in text) >= 3 for text in first):
        return None
    tried = list(texts)[:: -(-len(texts) // TRIED)]
    if (how := _in_one_way(tried, FORMS[:1])) is not None:
        return how
    if re.search(r"\bid$", plain(column.name)) or (
        all(text.isdigit() for text in first) and not all(map(EIGHT.fullmatch, first))
    ):
        return None
    return _in_one_way(tried, FORMS[1:]) or _in_several(texts, tried)


def _in_one_way(texts: Sequence[str], forms: Sequence[str | None]) -> Written | None:
    """How they are written, where one of the forms reads them."""
    read = _read(texts, forms)
    found = [form for form in forms if len(read[form]) >= LEAST * len(texts)]
    if not found:
        return None
    form = found[0]
    if form is not None:
        return Written(form, found[1] if len(found) > 1 else None, clock="%H" in form or "%I" in form)
    matches = [match for match in map(ISO.fullmatch, texts) if match]
    return Written(None, clock=any(m[2] for m in matches), offset=all(m[5] for m in matches))


def _in_several(texts: Mapping[str, int], tried: Sequence[str]) -> Written | None:
    """The same of dates that are written in several ways: the commonest, and all."""
    forms: list[str | None] = []
    left = set(tried)
    while left and len(forms) < WAYS:
        read = _read(list(left), FORMS)
        most = max(FORMS, key=lambda form: len(read[form]))
        if not read[most]:
            break
        forms.append(most)
        left -= read[most]
    if len(left) > (1 - LEAST) * len(tried):
        return None
    ways, rest = [], dict(texts)
    for form in forms:
        fits = _read(list(rest), [form])[form]
        mine = [text for text in rest if text in fits]
        ways.append((Way(form, sum(rest.pop(text) for text in mine), mine[0]), mine))
    ways.sort(key=lambda pair: -pair[0].rows)
    first, texts_of_first = ways[0]
    how = _in_one_way(texts_of_first, [first.form, *(form for form in FORMS if form != first.form)])
    return how and attrs.evolve(how, ways=tuple(way for way, _ in ways))


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


def _read(texts: Sequence[str], forms: Sequence[str | None]) -> Mapping[str | None, Set[str]]:
    """Which of the texts each form reads."""
    import duckdb

    others = [form for form in forms if form is not None]
    lists = ", ".join(
        ["count(*)"]
        + [f"list(t) FILTER (year(try_strptime(t, '{form}')) BETWEEN 1900 AND 2199)" for form in others]
    )
    row = duckdb.connect().execute(f"SELECT {lists} FROM (SELECT unnest(?) AS t)", [list(texts)]).fetchone()  # noqa: S608 - constants
    assert row is not None
    found: dict[str | None, Set[str]] = {
        form: frozenset(read or ()) for form, read in zip(others, row[1:], strict=True)
    }
    return {None: frozenset(filter(ISO.fullmatch, texts)), **found}
