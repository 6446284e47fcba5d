"""What a run tells of the cases of observed journeys, as it publishes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from cxengine.insight.changes.parts import EVERY_CASE, Part
from cxengine.metrics import period
from cxengine.metrics.measurement import ALL
from cxengine.project.model import Period

Row = Mapping[str, Any]


@attrs.frozen(eq=False)
class Told:
    """Observed journeys, and changes with the periods that were looked through for them."""

    journeys: Sequence[Row] = ()
    """As in `observed.json`."""
    changes: Sequence[Row] = ()
    """As in `insight.json`."""
    periods: tuple[str, str] | None = None
    """The first and the last; None where there were too few."""

    @classmethod
    def of(cls, insight: Row, observed: Row) -> Told:
        """What was published; nothing where that is empty."""
        periods = insight.get("search", {}).get("periods")
        return cls(observed.get("journeys", ()), insight.get("changes", ()), periods and tuple(periods))

    def cases(self, journey: str, length: Period) -> dict[Part, int]:
        """How many cases of a journey there are, wherever it is told by time in periods of a length."""
        found: dict[Part, int] = {}
        for one in self.journeys:
            if one["id"] == journey:
                found |= dict(_shown(one, length))
        window = self._window(length)
        if window is not None:
            for change in self.changes:
                if change["place"]["about"] != "metric" and change["place"]["measure"] == journey:
                    found |= dict(_parts(change, window, length))
        return found

    def ended(self, length: Period) -> int | None:
        """The number of the last period; None where there is none of a length."""
        window = self._window(length)
        return None if window is None else window.stop - 1

    def _window(self, length: Period) -> range | None:
        if self.periods is None or period.length_of(self.periods[0]) != length:
            return None
        first, last = (period.number(length, label) for label in self.periods)
        return range(first, last + 1)


NOTHING = Told()


def _shown(journey: Row, length: Period) -> Iterator[tuple[Part, int]]:
    """Populations, and how many cases meet each touchpoint."""
    for one in journey["populations"]:
        if one["period"] == ALL:
            yield Part(EVERY_CASE, one["segment"], None), one["cases"]
        elif period.length_of(one["period"]) == length:
            times = frozenset({period.number(length, one["period"])})
            yield Part(EVERY_CASE, one["segment"], times), one["cases"]
    for one in journey["visits"]:
        yield Part(one["touchpoint"], ALL, None), one["reach"]["count"]


def _parts(change: Row, window: range, length: Period) -> Iterator[tuple[Part, int]]:
    """The periods that a change touches, and the others."""
    place = change["place"]
    touchpoint = EVERY_CASE if place["about"] == "reach" else place["subject"]
    inside = frozenset(window)
    if change["kind"] != "trend":
        since, until = (period.number(length, change[name]["period"]) for name in ("since", "until"))
        inside = frozenset(range(since, until + 1))
    for times, n in ((inside, change["n"]), (frozenset(window) - inside, change["n_before"])):
        if times:
            yield Part(touchpoint, place["segment"], times), n
