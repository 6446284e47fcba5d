"""How an item's place on the roadmap moved, and which change moved it how far.

An item that is not on a roadmap has the rank after the last one there is in any combination, scores 0, and
starts and ends with the end of the longer plan; so does, for its days, one that is for later.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Literal

import attrs

from cxengine.review.comparing.shares import Walks, shares

Quantity = Literal["on the roadmap", "rank", "start", "end", "area", "score"]
ENGINE = "engine"
"""What another version of the engine or of a plugin made, on the same inputs."""


@attrs.frozen
class Standing:
    """An item as a roadmap has it."""

    id: str
    name: str
    rank: int
    score: float
    start: dt.date | None
    end: dt.date | None
    area: str | None


@attrs.frozen
class Move:
    """A quantity of an item that differs between two runs.

    `shares` add up to the change: in ranks, in days, in points of the score; of being on the roadmap and of
    the area, to 1 (or, for what left the roadmap, to -1).
    """

    item: str
    name: str
    quantity: Quantity
    before: int | float | str | dt.date | None
    after: int | float | str | dt.date | None
    shares: Mapping[str, Fraction]

    @property
    def change(self) -> Fraction:
        """What the shares add up to."""
        return sum(self.shares.values(), Fraction(0))


Plan = Mapping[str, Standing]


def standings(items: Sequence[Any]) -> Plan:
    """The items of a roadmap by id: of one that was planned just now, or of one that a run kept."""
    return {one.id: one for one in map(_standing, items)}


def _standing(item: Any) -> Standing:
    names = [field.name for field in attrs.fields(Standing)]
    if isinstance(item, Mapping):
        values = {name: item[name] for name in names}
        days = {
            name: dt.date.fromisoformat(values[name]) if values[name] else None for name in ("start", "end")
        }
        return Standing(**{**values, **days})
    return Standing(**{name: getattr(item, name) for name in names})


def moves(
    before: Plan, after: Plan, between: Mapping[frozenset[str], Plan], walked: Walks, last: dt.date
) -> Iterator[Move]:
    """Every quantity that differs, items in the order of the later roadmap, then those that left.

    `between` holds the roadmap of every combination that a walk passes; `last` is the end of the longer plan.
    """
    behind = 1 + max(map(len, (before, after, *between.values())))
    scale = _Scale(behind, last.toordinal())
    order = sorted(after, key=lambda i: after[i].rank)
    order += sorted((i for i in before if i not in after), key=lambda i: before[i].rank)
    for item in order:
        known = after.get(item) or before[item]
        for quantity in _differing(before.get(item), after.get(item)):
            values = {
                step: scale.value(plan.get(item), quantity, after.get(item)) for step, plan in between.items()
            }
            ends = [scale.value(plan.get(item), quantity, after.get(item)) for plan in (before, after)]
            parts = _parts(walked, values, *ends)
            told = [_told(plan.get(item), quantity) for plan in (before, after)]
            yield Move(item, known.name, quantity, told[0], told[1], parts)


def _differing(old: Standing | None, new: Standing | None) -> Iterator[Quantity]:
    if (old is None) != (new is None):
        yield "on the roadmap"
        return
    assert old is not None
    assert new is not None
    for name in ("rank", "start", "end", "area", "score"):
        if getattr(old, name) != getattr(new, name):
            yield name


def _told(one: Standing | None, quantity: Quantity) -> int | float | str | dt.date | None:
    if quantity == "on the roadmap":
        return None if one is None else one.rank
    found: int | float | str | dt.date | None = getattr(one, quantity) if one else None
    return found


def _parts(
    walked: Walks, values: Mapping[frozenset[str], Fraction], old: Fraction, new: Fraction
) -> dict[str, Fraction]:
    """Shares of the factors, and what is left to the engine, without those that are nothing."""
    causes = frozenset(walked.orders[0]) if walked.orders else frozenset[str]()
    found = shares(walked, values) if walked.orders else {}
    left = (values.get(frozenset(), old) - old) + (new - values.get(causes, old))
    found[ENGINE] = left
    return {cause: amount for cause, amount in found.items() if amount}


@attrs.frozen
class _Scale:
    """Quantities as numbers; `behind` and `last` stand for an item that is not there."""

    behind: int
    last: int

    def value(self, one: Standing | None, quantity: Quantity, goal: Standing | None) -> Fraction:
        match quantity:
            case "on the roadmap":
                return Fraction(one is not None)
            case "rank":
                return Fraction(one.rank if one else self.behind)
            case "score":
                return Fraction(one.score if one else 0)
            case "area":
                return Fraction(one is not None and goal is not None and one.area == goal.area)
            case "start" | "end":
                day: dt.date | None = getattr(one, quantity) if one else None
                return Fraction(day.toordinal() if day else self.last)
