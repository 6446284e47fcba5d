"""The second scan: distinct responses by touchpoint and segment.

Answers add up from cells, distinct responses do not: one response speaks about many touchpoints and may
answer several signals at each.

Columns of the result: `touchpoint` (null: about anything at all), `s0, s1, ...` (the mask of each cube;
null but for the row's own), and for responses that speak there, those of them to surveys, and those that
tell a feeling: `speaking_n`, `speaking_w`, `speaking_w2`, `asked_n` ..., `feeling_n` ...: their number, the
sum of their weights, of the squares of their weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs

from cxengine.cel.targets.sql import literals
from cxengine.metrics import period, spelling

if TYPE_CHECKING:
    from cxengine.metrics.segment import Cube
    from cxengine.project.model import Period, Project

KINDS = ("speaking", "asked", "feeling")
AMOUNTS = tuple(f"{kind}_{amount}" for kind in KINDS for amount in ("n", "w", "w2"))


@attrs.frozen(eq=False)
class Asked:
    """What to ask: the segments, the signals that tell a feeling, the sources that are surveys."""

    length: Period
    cubes: tuple[Cube, ...]
    feeling: tuple[str, ...]
    surveys: tuple[str, ...]

    @classmethod
    def of(cls, project: Project, cubes: Sequence[Cube], feeling: Sequence[str]) -> Asked:
        """The question that a project asks."""
        surveys = tuple(str(source.id) for source in project.sources if source.kind == "survey")
        return cls(project.evidence.period, tuple(cubes), tuple(feeling), surveys)

    def sql(self, dialect: str, present: int | None = None, *, by_period: bool = False) -> str:
        """The query, for one period, for all time, or period by period (then with a column `period`)."""
        keys = [f"s{i}" for i in range(len(self.cubes))]
        masks = [f"{cube.mask(dialect)} AS {key}" for cube, key in zip(self.cubes, keys, strict=True)]
        number = period.sql(self.length, dialect)
        now = "" if present is None else f" WHERE {number} = {present}"
        times = ["period"] if by_period else []
        read = ["response", "response_id", "weight", *masks, *([f"{number} AS period"] if by_period else [])]
        response = ", ".join(["response_id", "weight", *keys, "asked", *times])
        square = f"{spelling.square(dialect, 'weight')} AS square"
        sums = ", ".join(
            f"SUM({kind}) AS {kind}_n, SUM({kind} * weight) AS {kind}_w, SUM({kind} * square) AS {kind}_w2"
            for kind in KINDS
        )
        by_touchpoint = ", ".join(f"({', '.join(('touchpoint', key, *times))})" for key in keys)
        overall = ", ".join(f"({', '.join((key, *times))})" for key in keys)
        shown = ", ".join([*keys, *times])
        return (
            f"WITH responded AS (SELECT {', '.join(read)},"  # noqa: S608 - compiled or quoted
            f" {_flag(dialect, 'source', self.surveys)} AS asked FROM responses{now}),"
            f" spoken AS (SELECT touchpoint, {response}, {square}, 1 AS speaking,"
            f" MAX({_flag(dialect, 'signal', self.feeling)}) AS feeling"
            f" FROM answers JOIN responded USING (response) GROUP BY touchpoint, {response}),"
            f" voices AS (SELECT {response}, square, 1 AS speaking, MAX(feeling) AS feeling FROM spoken"
            f" GROUP BY {response}, square)"
            f" SELECT touchpoint, {shown}, {sums} FROM spoken GROUP BY GROUPING SETS ({by_touchpoint})"
            f" UNION ALL SELECT NULL, {shown}, {sums} FROM voices GROUP BY GROUPING SETS ({overall})"
        )


def _flag(dialect: str, column: str, names: Sequence[str]) -> str:
    """1 where the column holds one of the names, 0 elsewhere."""
    return f"CASE WHEN {column} IN ({literals(dialect, names)}) THEN 1 ELSE 0 END" if names else "0"
