"""`cxengine insight` on the demo: all findings, what matters most first; filters; JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from cxengine import Engine
from cxengine.cli import cxengine as cli
from cxengine.insight.published import insight_schema

SHOP = Path(__file__).parents[2] / "rulesets" / "online-shop"


@pytest.fixture(scope="module")
def result():
    return Engine().run(SHOP)


@pytest.fixture
def told(result, monkeypatch):
    """The output of the command with options; the demo is run once."""
    monkeypatch.setattr(Engine, "run", lambda *_, **__: result)

    def run(*options):
        done = CliRunner().invoke(cli, ["insight", str(SHOP), *options])
        assert done.exit_code == 0, done.output
        return done.stdout

    return run


def test_what_is_printed(told, golden):
    text = told()
    assert max(map(len, text.splitlines())) <= 100
    golden(Path(__file__).parent / "insight" / "online-shop.txt", text)


def test_what_matters_most_comes_first_whatever_its_kind(told):
    content = json.loads(told("--json"))
    Draft202012Validator(insight_schema()).validate(content)
    findings = content["findings"]
    weights = [finding["matters"] for finding in findings]
    assert weights == sorted(weights, reverse=True)
    assert 0 <= min(weights) <= max(weights) <= 100
    assert {"pain", "love", "change", "theme", "gap", "moment of truth"} <= {f["kind"] for f in findings}
    assert all(finding["text"] and finding["caution"] for finding in findings)


def test_the_planted_changes_are_told(told):
    """A new carrier and a relaunched search, as the demo was planted."""
    changes = [f for f in json.loads(told("--json"))["findings"] if f["kind"] == "change"]
    told_of = {(f["subject"], f["effect"] > 0) for f in changes}
    assert ("delivery", False) in told_of
    assert ("search", True) in told_of
    assert {subject for subject, _ in told_of} <= {"delivery", "search", "online-shop"}


def test_filters(told):
    text = told("--kind", "change", "--kind", "pain", "--touchpoint", "delivery", "--top", "1")
    assert len([line for line in text.splitlines() if line[:3].strip()]) == 1
    assert "Delivery hurts" in text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--kind", "paim"), "There is no kind of finding 'paim'; there are: driver, segment driver,"),
        (("--touchpoint", "delivry"), "There is no touchpoint 'delivry'; there are: room-ideas,"),
        (("--top", "0"), "0 is not in the range x>=1"),
    ],
)
def test_what_is_not_there_is_named(options, message):
    done = CliRunner().invoke(cli, ["insight", str(SHOP), *options])
    assert done.exit_code == 2
    assert message in done.stderr
