"""A value carries a caution by what its answers are worth together, not by their number."""

from __future__ import annotations

import re

import pyarrow.parquet as pq
import pytest

from cxengine.metrics.measurement import few

PROJECT = """
[project]
id = "shop"
name = "Shop"

[privacy]
minimum_n = 2
caution_n = 30

[[stage]]
id = "only"
name = "Only"

[[touchpoint]]
id = "many"
name = "Many"
stage = "only"

[[touchpoint]]
id = "heavy"
name = "Heavy"
stage = "only"

[[touchpoint]]
id = "few"
name = "Few"
stage = "only"

[[signal]]
id = "satisfaction"
wording = "How satisfied were you?"
scale = { min = 1, max = 5, step = 1 }

[[metric]]
id = "csat"
use = "csat_mean"
signal = "satisfaction"

[[source]]
id = "survey"
options = { path = "survey.csv" }

[source.mapping]
response_id = "id"
weight = "weight"

[[source.mapping.signals]]
signal = "satisfaction"
columns = { many = "many", heavy = "heavy", few = "few" }
"""


@pytest.fixture
def shop(tmp_path):
    """Fifty answers at `many`; fifty of which five weigh nearly all at `heavy`; twenty-nine at `few`."""
    lines = ["id,weight,many,heavy,few"]
    lines += [f"m{i},1,{1 + i % 5},," for i in range(50)]
    lines += [f"h{i},{1 if i < 5 else 0.01},,{1 + i % 5}," for i in range(50)]
    lines += [f"f{i},1,,,{1 + i % 5}" for i in range(29)]
    (tmp_path / "survey.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "cxengine.toml").write_text(PROJECT, encoding="utf-8")
    return tmp_path


def test_it_goes_by_what_answers_are_worth(shop, cli):
    code, out, _ = cli("run", shop, "--out", shop / "out")
    assert code == 0
    assert " n  caution\n" in out
    lines = {
        name: line for line in out.splitlines() for name in ("Few", "Heavy", "Many") if f" {name} " in line
    }
    assert lines["Few"].split()[-2:] == ["29", "few"]
    table = pq.read_table(shop / "out/measurements.parquet").to_pylist()
    [worth] = {round(row["n_eff"]) for row in table if row["subject"] == "heavy"}
    assert worth < 10
    assert lines["Heavy"].split()[-3:] == ["50", "worth", str(worth)]
    assert lines["Many"].endswith("50")
    now = {row["subject"]: row["caution"] for row in table if row["period"] == "current"}
    assert now == {"many": False, "heavy": True, "few": True, "only": False, "shop": False}


def test_without_a_caution_there_is_no_column_of_it(shop, cli):
    text = PROJECT.replace("caution_n = 30", "caution_n = 2")
    (shop / "cxengine.toml").write_text(text, encoding="utf-8")
    assert "  caution" not in cli("run", shop, "--out", shop / "out")[1]


def test_what_is_suppressed_carries_none(shop, cli):
    text = PROJECT.replace("minimum_n = 2", "minimum_n = 40")
    (shop / "cxengine.toml").write_text(text, encoding="utf-8")
    cli("run", shop, "--out", shop / "out")
    table = pq.read_table(shop / "out/measurements.parquet").to_pylist()
    assert any(row["suppressed"] for row in table)
    assert not any(row["caution"] for row in table if row["suppressed"])


def test_feelings_and_rules_know_it(shop, cli):
    from cxengine.engine import Engine
    from cxengine.rules.facts import all_facts

    result = Engine().run(shop)
    felt = {one.touchpoint: one for one in result.insight.feelings}
    assert {name: one.grade for name, one in felt.items()} == {
        "many": "moderate",
        "heavy": "weak",
        "few": "weak",
    }
    assert felt["heavy"].emotion.caution
    assert not felt["many"].pain.caution
    facts = all_facts(result.project, result.measurements, result.insight, result.rox)
    told = {
        subject.id: known["metrics"]["csat"]["caution"]
        for subject, known in facts.items()
        if subject.about == "touchpoint"
    }
    assert told == {"many": False, "heavy": True, "few": True}


def test_the_report_says_it_beside_the_figure(shop, cli):
    text = PROJECT + '\n[roadmap]\nstart = 2026-01-05\nweeks = 10\n\n[[export]]\nid = "page"\nuse = "html"\n'
    (shop / "cxengine.toml").write_text(text, encoding="utf-8")
    code, out, err = cli("run", shop, "--out", shop / "out")
    assert code == 0, out + err
    page = (shop / "out/report.html").read_text(encoding="utf-8")
    assert "few answers</span>" in page
    assert re.search(r"worth \d answers</span>", page)


def test_what_is_shown_as_the_least_carries_none():
    assert few([29.4, 29.6, 30.0, 30.4], 30).tolist() == [True, False, False, False]
