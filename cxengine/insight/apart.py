"""Whom the journey treats otherwise: segments against everybody else, feeling by feeling.

Two samples are compared: a segment, and all who are not in it. They share no response, and no customer but
those whose segment changed from one response to the next, which makes the two correlated.
"""

from __future__ import annotations

from math import erfc, sqrt
from typing import TYPE_CHECKING, Literal

import attrs
import numpy as np

from cxengine.insight.alike import NOBODY_TWICE, Cell, alike_apart
from cxengine.insight.basis import Basis
from cxengine.insight.difference import chance_of, p_value
from cxengine.insight.intensity import combined, emotion_of, love_of, pain_of
from cxengine.insight.voices import WHOLE_JOURNEY, reach
from cxengine.metrics.measurement import ALL
from cxengine.plugin import intervals
from cxengine.plugin.intervals import Z

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cxengine.insight.insight import Feeling
    from cxengine.insight.moments import Moments
    from cxengine.insight.repeated import Products
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
    products: Mapping[tuple[str, str], Products] | None = None,
) -> tuple[Apart, ...]:
    """The differences of all segments that are shown where everybody is shown, too; emotions first.

    `products` are there where customers answered more than once.
    """
    basis = Basis(sums, heard, products or {})
    shown = {(f.touchpoint, f.segment): f for f in feelings if not f.emotion.suppressed}
    found = [
        one
        for (touchpoint, segment), feeling in shown.items()
        if segment != ALL and (touchpoint, ALL) in shown
        for one in _differences(feeling, basis)
    ]
    return tuple(sorted(found, key=lambda one: one.feeling != "emotion"))


def _differences(feeling: Feeling, basis: Basis) -> Iterator[Apart]:
    """A segment at a touchpoint against all others there; nothing where there are none."""
    sums, heard = basis.sums, basis.heard
    here, whole = (feeling.touchpoint, feeling.segment), (feeling.touchpoint, ALL)
    voices = heard[whole].feeling - heard[here].feeling
    if voices.n <= 0:
        return
    others = sums[whole] - sums[here]
    met = reach(_with_rest(heard, *here), feeling.touchpoint, _REST)
    own, rest = basis.alike(*here), NOBODY_TWICE
    if whole in basis.products:
        products = basis.products[here].rest(basis.products[whole])
        rest = alike_apart(basis.cell(*here), Cell(others, voices, met, products))
    n, n_rest = heard[here].feeling.effective, voices.effective
    found = own.emotion.known(n), rest.emotion.known(n_rest)
    chance = p_value(sums[here], found[0], others, found[1], rest.emotion_and_rest)
    yield _apart(feeling, "emotion", emotion_of(others, voices, rest), rest.emotion_and_rest, chance=chance)
    degrees = None
    if not own.independent or not rest.independent:
        degrees = own.degrees(n), rest.degrees(n_rest)
    pain, love = pain_of(others, voices, met, rest), love_of(others, voices, met, rest)
    yield _apart(feeling, "pain", pain, rest.pain_and_rest, degrees=degrees)
    yield _apart(feeling, "love", love, rest.love_and_rest, degrees=degrees)


def _with_rest(heard: Mapping[Place, Heard], touchpoint: str, segment: str) -> Mapping[Place, Heard]:
    """What was heard there and anywhere, of everybody and of all but the segment."""
    places = (touchpoint, WHOLE_JOURNEY)
    every = {(place, ALL): heard[place, ALL] for place in places}
    return every | {(place, _REST): heard[place, ALL] - heard[place, segment] for place in places}


def _apart(
    feeling: Feeling,
    name: FeelingName,
    rest: Measurement,
    correlation: float,
    *,
    degrees: tuple[float, float] | None = None,
    chance: float | None = None,
) -> Apart:
    """The difference of two estimates; without a `chance`, that of its interval.

    Their distances to limits are those of normal estimates; with `degrees` of freedom, of Student's t.
    Source: Zou and Donner, Statistics in Medicine 27 (2008) 1693-1702.
    """
    own: Measurement = getattr(feeling, name)
    value = own.value - rest.value
    to_low = own.value - own.low, rest.high - rest.value
    to_high = own.high - own.value, rest.value - rest.low
    down, up = combined(*to_low, -correlation), combined(*to_high, -correlation)
    if chance is None:
        towards, both = (down, to_low) if value > 0 else (up, to_high)
        if degrees is None:
            chance = erfc(Z * abs(value) / towards / sqrt(2)) if towards > 0 else 1.0
        else:
            chance = _of_distances(abs(value), both, degrees, correlation)
    return Apart(feeling.touchpoint, feeling.segment, name, value, value - down, value + up, chance)


def _of_distances(
    difference: float, distances: tuple[float, float], degrees: tuple[float, float], correlation: float
) -> float:
    """The chance of a difference of two estimates whose t intervals end at these distances from them."""
    if min(degrees) <= 0:
        return 1.0
    quantiles = intervals.t_quantile(np.array(degrees))
    one, other = ((distance / float(t)) ** 2 for distance, t in zip(distances, quantiles, strict=True))
    return chance_of(difference, (one, other), degrees, correlation) if one + other > 0 else 1.0
