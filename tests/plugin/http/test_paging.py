"""Lists are read to their end, in the ways that services page."""

import json
from itertools import chain

import httpx
import pytest

from cxengine.plugin.http import RemoteError, paging

ITEMS = list(range(7))


def test_by_link(stage):
    def play(request):
        start = int(request.url.params.get("skip", 0))
        following = f"https://api.example.com/v3/things?skip={start + 3}" if start + 3 < 7 else None
        return httpx.Response(200, json={"items": ITEMS[start : start + 3], "next": following})

    with stage.client(play, {1: "limit"}) as client:
        pages = list(paging.by_link(client, "things", following=lambda page: page["next"], params={"n": 3}))
    assert [item for page in pages for item in page["items"]] == ITEMS
    assert [str(request.url.query, "ascii") for request in stage.service.requests] == [
        "n=3",
        "skip=3",
        "skip=3",
        "skip=6",
    ]


@pytest.mark.parametrize("post", [False, True])
def test_by_token(stage, post):
    def play(request):
        sent = json.loads(request.content) if post else dict(request.url.params)
        assert sent["q"] == "x"
        start = int(sent.get("cursor", 0))
        token = str(start + 3) if start + 3 < 7 else None
        return httpx.Response(200, json={"items": ITEMS[start : start + 3], "token": token})

    with stage.client(play, {2: "cut"}) as client:
        pages = paging.by_token(
            client, "things", token=lambda page: page["token"], name="cursor", params={"q": "x"}, post=post
        )
        assert [item for page in pages for item in page["items"]] == ITEMS


@pytest.mark.parametrize("total", [7, None])
def test_by_offset_counts_what_it_got(stage, total):
    def play(request):
        start = int(request.url.params["startAt"])
        return httpx.Response(200, json=ITEMS[start : start + (2 if start else 3)])  # fewer than before

    with stage.client(play) as client:
        pages = paging.by_offset(client, "things", items=len, total=lambda page: total)
        assert list(chain.from_iterable(pages)) == ITEMS


def test_a_list_that_leads_in_a_circle_is_refused(stage):
    with stage.client(lambda r: httpx.Response(200, json={"next": "/v3/things"})) as client:
        with pytest.raises(RemoteError) as caught:
            list(paging.by_link(client, "/v3/things", following=lambda page: page["next"]))
    assert caught.value.diagnostics[0].code == "CX337"


def test_an_empty_list_has_an_end(stage):
    with stage.client(lambda r: httpx.Response(200, json=[])) as client:
        assert list(paging.by_offset(client, "things", items=len, total=lambda page: None)) == [[]]
