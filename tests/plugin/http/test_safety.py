"""Secrets stay secret, addresses are safe, answers are bounded, and every request is on record."""

import logging
import threading

import httpx
import pytest

from cxengine.diagnostics import PluginError
from cxengine.plugin import Secret
from cxengine.plugin.http import Basic, Bearer, Header, HttpOptions, Network, RemoteError, Response
from cxengine.plugin.http.failure import unreachable
from cxengine.plugin.secret import HIDDEN, hide

TOKEN = "s3cr3t+token/with=signs"


def everything(stage, error=None):
    """All texts that leave a client."""
    texts = [*stage.told, *map(repr, stage.exchanges)]
    if error is not None:
        texts += [str(error), repr(error), error.text, *map(repr, error.diagnostics)]
    return "\n".join(texts)


@pytest.mark.parametrize(
    "credentials",
    [
        Bearer(Secret("env", "EXAMPLE_TOKEN")),
        Header("X-API-TOKEN", Secret("env", "EXAMPLE_TOKEN")),
        Basic("me@example.com", Secret("env", "EXAMPLE_TOKEN")),
    ],
)
@pytest.mark.parametrize("status", [200, 302, 400, 401, 429, 500])
def test_a_secret_is_in_no_text(stage, credentials, status, caplog):
    def echo(request):
        """A service that repeats everything that it was sent."""
        sent = " ".join(f"{name}: {value}" for name, value in request.headers.items())
        return httpx.Response(status, text=sent, headers={"Location": "https://x.example/" + TOKEN})

    caplog.set_level(logging.DEBUG)
    options = HttpOptions(attempts=2)
    found = None
    with stage.client(
        echo, credentials=credentials, options=options, complaint=lambda response: response.text
    ) as client:
        try:
            found = client.get("things")
        except RemoteError as error:
            found = error
        shown = (
            everything(stage, found if isinstance(found, RemoteError) else None) + repr(client) + repr(found)
        )
    headers = stage.service.requests[0].headers
    travels = [
        TOKEN,
        *(headers[name].split()[-1] for name in ("authorization", "x-api-token") if name in headers),
    ]
    assert TOKEN in travels or len(travels) > 1
    for secret in travels:
        assert hide(secret, [secret]) == HIDDEN
        assert secret not in shown
        assert secret not in caplog.text
    assert credentials.secret.name in repr(credentials)


def test_a_secret_in_a_failure_of_the_network_is_hidden(stage):
    def fail(request):
        raise httpx.ReadError(f"cannot send {TOKEN}", request=request)

    with stage.client(fail, options=HttpOptions(attempts=1)) as client, pytest.raises(RemoteError) as caught:
        client.get("things")
    assert TOKEN not in everything(stage, caught.value)


def test_a_secret_may_not_become_part_of_an_address(stage):
    with stage.client(lambda r: httpx.Response(200)) as client:
        with pytest.raises(RemoteError) as in_path:
            client.get(f"things/{TOKEN}")
        with pytest.raises(RemoteError) as in_query:
            client.get("things", params={"key": TOKEN})
    for caught in (in_path, in_query):
        assert caught.value.diagnostics[0].code == "CX338"
        assert TOKEN not in str(caught.value)
    assert stage.sent == []


def test_refused_credentials_name_where_the_secret_is_kept(stage):
    with stage.client(lambda r: httpx.Response(401)) as client, pytest.raises(RemoteError) as caught:
        client.get("things")
    assert caught.value.diagnostics[0].code == "CX332"
    assert "env:EXAMPLE_TOKEN" in caught.value.diagnostics[0].hint


@pytest.mark.parametrize(
    "base",
    [
        "http://api.example.com",
        "ftp://api.example.com",
        "api.example.com",
        "https://",
        "https://me:pw@example.com",
    ],
)
def test_unsafe_addresses_are_refused(base):
    with pytest.raises(RemoteError) as caught:
        Network().client(base)
    assert caught.value.diagnostics[0].code == "CX338"
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize("base", ["http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080"])
def test_loopback_may_do_without_tls(base):
    with Network().client(base) as client:
        assert base in repr(client)


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/v3/things",
        "http://api.example.com/v3",
        "//evil.example",
        "https://api.example.com:8443/",
    ],
)
def test_links_to_another_service_are_refused(stage, link):
    with stage.client(lambda r: httpx.Response(200)) as client, pytest.raises(RemoteError) as caught:
        client.get(link)
    assert caught.value.diagnostics[0].code == "CX338"
    assert stage.sent == []


def test_redirections_are_not_followed(stage):
    headers = {"Location": "https://evil.example"}
    with stage.client(lambda r: httpx.Response(307, headers=headers)) as client:
        with pytest.raises(RemoteError) as caught:
            client.get("things")
    assert caught.value.diagnostics[0].code == "CX339"
    assert len(stage.sent) == 1


def test_certificates_are_verified():
    with Network().client("https://api.example.com") as client:
        pool = client._wire.http._transport._pool
        assert pool._ssl_context.check_hostname
        assert pool._ssl_context.verify_mode.name == "CERT_REQUIRED"
    names = [field.name for field in __import__("attrs").fields(HttpOptions)]
    assert not [name for name in names if "verify" in name or "insecure" in name]


