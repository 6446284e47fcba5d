"""The conformance kits of cxengine, for the exporter and the source."""

from cxengine_jira.exporter import Jira
from cxengine_jira.source import JiraIssues
from fake_jira import FakeJira
from jira_contract import checker

from cxengine.testing import RemoteExporterTests, SourceTests

CONNECTION = {"site": "https://acme.atlassian.net", "user": "roadmap@acme.example", "token": "env:JIRA_TOKEN"}
OPTIONS = {**CONNECTION, "project": "SHOP"}


class TestJira(RemoteExporterTests):
    plugin = Jira
    options = {**OPTIONS, "custom": {"Impact": "impact", "Size": "quadrant", "Success": "success"}}
    files = ("jira-import.txt", "jira.csv")
    refused = {
        "site": {**OPTIONS, "site": "acme"},
        "token": {**OPTIONS, "token": "abc"},
        "project": {**OPTIONS, "project": "the shop"},
        "removed": {**OPTIONS, "removed": "delete"},
        "owned": {**OPTIONS, "owned": {"summary": "me"}},
        "custom": {**OPTIONS, "custom": {"Impact": "inpact"}},
        "search_lag": {**OPTIONS, "search_lag": -1},
    }

    def service(self):
        return FakeJira(check=checker())


class TestIssues(SourceTests):
    plugin = JiraIssues
    options = OPTIONS
    refused = {"site": {**OPTIONS, "site": "ftp://x"}, "token": {**OPTIONS, "token": "abc"}}
    rows = 11

    def service(self):
        fake = self.empty()
        for number in range(11):
            fake.put_in("SHOP", f"Issue {number}", labels=["late"], duedate="2026-02-01")
        return fake.play

    def empty_service(self):
        return self.empty().play

    def empty(self):
        fake = FakeJira(check=checker())
        fake.issues.clear()
        return fake
