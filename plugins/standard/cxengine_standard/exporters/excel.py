"""`report.xlsx`: everything that the report shows as tables to work with, and native charts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from cxengine.plugin import Exporter, option
from cxengine_standard.exporters.edition import HORIZONS, Edition, publish
from cxengine_standard.exporters.language import Code, Language, language
from cxengine_standard.exporters.names import Names
from cxengine_standard.exporters.workbook import Book, Value

if TYPE_CHECKING:
    from cxengine.engine import Result


@attrs.frozen
class ExcelOptions:
    """What the workbook holds."""

    edition: Edition = option("`internal`, or `public`: what customers may see.", default="internal")
    language: Code = option("The language of texts: `en` or `de`.", default="en")


class ExcelExporter(Exporter):
    """Writes `report.xlsx`, or `report.public.xlsx`; needs `cxengine[office]`."""

    name = "excel"
    Options = ExcelOptions

    def export(self, result: Result, folder: Path) -> Sequence[Path]:
        """The workbook; none for the public edition of a run that plans nothing."""
        public, say = self.options.edition == "public", language(self.options.language)
        if public and result.roadmap is None:
            return ()
        book = Book()
        (_public if public else _internal)(book, result, say)
        path = folder / ("report.public.xlsx" if public else "report.xlsx")
        path.write_bytes(book.content())
        return (path,)


def _public(book: Book, result: Result, say: Language) -> None:
    """Nothing but the public roadmap."""
    roadmap = publish(result, say)
    assert roadmap is not None
    heads = [
        say.text("When"),
        say.text("Expected"),
        say.text("Area"),
        say.text("Initiative"),
        say.text("Touchpoints"),
    ]
    rows = [
        [say.word(HORIZONS[item.horizon]), item.expected, item.area, item.name, ", ".join(item.touchpoints)]
        for item in roadmap.items
    ]
    book.sheet(say.text("Roadmap"), heads, rows, [12, 12, 24, 48, 48])


def _internal(book: Book, result: Result, say: Language) -> None:
    if result.roadmap:
        _roadmap(book, result, say)
    _journey(book, result, say)
    _heat(book, result, say)
    _drivers(book, result, say)
    _measurements(book, result, say)
    _sources(book, result, say)


def _roadmap(book: Book, result: Result, say: Language) -> None:
    """Every item with its numbers, the chart of effort and impact, and the bars of the timeline."""
    assert result.roadmap is not None
    names = Names.of(result.loaded, say)
    heads = [
        "#",
        say.text("Initiative"),
        say.text("Area"),
        say.text("Team"),
        say.text("Owner"),
        say.text("Score"),
    ]
    heads += [say.text("Impact, points"), say.text("Impact, low"), say.text("Impact, high")]
    heads += [say.text("Effort, person-weeks"), say.text("Effort, low"), say.text("Effort, high")]
    heads += [say.text("Cost"), say.text("Start"), say.text("End"), say.text("Days"), say.text("Why")]
    items = result.roadmap.items
    rows: list[list[Value]] = [
        [
            item.rank, item.name, names.area(item.area), names.team(item.team), item.owner, item.score,
            item.impact.likely, item.impact.low, item.impact.high,
            item.effort.likely, item.effort.low, item.effort.high,
            item.cost, item.start, item.end,
            (item.end - item.start).days + 1 if item.start and item.end else None,
            " ".join(reason.text for reason in item.reasons),
        ]
        for item in items
    ]  # fmt: skip
    name = say.text("Roadmap")
    book.sheet(name, heads, rows, [5, 44, 22, 20, 22, 9, 10, 10, 10, 10, 10, 10, 12, 12, 12, 7, 90])
    if rows:
        labels = [str(item.rank) for item in items]
        book.scatter(
            say.text("Effort and impact"),
            name,
            labels,
            axes=(heads[9], heads[6]),
            across=[(i.effort.likely - i.effort.low, i.effort.high - i.effort.likely) for i in items],
            up=[(i.impact.likely - i.impact.low, i.impact.high - i.impact.likely) for i in items],
        )
        book.gantt(say.text("Timeline"), name, len(rows), heads[13], result.roadmap.start)


def _journey(book: Book, result: Result, say: Language) -> None:
    from cxengine_standard.exporters.report.journey_map import in_order

    names = Names.of(result.loaded, say)
    heads = [say.text("Stage"), say.text("Touchpoint"), say.text("Moment of truth"), say.text("Emotion")]
    heads += [
        say.text("Lower limit, 95%%"),
        say.text("Upper limit, 95%%"),
        say.text("Pain"),
        say.text("Love"),
    ]
    heads += [say.text("Reach"), say.text("Answers"), say.text("Backed")]
    then = any(feeling.as_of for feeling in result.insight.feelings if feeling.segment == "all")
    heads += [say.text("As of")] if then else []
    rows: list[list[Value]] = []
    for touchpoint in in_order(result):
        feeling = result.insight.feeling(touchpoint.id)
        known = feeling if feeling and not feeling.emotion.suppressed else None
        moment = say.text("yes") if touchpoint.moment_of_truth else ""
        row: list[Value] = [names.stages.get(touchpoint.stage, touchpoint.stage), touchpoint.name, moment]
        if known:
            m = known.emotion
            row += [
                m.value,
                m.low,
                m.high,
                known.pain.value,
                known.love.value,
                known.reach,
                m.n,
                say.word(known.grade),
                *([known.as_of or ""] if then else []),
            ]
        rows.append(row)
    name = say.text("Journey")
    book.sheet(name, heads, rows, [24, 36, 14, 10, 12, 12, 10, 10, 10, 10, 12, 12][: len(heads)])
    book.lines(say.text("Emotion along the journey"), name, len(rows), heads[3:6])


def _heat(book: Book, result: Result, say: Language) -> None:
    from cxengine_standard.exporters.report.heatmap import draw
    from cxengine_standard.exporters.report.journey_map import in_order

    found = draw(result, say)
    if found is None:
        return
    segments = ["all", *(segment.id for segment in result.project.segments)]
    rows: list[list[Value]] = []
    for touchpoint, row in zip(in_order(result), found.rows, strict=True):
        values: list[Value] = [touchpoint.name]
        for segment, cell in zip(segments, row.cells, strict=True):
            feeling = result.insight.feeling(touchpoint.id, segment)
            shown = feeling is not None and not feeling.emotion.suppressed
            values.append(feeling.emotion.value if shown and feeling else cell.text)
        rows.append(values)
    name = say.text("Segments")
    book.sheet(name, [say.text("Touchpoint"), *found.columns], rows, [36, *([16] * len(found.columns))])
    book.colours(name, len(rows), len(found.columns))


def _drivers(book: Book, result: Result, say: Language) -> None:
    heads = [
        say.text("Outcome"),
        say.text("Driver"),
        say.text("Part of the variance"),
        say.text("Lower limit, 95%%"),
    ]
    heads += [
        say.text("Upper limit, 95%%"),
        say.text("First rank"),
        say.text("Last rank"),
        say.text("Performance"),
    ]
    heads += [say.text("Correlation"), say.text("Answers"), say.text("Quadrant")]
    rows: list[list[Value]] = [
        [
            model.outcome, d.name, d.importance.value, d.importance.low, d.importance.high, *d.ranks,
            d.performance.value if d.performance else None, d.pearson.value, d.n,
            say.word(d.quadrant.name) if d.quadrant else "",
        ]
        for model in result.insight.drivers.models
        for d in model.drivers
    ]  # fmt: skip
    if rows:
        name = say.text("Drivers")
        book.sheet(name, heads, rows, [30, 36, 12, 12, 12, 10, 10, 12, 12, 10, 20])
        book.bars(
            say.text("Relative weights"),
            name,
            heads[2],
            [
                (d.importance.value - d.importance.low, d.importance.high - d.importance.value)
                for model in result.insight.drivers.models
                for d in model.drivers
            ],
        )


def _measurements(book: Book, result: Result, say: Language) -> None:
    """Everything measured now, or told again as it was; suppressed cells without numbers."""
    names = Names.of(result.loaded, say)
    heads = [say.text("Metric"), say.text("Where"), say.text("Segment"), say.text("Value")]
    heads += [
        say.text("Lower limit, 95%%"),
        say.text("Upper limit, 95%%"),
        say.text("Answers"),
        say.text("Caution"),
    ]
    then = result.measurements.held is not None
    heads += [say.text("As of")] if then else []
    rows: list[list[Value]] = []
    for (metric, cell), m in sorted(result.measurements.told_by_cell.items(), key=lambda pair: str(pair[0])):
        if cell.period != "current" or metric not in names.metrics or cell.segment not in names.segments:
            continue
        where = names.touchpoint("journey") if cell.level == "journey" else names.touchpoint(cell.subject)
        where = names.stages.get(cell.subject, cell.subject) if cell.level == "stage" else where
        numbers: list[Value] = (
            [say.text("too few answers to show")]
            if m.suppressed
            else [m.value, m.low, m.high, m.n, say.caution(m), *([m.as_of or ""] if then else [])]
        )
        rows.append([names.metrics[metric], where, names.segments[cell.segment], *numbers])
    book.sheet(say.text("Measurements"), heads, rows, [34, 36, 26, 12, 14, 14, 10, 22, 12][: len(heads)])


def _sources(book: Book, result: Result, say: Language) -> None:
    heads = [say.text("Source"), say.text("Rows read"), say.text("Rows used"), say.text("Rows quarantined")]
    heads += [say.text("Values read"), say.text("Values used")]
    rows: list[list[Value]] = [
        [a.source, a.rows_read, a.rows_used, a.rows_quarantined, a.values_read, a.values_used]
        for a in result.evidence.accounts
    ]
    book.sheet(say.text("Sources"), heads, rows, [30, 14, 14, 16, 14, 14])
