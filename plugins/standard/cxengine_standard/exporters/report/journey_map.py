"""The journey map: stages, touchpoints, and the emotion curve with its 95% band."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import attrs

from cxengine_standard.exporters.figures import decimals_of, number
from cxengine_standard.exporters.names import Names
from cxengine_standard.exporters.report.geometry import (
    Box,
    Label,
    Point,
    Scale,
    band,
    place_labels,
    radius,
    shorten,
    smooth,
    text_width,
    wrap,
)

if TYPE_CHECKING:
    from cxengine.engine import Result
    from cxengine.insight.insight import Feeling
    from cxengine.metrics.measurement import Measurement
    from cxengine.project.model import Touchpoint

WIDTH = 1320.0
GUTTER = 92.0
NARROWEST, WIDEST = 46.0, 150.0
CURVE_TOP, CURVE_HEIGHT = 66.0, 250.0
LANE = 54.0
NAME = 11.0


@attrs.frozen
class StageHead:
    """The head of a stage: a box with its name on some lines."""

    x: float
    width: float
    lines: tuple[str, ...]
    name: str


@attrs.frozen
class Bar:
    """A bar of a lane with its whisker; all are pixels."""

    top: float
    height: float
    low: float
    high: float


@attrs.frozen
class Stop:
    """A touchpoint on the map."""

    position: int
    x: float
    name: str
    lines: tuple[str, ...]
    stage: str
    channels: str
    moment_of_truth: bool
    backstage: bool
    feeling: Feeling | None
    y: float | None
    r: float
    desired: float | None
    pain: Bar | None
    love: Bar | None


@attrs.frozen
class Arc:
    """A step that does not lead to the next touchpoint."""

    path: str
    title: str


@attrs.frozen
class JourneyMap:
    """Everything that the template draws."""

    width: float
    height: float
    column: float
    stages: tuple[StageHead, ...]
    stops: tuple[Stop, ...]
    levels: tuple[tuple[float, str], ...]
    curve_bottom: float
    neutral: float
    curves: tuple[str, ...]
    bands: tuple[str, ...]
    values: tuple[Label | None, ...]
    rotated: bool
    names_y: float
    lanes_y: float
    lane_top: float
    arcs: tuple[Arc, ...]
    arcs_y: float


def draw(result: Result) -> JourneyMap:
    """The map of a run; touchpoints that nobody speaks about interrupt the curve."""
    names = Names.of(result.loaded)
    touchpoints = in_order(result)
    column = min(max((WIDTH - GUTTER) / max(len(touchpoints), 1), NARROWEST), WIDEST)
    feelings = [result.insight.feeling(t.id) for t in touchpoints]
    scale = Scale(-1, 1, CURVE_TOP + CURVE_HEIGHT, CURVE_TOP)
    rotated = any(text_width(w, NAME) > column - 6 for t in touchpoints for w in t.name.split())
    lanes_y = CURVE_TOP + CURVE_HEIGHT + 22 + _names_height(touchpoints, column, rotated)
    top = max((m.high for f in feelings if f for m in (f.pain, f.love) if not m.suppressed), default=1.0)
    stops = tuple(
        _stop(i, t, f, column, scale, names, rotated, Scale(0, top, 0, LANE - 14), feelings)
        for i, (t, f) in enumerate(zip(touchpoints, feelings, strict=True))
    )
    lanes_bottom = lanes_y + 2 * LANE + 8
    arcs = _arcs(result, {t.id: s for t, s in zip(touchpoints, stops, strict=True)}, lanes_bottom + 14)
    width = max(
        WIDTH if column < WIDEST else GUTTER + column * len(touchpoints), GUTTER + column * len(touchpoints)
    )
    return JourneyMap(
        width=width,
        height=lanes_bottom + (70 if arcs else 6),
        column=column,
        stages=_stages(touchpoints, column, names),
        stops=stops,
        levels=tuple(
            (scale(v), w) for v, w in ((1, "love"), (0.5, ""), (0, "neutral"), (-0.5, ""), (-1, "pain"))
        ),
        curve_bottom=CURVE_TOP + CURVE_HEIGHT,
        neutral=scale(0),
        curves=tuple(smooth([(s.x, scale(m.value)) for s, m in run]) for run in _runs(stops)),
        bands=tuple(_band(run, scale) for run in _runs(stops)),
        values=_values(stops, width),
        rotated=rotated,
        names_y=CURVE_TOP + CURVE_HEIGHT + 20,
        lanes_y=lanes_y,
        lane_top=top,
        arcs=arcs,
        arcs_y=lanes_bottom + 14,
    )


def in_order(result: Result) -> Sequence[Touchpoint]:
    """Touchpoints in the order of the journey: by stage, then as written."""
    rank = {stage.id: number for number, stage in enumerate(result.project.stages)}
    return sorted(result.project.touchpoints, key=lambda t: rank.get(t.stage, len(rank)))


def _stop(
    position: int,
    touchpoint: Touchpoint,
    feeling: Feeling | None,
    column: float,
    scale: Scale,
    names: Names,
    rotated: bool,
    lane: Scale,
    feelings: Sequence[Feeling | None],
) -> Stop:
    most = max((f.emotion.n for f in feelings if f), default=1) or 1
    known = feeling if feeling and not feeling.emotion.suppressed else None
    return Stop(
        position=position,
        x=GUTTER + column * (position + 0.5),
        name=touchpoint.name,
        lines=(shorten(touchpoint.name, 150, NAME),)
        if rotated
        else wrap(touchpoint.name, column - 6, NAME, 3),
        stage=names.stages.get(touchpoint.stage, touchpoint.stage),
        channels=", ".join(names.channels.get(c, c) for c in touchpoint.channels),
        moment_of_truth=touchpoint.moment_of_truth,
        backstage=not touchpoint.frontstage,
        feeling=feeling,
        y=scale(known.emotion.value) if known else None,
        r=radius(known.emotion.n / most, min(12.0, column / 4), 3.5) if known else 3.5,
        desired=None if touchpoint.desired is None else scale(touchpoint.desired),
        pain=_bar(known.pain, lane) if known else None,
        love=_bar(known.love, lane) if known else None,
    )


def _bar(measurement: Measurement, lane: Scale) -> Bar | None:
    if measurement.suppressed:
        return None
    height = lane(measurement.value)
    return Bar(-height, height, -lane(measurement.low), -lane(measurement.high))


def _stages(touchpoints: Sequence[Touchpoint], column: float, names: Names) -> tuple[StageHead, ...]:
    heads, start = [], 0
    for stage, group in groupby(touchpoints, key=lambda t: t.stage):
        count = len(list(group))
        name, width = names.stages.get(stage, stage), column * count
        heads.append(StageHead(GUTTER + column * start + 1, width - 2, wrap(name, width - 12, 12, 3), name))
        start += count
    return tuple(heads)


def _names_height(touchpoints: Sequence[Touchpoint], column: float, rotated: bool) -> float:
    if rotated:  # at 38 degrees: sin 0.62
        return 14 + 0.62 * max((min(text_width(t.name, NAME), 150) for t in touchpoints), default=0)
    return 12 + 13 * max((len(wrap(t.name, column - 6, NAME, 3)) for t in touchpoints), default=1)


def _runs(stops: Sequence[Stop]) -> list[list[tuple[Stop, Measurement]]]:
    """Stretches of neighbouring touchpoints whose emotion is known."""
    return [
        [(s, s.feeling.emotion) for s in group if s.feeling]
        for known, group in groupby(stops, key=lambda s: s.y is not None)
        if known
    ]


def _band(run: Sequence[tuple[Stop, Measurement]], scale: Scale) -> str:
    low: list[Point] = [(s.x, scale(m.low)) for s, m in run]
    high: list[Point] = [(s.x, scale(m.high)) for s, m in run]
    return band(low, high) if len(run) > 1 else ""


def _values(stops: Sequence[Stop], width: float) -> tuple[Label | None, ...]:
    """The value beside each dot, away from the curve where there is room."""
    known = [s for s in stops if s.y is not None and s.feeling]
    marks = [(s.x, s.y or 0.0, s.r + 2, _signed(s.feeling.emotion)) for s in known if s.feeling]
    return place_labels(marks, Box(GUTTER, CURVE_TOP - 12, width, CURVE_TOP + CURVE_HEIGHT + 12), 11, ())


def _signed(measurement: Measurement) -> str:
    return number(measurement.value, min(decimals_of(measurement), 2), signed=True)


def _arcs(result: Result, stops: Mapping[str, Stop], y: float) -> tuple[Arc, ...]:
    """Declared steps that skip or go back, drawn below the map: dips as deep as they are long."""
    found = []
    for step in result.project.transitions:
        if step.source not in stops or step.target not in stops:
            continue
        one, other = stops[step.source], stops[step.target]
        if other.position == one.position + 1:
            continue
        depth = 16 + min(30.0, abs(other.x - one.x) / 12)
        path = f"M{one.x:.1f} {y:.1f}C{one.x:.1f} {y + depth:.1f} {other.x:.1f} {y + depth:.1f} {other.x:.1f} {y + 3:.1f}"
        found.append(Arc(path, f"{one.name} → {other.name}{': ' + step.about if step.about else ''}"))
    return tuple(found)
