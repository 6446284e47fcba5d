"""The changes of one series: which there are, when they begin and end, and how large they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.insight.changes.ground import Data, Ground, prepare, regressed
from cxengine.insight.changes.scan import KINDS, Kind, chance, places, scan

if TYPE_CHECKING:
    from cxengine.insight.changes.series import FloatArray, IntArray

_MOST = 6
"""Changes of one series, at most."""
_CHOSEN = {"shift": 2, "episode": 3, "trend": 1}
"""Numbers that a change consists of: its size and its moments."""
_CRITICAL = 7.352
"""A moment may be the true one where its squared deviate is at most this much less than that of the best."""


@attrs.frozen(eq=False)
class Sample:
    """One series."""

    data: Data
    """Its one line."""
    base: FloatArray
    """Level and seasons: periods x columns."""

    @property
    def value(self) -> FloatArray:
        """By period."""
        found: FloatArray = self.data.value[0]
        return found

    @property
    def n(self) -> FloatArray:
        """By period."""
        found: FloatArray = self.data.n[0]
        return found

    def ground(self, known: Sequence[Term]) -> Ground:
        """The ground beside changes that are known."""
        return prepare(self.data, _columns(self, known)[None])


@attrs.frozen
class Term:
    """A change of a series. Moments are positions of periods."""

    kind: Kind
    start: int
    stop: int
    p: float
    starts: tuple[int, int] = (0, 0)
    """The first and the last period in which it may have begun, at 95%."""
    stops: tuple[int, int] = (0, 0)


@attrs.frozen
class Effect:
    """How large a change is."""

    term: Term
    value: float
    error: float
    """Standard error."""
    before: float
    after: float


def terms(sample: Sample, limit: float) -> tuple[Term, ...]:
    """The changes of a series that are less probable than `limit`, in the order of time.

    The one that stands out most is found first, then the next one beside it, until none is left; then each is
    put where it fits best beside the others, and dropped where it is no longer needed. As steps may look like
    a line, this is done with and without lines; what describes the series better for its size is taken, by
    Schwarz's criterion.
    """
    ways = [_terms(sample, limit, KINDS), _terms(sample, limit, ("shift", "episode"))]
    found = min((way for way in ways if way), key=lambda way: _cost(sample, way), default=[])
    return tuple(sorted(found, key=lambda term: (term.start, term.stop, term.kind)))


def _terms(sample: Sample, limit: float, kinds: Sequence[Kind]) -> list[Term]:
    found: list[Term] = []
    while len(found) < _MOST:
        best = scan(sample.ground(found), sample.data.least, kinds)
        if best.kind[0] < 0 or best.p[0] > limit:
            break
        kind = KINDS[best.kind[0]]
        found.append(Term(kind, int(best.start[0]), int(best.stop[0]), float(best.p[0])))
    for term in tuple(found):
        others = [other for other in found if other is not term]
        placed = _placed(sample, others, term)
        found = [*others, placed] if placed.p <= limit else others
    return [_placed(sample, [o for o in found if o is not term], term) for term in found]


def _cost(sample: Sample, found: Sequence[Term]) -> float:
    """Squared residuals, as multiples of the noise, and a charge for every number that was chosen.

    Source: Schwarz, Annals of Statistics 6 (1978) 461-464.
    """
    residual, _ = regressed(sample.data.value, sample.data.n, _columns(sample, found)[None])
    squares = float((sample.n * residual[0] ** 2).sum()) / float(sample.data.error[0]) ** 2
    chosen = sum(_CHOSEN[term.kind] for term in found)
    return squares + chosen * float(np.log(max(int((sample.n > 0).sum()), 2)))


def effects(sample: Sample, found: tuple[Term, ...]) -> tuple[Effect, ...]:
    """How large changes are, all fitted together with level and seasons by weighted least squares."""
    columns = _columns(sample, found)
    weighted = columns * sample.n[:, None]
    inverse = np.linalg.pinv(columns.T @ weighted, hermitian=True)
    beta = inverse @ (weighted.T @ sample.value)
    seasons = sample.base[:, 1:] @ beta[1 : sample.base.shape[1]]
    level = sample.value - seasons + np.average(seasons, weights=sample.n)
    made = []
    for i, term in enumerate(found, sample.base.shape[1]):
        scale = _span(sample, term)
        value, error = beta[i] * scale, np.sqrt(inverse[i, i]) * sample.data.error[0] * abs(scale)
        after = _after(sample, found, term, level, float(beta[i]))
        made.append(Effect(term, float(value), float(error), after - float(value), after))
    return tuple(made)


def _after(sample: Sample, found: tuple[Term, ...], term: Term, level: FloatArray, slope: float) -> float:
    """The level that a change leads to: until the next shift, or the end."""
    if term.kind == "trend":
        time = np.arange(len(level))
        last = int(np.flatnonzero(sample.n)[-1])
        return float(np.average(level + slope * (last - time), weights=sample.n))
    stop = min([o.start for o in found if o.kind == "shift" and o.start > term.start] + [term.stop])
    inside = slice(term.start, stop)
    if not sample.n[inside].any():
        inside = slice(term.start, term.stop)
    return float(np.average(level[inside], weights=sample.n[inside]))


def _span(sample: Sample, term: Term) -> float:
    """What a trend's slope is multiplied by: the time from the first answers to the last."""
    if term.kind != "trend":
        return 1.0
    there = np.flatnonzero(sample.n)
    return float(there[-1] - there[0])


