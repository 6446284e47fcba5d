"""The demo: the ruleset agrees with the planted truth, and a run finds it."""

from pathlib import Path

import pytest

from cxengine import cel
from cxengine.evidence.collect import collect
from cxengine.journey import build, check, paths
from cxengine.project.load import load
from cxengine.rules.compiler import compile_rules
from cxengine.testing import shop, shop_files

FOLDER = Path(__file__).parents[2] / "rulesets" / "online-shop"


@pytest.fixture(scope="module")
def loaded():
    return load(FOLDER)


@pytest.fixture(scope="module")
def evidence(loaded):
    return collect(loaded)


# --- what is written -------------------------------------------------------------------------------


def test_it_loads_without_a_warning(loaded):
    assert loaded.warnings == ()
    assert compile_rules(loaded.project, loaded.origins).warnings == ()


def test_the_journey_has_no_fault(loaded):
    findings = check(loaded.project, loaded.origins)
    assert {finding.severity for finding in findings} == {"note"}
    assert all(finding.location.line > 1 for finding in findings)


def test_every_stage_is_walked_through(loaded):
    graph = build(loaded.project)
    assert {data["stage"] for _, data in graph.nodes(data=True)} == {s.id for s in loaded.project.stages}
    walked = {step for path in paths(graph, at_most=5000) for step in path}
    assert walked == set(graph)


def test_it_has_what_a_shop_has(loaded):
    project = loaded.project
    assert 20 <= len(project.touchpoints) <= 25
    assert 18 <= len(project.initiatives) <= 25
    assert len(project.rules) >= 12
    assert {rule.about for rule in project.rules} == {"touchpoint", "cell", "initiative"}
    assert {metric.use for metric in project.metrics} == {
        "nps",
        "csat_mean",
        "csat_t2b",
        "ces",
        "share",
        "mean",
    }
    assert {export.use for export in project.exports} == {"json", "markdown", "csv", "mermaid", "html"}
    assert all(area.team for area in project.areas)


def test_every_planted_touchpoint_is_on_the_map_and_asked_about(loaded):
    seen = {t.id for t in loaded.project.touchpoints if t.frontstage}
    assert seen == {planted.id for planted in shop.TRUTH.touchpoints}
    survey = next(source for source in loaded.project.sources if source.id == "survey")
    asked = next(wide for wide in survey.mapping.signals if wide.signal == "satisfaction")
    assert set(asked.columns.values()) == seen


def test_segments_are_those_of_the_truth(loaded):
    environment = cel.Environment(variables={"attributes": cel.DYN})
    for segment in loaded.project.segments:
        program = environment.compile(segment.when)
        for profile in shop.TRUTH.profiles:
            known = profile.attributes
            attributes = {
                "customer_type": known["customer_type"],
                "device": known["device"],
                "member": known["member"],
                "country": "abroad" if known["abroad"] else "home",
                "order_value": shop.LARGE_ORDER if known["large"] else shop.LARGE_ORDER - 0.01,
            }
            assert program({"attributes": attributes}) == shop.TRUTH.belongs(profile, segment.id)


# --- what a run finds ------------------------------------------------------------------------------


def test_exactly_the_planted_mistakes_are_quarantined(evidence):
    found = {
        (row["origin"].rpartition("/")[2], row["position"], row["column"], row["value"])
        for row in evidence.quarantine.to_pylist()
    }
    assert found == {(m.file, m.row, m.column, m.text) for m in shop_files.MISTAKES}


def test_every_row_is_accounted_for(evidence):
    read = {account.source: account.rows_read for account in evidence.accounts}
    assert read == {"survey": 3000, "tickets": 1800, "reviews": 600, "orders": 2400}
    for account in evidence.accounts:
        assert account.rows_read == account.rows_used + account.rows_quarantined
        values = account.values_used + account.values_blank + account.values_quarantined
        assert account.values_read == values
