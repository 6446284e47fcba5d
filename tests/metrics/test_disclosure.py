"""Nothing that is shown gives away what is hidden, and an attack that would find it does."""

from __future__ import annotations

import datetime as dt
import importlib.util
import random
from pathlib import Path

import numpy as np
import pytest
from cxengine_standard.metrics import MeanSatisfaction, TopTwoBox

from cxengine.metrics import suppression
from cxengine.metrics.measure import measure
from cxengine.plugin import NoOptions

_spec = importlib.util.spec_from_file_location("attack", Path(__file__).parent / "attack.py")
_attack = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_attack)
Attack = _attack.Attack

K = 5


def people(seed, n):
    dice = random.Random(seed)
    shares = [dice.random() ** 2 + 0.02 for _ in range(3)]
    return [
        {
            "signal": "satisfied",
            "touchpoint": dice.choices(["search", "order", "delivery"], shares)[0],
            "value": float(dice.randrange(1, 6)),
            "occurred_at": dice.choice([dt.datetime(2023, 11, 5), dt.datetime(2024, 2, 3), dt.datetime(2024, 5, 1)]),
            "a_country": dice.choice(["NL", "NL", "BE", "DE"]),
            "a_age": dice.choice([25.0, 40.0, 40.0]),
            "a_member": dice.random() < 0.15,
        }
        for _ in range(n)
    ]  # fmt: skip


def run(make_project, make_evidence, signals, rows, **changes):
    metrics = {
        "csat": MeanSatisfaction(NoOptions(), signals["satisfied"]),
        "t2b": TopTwoBox(NoOptions(), signals["satisfied"]),
    }
    previous = changes.pop("previous", None)
    project = make_project(**{"minimum_n": K, "current": "latest", **changes})
    return measure(project, make_evidence(rows), metrics, previous=previous).table


@pytest.fixture
def unprotected(monkeypatch):
    """Only small cells are hidden."""
    monkeypatch.setattr(
        suppression, "hidden", lambda n, sums, threshold, small=None: (n > 0) & (n < threshold)
    )


SEEDS = [(seed, n) for seed in range(6) for n in (40, 90, 250)]


@pytest.mark.parametrize(("seed", "n"), SEEDS)
def test_hidden_cells_do_not_follow_from_shown_ones(make_project, make_evidence, signals, seed, n):
    rows = people(seed, n)
    attack = Attack(run(make_project, make_evidence, signals, rows), rows)
    assert attack.hidden
    assert attack.solved() == {}
    assert attack.differences(K) == []


@pytest.mark.parametrize(("seed", "n"), [(0, 90), (1, 250), (2, 150)])
def test_linear_programming_leaves_hidden_counts_open(make_project, make_evidence, signals, seed, n):
    rows = people(seed, n)
    attack = Attack(run(make_project, make_evidence, signals, rows), rows)
    for cell in attack.hidden:
        low, high = attack.bounds(cell)
        assert high - low > 0.999, (cell, low, high)


def test_the_attack_finds_what_is_only_hidden_for_being_small(
    make_project, make_evidence, signals, unprotected
):
    found = 0
    for seed, n in SEEDS[:6]:
        rows = people(seed, n)
        attack = Attack(run(make_project, make_evidence, signals, rows), rows)
        for cell, (count, mean) in attack.solved().items():
            held = [r["value"] for r in rows if attack_holds(cell, r)]
            assert count == pytest.approx(len(held))
            assert mean == pytest.approx(np.mean(held))
            low, high = attack.bounds(cell)
            assert low == pytest.approx(high) == pytest.approx(len(held))
            found += 1
    assert found > 50


def attack_holds(cell, row):
    subject, segment, period = cell
    period = _attack.LATEST if period == "current" else period
    return (
        row["touchpoint"] in _attack.WITHIN[subject]
        and _attack.IN_SEGMENT[segment](row)
        and period in ("all", _attack.quarter(row))
    )
