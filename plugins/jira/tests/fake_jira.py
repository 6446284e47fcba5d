"""A Jira that keeps what it is sent: issues, labels, properties, links, versions, components, transitions.

It behaves like the service where that matters to somebody who synchronises: searches lag, bulk calls fail in
part, names of versions and components are unique, a link made twice is one link, nothing is transactional.
"""

import copy
import datetime as dt
import json
import re
import threading

import attrs
import httpx

TYPES = {"10000": ("Epic", 1), "10001": ("Task", 0)}
STATUSES = {
    "To Do": {"id": "1", "name": "To Do", "statusCategory": {"id": 2, "key": "new", "name": "To Do"}},
    "In Progress": {
        "id": "3", "name": "In Progress", "statusCategory": {"id": 4, "key": "indeterminate", "name": "In Progress"}
    },
    "Done": {"id": "5", "name": "Done", "statusCategory": {"id": 3, "key": "done", "name": "Done"}},
}  # fmt: skip
SITE = "https://acme.atlassian.net"
START = dt.datetime(2026, 1, 5, 9, tzinfo=dt.UTC)


def field(id_, name, kind, items=None, custom=None, required=False, allowed=None, default=False):
    schema = {"type": kind}
    schema |= {"items": items} if items else {}
    schema |= {"custom": custom, "customId": int(id_.split("_")[1])} if custom else {"system": id_}
    made = {
        "fieldId": id_, "key": id_, "name": name, "operations": ["set"], "required": required, "schema": schema,
        "hasDefaultValue": default,
    }  # fmt: skip
    return made | (
        {"allowedValues": [{"id": str(n), "value": v} for n, v in enumerate(allowed)]} if allowed else {}
    )


def screen():
    return [
        field("summary", "Summary", "string", required=True),
        field("issuetype", "Issue Type", "issuetype", required=True),
        field("project", "Project", "project", required=True),
        field("reporter", "Reporter", "user", required=True, default=True),
        field("description", "Description", "string"),
        field("duedate", "Due date", "date"),
        field("labels", "Labels", "array", items="string"),
        field("components", "Components", "array", items="component"),
        field("fixVersions", "Fix versions", "array", items="version"),
        field("parent", "Parent", "issuelink"),
        field("customfield_10015", "Start date", "date", custom="com.atlassian:datepicker"),
        field("customfield_10020", "Impact", "number", custom="com.atlassian:float"),
        field("customfield_10021", "Size", "option", custom="com.atlassian:select", allowed=["quick win", "big bet", "fill-in", "think again"]),
        field("customfield_10022", "Success", "string", custom="com.atlassian:textarea"),
    ]  # fmt: skip


class Refused(Exception):  # noqa: N818 - as Jira says it
    def __init__(self, status, *messages, **errors):
        self.status, self.body = status, {"errorMessages": list(messages), "errors": errors}


@attrs.define
class Issue:
    id: int
    key: str
    fields: dict
    properties: dict
    made: float
    ours: bool = True