def _columns(sample: Sample, found: Sequence[Term]) -> FloatArray:
    """Level, seasons and changes: periods x columns."""
    return np.column_stack([sample.base, *(_column(term, len(sample.value)) for term in found)])


def _column(term: Term, periods: int) -> FloatArray:
    time = np.arange(periods, dtype=np.float64)
    if term.kind == "trend":
        return time
    return ((time >= term.start) & (time < term.stop)).astype(np.float64)


def _placed(sample: Sample, others: list[Term], term: Term) -> Term:
    """A change where it fits best beside the others, with the moments that it might have."""
    ground, least = sample.ground(others), sample.data.least
    periods = len(sample.value)
    if term.kind == "trend":
        size = np.abs(ground.deviate_of_slope())
        p = float(chance(ground, least, "trend", size)[0])
        there = np.flatnonzero(sample.n)
        start, stop = int(there[0]), int(there[-1]) + 1
        return Term("trend", start, stop, min(1.0, len(KINDS) * p), (start, start), (stop, stop))
    start, stop = term.start, term.stop
    for _ in range(2):
        start = _best(ground, least, np.arange(1, stop), np.full(stop - 1, stop))[0]
        if term.kind == "episode":
            later = np.arange(start + 1, periods)
            stop = _best(ground, least, np.full(len(later), start), later)[1]
    starts = _possible(ground, least, np.arange(1, stop), np.full(stop - 1, stop))[0]
    later = np.arange(start + 1, periods)
    stops = (stop, stop)
    if term.kind == "episode":
        stops = _possible(ground, least, np.full(len(later), start), later)[1]
    size = np.abs(places(ground, least, np.array([start]), np.array([stop]))[0][:, 0])
    p = min(1.0, len(KINDS) * float(chance(ground, least, term.kind, size)[0]))
    return Term(term.kind, start, stop, p, starts, stops)


def _best(ground: Ground, least: IntArray, start: IntArray, stop: IntArray) -> tuple[int, int]:
    at = int(np.abs(places(ground, least, start, stop)[0][0]).argmax())
    return int(start[at]), int(stop[at])


def _possible(
    ground: Ground, least: IntArray, start: IntArray, stop: IntArray
) -> tuple[tuple[int, int], tuple[int, int]]:
    """The range of the windows that may be the true one, at 95%.

    Source: Hansen, Econometrica 68 (2000) 575-603: the squared deviate of the best less that of the true one
    has the distribution function (1 - exp(-x / 2))^2.
    """
    squares = places(ground, least, start, stop)[0][0] ** 2
    there = np.flatnonzero(squares >= squares.max() - _CRITICAL)
    return (int(start[there[0]]), int(start[there[-1]])), (int(stop[there[0]]), int(stop[there[-1]]))
