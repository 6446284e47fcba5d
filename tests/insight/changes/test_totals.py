"""Changes of totals: what is sold a day, not how many days a period has."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from cxengine import Engine
from cxengine.insight.changes.findings import findings

TOML = """
[project]
id = "shop"
name = "Shop"

[evidence]
period = "month"
current = "latest"

[[stage]]
id = "buy"
name = "I buy"

[[touchpoint]]
id = "till"
name = "Till"
stage = "buy"

[[signal]]
id = "paid"
wording = "Amount"
unit = "EUR"
direction = "higher_is_better"

[[source]]
id = "till"
kind = "order"
options = { path = "sales.csv" }

[source.mapping]
occurred_at = "day"
signals = [{ signal = "paid", columns = { paid = "till" } }]

[[metric]]
id = "sales"
use = "sales"
signal = "paid"
guardrail = 150

[[metric]]
id = "revenue"
use = "revenue"
signal = "paid"
name = "Revenue"
"""
FIRST, LAST = dt.date(2023, 1, 14), dt.date(2024, 8, 9)


def run(folder, rate):
    """What happens to sales at so many a day, by the day, with refunds of one in ten."""
    dice, rows, day = np.random.default_rng(5), ["day,paid"], FIRST
    while day <= LAST:
        for _ in range(dice.poisson(rate(day))):
            amount = round(dice.gamma(2, 10), 2)
            rows.append(f"{day},{amount if dice.random() < 0.9 else -amount}")
        day += dt.timedelta(days=1)
    (folder / "sales.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "cxengine.toml").write_text(TOML, encoding="utf-8")
    return Engine().run(folder)


def test_constant_sales_do_not_change(tmp_path):
    result = run(tmp_path, lambda day: 8)
    assert result.insight.changes.search.series == 2 * 3
    assert result.insight.changes.found == ()
    assert not any(result.measurements.changes["changed"].to_pylist())
    assert result.guardrails
    assert {(one.state, one.worsening) for one in result.guardrails} == {("kept", None)}


def test_a_real_change_is_found_in_amounts_per_month(tmp_path):
    result = run(tmp_path, lambda day: 12 if day >= dt.date(2024, 2, 1) else 8)
    changes = result.insight.changes.found
    assert {change.kind for change in changes} == {"shift"}
    assert {change.since.period for change in changes} == {"2024-02"}
    sales = next(change for change in changes if change.place.measure == "sales")
    month = 365.2425 / 12
    assert sales.before == pytest.approx(8 * month, rel=0.05)
    assert sales.after == pytest.approx(12 * month, rel=0.06)
    assert sales.size.low < 4 * month < sales.size.high
    assert any("per month rose from" in told.text for told in findings(result.project, result.insight))
