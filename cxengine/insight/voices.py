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

from cxengine.metrics import period, spelling
from cxengine.metrics.measurement import ALL

if TYPE_CHECKING:
    from cxengine.evidence.evidence import Backend
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


Place = tuple[str | None, str]
"""Touchpoint (or `WHOLE_JOURNEY`) and segment."""


def listen(
    project: Project,
    backend: Backend,
    feeling: Sequence[str],
    *,
    present: int | None,
    groups: Sequence[Cube],
) -> Mapping[Place, Heard]:
    """Distinct responses of the present (everything where it is None), by touchpoint and segment.

    `feeling` are the signals that tell a feeling, `groups` the segments.
    """
    query = _sql(project, groups, backend.dialect, feeling, present)
    heard: dict[Place, Heard] = {}
    for row in sorted(backend.execute(query).to_pylist(), key=lambda row: tuple(map(str, row.values()))):
        voices = Heard(
            *(Voices(int(row[f"{k}_n"]), float(row[f"{k}_w"]), float(row[f"{k}_w2"])) for k in _KINDS)
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


def reach(heard: Mapping[Place, Heard], touchpoint: str, segment: str) -> Reach:
    """How many of a segment meet a touchpoint, as far as the evidence tells."""
    here, everywhere = heard[touchpoint, segment], heard[WHOLE_JOURNEY, segment]
    everybody = heard[WHOLE_JOURNEY, ALL]
    if heard[touchpoint, ALL].asked.n and everywhere.asked.n:
        return _share(here.asked, everywhere.asked, everybody.asked)
    return _share(here.speaking, everywhere.speaking, everybody.speaking)


def _share(here: Voices, everywhere: Voices, everybody: Voices) -> Reach:
    return Reach(here.w / everywhere.w, everywhere.effective, everywhere.w / everybody.w)


def _segments_of(row: Mapping[str, int | None], groups: Sequence[Cube]) -> Iterator[str]:
    """The segments that a row of the result adds to: everybody is counted in the first cube only."""
    for i, cube in enumerate(groups):
        mask = row[f"s{i}"]
        if mask is None:
            continue
        if i == 0:
            yield ALL
        yield from (segment for bit, segment in enumerate(cube.segments) if mask >> bit & 1)


_KINDS = ("speaking", "asked", "feeling")


def _sql(
    project: Project, groups: Sequence[Cube], dialect: str, feeling: Sequence[str], present: int | None
) -> str:
    """Responses by touchpoint and in all; every name in it is compiled or quoted."""
    keys = [f"s{i}" for i in range(len(groups))]
    masks = ", ".join(f"{cube.mask(dialect)} AS {key}" for cube, key in zip(groups, keys, strict=True))
    surveys = [str(source.id) for source in project.sources if source.kind == "survey"]
    now = "" if present is None else f" WHERE {period.sql(project.evidence.period, dialect)} = {present}"
    response = f"response_id, weight, {', '.join(keys)}, asked"
    square = f"{spelling.square(dialect, 'weight')} AS square"
    sums = ", ".join(
        f"SUM({kind}) AS {kind}_n, SUM({kind} * weight) AS {kind}_w, SUM({kind} * square) AS {kind}_w2"
        for kind in _KINDS
    )
    by_touchpoint = ", ".join(f"(touchpoint, {key})" for key in keys)
    overall = ", ".join(f"({key})" for key in keys)
    return (
        f"WITH responded AS (SELECT response, response_id, weight, {masks},"  # noqa: S608 - compiled or quoted
        f" {_flag('source', surveys)} AS asked FROM responses{now}),"
        f" spoken AS (SELECT touchpoint, {response}, {square}, 1 AS speaking,"
        f" MAX({_flag('signal', feeling)}) AS feeling FROM answers JOIN responded USING (response)"
        f" GROUP BY touchpoint, {response}),"
        f" voices AS (SELECT {response}, square, 1 AS speaking, MAX(feeling) AS feeling FROM spoken"
        f" GROUP BY {response}, square)"
        f" SELECT touchpoint, {', '.join(keys)}, {sums} FROM spoken GROUP BY GROUPING SETS ({by_touchpoint})"
        f" UNION ALL SELECT NULL, {', '.join(keys)}, {sums} FROM voices GROUP BY GROUPING SETS ({overall})"
    )


def _flag(column: str, names: Sequence[str]) -> str:
    """1 where the column holds one of the names, 0 elsewhere."""
    quoted = ", ".join("'" + name.replace("'", "''") + "'" for name in names)
    return f"CASE WHEN {column} IN ({quoted}) THEN 1 ELSE 0 END" if quoted else "0"
