"""What passes is tried again, after the wait that the service, its vendor or prudence asks for."""

import datetime as dt

import attrs
import httpx
import pytest
from played_service import answer

from cxengine.plugin.http import HttpOptions, RemoteError
from cxengine.plugin.http.waiting import retry_after

NOW = dt.datetime(2026, 1, 5, 9, tzinfo=dt.UTC)
FAST = HttpOptions(first_wait=1.0, longest_wait=60.0, limit_wait=30.0)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "0"}, 0),
        ({"retry-after": "120"}, 120),
        ({"retry-after": "Mon, 05 Jan 2026 09:02:00 GMT"}, 120),
        ({"retry-after": "Mon, 05 Jan 2026 08:00:00 GMT"}, 0),
        ({"retry-after": "Mon, 05 Jan 2026 08:01:00 GMT", "date": "Mon, 05 Jan 2026 08:00:00 GMT"}, 60),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_as_seconds_and_as_a_date(headers, seconds):
    assert retry_after(headers, NOW) == seconds


@pytest.mark.parametrize(
    ("fault", "waits"),
    [
        ("limit", [7.0]),
        ("limit_by_date", [7.0]),
        ("limit_unsaid", [30.0]),
        ("down", [1.0]),
        ("cut", [1.0]),
        ("late", [1.0]),
        ("unsent", [1.0]),
    ],
)
def test_a_get_is_tried_again(stage, fault, waits):
    with stage.client(answer({"ok": True}), {0: fault}, options=FAST) as client:
        assert client.get("things").json() == {"ok": True}
    assert stage.clock.slept == waits
    assert stage.sent == [("GET", "/v3/things")] * 2


def test_each_wait_is_twice_as_long_up_to_a_bound(stage):
    options = HttpOptions(first_wait=1.0, longest_wait=5.0, attempts=6)
    with stage.client(answer({}), dict.fromkeys(range(5), "down"), options=options) as client:
        client.get("things")
    assert stage.clock.slept == [1.0, 2.0, 4.0, 5.0, 5.0]


def test_chance_spreads_clients_that_failed_together(stage):
    class Half:
        def random(self):
            return 0.5

    client = stage.client(answer({}), {0: "down"}, options=FAST)
    client._wire.network = attrs.evolve(client._wire.network, chance=Half())
    client.get("things")
    assert stage.clock.slept == [1.25]


def test_a_vendor_may_say_it_in_its_own_way(stage):
    def play(request):
        if len(stage.service.requests) == 1:
            return httpx.Response(
                429, headers={"X-RateLimit-Reset": "2026-01-05T09:00:40Z", "Retry-After": "1"}
            )
        return httpx.Response(200, json={})

    def wait(response):
        return (dt.datetime.fromisoformat(response.headers["x-ratelimit-reset"]) - NOW).total_seconds()

    with stage.client(play, wait=wait) as client:
        client.get("things")
    assert stage.clock.slept == [40.0]


def test_attempts_end(stage):
    options = HttpOptions(attempts=3)
    with stage.client(answer({}), dict.fromkeys(range(9), "down"), options=options) as client:
        with pytest.raises(RemoteError) as caught:
            client.get("things")
    assert len(stage.sent) == 3
    assert (caught.value.status, caught.value.diagnostics[0].code) == (503, "CX334")


def test_patience_ends_before_a_wait_that_is_too_long(stage):
    options = HttpOptions(patience=5.0)
    with stage.client(answer({}), {0: "limit"}, options=options) as client:
        with pytest.raises(RemoteError) as caught:
            client.get("things")
    assert stage.clock.slept == []
    assert caught.value.diagnostics[0].code == "CX333"
    assert "come back in 7 s" in str(caught.value)


def test_what_will_not_pass_is_not_tried_again(stage):
    with stage.client(answer({}, status=400)) as client, pytest.raises(RemoteError):
        client.get("things")
    assert len(stage.sent) == 1


def test_all_requests_of_a_client_keep_away_while_the_service_rests(stage):
    with stage.client(answer({}), {0: "limit"}) as client:
        with pytest.raises(RemoteError):
            client.post("things", json={})
        client.get("others")
    assert stage.clock.slept == [7.0]


def test_waits_are_told(stage):
    with stage.client(answer({}), {0: "limit"}) as client:
        client.get("things")
    assert stage.told == [
        "Trying again in 7 s. GET https://api.example.com/v3/things: 429 too many requests, come back in 7 s."
    ]
