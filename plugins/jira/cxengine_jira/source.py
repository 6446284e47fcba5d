"""The source `jira`: issues with their status and how long they took, one row an issue."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from cxengine.plugin import Batch, Source, option
from cxengine_jira import service
from cxengine_jira.identity import PROPERTY, Record
from cxengine_jira.options import Connection, project_key

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS = (
    "key", "item", "summary", "type", "status", "status_category", "created", "resolved", "due", "days",
    "days_late", "parent", "labels", "project", "assigned",
)  # fmt: skip
FIELDS = (
    "summary", "issuetype", "status", "created", "resolutiondate", "duedate", "parent", "labels", "project",
    "assignee",
)  # fmt: skip
ROWS = 1000


@attrs.frozen(kw_only=True)
class IssuesOptions(Connection):
    """Which issues are read."""

    project: str = option('Key of the Jira project, such as "SHOP".', validator=project_key)
    jql: str = option(
        'Further condition in JQL, such as "issuetype = Epic" or "labels = cx-shop".', default=""
    )


class JiraIssues(Source):
    """Reads issues of a Jira project: status, when they were made and resolved, the days that took."""

    name = "jira"
    Options = IssuesOptions
    options: IssuesOptions

    def __init__(self, options: IssuesOptions, folder: Path) -> None:
        super().__init__(options, folder)

    def read(self) -> Iterator[Batch]:
        """All issues, in the order in which Jira made them.

        Raises:
            RemoteError: Jira refuses or fails.
        """
        import pyarrow as pa

        schema = pa.schema([(name, pa.string()) for name in COLUMNS])
        for start in range(0, len(self._issues), ROWS):
            rows = self._issues[start : start + ROWS]
            positions: pa.Int64Array = pa.array(range(start + 1, start + 1 + len(rows)), pa.int64())
            yield Batch(self._origin, pa.RecordBatch.from_pylist(rows, schema=schema), positions)

    def fingerprints(self) -> Mapping[str, str]:
        """The question, with a hash of the answer."""
        content = json.dumps(self._issues, sort_keys=True, ensure_ascii=False).encode()
        return {self._origin: hashlib.sha256(content).hexdigest()}

    @property
    def _origin(self) -> str:
        return f"{self.options.site.rstrip('/')}: {self._jql}"

    @property
    def _jql(self) -> str:
        project = f"project = {service.quoted(self.options.project)}"
        return f"{project} AND ({self.options.jql})" if self.options.jql else project

    @cached_property
    def _issues(self) -> list[dict[str, str | None]]:
        """The rows; read once, because what counts as input must be what was read."""
        with service.connect(self.network, self.options) as client:
            found = list(service.search(client, f"{self._jql} ORDER BY created ASC, key ASC", FIELDS))
        return [row(issue) for issue in sorted(found, key=service.age)]


def row(issue: Mapping[str, Any]) -> dict[str, str | None]:
    """An issue as texts, as Jira writes them; days are counted on the calendar of UTC."""
    fields = issue.get("fields") or {}
    record = Record.read((issue.get("properties") or {}).get(PROPERTY))
    status = fields.get("status") or {}
    resolved, due = fields.get("resolutiondate"), fields.get("duedate")
    return {
        "key": issue["key"],
        "item": record.item if record else None,
        "summary": fields.get("summary"),
        "type": (fields.get("issuetype") or {}).get("name"),
        "status": status.get("name"),
        "status_category": (status.get("statusCategory") or {}).get("key"),
        "created": _moment_text(fields.get("created")),
        "resolved": _moment_text(resolved),
        "due": due,
        "days": _days(fields.get("created"), resolved),
        "days_late": _days(due, resolved),
        "parent": (fields.get("parent") or {}).get("key"),
        "labels": " ".join(fields.get("labels") or ()) or None,
        "project": (fields.get("project") or {}).get("key"),
        "assigned": "yes" if fields.get("assignee") else "no",
    }


def _moment(text: str) -> dt.datetime:
    """Jira writes zones without a colon, and days without a time."""
    moment = dt.datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _moment_text(text: str | None) -> str | None:
    return _moment(text).isoformat() if text else None


def _days(start: str | None, end: str | None) -> str | None:
    """Days between two moments; of a date its last moment counts."""
    if not start or not end:
        return None
    first, last = _moment(start), _moment(end)
    if len(start) == len("2026-01-05"):
        return str((last.astimezone(dt.UTC).date() - first.date()).days)
    return f"{(last - first).total_seconds() / 86400:.2f}"
