"""The journey map: stages, touchpoints, and the emotion curve with its 95% band."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

import attrs

from cxengine_standard.exporters.language import ENGLISH, Language
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
NAME, LONGEST = 11.0, 190.0
QUOTES, QUOTE = 3, 230.0


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
    back: bool


@attrs.frozen
class Overlay:
    """A segment's curve: its name, paths of bands and curves, and dots with what they say."""

    name: str
    bands: tuple[str, ...]
    curves: tuple[str, ...]
    dots: tuple[tuple[float, float, str], ...]


@attrs.frozen
class Frame:
    """Where things lie on the map, in pixels."""

    width: float
    column: float
    rotated: bool
    names_height: float
    emotion: Scale
    lane: Scale
    most: int
    """Answers behind the largest dot."""

    curve_top = CURVE_TOP
    curve_bottom = CURVE_TOP + CURVE_HEIGHT
    names_y = curve_bottom + 20

    @property
    def neutral(self) -> float:
        """The line between pain and love."""
        return self.emotion(0)

    @property
    def lanes_y(self) -> float:
        """The top of the lanes of pain and love."""
        return self.curve_bottom + 22 + self.names_height

    @property
    def arcs_y(self) -> float:
        """Where side steps start."""
        return self.lanes_y + 2 * LANE + 22


@attrs.frozen
class JourneyMap:
    """Everything that the template draws."""

    frame: Frame
    height: float
    stages: tuple[StageHead, ...]
    stops: tuple[Stop, ...]
    levels: tuple[tuple[float, str], ...]
    curves: tuple[str, ...]
    bands: tuple[str, ...]
    values: tuple[Label, ...]
    arcs: tuple[Arc, ...]
    quotes: tuple[Label, ...] = ()
    """A telling text at each of the touchpoints that hurt most, where there is room."""
    overlays: tuple[Overlay, ...] = ()
    """The curve of every segment that is known at two touchpoints or more."""


def draw(result: Result, say: Language = ENGLISH) -> JourneyMap:
    """The map of a run; touchpoints that nobody speaks about interrupt the curve."""
    names = Names.of(result.loaded, say)
    touchpoints = in_order(result)
    feelings = [result.insight.feeling(t.id) for t in touchpoints]
    frame = _frame(touchpoints, feelings)
    stops = tuple(
        _stop(i, t, f, frame, names) for i, (t, f) in enumerate(zip(touchpoints, feelings, strict=True))
    )
    arcs = _arcs(result, {t.id: s for t, s in zip(touchpoints, stops, strict=True)}, frame.arcs_y)
    scale = frame.emotion
    levels = ((1, say.text("love")), (0.5, ""), (0, say.text("neutral")), (-0.5, ""), (-1, say.text("pain")))
    return JourneyMap(
        frame=frame,
        height=frame.arcs_y + (70 if arcs else -8),
        stages=_stages(touchpoints, frame.column, names),
        stops=stops,
        levels=tuple((scale(v), w) for v, w in levels),
        curves=tuple(smooth([(s.x, scale(m.value)) for s, m in run]) for run in _runs(stops)),
        bands=tuple(_band(run, scale) for run in _runs(stops)),
        values=_values(stops, say),
        arcs=arcs,
        quotes=_quotes(result, stops, frame, _values(stops, say)),
        overlays=tuple(_overlays(result, touchpoints, frame, say)),
    )


def _quotes(
    result: Result, stops: Sequence[Stop], frame: Frame, values: Sequence[Label]
) -> tuple[Label, ...]:
    """Texts that cross neither dots nor values, and the curve as little as can be."""
    said = {one.touchpoint: one.texts[0] for one in result.insight.themes.telling if one.texts}
    known = [s for s in stops if s.y is not None and s.feeling is not None]
    hurting = sorted(
        (s for s in known if s.feeling and s.feeling.emotion.high < 0 and s.feeling.touchpoint in said),
        key=lambda s: -s.feeling.pain.value if s.feeling else 0.0,
    )[:QUOTES]
    taken = [Box(s.x - s.r - 5, (s.y or 0.0) - s.r - 5, s.x + s.r + 5, (s.y or 0.0) + s.r + 5) for s in known]
    taken += [Box(v.x - 18, v.y - 10, v.x + 18, v.y + 3) for v in values]
    curve = [
        Box(min(a.x, b.x), min(a.y or 0.0, b.y or 0.0), max(a.x, b.x), max(a.y or 0.0, b.y or 0.0))
        for a, b in pairwise(known)
    ]
    marks = [
        (s.x, s.y or 0.0, s.r + 18, f"“{shorten(said[s.feeling.touchpoint], QUOTE, 10.5)}”")
        for s in hurting
        if s.feeling
    ]
    bounds = Box(GUTTER, CURVE_TOP, frame.width, frame.curve_bottom)
    return tuple(label for label in place_labels(marks, bounds, 10.5, obstacles=taken, lines=curve) if label)


