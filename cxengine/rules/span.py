"""What a value may be: numbers between two ends, or a choice of texts and truth values."""

from __future__ import annotations

import math
from typing import Any

import attrs

from cxengine import cel
from cxengine.cel.types import EnumType


@attrs.frozen
class Span:
    """Numbers from `low` to `high`; an open end is not among them."""

    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether no number is in it."""
        if math.nextafter(self.low, math.inf) >= self.high and self.low_open and self.high_open:
            return True
        return self.low > self.high or (self.low == self.high and (self.low_open or self.high_open))

    def __and__(self, other: Span) -> Span:
        """The numbers in both."""
        low = max((self.low, self.low_open), (other.low, other.low_open))
        high = min((self.high, not self.high_open), (other.high, not other.high_open))
        return Span(low[0], high[0], low[1], not high[1])

    def __or__(self, other: Span) -> Span:
        """The least span that holds both."""
        low = min((self.low, self.low_open), (other.low, other.low_open))
        high = max((self.high, not self.high_open), (other.high, not other.high_open))
        return Span(low[0], high[0], low[1], not high[1])

    def sample(self) -> float | None:
        """A number in it, as round as possible."""
        if self.is_empty:
            return None
        if not self.low_open and not math.isinf(self.low):
            return self.low
        if not self.high_open and not math.isinf(self.high):
            return self.high
        if math.isinf(self.low) or math.isinf(self.high):
            return self._beyond()
        middle = self.low + (self.high - self.low) / 2
        rounded = (round(middle, digits) for digits in range(17))
        return next((number for number in rounded if number in self), middle)

    def _beyond(self) -> float:
        """A number beside the one end that is finite, if there is one."""
        if math.isinf(self.low) and math.isinf(self.high):
            return 0.0
        end, towards = (self.high, -1.0) if math.isinf(self.low) else (self.low, 1.0)
        step = end + towards
        return step if step != end else math.nextafter(end, towards * math.inf)

    def __contains__(self, number: float) -> bool:
        below = number > self.low or (number == self.low and not self.low_open)
        above = number < self.high or (number == self.high and not self.high_open)
        return below and above


@attrs.frozen
class Choice:
    """These texts or truth values; with `others`, every text but these."""

    values: frozenset[Any]
    others: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left to choose."""
        return not self.values and not self.others

    def __and__(self, other: Choice) -> Choice:
        """What is in both."""
        match self.others, other.others:
            case True, True:
                return Choice(self.values | other.values, others=True)
            case True, False:
                return Choice(other.values - self.values)
            case False, True:
                return Choice(self.values - other.values)
        return Choice(self.values & other.values)

    def without(self, value: Any) -> Choice:
        """What remains when one value is taken out."""
        return self & Choice(frozenset([value]), others=True)

    def sample(self) -> Any:
        """One of them, the same one every time; None where there is none."""
        if not self.others:
            return min(self.values, key=str, default=None)
        name, number = "other", 1
        while name in self.values:
            number += 1
            name = f"other {number}"
        return name


Values = Span | Choice
EITHER = Choice(frozenset([True, False]))


def single(value: Any) -> Values | None:
    """Exactly this value; None for what is no number, text or truth value."""
    if isinstance(value, bool | str):
        return Choice(frozenset([value]))
    if isinstance(value, int | float) and not math.isnan(value):
        return Span(float(value), float(value))
    return None


def of_type(type_: cel.Type) -> Values | None:
    """Every value of a type; None for what is no number, text or truth value."""
    if isinstance(type_, EnumType):
        return Choice(frozenset(type_.values))
    if type_ == cel.BOOL:
        return EITHER
    if type_ == cel.STRING:
        return Choice(frozenset(), others=True)
    return Span() if type_ in {cel.DOUBLE, cel.INT, cel.UINT} else None
