"""The CSV for Jira's importer, and the rows that the source reads."""

import csv
import datetime as dt
import io
import os
from pathlib import Path

import attrs
import pytest
from cxengine_jira import adf, importer
from cxengine_jira.source import IssuesOptions, JiraIssues, row
from cxengine_jira.wanted import wanted
from fake_jira import STATUSES, FakeJira
from faulty_runs import OPTIONS
from hypothesis import given, settings
from hypothesis import strategies as st
from jira_contract import ABSENT, checker

from cxengine.plugin import Secret
from cxengine.plugin.http import Network
from cxengine.testing import runs
from cxengine.testing.network import StillClock, Trouble

DATA = Path(os.environ.get("CXENGINE_DATA") or Path(__file__).parent / "../../../../shared/data")
EXPORTED = DATA / "jira-export-software-en" / "Jira.csv"


def table(result=None, **options):
    chosen = attrs.evolve(OPTIONS, **options)
    text = importer.text(wanted(result or runs.planned(), chosen), chosen)
    return list(csv.reader(io.StringIO(text, newline="")))


def test_the_importer_finds_what_it_needs():
    header, *rows = table(labels=("roadmap",))
    assert header[:6] == ["Summary", "Issue id", "Parent", "Issue Type", "Description", "Due date"]
    assert header.count("Labels") > 2, "a field with several values repeats its header"
    assert all(len(row) == len(header) for row in rows), "every row is as wide as the header"
    assert all(name.replace(" ", "").isalnum() for name in header), "headers have no punctuation"
    first = dict(zip(header, rows[0], strict=True))
    assert dt.date.fromisoformat(first["Due date"])
    assert dt.date.fromisoformat(first["Start date"])
    seen = set()
    for one in rows:
        assert one[2] == "" or one[2] in seen, "a parent comes before its children"
        seen.add(one[1])
    assert [one[1] for one in rows] == [str(n + 1) for n in range(len(rows))]
    assert {one[3] for one in rows} == {"Epic", "Task"}


def test_dependencies_name_the_rows_they_wait_for():
    header, *rows = table(phases=False)
    blocked = header.index("Blocked by")
    number = {row[0]: row[1] for row in rows}
    waiting = next(row for row in rows if row[0] == "Choose the hour of delivery")
    assert waiting[blocked] == number["Say when it will really arrive"]


def test_no_cell_is_a_formula_and_lines_may_break():
    _, *rows = table(runs.with_odd_names())
    assert all(cell[:1] not in "=+-@" or not cell for one in rows for cell in one)
    assert any("\n" in one[4] for one in rows)


@pytest.mark.skipif(not EXPORTED.exists(), reason=f"there is no real export at {EXPORTED.resolve()}")
def test_headers_are_those_of_a_real_export():
    with EXPORTED.open(encoding="utf-8-sig", newline="") as file:
        real = set(next(csv.reader(file)))
    header = set(table()[0]) - {"Impact", "Blocked by", "Start date"}
    assert "Custom field (Start date)" in real
    assert header <= real | {"Components"}


@settings(max_examples=40, derandomize=True, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_a_valid_document_and_is_read_back(text):
    document = adf.document(adf.paragraph(text), adf.bullets(["a", text or "b"]))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    assert adf.plain(document).split("\n")[: len(lines)] == "\n".join(lines).split("\n")[: len(lines)]
    if (check := checker()) is not None:
        assert not list(check.adf.iter_errors(document))


@pytest.mark.skipif(checker() is None, reason=ABSENT)
def test_the_documents_of_the_vendor_are_there_and_refuse():
    """Where this skips, the fake answers unchecked."""
    import httpx

    check = checker()
    wrong = httpx.Request("POST", "https://acme.atlassian.net/rest/api/3/issue/bulk", json={"issues": []})
    with pytest.raises(AssertionError):
        check.request(wrong)
    many = {"issueUpdates": [{"fields": {}}] * 51}
    with pytest.raises(AssertionError):
        check.request(httpx.Request("POST", "https://acme.atlassian.net/rest/api/3/issue/bulk", json=many))


# --- the source --------------------------------------------------------------------------------------


def issue(**fields):
    return {"key": "SHOP-1", "id": "1", "fields": fields}


def test_days_are_counted_from_making_to_resolving_across_zones():
    made = row(issue(created="2026-01-01T23:00:00.000-0500", resolutiondate="2026-01-03T04:00:00.000+0000"))
    assert made["days"] == "1.00"
    assert made["created"] == "2026-01-01T23:00:00-05:00"


def test_days_late_count_calendar_days_after_the_due_date():
    late = row(issue(duedate="2026-01-05", resolutiondate="2026-01-08T01:00:00.000+0000"))
    assert late["days_late"] == "3"
    early = row(issue(duedate="2026-01-05", resolutiondate="2026-01-04T23:00:00.000+0000"))
    assert early["days_late"] == "-1"


def test_what_is_open_has_no_days():
    made = row(issue(created="2026-01-01T10:00:00.000+0000", status=STATUSES["In Progress"]))
    assert (made["days"], made["resolved"], made["status_category"]) == (None, None, "indeterminate")


def test_no_name_of_a_person_is_read():
    made = row(issue(assignee={"displayName": "Ada", "emailAddress": "ada@acme.example"}))
    assert made["assigned"] == "yes"
    assert "Ada" not in str(made)


def test_what_was_exported_is_read_back_with_its_item(monkeypatch):
    from test_plans import Desk

    monkeypatch.setenv("JIRA_TOKEN", "a-token-of-tests")
    desk = Desk()
    desk.apply()
    read = read_rows(desk.fake, jql='labels = "cx-kit"')
    items = [one["item"] for one in read]
    assert sorted(items) == sorted(desk.fake.alive())
    assert {one["status_category"] for one in read} == {"new"}


def read_rows(fake, **options):
    given_options = IssuesOptions(
        site="https://acme.atlassian.net",
        user="a@b.example",
        token=Secret("env", "JIRA_TOKEN"),
        project="SHOP",
        **options,
    )
    source = JiraIssues(given_options, Path())
    source.network = Network(transport=Trouble(fake.play), clock=StillClock())
    return [one for batch in source.read() for one in batch.rows.to_pylist()]


def test_the_fingerprint_is_of_what_was_read(monkeypatch):
    monkeypatch.setenv("JIRA_TOKEN", "a-token-of-tests")
    fake, found = FakeJira(check=checker()), []
    for _ in range(2):
        options = IssuesOptions(
            site="https://acme.atlassian.net",
            user="a@b.example",
            token=Secret("env", "JIRA_TOKEN"),
            project="SHOP",
        )
        source = JiraIssues(options, Path())
        source.network = Network(transport=Trouble(fake.play), clock=StillClock())
        found.append(dict(source.fingerprints()))
        fake.put_in("SHOP", "One more")
    assert found[0].keys() == found[1].keys()
    assert found[0] != found[1]