def _overlays(
    result: Result, touchpoints: Sequence[Touchpoint], frame: Frame, say: Language
) -> Iterator[Overlay]:
    """The curves of segments, for the page to lay over everybody's."""
    for segment in result.project.segments:
        known = []
        for i, touchpoint in enumerate(touchpoints):
            feeling = result.insight.feeling(touchpoint.id, segment.id)
            x = GUTTER + frame.column * (i + 0.5)
            known.append(None if feeling is None or feeling.emotion.suppressed else (x, feeling.emotion))
        runs = [[p for p in group if p] for there, group in groupby(known, key=bool) if there]
        if sum(map(len, runs)) < 2:
            continue
        up = frame.emotion
        yield Overlay(
            segment.name,
            tuple(
                band([(x, up(m.low)) for x, m in run], [(x, up(m.high)) for x, m in run])
                for run in runs
                if len(run) > 1
            ),
            tuple(smooth([(x, up(m.value)) for x, m in run]) for run in runs if len(run) > 1),
            tuple(
                (round(x, 1), round(up(m.value), 1), f"{segment.name}: {say.interval(m)}, {say.answers(m.n)}")
                for run in runs
                for x, m in run
            ),
        )


def _frame(touchpoints: Sequence[Touchpoint], feelings: Sequence[Feeling | None]) -> Frame:
    column = min(max((WIDTH - GUTTER) / max(len(touchpoints), 1), NARROWEST), WIDEST)
    rotated = any(text_width(word, NAME) > column - 6 for t in touchpoints for word in t.name.split())
    lanes = [m.high for f in feelings if f for m in (f.pain, f.love) if not m.suppressed]
    return Frame(
        width=GUTTER + column * max(len(touchpoints), 1),
        column=column,
        rotated=rotated,
        names_height=_names_height(touchpoints, column, rotated),
        emotion=Scale(-1, 1, CURVE_TOP + CURVE_HEIGHT, CURVE_TOP),
        lane=Scale(0, max(lanes, default=1.0), 0, LANE - 14),
        most=max((f.emotion.n for f in feelings if f), default=0) or 1,
    )


def in_order(result: Result) -> Sequence[Touchpoint]:
    """Touchpoints in the order of the journey: by stage, then as written; moments of truth as found."""
    rank = {stage.id: number for number, stage in enumerate(result.project.stages)}
    ordered = sorted(result.project.touchpoints, key=lambda t: rank.get(t.stage, len(rank)))
    return [_as_found(touchpoint, result) for touchpoint in ordered]


def _as_found(touchpoint: Touchpoint, result: Result) -> Touchpoint:
    """Whether it is a moment of truth is what rules read, where that was asked; else what its author says."""
    found = result.insight.moment_of_truth(touchpoint.id)
    if found is None or found.counts == touchpoint.moment_of_truth:
        return touchpoint
    return attrs.evolve(touchpoint, moment_of_truth=found.counts)


def _stop(position: int, touchpoint: Touchpoint, feeling: Feeling | None, frame: Frame, names: Names) -> Stop:
    known = feeling if feeling and not feeling.emotion.suppressed else None
    name = touchpoint.name
    return Stop(
        position=position,
        x=GUTTER + frame.column * (position + 0.5),
        name=name,
        lines=(shorten(name, LONGEST, NAME),) if frame.rotated else wrap(name, frame.column - 6, NAME, 3),
        stage=names.stages.get(touchpoint.stage, touchpoint.stage),
        channels=", ".join(names.channels.get(c, c) for c in touchpoint.channels),
        moment_of_truth=touchpoint.moment_of_truth,
        backstage=not touchpoint.frontstage,
        feeling=feeling,
        y=frame.emotion(known.emotion.value) if known else None,
        r=radius(known.emotion.n / frame.most, min(12.0, frame.column / 4), 3.5) if known else 3.5,
        desired=None if touchpoint.desired is None else frame.emotion(touchpoint.desired),
        pain=_bar(known.pain, frame.lane) if known else None,
        love=_bar(known.love, frame.lane) if known else None,
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
        return 14 + 0.62 * max((min(text_width(t.name, NAME), LONGEST) for t in touchpoints), default=0)
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


def _values(stops: Sequence[Stop], say: Language) -> tuple[Label, ...]:
    """The value of each dot, on the side to which the curve bends away."""
    found = []
    for run in _runs(stops):
        heights = [stop.y or 0.0 for stop, _ in run]
        for i, (stop, emotion) in enumerate(run):
            beside = [heights[j] for j in (i - 1, i + 1) if 0 <= j < len(run)]
            above = not beside or heights[i] <= sum(beside) / len(beside)
            gap = stop.r + (6 if stop.moment_of_truth else 2)
            y = heights[i] - gap - 4 if above else heights[i] + gap + 12
            found.append(Label(stop.x, y, "middle", _signed(emotion, say)))
    return tuple(found)


def _signed(measurement: Measurement, say: Language) -> str:
    return say.number(measurement.value, min(say.decimals_of(measurement), 2), signed=True)


def _arcs(result: Result, stops: Mapping[str, Stop], y: float) -> tuple[Arc, ...]:
    """Declared steps that skip or go back, drawn below the map: dips as deep as they are long."""
    found = []
    for step in result.project.transitions:
        if step.source not in stops or step.target not in stops:
            continue
        one, other = stops[step.source], stops[step.target]
        if other.position == one.position + 1:
            continue
        depth = 14 + min(62.0, abs(other.x - one.x) / 8)
        down = f"{y + depth:.1f}"
        path = f"M{one.x:.1f} {y:.1f}C{one.x:.1f} {down} {other.x:.1f} {down} {other.x:.1f} {y + 3:.1f}"
        found.append(
            Arc(
                path,
                f"{one.name} → {other.name}{': ' + step.about if step.about else ''}",
                other.position < one.position,
            )
        )
    return tuple(found)
