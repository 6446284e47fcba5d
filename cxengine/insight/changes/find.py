"""All changes of a run: every series looked through, and told of once it is known what is chance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.insight.changes.change import Change, Changes, Place, Search, Trend, When
from cxengine.insight.changes.events import grouped
from cxengine.insight.changes.fit import Effect, Sample, Term, effects, terms
from cxengine.insight.changes.ground import Data, prepare, regressed
from cxengine.insight.changes.measured import FEWEST
from cxengine.insight.changes.noise import noise
from cxengine.insight.changes.parts import EVERY_CASE, Part
from cxengine.insight.changes.scan import scan
from cxengine.insight.changes.season import Season, design, seasons
from cxengine.metrics import period
from cxengine.metrics.interval import Interval

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.insight.changes.parts import Cases
    from cxengine.insight.changes.series import FloatArray, Line, Measure, Series
    from cxengine.metrics.discovery import Discovery

_AT_ONCE = 256
"""Series that are looked through together: what keeps memory small."""
_LEFT_OVER = 1e-9
"""What arithmetic may leave of nothing, as a part of a change."""


@attrs.frozen(eq=False)
class Courses:
    """Series that were looked through, nothing flagged yet."""

    series: Series
    data: Data
    base: FloatArray
    """What is there without any change: the level and the seasons."""
    seasons: tuple[Season, ...]
    chances: FloatArray
    """By series, how probable it is that so much would stand out anywhere in it, were nothing changed."""
    cases: Mapping[str, Cases]
    """Of every observed journey, what its changes may tell of."""


def courses(
    series: Series | None,
    cases: Mapping[str, Cases] | None = None,
    *,
    declared: Sequence[Season] | None = None,
) -> Courses | None:
    """Looks through all series, allowing for seasons; None where there are too few periods."""
    if series is None or series.periods < FEWEST:
        return None
    allowed = seasons(series.length, series.periods, declared)
    base = design(series.length, series.first, series.periods, allowed)
    data = _data(series, base)
    parts = [data.only(slice(i, i + _AT_ONCE)) for i in range(0, len(series.lines), _AT_ONCE)]
    p = np.concatenate([scan(prepare(part, base[None]), part.least).p for part in parts])
    return Courses(series, data, base, allowed, p, cases or {})


def changes(found: Courses | None, discovery: Discovery, adjusted: FloatArray) -> Changes:
    """What changed beyond chance and seasons, everything that the run tests considered.

    The series that change are those whose hypotheses fell, of all that the run tests. Within those, each
    single change must be less probable than the rate times the share of hypotheses that fell (Benjamini and
    Bogomolov 2014), and intervals keep to 95% over all that is told (Benjamini and Yekutieli 2005).
    `adjusted` are the rates at which each series would still be flagged (`metrics.discovery.adjusted`).

    Sources: Benjamini and Bogomolov, Journal of the Royal Statistical Society B 76 (2014) 297-318; Benjamini
    and Yekutieli, Journal of the American Statistical Association 100 (2005) 71-81.
    """
    if found is None:
        return Changes(search=Search(rate=discovery.rate))
    series, rows = found.series, [i for i, p in enumerate(found.chances.tolist()) if discovery.falls(p)]
    told = _tellable(found, list(_beyond_chance(found, rows, discovery.level)))
    return Changes(
        found=_once(told),
        search=Search(
            series=len(found.chances),
            flagged=len(rows),
            rate=discovery.rate,
            seasons=found.seasons,
            periods=(_label(series, 0), _label(series, series.periods - 1)),
        ),
        trends=tuple(_trends(series, told, adjusted)),
    )


def _data(series: Series, base: FloatArray) -> Data:
    """What is looked through, with the noise of each series: what may be shown."""
    least = np.array([line.measure.least for line in series.lines])
    answers = np.where(series.hidden, 0, series.answers)
    n = np.where(answers > 0, series.n, 0.0)
    rows = range(0, len(series.lines), _AT_ONCE)
    parts = [slice(i, i + _AT_ONCE) for i in rows]
    residual = np.concatenate([regressed(series.value[part], n[part], base[None])[0] for part in parts])
    found = noise(residual, n, series.deviation, series.groups())
    error = series.deviation * np.sqrt(found.ratio)
    return Data(series.value, n, answers, error, found.degrees, series.skewness, least)


@attrs.frozen
class _Seen:
    """A change of a series beyond chance."""

    row: int
    change: Change
    deviate: float
    """How clear it is."""
    parts: tuple[Part, ...]
    """What is told with it: the stretches between all moments at which its series changes."""


def _beyond_chance(found: Courses, rows: Sequence[int], limit: float) -> Iterator[_Seen]:
    """The changes of the series that have any."""
    series, data, base = found.series, found.data, found.base
    for row in rows:
        one, line = data.only(np.array([row])), series.lines[row]
        every = terms(sample := Sample(one, base), limit)
        parts = tuple(_stretches(series, line, every))
        for effect in effects(sample, every):
            change = _change(series, line, one, effect, limit)
            yield _Seen(row, change, abs(effect.value) / effect.error, parts)


def _stretches(series: Series, line: Line, every: Sequence[Term]) -> Iterator[Part]:
    moments = {moment for term in every if term.kind != "trend" for moment in (term.start, term.stop)}
    cuts = sorted(moments | {0, series.periods})
    touchpoint = line.subject if line.measure.kind == "step" else EVERY_CASE
    for start, stop in pairwise(cuts):
        times = frozenset(range(series.first + start, series.first + stop))
        yield Part(touchpoint, line.segment, times)


def _once(seen: Sequence[_Seen]) -> tuple[Change, ...]:
    return grouped([(one.change, one.deviate) for one in seen])


def _tellable(found: Courses, seen: list[_Seen]) -> list[_Seen]:
    """Without the series of observed journeys of which a change would be told that must not be.

    Metrics have only periods that are shown; what is told of them follows from their measurements.
    """
    while True:
        heads = {change.place for change in _once(seen)}
        untold = set()
        for journey, cases in found.cases.items():
            asked = [
                one
                for one in seen
                if one.change.place in heads
                and one.change.place.about != "metric"
                and one.change.family == journey
            ]
            told = cases.told([one.parts for one in asked])
            untold |= {one.row for one in asked if not told.issuperset(one.parts)}
        if not untold:
            return seen
        seen = [one for one in seen if one.row not in untold]


def _parts(answers: npt.NDArray[np.int64], effect: Effect) -> tuple[int, int, int]:
    start, stop = _window(effect)
    return int(answers[:start].sum()), int(answers[start:stop].sum()), int(answers[stop:].sum())


def _window(effect: Effect) -> tuple[int, int]:
    """The periods that a change touches; those of a trend are one part."""
    return (0, 0) if effect.term.kind == "trend" else (effect.term.start, effect.term.stop)


def _change(series: Series, line: Line, one: Data, effect: Effect, limit: float) -> Change:
    """A change as a value: the interval is that of 1 - `limit`."""
    from scipy.special import stdtrit

    term, measure = effect.term, line.measure
    half = float(stdtrit(one.degrees[0], 1 - limit / 2)) * effect.error
    low, high = measure.range
    before, inside, after = _parts(one.answers[0], effect)
    last = series.periods - 1
    stops = (last,) * 3 if term.kind == "shift" else tuple(stop - 1 for stop in (term.stop, *term.stops))
    return Change(
        kind=term.kind,
        place=_place(line),
        family=measure.family,
        name=measure.name,
        unit=measure.unit,
        since=_when(series, term.start, *term.starts),
        until=_when(series, *stops),
        before=_level(effect.before, effect.value, measure.range),
        after=_level(effect.after, effect.value, measure.range),
        size=Interval(effect.value, effect.value - half, effect.value + half),
        relative=effect.value / (high - low) if np.isfinite(high - low) else None,
        good=_good(measure, effect.value),
        n_before=before if term.kind == "trend" else before + after,
        n=after if term.kind == "trend" else inside,
        p=term.p,
    )


def _level(level: float, size: float, ends: tuple[float, float]) -> float:
    """A level within a range; what arithmetic leaves of an end of it is that end."""
    near = next((end for end in ends if abs(level - end) <= _LEFT_OVER * abs(size)), level)
    return min(max(near, ends[0]), ends[1])


def _good(measure: Measure, size: float) -> bool | None:
    if measure.direction is None or size == 0:
        return None
    return (size > 0) is (measure.direction == "higher_is_better")


def _place(line: Line) -> Place:
    measure = line.measure
    return Place(measure.kind, measure.id, line.level, line.subject, line.segment, line.target)


def _label(series: Series, position: int) -> str:
    return period.label(series.length, series.first + position)


def _when(series: Series, position: int, low: int, high: int) -> When:
    return When(*(_label(series, one) for one in (position, low, high)))


def _trends(series: Series, told: Sequence[_Seen], chances: FloatArray) -> Iterator[tuple[Place, Trend]]:
    """What all changes of a metric add up to: an episode that is over adds nothing."""
    moved = np.zeros(len(series.lines))
    for one in told:
        moved[one.row] += one.change.size.value if one.change.kind != "episode" else 0.0
    for line, size, chance in zip(series.lines, moved.tolist(), chances.tolist(), strict=True):
        if line.measure.kind == "metric" and line.level != "stage":
            yield _place(line), Trend(size, _good(line.measure, size), 1 - chance)