class FakeJira:
    """Give it a clock to share time with a client; without one, search knows everything at once."""

    def __init__(self, clock=None, lag=0.0, check=None, refuse=None):
        self.clock, self.lag, self.check, self.refuse = clock, lag, check, refuse
        self.lock = threading.RLock()
        self.issues, self.links = {}, []
        self.versions, self.components = [], []
        self.projects = {"SHOP": "10500", "OPS": "10501"}
        self.screens = {"10000": screen(), "10001": screen()}
        self.permitted = {"create", "administer"}
        self.valid = None
        self.ids = 20000
        self.numbers = {"SHOP": 0, "OPS": 0}
        self.posted = 0
        self.others_are_there()

    # --- what tests look at ------------------------------------------------------------------------

    def others_are_there(self):
        for project, labels in (
            ("SHOP", []),
            ("SHOP", ["cx-other.two-steps", "cx-other"]),
            ("OPS", ["urgent"]),
        ):
            issue = self.put_in(project, "Somebody else's", labels=labels)
            issue.ours = False
        self.versions.append(
            {"id": "900", "name": "1.0", "projectId": 10500, "released": True, "archived": False}
        )
        self.components.append({"id": "800", "name": "Basement", "project": "SHOP", "projectId": 10500})

    def put_in(self, project, summary, type_="10001", labels=(), **more):
        fields = {
            "summary": summary,
            "labels": list(labels),
            "issuetype": {"id": type_},
            "project": {"key": project},
        }
        return self._make({"fields": fields | more})

    def alive(self):
        """Issues by their identity label, those that were retired left out."""
        found = {}
        for issue in self.issues.values():
            for label in issue.fields["labels"]:
                if label.startswith("cx-kit."):
                    found.setdefault(label.removeprefix("cx-kit."), []).append(issue)
        return found

    def retired(self):
        return [issue for issue in self.issues.values() if "cx-duplicate" in issue.fields["labels"]]

    def names(self):
        return {issue.key: item for item, issues in self.alive().items() for issue in issues}

    def ours(self):
        """By item; keys of issues are replaced by items, because no two runs give the same."""
        names, found = self.names(), {}
        for item, issues in self.alive().items():
            found[item] = [self._seen(issue, names) for issue in issues]
        for version in self.versions:
            if version["id"] != "900":
                found.setdefault(f"version {version['name']}", []).append(version.get("releaseDate"))
        for component in self.components:
            if component["id"] != "800":
                found.setdefault(f"component {component['name']}", []).append(component["project"])
        return dict(sorted(found.items()))

    def _seen(self, issue, names):
        fields = {
            k: v
            for k, v in issue.fields.items()
            if k not in ("created", "updated", "resolutiondate", "parent")
        }
        parent = (issue.fields.get("parent") or {}).get("key")
        blocked = sorted(names.get(a, a) for a, b, kind in self.links if b == issue.key and names.get(a))
        return copy.deepcopy({
            "fields": fields, "parent": names.get(parent, parent), "blocked by": blocked, "record": issue.properties,
        })  # fmt: skip

    def others(self):
        mine = [issue for issue in self.issues.values() if not issue.ours]
        links = [link for link in self.links if any(issue.key in link for issue in mine)]
        first = [one for one in self.versions + self.components if one["id"] in ("900", "800")]
        return copy.deepcopy(([(i.key, i.fields, i.properties) for i in mine], links, first))

    # --- the service -------------------------------------------------------------------------------

    def play(self, request):
        with self.lock:
            if self.check:
                self.check.request(request)
            answer = self._answer(request)
            if self.check:
                self.check.response(request, answer)
            return answer

    def _answer(self, request):
        path = request.url.path.removeprefix("/rest/api/3/")
        if not request.headers.get("authorization", "").startswith("Basic "):
            return httpx.Response(401, text="Client must be authenticated to access this resource.")
        try:
            if self.valid is not None and request.headers["authorization"] != self.valid:
                return httpx.Response(
                    401, text="Basic authentication with passwords is deprecated or the token expired."
                )
            if self.refuse and (refused := self.refuse(request)):
                return refused
            for method, pattern, name in ROUTES:
                if method == request.method and (found := re.fullmatch(pattern, path)):
                    body = json.loads(request.content) if request.content else None
                    return getattr(self, name)(*found.groups(), body=body, params=request.url.params)
        except Refused as refused:
            return httpx.Response(refused.status, json=refused.body)
        raise AssertionError(f"the fake does not know {request.method} {path}")

    def _now(self):
        return self.clock.seconds() if self.clock else 0.0

    def _moment(self):
        return (START + dt.timedelta(seconds=self._now())).strftime("%Y-%m-%dT%H:%M:%S.000+0000")

    def _project(self, key):
        for known, id_ in self.projects.items():
            if key in (known, id_):
                return known
        raise Refused(404, f"No project could be found with key '{key}'.")

    def _issue(self, key):
        for issue in self.issues.values():
            if key in (issue.key, str(issue.id)):
                return issue
        raise Refused(404, "Issue does not exist or you do not have permission to see it.")

    # projects and their fields

    def myself(self, body, params):
        return httpx.Response(200, json={"accountId": "5b10", "displayName": "Roadmap", "active": True})

    def project(self, key, body, params):
        known = self._project(key)
        return httpx.Response(200, json={"id": self.projects[known], "key": known, "name": known})

    def project_search(self, body, params):
        values = [{"id": id_, "key": key, "name": key} for key, id_ in self.projects.items()]
        page = {"isLast": True, "maxResults": 50, "startAt": 0, "total": len(values), "values": values}
        return httpx.Response(200, json=page)

    def issue_types(self, key, body, params):
        self._project(key)
        types = [
            {"id": i, "name": n, "hierarchyLevel": level, "subtask": False} for i, (n, level) in TYPES.items()
        ]
        types = types if "create" in self.permitted else []
        return self._page(types, "issueTypes", params, 1)

    def type_fields(self, key, type_, body, params):
        self._project(key)
        return self._page(self.screens[type_], "fields", params, 8)

    def _page(self, values, name, params, size):
        start = int(params.get("startAt", 0))
        page = {
            "startAt": start,
            "maxResults": size,
            "total": len(values),
            name: values[start : start + size],
        }
        return httpx.Response(200, json=page)

    def link_types(self, body, params):
        types = [{"id": "10000", "name": "Blocks", "inward": "is blocked by", "outward": "blocks"}]
        return httpx.Response(200, json={"issueLinkTypes": types})

    # versions and components

    def list_versions(self, key, body, params):
        self._project(key)
        return httpx.Response(200, json=self.versions)

    def list_components(self, key, body, params):
        self._project(key)
        return httpx.Response(200, json=self.components)

    def make_version(self, body, params):
        self._administer(404)  # Jira hides what one may not do
        if any(one["name"] == body["name"] for one in self.versions):
            raise Refused(400, name="A version with this name already exists in this project.")
        self.ids += 1
        self.versions.append({"id": str(self.ids), "archived": False, "released": False, **body})
        return httpx.Response(201, json=self.versions[-1])

    def change_version(self, id_, body, params):
        self._administer()
        version = next(one for one in self.versions if one["id"] == id_)
        version.update(body)
        return httpx.Response(200, json=version)

    def make_component(self, body, params):
        self._administer()
        if any(one["name"] == body["name"] for one in self.components):
            raise Refused(
                400, name=f"A component with the name {body['name']} already exists in this project."
            )
        self.ids += 1
        self.components.append({"id": str(self.ids), "projectId": 10500, **body})
        return httpx.Response(201, json=self.components[-1])

    def _administer(self, status=403):
        if "administer" not in self.permitted:
            raise Refused(status, "You must have global or project administrator rights to do that.")

    # issues

    def bulk(self, body, params):
        made, errors = [], []
        for number, one in enumerate(body["issueUpdates"]):
            try:
                issue = self._make(one)
                made.append(
                    {"id": str(issue.id), "key": issue.key, "self": f"{SITE}/rest/api/3/issue/{issue.id}"}
                )
            except Refused as refused:
                errors.append({"status": 400, "elementErrors": refused.body, "failedElementNumber": number})
        return httpx.Response(201 if made else 400, json={"issues": made, "errors": errors})

    def _make(self, one):
        given = dict(one["fields"])
        project = self._project(given["project"]["key"])
        type_ = given["issuetype"]["id"]
        known = {f["fieldId"]: f for f in self.screens[type_]}
        missing = [
            f
            for f in known.values()
            if f["required"] and not f.get("hasDefaultValue") and f["fieldId"] not in given
        ]
        if missing:
            raise Refused(400, **{f["fieldId"]: f"{f['name']} is required." for f in missing})
        self._fit(given, known, project)
        self.ids += 1
        self.numbers[project] += 1
        moment = self._moment()
        fields = {
            "labels": [], **given, "project": {"key": project, "id": self.projects[project]},
            "issuetype": {"id": type_, "name": TYPES[type_][0]}, "status": STATUSES["To Do"], "created": moment,
            "updated": moment,
        }  # fmt: skip
        properties = {p["key"]: p["value"] for p in one.get("properties", ())}
        issue = Issue(self.ids, f"{project}-{self.numbers[project]}", fields, properties, self._now())
        self.issues[issue.key] = issue
        return issue

    def _fit(self, given, known, project):
        for name, value in given.items():
            if name not in known:
                raise Refused(
                    400,
                    **{
                        name: f"Field '{name}' cannot be set. It is not on the appropriate screen, or unknown."
                    },
                )
            if name in ("components", "fixVersions"):
                names = [one["name"] for one in (self.components if name == "components" else self.versions)]
                if wrong := [one["name"] for one in value if one["name"] not in names]:
                    raise Refused(400, **{name: f"{wrong[0]} is not valid"})
            if name == "labels" and any(" " in label for label in value):
                raise Refused(400, labels="The label contains spaces which is invalid.")
            if name == "summary" and (len(value) > 255 or "\n" in value or not value.strip()):
                raise Refused(400, summary="The summary is invalid.")
            if name == "description" and not (isinstance(value, dict) and value.get("type") == "doc"):
                raise Refused(400, description="Operation value must be an Atlassian Document.")
            if name == "parent" and (self._issue(value["key"]).fields["issuetype"]["name"] != "Epic"):
                raise Refused(400, parent="The parent is not an epic.")

    def look(self, key, body, params):
        return httpx.Response(
            200, json=self._shown(self._issue(key), params.get("fields", "*all").split(","), ["cxengine"])
        )

    def _shown(self, issue, wanted, properties):
        links = [
            {
                "id": str(n),
                "type": {"id": "10000", "name": kind, "inward": "is blocked by", "outward": "blocks"},
            }
            | ({"inwardIssue": {"key": a}} if b == issue.key else {"outwardIssue": {"key": b}})
            for n, (a, b, kind) in enumerate(self.links)
            if issue.key in (a, b)
        ]
        extra = {
            "issuelinks": links,
            "comment": {"comments": [], "total": 0},
            "worklog": {"worklogs": [], "total": 0},
            "attachment": [],
        }
        fields = {"duedate": None, "components": [], "fixVersions": [], **extra, **issue.fields}
        shown = {k: v for k, v in fields.items() if "*all" in wanted or k in wanted}
        found = {k: v for k, v in issue.properties.items() if k in properties}
        self_ = f"{SITE}/rest/api/3/issue/{issue.id}"
        return copy.deepcopy(
            {"id": str(issue.id), "key": issue.key, "self": self_, "fields": shown, "properties": found}
        )

    def change(self, key, body, params):
        issue = self._issue(key)
        known = {f["fieldId"]: f for f in self.screens[issue.fields["issuetype"]["id"]]}
        both = set(body.get("fields", {})) & set(body.get("update", {}))
        if both:
            raise Refused(400, f"{sorted(both)} are in fields and in update.")
        after = dict(issue.fields)
        for name, operations in body.get("update", {}).items():
            values = list(after.get(name) or [])
            for operation in operations:
                ((what, one),) = operation.items()
                text = one if isinstance(one, str) else one["name"]
                there = [v for v in values if (v if isinstance(v, str) else v["name"]) != text]
                values = [*there, one] if what == "add" else there
            after[name] = sorted(values, key=str)
        changed = {k: after[k] for k in body.get("update", {})} | body.get("fields", {})
        self._fit(changed, known, issue.fields["project"]["key"])
        issue.fields.update(changed)
        issue.fields["updated"] = self._moment()
        issue.properties.update({p["key"]: p["value"] for p in body.get("properties", ())})
        return httpx.Response(204)

    def transitions(self, key, body, params):
        now = self._issue(key).fields["status"]["name"]
        ways = [
            {"id": f"{n}1", "name": name, "to": status, "hasScreen": False, "isAvailable": True}
            for n, (name, status) in enumerate(STATUSES.items(), 1)
            if name != now
        ]
        return httpx.Response(200, json={"transitions": ways})

    def move(self, key, body, params):
        issue = self._issue(key)
        name = list(STATUSES)[int(body["transition"]["id"][0]) - 1]
        if name == issue.fields["status"]["name"]:
            raise Refused(
                400, "It seems that you have tried to perform a workflow operation that is not valid."
            )
        issue.fields |= {"status": STATUSES[name], "updated": self._moment()}
        issue.fields["resolutiondate"] = self._moment() if name == "Done" else None
        issue.properties.update({p["key"]: p["value"] for p in body.get("properties", ())})
        return httpx.Response(204)

    def link(self, body, params):
        ends = self._issue(body["inwardIssue"]["key"]).key, self._issue(body["outwardIssue"]["key"]).key
        if (*ends, body["type"]["name"]) not in self.links:
            self.links.append((*ends, body["type"]["name"]))
        return httpx.Response(201)

    def search(self, body, params):
        """What JQL finds: what is newer than the lag is not found, unless it is asked for by its id."""
        sure = {int(one) for one in body.get("reconcileIssues", ())}
        found = [
            issue
            for issue in sorted(self.issues.values(), key=lambda i: i.id)
            if matches(body["jql"], issue) and (issue.id in sure or self._now() - issue.made >= self.lag)
        ]
        start = int(body.get("nextPageToken", 0))
        size = min(body.get("maxResults", 50), 7)
        page = [
            self._shown(issue, body["fields"], body.get("properties", ()))
            for issue in found[start : start + size]
        ]
        last = start + size >= len(found)
        return httpx.Response(
            200,
            json={"issues": page, "isLast": last} | ({} if last else {"nextPageToken": str(start + size)}),
        )


