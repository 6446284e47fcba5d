"""Metrics of segments against everybody's: which are compared, and how sure a difference is."""

from __future__ import annotations

import numpy as np
import pytest
from cxengine_standard.metrics import MeanSatisfaction, Sales
from scipy.stats import norm

from cxengine.insight.metrics_apart import metrics_apart
from cxengine.metrics.discovery import Discovery, discover
from cxengine.metrics.measure import measure
from cxengine.plugin import NoOptions


def answers(values, **row):
    return [{"signal": "satisfied", "touchpoint": "search", "value": float(v), **row} for v in values]


def compared(project, evidence, kind=MeanSatisfaction):
    signal = next(one for one in project.signals if one.id == "satisfied")
    metrics = {"csat": kind(NoOptions(), signal)}
    measured = measure(project, evidence, metrics)
    return measured, metrics_apart(project, metrics, measured)


def places(found):
    columns = ([key.names[i] for i in key.code] for key in (found.metric, found.touchpoint, found.segment))
    return list(zip(*columns, strict=True))


def test_a_segment_is_held_against_everybody_where_both_are_shown(make_project, make_evidence):
    rows = [
        *answers([1, 2, 3] * 20, a_country="NL"),
        *answers([4, 5, 5] * 20, a_country="BE"),
    ]
    measured, found = compared(make_project(minimum_n=5), make_evidence(rows))
    assert {segment for _, _, segment in places(found)} <= {"dutch", "belgian", "dutch-or-young", "member"}
    assert {touchpoint for _, touchpoint, _ in places(found)} == {"search"}
    row = places(found).index(("csat", "search", "dutch"))
    dutch, everybody = (measured.get("csat", "touchpoint", "search", segment=s) for s in ("dutch", "all"))
    half = np.hypot(dutch.high - dutch.value, everybody.value - everybody.low)
    z = norm.ppf(0.975) * (everybody.value - dutch.value) / half
    assert found.p[row] == pytest.approx(2 * norm.sf(z), rel=1e-9)


def test_what_differs_is_known_once_everything_is(make_project, make_evidence):
    rows = answers([1, 2, 3] * 20, a_country="NL") + answers([4, 5, 5] * 20, a_country="BE")
    _, found = compared(make_project(), make_evidence(rows))
    assert not found.differs("csat", "search", "dutch")
    told = found.flagged(discover({"metric": found.p}))
    assert told.differs("csat", "search", "dutch")
    assert told.differs("csat", "search", "belgian")
    assert not told.differs("csat", "order", "dutch")
    assert not found.flagged(Discovery()).differs("csat", "search", "dutch")


def test_totals_of_a_part_are_not_held_against_the_whole(make_project, make_evidence):
    rows = answers([1, 2, 3] * 20, a_country="NL") + answers([4, 5, 5] * 20, a_country="BE")
    _, found = compared(make_project(), make_evidence(rows), Sales)
    assert len(found.p) == 0


def test_where_nothing_is_measured_nothing_is_compared(make_project, make_evidence):
    _, found = compared(make_project(minimum_n=5), make_evidence(answers([3] * 4, a_country="NL")))
    assert len(found.p) == 0
    assert not found.differs("csat", "search", "dutch")
