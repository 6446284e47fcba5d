"""From measurements to feelings: emotion, pain and love of every segment at every touchpoint."""

from __future__ import annotations

from collections.abc import Mapping
from math import hypot
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.insight.difference import p_value
from cxengine.insight.insight import Feeling, Grade, Insight
from cxengine.insight.moments import Moments, feeling_signals, moments
from cxengine.insight.silence import silenced
from cxengine.insight.voices import Heard, Reach, Voices, listen, reach
from cxengine.metrics.discovery import discoveries
from cxengine.metrics.finest import finest_of
from cxengine.metrics.measurement import ALL, SUPPRESSED, Measurement
from cxengine.metrics.segment import cubes
from cxengine.metrics.suppression import membership
from cxengine.plugin import intervals

if TYPE_CHECKING:
    import networkx as nx
    import pyarrow as pa

    from cxengine.evidence.evidence import Evidence
    from cxengine.metrics.measurement import Measurements
    from cxengine.project.model import PrivacySettings, Project
    from cxengine.project.origins import Origins

STRONG_N = 100


def find(
    project: Project,
    journey: nx.DiGraph[str],
    evidence: Evidence,
    measurements: Measurements,
    origins: Origins | None = None,
    *,
    previous: pa.Table | None = None,
) -> Insight:
    """The feelings at every touchpoint of the journey, for everybody and for every segment, now.

    Raises:
        ProjectError: a segment is no valid expression.
    """
    components = measurements.components
    assert components is not None, "measurements come from measure()"
    signals = [signal.id for signal in feeling_signals(project)]
    sums = moments(project, components)
    groups = cubes(project, origins, evidence.types, evidence.functions)
    heard = listen(project, finest_of(evidence), signals, present=components.present, groups=groups)
    segments = (ALL, *(s.id for s in project.segments))
    places = [(str(t), s) for t in journey.nodes for s in segments if (t, s) in sums]
    memberships = membership(groups, finest_of(evidence))
    spoken = {place: heard[place].feeling.n for place in places}
    silent = silenced(project, spoken, measurements, memberships, previous)
    felt = [
        Feeling(*place, SUPPRESSED, SUPPRESSED, SUPPRESSED, float("nan"), "none")
        if place in silent
        else _feeling(place, sums[place], heard[place].feeling, reach(heard, *place), project.privacy)
        for place in places
    ]
    return Insight(_flagged(felt, sums, heard))


def _feeling(
    place: tuple[str, str], sums: Moments, voices: Voices, met: Reach, privacy: PrivacySettings
) -> Feeling:
    """The feeling of one segment at one touchpoint."""
    return Feeling(
        touchpoint=place[0],
        segment=place[1],
        emotion=_emotion(sums, voices),
        pain=_intensity(Severities(sums.w, sums.ill, sums.ill2), voices, met),
        love=_intensity(Severities(sums.w, sums.joy, sums.joy2), voices, met),
        reach=met.value,
        grade=_grade(voices.n, privacy),
        share=met.share,
    )


def _grade(n: int, privacy: PrivacySettings) -> Grade:
    if n >= max(STRONG_N, privacy.caution_n):
        return "strong"
    return "moderate" if n >= privacy.caution_n else "weak"


def _emotion(sums: Moments, voices: Voices) -> Measurement:
    """The mean feeling with Student's t interval; answers of one response count as one."""
    value, variance, n = np.array([sums.emotion]), np.array([sums.variance]), np.array([voices.effective])
    low, high = intervals.mean(value, variance, n, (-1.0, 1.0))
    return Measurement(sums.emotion, float(low[0]), float(high[0]), voices.n, voices.effective)


@attrs.frozen
class Severities:
    """Weighted sums: of all answers, and of those of one kind, of their severities and their squares."""

    w: float
    total: float
    squares: float


def _intensity(kind: Severities, voices: Voices, met: Reach) -> Measurement:
    """Reach times mean severity (0 for an answer of the other kind), and its interval.

    Severity has the t interval of a mean from 0 to 1 with a fifth of an answer added at either end
    (simulated over all shapes of a five-point scale, it covers 94.5% at n = 10 and n = 30, 95% from
    n = 100 on), reach Wilson's; the distances to their limits combine as those of independent estimates.
    Source: Zou and Donner, Statistics in Medicine 27 (2008) 1693-1702.
    """
    n = np.array([voices.effective])
    severity = kind.total / kind.w
    variance = np.array([max(kind.squares / kind.w - severity**2, 0.0)])
    least, most = intervals.mean(np.array([severity]), variance, n, (0.0, 1.0), added=0.2)
    few, many = intervals.wilson(np.array([met.value]), np.array([met.base]))
    value = met.value * severity
    down = hypot(met.value * (severity - float(least[0])), severity * (met.value - float(few[0])))
    up = hypot(met.value * (float(most[0]) - severity), severity * (float(many[0]) - met.value))
    return Measurement(value, max(value - down, 0.0), min(value + up, 1.0), voices.n, voices.effective)


def _flagged(
    felt: list[Feeling],
    sums: Mapping[tuple[str, str], Moments],
    heard: Mapping[tuple[str | None, str], Heard],
) -> tuple[Feeling, ...]:
    """The feelings, those marked that differ from everybody else's beyond chance."""
    shown = {(f.touchpoint, f.segment) for f in felt if f.grade != "none"}
    tested, chances = [], []
    for touchpoint, segment in sorted(shown):
        if segment == ALL or (touchpoint, ALL) not in shown:
            continue
        here, whole = (touchpoint, segment), (touchpoint, ALL)
        rest = heard[whole].feeling - heard[here].feeling
        if rest.n > 0:
            others = sums[whole] - sums[here]
            tested.append(here)
            chances.append(p_value(sums[here], heard[here].feeling.effective, others, rest.effective))
    flags = discoveries(chances)
    different = {place for place, flag in zip(tested, flags, strict=True) if flag}
    return tuple(attrs.evolve(f, differs=(f.touchpoint, f.segment) in different) for f in felt)
