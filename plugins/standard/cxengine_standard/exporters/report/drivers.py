"""Drivers: importance against performance, relative weights with intervals, and the factors behind them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import attrs

from cxengine_standard.exporters.language import ENGLISH, Language
from cxengine_standard.exporters.report.geometry import (
    Box,
    Label,
    RootScale,
    Scale,
    fitting,
    place_labels,
    shorten,
    text_width,
    ticks,
)

if TYPE_CHECKING:
    from cxengine.engine import Result
    from cxengine.insight.drivers.report import DriverResult, ModelResult

WIDTH, HEIGHT = 640.0, 460.0
PLOT = Box(58, 14, 624, 406)
LABEL, DOT = 11.0, 5.5
LOADS = 0.4
"""A loading from here on says that a driver belongs to a factor (Hair et al., Multivariate Data Analysis)."""


@attrs.frozen
class Dot:
    """A driver: where it is and how far its intervals reach, in pixels."""

    driver: DriverResult
    x: float
    y: float
    across: tuple[float, float]
    down: tuple[float, float]
    title: str
    label: Label | None = None


@attrs.frozen
class Chart:
    """Importance against performance."""

    dots: tuple[Dot, ...]
    performance_ticks: tuple[tuple[float, str], ...]
    importance_ticks: tuple[tuple[float, str], ...]
    cross: tuple[float, float]
    corners: tuple[Label, ...]
    rooted: bool
    """Whether importance runs by the square root."""


@attrs.frozen
class Weight:
    """A driver in the list of weights; the bar in pixels of a small chart."""

    driver: DriverResult
    position: int | None
    """Of the touchpoint that it is about, if it is one of the journey."""
    why: str


@attrs.frozen
class FactorRow:
    """A driver's loadings, each with its step of colour from 0 to 4, and whether it loads."""

    name: str
    loadings: tuple[tuple[str, int, bool], ...]
    communality: float


@attrs.frozen
class Model:
    """What is shown of an outcome."""

    found: ModelResult
    headline: str
    chart: Chart | None
    weights: tuple[Weight, ...]
    scale: Scale
    factors: tuple[FactorRow, ...]


def models(result: Result, positions: dict[str, int], say: Language = ENGLISH) -> tuple[Model, ...]:
    """Every driver model of a run; `positions` are those of touchpoints in the journey."""
    return tuple(_model(found, result, positions, say) for found in result.insight.drivers.models)


def _model(found: ModelResult, result: Result, positions: dict[str, int], say: Language) -> Model:
    most = max((d.importance.high for d in found.drivers), default=1.0)
    return Model(
        found=found,
        headline=_headline(found, say),
        chart=draw(found, result, say),
        weights=tuple(Weight(d, positions.get(d.touchpoint), _why(d, say)) for d in found.drivers),
        scale=Scale(0.0, most or 1.0, 0.0, 158.0),
        factors=_factors(found, say),
    )


def _headline(found: ModelResult, say: Language) -> str:
    """The driver that clearly weighs most, or those among which the first rank is open."""
    if not found.drivers:
        return say.text("What goes with %(outcome)s", outcome=found.outcome)
    first = [d.name for d in found.drivers if d.ranks[0] == 1]
    if len(first) == 1:
        return say.text("%(driver)s goes most with %(outcome)s", driver=first[0], outcome=found.outcome)
    if len(first) == 2:
        return say.text(
            "%(one)s and %(other)s go most with %(outcome)s",
            one=first[0],
            other=first[1],
            outcome=found.outcome,
        )
    return say.text("What goes with %(outcome)s: the first rank is open", outcome=found.outcome)


def _why(driver: DriverResult, say: Language) -> str:
    told = [say.text("importance %(share)s of variance", share=_percents(driver.importance, say))]
    if driver.performance:
        told.append(say.text("performance %(share)s", share=_percents(driver.performance, say)))
    told.append(say.answers(driver.n))
    return ", ".join(told)


def _percents(span: object, say: Language) -> str:
    low, value, high = (say.number(getattr(span, part) * 100, 1) for part in ("low", "value", "high"))
    return say.text("%(value)s%% (%(low)s to %(high)s)", value=value, low=low, high=high)


# --- the chart -------------------------------------------------------------------------------------


