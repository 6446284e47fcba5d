"""Segments drawn towards everybody are nearer to the truth than raw ones."""

from __future__ import annotations

import numpy as np
import pytest
from cxengine_standard.metrics import MeanSatisfaction

from cxengine.metrics.measure import measure
from cxengine.metrics.shrinkage import shrunk, towards
from cxengine.plugin import NoOptions


@pytest.mark.parametrize("spread", [0.0, 0.1, 0.3, 1.0])
def test_nearer_to_the_truth_than_raw(spread):
    rng = np.random.default_rng(round(10 * spread))
    raw = drawn = 0.0
    for _ in range(400):
        truth = 3.5 + spread * rng.standard_normal(8)
        errors = rng.uniform(0.1, 0.5, 8)
        values = truth + errors * rng.standard_normal(8)
        raw += float(((values - truth) ** 2).sum())
        drawn += float(((towards(values, errors, 3.5)[0] - truth) ** 2).sum())
    assert drawn < raw
    assert spread > 0.5 or drawn < 0.9 * raw


def test_intervals_cover_the_truth():
    rng = np.random.default_rng(1)
    held = asked = 0
    for _ in range(400):
        truth = 3.5 + 0.4 * rng.standard_normal(20)
        errors = rng.uniform(0.2, 0.5, 20)
        value, error, _ = towards(truth + errors * rng.standard_normal(20), errors, 3.5)
        held += int((np.abs(value - truth) <= 1.96 * error).sum())
        asked += 20
    assert 0.935 <= held / asked <= 0.965


def test_by_hand():
    value, error, kept = towards(np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.5, 0.5]), 2.0)
    spread = (8 - 3) / 12  # (squares over variances less segments) over the sum of 1 / variance
    drawn = 1 / 3 * 0.25 / (spread + 0.25)
    assert kept == pytest.approx([1 - drawn] * 3)
    assert value == pytest.approx([1 + drawn, 2, 3 - drawn])
    assert error[1] == pytest.approx((0.25 * (1 - drawn)) ** 0.5)
    assert error[0] == pytest.approx(min(0.25 * (1 - drawn) + 2 * drawn**2, 0.25) ** 0.5)


@pytest.mark.parametrize("far", [1.5, 3.0, 1e9])
def test_a_value_without_error_stays(far):
    value, error, kept = towards(np.array([far, 1.7, 4.5]), np.array([0.0, 59.0, 19.0]), 0.0)
    assert (value[0], kept[0]) == (far, 1.0)
    assert error[0] < 1e-60
    assert np.isfinite([*value, *error, *kept]).all()


def test_two_segments_stay_as_they_are():
    value, error, kept = towards(np.array([1.0, 3.0]), np.array([0.5, 0.5]), 2.0)
    assert (value.tolist(), error.tolist(), kept.tolist()) == ([1, 3], [0.5, 0.5], [1, 1])


def test_small_segments_move_most_and_raw_values_stay(make_project, make_evidence, signals):
    def at(n, value, **person):
        return [
            {"signal": "satisfied", "touchpoint": "search", "value": float(value + i % 2), **person}
            for i in range(n)
        ]

    rows = at(300, 2, a_country="NL") + at(12, 4, a_country="BE") + at(90, 3, a_country="DE", a_age=20.0)
    metrics = {"csat": MeanSatisfaction(NoOptions(), signals["satisfied"])}
    found = measure(make_project(minimum_n=10), make_evidence(rows), metrics)
    segments = [segment.id for segment in make_project().segments]
    told = shrunk(found, "csat", "touchpoint", "search", segments)
    shown = {
        c.segment for (_, c), m in found.by_cell.items()
        if (c.subject, c.period) == ("search", "current") and c.segment != "all" and not m.suppressed
    }  # fmt: skip
    assert set(told) == shown
    overall = found.get("csat", "touchpoint", "search").value
    belgian = found.get("csat", "touchpoint", "search", segment="belgian")
    assert overall < told["belgian"].value < belgian.value
    assert told["belgian"].kept < told["dutch"].kept < 1
    assert shrunk(found, "csat", "touchpoint", "delivery", segments) == {}
