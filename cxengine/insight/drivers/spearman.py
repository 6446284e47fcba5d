"""Spearman's correlation of every driver with the outcome: Pearson's, of ranks that the engine works out.

On a declared scale the midrank of an answer follows from how often each answer was given, so ranks are a
table of a few lines in the query; continuous values are ranked by window. Ranks are those among all who
answered a question, also where a pair is answered by fewer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from cxengine.cel.targets.sql import literals
from cxengine.insight.drivers import bootstrap
from cxengine.insight.drivers.correlation import midranks
from cxengine.insight.drivers.products import Variable
from cxengine.metrics import period, spelling
from cxengine.metrics.interval import Interval

if TYPE_CHECKING:
    from cxengine.insight.drivers.question import Column, Question
    from cxengine.insight.drivers.rows import Rows
    from cxengine.insight.drivers.wide import Place

Answers = dict["Place", list[tuple[float, float]]]
"""How often (by weight) each answer was given, by place, ascending."""


def with_outcome(question: Question, rows: Rows, size: int, rng: np.random.Generator) -> tuple[Interval, ...]:
    """Spearman's correlation of each driver with the outcome. There must be rows."""
    given = _answers(question, rows)
    dialect = rows.backend.dialect
    variables = tuple(_ranked(i, column, given, dialect) for i, column in enumerate(question.columns))
    sums = rows.of_everybody(variables, against_last=True)
    assert sums is not None, "the rows were there before"
    found = sums.total().correlations()[0, :-1, -1]
    counts = rng.multinomial(sums.blocks, np.full(sums.blocks, 1 / sums.blocks), size).astype(np.float64)
    drawn = sums.resampled(counts).correlations()[:, :-1, -1]
    return tuple(
        bootstrap.of_correlation(float(value), many[~np.isnan(many)], sums.blocks)
        for value, many in zip(found, drawn.T, strict=True)
    )


def _ranked(i: int, column: Column, given: Answers, dialect: str) -> Variable:
    """The rank of x, from -1 to 1, in SQL."""
    if not column.whole:
        known = f"PARTITION BY CASE WHEN x{i} IS NULL THEN 1 ELSE 0 END"
        below = f"2 * RANK() OVER ({known} ORDER BY x{i}) - 2"
        twice = spelling.double(dialect, f"{below} + COUNT(*) OVER (PARTITION BY x{i})")
        rank = f"{twice} / {spelling.double(dialect, f'COUNT(*) OVER ({known})')} - 1.0"
        return Variable(f"CASE WHEN x{i} IS NOT NULL THEN {rank} END", 1.0, whole=False)
    answers = given[column.place]
    ranks = midranks(np.array([weight for _, weight in answers]))
    arms = (f"WHEN {answer!r} THEN {float(rank)!r}" for (answer, _), rank in zip(answers, ranks, strict=True))
    return Variable(f"CASE x{i} {' '.join(arms)} END", 1.0, whole=False)


def _answers(question: Question, rows: Rows) -> Answers:
    """Of every place with answers on a declared scale."""
    places = {column.place for column in question.columns if column.whole}
    found: Answers = {place: [] for place in sorted(places, key=lambda p: (p.signal, p.touchpoint))}
    if not found:
        return found
    query = _query([place.signal for place in found], rows)
    table = rows.backend.execute(query).to_pylist()
    for row in sorted(table, key=lambda row: float(row["value"])):
        for place in found:
            if (place.signal, place.touchpoint) == (row["signal"], row["touchpoint"]):
                found[place].append((float(row["value"]), float(row["given"])))
    return found


def _query(signals: Sequence[str], rows: Rows) -> str:
    named = literals(rows.backend.dialect, sorted(set(signals)))
    weight = "COUNT(*)" if rows.heaviest is None else "SUM(weight)"
    now, wide = "", rows.wide
    if wide.present is not None or rows.heaviest is not None:
        now = " JOIN responses USING (response)"
    if wide.present is not None:
        now += f" WHERE {period.sql(wide.length, rows.backend.dialect)} = {wide.present}"
    return (
        f"SELECT signal, touchpoint, value, {weight} AS given FROM answers{now}"  # noqa: S608 - quoted
        f" {'AND' if 'WHERE' in now else 'WHERE'} NOT censored AND signal IN ({named})"
        " GROUP BY signal, touchpoint, value"
    )
