"""`roadmap.csv`: one row an item, for a spreadsheet that may be opened without fear.

A spreadsheet takes text that starts with `=`, `+`, `-` or `@` for a formula, and one that splits lines
at other separators than ours finds such text in the middle of a cell; every such place gets an
apostrophe before it (OWASP, "CSV Injection"). Numbers are written as numbers, negative ones too.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from cxengine.plugin import Exporter, option
from cxengine_standard.exporters.edition import HORIZONS, Edition, publish
from cxengine_standard.exporters.names import Names

if TYPE_CHECKING:
    from cxengine.engine import Result
    from cxengine.planning.roadmap import Item, Kpi

Value = str | int | float | dt.date | None

_FORMULA = re.compile(
    r"""(^|[,;|\t\r\n"'])   # the start of a cell, here or where lines are split differently
        ([\s\0]*)           # what a spreadsheet skips
        (?=[=+\-@＝＋－＠])   # what it takes for the start of a formula
    """,  # noqa: RUF001  full-width signs are formulas to a Japanese spreadsheet
    re.VERBOSE,
)


@attrs.frozen
class CsvOptions:
    """How the table is written."""

    edition: Edition = option("`internal`, or `public`: what customers may see.", default="internal")
    bom: bool = option(
        "Whether the file starts with a byte order mark, by which Excel knows that it is UTF-8.", default=True
    )


class CsvExporter(Exporter):
    """Writes `roadmap.csv`, or `roadmap.public.csv` (RFC 4180, UTF-8)."""

    name = "csv"
    Options = CsvOptions

    def export(self, result: Result, folder: Path) -> Sequence[Path]:
        """The file; none where a run plans nothing."""
        if result.roadmap is None:
            return ()
        public = self.options.edition == "public"
        rows = _public_rows(result) if public else _internal_rows(result)
        path = folder / ("roadmap.public.csv" if public else "roadmap.csv")
        path.write_bytes(write(rows).encode("utf-8-sig" if self.options.bom else "utf-8"))
        return (path,)


def write(rows: Iterable[Sequence[Value]]) -> str:
    """Rows as RFC 4180: lines end with CR LF, text is always quoted and never a formula."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


def _cell(value: Value) -> str | int | float:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, dt.date):
        return value.isoformat()
    return harmless(value) if isinstance(value, str) else value


def harmless(text: str) -> str:
    """The text with an apostrophe wherever a spreadsheet could take it for a formula."""
    if text[:1] in ("\t", "\r", "\n"):
        text = "'" + text
    return _FORMULA.sub(r"\1\2'", text)


_COLUMNS: dict[str, Callable[[Item, Names], Value]] = {
    "rank": lambda item, _: item.rank,
    "id": lambda item, _: item.id,
    "name": lambda item, _: item.name,
    "about": lambda item, _: item.about,
    "area": lambda item, names: names.area(item.area),
    "team": lambda item, names: names.team(item.team),
    "owner": lambda item, _: item.owner,
    "horizon": lambda item, _: item.horizon,
    "start": lambda item, _: item.start,
    "end": lambda item, _: item.end,
    "quadrant": lambda item, _: item.quadrant,
    "quick_win_probability": lambda item, _: item.quick_win_probability,
    "score": lambda item, _: item.score,
    "impact_low": lambda item, _: item.impact.low,
    "impact_likely": lambda item, _: item.impact.likely,
    "impact_high": lambda item, _: item.impact.high,
    "effort_low": lambda item, _: item.effort.low,
    "effort_likely": lambda item, _: item.effort.likely,
    "effort_high": lambda item, _: item.effort.high,
    "cost": lambda item, _: item.cost,
    "complexity": lambda item, _: item.complexity,
    "touchpoints": lambda item, names: _list(names.touchpoint(t) for t in item.touchpoints),
    "segments": lambda item, names: _list(names.segments.get(s, s) for s in item.segments),
    "requires": lambda item, _: _list(item.requires),
    "tags": lambda item, _: _list(item.tags),
    "success": lambda item, _: item.success,
    "reasons": lambda item, _: _list(reason.text for reason in item.reasons),
}

_KPI: dict[str, Callable[[Kpi, Names], Value]] = {
    "kpi": lambda kpi, _: kpi.metric_name,
    "kpi_touchpoint": lambda kpi, names: names.touchpoint(kpi.touchpoint),
    "kpi_baseline": lambda kpi, _: kpi.baseline.value if kpi.baseline else None,
    "kpi_baseline_low": lambda kpi, _: kpi.baseline.low if kpi.baseline else None,
    "kpi_baseline_high": lambda kpi, _: kpi.baseline.high if kpi.baseline else None,
    "kpi_baseline_n": lambda kpi, _: kpi.baseline.n if kpi.baseline else None,
    "kpi_target": lambda kpi, _: kpi.target,
    "kpi_unit": lambda kpi, _: kpi.unit,
    "kpi_by": lambda kpi, _: kpi.by,
}


def _internal_rows(result: Result) -> Iterable[Sequence[Value]]:
    assert result.roadmap is not None
    names = Names.of(result.loaded)
    yield [*_COLUMNS, *_KPI]
    for item in result.roadmap.items:
        facts = [column(item, names) for column in _COLUMNS.values()]
        yield [*facts, *(column(item.kpi, names) if item.kpi else None for column in _KPI.values())]


def _public_rows(result: Result) -> Iterable[Sequence[Value]]:
    roadmap = publish(result)
    assert roadmap is not None
    yield ["when", "expected", "area", "name", "touchpoints"]
    for item in roadmap.items:
        yield [HORIZONS[item.horizon], item.expected, item.area, item.name, _list(item.touchpoints)]


def _list(texts: Iterable[str]) -> str:
    return "; ".join(texts)
