"""An exporter to a service that passes its kit, and one broken for each test of it."""

import itertools
import json
import logging

import attrs
import httpx

from cxengine.plugin import Change, Field, Outcome, Plan, RemoteExporter, Secret, option
from cxengine.plugin.http import Bearer, HttpOptions, RemoteError, paging
from cxengine.testing import RemoteExporterTests


@attrs.define
class Board:
    """Cards with a key (ours, or nobody's), a title and a state; lists them in pages."""

    cards: dict[str, dict] = attrs.field(factory=lambda: {"1": {"key": None, "title": "Lunch", "open": True}})
    numbers: itertools.count = attrs.field(factory=lambda: itertools.count(2))

    def play(self, request):
        path = request.url.path.removeprefix("/cards").strip("/")
        if request.method == "GET":
            start = int(request.url.params.get("from", 0))
            page = [{"id": one, **card} for one, card in self.cards.items()][start : start + 2]
            following = str(start + 2) if start + 2 < len(self.cards) else None
            return httpx.Response(200, json={"cards": page, "next": following})
        body = json.loads(request.content)
        if request.method == "POST":
            one = str(next(self.numbers))
            self.cards[one] = {"open": True, **body}
            return httpx.Response(201, json={"id": one})
        self.cards[path].update(body)
        return httpx.Response(200, json={"id": path})

    def ours(self):
        found = {}
        for card in self.cards.values():
            if card["key"]:
                found.setdefault(card["key"], []).append(dict(card))
        return dict(sorted(found.items()))

    def others(self):
        return [dict(card) for card in self.cards.values() if not card["key"]]


@attrs.frozen(kw_only=True)
class CardsOptions:
    """Which board."""

    token: Secret = option("Where the token is kept.")
    http: HttpOptions = option("How the service is talked to.", default=HttpOptions())


class Cards(RemoteExporter):
    """Keeps a card for every item of the roadmap."""

    name = "cards"
    Options = CardsOptions

    def client(self):
        return self.network.client(
            "https://cards.example",
            credentials=Bearer(self.options.token),
            options=self.options.http,
            complaint=lambda response: response.text,
        )

    def there(self, client):
        pages = paging.by_token(client, "cards", token=lambda page: page["next"], name="from")
        return {card["key"]: card for page in pages for card in page["cards"] if self.is_ours(card)}

    def is_ours(self, card):
        return card["key"] is not None

    def plan(self, result):
        items = result.roadmap.items if result.roadmap else ()
        with self.client() as client:
            there = self.there(client)
        changes = [self.wanted(item, there.get(item.id)) for item in items]
        gone = [there[key] for key in there if key not in {item.id for item in items} and there[key]["open"]]
        changes += [
            Change(
                action="close",
                kind="card",
                id=card["key"],
                name=card["title"],
                remote=card["id"],
                fields=(Field("open", True, False),),
                reason="left the roadmap",
            )
            for card in gone
        ]
        return Plan(exporter="cards", target="the board", changes=tuple(changes))

    def wanted(self, item, card):
        named = {"kind": "card", "id": item.id, "name": item.name}
        if card is None:
            return Change(action="create", **named, fields=(Field("title", None, item.name),))
        if card["title"] == item.name:
            return Change(action="unchanged", **named, remote=card["id"])
        field = Field("title", card["title"], item.name)
        return Change(action="change", **named, remote=card["id"], fields=(field,))

    def apply(self, plan):
        with self.client() as client:
            for change in plan.pending:
                yield Outcome(change=change, status="done", remote=self.do(client, change))

    def do(self, client, change):
        body = {field.name: field.after for field in change.fields if not field.kept}
        if change.action != "create":
            client.put(f"cards/{change.remote}", json=body)
            return change.remote
        return self.create(client, change, {"key": change.id, **body})

    def create(self, client, change, body):
        def find():
            card = self.there(client).get(change.id)
            return card and card["id"]

        return find() or client.create("cards", json=body, find=find, read=lambda r: r.json()["id"])


class Kit(RemoteExporterTests):
    plugin = Cards
    options = {"token": "env:CARDS_TOKEN"}
    refused = {"token": {"token": "abc"}}

    def service(self):
        return Board()


class TestCards(Kit):
    pass


# --- one broken for each test ------------------------------------------------------------------------


class Eager(Cards):
    """x"""

    def plan(self, result):
        with self.client() as client:
            client.post("cards", json={"key": "note", "title": "I was here"})
        return super().plan(result)


