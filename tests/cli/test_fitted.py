"""The models behind metrics: told beside the value, and only where that is shown."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pytest
from click.testing import CliRunner

from cxengine.cli import cxengine
from cxengine.testing import PlantedPurchases

PROJECT = """
[project]
id = "shop"
name = "Shop"
[privacy]
minimum_n = MINIMUM
key = "env:PSEUDONYMS"
[[stage]]
id = "buy"
name = "I buy"
[[touchpoint]]
id = "till"
name = "Till"
stage = "buy"
[[signal]]
id = "paid"
wording = "What was paid"
unit = "EUR"
about = "relationship"
[[source]]
id = "bought"
kind = "order"
options = { path = "*.csv" }
[source.mapping]
customer_id = "customer"
occurred_at = "day"
signals = [{ signal = "paid", columns = { amount = "journey" } }]
[[metric]]
id = "clv"
use = "clv_bg_nbd"
signal = "paid"
options = { margin = 0.3, weeks = 12 }
"""
CUSTOMERS = 150
LAST = dt.date(2024, 12, 31)


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """`shop(minimum)`: writes a project of planted buyers; `shop.run()` runs it."""
    monkeypatch.setenv("PSEUDONYMS", "a key of many letters, which no file has")
    monkeypatch.chdir(tmp_path)

    class Shop:
        def write(self, minimum=10):
            (tmp_path / "cxengine.toml").write_text(
                PROJECT.replace("MINIMUM", str(minimum)), encoding="utf-8"
            )
            self.add("first", CUSTOMERS, np.random.default_rng(4))

        def add(self, name, customers, rng):
            bought = PlantedPurchases().draw(customers, rng)
            rows = ["customer,day,amount"]
            for who, week, amount in zip(bought.customer, bought.week, bought.amount, strict=True):
                day = LAST - dt.timedelta(days=int(7 * (bought.age[who] - week)))
                rows.append(f"{name}{who},{day},{amount:.2f}")
            (tmp_path / f"{name}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")

        def run(self, *options):
            result = CliRunner().invoke(cxengine, ["run", ".", "--out", "out", *options])
            assert result.exit_code in (0, 1), result.output
            return result.stdout

        def fitted(self):
            path = tmp_path / "out" / "fitted.json"
            return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None

    return Shop()


def test_a_model_is_told_beside_its_value_and_written(shop):
    shop.write()
    printed = shop.run()
    (line,) = (line for line in printed.splitlines() if " is fitted with " in line)
    (found,) = shop.fitted()
    assert (found["metric"], found["level"], found["subject"]) == ("clv", "journey", "shop")
    assert list(found["parameters"]) == ["r", "alpha", "a", "b", "p", "q", "v"]
    assert line == "Customer lifetime value (BG/NBD) at the journey is fitted with " + ", ".join(
        f"{name} = {value:.3f}" for name, value in found["parameters"].items()
    )
    assert json.loads(shop.run("--format", "json"))["fitted"] == [found]


def test_a_model_is_kept_back_where_its_value_is(shop):
    """Of too few customers, and where three newcomers would follow from this run and the one before."""
    shop.write(minimum=CUSTOMERS + 1)
    assert "fitted with" not in shop.run()
    assert shop.fitted() is None
    shop.write()
    shop.run("--previous", "none")
    assert shop.fitted()
    shop.add("second", 3, np.random.default_rng(5))
    printed = shop.run()
    assert "as of" in printed  # the value is that of the run before, and its model is not fitted again
    assert "fitted with" not in printed
    assert shop.fitted() is None
