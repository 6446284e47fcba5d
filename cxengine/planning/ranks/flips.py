"""The smallest changes that alter the first three, one number at a time, and the range in which they stand.

Every number is tried at many values between a tenth and ten times of what it is and at all values that facts
have (where conditions change); between the last that changes nothing and the first that changes something
the point is found by division. The candidates are those that there are: what rules would propose at another
value is not considered.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from cxengine.planning.ranks.matters import Matters
from cxengine.planning.ranks.numbers import Number, decided, estimated
from cxengine.planning.ranks.programs import LISTS, Press
from cxengine.planning.ranks.scene import Scene, quoted
from cxengine.planning.ranks.scores import Scorer, Scores
from cxengine.planning.ranks.worlds import Changed
from cxengine.planning.standing import Flip
from cxengine.rules.conclusion import About
from cxengine.rules.ruleset import selected

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

FIRST = 3
"""As many items are watched."""
AMONG = 100
"""Candidates among which those are looked for that could come first."""
ESTIMATED = 10
"""Items from the first on whose estimates are changed."""
FACTOR = 10.0
"""Numbers are tried from a tenth to ten times of what they are."""
_STEPS, _ROUNDS = 32, 5

First = tuple[str, ...]
"""The ids of the first candidates, in their order."""


@attrs.define(eq=False)
class _Side:
    """The search for where a number flips the order, above or below it."""

    number: Number
    stands: float
    flips: float
    after: First = ()

    def values(self) -> FloatArray:
        """Values between the two, and the one that flips."""
        return np.linspace(self.stands, self.flips, _STEPS + 1)[1:]

    def narrow(self, values: FloatArray, found: Sequence[First], present: First) -> None:
        """Draws the two together, by what comes first at the values."""
        step = next((i for i, first in enumerate(found) if first != present), len(values) - 1)
        self.stands = self.stands if step == 0 else float(values[step - 1])
        self.flips, self.after = float(values[step]), found[step]


@attrs.frozen(eq=False, slots=False)
class Flips:
    """Looks for the changes that alter the first three of a ranking."""

    scene: Scene
    _presses: dict[About, Press] = attrs.Factory(dict)

    def found(self) -> tuple[Flip, ...]:
        """Those that need the smallest change first, then parameters that change nothing."""
        if len(self.scene.order) < 2:
            return ()
        sides = self._sides()
        for _ in range(_ROUNDS):
            tried = [side.values() for side in sides]
            firsts = self._first([(s.number, v) for s, v in zip(sides, tried, strict=True)])
            for side, values, first in zip(sides, tried, firsts, strict=True):
                side.narrow(values, first, self._present)
        self._round(sides)
        by_number: dict[Number, list[_Side]] = {number: [] for number in self._numbers}
        for side in sides:
            by_number[side.number].append(side)
        flips = [_told(number, self._present, found, self._names) for number, found in by_number.items()]
        kept = [flip for number, flip in zip(by_number, flips, strict=True) if _is_told(number, flip)]
        return tuple(sorted(kept, key=lambda f: (_relative(f), f.subject)))

    def _sides(self) -> list[_Side]:
        """The nearest values at either side of each number between which the order flips."""
        grids = [self._grid(number) for number in self._numbers]
        firsts = self._first(list(zip(self._numbers, grids, strict=True)))
        sides = []
        for number, values, first in zip(self._numbers, grids, firsts, strict=True):
            here = int(np.searchsorted(values, number.now))
            for way in (np.arange(here, -1, -1), np.arange(here, len(values))):
                other = next((i for i, at in enumerate(way) if first[at] != self._present), 0)
                if other:
                    stands, flips = values[way[other - 1]], values[way[other]]
                    sides.append(_Side(number, float(stands), float(flips)))
        return sides

    def _round(self, sides: Sequence[_Side]) -> None:
        """Takes numbers with few digits, where they flip the order too."""
        short = [np.array([_rounded(side.stands, side.flips)]) for side in sides]
        firsts = self._first([(s.number, v) for s, v in zip(sides, short, strict=True)])
        for side, value, (first,) in zip(sides, short, firsts, strict=True):
            if first != self._present:
                side.flips, side.after = float(value[0]), first

    # --- what is tried ------------------------------------------------------------------------------

    @cached_property
    def _decided(self) -> Any:
        return decided(self.scene, Matters.of(self.scene.ruleset))

    @cached_property
    def _numbers(self) -> tuple[Number, ...]:
        by_id = self.scene.by_id
        guessed = (n for name in self.scene.order[:ESTIMATED] for n in estimated(self.scene, by_id[name]))
        return (*self._decided.numbers, *guessed)

    def _grid(self, number: Number) -> FloatArray:
        """The values that are tried, ascending."""
        grid = _around(number.now)
        low, high = max(grid[0], number.least), min(grid[-1], number.most)
        if number.kind in ("parameter", "weight"):
            grid = np.concatenate([grid, self._facts])
        return np.unique(np.append(grid[(grid >= low) & (grid <= high)], number.now))

    @cached_property
    def _facts(self) -> FloatArray:
        """The numbers that rules and the score read, with their neighbours: there conditions change."""
        matters, settled = Matters.of(self.scene.ruleset), self.scene.ruleset.settled
        own = frozenset(path for path in matters.reads if path[0] not in LISTS)
        subjects = [(matters.read_of_touchpoints, found) for found in self.scene.touchpoints.values()]
        subjects += [(own, self.scene.by_id[name].conclusion) for name in self._among]
        found: set[float] = set()
        for paths, conclusion in subjects:
            facts = settled(conclusion)
            found.update(number for path in paths for number in _numbers(selected(facts, path)))
        values = np.array(sorted(found))
        return np.concatenate([np.nextafter(values, -np.inf), values, np.nextafter(values, np.inf)])

    # --- what comes of it ---------------------------------------------------------------------------

    @cached_property
    def _present(self) -> First:
        return self._first([(self._numbers[0], np.array([self._numbers[0].now]))])[0][0]

    def _first(self, tried: Sequence[tuple[Number, FloatArray]]) -> list[list[First]]:
        """What comes first at each of the values, of one number after the other."""
        world = Changed([(number.path, values, number.now) for number, values in tried])
        scene = attrs.evolve(self.scene, ruleset=self._decided.ruleset)
        now = {number.path: number.now for number in self._decided.numbers}
        firsts = _firsts(Scorer(scene, world, now, self._presses).of(self._among))
        ends = np.cumsum([len(values) for _, values in tried]).tolist()
        return [firsts[end - len(values) : end] for end, (_, values) in zip(ends, tried, strict=True)]

    @cached_property
    def _among(self) -> list[str]:
        """The candidates that are looked at, by id."""
        everything = [a.id for a in self.scene.appraisals]
        return sorted(everything if len(everything) <= AMONG else self.scene.order[:AMONG])

    @cached_property
    def _names(self) -> Mapping[str, str]:
        return {a.id: quoted(a.candidate.initiative.name) for a in self.scene.appraisals}


def _around(now: float) -> FloatArray:
    """Values from a tenth to ten times of a number; about nothing, up to one in size."""
    if now == 0:
        steps = np.geomspace(0.001, 1.0, _STEPS)
        return np.concatenate([-steps[::-1], [0.0], steps])
    return np.unique(np.append(now * np.geomspace(1 / FACTOR, FACTOR, 4 * _STEPS + 1), now))


def _rounded(stands: float, flips: float) -> float:
    """A number with few digits just beyond where it flips, away from where the order stands."""
    away = math.ceil if flips > stands else math.floor
    for digits in range(2, 12):
        unit = 10.0 ** (math.floor(math.log10(abs(flips) or 1.0)) - digits + 1)
        short = float(f"{away(flips / unit) * unit:.{digits}g}")
        if abs(short - flips) <= 0.02 * abs(flips):
            return short
    return flips


def _firsts(scores: Scores) -> list[First]:
    """The first candidates of every column, in their order; ids decide where scores are equal."""
    order = np.argsort(-scores.keys, axis=0, kind="stable")[:FIRST]
    keys = np.take_along_axis(scores.keys, order, axis=0)
    return [
        tuple(scores.ids[i] for i, key in zip(column, known, strict=True) if key > -np.inf)
        for column, known in zip(order.T.tolist(), keys.T.tolist(), strict=True)
    ]


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, Mapping):
        value = value.values()
    if isinstance(value, float):
        if np.isfinite(value):
            yield value
    elif isinstance(value, Iterable) and not isinstance(value, str):
        for inner in value:
            yield from _numbers(inner)


# --- in words ----------------------------------------------------------------------------------------


def _told(number: Number, present: First, sides: Sequence[_Side], names: Mapping[str, str]) -> Flip:
    flip = partial(Flip, number.kind, number.subject, number.name, number.now)
    if not sides:
        text = f"No value of {number.name} that was tried changes the first {FIRST}; it is {number.now:.6g}."
        return flip(None, None, None, None, None, text)
    nearest = min(sides, key=lambda side: abs(side.flips - number.now))
    passes, passed = _swap(present, nearest.after)
    then = f"{names[passes]} would pass {names[passed]}" if passes and passed else ""
    then = (
        then or f"{names[passes or passed or '']} would {'come to' if passes else 'leave'} the first {FIRST}"
    )
    now = f"{number.now:.6g} {number.unit}".rstrip()
    text = f"If {number.name} were {nearest.flips:.6g} instead of {now}, {then}."
    least = next((side.stands for side in sides if side.flips < number.now), None)
    most = next((side.stands for side in sides if side.flips > number.now), None)
    if least is not None and most is not None:
        text += f" From {least:.5g} to {most:.5g} the first {FIRST} stand."
    return flip(nearest.flips, least, most, passes, passed, text)


def _swap(before: First, after: First) -> tuple[str | None, str | None]:
    """What comes to the first place that changes, and what was there."""
    for i in range(max(len(before), len(after))):
        was, is_ = (found[i] if i < len(found) else None for found in (before, after))
        if was != is_:
            return is_, was
    return None, None


def _is_told(number: Number, flip: Flip) -> bool:
    """Of estimates only changes to the half or the double, and smaller ones, are of interest."""
    if flip.at is None:
        return number.kind == "parameter"
    return not number.is_estimate or 0.5 <= flip.at / number.now <= 2.0


def _relative(flip: Flip) -> float:
    """How large a change is beside the number that it changes; none is the largest."""
    if flip.at is None:
        return float("inf")
    return abs(flip.at - flip.now) / max(abs(flip.now), 1e-9)
