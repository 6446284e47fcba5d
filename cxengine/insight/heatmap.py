"""The heatmap: how every segment feels at every touchpoint, how sure that is, how well it is backed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import attrs

from cxengine.insight.gaps.measure import FELT
from cxengine.insight.grade import EvidenceGrade, grade_of
from cxengine.metrics.interval import Interval
from cxengine.metrics.measurement import ALL

if TYPE_CHECKING:
    import networkx as nx

    from cxengine.insight.apart import Apart
    from cxengine.insight.insight import Insight
    from cxengine.metrics.measurement import Measurement
    from cxengine.project.model import Project


@attrs.frozen
class HeatCell:
    """A segment at a touchpoint. Numbers are None where nothing is shown."""

    touchpoint: str
    segment: str
    """"all" for everybody."""
    grade: EvidenceGrade
    suppressed: bool
    """Whether too few answers are there to be shown; otherwise, without numbers, there are none."""
    emotion: Interval | None
    """From -1 (worst) to +1 (best)."""
    pain: Interval | None
    love: Interval | None
    reach: float | None
    n: int
    difference: Interval | None
    """Of the emotion, from everybody else's."""
    differs: bool
    """Whether that is beyond chance, all emotions of the run considered."""
    judged: float | None
    """What the author assumes of the emotion, for everybody, where nothing is shown."""
    as_of: dt.date | None
    """The day of the run that reckoned it, where it is told again; None for what is of now."""


@attrs.frozen
class Heatmap:
    """A row a touchpoint, in the order of the journey, a column a segment, everybody first."""

    touchpoints: tuple[str, ...]
    segments: tuple[str, ...]
    rows: tuple[tuple[HeatCell, ...], ...]


def heatmap(project: Project, graph: nx.DiGraph[str], insight: Insight) -> Heatmap:
    """Every touchpoint of the journey and every segment, whatever is known of them."""
    touchpoints = tuple(str(touchpoint) for touchpoint in graph.nodes)
    segments = (ALL, *(str(segment.id) for segment in project.segments))
    assumed = {str(t.id): t.emotion for t in project.touchpoints}
    apart = {(one.touchpoint, one.segment): one for one in insight.apart if one.feeling == "emotion"}
    rows = tuple(
        tuple(
            _cell(project, insight, (t, s), apart.get((t, s)), assumed[t] if s == ALL else None)
            for s in segments
        )
        for t in touchpoints
    )
    return Heatmap(touchpoints, segments, rows)


def _cell(
    project: Project, insight: Insight, place: tuple[str, str], apart: Apart | None, assumed: float | None
) -> HeatCell:
    feeling = insight.feeling(*place)
    emotion = None if feeling is None else feeling.emotion
    grade = grade_of(emotion, FELT.width, project.privacy, judged=assumed is not None)
    shown = feeling if feeling is not None and not feeling.emotion.suppressed else None
    return HeatCell(
        touchpoint=place[0],
        segment=place[1],
        grade=grade,
        suppressed=feeling is not None and shown is None,
        emotion=None if shown is None else _interval(shown.emotion),
        pain=None if shown is None else _interval(shown.pain),
        love=None if shown is None else _interval(shown.love),
        reach=None if shown is None else shown.reach,
        n=0 if shown is None else shown.emotion.n,
        difference=None if apart is None else Interval(apart.value, apart.low, apart.high),
        differs=shown is not None and shown.differs,
        judged=float(assumed) if grade == "judged" and assumed is not None else None,
        as_of=None if feeling is None else feeling.as_of,
    )


def _interval(found: Measurement) -> Interval:
    return Interval(found.value, found.low, found.high)