def test_certificates_that_cannot_be_read_are_told(tmp_path):
    with pytest.raises(PluginError) as caught:
        Network().client("https://api.example.com", options=HttpOptions(ca_file=str(tmp_path / "no.pem")))
    assert caught.value.diagnostics[0].code == "CX324"


def test_a_certificate_that_is_not_trusted_is_told_and_not_tried_again(stage):
    import ssl

    def fail(request):
        raise httpx.ConnectError("x", request=request) from ssl.SSLCertVerificationError("self-signed")

    with stage.client(fail) as client, pytest.raises(RemoteError) as caught:
        client.get("things")
    assert "not to be trusted" in str(caught.value)
    assert len(stage.sent) == 1


@pytest.mark.parametrize(
    ("error", "way_out"),
    [(httpx.ConnectError("refused"), "proxy"), (httpx.InvalidURL("none"), "https://example.org")],
)
def test_where_nobody_answers_there_is_a_way_out(error, way_out):
    (found,) = unreachable("GET things", error).diagnostics
    assert (found.code, way_out in found.hint) == ("CX330", True)


@pytest.mark.parametrize("declared", [True, False])
def test_answers_are_bounded(stage, declared):
    def play(request):
        content = b"x" * 1001 if declared else iter([b"x" * 500, b"x" * 501])
        return httpx.Response(200, content=content)

    with (
        stage.client(play, options=HttpOptions(largest=1000)) as client,
        pytest.raises(RemoteError) as caught,
    ):
        client.get("things")
    assert caught.value.diagnostics[0].code == "CX335"
    assert len(stage.sent) == 1


def test_a_small_archive_may_not_unpack_to_a_large_answer(stage):
    import gzip

    packed = gzip.compress(b"0" * 1_000_000)
    assert len(packed) < 2000

    def play(request):
        return httpx.Response(200, content=packed, headers={"Content-Encoding": "gzip"})

    with (
        stage.client(play, options=HttpOptions(largest=10_000)) as client,
        pytest.raises(RemoteError) as caught,
    ):
        client.get("things")
    assert caught.value.diagnostics[0].code == "CX335"


def test_a_download_goes_to_a_file_whole_or_not_at_all(stage, tmp_path):
    file = tmp_path / "answers.zip"
    with stage.client(lambda r: httpx.Response(200, content=b"12345"), {0: "cut"}) as client:
        client.download("file", file)
    assert file.read_bytes() == b"12345"
    options = HttpOptions(largest_file=4)
    with stage.client(lambda r: httpx.Response(200, content=b"12345"), options=options) as client:
        with pytest.raises(RemoteError):
            client.download("file", file)
    assert not file.exists()


def test_every_request_is_on_record(stage):
    with stage.client(lambda r: httpx.Response(200, json={"a": 1}), {0: "late", 1: "limit"}) as client:
        client.get("things", params={"q": "x", "none": None})
    url = "https://api.example.com/v3/things?q=x"
    found = [(e.method, e.url, e.attempt, e.status, e.error) for e in stage.exchanges]
    assert found == [
        ("GET", url, 1, None, "ReadTimeout"),
        ("GET", url, 2, 429, ""),
        ("GET", url, 3, 200, ""),
    ]
    assert [e.size for e in stage.exchanges] == [0, 0, 7]
    assert stage.exchanges[0].at < stage.exchanges[2].at


def test_what_is_not_json_is_told(stage):
    with stage.client(lambda r: httpx.Response(200, text="<html>log in</html>")) as client:
        with pytest.raises(RemoteError) as caught:
            client.get("things").json()
    assert caught.value.diagnostics[0].code == "CX336"


def test_no_more_requests_than_allowed_are_under_way(stage):
    under_way, most, lock = 0, 0, threading.Lock()
    full = threading.Barrier(2)

    def play(request):
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        full.wait(timeout=20)
        with lock:
            under_way -= 1
        return httpx.Response(200)

    with stage.client(play, options=HttpOptions(at_once=2)) as client:
        threads = [threading.Thread(target=client.get, args=("things",)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)
    assert most == 2
    assert len(stage.sent) == 6


def test_a_body_is_not_part_of_what_is_printed():
    assert "pain" not in repr(Response(url="https://x", status=200, headers={"a": "pain"}, body=b"pain"))


def test_a_real_connection(monkeypatch):
    """Over a socket: the bytes that leave, and those that come."""
    from http.server import BaseHTTPRequestHandler, HTTPServer

    monkeypatch.setenv("EXAMPLE_TOKEN", TOKEN)
    monkeypatch.setenv("NO_PROXY", "*")
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seen.append((self.path, self.headers["Authorization"], self.headers["User-Agent"], body))
            busy = len(seen) == 1
            self.send_response(503 if busy else 200)
            if busy:
                self.send_header("Retry-After", "0")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *arguments):
            """In silence."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            base = f"http://127.0.0.1:{server.server_port}/v3"
            with Network().client(base, credentials=Bearer(Secret("env", "EXAMPLE_TOKEN"))) as client:
                answer = client.post("search", json={"a": "ö"}, params={"q": 1}, repeatable=True)
        finally:
            server.shutdown()
            thread.join(timeout=30)
    assert answer.json() == {}
    assert [one[0] for one in seen] == ["/v3/search?q=1"] * 2
    assert seen[1][1] == f"Bearer {TOKEN}"
    assert seen[1][2].startswith("cxengine/")
    assert seen[1][3] == '{"a":"ö"}'.encode()
