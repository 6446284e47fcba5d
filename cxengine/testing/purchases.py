"""Planted buyers: they come, buy and leave as the BG/NBD model says, and spend as the gamma-gamma model says.

Sources: Fader, Hardie, Lee, Marketing Science 24 (2005) 275-284; Fader, Hardie, The Gamma-Gamma Model of
Monetary Value (2013).
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]


@attrs.frozen
class PlantedPurchases:
    """How customers buy, in weeks, and what they pay."""

    buying: tuple[float, float, float, float] = (0.8, 6.0, 0.8, 2.5)
    """r, alpha, a, b: rates are gamma(r) / alpha a week, chances to leave after a purchase beta(a, b)."""
    spending: tuple[float, float, float] = (6.0, 4.0, 60.0)
    """p, q, v: an amount is gamma(p) / level, the level of a customer gamma(q) / v."""

    @property
    def mean_amount(self) -> float:
        """What a purchase brings on average."""
        p, q, v = self.spending
        return p * v / (q - 1)

    def expected_amount(self, bought: Bought) -> FloatArray:
        """What the next purchase of each customer would bring on average, given those after the first."""
        p, q, _ = self.spending
        prior = (q - 1) / (p * bought.x + q - 1)
        mean = np.divide(bought.spent, bought.x, out=np.zeros(len(bought.x)), where=bought.x > 0)
        return prior * self.mean_amount + (1 - prior) * mean

    def draw(self, n: int, rng: np.random.Generator, weeks: float = 52.0) -> Bought:
        """The purchases of `n` customers who first came in the earlier half of so many weeks."""
        r, alpha, a, b = self.buying
        p, q, v = self.spending
        rate, leaving = rng.gamma(r, 1 / alpha, n), rng.beta(a, b, n)
        age, level = rng.uniform(weeks / 2, weeks, n), rng.gamma(q, 1 / v, n)
        now, going = np.zeros(n), np.arange(n)
        who, when = [going], [now]
        while len(going):
            now = now[: len(going)] + rng.exponential(1 / rate[going])
            here = now <= age[going]
            going, now = going[here], now[here]
            who.append(going)
            when.append(now)
            stays = rng.random(len(going)) >= leaving[going]
            going, now = going[stays], now[stays]
        customer, week = np.concatenate(who), np.concatenate(when)
        return Bought(customer, week, rng.gamma(p, 1 / level[customer]), age, rate, leaving)


@attrs.frozen(eq=False, slots=False)
class Bought:
    """Purchases, of which `customer`, `week` (since the customer's first) and `amount` are parallel arrays.

    `age` is how many weeks each customer was seen, `rate` and `leaving` what nobody sees: how often each buys
    a week, and how likely each leaves after a purchase.
    """

    customer: IntArray
    week: FloatArray
    amount: FloatArray
    age: FloatArray
    rate: FloatArray
    leaving: FloatArray

    @cached_property
    def x(self) -> FloatArray:
        """How often each customer came again."""
        return self._again(np.ones(len(self.week)))

    @cached_property
    def spent(self) -> FloatArray:
        """What each customer spent after the first purchase."""
        return self._again(self.amount)

    @cached_property
    def last(self) -> FloatArray:
        """When each customer came last."""
        found = np.zeros(len(self.age))
        np.maximum.at(found, self.customer, self.week)
        return found

    def _again(self, amount: FloatArray) -> FloatArray:
        again = self.week > 0
        added = np.bincount(self.customer[again], amount[again], minlength=len(self.age))
        return added.astype(np.float64)
