"""What the numbers behind a roadmap could be: as they are, drawn jointly, or one of them changed.

A world answers with a number where a quantity is the same in all its rows, with an array (one entry a row)
where it is not. A row is a draw, or a value of what is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import attrs
import numpy as np

from cxengine.planning.ranks import streams
from cxengine.planning.ranks.streams import Name
from cxengine.project.model import Estimate

if TYPE_CHECKING:
    from cxengine.planning.ranks.streams import FloatArray

Quantity = Any
"""A float, or an array of floats with one entry a row."""


@attrs.frozen
class Measured:
    """A measured number with its 95% interval, and the answers behind it.

    `answers` names them: signal, touchpoint, segment. What is measured by the same answers moves together:
    where one is better than it seems, so are the others. `good` is +1 where high is good.
    """

    answers: Name
    value: float
    low: float
    high: float
    n: float
    good: Literal[1, -1] = 1
    least: float = float("-inf")
    most: float = float("inf")


@attrs.frozen(eq=False)
class Triple:
    """An estimate in all rows: low, likely and high; where it is drawn, all three are the value drawn."""

    low: Quantity
    likely: Quantity
    high: Quantity

    @property
    def is_point(self) -> bool:
        """Whether the three are one."""
        return self.low is self.likely is self.high

    def map(self, function: Callable[[Quantity], Quantity]) -> Triple:
        """The three results, computed once where they are one."""
        if self.is_point:
            value = function(self.likely)
            return Triple(value, value, value)
        return Triple(function(self.low), function(self.likely), function(self.high))


class World:
    """Everything as it was measured and declared: one row."""

    rows: int = 1
    draws: bool = False
    """Whether its rows are draws."""

    def measured(self, what: Measured) -> Quantity:
        """A measured value."""
        return what.value

    def resampled(self, name: Name, values: Mapping[str, FloatArray]) -> Mapping[str, Quantity]:
        """What was found by resampling, entry by entry together; nothing where the present values count."""
        del name, values
        return {}

    def estimated(self, name: Name, estimate: Estimate) -> Triple:
        """An estimate."""
        del name
        return Triple(*map(float, (estimate.low, estimate.likely, estimate.high)))

    def declared(self, name: Name, value: float) -> Quantity:
        """A number that somebody decided: a parameter, a weight, an importance."""
        del name
        return value


class Drawn(World):
    """Joint draws of everything that is uncertain.

    Draws of measured quantities are kept, as many initiatives share them; those of estimates belong to one
    initiative each and are made again where they are wanted again.
    """

    draws = True

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.answers: dict[Name, FloatArray] = {}
        """How good the answers are, as standard normal draws, by their name."""
        self.n: dict[Name, float] = {}
        """The effective number of answers behind each."""
        self.samples: Mapping[str, FloatArray] = {}
        """What was found by resampling: the importance of touchpoints."""
        self._values: dict[Measured, FloatArray] = {}

    def measured(self, what: Measured) -> Quantity:
        """Draws around the value; where its interval is a point, the value."""
        if not what.low < what.high:
            return what.value
        found = self._values.get(what)
        if found is None:
            better = self.answers.get(what.answers)
            if better is None:
                better = self.answers[what.answers] = streams.normal(("answers", *what.answers), self.rows)
            self.n[what.answers] = max(self.n.get(what.answers, 0.0), what.n)
            drawn = streams.around(what.value, what.low, what.high, what.good * better)
            found = self._values[what] = drawn.clip(what.least, what.most)
        return found

    def resampled(self, name: Name, values: Mapping[str, FloatArray]) -> Mapping[str, Quantity]:
        """One of the entries for each draw, the same for all."""
        if not values:
            return {}
        entries = len(next(iter(values.values())))
        chosen = (streams.raw(name, self.rows) % np.uint64(entries)).astype(np.intp)
        self.samples = {key: entry[chosen] for key, entry in values.items()}
        return self.samples

    def estimated(self, name: Name, estimate: Estimate) -> Triple:
        """Draws from PERT; a certainty is one number."""
        if estimate.low == estimate.high:
            return super().estimated(name, estimate)
        drawn = streams.pert(name, estimate, self.rows)
        return Triple(drawn, drawn, drawn)


class Changed(World):
    """One number after the other takes other values, in rows of its own; the rest is as it is.

    A declared number takes its values; of an estimate low, likely and high change by one factor, which takes
    the likely one from what it is now to the value.
    """

    def __init__(self, changes: Sequence[tuple[Name, FloatArray, float]]) -> None:
        self.rows = sum(len(values) for _, values, _ in changes)
        self._blocks: dict[Name, list[tuple[slice, FloatArray, float]]] = {}
        start = 0
        for name, values, now in changes:
            block = (slice(start, start + len(values)), values, now)
            self._blocks.setdefault(name, []).append(block)
            start += len(values)

    def estimated(self, name: Name, estimate: Estimate) -> Triple:
        """The estimate, changed in the rows of its own."""
        present = super().estimated(name, estimate)
        if name not in self._blocks:
            return present
        factor = np.ones(self.rows)
        for rows, values, now in self._blocks[name]:
            factor[rows] = values / now
        return present.map(lambda value: value * factor)

    def declared(self, name: Name, value: float) -> Quantity:
        """The number, with its other values in the rows of its own."""
        if name not in self._blocks:
            return value
        found = np.full(self.rows, value)
        for rows, values, _ in self._blocks[name]:
            found[rows] = values
        return found
