"""The catalogue of metrics: its examples load and run, and metrics of other plugins are told alike."""

from __future__ import annotations

import math
import random
import re
import tomllib
from pathlib import Path
from typing import ClassVar

import pytest
from cxengine_standard.metrics import METRICS, Mean

from cxengine.engine import Engine
from cxengine.plugin import Registry, hookimpl
from cxengine.project.catalogue import Coverage, catalogue, entry, example

DOCS = Path(__file__).parents[2] / "docs"
MAP = """
[project]
id = "shop"
name = "Shop"

[privacy]
minimum_n = 1

[[stage]]
id = "only"
name = "Only"

[[touchpoint]]
id = "visit"
name = "Visit"
stage = "only"
"""
SOURCE = """
[[source]]
id = "answers"
options = {{ path = "answers.csv" }}

[source.mapping]
response_id = "id"
occurred_at = "day"

[[source.mapping.signals]]
signal = "{id}"
columns = {{ value = "{place}" }}
"""


def written(folder: Path, name: str, rows: list[dict[str, object]]) -> None:
    lines = [",".join(rows[0]), *(",".join(str(value) for value in row.values()) for row in rows)]
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def day(number: int) -> str:
    return f"{2023 + number // 365}-{number % 365 // 31 + 1:02}-{number % 365 % 31 % 28 + 1:02}"


def tier(number: int) -> str:
    return "free" if number % 5 < 2 else "paid"


