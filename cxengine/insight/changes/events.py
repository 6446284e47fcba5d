"""The same event seen in many cells is told once, where it is seen best."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from cxengine.insight.changes.change import Change, Place


def grouped(found: Sequence[tuple[Change, float]]) -> tuple[Change, ...]:
    """The changes with the largest deviates, each with the places where the same is seen less clearly.

    `found` holds every change with the size of its deviate. The same is what happens to the same answers (the
    signal, or the observed journey) for the better or for the worse at times that overlap, in places of which
    one is part of the other, or at the same touchpoint in other segments. A shift and a trend go together, as
    few periods hardly tell them apart. In observed journeys, all goes together that happens at a touchpoint.
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
        (head.place.about == "metric") is (other.place.about == "metric")
        and head.family == other.family
        and _overlap(head, other)
        and _related(head, other)
    )


def _overlap(head: Change, other: Change) -> bool:
    """Whether both may have begun, and if both are over, ended, at the same time; labels sort like time."""
    kinds = {head.kind, other.kind}
    if "trend" in kinds:
        return "episode" not in kinds
    ends = [(head.since, other.since)]
    if kinds == {"episode"}:
        ends.append((head.until, other.until))
    return all(one.low <= two.high and two.low <= one.high for one, two in ends)


def _related(head: Change, other: Change) -> bool:
    """Whether places share a touchpoint, or one is a stage or the journey; and metrics go the same way."""
    one, two = head.place, other.place
    if one.about != "metric":
        return bool({one.subject, one.target} & {two.subject, two.target} - {None, ""})
    if head.good is not other.good:
        return False
    return one.level != two.level or one.subject == two.subject
