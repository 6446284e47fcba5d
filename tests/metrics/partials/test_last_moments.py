"""What is kept of files knows when their rows happened, and is read anew where `until` changes."""

from __future__ import annotations

from cxengine import Engine

TOML = """
[project]
id = "shop"
name = "Shop"

[engine]
state = "kept"

[privacy]
minimum_n = 1

[evidence]
{until}

[[stage]]
id = "buy"
name = "I buy"

[[touchpoint]]
id = "till"
name = "Till"
stage = "buy"

[[signal]]
id = "spent"
wording = "Euro"

[[metric]]
id = "sold"
use = "mean"
signal = "spent"

[[source]]
id = "orders"
kind = "order"
options = {{ path = "orders-*.csv" }}

[source.mapping]
occurred_at = "day"
signals = [{{ signal = "spent", columns = {{ euro = "till" }} }}]
"""


def run(folder, until=""):
    (folder / "cxengine.toml").write_text(TOML.format(until=until), encoding="utf-8")
    result = Engine().run(folder)
    lost = [found.message for found in result.warnings if found.code == "CX273"]
    return lost, result.evidence.accounts[0].rows_quarantined


def test_a_row_far_beyond_all_others(tmp_path):
    def write(number, *days):
        content = "day,euro\n" + "".join(f"{day},5\n" for day in days)
        (tmp_path / f"orders-{number}.csv").write_text(content, encoding="utf-8")

    write(1, *[f"2024-0{1 + i % 6}-10" for i in range(30)])
    assert run(tmp_path) == ([], 0)
    write(2, "2024-05-01", "2042-05-01")
    (message,), _ = run(tmp_path)
    assert 'orders-2.csv, row 2: "2042-05-01"' in message
    assert run(tmp_path) == ([message], 0)
    assert run(tmp_path, "until = 2024-12-31") == ([], 1)
    assert run(tmp_path, "until = 2024-05-31") == ([], 6)
