"""What is made is made once, whatever breaks."""

import json

import attrs
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from played_service import Stage

from cxengine.plugin.http import HttpOptions, Refusal, RemoteError
from cxengine.testing.network import Killed

PATIENT = HttpOptions(attempts=12, patience=1e9)
FAULTS = ["unsent", "cut", "late", "limit", "limit_by_date", "limit_unsaid", "down"]


@attrs.define
class Shelf:
    """A service that keeps things: POST /things one, POST /bulk many, GET /things/ID looks one up."""

    things: list[str] = attrs.field(factory=list)
    refuses: frozenset[str] = frozenset()

    def play(self, request):
        path = request.url.path.removeprefix("/v3/")
        if request.method == "GET":
            wanted = path.removeprefix("things/")
            return httpx.Response(200 if wanted in self.things else 404, json={"id": wanted})
        body = json.loads(request.content)
        if path == "things":
            self.things.append(body["id"])
            return httpx.Response(201, json={"id": body["id"]})
        kept = [key for key in body["ids"] if key not in self.refuses]
        self.things += kept
        refused = [key for key in body["ids"] if key in self.refuses]
        return httpx.Response(201 if kept else 400, json={"made": kept, "refused": refused})

    def find(self, client, key):
        try:
            return client.get(f"things/{key}").json()["id"]
        except RemoteError as error:
            if error.status == 404:
                return None
            raise


def make_one(client, shelf):
    return client.create(
        "things", json={"id": "a"}, find=lambda: shelf.find(client, "a"), read=lambda r: r.json()["id"]
    )


def make_all(client, shelf, ids, bulk=3):
    def read(response, asked):
        told = response.json()
        return dict.fromkeys(told["refused"], Refusal("not liked", 400)) | {key: key for key in told["made"]}

    return client.create_all(
        "bulk",
        {key: key for key in ids},
        body=lambda wanted: {"ids": list(wanted.values())},
        find=lambda keys: {key: key for key in keys if shelf.find(client, key)},
        read=read,
        bulk=bulk,
        also_read=(400,),
    )


@pytest.mark.parametrize("fault", FAULTS)
def test_a_post_is_looked_up_before_it_is_repeated(stage, fault):
    shelf = Shelf()
    with stage.client(shelf.play, {0: fault}) as client:
        assert make_one(client, shelf) == "a"
    assert shelf.things == ["a"]
    assert stage.sent[:2] == [("POST", "/v3/things"), ("GET", "/v3/things/a")]
    acted = fault in ("cut", "late")
    assert stage.sent[2:] == ([] if acted else [("POST", "/v3/things")])


def test_a_plain_post_is_sent_once(stage):
    with stage.client(Shelf().play, {0: "late"}) as client, pytest.raises(RemoteError) as caught:
        client.post("things", json={"id": "a"})
    assert caught.value.uncertain
    assert len(stage.sent) == 1


def test_a_post_that_was_never_sent_is_certain(stage):
    with stage.client(Shelf().play, {0: "unsent"}) as client, pytest.raises(RemoteError) as caught:
        client.post("things", json={"id": "a"})
    assert not caught.value.uncertain


def test_a_post_that_only_asks_is_repeated(stage):
    with stage.client(lambda r: httpx.Response(200, json={}), {0: "late"}) as client:
        client.post("search", json={}, repeatable=True)
    assert len(stage.sent) == 2


def test_a_new_thing_is_looked_for_when_the_service_can_find_it(stage):
    shelf = Shelf()
    with stage.client(shelf.play, {0: "cut"}) as client:
        client.create(
            "things",
            json={"id": "a"},
            find=lambda: shelf.find(client, "a"),
            read=lambda r: r.json()["id"],
            settle=4.0,
        )
    assert stage.clock.slept == [1.0, 4.0]


def test_a_refusal_of_one_is_an_error(stage):
    with stage.client(lambda r: httpx.Response(400, json={"why": "no"})) as client:
        with pytest.raises(RemoteError) as caught:
            client.create("things", json={}, find=lambda: None, read=lambda r: r)
    assert caught.value.json() == {"why": "no"}
    assert len(stage.sent) == 1


def test_some_of_many_may_be_refused(stage):
    shelf = Shelf(refuses=frozenset("b"))
    with stage.client(shelf.play) as client:
        made = make_all(client, shelf, "abcd")
    assert made == {"a": "a", "b": Refusal("not liked", 400), "c": "c", "d": "d"}
    assert shelf.things == ["a", "c", "d"]


def test_all_of_many_may_be_refused(stage):
    shelf = Shelf(refuses=frozenset("ab"))
    with stage.client(shelf.play) as client:
        made = make_all(client, shelf, "ab")
    assert list(made.values()) == [Refusal("not liked", 400)] * 2


def test_what_the_service_keeps_silent_about_is_refused(stage):
    with stage.client(lambda r: httpx.Response(201, json={"made": ["a"], "refused": []})) as client:
        made = make_all(client, Shelf(), "ab")
    assert made["a"] == "a"
    assert "did not say" in made["b"].message


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    faults=st.dictionaries(
        st.integers(0, 25), st.sampled_from([*FAULTS, "killed", "killed_after"]), max_size=9
    ),
    count=st.integers(1, 8),
    bulk=st.integers(1, 4),
)
def test_however_it_breaks_and_is_begun_again_each_is_made_once(faults, count, bulk):
    shelf, stage = Shelf(), Stage()
    ids = [f"id{number}" for number in range(count)]
    with stage.client(shelf.play, faults, options=PATIENT, credentials=None) as client:
        for _ in range(30):
            try:
                there = [key for key in ids if shelf.find(client, key)]
                make_all(client, shelf, [key for key in ids if key not in there], bulk)
                break
            except (Killed, RemoteError):
                continue
    assert sorted(shelf.things) == ids
