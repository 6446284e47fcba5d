"""What a plan says and does about people: their changes, what they closed, copied and moved."""

import json
import re

import attrs
import pytest
from cxengine_jira.exporter import Jira
from fake_jira import STATUSES, FakeJira
from faulty_runs import OPTIONS
from jira_contract import checker

from cxengine.plugin.http import Network
from cxengine.testing import runs
from cxengine.testing.network import StillClock, Trouble

FIRST = runs.planned().roadmap.items[0].id
"""The item that the next roadmap changes."""


@pytest.fixture(autouse=True)
def _token(monkeypatch):
    monkeypatch.setenv("JIRA_TOKEN", "a-token-of-tests")


class Desk:
    """A fake Jira and whoever exports to it."""

    def __init__(self, **options):
        self.fake = FakeJira(check=checker())
        self.options = attrs.evolve(OPTIONS, **options)

    def exporter(self):
        exporter = Jira(self.options)
        exporter.network = Network(transport=Trouble(self.fake.play), clock=StillClock())
        return exporter

    def plan(self, result=None):
        return self.exporter().plan(result or runs.planned())

    def apply(self, result=None):
        return list(self.exporter().apply(self.plan(result)))

    def issue(self, item):
        (issue,) = self.fake.alive()[item]
        return issue


def of(plan, item):
    (change,) = [change for change in plan.changes if change.id == item]
    return change


def described(change):
    return {field.name: field for field in change.fields}


def test_a_new_epic_says_what_why_and_how_success_is_seen():
    desk = Desk()
    fields = described(of(desk.plan(), "two-steps"))
    text = fields["description"].after
    assert "Fewer questions, and none twice." in text
    for wanted in (
        "Why",
        "How success is seen",
        "Effort: 3 person-weeks (2 to 5)",
        "to 4",
    ):
        assert wanted in text
    assert fields["labels"].after == ["cx-kit", "cx-kit.two-steps", "effort"]
    assert fields["components"].after == ["Make it easy for me"]
    assert re.fullmatch(r"2026-\d\d-\d\d", fields["Start date"].after)
    assert fields["Impact"].after > 0


def test_what_is_for_later_has_no_dates_and_no_phases():
    desk = Desk()
    desk.apply()
    later = [item for item in runs.planned().roadmap.items if item.start is None]
    for item in later:
        assert desk.issue(item.id).fields.get("duedate") is None
        assert f"{item.id}.deliver" not in desk.fake.alive()


def test_what_people_change_is_kept_and_shown():
    desk = Desk()
    desk.apply()
    desk.issue(FIRST).fields |= {"summary": "Checkout, but better", "duedate": "2027-01-01"}
    change = of(desk.plan(runs.changed()), FIRST)
    assert change.action == "unchanged"
    kept = described(change)["summary"]
    assert (kept.before, kept.kept) == ("Checkout, but better", "changed by people in Jira")
    assert kept.after.endswith(", at last")
    assert "duedate" in described(change)
    desk.apply(runs.changed())
    assert desk.issue(FIRST).fields["summary"] == "Checkout, but better"


def test_what_belongs_to_cxengine_is_brought_back():
    desk = Desk(owned={"Due date": "cxengine", "Summary": "people"})
    desk.apply()
    before = desk.issue(FIRST).fields["duedate"]
    desk.issue(FIRST).fields["duedate"] = "2027-01-01"
    fields = described(of(desk.plan(runs.changed()), FIRST))
    assert (fields["duedate"].after, fields["duedate"].kept) == (before, "")
    assert fields["summary"].kept == "it belongs to people"
    desk.apply(runs.changed())
    assert desk.issue(FIRST).fields["duedate"] == before
    assert not desk.issue(FIRST).fields["summary"].endswith("at last")


def test_labels_of_people_stay_and_labels_they_took_off_stay_off():
    desk = Desk(labels=("roadmap",))
    desk.apply()
    fields = desk.issue("two-steps").fields
    fields["labels"] = sorted({*fields["labels"], "urgent"} - {"effort", "cx-kit"})
    change = of(desk.plan(), "two-steps")
    assert change.action == "change", "the label by which everything is found has to come back"
    desk.apply()
    assert desk.issue("two-steps").fields["labels"] == ["cx-kit", "cx-kit.two-steps", "roadmap", "urgent"]
    assert not desk.plan().pending


def test_an_issue_without_its_labels_is_not_lost_while_one_is_left():
    desk = Desk()
    desk.apply()
    desk.issue("two-steps").fields["labels"] = ["cx-kit"]
    assert desk.plan().counts()["create"] == 0
    desk.apply()
    assert len(desk.fake.alive()["two-steps"]) == 1


def test_what_people_closed_is_left_in_peace_or_updated():
    for finished, expected in (("leave", "unchanged"), ("update", "change")):
        desk = Desk(finished=finished)
        desk.apply()
        desk.issue(FIRST).fields["status"] = STATUSES["Done"]
        change = of(desk.plan(runs.changed()), FIRST)
        assert change.action == expected
        desk.apply(runs.changed())
        assert desk.issue(FIRST).fields["status"]["name"] == "Done"


