"""What is to be scheduled: activities, the resources they share, the calendars they are worked in.

Periods count from 0 and an end is exclusive: an activity that starts in period 3 and lasts 2 ends at 5.
A demand is a share of a resource and stays the same for as long as the activity lasts; some activities may
also be done in slower ways that need less at a time. Holidays and leave
change how much is done in a period, not how many activities fit: they belong to the calendar.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import attrs
import networkx as nx

from cxengine.planning.scheduling.profile import Fields
from cxengine.planning.scheduling.span import Span, releases, span_of


@attrs.frozen
class Way:
    """Another way to do an activity: slower, with less at a time."""

    work: int
    demands: Mapping[str, int]
    least: int = 0


@attrs.frozen
class Activity:
    """One piece of work that is not interrupted but by its calendar."""

    id: str
    work: int
    """What is to be done, in the units of its calendar; periods where it has none."""
    demands: Mapping[str, int] = attrs.field(factory=dict)
    """Share of each resource while it lasts."""
    requires: tuple[str, ...] = ()
    """Activities that end before it starts."""
    earliest: int = 0
    fixed: int | None = None
    """The period in which it must start."""
    latest: int | None = None
    """The last end that is allowed."""
    due: int | None = None
    """The end that is wanted; later is allowed and counts as tardiness."""
    weight: int = 0
    """What every period of its completion costs."""
    calendar: str | None = None
    least: int = 0
    """Periods that it takes at least, however fast the work is done."""
    slower: tuple[Way, ...] = ()
    """Other ways to do it, none of which is ever quicker."""
    windows: str | None = None
    """The release windows that decide in which period it may be completed."""


@attrs.frozen
class Problem:
    """Activities, in the order in which a planner would do them, and what they share.

    `capacities` maps a resource to its size in the unit of demands; `calendars` maps a calendar to the
    work that an activity gets done in period 0, 1, ...; the last entry holds for ever after, and must
    therefore be positive. `windows` maps release windows to whether something may be released in period
    0, 1, ...; ever after it may. An activity that ends outside a window gives its people back and is
    completed in the next one.
    """

    activities: tuple[Activity, ...]
    capacities: Mapping[str, int]
    calendars: Mapping[str, tuple[int, ...]] = attrs.field(factory=dict)
    windows: Mapping[str, tuple[bool, ...]] = attrs.field(factory=dict)


@attrs.frozen
class Timetable:
    """When each activity starts and ends, and what is proven about it."""

    starts: Mapping[str, int]
    ends: Mapping[str, int]
    """When each gives back what it shares."""
    completed: Mapping[str, int]
    """When each is released: at its end, or in the next window."""
    ways: Mapping[str, int]
    """The way in which each is done: 0 for the quickest, 1 for the first slower one ..."""
    tardiness: int
    """Periods by which activities are completed after they are due, added up."""
    delay: int
    """The sum of every activity's weight times its completion."""
    length: int
    """The last completion."""
    least_delay: int
    """No timetable that is as punctual has less delay."""
    least_length: int
    """Where nothing weighs anything, no timetable is shorter."""
    proven: bool
    """Whether no timetable is better: more punctual, or with less delay, or shorter."""

    @property
    def gap(self) -> float:
        """By how much, as a share, a better timetable could still be better: in delay, else in length."""
        if self.proven:
            return 0.0
        if self.delay:
            return (self.delay - self.least_delay) / self.delay
        return (self.length - self.least_length) / self.length


@attrs.frozen(eq=False)
class Instance:
    """A problem as arrays by index, in an order in which nothing precedes what it requires."""

    names: tuple[str, ...]
    spans: tuple[Span, ...]
    demands: tuple[tuple[tuple[int, int], ...], ...]
    """Pairs of resource and share for each activity, in its quickest way."""
    slower: tuple[tuple[tuple[Span, tuple[tuple[int, int], ...]], ...], ...]
    """The span and the demands of each activity in its slower ways."""
    paces: tuple[tuple[int, ...], ...]
    """What gets done of each activity in period 0, 1, ...; the last holds for ever after."""
    capacities: tuple[int, ...]
    before: tuple[tuple[int, ...], ...]
    after: tuple[tuple[int, ...], ...]
    heads: tuple[int, ...]
    """The first period in which it can start, capacities left aside."""
    tails: tuple[int, ...]
    """Periods that must pass at least between its end and the end of all."""
    latest: tuple[int, ...]
    """The last completion that is allowed, by itself and by fixed activities after it."""
    fixed: tuple[int | None, ...]
    due: tuple[int | None, ...]
    weights: tuple[int, ...]
    given: tuple[int, ...]
    """The activities in the order in which the problem names them."""
    horizon: int
    """Everything fits before this period."""

    @property
    def size(self) -> int:
        """Number of activities."""
        return len(self.names)

    @property
    def steady(self) -> bool:
        """Whether every activity has one way and lasts as long whenever it starts."""
        return all(span.steady for span in self.spans) and not any(self.slower)

    @cached_property
    def fields(self) -> Fields:
        """What every activity needs in each of its ways, packed."""
        ways = [
            (quickest, *(demands for _, demands in more))
            for quickest, more in zip(self.demands, self.slower, strict=True)
        ]
        agreed = {j for j, start in enumerate(self.fixed) if start is not None}
        return Fields.of(ways, self.capacities, agreed)

    def in_way(self, j: int, way: int) -> tuple[Span, tuple[tuple[int, int], ...]]:
        """The span and the demands of an activity in one of its ways."""
        return self.slower[j][way - 1] if way else (self.spans[j], self.demands[j])

    def settled(self, ways: Sequence[int]) -> Instance:
        """The problem in which every activity has but the way that is chosen for it."""
        if not any(ways):
            return attrs.evolve(self, slower=((),) * self.size) if any(self.slower) else self
        chosen = [self.in_way(j, way) for j, way in enumerate(ways)]
        return attrs.evolve(
            self,
            spans=tuple(span for span, _ in chosen),
            demands=tuple(demands for _, demands in chosen),
            slower=((),) * self.size,
        )