def draw(found: ModelResult, result: Result, say: Language = ENGLISH) -> Chart | None:
    """The chart of a model; None where fewer than two drivers have a scale."""
    rated = [d for d in found.drivers if d.performance and d.quadrant]
    if len(rated) < 2 or found.r2 is None:
        return None
    across, performances = _performance(rated)
    up, importances = _importance(rated)
    table = next(model for model in result.project.driver_models if model.id == found.id)
    share, level = table.cross.importance, table.cross.performance
    mean_share = sum(d.importance.value for d in rated) / len(rated)
    total = sum(d.importance.value for d in found.drivers)
    middle = mean_share if share is None else share * total
    mean = sum(d.performance.value for d in rated if d.performance) / len(rated)
    dots = [_dot(d, across, up, say) for d in rated]
    around = _corners(say)
    return Chart(
        dots=_labelled(dots, around),
        performance_ticks=tuple((across(t), say.percent(t)) for t in performances),
        importance_ticks=tuple(
            (up(t), say.text("%(number)s%%", number=say.number(t * 100))) for t in importances
        ),
        cross=(across.clamp(mean if level is None else level), up.clamp(middle)),
        corners=around,
        rooted=isinstance(up, RootScale),
    )


def _importance(rated: Sequence[DriverResult]) -> tuple[Scale | RootScale, tuple[float, ...]]:
    """A linear axis; where most drivers would crowd at its start, one by the square root. And its ticks."""
    values = [d.importance.value for d in rated]
    found = ticks(0.0, max(d.importance.high for d in rated) * 1.05, 5)
    return fitting(values, found, PLOT.bottom, PLOT.top)


def _performance(rated: Sequence[DriverResult]) -> tuple[Scale, tuple[float, ...]]:
    spans = [d.performance for d in rated if d.performance]
    found = ticks(max(0.0, min(s.low for s in spans) - 0.03), min(1.0, max(s.high for s in spans) + 0.03), 5)
    kept = tuple(t for t in found if 0 <= t <= 1)
    return Scale(kept[0], kept[-1], PLOT.left, PLOT.right), kept


def _dot(driver: DriverResult, across: Scale, up: Scale | RootScale, say: Language) -> Dot:
    span = driver.performance
    assert span is not None
    return Dot(
        driver=driver,
        x=across(span.value),
        y=up(driver.importance.value),
        across=(across.clamp(span.low), across.clamp(span.high)),
        down=(up.clamp(driver.importance.low), up.clamp(driver.importance.high)),
        title=f"{driver.name}: {_why(driver, say)}",
    )


def _corners(say: Language) -> tuple[Label, ...]:
    return (
        Label(PLOT.left + 8, PLOT.top + 16, "start", say.word("improve").capitalize()),
        Label(PLOT.right - 6, PLOT.top + 16, "end", say.word("keep").capitalize()),
        Label(PLOT.left + 8, PLOT.bottom - 8, "start", say.word("low priority").capitalize()),
        Label(PLOT.right - 6, PLOT.bottom - 8, "end", say.word("possible overkill").capitalize()),
    )


def _labelled(dots: Sequence[Dot], around: Sequence[Label]) -> tuple[Dot, ...]:
    labels = place_labels(
        [(d.x, d.y, DOT, shorten(d.driver.name, 170, LABEL)) for d in dots],
        PLOT,
        LABEL,
        obstacles=[_box(corner) for corner in around],
        lines=[line for dot in dots for line in _lines(dot)],
    )
    return tuple(attrs.evolve(d, label=label) for d, label in zip(dots, labels, strict=True))


def _lines(dot: Dot) -> Iterator[Box]:
    yield Box(dot.across[0], dot.y - 1, dot.across[1], dot.y + 1)
    yield Box(dot.x - 1, dot.down[1], dot.x + 1, dot.down[0])


def _box(corner: Label) -> Box:
    width = text_width(corner.text, 12.5)
    left = corner.x if corner.anchor == "start" else corner.x - width
    return Box(left, corner.y - 12, left + width, corner.y + 4)


# --- factors ---------------------------------------------------------------------------------------


def _factors(found: ModelResult, say: Language) -> tuple[FactorRow, ...]:
    """Drivers with their loadings, sorted by the factor they belong to, the strongest first."""
    if found.factors is None or not found.factors.factors:
        return ()
    columns = [factor.loadings for factor in found.factors.factors]
    rows = [
        (d.name, [column[i] for column in columns], found.factors.communalities[i])
        for i, d in enumerate(found.drivers)
    ]

    def place(row: tuple[str, list[float], float]) -> tuple[int, float]:
        sizes = [abs(loading) for loading in row[1]]
        strongest = max(range(len(sizes)), key=sizes.__getitem__)
        return strongest, -sizes[strongest]

    return tuple(
        FactorRow(
            name,
            tuple((say.number(x, 2), _step(x), abs(x) >= LOADS) for x in loadings),
            communality,
        )
        for name, loadings, communality in sorted(rows, key=place)
    )


def _step(loading: float) -> int:
    size = min(4, math.floor(abs(loading) * 5))
    return size if loading > 0 else -size
