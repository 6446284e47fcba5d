"""Files elsewhere: from a web server and from an object store, both on loopback."""

from __future__ import annotations

import threading
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from cxengine_standard.sources.event_log import EventLog, EventLogOptions
from cxengine_standard.sources.file import FileOptions, FileSource

from cxengine.diagnostics import CxengineError
from cxengine.plugin import OptionError

FILES = {
    "/data/a.csv": b"id,score\n1,5\n2,4\n",
    "/data/b.csv": b"id,score\n3,3\n",
    "/data/more/c.csv": b"id,score\n4,1\n",
    "/data/log.csv": b"case,what,at\n1,a,2024-01-01\n",
    "/data/none.csv": b"",
}


class Server(BaseHTTPRequestHandler):
    """Gives files; understands as much of S3's interface as reading takes."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Quiet."""

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        parts = urlsplit(self.path)
        path, query = unquote(parts.path), parse_qs(parts.query)
        self.server.asked.append(f"{self.command} {self.path}")
        if "list-type" in query:
            self.answer(200, self.listed(path, query.get("prefix", [""])[0]), "application/xml")
        elif path in FILES:
            self.answer(200, FILES[path])
        else:
            self.answer(404, b"")

    def listed(self, bucket, prefix):
        found = sorted(name for name in FILES if name.startswith(f"{bucket.rstrip('/')}/{prefix}"))
        keys = "".join(
            f"<Contents><Key>{name.removeprefix(bucket.rstrip('/') + '/')}</Key><Size>{len(FILES[name])}</Size>"
            "<LastModified>2024-05-01T00:00:00.000Z</LastModified></Contents>"
            for name in found
        )
        return (
            '<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<Name>data</Name><KeyCount>{len(found)}</KeyCount><IsTruncated>false</IsTruncated>{keys}"
            "</ListBucketResult>"
        ).encode()

    def answer(self, status, content, kind="text/csv"):
        start, end = 0, len(content)
        if status == 200 and (wanted := self.headers.get("Range")):
            first, _, last = wanted.removeprefix("bytes=").partition("-")
            start, end = int(first), min(int(last or len(content)) + 1, len(content))
            status = 206
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(end - start))
        self.send_header("Last-Modified", formatdate(0, usegmt=True))
        if status == 206:
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(content)}")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content[start:end])


@pytest.fixture
def server():
    made = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    made.asked = []
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def web(server):
    return f"http://127.0.0.1:{server.server_port}/data"


@pytest.fixture
def store(server, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "knows")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    where = f"?scheme=http&region=us-east-1&endpoint_override=127.0.0.1:{server.server_port}"
    return lambda path: f"s3://data/{path}{where}"


def read(source):
    batches = [*source.read()]
    return [(b.origin, row["id"]) for b in batches for row in b.rows.to_pylist()]


def test_a_file_of_a_web_server(web, server, tmp_path):
    source = FileSource(FileOptions(path=f"{web}/a.csv?key=secret"), tmp_path)
    assert server.asked == [], "nothing is asked for before it is read"
    assert read(source) == [(f"{web}/a.csv", "1"), (f"{web}/a.csv", "2")]
    assert [*source.fingerprints()] == [f"{web}/a.csv"]
    assert [*source.parts()] == [f"{web}/a.csv"]
    assert server.asked == ["GET /data/a.csv?key=secret"], "it is asked for once"
    assert source.stamp() is None
    assert [*tmp_path.iterdir()] == []


def test_a_log_of_a_web_server(web, tmp_path):
    options = EventLogOptions(path=f"{web}/log.csv", case="case", activity="what", timestamp="at")
    batches = [*EventLog(options, tmp_path).read()]
    assert sum(batch.rows.num_rows for batch in batches) == 1


def test_files_of_a_store(store, tmp_path):
    assert read(FileSource(FileOptions(path=store("b.csv")), tmp_path)) == [("s3://data/b.csv", "3")]
    some = FileSource(FileOptions(path=store("?.csv").replace("?", "*", 1)), tmp_path)
    assert [*some.fingerprints()] == [f"s3://data/{name}.csv" for name in ("a", "b", "log", "none")]
    every = FileSource(FileOptions(path=store("**/*.csv")), tmp_path)
    assert [*every.fingerprints()][-1] == "s3://data/none.csv"
    assert "s3://data/more/c.csv" in every.fingerprints()


def test_a_file_with_a_file_address(tmp_path):
    (tmp_path / "a b.csv").write_bytes(FILES["/data/a.csv"])
    address = (tmp_path / "a b.csv").as_uri()
    assert read(FileSource(FileOptions(path=address), tmp_path)) == [("a b.csv", "1"), ("a b.csv", "2")]


def refused(path, folder):
    with pytest.raises(CxengineError) as error:
        read(FileSource(FileOptions(path=path), folder))
    (found,) = error.value.diagnostics
    return error.value, found


def test_what_is_not_there_or_cannot_be_read(web, store, tmp_path):
    error, found = refused("ftp://example.com/a.csv", tmp_path)
    assert isinstance(error, OptionError)
    assert (found.code, found.message) == ("CX201", 'Files cannot be read from "ftp://".')
    error, found = refused(f"{web}/nothing.csv?key=secret", tmp_path)
    assert found.code == "CX331"
    assert "nothing.csv" in found.message
    assert "secret" not in str(error)
    error, found = refused(store("nothing.csv"), tmp_path)
    assert (found.code, found.message) == ("CX201", 'There is no file "s3://data/nothing.csv".')
    error, found = refused(store("x*.csv"), tmp_path)
    assert (found.code, found.message) == ("CX202", 'No file matches "data/x*.csv".')
    error, found = refused("http://example.com/a.csv", tmp_path)
    assert (found.code, found.hint) == ("CX338", "Use https.")
    error, found = refused(f"{web}/none.csv", tmp_path)
    assert (found.code, found.message) == ("CX204", f"{web}/none.csv is empty.")


def test_copies_go_with_the_source(web, tmp_path):
    source = FileSource(FileOptions(path=f"{web}/a.csv"), tmp_path)
    (copy,) = source._files.found()
    assert copy.is_file()
    del source
    import gc

    gc.collect()
    assert not copy.exists()
