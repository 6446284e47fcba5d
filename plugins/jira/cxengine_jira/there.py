"""What Jira holds of a roadmap already: for each item the issue that counts, and those that are too many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from cxengine_jira import service
from cxengine_jira.identity import PROPERTY, Record, item_label, scope_label

if TYPE_CHECKING:
    from cxengine.plugin.http import Client

ALWAYS = (
    "summary", "status", "labels", "issuelinks", "project", "parent",
    "comment", "attachment", "worklog", "created", "updated",
)  # fmt: skip


@attrs.frozen
class Issue:
    """An issue as search or a look at it gives it."""

    key: str
    id: int
    fields: Mapping[str, Any] = attrs.field(repr=False)
    record: Record | None

    @classmethod
    def read(cls, found: Mapping[str, Any]) -> Issue:
        """From the JSON of an issue."""
        record = Record.read((found.get("properties") or {}).get(PROPERTY))
        return cls(found["key"], int(found["id"]), found.get("fields") or {}, record)

    @property
    def labels(self) -> Sequence[str]:
        """Its labels."""
        return self.fields.get("labels") or ()

    @property
    def status(self) -> str:
        """The name of its status."""
        return str((self.fields.get("status") or {}).get("name", ""))

    @property
    def category(self) -> str:
        """`new`, `indeterminate` or `done`."""
        return str(((self.fields.get("status") or {}).get("statusCategory") or {}).get("key", ""))

    @property
    def project(self) -> str:
        """The key of the project that it is in."""
        return str((self.fields.get("project") or {}).get("key", ""))

    @property
    def discussed(self) -> bool:
        """Whether people have left something on it."""
        counts = [(self.fields.get(name) or {}).get("total") for name in ("comment", "worklog")]
        return any(counts) or bool(self.fields.get("attachment"))

    def blocked_by(self, link_type: str) -> set[str]:
        """Keys of the issues that it waits for."""
        return {
            link["inwardIssue"]["key"]
            for link in self.fields.get("issuelinks") or ()
            if "inwardIssue" in link and (link.get("type") or {}).get("name") == link_type
        }


@attrs.frozen
class There:
    """What was found: the issue of each item, further issues of the same item, and those retired before."""

    issues: Mapping[str, Issue]
    more: Mapping[str, Sequence[Issue]]
    retired: Mapping[str, str]
    """Key of a retired issue to the item it was a second issue of."""

    def second_ones(self) -> set[str]:
        """Keys of the issues that are one too many, retired or not."""
        return {one.key for rest in self.more.values() for one in rest} | set(self.retired)

    def item_of(self, key: str) -> str | None:
        """The item that the issue with this key counts for."""
        return next((item for item, issue in self.issues.items() if issue.key == key), None)


def look(
    client: Client,
    *,
    roadmap: str,
    project: str,
    items: Iterable[str],
    fields: Sequence[str],
) -> There:
    """Finds everything of a roadmap, by its own label, then what is missing by the labels of the items."""
    asked = [*ALWAYS, *fields]
    found = [Issue.read(one) for one in service.labelled(client, [scope_label(roadmap)], asked)]
    there = sort_out(found, roadmap, project)
    missing = [item_label(roadmap, item) for item in items if item not in there.issues]
    if not missing:
        return there
    keys = {issue.key for issue in found}
    more = [Issue.read(one) for one in service.labelled(client, missing, asked)]
    return sort_out([*found, *(issue for issue in more if issue.key not in keys)], roadmap, project)


def sort_out(found: Iterable[Issue], roadmap: str, project: str) -> There:
    """For each item the oldest issue that cxengine made counts, else the oldest with its label."""
    by_item: dict[str, list[Issue]] = {}
    retired: dict[str, str] = {}
    for issue in sorted(found, key=_age):
        if (item := item_of(issue, roadmap, project)) is None:
            continue
        if issue.record and issue.record.duplicate_of and item_label(roadmap, item) not in issue.labels:
            retired[issue.key] = item
        else:
            by_item.setdefault(item, []).append(issue)
    issues: dict[str, Issue] = {}
    more: dict[str, Sequence[Issue]] = {}
    for item, some in by_item.items():
        own = [issue for issue in some if issue.record and not issue.record.duplicate_of]
        issues[item] = (own or some)[0]
        more[item] = tuple(issue for issue in some if issue.key != issues[item].key)
    return There(issues, {item: rest for item, rest in more.items() if rest}, retired)


def item_of(issue: Issue, roadmap: str, project: str) -> str | None:
    """The item that an issue belongs to: what the property says, else the label; None for no item."""
    if issue.record is not None:
        mine = issue.record.roadmap == roadmap and issue.record.project == project
        return issue.record.item if mine else None
    if issue.project != project:
        return None
    start = item_label(roadmap, "")
    return next(
        (label.removeprefix(start) for label in sorted(issue.labels) if label.startswith(start)), None
    )


def _age(issue: Issue) -> int:
    return issue.id
