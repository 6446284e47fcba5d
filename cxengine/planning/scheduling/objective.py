"""What a timetable costs: lateness first, then value that comes late, then length."""

from __future__ import annotations

import math
from collections.abc import Sequence

import attrs

from cxengine.planning.scheduling.problem import Instance

_COUNTABLE = 2**58
"""No cost of a timetable that keeps what is fixed is above this, so that 64 bits hold every sum."""


@attrs.frozen
class Prices:
    """What counts how much, as whole numbers, so that no sum depends on the order of its terms.

    A period beyond what a fixed activity allows outweighs everything; a period of tardiness outweighs all
    value; a period of delay costs its activity's weight; the length decides between equals.
    """

    broken: int
    tardy: int
    delay: tuple[int, ...]
    most: int
    """What a unit of weight costs a period."""
    length: int = 1

    @classmethod
    def of(cls, problem: Instance, periods: int) -> Prices:
        """The prices for timetables of about that many periods.

        A level outweighs all lower ones together, as far as sums stay within what a solver can count; on
        instances beyond that, it outweighs those of a shorter stretch of time.
        """
        dues = sum(d is not None for d in problem.due)
        weights = sum(problem.weights)
        room = math.isqrt(_COUNTABLE // ((weights + 1) * (dues + 1) * (periods + 1))) if dues else periods + 1
        most = max(min(periods + 1, room), 1)
        delay = tuple(w * most for w in problem.weights)
        tardy = (sum(delay) + 1) * most if dues else 0
        broken = (tardy * dues + sum(delay) + 1) * (periods + 1)
        return cls(broken, tardy, delay, most)

    def cost(self, problem: Instance, completions: Sequence[int]) -> int:
        """What a timetable with these completions costs."""
        of_each = sum(self.of_one(problem, j, end) for j, end in enumerate(completions))
        return of_each + self.length * max(completions, default=0)

    def of_one(self, problem: Instance, j: int, end: int) -> int:
        """What an activity costs that is completed then, the length left aside."""
        due = problem.due[j]
        late = 0 if due is None else max(end - due, 0)
        return self.delay[j] * end + self.tardy * late + self.broken * max(end - problem.latest[j], 0)
