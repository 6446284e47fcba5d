"""Who waits for whose people: a timetable as a partial order.

Every unit of a resource passes from activity to activity like a baton; the links are the passes. As long as
every activity starts after those it has a link from, no capacity is exceeded, whatever the durations turn
out to be: the resource flow network of Artigues, Michelon, Reusser, "Insertion techniques for static and
dynamic resource-constrained project scheduling", EJOR 149, 2003.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import attrs

from cxengine.planning.scheduling.problem import Instance


@attrs.frozen(order=True)
class Link:
    """`after` gets units of the resource that `before` had."""

    before: int
    after: int
    resource: int


def links(problem: Instance, starts: Sequence[int], among: Collection[int] | None = None) -> tuple[Link, ...]:
    """The passes of a timetable, among some of its activities or all, as few as greedy passing needs.

    Units are taken first from what is required anyway, then from what ended last.
    """
    chosen = range(problem.size) if among is None else among
    order = sorted(chosen, key=lambda j: (starts[j], problem.spans[j].end(starts[j]), j))
    found = list[Link]()
    for resource, capacity in enumerate(problem.capacities):
        pool = [_Units(-1, -1, capacity)]
        for j in order:
            amount = sum(a for r, a in problem.demands[j] if r == resource)
            if amount:
                taken, pool = _taken(pool, amount, starts[j], problem.before[j])
                found += [Link(units.holder, j, resource) for units in taken if units.holder >= 0]
                pool.append(_Units(problem.spans[j].end(starts[j]), j, amount))
    return tuple(sorted(found))


@attrs.frozen
class _Units:
    """Units of a resource that are free from `end` on, when their holder lets go of them."""

    end: int
    holder: int
    amount: int


def _taken(
    pool: list[_Units], wanted: int, start: int, before: Sequence[int]
) -> tuple[list[_Units], list[_Units]]:
    """What is taken from the pool, and what is left in it."""
    taken, left = list[_Units](), list[_Units]()
    for units in sorted(pool, key=lambda u: (u.holder not in before, -u.end, u.holder)):
        part = min(units.amount, wanted) if units.end <= start else 0
        wanted -= part
        if part:
            taken.append(units)
        if units.amount > part:
            left.append(attrs.evolve(units, amount=units.amount - part))
    return taken, left
