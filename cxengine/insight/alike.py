"""How much less is known where customers answer more than once, as their answers are alike.

Every number of a feeling is a smooth function of a few sums, so that its slopes tell what one customer's
answers change (Taylor linearisation). What they change, squared and added up over customers, over the same
added up over responses, is the design effect: 1 where nobody answered twice, the number of answers a customer
where all of them say the same. Intervals rest on as many degrees of freedom as there are customers. Where all
responses agree, customers count as if their answers said the same; few customers may agree by chance, so
where they seem to tell more than independent responses would, one customer's worth of independence is added.

Sources: Binder, International Statistical Review 51 (1983) 279-292; Korn, Graubard, Survey Methodology 24
(1998) 193-201.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from math import inf, sqrt
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.insight.difference import Known
from cxengine.insight.repeated import ANYWHERE, HERE, TERMS, Products
from cxengine.insight.voices import reach
from cxengine.plugin import intervals

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.insight.moments import Moments
    from cxengine.insight.voices import Heard, Place, Reach, Voices

    FloatArray = npt.NDArray[np.float64]

_ALONE = 1e-9
_LEAST_DEGREES = 0.5
_ROUNDS = 4
_FEWEST = 2.0 - _ALONE
_NOTHING = 1e-14
_TERM = {term: place for place, term in enumerate(TERMS)}


@attrs.frozen
class Effect:
    """By how much a variance over customers exceeds the one over responses, and of how many customers.

    Customers are counted as equally heavy ones; infinitely many where nobody answered more than once.
    """

    ratio: float = 1.0
    customers: float = inf

    @property
    def degrees(self) -> float:
        """Degrees of freedom."""
        return max(self.customers - 1, _LEAST_DEGREES)

    def effective(self, n: float) -> float:
        """So many independent responses would have the same standard error."""
        if self.customers == inf:
            return n
        return 1 + n * max(self.customers - 1, 0.0) / (self.customers * self.ratio)

    def known(self, n: float) -> Known:
        """What so many responses tell."""
        known = self.effective(n)
        return Known(known, known - 1 if self.customers == inf else self.degrees)

    def of_a_mean(self, n: float) -> float:
        """So many independent responses would have the same t interval of a mean."""
        known = self.effective(n)
        if known <= 1 or self.degrees >= known - 1:
            return known
        found = known
        for _ in range(_ROUNDS):
            found = 1 + (known - 1) * (_t(found - 1) / _t(self.degrees)) ** 2
        return float(found)

    def of_a_share(self, n: float) -> float:
        """So many independent responses would have the same interval of a share."""
        if self.customers == inf:
            return n
        known = n * self.degrees / (self.customers * self.ratio)
        return known * (intervals.Z / _t(self.degrees)) ** 2


INDEPENDENT = Effect()


@attrs.frozen
class Alike:
    """How answers of customers go together in a segment at a touchpoint."""

    emotion: Effect = INDEPENDENT
    ill: Effect = INDEPENDENT
    """The mean severity of negative answers (0 for others)."""
    joy: Effect = INDEPENDENT
    extremity: Effect = INDEPENDENT
    """The mean distance from indifference."""
    reach: Effect = INDEPENDENT
    ill_and_reach: float = 0.0
    """Correlation of what they change: customers who come often may suffer more."""
    joy_and_reach: float = 0.0
    emotion_and_rest: float = 0.0
    """Correlation with everybody else's, as customers may have been of several segments."""
    pain_and_rest: float = 0.0
    love_and_rest: float = 0.0

    @property
    def independent(self) -> bool:
        """Whether nobody answered more than once."""
        return self.emotion.customers == inf and self.reach.customers == inf

    def degrees(self, n: float) -> float:
        """Degrees of freedom of pain and love, of so many responses."""
        of_mean = n - 1 if self.ill.customers == inf else self.ill.degrees
        return min(of_mean, self.reach.degrees) if self.reach.customers < inf else of_mean


NOBODY_TWICE = Alike()


