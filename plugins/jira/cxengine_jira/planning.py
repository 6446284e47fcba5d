"""The plan: what is wanted and what is there, compared issue by issue and field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from cxengine.plugin import Change, Field, Plan
from cxengine_jira.identity import REMOVED, Record, item_label, scope_label, trace
from cxengine_jira.ownership import decide, remembered
from cxengine_jira.slots import SETS, IssueType, Slot
from cxengine_jira.there import Issue, There, look

if TYPE_CHECKING:
    from cxengine.plugin.http import Client
    from cxengine.plugin.remote import Action
    from cxengine_jira.options import JiraOptions, Owner
    from cxengine_jira.project import Place
    from cxengine_jira.wanted import Board, Wanted

GONE = "it left the roadmap"
ORDER = ("component", "version", "epic", "issue", "link")


def plan(client: Client, options: JiraOptions, place: Place, board: Board) -> Plan:
    """Compares; only reads.

    Raises:
        PluginError: a field is missing, required, or cannot hold what it should (CX351, CX352, CX353).
    """
    planner = Planner(options, place, board)
    slots = planner.check()
    ids = [slot.id for slot in slots.values()]
    there = look(
        client,
        roadmap=board.roadmap,
        project=place.key,
        items=[issue.id for issue in board.issues],
        fields=ids,
    )
    changes = [
        *planner.components(),
        *planner.versions(),
        *(planner.issue(one, there) for one in board.issues),
        *planner.links(there),
        *planner.gone(there),
        *planner.second_ones(there),
    ]
    site = options.site.rstrip("/")
    return Plan(
        exporter="jira",
        target=f"project {place.key} at {site}",
        changes=tuple(sorted(changes, key=_order)),
        notes=tuple(dict.fromkeys(planner.notes)),
    )


def _order(change: Change) -> tuple[int, int]:
    """What others need comes first: areas, milestones, new epics, new issues, changes, links, endings."""
    actions = {"create": 0, "change": 1, "unchanged": 2, "close": 4}
    action = 3 if change.kind == "link" else actions[change.action]
    return (0 if change.kind in ("component", "version") else 1 + action), ORDER.index(change.kind)


@attrs.define
class Planner:
    """Plans one kind of thing after the other."""

    options: JiraOptions
    place: Place
    board: Board
    notes: list[str] = attrs.field(factory=list)
    _skipped: set[tuple[str, str]] = attrs.field(factory=set)

    # --- fields ------------------------------------------------------------------------------------

    def type_of(self, kind: str) -> IssueType:
        """The issue type of epics or issues."""
        return self.place.epic if kind == "epic" or self.place.phase is None else self.place.phase

    def check(self) -> Mapping[str, Slot]:
        """All fields that are used, by what plans call them; refuses options that cannot work."""
        used: dict[str, Slot] = {}
        project = self.place.key
        for kind in ("epic", "issue") if self.place.phase else ("epic",):
            type_ = self.type_of(kind)
            named = {**dict.fromkeys(self.options.always, "always")}
            named |= dict.fromkeys(self.options.custom, "custom") if kind == "epic" else {}
            given = {type_.need(name, project, option).id for name, option in named.items()}
            ids = {"summary", "description", "labels", "duedate", "parent", self.options.start_field}
            slots = {slot.key: slot for slot in map(type_.find, ids | {"components", "fixVersions"}) if slot}
            type_.check_required(given | {slot.id for slot in slots.values()}, project)
            used |= slots | {slot.key: slot for slot in type_.slots.values() if slot.id in given}
        for name in self.options.owned:
            if self.place.epic.find(name) is None:
                self.place.epic.need(name, project, "owned")
        return used

    def slot(self, type_: IssueType, name: str, value: Any) -> Slot | None:
        """The field, if the type has it; else the plan says that it is left out."""
        found = type_.find(name)
        if found is None and not value:
            return None
        if found is None and name in ("labels", "summary"):
            return type_.need(name, self.place.key, "project")
        if found is None and (type_.name, name) not in self._skipped:
            self._skipped.add((type_.name, name))
            self.notes.append(
                f"{type_.name} has no field {name!r} to set in {self.place.key}: it is left out."
            )
        return found

    def owner(self, slot: Slot) -> Owner:
        """Who decides about a field."""
        for name, owner in self.options.owned.items():
            if name.casefold() in (slot.id.casefold(), slot.name.casefold()):
                return owner
        return "shared"

    # --- areas and milestones ----------------------------------------------------------------------

    def components(self) -> Iterator[Change]:
        """A component for each area that is used; one that is there is used as it is."""
        there = {one["name"]: one for one in self.place.components}
        for name in self.board.areas:
            named: dict[str, Any] = {"kind": "component", "id": name, "name": name}
            if name in there:
                yield Change(action="unchanged", remote=str(there[name]["id"]), **named)
            else:
                body = {"name": name, "project": self.place.key}
                yield Change(
                    action="create", fields=(Field("name", None, name),), detail={"body": body}, **named
                )

    def versions(self) -> Iterator[Change]:
        """A version for each milestone. Ours are told by their description; others keep their dates."""
        there = {one["name"]: one for one in self.place.versions}
        for milestone in self.board.milestones:
            mark = f"Milestone of cxengine: {item_label(self.board.roadmap, milestone.id)}"
            named: dict[str, Any] = {"kind": "version", "id": milestone.id, "name": milestone.name}
            mine = [one for one in self.place.versions if mark in str(one.get("description") or "")]
            found = mine[0] if mine else there.get(milestone.name)
            fields = []
            wanted = {"name": milestone.name, "releaseDate": milestone.date}
            for name, value in wanted.items():
                now = (found or {}).get(name)
                if value is not None and now != value:
                    kept = "" if mine and not mine[0].get("released") else "the version is not ours to change"
                    fields.append(Field(name, now, value, kept=kept if found else ""))
            body = {field.name: field.after for field in fields if not field.kept}
            if found is None:
                body |= {"projectId": int(self.place.id), "description": mark}
                yield Change(action="create", fields=tuple(fields), detail={"body": body}, **named)
            else:
                action: Action = "change" if body else "unchanged"
                detail = {"body": body} if body else {}
                yield Change(
                    action=action, remote=str(found["id"]), fields=tuple(fields), detail=detail, **named
                )

    # --- issues ------------------------------------------------------------------------------------

    def issue(self, wanted: Wanted, there: There) -> Change:
        """Creates an issue, or brings the one that is there to what is wanted."""
        found = there.issues.get(wanted.id)
        return self._new(wanted, there) if found is None else self._known(wanted, found, there)

    def _new(self, wanted: Wanted, there: There) -> Change:
        type_ = self.type_of(wanted.kind)
        fields, body, written = [], {}, {}
        for name, value in wanted.values.items():
            slot = self.slot(type_, name, value)
            if slot is None or slot.shown(value) is None:
                continue
            fields.append(Field(slot.key, None, slot.shown(value)))
            written[slot.key] = trace(slot.shown(value))
            if slot.id != "parent":
                body[slot.id] = slot.encode(value)
        body |= {"project": {"key": self.place.key}, "issuetype": {"id": type_.id}}
        parent = there.issues.get(wanted.parent or "")
        return Change(
            action="create",
            kind=wanted.kind,
            id=wanted.id,
            name=wanted.name,
            fields=tuple(fields),
            detail={
                **self._about(wanted.id, self._record(wanted.id, written)),
                "fields": body,
                "parent": wanted.parent,
                "parent_key": parent.key if parent else "",
            },
        )

    def _known(self, wanted: Wanted, issue: Issue, there: There) -> Change:
        named: dict[str, Any] = {
            "kind": wanted.kind,
            "id": wanted.id,
            "name": wanted.name,
            "remote": issue.key,
        }
        if issue.category == "done" and self._rests(issue):
            return Change(action="unchanged", reason=f"people closed it ({issue.status})", **named)
        record = issue.record or self._record(wanted.id, {})
        before = self._written(record, issue, there)
        fields, body, update, written = [], {}, {}, dict(before)
        for name, value in wanted.values.items():
            slot = self.slot(self.type_of(wanted.kind), name, value)
            if slot is None:
                continue
            now, want = self._now(slot, issue, there), slot.shown(value)
            own = frozenset(self._labels(wanted.id)) if slot.id == "labels" else frozenset()
            field = decide(slot, now=now, want=want, written=before, owner=self.owner(slot), ours=own)
            written[slot.key] = remembered(slot, want, field, before)
            if field is None:
                continue
            fields.append(field)
            if field.kept or slot.id == "parent":
                continue
            if slot.id in SETS:
                update[slot.id] = _operations(slot, field)
            else:
                body[slot.id] = slot.encode(value)
        if issue.record is None:
            fields.append(Field("cxengine", None, wanted.id))
        if issue.category == "done" and record.closed:
            fields.append(Field("status", issue.status, "open again"))
        if all(field.kept for field in fields):
            return Change(action="unchanged", fields=tuple(fields), **named)
        parent = there.issues.get(wanted.parent or "")
        detail = {
            **self._about(wanted.id, attrs.evolve(self._record(wanted.id, written), project=record.project)),
            "fields": body,
            "update": update,
            "ids": {slot.key: slot.id for slot in self.type_of(wanted.kind).slots.values()},
            "parent": wanted.parent if any(f.name == "parent" and not f.kept for f in fields) else None,
            "parent_key": parent.key if parent else "",
            "reopen": issue.category == "done" and record.closed,
            "seen": self._seen(issue, fields),
        }
        return Change(action="change", fields=tuple(fields), detail=detail, **named)

    def _rests(self, issue: Issue) -> bool:
        """Whether an issue that is done stays as it is: people closed it, and are left in peace."""
        ours = issue.record is not None and issue.record.closed
        return not ours and self.options.finished == "leave"

    def _seen(self, issue: Issue, fields: list[Field]) -> Mapping[str, Any]:
        """The raw values that the plan rests on, by the ids of the fields."""
        slots = {**(self.place.phase.slots if self.place.phase else {}), **self.place.epic.slots}
        single = [slots[f.name].id for f in fields if f.name in slots and not f.kept]
        return {id_: issue.fields.get(id_) for id_ in single if id_ not in SETS and id_ != "parent"}

    def _now(self, slot: Slot, issue: Issue, there: There) -> Any:
        if slot.id != "parent":
            return slot.decode(issue.fields.get(slot.id))
        key = slot.decode(issue.fields.get("parent"))
        return (there.item_of(key) or key) if key else None

    @staticmethod
    def _written(record: Record, issue: Issue, there: There) -> Mapping[str, Any]:
        """What was last written, and what it does not say: the mark of a removal, a second parent."""
        written = dict(record.written)
        parent = (issue.fields.get("parent") or {}).get("key")
        if parent in there.second_ones():
            written["parent"] = parent
        if record.closed:
            written["labels"] = [*(written.get("labels") or ()), REMOVED]
        return written

    def _labels(self, item: str) -> tuple[str, str]:
        return scope_label(self.board.roadmap), item_label(self.board.roadmap, item)

    def _record(self, item: str, written: Mapping[str, Any]) -> Record:
        return Record(roadmap=self.board.roadmap, project=self.place.key, item=item, written=written)

    def _about(self, item: str, record: Record) -> dict[str, Any]:
        return {
            "label": item_label(self.board.roadmap, item),
            "roadmap": self.board.roadmap,
            "project": record.project,
            "record": record.to_json(),
        }

    # --- dependencies ------------------------------------------------------------------------------

    def links(self, there: There) -> Iterator[Change]:
        """A link for each dependency between initiatives; links that people made are left alone."""
        for wanted in self.board.issues:
            found = there.issues.get(wanted.id)
            has = found.blocked_by(self.place.link) if found else set()
            for first in wanted.requires:
                before = there.issues.get(first)
                done = before is not None and before.key in has
                yield Change(
                    action="unchanged" if done else "create",
                    kind="link",
                    id=f"{first}>{wanted.id}",
                    name=f"{first} {self.place.link.lower()} {wanted.id}",
                    remote=f"{before.key}>{found.key}" if done and before and found else "",
                    fields=() if done else (Field("link", None, self.place.link),),
                    detail={
                        "type": self.place.link,
                        "from": first,
                        "to": wanted.id,
                        "from_key": before.key if before else "",
                        "to_key": found.key if found else "",
                    },
                )
            self._tell_stale(wanted, has, there)

    def _tell_stale(self, wanted: Wanted, has: set[str], there: There) -> None:
        needed = {there.issues[one].key for one in wanted.requires if one in there.issues}
        for key in sorted(has - needed):
            if (item := there.item_of(key)) is not None:
                self.notes.append(
                    f"{key} ({item}) blocks {wanted.id} in Jira only: if that is over, take the link off."
                )

    # --- what is too much --------------------------------------------------------------------------

    def gone(self, there: There) -> Iterator[Change]:
        """Issues of items that are not on the roadmap any more."""
        wanted = {issue.id for issue in self.board.issues}
        for item, issue in sorted(there.issues.items()):
            if item in wanted or issue.record is None:
                continue
            record = attrs.evolve(issue.record, closed=True)
            done = issue.category == "done" or issue.record.closed
            labelled = REMOVED in issue.labels
            policy = self.options.removed
            if policy == "leave":
                self.notes.append(f"{issue.key} ({item}) left the roadmap and is left as it is.")
            if policy == "leave" or (done if policy == "close" else labelled):
                yield Change(
                    action="unchanged", kind=_kind(item), id=item, name=item, remote=issue.key, reason=GONE
                )
                continue
            field = Field("status", issue.status, self.options.closed_status or "done")
            if policy == "label":
                field = Field("labels", sorted(issue.labels), sorted([*issue.labels, REMOVED]))
            yield Change(
                action="close",
                kind=_kind(item),
                id=item,
                name=str(issue.fields.get("summary") or item),
                remote=issue.key,
                fields=(field,),
                reason=GONE,
                detail={**self._about(item, record), "how": policy},
            )

    def second_ones(self, there: There) -> Iterator[Change]:
        """Further issues of an item: our own are retired if nobody has worked on them; others are told."""
        for item, issues in sorted(there.more.items()):
            first = there.issues[item]
            for issue in issues:
                if issue.record is None or self._touched(issue):
                    who = "is not made by cxengine" if issue.record is None else "was worked on"
                    label = item_label(self.board.roadmap, item)
                    self.notes.append(
                        f"{issue.key} is a second issue of {item} besides {first.key} and {who}: it is left"
                        f" alone. Move what matters by hand, then take the label {label} off."
                    )
                    continue
                record = attrs.evolve(issue.record, duplicate_of=first.key)
                yield Change(
                    action="close",
                    kind=_kind(item),
                    id=f"{item}#{issue.key}",
                    name=str(issue.fields.get("summary") or item),
                    remote=issue.key,
                    fields=(Field("status", issue.status, self.options.closed_status or "done"),),
                    reason=f"two runs made an issue of {item}, {first.key} is the older one",
                    detail={**self._about(item, record), "how": "retire"},
                )

    def _touched(self, issue: Issue) -> bool:
        """Whether somebody changed an issue since cxengine made it."""
        assert issue.record is not None
        if issue.record.duplicate_of:
            return False  # its retirement was begun
        slots = self.type_of(_kind(issue.record.item)).slots
        written = {
            name: value for name, value in issue.record.written.items() if name in slots and name != "parent"
        }
        changed = any(
            trace(slots[name].decode(issue.fields.get(slots[name].id))) != v for name, v in written.items()
        )
        return changed or issue.discussed or issue.category != "new"


def _kind(item: str) -> str:
    return "issue" if "." in item else "epic"


def _operations(slot: Slot, field: Field) -> list[Mapping[str, Any]]:
    """Additions and removals, so that what people add at the same moment is not lost."""
    before, after = set(field.before or ()), set(field.after or ())
    made = [{"add": one} for one in slot.encode(sorted(after - before)) or ()]
    return made + [{"remove": one} for one in slot.encode(sorted(before - after)) or ()]
