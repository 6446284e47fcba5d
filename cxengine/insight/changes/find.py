"""All changes of a run: every series looked through, and told of once it is known what is chance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.insight.changes.change import Change, Changes, Place, Search, Trend, When
from cxengine.insight.changes.events import grouped
from cxengine.insight.changes.fit import Effect, Sample, effects, terms
from cxengine.insight.changes.ground import Data, prepare, regressed
from cxengine.insight.changes.measured import FEWEST, left_out
from cxengine.insight.changes.noise import noise
from cxengine.insight.changes.scan import scan
from cxengine.insight.changes.season import Season, design, seasons
from cxengine.metrics import period
from cxengine.metrics.interval import Interval
from cxengine.metrics.measurement import ALL

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.insight.changes.series import FloatArray, Line, Measure, Series
    from cxengine.metrics.discovery import Discovery

_AT_ONCE = 256
"""Series that are looked through together: what keeps memory small."""


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


def courses(series: Series | None, *, declared: Sequence[Season] | None = None) -> Courses | None:
    """Looks through all series, allowing for seasons; None where there are too few periods."""
    if series is None or series.periods < FEWEST:
        return None
    allowed = seasons(series.length, series.periods, declared)
    base = design(series.length, series.first, series.periods, allowed)
    data = _data(series, base)
    parts = [data.only(slice(i, i + _AT_ONCE)) for i in range(0, len(series.lines), _AT_ONCE)]
    p = np.concatenate([scan(prepare(part, base[None]), part.least).p for part in parts])
    return Courses(series, data, base, allowed, p)


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
    told = list(_told(found, rows, discovery.level))
    return Changes(
        found=grouped([(change, size) for _, change, size in told]),
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
    """What is looked through, with the noise of each series; without what would give others away."""
    least = np.array([line.measure.least for line in series.lines])
    answers = left_out(series.answers, series.hidden, series.pooled)
    n = np.where(answers > 0, series.n, 0.0)
    rows = range(0, len(series.lines), _AT_ONCE)
    parts = [slice(i, i + _AT_ONCE) for i in rows]
    residual = np.concatenate([regressed(series.value[part], n[part], base[None])[0] for part in parts])
    found = noise(residual, n, series.deviation, series.groups())
    error = series.deviation * np.sqrt(found.ratio)
    return Data(series.value, n, answers, error, found.degrees, series.skewness, least)


def _told(found: Courses, rows: Sequence[int], limit: float) -> Iterator[tuple[int, Change, float]]:
    """The changes of the series that have any, with the row of each and the size of its deviate."""
    series, data, base = found.series, found.data, found.base
    whole = {_cell(line): i for i, line in enumerate(series.lines) if line.segment == ALL}
    for row in rows:
        one, line = data.only(np.array([row])), series.lines[row]
        everybody = data.answers[whole.get(_cell(line), row)]
        unseen = np.where(series.hidden[row], one.answers[0], 0)
        others = np.where(series.hidden[row], series.answers[whole.get(_cell(line), row)] - unseen, 0)
        for effect in effects(sample := Sample(one, base), terms(sample, limit)):
            least = line.measure.least
            apart = _many(unseen, effect, least) and _many(others, effect, least)
            if apart and _may_be_told(one.answers[0], everybody, effect, least):
                change = _change(series, line, one, effect, limit)
                yield row, change, abs(effect.value) / effect.error


def _may_be_told(
    answers: npt.NDArray[np.int64], everybody: npt.NDArray[np.int64], effect: Effect, least: int
) -> bool:
    """Whether no part of time that is told of has only a few answers, of the segment or of everybody else."""
    return all(
        part == 0 or part >= least for some in (answers, everybody - answers) for part in _parts(some, effect)
    )


def _many(unseen: npt.NDArray[np.int64], effect: Effect, least: int) -> bool:
    """Whether a part of time that is told of holds hidden periods only where they are many.

    So many that even of those but one there are not only a few answers.
    """
    start, stop = _window(effect)
    for part in (unseen[:start], unseen[start:stop], unseen[stop:]):
        if part.any() and int(part.sum() - part.max()) < least:
            return False
    return True


def _cell(line: Line) -> tuple[object, ...]:
    return line.measure.kind, line.measure.id, line.level, line.subject, line.target


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
        before=min(max(effect.before, low), high),
        after=min(max(effect.after, low), high),
        size=Interval(effect.value, effect.value - half, effect.value + half),
        relative=effect.value / (high - low) if np.isfinite(high - low) else None,
        good=_good(measure, effect.value),
        n_before=before if term.kind == "trend" else before + after,
        n=after if term.kind == "trend" else inside,
        p=term.p,
    )


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


def _trends(
    series: Series, told: Sequence[tuple[int, Change, float]], chances: FloatArray
) -> Iterator[tuple[Place, Trend]]:
    """What all changes of a metric add up to: an episode that is over adds nothing."""
    moved = np.zeros(len(series.lines))
    for row, change, _ in told:
        moved[row] += change.size.value if change.kind != "episode" else 0.0
    for line, size, chance in zip(series.lines, moved.tolist(), chances.tolist(), strict=True):
        if line.measure.kind == "metric" and line.level != "stage":
            yield _place(line), Trend(size, _good(line.measure, size), 1 - chance)