ROUTES = (
    ("GET", "myself", "myself"),
    ("GET", "project/search", "project_search"),
    ("GET", "project/([^/]+)", "project"),
    ("GET", "project/([^/]+)/versions", "list_versions"),
    ("GET", "project/([^/]+)/components", "list_components"),
    ("GET", "issue/createmeta/([^/]+)/issuetypes", "issue_types"),
    ("GET", "issue/createmeta/([^/]+)/issuetypes/([^/]+)", "type_fields"),
    ("GET", "issueLinkType", "link_types"),
    ("POST", "version", "make_version"),
    ("PUT", "version/([^/]+)", "change_version"),
    ("POST", "component", "make_component"),
    ("POST", "issue/bulk", "bulk"),
    ("GET", "issue/([^/]+)", "look"),
    ("PUT", "issue/([^/]+)", "change"),
    ("GET", "issue/([^/]+)/transitions", "transitions"),
    ("POST", "issue/([^/]+)/transitions", "move"),
    ("POST", "issueLink", "link"),
    ("POST", "search/jql", "search"),
)


def matches(jql, issue):
    """The part of JQL that is used: `project = "X"`, `labels = "x"`, `labels in ("x", "y")`, joined by AND."""
    conditions = re.sub(r"\s+ORDER BY .*", "", jql).split(" AND ")
    return all(_meets(condition.strip(), issue) for condition in conditions)


def _meets(condition, issue):
    if found := re.fullmatch(r'project = "(\w+)"', condition):
        return issue.fields["project"]["key"] == found[1]
    if found := re.fullmatch(r'labels in \((".*?"(?:, ".*?")*)\)', condition):
        return bool(set(re.findall(r'"(.*?)"', found[1])) & set(issue.fields["labels"]))
    if condition.strip("()") == "statusCategory = Done":
        return issue.fields["status"]["statusCategory"]["key"] == "done"
    if found := re.fullmatch(r'\(?labels = "([^"]+)"\)?', condition):
        return found[1] in issue.fields["labels"]
    raise AssertionError(f"the fake does not know the JQL {condition}")
