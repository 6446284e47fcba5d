"""What of an observed journey may be told beside the one that was published before.

Who has both runs subtracts one from the other. Together they tell of the cases that came or went no more than
a run of those alone would: nothing is named that a few of them do, nor what would tell the same, as the cases
that begin anywhere add up to all, and so on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

Thing = tuple[str, ...]
"""What cases do: ("begin", touchpoint), ("step", source, target), ("visit", touchpoint), ("variant", ...), or
("departure", kind, source, target), "" where there is no target; ("others",) go other ways than variants."""
Numbers = tuple[int | None, ...]
"""Of cases, and what else is told of them; None for what is not told."""
Relation = tuple[Thing, tuple[Thing, ...]]
"""A total and its parts."""

_CASES, _EVENTS, _FOLLOWS = ("cases",), ("events",), ("follows",)
_AGAIN = 3
"""Where visits tell how many cases meet a touchpoint more than once."""
_FOLLOWING = 1e-8


@attrs.frozen(eq=False)
class Log:
    """What cases did: of all of them, and by things."""

    cases: int
    events: int
    things: Mapping[Thing, Numbers]
    persons: int
    often: int = 1
    """The most cases that are of one of them."""
    by: Mapping[Thing, int] = attrs.field(factory=dict)
    """Persons by things, which are not published."""

    @classmethod
    def published(cls, journey: Mapping[str, Any]) -> Log:
        """What was told of an observed journey, as in `observed.json`."""
        things: dict[Thing, Numbers] = {}
        for one in journey["begins"]:
            things["begin", one["touchpoint"]] = (one["cases"]["count"],)
        left = {}
        for one in journey["steps"]:
            things["step", one["source"], one["target"] or ""] = (one["cases"]["count"], one["times"])
            left[one["source"]] = one["probability"]["n"]
        loops = {one["touchpoint"]: one for one in journey["loops"]}
        for one in journey["visits"]:
            name = one["touchpoint"]
            again = (loops[name][kind]["count"] for kind in ("again", "back"))
            met = one["reach"]["count"], left.get(name), one["dropped"]["count"], *again
            things["visit", name] = met
        for one in journey["departures"]:
            things["departure", one["kind"], one["source"], one["target"] or ""] = (one["cases"]["count"],)
        for one in journey["common"]:
            things["variant", *one["touchpoints"]] = (one["cases"]["count"],)
        if journey["rest"]["variants"]:
            things["others",] = (None,)
        return cls(journey["cases"], journey["events"], things, journey.get("persons", journey["cases"]))

    def moved(self, before: Log, least: int) -> bool:
        """Whether so few persons came or went that nothing can be told of all."""
        few = not self._many(self.cases, before.cases, least) and abs(self.persons - before.persons) < least
        return few and (self.cases, self.events) != (before.cases, before.events)

    def tellable(self, before: Log | None, least: int) -> frozenset[Thing]:
        """What may be named; what was not named before, only where twice as many do it."""
        named = {thing for thing, persons in self.by.items() if persons >= least}
        if before is None:
            return frozenset(named)
        told = {thing for thing in named if self._may(thing, before.things.get(thing), least)}
        told = {one for one in told if one[0] != "step" or ("visit", one[1]) in told}
        return frozenset(self._closed(told, before, least))

    def _may(self, thing: Thing, before: Numbers | None, least: int) -> bool:
        if before is None:
            return self.by[thing] >= 2 * least
        return self._grown(thing, before, least) or not self._differs(thing, before)

    def _differs(self, thing: Thing, before: Numbers) -> bool:
        now = self.things.get(thing, (0,) * len(before))
        return any(None not in pair and pair[0] != pair[1] for pair in zip(now, before, strict=True))

    def _grown(self, thing: Thing, before: Numbers, least: int) -> bool:
        now = self.things.get(thing, (0,))
        return self._many(now[0] or 0, before[0] or 0, least)

    def _many(self, now: int, before: int, least: int) -> bool:
        """Whether as many persons as it takes must be behind what came or went."""
        return abs(now - before) > (least - 1) * self.often

    def _closed(self, told: set[Thing], before: Log, least: int) -> set[Thing]:
        """What of it still may be told so that nothing else follows: one more is kept back for each."""
        secret = {
            thing
            for thing, numbers in before.things.items()
            if self._differs(thing, numbers) and not self._grown(thing, numbers, least)
        }
        adding = Adding.of(self, before)
        while telling := adding.telling(self._known(told, before), secret - told):
            near = [thing for thing in telling if thing in told]
            if not near:
                break
            told = told - {min(near, key=lambda thing: (self.things[thing][0], thing))}
        return told

    def _known(self, told: Iterable[Thing], before: Log) -> set[Thing]:
        """Of what a reader of both runs knows how many came or went."""
        both = {thing for thing in told if thing in before.things}
        known = both | {_CASES, _EVENTS, _FOLLOWS}
        known |= {("left", thing[1]) for thing in both if thing[0] == "step"}
        for _, place in (thing for thing in both if thing[0] == "visit"):
            known.add(("step", place, ""))
            now, past = self.things["visit", place], before.things["visit", place]
            if now[_AGAIN] == past[_AGAIN]:  # whoever came or went met it once
                known |= {("step", place, place), ("left", place)}
            if now[0] == past[0]:  # nobody who met it did
                known |= {thing for thing in self.things.keys() | before.things if place in _places(thing)}
        return known


def _places(thing: Thing) -> tuple[str, ...]:
    return thing[2:] if thing[0] == "departure" else thing[1:]


@attrs.frozen(eq=False)
class Adding:
    """How things add up, whatever ways cases go."""

    things: Sequence[Thing]
    matrix: FloatArray
    """A row a relation, a column a thing: 1 for a total, -1 for a part."""

    @classmethod
    def of(cls, *logs: Log) -> Adding:
        """Among everything that was done."""
        done = sorted({thing for log in logs for thing in log.things})
        relations = list(_relations(done))
        things = sorted({thing for total, parts in relations for thing in (total, *parts)})
        places = {thing: i for i, thing in enumerate(things)}
        matrix = np.zeros((len(relations), len(things)))
        for row, (total, parts) in enumerate(relations):
            matrix[row, places[total]] = 1
            matrix[row, [places[part] for part in parts]] = -1
        return cls(things, matrix)

    def telling(self, known: set[Thing], secret: set[Thing]) -> list[Thing]:
        """Known things of which a secret one follows; none where none does."""
        known_ = np.array([thing in known for thing in self.things])
        asked = np.array([thing in secret for thing in self.things])[~known_]
        free = self.matrix[:, ~known_]
        _, strength, ways = np.linalg.svd(free, full_matrices=False)
        ways = ways[strength > _FOLLOWING]
        follow = np.flatnonzero(asked & (np.sum(ways**2, axis=0) > 1 - _FOLLOWING))
        if not len(follow):
            return []
        by, *_ = np.linalg.lstsq(free.T, np.eye(free.shape[1])[follow[0]], rcond=None)
        used = np.abs(by @ self.matrix) > _FOLLOWING
        return [thing for thing, one in zip(self.things, used & known_, strict=True) if one]


def _relations(done: Sequence[Thing]) -> Iterator[Relation]:
    """What adds up to what: cases begin and end once, and leave a touchpoint as often as they come to it."""
    of = {kind: tuple(thing for thing in done if thing[0] == kind) for kind in ("begin", "departure", "step")}
    yield _CASES, of["begin"]
    yield _CASES, tuple(thing for thing in of["step"] if not thing[2])
    yield _CASES, (_FOLLOWS, *of["departure"])
    yield _CASES, tuple(thing for thing in done if thing[0] in {"variant", "others"})
    places = sorted({thing[1] for thing in of["step"]})
    for place in places:
        came = tuple(thing for thing in of["step"] if thing[2] == place)
        yield ("left", place), tuple(thing for thing in of["step"] if thing[1] == place)
        yield ("left", place), (*(thing for thing in of["begin"] if thing[1] == place), *came)
    yield _EVENTS, tuple(("left", place) for place in places)
    for thing in of["departure"]:
        if thing[1] == "start":
            yield ("begin", thing[2]), (thing,)
