"""What is remembered of a journey: its peak and its end, beside the mean of all of it.

People judge an episode by its most intense and its last moment rather than by its sum or its mean. Here the
peak is the touchpoint whose mean emotion is furthest from 0, good or bad, of those that at least a quarter of
the people meet; the end is where the journey may end, over several ends the mean by reach; the score is the
mean of the two.

Which touchpoint is the peak is itself uncertain: the interval of the score holds 95% of draws in which the
peak is chosen anew, and 95% of those in which it stays. Without that it would cover 83% where many
touchpoints are about as intense; so it covers 93 to 98% (tests/insight/test_remembered.py). Touchpoints'
emotions are drawn independently; reach, which weighs the mean, is taken as known.
Sources: Kahneman, Fredrickson, Schreiber, Redelmeier, Psychological Science 4 (1993) 401-405; Fredrickson and
Kahneman, Journal of Personality and Social Psychology 65 (1993) 45-55.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.insight.drivers.bootstrap import rng_of
from cxengine.insight.finding import certainty
from cxengine.insight.views import emotion_curve
from cxengine.metrics.interval import Interval
from cxengine.metrics.measurement import ALL
from cxengine.plugin import intervals

if TYPE_CHECKING:
    from collections.abc import Sequence

    import networkx as nx
    import numpy.typing as npt

    from cxengine.insight.insight import Feeling, Insight
    from cxengine.project.model import Project

    FloatArray = npt.NDArray[np.float64]

DRAWS = 2000
COMMON = 0.25
"""The share of people who meet a touchpoint that may be the peak of their journey."""


@attrs.frozen
class Remembered:
    """The memory that a segment's journey leaves, or a persona's, as far as feelings there are shown."""

    segment: str
    persona: str
    """Id of the persona whose touchpoints these are; empty for all touchpoints."""
    peak: str
    """The touchpoint of the most intense emotion, of those that many meet."""
    peak_probability: float
    """That it is the most intense, chance considered."""
    peak_emotion: Interval
    ends: tuple[str, ...]
    """The touchpoints where the journey may end; of which none is shown, the last that is."""
    end_emotion: Interval
    score: Interval
    """Mean of peak and end, from -1 to 1."""
    mean: Interval
    """Of all emotions, by reach."""
    difference: Interval
    """The score less the mean: above 0, memory is better than the experience."""
    touchpoints: int
    """That are shown."""
    n: int
    """Responses behind the peak and the ends: those of the least of them."""
    p: float | None = None
    """The chance of so large a difference were there none; None of segments by themselves, which are not told
    of, and where a feeling is told again."""
    beyond_chance: bool = False
    """Whether the difference is, all that the run tests considered."""
    as_of: dt.date | None = None
    """The earliest day of a run that reckoned one of the feelings, where any is told again."""


def remembered(project: Project, graph: nx.DiGraph[str], insight: Insight) -> tuple[Remembered, ...]:
    """Of everybody, of every segment, and of every persona, where a feeling is shown."""
    segments = [(segment, "") for segment in (ALL, *(str(s.id) for s in project.segments))]
    personas = [(str(p.segment or ALL), str(p.id)) for p in project.personas]
    found = []
    for segment, persona in (*segments, *personas):
        shown = [
            f
            for f in emotion_curve(insight, segment)
            if not f.emotion.suppressed and (not persona or persona in graph.nodes[f.touchpoint]["personas"])
        ]
        if shown:
            found.append(_remembered(shown, graph.graph["ends"], segment, persona))
    return tuple(found)


def _remembered(shown: Sequence[Feeling], ends: Sequence[str], segment: str, persona: str) -> Remembered:
    """What is remembered of feelings in the order of the journey."""
    last = [i for i, f in enumerate(shown) if f.touchpoint in ends] or [len(shown) - 1]
    emotions = np.array([f.emotion.value for f in shown])
    drawn = _draws(shown, rng_of("remembered", segment))
    reach = np.array([f.reach for f in shown])
    weights = np.zeros(len(shown))
    weights[last] = _shares(reach[last])
    common = reach >= COMMON if (reach >= COMMON).any() else np.ones(len(shown), dtype=bool)
    intensity, intensities = np.abs(emotions) * common, np.abs(drawn) * common[:, None]
    peak, again = int(np.argmax(intensity)), np.argmax(intensities, axis=0)
    ended, means = weights @ drawn, _shares(reach) @ drawn
    same, anew = (drawn[peak] + ended) / 2, (drawn[again, np.arange(drawn.shape[1])] + ended) / 2
    score = (float(emotions[peak]) + float(weights @ emotions)) / 2
    mean = float(_shares(reach) @ emotions)
    difference = _whole(score - mean, same - means, anew - means)
    days = [f.as_of for f in shown if f.as_of is not None]
    told = (bool(persona) or segment == ALL) and not days
    behind = [shown[i].emotion.n for i in (*last, peak)]
    return Remembered(
        segment=segment,
        persona=persona,
        peak=shown[peak].touchpoint,
        peak_probability=float((again == peak).mean()),
        peak_emotion=_whole(float(emotions[peak]), drawn[peak]),
        ends=tuple(shown[i].touchpoint for i in last),
        end_emotion=_whole(float(weights @ emotions), ended),
        score=_whole(score, same, anew),
        mean=_whole(mean, means),
        difference=difference,
        touchpoints=len(shown),
        n=min(behind),
        p=1 - certainty(difference.value, difference.low, difference.high) if told else None,
        as_of=min(days, default=None),
    )


def _shares(reach: FloatArray) -> FloatArray:
    """Each as a part of all; equal parts where nothing is known."""
    total = reach.sum()
    return reach / total if total > 0 else np.full(len(reach), 1 / len(reach))


def _draws(shown: Sequence[Feeling], rng: np.random.Generator) -> FloatArray:
    """Draws of mean emotions, a row a touchpoint: normal, as wide to either side as the interval is."""
    value = np.array([[f.emotion.value] for f in shown])
    low, high = (np.array([[getattr(f.emotion, end)] for f in shown]) for end in ("low", "high"))
    deviates = rng.standard_normal((len(shown), DRAWS)) / intervals.Z
    drawn: FloatArray = value + np.where(deviates < 0, value - low, high - value) * deviates
    return np.clip(drawn, -1.0, 1.0)


def _whole(value: float, *draws: FloatArray) -> Interval:
    """A value with the interval that holds 95% of the draws of every kind."""
    ends = np.array([np.quantile(kind, [0.025, 0.975]) for kind in draws])
    low, high = float(ends[:, 0].min()), float(ends[:, 1].max())
    return Interval(value, min(low, value), max(high, value))
