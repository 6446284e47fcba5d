"""The same event seen in many cells is told once, where it is seen best."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from cxengine.insight.changes.change import Change, Place


def grouped(found: Sequence[tuple[Change, float]]) -> tuple[Change, ...]:
    """The changes with the largest deviates, each with the places where the same is seen less clearly.

    `found` holds every change with the size of its deviate. The same is what happens to the same answers (the
    signal, or the observed journey) in the same direction at times that overlap, in places of which one is
    part of the other, or at the same touchpoint in other segments. Steps of an observed journey go with
    another step or visit of the same touchpoints.
    """
    heads: list[Change] = []
    also: list[list[Place]] = []
    ranked = sorted(found, key=lambda one: (-one[1], repr(one[0].place), one[0].since.period))
    for change, _ in ranked:
        for head, others in zip(heads, also, strict=True):
            if _same(head, change):
                others.append(change.place)
                break
        else:
            heads.append(change)
            also.append([])
    return tuple(
        attrs.evolve(head, also=tuple(dict.fromkeys(others)))
        for head, others in zip(heads, also, strict=True)
    )


def _same(head: Change, other: Change) -> bool:
    return (
        head.kind == other.kind
        and _answers(head.place) == _answers(other.place)
        and _overlap(head, other)
        and _related(head, other)
    )


def _answers(place: Place) -> tuple[bool, str]:
    return place.about == "metric", place.measure


def _overlap(head: Change, other: Change) -> bool:
    """Whether both may have begun, and ended, at the same time; ISO labels sort like time."""
    return all(
        one.low <= two.high and two.low <= one.high
        for one, two in ((head.since, other.since), (head.until, other.until))
    )


def _related(head: Change, other: Change) -> bool:
    """Whether places share a touchpoint, or one is a stage or the journey; and both go the same way."""
    one, two = head.place, other.place
    if one.about != "metric":
        return bool({one.subject, one.target} & {two.subject, two.target} - {None, ""})
    if (head.size.value > 0) != (other.size.value > 0):
        return False
    return one.level != two.level or one.subject == two.subject
