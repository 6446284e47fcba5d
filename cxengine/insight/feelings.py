"""Feelings as a run shows them: `feelings.parquet`, one row a touchpoint and segment with answers, sorted.

    touchpoint, segment  text; "all" for everybody
    period     text     what counted as now: "2024-Q2", or "all"
    n          int64    responses (0 where suppressed)
    suppressed bool
    emotion, pain, love  float64, each with `_low`, `_high` and its effective number of answers, `_n_eff`;
               null where suppressed
    reach      float64  null where suppressed, as are the next two
    share      float64  of the segment in the responses of everybody
    base       float64  effective number of responses of which reach is a share
    grade      text     how well backed; "none" where suppressed
    caution    bool
    as_of      timestamp  when the run was made (UTC) that reckoned what is told again; null for what is
               of now

A later run with `--previous` is held against it. What is told again (`cxengine.insight.held`) has its numbers
of then in a row that stays `suppressed`: whoever leaves suppressed rows out reads what is of now.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cxengine.metrics.measurement import ALL
from cxengine.metrics.period import label

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from cxengine.insight.insight import Feeling, Insight
    from cxengine.metrics.measurement import Measurements
    from cxengine.project.model import Project

FILE = "feelings.parquet"
KEYS = ("touchpoint", "segment", "period")
AS_OF = "as_of"
FEELINGS = ("emotion", "pain", "love")


def present(project: Project, measurements: Measurements) -> str:
    """The name of the period that counts as now."""
    components = measurements.components
    if components is None or components.present is None:
        return ALL
    return label(project.evidence.period, components.present)


def table(insight: Insight, period: str) -> pa.Table:
    """The feelings of a run, as a table."""
    import pyarrow as pa

    numbers = [f"{name}{end}" for name in FEELINGS for end in ("", "_low", "_high", "_n_eff")]
    layout = pa.schema(
        [("touchpoint", pa.string()), ("segment", pa.string()), ("period", pa.string()), ("n", pa.int64())]
        + [("suppressed", pa.bool_())]
        + [(name, pa.float64()) for name in (*numbers, "reach", "share", "base")]
        + [("grade", pa.string()), ("caution", pa.bool_()), (AS_OF, pa.timestamp("us"))]
    )
    felt = sorted(insight.feelings, key=lambda feeling: (feeling.touchpoint, feeling.segment))
    return pa.Table.from_pylist([_row(feeling, period) for feeling in felt], schema=layout)


def _row(feeling: Feeling, period: str) -> Mapping[str, object]:
    hidden = feeling.emotion.suppressed
    row: dict[str, object] = {
        "touchpoint": feeling.touchpoint,
        "segment": feeling.segment,
        "period": period,
        "n": 0 if hidden else feeling.emotion.n,
        "suppressed": hidden or feeling.made is not None,
        "reach": None if hidden or math.isnan(feeling.reach) else feeling.reach,
        "share": None if hidden else feeling.share,
        "base": None if hidden else feeling.base,
        "grade": feeling.grade,
        "caution": feeling.emotion.caution,
        AS_OF: feeling.made,
    }
    for name in FEELINGS:
        found = getattr(feeling, name)
        values = (None,) * 4 if hidden else (found.value, found.low, found.high, found.n_eff)
        row |= zip((name, f"{name}_low", f"{name}_high", f"{name}_n_eff"), values, strict=True)
    return row
