"""`report.pptx`: the report as slides, with charts and tables that can be edited in PowerPoint."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from cxengine.plugin import Exporter, option
from cxengine_standard.exporters.deck import ROWS, Deck
from cxengine_standard.exporters.edition import HORIZONS, Edition, publish
from cxengine_standard.exporters.language import Code, Language, language
from cxengine_standard.exporters.names import Names
from cxengine_standard.exporters.office import printable

if TYPE_CHECKING:
    from cxengine.engine import Result
    from cxengine.planning.roadmap import Item

ACCENT, LOVE = "0A5C9E", "0A6CAB"
RAMP = ("E38D42", "F1AE70", "F8D2AC", "FCECDC", "EEF0F3", "E0EEF8", "BCDCF1", "8CC2E6", "5CA6D8")
"""Fills of the heatmap from pain to love, as in the report."""


@attrs.frozen
class PowerPointOptions:
    """What the slides show."""

    edition: Edition = option("`internal`, or `public`: what customers may see.", default="internal")
    language: Code = option("The language of texts, numbers and dates: `en` or `de`.", default="en")


class PowerPointExporter(Exporter):
    """Writes `report.pptx`, or `report.public.pptx`; needs `cxengine[office]`."""

    name = "powerpoint"
    Options = PowerPointOptions

    def export(self, result: Result, folder: Path) -> Sequence[Path]:
        """The slides; none for the public edition of a run that plans nothing."""
        public, say = self.options.edition == "public", language(self.options.language)
        if public and result.roadmap is None:
            return ()
        deck = Deck()
        (_public if public else _internal)(deck, result, say)
        path = folder / ("report.public.pptx" if public else "report.pptx")
        path.write_bytes(deck.content())
        return (path,)


def _public(deck: Deck, result: Result, say: Language) -> None:
    """Nothing but the public roadmap."""
    roadmap = publish(result, say)
    assert roadmap is not None
    deck.title(roadmap.name, roadmap.vision or say.text("What is coming"))
    for horizon, name in HORIZONS.items():
        rows = [(i.name, i.area, i.expected, ", ".join(i.touchpoints)) for i in roadmap.at(horizon)]
        heads = (say.text("Initiative"), say.text("Area"), say.text("Expected"), say.text("Touchpoints"))
        deck.table(say.word(name), heads, rows, (4.6, 2.6, 1.4, 3.4))
    told = (say.text("Milestone"), say.text("Expected"))
    deck.table(say.text("Milestones"), told, list(roadmap.milestones), (6.0, 2.0))


def _internal(deck: Deck, result: Result, say: Language) -> None:
    from cxengine_standard.exporters.report import drivers, heatmap, summary

    told = summary.summarise(result, say)
    project = result.project.project
    deck.title(project.name, project.journey or say.text("Customer experience report"))
    _measured(deck, told, say)
    _journey(deck, result, told, say)
    if found := heatmap.draw(result, say):
        _heat(deck, found, say)
    for model in drivers.models(result, {}, say):
        _drivers(deck, model, say)
    if result.roadmap:
        _effort_impact(deck, result, say)
        _ranking(deck, result, say)
        _gantt(deck, result, say)
        _milestones(deck, result, say)


def _measured(deck: Deck, told: Any, say: Language) -> None:
    heads = (say.text("Metric"), say.text("Value, 95%% interval"), say.text("Answers"), say.text("Target"))
    rows = [
        (
            tile.gauge.name,
            say.interval(tile.measurement),
            "\N{EN DASH}" if tile.measurement.suppressed else say.number(tile.measurement.n, 0),
            tile.verdict,
        )
        for tile in told.tiles
    ]
    deck.table(say.text("How do we do?"), heads, rows, (4.6, 3.0, 1.4, 3.0))


def _journey(deck: Deck, result: Result, told: Any, say: Language) -> None:
    """Emotion as a line with its interval; what is not known is a gap in it."""
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE

    from cxengine_standard.exporters.report.journey_map import in_order

    touchpoints = in_order(result)
    feelings = [result.insight.feeling(t.id) for t in touchpoints]
    shown = [f.emotion if f and not f.emotion.suppressed else None for f in feelings]
    if not any(shown):
        return
    data = CategoryChartData(number_format="0.00")
    data.categories = [printable(t.name) for t in touchpoints]
    for name, part in (
        (say.text("Emotion"), "value"),
        (say.text("Lower limit, 95%%"), "low"),
        (say.text("Upper limit, 95%%"), "high"),
    ):
        data.add_series(name, [getattr(m, part) if m else None for m in shown])
    then = min((m for m in shown if m and m.as_of), key=lambda m: str(m.as_of), default=None)
    title = f"{told.hurts}, {say.as_of(then)}" if then else told.hurts
    chart = deck.chart(title, XL_CHART_TYPE.LINE_MARKERS, data)
    chart.value_axis.minimum_scale, chart.value_axis.maximum_scale = -1, 1
    for series, colour, width in zip(
        chart.plots[0].series, (LOVE, "A9B4C0", "A9B4C0"), (2.5, 1, 1), strict=True
    ):
        deck.line(series, colour, width)


def _heat(deck: Deck, found: Any, say: Language) -> None:
    def fill(row: int, column: int) -> str | None:
        cell = found.rows[row].cells[column - 1] if column else None
        return RAMP[cell.step + 4] if cell and cell.kind in ("all", "differs") else None

    rows = [(row.name, *(f"{cell.text} {cell.sign}".strip() for cell in row.cells)) for row in found.rows]
    heads = (say.text("Touchpoint"), *found.columns)
    widths = (3.0, *([9.3 / len(found.columns)] * len(found.columns)))
    title = say.text("Emotion by touchpoint and segment")
    note = say.text("Filled: everybody, and segments that differ from everybody beyond chance (▲ ▼).")
    deck.table(title, heads, rows, widths, fill=fill, note=note)


def _drivers(deck: Deck, model: Any, say: Language) -> None:
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE

    if not model.weights:
        return
    data = CategoryChartData(number_format="0.0%")
    shown = model.weights[:ROWS][::-1]
    data.categories = [printable(f"{w.driver.name} ({w.driver.ranks[0]}-{w.driver.ranks[1]})") for w in shown]
    data.add_series(say.text("Part of the variance"), [w.driver.importance.value for w in shown])
    chart = deck.chart(model.headline, XL_CHART_TYPE.BAR_CLUSTERED, data, legend=False)
    deck.fill(chart.plots[0].series[0], LOVE)
    chart.plots[0].gap_width = 45
    chart.plots[0].has_data_labels = True


def _effort_impact(deck: Deck, result: Result, say: Language) -> None:
    """A series an area, every point labelled with its rank."""
    from pptx.chart.data import XyChartData
    from pptx.enum.chart import XL_CHART_TYPE

    assert result.roadmap is not None
    names = Names.of(result.loaded, say)
    data = XyChartData(number_format="0.00")
    by_area: dict[str, list[Item]] = {}
    for item in result.roadmap.items:
        by_area.setdefault(names.area(item.area), []).append(item)
    if not by_area:
        return
    for area, items in by_area.items():
        series = data.add_series(printable(area))
        for item in items:
            series.add_data_point(item.effort.likely, item.impact.likely)
    chart = deck.chart(say.text("Effort and impact"), XL_CHART_TYPE.XY_SCATTER, data)
    deck.axes(chart, say.text("Effort, person-weeks"), say.text("Impact, points"))
    for series, items in zip(chart.plots[0].series, by_area.values(), strict=True):
        series.format.line.fill.background()
        for number, item in enumerate(items):
            deck.label(series.points[number], str(item.rank))


def _ranking(deck: Deck, result: Result, say: Language) -> None:
    from cxengine_standard.exporters.report.standing import standing

    names, order = Names.of(result.loaded, say), standing(result, say)
    heads = (
        "#",
        say.text("Initiative"),
        say.text("Area"),
        say.text("Impact, points"),
        say.text("Effort, person-weeks"),
        say.text("Rank, 80%% of draws") if order.known else say.text("Score"),
    )
    rows = [
        (
            str(row.item.rank),
            row.item.name,
            names.area(row.item.area),
            say.estimate(row.item.impact),
            say.estimate(row.item.effort),
            row.interval if order.known else say.number(row.item.score, 2),
        )
        for row in order.rows
    ]
    deck.table(say.text("Priorities"), heads, rows, (0.5, 4.4, 2.2, 1.8, 1.8, 1.6))


def _gantt(deck: Deck, result: Result, say: Language) -> None:
    """Bars from start to end in weeks: a series without fill holds them in their place."""
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE

    assert result.roadmap is not None
    planned = sorted(
        (i for i in result.roadmap.items if i.phases), key=lambda i: (i.phases[0].first_week, i.rank)
    )
    for number in range(0, len(planned), ROWS):
        shown = planned[number : number + ROWS][::-1]
        data = CategoryChartData(number_format="0")
        data.categories = [printable(f"{i.rank}. {i.name}") for i in shown]
        data.add_series(say.text("Starts after week"), [i.phases[0].first_week - 1 for i in shown])
        weeks = [max(s.last_week for s in i.phases) - i.phases[0].first_week + 1 for i in shown]
        data.add_series(say.text("Weeks"), weeks)
        title = say.text("Roadmap: weeks from %(day)s", day=say.day(result.roadmap.start))
        chart = deck.chart(title, XL_CHART_TYPE.BAR_STACKED, data, legend=False)
        chart.plots[0].gap_width, chart.plots[0].overlap = 40, 100
        chart.plots[0].series[0].format.fill.background()
        deck.fill(chart.plots[0].series[1], ACCENT)


def _milestones(deck: Deck, result: Result, say: Language) -> None:
    assert result.roadmap is not None
    heads = (
        say.text("Milestone"),
        say.text("Due"),
        say.text("Reached"),
        say.text("Reached by then, how probably"),
    )
    rows = [
        (
            m.name,
            say.day(m.due),
            say.day(m.reached),
            "" if m.probability is None else say.chance(m.probability),
        )
        for m in result.roadmap.milestones
    ]
    deck.table(say.text("Milestones"), heads, rows, (5.0, 2.2, 2.2, 2.6))
