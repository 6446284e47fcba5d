"""What may be told of the rows of models: how many there are, and which means.

Numbers of rows are rounded down to a multiple of the least that may be shown, so that no difference of two is
that of a few (Willenborg and de Waal, Elements of Statistical Disclosure Control, 2001, chapter 9).

A mean is a sum over answers, and of answers on a scale it gives away how many there were. Metrics and
feelings are of all answers at the place, other models of other rows, the run that was published before was
of earlier answers. A mean is told where no difference between these is of a few.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.insight.drivers.earlier import Asked, Earlier, Mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cxengine.insight.drivers.question import Question
    from cxengine.insight.drivers.sums import Sums
    from cxengine.metrics.measurement import Measurements
    from cxengine.project.model import Project


def rounded(n: float, least: int) -> int:
    """A number of rows as it is told."""
    return int(n) // max(least, 1) * max(least, 1)


@attrs.frozen
class Span:
    """How many answers a sum is of: one of the numbers from `low` to `high`."""

    low: int
    high: int

    def __sub__(self, other: Span) -> Span:
        return Span(self.low - other.high, self.high - other.low)

    def few(self, least: int) -> bool:
        """Whether they may be fewer than `least`, and some."""
        return not (self.low == self.high == 0 or self.low >= least or self.high <= -least)


@attrs.frozen
class Known:
    """A sum that a reader knows: of how many answers now, and of how many in the earlier run."""

    now: Span | None
    before: Span | None


@attrs.frozen(eq=False)
class Told:
    """What a reader knows of the answers at places; it grows as models are told."""

    earlier: Earlier
    known: dict[Asked, list[Known]] = attrs.field(factory=dict)

    def hidden(
        self, question: Question, sums: Sums, measurements: Measurements, project: Project, least: int
    ) -> frozenset[int]:
        """The drivers whose means are not told; those of the others are, from now on.

        `least` are rows that must be of enough persons, however many are of one.

        Where only rows count that have everything, one that is not told keeps back all, as any other would
        tell how many rows there are.
        """
        rows = np.diagonal(sums.answers()).astype(np.int64)
        means = question.means(sums.total().means())[0]
        whole = question.model.missing == "listwise"
        places = range(len(question.drivers))
        silent, candidates = suppressed(question, measurements, project), []
        for i in range(len(question.columns) if whole else len(places)):
            candidates.append(candidate := self._candidate(question, i, int(rows[i]), float(means[i])))
            if candidate.now != candidate.before and self._tells(question, i, candidate, least):
                silent.add(i)
        if whole and silent:
            return frozenset(places)
        for i in set(places) - silent:
            self._of(question, i).append(candidates[i])
        return frozenset(silent)

    def _candidate(self, question: Question, i: int, n: int, value: float) -> Known:
        """The mean of a column, and over how many rows the earlier run told it, if it did."""
        mean = self._means(question, i).get(str(question.model.id))
        before = None if mean is None else _before(mean, n, value, self._of(question, i))
        return Known(Span(n, n), before)

    def _tells(self, question: Question, i: int, candidate: Known, least: int) -> bool:
        """Whether a difference of it and of what is known besides may be of a few."""
        others = [*self._of(question, i), *self._gone(question, i)]
        return any(difference.few(least) for difference in _differences(candidate, others))

    def _of(self, question: Question, i: int) -> list[Known]:
        """What is known of the answers to a column: metrics and feelings are of all, then come models."""
        column = question.columns[i]
        asked = column.place, question.model.period
        every = Span(column.limits.n, column.limits.n)
        earlier = sorted(self.earlier.answers.get(asked, ()))
        start = [Known(every, None), *(Known(every, Span(n, n)) for n in earlier)]
        return self.known.setdefault(asked, start)

    def _gone(self, question: Question, i: int) -> Iterator[Known]:
        """What other models told in the earlier run."""
        for name, mean in self._means(question, i).items():
            if name != str(question.model.id):
                yield Known(None, Span(mean.n, mean.n + mean.within))

    def _means(self, question: Question, i: int) -> Mapping[str, Mean]:
        return self.earlier.means.get((question.columns[i].place, question.model.period), {})


def _before(mean: Mean, n: int, value: float, others: Iterable[Known]) -> Span:
    """Over how many rows a mean was, as close as it is known.

    It was over all answers of something else that was told where it was over nearly as many: otherwise the
    earlier run would not have told it.
    """
    if mean.again(n, value):
        return Span(n, n)
    low, high = mean.n, mean.n + mean.within
    told = (other.before for other in others if other.before is not None)
    same = (one for one in told if one.low == one.high and low <= one.low <= high)
    return next(same, Span(low, high))


def _differences(one: Known, others: Sequence[Known]) -> Iterator[Span]:
    """Everything that is left of a sum less another, now and since the earlier run."""
    assert one.now is not None
    if one.before is not None:
        yield one.now - one.before
    for other in others:
        if other.now is not None:
            yield one.now - other.now
        if other.before is not None:
            yield one.now - other.before
        if other.now is not None and other.before is not None and one.before is not None:
            yield (one.now - other.now) - (one.before - other.before)


def suppressed(question: Question, measurements: Measurements, project: Project) -> set[int]:
    """The drivers of which a metric is suppressed: their means would give it away."""
    found = set()
    for i, column in enumerate(question.drivers):
        for metric in project.metrics:
            if metric.signal == column.place.signal:
                cell = measurements.get(str(metric.id), "touchpoint", column.place.touchpoint)
                if cell is not None and cell.suppressed:
                    found.add(i)
    return found
