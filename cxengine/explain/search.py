"""The smallest combination of facts that have to change, found by trying every one that can matter.

A condition changes its outcome only where one of its atoms does: where a sum of facts crosses zero, or a
choice becomes another. So of numbers those values are tried at which as many sums cross as numbers change,
and values just beside them; the distance from what is known is least at one of them, because it never bends
outwards between them. Combinations are tried by their size, and nothing is reported that was not tried.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import Any

import attrs
import numpy as np

from cxengine.explain.linear import Atoms, Linear
from cxengine.explain.wish import NEAR, Bound, Place, Way, Wish, size

MOST_FACTS = 4
"""Facts that are changed together, at most."""

MOST_POINTS = 60_000
"""Combinations of values that are looked at, at most."""

MOST_TRIED = 3_000
"""Combinations that rules are applied to, at most: those that differ in what any atom says."""

MOST_TOLD = 8


@attrs.frozen(eq=False)
class Found:
    """The smallest ways, and whether everything was tried that could be smaller."""

    ways: tuple[Way, ...]
    complete: bool


class _Enough(Exception):  # noqa: N818 - it is caught here
    """As much was tried as may be."""


@attrs.define(eq=False)
class Search:
    """Looks for changes of `facts` after which `holds` is true; `whole` are places of whole numbers."""

    atoms: Atoms
    facts: Mapping[str, Any]
    holds: Callable[[Way], bool]
    whole: Callable[[Place], bool]
    known: dict[Any, bool] = attrs.Factory(dict)
    looked: int = 0

    def smallest(self) -> Found:
        """The ways that change the fewest facts, the smallest changes first."""
        numbers = {place for one in self.atoms.sums for place in one.factors}
        places = sorted({*numbers, *self.atoms.choices}, key=str)
        try:
            for count in range(1, MOST_FACTS + 1):
                found = [way for chosen in combinations(places, count) for way in self._ways(chosen, numbers)]
                told = list(self._told(found))
                if told:
                    return Found(tuple(told), not self.atoms.opaque)
        except _Enough:
            return Found((), complete=False)
        return Found((), complete=len(places) <= MOST_FACTS and not self.atoms.opaque)

    def _told(self, found: Sequence[Way]) -> Iterator[Way]:
        """The best way for each combination of facts, tried once more, with the bounds that it needs."""
        told: set[tuple[Place, ...]] = set()
        for way in sorted(found, key=size):
            places = tuple(wish.place for wish in way)
            if places not in told and len(told) < MOST_TOLD and self.holds(way):
                told.add(places)
                yield tuple(self._bounded(way, index) for index in range(len(way)))

    # --- combinations -------------------------------------------------------------------------------

    def _ways(self, places: Sequence[Place], numbers: set[Place]) -> Iterator[Way]:
        """Ways to change all of these places and nothing else."""
        chosen = [place for place in places if place not in numbers]
        moving = [place for place in places if place in numbers]
        others = [[v for v in self.atoms.choices[p] if v != at(self.facts, p)] for p in chosen]
        points = list(self._points(moving)) if moving else [{}]
        for values in product(*others):
            for point in points:
                wishes = {
                    p: Wish(p, at(self.facts, p), v) for p, v in zip(chosen, values, strict=True)
                } | point
                way = tuple(wishes[place] for place in places)
                if all(wish.value != wish.actual for wish in way) and self._try(way):
                    yield way

    def _points(self, moving: Sequence[Place]) -> Iterator[dict[Place, Wish]]:
        """Values at which as many sums cross zero as places move, and just beside them.

        The limit of a wish is the value at which they cross.
        """
        near = [
            s
            for s in self.atoms.sums
            if any(p in s.factors for p in moving) and self._rest(s, moving) is not None
        ]
        found: set[tuple[tuple[float, float], ...]] = set()
        for crossing in combinations(near, len(moving)):
            matrix = np.array([[one.factors.get(place, 0.0) for place in moving] for one in crossing])
            if abs(np.linalg.det(matrix)) < _SINGULAR:
                continue
            bounds = np.array([-float(self._rest(one, moving) or 0.0) for one in crossing])
            limits = np.linalg.solve(matrix, bounds)
            step = np.maximum(np.abs(matrix * limits).max(axis=1), NEAR) * NEAR
            for side in product((0.0, -1.0, 1.0), repeat=len(moving)):
                solved = np.linalg.solve(matrix, bounds + np.array(side) * step).tolist()
                found |= set(product(*map(self._values, moving, solved, limits.tolist())))
        for point in sorted(found):
            yield {
                p: Wish(p, at(self.facts, p), value, "==", limit)
                for p, (value, limit) in zip(moving, point, strict=True)
            }

    def _values(self, place: Place, value: float, limit: float) -> Iterator[tuple[float, float]]:
        if not self.whole(place):
            return iter([(value, limit)])
        return iter([(number, number) for number in (float(math.floor(value)), float(math.ceil(value)))])

    def _rest(self, one: Linear, moving: Sequence[Place]) -> float | None:
        """What a sum comes to without the places that move; None where anything else is missing."""
        total = one.constant
        for place, factor in one.factors.items():
            if place not in moving:
                value = at(self.facts, place)
                if not isinstance(value, int | float):
                    return None
                total += factor * value
        return total

    # --- trying -------------------------------------------------------------------------------------

    def _try(self, way: Way) -> bool:
        """Whether the way does; asked once of all that say the same at every atom."""
        self.looked += 1
        if self.looked > MOST_POINTS or len(self.known) > MOST_TRIED:
            raise _Enough
        key = self._said({wish.place: wish.value for wish in way})
        if key not in self.known:
            self.known[key] = self.holds(way)
        return self.known[key]

    def _said(self, values: Mapping[Place, Any]) -> Any:
        """What every atom says after the change; everything, where not all of it is followed."""
        if self.atoms.opaque:
            return repr(sorted(values.items(), key=str))
        chosen = [(p, v) for p, v in values.items() if p in self.atoms.choices]
        return repr(chosen), tuple(self._side(one, values) for one in self.atoms.sums)

    def _side(self, one: Linear, values: Mapping[Place, Any]) -> int | None:
        total = scale = one.constant
        for place, factor in one.factors.items():
            value = values[place] if place in values else at(self.facts, place)
            if not isinstance(value, int | float):
                return None
            total += factor * value
            scale = max(abs(scale), abs(factor * value))
        return 0 if abs(total) <= abs(scale) * _EXACT else 1 if total > 0 else -1

    # --- words --------------------------------------------------------------------------------------

    def _bounded(self, way: Way, index: int) -> Wish:
        """The wish for a fact with the bound that it stands for: beside which end it may go on."""
        wish = way[index]
        if isinstance(wish.value, bool) or not isinstance(wish.value, int | float):
            return wish
        step = 1.0 if self.whole(wish.place) else max(abs(wish.limit), NEAR) * 2 * NEAR
        further = {sign: self._keeps_on(way, index, wish.limit + sign * step) for sign in (1.0, -1.0)}
        at_limit = wish.value == wish.limit or self._keeps_on(way, index, wish.limit)
        bound = _bound(further, wish, at_limit=at_limit)
        return attrs.evolve(wish, bound=bound, value=wish.limit if at_limit else wish.value)

    def _keeps_on(self, way: Way, index: int, value: float) -> bool:
        changed = attrs.evolve(way[index], value=value)
        return self.holds((*way[:index], changed, *way[index + 1 :]))


_SINGULAR, _EXACT = 1e-12, 1e-12


def _bound(further: Mapping[float, bool], wish: Wish, *, at_limit: bool) -> Bound:
    if further[1.0] and further[-1.0]:
        if not at_limit:
            return "!="
        return "<=" if wish.actual is not None and wish.value < wish.actual else ">="
    if further[1.0]:
        return ">=" if at_limit else ">"
    if further[-1.0] or (not at_limit and wish.value < wish.limit):
        return "<=" if at_limit else "<"
    return "==" if at_limit else ">"


def at(facts: Any, place: Place) -> Any:
    """The value at a place; None where there is none."""
    for step in place:
        try:
            facts = facts[step]
        except (KeyError, IndexError, TypeError):
            return None
    return facts