@pytest.mark.parametrize("removed", ["close", "label", "leave"])
def test_what_leaves_the_roadmap_and_comes_back(removed):
    desk = Desk(removed=removed)
    desk.apply()
    gone = runs.dropped().id
    desk.apply(runs.changed())
    issue = desk.issue(gone)
    assert (issue.fields["status"]["name"] == "Done") == (removed == "close")
    assert ("cx-removed" in issue.fields["labels"]) == (removed == "label")
    assert not desk.plan(runs.changed()).pending
    if removed == "leave":
        assert any(gone in note for note in desk.plan(runs.changed()).notes)
    desk.apply()
    assert desk.issue(gone).fields["status"]["name"] == "To Do"
    assert "cx-removed" not in desk.issue(gone).fields["labels"]
    assert not desk.plan().pending


def test_people_may_open_again_what_was_closed():
    desk = Desk()
    desk.apply()
    desk.apply(runs.changed())
    desk.issue(runs.dropped().id).fields["status"] = STATUSES["In Progress"]
    assert not desk.plan(runs.changed()).pending


def test_a_plan_that_is_out_of_date_changes_nothing_that_was_changed_since():
    desk = Desk()
    desk.apply()
    plan = desk.plan(runs.changed())
    desk.issue(FIRST).fields["summary"] = "Mine"
    outcomes = {o.change.id: o for o in desk.exporter().apply(plan)}
    assert outcomes[FIRST].status == "skipped"
    assert "summary" in outcomes[FIRST].message
    assert desk.issue(FIRST).fields["summary"] == "Mine"


def test_a_copy_that_people_made_is_told_and_left_alone():
    desk = Desk()
    desk.apply()
    first = desk.issue("two-steps")
    copy = desk.fake.put_in("SHOP", "Clone", "10000", labels=first.fields["labels"])
    plan = desk.plan()
    assert not plan.pending
    (note,) = [note for note in plan.notes if copy.key in note]
    assert "is not made by cxengine" in note
    assert "cx-kit.two-steps" in note


def test_a_second_issue_on_which_people_have_worked_is_told_and_left_alone():
    desk = Desk()
    desk.apply()
    first = desk.issue("two-steps")
    second = desk.fake.put_in("SHOP", first.fields["summary"], "10000", labels=first.fields["labels"])
    second.properties = json.loads(json.dumps(first.properties))
    second.fields |= {k: v for k, v in first.fields.items() if k not in ("created", "updated")}
    (retired,) = desk.plan().pending
    assert (retired.action, retired.remote) == ("close", second.key)
    second.fields["status"] = STATUSES["In Progress"]
    assert not desk.plan().pending
    assert any(second.key in note and "was worked on" in note for note in desk.plan().notes)


def test_what_was_imported_from_the_csv_is_found_and_gone_on_with():
    desk = Desk(phases=False)
    for item in runs.planned().roadmap.items:
        desk.fake.put_in("SHOP", item.name, "10000", labels=["cx-kit", f"cx-kit.{item.id}"])
    plan = desk.plan()
    assert {c.action for c in plan.changes if c.kind == "epic"} == {"change"}
    desk.apply()
    assert all(len(issues) == 1 for issues in desk.fake.alive().values())
    assert not desk.plan().pending


def test_a_milestone_that_people_made_keeps_its_date():
    desk = Desk()
    name = "Deliveries come when we say"
    desk.fake.versions.append({"id": "901", "name": name, "projectId": 10500, "releaseDate": "2030-01-01"})
    change = of(desk.plan(), "spring")
    assert change.action == "unchanged"
    assert described(change)["releaseDate"].kept
    desk.apply()
    assert [v["releaseDate"] for v in desk.fake.versions if v["name"] == name] == ["2030-01-01"]


def test_more_than_fifty_issues_go_in_bulk_and_in_part():
    result = runs.planned()
    first = next(item for item in result.roadmap.items if item.phases)
    many = tuple(
        attrs.evolve(first, id=f"item-{n}", name=f"Item {n}", requires=("item-0",) if n else (), phases=())
        for n in range(120)
    )
    result = attrs.evolve(result, roadmap=attrs.evolve(result.roadmap, items=many, milestones=()))
    desk = Desk()
    bulks = []

    def refuse(request):
        if request.url.path.endswith("/bulk"):
            updates = json.loads(request.content)["issueUpdates"]
            bulks.append(len(updates))
            for one in updates:
                if one["fields"]["summary"] == "Item 77":
                    one["fields"]["duedate"] = None
            desk.fake.screens["10000"][5]["fieldId"] = "duedate"

    desk.fake.refuse = refuse
    make = desk.fake._make

    def sometimes(one):
        from fake_jira import Refused

        if one["fields"]["summary"] == "Item 77":
            raise Refused(400, duedate="The date is a holiday.")
        return make(one)

    desk.fake._make = sometimes
    outcomes = desk.apply(result)
    assert bulks == [50, 50, 20]
    failed = [o for o in outcomes if o.status != "done"]
    assert [o.change.id for o in failed] == ["item-77", "item-0>item-77"]
    assert failed[0].message == "duedate: The date is a holiday."
    assert len(desk.fake.alive()) == 119
    desk.fake._make = make
    desk.apply(result)
    assert all(len(issues) == 1 for issues in desk.fake.alive().values())
    assert len(desk.fake.alive()) == 120
    assert not desk.plan(result).pending


def test_a_dependency_that_is_over_is_told_because_links_belong_to_people():
    desk = Desk()
    desk.apply()
    items = tuple(attrs.evolve(item, requires=()) for item in runs.planned().roadmap.items)
    result = attrs.evolve(runs.planned(), roadmap=attrs.evolve(runs.planned().roadmap, items=items))
    plan = desk.plan(result)
    assert any("blocks choose-hour" in note for note in plan.notes)
    assert not [change for change in plan.pending if change.kind == "link"]
