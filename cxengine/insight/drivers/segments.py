"""A model within one segment."""

from __future__ import annotations

from collections.abc import Mapping
from math import erfc, hypot, sqrt
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.insight.drivers import bootstrap
from cxengine.insight.drivers.importance import ORDERS_OF_SEGMENTS, importance, of_replicates
from cxengine.insight.drivers.question import Question, Refused
from cxengine.insight.drivers.report import SegmentDriver, SegmentResult
from cxengine.insight.drivers.silence import rounded
from cxengine.insight.drivers.sufficiency import enough, fitting
from cxengine.plugin.intervals import Z

if TYPE_CHECKING:
    from cxengine.insight.drivers.sums import Sums
    from cxengine.metrics.interval import Interval
    from cxengine.project.model import Segment

REPLICATES = 200
_EXACT = 15
_ORDERS = 10


def in_segment(
    question: Question, segment: Segment, sums: Sums | None, least: int, whole: Mapping[str, Interval]
) -> SegmentResult:
    """Correlations and importances within a segment, or why there are none; `whole` are everybody's."""
    ids = (str(segment.id), segment.name)
    if sums is None:
        return SegmentResult(*ids, 0, None, (), "nobody in it answered")
    try:
        question, sums = _varying(question, sums)
        n = enough(question, sums, least)
        matrix = fitting(question, sums.total()).matrix
    except Refused as reason:
        return SegmentResult(*ids, 0, None, (), str(reason))
    method = question.model.method
    rng = bootstrap.rng_of(str(question.model.id), str(segment.id))
    found = importance(matrix, method, rng, exact=_EXACT, orders=ORDERS_OF_SEGMENTS)
    drawn = bootstrap.replicates(sums, REPLICATES, rng)
    parts = of_replicates(drawn.correlations, matrix, found.shares, method, rng, orders=_ORDERS)
    total = float(found.shares.sum())
    order = np.argsort(-found.shares, kind="stable")
    answers = sums.answers()
    parted = [bootstrap.of_share(float(found.shares[i]), parts[:, i], sums.blocks) for i in range(len(order))]
    results = tuple(
        SegmentDriver(
            id=question.drivers[i].id,
            n=rounded(answers[i, -1], least),
            pearson=bootstrap.of_correlation(float(matrix[i, -1]), drawn.correlations[:, i, -1], sums.blocks),
            importance=parted[i],
            share=float(found.shares[i]) / total if total > 0 else 0.0,
            rank=rank,
            p=_chance(parted[i], whole[question.drivers[i].id]),
        )
        for rank, i in enumerate(map(int, order), 1)
    )
    r2 = bootstrap.of_share(total, parts.sum(axis=1), sums.blocks)
    return SegmentResult(*ids, rounded(n, least), r2, results, None)


def _chance(one: Interval, other: Interval) -> float:
    """The chance of so large a difference; the segment is part of the whole, which makes this cautious."""
    error = hypot(one.high - one.low, other.high - other.low) / (2 * Z)
    return erfc(abs(one.value - other.value) / error / sqrt(2)) if error > 0 else 1.0


def _varying(question: Question, sums: Sums) -> tuple[Question, Sums]:
    """The question without drivers that do not vary in the segment, such as what defines it.

    Raises:
        Refused: the outcome is one of them, or all drivers are.
    """
    kept = np.flatnonzero(sums.total().deviations()[0] > 0)
    if len(kept) < 2 or kept[-1] != len(question.drivers):
        raise Refused("within it the outcome, or every driver, is always the same")
    drivers = tuple(question.drivers[i] for i in kept[:-1])
    return attrs.evolve(question, drivers=drivers), sums.only(kept)
