"""Who speaks: distinct responses by touchpoint and segment.

Answers add up from cells, distinct responses do not: one response speaks about many touchpoints and
may answer several signals at each. This is the one further scan that insight needs.

Reach is a share of those who were asked: of the responses to surveys, as a ticket, a review or an order
is about its one touchpoint by nature. Only where no survey speaks about a touchpoint (or there is none)
it is a share of all responses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from cxengine.metrics.heard import KINDS, Asked
from cxengine.metrics.measurement import ALL

if TYPE_CHECKING:
    from cxengine.metrics.finest import Finest
    from cxengine.metrics.segment import Cube
    from cxengine.project.model import Project

WHOLE_JOURNEY = None
"""In place of a touchpoint: responses that speak about anything at all."""


@attrs.frozen
class Voices:
    """Responses: how many, the sum of their weights, the sum of their squared weights."""

    n: int = 0
    w: float = 0.0
    w2: float = 0.0

    def __add__(self, other: Voices) -> Voices:
        return Voices(self.n + other.n, self.w + other.w, self.w2 + other.w2)

    def __sub__(self, other: Voices) -> Voices:
        return Voices(self.n - other.n, self.w - other.w, self.w2 - other.w2)

    @property
    def effective(self) -> float:
        """Kish's effective number of responses."""
        return self.w**2 / self.w2 if self.w2 else 0.0


@attrs.frozen
class Heard:
    """The responses of a segment that speak about a touchpoint, of them surveys, and those with a feeling."""

    speaking: Voices = Voices()
    asked: Voices = Voices()
    feeling: Voices = Voices()

    def __add__(self, other: Heard) -> Heard:
        return Heard(self.speaking + other.speaking, self.asked + other.asked, self.feeling + other.feeling)

    def __sub__(self, other: Heard) -> Heard:
        return Heard(self.speaking - other.speaking, self.asked - other.asked, self.feeling - other.feeling)


Place = tuple[str | None, str]
"""Touchpoint (or `WHOLE_JOURNEY`) and segment."""


def listen(
    project: Project,
    finest: Finest,
    feeling: Sequence[str],
    *,
    present: int | None,
    groups: Sequence[Cube],
) -> Mapping[Place, Heard]:
    """Distinct responses of the present (everything where it is None), by touchpoint and segment.

    `feeling` are the signals that tell a feeling, `groups` the segments.
    """
    found = finest.voices(Asked.of(project, groups, feeling), present)
    heard: dict[Place, Heard] = {}
    for row in sorted(found.to_pylist(), key=lambda row: tuple(map(str, row.values()))):
        voices = Heard(
            *(Voices(int(row[f"{k}_n"]), float(row[f"{k}_w"]), float(row[f"{k}_w2"])) for k in KINDS)
        )
        for segment in _segments_of(row, groups):
            place = (row["touchpoint"], segment)
            heard[place] = heard.get(place, Heard()) + voices
    return heard


@attrs.frozen
class Reach:
    """The share of the responses of a segment that speak about a touchpoint, and of how many it is one."""

    value: float
    base: float
    """Effective number of responses."""
    share: float
    """Share of the segment in the responses of everybody."""
    here: Voices = Voices()
    everywhere: Voices = Voices()
    """The responses of the segment that speak there, and of which they are a share."""
    asked: bool = False
    """Whether these are responses to surveys."""


def reach(heard: Mapping[Place, Heard], touchpoint: str, segment: str) -> Reach:
    """How many of a segment meet a touchpoint, as far as the evidence tells."""
    here, everywhere = heard[touchpoint, segment], heard[WHOLE_JOURNEY, segment]
    everybody = heard[WHOLE_JOURNEY, ALL]
    if heard[touchpoint, ALL].asked.n and everywhere.asked.n:
        return _share(here.asked, everywhere.asked, everybody.asked, asked=True)
    return _share(here.speaking, everywhere.speaking, everybody.speaking, asked=False)


def _share(here: Voices, everywhere: Voices, everybody: Voices, *, asked: bool) -> Reach:
    share = everywhere.w / everybody.w
    return Reach(here.w / everywhere.w, everywhere.effective, share, here, everywhere, asked)


def _segments_of(row: Mapping[str, int | None], groups: Sequence[Cube]) -> Iterator[str]:
    """The segments that a row of the result adds to: everybody is counted in the first cube only."""
    for i, cube in enumerate(groups):
        mask = row[f"s{i}"]
        if mask is None:
            continue
        if i == 0:
            yield ALL
        yield from (segment for bit, segment in enumerate(cube.segments) if mask >> bit & 1)