@attrs.frozen(slots=False, eq=False)
class Cell:
    """What is known of a segment at a touchpoint, and its slopes by all `TERMS`."""

    sums: Moments
    voices: Voices
    met: Reach
    products: Products

    @classmethod
    def of(
        cls,
        place: tuple[str, str],
        sums: Mapping[tuple[str, str], Moments],
        heard: Mapping[Place, Heard],
        products: Products,
    ) -> Cell:
        """A segment at a touchpoint."""
        return cls(sums[place], heard[place].feeling, reach(heard, *place), products)

    @cached_property
    def slopes(self) -> Mapping[str, FloatArray]:
        """What a little more of every sum changes."""
        w, met = self.sums.w, self.met
        here, anywhere = ((names[0] if met.asked else names[1]) for names in (HERE, ANYWHERE))
        means = {name: getattr(self.sums, name) / w for name in ("x", "ill", "joy")}
        of = {name: _vector({name: 1 / w, "w": -mean / w}) for name, mean in means.items()}
        share = _vector({here: 1 / met.everywhere.w, anywhere: -met.value / met.everywhere.w})
        return {
            "emotion": of["x"],
            "ill": of["ill"],
            "joy": of["joy"],
            "extremity": of["ill"] + of["joy"],
            "reach": share,
            "pain": met.value * of["ill"] + means["ill"] * share,
            "love": met.value * of["joy"] + means["joy"] * share,
        }

    def effect(self, name: str) -> Effect:
        """By how much customers make one of the means less certain."""
        slope, heavy = self.slopes[name], _TERM["voices"]
        customers, single = self.products.own[heavy, heavy], self.voices
        return effect_of(
            customers=customers,
            single=single,
            between=_form(slope, self.products.own),
            responses=_form(slope, self.products.responses),
        )

    def effect_on_reach(self) -> Effect:
        """By how much customers make it less certain which share of the responses speaks there."""
        met = self.met
        heavy = _TERM[ANYWHERE[0] if met.asked else ANYWHERE[1]]
        squares = met.here.w2 * (1 - 2 * met.value) + met.value**2 * met.everywhere.w2
        return effect_of(
            customers=self.products.own[heavy, heavy],
            single=met.everywhere,
            between=_form(self.slopes["reach"], self.products.own),
            responses=max(squares, 0.0) / met.everywhere.w**2,
        )


def alike(cell: Cell) -> Alike:
    """How the answers of a cell go together."""
    own, slopes, share = cell.products.own, cell.slopes, cell.effect_on_reach()
    together = share.customers < inf
    return Alike(
        emotion=cell.effect("emotion"),
        ill=cell.effect("ill"),
        joy=cell.effect("joy"),
        extremity=cell.effect("extremity"),
        reach=share,
        ill_and_reach=_correlation(slopes["ill"], slopes["reach"], own, own, own) if together else 0.0,
        joy_and_reach=_correlation(slopes["joy"], slopes["reach"], own, own, own) if together else 0.0,
    )


def alike_apart(segment: Cell, rest: Cell) -> Alike:
    """How the answers of all but a segment go together, and with the segment's."""
    found = alike(rest)
    own, others, shared = segment.products.own, rest.products.own, segment.products.with_the_rest
    if np.abs(shared).max() <= _ALONE * np.abs(others).max():
        return found

    def correlation(name: str) -> float:
        return _correlation(segment.slopes[name], rest.slopes[name], shared, own, others)

    return attrs.evolve(
        found,
        emotion_and_rest=correlation("emotion"),
        pain_and_rest=correlation("pain"),
        love_and_rest=correlation("love"),
    )


def effect_of(*, customers: float, single: Voices, between: float, responses: float) -> Effect:
    """From the squares of the weights of customers, single responses, and the squares of what both change."""
    if customers <= single.w2 * (1 + _ALONE):
        return INDEPENDENT
    count = single.w**2 / customers
    most = customers / single.w2
    if responses <= _NOTHING or count < _FEWEST:
        return Effect(most, count)
    ratio = max(between, 0.0) / responses
    return Effect(ratio + max(1 - ratio, 0.0) / count, count)


def _form(slope: FloatArray, products: FloatArray) -> float:
    return float(slope @ products @ slope)


def _correlation(
    one: FloatArray, other: FloatArray, shared: FloatArray, of_one: FloatArray, of_other: FloatArray
) -> float:
    return correlation_of(float(one @ shared @ other), _form(one, of_one), _form(other, of_other))


def correlation_of(both: float, one: float, other: float) -> float:
    """From what customers change in two numbers: products and squares, added up."""
    if min(one, other) <= _NOTHING:
        return 0.0
    return min(max(both / sqrt(one * other), -1.0), 1.0)


def _vector(slopes: Mapping[str, float]) -> FloatArray:
    return np.array([slopes.get(term, 0.0) for term in TERMS])


def _t(degrees: float) -> float:
    return float(intervals.t_quantile(np.array([degrees]))[0])
