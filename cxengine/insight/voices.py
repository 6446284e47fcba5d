"""Who speaks: distinct responses by touchpoint and segment.

Answers add up from cells, distinct responses do not: one response speaks about many touchpoints and
may answer several signals at each. This is the one further scan that insight needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from cxengine.metrics import period
from cxengine.metrics.measurement import ALL
from cxengine.metrics.segment import cubes

if TYPE_CHECKING:
    from cxengine.evidence.evidence import Backend
    from cxengine.metrics.segment import Cube
    from cxengine.project.model import Project
    from cxengine.project.origins import Origins

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
    """The responses of a segment that speak about a touchpoint, and those of them that tell a feeling."""

    speaking: Voices = Voices()
    feeling: Voices = Voices()

    def __add__(self, other: Heard) -> Heard:
        return Heard(self.speaking + other.speaking, self.feeling + other.feeling)


Place = tuple[str | None, str]
"""Touchpoint (or `WHOLE_JOURNEY`) and segment."""


def listen(
    project: Project,
    backend: Backend,
    feeling: Sequence[str],
    *,
    present: int | None,
    origins: Origins | None = None,
) -> Mapping[Place, Heard]:
    """Distinct responses of the present (everything where it is None), by touchpoint and segment.

    `feeling` are the signals that tell a feeling.

    Raises:
        ProjectError: a segment is no valid expression.
    """
    groups = cubes(project, origins)
    query = _sql(project, groups, backend.dialect, feeling, present)
    heard: dict[Place, Heard] = {}
    for row in sorted(backend.execute(query).to_pylist(), key=lambda row: tuple(map(str, row.values()))):
        voices = Heard(
            Voices(int(row["n"]), float(row["w"]), float(row["w2"])),
            Voices(int(row["felt_n"]), float(row["felt_w"]), float(row["felt_w2"])),
        )
        for segment in _segments_of(row, groups):
            place = (row["touchpoint"], segment)
            heard[place] = heard.get(place, Heard()) + voices
    return heard


def _segments_of(row: Mapping[str, int | None], groups: Sequence[Cube]) -> Iterator[str]:
    """The segments that a row of the result adds to: everybody is counted in the first cube only."""
    for i, cube in enumerate(groups):
        mask = row[f"s{i}"]
        if mask is None:
            continue
        if i == 0:
            yield ALL
        yield from (segment for bit, segment in enumerate(cube.segments) if mask >> bit & 1)


def _sql(
    project: Project, groups: Sequence[Cube], dialect: str, feeling: Sequence[str], present: int | None
) -> str:
    """Responses by touchpoint and in all; every name in it is compiled or quoted."""
    keys = [f"s{i}" for i in range(len(groups))]
    masks = ", ".join(f"{cube.mask(dialect)} AS {key}" for cube, key in zip(groups, keys, strict=True))
    quoted = ", ".join("'" + name.replace("'", "''") + "'" for name in feeling) or "NULL"
    now = "" if present is None else f" WHERE {period.sql(project.evidence.period)} = {present}"
    response = f"source, response_id, weight, {', '.join(keys)}"
    sums = (
        "COUNT(*) AS n, SUM(weight) AS w, SUM(weight * weight) AS w2, SUM(felt) AS felt_n,"
        " SUM(felt * weight) AS felt_w, SUM(felt * weight * weight) AS felt_w2"
    )
    by_touchpoint = ", ".join(f"(touchpoint, {key})" for key in keys)
    overall = ", ".join(f"({key})" for key in keys)
    return (
        f"WITH answers AS (SELECT source, response_id, touchpoint, weight, {masks},"  # noqa: S608 - compiled or quoted
        f" CASE WHEN signal IN ({quoted}) THEN 1 ELSE 0 END AS felt FROM signals{now}),"
        f" spoken AS (SELECT touchpoint, {response}, MAX(felt) AS felt FROM answers"
        f" GROUP BY touchpoint, {response}),"
        f" voices AS (SELECT {response}, MAX(felt) AS felt FROM spoken GROUP BY {response})"
        f" SELECT touchpoint, {', '.join(keys)}, {sums} FROM spoken GROUP BY GROUPING SETS ({by_touchpoint})"
        f" UNION ALL SELECT NULL, {', '.join(keys)}, {sums} FROM voices GROUP BY GROUPING SETS ({overall})"
    )