def instance(problem: Problem) -> Instance:
    """Prepares a problem.

    Requirements on activities that are not part of the problem are left aside. There must be no cycle.

    Raises:
        ValueError: an activity demands more of a resource than there is.
    """
    by_name = {a.id: a for a in problem.activities}
    for a in problem.activities:
        for demands in (a.demands, *(way.demands for way in a.slower)):
            if any(amount > problem.capacities[r] for r, amount in demands.items()):
                raise ValueError(f"activity {a.id} demands more than there is")
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(by_name)
    graph.add_edges_from((r, a.id) for a in problem.activities for r in a.requires if r in by_name)
    order = tuple(nx.lexicographical_topological_sort(graph))
    number = {name: index for index, name in enumerate(order)}
    resources = {name: index for index, name in enumerate(problem.capacities)}
    activities = [by_name[name] for name in order]
    before = tuple(tuple(sorted(number[p] for p in graph.predecessors(name))) for name in order)
    after = tuple(tuple(sorted(number[s] for s in graph.successors(name))) for name in order)
    spans, slower = _spans(activities, problem)
    horizon = _horizon(activities, spans)
    return Instance(
        order,
        spans,
        tuple(_demands(a.demands, resources) for a in activities),
        tuple(
            tuple((span, _demands(way.demands, resources)) for way, span in zip(a.slower, found, strict=True))
            for a, found in zip(activities, slower, strict=True)
        ),
        tuple(_pace(a, problem) for a in activities),
        tuple(problem.capacities.values()),
        before,
        after,
        _heads(activities, before, spans),
        _tails(after, spans),
        _latest(activities, after, spans, horizon),
        tuple(a.fixed for a in activities),
        tuple(a.due for a in activities),
        tuple(a.weight for a in activities),
        tuple(number[a.id] for a in problem.activities),
        horizon,
    )


def _demands(demands: Mapping[str, int], resources: Mapping[str, int]) -> tuple[tuple[int, int], ...]:
    return tuple((resources[r], d) for r, d in sorted(demands.items()) if d)


def _pace(activity: Activity, problem: Problem) -> tuple[int, ...]:
    return (1,) if activity.calendar is None else problem.calendars[activity.calendar]


def _spans(
    activities: Sequence[Activity], problem: Problem
) -> tuple[tuple[Span, ...], tuple[tuple[Span, ...], ...]]:
    """The span of every activity in its quickest way, and in the slower ones."""
    known: dict[tuple[int, int, str | None, str | None], Span] = {}
    until = {name: releases(window) for name, window in problem.windows.items()}

    def span(a: Activity, work: int, least: int) -> Span:
        key = (work, least, a.calendar, a.windows)
        if key not in known:
            known[key] = span_of(_pace(a, problem), work, least)
            if a.windows is not None:
                known[key] = attrs.evolve(known[key], releases=until[a.windows])
        return known[key]

    quickest = tuple(span(a, a.work, a.least) for a in activities)
    return quickest, tuple(tuple(span(a, way.work, way.least) for way in a.slower) for a in activities)


def _horizon(activities: Sequence[Activity], spans: Sequence[Span]) -> int:
    """Everything one after another, from the last period in which anything may have to start."""
    begin = max(
        (
            max(a.earliest, a.fixed or 0, len(s.ends), len(s.releases))
            for a, s in zip(activities, spans, strict=True)
        ),
        default=0,
    )
    return begin + sum(s.then for s in spans) + 1


def _heads(
    activities: Sequence[Activity], before: Sequence[tuple[int, ...]], spans: Sequence[Span]
) -> tuple[int, ...]:
    heads: list[int] = []
    for j, a in enumerate(activities):
        ready = max((spans[p].completion(heads[p]) for p in before[j]), default=0)
        heads.append(max(a.earliest, ready, a.fixed or 0))
    return tuple(heads)


def _tails(after: Sequence[tuple[int, ...]], spans: Sequence[Span]) -> tuple[int, ...]:
    shortest = [s.shortest for s in spans]
    tails = [0] * len(after)
    for j in reversed(range(len(after))):
        tails[j] = max((tails[s] + shortest[s] for s in after[j]), default=0)
    return tuple(tails)


def _latest(
    activities: Sequence[Activity], after: Sequence[tuple[int, ...]], spans: Sequence[Span], horizon: int
) -> tuple[int, ...]:
    latest = [2 * horizon if a.latest is None else a.latest for a in activities]
    for j in reversed(range(len(activities))):
        for s in after[j]:
            start = activities[s].fixed
            latest[j] = min(latest[j], latest[s] - spans[s].shortest if start is None else start)
    return tuple(latest)
