"""Doing what was planned. Jira knows no transactions and its search lags, so every step can be done again.

Labels and the property travel in the request that makes an issue. Before an issue is made, and before a POST
is sent again, it is looked up by its label. Two runs may still make one each while search does not show
either: both then look again, agree on the older one, and each retires what it made itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import attrs

from cxengine.diagnostics import Diagnostic, PluginError
from cxengine.plugin import Change, Outcome, Plan
from cxengine.plugin.http import Refusal, RemoteError
from cxengine_jira import adf, service
from cxengine_jira.identity import DUPLICATE, PROPERTY, REMOVED, Record
from cxengine_jira.there import ALWAYS, Issue, sort_out

if TYPE_CHECKING:
    from cxengine.plugin.http import Client, Clock

ISSUES = ("epic", "issue")
REFUSED = frozenset({400, 403, 404, 409, 413, 422})
"""Statuses that are about the one thing that was asked for; others are about everything."""
LISTS = {"component": "components", "version": "fixVersions"}


def apply(client: Client, plan: Plan, *, lag: float, closed_status: str, clock: Clock) -> Iterator[Outcome]:
    """One outcome a pending change, in their order.

    Raises:
        RemoteError: Jira fails for good.
    """
    applier = Applier(client, lag, closed_status, clock)
    for change in plan.changes:
        if change.remote and change.kind in ISSUES and "#" not in change.id:
            applier.keys[change.id] = change.remote
    for (kind, action), group in groupby(plan.pending, key=_step):
        if kind in ISSUES and action == "create":
            yield from applier.create(list(group))
        else:
            yield from map(applier.one, group)


def _step(change: Change) -> tuple[str, str]:
    return change.kind, change.action


@attrs.define
class Applier:
    """Applies the changes of one plan, one kind after the other."""

    client: Client
    lag: float
    closed_status: str
    clock: Clock
    keys: dict[str, str] = attrs.field(factory=dict)
    """Item to the key of its issue."""
    absent: dict[str, set[str]] = attrs.field(factory=dict)
    """Components and versions that could not be made, by the field that would name them."""

    def one(self, change: Change) -> Outcome:
        """Applies anything but new issues."""
        steps = {
            "component": self._component,
            "version": self._version,
            "link": self._link,
        }
        step = steps.get(change.kind) or (self._change if change.action == "change" else self._close)
        try:
            return step(change)
        except RemoteError as error:
            if error.status not in REFUSED:
                raise
            if change.action == "create" and change.kind in LISTS:
                self.absent.setdefault(LISTS[change.kind], set()).add(change.name)
            return _failed(change, error.diagnostics[0].message)
        except PluginError as error:
            found = error.diagnostics[0]
            return _failed(change, " ".join(filter(None, [found.message, found.hint])))

    # --- components, versions, links ---------------------------------------------------------------

    def _component(self, change: Change) -> Outcome:
        body = change.detail["body"]
        return self._named(change, "component", f"project/{body['project']}/components", body)

    def _version(self, change: Change) -> Outcome:
        body = change.detail["body"]
        if change.action == "change":
            self.client.put(f"version/{change.remote}", json=body)
            return _done(change, change.remote)
        return self._named(change, "version", f"project/{body['projectId']}/versions", body)

    def _named(self, change: Change, path: str, listed: str, body: Mapping[str, Any]) -> Outcome:
        """Makes what has a name that Jira allows once in a project."""

        def find() -> str | None:
            there = self.client.get(listed).json()
            return next((str(one["id"]) for one in there if one["name"] == body["name"]), None)

        if (known := find()) is not None:
            return _done(change, known)
        try:
            made = self.client.create(path, json=body, find=find, read=lambda r: str(r.json()["id"]))
        except RemoteError as error:
            if error.status not in REFUSED or (by_another := find()) is None:
                raise
            made = by_another
        return _done(change, made)

    def _link(self, change: Change) -> Outcome:
        detail = change.detail
        first, then = (self.keys.get(detail[end], detail[f"{end}_key"]) for end in ("from", "to"))
        if not first or not then:
            return _failed(change, f"There is no issue of {detail['to'] if first else detail['from']}.")
        issue = Issue.read(self.client.get(f"issue/{then}", params={"fields": "issuelinks"}).json())
        if first not in issue.blocked_by(detail["type"]):
            ends = {"inwardIssue": {"key": first}, "outwardIssue": {"key": then}}
            # A second link of the same kind between the same issues is none: Jira says that it is made.
            self.client.post("issueLink", json={"type": {"name": detail["type"]}, **ends}, repeatable=True)
        return _done(change, f"{first}>{then}")

    # --- new issues --------------------------------------------------------------------------------

    def create(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """Makes the issues that are not there yet, fifty at a time, and looks whether others did too."""
        found = self._find({change.id: change for change in changes})
        bodies = {c.id: body for c in changes if c.id not in found and (body := self._body(c)) is not None}
        labels = {change.id: change for change in changes}
        made: dict[str, tuple[str, str] | Refusal] = self.client.create_all(
            "issue/bulk",
            bodies,
            body=lambda wanted: {"issueUpdates": list(wanted.values())},
            find=lambda ids: self._find({one: labels[one] for one in ids}),
            read=service.read_bulk,
            bulk=service.BULK,
            settle=self.lag,
            also_read=(400,),
        )
        new = {item: one for item, one in made.items() if not isinstance(one, Refusal)}
        retired = self._settle({item: labels[item] for item in new}, new) if new else {}
        for change in changes:
            yield self._made(change, found, made, retired)

    def _made(
        self,
        change: Change,
        found: Mapping[str, tuple[str, str]],
        made: Mapping[str, tuple[str, str] | Refusal],
        retired: Mapping[str, str],
    ) -> Outcome:
        one = found.get(change.id) or made.get(change.id)
        if one is None:
            return _failed(change, f"There is no issue of {change.detail['parent']}, below which it belongs.")
        if isinstance(one, Refusal):
            return _failed(change, one.message)
        key = self.keys.setdefault(change.id, one[0])
        second = f"{retired[change.id]} was a second one and is retired" if change.id in retired else ""
        return attrs.evolve(_done(change, key), message=second)

    def _body(self, change: Change) -> Mapping[str, Any] | None:
        """What is posted for a new issue; None where the issue that it belongs under is not there."""
        detail = change.detail
        fields, record = dict(detail["fields"]), dict(detail["record"])
        record["written"] = dict(record["written"])
        if detail["parent"]:
            parent = self.keys.get(detail["parent"], detail["parent_key"])
            if not parent:
                return None
            fields |= {"parent": {"key": parent}} if "parent" in record["written"] else {}
        for name, absent in self.absent.items():
            if name in fields:
                fields[name] = [one for one in fields[name] if one["name"] not in absent]
                record["written"][name] = [one["name"] for one in fields[name]]
        return {"fields": fields, "properties": [{"key": PROPERTY, "value": record}]}

    def _find(self, changes: Mapping[str, Change]) -> dict[str, tuple[str, str]]:
        """Key and id of the issue of each item that search finds."""
        issues = {item: some[0] for item, some in self._all(changes).items()}
        self.keys |= {item: issue.key for item, issue in issues.items()}
        return {item: (issue.key, str(issue.id)) for item, issue in issues.items()}

    def _all(self, changes: Mapping[str, Change], surely: Sequence[str] = ()) -> dict[str, list[Issue]]:
        """All issues that search finds of each item, the one that counts first."""
        if not changes:
            return {}
        detail = next(iter(changes.values())).detail
        labels = [change.detail["label"] for change in changes.values()]
        found = [Issue.read(one) for one in service.labelled(self.client, labels, ALWAYS, surely)]
        there = sort_out(found, detail["roadmap"], detail["project"])
        return {
            item: [one, *there.more.get(item, ())] for item, one in there.issues.items() if item in changes
        }

    def _settle(self, changes: Mapping[str, Change], new: Mapping[str, tuple[str, str]]) -> Mapping[str, str]:
        """Looks again once search has caught up; where another run was earlier, retires its own."""
        self.clock.sleep(self.lag)
        retired: dict[str, str] = {}
        for item, issues in self._all(changes, [one[1] for one in new.values()]).items():
            first, mine = issues[0], new[item][0]
            self.keys[item] = first.key
            own = next((issue for issue in issues[1:] if issue.key == mine), None)
            if own is not None and not own.discussed and own.category == "new":
                record = {**changes[item].detail["record"], "duplicate_of": first.key}
                self._retire(mine, changes[item].detail["label"], record)
                retired[item] = mine
        return retired

    # --- known issues ------------------------------------------------------------------------------

    def _look(self, key: str, more: Sequence[str] = ()) -> Issue:
        fields = ",".join([*ALWAYS, *more])
        return Issue.read(
            self.client.get(f"issue/{key}", params={"fields": fields, "properties": PROPERTY}).json()
        )

    def _change(self, change: Change) -> Outcome:
        detail, key = change.detail, change.remote
        issue = self._look(key, list(detail["seen"]))
        moved = [
            name
            for name, seen in detail["seen"].items()
            if not same(issue.fields.get(name), seen)
            and not same(issue.fields.get(name), detail["fields"].get(name))
        ]
        if moved:
            message = f"{key} was changed in Jira since this was planned: {', '.join(moved)}. Plan again."
            return Outcome(change=change, status="skipped", remote=key, message=message)
        if detail["reopen"] and issue.category == "done":
            open_again = attrs.evolve(issue.record or Record(**_plain(detail["record"])), closed=False)
            self._transition(key, open_again.to_json(), done=False)
        fields = dict(detail["fields"])
        if detail["parent"] and (parent := self.keys.get(detail["parent"], detail["parent_key"])):
            fields["parent"] = {"key": parent}
        body = {"fields": fields, "update": self._present(detail["update"])}
        properties = [{"key": PROPERTY, "value": detail["record"]}]
        self.client.put(
            f"issue/{key}", json={k: v for k, v in body.items() if v} | {"properties": properties}
        )
        return _done(change, key)

    def _present(self, update: Mapping[str, Any]) -> Mapping[str, Any]:
        """Without components and versions that could not be made."""
        kept: dict[str, Any] = {}
        for name, operations in update.items():
            absent = self.absent.get(name, set())
            left = [one for one in operations if not ("add" in one and _name(one["add"]) in absent)]
            kept |= {name: left} if left else {}
        return kept

    def _close(self, change: Change) -> Outcome:
        detail, key = change.detail, change.remote
        if detail["how"] == "retire":
            issue = self._look(key)
            if issue.discussed or issue.category == "indeterminate":
                message = f"Somebody works on {key} now. Plan again."
                return Outcome(change=change, status="skipped", remote=key, message=message)
            self._retire(key, detail["label"], detail["record"])
            return _done(change, key)
        properties = [{"key": PROPERTY, "value": detail["record"]}]
        if detail["how"] == "label":
            update = {"labels": [{"add": REMOVED}]}
            self.client.put(f"issue/{key}", json={"update": update, "properties": properties})
            return _done(change, key)
        issue = self._look(key)
        if issue.category == "done":
            return _done(change, key)
        if issue.status != change.fields[0].before:
            message = f"{key} is {issue.status} now, and was {change.fields[0].before} when this was planned."
            return Outcome(change=change, status="skipped", remote=key, message=message)
        self._transition(key, detail["record"], done=True)
        return _done(change, key)

    def _retire(self, key: str, label: str, record: Mapping[str, Any]) -> None:
        """Closes a second issue, then takes the label off by which it would be found."""
        if self._look(key).category != "done":
            self._transition(key, record, done=True)
        labels = [{"remove": label}, {"add": DUPLICATE}]
        properties = [{"key": PROPERTY, "value": record}]
        self.client.put(f"issue/{key}", json={"update": {"labels": labels}, "properties": properties})

    def _transition(self, key: str, record: Mapping[str, Any], *, done: bool) -> None:
        """Moves an issue into a status that is done, or one that is not; the property goes along.

        Raises:
            PluginError: CX354, the workflow has no such way for this account.
        """
        ways = self.client.get(f"issue/{key}/transitions").json().get("transitions", [])
        fit = [way for way in ways if (_category(way) == "done") == done]
        named = [way for way in fit if done and self.closed_status in (way["to"]["name"], way.get("name"))]
        chosen = (named or fit) if not (done and self.closed_status) else named
        if not chosen:
            names = ", ".join(sorted(str(way["to"]["name"]) for way in ways)) or "none"
            what = self.closed_status or ("a status that is done" if done else "a status that is not done")
            hint = f"Its workflow leads from here to: {names}. Move it by hand, or set `closed_status`."
            raise PluginError(Diagnostic("CX354", f"{key} cannot be moved to {what}.", hint=hint))
        self.client.create(
            f"issue/{key}/transitions",
            json={"transition": {"id": chosen[0]["id"]}, "properties": [{"key": PROPERTY, "value": record}]},
            find=lambda: key if (self._look(key).category == "done") == done else None,
            read=lambda _: key,
        )


def same(one: Any, other: Any) -> bool:
    """Whether two raw values of a field mean the same: Jira adds to what it is sent."""
    return bool(_meaning(one) == _meaning(other))


def _meaning(value: Any) -> Any:
    if isinstance(value, Mapping):
        return adf.plain(value) if value.get("type") == "doc" else _name(value)
    if isinstance(value, list):
        return sorted(str(_meaning(one)) for one in value)
    return value or None


def _name(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return next((value[key] for key in ("value", "name", "key") if key in value), None)


def _plain(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: record[name] for name in attrs.fields_dict(Record) if name in record}


def _category(way: Mapping[str, Any]) -> str:
    return str(((way.get("to") or {}).get("statusCategory") or {}).get("key", ""))


def _done(change: Change, remote: str) -> Outcome:
    return Outcome(change=change, status="done", remote=remote)


def _failed(change: Change, why: str) -> Outcome:
    return Outcome(change=change, status="failed", remote=change.remote, message=why)
