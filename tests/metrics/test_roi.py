"""Return on investment: known answers from TOML, and whether its interval covers."""

from __future__ import annotations

import numpy as np
import pytest
from cxengine_standard.metrics.roi import ReturnOnInvestment

from cxengine.engine import Engine
from cxengine.project.model import Scale, Signal

PROJECT = """
[project]
id = "shop"
name = "Shop"

[privacy]
minimum_n = 1

[[stage]]
id = "buy"
name = "I buy"

[[touchpoint]]
id = "till"
name = "Till"
stage = "buy"
start = true
end = true

[[signal]]
id = "money"
wording = "What came in (above 0) or went out (below 0)"

[[source]]
id = "ledger"
kind = "other"
options = { path = "ledger.csv" }

[source.mapping]
signals = [{ signal = "money", columns = { amount = "till" } }]

[[metric]]
id = "roi"
use = "roi"
signal = "money"

[[metric]]
id = "with_training"
use = "roi"
signal = "money"
options = { investment = 100 }
"""


def test_from_a_ledger(tmp_path):
    (tmp_path / "cxengine.toml").write_text(PROJECT, encoding="utf-8")
    (tmp_path / "ledger.csv").write_text("amount\n300\n-150\n200\n-50\n", encoding="utf-8")
    found = Engine().run(tmp_path).measurements
    roi, trained = (found.get(name, "touchpoint", "till") for name in ("roi", "with_training"))
    assert roi.value == pytest.approx(100 * (500 - 200) / 200)
    assert trained.value == pytest.approx(100 * (500 - 300) / 300)
    assert roi.low < roi.value < roi.high
    assert trained.high - trained.low < roi.high - roi.low


def parts(amounts, w=1.0):
    """The components of samples, one a row of `amounts`."""
    gains, costs = np.maximum(amounts, 0), np.maximum(-amounts, 0)
    n = amounts.shape[1] * np.ones(len(amounts))
    return {
        "n": n,
        "w": w * n,
        "w2": w * w * n,
        "benefit": w * gains.sum(axis=1),
        "cost": w * costs.sum(axis=1),
        "benefit_squares": w * (gains**2).sum(axis=1),
        "cost_squares": w * (costs**2).sum(axis=1),
    }


def metric(**options):
    signal = Signal(id="money", wording="Money")
    return ReturnOnInvestment(ReturnOnInvestment.Options(**options), signal)


@pytest.mark.parametrize(("n", "least"), [(100, 0.925), (1000, 0.94)])
def test_the_interval_covers(n, least):
    """Of 2,000 periods with skewed amounts of which a fifth are costs; their number is Poisson."""
    rng = np.random.default_rng(n)
    there = np.arange(2 * n) < rng.poisson(n, 2000)[:, None]
    sign = np.where(rng.random((2000, 2 * n)) < 0.2, -1, 1)
    found = metric().measure(parts(there * sign * rng.gamma(1.0, 50, (2000, 2 * n))))
    covered = np.mean((found.low <= 300) & (found.high >= 300))
    assert least <= covered <= 0.965


@pytest.mark.parametrize("investment", [0, 60])
def test_the_interval_by_hand(investment):
    """Benefits of 30, 50, 40 and costs of 20, 25, 15: squares of the sums are 14400 and 3600; t(5) = 2.570582.

    An investment is a cost that is certain.
    """
    found = metric(investment=investment).measure(parts(np.array([[30.0, 50, 40, -20, -25, -15]])))
    cost = 60 + investment
    error = np.sqrt((900 + 2500 + 1600) / 14400 + (400 + 625 + 225) / cost**2)
    limits = [100 * (120 / cost * np.exp(side * 2.570582 * error) - 1) for side in (-1, 0, 1)]
    assert (found.low[0], found.value[0], found.high[0]) == pytest.approx(limits, rel=1e-6)


def test_equal_weights_change_nothing():
    amounts = np.random.default_rng(1).normal(5, 50, (3, 200))
    plain, weighted = metric().measure(parts(amounts)), metric().measure(parts(amounts, w=2.5))
    for one in ("value", "low", "high"):
        assert getattr(weighted, one) == pytest.approx(getattr(plain, one))


def test_nothing_spent_is_no_value():
    found = metric().measure(parts(np.array([[5.0, 7.0]])))
    assert np.isnan(found.value).all()


def test_amounts_that_cannot_be_costs_are_refused():
    signal = Signal(id="money", wording="Money", scale=Scale(min=0, max=100))
    assert "roi needs costs" in ReturnOnInvestment.refuses(signal, ReturnOnInvestment.Options())
    assert ReturnOnInvestment.refuses(signal, ReturnOnInvestment.Options(investment=5.0)) is None


def test_nothing_came_in_is_everything_lost(tmp_path):
    """And nothing is known of what may come: no upper limit, no draws, no change that is told."""
    spent = parts(np.array([[-5.0, -7.0, -6.0]]))
    found, drawn = metric().measure(spent), metric().draw(spent, np.random.default_rng(1), 10)
    assert (found.value[0], found.low[0], found.high[0]) == (-100, -100, np.inf)
    assert np.isnan(drawn).all()
    (tmp_path / "cxengine.toml").write_text(PROJECT, encoding="utf-8")
    (tmp_path / "ledger.csv").write_text("amount\n-50\n-150\n", encoding="utf-8")
    result = Engine().run(tmp_path)
    for name in ("roi", "with_training"):
        told = result.measurements.get(name, "touchpoint", "till")
        assert (told.value, told.low, told.high) == (-100, -100, np.inf)
    assert not [one for one in result.warnings if one.code == "CX532"]


def test_without_costs_there_is_no_value_and_that_is_told(tmp_path):
    (tmp_path / "cxengine.toml").write_text(PROJECT, encoding="utf-8")
    (tmp_path / "ledger.csv").write_text("amount\n50\n150\n", encoding="utf-8")
    told = [one.message for one in Engine().run(tmp_path).warnings if one.code == "CX532"]
    assert told == ["roi is measured nowhere, though there are answers: it needs costs."]