class TestEager(Kit):
    breaks = "test_a_plan_only_reads"
    plugin = Eager


class Repeats(Cards):
    """x"""

    def plan(self, result):
        plan = super().plan(result)
        return attrs.evolve(plan, changes=plan.changes * 2)


class TestRepeats(Kit):
    breaks = "test_ids_are_unique"
    plugin = Repeats


class Takes(Cards):
    """x"""

    def apply(self, plan):
        with self.client() as client:
            client.put("cards/1", json={"title": "Ours now"})
        yield from super().apply(plan)


class TestTakes(Kit):
    breaks = "test_it_does_what_it_planned"
    plugin = Takes


class Forgets(Cards):
    """x"""

    def apply(self, plan):
        yield from list(super().apply(plan))[:-1]


class TestForgets(Kit):
    breaks = "test_it_does_what_it_planned"
    plugin = Forgets


class Never(Cards):
    """x"""

    def wanted(self, item, card):
        if card:
            card = {**card, "title": None}
        return super().wanted(item, card)


class TestNever(Kit):
    breaks = "test_the_second_time_there_is_nothing_to_do"
    plugin = Never


class Trusting(Cards):
    """Believes the plan: nobody else can have made the card."""

    def create(self, client, change, body):
        return client.create("cards", json=body, find=lambda: None, read=lambda r: r.json()["id"])


class TestTrusting(Kit):
    breaks = "test_applying_a_plan_twice_does_it_once"
    plugin = Trusting


class TestTrustingAtOnce(Kit):
    breaks = "test_two_runs_at_once_make_one_object_each"
    plugin = Trusting


class Remembers(Cards):
    """Keeps what apply needs in memory."""

    kept = None

    def plan(self, result):
        plan = super().plan(result)
        return attrs.evolve(
            plan, changes=tuple(attrs.evolve(c, detail={"item": {c.id}}) for c in plan.changes)
        )


class TestRemembers(Kit):
    breaks = "test_a_plan_can_be_kept_and_applied_later"
    plugin = Remembers


class Hoards(Cards):
    """x"""

    def plan(self, result):
        plan = super().plan(result)
        return attrs.evolve(plan, changes=tuple(c for c in plan.changes if c.action != "close"))


class TestHoards(Kit):
    breaks = "test_a_new_roadmap_changes_and_closes"
    plugin = Hoards


class Blind(Cards):
    """x"""

    def wanted(self, item, card):
        return super().wanted(item, card and {**card, "title": item.name})


class TestBlind(Kit):
    breaks = "test_a_new_roadmap_changes_and_closes"
    plugin = Blind


class Hasty(Cards):
    """Posts again without looking."""

    def create(self, client, change, body):
        card = self.there(client).get(change.id)
        return card["id"] if card else client.post("cards", json=body, repeatable=True).json()["id"]


class TestHasty(Kit):
    breaks = "test_whatever_breaks_each_is_there_once"
    plugin = Hasty


class InTwoSteps(Cards):
    """Makes a card without its key first, and loses it when it dies in between."""

    def create(self, client, change, body):
        card = self.there(client).get(change.id)
        if card:
            return card["id"]
        bare = {"title": body["title"], "key": "new"}
        made = client.create("cards", json=bare, find=lambda: None, read=lambda r: r.json()["id"])
        client.put(f"cards/{made}", json=body)
        return made

    def is_ours(self, card):
        return card["key"] not in (None, "new")


class TestInTwoSteps(Kit):
    breaks = "test_it_can_be_begun_again_after_a_kill"
    plugin = InTwoSteps


class Hopeful(Cards):
    """x"""

    def there(self, client):
        try:
            return super().there(client)
        except RemoteError:
            return {}


class TestHopeful(Kit):
    breaks = "test_it_gives_up_clearly"
    plugin = Hopeful


class Tells(Cards):
    """x"""

    def client(self):
        logging.getLogger("cards").info("using %s", self.options.token.reveal())
        return super().client()


class TestTells(Kit):
    breaks = "test_a_service_shows_no_secret"
    plugin = Tells


class Writes(Cards):
    """x"""

    def plan(self, result):
        plan = super().plan(result)
        return attrs.evolve(plan, notes=(f"used {self.options.token.reveal()}",))


class TestWrites(Kit):
    breaks = "test_a_service_shows_no_secret"
    plugin = Writes
