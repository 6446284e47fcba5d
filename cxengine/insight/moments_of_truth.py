"""Moments of truth: the touchpoints that shape loyalty, as a probability.

The strength of a touchpoint is importance x emotional extremity x reach: how much it matters for loyalty, how
far from indifferent people are there (the mean distance of a feeling from the neutral zone, good or bad), and
which share of them meet it. A touchpoint is a moment of truth with the probability of being among the top k.

That probability is the share of joint draws in which it is: importances are the driver model's resamplings
(draw by draw, those of all touchpoints together) where one `sets_importance`, else what touchpoints declare,
taken as certain; extremity is drawn from the t distribution of its mean, reach from its Beta posterior.
Importance and feeling at a touchpoint are taken as independent, and so are touchpoints' feelings. On planted
truth, of those said to be among the top with 80%, 75 to 85% are (tests/insight/test_moments_of_truth.py).

Of a feeling that is told again, only what was told is known: pain and love are together extremity x reach,
and how far its answers are apart follows from the interval of the emotion.
"""

from __future__ import annotations

import datetime as dt
from math import ceil
from typing import TYPE_CHECKING, Literal

import attrs
import numpy as np

from cxengine.insight.drivers.bootstrap import rng_of
from cxengine.insight.drivers.facts import drawn_importances, importances
from cxengine.insight.voices import reach
from cxengine.metrics.interval import Interval
from cxengine.metrics.measurement import ALL
from cxengine.plugin import intervals

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from cxengine.insight.insight import Feeling, Insight
    from cxengine.project.model import MomentSettings, Project

    FloatArray = npt.NDArray[np.float64]

DRAWS = 4000
ONE_IN = 5
"""Where the project does not say how many, one in so many touchpoints is among the top."""


@attrs.frozen
class MomentOfTruth:
    """How a touchpoint stands, as declared and as measured."""

    touchpoint: str
    declared: bool
    counts: bool
    """What rules read as `moment_of_truth`."""
    importance: Literal["measured", "judged"]
    """What the probability rests on: the importance of a driver model, or a judgement, taken as certain."""
    strength: Interval | None
    """Importance x extremity x reach, each from 0 to 1; None where no feeling is shown."""
    probability: float | None
    """Of being among the `top`."""
    top: int
    n: int
    as_of: dt.date | None = None
    """The day of the run that reckoned the feeling, where it is told again; None for what is of now."""


def moments_of_truth(project: Project, insight: Insight) -> tuple[MomentOfTruth, ...]:
    """Every touchpoint, in the order of the project."""
    settings, drawn = project.moments_of_truth, _strengths(project, insight)
    top = settings.top or ceil(len(drawn) / ONE_IN)
    chances = dict(zip(drawn, among_the_top(np.array([d for _, d in drawn.values()]), top), strict=True))
    measured = importances(project, insight.drivers)
    found = []
    for touchpoint in project.touchpoints:
        name = str(touchpoint.id)
        value, draws = drawn.get(name, (0.0, None))
        feeling = insight.feeling(name)
        one = MomentOfTruth(
            touchpoint=name,
            declared=touchpoint.moment_of_truth,
            counts=touchpoint.moment_of_truth,
            importance="measured" if name in measured else "judged",
            strength=None if draws is None else _interval(value, draws),
            probability=chances.get(name),
            top=top,
            n=0 if draws is None or feeling is None else feeling.emotion.n,
            as_of=None if feeling is None else feeling.as_of,
        )
        found.append(attrs.evolve(one, counts=_counts(one, settings)))
    return tuple(found)


def among_the_top(drawn: FloatArray, top: int) -> list[float]:
    """The share of draws (columns) in which each (row) is among the `top` largest, and not nothing."""
    if not len(drawn):
        return []
    least = np.sort(drawn, axis=0)[-min(top, len(drawn))]
    return [float(p) for p in ((drawn >= least) & (drawn > 0)).mean(axis=1)]


def _counts(one: MomentOfTruth, settings: MomentSettings) -> bool:
    """Whether it counts as a moment of truth, by what the project lets decide."""
    if settings.decided_by == "declared" or one.probability is None:
        return one.declared
    likely = one.probability >= settings.probability
    if settings.decided_by == "measured":
        return likely
    return one.declared or (likely and one.importance == "measured")


def _strengths(project: Project, insight: Insight) -> Mapping[str, tuple[float, FloatArray]]:
    """Strengths with draws of them, of all touchpoints where everybody's feeling is shown."""
    known, many = importances(project, insight.drivers), drawn_importances(project, insight.drivers)
    found = {}
    for touchpoint in project.touchpoints:
        name = str(touchpoint.id)
        feeling = insight.feeling(name)
        if feeling is not None and not feeling.emotion.suppressed:
            value, felt = _felt(insight, name) if feeling.made is None else _felt_then(feeling)
            importance = known.get(name, float(touchpoint.importance))
            drawn = np.resize(many[name], DRAWS) if name in many else np.full(DRAWS, importance)
            found[name] = (importance * value, drawn * felt)
    return found


def _felt(insight: Insight, touchpoint: str) -> tuple[float, FloatArray]:
    """Emotional extremity x reach, with draws."""
    assert insight.basis is not None, "feelings come from find()"
    sums, heard = insight.basis.sums[touchpoint, ALL], insight.basis.heard
    met, together = reach(heard, touchpoint, ALL), insight.basis.alike(touchpoint, ALL)
    n = together.extremity.of_a_mean(heard[touchpoint, ALL].feeling.effective)
    extremity = (sums.ill + sums.joy) / sums.w
    squares = (sums.ill2 + sums.joy2) / sums.w
    base = together.reach.of_a_share(met.base)
    return _with_draws(touchpoint, (extremity, squares, n), (met.value, base))


def _felt_then(feeling: Feeling) -> tuple[float, FloatArray]:
    """The same of a feeling that is told again, from what was told."""
    emotion, reach = feeling.emotion, (feeling.reach, feeling.base)
    extremity = (feeling.pain.value + feeling.love.value) / feeling.reach if feeling.reach else 0.0
    half = max(emotion.value - emotion.low, emotion.high - emotion.value)
    degrees = np.array([max(emotion.n_eff - 1, 1.0)])
    error = half / float(intervals.t_quantile(degrees)[0])
    squares = emotion.value**2 + error**2 * float(degrees[0])
    return _with_draws(feeling.touchpoint, (extremity, squares, emotion.n_eff), reach)


def _with_draws(
    touchpoint: str, extremity: tuple[float, float, float], reach: tuple[float, float]
) -> tuple[float, FloatArray]:
    """Extremity x reach, with draws: given the mean, mean square and number of answers; share and base."""
    mean, squares, n = extremity
    rng = rng_of("moment of truth", touchpoint)
    one = (np.array([mean]), np.array([max(squares - mean**2, 0.0)]), np.array([n]))
    extremities = intervals.mean_draws(*one, rng, DRAWS, bounds=(0.0, 1.0))[0]
    reaches = intervals.beta_draws(np.array([reach[0]]), np.array([reach[1]]), rng, DRAWS)[0]
    return mean * reach[0], np.nan_to_num(extremities, nan=mean) * reaches


def _interval(value: float, draws: FloatArray) -> Interval:
    low, high = np.quantile(draws, [0.025, 0.975])
    return Interval(value, float(min(low, value)), float(max(high, value)))
