"""Feelings that are told again as an earlier run told them, while what came since must not be told yet.

As `cxengine.metrics.held` does for figures. In `Insight` they stand where suppressed ones would, each with
when it was `made`: whoever reads a feeling reads what is told, of now or of then. What follows from answers
of now (`Basis`, what is beyond chance) must not be asked of them: those of now are still hidden.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from cxengine.insight.feelings import AS_OF, FEELINGS, KEYS
from cxengine.insight.insight import Feeling, Insight
from cxengine.metrics.earlier import LAST, LAST_MADE
from cxengine.metrics.measurement import Held

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    import pyarrow as pa

_NOTHING = {"n": 0, "grade": "none", "caution": False}
"""What is said of suppressed feelings; null where it is not here."""


def of_now(table: pa.Table) -> pa.Table:
    """The feelings of a run of now, without what its file tells again."""
    import pyarrow as pa

    if AS_OF not in table.column_names:
        return table
    stays = {*KEYS, "suppressed", LAST, LAST_MADE}
    nothing = {name: _NOTHING.get(name) for name in table.column_names if name not in stays}
    rows = [row if row[AS_OF] is None else row | nothing for row in table.to_pylist()]
    return pa.Table.from_pylist(rows, schema=table.schema).drop_columns([AS_OF])


def told(table: pa.Table, made: dt.datetime) -> tuple[Mapping[str, Any], ...]:
    """All feelings of the file of a run, `made` then, as rows: of now, and what it told again.

    None of a run of a version that did not tell all there is to a feeling.
    """
    if AS_OF not in table.column_names:
        return ()
    rows = (row if row["suppressed"] else row | {AS_OF: made} for row in table.to_pylist())
    return tuple(row for row in rows if row[AS_OF] is not None)


def with_told(insight: Insight, rows: Iterable[Mapping[str, Any]]) -> Insight:
    """Insight with these rows of earlier feelings in the place of suppressed ones."""
    then = {(row["touchpoint"], row["segment"]): row for row in rows}
    return attrs.evolve(
        insight,
        feelings=tuple(
            _feeling(row) if f.emotion.suppressed and (row := then.get((f.touchpoint, f.segment))) else f
            for f in insight.feelings
        ),
    )


def _feeling(row: Mapping[str, Any]) -> Feeling:
    """As it was told."""
    emotion, pain, love = (
        Held(
            value=row[name],
            low=row[f"{name}_low"],
            high=row[f"{name}_high"],
            n=row["n"],
            n_eff=row[f"{name}_n_eff"],
            caution=row["caution"],
            as_of=row[AS_OF].date(),
        )
        for name in FEELINGS
    )
    return Feeling(
        touchpoint=row["touchpoint"],
        segment=row["segment"],
        emotion=emotion,
        pain=pain,
        love=love,
        reach=row["reach"],
        grade=row["grade"],
        share=row["share"],
        base=row["base"],
        made=row[AS_OF],
    )
