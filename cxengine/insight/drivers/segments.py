"""A model within one segment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxengine.insight.drivers import bootstrap
from cxengine.insight.drivers.importance import importance, of_replicates
from cxengine.insight.drivers.question import Question, Refused
from cxengine.insight.drivers.report import SegmentDriver, SegmentResult
from cxengine.insight.drivers.sufficiency import enough, fitting

if TYPE_CHECKING:
    from cxengine.insight.drivers.sums import Sums

REPLICATES = 200
_EXACT = 15
_ORDERS = 20


def in_segment(question: Question, segment: str, sums: Sums | None, least: int) -> SegmentResult:
    """Correlations and importances within a segment, or why there are none."""
    if sums is None:
        return SegmentResult(segment, 0, None, (), "nobody in it answered")
    try:
        n = enough(question, sums, least)
        matrix = fitting(question, sums.total()).matrix
    except Refused as reason:
        return SegmentResult(segment, 0, None, (), str(reason))
    method = question.model.method
    rng = bootstrap.rng_of(str(question.model.id), segment)
    found = importance(matrix, method, rng, exact=_EXACT)
    drawn = bootstrap.replicates(sums, REPLICATES, rng)
    parts = of_replicates(drawn.correlations, matrix, found.shares, method, rng, orders=_ORDERS)
    total = float(found.shares.sum())
    order = np.argsort(-found.shares, kind="stable")
    answers = sums.answers()
    results = tuple(
        SegmentDriver(
            id=question.drivers[i].id,
            n=int(answers[i, -1]),
            pearson=bootstrap.of_correlation(float(matrix[i, -1]), drawn.correlations[:, i, -1], sums.blocks),
            importance=bootstrap.of_share(float(found.shares[i]), parts[:, i], sums.blocks),
            share=float(found.shares[i]) / total if total > 0 else 0.0,
            rank=rank,
        )
        for rank, i in enumerate(map(int, order), 1)
    )
    r2 = bootstrap.of_share(total, parts.sum(axis=1), sums.blocks)
    return SegmentResult(segment, n, r2, results, None)
