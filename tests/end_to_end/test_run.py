"""The whole way, from TOML and evidence to a folder with the roadmap."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cxengine import Engine

RULESETS = Path(__file__).parents[2] / "rulesets"


def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cxengine", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment or None)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """The folder of a run of the online shop, and what the command said."""
    folder = tmp_path_factory.mktemp("runs") / "online-shop"
    return folder, run("run", RULESETS / "online-shop", "--out", folder)


def test_the_demo_names_its_folder_and_the_three_first_items_with_reasons(shop):
    folder, said = shop
    assert said.returncode == 1, said.stderr  # the data hold errors on purpose, and they are findings
    assert f"Wrote {folder}" in said.stdout
    assert not said.stderr
    items = json.loads((folder / "roadmap.json").read_text(encoding="utf-8"))["items"]
    for item in items[:3]:
        assert f"{item['rank']}. {item['name']}" in said.stdout
        assert f"   - {item['reasons'][0]['text']}" in said.stdout


def test_two_runs_differ_in_nothing_but_the_timings(shop, tmp_path):
    first, _ = shop
    second = tmp_path / "again"
    run("run", RULESETS / "online-shop", "--out", second)
    files = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(second) for path in second.rglob("*") if path.is_file())
    for name in files:
        one, other = (first / name).read_bytes(), (second / name).read_bytes()
        if name == Path("run.json"):
            one, other = ({**json.loads(text), "timings": {}} for text in (one, other))
        assert one == other, f"{name} differs"


def test_the_manifest_accounts_for_every_row_and_every_answer(shop):
    folder, _ = shop
    accounts = json.loads((folder / "run.json").read_text(encoding="utf-8"))["evidence"]
    assert accounts
    for account in accounts:
        assert account["rows_read"] == account["rows_used"] + account["rows_quarantined"]
        assert (
            account["values_read"]
            == account["values_used"] + account["values_blank"] + account["values_quarantined"]
        )
    assert sum(account["rows_quarantined"] + account["values_quarantined"] for account in accounts) > 0


def test_the_manifest_says_what_was_asked_of_the_answers_once_more(shop):
    folder, _ = shop
    scans = json.loads((folder / "run.json").read_text(encoding="utf-8"))["scans"]
    assert {"signal": "satisfaction", "reason": "how many persons are behind a cell"} in scans


def test_no_customer_id_reaches_any_output(shop):
    folder, _ = shop
    survey = (RULESETS / "online-shop" / "data").glob("*.csv")
    header, first, *_ = next(iter(sorted(survey))).read_text(encoding="utf-8").splitlines()
    customer = dict(zip(header.split(","), first.split(","), strict=False))
    ids = {
        value
        for name, value in customer.items()
        if "customer" in name.lower() and name.lower().endswith("id")
    }
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(value.encode() in content for value in ids)


def test_an_embedder_gets_values(tmp_path):
    engine = Engine()
    result = engine.run(RULESETS / "online-shop")
    nps = result.measurements.get("nps", "journey", result.project.project.id)
    assert nps is not None
    assert nps.low < nps.value < nps.high
    assert nps.n > 100
    assert result.roadmap is not None
    files = engine.write(result, tmp_path / "run")
    assert {path.name for path in files} >= {
        "run.json",
        "roadmap.json",
        "measurements.parquet",
        "report.html",
    }
    report = next(path for path in files if path.name == "report.html")
    assert report.stat().st_size < 1_500_000, "a page that one can send round"
