"""The one query: all components of all metrics, by signal, touchpoint, period and segment.

Answers to signals on a discrete scale are grouped by value too, so that what comes back is a histogram.
Continuous signals share the same pass: their aggregates are further columns, each computed once however
many metrics ask for it. Every cube of segments is one grouping set; their cross is never formed.

Columns of the result: `signal, touchpoint, period, answer` (null for continuous signals), `s0, s1, ...`
(the mask of each cube; null but for the row's own), `n`, with weights `w` and `w2`, `c0, c1, ...`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from cxengine.diagnostics import Diagnostic, EvidenceError
from cxengine.metrics import period
from cxengine.metrics.exact import DIGITS

if TYPE_CHECKING:
    import pyarrow as pa

    from cxengine.evidence.evidence import Backend
    from cxengine.metrics.aggregate import Aggregate
    from cxengine.metrics.segment import Cube
    from cxengine.project.model import Period, Signal

_POINTS = 1000
_LARGEST_SUM = 1e28
_KEYS = ("signal", "touchpoint", "period", "answer")


def is_discrete(signal: Signal) -> bool:
    """Whether the scale has so few points that a histogram of its answers is small."""
    scale = signal.scale
    return scale is not None and scale.step is not None and scale.max - scale.min <= _POINTS * scale.step


@attrs.frozen(eq=False)
class Scan:
    """What to ask the evidence for."""

    length: Period
    cubes: tuple[Cube, ...]
    discrete: tuple[str, ...]
    continuous: tuple[str, ...]
    aggregates: Mapping[tuple[str, str], Aggregate]
    """Components of metrics of continuous signals, by metric and component."""

    def columns(
        self, dialect: str, *, weighted: bool
    ) -> tuple[Mapping[tuple[str, str], str], Mapping[str, str]]:
        """The column of every component, and the SQL of every column: equal aggregates share one."""
        columns: dict[str, str] = {}
        names = {}
        for component, aggregate in self.aggregates.items():
            text = aggregate.sql(dialect, weighted=weighted)
            names[component] = columns.setdefault(text, f"c{len(columns)}")
        return names, {name: text for text, name in columns.items()}

    def sql(self, dialect: str, *, weighted: bool) -> str:
        """The query."""
        masks = [f"s{i}" for i in range(len(self.cubes))]
        sums = {"n": "COUNT(*)"}
        if weighted:
            sums |= {"w": "SUM(weight)", "w2": "SUM(square)"}
        sums |= self.columns(dialect, weighted=weighted)[1]
        sets = ", ".join(f"({', '.join((*_KEYS, mask))})" for mask in masks)
        grouping = f"GROUPING SETS ({sets})" if len(masks) > 1 else ", ".join((*_KEYS, *masks))
        return (
            f"SELECT {', '.join((*_KEYS, *masks))},"  # noqa: S608 - compiled or quoted
            f" {', '.join(f'{text} AS {name}' for name, text in sums.items())}"
            f" FROM ({self._answers()}) AS answered JOIN ({self._responses(dialect, weighted=weighted)})"
            f" AS responded USING (response) GROUP BY {grouping}"
        )

    def _responses(self, dialect: str, *, weighted: bool) -> str:
        """What is the same for all answers of a response, worked out once."""
        masks = [f"{cube.mask(dialect)} AS s{i}" for i, cube in enumerate(self.cubes)]
        square = f"CAST(weight * weight AS DECIMAL(38, {DIGITS})) AS square"
        weights = ["weight", square] if weighted else []
        columns = ["response", f"{period.sql(self.length)} AS period", *masks, *weights]
        return f"SELECT {', '.join(columns)} FROM responses"  # noqa: S608 - compiled or quoted

    def _answers(self) -> str:
        """The values that count: those on a discrete scale are keys, the others are aggregated."""
        answer, value = "value", "CAST(NULL AS DOUBLE PRECISION)"
        if self.continuous:
            answer = f"CASE WHEN signal IN ({_texts(self.discrete)}) THEN value END"
            value = f"CASE WHEN signal IN ({_texts(self.continuous)}) THEN value END"
        return (
            f"SELECT response, signal, touchpoint, {answer} AS answer, {value} AS value FROM answers"  # noqa: S608 - compiled or quoted
            f" WHERE NOT censored AND signal IN ({_texts((*self.discrete, *self.continuous))})"
        )


def weights(backend: Backend) -> tuple[float, float]:
    """The least and the largest weight of a response; where both are 1, counts are the sums of weights."""
    query = "SELECT MIN(weight) AS least, MAX(weight) AS most FROM responses"
    row = backend.execute(query).to_pylist()[0]
    return (1.0, 1.0) if row["least"] is None else (float(row["least"]), float(row["most"]))


def check_sizes(scan: Scan, backend: Backend, heaviest: float) -> None:
    """Checks that the squares of the answers to continuous signals will add up exactly.

    Raises:
        EvidenceError: a signal holds values too large for that.
    """
    if not scan.continuous:
        return
    query = (
        "SELECT CAST(signal AS VARCHAR) AS signal, COUNT(*) AS n, MAX(ABS(value)) AS size FROM answers"  # noqa: S608 - quoted
        f" WHERE signal IN ({_texts(scan.continuous)}) GROUP BY signal"
    )
    wrong = [
        Diagnostic(
            "CX502",
            f"signal {row['signal']!r} holds values too large to be added exactly, up to {row['size']:g}",
            hint="measure it in a larger unit, or declare a scale so that wrong values are quarantined",
        )
        for row in sorted(backend.execute(query).to_pylist(), key=lambda row: str(row["signal"]))
        if row["n"] * row["size"] ** 2 * heaviest > _LARGEST_SUM
    ]
    if wrong:
        raise EvidenceError(*wrong)


def run(scan: Scan, backend: Backend, *, weighted: bool) -> pa.Table:
    """The finest cells of the evidence."""
    return backend.execute(scan.sql(backend.dialect, weighted=weighted))


def _texts(names: Sequence[str]) -> str:
    return ", ".join("'" + name.replace("'", "''") + "'" for name in names) or "NULL"
