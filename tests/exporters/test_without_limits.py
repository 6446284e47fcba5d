"""Intervals without an end, as of a quantile that few have reached: every exporter and the terminal tell them."""

from __future__ import annotations

import json
import re
from itertools import cycle

import pytest

from cxengine.cli.measured import measured
from cxengine.engine import Engine

PROJECT = """
[project]
id = "shop"
name = "Shop"
[[stage]]
id = "ask"
name = "I ask"
[[touchpoint]]
id = "desk"
name = "Desk"
stage = "ask"
[[segment]]
id = "nl"
name = "Dutch"
when = 'attributes.country == "NL"'
[[signal]]
id = "time"
wording = "Time to an answer"
unit = "hours"
direction = "lower_is_better"
[[signal]]
id = "amount"
wording = "Amount"
unit = "EUR"
[[metric]]
id = "p90"
use = "resolution_time"
signal = "time"
options = { quantile = 0.9 }
[[metric]]
id = "amount"
use = "mean"
signal = "amount"
target = 9.0
[[metric]]
id = "rare"
use = "formula"
signal = "amount"
[metric.options]
components = { a = "count(value > 1000.0)" }
formula = "a / n"
direction = "higher_is_better"
[[initiative]]
id = "faster"
name = "Faster answers"
effort = [1, 2, 4]
complexity = 2
effects = [{ touchpoint = "desk", metric = "p90", change = [-9, -5, -3] }]
[roadmap]
start = 2027-01-04
[[source]]
id = "tickets"
kind = "ticket"
options = { path = "t.csv" }
[source.mapping]
response_id = "id"
attributes = { country = "country" }
durations = { hours = { start = "opened", end = "closed", open_until = 2024-03-01 } }
signals = [
  { signal = "time", columns = { hours = "desk" } },
  { signal = "amount", columns = { paid = "desk" } },
]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Tickets of which one in ten is open: of 20 Dutch ones, who paid nothing, and of 180 others."""
    folder = tmp_path_factory.mktemp("shop")
    exports = "".join(
        f'[[export]]\nid = "{use}"\nuse = "{use}"\n'
        for use in ("html", "charts", "excel", "powerpoint", "csv", "markdown", "mermaid", "json")
    )
    (folder / "cxengine.toml").write_text(PROJECT + exports, encoding="utf-8")
    rows = [
        f"{i},2024-01-{1 + i % 28:02d}T08:00,{end and f'2024-02-{1 + i % 27:02d}T08:00'},"
        f"{'NL' if i < 20 else 'BE'},{0 if i < 20 else 5 + i % 7}"
        for i, end in zip(range(200), cycle((*["x"] * 9, "")), strict=False)
    ]
    (folder / "t.csv").write_text(
        "\n".join(["id,opened,closed,country,paid", *rows]) + "\n", encoding="utf-8"
    )
    return folder


def test_every_exporter_tells_them(folder, tmp_path):
    engine = Engine()
    result = engine.run(folder)
    table = result.measurements.table
    endless = {row["metric"] for row in table.to_pylist() if row["high"] == float("inf")}
    assert endless == {"p90", "amount", "rare"}
    written = engine.write(result, tmp_path)
    assert {path.suffix for path in written} >= {".html", ".xlsx", ".pptx", ".csv", ".md", ".json", ".svg"}
    for path in written:
        if path.suffix == ".json":
            json.loads(path.read_text(encoding="utf-8"), parse_constant=pytest.fail)
        if path.suffix in {".html", ".csv", ".md"}:
            assert not re.search(r"\b(inf|nan)\b", path.read_text(encoding="utf-8"))
    assert "\N{EN DASH}" in measured(result)
    assert "inf" not in measured(result).split()
