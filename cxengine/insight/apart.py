"""Whom the journey treats otherwise: segments against everybody else, feeling by feeling.

Two samples are compared that share nobody: a segment, and all who are not in it.
"""

from __future__ import annotations

from math import erfc, hypot, sqrt
from typing import TYPE_CHECKING, Literal

import attrs

from cxengine.insight.difference import p_value
from cxengine.insight.intensity import emotion_of, love_of, pain_of
from cxengine.insight.voices import WHOLE_JOURNEY, reach
from cxengine.metrics.measurement import ALL
from cxengine.plugin.intervals import Z

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cxengine.insight.insight import Feeling
    from cxengine.insight.moments import Moments
    from cxengine.insight.voices import Heard, Place
    from cxengine.metrics.measurement import Measurement

FeelingName = Literal["emotion", "pain", "love"]
_REST = " rest"
"""Everybody but a segment; no id of a segment holds a blank."""


@attrs.frozen
class Apart:
    """How much more a segment feels at a touchpoint than everybody else there, with its 95% interval."""

    touchpoint: str
    segment: str
    feeling: FeelingName
    value: float
    low: float
    high: float
    p: float
    """The chance of so large a difference were there none, two-sided."""
    beyond_chance: bool = False
    """All that the run tests considered."""


def apart(
    feelings: Sequence[Feeling],
    sums: Mapping[tuple[str, str], Moments],
    heard: Mapping[Place, Heard],
) -> tuple[Apart, ...]:
    """The differences of all segments that are shown where everybody is shown, too; emotions first."""
    shown = {(f.touchpoint, f.segment): f for f in feelings if not f.emotion.suppressed}
    found = [
        one
        for (touchpoint, segment), feeling in shown.items()
        if segment != ALL and (touchpoint, ALL) in shown
        for one in _differences(feeling, sums, heard)
    ]
    return tuple(sorted(found, key=lambda one: one.feeling != "emotion"))


def _differences(
    feeling: Feeling, sums: Mapping[tuple[str, str], Moments], heard: Mapping[Place, Heard]
) -> Iterator[Apart]:
    """A segment at a touchpoint against all others there; nothing where there are none."""
    here, whole = (feeling.touchpoint, feeling.segment), (feeling.touchpoint, ALL)
    voices = heard[whole].feeling - heard[here].feeling
    if voices.n <= 0:
        return
    others = sums[whole] - sums[here]
    met = reach(_with_rest(heard, *here), feeling.touchpoint, _REST)
    chance = p_value(sums[here], heard[here].feeling.effective, others, voices.effective)
    yield _apart(feeling, "emotion", emotion_of(others, voices), chance)
    yield _apart(feeling, "pain", pain_of(others, voices, met))
    yield _apart(feeling, "love", love_of(others, voices, met))


def _with_rest(heard: Mapping[Place, Heard], touchpoint: str, segment: str) -> Mapping[Place, Heard]:
    """What was heard there and anywhere, of everybody and of all but the segment."""
    places = (touchpoint, WHOLE_JOURNEY)
    every = {(place, ALL): heard[place, ALL] for place in places}
    return every | {(place, _REST): heard[place, ALL] - heard[place, segment] for place in places}


def _apart(feeling: Feeling, name: FeelingName, rest: Measurement, chance: float | None = None) -> Apart:
    """The difference of independent estimates; without a `chance`, that of its interval.

    Source: Zou and Donner, Statistics in Medicine 27 (2008) 1693-1702.
    """
    own: Measurement = getattr(feeling, name)
    value = own.value - rest.value
    down = hypot(own.value - own.low, rest.high - rest.value)
    up = hypot(own.high - own.value, rest.value - rest.low)
    if chance is None:
        towards = down if value > 0 else up
        chance = erfc(Z * abs(value) / towards / sqrt(2)) if towards > 0 else 1.0
    return Apart(feeling.touchpoint, feeling.segment, name, value, value - down, value + up, chance)
