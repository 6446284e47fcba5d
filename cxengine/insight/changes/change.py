"""A change: who, where, when, how much, how sure."""

from __future__ import annotations

from functools import cached_property

import attrs

from cxengine.insight.changes.scan import Kind
from cxengine.insight.changes.series import MeasureKind
from cxengine.metrics.interval import Interval
from cxengine.metrics.measurement import ALL, Level


@attrs.frozen
class When:
    """A period, and the first and the last one that it might be, at 95%."""

    period: str
    low: str
    high: str


@attrs.frozen
class Place:
    """A measure in a cell."""

    about: MeasureKind
    """A metric; or of the cases of an observed journey, how many meet a touchpoint or take a step from it."""
    measure: str
    """Id of the metric or of the observed journey."""
    level: Level
    subject: str
    segment: str
    """"all" for everybody."""
    target: str | None = None
    """Of a step: the touchpoint where it leads; "" where the case ends."""


@attrs.frozen
class Change:
    """What a measure did in a cell, beyond chance and seasons.

    A `shift` lasts from `since` on; an `episode` is over after `until`; a `trend` is a straight line over all
    periods. Values are those without the seasons.
    """

    kind: Kind
    place: Place
    family: str
    """What it was measured from: id of the signal, or of the observed journey."""
    name: str
    """Name of the measure."""
    unit: str
    since: When
    until: When
    """The last period that it touches; of a shift and a trend, the last period there is."""
    before: float
    after: float
    size: Interval
    """After less before; the interval keeps to 95% over all changes of the run."""
    relative: float | None
    """Size as a part of the whole range of the measure; None where that has no bounds."""
    good: bool | None
    """Whether it is for the better; None where neither direction is good by itself."""
    n_before: int
    """Answers (or cases) in the periods that it does not touch."""
    n: int
    """Answers (or cases) in those that it touches."""
    p: float
    """The chance of so much in this series were there no change, at most."""
    also: tuple[Place, ...] = ()
    """Where else, or in what other measure of the same answers, the same is seen."""


@attrs.frozen
class Trend:
    """How a metric moved in a cell over all periods, as far as it is beyond chance."""

    size: float
    """What all changes that were found add up to, from the first to the last period; 0 without any."""
    good: bool | None
    """Whether that is for the better; None where it did not move."""
    certainty: float
    """How sure it is that anything changed: 1 less the share of false discoveries, of all that the run tests,
    if this counts as one."""


@attrs.frozen
class Search:
    """What was looked through to find changes."""

    series: int = 0
    """How many series: a measure in a cell."""
    flagged: int = 0
    """How many of them change: the hypothesis that they do not fell, with all that the run tests."""
    rate: float = 0.0
    """Of all that the run flags, so much is chance, at most, on average."""
    seasons: tuple[str, ...] = ()
    """What was allowed for: "week", "year"."""
    periods: tuple[str, str] | None = None
    """The first and the last period; None where there are too few."""


@attrs.frozen(slots=False)
class Changes:
    """All changes of a run, the clearest first, and what was looked through to find them."""

    found: tuple[Change, ...] = ()
    search: Search = Search()
    trends: tuple[tuple[Place, Trend], ...] = attrs.field(default=(), repr=False)
    """Of every metric that was looked at, at every touchpoint and for the journey."""

    def trend(self, metric: str, subject: str, segment: str = ALL) -> Trend | None:
        """How a metric moved at a touchpoint or in the journey; None where it was not looked at."""
        return self._trends.get((metric, subject, segment))

    @cached_property
    def _trends(self) -> dict[tuple[str, str, str], Trend]:
        return {(place.measure, place.subject, place.segment): trend for place, trend in self.trends}