def project(folder: Path, text: str, counted: tuple[str, ...] = ("paid", "free")) -> Path:
    """The example with a map, a source for its signal where it shows none, and the files that it names.

    Tiers that are not `counted` pay and take nothing, and answer the least that the scale has.
    """
    shown = tomllib.loads(text)
    signal = shown["signal"][0]
    chance = random.Random(1)
    if "source" not in shown:
        place = "journey" if signal.get("about") == "relationship" else "visit"
        text += SOURCE.format(id=signal["id"], place=place)
    scale = signal.get("scale")
    values = [chance.uniform(5, 50) for _ in range(200)]
    if scale:
        step = scale.get("step", 0.01)
        values = [
            scale["min"] + step * chance.randint(0, round((scale["max"] - scale["min"]) / step))
            for _ in range(200)
        ]
    elif signal["id"] == "cash":
        values = [value * (-1 if i % 3 else 4) for i, value in enumerate(values)]
    least = scale["min"] if scale else 0
    answers = [
        {"id": i, "day": day(i), "value": v if tier(i) in counted else least, "tier": tier(i)}
        for i, v in enumerate(values)
    ]
    written(folder, "answers.csv", answers)
    tickets = [
        {
            "ticket": i,
            "customer": f"c{i % 90}",
            "opened": f"{day(i)}T08:00:00",
            "replied": f"{day(i)}T{8 + i % 9:02}:30:00" if tier(i) in counted else f"{day(i)}T08:00:00",
            "resolved": f"{day(i)}T{9 + i % 12:02}:45:00" if tier(i) in counted else f"{day(i)}T08:00:00",
            "one": 1,
            "tier": tier(i),
        }
        for i in range(300)
    ]
    written(folder, "tickets.csv", tickets)
    purchases = [
        {
            "order": i,
            "customer": f"c{who}",
            "day": day(i),
            "amount": round(chance.lognormvariate(3, 0.5), 2) if tier(who) in counted else 0,
            "referred": "yes" if i % 3 else "no",
            "tier": tier(who),
        }
        for i in range(730)
        for who in [chance.randint(0, 149)]
    ]
    written(folder, "purchases.csv", purchases)
    customers = [
        {"customer": i, "months": (i % 40 + 1) * (tier(i) in counted), "gone": "yes" if i % 3 else "no"}
        | {"tier": tier(i)}
        for i in range(200)
    ]
    written(folder, "customers.csv", customers)
    (folder / "cxengine.toml").write_text(MAP + text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_every_metric_has_an_example_that_is_clean_and_measures(metric, tmp_path):
    text = example(metric)
    assert f'use = "{metric.name}"' in text
    engine = Engine(autoload=True)
    loaded = engine.load(project(tmp_path, text))
    assert [finding.message for finding in engine.check(loaded)] == []
    result = engine.run(loaded)
    [name] = loaded.metrics
    rows = [row for row in result.measurements.table.to_pylist() if row["metric"] == name]
    assert rows
    assert any(math.isfinite(row["value"]) and row["n"] for row in rows), rows


LEAST = {
    **dict.fromkeys(("nps", "sentiment", "formula"), -100.0),
    **dict.fromkeys(("csat_mean", "ces"), 1.0),
    **dict.fromkeys(("fcr_repeat", "resolved_within", "retention", "share"), 100.0),
    **dict.fromkeys(("csat_t2b", "fcr_agent", "fcr_survey", "churn", "returns", "referrals"), 0.0),
    **dict.fromkeys(("response_time", "resolution_time", "usage", "revenue", "mean"), 0.0),
    **dict.fromkeys(("clv_simple", "lifetime_revenue_simple"), 0.0),
    "roi": -100.0,  # what was invested
    "sales": 80.0,
}
"""The value of those who pay and take nothing, and answer the least; the other metrics have none of them."""

FREE = """
[[segment]]
id = "free"
name = "Free"
when = 'attributes.tier == "free"'
"""


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_every_metric_measures_beside_a_segment_of_zeros(metric, tmp_path):
    """A trial that costs nothing, one who gives the least to everything: they end no run of the others."""
    text = example(metric)
    if "[[source]]" not in text:
        signal = tomllib.loads(text)["signal"][0]
        text += SOURCE.format(
            id=signal["id"], place="journey" if signal.get("about") == "relationship" else "visit"
        )
    text = text.replace("[source.mapping]\n", '[source.mapping]\nattributes.tier = "tier"\n') + FREE
    engine = Engine(autoload=True)
    loaded = engine.load(project(tmp_path, text, counted=("paid",)))
    found = engine.run(loaded).measurements
    [name] = loaded.metrics
    rows = [row for row in found.table.to_pylist() if row["metric"] == name and row["period"] == "all"]
    assert any(row["segment"] == "all" and math.isfinite(row["value"]) for row in rows)
    zeros = [row for row in rows if row["segment"] == "free"]
    assert {row["value"] for row in zeros if row["level"] == "journey"} == {
        *([LEAST[metric.name]] if metric.name in LEAST else [])
    }
    for row in zeros:
        assert row["low"] <= row["value"] <= row["high"]


def test_the_tree_of_returns_is_clean_and_measures(tmp_path):
    page = (DOCS / "metrics.md").read_text(encoding="utf-8")
    [text] = re.findall(r"```toml\n(.*?)```", page[page.index("## Return on experience") :], flags=re.DOTALL)
    engine = Engine()
    loaded = engine.load(project(tmp_path, text))
    assert [finding.message for finding in engine.check(loaded)] == []
    [tree] = engine.run(loaded).rox
    assert tree.index is not None
    assert tree.ratio is not None
    assert tree.assumed == 0.0


class Calm(Mean):
    """How calm callers are.

    Formula: the mean of a hundred seconds of voice.

    Habits: asking them whether they are.

    Example:
        [[metric]]
        id = "calm"
        use = "calm"
    """

    name = "calm"
    title = "Calm"
    question = "How do they sound?"
    counts = "calls"


class Bare(Mean):
    """Nothing more is said."""

    name = "bare"
    title = "Bare"
    question = ""
    components: ClassVar[dict[str, str]] = {"total": "sum(value)"}
    adds_up = True


class Vendor:
    @hookimpl
    def cxengine_metrics(self):
        return [Calm, Bare]


def test_a_metric_of_another_plugin_is_told_alike():
    page = catalogue(Registry(autoload=False, plugins=[Vendor()]))
    assert page.index("**How do they sound?**") < page.index("**Other metrics**") < page.index("### calm")
    assert "| [`calm`](#calm) | Calm | of the signal, if any | as the signal says |" in page
    told = page[page.index("### calm") : page.index("### bare")]
    assert "- **Formula.** the mean of a hundred seconds of voice." in told
    assert "- **n** counts calls. **Good** is what the signal says." in told
    assert "- **Bad habits.** Asking them whether they are." in told
    assert '```toml\n[[metric]]\nid = "calm"\nuse = "calm"\n```' in told
    assert "| [`bare`](#bare) | answers | yes | once | design effect |" in page
    assert "```toml" not in page[page.index("### bare") : page.index("## What works where")]


def test_an_entry_tells_how_often_its_interval_holds_and_why_where_it_is_off():
    told = entry(Calm, [Coverage("voices", ("-", "93.0", "95.0", "95.1"), "few calls")])
    assert "| voices (few calls) | - | 93.0 | 95.0 | 95.1 |" in told
    assert "intervals hold" not in entry(Calm)


def test_the_page_has_every_row_of_the_coverage():
    page = (DOCS / "metrics.md").read_text(encoding="utf-8")
    rows = [line for line in (DOCS / "coverage.md").read_text("utf-8").splitlines() if line.startswith("| `")]
    assert len(rows) > 40
    for line in rows:
        name, planted, *held = (cell.strip() for cell in line.strip("|").split(" |")[:6])
        told = page[page.index(f"### {name.strip('`')}\n") :].split("\n### ")[0]
        [row] = [row for row in told.splitlines() if row.startswith(f"| {planted} ") and held[2] in row]
        assert row.endswith(" | ".join(held) + " |"), line
