"""The table that `cxengine run` prints: which metric is which, and what it should be."""

from __future__ import annotations

from cxengine.cli.measured import measured
from cxengine.engine import Engine

PROJECT = """
[project]
id = "shop"
name = "Shop"
[privacy]
minimum_n = 2
[[stage]]
id = "use"
name = "I use it"
[[touchpoint]]
id = "it"
name = "It"
stage = "use"
start = true
end = true
[[signal]]
id = "happy"
wording = "How happy are you?"
scale = { min = 1, max = 5, step = 1 }
[[signal]]
id = "proud"
wording = "How proud are you?"
scale = { min = 1, max = 5, step = 1 }
[[metric]]
id = "mood"
use = "csat_mean"
signal = "happy"
target = 4.5
benchmark = 3.9
[[metric]]
id = "pride"
use = "csat_mean"
signal = "proud"
[[metric]]
id = "top"
use = "csat_t2b"
signal = "proud"
[[source]]
id = "asked"
options = { path = "a.csv" }
mapping = { signals = [{ signal = "happy", columns = { h = "it" } }, { signal = "proud", columns = { p = "it" } }] }
"""


def test_metrics_of_one_name_are_told_apart_and_aims_are_shown(tmp_path):
    (tmp_path / "cxengine.toml").write_text(PROJECT, encoding="utf-8")
    (tmp_path / "a.csv").write_text("h,p\n4,5\n5,3\n4,2\n3,4\n", encoding="utf-8")
    head, *rows = measured(Engine().run(tmp_path)).splitlines()
    assert head.split()[-2:] == ["target", "benchmark"]
    names = [row.split("  ")[0] for row in rows]
    assert names[0] == "Customer satisfaction (mean) (mood)"
    assert "Customer satisfaction (mean) (pride)" in names
    assert any("top two" in name for name in names)
    assert not any("(top)" in name for name in names)
    assert [float(aim) for aim in rows[0].split()[-2:]] == [4.5, 3.9]
    assert "4.5" not in rows[names.index("Customer satisfaction (mean) (pride)")]


def test_small_values_keep_the_digits_that_their_interval_leaves_a_meaning(tmp_path):
    """A rate of orders a visit is 0.0117, not 0.0; so is its target."""
    rate = """
[[metric]]
id = "orders_a_visit"
use = "formula"
signal = "happy"
target = 0.015
[metric.options]
components = { few = "count(value >= 5.0)" }
formula = "few / n / 100.0"
direction = "higher_is_better"
"""
    (tmp_path / "cxengine.toml").write_text(
        PROJECT.replace("[[source]]", rate + "[[source]]"), encoding="utf-8"
    )
    (tmp_path / "a.csv").write_text("h,p\n" + "4,5\n5,3\n4,2\n3,4\n" * 10, encoding="utf-8")
    row = next(row for row in measured(Engine().run(tmp_path)).splitlines() if row.endswith("0.015"))
    value, low, high = (float(word) for word in row.split()[-5:-2])
    assert value == 0.0025
    assert 0 < low < value < high < 0.005
